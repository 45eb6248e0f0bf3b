/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export.c - what is known about the packets of a capture
 *
 * How it works: packets.c says to which flow a packet belongs. Of each flow the note is made once,
 * when its first packet comes. Everything is bounded by the flows of the evidence, which are.
 *
 * Limits: ARP is nobody's.
 */
#include "run/export.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/packets.h"
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
#define SHARES_TOLD 3

struct export {
	const struct evaluation *e;
	const struct evd_facts *ev;
	struct packets *packets;
	struct tb_map *shared;		/* by flow: number of its first share, from 1 */
	size_t *share_before;		/* that of its next one, from 1 */
	uint32_t *dest;			/* of a flow; FACT_NO_DEST: none is listed */
	size_t *finding;		/* of a destination: its first finding, from 1 */
	size_t *finding_after;		/* of a finding: the next one of its destination */
	const char **texts;		/* of flows whose note was made */
	struct capt_note note;
	struct capt_name *names;
	size_t nnames;
	struct tb_buf secrets;
	size_t nsecrets, left_out;	/* lines; those that did not fit */
	struct tb_pool *pool;
	bool failed;
};

/* link_findings() - those of each destination, and the destination of each flow */
static void link_findings(struct export *x)
{
	const struct facts *f = x->e->facts;

	for (size_t i = 0; i < f->ndests; i++)
		for (uint64_t k = 0; k < f->dests[i].count; k++)
			x->dest[f->dests[i].flows[k]] = (uint32_t)i;
	for (size_t i = x->e->result->nfindings; f->dest_of && i-- > 0;) {
		uint32_t at = f->dest_of[i];

		if (at == FACT_NO_DEST)
			continue;
		x->finding_after[i] = x->finding[at];
		x->finding[at] = i + 1;
	}
}

/* link_shares() - of each flow the programs that have part in it without owning it */
static void link_shares(struct export *x)
{
	for (size_t i = x->ev->nshares; i-- > 0 && !x->failed;) {
		const struct evd_flow *f = x->ev->shares[i].flow;
		size_t known = (uintptr_t)tb_map_get(x->shared, &f, sizeof(f));

		x->share_before[i] = known;
		if (tb_map_put(x->shared, &f, sizeof(f), (void *)(uintptr_t)(i + 1)))
			x->failed = true;
	}
}

static void add_findings(const struct export *x, size_t flow, struct tb_buf *b)
{
	uint32_t dest = x->dest[flow];
	size_t told = 0, at = dest == FACT_NO_DEST ? 0 : x->finding[dest];

	for (; at; at = x->finding_after[at - 1]) {
		const struct fnd *f = &x->e->result->findings[at - 1];

		if (told++ < FINDINGS_TOLD)
			tb_buf_addf(b, "; finding %.8s %s, %s", f->id, fnd_code_name(f->code),
				    fnd_severity_name(f->severity));
	}
	if (told > FINDINGS_TOLD)
		tb_buf_addf(b, "; %zu findings more", told - FINDINGS_TOLD);
}

/* is_told() - was this program named for an earlier share of the flow, or as its owner? */
static bool is_told(const struct evd_program *program, const struct evd_program *const *told,
		    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (told[i] == program)
			return true;
	return false;
}

/* add_shares() - who else had the socket: each program once */
static void add_shares(const struct export *x, const struct evd_flow *f, struct tb_buf *b)
{
	const struct evd_program *told[SHARES_TOLD + 1] = { f->call ? f->call->program : NULL };
	size_t at = (uintptr_t)tb_map_get(x->shared, &f, sizeof(f)), n = 1;

	for (; at; at = x->share_before[at - 1]) {
		const struct evd_program *program = x->ev->shares[at - 1].call->program;

		if (!program || is_told(program, told, n))
			continue;
		if (n > SHARES_TOLD) {
			tb_buf_adds(b, " and others");
			return;
		}
		tb_buf_adds(b, n == 1 ? "; shared with " : ", ");
		tb_buf_adds(b, program->path);
		told[n++] = program;
	}
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
	add_shares(x, f, b);
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
	size_t flow;

	if (packets_flow(x->packets, seen, &flow)) {
		x->failed = true;
		return NULL;
	}
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

	if (!line || ev->src != EV_SRC_LAB || !is_secret(line))
		return 0;
	if (x->secrets.len > SECRETS_MAX) {
		x->left_out++;
		return 0;
	}
	tb_buf_adds(&x->secrets, line);
	tb_buf_addc(&x->secrets, '\n');
	x->nsecrets++;
	return x->secrets.failed ? -ENOMEM : 0;
}

static int prepare(struct export *x, int bundle, struct tb_err *err)
{
	struct rec_read_stats stats;

	x->pool = tb_pool_new(POOL_FIRST);
	x->packets = packets_new(x->ev);
	x->shared = tb_map_new(SIZE_MAX);
	x->share_before = calloc(x->ev->nshares + 1, sizeof(*x->share_before));
	x->dest = malloc((x->ev->nflows + 1) * sizeof(*x->dest));
	x->finding = calloc(x->e->facts->ndests + 1, sizeof(*x->finding));
	x->finding_after = calloc(x->e->result->nfindings + 1, sizeof(*x->finding_after));
	x->texts = calloc(x->ev->nflows + 1, sizeof(*x->texts));
	x->failed = !x->pool || !x->packets || !x->shared || !x->share_before || !x->dest ||
		    !x->finding || !x->finding_after || !x->texts;
	if (!x->failed) {
		memset(x->dest, 0xff, (x->ev->nflows + 1) * sizeof(*x->dest));
		link_findings(x);
		link_shares(x);
	}
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
	packets_free(x->packets);
	tb_map_free(x->shared);
	free(x->share_before);
	free(x->dest);
	free(x->finding);
	free(x->finding_after);
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
	told->secrets_left_out = x->left_out + evd_counter(x->ev, EV_SRC_LAB, "secrets_unrecorded");
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
