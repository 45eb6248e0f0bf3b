/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spill.c - the pipe from the capture to the decoder
 *
 * A ring of bytes. Its pages are not touched, and so take no memory, until the decoder falls
 * behind.
 */
#include "capture/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PIPE_BYTES (1 << 20)	/* the default /proc/sys/fs/pipe-max-size, pipe(7) */

struct spill {
	int fd;
	size_t size;
	size_t start;		/* offset of the oldest byte */
	size_t used;
	size_t first_left;	/* bytes of the oldest packet that are still here; 0 when empty */
	uint64_t packets;	/* here, at least in part */
	uint8_t *ring;
};

int spill_new(struct spill **out, int fd, size_t max, struct tb_err *err)
{
	int flags = fcntl(fd, F_GETFL);
	struct spill *s;

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK))
		return tb_err_set(err, errno, "pipe to the decoder");
	(void)fcntl(fd, F_SETPIPE_SZ,
		    PIPE_BYTES); /* only saves system calls: may be refused, or not a pipe */
	s = calloc(1, sizeof(*s));
	if (!s)
		return tb_err_set(err, ENOMEM, "buffer for the decoder");
	s->fd = fd;
	s->size = max;
	s->ring = malloc(max);
	if (!s->ring) {
		free(s);
		return tb_err_set(err, ENOMEM, "buffer for the decoder");
	}
	*out = s;
	return 0;
}

void spill_free(struct spill *s)
{
	if (!s)
		return;
	free(s->ring);
	free(s);
}

static void append(struct spill *s, const void *data, size_t len)
{
	size_t at = (s->start + s->used) % s->size, first = s->size - at;
	const uint8_t *p = data;

	if (first > len)
		first = len;
	memcpy(s->ring + at, p, first);
	memcpy(s->ring, p + first, len - first);
	s->used += len;
}

int spill_add(struct spill *s, const struct spill_head *head, const uint8_t *data)
{
	if (sizeof(*head) + head->caplen > s->size - s->used)
		return -ENOBUFS;
	if (!s->used)
		s->first_left = sizeof(*head) + head->caplen;
	append(s, head, sizeof(*head));
	append(s, data, head->caplen);
	s->packets++;
	return 0;
}

uint64_t spill_waiting(const struct spill *s)
{
	return s->packets;
}

/* take_out() - the oldest @n bytes have been written */
static void take_out(struct spill *s, size_t n)
{
	struct spill_head head;
	size_t step, at, first;

	while (n) {
		step = n < s->first_left ? n : s->first_left;
		n -= step;
		s->start = (s->start + step) % s->size;
		s->used -= step;
		s->first_left -= step;
		if (s->first_left)
			return;
		s->packets--;
		if (!s->used)
			return;
		at = s->start;
		first = s->size - at < sizeof(head) ? s->size - at : sizeof(head);
		memcpy(&head, s->ring + at, first);
		memcpy((uint8_t *)&head + first, s->ring, sizeof(head) - first);
		s->first_left = sizeof(head) + head.caplen;
	}
}

int spill_flush(struct spill *s)
{
	struct iovec v[2];
	size_t first;
	ssize_t n;

	while (s->used) {
		first = s->size - s->start;
		if (first > s->used)
			first = s->used;
		v[0] = (struct iovec){ s->ring + s->start, first };
		v[1] = (struct iovec){ s->ring, s->used - first };
		n = writev(s->fd, v, v[1].iov_len ? 2 : 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		take_out(s, (size_t)n);
	}
	return 1;
}
