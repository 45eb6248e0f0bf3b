/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.c - the product's streams
 *
 * Writes to our own streams are at most PIPE_BUF bytes after poll(2) said there is room, so a slow
 * reader of tcbox's output holds the product back, but never tcbox itself, which has evidence to
 * store.
 */
#include "run/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/own.h"

#define CTRL_C 0x03
#define TAKE_MS 1000		/* a reader of our output has so long to take it after the end */

static void way_close(struct relay_way *w)
{
	if (w->from > STDERR_FILENO)
		(void)close(w->from);
	if (w->close_to && w->to > STDERR_FILENO)
		(void)close(w->to);
	w->from = w->to = -1;
	w->len = w->at = 0;
}

static int open_out(struct relay_way *w, int to, int log, int *product, struct tb_err *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC))
		return tb_err_set(err, errno, "create pipe");
	(void)fcntl(p[0], F_SETFL, O_NONBLOCK);
	w->from = p[0];
	w->to = to;
	w->log = log;
	*product = p[1];
	return 0;
}

static int open_in(struct relay_way *w, int *product, struct tb_err *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC))
		return tb_err_set(err, errno, "create pipe");
	(void)fcntl(p[1], F_SETFL, O_NONBLOCK);
	w->from = STDIN_FILENO;
	w->to = p[1];
	w->close_to = true;
	*product = p[0];
	return 0;
}

/* may_read() - a background job must not read its terminal, it would be stopped by SIGTTIN */
static bool may_read(int fd)
{
	return isatty(fd) && tcgetpgrp(fd) == getpgrp();
}

void relay_init(struct relay *r)
{
	struct relay_way *const ways[] = { &r->in, &r->out, &r->err };

	memset(r, 0, sizeof(*r));
	r->at_line_start = true;
	for (size_t i = 0; i < TB_ARRAY_SIZE(ways); i++) {
		ways[i]->from = ways[i]->to = ways[i]->log = -1;
		ways[i]->log_room = UINT64_MAX;
		r->product[i] = -1;
	}
}

int relay_open(struct relay *r, const int logs[2], uint64_t log_max,
	       const struct relay_viewer *viewer, struct tb_err *err)
{
	int ret = 0;

	relay_init(r);
	if (log_max)
		r->out.log_room = r->err.log_room = log_max;
	r->viewer = viewer;
	r->tty_in = !viewer && may_read(STDIN_FILENO);
	r->tty_out = isatty(STDOUT_FILENO) || isatty(STDERR_FILENO);
	if (!r->tty_in && isatty(STDIN_FILENO)) {
		r->product[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		ret = r->product[0] < 0 ? tb_err_set(err, errno, "open /dev/null") : 0;
	} else if (!r->tty_in) {
		ret = open_in(&r->in, &r->product[0], err);
	}
	if (!ret && !isatty(STDOUT_FILENO))
		ret = open_out(&r->out, STDOUT_FILENO, logs[0], &r->product[1], err);
	else
		r->out.log = logs[0];
	if (!ret && !isatty(STDERR_FILENO))
		ret = open_out(&r->err, STDERR_FILENO, logs[1], &r->product[2], err);
	else
		r->err.log = logs[1];
	return ret;
}

/* tty_way() - the way that carries what the product's terminal shows */
static struct relay_way *tty_way(struct relay *r)
{
	return r->product[1] < 0 ? &r->out : &r->err;
}

static int go_raw(struct relay *r, struct tb_err *err)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &r->saved))
		return tb_err_set(err, errno, "read the terminal's settings");
	t = r->saved;
	cfmakeraw(&t);
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &t))
		return tb_err_set(err, errno, "set up the terminal");
	r->raw = true;
	return 0;
}

int relay_started(struct relay *r, int tty, struct tb_err *err)
{
	struct relay_way *w = tty_way(r);
	size_t i;
	int copy;

	if (tty >= 0) {
		copy = fcntl(tty, F_DUPFD_CLOEXEC, 3);
		if (copy < 0)
			return tb_err_set(err, errno, "use the product's terminal");
		/* of the open file, so of the airlock's copy too */
		(void)fcntl(copy, F_SETFL, O_NONBLOCK);
		if (r->product[1] < 0 || r->product[2] < 0) {
			w->from = copy;
			w->to = r->product[1] < 0 ? STDOUT_FILENO : STDERR_FILENO;
		}
		if (r->tty_in) {
			r->in.from = STDIN_FILENO;
			r->in.to = copy;
		}
		relay_resize(r);
	}
	for (i = 0; i < 3; i++)
		tb_close(&r->product[i]);
	return tty >= 0 && r->tty_in ? go_raw(r, err) : 0;
}

static size_t way_poll(const struct relay_way *w, struct pollfd *p)
{
	bool full = w->len > w->at;

	if (w->from < 0)
		return 0;
	*p = (struct pollfd){ .fd = full ? w->to : w->from, .events = full ? POLLOUT : POLLIN };
	return 1;
}

size_t relay_poll(const struct relay *r, struct pollfd *p)
{
	size_t n = 0;

	n += way_poll(&r->in, p + n);
	n += way_poll(&r->out, p + n);
	n += way_poll(&r->err, p + n);
	return n;
}

