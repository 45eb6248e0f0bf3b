/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.c - directories and files while the box's root is put together
 */
#include "sandbox/box/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

int tree_join(char out[PATH_MAX], const char *a, const char *b, struct tb_err *err)
{
	int n = snprintf(out, PATH_MAX, "%s%s", a, b);

	return n < 0 || n >= PATH_MAX ? tb_err_set(err, ENAMETOOLONG, "%s%s", a, b) : 0;
}

bool tree_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (path[n] == '/' || !path[n]);
}

int tree_plain(const char *path, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = tb_open_how(AT_FDCWD, path, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
	struct stat st;

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		return tb_err_set(err, errno, "look at %s", path);
	if (fd < 0 ? errno == ELOOP : !fstat(fd, &st) && S_ISLNK(st.st_mode))
		return tb_err_msg(err, ELOOP,
				  "%s: a symbolic link is in the way, which an earlier run may "
				  "have left", path);
	return 0;
}

int tree_by_length(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	size_t lx = strlen(*x), ly = strlen(*y);

	return lx < ly ? -1 : lx > ly;
}

int tree_dir(const char *path, mode_t mode, struct tb_err *err)
{
	if (!mkdir(path, mode))
		return 0;
	return errno == EEXIST ? tree_plain(path, err) : tb_err_set(err, errno, "create %s", path);
}

int tree_dirs(const char *path, mode_t mode, struct tb_err *err)
{
	char part[PATH_MAX];
	char *slash;
	int ret;

	ret = tree_join(part, path, "", err);
	for (slash = strchr(part + 1, '/'); !ret && slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ret = tree_dir(part, 0755, err);
		*slash = '/';
	}
	return ret ? ret : tree_dir(part, mode, err);
}

int tree_parents(const char *path, struct tb_err *err)
{
	char dir[PATH_MAX];
	char *slash;
	int ret = tree_join(dir, path, "", err);

	if (ret)
		return ret;
	slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	return tree_dirs(dir, 0755, err);
}

int tree_file(const char *path, const void *data, size_t len, mode_t mode, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	int ret = tree_parents(path, err);

	if (ret)
		return ret;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return tb_err_set(err, errno, "create %s", path);
	ret = tb_write_all(fd, data, len);
	return ret ? tb_err_set(err, -ret, "write %s", path) : 0;
}
