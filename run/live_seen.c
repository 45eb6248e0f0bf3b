/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live_seen.c - what is known of a run while it goes on, in bounded memory
 */
#include "run/live_seen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/clock.h"
#include "tcbox/hash.h"
#include "tcbox/own.h"
#include "tcbox/report.h"
#include "tcbox/word.h"

#define RAW_MAX 1000		/* bytes that are made harmless at most: more would not be shown */

/* cut() - the bytes that fit, ending with a character; what tb_buf_add_shown() gives is UTF-8 */
static size_t cut(const char *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static void copy(char out[SEEN_TEXT], const struct tb_buf *b)
{
	size_t len = b->failed ? 0 : cut(b->data ? b->data : "", b->len, SEEN_TEXT - 1);

	if (len)
		memcpy(out, b->data, len);
	out[len] = '\0';
}

void seen_text(char out[SEEN_TEXT], const char *text, size_t len)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_add_shown(&b, text, len < RAW_MAX ? len : RAW_MAX);
	copy(out, &b);
}

static void add_shown(struct tb_buf *b, const char *text)
{
	tb_buf_add_shown(b, text, strnlen(text, RAW_MAX));
}

/* row_of() - the row with this text; a new one takes the place of that whose last act is longest
 * ago */
static struct seen_row *row_of(struct seen_rows *rows, const char *text)
{
	uint64_t hash = tb_hash(text, strlen(text));
	struct seen_row *oldest = NULL;

	for (size_t i = 0; i < rows->n; i++) {
		struct seen_row *r = &rows->v[i];

		if (r->hash == hash && !strcmp(r->text, text))
			return r;
		if (!oldest || r->last < oldest->last)
			oldest = r;
	}
	if (rows->n < SEEN_ROWS)
		oldest = &rows->v[rows->n++];
	else
		rows->gone++;
	*oldest = (struct seen_row){ .hash = hash };
	memcpy(oldest->text, text, strlen(text) + 1);
	return oldest;
}

static void add_time(struct tb_buf *b, int64_t t)
{
	tb_buf_addf(b, "%" PRId64 ".%03" PRId64 " s  ", t / TB_NS_PER_S,
		    t / TB_NS_PER_MS % 1000);
}

static char *next_line(struct seen *s)
{
	return s->acts.v[s->acts.n++ % SEEN_LINES];
}

static void new_dest(struct seen *s, int64_t t, const char *text)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	add_time(&b, t);
	tb_buf_addf(&b, "new destination %s", text);
	copy(next_line(s), &b);
}

/* flow() - Return: true if there is one more line in acts: a destination that is new */
static bool flow(struct seen *s, const struct ev *ev, const char *name)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	const struct ev_flow *f = &ev->u.flow;
	char addr[EV_ADDR_STRLEN], text[SEEN_TEXT];
	struct seen_row *r;

	ev_addr_format(&f->remote, addr);
	if (f->inbound)
		tb_buf_adds(&b, "from ");
	add_shown(&b, f->proto ? f->proto : "");
	tb_buf_addc(&b, ' ');
	if (name) {
		add_shown(&b, name);
		if (f->remote.port)
			tb_buf_addf(&b, ":%u", (unsigned int)f->remote.port);
	} else {
		tb_buf_adds(&b, addr);
	}
	copy(text, &b);
	r = row_of(&s->dests, text);
	r->last = ev->t;
	if (!f->end) {
		if (!r->begun++)
			new_dest(s, ev->t, text);
		return r->begun == 1;
	}
	r->ended++;
	if (r->begun < r->ended)	/* it was so short that nothing told of its beginning */
		r->begun = r->ended;
	r->bytes_out += f->bytes_out;
	r->bytes_in += f->bytes_in;
	return false;
}

static void program(struct seen *s, const struct attempt *a)
{
	char text[SEEN_TEXT];
	struct seen_row *r;

	if (a->outcome != ATTEMPT_WENT)
		return;
	seen_text(text, a->object, strlen(a->object));
	r = row_of(&s->programs, text);
	r->begun++;
	r->last = a->t;
}

/* is_notable() - for who watches: what is everyday before a connection is not */
static bool is_notable(const struct attempt *a)
{
	if (a->act != ATTEMPT_NETWORK)
		return true;
	return a->outcome == ATTEMPT_REFUSED || tb_is_word(a->call, "listen");
}

static void act_line(char out[SEEN_TEXT], const struct attempt *a)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	add_time(&b, a->t);
	tb_buf_adds(&b, attempt_act_name(a->act));
	if (*a->call) {
		tb_buf_addc(&b, ' ');
		add_shown(&b, a->call);
	}
	tb_buf_addc(&b, ' ');
	add_shown(&b, a->object);
	if (a->name) {
		tb_buf_adds(&b, " (");
		add_shown(&b, a->name);
		tb_buf_addc(&b, ')');
	}
	if (a->outcome != ATTEMPT_WENT) {
		tb_buf_addf(&b, ": %s", attempt_outcome_name(a->outcome));
		if (a->error) {
			tb_buf_addc(&b, ' ');
			add_shown(&b, a->error);
		}
	}
	if (a->count > 1)
		tb_buf_addf(&b, ", %" PRIu64 " times", a->count);
	if (a->program) {
		tb_buf_adds(&b, ", by ");
		add_shown(&b, a->program);
	}
	copy(out, &b);
}

