/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_redact_text.c - tests of lines that lose names, variables, secrets, and nothing else
 */
#include "run/redact_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bundle/members.h"
#include "record/fields.h"
#include "tcbox/own.h"

/* redacted() - the lines, of which the names are found first. Return: what went */
static unsigned int redacted(enum redact_text text, const char *const *lines, size_t n,
			     struct tb_buf *out)
{
	struct redact_names *names = redact_names_new();
	struct redact_line r = { .text = text, .names = names };
	unsigned int what = 0;

	assert_non_null(names);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(redact_names_find(names, lines[i], strlen(lines[i])), 0);
	for (size_t i = 0; i < n; i++) {
		what |= redact_line(&r, lines[i], strlen(lines[i]), out);
		tb_buf_addc(out, '\n');
	}
	redact_names_free(names);
	assert_false(out->failed);
	return what;
}

static const struct row {
	enum redact_text text;
	unsigned int what;
	const char *line, *after;
} rows[] = {
	/* names of users */
	{ REDACT_RECORD, REDACT_USERS, "{\"k\":\"exec\",\"path\":\"/home/ann/x\"}",
	  "{\"k\":\"exec\",\"path\":\"/home/user-1/x\"}" },
	{ REDACT_RECORD, REDACT_USERS, "{\"argv\":[\"/home/ann/x\",\"/home/bob\",\"--as=ann\"]}",
	  "{\"argv\":[\"/home/user-1/x\",\"/home/user-2\",\"--as=user-1\"]}" },
	{ REDACT_RECORD, REDACT_USERS, "{\"path\":\"/home/ann/annual ann.txt ann\"}",
	  "{\"path\":\"/home/user-1/annual ann.txt user-1\"}" },
	{ REDACT_RECORD, REDACT_USERS, "{\"src\":\"net\",\"path\":\"/home/net/net\"}",
	  "{\"src\":\"net\",\"path\":\"/home/user-1/user-1\"}" },
	{ REDACT_RECORD, REDACT_USERS, "{\"path\":\"/home/al/al\"}", "{\"path\":\"/home/user-1/al\"}" },
	{ REDACT_RECORD, REDACT_USERS, "{\"net\":\"/home/net\",\"x\":\"net\"}",
	  "{\"net\":\"/home/user-1\",\"x\":\"user-1\"}" },
	{ REDACT_RECORD, REDACT_USERS,
	  "{\"k\":\"clock\",\"program\":\"/srv/alice/x\",\"why\":\"go\",\"path\":\"/home/alice\"}",
	  "{\"k\":\"clock\",\"program\":\"/srv/user-1/x\",\"why\":\"go\",\"path\":\"/home/user-1\"}" },
	{ REDACT_RECORD, REDACT_USERS,
	  "{\"k\":\"loss\",\"what\":\"lab\",\"detail\":\"of ann\",\"x\":\"/home/ann\"}",
	  "{\"k\":\"loss\",\"what\":\"lab\",\"detail\":\"of user-1\",\"x\":\"/home/user-1\"}" },
	{ REDACT_RECORD, REDACT_USERS | REDACT_PAYLOADS,
	  "{\"k\":\"request\",\"service\":\"http\",\"method\":\"ann\",\"via\":\"ann\",\"type\":\"x/ann\","
	  "\"encoding\":\"ann\",\"sha256\":\"00\",\"begins\":\"ann\",\"x\":\"/home/ann\"}",
	  "{\"k\":\"request\",\"service\":\"http\",\"method\":\"user-1\",\"via\":\"user-1\","
	  "\"type\":\"redacted\",\"encoding\":\"redacted\",\"sha256\":\"redacted\","
	  "\"begins\":\"redacted\",\"x\":\"/home/user-1\"}" },
	{ REDACT_MANIFEST, REDACT_USERS,
	  "\"cwd\":\"/home/ann\",\"clock_moved\":[\"/srv/ann/x\"],\"clock_real\":[\"/srv/ann/y (go)\"]",
	  "\"cwd\":\"/home/user-1\",\"clock_moved\":[\"/srv/user-1/x\"],"
	  "\"clock_real\":[\"/srv/user-1/y (go)\"]" },
	{ REDACT_MANIFEST, REDACT_USERS,
	  "\"cwd\":\"/home/ann\",\"error\":\"open /srv/ann\",\"lab_path\":\"/srv/ann/l\",\"net\":\"ann\"",
	  "\"cwd\":\"/home/user-1\",\"error\":\"open /srv/user-1\",\"lab_path\":\"/srv/user-1/l\","
	  "\"net\":\"ann\"" },
	{ REDACT_RECORD, 0, "{\"path\":\"/home/root/x\"}", "{\"path\":\"/home/root/x\"}" },
	{ REDACT_RECORD, 0, "{\"path\":\"/home/\"}", "{\"path\":\"/home/\"}" },
	{ REDACT_RECORD, REDACT_USERS, "{\"path\":\"/home/ann\\\"x\\\\\"}",
	  "{\"path\":\"/home/user-1\\\"x\\\\\"}" },
	{ REDACT_POLICY, REDACT_USERS, "  // below /home/ann \"ann", "  // below /home/user-1 \"ann" },
	{ REDACT_POLICY, REDACT_USERS, "\"executes\": [\"/home/ann/**\", \"/opt/ann/x\"], \"to\": [\"ann\"]",
	  "\"executes\": [\"/home/user-1/**\", \"/opt/user-1/x\"], \"to\": [\"ann\"]" },
	{ REDACT_SAID, REDACT_USERS, "{\"examiner\": \"Ann S.\", \"text\": \"Ann S. saw\"}",
	  "{\"examiner\": \"user-1\", \"text\": \"user-1. saw\"}" },
	{ REDACT_SAID, REDACT_USERS,
	  "{\"examiner\": \"J\xc3\xbcrgen Maier\", \"text\": \"by J\xc3\xbcrgen Maier, J\xc3\xbcrgen\"}",
	  "{\"examiner\": \"user-1\", \"text\": \"by user-1, J\xc3\xbcrgen\"}" },
	{ REDACT_SAID, REDACT_USERS, "{\"reviewer\": \"O\\\"Brien\", \"reason\": \"(O\\\"Brien)\"}",
	  "{\"reviewer\": \"user-1\", \"reason\": \"(user-1)\"}" },
	{ REDACT_SAID, REDACT_USERS, "{\"reviewer\": \"ann\", \"reason\": \"ann saw\"}",
	  "{\"reviewer\": \"user-1\", \"reason\": \"user-1 saw\"}" },
	{ REDACT_SAID, REDACT_USERS, "{\"reviewer\": \"ann\", \"reason\": \"I asked ann. Then ann... ann.b\"}",
	  "{\"reviewer\": \"user-1\", \"reason\": \"I asked user-1. Then user-1... ann.b\"}" },
	{ REDACT_RECORD, REDACT_USERS, "{\"argv\":[\"/home/ann./x\",\"/home/ann. ann.. bann\"]}",
	  "{\"argv\":[\"/home/user-1./x\",\"/home/user-1. user-1.. bann\"]}" },
	{ REDACT_RECORD, REDACT_USERS, "{\"path\":\"/home/j\xc3\xb6rg/x j\xc3\xb6rg annj\xc3\xb6rg\"}",
	  "{\"path\":\"/home/user-1/x user-1 annj\xc3\xb6rg\"}" },
	/* secrets, queries */
	{ REDACT_RECORD, REDACT_SECRETS, "{\"k\":\"secret\",\"n\":1,\"line\":\"X 00 11\"}",
	  "{\"k\":\"secret\",\"n\":1,\"line\":\"redacted\"}" },
	{ REDACT_RECORD, REDACT_PAYLOADS, "{\"k\":\"request\",\"service\":\"http\",\"path\":\"/a?b=c\",\"status\":200}",
	  "{\"k\":\"request\",\"service\":\"http\",\"path\":\"/a?redacted\",\"status\":200}" },
	{ REDACT_RECORD, REDACT_PAYLOADS, "{\"k\":\"flow\",\"http_request\":\"GET /a?b\"}",
	  "{\"k\":\"flow\",\"http_request\":\"GET /a?redacted\"}" },
	{ REDACT_RECORD, REDACT_PAYLOADS, "{\"k\":\"served\",\"service\":\"http\",\"detail\":\"GET /a?b 404\"}",
	  "{\"k\":\"served\",\"service\":\"http\",\"detail\":\"GET /a?redacted\"}" },
	{ REDACT_RECORD, 0, "{\"k\":\"request\",\"service\":\"http\",\"path\":\"/a?\"}",
	  "{\"k\":\"request\",\"service\":\"http\",\"path\":\"/a?\"}" },
	{ REDACT_RECORD, 0, "{\"k\":\"file\",\"path\":\"/a?b\"}", "{\"k\":\"file\",\"path\":\"/a?b\"}" },
	/* what services were sent */
	{ REDACT_RECORD, REDACT_PAYLOADS,
	  "{\"k\":\"served\",\"service\":\"sink\",\"detail\":\"first bytes: secret\",\"bytes_in\":6}",
	  "{\"k\":\"served\",\"service\":\"sink\",\"detail\":\"redacted\",\"bytes_in\":6}" },
	{ REDACT_RECORD, REDACT_PAYLOADS,
	  "{\"k\":\"served\",\"service\":\"http\",\"detail\":\"GET /a 200; first bytes: secret\"}",
	  "{\"k\":\"served\",\"service\":\"http\",\"detail\":\"GET /a 200; redacted\"}" },
	{ REDACT_RECORD, REDACT_PAYLOADS,
	  "{\"k\":\"request\",\"service\":\"smtp\",\"method\":\"MAIL\",\"path\":\"FROM:<a@b>\"}",
	  "{\"k\":\"request\",\"service\":\"smtp\",\"method\":\"MAIL\",\"path\":\"redacted\"}" },
	{ REDACT_RECORD, REDACT_PAYLOADS,
	  "{\"k\":\"request\",\"service\":\"socks\",\"target\":\"u:p@proxy:1\",\"detail\":\"\"}",
	  "{\"k\":\"request\",\"service\":\"socks\",\"target\":\"redacted@proxy:1\",\"detail\":\"\"}" },
	{ REDACT_RECORD, 0, "{\"k\":\"served\",\"service\":\"dns\",\"detail\":\"2 datagrams\"}",
	  "{\"k\":\"served\",\"service\":\"dns\",\"detail\":\"2 datagrams\"}" },
	{ REDACT_RECORD, REDACT_PAYLOADS,
	  "{\"k\":\"flow\",\"http_host\":\"u\",\"http_request\":\"CONNECT u:p/q?r@in.example:443\"}",
	  "{\"k\":\"flow\",\"http_host\":\"redacted\",\"http_request\":\"CONNECT redacted@in.example:443\"}" },
	{ REDACT_RECORD, REDACT_PAYLOADS,
	  "{\"k\":\"flow\",\"http_host\":\"h\",\"http_request\":\"GET http://u:p?q@h/x\"}",
	  "{\"k\":\"flow\",\"http_host\":\"h\",\"http_request\":\"GET http://redacted@h/x\"}" },
	{ REDACT_RECORD, REDACT_PAYLOADS, "{\"http_request\":\"GET http://h/x?to=a@b\"}",
	  "{\"http_request\":\"GET http://h/x?redacted\"}" },
	{ REDACT_RECORD, REDACT_PAYLOADS, "{\"http_request\":\"GET /x@y?to=http://u:p@b\"}",
	  "{\"http_request\":\"GET /x@y?redacted\"}" },
	{ REDACT_RECORD, 0, "{\"http_request\":\"GET /x@y\"}", "{\"http_request\":\"GET /x@y\"}" },
	/* variables */
	{ REDACT_MANIFEST, REDACT_ENVIRONMENT, "  \"env\": [\"A\", \"B\"], \"cwd\": \"/\"",
	  "  \"env\": [\"redacted\", \"redacted\"], \"cwd\": \"/\"" },
	{ REDACT_MANIFEST, REDACT_ENVIRONMENT, "\"influence\": [\"processors 2\", \"variables A=b\"]",
	  "\"influence\": [\"processors 2\", \"variables redacted\"]" },
	{ REDACT_MANIFEST, REDACT_ENVIRONMENT, "  \"hostname\": \"ann-pc\", \"box_hostname\": \"b\"",
	  "  \"hostname\": \"redacted\", \"box_hostname\": \"b\"" },
	{ REDACT_RECORD, 0, "{\"env\":[\"A\"]}", "{\"env\":[\"A\"]}" },
	/* what is no JSON passes */
	{ REDACT_RECORD, 0, "", "" },
	{ REDACT_RECORD, 0, "\"", "\"" },
	{ REDACT_RECORD, 0, "\"\\", "\"\\" },
	{ REDACT_RECORD, 0, "{\"line", "{\"line" },
	{ REDACT_RECORD, REDACT_SECRETS, "{\"line\":\"half", "{\"line\":\"redacted" },
};

