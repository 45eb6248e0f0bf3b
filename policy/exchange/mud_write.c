/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mud_write.c - a policy as a MUD file: RFC 8520 with lists of RFC 8519, valid for their YANG
 * modules
 *
 * How it works: there are four lists, for both families of addresses and both directions. Each rule
 * stands in them with an entry for each destination, protocol and range of ports, and its mirror in
 * the other direction. For UDP, which has no direction, the mirror of a port where the product
 * waits has the product's port alone, as mud_rules.c reads it. What MUD has no word for is listed
 * once, before anything is written.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/exchange/mud.h"
#include "tcbox/clock.h"
#include "tcbox/json_write.h"
#include "tcbox/own.h"

#define ENTRIES_MAX 100000u	/* of one list */
#define HOURS 48		/* cache-validity, RFC 8520, 3.5: its default */
#define NAME_MAX_LEN 48	/* of an id in the name of an entry, which has at most 64, RFC 8519, 4.1 */
#define INFO_MAX 60		/* systeminfo, RFC 8520, 3.7 */

struct writer {
	struct draft *d;
	const struct pol *p;
	struct jw w;
	struct tb_buf name;		/* of the lists */
	unsigned int family;		/* of the list that is written */
	bool to_device;
	size_t entries;
	bool too_many;
	bool tls;			/* a profile is written */
};

/* One entry. */
struct out_entry {
	const char *id;
	size_t number;			/* of the entry of its rule, from 1 */
	const struct pol_dest *peer;	/* NULL: anybody */
	int protocol;
	const struct pol_range *ports;	/* NULL: any */
	bool listens;
	const char *tls_min;
};

static struct draft_at at_of(struct draft *d, struct pol_at at, const char *section,
			     const char *id)
{
	return (struct draft_at){ at.line, at.column,
				  id ? draft_keepf(d, "%s \"%s\"", section, id) : section,
				  at.file };
}

/* add_word() - to a list of words with commas */
static void add_word(struct tb_buf *out, bool there, const char *word)
{
	if (there)
		tb_buf_addf(out, "%s%s", out->len ? ", " : "", word);
}

static void list_words(struct writer *x, enum exch_kind kind, const struct draft_at *at,
		       const struct tb_buf *words, const char *why)
{
	x->d->no_memory |= words->failed;
	if (words->len && !words->failed)
		draft_item(x->d, kind, at, "%s: %s", words->data, why);
}

static bool is_ported(const char *protocol)
{
	return !protocol || !strcmp(protocol, "tcp") || !strcmp(protocol, "udp");
}

/* has_tls() - can the version of a rule be written? RFC 9761 knows 1.2 and 1.3 */
static bool has_tls(const struct pol_conn *c)
{
	return c->tls_min && c->protocol && !strcmp(c->protocol, "tcp") &&
	       strcmp(c->tls_min, "1.2") >= 0;
}

static void tell_conn(struct writer *x, const struct pol_conn *c)
{
	const struct draft_at at = at_of(x->d, c->at, "connections", c->id);
	TB_AUTOBUF struct tb_buf wider = TB_BUF_INIT, lost = TB_BUF_INIT;

	add_word(&wider, c->process != NULL, "process");
	add_word(&wider, c->application != NULL, "application");
	add_word(&wider, c->tls_min && !has_tls(c), "tls");
	add_word(&wider, pol_has_requests(c), "http");
	add_word(&wider, pol_has_limits(c), "limits");
	add_word(&wider, c->until != NULL, "until");
	add_word(&wider, c->nphases != 0, "phases");
	add_word(&wider, c->nports && !is_ported(c->protocol), "ports");
	add_word(&lost, c->required, "required");
	add_word(&lost, c->severity != POL_VIOLATION, "severity");
	add_word(&lost, c->ndata != 0, "data");
	add_word(&lost, c->why != NULL, "why");
	add_word(&lost, c->nports && !c->protocol, "protocols other than tcp and udp");
	list_words(x, EXCH_WIDER, &at, &wider, "MUD has no word for it, and lets all of it pass");
	list_words(x, EXCH_LOST, &at, &lost, "MUD has no word for it");
	for (size_t i = 0; i < c->nto; i++)
		if (c->to[i].kind == POL_DEST_GLOB)
			draft_item(x->d, EXCH_LOST, &at, "to: \"%s\": MUD has names, and no globs "
				   "of them", c->to[i].name);
}

