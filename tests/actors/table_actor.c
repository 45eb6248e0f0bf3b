/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table_actor.c - a socket comes to another program by an unusual table of descriptors
 *
 *	table_actor shared PROGRAM ADDRESS	a process with the same table puts it there while
 *						this one executes PROGRAM; again until that has it
 *	table_actor thread PROGRAM ADDRESS	a thread with a table of its own executes PROGRAM
 *	table_actor hidden PROGRAM ADDRESS	PROGRAM gets it by a message, and lets nobody look
 *						into it
 *
 * PROGRAM is this actor as well, by another name: "use" and "receive". Prints "ok" when PROGRAM had
 * the socket and has sent something on it.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message.h"

#define NUMBER 40	/* of the socket in PROGRAM */
#define NOT_THERE 3
#define TRIES 300

static char **args;

/* socket_to() - connected, and closed by an exec */
static int socket_to(const char *ip)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(80) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0 || inet_pton(AF_INET, ip, &a.sin_addr) != 1 ||
	    connect(s, (struct sockaddr *)&a, sizeof(a)) < 0)
		exit(2);
	return s;
}

static int use(int s)
{
	if (write(s, "x", 1) != 1)
		return NOT_THERE;
	(void)close(s);
	(void)puts("ok");
	return 0;
}

static void become(const char *what)
{
	char *argv[] = { args[0], (char *)(uintptr_t)what, NULL };

	(void)execv(args[0], argv);
	_exit(2);
}

/* try_shared() - @delay: of the exec, in steps. Return: the exit status of PROGRAM */
static int try_shared(int s, int delay)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL) == 0) {
			for (volatile int i = 0; i < delay * 2000; i++)
				;
			(void)dup2(s, NUMBER);
			_exit(0);
		}
		become("use");
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static int shared(void)
{
	int s = socket_to(args[1]), status = NOT_THERE;

	for (int i = 0; i < TRIES && status == NOT_THERE; i++)
		status = try_shared(s, i);
	return status;
}

static void *execute(void *unused)
{
	(void)unused;
	if (unshare(CLONE_FILES) < 0 || dup2(socket_to(args[1]), NUMBER) != NUMBER)
		_exit(2);
	become("use");
	return NULL;
}

static int thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, execute, NULL))
		return 2;
	(void)pthread_join(t, NULL);
	return 2;
}

static int hidden(void)
{
	struct message m;
	int pair[2], s, status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return 2;
	pid = fork();
	if (pid == 0) {
		(void)dup2(pair[1], NUMBER);
		become("receive");
	}
	s = socket_to(args[1]);
	message_init(&m);
	memcpy(message_fd(&m), &s, sizeof(s));
	if (sendmsg(pair[0], &m.head, 0) != 1)
		return 2;
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static int receive(void)
{
	struct message m;
	int s;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return 2;
	message_init(&m);
	if (recvmsg(NUMBER, &m.head, 0) != 1 || !m.head.msg_controllen)
		return NOT_THERE;
	memcpy(&s, message_fd(&m), sizeof(s));
	(void)usleep(1500000);	/* processes are looked at twice a second */
	return use(s);
}

static int use_number(void)
{
	return use(NUMBER);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*act)(void);
	} acts[] = {
		{ "shared", 2, shared }, { "thread", 2, thread }, { "hidden", 2, hidden },
		{ "use", 0, use_number }, { "receive", 0, receive },
	};

	args = argv + 2;
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (argc == 2 + acts[i].args && !strcmp(argv[1], acts[i].name))
			return acts[i].act();
	return 2;
}
