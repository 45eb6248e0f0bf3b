/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.c - pid 1 of the box, and the process that becomes the product
 *
 * How it works
 *	init makes the box's file system and stays root of U, without any way for the product to
 *	reach it: it cannot be signalled by what it has no handler for (pid_namespaces(7)), is not
 *	dumpable, and its user namespace is the parent of the product's. It reaps every orphan and
 *	ends when no process is left, so a daemon that outlives its parent keeps the run going.
 *
 *	first_main() turns the first child into the product: terminal, streams, user namespace V
 *	(which owns nothing), no capabilities, Landlock, filter, control process, execve(2). Each
 *	step gives something up.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/box/guard.h"
#include "sandbox/box/ids.h"
#include "sandbox/msg.h"
#include "sandbox/box/init.h"
#include "sandbox/box/landlock.h"
#include "sandbox/box/root.h"
#include "sandbox/box/shift.h"
#include "sandbox/canary.h"
#include "sandbox/listener.h"
#include "tcbox/fd.h"
#include "tcbox/title.h"

#define KERNEL_SIGNALS 64
#define TASKS_OWN 64		/* more than tcbox has in the airlock */
struct init {
	struct airlock_plan *air;
	int sigfd;
	int slave;		/* the product's terminal; -1: none */
	int ruleset;		/* Landlock's; -1: none */
	pid_t first;
	int map[2];		/* init's and the first process' end: "map my ids", "done" */
};

static void say_failed(int sock, const struct tb_err *err) __attribute__((noreturn));

static void say_failed(int sock, const struct tb_err *err)
{
	(void)msg_send(sock, MSG_FAILED, err->code, 0, err->msg);
	_exit(1);
}

static void say_degraded(void *arg, const char *text)
{
	const int *sock = arg;

	(void)msg_send(*sock, MSG_DEGRADED, 0, 0, text);
}

static void say_reduced(void *arg, const char *text)
{
	const int *sock = arg;

	(void)msg_send(*sock, MSG_REDUCED, 0, 0, text);
}

/* open_tty() - a terminal out of the box's own /dev/pts; the master goes to tcbox, the slave to the
 * product */
static int open_tty(struct init *in, struct tb_err *err)
{
	TB_AUTOCLOSE int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	const struct winsize size = { .ws_row = in->air->opt->io.tty_rows,
				      .ws_col = in->air->opt->io.tty_columns };
	int unlock = 0, ret;

	if (master < 0)
		return tb_err_set(err, errno, "open /dev/ptmx of the box");
	(void)ioctl(master, TIOCSWINSZ, &size);		/* before the product can ask */
	if (ioctl(master, TIOCSPTLCK, &unlock))
		return tb_err_set(err, errno, "unlock the box's terminal");
	in->slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (in->slave < 0)
		return tb_err_set(err, errno, "open the box's terminal");
	ret = tb_send_fd(in->air->tty_sock, master);
	return ret ? tb_err_set(err, -ret, "hand over the box's terminal") : 0;
}

static int write_self(const char *path, const char *text, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return tb_err_set(err, errno, "write %s", path);
	return 0;
}

/* limit_tasks() - in the product's user namespace, which counts the processes of each of its ids by
 * themselves (Linux 5.14). Set before, it holds for the namespace as well, and there tcbox's own
 * processes count, too */
static int limit_tasks(const struct sbx_limit_opts *limits, uint64_t more, struct tb_err *err)
{
	const struct rlimit tasks = { limits->processes_max + more, limits->processes_max + more };

	return setrlimit(RLIMIT_NPROC, &tasks) ? tb_err_set(err, errno, "limit processes") : 0;
}

/* enter_product_userns() - V: the product has its usual ids, or all that U has, and no power over
 * any namespace of the airlock. Only a process that stays in U may write a map of many ids: init
 * does */
