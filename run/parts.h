/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts.h - the glue between rooms that must not know each other: the airlock starts capture,
 * decoder and lab as parts, and the lab tells the gate which addresses a declared name has
 */
#ifndef RUN_PARTS_H
#define RUN_PARTS_H

#include "tcbox/evidence.h"
#include "tcbox/lab.h"
#include "tcbox/policy.h"
#include "tcbox/sandbox.h"

#define PARTS_MAX 4

/* What the addresses of a run mean to its evidence. */
extern const struct evd_net parts_net;

struct parts {
	struct sbx_part list[PARTS_MAX];
	size_t n;
	int capture_fd;			/* borrowed */
	int packets[2];			/* capture to decoder; owned */
	bool lab;			/* there is a simulated internet */
	struct lab_authority *authority;	/* borrowed; made by then that the lab starts */
	const struct pol *policy;	/* borrowed; NULL: none */
	const struct lab_scenario *scenario;	/* NULL: none */
	const struct lab_fixture *fixture;	/* NULL: none */
	int64_t ahead_s;		/* the product's clock */
	int bodies_fd;			/* borrowed; -1: none */
	uint64_t body_max;		/* kept of each body; 0: none is */
	const char *canary_name;
	bool enforce;
	int layer_fd;			/* the kept layer; borrowed, -1: none */
	const char *root;		/* the file system below it */
	int root_fd;			/* the same; owned */
};

/**
 * parts_prepare() - fill the list for struct sbx_options
 *
 * The struct must stay where it is until the airlock has ended: the parts point into it.
 */
int parts_prepare(struct parts *p, struct tb_err *err);
void parts_clear(struct parts *p);

/* parts_opens() - what the gate lets pass from the start: the addresses and networks of connection
 * rules. Owned by the caller */
int parts_opens(const struct pol *policy, struct sbx_open **out, size_t *n, struct tb_err *err);

#endif
