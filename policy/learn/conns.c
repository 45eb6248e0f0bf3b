/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conns.c - conversations, and what is doubtful about them
 *
 * One item is what one program has with one destination in one protocol. The application is part of
 * it, and so are the doubts: a conversation that is suspicious does not hide among others.
 */
#include "policy/learn/state.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "policy/match.h"
#include "policy/read.h"
#include "tcbox/app_words.h"
#include "tcbox/own.h"
#include "tcbox/word.h"

#define WORD_LEN 40

/* Where a conversation goes through, and not to. */
static const char *const tunnels[] = {
	"http_connect", "http_proxy", "socks", "openvpn", "wireguard", "tor", "ipsec", "pptp",
	"gre", "ip_in_ip", "ayiya", "teredo", "ciscovpn", "hotspotshield", "forticlient", "tinc",
	"icloudprivaterelay", NULL
};
/* What sends passwords as they are, by its nature: RFC 959, 854, 1939, 3501. */
static const char *const clear[] = { "ftp_control", "telnet", "pop3", "imap", NULL };
static const char *const lookups[] = {
	"dns", "doh_dot", "dot", "doh", "dnscrypt", NULL
};

static bool is_one_of(const struct evd_flow *f, const char *const *words)
{
	for (; *words; words++)
		if (tb_app_is(f->app, f->app_detail, *words))
			return true;
	return false;
}

/* is_group() - many at once: no lookup can give its address. RFC 5771, RFC 4291 */
static bool is_group(const struct ev_addr *a)
{
	if (a->family == AF_INET)
		return a->ip[0] >= 224;		/* the broadcast address, too */
	return a->ip[0] == 0xff;
}

/* secret_in() - a query that carries what opens a door. Return: its key, NULL if there is none */
static const char *secret_in(const char *path)
{
	static const char *const keys[] = {
		"password=", "passwd=", "pwd=", "token=", "api_key=", "apikey=", "secret=",
	};

	for (size_t i = 0; path && i < TB_ARRAY_SIZE(keys); i++)
		if (strcasestr(path, keys[i]))
			return keys[i];
	return NULL;
}

/* doubts_of_requests() - as the lab understood them */
static unsigned int doubts_of_requests(const struct evd_flow *f, const char **detail)
{
	unsigned int doubts = 0;

	for (size_t i = 0; i < f->nrequests; i++) {
		const struct evd_request *r = &f->requests[i];
		const char *key = r->tls_version ? NULL : secret_in(r->path);

		if (r->via || r->target || tb_is_word(r->method, "CONNECT")) {
			doubts |= LRN_TUNNEL;
			*detail = r->target ? r->target : *detail;
		}
		if (key || (!r->tls_version && tb_is_word(r->method, "AUTH"))) {
			doubts |= LRN_CREDENTIAL;
			*detail = key ? key : *detail;
		}
	}
	return doubts;
}

/* doubts_of_names() - what it said, against what was looked up */
static unsigned int doubts_of_names(const struct evd_flow *f, const char **detail)
{
	unsigned int doubts = 0;

	for (size_t i = 0; i < f->nsaid; i++) {
		const struct evd_said *s = &f->said[i];
		struct ev_addr a, remote = ev_addr_plain(&f->remote);

		if (evd_has_name(f->names, s->name))
			continue;
		if (!ev_addr_parse(s->name, &a)) {
			a = ev_addr_plain(&a);
			a.port = remote.port = 0;
			if (ev_addr_eq(&a, &remote))
				continue;
		}
		*detail = s->name;
		doubts |= s->how & 1u << EVD_BY_PROXY ? LRN_TUNNEL : LRN_OTHER_NAME;
	}
	return doubts;
}

static unsigned int doubts_of(const struct evd_flow *f, const char **detail)
{
	unsigned int doubts = doubts_of_requests(f, detail) | doubts_of_names(f, detail);

	if (!f->call)
		doubts |= LRN_UNOWNED;
	if (!f->names && !is_group(&f->remote))
		doubts |= LRN_BY_ADDRESS;
	if (f->mismatch)
		doubts |= LRN_MISMATCH;
	if (is_one_of(f, tunnels))
		doubts |= LRN_TUNNEL;
	if (is_one_of(f, clear))
		doubts |= LRN_CREDENTIAL;
	if (f->remote.port == 53 || f->remote.port == 853 || is_one_of(f, lookups))
		doubts |= LRN_RESOLVER;
	if ((f->unread && !f->nrequests) || evd_veiled(f))
		doubts |= LRN_UNREAD;
	return doubts;
}