/* way_log() - as much as there is room for */
static int way_log(struct relay_way *w, struct tb_err *err)
{
	size_t len = w->len < w->log_room ? w->len : (size_t)w->log_room;
	int ret = w->log >= 0 ? tb_write_all(w->log, w->buf, len) : 0;

	w->log_room -= len;
	w->log_cut += w->len - len;
	return ret ? tb_err_set(err, -ret, "write the product's output into the bundle") : 0;
}

static int way_read(struct relay_way *w, struct tb_err *err)
{
	ssize_t n = read(w->from, w->buf, sizeof(w->buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {			/* a terminal whose last user is gone says EIO */
		way_close(w);
		return 0;
	}
	w->len = (size_t)n;
	w->at = 0;
	w->bytes += (uint64_t)n;
	if (w->mute)
		w->at = w->len;
	return way_log(w, err);
}

/* way_mute() - Return: whether something waited for its reader */
static bool way_mute(struct relay_way *w)
{
	bool waited = w->from >= 0 && w->len > w->at;

	w->mute |= waited;
	if (waited)
		w->at = w->len;
	return waited;
}

static void way_write(struct relay_way *w)
{
	size_t len = w->len - w->at;
	ssize_t n = write(w->to, w->buf + w->at, len > PIPE_BUF ? PIPE_BUF : len);

	if (n >= 0) {
		w->at += (size_t)n;
		w->mid_line = n ? w->buf[w->at - 1] != '\n' : w->mid_line;
	} else if (errno == EPIPE) {
		way_close(w);		/* nobody reads our output any more: the product hears
					 * SIGPIPE, as it would without us */
	} else if (errno != EAGAIN && errno != EINTR) {
		w->at = w->len;		/* it is still in the log */
	}
}

/* watch_keys() - Ctrl-C goes to the product as a key; that it was typed is for tcbox to know */
static void watch_keys(struct relay *r)
{
	size_t i;

	for (i = 0; r->raw && i < r->in.len; i++) {
		if (r->in.buf[i] == CTRL_C) {
			r->interrupts++;
			r->last_interrupt_ns = tb_monotonic_ns();
		}
	}
}

static int way_step(struct relay *r, struct relay_way *w, const struct pollfd *p,
		    struct tb_err *err)
{
	int ret = 0;

	if (p->fd == w->to && w->len > w->at) {
		if (p->revents & (POLLERR | POLLNVAL) && !(p->revents & POLLOUT))
			way_close(w);
		else
			way_write(w);
		if (w != &r->in && w->to >= 0 && isatty(w->to))
			r->at_line_start = w->at == w->len && w->buf[w->len - 1] == '\n';
		return 0;
	}
	ret = way_read(w, err);
	if (w == &r->in) {
		watch_keys(r);
	} else if (!ret && r->viewer && w->len > w->at && isatty(w->to)) {
		r->viewer->seen(r->viewer->arg, w->buf, w->len);
		w->at = w->len;
	} else if (!ret && w->len && isatty(w->to)) {
		r->at_line_start = false;	/* until it is written, and shown to end a line */
	}
	return ret;
}

int relay_step(struct relay *r, const struct pollfd *p, size_t n, struct tb_err *err)
{
	struct relay_way *const ways[] = { &r->in, &r->out, &r->err };
	size_t i, j;
	int ret = 0;

	for (i = 0, j = 0; !ret && i < TB_ARRAY_SIZE(ways) && j < n; i++) {
		if (ways[i]->from < 0 || (p[j].fd != ways[i]->from && p[j].fd != ways[i]->to))
			continue;
		if (p[j].revents)
			ret = way_step(r, ways[i], &p[j], err);
		j++;
	}
	if (r->tty_in && r->out.from < 0 && r->err.from < 0)
		r->in.from = r->in.to = -1;	/* the terminal's master went with the way that
						 * showed it */
	return ret;
}

static bool mute(struct relay *r)
{
	bool out = way_mute(&r->out), err = way_mute(&r->err);

	return out || err;
}

int relay_drain(struct relay *r, struct tb_err *err)
{
	struct pollfd p[RELAY_FDS];
	int ret = 0, ready;
	size_t n;

	way_close(&r->in);
	while (!ret && (n = relay_poll(r, p)) > 0) {
		ready = poll(p, n, TAKE_MS);
		if (ready > 0)
			ret = relay_step(r, p, n, err);
		else if (!ready && !mute(r))
			break;		/* nothing waits for a reader, and nothing more comes */
		else if (ready < 0 && errno != EINTR)
			return tb_err_set(err, errno, "read the product's last output");
	}
	return ret;
}

bool relay_size(struct winsize *size)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (isatty(fd))
			return !ioctl(fd, TIOCGWINSZ, size);
	return false;
}

void relay_resize(const struct relay *r)
{
	int theirs = r->err.from;
	struct winsize size;

	if (r->in.to > STDERR_FILENO && r->tty_in)
		theirs = r->in.to;
	else if (r->out.from >= 0)
		theirs = r->out.from;

	if (theirs >= 0 && relay_size(&size))
		(void)ioctl(theirs, TIOCSWINSZ, &size);
}

void relay_close(struct relay *r)
{
	size_t i;

	if (r->raw)		/* and what was typed for the product is not for the shell */
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &r->saved);
	r->raw = false;
	way_close(&r->in);
	way_close(&r->out);
	way_close(&r->err);
	for (i = 0; i < 3; i++)
		tb_close(&r->product[i]);
}
