/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.c - what bounds either run, and how they were run differently
 *
 * That something is not in a run says nothing where the run could not see it, or ended before it.
 * So each gap of a run has the kinds of things that may be missing because of it; so have the
 * settings by which two runs see different things.
 */
#include "report/diff/diff.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "report/gaps.h"
#include "tcbox/grow.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define BIT(kind) (1u << DIFF_##kind)
#define ALL ((1u << DIFF_KINDS) - 1)
#define NET (BIT(DESTINATIONS) | BIT(REQUESTS) | BIT(NAMES) | BIT(FINDINGS))
#define BOX (BIT(PROGRAMS) | BIT(FILES) | BIT(LISTENERS) | BIT(CALLS) | BIT(FINDINGS))
#define NOTHING (1u << DIFF_KINDS)	/* that is compared */
#define LIMITS_MAX 200		/* a record that was edited may have any number of gaps */

/* What each gap may hide. One that is not named here may hide anything. */
static const unsigned int hides[FND_GAPS] = {
	[FND_GAP_RUN_GOES_ON] = ALL, [FND_GAP_RUN_FAILED] = ALL, [FND_GAP_RUN_TIMED_OUT] = ALL,
	[FND_GAP_RUN_INTERRUPTED] = ALL, [FND_GAP_RUN_SIGNAL] = ALL,
	[FND_GAP_RUN_NO_STATUS] = ALL, [FND_GAP_DEGRADED] = ALL, [FND_GAP_RECORD] = ALL,
	[FND_GAP_RECORD_LINES] = ALL, [FND_GAP_RECORD_EVENTS] = ALL, [FND_GAP_RECORD_CUT] = ALL,
	[FND_GAP_LAST_CALLS] = ALL, [FND_GAP_LAST_FLOWS] = NET, [FND_GAP_LAST_PACKETS] = NET,
	[FND_GAP_LAST_ANSWERS] = NET, [FND_GAP_LAST_CHANGES] = BIT(FILES) | BIT(FINDINGS),
	[FND_GAP_LAST_EVENTS] = ALL, [FND_GAP_MANY_CHANGES] = BIT(FILES) | BIT(FINDINGS),
	[FND_GAP_ALIEN] = ALL, [FND_GAP_MANY_EVENTS] = ALL, [FND_GAP_MANY_NAMES] = ALL,
	[FND_GAP_LOSS] = ALL, [FND_GAP_PACKETS_DROPPED] = NET, [FND_GAP_PACKETS_IFDROPPED] = NET,
	[FND_GAP_PACKETS_UNACCOUNTED] = NET, [FND_GAP_PACKETS_UNDECODED] = NET,
	[FND_GAP_PACKETS_MALFORMED] = NET, [FND_GAP_PACKETS_OTHER] = NET,
	[FND_GAP_LOOKUPS_MALFORMED] = NET, [FND_GAP_NAMES_LOST] = NET,
	[FND_GAP_LAB_REFUSED] = NET, [FND_GAP_REQUESTS_UNRECORDED] = BIT(REQUESTS),
	[FND_GAP_PROCESSES_UNWATCHED] = ALL, [FND_GAP_CALLS_UNREAD] = ALL,
	[FND_GAP_PACKETS_UNCOUNTED] = NET, [FND_GAP_PACKETS_ON_THE_WAY] = NET,
	[FND_GAP_PACKETS_IN_NO_FLOW] = NET, [FND_GAP_CONTROL_UNSEEN] = ALL,
	[FND_GAP_CONTROL_FAILED] = ALL, [FND_GAP_LOOKUPS_NO_PACKETS] = NET,
	[FND_GAP_LOOKUPS_NO_LAB] = NET, [FND_GAP_UNOWNED] = NET,
	[FND_GAP_REQUESTS_NO_PACKETS] = NET, [FND_GAP_REQUESTS_UNREAD] = BIT(REQUESTS),
	[FND_GAP_REQUESTS_UNSEEN] = BIT(REQUESTS) | BIT(FINDINGS),
	[FND_GAP_OPENINGS_UNREAD] = NET, [FND_GAP_STREAMS_UNREAD] = NET,
	[FND_GAP_ENCRYPTED] = BIT(REQUESTS),
	[FND_GAP_MEMORY_KILLS] = ALL, [FND_GAP_CALLS_POLICY_GONE] = BIT(CALLS) | BIT(FINDINGS),
	[FND_GAP_CALLS_PASSED] = BIT(CALLS) | BIT(FINDINGS),
	[FND_GAP_PROGRAMS_UNVERIFIED] = BIT(PROGRAMS) | BIT(FINDINGS),
	[FND_GAP_RINGS] = BIT(FILES) | BIT(FINDINGS),
	[FND_GAP_UNANSWERED] = BIT(REQUESTS),
	[FND_GAP_SOCKETS_PASSED] = BIT(DESTINATIONS) | BIT(REQUESTS) | BIT(FINDINGS),
	[FND_GAP_HELLOS_VEILED] = BIT(DESTINATIONS) | BIT(REQUESTS) | BIT(FINDINGS),
	[FND_GAP_PORTS_UNREAD] = BIT(LISTENERS) | BIT(FINDINGS),
	[FND_GAP_PRODUCT] = NOTHING, [FND_GAP_REDUCED] = NOTHING, [FND_GAP_REQUIRED] = NOTHING,
	[FND_GAP_ENCRYPTED_HELLOS] = NOTHING, [FND_GAP_NO_SERVER_NAME] = NOTHING,
	[FND_GAP_OUTPUT_CUT] = NOTHING, [FND_GAP_CALLS_UNDECLARED] = NOTHING,
	[FND_GAP_CALLS_NO_POLICY] = NOTHING, [FND_GAP_CALLS_NOT_COUNTED] = NOTHING,
	[FND_GAP_LOOPBACK] = NOTHING, [FND_GAP_UNIX_SOCKETS] = NOTHING,
	[FND_GAP_FLOWS_EVICTED] = NOTHING, [FND_GAP_READS] = NOTHING,
	[FND_GAP_NAMES_BELOW] = NOTHING, [FND_GAP_MAIL] = NOTHING,
	[FND_GAP_SECRETS] = NOTHING, [FND_GAP_BODIES] = NOTHING, [FND_GAP_BROKEN] = ALL,
};

