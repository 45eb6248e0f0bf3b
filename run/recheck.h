/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recheck.h - what follows from the evidence in a bundle is made again
 */
#ifndef RUN_RECHECK_H
#define RUN_RECHECK_H

#include "tcbox/evidence.h"
#include "tcbox/seal.h"

/**
 * recheck_bundle() - the conversations from the packets, and the report from the record and the
 *                    policy; what comes out is added to @c
 * @path:	A bundle in which nothing was found changed
 *
 * Return: 0 or negative errno
 */
int recheck_bundle(const char *path, int bundle_fd, struct seal_check *c, struct tb_err *err);

/* recheck_bodies() - bodies that were kept as a whole have the hashes that the record says. Return:
 * 0 or negative errno */
int recheck_bodies(int bundle_fd, const struct evd_facts *ev, struct seal_check *c,
		   struct tb_err *err);

/* recheck_copy() - the verdict of a redacted copy, which is no better than the sealed one. Return:
 * 0 or negative errno */
int recheck_copy(const char *path, struct seal_check *c, struct tb_err *err);

#endif
