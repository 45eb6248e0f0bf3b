/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acts.c - executions and system calls against the policy
 *
 * The evidence has one act for each program and object, in the order of the record.
 */
#include "policy/compare/details.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"
#include "tcbox/syscalls.h"
#include "tcbox/word.h"

#define CALLS_MAX (1u << 16)	/* different names of calls that are remembered: there are about
				 * 400 */
#define UNKNOWN_CALL "(unknown)"

static const char *path_of(const struct evd_program *p)
{
	return p ? p->path : NULL;
}

struct fnd_act cmp_act_of(const struct evd_act *a, enum fnd_code code, enum fnd_severity severity)
{
	return (struct fnd_act){
		.code = code, .severity = severity, .basis = FND_SEEN, .proc = a->proc,
		.exe = path_of(a->program), .first = a->first, .last = a->last, .count = a->count,
		.failed = a->denied || a->tried,
		.lines = { a->lines[0], a->lines[1] }, .more = a->more,
	};
}

struct fnd_details *cmp_note(struct cmp *c, const struct fnd_act *act)
{
	struct fnd *f;
	bool fresh;

	f = fnd_note(c->verdict.findings, act, &fresh);
	return fresh ? &f->seen[0].details : NULL;
}

/*
 * siblings() - "many files in /tmp", for the object /tmp/x. Return: heap string, NULL without
 * memory
 */
static char *siblings(struct cmp *c, const char *what, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *out = NULL;

	if (!slash)
		cmp_text(c, &out, "many %s in .", what);
	else if (slash == path)
		cmp_text(c, &out, "many %s in /", what);
	else
		cmp_text(c, &out, "many %s in %.*s", what, (int)(slash - path), path);
	return out;
}

/*
 * is_declared_program() - count the execution, if it was one, for the first pattern that matches.
 * Return: false if none does
 */
static bool is_declared_program(struct cmp *c, const struct evd_act *a)
{
	const struct pol *p = c->policy;
	const char *exe = a->u.exec.program->path, *alias = a->u.exec.alias;

	for (size_t i = 0; i < p->nexecutes; i++) {
		if (!pol_program_glob(p->executes[i], exe) &&
		    !(alias && pol_program_glob(p->executes[i], alias)))
			continue;
		if (!a->denied)
			cmp_seen_act(&c->tally.execs[i], a);
		return true;
	}
	return false;
}

static void exec_details(struct cmp *c, const struct evd_act *a, struct fnd_details *to)
{
	details_text(c, to, FND_KEY_PATH, a->u.exec.program->path);
	if (a->interpreter)
		details_text(c, to, FND_KEY_SCRIPT, path_of(a->program));
	details_is(c, to, FND_KEY_DENIED, a->denied);
	if (a->denied && a->error && strcmp(a->error, "unknown") != 0)
		details_text(c, to, FND_KEY_ERROR, a->error);
	details_text(c, to, FND_KEY_SHA256, a->u.exec.sha256);
}

static void judge_exec(struct cmp *c, const struct evd_act *a)
{
	struct fnd_stands *stands = &c->verdict.r->acts;
	size_t at = (size_t)(a - c->ev->acts);
	enum fnd_severity severity;
	TB_AUTOFREE char *many = NULL;
	struct fnd_act act;

	if (!c->policy)
		return;
	cmp_stand(stands, at, FND_DECLARED);
	if (is_declared_program(c, a) || a->own)
		return;
	cmp_stand(stands, at, FND_IGNORED);
	if (!cmp_level(c, FND_EXECUTES, &severity))
		return;
	cmp_stand(stands, at, FND_UNDECLARED);
	if (a->denied)
		severity = FND_INFO;
	act = cmp_act_of(a, FND_EXEC_UNDECLARED, severity);
	act.what = a->u.exec.program->path;
	act.many = many = siblings(c, "programs", act.what);
	exec_details(c, a, cmp_note(c, &act));
}

static void judge_replaced(struct cmp *c, const struct evd_act *a)
{
	struct fnd_act act = cmp_act_of(a, FND_EXEC_CHANGED, FND_WARNING);
	struct fnd_details *seen;

	act.what = a->u.replaced.program->path;
	seen = cmp_note(c, &act);
	details_text(c, seen, FND_KEY_SHA256, a->u.replaced.now);
	details_text(c, seen, FND_KEY_BEFORE, a->u.replaced.before);
}

/* judge_map() - code is the program's that loads it, whatever file it comes from; but a program
 * that is known by its name may become another one by a file that the product has made */
static void judge_map(struct cmp *c, const struct evd_act *a)
{
	struct fnd_act act = cmp_act_of(a, FND_EXEC_MAPPED, FND_INFO);
	const struct pol *p = c->policy;
	TB_AUTOFREE char *many = NULL;

	for (size_t i = 0; p && i < p->nexecutes; i++)
		if (pol_program_glob(p->executes[i], a->u.map.path))
			return;
	if (p && p->nexecutes)
		act.severity = FND_WARNING;
	act.what = a->u.map.path;
	act.many = many = siblings(c, "files", act.what);
	details_text(c, cmp_note(c, &act), FND_KEY_PATH, a->u.map.path);
}

