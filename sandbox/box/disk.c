/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk.c - what a run changed in the private layer
 *
 * How it works
 *	A part of the airlock lists the layer before the product's first instruction and after its
 *	last, and compares the two lists: the tmpfs, and with --state the directory that is kept. It
 *	got the tmpfs before the box did, so it still has it when the box is dead. The kernel tells
 *	a file that was written, or changed in any other way, by its inode number and its ctime,
 *	which nobody can set: inode(7). Contents are hashed only for what differs.
 *
 *	In the upper directory of an overlay a character device 0/0 stands for something that was
 *	removed, and the attribute "user.overlay.opaque" for a directory that hides the one below
 *	it: "Documentation/filesystems/overlayfs.rst" of the kernel.
 *
 *	The process is root of U, so that it can read what the product closed to others, and holds
 *	nothing but the directories: names are hostile, but they are only compared, and contents
 *	only hashed.
 *
 * Limits
 *	ENTRIES_MAX files, names of PATH_MAX, HASH_BYTES of contents. Directories are reported only
 *	when they are new, gone or replaced. A file that was changed and put back by writing the
 *	same bytes counts as changed. Below a directory that the technician bound to another place
 *	it is not known what was there before: a file that is changed is reported as created there.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/grow.h"
#include "tcbox/lockup.h"
#include "tcbox/memory.h"
#include "tcbox/record.h"
#include "tcbox/sandbox.h"
#include "tcbox/sha256.h"

#define ENTRIES_MAX 500000u
#define EVENTS_MAX 200000u
#define HASH_BYTES (UINT64_C(512) << 20)	/* of all files: the airlock waits 10 s for a part
						 * to end */
#define MEMORY (UINT64_C(1) << 30)

/* One file of the layer. */
struct entry {
	char *path;		/* in the box */
	char *place;		/* in the layer; owned */
	int layer;		/* which of disk.layers */
	uint64_t ino, size;
	int64_t ctime_ns;
	mode_t mode;
	bool gone;		/* it stands for something that was removed */
	bool alone;		/* nothing of the machine is below it */
};

struct list {
	struct entry *v;
	size_t n;
	int layer;		/* what is listed now */
	bool alone;		/* ... lies in no overlay */
	uint64_t unread;	/* beyond a limit */
};

struct disk {
	int layers[2];		/* the tmpfs, the kept directory; -1: there is none */
	int root;
	struct rec_out *rec;
	uint64_t created, changed, removed, left_out, unhashed, hashed_bytes;
};

static int open_below(int dir, const char *path, uint64_t flags)
{
	return tb_open_how(dir, path, flags, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

/* is_there() - does the file system below the layer have this? @mode: of what kind it is */
static bool is_there(const struct disk *d, const char *path, mode_t *mode)
{
	TB_AUTOCLOSE int fd = open_below(d->root, path + 1, O_PATH | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return false;
	*mode = st.st_mode;
	return true;
}

static bool add(struct list *l, const char *path, const char *place, const struct stat *st)
{
	struct entry *e, *grown = tb_grow(l->v, l->n, 1, sizeof(*grown));

	if (!grown)
		return false;
	l->v = grown;
	e = &l->v[l->n];
	*e = (struct entry){ .path = strdup(path), .place = strdup(place), .ino = st->st_ino,
			     .size = (uint64_t)st->st_size,
			     .ctime_ns = st->st_ctim.tv_sec * TB_NS_PER_S + st->st_ctim.tv_nsec,
			     .mode = st->st_mode,
			     .gone = S_ISCHR(st->st_mode) && st->st_rdev == 0, .layer = l->layer,
			     .alone = l->alone };
	l->n++;
	return e->path && e->place;
}

static void free_list(struct list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].path);
		free(l->v[i].place);
	}
	free(l->v);
	*l = (struct list){ .v = NULL };
}

/* walk_dir() - the entries of one directory; those that are directories wait in the list for their
 * turn.
 * Return: 0 or -ENOMEM */
