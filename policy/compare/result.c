/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result.c - totals, shares, rules, and at the very end the verdict
 */
#include "policy/compare/details.h"
#include "policy/compare/gap.h"

#include <stdlib.h>
#include <string.h>

uint64_t cmp_link_packets(const struct cmp *c)
{
	return evd_counter(c->ev, EV_SRC_NET, "packets_link_arp") +
	       evd_counter(c->ev, EV_SRC_NET, "packets_link_nd") +
	       evd_counter(c->ev, EV_SRC_NET, "packets_link_mld");
}

char *cmp_copy(struct cmp *c, const char *s)
{
	char *p = s ? strdup(s) : NULL;

	if (s && !p)
		c->verdict.failed = true;
	return p;
}

static void add_flow(struct fnd_totals *t, const struct evd_flow *f)
{
	t->flows++;
	t->bytes_out += f->bytes_out;
	t->bytes_in += f->bytes_in;
	if (evd_opaque(f))
		t->bytes_opaque += f->bytes_out + f->bytes_in;
	if (!f->call) {
		t->packets_unowned += f->pkts;
		t->bytes_unowned += f->bytes_out + f->bytes_in;
	}
}

static void totals(struct cmp *c)
{
	const struct evd_facts *ev = c->ev;
	struct fnd_totals *t = &c->verdict.r->totals;
	uint64_t packets = 0;

	for (size_t i = 0; i < ev->nflows; i++) {
		packets += ev->flows[i]->pkts;
		if (!ev->flows[i]->canary)
			add_flow(t, ev->flows[i]);
	}
	t->processes = ev->totals.processes;
	t->executions = ev->totals.executions;
	t->calls = evd_counter(ev, EV_SRC_BOX, "notifications");
	if (!t->calls)
		t->calls = ev->totals.socket_calls + ev->totals.other_calls;
	t->files_written = ev->totals.files;
	t->attempts = c->tally.attempts;
	t->packets = evd_counter(ev, EV_SRC_CAPTURE, "packets_captured");
	if (!t->packets)
		t->packets = packets;
	t->packets_dropped = evd_counter(ev, EV_SRC_CAPTURE, "packets_dropped") +
			     evd_counter(ev, EV_SRC_CAPTURE, "packets_ifdropped");
	t->packets_undecoded = evd_counter(ev, EV_SRC_CAPTURE, "packets_undecoded");
	t->packets_link = cmp_link_packets(c);
}

static int by_proc(const void *pa, const void *pb)
{
	const struct fnd_share *a = pa, *b = pb;

	return a->proc < b->proc ? -1 : a->proc > b->proc;
}

/* by_traffic() - the largest first */
static int by_traffic(const void *pa, const void *pb)
{
	const struct fnd_share *a = pa, *b = pb;
	uint64_t x = a->bytes_out + a->bytes_in, y = b->bytes_out + b->bytes_in;

	if (x != y)
		return x > y ? -1 : 1;
	return by_proc(pa, pb);
}

static void add_share(struct fnd_share *to, const struct fnd_share *s)
{
	to->flows += s->flows;
	to->bytes_out += s->bytes_out;
	to->bytes_in += s->bytes_in;
	to->opaque_out += s->opaque_out;
}

/* sum_others() - keep the largest, and that of packets without an owner, whatever their number */
static void sum_others(struct fnd_result *r)
{
	size_t nobody = r->nshares && !r->shares[0].proc;	/* is the first of all */

	if (r->nshares <= FND_SHARES)
		return;
	qsort(r->shares + nobody, r->nshares - nobody, sizeof(*r->shares), by_traffic);
	r->nothers = r->nshares - FND_SHARES;
	for (size_t i = FND_SHARES; i < r->nshares; i++)
		add_share(&r->others, &r->shares[i]);
	r->nshares = FND_SHARES;
	qsort(r->shares, r->nshares, sizeof(*r->shares), by_proc);
}

static struct fnd_share share_of(const struct evd_flow *f)
{
	struct fnd_share s = { .flows = 1, .bytes_out = f->bytes_out, .bytes_in = f->bytes_in };

	if (f->call)
		s.proc = f->call->proc;
	if (evd_opaque(f))
		s.opaque_out = f->bytes_out;
	return s;
}

/* shares() - one for each flow, sorted by process, then folded */
static void shares(struct cmp *c)
{
	struct fnd_result *r = c->verdict.r;
	struct fnd_share *v = calloc(c->ev->nflows + 1, sizeof(*v));
	size_t n = 0, out = 0;

	if (!v) {
		c->verdict.failed = true;
		return;
	}
	for (size_t i = 0; i < c->ev->nflows; i++)
		if (!c->ev->flows[i]->canary)
			v[n++] = share_of(c->ev->flows[i]);
	qsort(v, n, sizeof(*v), by_proc);
	for (size_t i = 0; i < n; i++) {
		if (!out || v[out - 1].proc != v[i].proc) {
			v[out++] = v[i];
			continue;
		}
		add_share(&v[out - 1], &v[i]);
	}
	r->shares = v;
	r->nshares = out;
	sum_others(r);
}

