/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.c - what tcbox does with every system call
 *
 * Numbers that the build's kernel headers do not know yet come from tcbox/syscalls_newer.h, so that the table
 * does not depend on the machine it was built on. A number without a row fails with ENOSYS, as on a kernel
 * that is older than the call: programs fall back, and nothing new becomes a way out unseen.
 *
 * Arguments are compared only as far as the kernel looks at them: flags and commands that are "int" in the
 * kernel are masked to 32 bits, or a product could hide a value behind upper bits that the kernel drops.
 */
#include "sandbox/filter/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/close_range.h>
#include <linux/prctl.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "tcbox/own.h"
#include "tcbox/syscalls_newer.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#define LOW32 UINT64_C(0xffffffff)
#define UNSHARE_LOOK (CALL_NEW_NAMESPACES | CLONE_NEWTIME | CLONE_FILES)
#define THREAD_BITS (CLONE_THREAD | CLONE_FILES)
#define OPEN_CHANGES (O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

/* Tables: like with like. */
/* clang-format off */
static const struct call_pass pass_open[] = { { 1, OPEN_CHANGES, 0 } };
static const struct call_pass pass_openat[] = { { 2, OPEN_CHANGES, 0 } };
static const struct call_pass pass_sendto[] = { { 4, UINT64_MAX, 0 } }; /* no address: a connected socket */
/*
 * Forks are not notified: while a call waits to be received, a signal can make it fail with EINTR, which fork(2)
 * never does, and shells fork while SIGCHLD comes. A thread with descriptors of its own is looked at.
 */
static const struct call_pass pass_clone[] = {
	{ 0, CLONE_THREAD | CALL_NEW_NAMESPACES, 0 },
	{ 0, THREAD_BITS | CALL_NEW_NAMESPACES, THREAD_BITS },
};
static const struct call_pass pass_unshare[] = { { 0, UNSHARE_LOOK, 0 } };
static const struct call_pass pass_close_range[] = { { 2, CLOSE_RANGE_UNSHARE, 0 } };
static const struct call_pass pass_prlimit[] = { { 2, UINT64_MAX, 0 } }; /* no new limit: a question */
static const struct call_pass pass_socketpair[] = { { 0, LOW32, AF_UNIX } };
static const struct call_pass pass_personality[] = {
	{ 0, LOW32, 0 },
	{ 0, LOW32, LOW32 },
	{ 0, LOW32, ADDR_NO_RANDOMIZE },
};
/* prctl: reads, names, and what programs do to themselves every day. */
static const struct call_pass pass_prctl[] = {
	{ 0, LOW32, PR_SET_NAME }, { 0, LOW32, PR_GET_NAME }, { 0, LOW32, PR_SET_VMA },
	{ 0, LOW32, PR_SET_PDEATHSIG }, { 0, LOW32, PR_GET_PDEATHSIG }, { 0, LOW32, PR_GET_DUMPABLE },
	{ 0, LOW32, PR_CAPBSET_READ }, { 0, LOW32, PR_SET_NO_NEW_PRIVS }, { 0, LOW32, PR_GET_NO_NEW_PRIVS },
	{ 0, LOW32, PR_GET_SECCOMP }, { 0, LOW32, PR_SET_THP_DISABLE }, { 0, LOW32, PR_SET_TIMERSLACK },
	{ 0, LOW32, PR_GET_TIMERSLACK }, { 0, LOW32, PR_SET_CHILD_SUBREAPER }, { 0, LOW32, PR_GET_KEEPCAPS },
	{ 0, LOW32, PR_GET_SECUREBITS },
};
/*
 * ioctl: everything but TIOCSTI (0x5412), TIOCLINUX (0x541c), TIOCSETD (0x5423) and a few commands beside the first two.
 * Equality under a mask is the only comparison that ignores the upper 32 bits as the kernel does: so there is one entry for
 * each bit in which a command can differ from 0x54XX, and then for what differs in the low six.
 */
