/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.c - run.json: written at the start and at the end of a run, read by everything that
 * looks at a bundle
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/manifest.h"
#include "bundle/members.h"
#include "tcbox/buf.h"
#include "tcbox/file.h"
#include "tcbox/grow.h"
#include "tcbox/jsonc.h"
#include "tcbox/own.h"
#include "tcbox/run.h"

#define MANIFEST_MAX (64u << 20)

void rec_manifest_format(const struct run_info *r, struct tb_buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_uint(&w, "tcbox_run", RUN_FORMAT);
	run_info_tree(&w, r, RUN_FOR_MANIFEST);
	jw_end(&w);
}

int run_info_write(int bundle_fd, const struct run_info *r, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	rec_manifest_format(r, &b);
	if (b.failed)
		return tb_err_set(err, ENOMEM, "write %s", RUN_FILE);
	if (r->state == RUN_RUNNING)
		return tb_write_file(bundle_fd, RUN_FILE, b.data, b.len, err);
	return tb_store_over(bundle_fd, RUN_RESERVE_FILE, RUN_FILE, b.data, b.len, err);
}

static int bad(struct tb_err *err, const char *key, const char *what)
{
	return tb_err_msg(err, EBADMSG, "%s: \"%s\" %s", RUN_FILE, key, what);
}

/* own() - a copy of a string, owned by the caller */
static int own(const char *s, char **out, struct tb_err *err)
{
	*out = strdup(s);
	return *out ? 0 : tb_err_set(err, ENOMEM, "read %s", RUN_FILE);
}

static int read_str(const struct jsonc_val *v, const char *key, char **out, struct tb_err *err)
{
	if (v->type != JSONC_STRING)
		return bad(err, key, "is not a string");
	return own(v->text, out, err);
}

/* read_word() - what a later tcbox may have and this one does not know is refused, not guessed */
static int read_word(const struct jsonc_val *v, const struct member *m, unsigned int *out,
		     struct tb_err *err)
{
	const char *word = v->type == JSONC_STRING ? v->text : "";

	for (unsigned int i = 1; m->words[i]; i++) {
		if (!strcmp(m->words[i], word)) {
			*out = i;
			return 0;
		}
	}
	return bad(err, m->key, "is no word that this tcbox knows");
}

/* read_list() - an array of strings; it ends in NULL */
static int read_list(const struct jsonc_val *v, const struct member *m, struct run_info *r,
		     struct tb_err *err)
{
	char ***out = member_at(r, m);
	size_t *n = member_count(r, m);
	const struct jsonc_val *e;
	int ret = 0;

	if (v->type != JSONC_ARRAY)
		return bad(err, m->key, "is not a list");
	*out = tb_grow(NULL, 0, v->count + 1, sizeof(**out));
	if (!*out)
		return tb_err_set(err, ENOMEM, "read %s", RUN_FILE);
	(*out)[0] = NULL;
	for (e = v->first; e && !ret; e = e->next) {
		ret = read_str(e, m->key, &(*out)[*n], err);
		*n += !ret;
		(*out)[*n] = NULL;
	}
	return ret;
}

/* read_file_str() - a member of an entry of "files"; what is not there stays NULL */
static int read_file_str(const struct jsonc_val *entry, const char *key, char **out,
			 struct tb_err *err)
{
	const struct jsonc_val *v = jsonc_member(entry, key);

	return v ? read_str(v, "files", out, err) : 0;
}

static int read_file_entry(const struct jsonc_val *entry, struct run_file *f, struct tb_err *err)
{
	const struct jsonc_val *size = jsonc_member(entry, "size");
	int ret;

	if (!jsonc_member(entry, "path"))
		return bad(err, "files", "has an entry without a path");
	ret = read_file_str(entry, "path", &f->path, err);
	if (!ret)
		ret = read_file_str(entry, "sha256_before", &f->sha256_before, err);
	if (!ret)
		ret = read_file_str(entry, "sha256_after", &f->sha256_after, err);
	if (!ret && size && !jsonc_uint(size, &f->size))
		ret = bad(err, "files", "has a size that is not a whole number from 0");
	return ret;
}

static int read_files(const struct jsonc_val *v, struct run_info *r, struct tb_err *err)
{
	const struct jsonc_val *e;
	int ret = 0;

	if (v->type != JSONC_ARRAY)
		return bad(err, "files", "is not a list");
	r->files = calloc(v->count + 1, sizeof(*r->files));
	if (!r->files)
		return tb_err_set(err, ENOMEM, "read %s", RUN_FILE);
	for (e = v->first; e && !ret; e = e->next)
		ret = read_file_entry(e, &r->files[r->nfiles++], err);
	return ret;
}

