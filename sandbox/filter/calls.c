/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.c - what tcbox does with every system call
 *
 * Numbers that the build's kernel headers do not know yet come from tcbox/syscalls_newer.h, so that
 * the table does not depend on the machine it was built on. A number without a row fails with
 * ENOSYS, as on a kernel that is older than the call: programs fall back, and nothing new becomes a
 * way out unseen.
 *
 * Arguments are compared only as far as the kernel looks at them: flags and commands that are "int"
 * in the kernel are masked to 32 bits, or a product could hide a value behind upper bits that the
 * kernel drops.
 */
#include "sandbox/filter/calls.h"
#include "sandbox/filter/calls_ioctl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/close_range.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/prctl.h>
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
/* no address: a connected socket */
static const struct call_pass pass_sendto[] = { { 4, UINT64_MAX, 0 } };
/*
 * Forks are not notified: while a call waits to be received, a signal can make it fail with EINTR,
 * which fork(2) never does, and shells fork while SIGCHLD comes. A thread with descriptors of its
 * own is looked at, and a process without.
 */
static const struct call_pass pass_clone[] = {
	{ 0, THREAD_BITS | CALL_NEW_NAMESPACES, 0 },
	{ 0, THREAD_BITS | CALL_NEW_NAMESPACES, THREAD_BITS },
};
static const struct call_pass pass_unshare[] = { { 0, UNSHARE_LOOK, 0 } };
static const struct call_pass pass_close_range[] = { { 2, CLOSE_RANGE_UNSHARE, 0 } };
/* no new limit: a question */
static const struct call_pass pass_prlimit[] = { { 2, UINT64_MAX, 0 } };
static const struct call_pass pass_socketpair[] = { { 0, LOW32, AF_UNIX } };
/* setsockopt: levels and options by which a socket is in a multicast group, or says whom it wants
 * to hear there: ip(7), ipv6(7), linux/in.h, RFC 3678 */
#define AT(level, option) { level, option, true }
static const struct call_case case_setsockopt[] = {
	AT(IPPROTO_IP, IP_ADD_MEMBERSHIP), AT(IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP),
	AT(IPPROTO_IP, IP_BLOCK_SOURCE), AT(IPPROTO_IP, IP_UNBLOCK_SOURCE),
	AT(IPPROTO_IP, IP_MSFILTER), AT(IPPROTO_IP, MCAST_JOIN_GROUP),
	AT(IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP), AT(IPPROTO_IP, MCAST_BLOCK_SOURCE),
	AT(IPPROTO_IP, MCAST_UNBLOCK_SOURCE), AT(IPPROTO_IP, MCAST_MSFILTER),
	AT(IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP), AT(IPPROTO_IPV6, MCAST_JOIN_GROUP),
	AT(IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP),
	AT(IPPROTO_IPV6, MCAST_BLOCK_SOURCE), AT(IPPROTO_IPV6, MCAST_UNBLOCK_SOURCE),
	AT(IPPROTO_IPV6, MCAST_MSFILTER),
};
static const struct call_pass pass_personality[] = {
	{ 0, LOW32, 0 },
	{ 0, LOW32, LOW32 },
	{ 0, LOW32, ADDR_NO_RANDOMIZE },
};
/* prctl: reads, names, and what programs do to themselves every day. */
static const struct call_pass pass_prctl[] = {
	{ 0, LOW32, PR_SET_NAME }, { 0, LOW32, PR_GET_NAME }, { 0, LOW32, PR_SET_VMA },
	{ 0, LOW32, PR_SET_PDEATHSIG }, { 0, LOW32, PR_GET_PDEATHSIG },
	{ 0, LOW32, PR_GET_DUMPABLE },
	{ 0, LOW32, PR_CAPBSET_READ }, { 0, LOW32, PR_SET_NO_NEW_PRIVS },
	{ 0, LOW32, PR_GET_NO_NEW_PRIVS },
	{ 0, LOW32, PR_GET_SECCOMP }, { 0, LOW32, PR_SET_THP_DISABLE },
	{ 0, LOW32, PR_SET_TIMERSLACK },
	{ 0, LOW32, PR_GET_TIMERSLACK }, { 0, LOW32, PR_SET_CHILD_SUBREAPER },
	{ 0, LOW32, PR_GET_KEEPCAPS },
	{ 0, LOW32, PR_GET_SECUREBITS },
};
#define ROW(n, c, g, ...) [__NR_##n] = { .name = #n, .class = CALL_##c, .group = g, __VA_ARGS__ }
#define PASS(p) .pass = p, .npass = TB_ARRAY_SIZE(p)
#define CASES(a, c) .case_arg = a, .cases = c, .ncases = TB_ARRAY_SIZE(c)
#define OPENED "through a descriptor that was opened for writing, which is recorded"
#define PLAIN_FOR(n, g, w) ROW(n, PLAIN, g, .why = w)
#define PLAIN(n, g) ROW(n, PLAIN, g, .why = NULL)
#define WATCHED(n, l, g, w) ROW(n, WATCHED, g, .look = LOOK_##l, .why = w)
#define WATCHED_UNLESS(n, l, g, w, p) ROW(n, WATCHED, g, .look = LOOK_##l, .why = w, PASS(p))
#define REFUSED(n, g, e, w) ROW(n, DANGEROUS, g, .error = e, .why = w)
#define REFUSED_UNLESS(n, g, e, w, p) \
	ROW(n, DANGEROUS, g, .error = e, .look = LOOK_NONE, .why = w, PASS(p))
