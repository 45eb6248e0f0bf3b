/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp_state.h - one comparison, shared by its files
 *
 * How it works: cmp_compare() runs once through the evidence, in this order:
 *
 *	acts.c		executions and calls against the policy
 *	files.c		changed files against the policy, also those that no act explains
 *	listens.c	listeners against the listen rules
 *	flows.c		flows against the connection and listen rules, by match.c and match_index.c
 *	reconcile.c	flows without calls, calls without flows, disagreement
 *	quota.c	what flows add up to, against the limits of their rules
 *	said.c		the names that were said in them, against the rules that cover them
 *	names.c		lookups against the rules; the lab's log against the packets
 *	trust.c		product, degraded mechanisms: what bounds the verdict
 *	control.c	the same of tcbox's own control
 *	lost.c		evidence that was lost
 *	sights.c	how each witness was
 *	unseen.c	what could not be seen
 *	required.c	required rules that were not seen
 *	result.c	totals, shares, rules, verdict
 *	procs.c		the processes that all this refers to
 */
#ifndef POLICY_COMPARE_CMP_STATE_H
#define POLICY_COMPARE_CMP_STATE_H

#include "policy/compare/finding_table.h"
#include "policy/match.h"
#include "tcbox/compare.h"
#include "tcbox/evidence.h"
#include "tcbox/map.h"

/* What was seen of one rule. */
struct cmp_seen {
	uint64_t count, bytes_out, bytes_in;
	int64_t first, last;
	uint64_t tls_failed;	/* of count: as of struct evd_flow */
	bool proved;		/* more than an attempt */
};

/* What was seen of each rule of the policy, and what was counted beside. */
struct cmp_tally {
	struct cmp_seen *conns, *listens, *names, *execs, *writes;
	uint64_t attempts;
	uint64_t shared_over;	/* conversations that may be beyond the limits of a rule for another
				 * program that has their socket */
	const struct evd_program *shared_by;	/* one such program; NULL: none is known */
	uint64_t unasked;	/* conversations of rules that declare or limit requests, in which
				 * some could not be read */
	uint64_t unheard;	/* conversations of rules that say something of what is said, with
				 * bytes that the lab did not read */
	uint64_t veiled;	/* conversations of rules for some names, with an encrypted hello
				 * that may say another */
};

/* What the comparison finds. */
struct cmp_verdict {
	struct fnd_table *findings;
	struct fnd_result *r;
	bool failed;		/* memory ran out */
};

struct cmp {
	const struct evd_facts *ev;
	const struct pol *policy;		/* NULL: nothing is compared */
	const struct pol *run_policy;		/* NULL: none, or not known */
	const struct run_info *run;
	const struct rec_read_stats *stats;	/* NULL: not known */
	const char *redacted;		/* NULL: nothing */
	struct match_index *index;		/* connection rules; NULL without policy */
	struct match_index *names;		/* "names" */
	struct tb_map *above;			/* directories above what was changed as declared */
	int *writes_of;		/* by act, of files: the pattern that declares it; -1: none */
	struct cmp_tally tally;
	struct cmp_verdict verdict;
};

/* cmp_level() - severity of undeclared behaviour that was seen; false: it is to be ignored, which
 * the result will say */
bool cmp_level(struct cmp *c, enum fnd_kind kind, enum fnd_severity *out);

/* cmp_severity() - of breaking a rule */
static inline enum fnd_severity cmp_severity(enum pol_level level)
{
	if (level == POL_VIOLATION)
		return FND_VIOLATION;
	return level == POL_WARNING ? FND_WARNING : FND_INFO;
}

/* cmp_seen_add() - count what was seen for a rule */
void cmp_seen_add(struct cmp_seen *s, const struct cmp_seen *more);
void cmp_seen_act(struct cmp_seen *s, const struct evd_act *a);

/* cmp_text() - set a heap string, replacing it */
void cmp_text(struct cmp *c, char **where, const char *fmt, ...) TB_PRINTF(3, 4);

/*
 * cmp_program() - the path of a program and its other names, as rules see it. Return: NULL if it is
 * not known
 */
const char *cmp_program(const struct evd_program *p, const char *aliases[MATCH_ALIASES]);

/* cmp_act_of() - what the evidence says of an act, for a finding */
struct fnd_act cmp_act_of(const struct evd_act *a, enum fnd_code code, enum fnd_severity severity);

/*
 * cmp_note() - add an act. Return: where to say what was seen, if it made a finding; else NULL
 */
struct fnd_details *cmp_note(struct cmp *c, const struct fnd_act *act);

void cmp_acts(struct cmp *c);

/*
 * cmp_files_declared() - before the acts: which pattern declares which, and which directories lead
 * there
 */
