/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows.c - flows against the connection rules, and those from outside against the listen rules
 *
 * A flow is known by the names that lookups gave for its address. When it also says a name itself (SNI, HTTP host) that is among
 * them, that one is meant: so an allowed name on a shared address does not open the address for all others. A name that the
 * flow says and no lookup gave is never believed for a match: it is the product's word alone.
 */
#include "policy/compare/cmp_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"

enum limit { LIMIT_CONNECTIONS, LIMIT_OUT, LIMIT_IN, LIMITS };

struct flows {
	struct cmp *c;
	const struct run_info *run;
	struct fnd *(*over)[LIMITS];	/* by rule: the findings for limits that are exceeded */
	const char **over_exe;		/* by rule: whom these findings name: the first who went over */
};

static bool has_name(const struct intern_list *names, const char *name)
{
	for (size_t i = 0; names && i < names->n; i++)
		if (names->v[i] == name)
			return true;
	return false;
}

static const char *said_name(const struct cmp_flow *f)
{
	return f->sni ? f->sni : f->http_host;
}

/* best_name() - the one name to call a flow's destination by; NULL: no lookup gave its address */
static const char *best_name(const struct cmp_flow *f)
{
	const char *said = said_name(f);

	if (!f->names)
		return NULL;
	return said && has_name(f->names, said) ? said : f->names->v[0];
}

static const char *flow_exe(const struct cmp *c, const struct cmp_flow *f)
{
	return f->call == CMP_NONE ? NULL : c->calls[f->call].exe;
}

struct fnd_act cmp_flow_act(const struct cmp *c, const struct cmp_flow *f, enum fnd_code code, enum fnd_severity severity,
			    struct cmp_words *words)
{
	const struct cmp_call *call = f->call == CMP_NONE ? NULL : &c->calls[f->call];
	const struct ev_addr *end = f->inbound ? &f->local : &f->remote;
	bool port = end->port && strncmp(f->proto, "icmp", 4) != 0;	/* of an echo it is the identifier */
	char addr[EV_ADDR_STRLEN];
	const char *name = f->inbound ? NULL : best_name(f), *inbound = f->inbound ? ", inbound" : "";

	if (!name)
		name = evd_addr_text(end, addr);
	if (port)
		(void)snprintf(words->what, CMP_WHAT_LEN, "%.300s port %u (%s%s)", name, end->port, f->proto, inbound);
	else
		(void)snprintf(words->what, CMP_WHAT_LEN, "%.300s (%s%s)", name, f->proto, inbound);
	(void)snprintf(words->many, CMP_WHAT_LEN, "many ports of %.300s (%s%s)", name, f->proto, inbound);
	return (struct fnd_act){
		.code = code, .severity = severity, .basis = f->inferred ? FND_INFERRED : FND_SEEN,
		.proc = call ? call->proc : 0, .exe = call ? call->exe : NULL, .what = words->what, .many = words->many,
		.acted = call ? call->t : 0, .first = f->first, .last = f->last, .count = 1,
		.bytes_out = f->bytes_out, .bytes_in = f->bytes_in,
		.packets = { f->pkt_first, f->pkt_last }, .lines = { f->line, call ? call->line : 0 },
	};
}

static struct match_flow match_of(const struct cmp *c, const struct cmp_flow *f, const char *const *one)
{
	struct match_flow m = {
		.exe = flow_exe(c, f), .remote = &f->remote, .proto = f->proto, .app = f->app, .app_detail = f->app_detail,
		.tls_version = f->tls_version, .bytes = f->bytes_out + f->bytes_in,
	};

	cmp_aliases(c, m.exe, m.aliases);
	if (f->names) {
		m.names = *one ? one : f->names->v;
		m.nnames = *one ? 1 : f->names->n;
	}
	return m;
}

static bool is_refused(const struct cmp_flow *f)
{
	return f->state && (!strcmp(f->state, "refused") || !strcmp(f->state, "timeout"));
}

