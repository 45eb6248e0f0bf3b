/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cyclonedx_write.c - the connections of a policy as services of a bill of CycloneDX
 *
 * Version 1.6, or 2.0 as far as its drafts are public: there each part of the policy is a declared
 * behaviour of the product, too, in the words of CycloneDX's taxonomy.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/exchange/endpoint.h"
#include "policy/exchange/others.h"
#include "policy/exchange/source.h"
#include "tcbox/json_write.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define PORTS_MAX 64u		/* of a host, each written for itself */
#define HOSTS_MAX 4096u		/* of a rule */

struct writer {
	struct draft *d;
	const struct pol *p;
	struct jw jw;
	bool v2;
};

static void head(struct writer *w)
{
	struct jw *jw = &w->jw;

	jw_object(jw, NULL);
	jw_str(jw, w->v2 ? "specFormat" : "bomFormat", "CycloneDX");
	jw_str(jw, "specVersion", w->v2 ? "2.0" : "1.6");
	jw_uint(jw, "version", 1);
	jw_object(jw, "metadata");
	jw_object(jw, "component");
	jw_str(jw, "type", "application");
	jw_str(jw, "bom-ref", "product");
	jw_str(jw, "name", w->p->product ? w->p->product : "product");
	if (w->p->version)
		jw_str(jw, "version", w->p->version);
	if (w->p->vendor) {
		jw_object(jw, "supplier");
		jw_str(jw, "name", w->p->vendor);
		jw_end(jw);
	}
	jw_end(jw);
	jw_end(jw);
}

/* host_of() - a destination as the host of a URI. Return: false if it is none */
static bool host_of(const struct pol_dest *to, struct endpoint *e)
{
	unsigned int whole = to->net.family == AF_INET ? 32 : 128;

	if (to->kind == POL_DEST_NET)
		return to->prefix == whole &&
		       inet_ntop(to->net.family, to->net.ip, e->host, sizeof(e->host));
	if (to->kind != POL_DEST_NAME || strlen(to->name) >= sizeof(e->host))
		return false;
	(void)snprintf(e->host, sizeof(e->host), "%s", to->name);
	return true;
}

/* one_uri() - with what is lost by it */
static void one_uri(struct writer *w, const struct endpoint *e, bool said[static 1])
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	*said = endpoint_write(&out, e) && *said;
	w->d->no_memory |= out.failed;
	if (!out.failed)
		jw_str(&w->jw, NULL, out.data);
}

/* uris_of() - a destination, for each port */
static size_t uris_of(struct writer *w, const struct pol_conn *c, struct endpoint *e,
		      bool said[static 1])
{
	size_t n = 0;

	e->port = 0;
	if (!c->nports) {
		one_uri(w, e, said);
		return 1;
	}
	for (size_t i = 0; i < c->nports; i++) {
		for (unsigned int port = c->ports[i].lo; port <= c->ports[i].hi; port++, n++) {
			if (n == PORTS_MAX)
				return n + 1;
			e->port = (uint16_t)port;
			one_uri(w, e, said);
		}
	}
	return n;
}

/* protocols() - the one of the rule, or those that have ports */
static const char *const *protocols(const struct pol_conn *c)
{
	static const char *const both[] = { "tcp", "udp", NULL };
	static const char *const words[][2] = {
		{ "tcp", NULL }, { "udp", NULL }, { "sctp", NULL }, { "icmp", NULL },
	};

	for (size_t i = 0; c->protocol && i < TB_ARRAY_SIZE(words); i++)
		if (!strcmp(c->protocol, words[i][0]))
			return words[i];
	return c->protocol ? NULL : both;
}

/* What is to be written of a rule. */
struct service {
	const struct pol_conn *c;
	const struct draft_at *at;
	struct tb_map *hosts;		/* that were written for the protocol */
};

/* unsaid() - why the application is not in the URIs of a protocol */
static void unsaid(struct writer *w, const struct service *s, const char *protocol)
{
	const char *app = s->c->application;
	struct endpoint_scheme scheme;

	if (!endpoint_scheme(app, &scheme))
		draft_item(w->d, EXCH_WIDER, s->at, "no scheme is for %s", app);
	else if (strcmp(scheme.protocol, protocol) != 0)
		draft_item(w->d, EXCH_WIDER, s->at, "no scheme is for %s over %s", app, protocol);
	else
		draft_item(w->d, EXCH_WIDER, s->at, "%s is not said: \"%s\" would say port %u, "
			   "and any port is meant", app, scheme.name, scheme.port);
}

