/* SPDX-License-Identifier: Apache-2.0 */
/*
 * last_canary.c - the control lookup and connection after the product's end
 *
 * An observer that died, was flooded or fell asleep while the product ran has seen the control at
 * the start. So it is made once more, when the product's last process is dead and before the gate
 * is drained.
 *
 * How it works: the box is gone, so a process of the airlock enters the box's network, which the
 * airlock still holds, and loads the box's filter. Its listener is a new one, because the kernel
 * gives a listener to whoever loads a filter; the supervisor gets it and serves it in the place of
 * the first, in the same loop, into the same record.
 */
#include "sandbox/last_canary.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/canary.h"
#include "sandbox/children.h"
#include "sandbox/listener.h"
#include "sandbox/msg.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"

#define DEADLINE_MS 5000	/* the lookup alone waits for 3 s */

static void control_main(const struct airlock_plan *a, int sock) __attribute__((noreturn));

/* control_main() - in the new process. Each step gives something up */
static void control_main(const struct airlock_plan *a, int sock)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[2] = { 0 };
	const int keep[] = { sock, a->box_netns };
	int listener, status;

	unblock_signals();
	tb_close_others(keep, TB_ARRAY_SIZE(keep));
	if (setns(a->box_netns, CLONE_NEWNET) || syscall(SYS_capset, &head, none))
		_exit(1);
	/* the supervisor looks at it as at the product's processes, ptrace(2) */
	if (prctl(PR_SET_DUMPABLE, 1))
		_exit(1);
	(void)close(a->box_netns);
	listener = listener_offer(&a->filter, sock);
	if (listener < 0 || !msg_await_go(sock, FIRST_GO_CANARY))
		_exit(1);
	(void)close(listener);
	status = canary_main(&a->opt->network);
	(void)msg_send(sock, MSG_CANARY, status, 0, NULL);
	_exit(0);
}

/* next() - the next message of the control. Return: false if none comes in time */
static bool next(int sock, int64_t deadline, struct msg *m)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	int64_t left = deadline - tb_monotonic_ns();

	if (left < 0 || poll(&p, 1, (int)(left / TB_NS_PER_MS)) <= 0)
		return false;
	return msg_recv(sock, m, NULL) > 0;
}

/* hand_over() - the listener of the control to the supervisor */
static bool hand_over(pid_t pid, const struct msg *m, int sock, int sup)
{
	TB_AUTOCLOSE int listener = listener_steal(pid, m->a, sock, NULL);

	return listener >= 0 && tb_send_fd(sup, listener) == 0;
}

/* talk() - with the control. Return: its exit status, -1 if it has none */
static int talk(pid_t pid, int sock, int sup)
{
	int64_t deadline = tb_monotonic_ns() + DEADLINE_MS * TB_NS_PER_MS;
	const char go = FIRST_GO_CANARY;
	struct msg m;

	if (!next(sock, deadline, &m) || m.type != MSG_LISTENER)
		return -1;
	if (!hand_over(pid, &m, sock, sup) || write(sock, &go, 1) != 1)
		return -1;
	if (!next(sock, deadline, &m) || m.type != MSG_CANARY)
		return -1;
	return m.a;
}

/* bury() - it has said all, and ends by itself unless nobody serves it */
static void bury(pid_t pid)
{
	TB_AUTOCLOSE int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	(void)poll(&p, 1, DEADLINE_MS);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* make() - Return: exit status of the control, -1 if it has none */
static int make(const struct airlock_plan *a, int sup)
{
	TB_AUTOCLOSE int ours = -1;
	int sv[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return -1;
	ours = sv[0];
	pid = fork();
	if (pid == 0)
		control_main(a, sv[1]);
	(void)close(sv[1]);
	if (pid < 0)
		return -1;
	status = talk(pid, ours, sup);
	if (status < 0)
		(void)kill(pid, SIGKILL);
	bury(pid);
	return status;
}

void last_canary(const struct airlock_plan *a, int sup)
{
	int status;

	(void)msg_send_time(a->ctl, MSG_BOX_DEAD, tb_realtime_ns() - a->opt->t0_ns);
	status = make(a, sup);
	(void)close(sup);
	(void)msg_send(a->ctl, MSG_LAST_CANARY, status ? EIO : 0, 0, canary_why(status));
}
