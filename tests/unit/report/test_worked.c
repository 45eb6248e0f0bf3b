/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_worked.c - tests of report/worked.c and report/notable.c: what stands next to the verdict
 */
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "report/notable.h"
#include "report/worked.h"

#define SECOND (1000 * MS)

/* A run of three seconds, of a program that did nothing. */
struct told {
	struct run_info run;
	struct fact_program program;
	struct facts facts;
	struct fnd_result result;
};

static struct told quiet(void)
{
	struct told t = {
		.run = { .state = RUN_COMPLETE, .exited = true, .ended_ns = 3 * SECOND },
		.program = { .path = "/bin/x", .parent = SIZE_MAX, .count = 1 },
	};

	t.facts.nprograms = 1;
	return t;
}

static void assert_doubt(struct told *t, const char *wanted)
{
	const struct rpt_input in = { .run = &t->run, .facts = &t->facts, .result = &t->result };
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	t->facts.programs = &t->program;
	worked_doubt(&b, &in);
	assert_string_equal(b.len ? b.data : "", wanted);
}

static void a_run_that_went_well_is_not_doubted(void **state)
{
	struct told t = quiet();

	(void)state;
	assert_doubt(&t, "");
	t.run.ended_ns = SECOND / 2;
	t.facts.dests = sample_dests;
	t.facts.ndests = 1;
	assert_doubt(&t, "");
}

/* What comes behind its end is not its time. */
static void a_product_ran_until_its_own_end(void **state)
{
	struct told t = quiet();
	(void)state;
	t.program.first = 30 * MS;
	t.program.ended = 40 * MS;
	t.run.exit_code = 1;
	assert_doubt(&t, "It ended with status 1 after 0.010 s, so what follows may be incomplete.");
	t.program.ended = INT64_MAX;
	assert_doubt(&t, "It ended with status 1 after 2.970 s, so what follows may be incomplete.");
}

static void how_it_ended_is_doubted(void **state)
{
	struct told t = quiet();

	(void)state;
	t.run.exit_code = 23;
	assert_doubt(&t, "It ended with status 23 after 3.000 s, so what follows may be incomplete.");
	t.program.first = SECOND;
	assert_doubt(&t, "It ended with status 23 after 2.000 s, so what follows may be incomplete.");
	t.run.ended_ns = 0;
	assert_doubt(&t, "It ended with status 23, so what follows may be incomplete.");
	t = quiet();
	t.run.exited = false;
	t.run.exit_signal = 11;
	assert_doubt(&t, "It was killed by signal 11 after 3.000 s, so what follows may be incomplete.");
	t.run.timed_out = true;		/* then the signal is tcbox's own */
	assert_doubt(&t, "It was ended by the time limit after 3.000 s and had done nothing that is "
			 "recorded for the last 3.000 s, so what follows may be incomplete.");
	t.run.timeout_ms = 2500;	/* the rest of the time it was taken down */
	assert_doubt(&t, "It was ended by the time limit after 2.500 s and had done nothing that is "
			 "recorded for the last 2.500 s, so what follows may be incomplete.");
	t.run.timeout_ms = 3500;
	assert_doubt(&t, "It was ended by the time limit after 3.000 s and had done nothing that is "
			 "recorded for the last 3.000 s, so what follows may be incomplete.");
}

static void a_short_run_without_any_act_is_doubted(void **state)
{
	static const struct fact_call call = { .count = 1 };
	struct told t = quiet();

	(void)state;
	t.run.ended_ns = 150 * MS;
	assert_doubt(&t, "It did nothing that is recorded after 0.150 s, so what follows may be "
			 "incomplete.");
	t.facts.ncalls = 1;
	t.facts.calls = &call;
	assert_doubt(&t, "");
	t.facts.ncalls = 0;
	t.facts.nnames = 1;
	t.facts.names = sample_names;
	assert_doubt(&t, "");
}

static void a_log_that_could_not_be_written_is_named(void **state)
{
	static const struct fact_file files[] = {
		{ .path = "/etc/hosts", .denied = true, .error = "EACCES", .count = 1 },
		{ .path = "/var/log/x", .denied = true, .error = "EROFS", .count = 1 },
		{ .path = "/tmp/y.log", .count = 1 },
	};
	struct told t = quiet();

	(void)state;
	t.facts.files = files;
	t.facts.nfiles = 1;
	assert_doubt(&t, "");
	t.run.exit_code = 1;
	assert_doubt(&t, "It ended with status 1 after 3.000 s, its file /etc/hosts could not be "
			 "written (EACCES), so what follows may be incomplete.");
	t.facts.nfiles = 3;
	assert_doubt(&t, "It ended with status 1 after 3.000 s, its log /var/log/x could not be "
			 "written (EROFS), so what follows may be incomplete.");
	t.run.exit_code = 0;
	assert_doubt(&t, "Its log /var/log/x could not be written (EROFS), so what follows may be "
			 "incomplete.");
}

