/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whole_run.c - a run that shows that runs work here
 *
 * How it works: tcbox is executed again, as a technician would; what it says on standard error is
 * the detail of a check that failed. The bundle goes to the directory for temporary files.
 */
#include "cli/whole_run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/scratch.h"
#include "run/low_limits.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

#define PROGRAM "/bin/true"	/* POSIX, and in the box as everywhere */
#define SAID_MAX 65536u

static void set_texts(struct sbx_check *check, const char *detail, const char *fix)
{
	(void)snprintf(check->detail, sizeof(check->detail), "%s", detail);
	(void)snprintf(check->fix, sizeof(check->fix), "%s", fix);
}

/* execute() - in a child. Never returns */
static void execute(const char *bundle, int said)
{
	char tcbox[] = "tcbox", run[] = "run", quiet[] = "--quiet", output[] = "--output";
	char timeout[] = "--timeout=60s", end[] = "--", program[] = PROGRAM;
	char *argv[] = { tcbox, run, quiet, timeout, output, (char *)(uintptr_t)bundle, end,
			 program, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0 && dup2(null, 0) >= 0 && dup2(null, 1) >= 0 && dup2(said, 2) >= 0)
		(void)execv("/proc/self/exe", argv);
	_exit(127);
}

/* run_it() - Return: exit status, 128 + the number of a signal, -1: it could not be started */
static int run_it(const char *bundle, int said)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		execute(bundle, said);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* fails() - @said: what the run said on standard error */
static void fails(struct sbx_check *check, int status, char *said)
{
	TB_AUTOBUF struct tb_buf low = TB_BUF_INIT, text = TB_BUF_INIT;

	said[strcspn(said, "\n")] = '\0';
	if (*said)
		tb_buf_adds(&text, strncmp(said, "tcbox: ", 7) ? said : said + 7);
	else
		tb_buf_addf(&text, "it ended with status %d", status);
	low_limits(&low);
	if (low.len) {
		tb_buf_addc(&low, '\0');
		set_texts(check, text.data, "");
		(void)snprintf(check->fix, sizeof(check->fix), "raise the limits that are low: %s",
			       low.data);
	} else {
		set_texts(check, text.data ? text.data : "", "tcbox run -- " PROGRAM " says more");
	}
}

/* in_directory() - @dir: for the bundle */
static void in_directory(struct sbx_check *check, const char *dir)
{
	TB_AUTOCLOSE int said = memfd_create("said", MFD_CLOEXEC);
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	char bundle[PATH_MAX + 8], path[64];
	int status;

	(void)snprintf(bundle, sizeof(bundle), "%s/bundle", dir);
	status = said < 0 ? -1 : run_it(bundle, said);
	scratch_remove(bundle);
	if (status == TB_EXIT_INCONCLUSIVE) { /* as all is that has no policy */
		check->works = true;
		set_texts(check, "ran " PROGRAM, "");
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", said);
	(void)tb_read_file(AT_FDCWD, path, SAID_MAX, &text, NULL);
	tb_buf_addc(&text, '\0');
	fails(check, status, text.failed ? (char[]){ "" } : text.data);
}

void whole_run(struct sbx_check *check)
{
	const char *base = getenv("TMPDIR");
	char dir[PATH_MAX];

	*check = (struct sbx_check){ .name = "a whole run", .required = true };
	(void)snprintf(dir, sizeof(dir), "%s/tcbox-doctor.XXXXXX",
		       base && *base == '/' ? base : "/tmp");
	if (!mkdtemp(dir)) {
		set_texts(check, strerror(errno), "name a directory for temporary files in TMPDIR");
		return;
	}
	in_directory(check, dir);
	(void)rmdir(dir);
}
