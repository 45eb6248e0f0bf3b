/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy.c - a redacted copy: what redacted.json and redacted.jsonl say of what is not as it was
 *
 * Whoever made the copy wrote them. So what they say proves nothing by itself: a hash counts where
 * chain or seal have the same, and what stands in a place that was redacted is never proven.
 */
#include "seal/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "seal/copy_parts.h"
#include "seal/said.h"
#include "tcbox/file.h"
#include "tcbox/jsonc.h"
#include "tcbox/own.h"
#include "tcbox/record.h"
#include "tcbox/run.h"

#define COPY_MAX (1u << 20)
#define COPY_FORMAT 1

const struct copy_file *copy_file(const struct copy *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->files[i].was.name, name))
			return &c->files[i];
	return NULL;
}

static bool copy_hex(char out[TB_SHA256_HEX], const char *text)
{
	if (!text || !tb_sha256_is_hex(text))
		return false;
	memcpy(out, text, TB_SHA256_HEX);
	return true;
}

/* read_file() - Return: false if it is no entry */
static bool read_file(struct copy *c, const struct jsonc_val *v)
{
	const struct jsonc_val *bytes = jsonc_member(v, "bytes");
	const struct jsonc_val *now = jsonc_member(v, "redacted_sha256");
	const struct jsonc_val *parts = jsonc_member(v, "parts");
	const char *name = jsonc_text(v, "name");
	struct copy_file *f = &c->files[c->n];

	if (c->n == STATEMENT_FILES_MAX || !name || strlen(name) >= sizeof(f->was.name) ||
	    copy_file(c, name) || !bytes || !jsonc_uint(bytes, &f->was.size) || !now ||
	    !parts || !jsonc_uint(parts, &f->parts) ||
	    !copy_hex(f->was.sha256, jsonc_text(v, "sha256")))
		return false;
	if (now->type != JSONC_NULL && !copy_hex(f->sha256, jsonc_text(v, "redacted_sha256")))
		return false;
	memcpy(f->was.name, name, strlen(name) + 1);
	c->n++;
	return true;
}

static bool read_members(struct copy *c, const struct jsonc_val *o)
{
	const struct jsonc_val *format = jsonc_member(o, "tcbox_redacted");
	const struct jsonc_val *list = jsonc_member(o, "files");
	uint64_t n = 0;

	if (!format || !jsonc_uint(format, &n) || n != COPY_FORMAT || !list ||
	    list->type != JSONC_ARRAY)
		return false;
	for (const struct jsonc_val *v = list->first; v; v = v->next)
		if (!read_file(c, v))
			return false;
	return true;
}

int copy_read(int bundle_fd, struct copy *c, struct seal_check *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct tb_err bad = { 0 };
	struct jsonc_syntax at;
	struct jsonc *doc = NULL;
	bool good = false;
	int ret = tb_read_regular(bundle_fd, REDACTED_FILE, COPY_MAX, &text, &bad);

	if (ret == -ENOENT)
		return 0;
	c->is = out->redacted = true;
	if (!ret)
		ret = jsonc_parse_bytes(text.data ? text.data : "", text.len, &doc, &at);
	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read %s", REDACTED_FILE);
	if (!ret)
		good = read_members(c, jsonc_root(doc));
	jsonc_free(doc);
	if (!good)
		said_wrong(out, "%s: it does not say what was redacted", REDACTED_FILE);
	return 0;
}

static int check_file(int bundle_fd, const struct copy_file *f, struct seal_check *out,
		      struct tb_err *err)
{
	struct tb_err bad = { 0 };
	TB_AUTOCLOSE int fd = tb_open_regular(bundle_fd, f->was.name, &bad);
	char hex[TB_SHA256_HEX] = "";
	int ret = fd < 0 ? fd : tb_sha256_fd(fd, hex, NULL, &bad);

	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read %s", f->was.name);
	if (ret && ret != -ENOENT)
		said_wrong(out, "%s: it cannot be read: %s", f->was.name, bad.msg);
	else if (strcmp(hex, f->sha256) != 0)
		said_wrong(out, "%s: it is not as it was when the copy was redacted",
			   f->was.name);
	return 0;
}

