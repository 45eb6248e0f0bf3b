/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - directories and files while the box's root is put together
 *
 * Only for the private tree under construction, where nobody else can change a path meanwhile.
 */
#ifndef SANDBOX_BOX_TREE_H
#define SANDBOX_BOX_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tcbox/err.h"

/* tree_join() - two parts of a path, one after the other. Return: 0 or -ENAMETOOLONG */
int tree_join(char out[PATH_MAX], const char *a, const char *b, struct tb_err *err);

/* tree_below() - is @path the directory @dir or something in it? */
bool tree_below(const char *path, const char *dir);

/*
 * tree_plain() - is there no symbolic link on the way to @path, and none at its end? While the
 * box's root is put together, a link that the product made in an earlier run, and that a kept layer
 * brings back, would lead tcbox to the host.
 * Return: 0, also if nothing is there yet; -ELOOP: there is a link
 */
int tree_plain(const char *path, struct tb_err *err);

/* tree_by_length() - for qsort(3): paths, shorter ones first, since a mount hides what was mounted
 * below it before */
int tree_by_length(const void *a, const void *b);

/* tree_dir() - create a directory unless it is there; tree_dirs() - and its parents; tree_parents()
 * - only those above @path. A link in place of a directory is an error */
int tree_dir(const char *path, mode_t mode, struct tb_err *err);
int tree_dirs(const char *path, mode_t mode, struct tb_err *err);
int tree_parents(const char *path, struct tb_err *err);

/* tree_file() - create or replace a file, and the directories above it */
int tree_file(const char *path, const void *data, size_t len, mode_t mode, struct tb_err *err);

#endif
