/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_file.c - whole files, descriptors over sockets, SHA-256
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/sha256.h"

static char dir[] = "/tmp/tcbox-test-io.XXXXXX";
static int dirfd_;

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirfd_ < 0;
}

static int remove_dir(void **state)
{
	(void)state;
	(void)unlinkat(dirfd_, "f", 0);
	(void)close(dirfd_);
	return rmdir(dir);	/* fails if a test left something */
}

static void a_file_is_replaced_as_a_whole(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	TB_AUTOCLOSE int before = -1;
	struct tb_err err = { 0 };
	char old[4] = "";

	(void)state;
	assert_int_equal(tb_write_file(dirfd_, "f", "one", 3, &err), 0);
	before = openat(dirfd_, "f", O_RDONLY | O_CLOEXEC);
	assert_int_equal(tb_write_file(dirfd_, "f", "two!", 4, &err), 0);
	assert_int_equal(tb_read_file(dirfd_, "f", 4, &b, &err), 0);
	assert_string_equal(b.data, "two!");
	/* who had it open still sees the old one */
	assert_int_equal(read(before, old, sizeof(old)), 3);
	assert_memory_equal(old, "one", 3);
	assert_int_equal(err.code, 0);
}

static void a_file_that_is_too_large_is_refused(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(tb_write_file(dirfd_, "f", "12345", 5, &err), 0);
	assert_int_equal(tb_read_file(dirfd_, "f", 4, &b, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "4 bytes"));
}

static void an_empty_file_is_the_empty_string(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(tb_write_file(dirfd_, "f", "", 0, &err), 0);
	assert_int_equal(tb_read_file(dirfd_, "f", 0, &b, &err), 0);
	assert_string_equal(b.data, "");
}

static void a_missing_file_is_named(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(tb_read_file(dirfd_, "no-such-file", 9, &b, &err), -ENOENT);
	assert_string_equal(err.msg, "open no-such-file: No such file or directory");
	assert_int_equal(tb_read_file(AT_FDCWD, dir, 9, &b, &err), -EISDIR);
	assert_int_equal(tb_write_file(dirfd_, "no-such-dir/f", "x", 1, &err), -ENOENT);
}

static void a_file_of_others_is_never_waited_for(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0 };
	int fd;

	(void)state;
	assert_int_equal(tb_read_regular(dirfd_, "g", 9, &b, &err), -ENOENT);
	assert_return_code(mkfifoat(dirfd_, "g", 0600), errno);
	assert_int_equal(tb_read_regular(dirfd_, "g", 9, &b, &err), -EINVAL);
	assert_string_equal(err.msg, "g is not a regular file");
	assert_return_code(unlinkat(dirfd_, "g", 0), errno);
	assert_int_equal(tb_write_file(dirfd_, "f", "text", 4, &err), 0);
	assert_return_code(symlinkat("f", dirfd_, "g"), errno);
	assert_int_equal(tb_read_regular(dirfd_, "g", 9, &b, &err), -EINVAL);
	/* the user may name a link */
	assert_int_equal(tb_read_file(dirfd_, "g", 9, &b, &err), 0);
	assert_return_code(unlinkat(dirfd_, "g", 0), errno);
	assert_int_equal(tb_read_regular(dirfd_, ".", 9, &b, &err), -EINVAL);
	assert_int_equal(tb_read_regular(AT_FDCWD, "/dev/zero", 9, &b, &err), -EINVAL);
	tb_buf_reset(&b);
	assert_int_equal(tb_read_regular(dirfd_, "f", 3, &b, &err), -EFBIG);
	assert_int_equal(tb_read_regular(dirfd_, "f", 4, &b, &err), 0);
	assert_string_equal(b.data, "text");
	fd = tb_open_regular(dirfd_, "f", &err);
	assert_return_code(fd, -fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	(void)close(fd);
}

static void a_pipe_that_the_user_names_is_read_to_its_end(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0 };
	char path[64];
	int ends[2];

	(void)state;
	assert_return_code(pipe2(ends, O_CLOEXEC), errno);
	assert_int_equal(write(ends[1], "from a pipe", 11), 11);
	(void)close(ends[1]);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	assert_int_equal(tb_read_file(AT_FDCWD, path, 100, &b, &err), 0);
	assert_string_equal(b.data, "from a pipe");
	(void)close(ends[0]);
}

