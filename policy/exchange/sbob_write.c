/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbob_write.c - a policy as a bill of behaviour, a ContainerProfile of kubescape
 *
 * Strings are written as JSON has them, which is YAML, too: no byte of the policy changes how the
 * text is read.
 */
#include "policy/exchange/sbob.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "policy/exchange/others.h"
#include "policy/write/lines.h"
#include "tcbox/own.h"

#define PORTS_MAX 64u		/* of a range, each written for itself */

struct writer {
	struct draft *d;
	const struct pol *p;
	struct tb_buf *out;
};

/* text() - "INDENT KEY: "VALUE"" */
static void text(struct writer *w, const char *before, const char *value)
{
	tb_buf_adds(w->out, before);
	lines_string(w->out, value ? value : "");
	tb_buf_addc(w->out, '\n');
}

static void path(struct writer *w, const char *glob, struct pol_at at, const char *section)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct draft_at place = others_at(at, section);

	if (!sbob_path(&out, glob))
		draft_item(w->d, EXCH_WIDER, &place, "\"%s\": a wildcard of a bill is a whole "
			   "component: %s", glob, out.data ? out.data : "");
	w->out->failed |= out.failed;
	text(w, "  - path: ", out.data);
}

static void acts(struct writer *w)
{
	const struct pol *p = w->p;

	tb_buf_adds(w->out, p->nexecutes ? "  execs:\n" : "  execs: null\n");
	for (size_t i = 0; i < p->nexecutes; i++) {
		path(w, p->executes[i], p->executes_at[i], "executes");
		text(w, "    args:\n    - ", SBOB_ARGS);
	}
	tb_buf_adds(w->out, p->nwrite || p->nread ? "  opens:\n" : "  opens: null\n");
	for (size_t i = 0; i < p->nwrite; i++) {
		path(w, p->write[i], p->write_at[i], "files.write");
		tb_buf_adds(w->out, "    flags:\n    - O_RDWR\n    - O_CREAT\n");
	}
	for (size_t i = 0; i < p->nread; i++) {
		path(w, p->read[i], p->read_at[i], "files.read");
		tb_buf_adds(w->out, "    flags:\n    - O_RDONLY\n");
	}
	if (!p->has_syscalls)
		return;
	tb_buf_adds(w->out, "  syscalls:\n");
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (p->sys[nr] == POL_SYS_ALLOWED && tb_syscall_name(nr))
			tb_buf_addf(w->out, "  - %s\n", tb_syscall_name(nr));
}

static void one_port(struct writer *w, const char *protocol, unsigned int port)
{
	const char *word = !strcmp(protocol, "udp") ? "UDP" : "TCP";

	if (!strcmp(protocol, "sctp"))
		word = "SCTP";
	if (port)
		tb_buf_addf(w->out, "    - name: %s-%u\n      protocol: %s\n      port: %u\n", word,
			    port, word, port);
	else
		tb_buf_addf(w->out, "    - name: %s\n      protocol: %s\n", word, word);
}

/* ports_of() - those of one protocol */
static void ports_of(struct writer *w, const char *protocol, const struct pol_range *v, size_t n)
{
	if (!n)
		one_port(w, protocol, 0);
	for (size_t i = 0; i < n; i++)
		for (unsigned int port = v[i].lo; port <= v[i].hi; port++)
			one_port(w, protocol, port);
}

/* too_many() - are there ranges that cannot be written port by port? */
static bool too_many(const struct pol_range *v, size_t n)
{
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += v[i].hi - v[i].lo + 1u;
	return all > PORTS_MAX;
}

static bool has_word(const char *protocol)
{
	return !protocol || !strcmp(protocol, "tcp") || !strcmp(protocol, "udp") ||
	       !strcmp(protocol, "sctp");
}

/* ports() - of a peer; a protocol alone is one without a number */
static void ports(struct writer *w, const char *protocol, const struct pol_range *v, size_t n)
{
	if (!protocol && !n)
		return;
	tb_buf_adds(w->out, "    ports:\n");
	n = too_many(v, n) ? 0 : n;
	if (protocol) {
		ports_of(w, protocol, v, n);
		return;
	}
	ports_of(w, "tcp", v, n);
	ports_of(w, "udp", v, n);
}

/* about_ports() - list what of them a bill cannot say */
static void about_ports(struct writer *w, const struct draft_at *at, const char *protocol,
			const struct pol_range *v, size_t n)
{
	if (!protocol && n)
		draft_item(w->d, EXCH_LOST, at, "ports without a protocol: only TCP and UDP are "
			   "written");
	if (too_many(v, n))
		draft_item(w->d, EXCH_WIDER, at, "a bill has no ranges, and more than %u ports "
			   "would be written: any", PORTS_MAX);
}

/* name_of() - a name or glob as a bill has it; NULL: it has no word for it */
static const char *name_of(struct writer *w, const struct pol_dest *to, const struct draft_at *at)
{
	const char *star = strchr(to->name, '*'), *last = strrchr(to->name, '.');

	if (last && !strcmp(last, ".invalid"))
		draft_item(w->d, EXCH_LOST, at, "%s: it stands for addresses that were not put in, "
			   "such as those of pods with some labels", to->name);
	if (!star || !strcmp(to->name, "*"))
		return draft_keepf(w->d, star ? "%s" : "%s.", to->name);
	if (star == to->name && star[1] == '.' && !strchr(star + 1, '*')) {
		draft_item(w->d, EXCH_LOST, at, "%s: in a bill the star is one label only",
			   to->name);
		return draft_keepf(w->d, "%s.", to->name);
	}
	draft_item(w->d, EXCH_LOST, at, "%s: a bill has no such star", to->name);
	return NULL;
}

