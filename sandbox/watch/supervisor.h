/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor.h - the process that serves the seccomp notification descriptor
 */
#ifndef SANDBOX_WATCH_SUPERVISOR_H
#define SANDBOX_WATCH_SUPERVISOR_H

#include "sandbox/filter/filter.h"

struct sup_options {
	int listener; /* seccomp notification descriptor; owned */
	int record_fd; /* pipe to the record, source "box" */
	int diag_fd; /* of ports_socket(), about the box's network; -1: none. Borrowed */
	int stop_fd; /* readable or at end of file: the box is dead, finish */
	int ready_fd; /* one byte once notifications are served; product and canary wait for it */
	int64_t t0_ns;
	pid_t first_pid; /* what becomes the product, in the supervisor's PID namespace; gets proc
			  * id 1 */
	bool canary; /* the first child of first_pid before its first execve() is tcbox's control
		      * process */
	int last_fd; /* a socket where one more listener arrives: of tcbox's control after the
		      * box's death; -1: none does */
	struct sbx_calls filter;
	struct sbx_clock clock;
};

/**
 * sup_main() - answer notifications until the box is dead
 *
 * Runs in a process of its own in the airlock's outer PID namespace with /proc mounted for it, with
 * CAP_SYS_PTRACE over the box's user namespace. Appends EV_PROC, EV_EXEC, EV_EXIT, EV_SOCK,
 * EV_CALL, EV_FILE, EV_PORT, EV_CLOCK, and at the end EV_COUNTERS: notifications, processes,
 * calls_unread (arguments that could not be read), calls_all_NAME under observe_all ...
 */
int sup_main(const struct sup_options *opt, struct tb_err *err);

#endif
