/* SPDX-License-Identifier: Apache-2.0 */
/* test_files.c - what is recorded of calls that write, create, rename and remove files */
#include "tests/unit/sandbox/watch/caller.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <utime.h>

#include "sandbox/watch/files.h"
#include "tcbox/clock.h"
#include "tcbox/syscalls_newer.h"

static char dir[] = "/tmp/tcbox-files-XXXXXX";

static bool time_stands;

int64_t __real_tb_monotonic_ns(void);
int64_t __wrap_tb_monotonic_ns(void);
int64_t __wrap_tb_monotonic_ns(void)
{
	return time_stands ? 1 : __real_tb_monotonic_ns();
}

static char *in_dir(const char *name)
{
	static char path[8][128];
	static unsigned int at;
	char *p = path[at++ % 8];

	(void)snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

static int make_dir(void **state)
{
	int fd;

	(void)state;
	if (!mkdtemp(dir) || mkdir(in_dir("sub"), 0755) || symlink("sub", in_dir("link")) ||
	    symlink("new", in_dir("dangling")))
		return -1;
	fd = open(in_dir("old"), O_CREAT | O_WRONLY, 0644);
	return fd < 0 || close(fd);
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* One call as numbers and strings: what a row of the tests below makes. */
struct row {
	int nr;
	uint64_t a[5];
	const char *op; /* NULL: nothing is recorded */
	const char *path, *path2, *target; /* below the directory; NULL: none */
};
#define P(name) (uintptr_t)(name)

static int make_call(const void *arg)
{
	const struct row *r = arg;

	if (chdir(dir) < 0)
		return 98;
	(void)syscall(r->nr, r->a[0], r->a[1], r->a[2], r->a[3], r->a[4]);
	return 0;
}

static void same_below(const char *got, const char *want)
{
	if (!want)
		assert_true(!got || !*got);
	else
		assert_string_equal(got, in_dir(want));
}

static void check(const struct row *r)
{
	const struct ev *ev;
	struct caller c;

	caller_start(&c, make_call, r);
	caller_until(&c, r->nr);
	files_call(&c.w, &c.note);
	ev = caller_last(&c, EV_FILE);
	if (!r->op) {
		assert_null(ev);
	} else {
		assert_non_null(ev);
		assert_string_equal(ev->u.file.op, r->op);
		same_below(ev->u.file.path, r->path);
		same_below(ev->u.file.path2, r->path2);
		same_below(ev->u.file.target, r->target);
		assert_int_equal(ev->proc, c.p->id);
		assert_int_equal(c.w.n.calls_unread, 0);
	}
	caller_answer(&c);
	assert_int_equal(caller_finish(&c), 0);
	caller_end(&c);
}

static void each_call_is_recorded_with_its_paths(void **state)
{
	static const uint64_t how_write[3] = { O_WRONLY, 0, 0 },
		how_read[3] = { O_RDONLY | O_CREAT, 0600, 0 };
	const uint64_t cwd = (uint64_t)(int64_t)AT_FDCWD;
	const struct row rows[] = {
		{ SYS_openat, { cwd, P("old"), O_WRONLY }, "write", "old", NULL, NULL },
		{ SYS_openat, { cwd, P("old"), O_RDWR }, "write", "old", NULL, NULL },
		{ SYS_openat, { cwd, P("old"), O_RDONLY | O_TRUNC }, "write", "old", NULL, NULL },
		{ SYS_openat, { cwd, P("old"), O_WRONLY | O_CREAT, 0600 }, "write", "old", NULL,
		  NULL },
		{ SYS_openat, { cwd, P("old"), O_RDONLY | O_CREAT, 0600 }, NULL, NULL, NULL, NULL },
		{ SYS_openat, { cwd, P("old"), O_PATH | O_CREAT }, NULL, NULL, NULL, NULL },
		{ SYS_openat, { cwd, P("old"), O_WRONLY | O_CREAT | O_EXCL, 0600 }, "create", "old",
		  NULL, NULL },
		{ SYS_openat, { cwd, P("new1"), O_RDONLY | O_CREAT, 0600 }, "create", "new1", NULL,
		  NULL },
		{ SYS_openat, { cwd, P("sub"), O_RDWR | O_TMPFILE, 0600 }, "create", "sub", NULL,
		  NULL },
		{ SYS_openat, { cwd, P("link/new2"), O_WRONLY | O_CREAT, 0600 }, "create",
		  "link/new2", NULL, "sub/new2" },
		{ SYS_openat, { cwd, P("dangling"), O_WRONLY | O_CREAT, 0600 }, "create",
		  "dangling", NULL, "new" },
		{ SYS_open, { P("old"), O_WRONLY }, "write", "old", NULL, NULL },
		{ SYS_open, { P("new3"), O_WRONLY | O_CREAT, 0600 }, "create", "new3", NULL, NULL },
		{ SYS_creat, { P("old"), 0600 }, "write", "old", NULL, NULL },
		{ SYS_creat, { P("new4"), 0600 }, "create", "new4", NULL, NULL },
		{ SYS_openat2, { cwd, P("old"), P(how_write), sizeof(how_write) }, "write", "old",
		  NULL, NULL },
		{ SYS_openat2, { cwd, P("old"), P(how_read), sizeof(how_read) }, NULL, NULL, NULL,
		  NULL },
		{ SYS_mkdir, { P("sub/./d//e"), 0700 }, "mkdir", "sub/d/e", NULL, NULL },
		{ SYS_mkdirat, { cwd, P("d1"), 0700 }, "mkdir", "d1", NULL, NULL },
		{ SYS_rmdir, { P("d1") }, "rmdir", "d1", NULL, NULL },
		{ SYS_unlink, { P("new1") }, "remove", "new1", NULL, NULL },
		{ SYS_unlink, { P("link") }, "remove", "link", NULL, NULL },
		{ SYS_unlinkat, { cwd, P("new3"), 0 }, "remove", "new3", NULL, NULL },
		{ SYS_unlinkat, { cwd, P("d1"), AT_REMOVEDIR }, "rmdir", "d1", NULL, NULL },
		{ SYS_rename, { P("new4"), P("new5") }, "rename", "new4", "new5", NULL },
		{ SYS_renameat, { cwd, P("new5"), cwd, P("new6") }, "rename", "new5", "new6",
		  NULL },
		{ SYS_renameat2, { cwd, P("new6"), cwd, P("new7"), 0 }, "rename", "new6", "new7",
		  NULL },
		{ SYS_link, { P("old"), P("hard1") }, "link", "old", "hard1", NULL },
		{ SYS_linkat, { cwd, P("old"), cwd, P("hard2"), 0 }, "link", "old", "hard2", NULL },
		{ SYS_symlink, { P("anything"), P("soft1") }, "symlink", "soft1", NULL, NULL },
		{ SYS_symlinkat, { P("anything"), cwd, P("soft2") }, "symlink", "soft2", NULL,
		  NULL },
		{ SYS_mknod, { P("fifo1"), S_IFIFO | 0600, 0 }, "mknod", "fifo1", NULL, NULL },
		{ SYS_mknodat, { cwd, P("fifo2"), S_IFIFO | 0600, 0 }, "mknod", "fifo2", NULL,
		  NULL },
		{ SYS_truncate, { P("old"), 0 }, "truncate", "old", NULL, NULL },
		{ SYS_chmod, { P("old"), 0600 }, "chmod", "old", NULL, NULL },
		{ SYS_fchmodat, { cwd, P("old"), 0600 }, "chmod", "old", NULL, NULL },
		{ SYS_chown, { P("old"), -1ul, -1ul }, "chown", "old", NULL, NULL },
		{ SYS_fchownat, { cwd, P("old"), -1ul, -1ul, 0 }, "chown", "old", NULL, NULL },
		{ SYS_setxattr, { P("old"), P("user.x"), P("y"), 1, 0 }, "xattr", "old", NULL,
		  NULL },
		{ SYS_removexattr, { P("old"), P("user.x") }, "xattr", "old", NULL, NULL },
		{ SYS_utime, { P("old"), 0 }, "time", "old", NULL, NULL },
		{ SYS_utimes, { P("old"), 0 }, "time", "old", NULL, NULL },
		{ SYS_futimesat, { cwd, P("old"), 0 }, "time", "old", NULL, NULL },
		{ SYS_utimensat, { cwd, P("old"), 0, 0 }, "time", "old", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		check(&rows[i]);
}

/* The link that leads to "old" is made anew: earlier rows changed it. */
static void calls_that_follow_a_link_name_its_target(void **state)
{
	const uint64_t cwd = (uint64_t)(int64_t)AT_FDCWD;
	const struct row rows[] = {
		{ SYS_chmod, { P("to"), 0600 }, "chmod", "to", NULL, "old" },
		{ SYS_chown, { P("to"), -1ul, -1ul }, "chown", "to", NULL, "old" },
		{ SYS_lchown, { P("to"), -1ul, -1ul }, "chown", "to", NULL, NULL },
		{ SYS_fchownat, { cwd, P("to"), -1ul, -1ul, 0 }, "chown", "to", NULL, "old" },
		{ SYS_fchownat, { cwd, P("to"), -1ul, -1ul, AT_SYMLINK_NOFOLLOW }, "chown", "to",
		  NULL, NULL },
		{ __NR_fchmodat2, { cwd, P("to"), 0600, 0 }, "chmod", "to", NULL, "old" },
		{ __NR_fchmodat2, { cwd, P("to"), 0600, AT_SYMLINK_NOFOLLOW }, "chmod", "to", NULL,
		  NULL },
		{ SYS_setxattr, { P("to"), P("user.x"), P("y"), 1, 0 }, "xattr", "to", NULL,
		  "old" },
		{ SYS_lsetxattr, { P("to"), P("user.x"), P("y"), 1, 0 }, "xattr", "to", NULL,
		  NULL },
		{ SYS_lremovexattr, { P("to"), P("user.x") }, "xattr", "to", NULL, NULL },
		{ __NR_setxattrat, { cwd, P("to"), 0 }, "xattr", "to", NULL, "old" },
		{ __NR_setxattrat, { cwd, P("to"), AT_SYMLINK_NOFOLLOW }, "xattr", "to", NULL,
		  NULL },
		{ __NR_removexattrat, { cwd, P("to"), AT_SYMLINK_NOFOLLOW }, "xattr", "to", NULL,
		  NULL },
		{ __NR_file_setattr, { cwd, P("to"), 0, 0, 0 }, "xattr", "to", NULL, "old" },
		{ __NR_file_setattr, { cwd, P("to"), 0, 0, AT_SYMLINK_NOFOLLOW }, "xattr", "to",
		  NULL, NULL },
		{ SYS_utimensat, { cwd, P("to"), 0, AT_SYMLINK_NOFOLLOW }, "time", "to", NULL,
		  NULL },
		{ SYS_utimensat, { cwd, P("to"), 0, 0 }, "time", "to", NULL, "old" },
		{ SYS_truncate, { P("to"), 0 }, "truncate", "to", NULL, "old" },
		{ SYS_rename, { P("to"), P("to") }, "rename", "to", "to", NULL },
		{ SYS_openat, { cwd, P("to"), O_WRONLY }, "write", "to", NULL, "old" },
		{ SYS_unlinkat, { cwd, P("to"), 0 }, "remove", "to", NULL, NULL },
	};

	(void)state;
	assert_int_equal(symlink("old", in_dir("to")), 0);
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		check(&rows[i]);
}

static int change_open_file(const void *arg)
{
	int fd = open(in_dir("old"), O_RDONLY);

	(void)syscall(*(const int *)arg, fd, 0600, -1);
	return 0;
}

static void a_call_on_a_descriptor_names_its_file(void **state)
{
	static const int calls[] = { SYS_fchmod };
	const struct ev *ev;
	struct caller c;

	(void)state;
	caller_start(&c, change_open_file, &calls[0]);
	caller_until(&c, calls[0]);
	files_call(&c.w, &c.note);
	ev = caller_last(&c, EV_FILE);
	assert_non_null(ev);
	assert_string_equal(ev->u.file.path, in_dir("old"));
	caller_end(&c);
}

/* The call is made, and the child ends, before it is looked at what became of it. */
static void check_outcome(const struct row *r, const char *outcome)
{
	const struct ev *ev;
	int64_t left;
	struct caller c;

	caller_start(&c, make_call, r);
	caller_until(&c, r->nr);
	files_call(&c.w, &c.note);
	assert_true(outcome_settle(&c.w, 0) > 0);
	caller_answer(&c);
	caller_next(&c);
	left = outcome_settle(&c.w, (pid_t)c.req.pid);
	ev = caller_last(&c, EV_FILE);
	assert_non_null(ev);
	if (strcmp(ev->u.file.op, "write") != 0) /* it may be open for a while */
		assert_int_equal(left, -1);
	assert_int_equal(ev->t, 7);
	if (strcmp(ev->u.file.outcome, outcome) != 0)
		fail_msg("%s of %s is %s", calls_row(r->nr)->name, ev->u.file.path,
			 ev->u.file.outcome);
	if (r->nr == SYS_mkdir && !strcmp(outcome, "tried"))
		assert_string_equal(ev->u.file.error, "EEXIST");
	else
		assert_null(ev->u.file.error);
	caller_end(&c);
}

static void what_became_of_a_call_is_recorded(void **state)
{
	const uint64_t cwd = (uint64_t)(int64_t)AT_FDCWD;
	const struct {
		struct row r;
		const char *outcome;
	} rows[] = {
		{ { SYS_openat, { cwd, P("not/there"), O_WRONLY | O_CREAT, 0600 }, NULL, NULL, NULL,
		    NULL }, "tried" },
		{ { SYS_openat, { cwd, P("o1"), O_WRONLY | O_CREAT, 0600 }, NULL, NULL, NULL,
		    NULL }, "allowed" },
		{ { SYS_openat, { cwd, P("o1"), O_WRONLY | O_CREAT | O_EXCL, 0600 }, NULL, NULL,
		    NULL, NULL }, "tried" },
		/* it is open */
		{ { SYS_openat, { cwd, P("o1"), O_WRONLY }, NULL, NULL, NULL, NULL }, "allowed" },
		{ { SYS_openat, { cwd, P("o2"), O_WRONLY }, NULL, NULL, NULL, NULL }, "tried" },
		{ { SYS_openat, { cwd, P("sub"), O_WRONLY }, NULL, NULL, NULL, NULL }, "tried" },
		{ { SYS_mkdir, { P("o3"), 0700 }, NULL, NULL, NULL, NULL }, "allowed" },
		{ { SYS_mkdir, { P("o3"), 0700 }, NULL, NULL, NULL, NULL }, "tried" },
		{ { SYS_rmdir, { P("o3") }, NULL, NULL, NULL, NULL }, "allowed" },
		{ { SYS_rmdir, { P("o3") }, NULL, NULL, NULL, NULL }, "tried" },
		{ { SYS_truncate, { P("o1"), 5 }, NULL, NULL, NULL, NULL }, "allowed" },
		{ { SYS_truncate, { P("o2"), 5 }, NULL, NULL, NULL, NULL }, "tried" },
		{ { SYS_rename, { P("o1"), P("o4") }, NULL, NULL, NULL, NULL }, "allowed" },
		{ { SYS_rename, { P("o1"), P("o4") }, NULL, NULL, NULL, NULL }, "tried" },
		{ { SYS_link, { P("o4"), P("o5") }, NULL, NULL, NULL, NULL }, "allowed" },
		{ { SYS_link, { P("o4"), P("o5") }, NULL, NULL, NULL, NULL }, "tried" },
		{ { SYS_symlink, { P("x"), P("o6") }, NULL, NULL, NULL, NULL }, "allowed" },
		{ { SYS_unlink, { P("o6") }, NULL, NULL, NULL, NULL }, "allowed" },
		{ { SYS_unlink, { P("o6") }, NULL, NULL, NULL, NULL }, "tried" },
		{ { SYS_chmod, { P("not/there"), 0600 }, NULL, NULL, NULL, NULL }, "tried" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		check_outcome(&rows[i].r, rows[i].outcome);
}

/* Nothing is said of a call that the caller has had no processor for; but not without end. */
static void a_call_that_was_not_made_yet_is_waited_for(void **state)
{
	const struct row make = { SYS_mkdir, { P("late"), 0700 }, NULL, NULL, NULL, NULL },
			 drop = { SYS_rmdir, { P("late") }, NULL, NULL, NULL, NULL };
	const struct timespec pause = { .tv_nsec = 5000000 };
	int64_t began;
	struct caller c;

	(void)state;
	caller_start(&c, make_call, &make);
	caller_until(&c, make.nr);
	began = tb_monotonic_ns();
	files_call(&c.w, &c.note);
	while (tb_monotonic_ns() < began + 100 * TB_NS_PER_MS) {
		assert_true(outcome_settle(&c.w, 0) > 0);
		(void)nanosleep(&pause, NULL);
	}
	caller_answer(&c);
	caller_next(&c);
	(void)outcome_settle(&c.w, (pid_t)c.req.pid);
	assert_non_null(caller_last(&c, EV_FILE));
	assert_string_equal(caller_last(&c, EV_FILE)->u.file.outcome, "allowed");
	caller_end(&c);
	caller_start(&c, make_call, &drop);
	caller_until(&c, drop.nr);
	began = tb_monotonic_ns();
	files_call(&c.w, &c.note);
	while (outcome_settle(&c.w, 0) >= 0)
		(void)nanosleep(&pause, NULL);
	assert_true(tb_monotonic_ns() - began >= TB_NS_PER_S);
	assert_string_equal(caller_last(&c, EV_FILE)->u.file.outcome, "tried");
	caller_end(&c);
}

/* What a descriptor is, that the child opens again for writing. */
enum object { PIPE, SOCKET, MEMORY, TERMINAL, TERMINAL_MASTER, FILE_BEHIND, FIFO_WITH_NAME,
	      NULL_DEVICE, OBJECTS };

static int descriptor_for(enum object object)
{
	int fds[2], master;

	switch (object) {
	case PIPE:
		return pipe(fds) < 0 ? -1 : fds[1];
	case SOCKET:
		return socket(AF_UNIX, SOCK_STREAM, 0);
	case MEMORY:
		return memfd_create("memory", 0);
	case TERMINAL:
		master = posix_openpt(O_RDWR | O_NOCTTY);
		return grantpt(master) || unlockpt(master) ? -1 :
			open(ptsname(master), O_RDONLY | O_NOCTTY);
	case TERMINAL_MASTER:
		return posix_openpt(O_RDWR | O_NOCTTY);
	case FILE_BEHIND:
		return open(in_dir("old"), O_RDONLY);
	case FIFO_WITH_NAME:
		return mkfifo(in_dir("named"), 0600) < 0 ? -1 :
			open(in_dir("named"), O_RDONLY | O_NONBLOCK);
	case NULL_DEVICE:
		return open("/dev/null", O_RDONLY);
	case OBJECTS:
		break;
	}
	return -1;
}

static int open_again(const void *arg)
{
	/* Without a box /dev/fd leads to the descriptors of who looks: tests/box/quiet.sh opens
	 * those. */
	static const char *const ways[] = { "/dev/stderr", "/proc/self/fd/2" };
	const enum object *object = arg;

	if (dup2(descriptor_for(*object), 2) != 2)
		return 97;
	(void)syscall(SYS_rmdir, "/nonexist/begin");
	for (size_t i = 0; i < TB_ARRAY_SIZE(ways); i++)
		(void)open(ways[i], O_WRONLY | O_NONBLOCK | O_NOCTTY);
	return (int)syscall(SYS_rmdir, "/nonexist/end") + 1;
}

static int open_often(const void *arg)
{
	int fds[4];

	(void)arg;
	for (size_t i = 0; i < TB_ARRAY_SIZE(fds); i++) {
		fds[i] = open(in_dir("old"), O_WRONLY);
		if (i == 2 && write(fds[i], "x", 1) != 1)
			return 97;
	}
	return 0;
}

/* Three are looked at together; then the file has changed. */
static void equal_calls_on_a_file_that_does_not_change_are_looked_at_together(void **state)
{
	uint64_t counts[2] = { 0, 0 };
	struct caller c;
	size_t n = 0;

	(void)state;
	time_stands = true; /* a busy machine may give no processor for longer than is waited */
	caller_start(&c, open_often, NULL);
	for (size_t i = 0; i < 4; i++) {
		caller_until(&c, SYS_openat);
		(void)outcome_settle(&c.w, (pid_t)c.req.pid);
		files_call(&c.w, &c.note);
		caller_answer(&c);
	}
	caller_next(&c);
	(void)outcome_settle(&c.w, (pid_t)c.req.pid);
	caller_read(&c);
	watch_flush(&c.w, 0);
	caller_read(&c);
	for (size_t i = 0; i < c.nev; i++) {
		if (c.ev[i].kind != EV_FILE)
			continue;
		assert_string_equal(c.ev[i].u.file.outcome, "allowed");
		assert_true(n < 2);
		counts[n++] = c.ev[i].u.file.count;
	}
	assert_int_equal(counts[0], 3);
	assert_int_equal(n, 2);
	caller_end(&c);
	time_stands = false;
}

static int make_by_descriptor(const void *arg)
{
	static const char *const ways[] = {
		"/proc/self/fd/7/sub/by", "/proc/self/fd/7/sub/../up", "/proc/self/fd/7x/none",
		"/proc/self/cwd/by", "/proc/self/cwd/../up", "/proc/self/cwdx/none",
	};
	char root[PATH_MAX];
	int fd = open(dir, O_PATH);

	(void)arg;
	if (fd < 0 || dup2(fd, 7) != 7 || chdir(in_dir("sub")) < 0)
		return 97;
	for (size_t i = 0; i < TB_ARRAY_SIZE(ways); i++) {
		(void)syscall(SYS_mkdir, ways[i], 0755);
		(void)syscall(SYS_rmdir, "/nonexist/returned");
	}
	(void)snprintf(root, sizeof(root), "/proc/self/root%s", in_dir("root"));
	(void)syscall(SYS_mkdir, root, 0755);
	(void)syscall(SYS_rmdir, "/nonexist/returned");
	return 0;
}

static void a_path_through_a_descriptor_is_that_of_the_file(void **state)
{
	const char *const want[] = { in_dir("sub/by"), in_dir("up"), "/proc/self/fd/7x/none",
				     in_dir("sub/by"), in_dir("up"), "/proc/self/cwdx/none",
				     in_dir("root") };
	const struct ev *ev;
	struct caller c;

	(void)state;
	caller_start(&c, make_by_descriptor, NULL);
	for (size_t i = 0; i < TB_ARRAY_SIZE(want); i++) {
		caller_until(&c, SYS_mkdir);
		files_call(&c.w, &c.note);
		caller_answer(&c);
		caller_next(&c);
		ev = caller_last(&c, EV_FILE);
		assert_string_equal(ev->u.file.path, want[i]);
		assert_string_equal(ev->u.file.outcome, i < 2 || i == 6 ? "allowed" : "tried");
		caller_answer(&c);
	}
	assert_int_equal(caller_finish(&c), 0);
	caller_end(&c);
}

static void to_open_a_descriptor_again_is_an_act_on_its_file_only(void **state)
{
	static const char *const names[OBJECTS] = {
		[FILE_BEHIND] = "old", [FIFO_WITH_NAME] = "named", [NULL_DEVICE] = "/dev/null",
	};
	const struct ev *ev;
	struct caller c;

	(void)state;
	for (enum object o = 0; o < OBJECTS; o++) {
		const char *want = names[o];

		if (o == TERMINAL_MASTER)
			want = "/dev/ptmx";
		else if (want && want[0] != '/')
			want = in_dir(want);
		caller_start(&c, open_again, &o);
		caller_until(&c, SYS_rmdir);
		caller_answer(&c);
		for (caller_next(&c); c.req.data.nr == SYS_openat; caller_next(&c)) {
			files_call(&c.w, &c.note);
			caller_answer(&c);
		}
		assert_int_equal(c.req.data.nr, SYS_rmdir);
		ev = caller_last(&c, EV_FILE);
		if (want) {
			assert_non_null(ev);
			assert_string_equal(ev->u.file.target && *ev->u.file.target ?
					    ev->u.file.target : ev->u.file.path, want);
		} else if (ev) {
			fail_msg("object %u is recorded as %s, %s", o, ev->u.file.path,
				 ev->u.file.target);
		}
		caller_answer(&c);
		assert_int_equal(caller_finish(&c), 0);
		caller_end(&c);
	}
}

static void a_refused_call_says_so(void **state)
{
	const struct row r = { SYS_mkdir, { P("refused"), 0700 }, "mkdir", "refused", NULL, NULL };
	const struct ev *ev;
	struct stat st;
	struct caller c;

	(void)state;
	caller_start(&c, make_call, &r);
	caller_until(&c, SYS_mkdir);
	c.note.error = EPERM;
	c.note.abi = "i386";
	files_call(&c.w, &c.note);
	ev = caller_last(&c, EV_FILE);
	assert_non_null(ev);
	assert_string_equal(ev->u.file.outcome, "denied");
	assert_string_equal(ev->u.file.error, "EPERM");
	assert_string_equal(ev->u.file.abi, "i386");
	caller_answer(&c);
	assert_int_equal(caller_finish(&c), 0);
	assert_int_equal(stat(in_dir("refused"), &st), -1);
	caller_end(&c);
}

static void arguments_that_cannot_be_read_are_counted(void **state)
{
	static const uint64_t bad_how = 8;
	const uint64_t cwd = (uint64_t)(int64_t)AT_FDCWD;
	const struct row rows[] = {
		{ SYS_mkdir, { 8, 0700 }, "mkdir", NULL, NULL, NULL },
		{ SYS_rename, { P("old"), 8 }, "rename", "old", NULL, NULL },
		{ SYS_openat2, { cwd, P("old"), bad_how, 24 }, "write", "old", NULL, NULL },
	};
	struct caller c;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		caller_start(&c, make_call, &rows[i]);
		caller_until(&c, rows[i].nr);
		files_call(&c.w, &c.note);
		assert_int_equal(c.w.n.calls_unread, 1);
		assert_non_null(caller_last(&c, EV_FILE));
		assert_string_equal(caller_last(&c, EV_FILE)->u.file.op, rows[i].op);
		caller_end(&c);
	}
}

static void nothing_is_recorded_of_a_caller_that_is_gone(void **state)
{
	const struct row r = { SYS_mkdir, { P("gone"), 0700 }, NULL, NULL, NULL, NULL };
	struct caller c;

	(void)state;
	caller_start(&c, make_call, &r);
	caller_until(&c, SYS_mkdir);
	assert_int_equal(kill(c.pid, SIGKILL), 0);
	assert_int_equal(waitpid(c.pid, NULL, 0), c.pid);
	c.pid = 0;
	files_call(&c.w, &c.note);
	assert_null(caller_last(&c, EV_FILE));
	caller_end(&c);
}

static void a_bound_socket_is_a_file(void **state)
{
	const struct row r = { SYS_mkdir, { P("d2"), 0700 }, NULL, NULL, NULL, NULL };
	const struct ev *ev;
	struct caller c;

	(void)state;
	assert_int_equal(symlink("sub", in_dir("way")), 0);
	caller_start(&c, make_call, &r);
	caller_until(&c, SYS_mkdir);
	files_bound(&c.w, &c.note, "way/socket");
	ev = caller_last(&c, EV_FILE);
	assert_non_null(ev);
	assert_string_equal(ev->u.file.op, "mknod");
	assert_string_equal(ev->u.file.path, in_dir("way/socket"));
	assert_string_equal(ev->u.file.target, in_dir("sub/socket"));
	caller_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_is_recorded_with_its_paths),
		cmocka_unit_test(calls_that_follow_a_link_name_its_target),
		cmocka_unit_test(a_call_on_a_descriptor_names_its_file),
		cmocka_unit_test(what_became_of_a_call_is_recorded),
		cmocka_unit_test(a_call_that_was_not_made_yet_is_waited_for),
		cmocka_unit_test(to_open_a_descriptor_again_is_an_act_on_its_file_only),
		cmocka_unit_test(
			equal_calls_on_a_file_that_does_not_change_are_looked_at_together),
		cmocka_unit_test(a_path_through_a_descriptor_is_that_of_the_file),
		cmocka_unit_test(a_refused_call_says_so),
		cmocka_unit_test(arguments_that_cannot_be_read_are_counted),
		cmocka_unit_test(nothing_is_recorded_of_a_caller_that_is_gone),
		cmocka_unit_test(a_bound_socket_is_a_file),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