static void peer_head(struct writer *w, const char *id, size_t part)
{
	text(w, "  - identifier: ", part ? draft_keepf(w->d, "%s.%zu", id, part + 1) : id);
	tb_buf_adds(w->out, "    type: external\n");
}

/* by_names() - a peer for all names of a rule. @part: how many peers it has become */
static void by_names(struct writer *w, const struct pol_conn *c, const struct draft_at *at,
		     size_t *part)
{
	bool any = false;

	for (size_t i = 0; i < c->nto; i++) {
		const char *name = NULL;

		if (c->to[i].kind != POL_DEST_NET)
			name = name_of(w, &c->to[i], at);
		if (!name)
			continue;
		if (!any) {
			peer_head(w, c->id, (*part)++);
			tb_buf_adds(w->out, "    dnsNames:\n");
		}
		any = true;
		text(w, "    - ", name);
	}
	if (any)
		ports(w, c->protocol, c->ports, c->nports);
}

static void by_addresses(struct writer *w, const struct pol_conn *c, size_t *part)
{
	for (size_t i = 0; i < c->nto; i++) {
		const struct pol_dest *to = &c->to[i];
		char address[INET6_ADDRSTRLEN];
		unsigned int whole = to->net.family == AF_INET ? 32 : 128;

		if (to->kind != POL_DEST_NET ||
		    !inet_ntop(to->net.family, to->net.ip, address, sizeof(address)))
			continue;
		peer_head(w, c->id, (*part)++);
		if (to->prefix == whole)
			text(w, "    ipAddress: ", address);
		else
			text(w, "    ipAddress: ", draft_keepf(w->d, "%s/%u", address, to->prefix));
		ports(w, c->protocol, c->ports, c->nports);
	}
}

static void connection(struct writer *w, const struct pol_conn *c)
{
	struct draft_at at = others_at(c->at, draft_keepf(w->d, "connections.%s", c->id));
	size_t part = 0;

	if (!has_word(c->protocol)) {
		draft_item(w->d, EXCH_LOST, &at, "a bill has no word for %s", c->protocol);
		return;
	}
	others_rule(w->d, &at, c, ~(unsigned int)OTHERS_RULE_PORTS, "a bill");
	about_ports(w, &at, c->protocol, c->ports, c->nports);
	if (!c->nto) {
		peer_head(w, c->id, 0);
		ports(w, c->protocol, c->ports, c->nports);
		return;
	}
	by_names(w, c, &at, &part);
	by_addresses(w, c, &part);
}

static void listener(struct writer *w, const struct pol_listen *r)
{
	struct draft_at at = others_at(r->at, draft_keepf(w->d, "listens.%s", r->id));

	others_listen(w->d, &at, r, "a bill");
	if (!has_word(r->protocol)) {
		draft_item(w->d, EXCH_LOST, &at, "a bill has no word for %s", r->protocol);
		return;
	}
	about_ports(w, &at, r->protocol, r->ports, r->nports);
	peer_head(w, r->id, 0);
	ports(w, r->protocol, r->ports, r->nports);
}

static void head(struct writer *w)
{
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;

	draft_slug(&name, w->p->product ? w->p->product : "product", 63, true);
	w->out->failed |= name.failed;
	tb_buf_adds(w->out, "apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1\n"
		    "kind: ContainerProfile\nmetadata:\n");
	text(w, "  name: ", name.len ? name.data : "product");
	tb_buf_adds(w->out, "spec:\n  architectures:\n  - amd64\n");
	if (w->p->version)
		text(w, "  imageTag: ", w->p->version);
}

/* sections() - what a bill says by having no list, and what it has none for */
static void sections(struct writer *w)
{
	const struct draft_at at = { 0, 0, "syscalls.architectures", 0 };
	const struct pol *p = w->p;

	if (!p->has_executes)
		draft_item(w->d, EXCH_NOTE, NULL, "the policy says nothing of programs; a bill "
			   "without execs says that it starts none");
	if (!p->has_files)
		draft_item(w->d, EXCH_NOTE, NULL, "the policy says nothing of files; a bill "
			   "without opens says that it opens none");
	if (p->has_syscalls && p->i386)
		draft_item(w->d, EXCH_LOST, &at, "a bill says nothing of the calls of 32-bit x86");
}

int sbob_write(struct draft *d, const struct pol *p, struct tb_buf *out, struct tb_err *err)
{
	struct writer w = { .d = d, .p = p, .out = out };

	(void)err;
	head(&w);
	acts(&w);
	tb_buf_adds(out, p->nconns ? "  egress:\n" : "  egress: null\n");
	for (size_t i = 0; i < p->nconns; i++)
		connection(&w, &p->conns[i]);
	tb_buf_adds(out, p->nlistens ? "  ingress:\n" : "  ingress: null\n");
	for (size_t i = 0; i < p->nlistens; i++)
		listener(&w, &p->listens[i]);
	others_list(d, p, OTHERS_NAMES, "a bill");
	others_product(d, p, OTHERS_VENDOR, "a bill");
	sections(&w);
	others_levels(d, p, OTHERS_CONNECTIONS | OTHERS_NAMES | OTHERS_LISTENS | OTHERS_EXECUTES |
		      OTHERS_WRITE | (p->has_syscalls ? OTHERS_SYSCALLS : 0u), "a bill");
	return 0;
}