/* observed() - "tcp 198.18.3.7:8443 (updates.acme.example), tls 1.2, SNI updates.acme.example, refused". Heap string */
static char *observed(const struct flows *s, const struct cmp_flow *f)
{
	struct tb_buf out = TB_BUF_INIT;
	char addr[EV_ADDR_STRLEN];

	ev_addr_format(&f->remote, addr);
	tb_buf_addf(&out, "%s %s", f->proto, addr);
	for (size_t i = 0; f->names && i < f->names->n && i < 4; i++)
		tb_buf_addf(&out, "%s%s", i ? ", " : " (", f->names->v[i]);
	tb_buf_adds(&out, f->names ? f->names->n > 4 ? ", ...)" : ")" : f->inbound ? "" : " (no lookup gave this address)");
	if (f->inbound) {
		ev_addr_format(&f->local, addr);
		tb_buf_addf(&out, " came in to %s", addr);
	}
	if (f->app && strcmp(f->app, "unknown"))
		tb_buf_addf(&out, ", %s", f->app_detail ? f->app_detail : f->app);
	if (f->tls_version)
		tb_buf_addf(&out, ", TLS %s", f->tls_version);
	if (f->sni)
		tb_buf_addf(&out, ", SNI %s", f->sni);
	if (f->ech)
		tb_buf_adds(&out, " beside an encrypted hello");
	if (f->http_host)
		tb_buf_addf(&out, ", HTTP host %s", f->http_host);
	if (f->state && !strcmp(f->state, "refused"))
		tb_buf_adds(&out, ", refused");
	if (f->state && !strcmp(f->state, "timeout"))
		tb_buf_adds(&out, ", no answer");
	if (s->run->enforce && is_refused(f))
		tb_buf_adds(&out, " (the gate lets undeclared traffic not pass)");
	if (out.failed)
		s->c->failed = true;
	return tb_buf_take(&out);
}

/*
 * note() - a finding about a flow. @rule: what it is compared with, or NULL; with @broken it is the declared
 * one, else the nearest
 */
static struct fnd *note(struct flows *s, const struct cmp_flow *f, enum fnd_code code, enum fnd_severity severity,
			const struct pol_conn *rule, bool broken)
{
	struct cmp_words words;
	struct fnd_act act = cmp_flow_act(s->c, f, code, severity, &words);
	const char *one = f->names && said_name(f) && has_name(f->names, said_name(f)) ? said_name(f) : NULL;
	TB_AUTOFREE char *differs = NULL, *whole = NULL;
	struct match_flow m;
	struct fnd *fnd;
	bool fresh;
	long nearest;

	if (broken)
		act.rule = rule->id;
	fnd = fnd_note(s->c->findings, &act, &fresh);
	if (!fresh)
		return fnd;
	fnd->observed = observed(s, f);
	m = match_of(s->c, f, &one);
	nearest = rule || f->inbound ? -1 : match_nearest(s->c->policy, &m);
	if (nearest >= 0)
		rule = &s->c->policy->conns[nearest];
	if (!rule || code == CODE_NET_UNRESOLVED || (broken && code == CODE_NET_RESOLVER))
		return fnd;	/* nothing differs */
	differs = match_differs(rule, &m);
	if (!differs || !fnd->observed) {
		s->c->failed = true;
	} else if (broken) {
		cmp_text(s->c, &whole, "%s; %s", fnd->observed, differs);
		free(fnd->observed);
		fnd->observed = tb_take_ptr(&whole);
	} else {
		cmp_text(s->c, &fnd->nearest, "%s", rule->id);
		fnd->differs = tb_take_ptr(&differs);
	}
	return fnd;
}

/* is_resolver_flow() - name lookups at a server of the product's own choice, by port or by what nDPI saw */
static bool is_resolver_flow(const struct cmp_flow *f)
{
	static const char *const apps[] = { "dns", "doh_dot", "dot", "doh", "dnscrypt", "mdns", "llmnr" };

	if (f->remote.port == 53 || f->remote.port == 853)
		return true;
	for (size_t i = 0; i < TB_ARRAY_SIZE(apps); i++)
		if ((f->app && !strcmp(f->app, apps[i])) || (f->app_detail && strstr(f->app_detail, apps[i]) && i < 3))
			return true;
	return false;
}

static bool is_usual_proto(const char *proto)
{
	return !strcmp(proto, "tcp") || !strcmp(proto, "udp") || !strcmp(proto, "icmp") || !strcmp(proto, "icmpv6");
}