static void tell_listen(struct writer *x, const struct pol_listen *l)
{
	const struct draft_at at = at_of(x->d, l->at, "listens", l->id);
	TB_AUTOBUF struct tb_buf wider = TB_BUF_INIT, lost = TB_BUF_INIT;

	if (l->on == POL_ON_LOOPBACK) {
		draft_item(x->d, EXCH_LOST, &at, "the rule: what only the machine itself can call "
						 "is not of the network");
		return;
	}
	add_word(&wider, l->process != NULL, "process");
	add_word(&wider, l->until != NULL, "until");
	add_word(&wider, l->nphases != 0, "phases");
	add_word(&wider, l->nports && !is_ported(l->protocol), "ports");
	add_word(&lost, l->required, "required");
	add_word(&lost, l->severity != POL_VIOLATION, "severity");
	add_word(&lost, l->why != NULL, "why");
	add_word(&lost, !l->protocol, "protocols other than tcp and udp");
	list_words(x, EXCH_WIDER, &at, &wider, "MUD has no word for it, and lets all of it pass");
	list_words(x, EXCH_LOST, &at, &lost, "MUD has no word for it");
}

/* tell_section() - one that says nothing of the network. An empty one says that there are none */
static void tell_section(struct writer *x, const char *section, bool is, size_t n)
{
	const struct draft_at at = { 0, 0, section, 0 };

	if (is)
		draft_item(x->d, EXCH_LOST, &at, "%zu %s: a MUD file is about the network only", n,
			   n == 1 ? "element" : "elements");
}

/* is_default() - is what is undeclared judged as in a policy without this key, and without what a
 * MUD file has no word for? */
static bool is_default(const struct pol *p)
{
	return p->on_conn == POL_VIOLATION && p->on_listen == POL_VIOLATION &&
	       p->on_name == POL_VIOLATION && p->on_sys == POL_VIOLATION &&
	       p->on_exec == (p->has_executes ? POL_WARNING : POL_INFO) &&
	       p->on_file == (p->has_files ? POL_WARNING : POL_IGNORE);
}

static void tell(struct writer *x)
{
	const struct pol *p = x->p;
	const struct draft_at undeclared = { 0, 0, "undeclared", 0 };

	for (size_t i = 0; i < p->nconns; i++)
		tell_conn(x, &p->conns[i]);
	for (size_t i = 0; i < p->nlistens; i++)
		tell_listen(x, &p->listens[i]);
	for (size_t i = 0; i < p->nnames; i++)
		draft_item(x->d, EXCH_LOST, &(struct draft_at){
			p->names_at[i].line, p->names_at[i].column, "names", p->names_at[i].file,
		}, "\"%s\": a MUD file says whom a product may talk to, not which names it may "
		   "look up", p->names[i]);
	tell_section(x, "executes", p->has_executes, p->nexecutes);
	tell_section(x, "files.write", p->has_files, p->nwrite);
	tell_section(x, "files.read", p->nread, p->nread);
	if (p->has_syscalls)
		draft_item(x->d, EXCH_LOST, &(struct draft_at){ 0, 0, "syscalls", 0 },
			   "system calls: a MUD file is about the network only");
	if (!is_default(p))
		draft_item(x->d, EXCH_LOST, &undeclared, "what is not declared on the network is "
			   "refused by MUD, and of the rest it says nothing");
	draft_item(x->d, EXCH_FILL, NULL, "mud-url: a policy has no address; put in the one where "
					  "the file will be, below https://");
}

