/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence.h - what happened in a run, as all witnesses together tell it
 *
 * Events are fed in the order of the record, while the run goes on or from a finished bundle; the
 * same events give the same evidence. evd_finish() joins calls and packets (which process sent it),
 * and gives the facts to read. The evidence knows no policy and judges nothing: comparing, learning
 * and reporting read it.
 *
 * All strings are bytes that the product may have chosen. Equal strings of the evidence are one
 * string, so that comparing them is comparing pointers. Everything belongs to the evidence and
 * lives until evd_free().
 *
 * Limits: what does not fit the tables is counted in facts.dropped and facts.strings_full, never
 * dropped silently.
 */
#ifndef TCBOX_EVIDENCE_H
#define TCBOX_EVIDENCE_H

#include "tcbox/event.h"

#define EVD_ALIASES 4
/* Programs of one process that are kept; of those that follow, acts are shown as the last one's. */
#define EVD_MAX_PAST 64
#define EVD_MAX_CHANGES 200000	/* kept of the changes on disk */

/* A program, known by its path. */
struct evd_program {
	const char *path;
	const char *aliases[EVD_ALIASES];	/* by which it was executed, too, and which are
						 * links to it on the machine; NULL: no more */
	const char *sha256;	/* of what was executed there last; NULL: nothing was, or it is not
				 * known */
};

/* What a process was before it executed another program. */
struct evd_past {
	int64_t until;
	const struct evd_program *program;
	const char *sha256, *cmdline;
};

struct evd_proc {
	uint64_t id, parent;
	int64_t pid, born;
	struct evd_past *past;	/* oldest first */
	size_t npast;
	const struct evd_program *program;	/* the last one; inherited at fork. NULL: not
						 * known */
	const char *sha256;
	const char *cmdline;	/* arguments joined by blanks, for reading only */
	int64_t ended;		/* INT64_MAX: not known */
	int64_t passes;		/* when it, or a process that it started, could first hand what it
				 * has open to any other: by a message (SCM_RIGHTS, unix(7)).
				 * INT64_MAX: never */
	size_t at;		/* its place in facts.procs */
	bool canary;
};

enum evd_op {
	EVD_SOCKET, EVD_CONNECT, EVD_SEND, EVD_BIND, EVD_LISTEN, EVD_ACCEPT, EVD_JOIN,
	EVD_KEEP,		/* a socket that another program opened is in its hands: it stays
				 * open over an exec, or was passed */
};

struct evd_flow;

/* A network call that was let pass: a claim about packets, or a listener. */
struct evd_call {
	int64_t t;
	int64_t since;		/* EVD_KEEP: from when on it may have used the socket, which can be
				 * before the program is seen to run at @t. Else @t */
	uint64_t line;
	uint64_t proc;
	const struct evd_program *program;	/* at the time of the call */
	const char *proto;	/* of a kind that can put packets on the gate */
	const char *name;
	struct ev_addr local, remote;
	uint64_t cookie;	/* of its socket; 0: not known */
	enum evd_op op;		/* EVD_JOIN: remote is a multicast group */
	bool canary;
	bool used;		/* it owns a flow */
	bool silent;		/* packets must have followed, and none did */
	bool stays;		/* it is to loopback or to the box's own addresses: its packets
				 * never reach the gate */
	bool failed;		/* the kernel refused it, as far as that is known: EVD_CONNECT of a
				 * datagram socket */
	bool client;		/* EVD_BIND of a datagram socket that then got one peer, before the
				 * kernel was seen to wait for others there */
};

/* A program has part in a flow of another one, which owns it. */
struct evd_share {
	const struct evd_call *call;	/* by which it has: it owns no flow */
	const struct evd_flow *flow;
};

/* Host names: lower case, no trailing dot. */
struct evd_names {
	size_t n;
	const char *v[];
};

/* What the lab was asked for, as struct ev_request. NULL: none, or not known. */
struct evd_request {
	uint64_t line, number, count;
	int64_t first, last;
	const struct evd_flow *flow;	/* NULL: no packets of its connection were recorded */
	struct ev_addr client, server;
	const char *service, *method, *path, *target, *via, *sni, *tls_version;
	const struct evd_names *names;
	uint64_t status, bytes_in, bytes_out;
	const char *type, *encoding, *sha256, *begins;	/* of its body */
	uint64_t kept, kept_at;
	bool ech, cut, unread;
};

