/* SPDX-License-Identifier: Apache-2.0 */
/*
 * details.h - what is known of a finding or a gap: the report makes sentences of it
 *
 * A detail is a key with a text, with a number, or with nothing but that it is so. A key with
 * several values stands several times, in their order.
 */
#ifndef TCBOX_DETAILS_H
#define TCBOX_DETAILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The names of the keys stand in the sentences of the report. */
enum fnd_key {
	/* texts */
	FND_KEY_PROTO,
	FND_KEY_LOCAL,		/* an address with its port */
	FND_KEY_REMOTE,
	FND_KEY_NAMED,		/* by a call */
	FND_KEY_SERVER,
	FND_KEY_NAME,		/* of hosts; several: all that lookups gave for one address */
	FND_KEY_TYPE,
	FND_KEY_APP,
	FND_KEY_TLS,
	FND_KEY_SNI,
	FND_KEY_HOST,
	FND_KEY_HEARD,		/* several: names that only the lab heard, after decryption or in
				 * later requests */
	FND_KEY_EXE,
	FND_KEY_CALL,		/* of sockets */
	FND_KEY_SYSCALL,
	FND_KEY_ARGS,
	FND_KEY_ERROR,		/* errno name */
	FND_KEY_OP,
	FND_KEY_PATH,
	FND_KEY_TO,
	FND_KEY_TARGET,		/* of a link */
	FND_KEY_SCRIPT,		/* that was executed by an interpreter */
	FND_KEY_SHA256,
	FND_KEY_BEFORE,		/* SHA-256 */
	FND_KEY_AFTER,
	FND_KEY_EXECUTED,
	FND_KEY_WHAT,		/* a loss of evidence, as its producer calls it */
	FND_KEY_LAYER,		/* of the observation */
	FND_KEY_SAID,		/* words of tcbox's own parts: the record has them */
	/* of a rule, where it differs from what was seen */
	FND_KEY_AGREES,		/* several: "host", "protocol", in which they do not differ */
	FND_KEY_RULE_HOST,
	FND_KEY_RULE_PROTO,
	FND_KEY_RULE_PORT,	/* several: ports, and ranges of them */
	FND_KEY_RULE_EXE,
	FND_KEY_RULE_APP,
	FND_KEY_RULE_TLS,
	FND_KEY_RULE_UNTIL,
	FND_KEY_RULE_PHASE,	/* several */
	/* numbers */
	FND_KEY_COUNT,
	FND_KEY_BYTES,
	FND_KEY_CONNECTIONS,
	FND_KEY_REQUESTS,
	FND_KEY_MOST,		/* in one connection, or in a span of time */
	FND_KEY_MAX,		/* of them, as declared */
	FND_KEY_PACKETS,
	FND_KEY_FLOWS,
	FND_KEY_MS,
	FND_KEY_SIGNAL,
	FND_KEY_PORT,
	FND_KEY_RULE_OTHER,	/* one host more than rule_host */
	FND_KEY_RULE_OTHERS,	/* more than one */
	FND_KEY_RULE_MORE,	/* ports and ranges that do not stand in rule_port */
	/* that it is so */
	FND_KEY_NO_LOOKUP,	/* no lookup gave the address */
	FND_KEY_ECH,
	FND_KEY_REFUSED,
	FND_KEY_NO_ANSWER,
	FND_KEY_GATE,		/* the gate lets nothing undeclared pass */
	FND_KEY_UNANSWERED,
	FND_KEY_QUERY,
	FND_KEY_NO_QUERY,	/* what went to a name server asks for nothing */
	FND_KEY_DENIED,		/* the call failed, or was refused */
	FND_KEY_TRIED,		/* nothing shows that it did anything */
	FND_KEY_MOVED,		/* with a directory above it */
	FND_KEY_UNEXPLAINED,	/* by any call */
	FND_KEY_SOCKET,		/* a call of sockets */
	FND_KEY_I386,		/* a call of the table for 32-bit programs */
	FND_KEY_UNNAMED,	/* by any call */
	FND_KEY_COUNTED,	/* by the supervisor, and not recorded */
	FND_KEY_PLANNED,
	FND_KEY_UNPLANNED,
	FND_KEY_AT_START,	/* of the control: before the product, or after its end */
	FND_KEY_AT_END,
	FND_KEY_LOST,		/* evidence was lost */
	/* why a required rule had no chance */
	FND_KEY_SCENARIO,	/* the simulated internet did something wrong on purpose */
	FND_KEY_NO_NET,		/* nothing was behind the gate */
	FND_KEY_TIMED_OUT,
	FND_KEY_INTERRUPTED,	/* by the technician */
	FND_KEY_NOT_STARTED,
	FND_KEY_FAILED,		/* the product ended with an error */
	FND_KEY_NO_PORT,	/* of a protocol without ports */
	FND_KEY_BEYOND,		/* loopback */
	FND_KEYS
};

struct fnd_detail {
	enum fnd_key key;
	char *text;		/* NULL: a number, or it is so */
	uint64_t n;
};

struct fnd_details {
	struct fnd_detail *v;
	size_t n;
};

#define FND_VALUES 16		/* kept of one key, by whoever adds them */

/* fnd_details_add() - add one; @text is copied and may be NULL. Return: false without memory */
bool fnd_details_add(struct fnd_details *f, enum fnd_key key, const char *text, uint64_t n);

/* fnd_detail() - Return: the first detail with this key, NULL if there is none */
const struct fnd_detail *fnd_detail(const struct fnd_details *f, enum fnd_key key);

/* fnd_key_name() - "remote" */
const char *fnd_key_name(enum fnd_key key);

/* fnd_details_free() - all details; there are none then */
void fnd_details_free(struct fnd_details *f);

#endif
