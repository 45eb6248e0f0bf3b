/* SPDX-License-Identifier: Apache-2.0 */
/*
 * try.h - a test whether this machine would see, and judge, what a policy does not declare
 *
 * For each kind of undeclared act, and for the rules of a policy, one small act is planned. A
 * helper does them in a box, in an ordinary run; then it is asked of the evidence which witnesses
 * saw each, and of the comparison what it made of it.
 *
 * The plan is a text, one act a line. The helper reads it from its standard input, and repeats
 * each line on its standard output with what came of it: so that the output in a bundle has all
 * that judging needs.
 */
#ifndef TCBOX_TRY_H
#define TCBOX_TRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"
#include "tcbox/event.h"
#include "tcbox/finding.h"
#include "tcbox/policy.h"

struct evd_facts;

#define TRY_HELPER "try-acts"	/* the word that makes tcbox the helper */
#define TRY_MAX_BYTES (4u << 20)	/* of the text */
#define TRY_ACTS 2000		/* of one plan: the rules beyond are not tried */

enum try_kind {
	TRY_CONNECT,		/* TCP with a request, to a name or to an address */
	TRY_CONNECT6,
	TRY_DATAGRAM,
	TRY_ECHO,		/* ICMP */
	TRY_ECHO6,
	TRY_GROUP,		/* a datagram to a multicast group */
	TRY_JOIN,		/* a membership of one */
	TRY_LOOKUP,
	TRY_RESOLVER,		/* a lookup at a server of its own choice */
	TRY_LISTEN,
	TRY_LISTEN6,
	TRY_WAIT,		/* a datagram socket that waits for others */
	TRY_EXEC,
	TRY_CREATE,
	TRY_MKDIR,
	TRY_CHANGE,
	TRY_ATTRIBUTES,
	TRY_RENAME,
	TRY_LINK,
	TRY_REMOVE,
	TRY_CALL,
	TRY_DENIED,		/* a call that the policy denies by name */
	TRY_DANGEROUS,		/* a call that the box refuses */
	TRY_KINDS
};

/* Who can have seen it. */
enum try_witness {
	TRY_BY_CALLS,		/* the record of system calls */
	TRY_BY_PACKETS,
	TRY_BY_LAB,
	TRY_BY_KERNEL,		/* the kernel's tables of sockets */
	TRY_BY_PROCESS,		/* what the process was seen to have become */
	TRY_BY_DISK,		/* the comparison of the private layer */
	TRY_WITNESSES
};

enum try_outcome {
	TRY_NOT_PLANNED,	/* @why says why: nothing of this kind can be undeclared, or it
				 * would do harm */
	TRY_NOT_DONE,		/* the helper could not; @why says why. Also: it did not come to
				 * it */
	TRY_UNSEEN,		/* it was done, and a witness that should have did not see it */
	TRY_MISJUDGED,		/* all saw it, and the comparison said something else; @why */
	TRY_RIGHT,
};

struct try_act {
	enum try_kind kind;
	bool declared;		/* the policy allows it: it must be no finding */
	char *section, *rule;	/* what it was made for: a rule; NULL: a kind of acts */
	char *target;		/* name, address, path, program or call */
	char *second;		/* name of the server that it asks for, and what it asks of it if
				 * that is not "GET /"; new name of a file; NULL: none */
	uint16_t port;
	char *why;
	/* from the helper */
	bool done;
	struct ev_addr local, remote;
	int64_t pid;		/* of the process that it made */
	/* from judging */
	enum try_outcome outcome;
	unsigned int seen;	/* bits, 1u << TRY_BY_... */
	const struct fnd *finding;	/* borrowed; NULL: none */
};

struct try_acts {
	struct try_act *v;
	size_t n;
};

/* Where the acts are done. */
struct try_place {
	const char *program;	/* tcbox itself, as a path in the box */
	const char *dir;	/* a directory with the files that try_files names, private to the
				 * test */
};

/* Files that must be in the directory before the run, ended by NULL. */
extern const char *const try_files[];

/* try_plan() - the acts for a policy. Release with try_clear(). Return: 0, -ENOMEM */
int try_plan(const struct pol *p, const struct try_place *place, struct try_acts *out,
	     struct tb_err *err);

/* try_write() - the plan as the helper reads it */
void try_write(const struct try_acts *acts, struct tb_buf *out);

/* try_read() - what the helper wrote. Return: 0, -EBADMSG: it is not that, -ENOMEM */
int try_read(const char *text, size_t len, struct try_acts *out, struct tb_err *err);

/* try_helper() - in the box: do what standard input says. Return: exit status */
int try_helper(void);

/* try_judge() - which witnesses saw the acts that were done, and what was made of them */
void try_judge(struct try_acts *acts, const struct pol *p, const struct evd_facts *evidence,
	       const struct fnd_result *result);

/* try_request() - what a connection asks for, "GET /a"; NULL: nothing of its own */
const char *try_request(const struct try_act *act);

/* try_kind_text(), try_witness_name() - words for people */
const char *try_kind_text(enum try_kind kind);
const char *try_kind_name(enum try_kind kind);
const char *try_witness_name(enum try_witness w);
const char *try_outcome_name(enum try_outcome o);

/* try_expected() - the witnesses that must see such an act, as bits */
unsigned int try_expected(const struct try_act *act);

void try_clear(struct try_acts *acts);

#endif
