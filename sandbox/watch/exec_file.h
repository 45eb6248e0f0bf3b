/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_file.h - the file behind a path that is executed: its SHA-256, its interpreters
 */
#ifndef SANDBOX_WATCH_EXEC_FILE_H
#define SANDBOX_WATCH_EXEC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sandbox/watch/target.h"
#include "tcbox/sha256.h"

struct exec_hashes;

#define EXEC_SCRIPTS 5 /* scripts of scripts that the kernel follows, exec_binprm() in fs/exec.c */

struct exec_file {
	char exe[TGT_PATH_MAX];
	char sha256[TB_SHA256_HEX];
	uint64_t size;
	char alias[TGT_PATH_MAX]; /* empty if there is none */
	struct file_id id, interpreter;
	struct {
		char path[TGT_PATH_MAX];
		char alias[TGT_PATH_MAX];
		char sha256[TB_SHA256_HEX]; /* empty if it could not be read */
	} by[EXEC_SCRIPTS]; /* the interpreter of the file, that of the interpreter, ... */
	size_t nby;
	bool loader; /* it may run another program, which its arguments name */
	bool unhashed; /* one of them is too large to be hashed, or was changed meanwhile */
	struct file_id awaits; /* with the error EINPROGRESS: the file that must be hashed first */
	int error; /* the exec will fail; or the file could not be read: then exe is set */
};

/* exec_file_look() - the file that a thread executes by this path, which is not empty unless
 * @dirfd itself is meant. @f was cleared; with its error EINPROGRESS it is to be looked at again */
void exec_file_look(struct exec_hashes *c, pid_t tid, int dirfd, const char *path,
		    struct exec_file *f);

/**
 * exec_file_script() - the interpreter that a file names, as the kernel's binfmt_script
 * understands it
 * @head:	How the file begins, @n bytes of it, at most EXEC_HEAD
 *
 * Return: false if it names none
 */
#define EXEC_HEAD 256 /* BINPRM_BUF_SIZE: how far the kernel looks for the end of the name,
		       * linux/binfmts.h */
bool exec_file_script(const char *head, size_t n, char path[EXEC_HEAD + 1]);

#endif
