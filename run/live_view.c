/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live_view.c - the view of a run on a terminal
 *
 * A frame is written whole, line by line from the top, each cut to the width and cleared to its
 * end: nothing depends on what stood there before. Sequences are those of ECMA-48, and the second
 * screen and the cursor of xterm, which all terminals of today have.
 */
#include "run/live_view.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tcbox/own.h"
#include "tcbox/report.h"

#define ROWS_DEFAULT 24
#define COLUMNS_DEFAULT 80
#define ROWS_MAX 200
#define COLUMNS_MAX 400
#define SECTIONS 5
#define ENTER_A '\r'
#define ENTER_B '\n'
#define ESCAPE 0x1b
#define CTRL_U 0x15

void view_begin(struct tb_buf *b)
{
	tb_buf_adds(b, "\033[?1049h\033[?25l\033[2J");
}

void view_end(struct tb_buf *b)
{
	tb_buf_adds(b, "\033[?25h\033[?1049l");
}

/* What is drawn, and where. */
struct pen {
	struct tb_buf *b;
	size_t left;			/* lines */
	size_t columns;
};

/* put() - one line; @text: shown already */
static void put(struct pen *p, bool bold, const char *text)
{
	if (!p->left)
		return;
	p->left--;
	if (bold)
		tb_buf_adds(p->b, "\033[1m");
	tb_buf_add(p->b, text, rpt_fit(text, strlen(text), p->columns));
	if (bold)
		tb_buf_adds(p->b, "\033[0m");
	tb_buf_adds(p->b, "\033[K");
	if (p->left)
		tb_buf_adds(p->b, "\r\n");
}

static void put_buf(struct pen *p, bool bold, const struct tb_buf *b)
{
	put(p, bold, b->len && !b->failed ? b->data : "");
}

/* A section: how many lines it would fill, and who writes them. */
struct section {
	const char *name;
	size_t n;			/* lines that it has */
	size_t lines;			/* that it gets, below its heading */
	uint64_t total;			/* said in the heading */
	void (*draw)(const struct live_frame *f, size_t lines, struct pen *p);
};

static void draw_findings(const struct live_frame *f, size_t lines, struct pen *p)
{
	const struct seen_findings *s = &f->seen->findings;

	for (size_t i = s->n - lines; i < s->n; i++) {
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		tb_buf_addf(&b, "  %s", s->v[i].text);
		put_buf(p, false, &b);
	}
}

/* nth_latest() - the row whose last act comes n-th, from the latest on */
static const struct seen_row *nth_latest(const struct seen_rows *rows, size_t n)
{
	for (size_t i = 0; i < rows->n; i++) {
		size_t before = 0;

		for (size_t j = 0; j < rows->n; j++)
			before += rows->v[j].last > rows->v[i].last ||
				  (rows->v[j].last == rows->v[i].last && j < i);
		if (before == n)
			return &rows->v[i];
	}
	return NULL;
}

/* draw_dest() - a conversation is told of when it begins, and with its bytes some seconds after its
 * end: until then nobody here knows whether it still goes on */
static void draw_dest(const struct seen_row *r, struct tb_buf *b)
{
	bool over = r->begun <= r->ended;
	const char *least = over ? " " : "+";

	tb_buf_addf(b, "  %6" PRIu64 " %s  ", r->begun, over ? "over " : "begun");
	if (r->ended)
		tb_buf_addf(b, "%10" PRIu64 "%s out %10" PRIu64 "%s in  ", r->bytes_out, least,
			    r->bytes_in, least);
	else
		tb_buf_addf(b, "%11s out %11s in  ", "? ", "? ");
	tb_buf_adds(b, r->text);
}

static void draw_dests(const struct live_frame *f, size_t lines, struct pen *p)
{
	for (size_t i = 0; i < lines; i++) {
		const struct seen_row *r = nth_latest(&f->seen->dests, i);
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		if (!r)
			return;
		draw_dest(r, &b);
		put_buf(p, false, &b);
	}
}

static void draw_programs(const struct live_frame *f, size_t lines, struct pen *p)
{
	for (size_t i = 0; i < lines; i++) {
		const struct seen_row *r = nth_latest(&f->seen->programs, i);
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		if (!r)
			return;
		tb_buf_addf(&b, "  %6" PRIu64 " started  %s", r->begun, r->text);
		put_buf(p, false, &b);
	}
}

static void draw_acts(const struct live_frame *f, size_t lines, struct pen *p)
{
	for (size_t i = lines; i--;) {
		const char *line = seen_line(&f->seen->acts, i);
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		tb_buf_addf(&b, "  %s", line ? line : "");
		put_buf(p, false, &b);
	}
}

static void draw_output(const struct live_frame *f, size_t lines, struct pen *p)
{
	for (size_t i = lines; i--;) {
		const char *raw = f->seen->output[(f->seen->outputs - 1 - i) % SEEN_OUTPUT];
		char text[SEEN_TEXT];
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		seen_text(text, raw, strnlen(raw, SEEN_TEXT - 1));
		tb_buf_addf(&b, "  %s", text);
		put_buf(p, false, &b);
	}
}

/* share_out() - one line for each section that has any, then one more for each in turn */
static void share_out(struct section s[SECTIONS], size_t lines)
{
	bool more = true;

	for (size_t i = 0; i < SECTIONS; i++)	/* headings */
		lines -= s[i].n && lines ? 1 : 0;
	while (lines && more) {
		more = false;
		for (size_t i = 0; i < SECTIONS && lines; i++) {
			if (s[i].lines >= s[i].n)
				continue;
			s[i].lines++;
			lines--;
			more = true;
		}
	}
}

