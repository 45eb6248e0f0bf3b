/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.c - which program a process becomes: arguments, the file behind the path, its SHA-256
 *
 * How it works: the file is resolved in the caller's own root while the caller waits, and hashed
 * once for each (device, inode, size, times). What the kernel then really runs is looked at when
 * the process is next heard of (exec_verify), or a moment later (exec_look): /proc/PID/exe must be
 * the file that was hashed, or the interpreter that its "#!" line names. If not, a second EV_EXEC
 * says what runs: so the last one of a process is always true, also after an exec that failed in
 * the kernel, or that another thread redirected. A process that appears is looked at in the same
 * way, because its parent may run another program by then.
 *
 * Limits: a file that is changed in place between hash and exec, and back, is not noticed.
 * binfmt_misc interpreters look like a difference. A program that is killed within a millisecond,
 * before its first watched call, was not looked at; how many there were is counted.
 */
#include "sandbox/watch/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/target.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/record.h"
#include "tcbox/sha256.h"

#define EXEC_ARGS 64u
#define EXEC_ARG_BYTES 4096u
#define EXEC_HASH_MAX_BYTES (UINT64_C(2) << 30) /* a sparse file must not hold the supervisor for
						 * hours */
#define EXEC_CACHE_SLOTS 1024u
#define EXEC_SETTLED_NS (INT64_C(50) * TB_NS_PER_MS) /* coarser than any file system's time stamps
						      * (a tick) */
#define EXEC_LOOK_FIRST_NS TB_NS_PER_MS /* an exec takes the kernel about half of that */
#define EXEC_LOOK_LONGEST_NS (INT64_C(500) * TB_NS_PER_MS)
#define EXEC_SCRIPTS 5 /* scripts of scripts that the kernel follows, exec_binprm() in fs/exec.c */

struct exec {
	struct {
		uint64_t dev, ino, size;
		struct timespec mtime, ctime;
		char sha256[TB_SHA256_HEX];
	} slots[EXEC_CACHE_SLOTS];
	struct proc *waiting; /* processes whose exec_pending is set */
	int64_t next, delay; /* CLOCK_MONOTONIC: when exec_look() looks again */
};

struct exec *exec_new(void)
{
	return calloc(1, sizeof(struct exec));
}

