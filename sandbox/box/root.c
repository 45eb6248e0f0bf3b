/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root.c - the box's own file system
 *
 * How it works
 *	The new root is a directory of a tmpfs ("the layer") with overlays of the host's directories
 *	(mirror.c). All writes land in the layer, whose size is limited and which vanishes with the
 *	box.
 *
 *	/dev, /proc, /sys, /run, /tmp, /var/tmp, /home and /root are private: they start nearly
 *	empty, so no socket of a host service, no other user's file and no device is there. What the
 *	product needs of them (its own directory, its working directory) is overlaid at its usual
 *	place.
 *
 *	With opt->mounts.root all this is done with the directories of that file system; with
 *	opt->mounts.state the layer is a directory of the host and not on the tmpfs, but for /dev,
 *	/run and /tmp.
 *
 *	While it is built, the host is under /old, the layer under /layer, the new root under /new,
 *	all on a small tmpfs that pivot_root(2) made the root; at the end /new becomes the root and
 *	the rest is detached.
 *
 * Limits
 *	Mounts made by the product's user namespaces cannot uncover what is hidden here: all of this
 *	is mounted in the parent user namespace and thereby locked.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/box/hide.h"
#include "sandbox/box/layer.h"
#include "sandbox/box/machine.h"
#include "sandbox/box/mirror.h"
#include "sandbox/box/tree.h"
#include "sandbox/box/readonly.h"
#include "sandbox/box/root.h"
#include "sandbox/box/shift.h"
#include "tcbox/own.h"

/* In another file system the last two are the product's, and nobody else's. */
static const char *const private_dirs[] = { "dev", "proc", "sys", "run", "tmp", "home", "root" };
#define PRIVATE_ANYWHERE 5

static const char *const devices[] = { "null", "zero", "full", "random", "urandom", "tty" };

static const struct {
	const char *to, *path;
} dev_links[] = {
	{ "/proc/self/fd", "/new/dev/fd" },	{ "/proc/self/fd/0", "/new/dev/stdin" },
	{ "/proc/self/fd/1", "/new/dev/stdout" }, { "/proc/self/fd/2", "/new/dev/stderr" },
	{ "pts/ptmx", "/new/dev/ptmx" },
};

static bool is_private(const struct sbx_options *opt, const char *name)
{
	size_t n = opt->mounts.root ? PRIVATE_ANYWHERE : TB_ARRAY_SIZE(private_dirs), i;

	for (i = 0; i < n; i++)
		if (!strcmp(name, private_dirs[i]))
			return true;
	return false;
}

/* mirror_host() - every top-level entry that is not private */
static int mirror_host(struct mirror *m, struct tb_err *err)
{
	char path[NAME_MAX + 2], top[PATH_MAX];
	struct dirent *d;
	DIR *dir;
	int ret;

	ret = tree_join(top, "/old", m->opt->mounts.root ? m->opt->mounts.root : "", err);
	if (ret)
		return ret;
	dir = opendir(top);
	if (!dir)
		return tb_err_set(err, errno, "read %s",
				  m->opt->mounts.root ? m->opt->mounts.root : "/");
	while (!ret && (d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") ||
		    is_private(m->opt, d->d_name))
			continue;
		(void)snprintf(path, sizeof(path), "/%s", d->d_name);
		ret = mirror_entry(m, path, err);
	}
	(void)closedir(dir);
	return ret;
}

/* private_dir() - a directory of @layer at its place, writable although the root is not */
static int private_dir(const char *layer, const char *name, mode_t mode, struct tb_err *err)
{
	char from[64], to[64];
	int ret;

	(void)snprintf(from, sizeof(from), "%s/private/%s", layer, name);
	(void)snprintf(to, sizeof(to), "/new/%s", name);
	ret = tree_dirs(from, mode, err);
	if (!ret)
		ret = tree_dirs(to, mode, err);
	if (!ret && chmod(from, mode))		/* mkdir(2) heeds the umask */
		ret = tb_err_set(err, errno, "chmod %s", from);
	if (!ret && mount(from, to, NULL, MS_BIND, NULL))
		ret = tb_err_set(err, errno, "mount %s", to);
	return ret;
}