/* left_out() - files that no redacted copy has; it has all others */
static void left_out(int bundle_fd, const struct copy *c, struct seal_check *out)
{
	static const char *const names[] = { RUN_REPORT_FILE, RUN_PAGE_FILE, RUN_STDOUT_FILE,
		RUN_STDERR_FILE, RUN_BODIES_FILE };

	for (size_t i = 0; i < TB_ARRAY_SIZE(names); i++) {
		const struct copy_file *f = copy_file(c, names[i]);

		if (f && !*f->sha256)
			continue;	/* check_file() says it */
		if (!faccessat(bundle_fd, names[i], F_OK, AT_SYMLINK_NOFOLLOW))
			said_wrong(out, "%s: it was added: a redacted copy has no such file",
				   names[i]);
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct copy_file *f = &c->files[i];
		bool goes = false;

		for (size_t j = 0; j < TB_ARRAY_SIZE(names); j++)
			goes |= !strcmp(f->was.name, names[j]);
		if (!goes && !*f->sha256)
			said_wrong(out, "%s: it is missing: a redacted copy has it",
				   f->was.name);
	}
}

int copy_check(int bundle_fd, const struct copy *c, struct seal_check *out, struct tb_err *err)
{
	int ret = 0;

	if (!c->is)
		return 0;
	for (size_t i = 0; !ret && i < c->n; i++)
		ret = check_file(bundle_fd, &c->files[i], out, err);
	left_out(bundle_fd, c, out);
	if (!ret)
		ret = copy_parts(bundle_fd, c, out, err);
	said_open(out, "It is a redacted copy: %zu files are not as they were, and what stands in "
		  "them where something was taken out is not proven", c->n);
	return ret;
}

int copy_lines_open(struct copy_lines *c, int bundle_fd, const struct copy *copy,
		    struct tb_err *err)
{
	*c = (struct copy_lines){ .fd = -1 };
	if (!copy->is || !copy_file(copy, REC_EVENTS_FILE))
		return 0;
	c->fd = tb_open_regular(bundle_fd, REDACTED_PARTS_FILE, err);
	if (c->fd < 0)
		return c->fd == -ENOENT ? 0 : c->fd;
	return lines_open(&c->lines, c->fd, REDACTED_PARTS_FILE, err);
}

void copy_lines_close(struct copy_lines *c)
{
	lines_close(&c->lines);
	tb_close(&c->fd);
}

/* read_part() - a line of the record with its hash; anything else is passed over. Return: 0,
 * -ENOMEM */
static int read_part(struct copy_lines *c, const struct line *l)
{
	struct jsonc_syntax at;
	struct jsonc *doc;
	const struct jsonc_val *v;
	const char *file;
	uint64_t line = 0;
	int ret = jsonc_parse_bytes(l->text, l->len, &doc, &at);

	if (ret)
		return ret == -ENOMEM ? ret : 0;
	file = jsonc_text(jsonc_root(doc), "file");
	v = jsonc_member(jsonc_root(doc), "line");
	if (file && !strcmp(file, REC_EVENTS_FILE) && v && jsonc_uint(v, &line) &&
	    copy_hex(c->sha256, jsonc_text(jsonc_root(doc), "sha256")))
		c->line = line;
	jsonc_free(doc);
	return 0;
}

int copy_line(struct copy_lines *c, uint64_t line, char hex[TB_SHA256_HEX], struct tb_err *err)
{
	struct line l;
	int ret = 1;

	if (c->fd < 0)
		return 0;
	while (c->line < line && (ret = lines_next(&c->lines, &l, err)) > 0)
		if (read_part(c, &l))
			return tb_err_set(err, ENOMEM, "read %s", REDACTED_PARTS_FILE);
	if (ret < 0)
		return ret;
	if (c->line != line)
		return 0;
	memcpy(hex, c->sha256, TB_SHA256_HEX);
	return 1;
}