#define TTY_IOCTLS UINT64_C(0x5400)
#define DIFFERS(bit) { 1, UINT64_C(1) << (bit), ~TTY_IOCTLS & (UINT64_C(1) << (bit)) }
static const struct call_pass pass_ioctl[] = {
	{ 1, 0x30, 0x00 }, { 1, 0x30, 0x30 },		/* 0x540X and 0x543X */
	{ 1, 0x31, 0x11 },				/* odd ones of 0x541X: TIOCGWINSZ, FIONREAD */
	{ 1, 0x38, 0x28 }, { 1, 0x34, 0x24 }, { 1, 0x32, 0x20 }, { 1, 0x31, 0x20 },	/* 0x542X but 0x5423 */
	DIFFERS(6),  DIFFERS(7),  DIFFERS(8),	 DIFFERS(9),  DIFFERS(10),
	DIFFERS(11), DIFFERS(12), DIFFERS(13), DIFFERS(14), DIFFERS(15), DIFFERS(16), DIFFERS(17),
	DIFFERS(18), DIFFERS(19), DIFFERS(20), DIFFERS(21), DIFFERS(22), DIFFERS(23), DIFFERS(24),
	DIFFERS(25), DIFFERS(26), DIFFERS(27), DIFFERS(28), DIFFERS(29), DIFFERS(30), DIFFERS(31),
};

#define ROW(n, c, g, ...) [__NR_##n] = { .name = #n, .class = CALL_##c, .group = g, __VA_ARGS__ }
#define PASS(p) .pass = p, .npass = TB_ARRAY_SIZE(p)
#define P(n, g) ROW(n, PLAIN, g, .why = NULL)
#define W(n, l, g, w) ROW(n, WATCHED, g, .look = LOOK_##l, .why = w)
#define WP(n, l, g, w, p) ROW(n, WATCHED, g, .look = LOOK_##l, .why = w, PASS(p))
#define D(n, g, e, w) ROW(n, DANGEROUS, g, .error = e, .why = w)
#define DD(n, g, e, w) ROW(n, DANGEROUS, g, .error = e, .why = w, .declarable = true)
#define DM(n)                                                                                                \
	ROW(n, DANGEROUS, "mount", .error = EPERM, .look = LOOK_ELSEWHERE, .declarable = true,                   \
	    .why = "changes what paths mean, in mounts of its own")
#define DP(n, l, g, e, w, p) ROW(n, DANGEROUS, g, .error = e, .why = w, .look = LOOK_##l, PASS(p))

/*
 * The other tables share numbers with the native one that mean other calls, and their arguments have other sizes: what
 * looked at them as native ones would be lied to. So none of their calls goes on, but for those of a table that the policy
 * declares: they are made native ones first (i386.c).
 */
static const struct call_abi_row abis[] = {
	[CALL_ABI_NATIVE] = { "x86_64", 0, false, NULL },
	[CALL_ABI_X32] = { "x32", ENOSYS, false, "Debian's kernels have it switched off, and no program uses it" },
	[CALL_ABI_I386] = { "i386", ENOSYS, true, "32-bit programs; then as the native call of the same name, or as below" },
	[CALL_ABI_OTHER] = { "unknown", ENOSYS, false, "no table of this machine" },
};

