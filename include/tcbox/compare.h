/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.h - compare what happened with a policy
 */
#ifndef TCBOX_COMPARE_H
#define TCBOX_COMPARE_H

#include "tcbox/finding.h"
#include "tcbox/policy.h"
#include "tcbox/record.h"
#include "tcbox/run.h"

struct evd_facts;

/* What cmp_why() can be asked about. */
enum cmp_what { CMP_FLOW, CMP_NAME, CMP_LISTEN, CMP_EXEC, CMP_WRITE, CMP_READ, CMP_CALL,
		CMP_REQUEST };

/* One act that a product might do. All strings are borrowed, names in lower case without a dot at
 * the end; NULL: not said. */
struct cmp_ask {
	enum cmp_what what;
	const char *object;	/* a name, a path or a system call; not of FLOW and LISTEN */
	const char *proto;	/* of FLOW and LISTEN: "tcp" */
	const char *host;	/* that a lookup gave for the address */
	struct ev_addr addr;	/* with the port; family 0: only a name is known */
	const char *program;
	const char *application, *tls;
	const char *method, *path;	/* of REQUEST, which is a FLOW else */
};

/* A rule as an answer names it; all borrowed from the policy. */
struct cmp_rule {
	const char *section;	/* static: "connections", "files.write"; NULL: no rule */
	const char *id;		/* or the pattern, of what has no id; NULL: of system calls */
	struct pol_at at;
	uint32_t rank;
	const struct pol_conn *conn;	/* of a connection; else NULL */
};

#define CMP_WHY_ALSO 8

/* What a policy says about one act. */
struct cmp_why {
	enum fnd_stand stand;	/* DECLARED, BROKEN, IGNORED, UNDECLARED, NOT_COMPARED: the policy
				 * says nothing of such acts */
	bool denied;		/* a call that the policy denies by name */
	enum pol_level level;	/* of what is undeclared */
	struct cmp_rule rule;	/* that declares it, or that it breaks, or the nearest one */
	struct fnd_details differs;	/* from that rule */
	size_t common;		/* of a path: so many of its bytes agree with the pattern */
	struct cmp_rule also[CMP_WHY_ALSO];	/* other rules that declare it, and do not count */
	size_t nalso;
};

/* cmp_why() - which rule of the policy decides about an act, or the nearest one. cmp_why_clear()
 * releases what it found. Return: 0, -ENOMEM */
int cmp_why(const struct pol *p, const struct cmp_ask *ask, struct cmp_why *out,
	    struct tb_err *err);
void cmp_why_clear(struct cmp_why *w);

/* What is compared; all borrowed. */
struct cmp_input {
	const struct evd_facts *evidence;	/* tcbox/evidence.h; it is only read */
	const struct pol *policy;	/* NULL: nothing was declared and nothing is compared, the
					 * verdict is inconclusive */
	const struct pol *run_policy;	/* the one that the run had, by which calls were watched or
					 * not; NULL: none, or it cannot be used */
	const struct run_info *run;	/* state, timeouts, degraded mechanisms and loss counters
					 * bound the verdict */
	const struct rec_read_stats *stats;	/* how the record was read; NULL: not known, then
						 * treated as incomplete */
	const char *redacted;		/* a sentence: what was taken out of the bundle since.
					 * Nothing was lost in the run, but what is not there
					 * cannot be examined. NULL: nothing */
};

/**
 * cmp_compare() - decide
 * @out:	The result, owned by the caller: fnd_result_free()
 *
 * The same input gives the same result. Return: 0, -ENOMEM
 */
int cmp_compare(const struct cmp_input *in, struct fnd_result **out, struct tb_err *err);

#endif