/* is_new() - was this host not written yet? */
static bool is_new(struct writer *w, struct service *s, const char *host)
{
	if (tb_map_get(s->hosts, host, strlen(host)))
		return false;
	w->d->no_memory |= tb_map_put(s->hosts, host, strlen(host), s) != 0;
	return true;
}

/* of_protocol() - the destinations of a rule. Return: false if that were too many hosts */
static bool of_protocol(struct writer *w, struct service *s, const char *protocol, bool *cut)
{
	const struct pol_conn *c = s->c;
	bool said = true, all = true;

	s->hosts = tb_map_new(SIZE_MAX);
	w->d->no_memory |= !s->hosts;
	for (size_t i = 0; i < c->nto && s->hosts && all; i++) {
		struct endpoint e = { .protocol = protocol, .application = c->application };

		if (!host_of(&c->to[i], &e) || !is_new(w, s, e.host))
			continue;
		all = tb_map_count(s->hosts) <= HOSTS_MAX;
		if (all)
			*cut = uris_of(w, c, &e, &said) > PORTS_MAX || *cut;
	}
	tb_map_free(s->hosts);
	if (!said)
		unsaid(w, s, protocol);
	return all;
}

static void endpoints(struct writer *w, const struct pol_conn *c, const struct draft_at *at)
{
	const char *const *protocol = protocols(c);
	struct service s = { .c = c, .at = at };
	bool cut = false, all = true;

	jw_array(&w->jw, "endpoints");
	for (; protocol && *protocol; protocol++)
		all = of_protocol(w, &s, *protocol, &cut) && all;
	jw_end(&w->jw);
	if (cut)
		draft_item(w->d, EXCH_LOST, at, "more than %u ports of a host", PORTS_MAX);
	if (!all)
		draft_item(w->d, EXCH_LOST, at, "more than %u hosts", HOSTS_MAX);
}

/* add_network() - to a list of words */
static void add_network(struct name_list *words, const struct pol_dest *to)
{
	char ip[INET6_ADDRSTRLEN] = "", text[INET6_ADDRSTRLEN + 8];

	if (!inet_ntop(to->net.family, to->net.ip, ip, sizeof(ip)))
		return;
	(void)snprintf(text, sizeof(text), "%s/%u", ip, to->prefix);
	name_list_add(words, text);
}

/* lost() - what of the rule no URI says */
static void lost(struct writer *w, const struct pol_conn *c, const struct draft_at *at)
{
	struct name_list words = { .n = 0 };
	struct endpoint e;

	for (size_t i = 0; i < c->nto; i++) {
		if (host_of(&c->to[i], &e))
			continue;
		if (c->to[i].kind == POL_DEST_NET)
			add_network(&words, &c->to[i]);
		else
			name_list_add(&words, c->to[i].name);
	}
	if (words.n)
		draft_item(w->d, EXCH_LOST, at, "no URI has such a host: %s",
			   name_list_end(&words, w->d));
	others_rule(w->d, at, c, OTHERS_RULE_PROCESS | OTHERS_RULE_HTTP | OTHERS_RULE_REST |
		    OTHERS_RULE_MUST, "a service");
	if (!protocols(c))
		draft_item(w->d, EXCH_LOST, at, "no URI is of %s", c->protocol);
	if (!c->protocol)
		draft_item(w->d, EXCH_LOST, at, "it is for any protocol: written for TCP and UDP, "
			   "and not for others");
}

