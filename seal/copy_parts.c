/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy_parts.c - what redacted.jsonl tells of each file of a redacted copy
 *
 * How it works: parts of one file follow each other, and the numbers of its lines grow, so that
 * both files are read once. What a line was is known by its hash only; but what tcbox export writes
 * instead of a name or a secret must be in it.
 */
#include "seal/copy_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "seal/said.h"
#include "tcbox/file.h"
#include "tcbox/jsonc.h"
#include "tcbox/own.h"
#include "tcbox/run.h"

/* The parts that were read. */
struct told {
	int bundle_fd;
	const struct copy *copy;
	struct seal_check *out;
	uint64_t number;		/* of the line of redacted.jsonl */
	uint64_t n[STATEMENT_FILES_MAX];	/* of each file */
	const struct copy_file *file;	/* of the last part */
	struct lines lines;		/* of that file, read up to @line */
	uint64_t line;
};

static bool has(const struct line *l, const char *text)
{
	return memmem(l->text, l->len, text, strlen(text));
}

/* has_user() - the number of a user, in place of a name */
static bool has_user(const struct line *l)
{
	static const char user[] = "user-";
	const char *p = l->text, *end = l->text + l->len;

	while ((p = memmem(p, (size_t)(end - p), user, strlen(user)))) {
		p += strlen(user);
		if (p < end && *p >= '1' && *p <= '9')
			return true;
	}
	return false;
}

/* is_redacted() - does the line have what stands in place of something that was taken out? */
static bool is_redacted(const char *name, const struct line *l)
{
	if (l->too_long || has_user(l))
		return true;
	if (!strcmp(name, RUN_POLICY_FILE))
		return false;
	return has(l, "redacted") || (!strcmp(name, RUN_FILE) && has(l, "\"policy_sha256\""));
}

/* bad_part() - Return: 1: nothing behind it is looked at */
static int bad_part(const struct told *t, const char *why)
{
	said_wrong(t->out, "%s: line %" PRIu64 ": %s", REDACTED_PARTS_FILE, t->number,
		   why);
	return 1;
}

/* other_file() - its first part. Return: 0; 1: that is wrong; -ENOMEM */
static int other_file(struct told *t, const struct copy_file *f, struct tb_err *err)
{
	struct tb_err bad = { 0 };

	if (t->n[f - t->copy->files])
		return bad_part(t, "it is not beside other parts of its file");
	if (t->file) {
		tb_close(&t->lines.fd);
		lines_close(&t->lines);
	}
	t->file = NULL;
	t->line = 0;
	t->lines.fd = tb_open_regular(t->bundle_fd, f->was.name, &bad);
	if (t->lines.fd < 0)
		return bad_part(t, "its file cannot be read");
	t->file = f;
	return lines_open(&t->lines, t->lines.fd, f->was.name, err);
}

/* one_line() - of the file, that is told of. Return: 0; 1: it is wrong; negative errno */
static int one_line(struct told *t, uint64_t number, struct tb_err *err)
{
	struct line l = { .text = NULL };
	int ret = 1;

	if (number <= t->line)
		return bad_part(t, "it does not come behind the part before it");
	while (t->line < number && (ret = lines_next(&t->lines, &l, err)) > 0)
		t->line++;
	if (ret < 0)
		return ret;
	if (!ret)
		return bad_part(t, "its file has no such line");
	if (is_redacted(t->file->was.name, &l))
		return 0;
	said_wrong(t->out, "%s: nothing was taken out of line %" PRIu64 ", of which %s says so",
		   t->file->was.name, number, REDACTED_PARTS_FILE);
	return 1;
}

static int one_part(struct told *t, const struct jsonc_val *o, struct tb_err *err)
{
	const char *name = jsonc_text(o, "file");
	const struct copy_file *f = name ? copy_file(t->copy, name) : NULL;
	const struct jsonc_val *line = jsonc_member(o, "line");
	uint64_t number;
	int ret;

	if (!f || !*f->sha256)
		return bad_part(t, "it is of no file that " REDACTED_FILE " lists as redacted");
	ret = f == t->file ? 0 : other_file(t, f, err);
	if (ret)
		return ret;
	t->n[f - t->copy->files]++;
	if (strcmp(name, RUN_CAPTURE_FILE) != 0) {
		if (!line || !jsonc_uint(line, &number))
			return bad_part(t, "it names no line");
		return one_line(t, number, err);
	}
	return 0;
}

/* read_parts() - Return: 0; 1: something is wrong, and is said; negative errno */
static int read_parts(struct told *t, struct lines *parts, struct tb_err *err)
{
	struct jsonc_syntax at;
	struct jsonc *doc;
	struct line l;
	int ret, more;

	while ((more = lines_next(parts, &l, err)) > 0) {
		t->number++;
		ret = l.too_long ? -EBADMSG : jsonc_parse_bytes(l.text, l.len, &doc, &at);
		if (ret == -ENOMEM)
			return tb_err_set(err, ENOMEM, "read %s", REDACTED_PARTS_FILE);
		if (ret)
			return bad_part(t, "it is no part");
		ret = one_part(t, jsonc_root(doc), err);
		jsonc_free(doc);
		if (ret)
			return ret;
	}
	return more;
}

static void count(const struct told *t)
{
	for (size_t i = 0; i < t->copy->n; i++) {
		const struct copy_file *f = &t->copy->files[i];

		if (*f->sha256 && (!t->n[i] || t->n[i] != f->parts))
			said_wrong(t->out, "%s: it is not as it was, and of that %s tells %" PRIu64
				   " parts, not %" PRIu64, f->was.name, REDACTED_PARTS_FILE,
				   t->n[i], f->parts);
	}
}

int copy_parts(int bundle_fd, const struct copy *c, struct seal_check *out, struct tb_err *err)
{
	struct told t = { .bundle_fd = bundle_fd, .copy = c, .out = out };
	struct tb_err bad = { 0 };
	TB_AUTOCLOSE int fd = tb_open_regular(bundle_fd, REDACTED_PARTS_FILE, &bad);
	struct lines parts;
	int ret;

	if (fd < 0) {
		said_wrong(out, "%s: it cannot be read: %s", REDACTED_PARTS_FILE, bad.msg);
		return 0;
	}
	ret = lines_open(&parts, fd, REDACTED_PARTS_FILE, err);
	if (!ret)
		ret = read_parts(&t, &parts, err);
	if (!ret)
		count(&t);
	lines_close(&parts);
	if (t.file) {
		tb_close(&t.lines.fd);
		lines_close(&t.lines);
	}
	return ret < 0 ? ret : 0;
}
