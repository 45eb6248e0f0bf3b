/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.c - which program a process becomes
 *
 * How it works: while the caller waits, the file that it names is looked at (exec_file.c), and the
 * exec is kept as a claim. Whether it led to anything is seen when the process is next heard of
 * (exec_verify), or a moment later (exec_look): /proc/PID/exe is another file then, or it is the
 * same and lies elsewhere in memory. Only then the EV_EXEC is written. So each act before it is the
 * old program's and each one behind it the new one's: the kernel ends all other threads before a
 * process becomes another program. If the thread that asked is heard of again and nothing has
 * changed, the exec has failed, and the EV_EXEC says so. If the process is another program than
 * any claim named, an EV_EXEC without a path says which. A process that appears is looked at in the
 * same way, because its parent may run another program by then.
 *
 * A process that is killed meanwhile has no /proc/PID/exe any more. But until it is reaped the
 * kernel says whether it has become any other program since it was forked: if not, no exec did.
 *
 * Limits: binfmt_misc interpreters look like a difference. A program that is killed within a
 * millisecond, before its first watched call, was not looked at, and what its call named is a
 * claim; how many there were is counted.
 * Without address space randomization two scripts of one interpreter cannot be told apart: then an
 * exec among them counts as run, and what the process does is the interpreter's.
 */
#include "sandbox/watch/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/watch/broken.h"
#include "sandbox/watch/clocks.h"
#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/exec_args.h"
#include "sandbox/watch/exec_file.h"
#include "sandbox/watch/exec_hash.h"
#include "sandbox/watch/exec_image.h"
#include "sandbox/watch/exec_loader.h"
#include "sandbox/watch/exec_wait.h"
#include "sandbox/watch/holders.h"
#include "sandbox/watch/maps.h"
#include "sandbox/watch/outcome.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/sockets.h"
#include "sandbox/watch/target.h"
#include "sandbox/watch/task.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

#define EXEC_LOOK_FIRST_NS (TB_NS_PER_MS / 4) /* an exec takes the kernel about twice that */
#define EXEC_LOOK_LONGEST_NS (INT64_C(500) * TB_NS_PER_MS)
#define WHY_UNSEEN "unknown" /* ev_exec.error: the kernel did not say why */

struct exec {
	struct exec_hashes *hashes;
	struct exec_waits *waits;
	bool unhashed; /* it is told that a program has no hash */
	bool random; /* the machine puts programs at random addresses */
	struct proc *waiting; /* processes with claims */
	int64_t next, delay; /* CLOCK_MONOTONIC: when exec_look() looks again */
};

struct exec *exec_new(void)
{
	struct exec *x = calloc(1, sizeof(*x));

	if (x) {
		x->random = exec_image_random();
		x->hashes = exec_hashes_new(EXEC_HASH_BYTES);
		x->waits = exec_waits_new();
	}
	if (x && (!x->hashes || !x->waits)) {
		exec_free(x);
		return NULL;
	}
	return x;
}

