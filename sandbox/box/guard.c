/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.c - which mechanism keeps the product from files, and where its places are in the box
 *
 * How it works
 *	Landlock is preferred: it leaves the mounts alone, so that the product finds no mount point
 *	where the machine has none, and renames between its places work. Before ABI 3 (Linux 6.2) it
 *	does not know truncate(2), and with ABI 1 nothing can be moved to another directory: there
 *	mounts are stricter and get less in the way. A process under Landlock may not mount
 *	anything, landlock(7): a product whose policy allows it mounts of its own is kept by mounts,
 *	too.
 */
#include "sandbox/box/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tcbox/file.h"
#include "tcbox/own.h"

#define ABSENT_MAX 8		/* places that are named */
#define ABSENT_TEXT 700

/* may_mount() - calls that Landlock would refuse */
static bool may_mount(const enum pol_sys *sys)
{
	static const int calls[] = { SYS_mount, SYS_umount2, SYS_pivot_root, SYS_move_mount };

	for (size_t i = 0; sys && i < TB_ARRAY_SIZE(calls); i++)
		if (sys[calls[i]] == POL_SYS_ALLOWED)
			return true;
	return false;
}

void guard_choose(struct guard *g, const struct sbx_places *want, const enum pol_sys *sys, int abi)
{
	bool landlock = abi >= GUARD_ABI && !may_mount(sys);

	memset(g, 0, sizeof(*g));
	if (want->writes) {
		g->writes = landlock ? GUARD_LANDLOCK : GUARD_MOUNTS;
		(void)snprintf(g->writes_text, sizeof(g->writes_text),
			       landlock ? "Landlock ABI %d" : "mounts", abi);
	}
	if (!want->reads)
		return;
	if (landlock) {
		g->reads = GUARD_LANDLOCK;
		(void)snprintf(g->reads_text, sizeof(g->reads_text), "Landlock ABI %d", abi);
	} else {
		g->degraded = abi >= GUARD_ABI ?
			"files.read was not enforced: under Landlock, which could, the mounts "
			"that the policy declares would fail" :
			"files.read was not enforced: it needs Landlock ABI 3, Linux 6.2 (tcbox "
			"doctor)";
	}
}

/* open_at() - @path in the box */
static int open_at(int root, const char *path, bool follow)
{
	return tb_open_how(root, path, O_PATH | (follow ? 0 : O_NOFOLLOW),
			   RESOLVE_IN_ROOT | (follow ? RESOLVE_NO_MAGICLINKS :
					      RESOLVE_NO_SYMLINKS));
}

static void to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	slash[slash == path ? 1 : 0] = '\0';
}

/* kind_of() - Return: 0, or -ENOENT for what is neither a file nor a directory */
static int kind_of(int fd, bool *is_dir)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	*is_dir = S_ISDIR(st.st_mode);
	return *is_dir || !S_ISLNK(st.st_mode) ? 0 : -ENOENT;
}

int guard_open(int root, const struct sbx_place *place, char path[PATH_MAX], bool *is_dir)
{
	TB_AUTOCLOSE int fd = -1;
	bool parent = false;
	int ret;

	if ((size_t)snprintf(path, PATH_MAX, "%s", place->path) >= PATH_MAX)
		return -ENOENT;		/* nor can the product name it */
	fd = open_at(root, path, place->readonly);
	if (fd == -ENOENT && place->exact && !place->readonly) {
		parent = true;
		to_parent(path);
		fd = open_at(root, path, false);
	}
	if (fd == -ENOTDIR || fd == -ELOOP || fd == -ENAMETOOLONG || fd == -EACCES)
		return -ENOENT;
	if (fd < 0)
		return fd;
	ret = kind_of(fd, is_dir);
	/* a file where a directory was meant; or a directory as such: what can be changed in it was
	 * not meant */
	if (!ret && *is_dir == (place->exact && !parent))
		ret = -ENOENT;
	return ret ? ret : tb_take_fd(&fd);
}

/* absent() - is it not there, nor by a symbolic link? Of a file that may come, its directory */
static bool absent(int root, const struct sbx_place *place)
{
	char path[PATH_MAX];
	bool is_dir;
	TB_AUTOCLOSE int fd = guard_open(root, place, path, &is_dir);

	if (fd != -ENOENT || strlen(place->path) >= sizeof(path))
		return false;
	(void)snprintf(path, sizeof(path), "%s", place->path);
	if (place->exact)
		to_parent(path);
	return access(path, F_OK) && errno == ENOENT;
}

static void say_absent(const struct sbx_place *place, char text[ABSENT_TEXT])
{
	const char *what = place->exact ? "whose directory is" : "which is";

	(void)snprintf(text, ABSENT_TEXT, "files.write declares %.400s, %s not there in the box: "
		       "under --enforce the product cannot make it. Make it before the run, or run "
		       "without --enforce", place->path, what);
}

void guard_absent(const struct sbx_places *places, void (*say)(void *arg, const char *text),
		  void *arg)
{
	TB_AUTOCLOSE int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[ABSENT_TEXT];
	size_t said = 0, i;

	for (i = 0; root >= 0 && i < places->n && said < ABSENT_MAX; i++) {
		if (places->list[i].readonly || !absent(root, &places->list[i]))
			continue;
		say_absent(&places->list[i], text);
		say(arg, text);
		said++;
	}
	if (said == ABSENT_MAX && i < places->n)
		say(arg, "There may be more places of files.write that are not there in the box");
}
