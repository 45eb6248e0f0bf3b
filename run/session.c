/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.c - one run: a single loop over the airlock, the producers' pipes, the product's streams
 * and the signals
 */
#include "run/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run/limits.h"
#include "tcbox/clock.h"
#include "tcbox/grow.h"
#include "tcbox/log.h"
#include "tcbox/memory.h"

#define GRACE_NS (2 * TB_NS_PER_S)	/* from SIGTERM to SIGKILL after --timeout */
#define TWICE_NS (3 * TB_NS_PER_S)	/* a second Ctrl-C in the product's terminal within this
					 * time kills */
#define BUILD_NS (60 * TB_NS_PER_S)	/* for the airlock, which gives up earlier itself, unless it
					 * is stopped */
#define DEATH_NS (8 * TB_NS_PER_S)	/* from the order to kill to the product's death */
#define WIND_UP_NS (60 * TB_NS_PER_S)	/* from there to the end: the airlock gives each part 10
					 * s */
#define TICK_MS 250
#define COUNTERS_MAX 1024
#define POLL_MAX (3 + EV_SRCS + RELAY_FDS + LIVE_FDS)

static int add_loss(struct session *s, const char *what, const char *detail, uint64_t count,
		    struct tb_err *err)
{
	struct ev ev = { .kind = EV_LOSS,
		.u.loss = { .what = what, .detail = detail, .count = count } };

	ev.t = tb_realtime_ns() - s->opt->t0_ns;
	return rec_file_append(s->record, &ev, err);
}

/* now() - on the clock of the record */
static int64_t now(const struct session *s)
{
	return tb_realtime_ns() - s->opt->t0_ns;
}

static int add_canary(struct session *s, int64_t t, struct ev_canary canary, struct tb_err *err)
{
	struct ev ev = { .kind = EV_CANARY, .t = t, .u.canary = canary };

	ev.u.canary.name = s->opt->network.canary_name;
	return rec_file_append(s->record, &ev, err);
}

/* set_counter() - keep the latest value of "SRC.name" in the manifest */
static void set_counter(struct run_info *run, const char *src, const struct ev_pair *pair)
{
	struct run_counter *grown;
	char name[128];
	size_t i;

	(void)snprintf(name, sizeof(name), "%s.%.100s", src, pair->name);
	for (i = 0; i < run->ncounters; i++) {
		if (!strcmp(run->counters[i].name, name)) {
			run->counters[i].value = pair->value;
			return;
		}
	}
	if (run->ncounters == COUNTERS_MAX)	/* a producer that was taken over may say
						 * anything */
		return;
	grown = tb_grow(run->counters, run->ncounters, 1, sizeof(*grown));
	if (!grown)
		return;
	run->counters = grown;
	grown[run->ncounters].name = strdup(name);
	grown[run->ncounters].value = pair->value;
	if (grown[run->ncounters].name)
		run->ncounters++;
}

/* on_counters() - totals for the manifest and for the progress line */
static void on_counters(struct session *s, const struct ev *ev)
{
	size_t i;

	for (i = 0; i < ev->u.counters.n; i++) {
		const struct ev_pair *pair = &ev->u.counters.v[i];

		set_counter(s->run, ev_src_name(ev->src), pair);
		if (ev->src == EV_SRC_CAPTURE && !strcmp(pair->name, "packets_captured"))
			s->progress.packets = pair->value;
		if (ev->src == EV_SRC_CAPTURE && !strcmp(pair->name, "packets_dropped"))
			s->progress.dropped = pair->value;
	}
}

/* on_clock() - which clock a program had, for the manifest. A producer that was taken over may say
 * anything */
static void on_clock(struct session *s, const struct ev_clock *clock)
{
	if (run_clock(s->run, clock->program, clock->moved, clock->why))
		s->clocks_lost++;
}

