/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deeds.c - acts on the machine: programs, files, system calls
 */
#include "try/deeds.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcbox/fd.h"
#include "tcbox/own.h"
#include "tcbox/syscalls.h"

#define CALL_SECONDS 2		/* that a call of a child may take */

/* start() - in the child: become the program; tell why not */
static void start(const char *path, int why) __attribute__((noreturn));
static void start(const char *path, int why)
{
	char *const argv[] = { (char[]){ "tcbox-try" }, NULL };
	char *const env[] = { NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), code;

	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)dup2(null, STDERR_FILENO);
	(void)execve(path, argv, env);
	code = errno;
	(void)!write(why, &code, sizeof(code));
	_exit(127);
}

int deed_execute(struct try_act *act)
{
	TB_AUTOCLOSE int out = -1;
	int fds[2], code = 0, status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	out = fds[0];
	pid = fork();
	if (pid == 0)
		start(act->target, fds[1]);
	(void)close(fds[1]);
	if (pid < 0)
		return -EAGAIN;
	act->pid = pid;
	/* the pipe closes without a word when the program has started */
	if (read(out, &code, sizeof(code)) != sizeof(code))
		code = 0;
	if (waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	if (code)
		return -code;
	return WIFEXITED(status) ? 0 : -EINTR;
}

int deed_create(struct try_act *act)
{
	static const char text[] = "tcbox policy try\n";
	TB_AUTOCLOSE int fd = open(act->target, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	struct stat before, after;

	if (fd < 0 || fstat(fd, &before))
		return -errno;
	if (!S_ISREG(before.st_mode))
		return -EINVAL;
	if (write(fd, text, sizeof(text) - 1) < 0 || stat(act->target, &after))
		return -errno;
	return after.st_size > before.st_size ? 0 : -EIO;
}

int deed_mkdir(struct try_act *act)
{
	struct stat st;

	if (mkdir(act->target, 0755) || stat(act->target, &st))
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -EIO;
}

int deed_change(struct try_act *act)
{
	struct stat st;

	/* it must have been there before the run */
	if (stat(act->target, &st))
		return -errno;
	return deed_create(act);
}

int deed_attributes(struct try_act *act)
{
	struct stat st;

	if (stat(act->target, &st) || chmod(act->target, (st.st_mode ^ 0100) & 07777))
		return -errno;
	if (stat(act->target, &st))
		return -errno;
	return st.st_mode & 0100 ? 0 : -EIO;
}

int deed_rename(struct try_act *act)
{
	struct stat st;

	if (!act->second)
		return -EINVAL;
	if (rename(act->target, act->second) || stat(act->second, &st))
		return -errno;
	return 0;
}

int deed_link(struct try_act *act)
{
	struct stat st;

	if (!act->second)
		return -EINVAL;
	if (symlink(act->second, act->target) || lstat(act->target, &st))
		return -errno;
	return S_ISLNK(st.st_mode) ? 0 : -EIO;
}

int deed_remove(struct try_act *act)
{
	if (unlink(act->target))
		return -errno;
	return access(act->target, F_OK) ? 0 : -EIO;
}

/* deed_call() - by a child, with arguments that mean nothing: done when it came back, whatever the
 * kernel said */
int deed_call(struct try_act *act)
{
	int nr = tb_syscall_number(act->target), status;
	pid_t pid;

	if (nr < 0)
		return -ENOSYS;
	pid = fork();
	if (pid == 0) {
		(void)alarm(CALL_SECONDS);
		(void)syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L);
		_exit(0);
	}
	if (pid < 0)
		return -EAGAIN;
	act->pid = pid;
	if (waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EINTR;
}
