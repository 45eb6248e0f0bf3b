/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.h - reading what a product's thread points to
 *
 * Everything read here is an observation: another thread may change it before the kernel reads it
 * again (seccomp_unotify(2)).
 */
#ifndef SANDBOX_WATCH_TARGET_H
#define SANDBOX_WATCH_TARGET_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct file_id {
	uint64_t dev;
	uint64_t ino; /* 0: none */
};

#define TGT_PATH_MAX (2 * PATH_MAX) /* a working directory and a relative path */

/* tgt_read() - read exactly @len bytes. Return: 0, or -EFAULT and other negative errno */
int tgt_read(pid_t tid, uint64_t addr, void *buf, size_t len);

/* tgt_write() - write exactly @len bytes, an answer of a call that was made for the thread. Return:
 * as tgt_read() */
int tgt_write(pid_t tid, uint64_t addr, const void *buf, size_t len);

/**
 * tgt_string() - read a string of at most @cap - 1 bytes
 *
 * Return: its length; -ENAMETOOLONG if no NUL came, then @buf holds the beginning, terminated; or
 * negative errno
 */
ssize_t tgt_string(pid_t tid, uint64_t addr, char *buf, size_t cap);

/**
 * tgt_path() - the path that a thread means, as an absolute path in the box
 * @dirfd:	The call's directory descriptor, or AT_FDCWD
 * @raw:	The path as given; "" names @dirfd itself
 *
 * "//" and "/./" are folded; a path with ".." gets its directory resolved by the kernel, so that it
 * cannot pretend to lie elsewhere; "/dev/fd/7" and the like become the path of the descriptor's
 * file. Other symbolic links are not resolved. Return: 0 or negative errno
 */
int tgt_path(pid_t tid, int dirfd, const char *raw, char out[TGT_PATH_MAX]);

/**
 * tgt_nameless() - does a path name an open descriptor of the thread whose object has no path: a
 * pipe, a socket, a terminal, a memfd?
 * @path:	As tgt_path() or tgt_real() give it: the name of a descriptor is left only where
 *		there is no path
 */
bool tgt_nameless(pid_t tid, const char *path);

/**
 * tgt_real() - where the symbolic links in a path lead, as far as they exist
 * @root:	-1, or a descriptor of the thread's root, so that it need not be opened again
 * @path:	As tgt_path() gives it
 * @follow:	The last component is followed, too, as open(2) does, also to a file that is not
 *		there yet
 *
 * Links of /proc lead where only the thread would get: then @out names what lies below /proc.
 * Return: 0 or negative errno
 */
int tgt_real(pid_t tid, int root, const char *path, bool follow, char out[TGT_PATH_MAX]);

/**
 * tgt_open() - open the file that a thread would open, with O_PATH, links resolved in the thread's
 * root
 *
 * Return: descriptor or negative errno
 */
int tgt_open(pid_t tid, int dirfd, const char *raw);

/* tgt_root() - the root directory of a thread, O_PATH. Return: descriptor or negative errno */
int tgt_root(pid_t tid);

/* tgt_same() - does an absolute path mean the same to a thread as below @root? Of what is not
 * there, the directory */
bool tgt_same(int root, pid_t tid, const char *path);

/* tgt_is() - does @path below @root lead to this file? */
bool tgt_is(int root, const char *path, uint64_t dev, uint64_t ino);

/* tgt_fd_path() - where an open descriptor of our own leads: the path in its mount namespace */
int tgt_fd_path(int fd, char out[TGT_PATH_MAX]);

#endif
