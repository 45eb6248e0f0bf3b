/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clocks.h - which programs have a clock of the product's own, and which the machine's
 */
#ifndef SANDBOX_WATCH_CLOCKS_H
#define SANDBOX_WATCH_CLOCKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "tcbox/sandbox.h"

struct clocks;
struct outcome_look;
struct proc;
struct watch;

/* clocks_new() - NULL: no memory. clocks_free() takes NULL, too */
struct clocks *clocks_new(void);
void clocks_free(struct clocks *c);

/* clocks_open() - get to know libfaketime and what it opens, as the box's first process sees them.
 * Without a library nothing is looked at, ever. Return: 0 or negative errno */
int clocks_open(struct watch *w, const struct sbx_clock *clock, pid_t first);

/* clocks_look() - append an EV_CLOCK about a process that ends or becomes another program; once for
 * each program and what is true of it */
void clocks_look(struct watch *w, struct proc *p);

/* clocks_look_around() - the same for all processes that run for a while */
void clocks_look_around(struct watch *w);

/* clocks_shared() - is this file one of those that libfaketime opens in each process? */
bool clocks_shared(const struct clocks *c, const struct outcome_look *look);

#endif
