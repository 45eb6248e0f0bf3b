/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt.c - a broker of MQTT 3.1, 3.1.1 and 5.0 that takes everything and has nothing to tell
 *
 * How it works: each packet has its length in front, so that what is not understood is skipped.
 * What is published is a request with its topic, and so is each subscription; payloads are only
 * counted. Passwords are not recorded.
 *
 * Limits: what stands before a payload has MQTT_PEEK bytes, and so has any packet without one; of
 * a packet the first TOPICS_MAX subscriptions are granted, and all are recorded. Section numbers
 * are those of version 5.0.
 */
#include "lab/mqtt.h"

#include <string.h>

#include "lab/conn.h"
#include "tcbox/buf.h"

#define LENGTH_MAX 4		/* bytes of a length, 1.5.5 */
#define TOPICS_MAX 64

enum { CONNECT = 1, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK,
	UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH };

/* read_length() - 1.5.5. Return: its bytes; 0: more are needed; -1: it is none */
static int read_length(const uint8_t *data, size_t len, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < LENGTH_MAX; i++) {
		if (i == len)
			return 0;
		*out |= (uint64_t)(data[i] & 0x7f) << 7 * i;
		if (!(data[i] & 0x80))
			return (int)i + 1;
	}
	return -1;
}

static void put(struct mqtt_step *out, unsigned int byte)
{
	if (out->reply_len < sizeof(out->reply))
		out->reply[out->reply_len++] = (uint8_t)byte;
}

/* read_text() - a string with its length in front, 1.5.4, into @out if that is not NULL */
static void read_text(struct tb_rd *r, struct mqtt_step *out)
{
	uint16_t len = tb_rd_u16be(r);
	const uint8_t *p = tb_rd_bytes(r, len);

	if (!out || !p)
		return;
	out->cut = len >= MQTT_TEXT;
	if (out->cut)
		len = MQTT_TEXT - 1;
	for (size_t i = 0; i < len; i++)
		out->text[i] = p[i] ? (char)p[i] : ' ';
	out->text[len] = '\0';
}

static void skip_properties(const struct mqtt *s, struct tb_rd *r)
{
	uint64_t len;
	int n = s->five ? read_length(r->p, r->left, &len) : 0;

	if (!s->five)
		return;
	if (n < 1 || !tb_rd_bytes(r, (size_t)n) || len > r->left)
		r->bad = true;
	else
		(void)tb_rd_bytes(r, (size_t)len);
}

static void connect_packet(struct mqtt *s, struct tb_rd *r, struct mqtt_step *out)
{
	uint8_t version;

	read_text(r, NULL);			/* "MQTT" */
	version = tb_rd_u8(r);
	(void)tb_rd_u8(r);			/* flags */
	(void)tb_rd_u16be(r);			/* keep alive */
	s->five = version >= 5;
	skip_properties(s, r);
	read_text(r, out);
	s->connected = true;
	out->method = "CONNECT";
	put(out, CONNACK << 4);
	put(out, s->five ? 3 : 2);
	put(out, 0);
	put(out, 0);				/* accepted */
	if (s->five)
		put(out, 0);
}

static void acknowledge(struct mqtt_step *out, unsigned int type, uint16_t id)
{
	put(out, type << 4);
	put(out, 2);
	put(out, id >> 8);
	put(out, id & 0xff);
}

/* publish() - @size: of the whole packet behind its length */
static void publish(const struct mqtt *s, struct tb_rd *r, unsigned int flags, uint64_t size,
		    struct mqtt_step *out)
{
	unsigned int quality = flags >> 1 & 3;
	size_t before = r->left;
	uint16_t id = 0;

	read_text(r, out);
	if (quality)
		id = tb_rd_u16be(r);
	skip_properties(s, r);
	if (r->bad)
		return;
	out->payload = size - (before - r->left);
	out->method = "PUBLISH";
	if (quality)
		acknowledge(out, quality == 1 ? PUBACK : PUBREC, id);
}

/* subscribe() - and the end of that, which differs in what stands with each topic */
static void subscribe(const struct mqtt *s, struct tb_rd *r, bool begins, struct mqtt_step *out)
{
	bool codes = begins || s->five;
	uint16_t id = tb_rd_u16be(r);
	unsigned int n = 0;

	skip_properties(s, r);
	while (r->left && !r->bad) {
		read_text(r, n ? NULL : out);
		if (begins)
			(void)tb_rd_u8(r);
		if (!n)
			out->topics = *r;
		n++;
	}
	r->bad |= !n;
	if (r->bad)
		return;
	out->method = begins ? "SUBSCRIBE" : "UNSUBSCRIBE";
	out->options = begins;
	if (n > TOPICS_MAX)
		n = TOPICS_MAX;
	put(out, (begins ? SUBACK : UNSUBACK) << 4);
	put(out, 2 + s->five + (codes ? n : 0));
	put(out, id >> 8);
	put(out, id & 0xff);
	if (s->five)
		put(out, 0);
	for (unsigned int i = 0; codes && i < n; i++)
		put(out, 0);
}

bool mqtt_next(struct mqtt_step *step)
{
	if (!step->topics.left)
		return false;
	read_text(&step->topics, step);
	if (step->options)
		(void)tb_rd_u8(&step->topics);
	return !step->topics.bad;
}

