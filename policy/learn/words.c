/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.c - the comments of a learned policy: what was seen, what was added, what is doubtful
 */
#include "policy/learn/state.h"

#include <stdio.h>
#include <string.h>

#include "policy/write/lines.h"
#include "tcbox/clock.h"
#include "tcbox/own.h"

#define SECONDS_LEN 20		/* "2026-11-30 04:53:25" and a NUL */

static void moment(int64_t ns, char out[SECONDS_LEN])
{
	char full[TB_TIMELEN];

	out[0] = '\0';
	if (tb_time_format(ns, full))
		return;
	(void)snprintf(out, SECONDS_LEN, "%.10s %.8s", full, full + 11);
}

static unsigned int bits(uint64_t v)
{
	return (unsigned int)__builtin_popcountll(v);
}

void lrn_words_seen(const struct learn *l, const struct lrn_item *it, struct tb_buf *out)
{
	char first[SECONDS_LEN], last[SECONDS_LEN];

	moment(it->seen.first, first);
	moment(it->seen.last, last);
	tb_buf_addf(out, "seen in %u of %zu run%s", bits(it->seen.runs), l->nruns,
		    l->nruns == 1 ? "" : "s");
	if (!*first)
		return;
	if (strcmp(first, last) != 0)
		tb_buf_addf(out, ", first %s, last %s UTC", first, last);
	else
		tb_buf_addf(out, ", at %s UTC", first);
}

/* add_quoted() - what the product chose, in quotes */
static void add_quoted(struct tb_buf *out, const char *s)
{
	tb_buf_addc(out, '"');
	tb_buf_adds(out, s);
	tb_buf_addc(out, '"');
}

static void add_size(struct tb_buf *out, uint64_t n)
{
	if (n < 10240)
		tb_buf_addf(out, "%llu bytes", (unsigned long long)n);
	else if (n < UINT64_C(10) << 20)
		tb_buf_addf(out, "%llu KiB", (unsigned long long)(n >> 10));
	else
		tb_buf_addf(out, "%llu MiB", (unsigned long long)(n >> 20));
}

/* add_traffic() - how much at most, in one run */
static void add_traffic(const struct lrn_item *it, struct tb_buf *out)
{
	if (!it->most.conns)
		return;
	tb_buf_addf(out, "; at most %llu in a run, with ", (unsigned long long)it->most.conns);
	add_size(out, it->most.out);
	tb_buf_adds(out, " out and ");
	add_size(out, it->most.in);
	tb_buf_adds(out, " in");
}

static void add_requests(const struct lrn_item *it, struct tb_buf *out)
{
	if (!it->nrequests)
		return;
	tb_buf_adds(out, it->section == LRN_NAMES ? ", asked for " : "; asked for ");
	for (size_t i = 0; i < it->nrequests; i++) {
		if (i)
			tb_buf_adds(out, ", ");
		if (it->section == LRN_NAMES)
			tb_buf_adds(out, it->requests[i]);
		else
			add_quoted(out, it->requests[i]);
	}
	if (it->nrequests == LRN_ASKED)
		tb_buf_adds(out, ", ...");
}

static const struct {
	enum lrn_star star;
	const char *word;
} stars[] = {
	{ LRN_STAR_TEMP, "a temporary name" }, { LRN_STAR_DATE, "a date" },
	{ LRN_STAR_HASH, "a hash" }, { LRN_STAR_VERSION, "a version" },
	{ LRN_STAR_NUMBER, "a number" }, { LRN_STAR_PID, "a process id" },
	{ LRN_STAR_HOME, "a user's home" }, { LRN_STAR_DIFFERS, "what differs from run to run" },
	{ LRN_STAR_ALL, "everything below" }, { LRN_STAR_RANDOM, "a random word" },
};

/* add_stars() - what a generalisation adds */
static void add_stars(const struct lrn_item *it, struct tb_buf *out)
{
	const char *part = "";

	if (!it->stars)
		return;
	tb_buf_adds(out, "; * for ");
	for (size_t i = 0; i < TB_ARRAY_SIZE(stars); i++) {
		if (!(it->stars & (unsigned int)stars[i].star))
			continue;
		tb_buf_addf(out, "%s%s", part, stars[i].word);
		part = ", ";
	}
	if (it->members)
		tb_buf_addf(out, " (%llu seen", (unsigned long long)it->members);
	else
		tb_buf_adds(out, " (seen");
	for (size_t i = 0; i < it->nexamples; i++) {
		tb_buf_adds(out, i || !it->members ? (i ? ", " : " ") : ": ");
		add_quoted(out, it->examples[i]);
	}
	tb_buf_adds(out, "), and so any other, never seen");
}

static const struct {
	enum lrn_doubt doubt;
	const char *why;
} doubts[] = {
	{ LRN_BY_ADDRESS, "it went to an address that no lookup gave" },
	{ LRN_TUNNEL, "it leads through a tunnel or a proxy: where to is not this rule's" },
	{ LRN_CREDENTIAL, "it sends, or its protocol does, a credential in the clear" },
	{ LRN_OTHER_NAME, "it asked the server for a name that it had not looked up for it" },
	{ LRN_UNOWNED, "whose it is is not known" },
	{ LRN_DENIED, "it was refused, or failed: what would have followed was not seen" },
	{ LRN_RESOLVER, "it asks a name server of its own choice: those lookups are not seen" },
	{ LRN_EXTRA, "the lookup carries more than its question" },
	{ LRN_UNREAD, "another name may have been said in it, encrypted or so that nobody could "
		      "read it" },
	{ LRN_UNEXPLAINED, "no recorded call explains it" },
	{ LRN_NO_WORD, "a policy has no word for it" },
	{ LRN_WITH_PROPOSAL, "its conversation is a proposal" },
	{ LRN_BREAKS, "it breaks a rule of this policy" },
	{ LRN_MISMATCH, "the program's calls named another destination than its packets have" },
};