/* data() - kinds of data, with the direction that an import put behind them */
static void data(struct writer *w, const struct pol_conn *c)
{
	static const char *const flows[] = { "inbound", "outbound", "bi-directional" };

	if (!c->ndata)
		return;
	jw_array(&w->jw, "data");
	for (size_t i = 0; i < c->ndata; i++) {
		const char *flow = "unknown", *word = c->data[i], *open = strrchr(word, '(');

		for (size_t k = 0; open && open > word + 1 && k < TB_ARRAY_SIZE(flows); k++)
			if (!strncmp(open + 1, flows[k], strlen(flows[k])) &&
			    !strcmp(open + 1 + strlen(flows[k]), ")"))
				flow = flows[k];
		if (strcmp(flow, "unknown") != 0)
			word = draft_keepf(w->d, "%.*s", (int)(open - word - 1), word);
		jw_object(&w->jw, NULL);
		jw_str(&w->jw, "flow", flow);
		jw_str(&w->jw, "classification", word);
		jw_end(&w->jw);
	}
	jw_end(&w->jw);
}

static void service(struct writer *w, const struct pol_conn *c)
{
	struct draft_at at = others_at(c->at, draft_keepf(w->d, "connections.%s", c->id));

	if (!c->nto) {
		draft_item(w->d, EXCH_LOST, &at, "any destination is no service");
		return;
	}
	jw_object(&w->jw, NULL);
	jw_str(&w->jw, "bom-ref", draft_keepf(w->d, "service:%s", c->id));
	jw_str(&w->jw, "name", c->id);
	if (c->why)
		jw_str(&w->jw, "description", c->why);
	endpoints(w, c, &at);
	data(w, c);
	jw_end(&w->jw);
	lost(w, c, &at);
}

/* behaviour() - one that the policy declares. @target: NULL: none */
static void behaviour(struct writer *w, const char *ref, const char *word, const char *target)
{
	struct jw *jw = &w->jw;

	jw_object(jw, NULL);
	jw_str(jw, "bom-ref", ref);
	jw_str(jw, "behavior", word);
	jw_array(jw, "acknowledgment");
	jw_str(jw, NULL, "declared");
	jw_end(jw);
	jw_array(jw, "actors");
	jw_str(jw, NULL, "product");
	jw_end(jw);
	if (target) {
		jw_array(jw, "targets");
		jw_str(jw, NULL, target);
		jw_end(jw);
	}
	jw_end(jw);
}

/* behaviours() - of version 2.0 */
static void behaviours(struct writer *w)
{
	const struct pol *p = w->p;

	jw_object(&w->jw, "behaviors");
	jw_array(&w->jw, "instances");
	for (size_t i = 0; i < p->nconns; i++)
		if (p->conns[i].nto)
			behaviour(w, draft_keepf(w->d, "connects:%s", p->conns[i].id),
				  "network:connection:establishesConnection",
				  draft_keepf(w->d, "service:%s", p->conns[i].id));
	for (size_t i = 0; i < p->nlistens; i++)
		behaviour(w, draft_keepf(w->d, "listens:%s", p->listens[i].id),
			  "network:connection:acceptsConnection", NULL);
	if (p->nnames)
		behaviour(w, "names", "network:discovery:resolvesName", NULL);
	if (p->nexecutes)
		behaviour(w, "executes", "application:codeExecution:executesNativeCommand", NULL);
	if (p->nwrite)
		behaviour(w, "writes", "file:operations:writesFile", NULL);
	if (p->nread)
		behaviour(w, "reads", "file:operations:readsFile", NULL);
	jw_end(&w->jw);
	jw_end(&w->jw);
}

static int write_bill(struct draft *d, const struct pol *p, bool v2, struct tb_buf *out)
{
	struct writer w = { .d = d, .p = p, .v2 = v2 };

	jw_init(&w.jw, out);
	head(&w);
	jw_array(&w.jw, "services");
	for (size_t i = 0; i < p->nconns; i++)
		service(&w, &p->conns[i]);
	jw_end(&w.jw);
	if (v2)
		behaviours(&w);
	jw_end(&w.jw);
	others_list(d, p, ~(unsigned int)OTHERS_CONNECTIONS, "a service");
	others_levels(d, p, ~0u, "a service");
	return 0;
}

int cyclonedx_write(struct draft *d, const struct pol *p, struct tb_buf *out, struct tb_err *err)
{
	(void)err;
	return write_bill(d, p, false, out);
}

int cyclonedx_write_2(struct draft *d, const struct pol *p, struct tb_buf *out, struct tb_err *err)
{
	(void)err;
	return write_bill(d, p, true, out);
}
