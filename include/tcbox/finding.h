/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding.h - the outcome of a comparison: what the report says
 *
 * Made by the policy room (cmp_finish()), written by the report room. All strings are bytes that
 * the product may have chosen: writers escape them. Everything is owned by struct fnd_result;
 * fnd_result_free() releases it.
 */
#ifndef TCBOX_FINDING_H
#define TCBOX_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/event.h"
#include "tcbox/details.h"
#include "tcbox/gap.h"

enum fnd_verdict { FND_CONFORMS, FND_VIOLATES, FND_INCONCLUSIVE };
enum fnd_severity { FND_INFO, FND_WARNING, FND_VIOLATION };

/* How we know: packets or calls show it; concluded from something seen; could not be seen. */
enum fnd_basis { FND_SEEN, FND_INFERRED, FND_NOT_OBSERVABLE };

/* What a finding is about, in the order of tcbox-findings(7), which explains each. The names are
 * stable: people filter reports by them. */
enum fnd_code {
	FND_NET_UNDECLARED,
	FND_NET_LIMIT,
	FND_NET_APPLICATION,
	FND_TLS_VERSION,
	FND_TLS_NAME_MISMATCH,
	FND_NET_REQUEST,
	FND_NET_UNRESOLVED,
	FND_NET_RESOLVER,
	FND_PROTOCOL_UNKNOWN,
	FND_DNS_UNDECLARED,
	FND_DNS_UNUSUAL,
	FND_LISTEN_UNDECLARED,
	FND_EXEC_UNDECLARED,
	FND_EXEC_CHANGED,
	FND_EXEC_MAPPED,
	FND_FILE_UNDECLARED,
	FND_FILE_UNEXPLAINED,
	FND_SYS_UNDECLARED,
	FND_SYS_DENIED,
	FND_BOX_ATTEMPT,
	FND_MISSING_REQUIRED,
	FND_FLOW_UNOWNED,
	FND_CALL_PACKET_MISMATCH,
	FND_CALL_WITHOUT_PACKETS,
	FND_CANARY_MISSED,
	FND_EVIDENCE_LOST,
	FND_PRODUCT_CHANGED,
	FND_CODES
};

#define FND_OBJECTS 10000	/* kept of the objects of one finding */

/* What a finding about many objects was done to, in the order of the first acts. */
struct fnd_objects {
	char **v;
	size_t n;		/* 0: it is about one object */
	uint64_t left_out;	/* beyond FND_OBJECTS */
};

#define FND_SEEN_MAX 4		/* acts of a finding about many whose details are kept */

/* What was seen of an act. */
struct fnd_seen {
	struct fnd_details details;
	struct fnd_details differs;	/* from the rule that it broke, else from the nearest one */
};

#define FND_ID_LEN 40		/* 32 digits, "-" and a number, and a NUL */
#define FND_REFS 16		/* references kept per finding; count says how many there were */

struct fnd_refs {
	uint64_t v[FND_REFS];
	size_t n;
};

/* A process while it ran one program. exec(3) makes it another program: then it stands here once
 * for each. */
struct fnd_proc {
	uint64_t id;		/* proc id of the record */
	int64_t pid;
	uint64_t parent;
	int64_t born;		/* as ev.t: which program the parent was then is its ancestor */
	bool past;		/* it became another program, at @until */
	int64_t until;
	char *exe;		/* NULL: not known */
	char *sha256;
	char *cmdline;		/* arguments joined by spaces, for reading only */
	bool canary;
};

