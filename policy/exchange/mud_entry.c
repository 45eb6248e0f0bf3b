/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mud_entry.c - one entry of an access control list (RFC 8519) as packets in one direction
 *
 * How it works: the members of "matches" are a tree of containers ("ipv4", "tcp", "ietf-mud:mud")
 * and conditions; each has a row in a table. A condition that policies have no word for is left
 * out, and listed, because the rule then declares more. An entry of which nothing is left would
 * declare everything: it is not carried over at all.
 */
#include "policy/exchange/mud_entry.h"

#include <stdlib.h>
#include <string.h>

#include "policy/exchange/source.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

#define ETHER_IP 0x0800
#define ETHER_IPV6 0x86dd

struct row {
	const char *name;
	void (*read)(struct mud_entry *e, const struct jsonc_val *v, const struct row *row);
	int number;			/* for @read */
};

void mud_lose(struct mud_entry *e, const struct jsonc_val *v, const char *why)
{
	const struct draft_at at = draft_here(&e->m->path, v);

	if (!e->lost)
		draft_item(e->m->d, EXCH_LOST, &at, "the entry: %s", why);
	e->lost = true;
}

void mud_leave_out(struct mud_entry *e, const struct jsonc_val *v, const char *why)
{
	const struct draft_at at = draft_here(&e->m->path, v);

	draft_item(e->m->d, EXCH_WIDER, &at, "the condition is left out: %s", why);
	e->left_out++;
}

static void no_word(struct mud_entry *e, const struct jsonc_val *v, const struct row *row)
{
	(void)row;
	mud_leave_out(e, v, "policies have no word for it");
}

static void mac(struct mud_entry *e, const struct jsonc_val *v, const struct row *row)
{
	(void)row;
	mud_leave_out(e, v, "policies have no hardware addresses");
}

static void icmp_kind(struct mud_entry *e, const struct jsonc_val *v, const struct row *row)
{
	(void)row;
	mud_leave_out(e, v, "policies have all messages of ICMP or none");
}

/* set_protocol() - by a container or the number of IP, which must be the same */
static void set_protocol(struct mud_entry *e, const struct jsonc_val *v, int protocol)
{
	bool icmp = (protocol == MUD_ICMP || protocol == MUD_ICMPV6) &&
		    (e->f.protocol == MUD_ICMP || e->f.protocol == MUD_ICMPV6);

	if (e->f.protocol == MUD_ANY_PROTOCOL)
		e->f.protocol = protocol;
	else if (e->f.protocol != protocol && !icmp)
		mud_lose(e, v, "it names two protocols, so that no packet agrees with it");
}

static void protocol(struct mud_entry *e, const struct jsonc_val *v, const struct row *row)
{
	static const struct { const char *word; int number; } words[] = {
		{ "tcp", MUD_TCP }, { "udp", MUD_UDP }, { "icmp", MUD_ICMP },
		{ "icmpv6", MUD_ICMPV6 },
	};
	uint64_t n;

	(void)row;
	if (mud_number(e->m, v, &n) && n <= 255) {
		set_protocol(e, v, (int)n);
		return;
	}
	for (size_t i = 0; v->type == JSONC_STRING && i < TB_ARRAY_SIZE(words); i++) {
		if (strcmp(v->text, words[i].word) != 0)
			continue;
		e->m->old = true;
		set_protocol(e, v, words[i].number);
		return;
	}
	mud_lose(e, v, "this is no protocol");
}

static void ethertype(struct mud_entry *e, const struct jsonc_val *v, const struct row *row)
{
	uint64_t n = 0;

	(void)row;
	if (v->type == JSONC_STRING && (!strcmp(v->text, "ipv4") || !strcmp(v->text, "ipv6")))
		n = v->text[3] == '4' ? ETHER_IP : ETHER_IPV6;
	else if (!mud_number(e->m, v, &n) && v->type != JSONC_STRING)
		mud_lose(e, v, "this is no type of frames");
	if (n == ETHER_IP)
		e->f.families &= MUD_V4;
	else if (n == ETHER_IPV6)
		e->f.families &= MUD_V6;
	else
		mud_lose(e, v, "frames that are not IP, such as ARP: policies are about IP");
}

/* set_peer() - whom it talks to. Policies have no two conditions for that; the first holds. Return:
 * is it the first? */
