/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbob_net.c - whom a container talks to, by whom it is called, and requests of HTTP
 *
 * Peers of the same cluster are known by labels, and only the cluster knows which addresses these
 * are: they become groups to be filled in, as those of MUD do.
 */
#include "policy/exchange/sbob.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

/* An entry of "egress" or "ingress" while it is read. */
struct peer {
	struct sbob *b;
	struct draft_at at;
	const struct jsonc_val *v, *ports;
	const char *id;
	struct draft_words to;
	bool egress, labels;
	bool pods;		/* a selector is there */
	bool unread;		/* something of whom it is was not carried over */
};

/* add_name() - a name of "dns" or "dnsNames", which may end in a dot and begin with a star */
static void add_name(struct peer *p, const char *name)
{
	struct draft *d = p->b->src.d;
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	const char *label = name;

	while (*label) {
		size_t len = strcspn(label, ".");

		if (len == strlen(SBOB_ONE) && !strncmp(label, SBOB_ONE, len))
			tb_buf_addc(&out, '*');
		else
			tb_buf_add(&out, label, len);
		label += len;
		if (*label == '.' && *++label)
			tb_buf_addc(&out, '.');
	}
	d->no_memory |= out.failed;
	if (out.failed)
		return;
	if (!out.len) {
		p->unread = true;
		draft_item(d, EXCH_LOST, &p->at, "\"%.256s\" is no name", name);
		return;
	}
	if (!strcmp(out.data, "*"))
		draft_item(d, EXCH_WIDER, &p->at, "\"%.256s\" is one label; in a policy \"*\" is "
			   "any destination", name);
	if (!strncmp(out.data, "*.", 2))
		draft_item(d, EXCH_WIDER, &p->at, "\"%.256s\" is one label before the rest; in a "
			   "policy it is one or more", name);
	draft_words_add(d, &p->to, out.data);
}

static void add_address(struct peer *p, const char *text)
{
	struct draft *d = p->b->src.d;
	const char *net = src_network(d, text);

	if (!strcmp(text, "*")) {
		draft_words_add(d, &p->to, "0.0.0.0/0");
		draft_words_add(d, &p->to, "::/0");
	} else if (net) {
		draft_words_add(d, &p->to, net);
	} else {
		p->unread = true;
		draft_item(d, EXCH_LOST, &p->at, "\"%.64s\" is no address", text);
	}
}

/* labels() - append those of a selector as words; its expressions are listed */
static void labels(struct peer *p, const char *key, struct tb_buf *out)
{
	const struct jsonc_val *of = jsonc_member(p->v, key), *match, *more;

	if (!of || of->type == JSONC_NULL)
		return;
	if (of->type != JSONC_OBJECT) {
		p->unread = true;
		draft_item(p->b->src.d, EXCH_LOST, &p->at, "%s is no mapping", key);
		return;
	}
	p->pods = true;
	match = jsonc_member(of, "matchLabels");
	more = jsonc_member(of, "matchExpressions");
	for (const struct jsonc_val *e = match && match->type == JSONC_OBJECT ? match->first : NULL;
	     e; e = e->next) {
		const char *slash = strrchr(e->key, '/');

		tb_buf_addf(out, "%s%.48s-%.48s", out->len ? "-" : "", slash ? slash + 1 : e->key,
			    e->text ? e->text : "");
	}
	if (!more || !more->count)
		return;
	p->unread = true;
	draft_item(p->b->src.d, EXCH_LOST, &p->at, "matchExpressions of %s", key);
}