struct fnd {
	char id[FND_ID_LEN];	/* what it is, the same in other runs: hash of code, program, object
				 * and rule. "-2" behind it: another of the same, which differs in
				 * severity */
	enum fnd_code code;
	enum fnd_gap_code lost;	/* of EVIDENCE-LOST: what was */
	enum fnd_severity severity;
	enum fnd_basis basis;
	char *program;		/* path of who did it; NULL: not known */
	char *object;		/* what it was done to: "port 443 of updates.acme.example"; NULL:
				 * the finding counts acts of this code that are not told one by
				 * one */
	struct fnd_objects objects;
	char *declared;		/* rule id, or NULL: nothing declares it */
	struct fnd_seen seen[FND_SEEN_MAX];	/* what was seen: of its first act, or of the first
						 * one for each of some objects */
	size_t nseen;
	char *nearest;		/* id of the nearest rule, or NULL */
	uint64_t proc;		/* whose act; 0: no owner known */
	int64_t acted;		/* when it acted, of the first act: tells which program it was,
				 * fnd_result_program() */
	int64_t first, last;	/* as ev.t */
	uint64_t count;		/* how often */
	uint64_t failed;	/* of these: refused, not answered, or nothing shows that
				 * they did anything */
	uint64_t bytes_out, bytes_in;
	struct fnd_refs packets;	/* numbers in capture.pcapng */
	struct fnd_refs events;		/* line numbers in events.jsonl */
};

/* One declared rule and what was seen of it. */
struct fnd_rule {
	const char *section;	/* static: "connections", "listens", "names", "executes",
				 * "files.write" */
	char *id;		/* rule id, or the pattern itself where rules have none */
	char *why;
	bool required;
	uint64_t count;		/* 0: declared and not seen */
	uint64_t tls_failed;	/* of count: conversations whose handshake of TLS did not come to
				 * its end */
	bool proved;		/* more than attempts were seen: it satisfies "required" */
	uint64_t bytes_out, bytes_in;
	int64_t first, last;
};

/* How one act stands to the policy. */
enum fnd_stand {
	FND_NOT_COMPARED,	/* no policy, or nothing that policies say anything about */
	FND_DECLARED,
	FND_IGNORED,		/* not declared, and the policy chose not to judge such acts */
	FND_BROKEN,		/* a rule covers it, and it is not as that says */
	FND_UNDECLARED,
};

/* What the comparison says of one flow. */
struct fnd_flow {
	enum fnd_stand stand;
	uint32_t rule;		/* that covers it: its number in fnd_result.rules, from 1; 0:
				 * none */
};

/* The same of acts, lookups and changes on disk of the evidence: an enum fnd_stand for each, in
 * their order. */
struct fnd_stands {
	uint8_t *v;
	size_t n;		/* 0: nothing is known */
};

/* fnd_stand_at() - of the one at this place */
static inline enum fnd_stand fnd_stand_at(const struct fnd_stands *s, size_t at)
{
	return at < s->n ? (enum fnd_stand)s->v[at] : FND_NOT_COMPARED;
}

/* fnd_stand_worse() - what is told of several acts */
enum fnd_stand fnd_stand_worse(enum fnd_stand a, enum fnd_stand b);

/* Something that this run could not show. */
struct fnd_gap {
	enum fnd_gap_code code;
	struct fnd_details details;
	bool blocks_conforms;	/* the verdict cannot be "conforms" because of it */
};

#define FND_SHARES 256		/* of the processes with the most traffic; the others are one sum */

/* What undeclared behaviour is judged by, as the keys of "undeclared" in a policy. */
enum fnd_kind {
	FND_CONNECTIONS,
	FND_NAMES,
	FND_LISTENS,
	FND_EXECUTES,
	FND_FILES,
	FND_SYSCALLS,
	FND_KINDS
};

/* Totals per process for the summary. */
struct fnd_share {
	uint64_t proc;		/* 0: without an owner */
	uint64_t flows;
	uint64_t bytes_out, bytes_in;
	uint64_t opaque_out;	/* bytes out whose content was encrypted */
};

#define FND_CHANGES 10000	/* kept of the changes on disk */

/* A difference that the run left in the private layer, as struct ev_change. */
struct fnd_change {
	char *op, *path, *type;
	char *sha256, *target;	/* NULL: not known, none */
	uint64_t size;
	uint64_t line;		/* in events.jsonl */
};