void exec_free(struct exec *x)
{
	free(x);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* A file that changed just now could change again without its time stamps showing it. */
static bool settled(const struct stat *st)
{
	int64_t now = tb_realtime_ns();
	int64_t m = st->st_mtim.tv_sec * TB_NS_PER_S + st->st_mtim.tv_nsec;
	int64_t c = st->st_ctim.tv_sec * TB_NS_PER_S + st->st_ctim.tv_nsec;

	return now - m > EXEC_SETTLED_NS && now - c > EXEC_SETTLED_NS;
}

static int hash_file(struct exec *c, int fd, const struct stat *st, char hex[TB_SHA256_HEX])
{
	size_t i = (size_t)((st->st_ino * UINT64_C(0x9e3779b97f4a7c15)) >> 54) % EXEC_CACHE_SLOTS;
	uint64_t size;
	int rc;

	if (c->slots[i].sha256[0] && c->slots[i].dev == st->st_dev &&
	    c->slots[i].ino == st->st_ino &&
	    c->slots[i].size == (uint64_t)st->st_size &&
		    same_time(&c->slots[i].mtime, &st->st_mtim) &&
	    same_time(&c->slots[i].ctime, &st->st_ctim)) {
		memcpy(hex, c->slots[i].sha256, TB_SHA256_HEX);
		return 0;
	}
	if ((uint64_t)st->st_size > EXEC_HASH_MAX_BYTES)
		return -EFBIG;
	rc = tb_sha256_fd(fd, hex, &size, NULL);
	if (rc < 0)
		return rc;
	if (settled(st)) {
		c->slots[i].dev = st->st_dev;
		c->slots[i].ino = st->st_ino;
		c->slots[i].size = (uint64_t)st->st_size;
		c->slots[i].mtime = st->st_mtim;
		c->slots[i].ctime = st->st_ctim;
		memcpy(c->slots[i].sha256, hex, TB_SHA256_HEX);
	}
	return 0;
}

struct arg_list {
	const char *v[EXEC_ARGS];
	size_t n;
	bool cut;
	char bytes[EXEC_ARG_BYTES];
};

/* @width: of a pointer in the caller's memory */
static void read_args(struct watch *w, pid_t tid, uint64_t addr, size_t width, struct arg_list *out)
{
	size_t used = 0;

	out->n = 0;
	out->cut = false;
	for (; addr; addr += width) {
		uint64_t ptr = 0;
		ssize_t len;

		if (tgt_read(tid, addr, &ptr, width) < 0) {
			w->n.calls_unread++;
			out->cut = true;
			return;
		}
		if (!ptr)
			return;
		if (out->n == EXEC_ARGS || EXEC_ARG_BYTES - used < 2) {
			out->cut = true;
			return;
		}
		len = tgt_string(tid, ptr, out->bytes + used, EXEC_ARG_BYTES - used);
		if (len == -ENAMETOOLONG) {
			out->cut = true;
			len = (ssize_t)(EXEC_ARG_BYTES - used - 1);
		} else if (len < 0) {
			w->n.calls_unread++;
			out->cut = true;
			return;
		}
		out->v[out->n++] = out->bytes + used;
		used += (size_t)len + 1;
		if (out->cut)
			return;
	}
}

struct exec_file {
	char exe[TGT_PATH_MAX];
	char sha256[TB_SHA256_HEX];
	uint64_t size;
	char alias[TGT_PATH_MAX]; /* empty if there is none */
	struct file_id id, interpreter;
	struct {
		char path[TGT_PATH_MAX];
		char alias[TGT_PATH_MAX];
		char sha256[TB_SHA256_HEX]; /* empty if it could not be read */
	} by[EXEC_SCRIPTS]; /* the interpreter of the file, that of the interpreter, ... */
	size_t nby;
	int error; /* the exec will fail; or the file could not be read: then exe is set */
};

bool exec_script(const char *head, size_t n, char path[EXEC_HEAD + 1])
{
	size_t at = 2, len = 0;

	if (n < 3 || head[0] != '#' || head[1] != '!')
		return false;
	while (at < n && (head[at] == ' ' || head[at] == '\t'))
		at++;
	while (at + len < n && head[at + len] && !strchr(" \t\n", head[at + len]))
		len++;
	if (!len || at + len == EXEC_HEAD) /* a name that was cut is not executed: ENOEXEC */
		return false;
	memcpy(path, head + at, len);
	path[len] = '\0';
	return true;
}

static bool script_line(int fd, char path[EXEC_HEAD + 1])
{
	char head[EXEC_HEAD];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	return n > 0 && exec_script(head, (size_t)n, path);
}

/* reopen() - a descriptor to read from, for one that was opened with O_PATH */
static int reopen(int fd)
{
	char proc[64];

	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return open(proc, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/*
 * find_alias() - the path that was given, if it leads to the file that is executed on the machine
 * as well
 *
 * Looked up outside the box, where the product made no link. Programs are known by such paths,
 * /bin/sh or /usr/bin/java.
 */
static void find_alias(pid_t tid, int dirfd, const char *given, const char *exe,
		       char alias[TGT_PATH_MAX])
{
	TB_AUTOCLOSE int fd = -1;
	char real[TGT_PATH_MAX];

	if (given[0] && tgt_path(tid, dirfd, given, alias) == 0 && strcmp(alias, exe)) {
		fd = tb_open_how(AT_FDCWD, alias, O_PATH, RESOLVE_NO_MAGICLINKS);
		if (fd >= 0 && tgt_fd_path(fd, real) == 0 && !strcmp(real, exe))
			return;
	}
	alias[0] = '\0';
}

/*
 * find_interpreters() - who really runs if @fd is a script (execve(2)); follows scripts that name
 * scripts
 *
 * They are resolved as the caller would: a relative name in its working directory. @f->interpreter
 * is the last one.
 */
static void find_interpreters(struct watch *w, pid_t tid, int fd, struct exec_file *f)
{
	TB_AUTOCLOSE int script = -1;
	char name[EXEC_HEAD + 1];

	while (f->nby < EXEC_SCRIPTS && script_line(script < 0 ? fd : script, name)) {
		TB_AUTOCLOSE int where = tgt_open(tid, AT_FDCWD, name);
		struct stat st;

		if (where < 0 || fstat(where, &st) < 0) {
			f->error = where < 0 ? -where : errno;
			return;
		}
		if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111) ||
		    tgt_fd_path(where, f->by[f->nby].path) < 0) {
			f->error = EACCES;
			return;
		}
		f->interpreter = (struct file_id){ st.st_dev, st.st_ino };
		find_alias(tid, AT_FDCWD, name, f->by[f->nby].path, f->by[f->nby].alias);
		tb_close(&script);
		script = reopen(where);
		if (script < 0 || hash_file(w->exec, script, &st, f->by[f->nby].sha256) < 0)
			f->by[f->nby].sha256[0] = '\0';
		f->nby++;
		if (script < 0)
			return;
	}
}

static void inspect(struct watch *w, pid_t tid, int dirfd, const char *path, struct exec_file *f)
{
	TB_AUTOCLOSE int where = tgt_open(tid, dirfd, path);
	TB_AUTOCLOSE int fd = -1;
	struct stat st;
	int rc;

	if (where < 0 || fstat(where, &st) < 0) {
		f->error = where < 0 ? -where : errno;
		return;
	}
	if (!S_ISREG(st.st_mode) || tgt_fd_path(where, f->exe) < 0) {
		f->error = EACCES; /* what execve(2) says to a directory or a device */
		return;
	}
	f->id = (struct file_id){ st.st_dev, st.st_ino };
	f->size = (uint64_t)st.st_size;
	find_alias(tid, dirfd, path, f->exe, f->alias);
	if (!(st.st_mode & 0111)) {
		f->error = EACCES;
		return;
	}
	fd = reopen(where);
	rc = fd < 0 ? -errno : hash_file(w->exec, fd, &st, f->sha256);
	if (rc < 0) {
		f->sha256[0] = '\0';
		f->error = -rc;
		return;
	}
	find_interpreters(w, tid, fd, f);
}

static bool same_file(const struct file_id *a, const struct file_id *b)
{
	return a->ino && a->ino == b->ino && a->dev == b->dev;
}

static bool running_file(pid_t tid, char link[64], struct file_id *id)
{
	struct stat st;

	(void)snprintf(link, 64, "/proc/%d/exe", (int)tid); /* the leader may have ended already */
	if (stat(link, &st) < 0)
		return false;
	*id = (struct file_id){ st.st_dev, st.st_ino };
	return true;
}

void exec_known(struct proc *p)
{
	if (p->exec_link) {
		*p->exec_link = p->exec_next;
		if (p->exec_next)
			p->exec_next->exec_link = p->exec_link;
	}
	p->exec_link = NULL;
	p->exec_pending = false;
}

static void not_known_yet(struct watch *w, struct proc *p)
{
	p->exec_pending = true;
	w->exec->delay = EXEC_LOOK_FIRST_NS;
	w->exec->next = tb_monotonic_ns() + w->exec->delay;
	if (p->exec_link)
		return;
	p->exec_next = w->exec->waiting;
	p->exec_link = &w->exec->waiting;
	if (p->exec_next)
		p->exec_next->exec_link = &p->exec_next;
	w->exec->waiting = p;
}

/* The exec goes on: remember what should run afterwards. */
static void expect(struct watch *w, struct proc *p, pid_t tid, const struct exec_file *file)
{
	char link[64];

	if (!p->exe.ino)
		(void)running_file(tid, link, &p->exe);
	proc_forget_threads(w, p);
	p->want[0] = file->id;
	p->want[1] = file->interpreter;
	p->exec_claimed = !file->error;
	if (p->exec_claimed)
		memcpy(p->told, p->want, sizeof(p->told));
	p->exec_tid = p->exec_pending && p->exec_tid != tid ? 0 : tid;
	not_known_yet(w, p);
}

void exec_call(struct watch *w, struct watch_note *n)
{
	bool at = n->req->data.nr == SYS_execveat;
	const __u64 *a = n->req->data.args;
	pid_t tid = (pid_t)n->req->pid;
	char path[PATH_MAX], named[ELSEWHERE_MAX];
	struct exec_file file = { .size = 0 };
	struct arg_list args;
	const char *by[EXEC_SCRIPTS], *by_alias[EXEC_SCRIPTS], *by_sha256[EXEC_SCRIPTS];
	struct ev ev = { .kind = EV_EXEC };

	if (tgt_string(tid, a[at], path, sizeof(path)) < 0) {
		w->n.calls_unread++;
		path[0] = '\0';
		file.error = EFAULT;
	} else if (!path[0] && !(at && (a[4] & AT_EMPTY_PATH))) {
		file.error = ENOENT;
	} else {
		inspect(w, tid, at ? (int)a[0] : AT_FDCWD, path, &file);
	}
	read_args(w, tid, a[at ? 2 : 1], n->abi ? sizeof(uint32_t) : sizeof(uint64_t), &args);
	if (!watch_alive(w, n->req))
		return;
	ev.u.exec.path = path;
	ev.u.exec.abi = n->abi;
	ev.u.exec.exe = elsewhere_program(w->where, &file.id, file.exe, named);
	ev.u.exec.alias = file.alias;
	if (file.exe[0] || file.error != ENOENT) { /* a search along $PATH: the arguments come with
						    * the file that is there */
		ev.u.exec.argv = (struct ev_strs){ args.v, args.n };
		ev.u.exec.argv_cut = args.cut;
	}
	ev.u.exec.sha256 = file.sha256;
	ev.u.exec.size = file.size;
	for (size_t i = 0; i < file.nby; i++) {
		by[i] = file.by[i].path;
		by_alias[i] = file.by[i].alias;
		by_sha256[i] = file.by[i].sha256;
	}
	ev.u.exec.interpreters = (struct ev_strs){ by, file.nby };
	ev.u.exec.interpreters_alias = (struct ev_strs){ by_alias, file.nby };
	ev.u.exec.interpreters_sha256 = (struct ev_strs){ by_sha256, file.nby };
	ev.u.exec.error = watch_errno_name(n->error ? n->error : file.error);
	if (n->p && !n->error && !file.error)
		watch_flush(w, n->p->id); /* what was counted so far is the old program's */
	watch_append(w, n->p ? n->p->id : 0, &ev);
	if (n->p && !n->error)
		expect(w, n->p, tid, &file);
}

/* The arguments that a process has now, proc_pid_cmdline(5): it may have written over them. */
static void current_args(const struct proc *p, struct arg_list *out)
{
	TB_AUTOCLOSE int fd = -1;
	size_t len = 0, at = 0;
	char path[64];
	ssize_t n;

	out->n = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)p->tgid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, out->bytes, EXEC_ARG_BYTES - 1);
	if (n > 0)
		len = (size_t)n;
	out->bytes[len] = '\0';
	out->cut = len == EXEC_ARG_BYTES - 1;
	while (at < len && out->n < EXEC_ARGS) {
		out->v[out->n++] = out->bytes + at;
		at += strlen(out->bytes + at) + 1;
	}
	out->cut = out->cut || at < len;
}

