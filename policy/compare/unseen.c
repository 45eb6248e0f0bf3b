/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unseen.c - what could not be seen in this run, or can be in none
 *
 * The reader is told, and why. It blocks "conforms" only where the policy asks about it.
 */
#include "policy/compare/details.h"
#include "policy/compare/gap.h"

#include <string.h>

#include "tcbox/app_words.h"
#include "tcbox/own.h"
#include "tcbox/syscalls.h"
#include "tcbox/word.h"

static void encrypted(struct cmp *c)
{
	uint64_t flows = 0, bytes = 0, nameless = 0, hidden = 0;

	for (size_t i = 0; i < c->ev->nflows; i++) {
		const struct evd_flow *f = c->ev->flows[i];

		if (f->canary || !tb_app_encrypted(f->app, f->app_detail))
			continue;
		nameless += f->tls_version && !f->sni;
		hidden += f->ech;
		if (!evd_opaque(f))
			continue;
		flows++;
		bytes += f->bytes_out + f->bytes_in;
	}
	if (flows) {
		struct fnd_details *details = gap_add(c, false, FND_GAP_ENCRYPTED);

		details_number(c, details, FND_KEY_BYTES, bytes);
		details_number(c, details, FND_KEY_FLOWS, flows);
	}
	if (hidden)
		gap_number(c, false, FND_GAP_ENCRYPTED_HELLOS, FND_KEY_FLOWS, hidden);
	if (nameless)
		gap_number(c, false, FND_GAP_NO_SERVER_NAME, FND_KEY_FLOWS, nameless);
}

/* limited() - what the limits of the run kept from being seen. None hides an act: they are the
 * technician's choice, as the time limit is */
static void limited(struct cmp *c)
{
	const struct run_info *run = c->run;
	static const struct { const char *name, *file; } logs[] = {
		{ "stdout_cut", RUN_STDOUT_FILE }, { "stderr_cut", RUN_STDERR_FILE },
	};
	uint64_t kills = evd_counter(c->ev, EV_SRC_RUN, "box_memory_kills");

	for (size_t i = 0; i < TB_ARRAY_SIZE(logs); i++) {
		uint64_t cut = evd_counter(c->ev, EV_SRC_RUN, logs[i].name);
		struct fnd_details *details;

		if (!cut)
			continue;
		details = gap_add(c, false, FND_GAP_OUTPUT_CUT);
		details_text(c, details, FND_KEY_PATH, logs[i].file);
		details_number(c, details, FND_KEY_MAX, run->output_max);
		details_number(c, details, FND_KEY_BYTES, cut);
	}
	if (kills)
		gap_number(c, false, FND_GAP_MEMORY_KILLS, FND_KEY_COUNT, kills);
}

/* unseen_calls() - calls that the box let pass unseen, because the policy of the run declares them,
 * and that would be findings now. Return: how many; @first is one of them */
static unsigned unseen_calls(const struct cmp *c, const char **first)
{
	const struct pol *now = c->policy, *then = c->run_policy;
	unsigned n = 0;

	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		const char *name = tb_syscall_name(nr);

		if (!name || then->sys[nr] != POL_SYS_ALLOWED || now->sys[nr] == POL_SYS_ALLOWED)
			continue;
		if (now->sys[nr] == POL_SYS_UNDECLARED && now->on_sys == POL_IGNORE)
			continue;
		if (!n++)
			*first = name;
	}
	return n;
}

/* system_calls() - what of them the comparison cannot know */
static void system_calls(struct cmp *c)
{
	const char *first = NULL;
	struct fnd_details *details;
	unsigned n;

	if (!c->policy->has_syscalls) {
		(void)gap_add(c, false, FND_GAP_CALLS_UNDECLARED);
		return;
	}
	if (c->run->observe == RUN_OBSERVE_ALL)
		return;
	if (!c->run->has_policy) {
		(void)gap_add(c, true, FND_GAP_CALLS_NO_POLICY);
		return;
	}
	if (!c->run_policy) {
		(void)gap_add(c, true, FND_GAP_CALLS_POLICY_GONE);
		return;
	}
	n = unseen_calls(c, &first);
	if (!n) {
		(void)gap_add(c, false, FND_GAP_CALLS_NOT_COUNTED);
		return;
	}
	details = gap_add(c, true, FND_GAP_CALLS_PASSED);
	details_number(c, details, FND_KEY_COUNT, n);
	details_text(c, details, FND_KEY_SYSCALL, first);
}

/* is_everything() - does a pattern declare all paths? */
static bool is_everything(const char *glob)
{
	return !strcmp(glob, "**") || !strcmp(glob, "/**");
}

/* asks_programs() - would one that no rule declares be more than a note? */
static bool asks_programs(const struct pol *p)
{
	for (size_t i = 0; i < p->nexecutes; i++)
		if (is_everything(p->executes[i]))
			return false;
	return p->on_exec > POL_INFO;
}

