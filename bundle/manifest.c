/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.c - run.json: written at the start and at the end of a run, read by everything that looks at
 * a bundle
 *
 * Strings go through tb_buf_add_json() on the way out and are undone on the way in, as in events.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/manifest.h"
#include "bundle/members.h"
#include "tcbox/buf.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/run.h"
#include "tcbox/strict.h"
#include "tcbox/unescape.h"

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

/* own_str() - the bytes behind a JSON string, owned by the caller */
static int own_str(const char *s, size_t len, const char *key, char **out, struct tb_err *err)
{
	*out = malloc(len + 1);
	if (!*out)
		return tb_err_set(err, ENOMEM, "read %s", RUN_FILE);
	if (rec_unescape_to(s, len, *out))
		return 0;
	free(*out);
	*out = NULL;
	return bad(err, key, "has a backslash that stands for nothing");
}

static int read_str(struct json_object *v, const char *key, char **out, struct tb_err *err)
{
	if (!json_object_is_type(v, json_type_string))
		return bad(err, key, "is not a string");
	return own_str(json_object_get_string(v), (size_t)json_object_get_string_len(v), key, out,
		       err);
}

/* read_word() - what a later tcbox may have and this one does not know is refused, not guessed */
static int read_word(struct json_object *v, const struct member *m, unsigned int *out,
		     struct tb_err *err)
{
	const char *word = json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";

	for (unsigned int i = 1; m->words[i]; i++) {
		if (!strcmp(m->words[i], word)) {
			*out = i;
			return 0;
		}
	}
	return bad(err, m->key, "is no word that this tcbox knows");
}

/* read_list() - an array of strings; it ends in NULL */
static int read_list(struct json_object *v, const struct member *m, struct run_info *r,
		     struct tb_err *err)
{
	char ***out = member_at(r, m);
	size_t *n = member_count(r, m), i, len;
	int ret;

	if (!json_object_is_type(v, json_type_array))
		return bad(err, m->key, "is not a list");
	len = json_object_array_length(v);
	*out = calloc(len + 1, sizeof(**out));
	if (!*out)
		return tb_err_set(err, ENOMEM, "read %s", RUN_FILE);
	for (i = 0; i < len; i++) {
		ret = read_str(json_object_array_get_idx(v, i), m->key, &(*out)[i], err);
		if (ret)
			return ret;
		*n = i + 1;
	}
	return 0;
}

static int read_file_entry(struct json_object *o, struct run_file *f, struct tb_err *err)
{
	struct json_object *v;
	int ret = 0;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, "path", &v))
		return bad(err, "files", "has an entry without a path");
	ret = read_str(v, "files", &f->path, err);
	if (!ret && json_object_object_get_ex(o, "sha256_before", &v))
		ret = read_str(v, "files", &f->sha256_before, err);
	if (!ret && json_object_object_get_ex(o, "sha256_after", &v))
		ret = read_str(v, "files", &f->sha256_after, err);
	if (!ret && json_object_object_get_ex(o, "size", &v) && !rec_json_uint(v, &f->size))
		ret = bad(err, "files", "has a size that is not a whole number from 0");
	return ret;
}

static int read_files(struct json_object *v, struct run_info *r, struct tb_err *err)
{
	size_t i, len;
	int ret = 0;

	if (!json_object_is_type(v, json_type_array))
		return bad(err, "files", "is not a list");
	len = json_object_array_length(v);
	r->files = calloc(len + 1, sizeof(*r->files));
	if (!r->files)
		return tb_err_set(err, ENOMEM, "read %s", RUN_FILE);
	for (i = 0; !ret && i < len; i++) {
		r->nfiles = i + 1;
		ret = read_file_entry(json_object_array_get_idx(v, i), &r->files[i], err);
	}
	return ret;
}

static int read_counters(struct json_object *v, struct run_info *r, struct tb_err *err)
{
	struct json_object_iterator it, end;

	if (!json_object_is_type(v, json_type_object))
		return bad(err, "counters", "is not an object");
	r->counters = calloc((size_t)json_object_object_length(v) + 1, sizeof(*r->counters));
	if (!r->counters)
		return tb_err_set(err, ENOMEM, "read %s", RUN_FILE);
	it = json_object_iter_begin(v);
	end = json_object_iter_end(v);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		struct run_counter *c = &r->counters[r->ncounters];
		const char *name = json_object_iter_peek_name(&it);
		int ret = own_str(name, strlen(name), "counters", &c->name, err);

		if (ret)
			return ret;
		r->ncounters++;
		if (!rec_json_uint(json_object_iter_peek_value(&it), &c->value))
			return bad(err, "counters",
				   "has a value that is not a whole number from 0");
	}
	return 0;
}

/* read_value() - one member of any type */
static int read_value(struct json_object *v, const struct member *m, struct run_info *r,
		      struct tb_err *err)
{
	void *at = member_at(r, m);

	switch (m->type) {
	case M_STR:
		return read_str(v, m->key, at, err);
	case M_UINT:
		return rec_json_uint(v, at) ? 0 : bad(err, m->key, "is not a whole number from 0");
	case M_INT:
	case M_TIME:
		return rec_json_int(v, at) ? 0 : bad(err, m->key, "is not a whole number");
	case M_BOOL:
		if (!json_object_is_type(v, json_type_boolean))
			return bad(err, m->key, "is not true or false");
		*(bool *)at = json_object_get_boolean(v);
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
static int read_member(struct json_object *o, const struct member *m, struct run_info *r,
		       struct tb_err *err)
{
	struct json_object *v;
	char ns[32];

	(void)snprintf(ns, sizeof(ns), "%s_ns", m->key);
	if (!json_object_object_get_ex(o, m->type == M_TIME ? ns : m->key, &v))
		return 0;
	return read_value(v, m, r, err);
}

/* read_head() - format and state: whether we may read on at all */
static int read_head(struct json_object *o, struct run_info *r, struct tb_err *err)
{
	struct json_object *v;
	uint64_t format;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, "tcbox_run", &v))
		return tb_err_msg(err, EBADMSG, "%s is not a run manifest: \"tcbox_run\" is missing",
				  RUN_FILE);
	if (!rec_json_uint(v, &format) || !format)
		return bad(err, "tcbox_run", "is not a known format");
	if (format > RUN_FORMAT)
		return tb_err_msg(err, EPROTO,
				  "%s has format %" PRIu64 ", written by a newer tcbox; "
				  "this one reads up to %d", RUN_FILE, format, RUN_FORMAT);
	if (!json_object_object_get_ex(o, "state", &v) || !json_object_is_type(v, json_type_string))
		return bad(err, "state", "is missing");
	if (run_state_find(json_object_get_string(v), &r->state))
		return 0;
	return bad(err, "state", "is not \"running\", \"complete\" or \"failed\"");
}

static int from_object(struct json_object *o, struct run_info *r, struct tb_err *err)
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
	struct json_object *o;
	int ret;

	memset(r, 0, sizeof(*r));
	ret = rec_json_parse(text, len, &o, err);
	if (ret) {
		(void)tb_err_wrap(err, "%s", RUN_FILE);
		return ret;
	}
	ret = from_object(o, r, err);
	json_object_put(o);
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
