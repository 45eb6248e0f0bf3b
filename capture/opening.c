/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opening.c - what a client says first over TCP, followed to its end
 *
 * nDPI looks at one packet after the other: a hello or a request in small segments or records says
 * no name to it, and the receiver puts it together all the same. So does this, before nDPI sees it.
 *
 * Limits: STREAM_MAX bytes of a conversation and OPENING_BUDGET of all. What cannot be followed is
 * OPENING_LOST. Of what comes in one packet KEPT_MAX bytes are compared with what may be sent in
 * their place.
 */
#include "capture/opening.h"

#include <stdlib.h>
#include <string.h>

#include "capture/http_head.h"
#include "capture/stream.h"

#define KEPT_MAX 4096u

struct opening_held {
	struct stream stream;
	size_t counted;			/* of the budget */
	size_t head_len;
	uint8_t head[OPENING_HEAD_MAX];	/* of the first packet, from its IP header on */
};

static void drop_held(struct opening *o, struct opening_budget *b)
{
	if (!o->held)
		return;
	b->left += o->held->counted;
	stream_free(&o->held->stream);
	free(o->held);
	o->held = NULL;
}

/* text() - a copy; without memory the opening cannot be told. Return: NULL: it is empty, too */
static char *text(struct opening *o, const char *s)
{
	char *copy = *s ? strdup(s) : NULL;

	o->others |= *s && !copy;
	return copy;
}

/* judge_tls() - Return: false if this is no TLS */
static bool judge_tls(struct opening *o, const uint8_t *data, size_t len, uint8_t *scratch)
{
	size_t size = 0;
	struct hello h;

	switch (hello_join(data, len, scratch, &size)) {
	case HELLO_NONE:
		return false;
	case HELLO_MORE:
		o->begun = true;
		return true;
	case HELLO_BROKEN:
		o->begun = true;
		o->state = OPENING_LOST;
		return true;
	case HELLO_WHOLE:
		break;
	}
	o->state = OPENING_TLS;
	if (!hello_read(&h, scratch, size))
		return true;
	o->ech = h.ech;
	o->others = h.odd;
	o->name = text(o, h.name);
	return true;
}

static void judge_http(struct opening *o, const uint8_t *data, size_t len)
{
	struct http_head h;

	switch (http_head_read(&h, data, len)) {
	case HTTP_HEAD_NONE:
		o->state = OPENING_OTHER;
		return;
	case HTTP_HEAD_MORE:
		o->begun = true;
		return;
	case HTTP_HEAD_MAYBE:
		return;
	case HTTP_HEAD_ODD:
		o->begun = true;
		o->state = OPENING_LOST;
		return;
	case HTTP_HEAD_WHOLE:
		break;
	}
	o->state = OPENING_HTTP;
	o->others = h.others;
	o->request = text(o, h.request);
	o->name = text(o, h.host);
}

/* judge() - what is it, as far as it is there? @scratch: HELLO_MAX bytes */
static void judge(struct opening *o, const uint8_t *data, size_t len, uint8_t *scratch)
{
	if (!len)
		return;
	if (!judge_tls(o, data, len, scratch))
		judge_http(o, data, len);
	if (o->state == OPENING_MORE && len == STREAM_MAX)
		o->state = o->begun ? OPENING_LOST : OPENING_OTHER;
}

/* begin_holding() - Return: false if that cannot be */
static bool begin_holding(struct opening *o, const struct pkt *p)
{
	size_t head = (size_t)(p->payload - p->ip);
	struct opening_held *held;

	if (head > OPENING_HEAD_MAX)
		return false;
	held = calloc(1, sizeof(*held));
	if (!held)
		return false;
	held->head_len = head;
	memcpy(held->head, p->ip, head);
	o->held = held;
	return true;
}

/* put_together() - one packet of what is held without a gap. Return: its length, 0: nothing is */
static size_t put_together(struct opening *o, uint8_t *out)
{
	const struct opening_held *h = o->held;
	size_t size = 0;

	if (!h || o->given || !h->stream.len)
		return 0;
	o->given = true;
	memcpy(out, h->head, h->head_len);
	if (hello_join(h->stream.data, h->stream.len, out + h->head_len, &size) != HELLO_WHOLE) {
		size = h->stream.len;
		memcpy(out + h->head_len, h->stream.data, size);
	}
	return h->head_len + size;
}

