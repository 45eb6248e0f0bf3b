/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.h - what the doctor's files share: one table of checks for each kind of thing, and how a
 * check says what it found
 */
#ifndef SANDBOX_DOCTOR_DOCTOR_H
#define SANDBOX_DOCTOR_DOCTOR_H

#include "tcbox/sandbox.h"

/* Filled by a check, in a child process. A check that says nothing has failed. */
struct doctor_found {
	bool works;
	char detail[sizeof(((struct sbx_check *)0)->detail)];
	char fix[sizeof(((struct sbx_check *)0)->fix)];
};

struct doctor_try {
	const char *name;
	void (*run)(struct doctor_found *f, int arg);
	int arg;
	bool required;
	bool in_userns;		/* make no sense where user namespaces do not work: then not
				 * tried */
};

/* Each table ends with a name that is NULL. */
extern const struct doctor_try doctor_namespaces[], doctor_gate[], doctor_watching[],
	doctor_machine[];

void doctor_works(struct doctor_found *f, const char *fmt, ...) TB_PRINTF(2, 3);

/* doctor_fails() - @fix is a sentence for the technician, or NULL when nothing can be advised */
void doctor_fails(struct doctor_found *f, const char *fix, const char *fmt, ...) TB_PRINTF(3, 4);

/**
 * doctor_enter() - new namespaces for this process: a user namespace in which it is root, and
 * @flags (CLONE_NEW...)
 *
 * Return: false after doctor_fails(), with the reason found as far as it can be
 */
bool doctor_enter(struct doctor_found *f, int flags);

/* doctor_cgroup() - a check of its own file: limits for all of a product together */
void doctor_cgroup(struct doctor_found *f, int arg);

/*
 * doctor_i386() - the same: system calls of 32-bit x86
 * doctor_i386_ended() - what it means that a process ended so, wait(2), which made such a call
 */
void doctor_i386(struct doctor_found *f, int arg);
void doctor_i386_ended(struct doctor_found *f, int status);

/* doctor_number() - the number that a file holds; -1 if there is no such file */
long long doctor_number(const char *path);

/* doctor_filtered() - is this process under a seccomp filter already, as in most containers? */
bool doctor_filtered(void);

#endif
