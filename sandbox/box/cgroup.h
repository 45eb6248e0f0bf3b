/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.h - a control group of the box's own, so that limits hold for all of the product together
 */
#ifndef SANDBOX_BOX_CGROUP_H
#define SANDBOX_BOX_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tcbox/err.h"
#include "tcbox/own.h"

enum { CGROUP_MEMORY = 1, CGROUP_CPU = 2, CGROUP_PIDS = 4 };	/* controllers, as a mask */

struct cgroup_limits {
	uint64_t memory;	/* bytes; 0: none */
	uint64_t cpus_milli;	/* thousandths of a processor; 0: none */
	uint64_t tasks;		/* processes and threads; 0: none. A group is not made for this
				 * alone */
};

struct cgroup {
	int place;			/* the directory that the box's group is made in */
	int box;			/* the box's group, locked while it is in use */
	int procs;			/* its cgroup.procs, for init: see cgroup_enter() */
	int life;			/* a pipe that ends when tcbox does */
	pid_t keeper;			/* removes the group then */
	bool aside;			/* tcbox went into a group beside the box's */
	bool swap;			/* what is swapped out counts, or nothing can be */
	char name[40], aside_name[48];
	struct cgroup_limits set;	/* in force; 0 for what the group cannot limit */
};
#define CGROUP_NONE { .place = -1, .box = -1, .procs = -1, .life = -1 }

/**
 * cgroup_parse() - which directory is our own group?
 * @groups:	/proc/self/cgroup
 * @mounts:	/proc/self/mountinfo
 *
 * Return: 0, or -ENOENT: no hierarchy of version 2, or it is not mounted where we see it
 */
int cgroup_parse(const char *groups, const char *mounts, char out[PATH_MAX]);

/* cgroup_own() - the same for this process */
int cgroup_own(char out[PATH_MAX], struct tb_err *err) TB_MUST_CHECK;

/**
 * cgroup_make() - make the box's group and set its limits
 * @own:	Directory of the group that tcbox is in
 * @g:		CGROUP_NONE; to be given to cgroup_end(), also after an error
 *
 * Return: 0, then g->set says what is in force; negative errno: nothing is, and @err tells why
 */
int cgroup_make(struct cgroup *g, const char *own, const struct cgroup_limits *want,
		struct tb_err *err) TB_MUST_CHECK;

/* cgroup_would() - which limits could it set, if this process did not have a parent in the same
 * group? Changes nothing. Return: mask; 0: none, and @err tells why */
unsigned int cgroup_would(const char *own, struct tb_err *err);

/* cgroup_enter() - in init, before anything of the product exists: become a member; from then on
 * the group looks like the root of all groups. Closes g->procs */
int cgroup_enter(struct cgroup *g, struct tb_err *err) TB_MUST_CHECK;

/* cgroup_holds() - are the limits still those that were set? Who owns the groups above can change
 * them */
bool cgroup_holds(const struct cgroup *g);

/* cgroup_memory_peak(), cgroup_memory_kills() - bytes, Linux 5.19, and processes that the limit
 * ended. Return: false if not known */
bool cgroup_memory_peak(const struct cgroup *g, uint64_t *bytes);
bool cgroup_memory_kills(const struct cgroup *g, uint64_t *processes);

/* cgroup_end() - remove it; the box must be dead, or about to be */
void cgroup_end(struct cgroup *g);

#endif