static bool set_peer(struct mud_entry *e, const struct jsonc_val *v, const char *peer)
{
	if (e->f.peer) {
		mud_leave_out(e, v, "the other side has another condition already, and a rule can "
				    "have only one");
		return false;
	}
	e->f.peer = peer;
	return peer != NULL;
}

/* is_far() - is it the other side, and not the product? @source: the condition is about the
 * source */
static bool is_far(struct mud_entry *e, const struct jsonc_val *v, bool source)
{
	if (source == e->f.to_device)
		return true;
	mud_leave_out(e, v, "it is about the product's own name or address");
	return false;
}

static void dns_name(struct mud_entry *e, const struct jsonc_val *v, const struct row *row)
{
	if (v->type != JSONC_STRING || !*v->text)
		mud_lose(e, v, "this is no name");
	else if (is_far(e, v, row->number))
		(void)set_peer(e, v, draft_keep(e->m->d, v->text));
}

static void network(struct mud_entry *e, const struct jsonc_val *v, const struct row *row)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	bool any = false;

	if (v->type != JSONC_STRING || !src_network_text(v->text, &text, &any)) {
		mud_lose(e, v, "this is no network");
		return;
	}
	e->f.families &= strchr(v->text, ':') ? MUD_V6 : MUD_V4;
	if (any || !is_far(e, v, row->number))
		return;
	(void)set_peer(e, v, draft_keep(e->m->d, text.data));
}

static void class_of(struct mud_entry *e, const struct jsonc_val *v, const struct row *row)
{
	const char *value = row->number ? v->text : NULL;

	if (row->number && (v->type != JSONC_STRING || !*v->text)) {
		mud_lose(e, v, "this class needs a name");
		return;
	}
	if (!set_peer(e, v, mud_class_name(e->m, row->name, value)))
		return;
	e->f.class_key = row->name;
	e->f.class_value = draft_keep(e->m->d, value);
	e->f.class_at = draft_here(&e->m->path, v);
}

static void ports(struct mud_entry *e, const struct jsonc_val *v, const struct row *row)
{
	bool far = (row->number != 0) == e->f.to_device;
	struct draft_ports *p = far ? &e->f.far : &e->f.own;

	if (p->n || !mud_ports(e->m, v, p))
		mud_lose(e, v, "these ports are not understood, or there are none such");
}

static void begins(struct mud_entry *e, const struct jsonc_val *v, const struct row *row)
{
	(void)row;
	if (v->type == JSONC_STRING && !strcmp(v->text, "from-device"))
		e->f.begins = MUD_BEGINS_PRODUCT;
	else if (v->type == JSONC_STRING && !strcmp(v->text, "to-device"))
		e->f.begins = MUD_BEGINS_OTHER;
	else
		mud_lose(e, v, "direction-initiated is \"from-device\" or \"to-device\"");
}

static void tls_profiles(struct mud_entry *e, const struct jsonc_val *v, const struct row *row)
{
	(void)row;
	mud_tls(e, v);
}

static const struct row conditions[] = {
	{ "protocol", protocol, 0 },
	{ "ethertype", ethertype, 0 },
	{ "src-dnsname", dns_name, true },
	{ "dst-dnsname", dns_name, false },
	{ "source-ipv4-network", network, true },
	{ "source-ipv6-network", network, true },
	{ "destination-ipv4-network", network, false },
	{ "destination-ipv6-network", network, false },
	{ "source-port", ports, true },
	{ "source-port-range", ports, true },
	{ "source-port-range-or-operator", ports, true },
	{ "destination-port", ports, false },
	{ "destination-port-range", ports, false },
	{ "destination-port-range-or-operator", ports, false },
	{ "direction-initiated", begins, 0 },
	{ "local-networks", class_of, false },
	{ "same-manufacturer", class_of, false },
	{ "my-controller", class_of, false },
	{ "manufacturer", class_of, true },
	{ "controller", class_of, true },
	{ "model", class_of, true },
	{ "client-profiles", tls_profiles, 0 },
	{ "type", icmp_kind, 0 },
	{ "code", icmp_kind, 0 },
	{ "rest-of-header", icmp_kind, 0 },
	{ "source-mac-address", mac, 0 },
	{ "source-mac-address-mask", mac, 0 },
	{ "destination-mac-address", mac, 0 },
	{ "destination-mac-address-mask", mac, 0 },
	{ NULL, no_word, 0 },		/* dscp, ecn, length, ttl, flags, ... */
};

