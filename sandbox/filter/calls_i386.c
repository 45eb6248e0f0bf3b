/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls_i386.c - the system calls of 32-bit x86, each as the native call that means the same
 *
 * How it works: most have the same name and the same order of arguments. Where 64-bit numbers take
 * two arguments, as in truncate64(2), or structures have other sizes, it is in arguments that
 * nobody looks at. Numbers are those of arch/x86/entry/syscalls/syscall_32.tbl; the headers of both
 * tables cannot be included together.
 *
 * C libraries of Debian 12 make all their socket calls by socketcall(2), and do not fall back to
 * others if it fails.
 */
#include "sandbox/filter/calls_i386.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include "tcbox/own.h"
#include "tcbox/syscalls_newer.h"

/* Tables: like with like. */
/* clang-format off */
#define ROW(nr, n, f, to) [nr] = { .name = #n, .form = I386_##f, .native = to }
#define S(nr, n) ROW(nr, n, SAME, __NR_##n)
#define A(nr, n, to) ROW(nr, n, SAME, __NR_##to)
#define ID16(nr, n) ROW(nr, n, ID16, __NR_##n)
#define MULTI(nr, n, f) ROW(nr, n, f, -1)
#define GONE(nr, n) ROW(nr, n, GONE, -1)
#define VM86(nr, n) ROW(nr, n, DANGEROUS, -1)