static bool has_family(const struct pol_dest *d, unsigned int family)
{
	if (d->kind != POL_DEST_NET)
		return d->kind == POL_DEST_NAME;
	return (d->net.family == AF_INET) == (family == MUD_V4);
}

/* network() - "192.0.2.0/24" */
static void network(const struct pol_dest *d, struct tb_buf *out)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(d->net.family, d->net.ip, text, sizeof(text)))
		tb_buf_addf(out, "%s/%u", text, d->prefix);
}

static void peer(struct writer *x, const struct pol_dest *d)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	const char *v4 = x->to_device ? "source-ipv4-network" : "destination-ipv4-network";
	const char *v6 = x->to_device ? "source-ipv6-network" : "destination-ipv6-network";

	if (!d)
		return;
	if (d->kind == POL_DEST_NAME) {
		jw_str(&x->w, x->to_device ? "ietf-acldns:src-dnsname" : "ietf-acldns:dst-dnsname",
		       d->name);
		return;
	}
	network(d, &text);
	x->d->no_memory |= text.failed;
	if (text.len)
		jw_str(&x->w, x->family == MUD_V4 ? v4 : v6, text.data);
}

static void port_range(struct writer *x, const char *key, const struct pol_range *r)
{
	if (!r)
		return;
	jw_object(&x->w, key);
	if (r->lo == r->hi) {
		jw_str(&x->w, "operator", "eq");
		jw_uint(&x->w, "port", r->lo);
	} else {
		jw_uint(&x->w, "lower-port", r->lo);
		jw_uint(&x->w, "upper-port", r->hi);
	}
	jw_end(&x->w);
}

/* layer4() - ports and, of TCP, who begins */
static void layer4(struct writer *x, const struct out_entry *e)
{
	bool source = e->listens != x->to_device;

	if (e->protocol != MUD_TCP && !(e->protocol == MUD_UDP && e->ports))
		return;
	jw_object(&x->w, e->protocol == MUD_TCP ? "tcp" : "udp");
	if (e->protocol == MUD_TCP)
		jw_str(&x->w, "ietf-mud:direction-initiated",
		       e->listens ? "to-device" : "from-device");
	port_range(x, source ? "source-port" : "destination-port", e->ports);
	jw_end(&x->w);
}

static void profile(struct writer *x, const struct out_entry *e)
{
	if (!e->tls_min || x->to_device)
		return;
	x->tls = true;
	jw_object(&x->w, "ietf-acl-tls:client-profiles");
	jw_array(&x->w, "tls-dtls-profile");
	jw_object(&x->w, NULL);
	jw_str(&x->w, "name", e->id);
	jw_array(&x->w, "supported-tls-version");
	if (!strcmp(e->tls_min, "1.2"))
		jw_str(&x->w, NULL, "tls12");
	jw_str(&x->w, NULL, "tls13");
	jw_end(&x->w);
	jw_end(&x->w);
	jw_end(&x->w);
	jw_end(&x->w);
}

static void entry(struct writer *x, const struct out_entry *e)
{
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;

	if (x->entries++ >= ENTRIES_MAX) {
		x->too_many = true;
		return;
	}
	tb_buf_addf(&name, "%.*s", NAME_MAX_LEN, e->id);
	if (e->number > 1 || strlen(e->id) > NAME_MAX_LEN)
		tb_buf_addf(&name, "/%zu", x->entries);	/* no id has "/" */
	tb_buf_adds(&name, x->to_device ? "-todev" : "-frdev");
	x->d->no_memory |= name.failed;
	jw_object(&x->w, NULL);
	jw_str(&x->w, "name", name.data);
	jw_object(&x->w, "matches");
	jw_object(&x->w, x->family == MUD_V4 ? "ipv4" : "ipv6");
	peer(x, e->peer);
	if (e->protocol != MUD_ANY_PROTOCOL)
		jw_uint(&x->w, "protocol", (uint64_t)e->protocol);
	jw_end(&x->w);
	layer4(x, e);
	profile(x, e);
	jw_end(&x->w);
	jw_object(&x->w, "actions");
	jw_str(&x->w, "forwarding", "accept");
	jw_end(&x->w);
	jw_end(&x->w);
}

