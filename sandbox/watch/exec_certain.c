/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_certain.c - can the file that an exec names be another one when the kernel reads it?
 *
 * How it works: a child of vfork(2) has its parent's memory while that waits; kcmp(2) tells. Memory
 * that is shared in any other way makes nothing certain: clone(2) is looked at for that, see
 * exec_shared().
 */
#include "sandbox/watch/exec_certain.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sandbox/watch/exec_file.h"
#include "tcbox/buf.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

#define MAPS_MAX_BYTES (1u << 20)
#define STATUS_MAX_BYTES 8192u
#define SHARERS_MAX 8	/* children of vfork(2) of children of vfork(2) ... */

struct caller {
	pid_t tgid, parent;
	unsigned long uid, threads, caps;
};

/* number() - the one after "NAME:" at the start of a line. Return: false if there is none */
static bool number(const char *status, const char *name, int base, unsigned long *out)
{
	const char *at = strstr(status, name);
	char *end;

	if (!at)
		return false;
	at += strlen(name);
	*out = strtoul(at, &end, base);
	return end != at;
}

static bool read_caller(pid_t tid, struct caller *c)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	unsigned long tgid, parent;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	if (tb_read_file(AT_FDCWD, path, STATUS_MAX_BYTES, &text, NULL) < 0)
		return false;
	if (!number(text.data, "\nTgid:", 10, &tgid) ||
	    !number(text.data, "\nPPid:", 10, &parent) ||
	    !number(text.data, "\nUid:", 10, &c->uid) ||
	    !number(text.data, "\nThreads:", 10, &c->threads) ||
	    !number(text.data, "\nCapEff:", 16, &c->caps))
		return false;
	c->tgid = (pid_t)tgid;
	c->parent = (pid_t)parent;
	return true;
}

/* is_alone() - does nobody else run in this memory? */
static bool is_alone(struct caller c)
{
	for (int i = 0; i < SHARERS_MAX; i++) {
		long differs;

		if (c.threads != 1)
			return false;
		differs = syscall(SYS_kcmp, c.tgid, c.parent, KCMP_VM, 0, 0);
		if (differs > 0)
			return true;
		if (differs < 0 || !read_caller(c.parent, &c))
			return false;
	}
	return false;
}

bool exec_certain_page(const char *maps, uint64_t addr)
{
	for (const char *line = maps; line && *line; line = strchr(line, '\n'),
	     line = line ? line + 1 : NULL) {
		unsigned long long from, to, offset, inode;
		char flags[5], device[16];

		if (sscanf(line, "%llx-%llx %4s %llx %15s %llu", &from, &to, flags, &offset, device,
			   &inode) != 6)
			return false;
		if (addr >= from && addr < to)
			return flags[3] == 'p' && !inode;
	}
	return false;
}

static bool is_own_page(pid_t tid, uint64_t from, uint64_t to)
{
	TB_AUTOBUF struct tb_buf maps = TB_BUF_INIT;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)tid);
	return tb_read_file(AT_FDCWD, path, MAPS_MAX_BYTES, &maps, NULL) == 0 &&
	       exec_certain_page(maps.data, from) && exec_certain_page(maps.data, to);
}

/* is_others() - is a file or directory, of which @path has no link, beyond the caller's power? */
static bool is_others(int root, const char *path, unsigned long uid)
{
	struct stat st;

	if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISLNK(st.st_mode))
		return false;
	return st.st_uid != uid && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* keeps_directories() - overlays do not rename a directory of the machine: EXDEV, without
 * redirect_dir; and no process can remove one in which it may not write */
static bool keeps_directories(int root, const char *path)
{
	TB_AUTOCLOSE int dir = openat(root, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;

	return dir >= 0 && fstatfs(dir, &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC;
}

/* is_fixed() - nobody can put another file at @exe: neither there nor at a directory above it. The
 * root of the box has nothing but mounts */
static bool is_fixed(pid_t tid, const char *exe, unsigned long uid)
{
	TB_AUTOCLOSE int root = -1;
	char path[TGT_PATH_MAX], *slash;

	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)tid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || exe[0] != '/' ||
	    snprintf(path, sizeof(path), "%s", exe + 1) >= (int)sizeof(path))
		return false;
	for (int above = 0;; above++) {
		if (!is_others(root, path, uid) && (above < 2 || !keeps_directories(root, path)))
			return false;
		slash = strrchr(path, '/');
		if (!slash)
			return true;
		*slash = '\0';
	}
}

bool exec_certain(pid_t tid, uint64_t name, const char *path, const struct exec_file *file)
{
	struct caller c;

	if (file->error || file->nby || (strcmp(path, file->exe) && strcmp(path, file->alias)))
		return false;	/* by links of the product, or relative to a directory */
	if (!read_caller(tid, &c) || c.caps || !is_alone(c))
		return false;
	return is_own_page(tid, name, name + strlen(path)) && is_fixed(tid, file->exe, c.uid);
}