static void what_lies_under_the_temporary_name_is_not_written_to(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(tb_write_file(dirfd_, "g", "precious", 8, &err), 0);
	assert_return_code(linkat(dirfd_, "g", dirfd_, "f.new", 0), errno);
	assert_int_equal(tb_store_file(dirfd_, "f", "x", 1, &err), 0);
	assert_return_code(mkfifoat(dirfd_, "f.new", 0600), errno);
	assert_int_equal(tb_store_file(dirfd_, "f", "y", 1, &err), 0);
	assert_int_equal(faccessat(dirfd_, "f.new", F_OK, 0), -1);
	assert_int_equal(tb_read_file(dirfd_, "g", 9, &b, &err), 0);
	assert_string_equal(b.data, "precious");
	assert_return_code(unlinkat(dirfd_, "g", 0), errno);
}

static void a_replacement_that_fails_leaves_the_old_file(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct rlimit was, little;
	struct tb_err err = { 0 };
	char longer[5000];

	(void)state;
	assert_int_equal(tb_write_file(dirfd_, "f", "old", 3, &err), 0);
	(void)signal(SIGXFSZ, SIG_IGN);		/* then write(2) fails with EFBIG, as on a full disk
						 * with ENOSPC */
	assert_return_code(getrlimit(RLIMIT_FSIZE, &was), errno);
	little = (struct rlimit){ 4096, was.rlim_max };
	assert_return_code(setrlimit(RLIMIT_FSIZE, &little), errno);
	memset(longer, 'x', sizeof(longer));
	assert_int_equal(tb_store_file(dirfd_, "f", longer, sizeof(longer), &err), -EFBIG);
	assert_return_code(setrlimit(RLIMIT_FSIZE, &was), errno);
	assert_int_equal(faccessat(dirfd_, "f.new", F_OK, 0), -1);
	assert_int_equal(tb_read_file(dirfd_, "f", 9, &b, &err), 0);
	assert_string_equal(b.data, "old");
}

static void a_spare_file_gives_its_place(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT, c = TB_BUF_INIT;
	struct tb_err err = { 0 };
	struct stat spare, st;

	(void)state;
	assert_int_equal(tb_write_file(dirfd_, "spare", "0123456789", 10, &err), 0);
	assert_return_code(fstatat(dirfd_, "spare", &spare, 0), errno);
	assert_int_equal(tb_store_over(dirfd_, "spare", "f", "fits", 4, &err), 0);
	assert_return_code(fstatat(dirfd_, "f", &st, 0), errno);
	assert_int_equal(st.st_ino, spare.st_ino);
	assert_int_equal(tb_read_file(dirfd_, "f", 10, &b, &err), 0);
	assert_string_equal(b.data, "fits");
	assert_int_equal(faccessat(dirfd_, "spare", F_OK, 0), -1);

	assert_int_equal(tb_write_file(dirfd_, "spare", "0123", 4, &err), 0);
	assert_int_equal(tb_store_over(dirfd_, "spare", "f", "does not fit", 12, &err), 0);
	assert_int_equal(tb_read_file(dirfd_, "f", 12, &c, &err), 0);
	assert_string_equal(c.data, "does not fit");
	assert_int_equal(faccessat(dirfd_, "spare", F_OK, 0), -1);
	assert_int_equal(tb_store_over(dirfd_, "spare", "f", "none", 4, &err), 0);
}

static void a_write_that_fails_says_why(void **state)
{
	TB_AUTOCLOSE int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_return_code(full, errno);
	assert_int_equal(tb_write_all(full, "x", 1), -ENOSPC);
	assert_int_equal(tb_write_all(full, "x", 0), 0);
	assert_int_equal(tb_write_all(-1, "x", 1), -EBADF);
}

static void everything_is_written_through_a_pipe_that_is_slow(void **state)
{
	enum { SIZE = 1 << 20 };
	char *data = malloc(SIZE), chunk[4096];
	size_t got = 0;
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	(void)state;
	memset(data, 'x', SIZE);
	assert_return_code(pipe2(ends, O_CLOEXEC), errno);
	pid = fork();
	assert_return_code(pid, errno);
	if (!pid) {
		close(ends[0]);
		_exit(tb_write_all(ends[1], data, SIZE) ? 1 : 0);
	}
	close(ends[1]);
	while ((n = read(ends[0], chunk, sizeof(chunk))) > 0)
		got += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(got, SIZE);
	free(data);
}

