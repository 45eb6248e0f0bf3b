/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor.c - receives system call notifications, records, answers
 *
 * How it works: one thread. A notified call stops its thread until it is answered; so what the
 * supervisor cannot keep up with is slowed down, not lost. The answer depends on numbers and plain
 * argument values alone (calls_verdict(), the policy's list by number); memory of the product is
 * only looked at for the record.
 *
 * Limits: seccomp runs before the call, so whether it succeeded is not seen, but where the
 * supervisor makes it (sockets.c); the packets, the mounts and /proc tell.
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
#include <sys/socket.h>
#include <sys/syscall.h>

#include "sandbox/filter/calls_ioctl.h"
#include "sandbox/watch/clocks.h"
#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/exec.h"
#include "sandbox/watch/files.h"
#include "sandbox/watch/fold.h"
#include "sandbox/watch/holders.h"
#include "sandbox/watch/i386.h"
#include "sandbox/watch/identity.h"
#include "sandbox/watch/maps.h"
#include "sandbox/watch/outcome.h"
#include "sandbox/watch/ports.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/sockets.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/log.h"
#include "tcbox/memory.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

#define SUP_THREADS_MAX (1u << 18)
#define SUP_FLUSH_NS (INT64_C(20) * TB_NS_PER_MS) /* the record is at most this much behind */

#define SUP_LOOK_NS (INT64_C(500) * TB_NS_PER_MS) /* a process that makes no watched call is known
						   * after so long */

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

struct sup {
	struct watch w;
	struct proc_table procs;
	struct elsewhere where;
	int64_t looked; /* event clock: when all processes were looked at */
	int64_t exec_at; /* CLOCK_MONOTONIC: when execs that wait are worked on, though others are
			  * busy */
	int64_t flush_at; /* CLOCK_MONOTONIC: when the record is written; 0: nothing waits for it */
};

/* New namespaces, a thread with a descriptor table of its own, or a process without one: what else
 * there is passes, see the call table. */
static void look_clone(struct watch *w, const struct watch_note *n)
{
	uint64_t files = n->req->data.args[0] & (CLONE_THREAD | CLONE_FILES);

	if (n->p && !n->error && files == CLONE_THREAD)
		n->p->private_files = true;
	if (!n->error && files == CLONE_FILES)
		holders_shared(w->holders);
	if (n->req->data.args[0] & CALL_NEW_NAMESPACES)
		elsewhere_call(w, n);
}

static void look_ioctl(struct watch *w, const struct watch_note *n)
{
	const struct call_ioctl *c = calls_ioctl((uint32_t)n->req->data.args[1]);

	if (c && c->does == IOCTL_ATTRIBUTES)
		files_call(w, n);
	else if (c && !n->undeclared)
		watch_call(w, n);
}

/* Watched calls whose arguments or consequences are looked at. */
static void look(struct watch *w, struct watch_note *n)
{
	switch (n->row->look) {
	case LOOK_NONE:
		return;
	case LOOK_UNSHARE:
		if (n->p && (n->req->data.args[0] & CLONE_FILES))
			n->p->private_files = true;
		if (n->req->data.args[0] & CALL_NEW_NAMESPACES)
			elsewhere_call(w, n);
		return;
	case LOOK_ELSEWHERE:
		elsewhere_call(w, n);
		return;
	case LOOK_IDENTITY:
		if (n->harmless)
			return;
		__attribute__((fallthrough));
	case LOOK_CALL:
		if (n->req->data.nr == SYS_pidfd_getfd)
			holders_passed(w->holders);
		if (!n->undeclared) /* else it is recorded already */
			watch_call(w, n);
		return;
	case LOOK_EXEC:
		exec_call(w, n);
		return;
	case LOOK_CLONE:
		look_clone(w, n);
		return;
	case LOOK_OWN_FILES:
		if (n->p)
			n->p->private_files = true;
		return;
	case LOOK_EXIT:
		if (n->p) {
			outcome_settle_proc(w, n->p->id); /* while its files are open */
			holders_look_at(w, n->p);
			maps_look(w, n->p);
			clocks_look(w, n->p);
			proc_add_children(w, n->p);
			n->p->exit_code = (int)(n->req->data.args[0] & 0xff);
		}
		return;
	case LOOK_THREAD_EXIT:
		if (n->p)
			proc_forget_thread(w, n->p, (pid_t)n->req->pid);
		return;
	case LOOK_SOCKET:
		sockets_made(w, n);
		return;
	case LOOK_SOCK:
		sockets_call(w, n);
		if (n->req->data.nr == SYS_bind || n->req->data.nr == SYS_listen)
			ports_soon(w->ports);
		return;
	case LOOK_FILE:
		files_call(w, n);
		return;
	case LOOK_IOCTL:
		look_ioctl(w, n);
		return;
	}
}

/* A process must be able to end, and signal handlers to return. */
static bool may_be_refused(int nr)
{
	return nr != SYS_exit && nr != SYS_exit_group && nr != SYS_rt_sigreturn &&
		nr != SYS_restart_syscall;
}

/* Does the policy allow this call? Calls of tcbox's own code in the box are not the product's. */
static bool declared_by_policy(const struct watch *w, const struct watch_note *n)
{
	const enum pol_sys *sys = w->filter->sys;

	return !sys || (n->p && n->p->ours) || (n->row && sys[n->req->data.nr] == POL_SYS_ALLOWED);
}

/*
 * is_harmless() - a call that needs no declaration, because it does nothing outside of its own
 * process or box
 *
 * Sockets of AF_UNIX end in the box: its network namespace has the abstract names, and sockets of
 * the machine's files are not those of the overlays. C libraries ask the name service daemon by
 * them. That the descriptor is such a socket may change before the kernel looks; then it is one
 * that socket(2) made, and was judged there.
 */
static bool is_harmless(const struct watch_note *n)
{
	const struct seccomp_data *d = &n->req->data;

	if (!n->row || n->abi)
		return false;
	switch (d->nr) {
	case SYS_socket:
		return (uint32_t)d->args[0] == AF_UNIX;
	case SYS_connect:
	case SYS_bind: /* the file that it may make is judged as one: files_bound() */
	case SYS_listen:
	case SYS_accept:
	case SYS_accept4:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_sendmmsg:
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_recvmmsg:
	case SYS_getsockname:
	case SYS_getpeername:
	case SYS_getsockopt:
	case SYS_setsockopt:
	case SYS_shutdown:
		return sockets_are_local(n);
	default:
		return n->row->look == LOOK_IDENTITY && identity_kept((pid_t)n->req->pid, d);
	}
}

static void count_call(struct watch *w, const struct watch_note *n)
{
	int nr = n->req->data.nr;

	if (n->p && n->p->ours)
		return;
	w->n.all[n->row ? nr : TB_SYSCALL_MAX]++;
	if (n->row && n->p && n->p->counts)
		n->p->counts[nr]++;
}

/* goes_on() - a call that is not dangerous: look at it. Return: what is answered */
static struct watch_answer goes_on(struct watch *w, struct watch_note *n, bool pretend)
{
	if (n->undeclared) {
		w->n.undeclared++;
		if (w->filter->enforce && may_be_refused(n->req->data.nr)) {
			n->error = EPERM;
			n->group = "undeclared";	/* by the policy, not for its danger */
		}
		watch_call(w, n);
	}
	if (!n->row) /* CALL_SKIPPED: the only number without a row that is not refused */
		return watch_answer(0);
	if (pretend && !n->error)
		return (struct watch_answer){ .kind = ANSWER_PRETEND };
	if (n->row->class == CALL_PLAIN ||
	    (calls_passes(n->row, n->req->data.args) && !i386_claims(n)))
		return watch_answer(n->error);
	if (n->p && n->p->ours && !n->p->canary && n->row->look != LOOK_EXEC)
		return watch_answer(n->error); /* the launcher, before the product's first
					        * program */
	look(w, n);
	if (n->later)
		return (struct watch_answer){ .kind = ANSWER_LATER };
	if (n->made && !n->error)
		return (struct watch_answer){ .kind = ANSWER_PRETEND };
	return watch_answer(n->error);
}

/* decide() - record a call. Return: what is answered */
static struct watch_answer decide(struct watch *w, struct watch_note *n)
{
	struct call_verdict v = i386_verdict(w, n);

	n->group = v.group;
	n->error = v.error;
	n->undeclared = n->row && !declared_by_policy(w, n);
	if (n->undeclared || (n->row && n->row->look == LOOK_IDENTITY))
		n->harmless = is_harmless(n);
	if (n->harmless && w->filter->sys && w->filter->sys[n->req->data.nr] == POL_SYS_DENIED)
		n->harmless = false;
	n->undeclared = n->undeclared && !n->harmless;
	if (!v.error)
		return goes_on(w, n, v.pretend);
	if (!v.quiet) {
		w->n.attempts++;
		watch_call(w, n);
	}
	return watch_answer(v.error);
}

static struct watch_answer handle(struct watch *w, struct seccomp_notif *req)
{
	struct watch_note n = { .req = req, .p = proc_of_caller(w, (pid_t)req->pid) };
	struct watch_answer a;

	i386_unpack(w, req, &n);
	if (calls_abi(&req->data) == CALL_ABI_NATIVE)
		n.row = calls_row(req->data.nr);
	if (!n.p)
		n.p = proc_add(w, (pid_t)req->pid);
	if (n.p && n.p->claims) /* also when a new thread is the first to be heard of */
		exec_verify(w, n.p, (pid_t)req->pid);
	if (w->n.all)
		count_call(w, &n);
	a = decide(w, &n);
	return a.kind == ANSWER_GO_ON && n.i386.behalf ? i386_make(w, &n) : a;
}

static void answer(struct watch *w, const struct seccomp_notif *req, struct watch_answer a)
{
	struct seccomp_notif_resp resp = { .id = req->id, .error = -a.error };
	struct proc *p;
	int rc;

	if (a.kind == ANSWER_GIVEN || a.kind == ANSWER_LATER)
		return;
	if (a.kind == ANSWER_GO_ON)
		resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	do {
		rc = ioctl(w->listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
	} while (rc < 0 && errno == EINTR);
	w->n.gone += rc < 0;
	if (rc >= 0 && (req->data.nr != SYS_exit_group || req->data.arch != AUDIT_ARCH_X86_64))
		return;
	p = proc_find(w->procs, (pid_t)req->pid);
	if (p && rc >= 0)
		p->exiting = true;
	else if (p && p->claims)
		exec_not_made(w, p, (pid_t)req->pid);
}

/* receive() - Return: 1; 0: nobody waits for an answer (any more); negative errno: the listener is
 * broken */
static int receive(struct watch *w, struct seccomp_notif *req)
{
	memset(req, 0, sizeof(*req)); /* the kernel insists on zeros */
	if (ioctl(w->listener, SECCOMP_IOCTL_NOTIF_RECV, req) == 0)
		return 1;
	/* ENOENT: the caller was killed meanwhile */
	return errno == EINTR || errno == ENOENT ? 0 : -errno;
}

/* serve_one() - Return: 0; negative errno: the listener is broken */
static int serve_one(struct watch *w)
{
	struct seccomp_notif req;
	struct watch_answer a;
	uint64_t unread;
	int rc = receive(w, &req);

	if (rc <= 0)
		return rc;
	w->now = rec_time(w->out, tb_realtime_ns());
	w->n.notifications++;
	(void)sockets_settle(w, (pid_t)req.pid);
	(void)outcome_settle(w, (pid_t)req.pid);
	unread = w->n.calls_unread;
	a = handle(w, &req);
	if (w->n.calls_unread != unread && !watch_alive(w, &req))
		w->n.calls_unread = unread; /* killed meanwhile: the call will never be made */
	answer(w, &req, a);
	return 0;
}

/* look_again() - an exec that has waited. The caller of a call that is not answered has no other
 * program, but its process may have been forgotten in between */
static void look_again(struct watch *w, struct watch_note *n)
{
	uint64_t unread = w->n.calls_unread;

	if (!watch_alive(w, n->req)) {
		w->n.gone++;
		return;
	}
	n->p = proc_of_caller(w, (pid_t)n->req->pid);
	exec_call(w, n);
	if (n->later)
		return;
	if (w->n.calls_unread != unread && !watch_alive(w, n->req))
		w->n.calls_unread = unread;
	answer(w, n->req, watch_answer(n->error));
}

/* work_on_execs() - a piece of what execs wait for. @busy: others want answers: they get half of
 * the time at least */
static void work_on_execs(struct sup *s, bool busy)
{
	int64_t begin = tb_monotonic_ns(), end;
	struct seccomp_notif req;
	struct watch_note n;

	if (!exec_waiting(&s->w) || (busy && begin < s->exec_at))
		return;
	s->w.now = rec_time(s->w.out, tb_realtime_ns());
	if (exec_work(&s->w, &n, &req))
		look_again(&s->w, &n);
	end = tb_monotonic_ns();
	s->exec_at = end + (end - begin);
}

/* next_work() - do what is due without a notification. Return: nanoseconds until the next */
static int64_t next_work(struct sup *s)
{
	int64_t files = outcome_settle(&s->w, 0);
	int64_t wait = SUP_LOOK_NS, settle = sockets_settle(&s->w, 0), look = exec_look(&s->w), now;
	int64_t ports = ports_due(s->w.ports), holders = holders_due(s->w.holders);

	if (exec_waiting(&s->w))
		wait = 0;
	if (settle >= 0 && settle < wait)
		wait = settle;
	if (look >= 0 && look < wait)
		wait = look;
	if (files >= 0 && files < wait)
		wait = files;
	if (ports == 0)
		ports_look(&s->w, s->w.ports);
	if (ports > 0 && ports < wait)
		wait = ports;
	if (holders == 0)
		holders_look(&s->w);
	if (holders > 0 && holders < wait)
		wait = holders;
	if (!s->w.unflushed)
		return wait;
	now = tb_monotonic_ns();
	if (!s->flush_at)
		s->flush_at = now + SUP_FLUSH_NS;
	if (now >= s->flush_at) {
		watch_write(&s->w);
		s->flush_at = 0;
		return wait;
	}
	return wait < s->flush_at - now ? wait : s->flush_at - now;
}

enum { LISTENER, PROCS, LAST, FDS };

/* wait_for_work() - Return: the number of ready descriptors in @fds, 0: none, or a signal came;
 * negative errno */
static int wait_for_work(struct sup *s, struct pollfd fds[FDS])
{
	int64_t wait = next_work(s);
	struct timespec ts = { wait / TB_NS_PER_S, wait % TB_NS_PER_S };
	int n = ppoll(fds, FDS, &ts, NULL);

	if (n == 0)
		s->w.now = rec_time(s->w.out, tb_realtime_ns());
	if (n >= 0)
		return n;
	return errno == EINTR ? 0 : -errno;
}

/* receive_last() - nobody of the box has the filter any more, and what is heard of from here on is
 * tcbox's own control */
static void receive_last(struct sup *s, struct pollfd fds[FDS])
{
	int listener = tb_recv_fd(fds[LAST].fd);

	fds[LAST].fd = -1;
	if (listener < 0)
		return;
	tb_close(&s->w.listener);
	s->w.listener = fds[LISTENER].fd = listener;
	s->procs.last_canary = true;
}

static int serve(struct sup *s, int last_fd)
{
	struct pollfd fds[FDS] = { { .fd = s->w.listener, .events = POLLIN },
				   { .fd = s->procs.epfd, .events = POLLIN },
				   { .fd = last_fd, .events = POLLIN } };

	while (!s->w.failed) {
		int rc = wait_for_work(s, fds);

		if (rc < 0)
			return rc;
		if (s->w.now - s->looked > SUP_LOOK_NS) {
			proc_look_around(&s->w);
			maps_look_around(&s->w);
			clocks_look_around(&s->w);
			ports_look(&s->w, s->w.ports);
			s->looked = s->w.now;
		}
		work_on_execs(s, rc > 0);
		if (rc == 0)
			continue;
		if (fds[PROCS].revents)
			proc_reap(&s->w); /* before new calls: their numbers may be used again */
		if (fds[LISTENER].revents & POLLIN) {
			rc = serve_one(&s->w);
			if (rc < 0)
				return rc;
		} else if (fds[LISTENER].revents) {
			fds[LISTENER].fd = -1; /* POLLHUP: nobody has the filter any more */
		} else if (fds[LAST].revents) {
			receive_last(s, fds);
		} else if (s->procs.ended) {
			return 0;
		}
	}
	return s->w.failed;
}

static void record_counters(struct watch *w)
{
	struct ev_pair pairs[16 + TB_SYSCALL_MAX + 1] = {
		{ "notifications", w->n.notifications },
		{ "processes", w->procs->last_id },
		{ "processes_unwatched", w->procs->unwatched },
		{ "calls_unread", w->n.calls_unread },
		{ "attempts", w->n.attempts },
		{ "calls_undeclared", w->n.undeclared },
		{ "callers_gone", w->n.gone },
		{ "local_unknown", w->n.local_unknown },
		{ "execs_unverified", w->n.execs_unverified },
		{ "ports_looks", ports_looks(w->ports) },
		{ "memory_peak_kib", tb_memory_peak_kib() },
	};
	static char names[TB_SYSCALL_MAX + 1][48];
	struct ev ev = { .kind = EV_COUNTERS };
	size_t n = 11;

	for (int nr = 0; w->n.all && nr <= TB_SYSCALL_MAX; nr++) {
		if (!w->n.all[nr])
			continue;
		(void)snprintf(names[nr], sizeof(names[nr]), "calls_all_%s",
			       nr < TB_SYSCALL_MAX ? calls_row(nr)->name : "unknown");
		pairs[n++] = (struct ev_pair){ names[nr], w->n.all[nr] };
	}
	ev.u.counters.v = pairs;
	ev.u.counters.n = n;
	ev.u.counters.final = true;
	watch_append(w, 0, &ev);
}

/* The box is dead: what is still open is closed in the record. */
static void finish(struct watch *w)
{
	sockets_settle_proc(w, 0);
	outcome_settle_proc(w, 0);
	proc_reap(w);
	ports_look_last(w, w->ports);	/* also of a run that was too short for any */
	watch_flush(w, 0);
	record_counters(w);
	watch_write(w);
}

static int check_sizes(struct tb_err *err)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return tb_err_set(err, errno, "ask for the size of notifications");
	/*
	 * The kernel copies as much as it has; a newer one must be asked for what we know only.
	 * None is larger so far.
	 */
	if (sizes.seccomp_notif > sizeof(struct seccomp_notif) ||
	    sizes.seccomp_notif_resp > sizeof(struct seccomp_notif_resp))
		return tb_err_msg(err, EPROTO,
				  "this kernel's notifications are larger than tcbox knows");
	return 0;
}

static void set_up_process(const struct watch *w)
{
	__u64 sync_wake_up = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
	struct rlimit files;

	/*
	 * A wake-up on the caller's own CPU: 2.9 instead of 37 microseconds a call. Without it
	 * (EINVAL) it is only slow.
	 */
	if (ioctl(w->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, sync_wake_up) < 0)
		tb_info("supervisor", "no synchronous wake-up: notified calls are slow");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) { /* one pidfd for each process */
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

static int sup_init(struct sup *s, const struct sup_options *opt, struct tb_err *err)
{
	/* proc_reap() knows it */
	struct epoll_event stop = { .events = EPOLLIN, .data.ptr = NULL };
	struct watch *w = &s->w;
	int rc = check_sizes(err);

	*w = (struct watch){ .filter = &opt->filter, .listener = opt->listener, .procs = &s->procs,
			     .where = &s->where };
	s->where.root = -1;
	s->procs.canary = opt->canary;
	s->procs.epfd = rc < 0 ? -1 : epoll_create1(EPOLL_CLOEXEC);
	if (rc < 0)
		return rc;
	if (s->procs.epfd < 0 || epoll_ctl(s->procs.epfd, EPOLL_CTL_ADD, opt->stop_fd, &stop) < 0)
		return tb_err_set(err, errno, "watch for the end of the box");
	w->out = rec_out_new(opt->record_fd, EV_SRC_BOX, opt->t0_ns);
	w->fold = w->out ? fold_new(w->out) : NULL;
	s->procs.by_tid = tb_map_new(SUP_THREADS_MAX);
	w->exec = exec_new();
	w->sockets = sockets_new();
	w->holders = holders_new();
	w->maps = maps_new();
	w->clocks = clocks_new();
	w->outcomes = outcomes_new();
	w->ports = ports_new(opt->diag_fd);
	if (opt->filter.observe_all)
		w->n.all = calloc(TB_SYSCALL_MAX + 1, sizeof(*w->n.all));
	if (!w->fold || !s->procs.by_tid || !w->exec || !w->sockets || !w->holders ||
	    !w->outcomes || !w->ports || !w->maps || !w->clocks ||
	    (opt->filter.observe_all && !w->n.all))
		return tb_err_set(err, ENOMEM, "start the supervisor");
	return 0;
}

static void sup_release(struct sup *s)
{
	if (s->procs.by_tid)
		proc_free_all(&s->w);
	sockets_free(s->w.sockets);
	holders_free(s->w.holders);
	maps_free(s->w.maps);
	clocks_free(s->w.clocks);
	outcomes_free(s->w.outcomes);
	ports_free(s->w.ports);
	exec_free(s->w.exec);
	fold_free(s->w.fold);
	rec_out_free(s->w.out);
	free(s->w.n.all);
	tb_close(&s->procs.epfd);
	elsewhere_close(&s->where);
	tb_close(&s->w.listener);
}

/* start() - get to know the first process, and tell that notifications are served */
static int start(struct sup *s, const struct sup_options *opt, struct tb_err *err)
{
	int rc;

	s->w.now = rec_time(s->w.out, tb_realtime_ns());
	rc = elsewhere_open(&s->where, opt->first_pid);
	if (rc == 0)
		rc = clocks_open(&s->w, &opt->clock, opt->first_pid);
	if (rc == 0)
		rc = i386_enter(&s->w, opt->first_pid);
	if (rc == 0 && !proc_add(&s->w, opt->first_pid))
		rc = -ESRCH;
	if (rc < 0)
		return tb_err_set(err, -rc, "look at the first process of the box");
	rc = tb_write_all(opt->ready_fd, "", 1);
	if (rc < 0)
		return tb_err_set(err, -rc, "tell that the supervisor is ready");
	return 0;
}

int sup_main(const struct sup_options *opt, struct tb_err *err)
{
	struct sup s = { .flush_at = 0 };
	int rc = sup_init(&s, opt, err);

	if (rc == 0) {
		set_up_process(&s.w);
		rc = start(&s, opt, err);
	}
	if (rc == 0) {
		rc = serve(&s, opt->last_fd);
		if (rc == 0)
			finish(&s.w);
		if (rc == 0 && s.w.failed)
			rc = s.w.failed;
		if (s.w.failed)
			rc = tb_err_set(err, -rc, "write the record of system calls");
		else if (rc < 0)
			rc = tb_err_set(err, -rc, "serve system call notifications");
	}
	sup_release(&s);
	return rc;
}
