/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shift.c - a clock of the product's own
 *
 * How it works
 *	The kernel has one time of day for all. libfaketime, which the loader maps into programs of
 *	the product, adds to what the C library's functions say. The time since the machine was
 *	started is the kernel's business: a time namespace, time_namespaces(7), moves it for every
 *	program, by as much as the time of day, as on a machine that has been running all the while.
 *	It never goes back: a machine cannot have been started later than it was.
 *
 *	For what its processes share, which tcbox does not use, libfaketime opens a semaphore and a
 *	piece of memory in /dev/shm, and makes both for each process that is told of none. So that
 *	no such acts of its own are among the product's, both are there: in a file system of two
 *	pages in which nothing can be executed, and the semaphore open so many times that nobody
 *	waits for another. The supervisor knows these two objects and does not tell that they are
 *	opened (clocks.c). What a product can keep in them is no more than in memory that it shares
 *	anyway.
 */
#include "sandbox/box/shift.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sandbox/box/tree.h"
#include "tcbox/fd.h"
#include "tcbox/own.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#define PLACE "/clock"		/* while the root is put together */
#define PAGE 4096
#define WAITERS 1000000u		/* at a time */

struct start {
	int64_t sec, nsec;
};

/* What libfaketime shares, 0.9.9 and later; in a page, so that nothing lies behind its end. */
struct shared {
	uint64_t ticks, file_index;
	struct start real, monotonic, monotonic_raw, boottime;
	char rest[PAGE - 2 * sizeof(uint64_t) - 4 * sizeof(struct start)];
};

_Static_assert(sizeof(struct shared) == PAGE, "a page");

const char *sbx_clock_library(size_t i)
{
	static const char *const paths[] = {
		"/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",	/* Debian, Ubuntu */
		"/usr/lib64/faketime/libfaketime.so.1",			/* Fedora, SUSE */
		"/usr/lib/faketime/libfaketime.so.1",			/* Arch, Alpine */
		"/usr/local/lib/faketime/libfaketime.so.1",
	};

	return i < TB_ARRAY_SIZE(paths) ? paths[i] : NULL;
}

static int bind_at(const char *from, const char *path, struct tb_err *err)
{
	char to[64];
	int ret;

	(void)snprintf(to, sizeof(to), "/new%s", path);
	ret = tree_file(to, "", 0, 0666, err);
	if (!ret && mount(from, to, NULL, MS_BIND, NULL))
		ret = tb_err_set(err, errno, "mount %s of the box", path);
	return ret;
}

/* set_start() - libfaketime's idea of a time is what has passed since the start of its clock, added
 * to the time of day that was asked for: so that the others stay the kernel's, also where a program
 * waits until a moment of theirs, theirs began at that distance */
static void set_start(struct shared *s, int64_t ahead_s)
{
	s->monotonic.sec = s->monotonic_raw.sec = s->boottime.sec = ahead_s;
}

int shift_files(const struct sbx_clock *c, struct tb_err *err)
{
	static struct shared memory;
	sem_t sem;
	int ret;

	if (!c->library)
		return 0;
	memset(&sem, 0, sizeof(sem));
	if (sem_init(&sem, true, WAITERS))
		return tb_err_set(err, errno, "make a semaphore");
	set_start(&memory, c->ahead_s);
	ret = tree_dir(PLACE, 0755, err);
	if (!ret && mount("tmpfs", PLACE, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
			  "mode=755,size=8k,nr_inodes=3"))
		ret = tb_err_set(err, errno, "mount tmpfs");
	if (!ret)
		ret = tree_file(PLACE "/sem", &sem, sizeof(sem), 0666, err);
	if (!ret)
		ret = tree_file(PLACE "/memory", &memory, sizeof(memory), 0666, err);
	if (!ret)
		ret = bind_at(PLACE "/sem", SBX_CLOCK_SEMAPHORE, err);
	if (!ret)
		ret = bind_at(PLACE "/memory", SBX_CLOCK_MEMORY, err);
	return ret;
}

int shift_offsets(int fd, int64_t ahead_s, struct tb_err *err)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "monotonic %" PRId64 " 0\nboottime %" PRId64 " 0\n",
			 ahead_s, ahead_s);
	int ret = tb_write_all(fd, text, (size_t)n);

	return ret ? tb_err_set(err, -ret, "write timens_offsets") : 0;
}

/* move_uptime() - a process that is not dumpable may not write what is its own in /proc, proc(5).
 * Nobody else is in the box yet */
static int move_uptime(int64_t ahead_s, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;

	if (unshare(CLONE_NEWTIME))
		return tb_err_set(err, errno, "make a time namespace");
	if (prctl(PR_SET_DUMPABLE, 1))
		return tb_err_set(err, errno, "become dumpable");
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	return fd < 0 ? tb_err_set(err, errno, "open timens_offsets") :
			shift_offsets(fd, ahead_s, err);
}

void shift_uptime(const struct sbx_clock *c, void (*say)(void *arg, const char *text), void *arg)
{
	struct tb_err err = { 0 };
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;
	int ret;

	if (!c->library || c->ahead_s <= 0)
		return;
	ret = move_uptime(c->ahead_s, &err);
	(void)prctl(PR_SET_DUMPABLE, 0);
	if (!ret)
		return;
	tb_buf_addf(&why, "The product saw since when the machine is running, without --clock: the "
		    "time namespace that moves this was refused (%s)", err.msg);
	say(arg, why.failed ? "The product saw since when the machine is running, without --clock" :
		 why.data);
}
