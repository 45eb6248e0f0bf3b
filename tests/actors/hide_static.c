/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hide_static.c - acts in the ways in which a product could hope not to be seen, or to pass for
 * another
 *
 *	hide_static control ADDRESS	its first watched call is a fork(2) by a bare thread; the
 *					child connects
 *	hide_static calls PATH		each watched call is the first of a new thread: creates
 *					files PATH0 to PATH3
 *	hide_static exec PROGRAM ARG	a thread executes PROGRAM while two others keep the
 *					supervisor busy
 *	hide_static leader ADDRESS	the first thread ends, another one connects
 *	hide_static reopen PATH		changes a file through /dev/fd, with a descriptor that can
 *					only read
 *	hide_static silent PROGRAM	a child executes PROGRAM (this one, copied) by a name that
 *					only the child's /proc has; it
 *					makes no watched call and dies by a signal
 *	hide_static runs PROGRAM ARG...	executes PROGRAM ("": none) in a child, and waits for it and
 *					for whom it
 *					leaves behind
 *	hide_static sibling ADDRESS	makes a child of its parent, which connects
 *	hide_static adopted ADDRESS	a grandchild connects once its parent is killed and its
 *					children's reaper has it
 *	hide_static heir ADDRESS PROGRAM ARG...	becomes PROGRAM; a child that it made before
 *						connects then
 *	hide_static datagram ADDRESS	sends one from a port that others may have as well
 *	hide_static forged ADDRESS OTHER HEX	sends an answer of a name server to port 5353 of
 *						ADDRESS, then connects to OTHER
 *	hide_static raced PROGRAM	executes PROGRAM (this one, copied) and changes the path to
 *					PROGRAM2 meanwhile, until
 *					that ran a few times: it makes no watched call, and is
 *					killed
 *	hide_static udp HEX...		sends each datagram to the name server, and waits for an
 *					answer to each but for a while
 *	hide_static stamped HEX...	as udp, with time stamps among the options of IP
 *	hide_static tcp HEX...		the same in one connection, without waiting
 *	hide_static join GROUP		becomes a member of a multicast group
 *
 * Prints "ok" when the act worked. Statically linked, so that no watched call is made before main()
 * acts.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STACK (1 << 20)
#define ARGS 60
#define ARG_BYTES 30000

static const char *arg;
static int thread_number;
static atomic_int done;		/* threads that are through; they stay, since ending is a watched
				 * call, too */
static atomic_int failed;

static int contact(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(80) };
	int fd = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, arg, &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return 1;
	return write(fd, "GET / HTTP/1.0\r\n\r\n", 18) != 18;
}

/* bare_thread() - as pthread_create(3), but without clone3(2), which is watched */
static void bare_thread(int (*fn)(void *))
{
	const int flags =
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int before = done;

	if (stack == MAP_FAILED || clone(fn, stack + STACK, flags, NULL) < 0)
		exit(1);
	while (done == before)
		usleep(1000);
}

static int through(int rc)
{
	failed |= rc;
	done++;
	while (syscall(SYS_pause) < 0)
		;
	return 0;
}

static int fork_and_contact(void *unused)
{
	int status = 1;
	pid_t pid;

	(void)unused;
	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0)
		_exit(contact());
	if (syscall(SYS_wait4, pid, &status, 0, NULL) != pid)
		status = 1;
	return through(status != 0);
}

static int create_one(void *unused)
{
	char path[4096];

	(void)unused;
	(void)snprintf(path, sizeof(path), "%s%d", arg, thread_number);
	return through(syscall(SYS_open, path, O_WRONLY | O_CREAT, 0644) < 0);
}

static void *be_busy(void *unused)
{
	for (;;)
		(void)mkdir("/proc/nowhere/directory", 0700);
	return unused;
}

static void *execute(void *argv)
{
	char **v = argv, *args[ARGS + 2] = { v[0], v[1] };
	int i;

	for (i = 2; i <= ARGS; i++) {
		args[i] = malloc(ARG_BYTES);
		if (!args[i])
			exit(1);
		memset(args[i], 'x', ARG_BYTES - 1);
		args[i][ARG_BYTES - 1] = '\0';
	}
	usleep(20000);
	(void)execv(v[0], args);
	exit(1);
}

static int exec_among_threads(char **argv)
{
	pthread_t t;
	int i;

	for (i = 0; i < 2; i++)
		if (pthread_create(&t, NULL, be_busy, NULL))
			return 1;
	if (pthread_create(&t, NULL, execute, argv))
		return 1;
	for (;;)
		pause();
}

