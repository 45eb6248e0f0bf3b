/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.h - what a product did, grouped as a person reads it: destinations, names, listeners,
 * programs, files, attempts
 *
 * Made from the evidence once; all writers of reports read the same. Each list is in the order in
 * which it matters: what is not declared first, then what no lookup explains, then what was sent in
 * the clear, then what is big. Beyond FACTS_MAX of a kind the least are counted only; who writes
 * for people cuts earlier, and says so.
 *
 * All strings are bytes that the product may have chosen. They are those of the evidence, and the
 * facts borrow them: equal strings are one pointer.
 */
#ifndef TCBOX_FACTS_H
#define TCBOX_FACTS_H

#include "tcbox/event.h"
#include "tcbox/finding.h"

struct evd_facts;
struct evd_program;

/* How content was sent, as far as the packets say. */
enum fact_content {
	FACT_NO_CONTENT,	/* no payload */
	FACT_CLEAR,		/* in a protocol that is known not to encrypt */
	FACT_ENCRYPTED,		/* nobody could read it */
	FACT_READ,		/* encrypted, and the lab ended that: it could */
	FACT_UNKNOWN_CONTENT,	/* the protocol was not recognised */
};

/* Who did it: the processes of one program. */
struct fact_owner {
	const char *program;	/* path; NULL: not known */
	uint64_t proc;		/* the first process; 0: no owner is known */
	int64_t pid;		/* of that one */
	size_t processes;	/* how many of this program did it; 0: not counted, or not known */
};

#define FACT_REQUESTS 1000	/* kept of the requests of one destination */

/* Requests that are alike, as the lab understood them. */
struct fact_request {
	const char *service;	/* who answered: "http", "smtp", ... */
	const char *method;	/* NULL: a session of TLS in which no request was understood */
	const char *host;	/* the server that it asks for; NULL: it names none */
	const char *path;	/* NULL: none */
	const char *target;	/* where a proxy is asked to lead; NULL: nowhere */
	const char *via;	/* the tunnel that it came through; NULL: none */
	const char *tls_version;	/* NULL: it was sent in the clear */
	uint64_t status;	/* of the answer; 0: none was given */
	uint64_t count;
	uint64_t bytes_out, bytes_in;	/* of bodies: of requests, of answers */
	int64_t first, last;
	bool cut, unread;	/* as of struct evd_request */
};

#define FACT_ADDRS 32		/* kept of the addresses of one destination */

/*
 * The conversations of one program with one destination that are alike: same name or address, port
 * and protocol, application and server name, answered in the same way.
 */
struct fact_dest {
	const char *host;	/* the name that a lookup gave for the address; NULL: none did, or
				 * the conversation was begun from outside */
	const struct ev_addr *addrs;	/* by time, without ports */
	size_t naddrs;
	bool addrs_left_out;	/* there were more than FACT_ADDRS */
	uint16_t port;		/* 0: the protocol has none */
	bool group;		/* nothing but reports that the box is a member of this multicast
				 * group */
	bool inbound;		/* begun from outside: addrs are the other end's, port is the
				 * box's */
	bool ech;		/* with an encrypted hello: sni may be a cover */
	const char *proto;	/* "tcp", "udp", ... */
	const char *state;	/* how they ended: "fin", "refused", "timeout", ...; NULL: not
				 * seen */
	const char *app, *app_detail;	/* as nDPI calls it; NULL: not recognised */
	const char *tls_version, *sni, *http_host;	/* NULL: none was seen */
	bool tls_failed;	/* the handshake did not come to its end: tls_version was offered */
	const char *tls_refused;	/* of that: the version that the product refused */
	enum fact_content content;
	struct fact_owner owner;
	enum fnd_stand stand;
	const char *rule;	/* that covers it; NULL: none */
	uint64_t count;		/* conversations */
	uint64_t unfinished;	/* of these: how they ended was not recorded, and their bytes and
				 * packets are not known */
	int64_t first, last;	/* as ev.t */
	uint64_t pkts;
	uint64_t bytes_out, bytes_in;
	const struct fact_request *requests;	/* in the clear first, then the biggest */
	size_t nrequests;
	uint64_t more_requests;	/* kinds of requests that are not listed */
	const uint32_t *flows;	/* which flows of the evidence, count of them, by time */
};

