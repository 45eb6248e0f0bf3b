/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ifstats.h - the interface's own counters, the witness against the capture's
 */
#ifndef CAPTURE_IFSTATS_H
#define CAPTURE_IFSTATS_H

#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/own.h"

struct ifstats {
	uint64_t rx_packets, tx_packets, rx_dropped, tx_dropped;
};

struct ifstats_source;

/*
 * ifstats_open() - by RTM_GETLINK, because the gate has no /sys of its network namespace. Needs
 * no privilege
 */
int ifstats_open(struct ifstats_source **out, const char *ifname, struct tb_err *err) TB_MUST_CHECK;
int ifstats_get(struct ifstats_source *s, struct ifstats *out, struct tb_err *err) TB_MUST_CHECK;
void ifstats_free(struct ifstats_source *s);

#endif
