/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fixture.c - answers that the technician gives: which one fits, and what is wrong with a file
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lab/fixture.h"
#include "tcbox/file.h"
#include "tcbox/lab.h"
#include "tcbox/own.h"

static int read_text(const char *text, struct lab_fixture **out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_adds(&b, text);
	return lab_fixture_read(out, "dir/lab.json", &b, err);
}

/* find() - the body for a request; NULL: none fits */
static const char *find(const struct lab_fixture *f, const char *method, const char *host,
			const char *path)
{
	struct http_req r;
	struct content c;

	http_req_init(&r);
	(void)snprintf(r.method, sizeof(r.method), "%s", method);
	(void)snprintf(r.host[0], sizeof(r.host[0]), "%s", host);
	if (!fixture_find(f, &r, path, &c))
		return NULL;
	assert_int_equal(strlen(c.given), c.ngiven);
	return c.given;
}

static void the_first_answer_that_fits_counts(void **state)
{
	static const char file[] =
		"{ \"tcbox_lab\": 1, // comment\n"
		"\"answers\": [ { \"host\": \"a.example\", \"path\": \"/x\", \"method\": \"PUT\","
		" \"body\": \"1\" }, { \"host\": \"a.example\", \"path\": \"/x\", \"body\": \"2\" },"
		" { \"host\": \"*.b.example\", \"body\": \"3\" },"
		" { \"path\": \"/files/*\", \"body\": \"4\" }, ] }";
	struct lab_fixture *f;

	(void)state;
	assert_int_equal(read_text(file, &f, NULL), 0);
	assert_string_equal(find(f, "PUT", "a.example", "/x"), "1");
	assert_string_equal(find(f, "GET", "a.example", "/x?q"), "2");
	assert_null(find(f, "GET", "a.example", "/x/"));
	assert_null(find(f, "GET", "b.example", "/"));
	assert_string_equal(find(f, "GET", "x.y.B.example", "/"), "3");
	assert_null(find(f, "GET", "xb.example", "/"));
	assert_string_equal(find(f, "GET", "", "/files/a/b"), "4");
	assert_null(find(f, "GET", "c.example", "/file"));
	assert_false(fixture_missing(f, "a.example"));
	lab_fixture_free(f);
	assert_null(find(NULL, "GET", "a.example", "/"));
	assert_false(fixture_missing(NULL, "a.example"));
}

static void names_are_missing(void **state)
{
	struct lab_fixture *f;

	(void)state;
	assert_int_equal(read_text("{\"tcbox_lab\":1,\"missing\":[\"a.example\",\"*.b.example\"]}",
				   &f, NULL), 0);
	assert_true(fixture_missing(f, "a.example") && fixture_missing(f, "x.b.example"));
	assert_false(fixture_missing(f, "b.example") || fixture_missing(f, "x.a.example"));
	lab_fixture_free(f);
}