static const struct call_row table[TB_SYSCALL_MAX] = {
	/* Programs and processes. */
	W(execve, EXEC, "process", "another program runs"),
	W(execveat, EXEC, "process", "another program runs"), P(fork, "process"), P(vfork, "process"),
	WP(clone, CLONE, "process", "new namespaces: EPERM unless unshare is declared; threads with their own descriptors",
	   pass_clone),
	W(exit_group, EXIT, "process", "children are looked at before their parent is gone"),
	W(exit, THREAD_EXIT, "process", "a thread id can be used again"),
	ROW(clone3, DANGEROUS, "process", .error = ENOSYS, .quiet = true,
	    .why = "flags are in memory that can change; C libraries fall back to clone"),
	P(wait4, "process"), P(waitid, "process"), P(kill, "process"), P(tkill, "process"),
	P(tgkill, "process"), P(getpid, "process"), P(getppid, "process"), P(gettid, "process"),
	P(setpgid, "process"), P(getpgid, "process"), P(getpgrp, "process"), P(setsid, "process"),
	P(getsid, "process"), P(getpriority, "process"), P(setpriority, "process"),
	P(set_tid_address, "process"), P(pidfd_open, "process"), P(pidfd_send_signal, "process"),
	P(process_mrelease, "process"), P(arch_prctl, "process"), P(set_thread_area, "process"),
	P(get_thread_area, "process"), P(rseq, "process"), P(rseq_slice_yield, "process"),
	P(ioprio_set, "process"), P(ioprio_get, "process"), P(getcpu, "process"), P(getrusage, "process"),
	P(times, "process"), P(getrlimit, "process"),
	W(setrlimit, NONE, "process", "the limit of core dumps is the box's"),
	WP(prlimit64, NONE, "process", "limits of the box's first process, and of core dumps", pass_prlimit),
	P(sched_yield, "process"), P(sched_setparam, "process"), P(sched_getparam, "process"),
	P(sched_setscheduler, "process"), P(sched_getscheduler, "process"),
	P(sched_get_priority_max, "process"), P(sched_get_priority_min, "process"),
	P(sched_rr_get_interval, "process"), P(sched_setaffinity, "process"),
	P(sched_getaffinity, "process"), P(sched_setattr, "process"), P(sched_getattr, "process"),
	P(membarrier, "process"),
	WP(prctl, CALL, "privilege", "changes what the process may do or how it can be observed", pass_prctl),
	DP(personality, NONE, "privilege", EPERM, "other execution domains change calls", pass_personality),
	DD(modify_ldt, "privilege", EPERM, "16-bit code segments: rarely needed, often attacked"),
	W(seccomp, CALL, "privilege", "a filter of the product's own; a listener of its own: EBUSY"),

	/* One process looking into another. */
	W(ptrace, CALL, "debug", "controls another process"),
	W(process_vm_readv, CALL, "debug", "reads another process"),
	W(process_vm_writev, CALL, "debug", "changes another process"),
	W(pidfd_getfd, CALL, "debug", "takes another process's descriptor"),
	W(kcmp, CALL, "debug", "compares processes"), P(process_madvise, "memory"),
	DD(perf_event_open, "debug", EPERM, "observes the machine"),

	/* Who the process is. */
	W(setuid, CALL, "identity", "changes identity"), W(setgid, CALL, "identity", "changes identity"),
	W(setreuid, CALL, "identity", "changes identity"),
	W(setregid, CALL, "identity", "changes identity"),
	W(setresuid, CALL, "identity", "changes identity"),
	W(setresgid, CALL, "identity", "changes identity"),
	W(setgroups, CALL, "identity", "changes identity"),
	W(setfsuid, CALL, "identity", "changes identity"),
	W(setfsgid, CALL, "identity", "changes identity"),
	W(capset, CALL, "privilege", "changes capabilities"),
	W(chroot, ELSEWHERE, "privilege", "changes the root directory"),
	W(lsm_set_self_attr, CALL, "privilege", "changes the security context"), P(capget, "identity"),
	P(getuid, "identity"), P(getgid, "identity"), P(geteuid, "identity"), P(getegid, "identity"),
	P(getresuid, "identity"), P(getresgid, "identity"), P(getgroups, "identity"),
	P(lsm_get_self_attr, "identity"), P(lsm_list_modules, "identity"),
	P(landlock_create_ruleset, "privilege"), P(landlock_add_rule, "privilege"),
	P(landlock_restrict_self, "privilege"),

	/* Namespaces and mounts: the walls of the box. */
	ROW(unshare, DANGEROUS, "namespace", .error = EPERM, .look = LOOK_UNSHARE, .declarable = true, PASS(pass_unshare),
	    .why = "in a user namespace of its own a process is root"),
	ROW(setns, DANGEROUS, "namespace", .error = EPERM, .look = LOOK_ELSEWHERE, .declarable = true,
	    .why = "enters a namespace that it has made"),
	DM(mount),
	DM(umount2),
	DM(pivot_root),
	DM(open_tree),
	DM(open_tree_attr),
	DM(move_mount),
	DM(fsopen),
	DM(fsconfig),
	DM(fsmount),
	DM(fspick),
	DM(mount_setattr),
	D(open_by_handle_at, "mount", EPERM, "opens files past the box's directories"),
	P(name_to_handle_at, "file"), P(statmount, "file"), P(listmount, "file"), P(listns, "namespace"),

	/* The machine and its kernel. */
	D(init_module, "kernel", EPERM, "kernel code"), D(finit_module, "kernel", EPERM, "kernel code"),
	D(delete_module, "kernel", EPERM, "kernel code"), D(kexec_load, "kernel", EPERM, "another kernel"),
	D(kexec_file_load, "kernel", EPERM, "another kernel"),
	D(bpf, "kernel", EPERM, "kernel programs that see and change packets and calls"),
	DD(userfaultfd, "kernel", EPERM, "holds kernel accesses: wins every race"),
	D(reboot, "kernel", EPERM, "ends the machine"),
	D(swapon, "kernel", EPERM, "machine administration"),
	D(swapoff, "kernel", EPERM, "machine administration"),
	D(acct, "kernel", EPERM, "machine administration"),
	D(quotactl, "kernel", EPERM, "machine administration"),
	D(quotactl_fd, "kernel", EPERM, "machine administration"),
	D(syslog, "kernel", EPERM, "reads the kernel's log"),
	D(settimeofday, "kernel", EPERM, "the machine's clock"),
	D(clock_settime, "kernel", EPERM, "the machine's clock"),
	D(adjtimex, "kernel", EPERM, "the machine's clock"),
	D(clock_adjtime, "kernel", EPERM, "the machine's clock"),
	D(iopl, "kernel", EPERM, "hardware access"), D(ioperm, "kernel", EPERM, "hardware access"),
	DD(sethostname, "kernel", EPERM, "the machine's name, but in a namespace of its own"),
	DD(setdomainname, "kernel", EPERM, "the machine's name, but in a namespace of its own"),
	D(vhangup, "kernel", EPERM, "takes the terminal away"), P(uname, "kernel"), P(sysinfo, "kernel"),
	P(sysfs, "kernel"), P(ustat, "kernel"), P(lookup_dcookie, "kernel"), P(uprobe, "kernel"),
	P(uretprobe, "kernel"), /* for the kernel's own trampolines; others get SIGILL */
	/* No longer or never part of Linux: the kernel itself says ENOSYS. */
	P(uselib, "obsolete"), P(_sysctl, "obsolete"), P(create_module, "obsolete"),
	P(get_kernel_syms, "obsolete"), P(query_module, "obsolete"), P(nfsservctl, "obsolete"),
	P(getpmsg, "obsolete"), P(putpmsg, "obsolete"), P(afs_syscall, "obsolete"), P(tuxcall, "obsolete"),
	P(security, "obsolete"), P(vserver, "obsolete"), P(epoll_ctl_old, "obsolete"),
	P(epoll_wait_old, "obsolete"),

	/* I/O without system calls cannot be observed: io_uring(7), traps of every tracer. */
	DD(io_uring_setup, "io_uring", ENOSYS, "I/O without system calls"),
	DD(io_uring_enter, "io_uring", ENOSYS, "I/O without system calls"),
	DD(io_uring_register, "io_uring", ENOSYS, "I/O without system calls"),
	DD(add_key, "keyring", EPERM, "kernel keyrings are not divided by user namespaces alone"),
	/* keys are asked by number and user id, whatever the user namespace: keyrings(7), "Access rights" */
	D(request_key, "keyring", EPERM, "the technician's keys; can start a host program"),
	D(keyctl, "keyring", EPERM, "the technician's keys, kept for the same user id"),

	/* Network. */
	W(socket, SOCKET, "network", "only AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: else EAFNOSUPPORT"),
	WP(socketpair, SOCKET, "network", "families as of socket", pass_socketpair),
	W(connect, SOCK, "network", "who talks to whom"), W(bind, SOCK, "network", "who can be called"),
	W(listen, SOCK, "network", "who can be called"), W(accept, SOCK, "network", "who is called"),
	W(accept4, SOCK, "network", "who is called"),
	WP(sendto, SOCK, "network", "who talks to whom", pass_sendto),
	W(sendmsg, SOCK, "network", "who talks to whom"), W(sendmmsg, SOCK, "network", "who talks to whom"),
	P(recvfrom, "network"), P(recvmsg, "network"), P(recvmmsg, "network"), P(shutdown, "network"),
	P(getsockname, "network"), P(getpeername, "network"), P(setsockopt, "network"),
	P(getsockopt, "network"),

	/* Files that are created, changed or removed. */
	WP(open, FILE, "file", "files opened for writing", pass_open),
	WP(openat, FILE, "file", "files opened for writing", pass_openat),
	W(openat2, FILE, "file", "files opened for writing; flags are in memory"),
	W(creat, FILE, "file", "creates"), W(unlink, FILE, "file", "removes"),
	W(unlinkat, FILE, "file", "removes"), W(rmdir, FILE, "file", "removes"),
	W(rename, FILE, "file", "renames"), W(renameat, FILE, "file", "renames"),
	W(renameat2, FILE, "file", "renames"), W(mkdir, FILE, "file", "creates"),
	W(mkdirat, FILE, "file", "creates"), W(mknod, FILE, "file", "creates"),
	W(mknodat, FILE, "file", "creates"), W(link, FILE, "file", "creates"),
	W(linkat, FILE, "file", "creates"), W(symlink, FILE, "file", "creates"),
	W(symlinkat, FILE, "file", "creates"), W(truncate, FILE, "file", "changes"),
	W(chmod, FILE, "file", "changes"), W(fchmod, FILE, "file", "changes"),
	W(fchmodat, FILE, "file", "changes"), W(fchmodat2, FILE, "file", "changes"),
	W(chown, FILE, "file", "changes"), W(lchown, FILE, "file", "changes"),
	W(fchown, FILE, "file", "changes"), W(fchownat, FILE, "file", "changes"),
	W(setxattr, FILE, "file", "changes"), W(lsetxattr, FILE, "file", "changes"),
	W(fsetxattr, FILE, "file", "changes"), W(setxattrat, FILE, "file", "changes"),
	W(removexattr, FILE, "file", "changes"), W(lremovexattr, FILE, "file", "changes"),
	W(fremovexattr, FILE, "file", "changes"), W(removexattrat, FILE, "file", "changes"),
	W(file_setattr, FILE, "file", "changes"), W(utime, FILE, "file", "changes times"),
	W(utimes, FILE, "file", "changes times"), W(futimesat, FILE, "file", "changes times"),
	W(utimensat, FILE, "file", "changes times"),
	W(fanotify_init, CALL, "file", "watches what others do with files"), P(fanotify_mark, "file"),
	P(inotify_init, "file"), P(inotify_init1, "file"), P(inotify_add_watch, "file"),
	P(inotify_rm_watch, "file"), P(read, "file"), P(write, "file"), P(close, "file"),
	WP(close_range, OWN_FILES, "file", "threads with their own descriptors", pass_close_range),
	P(stat, "file"), P(fstat, "file"), P(lstat, "file"), P(newfstatat, "file"),
	P(statx, "file"), P(lseek, "file"), P(pread64, "file"), P(pwrite64, "file"), P(readv, "file"),
	P(writev, "file"), P(preadv, "file"), P(pwritev, "file"), P(preadv2, "file"), P(pwritev2, "file"),
	P(access, "file"), P(faccessat, "file"), P(faccessat2, "file"), P(pipe, "file"), P(pipe2, "file"),
	P(dup, "file"), P(dup2, "file"), P(dup3, "file"), P(fcntl, "file"), P(flock, "file"),
	P(fsync, "file"), P(fdatasync, "file"), P(sync, "file"), P(syncfs, "file"),
	P(sync_file_range, "file"), P(ftruncate, "file"), P(fallocate, "file"), P(getdents, "file"),
	P(getdents64, "file"), P(getcwd, "file"), P(chdir, "file"), P(fchdir, "file"), P(readlink, "file"),
	P(readlinkat, "file"), P(umask, "file"), P(statfs, "file"), P(fstatfs, "file"),
	P(readahead, "file"), P(fadvise64, "file"), P(sendfile, "file"), P(splice, "file"), P(tee, "file"),
	P(vmsplice, "file"), P(copy_file_range, "file"), P(getxattr, "file"), P(lgetxattr, "file"),
	P(fgetxattr, "file"), P(getxattrat, "file"), P(listxattr, "file"), P(llistxattr, "file"),
	P(flistxattr, "file"), P(listxattrat, "file"), P(file_getattr, "file"), P(cachestat, "file"),
	P(io_setup, "file"), P(io_destroy, "file"), P(io_getevents, "file"), P(io_pgetevents, "file"),
	P(io_submit, "file"), P(io_cancel, "file"),
	DP(ioctl, NONE, "terminal", EPERM, "types into terminals, or has the kernel load line disciplines", pass_ioctl),

	/* Memory. */
	P(mmap, "memory"), P(mprotect, "memory"), P(munmap, "memory"), P(brk, "memory"),
	P(mremap, "memory"), P(msync, "memory"), P(mincore, "memory"), P(madvise, "memory"),
	P(mlock, "memory"), P(mlock2, "memory"), P(munlock, "memory"), P(mlockall, "memory"),
	P(munlockall, "memory"), P(mbind, "memory"), P(set_mempolicy, "memory"), P(get_mempolicy, "memory"),
	P(set_mempolicy_home_node, "memory"), P(migrate_pages, "memory"), P(move_pages, "memory"),
	P(remap_file_pages, "memory"), P(pkey_mprotect, "memory"), P(pkey_alloc, "memory"),
	P(pkey_free, "memory"), P(memfd_create, "memory"), P(mseal, "memory"),
	P(map_shadow_stack, "memory"),
	W(memfd_secret, CALL, "memory", "memory that the supervisor cannot read"),

	/* Waiting, signals, time, and talking to oneself. */
	P(poll, "event"), P(ppoll, "event"), P(select, "event"), P(pselect6, "event"),
	P(epoll_create, "event"), P(epoll_create1, "event"), P(epoll_ctl, "event"), P(epoll_wait, "event"),
	P(epoll_pwait, "event"), P(epoll_pwait2, "event"), P(eventfd, "event"), P(eventfd2, "event"),
	P(signalfd, "event"), P(signalfd4, "event"), P(futex, "event"), P(futex_waitv, "event"),
	P(futex_wake, "event"), P(futex_wait, "event"), P(futex_requeue, "event"),
	P(set_robust_list, "event"), P(get_robust_list, "event"), P(rt_sigaction, "signal"),
	P(rt_sigprocmask, "signal"), P(rt_sigreturn, "signal"), P(rt_sigpending, "signal"),
	P(rt_sigtimedwait, "signal"), P(rt_sigqueueinfo, "signal"), P(rt_tgsigqueueinfo, "signal"),
	P(rt_sigsuspend, "signal"), P(sigaltstack, "signal"), P(pause, "signal"),
	P(restart_syscall, "signal"), P(nanosleep, "time"), P(clock_nanosleep, "time"), P(alarm, "time"),
	P(getitimer, "time"), P(setitimer, "time"), P(gettimeofday, "time"), P(time, "time"),
	P(clock_gettime, "time"), P(clock_getres, "time"), P(timer_create, "time"),
	P(timer_settime, "time"), P(timer_gettime, "time"), P(timer_getoverrun, "time"),
	P(timer_delete, "time"), P(timerfd_create, "time"), P(timerfd_settime, "time"),
	P(timerfd_gettime, "time"), P(shmget, "ipc"), P(shmat, "ipc"), P(shmctl, "ipc"), P(shmdt, "ipc"),
	P(semget, "ipc"), P(semop, "ipc"), P(semctl, "ipc"), P(semtimedop, "ipc"), P(msgget, "ipc"),
	P(msgsnd, "ipc"), P(msgrcv, "ipc"), P(msgctl, "ipc"), P(mq_open, "ipc"), P(mq_unlink, "ipc"),
	P(mq_timedsend, "ipc"), P(mq_timedreceive, "ipc"), P(mq_notify, "ipc"), P(mq_getsetattr, "ipc"),
	P(getrandom, "random"),
};
/* clang-format on */