static int make_dev(struct tb_err *err)
{
	char from[32], to[32];
	size_t i;
	int ret;

	ret = private_dir(LAYER_PASSING, "dev", 0755, err);
	for (i = 0; !ret && i < TB_ARRAY_SIZE(devices); i++) {
		(void)snprintf(from, sizeof(from), "/old/dev/%s", devices[i]);
		(void)snprintf(to, sizeof(to), "/new/dev/%s", devices[i]);
		ret = tree_file(to, "", 0, 0666, err);
		if (!ret && mount(from, to, NULL, MS_BIND, NULL))
			ret = tb_err_set(err, errno, "bind %s", from + strlen("/old"));
	}
	for (i = 0; !ret && i < TB_ARRAY_SIZE(dev_links); i++)
		if (symlink(dev_links[i].to, dev_links[i].path))
			ret = tb_err_set(err, errno, "create %s",
					 dev_links[i].path + strlen("/new"));
	if (!ret)
		ret = tree_dir("/new/dev/pts", 0755, err);
	if (!ret && mount("devpts", "/new/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
			  "newinstance,ptmxmode=0666,mode=0620"))
		ret = tb_err_set(err, errno, "mount /dev/pts of the box");
	if (!ret)
		ret = tree_dir("/new/dev/shm", 01777, err);
	return ret;
}

static int make_private(struct mirror *m, struct tb_err *err)
{
	static const struct {
		const char *name;
		mode_t mode;
		bool kept;		/* with the layer, if that is kept: hier(7) */
	} dirs[] = { { "run", 0755, false }, { "tmp", 01777, false }, { "home", 0755, true },
		     { "root", 0700, true } };
	struct stat st;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < TB_ARRAY_SIZE(dirs); i++)
		if (is_private(m->opt, dirs[i].name))
			ret = private_dir(dirs[i].kept ? m->layer : LAYER_PASSING, dirs[i].name,
					  dirs[i].mode, err);
	/* where it is no link to another place */
	if (!ret && !lstat("/new/var/tmp", &st) && S_ISDIR(st.st_mode))
		ret = private_dir(m->layer, "var/tmp", 01777, err);
	if (!ret)
		ret = tree_dir("/new/run/lock", 01777, err);
	if (!ret)
		ret = make_dev(err);
	return ret ? ret : machine_files(m, err);
}

const char *root_env(const struct sbx_product *product, const char *name)
{
	size_t n = strlen(name), i;

	for (i = 0; product->env[i]; i++)
		if (!strncmp(product->env[i], name, n) && product->env[i][n] == '=')
			return product->env[i] + n + 1;
	return NULL;
}

bool sbx_in_private_place(const char *path, bool root)
{
	static const char *const places[] = { "/tmp", "/var/tmp", "/run", "/dev/shm", "/home",
					      "/root" };
	size_t n = root ? TB_ARRAY_SIZE(places) - 2 : TB_ARRAY_SIZE(places), i;

	for (i = 0; i < n; i++)
		if (tree_below(path, places[i]) && strcmp(path, places[i]))
			return true;
	return false;
}

/* own_place() - a directory that the product may write, outside of what is private; those at the
 * top have an overlay of their own already */
static bool own_place(const struct sbx_options *opt, const char *path, const char *from,
		      const struct stat *st)
{
	char top[NAME_MAX + 1];

	(void)snprintf(top, sizeof(top), "%.*s", (int)strcspn(path + 1, "/"), path + 1);
	if (is_private(opt, top))
		return false;
	return strchr(path + 1, '/') && strcmp(path, "/var/tmp") && S_ISDIR(st->st_mode) &&
		!access(from, W_OK);
}

/* expose() - a directory or file that the product needs although its place is private, or a
 * directory that it may write */
