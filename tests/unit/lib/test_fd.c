/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fd.c - complete writes, descriptors over a socket, and which of them stay open
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/fd.h"

static void everything_is_written_however_small_the_pieces_are(void **state)
{
	static char data[300000], got[sizeof(data)];
	int p[2], status;
	size_t n = 0;
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 31 >> 3);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		_exit(tb_write_all(p[1], data, sizeof(data)) != 0);	/* more than a pipe holds */
	(void)close(p[1]);
	for (ssize_t r; (r = read(p[0], got + n, sizeof(got) - n)) > 0;)
		n += (size_t)r;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(n, sizeof(data));
	assert_memory_equal(got, data, n);
	(void)close(p[0]);
}

static void what_cannot_be_written_is_told(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), p[2];

	(void)state;
	assert_int_equal(tb_write_all(full, "x", 1), -ENOSPC);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(tb_write_all(full, "x", 0), 0);
	assert_int_equal(tb_write_all(-1, "x", 1), -EBADF);
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	(void)close(p[0]);
	assert_int_equal(tb_write_all(p[1], "x", 1), -EPIPE);
	(void)close(p[1]);
	(void)close(full);
}

static bool same(int a, int b)
{
	struct stat x, y;

	return !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static void a_descriptor_goes_over_a_socket(void **state)
{
	int s[2], p[2], got;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s), 0);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	assert_int_equal(tb_send_fd(s[0], p[1]), 0);
	assert_int_equal(tb_send_fd(s[0], p[0]), 0);
	got = tb_recv_fd(s[1]);
	assert_true(got >= 0 && got != p[1] && same(got, p[1]));
	assert_int_equal(fcntl(got, F_GETFD), FD_CLOEXEC);
	(void)close(got);
	got = tb_recv_fd(s[1]);
	assert_true(got >= 0 && same(got, p[0]));
	(void)close(got);
	assert_int_equal(tb_send_fd(s[0], -1), -EBADF);
	(void)close(s[0]);
	assert_int_equal(tb_recv_fd(s[1]), -EPROTO);		/* the other side is gone */
	(void)close(s[1]);
	assert_int_equal(tb_recv_fd(s[1]), -EBADF);
	(void)close(p[0]);
	(void)close(p[1]);
}

/* send_raw() - a byte with @n descriptors, or with credentials if @n is negative */
static void send_raw(int sock, int fd, int n)
{
	char byte = 0;
	struct iovec io = { &byte, 1 };
	union {
		struct cmsghdr align;
		char space[256];
	} c = { .space = { 0 } };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	int fds[8];

	for (int i = 0; i < 8; i++)
		fds[i] = fd;
	if (n) {
		m.msg_control = &c;
		m.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), fds, (size_t)n * sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &m, 0), 1);
}

static void messages_of_another_kind_leave_nothing_open(void **state)
{
	int s[2], next = dup(0);

	(void)state;
	(void)close(next);		/* the lowest number that is free, and stays so */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s), 0);
	for (int n = 0; n < 4; n++) {
		int fresh;

		send_raw(s[0], s[0], n);
		if (n == 1) {
			fresh = tb_recv_fd(s[1]);
			assert_true(fresh >= 0);
			(void)close(fresh);
		} else {
			assert_int_equal(tb_recv_fd(s[1]), -EPROTO);
		}
		fresh = dup(0);
		assert_true(fresh <= next + 2);
		(void)close(fresh);
	}
	(void)close(s[0]);
	(void)close(s[1]);
}

/* left() - which of the descriptors 3 to 12 a child has after tb_close_others(), as bits */
static int left(const int *keep, size_t n)
{
	int status, p[2], bits = 0;
	pid_t pid;

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		int out = fcntl(p[1], F_DUPFD_CLOEXEC, 100), all[16] = { out };

		for (int fd = 3; fd < 13; fd++)
			if (fd != out && dup2(0, fd) != fd)
				_exit(1);
		memcpy(all + 1, keep, n * sizeof(int));
		tb_close_others(all, n + 1);
		for (int fd = 3; fd < 200; fd++)
			if (fd != out && fcntl(fd, F_GETFD) >= 0)
				bits |= fd < 13 ? 1 << fd : 1;
		for (int fd = 0; fd < 3; fd++)
			bits |= fcntl(fd, F_GETFD) < 0;
		_exit(write(out, &bits, sizeof(bits)) != sizeof(bits));
	}
	(void)close(p[1]);
	assert_int_equal(read(p[0], &bits, sizeof(bits)), sizeof(bits));
	(void)close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return bits;
}

static void only_what_is_kept_stays_open(void **state)
{
	(void)state;
	assert_int_equal(left((int[]){ -1 }, 0), 0);
	assert_int_equal(left((int[]){ 3 }, 1), 1 << 3);
	assert_int_equal(left((int[]){ 12, 5, 4, -1, 1 }, 5), 1 << 12 | 1 << 5 | 1 << 4);
	assert_int_equal(left((int[]){ 7, 7 }, 2), 1 << 7);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_written_however_small_the_pieces_are),
		cmocka_unit_test(what_cannot_be_written_is_told),
		cmocka_unit_test(a_descriptor_goes_over_a_socket),
		cmocka_unit_test(messages_of_another_kind_leave_nothing_open),
		cmocka_unit_test(only_what_is_kept_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
