/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_file.c - producers' pipes into events.jsonl: what arrives whole is stored, what does not is
 * counted
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tcbox/fd.h"
#include "tests/unit/record/bundle.h"

#define LOSS1 "{\"k\":\"loss\",\"src\":\"net\",\"n\":1,\"t\":5,\"what\":\"flows\"}\n"
#define LOSS2 "{\"k\":\"loss\",\"src\":\"net\",\"n\":2,\"t\":5,\"what\":\"flows\"}\n"
#define LOSS3 "{\"k\":\"loss\",\"src\":\"net\",\"n\":3,\"t\":5}\n"
#define FINAL2 "{\"k\":\"counters\",\"src\":\"net\",\"n\":2,\"t\":6,\"values\":{\"flows\":7},\"final\":true}\n"
#define FINAL4 "{\"k\":\"counters\",\"src\":\"net\",\"n\":4,\"t\":6,\"values\":{\"flows\":7},\"final\":true}\n"

struct told {
	uint64_t events, kinds[EV_KINDS];
	uint64_t line;		/* of the last one */
	uint64_t flows;		/* value of a counter */
};

static void on_event(void *arg, const struct ev *ev)
{
	struct told *t = arg;

	t->events++;
	t->kinds[ev->kind]++;
	t->line = ev->line;
	if (ev->kind == EV_COUNTERS && ev->u.counters.n)
		t->flows = ev->u.counters.v[0].value;
}

static int count_event(void *arg, const struct ev *ev)
{
	(void)arg;
	(void)ev;
	return 0;
}

static struct rec_file *create_bounded(uint64_t kind_bytes, unsigned int wanted, struct told *told)
{
	const struct rec_file_options options = {
		.kind_bytes = kind_bytes, .wanted = wanted, .on_event = on_event, .arg = told,
	};
	struct tb_err err = { 0 };
	struct rec_file *f;

	memset(told, 0, sizeof(*told));
	(void)unlinkat(bundle, REC_EVENTS_FILE, 0);
	if (rec_file_create(&f, bundle, &options, &err))
		fail_msg("%s", err.msg);
	return f;
}

static struct rec_file *create(unsigned int wanted, struct told *told)
{
	return create_bounded(REC_KIND_BYTES, wanted, told);
}

/* feed() - these bytes arrive at once */
static void feed(struct rec_file *f, enum ev_src src, const char *text, size_t len)
{
	struct tb_err err = { 0 };
	int p[2];

	assert_return_code(pipe2(p, O_CLOEXEC | O_NONBLOCK), errno);
	assert_int_equal(write(p[1], text, len), len);
	if (rec_file_pump(f, p[0], src, &err) != 1)
		fail_msg("%s", err.msg);
	assert_int_equal(rec_file_pump(f, p[0], src, &err), 1);	/* nothing there */
	(void)close(p[0]);
	(void)close(p[1]);
}

/* end() - the producer closes its pipe */
static void end(struct rec_file *f, enum ev_src src)
{
	int p[2];

	assert_return_code(pipe2(p, O_CLOEXEC | O_NONBLOCK), errno);
	(void)close(p[1]);
	assert_int_equal(rec_file_pump(f, p[0], src, NULL), 0);
	(void)close(p[0]);
}

static void expect_file(const char *text)
{
	TB_AUTOFREE char *got = bundle_text(REC_EVENTS_FILE);

	assert_string_equal(got, text);
}

static void a_file_that_is_there_is_not_overwritten(void **state)
{
	const struct rec_file_options nobody = { .kind_bytes = REC_KIND_BYTES };
	struct tb_err err = { 0 };
	struct rec_file *f, *g;
	struct told told;

	(void)state;
	f = create(0, &told);
	assert_int_equal(rec_file_create(&g, bundle, &nobody, &err), -EEXIST);
	assert_non_null(strstr(err.msg, REC_EVENTS_FILE));
	assert_int_equal(rec_file_close(f, &err), 0);
	assert_int_equal(rec_file_close(NULL, &err), 0);
}

