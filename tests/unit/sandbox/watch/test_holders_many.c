/* SPDX-License-Identifier: Apache-2.0 */
/* test_holders_many.c - what an exec keeps, and more descriptors than are looked at */
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/holders.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/watch.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

#define DESCRIPTORS 4096	/* that are looked at; "." and ".." are two of them */

static struct {
	struct watch w;
	struct elsewhere where;
	struct proc p;
	int record;
} b;

static int start(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	b.record = memfd_create("record", MFD_CLOEXEC);
	b.where.root = -1;
	b.w.where = &b.where;
	b.w.out = rec_out_new(b.record, EV_SRC_BOX, 0);
	b.w.holders = holders_new();
	b.p = (struct proc){ .id = 7, .tgid = getpid() };
	b.p.pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	holders_network(&b.w);
	return b.p.pidfd < 0 || !b.w.out || !b.w.holders;
}

static int finish(void **state)
{
	(void)state;
	rec_out_free(b.w.out);
	holders_free(b.w.holders);
	(void)close(b.p.pidfd);
	(void)close(b.record);
	return 0;
}

static int64_t told_at;		/* the time of the last one */

/* told() - how often the record says this of a socket */
static int told(const char *call, int s)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	socklen_t len = sizeof(uint64_t);
	uint64_t cookie = 0;
	char path[64];
	int n = 0;

	assert_int_equal(getsockopt(s, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
	assert_int_equal(rec_flush(b.w.out), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", b.record);
	assert_int_equal(tb_read_file(AT_FDCWD, path, 1u << 24, &text, NULL), 0);
	for (char *line = text.data, *end; line && *line; line = end + 1) {
		struct ev ev;

		end = strchr(line, '\n');
		assert_non_null(end);
		assert_int_equal(ev_parse(line, (size_t)(end - line), &ev, NULL), 0);
		if (ev.kind == EV_SOCK && ev.u.sock.cookie == cookie &&
		    !strcmp(ev.u.sock.call, call)) {
			assert_int_equal(ev.proc, 7);
			assert_string_equal(ev.u.sock.proto, "udp");
			told_at = ev.t;
			n++;
		}
		ev_clear(&ev);
	}
	return n;
}

static void an_exec_keeps_what_it_does_not_close(void **state)
{
	int kept = socket(AF_INET, SOCK_DGRAM, 0);
	int closed = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	TB_AUTOFREE struct held *before = NULL;

	(void)state;
	b.w.now = 50;
	assert_true(holders_before(&b.w, &b.p, b.p.tgid, &before));
	assert_non_null(before);
	(void)close(closed);	/* as the exec does */
	b.w.now = 9000;		/* on a busy machine it is seen late, and has sent long before */
	holders_kept(&b.w, &b.p, before);
	assert_int_equal(told("execve", kept), 1);
	assert_int_equal(told_at, 50);
	closed = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(told("execve", closed), 0);
	(void)close(closed);
	(void)close(kept);
}

static void a_socket_behind_more_descriptors_than_are_looked_at_is_lost_evidence(void **state)
{
	struct rlimit had, more;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &had), 0);
	more = (struct rlimit){ DESCRIPTORS + 64, had.rlim_max };
	if (had.rlim_max < more.rlim_cur)
		skip();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &more), 0);
	holders_passed(b.w.holders);
	for (int n = DESCRIPTORS - 3; n <= DESCRIPTORS - 1; n++) {
		int last = -1;

		/* the lowest free number is taken, and opendir(3) will take one, too */
		while (last < n - 2)
			last = dup(b.record);
		b.w.n.calls_unread = 0;
		holders_look_at(&b.w, &b.p);
		assert_int_equal(b.w.n.calls_unread, n > DESCRIPTORS - 2);
		(void)close_range(64, ~0u, 0);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &had), 0);
}

static void sockets_that_could_not_be_read_are_lost_evidence(void **state)
{
	int kept = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), next = dup(b.record);
	struct rlimit had, less;

	(void)state;
	(void)fcntl(kept, F_SETFD, 0);
	(void)close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &had), 0);
	for (int more = 0; more <= 2; more++) {	/* a descriptor for the table, one for a socket */
		struct held *held = NULL;
		bool all;

		b.w.n.calls_unread = 0;
		less = (struct rlimit){ (rlim_t)next + (rlim_t)more, had.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &less), 0);
		all = holders_before(&b.w, &b.p, b.p.tgid, &held);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &had), 0);
		assert_int_equal(all, more == 2);
		assert_int_equal(held != NULL, more == 2);
		assert_int_equal(b.w.n.calls_unread, more != 2);
		free(held);
	}
	(void)close(kept);
}

static void a_process_without_a_pidfd_is_not_known_to_have_none(void **state)
{
	struct proc p = { .id = 8, .tgid = getpid(), .pidfd = -1 };
	struct held *held = NULL;

	(void)state;
	assert_false(holders_before(&b.w, &p, p.tgid, &held));
	assert_null(held);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, start, finish)
	const struct CMUnitTest tests[] = {
		TEST(an_exec_keeps_what_it_does_not_close),
		TEST(sockets_that_could_not_be_read_are_lost_evidence),
		TEST(a_process_without_a_pidfd_is_not_known_to_have_none),
		TEST(a_socket_behind_more_descriptors_than_are_looked_at_is_lost_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