/* app_word() - what the policy calls what was spoken. Return: NULL if nothing was, or there is no
 * word for it */
static const char *app_word(const struct evd_flow *f, char out[WORD_LEN])
{
	const struct match_flow m = { .app = f->app, .app_detail = f->app_detail,
				      .bytes = f->bytes_out + f->bytes_in };
	size_t i = 0;

	if (!m.bytes || !f->remote.port)
		return NULL;
	if (!tb_app_known(f->app))
		return "unknown";
	if (f->tls_version && match_application("tls", &m))
		return "tls";
	for (; f->app[i] && i + 1 < WORD_LEN; i++)
		out[i] = (char)tolower((unsigned char)f->app[i]);
	out[i] = '\0';
	for (i = 0; pol_app_at(i); i++)
		if (!strcmp(pol_app_at(i), out) && match_application(out, &m))
			return pol_app_at(i);
	return NULL;
}

/* proto_word() - RFC 792 and 4443 are one word */
static const char *proto_word(const char *proto)
{
	return strcmp(proto, "icmpv6") ? proto : "icmp";
}

static bool has_proto_word(const char *proto)
{
	static const char *const words[] = { "tcp", "udp", "icmp", "sctp", "dccp", "udplite" };

	for (size_t i = 0; i < TB_ARRAY_SIZE(words); i++)
		if (!strcmp(proto, words[i]))
			return true;
	return !strncmp(proto, "ip-", 3);
}

static void add_port(struct lrn_item *it, uint16_t port)
{
	size_t at = 0;

	while (at < it->nports && it->ports[at] < port)
		at++;
	if (!port || (at < it->nports && it->ports[at] == port))
		return;
	if (it->nports == LRN_PORTS) {
		it->many_ports = true;
		return;
	}
	memmove(it->ports + at + 1, it->ports + at, (it->nports - at) * sizeof(it->ports[0]));
	it->ports[at] = port;
	it->nports++;
}

void lrn_add_request(struct learn *l, struct lrn_item *it, const struct evd_request *r)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (!r->method || it->nrequests == LRN_ASKED)
		return;
	tb_buf_adds(&text, r->method);
	if (r->path)
		tb_buf_addf(&text, " %.*s", (int)strcspn(r->path, "?"), r->path);
	l->failed |= text.failed;
	for (size_t i = 0; i < it->nrequests && text.data; i++)
		if (!strcmp(it->requests[i], text.data))
			return;
	it->requests[it->nrequests++] = lrn_take(l, &text);
}

/* add_tls() - the weakest that was seen; what is older than 1.0 has no word */
static void add_tls(struct lrn_item *it, const char *version)
{
	if (!version)
		return;
	if (strncmp(version, "1.", 2) != 0 || strlen(version) != 3) {
		it->old_tls = true;
		return;
	}
	if (!it->tls || strcmp(version, it->tls) < 0)
		it->tls = version;
}

/* add_sums() - what the biggest run had */
static void add_sums(struct learn *l, struct lrn_item *it, const struct evd_flow *f)
{
	if (it->now_run != l->at + 1)
		it->now = (struct lrn_sums){ 0 };
	it->now_run = l->at + 1;
	it->now.conns++;
	it->now.out += f->cost_out;
	it->now.in += f->cost_in;
	if (it->now.conns > it->most.conns)
		it->most.conns = it->now.conns;
	if (it->now.out > it->most.out)
		it->most.out = it->now.out;
	if (it->now.in > it->most.in)
		it->most.in = it->now.in;
}

/* about() - what is told of an item beside what makes it one */
static void about(struct learn *l, struct lrn_item *it, const struct evd_flow *f)
{
	add_port(it, f->link ? 0 : f->remote.port);
	add_tls(it, f->tls_version);
	it->inferred |= f->inferred;
	lrn_requests(l, it, f);
}

