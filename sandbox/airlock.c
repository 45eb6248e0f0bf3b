/* SPDX-License-Identifier: Apache-2.0 */
/*
 * airlock.c - pid 1 of the airlock: builds it, watches it, tears it down
 *
 * How it works
 *	The airlock is root of the user namespace U and lives in the gate's network namespace.
 *	build() is the security argument: a flat list, each step of which needs the ones before it.
 *	The product's first process ("first") is held at two points: it has loaded its filter but
 *	done nothing, until the supervisor serves it; and the control process has run, until every
 *	part that must be ready is ready. Only then does the product's program start.
 *
 *	Afterwards watch() waits for the box to die. The box's PID namespace makes that exact: when
 *	its init has gone, no process of the product is left. The control is made once more, and
 *	all that watched the product must see it. wind_up() then stops supervisor and parts in
 *	reverse order, so that the capture sees what the lab still sends, and the decoder what the
 *	capture still has.
 *
 * Must not
 *	parse anything that the product wrote, or open anything of the bundle.
 */
#include "sandbox/airlock.h"
#include "sandbox/box/init.h"
#include "sandbox/box/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/children.h"
#include "sandbox/gate/links.h"
#include "sandbox/gate/nft.h"
#include "sandbox/last_canary.h"
#include "sandbox/listener.h"
#include "sandbox/msg.h"
#include "sandbox/watch/ports.h"
#include "sandbox/watch/supervisor.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/log.h"
#include "tcbox/title.h"

/* and, once init has entered the box's control group, CLONE_NEWCGROUP */
#define BOX_NAMESPACES (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS)
#define STOP_DEADLINE_MS 10000	/* for a part that was told to finish: the capture's drain and a
				 * slow disk need time */
#define BUILD_DEADLINE_MS 50000	/* root of the box gets tens of thousands of directories, on a slow
				 * disk perhaps */

struct airlock {
	struct airlock_plan *air;
	const struct sbx_options *opt;
	int sigfd;
	int box;			/* socket to init */
	int first_sock;			/* socket to the product's first process */
	pid_t init;
	pid_t first;			/* the product's first process, in this PID namespace */
	int listener_nr;		/* its notification listener, as a descriptor number of
					 * first */
	int empty;			/* the root directory of every part */
	struct children children;	/* parts, then the supervisor */
	int last;			/* socket to the supervisor, for the last control */
	bool status_told;		/* how the product ended */
	bool ended_box;			/* init was killed by us */
	bool winding_up;		/* the box is dead: children may end */
};

static void fail(struct airlock *w, const struct tb_err *err) __attribute__((noreturn));
static void run_supervisor(const struct airlock *w, int listener, int last,
			   const struct child_ends *ends) __attribute__((noreturn));

static void fail(struct airlock *w, const struct tb_err *err)
{
	(void)msg_send(w->air->ctl, MSG_FAILED, err->code, 0, err->msg);
	_exit(1);		/* pid 1: the kernel kills the rest */
}

static int setup_process(struct airlock *w, struct tb_err *err)
{
	sigset_t set;

	if (setsid() < 0)	/* keys of the technician's terminal are for tcbox only */
		return tb_err_set(err, errno, "create session");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return tb_err_set(err, errno, "make mounts private");
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return tb_err_set(err, errno,
				  "mount /proc of the sandbox (in a container, /proc must not be "
				  "masked)");
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return tb_err_set(err, errno, "block signals");
	w->sigfd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return w->sigfd < 0 ? tb_err_set(err, errno, "create signalfd") : 0;
}

/* make_box_netns() - the box's network namespace belongs to U, not to the product's user namespace:
 * whatever the product becomes inside, it has no power over it */
static int make_box_netns(struct airlock *w, struct tb_err *err)
{
	TB_AUTOCLOSE int gate = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (gate < 0)
		return tb_err_set(err, errno, "open the gate's network namespace");
	if (unshare(CLONE_NEWNET))
		return tb_err_set(err, errno, "create the box's network namespace");
	w->air->box_netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	w->air->diag = ports_socket();	/* without it there is one witness less, and the report says
					 * so */
	if (w->air->box_netns < 0)
		return tb_err_set(err, errno, "open the box's network namespace");
	if (setns(gate, CLONE_NEWNET))
		return tb_err_set(err, errno, "return to the gate's network namespace");
	return 0;
}