void exec_free(struct exec *x)
{
	if (!x)
		return;
	exec_hashes_free(x->hashes);
	exec_waits_free(x->waits);
	free(x);
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

static void claim_free(struct exec_claim *c)
{
	if (!c->told)
		ev_clear(&c->ev);
	free(c->held);
	free(c);
}

void exec_forget(struct proc *p)
{
	struct exec_claim *c;

	while ((c = p->claims)) {
		p->claims = c->next;
		claim_free(c);
	}
	if (p->exec_link) {
		*p->exec_link = p->exec_next;
		if (p->exec_next)
			p->exec_next->exec_link = p->exec_link;
	}
	p->exec_link = NULL;
}

static void wait_for(struct watch *w, struct proc *p)
{
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

/* expect() - the exec goes on: remember what should run afterwards. @ev: not written yet; NULL: it
 * is */
static void expect(struct watch *w, struct proc *p, pid_t tid, const struct exec_file *file,
		   const struct ev *ev)
{
	struct exec_claim *c = calloc(1, sizeof(*c));
	char link[64];

	if (!c || (ev && ev_dup(ev, &c->ev) < 0)) {
		free(c);
		w->failed = -ENOMEM;
		return;
	}
	c->tid = tid;
	c->told = !ev;
	(void)holders_before(w, p, tid, &c->held);	/* what was not read is counted */
	c->want[0] = file->id;
	c->want[1] = file->interpreter;
	if (!p->exe.ino)
		(void)running_file(tid, link, &p->exe);
	if (!p->image)
		p->image = exec_image(tid);
	c->sure = true;
	if (same_file(&p->exe, &c->want[0]) || same_file(&p->exe, &c->want[1]))
		c->sure = p->image && w->exec->random && exec_image_moves(tid);
	c->next = p->claims;
	p->claims = c;
	wait_for(w, p);
}

/* look_loader() - the dynamic loader is to its program what an interpreter is to a script: it runs,
 * and the program is what is executed. That is the word of the product, because the loader reads
 * its argument when the kernel has made the process: it is counted */
static void look_loader(struct watch *w, const struct watch_note *n, uint64_t env,
			const struct exec_args *args, struct exec_file *file)
{
	TB_AUTOFREE struct exec_file *program = calloc(1, sizeof(*program));
	const char *name = exec_loader_program(args);
	pid_t tid = (pid_t)n->req->pid;

	if (!program)
		w->failed = -ENOMEM;
	if (program && name && strchr(name, '/') && !file->error) /* else it looks for a library of
								   * this name */
		exec_file_look(w->exec->hashes, tid, AT_FDCWD, name, program);
	if (program && program->error == EINPROGRESS) {
		file->error = EINPROGRESS;
		file->awaits = program->awaits;
		return;
	}
	w->n.execs_unverified += !file->error;
	if (!program || !program->exe[0] ||
	    exec_loader_lists(tid, env, n->abi ? sizeof(uint32_t) : sizeof(uint64_t)))
		return;
	(void)snprintf(program->by[0].path, sizeof(program->by[0].path), "%s", file->exe);
	(void)snprintf(program->by[0].alias, sizeof(program->by[0].alias), "%s", file->alias);
	memcpy(program->by[0].sha256, file->sha256, sizeof(file->sha256));
	program->nby = 1;
	program->interpreter = file->id;
	program->unhashed = program->unhashed || file->unhashed;
	program->error = 0;	/* it need not be executable for this */
	*file = *program;
}

/* say_unhashed() - under the same name there can be another content, which nobody sees */
static void say_unhashed(struct watch *w)
{
	struct ev ev = { .kind = EV_LOSS };

	if (w->exec->unhashed)
		return;
	w->exec->unhashed = true;
	ev.u.loss = (struct ev_loss){ .what = "hashes of programs",
				      .detail = "a program is larger than 2 GiB, was changed while "
						"it was read, or so much was executed that not all "
						"could be read" };
	watch_append(w, 0, &ev);
}

/* waits() - does the exec wait for the hash of a file? Then it is looked at again */
static bool waits(struct watch *w, struct watch_note *n, struct exec_file *file)
{
	if (file->error != EINPROGRESS)
		return false;
	n->later = true;
	if (exec_wait_add(w->exec->waits, n, &file->awaits) == 0)
		return true;
	n->later = false;
	file->error = 0;
	file->unhashed = true;
	return false;
}

bool exec_waiting(const struct watch *w)
{
	return exec_wait_any(w->exec->waits);
}

bool exec_work(struct watch *w, struct watch_note *n, struct seccomp_notif *req)
{
	return exec_wait_work(w->exec->waits, w->exec->hashes, n, req);
}

void exec_call(struct watch *w, struct watch_note *n)
{
	bool at = n->req->data.nr == SYS_execveat;
	const __u64 *a = n->req->data.args;
	pid_t tid = (pid_t)n->req->pid;
	char path[PATH_MAX], named[ELSEWHERE_MAX];
	struct exec_file file = { .size = 0 };
	struct exec_args args;
	const char *by[EXEC_SCRIPTS], *by_alias[EXEC_SCRIPTS], *by_sha256[EXEC_SCRIPTS];
	struct ev ev = { .kind = EV_EXEC };

	exec_hash_again(w->exec->hashes, n->later);
	n->later = false;
	if (tgt_string(tid, a[at], path, sizeof(path)) < 0) {
		w->n.calls_unread++;
		path[0] = '\0';
		file.error = EFAULT;
	} else if (!path[0] && !(at && (a[4] & AT_EMPTY_PATH))) {
		file.error = ENOENT;
	} else {
		exec_file_look(w->exec->hashes, tid, at ? (int)a[0] : AT_FDCWD, path, &file);
	}
	if (waits(w, n, &file))
		return;
	exec_args_read(w, tid, a[at ? 2 : 1], n->abi ? sizeof(uint32_t) : sizeof(uint64_t), &args);
	if (file.loader)
		look_loader(w, n, a[at ? 3 : 2], &args, &file);
	if (waits(w, n, &file) || !watch_alive(w, n->req))
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
	if (file.unhashed)
		say_unhashed(w);
	if (file.error == EACCES)
		broken_exec(w, n->p ? n->p->id : 0, file.exe);
	if (!n->p || n->error || file.error)
		watch_append(w, n->p ? n->p->id : 0, &ev);
	if (n->p && !n->error) {
		if (!file.error) {
			outcome_settle_proc(w, n->p->id); /* while its files are open */
			if (n->p->programs) { /* else it is its parent's, which is looked at */
				maps_look(w, n->p);
				clocks_look(w, n->p);
			}
		}
		expect(w, n->p, tid, &file, file.error ? NULL : &ev);
	}
}

/* What runs now, found by looking: it corrects an EV_EXEC that said something else. */
static void record_actual(struct watch *w, struct proc *p, const char *link)
{
	TB_AUTOCLOSE int fd = open(link, O_RDONLY | O_CLOEXEC);
	struct ev ev = { .kind = EV_EXEC };
	char exe[TGT_PATH_MAX], named[ELSEWHERE_MAX], sha256[TB_SHA256_HEX] = "";
	struct exec_args args;
	struct stat st;
	ssize_t len = readlink(link, exe, sizeof(exe) - 1);

	if (len < 0) { /* it ended meanwhile: what it ran is not known, and proc_dead() counts
		        * that */
		p->exec_unknown = true;
		return;
	}
	exe[len] = '\0';
	if (fd >= 0 && fstat(fd, &st) == 0) {
		ev.u.exec.size = (uint64_t)st.st_size;
		exec_hash_again(w->exec->hashes, false);
		if (exec_hash_soon(w->exec->hashes, fd, &st, sha256) < 0) {
			sha256[0] = '\0';
			say_unhashed(w);
		}
	}
	exec_args_now(p->tgid, &args);
	ev.u.exec.exe = elsewhere_program(w->where, &p->exe, exe, named);
	ev.u.exec.sha256 = sha256;
	ev.u.exec.argv = (struct ev_strs){ args.v, args.n };
	ev.u.exec.argv_cut = args.cut;
	p->told[0] = p->told[1] = p->exe;
	watch_append(w, p->id, &ev);
}

/* runs_as() - does a process run what its record says, or its parent's? */
static bool runs_as(const struct proc *p, const struct proc *parent)
{
	if (!same_file(&p->exe, &p->told[0]) && !same_file(&p->exe, &p->told[1]))
		return false;
	return !parent || !parent->image || p->image == parent->image;
}

void exec_inherit(struct watch *w, struct proc *p, struct proc *parent)
{
	char link[64];

	if (parent && !parent->image) /* it has forked: its last exec is over */
		parent->image = exec_image(parent->tgid);
	if (parent)
		memcpy(p->told, parent->told, sizeof(p->told));
	if (p->ours || !running_file(p->tgid, link, &p->exe))
		return;
	p->image = exec_image(p->tgid);
	if (!runs_as(p, parent))
		record_actual(w, p, link);
}

static bool is_what_runs(const struct proc *p, const struct exec_claim *c)
{
	return same_file(&p->exe, &c->want[0]) || same_file(&p->exe, &c->want[1]);
}

/* write_claim() - @error: why it failed; NULL: it did not */
static void write_claim(struct watch *w, struct proc *p, struct exec_claim *c, const char *error)
{
	if (c->told)
		return;
	c->ev.u.exec.error = error;
	c->ev.t = 0;
	watch_append(w, p->id, &c->ev);
	if (!error)
		memcpy(p->told, c->want, sizeof(p->told));
}

/* write_differs() - nobody asked for what runs */
static void write_differs(struct watch *w, struct proc *p)
{
	struct ev ev = { .kind = EV_CALL };

	ev.u.call.call = "execve";
	ev.u.call.abi = "x86_64";
	ev.u.call.group = "exec";
	ev.u.call.outcome = "allowed";
	ev.u.call.detail = "executed file differs from the argument";
	watch_append(w, p->id, &ev);
}

/* write_claims() - the one that came true, and the others. Return: how many it may have been */
static size_t write_claims(struct watch *w, struct proc *p, bool *untold)
{
	const char *exe = NULL;
	size_t n = 0;

	*untold = false;
	for (struct exec_claim *c = p->claims; c; c = c->next)
		if (!is_what_runs(p, c))
			write_claim(w, p, c, WHY_UNSEEN);
	for (struct exec_claim *c = p->claims; c; c = c->next) {
		if (!is_what_runs(p, c))
			continue;
		*untold = *untold || c->told;
		if (!c->told && (!exe || strcmp(exe, c->ev.u.exec.exe) != 0)) {
			write_claim(w, p, c, NULL);
			exe = c->ev.u.exec.exe;
			n++;
		}
	}
	return n;
}

/* keep_sockets() - what stayed open, whichever thread's exec it was: each may have a table of its
 * own */
static void keep_sockets(struct watch *w, const struct proc *p)
{
	for (const struct exec_claim *c = p->claims ? p->claims->next : NULL; c; c = c->next)
		holders_had(w, p, c->held);
	holders_kept(w, p, p->claims ? p->claims->held : NULL);
}

/* became() - the process is another program than before; it stays what it is now until it asks
 * for the next one. @waits: it waits for an answer, so that the kernel is done with the exec; else
 * its addresses may not be there yet */
static void became(struct watch *w, struct proc *p, pid_t tid, bool waits)
{
	char link[64];
	bool untold;
	size_t n;

	/* what is known by now is the old program's */
	outcome_settle_proc(w, p->id);
	sockets_settle_proc(w, p->id);
	watch_flush(w, p->id);
	proc_forget_threads(w, p);
	p->ours = p->canary;
	p->exiting = false;	/* that was another thread of the old one */
	p->programs++;
	p->image = waits ? exec_image(tid) : 0;
	if (!running_file(tid, link, &p->exe))
		return; /* it has ended: exec_dead() */
	n = write_claims(w, p, &untold);
	if (n == 0 && !untold)
		write_differs(w, p);
	if (n != 1)
		record_actual(w, p, link);
	keep_sockets(w, p);
	exec_forget(p);
}

/* changed() - is the process another program than before? */
static bool changed(const struct proc *p, pid_t tid, const struct file_id *now)
{
	uint64_t image;

	if (!same_file(now, &p->exe))
		return true;
	image = exec_image(tid);
	return image && p->image && image != p->image;
}

/* came_back() - a thread is heard of, and the process is what it was: its exec has failed, as far
 * as that can be told. Return: had it one? */
static bool came_back(struct watch *w, struct proc *p, pid_t tid, const char *link)
{
	struct exec_claim **at = &p->claims, *c;
	bool any = false, unsure = false;

	while ((c = *at)) {
		if (c->tid != tid) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		any = true;
		unsure = unsure || (!c->sure && !c->told);
		write_claim(w, p, c, c->sure ? WHY_UNSEEN : NULL);
		claim_free(c);
	}
	if (unsure)
		record_actual(w, p, link);
	if (!p->claims)
		exec_forget(p);
	return any;
}

void exec_verify(struct watch *w, struct proc *p, pid_t tid)
{
	struct file_id now;
	char link[64];

	if (!running_file(tid, link, &now))
		p->ours = p->canary;
	else if (changed(p, tid, &now))
		became(w, p, tid, true);
	else if (!came_back(w, p, tid, link))
		p->ours = p->canary; /* another thread: the launcher has one */
}

void exec_look_at(struct watch *w, struct proc *p)
{
	struct file_id now;
	char link[64];

	/* The same as before may mean that the exec is still on its way. */
	if (p->claims && running_file(p->tgid, link, &now) && changed(p, p->tgid, &now))
		became(w, p, p->tgid, false);
}

int64_t exec_look(struct watch *w)
{
	int64_t now = tb_monotonic_ns();
	struct proc *next;

	if (w->exec->waiting && w->exec->next <= now) {
		w->now = rec_time(w->out, tb_realtime_ns());
		for (struct proc *p = w->exec->waiting; p; p = next) {
			next = p->exec_next;
			exec_look_at(w, p);
		}
		w->exec->delay = w->exec->delay * 2 < EXEC_LOOK_LONGEST_NS ? w->exec->delay * 2 :
			EXEC_LOOK_LONGEST_NS;
		w->exec->next = now + w->exec->delay;
	}
	if (!w->exec->waiting)
		return -1;
	return w->exec->next > now ? w->exec->next - now : 0;
}

void exec_not_made(struct watch *w, struct proc *p, pid_t tid)
{
	struct exec_claim *c = p->claims;	/* the last one */

	if (c->tid != tid)
		return;
	p->claims = c->next;
	write_claim(w, p, c, WHY_UNSEEN);
	claim_free(c);
	if (!p->claims)
		exec_forget(p);
}

/* is_old_program() - did a process that has ended never become another program? That is known
 * while it waits to be reaped, and if it never was another one before */
static bool is_old_program(const struct proc *p)
{
	struct task t;

	return task_read(p->tgid, &t) && t.start == p->start && t.state == 'Z' &&
		(t.flags & TASK_FORKED);
}

void exec_dead(struct watch *w, struct proc *p)
{
	bool unread = p->exec_unknown, unverified = false;
	bool old = p->claims && is_old_program(p);

	for (struct exec_claim *c = p->claims; c; c = c->next) {
		/* an exit_group(2) was another thread's of the old program: most likely the exec
		 * had failed; but it may have been faster, and so is counted */
		write_claim(w, p, c, p->exiting || old ? WHY_UNSEEN : NULL);
		unread = unread || (c->told && !old);
		unverified = unverified || (!c->told && !old);
	}
	if (unverified && !p->exiting)
		keep_sockets(w, p);
	if (unread)
		w->n.calls_unread++;
	else if (unverified)
		w->n.execs_unverified++;
	exec_forget(p);
}
