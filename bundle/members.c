/* SPDX-License-Identifier: Apache-2.0 */
/*
 * members.c - the members of a run: one table, from which run.json and the run in report.json are
 * written, run.json is read, and everything is freed
 */
#include "bundle/members.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/clock.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

static const char *const state_names[] = {
	[RUN_RUNNING] = "running",
	[RUN_COMPLETE] = "complete",
	[RUN_FAILED] = "failed",
};

/* The first is for a bundle that does not say it. */
static const char *const net_words[] = {
	"", [RUN_NET_SIM] = "sim", [RUN_NET_NONE] = "none", NULL,
};
static const char *const observe_words[] = {
	"", [RUN_OBSERVE_DEFAULT] = "default", [RUN_OBSERVE_ALL] = "all", NULL,
};

#define ONE(name, kind, member) \
	.key = name, .type = kind, .offset = offsetof(struct run_info, member)
#define MANY(name, kind, member, n) ONE(name, kind, member), .count = offsetof(struct run_info, n)

/* In the order of both files. tests/golden/schema.sh compares this table with the schemas. */
const struct member run_members[] = {
	{ ONE("error", M_STR, error) },
	{ ONE("tcbox_version", M_STR, tcbox_version) },
	{ ONE("hostname", M_STR, hostname) },
	{ ONE("kernel", M_STR, kernel) },
	{ ONE("machine", M_STR, machine) },
	{ ONE("uid", M_UINT, uid) },
	{ MANY("argv", M_STRINGS, argv, argc) },
	{ ONE("cwd", M_STR, cwd) },
	{ MANY("env", M_STRINGS, env, nenv) },
	{ MANY("binds", M_STRINGS, binds, nbinds) },
	{ MANY("influence", M_STRINGS, influence, ninfluence) },
	{ ONE("root", M_STR, root) },
	{ ONE("state_name", M_STR, state_name) },
	{ ONE("state_run", M_UINT, state_run) },
	{ ONE("as_root", M_BOOL, as_root) },
	{ ONE("ids", M_UINT, ids) },
	{ ONE("box_hostname", M_STR, box_hostname) },
	{ ONE("net", M_WORD, net), .words = net_words },
	{ ONE("lab_path", M_STR, lab_path) },
	{ ONE("lab_sha256", M_STR, lab_sha256) },
	{ ONE("scenario", M_STR, scenario) },
	{ ONE("scenario_means", M_STR, scenario_means) },
	{ ONE("phase", M_STR, phase) },
	{ ONE("clock", M_STR, clock) },
	{ ONE("clock_ahead_s", M_INT, clock_ahead_s) },
	{ MANY("clock_moved", M_STRINGS, clock_moved, nclock_moved) },
	{ MANY("clock_real", M_STRINGS, clock_real, nclock_real) },
	{ ONE("observe", M_WORD, observe), .words = observe_words },
	{ ONE("enforce", M_BOOL, enforce) },
	{ ONE("writes_by", M_STR, writes_by) },
	{ ONE("reads_by", M_STR, reads_by) },
	{ ONE("has_policy", M_BOOL, has_policy), .manifest_only = true },
	{ ONE("policy_path", M_STR, policy_path), .manifest_only = true },
	{ ONE("policy_sha256", M_STR, policy_sha256), .manifest_only = true },
	{ ONE("started", M_TIME, started_ns) },
	{ ONE("ended", M_TIME, ended_ns), .known = M_NOT_ZERO },
	{ ONE("timeout_ms", M_UINT, timeout_ms) },
	{ ONE("processes_max", M_UINT, processes_max) },
	{ ONE("layer_bytes", M_UINT, layer_bytes) },
	{ ONE("file_size_max", M_UINT, file_size_max) },
	{ ONE("cpu_time_max_s", M_UINT, cpu_time_max_s) },
	{ ONE("output_max", M_UINT, output_max) },
	{ ONE("body_max", M_UINT, body_max) },
	{ ONE("memory_asked", M_UINT, memory_asked) },
	{ ONE("memory_max", M_UINT, memory_max) },
	{ ONE("memory_by", M_STR, memory_by) },
	{ ONE("cpus_asked_milli", M_UINT, cpus_asked_milli) },
	{ ONE("cpus_milli", M_UINT, cpus_milli) },
	{ ONE("cpus_by", M_STR, cpus_by) },
	{ ONE("processes_by", M_STR, processes_by) },
	{ ONE("timed_out", M_BOOL, timed_out) },
	{ ONE("interrupted", M_BOOL, interrupted) },
	{ ONE("exited", M_BOOL, exited), .manifest_only = true },
	{ ONE("exit_code", M_INT, exit_code), .known = M_EXITED },
	{ ONE("exit_signal", M_INT, exit_signal), .known = M_NOT_ZERO },
	{ MANY("files", M_FILES, files, nfiles) },
	{ MANY("degraded", M_STRINGS, degraded, ndegraded) },
	{ MANY("reduced", M_STRINGS, reduced, nreduced) },
	{ ONE("record_lines", M_UINT, record_lines), .manifest_only = true },
	{ ONE("record_head", M_STR, record_head), .manifest_only = true },
	{ MANY("counters", M_COUNTERS, counters, ncounters) },
};
const size_t run_nmembers = TB_ARRAY_SIZE(run_members);