static int walk_dir(const struct disk *d, struct list *l, const char *path, const char *place)
{
	char child[PATH_MAX], at[PATH_MAX];
	int fd = open_below(d->layers[l->layer], place, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	struct stat st;
	int ret = 0;

	if (!dir) {
		l->unread++;
		tb_close(&fd);
		return 0;
	}
	while (!ret && (e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (l->n == ENTRIES_MAX ||
		    snprintf(child, sizeof(child), "%s/%s", path, e->d_name) >= PATH_MAX ||
		    snprintf(at, sizeof(at), "%s/%s", place, e->d_name) >= PATH_MAX ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
			l->unread++;
		else if (!add(l, child, at, &st))
			ret = -ENOMEM;
	}
	(void)closedir(dir);
	return ret;
}

/* walk() - a directory of the layer, which is the product's @path */
static int walk(const struct disk *d, struct list *l, const char *path, const char *place)
{
	size_t next = l->n;
	int ret = walk_dir(d, l, path, place);

	for (; !ret && next < l->n; next++)
		if (S_ISDIR(l->v[next].mode))
			ret = walk_dir(d, l, l->v[next].path, l->v[next].place);
	return ret;
}

/* plain_name() - undo name_layer() of mirror.c */
static bool plain_name(const char *name, char out[NAME_MAX + 1])
{
	for (; *name; name++, out++) {
		*out = *name;
		if (*name != '%')
			continue;
		if (strncmp(name, "%2f", 3) && strncmp(name, "%25", 3))
			return false;
		*out = name[2] == 'f' ? '/' : '%';
		name += 2;
	}
	*out = '\0';
	return true;
}

/* list_overlays() - each overlay's directory is named after its place in the box */
static int list_overlays(const struct disk *d, struct list *l)
{
	int fd = open_below(d->layers[l->layer], "overlay", O_RDONLY | O_DIRECTORY), ret = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	char path[NAME_MAX + 1], place[NAME_MAX + 24];
	struct dirent *e;

	if (!dir) {
		tb_close(&fd);
		return 0;
	}
	while (!ret && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(place, sizeof(place), "overlay/%s/upper", e->d_name);
		if (plain_name(e->d_name + (e->d_name[0] == '+'), path))
			ret = walk(d, l, path, place);
		else
			l->unread++;
	}
	(void)closedir(dir);
	return ret;
}

static int by_path(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	return strcmp(a->path, b->path);
}

static bool has(const struct disk *d, const struct list *l, const char *place)
{
	struct stat st;

	return fstatat(d->layers[l->layer], place, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* list_layer() - one of the two */
static int list_layer(const struct disk *d, struct list *l)
{
	/* as private_dir() of root.c makes them */
	static const char *const own[] = { "/dev", "/run", "/tmp", "/home", "/root", "/var/tmp" };
	char place[64];
	int ret;

	l->alone = false;
	ret = list_overlays(d, l);
	if (!ret && has(d, l, "root"))
		ret = walk(d, l, "", "root");		/* what root of the box made in "/"
							 * itself */
	l->alone = true;
	for (size_t i = 0; !ret && i < TB_ARRAY_SIZE(own); i++) {
		(void)snprintf(place, sizeof(place), "private%s", own[i]);
		if (has(d, l, place))
			ret = walk(d, l, own[i], place);
	}
	return ret;
}

static int list_layers(const struct disk *d, struct list *l)
{
	int ret = 0;

	*l = (struct list){ .v = NULL };
	for (l->layer = 0; !ret && l->layer < (int)TB_ARRAY_SIZE(d->layers); l->layer++)
		if (d->layers[l->layer] >= 0)
			ret = list_layer(d, l);
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_path);
	return ret;
}

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "file";
	case S_IFDIR: return "directory";
	case S_IFLNK: return "link";
	case S_IFIFO: return "fifo";
	case S_IFSOCK: return "socket";
	default: return "device";
	}
}

/* hash() - the content of a file. It is the product's: what is no regular file is not opened */
static void hash(struct disk *d, const struct entry *e, char hex[TB_SHA256_HEX])
{
	TB_AUTOCLOSE int fd = -1;
	uint64_t size = 0;

	hex[0] = '\0';
	if (!S_ISREG(e->mode))
		return;
	if (e->size <= HASH_BYTES - d->hashed_bytes)
		fd = open_below(d->layers[e->layer], e->place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || tb_sha256_fd(fd, hex, &size, NULL)) {
		hex[0] = '\0';
		d->unhashed++;
	}
	d->hashed_bytes += size <= HASH_BYTES - d->hashed_bytes ? size :
		HASH_BYTES - d->hashed_bytes;
}

static int tell(struct disk *d, const char *op, const struct entry *e, mode_t mode, bool now)
{
	char hex[TB_SHA256_HEX] = "", target[PATH_MAX] = "";
	struct ev ev = { .kind = EV_CHANGE };
	ssize_t n;

	if (d->created + d->changed + d->removed > EVENTS_MAX) {
		d->left_out++;
		return 0;
	}
	if (now)
		hash(d, e, hex);
	if (now && S_ISLNK(mode)) {
		n = readlinkat(d->layers[e->layer], e->place, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
	}
	ev.u.change = (struct ev_change){ .op = op, .path = e->path, .type = type_name(mode),
					  .sha256 = hex, .target = target,
					  .size = now && S_ISREG(mode) ? e->size : 0 };
	return rec_append(d->rec, &ev);
}

static bool is_opaque(const struct disk *d, const struct entry *e)
{
	TB_AUTOCLOSE int fd = open_below(d->layers[e->layer], e->place, O_RDONLY | O_DIRECTORY);
	char value;

	return fd >= 0 && fgetxattr(fd, "user.overlay.opaque", &value, 1) == 1 && value == 'y';
}

static int tell_removed(struct disk *d, const struct entry *e, mode_t mode)
{
	d->removed++;
	return tell(d, "removed", e, mode, false);
}

/* appeared() - in the layer, where nothing was before: it may have been on the machine */
static int appeared(struct disk *d, const struct entry *e)
{
	mode_t below = 0;
	bool was = !e->alone && is_there(d, e->path, &below);

	if (e->gone && e->alone)
		return 0;	/* a device that the product made: there is nothing below that it
				 * could hide */
	if (e->gone)
		return tell_removed(d, e, was ? below : S_IFREG);
	if (S_ISDIR(e->mode) && was && S_ISDIR(below)) {
		if (!is_opaque(d, e))
			return 0;	/* something in it was changed */
		d->changed++;
		return tell(d, "replaced", e, e->mode, true);
	}
	if (was)
		d->changed++;
	else
		d->created++;
	return tell(d, was ? "changed" : "created", e, e->mode, true);
}

static int disappeared(struct disk *d, const struct entry *e)
{
	return e->gone ? 0 : tell_removed(d, e, e->mode);
}

static int stayed(struct disk *d, const struct entry *before, const struct entry *after)
{
	if (after->gone)
		return disappeared(d, before);
	if (before->gone) {
		d->created++;
		return tell(d, "created", after, after->mode, true);
	}
	if (before->ino == after->ino &&
	    (before->ctime_ns == after->ctime_ns || S_ISDIR(after->mode)))
		return 0;
	if (S_ISDIR(before->mode) && S_ISDIR(after->mode))
		return 0;
	d->changed++;
	return tell(d, "changed", after, after->mode, true);
}

static int compare(struct disk *d, const struct list *before, const struct list *after)
{
	size_t b = 0, a = 0;
	int ret = 0, order;

	while (!ret && (b < before->n || a < after->n)) {
		if (b == before->n)
			order = 1;
		else if (a == after->n)
			order = -1;
		else
			order = strcmp(before->v[b].path, after->v[a].path);
		if (order < 0)
			ret = disappeared(d, &before->v[b++]);
		else if (order > 0)
			ret = appeared(d, &after->v[a++]);
		else
			ret = stayed(d, &before->v[b++], &after->v[a++]);
	}
	return ret;
}

static int finish(struct disk *d, const struct list *before, const struct list *after)
{
	uint64_t unread = before->unread + after->unread;
	struct ev_pair pairs[] = {
		{ "entries", after->n },
		{ "created", d->created },
		{ "changed", d->changed },
		{ "removed", d->removed },
		{ "left_out", d->left_out },
		{ "unhashed", d->unhashed },
		{ "unread", unread },
		{ "memory_peak_kib", tb_memory_peak_kib() },
	};
	struct ev loss = { .kind = EV_LOSS };
	struct ev ev = { .kind = EV_COUNTERS, .u.counters = { pairs, TB_ARRAY_SIZE(pairs), true } };
	int ret = 0;

	loss.u.loss = (struct ev_loss){ "changes on disk",
					"parts of the private layer could not be listed: too many "
					"files, or names too long", unread };
	if (unread)
		ret = rec_append(d->rec, &loss);
	if (!ret)
		ret = rec_append(d->rec, &ev);
	return ret ? ret : rec_flush(d->rec);
}

static int lock_up(const struct disk *d, const struct sbx_part_env *env, struct tb_err *err)
{
	static const struct tb_lock_call calls[] = {
		{ .nr = SYS_openat2 }, { .nr = SYS_newfstatat }, { .nr = SYS_fstat },
		{ .nr = SYS_getdents64 },
		{ .nr = SYS_lseek }, { .nr = SYS_pread64 }, { .nr = SYS_readlinkat },
		{ .nr = SYS_fgetxattr },
		{ .nr = SYS_fcntl }, { .nr = SYS_fadvise64 },
		{ .nr = SYS_sysinfo },		/* qsort(3) asks how much memory there is */
	};
	const int keep[] = { d->layers[0], d->layers[1], d->root, env->record_fd, env->ready_fd,
			     env->stop_fd };
	char hex[TB_SHA256_HEX];
	int ret = tb_lock_fds(keep, TB_ARRAY_SIZE(keep), err);

	/* OpenSSL opens files when it is used first */
	(void)tb_sha256_fd(STDIN_FILENO, hex, NULL, NULL);
	if (!ret)
		ret = tb_lock_privileges(1u << CAP_DAC_READ_SEARCH, err);
	if (!ret)
		ret = tb_lock_memory(MEMORY, err);
	return ret ? ret : tb_lock_calls(calls, TB_ARRAY_SIZE(calls), err);
}

int sbx_disk_main(int kept, int root, const struct sbx_part_env *env, struct tb_err *err)
{
	struct disk d = { .layers = { env->layer_fd, kept }, .root = root,
			  .rec = rec_out_new(env->record_fd, EV_SRC_DISK, env->t0_ns) };
	struct pollfd stop = { .fd = env->stop_fd, .events = POLLIN };
	struct list before = { .v = NULL }, after = { .v = NULL };
	int ret;

	if (!d.rec)
		return tb_err_set(err, ENOMEM, "begin the record of changes on disk");
	ret = lock_up(&d, env, err);
	if (!ret && list_layers(&d, &before))
		ret = tb_err_set(err, ENOMEM, "list the private layer");
	if (!ret && tb_write_all(env->ready_fd, "r", 1))
		ret = tb_err_set(err, errno, "say that the private layer is listed");
	while (!ret && poll(&stop, 1, -1) <= 0)
		if (errno != EINTR)
			ret = tb_err_set(err, errno, "poll");
	if (!ret && list_layers(&d, &after))
		ret = tb_err_set(err, ENOMEM, "list the private layer");
	if (!ret)
		ret = compare(&d, &before, &after);
	if (!ret)
		ret = finish(&d, &before, &after);
	if (ret < 0 && !err->code)
		(void)tb_err_set(err, -ret, "append to the record");
	free_list(&before);
	free_list(&after);
	rec_out_free(d.rec);
	return ret;
}
