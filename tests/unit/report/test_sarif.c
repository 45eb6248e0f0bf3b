/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sarif.c - a report that is too long for its readers is cut, and says so; the rest is in
 * tests/golden/formats.sh
 */
#include "sample.h"

#include <errno.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <json-c/json.h>

#define MANY 30000
#define SIZE_LIMIT 10000000

/* many() - the sample with @n findings of the same kind, each of @program */
static struct fnd_result many(struct fnd *room, size_t n, char *program)
{
	struct fnd_result r = sample_result;

	for (size_t i = 0; i < n; i++) {
		room[i] = sample_findings[0];
		room[i].program = program;
	}
	r.findings = room;
	r.nfindings = n;
	return r;
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	assert_true(json_object_object_get_ex(o, key, &v));
	return v;
}

/* told() - how many results are in it, and whether it says that some are not */
static size_t told(const struct fnd_result *r, bool *says_so)
{
	struct rpt_input in = { .run = &sample_run, .result = r, .policy = &sample_policy };
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct json_object *doc, *run;
	struct tb_err err = { 0 };
	size_t n;

	assert_int_equal(rpt_sarif(&in, &out, &err), 0);
	assert_in_range(out.len, 1, SIZE_LIMIT - 1);
	doc = json_tokener_parse(out.data);
	assert_non_null(doc);
	run = json_object_array_get_idx(member(doc, "runs"), 0);
	n = json_object_array_length(member(run, "results"));
	*says_so = strstr(out.data, "results were left out");
	json_object_put(doc);
	return n;
}

static void what_is_too_much_is_left_out(void **state)
{
	TB_AUTOFREE struct fnd *room = calloc(MANY, sizeof(*room));
	static char path[4097];
	struct fnd_result r;
	bool says_so;
	size_t n;

	(void)state;
	assert_non_null(room);
	r = many(room, 1000, S("/opt/acme/agent"));
	assert_int_equal(told(&r, &says_so), 1000);
	assert_false(says_so);
	r = many(room, MANY, S("/opt/acme/agent"));
	n = told(&r, &says_so);
	assert_in_range(n, 1000, 25000);
	assert_true(says_so);
	memset(path, '\1', sizeof(path) - 1);	/* six characters of JSON each */
	r = many(room, MANY, path);
	n = told(&r, &says_so);
	assert_in_range(n, 100, 25000);
	assert_true(says_so);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_too_much_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