static void what_goes_and_what_stays(void **state)
{
	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
		unsigned int what = redacted(rows[i].text, &rows[i].line, 1, &out);

		tb_buf_addc(&out, '\0');
		out.data[strlen(out.data) - 1] = '\0';
		if (what != rows[i].what || strcmp(out.data, rows[i].after) != 0)
			fail_msg("%s became %s, %u", rows[i].line, out.data, what);
	}
}

static void a_list_of_many_lines_is_one_list(void **state)
{
	static const char *const lines[] = { "  \"env\": [", "    \"A\",", "    \"B\"", "  ],",
		"  \"cwd\": \"/home/ann\"" };
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	(void)state;
	assert_int_equal(redacted(REDACT_MANIFEST, lines, TB_ARRAY_SIZE(lines), &out),
			 REDACT_ENVIRONMENT | REDACT_USERS);
	assert_string_equal(out.data, "  \"env\": [\n    \"redacted\",\n    \"redacted\"\n  ],\n"
			    "  \"cwd\": \"/home/user-1\"\n");
}

static void the_sum_of_the_policy_is_that_of_the_copy(void **state)
{
	static const char line[] = "\"policy_sha256\": \"00\", \"sha256_before\": \"00\"";
	struct redact_names *names = redact_names_new();
	struct redact_line r = { .text = REDACT_MANIFEST, .names = names, .policy_sha256 = "11" };
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	(void)state;
	assert_int_equal(redact_line(&r, line, strlen(line), &out), REDACT_USERS);
	assert_string_equal(out.data, "\"policy_sha256\": \"11\", \"sha256_before\": \"00\"");
	redact_names_free(names);
}

