/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_stream.c - lines for a reader that is there, is slow, or goes away
 */
#include "run/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/unit/run/tree.h"

static struct stream s;

static void line(const char *text)
{
	struct tb_buf b = TB_BUF_INIT;

	tb_buf_adds(&b, text);
	tb_buf_addc(&b, '\n');
	stream_line(&s, &b);
	tb_buf_free(&b);
}

/* expect() - what the reader gets */
static void expect(int fd, const char *text)
{
	char got[256];
	ssize_t n = read(fd, got, sizeof(got) - 1);

	got[n < 0 ? 0 : n] = '\0';
	assert_string_equal(got, text);
}

static void open_pipe(int p[2])
{
	struct tb_err err = { 0 };

	assert_int_equal(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(stream_fd(&s, p[1], &err), 0);
	(void)close(p[1]);
}

/* fill() - until a line is dropped. Return: lines that were taken */
static uint64_t fill(void)
{
	char text[1000];
	uint64_t before = s.lines;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < 10000 && !s.dropped; i++) {
		line(text);
		stream_step(&s);
	}
	assert_int_equal(s.dropped, 1);
	return s.lines - before;
}

static void lines_arrive_whole_and_at_once(void **state)
{
	struct pollfd p;
	int fds[2];

	(void)state;
	open_pipe(fds);
	assert_int_equal(stream_poll(&s, &p), 0);
	line("one");
	assert_int_equal(stream_poll(&s, &p), 1);
	assert_int_equal(p.events, POLLOUT);
	stream_step(&s);
	assert_int_equal(stream_poll(&s, &p), 0);
	expect(fds[0], "one\n");
	assert_true(s.lines == 1 && !s.dropped);
	stream_close(&s);
	expect(fds[0], "");
	(void)close(fds[0]);
}

static void a_slow_reader_misses_whole_lines_and_nobody_waits(void **state)
{
	char got[4096];
	uint64_t lines = 0, taken;
	int fds[2];
	ssize_t n;

	(void)state;
	open_pipe(fds);
	taken = fill();
	assert_true(taken * 1000 >= STREAM_ROOM);
	assert_true(s.queue.len - s.at <= STREAM_ROOM);
	line("no room either, if it is as long as the one before: "
	     "it is shorter, and has some");
	for (;;) {
		stream_step(&s);
		n = read(fds[0], got, sizeof(got));
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			lines += got[i] == '\n';
	}
	assert_true(lines == s.lines);
	assert_true(lines == taken || lines == taken + 1);
	line("again");
	stream_step(&s);
	expect(fds[0], "again\n");
	stream_close(&s);
	(void)close(fds[0]);
}

static void what_a_reader_that_went_away_did_not_get_is_counted(void **state)
{
	int fds[2];

	(void)state;
	open_pipe(fds);
	line("one");
	line("two");
	(void)close(fds[0]);
	stream_step(&s);
	assert_true(s.gone && s.dropped == 2);
	line("three");
	assert_int_equal(s.dropped, 3);
	stream_step(&s);
	stream_drain(&s, 1000, 1000);
	stream_close(&s);
}

static void a_reader_that_stands_still_is_given_up_at_the_end(void **state)
{
	int fds[2];
	uint64_t taken;

	(void)state;
	open_pipe(fds);
	taken = fill();
	stream_drain(&s, 1, 1000);
	assert_true(s.gone && s.dropped > 1 && s.dropped <= taken + 1);
	stream_close(&s);
	(void)close(fds[0]);
}

static void the_last_line_has_room_after_all_others(void **state)
{
	struct tb_buf end = TB_BUF_INIT;
	char got[4096];
	uint64_t lines = 0, taken;
	int fds[2];
	ssize_t n;

	(void)state;
	open_pipe(fds);
	taken = fill();
	tb_buf_adds(&end, "the end\n");
	while (stream_has_room(&s, end.len))
		line("more");
	taken = s.lines;
	stream_last_line(&s, &end);
	tb_buf_free(&end);
	assert_int_equal(s.lines, taken + 1);
	do {
		stream_step(&s);
		n = read(fds[0], got, sizeof(got) - 1);
		for (ssize_t i = 0; i < n; i++)
			lines += got[i] == '\n';
	} while (n > 0 && lines < taken + 1);
	got[n > 0 ? n : 0] = '\0';
	assert_int_equal(lines, taken + 1);
	assert_non_null(strstr(got, "\nthe end\n"));
	stream_close(&s);
	(void)close(fds[0]);
}

