/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy.c - what root of the box owns of the machine's directories
 *
 * How it works
 *	The machine's files belong to its root, whom the box does not know: there they are nobody's,
 *	and the kernel cannot copy them up into a layer in which that owner does not exist
 *	(EOVERFLOW). But in a directory that is in the layer already files can be created, replaced
 *	and removed whatever lies below it. So all directories of unknown owners are made in the
 *	layer, some ten thousand of them in a tenth of a second.
 *
 *	Programs that install packages and make users also write files that are there: those below
 *	the places in copied[] are copied; what the technician may not read is there and empty, and
 *	so are logs. Only the two lists of passwords are written anew, without any: shadow(5),
 *	gshadow(5).
 *
 * Limits
 *	Any other file of the machine can be replaced, but not changed in place, linked to or
 *	renamed: the call fails with EOVERFLOW. So a package of the machine cannot be upgraded,
 *	because dpkg keeps a link to the old file.
 */
#include "sandbox/box/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/box/tree.h"
#include "tcbox/buf.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

#define UNKNOWN 65534		/* how an id without a map shows, user_namespaces(7) */
#define FILE_MAX_BYTES (16 << 20)
#define LIST_MAX (4u << 20)

static const char *const copied[] = { "/etc", "/var/lib/dpkg", "/var/lib/apt", "/var/cache/debconf",
				      "/var/cache/ldconfig" };
static const char *const emptied[] = { "/var/log" };
/* many, and only added to */
static const char *const kept_below[] = { "/var/lib/dpkg/info", "/var/lib/apt/lists" };

static const struct {
	const char *path, *names, *rest;
} secrets[] = {
	{ "/etc/shadow", "/etc/passwd", ":*:::::::\n" },
	{ "/etc/gshadow", "/etc/group", ":*::\n" },
};

/* A walk through a directory of the host. */
struct copy {
	const struct sbx_mounts *mounts;
	FTS *fts;
	const char *from, *path, *upper;	/* on the host, in the box, in the layer */
};

static bool among(const char *path, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (tree_below(path, v[i]))
			return true;
	return false;
}

static bool is_copied(const char *path, bool *empty)
{
	*empty = among(path, emptied, TB_ARRAY_SIZE(emptied));
	return (*empty || among(path, copied, TB_ARRAY_SIZE(copied))) &&
		!among(path, kept_below, TB_ARRAY_SIZE(kept_below));
}

/* copy_file() - content, mode and time; @empty, or if it cannot be read: without the content */
static int copy_file(const char *from, const char *to, const struct stat *st, bool empty,
		     struct tb_err *err)
{
	const struct timespec times[2] = { st->st_mtim, st->st_mtim };
	TB_AUTOCLOSE int in = empty ? -1 :
		open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), out = -1;
	ssize_t n = in >= 0;

	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return tb_err_set(err, errno, "create %s", to);
	while (n > 0)
		n = sendfile(out, in, NULL, 1 << 20);
	if (n < 0 || fchmod(out, st->st_mode & 01777) || futimens(out, times))
		return tb_err_set(err, errno, "copy %s", from + strlen("/old"));
	return 0;
}

/* place_of() - where @e lies in the layer. Return: 0 and what is there in @st, or a negative errno,
 * -ENOENT: nothing is */
static int place_of(const struct copy *c, const FTSENT *e, char to[PATH_MAX], struct stat *st)
{
	if (tree_join(to, c->upper, e->fts_path + strlen(c->from), NULL) || tree_plain(to, NULL))
		return -ENOTDIR;
	return lstat(to, st) ? -errno : 0;
}

/* is_left_out() - what the product will not see: a private place, or the evidence and what is kept
 * of other cases */
static bool is_left_out(const struct sbx_mounts *mounts, const FTSENT *e, const char *path)
{
	if (!strcmp(path, "/var/tmp"))
		return true;
	for (size_t i = 0; i < mounts->nhide; i++)
		if (!strcmp(e->fts_path + strlen("/old"), mounts->hide[i]))
			return true;
	return false;
}

