/* SPDX-License-Identifier: Apache-2.0 */
/* test_exec_hash.c - large programs are hashed in pieces, and who executes them waits */
#include "tests/unit/sandbox/watch/caller.h"

#include <sys/stat.h>

#include "sandbox/watch/exec_hash.h"
#include "sandbox/watch/exec_wait.h"

#define MIB (INT64_C(1) << 20)

/* 5 MiB of zeros: head -c 5M /dev/zero | sha256sum */
static const char zeros[] = "c036cbb7553a909f8b8877d4461924307f27ecb66cff928eeeafd569c3887e29";

static struct exec_hashes *hashes;

static int make(void **state)
{
	(void)state;
	hashes = exec_hashes_new(EXEC_HASH_BYTES);
	return hashes ? 0 : -1;
}

static int release(void **state)
{
	(void)state;
	exec_hashes_free(hashes);
	return 0;
}

/* file_of() - zeros, old enough for its times to be believed. Return: its descriptor */
static int file_of(int64_t size, struct stat *st)
{
	const struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	int fd = memfd_create("program", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(futimens(fd, old), 0);
	assert_int_equal(fstat(fd, st), 0);
	return fd;
}

static struct file_id finished(size_t *steps)
{
	struct file_id done = { 0, 0 };

	for (*steps = 1; !exec_hash_step(hashes, &done) && *steps < 1000;)
		++*steps;
	return done;
}

static void a_small_program_is_hashed_at_once(void **state)
{
	char hex[TB_SHA256_HEX];
	struct stat st;
	int fd = file_of(MIB, &st);

	(void)state;
	assert_int_equal(exec_hash(hashes, fd, &st, hex), 0);
	assert_false(exec_hash_works(hashes));
	assert_int_equal(close(fd), 0);
}

static void a_large_one_in_pieces_for_who_waits(void **state)
{
	char hex[TB_SHA256_HEX] = "";
	struct file_id done;
	struct stat st;
	int fd = file_of(5 * MIB, &st);
	size_t steps;

	(void)state;
	assert_int_equal(exec_hash(hashes, fd, &st, hex), -EINPROGRESS);
	done = finished(&steps);
	assert_in_range(steps, 10, 100);
	assert_true(done.dev == st.st_dev && done.ino == st.st_ino);
	exec_hash_again(hashes, true);
	assert_int_equal(exec_hash(hashes, fd, &st, hex), 0);
	assert_string_equal(hex, zeros);
	/* it has changed just now: who comes later cannot know that it has not again */
	exec_hash_again(hashes, false);
	assert_int_equal(exec_hash(hashes, fd, &st, hex), -EINPROGRESS);
	assert_int_equal(close(fd), 0);
}

static void the_hash_of_one_that_rests_is_kept(void **state)
{
	char hex[TB_SHA256_HEX] = "";
	struct stat st;
	int fd = file_of(5 * MIB, &st);
	size_t steps;

	(void)state;
	(void)usleep(100000);
	assert_int_equal(exec_hash(hashes, fd, &st, hex), -EINPROGRESS);
	(void)finished(&steps);
	exec_hash_next(hashes);
	assert_int_equal(exec_hash(hashes, fd, &st, hex), 0);
	assert_string_equal(hex, zeros);
	hex[0] = '\0';
	assert_int_equal(exec_hash_soon(hashes, fd, &st, hex), 0);
	assert_string_equal(hex, zeros);
	assert_int_equal(close(fd), 0);
}

static void one_that_is_changed_meanwhile_has_none(void **state)
{
	char hex[TB_SHA256_HEX];
	struct stat st;
	int fd = file_of(5 * MIB, &st);
	size_t steps;

	(void)state;
	assert_int_equal(exec_hash(hashes, fd, &st, hex), -EINPROGRESS);
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	(void)finished(&steps);
	exec_hash_again(hashes, true);
	assert_int_equal(exec_hash(hashes, fd, &st, hex), -ETXTBSY);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(exec_hash(hashes, fd, &st, hex), -ETXTBSY);
	assert_int_equal(close(fd), 0);
}

static void there_is_one_in_hand(void **state)
{
	char hex[TB_SHA256_HEX];
	struct stat a, b;
	struct file_id done;
	int first = file_of(5 * MIB, &a), second = file_of(2 * MIB, &b);
	size_t steps;

	(void)state;
	assert_int_equal(exec_hash(hashes, first, &a, hex), -EINPROGRESS);
	assert_int_equal(exec_hash(hashes, second, &b, hex), -EINPROGRESS);
	done = finished(&steps);
	assert_true(done.ino == a.st_ino);
	assert_false(exec_hash_works(hashes));
	assert_int_equal(exec_hash(hashes, second, &b, hex), -EINPROGRESS);
	done = finished(&steps);
	assert_true(done.ino == b.st_ino);
	assert_int_equal(close(first), 0);
	assert_int_equal(close(second), 0);
}

static void when_too_much_was_hashed_a_large_one_has_none(void **state)
{
	char hex[TB_SHA256_HEX];
	struct stat st;
	int fd;

	/* what the time gives comes to that after three seconds only */
	release(state);
	hashes = exec_hashes_new(600 * MIB);
	assert_non_null(hashes);
	for (int i = 0; i < 10; i++) {
		fd = file_of(EXEC_HASH_SOON_MAX, &st);
		assert_int_equal(exec_hash_soon(hashes, fd, &st, hex), 0);
		assert_int_equal(exec_hash_soon(hashes, fd, &st, hex), 0);	/* known */
		assert_int_equal(close(fd), 0);
	}
	fd = file_of(600 * MIB, &st);
	assert_int_equal(exec_hash(hashes, fd, &st, hex), -EFBIG);
	assert_false(exec_hash_works(hashes));
	release(state);
	hashes = exec_hashes_new(600 * MIB);
	assert_non_null(hashes);
	assert_int_equal(exec_hash(hashes, fd, &st, hex), -EINPROGRESS);
	assert_int_equal(close(fd), 0);
}

static void what_is_too_large_has_none(void **state)
{
	char hex[TB_SHA256_HEX];
	struct stat st;
	int fd = file_of((INT64_C(2) << 30) + 1, &st);

	(void)state;
	assert_int_equal(exec_hash(hashes, fd, &st, hex), -EFBIG);
	assert_int_equal(ftruncate(fd, INT64_C(2) << 30), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(exec_hash(hashes, fd, &st, hex), -EINPROGRESS);
	assert_int_equal(close(fd), 0);
	fd = file_of((int64_t)EXEC_HASH_SOON_MAX + 1, &st);
	assert_int_equal(exec_hash_soon(hashes, fd, &st, hex), -EFBIG);
	assert_int_equal(ftruncate(fd, (off_t)EXEC_HASH_SOON_MAX), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(exec_hash_soon(hashes, fd, &st, hex), 0);
	assert_int_equal(close(fd), 0);
}

static void who_waits_is_given_back_when_his_file_is_hashed(void **state)
{
	struct exec_waits *x = exec_waits_new();
	struct seccomp_notif of_a = { .id = 1 }, of_b = { .id = 2 }, req;
	struct watch_note a = { .req = &of_a }, b = { .req = &of_b }, n;
	char hex[TB_SHA256_HEX];
	struct stat st;
	int fd = file_of(5 * MIB, &st), pieces = 0;
	struct file_id file = { st.st_dev, st.st_ino }, other = { st.st_dev, st.st_ino + 1 };

	(void)state;
	assert_non_null(x);
	assert_int_equal(exec_hash(hashes, fd, &st, hex), -EINPROGRESS);
	assert_int_equal(exec_wait_add(x, &b, &other), 0);
	assert_int_equal(exec_wait_add(x, &a, &file), 0);
	while (!exec_wait_work(x, hashes, &n, &req))
		pieces++;
	assert_in_range(pieces, 10, 100);
	assert_int_equal(n.req->id, 1);
	/* nothing is in hand for the other: it is looked at again */
	assert_true(exec_wait_work(x, hashes, &n, &req));
	assert_int_equal(n.req->id, 2);
	assert_false(exec_wait_any(x));
	assert_false(exec_wait_work(x, hashes, &n, &req));
	assert_int_equal(exec_wait_add(x, &a, &file), 0);
	assert_true(exec_wait_any(x));
	exec_waits_free(x);
	exec_waits_free(NULL);
	assert_int_equal(close(fd), 0);
}

static void not_more_wait_than_there_is_room_for(void **state)
{
	struct exec_waits *x = exec_waits_new();
	struct seccomp_notif req = { .id = 1 };
	struct watch_note n = { .req = &req };
	struct file_id file = { 1, 1 };

	(void)state;
	assert_non_null(x);
	for (int i = 0; i < 4096; i++)
		assert_int_equal(exec_wait_add(x, &n, &file), 0);
	assert_int_equal(exec_wait_add(x, &n, &file), -EAGAIN);
	assert_true(exec_wait_work(x, hashes, &n, &req));
	n.req = &req;
	assert_int_equal(exec_wait_add(x, &n, &file), 0);
	exec_waits_free(x);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, release)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_small_program_is_hashed_at_once),
		TEST(a_large_one_in_pieces_for_who_waits),
		TEST(the_hash_of_one_that_rests_is_kept),
		TEST(one_that_is_changed_meanwhile_has_none),
		TEST(there_is_one_in_hand),
		TEST(what_is_too_large_has_none),
		TEST(when_too_much_was_hashed_a_large_one_has_none),
		TEST(who_waits_is_given_back_when_his_file_is_hashed),
		TEST(not_more_wait_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
