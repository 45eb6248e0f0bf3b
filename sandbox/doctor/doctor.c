/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.c - does this machine have what the airlock needs? Tried for real, not concluded from
 * versions
 *
 * How it works
 *	Each check runs in a child process of its own, as the present user, because it changes
 *	namespaces, loads filters or may be killed by one. The child writes what it found into
 *	shared memory. A child that dies or does not come back within CHECK_SECONDS has failed, and
 *	that is what is told.
 */
#include "sandbox/doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcbox/file.h"

#define CHECK_SECONDS 10

__attribute__((format(printf, 3, 0)))
static void say(char *to, size_t size, const char *fmt, va_list ap)
{
	if (vsnprintf(to, size, fmt, ap) >= (int)size)
		memcpy(to + size - 4, "...", 4);
}

void doctor_works(struct doctor_found *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(f->detail, sizeof(f->detail), fmt, ap);
	va_end(ap);
	f->works = true;
	f->fix[0] = '\0';
}

void doctor_fails(struct doctor_found *f, const char *fix, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(f->detail, sizeof(f->detail), fmt, ap);
	va_end(ap);
	f->works = false;
	(void)snprintf(f->fix, sizeof(f->fix), "%s", fix ? fix : "");
}

long long doctor_number(const char *path)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (tb_read_file(AT_FDCWD, path, 4096, &text, NULL) < 0 || !text.data)
		return -1;
	return strtoll(text.data, NULL, 10);
}

bool doctor_filtered(void)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	return tb_read_file(AT_FDCWD, "/proc/self/status", 65536, &text, NULL) == 0 && text.data &&
	       strstr(text.data, "\nSeccomp:\t2");
}

static void describe_end(struct doctor_found *f, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		doctor_fails(f, NULL, "the trial did not end within %d s", CHECK_SECONDS);
	else if (WIFSIGNALED(status))
		doctor_fails(f,
			     WTERMSIG(status) == SIGSYS ?
				     "a seccomp filter around tcbox kills what it does not know: "
				     "run tcbox outside of that container or service" :
				     NULL,
			     "the trial was killed by signal %d (%s)", WTERMSIG(status),
			     strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0 && !f->detail[0])
		doctor_fails(f, NULL, "the trial ended with status %d", WEXITSTATUS(status));
}

/* try_one() - in a child; the parent gets the answer through memory that both share */
static void try_one(const struct doctor_try *t, struct doctor_found *shared)
{
	int status = 0;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	pid = fork();
	if (pid < 0) {
		doctor_fails(shared, "end some processes, or raise the limit: ulimit -u",
			     "fork: %s",
			     strerror(errno));
		return;
	}
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)signal(SIGALRM, SIG_DFL);
		(void)alarm(CHECK_SECONDS);
		t->run(shared, t->arg);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	describe_end(shared, status);
}

int sbx_doctor(void (*fn)(void *arg, const struct sbx_check *check), void *arg)
{
	const struct doctor_try *tables[] = { doctor_namespaces, doctor_gate, doctor_watching,
					      doctor_machine };
	struct doctor_found *f =
		mmap(NULL, sizeof(*f), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool userns = true;
	int failed = 0;

	for (size_t i = 0; i < TB_ARRAY_SIZE(tables); i++) {
		for (const struct doctor_try *t = tables[i]; t->name; t++) {
			struct sbx_check c = { .name = t->name, .required = t->required };

			if (f == MAP_FAILED) {
				(void)snprintf(c.detail, sizeof(c.detail), "no memory to try it");
			} else {
				if (t->in_userns && !userns)
					doctor_fails(f, NULL,
						     "not tried: it needs user namespaces");
				else
					try_one(t, f);
				c.works = f->works;
				memcpy(c.detail, f->detail, sizeof(c.detail));
				memcpy(c.fix, f->fix, sizeof(c.fix));
			}
			if (t == doctor_namespaces) /* the first check of all */
				userns = c.works;
			failed += t->required && !c.works;
			fn(arg, &c);
		}
	}
	if (f != MAP_FAILED)
		(void)munmap(f, sizeof(*f));
	return failed;
}
