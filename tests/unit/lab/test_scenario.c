/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_scenario.c - what goes wrong in each scenario, and that what was asked is recorded all the
 * same; certificates are in test_authority.c, names in test_dns.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/time.h>

#include <cmocka.h>

#include "lab/conn.h"
#include "tests/unit/lab/world.h"

#define GET "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"

struct fixture {
	struct world w;
	char heard[4096];
	bool open;			/* the stream, after the last hear() */
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	*state = x;
	return !x || world_open(&x->w);
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	world_close(&x->w);
	free(x);
	return 0;
}

/* get() - a request in a scenario. Return: the client's end of the connection */
static int get(struct fixture *x, const struct lab_scenario *scenario, uint16_t port)
{
	int fd;

	x->w.opt.scenario = scenario;
	fd = world_connect(&x->w, port);
	world_say(&x->w, fd, GET, sizeof(GET) - 1);
	world_run(&x->w);
	x->open = world_hear(fd, x->heard, sizeof(x->heard));
	return fd;
}

/* asked() - the only request of the record */
static const struct ev_request *asked(struct fixture *x)
{
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 1);
	return &x->w.asked[0].u.request;
}

static void each_has_a_name_of_its_own_and_a_meaning(void **state)
{
	const struct lab_scenario *s;
	size_t n = 0;

	(void)state;
	for (; (s = lab_scenario_at(n)); n++) {
		assert_ptr_equal(lab_scenario_find(s->name), s);
		assert_true(strlen(s->means) > 10 && s->means[strlen(s->means) - 1] != '.');
	}
	assert_int_equal(n, 22);
	assert_null(lab_scenario_find("normal "));
}

static void nothing_goes_wrong_in_the_normal_one(void **state)
{
	const struct lab_scenario *normal = lab_scenario_find("normal");
	struct lab_scenario none = { .name = normal->name, .means = normal->means };
	struct fixture *x = *state;
	int fd;

	assert_memory_equal(normal, &none, sizeof(none));
	fd = get(x, normal, 80);
	assert_true(x->open);
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 200 OK\r\n"), x->heard);
	(void)close(fd);
}

static void an_answer_is_cut_in_the_middle_of_its_body(void **state)
{
	struct fixture *x = *state;
	int fd = get(x, lab_scenario_find("cut"), 80);
	const char *body = strstr(x->heard, "\r\n\r\n"), *len;
	const struct ev_request *e;

	assert_false(x->open);
	assert_non_null(body);
	len = strstr(x->heard, "Content-Length: ");
	assert_non_null(len);
	assert_int_equal(strlen(body + 4), strtoul(len + 16, NULL, 10) / 2);
	(void)close(fd);
	world_run(&x->w);
	e = asked(x);
	assert_int_equal(e->status, 200);
	assert_int_equal(e->bytes_out, strlen(body + 4));
}

static void a_greeting_is_an_answer_that_is_cut(void **state)
{
	struct fixture *x = *state;
	int fd;

	x->w.opt.scenario = lab_scenario_find("cut");
	fd = world_connect(&x->w, 25);
	assert_true(world_wait(&x->w, fd));
	assert_false(world_hear(fd, x->heard, sizeof(x->heard)));
	assert_string_equal(x->heard, "220 mail.int");
	(void)close(fd);
}

static void a_reset_takes_the_place_of_an_answer(void **state)
{
	struct fixture *x = *state;
	int fd = get(x, lab_scenario_find("reset"), 80);
	const struct ev_request *e;

	assert_false(x->open);
	assert_string_equal(x->heard, "");
	assert_int_equal(x->w.lab.nconns, 0);
	e = asked(x);
	assert_string_equal(e->path, "/a");
	assert_int_equal(e->status, 0);
	assert_int_equal(e->bytes_out, 0);
	assert_int_equal(x->w.n, 1);
	assert_non_null(strstr(x->w.v[0].u.served.detail, "reset by the scenario"));
	(void)close(fd);
}

static void an_upload_may_begin_before_the_reset(void **state)
{
	static const char head[] = "PUT /up HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n"
				   "Expect: 100-continue\r\n\r\n";
	struct fixture *x = *state;
	int fd;

	x->w.opt.scenario = lab_scenario_find("reset");
	fd = world_connect(&x->w, 80);
	world_say(&x->w, fd, head, sizeof(head) - 1);
	assert_true(world_hear(fd, x->heard, sizeof(x->heard)));
	assert_string_equal(x->heard, "HTTP/1.1 100 Continue\r\n\r\n");
	world_say(&x->w, fd, "xyz", 3);
	world_run(&x->w);
	assert_false(world_hear(fd, x->heard, sizeof(x->heard)));
	assert_int_equal(asked(x)->bytes_in, 3);
	(void)close(fd);
}

/* no test waits for the time of an answer: it says that it has come */
static void an_answer_waits_and_is_recorded_when_it_leaves(void **state)
{
	const struct lab_scenario soon = { .name = "soon", .delay_ms = 3600 * 1000 };
	struct fixture *x = *state;
	struct timeval now, due = { 0 };
	int fd = get(x, &soon, 80);
	struct conn *c = TAILQ_FIRST(&x->w.lab.conns);

	assert_true(x->open);
	assert_string_equal(x->heard, "");
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 0);
	(void)gettimeofday(&now, NULL);
	assert_true(event_pending(c->fault.later, EV_TIMEOUT, &due));
	assert_in_range(due.tv_sec - now.tv_sec, 600, 3601);
	event_active(c->fault.later, EV_TIMEOUT, 0);
	assert_true(world_wait(&x->w, fd));
	assert_true(world_hear(fd, x->heard, sizeof(x->heard)));
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 200 OK\r\n"), x->heard);
	assert_int_equal(asked(x)->status, 200);
	assert_true(x->w.asked[0].u.request.bytes_out > 0);
	/* the second one does not wait */
	world_say(&x->w, fd, GET, sizeof(GET) - 1);
	world_run(&x->w);
	assert_int_equal(asked(x)->status, 200);
	assert_true(world_hear(fd, x->heard, sizeof(x->heard)));
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 200 OK\r\n"), x->heard);
	(void)close(fd);
}

