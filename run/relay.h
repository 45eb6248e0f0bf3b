/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.h - the product's streams: to and from the technician's terminal or files, and into the
 * bundle's logs
 */
#ifndef RUN_RELAY_H
#define RUN_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "tcbox/err.h"

#define RELAY_CHUNK 65536
#define RELAY_FDS 6

/* One direction: what is read from one descriptor is written to another, and to a log. */
struct relay_way {
	int from, to;			/* -1: this way is closed or not used */
	int log;			/* borrowed; -1: none */
	bool close_to;			/* closing the way closes its destination: the product sees
					 * end of file */
	char buf[RELAY_CHUNK];
	size_t len, at;
	bool mute;			/* nobody takes it any more: what follows is for the log */
	uint64_t bytes;			/* read */
	uint64_t log_room, log_cut;	/* what may still go into the log; what did not */
	bool mid_line;			/* what was written last was not the end of a line */
};

/* Who looks at what the product's terminal shows, instead of our terminal. */
struct relay_viewer {
	void (*seen)(void *arg, const char *buf, size_t len);
	void *arg;
};

/*
 * A stream of the product that is a terminal on our side becomes the product's own terminal, so
 * that nothing of the product ever holds the technician's; other streams are pipes.
 */
struct relay {
	struct relay_way in, out, err;
	int product[3];			/* ends for the product: struct sbx_options.stdio; -1: its
					 * own terminal */
	const struct relay_viewer *viewer;	/* borrowed; NULL: none */
	bool tty_in, tty_out;		/* our standard input is a terminal we may read; output goes
					 * through the terminal */
	struct termios saved;
	bool raw;
	bool at_line_start;		/* nothing stands on the terminal's current line */
	unsigned int interrupts;	/* Ctrl-C keys typed into the product's terminal */
	int64_t last_interrupt_ns;
};

/* relay_init() - of nothing yet: relay_close() closes nothing */
void relay_init(struct relay *r);

/* relay_open() - look at our streams and make the pipes. @logs: the bundle's stdout.log and
 * stderr.log, borrowed; @log_max: bytes that each may hold, 0: any number. What does not fit is
 * relayed and counted. @viewer: our terminal is somebody else's: the product gets nothing from it,
 * and what its own shows goes to the log and to the viewer. NULL: none */
int relay_open(struct relay *r, const int logs[2], uint64_t log_max,
	       const struct relay_viewer *viewer, struct tb_err *err);

/* relay_started() - the airlock holds the product's ends now; @tty: master of its terminal, -1:
 * none. Our terminal turns raw */
int relay_started(struct relay *r, int tty, struct tb_err *err);

/* relay_poll() - fill in what to wait for. Return: number of entries, at most RELAY_FDS */
size_t relay_poll(const struct relay *r, struct pollfd *p);

/**
 * relay_step() - move what can be moved
 * @p, n:	As relay_poll() filled them, after poll(2)
 *
 * Return: 0; negative errno when a log of the bundle could not be written
 */
int relay_step(struct relay *r, const struct pollfd *p, size_t n, struct tb_err *err);

/* relay_drain() - after the product's end: everything that is still in the pipes */
int relay_drain(struct relay *r, struct tb_err *err);

bool relay_size(struct winsize *size);		/* of our terminal. Return: false if there is
						 * none */
void relay_resize(const struct relay *r);	/* after SIGWINCH */
void relay_close(struct relay *r);		/* gives the technician's terminal back; safe to
						 * call twice */

#endif
