/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worked.c - did the product work? What makes it doubtful that the run shows what it does else
 */
#include "report/worked.h"

#include <inttypes.h>
#include <string.h>

#include "report/amounts.h"
#include "report/phrases.h"
#include "tcbox/clock.h"
#include "tcbox/facts.h"

#define SHORT_NS TB_NS_PER_S	/* a run in which nothing happened and that was no longer than that
				 * may have had no time */
#define LATE_NS (5 * TB_NS_PER_S)	/* of a shorter run the last tenth is no time at all */
#define NAME_COLUMNS 60

static bool was_cut(const struct run_info *run)
{
	return run->timed_out || run->interrupted;
}

/* own_time() - from its start to its end, where that was seen; 0: it was not. What comes after it
 * is not the product's: others of its processes, the control, the end of the box */
static int64_t own_time(const struct rpt_input *in)
{
	const struct fact_program *first = &in->facts->programs[0];
	int64_t ran;

	if (first->ended == INT64_MAX || __builtin_sub_overflow(first->ended, first->first, &ran))
		return 0;
	return ran > 0 ? ran : 0;
}

/* duration() - how long the product ran; 0: not known. What the limit ended ran no longer than the
 * limit: after that it was only taken down */
static int64_t duration(const struct rpt_input *in)
{
	int64_t ran;

	if (!in->run->ended_ns || !in->facts->nprograms)
		return 0;
	ran = was_cut(in->run) ? 0 : own_time(in);
	if (ran)
		return ran;
	if (__builtin_sub_overflow(in->run->ended_ns, in->run->started_ns, &ran) ||
	    __builtin_sub_overflow(ran, in->facts->programs[0].first, &ran))
		return 0;
	if (in->run->timed_out && in->run->timeout_ms &&
	    in->run->timeout_ms < (uint64_t)INT64_MAX / TB_NS_PER_MS &&
	    ran > (int64_t)in->run->timeout_ms * TB_NS_PER_MS)
		ran = (int64_t)in->run->timeout_ms * TB_NS_PER_MS;
	return ran > 0 ? ran : 0;
}

static bool failed(const struct run_info *run)
{
	return !was_cut(run) && ((run->exited && run->exit_code) || run->exit_signal);
}

static bool did_nothing(const struct facts *f)
{
	return !f->ndests && !f->nnames && !f->nlisteners && !f->nfiles && !f->ncalls &&
	       f->nprograms <= 1;
}

/* end() - how it ended, if not well */
static void end(struct tb_buf *b, const struct rpt_input *in)
{
	const struct run_info *run = in->run;
	int64_t ran = duration(in);

	if (failed(run) && run->exited)
		tb_buf_addf(b, "It ended with status %" PRId64, run->exit_code);
	else if (failed(run))
		tb_buf_addf(b, "It was killed by signal %" PRId64, run->exit_signal);
	else if (run->exited && ran && ran < SHORT_NS && did_nothing(in->facts))
		tb_buf_adds(b, "It did nothing that is recorded");
	else
		return;
	if (!ran)
		return;
	tb_buf_adds(b, " after ");
	amount_seconds(b, ran);
}

/* is_log() - "/var/log/x", "/opt/x/agent.log" */
static bool is_log(const char *path)
{
	size_t len = strlen(path);

	return strstr(path, "/log/") || strstr(path, "/logs/") ||
	       (len > 4 && !strcmp(path + len - 4, ".log"));
}

/* logs() - a log that could not be written, or what else could not be, if it failed */
static void unwritten(struct tb_buf *b, const struct rpt_input *in)
{
	const struct fact_file *first = NULL;

	for (size_t i = 0; i < in->facts->nfiles; i++) {
		const struct fact_file *f = &in->facts->files[i];

		if (!f->denied || !(is_log(f->path) || failed(in->run)))
			continue;
		if (!first || (is_log(f->path) && !is_log(first->path)))
			first = f;
	}
	if (!first)
		return;
	amount_join(b, ", ");
	tb_buf_adds(b, is_log(first->path) ? "its log " : "its file ");
	phrase_cut(b, first->path, NAME_COLUMNS);
	tb_buf_adds(b, " could not be written");
	if (first->error)
		tb_buf_addf(b, " (%s)", first->error);
}

/* last_act() - when it last did something that is recorded, as ev.t */
static int64_t last_act(const struct facts *f)
{
	int64_t last = 0;

#define LATEST(list, n, member)							\
	for (size_t i = 0; i < (n); i++)					\
		last = (list)[i].member > last ? (list)[i].member : last
	LATEST(f->dests, f->ndests, last);
	LATEST(f->names, f->nnames, last);
	LATEST(f->listeners, f->nlisteners, last);
	LATEST(f->programs, f->nprograms, first);
	LATEST(f->files, f->nfiles, last);
	LATEST(f->calls, f->ncalls, last);
#undef LATEST
	return last;
}

/* ended_by() - it did not end by itself: whether it had anything more to do, nobody knows. What was
 * quiet for most of the run may have hung */
static void ended_by(struct tb_buf *b, const struct rpt_input *in, int64_t ran)
{
	int64_t idle = 0;

	tb_buf_adds(b, "It was ended by the ");
	tb_buf_adds(b, in->run->timed_out ? "time limit" : "technician");
	if (!ran)
		return;
	tb_buf_adds(b, " after ");
	amount_seconds(b, ran);
	if (__builtin_sub_overflow(in->facts->programs[0].first + ran, last_act(in->facts), &idle))
		return;
	if (idle < SHORT_NS || idle < ran / 2)
		return;
	tb_buf_adds(b, " and had done nothing that is recorded for the last ");
	amount_seconds(b, idle);
}

static bool is_waiting(const struct fact_dest *d)
{
	return d->state && !strcmp(d->state, "open") && !d->bytes_in && !d->inbound;
}

/* cut() - what it was about to do when it was ended */
static void cut(struct tb_buf *b, const struct rpt_input *in)
{
	const struct facts *f = in->facts;
	int64_t ran = duration(in), late = 0;
	size_t at = 0;

	if (!was_cut(in->run))
		return;
	ended_by(b, in, ran);
	while (at < f->ndests && !is_waiting(&f->dests[at]))
		at++;
	if (at < f->ndests) {
		amount_join(b, ", ");
		tb_buf_adds(b, "it was still waiting for an answer of ");
		phrase_where(b, &f->dests[at]);
	}
	for (size_t i = 0; i < f->nnames; i++)
		late = f->names[i].first > late ? f->names[i].first : late;
	if (ran < LATE_NS || !f->nprograms || late - f->programs[0].first < ran - ran / 10)
		return;
	amount_join(b, ", ");
	tb_buf_adds(b, "names first appeared in the last tenth of the run: let it run longer");
}

void worked_doubt(struct tb_buf *b, const struct rpt_input *in)
{
	size_t before = b->len;

	end(b, in);
	cut(b, in);
	unwritten(b, in);
	if (b->len == before || b->failed)
		return;
	if (b->data[before] == 'i')
		b->data[before] = 'I';
	tb_buf_adds(b, ", so what follows may be incomplete.");
}
