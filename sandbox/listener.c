/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.c - the notification listener goes from who loaded the filter to the airlock
 *
 * How it works: the process tells the number before it loads the filter, and cannot be asked to
 * tell more afterwards, because even write(2) may wait for a supervisor that is not there yet. So
 * the airlock tries until the descriptor is there (EBADF before), or the process says that loading
 * failed.
 */
#include "sandbox/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/msg.h"
#include "tcbox/clock.h"
#include "tcbox/own.h"

#define DEADLINE_S 50	/* as long as the box may take to be built; a filter takes milliseconds */
#define PAUSE_NS 50000
#define PAUSE_LONGEST_NS (INT64_C(5) * TB_NS_PER_MS)

int listener_offer(const struct flt *filter, int sock)
{
	int number = fcntl(sock, F_DUPFD_CLOEXEC, 0);

	if (number < 0)
		return tb_err_set(NULL, errno, "find a free descriptor");
	(void)close(number);
	(void)msg_send(sock, MSG_LISTENER, number, 0, NULL);
	return flt_load(filter);
}

int listener_steal(pid_t pid, int nr, int sock, struct tb_err *err)
{
	TB_AUTOCLOSE int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = sock, .events = POLLIN };
	int64_t deadline = tb_monotonic_ns() + DEADLINE_S * TB_NS_PER_S;
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct msg m;
	int fd;

	if (pidfd < 0)
		return tb_err_set(err, errno, "open the process with the filter");
	for (;;) {
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, nr, 0);
		if (fd >= 0)
			return fd;
		if (errno != EBADF)
			return tb_err_set(err, errno, "take the seccomp notification listener");
		if (tb_monotonic_ns() > deadline)
			return tb_err_msg(err, ETIMEDOUT,
					  "the box's filter was not loaded after %d s", DEADLINE_S);
		if (ppoll(&p, 1, &pause, NULL) <= 0) {
			if (pause.tv_nsec < PAUSE_LONGEST_NS)
				pause.tv_nsec *= 2;
			continue;
		}
		if (msg_recv(sock, &m, NULL) <= 0)
			return tb_err_msg(err, ECHILD, "the box ended while it was built");
		if (m.type == MSG_FAILED)
			return tb_err_msg(err, m.a, "%s", m.text);
	}
}
