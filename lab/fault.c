/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.c - what a scenario does to connections and their answers
 *
 * How it works: whoever answers does so as ever, and what was asked is in the record. Only then the
 * answer is held back, cut or replaced by a reset, below the responders and inside TLS; requests
 * whose answers are held back are recorded when those leave, or never will. The end of a connection
 * comes from the loop, never from inside a responder.
 *
 * Limits: one answer in a connection suffers, the first; "100 Continue" is none yet. Connections to
 * port 53 are spared: names have faults of their own.
 */
#include "lab/fault.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <string.h>

#include "lab/conn.h"
#include "lab/content.h"
#include "lab/serve.h"

const struct lab_scenario *fault_of(const struct lab *lab)
{
	static const struct lab_scenario nothing = { .name = "normal" };

	return lab->opt->scenario ? lab->opt->scenario : &nothing;
}

static bool is_spared(const struct conn *c)
{
	return c->server.port == 53;
}

static void limit_rate(struct conn *c)
{
	struct lab *lab = c->lab;
	size_t rate = fault_of(lab)->bytes_per_s;

	if (!lab->rate)
		lab->rate = ev_token_bucket_cfg_new(rate, rate, rate, rate, NULL);
	if (lab->rate)
		(void)bufferevent_set_rate_limit(c->bev, lab->rate);
}

void fault_stream(struct conn *c)
{
	const struct lab_scenario *s = fault_of(c->lab);

	if (is_spared(c))
		return;
	if (s->bytes_per_s && !c->nbelow)
		limit_rate(c);
	if (s->delay_ms && !c->fault.over) {
		c->fault.held = true;
		(void)bufferevent_disable(c->bev, EV_WRITE);
	}
}

static void reset(struct conn *c)
{
	const struct linger at_once = { .l_onoff = 1 };

	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	conn_end(c, "reset by the scenario");
}

/* due_cb() - the time of the answer has come, or that of the end */
static void due_cb(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	if (c->fault.held) {
		c->fault.held = false;
		request_release(c, true);
		if (c->bev)
			(void)bufferevent_enable(c->bev, EV_WRITE);
	} else if (!c->bev || fault_of(c->lab)->answer == LAB_ANSWER_RESET) {
		reset(c);
	} else {
		serve_close(c);
	}
}

static void later(struct conn *c, unsigned int ms)
{
	const struct timeval t = { .tv_sec = ms / 1000, .tv_usec = (long)(ms % 1000) * 1000 };

	if (!c->fault.later)
		c->fault.later = event_new(c->lab->base, -1, 0, due_cb, c);
	if (c->fault.later)
		(void)event_add(c->fault.later, &t);
}

/* half() - take from @out what is not sent of it. Return: false if nothing of it is */
static bool half(struct conn *c, struct evbuffer *out, size_t sure)
{
	size_t len = evbuffer_get_length(out);
	struct evbuffer *left;

	if (fault_of(c->lab)->answer == LAB_ANSWER_RESET)
		return false;
	left = evbuffer_new();
	if (!left)
		return false;
	(void)evbuffer_remove_buffer(out, left, sure + (len - sure) / 2);
	(void)evbuffer_drain(out, evbuffer_get_length(out));
	(void)evbuffer_add_buffer(out, left);
	evbuffer_free(left);
	return true;
}

void fault_send(struct conn *c, struct evbuffer *out, size_t sure)
{
	const struct lab_scenario *s = fault_of(c->lab);
	bool answers = sure < evbuffer_get_length(out) && !is_spared(c);

	if (c->ended || (c->fault.over && s->answer))
		return;
	if (answers && s->delay_ms && !c->fault.over)
		later(c, s->delay_ms);
	if (answers && s->answer)
		later(c, 0);
	c->fault.over |= answers;
	if (answers && s->answer && !half(c, out, sure))
		return;
	c->out += evbuffer_get_length(out);
	(void)bufferevent_write_buffer(c->bev, out);
}

bool fault_answers(const struct conn *c)
{
	if (c->ended)
		return false;
	return is_spared(c) || fault_of(c->lab)->answer != LAB_ANSWER_RESET;
}

bool fault_holds(const struct conn *c)
{
	return c->fault.held;
}

size_t fault_leaves(const struct conn *c, size_t len)
{
	if (c->ended)
		return 0;
	if (is_spared(c))
		return len;
	switch (fault_of(c->lab)->answer) {
	case LAB_ANSWER_CUT:
		return len / 2;
	case LAB_ANSWER_RESET:
		return 0;
	case LAB_ANSWER_WHOLE:
	default:
		return len;
	}
}

#define PAGE(title, text)                                                                          \
	"<!DOCTYPE html>\n<html><head><title>" title "</title></head>\n<body><p>" text             \
	"</p></body></html>\n"

bool fault_content(const struct lab *lab, const struct http_req *r, struct content *out)
{
	static const char error[] = PAGE("Error", "The service is not available.");
	static const char missing[] = PAGE("Not Found", "Not found.");
	static const char portal[] =
		PAGE("Log in", "Log in to use this network.</p>\n<form method=\"post\">"
			       "<input name=\"user\"><input name=\"password\" type=\"password\">"
			       "<button>Log in</button></form><p>");
	static const struct {
		int status;
		const char *body, *headers;
	} rows[] = {
		[LAB_WEB_ERROR] = { 503, error, "Retry-After: 3600\r\n" },
		[LAB_WEB_MISSING] = { 404, missing, "" },
		[LAB_WEB_EMPTY] = { 200, "", "" },
		[LAB_WEB_PORTAL] = { 302, "", "Location: http://" FAULT_OTHER_NAME "/\r\n" },
	};
	enum lab_web_fault web = fault_of(lab)->web;

	if (web == LAB_WEB_CONTENT)
		return false;
	*out = (struct content){ .status = rows[web].status, .headers = rows[web].headers,
				 .type = "text/html; charset=utf-8" };
	if (web == LAB_WEB_PORTAL && !strcmp(r->host[0], FAULT_OTHER_NAME)) {
		out->status = 200;
		out->headers = "";
		tb_buf_adds(&out->body, portal);
	} else {
		tb_buf_adds(&out->body, rows[web].body);
	}
	return true;
}

void fault_end(struct conn *c)
{
	if (c->fault.later)
		event_free(c->fault.later);
	c->fault.later = NULL;
}
