/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acts.c - acts that one event shows: executions, listeners, system calls, changed files
 *
 * They are compared when they are fed, and leave nothing but findings and counts.
 */
#include "policy/compare/cmp_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

#define DYNAMIC_LO 32768	/* net.ipv4.ip_local_port_range of Linux: ports that the kernel hands out */
#define DYNAMIC_HI 60999
#define PATH_LEN 4096

static struct fnd_act act_of(const struct ev *ev, enum fnd_code code, enum fnd_severity severity, const char *exe,
			     const char *what,
			     uint64_t count)
{
	return (struct fnd_act){
		.code = code, .severity = severity, .basis = FND_SEEN, .proc = ev->proc, .exe = exe, .what = what,
		.first = ev->t, .last = ev->t, .count = count, .lines = { ev->line },
	};
}

/* note_text() - add an act; its observed text is set if the finding is new */
static void note_text(struct cmp *c, const struct fnd_act *act, const char *observed)
{
	bool fresh;
	struct fnd *f = fnd_note(c->findings, act, &fresh);

	if (fresh)
		cmp_text(c, &f->observed, "%s", observed);
}

/* siblings() - "many files in /tmp", for the object /tmp/x. Return: heap string, NULL without memory */
static char *siblings(struct cmp *c, const char *what, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *out = NULL;

	cmp_text(c, &out, "many %s in %.*s", what, slash && slash > path ? (int)(slash - path) : 1, slash ? path : ".");
	return out;
}

/* first_glob() - the first pattern that matches, counted. Return: false if none does */
static bool first_glob(char *const *globs, size_t n, const char *path, struct cmp_seen *seen, const struct ev *ev, uint64_t count)
{
	for (size_t i = 0; i < n; i++) {
		if (!pol_file_glob(globs[i], path))
			continue;
		cmp_seen_add(&seen[i], ev->t, ev->t, count, 0, 0);
		return true;
	}
	return false;
}

/*
 * What was noted under an interned string: the last hash of a program ('x'), its aliases ('A' and on), that a file was
 * changed ('f') or a call made ('c').
 */
struct once_key {
	const char *str;
	size_t kind;
};

static void *once_get(const struct cmp *c, size_t kind, const char *str)
{
	const struct once_key key = { str, kind };

	return tb_map_get(c->once, &key, sizeof(key));
}

static void once_put(struct cmp *c, size_t kind, const char *str, const void *value)
{
	const struct once_key key = { str, kind };
	int ret = tb_map_put(c->once, &key, sizeof(key), (void *)(uintptr_t)value);

	if (ret == -ENOSPC)
		c->dropped++;
	else if (ret)
		c->failed = true;
}

/* note_hash() - the same path with other contents than the last time? */
static void note_hash(struct cmp *c, const struct ev *ev, const char *exe, const char *sha256)
{
	const char *before = once_get(c, 'x', exe);
	struct fnd_act act = act_of(ev, CODE_EXEC_CHANGED, FND_WARNING, NULL, exe, 1);
	char text[2 * 64 + 64];

	if (!sha256 || before == sha256)
		return;
	once_put(c, 'x', exe, sha256);
	if (!before)
		return;
	(void)snprintf(text, sizeof(text), "SHA-256 %.64s, before %.64s", sha256, before);
	note_text(c, &act, text);
}

const char *cmp_last_hash(struct cmp *c, const char *exe)
{
	const char *str = intern_str(c->strs, exe);

	return str ? once_get(c, 'x', str) : NULL;
}

void cmp_aliases(const struct cmp *c, const char *exe, const char *aliases[MATCH_ALIASES])
{
	for (size_t i = 0; i < MATCH_ALIASES; i++)
		aliases[i] = exe ? once_get(c, 'A' + i, exe) : NULL;
}

static void note_alias(struct cmp *c, const char *exe, const char *alias)
{
	const char *known;

	for (size_t i = 0; alias && i < MATCH_ALIASES; i++) {
		known = once_get(c, 'A' + i, exe);
		if (known == alias)
			return;
		if (!known) {
			once_put(c, 'A' + i, exe, alias);
			return;
		}
	}
}

static bool is_declared_program(struct cmp *c, const struct ev *ev, const char *exe, const char *alias)
{
	const struct pol *p = c->policy;

	for (size_t i = 0; i < p->nexecutes; i++) {
		if (!pol_program_glob(p->executes[i], exe) && !(alias && pol_program_glob(p->executes[i], alias)))
			continue;
		cmp_seen_add(&c->exec_seen[i], ev->t, ev->t, 1, 0, 0);
		return true;
	}
	return false;
}

