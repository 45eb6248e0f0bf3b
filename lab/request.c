/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.c - what the product asked for, as facts of the record
 *
 * The lab ends each session, so its word on what was asked is the receiver's own: it is recorded
 * for each request, and once for a TLS session without any. Everything here was chosen by the
 * product.
 */
#include "lab/request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lab/conn.h"
#include "tcbox/clock.h"
#include "tcbox/own.h"

#define PATH_MAX_LEN 512	/* kept of a path */
#define DOTS "..."
#define NO_NAME " "		/* equals no name: blanks around those of hosts are not theirs */

void request_begins(struct conn *c)
{
	c->asked.began = rec_time(c->lab->rec, tb_realtime_ns());
}

/* keep() - a copy that ends in dots if it was cut. Return: whether it was */
static bool keep(char *out, size_t size, const char *s)
{
	size_t len = s ? strlen(s) : 0;

	if (len < size) {
		memcpy(out, s ? s : "", len + 1);
		return false;
	}
	memcpy(out, s, size - sizeof(DOTS));
	memcpy(out + size - sizeof(DOTS), DOTS, sizeof(DOTS));
	return true;
}

/* A request whose answer waits. */
struct request_held {
	struct request_held *next;
	struct ev ev;
};

/* hold_back() - keep a copy until it is known what becomes of the answer. Return: false if there
 * is no room for it */
static bool hold_back(struct conn *c, const struct ev *ev)
{
	struct requests *asked = &c->asked;
	struct request_held *h;

	if (asked->nheld == REQUEST_HELD)
		return false;
	h = calloc(1, sizeof(*h));
	if (!h || ev_dup(ev, &h->ev) < 0) {
		free(h);
		return false;
	}
	if (asked->held)
		asked->held_last->next = h;
	else
		asked->held = h;
	asked->held_last = h;
	asked->nheld++;
	return true;
}

static void unanswered(struct ev_request *r)
{
	r->status = 0;
	r->bytes_out = 0;
}

void request_release(struct conn *c, bool sent)
{
	struct request_held *h;

	while ((h = c->asked.held)) {
		struct ev_request *r = &h->ev.u.request;

		c->asked.held = h->next;
		r->last = rec_time(c->lab->rec, tb_realtime_ns());
		if (!sent)
			unanswered(r);
		lab_record(c->lab, &h->ev);
		ev_clear(&h->ev);
		free(h);
	}
	c->asked.nheld = 0;
}

static void add(struct conn *c, struct ev_request *r)
{
	struct ev ev = { .kind = EV_REQUEST };

	if (c->lab->count.requests == REQUEST_MAX) {
		c->lab->count.requests_unrecorded += r->count ? r->count : 1;
		return;
	}
	c->lab->count.requests++;
	r->service = c->service;
	r->client = c->client;
	r->server = c->server;
	r->via = c->asked.via;
	r->sni = c->asked.sni;
	r->ech = c->asked.ech;
	r->unread |= c->asked.odd;
	r->tls_version = c->ssl ? tls_version(c->ssl) : NULL;
	ev.u.request = *r;
	if (fault_holds(c) && (r->status || r->bytes_out)) {
		if (hold_back(c, &ev))
			return;
		unanswered(&ev.u.request);
	}
	lab_record(c->lab, &ev);
}

/* flush() - record those that were only counted */
static void flush(struct conn *c)
{
	const char *name = c->asked.name;
	const struct request_more *m = &c->asked.more;
	struct ev_request r = {
		.number = m->number, .count = m->count, .bytes_in = m->bytes_in,
		.bytes_out = m->bytes_out, .first = m->first, .last = m->last, .method = m->method,
		.status = m->status, .names = { &name, *name != '\0' },
	};

	if (m->count)
		add(c, &r);
	memset(&c->asked.more, 0, sizeof(c->asked.more));
}

/* sole_name() - of a request that asks for one at most; NULL: it is not as simple as that */
static const char *sole_name(const struct ev_request *r)
{
	if (r->target || r->cut || r->unread || r->names.n > 1)
		return NULL;
	return r->names.n ? r->names.v[0] : "";
}

static void count(struct conn *c, const struct ev_request *r)
{
	struct request_more *m = &c->asked.more;

	if (!m->count) {
		m->number = r->number;
		m->first = r->first;
		m->status = r->status;
		(void)keep(m->method, sizeof(m->method), r->method);
	}
	m->count++;
	m->last = r->last;
	m->bytes_in += r->bytes_in;
	m->bytes_out += r->bytes_out;
}

void request_record(struct conn *c, const struct ev_request *from)
{
	char path[PATH_MAX_LEN], target[REQUEST_TARGET_LEN];
	const char *name = sole_name(from);
	uint64_t each = from->sha256 ? REQUEST_BODIES : REQUEST_EACH;
	struct ev_request r = *from;

	r.cut |= keep(path, sizeof(path), from->path);
	r.cut |= keep(target, sizeof(target), from->target);
	r.path = path;
	r.target = *target ? target : NULL;
	r.number = ++c->asked.number;
	r.last = rec_time(c->lab->rec, tb_realtime_ns());
	r.first = c->asked.began ? c->asked.began : r.last;
	c->asked.began = 0;
	c->asked.hello = false;
	if (c->asked.events >= each && name && !strcmp(name, c->asked.name)) {
		count(c, &r);
		return;
	}
	flush(c);
	c->asked.events++;
	(void)keep(c->asked.name, sizeof(c->asked.name), name ? name : NO_NAME);
	add(c, &r);
}

void request_session(struct conn *c)
{
	const struct ev_request none = { .bytes_in = c->asked.inside };

	flush(c);
	if (c->asked.hello)
		request_record(c, &none);
	c->asked.hello = false;
	request_release(c, !fault_holds(c));
}

void request_enter(struct conn *c, const char *target)
{
	(void)keep(c->asked.via, sizeof(c->asked.via), target);
}

void request_hello(struct conn *c, const struct request_hello *h)
{
	char text[REQUEST_NAME_LEN] = "";
	size_t len = h->name ? h->len : 0;
	bool odd = h->odd;

	if (len >= sizeof(text) || (len && memchr(h->name, '\0', len))) {
		odd = true;		/* none that a name could be, RFC 6066, 3 */
		len = 0;
	}
	for (size_t i = 0; i < len; i++)
		text[i] = (char)tolower(h->name[i]);
	text[len] = '\0';
	/* After a HelloRetryRequest there is a second one, which may say another name. */
	if (c->asked.hello && strcmp(text, c->asked.sni) != 0)
		request_session(c);
	memcpy(c->asked.sni, text, sizeof(text));
	c->asked.ech = h->ech;
	c->asked.odd = odd;
	c->asked.inside = 0;
	c->asked.hello = true;
	request_begins(c);
}
