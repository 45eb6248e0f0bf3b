/* SPDX-License-Identifier: Apache-2.0 */
/*
 * planner.h - a plan in the making, and what the policy says of an act before it is done
 *
 * This reads the rules a second time, in a few plain lines, and apart from the comparison: who
 * tests an answer must not ask the one who gave it.
 */
#ifndef TRY_PLANNER_H
#define TRY_PLANNER_H

#include "tcbox/try.h"

struct planner {
	const struct pol *p;
	const struct try_place *place;
	struct try_acts *out;
	size_t left_out;	/* rules beyond TRY_ACTS */
	bool failed;		/* memory ran out: the plan is not complete */
};

/* A conversation as rules see it. */
struct wire {
	const char *proto;
	const char *name;	/* NULL: an address that no lookup gave */
	struct ev_addr addr;	/* family 0: not known */
	uint16_t port;		/* 0: the protocol has none */
};

/* planner_add() - one more act. @target is copied; NULL: it is not planned. Return: NULL without
 * memory */
struct try_act *planner_add(struct planner *pl, enum try_kind kind, const char *target);

/* planner_not() - say why an act of this kind, for this rule, is not planned */
void planner_not(struct planner *pl, enum try_kind kind, const char *section, const char *rule,
		 const char *why);

/* planner_depends: a reason for planner_not(): what is declared is known in the run only */
extern const char planner_depends[];

/* planner_for() - the act belongs to a rule */
void planner_for(struct planner *pl, struct try_act *act, const char *section, const char *rule);

/* planner_set() - a copy of a string into an act's member */
void planner_set(struct planner *pl, char **member, const char *value);

/* planner_conn() - the first connection rule that allows it whatever is said there, or may do so;
 * NULL: none */
const struct pol_conn *planner_conn(const struct planner *pl, const struct wire *w);

/* Is something declared? MAYBE: it depends on the run, as on the address that a name gets. */
enum planner_stand { PLANNER_NO, PLANNER_MAYBE, PLANNER_YES };

/* What is asked of a server. */
struct wanted {
	const char *method;	/* NULL: nothing of HTTP */
	const char *path;
};

/* planner_stand() - do the rules declare such a conversation, with what is said in it? */
enum planner_stand planner_stand(const struct planner *pl, const struct wire *w,
				 const struct wanted *what);

/* planner_by_address() - does this rule agree by the address that the lab gives the name? */
bool planner_by_address(const struct pol_conn *rule, const struct wire *w);

/* planner_ours() - is the helper a process that a rule with this glob means? */
bool planner_ours(const struct planner *pl, const char *process);

/* planner_name() - may it be looked up? */
bool planner_name(const struct planner *pl, const char *name);

/* planner_listen() - the first rule that allows to wait there; NULL: none */
const struct pol_listen *planner_listen(const struct planner *pl, const char *proto, uint16_t port,
					bool loopback);

/* planner_write() - the pattern that allows to change it; NULL: none */
const char *planner_write(const struct planner *pl, const char *path);

/* planner_execute() - the pattern that allows to start it; NULL: none */
const char *planner_execute(const struct planner *pl, const char *path);

/* planner_requests() - the acts for a rule that declares requests */
void planner_requests(struct planner *pl, const struct pol_conn *rule, enum try_kind kind,
		      const struct wire *w, const char *to);

/* planner_rules() - the acts for each rule of the policy */
void planner_rules(struct planner *pl);

#endif