/* make_empty_root() - the root directory of parts: a file system that nothing can be put into, and
 * that is mounted nowhere, fsmount(2), so that the box has no copy of it */
static int make_empty_root(struct airlock *w, struct tb_err *err)
{
	TB_AUTOCLOSE int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs >= 0 && !fsconfig(fs, FSCONFIG_SET_STRING, "mode", "555", 0) &&
	    !fsconfig(fs, FSCONFIG_SET_STRING, "size", "4k", 0) &&
	    !fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		w->empty = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
				   MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return w->empty < 0 ? tb_err_set(err, errno, "make an empty root directory") : 0;
}

/* When a part starts. */
enum stage {
	STAGE_SLOW,		/* before all else, because it takes long to get ready */
	STAGE_BESIDE,		/* beside the box */
	STAGE_AFTER,		/* once the box stands */
};

static enum stage stage_of(const struct sbx_part *part)
{
	if (part->slow)
		return STAGE_SLOW;
	return part->wait_ready && !part->after_box ? STAGE_BESIDE : STAGE_AFTER;
}

static int start_parts(struct airlock *w, enum stage stage, struct tb_err *err)
{
	const struct sbx_options *opt = w->opt;
	struct child_ends ends;
	pid_t pid;
	size_t i;

	for (i = 0; i < opt->nparts; i++) {
		const struct sbx_part *part = &opt->parts[i];
		int layer = part->layer ? w->air->layer : -1;

		if (stage_of(part) != stage)
			continue;
		pid = children_start(&w->children, part->name, part->wait_ready, &ends);
		if (pid < 0)
			return tb_err_set(err, -pid, "start %s", part->name);
		if (pid == 0) {
			const struct sbx_part_env env =
			{ .record_fd = opt->io.record_fds[part->src], .ready_fd = ends.ready,
							  .stop_fd = ends.stop, .layer_fd = layer,
							  .t0_ns = opt->t0_ns };

			children_run_part(part, &env, w->empty);
		}
	}
	return 0;
}

/* close_strangers() - tcbox's own descriptors and the technician's: the product's standard input
 * must end when tcbox closes its end */
static void close_strangers(const struct airlock_plan *a)
{
	const struct sbx_options *opt = a->opt;
	int keep[4 + TB_ARRAY_SIZE(opt->io.stdio) + EV_SRCS +
		 CHILDREN_MAX * TB_ARRAY_SIZE(opt->parts->keep_fds)];
	size_t n = 0, i, j;

	keep[n++] = a->ctl;
	keep[n++] = a->tty_sock;
	keep[n++] = opt->mounts.state_lock;
	keep[n++] = a->limits.group.procs;
	for (i = 0; i < TB_ARRAY_SIZE(opt->io.stdio); i++)
		keep[n++] = opt->io.stdio[i];
	for (i = 0; i < EV_SRCS; i++)
		keep[n++] = opt->io.record_fds[i];
	TB_BUG_ON(opt->nparts > CHILDREN_MAX);
	for (i = 0; i < opt->nparts; i++)
		for (j = 0; j < TB_ARRAY_SIZE(opt->parts[i].keep_fds) &&
		     opt->parts[i].keep_fds[j] != -1; j++)
			keep[n++] = opt->parts[i].keep_fds[j];
	tb_close_others(keep, n);
}

/* close_parts_fds() - what belongs to the parts is not the airlock's to hold: pipes must end when
 * their owner does */
static void close_parts_fds(struct airlock *w)
{
	const struct sbx_options *opt = w->opt;
	size_t i, j;

	tb_close(&w->air->layer);
	for (i = 0; i < opt->nparts; i++)
		for (j = 0; j < TB_ARRAY_SIZE(opt->parts[i].keep_fds) &&
		     opt->parts[i].keep_fds[j] != -1; j++)
			(void)close(opt->parts[i].keep_fds[j]);
	for (i = 0; i < EV_SRCS; i++)
		if (i != EV_SRC_BOX && opt->io.record_fds[i] >= 0)
			(void)close(opt->io.record_fds[i]);
}

/* box_socket() - a pair of sockets; messages that arrive at ours name their sender */
static int box_socket(int *ours, int *theirs, struct tb_err *err)
{
	int sv[2], on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return tb_err_set(err, errno, "create socket pair");
	*ours = sv[0];
	*theirs = sv[1];
	if (setsockopt(sv[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)))
		return tb_err_set(err, errno, "ask for credentials");
	return 0;
}