/* tell() - to who watches */
static void tell(struct session *s, const struct ev *ev)
{
	struct attempt attempt;
	bool is = attempt_of(s->attempts, ev, &attempt);

	if (is && events_wanted(s->events))
		events_attempt(s->events, &attempt);
	if (s->live)
		live_event(s->live, s->attempts, ev, is ? &attempt : NULL);
}

/* on_event() - every event once it is stored */
static void on_event(void *arg, const struct ev *ev)
{
	struct session *s = arg;
	struct evd_progress seen;

	if (ev->kind == EV_COUNTERS)
		on_counters(s, ev);
	if (ev->kind == EV_CLOCK && ev->src == EV_SRC_BOX)
		on_clock(s, &ev->u.clock);
	if (s->attempts)
		tell(s, ev);
	if (!s->evd)
		return;
	if (evd_feed(s->evd, ev)) {
		evd_free(s->evd);	/* progress is a service: the verdict reads the record
					 * anew */
		s->evd = NULL;
		return;
	}
	evd_progress(s->evd, &seen);
	s->progress.processes = seen.processes;
	s->progress.flows = seen.flows;
}

/* has_producer() - is there a part of the airlock that speaks for this source? */
static bool has_producer(const struct session *s, int src)
{
	size_t i;

	for (i = 0; i < s->opt->nparts; i++)
		if ((int)s->opt->parts[i].src == src)
			return true;
	return src == EV_SRC_BOX;
}

/* open_pipes() - one pipe for each producer; the larger, the less often a burst must wait for us */
static int open_pipes(struct session *s, struct tb_err *err)
{
	int p[2], i;

	for (i = 0; i < EV_SRCS; i++) {
		if (!has_producer(s, i))
			continue;
		if (pipe2(p, O_CLOEXEC))
			return tb_err_set(err, errno, "create pipe");
		(void)fcntl(p[0], F_SETFL, O_NONBLOCK);
		(void)fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
		s->pipes[i] = p[0];
		s->opt->io.record_fds[i] = p[1];
	}
	return 0;
}

static int open_signals(struct session *s, struct tb_err *err)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH };
	size_t i;

	(void)sigemptyset(&s->signals);
	for (i = 0; i < TB_ARRAY_SIZE(sigs); i++)
		(void)sigaddset(&s->signals, sigs[i]);
	if (sigprocmask(SIG_BLOCK, &s->signals, &s->mask_before))
		return tb_err_set(err, errno, "block signals");
	s->sigfd = signalfd(-1, &s->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->sigfd < 0 ? tb_err_set(err, errno, "create signalfd") : 0;
}

/* end_product() - kill it, and see to it that this is done: the airlock may be stopped, and would
 * not even notice */
static void end_product(struct session *s)
{
	(void)sbx_signal(s->sbx, SIGKILL, true);
	if (!s->end_ns)
		s->end_ns = tb_monotonic_ns() + (sbx_status(s->sbx) < 0 ? DEATH_NS : WIND_UP_NS);
}

/* interrupt() - the technician wants the product to end: first politely, then not */
static void interrupt(struct session *s, int sig)
{
	s->run->interrupted = true;
	if (s->interrupts++)
		end_product(s);
	else
		(void)sbx_signal(s->sbx, sig, false);
}

static void read_signals(struct session *s)
{
	struct signalfd_siginfo si;

	while (read(s->sigfd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGWINCH)
			relay_resize(&s->relay);
		else
			interrupt(s, (int)si.ssi_signo);
	}
}

/* note_keys() - Ctrl-C typed into the product's own terminal reached it as a signal already; a
 * second one soon after kills */
static void note_keys(struct session *s, unsigned int before, int64_t last_ns)
{
	unsigned int typed = s->relay.interrupts - before;

	if (!typed)
		return;
	s->run->interrupted = true;
	if (typed > 1 || (before && s->relay.last_interrupt_ns - last_ns < TWICE_NS))
		end_product(s);
}