/* How the name of a server was said. */
enum evd_how {
	EVD_BY_SNI,
	EVD_BY_HOST,		/* Host, or the authority of an absolute URI */
	EVD_BY_PROXY,		/* as the one that a proxy is asked to lead to */
};

/* A name, or an address in its place, that was said in a conversation. Each is told once. */
struct evd_said {
	const char *name;	/* as names of hosts, without port */
	unsigned int how;	/* bits, 1u << EVD_BY_... */
	unsigned int heard;	/* by which witnesses: bits, 1u << EV_SRC_NET, 1u << EV_SRC_LAB */
	uint64_t line;		/* in the record, of the first that heard it */
};

/* A conversation on the wire. */
struct evd_flow {
	uint64_t id;
	uint64_t line;
	int64_t first, last;
	struct ev_addr local, remote;
	uint64_t pkts, pkt_first, pkt_last;
	uint64_t bytes_out, bytes_in;
	uint64_t cost_out, cost_in;	/* what a limit counts: IP packets with their headers,
					 * without acknowledgements that what came explains */
	const char *proto, *state, *app, *app_detail, *sni, *http_host;	/* as the packets say */
	const char *tls_version;	/* the weakest; of @app and it the lab's word, where the
					 * packets do not say */
	const char *tls_refused;	/* as of struct ev_served: then no version was used */
	const struct evd_names *names;	/* that lookups gave for the address before it began; NULL:
					 * none */
	const struct evd_call *call;	/* whose it is; NULL: no owner is known */
	const struct evd_said *said;	/* in the order of the record */
	const struct evd_request *requests;	/* as the lab understood them, in their order */
	size_t nsaid, nrequests;
	bool link;		/* as of struct ev_flow */
	bool inbound, ech;
	bool ended;		/* its totals were recorded, at its end or at that of the run */
	bool lookup;		/* with the gate's name server, in a protocol of lookups */
	bool unread;		/* as of struct ev_flow */
	bool ambiguous;		/* the same */
	bool tls_failed;	/* as of struct ev_served; tls_version is what was offered */
	bool compared;		/* of TCP: packets and the lab both tell how much was said: */
	uint64_t sent, read;	/* bytes of the stream from the box, and those that the lab read */
	bool canary;		/* of tcbox's own control */
	bool mismatch;		/* its owner's calls named other destinations */
	bool inferred;		/* its owner was concluded, from there being no other */
};

struct evd_lookup {
	int64_t t;
	uint64_t line;
	uint64_t flow_id;
	const struct evd_flow *flow;	/* NULL: not known */
	uint64_t extra;		/* bytes that no plain query has */
	const char *name, *type;
	struct ev_addr client, server;
	enum ev_src src;
	bool tcp, answered;
	bool refused;		/* the answer was REFUSED, RFC 1035, 4.1.1 */
	bool gate;		/* asked of the gate's name server */
	bool control;		/* of tcbox's own control */
};

enum evd_act_kind {
	EVD_EXEC,		/* a program was executed, or tried */
	EVD_REPLACED,		/* what was executed there was not the same as before */
	EVD_MAP,		/* a file that was changed in the run was mapped as code */
	EVD_FILE,		/* a file was changed, or tried */
	EVD_SYSCALL,		/* a notable system call */
	EVD_REFUSED,		/* the box refused a socket call */
	EVD_I386,		/* a call of the table of 32-bit programs */
};

#define EVD_ACT_LINES 2

/*
 * What one program did to one object, however often and by however many of its processes. The words
 * are those of the first time.
 */