static int make_entry(const FTSENT *e, const char *to, const struct stat *st, bool empty,
		      struct tb_err *err)
{
	if (e->fts_info != FTS_D)
		return copy_file(e->fts_path, to, st, empty, err);
	return mkdir(to, st->st_mode & 07777) ? tb_err_set(err, errno, "create %s", to) : 0;
}

static int copy_entry(const struct copy *c, FTSENT *e, struct tb_err *err)
{
	char to[PATH_MAX], at[PATH_MAX];
	struct stat st;
	bool empty = false;
	int ret;

	if (e->fts_level == 0)
		return 0;
	if (tree_join(at, c->path, e->fts_path + strlen(c->from), NULL) ||
	    is_left_out(c->mounts, e, at)) {
		(void)fts_set(c->fts, e, FTS_SKIP);
		return 0;
	}
	if (e->fts_info != FTS_D && !is_copied(at, &empty))
		return 0;		/* most of what there is: not even looked at */
	ret = place_of(c, e, to, &st);
	if (!ret && e->fts_info == FTS_D && S_ISDIR(st.st_mode))
		return 0;		/* made by an earlier run: look what is new in it */
	if (ret != -ENOENT) {
		(void)fts_set(c->fts, e, FTS_SKIP);
		return 0;
	}
	if (lstat(e->fts_path, &st) || st.st_uid != UNKNOWN ||
	    (!S_ISDIR(st.st_mode) && (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX_BYTES)))
		return 0;
	ret = make_entry(e, to, &st, empty, err);
	if (ret != -ENOENT)
		return ret;
	*err = (struct tb_err){ 0 };
	ret = tree_parents(to, err);		/* they are of a known owner, and so not there */
	return ret ? ret : make_entry(e, to, &st, empty, err);
}

/* write_secret() - one line for each name in the list, with no password */
static int write_secret(const char *to, const char *names, const char *rest, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf list = TB_BUF_INIT, text = TB_BUF_INIT;
	char *line, *save = NULL;
	struct stat st;

	if (tree_plain(to, NULL) || !lstat(to, &st) ||
	    tb_read_file(AT_FDCWD, names, LIST_MAX, &list, NULL) || !list.data)
		return 0;
	for (line = strtok_r(list.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		tb_buf_add(&text, line, strcspn(line, ":"));
		tb_buf_adds(&text, rest);
	}
	if (text.failed)
		return tb_err_set(err, ENOMEM, "create %s", to);
	return tree_file(to, text.data ? text.data : "", text.len, 0640, err);
}

static int write_secrets(const char *from, const char *path, const char *upper, struct tb_err *err)
{
	char is[PATH_MAX], names[PATH_MAX], to[PATH_MAX];
	int ret = 0;

	for (size_t i = 0; !ret && i < TB_ARRAY_SIZE(secrets); i++) {
		if (!tree_below(secrets[i].path, path))
			continue;
		ret = tree_join(is, from, secrets[i].path + strlen(path), err);
		if (!ret)
			ret = tree_join(names, from, secrets[i].names + strlen(path), err);
		if (!ret)
			ret = tree_join(to, upper, secrets[i].path + strlen(path), err);
		if (!ret && access(is, R_OK) && errno == EACCES)
			ret = write_secret(to, names, secrets[i].rest, err);
	}
	return ret;
}

int copy_for_root(const struct sbx_mounts *mounts, const char *from, const char *path,
		  const char *upper,
		  struct tb_err *err)
{
	char *const roots[] = { (char *)(uintptr_t)from, NULL };
	struct copy c = { .mounts = mounts,
			  .fts = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR | FTS_NOSTAT,
					  NULL), .from = from,
			  .path = path, .upper = upper };
	FTSENT *e;
	int ret;

	if (!c.fts)
		return tb_err_set(err, errno, "read %s", from);
	ret = write_secrets(from, path, upper, err);
	while (!ret && (e = fts_read(c.fts)))
		if (e->fts_info != FTS_DP)
			ret = copy_entry(&c, e, err);
	(void)fts_close(c.fts);
	return ret;
}