/* number_of() - of a protocol, in the family of addresses of the list */
static int number_of(const struct writer *x, const char *word)
{
	static const struct { const char *word; int number; } words[] = {
		{ "tcp", MUD_TCP }, { "udp", MUD_UDP }, { "sctp", 132 }, { "dccp", 33 },
		{ "udplite", 136 },
	};

	if (!strcmp(word, "icmp"))
		return x->family == MUD_V4 ? MUD_ICMP : MUD_ICMPV6;
	for (size_t i = 0; i < TB_ARRAY_SIZE(words); i++)
		if (!strcmp(word, words[i].word))
			return words[i].number;
	return !strncmp(word, "ip-", 3) ? (int)strtol(word + 3, NULL, 10) : MUD_ANY_PROTOCOL;
}

/* ranges() - an entry for each range of ports */
static void ranges(struct writer *x, struct out_entry *e, const struct pol_range *ports, size_t n)
{
	bool ported = e->protocol == MUD_TCP || e->protocol == MUD_UDP;

	for (size_t i = 0; (!i || (ported && i < n)) && !x->too_many; i++) {
		e->ports = ported && n ? &ports[i] : NULL;
		e->number++;
		entry(x, e);
	}
}

/* protocols() - a rule with ports and without a protocol is one for TCP and one for UDP */
static void protocols(struct writer *x, struct out_entry *e, const char *protocol,
		      const struct pol_range *ports, size_t n)
{
	e->protocol = protocol ? number_of(x, protocol) : n ? MUD_TCP : MUD_ANY_PROTOCOL;
	ranges(x, e, ports, n);
	if (protocol || !n)
		return;
	e->protocol = MUD_UDP;
	ranges(x, e, ports, n);
}

static void conn(struct writer *x, const struct pol_conn *c)
{
	struct out_entry e = { .id = c->id, .tls_min = has_tls(c) ? c->tls_min : NULL };

	for (size_t i = 0; (i < c->nto || (!i && !c->nto)) && !x->too_many; i++) {
		e.peer = c->nto ? &c->to[i] : NULL;
		if (!e.peer || has_family(e.peer, x->family))
			protocols(x, &e, c->protocol, c->ports, c->nports);
	}
}

/* listen_rule() - any port of the product is told by a range, because a flow of UDP without a port
 * is a conversation that the product begins */
static void listen_rule(struct writer *x, const struct pol_listen *l)
{
	static const struct pol_range all = { 1, UINT16_MAX };
	struct out_entry e = { .id = l->id, .listens = true };

	if (l->on == POL_ON_LOOPBACK)
		return;
	if (l->nports)
		protocols(x, &e, l->protocol, l->ports, l->nports);
	else
		protocols(x, &e, l->protocol, &all, 1);
}

static void list(struct writer *x, unsigned int family, bool to_device)
{
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;

	x->family = family;
	x->to_device = to_device;
	x->entries = 0;
	tb_buf_addf(&name, "%s-v%c%s", x->name.data, family == MUD_V4 ? '4' : '6',
		    to_device ? "to" : "fr");
	x->d->no_memory |= name.failed;
	jw_object(&x->w, NULL);
	jw_str(&x->w, "name", name.data);
	jw_str(&x->w, "type", family == MUD_V4 ? "ipv4-acl-type" : "ipv6-acl-type");
	jw_object(&x->w, "aces");
	jw_array(&x->w, "ace");
	for (size_t i = 0; i < x->p->nconns && !x->too_many; i++)
		conn(x, &x->p->conns[i]);
	for (size_t i = 0; i < x->p->nlistens && !x->too_many; i++)
		listen_rule(x, &x->p->listens[i]);
	jw_end(&x->w);
	jw_end(&x->w);
	jw_end(&x->w);
}

