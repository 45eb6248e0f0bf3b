/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readonly.c - files that the product may change, enforced by mounts, where Landlock cannot be used
 *
 * How it works
 *	While the box's root is under construction, each place is bound to itself and thereby a
 *	mount of its own; then all mounts that do not lie in a place are made read-only. The product
 *	cannot undo it: it has no power over this mount namespace, and in one of its own these flags
 *	are locked, mount_namespaces(7).
 *
 *	Modes, owners, times and attributes are kept, too, which Landlock cannot do.
 *
 * Limits
 *	Places are mount points: they can be neither removed nor renamed, and nothing can be renamed
 *	or linked from one to the other (EXDEV). /proc stays writable: the first process needs it to
 *	become the product, and there is nothing in it but processes of the box; so do the
 *	terminals.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "sandbox/box/guard.h"
#include "sandbox/box/readonly.h"
#include "sandbox/box/mirror.h"
#include "sandbox/box/tree.h"
#include "tcbox/own.h"

#define NEW "/new"

/* in_place() - is @path, as the product sees it, one of the first @n places or in one? */
static bool in_place(char *const *kept, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(kept[i], "/") || tree_below(path, kept[i]))
			return true;
	return false;
}

/* find_places() - those that there are, in @kept, which has room for all; shorter ones first */
static int find_places(const struct sbx_places *places, char **kept, size_t *n, struct tb_err *err)
{
	TB_AUTOCLOSE int root = open(NEW, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[PATH_MAX];
	bool is_dir;
	int fd;

	if (root < 0)
		return tb_err_set(err, errno, "open the box's root");
	for (size_t i = 0; i < places->n; i++) {
		if (places->list[i].readonly)
			continue;
		fd = guard_open(root, &places->list[i], path, &is_dir);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return tb_err_set(err, -fd, "open %s in the box", path);
		(void)close(fd);
		kept[*n] = strdup(path);
		if (!kept[*n])
			return tb_err_set(err, ENOMEM, "make mounts read-only");
		(*n)++;
	}
	qsort(kept, *n, sizeof(*kept), tree_by_length);
	return 0;
}

/* no_files() - file systems of the kernel's own */
static bool no_files(const char *path)
{
	return tree_below(path, "/proc") || tree_below(path, "/sys");
}

static int bind_places(char *const *kept, size_t n, struct tb_err *err)
{
	char at[PATH_MAX];
	int ret = 0;

	for (size_t i = 0; !ret && i < n; i++) {
		if (in_place(kept, i, kept[i]) || no_files(kept[i]))
			continue;
		ret = tree_join(at, NEW, kept[i], err);
		if (!ret)
			ret = tree_plain(at, err);
		if (!ret && mount(at, at, NULL, MS_BIND | MS_REC, NULL))
			ret = tb_err_set(err, errno, "bind %s", kept[i]);
	}
	return ret;
}

/* stays() - mounts that are not a matter of files: processes, devices, terminals */
static bool stays(const char *path)
{
	return no_files(path) || !strncmp(path, "/dev/", 5);
}

static int close_mount(const char *at, struct tb_err *err)
{
	/* EINVAL, ENOENT: another mount lies above it, so nobody can reach it */
	if (mount(NULL, at, NULL,
		  MS_REMOUNT | MS_BIND | MS_RDONLY | MIRROR_LOCKED | mirror_kept_flags(at), NULL) &&
	    errno != EINVAL && errno != ENOENT)
		return tb_err_set(err, errno, "make %s read-only", at + strlen(NEW));
	return 0;
}

static int close_mounts(char *const *kept, size_t n, struct tb_err *err)
{
	struct mirror_points points = { NULL, 0 };
	int ret = mirror_points_read(&points, NEW "/proc/self/mountinfo", err);

	for (size_t i = 0; !ret && i < points.n; i++) {
		const char *at = points.v[i];

		if (!tree_below(at, NEW) || !at[strlen(NEW)] || stays(at + strlen(NEW)) ||
		    in_place(kept, n, at + strlen(NEW)))
			continue;
		ret = close_mount(at, err);
	}
	mirror_points_clear(&points);
	return ret;
}

int readonly_mounts(const struct sbx_places *places, struct tb_err *err)
{
	char **kept = calloc(places->n + 1, sizeof(*kept));
	size_t n = 0;
	int ret;

	if (!kept)
		return tb_err_set(err, ENOMEM, "make mounts read-only");
	ret = find_places(places, kept, &n, err);
	if (!ret && !in_place(kept, n, "/")) {
		ret = bind_places(kept, n, err);
		if (!ret)
			ret = close_mounts(kept, n, err);
	}
	while (n)
		free(kept[--n]);
	free(kept);
	return ret;
}
