/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_redact.c - tests of redacted bundles: what goes is told of with its place, no verdict gets
 * better, and what cannot be redacted is refused
 */
#include "run/redact.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/evaluate.h"
#include "run/redacted.h"
#include "tcbox/file.h"
#include "tcbox/jsonc.h"
#include "tcbox/log.h"
#include "tcbox/own.h"
#include "tcbox/sha256.h"

static char dir[] = "/tmp/tcbox-test-redact.XXXXXX";
static char copy[128], bundle[128];

static int set_up(void **state)
{
	(void)state;
	tb_log_set_level(TB_LOG_ERROR);
	(void)strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	(void)snprintf(copy, sizeof(copy), "%s/copy", dir);
	(void)snprintf(bundle, sizeof(bundle), "%s/bundle", dir);
	return mkdir(copy, 0700) || mkdir(bundle, 0700);
}

static int clean_up(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void put(const char *name, const char *text)
{
	TB_AUTOCLOSE int d = open(bundle, O_RDONLY | O_DIRECTORY);
	struct tb_err err = { 0 };

	assert_int_equal(tb_write_file(d, name, text, strlen(text), &err), 0);
}

static void read_one(const char *where, const char *name, struct tb_buf *out)
{
	TB_AUTOCLOSE int d = open(where, O_RDONLY | O_DIRECTORY);
	struct tb_err err = { 0 };

	if (tb_read_file(d, name, 1 << 20, out, &err))
		fail_msg("%s", err.msg);
}

/* line_at() - the line of that number, from 1 */
static struct tb_buf line_at(const struct tb_buf *text, uint64_t number)
{
	const char *p = text->data, *end = text->data + text->len, *next;

	while (--number && (next = memchr(p, '\n', (size_t)(end - p))))
		p = next + 1;
	next = memchr(p, '\n', (size_t)(end - p));
	return (struct tb_buf){ .data = (char *)(uintptr_t)p,
				.len = (size_t)((next ? next : end) - p) };
}

/* check_part() - does the part's sum fit what the bundle has there? */
static void check_part(const char *line, size_t len)
{
	TB_AUTOBUF struct tb_buf file = TB_BUF_INIT;
	struct jsonc *doc = NULL;
	struct jsonc_syntax bad;
	struct tb_err err = { 0 };
	const struct jsonc_val *root;
	char hex[TB_SHA256_HEX];
	struct tb_buf part;
	uint64_t at, size;

	assert_int_equal(jsonc_parse_bytes(line, len, &doc, &bad), 0);
	root = jsonc_root(doc);
	read_one(bundle, jsonc_text(root, "file"), &file);
	if (jsonc_member(root, "line")) {
		assert_true(jsonc_uint(jsonc_member(root, "line"), &at));
		part = line_at(&file, at);
	} else {
		assert_true(jsonc_uint(jsonc_member(root, "offset"), &at));
		assert_true(jsonc_uint(jsonc_member(root, "bytes"), &size));
		assert_true(at + size <= file.len);
		part = (struct tb_buf){ .data = file.data + at, .len = size };
	}
	assert_int_equal(tb_sha256(part.data, part.len, hex, &err), 0);
	assert_string_equal(jsonc_text(root, "sha256"), hex);
	jsonc_free(doc);
}

static void example(void)
{
	TB_AUTOBUF struct tb_buf capture = TB_BUF_INIT;
	TB_AUTOCLOSE int d = open(bundle, O_RDONLY | O_DIRECTORY);
	struct tb_err err = { 0 };

	put("run.json", "{\n  \"tcbox_run\": 1,\n  \"state\": \"complete\",\n"
	    "  \"argv\": [\"/home/ann/x\"],\n  \"env\": [\n    \"TOKEN\"\n  ]\n}\n");
	put("events.jsonl", "{\"k\":\"exec\",\"src\":\"box\",\"n\":1,\"t\":1,\"path\":\"/home/ann/x\"}\n"
	    "{\"k\":\"exit\",\"src\":\"box\",\"n\":2,\"t\":2,\"proc\":1}\n"
	    "{\"k\":\"secret\",\"src\":\"lab\",\"n\":1,\"t\":2,\"line\":\"A 00 11\"}\n");
	put("notes.jsonl", "{\"time\": \"2026-11-29T10:15:02.123456789Z\", \"examiner\": \"bob\", "
	    "\"text\": \"ann left\"}\n");
	put("stdout.log", "hello ann\n");
	put("other.txt", "stays\n");
	assert_int_equal(tb_read_file(AT_FDCWD, "tests/captures/http.pcapng", 1 << 20, &capture, &err), 0);
	assert_int_equal(tb_write_file(d, "capture.pcapng", capture.data, capture.len, &err), 0);
}

static void each_part_is_told_of_with_its_place_and_its_sum(void **state)
{
	TB_AUTOBUF struct tb_buf parts = TB_BUF_INIT, text = TB_BUF_INIT, other = TB_BUF_INIT;
	struct redact_told told;
	struct tb_err err = { 0 };
	uint64_t n = 0;

	(void)state;
	example();
	if (redact_bundle(bundle, copy, &told, &err))
		fail_msg("%s", err.msg);
	read_one(copy, REDACTED_PARTS_FILE, &parts);
	for (const char *p = parts.data, *end; (end = strchr(p, '\n')); p = end + 1, n++)
		check_part(p, (size_t)(end - p));
	assert_true(n == told.parts && n > 10);
	assert_int_equal(told.users, 2);
	/* the line between two that changed is as it was, and where it was */
	read_one(copy, "events.jsonl", &text);
	assert_int_equal(strncmp(line_at(&text, 2).data, "{\"k\":\"exit\"", 11), 0);
	read_one(copy, "other.txt", &other);
	assert_string_equal(other.data, "stays\n");
	assert_null(strstr(text.data, "ann"));
}

static void what_goes_as_a_whole_is_told_of_with_its_sum(void **state)
{
	TB_AUTOBUF struct tb_buf summary = TB_BUF_INIT;
	struct redact_told told;
	struct tb_err err = { 0 };
	char hex[TB_SHA256_HEX], path[192];

	(void)state;
	example();
	assert_int_equal(redact_bundle(bundle, copy, &told, &err), 0);
	assert_int_equal(tb_sha256("hello ann\n", 10, hex, &err), 0);
	read_one(copy, REDACTED_FILE, &summary);
	assert_non_null(strstr(summary.data, hex));
	(void)snprintf(path, sizeof(path), "%s/stdout.log", copy);
	assert_int_equal(access(path, F_OK), -1);
}

/* A path with room for what the tree calls its cases. */
static void golden(const char *name, char out[128])
{
	assert_true(snprintf(out, 128, "tests/golden/%s/bundle", name) < 128);
}

/* worth() - the greater the better */
static int worth(enum fnd_verdict v)
{
	if (v == FND_CONFORMS)
		return 2;
	return v == FND_INCONCLUSIVE;
}

static int judged(const char *path)
{
	struct evaluation e;
	struct tb_err err = { 0 };
	int v;

	if (evaluate_bundle(path, NULL, &e, &err))
		fail_msg("%s", err.msg);
	v = worth(e.result->verdict);
	evaluation_clear(&e);
	return v;
}

static void no_stored_run_is_judged_better_and_none_conforms(void **state)
{
	DIR *d = opendir("tests/golden");
	struct dirent *e;
	unsigned int n = 0, violate = 0;
	char path[128];
	struct stat st;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d))) {
		struct redact_told told;
		struct tb_err err = { 0 };
		int before;

		if (strlen(e->d_name) > 64)
			continue;
		golden(e->d_name, path);
		if (e->d_name[0] == '.' || stat(path, &st))
			continue;
		before = judged(path);
		if (redact_bundle(path, copy, &told, &err))
			fail_msg("%s: %s", path, err.msg);
		assert_true(judged(copy) <= before && judged(copy) < 2);
		assert_true(before || !judged(copy));
		violate += !before;
		redact_remove(copy);
		assert_int_equal(access(copy, F_OK), -1);
		assert_int_equal(mkdir(copy, 0700), 0);
		n++;
	}
	(void)closedir(d);
	assert_true(n > 10);
	print_message("%u bundles, %u violate\n", n, violate);
}