/* Containers. @number: the protocol, or the family of IP that it is for */
enum { PLAIN, OF_V4, OF_V6, OF_TCP, OF_UDP, OF_ICMP };

static const struct { const char *name; int of; } containers[] = {
	{ "eth", PLAIN }, { "ethernet", PLAIN }, { "l2", PLAIN }, { "l3", PLAIN }, { "l4", PLAIN },
	{ "mud", PLAIN }, { "ip", PLAIN }, { "ipv4", OF_V4 }, { "ipv6", OF_V6 }, { "tcp", OF_TCP },
	{ "udp", OF_UDP }, { "icmp", OF_ICMP }, { "icmpv6", OF_ICMP },
};

/* container_of() - Return: its kind, -1 if it is none. The older dialect has "-acl" at the end */
static int container_of(struct mud *m, const char *word)
{
	size_t len = strlen(word);
	bool suffix = len > 4 && !strcmp(word + len - 4, "-acl");

	len -= suffix ? 4 : 0;
	for (size_t i = 0; i < TB_ARRAY_SIZE(containers); i++) {
		if (strlen(containers[i].name) != len || strncmp(containers[i].name, word, len))
			continue;
		m->old = m->old || suffix;
		return containers[i].of;
	}
	return -1;
}

static void enter(struct mud_entry *e, const struct jsonc_val *v, int of)
{
	if (of == OF_V4)
		e->f.families &= MUD_V4;
	else if (of == OF_V6)
		e->f.families &= MUD_V6;
	else if (of == OF_TCP)
		set_protocol(e, v, MUD_TCP);
	else if (of == OF_UDP)
		set_protocol(e, v, MUD_UDP);
	else if (of == OF_ICMP)
		set_protocol(e, v, e->f.families == MUD_V6 ? MUD_ICMPV6 : MUD_ICMP);
}

/* matches() - all conditions of a container; as deep as a document can be */
static void matches(struct mud_entry *e, const struct jsonc_val *object)
{
	for (const struct jsonc_val *v = object->first; v && !e->lost; v = v->next) {
		const char *word = mud_word(v->key);
		int of = v->type == JSONC_OBJECT ? container_of(e->m, word) : -1;
		const struct row *row = conditions;

		draft_push(&e->m->path, v->key, 0);
		if (of >= 0) {
			enter(e, v, of);
			matches(e, v);
		} else {
			while (row->name && strcmp(row->name, word) != 0)
				row++;
			row->read(e, v, row);
		}
		draft_pop(&e->m->path);
	}
}

static const struct jsonc_val *part(const struct jsonc_val *object, const char *word)
{
	for (const struct jsonc_val *v = object && object->type == JSONC_OBJECT ? object->first :
					 NULL; v; v = v->next)
		if (!strcmp(mud_word(v->key), word))
			return v;
	return NULL;
}

enum action { ACCEPTS, REFUSES, SAYS_NOTHING };

/* action_of() - the older dialect has "permit" and "deny" as members */
static enum action action_of(struct mud *m, const struct jsonc_val *actions)
{
	const struct jsonc_val *v = part(actions, "forwarding");
	const char *word = v && v->type == JSONC_STRING ? mud_word(v->text) : "";

	if (!strcmp(word, "accept"))
		return ACCEPTS;
	if (!strcmp(word, "drop") || !strcmp(word, "reject"))
		return REFUSES;
	if (part(actions, "permit") || part(actions, "deny"))
		m->old = true;
	if (part(actions, "permit"))
		return ACCEPTS;
	return part(actions, "deny") ? REFUSES : SAYS_NOTHING;
}

static void keep_refusal(struct mud *m, const struct draft_at *at)
{
	struct draft_at *v = tb_grow(m->refusals, m->nrefusals, 1, sizeof(*v));

	if (!v) {
		m->d->no_memory = true;
		return;
	}
	m->refusals = v;
	v[m->nrefusals++] = *at;
}