/* The end of a pseudo-terminal that nobody reads: whoever waits there waits for ever. */
static void a_terminal_of_somebody_else_is_not_waited_for(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status = -1;
	char name[64];
	pid_t pid;

	(void)state;
	assert_true(master >= 0 && !grantpt(master) && !unlockpt(master));
	assert_int_equal(ptsname_r(master, name, sizeof(name)), 0);
	pid = fork();
	if (!pid) {
		int fd = setsid() < 0 ? -1 : open(name, O_RDWR | O_CLOEXEC);	/* its own */
		struct tb_err err = { 0 };

		if (fd < 0 || fchmod(fd, 0))
			_exit(1);
		if (geteuid() == 0 && (setgroups(0, NULL) || setresgid(54321, 54321, 54321) ||
				       setresuid(54321, 54321, 54321)))
			_exit(1);
		_exit(stream_fd(&s, fd, &err) || !(fcntl(s.fd, F_GETFL) & O_NONBLOCK) ? 2 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	(void)close(master);
}

static void a_socket_is_never_waited_for(void **state)
{
	struct tb_err err = { 0 };
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(stream_fd(&s, fds[1], &err), 0);
	(void)close(fds[1]);
	line("one");
	stream_step(&s);
	expect(fds[0], "one\n");
	(void)fill();
	(void)close(fds[0]);
	stream_step(&s);
	assert_true(s.gone);
	stream_close(&s);
}

static void the_given_descriptor_stays_as_it_is(void **state)
{
	struct tb_err err = { 0 };
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(stream_fd(&s, fds[1], &err), 0);
	assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(fcntl(fds[1], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(s.fd, F_GETFD), FD_CLOEXEC);
	stream_close(&s);
	assert_int_equal(stream_fd(&s, fds[0], &err), -EBADF);
	(void)close(fds[0]);
	(void)close(fds[1]);
	assert_int_equal(stream_fd(&s, fds[1], &err), -EBADF);
	stream_close(&s);
}

static void a_file_is_not_overwritten(void **state)
{
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(stream_file(&s, "new", &err), 0);
	line("one");
	stream_step(&s);
	stream_close(&s);
	assert_int_equal(stream_file(&s, "new", &err), -EEXIST);
	assert_string_equal(err.msg, "new exists already, and is not overwritten");
	tree_file("empty", "", 0644);
	assert_int_equal(stream_file(&s, "empty", &err), 0);
	stream_close(&s);
	assert_int_equal(mkfifo("unread", 0600), 0);
	assert_int_equal(stream_file(&s, "unread", &err), -ENXIO);
	assert_string_equal(err.msg, "nobody reads the pipe unread");
	assert_int_equal(stream_file(&s, "no/such/file", &err), -ENOENT);
	assert_int_equal(stream_file(&s, "/dev/null", &err), 0);
	stream_close(&s);
}

static int begin(void **state)
{
	(void)signal(SIGPIPE, SIG_IGN);		/* as main() does */
	return tree_make(state);
}

static int init(void **state)
{
	(void)state;
	stream_init(&s);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, init)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_arrive_whole_and_at_once),
		TEST(a_slow_reader_misses_whole_lines_and_nobody_waits),
		TEST(what_a_reader_that_went_away_did_not_get_is_counted),
		TEST(a_reader_that_stands_still_is_given_up_at_the_end),
		TEST(the_last_line_has_room_after_all_others),
		TEST(a_terminal_of_somebody_else_is_not_waited_for),
		TEST(a_socket_is_never_waited_for),
		TEST(the_given_descriptor_stays_as_it_is),
		TEST(a_file_is_not_overwritten),
	};

	return cmocka_run_group_tests(tests, begin, tree_remove);
}