void cmp_files_declared(struct cmp *c);
void cmp_file(struct cmp *c, const struct evd_act *a);
void cmp_changes(struct cmp *c);
void cmp_listens(struct cmp *c);
void cmp_reconcile(struct cmp *c);
void cmp_flows(struct cmp *c);
void cmp_names(struct cmp *c);

/* Who listens where, or is talked to from outside. */
struct cmp_listener {
	const struct evd_program *program;	/* NULL: not known */
	const char *proto;
	const struct ev_addr *local;
};

/*
 * cmp_listen_rule() - the listen rule that covers this; -1: none. @nearest: a rule that differs
 * only in where, or -1
 */
int cmp_listen_rule(const struct cmp *c, const struct cmp_listener *who, int *nearest);

/* cmp_flow_covered() - would a rule cover the flow if it were this program's? */
bool cmp_flow_covered(struct cmp *c, const struct evd_flow *f, const struct evd_program *program);

/*
 * cmp_said() - the names that were said in a flow, against the rule that covers it; NULL: none
 * does. Return: whether one of them breaks it
 */
bool cmp_said(struct cmp *c, const struct evd_flow *f, const struct pol_conn *rule);
/* cmp_may_say() - does the rule let all of them be said, as far as they were read? */
bool cmp_may_say(const struct evd_flow *f, const struct pol_conn *rule);
/*
 * cmp_asked() - the requests of a flow that @rule covers, against it and the other rules that do.
 * What none declares is as grave as the gravest of them says. Return: whether one breaks it
 */
bool cmp_asked(struct cmp *c, const struct evd_flow *f, const struct match_flow *m, size_t rule);
/* cmp_is_about_requests() - does a rule declare or limit them? */
bool cmp_is_about_requests(const struct pol_conn *rule);
/* cmp_declares() - does the rule, which agrees with its conversation, declare a request? */
bool cmp_declares(const struct pol_conn *rule, const struct evd_request *r);
/* cmp_may_ask() - is it known of all of them that they are declared? Finds and counts nothing */
bool cmp_may_ask(const struct cmp *c, const struct evd_flow *f, const struct match_flow *m,
		 size_t rule);
/* cmp_asked_rule() - of a flow that @rule covers: the rule whose its first request is. Return:
 * @rule if it has none, or no rule declares it */
size_t cmp_asked_rule(const struct cmp *c, const struct evd_flow *f, const struct match_flow *m,
		      size_t rule);

/* The rules of a conversation, by its requests. */
struct cmp_asked {
	size_t *of;		/* of each request */
	size_t *rules;		/* each of them once, that of the conversation first */
	size_t nrules;
};

/*
 * cmp_asked_rules() - of a flow that @rule covers, which is what cmp_asked_rule() gave. What nobody
 * knows enough of, or none declares, is that rule's. Without memory: c->verdict.failed, and no
 * rules. Free it with cmp_asked_free()
 */
void cmp_asked_rules(struct cmp *c, const struct evd_flow *f, const struct match_flow *m,
		     size_t rule, struct cmp_asked *out);
void cmp_asked_free(struct cmp_asked *a);
/* cmp_asked_has() - is it one of them? */
bool cmp_asked_has(const struct cmp_asked *a, size_t rule);
/* cmp_unread() - what may have been said and could not be read: a gap */
void cmp_unread(struct cmp *c);
/* cmp_control() - which layers saw tcbox's own control */
void cmp_control(struct cmp *c);

/* cmp_trust() - what bounds the verdict: the gaps */
void cmp_trust(struct cmp *c);
/* cmp_lost() - evidence that was lost; cmp_unseen() - what could not be seen */
void cmp_lost(struct cmp *c);
void cmp_unseen(struct cmp *c);
/* cmp_passed() - conversations that another program than their owner may have used: a gap */
void cmp_passed(struct cmp *c);

/* cmp_sights() - how each witness was in this run */
void cmp_sights(struct cmp *c);

/* cmp_link_packets() - the kernels' own packets */
uint64_t cmp_link_packets(const struct cmp *c);

/* cmp_copy() - heap copy for the result; NULL stays NULL */
char *cmp_copy(struct cmp *c, const char *s);

/* cmp_procs() - the processes of the result, once its findings and shares are known */
void cmp_procs(struct cmp *c);

/* cmp_required() - required rules that were not seen */
void cmp_required(struct cmp *c);
/* cmp_blocker() - the first gap that keeps the verdict from being "conforms"; NULL: none does */
const struct fnd_gap *cmp_blocker(const struct fnd_result *r);

/* cmp_result() - everything else of the result, the verdict last */
void cmp_result(struct cmp *c);

/* cmp_stands() - room for @n, none of them compared. Without memory: c->verdict.failed */
void cmp_stands(struct cmp *c, struct fnd_stands *s, size_t n);

/* cmp_stand() - how the one at this place stands */
void cmp_stand(struct fnd_stands *s, size_t at, enum fnd_stand stand);

#endif
