/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acts.h - the bounded table of acts
 */
#ifndef EVIDENCE_ACTS_H
#define EVIDENCE_ACTS_H

#include "evidence/state.h"

/**
 * evd_act_add() - count an act
 * @act:	Its kind, who, to what, and how often; strings are interned
 *
 * Return: the act, if it is the first of its kind: its words may now be set. It is borrowed until
 * the next one
 */
struct evd_act *evd_act_add(struct evd *e, const struct ev *ev, const struct evd_act *act);

/* evd_program_of() - what the process is now; NULL: not known */
const struct evd_program *evd_program_of(const struct evd *e, uint64_t proc);

/* evd_is_control() - is it tcbox's own control process? */
bool evd_is_control(const struct evd *e, uint64_t proc);

#endif
