/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/diff/diff.h"
#include "tcbox/own.h"

static uint64_t pids_a[] = { 7, 41 }, pids_b[] = { 8, 42 };
static struct diff_move moves[] = {
	{ .from = "/opt/acme/1.0", .to = "/opt/acme/1.1", .told = true },
	{ .from = "agent-1.0", .to = "agent-1.1" },
};
static struct rpt_diff diff = {
	.pids = { pids_a, pids_b }, .npids = { 2, 2 }, .moves = { { 0 } },
};

static int begin(void **state)
{
	(void)state;
	memcpy(diff.moves, moves, sizeof(moves));
	diff.nmoves = TB_ARRAY_SIZE(moves);
	return 0;
}

/* alike() - are they the same with shapes, and not without? */
static bool alike(const char *a, const char *b)
{
	assert_false(diff_same_text(&diff, a, b, false));
	return diff_same_text(&diff, a, b, true);
}

static void temporary_names_are_alike(void **state)
{
	(void)state;
	assert_true(alike("/tmp/tmp.Ab3dE6gH9k", "/tmp/tmp.Zy8xW5vU2t"));
	assert_true(alike("/tmp/tmp8c_k1x9q", "/tmp/tmpzzzzzzzz"));
	assert_true(alike("/tmp/_k1x9qbb", "/tmp/ifusri1y"));
	assert_true(alike("/tmp/npm-1234-ab12cd/x", "/tmp/npm-9876-98ef12/x"));
	assert_true(alike("/home/u/.cache/.state.Ab12Xz", "/home/u/.cache/.state.Qr98Lm"));
	assert_true(alike("x-123e4567-e89b-12d3-a456-426614174000",
			  "x-00000000-1111-2222-3333-444444444444"));
	assert_true(alike("GET /v1?n=0123456789abcdef0", "GET /v1?n=fedcba98765432100"));
}

static void words_are_not_alike(void **state)
{
	(void)state;
	assert_false(alike("/tmp/agent-report", "/tmp/agent-secret"));
	assert_false(alike("/home/u/report.txt", "/home/u/secret.txt"));
	assert_false(alike("/etc/agent/config.json", "/etc/agent/backup.json"));
	assert_false(alike("POST /v1/collect", "POST /v1/uploads"));
	assert_false(alike("", "/tmp/tmp.Ab3dE6gH9k"));
	assert_false(alike("/tmp/tmp.Ab3dE6gH9k", ""));
}

static void versions_are_not_alike(void **state)
{
	(void)state;
	assert_false(alike("/opt/lib/1.2/x", "/opt/lib/1.3/x"));
	assert_false(alike("GET /update?from=4.2.1", "GET /update?from=4.2.2"));
	assert_false(alike("--port 8080", "--port 9090"));
	assert_false(alike("lib.so.1.1234567890", "lib.so.1.1234567891"));
}

static void process_ids_are_those_of_the_own_run(void **state)
{
	(void)state;
	assert_true(alike("kill 41", "kill 42"));
	assert_true(alike("/home/u/lock.7", "/home/u/lock.8"));
	assert_false(alike("kill 41", "kill 43"));
	assert_false(alike("kill 42", "kill 41"));
	assert_true(alike("/proc/1000/stat", "/proc/1001/stat"));
	assert_false(alike("kill 99999999", "kill 99999998"));
}

static void times_are_alike(void **state)
{
	(void)state;
	assert_true(alike("/var/log/a-2026-11-28.log", "/var/log/a-2026-11-29.log"));
	assert_true(alike("/var/log/a.20261128_101502", "/var/log/a.20261129_235959"));
	assert_true(alike("a 2026-11-28T10:15:02Z", "a 2027-01-01T00:00:00Z"));
	assert_true(alike("GET /t/1764000000", "GET /t/1764999999"));
	assert_false(alike("/var/log/a-2026-11.log", "/var/log/a-2026-12.log"));
}

static void a_place_that_moved_is_the_same(void **state)
{
	(void)state;
	assert_true(diff_same_text(&diff, "/opt/acme/1.0/lib", "/opt/acme/1.1/lib", false));
	assert_true(diff_same_text(&diff, "x /opt/acme/1.0", "x /opt/acme/1.1", false));
	assert_true(diff_same_text(&diff, "./agent-1.0/run", "./agent-1.1/run", false));
	assert_false(diff_same_text(&diff, "/opt/acme/1.01/lib", "/opt/acme/1.11/lib", true));
	assert_false(diff_same_text(&diff, "/x/opt/acme/1.0", "/x/opt/acme/1.1", true));
	assert_false(diff_same_text(&diff, "/opt/acme/1.1/lib", "/opt/acme/1.0/lib", true));
}

static void what_was_removed_again_may_have_any_name(void **state)
{
	TB_AUTOBUF struct tb_buf a = TB_BUF_INIT, b = TB_BUF_INIT;

	(void)state;
	assert_true(diff_shape(&diff, DIFF_A, "/work/.git/tSSv3wL", true, &a));
	assert_true(diff_shape(&diff, DIFF_B, "/work/.git/tta15gC", true, &b));
	assert_string_equal(a.data, b.data);
	tb_buf_reset(&a);
	(void)diff_shape(&diff, DIFF_A, "/work/.git/tSSv3wL", false, &a);
	assert_string_equal(a.data, "/work/.git/tSSv3wL");
	assert_true(diff_in_temporary_place("/tmp/x"));
	assert_true(diff_in_temporary_place("/var/tmp/x"));
	assert_false(diff_in_temporary_place("/home/tmpx/x"));
	assert_false(diff_in_temporary_place("/tmp"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(temporary_names_are_alike),
		cmocka_unit_test(words_are_not_alike),
		cmocka_unit_test(versions_are_not_alike),
		cmocka_unit_test(process_ids_are_those_of_the_own_run),
		cmocka_unit_test(times_are_alike),
		cmocka_unit_test(a_place_that_moved_is_the_same),
		cmocka_unit_test(what_was_removed_again_may_have_any_name),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
