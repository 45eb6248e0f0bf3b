/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live.c - "--live": the terminal, the keys, when what is drawn or written
 */
#include "run/live.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "run/live_compare.h"
#include "run/live_seen.h"
#include "run/live_view.h"
#include "run/stream.h"
#include "tcbox/clock.h"
#include "tcbox/log.h"
#include "tcbox/note.h"
#include "tcbox/record.h"

#define DRAW_NS (TB_NS_PER_S / 4)
#define COMPARE_NS (2 * TB_NS_PER_S)	/* from one comparison to the next, at least */
#define COMPARE_SHARE 20		/* and so many times the processor's time of one */
#define COMPARE_BYTES (64 << 20)	/* of a record; a larger one is compared at the end only */
#define LINES_BURST 40		/* lines at once, and a second, where there is no view */
#define LINES_PER_S 20

struct live {
	struct live_options opt;
	struct relay_viewer viewer;
	bool view;			/* else lines */
	bool keys;
	struct termios saved;
	struct seen seen;
	struct live_compare comparison;
	struct live_frame frame;
	struct stream out;
	int64_t start_ns, drawn_ns, compare_ns, line_ns;
	uint64_t lines_left, held;	/* lines that may be written now; that were not */
	uint64_t compared;		/* events when the last comparison was made */
	uint64_t events;
};

/* plain_line() - as many as are allowed; what is not is counted, and said with the next one */
static void plain_line(struct live *l, const char *text, bool always)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (!l->lines_left && !always) {
		l->held++;
		return;
	}
	l->lines_left -= l->lines_left > 0;
	tb_buf_addf(&b, "%stcbox: live: %s\n", l->frame.mid_line ? "\n" : "", text);
	stream_line(&l->out, &b);
}

static void tell_held(struct live *l)
{
	char text[80];

	if (!l->held || !l->lines_left)
		return;
	(void)snprintf(text, sizeof(text), "and %" PRIu64 " more; all are in the bundle's record",
		       l->held);
	l->held = 0;
	plain_line(l, text, true);
}

static void refill(struct live *l, int64_t now)
{
	int64_t n = (now - l->line_ns) / (TB_NS_PER_S / LINES_PER_S);

	if (n <= 0)
		return;
	l->line_ns = now;
	l->lines_left += (uint64_t)n;
	if (l->lines_left > LINES_BURST)
		l->lines_left = LINES_BURST;
}

void live_event(struct live *l, struct attempts *a, const struct ev *ev,
		const struct attempt *attempt)
{
	l->events++;
	if (seen_event(&l->seen, a, ev, attempt) && !l->view)
		plain_line(l, seen_line(&l->seen.acts, 0), false);
}

static void saw_output(void *arg, const char *buf, size_t len)
{
	struct live *l = arg;

	seen_output(&l->seen, buf, len);
}

const struct relay_viewer *live_viewer(const struct live *l)
{
	return l->view ? &l->viewer : NULL;
}

/* take_terminal() - keys come one by one and are not echoed; Ctrl-C stays a signal, to tcbox */
static int take_terminal(struct live *l, struct tb_err *err)
{
	struct termios t;

	if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp())
		return 0;
	if (tcgetattr(STDIN_FILENO, &l->saved))
		return tb_err_set(err, errno, "read the terminal's settings");
	t = l->saved;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	t.c_cc[VSUSP] = _POSIX_VDISABLE;	/* a tcbox that is stopped stops the run */
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &t))
		return tb_err_set(err, errno, "set up the terminal");
	l->keys = true;
	return 0;
}

int live_open(struct live **out, const struct live_options *options, struct tb_err *err)
{
	struct live *l = calloc(1, sizeof(*l));
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	int ret;

	if (!l)
		return tb_err_set(err, ENOMEM, "watch the run");
	l->opt = *options;
	live_compare_init(&l->comparison);
	l->viewer = (struct relay_viewer){ saw_output, l };
	l->view = isatty(STDERR_FILENO);
	l->start_ns = l->line_ns = tb_monotonic_ns();
	l->compare_ns = l->start_ns + COMPARE_NS;
	l->lines_left = LINES_BURST;
	ret = stream_fd(&l->out, STDERR_FILENO, err);
	if (!ret && l->view)
		ret = take_terminal(l, err);
	if (ret) {
		stream_close(&l->out);
		free(l);
		return ret;
	}
	l->frame.seen = &l->seen;
	l->frame.bundle = options->bundle;
	l->frame.has_policy = options->has_policy;
	l->frame.can_note = l->keys && options->examiner;
	if (l->view) {
		view_begin(&b);
		stream_line(&l->out, &b);
	}
	*out = l;
	return 0;
}

