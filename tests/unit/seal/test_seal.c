/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_seal.c - seals: who signed, and what is not as it was sealed
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/seal/keys.h"

#define LINES 20

static struct seal_key *ours, *theirs;
static struct seal_trust us = { .keys = &ours, .n = 1 }, them = { .keys = &theirs, .n = 1 };

static int begin(void **state)
{
	ours = new_key();
	theirs = new_key();
	return made_open(state);
}

static int end(void **state)
{
	seal_key_free(ours);
	seal_key_free(theirs);
	return made_remove(state);
}

static void make_sealed(void)
{
	make(LINES, RUN_COMPLETE);
	seal_with(ours);
}

static void note(const char *text)
{
	const struct note n = { .examiner = "ann", .text = text };

	assert_int_equal(note_append(made, "b", &n, NULL), 0);
}

static void a_sealed_bundle_is_whole_for_who_trusts_the_key(void **state)
{
	const struct seal_trust own = { .own = ours };
	struct seal_check c;

	(void)state;
	make_sealed();
	assert_true(is_whole(&us));
	assert_true(is_whole(&own));
	leaves("the signer's key is not known here");
	finds_with(&them, "seal.json: none of the trusted keys signed it", 1);
	assert_int_equal(seal_verify(made, &us, &c, NULL), 0);
	assert_true(c.sealed);
	assert_int_equal(c.nsigners, 1);
	assert_string_equal(c.signers[0].id, seal_key_id(ours));
	assert_string_equal(c.signers[0].known_as, "a key");
	assert_string_equal(c.sealed_verdict, "conforms");
	assert_int_equal(strlen(c.sealed_time), strlen("2026-01-01T00:00:00.000000000Z"));
	assert_int_equal(c.sealed_time[strlen(c.sealed_time) - 1], 'Z');
	seal_check_clear(&c);
}

static void a_bundle_without_a_seal_is_open_or_wrong(void **state)
{
	(void)state;
	make(LINES, RUN_COMPLETE);
	leaves("There is no seal");
	finds_with(&us, "seal.json: it is missing: no trusted key signed", 1);
}

static void a_torn_bundle_can_be_sealed(void **state)
{
	struct seal_check c;

	(void)state;
	make(LINES, RUN_RUNNING);
	append(REC_EVENTS_FILE, "{\"k\":");
	seal_with(ours);
	assert_int_equal(seal_verify(made, &us, &c, NULL), 0);
	assert_int_equal(c.wrong.n, 0);
	assert_true(is_said(&c.open, "The run was killed or failed"));
	seal_check_clear(&c);
	cut(REC_EVENTS_FILE, 1);
	finds_with(&us, "events.jsonl: it is not as it was sealed", 1);
}

static void each_file_that_is_not_as_it_was_is_named(void **state)
{
	static const char *const names[] = { RUN_CAPTURE_FILE, RUN_PAGE_FILE, RUN_REPORT_FILE,
		RUN_STDOUT_FILE, RUN_STDERR_FILE };
	struct seal_check c;
	char text[128];

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(names); i++) {
		make_sealed();
		append(names[i], "x");
		(void)snprintf(text, sizeof(text), "%s: it is not as it was sealed", names[i]);
		finds_with(&us, text, 1);
		assert_int_equal(unlinkat(made, names[i], 0), 0);
		(void)snprintf(text, sizeof(text), "%s: it is missing", names[i]);
		finds_with(&us, text, 1);
	}
	make(LINES, RUN_COMPLETE);
	assert_int_equal(unlinkat(made, RUN_REPORT_FILE, 0), 0);
	seal_with(ours);
	assert_true(is_whole(&us));
	put(RUN_REPORT_FILE, "{}\n", 3);
	finds_with(&us, "report.json: it was added after the seal", 1);
	assert_int_equal(seal_verify(made, &us, &c, NULL), 0);
	assert_false(is_said(&c.held, "files are as they were sealed"));
	seal_check_clear(&c);
}

/* adds() - nothing is wrong, and only this is open */
static void adds(const char *text)
{
	struct seal_check c;

	assert_int_equal(seal_verify(made, &us, &c, NULL), 0);
	assert_int_equal(c.wrong.n, 0);
	assert_int_equal(c.open.n, 1);
	assert_true(is_said(&c.open, text));
	assert_true(is_said(&c.held, "files have what was sealed"));
	assert_false(is_said(&c.held, "are as they were sealed"));
	seal_check_clear(&c);
}

static void examiners_may_add_to_what_is_sealed(void **state)
{
	(void)state;
	make(LINES, RUN_COMPLETE);
	note("before");
	seal_with(ours);
	assert_true(is_whole(&us));
	note("after");
	note("and after that");
	adds("notes.jsonl: lines that were added after the seal, and that nobody signed: 2");
	instead(NOTE_FILE, 1, 1, "");
	finds_with(&us, "notes.jsonl: it is not as it was sealed", 3);
	make(LINES, RUN_COMPLETE);
	note("before");
	note("too");
	seal_with(ours);
	instead(NOTE_FILE, 2, 1, "");		/* the chain alone does not know of it */
	finds_with(&us, "notes.jsonl: it is not as it was sealed", 1);
	make_sealed();
	note("the first");
	adds("notes.jsonl: lines that were added after the seal, and that nobody signed: 1");
}

