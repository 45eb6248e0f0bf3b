/* SPDX-License-Identifier: Apache-2.0 */
/*
 * airlock.h - the airlock's own processes: who starts whom, and with what
 */
#ifndef SANDBOX_AIRLOCK_H
#define SANDBOX_AIRLOCK_H

#include "sandbox/filter/filter.h"
#include "sandbox/box/guard.h"
#include "sandbox/box/limits.h"
#include "tcbox/sandbox.h"

/* Everything that the airlock's processes inherit by fork(2); prepared by tcbox before the first
 * clone(2), but for what says "airlock". */
struct airlock_plan {
	const struct sbx_options *opt;
	struct flt filter;	/* airlock: built before the box */
	struct guard guard;
	struct limits limits;
	int ctl;		/* airlock: its end of the socket to tcbox */
	int layer;		/* airlock: the layer, not mounted yet; then init's to mount */
	int tty_sock;		/* where init sends the master of the product's terminal; -1: no
				 * terminal */
	int diag;		/* airlock: asks about the sockets of the box's network; -1: cannot
				 * be had */
	int box_netns;		/* airlock: the box's network namespace */
	int box_sock;		/* init: its end of a socket to the airlock */
	int first_sock;		/* first process: its end of a socket to the airlock; closed by
				 * execve(2) */
};

/**
 * airlock_main() - build the airlock around the box, watch over it, tear it down
 *
 * The first process (pid 1) of the outer PID namespace, in the user namespace U and the gate's
 * network namespace: when it dies, however it dies, the kernel kills everything in the airlock
 * (pid_namespaces(7)). Does not return.
 */
void airlock_main(struct airlock_plan *a) __attribute__((noreturn));

/* Hand-shake of the first process with the airlock, over first_sock, once the filter is in
 * force. */
#define FIRST_GO_CANARY 'c'
#define FIRST_GO_PRODUCT 'p'

#endif