bool seen_event(struct seen *s, struct attempts *a, const struct ev *ev,
		const struct attempt *attempt)
{
	const char *name;
	bool is_new = false;

	if (ev->kind == EV_FLOW && ev->src == EV_SRC_NET &&
	    attempts_conversation(a, &ev->u.flow, &name))
		is_new = flow(s, ev, name);
	if (!attempt)
		return is_new;
	if (attempt->act == ATTEMPT_EXECUTE)
		program(s, attempt);
	if (!is_notable(attempt))
		return false;
	act_line(next_line(s), attempt);
	return true;
}

const char *seen_line(const struct seen_lines *l, size_t back)
{
	if (back >= l->n || back >= SEEN_LINES)
		return NULL;
	return l->v[(l->n - 1 - back) % SEEN_LINES];
}

void seen_output(struct seen *s, const char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char *line;

		if (!buf[i] || buf[i] == '\r')
			continue;
		if (!s->outputs || s->output_len == SIZE_MAX) {
			s->output_len = 0;
			memset(s->output[s->outputs++ % SEEN_OUTPUT], 0, SEEN_TEXT);
		}
		line = s->output[(s->outputs - 1) % SEEN_OUTPUT];
		if (buf[i] == '\n')
			s->output_len = SIZE_MAX;	/* the next byte begins a line */
		else if (s->output_len < SEEN_TEXT - 1)
			line[s->output_len++] = buf[i];
	}
}

/* is_act() - is it about something that was done, and that nothing that may still come explains?
 * What needs all witnesses, or the end, is told then */
static bool is_act(const struct fnd *f)
{
	switch (f->code) {
	case FND_NET_UNDECLARED:
	case FND_NET_LIMIT:
	case FND_TLS_VERSION:
	case FND_TLS_NAME_MISMATCH:
	case FND_NET_REQUEST:
	case FND_NET_RESOLVER:
	case FND_DNS_UNDECLARED:
	case FND_DNS_UNUSUAL:
	case FND_LISTEN_UNDECLARED:
	case FND_EXEC_UNDECLARED:
	case FND_EXEC_CHANGED:
	case FND_EXEC_MAPPED:
	case FND_FILE_UNDECLARED:
	case FND_SYS_UNDECLARED:
	case FND_SYS_DENIED:
	case FND_BOX_ATTEMPT:
		return f->severity != FND_INFO;
	case FND_NET_APPLICATION:
	case FND_NET_UNRESOLVED:
	case FND_PROTOCOL_UNKNOWN:
	case FND_FILE_UNEXPLAINED:
	case FND_MISSING_REQUIRED:
	case FND_FLOW_UNOWNED:
	case FND_CALL_PACKET_MISMATCH:
	case FND_CALL_WITHOUT_PACKETS:
	case FND_CANARY_MISSED:
	case FND_EVIDENCE_LOST:
	case FND_PRODUCT_CHANGED:
	case FND_CODES:
		break;
	}
	return false;
}

static bool stood_before(const struct seen_findings *f, const char *id)
{
	for (size_t i = 0; i < f->nbefore; i++)
		if (!strcmp(f->before[i], id))
			return true;
	return false;
}

static bool is_listed(const struct seen_findings *f, const char *id)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->v[i].id, id))
			return true;
	return false;
}

/* is_found() - by the comparison */
static bool is_found(const struct seen_acts *a, const char *id)
{
	for (size_t i = 0; i < a->n; i++)
		if (!strcmp(a->v[i].id, id))
			return true;
	return false;
}

/* drop_gone() - what more evidence explained is no finding any more. Where not all are known it may
 * be among the others */
static void drop_gone(struct seen_findings *f, const struct seen_acts *a)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		if (a->more || is_found(a, f->v[i].id))
			f->v[n++] = f->v[i];
	f->n = n;
}

static void add_act(struct seen_acts *out, const struct fnd *of)
{
	TB_AUTOBUF struct tb_buf title = TB_BUF_INIT, b = TB_BUF_INIT;
	struct seen_finding *to = &out->v[out->n++];

	rpt_title(&title, of);
	tb_buf_addf(&b, "%s  ", fnd_severity_name(of->severity));
	if (title.len && !title.failed)
		add_shown(&b, title.data);
	memcpy(to->id, of->id, sizeof(to->id));
	copy(to->text, &b);
}

void seen_acts(struct seen_acts *out, const struct fnd_result *r)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < r->nfindings; i++) {
		if (!is_act(&r->findings[i]))
			continue;
		if (out->n < SEEN_ACTS)
			add_act(out, &r->findings[i]);
		else
			out->more++;
	}
}

bool seen_acts_good(const struct seen_acts *a)
{
	if (a->n > SEEN_ACTS)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!memchr(a->v[i].id, '\0', sizeof(a->v[i].id)) ||
		    !memchr(a->v[i].text, '\0', sizeof(a->v[i].text)))
			return false;
	return true;
}

size_t seen_findings(struct seen_findings *f, const struct seen_acts *a)
{
	size_t fresh = 0;

	drop_gone(f, a);
	f->more = a->more;
	for (size_t i = 0; i < a->n; i++) {
		if (is_listed(f, a->v[i].id) || !stood_before(f, a->v[i].id))
			continue;
		if (f->n == SEEN_FINDINGS) {
			f->more++;
			continue;
		}
		f->v[f->n++] = a->v[i];
		fresh++;
	}
	for (f->nbefore = 0; f->nbefore < a->n; f->nbefore++)
		memcpy(f->before[f->nbefore], a->v[f->nbefore].id, FND_ID_LEN);
	return fresh;
}