/*
 * Refused calls that no library makes just to see what the kernel can do: they are for leaving a
 * box, or for looking at or changing the machine. The others (io_uring, keyrings, rare socket
 * families ...) are probed by ordinary programs.
 */
static bool is_grave(const char *group)
{
	static const char *const grave[] = {
		"mount", "kernel", "namespace", "debug", "privilege", "terminal", "abi",
	};

	for (size_t i = 0; group && i < TB_ARRAY_SIZE(grave); i++)
		if (!strcmp(group, grave[i]))
			return true;
	return false;
}

/* is_danger() - groups whose calls the box refuses whether declared or not */
static bool is_danger(const char *group)
{
	static const char *const others[] = { "io_uring", "keyring", "family" };

	for (size_t i = 0; group && i < TB_ARRAY_SIZE(others); i++)
		if (!strcmp(group, others[i]))
			return true;
	return is_grave(group);
}

/* is_allowed() - does the policy allow this native call? True without declared calls */
static bool is_allowed(const struct cmp *c, const char *call)
{
	int nr = call ? tb_syscall_number(call) : -1;

	if (!c->policy || !c->policy->has_syscalls || nr < 0 || nr >= TB_SYSCALL_MAX)
		return true;
	return c->policy->sys[nr] == POL_SYS_ALLOWED;
}

static void refused_details(struct cmp *c, const struct evd_act *a, struct fnd_details *to)
{
	details_is(c, to, FND_KEY_SOCKET, true);
	details_text(c, to, FND_KEY_CALL, a->u.refused.name);
	details_text(c, to, FND_KEY_PROTO, a->u.refused.proto);
	details_text(c, to, FND_KEY_REMOTE, a->u.refused.remote);
	details_text(c, to, FND_KEY_PATH, a->u.refused.path);
	details_text(c, to, FND_KEY_ERROR, a->error);
}

static void judge_refused(struct cmp *c, const struct evd_act *a)
{
	const char *name = a->u.refused.name, *proto = a->u.refused.proto;
	struct fnd_act act = cmp_act_of(a, FND_BOX_ATTEMPT, FND_WARNING);
	TB_AUTOFREE char *what = NULL;

	if (!is_allowed(c, name))
		return;		/* an undeclared call under --enforce: its own event says so */
	cmp_text(c, &what, "%s (%s)", name ? name : "a socket call",
		 proto ? proto : "unknown protocol");
	if (!what)
		return;
	act.what = what;
	c->tally.attempts += a->count;
	refused_details(c, a, cmp_note(c, &act));
}

/* passes_over() - a call was seen that the policy has no table to judge by: its reader is told */
static bool passes_over(struct cmp *c)
{
	if (!c->policy || c->policy->has_syscalls)
		return false;
	c->verdict.r->ignored[FND_SYSCALLS] = true;
	return true;
}

static void judge_i386(struct cmp *c, const struct evd_act *a)
{
	enum fnd_severity severity;
	struct fnd_act act;

	if (passes_over(c) || !c->policy || c->policy->i386 ||
	    !cmp_level(c, FND_SYSCALLS, &severity))
		return;		/* the policy of the run had the table, and this one has it, too */
	act = cmp_act_of(a, FND_SYS_UNDECLARED, severity);
	act.what = "int 0x80 (i386)";
	details_is(c, cmp_note(c, &act), FND_KEY_I386, true);
}

/*
 * declared_call() - what the policy of this comparison, not that of the run, says about a native
 * call
 */
static enum pol_sys declared_call(const struct cmp *c, const char *name)
{
	int nr = name ? tb_syscall_number(name) : -1;

	return nr >= 0 && nr < TB_SYSCALL_MAX ? c->policy->sys[nr] : POL_SYS_UNDECLARED;
}

/*
 * declared_danger() - does the policy declare what was refused?
 *
 * Every program uses clone and ioctl, so a policy that allows them has said nothing of new
 * namespaces, which it declares with unshare, nor of typing into somebody's terminal.
 */
static bool declared_danger(const struct cmp *c, const struct evd_act *a)
{
	const char *name = a->u.syscall.name;

	if (tb_is_word(name, "clone") && tb_is_word(a->u.syscall.group, "namespace"))
		return declared_call(c, "unshare") == POL_SYS_ALLOWED;
	if (tb_is_word(name, "ioctl") || a->foreign)
		return false;
	return declared_call(c, name) == POL_SYS_ALLOWED;
}

/* note_call() - an act that is a system call */
static void note_call(struct cmp *c, const struct fnd_act *act, const struct evd_act *a)
{
	const char *name = a->u.syscall.name;
	struct fnd_details *seen = cmp_note(c, act);

	details_text(c, seen, FND_KEY_SYSCALL, name ? name : UNKNOWN_CALL);
	details_text(c, seen, FND_KEY_ARGS, a->u.syscall.detail);
	details_is(c, seen, FND_KEY_DENIED, a->denied);
	if (a->denied)
		details_text(c, seen, FND_KEY_ERROR, a->error);
}

