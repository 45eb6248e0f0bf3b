/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp_state.h - what a comparison remembers of a record, shared by the files of the comparing half
 *
 * How it works: cmp_feed() copies what is needed, once, with interned strings. What concerns one event alone
 * (executions, files, calls, listeners) is compared at once and kept only as a finding. What needs its
 * counterpart (flows, network calls, lookups) is kept as one compact struct each, and cmp_finish() then runs
 * once through it, in this order:
 *
 *	join.c		which call, and so which process, made each flow
 *	reconcile.c	flows without calls, calls without flows, disagreement
 *	flows.c	flows against the connection and listen rules, by match.c and match_index.c
 *	names.c	lookups against the rules; the lab's log against the packets
 *	trust.c	canary, losses, degraded mechanisms: what bounds the verdict
 *	result.c	totals, shares, rules, verdict
 *
 * Limits: the CMP_MAX_* below. What exceeds them is counted and blocks "conforms": it is never dropped silently.
 */
#ifndef POLICY_COMPARE_CMP_STATE_H
#define POLICY_COMPARE_CMP_STATE_H

#include "policy/compare/finding_table.h"
#include "evidence/intern.h"
#include "policy/match.h"
#include "tcbox/compare.h"
#include "tcbox/evidence.h"
#include "tcbox/map.h"

#define CMP_MAX_FLOWS (1u << 20)
#define CMP_MAX_CALLS (1u << 20)
#define CMP_MAX_LOOKUPS (1u << 20)
#define CMP_MAX_PROCS (1u << 18)
#define CMP_MAX_PAST 64		/* of one process; of those that follow, acts are shown as the last one's */
#define CMP_MAX_STRINGS (1u << 21)
#define CMP_MAX_BYTES (256u << 20)	/* of strings */
#define CMP_MAX_NAMES 64		/* of one address */
#define CMP_MAX_LOSSES 256
#define CMP_MAX_COUNTERS 1024

#define CMP_NONE UINT32_MAX

/* A program that a process was before it executed another. */
struct cmp_past {
	int64_t until;
	const char *exe, *sha256, *cmdline;
	bool shown;
};

struct cmp_proc {
	uint64_t id, parent;
	int64_t pid, born;
	struct cmp_past *past;	/* oldest first */
	size_t npast;
	const char *exe;	/* the program it runs now; inherited at fork */
	const char *sha256;
	const char *cmdline;
	bool canary;
	bool shown;		/* a finding, a share or a shown descendant refers to it */
};

enum cmp_op { OP_SOCKET, OP_CONNECT, OP_SEND, OP_BIND, OP_LISTEN, OP_ACCEPT };

/* A network call: a claim about packets. */
struct cmp_call {
	int64_t t;
	uint64_t line;
	uint64_t proc;
	const char *exe;	/* at the time of the call */
	const char *proto;
	const char *name;
	struct ev_addr local, remote;
	uint64_t cookie;
	enum cmp_op op;
	bool canary;
	bool refused;		/* the box refused the call: no packets are expected */
	bool used;		/* a flow was joined to it */
	struct cmp_flow *shares;	/* not joined: the flow of another program that it has part in, see reconcile.c */
};

/* A conversation on the wire. */
struct cmp_flow {
	uint64_t id;
	uint64_t line;
	int64_t first, last;
	struct ev_addr local, remote;
	uint64_t pkts, pkt_first, pkt_last;
	uint64_t bytes_out, bytes_in;
	const char *proto, *state, *app, *app_detail, *sni, *http_host, *tls_version;
	const struct intern_list *names;
	uint32_t call;		/* index of the joined call, CMP_NONE: no owner */
	bool inbound, canary, mismatch, inferred, ech;
};

struct cmp_lookup {
	int64_t t;
	uint64_t line, flow;
	uint64_t extra;		/* bytes that no plain query has */
	const char *name, *type;
	struct ev_addr client, server;
	enum ev_src src;
	bool tcp, answered;
};

/* The names that lookups gave for an address, with the time of the first answer. */
struct cmp_named {
	int64_t t;
	const char *name;
	struct cmp_named *next;
};

struct cmp_counter {
	enum ev_src src;
	const char *name;
	uint64_t value;
};

struct cmp_loss {
	const char *what, *detail;
	enum ev_src src;
	int64_t t;
	uint64_t line, count;
};

/* What was seen of one rule. */
struct cmp_seen {
	uint64_t count, bytes_out, bytes_in;
	int64_t first, last;
};