static void undeclared(struct flows *s, const struct cmp_flow *f)
{
	enum fnd_severity severity;
	enum fnd_code code = CODE_NET_UNDECLARED;

	if (!cmp_level(s->c->policy->on_conn, &severity))
		return;
	if (!is_usual_proto(f->proto))
		code = CODE_PROTOCOL_UNKNOWN;
	else if (!f->inbound && is_resolver_flow(f))
		code = CODE_NET_RESOLVER;
	(void)note(s, f, code, severity, NULL, false);
}

static void over(struct flows *s, const struct cmp_flow *f, size_t rule, enum limit kind)
{
	static const char *const names[] = {
		[LIMIT_CONNECTIONS] = "connections", [LIMIT_OUT] = "bytes to the network", [LIMIT_IN] = "bytes from the network",
	};
	struct cmp_words words;
	struct fnd_act act = cmp_flow_act(s->c, f, CODE_NET_LIMIT, FND_VIOLATION, &words);
	bool fresh;

	if (!s->over_exe[rule])
		s->over_exe[rule] = act.exe;
	act.exe = s->over_exe[rule];
	act.what = names[kind];
	act.many = NULL;
	act.rule = s->c->policy->conns[rule].id;
	s->over[rule][kind] = fnd_note(s->c->findings, &act, &fresh);
}

/* limits() - a flow that is in excess, or during which the limit was passed, is evidence */
static void limits(struct flows *s, const struct cmp_flow *f, size_t rule)
{
	const struct pol_conn *p = &s->c->policy->conns[rule];
	const struct cmp_seen *seen = &s->c->conn_seen[rule];

	if (p->max_connections && seen->count > p->max_connections)
		over(s, f, rule, LIMIT_CONNECTIONS);
	if (p->max_bytes_out && f->bytes_out && seen->bytes_out > p->max_bytes_out)
		over(s, f, rule, LIMIT_OUT);
	if (p->max_bytes_in && f->bytes_in && seen->bytes_in > p->max_bytes_in)
		over(s, f, rule, LIMIT_IN);
}

static void limit_text(struct flows *s, struct fnd *f, uint64_t seen, uint64_t max, const char *unit)
{
	if (f)
		cmp_text(s->c, &f->observed, "%llu %s in all, at most %llu are declared", (unsigned long long)seen, unit,
			 (unsigned long long)max);
}

static void limit_totals(struct flows *s)
{
	const struct pol *p = s->c->policy;

	for (size_t i = 0; i < p->nconns; i++) {
		const struct cmp_seen *seen = &s->c->conn_seen[i];

		limit_text(s, s->over[i][LIMIT_CONNECTIONS], seen->count, p->conns[i].max_connections, "connections");
		limit_text(s, s->over[i][LIMIT_OUT], seen->bytes_out, p->conns[i].max_bytes_out, "bytes");
		limit_text(s, s->over[i][LIMIT_IN], seen->bytes_in, p->conns[i].max_bytes_in, "bytes");
	}
}

/* declares_name() - does a rule declare this name among its destinations, too? */
static bool declares_name(const struct pol_conn *rule, const char *name)
{
	for (size_t i = 0; rule && i < rule->nto; i++)
		if (rule->to[i].kind != POL_DEST_NET && pol_name_glob(rule->to[i].name, name))
			return true;
	return false;
}

/* said_otherwise() - the flow says a name that no lookup of its address has: domain fronting, or a server of several names */
static void said_otherwise(struct flows *s, const struct cmp_flow *f, const struct pol_conn *rule)
{
	const char *said = said_name(f);
	enum fnd_severity severity = !s->c->policy ? FND_WARNING : declares_name(rule, said) ? FND_INFO : FND_VIOLATION;
	struct cmp_words words;
	struct fnd_act act = cmp_flow_act(s->c, f, CODE_TLS_NAME_MISMATCH, severity, &words);
	struct fnd *fnd;
	bool fresh;

	(void)snprintf(words.what, CMP_WHAT_LEN, "looked up %.150s and asked the server for %.150s", f->names->v[0], said);
	(void)snprintf(words.many, CMP_WHAT_LEN, "looked up %.150s and asked the server for many other names", f->names->v[0]);
	if (rule)
		act.rule = rule->id;
	fnd = fnd_note(s->c->findings, &act, &fresh);
	if (fresh)
		fnd->observed = observed(s, f);
}

