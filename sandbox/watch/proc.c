/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc.c - the processes of the box, as the supervisor knows them
 *
 * How it works: the hot path is one look into the table by thread number. That is sound because an
 * entry is dropped when the thread ends (exit notifies), when its process replaces its program, and
 * when its process ends (pidfd), before the kernel can have used the number again: numbers are
 * given out in a circle, and what ended is looked at before each call that is received. A thread
 * that a filter of the product's own kills (SECCOMP_RET_KILL_THREAD) says nothing: so whether a
 * thread still belongs to the process is asked at each call.
 *
 * Limits: a child that is killed soon after the fork, before its first notification, was never
 * seen. A child whose parent was killed before the child was seen is an orphan; its parent is
 * inferred if only one process was killed since the child began.
 */
#include "sandbox/watch/proc.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "sandbox/watch/exec.h"
#include "sandbox/watch/outcome.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

#define PROC_TEXT 4096u
#define CHILDREN_MAX_BYTES (4u << 20)
#define REAP_BATCH 64
#define ANCESTORS_MAX 64

#ifndef PIDFD_GET_INFO /* linux/pidfd.h, Linux 6.13; PIDFD_INFO_EXIT 6.15 */
struct pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};
#define PIDFD_GET_INFO _IOWR(0xFF, 11, struct pidfd_info)
#define PIDFD_INFO_EXIT (UINT64_C(1) << 3)
#endif

/* The number after "NAME:" at the start of a line; the second one on the line, if there are more
 * and @second. */
static bool status_number(const char *text, const char *name, bool second, pid_t *out)
{
	size_t len = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n'),
	     line = line ? line + 1 : NULL) {
		const char *end = line + strcspn(line, "\n"), *p;

		if (strncmp(line, name, len) != 0)
			continue;
		p = line + len + strspn(line + len, "\t ");
		if (second && p + strcspn(p, "\t\n") < end)
			p += strcspn(p, "\t\n");
		*out = (pid_t)strtol(p, NULL, 10);
		return true;
	}
	return false;
}

int proc_parse_status(const char *text, struct proc_facts *out)
{
	*out = (struct proc_facts){ 0 };
	if (!status_number(text, "Tgid:", false, &out->tgid) ||
	    !status_number(text, "PPid:", false, &out->ppid) || out->tgid <= 0)
		return -EBADMSG;
	/* a kernel without PID namespaces */
	if (!status_number(text, "NStgid:", true, &out->box_pid))
		out->box_pid = out->tgid;
	text = strstr(text, "\nState:\t"); /* the name in the line before has no newline, it is
					    * escaped */
	text = text ? text + strlen("\nState:\t") : "";
	out->dead = *text == 'Z' || *text == 'X';
	return 0;
}

int proc_parse_stat(const char *text, uint64_t *start, int *exit_status)
{
	const char *p = strrchr(text, ')'); /* the name before it may hold anything, ')' included */
	int field = 2;

	*start = 0;
	*exit_status = 0;
	while (p && field < 52) {
		p = strchr(p, ' ');
		if (!p)
			break;
		p++;
		field++;
		if (field == 22)
			*start = strtoull(p, NULL, 10);
	}
	if (field < 22)
		return -EBADMSG;
	if (p && field == 52)
		*exit_status = (int)strtol(p, NULL, 10);
	return 0;
}

