/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_live_seen.c - what is known of a run while it goes on: bounded, harmless, and no finding too
 * many
 */
#include "run/live_seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tcbox/own.h"

static struct seen *s;
static struct attempts *a;

/* flow() - one more conversation with 198.18.x.y */
static bool flow(unsigned int number, bool end, int64_t t)
{
	struct ev ev = { .kind = EV_FLOW, .src = EV_SRC_NET, .t = t,
			 .u.flow = { .id = number, .end = end, .proto = "tcp", .bytes_out = 10,
				     .bytes_in = 20, .state = "fin", .app = "tls" } };

	ev.u.flow.remote = (struct ev_addr){ AF_INET, { 198, 18, (uint8_t)(number >> 8),
							(uint8_t)number }, 443 };
	return seen_event(s, a, &ev, NULL);
}

static void a_destination_is_told_when_it_is_new(void **state)
{
	(void)state;
	assert_true(flow(7, false, 5000000));
	assert_string_equal(seen_line(&s->acts, 0), "0.005 s  new destination tcp 198.18.0.7:443");
	assert_false(flow(7, false, 6000000));
	assert_false(flow(7, true, 7000000));
	assert_int_equal(s->dests.n, 1);
	assert_true(s->dests.v[0].begun == 2 && s->dests.v[0].ended == 1);
	assert_true(s->dests.v[0].bytes_out == 10 && s->dests.v[0].bytes_in == 20);
	assert_false(flow(8, true, 8000000));		/* it was over at once */
	assert_true(s->dests.v[1].begun == 1 && s->dests.v[1].ended == 1);
	assert_null(seen_line(&s->acts, 1));
}

static void a_flood_takes_the_places_of_the_oldest(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 1000; i++)
		assert_true(flow(i, false, i));
	assert_int_equal(s->dests.n, SEEN_ROWS);
	assert_int_equal(s->dests.gone, 1000 - SEEN_ROWS);
	for (size_t i = 0; i < SEEN_ROWS; i++)
		assert_true(s->dests.v[i].last >= 1000 - SEEN_ROWS);
	assert_int_equal(s->acts.n, 1000);
	assert_non_null(strstr(seen_line(&s->acts, 0), "198.18.3.231:443"));
	assert_non_null(seen_line(&s->acts, SEEN_LINES - 1));
	assert_null(seen_line(&s->acts, SEEN_LINES));
}

static void an_act_is_one_harmless_line(void **state)
{
	static const struct ev ev = { .kind = EV_FILE, .src = EV_SRC_BOX };
	struct attempt t = { .act = ATTEMPT_FILE, .call = "write", .t = 1002000000, .object = "/\x1b[2J\n\xff",
			     .outcome = ATTEMPT_REFUSED, .error = "EROFS", .count = 3, .program = "/\r" };
	char text[2000];

	(void)state;
	assert_true(seen_event(s, a, &ev, &t));
	assert_string_equal(seen_line(&s->acts, 0),
			    "1.002 s  file write /\\x1b[2J\\n\\xff: refused EROFS, 3 times, by /\\x0d");
	memset(text, 0, sizeof(text));
	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	t.object = text;
	assert_true(seen_event(s, a, &ev, &t));
	assert_true(strlen(seen_line(&s->acts, 0)) < SEEN_TEXT);
	assert_true(strlen(seen_line(&s->acts, 0)) > SEEN_TEXT - 5);
	assert_string_equal(seen_line(&s->acts, 0) + strlen(seen_line(&s->acts, 0)) - 3, "\xe2\x82\xac");
	t = (struct attempt){ .act = ATTEMPT_NETWORK, .call = "connect", .object = "tcp", .count = 1 };
	assert_false(seen_event(s, a, &ev, &t));	/* the conversation is told */
	t.outcome = ATTEMPT_REFUSED;
	assert_true(seen_event(s, a, &ev, &t));
	assert_int_equal(s->acts.n, 3);
}

static void programs_are_counted(void **state)
{
	static const struct ev ev = { .kind = EV_EXEC, .src = EV_SRC_BOX };
	struct attempt t = { .act = ATTEMPT_EXECUTE, .call = "", .object = "/bin/x", .count = 1 };

	(void)state;
	assert_true(seen_event(s, a, &ev, &t));
	assert_true(seen_event(s, a, &ev, &t));
	t.object = "/none";
	t.outcome = ATTEMPT_FAILED;
	assert_true(seen_event(s, a, &ev, &t));
	assert_int_equal(s->programs.n, 1);
	assert_string_equal(s->programs.v[0].text, "/bin/x");
	assert_int_equal(s->programs.v[0].begun, 2);
}

static void the_last_lines_of_the_output_are_kept(void **state)
{
	char line[SEEN_TEXT + 100];

	(void)state;
	seen_output(s, "on", 2);
	seen_output(s, "e\r\n\ntwo", 6);
	assert_int_equal(s->outputs, 3);
	assert_string_equal(s->output[0], "one");
	assert_string_equal(s->output[1], "");
	assert_string_equal(s->output[2], "tw");
	seen_output(s, "o\n", 2);
	assert_string_equal(s->output[2], "two");
	assert_int_equal(s->outputs, 3);
	memset(line, 'x', sizeof(line));
	seen_output(s, line, sizeof(line));
	assert_int_equal(strlen(s->output[3]), SEEN_TEXT - 1);
	for (int i = 0; i < 100; i++)
		seen_output(s, "\nz", 2);
	assert_int_equal(s->outputs, 104);
	assert_string_equal(s->output[103 % SEEN_OUTPUT], "z");
}

