/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mud_values.c - values of MUD in the words of policies: ports, networks, protocols, classes
 */
#include "policy/exchange/mud.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

#define PORT_MAX 65535u

static const struct jsonc_val *part(const struct jsonc_val *object, const char *word)
{
	for (const struct jsonc_val *v = object->first; v; v = v->next)
		if (!strcmp(mud_word(v->key), word))
			return v;
	return NULL;
}

static bool port_of(struct mud *m, const struct jsonc_val *object, const char *key, uint64_t *out)
{
	const struct jsonc_val *v = part(object, key);

	return v && mud_number(m, v, out) && *out <= PORT_MAX;
}

/* add() - ports from @lo to @hi; port 0 is none that anybody has */
static void add(struct mud *m, struct draft_ports *out, uint64_t lo, uint64_t hi)
{
	lo = lo ? lo : 1;
	if (lo <= hi && hi <= PORT_MAX)
		draft_ports_add(m->d, out, (uint16_t)lo, (uint16_t)hi);
}

/* compared() - RFC 8519 has lte, gte, eq and neq; its drafts had lt and gt, too */
static bool compared(struct mud *m, const char *word, uint64_t port, struct draft_ports *out)
{
	bool old = !strcmp(word, "lt") || !strcmp(word, "gt");

	if (!strcmp(word, "eq")) {
		add(m, out, port, port);
	} else if (!strcmp(word, "neq")) {
		if (port)
			add(m, out, 1, port - 1);
		add(m, out, port + 1, PORT_MAX);
	} else if (!strcmp(word, "lte") || !strcmp(word, "lt")) {
		if (port || !old)
			add(m, out, 1, port - old);
	} else if (!strcmp(word, "gte") || !strcmp(word, "gt")) {
		add(m, out, port + old, PORT_MAX);
	} else {
		return false;
	}
	m->old = m->old || old;
	return out->n > 0;
}

bool mud_ports(struct mud *m, const struct jsonc_val *v, struct draft_ports *out)
{
	const struct jsonc_val *op;
	uint64_t lo, hi, port;
	char *end;

	if (v->type == JSONC_STRING && strchr(v->text, '-')) {	/* "8000-8100" */
		lo = strtoull(v->text, &end, 10);
		hi = *end == '-' && lo <= PORT_MAX ? strtoull(end + 1, &end, 10) : 0;
		m->old = true;
		if (!*end)
			add(m, out, lo, hi);
		return out->n > 0;
	}
	if (v->type != JSONC_OBJECT) {
		m->old = true;
		if (mud_number(m, v, &port))
			add(m, out, port, port);
		return out->n > 0;
	}
	if (port_of(m, v, "lower-port", &lo)) {
		hi = lo;
		if (part(v, "upper-port") && !port_of(m, v, "upper-port", &hi))
			return false;
		add(m, out, lo, hi);
		return out->n > 0;
	}
	op = part(v, "operator");
	if (!port_of(m, v, "port", &port) || (op && op->type != JSONC_STRING))
		return false;
	return compared(m, op ? mud_word(op->text) : "eq", port, out);
}

const char *mud_protocol(struct draft *d, int protocol)
{
	static const struct { int number; const char *word; } words[] = {
		{ MUD_ICMP, "icmp" }, { MUD_TCP, "tcp" }, { MUD_UDP, "udp" }, { 33, "dccp" },
		{ MUD_ICMPV6, "icmp" }, { 132, "sctp" }, { 136, "udplite" },
	};

	if (protocol == MUD_ANY_PROTOCOL)
		return NULL;
	for (size_t i = 0; i < TB_ARRAY_SIZE(words); i++)
		if (words[i].number == protocol)
			return words[i].word;
	return draft_keepf(d, "ip-%d", protocol);
}

/* local_networks() - what is local in most places */
static void local_networks(struct mud *m, struct draft_group *g)
{
	static const char *const networks[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
						"169.254.0.0/16", "fc00::/7", "fe80::/10" };

	for (size_t i = 0; i < TB_ARRAY_SIZE(networks); i++)
		draft_words_add(m->d, &g->values, networks[i]);
}

/* group_name() - "controller-1-example-com", no longer than a label of a name, because it is the
 * first label of what stands for it */
static void group_name(struct tb_buf *out, const char *key, const char *value)
{
	tb_buf_adds(out, key);
	if (!value)
		return;
	tb_buf_addc(out, '-');
	if (!strncmp(value, "urn:ietf:params:mud:", 20))
		value += 20;
	if (!strncmp(value, "https://", 8))
		value += 8;
	draft_slug(out, value, 60 - strlen(key), true);
}

const char *mud_class_name(struct mud *m, const char *key, const char *value)
{
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;

	tb_buf_addc(&name, '@');
	group_name(&name, key, value);
	m->d->no_memory |= name.failed;
	return name.failed ? NULL : draft_keep(m->d, name.data);
}

void mud_class(struct mud *m, const struct mud_flow *f)
{
	const char *name = f->peer + 1, *value = f->class_value;
	bool made = false, local = !strcmp(f->class_key, "local-networks");
	struct draft_group *g = draft_group(m->d, name, &made);

	if (!g || !made)
		return;
	if (local) {
		g->note = "Local networks (RFC 8520, 5.2): these are private in most places. Put "
			  "your own here.";
		local_networks(m, g);
	} else {
		g->note = draft_keepf(m->d, "%s%s%s of the MUD file: which hosts these are only "
				      "the site knows. Put them in place of the name, which no "
				      "host has.", f->class_key, value ? " " : "",
				      value ? value : "");
		draft_words_add(m->d, &g->values, draft_keepf(m->d, "%s.invalid", name));
	}
	draft_item(m->d, EXCH_FILL, &f->class_at, "the group \"%s\"%s", name, local ?
		   ": private networks stand for the local ones" :
		   ": until then its rules declare nothing");
}
