/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.c - run.json: written at the start and at the end of a run, read by everything that looks at a
 * bundle
 *
 * Strings go through tb_buf_add_json() on the way out and are undone on the way in, like those of events.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/manifest.h"
#include "tcbox/buf.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/run.h"
#include "tcbox/strict.h"
#include "tcbox/unescape.h"

#define MANIFEST_MAX (64u << 20)

static const char *const state_names[] = {
	[RUN_RUNNING] = "running",
	[RUN_COMPLETE] = "complete",
	[RUN_FAILED] = "failed",
};

enum type { T_STR, T_U64, T_I64, T_BOOL };

/* The plain members, in the order of the file. */
static const struct member {
	const char *key;
	enum type type;
	size_t offset;
} members[] = {
#define M(key, type, member) { key, type, offsetof(struct run_info, member) }
	M("error", T_STR, error),
	M("tcbox_version", T_STR, tcbox_version),
	M("hostname", T_STR, hostname),
	M("kernel", T_STR, kernel),
	M("machine", T_STR, machine),
	M("uid", T_U64, uid),
	M("started_ns", T_I64, started_ns),
	M("ended_ns", T_I64, ended_ns),
	M("cwd", T_STR, cwd),
	M("root", T_STR, root),
	M("state_name", T_STR, state_name),
	M("state_run", T_U64, state_run),
	M("as_root", T_BOOL, as_root),
	M("ids", T_U64, ids),
	M("box_hostname", T_STR, box_hostname),
	M("net", T_STR, net),
	M("observe", T_STR, observe),
	M("enforce", T_BOOL, enforce),
	M("writes_by", T_STR, writes_by),
	M("reads_by", T_STR, reads_by),
	M("has_policy", T_BOOL, has_policy),
	M("policy_path", T_STR, policy_path),
	M("policy_sha256", T_STR, policy_sha256),
	M("timeout_ms", T_U64, timeout_ms),
	M("processes_max", T_U64, processes_max),
	M("layer_bytes", T_U64, layer_bytes),
	M("file_size_max", T_U64, file_size_max),
	M("cpu_time_max_s", T_U64, cpu_time_max_s),
	M("output_max", T_U64, output_max),
	M("memory_asked", T_U64, memory_asked),
	M("memory_max", T_U64, memory_max),
	M("memory_by", T_STR, memory_by),
	M("cpus_asked_milli", T_U64, cpus_asked_milli),
	M("cpus_milli", T_U64, cpus_milli),
	M("cpus_by", T_STR, cpus_by),
	M("processes_by", T_STR, processes_by),
	M("timed_out", T_BOOL, timed_out),
	M("interrupted", T_BOOL, interrupted),
	M("exited", T_BOOL, exited),
	M("exit_code", T_I64, exit_code),
	M("exit_signal", T_I64, exit_signal),
#undef M
};

/* The lists of strings, in the order of the file; the first comes before the plain members, the others at the
 * end. */
static const struct list {
	const char *key;
	size_t offset, count;
} lists[] = {
#define L(key, member, n) { key, offsetof(struct run_info, member), offsetof(struct run_info, n) }
	L("argv", argv, argc),
	L("env", env, nenv),
	L("binds", binds, nbinds),
	L("degraded", degraded, ndegraded),
	L("reduced", reduced, nreduced),
#undef L
};

static char ***list_at(const struct list *l, struct run_info *r)
{
	return (char ***)(void *)((char *)r + l->offset);
}

static size_t *count_at(const struct list *l, struct run_info *r)
{
	return (size_t *)(void *)((char *)r + l->count);
}

void run_info_clear(struct run_info *r)
{
	size_t i, n;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (members[i].type == T_STR)
			free(*(char **)(void *)((char *)r + members[i].offset));
	for (i = 0; i < TB_ARRAY_SIZE(lists); i++) {
		char **v = *list_at(&lists[i], r);

		for (n = *count_at(&lists[i], r); n > 0; n--)
			free(v[n - 1]);
		free(v);
	}
	for (i = 0; i < r->nfiles; i++) {
		free(r->files[i].path);
		free(r->files[i].sha256_before);
		free(r->files[i].sha256_after);
	}
	free(r->files);
	for (i = 0; i < r->ncounters; i++)
		free(r->counters[i].name);
	free(r->counters);
	memset(r, 0, sizeof(*r));
}

static int add_sentence(char ***v, size_t *n, const char *text, struct tb_err *err)
{
	char **grown = realloc(*v, (*n + 1) * sizeof(*grown));

	if (!grown)
		return tb_err_set(err, ENOMEM, "describe the run");
	*v = grown;
	grown[*n] = strdup(text);
	if (!grown[*n])
		return tb_err_set(err, ENOMEM, "describe the run");
	(*n)++;
	return 0;
}

