/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.c - answers that the technician gives (--lab): what is found at a host and a path, and
 * names that do not exist
 *
 * How it works: the file is read before the lab is started, with the files that it names, so that
 * the lab needs none. Every key is checked; the first thing that is wrong is said with its place.
 * tcbox(7) describes the keys, and so does doc/schema/tcbox-lab-1.schema.json.
 *
 * Limits: ROWS_MAX answers and names, BYTES_MAX of bodies in all.
 */
#include "lab/fixture.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tcbox/file.h"
#include "tcbox/jsonc.h"
#include "tcbox/lab.h"
#include "tcbox/nearest.h"
#include "tcbox/own.h"

#define FORMAT 1
#define ROWS_MAX 10000
#define BYTES_MAX (64u << 20)
#define FILE_MAX (16u << 20)	/* of the file itself */

/* One answer. What is NULL fits everything. */
struct row {
	const char *host, *path, *method;
	int status;
	const char *type;
	char *headers;			/* owned */
	const char *body;
	size_t len;
	bool named;			/* the body is that of a file: */
	struct tb_buf file;		/* owned */
};

struct lab_fixture {
	struct jsonc *doc;		/* the rows point into it */
	struct row *rows;
	size_t n;
	const struct jsonc_val *missing;	/* an array; NULL: none */
};

/* What is being read. */
struct reading {
	struct lab_fixture *f;
	const char *name;		/* of the file, as the user names it */
	char where[64];			/* "answers[2]" */
	size_t bytes;			/* of bodies, so far */
	struct tb_err *err;
};

static int wrong(struct reading *r, struct jsonc_pos at, const char *key, const char *what)
{
	TB_AUTOBUF struct tb_buf path = TB_BUF_INIT;

	tb_buf_adds(&path, r->where);
	if (*key)
		tb_buf_addf(&path, "%s%.64s", path.len ? "." : "", key);
	if (path.len)
		tb_buf_adds(&path, ": ");
	if (path.failed)
		return tb_err_set(r->err, ENOMEM, "%s", r->name);
	return tb_err_msg(r->err, EINVAL, "%s:%u:%u: %s%s", r->name, at.line, at.column,
			  path.len ? path.data : "", what);
}

static int unknown(struct reading *r, const struct jsonc_val *v, const char *const *keys, size_t n)
{
	struct tb_nearest nearest;
	char text[160];

	tb_nearest_init(&nearest, v->key);
	for (size_t i = 0; i < n; i++)
		tb_nearest_try(&nearest, keys[i]);
	if (nearest.best)
		(void)snprintf(text, sizeof(text), "unknown key; did you mean \"%s\"?",
			       nearest.best);
	else
		(void)snprintf(text, sizeof(text), "unknown key");
	return wrong(r, v->key_pos, v->key, text);
}

static int text(struct reading *r, const struct jsonc_val *v, const char **out)
{
	if (v->type != JSONC_STRING)
		return wrong(r, v->pos, v->key, "must be a text");
	*out = v->text;
	return 0;
}

/* is_field() - can it stand in a header? What ends a line would begin another */
static bool is_field(const char *s)
{
	for (; *s; s++)
		if (iscntrl((unsigned char)*s))
			return false;
	return true;
}

static int read_status(struct reading *r, const struct jsonc_val *v, struct row *row)
{
	uint64_t n;

	if (!jsonc_uint(v, &n) || n < 200 || n > 599)
		return wrong(r, v->pos, v->key, "must be a status from 200 to 599");
	row->status = (int)n;
	return 0;
}

/* read_headers() - as the lines that they become */
static int read_headers(struct reading *r, const struct jsonc_val *v, struct row *row)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (v->type != JSONC_OBJECT)
		return wrong(r, v->pos, v->key, "must be an object of names and texts");
	for (const struct jsonc_val *h = v->first; h; h = h->next) {
		if (h->type != JSONC_STRING || !is_field(h->text))
			return wrong(r, h->pos, h->key, "must be a text of one line");
		if (!*h->key || !is_field(h->key) || strpbrk(h->key, ": ") ||
		    !strcasecmp(h->key, "content-length") || !strcasecmp(h->key, "connection"))
			return wrong(r, h->key_pos, h->key,
				     "is no name of a header that can be given");
		tb_buf_addf(&b, "%s: %s\r\n", h->key, h->text);
	}
	row->headers = b.len ? tb_buf_take(&b) : NULL;
	return b.failed ? tb_err_set(r->err, ENOMEM, "%s", r->name) : 0;
}

