/* SPDX-License-Identifier: Apache-2.0 */
/*
 * groups.c - named sets of system calls, so that a policy need not list hundreds
 *
 * A call may be in several groups. Every call of the kernel is in at least one (a test checks it),
 * so that each can be declared without knowing its name. @default leaves out what matters in an
 * examination: the network, other processes' memory, identities, mounts, namespaces, the kernel.
 */
#include "tcbox/policy.h"

#include <string.h>

#include "tcbox/own.h"

#define CALLS(...) (const char *const[]){ __VA_ARGS__ }

/* In the order of tcbox-policy(5). */
static const struct pol_group groups[] = {
	{ "@default", "what ordinary programs need, without any network", CALLS(
		"@basic-io", "@io-event", "@file-system", "@chown", "@process", "@thread",
		"@signal",
		"@memory", "@timer", "@ipc", "@scheduler", "@sandbox", NULL) },
	{ "@network", "sockets of every kind; name lookups and the name service daemon need it too",
	  CALLS(
		"@network-server", "socket", "socketpair", "connect", "bind", "getsockname",
		"getpeername",
		"getsockopt", "setsockopt", "shutdown", "sendto", "recvfrom", "sendmsg", "recvmsg",
		"sendmmsg", "recvmmsg", NULL) },
	{ "@network-server", "being called: useful in \"deny\"", CALLS(
		"listen", "accept", "accept4", NULL) },
	{ "@basic-io", "reading and writing what is open", CALLS(
		"read", "write", "pread64", "pwrite64", "readv", "writev", "preadv", "pwritev",
		"preadv2",
		"pwritev2", "lseek", "close", "close_range", "dup", "dup2", "dup3", "fcntl",
		"flock",
		"ioctl", "sendfile", "splice", "tee", "vmsplice", "copy_file_range", "readahead",
		"fadvise64", NULL) },
	{ "@io-event", "waiting for input and output", CALLS(
		"poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl",
		"epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", NULL) },
	{ "@file-system", "opening, creating, changing, removing and watching files", CALLS(
		"open", "openat", "openat2", "creat", "stat", "lstat", "fstat", "newfstatat",
		"statx",
		"access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd", "chdir",
		"fchdir",
		"getdents", "getdents64", "mkdir", "mkdirat", "rmdir", "link", "linkat", "symlink",
		"symlinkat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "mknod",
		"mknodat",
		"chmod", "fchmod", "fchmodat", "fchmodat2", "umask", "truncate", "ftruncate",
		"fallocate",
		"utime", "utimes", "futimesat", "utimensat", "statfs", "fstatfs", "statmount",
		"listmount",
		"sync", "syncfs", "fsync", "fdatasync", "sync_file_range", "cachestat",
		"name_to_handle_at",
		"file_getattr", "file_setattr", "inotify_init", "inotify_init1",
		"inotify_add_watch",
		"inotify_rm_watch", "getxattr", "lgetxattr", "fgetxattr", "getxattrat", "setxattr",
		"lsetxattr", "fsetxattr", "setxattrat", "listxattr", "llistxattr", "flistxattr",
		"listxattrat", "removexattr", "lremovexattr", "fremovexattr", "removexattrat",
		NULL) },
	{ "@chown", "giving files to another user or group", CALLS(
		"chown", "fchown", "lchown", "fchownat", NULL) },
	{ "@process", "starting, ending and describing processes; reading one's own identity and "
		      "limits", CALLS(
		"clone", "clone3", "fork", "vfork", "execve", "execveat", "exit", "exit_group",
		"wait4",
		"waitid", "kill", "tkill", "tgkill", "pidfd_open", "pidfd_send_signal",
		"process_mrelease",
		"getpid", "getppid", "gettid", "getpgid", "getpgrp", "setpgid", "getsid", "setsid",
		"getuid", "geteuid", "getresuid", "getgid", "getegid", "getresgid", "getgroups",
		"capget",
		"prctl", "arch_prctl", "set_thread_area", "get_thread_area", "set_tid_address",
		"getrlimit",
		"setrlimit", "prlimit64", "getrusage", "times", "uname", "sysinfo", "getrandom",
		"getcpu", NULL) },
	{ "@thread", "threads and what they wait for", CALLS(
		"futex", "futex_wait", "futex_wake", "futex_requeue", "futex_waitv",
		"set_robust_list",
		"get_robust_list", "rseq", "membarrier", "sched_yield", "rseq_slice_yield", NULL) },
	{ "@signal", "handling and sending signals", CALLS(
		"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend",
		"rt_sigtimedwait", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "sigaltstack",
		"signalfd",
		"signalfd4", "pause", "restart_syscall", NULL) },
	{ "@memory", "one's own memory", CALLS(
		"brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "mincore", "msync",
		"mlock",
		"mlock2", "mlockall", "munlock", "munlockall", "mseal", "memfd_create",
		"memfd_secret",
		"pkey_alloc", "pkey_free", "pkey_mprotect", "map_shadow_stack", "remap_file_pages",
		"get_mempolicy", "set_mempolicy", "set_mempolicy_home_node", "mbind", NULL) },
	{ "@timer", "reading clocks, sleeping, timers", CALLS(
		"time", "gettimeofday", "clock_gettime", "clock_getres", "nanosleep",
		"clock_nanosleep",
		"alarm", "getitimer", "setitimer", "timer_create", "timer_delete", "timer_settime",
		"timer_gettime", "timer_getoverrun", "timerfd_create", "timerfd_settime",
		"timerfd_gettime",
		NULL) },
	{ "@ipc", "pipes, socket pairs, System V and POSIX messages, semaphores and shared memory",
	  CALLS(
		"pipe", "pipe2", "socketpair", "shutdown", "memfd_create", "shmget", "shmat",
		"shmdt",
		"shmctl", "semget", "semop", "semtimedop", "semctl", "msgget", "msgsnd", "msgrcv",
		"msgctl",
		"mq_open", "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify",
		"mq_getsetattr",
		NULL) },
	{ "@scheduler", "priorities and processors", CALLS(
		"getpriority", "setpriority", "ioprio_get", "ioprio_set", "sched_getscheduler",
		"sched_setscheduler", "sched_getparam", "sched_setparam", "sched_getattr",
		"sched_setattr",
		"sched_getaffinity", "sched_setaffinity", "sched_get_priority_max",
		"sched_get_priority_min", "sched_rr_get_interval", NULL) },
	{ "@sandbox", "giving up one's own rights", CALLS(
		"seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
		"lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules", NULL) },
	{ "@aio", "asynchronous input and output by the older interface", CALLS(
		"io_setup", "io_destroy", "io_submit", "io_cancel", "io_getevents", "io_pgetevents",
		NULL) },
	{ "@io_uring", "input, output and connections without system calls", CALLS(
		"io_uring_setup", "io_uring_enter", "io_uring_register", NULL) },
	{ "@resources", "placing the memory of other processes", CALLS(
		"migrate_pages", "move_pages", "process_madvise", NULL) },
	{ "@identity", "changing user, group and capabilities", CALLS(
		"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid",
		"setfsgid", "setgroups", "capset", NULL) },
	{ "@namespace", "making and entering namespaces of one's own, also by clone", CALLS(
		"unshare", "setns", "listns", "sethostname", "setdomainname", NULL) },
	{ "@mount", "mounts and roots, in a namespace of one's own", CALLS(
		"mount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount",
		"fspick",
		"move_mount", "open_tree", "open_tree_attr", "mount_setattr", NULL) },
	{ "@clock", "setting clocks", CALLS(
		"settimeofday", "clock_settime", "adjtimex", "clock_adjtime", NULL) },
	{ "@debug", "looking into and steering other processes", CALLS(
		"ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd",
		"perf_event_open",
		"userfaultfd", "uprobe", "uretprobe", NULL) },
	{ "@keyring", "keys that the kernel holds", CALLS(
		"add_key", "request_key", "keyctl", NULL) },
	{ "@module", "kernel modules", CALLS(
		"init_module", "finit_module", "delete_module", NULL) },
	{ "@kernel", "changing the running kernel or machine", CALLS(
		"@module", "bpf", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff",
		"iopl",
		"ioperm", "syslog", NULL) },
	{ "@emulation", "other modes of execution", CALLS(
		"personality", "modify_ldt", NULL) },
	{ "@privileged", "what only the administrator can do", CALLS(
		"@identity", "@mount", "@clock", "@kernel", "acct", "fanotify_init",
		"fanotify_mark",
		"open_by_handle_at", "quotactl", "quotactl_fd", "sethostname", "setdomainname",
		"vhangup",
		NULL) },
	{ "@obsolete", "no longer in the kernel, or of no use", CALLS(
		"_sysctl", "afs_syscall", "create_module", "epoll_ctl_old", "epoll_wait_old",
		"get_kernel_syms", "getpmsg", "lookup_dcookie", "nfsservctl", "putpmsg",
		"query_module",
		"security", "sysfs", "tuxcall", "uselib", "ustat", "vserver", NULL) },
};

const struct pol_group *pol_group_at(size_t i)
{
	return i < TB_ARRAY_SIZE(groups) ? &groups[i] : NULL;
}

const struct pol_group *pol_group_find(const char *name)
{
	size_t i;

	for (i = 0; i < TB_ARRAY_SIZE(groups); i++)
		if (!strcmp(groups[i].name, name))
			return &groups[i];
	return NULL;
}

void pol_group_mark(const struct pol_group *g, bool set[TB_SYSCALL_MAX])
{
	const char *const *call;
	int nr;

	for (call = g->calls; *call; call++) {
		nr = tb_syscall_number(*call);
		if (**call == '@')	/* as deep as the table above nests: a test checks it */
			pol_group_mark(pol_group_find(*call), set);
		else if (nr >= 0)
			set[nr] = true;		/* < 0: the headers of the build machine were
						 * older */
	}
}
