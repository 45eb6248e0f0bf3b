/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - changes of files as acts, and files of the run that are mapped as code
 */
#include "evidence/acts.h"
#include "evidence/state.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"
#include "tcbox/word.h"

/*
 * copy_steps() - an absolute path without "//", "/./" and "/../" to @out, which has room. Return:
 * its length
 */
static size_t copy_steps(const char *path, char *out)
{
	const char *p = path, *end;
	size_t n = 0;

	for (; *p; p = *end ? end + 1 : end) {
		end = strchrnul(p, '/');
		if (end == p || (end - p == 1 && p[0] == '.'))
			continue;
		if (end - p == 2 && p[0] == '.' && p[1] == '.') {
			while (n && out[--n] != '/')
				;
			continue;
		}
		out[n++] = '/';
		memcpy(out + n, p, (size_t)(end - p));
		n += (size_t)(end - p);
	}
	return n;
}

/*
 * clean_path() - remove "//", "/./" and "/../" by the text alone
 *
 * Without it "/var/lib/acme/../../../etc/passwd" would match "/var/lib/acme/ **". Where symbolic
 * links lead the record says by itself. Return: heap string; NULL without memory
 */
static char *clean_path(const char *path)
{
	char *out;
	size_t n;

	/* in mounts of the product's own: no glob that begins with / means it */
	if (!strncmp(path, "elsewhere:", 10))
		return strdup(path);
	out = malloc(strlen(path) + 2);
	if (!out)
		return NULL;
	n = copy_steps(path, out);
	if (!n)
		out[n++] = '/';
	out[n] = '\0';
	return out;
}

/* of_process() - what stands behind "/proc/self/", "/proc/7/task/8/", "/proc/thread-self/", as in
 * proc(5); NULL: it is elsewhere */
static const char *of_process(const char *path)
{
	size_t n;

	if (strncmp(path, "/proc/", 6) != 0)
		return NULL;
	path += 6;
	n = strspn(path, "0123456789");
	if (!n && !strncmp(path, "self/", 5))
		n = 4;
	else if (!n && !strncmp(path, "thread-self/", 12))
		n = 11;
	if (!n || path[n] != '/')
		return NULL;
	path += n + 1;
	n = strncmp(path, "task/", 5) ? 0 : strspn(path + 5, "0123456789");
	return n && path[5 + n] == '/' ? path + 5 + n + 1 : path;
}

/*
 * is_setting() - a process's own name and how the kernel treats it: no file, and gone with it.
 * "comm" is what PR_SET_NAME of prctl(2) sets, too
 */
static bool is_setting(const char *path)
{
	static const char *const names[] = {
		"comm", "oom_score_adj", "oom_adj", "coredump_filter", "timerslack_ns", "autogroup",
	};

	const char *name = of_process(path);

	for (size_t i = 0; name && i < TB_ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* keeps_nothing() - devices that a program opens for writing without changing anything */
static bool keeps_nothing(const char *path)
{
	static const char *const devices[] = {
		"/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts/ptmx",
		"/dev/stdout", "/dev/stderr", "/dev/random", "/dev/urandom",
	};

	if (is_setting(path))
		return true;
	for (size_t i = 0; i < TB_ARRAY_SIZE(devices); i++)
		if (!strcmp(path, devices[i]))
			return true;
	if (strncmp(path, "/dev/pts/", 9) && strncmp(path, "/dev/fd/", 8))
		return false;
	/* below a directory's descriptor is a file */
	return strrchr(path, '/') == strchr(path + 5, '/');
}

/* add_path() - one of the paths of an event */
static void add_path(struct evd *e, const struct ev *ev, const char *raw)
{
	const struct ev_file *from = &ev->u.file;
	struct evd_act act = { .kind = EVD_FILE, .count = from->count ? from->count : 1 }, *fresh;
	TB_AUTOFREE char *path = raw && *raw ? clean_path(raw) : NULL;

	if (!raw || !*raw)
		return;
	if (!path)
		e->failed = true;
	act.u.file.path = intern_str(e->strs, path);
	if (!act.u.file.path || keeps_nothing(path))
		return;
	act.program = evd_program_of(e, ev->proc);
	act.u.file.op = intern_str(e->strs, from->op);
	act.denied = tb_is_word(from->outcome, "denied");
	act.tried = tb_is_word(from->outcome, "tried");
	fresh = evd_act_add(e, ev, &act);
	if (!fresh)
		return;
	fresh->error = intern_str(e->strs, from->error);
	fresh->u.file.from = intern_str(e->strs, from->path);
	fresh->u.file.to = intern_str(e->strs, from->path2);
}

/* is_question() - a directory that was there already was not made: programs ask so whether it is */
static bool is_question(const struct ev_file *f)
{
	return tb_is_word(f->op, "mkdir") && tb_is_word(f->outcome, "tried") &&
		tb_is_word(f->error, "EEXIST");
}

void evd_act_file(struct evd *e, const struct ev *ev)
{
	const struct ev_file *from = &ev->u.file;

	if (evd_is_control(e, ev->proc) || !from->path || !*from->path || is_question(from))
		return;
	/* link(2) leaves its first path as it is */
	if (!from->op || strcmp(from->op, "link") != 0) {
		add_path(e, ev, from->path);
		add_path(e, ev, from->target);
	}
	add_path(e, ev, from->path2);
	add_path(e, ev, from->target2);
}

static int by_address(const void *pa, const void *pb)
{
	uintptr_t a = (uintptr_t)*(const char *const *)pa, b = (uintptr_t)*(const char *const *)pb;

	return a < b ? -1 : a > b;
}

void evd_count_files(struct evd *e)
{
	TB_AUTOFREE const char **paths = malloc((e->facts.nacts + 1) * sizeof(*paths));
	uint64_t files = 0;
	size_t n = 0;

	if (!paths) {
		e->failed = true;
		return;
	}
	for (size_t i = 0; i < e->facts.nacts; i++)
		if (e->acts[i].kind == EVD_FILE && !e->acts[i].denied && !e->acts[i].tried)
			paths[n++] = e->acts[i].u.file.path;
	qsort(paths, n, sizeof(*paths), by_address);
	for (size_t i = 0; i < n; i++)
		files += !i || paths[i] != paths[i - 1];
	e->facts.totals.files = files;
}

/* note_changed() - the paths of acts that came since the last time, which were not refused */
static bool note_changed(struct evd *e)
{
	if (!e->changed)
		e->changed = tb_map_new(e->limits.acts);
	if (!e->changed)
		return false;
	for (; e->changed_acts < e->facts.nacts; e->changed_acts++) {
		const struct evd_act *a = &e->acts[e->changed_acts];
		const char *path = a->u.file.path;

		if (a->kind == EVD_FILE && !a->denied &&
		    tb_map_put(e->changed, &path, sizeof(path), e))
			return false;
	}
	return true;
}

/* was_changed() - is there a recorded act on this path that was not refused? */
static bool was_changed(struct evd *e, const char *path)
{
	if (!note_changed(e)) {
		e->failed = true;
		return false;
	}
	return tb_map_get(e->changed, &path, sizeof(path)) != NULL;
}

void evd_act_map(struct evd *e, const struct ev *ev)
{
	struct evd_act act = { .kind = EVD_MAP, .count = 1 };

	act.u.map.path = intern_str(e->strs, ev->u.map.path);
	if (!act.u.map.path || evd_is_control(e, ev->proc) ||
	    (ev->u.map.gone && act.u.map.path[0] == '/' && !was_changed(e, act.u.map.path)))
		return;
	act.program = evd_program_of(e, ev->proc);
	(void)evd_act_add(e, ev, &act);
}
