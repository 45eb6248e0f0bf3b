/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_attempt.c - which events are attempts of the product, how each is told, and as which lines
 */
#include "run/attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/events.h"
#include "tcbox/buf.h"
#include "tcbox/own.h"

#define CANARY "5d1f.canary.invalid"

static struct attempts *a;

/* told() - the attempt that a line of a record tells of, in words; "-": none */
static const char *told(const char *line)
{
	static char text[4096];
	struct tb_err err = { 0 };
	struct attempt t;
	struct ev ev;

	if (ev_parse(line, strlen(line), &ev, &err))
		fail_msg("%s: %s", line, err.msg);
	ev.line = 7;
	if (!attempt_of(a, &ev, &t)) {
		ev_clear(&ev);
		return "-";
	}
	assert_int_equal(t.line, 7);
	(void)snprintf(text, sizeof(text), "%s %s|%s|%s|%s|%s %s|%" PRIu64 "|%" PRId64,
		       attempt_act_name(t.act), t.call, t.program ? t.program : "-", t.object,
		       t.name ? t.name : "-", attempt_outcome_name(t.outcome),
		       t.error ? t.error : "-", t.count, t.pid);
	ev_clear(&ev);
	return text;
}

#define BOX(rest) "\"src\":\"box\",\"n\":1,\"t\":5," rest "}"
#define NET(rest) "\"src\":\"net\",\"n\":1,\"t\":5," rest "}"
#define LAB(rest) "\"src\":\"lab\",\"n\":1,\"t\":5," rest "}"
#define SOCK(rest) "{\"k\":\"sock\"," BOX(rest)
#define FLOW(rest) "{\"k\":\"flow\"," NET("\"id\":3,\"proto\":\"tcp\",\"local\":\"198.19.255.2:40001\"," rest)

static void processes(void)
{
	assert_string_equal(told("{\"k\":\"proc\"," BOX("\"proc\":1,\"pid\":2,\"role\":\"canary\"")), "-");
	assert_string_equal(told("{\"k\":\"proc\"," BOX("\"proc\":2,\"pid\":3,\"role\":\"product\"")), "-");
	assert_string_equal(told("{\"k\":\"exec\"," BOX("\"proc\":2,\"path\":\"./a\",\"exe\":\"/opt/a\"")),
			    "execute |/opt/a|/opt/a|-|went -|1|3");
}

static void each_act_of_a_process_is_told_with_its_program(void **state)
{
	static const struct {
		const char *line, *told;
	} rows[] = {
		{ SOCK("\"proc\":2,\"call\":\"connect\",\"proto\":\"tcp\",\"local\":\"198.19.255.2:40001\","
		       "\"remote\":\"198.18.0.7:443\",\"outcome\":\"allowed\",\"count\":3"),
		  "network connect|/opt/a|tcp 198.18.0.7:443|-|went -|3|3" },
		{ SOCK("\"proc\":2,\"call\":\"bind\",\"proto\":\"udp\",\"local\":\"0.0.0.0:53\",\"outcome\":\"allowed\""),
		  "network bind|/opt/a|udp 0.0.0.0:53|-|went -|1|3" },
		{ SOCK("\"proc\":2,\"call\":\"sendmsg\",\"proto\":\"udp\",\"local\":\"0.0.0.0:53\",\"outcome\":\"allowed\""),
		  "network sendmsg|/opt/a|udp|-|went -|1|3" },
		{ SOCK("\"proc\":2,\"call\":\"connect\",\"proto\":\"unix\",\"path\":\"/run/x\",\"outcome\":\"allowed\""),
		  "network connect|/opt/a|unix /run/x|-|went -|1|3" },
		{ SOCK("\"proc\":2,\"call\":\"socket\",\"proto\":\"family-40\",\"outcome\":\"denied\",\"error\":\"EAFNOSUPPORT\""),
		  "network socket|/opt/a|family-40|-|refused EAFNOSUPPORT|1|3" },
		{ SOCK("\"proc\":2,\"call\":\"execve\",\"proto\":\"tcp\",\"outcome\":\"allowed\""), "-" },
		{ SOCK("\"proc\":2,\"call\":\"held\",\"proto\":\"tcp\",\"outcome\":\"allowed\""), "-" },
		{ "{\"k\":\"file\"," BOX("\"proc\":2,\"op\":\"rename\",\"path\":\"/a\",\"path2\":\"/b\",\"outcome\":\"tried\""),
		  "file rename|/opt/a|/a -> /b|-|tried -|1|3" },
		{ "{\"k\":\"file\"," BOX("\"proc\":9,\"op\":\"write\",\"path\":\"/a\",\"outcome\":\"denied\",\"error\":\"EROFS\""),
		  "file write|-|/a|-|refused EROFS|1|0" },
		{ "{\"k\":\"call\"," BOX("\"proc\":2,\"call\":\"mount\",\"abi\":\"x86_64\",\"outcome\":\"denied\",\"error\":\"EPERM\""),
		  "call mount|/opt/a||-|refused EPERM|1|3" },
		{ "{\"k\":\"exec\"," BOX("\"proc\":2,\"path\":\"/none\",\"error\":\"ENOENT\""),
		  "execute |/opt/a|/none|-|failed ENOENT|1|3" },
		{ "{\"k\":\"exit\"," BOX("\"proc\":2,\"known\":true"), "-" },
	};

	(void)state;
	processes();
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		assert_string_equal(told(rows[i].line), rows[i].told);
	assert_string_equal(told("{\"k\":\"proc\"," BOX("\"proc\":3,\"parent\":2,\"pid\":5")), "-");
	assert_string_equal(told("{\"k\":\"file\"," BOX("\"proc\":3,\"op\":\"create\",\"path\":\"/a\"")),
			    "file create|/opt/a|/a|-|went -|1|5");
	/* another process in its place: what it is nobody knows */
	assert_string_equal(told("{\"k\":\"proc\"," BOX("\"proc\":4099,\"pid\":6")), "-");
	assert_string_equal(told("{\"k\":\"file\"," BOX("\"proc\":3,\"op\":\"create\",\"path\":\"/a\"")),
			    "file create|-|/a|-|went -|1|0");
}