unsigned int diff_gap_row(enum fnd_gap_code code)
{
	return code < FND_GAPS ? hides[code] : 0;
}

static unsigned int hidden_by(enum fnd_gap_code code)
{
	return (code < FND_GAPS && hides[code] ? hides[code] : ALL) & ALL;
}

/* Those that are told although they hide nothing. */
static bool is_told(enum fnd_gap_code code)
{
	return hidden_by(code) || code == FND_GAP_PRODUCT || code == FND_GAP_REDUCED ||
	       code == FND_GAP_REQUIRED;
}

static bool has_gap(const struct rpt_input *in, enum fnd_gap_code code)
{
	for (size_t i = 0; i < in->result->ngaps; i++)
		if (in->result->gaps[i].code == code)
			return true;
	return false;
}

/* is_steady() - what bounds both runs alike leaves no doubt that they are the same */
static bool is_steady(const struct rpt_diff *d, enum fnd_gap_code code)
{
	return code == FND_GAP_ENCRYPTED ||
	       (code == FND_GAP_BROKEN && has_gap(d->in[DIFF_A], code) &&
		has_gap(d->in[DIFF_B], code));
}

/* add() - a limit with the text that was collected in @b */
static void add(struct rpt_diff *d, struct diff_limit l, struct tb_buf *b)
{
	struct diff_limit *v;

	for (int side = 0; side < DIFF_SIDES; side++) {
		d->hidden[side] |= l.hides[side];
		d->doubt |= l.hides[side] && !l.steady;
	}
	if (d->nlimits == LIMITS_MAX) {
		tb_buf_reset(b);
		return;
	}
	l.text = diff_copy(d, b);
	v = tb_grow(d->limits, d->nlimits, 1, sizeof(*v));
	if (!v) {
		d->failed = true;
		return;
	}
	d->limits = v;
	d->limits[d->nlimits++] = l;
}

static void gaps(struct rpt_diff *d, int side)
{
	const struct fnd_result *r = d->in[side]->result;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	for (size_t i = 0; i < r->ngaps; i++) {
		const struct fnd_gap *g = &r->gaps[i];
		struct diff_limit l = { .side = side, .steady = is_steady(d, g->code) };

		if (!is_told(g->code))
			continue;
		l.hides[side] = hidden_by(g->code);
		gaps_what(&b, g);
		tb_buf_adds(&b, ": ");
		gaps_why(&b, g->code, &g->details);
		add(d, l, &b);
	}
}

/* left_out() - the facts of a run have limits */
static void left_out(struct rpt_diff *d, int side)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	for (int k = 0; k < DIFF_KINDS; k++) {
		struct diff_limit l = { .side = side };

		if (!d->lists[side][k].left_out)
			continue;
		l.hides[side] = 1u << k;
		tb_buf_addf(&b, "More %s than are compared: %" PRIu64 " were left out",
			    diff_about[k].name, d->lists[side][k].left_out);
		add(d, l, &b);
	}
	if (d->in[side]->facts->disk_listed)
		return;
	tb_buf_adds(&b, "What is left of the files was not listed");
	add(d, (struct diff_limit){ .side = side, .hides = {
		[DIFF_A] = side == DIFF_A ? BIT(FILES) : 0,
		[DIFF_B] = side == DIFF_B ? BIT(FILES) : 0 } }, &b);
}