static void whole_lines_are_stored_as_they_came(void **state)
{
	struct told told;
	struct rec_file *f = create(1u << EV_COUNTERS, &told);

	(void)state;
	feed(f, EV_SRC_NET, LOSS1 FINAL2, strlen(LOSS1 FINAL2));
	expect_file(LOSS1 FINAL2);
	assert_true(rec_file_finished(f, EV_SRC_NET));
	assert_false(rec_file_finished(f, EV_SRC_BOX));
	assert_int_equal(rec_file_bad(f, EV_SRC_NET), 0);
	assert_int_equal(told.events, 1);
	assert_int_equal(told.flows, 7);
	assert_int_equal(told.line, 2);
	end(f, EV_SRC_NET);
	assert_true(rec_file_finished(f, EV_SRC_NET));
	assert_int_equal(rec_file_close(f, NULL), 0);
}

static void nobody_is_told_who_did_not_ask(void **state)
{
	struct told told;
	struct rec_file *f = create(1u << EV_LOSS, &told);

	(void)state;
	feed(f, EV_SRC_NET, LOSS1 FINAL2, strlen(LOSS1 FINAL2));
	assert_int_equal(told.events, 1);
	assert_int_equal(told.kinds[EV_LOSS], 1);
	assert_true(rec_file_finished(f, EV_SRC_NET));	/* counters are read for ourselves */
	assert_int_equal(rec_file_close(f, NULL), 0);
}

static void lines_in_pieces_are_put_together(void **state)
{
	static const char text[] = LOSS1 FINAL2;
	struct told told;
	struct rec_file *f = create(REC_WANT_ALL, &told);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text) - 1; i++)
		feed(f, EV_SRC_NET, text + i, 1);
	expect_file(LOSS1 FINAL2);
	assert_int_equal(told.events, 2);
	assert_int_equal(rec_file_bad(f, EV_SRC_NET), 0);
	assert_int_equal(rec_file_close(f, NULL), 0);
}

static void pieces_of_two_producers_do_not_mix(void **state)
{
	static const char box[] = "{\"k\":\"exit\",\"src\":\"box\",\"n\":1,\"t\":5}\n";
	struct told told;
	struct rec_file *f = create(REC_WANT_ALL, &told);

	(void)state;
	feed(f, EV_SRC_NET, LOSS1, 20);
	feed(f, EV_SRC_BOX, box, 10);
	feed(f, EV_SRC_NET, &LOSS1[20], strlen(LOSS1) - 20);
	feed(f, EV_SRC_BOX, box + 10, strlen(box) - 10);
	expect_file(LOSS1 "{\"k\":\"exit\",\"src\":\"box\",\"n\":1,\"t\":5}\n");
	assert_int_equal(rec_file_close(f, NULL), 0);
}

static void a_producer_that_dies_in_a_line_leaves_no_half_line(void **state)
{
	struct told told;
	struct rec_file *f = create(0, &told);

	(void)state;
	feed(f, EV_SRC_NET, LOSS1 LOSS2, strlen(LOSS1) + 30);
	end(f, EV_SRC_NET);
	expect_file(LOSS1);
	assert_int_equal(rec_file_bad(f, EV_SRC_NET), 1);
	assert_false(rec_file_finished(f, EV_SRC_NET));
	end(f, EV_SRC_NET);		/* once counted is counted */
	assert_int_equal(rec_file_bad(f, EV_SRC_NET), 1);
	assert_int_equal(rec_file_close(f, NULL), 0);
}

static void bad_lines_are_left_out_and_counted(void **state)
{
	static const struct {
		const char *text;
		uint64_t bad;
	} rows[] = {
		{ "\n", 1 },
		{ "garbage\n", 1 },
		{ "garbage\n\n\nmore\n", 4 },
		/* says that it is somebody else */
		{ "{\"k\":\"loss\",\"src\":\"box\",\"n\":2,\"t\":5}\n", 1 },
		{ "{\"k\":\"loss\",\"src\":\"net\",\"n\":2,\"t\":5\n", 1 },
		{ "{\"k\":\"loss\",\"src\":\"net\",\"n\":2,\"t\":5,\"what\":\"\x01\"}\n", 1 },
		{ "{\"k\":\"counters\",\"src\":\"net\",\"n\":2,\"t\":5,\"values\":{\"a\":-1},\"final\":true}\n", 1 },
		{ "{\"k\":\"counters\",\"src\":\"net\",\"n\":2,\"t\":5,\"final\":true,}\n", 1 },
	};
	struct rec_file *f;
	struct told told;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		f = create(REC_WANT_ALL, &told);
		tb_buf_adds(&b, LOSS1);
		tb_buf_adds(&b, rows[i].text);
		tb_buf_adds(&b, LOSS2);
		tb_buf_adds(&b, rows[i].text);
		tb_buf_adds(&b, LOSS3);
		feed(f, EV_SRC_NET, b.data, b.len);
		expect_file(LOSS1 LOSS2 LOSS3);
		assert_int_equal(rec_file_bad(f, EV_SRC_NET), 2 * rows[i].bad);
		assert_int_equal(rec_file_bad(f, EV_SRC_BOX), 0);
		assert_int_equal(told.events, 3);
		assert_int_equal(told.line, 3);
		assert_int_equal(rec_file_close(f, NULL), 0);
	}
}