enum call_abi calls_abi(const struct seccomp_data *data)
{
	if (data->arch == AUDIT_ARCH_I386)
		return CALL_ABI_I386;
	if (data->arch != AUDIT_ARCH_X86_64)
		return CALL_ABI_OTHER;
	return data->nr >= 0 && ((uint32_t)data->nr & CALL_X32_BIT) ? CALL_ABI_X32 : CALL_ABI_NATIVE;
}

const struct call_abi_row *calls_abi_row(enum call_abi abi)
{
	return &abis[abi];
}

const struct call_row *calls_row(int nr)
{
	if (nr < 0 || nr >= TB_SYSCALL_MAX || table[nr].class == CALL_UNKNOWN)
		return NULL;
	return &table[nr];
}

bool calls_passes(const struct call_row *row, const __u64 args[6])
{
	for (size_t i = 0; i < row->npass; i++)
		if ((args[row->pass[i].arg] & row->pass[i].mask) == row->pass[i].value)
			return true;
	return false;
}

/* The families that end in the box's own network namespace, or in the box's own file system. */
static bool family_stays_inside(uint32_t family)
{
	return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
}

/*
 * The kernel lets a process change the limits of others with the same ids, and process 1 has them: without descriptors or
 * time it could not do its work. The limit of core dumps stays as init.c set it, or the machine's core dump program would
 * read what the product wrote; programs that forbid core dumps hear that it is done.
 */
