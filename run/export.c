/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export.c - what is known about the packets of a capture
 *
 * How it works: a packet belongs to the flow with its two ends in whose range of packets it is. Of
 * each flow the note is made once, when its first packet comes. Everything is bounded by the flows
 * of the evidence, which are.
 *
 * Limits: packets of protocols without ports are known by their addresses alone; ARP is nobody's.
 */
#include "run/export.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/capture.h"
#include "tcbox/file.h"
#include "tcbox/grow.h"
#include "tcbox/map.h"
#include "tcbox/own.h"
#include "tcbox/pool.h"
#include "tcbox/record.h"

#define POOL_FIRST 65536
#define SECRETS_MAX (64u << 20)
#define SECRET_LINE_MAX 512
#define FINDINGS_TOLD 3		/* in the note of one flow */

/* The two ends of a conversation, the box's first. */
struct ends {
	uint8_t proto;
	uint8_t local[16], remote[16];
	uint16_t local_port, remote_port;
};

struct export {
	const struct evaluation *e;
	const struct evd_facts *ev;
	struct tb_map *flows;		/* by ends: number of the last flow, from 1 */
	size_t *before;			/* the flow before with the same ends, from 1 */
	size_t *finding;		/* of a flow: the first in @links, from 1 */
	struct link { size_t finding, next; } *links;
	size_t nlinks;
	const char **texts;		/* of flows whose note was made */
	struct capt_note note;
	struct capt_name *names;
	size_t nnames;
	struct tb_buf secrets;
	size_t nsecrets;
	struct tb_pool *pool;
	bool failed;
};

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

/* proto_of() - as the decoder names it, capture/flow.c. Return: 0: another one */
static uint8_t proto_of(const char *name)
{
	static const struct { const char *name; uint8_t proto; } rows[] = {
		{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP },
		{ "icmp", IPPROTO_ICMP }, { "icmpv6", IPPROTO_ICMPV6 },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].proto;
	return 0;
}

static void ends_make(struct ends *k, uint8_t proto, const struct ev_addr *local,
		      const struct ev_addr *remote)
{
	memset(k, 0, sizeof(*k));
	k->proto = proto;
	memcpy(k->local, local->ip, sizeof(k->local));
	memcpy(k->remote, remote->ip, sizeof(k->remote));
	if (!has_ports(proto))
		return;
	k->local_port = local->port;
	k->remote_port = remote->port;
}

static void index_flows(struct export *x)
{
	for (size_t i = 0; i < x->ev->nflows && !x->failed; i++) {
		const struct evd_flow *f = x->ev->flows[i];
		struct ends k;

		ends_make(&k, proto_of(f->proto), &f->local, &f->remote);
		x->before[i] = (uintptr_t)tb_map_get(x->flows, &k, sizeof(k));
		if (tb_map_put(x->flows, &k, sizeof(k), (void *)(uintptr_t)(i + 1)))
			x->failed = true;
	}
}

/* link_finding() - every flow of the destination that it is about */
static void link_finding(struct export *x, size_t finding)
{
	const struct facts *f = x->e->facts;
	uint32_t at = f->dest_of ? f->dest_of[finding] : FACT_NO_DEST;

	if (at == FACT_NO_DEST)
		return;
	for (uint64_t i = 0; i < f->dests[at].count && !x->failed; i++) {
		size_t flow = f->dests[at].flows[i];
		struct link *v = tb_grow(x->links, x->nlinks, 1, sizeof(*v));

		if (!v) {
			x->failed = true;
			return;
		}
		x->links = v;
		v[x->nlinks++] = (struct link){ finding, x->finding[flow] };
		x->finding[flow] = x->nlinks;
	}
}

/* flow_of() - Return: its number; SIZE_MAX: the packet is in none */
static size_t flow_of(const struct export *x, const struct ends *k, uint64_t packet)
{
	size_t at = (uintptr_t)tb_map_get(x->flows, k, sizeof(*k));

	for (; at; at = x->before[at - 1]) {
		const struct evd_flow *f = x->ev->flows[at - 1];

		if (f->pkt_first <= packet && packet <= f->pkt_last)
			return at - 1;
	}
	return SIZE_MAX;
}

