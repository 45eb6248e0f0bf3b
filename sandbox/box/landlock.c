/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlock.c - files that the product may change or read, enforced by landlock(7)
 *
 * How it works
 *	init opens the places in the finished box and makes the ruleset; the first process, which
 *	becomes the product, puts itself under it just before its filter. tcbox's own processes are
 *	not under it. Rules hang on the inodes of the box's own overlays and mounts, and hold for
 *	what is below them, also for what is created later.
 *
 *	Writing is handled as far as the comparison reports it: what is opened for writing, created,
 *	renamed, linked, removed, truncated, or made by binding a socket to a path. ioctl(2) on
 *	devices is not. Devices that keep nothing, and terminals, may always be written
 *	(evidence/files.c does not report them either).
 *
 *	Reading is handled for files and not for directories, whose names the comparison does not
 *	look at. What every program needs to start can be read always: the system's programs and
 *	libraries, the product's first program, what tcbox itself put into the box, /dev, /proc and
 *	/sys.
 *
 *	When overlayfs has copied up a file and the kernel then forgets its name (under memory
 *	pressure), the next lookup makes another inode, which no rule knows. So init keeps open what
 *	rules name and is not a directory; directories are found again by their lower ones.
 *
 *	A ruleset of its own that the product adds only takes away more.
 *
 * Limits
 *	Modes, owners, times and extended attributes can be changed anywhere, as far as the box lets
 *	them be: Landlock does not know these calls. A file without its directory can be written,
 *	but neither removed nor replaced. A hard link or a rename that would make a file writable,
 *	or readable, that was not fails with EXDEV. There can be no more single files than init may
 *	have open, getrlimit(2); the run fails otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/box/landlock.h"
#include "tcbox/own.h"

#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) /* ABI 3, Linux 6.2 */
#endif

#define WRITE_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define WRITE_DIR \
	(WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	 LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
	 LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
	 LANDLOCK_ACCESS_FS_MAKE_SYM | \
	 LANDLOCK_ACCESS_FS_REFER)
#define READ LANDLOCK_ACCESS_FS_READ_FILE

static const char *const always_written[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random",
					      "/dev/urandom", "/dev/tty",
					      "/dev/pts" };

static const char *const always_read[] = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64",
					   "/libx32", "/dev", "/proc", "/sys",
					   "/etc/ld.so.cache", "/etc/ld.so.preload" };

/* Under construction. */
struct rules {
	int fd, root;
	__u64 handled;
};

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? -errno : (int)abi;
}

/* add_rule() - takes @fd, which stays open if it is no directory: see "How it works" */
static int add_rule(const struct rules *r, int *fd, const char *path, __u64 access,
		    struct tb_err *err)
{
	const struct landlock_path_beneath_attr rule = { .allowed_access = access & r->handled,
							 .parent_fd = *fd };
	struct stat st;

	if (rule.allowed_access &&
	    syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		return tb_err_set(err, errno, "Landlock rule for %s", path);
	if (rule.allowed_access && !fstat(*fd, &st) && !S_ISDIR(st.st_mode))
		(void)tb_take_fd(fd);
	return 0;
}

/* add_always() - what need not be declared, where it exists */
static int add_always(const struct rules *r, const char *path, __u64 access, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = open(path, O_PATH | O_CLOEXEC);

	return fd < 0 ? 0 : add_rule(r, &fd, path, access, err);
}

static int add_place(const struct rules *r, const struct sbx_place *place, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	char path[PATH_MAX];
	bool is_dir;

	fd = guard_open(r->root, place, path, &is_dir);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return tb_err_set(err, -fd, "open %s in the box", path);
	return add_rule(r, &fd, path,
			place->readonly ? READ : READ | (is_dir ? WRITE_DIR : WRITE_FILE), err);
}

static int add_all(const struct rules *r, const struct sbx_options *opt, struct tb_err *err)
{
	size_t i;
	int ret = add_always(r, opt->product.program, READ, err);

	for (i = 0; !ret && i < TB_ARRAY_SIZE(always_written); i++)
		ret = add_always(r, always_written[i], WRITE_FILE, err);
	for (i = 0; !ret && i < TB_ARRAY_SIZE(always_read); i++)
		ret = add_always(r, always_read[i], READ, err);
	if (!ret && opt->clock.library)
		ret = add_always(r, SBX_CLOCK_SEMAPHORE, WRITE_FILE, err);
	if (!ret && opt->clock.library)
		ret = add_always(r, SBX_CLOCK_MEMORY, WRITE_FILE, err);
	for (i = 0; !ret && i < opt->mounts.nfiles; i++)
		ret = add_always(r, opt->mounts.files[i].path, READ, err);
	for (i = 0; !ret && i < opt->places.n; i++)
		ret = add_place(r, &opt->places.list[i], err);
	return ret;
}

int landlock_ruleset(const struct sbx_options *opt, const struct guard *g, struct tb_err *err)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = (g->writes == GUARD_LANDLOCK ? WRITE_DIR :
				      0) | (g->reads == GUARD_LANDLOCK ? READ : 0),
	};
	TB_AUTOCLOSE int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	TB_AUTOCLOSE int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct rules r = { .fd = fd, .root = root, .handled = attr.handled_access_fs };

	if (fd < 0)
		return tb_err_set(err, errno, "create the Landlock ruleset");
	if (root < 0)
		return tb_err_set(err, errno, "open the box's root");
	if (add_all(&r, opt, err))
		return -err->code;
	return tb_take_fd(&fd);
}

int landlock_enter(int ruleset, struct tb_err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return tb_err_set(err, errno, "give up new privileges");
	if (syscall(SYS_landlock_restrict_self, ruleset, 0))
		return tb_err_set(err, errno, "enter the Landlock ruleset");
	return 0;
}