static void counters_end_nothing_unless_they_say_so(void **state)
{
	static const char now[] =
		"{\"k\":\"counters\",\"src\":\"net\",\"n\":1,\"t\":5,\"values\":{\"flows\":7}}\n";
	struct rec_file *f;
	struct told told;

	(void)state;
	f = create(REC_WANT_ALL, &told);
	feed(f, EV_SRC_NET, now, strlen(now));
	assert_int_equal(told.events, 1);
	assert_false(rec_file_finished(f, EV_SRC_NET));
	feed(f, EV_SRC_NET, FINAL2, strlen(FINAL2));
	assert_true(rec_file_finished(f, EV_SRC_NET));
	assert_int_equal(rec_file_close(f, NULL), 0);
}

static void numbers_that_jump_are_counted_and_the_event_is_kept(void **state)
{
	static const char *const second[] = {
		"{\"k\":\"counters\",\"src\":\"net\",\"n\":3,\"t\":5,\"final\":true}\n",
		"{\"k\":\"counters\",\"src\":\"net\",\"n\":1,\"t\":5,\"final\":true}\n",
		"{\"k\":\"counters\",\"src\":\"net\",\"n\":18446744073709551615,\"t\":5,\"final\":true}\n",
	};
	char both[400];
	struct rec_file *f;
	struct told told;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(second); i++) {
		f = create(0, &told);
		feed(f, EV_SRC_NET, LOSS1, strlen(LOSS1));
		feed(f, EV_SRC_NET, second[i], strlen(second[i]));
		(void)snprintf(both, sizeof(both), "%s%s", LOSS1, second[i]);
		expect_file(both);
		assert_int_equal(rec_file_bad(f, EV_SRC_NET), 1);
		assert_false(rec_file_finished(f, EV_SRC_NET));
		assert_int_equal(rec_file_close(f, NULL), 0);
	}
}

static void what_follows_the_last_word_takes_it_back(void **state)
{
	struct told told;
	struct rec_file *f = create(0, &told);

	(void)state;
	feed(f, EV_SRC_NET, LOSS1 FINAL2 LOSS3, strlen(LOSS1 FINAL2 LOSS3));
	assert_false(rec_file_finished(f, EV_SRC_NET));
	assert_int_equal(rec_file_close(f, NULL), 0);
}

/* pump_all() - from a producer that is a process of its own, until it closes its pipe */
static int pump_all(struct rec_file *f, int (*produce)(int fd), struct tb_err *err)
{
	int p[2], ret, status;
	pid_t pid;

	assert_return_code(pipe2(p, O_CLOEXEC), errno);
	pid = fork();
	assert_return_code(pid, errno);
	if (!pid) {
		(void)close(p[0]);
		_exit(produce(p[1]));
	}
	(void)close(p[1]);
	do
		ret = rec_file_pump(f, p[0], EV_SRC_NET, err);
	while (ret > 0);
	(void)close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return ret;
}

static int write_long_lines(int fd)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	size_t i;

	tb_buf_adds(&b, LOSS1 "{\"k\":\"loss\",\"src\":\"net\",\"n\":2,\"t\":5,\"what\":\"");
	for (i = 0; i < 5u << 20; i++)
		tb_buf_addc(&b, 'x');
	tb_buf_adds(&b, "\"}\n" LOSS2 LOSS3);
	return tb_write_all(fd, b.data, b.len) ? 1 : 0;
}

static void a_line_without_an_end_is_one_bad_line(void **state)
{
	struct told told;
	struct rec_file *f = create(0, &told);

	(void)state;
	assert_int_equal(pump_all(f, write_long_lines, NULL), 0);
	expect_file(LOSS1 LOSS2 LOSS3);
	assert_int_equal(rec_file_bad(f, EV_SRC_NET), 1);
	assert_int_equal(rec_file_close(f, NULL), 0);
}

