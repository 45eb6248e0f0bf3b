/* SPDX-License-Identifier: Apache-2.0 */
/*
 * busy_actor.c - does much at a time, and says truthfully what it did
 *
 *	busy_actor KIND TICKS		see kinds[] at the end; a tick is an act and about two
 *					milliseconds
 *
 * Each act has a number that nobody else has, and is told when it has been done, in a line of its
 * own: "u NUMBER" a datagram that says "SOAK" and the number in 8 digits, "t NUMBER" a connection
 * to port 20000 + NUMBER % 1000, "n NUMBER" a lookup of sNUMBER.soak.example. "done" is the last
 * line.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NTHREADS 4

static atomic_uint *numbers;	/* shared by all processes */
static int ticks;

static void tell(char what, unsigned int number)
{
	char line[32];
	int n = snprintf(line, sizeof(line), "%c %u\n", what, number);

	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		_exit(9);
}

static struct sockaddr_in address(const char *ip, unsigned int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };

	(void)inet_pton(AF_INET, ip, &a.sin_addr);
	return a;
}

static void datagram(unsigned int number)
{
	const struct sockaddr_in a = address("198.51.100.1", 9999);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[16];
	int n = snprintf(text, sizeof(text), "SOAK%08u", number);

	if (fd >= 0 && sendto(fd, text, (size_t)n, 0, (const struct sockaddr *)&a, sizeof(a)) == n)
		tell('u', number);
	close(fd);
}

static void connection(unsigned int number)
{
	const struct sockaddr_in a = address("198.51.100.7", 20000 + number % 1000);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && !connect(fd, (const struct sockaddr *)&a, sizeof(a)))
		tell('t', number);
	close(fd);
}

static void lookup(unsigned int number)
{
	const struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char name[40];

	snprintf(name, sizeof(name), "s%u.soak.example", number);
	if (!getaddrinfo(name, NULL, &hints, &found)) {
		freeaddrinfo(found);
		tell('n', number);
	}
}

static void file(unsigned int number)
{
	char name[40], other[48];
	int fd;

	snprintf(name, sizeof(name), "/tmp/f%u", number);
	snprintf(other, sizeof(other), "%s.new", name);
	fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, name, sizeof(name)) < 0 || rename(name, other) || unlink(other))
		perror(name);
	close(fd);
}

static void child(unsigned int number)
{
	pid_t pid = fork();

	if (pid == 0) {
		datagram(number);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void program(unsigned int number)
{
	(void)number;
	if (fork() == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(127);
	}
	wait(NULL);
}

static void go_on(void (*const acts[])(unsigned int), int n)
{
	const struct timespec pause = { .tv_nsec = 1500000 };

	for (int i = 0; i < ticks; i++) {
		acts[i % n](atomic_fetch_add(numbers, 1));
		nanosleep(&pause, NULL);
	}
}

static void net(void)
{
	static void (*const acts[])(unsigned int) = { datagram, connection, lookup };

	go_on(acts, 3);
}

static void files(void)
{
	static void (*const acts[])(unsigned int) = { file, datagram };

	go_on(acts, 2);
}

static void forks(void)
{
	static void (*const acts[])(unsigned int) = { child, program };

	go_on(acts, 2);
}

static void all(void)
{
	static void (*const acts[])(unsigned int) = { datagram, file, child, connection, program,
						      lookup };

	go_on(acts, 6);
}

static void *thread(void *arg)
{
	net();
	return arg;
}

static void threads(void)
{
	pthread_t t[NTHREADS];
	int i;

	for (i = 0; i < NTHREADS && !pthread_create(&t[i], NULL, thread, NULL); i++)
		;
	while (i-- > 0)
		pthread_join(t[i], NULL);
}

/* the parent is gone at once, like a service's */
static void orphan(void)
{
	if (fork() > 0)
		_exit(0);
	setsid();
	if (fork() > 0)
		_exit(0);
	all();
}

/* several at a time */
static void crowd(void)
{
	int i;

	for (i = 0; i < 3; i++) {
		if (fork() == 0) {
			all();
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
}

static const struct {
	const char *name;
	void (*main)(void);
} kinds[] = {
	{ "net", net }, { "files", files }, { "forks", forks }, { "threads", threads },
	{ "daemon", orphan }, { "crowd", crowd },
	{ "all", all },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 3 && i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(argv[1], kinds[i].name))
			continue;
		ticks = atoi(argv[2]);
		numbers = mmap(NULL, sizeof(*numbers), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (numbers == MAP_FAILED)
			return 9;
		kinds[i].main();
		return write(STDOUT_FILENO, "done\n", 5) == 5 ? 0 : 9;
	}
	fprintf(stderr, "usage: busy_actor KIND TICKS\n");
	return 2;
}