/* What runs now, found by looking: it corrects an EV_EXEC that said something else. */
static void record_actual(struct watch *w, struct proc *p, const char *link)
{
	TB_AUTOCLOSE int fd = open(link, O_RDONLY | O_CLOEXEC);
	struct ev ev = { .kind = EV_EXEC };
	char exe[TGT_PATH_MAX], named[ELSEWHERE_MAX], sha256[TB_SHA256_HEX] = "";
	struct arg_list args;
	struct stat st;
	ssize_t len = readlink(link, exe, sizeof(exe) - 1);

	if (len < 0) { /* it ended meanwhile: what it ran is not known, and proc_dead() counts
		        * that */
		p->exec_pending = true;
		p->exec_claimed = false;
		return;
	}
	exe[len] = '\0';
	if (fd >= 0 && fstat(fd, &st) == 0) {
		ev.u.exec.size = (uint64_t)st.st_size;
		if (hash_file(w->exec, fd, &st, sha256) < 0)
			sha256[0] = '\0';
	}
	current_args(p, &args);
	ev.u.exec.exe = elsewhere_program(w->where, &p->exe, exe, named);
	ev.u.exec.sha256 = sha256;
	ev.u.exec.argv = (struct ev_strs){ args.v, args.n };
	ev.u.exec.argv_cut = args.cut;
	p->told[0] = p->told[1] = p->exe;
	watch_append(w, p->id, &ev);
}