static int expose(struct mirror *m, const char *path, struct tb_err *err)
{
	char src[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
	struct stat st;
	int ret;

	ret = mirror_source(m, src, path, err);
	if (!ret)
		ret = tree_join(from, "/old", src, err);
	if (!ret)
		ret = tree_join(to, "/new", path, err);
	if (ret)
		return ret;
	if (stat(from, &st))
		return tb_err_set(err, errno, "%s", path);
	if (!sbx_in_private_place(path, m->opt->mounts.root) && !own_place(m->opt, path, from, &st))
		return 0;
	ret = tree_parents(to, err);
	if (ret)
		return ret;
	if (!S_ISDIR(st.st_mode))
		return mirror_file(from, to, err);
	ret = tree_dir(to, st.st_mode & 07777, err);
	if (ret)
		return ret;
	return mirror_tree(m, path, err);
}

static int by_place(const void *a, const void *b)
{
	const struct sbx_bind *const *x = a, *const *y = b;
	size_t lx = strlen((*x)->to), ly = strlen((*y)->to);

	return lx < ly ? -1 : lx > ly;
}

/* expose_all() - shorter paths first, since a mount hides what was mounted below it before; what is
 * below another is there already */
static int expose_all(struct mirror *m, struct tb_err *err)
{
	const struct sbx_options *opt = m->opt;
	TB_AUTOFREE const char **paths = calloc(opt->product.nexpose + 1, sizeof(*paths));
	const char *home = root_env(&opt->product, "HOME");
	char to[PATH_MAX];
	size_t i, j;
	int ret = 0;

	if (!paths)
		return tb_err_set(err, ENOMEM, "expose directories");
	if (home && sbx_in_private_place(home, opt->mounts.root)) {
		ret = tree_join(to, "/new", home, err);
		if (!ret)
			ret = tree_dirs(to, 0700, err);
	}
	for (i = 0; i < opt->product.nexpose; i++)
		paths[i] = opt->product.expose[i];
	qsort(paths, opt->product.nexpose, sizeof(*paths), tree_by_length);
	for (i = 0; !ret && i < opt->product.nexpose; i++) {
		for (j = 0; j < i && !tree_below(paths[i], paths[j]); j++)
			;
		if (j == i)
			ret = expose(m, paths[i], err);
	}
	return ret;
}

/* bind_all() - what the technician added, shorter places first */
static int bind_all(struct mirror *m, struct tb_err *err)
{
	const struct sbx_options *opt = m->opt;
	TB_AUTOFREE const struct sbx_bind **binds = calloc(opt->mounts.nbinds + 1, sizeof(*binds));
	size_t i;
	int ret = 0;

	if (!binds)
		return tb_err_set(err, ENOMEM, "bind directories");
	for (i = 0; i < opt->mounts.nbinds; i++)
		binds[i] = &opt->mounts.binds[i];
	qsort(binds, opt->mounts.nbinds, sizeof(*binds), by_place);
	for (i = 0; !ret && i < opt->mounts.nbinds; i++)
		ret = mirror_bind(m, binds[i], err);
	return ret;
}

/* enter_stage() - a small tmpfs becomes the root, with the host under /old. Owns @layer */
static int enter_stage(int layer, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = layer;
	int ret;

	if (mount("tmpfs", "/tmp", "tmpfs", MIRROR_LOCKED, "size=1m,mode=0755"))
		return tb_err_set(err, errno, "mount tmpfs");
	if (mkdir("/tmp/old", 0755) || mkdir("/tmp/new", 0755) || mkdir("/tmp/layer", 0755))
		return tb_err_set(err, errno, "create directories");
	if (syscall(SYS_pivot_root, "/tmp", "/tmp/old") || chdir("/"))
		return tb_err_set(err, errno, "change the root");
	ret = layer_mount(fd, "/layer", err);
	if (ret)
		return ret;
	if (mkdir("/layer/private", 0755) || mkdir(LAYER_KEPT, 0755))
		return tb_err_set(err, errno, "create directories");
	return 0;
}

/* leave_stage() - the new root becomes the root, the host and the layer are out of reach */
static int leave_stage(const struct sbx_options *opt, struct tb_err *err)
{
	/* only root of the box may make something there, as on any machine */
	if (!opt->identity.as_root &&
	    mount(NULL, "/new", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MIRROR_LOCKED, NULL))
		return tb_err_set(err, errno, "make the root read-only");
	/* pivot_root(2), "pivot_root(".", ".")" */
	if (chdir("/new") || syscall(SYS_pivot_root, ".", "."))
		return tb_err_set(err, errno, "enter the new root");
	if (umount2(".", MNT_DETACH) || chdir("/"))
		return tb_err_set(err, errno, "detach the host's file system");
	return 0;
}

/* try_layer() - can the file system of a kept layer be the upper one of overlays? Without it
 * nothing would be kept, and a single directory of the host that cannot be overlaid is no reason to
 * think so */
static int try_layer(const struct mirror *m, struct tb_err *err)
{
	static const char options[] =
		"lowerdir=/layer/private,upperdir=" LAYER_KEPT "/private/.upper,"
				      "workdir=" LAYER_KEPT "/private/.work,userxattr";
	int ret;

	if (!m->opt->mounts.state)
		return 0;
	ret = tree_dir(LAYER_KEPT "/private/.upper", 0700, err);
	if (!ret)
		ret = tree_dir(LAYER_KEPT "/private/.work", 0700, err);
	if (!ret && mount("overlay", "/new", "overlay", MIRROR_LOCKED, options))
		ret = tb_err_set(err, errno,
				 "keep the layer in %s (its file system must hold overlays and "
				 "user attributes, as ext4, "
				 "xfs and btrfs do; TCBOX_STATE_HOME names another place)",
					 m->opt->mounts.state);
	if (!ret && umount2("/new", MNT_DETACH))
		ret = tb_err_set(err, errno, "unmount");
	return ret;
}

/* open_layer() - the private layer with its parts, and the new root in it; one that is kept is used
 * again */
static int open_layer(const struct mirror *m, struct tb_err *err)
{
	static const char *const parts[] = { "/overlay", "/private", "/root" };
	char from[PATH_MAX], path[64];
	size_t i;
	int ret = 0;

	if (m->opt->mounts.state) {
		ret = tree_join(from, "/old", m->opt->mounts.state, err);
		if (!ret && (mount(from, LAYER_KEPT, NULL, MS_BIND, NULL) ||
			     mount(NULL, LAYER_KEPT, NULL,
				   MS_REMOUNT | MS_BIND | MIRROR_LOCKED |
				   mirror_kept_flags(LAYER_KEPT), NULL)))
			ret = tb_err_set(err, errno, "mount the kept layer %s",
					 m->opt->mounts.state);
	}
	for (i = 0; !ret && i < TB_ARRAY_SIZE(parts); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", m->layer, parts[i]);
		ret = tree_dir(path, 0755, err);
	}
	if (!ret)
		ret = try_layer(m, err);
	if (!ret && mount(path, "/new", NULL, MS_BIND, NULL))		/* the last one */
		ret = tb_err_set(err, errno, "mount the new root");
	return ret;
}

static int build(struct mirror *m, const struct airlock_plan *a, struct tb_err *err)
{
	int ret;

	ret = enter_stage(a->layer, err);
	if (!ret)
		ret = open_layer(m, err);
	if (!ret)
		ret = mirror_host(m, err);
	if (!ret)
		ret = make_private(m, err);
	if (!ret)
		ret = shift_files(&a->opt->clock, err);
	if (!ret)
		ret = expose_all(m, err);
	if (!ret)
		ret = bind_all(m, err);
	if (!ret)
		ret = mirror_rest(m, err);
	if (!ret)
		ret = hide_all(&m->opt->mounts, err);
	if (!ret && a->guard.writes == GUARD_MOUNTS)
		ret = readonly_mounts(&m->opt->places, err);
	if (!ret)
		ret = leave_stage(m->opt, err);
	return ret;
}

int root_build(const struct airlock_plan *a, void (*degraded)(void *arg, const char *text),
	       void *arg, struct tb_err *err)
{
	const mode_t mask = umask(0);		/* modes below are meant as they stand */
	struct mirror m;
	int ret;

	ret = mirror_open(&m, a->opt, degraded, arg, err);
	if (!ret)
		ret = build(&m, a, err);
	mirror_close(&m);
	(void)umask(mask);			/* the technician's is the product's */
	return ret ? tb_err_wrap(err, "build the box's file system") : 0;
}