static void what_the_wire_shows_is_told_with_the_name(void **state)
{
	(void)state;
	assert_string_equal(told("{\"k\":\"lookup\"," NET("\"name\":\"a.example\",\"type\":\"A\",\"rcode\":\"NOERROR\","
				 "\"addrs\":[\"198.18.0.7\"]")), "lookup A|-|a.example|-|went -|1|0");
	assert_string_equal(told("{\"k\":\"lookup\"," LAB("\"name\":\"a.example\",\"type\":\"A\",\"rcode\":\"NOERROR\"")), "-");
	assert_string_equal(told("{\"k\":\"lookup\"," NET("\"name\":\"b.example\",\"type\":\"A\",\"rcode\":\"NXDOMAIN\"")),
			    "lookup A|-|b.example|-|failed NXDOMAIN|1|0");
	assert_string_equal(told("{\"k\":\"lookup\"," NET("\"name\":\"b.example\",\"type\":\"A\"")),
			    "lookup A|-|b.example|-|failed no answer|1|0");
	assert_string_equal(told(SOCK("\"call\":\"connect\",\"proto\":\"tcp\",\"remote\":\"[::ffff:198.18.0.7]:443\"")),
			    "network connect|-|tcp [::ffff:198.18.0.7]:443|a.example|went -|1|0");
	assert_string_equal(told(FLOW("\"remote\":\"198.18.0.7:443\",\"app\":\"tls\"")), "-");
	assert_string_equal(told(FLOW("\"end\":true,\"remote\":\"198.18.0.7:443\",\"app\":\"tls\",\"state\":\"fin\"")),
			    "conversation tls|-|tcp 198.18.0.7:443|a.example|went -|1|0");
	assert_string_equal(told(FLOW("\"end\":true,\"remote\":\"198.18.0.8:443\",\"state\":\"refused\"")),
			    "conversation |-|tcp 198.18.0.8:443|-|failed refused|1|0");
	assert_string_equal(told(FLOW("\"end\":true,\"inbound\":true,\"remote\":\"198.18.0.7:443\",\"state\":\"timeout\"")),
			    "conversation |-|from tcp 198.18.0.7:443|-|failed timeout|1|0");
	assert_string_equal(told(FLOW("\"end\":true,\"remote\":\"198.18.0.7:53\",\"app\":\"dns\",\"state\":\"done\"")), "-");
	assert_string_equal(told("{\"k\":\"request\"," LAB("\"service\":\"https\",\"server\":\"198.18.0.7:443\",\"method\":\"GET\","
				 "\"names\":[\"a.example\"],\"path\":\"/x\"")),
			    "request GET|-|https a.example/x|a.example|went -|1|0");
	assert_string_equal(told("{\"k\":\"request\"," LAB("\"service\":\"tls\",\"server\":\"198.18.0.7:443\"")), "-");
}