static int check_time(struct session *s, struct tb_err *err)
{
	int64_t now = tb_monotonic_ns();

	if (s->started && s->deadline_ns && now >= s->deadline_ns && !s->run->timed_out) {
		s->run->timed_out = true;
		s->kill_ns = now + GRACE_NS;
		(void)sbx_signal(s->sbx, SIGTERM, true);
	}
	if (s->kill_ns && now >= s->kill_ns) {
		s->kill_ns = 0;
		end_product(s);
	}
	if (s->end_ns && now >= s->end_ns)
		return tb_err_msg(err, ETIMEDOUT,
				  "the sandbox did not end when it was told to (is a tcbox process "
				  "stopped?)");
	if (!s->started && now >= s->build_ns)
		return tb_err_msg(err, ETIMEDOUT,
				  "the sandbox was not built in %d s (is a tcbox process stopped?)",
				  (int)(BUILD_NS / TB_NS_PER_S));
	return 0;
}

/* add_canary_end() - how the control ended. @why: it failed */
static int add_canary_end(struct session *s, const char *at, const char *why, struct tb_err *err)
{
	struct ev_canary canary = { .at = at, .stage = "connected", .detail = why };

	if (why)
		canary.stage = "failed";
	return add_canary(s, now(s), canary, err);
}

static int last_canary(struct session *s, struct tb_err *err)
{
	const char *why;

	(void)sbx_last_canary(s->sbx, &why);
	return add_canary_end(s, "end", why, err);
}

static int product_started(struct session *s, struct tb_err *err)
{
	const char *why = sbx_canary(s->sbx);

	s->started = true;
	if (s->run->timeout_ms)
		s->deadline_ns = tb_monotonic_ns() + (int64_t)s->run->timeout_ms * TB_NS_PER_MS;
	if (add_canary_end(s, "start", why, err))
		return -err->code;
	return relay_started(&s->relay, sbx_tty(s->sbx), err);
}

static void product_exited(struct session *s)
{
	int status = sbx_status(s->sbx);

	s->exec_errno = sbx_exec_errno(s->sbx);
	s->run->exited = WIFEXITED(status) && !s->exec_errno;
	s->run->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	s->run->exit_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (s->end_ns)
		s->end_ns = tb_monotonic_ns() + WIND_UP_NS;
}

static int part_died(struct session *s, struct tb_err *err)
{
	char text[160];

	s->part_died = true;
	(void)snprintf(text, sizeof(text), "tcbox's %s process ended before the run did",
		       sbx_part_name(s->sbx));
	return add_loss(s, sbx_part_name(s->sbx), text, 0, err);
}

static int step(struct session *s, struct tb_err *err)
{
	enum sbx_event ev;
	int ret = sbx_step(s->sbx, &ev, err);

	if (ret)
		return ret;
	switch (ev) {
	case SBX_STARTED:
		return product_started(s, err);
	case SBX_PRODUCT_EXIT:
		product_exited(s);
		return 0;
	case SBX_PART_DIED:
		return part_died(s, err);
	case SBX_BOX_DEAD:
		return add_canary(s, sbx_box_dead(s->sbx),
				  (struct ev_canary){ .at = "end", .stage = "planned" }, err);
	case SBX_LAST_CANARY:
		return last_canary(s, err);
	case SBX_DONE:
		s->done = true;
		return 0;
	case SBX_NOTHING:
	case SBX_FAILED:
		break;
	}
	return 0;
}

/* pump() - move what one producer has written into the record */
static int pump(struct session *s, int src, struct tb_err *err)
{
	int ret = rec_file_pump(s->record, s->pipes[src], (enum ev_src)src, err);

	if (ret == 0)
		tb_close(&s->pipes[src]);
	return ret < 0 ? ret : 0;
}

/* pump_rest() - the producers are dead: take what is still in their pipes */
static int pump_rest(struct session *s, struct tb_err *err)
{
	int ret = 0, i;

	for (i = 0; i < EV_SRCS; i++)
		while (!ret && s->pipes[i] >= 0)
			ret = pump(s, i, err);
	return ret;
}

