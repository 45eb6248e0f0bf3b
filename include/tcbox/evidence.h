/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence.h - what happened in a run, as all witnesses together tell it
 *
 * The evidence knows no policy and judges nothing: comparing, learning and reporting read it.
 */
#ifndef TCBOX_EVIDENCE_H
#define TCBOX_EVIDENCE_H

#include "tcbox/event.h"

/* evd_is_loopback() - 127.0.0.0/8 or ::1: traffic that never leaves the box */
bool evd_is_loopback(const struct ev_addr *a);

/* evd_is_unspecified() - no address, or that which stands for every address of the box */
bool evd_is_unspecified(const struct ev_addr *a);

/* evd_is_resolver() - the gate's own name server */
bool evd_is_resolver(const struct ev_addr *a);

/* evd_is_own() - one of the box's own addresses: its traffic never reaches the gate */
bool evd_is_own(const struct ev_addr *a);

/* evd_addr_text() - the address without its port. Return: @out */
const char *evd_addr_text(const struct ev_addr *a, char out[EV_ADDR_STRLEN]);

#endif