#define DECLARABLE(n, g, e, w) ROW(n, DANGEROUS, g, .error = e, .why = w, .declarable = true)
#define MOUNTS(n) \
	ROW(n, DANGEROUS, "mount", .error = EPERM, .look = LOOK_ELSEWHERE, .declarable = true, \
	    .why = "changes what paths mean, in mounts of its own")

/*
 * The other tables share numbers with the native one that mean other calls, and their arguments
 * have other sizes: what looked at them as native ones would be lied to. So none of their calls
 * goes on, but for those of a table that the policy declares: they are made native ones first
 * (i386.c).
 */
static const struct call_abi_row abis[] = {
	[CALL_ABI_NATIVE] = { "x86_64", 0, false, NULL },
	[CALL_ABI_X32] = { "x32", ENOSYS, false,
			   "Debian's kernels have it switched off, and no program uses it" },
	[CALL_ABI_I386] = { "i386", ENOSYS, true,
			    "32-bit programs; then as the native call of the same name, or as "
			    "below" },
	[CALL_ABI_OTHER] = { "unknown", ENOSYS, false, "no table of this machine" },
};

static const struct call_row table[TB_SYSCALL_MAX] = {
	/* Programs and processes. */
	WATCHED(execve, EXEC, "process", "another program runs"),
	WATCHED(execveat, EXEC, "process", "another program runs"),
	PLAIN(fork, "process"), PLAIN(vfork, "process"),
	WATCHED_UNLESS(clone, CLONE, "process",
	    "new namespaces: EPERM unless unshare is declared; threads with descriptors of their "
	    "own, processes without",
	    pass_clone),
	WATCHED(exit_group, EXIT, "process", "children are looked at before their parent is gone"),
	WATCHED(exit, THREAD_EXIT, "process", "a thread id can be used again"),
	ROW(clone3, DANGEROUS, "process", .error = ENOSYS, .quiet = true,
	    .why = "flags are in memory that can change; C libraries fall back to clone"),
	PLAIN(wait4, "process"), PLAIN(waitid, "process"), PLAIN(kill, "process"),
	PLAIN(tkill, "process"), PLAIN(tgkill, "process"), PLAIN(getpid, "process"),
	PLAIN(getppid, "process"), PLAIN(gettid, "process"), PLAIN(setpgid, "process"),
	PLAIN(getpgid, "process"), PLAIN(getpgrp, "process"), PLAIN(setsid, "process"),
	PLAIN(getsid, "process"), PLAIN(getpriority, "process"), PLAIN(setpriority, "process"),
	PLAIN(set_tid_address, "process"), PLAIN(pidfd_open, "process"),
	PLAIN(pidfd_send_signal, "process"), PLAIN(process_mrelease, "process"),
	PLAIN(arch_prctl, "process"), PLAIN(set_thread_area, "process"),
	PLAIN(get_thread_area, "process"), PLAIN(rseq, "process"),
	PLAIN(rseq_slice_yield, "process"), PLAIN(ioprio_set, "process"),
	PLAIN(ioprio_get, "process"), PLAIN(getcpu, "process"), PLAIN(getrusage, "process"),
	PLAIN(times, "process"), PLAIN(getrlimit, "process"),
	WATCHED(setrlimit, NONE, "process", "the limit of core dumps is the box's"),
	WATCHED_UNLESS(prlimit64, NONE, "process",
	    "limits of the box's first process, and of core dumps", pass_prlimit),
	PLAIN(sched_yield, "process"), PLAIN(sched_setparam, "process"),
	PLAIN(sched_getparam, "process"), PLAIN(sched_setscheduler, "process"),
	PLAIN(sched_getscheduler, "process"), PLAIN(sched_get_priority_max, "process"),
	PLAIN(sched_get_priority_min, "process"), PLAIN(sched_rr_get_interval, "process"),
	PLAIN(sched_setaffinity, "process"), PLAIN(sched_getaffinity, "process"),
	PLAIN(sched_setattr, "process"), PLAIN(sched_getattr, "process"),
	PLAIN(membarrier, "process"),
	WATCHED_UNLESS(prctl, CALL, "privilege",
	    "changes what the process may do or how it can be observed; PR_SET_MM: EPERM",
	    pass_prctl),
	REFUSED_UNLESS(personality, "privilege", EPERM, "other execution domains change calls",
	    pass_personality),
	DECLARABLE(modify_ldt, "privilege", EPERM,
	    "16-bit code segments: rarely needed, often attacked"),
	WATCHED(seccomp, CALL, "privilege",
	    "a filter of the product's own; a listener of its own: EBUSY"),

	/* One process looking into another. */
	WATCHED(ptrace, CALL, "debug", "controls another process"),
	WATCHED(process_vm_readv, CALL, "debug", "reads another process"),
	WATCHED(process_vm_writev, CALL, "debug", "changes another process"),
	WATCHED(pidfd_getfd, CALL, "debug", "takes another process's descriptor"),
	WATCHED(kcmp, CALL, "debug", "compares processes"),
	PLAIN(process_madvise, "memory"),
	DECLARABLE(perf_event_open, "debug", EPERM, "observes the machine"),

	/* Who the process is. */
	WATCHED(setuid, IDENTITY, "identity", "changes identity"),
	WATCHED(setgid, IDENTITY, "identity", "changes identity"),
	WATCHED(setreuid, IDENTITY, "identity", "changes identity"),
	WATCHED(setregid, IDENTITY, "identity", "changes identity"),
	WATCHED(setresuid, IDENTITY, "identity", "changes identity"),
	WATCHED(setresgid, IDENTITY, "identity", "changes identity"),
	WATCHED(setgroups, CALL, "identity", "changes identity"),
	WATCHED(setfsuid, IDENTITY, "identity", "changes identity"),
	WATCHED(setfsgid, IDENTITY, "identity", "changes identity"),
	WATCHED(capset, CALL, "privilege", "changes capabilities"),
	WATCHED(chroot, ELSEWHERE, "privilege", "changes the root directory"),
	WATCHED(lsm_set_self_attr, CALL, "privilege", "changes the security context"),
	PLAIN(capget, "identity"), PLAIN(getuid, "identity"), PLAIN(getgid, "identity"),
	PLAIN(geteuid, "identity"), PLAIN(getegid, "identity"), PLAIN(getresuid, "identity"),
	PLAIN(getresgid, "identity"), PLAIN(getgroups, "identity"),
	PLAIN(lsm_get_self_attr, "identity"), PLAIN(lsm_list_modules, "identity"),
	PLAIN(landlock_create_ruleset, "privilege"), PLAIN(landlock_add_rule, "privilege"),
	PLAIN(landlock_restrict_self, "privilege"),

	/* Namespaces and mounts: the walls of the box. */
	ROW(unshare, DANGEROUS, "namespace", .error = EPERM, .look = LOOK_UNSHARE,
	    .declarable = true, PASS(pass_unshare),
	    .why = "in a user namespace of its own a process is root"),
	ROW(setns, DANGEROUS, "namespace", .error = EPERM, .look = LOOK_ELSEWHERE,
	    .declarable = true, .why = "enters a namespace that it has made"),
	MOUNTS(mount),
	MOUNTS(umount2),
	MOUNTS(pivot_root),
	MOUNTS(open_tree),
	MOUNTS(open_tree_attr),
	MOUNTS(move_mount),
	MOUNTS(fsopen),
	MOUNTS(fsconfig),
	MOUNTS(fsmount),
	MOUNTS(fspick),
	MOUNTS(mount_setattr),
	REFUSED(open_by_handle_at, "mount", EPERM, "opens files past the box's directories"),
	PLAIN_FOR(name_to_handle_at, "file", "only open_by_handle_at could use it"),
	PLAIN(statmount, "file"), PLAIN(listmount, "file"),
	PLAIN(listns, "namespace"),

	/* The machine and its kernel. */
	REFUSED(init_module, "kernel", EPERM, "kernel code"),
	REFUSED(finit_module, "kernel", EPERM, "kernel code"),
	REFUSED(delete_module, "kernel", EPERM, "kernel code"),
	REFUSED(kexec_load, "kernel", EPERM, "another kernel"),
	REFUSED(kexec_file_load, "kernel", EPERM, "another kernel"),
	REFUSED(bpf, "kernel", EPERM, "kernel programs that see and change packets and calls"),
	DECLARABLE(userfaultfd, "kernel", EPERM, "holds kernel accesses: wins every race"),
	REFUSED(reboot, "kernel", EPERM, "ends the machine"),
	REFUSED(swapon, "kernel", EPERM, "machine administration"),
	REFUSED(swapoff, "kernel", EPERM, "machine administration"),
	REFUSED(acct, "kernel", EPERM, "machine administration"),
	REFUSED(quotactl, "kernel", EPERM, "machine administration"),
	REFUSED(quotactl_fd, "kernel", EPERM, "machine administration"),
	REFUSED(syslog, "kernel", EPERM, "reads the kernel's log"),
	REFUSED(settimeofday, "kernel", EPERM, "the machine's clock"),
	REFUSED(clock_settime, "kernel", EPERM, "the machine's clock"),
	REFUSED(adjtimex, "kernel", EPERM, "the machine's clock"),
	REFUSED(clock_adjtime, "kernel", EPERM, "the machine's clock"),
	REFUSED(iopl, "kernel", EPERM, "hardware access"),
	REFUSED(ioperm, "kernel", EPERM, "hardware access"),
	DECLARABLE(sethostname, "kernel", EPERM,
	    "the machine's name, but in a namespace of its own"),
	DECLARABLE(setdomainname, "kernel", EPERM,
	    "the machine's name, but in a namespace of its own"),
	REFUSED(vhangup, "kernel", EPERM, "takes the terminal away"),
	PLAIN(uname, "kernel"), PLAIN(sysinfo, "kernel"), PLAIN(sysfs, "kernel"),
	PLAIN(ustat, "kernel"), PLAIN(lookup_dcookie, "kernel"), PLAIN(uprobe, "kernel"),

	/* uretprobe is for the kernel's own trampolines; others get SIGILL. */
	PLAIN(uretprobe, "kernel"),

	/* No longer or never part of Linux: the kernel itself says ENOSYS. */
	PLAIN(uselib, "obsolete"), PLAIN(_sysctl, "obsolete"), PLAIN(create_module, "obsolete"),
	PLAIN(get_kernel_syms, "obsolete"), PLAIN(query_module, "obsolete"),
	PLAIN(nfsservctl, "obsolete"), PLAIN(getpmsg, "obsolete"), PLAIN(putpmsg, "obsolete"),
	PLAIN(afs_syscall, "obsolete"), PLAIN(tuxcall, "obsolete"), PLAIN(security, "obsolete"),
	PLAIN(vserver, "obsolete"), PLAIN(epoll_ctl_old, "obsolete"),
	PLAIN(epoll_wait_old, "obsolete"),

	/* I/O without system calls cannot be observed: io_uring(7), traps of every tracer. */
	DECLARABLE(io_uring_setup, "io_uring", ENOSYS, "I/O without system calls"),
	DECLARABLE(io_uring_enter, "io_uring", ENOSYS, "I/O without system calls"),
	DECLARABLE(io_uring_register, "io_uring", ENOSYS, "I/O without system calls"),
	DECLARABLE(add_key, "keyring", EPERM,
	    "kernel keyrings are not divided by user namespaces alone"),
	/* keys are asked by number and user id, whatever the user namespace: keyrings(7), "Access
	 * rights" */
	REFUSED(request_key, "keyring", EPERM, "the technician's keys; can start a host program"),
	REFUSED(keyctl, "keyring", EPERM, "the technician's keys, kept for the same user id"),

	/* Network. */
	WATCHED(socket, SOCKET, "network",
	    "only AF_UNIX, AF_INET, AF_INET6, AF_NETLINK: else EAFNOSUPPORT"),
	WATCHED_UNLESS(socketpair, SOCKET, "network", "families as of socket", pass_socketpair),
	WATCHED(connect, SOCK, "network", "who talks to whom"),
	WATCHED(bind, SOCK, "network", "who can be called"),
	WATCHED(listen, SOCK, "network", "who can be called"),
	WATCHED(accept, SOCK, "network", "who is called"),
	WATCHED(accept4, SOCK, "network", "who is called"),
	WATCHED_UNLESS(sendto, SOCK, "network", "who talks to whom", pass_sendto),
	WATCHED(sendmsg, SOCK, "network", "who talks to whom"),
	WATCHED(sendmmsg, SOCK, "network", "who talks to whom"),
	PLAIN(recvfrom, "network"), PLAIN(recvmsg, "network"), PLAIN(recvmmsg, "network"),
	PLAIN(shutdown, "network"), PLAIN(getsockname, "network"), PLAIN(getpeername, "network"),
	ROW(setsockopt, WATCHED, "network", .look = LOOK_SOCK, CASES(1, case_setsockopt),
	    .why = "joins a multicast group, which the kernel then tells routers"),
	PLAIN(getsockopt, "network"),

	/* Files that are created, changed or removed. */
	WATCHED_UNLESS(open, FILE, "file", "files opened for writing", pass_open),
	WATCHED_UNLESS(openat, FILE, "file", "files opened for writing", pass_openat),
	WATCHED(openat2, FILE, "file", "files opened for writing; flags are in memory"),
	WATCHED(creat, FILE, "file", "creates"),
	WATCHED(unlink, FILE, "file", "removes"),
	WATCHED(unlinkat, FILE, "file", "removes"),
	WATCHED(rmdir, FILE, "file", "removes"),
	WATCHED(rename, FILE, "file", "renames"),
	WATCHED(renameat, FILE, "file", "renames"),
	WATCHED(renameat2, FILE, "file", "renames"),
	WATCHED(mkdir, FILE, "file", "creates"),
	WATCHED(mkdirat, FILE, "file", "creates"),
	WATCHED(mknod, FILE, "file", "creates"),
	WATCHED(mknodat, FILE, "file", "creates"),
	WATCHED(link, FILE, "file", "creates"),
	WATCHED(linkat, FILE, "file", "creates"),
	WATCHED(symlink, FILE, "file", "creates"),
	WATCHED(symlinkat, FILE, "file", "creates"),
	WATCHED(truncate, FILE, "file", "changes"),
	WATCHED(chmod, FILE, "file", "changes"),
	WATCHED(fchmod, FILE, "file", "changes"),
	WATCHED(fchmodat, FILE, "file", "changes"),
	WATCHED(fchmodat2, FILE, "file", "changes"),
	WATCHED(chown, FILE, "file", "changes"),
	WATCHED(lchown, FILE, "file", "changes"),
	WATCHED(fchown, FILE, "file", "changes"),
	WATCHED(fchownat, FILE, "file", "changes"),
	WATCHED(setxattr, FILE, "file", "changes"),
	WATCHED(lsetxattr, FILE, "file", "changes"),
	WATCHED(fsetxattr, FILE, "file", "changes"),
	WATCHED(setxattrat, FILE, "file", "changes"),
	WATCHED(removexattr, FILE, "file", "changes"),
	WATCHED(lremovexattr, FILE, "file", "changes"),
	WATCHED(fremovexattr, FILE, "file", "changes"),
	WATCHED(removexattrat, FILE, "file", "changes"),
	WATCHED(file_setattr, FILE, "file", "changes"),
	WATCHED(utime, FILE, "file", "changes times"),
	WATCHED(utimes, FILE, "file", "changes times"),
	WATCHED(futimesat, FILE, "file", "changes times"),
	WATCHED(utimensat, FILE, "file", "changes times"),
	WATCHED(fanotify_init, CALL, "file", "watches what others do with files"),
	PLAIN(fanotify_mark, "file"), PLAIN(inotify_init, "file"), PLAIN(inotify_init1, "file"),
	PLAIN(inotify_add_watch, "file"), PLAIN(inotify_rm_watch, "file"), PLAIN(read, "file"),
	PLAIN_FOR(write, "file", OPENED), PLAIN(close, "file"),
	WATCHED_UNLESS(close_range, OWN_FILES, "file", "threads with their own descriptors",
	    pass_close_range),
	PLAIN(stat, "file"), PLAIN(fstat, "file"), PLAIN(lstat, "file"), PLAIN(newfstatat, "file"),
	PLAIN(statx, "file"), PLAIN(lseek, "file"), PLAIN(pread64, "file"),
	PLAIN_FOR(pwrite64, "file", OPENED),
	PLAIN(readv, "file"), PLAIN_FOR(writev, "file", OPENED), PLAIN(preadv, "file"),
	PLAIN_FOR(pwritev, "file", OPENED),
	PLAIN(preadv2, "file"), PLAIN_FOR(pwritev2, "file", OPENED), PLAIN(access, "file"),
	PLAIN(faccessat, "file"), PLAIN(faccessat2, "file"), PLAIN(pipe, "file"),
	PLAIN(pipe2, "file"), PLAIN(dup, "file"), PLAIN(dup2, "file"), PLAIN(dup3, "file"),
	PLAIN(fcntl, "file"), PLAIN(flock, "file"), PLAIN(fsync, "file"), PLAIN(fdatasync, "file"),
	PLAIN(sync, "file"), PLAIN(syncfs, "file"), PLAIN(sync_file_range, "file"),
	PLAIN_FOR(ftruncate, "file", OPENED), PLAIN_FOR(fallocate, "file", OPENED),
	PLAIN(getdents, "file"),
	PLAIN(getdents64, "file"), PLAIN(getcwd, "file"), PLAIN(chdir, "file"),
	PLAIN(fchdir, "file"), PLAIN(readlink, "file"), PLAIN(readlinkat, "file"),
	PLAIN(umask, "file"), PLAIN(statfs, "file"), PLAIN(fstatfs, "file"),
	PLAIN(readahead, "file"), PLAIN(fadvise64, "file"), PLAIN_FOR(sendfile, "file", OPENED),
	PLAIN_FOR(splice, "file", OPENED), PLAIN_FOR(tee, "file", "into pipes only"),
	PLAIN_FOR(vmsplice, "file", "into pipes only"),
	PLAIN_FOR(copy_file_range, "file", OPENED), PLAIN(getxattr, "file"),
	PLAIN(lgetxattr, "file"),
	PLAIN(fgetxattr, "file"), PLAIN(getxattrat, "file"), PLAIN(listxattr, "file"),
	PLAIN(llistxattr, "file"), PLAIN(flistxattr, "file"), PLAIN(listxattrat, "file"),
	PLAIN(file_getattr, "file"), PLAIN(cachestat, "file"), PLAIN(io_setup, "file"),
	PLAIN(io_destroy, "file"), PLAIN(io_getevents, "file"), PLAIN(io_pgetevents, "file"),
	PLAIN_FOR(io_submit, "file", OPENED), PLAIN(io_cancel, "file"),
	ROW(ioctl, WATCHED, "file", .look = LOOK_IOCTL, .case_arg = 1, .cases = calls_ioctl_cases,
	    .ncases = CALLS_IOCTLS,
	    .why = "some of its commands change files, terminals or the link"),

	/* Memory. */
	PLAIN_FOR(mmap, "memory", OPENED), PLAIN(mprotect, "memory"), PLAIN(munmap, "memory"),
	PLAIN(brk, "memory"), PLAIN(mremap, "memory"), PLAIN(msync, "memory"),
	PLAIN(mincore, "memory"), PLAIN(madvise, "memory"), PLAIN(mlock, "memory"),
	PLAIN(mlock2, "memory"), PLAIN(munlock, "memory"), PLAIN(mlockall, "memory"),
	PLAIN(munlockall, "memory"), PLAIN(mbind, "memory"), PLAIN(set_mempolicy, "memory"),
	PLAIN(get_mempolicy, "memory"), PLAIN(set_mempolicy_home_node, "memory"),
	PLAIN(migrate_pages, "memory"), PLAIN(move_pages, "memory"),
	PLAIN(remap_file_pages, "memory"), PLAIN(pkey_mprotect, "memory"),
	PLAIN(pkey_alloc, "memory"), PLAIN(pkey_free, "memory"),
	PLAIN_FOR(memfd_create, "memory", "has no name; what is executed there is seen"),
	PLAIN(mseal, "memory"), PLAIN(map_shadow_stack, "memory"),
	WATCHED(memfd_secret, CALL, "memory", "memory that the supervisor cannot read"),

	/* Waiting, signals, time, and talking to oneself. */
	PLAIN(poll, "event"), PLAIN(ppoll, "event"), PLAIN(select, "event"),
	PLAIN(pselect6, "event"), PLAIN(epoll_create, "event"), PLAIN(epoll_create1, "event"),
	PLAIN(epoll_ctl, "event"), PLAIN(epoll_wait, "event"), PLAIN(epoll_pwait, "event"),
	PLAIN(epoll_pwait2, "event"), PLAIN(eventfd, "event"), PLAIN(eventfd2, "event"),
	PLAIN(signalfd, "event"), PLAIN(signalfd4, "event"), PLAIN(futex, "event"),
	PLAIN(futex_waitv, "event"), PLAIN(futex_wake, "event"), PLAIN(futex_wait, "event"),
	PLAIN(futex_requeue, "event"), PLAIN(set_robust_list, "event"),
	PLAIN(get_robust_list, "event"), PLAIN(rt_sigaction, "signal"),
	PLAIN(rt_sigprocmask, "signal"), PLAIN(rt_sigreturn, "signal"),
	PLAIN(rt_sigpending, "signal"), PLAIN(rt_sigtimedwait, "signal"),
	PLAIN(rt_sigqueueinfo, "signal"), PLAIN(rt_tgsigqueueinfo, "signal"),
	PLAIN(rt_sigsuspend, "signal"), PLAIN(sigaltstack, "signal"), PLAIN(pause, "signal"),
	PLAIN(restart_syscall, "signal"), PLAIN(nanosleep, "time"), PLAIN(clock_nanosleep, "time"),
	PLAIN(alarm, "time"), PLAIN(getitimer, "time"), PLAIN(setitimer, "time"),
	PLAIN(gettimeofday, "time"), PLAIN(time, "time"), PLAIN(clock_gettime, "time"),
	PLAIN(clock_getres, "time"), PLAIN(timer_create, "time"), PLAIN(timer_settime, "time"),
	PLAIN(timer_gettime, "time"), PLAIN(timer_getoverrun, "time"), PLAIN(timer_delete, "time"),
	PLAIN(timerfd_create, "time"), PLAIN(timerfd_settime, "time"),
	PLAIN(timerfd_gettime, "time"), PLAIN_FOR(shmget, "ipc", "its names end with the box"),
	PLAIN(shmat, "ipc"),
	PLAIN(shmctl, "ipc"), PLAIN(shmdt, "ipc"),
	PLAIN_FOR(semget, "ipc", "its names end with the box"), PLAIN(semop, "ipc"),
	PLAIN(semctl, "ipc"), PLAIN(semtimedop, "ipc"),
	PLAIN_FOR(msgget, "ipc", "its names end with the box"), PLAIN(msgsnd, "ipc"),
	PLAIN(msgrcv, "ipc"), PLAIN(msgctl, "ipc"),
	PLAIN_FOR(mq_open, "ipc", "its names end with the box"),
	PLAIN_FOR(mq_unlink, "ipc", "its names end with the box"),
	PLAIN(mq_timedsend, "ipc"), PLAIN(mq_timedreceive, "ipc"), PLAIN(mq_notify, "ipc"),
	PLAIN(mq_getsetattr, "ipc"), PLAIN(getrandom, "random"),
};
/* clang-format on */

