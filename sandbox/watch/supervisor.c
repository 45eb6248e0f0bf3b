/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor.c - receives system call notifications, records, answers
 *
 * How it works: one thread. A notified call stops its thread until it is answered; so what the supervisor
 * cannot keep up with is slowed down, not lost. The answer depends on numbers and plain argument values alone
 * (calls_verdict(), the policy's list by number); memory of the product is only looked at for the record.
 *
 * Limits: seccomp runs before the call, so whether it succeeded is not seen; the packets, the mounts and
 * /proc tell.
 */
#include "sandbox/watch/supervisor.h"

#include <errno.h>
#include <linux/audit.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/log.h"
#include "tcbox/memory.h"
#include "tcbox/own.h"

#define SUP_THREADS_MAX (1u << 18)
#define SUP_FLUSH_NS (INT64_C(20) * TB_NS_PER_MS) /* the record is at most this much behind */

#define SUP_LOOK_NS (INT64_C(500) * TB_NS_PER_MS) /* a process that makes no watched call is known after so long */

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

const char *sup_errno_name(int error)
{
	return error ? strerrorname_np(error) : NULL;
}

static void remember(struct sup *s, int rc)
{
	if (rc < 0 && !s->failed)
		s->failed = rc;
	s->unflushed = true;
}

void sup_append(struct sup *s, uint64_t proc, struct ev *ev)
{
	ev->proc = proc;
	if (!ev->t)
		ev->t = s->now;
	remember(s, rec_append(s->out, ev));
}

void sup_fold(struct sup *s, uint64_t proc, struct ev *ev)
{
	ev->proc = proc;
	if (!ev->t)
		ev->t = s->now;
	remember(s, fold_append(s->fold, ev));
}

void sup_fold_flush(struct sup *s, uint64_t proc)
{
	remember(s, fold_flush(s->fold, proc));
}

bool sup_alive(struct sup *s, const struct seccomp_notif *req)
{
	return ioctl(s->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &req->id) == 0;
}

void look_call(struct sup *s, const struct sup_note *n)
{
	char detail[160];

	call_append(s, n, detail_of(&n->req->data, detail, sizeof(detail)));
}

void call_append(struct sup *s, const struct sup_note *n, const char *text)
{
	const struct seccomp_data *d = &n->req->data;
	struct ev ev = { .kind = EV_CALL };
	char number[32];

	(void)snprintf(number, sizeof(number), "syscall-%d", d->nr);
	ev.u.call.abi = n->abi ? n->abi : calls_abi_row(calls_abi(d))->name;
	ev.u.call.detail = text;
	if (calls_abi(d) != CALL_ABI_NATIVE) { /* of a table that is not declared, or no native call means the same */
		ev.u.call.call = text;
		ev.u.call.detail = NULL;
	} else {
		ev.u.call.call = n->row ? n->row->name : number;
	}
	ev.u.call.group = n->group;
	ev.u.call.outcome = sup_outcome(n);
	ev.u.call.error = sup_errno_name(n->error);
	ev.u.call.undeclared = n->undeclared;
	sup_fold(s, n->p ? n->p->id : 0, &ev);
}

/* New namespaces, or a thread with a descriptor table of its own: what else there is passes, see the call table. */
static void look_clone(struct sup *s, const struct sup_note *n)
{
	if (n->p && !n->error && (n->req->data.args[0] & CLONE_THREAD))
		n->p->private_files = true;
	if (n->req->data.args[0] & CALL_NEW_NAMESPACES)
		look_place(s, n);
}

/* Watched calls whose arguments or consequences are looked at. */
static void look(struct sup *s, struct sup_note *n)
{
	switch (n->row->look) {
	case LOOK_NONE:
		return;
	case LOOK_UNSHARE:
		if (n->p && (n->req->data.args[0] & CLONE_FILES))
			n->p->private_files = true;
		if (n->req->data.args[0] & CALL_NEW_NAMESPACES)
			look_place(s, n);
		return;
	case LOOK_PLACE:
		look_place(s, n);
		return;
	case LOOK_CALL:
		if (!n->undeclared) /* else it is recorded already */
			look_call(s, n);
		return;
	case LOOK_EXEC:
		look_exec(s, n);
		return;
	case LOOK_CLONE:
		look_clone(s, n);
		return;
	case LOOK_OWN_FILES:
		if (n->p)
			n->p->private_files = true;
		return;
	case LOOK_EXIT:
		if (n->p) {
			proc_add_children(s, n->p);
			n->p->exit_code = (int)(n->req->data.args[0] & 0xff);
		}
		return;
	case LOOK_THREAD_EXIT:
		if (n->p)
			proc_forget_thread(s, n->p, (pid_t)n->req->pid);
		return;
	case LOOK_SOCKET:
		look_socket(s, n);
		return;
	case LOOK_SOCK:
		look_sock(s, n);
		return;
	case LOOK_FILE:
		look_file(s, n);
		return;
	}
}

/* A process must be able to end, and signal handlers to return. */
static bool may_be_refused(int nr)
{
	return nr != SYS_exit && nr != SYS_exit_group && nr != SYS_rt_sigreturn && nr != SYS_restart_syscall;
}

/* Does the policy allow this call? Calls of tcbox's own code in the box are not the product's. */
static bool declared_by_policy(const struct sup *s, const struct sup_note *n)
{
	const enum pol_sys *sys = s->opt->filter.sys;

	return !sys || (n->p && n->p->ours) || (n->row && sys[n->req->data.nr] == POL_SYS_ALLOWED);
}

static void count_call(struct sup *s, const struct sup_note *n)
{
	int nr = n->req->data.nr;

	if (n->p && n->p->ours)
		return;
	s->n.all[n->row ? nr : TB_SYSCALL_MAX]++;
	if (n->row && n->p && n->p->counts)
		n->p->counts[nr]++;
}

/* decide() - record a call. Return: the errno to answer, 0: it may be made, SUP_PRETEND: it is answered with 0 */
static int decide(struct sup *s, struct sup_note *n)
{
	bool declared = declared_by_policy(s, n);
	struct call_verdict v = compat_verdict(s, n);

	n->group = v.group;
	n->error = v.error;
	n->undeclared = !declared && n->row;
	if (v.error) {
		if (!v.quiet) {
			s->n.attempts++;
			look_call(s, n);
		}
		return v.error;
	}
	if (n->undeclared) {
		s->n.undeclared++;
		if (s->opt->filter.enforce && may_be_refused(n->req->data.nr))
			n->error = EPERM;
		look_call(s, n);
	}
	if (!n->row) /* CALL_SKIPPED: the only number without a row that is not refused */
		return 0;
	if (v.pretend && !n->error)
		return SUP_PRETEND;
	if (n->row->class == CALL_PLAIN || (calls_passes(n->row, n->req->data.args) && !compat_claims(n)))
		return n->error;
	if (n->p && n->p->ours && !n->p->canary && n->row->look != LOOK_EXEC)
		return n->error; /* the launcher, before the product's first program */
	look(s, n);
	return n->error;
}

/* handle() - Return: as decide(), or SUP_ANSWERED */
static int handle(struct sup *s, struct seccomp_notif *req)
{
	struct sup_note n = { .req = req, .p = proc_of_caller(s, (pid_t)req->pid) };
	int error;

	compat_read(s, req, &n);
	if (calls_abi(&req->data) == CALL_ABI_NATIVE)
		n.row = calls_row(req->data.nr);
	if (!n.p)
		n.p = proc_add(s, (pid_t)req->pid);
	if (n.p && n.p->exec_pending) /* also when a new thread is the first to be heard of */
		exec_verify(s, n.p, (pid_t)req->pid);
	if (s->n.all)
		count_call(s, &n);
	error = decide(s, &n);
	return !error && n.i386.behalf ? compat_make(s, &n) : error;
}

static void answer(struct sup *s, const struct seccomp_notif *req, int error)
{
	struct seccomp_notif_resp resp = {
		.id = req->id,
		.error = error == SUP_PRETEND ? 0 : -error,
		.flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};
	int rc;

	if (error == SUP_ANSWERED)
		return;
	do {
		rc = ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
	} while (rc < 0 && errno == EINTR);
	if (rc < 0) {
		s->n.gone++;
		return;
	}
	if (req->data.nr == SYS_exit_group && req->data.arch == AUDIT_ARCH_X86_64) {
		struct proc *p = proc_find(&s->procs, (pid_t)req->pid);

		if (p)
			p->exiting = true;
	}
}

/* Return: negative errno if the listener is broken */
static int serve_one(struct sup *s)
{
	struct seccomp_notif req;
	uint64_t unread;
	int error;

	memset(&req, 0, sizeof(req)); /* the kernel insists on zeros */
	if (ioctl(s->listener, SECCOMP_IOCTL_NOTIF_RECV, &req) < 0)
		return errno == EINTR || errno == ENOENT ?
			       0 :
			       -errno; /* ENOENT: the caller was killed meanwhile */
	s->now = rec_time(s->out, tb_realtime_ns());
	s->n.notifications++;
	if (s->npending)
		(void)sock_settle(s, (pid_t)req.pid);
	unread = s->n.calls_unread;
	error = handle(s, &req);
	if (s->n.calls_unread != unread && !sup_alive(s, &req))
		s->n.calls_unread = unread; /* killed meanwhile: the call will never be made */
	answer(s, &req, error);
	return 0;
}

/* Waits for something to do. Return: the number of ready descriptors in @fds */
static int wait_for_work(struct sup *s, struct pollfd fds[2], int64_t *flush_at)
{
	int64_t settle = sock_settle(s, 0), wait = settle >= 0 && settle < SUP_LOOK_NS ? settle : SUP_LOOK_NS, now;
	int64_t look = exec_look(s);
	struct timespec ts;
	int n;

	if (look >= 0 && look < wait)
		wait = look;
	if (s->unflushed) {
		now = tb_monotonic_ns();
		if (!*flush_at)
			*flush_at = now + SUP_FLUSH_NS;
		if (now >= *flush_at) {
			remember(s, rec_flush(s->out));
			s->unflushed = false;
			*flush_at = 0;
		} else if (wait > *flush_at - now) {
			wait = *flush_at - now;
		}
	}
	ts = (struct timespec){ wait / TB_NS_PER_S, wait % TB_NS_PER_S };
	n = ppoll(fds, 2, &ts, NULL);
	if (n == 0)
		s->now = rec_time(s->out, tb_realtime_ns());
	return n < 0 && errno != EINTR ? -errno : n;
}

static int serve(struct sup *s)
{
	struct pollfd fds[2] = { { .fd = s->listener, .events = POLLIN },
				 { .fd = s->epfd, .events = POLLIN } };
	int64_t flush_at = 0;

	while (!s->failed) {
		int rc = wait_for_work(s, fds, &flush_at);

		if (rc < 0 && rc != -1)
			return rc;
		if (s->now - s->looked > SUP_LOOK_NS) {
			proc_look_around(s);
			s->looked = s->now;
		}
		if (rc <= 0)
			continue;
		if (fds[1].revents)
			proc_reap(s); /* before new calls: their numbers may be used again */
		if (fds[0].revents & POLLIN) {
			rc = serve_one(s);
			if (rc < 0)
				return rc;
		} else if (fds[0].revents) {
			fds[0].fd = -1; /* POLLHUP: nobody has the filter any more */
		} else if (s->stop) {
			return 0;
		}
	}
	return s->failed;
}

static void record_counters(struct sup *s)
{
	struct ev_pair pairs[16 + TB_SYSCALL_MAX + 1] = {
		{ "notifications", s->n.notifications },
		{ "processes", s->procs.last_id },
		{ "processes_unwatched", s->procs.unwatched },
		{ "calls_unread", s->n.calls_unread },
		{ "attempts", s->n.attempts },
		{ "calls_undeclared", s->n.undeclared },
		{ "callers_gone", s->n.gone },
		{ "local_unknown", s->n.local_unknown },
		{ "execs_unverified", s->n.execs_unverified },
		{ "memory_peak_kib", tb_memory_peak_kib() },
	};
	static char names[TB_SYSCALL_MAX + 1][48];
	struct ev ev = { .kind = EV_COUNTERS };
	size_t n = 10;

	for (int nr = 0; s->n.all && nr <= TB_SYSCALL_MAX; nr++) {
		if (!s->n.all[nr])
			continue;
		(void)snprintf(names[nr], sizeof(names[nr]), "calls_all_%s",
			       nr < TB_SYSCALL_MAX ? calls_row(nr)->name : "unknown");
		pairs[n++] = (struct ev_pair){ names[nr], s->n.all[nr] };
	}
	ev.u.counters.v = pairs;
	ev.u.counters.n = n;
	ev.u.counters.final = true;
	sup_append(s, 0, &ev);
}

/* The box is dead: what is still open is closed in the record. */
static void finish(struct sup *s)
{
	sock_settle_all(s);
	proc_reap(s);
	remember(s, fold_flush(s->fold, 0));
	record_counters(s);
	remember(s, rec_flush(s->out));
}

static int check_sizes(struct tb_err *err)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return tb_err_set(err, errno, "ask for the size of notifications");
	/*
	 * The kernel copies as much as it has; a newer one must be asked for what we know only. None is
	 * larger so far.
	 */
	if (sizes.seccomp_notif > sizeof(struct seccomp_notif) ||
	    sizes.seccomp_notif_resp > sizeof(struct seccomp_notif_resp))
		return tb_err_msg(err, EPROTO, "this kernel's notifications are larger than tcbox knows");
	return 0;
}

