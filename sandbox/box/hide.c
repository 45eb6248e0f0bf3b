/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hide.c - what the product must not see although its directory is exposed or bound: the evidence
 * about it
 *
 * How it works
 *	Most bundles lie in the working directory, which has an overlay of its own: a whiteout in
 *	the upper directory takes them out of it, name and all. That of the run must not be reached
 *	at any place: where it is still seen when all is mounted, an empty directory covers it.
 *
 * Limits
 *	Bundles of other runs that lie deeper are seen.
 */
#include "sandbox/box/hide.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/box/tree.h"
#include "tcbox/record.h"
#include "tcbox/run.h"

#define WHITEOUT 0		/* the device number of what overlayfs leaves out; it needs no
				 * privilege, Linux 5.8 */

static bool ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len >= n && !strcmp(name + len - n, suffix);
}

/* has() - is there such a file in the directory @name of @dir? Else errno says why */
static bool has(int dir, const char *name, const char *file)
{
	char path[NAME_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/%s", name, file);
	return !faccessat(dir, path, F_OK, 0);
}

/* is_bundle() - by its name, and its manifest unless it is closed to us; of another name by
 * manifest and record; or runs under several scenarios */
static bool is_bundle(int dir, const char *name)
{
	if (ends_with(name, RUN_SCENARIOS_SUFFIX))
		return true;
	if (has(dir, name, RUN_FILE))
		return ends_with(name, RUN_BUNDLE_SUFFIX) || has(dir, name, REC_EVENTS_FILE);
	return errno == EACCES && ends_with(name, RUN_BUNDLE_SUFFIX);
}

/* is_hidden() - is it the directory @name in @dir that must not be seen? */
static bool is_hidden(const struct sbx_mounts *mounts, const char *dir, const char *name)
{
	size_t len = strlen(dir), i;

	for (i = 0; i < mounts->nhide; i++)
		if (tree_below(mounts->hide[i], dir) && mounts->hide[i][len] &&
		    !strcmp(mounts->hide[i] + len + 1, name))
			return true;
	return false;
}

void hide_bundles(const struct sbx_mounts *mounts, const char *from, const char *upper)
{
	const char *host = from + strlen("/old");
	char path[PATH_MAX], name[NAME_MAX + 2];
	DIR *dir = opendir(from);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		if (!is_hidden(mounts, host, d->d_name) && !is_bundle(dirfd(dir), d->d_name))
			continue;
		(void)snprintf(name, sizeof(name), "/%s", d->d_name);
		if (!tree_join(path, upper, name, NULL))
			(void)mknod(path, S_IFCHR, WHITEOUT);
	}
	if (dir)
		(void)closedir(dir);
}

static int hide_at(const char *dir, const char *rest, struct tb_err *err)
{
	char path[PATH_MAX], to[PATH_MAX];
	struct stat st;
	int ret;

	ret = tree_join(path, dir, rest, err);
	if (!ret)
		ret = tree_join(to, "/new", path, err);
	if (ret || tree_plain(to, NULL) || stat(to, &st))
		return ret;
	if (mount("tmpfs", to, "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY | MS_NOEXEC,
		  "size=4k,mode=0555"))
		return tb_err_set(err, errno, "hide %s", path);
	return 0;
}

/* hide() - one directory, in the product's file system and in what is bound there */
static int hide(const struct sbx_mounts *mounts, const char *dir, struct tb_err *err)
{
	size_t i;
	int ret = 0;

	if (!mounts->root)
		ret = hide_at(dir, "", err);
	else if (tree_below(dir, mounts->root))
		ret = hide_at(dir + strlen(mounts->root), "", err);
	for (i = 0; !ret && i < mounts->nbinds; i++)
		if (tree_below(dir, mounts->binds[i].from))
			ret = hide_at(mounts->binds[i].to, dir + strlen(mounts->binds[i].from),
				      err);
	return ret;
}

int hide_all(const struct sbx_mounts *mounts, struct tb_err *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < mounts->nhide; i++)
		ret = hide(mounts, mounts->hide[i], err);
	return ret;
}