void *member_at(struct run_info *r, const struct member *m)
{
	return (char *)r + m->offset;
}

size_t *member_count(struct run_info *r, const struct member *m)
{
	return (size_t *)(void *)((char *)r + m->count);
}

bool run_went_wrong(const struct run_info *r)
{
	return r->scenario && strcmp(r->scenario, RUN_SCENARIO_NORMAL) != 0;
}

bool run_state_find(const char *name, enum run_state *out)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(state_names); i++) {
		if (!strcmp(state_names[i], name)) {
			*out = (enum run_state)i;
			return true;
		}
	}
	return false;
}

static void free_strings(char **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

static void free_files(struct run_file *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].path);
		free(v[i].sha256_before);
		free(v[i].sha256_after);
	}
	free(v);
}

static void free_counters(struct run_counter *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i].name);
	free(v);
}

void run_info_clear(struct run_info *r)
{
	for (size_t i = 0; i < run_nmembers; i++) {
		const struct member *m = &run_members[i];

		if (m->type == M_STR)
			free(*(char **)member_at(r, m));
		else if (m->type == M_STRINGS)
			free_strings(*(char ***)member_at(r, m), *member_count(r, m));
	}
	free_files(r->files, r->nfiles);
	free_counters(r->counters, r->ncounters);
	memset(r, 0, sizeof(*r));
}

static int add_sentence(char ***v, size_t *n, const char *text, struct tb_err *err)
{
	char **grown = tb_grow(*v, *n, 1, sizeof(*grown));

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

int run_clock(struct run_info *r, const char *program, bool moved, const char *why)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	char ***v = moved ? &r->clock_moved : &r->clock_real;
	size_t *n = moved ? &r->nclock_moved : &r->nclock_real;

	if (!program || !program[0] || (!moved && (!why || !why[0])))
		return -EBADMSG;
	tb_buf_adds(&text, program);
	if (!moved)
		tb_buf_addf(&text, " (%s)", why);
	if (text.failed)
		return -ENOMEM;
	for (size_t i = 0; i < *n; i++)
		if (!strcmp((*v)[i], text.data))
			return 0;
	if (r->nclock_moved + r->nclock_real >= RUN_CLOCKS_MAX)
		return -E2BIG;
	return add_sentence(v, n, text.data, NULL);
}

static bool known(const struct run_info *r, const struct member *m, const int64_t *value)
{
	switch (m->known) {
	case M_NOT_ZERO:
		return *value;
	case M_EXITED:
		return r->exited;
	case M_ALWAYS:
		break;
	}
	return true;
}