/* asks_files() - and a file that is changed? */
static bool asks_files(const struct pol *p)
{
	for (size_t i = 0; i < p->nwrite; i++)
		if (is_everything(p->write[i]))
			return false;
	return p->on_file > POL_INFO;
}

static bool is_ring(const struct evd_act *a)
{
	return a->kind == EVD_SYSCALL && !a->denied && tb_is_word(a->u.syscall.group, "io_uring");
}

/*
 * rings() - io_uring(7) opens, changes and removes files, and nobody is asked: the disk shows what
 * is there at the end, not what was there meanwhile. Conversations have their packets
 */
static void rings(struct cmp *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->ev->nacts; i++)
		if (is_ring(&c->ev->acts[i]))
			n += c->ev->acts[i].count;
	if (n)
		gap_number(c, c->policy && asks_files(c->policy), FND_GAP_RINGS, FND_KEY_COUNT, n);
}

/*
 * unverified() - programs that are known by the word of the product alone: what a call names can be
 * another file when the kernel reads it. Such a program can write to what was open before, and die
 */
static void unverified(struct cmp *c)
{
	uint64_t n = evd_counter(c->ev, EV_SRC_BOX, "execs_unverified");

	if (n)
		gap_number(c, c->policy && asks_programs(c->policy), FND_GAP_PROGRAMS_UNVERIFIED,
			   FND_KEY_COUNT, n);
}

/* unlooked() - without the kernel's own tables an open port is known by the product's call alone,
 * whose descriptor another thread can exchange */
static void unlooked(struct cmp *c)
{
	uint64_t looks;

	if (c->policy && c->policy->on_listen > POL_INFO &&
	    evd_counted(c->ev, EV_SRC_BOX, "ports_looks", &looks) && !looks)
		(void)gap_add(c, true, FND_GAP_PORTS_UNREAD);
}

/* mail() - a server of mail leads anywhere, as a proxy does */
static void mail(struct cmp *c)
{
	const char *first = NULL;
	struct fnd_details *to;
	uint64_t n = 0;

	for (size_t i = 0; i < c->ev->nrequests; i++) {
		const struct evd_request *r = &c->ev->requests[i];

		if (!tb_is_word(r->service, "smtp") || !r->path ||
		    (!tb_is_word(r->method, "MAIL") && !tb_is_word(r->method, "RCPT")))
			continue;
		if (tb_is_word(r->method, "RCPT") && !first)
			first = r->path;
		n += r->count;
	}
	if (!n)
		return;
	to = gap_add(c, false, FND_GAP_MAIL);
	details_number(c, to, FND_KEY_COUNT, n);
	details_text(c, to, FND_KEY_SAID, first ? first : "none");
}

/*
 * never_seen() - what this way of observing cannot show, as far as it matters for this run and this
 * policy
 */
static void never_seen(struct cmp *c)
{
	const struct evd_facts *ev = c->ev;
	const struct { enum fnd_gap_code gap; uint64_t n; } counts[] = {
		{ FND_GAP_LOOPBACK, ev->totals.loopback_calls },
		{ FND_GAP_UNIX_SOCKETS, ev->totals.unix_calls },
		{ FND_GAP_UNANSWERED, evd_counter(ev, EV_SRC_LAB, "datagrams_dropped") },
		{ FND_GAP_FLOWS_EVICTED, evd_counter(ev, EV_SRC_NET, "flows_evicted") },
		{ FND_GAP_SECRETS, evd_counter(ev, EV_SRC_LAB, "secrets_unrecorded") },
		{ FND_GAP_BODIES, evd_counter(ev, EV_SRC_LAB, "bodies_left_out") },
	};

	encrypted(c);
	for (size_t i = 0; i < TB_ARRAY_SIZE(counts); i++)
		if (counts[i].n)
			gap_number(c, false, counts[i].gap, FND_KEY_COUNT, counts[i].n);
	unverified(c);
	rings(c);
	unlooked(c);
	if (!c->policy)
		return;
	system_calls(c);
	mail(c);
	if (c->policy->nread)
		gap_text(c, false, FND_GAP_READS, FND_KEY_SAID, c->run->reads_by);
}

/* broken() - the box failed the product, which then did something else than it would have done */
static void broken(struct cmp *c)
{
	const struct evd_broken *b = &c->ev->broken;
	struct fnd_details *details;

	if (!b->count)
		return;
	details = gap_add(c, false, FND_GAP_BROKEN);
	details_number(c, details, FND_KEY_COUNT, b->count);
	details_text(c, details, FND_KEY_CALL, b->call);
	details_text(c, details, FND_KEY_PATH, b->what);
	details_text(c, details, FND_KEY_ERROR, b->error);
}

void cmp_unseen(struct cmp *c)
{
	broken(c);
	limited(c);
	never_seen(c);
}
