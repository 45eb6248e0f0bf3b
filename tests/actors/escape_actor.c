/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escape_actor.c - tries one way after the other out of the box, or into what holds it, and says
 * truthfully what came of it
 *
 *	escape_actor ACT...	prints a line "ACT RESULT" for each, RESULT being "ok", the name of
 *				an error, or what was found
 *
 * Acts are names of the tables below, "r:PATH" and "w:PATH" (open for reading, which reads one
 * byte, or for writing, which writes nothing), "u:PATH" and "u:@NAME" (connect to a socket),
 * "shm:KEY" and "mq:NAME". Each is done in a child. Arguments of dangerous calls are such that the
 * call cannot succeed, even where it is permitted.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))
#ifndef PTRACE_O_SUSPEND_SECCOMP
#define PTRACE_O_SUSPEND_SECCOMP (1 << 21)
#endif
#define BAD (-1)

static char found[512]; /* what an act found, if not just an error */

/* One system call, by number: which would fail for its arguments if it were permitted */
static const struct raw {
	const char *name;
	long nr, a[6];
} raw_calls[] = {
	{ "mount", SYS_mount, { 0 } }, { "umount2", SYS_umount2, { 0 } },
	{ "pivot_root", SYS_pivot_root, { 0 } },
	{ "open_tree", SYS_open_tree, { BAD, 0, 1 } },
	{ "move_mount", SYS_move_mount, { BAD, 0, BAD, 0, 0 } },
	{ "fsopen", SYS_fsopen, { 0 } }, { "fsconfig", SYS_fsconfig, { BAD } },
	{ "fsmount", SYS_fsmount, { BAD } },
	{ "fspick", SYS_fspick, { BAD, 0, 0 } },
	{ "mount_setattr", SYS_mount_setattr, { BAD, 0, 0, 0, 0 } },
	{ "open_by_handle_at", SYS_open_by_handle_at, { BAD, 0, 0 } },
	{ "setns", SYS_setns, { BAD, 0 } },
	{ "chroot", SYS_chroot, { 0 } },
	{ "init_module", SYS_init_module, { 0 } }, { "finit_module", SYS_finit_module, { BAD } },
	{ "delete_module", SYS_delete_module, { 0 } },
	{ "kexec_load", SYS_kexec_load, { 0, 99, 0, 0 } },
	{ "kexec_file_load", SYS_kexec_file_load, { BAD, BAD, 0, 0, 0x80 } },
	{ "bpf", SYS_bpf, { 0, 0, 0 } },
	{ "perf_event_open", SYS_perf_event_open, { 0, 0, BAD, BAD, 0 } },
	{ "userfaultfd", SYS_userfaultfd, { 0x100 } },
	{ "reboot", SYS_reboot, { 0 } }, { "swapon", SYS_swapon, { 0 } },
	{ "swapoff", SYS_swapoff, { 0 } },
	{ "acct", SYS_acct, { 1 } }, { "quotactl", SYS_quotactl, { 0 } },
	{ "syslog", SYS_syslog, { 99 } },
	{ "settimeofday", SYS_settimeofday, { 1, 0 } },
	{ "clock_settime", SYS_clock_settime, { 0, 0 } },
	{ "adjtimex", SYS_adjtimex, { 0 } }, { "clock_adjtime", SYS_clock_adjtime, { 0, 0 } },
	{ "iopl", SYS_iopl, { 99 } },
	{ "ioperm", SYS_ioperm, { BAD, 1, 1 } }, { "sethostname", SYS_sethostname, { 0, BAD } },
	{ "setdomainname", SYS_setdomainname, { 0, BAD } },
	{ "modify_ldt", SYS_modify_ldt, { 99 } },
	{ "personality", SYS_personality, { 8 } }, { "add_key", SYS_add_key, { 0 } },
	{ "request_key", SYS_request_key, { 0 } },
	{ "keyctl", SYS_keyctl, { KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0 } },
	{ "io_uring_setup", SYS_io_uring_setup, { 1, 0 } },
	{ "io_uring_enter", SYS_io_uring_enter, { BAD } },
	{ "io_uring_register", SYS_io_uring_register, { BAD } },
	{ "new_mount", SYS_unshare, { CLONE_NEWNS } }, { "new_pid", SYS_unshare, { CLONE_NEWPID } },
	{ "new_net", SYS_unshare, { CLONE_NEWNET } }, { "new_ipc", SYS_unshare, { CLONE_NEWIPC } },
	{ "new_uts", SYS_unshare, { CLONE_NEWUTS } },
	{ "new_cgroup", SYS_unshare, { CLONE_NEWCGROUP } },
	{ "new_user", SYS_unshare, { CLONE_NEWUSER } }, { "new_time", SYS_unshare, { 0x80 } },
	{ "no_such_call", 600, { 0 } }, { "x32_call", 0x40000000 | SYS_getpid, { 0 } },
	/* process 1, which is tcbox's */
	{ "trace_1", SYS_ptrace, { PTRACE_SEIZE, 1, 0, 0 } },
	{ "kcmp_1", SYS_kcmp, { 1, 1, 1, 0, 0 } },
	{ "nice_1", SYS_setpriority, { PRIO_PROCESS, 1, 19 } },
	{ "ionice_1", SYS_ioprio_set, { 1, 1, 3 << 13 } },
	{ "signal_1", SYS_kill, { 1, SIGTERM } }, { "kill_1", SYS_kill, { 1, SIGKILL } },
	{ "stop_1", SYS_kill, { 1, SIGSTOP } },
	{ "migrate_1", SYS_migrate_pages, { 1, 0, 0, 0 } },
};

