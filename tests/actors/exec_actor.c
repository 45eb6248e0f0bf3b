/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_actor.c - executes a program by unusual ways to its file
 *
 *	exec_actor memfd PROGRAM		a copy in memory, which has no path
 *	exec_actor descriptor PROGRAM		by a descriptor, fexecve(3)
 *	exec_actor deleted PROGRAM		whose name was removed
 *	exec_actor renamed PROGRAM NEW		which has another name now
 *	exec_actor thread PROGRAM		by a thread that is not the first one
 *	exec_actor link PROGRAM OTHER LINK	by LINK, which a process turns from OTHER to PROGRAM
 *						and back; again until PROGRAM ran, which ends with 7
 *	exec_actor swap PROGRAM OTHER FILE	the same with FILE, of which two versions take turns
 *	exec_actor beside PROGRAM		by a child; how many calls were made beside it, from
 *						just before its exec until that is made, is printed
 *	exec_actor map PROGRAM			maps it to be executed, and does not
 *	exec_actor mapgone PROGRAM		the same, and removes it
 *	exec_actor mapshell PROGRAM		the same, and executes a shell
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RAN 7
#define TRIES 2000

extern char **environ;

static char **args;

static int by_descriptor(int fd)
{
	char *argv[] = { args[0], NULL };

	(void)fexecve(fd, argv, environ);
	return 2;
}

static int in_memory(void)
{
	int file = open(args[0], O_RDONLY), fd = memfd_create("program", MFD_CLOEXEC);
	struct stat st;

	if (file < 0 || fd < 0 || fstat(file, &st) < 0 ||
	    sendfile(fd, file, NULL, (size_t)st.st_size) != st.st_size)
		return 2;
	return by_descriptor(fd);
}

static int descriptor(void)
{
	return by_descriptor(open(args[0], O_PATH | O_CLOEXEC));
}

static int deleted(void)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);

	return unlink(args[0]) < 0 ? 2 : by_descriptor(fd);
}

static int renamed(void)
{
	char *argv[] = { args[1], NULL };

	if (rename(args[0], args[1]) == 0)
		(void)execv(args[1], argv);
	return 2;
}

static void *execute(void *unused)
{
	char *argv[] = { args[0], NULL };

	(void)execv(args[0], argv);
	exit(2);
	return unused;
}

static int thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, execute, NULL))
		return 2;
	(void)pthread_join(t, NULL);
	return 2;
}

/* turn() - gives @name to @to, at once: by a link, or by the file itself */
static void turn(const char *to, const char *name, int by_link)
{
	char new[4096];

	(void)snprintf(new, sizeof(new), "%s.new", name);
	(void)unlink(new);
	if ((by_link ? symlink(to, new) : link(to, new)) < 0 || rename(new, name) < 0)
		_exit(3);
}

/* named() - executes the name in a child. Return: how it ended, as of wait(2) */
static int named(void)
{
	char *argv[] = { args[2], NULL };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execv(args[2], argv);
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

/* race() - who turns the name is another process, killed at the end. First it leads to OTHER for
 * sure */
static int race(int by_link)
{
	pid_t turner;
	int status;

	turn(args[1], args[2], by_link);
	status = named();
	turner = fork();
	if (turner == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			turn(args[0], args[2], by_link);
			turn(args[1], args[2], by_link);
		}
	}
	for (int i = 0; i < TRIES && WIFEXITED(status) && WEXITSTATUS(status) != RAN; i++)
		status = named();
	(void)kill(turner, SIGKILL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static int by_link(void)
{
	return race(1);
}

static int by_file(void)
{
	return race(0);
}

static int beside(void)
{
	char *argv[] = { args[0], NULL };
	struct pollfd p = { .events = POLLIN };
	int ends[2], calls = 0, status = 0;
	char byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 2;
	if (fork() == 0) {
		if (write(ends[1], "x", 1) == 1)
			(void)execv(args[0], argv);
		_exit(2);
	}
	(void)close(ends[1]);
	p.fd = ends[0];
	if (read(ends[0], &byte, 1) != 1)
		return 2;
	for (; poll(&p, 1, 0) == 0; calls++)	/* the exec closes the other end */
		(void)mkdir("/dev/null/beside", 0700);
	printf("%d\n", calls);
	return wait(&status) > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static int map(void)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);

	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? 2 : RAN;
}

static int map_gone(void)
{
	int rc = map();

	return unlink(args[0]) < 0 ? 2 : rc;
}

/* map_later() - it is no code yet when it is mapped */
static int map_later(void)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED || mprotect(at, 4096, PROT_READ | PROT_EXEC) < 0)
		return 2;
	return RAN;
}

static int map_memory(void)
{
	int fd = memfd_create("plugin", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, 4096) < 0)
		return 2;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0) == MAP_FAILED ? 2 : RAN;
}

static int map_shell(void)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char[]){ "exit 7" }, NULL };

	if (map() == RAN)
		(void)execv("/bin/dash", argv);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*act)(void);
	} acts[] = {
		{ "memfd", 1, in_memory }, { "descriptor", 1, descriptor },
		{ "deleted", 1, deleted }, { "renamed", 2, renamed }, { "thread", 1, thread },
		{ "link", 3, by_link }, { "swap", 3, by_file }, { "map", 1, map },
		{ "mapgone", 1, map_gone }, { "mapshell", 1, map_shell },
		{ "maplater", 1, map_later }, { "mapmemory", 0, map_memory },
		{ "beside", 1, beside },
	};

	if (argc == 1 || argv[1][0] == '/')	/* as PROGRAM, or as a script's interpreter */
		return RAN;
	args = argv + 2;
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (argc == 2 + acts[i].args && !strcmp(argv[1], acts[i].name))
			return acts[i].act();
	return 2;
}