static void an_answer_has_status_type_and_headers(void **state)
{
	struct http_req r;
	struct lab_fixture *f;
	struct content c;

	(void)state;
	assert_int_equal(read_text("{\"tcbox_lab\":1,\"answers\":[{\"status\":401,\"type\":\"a/b\","
				   "\"headers\":{\"X-A\":\"b\",\"X-C\":\"d\"}}]}", &f, NULL), 0);
	http_req_init(&r);
	assert_true(fixture_find(f, &r, "/", &c));
	assert_int_equal(c.status, 401);
	assert_string_equal(c.type, "a/b");
	assert_string_equal(c.headers, "X-A: b\r\nX-C: d\r\n");
	assert_int_equal(c.ngiven, 0);
	lab_fixture_free(f);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
#define ANSWER(text) "{\"tcbox_lab\":1,\"answers\":[{" text "}]}"
	static const struct { const char *file, *says; } rows[] = {
		{ "", "dir/lab.json:1:1: " },
		{ "[]", "dir/lab.json:1:1: must be an object" },
		{ "{}", "tcbox_lab: is missing" },
		{ "{\"tcbox_lab\":2}", "dir/lab.json:1:14: tcbox_lab: must be 1" },
		{ "{\"tcbox_lab\":1,\"answer\":[]}", "answer: unknown key; did you mean \"answers\"?" },
		{ "{\"tcbox_lab\":1,\"answers\":{}}", "answers: must be an array" },
		{ "{\"tcbox_lab\":1,\"answers\":[1]}", "answers[0]: must be an object" },
		{ "{\"tcbox_lab\":1,\"missing\":[\"\"]}", "missing: must be names" },
		{ ANSWER("\"hots\":\"x\""), "answers[0].hots: unknown key; did you mean \"host\"?" },
		{ ANSWER("\"host\":1"), "answers[0].host: must be a text" },
		{ ANSWER("\"path\":\"x\""), "answers[0].path: must begin with a slash" },
		{ ANSWER("\"status\":100"), "answers[0].status: must be a status" },
		{ ANSWER("\"headers\":[]"), "answers[0].headers: must be an object" },
		{ ANSWER("\"headers\":{\"a\":\"b\\r\\nc\"}"), "answers[0].a: must be a text of one" },
		{ ANSWER("\"headers\":{\"a: b\":\"c\"}"), "is no name of a header" },
		{ ANSWER("\"headers\":{\"Content-Length\":\"1\"}"), "is no name of a header" },
		{ ANSWER("\"type\":\"a\\nb\""), "answers[0].type: is no type" },
		{ ANSWER("\"body\":\"\",\"file\":\"x\""), "answers[0].file: there is a body already" },
		{ ANSWER("\"file\":\"none\""), "answers[0].file: open dir/none: No such file" },
		{ ANSWER("\"file\":\"\""), "answers[0].file: must be the path of a file" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct lab_fixture *f = NULL;
		struct tb_err err = { 0 };

		assert_int_equal(read_text(rows[i].file, &f, &err), -EINVAL);
		if (!strstr(err.msg, rows[i].says))
			fail_msg("%s: %s", rows[i].file, err.msg);
		assert_null(f);
	}
}

/* hash() - of answers that name this file, of which @body is what is in it; NULL: they name none */
static void hash(const char *name, const char *body, char hex[TB_SHA256_HEX])
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct lab_fixture *f;

	if (body)
		assert_int_equal(tb_write_file(AT_FDCWD, name, body, strlen(body), NULL), 0);
	tb_buf_addf(&b, "{\"tcbox_lab\":1,\"answers\":[{\"%s\":\"%s\"}]}",
		    body ? "file" : "body", name);
	assert_int_equal(lab_fixture_read(&f, "lab.json", &b, NULL), 0);
	assert_int_equal(lab_fixture_hash(f, &b, hex, NULL), 0);
	lab_fixture_free(f);
	if (body)
		assert_int_equal(unlink(name), 0);
}

static void what_files_say_is_in_the_hash(void **state)
{
	static const char alone[] = "{\"tcbox_lab\":1,\"answers\":[{\"body\":\"x\"}]}";
	char a[TB_SHA256_HEX], b[TB_SHA256_HEX], dir[] = "/tmp/tcbox-fixture-XXXXXX", name[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(name, sizeof(name), "%s/a", dir);
	hash(name, "one", a);
	hash(name, "two", b);
	assert_string_not_equal(a, b);
	hash(name, "one", b);
	assert_string_equal(a, b);
	hash(name, "", b);
	assert_string_not_equal(a, b);
	assert_int_equal(rmdir(dir), 0);
	/* as sha256sum(1) says of the file alone */
	hash("x", NULL, a);
	assert_int_equal(tb_sha256(alone, sizeof(alone) - 1, b, NULL), 0);
	assert_string_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_answer_that_fits_counts),
		cmocka_unit_test(names_are_missing),
		cmocka_unit_test(an_answer_has_status_type_and_headers),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(what_files_say_is_in_the_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
