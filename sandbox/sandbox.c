/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.c - tcbox's side of the airlock: start it, hear from it, end it
 *
 * How it works
 *	tcbox stays outside all namespaces. One clone(2) makes the airlock in a new user namespace U
 *	with PID, mount, network, IPC and UTS namespaces of its own; everything else is built by the
 *	airlock (airlock.c). tcbox writes the id maps of U, because only a process outside may, and
 *	then only talks over a socket. Its end of the socket is also the life-line: when tcbox dies,
 *	the airlock gets SIGKILL (PR_SET_PDEATHSIG) and with it everything inside.
 *
 *	Started by an ordinary user, U maps root of U to that user. Started by root, U maps it to
 *	opt->identity.ids.uid, which is never root of the machine, and the airlock drops the
 *	supplementary groups before it does anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/box/ids.h"
#include "sandbox/msg.h"
#include "sandbox/airlock.h"
#include "sandbox/box/landlock.h"
#include "tcbox/fd.h"
#include "tcbox/log.h"

#define AIRLOCK_NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | \
			    CLONE_NEWIPC | CLONE_NEWUTS)
#define SENTENCES_MAX 16

struct sentences {
	char *v[SENTENCES_MAX];
	size_t n;
};

struct sbx {
	struct airlock_plan air;
	pid_t airlock;
	int ctl;			/* our end of the socket to the airlock */
	int tty_sock;			/* our end of the socket on which the terminal's master
					 * comes */
	int tty;
	int status;
	int exec_errno;
	char *canary, *last_canary;	/* why the control failed, at the start and at the end */
	int64_t box_dead_t;
	bool last_canary_told;
	char part[64];
	struct sentences degraded, reduced;
};

/* wait_for_map() - in the new airlock: until tcbox has written the maps; then become root of U
 * only */
static int wait_for_map(int go, bool drop_groups)
{
	char byte;

	/* for as long as this waits; the changes of credentials below clear it, prctl(2) */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return -errno;
	if (read(go, &byte, 1) != 1)
		return -EPIPE;
	if (drop_groups && syscall(SYS_setgroups, 0, NULL))
		return -errno;
	if (syscall(SYS_setresgid, 0, 0, 0) || syscall(SYS_setresuid, 0, 0, 0))
		return -errno;
	/* after the last change of credentials, which would clear it, prctl(2) */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || prctl(PR_SET_DUMPABLE, 0))
		return -errno;
	return 0;
}

static void clone_failed(int code, struct tb_err *err)
{
	static const char hint[] = "\"tcbox doctor\" tells why and how to fix it";

	if (code == EPERM || code == ENOSPC || code == EUSERS)
		(void)tb_err_set(err, code, "create user and network namespaces (%s)", hint);
	else if (code == EAGAIN)
		(void)tb_err_set(err, code,
				 "create processes (raise the limit of processes: ulimit -u, or "
				 "use fewer)");
	else
		(void)tb_err_set(err, code, "create namespaces");
}

/* start_airlock() - clone(2), maps, go */
static int start_airlock(struct sbx *s, struct tb_err *err)
{
	bool root = geteuid() == 0;
	int go[2], ret;

	if (pipe2(go, O_CLOEXEC))
		return tb_err_set(err, errno, "create pipe");
	s->airlock = (pid_t)syscall(SYS_clone, AIRLOCK_NAMESPACES | SIGCHLD, NULL, NULL, NULL,
				    NULL);
	if (s->airlock < 0) {
		clone_failed(errno, err);
		(void)close(go[0]);
		(void)close(go[1]);
		return -err->code;
	}
	if (s->airlock == 0) {
		(void)close(go[1]);
		(void)close(s->ctl);
		tb_close(&s->tty_sock);
		if (wait_for_map(go[0], root))
			_exit(1);
		(void)close(go[0]);
		airlock_main(&s->air);
	}
	(void)close(go[0]);
	ret = ids_map(s->airlock, &s->air.opt->identity.ids, err);
	if (!ret && write(go[1], "g", 1) != 1)
		ret = tb_err_set(err, errno, "start the airlock");
	(void)close(go[1]);
	return ret;
}

static bool wants_tty(const struct sbx_options *opt)
{
	return opt->io.stdio[0] < 0 || opt->io.stdio[1] < 0 || opt->io.stdio[2] < 0;
}

static int open_sockets(struct sbx *s, struct tb_err *err)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return tb_err_set(err, errno, "create socket pair");
	s->ctl = sv[0];
	s->air.ctl = sv[1];
	if (!wants_tty(s->air.opt))
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return tb_err_set(err, errno, "create socket pair");
	s->tty_sock = sv[0];
	s->air.tty_sock = sv[1];
	return 0;
}

static void note(struct sentences *l, const char *text)
{
	if (l->n < SENTENCES_MAX)
		l->v[l->n] = strdup(text);
	if (l->n < SENTENCES_MAX && l->v[l->n])
		l->n++;
}

static void note_degraded(void *arg, const char *text)
{
	struct sbx *s = arg;

	note(&s->degraded, text);
}

static void note_reduced(void *arg, const char *text)
{
	struct sbx *s = arg;

	note(&s->reduced, text);
}

