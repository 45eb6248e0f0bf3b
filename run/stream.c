/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.c - lines for a reader that may be slow, or go away, and must not hold up a run
 *
 * How it works: lines wait in a bounded queue. They are written when poll(2) says that there is
 * room, at most PIPE_BUF bytes at once, to a descriptor that does not block: opened again by
 * proc(5), because O_NONBLOCK is of the open file, which others may use, too. A socket cannot be
 * opened again, and has MSG_DONTWAIT; a file never blocks, and has a position that others who write
 * to it must share. A terminal of somebody else, as after su(1), is opened as /dev/tty if it is the
 * one that tcbox was started from. Where nothing else works poll(2) has to do.
 *
 * Limits: a write to a file waits for its disk, as the bundle's does.
 */
#include "run/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcbox/clock.h"
#include "tcbox/own.h"

void stream_init(struct stream *s)
{
	*s = (struct stream){ .fd = -1 };
}

int stream_file(struct stream *s, const char *path, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY |
				   O_CLOEXEC, 0644);
	struct stat st;

	stream_init(s);
	if (fd < 0 && errno == ENXIO)
		return tb_err_msg(err, ENXIO, "nobody reads the pipe %s", path);
	if (fd < 0 || fstat(fd, &st))
		return tb_err_set(err, errno, "open %s", path);
	if (S_ISREG(st.st_mode) && st.st_size)
		return tb_err_msg(err, EEXIST, "%s exists already, and is not overwritten", path);
	s->fd = tb_take_fd(&fd);
	return 0;
}

/* own_terminal() - the terminal of the session, if @fd is that: tty(4). Return: -1: it is not */
static int own_terminal(int fd)
{
	TB_AUTOCLOSE int own = -1;
	unsigned int this, that;

	if (!isatty(fd))
		return -1;
	own = open("/dev/tty", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own < 0 || ioctl(own, TIOCGDEV, &this) || ioctl(fd, TIOCGDEV, &that) || this != that)
		return -1;
	return tb_take_fd(&own);
}

/* own_copy() - a descriptor of our own to the same, which does not block if that can be had */
static int own_copy(int fd, mode_t mode)
{
	char path[64];
	int own = -1;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!S_ISSOCK(mode) && !S_ISREG(mode))
		own = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own < 0)
		own = own_terminal(fd);
	return own >= 0 ? own : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

int stream_fd(struct stream *s, int fd, struct tb_err *err)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	stream_init(s);
	if (flags < 0 || fstat(fd, &st))
		return tb_err_set(err, EBADF, "descriptor %d", fd);
	if ((flags & O_ACCMODE) == O_RDONLY)
		return tb_err_msg(err, EBADF, "descriptor %d is not open for writing", fd);
	s->socket = S_ISSOCK(st.st_mode);
	s->fd = own_copy(fd, st.st_mode);
	if (s->fd < 0)
		return tb_err_set(err, errno, "descriptor %d", fd);
	if (fd > STDERR_FILENO)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

bool stream_has_room(const struct stream *s, size_t len)
{
	return s->fd >= 0 && s->queue.len - s->at + len <= STREAM_ROOM;
}

static void take(struct stream *s, const struct tb_buf *line)
{
	if (s->at > STREAM_ROOM) {
		tb_buf_drop(&s->queue, s->at);
		s->at = 0;
	}
	tb_buf_add(&s->queue, line->data, line->len);
	if (s->queue.failed)
		s->dropped++;
	else
		s->lines++;
}

void stream_line(struct stream *s, const struct tb_buf *line)
{
	if (line->failed || !stream_has_room(s, line->len))
		s->dropped++;
	else
		take(s, line);
}

void stream_last_line(struct stream *s, const struct tb_buf *line)
{
	if (line->failed || s->fd < 0)
		s->dropped++;
	else
		take(s, line);
}

size_t stream_poll(const struct stream *s, struct pollfd *p)
{
	if (s->fd < 0 || s->queue.len == s->at)
		return 0;
	*p = (struct pollfd){ .fd = s->fd, .events = POLLOUT };
	return 1;
}

/* reader_gone() - what it did not get is counted line by line */
static void reader_gone(struct stream *s)
{
	for (size_t i = s->at; i < s->queue.len; i++)
		s->unread += s->queue.data[i] == '\n';
	s->dropped += s->unread;
	s->gone = true;
	tb_close(&s->fd);
	tb_buf_reset(&s->queue);
	s->at = 0;
}

/* write_some() - Return: false if the reader takes no more now */
static bool write_some(struct stream *s)
{
	size_t len = s->queue.len - s->at;
	const char *from = s->queue.data + s->at;
	ssize_t n;

	if (len > PIPE_BUF)
		len = PIPE_BUF;
	if (s->socket)
		n = send(s->fd, from, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		n = write(s->fd, from, len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0) {
		reader_gone(s);
		return false;
	}
	s->at += (size_t)n;
	if (s->at == s->queue.len) {
		tb_buf_reset(&s->queue);
		s->at = 0;
	}
	return true;
}

void stream_step(struct stream *s)
{
	struct pollfd p;

	while (stream_poll(s, &p)) {
		if (poll(&p, 1, 0) <= 0)
			return;
		if (p.revents & (POLLERR | POLLHUP | POLLNVAL))
			reader_gone(s);
		else if (!(p.revents & POLLOUT) || !write_some(s))
			return;
	}
}

void stream_drain(struct stream *s, int quiet_ms, int all_ms)
{
	int64_t end = tb_monotonic_ns() + all_ms * TB_NS_PER_MS;
	struct pollfd p;

	while (stream_poll(s, &p) && tb_monotonic_ns() < end) {
		if (poll(&p, 1, quiet_ms) == 0)
			break;
		stream_step(s);
	}
	if (stream_poll(s, &p))
		reader_gone(s);
}

void stream_close(struct stream *s)
{
	tb_close(&s->fd);
	tb_buf_free(&s->queue);
	s->at = 0;
}
