/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hide.c - what the product must not see although its directory is exposed or bound: the evidence about it
 */
#include "sandbox/hide.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "sandbox/tree.h"

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
	if (mount("tmpfs", to, "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY | MS_NOEXEC, "size=4k,mode=0555"))
		return tb_err_set(err, errno, "hide %s", path);
	return 0;
}

/* hide() - one directory, in the product's file system and in what is bound there */
static int hide(const struct sbx_options *opt, const char *dir, struct tb_err *err)
{
	size_t i;
	int ret = 0;

	if (!opt->root)
		ret = hide_at(dir, "", err);
	else if (tree_below(dir, opt->root))
		ret = hide_at(dir + strlen(opt->root), "", err);
	for (i = 0; !ret && i < opt->nbinds; i++)
		if (tree_below(dir, opt->binds[i].from))
			ret = hide_at(opt->binds[i].to, dir + strlen(opt->binds[i].from), err);
	return ret;
}

int hide_all(const struct sbx_options *opt, struct tb_err *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < opt->nhide; i++)
		ret = hide(opt, opt->hide[i], err);
	return ret;
}
