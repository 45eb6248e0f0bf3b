/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - the evidence while it grows, shared by the files of the room
 *
 * How it works: evd_feed() copies what is needed, once, with interned strings. What one event alone
 * shows (executions, files, calls) is counted in one struct for each program and object (acts.c).
 * What needs its counterpart (flows, network calls, lookups) is kept as one compact struct each.
 * evd_finish() then runs once through it, in this order:
 *
 *	join.c		which call, and so which process, made each flow
 *	share.c		calls that no packet followed, and those that have part in another program's
 *			flow
 *	requests.c	which flow each request belongs to, and which names were said in it
 *	canary.c	which witnesses saw the control
 *	witness.c	open ports and changed files, and the calls that explain them
 *
 * Limits: struct evd_limits. What exceeds them is counted: it is never dropped silently.
 */
#ifndef EVIDENCE_STATE_H
#define EVIDENCE_STATE_H

#include "evidence/intern.h"
#include "tcbox/evidence.h"
#include "tcbox/map.h"

#define EVD_MAX_NAMES 64	/* of one address */
#define EVD_MAX_SAID 256	/* different names in one conversation */
#define EVD_MAX_LOSSES 256
#define EVD_MAX_COUNTERS 1024

struct evd_limits {
	size_t procs, programs, flows, calls, lookups, requests, acts, shares;
	size_t strings, bytes;	/* different ones, and of them */
};

#define EVD_NET_ADDRS 8		/* of one kind in struct evd_net */
struct evd_addrs {
	struct ev_addr v[EVD_NET_ADDRS];	/* without ports */
	size_t n;
};

/* The names that lookups gave for an address, with the time of the first answer. */
struct named {
	int64_t t;
	const char *name;
	struct named *next;
};

/* How much the lab has read of a connection. */
struct stream {
	struct ev_addr client, server;
	int64_t first;
	uint64_t bytes;
	const char *tls_refused;
	bool tls_failed;
};

struct evd {
	struct evd_limits limits;
	struct evd_addrs own, resolver;		/* as struct evd_net */
	struct evd_facts facts;		/* its arrays are set by evd_finish(), all else as it
					 * goes */
	struct intern *strs;
	struct tb_map *procs_by_id, *programs_by_path, *flows_by_id, *named;
	struct evd_proc **procs;
	struct evd_program **programs;
	struct evd_flow **flows;
	struct evd_call *calls;
	struct evd_lookup *lookups;
	struct evd_request *requests;
	struct evd_said *said;
	struct stream *streams;
	size_t nstreams;
	struct evd_act *acts;
	uint32_t *acts_slots;		/* hash table of acts, see acts.c */
	size_t acts_nslots;
	struct tb_map *changed;		/* paths of the first changed_acts of acts, see files.c */
	size_t changed_acts;
	struct evd_change *changes;
	struct evd_port *ports;
	struct evd_share *shares;
	struct named **named_all;	/* for freeing */
	size_t nnamed;
	int64_t canary_first, canary_last;	/* calls of the control; INT64_MAX: none */
	struct evd_counter counters[EVD_MAX_COUNTERS];
	struct evd_loss losses[EVD_MAX_LOSSES];
	bool failed;			/* memory ran out */
};

/* evd_new_bounded() - evd_new() with other limits than a run's */
struct evd *evd_new_bounded(const struct evd_net *net, const struct evd_limits *limits);

/* evd_net_set() - from now on these addresses have a meaning. Return: false if one is none */
bool evd_net_set(struct evd *e, const struct evd_net *net);

/* evd_is_resolver() - the gate's name server */
bool evd_is_resolver(const struct evd *e, const struct ev_addr *a);

/* evd_stays() - loopback, or the box's own addresses: its traffic never reaches the gate */
bool evd_stays(const struct evd *e, const struct ev_addr *a);

/* evd_is_lookup() - as the member of struct evd_flow */
bool evd_is_lookup(const struct evd *e, const struct evd_flow *f);

/*
 * evd_grow() - tb_grow() by one element. Return: the array, NULL without memory (then e->failed)
 */
void *evd_grow(struct evd *e, void *v, size_t n, size_t size);

/* evd_known() - the process with this id, while events are fed; NULL if it is not known */
struct evd_proc *evd_known(const struct evd *e, uint64_t id);

/*
 * evd_proc_get() - the same; makes one if it is new. Return: NULL for 0, beyond the limit and
 * without memory
 */
struct evd_proc *evd_proc_get(struct evd *e, uint64_t id);

/* evd_flow_known() - the flow with this id; NULL if it is not known */
struct evd_flow *evd_flow_known(const struct evd *e, uint64_t id);

/*
 * evd_program_get() - the program with this interned path; makes one if it is new. Return: NULL for
 * NULL, ...
 */
struct evd_program *evd_program_get(struct evd *e, const char *path);

/* procs.c */
void evd_feed_proc(struct evd *e, const struct ev *ev);
void evd_feed_exec(struct evd *e, const struct ev *ev);

/* calls.c */
void evd_feed_sock(struct evd *e, const struct ev *ev);

/* flows.c */
void evd_feed_flow(struct evd *e, const struct ev *ev);
void evd_feed_lookup(struct evd *e, const struct ev *ev);

#define EVD_ADDR_KEY 17
/* evd_addr_key() - an address without its port, as a key of e->named */
void evd_addr_key(const struct ev_addr *a, unsigned char key[EVD_ADDR_KEY]);

/* acts.c */
/* evd_act_exec() - @by: the process, as it was before */
void evd_act_exec(struct evd *e, const struct ev *ev, const struct evd_proc *by);
void evd_act_file(struct evd *e, const struct ev *ev);
void evd_act_map(struct evd *e, const struct ev *ev);
void evd_act_call(struct evd *e, const struct ev *ev);
void evd_act_refused(struct evd *e, const struct ev *ev);
void evd_act_abi(struct evd *e, const struct ev *ev, const char *abi);

/* evd_count_files() - how many different files were changed */
void evd_count_files(struct evd *e);

/* evd_join() - sorts the flows by time, and gives each its call and its names */
void evd_join(struct evd *e);

/* evd_feed_exit() - a process has ended */
void evd_feed_exit(struct evd *e, const struct ev *ev);

/*
 * evd_passes() - after feeding: a process could hand on what those have opened that it comes from,
 * because a fork has it all
 */
void evd_passes(struct evd *e);

/* evd_share() - after joining: what the calls say that own no flow */
void evd_share(struct evd *e);

/* requests.c */
void evd_feed_request(struct evd *e, const struct ev *ev);
/* evd_feed_stream() - a connection of the lab has ended */
void evd_feed_stream(struct evd *e, const struct ev *ev);
/*
 * evd_requests() - after joining: the flow of each request, and the names that were said in each
 * flow
 */
void evd_requests(struct evd *e);

/* canary.c */
void evd_canary_call(struct evd *e, int64_t t);
/* evd_canary() - after joining: the control's own flows and lookups, and who saw it */
void evd_canary(struct evd *e);

/* witness.c */
void evd_feed_port(struct evd *e, const struct ev *ev);
/*
 * evd_explain_ports() - after joining, when the acts are where they stay: which call opened each
 * port
 */
void evd_explain_ports(struct evd *e);
/* evd_explain_changes() - which changes on disk a recorded act explains */
void evd_explain_changes(struct evd *e);

#endif