static int read_text(pid_t pid, const char *name, char text[PROC_TEXT])
{
	char path[64];
	TB_AUTOCLOSE int fd = -1;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, PROC_TEXT - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

static int read_facts(pid_t pid, struct proc_facts *out)
{
	char text[PROC_TEXT];
	int rc = read_text(pid, "status", text);

	return rc < 0 ? rc : proc_parse_status(text, out);
}

static uint64_t ticks_since_boot(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * (uint64_t)sysconf(_SC_CLK_TCK) +
	       (uint64_t)now.tv_nsec / (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* Only one killed process lived when the child began: then it was the parent. Return: 0 if that is
 * not so */
static uint64_t infer_parent(const struct proc_table *t, uint64_t start)
{
	uint64_t id = 0;

	for (size_t i = 0; i < TB_ARRAY_SIZE(t->killed); i++) {
		if (!t->killed[i].id || t->killed[i].start > start || t->killed[i].end < start)
			continue;
		if (id)
			return 0;
		id = t->killed[i].id;
	}
	return id;
}

static void record_appearance(struct watch *w, struct proc *p, struct proc *parent)
{
	struct ev ev = { .kind = EV_PROC };

	p->id = ++w->procs->last_id;
	if (p->id == 1) { /* sup_main() adds first_pid before anybody else can be heard of */
		ev.u.process.how = "first";
		p->ours = true;
	} else if (w->procs->last_canary) {
		ev.u.process.how = "control";
		p->canary = p->ours = true;
	} else if (parent) {
		ev.u.process.how = "fork";
		p->parent = parent->id;
		/* the launcher has one child, before its exec: what comes later is the product,
		 * whatever it does */
		p->canary = parent->canary ||
			(w->procs->canary && parent->id == 1 && parent->ours &&
					       !parent->claims && !parent->children);
		p->ours = p->canary;
		parent->children++;
	} else {
		ev.u.process.how = "orphan";
		p->parent = infer_parent(w->procs, p->start);
	}
	ev.u.process.pid = p->box_pid;
	ev.u.process.parent = p->parent;
	ev.u.process.start = (int64_t)p->start;
	ev.u.process.role = p->canary ? "canary" : "product";
	watch_append(w, p->id, &ev);
}

static void proc_free(struct proc *p)
{
	if (!p)
		return;
	exec_forget(p);
	tb_close(&p->pidfd);
	free(p->tids);
	free(p->counts);
	free(p);
}

static struct proc *proc_new(struct watch *w, const struct proc_facts *facts)
{
	struct epoll_event watch = { .events = EPOLLIN };
	char text[PROC_TEXT];
	struct proc *p = calloc(1, sizeof(*p));
	int ignored;

	if (!p)
		return NULL;
	p->tgid = facts->tgid;
	p->box_pid = facts->box_pid;
	p->pidfd = (int)syscall(SYS_pidfd_open, facts->tgid, 0);
	watch.data.ptr = p;
	if (p->pidfd < 0 || epoll_ctl(w->procs->epfd, EPOLL_CTL_ADD, p->pidfd, &watch) < 0)
		w->procs->unwatched++;
	if (read_text(facts->tgid, "stat", text) < 0 ||
	    proc_parse_stat(text, &p->start, &ignored) < 0)
		goto fail;
	if (w->filter->observe_all) {
		p->counts = calloc(TB_SYSCALL_MAX, sizeof(*p->counts));
		if (!p->counts)
			goto fail;
	}
	if (tb_map_put(w->procs->by_tid, &p->tgid, sizeof(p->tgid), p) < 0)
		goto fail;
	return p;
fail:
	proc_free(p); /* closing the pidfd takes it out of epoll */
	return NULL;
}

static void add_thread(struct watch *w, struct proc *p, pid_t tid)
{
	pid_t *more;

	if (tid == p->tgid)
		return;
	more = tb_grow(p->tids, p->ntids, 1, sizeof(*more));
	if (!more)
		return; /* it will be looked up again */
	p->tids = more;
	if (tb_map_put(w->procs->by_tid, &tid, sizeof(tid), p) == 0)
		p->tids[p->ntids++] = tid;
}

static struct proc *add_process(struct watch *w, const struct proc_facts *facts)
{
	struct proc *p = proc_find(w->procs, facts->tgid), *parent;

	if (p)
		return p;
	p = proc_new(w, facts);
	if (!p) {
		w->procs->unwatched++;
		return NULL;
	}
	parent = proc_find(w->procs, facts->ppid);
	if (parent)
		exec_look_at(w, parent); /* which of its programs the child is of */
	record_appearance(w, p, parent);
	exec_inherit(w, p, parent);
	if (p->id == 1)
		w->procs->init = facts->ppid;
	return p;
}

/* add_ancestors() - parents that were not heard of yet, the oldest first */
static void add_ancestors(struct watch *w, const struct proc_facts *facts)
{
	struct proc_facts up[ANCESTORS_MAX];
	pid_t pid = facts->ppid;
	size_t n = 0;

	while (n < ANCESTORS_MAX && w->procs->init && pid != w->procs->init && pid > 0 &&
	       !proc_find(w->procs, pid) &&
	       read_facts(pid, &up[n]) == 0)
		pid = up[n++].ppid;
	while (n > 0)
		(void)add_process(w, &up[--n]);
}

struct proc *proc_add(struct watch *w, pid_t tid)
{
	struct proc_facts facts;
	struct proc *p;

	if (read_facts(tid, &facts) < 0)
		return NULL;
	/* those of the last control are the airlock's */
	if (!proc_find(w->procs, facts.tgid) && !w->procs->last_canary)
		add_ancestors(w, &facts);
	p = add_process(w, &facts);
	if (p)
		add_thread(w, p, tid);
	return p;
}

/* A child that was not heard of. One that is dead already was recorded, or did nothing */
static void add_child(struct watch *w, pid_t pid, pid_t parent)
{
	struct proc_facts facts;

	if (!proc_find(w->procs, pid) && read_facts(pid, &facts) == 0 && !facts.dead &&
	    facts.ppid == parent)
		(void)add_process(w, &facts);
}

/* Children of one thread as /proc/PID/task/TID/children lists them. */
static void add_listed_children(struct watch *w, const struct proc *p, const char *tid)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	char path[64];
	const char *at;

	if (snprintf(path, sizeof(path), "/proc/%d/task/%s/children", (int)p->tgid,
		     tid) >= (int)sizeof(path))
		return;
	if (tb_read_file(AT_FDCWD, path, CHILDREN_MAX_BYTES, &text, NULL) < 0)
		return; /* the thread is gone: its children are another thread's now */
	for (at = text.data; at;) {
		char *end;
		pid_t child = (pid_t)strtol(at, &end, 10);

		if (end == at || child <= 0)
			return;
		at = end;
		add_child(w, child, p->tgid);
	}
}

/* Without CONFIG_PROC_CHILDREN: everybody in /proc is asked for its parent. */
static void add_children_by_scan(struct watch *w, const struct proc *p)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid > 0)
			add_child(w, pid, p->tgid);
	}
	if (d)
		(void)closedir(d);
}