/* read_file() - a path that is not absolute counts from where the file lies */
static int read_file(struct reading *r, const struct jsonc_val *v, struct row *row)
{
	const char *slash = strrchr(r->name, '/');
	char path[PATH_MAX];
	struct tb_err bad = { 0 };

	if (v->type != JSONC_STRING || !*v->text)
		return wrong(r, v->pos, v->key, "must be the path of a file");
	if (v->text[0] == '/' || !slash)
		(void)snprintf(path, sizeof(path), "%s", v->text);
	else if (snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - r->name), r->name,
			  v->text) >= (int)sizeof(path))
		return wrong(r, v->pos, v->key, "the path is too long");
	if (tb_read_file(AT_FDCWD, path, BYTES_MAX, &row->file, &bad))
		return wrong(r, v->pos, v->key, bad.msg);
	row->body = row->file.data ? row->file.data : "";
	row->len = row->file.len;
	row->named = true;
	return 0;
}

static int read_member(struct reading *r, const struct jsonc_val *v, struct row *row)
{
	static const char *const keys[] = { "host", "path", "method", "status", "type", "headers",
		"body", "file" };
	int ret;

	if (!strcmp(v->key, "host"))
		return text(r, v, &row->host);
	if (!strcmp(v->key, "path"))
		return text(r, v, &row->path);
	if (!strcmp(v->key, "method"))
		return text(r, v, &row->method);
	if (!strcmp(v->key, "status"))
		return read_status(r, v, row);
	if (!strcmp(v->key, "headers"))
		return read_headers(r, v, row);
	if (!strcmp(v->key, "type")) {
		ret = text(r, v, &row->type);
		return ret || is_field(row->type) ? ret :
						    wrong(r, v->pos, v->key, "is no type");
	}
	if ((!strcmp(v->key, "body") || !strcmp(v->key, "file")) && row->body)
		return wrong(r, v->key_pos, v->key, "there is a body already");
	if (!strcmp(v->key, "file"))
		return read_file(r, v, row);
	if (strcmp(v->key, "body") != 0)
		return unknown(r, v, keys, TB_ARRAY_SIZE(keys));
	ret = text(r, v, &row->body);
	row->len = ret ? 0 : strlen(row->body);
	return ret;
}

static int read_row(struct reading *r, const struct jsonc_val *v)
{
	struct row *row = &r->f->rows[r->f->n++];
	int ret = 0;

	*row = (struct row){ .status = 200, .type = "text/html; charset=utf-8" };
	if (v->type != JSONC_OBJECT)
		return wrong(r, v->pos, "", "must be an object");
	for (const struct jsonc_val *m = v->first; m && !ret; m = m->next)
		ret = read_member(r, m, row);
	if (ret)
		return ret;
	if (row->path && row->path[0] != '/' && row->path[0] != '*')
		return wrong(r, v->pos, "path", "must begin with a slash");
	r->bytes += row->len;
	if (r->bytes > BYTES_MAX)
		return wrong(r, v->pos, "", "the bodies are more than 64 MiB");
	if (row->status == 204 || row->status == 304)
		row->type = NULL;
	if (!row->body)
		row->body = "";
	return 0;
}

static int read_answers(struct reading *r, const struct jsonc_val *v)
{
	int ret = 0;

	if (v->type != JSONC_ARRAY || v->count > ROWS_MAX)
		return wrong(r, v->pos, v->key, "must be an array of at most 10000 answers");
	r->f->rows = calloc(v->count + 1, sizeof(*r->f->rows));
	if (!r->f->rows)
		return tb_err_set(r->err, ENOMEM, "%s", r->name);
	for (const struct jsonc_val *a = v->first; a && !ret; a = a->next) {
		(void)snprintf(r->where, sizeof(r->where), "answers[%zu]", r->f->n);
		ret = read_row(r, a);
	}
	r->where[0] = '\0';
	return ret;
}

static int read_missing(struct reading *r, const struct jsonc_val *v)
{
	if (v->type != JSONC_ARRAY || v->count > ROWS_MAX)
		return wrong(r, v->pos, v->key, "must be an array of at most 10000 names");
	for (const struct jsonc_val *n = v->first; n; n = n->next)
		if (n->type != JSONC_STRING || !*n->text)
			return wrong(r, n->pos, v->key, "must be names");
	r->f->missing = v;
	return 0;
}

