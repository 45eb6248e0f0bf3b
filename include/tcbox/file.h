/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - whole files: read, replaced at once, opened with care
 */
#ifndef TCBOX_FILE_H
#define TCBOX_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"

/**
 * tb_read_file() - read a whole file that the user named: it may be a link, and a pipe is waited
 * for
 * @dirfd:	Directory descriptor or AT_FDCWD
 * @max:	Refuse more than this many bytes with EFBIG; the file may grow while it is read
 * @out:	Receives the content; the caller frees it with tb_buf_free()
 */
int tb_read_file(int dirfd, const char *path, size_t max, struct tb_buf *out, struct tb_err *err);

/* tb_open_regular() - open for reading a file that somebody else put there, e.g. into a bundle:
 * what is no regular file, or a symbolic link, is refused with EINVAL and never waited for. Return:
 * the descriptor, non-blocking and close-on-exec, or negative errno */
int tb_open_regular(int dirfd, const char *path, struct tb_err *err);

/* tb_read_regular() - tb_read_file() for such a file */
int tb_read_regular(int dirfd, const char *path, size_t max, struct tb_buf *out,
		    struct tb_err *err);

/**
 * tb_write_file() - replace a file's content at once: temporary file in the same directory, then
 * rename(2)
 *
 * A reader sees the old content or the new one, also when the writer is killed.
 */
int tb_write_file(int dirfd, const char *path, const void *data, size_t len, struct tb_err *err);

/* tb_store_file() - the same, and the content is on the disk (fsync(2)) before it takes the name:
 * the name never stands for less, even after a power cut. Costs milliseconds */
int tb_store_file(int dirfd, const char *path, const void *data, size_t len, struct tb_err *err);

/* tb_store_over() - the same by way of @spare, a file of that directory that has its place on the
 * disk already: no other can take that place away. What does not fit into @spare is stored without
 * it, and then @spare is gone too */
int tb_store_over(int dirfd, const char *spare, const char *path, const void *data, size_t len,
		  struct tb_err *err);

/**
 * tb_open_how() - openat2(2), close-on-exec
 * @resolve:	RESOLVE_...
 *
 * With RESOLVE_IN_ROOT or RESOLVE_BENEATH the kernel gives up with EAGAIN at a ".." when anything
 * was renamed or mounted on the machine meanwhile: then it is tried again, many times. Return:
 * descriptor or negative errno; errno is set too
 */
int tb_open_how(int dirfd, const char *path, uint64_t flags, uint64_t resolve);

#endif
