/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_state.c - kept layers: names, whose they are, one run at a time
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/file.h>

#include <cmocka.h>

#include "run/state.h"
#include "tcbox/buf.h"
#include "tests/unit/run/tree.h"

static struct state s;
static struct tb_err err;
static char root[] = "/srv/root";

static struct state_key own(void)
{
	return (struct state_key){ .ids = { .uid = getuid(), .gid = getgid() } };
}

static int make(void **state)
{
	return tree_make(state) || setenv("TCBOX_STATE_HOME", in_tree("states"), 1);
}

static int init(void **state)
{
	(void)state;
	err = (struct tb_err){ 0 };
	s = (struct state){ .dir_fd = -1, .lock = -1, .layer_fd = -1 };
	return 0;
}

/* open_as() - and close again. Return: as state_open(); the run's number in s.run */
static int open_as(const char *name, struct state_key key, bool begin)
{
	int ret;

	err = (struct tb_err){ 0 };
	ret = state_open(&s, name, &key, &err);
	if (!ret && begin)
		ret = state_begin(&s, &key, &err);
	state_close(&s);
	return ret;
}

static void names_are_plain(void **state)
{
	static const char letters64[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";
	char longer[70];

	(void)state;
	assert_true(state_name_valid("a") && state_name_valid("case-7"));
	assert_true(state_name_valid("A.b_c"));
	assert_true(state_name_valid("-") && state_name_valid(letters64));
	(void)snprintf(longer, sizeof(longer), "%sx", letters64);
	assert_false(state_name_valid(longer));
	assert_true(!state_name_valid("") && !state_name_valid("."));
	assert_true(!state_name_valid("..") && !state_name_valid(".a"));
	assert_true(!state_name_valid("a/b") && !state_name_valid("a b"));
	assert_true(!state_name_valid("\xc3\xa4"));
}

static void runs_are_counted_when_they_begin(void **state)
{
	(void)state;
	assert_int_equal(open_as("counted", own(), false), 0);
	assert_int_equal(s.run, 1);
	assert_int_equal(open_as("counted", own(), true), 0);
	assert_int_equal(s.run, 1);		/* the one before did not begin */
	assert_int_equal(open_as("counted", own(), true), 0);
	assert_int_equal(s.run, 2);
	assert_int_equal(access("states/counted/layer", F_OK), 0);
}

static void a_layer_belongs_to_one_user_and_one_root(void **state)
{
	struct state_key other = own(), with_root = own();

	(void)state;
	other.ids.uid++;
	with_root.root = root;
	assert_int_equal(open_as("mine", own(), true), 0);
	if (geteuid() == 0) {		/* for others the layer itself cannot be given away */
		assert_int_equal(open_as("mine", other, false), -EINVAL);
		assert_non_null(strstr(err.msg, "use another name"));
	}
	other = own();
	other.ids.gid++;
	assert_int_equal(open_as("mine", other, false), -EINVAL);
	assert_int_equal(open_as("mine", with_root, false), -EINVAL);
	assert_non_null(strstr(err.msg, "the machine's own file system"));
	assert_int_equal(open_as("rooted", with_root, true), 0);
	assert_int_equal(open_as("rooted", with_root, true), 0);
	assert_int_equal(open_as("rooted", own(), false), -EINVAL);
	assert_non_null(strstr(err.msg, "/srv/root"));
}

static void subordinate_ids_stay_those_of_the_first_run_that_had_any(void **state)
{
	struct state_key key = own();

	(void)state;
	assert_int_equal(open_as("ids", key, true), 0);
	key.ids.sub_uid = 100000;
	key.ids.sub_gid = 200000;
	key.ids.n = 65536;
	assert_int_equal(open_as("ids", key, true), 0);
	key = own();
	assert_int_equal(state_open(&s, "ids", &key, &err), 0);
	assert_true(key.ids.sub_uid == 100000 && key.ids.sub_gid == 200000 && key.ids.n == 65536);
	state_close(&s);
}

static void one_run_uses_it_at_a_time(void **state)
{
	struct state_key key = own();
	int lock;

	(void)state;
	assert_int_equal(open_as("busy", own(), true), 0);
	lock = open("states/busy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(lock >= 0 && !flock(lock, LOCK_EX));
	assert_int_equal(open_as("busy", own(), false), -EBUSY);
	assert_string_equal(err.msg, "state busy: another run uses it");
	(void)close(lock);
	assert_int_equal(state_open(&s, "busy", &key, &err), 0);
	lock = open("states/busy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), -1);	/* as long as it is open */
	state_close(&s);
	assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
	(void)close(lock);
}

static void a_broken_file_is_refused_and_told(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "{\"tcbox_state\":2}",
		"{\"tcbox_state\":1}",
					     "{\"tcbox_state\":1,\"uid\":-1}" };

	(void)state;
	assert_int_equal(open_as("broken", own(), true), 0);
	for (size_t i = 0; i < TB_ARRAY_SIZE(texts); i++) {
		tree_file("states/broken/state.json", texts[i], 0600);
		assert_int_equal(open_as("broken", own(), false), -EINVAL);
		assert_non_null(strstr(err.msg,
				       "states/broken/state.json was not written by this version"));
	}
	assert_int_equal(unlink("states/broken/state.json"), 0);
	assert_int_equal(mkfifo("states/broken/state.json", 0600), 0);
	assert_true(open_as("broken", own(), false) < 0);
}

static void add(void *arg, const char *name, const char *about)
{
	tb_buf_addf(arg, "%s: %s\n", name, about);
}

static void the_list_is_in_the_order_of_names(void **state)
{
	TB_AUTOBUF struct tb_buf list = TB_BUF_INIT;
	struct state_key key = own();

	(void)state;
	assert_int_equal(setenv("TCBOX_STATE_HOME", in_tree("empty"), 1), 0);
	assert_int_equal(state_list(add, &list, &err), 0);
	assert_int_equal(list.len, 0);		/* not even a place is nothing wrong */
	key.root = root;
	assert_int_equal(open_as("b", key, true), 0);
	assert_int_equal(open_as("a", own(), true), 0);
	assert_int_equal(open_as("a", own(), true), 0);
	assert_int_equal(open_as("c", own(), false), 0);
	assert_int_equal(mkdir("empty/.hidden", 0700), 0);
	assert_int_equal(state_list(add, &list, &err), 0);
	assert_string_equal(list.data, "a: 2 runs\nb: 1 run, root /srv/root\nc: 0 runs\n");
	assert_int_equal(setenv("TCBOX_STATE_HOME", in_tree("states"), 1), 0);
}

static void a_state_is_removed_as_a_whole(void **state)
{
	(void)state;
	assert_int_equal(open_as("gone", own(), true), 0);
	tree_file("states/gone/layer/file", "x", 0644);
	assert_int_equal(state_remove("none", &err), -ENOENT);
	err = (struct tb_err){ 0 };
	if (state_remove("gone", &err) && err.code != EPERM)	/* no user namespaces here */
		fail_msg("%s", err.msg);
	if (!err.code)
		assert_int_equal(access("states/gone", F_OK), -1);
}

static void the_place_is_chosen_by_the_environment(void **state)
{
	char *home;

	(void)state;
	assert_int_equal(setenv("TCBOX_STATE_HOME", "relative", 1), 0);
	assert_int_equal(mkdir("xdg", 0755) | mkdir("xdg/tcbox", 0755), 0);
	assert_int_equal(setenv("XDG_STATE_HOME", in_tree("xdg"), 1), 0);
	home = state_home();
	if (geteuid() != 0)
		assert_string_equal(home, in_tree("xdg/tcbox"));
	else if (home)
		assert_string_equal(home, "/var/lib/tcbox");
	free(home);
	assert_int_equal(setenv("TCBOX_STATE_HOME", in_tree("states"), 1), 0);
	home = state_home();
	assert_string_equal(home, in_tree("states"));
	free(home);
}

#define TEST(name) cmocka_unit_test_setup(name, init)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_plain),
		TEST(runs_are_counted_when_they_begin),
		TEST(a_layer_belongs_to_one_user_and_one_root),
		TEST(subordinate_ids_stay_those_of_the_first_run_that_had_any),
		TEST(one_run_uses_it_at_a_time),
		TEST(a_broken_file_is_refused_and_told),
		TEST(the_list_is_in_the_order_of_names),
		TEST(a_state_is_removed_as_a_whole),
		TEST(the_place_is_chosen_by_the_environment),
	};

	return cmocka_run_group_tests(tests, make, tree_remove);
}