static int read_root(struct reading *r, const struct jsonc_val *root)
{
	static const char *const keys[] = { "tcbox_lab", "answers", "missing" };
	uint64_t format = 0;
	int ret = 0;

	if (root->type != JSONC_OBJECT)
		return wrong(r, root->pos, "", "must be an object");
	for (const struct jsonc_val *m = root->first; m && !ret; m = m->next) {
		if (!strcmp(m->key, "answers"))
			ret = read_answers(r, m);
		else if (!strcmp(m->key, "missing"))
			ret = read_missing(r, m);
		else if (strcmp(m->key, "tcbox_lab") != 0)
			ret = unknown(r, m, keys, TB_ARRAY_SIZE(keys));
		else if (!jsonc_uint(m, &format) || format != FORMAT)
			ret = wrong(r, m->pos, m->key, "must be 1, the version of this format");
	}
	return ret || format ? ret : wrong(r, root->pos, "tcbox_lab", "is missing");
}

int lab_fixture_read(struct lab_fixture **out, const char *name, const struct tb_buf *file,
		     struct tb_err *err)
{
	struct reading r = { .f = calloc(1, sizeof(*r.f)), .name = name, .err = err };
	struct jsonc_syntax bad;
	int ret;

	if (!r.f)
		return tb_err_set(err, ENOMEM, "%s", name);
	ret = jsonc_parse(file->data ? file->data : "", file->len, &r.f->doc, &bad);
	if (ret == -EINVAL)
		ret = wrong(&r, bad.pos, "", bad.text);
	else if (ret)
		ret = tb_err_set(err, ENOMEM, "%s", name);
	else
		ret = read_root(&r, jsonc_root(r.f->doc));
	if (ret)
		lab_fixture_free(r.f);
	else
		*out = r.f;
	return ret;
}

void lab_fixture_free(struct lab_fixture *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++) {
		free(f->rows[i].headers);
		tb_buf_free(&f->rows[i].file);
	}
	free(f->rows);
	jsonc_free(f->doc);
	free(f);
}

int lab_fixture_hash(const struct lab_fixture *f, const struct tb_buf *file,
		     char hex[TB_SHA256_HEX], struct tb_err *err)
{
	struct tb_sha256 *all = tb_sha256_new();
	int ret = all ? 0 : tb_err_set(err, ENOMEM, "hash the answers");

	if (all)
		tb_sha256_add(all, file->data, file->len);
	for (size_t i = 0; !ret && i < f->n; i++) {
		const struct row *row = &f->rows[i];

		if (!row->named)
			continue;
		ret = tb_sha256(row->body, row->len, hex, err);
		tb_sha256_add(all, hex, ret ? 0 : TB_SHA256_HEX - 1);
		tb_sha256_add(all, "\n", 1);
	}
	if (!ret)
		ret = tb_sha256_result(all, hex, err);
	tb_sha256_free(all);
	return ret;
}

/* fits_host() - "a.example", or "*.example" for all names below it */
static bool fits_host(const char *pattern, const char *host)
{
	size_t len = strlen(host), n;

	if (!pattern || !strcmp(pattern, "*"))
		return true;
	if (pattern[0] != '*')
		return !strcasecmp(pattern, host);
	n = strlen(pattern + 1);
	return len > n && !strcasecmp(pattern + 1, host + len - n);
}

/* fits_path() - "/a", without a query, or "/a*" for all that begins so */
static bool fits_path(const char *pattern, const char *path)
{
	size_t n = pattern ? strlen(pattern) : 0;

	if (!pattern)
		return true;
	if (n && pattern[n - 1] == '*')
		return !strncmp(pattern, path, n - 1);
	return strcspn(path, "?#") == n && !strncmp(pattern, path, n);
}

bool fixture_missing(const struct lab_fixture *f, const char *name)
{
	const struct jsonc_val *v = f && f->missing ? f->missing->first : NULL;

	for (; v; v = v->next)
		if (fits_host(v->text, name))
			return true;
	return false;
}

bool fixture_find(const struct lab_fixture *f, const struct http_req *r, const char *path,
		  struct content *out)
{
	for (size_t i = 0; f && i < f->n; i++) {
		const struct row *row = &f->rows[i];

		if (!fits_host(row->host, r->host[0]) || !fits_path(row->path, path) ||
		    (row->method && strcmp(row->method, r->method) != 0))
			continue;
		*out = (struct content){ .status = row->status, .type = row->type,
					 .headers = row->headers ? row->headers : "",
					 .given = row->body, .ngiven = row->len };
		return true;
	}
	return false;
}