void proc_add_children(struct watch *w, struct proc *p)
{
	char path[64];
	struct dirent *e;
	DIR *d;

	if (access("/proc/thread-self/children", F_OK) < 0) {
		add_children_by_scan(w, p);
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)p->tgid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			add_listed_children(w, p, e->d_name);
	if (d)
		(void)closedir(d);
}

void proc_look_around(struct watch *w)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
		struct proc_facts facts;

		/* by rising number, so that most parents come before their children; the others
		 * have another time */
		if (pid > 0 && !proc_find(w->procs, pid) && read_facts(pid, &facts) == 0 &&
		    !facts.dead &&
		    (facts.ppid == w->procs->init || proc_find(w->procs, facts.ppid)))
			(void)add_process(w, &facts);
	}
	if (d)
		(void)closedir(d);
}

void proc_forget_thread(struct watch *w, struct proc *p, pid_t tid)
{
	if (tid == p->tgid) /* the leader's number stays taken until the whole process is gone */
		return;
	for (size_t i = 0; i < p->ntids; i++) {
		if (p->tids[i] != tid)
			continue;
		(void)tb_map_del(w->procs->by_tid, &tid, sizeof(tid));
		p->tids[i] = p->tids[--p->ntids];
		return;
	}
}

struct proc *proc_of_caller(struct watch *w, pid_t tid)
{
	struct proc *p = proc_find(w->procs, tid);