static long errno_of(long rc)
{
	return rc < 0 ? errno : 0;
}

static long raw_call(const struct raw *r)
{
	return errno_of(syscall(r->nr, r->a[0], r->a[1], r->a[2], r->a[3], r->a[4], r->a[5]));
}

/* The i386 table from a 64-bit program: 20 is getpid */
static long int80(void)
{
	long rc = 20;

	__asm__ volatile("int $0x80" : "+a"(rc) : : "r8", "r9", "r10", "r11", "memory");
	return rc < 0 ? -rc : 0;
}

static long one_family(int family)
{
	int fd = socket(family, SOCK_RAW, 0); /* created, never connected */

	if (fd < 0 && errno == ESOCKTNOSUPPORT)
		fd = socket(family, SOCK_STREAM, 0);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static long vsock(void)
{
	return one_family(AF_VSOCK);
}

static long packet(void)
{
	return one_family(AF_PACKET);
}

/* Every family with every type: which exist? */
static long families(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET,
				     SOCK_DCCP, SOCK_PACKET };
	size_t len = 0;

	for (int family = 0; family < 64; family++) {
		bool exists = false;

		for (size_t i = 0; i < N(types); i++) {
			int fd = socket(family, types[i], 0), sv[2];

			exists |= fd >= 0 || errno != EAFNOSUPPORT;
			if (fd >= 0)
				close(fd);
			if (socketpair(family, types[i], 0, sv) == 0) {
				exists = true;
				close(sv[0]);
				close(sv[1]);
			}
		}
		if (exists)
			len += (size_t)snprintf(found + len, sizeof(found) - len, "%s%d",
						len ? "," : "", family);
	}
	return 0;
}

/* Links that the routing socket shows, and whether one of them can be taken down */
static long links(void)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} ask = { { sizeof(ask), RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 },
		  { .ifi_family = AF_UNSPEC } };
	char buf[32768];
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), n = 0;

	if (fd < 0 || send(fd, &ask, sizeof(ask), 0) < 0)
		return errno;
	for (;;) {
		ssize_t len = recv(fd, buf, sizeof(buf), 0);
		struct nlmsghdr *h = (void *)buf;

		if (len <= 0)
			return errno;
		for (; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
			if (h->nlmsg_type == NLMSG_DONE) {
				close(fd);
				snprintf(found, sizeof(found), "%d", n);
				return 0;
			}
			n += h->nlmsg_type == RTM_NEWLINK;
		}
	}
}

static long link_down(void)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} ask = { { sizeof(ask), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0 },
		  /* lo; changes nothing */
		  { .ifi_family = AF_UNSPEC, .ifi_index = 1, .ifi_change = 0 } };
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char more[256];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (fd < 0 || send(fd, &ask, sizeof(ask), 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		return errno;
	close(fd);
	return -answer.e.error;
}

static long vm_write_1(void)
{
	struct iovec here = { found, 1 }, there = { (void *)0x1000, 1 };

	return errno_of(process_vm_writev(1, &here, 1, &there, 1, 0));
}

static long take_fd_1(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);
	long rc = errno_of(syscall(SYS_pidfd_getfd, pidfd, 0, 0));

	close(pidfd);
	return rc;
}

/* The limit that is there already: permitted or not? */
static long limit_1(void)
{
	struct rlimit now;

	if (prlimit(1, RLIMIT_NOFILE, NULL, &now))
		return errno;
	return errno_of(prlimit(1, RLIMIT_NOFILE, &now, NULL));
}

static long affinity_1(void)
{
	cpu_set_t all;

	if (sched_getaffinity(1, sizeof(all), &all))
		return errno;
	return errno_of(sched_setaffinity(1, sizeof(all), &all));
}

static long scheduler_1(void)
{
	struct sched_param p = { 0 };

	return errno_of(sched_setscheduler(1, SCHED_OTHER, &p));
}

static long limit_self(void)
{
	struct rlimit now;

	if (prlimit(getpid(), RLIMIT_NOFILE, NULL, &now))
		return errno;
	return errno_of(prlimit(getpid(), RLIMIT_NOFILE, &now, NULL));
}