static void set_up_process(const struct sup *s)
{
	__u64 sync_wake_up = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
	struct rlimit files;

	/*
	 * A wake-up on the caller's own CPU: 2.9 instead of 37 microseconds a call. Without it (EINVAL) it is
	 * only slow.
	 */
	if (ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, sync_wake_up) < 0)
		tb_info("supervisor", "no synchronous wake-up: notified calls are slow");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) { /* one pidfd for each process */
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

static int sup_init(struct sup *s, const struct sup_options *opt, struct tb_err *err)
{
	struct epoll_event stop = { .events = EPOLLIN, .data.ptr = NULL }; /* proc_reap() knows it */
	int rc = check_sizes(err);

	if (rc < 0)
		return rc;
	s->opt = opt;
	s->listener = opt->listener;
	s->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epfd < 0 || epoll_ctl(s->epfd, EPOLL_CTL_ADD, opt->stop_fd, &stop) < 0)
		return tb_err_set(err, errno, "watch for the end of the box");
	s->out = rec_out_new(opt->record_fd, EV_SRC_BOX, opt->t0_ns);
	s->fold = s->out ? fold_new(s->out) : NULL;
	s->procs.by_tid = tb_map_new(SUP_THREADS_MAX);
	s->hashes = exec_cache_new();
	if (opt->filter.observe_all)
		s->n.all = calloc(TB_SYSCALL_MAX + 1, sizeof(*s->n.all));
	if (!s->fold || !s->procs.by_tid || !s->hashes || (opt->filter.observe_all && !s->n.all))
		return tb_err_set(err, ENOMEM, "start the supervisor");
	return 0;
}

