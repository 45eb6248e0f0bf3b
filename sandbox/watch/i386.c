/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i386.c - calls of 32-bit x86, where the policy declares them: read as the native call that means
 * the same
 *
 * How it works: most calls only get another number (calls_i386.c), and the rest of the supervisor
 * does not see a difference but the width of pointers. socketcall(2) keeps its arguments in memory,
 * and C libraries make all their socket calls with it. Which call it is, is a plain number; the
 * arguments are claims like every other memory. That is enough for all of them but socket(2) and
 * socketpair(2), whose family decides whether they are refused, and memory can change before the
 * kernel reads it. So these two are made here, with the values that were judged, and the product
 * gets the descriptor: seccomp_unotify(2), SECCOMP_IOCTL_NOTIF_ADDFD.
 *
 * Such a socket has to be what the product would have made by itself: in the box's network, where
 * the supervisor goes to for it, of the same user (root of U is the product's user on the machine),
 * and without any capability.
 *
 * Limits: a socket of a pair tells a process of number 0 as the one that made it (SO_PEERCRED). In
 * a network namespace that the product made, these two calls are refused: there the product may
 * have more rights than the box gives. Before Linux 5.19 a signal between the two descriptors of a
 * pair makes the call begin again, and one descriptor too many stays open.
 */
#include "sandbox/watch/i386.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/target.h"
#include "tcbox/own.h"

int i386_enter(const struct watch *w, pid_t first)
{
	TB_AUTOCLOSE int fd = -1;
	struct stat own;
	char link[64];

	if (!w->filter->i386)
		return 0;
	if (stat("/proc/self/ns/net", &own) < 0)
		return -errno;
	if (own.st_dev == w->where->network.dev && own.st_ino == w->where->network.ino)
		return 0; /* there is no box, in tests */
	(void)snprintf(link, sizeof(link), "/proc/%d/ns/net", (int)first);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		return -errno;
	return 0;
}

void i386_unpack(struct watch *w, struct seccomp_notif *req, struct watch_note *n)
{
	/* what cannot be read names no descriptor */
	uint32_t block[TB_ARRAY_SIZE(req->data.args)] = { UINT32_MAX };

	if (!w->filter->i386 || calls_abi(&req->data) != CALL_ABI_I386)
		return;
	n->abi = calls_abi_row(CALL_ABI_I386)->name;
	n->i386 = i386_call(req->data.nr, req->data.args);
	if (n->i386.nargs && (tgt_read((pid_t)req->pid, (uint32_t)req->data.args[1], block,
				       n->i386.nargs * sizeof(block[0])) < 0 ||
					       !watch_alive(w, req))) {
		n->unread = true;
		w->n.calls_unread += !n->i386.behalf; /* which then fails, and not only if memory
						       * stays as it is */
	}
	i386_as_native(&n->i386, block, &req->data);
}

struct call_verdict i386_verdict(const struct watch *w, const struct watch_note *n)
{
	struct call_verdict v;

	if (n->abi && n->i386.native < 0)
		return i386_refusal(&n->i386);
	v = calls_verdict(&n->req->data, w->filter->sys);
	if (n->i386.behalf && n->unread) /* nobody knows what to make */
		return (struct call_verdict){ .error = EFAULT, .group = v.group, .quiet = true };
	if (n->i386.behalf && !v.error && elsewhere_network(w->where, (pid_t)n->req->pid))
		return (struct call_verdict){ .error = EPERM, .group = "namespace" };
	return v;
}

/* make() - as a process without capabilities does. Return: 0 or negative errno */
static int make(struct watch *w, const struct seccomp_data *d, int fds[2])
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct own[2], less[2];
	int type = (int)d->args[1] | SOCK_CLOEXEC, rc;

	if (syscall(SYS_capget, &head, own) < 0)
		return -errno;
	memcpy(less, own, sizeof(less));
	less[0].effective = less[1].effective = 0;
	if (syscall(SYS_capset, &head, less) < 0)
		return -errno;
	if (d->nr == SYS_socketpair)
		rc = socketpair((int)d->args[0], type, (int)d->args[2], fds);
	else
		rc = fds[0] = socket((int)d->args[0], type, (int)d->args[2]);
	rc = rc < 0 ? -errno : 0;
	if (syscall(SYS_capset, &head, own) < 0)
		w->failed = -errno;
	return rc;
}

/* give() - a descriptor of ours to the caller. Return: its number there, or negative errno */
static int give(const struct watch *w, const struct watch_note *n, int fd, uint32_t flags)
{
	struct seccomp_notif_addfd a = { .id = n->req->id, .flags = flags, .srcfd = (uint32_t)fd };
	int got;

	a.newfd_flags = n->req->data.args[1] & SOCK_CLOEXEC ? O_CLOEXEC : 0;
	do {
		got = ioctl(w->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &a);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

/*
 * give_pair() - as socketpair(2) does: if the numbers cannot be told, there are no descriptors. The
 * caller may make its memory unwritable in between; then it has two descriptors more
 */
static int give_pair(const struct watch *w, const struct watch_note *n, const int fds[2])
{
	pid_t tid = (pid_t)n->req->pid;
	uint64_t addr = n->req->data.args[3];
	int numbers[2], rc = tgt_read(tid, addr, numbers, sizeof(numbers));

	if (rc == 0)
		rc = tgt_write(tid, addr, numbers, sizeof(numbers));
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < 2; i++) {
		numbers[i] = give(w, n, fds[i], 0);
		if (numbers[i] < 0)
			return numbers[i];
	}
	return tgt_write(tid, addr, numbers, sizeof(numbers));
}

struct watch_answer i386_make(struct watch *w, const struct watch_note *n)
{
	bool pair = n->req->data.nr == SYS_socketpair;
	int made[2] = { -1, -1 }, rc = make(w, &n->req->data, made);
	TB_AUTOCLOSE int one = made[0], two = made[1];

	if (rc < 0)
		return watch_answer(-rc);
	rc = pair ? give_pair(w, n, (const int[2]){ one, two }) :
		give(w, n, one, SECCOMP_ADDFD_FLAG_SEND);
	/* the caller was killed meanwhile, or a signal came */
	if (rc == -ENOENT || rc == -ESRCH || rc == -EINPROGRESS) {
		w->n.gone++;
		return (struct watch_answer){ .kind = ANSWER_GIVEN };
	}
	if (rc < 0)
		return watch_answer(-rc);
	/* of a pair the numbers are in memory, and the call itself is still to be answered, with
	 * 0 */
	return (struct watch_answer){ .kind = pair ? ANSWER_PRETEND : ANSWER_GIVEN };
}