static int read_counters(const struct jsonc_val *v, struct run_info *r, struct tb_err *err)
{
	const struct jsonc_val *e;
	int ret = 0;

	if (v->type != JSONC_OBJECT)
		return bad(err, "counters", "is not an object");
	r->counters = calloc(v->count + 1, sizeof(*r->counters));
	if (!r->counters)
		return tb_err_set(err, ENOMEM, "read %s", RUN_FILE);
	for (e = v->first; e && !ret; e = e->next) {
		struct run_counter *c = &r->counters[r->ncounters++];

		ret = own(e->key, &c->name, err);
		if (!ret && !jsonc_uint(e, &c->value))
			ret = bad(err, "counters", "has a value that is not a whole number from 0");
	}
	return ret;
}

/* read_value() - one member of any type */
static int read_value(const struct jsonc_val *v, const struct member *m, struct run_info *r,
		      struct tb_err *err)
{
	void *at = member_at(r, m);

	switch (m->type) {
	case M_STR:
		return read_str(v, m->key, at, err);
	case M_UINT:
		return jsonc_uint(v, at) ? 0 : bad(err, m->key, "is not a whole number from 0");
	case M_INT:
	case M_TIME:
		return jsonc_int(v, at) ? 0 : bad(err, m->key, "is not a whole number");
	case M_BOOL:
		if (v->type != JSONC_BOOL)
			return bad(err, m->key, "is not true or false");
		*(bool *)at = v->truth;
		return 0;
	case M_WORD:
		return read_word(v, m, at, err);
	case M_STRINGS:
		return read_list(v, m, r, err);
	case M_FILES:
		return read_files(v, r, err);
	case M_COUNTERS:
		return read_counters(v, r, err);
	}
	return bad(err, m->key, "is of an unknown type");
}

/* read_member() - times are read from KEY_ns; their text is for people */
static int read_member(const struct jsonc_val *o, const struct member *m, struct run_info *r,
		       struct tb_err *err)
{
	const struct jsonc_val *v;
	char ns[32];

	(void)snprintf(ns, sizeof(ns), "%s_ns", m->key);
	v = jsonc_member(o, m->type == M_TIME ? ns : m->key);
	return v ? read_value(v, m, r, err) : 0;
}

/* read_head() - format and state: whether we may read on at all */
static int read_head(const struct jsonc_val *o, struct run_info *r, struct tb_err *err)
{
	const struct jsonc_val *v = jsonc_member(o, "tcbox_run");
	const char *state = jsonc_text(o, "state");
	uint64_t format;

	if (!v)
		return tb_err_msg(err, EBADMSG,
				  "%s is not a run manifest: \"tcbox_run\" is missing",
				  RUN_FILE);
	if (!jsonc_uint(v, &format) || !format)
		return bad(err, "tcbox_run", "is not a known format");
	if (format > RUN_FORMAT)
		return tb_err_msg(err, EPROTO,
				  "%s has format %" PRIu64 ", written by a newer tcbox; "
				  "this one reads up to %d", RUN_FILE, format, RUN_FORMAT);
	if (!state)
		return bad(err, "state", "is missing");
	if (run_state_find(state, &r->state))
		return 0;
	return bad(err, "state", "is not \"running\", \"complete\" or \"failed\"");
}

static int from_object(const struct jsonc_val *o, struct run_info *r, struct tb_err *err)
{
	size_t i;
	int ret;

	ret = read_head(o, r, err);
	for (i = 0; !ret && i < run_nmembers; i++)
		ret = read_member(o, &run_members[i], r, err);
	return ret;
}

int rec_manifest_parse(const char *text, size_t len, struct run_info *r, struct tb_err *err)
{
	struct jsonc_syntax bad_at;
	struct jsonc *doc;
	int ret;

	memset(r, 0, sizeof(*r));
	ret = jsonc_parse_bytes(text, len, &doc, &bad_at);
	if (ret == -EINVAL)
		return tb_err_msg(err, EBADMSG, "%s:%u:%u: %s", RUN_FILE, bad_at.pos.line,
				  bad_at.pos.column,
				  bad_at.text);
	if (ret)
		return tb_err_set(err, ENOMEM, "read %s", RUN_FILE);
	ret = from_object(jsonc_root(doc), r, err);
	jsonc_free(doc);
	if (ret)
		run_info_clear(r);
	return ret;
}

int run_info_read(int bundle_fd, struct run_info *r, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret;

	memset(r, 0, sizeof(*r));
	ret = tb_read_regular(bundle_fd, RUN_FILE, MANIFEST_MAX, &text, err);
	return ret ? ret : rec_manifest_parse(text.data, text.len, r, err);
}