static int enter_product_userns(const struct init *in, struct tb_err *err)
{
	char byte = 'u';

	/* counted for V as a whole, whatever ids its processes take; tcbox's own are among them */
	if (in->air->opt->identity.as_root && limit_tasks(&in->air->opt->limits, TASKS_OWN, err))
		return -err->code;
	if (unshare(CLONE_NEWUSER))
		return tb_err_set(err, errno, "create the product's user namespace");
	if (prctl(PR_SET_DUMPABLE, 1))		/* else /proc/PID/uid_map belongs to root,
						 * proc(5) */
		return tb_err_set(err, errno, "prctl");
	if (write(in->map[1], &byte, 1) != 1 || read(in->map[1], &byte, 1) != 1)
		return tb_err_msg(err, ECHILD, "the ids of the product were not mapped");
	return 0;
}

/* What root of the box keeps: power over files and users of the box, and none over its namespaces,
 * which are not its. */
#define ROOT_CAPS (1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH | \
		   1u << CAP_FOWNER | \
		   1u << CAP_FSETID | \
		   1u << CAP_KILL | 1u << CAP_SETGID | 1u << CAP_SETUID | 1u << CAP_SETPCAP | \
		   1u << CAP_NET_BIND_SERVICE | \
		   1u << CAP_SYS_CHROOT | 1u << CAP_MKNOD | 1u << CAP_AUDIT_WRITE | \
		   1u << CAP_SETFCAP)

static int drop_capabilities(uint32_t keep, struct tb_err *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct kept[2] = { { .permitted = keep, .effective = keep } };
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if ((cap >= 32 || !(keep & (1u << cap))) && prctl(PR_CAPBSET_DROP, cap))
			return tb_err_set(err, errno, "drop capability %d", cap);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return tb_err_set(err, errno, "drop ambient capabilities");
	if (syscall(SYS_capset, &head, kept))
		return tb_err_set(err, errno, "drop capabilities");
	return 0;
}

static int take_streams(const struct init *in, struct tb_err *err)
{
	int i, from;

	if (setsid() < 0)
		return tb_err_set(err, errno, "create session");
	if (in->slave >= 0 && ioctl(in->slave, TIOCSCTTY, 0))
		return tb_err_set(err, errno, "take the terminal");
	for (i = 0; i < 3; i++) {
		from = in->air->opt->io.stdio[i] < 0 ? in->slave : in->air->opt->io.stdio[i];
		if (dup2(from, i) < 0)
			return tb_err_set(err, errno, "set up stream %d", i);
	}
	return 0;
}

static int limit_process(const struct sbx_limit_opts *limits, struct tb_err *err)
{
	/* a limit of 1 and not 0: the kernel then starts no core dump program of the host either,
	 * core(5). But a hard limit of 0, which is common, cannot be raised */
	const struct rlimit no_core = { 1, 1 };
	const struct rlimit file = { limits->file_size_max, limits->file_size_max };
	struct rlimit had;

	if (getrlimit(RLIMIT_CORE, &had) || (had.rlim_max > 0 && setrlimit(RLIMIT_CORE, &no_core)))
		return tb_err_set(err, errno, "limit core dumps");
	if (limits->file_size_max && setrlimit(RLIMIT_FSIZE, &file))
		return tb_err_set(err, errno, "limit the size of files");
	return 0;
}

static void run_canary(const struct airlock_plan *a)
{
	const char *why = canary_why(-1);
	int status = -1;
	pid_t pid;

	pid = fork();
	if (pid == 0)
		_exit(canary_main(&a->opt->network));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = -1;
	else if (WIFEXITED(status))
		why = canary_why(WEXITSTATUS(status));
	(void)msg_send(a->first_sock, MSG_CANARY, status ? EIO : 0, 0, why);
}

/* execute_by_path() - what is to be found only in the box, execvp(3). Returns if that failed, with
 * errno */
static void execute_by_path(const struct sbx_options *opt)
{
	const char *dir = root_env(&opt->product, "PATH");
	char path[PATH_MAX];
	size_t len;
	int n;

	for (errno = ENOENT; dir && *dir; dir += len + (dir[len] == ':')) {
		len = strcspn(dir, ":");
		n = snprintf(path, sizeof(path), "%.*s/%s", (int)len, dir, opt->product.program);
		if (n > 0 && (size_t)n < sizeof(path) && !access(path, X_OK)) {
			(void)execve(path, opt->product.argv, opt->product.env);
			return;
		}
	}
	errno = ENOENT;
}