static const struct i386_row table[I386_MAX] = {
	S(0, restart_syscall), S(1, exit), S(2, fork), S(3, read), S(4, write), S(5, open),
	S(6, close),
	A(7, waitpid, wait4), S(8, creat), S(9, link), S(10, unlink), S(11, execve), S(12, chdir),
	S(13, time), S(14, mknod), S(15, chmod), S(16, lchown), GONE(17, break),
	A(18, oldstat, stat),
	S(19, lseek), S(20, getpid), S(21, mount), A(22, umount, umount2), ID16(23, setuid),
	S(24, getuid),
	A(25, stime, settimeofday), S(26, ptrace), S(27, alarm), A(28, oldfstat, fstat),
	S(29, pause),
	S(30, utime), GONE(31, stty), GONE(32, gtty), S(33, access), A(34, nice, setpriority),
	GONE(35, ftime), S(36, sync), S(37, kill), S(38, rename), S(39, mkdir), S(40, rmdir),
	S(41, dup),
	S(42, pipe), S(43, times), GONE(44, prof), S(45, brk), ID16(46, setgid), S(47, getgid),
	A(48, signal, rt_sigaction), S(49, geteuid), S(50, getegid), S(51, acct), S(52, umount2),
	GONE(53, lock), S(54, ioctl), S(55, fcntl), GONE(56, mpx), S(57, setpgid), GONE(58, ulimit),
	A(59, oldolduname, uname), S(60, umask), S(61, chroot), S(62, ustat), S(63, dup2),
	S(64, getppid),
	S(65, getpgrp), S(66, setsid), A(67, sigaction, rt_sigaction),
	A(68, sgetmask, rt_sigprocmask),
	A(69, ssetmask, rt_sigprocmask), ID16(70, setreuid), ID16(71, setregid),
	A(72, sigsuspend, rt_sigsuspend), A(73, sigpending, rt_sigpending), S(74, sethostname),
	S(75, setrlimit), S(76, getrlimit), S(77, getrusage), S(78, gettimeofday),
	S(79, settimeofday),
	S(80, getgroups), S(81, setgroups), S(82, select), S(83, symlink), A(84, oldlstat, lstat),
	S(85, readlink), S(86, uselib), S(87, swapon), S(88, reboot), A(89, readdir, getdents),
	S(90, mmap), S(91, munmap), S(92, truncate), S(93, ftruncate), S(94, fchmod), S(95, fchown),
	S(96, getpriority), S(97, setpriority), GONE(98, profil), S(99, statfs), S(100, fstatfs),
	S(101, ioperm),
	MULTI(102, socketcall, SOCKETCALL),
	S(103, syslog), S(104, setitimer), S(105, getitimer), S(106, stat), S(107, lstat),
	S(108, fstat),
	A(109, olduname, uname), S(110, iopl), S(111, vhangup), GONE(112, idle),
	VM86(113, vm86old),
	S(114, wait4), S(115, swapoff), S(116, sysinfo),
	MULTI(117, ipc, IPC),
	S(118, fsync), A(119, sigreturn, rt_sigreturn), S(120, clone), S(121, setdomainname),
	S(122, uname), S(123, modify_ldt), S(124, adjtimex), S(125, mprotect),
	A(126, sigprocmask, rt_sigprocmask), S(127, create_module), S(128, init_module),
	S(129, delete_module), S(130, get_kernel_syms), S(131, quotactl), S(132, getpgid),
	S(133, fchdir),
	GONE(134, bdflush), S(135, sysfs), S(136, personality), S(137, afs_syscall),
	ID16(138, setfsuid),
	ID16(139, setfsgid), A(140, _llseek, lseek), S(141, getdents), A(142, _newselect, select),
	S(143, flock), S(144, msync), S(145, readv), S(146, writev), S(147, getsid),
	S(148, fdatasync),
	S(149, _sysctl), S(150, mlock), S(151, munlock), S(152, mlockall), S(153, munlockall),
	S(154, sched_setparam), S(155, sched_getparam), S(156, sched_setscheduler),
	S(157, sched_getscheduler), S(158, sched_yield), S(159, sched_get_priority_max),
	S(160, sched_get_priority_min), S(161, sched_rr_get_interval), S(162, nanosleep),
	S(163, mremap),
	ID16(164, setresuid), S(165, getresuid),
	VM86(166, vm86),
	S(167, query_module), S(168, poll), S(169, nfsservctl), ID16(170, setresgid),
	S(171, getresgid),
	S(172, prctl), S(173, rt_sigreturn), S(174, rt_sigaction), S(175, rt_sigprocmask),
	S(176, rt_sigpending), S(177, rt_sigtimedwait), S(178, rt_sigqueueinfo),
	S(179, rt_sigsuspend),
	S(180, pread64), S(181, pwrite64), S(182, chown), S(183, getcwd), S(184, capget),
	S(185, capset),
	S(186, sigaltstack), S(187, sendfile), S(188, getpmsg), S(189, putpmsg), S(190, vfork),
	A(191, ugetrlimit, getrlimit), A(192, mmap2, mmap), A(193, truncate64, truncate),
	A(194, ftruncate64, ftruncate), A(195, stat64, stat), A(196, lstat64, lstat),
	A(197, fstat64, fstat), A(198, lchown32, lchown), A(199, getuid32, getuid),
	A(200, getgid32, getgid), A(201, geteuid32, geteuid), A(202, getegid32, getegid),
	A(203, setreuid32, setreuid), A(204, setregid32, setregid), A(205, getgroups32, getgroups),
	A(206, setgroups32, setgroups), A(207, fchown32, fchown), A(208, setresuid32, setresuid),
	A(209, getresuid32, getresuid), A(210, setresgid32, setresgid),
	A(211, getresgid32, getresgid),
	A(212, chown32, chown), A(213, setuid32, setuid), A(214, setgid32, setgid),
	A(215, setfsuid32, setfsuid), A(216, setfsgid32, setfsgid), S(217, pivot_root),
	S(218, mincore),
	S(219, madvise), S(220, getdents64), A(221, fcntl64, fcntl), S(224, gettid),
	S(225, readahead),
	S(226, setxattr), S(227, lsetxattr), S(228, fsetxattr), S(229, getxattr), S(230, lgetxattr),
	S(231, fgetxattr), S(232, listxattr), S(233, llistxattr), S(234, flistxattr),
	S(235, removexattr),
	S(236, lremovexattr), S(237, fremovexattr), S(238, tkill), A(239, sendfile64, sendfile),
	S(240, futex), S(241, sched_setaffinity), S(242, sched_getaffinity),
	S(243, set_thread_area),
	S(244, get_thread_area), S(245, io_setup), S(246, io_destroy), S(247, io_getevents),
	S(248, io_submit), S(249, io_cancel), S(250, fadvise64), S(252, exit_group),
	S(253, lookup_dcookie), S(254, epoll_create), S(255, epoll_ctl), S(256, epoll_wait),
	S(257, remap_file_pages), S(258, set_tid_address), S(259, timer_create),
	S(260, timer_settime),
	S(261, timer_gettime), S(262, timer_getoverrun), S(263, timer_delete),
	S(264, clock_settime),
	S(265, clock_gettime), S(266, clock_getres), S(267, clock_nanosleep),
	A(268, statfs64, statfs),
	A(269, fstatfs64, fstatfs), S(270, tgkill), S(271, utimes), A(272, fadvise64_64, fadvise64),
	S(273, vserver), S(274, mbind), S(275, get_mempolicy), S(276, set_mempolicy),
	S(277, mq_open),
	S(278, mq_unlink), S(279, mq_timedsend), S(280, mq_timedreceive), S(281, mq_notify),
	S(282, mq_getsetattr), S(283, kexec_load), S(284, waitid), S(286, add_key),
	S(287, request_key),
	S(288, keyctl), S(289, ioprio_set), S(290, ioprio_get), S(291, inotify_init),
	S(292, inotify_add_watch), S(293, inotify_rm_watch), S(294, migrate_pages), S(295, openat),
	S(296, mkdirat), S(297, mknodat), S(298, fchownat), S(299, futimesat),
	A(300, fstatat64, newfstatat), S(301, unlinkat), S(302, renameat), S(303, linkat),
	S(304, symlinkat), S(305, readlinkat), S(306, fchmodat), S(307, faccessat),
	S(308, pselect6),
	S(309, ppoll), S(310, unshare), S(311, set_robust_list), S(312, get_robust_list),
	S(313, splice),
	S(314, sync_file_range), S(315, tee), S(316, vmsplice), S(317, move_pages), S(318, getcpu),
	S(319, epoll_pwait), S(320, utimensat), S(321, signalfd), S(322, timerfd_create),
	S(323, eventfd),
	S(324, fallocate), S(325, timerfd_settime), S(326, timerfd_gettime), S(327, signalfd4),
	S(328, eventfd2), S(329, epoll_create1), S(330, dup3), S(331, pipe2), S(332, inotify_init1),
	S(333, preadv), S(334, pwritev), S(335, rt_tgsigqueueinfo), S(336, perf_event_open),
	S(337, recvmmsg), S(338, fanotify_init), S(339, fanotify_mark), S(340, prlimit64),
	S(341, name_to_handle_at), S(342, open_by_handle_at), S(343, clock_adjtime), S(344, syncfs),
	S(345, sendmmsg), S(346, setns), S(347, process_vm_readv), S(348, process_vm_writev),
	S(349, kcmp),
	S(350, finit_module), S(351, sched_setattr), S(352, sched_getattr), S(353, renameat2),
	S(354, seccomp), S(355, getrandom), S(356, memfd_create), S(357, bpf), S(358, execveat),
	S(359, socket), S(360, socketpair), S(361, bind), S(362, connect), S(363, listen),
	S(364, accept4),
	S(365, getsockopt), S(366, setsockopt), S(367, getsockname), S(368, getpeername),
	S(369, sendto),
	S(370, sendmsg), S(371, recvfrom), S(372, recvmsg), S(373, shutdown), S(374, userfaultfd),
	S(375, membarrier), S(376, mlock2), S(377, copy_file_range), S(378, preadv2),
	S(379, pwritev2),
	S(380, pkey_mprotect), S(381, pkey_alloc), S(382, pkey_free), S(383, statx),
	S(384, arch_prctl),
	S(385, io_pgetevents), S(386, rseq), S(393, semget), S(394, semctl), S(395, shmget),
	S(396, shmctl), S(397, shmat), S(398, shmdt), S(399, msgget), S(400, msgsnd),
	S(401, msgrcv),
	S(402, msgctl), A(403, clock_gettime64, clock_gettime),
	A(404, clock_settime64, clock_settime),
	A(405, clock_adjtime64, clock_adjtime), A(406, clock_getres_time64, clock_getres),
	A(407, clock_nanosleep_time64, clock_nanosleep), A(408, timer_gettime64, timer_gettime),
	A(409, timer_settime64, timer_settime), A(410, timerfd_gettime64, timerfd_gettime),
	A(411, timerfd_settime64, timerfd_settime), A(412, utimensat_time64, utimensat),
	A(413, pselect6_time64, pselect6), A(414, ppoll_time64, ppoll),
	A(416, io_pgetevents_time64, io_pgetevents), A(417, recvmmsg_time64, recvmmsg),
	A(418, mq_timedsend_time64, mq_timedsend), A(419, mq_timedreceive_time64, mq_timedreceive),
	A(420, semtimedop_time64, semtimedop), A(421, rt_sigtimedwait_time64, rt_sigtimedwait),
	A(422, futex_time64, futex), A(423, sched_rr_get_interval_time64, sched_rr_get_interval),
	S(424, pidfd_send_signal), S(425, io_uring_setup), S(426, io_uring_enter),
	S(427, io_uring_register), S(428, open_tree), S(429, move_mount), S(430, fsopen),
	S(431, fsconfig),
	S(432, fsmount), S(433, fspick), S(434, pidfd_open), S(435, clone3), S(436, close_range),
	S(437, openat2), S(438, pidfd_getfd), S(439, faccessat2), S(440, process_madvise),
	S(441, epoll_pwait2), S(442, mount_setattr), S(443, quotactl_fd),
	S(444, landlock_create_ruleset),
	S(445, landlock_add_rule), S(446, landlock_restrict_self), S(447, memfd_secret),
	S(448, process_mrelease), S(449, futex_waitv), S(450, set_mempolicy_home_node),
	S(451, cachestat),
	S(452, fchmodat2), S(453, map_shadow_stack), S(454, futex_wake), S(455, futex_wait),
	S(456, futex_requeue), S(457, statmount), S(458, listmount), S(459, lsm_get_self_attr),
	S(460, lsm_set_self_attr), S(461, lsm_list_modules), S(462, mseal), S(463, setxattrat),
	S(464, getxattrat), S(465, listxattrat), S(466, removexattrat), S(467, open_tree_attr),
	S(468, file_getattr), S(469, file_setattr), S(470, listns), S(471, rseq_slice_yield),
};

