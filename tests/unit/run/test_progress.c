/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_progress.c - the line on the technician's terminal: when it comes, what it says, and that it
 * goes
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/progress.h"
#include "tcbox/clock.h"

#define START (INT64_C(100) * TB_NS_PER_S)
#define HIDE "\r\033[K"

static int64_t now;

int64_t __wrap_tb_monotonic_ns(void);
int64_t __wrap_tb_monotonic_ns(void)
{
	return now;
}

static int master, saved;

/* use() - standard error becomes @fd */
static void use(int fd)
{
	saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	assert_return_code(dup2(fd, STDERR_FILENO), errno);
	(void)close(fd);
}

static void use_terminal(void)
{
	int slave;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	assert_true(master >= 0 && !grantpt(master) && !unlockpt(master));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_return_code(slave, errno);
	use(slave);
}

static void leave(void)
{
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
}

/* said() - on the terminal since the last look */
static const char *said(void)
{
	static char text[256];
	ssize_t n = read(master, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void a_line_comes_after_a_second_and_then_each_quarter(void **state)
{
	struct progress p;

	(void)state;
	use_terminal();
	now = START;
	progress_init(&p, true);
	p.processes = 3;
	p.flows = 4;
	p.packets = 50;
	p.dropped = 6;
	now = START + TB_NS_PER_S - 1;
	progress_show(&p);
	assert_string_equal(said(), "");
	now = START + TB_NS_PER_S;
	progress_show(&p);
	assert_string_equal(said(), HIDE "tcbox 0:01  processes 3  flows 4  packets 50  dropped 6");
	now += TB_NS_PER_S / 4 - 1;
	progress_show(&p);
	assert_string_equal(said(), "");
	now = START + 125 * TB_NS_PER_S;
	p.flows = 5;
	progress_show(&p);
	assert_string_equal(said(), HIDE "tcbox 2:05  processes 3  flows 5  packets 50  dropped 6");
	now += TB_NS_PER_S / 4;
	progress_show(&p);
	assert_string_equal(said(), HIDE "tcbox 2:05  processes 3  flows 5  packets 50  dropped 6");
	progress_hide(&p);
	assert_string_equal(said(), HIDE);
	progress_hide(&p);
	assert_string_equal(said(), "");
	leave();
	(void)close(master);
}

static void nothing_is_shown_that_nobody_wants(void **state)
{
	struct progress p;

	(void)state;
	use_terminal();
	now = START;
	progress_init(&p, false);
	now += 10 * TB_NS_PER_S;
	progress_show(&p);
	progress_hide(&p);
	assert_string_equal(said(), "");
	leave();
	(void)close(master);
}

static void a_file_gets_no_line(void **state)
{
	struct progress p;
	int fds[2];

	(void)state;
	assert_return_code(pipe2(fds, O_CLOEXEC | O_NONBLOCK), errno);
	use(fds[1]);
	now = START;
	progress_init(&p, true);
	now += 10 * TB_NS_PER_S;
	progress_show(&p);
	leave();
	master = fds[0];
	assert_string_equal(said(), "");
	(void)close(fds[0]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_comes_after_a_second_and_then_each_quarter),
		cmocka_unit_test(nothing_is_shown_that_nobody_wants),
		cmocka_unit_test(a_file_gets_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