/* What the limit of core dumps is after it was set to 0, which lets the machine's core dump program
 * run: core(5) */
static long core_limit(void)
{
	const struct rlimit none = { 0, 0 };
	struct rlimit now;

	if (setrlimit(RLIMIT_CORE, &none) || getrlimit(RLIMIT_CORE, &now))
		return errno;
	snprintf(found, sizeof(found), "%d", (int)now.rlim_cur);
	return 0;
}

static long stream_types(void)
{
	size_t len = 0;

	for (int fd = 0; fd < 3; fd++) {
		struct stat st;
		const char *type = fstat(fd, &st) ? "none" : S_ISFIFO(st.st_mode) ? "pipe" :
			S_ISSOCK(st.st_mode) ? "socket" :
				   S_ISDIR(st.st_mode) ? "directory" : S_ISREG(st.st_mode) ?
					   "file" : isatty(fd) ? "terminal" : "device";

		len += (size_t)snprintf(found + len, sizeof(found) - len, "%s%s", len ? "," : "",
					type);
	}
	return 0;
}

/* Open the standard output anew, and empty it */
static long truncate_stdout(void)
{
	int fd = open("/proc/self/fd/1", O_WRONLY | O_TRUNC);
	long rc = errno_of(fd);

	close(fd);
	return rc;
}

static long controlling_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR);
	pid_t sid;

	if (fd < 0)
		return errno;
	sid = tcgetsid(fd);
	snprintf(found, sizeof(found), "%s", sid == getsid(0) ? "own" : "other");
	close(fd);
	return 0;
}

static long tiocsti(void)
{
	return errno_of(ioctl(0, TIOCSTI | 0ul, "\n"));
}

static long tiocsti_hidden(void) /* upper bits that the kernel drops */
{
	return errno_of(syscall(SYS_ioctl, 0, TIOCSTI | 1ul << 32, "\n"));
}

static long tioclinux(void)
{
	char paste = 3;

	return errno_of(ioctl(0, TIOCLINUX | 0ul, &paste));
}

static long status_line(const char *name)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			sscanf(line + strlen(name), ": %255s", found);
	if (f)
		fclose(f);
	return 0;
}

static long cap_bounding(void)
{
	return status_line("CapBnd");
}

static long cap_effective(void)
{
	return status_line("CapEff");
}

static long no_new_privs(void)
{
	return status_line("NoNewPrivs");
}

static long effective_id(void)
{
	snprintf(found, sizeof(found), "%d", (int)geteuid());
	return 0;
}

static long make_device(void)
{
	long rc = errno_of(mknod("escape-device", S_IFCHR | 0600, 0x103));

	unlink("escape-device");
	return rc;
}

/* "/.." and as many as you like are "/" */
static long dotdot(void)
{
	struct stat root, up;

	if (stat("/", &root) || stat("/../../../../../../../..", &up))
		return errno;
	snprintf(found, sizeof(found), "%s",
		 root.st_ino == up.st_ino && root.st_dev == up.st_dev ? "root" : "elsewhere");
	return 0;
}

/* Filters and tracers of the product's own */

static long add_filter(unsigned int flags, long nr, unsigned int action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { N(code), code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return errno_of(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog));
}

static long mount_now(void)
{
	return errno_of(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL));
}

static long own_allow(void)
{
	long rc = add_filter(0, SYS_mount, SECCOMP_RET_ALLOW);

	return rc ? rc : mount_now();
}

static long own_allow_all_threads(void)
{
	long rc = add_filter(SECCOMP_FILTER_FLAG_TSYNC, SYS_mount, SECCOMP_RET_ALLOW);

	return rc ? rc : mount_now();
}

static long own_errno(void)
{
	long rc = add_filter(0, SYS_mount, SECCOMP_RET_ERRNO | EXDEV);

	return rc ? rc : mount_now();
}

static long own_listener(void)
{
	return add_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER, 601, SECCOMP_RET_USER_NOTIF);
}

static void traced(long nr, bool by_filter, int to) __attribute__((noreturn));

/* In the tracee: a harmless call, of which the tracer makes another; says what came of it */
static void traced(long nr, bool by_filter, int to)
{
	long rc;

	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	if (by_filter)
		add_filter(0, nr, SECCOMP_RET_TRACE);
	rc = errno_of(syscall(nr, 0, 0, 0, 0, 0));
	if (write(to, &rc, sizeof(rc)) != sizeof(rc))
		_exit(1);
	_exit(0);
}

