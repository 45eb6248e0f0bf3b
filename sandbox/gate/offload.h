/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offload.h - what the kernel may leave to a network interface
 */
#ifndef SANDBOX_GATE_OFFLOAD_H
#define SANDBOX_GATE_OFFLOAD_H

#include "tcbox/err.h"
#include "tcbox/own.h"

/**
 * offload_no_udp_segments() - datagrams sent together leave an interface one by one
 * @fd:	Any socket of the interface's network namespace
 *
 * With UDP_SEGMENT (udp(7)) one send(2) is many datagrams, which a virtual link carries as a single
 * packet: its capture would have the bytes of all, but not say where each ends. Who is root over
 * the namespace can undo it.
 *
 * Return: 0, also where the kernel knows no such feature; negative errno
 */
int offload_no_udp_segments(int fd, const char *ifname, struct tb_err *err) TB_MUST_CHECK;

#endif
