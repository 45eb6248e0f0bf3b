/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_chain.c - the chain that is written beside the record
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/record/bundle.h"

#define SHA_A "a95a6c6014420d0dd894ead15e3890d1abd58bbd93291a4bf14390ac960ce087"
#define SHA_B "16b946fd583689f16080e923014054aa5ce0bfe7273fa835a9f8195524293030"
#define RANDOM "0123456789abcdef0123456789abcdef"

static void the_beginning_is_read_as_it_was_written(void **state)
{
	static const struct chain_head heads[] = {
		{ .started_ns = 1764000000000000001, .random = RANDOM, .manifest_sha256 = SHA_A },
		{ .started_ns = -5, .random = RANDOM, .manifest_sha256 = SHA_A,
		  .policy_sha256 = SHA_B, .review_sha256 = SHA_A,
		  .challenge = "0123456789abcdef" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(heads); i++) {
		TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
		struct tb_err err = { 0 };
		struct chain_head head;

		chain_head_write(&text, &heads[i]);
		assert_int_equal(text.data[text.len - 1], '\n');
		assert_int_equal(chain_head_parse(text.data, text.len - 1, &head, &err), 0);
		assert_int_equal(head.started_ns, heads[i].started_ns);
		assert_string_equal(head.random, heads[i].random);
		assert_string_equal(head.manifest_sha256, heads[i].manifest_sha256);
		assert_string_equal(head.policy_sha256, heads[i].policy_sha256);
		assert_string_equal(head.review_sha256, heads[i].review_sha256);
		assert_string_equal(head.challenge, heads[i].challenge);
	}
}

#define HEAD(more) "{\"tcbox_chain\": 1, \"started_ns\": 1, " more "}"

static void another_beginning_is_refused(void **state)
{
	static const struct {
		const char *text;
		int ret;
		const char *says;
	} cases[] = {
		{ "", -EBADMSG, "events.chain:1: " },
		{ "[]", -EBADMSG, "\"tcbox_chain\" is missing" },
		{ "{\"tcbox_chain\": 0}", -EBADMSG, "\"tcbox_chain\" is missing" },
		{ "{\"tcbox_chain\": 2}", -EPROTO, "newer tcbox" },
		{ "{\"tcbox_chain\": 1}", -EBADMSG, "\"started_ns\" is missing" },
		{ HEAD("\"manifest_sha256\": \"" SHA_A "\""), -EBADMSG, "\"random\" is missing" },
		{ HEAD("\"random\": \"" RANDOM "\""), -EBADMSG,
		  "\"manifest_sha256\" is missing" },
		{ HEAD("\"random\": 5"), -EBADMSG, "\"random\" is not so many" },
		{ HEAD("\"random\": \"" RANDOM "0\""), -EBADMSG, "\"random\" is not so many" },
		{ HEAD("\"random\": \"" RANDOM "\", \"manifest_sha256\": \"x\""), -EBADMSG,
		  "\"manifest_sha256\" is not so many" },
		{ HEAD("\"random\": \"" RANDOM "\", \"manifest_sha256\": \"" SHA_A
		       "\", \"challenge\": \"0123456789ABCDEF\""), -EBADMSG,
		  "\"challenge\" is not so many" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(cases); i++) {
		struct tb_err err = { 0 };
		struct chain_head head;

		assert_int_equal(chain_head_parse(cases[i].text, strlen(cases[i].text), &head,
						  &err), cases[i].ret);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s, not %s", err.msg, cases[i].says);
	}
}

static void a_challenge_is_16_to_128_digits(void **state)
{
	static const char *const bad[] = { "", "0123456789abcde", "0123456789abcdeg",
					   SHA_A SHA_A "0", " 0123456789abcdef" };
	char out[CHAIN_CHALLENGE];
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(chain_challenge("0123456789ABCdef", out, &err), 0);
	assert_string_equal(out, "0123456789abcdef");
	assert_int_equal(chain_challenge(SHA_A SHA_A, out, &err), 0);
	assert_string_equal(out, SHA_A SHA_A);
	for (size_t i = 0; i < TB_ARRAY_SIZE(bad); i++)
		assert_int_equal(chain_challenge(bad[i], out, &err), -EINVAL);
	assert_string_equal(err.msg, "a challenge is 16 to 128 hexadecimal digits");
}

/* expect() - the values as sha256sum(1) makes them: of "value\nhash of the line\n" */
static void expect(const char *head, const char *const *lines, size_t n, struct tb_buf *out)
{
	char value[TB_SHA256_HEX], hex[TB_SHA256_HEX], text[256];

	tb_buf_adds(out, head);
	assert_int_equal(tb_sha256(head, strlen(head), value, NULL), 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(tb_sha256(lines[i], strlen(lines[i]), hex, NULL), 0);
		(void)snprintf(text, sizeof(text), "%s\n%s\n", value, hex);
		assert_int_equal(tb_sha256(text, strlen(text), value, NULL), 0);
		tb_buf_addf(out, "%s\n", value);
	}
}

static void each_line_that_is_stored_has_its_value(void **state)
{
	static const char *const lines[] = {
		"{\"k\":\"loss\",\"src\":\"net\",\"n\":1,\"t\":5,\"what\":\"a\"}",
		"{\"k\":\"loss\",\"src\":\"net\",\"n\":2,\"t\":6,\"what\":\"b\"}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":1,\"t\":7,\"what\":\"c\"}",
	};
	const struct rec_file_options options = { .kind_bytes = REC_KIND_BYTES,
						  .chain = "{\"begin\"}\n" };
	TB_AUTOBUF struct tb_buf wanted = TB_BUF_INIT;
	struct ev ev = { .kind = EV_LOSS, .t = 7, .u.loss.what = "c" };
	struct tb_err err = { 0 };
	struct rec_file *f;
	TB_AUTOFREE char *got = NULL;
	int p[2];

	(void)state;
	assert_int_equal(rec_file_create(&f, bundle, &options, &err), 0);
	assert_int_equal(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	dprintf(p[1], "%s\nno event\n%s\n{\"k\":", lines[0], lines[1]);
	assert_int_equal(rec_file_pump(f, p[0], EV_SRC_NET, &err), 1);
	assert_int_equal(rec_file_append(f, &ev, &err), 0);
	expect("{\"begin\"}\n", lines, 3, &wanted);
	got = bundle_text(CHAIN_FILE);
	assert_string_equal(got, wanted.data);
	assert_int_equal(rec_file_lines(f), 3);
	assert_memory_equal(rec_file_head(f), wanted.data + wanted.len - 65, 64);
	assert_int_equal(rec_file_close(f, &err), 0);
	(void)close(p[0]);
	(void)close(p[1]);
	/* evidence is never overwritten */
	assert_int_equal(unlinkat(bundle, REC_EVENTS_FILE, 0), 0);
	assert_int_equal(rec_file_create(&f, bundle, &options, &err), -EEXIST);
	assert_non_null(strstr(err.msg, CHAIN_FILE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_beginning_is_read_as_it_was_written),
		cmocka_unit_test(another_beginning_is_refused),
		cmocka_unit_test(a_challenge_is_16_to_128_digits),
		cmocka_unit_test(each_line_that_is_stored_has_its_value),
	};

	return cmocka_run_group_tests(tests, bundle_make, bundle_remove);
}