static void reference(struct writer *x, const char *key, const char *direction)
{
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;

	jw_object(&x->w, key);
	jw_object(&x->w, "access-lists");
	jw_array(&x->w, "access-list");
	for (char family = '4'; family <= '6'; family += 2) {
		tb_buf_reset(&name);
		tb_buf_addf(&name, "%s-v%c%s", x->name.data, family, direction);
		x->d->no_memory |= name.failed;
		jw_object(&x->w, NULL);
		jw_str(&x->w, "name", name.data);
		jw_end(&x->w);
	}
	jw_end(&x->w);
	jw_end(&x->w);
	jw_end(&x->w);
}

/* info() - systeminfo: who made it and what it is */
static void info(struct writer *x)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	const char *words[] = { x->p->vendor, x->p->product, x->p->version };

	for (size_t i = 0; i < TB_ARRAY_SIZE(words); i++)
		if (words[i] && text.len + strlen(words[i]) < INFO_MAX)
			tb_buf_addf(&text, "%s%s", text.len ? " " : "", words[i]);
	x->d->no_memory |= text.failed;
	if (text.len)
		jw_str(&x->w, "systeminfo", text.data);
}

/* url() - a place that nobody has: it is to be filled in */
static void url(struct writer *x)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	tb_buf_adds(&text, "https://manufacturer.invalid/");
	draft_slug(&text, x->p->product ? x->p->product : "product", INFO_MAX, true);
	x->d->no_memory |= text.failed;
	jw_str(&x->w, "mud-url", text.data);
}

static void about(struct writer *x)
{
	char now[TB_TIMELEN];

	(void)tb_time_format(tb_realtime_ns(), now);
	memcpy(now + strlen("2026-11-24T10:15:02"), "Z", 2);
	jw_object(&x->w, "ietf-mud:mud");
	jw_uint(&x->w, "mud-version", 1);
	url(x);
	jw_str(&x->w, "last-update", now);
	jw_uint(&x->w, "cache-validity", HOURS);
	jw_bool(&x->w, "is-supported", true);
	info(x);
	if (x->p->vendor)
		jw_str(&x->w, "mfg-name", x->p->vendor);
	if (x->p->product)
		jw_str(&x->w, "model-name", x->p->product);
	if (x->p->version)
		jw_str(&x->w, "software-rev", x->p->version);
	for (size_t i = 0; i < x->p->nconns && !x->tls; i++)
		x->tls = has_tls(&x->p->conns[i]);
	if (x->tls) {
		jw_array(&x->w, "extensions");
		jw_str(&x->w, NULL, "ietf-mud-tls");
		jw_end(&x->w);
		jw_bool(&x->w, "ietf-mud-tls:is-tls-dtls-profile-supported", true);
	}
	reference(x, "from-device-policy", "fr");
	reference(x, "to-device-policy", "to");
	jw_end(&x->w);
}

int mud_write(struct draft *d, const struct pol *p, struct tb_buf *out, struct tb_err *err)
{
	struct writer x = { .d = d, .p = p };
	bool too_many;

	tb_buf_adds(&x.name, "mud-");
	draft_slug(&x.name, p->product ? p->product : "product", INFO_MAX, true);
	if (x.name.failed)
		return tb_err_set(err, ENOMEM, "%s", p->path);
	tell(&x);
	jw_init(&x.w, out);
	jw_object(&x.w, NULL);
	about(&x);
	jw_object(&x.w, "ietf-access-control-list:acls");
	jw_array(&x.w, "acl");
	list(&x, MUD_V4, false);
	list(&x, MUD_V6, false);
	list(&x, MUD_V4, true);
	list(&x, MUD_V6, true);
	jw_end(&x.w);
	jw_end(&x.w);
	jw_end(&x.w);
	too_many = x.too_many;
	tb_buf_free(&x.name);
	if (too_many)
		return tb_err_msg(err, EINVAL, "%s: it makes more than %u entries of a list",
				  p->path, ENTRIES_MAX);
	return 0;
}