static int start_box(struct airlock *w, struct tb_err *err)
{
	size_t i;
	int ret;

	ret = box_socket(&w->box, &w->air->box_sock, err);
	if (!ret)
		ret = box_socket(&w->first_sock, &w->air->first_sock, err);
	if (ret)
		return ret;
	w->init = (pid_t)syscall(SYS_clone, BOX_NAMESPACES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (w->init < 0)
		return tb_err_set(err, errno,
				  "create the box's namespaces (\"tcbox doctor\" tells why and "
				  "how to fix it)");
	if (w->init == 0) {
		unblock_signals();
		init_main(w->air);
	}
	tb_close(&w->air->box_sock);
	tb_close(&w->air->first_sock);
	tb_close(&w->air->limits.group.procs);
	/* the end of the product's output is the product's end */
	for (i = 0; i < TB_ARRAY_SIZE(w->opt->io.stdio); i++)
		if (w->opt->io.stdio[i] > STDERR_FILENO)
			(void)close(w->opt->io.stdio[i]);
	tb_title("airlock");		/* the arguments are the product's, and it has its copy
					 * now */
	return 0;
}

/* box_said() - what the box says while it is built: a failure becomes the airlock's */
static int box_said(struct airlock *w, const struct msg *m, struct tb_err *err)
{
	if (m->type == MSG_FAILED)
		return tb_err_msg(err, m->a, "%s", m->text);
	if (m->type == MSG_DEGRADED || m->type == MSG_REDUCED)
		(void)msg_send(w->air->ctl, (enum msg_type)m->type, 0, 0, m->text);
	return 0;
}

/* await_listener() - until the first process has its filter. With SO_PASSCRED the kernel tells who
 * it is, as a pid of ours */
static int await_listener(struct airlock *w, struct tb_err *err)
{
	struct pollfd p[] = { { .fd = w->first_sock, .events = POLLIN },
			      { .fd = w->box, .events = POLLIN } };
	struct msg m;
	int ret = 0, n;
	size_t i;

	while (!ret && !w->first) {
		if (p[0].fd < 0 && p[1].fd < 0)		/* and neither has said why */
			return tb_err_msg(err, ECHILD, "the box ended while it was built");
		n = poll(p, TB_ARRAY_SIZE(p), BUILD_DEADLINE_MS);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return tb_err_set(err, n ? errno : ETIMEDOUT, "wait for the box");
		for (i = 0; i < TB_ARRAY_SIZE(p) && !ret && !w->first; i++) {
			if (!p[i].revents)
				continue;
			if (msg_recv(p[i].fd, &m, i ? NULL : &w->first) <= 0)
				p[i].fd = -1;
			else
				ret = box_said(w, &m, err);
		}
	}
	w->listener_nr = m.a;
	return ret;
}

/* run_supervisor() - in the new child */
static void run_supervisor(const struct airlock *w, int listener, int last,
			   const struct child_ends *ends)
{
	const struct sbx_options *opt = w->opt;
	const struct sup_options so = {
		.listener = listener, .record_fd = opt->io.record_fds[EV_SRC_BOX],
		.ready_fd = ends->ready,
		.diag_fd = w->air->diag,
		.stop_fd = ends->stop, .t0_ns = opt->t0_ns, .first_pid = w->first, .canary = true,
		.last_fd = last, .filter = opt->calls, .clock = opt->clock,
	};
	const int keep[] = { listener, last, so.record_fd, so.ready_fd, so.stop_fd, so.diag_fd };
	struct tb_err err = { 0 };

	tb_close_others(keep, TB_ARRAY_SIZE(keep));
	if (sup_main(&so, &err)) {
		tb_warn("supervisor", "%s", err.msg);
		_exit(1);
	}
	_exit(0);
}

static int start_supervisor(struct airlock *w, struct tb_err *err)
{
	const struct sbx_options *opt = w->opt;
	struct child_ends ends;
	int listener, last[2];
	pid_t pid;

	listener = listener_steal(w->first, w->listener_nr, w->first_sock, err);
	if (listener < 0)
		return listener;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, last))
		return tb_err_set(err, errno, "create socket pair");
	pid = children_start(&w->children, "supervisor", true, &ends);
	if (pid < 0)
		return tb_err_set(err, -pid, "start supervisor");
	if (pid == 0)
		run_supervisor(w, listener, last[1], &ends);
	(void)close(listener);
	(void)close(last[1]);
	w->last = last[0];
	tb_close(&w->air->diag);
	(void)close(opt->io.record_fds[EV_SRC_BOX]);
	return 0;
}