static void who_does_not_wait_for_a_late_answer_is_forgotten_at_the_end(void **state)
{
	struct fixture *x = *state;
	int fd = get(x, lab_scenario_find("late"), 80);

	assert_true(x->open);
	(void)close(fd);
	world_run(&x->w);
	serve_end(&x->w.lab);
	assert_int_equal(x->w.lab.nconns, 0);
	assert_int_equal(x->w.lab.count.bytes_out, 0);
	assert_string_equal(asked(x)->path, "/a");
	assert_int_equal(x->w.asked[0].u.request.status, 0);
	assert_int_equal(x->w.asked[0].u.request.bytes_out, 0);
	assert_int_equal(x->w.n, 1);
	assert_non_null(strstr(x->w.v[0].u.served.detail, "; its answer was not sent"));
}

static void more_than_are_held_back_are_told_without_an_answer(void **state)
{
	static const char head[] = "HEAD /a HTTP/1.1\r\nHost: a.example\r\n\r\n";
	struct fixture *x = *state;
	int fd;

	x->w.opt.scenario = lab_scenario_find("late");
	fd = world_connect(&x->w, 80);
	for (int i = 0; i < REQUEST_HELD + 9; i++)
		world_say(&x->w, fd, head, sizeof(head) - 1);
	world_run(&x->w);
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 9);
	for (size_t i = 0; i < 9; i++)
		assert_int_equal(x->w.asked[i].u.request.status, 0);
	event_active(TAILQ_FIRST(&x->w.lab.conns)->fault.later, EV_TIMEOUT, 0);
	world_run(&x->w);
	world_events(&x->w);
	assert_int_equal(x->w.nasked, REQUEST_HELD);
	assert_int_not_equal(x->w.asked[0].u.request.status, 0);
	(void)close(fd);
}

static void a_slow_connection_has_so_many_bytes_a_second(void **state)
{
	const struct lab_scenario thin = { .name = "thin", .bytes_per_s = 100 };
	struct fixture *x = *state;
	int64_t begun = tb_monotonic_ns(), seconds;
	int fd = get(x, &thin, 80);

	assert_true(x->open);
	seconds = (tb_monotonic_ns() - begun) / TB_NS_PER_S;
	assert_true(strlen(x->heard) <= 100 * (2 + (size_t)seconds));
	assert_true(x->w.lab.nconns == 1);
	(void)close(fd);
}

static void lookups_by_tcp_are_spared(void **state)
{
	static const char query[] = "\0\x17\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\3com\0\0\1\0\1";
	struct fixture *x = *state;
	int fd;

	x->w.opt.scenario = lab_scenario_find("reset");
	fd = world_connect(&x->w, 53);
	world_say(&x->w, fd, query, sizeof(query) - 1);
	world_run(&x->w);
	assert_true(world_hear(fd, x->heard, sizeof(x->heard)));
	assert_int_equal(x->heard[1], 23 + 16);
	(void)close(fd);
}

static void what_is_found_by_http_is_the_scenarios(void **state)
{
	static const struct {
		const char *scenario, *begins, *has;
	} rows[] = {
		{ "server-error", "HTTP/1.1 503 Service Unavailable\r\n", "Retry-After: " },
		{ "not-found", "HTTP/1.1 404 Not Found\r\n", "Not found." },
		{ "empty", "HTTP/1.1 200 OK\r\n", "Content-Length: 0\r\n" },
		{ "captive-portal", "HTTP/1.1 302 Found\r\n",
		  "Location: http://gateway.internal/\r\n" },
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = get(x, lab_scenario_find(rows[i].scenario), 8080);

		assert_true(x->open);
		assert_ptr_equal(strstr(x->heard, rows[i].begins), x->heard);
		assert_non_null(strstr(x->heard, rows[i].has));
		(void)close(fd);
		world_run(&x->w);
	}
}

static void the_portal_itself_has_a_page(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: gateway.internal\r\n\r\n";
	struct fixture *x = *state;
	int fd;

	x->w.opt.scenario = lab_scenario_find("captive-portal");
	fd = world_connect(&x->w, 80);
	world_say(&x->w, fd, text, sizeof(text) - 1);
	assert_true(world_hear(fd, x->heard, sizeof(x->heard)));
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 200 OK\r\n"), x->heard);
	assert_non_null(strstr(x->heard, "type=\"password\""));
	(void)close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_a_name_of_its_own_and_a_meaning),
		TEST(nothing_goes_wrong_in_the_normal_one),
		TEST(an_answer_is_cut_in_the_middle_of_its_body),
		TEST(a_greeting_is_an_answer_that_is_cut),
		TEST(a_reset_takes_the_place_of_an_answer),
		TEST(an_upload_may_begin_before_the_reset),
		TEST(an_answer_waits_and_is_recorded_when_it_leaves),
		TEST(who_does_not_wait_for_a_late_answer_is_forgotten_at_the_end),
		TEST(more_than_are_held_back_are_told_without_an_answer),
		TEST(a_slow_connection_has_so_many_bytes_a_second),
		TEST(lookups_by_tcp_are_spared),
		TEST(what_is_found_by_http_is_the_scenarios),
		TEST(the_portal_itself_has_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
