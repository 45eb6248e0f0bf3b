/* SPDX-License-Identifier: Apache-2.0 */
/* test_elsewhere.c - paths and networks of a process that is not where the box is */
#include "tests/unit/sandbox/watch/caller.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* A child in namespaces of its own, with an empty file system over /usr. Its pid; 0: this machine
 * allows none */
static pid_t moved_child(int *leave)
{
	int ready[2], end[2];
	char byte = 'n';
	pid_t pid;

	assert_int_equal(pipe(ready) | pipe(end), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(end[1]);
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) == 0 &&
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			    mount("none", "/usr", "tmpfs", 0, NULL) == 0)
			byte = 'y';
		if (write(ready[1], &byte, 1) != 1 || read(end[0], &byte, 1) != 0)
			_exit(1);
		_exit(0);
	}
	(void)close(ready[1]);
	(void)close(end[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	*leave = end[1];
	if (byte == 'y')
		return pid;
	(void)close(end[1]);
	(void)waitpid(pid, NULL, 0);
	return 0;
}

static void paths_mean_the_box_until_somebody_moved(void **state)
{
	struct elsewhere e = { .root = -1 };
	struct file_id nothing = { 1, 1 };
	char buf[ELSEWHERE_MAX];
	int leave;
	pid_t pid = moved_child(&leave);

	(void)state;
	if (!pid)
		skip();
	assert_int_equal(elsewhere_open(&e, getpid()), 0);
	assert_string_equal(elsewhere_path(&e, pid, "/usr/bin", buf), "/usr/bin");
	assert_string_equal(elsewhere_program(&e, &nothing, "/usr/bin", buf), "/usr/bin");
	assert_false(elsewhere_network(&e, pid));
	e.moved = true;
	assert_string_equal(elsewhere_path(&e, pid, "/usr/bin", buf), "elsewhere:/usr/bin");
	assert_string_equal(elsewhere_path(&e, pid, "/usr/new", buf), "elsewhere:/usr/new");
	assert_string_equal(elsewhere_path(&e, pid, "/etc", buf), "/etc");
	assert_string_equal(elsewhere_path(&e, pid, "/etc/not/there", buf), "/etc/not/there");
	assert_string_equal(elsewhere_path(&e, pid, "socket:[7]", buf), "socket:[7]");
	assert_string_equal(elsewhere_path(&e, pid, "", buf), "");
	assert_string_equal(elsewhere_program(&e, &nothing, "/usr/bin", buf), "elsewhere:/usr/bin");
	assert_true(elsewhere_network(&e, pid));
	assert_false(elsewhere_network(&e, getpid()));
	(void)close(leave);
	(void)waitpid(pid, NULL, 0);
	assert_true(elsewhere_network(&e, pid)); /* gone: nobody knows */
	elsewhere_close(&e);
	assert_int_equal(e.root, -1);
}

static void a_program_is_known_by_its_file(void **state)
{
	struct elsewhere e = { .root = -1 };
	char buf[ELSEWHERE_MAX];
	struct file_id id;
	struct stat st;

	(void)state;
	assert_int_equal(elsewhere_open(&e, getpid()), 0);
	assert_int_equal(stat("/etc", &st), 0);
	id = (struct file_id){ st.st_dev, st.st_ino };
	e.moved = true;
	assert_string_equal(elsewhere_program(&e, &id, "/etc", buf), "/etc");
	assert_string_equal(elsewhere_program(&e, &id, "/usr", buf), "elsewhere:/usr");
	assert_string_equal(elsewhere_program(&e, &id, "/nonexist", buf), "elsewhere:/nonexist");
	elsewhere_close(&e);
}

static void nobody_is_no_box(void **state)
{
	struct elsewhere e = { .root = -1 };

	(void)state;
	assert_int_equal(elsewhere_open(&e, 0x7ffffff0), -ENOENT);
	elsewhere_close(&e);
}

static void a_socket_of_another_network_is_told_apart(void **state)
{
	struct elsewhere e = { .root = -1 };
	int own = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_false(elsewhere_socket(&e, own)); /* the first one is the box's */
	assert_int_not_equal(e.netns, 0);
	assert_false(elsewhere_socket(&e, own));
	e.moved = true;
	assert_false(elsewhere_socket(&e, own));
	e.netns++;
	assert_true(elsewhere_socket(&e, own));
	assert_false(elsewhere_socket(&e, -1));
	(void)close(own);
}

static int change_mounts(const void *arg)
{
	(void)arg;
	(void)mount("none", "/tcbox/place", "tmpfs", 0, NULL);
	(void)umount2("/tcbox/place", 0);
	(void)syscall(SYS_chroot, "/tcbox/root");
	(void)syscall(SYS_pivot_root, "/new", "/old");
	(void)syscall(SYS_mount, 8, 8, 8, 0, 0);
	(void)setns(0, CLONE_NEWNET);
	return 0;
}

static void calls_that_move_are_recorded_in_words(void **state)
{
	static const struct {
		int nr;
		const char *detail;
	} rows[] = {
		{ SYS_mount, "none on /tcbox/place" },
		{ SYS_umount2, "/tcbox/place" },	 { SYS_chroot, "/tcbox/root" },
		{ SYS_pivot_root, "/new on /old" },
		   { SYS_mount, NULL },		 { SYS_setns, "CLONE_NEWNET" },
	};
	const struct ev *ev;
	struct caller c;

	(void)state;
	caller_start(&c, change_mounts, NULL);
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		caller_until(&c, rows[i].nr);
		c.where.moved = false;
		c.note.error = EPERM;
		elsewhere_call(&c.w, &c.note);
		assert_false(c.where.moved); /* it was refused */
		ev = caller_last(&c, EV_CALL);
		assert_non_null(ev);
		assert_string_equal(ev->u.call.call, calls_row(rows[i].nr)->name);
		assert_string_equal(ev->u.call.detail ? ev->u.call.detail : "",
				    rows[i].detail ? rows[i].detail : "");
		assert_string_equal(ev->u.call.outcome, "denied");
		caller_answer(&c);
	}
	caller_end(&c);
}

static void a_call_that_goes_on_may_move(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, change_mounts, NULL);
	caller_until(&c, SYS_mount);
	c.note.undeclared = true; /* recorded already */
	elsewhere_call(&c.w, &c.note);
	assert_true(c.where.moved);
	assert_null(caller_last(&c, EV_CALL));
	caller_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_mean_the_box_until_somebody_moved),
		cmocka_unit_test(a_program_is_known_by_its_file),
		cmocka_unit_test(nobody_is_no_box),
		cmocka_unit_test(a_socket_of_another_network_is_told_apart),
		cmocka_unit_test(calls_that_move_are_recorded_in_words),
		cmocka_unit_test(a_call_that_goes_on_may_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
