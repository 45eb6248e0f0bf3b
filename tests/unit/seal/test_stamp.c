/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_stamp.c - tests of seal/stamp.c: time stamps of seals
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "seal/envelope.h"
#include "tests/unit/seal/authority.h"
#include "tests/unit/seal/keys.h"

static struct seal_key *ours;
static struct authority us, stranger;
static char roots[] = "/tmp/tcbox-test-root.XXXXXX", others[] = "/tmp/tcbox-test-root.XXXXXX";
static struct tb_buf asked, answer;
static struct tb_err why;

static int begin(void **state)
{
	int fd = mkstemp(roots), other = mkstemp(others);

	assert_true(fd >= 0 && other >= 0);
	(void)close(fd);
	(void)close(other);
	ours = new_key();
	us = authority_new("us", UNTIL_S);
	stranger = authority_new("a stranger", UNTIL_S);
	authority_root(&us, roots);
	authority_root(&stranger, others);
	return made_open(state);
}

static int end(void **state)
{
	seal_key_free(ours);
	authority_free(&us);
	authority_free(&stranger);
	(void)unlink(roots);
	(void)unlink(others);
	return made_remove(state);
}

static int clean_up(void **state)
{
	(void)state;
	us.at = STAMPED_S;
	us.refuses = false;
	tb_buf_free(&asked);
	tb_buf_free(&answer);
	(void)unlinkat(made, STAMP_FILE, 0);
	(void)unlinkat(made, STAMP_REQUEST_FILE, 0);
	return 0;
}

/* ask() - for a stamp of a bundle that was sealed now */
static void ask(void)
{
	make(3, RUN_COMPLETE);
	seal_with(ours);
	tb_buf_free(&asked);
	if (seal_stamp_request(made, &asked, &why))
		fail_msg("%s", why.msg);
}

static int take(const struct tb_buf *text)
{
	why = (struct tb_err){ 0 };
	return seal_stamp_take(made, text, &why);
}

static void stamp(void)
{
	ask();
	answer = authority_answer(&us, &asked);
	if (take(&answer))
		fail_msg("%s", why.msg);
}

/* verify_with() - @c is the caller's */
static void verify_with(const char *path, struct seal_check *c)
{
	const struct seal_trust trust = { .keys = &ours, .n = 1, .stamp_roots = path };

	if (seal_verify(made, &trust, c, &why))
		fail_msg("%s", why.msg);
}

/* is_believed() - nothing is wrong, nothing open, and the time is that of our authority */
static bool is_believed(const char *path)
{
	struct seal_check c;
	bool believed;

	verify_with(path, &c);
	for (size_t i = 0; i < c.wrong.n; i++)
		print_message("# %s\n", c.wrong.texts[i]);
	believed = c.stamp_believed && !c.wrong.n && !c.open.n;
	assert_string_equal(c.stamped, "2001-04-11T00:00:00.000000000Z");
	seal_check_clear(&c);
	return believed;
}

/* wrong_with() - this is wrong for who believes the authority, or asks for no time if NULL */
static void wrong_with(const char *path, const char *text)
{
	const struct seal_trust trust = { .keys = &ours, .n = 1, .stamp_roots = path };

	finds_with(&trust, text, 1);
}

static void a_stamp_is_for_who_believes_its_authority(void **state)
{
	struct seal_check c;

	(void)state;
	stamp();
	assert_true(is_believed(roots));
	wrong_with(others, "its authority does not lead to a certificate in");
	verify_with(NULL, &c);
	assert_int_equal(c.wrong.n, 0);
	assert_int_equal(c.open.n, 1);
	assert_true(is_said(&c.open, "name its certificate with --timestamp-root"));
	assert_false(c.stamp_believed);
	assert_string_equal(c.stamped, "2001-04-11T00:00:00.000000000Z");
	seal_check_clear(&c);
}

static void without_a_stamp_something_is_wrong_for_who_asks_for_one(void **state)
{
	struct seal_check c;

	(void)state;
	ask();
	wrong_with(roots, "seal.tsr: it is missing: there is no time stamp");
	verify_with(NULL, &c);
	assert_int_equal(c.wrong.n + c.open.n, 0);
	assert_string_equal(c.stamped, "");
	seal_check_clear(&c);
}

static void certificates_are_judged_at_the_time_of_the_stamp(void **state)
{
	static const struct {
		long at;
		bool good;
	} rows[] = { { FROM_S - 2, false },
		     { FROM_S + 1, true },
		     { UNTIL_S - 1, true },
		     { UNTIL_S + 2, false } };

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct seal_check c;

		us.at = rows[i].at;
		stamp();
		verify_with(roots, &c);
		assert_int_equal(c.stamp_believed, rows[i].good);
		assert_int_equal(c.wrong.n, !rows[i].good);
		seal_check_clear(&c);
		(void)clean_up(state);
	}
}

static void roots_that_cannot_be_read_are_an_error(void **state)
{
	const struct seal_trust trust = { .keys = &ours, .n = 1, .stamp_roots = "/nonexistent" };
	struct seal_check c;

	(void)state;
	stamp();
	assert_int_equal(seal_verify(made, &trust, &c, &why), -EIO);
	assert_non_null(strstr(why.msg, "/nonexistent"));
	seal_check_clear(&c);
}

