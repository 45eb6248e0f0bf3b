/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.c - the sentences of the report: what is found is called, in every format
 *
 * A new kind of finding is one enumerator and one name (finding.h, finding.c of the bundle room),
 * one row here and one entry in tcbox-findings(7).
 */
#include "report/words.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "report/amounts.h"
#include "report/derive.h"
#include "report/differs.h"
#include "report/gaps.h"
#include "report/template.h"
#include "tcbox/own.h"
#include "tcbox/word.h"

/* a conversation: "tcp 198.18.3.7:8443 (updates.acme.example), tls, SNI updates.acme.example" */
#define FLOW								\
	"{proto} {remote}[ ({name})][{?no_lookup} (no lookup gave this address)]"	\
	"[ came in to {local}][, {app}][, TLS {tls}][, SNI {sni}]"	\
	"[{?ech} beside an encrypted hello][, HTTP host {host}]"	\
	"[, the lab was asked for {heard}]"				\
	"[{?refused}, refused][{?no_answer}, no answer]"		\
	"[{?gate} (the gate does not let undeclared traffic pass)]"

/* a lookup: "c2.stranger.example (AAAA) asked of 198.19.255.1:53" */
#define ASKED "{name} ({type|unknown type}) asked of {server}"

/* a system call: "mount(/dev/sda), refused with EPERM" */
#define CALL "[{syscall}({args|})][{?denied}, refused][{?denied} with {error}]"
#define COUNTED "[{?counted}counted by the supervisor; by whom and when was not recorded]"

/* a change of the private layer: "file on disk: created, 5 bytes, SHA-256 ..." */
#define ON_DISK								\
	"[{type} on disk: {op}][, leads to {target}][, {bytes} bytes, SHA-256 {sha256}]"	\
	"[{?moved}; a directory above it was renamed]"			\
	"[{?unexplained}; no recorded call explains it]"