static bool says_otherwise(const struct cmp_flow *f)
{
	const char *said = said_name(f);
	struct ev_addr literal;

	return said && f->names && !has_name(f->names, said) && ev_addr_parse(said, &literal) != 0;
}

static void inbound(struct flows *s, const struct cmp_flow *f)
{
	int nearest, rule = cmp_listen_rule(s->c, flow_exe(s->c, f), f->proto, &f->local, &nearest);

	if (rule >= 0)
		cmp_seen_add(&s->c->listen_seen[rule], f->first, f->last, 1, f->bytes_out, f->bytes_in);
	else
		undeclared(s, f);
}

static void compare(struct flows *s, const struct cmp_flow *f)
{
	const char *said = said_name(f), *one = f->names && said && has_name(f->names, said) ? said : NULL;
	struct match_flow m = match_of(s->c, f, &one);
	const struct pol_conn *rule = NULL;
	struct match found;

	if (match_find(s->c->index, &m, &found)) {
		rule = &s->c->policy->conns[found.rule];
		cmp_seen_add(&s->c->conn_seen[found.rule], f->first, f->last, 1, f->bytes_out, f->bytes_in);
		limits(s, f, found.rule);
	}
	if (says_otherwise(f))
		said_otherwise(s, f, rule);
	switch (found.level) {
	case MATCH_NONE:
		undeclared(s, f);
		break;
	case MATCH_APPLICATION:
		(void)note(s, f, CODE_NET_APPLICATION, FND_VIOLATION, rule, true);
		break;
	case MATCH_TLS:
		(void)note(s, f, CODE_TLS_VERSION, FND_VIOLATION, rule, true);
		break;
	case MATCH_FULL:
		if (!f->names && !found.by_address)
			(void)note(s, f, CODE_NET_UNRESOLVED, FND_INFO, rule, true);
		if (is_resolver_flow(f) && rule->nto == 0)
			(void)note(s, f, CODE_NET_RESOLVER, FND_INFO, rule, true);
		break;
	}
}

/* compare_sharer() - a program that named the ends of another's flow: its share of the bytes is not known, it may be all of them */
static void compare_sharer(struct flows *s, const struct cmp_call *call)
{
	struct cmp_flow f = *call->shares;
	const char *said = said_name(&f), *one = f.names && said && has_name(f.names, said) ? said : NULL;
	struct match_flow m;
	struct match found;

	f.call = (uint32_t)(call - s->c->calls);
	f.inferred = true;
	f.bytes_out = f.bytes_in = 0;
	m = match_of(s->c, &f, &one);
	if (!match_find(s->c->index, &m, &found))
		undeclared(s, &f);
}

/* is_lookup_flow() - lookups at the gate are compared by name. Only in these protocols is what goes there taken for lookups */
static bool is_lookup_flow(const struct cmp_flow *f)
{
	return !f->inbound && evd_is_resolver(&f->remote) && (!strcmp(f->proto, "udp") || !strcmp(f->proto, "tcp"));
}

void cmp_flows(struct cmp *c, const struct run_info *run)
{
	struct flows s = { .c = c, .run = run };
	size_t nrules = c->policy ? c->policy->nconns : 0;

	s.over = calloc(nrules + 1, sizeof(*s.over));
	s.over_exe = calloc(nrules + 1, sizeof(*s.over_exe));
	if (!s.over || !s.over_exe)
		c->failed = true;
	for (size_t i = 0; i < c->nflows && !c->failed; i++) {
		const struct cmp_flow *f = c->flows[i];

		if (f->canary || is_lookup_flow(f))
			continue;
		if (!c->policy) {
			if (says_otherwise(f))
				said_otherwise(&s, f, NULL);
		} else if (f->inbound) {
			inbound(&s, f);
		} else {
			compare(&s, f);
		}
	}
	for (size_t i = 0; c->policy && i < c->ncalls && !c->failed; i++)
		if (c->calls[i].shares && !is_lookup_flow(c->calls[i].shares))
			compare_sharer(&s, &c->calls[i]);
	if (c->policy && !c->failed)
		limit_totals(&s);
	free(s.over);
	free(s.over_exe);
}
