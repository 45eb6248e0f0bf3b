/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack.c - a bundle out of an archive that anybody may have written
 *
 * How it works: libarchive reads tar, and as compression zstd or none, and nothing else; what it
 * finds has to be what pack.c writes. The files are made in a new directory beside the one that is
 * asked for, and take its name when the last of them is on the disk. Until then nothing of the
 * archive has a name that somebody looks for, and what fails is removed.
 *
 * Limits: killed in between it leaves a directory with a name ending in ".unpack-" and six letters.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/archive_lib.h"
#include "bundle/pack.h"
#include "tcbox/bundle.h"
#include "tcbox/fd.h"
#include "tcbox/own.h"

struct unpack {
	const struct archive_lib *lib;
	struct archive *a;
	int dir;
	uint64_t left;			/* bytes that may still come */
	uint64_t max_bytes;
	struct bundle_packed *told;
	bool top;			/* the directory was there */
};

static int refuse(struct tb_err *err, const char *why)
{
	return tb_err_msg(err, EBADMSG, "not an archive of a bundle: %s", why);
}

/* damaged() - what libarchive says may quote names that somebody else chose */
static int damaged(struct unpack *u, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;
	const char *said = u->lib->archive_error_string(u->a);

	if (u->lib->archive_errno(u->a) == ENOMEM)
		return tb_err_set(err, ENOMEM, "read the archive");
	if (said)
		tb_buf_add_shown(&why, said, strnlen(said, 200));
	return refuse(err, why.data ? why.data : "it cannot be read");
}

/* plain_name() - Return: the name that the file has in a bundle; NULL: no bundle has that path */
static const char *plain_name(const char *path)
{
	size_t top = strlen(PACK_TOP);

	return !strncmp(path, PACK_TOP, top) && pack_name_good(path + top) ? path + top : NULL;
}

static int refuse_path(const char *path, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;

	tb_buf_adds(&why, "it has ");
	tb_buf_add_shown(&why, path, strnlen(path, 200));
	return refuse(err, why.data ? why.data : "it has another path");
}

/* look() - is the entry one that we write? @name: of a file; NULL: it is the directory */
static int look(struct unpack *u, struct archive_entry *e, const char **name, struct tb_err *err)
{
	const char *path = u->lib->archive_entry_pathname(e);

	*name = NULL;
	if (!path)
		return refuse(err, "it has a path that is no text");
	if (u->lib->archive_entry_hardlink(e) || u->lib->archive_entry_symlink(e))
		return refuse(err, "it has a link");
	if (u->lib->archive_entry_filetype(e) == AE_IFDIR) {
		if (u->top || u->told->files || strcmp(path, PACK_TOP) != 0)
			return refuse_path(path, err);
		u->top = true;
		return 0;
	}
	if (u->lib->archive_entry_filetype(e) != AE_IFREG)
		return refuse(err, "it has something that is neither a file nor a directory");
	*name = plain_name(path);
	if (!*name)
		return refuse_path(path, err);
	if (u->lib->archive_entry_sparse_count(e) || !u->lib->archive_entry_size_is_set(e) ||
	    u->lib->archive_entry_size(e) < 0)
		return refuse(err, "it has a file with holes or without a size");
	return 0;
}

static int contents(struct unpack *u, int fd, uint64_t size, struct tb_err *err)
{
	char chunk[PACK_CHUNK];
	uint64_t have = 0;

	for (;;) {
		ssize_t n = u->lib->archive_read_data(u->a, chunk, sizeof(chunk));

		if (n == ARCHIVE_RETRY)
			continue;
		if (n < 0)
			return damaged(u, err);
		if (!n)
			break;
		have += (uint64_t)n;
		if (have > size)
			return refuse(err, "a file is longer than it says");
		if (tb_write_all(fd, chunk, (size_t)n))
			return tb_err_set(err, errno, "write a file of the bundle");
	}
	return have == size ? 0 : refuse(err, "a file is shorter than it says");
}

static int add_file(struct unpack *u, const char *name, uint64_t size, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	int ret;

	if (u->told->files == BUNDLE_PACK_FILES)
		return refuse(err, "it has too many files");
	if (size > u->left)
		return tb_err_msg(err, EFBIG, "the bundle would have more than %llu bytes",
				  (unsigned long long)u->max_bytes);
	fd = openat(u->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 && errno == EEXIST)
		return refuse(err, "it has a file twice");
	if (fd < 0)
		return tb_err_set(err, errno, "create %s", name);
	ret = contents(u, fd, size, err);
	u->left -= size;
	u->told->files++;
	u->told->bytes += size;
	return ret;
}