/* ended() - a product that failed may not have come to what it does when it works */
static void ended(struct rpt_diff *d, int side)
{
	const struct run_info *run = d->in[side]->run, *other = d->in[!side]->run;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct diff_limit l = { .side = side };

	if (!run->exited || !run->exit_code)
		return;
	if (other->exited && other->exit_code == run->exit_code)
		return;
	l.hides[side] = ALL;
	tb_buf_addf(&b, "The product ended with status %" PRId64
		    ", perhaps before it came to what it does otherwise", run->exit_code);
	add(d, l, &b);
}

static void differs(struct rpt_diff *d, const char *what, const char *a, const char *b,
		    unsigned int bits)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct diff_limit l = { .side = DIFF_SIDES, .hides = { bits, bits } };

	a = a && *a ? a : "none";
	b = b && *b ? b : "none";
	if (diff_same_text(d, a, b, false))
		return;
	tb_buf_addf(&text, "%s: %s in A, %s in B", what, a, b);
	add(d, l, &text);
}

static void differs_number(struct rpt_diff *d, const char *what, uint64_t a, uint64_t b)
{
	char x[24], y[24];

	(void)snprintf(x, sizeof(x), "%" PRIu64, a);
	(void)snprintf(y, sizeof(y), "%" PRIu64, b);
	differs(d, what, x, y, 0);
}

/* differs_list() - several words, as one text */
static void differs_list(struct rpt_diff *d, const char *what, char *const *a, size_t na,
			 char *const *b, size_t nb)
{
	TB_AUTOBUF struct tb_buf x = TB_BUF_INIT, y = TB_BUF_INIT;

	for (size_t i = 0; i < na; i++)
		tb_buf_addf(&x, "%s%s", i ? " " : "", a[i]);
	for (size_t i = 0; i < nb; i++)
		tb_buf_addf(&y, "%s%s", i ? " " : "", b[i]);
	d->failed |= x.failed || y.failed;
	if (!d->failed)
		differs(d, what, x.data, y.data, 0);
}

static const char *yes(bool is)
{
	return is ? "yes" : "no";
}

static const char *net_name(enum run_net net)
{
	static const char *const words[] = {
		[RUN_NET_NOT_SAID] = "not said", [RUN_NET_SIM] = "sim", [RUN_NET_NONE] = "none",
	};

	return words[net];
}

/* scenario_name() - where none was asked for nothing went wrong, either */
static const char *scenario_name(const struct run_info *run)
{
	return run->scenario ? run->scenario : RUN_SCENARIO_NORMAL;
}

static const char *observe_name(enum run_observe observe)
{
	static const char *const words[] = {
		[RUN_OBSERVE_NOT_SAID] = "not said", [RUN_OBSERVE_DEFAULT] = "default",
		[RUN_OBSERVE_ALL] = "all",
	};

	return words[observe];
}

static const char *policy_of(const struct rpt_input *in)
{
	if (in->policy_sha256)
		return in->policy_sha256;
	return in->run->has_policy ? in->run->policy_sha256 : NULL;
}

/* policies() - calls that a policy declares pass unseen: so two policies see different ones */
static void policies(struct rpt_diff *d)
{
	const struct run_info *a = d->in[DIFF_A]->run, *b = d->in[DIFF_B]->run;
	const char *x = a->has_policy ? a->policy_sha256 : NULL;
	const char *y = b->has_policy ? b->policy_sha256 : NULL;

	differs(d, "Policy of the run, by SHA-256", x, y, BIT(CALLS) | BIT(FINDINGS));
	x = policy_of(d->in[DIFF_A]);
	y = policy_of(d->in[DIFF_B]);
	differs(d, "Policy that it is compared with, by SHA-256", x, y, BIT(FINDINGS));
}

static void machines(struct rpt_diff *d)
{
	const struct run_info *a = d->in[DIFF_A]->run, *b = d->in[DIFF_B]->run;

	differs(d, "Version of tcbox", a->tcbox_version, b->tcbox_version, 0);
	differs(d, "Machine", a->hostname, b->hostname, 0);
	differs(d, "Kernel", a->kernel, b->kernel, 0);
	differs(d, "Processor", a->machine, b->machine, 0);
	differs_number(d, "User", a->uid, b->uid);
	differs(d, "File system (--root)", a->root, b->root, 0);
}

/* take_file() - out of those of B, the one that has this path in A; NULL: there is none */
static const struct run_file *take_file(const struct rpt_diff *d, struct tb_map *in_b,
					const char *path)
{
	TB_AUTOBUF struct tb_buf moved = TB_BUF_INIT;
	const struct run_file *f = tb_map_del(in_b, path, strlen(path));

	if (f)
		return f;
	diff_moved(d, path, &moved);
	return moved.failed || !moved.len ? NULL : tb_map_del(in_b, moved.data, moved.len);
}