size_t live_poll(const struct live *l, struct pollfd *p)
{
	size_t n = 0;

	if (l->keys)
		p[n++] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	n += live_compare_poll(&l->comparison, p + n);
	return n + stream_poll(&l->out, p + n);
}

static void store_note(struct live *l)
{
	struct note note = { .examiner = l->opt.examiner, .text = l->frame.note };
	struct tb_err err = { 0 };

	if (!note_append(l->opt.dir, l->opt.bundle, &note, &err)) {
		l->frame.notes++;
		(void)snprintf(l->frame.message, sizeof(l->frame.message), "noted");
	} else {
		(void)snprintf(l->frame.message, sizeof(l->frame.message), "not noted: %.150s",
			       err.msg);
	}
}

/* read_keys() - also of many at once, pasted or from a terminal that answers something */
static void read_keys(struct live *l)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char keys[256];
	ssize_t n;

	if (!l->keys || poll(&p, 1, 0) <= 0)
		return;
	n = p.revents & POLLIN ? read(STDIN_FILENO, keys, sizeof(keys)) : 0;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		l->keys = l->frame.can_note = false;	/* the terminal is gone */
		return;
	}
	if (view_keys(&l->frame, keys, (size_t)n))
		store_note(l);
	l->drawn_ns = 0;
}

static bool record_too_large(const struct live *l)
{
	struct stat st;

	return fstatat(l->opt.dir, REC_EVENTS_FILE, &st, AT_SYMLINK_NOFOLLOW) ||
	       st.st_size > COMPARE_BYTES;
}

static void no_more_comparisons(struct live *l)
{
	l->frame.too_large = true;
	l->compare_ns = INT64_MAX;
}

static void begin_comparison(struct live *l, int64_t now)
{
	struct tb_err err = { 0 };

	/* twice after the last event: what stands in both is told */
	if (now < l->compare_ns || (l->compared == l->events && !l->frame.unsettled))
		return;
	if (record_too_large(l) || live_compare_begin(&l->comparison, l->opt.bundle, &err)) {
		no_more_comparisons(l);
		return;
	}
	l->frame.unsettled = l->compared != l->events;
	l->compared = l->events;
	l->compare_ns = INT64_MAX;
}

static void tell_findings(struct live *l)
{
	size_t fresh = seen_findings(&l->seen.findings, &l->comparison.acts);
	size_t n = l->seen.findings.n;

	for (size_t i = n - fresh; !l->view && i < n; i++)
		plain_line(l, l->seen.findings.v[i].text, true);
}

/* compare() - the record as it is now. What is wrong with it is said at the end */
static void compare(struct live *l, int64_t now)
{
	int64_t cpu_ns = 0, pause;

	if (l->comparison.pid < 0) {
		begin_comparison(l, now);
		return;
	}
	switch (live_compare_step(&l->comparison, &cpu_ns)) {
	case LIVE_COMPARES:
		return;
	case LIVE_NOT_COMPARED:
		no_more_comparisons(l);
		return;
	case LIVE_COMPARED:
		break;
	}
	tell_findings(l);
	pause = cpu_ns * COMPARE_SHARE;
	l->compare_ns = now + (pause > COMPARE_NS ? pause : COMPARE_NS);
}

static void draw(struct live *l, int64_t now)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct pollfd p;

	/* a frame that is not taken yet is not followed by another */
	if (now - l->drawn_ns < DRAW_NS || stream_poll(&l->out, &p))
		return;
	l->drawn_ns = now;
	view_draw(&l->frame, (now - l->start_ns) / TB_NS_PER_S, &b);
	stream_line(&l->out, &b);
}

void live_step(struct live *l, const struct live_counts *counts, bool mid_line)
{
	int64_t now = tb_monotonic_ns();

	l->frame.counts = *counts;
	l->frame.mid_line = mid_line;
	read_keys(l);
	compare(l, now);
	if (l->view) {
		draw(l, now);
	} else {
		refill(l, now);
		tell_held(l);
	}
	stream_step(&l->out);
}

void live_close(struct live *l)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (!l)
		return;
	live_compare_end(&l->comparison);
	if (l->view) {
		view_end(&b);
		stream_line(&l->out, &b);
	} else {
		l->lines_left++;
		tell_held(l);
	}
	stream_drain(&l->out, 1000, 2000);
	stream_close(&l->out);
	if (l->keys)
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &l->saved);
	free(l);
}