/* selected() - peers that are known by labels, as a group that the site fills in */
static void selected(struct peer *p)
{
	TB_AUTOBUF struct tb_buf words = TB_BUF_INIT, name = TB_BUF_INIT;
	struct draft *d = p->b->src.d;
	struct draft_group *g;
	bool made;

	labels(p, "namespaceSelector", &words);
	labels(p, "podSelector", &words);
	if (!words.len || words.failed) {
		d->no_memory |= words.failed;
		return;
	}
	p->labels = true;
	tb_buf_adds(&name, "pods-");
	draft_slug(&name, words.data, 56, true);
	if (name.failed || !p->egress) {
		d->no_memory |= name.failed;
		return;
	}
	g = draft_group(d, name.data, &made);
	if (made) {
		g->at = p->at;
		g->note = draft_keepf(d, "Pods with these labels: %s. Put in their addresses.",
				      words.data);
		draft_words_add(d, &g->values, draft_keepf(d, "%s.invalid", name.data));
		draft_item(d, EXCH_FILL, &p->at, "@%s: only the cluster knows which addresses "
			   "have these labels", name.data);
	}
	draft_words_add(d, &p->to, draft_keepf(d, "@%s", name.data));
}

/* destinations() - all that the entry says of its peer */
static int destinations(struct peer *p)
{
	struct source *s = &p->b->src;
	const struct jsonc_val *dns, *names, *address, *addresses;

	if (src_member(s, p->v, "dns", JSONC_STRING, &dns) < 0 ||
	    src_strings(s, p->v, "dnsNames", &names) < 0 ||
	    src_member(s, p->v, "ipAddress", JSONC_STRING, &address) < 0 ||
	    src_strings(s, p->v, "ipAddresses", &addresses) < 0)
		return -EINVAL;
	for (const struct jsonc_val *e = names ? names->first : NULL; e; e = e->next)
		if (!dns || strcmp(dns->text, e->text) != 0)
			add_name(p, e->text);
	if (dns && *dns->text)
		add_name(p, dns->text);
	if (address && *address->text)
		add_address(p, address->text);
	for (const struct jsonc_val *e = addresses ? addresses->first : NULL; e; e = e->next)
		add_address(p, e->text);
	selected(p);
	return 0;
}

/* rule() - for one protocol; NULL: any */
static struct draft_rule *rule(struct peer *p, const char *protocol)
{
	struct draft *d = p->b->src.d;
	struct draft_rule *r = draft_rule(d, &p->at);

	if (!r)
		return NULL;
	r->listens = !p->egress;
	r->id = p->id;
	r->protocol = protocol;
	for (size_t i = 0; p->egress && i < p->to.n; i++)
		draft_words_add(d, &r->to, p->to.v[i]);
	return r;
}

/* port() - add an element of "ports" to the rule if it is of its protocol. Return: 0, -EINVAL */
static int port(struct peer *p, const struct jsonc_val *e, const char *protocol, bool any[static 1],
		struct draft_ports *out)
{
	struct source *s = &p->b->src;
	const struct jsonc_val *proto, *number;

	if (e->type != JSONC_OBJECT)
		return src_bad(s, e->pos, "a port has to be a mapping");
	if (src_member(s, e, "protocol", JSONC_STRING, &proto) < 0 ||
	    src_member(s, e, "port", JSONC_INTEGER, &number) < 0)
		return -EINVAL;
	if (strcasecmp(proto ? proto->text : "TCP", protocol) != 0)
		return 0;
	if (!number || (!number->magnitude && !number->negative))
		*any = true;
	else if (number->negative || number->magnitude > UINT16_MAX)
		return src_bad(s, number->pos, "a port is a number to 65535");
	else
		draft_ports_add(p->b->src.d, out, (uint16_t)number->magnitude,
				(uint16_t)number->magnitude);
	return 0;
}

/* of_protocol() - the rule of one protocol, if it has ports */
static int of_protocol(struct peer *p, const char *protocol, size_t *rules)
{
	struct draft_ports ports = { .n = 0 };
	struct draft_rule *r;
	bool any = false;
	int ret = 0;

	for (const struct jsonc_val *e = p->ports->first; e && !ret; e = e->next)
		ret = port(p, e, protocol, &any, &ports);
	if (ret || (!ports.n && !any)) {
		free(ports.v);
		return ret;
	}
	++*rules;
	r = rule(p, protocol);
	if (r && !any)
		r->ports = ports;
	else
		free(ports.v);
	return 0;
}

