/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt.h - what the product tried, one by one while it runs, and what came of it
 *
 * Told from single events of the record, as they come: whatever needs several witnesses is the
 * comparison's to say, when the run is over. Memory is bounded: of many processes and names the
 * latest are known.
 */
#ifndef RUN_ATTEMPT_H
#define RUN_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "tcbox/event.h"

enum attempt_act {
	ATTEMPT_LOOKUP,		/* of a name */
	ATTEMPT_NETWORK,	/* a call on a socket */
	ATTEMPT_CONVERSATION,	/* on the wire, once it is over */
	ATTEMPT_REQUEST,	/* that the lab understood */
	ATTEMPT_EXECUTE,
	ATTEMPT_FILE,
	ATTEMPT_CALL,		/* another notable system call */
	ATTEMPT_ACTS
};

enum attempt_outcome {
	ATTEMPT_WENT,		/* it was made: what the product got of it is not always known */
	ATTEMPT_REFUSED,	/* by the box */
	ATTEMPT_FAILED,
	ATTEMPT_TRIED,		/* it was made, and nothing shows that it did anything */
};

struct attempt {
	enum attempt_act act;
	enum attempt_outcome outcome;
	int64_t t;		/* as ev.t */
	uint64_t line;		/* in events.jsonl */
	const char *call;	/* system call, operation on a file, type of a lookup, method; or
				 * "" */
	uint64_t proc;		/* 0: not known */
	int64_t pid;		/* 0: not known */
	const char *program;	/* NULL: not known */
	const char *object;	/* what it was tried on, as text */
	const char *name;	/* that a lookup gave for the address; NULL: none did */
	const char *error;	/* errno name, answer of a name server, state of a conversation;
				 * NULL: none */
	uint64_t count;		/* equal ones, at least 1 */
	uint64_t bytes_out, bytes_in;	/* of a conversation */
};

struct attempts;

/* attempts_new() - @canary: the name that tcbox's own control looks up; borrowed. NULL without
 * memory */
struct attempts *attempts_new(const char *canary);
void attempts_free(struct attempts *a);

/**
 * attempt_of() - read one event
 * @out:	Its texts are valid until the next call, and as long as the event's
 *
 * Return: true if it tells of an attempt of the product. Events of tcbox's own control, and such as
 * nobody can have seen who says so, are none
 */
bool attempt_of(struct attempts *a, const struct ev *ev, struct attempt *out);

/* attempts_conversation() - is this flow one of the product's, and no lookup? *name: that a lookup
 * gave for the other end, NULL: none; valid until the next call */
bool attempts_conversation(struct attempts *a, const struct ev_flow *f, const char **name);

const char *attempt_act_name(enum attempt_act act);	/* "lookup", ... "call" */
const char *attempt_outcome_name(enum attempt_outcome o);	/* "went", "refused", ... */

#endif