/* answer() - Return: false if the connection ends */
static bool answer(struct mqtt *s, uint8_t head, struct tb_rd *r, struct mqtt_step *out)
{
	switch (head >> 4) {
	case CONNECT:
		connect_packet(s, r, out);
		return true;
	case PUBREL:
		acknowledge(out, PUBCOMP, tb_rd_u16be(r));
		return true;
	case SUBSCRIBE:
	case UNSUBSCRIBE:
		subscribe(s, r, head >> 4 == SUBSCRIBE, out);
		return true;
	case PINGREQ:
		put(out, PINGRESP << 4);
		put(out, 0);
		return true;
	case PUBACK:
	case PUBREC:
	case PUBCOMP:
		return true;
	case DISCONNECT:
	default:
		return false;
	}
}

enum mqtt_what mqtt_packet(struct mqtt *s, const uint8_t *data, size_t len, struct mqtt_step *out)
{
	bool is_publish, last;
	struct tb_rd r;
	uint64_t size;
	int n;

	*out = (struct mqtt_step){ .used = 0 };
	n = len ? read_length(data + 1, len - 1, &size) : 0;
	if (n < 1)
		return n ? MQTT_FAILED : MQTT_MORE;
	is_publish = data[0] >> 4 == PUBLISH;
	len -= 1 + (size_t)n;
	last = len >= size;
	if ((data[0] >> 4 == CONNECT) == s->connected || (!is_publish && size > MQTT_PEEK - 5))
		return MQTT_FAILED;
	if (!is_publish && !last)
		return MQTT_MORE;
	r = tb_rd_init(data + 1 + n, last ? (size_t)size : len);
	if (is_publish) {
		publish(s, &r, data[0] & 0xf, size, out);
		if (r.bad)		/* if more may come, it may only be that */
			return last || len >= MQTT_PEEK - 5 ? MQTT_FAILED : MQTT_MORE;
		out->used = 1 + (size_t)n + (size_t)(size - out->payload);
		return MQTT_TAKEN;
	}
	out->used = 1 + (size_t)n + (size_t)size;
	if (!answer(s, data[0], &r, out))
		return data[0] >> 4 == DISCONNECT ? MQTT_END : MQTT_FAILED;
	return r.bad ? MQTT_FAILED : MQTT_TAKEN;
}

/* mqtt_begins() - with a CONNECT, which has the protocol's name, 3.1 */
enum responder_begins mqtt_begins(uint16_t port, const uint8_t *first, size_t len)
{
	static const char *const names[] = { "\0\4MQTT", "\0\6MQIsdp" };
	static const size_t lens[] = { 6, 8 };
	uint64_t size;
	size_t left;
	int n;

	(void)port;
	if (first[0] != CONNECT << 4)
		return BEGINS_NOT;
	n = read_length(first + 1, len - 1, &size);
	if (n < 1)
		return n ? BEGINS_NOT : BEGINS_MAYBE;
	left = len - 1 - (size_t)n;
	for (size_t i = 0; i < 2; i++) {
		size_t some = left < lens[i] ? left : lens[i];

		if (!memcmp(names[i], first + 1 + n, some))
			return some == lens[i] ? BEGINS : BEGINS_MAYBE;
	}
	return BEGINS_NOT;
}

bool mqtt_half(const struct conn *c)
{
	return c->talk.mqtt.left;
}

bool mqtt_begin(struct conn *c)
{
	memset(&c->talk.mqtt, 0, sizeof(c->talk.mqtt));
	return true;
}

/* payload() - what is there of it. Return: false if more is to come */
static bool payload(struct conn *c)
{
	struct mqtt *s = &c->talk.mqtt;
	const uint8_t *data;
	size_t n;

	while (s->left && (n = conn_take(c, &data, s->left < SIZE_MAX ? s->left : SIZE_MAX))) {
		s->left -= n;
		conn_used(c, data, n);
	}
	return !s->left;
}

static void note(struct conn *c, const struct mqtt_step *step)
{
	const struct ev_request e = { .method = step->method, .path = step->text,
				      .bytes_in = step->payload, .cut = step->cut };
	struct tb_buf *out = conn_note(c);

	tb_buf_addf(out, "%s %.100s", step->method, step->text);
	request_record(c, &e);
}

void mqtt_input(struct conn *c)
{
	const struct ev_request unread = { .unread = true };
	struct mqtt *s = &c->talk.mqtt;
	struct mqtt_step step;
	const uint8_t *data;
	size_t len;

	while (c->state == CONN_TALKING && !c->closing && !conn_full(c) && payload(c) &&
	       (len = conn_pull(c, &data, MQTT_PEEK))) {
		enum mqtt_what what = mqtt_packet(s, data, len, &step);

		if (what == MQTT_MORE)
			return;
		if (step.method)
			do
				note(c, &step);
			while (mqtt_next(&step));
		if (what == MQTT_FAILED)
			request_record(c, &unread);
		conn_used(c, data, what == MQTT_FAILED ? len : step.used);
		s->left = step.payload;
		c->closing = what != MQTT_TAKEN;
		if (step.reply_len)
			conn_send(c, step.reply, step.reply_len);
	}
}