struct cmp {
	const struct pol *policy;
	struct intern *strs;
	struct fnd_table *findings;
	struct match_index *index;	/* connection rules; NULL without policy */
	struct match_index *names;	/* "names" */
	struct tb_map *procs_by_id, *flows_by_id, *named, *once;
	struct cmp_proc **procs;
	struct cmp_flow **flows;
	struct cmp_call *calls;
	struct cmp_lookup *lookups;
	struct cmp_named **named_all;	/* for freeing */
	struct cmp_counter counters[CMP_MAX_COUNTERS];
	struct cmp_loss losses[CMP_MAX_LOSSES];
	size_t nprocs, nflows, ncalls, nlookups, nnamed, ncounters, nlosses;
	size_t procs_cap, flows_cap, calls_cap, lookups_cap, named_cap;
	struct cmp_seen *conn_seen, *listen_seen, *name_seen, *exec_seen, *write_seen;
	struct fnd_change *changes;	/* handed to the result */
	size_t nchanges, changes_cap;
	uint64_t changes_left_out;
	uint64_t alien;			/* events from a producer that cannot have seen them */
	int64_t product_t;		/* when the product's own program was executed; INT64_MAX: not yet */
	uint64_t dropped;		/* what exceeded a maximum */
	uint64_t executions, files, attempts, socket_calls, other_calls, unix_calls, loopback_calls;
	const char *canary_name;
	struct ev_addr canary_addr;
	bool canary_planned, canary_failed, canary_calls, canary_asked, canary_packets, canary_lab;
	const char *canary_detail;
	bool final[EV_SRCS];
	bool calls_whole;		/* nothing is missing at the end of the supervisor's record */
	bool failed;			/* memory ran out */
};

/* cmp_grow() - make room for one more element in a growing array. Return: the array, NULL without memory (then
 * c->failed) */
void *cmp_grow(struct cmp *c, void *v, size_t n, size_t *cap, size_t size);

/* cmp_proc() - the process with this id; NULL if it is not known */
struct cmp_proc *cmp_proc(const struct cmp *c, uint64_t id);
struct cmp_flow *cmp_flow_by_id(const struct cmp *c, uint64_t id);

/* cmp_level() - severity of undeclared behaviour; false: it is to be ignored */
bool cmp_level(enum pol_level level, enum fnd_severity *out);

/* cmp_seen_add() - count an act for a rule */
void cmp_seen_add(struct cmp_seen *s, int64_t first, int64_t last, uint64_t count, uint64_t bytes_out, uint64_t bytes_in);

/* cmp_text() - set a heap string of a finding, replacing it */
void cmp_text(struct cmp *c, char **where, const char *fmt, ...) TB_PRINTF(3, 4);

/* acts.c: compared as they come */
void cmp_take_exec(struct cmp *c, const struct ev *ev, struct cmp_proc *p);
/* cmp_aliases() - the paths by which a program was executed that are links to it on the machine; NULL: no more */
void cmp_aliases(const struct cmp *c, const char *exe, const char *aliases[MATCH_ALIASES]);
const char *cmp_last_hash(struct cmp *c, const char *exe); /* of what was executed there; NULL: nothing was */
void cmp_take_listen(struct cmp *c, const struct cmp_call *call);
void cmp_take_refused(struct cmp *c, const struct ev *ev);
void cmp_take_call(struct cmp *c, const struct ev *ev);
void cmp_take_abi(struct cmp *c, const struct ev *ev, const char *abi); /* a table that the policy of this comparison may lack */
void cmp_take_file(struct cmp *c, const struct ev *ev);
void cmp_counted_calls(struct cmp *c);

/* cmp_listen_rule() - the listen rule that covers this; -1: none. @nearest: a rule that differs only in where,
 * or -1 */
int cmp_listen_rule(const struct cmp *c, const char *exe, const char *proto, const struct ev_addr *local, int *nearest);

/* cmp_join() - sorts the flows by time, and gives each its call and its names */
void cmp_join(struct cmp *c);
void cmp_reconcile(struct cmp *c);

void cmp_flows(struct cmp *c, const struct run_info *run);

#define CMP_WHAT_LEN 400
/* How the destination of a flow is called in findings: name or address, port, protocol; and all ports of it. */
struct cmp_words {
	char what[CMP_WHAT_LEN], many[CMP_WHAT_LEN];
};

/* cmp_flow_act() - an act for a finding about a flow; it borrows @words, which receives its words */
struct fnd_act cmp_flow_act(const struct cmp *c, const struct cmp_flow *f, enum fnd_code code, enum fnd_severity severity,
			    struct cmp_words *words);

void cmp_names(struct cmp *c, const struct run_info *run, struct fnd_result *r);

/* cmp_trust() - what bounds the verdict; adds gaps to @r */
void cmp_trust(struct cmp *c, const struct run_info *run, const struct rec_read_stats *stats, struct fnd_result *r);
void cmp_gap(struct cmp *c, struct fnd_result *r, bool blocks_conforms, const char *what, const char *fmt, ...) TB_PRINTF(5, 6);

/* cmp_counter() - the last value of a producer's total, 0 if it gave none; cmp_link_packets() - the kernels'
 * own packets */
uint64_t cmp_counter(const struct cmp *c, enum ev_src src, const char *name);
uint64_t cmp_link_packets(const struct cmp *c);

/* cmp_result() - everything else of the result, the verdict last */
void cmp_result(struct cmp *c, struct fnd_result *r);

#endif
