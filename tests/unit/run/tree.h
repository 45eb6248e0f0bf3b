/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - a directory for one test program, with files in it, and the working directory of the
 * tests
 */
#ifndef TESTS_UNIT_RUN_TREE_H
#define TESTS_UNIT_RUN_TREE_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcbox/own.h"

static char tree[PATH_MAX] = "/var/tmp/tcbox-test-run.XXXXXX";

static int tree_make(void **state)
{
	(void)state;
	return !mkdtemp(tree) || chmod(tree, 0755) || chdir(tree);
}

static int tree_drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* tree_open() - a directory that a product may not write in is still ours to empty */
static int tree_open(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	return type == FTW_D && !(st->st_mode & S_IWUSR) ? chmod(path, 0700) : 0;
}

static int tree_remove(void **state)
{
	(void)state;
	return chdir("/") || nftw(tree, tree_open, 16, FTW_PHYS) || nftw(tree, tree_drop, 16, FTW_DEPTH | FTW_PHYS);
}

/* tree_dir() - below the tree */
__attribute__((unused)) static void tree_dir(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
}

__attribute__((unused)) static void tree_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* in_tree() - the absolute path of what is below; the next four calls keep it */
__attribute__((unused)) static char *in_tree(const char *path)
{
	static char paths[4][PATH_MAX];
	static unsigned int next;
	char *out = paths[next++ % 4];

	assert_true(snprintf(out, PATH_MAX, "%s/%s", tree, path) < PATH_MAX);
	return out;
}

#endif