static void *outlive(void *unused)
{
	(void)unused;
	usleep(50000);		/* the first thread has ended by then */
	if (contact())
		_exit(1);
	(void)write(1, "ok\n", 3);
	_exit(0);
}

static int end_first_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, outlive, NULL))
		return 1;
	return (int)syscall(SYS_exit, 0);
}

static int reopen(void)
{
	int fd = open(arg, O_RDONLY), again;
	char path[32];

	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	again = open(path, O_WRONLY);
	return fd < 0 || again < 0 || write(again, "changed\n", 8) != 8;
}

static int execute_silent(void)
{
	char path[4096];
	int status;
	pid_t pid = fork();

	(void)snprintf(path, sizeof(path), "/proc/self/root%s", arg);
	if (pid == 0) {
		(void)execl(path, "silent", "be-silent", "now", NULL);
		_exit(1);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status);
}

#define RACES 400
#define WINS 6

static volatile char raced_path[4096];
static atomic_int racing;
static int race_us;

static void *change_path(void *end)
{
	struct timespec begin, now;

	racing = 1;
	while (racing != 2)
		;
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000000 +
	       (now.tv_nsec - begin.tv_nsec) / 1000 < race_us);
	*(volatile char *)end = '2';
	for (;;)
		pause();
	return NULL;
}

/* execute_raced() - the path grows by a letter some microseconds after the call began */
static void execute_raced(const char *path)
{
	pthread_t t;
	size_t i;

	for (i = 0; path[i]; i++)
		raced_path[i] = path[i];
	if (pthread_create(&t, NULL, change_path, (void *)(uintptr_t)&raced_path[i]))
		_exit(1);
	while (!racing)
		;
	racing = 2;
	(void)execl((const char *)(uintptr_t)raced_path, "raced", "be-raced", "now", NULL);
	_exit(1);
}

static int race(void)
{
	int won = 0, p[2];
	char byte;
	pid_t pid;

	for (int i = 0; i < RACES && won < WINS; i++) {
		race_us = 800 - i * 2;		/* the later, the more surely after the look at
						 * it */
		if (pipe(p) || (pid = fork()) < 0)
			return 1;
		if (pid == 0) {
			(void)dup2(p[1], 1);
			execute_raced(arg);
		}
		(void)close(p[1]);
		if (read(p[0], &byte, 1) == 1) {
			won++;
			usleep(100000);
			(void)kill(pid, SIGKILL);
		}
		(void)close(p[0]);
		(void)waitpid(pid, NULL, 0);
	}
	printf("won %d\n", won);
	return 0;
}

static void be_raced(void)
{
	char exe[4096] = "";

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0 && exe[strlen(exe) - 1] == '2') {
		(void)write(1, "2", 1);
		for (;;)
			pause();
	}
}

static int run_and_wait(char **argv)
{
	int status, rc = 0;
	pid_t pid = 0;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (*argv[0] && (pid = fork()) == 0) {
		(void)execv(argv[0], argv);
		_exit(1);
	}
	while (wait(&status) > 0)
		rc |= WIFEXITED(status) && WEXITSTATUS(status);
	return pid < 0 || rc;
}

static int make_sibling(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(contact());
	return pid < 0;
}

static int be_adopted(void)
{
	pid_t middle = fork(), parent;

	if (middle == 0) {
		parent = getpid();
		if (fork() == 0) {
			while (getppid() == parent)
				usleep(1000);
			_exit(contact());
		}
		(void)kill(parent, SIGKILL);
	}
	return middle < 0;
}

static int leave_heir(char **argv)
{
	char link[32], exe[4096];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/%d/exe", (int)getpid());
	if (fork() == 0) {
		do {
			usleep(1000);
			n = readlink(link, exe, sizeof(exe) - 1);
			exe[n < 0 ? 0 : n] = '\0';
		} while (strcmp(exe, argv[0]) != 0);
		_exit(contact());
	}
	(void)execv(argv[0], argv);
	return 1;
}

/* unhex() - Return: number of bytes */
static size_t unhex(const char *hex, unsigned char *out, size_t cap)
{
	size_t n = 0;

	for (; n < cap && sscanf(hex, "%2hhx", &out[n]) == 1; hex += 2)
		n++;
	return n;
}