static void the_control_is_no_attempt(void **state)
{
	(void)state;
	processes();
	assert_string_equal(told(SOCK("\"proc\":1,\"call\":\"connect\",\"proto\":\"tcp\",\"remote\":\"198.18.0.9:443\"")), "-");
	assert_string_equal(told("{\"k\":\"lookup\"," NET("\"name\":\"" CANARY "\",\"type\":\"A\",\"rcode\":\"NOERROR\","
				 "\"addrs\":[\"198.18.0.9\"]")), "-");
	assert_string_equal(told(FLOW("\"end\":true,\"remote\":\"198.18.0.9:443\",\"state\":\"fin\"")), "-");
	assert_string_equal(told(FLOW("\"end\":true,\"remote\":\"198.18.0.10:443\",\"state\":\"fin\"")),
			    "conversation |-|tcp 198.18.0.10:443|-|went -|1|0");
}

static void who_cannot_have_seen_it_is_not_believed(void **state)
{
	(void)state;
	assert_string_equal(told("{\"k\":\"exec\"," NET("\"proc\":2,\"exe\":\"/x\"")), "-");
	assert_string_equal(told("{\"k\":\"proc\"," LAB("\"proc\":2,\"pid\":3,\"role\":\"canary\"")), "-");
	assert_string_equal(told("{\"k\":\"exec\"," BOX("\"proc\":2,\"exe\":\"/x\"")), "execute |-|/x|-|went -|1|0");
	assert_string_equal(told("{\"k\":\"flow\"," BOX("\"id\":1,\"end\":true,\"remote\":\"198.18.0.9:443\"")), "-");
}

static void lines_say_what_was_dropped(void **state)
{
	const char *argv[] = { "a\n", "\xff", NULL };
	struct run_info run = { .argv = (char **)(uintptr_t)argv, .argc = 2 };
	struct attempt t = { .act = ATTEMPT_FILE, .call = "write", .t = 5, .line = 9, .object = "/\x1b\"",
			     .outcome = ATTEMPT_REFUSED, .error = "EROFS", .count = 2 };
	struct tb_err err = { 0 };
	struct events e;
	char name[16], got[4096];
	ssize_t n;
	int p[2];

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	(void)snprintf(name, sizeof(name), "%d", p[1]);
	assert_int_equal(events_open(&e, name, &err), 0);
	assert_true(events_wanted(&e));
	events_start(&e, &run, "b");
	e.stream.dropped = 3;			/* as if there had been no room */
	events_attempt(&e, &t);
	events_attempt(&e, &t);
	(void)close(p[1]);
	events_end(&e, "violates");
	events_close(&e);
	n = read(p[0], got, sizeof(got) - 1);
	got[n < 0 ? 0 : n] = '\0';
	assert_string_equal(got,
		"{\"event\":\"start\",\"tcbox_events\":1,\"time\":\"1970-01-01T00:00:00.000000000Z\","
		"\"bundle\":\"b\",\"argv\":[\"a\\n\",\"\\\\xff\"]}\n"
		"{\"event\":\"dropped\",\"count\":3}\n"
		"{\"event\":\"attempt\",\"t\":5,\"line\":9,\"act\":\"file\",\"call\":\"write\","
		"\"object\":\"/\\u001b\\\"\",\"outcome\":\"refused\",\"error\":\"EROFS\",\"count\":2}\n"
		"{\"event\":\"attempt\",\"t\":5,\"line\":9,\"act\":\"file\",\"call\":\"write\","
		"\"object\":\"/\\u001b\\\"\",\"outcome\":\"refused\",\"error\":\"EROFS\",\"count\":2}\n"
		"{\"event\":\"end\",\"attempts\":2,\"dropped\":3,\"verdict\":\"violates\"}\n");
	(void)close(p[0]);
}

static void where_they_cannot_go_is_said(void **state)
{
	static const struct {
		const char *where, *says;
	} rows[] = {
		{ "1", "--events: descriptor 1 is for the product; use 3 or more, or a file (./1)" },
		{ "1022", "--events: descriptor 1022: Bad file descriptor" },
		{ "99999999999999999999", "--events: 99999999999999999999 is no descriptor" },
		{ "", "--events: open : No such file or directory" },
		{ "/no/such", "--events: open /no/such: No such file or directory" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct tb_err err = { 0 };
		struct events e;

		assert_true(events_open(&e, rows[i].where, &err) < 0);
		assert_string_equal(err.msg, rows[i].says);
		events_close(&e);
	}
}

static int begin(void **state)
{
	(void)state;
	a = attempts_new(CANARY);
	return !a;
}

static int end(void **state)
{
	(void)state;
	attempts_free(a);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_act_of_a_process_is_told_with_its_program),
		TEST(what_the_wire_shows_is_told_with_the_name),
		TEST(the_control_is_no_attempt),
		TEST(who_cannot_have_seen_it_is_not_believed),
		TEST(lines_say_what_was_dropped),
		TEST(where_they_cannot_go_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