void exec_inherit(struct watch *w, struct proc *p, const struct proc *parent)
{
	char link[64];

	if (parent)
		memcpy(p->told, parent->told, sizeof(p->told));
	if (p->ours || !running_file(p->tgid, link, &p->exe))
		return;
	if (!same_file(&p->exe, &p->told[0]) && !same_file(&p->exe, &p->told[1]))
		record_actual(w, p, link);
}

/* verified() - the exec is over, and the process runs @now */
static void verified(struct watch *w, struct proc *p, const char *link, const struct file_id *now)
{
	struct ev ev = { .kind = EV_CALL };
	struct file_id was = p->exe;

	exec_known(p);
	p->exe = *now;
	proc_forget_threads(w, p);
	if (same_file(&p->exe, &p->want[0]) || same_file(&p->exe, &p->want[1])) {
		p->ours = p->canary;
		if (!p->exec_claimed)
			record_actual(w, p, link);
		return;
	}
	if (same_file(&p->exe, &was)) { /* the call failed */
		if (p->exec_claimed)
			record_actual(w, p, link);
		return;
	}
	p->ours = p->canary;
	ev.u.call.call = "execve";
	ev.u.call.abi = "x86_64";
	ev.u.call.group = "exec";
	ev.u.call.outcome = "allowed";
	ev.u.call.detail = "executed file differs from the argument";
	watch_append(w, p->id, &ev);
	record_actual(w, p, link);
}

