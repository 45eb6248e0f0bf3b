/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_file.c - the file behind a path that is executed: its SHA-256, its interpreters
 *
 * How it works: the file is resolved in the caller's own root while the caller waits, and hashed
 * once for each (device, inode, size, times). A script is followed to the programs that run it.
 *
 * Limits: a file that is changed in place between hash and exec, and back, is not noticed.
 */
#include "sandbox/watch/exec_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/watch/exec_loader.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

#define EXEC_HASH_MAX_BYTES (UINT64_C(2) << 30) /* a sparse file must not hold the supervisor for
						 * hours */
#define EXEC_CACHE_SLOTS 1024u
#define EXEC_SETTLED_NS (INT64_C(50) * TB_NS_PER_MS) /* coarser than any file system's time stamps
						      * (a tick) */

struct exec_hashes {
	struct {
		uint64_t dev, ino, size;
		struct timespec mtime, ctime;
		char sha256[TB_SHA256_HEX];
	} slots[EXEC_CACHE_SLOTS];
};

struct exec_hashes *exec_file_hashes_new(void)
{
	return calloc(1, sizeof(struct exec_hashes));
}

void exec_file_hashes_free(struct exec_hashes *c)
{
	free(c);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* A file that changed just now could change again without its time stamps showing it. */
static bool settled(const struct stat *st)
{
	int64_t now = tb_realtime_ns();
	int64_t m = st->st_mtim.tv_sec * TB_NS_PER_S + st->st_mtim.tv_nsec;
	int64_t c = st->st_ctim.tv_sec * TB_NS_PER_S + st->st_ctim.tv_nsec;

	return now - m > EXEC_SETTLED_NS && now - c > EXEC_SETTLED_NS;
}

int exec_file_hash(struct exec_hashes *c, int fd, const struct stat *st, char hex[TB_SHA256_HEX])
{
	size_t i = (size_t)((st->st_ino * UINT64_C(0x9e3779b97f4a7c15)) >> 54) % EXEC_CACHE_SLOTS;
	uint64_t size;
	int rc;

	if (c->slots[i].sha256[0] && c->slots[i].dev == st->st_dev &&
	    c->slots[i].ino == st->st_ino &&
	    c->slots[i].size == (uint64_t)st->st_size &&
	    same_time(&c->slots[i].mtime, &st->st_mtim) &&
	    same_time(&c->slots[i].ctime, &st->st_ctim)) {
		memcpy(hex, c->slots[i].sha256, TB_SHA256_HEX);
		return 0;
	}
	if ((uint64_t)st->st_size > EXEC_HASH_MAX_BYTES)
		return -EFBIG;
	rc = tb_sha256_fd(fd, hex, &size, NULL);
	if (rc < 0)
		return rc;
	if (settled(st)) {
		c->slots[i].dev = st->st_dev;
		c->slots[i].ino = st->st_ino;
		c->slots[i].size = (uint64_t)st->st_size;
		c->slots[i].mtime = st->st_mtim;
		c->slots[i].ctime = st->st_ctim;
		memcpy(c->slots[i].sha256, hex, TB_SHA256_HEX);
	}
	return 0;
}

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
		if (script < 0 || exec_file_hash(c, script, &st, f->by[f->nby].sha256) < 0)
			f->by[f->nby].sha256[0] = '\0';
		f->nby++;
		if (script < 0)
			return;
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
	rc = fd < 0 ? -errno : exec_file_hash(c, fd, &st, f->sha256);
	if (rc < 0) {
		f->sha256[0] = '\0';
		f->error = -rc;
		return;
	}
	f->loader = exec_loader_is(fd);
	find_interpreters(c, tid, fd, f);
}