/* As template.h says. */
static const struct {
	const char *title;
	const char *question;	/* NULL: it concerns the run, not the product */
	const char *observed;	/* NULL: it is a gap, which has words of its own */
} words[] = {
	[FND_NET_UNDECLARED] = {
		" {what}, which no rule declares",	/* behind who did what */
		"What does {who} need {what} for, which data does it send there, and why is "
		  "it not declared?",
		FLOW,
	},
	[FND_NET_LIMIT] = {
		"{who} went over the limit of rule \"{rule}\" for {what}",
		"Why does rule \"{rule}\" need more {what} than declared?",
		"[{connections} connections in all][{requests} requests in all]"
		"[{bytes} bytes in all][up to {most}], at most {max} are declared",
	},
	[FND_NET_APPLICATION] = {
		"{who} spoke something else to {what} than rule \"{rule}\" declares",
		"Which protocol does {who} speak to {what}, and why is another one declared?",
		FLOW,
	},
	[FND_TLS_VERSION] = {
		"{who} used weaker TLS to {what} than rule \"{rule}\" declares",
		"Why does {who} accept a TLS version below the declared one for {what}?",
		FLOW,
	},
	[FND_TLS_NAME_MISMATCH] = {
		"{who} {what}",
		"{who} {what}: why another name, and who answers under it?",
		FLOW,
	},
	[FND_NET_REQUEST] = {
		"{who} asked for {what}, which rule \"{rule}\" does not declare",
		"What does {who} ask for with {what}, and why is it not declared?",
		FLOW,
	},
	[FND_NET_UNRESOLVED] = {
		"{who} used an address that it never looked up: {what}",
		"Where did {who} get the address of {what}?",
		FLOW,
	},
	[FND_NET_RESOLVER] = {
		"{who} asked a name server of its own choice: {what}",
		"Why does {who} not use the system's name server, and which names does it "
		  "ask at {what}?",
		FLOW,
	},
	[FND_PROTOCOL_UNKNOWN] = {
		"{who} used an unusual IP protocol: {what}",
		"What does {who} need {what} for?",
		FLOW,
	},
	[FND_DNS_UNDECLARED] = {
		"{who} looked up {what}, which no rule declares",
		"Why does {who} look up {what}?",
		ASKED "[{?unanswered}, not answered][{?refused}, refused]",
	},
	[FND_DNS_UNUSUAL] = {
		"{who} sent data to the name server that a plain lookup does not have: {what}",
		"Which data does {who} send to the name server besides its question, and for "
		  "whom? ({what})",
		"[{?no_query}{bytes} bytes to {server} that are no well-formed query]"
		"[{?query}{bytes} bytes that no plain query has, with " ASKED "]",
	},
	[FND_LISTEN_UNDECLARED] = {
		"{who} listened on {what}, which no rule declares",
		"Who is meant to connect to {who} on {what}, and how is that protected?",
		"{call|listen} {proto} {local}",
	},
	[FND_EXEC_UNDECLARED] = {
		" {what}, which no rule declares",
		"What does {who} execute {what} for?",
		"{path}[ as the interpreter of {script}][{?denied} failed][ with {error}]"
		", SHA-256 {sha256|not known}",
	},
	[FND_EXEC_CHANGED] = {
		"{what} was executed with different contents",
		"Which part of the product replaces {what} while it runs, and where do the "
		  "new contents come from?",
		"[SHA-256 {sha256}, before {before}]"
		"[SHA-256 {executed} was executed, before the run the file had {before}]",
	},
	[FND_EXEC_MAPPED] = {
		"{who} runs code of {what}, which was made or changed in the run",
		"What is {what}, and where does it come from?",
		"{path} was mapped as code",
	},
	[FND_FILE_UNDECLARED] = {
		" {what}, which no rule declares",
		"Why does {who} change {what}?",
		"[{op|change} {path}][ to {to}][{?denied}, refused with {error|an error}]"
		"[{?tried}, tried: nothing shows that it did anything]" ON_DISK,
	},
	[FND_FILE_UNEXPLAINED] = {
		"{what} changed on disk, and no recorded call explains it",
		"How is {what} changed without a call that names it?",
		ON_DISK,
	},
	[FND_SYS_UNDECLARED] = {
		"{who} made the system call {what}, which no rule declares",
		"What does {who} need {what} for?",
		CALL COUNTED
		"[{?i386}calls of the i386 table, which the policy of the run declared]",
	},
	[FND_SYS_DENIED] = {
		"{who} made the system call {what}, which the policy rules out",
		"Why does {who} call {what} although it is declared that it does not?",
		CALL COUNTED,
	},
	[FND_BOX_ATTEMPT] = {
		"{who} tried {what}, which could lead out of the box or around its "
		  "observers, and was refused",
		"What does {who} need {what} for?",
		CALL "[{?socket}{call|call} {proto|}][ {remote}][ {path}]"
		"[{?socket} failed with {error|an error}]",
	},
	[FND_MISSING_REQUIRED] = {
		"Rule \"{rule}\" is required and was not seen",
		"Under which conditions does the product do what rule \"{rule}\" declares?",
		"nothing[{?tried} but attempts] in this run[{?lost}, but evidence was lost]"
		"[{?no_net}: ][{?scenario}: ]"
		"[{?timed_out}: ][{?interrupted}: ][{?not_started}: ][{?failed}: ]"
		GAPS_NO_CHANCE,
	},
	[FND_FLOW_UNOWNED] = {
		"No recorded call explains the packets to {what}",
		"By which means, other than connect(2) and sendto(2), does the product send "
		  "to {what}?",
		"{proto} from {local}, packets: {packets}",
	},
	[FND_CALL_PACKET_MISMATCH] = {
		"{who} named one destination in its call, and its packets went to another: {what}",
		"Why do the packets of {who} not go where its calls say ({what})?",
		"[{?named}{call|the call} named {named}, the packets went to {remote}]"
		"[{?unnamed}packets to {remote}, from a port that the process bound; no call "
		  "named that destination]",
	},
	[FND_CALL_WITHOUT_PACKETS] = {
		"{who} asked the kernel to reach {what}, and no packet followed",
		NULL,
		"{call|call} {proto} {remote}; it may have failed in the kernel, or what it sent "
		  "was not captured",
	},
	[FND_CANARY_MISSED] = {
		"The control connection of tcbox was not seen by {what}",
		NULL,
		"the control connection [{?at_start}before the product][{?at_end}after the "
		"product's end] to {name|(no name recorded)}: [{said}]"
		"[{?planned}was planned][{?unplanned}was not even planned]",
	},
	[FND_EVIDENCE_LOST] = {
		"Evidence was lost: {what}",
		NULL,
		NULL,
	},
	[FND_PRODUCT_CHANGED] = {
		"A file of the product was not the same after the run: {what}",
		NULL,
		"SHA-256 before {before}, after {after|(not there or not readable)}",
	},
};