static void what_was_going_on_when_it_was_cut_is_told(void **state)
{
	static const struct fact_dest dest = {
		.host = "a.example", .port = 443, .proto = "tcp", .state = "open", .bytes_out = 9,
		.last = 6 * SECOND,
	};
	struct fact_name name = { .name = "late.example", .first = 95 * SECOND / 10 };
	struct told t = quiet();

	(void)state;
	t.run.ended_ns = 10 * SECOND;
	t.facts.dests = &dest;
	t.facts.ndests = 1;
	t.facts.names = &name;
	t.facts.nnames = 1;
	assert_doubt(&t, "");
	t.run.timed_out = true;
	assert_doubt(&t, "It was ended by the time limit after 10.000 s, it was still waiting for an "
			 "answer of a.example:443, names first appeared in the last tenth of the "
			 "run: let it run longer, so what follows may be incomplete.");
	t.facts.ndests = 0;
	name.first = name.last = 89 * SECOND / 10;
	assert_doubt(&t, "It was ended by the time limit after 10.000 s, so what follows may be "
			 "incomplete.");
	name.first = name.last = 95 * SECOND / 10;
	t.run.timed_out = false;
	t.run.interrupted = true;
	assert_doubt(&t, "It was ended by the technician after 10.000 s, names first appeared in the "
			 "last tenth of the run: let it run longer, so what follows may be "
			 "incomplete.");
	t.run.ended_ns = 4 * SECOND;
	name.first = name.last = 39 * SECOND / 10;
	assert_doubt(&t, "It was ended by the technician after 4.000 s, so what follows may be "
			 "incomplete.");
}

static void a_run_that_was_cut_in_a_silence_may_have_hung(void **state)
{
	struct fact_name name = { .name = "a.example", .first = SECOND, .last = 5 * SECOND };
	struct told t = quiet();

	(void)state;
	t.run.ended_ns = 10 * SECOND;
	t.run.timed_out = true;
	t.facts.names = &name;
	t.facts.nnames = 1;
	assert_doubt(&t, "It was ended by the time limit after 10.000 s and had done nothing that is "
			 "recorded for the last 5.000 s, so what follows may be incomplete.");
	name.last = 5 * SECOND + MS;
	assert_doubt(&t, "It was ended by the time limit after 10.000 s, so what follows may be "
			 "incomplete.");
	t.run.ended_ns = 900 * MS;
	name.first = name.last = 0;
	assert_doubt(&t, "It was ended by the time limit after 0.900 s, so what follows may be "
			 "incomplete.");
	t.run.ended_ns = 0;
	assert_doubt(&t, "It was ended by the time limit, so what follows may be incomplete.");
}

/* assert_notable() - the first facts, ended by NULL */
static void assert_notable(const struct told *t, const char *const *wanted)
{
	const struct rpt_input in = { .run = &t->run, .facts = &t->facts, .result = &t->result };
	struct tb_buf v[3] = { TB_BUF_INIT, TB_BUF_INIT, TB_BUF_INIT };
	size_t n = notable_facts(&in, v, 3);

	for (size_t i = 0; i < n; i++) {
		assert_non_null(wanted[i]);
		assert_string_equal(v[i].data, wanted[i]);
		tb_buf_free(&v[i]);
	}
	assert_null(wanted[n]);
}

static void the_weightiest_facts_are_notable(void **state)
{
	struct told t = quiet();

	(void)state;
	t.facts = sample_facts;
	t.result = sample_result;
	assert_notable(&t, (const char *const[]){
		"/opt/acme/lib/telemetry talked to updates.acme.example port 8443 (tcp), which no rule "
		"declares; 3 more violations",
		"Contacted 203.0.113.5:4500, an address that no lookup gave",
		"Sent 103.0 KiB in the clear (http) to updates.acme.example:443", NULL });
	t.result.nfindings = 0;
	t.facts.ndests = 0;
	assert_notable(&t, (const char *const[]){
		"Looked up xfer.c2.stranger.example and 1 other; no contact is recorded",
		"Waited for others at tcp 0.0.0.0:99 and 1 other",
		"Started /usr/bin/dash and 2 others", NULL });
	t.result.ngaps = 0;
	assert_notable(&t, (const char *const[]){
		"Looked up xfer.c2.stranger.example and 1 other and did not contact them",
		"Waited for others at tcp 0.0.0.0:99 and 1 other",
		"Started /usr/bin/dash and 2 others", NULL });
	t.facts.nnames = t.facts.nlisteners = 0;
	t.facts.nprograms = 1;
	assert_notable(&t, (const char *const[]){
		"No conversation, lookup or listener was seen",
		"Left changed files behind: /var/lib/acme/id and 2 others", NULL });
}

static void a_listener_is_notable_with_its_port(void **state)
{
	static const struct fact_listener one = {
		.proto = "tcp", .local = { .family = AF_INET }, .dynamic = 48080, .count = 1,
	};
	struct told t = quiet();

	(void)state;
	t.facts.listeners = &one;
	t.facts.nlisteners = 1;
	assert_notable(&t, (const char *const[]){
		"Waited for others at tcp 0.0.0.0:48080", NULL });
}

static void the_biggest_destination_is_notable_if_it_is_not_told_already(void **state)
{
	struct told t = quiet();

	(void)state;
	t.facts.dests = sample_dests;
	t.facts.ndests = 1;
	assert_notable(&t, (const char *const[]){
		"Sent 44.0 KiB to updates.acme.example:8443 by TLS 1.3", NULL });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_that_went_well_is_not_doubted),
		cmocka_unit_test(a_product_ran_until_its_own_end),
		cmocka_unit_test(how_it_ended_is_doubted),
		cmocka_unit_test(a_short_run_without_any_act_is_doubted),
		cmocka_unit_test(a_log_that_could_not_be_written_is_named),
		cmocka_unit_test(what_was_going_on_when_it_was_cut_is_told),
		cmocka_unit_test(a_run_that_was_cut_in_a_silence_may_have_hung),
		cmocka_unit_test(the_weightiest_facts_are_notable),
		cmocka_unit_test(a_listener_is_notable_with_its_port),
		cmocka_unit_test(the_biggest_destination_is_notable_if_it_is_not_told_already),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
