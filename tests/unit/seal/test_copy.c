/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_copy.c - a redacted copy that was forged is found: by files that no copy has, and by what
 * redacted.jsonl does not tell of
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/seal/said.h"

#define POLICY "{} // below /home/user-1\n"
#define PART_POLICY "{\"file\":\"policy.json\",\"line\":1,\"sha256\":\"00\"}\n"
#define PART_RUN "{\"file\":\"run.json\",\"line\":%u,\"sha256\":\"00\"}\n"

static const char *const gone[] = { RUN_REPORT_FILE, RUN_PAGE_FILE, RUN_STDOUT_FILE,
	RUN_STDERR_FILE };

static void list(struct tb_buf *b, const char *name, const char *was, const char *now,
		 unsigned int parts)
{
	tb_buf_addf(b, "%s{\"name\":\"%s\",\"bytes\":3,\"sha256\":\"%s\",\"redacted_sha256\":",
		    b->data[b->len - 1] == '[' ? "" : ",", name, was);
	if (now)
		tb_buf_addf(b, "\"%s\",\"parts\":%u}", now, parts);
	else
		tb_buf_adds(b, "null,\"parts\":0}");
}

/* manifest_line() - that names the policy, from 1 */
static unsigned int manifest_line(void)
{
	TB_AUTOBUF struct tb_buf b = text_of(RUN_FILE);
	const char *at = memmem(b.data, b.len, "\"policy_sha256\"", 15);
	unsigned int n = 1;

	assert_non_null(at);
	for (const char *p = b.data; p < at; p++)
		n += *p == '\n';
	return n;
}

/* Of the run that was copied, and what the copy says that run.json was; NULL: the truth. */
static enum run_state ended = RUN_COMPLETE;
static const char *said_run;

/* copy_of() - a copy with this policy, of which so many parts are told */
static void copy_of(const char *policy, unsigned int parts, const char *told)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT, parts_text = TB_BUF_INIT;
	char was[2][TB_SHA256_HEX], now[2][TB_SHA256_HEX];
	struct run_info run = { 0 };

	make(20, ended);
	tb_buf_adds(&b, "{\"tcbox_redacted\":1,\"files\":[");
	for (size_t i = 0; i < TB_ARRAY_SIZE(gone); i++) {
		hash_of(gone[i], was[0]);
		list(&b, gone[i], was[0], NULL, 0);
		assert_int_equal(unlinkat(made, gone[i], 0), 0);
	}
	hash_of(RUN_POLICY_FILE, was[0]);
	hash_of(RUN_FILE, was[1]);
	put(RUN_POLICY_FILE, policy, strlen(policy));
	hash_of(RUN_POLICY_FILE, now[0]);
	assert_int_equal(run_info_read(made, &run, NULL), 0);
	memcpy(run.policy_sha256, now[0], TB_SHA256_HEX);
	assert_int_equal(run_info_write(made, &run, NULL), 0);
	run_info_clear(&run);
	hash_of(RUN_FILE, now[1]);
	list(&b, RUN_POLICY_FILE, was[0], now[0], parts);
	list(&b, RUN_FILE, said_run ? said_run : was[1], now[1], 1);
	tb_buf_adds(&b, "]}\n");
	put("redacted.json", b.data, b.len);
	tb_buf_adds(&parts_text, told);
	tb_buf_addf(&parts_text, PART_RUN, manifest_line());
	put("redacted.jsonl", parts_text.data, parts_text.len);
}

static void an_honest_copy_is_not_accused(void **state)
{
	(void)state;
	copy_of(POLICY, 1, PART_POLICY);
	leaves("It is a redacted copy: 6 files");
}

static void of_a_run_without_end_the_copy_must_have_the_first_manifest(void **state)
{
	char other[TB_SHA256_HEX];

	(void)state;
	ended = RUN_RUNNING;
	copy_of(POLICY, 1, PART_POLICY);
	leaves("It is a redacted copy: 6 files");
	hash_of(RUN_POLICY_FILE, other);
	said_run = other;
	copy_of(POLICY, 1, PART_POLICY);
	finds("run.json: it was changed: its SHA-256 is not the one in events.chain");
	ended = RUN_COMPLETE;
	copy_of(POLICY, 1, PART_POLICY);	/* an end is written over it */
	leaves("It is a redacted copy: 6 files");
	said_run = NULL;
}

static void files_that_no_copy_has_are_found(void **state)
{
	static const char none[] = "{\"tcbox_redacted\":1,\"files\":[]}";

	(void)state;
	make(20, RUN_COMPLETE);
	put("redacted.json", none, strlen(none));
	put("redacted.jsonl", "", 0);
	finds_n("report.json: it was added: a redacted copy has no such file", 4);
	copy_of(POLICY, 1, PART_POLICY);
	put(RUN_STDOUT_FILE, "", 0);
	finds("stdout.log: it is not as it was when the copy was redacted");
}

static void a_changed_file_is_told_of_part_by_part(void **state)
{
	static const struct {
		const char *policy;
		unsigned int parts;
		const char *told, *says;
	} rows[] = {
		{ POLICY, 1, "", "policy.json: it is not as it was, and of that redacted.jsonl "
		  "tells 0 parts, not 1" },
		{ POLICY, 0, "", "tells 0 parts, not 0" },
		{ POLICY, 2, PART_POLICY, "tells 1 parts, not 2" },
		{ "{}\n\n", 1, PART_POLICY, "policy.json: nothing was taken out of line 1" },
		{ "{} // user-0 redacted\n", 1, PART_POLICY, "nothing was taken out of line 1" },
		{ POLICY, 2, PART_POLICY PART_POLICY, "line 2: it does not come behind" },
		{ POLICY, 1, "{\"file\":\"policy.json\",\"line\":9}\n", "line 1: its file has no such" },
		{ POLICY, 1, "{\"file\":\"policy.json\"}\n", "line 1: it names no line" },
		{ POLICY, 1, "{\"file\":\"report.json\",\"line\":1}\n", "line 1: it is of no file" },
		{ POLICY, 1, "noise\n", "redacted.jsonl: line 1: it is no part" },
		{ POLICY, 1, "{\"file\":\"run.json\",\"line\":1}\n", "nothing was taken out of line 1" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		copy_of(rows[i].policy, rows[i].parts, rows[i].told);
		finds(rows[i].says);
	}
}

static int clean_up(void **state)
{
	(void)unlinkat(made, "redacted.json", 0);
	(void)unlinkat(made, "redacted.jsonl", 0);
	return made_remove(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_copy_is_not_accused),
		cmocka_unit_test(of_a_run_without_end_the_copy_must_have_the_first_manifest),
		cmocka_unit_test(files_that_no_copy_has_are_found),
		cmocka_unit_test(a_changed_file_is_told_of_part_by_part),
	};

	return cmocka_run_group_tests(tests, made_open, clean_up);
}
