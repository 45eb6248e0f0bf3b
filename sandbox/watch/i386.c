/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i386.c - calls of 32-bit x86, where the policy declares them: read as the native call that means the same
 *
 * How it works: most calls only get another number (calls_i386.c), and the rest of the supervisor does not see a difference but
 * the width of pointers. socketcall(2) keeps its arguments in memory, and C libraries make all their socket calls with it.
 * Which call it is, is a plain number; the arguments are claims like every other memory. That is enough for all of them but
 * socket(2) and socketpair(2), whose family decides whether they are refused, and memory can change before the kernel reads
 * it. So these two are made here, with the values that were judged, and the product gets the descriptor: seccomp_unotify(2),
 * SECCOMP_IOCTL_NOTIF_ADDFD.
 *
 * Such a socket has to be what the product would have made by itself: in the box's network, where the supervisor goes to for it,
 * of the same user (root of U is the product's user on the machine), and without any capability.
 *
 * Limits: a socket of a pair tells a process of number 0 as the one that made it (SO_PEERCRED). In a network namespace that the
 * product made, these two calls are refused: there the product may have more rights than the box gives. Before Linux 5.19 a signal
 * between the two descriptors of a pair makes the call begin again, and one descriptor too many stays open.
 */
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

#include "sandbox/watch/watch.h"
#include "tcbox/own.h"

static bool file_of(const char *path, struct file_id *id)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	*id = (struct file_id){ st.st_dev, st.st_ino };
	return true;
}

static void network_link(pid_t tid, char link[64])
{
	(void)snprintf(link, 64, "/proc/%d/ns/net", (int)tid);
}

int compat_open(struct sup *s, pid_t first)
{
	TB_AUTOCLOSE int fd = -1;
	struct file_id own;
	char link[64];

	if (!s->opt->filter.i386)
		return 0;
	network_link(first, link);
	if (!file_of(link, &s->network) || !file_of("/proc/self/ns/net", &own))
		return -ENOENT;
	if (own.dev == s->network.dev && own.ino == s->network.ino)
		return 0; /* there is no box, in tests */
	fd = open(link, O_RDONLY | O_CLOEXEC);
	return fd < 0 || setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

void compat_read(struct sup *s, struct seccomp_notif *req, struct sup_note *n)
{
	uint32_t block[TB_ARRAY_SIZE(req->data.args)] = { UINT32_MAX }; /* what cannot be read names no descriptor */

	if (!s->opt->filter.i386 || calls_abi(&req->data) != CALL_ABI_I386)
		return;
	n->abi = calls_abi_row(CALL_ABI_I386)->name;
	n->i386 = i386_call(req->data.nr, req->data.args);
	if (n->i386.nargs && (tgt_read((pid_t)req->pid, (uint32_t)req->data.args[1], block,
				       n->i386.nargs * sizeof(block[0])) < 0 || !sup_alive(s, req))) {
		n->unread = true;
		s->n.calls_unread += !n->i386.behalf; /* which then fails, and not only if memory stays as it is */
	}
	i386_as_native(&n->i386, block, &req->data);
}

/* is_elsewhere() - the caller waits, so it stays in the network where it is */
static bool is_elsewhere(const struct sup *s, const struct sup_note *n)
{
	struct file_id now;
	char link[64];

	network_link((pid_t)n->req->pid, link);
	return s->moved && (!file_of(link, &now) || now.dev != s->network.dev || now.ino != s->network.ino);
}

struct call_verdict compat_verdict(const struct sup *s, const struct sup_note *n)
{
	struct call_verdict v;

	if (n->abi && n->i386.native < 0)
		return i386_refusal(&n->i386);
	v = calls_verdict(&n->req->data, s->opt->filter.sys);
	if (n->i386.behalf && n->unread) /* nobody knows what to make */
		return (struct call_verdict){ .error = EFAULT, .group = v.group, .quiet = true };
	if (n->i386.behalf && !v.error && is_elsewhere(s, n))
		return (struct call_verdict){ .error = EPERM, .group = "namespace" };
	return v;
}

/* make() - as a process without capabilities does. Return: 0 or negative errno */
static int make(struct sup *s, const struct seccomp_data *d, int fds[2])
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
		s->failed = -errno;
	return rc;
}

/* give() - a descriptor of ours to the caller. Return: its number there, or negative errno */
static int give(const struct sup *s, const struct sup_note *n, int fd, uint32_t flags)
{
	struct seccomp_notif_addfd a = { .id = n->req->id, .flags = flags, .srcfd = (uint32_t)fd };
	int got;

	a.newfd_flags = n->req->data.args[1] & SOCK_CLOEXEC ? O_CLOEXEC : 0;
	do {
		got = ioctl(s->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &a);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

/*
 * give_pair() - as socketpair(2) does: if the numbers cannot be told, there are no descriptors. The caller may make its memory
 * unwritable in between; then it has two descriptors more
 */
static int give_pair(const struct sup *s, const struct sup_note *n, const int fds[2])
{
	pid_t tid = (pid_t)n->req->pid;
	uint64_t addr = n->req->data.args[3];
	int numbers[2], rc = tgt_read(tid, addr, numbers, sizeof(numbers));

	if (rc == 0)
		rc = tgt_write(tid, addr, numbers, sizeof(numbers));
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < 2; i++) {
		numbers[i] = give(s, n, fds[i], 0);
		if (numbers[i] < 0)
			return numbers[i];
	}
	return tgt_write(tid, addr, numbers, sizeof(numbers));
}

int compat_make(struct sup *s, const struct sup_note *n)
{
	bool pair = n->req->data.nr == SYS_socketpair;
	int made[2] = { -1, -1 }, rc = make(s, &n->req->data, made);
	TB_AUTOCLOSE int one = made[0], two = made[1];

	if (rc < 0)
		return -rc;
	rc = pair ? give_pair(s, n, (const int[2]){ one, two }) : give(s, n, one, SECCOMP_ADDFD_FLAG_SEND);
	if (rc == -ENOENT || rc == -ESRCH || rc == -EINPROGRESS) { /* the caller was killed meanwhile, or a signal came */
		s->n.gone++;
		return SUP_ANSWERED;
	}
	if (rc < 0)
		return -rc;
	return pair ? SUP_PRETEND : SUP_ANSWERED;
}