/* compare_program() - a file against what may be executed; @script: it is the interpreter of this one, or NULL */
static void compare_program(struct cmp *c, const struct ev *ev, const char *exe, const char *alias, const char *sha256,
			    const char *who, const char *script)
{
	bool failed = ev->u.exec.error && *ev->u.exec.error;
	enum fnd_severity severity;
	struct fnd_act act;
	TB_AUTOFREE char *text = NULL, *many = NULL;

	if (is_declared_program(c, ev, exe, alias) || !cmp_level(c->policy->on_exec, &severity))
		return;
	act = act_of(ev, CODE_EXEC_UNDECLARED, failed ? FND_INFO : severity, who, exe, 1);
	act.many = many = siblings(c, "programs", exe);
	cmp_text(c, &text, "%s%s%s%s%s, SHA-256 %s", exe, script ? " as the interpreter of " : "", script ? script : "",
		 failed ? " failed with " : "", failed ? ev->u.exec.error : "", sha256 && *sha256 ? sha256 : "not known");
	note_text(c, &act, text ? text : "");
}

/* take_interpreters() - what really runs when a script is executed: the script chose it, so the script is who did it */
static void take_interpreters(struct cmp *c, const struct ev *ev, const char *script)
{
	const struct ev_exec *e = &ev->u.exec;

	for (size_t i = 0; i < e->interpreters.n; i++) {
		const char *exe = intern_str(c->strs, e->interpreters.v[i]);
		const char *sha256 = i < e->interpreters_sha256.n ? intern_str(c->strs, e->interpreters_sha256.v[i]) : NULL;
		const char *alias = i < e->interpreters_alias.n ? intern_str(c->strs, e->interpreters_alias.v[i]) : NULL;

		if (!exe)
			continue;
		if (!e->error || !*e->error)
			note_hash(c, ev, exe, sha256);
		note_alias(c, exe, alias);
		if (c->policy)
			compare_program(c, ev, exe, alias, sha256, script, script);
		script = exe;
	}
}

void cmp_take_exec(struct cmp *c, const struct ev *ev, struct cmp_proc *p)
{
	const struct ev_exec *e = &ev->u.exec;
	const char *exe = intern_str(c->strs, e->exe && *e->exe ? e->exe : e->path);
	const char *alias = intern_str(c->strs, e->alias);
	bool failed = e->error && *e->error, own, known;

	if (p->canary || !exe)
		return;
	if (failed && (!strcmp(e->error, "ENOENT") || !strcmp(e->error, "ENOTDIR")))
		return;		/* a search along PATH: nothing was there to be executed */
	own = !failed && c->product_t == INT64_MAX;	/* the product itself, as the technician started it */
	/* no call named it: it was seen to run, and if it was executed before it was compared then */
	known = (!e->path || !*e->path) && cmp_last_hash(c, exe);
	if (!failed) {
		c->executions++;
		if (own)
			c->product_t = ev->t;
		note_hash(c, ev, exe, intern_str(c->strs, e->sha256));
		note_alias(c, exe, alias);
	}
	if (c->policy && !own && !known)
		compare_program(c, ev, exe, alias, e->sha256, p->exe, NULL);
	else if (c->policy && own)
		(void)is_declared_program(c, ev, exe, alias);
	take_interpreters(c, ev, exe);
}

int cmp_listen_rule(const struct cmp *c, const char *exe, const char *proto, const struct ev_addr *local, int *nearest)
{
	const struct pol *p = c->policy;
	const char *aliases[MATCH_ALIASES];

	*nearest = -1;
	cmp_aliases(c, exe, aliases);
	for (size_t i = 0; i < p->nlistens; i++) {
		const struct pol_listen *l = &p->listens[i];
		bool port = !l->nports;

		for (size_t j = 0; j < l->nports; j++)
			port |= local->port >= l->ports[j].lo && local->port <= l->ports[j].hi;
		if (!port || (l->protocol && strcmp(l->protocol, proto)))
			continue;
		if (!match_process(l->process, exe, aliases))
			continue;
		if (l->on != POL_ON_LOOPBACK || evd_is_loopback(local))
			return (int)i;
		*nearest = (int)i;
	}
	return -1;
}