static_assert(TB_ARRAY_SIZE(words) == FND_CODES, "one row for each code");

static void fill_in(struct tb_buf *b, const char *template, const struct fnd *f)
{
	template_fill(b, template, &(struct template_values){ .finding = f });
}

/* is_attempt() - did all of it come to nothing? */
static bool is_attempt(const struct fnd *f)
{
	return f->count && f->failed >= f->count;
}

/* file_verb() - what was done to a file; to many it was not always the same */
static void file_verb(struct tb_buf *b, const struct fnd *f)
{
	static const struct { const char *op, *done, *tried; } verbs[] = {
		{ "create", "created", "create" }, { "created", "created", "create" },
		{ "mkdir", "made", "make" }, { "remove", "removed", "remove" },
		{ "removed", "removed", "remove" }, { "rmdir", "removed", "remove" },
		{ "rename", "renamed", "rename" }, { "link", "linked", "link" },
		{ "symlink", "linked", "link" }, { "", "changed", "change" },
	};
	const struct fnd_detail *op = NULL;
	size_t i = 0;

	if (f->nseen && !f->objects.n)
		op = fnd_detail(&f->seen[0].details, FND_KEY_OP);
	while (*verbs[i].op && !(op && tb_is_word(op->text, verbs[i].op)))
		i++;
	if (is_attempt(f))
		tb_buf_addf(b, "tried to %s", verbs[i].tried);
	else
		tb_buf_adds(b, verbs[i].done);
}

/* flow_verb() - nothing is said of an answer that was not seen */
static const char *flow_verb(const struct fnd *f)
{
	if (is_attempt(f))
		return "tried to reach";
	if (f->bytes_in)
		return "talked to";
	return f->bytes_out ? "sent data to" : "contacted";
}

/* verb() - of a title that begins with a blank */
static void verb(struct tb_buf *b, const struct fnd *f)
{
	if (f->code == FND_FILE_UNDECLARED)
		file_verb(b, f);
	else if (f->code == FND_EXEC_UNDECLARED)
		tb_buf_adds(b, is_attempt(f) ? "tried to execute" : "executed");
	else
		tb_buf_adds(b, flow_verb(f));
}

void words_title(struct tb_buf *b, const struct fnd *f)
{
	const char *title = words[f->code].title;

	if (!f->object) {
		tb_buf_addf(b, "%" PRIu64 " more of this kind, which are not told one by one",
			    f->count);
		return;
	}
	if (*title == ' ') {
		fill_in(b, "{who} ", f);
		verb(b, f);
	}
	fill_in(b, title, f);
}

void words_question(struct tb_buf *b, const struct fnd *f)
{
	if (f->object && words[f->code].question)
		fill_in(b, words[f->code].question, f);
}