static const char *const protocol_words[] = { "tcp", "udp", "sctp" };

/* unknown_protocols() - list the ports that are of none of them */
static void unknown_protocols(struct peer *p)
{
	for (const struct jsonc_val *e = p->ports->first; e; e = e->next) {
		const char *word = jsonc_text(e, "protocol");
		struct draft_at at = src_at(&p->b->src, e->pos, "ports");
		bool known = !word;

		for (size_t i = 0; i < TB_ARRAY_SIZE(protocol_words) && !known; i++)
			known = !strcasecmp(word, protocol_words[i]);
		if (!known)
			draft_item(p->b->src.d, EXCH_LOST, &at, "a port of \"%.64s\", which is no "
				   "protocol with ports that is known", word);
	}
}

/* protocols() - a rule for each protocol that "ports" name. Return: 0, -EINVAL */
static int protocols(struct peer *p)
{
	struct draft *d = p->b->src.d;
	struct draft_rule *r;
	size_t rules = 0;

	for (size_t i = 0; p->ports && i < TB_ARRAY_SIZE(protocol_words); i++)
		if (of_protocol(p, protocol_words[i], &rules) < 0)
			return -EINVAL;
	if (p->ports && p->ports->first) {
		unknown_protocols(p);
		return 0;
	}
	draft_item(d, EXCH_NOTE, &p->at, "%.128s: no ports: any protocol, any port", p->id);
	r = rule(p, NULL);
	if (r)
		r->on_any = !p->egress;
	return 0;
}

static int read_peer(struct peer *p)
{
	static const char *const known[] = { "identifier", "type", "dns", "dnsNames", "ipAddress",
					     "ipAddresses", "ports", "podSelector",
					     "namespaceSelector", NULL };
	struct source *s = &p->b->src;
	const struct jsonc_val *id;

	if (p->v->type != JSONC_OBJECT)
		return src_bad(s, p->v->pos, "a peer has to be a mapping");
	src_unknown(s, p->v, known);
	if (src_member(s, p->v, "identifier", JSONC_STRING, &id) < 0 ||
	    src_member(s, p->v, "ports", JSONC_ARRAY, &p->ports) < 0 || destinations(p) < 0)
		return -EINVAL;
	p->id = draft_keep(s->d, id && *id->text ? id->text : "peer");
	if (!p->id)
		return tb_err_set(s->err, ENOMEM, "%s", s->d->path);
	if (p->egress && !p->to.n && p->unread)
		return 0;	/* a rule without destinations would allow all */
	if (p->egress && !p->to.n)
		draft_item(s->d, p->pods ? EXCH_WIDER : EXCH_NOTE, &p->at,
			   "%.128s: it names no peer: any", p->id);
	if (!p->egress && (p->to.n || p->labels))
		draft_item(s->d, EXCH_WIDER, &p->at, "%.128s: a policy does not say who may call",
			   p->id);
	return protocols(p);
}

int sbob_network(struct sbob *b, const struct jsonc_val *container)
{
	static const char *const keys[] = { "egress", "ingress" };
	char where[sizeof(b->src.where)];
	int ret = 0;

	memcpy(where, b->src.where, sizeof(where));
	for (size_t k = 0; !ret && k < TB_ARRAY_SIZE(keys); k++) {
		const struct jsonc_val *list;
		size_t i = 0;

		ret = src_member(&b->src, container, keys[k], JSONC_ARRAY, &list);
		for (const struct jsonc_val *e = !ret && list ? list->first : NULL; e && !ret;
		     e = e->next, i++) {
			struct peer p = { .b = b, .v = e, .egress = k == 0 };

			(void)snprintf(b->src.where, sizeof(b->src.where), "%.80s.%s[%zu]", where,
				       keys[k], i);
			p.at = src_at(&b->src, e->pos, NULL);
			ret = read_peer(&p);
			free(p.to.v);
		}
		memcpy(b->src.where, where, sizeof(where));
	}
	return ret;
}

