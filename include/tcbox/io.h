/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io.h - complete reads and writes, whole files, time, SHA-256
 */
#ifndef TCBOX_IO_H
#define TCBOX_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"

#define TB_NS_PER_S INT64_C(1000000000)
#define TB_NS_PER_MS INT64_C(1000000)
#define TB_SHA256_HEX 65	/* 64 digits and a NUL */

/* tb_write_all() - write everything, resuming after EINTR and short writes. Return: 0 or negative errno;
 * errno is set too */
int tb_write_all(int fd, const void *data, size_t len);

/**
 * tb_read_file() - read a whole file that the user named: it may be a link, and a pipe is waited for
 * @dirfd:	Directory descriptor or AT_FDCWD
 * @max:	Refuse more than this many bytes with EFBIG; the file may grow while it is read
 * @out:	Receives the content; the caller frees it with tb_buf_free()
 */
int tb_read_file(int dirfd, const char *path, size_t max, struct tb_buf *out, struct tb_err *err);

/* tb_open_regular() - open for reading a file that somebody else put there, e.g. into a bundle: what is no
 * regular file, or a symbolic link, is refused with EINVAL and never waited for. Return: the descriptor,
 * non-blocking and close-on-exec, or negative errno */
int tb_open_regular(int dirfd, const char *path, struct tb_err *err);

/* tb_read_regular() - tb_read_file() for such a file */
int tb_read_regular(int dirfd, const char *path, size_t max, struct tb_buf *out, struct tb_err *err);

/**
 * tb_write_file() - replace a file's content at once: temporary file in the same directory, then rename(2)
 *
 * A reader sees the old content or the new one, also when the writer is killed.
 */
int tb_write_file(int dirfd, const char *path, const void *data, size_t len, struct tb_err *err);

/* tb_store_file() - the same, and the content is on the disk (fsync(2)) before it takes the name: the name
 * never stands for less, even after a power cut. Costs milliseconds */
int tb_store_file(int dirfd, const char *path, const void *data, size_t len, struct tb_err *err);

/* tb_store_over() - the same by way of @spare, a file of that directory that has its place on the disk already: no
 * other can take that place away. What does not fit into @spare is stored without it, and then @spare is gone too */
int tb_store_over(int dirfd, const char *spare, const char *path, const void *data, size_t len, struct tb_err *err);

/* tb_realtime_ns() - CLOCK_REALTIME, the clock of packet time stamps; tb_monotonic_ns() - for durations and
 * deadlines */
int64_t tb_realtime_ns(void);
int64_t tb_monotonic_ns(void);

/* tb_memory_peak_kib() - the most memory that this process held at any time, getrusage(2) */
uint64_t tb_memory_peak_kib(void);

/**
 * tb_open_how() - openat2(2), close-on-exec
 * @resolve:	RESOLVE_...
 *
 * With RESOLVE_IN_ROOT or RESOLVE_BENEATH the kernel gives up with EAGAIN at a ".." when anything was renamed or mounted on
 * the machine meanwhile: then it is tried again, many times. Return: descriptor or negative errno; errno is set too
 */
int tb_open_how(int dirfd, const char *path, uint64_t flags, uint64_t resolve);

/* tb_send_fd() / tb_recv_fd() - pass one descriptor with one byte over a UNIX socket (SCM_RIGHTS, unix(7)).
 * tb_recv_fd() gives it close-on-exec. Return: 0 / the descriptor, or negative errno */
int tb_send_fd(int sock, int fd);
int tb_recv_fd(int sock);

/**
 * tb_close_others() - close every descriptor from 3 on but those listed
 * @keep:	@n descriptors in any order; entries below 3 do not matter
 *
 * Only system calls (close_range(2), Linux 5.9).
 */
void tb_close_others(const int *keep, size_t n);

/**
 * tb_sha256_fd() - SHA-256 of a file from offset 0 to its end; the offset of @fd is not moved
 * @hex:	Receives 64 lower-case digits
 * @size:	Receives the number of bytes hashed; may be NULL
 *
 * Return: 0; -EFBIG: a regular file grew by more than a mebibyte meanwhile; other negative errno
 */
int tb_sha256_fd(int fd, char hex[TB_SHA256_HEX], uint64_t *size, struct tb_err *err);

#endif