/* Who tells of what a product did. */
enum fnd_witness {
	FND_BY_CALLS,		/* the record of system calls */
	FND_BY_PACKETS,
	FND_BY_LAB,
	FND_BY_SOCKETS,		/* the kernel's tables of sockets */
	FND_BY_PROCESS,		/* what a process was seen to have become after an exec */
	FND_BY_DISK,		/* the private layer, before and after */
	FND_WITNESSES
};

/* How a witness was in this run. */
enum fnd_sight {
	FND_SIGHT_DOWN,		/* it was not there, or saw not even tcbox's own control */
	FND_SIGHT_PART,		/* it lost something, or did not come to its end */
	FND_SIGHT_UP,
	FND_SIGHT_OFF,		/* this run had none, because it was asked for so */
};

/* Which layers saw tcbox's own control. */
struct fnd_canary {
	bool calls, packets, lab;
};

struct fnd_totals {
	uint64_t processes, executions, calls, flows, lookups, names, files_written;
	uint64_t packets, packets_unowned, bytes_out, bytes_in, bytes_unowned, bytes_opaque;
	uint64_t packets_dropped, packets_undecoded;
	uint64_t packets_link;	/* ARP, neighbour discovery, MLD of the kernels */
	uint64_t attempts;	/* dangerous calls that were refused */
};

struct fnd_result {
	enum fnd_verdict verdict;
	struct fnd *findings;	/* by severity, then time */
	size_t nfindings;
	struct fnd_rule *rules;
	size_t nrules;
	struct fnd_gap *gaps;
	size_t ngaps;
	struct fnd_flow *flows;	/* one for each flow of the evidence, in its order */
	size_t nflows;
	struct fnd_stands acts;		/* programs and files; of others nothing is said */
	struct fnd_stands lookups;	/* of a name that two witnesses tell: that in the packets */
	struct fnd_stands changes_stand;	/* of those that no act explains */
	struct fnd_proc *procs;	/* by ascending id, then time: fnd_result_program() relies on it */
	size_t nprocs;
	struct fnd_share *shares;
	size_t nshares;
	struct fnd_share others;	/* sum over the processes that have no share */
	uint64_t nothers;
	struct fnd_change *changes;	/* in the order of their paths */
	size_t nchanges;
	uint64_t changes_left_out;
	struct fnd_totals totals;
	bool ignored[FND_KINDS];	/* such behaviour was seen, is not declared, and the policy
					 * ignores it */
	struct fnd_canary canary, last_canary;	/* before the product, after its end */
	enum fnd_sight sights[FND_WITNESSES];
};

void fnd_result_free(struct fnd_result *r);
/* fnd_result_find() - Return: the finding with this id, NULL if there is none */
const struct fnd *fnd_result_find(const struct fnd_result *r, const char *id);
/* fnd_clear() - release what a finding owns, and not the finding */
void fnd_clear(struct fnd *f);
/* fnd_result_program() - Return: what the process with this id was at time @t, NULL if there is no
 * such process */
const struct fnd_proc *fnd_result_program(const struct fnd_result *r, uint64_t id, int64_t t);
/* fnd_result_proc() - the same, with the last program that it was */
const struct fnd_proc *fnd_result_proc(const struct fnd_result *r, uint64_t id);
const char *fnd_verdict_name(enum fnd_verdict v);	/* "conforms", "violates", "inconclusive" */
const char *fnd_severity_name(enum fnd_severity s);	/* "info", "warning", "violation" */
const char *fnd_code_name(enum fnd_code code);		/* "NET-UNDECLARED", ... */
const char *fnd_stand_name(enum fnd_stand s);		/* "not-compared", "declared", ... */
const char *fnd_witness_name(enum fnd_witness w);	/* "system calls", "packets", ... */
const char *fnd_sight_name(enum fnd_sight s);	/* "down", "in-part", "up", "off" */
const char *fnd_basis_name(enum fnd_basis b);		/* "seen", "inferred", "not-observable" */

#endif