/* all_said() - the product has ended and every producer has closed its pipe after its last word.
 * What is left of the airlock only gives memory back (the capture's ring takes the kernel many
 * milliseconds), so there is nothing more to wait for */
static bool all_said(const struct session *s)
{
	const char *why;
	int i;

	for (i = 0; i < EV_SRCS; i++)
		if (s->pipes[i] >= 0 ||
		    (has_producer(s, i) && !rec_file_finished(s->record, (enum ev_src)i)))
			return false;
	return sbx_status(s->sbx) >= 0 && sbx_last_canary(s->sbx, &why);
}

/* watch_poll() - what who watches has to be waited for. Return: number of entries */
static size_t watch_poll(const struct session *s, struct pollfd *p)
{
	size_t n = stream_poll(&s->events->stream, p);

	return n + (s->live ? live_poll(s->live, p + n) : 0);
}

static void watch_step(struct session *s)
{
	const struct progress *p = &s->progress;
	const struct live_counts counts = { p->processes, p->flows, p->packets, p->dropped };

	stream_step(&s->events->stream);
	if (s->live)
		live_step(s->live, &counts, s->relay.err.mid_line);
}

/* watch_begin() - what is read of each event for who watches */
static int watch_begin(struct session *s, struct rec_file_options *record, struct tb_err *err)
{
	const struct live_options options = { s->bundle->path, s->bundle->dir, s->examiner,
					      s->run->has_policy };
	int ret = 0;

	progress_init(&s->progress, !s->quiet && !s->wants_live);
	if ((s->progress.on || s->wants_live) && (s->evd = evd_new(&parts_net)))
		record->wanted = REC_WANT_ALL;
	if (!s->wants_live && !events_wanted(s->events))
		return 0;
	s->attempts = attempts_new(s->opt->network.canary_name);
	if (!s->attempts)
		return tb_err_set(err, ENOMEM, "watch the run");
	record->wanted = REC_WANT_ALL;
	if (s->wants_live)
		ret = live_open(&s->live, &options, err);
	return ret;
}

/* loop() - until the airlock says that all is over, or nothing can follow any more */
static int loop(struct session *s, struct tb_err *err)
{
	struct pollfd p[POLL_MAX];
	size_t n, nrelay, i;
	int ret = 0, src[EV_SRCS];

	while (!ret && !s->done && !all_said(s)) {
		unsigned int keys = s->relay.interrupts;
		int64_t last_key = s->relay.last_interrupt_ns;

		n = 0;
		p[n++] = (struct pollfd){ .fd = sbx_fd(s->sbx), .events = POLLIN };
		p[n++] = (struct pollfd){ .fd = s->sigfd, .events = POLLIN };
		for (i = 0; i < EV_SRCS; i++) {
			src[i] = (int)n;
			if (s->pipes[i] >= 0)
				p[n++] = (struct pollfd){ .fd = s->pipes[i], .events = POLLIN };
		}
		nrelay = relay_poll(&s->relay, p + n);
		if (poll(p, n + nrelay + watch_poll(s, p + n + nrelay), TICK_MS) < 0) {
			if (errno != EINTR)	/* EINVAL: the limit of open files was lowered
						 * meanwhile */
				return tb_err_set(err, errno, "wait for the sandbox");
			continue;
		}
		if (p[0].revents)
			ret = step(s, err);
		if (p[1].revents)
			read_signals(s);
		for (i = 0; !ret && i < EV_SRCS; i++)
			if (s->pipes[i] >= 0 && p[src[i]].revents)
				ret = pump(s, (int)i, err);
		for (i = 0; s->progress.shown && i < nrelay; i++)
			if (p[n + i].revents)
				progress_hide(&s->progress);
		if (!ret)
			ret = relay_step(&s->relay, p + n, nrelay, err);
		watch_step(s);
		note_keys(s, keys, last_key);
		if (!ret)
			ret = check_time(s, err);
		if (s->relay.at_line_start)
			progress_show(&s->progress);
	}
	return ret;
}