static void become_product(const struct airlock_plan *a) __attribute__((noreturn));

static void become_product(const struct airlock_plan *a)
{
	const struct sbx_options *opt = a->opt;
	int code;

	if (strchr(opt->product.program, '/'))
		(void)execve(opt->product.program, opt->product.argv, opt->product.env);
	else
		execute_by_path(opt);
	code = errno;
	(void)msg_send(a->first_sock, MSG_NOEXEC, code, 0, NULL);
	_exit(code == ENOENT ? 127 : 126);
}

static int prepare_first(const struct init *in, struct tb_err *err)
{
	const int keep[] = { in->air->first_sock, in->map[1], in->ruleset };
	const struct sbx_options *opt = in->air->opt;
	int ret;

	ret = take_streams(in, err);
	tb_close_others(keep, TB_ARRAY_SIZE(keep));		/* no descriptor of ours or of the
								 * technician reaches the product */
	if (!ret)
		ret = limit_process(&opt->limits, err);
	if (!ret)
		ret = limits_apply(&in->air->limits, &opt->limits, err);
	if (!ret && chdir(opt->product.cwd))
		ret = tb_err_set(err, errno, "enter %s in the box", opt->product.cwd);
	if (!ret)
		ret = enter_product_userns(in, err);
	(void)close(in->map[1]);
	if (!ret)
		ret = limit_tasks(&opt->limits, 0, err);
	/* when memory runs out the kernel ends the product first, and not what observes it,
	 * proc_pid_oom_score_adj(5) */
	(void)write_self("/proc/self/oom_score_adj", "1000", NULL);
	if (!ret)
		ret = drop_capabilities(opt->identity.as_root ? ROOT_CAPS : 0, err);
	if (!ret && in->ruleset >= 0)
		ret = landlock_enter(in->ruleset, err);
	if (in->ruleset >= 0)
		(void)close(in->ruleset);
	return ret;
}

/* default_signals() - execve(2) keeps what is ignored, by tcbox or by what started it; a product's
 * run must not depend on that. Raw calls, because the C library refuses its own two signals; the
 * struct is the kernel's, rt_sigaction(2) */
static void default_signals(void)
{
	static const struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} dfl;
	int sig;

	for (sig = 1; sig <= KERNEL_SIGNALS; sig++)
		(void)syscall(SYS_rt_sigaction, sig, &dfl, NULL, sizeof(dfl.mask));
}

static void first_main(const struct init *in) __attribute__((noreturn));

static void first_main(const struct init *in)
{
	const struct airlock_plan *a = in->air;
	struct tb_err err = { 0 };
	sigset_t none;
	int listener;

	if (prepare_first(in, &err))
		say_failed(a->first_sock, &err);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	default_signals();
	listener = listener_offer(&a->filter, a->first_sock);
	if (listener < 0) {
		(void)tb_err_set(&err, -listener, listener == -EBUSY ?
				 "load the seccomp filter: this process already runs under a "
				 "notification listener (tcbox doctor)" :
				 "load the seccomp filter");
		say_failed(a->first_sock, &err);
	}
	/* from here on every system call passes the filter, and some wait for the supervisor */
	if (!msg_await_go(a->first_sock, FIRST_GO_CANARY))
		_exit(1);
	(void)close(listener);
	run_canary(a);
	if (!msg_await_go(a->first_sock, FIRST_GO_PRODUCT))
		_exit(1);
	become_product(a);
}