static void add_findings(const struct export *x, size_t flow, struct tb_buf *b)
{
	size_t told = 0;

	for (size_t at = x->finding[flow]; at; at = x->links[at - 1].next) {
		const struct fnd *f = &x->e->result->findings[x->links[at - 1].finding];

		if (told++ < FINDINGS_TOLD)
			tb_buf_addf(b, "; finding %.8s %s, %s", f->id, fnd_code_name(f->code),
				    fnd_severity_name(f->severity));
	}
	if (told > FINDINGS_TOLD)
		tb_buf_addf(b, "; %zu findings more", told - FINDINGS_TOLD);
}

/* describe() - a flow, as the comment of its packets */
static void describe(const struct export *x, size_t flow, struct tb_buf *b)
{
	const struct evd_flow *f = x->ev->flows[flow];
	const struct fnd_flow *stand = &x->e->result->flows[flow];

	if (f->canary)
		tb_buf_adds(b, "tcbox's own control");
	else if (f->call && f->call->program)
		tb_buf_addf(b, "program %s", f->call->program->path);
	else
		tb_buf_adds(b, f->call ? "program not known" : "no owner is known");
	if (evd_host(f) && !f->inbound)
		tb_buf_addf(b, "; name %s", evd_host(f));
	if (stand->stand != FND_NOT_COMPARED)
		tb_buf_addf(b, "; %s", fnd_stand_name(stand->stand));
	if (stand->rule && stand->rule <= x->e->result->nrules)
		tb_buf_addf(b, ", rule %s", x->e->result->rules[stand->rule - 1].id);
	add_findings(x, flow, b);
}

/* keep() - harmless text that lives as long as the export; empties @b. Return: NULL without
 * memory */
static const char *keep(struct export *x, struct tb_buf *b)
{
	TB_AUTOBUF struct tb_buf safe = TB_BUF_INIT;
	char *p = NULL;

	tb_buf_add_shown(&safe, b->data ? b->data : "", b->len);
	if (!b->failed && !safe.failed)
		p = tb_pool_alloc(x->pool, safe.len + 1);
	if (p)
		memcpy(p, safe.data ? safe.data : "", safe.len + 1);
	else
		x->failed = true;
	tb_buf_reset(b);
	return p;
}

static const struct capt_note *note(void *arg, const struct capt_seen *seen)
{
	struct export *x = arg;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	const struct evd_flow *f;
	const struct evd_proc *p;
	struct ends out, in;
	size_t flow;

	ends_make(&out, seen->proto, &seen->src, &seen->dst);
	flow = flow_of(x, &out, seen->number);
	ends_make(&in, seen->proto, &seen->dst, &seen->src);
	if (flow == SIZE_MAX)
		flow = flow_of(x, &in, seen->number);
	if (flow == SIZE_MAX)
		return NULL;
	f = x->ev->flows[flow];
	if (!x->texts[flow]) {
		describe(x, flow, &b);
		x->texts[flow] = keep(x, &b);
	}
	p = f->call ? evd_proc(x->ev, f->call->proc) : NULL;
	x->note.pid = p && p->pid > 0 ? (uint32_t)p->pid : 0;
	x->note.text = x->texts[flow];
	return &x->note;
}

/* gather_names() - of each address that a lookup gave the first name of */
static void gather_names(struct export *x)
{
	struct tb_map *known = tb_map_new(SIZE_MAX);

	x->failed |= !known;
	for (size_t i = 0; i < x->ev->nflows && !x->failed; i++) {
		const struct evd_flow *f = x->ev->flows[i];
		const char *host = f->inbound ? NULL : evd_host(f);
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
		struct capt_name *v;

		if (!host || tb_map_get(known, f->remote.ip, sizeof(f->remote.ip)))
			continue;
		v = tb_grow(x->names, x->nnames, 1, sizeof(*v));
		if (!v || tb_map_put(known, f->remote.ip, sizeof(f->remote.ip), x)) {
			x->failed = true;
			break;
		}
		x->names = v;
		tb_buf_adds(&b, host);
		v[x->nnames++] = (struct capt_name){ f->remote, keep(x, &b) };
	}
	tb_map_free(known);
}

