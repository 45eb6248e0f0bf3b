/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.c - reading what a product's thread points to: memory, strings, paths
 *
 * Paths are resolved through /proc/TID/root and /proc/TID/cwd, which lead into the thread's own
 * mount namespace. The supervisor stands outside of it, so what readlink(2) says about these links
 * counts from the top of the box's mounts: the path in the box.
 */
#include "sandbox/watch/target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include "tcbox/file.h"
#include "tcbox/own.h"

#define REAL_LINKS 40 /* MAXSYMLINKS of the kernel */

#define PAGE_BYTES 4096u

int tgt_read(pid_t tid, uint64_t addr, void *buf, size_t len)
{
	struct iovec local = { buf, len };
	struct iovec remote = { (void *)(uintptr_t)addr,
				len }; /* NOLINT(performance-no-int-to-ptr): the other process's
				        * address */
	ssize_t n = process_vm_readv(tid, &local, 1, &remote, 1, 0);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EFAULT;
}

int tgt_write(pid_t tid, uint64_t addr, const void *buf, size_t len)
{
	struct iovec local = { (void *)(uintptr_t)buf, len };
	struct iovec remote = { (void *)(uintptr_t)addr,
				len }; /* NOLINT(performance-no-int-to-ptr): the other process's
				        * address */
	ssize_t n = process_vm_writev(tid, &local, 1, &remote, 1, 0);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EFAULT;
}

ssize_t tgt_string(pid_t tid, uint64_t addr, char *buf, size_t cap)
{
	size_t have = 0;

	while (have < cap) {
		size_t want = PAGE_BYTES -
			      /* the next page may not be mapped */
			      (size_t)((addr + have) % PAGE_BYTES);
		const char *end;
		int rc;

		if (want > cap - have)
			want = cap - have;
		rc = tgt_read(tid, addr + have, buf + have, want);
		if (rc < 0) {
			buf[0] = '\0';
			return rc;
		}
		end = memchr(buf + have, '\0', want);
		if (end)
			return end - buf;
		have += want;
	}
	buf[cap - 1] = '\0';
	return -ENAMETOOLONG;
}

static int read_link(const char *link, char out[TGT_PATH_MAX])
{
	ssize_t n = readlink(link, out, TGT_PATH_MAX - 1);

	if (n < 0)
		return -errno;
	out[n] = '\0';
	return 0;
}

int tgt_fd_path(int fd, char out[TGT_PATH_MAX])
{
	char link[64];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return read_link(link, out);
}

/* The directory that a relative path counts from: "/proc/TID/cwd" or "/proc/TID/fd/N". */
static void base_link(pid_t tid, int dirfd, char link[64])
{
	if (dirfd == AT_FDCWD)
		(void)snprintf(link, 64, "/proc/%d/cwd", (int)tid);
	else
		(void)snprintf(link, 64, "/proc/%d/fd/%d", (int)tid, dirfd);
}