#define MANY 20000

static int write_many(int fd)
{
	struct rec_out *out = rec_out_new(fd, EV_SRC_NET, 0);
	struct ev_pair pair = { "flows", MANY };
	char detail[64];
	struct ev ev;
	uint64_t i;

	for (i = 1; i < MANY; i++) {
		(void)snprintf(detail, sizeof(detail), "%.*s", (int)(i % 50),
			       "..................................................");
		ev = (struct ev){ .kind = EV_LOSS,
				  .u.loss = { .what = "disk \xff\n", .detail = detail } };
		if (rec_append(out, &ev))
			return 1;
	}
	ev = (struct ev){ .kind = EV_COUNTERS, .u.counters = { &pair, 1, true } };
	return rec_append(out, &ev) || rec_flush(out);
}

static void many_events_of_a_real_producer_arrive(void **state)
{
	struct told told;
	struct rec_file *f = create(REC_WANT_ALL, &told);
	struct rec_read_stats stats;

	(void)state;
	assert_int_equal(pump_all(f, write_many, NULL), 0);
	assert_true(rec_file_finished(f, EV_SRC_NET));
	assert_int_equal(rec_read(bundle, count_event, NULL, &stats, NULL), 0);
	assert_int_equal(stats.events, MANY);
	assert_int_equal(told.events, MANY);
	assert_int_equal(told.line, MANY);
	assert_int_equal(told.flows, MANY);
	assert_int_equal(rec_file_close(f, NULL), 0);
}

static void own_events_are_numbered_and_told(void **state)
{
	struct told told;
	struct rec_file *f = create(REC_WANT_ALL, &told);
	struct ev ev = { .kind = EV_LOSS, .src = EV_SRC_LAB, .t = 3, .u.loss.what = "disk" };
	struct ev last = { .kind = EV_COUNTERS, .t = 4, .u.counters.final = true };

	(void)state;
	assert_int_equal(rec_file_append(f, &ev, NULL), 0);
	assert_int_equal(ev.line, 1);
	assert_false(rec_file_finished(f, EV_SRC_RUN));
	assert_int_equal(rec_file_append(f, &last, NULL), 0);
	assert_true(rec_file_finished(f, EV_SRC_RUN));
	assert_int_equal(told.events, 2);
	expect_file("{\"k\":\"loss\",\"src\":\"run\",\"n\":1,\"t\":3,\"what\":\"disk\"}\n"
		    "{\"k\":\"counters\",\"src\":\"run\",\"n\":2,\"t\":4,\"final\":true}\n");
	assert_int_equal(rec_file_close(f, NULL), 0);
}

static void a_flood_of_one_kind_is_bounded_and_hides_no_other(void **state)
{
	/* the last word alone fills it to the last byte */
	const size_t bound = strlen(FINAL4);
	struct told told;
	struct rec_file *f = create_bounded(bound, 0, &told);
	struct rec_read_stats stats;
	struct ev loss = { .kind = EV_LOSS, .t = 9,
			   .u.loss = { .what = REC_LEFT_OUT, .count = 2 } };

	(void)state;
	assert_in_range(bound, strlen(LOSS1), strlen(LOSS1 LOSS3) - 1);
	feed(f, EV_SRC_NET, LOSS1, strlen(LOSS1));
	feed(f, EV_SRC_NET, LOSS2, strlen(LOSS2));
	feed(f, EV_SRC_NET, LOSS3, strlen(LOSS3));	/* shorter, and still too much */
	feed(f, EV_SRC_NET, FINAL4, strlen(FINAL4));
	expect_file(LOSS1 FINAL4);
	assert_int_equal(rec_file_left_out(f), 2);
	assert_int_equal(rec_file_bad(f, EV_SRC_NET), 0);
	assert_true(rec_file_finished(f, EV_SRC_NET));
	assert_int_equal(rec_read(bundle, count_event, NULL, &stats, NULL), 0);
	assert_int_equal(stats.gaps, 2);
	assert_int_equal(rec_file_append(f, &loss, NULL), 0);
	assert_int_equal(rec_read(bundle, count_event, NULL, &stats, NULL), 0);
	assert_int_equal(stats.gaps, 0);		/* the record says so itself */
	assert_int_equal(stats.left_out, 2);
	assert_int_equal(rec_file_close(f, NULL), 0);
}