static bool same_content(const struct run_file *a, const struct run_file *b)
{
	if (!a->sha256_before || !b->sha256_before)
		return !a->sha256_before && !b->sha256_before;
	return !strcmp(a->sha256_before, b->sha256_before);
}

/* product_files() - how many have another SHA-256, and the first of them; or are of one run only */
static void product_files(struct rpt_diff *d)
{
	const struct run_info *a = d->in[DIFF_A]->run, *b = d->in[DIFF_B]->run;
	struct tb_map *in_b = tb_map_new(b->nfiles + 1);
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	const char *first = NULL;
	size_t both = 0, changed = 0;

	for (size_t i = 0; in_b && i < b->nfiles; i++)
		(void)tb_map_put(in_b, b->files[i].path, strlen(b->files[i].path), &b->files[i]);
	d->failed |= !in_b;
	for (size_t i = 0; in_b && i < a->nfiles; i++) {
		const struct run_file *f = take_file(d, in_b, a->files[i].path);

		both += f != NULL;
		if (!f || same_content(&a->files[i], f))
			continue;
		changed++;
		first = first ? first : f->path;
	}
	tb_map_free(in_b);
	if (changed) {
		tb_buf_addf(&text, "Product files with another SHA-256: %zu, the first %s", changed,
			    first);
		add(d, (struct diff_limit){ .side = DIFF_SIDES }, &text);
	}
	if (a->nfiles != both || b->nfiles != both) {
		tb_buf_addf(&text, "Product files of one run only: %zu in A, %zu in B",
			    a->nfiles - both, b->nfiles - both);
		add(d, (struct diff_limit){ .side = DIFF_SIDES }, &text);
	}
}

static void settings(struct rpt_diff *d)
{
	const struct run_info *a = d->in[DIFF_A]->run, *b = d->in[DIFF_B]->run;

	differs_list(d, "Command", a->argv, a->argc, b->argv, b->argc);
	differs(d, "Working directory", a->cwd, b->cwd, 0);
	differs_list(d, "Variables", a->env, a->nenv, b->env, b->nenv);
	differs_list(d, "Files added", a->binds, a->nbinds, b->binds, b->nbinds);
	differs(d, "Behind the gate (--net)", net_name(a->net), net_name(b->net), NET);
	differs(d, "Answers that were given (--lab), by SHA-256", a->lab_sha256, b->lab_sha256,
		NET);
	differs(d, "What it did wrong (--scenario)", scenario_name(a), scenario_name(b), NET);
	differs(d, "The product's clock (--clock)", a->clock, b->clock, ALL);
	differs(d, "Calls observed (--observe)", observe_name(a->observe),
		observe_name(b->observe), BIT(CALLS) | BIT(FINDINGS));
	differs(d, "Enforced", yes(a->enforce), yes(b->enforce), ALL);
	differs(d, "Undeclared writing prevented by", a->writes_by, b->writes_by, BIT(FILES));
	differs(d, "Undeclared reading prevented by", a->reads_by, b->reads_by, ALL);
	differs(d, "As root", yes(a->as_root), yes(b->as_root), BOX);
	differs(d, "Kept state", a->state_name, b->state_name, BIT(FILES));
	if (a->state_name && b->state_name)
		differs_number(d, "Run with the kept state", a->state_run, b->state_run);
	differs_number(d, "Time limit in ms", a->timeout_ms, b->timeout_ms);
	differs_number(d, "Most processes", a->processes_max, b->processes_max);
	differs_number(d, "Private files in bytes", a->layer_bytes, b->layer_bytes);
	differs_number(d, "Largest file in bytes", a->file_size_max, b->file_size_max);
	differs_number(d, "Processor time in s", a->cpu_time_max_s, b->cpu_time_max_s);
	differs_number(d, "Kept of a body in bytes", a->body_max, b->body_max);
	differs_number(d, "Memory in bytes", a->memory_max, b->memory_max);
	differs_number(d, "Processors in thousandths", a->cpus_milli, b->cpus_milli);
}

/* moves() - what was taken for one place, so that the reader can judge it */
static void moves(struct rpt_diff *d)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	for (size_t i = 0; i < d->nmoves; i++) {
		if (!d->moves[i].told)
			continue;
		tb_buf_addf(&b, "%s in A is taken for %s in B", d->moves[i].from, d->moves[i].to);
		add(d, (struct diff_limit){ .side = DIFF_SIDES }, &b);
	}
}

void diff_limits(struct rpt_diff *d)
{
	for (int side = 0; side < DIFF_SIDES; side++) {
		gaps(d, side);
		ended(d, side);
		left_out(d, side);
	}
	policies(d);
	settings(d);
	product_files(d);
	machines(d);
	moves(d);
}