/* give_pipe() - started by root, the pipes are the product's: else it could not open /dev/stderr,
 * for proc(5) asks who owns it */
static void give_pipe(int fd, uid_t uid, gid_t gid)
{
	struct stat st;

	if (fd < 0 || geteuid() != 0 || fstat(fd, &st) || !S_ISFIFO(st.st_mode))
		return;
	if (fchown(fd, uid, gid))
		tb_debug("run", "give the product its streams: %s", strerror(errno));
}

static int start(struct session *s, struct tb_err *err)
{
	struct rec_file_options record = {
		.kind_bytes = REC_KIND_BYTES, .wanted = 1u << EV_COUNTERS | 1u << EV_CLOCK,
		.on_event = on_event, .arg = s, .chain = s->chain,
	};
	struct winsize size;
	int ret, i;

	ret = watch_begin(s, &record, err);
	if (!ret)
		ret = rec_file_create(&s->record, s->bundle->dir, &record, err);
	if (!ret)
		ret = add_canary(s, now(s),
				 (struct ev_canary){ .at = "start", .stage = "planned" }, err);
	if (!ret)
		ret = open_pipes(s, err);
	if (!ret)
		ret = relay_open(&s->relay, s->bundle->logs, s->run->output_max,
				 s->live ? live_viewer(s->live) : NULL, err);
	s->relay.out.mute = s->relay.err.mute = s->mute;
	if (!ret)
		ret = open_signals(s, err);
	for (i = 0; !ret && i < 3; i++) {
		s->opt->io.stdio[i] = s->relay.product[i];
		give_pipe(s->relay.product[i], s->opt->identity.ids.uid, s->opt->identity.ids.gid);
	}
	if (relay_size(&size)) {
		s->opt->io.tty_rows = size.ws_row;
		s->opt->io.tty_columns = size.ws_col;
	}
	s->build_ns = tb_monotonic_ns() + BUILD_NS;
	if (!ret)
		ret = sbx_start(&s->sbx, s->opt, err);
	if (!ret)
		ret = limits_found(s->sbx, s->run, err);
	for (i = 0; i < EV_SRCS; i++)
		tb_close(&s->opt->io.record_fds[i]);
	parts_clear(s->parts);
	return ret;
}

static int copy_degraded(struct session *s, struct tb_err *err)
{
	char *const *sentences;
	size_t n = sbx_degraded(s->sbx, &sentences), i;
	int ret = 0;

	for (i = 0; !ret && i < n; i++)
		ret = run_degraded(s->run, sentences[i], err);
	n = sbx_reduced(s->sbx, &sentences);
	for (i = 0; !ret && i < n; i++)
		ret = run_reduced(s->run, sentences[i], err);
	return ret;
}

static int copy_text(char **to, const char *text, struct tb_err *err)
{
	if (!text)
		return 0;
	*to = strdup(text);
	return *to ? 0 : tb_err_set(err, ENOMEM, "store the run's manifest");
}

/* copy_guard() - what kept the product from files */
static int copy_guard(struct session *s, struct tb_err *err)
{
	int ret = copy_text(&s->run->writes_by, sbx_writes_by(s->sbx), err);

	return ret ? ret : copy_text(&s->run->reads_by, sbx_reads_by(s->sbx), err);
}