static void sup_release(struct sup *s)
{
	if (s->procs.by_tid)
		proc_free_all(s);
	exec_cache_free(s->hashes);
	fold_free(s->fold);
	rec_out_free(s->out);
	free(s->n.all);
	tb_close(&s->epfd);
	tb_close(&s->root);
	tb_close(&s->listener);
}

int sup_main(const struct sup_options *opt, struct tb_err *err)
{
	static struct sup s; /* one in a process; large */
	int rc;

	s = (struct sup){ .listener = opt->listener, .epfd = -1, .root = -1 };
	rc = sup_init(&s, opt, err);
	if (rc < 0)
		goto out;
	set_up_process(&s);
	s.now = rec_time(s.out, tb_realtime_ns());
	rc = place_open(&s, opt->first_pid);
	if (rc == 0)
		rc = compat_open(&s, opt->first_pid);
	if (rc < 0 || !proc_add(&s, opt->first_pid)) {
		rc = tb_err_set(err, rc < 0 ? -rc : ESRCH, "look at the first process of the box");
		goto out;
	}
	rc = tb_write_all(opt->ready_fd, "", 1);
	if (rc < 0) {
		rc = tb_err_set(err, -rc, "tell that the supervisor is ready");
		goto out;
	}
	rc = serve(&s);
	if (rc == 0) {
		finish(&s);
		rc = s.failed;
	}
	if (rc < 0)
		rc = tb_err_set(err, -rc,
				s.failed ? "write the record of system calls" :
					   "serve system call notifications");
out:
	sup_release(&s);
	return rc;
}