/* build_box() - everything before the product's process exists */
static int build_box(struct init *in, struct tb_err *err)
{
	int ret;

	in->sigfd = in->slave = in->ruleset = -1;
	if (setns(in->air->box_netns, CLONE_NEWNET))
		return tb_err_set(err, errno, "enter the box's network namespace");
	/* a session keyring of its own: the technician's keys stay outside, keyrings(7). Where the
	 * kernel has no keys, or a container refuses them, there is nothing to leave behind */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
	    errno != EPERM)
		return tb_err_set(err, errno, "leave the session keyring");
	if (in->air->opt->identity.hostname &&
	    sethostname(in->air->opt->identity.hostname, strlen(in->air->opt->identity.hostname)))
		return tb_err_set(err, errno, "set the host name of the box");
	/* the network namespace is not the product's, so its CAP_NET_BIND_SERVICE says nothing
	 * there, ip-sysctl.rst */
	if (in->air->opt->identity.as_root &&
	    write_self("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0", err))
		return -err->code;
	ret = root_build(in->air, say_degraded, &in->air->box_sock, err);
	if (!ret && in->air->tty_sock >= 0)
		ret = open_tty(in, err);
	if (!ret)
		shift_uptime(&in->air->opt->clock, say_reduced, &in->air->box_sock);
	if (!ret && in->air->guard.writes)
		guard_absent(&in->air->opt->places, say_reduced, &in->air->box_sock);
	if (ret || (in->air->guard.writes != GUARD_LANDLOCK &&
		    in->air->guard.reads != GUARD_LANDLOCK))
		return ret;
	in->ruleset = landlock_ruleset(in->air->opt, &in->air->guard, err);
	return in->ruleset < 0 ? in->ruleset : 0;
}

/* map_first() - once the first process is in V. If it is not, it has said why */
static int map_first(const struct init *in, struct tb_err *err)
{
	char pid[16], byte;
	int ret = 0;

	(void)snprintf(pid, sizeof(pid), "%d", (int)in->first);
	if (read(in->map[0], &byte, 1) == 1)
		ret = ids_map_product(pid, &in->air->opt->identity, err);
	if (!ret && send(in->map[0], "m", 1, MSG_NOSIGNAL) != 1 && errno != EPIPE)
		ret = tb_err_set(err, errno, "start the first process");
	(void)close(in->map[0]);
	return ret;
}

static int start_first(struct init *in, struct tb_err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return tb_err_set(err, errno, "block signals");
	in->sigfd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (in->sigfd < 0)
		return tb_err_set(err, errno, "create signalfd");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, in->map))
		return tb_err_set(err, errno, "create socket pair");
	in->first = fork();
	if (in->first < 0)
		return tb_err_set(err, errno, "start the first process");
	if (in->first == 0)
		first_main(in);
	(void)close(in->map[1]);
	tb_close(&in->ruleset);
	return map_first(in, err);
}

/* reap() - Return: false once no process is left */
static bool reap(struct init *in)
{
	struct signalfd_siginfo si;
	int status;
	pid_t pid;

	while (read(in->sigfd, &si, sizeof(si)) == sizeof(si))
		;
	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
		if (pid == in->first)
			(void)msg_send(in->air->box_sock, MSG_STATUS, status, 0, NULL);
	return !(pid < 0 && errno == ECHILD);
}

static void forward_signal(const struct init *in, const struct msg *m)
{
	/* from pid 1, -1 is every process of the box but init itself, kill(2) */
	(void)kill(m->b ? -1 : -in->first, m->a);
}

void init_main(struct airlock_plan *a)
{
	const struct sbx_io *io = &a->opt->io;
	const int keep[] = { a->box_sock, a->first_sock, a->tty_sock, a->box_netns, a->layer,
			     io->stdio[0],
			     io->stdio[1], io->stdio[2], a->opt->mounts.state_lock };
	struct init in = { .air = a };
	struct tb_err err = { 0 };
	struct msg m;

	if (limits_enter(&a->limits, &err))
		say_failed(a->box_sock, &err);
	tb_close_others(keep, TB_ARRAY_SIZE(keep));
	if (build_box(&in, &err) || start_first(&in, &err))
		say_failed(a->box_sock, &err);
	tb_title_plain("init");		/* the product, which sees it, has its copy of the
					 * arguments */
	for (;;) {
		struct pollfd p[] = { { .fd = in.sigfd, .events = POLLIN },
				      { .fd = a->box_sock, .events = POLLIN } };

		if (poll(p, TB_ARRAY_SIZE(p), -1) < 0) {
			if (errno != EINTR)
				_exit(1);
			continue;
		}
		if (p[1].revents && msg_recv(a->box_sock, &m, NULL) == 1 && m.type == MSG_SIGNAL)
			forward_signal(&in, &m);
		if (p[0].revents && !reap(&in))
			_exit(0);
	}
}