static void the_bound_of_a_kind_is_exact(void **state)
{
	static const struct { size_t less; const char *stored; } rows[] = {
		{ 0, LOSS1 LOSS2 }, { 1, LOSS1 },
		{ sizeof(LOSS1) - 1, LOSS1 }, { sizeof(LOSS1), "" },
	};
	const size_t both = strlen(LOSS1 LOSS2);
	struct rec_file *f;
	struct told told;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		f = create_bounded(both - rows[i].less, 0, &told);
		feed(f, EV_SRC_NET, LOSS1 LOSS2, both);
		expect_file(rows[i].stored);
		assert_int_equal(rec_file_left_out(f),
				 2 - strlen(rows[i].stored) / strlen(LOSS1));
		assert_int_equal(rec_file_close(f, NULL), 0);
	}
}

/* A file size limit is a full disk that an ordinary user can have: write(2) fails with EFBIG once
 * SIGXFSZ is ignored, setrlimit(2). */
static void after_a_failed_write_nothing_is_written(void **state)
{
	struct ev ev = { .kind = EV_LOSS, .t = 3, .u.loss.what = "disk" };
	struct rlimit was, little;
	struct tb_err err = { 0 };
	struct rec_file *f;
	struct told told;

	(void)state;
	f = create(REC_WANT_ALL, &told);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_return_code(getrlimit(RLIMIT_FSIZE, &was), errno);
	little = (struct rlimit){ 100000, was.rlim_max };
	assert_return_code(setrlimit(RLIMIT_FSIZE, &little), errno);
	assert_int_equal(pump_all(f, write_many, &err), -EFBIG);
	assert_return_code(setrlimit(RLIMIT_FSIZE, &was), errno);
	assert_non_null(strstr(err.msg, REC_EVENTS_FILE));
	memset(&err, 0, sizeof(err));
	/* there would be room now, but the gap would look like an attack */
	assert_int_equal(rec_file_append(f, &ev, &err), -EFBIG);
	assert_int_equal(err.code, EFBIG);
	assert_int_equal(pump_all(f, write_many, &err), -EFBIG);
	assert_int_equal(rec_file_close(f, &err), -EFBIG);
	{
		TB_AUTOFREE char *text = bundle_text(REC_EVENTS_FILE);

		/* whole lines and the start of one: what a reader expects of a run that died */
		assert_int_equal(strlen(text), 100000);
	}
}

static void a_pipe_that_fails_is_an_error(void **state)
{
	struct tb_err err = { 0 };
	struct told told;
	struct rec_file *f = create(0, &told);

	(void)state;
	assert_int_equal(rec_file_pump(f, -1, EV_SRC_NET, &err), -EBADF);
	assert_non_null(strstr(err.msg, "net"));
	assert_int_equal(rec_file_close(f, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_is_there_is_not_overwritten),
		cmocka_unit_test(whole_lines_are_stored_as_they_came),
		cmocka_unit_test(nobody_is_told_who_did_not_ask),
		cmocka_unit_test(lines_in_pieces_are_put_together),
		cmocka_unit_test(pieces_of_two_producers_do_not_mix),
		cmocka_unit_test(a_producer_that_dies_in_a_line_leaves_no_half_line),
		cmocka_unit_test(bad_lines_are_left_out_and_counted),
		cmocka_unit_test(counters_end_nothing_unless_they_say_so),
		cmocka_unit_test(numbers_that_jump_are_counted_and_the_event_is_kept),
		cmocka_unit_test(what_follows_the_last_word_takes_it_back),
		cmocka_unit_test(a_line_without_an_end_is_one_bad_line),
		cmocka_unit_test(many_events_of_a_real_producer_arrive),
		cmocka_unit_test(own_events_are_numbered_and_told),
		cmocka_unit_test(a_flood_of_one_kind_is_bounded_and_hides_no_other),
		cmocka_unit_test(the_bound_of_a_kind_is_exact),
		cmocka_unit_test(after_a_failed_write_nothing_is_written),
		cmocka_unit_test(a_pipe_that_fails_is_an_error),
	};

	return cmocka_run_group_tests(tests, bundle_make, bundle_remove);
}