int tgt_root(pid_t tid)
{
	char link[64];
	int fd;

	(void)snprintf(link, sizeof(link), "/proc/%d/root", (int)tid);
	fd = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_below(int root, const char *abs_path, int flags)
{
	return tb_open_how(root, abs_path, (unsigned int)flags, RESOLVE_IN_ROOT);
}

/* @root: -1, or the thread's root, so that it need not be opened */
static int open_in_root(pid_t tid, int root, const char *abs_path, int flags)
{
	TB_AUTOCLOSE int own = root < 0 ? tgt_root(tid) : -1;

	if (root < 0 && own < 0)
		return own;
	return open_below(root < 0 ? own : root, abs_path, flags);
}

/* same_below() - does @path lead to the same file from both roots? A file in one of them only is
 * not the same. Return: 1 or 0; negative errno, the same from both: there is no such file */
static int same_below(int a, int b, const char *path)
{
	TB_AUTOCLOSE int x = open_below(a, path, O_PATH | O_NOFOLLOW),
		y = open_below(b, path, O_PATH | O_NOFOLLOW);
	struct stat sx, sy;

	if (x < 0 && x == y)
		return x;
	return x >= 0 && y >= 0 && fstat(x, &sx) == 0 && fstat(y, &sy) == 0 &&
		sx.st_dev == sy.st_dev && sx.st_ino == sy.st_ino;
}

bool tgt_is(int root, const char *path, uint64_t dev, uint64_t ino)
{
	TB_AUTOCLOSE int fd = open_below(root, path, O_PATH);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

bool tgt_same(int root, pid_t tid, const char *path)
{
	TB_AUTOCLOSE int own = tgt_root(tid);
	char dir[TGT_PATH_MAX];
	int same;

	if (own < 0 || snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return false;
	while ((same = same_below(root, own, *dir ? dir : "/")) < 0) {
		if (!*dir)
			return false;
		*strrchr(dir, '/') = '\0'; /* what is not there yet will be where its directory
					    * is */
	}
	return same;
}

/* Joins base and path, folding "//" and "/./"; tells whether a ".." is in it. */
static int join(const char *base, const char *path, char out[TGT_PATH_MAX], bool *dotdot)
{
	const char *parts[2] = { base, path };
	size_t n = 0;

	*dotdot = false;
	for (size_t i = 0; i < 2; i++) {
		const char *p = parts[i];

		while (*p) {
			size_t len = strcspn(p, "/");

			if (len == 2 && p[0] == '.' && p[1] == '.')
				*dotdot = true;
			if (len && !(len == 1 && p[0] == '.')) {
				if (n + len + 2 > TGT_PATH_MAX)
					return -ENAMETOOLONG;
				out[n++] = '/';
				memcpy(out + n, p, len);
				n += len;
			}
			p += len;
			p += *p == '/';
		}
	}
	if (n == 0)
		out[n++] = '/';
	out[n] = '\0';
	return 0;
}

/* @path holds "..": ask the kernel where its directory really is. The last component stays as it
 * is. */
static int resolve_directory(pid_t tid, int root, char path[TGT_PATH_MAX])
{
	char dir[TGT_PATH_MAX], last[NAME_MAX + 1];
	TB_AUTOCLOSE int fd = -1;
	char *slash = strrchr(path, '/');
	bool ignored;
	int rc;

	if (strlen(slash + 1) > NAME_MAX)
		return -ENAMETOOLONG;
	(void)snprintf(last, sizeof(last), "%.*s", NAME_MAX, slash + 1);
	if (strcmp(last, "..") != 0)
		*slash = '\0';
	else
		last[0] = '\0';
	fd = open_in_root(tid, root, *path ? path : "/", O_PATH);
	if (fd < 0)
		return fd;
	rc = tgt_fd_path(fd, dir);
	return rc < 0 ? rc : join(dir, last, path, &ignored);
}

/*
 * descriptor_in() - the number of the descriptor that a path names, or goes through:
 * proc_pid_fd(5). @rest: what follows, "" or "/...". Return: -1 if there is none
 */
static int descriptor_in(const char *path, const char **rest)
{
	static const struct { const char *name; int fd; } names[] = {
		{ "/dev/stdin", 0 }, { "/dev/stdout", 1 }, { "/dev/stderr", 2 },
		{ "/dev/fd/", -1 }, { "/proc/self/fd/", -1 }, { "/proc/thread-self/fd/", -1 },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(names); i++) {
		const char *number = path + strlen(names[i].name);
		size_t digits;

		if (strncmp(path, names[i].name, strlen(names[i].name)) != 0)
			continue;
		digits = names[i].fd < 0 ? strspn(number, "0123456789") : 0;
		*rest = number + digits;
		if (**rest && **rest != '/')
			continue;
		if (names[i].fd >= 0)
			return names[i].fd;
		if (digits && digits < 10)
			return (int)strtol(number, NULL, 10);
	}
	return -1;
}

/* descriptor_of() - the same if the path names it and goes no further */
static int descriptor_of(const char *path)
{
	const char *rest;
	int fd = descriptor_in(path, &rest);

	return fd >= 0 && !*rest ? fd : -1;
}

/* link_in() - the same for all that a path of a thread can go through: its working directory and
 * its root, too. Return: false if it goes through none; @link: the one that we can read */
static bool link_in(pid_t tid, const char *path, char link[64], const char **rest)
{
	static const struct { const char *name, *is; } places[] = {
		{ "/proc/self/cwd", "cwd" },   { "/proc/thread-self/cwd", "cwd" },
		{ "/proc/self/root", "root" }, { "/proc/thread-self/root", "root" },
	};
	int fd = descriptor_in(path, rest);

	if (fd >= 0) {
		base_link(tid, fd, link);
		return true;
	}
	for (size_t i = 0; i < TB_ARRAY_SIZE(places); i++) {
		size_t len = strlen(places[i].name);

		if (strncmp(path, places[i].name, len) != 0 || (path[len] && path[len] != '/'))
			continue;
		(void)snprintf(link, 64, "/proc/%d/%s", (int)tid, places[i].is);
		*rest = path + len;
		return true;
	}
	return false;
}

/*
 * resolve_descriptor() - a path that names an open descriptor becomes that of its file: opening it
 * again may write where the descriptor could only read. One that goes through the descriptor of a
 * directory becomes what lies there. What has no path of its own (a pipe, a memfd, a terminal)
 * keeps the name
 */
static void resolve_descriptor(pid_t tid, char path[TGT_PATH_MAX])
{
	char link[64], file[TGT_PATH_MAX];
	const char *rest;
	size_t len;

	if (!link_in(tid, path, link, &rest))
		return;
	if (read_link(link, file) < 0 || file[0] != '/' || !strncmp(file, "/memfd:", 7) ||
	    !strncmp(file, "/dev/pts/", 9))
		return;
	len = file[1] ? strlen(file) : 0;
	if (len + strlen(rest) >= TGT_PATH_MAX)
		return;
	memmove(path + len, rest, strlen(rest) + 1);
	memcpy(path, file, len);
	if (!path[0])
		memcpy(path, "/", 2);
}

/* is_terminal() - by its device number, Documentation/admin-guide/devices.txt */
static bool is_terminal(dev_t dev)
{
	unsigned int n = major(dev);

	return n == 4 || n == 5 || (n >= 136 && n <= 143);
}

bool tgt_nameless(pid_t tid, const char *path)
{
	int fd = descriptor_of(path);
	char link[64], file[TGT_PATH_MAX];
	struct stat st;

	if (fd < 0)
		return false;
	base_link(tid, fd, link);
	if (stat(link, &st) < 0)
		return false;
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		return true;
	if (S_ISCHR(st.st_mode))
		return is_terminal(st.st_rdev);
	return read_link(link, file) == 0 && !strncmp(file, "/memfd:", 7);
}

/*
 * open_own_link() - what a thread calls /proc/self is not ours, and openat2(2) follows no such
 * links below a root: the usual ones are opened as we see them. Return: descriptor or negative
 * errno, -ENOENT also for other paths
 */
static int open_own_link(pid_t tid, const char *path)
{
	int fd = descriptor_of(path);
	char link[64];

	if (!strcmp(path, "/proc/self/exe"))
		(void)snprintf(link, sizeof(link), "/proc/%d/exe", (int)tid);
	else if (fd >= 0)
		base_link(tid, fd, link);
	else
		return -ENOENT;
	fd = open(link, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int tgt_path(pid_t tid, int dirfd, const char *raw, char out[TGT_PATH_MAX])
{
	char link[64], base[TGT_PATH_MAX] = "";
	bool dotdot;
	int rc;

	if (raw[0] != '/') {
		base_link(tid, dirfd, link);
		rc = read_link(link, base);
		if (rc < 0)
			return rc;
		if (!raw[0]) { /* the descriptor itself; what is no file ("socket:[7]") keeps its
			        * name */
			memcpy(out, base, strlen(base) + 1);
			return 0;
		}
	}
	rc = join(base, raw, out, &dotdot);
	if (rc == 0)
		resolve_descriptor(tid, out);
	if (rc == 0 && dotdot) {
		rc = resolve_directory(tid, -1, out);
		if (rc == 0)
			resolve_descriptor(tid, out);
	}
	return rc;
}

/* below_proc() - what is there depends on who looks */
static bool below_proc(const char *path)
{
	return !strncmp(path, "/proc/", 6);
}

/* open_prefix() - the longest beginning of @path that can be entered; @end: where it ends. Return:
 * descriptor, negative errno */
static int open_prefix(pid_t tid, int root, char *path, size_t *end)
{
	int fd = open_in_root(tid, root, "/", O_PATH), next;
	size_t at = 0;
	char was;

	for (*end = 0; fd >= 0 && path[at]; *end = at) {
		at += 1 + strcspn(path + at + 1, "/");
		was = path[at];
		path[at] = '\0';
		next = open_in_root(tid, root, path, O_PATH);
		path[at] = was;
		if (next < 0)
			break;
		(void)close(fd);
		fd = next;
	}
	return fd;
}

/*
 * leads_to_proc() - does a directory that cannot be found lead into /proc? /proc/self is whose
 * process looks, and the supervisor has none in the box: proc(5). So /dev/fd, and links that the
 * product made, are not there for it
 */
static bool leads_to_proc(pid_t tid, int root, const char *path)
{
	char now[TGT_PATH_MAX], dir[TGT_PATH_MAX], text[PATH_MAX], rest[TGT_PATH_MAX];
	bool dotdot;

	(void)snprintf(now, sizeof(now), "%s", path);
	for (int links = 0; links < REAL_LINKS; links++) {
		size_t end, len;
		TB_AUTOCLOSE int fd = open_prefix(tid, root, now, &end);
		ssize_t n;

		if (fd < 0 || !now[end] || tgt_fd_path(fd, dir) < 0)
			return false;
		if (!strcmp(dir, "/proc") || below_proc(dir))
			return true;
		len = strcspn(now + end + 1, "/");
		memcpy(rest, now + end + 1 + len, strlen(now + end + 1 + len) + 1);
		now[end + 1 + len] = '\0';
		n = readlinkat(fd, now + end + 1, text, sizeof(text) - 1);
		if (n < 0)
			return false;
		text[n] = '\0';
		if (join(text[0] == '/' ? "" : dir, text, now, &dotdot) < 0 ||
		    strlen(now) + strlen(rest) >= sizeof(now))
			return false;
		memcpy(now + strlen(now), rest, strlen(rest) + 1);
	}
	return false;
}

int tgt_real(pid_t tid, int root, const char *path, bool follow, char out[TGT_PATH_MAX])
{
	char now[TGT_PATH_MAX], dir[TGT_PATH_MAX], text[PATH_MAX];
	bool dotdot;
	int rc;

	rc = join("", path, now, &dotdot);
	for (int links = 0; rc == 0 && links < REAL_LINKS; links++) {
		TB_AUTOCLOSE int fd = -1;
		char *last = strrchr(now, '/');
		ssize_t n;

		if (below_proc(now) || !last[1])
			return join("", now, out, &dotdot);
		*last++ = '\0';
		fd = open_in_root(tid, root, *now ? now : "/", O_PATH | O_DIRECTORY);
		/* a link of /proc, openat2(2) */
		if (fd == -ELOOP || fd == -EXDEV ||
		    (fd == -ENOENT && leads_to_proc(tid, root, now)))
			return join("/proc/link", last, out, &dotdot);
		rc = fd < 0 ? fd : tgt_fd_path(fd, dir);
		if (rc < 0)
			return rc;
		n = follow ? readlinkat(fd, last, text, sizeof(text) - 1) : -1;
		if (n < 0)
			return join(dir, last, out, &dotdot);
		text[n] = '\0';
		rc = join(text[0] == '/' ? "" : dir, text, now, &dotdot);
		if (rc == 0 && dotdot)
			rc = resolve_directory(tid, root, now);
		if (rc == 0)
			resolve_descriptor(tid, now);
	}
	return rc < 0 ? rc : -ELOOP;
}

int tgt_open(pid_t tid, int dirfd, const char *raw)
{
	char link[64], base[TGT_PATH_MAX] = "", path[TGT_PATH_MAX];
	bool ignored;
	int rc, fd;

	if (raw[0] != '/') {
		base_link(tid, dirfd, link);
		if (!raw[0]) { /* AT_EMPTY_PATH: also files without a name, such as memfd_create(2)
			        * makes */
			fd = open(link, O_PATH | O_CLOEXEC);
			return fd < 0 ? -errno : fd;
		}
		rc = read_link(link, base);
		if (rc < 0)
			return rc;
	}
	rc = join(base, raw, path, &ignored);
	if (rc < 0)
		return rc;
	fd = open_own_link(tid, path);
	return fd != -ENOENT ? fd : open_in_root(tid, -1, path, O_PATH);
}
