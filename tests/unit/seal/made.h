/* SPDX-License-Identifier: Apache-2.0 */
/*
 * made.h - a bundle with a record of some lines, and ways to damage it
 */
#ifndef TESTS_UNIT_SEAL_MADE_H
#define TESTS_UNIT_SEAL_MADE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcbox/chain.h"
#include "tcbox/file.h"
#include "tcbox/note.h"
#include "tcbox/own.h"
#include "tcbox/record.h"
#include "tcbox/review.h"
#include "tcbox/run.h"
#include "tcbox/seal.h"

#define STARTED 1764000000000000000

/* Nobody is trusted. */
static const struct seal_trust nobody = { .n = 0 };

static char made_path[] = "/tmp/tcbox-test-seal.XXXXXX";
static int made = -1;

static const char *const made_files[] = {
	RUN_FILE, REC_EVENTS_FILE, CHAIN_FILE, RUN_CAPTURE_FILE, RUN_STDOUT_FILE,
	RUN_STDERR_FILE, RUN_POLICY_FILE, RUN_REPORT_FILE, RUN_PAGE_FILE, REVIEW_FILE, NOTE_FILE,
	"seal.json", "x",
};

__attribute__((unused)) static int made_open(void **state)
{
	(void)state;
	memcpy(made_path + sizeof(made_path) - 7, "XXXXXX", 6);
	if (!mkdtemp(made_path))
		return -1;
	made = open(made_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return made < 0;
}

static void made_empty(void)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(made_files); i++)
		(void)unlinkat(made, made_files[i], 0);
}

__attribute__((unused)) static int made_remove(void **state)
{
	(void)state;
	made_empty();
	tb_close(&made);
	return rmdir(made_path);	/* fails if something else was left there */
}

static void put(const char *name, const char *text, size_t len)
{
	struct tb_err err = { 0 };

	if (tb_write_file(made, name, text, len, &err))
		fail_msg("%s", err.msg);
}

/* text_of() - a file of the bundle; the caller frees it */
static struct tb_buf text_of(const char *name)
{
	struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0 };

	if (tb_read_file(made, name, 64u << 20, &b, &err))
		fail_msg("%s", err.msg);
	return b;
}

static void hash_of(const char *name, char hex[TB_SHA256_HEX])
{
	struct tb_buf b = text_of(name);

	assert_int_equal(tb_sha256(b.data ? b.data : "", b.len, hex, NULL), 0);
	tb_buf_free(&b);
}

/* record() - so many lines, each different */
static void record(const char *chain, unsigned int lines, struct run_info *run)
{
	const struct rec_file_options options = { .kind_bytes = REC_KIND_BYTES, .chain = chain };
	struct tb_err err = { 0 };
	struct rec_file *f = NULL;
	char what[32];

	assert_int_equal(rec_file_create(&f, made, &options, &err), 0);
	for (unsigned int i = 1; i <= lines; i++) {
		struct ev ev = { .kind = EV_LOSS, .t = i, .u.loss.what = what };

		(void)snprintf(what, sizeof(what), "loss %u", i);
		assert_int_equal(rec_file_append(f, &ev, &err), 0);
	}
	run->record_lines = rec_file_lines(f);
	run->record_head = strdup(rec_file_head(f));
	assert_int_equal(rec_file_close(f, &err), 0);
}

/* make_with() - a bundle of a run that came to its end, or was killed. @review: what review.jsonl
 * begins with; empty: nothing */
static void make_with(unsigned int lines, enum run_state end, const char *review)
{
	struct run_info run = { .state = RUN_RUNNING, .started_ns = STARTED };
	struct chain_head head = { .started_ns = STARTED,
				   .random = "0123456789abcdef0123456789abcdef",
				   .challenge = "00112233445566ff" };
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;

	made_empty();
	put(RUN_CAPTURE_FILE, "", 0);
	put(RUN_STDOUT_FILE, "out\n", 4);
	put(RUN_STDERR_FILE, "", 0);
	put(RUN_POLICY_FILE, "{}\n", 3);
	put(RUN_REPORT_FILE, "{}\n", 3);
	put(RUN_PAGE_FILE, "page\n", 5);
	hash_of(RUN_POLICY_FILE, head.policy_sha256);
	if (*review) {
		put(REVIEW_FILE, review, strlen(review));
		hash_of(REVIEW_FILE, head.review_sha256);
	}
	run.has_policy = true;
	run.policy_sha256 = strdup(head.policy_sha256);
	assert_int_equal(run_info_write(made, &run, NULL), 0);
	hash_of(RUN_FILE, head.manifest_sha256);
	chain_head_write(&line, &head);
	record(line.data, lines, &run);
	run.state = end;
	if (end != RUN_RUNNING)
		assert_int_equal(run_info_write(made, &run, NULL), 0);
	run_info_clear(&run);
}

static void make(unsigned int lines, enum run_state end)
{
	make_with(lines, end, "");
}

/* Where lines of a file are: line 1 is the first. */
static const char *line_at(const struct tb_buf *b, unsigned int line)
{
	const char *at = b->data;

	while (--line && (at = memchr(at, '\n', b->len - (size_t)(at - b->data))))
		at++;
	assert_non_null(at);
	return at;
}

/* instead() - instead of @n lines from @line on, this text */
__attribute__((unused)) static void instead(const char *name, unsigned int line, unsigned int n,
					   const char *text)
{
	TB_AUTOBUF struct tb_buf b = text_of(name), out = TB_BUF_INIT;
	const char *from = line_at(&b, line), *to = line_at(&b, line + n);

	tb_buf_add(&out, b.data, (size_t)(from - b.data));
	tb_buf_adds(&out, text);
	tb_buf_add(&out, to, b.len - (size_t)(to - b.data));
	put(name, out.data ? out.data : "", out.len);
}

/* line_of() - a copy of a line with its newline; the caller frees it */
__attribute__((unused)) static char *line_of(const char *name, unsigned int line)
{
	TB_AUTOBUF struct tb_buf b = text_of(name);
	const char *from = line_at(&b, line), *to = line_at(&b, line + 1);

	return strndup(from, (size_t)(to - from));
}

/* cut() - the last bytes of a file */
__attribute__((unused)) static void cut(const char *name, size_t bytes)
{
	struct stat st;
	int fd = openat(made, name, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(ftruncate(fd, st.st_size - (off_t)bytes), 0);
	(void)close(fd);
}

/* append() - to a file */
__attribute__((unused)) static void append(const char *name, const char *text)
{
	int fd = openat(made, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

#endif
