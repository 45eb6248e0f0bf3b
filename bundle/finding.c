/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding.c - names of verdicts, severities, bases and codes; lookup and release of a result
 *
 * Results are made by the policy room and written by the report room; what both need is here, on
 * the floor they share.
 */
#include "tcbox/finding.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

static const char *const verdict_names[] = {
	[FND_CONFORMS] = "conforms",
	[FND_VIOLATES] = "violates",
	[FND_INCONCLUSIVE] = "inconclusive",
};

static const char *const severity_names[] = {
	[FND_INFO] = "info",
	[FND_WARNING] = "warning",
	[FND_VIOLATION] = "violation",
};

static const char *const basis_names[] = {
	[FND_SEEN] = "seen",
	[FND_INFERRED] = "inferred",
	[FND_NOT_OBSERVABLE] = "not-observable",
};

static const char *const stand_names[] = {
	[FND_NOT_COMPARED] = "not-compared",
	[FND_DECLARED] = "declared",
	[FND_IGNORED] = "ignored",
	[FND_BROKEN] = "broken",
	[FND_UNDECLARED] = "undeclared",
};

static const char *const code_names[] = {
	[FND_NET_UNDECLARED] = "NET-UNDECLARED",
	[FND_NET_LIMIT] = "NET-LIMIT",
	[FND_NET_APPLICATION] = "NET-APPLICATION",
	[FND_TLS_VERSION] = "TLS-VERSION",
	[FND_TLS_NAME_MISMATCH] = "TLS-NAME-MISMATCH",
	[FND_NET_REQUEST] = "NET-REQUEST",
	[FND_NET_UNRESOLVED] = "NET-UNRESOLVED",
	[FND_NET_RESOLVER] = "NET-RESOLVER",
	[FND_PROTOCOL_UNKNOWN] = "PROTOCOL-UNKNOWN",
	[FND_DNS_UNDECLARED] = "DNS-UNDECLARED",
	[FND_DNS_UNUSUAL] = "DNS-UNUSUAL",
	[FND_LISTEN_UNDECLARED] = "LISTEN-UNDECLARED",
	[FND_EXEC_UNDECLARED] = "EXEC-UNDECLARED",
	[FND_EXEC_CHANGED] = "EXEC-CHANGED",
	[FND_EXEC_MAPPED] = "EXEC-MAPPED",
	[FND_FILE_UNDECLARED] = "FILE-UNDECLARED",
	[FND_FILE_UNEXPLAINED] = "FILE-UNEXPLAINED",
	[FND_SYS_UNDECLARED] = "SYS-UNDECLARED",
	[FND_SYS_DENIED] = "SYS-DENIED",
	[FND_BOX_ATTEMPT] = "BOX-ATTEMPT",
	[FND_MISSING_REQUIRED] = "MISSING-REQUIRED",
	[FND_FLOW_UNOWNED] = "FLOW-UNOWNED",
	[FND_CALL_PACKET_MISMATCH] = "CALL-PACKET-MISMATCH",
	[FND_CALL_WITHOUT_PACKETS] = "CALL-WITHOUT-PACKETS",
	[FND_CANARY_MISSED] = "CANARY-MISSED",
	[FND_EVIDENCE_LOST] = "EVIDENCE-LOST",
	[FND_PRODUCT_CHANGED] = "PRODUCT-CHANGED",
};

static_assert(TB_ARRAY_SIZE(code_names) == FND_CODES, "a name for each code");

static const char *const witness_names[] = {
	[FND_BY_CALLS] = "system calls",
	[FND_BY_PACKETS] = "packets",
	[FND_BY_LAB] = "lab",
	[FND_BY_SOCKETS] = "socket tables",
	[FND_BY_PROCESS] = "process",
	[FND_BY_DISK] = "disk",
};

static_assert(TB_ARRAY_SIZE(witness_names) == FND_WITNESSES, "a name for each witness");

static const char *const sight_names[] = {
	[FND_SIGHT_DOWN] = "down",
	[FND_SIGHT_PART] = "in-part",
	[FND_SIGHT_UP] = "up",
	[FND_SIGHT_OFF] = "off",
};

#define NAME_OF(table, i) ((size_t)(i) < TB_ARRAY_SIZE(table) ? (table)[i] : "unknown")

const char *fnd_verdict_name(enum fnd_verdict v)
{
	return NAME_OF(verdict_names, v);
}

const char *fnd_severity_name(enum fnd_severity s)
{
	return NAME_OF(severity_names, s);
}

const char *fnd_basis_name(enum fnd_basis b)
{
	return NAME_OF(basis_names, b);
}

const char *fnd_witness_name(enum fnd_witness w)
{
	return NAME_OF(witness_names, w);
}

const char *fnd_sight_name(enum fnd_sight s)
{
	return NAME_OF(sight_names, s);
}

const char *fnd_stand_name(enum fnd_stand s)
{
	return NAME_OF(stand_names, s);
}

const char *fnd_code_name(enum fnd_code code)
{
	return NAME_OF(code_names, code);
}

const struct fnd *fnd_result_find(const struct fnd_result *r, const char *id)
{
	for (size_t i = 0; i < r->nfindings; i++)
		if (!strcmp(r->findings[i].id, id))
			return &r->findings[i];
	return NULL;
}

const struct fnd_proc *fnd_result_program(const struct fnd_result *r, uint64_t id, int64_t t)
{
	size_t lo = 0, hi = r->nprocs;

	if (!id)
		return NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->procs[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo + 1 < r->nprocs && r->procs[lo + 1].id == id && r->procs[lo].past &&
	       t >= r->procs[lo].until)
		lo++;
	return lo < r->nprocs && r->procs[lo].id == id ? &r->procs[lo] : NULL;
}

const struct fnd_proc *fnd_result_proc(const struct fnd_result *r, uint64_t id)
{
	return fnd_result_program(r, id, INT64_MAX);
}

static void free_objects(struct fnd_objects *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->v[i]);
	free(o->v);
}

void fnd_clear(struct fnd *f)
{
	free_objects(&f->objects);
	for (size_t i = 0; i < FND_SEEN_MAX; i++) {
		fnd_details_free(&f->seen[i].details);
		fnd_details_free(&f->seen[i].differs);
	}
	free(f->program);
	free(f->object);
	free(f->declared);
	free(f->nearest);
}

static void free_changes(struct fnd_change *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].op);
		free(v[i].path);
		free(v[i].type);
		free(v[i].sha256);
		free(v[i].target);
	}
	free(v);
}

enum fnd_stand fnd_stand_worse(enum fnd_stand a, enum fnd_stand b)
{
	return a > b ? a : b;	/* they are in this order */
}

void fnd_result_free(struct fnd_result *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->nfindings; i++)
		fnd_clear(&r->findings[i]);
	for (size_t i = 0; i < r->nrules; i++) {
		free(r->rules[i].id);
		free(r->rules[i].why);
	}
	for (size_t i = 0; i < r->ngaps; i++)
		fnd_details_free(&r->gaps[i].details);
	for (size_t i = 0; i < r->nprocs; i++) {
		free(r->procs[i].exe);
		free(r->procs[i].sha256);
		free(r->procs[i].cmdline);
	}
	free(r->findings);
	free(r->rules);
	free(r->gaps);
	free(r->flows);
	free(r->acts.v);
	free(r->lookups.v);
	free(r->changes_stand.v);
	free(r->procs);
	free(r->shares);
	free_changes(r->changes, r->nchanges);
	free(r);
}