/* add_seen() - what was seen of each act that is kept */
static void add_seen(struct tb_buf *b, const struct fnd *f)
{
	struct template_values t = { .finding = f };

	for (size_t i = 0; i < f->nseen; i++) {
		if (i)
			tb_buf_adds(b, "; ");
		t.details = &f->seen[i].details;
		if (f->code == FND_EVIDENCE_LOST)
			gaps_why(b, f->lost, t.details);
		else
			template_fill(b, words[f->code].observed, &t);
		if (!f->declared || !f->seen[i].differs.n)
			continue;
		tb_buf_adds(b, "; ");
		differs_add(b, &f->seen[i].differs);
	}
}

void words_observed(struct tb_buf *b, const struct fnd *f)
{
	if (!f->object) {
		tb_buf_adds(b, "different acts, counted together");
		return;
	}
	if (f->objects.n)
		tb_buf_addf(b, "%" PRIu64 " different ones; the first: ",
			    f->objects.n + f->objects.left_out);
	add_seen(b, f);
}

void words_differs(struct tb_buf *b, const struct fnd *f)
{
	if (f->nearest)
		differs_add(b, &f->seen[0].differs);
}

/* is_undeclared() - is it what no rule covers, rather than a rule that was broken? */
static bool is_undeclared(enum fnd_code code)
{
	switch ((int)code) {
	case FND_NET_UNDECLARED:
	case FND_DNS_UNDECLARED:
	case FND_LISTEN_UNDECLARED:
	case FND_EXEC_UNDECLARED:
	case FND_FILE_UNDECLARED:
	case FND_SYS_UNDECLARED:
		return true;
	default:
		return false;
	}
}

void words_declared(struct tb_buf *b, const struct fnd *f)
{
	if (f->declared)
		tb_buf_addf(b, "rule \"%s\"", f->declared);
	else if (f->nearest || is_undeclared(f->code))
		tb_buf_adds(b, "nothing");
	if (!f->nearest)
		return;
	tb_buf_addf(b, "; the nearest rule is \"%s\": ", f->nearest);
	words_differs(b, f);
}

/* add_dests() - how many destinations no rule declares, where not each has a finding */
static void add_dests(struct tb_buf *b, const struct rpt_input *in)
{
	const struct facts *f = in->facts;
	uint64_t n = 0;

	for (size_t i = 0; f && i < f->ndests; i++)
		n += f->dests[i].stand == FND_UNDECLARED;
	if (f && f->more_dests.n)
		tb_buf_addf(b, ", among them more than %" PRIu64 " undeclared destinations", n);
	else if (n > 1)
		tb_buf_addf(b, ", among them %" PRIu64 " undeclared destinations", n);
}

/* violates() - the first is that which is told first */
static void violates(struct tb_buf *b, const struct rpt_input *in)
{
	const struct fnd_result *r = in->result;
	TB_AUTOFREE size_t *order = rpt_order(r, in->facts);
	size_t n = 0, sums = 0;

	b->failed |= !order;
	for (; order && n < r->nfindings && r->findings[order[n]].severity == FND_VIOLATION; n++)
		sums += !r->findings[order[n]].object;
	if (sums) {
		tb_buf_addf(b, "More than %zu findings contradict the policy", n - sums);
		add_dests(b, in);
		tb_buf_adds(b, "; the first: ");
	} else if (n > 1) {
		tb_buf_addf(b, "%zu findings contradict the policy; the first: ", n);
	}
	if (n)
		words_title(b, &r->findings[order[0]]);
	tb_buf_addc(b, '.');
}

static void inconclusive(struct tb_buf *b, const struct rpt_input *in)
{
	const struct fnd_result *r = in->result;

	if (!in->policy) {
		tb_buf_adds(b, "No policy was given, so nothing was compared.");
		return;
	}
	for (size_t i = 0; i < r->ngaps; i++) {
		if (!r->gaps[i].blocks_conforms)
			continue;
		tb_buf_adds(b, "Nothing contradicts the policy, but not everything was seen. ");
		gaps_why(b, r->gaps[i].code, &r->gaps[i].details);
		tb_buf_addc(b, '.');
		return;
	}
	tb_buf_adds(b, "Nothing contradicts the policy, but a required rule was not seen.");
}