/* The numbers inside socketcall(2) are those of linux/net.h, and ipc(2) has its own in
 * linux/ipc.h. */
#define SUB(n, f, to, ...) { .name = n, .form = I386_##f, .native = __NR_##to, __VA_ARGS__ }
#define SOCK(nr, n, to, args, ...) \
	[nr] = SUB("socketcall " n, SOCKETCALL, to, .nargs = args, __VA_ARGS__)
#define IPC(nr, n) [nr] = SUB("ipc " #n, IPC, n, .nargs = 0)

static const struct i386_call socketcalls[I386_SUBS] = {
	SOCK(1, "socket", socket, 3, .behalf = true), SOCK(2, "bind", bind, 3),
	SOCK(3, "connect", connect, 3),
	SOCK(4, "listen", listen, 2), SOCK(5, "accept", accept, 3),
	SOCK(6, "getsockname", getsockname, 3),
	SOCK(7, "getpeername", getpeername, 3),
	SOCK(8, "socketpair", socketpair, 4, .behalf = true),
	SOCK(9, "send", sendto, 4, .connected = true), SOCK(10, "recv", recvfrom, 4),
	SOCK(11, "sendto", sendto, 6), SOCK(12, "recvfrom", recvfrom, 6),
	SOCK(13, "shutdown", shutdown, 2),
	SOCK(14, "setsockopt", setsockopt, 5), SOCK(15, "getsockopt", getsockopt, 5),
	SOCK(16, "sendmsg", sendmsg, 3), SOCK(17, "recvmsg", recvmsg, 3),
	SOCK(18, "accept4", accept4, 4),
	SOCK(19, "recvmmsg", recvmmsg, 5), SOCK(20, "sendmmsg", sendmmsg, 4),
};
static const struct i386_call ipcs[I386_SUBS] = {
	IPC(1, semop), IPC(2, semget), IPC(3, semctl), IPC(4, semtimedop), IPC(11, msgsnd),
	IPC(12, msgrcv),
	IPC(13, msgget), IPC(14, msgctl), IPC(21, shmat), IPC(22, shmdt), IPC(23, shmget),
	IPC(24, shmctl),
};
/* clang-format on */