/* fact_unresolved() - is it known by an address that no lookup gave? */
static inline bool fact_unresolved(const struct fact_dest *d)
{
	return !d->host && !d->inbound && !d->group;
}

#define FACT_TYPES 4		/* kept of the types that one name was asked for */

/* A name that processes of one program looked up. */
struct fact_name {
	const char *name;
	const char *types[FACT_TYPES];	/* "A", "AAAA", ...; NULL: no more */
	struct fact_owner owner;
	bool contacted;		/* conversations with it, or with an address of it, followed */
	bool answered;
	bool elsewhere;		/* asked of another server than the gate's */
	struct ev_addr server;	/* the first that was asked */
	enum fnd_stand stand;	/* the worst of the queries */
	uint64_t count;		/* queries */
	uint64_t extra;		/* bytes that no plain query has */
	int64_t first, last;
};

/* A port that waited for others. */
struct fact_listener {
	const char *proto;
	struct ev_addr local;	/* port 0: of the range from which the kernel chooses, of which
				 * there may be many; whether it chose is not known */
	uint16_t dynamic;	/* that port, if all were the same one; else 0 */
	struct fact_owner owner;
	bool unexplained;	/* the kernel had it open, and no recorded call opened it */
	uint64_t count;		/* calls, or ports, if of the kernel's range */
	int64_t first, last;
};

/*
 * A program that was started, with its arguments: a node of the tree of what started what. Starts
 * from one node that are alike are one.
 */
struct fact_program {
	const char *path;	/* NULL: not known */
	const char *args;	/* joined by blanks, for reading only; NULL: not known */
	const char *sha256;	/* NULL: not known */
	size_t parent;		/* its number in the list, which is smaller; SIZE_MAX: none */
	size_t depth;		/* 0: no parent */
	uint64_t proc;		/* the first process */
	int64_t pid;
	uint64_t count;		/* starts */
	uint64_t forks;		/* processes that it made and that started nothing else */
	int64_t first;		/* when the first one was started */
	int64_t ended;		/* when that process ended; INT64_MAX: not known */
	enum fnd_stand stand;	/* of the program, however it was started */
};

/* What a file was at the end, beside what it was before. */
enum fact_left {
	FACT_LEFT_NOTHING,	/* no difference is known: it was not changed, or is gone again */
	FACT_LEFT_CREATED,
	FACT_LEFT_CHANGED,
	FACT_LEFT_REMOVED,
	FACT_LEFT_REPLACED,	/* a directory that hides the machine's */
};

/* fact_left_word() - as reports and tables write it; NULL: FACT_LEFT_NOTHING */
const char *fact_left_word(enum fact_left left);

/* A path that was changed, or tried. */
struct fact_file {
	const char *path;
	size_t dir;		/* so many bytes of it are its directory, with the last slash */
	const char *op;		/* the first call that went on: "create", "write", ...; NULL:
				 * none */
	enum fact_left left;
	const char *type;	/* "file", "directory", "link", ...; NULL: not known */
	const char *sha256, *target;	/* of what is left; NULL: none, or not known */
	uint64_t size;
	const char *program;	/* the first that did it; NULL: not known */
	size_t programs;	/* how many did; 0: no recorded call did */
	uint64_t proc;		/* the first process; 0: not known */
	const char *error;	/* errno name of the first call that failed; NULL: none did */
	bool denied;		/* every call failed */
	bool tried;		/* nothing shows that any call did anything */
	bool unexplained;	/* it is changed, and no recorded call explains it */
	enum fnd_stand stand;	/* the worst of the calls, and of a change without one */
	uint64_t count;		/* calls */
	int64_t first, last;	/* of calls; 0, 0: there were none */
};