static void a_descriptor_crosses_a_socket_and_is_close_on_exec(void **state)
{
	int pair[2], sent = open("/dev/null", O_RDONLY), got;

	(void)state;
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), errno);
	assert_int_equal(tb_send_fd(pair[0], sent), 0);
	got = tb_recv_fd(pair[1]);
	assert_return_code(got, 0);
	assert_int_not_equal(got, sent);
	assert_int_equal(fcntl(got, F_GETFD), FD_CLOEXEC);
	close(got);
	assert_int_equal(write(pair[0], "x", 1), 1);
	assert_int_equal(tb_recv_fd(pair[1]), -EPROTO);		/* a byte without a descriptor */
	close(pair[0]);
	assert_int_equal(tb_recv_fd(pair[1]), -EPROTO);		/* the end of the stream */
	close(pair[1]);
	close(sent);
}

static void more_descriptors_than_one_are_refused_and_none_leaks(void **state)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} c = { .space = "" };
	int pair[2], sent[2] = { 0, 1 }, before, after;
	struct iovec io = { sent, 1 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &c,
			    .msg_controllen = sizeof(c) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	(void)state;
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), errno);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(sent));
	memcpy(CMSG_DATA(h), sent, sizeof(sent));
	before = dup(0);
	(void)close(before);
	assert_int_equal(sendmsg(pair[0], &m, 0), 1);
	assert_int_equal(tb_recv_fd(pair[1]), -EPROTO);
	after = dup(0);
	(void)close(after);
	assert_int_equal(after, before);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void all_descriptors_are_closed_but_those_named(void **state)
{
	int fds[4], status, i;
	pid_t pid;

	(void)state;
	for (i = 0; i < 4; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid = fork();
	assert_return_code(pid, errno);
	if (!pid) {
		const int keep[] = { fds[2], -1, 1, fds[0], fds[2] };

		tb_close_others(keep, 5);
		_exit(fcntl(fds[0], F_GETFD) >= 0 && fcntl(fds[2], F_GETFD) >= 0 &&
		      fcntl(1, F_GETFD) >= 0 &&
		      fcntl(fds[1], F_GETFD) < 0 && fcntl(fds[3], F_GETFD) < 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	for (i = 0; i < 4; i++)
		close(fds[i]);
}

static void sha256_is_that_of_the_standard(void **state)
{
	TB_AUTOCLOSE int fd = memfd_create("test", MFD_CLOEXEC);
	char hex[TB_SHA256_HEX], block[1000];
	struct tb_err err = { 0 };
	uint64_t size = 1;
	int i;

	(void)state;
	assert_int_equal(tb_sha256_fd(fd, hex, &size, &err), 0);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(size, 0);
	assert_int_equal(write(fd, "abc", 3), 3);	/* FIPS 180-2, B.1 */
	assert_int_equal(tb_sha256_fd(fd, hex, NULL, &err), 0);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 3);	/* the offset was not moved */
	assert_return_code(ftruncate(fd, 0), errno);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	memset(block, 'a', sizeof(block));		/* FIPS 180-2, B.3: a million times "a" */
	for (i = 0; i < 1000; i++)
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	assert_int_equal(tb_sha256_fd(fd, hex, &size, &err), 0);
	assert_string_equal(hex,
			    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	assert_int_equal(size, 1000000);
	assert_true(tb_sha256_fd(-1, hex, NULL, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_replaced_as_a_whole),
		cmocka_unit_test(a_file_that_is_too_large_is_refused),
		cmocka_unit_test(an_empty_file_is_the_empty_string),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(a_file_of_others_is_never_waited_for),
		cmocka_unit_test(a_pipe_that_the_user_names_is_read_to_its_end),
		cmocka_unit_test(what_lies_under_the_temporary_name_is_not_written_to),
		cmocka_unit_test(a_replacement_that_fails_leaves_the_old_file),
		cmocka_unit_test(a_spare_file_gives_its_place),
		cmocka_unit_test(a_write_that_fails_says_why),
		cmocka_unit_test(everything_is_written_through_a_pipe_that_is_slow),
		cmocka_unit_test(a_descriptor_crosses_a_socket_and_is_close_on_exec),
		cmocka_unit_test(more_descriptors_than_one_are_refused_and_none_leaks),
		cmocka_unit_test(all_descriptors_are_closed_but_those_named),
		cmocka_unit_test(sha256_is_that_of_the_standard),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
