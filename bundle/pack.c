/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.c - a bundle as an archive
 *
 * The bundle is untrusted: it may have been unpacked from anything, and may change meanwhile.
 */
#include "bundle/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/archive_lib.h"
#include "tcbox/bundle.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

struct pack {
	const struct archive_lib *lib;
	struct archive *a;
	int dir;
	const char *bundle;		/* as the user names it */
	time_t time;
	struct bundle_packed *told;
};

bool pack_name_good(const char *name)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789._-";
	size_t len = strlen(name);

	return len && len <= BUNDLE_NAME_LEN && *name != '.' && strspn(name, good) == len;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* add_name() - what the run keeps in reserve is not evidence */
static int add_name(struct bundle_names *names, const char *name, const char *bundle,
		    struct tb_err *err)
{
	if (!strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, RUN_RESERVE_FILE))
		return 0;
	if (!pack_name_good(name))
		return tb_err_msg(err, EINVAL, "%s: there is a file in it that no bundle has: %s",
				  bundle, name);
	if (names->n == BUNDLE_PACK_FILES)
		return tb_err_msg(err, EINVAL, "%s: more than %d files", bundle,
				  BUNDLE_PACK_FILES);
	memcpy(names->v[names->n++], name, strlen(name) + 1);
	return 0;
}

int bundle_list(int dir, const char *name, struct bundle_names *out, struct tb_err *err)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		ret = tb_err_set(err, errno, "list %s", name);
		tb_close(&fd);
		return ret;
	}
	out->n = 0;
	errno = 0;
	while (!ret && (e = readdir(d)))
		ret = add_name(out, e->d_name, name, err);
	if (!ret && errno)
		ret = tb_err_set(err, errno, "list %s", name);
	(void)closedir(d);
	qsort(out->v, out->n, sizeof(out->v[0]), by_name);
	return ret;
}

static int failed(struct pack *p, struct tb_err *err)
{
	const char *why = p->lib->archive_error_string(p->a);
	int code = p->lib->archive_errno(p->a);

	return tb_err_msg(err, code > 0 ? code : EIO, "write the archive: %s",
			  why ? why : "no memory");
}

/* entry() - begin a file, or the directory if it has no @name */
static int entry(struct pack *p, const char *name, mode_t mode, int64_t size, struct tb_err *err)
{
	struct archive_entry *e = p->lib->archive_entry_new2(p->a);
	char path[sizeof(PACK_TOP) + BUNDLE_NAME_LEN];
	int ret;

	if (!e)
		return tb_err_set(err, ENOMEM, "write the archive");
	(void)stpcpy(stpcpy(path, PACK_TOP), name);
	p->lib->archive_entry_set_pathname(e, path);
	p->lib->archive_entry_set_mode(e, mode);
	p->lib->archive_entry_set_size(e, size);
	p->lib->archive_entry_set_mtime(e, p->time, 0);
	p->lib->archive_entry_set_uid(e, 0);
	p->lib->archive_entry_set_gid(e, 0);
	ret = p->lib->archive_write_header(p->a, e) == ARCHIVE_OK ? 0 : failed(p, err);
	p->lib->archive_entry_free(e);
	return ret;
}

/* contents() - as many bytes as the file was said to have */
static int contents(struct pack *p, int fd, const char *name, uint64_t size, struct tb_err *err)
{
	char chunk[PACK_CHUNK];

	while (size) {
		ssize_t n = read(fd, chunk, size < sizeof(chunk) ? (size_t)size : sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tb_err_set(err, errno, "read %s/%s", p->bundle, name);
		if (!n)
			return tb_err_msg(err, EIO, "%s/%s became shorter while it was read",
					  p->bundle, name);
		if (p->lib->archive_write_data(p->a, chunk, (size_t)n) != n)
			return failed(p, err);
		size -= (uint64_t)n;
	}
	return 0;
}

static int add_file(struct pack *p, const char *name, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = tb_open_regular(p->dir, name, err);
	struct stat st;
	int ret;

	if (fd < 0)
		return tb_err_wrap(err, "%s", p->bundle);
	if (fstat(fd, &st))
		return tb_err_set(err, errno, "look at %s/%s", p->bundle, name);
	ret = entry(p, name, S_IFREG | 0644, st.st_size, err);
	if (!ret)
		ret = contents(p, fd, name, (uint64_t)st.st_size, err);
	p->told->files++;
	p->told->bytes += (uint64_t)st.st_size;
	return ret;
}

/* run_time() - of a manifest that cannot be read the time is 0: what is damaged is packed, too */
static time_t run_time(int dir)
{
	struct run_info run = { 0 };
	struct tb_err err = { 0 };
	time_t time = 0;

	if (!run_info_read(dir, &run, &err) && run.started_ns > 0)
		time = run.started_ns / TB_NS_PER_S;
	run_info_clear(&run);
	return time;
}

static int begin(struct pack *p, int fd, struct tb_err *err)
{
	if (p->lib->archive_write_set_format_pax_restricted(p->a) != ARCHIVE_OK ||
	    p->lib->archive_write_add_filter_zstd(p->a) != ARCHIVE_OK ||
	    p->lib->archive_write_set_bytes_in_last_block(p->a, 1) != ARCHIVE_OK ||
	    p->lib->archive_write_open_fd(p->a, fd) != ARCHIVE_OK)
		return failed(p, err);
	return entry(p, "", S_IFDIR | 0700, 0, err);
}

static int add_all(struct pack *p, int fd, struct tb_err *err)
{
	TB_AUTOFREE struct bundle_names *names = calloc(1, sizeof(*names));
	int ret = names ? bundle_list(p->dir, p->bundle, names, err) :
		  tb_err_set(err, ENOMEM, "list %s", p->bundle);

	if (!ret)
		ret = begin(p, fd, err);
	for (unsigned int i = 0; !ret && i < names->n; i++)
		ret = add_file(p, names->v[i], err);
	if (!ret && p->lib->archive_write_close(p->a) != ARCHIVE_OK)
		ret = failed(p, err);
	return ret;
}

int bundle_pack(int dir, const char *name, int fd, struct bundle_packed *told, struct tb_err *err)
{
	struct pack p = {
		.dir = dir, .bundle = name, .time = run_time(dir),
		.told = told,
	};
	int ret = archive_lib(&p.lib, err);

	*told = (struct bundle_packed){ 0 };
	if (ret)
		return ret;
	p.a = p.lib->archive_write_new();
	if (!p.a)
		return tb_err_set(err, ENOMEM, "write the archive");
	ret = add_all(&p, fd, err);
	p.lib->archive_write_free(p.a);
	return ret;
}
