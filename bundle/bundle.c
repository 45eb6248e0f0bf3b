/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.c - the directory that a run leaves
 */
#include "tcbox/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tcbox/file.h"
#include "tcbox/own.h"

#define NUMBERS_MAX 1000
#define RESERVE_BYTES (512u << 10)

/* default_path() - "PROGRAM-DATE-TIME.tcbox", with a number for the second run of that second and
 * so on */
static char *default_path(const char *program, unsigned int number, const char *end)
{
	const char *base = strrchr(program, '/') ? strrchr(program, '/') + 1 : program;
	char stamp[32] = "", suffix[16] = "", *path;
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm))
		(void)strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	if (number > 1)
		(void)snprintf(suffix, sizeof(suffix), "-%u", number);
	return asprintf(&path, "%.64s-%s%s%s", base, stamp, suffix, end) < 0 ? NULL : path;
}

int bundle_make_dir(const char *given, const char *program, const char *suffix, char **path,
		    struct tb_err *err)
{
	unsigned int number = 0;

	*path = NULL;
	do {
		free(*path);
		*path = given ? strdup(given) : default_path(program, ++number, suffix);
		if (!*path)
			return tb_err_set(err, ENOMEM, "name the bundle");
		/* what the product sent and printed may be secret, and the keys of its sessions
		 * are in the record */
		if (!mkdir(*path, 0700))
			return 0;
	} while (!given && errno == EEXIST && number < NUMBERS_MAX);
	if (errno == EEXIST)
		return tb_err_msg(err, EEXIST,
				  "%s exists already, and evidence is never overwritten; choose "
				  "another --output",
				  *path);
	return tb_err_set(err, errno, "create the bundle %s", *path);
}

static int open_new(const struct bundle *b, const char *name, int *fd, struct tb_err *err)
{
	/* append: if somebody cuts the file meanwhile, that must show, and not be filled up with
	 * zeros */
	*fd = openat(b->dir, name, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return *fd < 0 ? tb_err_set(err, errno, "create %s/%s", b->path, name) : 0;
}

static int keep_reserve(const struct bundle *b, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	int ret = open_new(b, RUN_RESERVE_FILE, &fd, err);

	if (!ret)
		ret = posix_fallocate(fd, 0, RESERVE_BYTES);
	return ret > 0 ? tb_err_set(err, ret, "reserve space in %s", b->path) : ret;
}

/* discard() - what could not be begun is no bundle */
static void discard(const struct bundle *b)
{
	static const char *const names[] = { RUN_RESERVE_FILE, RUN_CAPTURE_FILE, RUN_STDOUT_FILE,
		RUN_STDERR_FILE };
	size_t i;

	for (i = 0; i < TB_ARRAY_SIZE(names); i++)
		(void)unlinkat(b->dir, names[i], 0);
	(void)rmdir(b->path);
}

static int open_all(struct bundle *b, struct tb_err *err)
{
	int ret;

	b->dir = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->dir < 0)
		return tb_err_set(err, errno, "open the bundle %s", b->path);
	b->real = realpath(b->path, NULL);
	if (!b->real)
		return tb_err_set(err, errno, "find the bundle %s", b->path);
	ret = keep_reserve(b, err);
	if (!ret)
		ret = open_new(b, RUN_CAPTURE_FILE, &b->capture, err);
	if (!ret)
		ret = open_new(b, RUN_STDOUT_FILE, &b->logs[0], err);
	if (!ret)
		ret = open_new(b, RUN_STDERR_FILE, &b->logs[1], err);
	return ret;
}

int bundle_create(struct bundle *b, const char *path, const char *program, struct tb_err *err)
{
	int ret;

	*b = (struct bundle){ .dir = -1, .capture = -1, .logs = { -1, -1 }, .bodies = -1 };
	ret = bundle_make_dir(path, program, RUN_BUNDLE_SUFFIX, &b->path, err);
	if (ret)
		return ret;
	ret = open_all(b, err);
	if (ret)
		discard(b);
	return ret;
}

int bundle_add_bodies(struct bundle *b, struct tb_err *err)
{
	return open_new(b, RUN_BODIES_FILE, &b->bodies, err);
}

int bundle_put(const struct bundle *b, const char *name, const struct tb_buf *data,
	       struct tb_err *err)
{
	int ret = tb_write_file(b->dir, name, data->data ? data->data : "", data->len, err);

	return ret ? tb_err_wrap(err, "%s", b->path) : 0;
}

void bundle_release(const struct bundle *b)
{
	(void)unlinkat(b->dir, RUN_RESERVE_FILE, 0);
}

void bundle_close(struct bundle *b)
{
	tb_close(&b->dir);
	tb_close(&b->capture);
	tb_close(&b->logs[0]);
	tb_close(&b->logs[1]);
	tb_close(&b->bodies);
	free(b->path);
	free(b->real);
	b->path = b->real = NULL;
}