/* add_doubts() - why it is a proposal */
static void add_doubts(const struct lrn_item *it, struct tb_buf *out)
{
	const char *part = "PROPOSAL, not in force: ";

	for (size_t i = 0; i < TB_ARRAY_SIZE(doubts); i++) {
		if (!(it->doubts & (unsigned int)doubts[i].doubt))
			continue;
		tb_buf_addf(out, "%s%s", part, doubts[i].why);
		part = "; ";
	}
	if (it->detail) {
		tb_buf_adds(out, " (");
		add_quoted(out, it->detail);
		tb_buf_addc(out, ')');
	}
}

static void note(struct lines *out, struct tb_buf *text)
{
	if (text->data && *text->data >= 'a' && *text->data <= 'z')
		*text->data = (char)(*text->data - 'a' + 'A');
	tb_buf_adds(text, ".");
	out->out->failed |= text->failed;
	lines_note(out, text->data ? text->data : "");
	tb_buf_reset(text);
}

/* warnings() - what is in force, and deserves a look */
static void warnings(const struct learn *l, const struct lrn_item *it, struct lines *out)
{
	if (it->old_tls || (it->tls && strcmp(it->tls, "1.2") < 0))
		lines_note(out, "NOTE: a version of TLS older than 1.2 was spoken (RFC 8996).");
	if (it->own_work)
		lines_note(out, "NOTE: the product itself made this program, and then started it.");
	if (it->inferred)
		lines_note(out, "NOTE: whose it is was concluded, from there being no other.");
	if (it->unread && it->section == LRN_CONNS && l->options.requests && !it->nhttp)
		lines_note(out, "NOTE: not all that was asked for could be read: any request is "
				"declared.");
	if (it->many_ports)
		lines_note(out, "NOTE: there were more ports than are kept; the rule has none.");
}

void lrn_words_item(const struct learn *l, const struct lrn_item *it, struct lines *out)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (it->doubts) {
		add_doubts(it, &text);
		note(out, &text);
	}
	lrn_words_seen(l, it, &text);
	add_traffic(it, &text);
	if (it->section == LRN_EXECS && it->alias && strcmp(it->alias, it->what) != 0) {
		tb_buf_adds(&text, ", as ");
		add_quoted(&text, it->alias);
	}
	if (it->section != LRN_CONNS && it->section != LRN_LISTENS && it->program) {
		tb_buf_adds(&text, ", by ");
		add_quoted(&text, it->program);
	}
	add_requests(it, &text);
	add_stars(it, &text);
	note(out, &text);
	warnings(l, it, out);
}

/* run_line() - one run of those that the policy was learned from */
static void run_line(const struct learn_run *r, size_t number, struct lines *out)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	char start[SECONDS_LEN];
	int64_t ms = (r->run->ended_ns - r->run->started_ns) / TB_NS_PER_MS;

	moment(r->run->started_ns, start);
	tb_buf_addf(&text, "  %zu. %s: %s UTC, %lld.%03lld s", number, r->label, start,
		    (long long)(ms / 1000), (long long)(ms % 1000));
	if (r->run->timed_out)
		tb_buf_adds(&text, ", ended by the time limit");
	else if (r->run->interrupted)
		tb_buf_adds(&text, ", ended by the technician");
	else
		tb_buf_addf(&text, ", exit status %lld", (long long)r->run->exit_code);
	tb_buf_adds(&text, ":");
	for (size_t i = 0; i < r->run->argc && text.len < 400; i++)
		tb_buf_addf(&text, " %s", r->run->argv[i]);
	if (lrn_unfinished(r->run))
		tb_buf_adds(&text, " (NOTE: it failed or was cut; what would have followed is not "
				   "declared)");
	out->out->failed |= text.failed;
	lines_note(out, text.data ? text.data : "");
}

void lrn_words_head(const struct learn *l, struct lines *out)
{
	lines_notef(out, "Learned by %s from %zu run%s:", l->options.command, l->nruns,
		    l->nruns == 1 ? "" : "s");
	for (size_t i = 0; i < l->nruns; i++)
		run_line(&l->runs[i], i + 1, out);
	lines_note(out, "It declares what was seen, which is not yet what the vendor says: read "
			"each rule, strike what should not be, and give a \"why\" to what stays.");
	lines_note(out, "A PROPOSAL is not in force: its comment says what is doubtful. To allow "
			"it, remove the // in front of its lines.");
	if (l->any_http)
		lines_note(out, "Rules with \"http\" declare what was asked for. The simulated "
				"internet answered, not the vendor's servers: what those would "
				"have led to was not seen.");
	lines_note(out, "Not learned, because no run shows it: files that are only read, and what "
			"the product does on other days.");
}