/* A request of HTTP while it is read: [HOST]:PORT/PATH. */
struct request {
	char host[256];
	unsigned int port;
	const char *path;
};

static bool split(const char *text, struct request *out)
{
	const char *slash = strchr(text, '/'), *colon;
	char *end = NULL;
	size_t len = slash ? (size_t)(slash - text) : strlen(text);

	colon = memrchr(text, ':', len);
	if (!colon || (size_t)(colon - text) >= sizeof(out->host))
		return false;
	memcpy(out->host, text, (size_t)(colon - text));
	out->host[colon - text] = '\0';
	out->port = 0;
	if (colon + 1 < text + len) {
		unsigned long n = strtoul(colon + 1, &end, 10);

		if (!isdigit((unsigned char)colon[1]) || n > UINT16_MAX || end != text + len)
			return false;
		out->port = (unsigned int)n;
	}
	out->path = slash ? slash : "/";
	return true;
}

static void endpoint(struct sbob *b, const struct jsonc_val *v, const struct request *q,
		     const struct jsonc_val *methods)
{
	struct draft_at at = src_at(&b->src, v->pos, NULL);
	struct draft *d = b->src.d;
	struct draft_rule *r = draft_rule(d, &at);
	const char *glob = sbob_glob(d, q->path);

	if (!r)
		return;
	r->id = draft_keepf(d, "http-%s", q->path);
	r->protocol = "tcp";
	if (*q->host)
		draft_words_add(d, &r->to, q->host);
	if (q->port)
		draft_ports_add(d, &r->ports, (uint16_t)q->port, (uint16_t)q->port);
	for (const struct jsonc_val *e = methods ? methods->first : NULL; e; e = e->next)
		draft_words_add(d, &r->methods, e->text);
	if (glob)
		draft_words_add(d, &r->paths, glob);
	if (!*q->host)
		sbob_hostless(b);
}

static int one_endpoint(struct sbob *b, const struct jsonc_val *v)
{
	static const char *const known[] = { "endpoint", "methods", "direction", "internal",
					     "headers", NULL };
	struct source *s = &b->src;
	const struct jsonc_val *text, *methods, *direction, *headers;
	struct draft_at at = src_at(s, v->pos, NULL);
	struct request q;

	if (v->type != JSONC_OBJECT)
		return src_bad(s, v->pos, "an endpoint has to be a mapping");
	src_unknown(s, v, known);
	if (src_member(s, v, "endpoint", JSONC_STRING, &text) < 0 ||
	    src_strings(s, v, "methods", &methods) < 0 ||
	    src_member(s, v, "direction", JSONC_STRING, &direction) < 0)
		return -EINVAL;
	headers = jsonc_member(v, "headers");
	if (headers && headers->count)
		draft_item(s->d, EXCH_LOST, &at, "a policy knows no headers of requests");
	if (!text || !split(text->text, &q)) {
		draft_item(s->d, EXCH_LOST, &at, "\"%.128s\" is not of the form HOST:PORT/PATH",
			   text ? text->text : "");
		return 0;
	}
	if (!direction || strcmp(direction->text, "outbound") != 0)
		draft_item(s->d, EXCH_LOST, &at, "%.256s: a policy does not say which requests it "
			   "answers", text->text);
	else
		endpoint(b, v, &q, methods);
	return 0;
}

int sbob_endpoints(struct sbob *b, const struct jsonc_val *list)
{
	char where[sizeof(b->src.where)];
	size_t i = 0;
	int ret = 0;

	memcpy(where, b->src.where, sizeof(where));
	for (const struct jsonc_val *e = list->first; e && !ret; e = e->next, i++) {
		(void)snprintf(b->src.where, sizeof(b->src.where), "%.80s.endpoints[%zu]", where,
			       i);
		ret = one_endpoint(b, e);
	}
	memcpy(b->src.where, where, sizeof(where));
	return ret;
}
