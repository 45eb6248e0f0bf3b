/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export.h - a bundle's capture for the tools of others
 */
#ifndef RUN_EXPORT_H
#define RUN_EXPORT_H

#include <stdint.h>

#include "run/evaluate.h"

/* What was put into a copy of a capture. */
struct export_told {
	size_t secrets;		/* lines */
	uint64_t secrets_left_out; /* that are not in the copy, or were not recorded: too many */
	size_t names;
	bool truncated;		/* the capture ends in the middle of a packet */
};

/**
 * export_pcapng() - write a copy of the capture, whose packets carry process, program, rule and
 * findings, with the names of addresses and the secrets of the lab's TLS
 * @fd:	Empty file, open for writing; borrowed
 *
 * The bundle is only read. Return: 0 or negative errno
 */
int export_pcapng(const struct evaluation *e, int fd, struct export_told *told, struct tb_err *err);

#endif