static struct call_verdict verdict_limits(const struct call_row *row, const struct seccomp_data *d)
{
	bool other = d->nr == __NR_prlimit64, set = !other || d->args[2];
	uint32_t resource = (uint32_t)d->args[other];

	if (other && set && (uint32_t)d->args[0] == 1)
		return (struct call_verdict){ .error = EPERM, .group = "debug" };
	return (struct call_verdict){ .group = row->group, .pretend = set && resource == RLIMIT_CORE };
}

static bool declares(const enum pol_sys *sys, int nr)
{
	return sys && sys[nr] == POL_SYS_ALLOWED;
}

/*
 * New namespaces, which a policy declares with unshare(2), whatever call makes them: every program uses clone(2). A cgroup
 * namespace could mount the control groups of the technician, whose files are those of the same user.
 */
static struct call_verdict verdict_namespaces(uint64_t flags, const enum pol_sys *sys)
{
	bool refused = flags && (!declares(sys, __NR_unshare) || (flags & CLONE_NEWCGROUP));

	return (struct call_verdict){ .error = refused ? EPERM : 0, .group = "namespace" };
}

/* Calls whose danger depends on plain argument values; everything else is decided by the row alone. */
static struct call_verdict verdict_by_args(const struct call_row *row, const struct seccomp_data *d, const enum pol_sys *sys)
{
	struct call_verdict go_on = { .group = row->group };