/* In the tracer: whenever @from is about to be called, make it @nr */
static void rewrite(pid_t pid, long from, long nr, bool by_filter)
{
	struct user_regs_struct regs;
	int status;

	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL,
	       PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD);
	while (ptrace(by_filter ? PTRACE_CONT : PTRACE_SYSCALL, pid, NULL, NULL) == 0 &&
	       waitpid(pid, &status, 0) == pid &&
	       WIFSTOPPED(status)) {
		if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) ||
		    regs.orig_rax != (unsigned long long)from)
			continue;
		regs.orig_rax = (unsigned long long)nr;
		ptrace(PTRACE_SETREGS, pid, NULL, &regs);
	}
}

static long rewritten(long from, long nr, bool by_filter)
{
	long rc = ECHILD;
	int p[2];
	pid_t pid;

	if (pipe2(p, O_CLOEXEC))
		return errno;
	pid = fork();
	if (pid == 0)
		traced(from, by_filter, p[1]);
	close(p[1]);
	rewrite(pid, from, nr, by_filter);
	if (read(p[0], &rc, sizeof(rc)) < 0)
		rc = errno;
	close(p[0]);
	return rc;
}

static long tracer_rewrites(void)
{
	return rewritten(SYS_getppid, SYS_mount, false);
}

static long filter_trace_rewrites(void)
{
	return rewritten(SYS_getppid, SYS_mount, true);
}

static long filter_trace_keeps(void) /* a tracer sees the call, if anybody, after the box has */
{
	return rewritten(SYS_mount, SYS_mount, true);
}

static long suspend_seccomp(void)
{
	pid_t pid = fork();
	long rc;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	rc = errno_of(ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_SUSPEND_SECCOMP));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return rc;
}

static const struct {
	const char *name;
	long (*act)(void);
} acts[] = {
	{ "int80", int80 }, { "vsock", vsock }, { "packet", packet }, { "families", families },
	{ "links", links },
	{ "link_down", link_down }, { "vm_write_1", vm_write_1 }, { "take_fd_1", take_fd_1 },
	{ "limit_1", limit_1 },
	{ "affinity_1", affinity_1 }, { "scheduler_1", scheduler_1 }, { "limit_self", limit_self },
	{ "core_limit", core_limit },
	{ "stream_types", stream_types }, { "truncate_stdout", truncate_stdout },
	{ "controlling_terminal", controlling_terminal }, { "tiocsti", tiocsti },
	{ "tiocsti_hidden", tiocsti_hidden },
	{ "tioclinux", tioclinux }, { "cap_bounding", cap_bounding },
	{ "cap_effective", cap_effective },
	{ "no_new_privs", no_new_privs }, { "effective_id", effective_id },
	{ "make_device", make_device },
	{ "dotdot", dotdot }, { "own_allow", own_allow },
	{ "own_allow_all_threads", own_allow_all_threads },
	{ "own_errno", own_errno }, { "own_listener", own_listener },
	{ "tracer_rewrites", tracer_rewrites },
	{ "filter_trace_rewrites", filter_trace_rewrites },
	{ "filter_trace_keeps", filter_trace_keeps },
	{ "suspend_seccomp", suspend_seccomp },
};

static long open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	long rc = errno_of(fd);
	char byte;

	if (!rc && flags == O_RDONLY && read(fd, &byte, 1) < 0 && errno != EISDIR)
		rc = errno;
	if (fd >= 0)
		close(fd);
	return rc;
}

static long connect_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	long rc;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	rc = errno_of(connect(fd, (struct sockaddr *)&a,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))));
	close(fd);
	return rc;
}

static long open_queue(const char *name)
{
	mqd_t q = mq_open(name, O_RDONLY);

	if (q == (mqd_t)-1)
		return errno;
	mq_close(q);
	return 0;
}

static long perform(const char *name)
{
	if (!strncmp(name, "r:", 2))
		return open_file(name + 2, O_RDONLY);
	if (!strncmp(name, "w:", 2))
		return open_file(name + 2, O_WRONLY);
	if (!strncmp(name, "u:", 2))
		return connect_unix(name + 2);
	if (!strncmp(name, "shm:", 4))
		return errno_of(shmget((key_t)strtol(name + 4, NULL, 0), 0, 0));
	if (!strncmp(name, "mq:", 3))
		return open_queue(name + 3);
	for (size_t i = 0; i < N(acts); i++)
		if (!strcmp(name, acts[i].name))
			return acts[i].act();
	for (size_t i = 0; i < N(raw_calls); i++)
		if (!strcmp(name, raw_calls[i].name))
			return raw_call(&raw_calls[i]);
	fprintf(stderr, "escape_actor: %s: no such act\n", name);
	exit(2);
}

/* Each in a process of its own: filters and limits stay */
int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			long rc = perform(argv[i]);

			printf("%s %s\n", argv[i],
			       rc ? strerrorname_np((int)rc) : found[0] ? found : "ok");
			fflush(stdout);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) < 0 || status)
			printf("%s died-%d\n", argv[i], status);
	}
	return 0;
}
