/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_file.c - the file behind a path that is executed: its SHA-256, its interpreters
 *
 * How it works: the file is resolved in the caller's own root while the caller waits, and hashed
 * (exec_hash.c). A script is followed to the programs that run it.
 */
#include "sandbox/watch/exec_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/watch/exec_hash.h"
#include "sandbox/watch/exec_loader.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

bool exec_file_script(const char *head, size_t n, char path[EXEC_HEAD + 1])
{
	size_t at = 2, len = 0;

	if (n < 3 || head[0] != '#' || head[1] != '!')
		return false;
	while (at < n && (head[at] == ' ' || head[at] == '\t'))
		at++;
	while (at + len < n && head[at + len] && !strchr(" \t\n", head[at + len]))
		len++;
	if (!len || at + len == EXEC_HEAD) /* a name that was cut is not executed: ENOEXEC */
		return false;
	memcpy(path, head + at, len);
	path[len] = '\0';
	return true;
}

static bool script_line(int fd, char path[EXEC_HEAD + 1])
{
	char head[EXEC_HEAD];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	return n > 0 && exec_file_script(head, (size_t)n, path);
}

/* reopen() - a descriptor to read from, for one that was opened with O_PATH */
static int reopen(int fd)
{
	char proc[64];

	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return open(proc, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/*
 * find_alias() - the path that was given, if it leads to the file that is executed on the machine
 * as well
 *
 * Looked up outside the box, where the product made no link. Programs are known by such paths,
 * /bin/sh or /usr/bin/java.
 */
static void find_alias(pid_t tid, int dirfd, const char *given, const char *exe,
		       char alias[TGT_PATH_MAX])
{
	TB_AUTOCLOSE int fd = -1;
	char real[TGT_PATH_MAX];

	if (given[0] && tgt_path(tid, dirfd, given, alias) == 0 && strcmp(alias, exe)) {
		fd = tb_open_how(AT_FDCWD, alias, O_PATH, RESOLVE_NO_MAGICLINKS);
		if (fd >= 0 && tgt_fd_path(fd, real) == 0 && !strcmp(real, exe))
			return;
	}
	alias[0] = '\0';
}

/* hash_of() - Return: 0, also of a file that cannot be hashed; -EINPROGRESS: it is on its way;
 * other negative errno */
static int hash_of(struct exec_hashes *c, int fd, const struct stat *st, struct exec_file *f,
		   char sha256[TB_SHA256_HEX])
{
	int rc = exec_hash(c, fd, st, sha256);

	if (rc < 0)
		sha256[0] = '\0';
	if (rc == -EINPROGRESS)
		f->awaits = (struct file_id){ st->st_dev, st->st_ino };
	if (rc != -EFBIG && rc != -ETXTBSY)
		return rc;
	f->unhashed = true;
	return 0;
}

/*
 * find_interpreters() - who really runs if @fd is a script (execve(2)); follows scripts that name
 * scripts
 *
 * They are resolved as the caller would: a relative name in its working directory. @f->interpreter
 * is the last one.
 */
static void find_interpreters(struct exec_hashes *c, pid_t tid, int fd, struct exec_file *f)
{
	TB_AUTOCLOSE int script = -1;
	char name[EXEC_HEAD + 1];

	while (f->nby < EXEC_SCRIPTS && script_line(script < 0 ? fd : script, name)) {
		TB_AUTOCLOSE int where = tgt_open(tid, AT_FDCWD, name);
		struct stat st;

		if (where < 0 || fstat(where, &st) < 0) {
			f->error = where < 0 ? -where : errno;
			return;
		}
		if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111) ||
		    tgt_fd_path(where, f->by[f->nby].path) < 0) {
			f->error = EACCES;
			return;
		}
		f->interpreter = (struct file_id){ st.st_dev, st.st_ino };
		find_alias(tid, AT_FDCWD, name, f->by[f->nby].path, f->by[f->nby].alias);
		tb_close(&script);
		script = reopen(where);
		f->nby++;
		if (script < 0)
			return;
		if (hash_of(c, script, &st, f, f->by[f->nby - 1].sha256) == -EINPROGRESS) {
			f->error = EINPROGRESS;
			return;
		}
	}
}

void exec_file_look(struct exec_hashes *c, pid_t tid, int dirfd, const char *path,
		    struct exec_file *f)
{
	TB_AUTOCLOSE int where = tgt_open(tid, dirfd, path);
	TB_AUTOCLOSE int fd = -1;
	struct stat st;
	int rc;

	if (where < 0 || fstat(where, &st) < 0) {
		f->error = where < 0 ? -where : errno;
		return;
	}
	if (!S_ISREG(st.st_mode) || tgt_fd_path(where, f->exe) < 0) {
		f->error = EACCES; /* what execve(2) says to a directory or a device */
		return;
	}
	f->id = (struct file_id){ st.st_dev, st.st_ino };
	f->size = (uint64_t)st.st_size;
	find_alias(tid, dirfd, path, f->exe, f->alias);
	if (!(st.st_mode & 0111)) {
		f->error = EACCES;
		return;
	}
	fd = reopen(where);
	rc = fd < 0 ? -errno : hash_of(c, fd, &st, f, f->sha256);
	if (rc < 0) {
		f->error = -rc;
		return;
	}
	f->loader = exec_loader_is(fd);
	find_interpreters(c, tid, fd, f);
}