static void what_was_taken_out_is_said(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "{ \"what\": [\"users\", \"payloads\"] }",
		  "Taken out: what packets carried and the product printed, names of users" },
		{ "{ \"what\": [\"tricks\", 7] }", "What that was is not known" },
		{ "{ \"what\": \"users\" }", "What that was is not known" },
		{ "[]", "What that was is not known" },
		{ "", "What that was is not known" },
		{ "{", "What that was is not known" },
	};
	TB_AUTOCLOSE int d = open(bundle, O_RDONLY | O_DIRECTORY);

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
		struct tb_err err = { 0 };

		if (!i) {
			assert_int_equal(redacted_say(d, &out, &err), 0);
			assert_int_equal(out.len, 0);
		}
		put(REDACTED_FILE, rows[i].text);
		assert_int_equal(redacted_say(d, &out, &err), 0);
		if (strncmp(out.data, "The bundle is redacted: ", 24) || !strstr(out.data, rows[i].says))
			fail_msg("%s: %s", rows[i].text, out.data);
	}
}

static void what_cannot_be_redacted_is_refused(void **state)
{
	struct redact_told told;
	struct tb_err err = { 0 };
	char *longest;

	(void)state;
	assert_int_equal(redact_bundle(bundle, copy, &told, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "is not a bundle"));
	put("run.json", "{ \"tcbox_run\": 1, \"state\": \"complete\" }\n");
	put(REDACTED_FILE, "{}");
	err = (struct tb_err){ 0 };
	assert_int_equal(redact_bundle(bundle, copy, &told, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "is redacted already"));
	redact_remove(copy);
	assert_int_equal(mkdir(copy, 0700), 0);
	(void)snprintf(strchr(bundle, '\0'), 32, "/" REDACTED_FILE);
	assert_int_equal(unlink(bundle), 0);
	*strrchr(bundle, '/') = '\0';
	longest = calloc(1, (5 << 20) + 1);
	assert_non_null(longest);
	memset(longest, 'x', 5 << 20);
	put("events.jsonl", longest);
	free(longest);
	err = (struct tb_err){ 0 };
	assert_int_equal(redact_bundle(bundle, copy, &told, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "events.jsonl: a line is longer than"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(each_part_is_told_of_with_its_place_and_its_sum),
		TEST(what_goes_as_a_whole_is_told_of_with_its_sum),
		TEST(no_stored_run_is_judged_better_and_none_conforms),
		TEST(what_was_taken_out_is_said),
		TEST(what_cannot_be_redacted_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
