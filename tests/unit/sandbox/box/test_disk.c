/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_disk.c - what a run changed in the private layer, told by who lists it before and after
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/unit/sandbox/whole.h"

static struct whole w;
static int kept = -1, root = -1;

static int run_disk(void *arg, const struct sbx_part_env *env, struct tb_err *err)
{
	(void)arg;
	return sbx_disk_main(kept, root, env, err);
}

static int clear(void **state)
{
	(void)state;
	whole_end(&w);
	tb_close(&root);
	return 0;
}

/* prepare() - the disk process beside @script */
static void prepare(const char *script)
{
	static struct sbx_part disk;

	whole_init(&w, script);
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_return_code(root, errno);
	disk = (struct sbx_part){
		.name = "disk", .src = EV_SRC_DISK, .wait_ready = true, .after_box = true,
		.no_net = true, .layer = true, .main = run_disk, .keep_fds = { root, -1 },
	};
	w.opt.parts = &disk;
	w.opt.nparts = 1;
}

static void watched(const char *script)
{
	prepare(script);
	whole_run(&w);
	whole_good(&w, 0);
}

/* tells() - the changes are these lines, without time, and the last counters begin so */
static void tells(const char *changes, const char *counters)
{
	TB_AUTOBUF struct tb_buf all = TB_BUF_INIT;
	const char *at = whole_said(&w, WHOLE_RECORDS + EV_SRC_DISK), *end, *fields;

	for (; (end = strchr(at, '\n')); at = end + 1) {
		if (strncmp(at, "{\"k\":\"change\"", 13) != 0)
			break;
		fields = strstr(at, "\"op\":");
		assert_non_null(fields);
		tb_buf_add(&all, fields, (size_t)(end - fields) + 1);
	}
	if (strcmp(all.data ? all.data : "", changes) != 0)
		fail_msg("it told:\n%snot:\n%s", all.data, changes);
	if (!strstr(at, counters))
		fail_msg("%s", at);
}

#define SHA_X "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"	/* "x\n" */

static void everything_new_is_told(void **state)
{
	(void)state;
	watched("mkdir /tmp/d /home/h; echo x >/tmp/d/f; ln -s to/there /var/tmp/l; mkfifo /run/p; "
		"echo x >/tmp/passing; rm /tmp/passing");
	tells("\"op\":\"created\",\"path\":\"/home/h\",\"type\":\"directory\"}\n"
	      "\"op\":\"created\",\"path\":\"/run/p\",\"type\":\"fifo\"}\n"
	      "\"op\":\"created\",\"path\":\"/tmp/d\",\"type\":\"directory\"}\n"
	      "\"op\":\"created\",\"path\":\"/tmp/d/f\",\"type\":\"file\",\"size\":2,\"sha256\":\""
	      SHA_X "\"}\n"
	      "\"op\":\"created\",\"path\":\"/var/tmp/l\",\"type\":\"link\",\"target\":\"to/there\"}\n",
	      "\"created\":5,\"changed\":0,\"removed\":0,\"left_out\":0,\"unhashed\":0,\"unread\":0,");
}

static void nothing_new_is_nothing_told(void **state)
{
	(void)state;
	watched("cat /etc/passwd >/dev/null");
	tells("", "\"created\":0,\"changed\":0,\"removed\":0,");
}

/* A directory of the host with its own overlay: what was there is changed, and not created. */
static void what_was_on_the_machine_is_changed_or_removed(void **state)
{
	static const char *expose[1];
	char place[] = "/var/tmp/tcbox-test-disk.XXXXXX", path[64], wanted[1024];
	static const char *const names[] = { "a", "b", "c" };
	FILE *f;

	(void)state;
	(void)umask(022);
	assert_non_null(mkdtemp(place));
	for (size_t i = 0; i < TB_ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", place, names[i]);
		f = fopen(path, "we");
		assert_non_null(f);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(geteuid() ? 0 : chown(path, WHOLE_OTHER, WHOLE_OTHER), 0);
	}
	assert_int_equal(chmod(place, 0755), 0);
	assert_int_equal(geteuid() ? 0 : chown(place, WHOLE_OTHER, WHOLE_OTHER), 0);
	prepare("cd $0 && echo x >a && rm b && echo x >d");
	w.argv[3] = place;
	expose[0] = place;
	w.opt.product.expose = expose;
	w.opt.product.nexpose = 1;
	whole_run(&w);
	whole_good(&w, 0);
	(void)snprintf(wanted, sizeof(wanted),
		       "\"op\":\"changed\",\"path\":\"%s/a\",\"type\":\"file\",\"size\":2,"
		       "\"sha256\":\"" SHA_X "\"}\n"
		       "\"op\":\"removed\",\"path\":\"%s/b\",\"type\":\"file\"}\n"
		       "\"op\":\"created\",\"path\":\"%s/d\",\"type\":\"file\",\"size\":2,"
		       "\"sha256\":\"" SHA_X "\"}\n", place, place, place);
	tells(wanted, "\"created\":1,\"changed\":1,\"removed\":1,");
	for (size_t i = 0; i < TB_ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", place, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(place), 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, clear)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(everything_new_is_told),
		TEST(nothing_new_is_nothing_told),
		TEST(what_was_on_the_machine_is_changed_or_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