static void the_request_has_the_hash_of_the_seal_and_a_number_of_its_own(void **state)
{
	TB_AUTOBUF struct tb_buf first = TB_BUF_INIT, kept = TB_BUF_INIT;
	const unsigned char *at;
	BIGNUM *n;
	TS_REQ *r;

	(void)state;
	ask();
	kept = text_of(STAMP_REQUEST_FILE);
	assert_int_equal(kept.len, asked.len);
	assert_memory_equal(kept.data, asked.data, kept.len);
	at = (const unsigned char *)asked.data;
	r = d2i_TS_REQ(NULL, &at, (long)asked.len);
	assert_non_null(r);
	assert_int_equal(TS_REQ_get_version(r), 1);
	assert_int_equal(TS_REQ_get_cert_req(r), 1);
	n = ASN1_INTEGER_to_BN(TS_REQ_get_nonce(r), NULL);
	assert_int_equal(BN_num_bits(n), 128);
	BN_free(n);
	TS_REQ_free(r);
	tb_buf_add(&first, asked.data, asked.len);
	tb_buf_reset(&asked);
	assert_int_equal(seal_stamp_request(made, &asked, &why), 0);
	assert_int_equal(first.len, asked.len);
	assert_memory_not_equal(first.data, asked.data, first.len);
}

static void what_is_not_sealed_gets_no_stamp(void **state)
{
	(void)state;
	make(3, RUN_COMPLETE);
	assert_int_equal(seal_stamp_request(made, &asked, &why), -ENOENT);
	assert_int_equal(faccessat(made, STAMP_REQUEST_FILE, F_OK, 0), -1);
	assert_int_equal(take(&asked), -ENOENT);
}

static void there_is_one_stamp(void **state)
{
	(void)state;
	stamp();
	tb_buf_reset(&asked);
	assert_int_equal(seal_stamp_request(made, &asked, &why), -EEXIST);
	assert_int_equal(take(&answer), 0); /* the same once more */
	assert_true(is_believed(roots));
}

static void refused(const struct tb_buf *text, int error, const char *says)
{
	assert_int_equal(take(text), error);
	if (!strstr(why.msg, says))
		fail_msg("%s", why.msg);
	assert_int_equal(faccessat(made, STAMP_FILE, F_OK, 0), -1);
}

static void only_the_answer_to_the_request_is_taken(void **state)
{
	TB_AUTOBUF struct tb_buf old = TB_BUF_INIT;

	(void)state;
	ask();
	answer = authority_answer(&us, &asked);
	assert_int_equal(unlinkat(made, STAMP_REQUEST_FILE, 0), 0);
	refused(&answer, -ENOENT, "no time stamp was requested: --timestamp-request");
	tb_buf_reset(&asked);
	assert_int_equal(seal_stamp_request(made, &asked, &why), 0);
	refused(&answer, -EBADMSG, "it does not have the number of the request");
	old = authority_answer(&us, &asked);
	ask(); /* of another seal */
	refused(&old, -EBADMSG, "it is not of what is sealed here");
	refused(&asked, -EBADMSG, "it is no answer of a time stamp authority");
	tb_buf_free(&answer);
	us.refuses = true;
	answer = authority_answer(&us, &asked);
	refused(&answer, -EBADMSG, "the authority refused to stamp");
	us.refuses = false;
	tb_buf_free(&answer);
	answer = authority_answer(&us, &asked);
	answer.len--;
	refused(&answer, -EBADMSG, "it is no answer of a time stamp authority");
	answer.len++;
	append(STAMP_REQUEST_FILE, "x");
	refused(&answer, -EBADMSG, "it is no request of a time stamp");
	cut(STAMP_REQUEST_FILE, 1);
	assert_int_equal(take(&answer), 0);
}

static void a_stamp_that_was_changed_is_wrong(void **state)
{
	static const struct {
		const char *file, *says;
	} rows[] = {
		{ STAMP_FILE, "seal.tsr: it is no answer of a time stamp authority" },
		{ STAMP_REQUEST_FILE, "seal.tsq: it is no request of a time stamp" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		stamp();
		append(rows[i].file, "x");
		wrong_with(roots, rows[i].says);
		wrong_with(NULL, rows[i].says);
		cut(rows[i].file, 2);
		wrong_with(roots, rows[i].says);
		assert_int_equal(unlinkat(made, rows[i].file, 0), 0);
		wrong_with(roots, rows[i].file);
		(void)clean_up(state);
	}
}

static void a_stamp_of_another_seal_is_wrong(void **state)
{
	(void)state;
	stamp();
	(void)unlinkat(made, "seal.json", 0);
	make(4, RUN_COMPLETE);
	seal_with(ours);
	wrong_with(roots, "seal.tsr: it is not of what is sealed here");
}

#define TEST(name) cmocka_unit_test_teardown(name, clean_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stamp_is_for_who_believes_its_authority),
		TEST(without_a_stamp_something_is_wrong_for_who_asks_for_one),
		TEST(certificates_are_judged_at_the_time_of_the_stamp),
		TEST(roots_that_cannot_be_read_are_an_error),
		TEST(the_request_has_the_hash_of_the_seal_and_a_number_of_its_own),
		TEST(what_is_not_sealed_gets_no_stamp),
		TEST(there_is_one_stamp),
		TEST(only_the_answer_to_the_request_is_taken),
		TEST(a_stamp_that_was_changed_is_wrong),
		TEST(a_stamp_of_another_seal_is_wrong),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
