/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root_path.h - paths of the product's file system, as the host knows them
 */
#ifndef RUN_ROOT_PATH_H
#define RUN_ROOT_PATH_H

/* root_open() - open a path of the file system @root, whose links lead nowhere else; NULL: the
 * host's own. Return: descriptor or negative errno */
int root_open(const char *root, const char *path, int flags);

/* root_real() - where a path of that file system is on the host, links resolved; owned by the
 * caller, NULL and errno if nothing is there */
char *root_real(const char *root, const char *path);

#endif
