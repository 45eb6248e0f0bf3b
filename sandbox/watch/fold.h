/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold.h - equal events become one event with a count
 *
 * A product that repeats itself must not fill the record (traps of this trade: floods). The first
 * of equal events is appended at once; repeats are counted and appended as one event with the
 * count: when the process executes another program or ends, when the slot is needed for another
 * event, and at the end. The sum over equal events is exact.
 */
#ifndef SANDBOX_WATCH_FOLD_H
#define SANDBOX_WATCH_FOLD_H

#include "tcbox/record.h"

struct fold;

struct fold *fold_new(struct rec_out *out); /* NULL without memory; borrows @out */
void fold_free(struct fold *f); /* does not flush */

/* fold_append() - append or count. EV_SOCK, EV_CALL and EV_FILE only. Return: as rec_append() */
int fold_append(struct fold *f, struct ev *ev);

/* fold_flush() - append the counts of one process, 0: of all. Return: as rec_append() */
int fold_flush(struct fold *f, uint64_t proc);

#endif