/* add_losses() - what is not in the record, or was not told as it should be */
static int add_losses(struct session *s, struct tb_err *err)
{
	uint64_t left_out = rec_file_left_out(s->record);
	int ret = 0;

	for (int i = 0; !ret && i < EV_SRCS; i++)
		if (rec_file_bad(s->record, (enum ev_src)i))
			ret = add_loss(s, "record",
				       "what one of tcbox's processes wrote for the record was "
				       "garbled, or did not arrive",
				       rec_file_bad(s->record, (enum ev_src)i), err);
	if (!ret && left_out)
		ret = add_loss(s, REC_LEFT_OUT,
			       "more events of one kind than the record holds; they were counted, "
			       "not stored",
			       left_out, err);
	if (!ret && s->clocks_lost)
		ret = add_loss(s, "clocks of programs",
			       "more programs than the manifest lists, or some were told without "
			       "a name or a reason",
			       s->clocks_lost, err);
	return ret;
}

static int finish(struct session *s, struct tb_err *err)
{
	int ret = relay_drain(&s->relay, err);
	struct sbx_limits limits = sbx_limits(s->sbx);
	struct ev_pair pairs[] = {
		{ "memory_peak_kib", tb_memory_peak_kib() },
		{ "stdout_cut", s->relay.out.log_cut }, { "stderr_cut", s->relay.err.log_cut },
		/* the last two only if they are known */
		{ "box_memory_kills", limits.memory_kills },
		{ "box_memory_peak_kib", limits.memory_peak / 1024 },
	};
	const size_t n = TB_ARRAY_SIZE(pairs) - !limits.kills_known - !limits.peak_known;
	struct ev ev = { .kind = EV_COUNTERS, .u.counters = { pairs, n, true } };

	if (!ret)
		ret = copy_degraded(s, err);
	if (!ret)
		ret = copy_guard(s, err);
	if (!ret)
		ret = add_losses(s, err);
	ev.t = tb_realtime_ns() - s->opt->t0_ns;
	if (!ret)
		ret = rec_file_append(s->record, &ev, err);
	return ret;
}

/* nothing_open() - what session_close() closes, also of a session that could not begin */
static void nothing_open(struct session *s)
{
	s->sigfd = -1;
	for (int i = 0; i < EV_SRCS; i++)
		s->pipes[i] = s->opt->io.record_fds[i] = -1;
	relay_init(&s->relay);
}

int session_run(struct session *s, struct tb_err *err)
{
	struct tb_err rest = { 0 };
	int ret;

	nothing_open(s);
	ret = start(s, err);
	if (!ret)
		ret = loop(s, err);
	progress_hide(&s->progress);
	if (s->sbx && !ret)
		ret = pump_rest(s, err);
	if (ret) {
		sbx_end(s->sbx);	/* nothing of the airlock survives; what it had written is
					 * still ours to keep */
		s->sbx = NULL;
		if (s->record)
			(void)pump_rest(s, &rest);
		return ret;
	}
	return finish(s, err);
}

/* close_record() - and say in the manifest where it ended */
static int close_record(struct session *s, struct tb_err *err)
{
	const char *head = s->record ? rec_file_head(s->record) : NULL;
	int ret, no_memory = 0;

	if (head) {
		s->run->record_lines = rec_file_lines(s->record);
		s->run->record_head = strdup(head);
		no_memory = s->run->record_head ? 0 : ENOMEM;
	}
	ret = rec_file_close(s->record, err);
	s->record = NULL;
	return !ret && no_memory ? tb_err_set(err, ENOMEM, "close the record") : ret;
}

int session_close(struct session *s, struct tb_err *err)
{
	int i;

	progress_hide(&s->progress);
	relay_close(&s->relay);
	for (i = 0; i < EV_SRCS; i++)
		tb_close(&s->pipes[i]);
	tb_close(&s->sigfd);
	evd_free(s->evd);
	s->evd = NULL;
	live_close(s->live);
	s->live = NULL;
	attempts_free(s->attempts);
	s->attempts = NULL;
	return close_record(s, err);
}

void session_signals(const struct session *s)
{
	const struct timespec now = { 0 };

	while (sigtimedwait(&s->signals, NULL, &now) > 0)
		;		/* it was meant for the run, and that is over */
	(void)sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
}

void session_end(struct session *s)
{
	sbx_leave(s->sbx);
	s->sbx = NULL;
}