/* is_secret() - a label, a random of 32 bytes, a secret: nothing else may come into the copy */
static bool is_secret(const char *s)
{
	size_t label = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	size_t random, secret;

	if (!label || s[label] != ' ' || strlen(s) > SECRET_LINE_MAX)
		return false;
	s += label + 1;
	random = strspn(s, "0123456789abcdef");
	if (random != 64 || s[random] != ' ')
		return false;
	s += random + 1;
	secret = strspn(s, "0123456789abcdef");
	return secret && !s[secret];
}

static int add_secret(void *arg, const struct ev *ev)
{
	struct export *x = arg;
	const char *line = ev->kind == EV_SECRET ? ev->u.secret.line : NULL;

	if (!line || ev->src != EV_SRC_LAB || !is_secret(line) || x->secrets.len > SECRETS_MAX)
		return 0;
	tb_buf_adds(&x->secrets, line);
	tb_buf_addc(&x->secrets, '\n');
	x->nsecrets++;
	return x->secrets.failed ? -ENOMEM : 0;
}

static int prepare(struct export *x, int bundle, struct tb_err *err)
{
	struct rec_read_stats stats;

	x->pool = tb_pool_new(POOL_FIRST);
	x->flows = tb_map_new(SIZE_MAX);
	x->before = calloc(x->ev->nflows + 1, sizeof(*x->before));
	x->finding = calloc(x->ev->nflows + 1, sizeof(*x->finding));
	x->texts = calloc(x->ev->nflows + 1, sizeof(*x->texts));
	x->failed = !x->pool || !x->flows || !x->before || !x->finding || !x->texts;
	if (!x->failed)
		index_flows(x);
	for (size_t i = 0; i < x->e->result->nfindings && !x->failed; i++)
		link_finding(x, i);
	if (!x->failed)
		gather_names(x);
	if (x->failed)
		return tb_err_set(err, ENOMEM, "export capture");
	/* a record that is damaged was told of when it was evaluated */
	if (rec_read(bundle, add_secret, x, &stats, err) == -ENOMEM)
		return tb_err_set(err, ENOMEM, "export capture");
	return 0;
}

static void export_clear(struct export *x)
{
	tb_map_free(x->flows);
	free(x->before);
	free(x->finding);
	free(x->links);
	free(x->texts);
	free(x->names);
	tb_buf_free(&x->secrets);
	tb_pool_free(x->pool);
}

static int write_copy(struct export *x, int bundle, int fd, struct export_told *told,
		      struct tb_err *err)
{
	TB_AUTOCLOSE int capture = tb_open_regular(bundle, RUN_CAPTURE_FILE, err);
	char path[64];
	struct capt_export_opts opt = {
		.path = path, .fd = fd, .secrets = x->secrets.data, .nsecrets = x->secrets.len,
		.names = x->names, .nnames = x->nnames, .note = note, .arg = x,
	};
	int ret;

	if (capture < 0)
		return tb_err_wrap(err, "bundle %s", x->e->input.bundle);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", capture);
	ret = capt_export(&opt, &told->truncated, err);
	if (!ret && x->failed)
		ret = tb_err_set(err, ENOMEM, "export capture");
	told->secrets = x->nsecrets;
	told->names = x->nnames;
	return ret;
}

int export_pcapng(const struct evaluation *e, int fd, struct export_told *told, struct tb_err *err)
{
	TB_AUTOCLOSE int bundle = open(e->input.bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct export x = { .e = e, .ev = e->input.evidence, .secrets = TB_BUF_INIT };
	int ret;

	if (bundle < 0)
		return tb_err_set(err, errno, "open bundle %s", e->input.bundle);
	ret = prepare(&x, bundle, err);
	if (!ret)
		ret = write_copy(&x, bundle, fd, told, err);
	export_clear(&x);
	return ret;
}