	switch (d->nr) {
	case __NR_socket:
	case __NR_socketpair:
		if (!family_stays_inside((uint32_t)d->args[0]))
			return (struct call_verdict){ .error = EAFNOSUPPORT, .group = "family" };
		return go_on;
	case __NR_clone:
		return verdict_namespaces(d->args[0] & CALL_NEW_NAMESPACES, sys);
	case __NR_unshare: /* unshare(CLONE_FILES) is notified too, for the sake of its descriptors */
		return verdict_namespaces(d->args[0] & (CALL_NEW_NAMESPACES | CLONE_NEWTIME), sys);
	case __NR_ioctl:
		/* TIOCSETD can have the machine load a module for a line discipline, tty_ldisc.c */
		if ((uint32_t)d->args[1] == TIOCSTI || (uint32_t)d->args[1] == TIOCLINUX || (uint32_t)d->args[1] == TIOCSETD)
			return (struct call_verdict){ .error = EPERM, .group = "terminal" };
		return go_on;
	case __NR_setrlimit:
	case __NR_prlimit64:
		return verdict_limits(row, d);
	case __NR_seccomp:
		/* One listener for each filter chain: seccomp(2), EBUSY. Without a program it is libseccomp's
		   question whether the kernel knows the flag, which the kernel answers with EFAULT. */
		if ((uint32_t)d->args[0] == SECCOMP_SET_MODE_FILTER &&
		    (d->args[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER) && d->args[2])
			return (struct call_verdict){ .error = EBUSY, .group = "privilege" };
		return go_on;
	default:
		break;
	}
	if (row->class != CALL_DANGEROUS || calls_passes(row, d->args) || (row->declarable && declares(sys, d->nr)))
		return go_on;
	return (struct call_verdict){ .error = row->error, .group = row->group, .quiet = row->quiet };
}

struct call_verdict calls_verdict(const struct seccomp_data *data, const enum pol_sys *sys)
{
	const struct call_row *row = calls_row(data->nr);
	const struct call_abi_row *abi = calls_abi_row(calls_abi(data));

	if (abi->error)
		return (struct call_verdict){ .error = abi->error, .group = "abi" };
	if (data->nr == CALL_SKIPPED)
		return (struct call_verdict){ .group = "unknown" };
	if (!row) /* as the kernel says to numbers past its table */
		return (struct call_verdict){ .error = ENOSYS, .group = "unknown" };
	return verdict_by_args(row, data, sys);
}
