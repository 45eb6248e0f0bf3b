/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_pack.c - tests of archives: they come back as they were, are the same each time, and hostile
 * ones make nothing
 */
#include "bundle/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tar.h"
#include "tcbox/bundle.h"
#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/sha256.h"

#define MANIFEST "{ \"tcbox_run\": 1, \"state\": \"complete\", \"started_ns\": 1796033552518005048 }\n"

static char dir[] = "/tmp/tcbox-test-pack.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	(void)strcpy(dir + strlen(dir) - 6, "XXXXXX");
	return !mkdtemp(dir) || chdir(dir);
}

static int clean_up(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return chdir("/") || system(command);
}

static void put(const char *path, const char *text)
{
	TB_AUTOCLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(tb_write_all(fd, text, strlen(text)), 0);
}

/* entries() - how many things the present directory has */
static int entries(void)
{
	DIR *d = opendir(".");
	int n = -2;

	assert_non_null(d);
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n;
}

static int memory_file(const struct tb_buf *data)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);

	assert_true(fd >= 0 && !data->failed);
	assert_int_equal(tb_write_all(fd, data->data, data->len), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void make_bundle(const char *path)
{
	char file[64];

	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(file, sizeof(file), "%s/run.json", path);
	put(file, MANIFEST);
	(void)snprintf(file, sizeof(file), "%s/events.jsonl", path);
	put(file, "{\"k\":\"loss\"}\n");
	(void)snprintf(file, sizeof(file), "%s/stdout.log", path);
	put(file, "");
}

/* pack() - Return: a descriptor of the archive, at its beginning */
static int pack(const char *path, struct bundle_packed *told)
{
	TB_AUTOCLOSE int bundle = open(path, O_RDONLY | O_DIRECTORY);
	struct tb_err err = { 0 };
	int fd = memfd_create("archive", MFD_CLOEXEC);

	assert_true(bundle >= 0 && fd >= 0);
	if (bundle_pack(bundle, path, fd, told, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void a_bundle_comes_back_as_it_was(void **state)
{
	struct bundle_packed packed, unpacked;
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct tb_err err = { 0 };
	struct stat st;

	(void)state;
	make_bundle("one");
	put("one/" RUN_RESERVE_FILE, "room");
	TB_AUTOCLOSE int fd = pack("one", &packed);
	if (bundle_unpack(fd, "two/", BUNDLE_PACK_BYTES, &unpacked, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(packed.files, 3);
	assert_memory_equal(&packed, &unpacked, sizeof(packed));
	assert_int_equal(tb_read_file(AT_FDCWD, "two/run.json", 4096, &text, &err), 0);
	assert_string_equal(text.data, MANIFEST);
	assert_int_equal(access("two/" RUN_RESERVE_FILE, F_OK), -1);
	assert_int_equal(stat("two", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(entries(), 2);
}

static void the_same_files_give_the_same_bytes(void **state)
{
	struct bundle_packed told;
	struct tb_err err = { 0 };
	char one[TB_SHA256_HEX], two[TB_SHA256_HEX];
	mode_t before;

	(void)state;
	make_bundle("one");
	TB_AUTOCLOSE int first = pack("one", &told);
	assert_int_equal(tb_sha256_fd(first, one, NULL, &err), 0);
	/* elsewhere, made in another order, at another time, with other rights */
	assert_int_equal(mkdir("other", 0755), 0);
	before = umask(0077);
	put("other/stdout.log", "");
	put("other/events.jsonl", "{\"k\":\"loss\"}\n");
	put("other/run.json", MANIFEST);
	(void)umask(before);
	assert_int_equal(chmod("other/events.jsonl", 0400), 0);
	TB_AUTOCLOSE int second = pack("other", &told);
	assert_int_equal(tb_sha256_fd(second, two, NULL, &err), 0);
	assert_string_equal(one, two);
}

static void what_is_no_file_of_a_bundle_is_not_packed(void **state)
{
	struct bundle_packed told;
	struct tb_err err = { 0 };
	TB_AUTOCLOSE int fd = memfd_create("archive", MFD_CLOEXEC);

	(void)state;
	make_bundle("one");
	TB_AUTOCLOSE int bundle = open("one", O_RDONLY | O_DIRECTORY);
	assert_int_equal(symlink("/etc/passwd", "one/stderr.log"), 0);
	assert_int_equal(bundle_pack(bundle, "one", fd, &told, &err), -EINVAL);
	assert_string_equal(err.msg, "one: stderr.log is not a regular file");
	assert_int_equal(unlink("one/stderr.log"), 0);
	put("one/odd name", "");
	assert_int_equal(bundle_pack(bundle, "one", fd, &told, &err), -EINVAL);
	assert_string_equal(err.msg, "one: there is a file in it that no bundle has: odd name");
	assert_int_equal(unlink("one/odd name"), 0);
	for (int i = 0; i < BUNDLE_PACK_FILES; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "one/%d", i);
		put(name, "");
	}
	assert_int_equal(bundle_pack(bundle, "one", fd, &told, &err), -EINVAL);
	assert_string_equal(err.msg, "one: more than 64 files");
}

static void a_full_disk_is_told(void **state)
{
	struct bundle_packed told;
	struct tb_err err = { 0 };
	TB_AUTOCLOSE int full = open("/dev/full", O_WRONLY);

	(void)state;
	make_bundle("one");
	TB_AUTOCLOSE int bundle = open("one", O_RDONLY | O_DIRECTORY);
	assert_int_equal(bundle_pack(bundle, "one", full, &told, &err), -ENOSPC);
	assert_non_null(strstr(err.msg, "write the archive: "));
}

#define TOP { "bundle/", '5', NULL, NULL, NULL }
#define RUN { "bundle/run.json", '0', NULL, MANIFEST, NULL }
#define FILE_AT(path) { path, '0', NULL, "x", NULL }

static const struct hostile {
	const char *says;
	int code;
	struct tar_entry v[4];
} hostile[] = {
	{ "it has no run.json", EBADMSG, { TOP } },
	{ "it has no run.json", EBADMSG, { TOP, FILE_AT("bundle/events.jsonl") } },
	{ "it has ../x", EBADMSG, { TOP, RUN, FILE_AT("../x") } },
	{ "it has /etc/x", EBADMSG, { TOP, RUN, FILE_AT("/etc/x") } },
	{ "it has bundle/../x", EBADMSG, { TOP, RUN, FILE_AT("bundle/../x") } },
	{ "it has bundle/./x", EBADMSG, { TOP, RUN, FILE_AT("bundle/./x") } },
	{ "it has bundle//x", EBADMSG, { TOP, RUN, FILE_AT("bundle//x") } },
	{ "it has bundle/a/b", EBADMSG, { TOP, RUN, FILE_AT("bundle/a/b") } },
	{ "it has bundle/.hidden", EBADMSG, { TOP, RUN, FILE_AT("bundle/.hidden") } },
	{ "it has bundle/..", EBADMSG, { TOP, RUN, FILE_AT("bundle/..") } },
	{ "it has x", EBADMSG, { TOP, RUN, FILE_AT("x") } },
	{ "it has bundle/odd name", EBADMSG, { TOP, RUN, FILE_AT("bundle/odd name") } },
	{ "it has bundle/\\x1b[31m", EBADMSG, { TOP, RUN, FILE_AT("bundle/\033[31m") } },
	{ "it has bundle/\\nx", EBADMSG, { TOP, RUN, FILE_AT("bundle/\nx") } },
	{ "it has Bundle/x", EBADMSG, { TOP, RUN, FILE_AT("Bundle/x") } },
	{ "it has other/", EBADMSG, { TOP, RUN, { "other/", '5', NULL, NULL, NULL } } },
	{ "it has bundle/sub/", EBADMSG, { TOP, RUN, { "bundle/sub/", '5', NULL, NULL, NULL } } },
	{ "it has bundle/", EBADMSG, { TOP, TOP, RUN } },
	{ "it has bundle/", EBADMSG, { RUN, TOP } },
	{ "it has a file twice", EBADMSG, { TOP, RUN, RUN } },
	{ "it has a link", EBADMSG, { TOP, RUN, { "bundle/x", '1', "bundle/run.json", NULL, NULL } } },
	{ "it has a link", EBADMSG, { TOP, RUN, { "bundle/x", '1', "/etc/passwd", NULL, NULL } } },
	{ "it has a link", EBADMSG, { TOP, RUN, { "bundle/x", '2', "/etc/passwd", NULL, NULL } } },
	{ "it has a link", EBADMSG, { TOP, { "bundle/run.json", '2', "x", NULL, NULL } } },
	{ "neither a file", EBADMSG, { TOP, RUN, { "bundle/x", '3', NULL, NULL, NULL } } },
	{ "neither a file", EBADMSG, { TOP, RUN, { "bundle/x", '4', NULL, NULL, NULL } } },
	{ "neither a file", EBADMSG, { TOP, RUN, { "bundle/x", '6', NULL, NULL, NULL } } },
	{ "more than 1000000 bytes", EFBIG,
	  { TOP, RUN, { "bundle/x", '0', NULL, NULL, "00010000000" } } },
	{ "more than 1000000 bytes", EFBIG,
	  { TOP, RUN, { "bundle/x", '0', NULL, NULL, "77777777777" } } },
	{ "not an archive of a bundle", EBADMSG,
	  { TOP, RUN, { "bundle/x", '0', NULL, NULL, "00000100000" } } },
	{ "not an archive of a bundle", EBADMSG,
	  { TOP, { "bundle/", '7', "bundle/run.json", MANIFEST, "zzzzzzzzzzz" } } },
	{ "it has bundle/../../x", EBADMSG,
	  { TOP, { "bundle/x", 'x', NULL, "23 path=bundle/../../x\n", NULL }, RUN } },
};

static void check_hostile(const struct hostile *h)
{
	TB_AUTOBUF struct tb_buf tar = TB_BUF_INIT;
	struct bundle_packed told;
	struct tb_err err = { 0 };
	int ret;

	for (size_t i = 0; i < TB_ARRAY_SIZE(h->v) && h->v[i].name; i++)
		tar_add(&tar, &h->v[i]);
	tar_end(&tar);
	TB_AUTOCLOSE int fd = memory_file(&tar);
	ret = bundle_unpack(fd, "new", 1000000, &told, &err);
	if (ret != -h->code || err.code != h->code || !strstr(err.msg, h->says))
		fail_msg("%s: it was %d, %s", h->says, ret, err.msg);
	if (entries())
		fail_msg("%s: something is left", h->says);
}

static void what_is_hostile_is_refused_and_leaves_nothing(void **state)
{
	static const struct tar_entry good[] = { TOP, RUN };
	TB_AUTOBUF struct tb_buf tar = TB_BUF_INIT;
	struct bundle_packed told;
	struct tb_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(hostile); i++)
		check_hostile(&hostile[i]);
	/* control: an honest one, made in the same way */
	for (size_t i = 0; i < TB_ARRAY_SIZE(good); i++)
		tar_add(&tar, &good[i]);
	tar_end(&tar);
	TB_AUTOCLOSE int fd = memory_file(&tar);
	assert_int_equal(bundle_unpack(fd, "new", 1000000, &told, &err), 0);
	assert_int_equal(entries(), 1);
}

static void too_many_files_are_refused(void **state)
{
	TB_AUTOBUF struct tb_buf tar = TB_BUF_INIT;
	struct bundle_packed told;
	struct tb_err err = { 0 };
	char name[32];

	(void)state;
	tar_add(&tar, &(struct tar_entry)RUN);
	for (int i = 0; i < BUNDLE_PACK_FILES; i++) {
		(void)snprintf(name, sizeof(name), "bundle/%d", i);
		tar_add(&tar, &(struct tar_entry)FILE_AT(name));
	}
	tar_end(&tar);
	TB_AUTOCLOSE int fd = memory_file(&tar);
	assert_int_equal(bundle_unpack(fd, "new", 1000000, &told, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "too many files"));
	assert_int_equal(entries(), 0);
}

/* read_all() - the bytes of an archive */
static void read_all(int fd, struct tb_buf *out)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		tb_buf_add(out, chunk, (size_t)n);
	assert_false(n || out->failed);
}

static void an_archive_that_is_cut_anywhere_is_refused(void **state)
{
	TB_AUTOBUF struct tb_buf all = TB_BUF_INIT;
	struct bundle_packed told;

	(void)state;
	make_bundle("one");
	TB_AUTOCLOSE int whole = pack("one", &told);
	read_all(whole, &all);
	assert_true(all.len > 100);
	for (size_t len = 0; len < all.len; len++) {
		struct tb_buf part = { .data = all.data, .len = len };
		struct tb_err err = { 0 };
		TB_AUTOCLOSE int fd = memory_file(&part);

		if (bundle_unpack(fd, "new", 1000000, &told, &err) != -EBADMSG)
			fail_msg("%zu of %zu bytes: %s", len, all.len, err.msg);
		assert_int_equal(entries(), 1);
	}
}

static void an_archive_with_other_bits_makes_a_bundle_or_nothing(void **state)
{
	TB_AUTOBUF struct tb_buf all = TB_BUF_INIT;
	struct bundle_packed told;
	unsigned int refused = 0;

	(void)state;
	make_bundle("one");
	TB_AUTOCLOSE int whole = pack("one", &told);
	read_all(whole, &all);
	for (size_t bit = 0; bit < all.len * 8; bit += 5) {
		struct tb_err err = { 0 };
		int ret;

		all.data[bit / 8] ^= (char)(1 << bit % 8);
		TB_AUTOCLOSE int fd = memory_file(&all);
		all.data[bit / 8] ^= (char)(1 << bit % 8);
		ret = bundle_unpack(fd, "new", 1000000, &told, &err);
		assert_true(!ret || ret == -EBADMSG || ret == -EFBIG);
		assert_int_equal(entries(), ret ? 1 : 2);
		refused += ret != 0;
		if (!ret)
			assert_int_equal(system("rm -r new"), 0);
	}
	assert_true(refused > all.len / 4);
}

static void what_is_there_is_not_replaced(void **state)
{
	TB_AUTOBUF struct tb_buf tar = TB_BUF_INIT;
	struct bundle_packed told;
	struct tb_err err = { 0 };

	(void)state;
	tar_add(&tar, &(struct tar_entry)RUN);
	tar_end(&tar);
	TB_AUTOCLOSE int fd = memory_file(&tar);
	put("there", "mine");
	assert_int_equal(bundle_unpack(fd, "there", 1000000, &told, &err), -EEXIST);
	assert_string_equal(err.msg, "there exists already");
	assert_int_equal(bundle_unpack(fd, "no/such", 1000000, &told, &err), -ENOENT);
	assert_int_equal(symlink("nowhere", "link"), 0);
	assert_int_equal(bundle_unpack(fd, "link", 1000000, &told, &err), -EEXIST);
	assert_int_equal(entries(), 2);
}

static void a_disk_without_room_leaves_nothing(void **state)
{
	struct rlimit before, less = { 4, 4 };
	struct bundle_packed told;
	struct tb_err err = { 0 };
	int ret;

	(void)state;
	make_bundle("one");
	TB_AUTOCLOSE int fd = pack("one", &told);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	less.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
	ret = bundle_unpack(fd, "new", 1000000, &told, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(ret, -EFBIG);
	assert_string_equal(err.msg, "write a file of the bundle: File too large");
	assert_int_equal(entries(), 1);
}

static void names_are_plain(void **state)
{
	(void)state;
	assert_true(pack_name_good("run.json") && pack_name_good("a") && pack_name_good("A-b_c.9"));
	assert_false(pack_name_good("") || pack_name_good(".") || pack_name_good("..") ||
		     pack_name_good("a/b") || pack_name_good("a b") || pack_name_good("\xc3\xa4"));
	assert_true(pack_name_good("0123456789012345678901234567890123456789012345678901234567890123"));
	assert_false(pack_name_good("01234567890123456789012345678901234567890123456789012345678901234"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(a_bundle_comes_back_as_it_was),
		TEST(the_same_files_give_the_same_bytes),
		TEST(what_is_no_file_of_a_bundle_is_not_packed),
		TEST(a_full_disk_is_told),
		TEST(what_is_hostile_is_refused_and_leaves_nothing),
		TEST(too_many_files_are_refused),
		TEST(an_archive_that_is_cut_anywhere_is_refused),
		TEST(an_archive_with_other_bits_makes_a_bundle_or_nothing),
		TEST(what_is_there_is_not_replaced),
		TEST(a_disk_without_room_leaves_nothing),
		TEST(names_are_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