static void names_are_bounded(void **state)
{
	struct redact_names *names = redact_names_new();
	char line[128];
	int ret = 0, n;

	(void)state;
	for (n = 0; n < 1000 && !ret; n++) {
		(void)snprintf(line, sizeof(line), "{\"path\":\"/home/u%d/x\"}", n);
		ret = redact_names_find(names, line, strlen(line));
	}
	assert_int_equal(ret, -E2BIG);
	assert_int_equal(redact_names_count(names), 256);
	redact_names_free(names);
}

static bool has_strings(enum fld_type type)
{
	switch (type) {
	case FLD_STR:
	case FLD_STRS:
	case FLD_ADDR:
	case FLD_ADDRS:
		return true;
	case FLD_U64:
	case FLD_I64:
	case FLD_BOOL:
	case FLD_PAIRS:
		break;
	}
	return false;
}

static void each_key_was_thought_of(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < EV_KINDS; i++) {
		for (const struct fld *f = fld_kinds[i].fields; f->key; f++) {
			if (!has_strings(f->type))
				continue;
			if (!redact_key_known(f->key))
				fail_msg("%s of %s", f->key, fld_kinds[i].name);
			n++;
		}
	}
	assert_true(n > 80);
	n = 0;
	for (size_t i = 0; i < run_nmembers; i++) {
		const struct member *m = &run_members[i];

		if (m->type == M_UINT || m->type == M_INT || m->type == M_BOOL)
			continue;
		if (!redact_key_known(m->key))
			fail_msg("%s of run.json", m->key);
		n++;
	}
	assert_true(n > 25);
	assert_false(redact_key_known("") || redact_key_known("another"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_and_what_stays),
		cmocka_unit_test(a_list_of_many_lines_is_one_list),
		cmocka_unit_test(the_sum_of_the_policy_is_that_of_the_copy),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(each_key_was_thought_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