static void add_rule(struct cmp *c, const struct fnd_rule *rule, const struct cmp_seen *seen)
{
	struct fnd_result *r = c->verdict.r;
	struct fnd_rule *out = &r->rules[r->nrules++];

	*out = *rule;
	out->id = cmp_copy(c, rule->id);
	out->why = cmp_copy(c, rule->why);
	out->count = seen->count;
	out->bytes_out = seen->bytes_out;
	out->bytes_in = seen->bytes_in;
	out->first = seen->first;
	out->last = seen->last;
	out->proved = seen->proved;
	out->tls_failed = seen->tls_failed;
}

static void add_conn(struct cmp *c, const struct pol_conn *p, const struct cmp_seen *seen)
{
	const struct fnd_rule rule = {
		.section = "connections", .id = p->id, .why = p->why, .required = p->required,
	};

	add_rule(c, &rule, seen);
}

static void add_listen(struct cmp *c, const struct pol_listen *p, const struct cmp_seen *seen)
{
	const struct fnd_rule rule = {
		.section = "listens", .id = p->id, .why = p->why, .required = p->required,
	};

	add_rule(c, &rule, seen);
}

/* add_pattern() - a rule that is nothing but a pattern */
static void add_pattern(struct cmp *c, const char *section, char *pattern,
			const struct cmp_seen *seen)
{
	const struct fnd_rule rule = { .section = section, .id = pattern };

	add_rule(c, &rule, seen);
}

static void rules(struct cmp *c)
{
	const struct pol *p = c->policy;
	const struct cmp_tally *t = &c->tally;
	size_t n;

	if (!p)
		return;
	n = p->nconns + p->nlistens + p->nnames + p->nexecutes + p->nwrite;
	c->verdict.r->rules = calloc(n + 1, sizeof(*c->verdict.r->rules));
	if (!c->verdict.r->rules) {
		c->verdict.failed = true;
		return;
	}
	for (size_t i = 0; i < p->nconns; i++)
		add_conn(c, &p->conns[i], &t->conns[i]);
	for (size_t i = 0; i < p->nlistens; i++)
		add_listen(c, &p->listens[i], &t->listens[i]);
	for (size_t i = 0; i < p->nnames; i++)
		add_pattern(c, "names", p->names[i], &t->names[i]);
	for (size_t i = 0; i < p->nexecutes; i++)
		add_pattern(c, "executes", p->executes[i], &t->execs[i]);
	for (size_t i = 0; i < p->nwrite; i++)
		add_pattern(c, "files.write", p->write[i], &t->writes[i]);
}

/* verdict() - the findings are sorted: a violation comes first. That a required rule was not seen
 * is one, unless something blocks */
static void verdict(struct cmp *c)
{
	struct fnd_result *r = c->verdict.r;

	if (!c->policy)
		r->verdict = FND_INCONCLUSIVE;
	else if (r->nfindings && r->findings[0].severity == FND_VIOLATION)
		r->verdict = FND_VIOLATES;
	else if (cmp_blocker(r))
		r->verdict = FND_INCONCLUSIVE;
	else
		r->verdict = FND_CONFORMS;
}

static void changes(struct cmp *c)
{
	struct fnd_result *r = c->verdict.r;

	r->changes_left_out = c->ev->changes_left_out + evd_counter(c->ev, EV_SRC_DISK, "left_out");
	r->changes = calloc(c->ev->nchanges + 1, sizeof(*r->changes));
	if (!r->changes) {
		c->verdict.failed = true;
		return;
	}
	for (size_t i = 0; i < c->ev->nchanges && i < FND_CHANGES; i++) {
		const struct evd_change *from = &c->ev->changes[i];

		r->changes[r->nchanges++] = (struct fnd_change){
			.op = cmp_copy(c, from->op), .path = cmp_copy(c, from->path),
			.type = cmp_copy(c, from->type), .sha256 = cmp_copy(c, from->sha256),
			.target = cmp_copy(c, from->target), .size = from->size, .line = from->line,
		};
	}
	r->changes_left_out += c->ev->nchanges - r->nchanges;
}

void cmp_result(struct cmp *c)
{
	struct fnd_result *r = c->verdict.r;

	totals(c);
	changes(c);
	shares(c);
	rules(c);
	cmp_required(c);
	/* what the run did not show is judged as before */
	if (c->redacted)
		gap_text(c, true, FND_GAP_DEGRADED, FND_KEY_SAID, c->redacted);
	if (fnd_table_take(c->verdict.findings, &r->findings, &r->nfindings))
		c->verdict.failed = true;
	verdict(c);
	cmp_procs(c);
}