/* A system call that is worth knowing. */
struct fact_call {
	const char *name;
	const char *detail;	/* arguments in words, or what it was about; NULL: none */
	const char *group;	/* "mount", "debug", ..., "socket", "exec"; NULL: none */
	const char *abi;	/* table of calls, if it is not the native one */
	const char *program;	/* NULL: not known */
	const char *error;	/* errno name; NULL: none */
	bool refused;		/* it failed */
	size_t order;		/* in the record */
	uint64_t proc;		/* the first process */
	uint64_t count;
	int64_t first, last;
};

/* What many acts together look like. */
enum fact_pattern_kind {
	FACT_LOOKUP_TUNNEL,	/* data in the names that are looked up */
	FACT_ECHO_TUNNEL,	/* data in ICMP echo messages */
	FACT_BEACON,		/* conversations at regular intervals */
	FACT_GENERATED,		/* names that a program made, not a person */
};

/* fact_pattern_name() - "lookup-tunnel", "echo-tunnel", "beacon", "generated-names" */
const char *fact_pattern_name(enum fact_pattern_kind kind);

struct fact_pattern {
	enum fact_pattern_kind kind;
	const char *program;	/* NULL: not known */
	const char *what;	/* lookup tunnel: the domain; generated names: the first one;
				 * else NULL */
	size_t dest;		/* of the other kinds: which destination */
	uint64_t count;		/* names, packets, conversations */
	uint64_t size;		/* tunnels, on average: characters before the domain, bytes of a
				 * packet */
	int64_t interval;	/* beacon: ns between conversations, the middle one */
	uint64_t regular;	/* beacon: intervals within a fifth of that */
};

/* What was sent in the body of a request; alike are those of equal bytes to one place. */
struct fact_upload {
	const char *host;	/* the server that it asks for; NULL: it names none */
	struct ev_addr server;
	const char *service, *method, *path;
	const char *tls_version;	/* NULL: it was sent in the clear */
	const char *type, *encoding;	/* as the request says; NULL: it does not */
	const char *sha256;
	const char *begins;	/* its first bytes, to be shown */
	const char *program;	/* NULL: not known */
	uint64_t proc;
	uint64_t status;	/* of the answer to the first; 0: none was given */
	uint64_t bytes;		/* of each */
	uint64_t count;
	uint64_t kept, kept_at;	/* so much of the first is in bodies.bin, from there on */
	int64_t first, last;
};

#define FACT_NO_DEST UINT32_MAX

#define FACTS_MAX 100000	/* of each kind, but for */
#define FACTS_LISTENERS_MAX 1000
#define FACTS_PATTERNS_MAX 1000

/* Sum over what is not listed. */
struct fact_rest {
	uint64_t n;		/* so many were left out */
	uint64_t count, bytes_out, bytes_in;
};

struct facts {
	const struct fact_dest *dests;
	size_t ndests;
	struct fact_rest more_dests;
	const uint32_t *dest_of;	/* for each finding of the result: its destination;
					 * FACT_NO_DEST: it is about something else. NULL: not
					 * known */
	const struct fact_name *names;		/* not contacted first */
	size_t nnames;
	const struct fact_listener *listeners;
	size_t nlisteners;
	const struct fact_program *programs;	/* each after its parent and what that started
						 * before */
	size_t nprograms;
	const struct fact_file *files;		/* by directory, then by name */
	size_t nfiles;
	const struct fact_call *calls;		/* refused ones first */
	size_t ncalls;
	const struct fact_pattern *patterns;
	size_t npatterns;
	const struct fact_upload *uploads;	/* in the clear first, then the biggest */
	size_t nuploads;
	uint64_t more_names, more_listeners, more_programs, more_files, more_calls;
	uint64_t more_patterns, more_uploads;
	bool disk_listed;	/* what is left of the files is known */
};

struct facts_input {
	const struct evd_facts *evidence;	/* must outlive the facts */
	const struct fnd_result *result;	/* the comparison; must outlive the facts */
};

/* facts_new() - what happened. The same input gives the same facts. Return: NULL without memory */
struct facts *facts_new(const struct facts_input *in, struct tb_err *err);
void facts_free(struct facts *f);

#endif