static void several_can_sign(void **state)
{
	struct seal_check c;

	(void)state;
	make(LINES, RUN_COMPLETE);
	assert_int_equal(seal_add(made, ours, NULL), -ENOENT);
	seal_with(ours);
	assert_int_equal(seal_add(made, ours, NULL), -EEXIST);
	assert_int_equal(seal_add(made, theirs, NULL), 0);
	assert_true(is_whole(&us) && is_whole(&them));
	assert_int_equal(seal_verify(made, &them, &c, NULL), 0);
	assert_int_equal(c.nsigners, 2);
	assert_null(c.signers[0].known_as);
	assert_string_equal(c.signers[1].id, seal_key_id(theirs));
	seal_check_clear(&c);
}

static void a_bundle_is_sealed_once(void **state)
{
	struct run_info run = { 0 };
	const struct seal_claim claim = { .run = &run };

	(void)state;
	make_sealed();
	assert_int_equal(seal_make(made, &claim, ours, NULL), -EEXIST);
	assert_true(is_whole(&us));
}

static void the_seal_of_another_run_is_named(void **state)
{
	TB_AUTOBUF struct tb_buf seal = TB_BUF_INIT;

	(void)state;
	make_sealed();
	seal = text_of("seal.json");
	make(LINES + 1, RUN_COMPLETE);
	put("seal.json", seal.data, seal.len);
	finds_with(&us, "seal.json: the record is not the one that was sealed, of 20 lines", 4);
}

static void a_seal_that_was_changed_is_named(void **state)
{
	static const struct {
		unsigned int line;
		const char *to, *says;
		size_t n;
	} rows[] = {
		{ 2, "  \"payloadType\": \"text/plain\",\n", "\"payloadType\" is not", 1 },
		{ 2, "  \"payloadType\":  \"application/vnd.in-toto+json\",\n",
		  "it is not as tcbox writes it", 1 },
		{ 3, "  \"payload\": \"e30K\",\n", "signature 1 is not of what is sealed", 3 },
		{ 3, "  \"payload\": \"e30\",\n", "\"payload\" is missing, or is not base64", 1 },
		{ 3, "  \"payload\": \"e30L=\",\n", "\"payload\" is missing, or is not base64", 1 },
		{ 3, "  \"payload\": \"?30L\",\n", "\"payload\" is not base64", 1 },
		{ 3, "", "\"payload\" is missing", 1 },
		{ 6, "      \"keyid\": \"abc\",\n", "signature 1 is not of what is sealed", 2 },
		{ 6, "", "a signature without \"keyid\"", 1 },
		{ 7, "      \"sig\": \"e30K\",\n", "signature 1 is not of what is sealed", 2 },
		{ 8, "      \"key\": \"e30K\"\n", "signature 1 is not of what is sealed", 2 },
		{ 1, "[\n", "seal.json:", 1 },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		make_sealed();
		instead("seal.json", rows[i].line, 1, rows[i].to);
		finds_with(&us, rows[i].says, rows[i].n);
	}
	make_sealed();
	instead("seal.json", 5, 5, "");
	finds_with(&us, "seal.json: there are no signatures", 1);
	make_sealed();
	append("seal.json", "\n");
	finds_with(&us, "it is not as tcbox writes it", 1);
}

static void a_challenge_is_the_one_that_was_said(void **state)
{
	const struct seal_trust said = { .keys = &ours, .n = 1, .challenge = "00112233445566ff" },
		other = { .keys = &ours, .n = 1, .challenge = "0123456789abcdef" };

	(void)state;
	make_sealed();
	assert_true(is_whole(&said));
	finds_with(&other, "the run was bound to another challenge", 1);
	instead(CHAIN_FILE, 1, 1, "{\"tcbox_chain\": 1, \"started_ns\": 1764000000000000000, \"random\": "
		"\"0123456789abcdef0123456789abcdef\", \"manifest_sha256\": "
		"\"a95a6c6014420d0dd894ead15e3890d1abd58bbd93291a4bf14390ac960ce087\"}\n");
	finds_with(&said, "the run was bound to no challenge", 5);
}

static void a_link_is_no_seal(void **state)
{
	(void)state;
	make(LINES, RUN_COMPLETE);
	assert_int_equal(symlinkat("run.json", made, "seal.json"), 0);
	finds_with(&us, "seal.json is not a regular file", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sealed_bundle_is_whole_for_who_trusts_the_key),
		cmocka_unit_test(a_bundle_without_a_seal_is_open_or_wrong),
		cmocka_unit_test(a_torn_bundle_can_be_sealed),
		cmocka_unit_test(each_file_that_is_not_as_it_was_is_named),
		cmocka_unit_test(examiners_may_add_to_what_is_sealed),
		cmocka_unit_test(several_can_sign),
		cmocka_unit_test(a_bundle_is_sealed_once),
		cmocka_unit_test(the_seal_of_another_run_is_named),
		cmocka_unit_test(a_seal_that_was_changed_is_named),
		cmocka_unit_test(a_challenge_is_the_one_that_was_said),
		cmocka_unit_test(a_link_is_no_seal),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