/* listen_what() - what a listener is called in findings; ports that the kernel chose are one, or each run would differ */
static void listen_what(const struct cmp_call *call, char *out, char *many, size_t size)
{
	char addr[EV_ADDR_STRLEN], port[32];
	const char *on = evd_addr_text(&call->local, addr);

	if (evd_is_unspecified(&call->local))
		on = "every address";
	if (call->local.port >= DYNAMIC_LO && call->local.port <= DYNAMIC_HI)
		(void)snprintf(port, sizeof(port), "a dynamic port");
	else
		(void)snprintf(port, sizeof(port), "port %u", call->local.port);
	(void)snprintf(out, size, "%s %s of %s", call->proto, port, on);
	(void)snprintf(many, size, "many %s ports of %s", call->proto, on);
}

void cmp_take_listen(struct cmp *c, const struct cmp_call *call)
{
	bool datagram = call->op == OP_BIND && call->proto && !strcmp(call->proto, "udp") && call->local.port &&
			(call->local.port < DYNAMIC_LO || call->local.port > DYNAMIC_HI);
	enum fnd_severity severity;
	char what[128], many[128], addr[EV_ADDR_STRLEN];
	struct fnd_act act = { .code = CODE_LISTEN_UNDECLARED, .basis = FND_SEEN, .proc = call->proc, .exe = call->exe,
			       .what = what, .many = many, .first = call->t, .last = call->t, .count = 1, .lines = { call->line } };
	int rule, nearest;
	struct fnd *f;
	bool fresh;

	if (!c->policy || !call->proto || (call->op != OP_LISTEN && !datagram))
		return;
	rule = cmp_listen_rule(c, call->exe, call->proto, &call->local, &nearest);
	if (rule >= 0) {
		cmp_seen_add(&c->listen_seen[rule], call->t, call->t, 1, 0, 0);
		return;
	}
	if (!cmp_level(c->policy->on_listen, &severity))
		return;
	act.severity = severity;
	listen_what(call, what, many, sizeof(what));
	f = fnd_note(c->findings, &act, &fresh);
	if (!fresh)
		return;
	ev_addr_format(&call->local, addr);
	cmp_text(c, &f->observed, "%s %s %s", call->name ? call->name : "listen", call->proto, addr);
	if (nearest >= 0) {
		cmp_text(c, &f->nearest, "%s", c->policy->listens[nearest].id);
		cmp_text(c, &f->differs, "port matches, but it listens beyond loopback");
	}
}

/*
 * Refused calls that no library makes just to see what the kernel can do: they are for leaving a box, or for
 * looking at or changing the machine. The others (io_uring, keyrings, rare socket families ...) are probed by ordinary programs.
 */
static bool is_grave(const char *group)
{
	static const char *const grave[] = { "mount", "kernel", "namespace", "debug", "privilege", "terminal", "abi" };

	for (size_t i = 0; group && i < TB_ARRAY_SIZE(grave); i++)
		if (!strcmp(group, grave[i]))
			return true;
	return false;
}

/* is_danger() - groups whose calls the box refuses whether declared or not */
static bool is_danger(const char *group)
{
	return group && (is_grave(group) || !strcmp(group, "io_uring") || !strcmp(group, "keyring") || !strcmp(group, "family"));
}

static void attempt(struct cmp *c, const struct ev *ev, enum fnd_severity severity, const char *what, const char *observed,
		    uint64_t count)
{
	const struct cmp_proc *p = cmp_proc(c, ev->proc);
	struct fnd_act act = act_of(ev, CODE_BOX_ATTEMPT, severity, p ? p->exe : NULL, what, count);

	c->attempts += count;
	note_text(c, &act, observed);
}

/* is_allowed() - does the policy allow this native call? True without declared calls */
static bool is_allowed(const struct cmp *c, const char *call)
{
	int nr = call ? tb_syscall_number(call) : -1;

	return !c->policy || !c->policy->has_syscalls || nr < 0 || nr >= TB_SYSCALL_MAX || c->policy->sys[nr] == POL_SYS_ALLOWED;
}

void cmp_take_refused(struct cmp *c, const struct ev *ev)
{
	const struct ev_sock *e = &ev->u.sock;
	const struct cmp_proc *p = cmp_proc(c, ev->proc);
	TB_AUTOFREE char *what = NULL, *text = NULL;
	char addr[EV_ADDR_STRLEN];

	if ((p && p->canary) || !is_allowed(c, e->call))
		return;		/* an undeclared call under --enforce: its own event says so */
	ev_addr_format(&e->remote, addr);
	cmp_text(c, &what, "%s (%s)", e->call ? e->call : "a socket call", e->proto ? e->proto : "unknown protocol");
	cmp_text(c, &text, "%s %s%s%s%s failed with %s", e->call ? e->call : "call", e->proto ? e->proto : "",
		 *addr || e->path ? " " : "", addr, e->path ? e->path : "", e->error && *e->error ? e->error : "an error");
	if (what && text)
		attempt(c, ev, FND_WARNING, what, text, e->count ? e->count : 1);
}