/* is_counted() - is there room for what is held? Return: false if not */
static bool is_counted(struct opening_held *held, struct opening_budget *b)
{
	size_t more = sizeof(*held) + held->stream.cap - held->counted;

	if (more > b->left)
		return false;
	held->counted += more;
	b->left -= more;
	return true;
}

/* hold() - Return: whether the packet was put to the others, and nobody needs to look at it */
static bool hold(struct opening *o, struct opening_budget *b, const struct pkt *p, int64_t at,
		 uint8_t *scratch)
{
	if (!o->held && !begin_holding(o, p)) {
		o->state = OPENING_LOST;
		return false;
	}
	if (!stream_add(&o->held->stream, (uint32_t)at, p->payload, p->payload_cap) ||
	    !is_counted(o->held, b)) {
		o->state = OPENING_LOST;
		return false;
	}
	if (o->state == OPENING_MORE)
		judge(o, o->held->stream.data, o->held->stream.len, scratch);
	return true;
}

/* keep() - what came in one packet, to be compared with what comes in its place */
static void keep(struct opening *o, struct opening_budget *b, const struct pkt *p)
{
	size_t len = p->payload_cap < KEPT_MAX ? p->payload_cap : KEPT_MAX;

	o->given = true;
	o->held = calloc(1, sizeof(*o->held));
	if (o->held && stream_add(&o->held->stream, 0, p->payload, len) && is_counted(o->held, b))
		return;
	o->others = true;
	drop_held(o, b);
}

/* is_cut() - is a hello that came in one packet cut over several records? */
static bool is_cut(const struct opening *o, const struct pkt *p)
{
	const uint8_t *d = p->payload;

	return o->state == OPENING_TLS &&
	       ((size_t)d[3] << 8 | d[4]) < 4 + ((size_t)d[6] << 16 | (size_t)d[7] << 8 | d[8]);
}

struct opening_out opening_packet(struct opening *o, struct opening_budget *b, const struct pkt *p,
				  int64_t at, uint8_t *out)
{
	struct opening_out r = { .packet = p };
	bool held;

	if (at == OPENING_BEFORE)
		opening_lost(o);
	if (o->held && o->state != OPENING_MORE && at >= 0 && at < STREAM_MAX)
		o->others |= !stream_agrees(&o->held->stream, (uint32_t)at, p->payload,
					    p->payload_cap);
	if (o->state != OPENING_MORE || at >= STREAM_MAX)
		return r;
	if (at < 0) {
		r.len = put_together(o, out);
		if (r.len && !o->begun) {	/* it answers what is neither hello nor request */
			o->state = OPENING_OTHER;
			drop_held(o, b);
		}
		return r;
	}
	if (!o->begins && !at) {
		judge(o, p->payload, p->payload_cap, out);
		if (o->state != OPENING_MORE && !is_cut(o, p)) {
			if (o->state != OPENING_LOST)
				keep(o, b, p);
			return r;
		}
	}
	o->begins = true;
	held = hold(o, b, p, at, out);
	if (o->given)
		held = false;		/* what follows goes on as it comes */
	else if (o->state != OPENING_MORE)
		r.len = put_together(o, out);
	if (held)
		r.packet = NULL;
	if (o->state == OPENING_LOST)
		drop_held(o, b);
	return r;
}

void opening_acked(struct opening *o, struct opening_budget *b, uint32_t upto)
{
	if (o->held && o->state != OPENING_MORE && upto >= o->held->stream.len)
		drop_held(o, b);
}

void opening_lost(struct opening *o)
{
	if (o->state == OPENING_MORE)
		o->state = OPENING_LOST;
	else if (o->held)
		o->others = true;
}

size_t opening_rest(struct opening *o, struct opening_budget *b, uint8_t *out)
{
	size_t len = put_together(o, out);

	if (o->state == OPENING_MORE)
		drop_held(o, b);
	return len;
}

bool opening_unread(const struct opening *o)
{
	if (o->others || o->state == OPENING_LOST)
		return true;
	return o->state == OPENING_MORE && o->begun;
}

void opening_free(struct opening *o, struct opening_budget *b)
{
	drop_held(o, b);
	free(o->name);
	free(o->request);
}
