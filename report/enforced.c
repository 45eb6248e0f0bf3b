/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enforced.c - what became of undeclared behaviour under --enforce, as it was seen: not as it was
 * meant
 */
#include <inttypes.h>
#include <string.h>

#include "report/sections.h"
#include "tcbox/facts.h"
#include "tcbox/own.h"
#include "tcbox/word.h"

/* refused() - did the gate answer every one of them with a refusal? */
static bool refused(const struct fact_dest *d)
{
	return tb_is_word(d->state, "refused");
}

/* conversations() - undeclared ones with others, which were refused or were not */
static uint64_t conversations(const struct facts *f, bool were_refused)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->ndests; i++) {
		const struct fact_dest *d = &f->dests[i];

		if (d->stand == FND_UNDECLARED && !d->inbound && !d->group &&
		    refused(d) == were_refused)
			n += d->count;
	}
	return n;
}

/* found() - how many acts the findings of this code count: those that @were_held, which means that
 * they were refused or were not seen to succeed, or the others */
static uint64_t found(const struct fnd_result *r, enum fnd_code code, bool were_held)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->nfindings; i++) {
		const struct fnd *f = &r->findings[i];
		uint64_t held = f->failed < f->count ? f->failed : f->count;

		if (f->code == code)
			n += were_held ? held : f->count - held;
	}
	return n;
}

static void count(struct tb_buf *b, uint64_t n, const char *one, const char *many)
{
	if (!n)
		return;
	amount_join(b, ", ");
	amount_count(b, n, one, many);
}

/* acts() - what is counted by findings */
static void acts(struct tb_buf *b, const struct fnd_result *r, bool were_held)
{
	count(b, found(r, FND_SYS_UNDECLARED, were_held), "system call", "system calls");
	count(b, found(r, FND_FILE_UNDECLARED, were_held), "change of a file", "changes of files");
	count(b, found(r, FND_EXEC_UNDECLARED, were_held), "program", "programs");
	count(b, found(r, FND_LISTEN_UNDECLARED, were_held), "listener", "listeners");
}

static void failed(struct doc *d, const struct rpt_input *in, struct tb_buf *b)
{
	count(b, conversations(in->facts, true), "conversation", "conversations");
	acts(b, in->result, true);
	count(b, found(in->result, FND_DNS_UNDECLARED, true), "lookup", "lookups");
	if (!b->len)
		tb_buf_adds(b, "no undeclared conversation, lookup or system call was seen to be "
			"refused");
	else
		tb_buf_adds(b, " that nothing declares: refused, or not seen to succeed");
	doc_item(d, "enforced", b);
}

static void passed(struct doc *d, const struct rpt_input *in, struct tb_buf *b)
{
	const struct fnd_result *r = in->result;

	count(b, conversations(in->facts, false), "conversation that nobody refused",
	      "conversations that nobody refused");
	acts(b, r, false);
	count(b, found(r, FND_DNS_UNDECLARED, false), "lookup", "lookups");
	if (!b->len)
		return;
	tb_buf_adds(b, ": not declared, and not held");
	doc_item(d, "", b);
}

void rpt_enforced(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT, unheld = TB_BUF_INIT;

	if (!in->run->enforce)
		return;
	failed(d, in, &b);
	passed(d, in, &b);
	if (in->policy)
		pol_unheld(in->policy, &unheld);
	if (!unheld.len)
		return;
	tb_buf_addf(&b, "cannot be held: %s", unheld.data);
	doc_item(d, "", &b);
}