static int send_datagram(void)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(40000) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	if (inet_pton(AF_INET, arg, &to.sin_addr) != 1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from)))
		return 1;
	return sendto(fd, "secret", 6, 0, (struct sockaddr *)&to, sizeof(to)) != 6;
}

static int send_answer(const char *other, const char *hex)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(5353) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	unsigned char b[4096];
	ssize_t n = (ssize_t)unhex(hex, b, sizeof(b));

	if (inet_pton(AF_INET, arg, &to.sin_addr) != 1 ||
	    sendto(fd, b, (size_t)n, 0, (struct sockaddr *)&to, sizeof(to)) != n)
		return 1;
	arg = other;
	return contact();
}

static int send_to_name_server(int type, bool stamped, char **hex)
{
	const unsigned char stamps[8] = { 68, 8, 5, 0, 's', 'e', 'c', 'r' };	/* RFC 791 */
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct timeval patience = { .tv_usec = 200000 };
	unsigned char b[4096];
	int fd = socket(AF_INET, type, 0);

	if (inet_pton(AF_INET, "198.19.255.1", &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return 1;
	if (stamped && setsockopt(fd, IPPROTO_IP, IP_OPTIONS, stamps, sizeof(stamps)))
		return 1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (; *hex; hex++) {
		ssize_t n = (ssize_t)unhex(*hex, b, sizeof(b));

		if (write(fd, b, (size_t)n) != n)
			return 1;
		if (type == SOCK_DGRAM)
			(void)read(fd, b, sizeof(b));
		else
			usleep(20000);		/* each in a segment of its own */
	}
	if (type == SOCK_STREAM)
		(void)read(fd, b, sizeof(b));
	return 0;
}

static int join_group(void)
{
	struct ipv6_mreq group6 = { .ipv6mr_interface = 0 };
	struct ip_mreq group = { .imr_interface.s_addr = INADDR_ANY };
	bool v6 = inet_pton(AF_INET6, arg, &group6.ipv6mr_multiaddr) == 1;
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);

	if (!v6 && inet_pton(AF_INET, arg, &group.imr_multiaddr) != 1)
		return 1;
	if (v6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group6, sizeof(group6)) :
	    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)))
		return 1;
	usleep(300000);		/* the kernel reports it a moment later */
	return 0;
}

int main(int argc, char **argv)
{
	int rc = 2;

	if (argc < 3)
		return 2;
	arg = argv[2];
	if (!strcmp(argv[1], "control")) {
		bare_thread(fork_and_contact);
		rc = failed;
	} else if (!strcmp(argv[1], "calls")) {
		for (; thread_number < 4; thread_number++)
			bare_thread(create_one);
		rc = failed;
	} else if (!strcmp(argv[1], "exec") && argc == 4) {
		rc = exec_among_threads(argv + 2);
	} else if (!strcmp(argv[1], "leader")) {
		rc = end_first_thread();
	} else if (!strcmp(argv[1], "reopen")) {
		rc = reopen();
	} else if (!strcmp(argv[1], "silent")) {
		rc = execute_silent();
	} else if (!strcmp(argv[1], "raced")) {
		rc = race();
	} else if (!strcmp(argv[1], "be-raced")) {
		be_raced();
		return 0;
	} else if (!strcmp(argv[1], "runs")) {
		rc = run_and_wait(argv + 2);
	} else if (!strcmp(argv[1], "sibling")) {
		return make_sibling();
	} else if (!strcmp(argv[1], "adopted")) {
		return be_adopted();
	} else if (!strcmp(argv[1], "heir") && argc > 4) {
		rc = leave_heir(argv + 3);
	} else if (!strcmp(argv[1], "datagram")) {
		rc = send_datagram();
	} else if (!strcmp(argv[1], "forged") && argc == 5) {
		rc = send_answer(argv[3], argv[4]);
	} else if (!strcmp(argv[1], "udp")) {
		rc = send_to_name_server(SOCK_DGRAM, false, argv + 2);
	} else if (!strcmp(argv[1], "stamped")) {
		rc = send_to_name_server(SOCK_DGRAM, true, argv + 2);
	} else if (!strcmp(argv[1], "tcp")) {
		rc = send_to_name_server(SOCK_STREAM, false, argv + 2);
	} else if (!strcmp(argv[1], "join")) {
		rc = join_group();
	} else if (!strcmp(argv[1], "be-silent")) {
		(void)kill(getpid(), SIGKILL);
	}
	if (!rc)
		puts("ok");
	return rc;
}