int run_degraded(struct run_info *r, const char *text, struct tb_err *err)
{
	return add_sentence(&r->degraded, &r->ndegraded, text, err);
}

int run_reduced(struct run_info *r, const char *text, struct tb_err *err)
{
	return add_sentence(&r->reduced, &r->nreduced, text, err);
}

static void add_str(struct tb_buf *b, const char *s)
{
	tb_buf_add_json(b, s, strlen(s));
}

static void add_time(struct tb_buf *b, const char *key, int64_t ns)
{
	time_t s = (time_t)(ns / TB_NS_PER_S);
	struct tm tm;
	char text[32];

	if (ns <= 0 || !gmtime_r(&s, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		return;
	tb_buf_addf(b, ",\n  \"%s\": \"%s.%09dZ\"", key, text, (int)(ns % TB_NS_PER_S));
}

static void add_member(struct tb_buf *b, const struct member *m, const struct run_info *r)
{
	const void *at = (const char *)r + m->offset;

	if (m->type == T_STR && !*(char *const *)at)
		return;
	tb_buf_addf(b, ",\n  \"%s\": ", m->key);
	switch (m->type) {
	case T_STR:
		add_str(b, *(char *const *)at);
		break;
	case T_U64:
		tb_buf_addf(b, "%" PRIu64, *(const uint64_t *)at);
		break;
	case T_I64:
		tb_buf_addf(b, "%" PRId64, *(const int64_t *)at);
		break;
	case T_BOOL:
		tb_buf_adds(b, *(const bool *)at ? "true" : "false");
		break;
	}
}

static void add_list(struct tb_buf *b, const struct list *l, const struct run_info *r)
{
	char *const *v = *(char *const *const *)(const void *)((const char *)r + l->offset);
	size_t n = *(const size_t *)(const void *)((const char *)r + l->count), i;

	tb_buf_addf(b, ",\n  \"%s\": [", l->key);
	for (i = 0; i < n; i++) {
		tb_buf_adds(b, i ? ", " : "");
		add_str(b, v[i]);
	}
	tb_buf_addc(b, ']');
}

static void add_files(struct tb_buf *b, const struct run_info *r)
{
	size_t i;

	tb_buf_adds(b, ",\n  \"files\": [");
	for (i = 0; i < r->nfiles; i++) {
		const struct run_file *f = &r->files[i];

		tb_buf_adds(b, i ? ",\n    { \"path\": " : "\n    { \"path\": ");
		add_str(b, f->path);
		tb_buf_addf(b, ", \"size\": %" PRIu64, f->size);
		if (f->sha256_before) {
			tb_buf_adds(b, ", \"sha256_before\": ");
			add_str(b, f->sha256_before);
		}
		if (f->sha256_after) {
			tb_buf_adds(b, ", \"sha256_after\": ");
			add_str(b, f->sha256_after);
		}
		tb_buf_adds(b, " }");
	}
	tb_buf_adds(b, r->nfiles ? "\n  ]" : "]");
}

static void add_counters(struct tb_buf *b, const struct run_info *r)
{
	size_t i;

	tb_buf_adds(b, ",\n  \"counters\": {");
	for (i = 0; i < r->ncounters; i++) {
		tb_buf_adds(b, i ? ",\n    " : "\n    ");
		add_str(b, r->counters[i].name);
		tb_buf_addf(b, ": %" PRIu64, r->counters[i].value);
	}
	tb_buf_adds(b, r->ncounters ? "\n  }" : "}");
}

void rec_manifest_format(const struct run_info *r, struct tb_buf *out)
{
	size_t i;

	tb_buf_addf(out, "{\n  \"tcbox_run\": %d,\n  \"state\": \"%s\"", RUN_FORMAT, state_names[r->state]);
	add_time(out, "started", r->started_ns);
	add_time(out, "ended", r->ended_ns);
	add_list(out, &lists[0], r);
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		add_member(out, &members[i], r);
	add_files(out, r);
	for (i = 1; i < TB_ARRAY_SIZE(lists); i++)
		add_list(out, &lists[i], r);
	add_counters(out, r);
	tb_buf_adds(out, "\n}\n");
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

/* take_str() - the bytes behind a JSON string, owned by the caller */
static int take_str(const char *s, size_t len, const char *key, char **out, struct tb_err *err)
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
	return take_str(json_object_get_string(v), (size_t)json_object_get_string_len(v), key, out, err);
}

static int read_member(struct json_object *o, const struct member *m, struct run_info *r, struct tb_err *err)
{
	void *at = (char *)r + m->offset;
	struct json_object *v;

	if (!json_object_object_get_ex(o, m->key, &v))
		return 0;
	switch (m->type) {
	case T_STR:
		return read_str(v, m->key, at, err);
	case T_U64:
		return rec_json_uint(v, at) ? 0 : bad(err, m->key, "is not a whole number from 0");
	case T_I64:
		return rec_json_int(v, at) ? 0 : bad(err, m->key, "is not a whole number");
	case T_BOOL:
		if (!json_object_is_type(v, json_type_boolean))
			return bad(err, m->key, "is not true or false");
		*(bool *)at = json_object_get_boolean(v);
		return 0;
	}
	return bad(err, m->key, "is of an unknown type");
}

/* read_list() - an array of strings; it ends in NULL */
static int read_list(struct json_object *o, const struct list *l, struct run_info *r, struct tb_err *err)
{
	char ***out = list_at(l, r);
	size_t *n = count_at(l, r);
	const char *key = l->key;
	struct json_object *v;
	size_t i, len;
	int ret;

	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	if (!json_object_is_type(v, json_type_array))
		return bad(err, key, "is not a list");
	len = json_object_array_length(v);
	*out = calloc(len + 1, sizeof(**out));
	if (!*out)
		return tb_err_set(err, ENOMEM, "read %s", RUN_FILE);
	for (i = 0; i < len; i++) {
		ret = read_str(json_object_array_get_idx(v, i), key, &(*out)[i], err);
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

static int read_files(struct json_object *o, struct run_info *r, struct tb_err *err)
{
	struct json_object *v;
	size_t i, len;
	int ret = 0;

	if (!json_object_object_get_ex(o, "files", &v))
		return 0;
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

static int read_counters(struct json_object *o, struct run_info *r, struct tb_err *err)
{
	struct json_object_iterator it, end;
	struct json_object *v;

	if (!json_object_object_get_ex(o, "counters", &v))
		return 0;
	if (!json_object_is_type(v, json_type_object))
		return bad(err, "counters", "is not an object");
	r->counters = calloc((size_t)json_object_object_length(v) + 1, sizeof(*r->counters));
	if (!r->counters)
		return tb_err_set(err, ENOMEM, "read %s", RUN_FILE);
	end = json_object_iter_end(v);
	for (it = json_object_iter_begin(v); !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		struct run_counter *c = &r->counters[r->ncounters];
		const char *name = json_object_iter_peek_name(&it);
		int ret = take_str(name, strlen(name), "counters", &c->name, err);

		if (ret)
			return ret;
		r->ncounters++;
		if (!rec_json_uint(json_object_iter_peek_value(&it), &c->value))
			return bad(err, "counters", "has a value that is not a whole number from 0");
	}
	return 0;
}

/* read_head() - format and state: whether we may read on at all */
static int read_head(struct json_object *o, struct run_info *r, struct tb_err *err)
{
	struct json_object *v;
	uint64_t format;
	size_t i;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, "tcbox_run", &v))
		return tb_err_msg(err, EBADMSG, "%s is not a run manifest: \"tcbox_run\" is missing", RUN_FILE);
	if (!rec_json_uint(v, &format) || !format)
		return bad(err, "tcbox_run", "is not a known format");
	if (format > RUN_FORMAT)
		return tb_err_msg(err, EPROTO, "%s has format %" PRIu64 ", written by a newer tcbox; this one reads up to %d",
				  RUN_FILE, format, RUN_FORMAT);
	if (!json_object_object_get_ex(o, "state", &v) || !json_object_is_type(v, json_type_string))
		return bad(err, "state", "is missing");
	for (i = 0; i < sizeof(state_names) / sizeof(state_names[0]); i++) {
		if (!strcmp(state_names[i], json_object_get_string(v))) {
			r->state = (enum run_state)i;
			return 0;
		}
	}
	return bad(err, "state", "is not \"running\", \"complete\" or \"failed\"");
}

static int from_object(struct json_object *o, struct run_info *r, struct tb_err *err)
{
	size_t i;
	int ret;

	ret = read_head(o, r, err);
	for (i = 0; !ret && i < sizeof(members) / sizeof(members[0]); i++)
		ret = read_member(o, &members[i], r, err);
	for (i = 0; !ret && i < TB_ARRAY_SIZE(lists); i++)
		ret = read_list(o, &lists[i], r, err);
	if (!ret)
		ret = read_files(o, r, err);
	if (!ret)
		ret = read_counters(o, r, err);
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
