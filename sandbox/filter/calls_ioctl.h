/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls_ioctl.h - the commands of ioctl(2) that change what other system calls change, too
 *
 * The descriptor may have been opened for reading only, so that nothing is recorded of it. Other
 * commands pass unseen: they change the descriptor, ask a device that the box does not have, or
 * need a descriptor that was opened for writing, which is recorded.
 */
#ifndef SANDBOX_FILTER_CALLS_IOCTL_H
#define SANDBOX_FILTER_CALLS_IOCTL_H

#include <stddef.h>
#include <stdint.h>

#include "sandbox/filter/calls.h"

enum call_ioctl_does {
	IOCTL_ATTRIBUTES, /* of the file, as file_setattr(2) does */
	IOCTL_NOTABLE, /* else: a plain EV_CALL */
	IOCTL_NOTHING, /* needs no look: why says why */
};

struct call_ioctl {
	uint32_t command;
	const char *name;
	enum call_ioctl_does does;
	const char *group; /* ev_call.group */
	int error; /* 0: goes on */
	const char *why;
};

/* The commands that are looked at, as cases of the call table. */
#define CALLS_IOCTLS 45u
extern const struct call_case calls_ioctl_cases[CALLS_IOCTLS];

/* calls_ioctl() - Return: the row of a command that is looked at; NULL if it is not */
const struct call_ioctl *calls_ioctl(uint32_t command);

/* calls_ioctl_at() - the rows from 0 on, those that need no look, too. Return: NULL past the last
 * one */
const struct call_ioctl *calls_ioctl_at(size_t i);

#endif
