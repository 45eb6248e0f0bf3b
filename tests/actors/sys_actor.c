/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys_actor.c - does one thing that a box must see or stop, and says truthfully what came of it
 *
 *	sys_actor WHAT [NUMBER]	prints "WHAT RESULT", RESULT being "ok" or the name of the error
 *	sys_actor each NUMBER...	makes calls by number with arguments that are 0, and prints
 *					"NUMBER RESULT" for each
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static int number;

static int result(long rc)
{
	return rc < 0 ? errno : 0;
}

/* I/O without system calls, io_uring(7): a bad pointer, so that natively it is EFAULT */
static int io_uring(void)
{
	return result(syscall(SYS_io_uring_setup, 1, NULL));
}

/* The i386 table from a 64-bit program: 20 is getpid */
static int int80(void)
{
	long rc = 20;

	__asm__ volatile("int $0x80" : "+a"(rc) : : "r8", "r9", "r10", "r11", "memory");
	if (rc < 0) {
		errno = (int)-rc;
		return errno;
	}
	return 0;
}

static int x32(void)
{
	return result(syscall(0x40000000 | SYS_getpid));
}

static int vsock(void) /* created, never connected */
{
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);
	int rc = result(fd);

	if (fd >= 0)
		close(fd);
	return rc;
}

static int packet(void)
{
	return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static int new_user(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int clone_new_user(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return result(pid);
}

static int clone3_call(void)
{
	return result(syscall(SYS_clone3, NULL, 0));
}

static int tiocsti(void)
{
	return result(ioctl(0, TIOCSTI | 0ul, "x"));
}

static int mount_call(void)
{
	return result(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL));
}

static int bpf(void)
{
	return result(syscall(SYS_bpf, 0, NULL, 0));
}

static int new_listener(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			      SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

/* As libseccomp finds out what the kernel knows: EFAULT, it does. */
static int ask_for_listener(void)
{
	return result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			      SECCOMP_FILTER_FLAG_NEW_LISTENER, NULL));
}

static int not_a_call(void)
{
	return result(syscall(500));
}

static int set_ids(void)
{
	uid_t other = getuid() + 1;	/* its own would change nothing */

	return result(setresuid(other, other, other));
}

/* In the tracee: a harmless call that the tracer answers; the exit status says what came of it */
static void be_answered(void) __attribute__((noreturn));
static void be_answered(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	_exit(result(syscall(SYS_getppid)));
}

/* A tracer lets no call be made and answers itself, EXDEV, before it would have been: number -1 */
static int tracer_skips(void)
{
	struct user_regs_struct regs;
	pid_t pid = fork();
	int status;

	if (pid == 0)
		be_answered();
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) == 0 && regs.orig_rax == SYS_getppid) {
			regs.orig_rax = (unsigned long long)-1;
			regs.rax = (unsigned long long)-EXDEV;
			ptrace(PTRACE_SETREGS, pid, NULL, &regs);
		}
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

static int trace_me(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int write_files(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "actor-%d", (int)getpid());
	fd = open(name, O_CREAT | O_WRONLY, 0600);
	if (fd < 0)
		return errno;
	close(fd);
	fd = open(name, O_WRONLY);
	close(fd);
	if (chmod(name, 0644) || rename(name, "actor-renamed") || mkdir("actor-dir", 0755) ||
	    symlink("x", "actor-dir/../actor-link"))
		return errno;
	return unlink("actor-renamed") || rmdir("actor-dir") || unlink("actor-link") ? errno : 0;
}

static struct sockaddr_in loopback(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int own_port(int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	return getsockname(fd, (struct sockaddr *)&a, &len) ? 0 : ntohs(a.sin_port);
}

/* Refused: nothing listens on port 1. The port that the kernel chose is not known any more
 * afterwards. */
static int refused(void)
{
	struct sockaddr_in a = loopback(1);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return result(connect(fd, (struct sockaddr *)&a, sizeof(a)));
}

static int listening(void)
{
	struct sockaddr_in a = loopback(0);
	int fd = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), got;
	socklen_t len = sizeof(a);

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 5) ||
	    getsockname(fd, (struct sockaddr *)&a, &len))
		return errno;
	printf("listens %d\n", ntohs(a.sin_port));
	if (connect(client, (struct sockaddr *)&a, sizeof(a)))
		return errno;
	printf("local %d\n", own_port(client));
	got = accept(fd, NULL, NULL);
	return result(got);
}

