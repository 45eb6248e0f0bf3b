/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_i386.c - the doctor tries whether the kernel answers system calls of 32-bit x86
 *
 * A kernel without CONFIG_IA32_EMULATION, or that was started with ia32_emulation=0, and some
 * virtual machines that keep secrets from their host have no interrupt 0x80: the call ends in
 * SIGSEGV, and a 32-bit program in ENOEXEC. tcbox needs neither. A product may, and tests do.
 */
#include "sandbox/doctor/doctor.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define GETPID_I386 20
#define GONE "32-bit programs cannot be run or examined"
#define KERNEL \
	"64-bit products do not need it; a kernel with CONFIG_IA32_EMULATION has it, unless " \
	"it was started with ia32_emulation=0"
#define FILTER \
	"run tcbox outside of that container or service (systemd: SystemCallArchitectures=native)"

/* In a process of its own. Return: how it shall end: 0, or the error that the call met */
static int ask_for_pid(void)
{
	long rc = GETPID_I386;

	__asm__ volatile("int $0x80" : "+a"(rc) : : "r8", "r9", "r10", "r11", "memory");
	rc = (int)rc; /* the kernel answers with 32 bits */
	if (rc < 0)
		return (int)-rc & 0xff;
	return rc == getpid() ? 0 : 0xff;
}

void doctor_i386_ended(struct doctor_found *f, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		doctor_works(f, "32-bit programs can be run and examined");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
		doctor_fails(f, KERNEL, "not there: " GONE);
	else if (WIFSIGNALED(status))
		doctor_fails(f, FILTER,
			     GONE ": what is around tcbox kills them with signal %d (%s)",
			     WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		doctor_fails(f, FILTER, GONE ": what is around tcbox refuses their calls (%s)",
			     strerror(WEXITSTATUS(status)));
}

void doctor_i386(struct doctor_found *f, int arg)
{
	const pid_t pid = fork();
	int status;

	(void)arg;
	if (pid == 0) {
		(void)prctl(PR_SET_DUMPABLE, 0); /* an end by SIGSEGV is expected: it shall leave no
						  * core file */
		(void)signal(SIGSEGV, SIG_DFL);
		_exit(ask_for_pid());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		doctor_fails(f, NULL, "no process to try it");
	else
		doctor_i386_ended(f, status);
}