void exec_verify(struct watch *w, struct proc *p, pid_t tid)
{
	struct file_id now;
	char link[64];

	/* Another thread is heard of while the exec may still be on its way: it proves nothing yet.
	 * And the launcher has one. */
	if (!running_file(tid, link, &now) || (tid != p->exec_tid && same_file(&now, &p->exe))) {
		p->ours = p->canary;
		return;
	}
	verified(w, p, link, &now);
}

int64_t exec_look(struct watch *w)
{
	int64_t now = tb_monotonic_ns();
	struct file_id id;
	struct proc *next;
	char link[64];

	if (w->exec->waiting && w->exec->next <= now) {
		w->now = rec_time(w->out, tb_realtime_ns());
		for (struct proc *p = w->exec->waiting; p; p = next) {
			next = p->exec_next;
			/* The same file as before may mean that the exec is still on its way. */
			if (running_file(p->tgid, link, &id) && !same_file(&id, &p->exe))
				verified(w, p, link, &id);
		}
		w->exec->delay = w->exec->delay * 2 < EXEC_LOOK_LONGEST_NS ? w->exec->delay * 2 :
			EXEC_LOOK_LONGEST_NS;
		w->exec->next = now + w->exec->delay;
	}
	if (!w->exec->waiting)
		return -1;
	return w->exec->next > now ? w->exec->next - now : 0;
}