/* tell_refusals() - of the entries before one that accepts */
static void tell_refusals(struct mud *m)
{
	for (size_t i = 0; i < m->nrefusals; i++)
		draft_item(m->d, EXCH_WIDER, &m->refusals[i], "what it refuses is not taken away "
			   "from the entries behind it: policies only declare");
	m->nrefusals = 0;
}

/* is_log_none() - "logging" that asks for none */
static bool is_log_none(const struct jsonc_val *v)
{
	return v->type == JSONC_STRING && !strcmp(mud_word(v->key), "logging") &&
	       !strcmp(mud_word(v->text), "log-none");
}

/* rest() - what of an entry is neither name nor matches nor forwarding */
static void rest(struct mud_entry *e, const struct jsonc_val *object, const char *const *known)
{
	for (const struct jsonc_val *v = object && object->type == JSONC_OBJECT ? object->first :
					 NULL; v; v = v->next) {
		const char *word = mud_word(v->key);
		size_t i = 0;
		struct draft_at at;

		while (known[i] && strcmp(known[i], word) != 0)
			i++;
		if (known[i] || is_log_none(v))
			continue;
		draft_push(&e->m->path, v->key, 0);
		at = draft_here(&e->m->path, v);
		draft_pop(&e->m->path);
		draft_item(e->m->d, EXCH_LOST, &at, "policies have no word for it");
	}
}

static void keep_flow(struct mud_entry *e)
{
	struct mud *m = e->m;
	struct mud_flow *v = tb_grow(m->flows, m->nflows, 1, sizeof(*v));

	if (!v) {
		m->d->no_memory = true;
		free(e->f.far.v);
		free(e->f.own.v);
		return;
	}
	m->flows = v;
	v[m->nflows++] = e->f;
}

/* read_matches() - and what cannot be a rule is listed */
static void read_matches(struct mud_entry *e, const struct jsonc_val *ace)
{
	const struct jsonc_val *v = part(ace, "matches");

	draft_push(&e->m->path, "matches", 0);
	if (v && v->type == JSONC_OBJECT)
		matches(e, v);
	else if (v)
		mud_lose(e, v, "its conditions are no object");
	if (!e->lost && !e->f.families)
		mud_lose(e, v, "it names two families of addresses, so that no packet agrees with "
			       "it");
	if (!e->lost && e->left_out && !e->f.peer && !e->f.far.n && !e->f.own.n &&
	    e->f.protocol == MUD_ANY_PROTOCOL)
		mud_lose(e, v, "without the conditions that are left out it would declare "
			       "everything");
	draft_pop(&e->m->path);
}

static unsigned int families_of(const char *type)
{
	bool v4 = strstr(type, "ipv4") != NULL, v6 = strstr(type, "ipv6") != NULL;

	return v4 == v6 ? MUD_V4 | MUD_V6 : v4 ? MUD_V4 : MUD_V6;
}

static void accept_entry(struct mud_entry *e, const struct jsonc_val *ace)
{
	static const char *const parts[] = { "name", "rule-name", "matches", "actions", NULL };
	static const char *const actions[] = { "forwarding", "permit", NULL };

	tell_refusals(e->m);
	rest(e, ace, parts);
	rest(e, part(ace, "actions"), actions);
	read_matches(e, ace);
	if (!e->lost) {
		keep_flow(e);
		return;
	}
	free(e->f.far.v);
	free(e->f.own.v);
}

void mud_entry(struct mud *m, const struct jsonc_val *ace, const char *list, const char *type,
	       bool to_device)
{
	const struct jsonc_val *name = part(ace, "name");
	struct mud_entry e = {
		.m = m,
		.f = { .at = draft_here(&m->path, ace), .list = draft_keep(m->d, list),
		       .to_device = to_device, .families = families_of(type),
		       .protocol = MUD_ANY_PROTOCOL },
	};

	if (!name) {
		name = part(ace, "rule-name");
		m->old = m->old || name != NULL;
	}
	e.f.name = draft_keep(m->d, name && name->type == JSONC_STRING ? name->text : "entry");
	switch (action_of(m, part(ace, "actions"))) {
	case ACCEPTS:
		accept_entry(&e, ace);
		break;
	case REFUSES:
		keep_refusal(m, &e.f.at);
		break;
	case SAYS_NOTHING:
		mud_lose(&e, ace, "it does not say whether it accepts or refuses");
		break;
	}
}