static int add_all(struct unpack *u, struct tb_err *err)
{
	struct archive_entry *e;
	const char *name;
	int rc, ret = 0;

	while (!ret && (rc = u->lib->archive_read_next_header(u->a, &e)) != ARCHIVE_EOF) {
		if (rc != ARCHIVE_OK)
			return damaged(u, err);
		ret = look(u, e, &name, err);
		if (!ret && name)
			ret = add_file(u, name, (uint64_t)u->lib->archive_entry_size(e), err);
	}
	if (!ret && faccessat(u->dir, RUN_FILE, F_OK, AT_SYMLINK_NOFOLLOW))
		ret = refuse(err, "it has no " RUN_FILE);
	return ret;
}

static int read_archive(struct unpack *u, int fd, struct tb_err *err)
{
	u->a = u->lib->archive_read_new();
	if (!u->a)
		return tb_err_set(err, ENOMEM, "read the archive");
	if (u->lib->archive_read_support_format_tar(u->a) != ARCHIVE_OK ||
	    u->lib->archive_read_support_filter_zstd(u->a) != ARCHIVE_OK ||
	    u->lib->archive_read_open_fd(u->a, fd, PACK_CHUNK) != ARCHIVE_OK)
		return damaged(u, err);
	return add_all(u, err);
}

/* each() - @act on each file that was made, until it fails */
static int each(int dir, int (*act)(int dir, const char *name))
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		ret = -errno;
		tb_close(&fd);
		return ret;
	}
	while (!ret && (e = readdir(d)))
		if (e->d_name[0] != '.')
			ret = act(dir, e->d_name);
	(void)closedir(d);
	return ret;
}

static int remove_one(int dir, const char *name)
{
	(void)unlinkat(dir, name, 0);
	return 0;
}

static int store_one(int dir, const char *name)
{
	TB_AUTOCLOSE int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 || fsync(fd) ? -errno : 0;
}

/* finish() - what is whole, and on the disk, gets its name in place of nothing */
static int finish(int dir, const char *from, const char *path, struct tb_err *err)
{
	int ret = each(dir, store_one);

	if (!ret && fsync(dir))
		ret = -errno;
	if (ret)
		return tb_err_set(err, -ret, "write %s", path);
	if (renameat2(AT_FDCWD, from, AT_FDCWD, path, RENAME_NOREPLACE))
		return errno == EEXIST ?
		       tb_err_msg(err, EEXIST, "%s exists already", path) :
		       tb_err_set(err, errno, "create %s", path);
	return 0;
}

/* without_slashes() - a copy, without those at its end: a directory is to be made beside it */
static char *without_slashes(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return strndup(path, len);
}

int bundle_unpack(int fd, const char *path, uint64_t max_bytes, struct bundle_packed *told,
		  struct tb_err *err)
{
	TB_AUTOFREE char *to = without_slashes(path), *made = NULL;
	struct unpack u = { .dir = -1, .left = max_bytes, .max_bytes = max_bytes, .told = told };
	struct stat st;
	int ret = archive_lib(&u.lib, err);

	*told = (struct bundle_packed){ 0 };
	if (ret)
		return ret;
	if (!to || asprintf(&made, "%s.unpack-XXXXXX", to) < 0) {
		made = NULL;
		return tb_err_set(err, ENOMEM, "unpack");
	}
	if (!lstat(to, &st))
		return tb_err_msg(err, EEXIST, "%s exists already", to);
	if (!mkdtemp(made))
		return tb_err_set(err, errno, "create %s", to);
	u.dir = open(made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	ret = u.dir < 0 ? tb_err_set(err, errno, "open %s", made) : read_archive(&u, fd, err);
	u.lib->archive_read_free(u.a);
	if (!ret)
		ret = finish(u.dir, made, to, err);
	if (ret) {
		if (u.dir >= 0)
			(void)each(u.dir, remove_one);
		(void)rmdir(made);
	}
	tb_close(&u.dir);
	return ret;
}