/*
 * note() - one conversation of @program. @part: that has part in it, and does not own it; what it
 * sent is not known
 */
static void note(struct learn *l, const struct evd_flow *f, const struct evd_program *program,
		 bool part)
{
	const char *host = evd_host(f), *detail = NULL, *app, *proto = proto_word(f->proto);
	unsigned int doubts = doubts_of(f, &detail);
	char addr[EV_ADDR_STRLEN], word[WORD_LEN], doubt[16];
	struct lrn_act act = { .section = LRN_CONNS, .count = part ? 0 : 1, .first = f->first,
			       .last = f->last };
	struct lrn_item *it;
	bool fresh;

	if (l->broken) {
		doubts |= LRN_BREAKS;
		detail = l->broken;
	}
	app = f->link ? NULL : app_word(f, word);
	if (!has_proto_word(proto))
		doubts |= LRN_NO_WORD;
	if (host && !lrn_has_word(host))
		doubts |= LRN_NO_WORD;
	if (!host)
		host = evd_addr_text(&f->remote, addr);
	(void)snprintf(doubt, sizeof(doubt), "%u", doubts);
	act.key[0] = lrn_program(l, program);
	act.key[1] = host;
	act.key[2] = proto;
	act.key[3] = app;
	act.key[4] = doubt;
	it = lrn_note(l, &act, &fresh);
	if (!it)
		return;
	if (fresh) {
		it->program = act.key[0];
		it->is_address = host == addr;
		it->group = is_group(&f->remote);
		it->what = lrn_keep(l, host);
		it->proto = lrn_keep(l, proto);
		it->app = lrn_keep(l, app);
		it->doubts = doubts;
		it->detail = detail;
	}
	about(l, it, f);
	if (!part)
		add_sums(l, it, f);
}

static void note_inbound(struct learn *l, const struct evd_flow *f)
{
	lrn_listen_note(l, &(struct lrn_port){
		.program = f->call ? f->call->program : NULL, .proto = f->proto,
		.local = &f->local, .t = f->first, .called = true,
	});
}

/* is_asking() - the kernel asks on the link who has an address that the product goes to: declared
 * by the rule for that */
static bool is_asking(const struct evd_flow *f)
{
	return f->link && !evd_is_membership(f);
}

/* joins() - groups that were joined, and no report was seen of */
static void joins(struct learn *l)
{
	const struct evd_facts *ev = lrn_run(l)->evidence;

	for (size_t i = 0; i < ev->ncalls; i++) {
		const struct evd_call *call = &ev->calls[i];
		const struct evd_flow f = {
			.first = call->t, .last = call->t, .remote = call->remote, .call = call,
			.link = true, .proto = call->remote.family == AF_INET ? "ip-2" : "icmpv6",
		};

		if (call->op == EVD_JOIN && call->remote.family && !call->canary && !call->used)
			note(l, &f, call->program, true);
	}
}

/* rule_of() - the id of the rule that covers a conversation, and is broken by it */
static const char *rule_of(const struct fnd_result *r, const struct fnd_flow *f)
{
	return f->rule && f->rule <= r->nrules ? r->rules[f->rule - 1].id : "";
}

void lrn_conns(struct learn *l)
{
	const struct learn_run *r = lrn_run(l);
	const struct evd_facts *ev = r->evidence;

	for (size_t i = 0; i < ev->nflows && !l->failed; i++) {
		const struct evd_flow *f = ev->flows[i];
		enum fnd_stand stand = i < r->result->nflows ? r->result->flows[i].stand :
							       FND_NOT_COMPARED;

		if (f->canary || f->lookup || !lrn_wanted(l, stand))
			continue;
		l->broken = stand == FND_BROKEN ? rule_of(r->result, &r->result->flows[i]) : NULL;
		if (f->inbound)
			note_inbound(l, f);
		else if (!is_asking(f))
			note(l, f, f->call ? f->call->program : NULL, false);
	}
	l->broken = NULL;
	for (size_t i = 0; i < ev->nshares && !l->options.base; i++)
		if (!ev->shares[i].flow->lookup && ev->shares[i].call->program)
			note(l, ev->shares[i].flow, ev->shares[i].call->program, true);
	if (!l->options.base)
		joins(l);
}