static size_t least(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

static void sections(const struct live_frame *f, struct pen *p)
{
	const struct seen *s = f->seen;
	struct section v[SECTIONS] = {
		{ "Findings so far", s->findings.n, 0, s->findings.n + s->findings.more,
		  draw_findings },
		{ "Destinations", s->dests.n, 0, s->dests.n + s->dests.gone, draw_dests },
		{ "Programs", s->programs.n, 0, s->programs.n + s->programs.gone, draw_programs },
		{ "Latest acts", least(s->acts.n, SEEN_LINES), 0, s->acts.n, draw_acts },
		{ "Output, kept in the bundle", least(s->outputs, SEEN_OUTPUT), 0, s->outputs,
		  draw_output },
	};
	size_t bottom = p->left;

	share_out(v, bottom);
	for (size_t i = 0; i < SECTIONS; i++) {
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		if (!v[i].n || !v[i].lines)
			continue;
		tb_buf_addf(&b, "%s (%" PRIu64 ")", v[i].name, v[i].total);
		put_buf(p, true, &b);
		v[i].draw(f, v[i].lines, p);
	}
}

static void head(const struct live_frame *f, int64_t seconds, struct pen *p)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_addf(&b, "tcbox %" PRId64 ":%02" PRId64 "  processes %" PRIu64 "  flows %" PRIu64,
		    seconds / 60, seconds % 60, f->counts.processes, f->counts.flows);
	tb_buf_addf(&b, "  packets %" PRIu64 "  dropped %" PRIu64, f->counts.packets,
		    f->counts.dropped);
	if (f->notes)
		tb_buf_addf(&b, "  notes %" PRIu64, f->notes);
	put_buf(p, true, &b);
}

/* foot() - keys, or the end of the note that is being typed */
static void foot(const struct live_frame *f, struct pen *p)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT, note = TB_BUF_INIT;
	size_t from = 0;

	if (f->typing) {
		tb_buf_add_shown(&note, f->note, f->note_len);
		while (note.len > from && rpt_fit(note.data + from, note.len - from,
						  p->columns > 8 ? p->columns - 8 : 0) <
		       note.len - from)
			do {
				from++;
			} while (((unsigned char)note.data[from] & 0xc0) == 0x80);
		tb_buf_addf(&b, "note: %s_", note.len ? note.data + from : "");
	} else {
		tb_buf_adds(&b, f->can_note ? "n note   Ctrl-C end the product   " :
			    "Ctrl-C ends the product   ");
		if (*f->message)
			tb_buf_add_shown(&b, f->message, strlen(f->message));
		else if (f->too_large)
			tb_buf_adds(&b, "the record is large: findings are told at the end");
		else if (!f->has_policy)
			tb_buf_adds(&b, "no policy: nothing is compared");
		else
			tb_buf_adds(&b, "the verdict is told at the end");
	}
	put_buf(p, false, &b);
}

void view_draw_at(const struct live_frame *f, int64_t seconds, size_t rows, size_t columns,
		  struct tb_buf *b)
{
	struct pen p = { .b = b, .columns = columns };

	tb_buf_adds(b, "\033[H");
	p.left = rows < 2 ? rows : rows - 1;
	head(f, seconds, &p);
	sections(f, &p);
	while (p.left)
		put(&p, false, "");
	if (rows < 2)
		return;
	tb_buf_adds(b, "\r\n");
	p.left = 1;
	foot(f, &p);
}

void view_draw(const struct live_frame *f, int64_t seconds, struct tb_buf *b)
{
	struct winsize w = { 0 };
	size_t rows = ROWS_DEFAULT, columns = COLUMNS_DEFAULT;

	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &w) && w.ws_row && w.ws_col) {
		rows = w.ws_row < ROWS_MAX ? w.ws_row : ROWS_MAX;
		columns = w.ws_col < COLUMNS_MAX ? w.ws_col : COLUMNS_MAX;
	}
	view_draw_at(f, seconds, rows, columns, b);
}

static void begin_note(struct live_frame *f, bool typing)
{
	f->typing = typing;
	f->note_len = 0;
	f->note[0] = '\0';
	f->message[0] = '\0';
}

/* erase() - the last character */
static void erase(struct live_frame *f)
{
	while (f->note_len && ((unsigned char)f->note[f->note_len - 1] & 0xc0) == 0x80)
		f->note_len--;
	f->note_len -= f->note_len > 0;
	f->note[f->note_len] = '\0';
}

static void type(struct live_frame *f, char key)
{
	if (key == '\b' || key == 0x7f) {
		erase(f);
	} else if (key == CTRL_U) {
		f->note_len = 0;
	} else if ((unsigned char)key >= ' ' && f->note_len < VIEW_NOTE_MAX) {
		f->note[f->note_len++] = key;
	}
	f->note[f->note_len] = '\0';
}

bool view_keys(struct live_frame *f, const char *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (keys[i] == ESCAPE) {	/* or the beginning of what a key like "up" sends */
			begin_note(f, false);
			return false;
		}
		if (!f->typing) {
			if (keys[i] == 'n' && f->can_note)
				begin_note(f, true);
			continue;
		}
		if (keys[i] != ENTER_A && keys[i] != ENTER_B) {
			type(f, keys[i]);
			continue;
		}
		f->typing = false;
		return f->note[strspn(f->note, " ")] != '\0';	/* what follows was meant for no
								 * other note */
	}
	return false;
}