enum call_abi calls_abi(const struct seccomp_data *data)
{
	if (data->arch == AUDIT_ARCH_I386)
		return CALL_ABI_I386;
	if (data->arch != AUDIT_ARCH_X86_64)
		return CALL_ABI_OTHER;
	return data->nr >= 0 && ((uint32_t)data->nr & CALL_X32_BIT) ? CALL_ABI_X32 :
		CALL_ABI_NATIVE;
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
	for (size_t i = 0; i < row->ncases; i++)
		if (row->cases[i].first == (uint32_t)args[row->case_arg] &&
		    (!row->cases[i].both ||
		     row->cases[i].next == (uint32_t)args[row->case_arg + 1]))
			return false;
	if (row->ncases)
		return true;
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
 * The kernel lets a process change the limits of others with the same ids, and process 1 has them:
 * without descriptors or time it could not do its work. The limit of core dumps stays as init.c set
 * it, or the machine's core dump program would read what the product wrote; programs that forbid
 * core dumps hear that it is done.
 */
static struct call_verdict verdict_limits(const struct call_row *row, const struct seccomp_data *d)
{
	bool other = d->nr == __NR_prlimit64, set = !other || d->args[2];
	uint32_t resource = (uint32_t)d->args[other];

	if (other && set && (uint32_t)d->args[0] == 1)
		return (struct call_verdict){ .error = EPERM, .group = "debug" };
	return (struct call_verdict){ .group = row->group,
				      .pretend = set && resource == RLIMIT_CORE };
}

static bool declares(const enum pol_sys *sys, int nr)
{
	return sys && sys[nr] == POL_SYS_ALLOWED;
}

/*
 * New namespaces, which a policy declares with unshare(2), whatever call makes them: every program
 * uses clone(2). A cgroup namespace could mount the control groups of the technician, whose files
 * are those of the same user.
 */
static struct call_verdict verdict_namespaces(uint64_t flags, const enum pol_sys *sys)
{
	bool refused = flags && (!declares(sys, __NR_unshare) || (flags & CLONE_NEWCGROUP));