int sbx_start(struct sbx **out, const struct sbx_options *opt, struct tb_err *err)
{
	struct sbx *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return tb_err_set(err, ENOMEM, "start the sandbox");
	TB_BUG_ON(opt->identity.ids.uid == 0);
	s->air = (struct airlock_plan){ .opt = opt, .limits = LIMITS_NONE, .ctl = -1, .layer = -1,
					.diag = -1, .tty_sock = -1, .box_netns = -1, .box_sock = -1,
					.first_sock = -1 };
	s->ctl = s->tty_sock = s->tty = s->status = -1;
	guard_choose(&s->air.guard, &opt->places, opt->calls.sys, landlock_abi());
	if (s->air.guard.degraded)
		note_degraded(s, s->air.guard.degraded);
	ret = open_sockets(s, err);
	if (!ret) {
		limits_prepare(&s->air.limits, &opt->limits, note_reduced, s);
		ret = start_airlock(s, err);
	}
	tb_close(&s->air.ctl);
	tb_close(&s->air.tty_sock);
	tb_close(&s->air.limits.group.procs);
	if (ret) {
		sbx_end(s);
		return ret;
	}
	*out = s;
	return 0;
}

int sbx_fd(const struct sbx *s)
{
	return s->ctl;
}

static int started(struct sbx *s, struct tb_err *err)
{
	if (s->tty_sock < 0)
		return 0;
	s->tty = tb_recv_fd(s->tty_sock);
	tb_close(&s->tty_sock);
	return s->tty < 0 ? tb_err_set(err, -s->tty, "receive the product's terminal") : 0;
}

int sbx_step(struct sbx *s, enum sbx_event *ev, struct tb_err *err)
{
	struct msg m;
	int ret = msg_recv(s->ctl, &m, NULL);

	*ev = SBX_NOTHING;
	if (ret < 0)
		return tb_err_set(err, -ret, "receive from the airlock");
	if (ret == 0) {
		*ev = SBX_FAILED;
		return tb_err_msg(err, ECHILD,
				  "the sandbox ended unexpectedly (was a tcbox process killed?)");
	}
	switch (m.type) {
	case MSG_FAILED:
		*ev = SBX_FAILED;
		return tb_err_msg(err, m.a, "%s", m.text);
	case MSG_DEGRADED:
		note_degraded(s, m.text);
		return 0;
	case MSG_REDUCED:
		note_reduced(s, m.text);
		return 0;
	case MSG_STARTED:
		*ev = SBX_STARTED;
		return started(s, err);
	case MSG_CANARY:
		if (m.a && !s->canary)
			s->canary = strdup(m.text);
		return 0;
	case MSG_BOX_DEAD:
		s->box_dead_t = msg_time(&m);
		*ev = SBX_BOX_DEAD;
		return 0;
	case MSG_LAST_CANARY:
		s->last_canary_told = true;
		if (m.a && !s->last_canary)
			s->last_canary = strdup(m.text);
		*ev = SBX_LAST_CANARY;
		return 0;
	case MSG_NOEXEC:
		s->exec_errno = m.a;
		return 0;
	case MSG_STATUS:
		s->status = m.a;
		*ev = SBX_PRODUCT_EXIT;
		return 0;
	case MSG_PART:
		(void)snprintf(s->part, sizeof(s->part), "%.63s", m.text);
		*ev = SBX_PART_DIED;
		return 0;
	case MSG_DONE:
		*ev = SBX_DONE;
		return 0;
	default:
		return tb_err_msg(err, EPROTO, "unknown message %d from the airlock", m.type);
	}
}

int sbx_signal(struct sbx *s, int sig, bool everyone)
{
	return msg_send(s->ctl, MSG_SIGNAL, sig, everyone, NULL);
}

int sbx_tty(const struct sbx *s)
{
	return s->tty;
}

int sbx_status(const struct sbx *s)
{
	return s->status;
}

int sbx_exec_errno(const struct sbx *s)
{
	return s->exec_errno;
}

const char *sbx_canary(const struct sbx *s)
{
	return s->canary;
}

int64_t sbx_box_dead(const struct sbx *s)
{
	return s->box_dead_t;
}

bool sbx_last_canary(const struct sbx *s, const char **why)
{
	*why = s->last_canary;
	return s->last_canary_told;
}

const char *sbx_part_name(const struct sbx *s)
{
	return s->part;
}

size_t sbx_degraded(const struct sbx *s, char *const **sentences)
{
	*sentences = s->degraded.v;
	return s->degraded.n;
}

size_t sbx_reduced(const struct sbx *s, char *const **sentences)
{
	*sentences = s->reduced.v;
	return s->reduced.n;
}

const char *sbx_writes_by(const struct sbx *s)
{
	return s->air.guard.writes ? s->air.guard.writes_text : NULL;
}

const char *sbx_reads_by(const struct sbx *s)
{
	return s->air.guard.reads ? s->air.guard.reads_text : NULL;
}

struct sbx_limits sbx_limits(struct sbx *s)
{
	limits_look(&s->air.limits, note_degraded, s);
	return s->air.limits.on;
}

static void release(struct sbx *s, bool wait)
{
	size_t i;

	if (!s)
		return;
	if (s->airlock > 0) {
		(void)kill(s->airlock, SIGKILL);
		while (wait && waitpid(s->airlock, NULL, 0) < 0 && errno == EINTR)
			;
	}
	limits_end(&s->air.limits);
	tb_close(&s->ctl);
	tb_close(&s->tty_sock);
	tb_close(&s->tty);
	for (i = 0; i < s->degraded.n; i++)
		free(s->degraded.v[i]);
	for (i = 0; i < s->reduced.n; i++)
		free(s->reduced.v[i]);
	free(s->canary);
	free(s->last_canary);
	free(s);
}

void sbx_end(struct sbx *s)
{
	release(s, true);
}

void sbx_leave(struct sbx *s)
{
	release(s, false);
}