static const struct i386_call none = { .native = -1 };

const struct i386_row *i386_row(int nr)
{
	return nr < 0 || nr >= I386_MAX || !table[nr].name ? NULL : &table[nr];
}

struct i386_call i386_sub(enum i386_form form, uint32_t sub)
{
	const struct i386_call *subs = form == I386_SOCKETCALL ? socketcalls : ipcs;

	return sub < I386_SUBS && subs[sub].name ? subs[sub] : none;
}

struct i386_call i386_call(int nr, const __u64 args[6])
{
	const struct i386_row *row = i386_row(nr);

	if (!row)
		return none;
	if (row->form == I386_SOCKETCALL)
		return i386_sub(row->form, (uint32_t)args[0]);
	if (row->form == I386_IPC) /* the upper half is a version, ipc_parse_version() in
				    * ipc/syscall.c */
		return i386_sub(row->form, (uint32_t)args[0] & 0xffff);
	return (struct i386_call){ .name = row->name, .form = row->form, .native = row->native };
}

struct call_verdict i386_refusal(const struct i386_call *call)
{
	const char *group = call->form == I386_DANGEROUS ? "privilege" : call->form == I386_GONE ?
		"obsolete" : "unknown";

	return (struct call_verdict){ .error = ENOSYS, .group = group,
				      .quiet = call->form == I386_GONE };
}

void i386_as_native(const struct i386_call *call, const uint32_t block[6], struct seccomp_data *d)
{
	if (call->native < 0)
		return;
	d->nr = call->native;
	d->arch = AUDIT_ARCH_X86_64;
	for (size_t i = 0; i < TB_ARRAY_SIZE(d->args); i++) {
		uint32_t low = (uint32_t)d->args[i];

		if (call->form == I386_SOCKETCALL)
			low = i < call->nargs ? block[i] : 0;
		if (call->form == I386_ID16) /* low2highuid(), linux/highuid.h */
			low = (uint16_t)low == UINT16_MAX ? UINT32_MAX : (uint16_t)low;
		d->args[i] = low;
	}
}