static int let_first_go(struct airlock *w, char what, struct tb_err *err)
{
	if (write(w->first_sock, &what, 1) != 1)
		return tb_err_set(err, errno, "start the first process");
	return 0;
}

/* make_layer() - before the box, so that what looks at the layer holds it when the box is dead */
static int make_layer(struct airlock *w, struct tb_err *err)
{
	w->air->layer = layer_make(w->opt->limits.layer_bytes, err);
	return w->air->layer < 0 ? w->air->layer : 0;
}

/* prepare() - while the slow parts get ready: the filter, and what tcbox has to do late */
static int prepare(struct airlock *w, struct tb_err *err)
{
	const struct sbx_options *opt = w->opt;
	int ret = opt->late ? opt->late(opt->late_arg, err) : 0;

	if (!ret)
		ret = flt_build(&opt->calls, &w->air->filter, err);
	if (!ret && !w->air->filter.wait_killable)
		(void)msg_send(w->air->ctl, MSG_DEGRADED, 0, 0,
			       "programs with frequent signals may hang: "
			       "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs Linux 5.19");
	return ret;
}

/* build() - the airlock, step by step. See the head of this file for the order */
static int build(struct airlock *w, struct tb_err *err)
{
	int ret;

	ret = setup_process(w, err);		/* own session, own view of mounts and processes */
	if (!ret)
		ret = make_box_netns(w, err);
	if (!ret)
		ret = make_layer(w, err);
	if (!ret)
		ret = gate_links(w->air->box_netns, w->opt->network.rate_bits, err);
	if (!ret)
		ret = make_empty_root(w, err);
	if (!ret)
		ret = start_parts(w, STAGE_SLOW, err);	/* capture needs the link; nothing has used
							 * it yet, and there is no box to use it */
	if (!ret)
		ret = prepare(w, err);
	if (!ret)
		ret = start_box(w, err);	/* builds its file system while we go on */
	if (!ret)
		ret = start_parts(w, STAGE_BESIDE, err);
	if (!ret)
		ret = gate_rules(&w->opt->network, err);
	if (!ret)
		ret = await_listener(w, err);	/* the box stands, its first process has the
						 * filter */
	if (!ret)
		ret = start_parts(w, STAGE_AFTER, err);	/* later, so as not to take a core from what
							 * is waited for */
	tb_close(&w->empty);
	close_parts_fds(w);
	if (!ret)
		ret = start_supervisor(w, err);
	if (!ret)
		/* from here on everything is seen */
		ret = children_await_ready(&w->children, BUILD_DEADLINE_MS, err);
	if (!ret)
		ret = let_first_go(w, FIRST_GO_CANARY, err);
	return ret;
}

/* from_box() - a message of init, or of the first process before it became the product. Return:
 * false at its end */
static bool from_box(struct airlock *w, int sock, struct tb_err *err)
{
	struct msg m;

	if (msg_recv(sock, &m, NULL) <= 0)
		return false;
	if (box_said(w, &m, err))
		fail(w, err);
	if (m.type == MSG_DEGRADED || m.type == MSG_REDUCED)
		return true;
	w->status_told |= m.type == MSG_STATUS;
	(void)msg_send(w->air->ctl, (enum msg_type)m.type, m.a, m.b, m.text);
	if (m.type == MSG_CANARY && sock == w->first_sock) {
		(void)msg_send(w->air->ctl, MSG_STARTED, 0, 0, NULL);
		if (let_first_go(w, FIRST_GO_PRODUCT, err))
			fail(w, err);
	}
	return true;
}

/* end_box() - the kernel kills every process of the box with its init, pid_namespaces(7) */
static void end_box(struct airlock *w)
{
	w->ended_box = true;
	(void)kill(w->init, SIGKILL);
}

static void from_tcbox(struct airlock *w)
{
	struct msg m;
	int ret = msg_recv(w->air->ctl, &m, NULL);

	if (ret == 0)
		_exit(0);		/* tcbox is gone */
	if (ret < 0 || m.type != MSG_SIGNAL)
		return;
	if (m.a == SIGKILL)
		end_box(w);
	else
		(void)msg_send(w->box, MSG_SIGNAL, m.a, m.b, NULL);
}

