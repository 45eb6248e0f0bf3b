/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_watching.c - the doctor tries what the supervisor needs to watch system calls
 */
#include "sandbox/doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/box/landlock.h"

/* Newer than Debian 12's headers: Linux 5.19 and 6.6. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#define SYNC_WAKE_UP 1 /* SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP */

/* listen_in_here() - a filter on this process that allows everything. Return: the listener, -1 with
 * errno */
static int listen_in_here(unsigned long flags)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog prog = { 1, &allow };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER | flags,
			    &prog);
}

static void try_listener(struct doctor_found *f, int arg)
{
	const int fd = listen_in_here(0);

	(void)arg;
	if (fd >= 0)
		doctor_works(f, "a filter with a listener was loaded");
	else if (errno == EBUSY)
		doctor_fails(
			f,
			"an outer sandbox already listens to system calls, and only one can: run "
			"tcbox outside of that container, service or WSL session",
			"seccomp: EBUSY, %s", strerror(errno));
	else
		doctor_fails(f,
			     errno == EPERM ?
				     "a container or service forbids it: start it with "
				     "--security-opt "
				     "seccomp=unconfined, or run tcbox outside" :
				     "it needs Linux 5.0 or later with CONFIG_SECCOMP_FILTER",
			     "seccomp: %s", strerror(errno));
}

static void try_wait_killable(struct doctor_found *f, int arg)
{
	(void)arg;
	if (listen_in_here(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) >= 0)
		doctor_works(f, "signals do not restart calls that are being looked at");
	else if (errno == EBUSY)
		doctor_fails(f, NULL, "not tried: an outer listener is in the way");
	else
		doctor_fails(
			f,
			"Linux 5.19 or later has it; without, programs with frequent signals (Go) "
			"can be slowed down or stall",
			"seccomp: %s", strerror(errno));
}

static void try_wake_up(struct doctor_found *f, int arg)
{
	const int fd = listen_in_here(0);

	(void)arg;
	if (fd < 0)
		doctor_fails(f, NULL, "not tried: no listener (%s)", strerror(errno));
	else if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP) < 0)
		doctor_fails(
			f,
			"Linux 6.6 or later has it; without, each observed call takes about ten "
			"times as long",
			"ioctl: %s", strerror(errno));
	else
		doctor_works(f, "observed calls are answered quickly");
}

/*
 * look_into_child() - what the supervisor does with a process of the product: take a descriptor of
 * it, read its memory. As root of the user namespace that the child is in, like the supervisor.
 */
static void look_into_child(struct doctor_found *f, pid_t pid, int pipe_fd)
{
	static const char *const fix =
		"as root: sysctl -w kernel.yama.ptrace_scope=1; in a container, "
		"--cap-add=SYS_PTRACE "
		"or a seccomp profile that allows pidfd_getfd and process_vm_readv";
	static char mark[8] = "tcbox";
	char seen[sizeof(mark)] = "";
	const struct iovec local = { seen, sizeof(seen) }, remote = { mark, sizeof(mark) };
	const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	const long long yama = doctor_number("/proc/sys/kernel/yama/ptrace_scope");

	if (pidfd < 0)
		doctor_fails(f, "it needs Linux 5.6 or later", "pidfd_open: %s", strerror(errno));
	else if (syscall(SYS_pidfd_getfd, pidfd, pipe_fd, 0) < 0)
		doctor_fails(f, fix, "pidfd_getfd: %s; kernel.yama.ptrace_scope is %lld",
			     strerror(errno),
			     yama);
	else if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != sizeof(seen))
		doctor_fails(f, fix, "process_vm_readv: %s; kernel.yama.ptrace_scope is %lld",
			     strerror(errno), yama);
	else if (memcmp(seen, mark, sizeof(seen)) != 0)
		doctor_fails(f, NULL, "process_vm_readv read something else");
	else
		doctor_works(f, "took a descriptor of another process and read its memory");
}

static void try_look(struct doctor_found *f, int arg)
{
	int fds[2];
	pid_t pid;

	(void)arg;
	if (!doctor_enter(f, 0))
		return;
	if (pipe2(fds, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		doctor_fails(f, NULL, "%s", strerror(errno));
		return;
	}
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	look_into_child(f, pid, fds[0]);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void try_children(struct doctor_found *f, int arg)
{
	(void)arg;
	if (access("/proc/thread-self/children", R_OK) == 0)
		doctor_works(f, "the kernel lists them");
	else
		doctor_fails(
			f,
			"a kernel with CONFIG_PROC_CHILDREN, as Debian's, finds short-lived "
			"processes more reliably",
			"/proc/thread-self/children: %s", strerror(errno));
}

static void try_landlock(struct doctor_found *f, int arg)
{
	const int abi = landlock_abi();

	(void)arg;
	if (abi >= GUARD_ABI)
		doctor_works(f, "ABI %d", abi);
	else if (abi >= 1)
		doctor_fails(f, "with Linux 6.2 --enforce keeps products from files without "
				"mounts, and from reading, too",
			     "ABI %d, and %d is needed", abi, GUARD_ABI);
	else
		doctor_fails(f, "put \"landlock\" into the kernel's lsm= option: --enforce then "
				"keeps products from files "
			     "without mounts, and from reading, too",
			     "landlock_create_ruleset: %s", strerror(-abi));
}

const struct doctor_try doctor_watching[] = {
	{ "system call listener", try_listener, 0, true, false },
	{ "calls that signals do not restart", try_wait_killable, 0, false, false },
	{ "fast wake-up of listeners", try_wake_up, 0, false, false },
	{ "looking into processes", try_look, 0, true, true },
	{ "children in /proc", try_children, 0, false, false },
	{ "Landlock", try_landlock, 0, false, false },
	{ "32-bit calls", doctor_i386, 0, false, false },
	{ 0 },
};