static int udp_all_ways(void)
{
	struct sockaddr_in to[3] = { loopback(9001), loopback(9002), loopback(9003) };
	char byte = 'x';
	struct iovec io = { &byte, 1 };
	struct mmsghdr many[2] = { { .msg_hdr = { .msg_name = &to[1],
						  .msg_namelen = sizeof(to[1]),
						  .msg_iov = &io,
						  .msg_iovlen = 1 } },
				   { .msg_hdr = { .msg_name = &to[2],
						  .msg_namelen = sizeof(to[2]),
						  .msg_iov = &io,
						  .msg_iovlen = 1 } } };
	int a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM, 0),
	    c = socket(AF_INET, SOCK_DGRAM, 0);

	if (sendto(a, &byte, 1, 0, (struct sockaddr *)&to[0], sizeof(to[0])) < 0)
		return errno;
	printf("sendto %d\n", own_port(a));
	if (sendmsg(b, &many[0].msg_hdr, 0) < 0)
		return errno;
	printf("sendmsg %d\n", own_port(b));
	if (sendmmsg(c, many, 2, 0) != 2)
		return errno;
	printf("sendmmsg %d\n", own_port(c));
	return 0;
}

/* NUMBER datagrams to the same place: one event with a count */
static int udp_flood(void)
{
	struct sockaddr_in to = loopback(9001);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (int i = 0; i < number; i++)
		if (sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			return errno;
	printf("sendto %d\n", own_port(fd));
	return 0;
}

static int unix_socket(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "\0actor" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return result(connect(fd, (struct sockaddr *)&a, sizeof(sa_family_t) + 6));
}

/* The parent dies at once, and so does the child: the grandchild connects. */
static int daemonize(void)
{
	pid_t pid = fork();

	if (pid)
		_exit(0);
	setsid();
	pid = fork();
	if (pid)
		_exit(0);
	printf("daemon %d\n", (int)getpid());
	return refused();
}

static int forks(void)
{
	for (int i = 0; i < number; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			refused();
			_exit(i & 0x7f);
		}
		if (pid < 0)
			return errno;
	}
	while (wait(NULL) > 0)
		;
	return 0;
}

static int killed(void)
{
	raise(SIGKILL);
	return 0;
}

static void *thread_main(void *arg)
{
	struct sockaddr_in a = loopback(2 + (int)(intptr_t)arg);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	connect(fd, (struct sockaddr *)&a, sizeof(a));
	close(fd);
	return NULL;
}

static int threads(void)
{
	pthread_t t[16];

	for (int round = 0; round < number; round++) {
		for (int i = 0; i < 16; i++)
			if (pthread_create(&t[i], NULL, thread_main, (void *)(intptr_t)i))
				return EAGAIN;
		for (int i = 0; i < 16; i++)
			pthread_join(t[i], NULL);
	}
	return 0;
}

/* A thread with a descriptor table of its own connects a socket that in the others' is another
 * one. */
static void *private_main(void *by_closing)
{
	struct sockaddr_in a = loopback(1);
	int fd;

	if (by_closing ? syscall(SYS_close_range, 200, 300,
				 2 /* CLOSE_RANGE_UNSHARE */) : unshare(CLONE_FILES))
		return NULL;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	dup2(fd, 100);
	connect(100, (struct sockaddr *)&a, sizeof(a));
	printf("local %d\n", own_port(100));
	return NULL;
}

static int private_by(void *by_closing)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in a = loopback(0);
	pthread_t t;

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || dup2(fd, 100) < 0)
		return errno;
	pthread_create(&t, NULL, private_main, by_closing);
	pthread_join(t, NULL);
	return 0;
}

/* A thread that a filter of its own kills, so that nobody is told of its end */
static void *dying_main(void *tid)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 4, code };

	mkdir("/proc/thread", 0700);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
	*(atomic_int *)tid = (int)syscall(SYS_gettid);
	syscall(SYS_getppid);
	return NULL;
}

/* number_again() - a child with the number of a thread that is gone. Only root of the PID namespace
 * may choose, proc(5) */