	if (!p || tid == p->tgid || syscall(SYS_tgkill, p->tgid, tid, 0) == 0 || errno != ESRCH)
		return p;
	proc_forget_thread(w, p, tid);
	return NULL;
}

void proc_forget_threads(struct watch *w, struct proc *p)
{
	for (size_t i = 0; i < p->ntids; i++)
		(void)tb_map_del(w->procs->by_tid, &p->tids[i], sizeof(p->tids[i]));
	p->ntids = 0;
}

/* How it ended: what exit_group said, what the zombie still says, what the pidfd remembers (Linux
 * 6.15). */
static struct ev_exit exit_of(const struct proc *p)
{
	struct pidfd_info info = { .mask = PIDFD_INFO_EXIT };
	char text[PROC_TEXT];
	uint64_t start;
	int status = 0;

	if (p->exiting)
		return (struct ev_exit){ .known = true, .code = p->exit_code };
	if (read_text(p->tgid, "stat", text) < 0 || proc_parse_stat(text, &start, &status) < 0 ||
	    start != p->start)
		status = 0;
	if (!status && ioctl(p->pidfd, PIDFD_GET_INFO, &info) == 0 && (info.mask & PIDFD_INFO_EXIT))
		status = info.exit_code;
	else if (!status)
		return (struct ev_exit){ .known = false };
	if (WIFSIGNALED(status))
		return (struct ev_exit){ .known = true, .signal = WTERMSIG(status) };
	return (struct ev_exit){ .known = true, .code = WEXITSTATUS(status) };
}

static void record_counts(struct watch *w, const struct proc *p)
{
	for (int nr = 0; p->counts && nr < TB_SYSCALL_MAX; nr++) {
		struct ev ev = { .kind = EV_CALL };

		if (!p->counts[nr] || !calls_row(nr))
			continue;
		ev.u.call.call = calls_row(nr)->name;
		ev.u.call.abi = "x86_64";
		ev.u.call.group = "observed";
		ev.u.call.outcome = "allowed";
		ev.u.call.count = p->counts[nr];
		watch_append(w, p->id, &ev);
	}
}

static void proc_dead(struct watch *w, struct proc *p)
{
	struct ev ev = { .kind = EV_EXIT, .u.exit = exit_of(p) };

	outcome_settle_proc(w, p->id);
	watch_flush(w, p->id);
	record_counts(w, p);
	exec_dead(w, p);
	watch_append(w, p->id, &ev);
	if (!p->exiting) {
		size_t i = w->procs->next_killed++ % TB_ARRAY_SIZE(w->procs->killed);

		w->procs->killed[i].id = p->id;
		w->procs->killed[i].start = p->start;
		w->procs->killed[i].end = ticks_since_boot();
	}
	proc_forget_threads(w, p);
	(void)tb_map_del(w->procs->by_tid, &p->tgid, sizeof(p->tgid));
	proc_free(p);
}

void proc_reap(struct watch *w)
{
	struct epoll_event ended[REAP_BATCH];
	int n;

	do {
		n = epoll_wait(w->procs->epfd, ended, REAP_BATCH, 0);
		w->now = rec_time(w->out, tb_realtime_ns());
		for (int i = 0; i < n; i++) {
			if (ended[i].data.ptr)
				proc_dead(w, ended[i].data.ptr);
			else
				w->procs->ended = true;
		}
	} while (n == REAP_BATCH);
}

void proc_free_all(struct watch *w)
{
	size_t pos = 0;
	struct proc *p;

	while (w->procs->by_tid && (p = tb_map_next(w->procs->by_tid, &pos))) {
		proc_forget_threads(w, p);
		(void)tb_map_del(w->procs->by_tid, &p->tgid, sizeof(p->tgid));
		proc_free(p);
		pos = 0;
	}
	tb_map_free(w->procs->by_tid);
	w->procs->by_tid = NULL;
}
