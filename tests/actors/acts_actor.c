/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acts_actor.c - a product that does one thing, by the call that it is told
 *
 * usage: acts_actor exec PROGRAM ARG...	executes another program
 *	  acts_actor connect ADDRESS		connects to port 80
 *	  acts_actor failed PROGRAM ADDRESS	connects in a thread, while another's exec has
 *						failed in the kernel
 *
 * Prints "ok" if the act worked.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int over;

static int done(int works)
{
	if (works)
		(void)puts("ok");
	(void)fflush(stdout);
	return !works;
}

static int do_connect(char *const *args)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(80) };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s < 0 || inet_pton(AF_INET, args[0], &a.sin_addr) != 1)
		return 2;
	return done(connect(s, (struct sockaddr *)&a, sizeof(a)) == 0 &&
		    write(s, "GET / HTTP/1.0\r\n\r\n", 18) == 18);
}

static int do_exec(char *const *args)
{
	(void)execv(args[0], args);
	return 2;
}

static void *connects(void *args)
{
	while (!over)
		;
	_exit(do_connect(args));
}

static int do_failed(char *const *args)
{
	char *argv[] = { args[0], NULL };
	pthread_t thread;

	if (pthread_create(&thread, NULL, connects, (void *)(args + 1)))
		return 2;
	/* The environment cannot be read: EFAULT, after all that can be seen from outside. And no
	 * watched call of this thread follows. */
	(void)syscall(SYS_execve, args[0], argv, 8);
	over = 1;
	for (;;)
		(void)pause();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*act)(char *const *args);
	} acts[] = {
		{ "connect", 1, do_connect },
		{ "exec", 1, do_exec },
		{ "failed", 2, do_failed },
	};

	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (argc > 1 + acts[i].args && !strcmp(argv[1], acts[i].name))
			return acts[i].act(argv + 2);
	return 2;
}