struct evd_act {
	enum evd_act_kind kind;
	bool denied;		/* it failed, or was refused */
	bool tried;		/* EVD_FILE: nothing shows that it did anything */
	bool undeclared;	/* the policy of the run, which may be another than the reader's,
				 * did not allow it */
	bool own;		/* the product itself, as the technician started it */
	bool interpreter;	/* it runs the script @program */
	bool foreign;		/* of a table of calls that no policy can declare */
	const struct evd_program *program;	/* who did it; NULL: not known */
	const char *error;	/* errno name; NULL: none */
	uint64_t proc;		/* the first process that did it */
	int64_t first, last;
	uint64_t count;
	union {
		struct { const struct evd_program *program; const char *alias, *sha256; } exec;
		struct { const struct evd_program *program; const char *before, *now; } replaced;
		struct { const char *path; } map;
		/* from, to: as they were given */
		struct { const char *path; const char *op, *from, *to; } file;
		/* family: of sockets that the box does not have, such as "AF_PACKET"; NULL: the
		 * call was refused for something else, or was not */
		struct { const char *name, *abi, *group, *detail, *family; } syscall;
		struct { const char *name, *proto, *remote, *path; } refused;
	} u;
	uint64_t lines[EVD_ACT_LINES];	/* in the record, the first ones; 0: no more */
	uint64_t *more;		/* those that follow, ended by 0; NULL: none */
};

/* How the private layer differs from before, as struct ev_change. */
struct evd_change {
	char *op, *path, *type;
	char *sha256, *target;	/* NULL: not known, none */
	uint64_t size;
	uint64_t line;
	bool explained;		/* by a recorded act on its path, or on a directory above it */
	bool moved;		/* only by a directory above it that was renamed */
};

/* A port that was open, as struct ev_port: the kernel's own word. */
struct evd_port {
	int64_t t;
	uint64_t line;
	const char *proto;
	struct ev_addr local;
	uint64_t cookie;	/* of its socket; 0: not known */
	const struct evd_call *call;	/* that opened it, on this socket; NULL: no recorded call
					 * did. That it named the same address is not said */
};

struct evd_counter {
	enum ev_src src;
	const char *name;
	uint64_t value;		/* the last one */
};

struct evd_loss {
	const char *what, *detail;
	enum ev_src src;
	int64_t t;
	uint64_t line, count;
};

/* tcbox's own control, at the start or at the end of a run, and which witnesses saw it. */
struct evd_canary {
	const char *name, *detail;
	struct ev_addr addr;
	int64_t t;		/* when it was planned: no control of the end began before */
	bool planned, failed;
	bool calls, packets, lab;
};

/* Calls that work on the machine, and failed because the product was in a box: the first, and how
 * many. */
struct evd_broken {
	const char *call, *error, *what;
	uint64_t count;
};

struct evd_totals {
	uint64_t processes;	/* without the control */
	uint64_t executions, files, socket_calls, other_calls;
	uint64_t unix_calls, loopback_calls;	/* whose packets never reach the gate */
};

struct evd_facts {
	const struct evd_proc *const *procs;		/* by id */
	const struct evd_program *const *programs;	/* by path */
	const struct evd_flow *const *flows;		/* by time */
	const struct evd_call *calls;			/* these and the following as in the
							 * record */
	const struct evd_lookup *lookups;
	const struct evd_request *requests;		/* by flow, those without one last */
	const struct evd_act *acts;
	const struct evd_change *changes;
	const struct evd_port *ports;
	const struct evd_share *shares;			/* by call */
	const struct evd_counter *counters;
	const struct evd_loss *losses;
	size_t nprocs, nprograms, nflows, ncalls, nlookups, nrequests, nacts, nchanges, nports,
		nshares, ncounters, nlosses;
	struct evd_canary canary;	/* before the product */
	struct evd_canary last_canary;	/* when its last process was dead */
	struct evd_broken broken;
	struct evd_totals totals;
	int64_t product_t;		/* when the product's own program was executed; INT64_MAX:
					 * never */
	uint64_t changes_left_out;
	int64_t takes;			/* when a process first could take what another has open
					 * (pidfd_getfd(2)); INT64_MAX: never */
	uint64_t alien;			/* events from a producer that cannot have seen them */
	uint64_t dropped;		/* what exceeded a table */
	bool strings_full;		/* some strings were not kept */
};

struct evd;

/* The addresses that have a meaning in a run: texts, ended by NULL. */
struct evd_net {
	const char *const *own;		/* the box's: their traffic never reaches the gate */
	const char *const *resolver;	/* the gate's, where its name server answers at port 53 */
};

/*
 * evd_new() - evidence of nothing yet. @net is not needed later. Return: NULL without memory, and
 * if an address in @net is none
 */
struct evd *evd_new(const struct evd_net *net);
void evd_free(struct evd *e);