	return (struct call_verdict){ .error = refused ? EPERM : 0, .group = "namespace" };
}

static struct call_verdict verdict_ioctl(const struct call_row *row, uint32_t command)
{
	const struct call_ioctl *c = calls_ioctl(command);

	if (!c)
		return (struct call_verdict){ .group = row->group };
	return (struct call_verdict){ .error = c->error, .group = c->group };
}

/* Calls whose danger depends on plain argument values; everything else is decided by the row
 * alone. */
static struct call_verdict verdict_by_args(const struct call_row *row, const struct seccomp_data *d,
					   const enum pol_sys *sys)
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
	case __NR_unshare: /* unshare(CLONE_FILES) is notified too, for the sake of its
			    * descriptors */
		return verdict_namespaces(d->args[0] & (CALL_NEW_NAMESPACES | CLONE_NEWTIME), sys);
	case __NR_ioctl:
		return verdict_ioctl(row, (uint32_t)d->args[1]);
	case __NR_prctl:
		/* It can change /proc/PID/exe and auxv, by which the supervisor knows the program.
		 * The kernel says EPERM to most who ask. */
		if ((uint32_t)d->args[0] == PR_SET_MM)
			return (struct call_verdict){ .error = EPERM, .group = row->group,
						      .quiet = true };
		return go_on;
	case __NR_setrlimit:
	case __NR_prlimit64:
		return verdict_limits(row, d);
	case __NR_seccomp:
		/* One listener for each filter chain: seccomp(2), EBUSY. Without a program it is
		 * libseccomp's question whether the kernel knows the flag, which the kernel answers
		 * with EFAULT. */
		if ((uint32_t)d->args[0] == SECCOMP_SET_MODE_FILTER &&
		    (d->args[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER) && d->args[2])
			return (struct call_verdict){ .error = EBUSY, .group = "privilege" };
		return go_on;
	default:
		break;
	}
	if (row->class != CALL_DANGEROUS || calls_passes(row, d->args) ||
	    (row->declarable && declares(sys, d->nr)))
		return go_on;
	return (struct call_verdict){ .error = row->error, .group = row->group,
				      .quiet = row->quiet };
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
