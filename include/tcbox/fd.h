/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fd.h - descriptors: complete writes, passing one over a socket, closing all others
 */
#ifndef TCBOX_FD_H
#define TCBOX_FD_H

#include <stddef.h>

/* tb_write_all() - write everything, resuming after EINTR and short writes. Return: 0 or negative
 * errno; errno is set too */
int tb_write_all(int fd, const void *data, size_t len);

/* tb_send_fd() / tb_recv_fd() - pass one descriptor with one byte over a UNIX socket (SCM_RIGHTS,
 * unix(7)). tb_recv_fd() gives it close-on-exec. Return: 0 / the descriptor, or negative errno */
int tb_send_fd(int sock, int fd);
int tb_recv_fd(int sock);

/**
 * tb_close_others() - close every descriptor from 3 on but those listed
 * @keep:	@n descriptors in any order; entries below 3 do not matter
 *
 * Only system calls (close_range(2), Linux 5.9).
 */
void tb_close_others(const int *keep, size_t n);

#endif
