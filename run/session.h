/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one run, from the airlock's start to its end: streams, signals, time, and the record
 */
#ifndef RUN_SESSION_H
#define RUN_SESSION_H

#include <signal.h>

#include "tcbox/bundle.h"
#include "run/events.h"
#include "run/live.h"
#include "run/parts.h"
#include "run/progress.h"
#include "run/relay.h"
#include "tcbox/evidence.h"
#include "tcbox/record.h"
#include "tcbox/run.h"
#include "tcbox/sandbox.h"

struct session {
	const struct bundle *bundle;	/* borrowed */
	struct run_info *run;		/* borrowed: outcome, counters and what was lost are filled
					 * in */
	struct sbx_options *opt;	/* borrowed: stdio and record_fds are filled in */
	struct parts *parts;		/* borrowed: its pipes are closed once the airlock holds
					 * them */
	const char *chain;		/* borrowed: the first line of events.chain */
	bool quiet;
	bool mute;			/* what the product prints goes to the bundle only */
	struct events *events;		/* borrowed; the start is told already */
	bool wants_live;
	const char *examiner;		/* who makes notes while it runs; NULL: nobody can */

	struct sbx *sbx;
	struct rec_file *record;
	struct evd *evd;		/* only while progress is shown */
	struct attempts *attempts;	/* only while somebody watches */
	struct live *live;		/* the same; NULL: nobody does */
	struct relay relay;
	struct progress progress;
	int pipes[EV_SRCS];		/* reading ends; -1: none or at its end */
	int sigfd;
	sigset_t signals, mask_before;	/* those that sigfd tells of; what was blocked before */
	int64_t deadline_ns;		/* --timeout; 0: none */
	int64_t kill_ns;		/* then everything is killed; 0: not yet decided */
	int64_t build_ns, end_ns;	/* then the airlock is given up; end_ns 0: not yet
					 * decided */
	unsigned int interrupts;
	bool started, done;
	bool part_died;			/* one of tcbox's own processes, before its time */
	uint64_t clocks_lost;		/* programs whose clock the manifest does not tell */
	int exec_errno;			/* why the program could not be executed; 0: it was */
};

/**
 * session_run() - run the product and record it
 *
 * Return: 0 when the run came to its end, whatever the product did (see s->run, s->exec_errno);
 * negative errno when tcbox could not go on: the box is dead and the bundle says that it is
 * incomplete
 */
int session_run(struct session *s, struct tb_err *err);

/* session_close() - close the record, give the terminal back; safe to call twice */
int session_close(struct session *s, struct tb_err *err);

/* session_signals() - from now on a signal ends tcbox as it would any program. The evidence is
 * complete: what remains is to show it, to somebody who may never look */
void session_signals(const struct session *s);

/* session_end() - kill what is left of the airlock, as the last thing before tcbox exits; safe to
 * call twice */
void session_end(struct session *s);

#endif