static bool any_undeclared(const struct fnd_result *r)
{
	for (size_t i = 0; i < r->nfindings; i++)
		if (is_undeclared(r->findings[i].code))
			return true;
	return false;
}

/* add_ignored() - the kinds of behaviour that the policy chose not to judge, of those that were
 * seen */
static void add_ignored(struct tb_buf *b, const struct fnd_result *r)
{
	static const char *const kinds[] = {
		[FND_CONNECTIONS] = "connections", [FND_NAMES] = "names", [FND_LISTENS] = "listens",
		[FND_EXECUTES] = "executes", [FND_FILES] = "files", [FND_SYSCALLS] = "syscalls",
	};
	size_t before = b->len;

	for (size_t i = 0; i < TB_ARRAY_SIZE(kinds); i++) {
		if (!r->ignored[i])
			continue;
		tb_buf_adds(b, b->len == before ? ", but for what the policy ignores (" : ", ");
		tb_buf_adds(b, kinds[i]);
	}
	if (b->len > before)
		tb_buf_addc(b, ')');
}

/* add_following() - how many findings there are for the reader to look at */
static void add_following(struct tb_buf *b, const struct fnd_result *r)
{
	uint64_t warnings = 0, notes = 0;

	for (size_t i = 0; i < r->nfindings; i++) {
		if (r->findings[i].severity == FND_WARNING)
			warnings++;
		else
			notes++;
	}
	if (!r->nfindings)
		return;
	tb_buf_adds(b, "; ");
	if (warnings)
		amount_count(b, warnings, "warning", "warnings");
	if (warnings && notes)
		tb_buf_adds(b, " and ");
	if (notes)
		amount_count(b, notes, "note", "notes");
	tb_buf_adds(b, r->nfindings == 1 ? " follows" : " follow");
}

/* bounds() - what the verdict holds for: the time of a run that was cut, the scenario of one in
 * which something went wrong, a clock of the product's own. Return: false if there is no such
 * bound */
static bool bounds(struct tb_buf *b, const struct run_info *run)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (run_went_wrong(run))
		tb_buf_addf(&text, ", under the scenario %s", run->scenario);
	if (run->clock)
		tb_buf_addf(&text, ", with the clock %s", run->clock);
	if (run->timed_out || run->interrupted)
		tb_buf_adds(&text, ", for the time that it ran");
	if (text.failed || !text.len)
		return false;
	tb_buf_drop(&text, 2);
	tb_buf_addc(b, (char)toupper((unsigned char)text.data[0]));
	tb_buf_addf(b, "%s: ", text.data + 1);
	return true;
}

/* conforms() - "everything is declared" is said only where it is true */
static void conforms(struct tb_buf *b, const struct rpt_input *in)
{
	const struct fnd_result *r = in->result;
	bool bounded = bounds(b, in->run);
	size_t start = b->len;

	if (any_undeclared(r))
		tb_buf_adds(b, "Nothing that was seen violates the policy");
	else
		tb_buf_adds(b, "Everything that was seen is declared");
	if (bounded && !b->failed)
		b->data[start] = (char)tolower((unsigned char)b->data[start]);
	add_ignored(b, r);
	tb_buf_adds(b, ", and no evidence was lost");
	add_following(b, r);
	tb_buf_addc(b, '.');
}

void words_reason(struct tb_buf *b, const struct rpt_input *in)
{
	switch (in->result->verdict) {
	case FND_VIOLATES:
		violates(b, in);
		return;
	case FND_INCONCLUSIVE:
		inconclusive(b, in);
		return;
	case FND_CONFORMS:
		conforms(b, in);
		return;
	}
}
