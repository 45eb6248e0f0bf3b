/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - the record of a run: producers append, consumers read
 *
 * Every producer lives in a process of its own and owns the writing end of a pipe; tcbox, outside
 * all namespaces, owns the reading ends and the file (events.jsonl). So no producer can change what
 * was already recorded, and a full pipe holds the producer back, and through it the product,
 * instead of losing events.
 */
#ifndef TCBOX_RECORD_H
#define TCBOX_RECORD_H

#include "tcbox/event.h"

#define REC_EVENTS_FILE "events.jsonl"

/* Producer's side. */
struct rec_out;

/**
 * rec_out_new() - start appending
 * @fd:		Writing end of the producer's pipe, blocking; borrowed
 * @t0_ns:	CLOCK_REALTIME of the run's start, nanoseconds
 *
 * Return: NULL without memory
 */
struct rec_out *rec_out_new(int fd, enum ev_src src, int64_t t0_ns);
void rec_out_free(struct rec_out *out);		/* does not flush */

/**
 * rec_append() - append one event; fills in src and n, and t if it is 0
 *
 * Buffered: call rec_flush() before waiting for something. Everything that @ev points to may be
 * reused at return.
 * Return: 0, or negative errno when the record can no longer be written: the run must end
 */
int rec_append(struct rec_out *out, struct ev *ev);
int rec_flush(struct rec_out *out);
/* rec_time() - convert CLOCK_REALTIME nanoseconds to the event clock */
int64_t rec_time(const struct rec_out *out, int64_t realtime_ns);

/* Recorder's side. */
struct rec_file;
typedef void rec_event_fn(void *arg, const struct ev *ev);

#define REC_WANT_ALL ((1u << EV_KINDS) - 1)

/*
 * The record is bounded: of each kind of event of each producer, so many bytes are stored. What is
 * beyond is counted: a product that floods one kind does not hide what it does of another.
 */
#define REC_KIND_BYTES (UINT64_C(1) << 30)
#define REC_LEFT_OUT "events beyond the size of the record" /* "what" of the loss event that says
							     * so */

struct rec_file_options {
	uint64_t kind_bytes;	/* stored of each kind of each producer: REC_KIND_BYTES */
	unsigned int wanted;	/* bit mask, 1u << EV_..., of the kinds that @on_event is for.
				 * Reading an event costs microseconds, storing it does not */
	const char *chain;	/* the first line of events.chain, tcbox/chain.h; NULL: there is to
				 * be no chain. Used during rec_file_create() only */
	rec_event_fn *on_event;	/* called for every such event that is stored, in order; may be
				 * NULL */
	void *arg;
};

/* rec_file_create() - create events.jsonl, and its chain, in the bundle; the options are copied */
int rec_file_create(struct rec_file **out, int bundle_fd, const struct rec_file_options *options,
		    struct tb_err *err);

/**
 * rec_file_pump() - move what is readable from a producer's pipe into the file
 * @fd:		Reading end, non-blocking
 * @src:	Whose pipe it is: lines that are no events, claim another source, or skip a number,
 *		are
 *		counted: rec_file_bad()
 *
 * Return: 1 something was moved or nothing was there, 0 end of file, negative errno (the file could
 * not be written)
 */
int rec_file_pump(struct rec_file *f, int fd, enum ev_src src, struct tb_err *err);

/* rec_file_bad() - how much of @src was lost: lines that were garbled, too long, of another source
 * or cut off, and jumps in the numbers */
uint64_t rec_file_bad(const struct rec_file *f, enum ev_src src);

/* rec_file_left_out() - events that were not stored, because of their kind there were too many */
uint64_t rec_file_left_out(const struct rec_file *f);

/* rec_file_append() - append tcbox's own event (source "run") */
int rec_file_append(struct rec_file *f, struct ev *ev, struct tb_err *err);

/* rec_file_finished() - true once @src has written its final counters and no number was missing */
bool rec_file_finished(const struct rec_file *f, enum ev_src src);

/* rec_file_lines(), rec_file_head() - how many lines are stored, and the chain's value of the last
 * one; NULL without a chain */
uint64_t rec_file_lines(const struct rec_file *f);
const char *rec_file_head(const struct rec_file *f);

/* rec_file_close() - flush to disk and free. Return: 0, or negative errno if the record is not
 * safely stored */
int rec_file_close(struct rec_file *f, struct tb_err *err);

/* Reader's side. */
struct rec_read_stats {
	uint64_t events;
	uint64_t bad_lines;	/* not events */
	uint64_t gaps;		/* events missing by their numbers, but those that the record says
				 * were left out */
	uint64_t left_out;
	bool truncated;		/* the last line has no newline: it was being written when the run
				 * died */
	bool final[EV_SRCS];	/* the producer said that nothing of it follows */
};

/**
 * rec_read() - read a record from start to end, in order
 * @fn:		Called for every event; the event is valid during the call only. Non-zero stops
 *		reading and
 *		is returned
 */
int rec_read(int bundle_fd, int (*fn)(void *arg, const struct ev *ev), void *arg,
	     struct rec_read_stats *stats,
	     struct tb_err *err);

#endif