static struct fnd finding(const char *id, enum fnd_code code)
{
	struct fnd f = { .code = code, .severity = FND_VIOLATION, .program = (char *)(uintptr_t)"/\x1b",
			 .object = (char *)(uintptr_t)"x.example" };

	(void)snprintf(f.id, sizeof(f.id), "%s", id);
	return f;
}

static size_t compared(struct fnd *v, size_t n)
{
	struct fnd_result r = { .findings = v, .nfindings = n };
	static struct seen_acts acts;

	seen_acts(&acts, &r);
	assert_true(seen_acts_good(&acts));
	return seen_findings(&s->findings, &acts);
}

static void a_finding_is_told_when_it_stands_in_two_comparisons(void **state)
{
	struct fnd v[3] = { finding("01", FND_DNS_UNDECLARED), finding("02", FND_FLOW_UNOWNED),
			    finding("03", FND_NET_UNDECLARED) };

	(void)state;
	assert_int_equal(compared(v, 3), 0);
	assert_int_equal(s->findings.n, 0);
	assert_int_equal(compared(v, 2), 1);		/* the third is explained by now */
	assert_string_equal(s->findings.v[0].id, "01");
	assert_non_null(strstr(s->findings.v[0].text, "violation  /\\x1b looked up x.example"));
	assert_int_equal(compared(v, 3), 0);		/* the second needs all witnesses */
	assert_int_equal(compared(v, 3), 1);
	assert_int_equal(s->findings.n, 2);
	assert_int_equal(compared(v + 2, 1), 0);	/* and more evidence explains the first */
	assert_int_equal(s->findings.n, 1);
	assert_string_equal(s->findings.v[0].id, "03");
	v[2].severity = FND_INFO;
	assert_int_equal(compared(v, 0), 0);
	assert_int_equal(s->findings.n, 0);
}

static void many_findings_are_counted(void **state)
{
	struct fnd v[SEEN_FINDINGS + 10];
	char id[FND_ID_LEN];

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(v); i++) {
		(void)snprintf(id, sizeof(id), "%zx", i);
		v[i] = finding(id, FND_FILE_UNDECLARED);
	}
	assert_int_equal(compared(v, TB_ARRAY_SIZE(v)), 0);
	assert_int_equal(compared(v, TB_ARRAY_SIZE(v)), SEEN_FINDINGS);
	assert_int_equal(s->findings.more, 10);
	assert_int_equal(compared(v, TB_ARRAY_SIZE(v)), 0);
	assert_int_equal(s->findings.more, 10);
}

static void more_findings_than_are_told_at_once_drop_none(void **state)
{
	static struct fnd v[SEEN_ACTS + 10];
	char id[FND_ID_LEN];

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(v); i++) {
		(void)snprintf(id, sizeof(id), "%zx", i);
		v[i] = finding(id, FND_FILE_UNDECLARED);
	}
	assert_int_equal(compared(v, 3), 0);
	assert_int_equal(compared(v, 3), 3);
	assert_int_equal(compared(v + 3, SEEN_ACTS + 7), 0);	/* the three may be behind these */
	assert_int_equal(s->findings.n, 3);
	assert_int_equal(s->findings.more, 7);
	assert_int_equal(compared(v + 3, 5), 5);
	assert_int_equal(s->findings.n, 5);
}

static void what_another_process_told_is_checked(void **state)
{
	static struct seen_acts acts;

	(void)state;
	acts.n = 1;
	assert_true(seen_acts_good(&acts));
	memset(acts.v[0].text, 'x', SEEN_TEXT);
	assert_false(seen_acts_good(&acts));
	acts.v[0].text[SEEN_TEXT - 1] = '\0';
	assert_true(seen_acts_good(&acts));
	memset(acts.v[0].id, 'x', FND_ID_LEN);
	assert_false(seen_acts_good(&acts));
	acts.v[0].id[0] = '\0';
	acts.n = SEEN_ACTS + 1;
	assert_false(seen_acts_good(&acts));
}

static int begin(void **state)
{
	(void)state;
	s = calloc(1, sizeof(*s));
	a = attempts_new("x.canary.invalid");
	return !s || !a;
}

static int end(void **state)
{
	(void)state;
	free(s);
	attempts_free(a);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_destination_is_told_when_it_is_new),
		TEST(a_flood_takes_the_places_of_the_oldest),
		TEST(an_act_is_one_harmless_line),
		TEST(programs_are_counted),
		TEST(the_last_lines_of_the_output_are_kept),
		TEST(a_finding_is_told_when_it_stands_in_two_comparisons),
		TEST(many_findings_are_counted),
		TEST(more_findings_than_are_told_at_once_drop_none),
		TEST(what_another_process_told_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