/* judge_attempt() - a dangerous call that was refused */
static void judge_attempt(struct cmp *c, const struct evd_act *a, const char *what)
{
	bool declares = c->policy && c->policy->has_syscalls;
	enum fnd_severity severity = FND_WARNING;
	struct fnd_act act;

	if (declares && declared_danger(c, a))
		severity = FND_INFO;
	else if (is_grave(a->u.syscall.group) || (declares && c->policy->on_sys == POL_VIOLATION))
		severity = FND_VIOLATION;
	act = cmp_act_of(a, FND_BOX_ATTEMPT, severity);
	act.what = what;
	c->tally.attempts += a->count;
	note_call(c, &act, a);
}

/* call_finding() - the code and severity of a call. Return: false if there is nothing to find */
static bool call_finding(struct cmp *c, enum pol_sys sys, struct fnd_act *act)
{
	if (sys == POL_SYS_DENIED) {
		act->code = FND_SYS_DENIED;
		act->severity = FND_VIOLATION;
		return true;
	}
	act->code = FND_SYS_UNDECLARED;
	return sys == POL_SYS_UNDECLARED && cmp_level(c, FND_SYSCALLS, &act->severity);
}

static void judge_call(struct cmp *c, const struct evd_act *a, const char *what)
{
	enum pol_sys sys = a->foreign ? POL_SYS_UNDECLARED : declared_call(c, a->u.syscall.name);
	struct fnd_act act = cmp_act_of(a, FND_SYS_UNDECLARED, FND_INFO);

	if (!call_finding(c, sys, &act))
		return;
	act.what = what;
	note_call(c, &act, a);
}

static void judge_syscall(struct cmp *c, const struct evd_act *a)
{
	const char *name = a->u.syscall.name ? a->u.syscall.name : UNKNOWN_CALL;
	TB_AUTOFREE char *what = NULL;

	/* a program of another ABI makes all its calls so: they are one finding */
	if (a->foreign)
		cmp_text(c, &what, "system calls of %s", a->u.syscall.abi);
	else if (a->u.syscall.family)
		cmp_text(c, &what, "%s (%s)", name, a->u.syscall.family);
	else
		cmp_text(c, &what, "%s", name);
	if (!what)
		return;
	if (a->denied && (!a->undeclared || is_danger(a->u.syscall.group)))
		judge_attempt(c, a, what);
	else if (!passes_over(c) && c->policy)
		judge_call(c, a, what);
}

/* told_calls() - the native calls that acts tell of, by name. Return: NULL without memory */
static struct tb_map *told_calls(const struct cmp *c)
{
	struct tb_map *told = tb_map_new(CALLS_MAX);

	for (size_t i = 0; told && i < c->ev->nacts; i++) {
		const struct evd_act *a = &c->ev->acts[i];
		const char *name = a->kind == EVD_SYSCALL && !a->foreign ? a->u.syscall.name : NULL;

		if (name && tb_map_put(told, name, strlen(name), (void *)(uintptr_t)a) == -ENOMEM) {
			tb_map_free(told);
			return NULL;
		}
	}
	return told;
}

/*
 * counted_calls() - under "--observe all" the supervisor counts every call
 *
 * The run may have had no policy, or another one: what this policy does not allow is then known by
 * its count alone.
 */
static void counted_calls(struct cmp *c)
{
	static const char prefix[] = "calls_all_";
	const size_t len = sizeof(prefix) - 1;
	struct tb_map *told = told_calls(c);

	if (!told)
		c->verdict.failed = true;
	for (size_t i = 0; told && i < c->ev->ncounters; i++) {
		const struct evd_counter *n = &c->ev->counters[i];
		struct fnd_act act = { .basis = FND_SEEN,
				       .what = n->name + len,
				       .count = n->value };

		if (n->src != EV_SRC_BOX || strncmp(n->name, prefix, len) != 0 || !n->name[len] ||
		    !n->value)
			continue;
		if (tb_map_get(told, act.what, strlen(act.what)))
			continue;
		if (!call_finding(c, declared_call(c, act.what), &act))
			continue;
		details_is(c, cmp_note(c, &act), FND_KEY_COUNTED, true);
	}
	tb_map_free(told);
}

void cmp_acts(struct cmp *c)
{
	static void (*const judges[])(struct cmp * c, const struct evd_act *a) = {
		[EVD_EXEC] = judge_exec,       [EVD_REPLACED] = judge_replaced,
		[EVD_MAP] = judge_map,	       [EVD_FILE] = cmp_file,
		[EVD_SYSCALL] = judge_syscall, [EVD_REFUSED] = judge_refused,
		[EVD_I386] = judge_i386,
	};

	cmp_stands(c, &c->verdict.r->acts, c->ev->nacts);
	for (size_t i = 0; i < c->ev->nacts && !c->verdict.failed; i++)
		judges[c->ev->acts[i].kind](c, &c->ev->acts[i]);
	if (c->policy && c->policy->has_syscalls)
		counted_calls(c);
}