/* evd_feed() - read one event; everything needed is copied. Return: 0, -ENOMEM */
int evd_feed(struct evd *e, const struct ev *ev);

/* What can be said while the run goes on. Cheap. */
struct evd_progress {
	uint64_t processes, flows;
};
void evd_progress(const struct evd *e, struct evd_progress *out);

/**
 * evd_finish() - everything was fed: join what the witnesses saw. Nothing may be fed afterwards
 * @out:	Receives the facts, borrowed until evd_free()
 *
 * Return: 0, -ENOMEM
 */
int evd_finish(struct evd *e, const struct evd_facts **out, struct tb_err *err);

/* evd_proc() - the process with this id; NULL if it is not known */
const struct evd_proc *evd_proc(const struct evd_facts *f, uint64_t id);

/* evd_program() - the program with this path; NULL if nothing was executed there */
const struct evd_program *evd_program(const struct evd_facts *f, const char *path);

/* evd_counted() - the last value of a producer's total, 0 if it gave none. Return: false then */
bool evd_counted(const struct evd_facts *f, enum ev_src src, const char *name, uint64_t *value);

/* evd_counter() - the same, as the value alone */
uint64_t evd_counter(const struct evd_facts *f, enum ev_src src, const char *name);

/*
 * evd_heard_app() - the protocol of a conversation, as the lab understood it: "tls", "http",
 * "smtp", ...; NULL: it understood nothing
 */
const char *evd_heard_app(const struct evd_flow *f);

/*
 * evd_heard_tls() - the weakest TLS of the sessions in a conversation that the lab ended, also
 * after STARTTLS and in a tunnel; NULL: there was none, or a request was made in the clear
 */
const char *evd_heard_tls(const struct evd_flow *f);

/*
 * evd_veiled() - may an encrypted hello in it say a name that nobody read? One that pretends to be
 * encrypted (GREASE) looks like any other. Only a client that means it ends the session with a
 * server that has no key for it: who goes on has accepted the name beside it (RFC 9849, 6.1.6)
 */
bool evd_veiled(const struct evd_flow *f);

/*
 * evd_unheard() - did packets of the box carry bytes over TCP that the lab did not read, or that
 * receivers may read otherwise? What they said is not known then
 */
bool evd_unheard(const struct evd_flow *f);

/* evd_is_membership() - a report to routers of a group that a recorded call joined */
bool evd_is_membership(const struct evd_flow *f);

/* evd_opaque() - is it encrypted, and nobody could read it? The lab could where it ended the TLS */
bool evd_opaque(const struct evd_flow *f);

/* evd_is_loopback() - 127.0.0.0/8 or ::1: traffic that never leaves the box */
bool evd_is_loopback(const struct ev_addr *a);

/* evd_is_unspecified() - no address, or that which stands for every address of the box */
bool evd_is_unspecified(const struct ev_addr *a);

/*
 * evd_said_name() - the first name that was said in it, by SNI or Host, whichever witness heard it;
 * NULL: none
 */
const char *evd_said_name(const struct evd_flow *f);

/* evd_says() - is this name one of those that were said in it? It is of the evidence, or NULL */
bool evd_says(const struct evd_flow *f, const char *name);

/*
 * evd_has_name() - is it one of these? Both are of the evidence
 */
bool evd_has_name(const struct evd_names *names, const char *name);

/*
 * evd_host() - the one name to call a flow's other end by: the first that it says itself and that
 * a lookup gave, too, or the first that one gave. NULL: no lookup gave its address
 */
const char *evd_host(const struct evd_flow *f);

/* evd_is_dynamic() - a port that the kernel hands out: net.ipv4.ip_local_port_range of Linux */
bool evd_is_dynamic(uint16_t port);

/*
 * evd_listens() - does a call wait for others: as a TCP listener, or as a datagram socket on a port
 * of its choice that is no client's?
 */
bool evd_listens(const struct evd_call *call);

/*
 * evd_port_told() - does the call that opened a port tell of what the kernel shows, or of more? A
 * datagram socket of every address gets one of them by connect(2)
 */
bool evd_port_told(const struct evd_port *port);

/* evd_addr_text() - the address without its port. Return: @out */
const char *evd_addr_text(const struct ev_addr *a, char out[EV_ADDR_STRLEN]);

#endif