/* reap() - collect dead children. Return: true once the box is dead */
static bool reap(struct airlock *w)
{
	struct signalfd_siginfo si;
	bool box_dead = false;
	struct child *c;
	int status;
	pid_t pid;

	while (read(w->sigfd, &si, sizeof(si)) == sizeof(si))
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		box_dead |= pid == w->init;
		if (pid == w->init && status && !w->ended_box)
			(void)msg_send(w->air->ctl, MSG_PART, status, 0, "init");
		c = children_died(&w->children, pid);
		if (c && (!w->winding_up || status))
			(void)msg_send(w->air->ctl, MSG_PART, status, 0, c->name);
	}
	return box_dead;
}

/* watch() - until the box is dead, and everything that it said before is heard */
static void watch(struct airlock *w, struct tb_err *err)
{
	struct pollfd p[] = {
		{ .fd = w->sigfd, .events = POLLIN },
		{ .fd = w->air->ctl, .events = POLLIN },
		{ .fd = w->first_sock, .events = POLLIN },
		{ .fd = w->box, .events = POLLIN },
	};
	bool dead = false;
	size_t i;
	int n;

	for (;;) {
		n = poll(p, TB_ARRAY_SIZE(p), dead ? 0 : -1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			(void)tb_err_set(err, errno, "wait for the box");
			fail(w, err);
		}
		for (i = 2; i < TB_ARRAY_SIZE(p); i++)
			if (p[i].revents && !from_box(w, p[i].fd, err))
				p[i].fd = -1;
		if (p[1].revents)
			from_tcbox(w);
		if (p[0].revents)
			dead |= reap(w);
		if (dead && p[2].fd < 0 && p[3].fd < 0)
			break;
		/* without the supervisor calls would fail strangely, without the capture packets
		 * would pass unseen: a product never runs unobserved */
		if (!dead && !children_watching(&w->children))
			end_box(w);
	}
	/* init was killed before the product had ended; with it the kernel has killed every process
	 * of the box */
	if (!w->status_told)
		(void)msg_send(w->air->ctl, MSG_STATUS, SIGKILL, 0, NULL);
}

/* stop_child() - tell it to finish, wait until it has */
static void stop_child(struct airlock *w, struct child *c)
{
	struct tb_err err = { 0 };
	int64_t deadline = tb_monotonic_ns() + STOP_DEADLINE_MS * TB_NS_PER_MS, left;
	struct pollfd p[] = {
		{ .fd = w->sigfd, .events = POLLIN },
		{ .fd = w->air->ctl, .events = POLLIN },
	};
	int n;

	tb_close(&c->stop);
	while (c->pid) {
		left = (deadline - tb_monotonic_ns()) / TB_NS_PER_MS;
		if (left <= 0) {
			(void)kill(c->pid, SIGKILL);
			left = STOP_DEADLINE_MS;
		}
		n = poll(p, TB_ARRAY_SIZE(p), (int)left);
		if (n < 0 && errno != EINTR) {
			(void)tb_err_set(&err, errno, "wait for %s", c->name);
			fail(w, &err);
		}
		if (n > 0 && p[1].revents)
			from_tcbox(w);
		(void)reap(w);
	}
}

/* wind_up() - witnesses in reverse order, so that the capture sees what the lab still sends; then
 * what feeds on them */
static void wind_up(struct airlock *w)
{
	struct children *l = &w->children;
	size_t i;

	w->winding_up = true;
	for (i = l->n; i-- > 0;)
		if (l->v[i].wait_ready)
			stop_child(w, &l->v[i]);
	for (i = 0; i < l->n; i++)
		if (!l->v[i].wait_ready)
			stop_child(w, &l->v[i]);
}

void airlock_main(struct airlock_plan *a)
{
	struct airlock w = { .air = a, .opt = a->opt, .sigfd = -1, .box = -1, .first_sock = -1,
			     .last = -1, .empty = -1 };
	struct tb_err err = { 0 };

	close_strangers(a);
	if (build(&w, &err))
		fail(&w, &err);
	watch(&w, &err);
	last_canary(a, w.last);
	wind_up(&w);
	(void)msg_send(a->ctl, MSG_DONE, 0, 0, NULL);
	_exit(0);
}