/*
 * native_name() - is the call known by the name of a native one? Those of a declared table are, and the others were refused,
 * whatever they are called there
 */
static bool native_name(const struct ev_call *e)
{
	return !e->abi || !*e->abi || !strcmp(e->abi, "x86_64") ||
	       (!strcmp(e->abi, "i386") && (!e->group || strcmp(e->group, "abi") != 0));
}

void cmp_take_abi(struct cmp *c, const struct ev *ev, const char *abi)
{
	const struct cmp_proc *p = cmp_proc(c, ev->proc);
	enum fnd_severity severity;
	struct fnd_act act;

	if (!abi || strcmp(abi, "i386") != 0 || !c->policy || !c->policy->has_syscalls || c->policy->i386 ||
	    !cmp_level(c->policy->on_sys, &severity))
		return;
	act = act_of(ev, CODE_SYS_UNDECLARED, severity, p ? p->exe : NULL, "int 0x80 (i386)", 1);
	note_text(c, &act, "calls of the i386 table, which the policy of the run declared");
}

/* declared_call() - what the policy of this comparison, not that of the run, says about a call */
static enum pol_sys declared_call(const struct cmp *c, const struct ev_call *e)
{
	int nr = e->call && native_name(e) ? tb_syscall_number(e->call) : -1;

	return nr >= 0 && nr < TB_SYSCALL_MAX ? c->policy->sys[nr] : POL_SYS_UNDECLARED;
}

/*
 * declared_danger() - does the policy declare what was refused?
 *
 * Every program uses clone and ioctl, so a policy that allows them has said nothing of new namespaces, which it declares
 * with unshare, nor of typing into somebody's terminal.
 */
static bool declared_danger(const struct cmp *c, const struct ev_call *e)
{
	int unshare = tb_syscall_number("unshare");

	if (e->call && !strcmp(e->call, "clone") && e->group && !strcmp(e->group, "namespace"))
		return c->policy->sys[unshare] == POL_SYS_ALLOWED;
	if (e->call && !strcmp(e->call, "ioctl"))
		return false;
	return declared_call(c, e) == POL_SYS_ALLOWED;
}

static void compare_call(struct cmp *c, const struct ev *ev, const char *exe, const char *what, const char *text, uint64_t count)
{
	enum pol_sys sys = declared_call(c, &ev->u.call);
	enum fnd_severity severity = FND_VIOLATION;
	struct fnd_act act;

	once_put(c, 'c', what, c);
	if (sys == POL_SYS_ALLOWED || (sys == POL_SYS_UNDECLARED && !cmp_level(c->policy->on_sys, &severity)))
		return;
	act = act_of(ev, sys == POL_SYS_DENIED ? CODE_SYS_DENIED : CODE_SYS_UNDECLARED, severity, exe, what, count);
	note_text(c, &act, text);
}

void cmp_take_call(struct cmp *c, const struct ev *ev)
{
	const struct ev_call *e = &ev->u.call;
	const struct cmp_proc *p = cmp_proc(c, ev->proc);
	bool denied = e->outcome && !strcmp(e->outcome, "denied");
	bool foreign = !native_name(e);
	bool declares = c->policy && c->policy->has_syscalls;
	uint64_t count = e->count ? e->count : 1;
	TB_AUTOFREE char *name = NULL, *text = NULL;
	const char *what;
	enum fnd_severity severity = is_grave(e->group) ? FND_VIOLATION : FND_WARNING;

	if (p && p->canary)
		return;
	c->other_calls += count;
	if (!foreign)
		cmp_take_abi(c, ev, e->abi);
	/* a program of another ABI makes all its calls so: they are one finding */
	cmp_text(c, &name, "%s%s", foreign ? "system calls of " : "", foreign ? e->abi : e->call ? e->call : "(unknown)");
	cmp_text(c, &text, "%s(%s)%s%s%s", e->call ? e->call : "(unknown)", e->detail ? e->detail : "",
		 denied ? ", refused" : "", denied && e->error && *e->error ? " with " : "", denied && e->error ? e->error : "");
	what = intern_str(c->strs, name);
	if (!what || !text)
		return;
	if (denied && (!e->undeclared || is_danger(e->group))) {
		if (declares && declared_danger(c, e))
			severity = FND_INFO;
		else if (declares && c->policy->on_sys == POL_VIOLATION)
			severity = FND_VIOLATION;
		once_put(c, 'c', what, c);
		attempt(c, ev, severity, what, text, count);
		return;
	}
	if (declares)
		compare_call(c, ev, p ? p->exe : NULL, what, text, count);
}