static int number_again(void)
{
	int last = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
	atomic_int tid = 0;
	char text[64];
	pthread_t t;
	pid_t pid;

	if (last < 0)
		return errno;
	pthread_create(&t, NULL, dying_main, &tid);
	do
		snprintf(text, sizeof(text), "/proc/self/task/%d", tid);
	while (!tid || access(text, F_OK) == 0);
	if (dprintf(last, "%d", tid - 1) < 0)
		return errno;
	pid = fork();
	if (pid == 0) {
		mkdir("/proc/child", 0700);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	return pid == tid ? 0 : EAGAIN;
}

static int private_files(void)
{
	return private_by(NULL);
}

static int private_range(void)
{
	return private_by(&number);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/*
 * Signals every 200 us, as a Go program gets, while notified calls are made: each call must come to
 * its end.
 */
static int signals(void)
{
	struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction act = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < number; i++) {
		int fd = open("/dev/null", O_WRONLY);

		if (fd < 0)
			return errno;
		close(fd);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	return 0;
}

/* NUMBER calls that need no look */
static int plain_calls(void)
{
	for (int i = 0; i < number; i++)
		syscall(SYS_getppid);
	return 0;
}

/* Not to be looked into by other processes of the same user: what follows is harder to observe, and
 * must still work. */
static int undumpable(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return errno;
	return refused();
}

static volatile int racing = 1;
static char raced_path[64];

static void *racer(void *arg)
{
	(void)arg;
	while (racing) {
		memcpy(raced_path, "/bin/true\0", 11);
		memcpy(raced_path, "/bin/echo\0", 11);
	}
	return NULL;
}

/* Another thread changes the path of an exec while it is observed. Prints nothing: the new program
 * may. */
static int exec_race(void)
{
	pthread_t t;

	memcpy(raced_path, "/bin/true", 10);
	pthread_create(&t, NULL, racer, NULL);
	execl(raced_path, "x", "raced", NULL);
	return errno;
}

/* exec fails in the kernel although the file is there: the arguments are too long */
static int exec_fails(void)
{
	size_t len = 8u << 20;
	char *big = malloc(len);

	memset(big, 'x', len - 1);
	big[len - 1] = '\0';
	execl("/bin/true", "true", big, NULL);
	free(big);
	return errno == E2BIG ? refused() : errno;
}

static const struct {
	const char *name;
	int (*act)(void);
} acts[] = {
	{ "io_uring", io_uring },
	{ "int80", int80 },
	{ "x32", x32 },
	{ "vsock", vsock },
	{ "packet", packet },
	{ "new_user", new_user },
	{ "clone_new_user", clone_new_user },
	{ "clone3", clone3_call },
	{ "tiocsti", tiocsti },
	{ "mount", mount_call },
	{ "bpf", bpf },
	{ "new_listener", new_listener },
	{ "ask_for_listener", ask_for_listener },
	{ "not_a_call", not_a_call },
	{ "set_ids", set_ids },
	{ "trace_me", trace_me },
	{ "tracer_skips", tracer_skips },
	{ "write_files", write_files },
	{ "refused", refused },
	{ "listening", listening },
	{ "udp", udp_all_ways },
	{ "udp_flood", udp_flood },
	{ "unix", unix_socket },
	{ "daemonize", daemonize },
	{ "forks", forks },
	{ "killed", killed },
	{ "threads", threads },
	{ "private_files", private_files }, { "private_range", private_range },
	{ "number_again", number_again },
	{ "signals", signals },
	{ "exec_race", exec_race },
	{ "exec_fails", exec_fails },
	{ "plain_calls", plain_calls },
	{ "undumpable", undumpable },
};

static void print_result(const char *what, int error)
{
	printf("%s %s\n", what, error ? strerrorname_np(error) : "ok");
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 2; i < argc && strcmp(argv[1], "each") == 0; i++)
		print_result(argv[i], result(syscall(strtol(argv[i], NULL, 10), 0, 0, 0, 0, 0, 0)));
	if (argc > 2 && strcmp(argv[1], "each") == 0)
		return 0;
	number = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1;
	for (size_t i = 0; argc > 1 && i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(argv[1], acts[i].name) == 0) {
			print_result(argv[1], acts[i].act());
			return 0;
		}
	}
	return 2;
}
