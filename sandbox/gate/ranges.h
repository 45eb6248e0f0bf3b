/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ranges.h - what the policy opens at the gate, as ranges that do not overlap
 */
#ifndef SANDBOX_GATE_RANGES_H
#define SANDBOX_GATE_RANGES_H

#include "tcbox/sandbox.h"

/* One element of a set of the gate. */
struct open_range {
	int family;		/* AF_INET, AF_INET6 */
	uint8_t proto;		/* IPPROTO_TCP, IPPROTO_UDP; IPPROTO_ICMP: echo requests of both
				 * families */
	uint8_t prefix;
	uint8_t ip[16];		/* bits after the prefix are 0 */
	uint16_t port_lo, port_hi;	/* 0, 0 for IPPROTO_ICMP */
};

/**
 * open_ranges() - the same openings as disjoint ranges, in a fixed order
 * @out:	Receives the array, to be freed by the caller; NULL when there is none
 *
 * Return: the number of entries of @in that say nothing sensible (unknown family or protocol,
 * prefix too long, ports in wrong
 *	order) and were left out; -ENOMEM
 */
int open_ranges(const struct sbx_open *in, size_t n, struct open_range **out,
		size_t *nout) TB_MUST_CHECK;

#endif