/*
 * cmp_counted_calls() - under "--observe all" the supervisor counts every call
 *
 * The run may have had no policy, or another one: what this policy does not allow is then known by its count alone.
 */
void cmp_counted_calls(struct cmp *c)
{
	static const char prefix[] = "calls_all_";

	for (size_t i = 0; c->policy && c->policy->has_syscalls && i < c->ncounters; i++) {
		const struct cmp_counter *n = &c->counters[i];
		const struct ev ev = { .kind = EV_CALL, .u.call.call = n->name + sizeof(prefix) - 1 };
		const char *call;

		if (n->src != EV_SRC_BOX || strncmp(n->name, prefix, sizeof(prefix) - 1))
			continue;
		call = intern_str(c->strs, ev.u.call.call);
		if (call && n->value && !once_get(c, 'c', call))
			compare_call(c, &ev, NULL, call, "counted by the supervisor; by whom and when was not recorded", n->value);
	}
}

/*
 * clean_path() - remove "//", "/./" and "/../" by the text alone
 *
 * Without it "/var/lib/acme/../../../etc/passwd" would match "/var/lib/acme/ **". Where symbolic links lead the record says by
 * itself. Return: heap string; NULL without memory
 */
static char *clean_path(const char *path)
{
	size_t len = strlen(path), n = 0;
	char *out;
	const char *p = path, *end;

	if (!strncmp(path, "elsewhere:", 10)) /* in mounts of the product's own: no glob that begins with / means it */
		return strdup(path);
	out = malloc(len + 2);
	if (!out)
		return NULL;
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
	if (!n)
		out[n++] = '/';
	out[n] = '\0';
	return out;
}

/* keeps_nothing() - devices that a program opens for writing without changing anything */
static bool keeps_nothing(const char *path)
{
	static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts/ptmx",
					       "/dev/stdout", "/dev/stderr", "/dev/random", "/dev/urandom" };

	for (size_t i = 0; i < TB_ARRAY_SIZE(devices); i++)
		if (!strcmp(path, devices[i]))
			return true;
	/* what is below a directory's descriptor is a file */
	return (!strncmp(path, "/dev/pts/", 9) || !strncmp(path, "/dev/fd/", 8)) && strrchr(path, '/') == strchr(path + 5, '/');
}

static void take_path(struct cmp *c, const struct ev *ev, const char *raw, const char *observed)
{
	const struct ev_file *e = &ev->u.file;
	const struct cmp_proc *p = cmp_proc(c, ev->proc);
	uint64_t count = e->count ? e->count : 1;
	TB_AUTOFREE char *path = clean_path(raw), *many = NULL;
	const char *kept;
	enum fnd_severity severity;
	struct fnd_act act;

	if (!path)
		c->failed = true;
	kept = path ? intern_str(c->strs, path) : NULL;
	if (!kept || keeps_nothing(kept))
		return;
	if (!once_get(c, 'f', kept)) {
		c->files++;
		once_put(c, 'f', kept, c);
	}
	if (!c->policy || first_glob(c->policy->write, c->policy->nwrite, kept, c->write_seen, ev, count) ||
	    !cmp_level(c->policy->on_file, &severity))
		return;
	act = act_of(ev, CODE_FILE_UNDECLARED, severity, p ? p->exe : NULL, kept, count);
	act.many = many = siblings(c, "files", kept);
	note_text(c, &act, observed);
}

void cmp_take_file(struct cmp *c, const struct ev *ev)
{
	const struct ev_file *e = &ev->u.file;
	const struct cmp_proc *p = cmp_proc(c, ev->proc);
	bool denied = e->outcome && !strcmp(e->outcome, "denied");
	TB_AUTOFREE char *text = NULL;

	if ((p && p->canary) || !e->path || !*e->path)
		return;
	cmp_text(c, &text, "%s %s%s%s%s%s", e->op ? e->op : "change", e->path, e->path2 && *e->path2 ? " to " : "",
		 e->path2 ? e->path2 : "", denied ? ", refused with " : "", denied ? e->error ? e->error : "an error" : "");
	if (!text)
		return;
	if (!e->op || strcmp(e->op, "link")) {	/* link(2) leaves its first path as it is */
		take_path(c, ev, e->path, text);
		if (e->target && *e->target)
			take_path(c, ev, e->target, text);
	}
	if (e->path2 && *e->path2)
		take_path(c, ev, e->path2, text);
	if (e->target2 && *e->target2)
		take_path(c, ev, e->target2, text);
}