/* add_str() - a string that is not there is null in a report, which has all keys, and left out of a
 * manifest */
static void add_str(struct jw *w, const char *key, const char *value, enum run_for what)
{
	if (value || what == RUN_FOR_REPORT)
		jw_str(w, key, value);
}

/* add_time() - a manifest has the number, too, and as text only what a clock can have shown */
static void add_time(struct jw *w, const struct run_info *r, const struct member *m,
		     enum run_for what)
{
	const int64_t ns = *(const int64_t *)(const void *)((const char *)r + m->offset);
	char text[TB_TIMELEN], key[32];
	bool good = !tb_time_format(ns, text);

	if (what == RUN_FOR_REPORT) {
		jw_str(w, m->key, good && known(r, m, &ns) ? text : NULL);
		return;
	}
	if (good && ns > 0)
		jw_str(w, m->key, text);
	(void)snprintf(key, sizeof(key), "%s_ns", m->key);
	jw_sint(w, key, ns);
}

static void add_strings(struct jw *w, const char *key, char *const *v, size_t n)
{
	jw_array(w, key);
	for (size_t i = 0; i < n; i++)
		jw_str(w, NULL, v[i]);
	jw_end(w);
}

static void add_files(struct jw *w, const struct run_info *r, enum run_for what)
{
	jw_array(w, "files");
	for (size_t i = 0; i < r->nfiles; i++) {
		const struct run_file *f = &r->files[i];

		jw_object(w, NULL);
		jw_str(w, "path", f->path);
		jw_uint(w, "size", f->size);
		add_str(w, "sha256_before", f->sha256_before, what);
		add_str(w, "sha256_after", f->sha256_after, what);
		jw_end(w);
	}
	jw_end(w);
}

static void add_counters(struct jw *w, const struct run_info *r)
{
	jw_object(w, "counters");
	for (size_t i = 0; i < r->ncounters; i++)
		jw_uint(w, r->counters[i].name, r->counters[i].value);
	jw_end(w);
}

static void add_int(struct jw *w, const struct run_info *r, const struct member *m,
		    enum run_for what)
{
	const int64_t value = *(const int64_t *)(const void *)((const char *)r + m->offset);

	if (what == RUN_FOR_REPORT && !known(r, m, &value))
		jw_str(w, m->key, NULL);
	else
		jw_sint(w, m->key, value);
}

static void add_member(struct jw *w, const struct run_info *r, const struct member *m,
		       enum run_for what)
{
	const void *at = (const char *)r + m->offset;
	const size_t *count = (const void *)((const char *)r + m->count);
	unsigned int word;

	switch (m->type) {
	case M_STR:
		add_str(w, m->key, *(char *const *)at, what);
		break;
	case M_UINT:
		jw_uint(w, m->key, *(const uint64_t *)at);
		break;
	case M_INT:
		add_int(w, r, m, what);
		break;
	case M_BOOL:
		jw_bool(w, m->key, *(const bool *)at);
		break;
	case M_TIME:
		add_time(w, r, m, what);
		break;
	case M_WORD:
		word = *(const unsigned int *)at;
		add_str(w, m->key, word ? m->words[word] : NULL, what);
		break;
	case M_STRINGS:
		add_strings(w, m->key, *(char *const *const *)at, *count);
		break;
	case M_FILES:
		add_files(w, r, what);
		break;
	case M_COUNTERS:
		add_counters(w, r);
		break;
	}
}

void run_info_tree(struct jw *w, const struct run_info *r, enum run_for what)
{
	jw_str(w, "state", state_names[r->state]);
	for (size_t i = 0; i < run_nmembers; i++)
		if (what == RUN_FOR_MANIFEST || !run_members[i].manifest_only)
			add_member(w, r, &run_members[i], what);
}
