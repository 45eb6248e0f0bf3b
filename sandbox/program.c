/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.c - runs a program of the machine
 */
#include "sandbox/program.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcbox/fd.h"
#include "tcbox/own.h"

int program_memory(const char *name, const char *data, size_t len, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return tb_err_set(err, errno, "memfd_create");
	if (len && (tb_write_all(fd, data, len) < 0 || lseek(fd, 0, SEEK_SET) < 0))
		return tb_err_set(err, errno, "write %s", name);
	return tb_take_fd(&fd);
}

/* spawn() - Return: 0 or an errno, as posix_spawn(3) does */
static int spawn(const char *path, char *const argv[], int in, int out, pid_t *pid)
{
	char *const env[] = { (char[]){ "LC_ALL=C" }, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int r;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	r = posix_spawn_file_actions_init(&files);
	if (r)
		return r;
	r = posix_spawnattr_init(&attr);
	if (r) {
		(void)posix_spawn_file_actions_destroy(&files);
		return r;
	}
	if (!(r = posix_spawnattr_setsigmask(&attr, &none)) &&
	    !(r = posix_spawnattr_setsigdefault(&attr, &all)) &&
	    !(r = posix_spawnattr_setflags(&attr,
					   POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)) &&
	    !(r = in < 0 ? 0 : posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO)) &&
	    !(r = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO)) &&
	    !(r = posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO)))
		r = posix_spawn(pid, path, &files, &attr, argv, env);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&files);
	return r;
}

int program_run(const char *path, char *const argv[], int in, int out, int *status,
		struct tb_err *err)
{
	pid_t pid;
	int r = spawn(path, argv, in, out, &pid);

	if (r)
		return tb_err_set(err, r, "execute %s", path);
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return tb_err_set(err, errno, "wait for %s", path);
	return 0;
}
