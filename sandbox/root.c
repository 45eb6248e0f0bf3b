/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root.c - the box's own file system
 *
 * How it works
 *	An ordinary user cannot overlay "/" as a whole: the kernel refuses to clone a mount that has locked mounts below it
 *	(mount_namespaces(7)). So the new root is a directory of a tmpfs ("the layer") with one overlay for each top-level directory
 *	of the host; a directory that has mounts below it is made anew and its entries are treated the same way,
 *	one level down. All writes land in the layer, whose size is limited and which vanishes with the box.
 *
 *	/dev, /proc, /sys, /run, /tmp, /var/tmp, /home and /root are private: they start nearly empty, so no socket of a host service,
 *	no other user's file and no device is there. What the product needs of them (its own directory, its working directory)
 *	is overlaid at its usual place.
 *
 *	The first write in a directory makes overlayfs copy the directories above it, up to the overlay's own root, with their owners; for
 *	owners that U does not know this fails with EOVERFLOW. So a directory of the product that it may write gets an overlay of its own.
 *
 *	While it is built, the host is under /old, the layer under /layer, the new root under /new, all on a small tmpfs that
 *	pivot_root(2) made the root; at the end /new becomes the root and the rest is detached.
 *
 * Limits
 *	Other directories that the product may write although their parents belong to somebody else are read-only in effect.
 *	Mounts made by the product's user namespaces cannot uncover what is hidden here: all of this is mounted in the parent user namespace
 *	and thereby locked.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/warden.h"
#include "tcbox/buf.h"
#include "tcbox/io.h"
#include "tcbox/own.h"

#define LOCKED (MS_NOSUID | MS_NODEV)

struct root {
	const struct sbx_options *opt;
	void (*degraded)(void *arg, const char *text);
	void *arg;
	char **mounts;			/* mount points of the host, as paths from its root */
	size_t nmounts;
	unsigned int noverlays;
	bool *staged;			/* per opt->files: already in an upper directory */
};

static const char *const private_dirs[] = { "dev", "proc", "sys", "run", "tmp", "home", "root" };

static const char *const devices[] = { "null", "zero", "full", "random", "urandom", "tty" };

static const struct {
	const char *to, *path;
} dev_links[] = {
	{ "/proc/self/fd", "/new/dev/fd" },	{ "/proc/self/fd/0", "/new/dev/stdin" },
	{ "/proc/self/fd/1", "/new/dev/stdout" }, { "/proc/self/fd/2", "/new/dev/stderr" },
	{ "pts/ptmx", "/new/dev/ptmx" },
};

static int join(char out[PATH_MAX], const char *a, const char *b, struct tb_err *err)
{
	int n = snprintf(out, PATH_MAX, "%s%s", a, b);

	return n < 0 || n >= PATH_MAX ? tb_err_set(err, ENAMETOOLONG, "%s%s", a, b) : 0;
}

static bool below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (path[n] == '/' || !path[n]);
}

static int make_dir(const char *path, mode_t mode, struct tb_err *err)
{
	if (mkdir(path, mode) && errno != EEXIST)
		return tb_err_set(err, errno, "create %s", path);
	return 0;
}

/* make_dirs() - a directory and its parents; parents that are there stay as they are */
static int make_dirs(const char *path, mode_t mode, struct tb_err *err)
{
	char part[PATH_MAX];
	char *slash;
	int ret;

	ret = join(part, path, "", err);
	for (slash = strchr(part + 1, '/'); !ret && slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ret = make_dir(part, 0755, err);
		*slash = '/';
	}
	return ret ? ret : make_dir(part, mode, err);
}

/* make_parents() - the directories above a path */
static int make_parents(const char *path, struct tb_err *err)
{
	char dir[PATH_MAX];
	char *slash;
	int ret = join(dir, path, "", err);

	if (ret)
		return ret;
	slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	return make_dirs(dir, 0755, err);
}

static int make_file(const char *path, const void *data, size_t len, mode_t mode, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	int ret = make_parents(path, err);

	if (ret)
		return ret;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return tb_err_set(err, errno, "create %s", path);
	ret = tb_write_all(fd, data, len);
	return ret ? tb_err_set(err, -ret, "write %s", path) : 0;
}

/* unescape_mount() - mountinfo writes blanks and backslashes as three octal digits, proc_pid_mountinfo(5) */
static void unescape_mount(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* read_mounts() - which paths of the host are mount points */
static int read_mounts(struct root *r, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	char *line, *save = NULL, *point;
	char **grown;
	int ret, i;

	ret = tb_read_file(AT_FDCWD, "/proc/self/mountinfo", 64u << 20, &text, err);
	if (ret)
		return ret;
	for (line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		for (i = 0, point = line; i < 4 && point; i++)		/* the fifth field is the mount point */
			point = strchr(point, ' ') ? strchr(point, ' ') + 1 : NULL;
		if (!point || !strchr(point, ' '))
			continue;
		*strchr(point, ' ') = '\0';
		unescape_mount(point);
		grown = realloc(r->mounts, (r->nmounts + 1) * sizeof(*grown));
		if (!grown)
			return tb_err_set(err, ENOMEM, "read mounts");
		r->mounts = grown;
		grown[r->nmounts] = strdup(point);
		if (!grown[r->nmounts])
			return tb_err_set(err, ENOMEM, "read mounts");
		r->nmounts++;
	}
	return 0;
}

static bool has_mounts_below(const struct root *r, const char *path)
{
	size_t i;

	for (i = 0; i < r->nmounts; i++)
		if (below(r->mounts[i], path) && strcmp(r->mounts[i], path))
			return true;
	return false;
}

/* stage_files() - put the files of the run that lie in @path into the upper directory, before it is mounted */
static int stage_files(struct root *r, const char *path, const char *upper, struct tb_err *err)
{
	char to[PATH_MAX];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < r->opt->nfiles; i++) {
		const struct sbx_file *f = &r->opt->files[i];

		if (!below(f->path, path))
			continue;
		ret = join(to, upper, f->path + strlen(path), err);
		if (!ret)
			ret = make_file(to, f->data, f->len, f->mode, err);
		r->staged[i] = true;
	}
	return ret;
}

/* add_escaped() - overlayfs splits its options at commas and lowerdir at colons; a backslash takes that away */
static void add_escaped(struct tb_buf *b, const char *s)
{
	for (; *s; s++) {
		if (strchr("\\,:", *s))
			tb_buf_addc(b, '\\');
		tb_buf_addc(b, *s);
	}
}

/* bind_readonly() - what cannot be overlaid is at least visible */
static int bind_readonly(struct root *r, const char *from, const char *to, int code)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct statvfs vfs;
	unsigned long locked = 0;

	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL))
		return -errno;
	if (!statvfs(to, &vfs))		/* flags that the host set may not be taken away, mount_namespaces(7) */
		locked = ((vfs.f_flag & ST_NOEXEC) ? MS_NOEXEC : 0) | ((vfs.f_flag & ST_NOATIME) ? MS_NOATIME : 0) |
			 ((vfs.f_flag & ST_RELATIME) ? MS_RELATIME : 0);
	if (mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | LOCKED | locked, NULL)) {
		code = errno;
		(void)umount2(to, MNT_DETACH);
		return -code;
	}
	tb_buf_addf(&text, "%s is read-only in the box: it cannot be overlaid (%s)", to + strlen("/new"), strerror(code));
	if (!text.failed)
		r->degraded(r->arg, text.data);
	return 0;
}

/* overlay() - @path of the host with a private writable layer above it */
static int overlay(struct root *r, const char *path, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf data = TB_BUF_INIT;
	char from[PATH_MAX], to[PATH_MAX], upper[64], work[64];
	struct stat st;
	mode_t mode;
	int ret;

	(void)snprintf(upper, sizeof(upper), "/layer/upper/%u", r->noverlays);
	(void)snprintf(work, sizeof(work), "/layer/work/%u", r->noverlays++);
	ret = join(from, "/old", path, err);
	if (!ret)
		ret = join(to, "/new", path, err);
	if (!ret && stat(from, &st))
		ret = tb_err_set(err, errno, "look at %s", path);
	if (!ret) {
		mode = st.st_mode & 07777;
		/* the upper directory is the product's, whosever @path is: what it may not write outside it may not write here */
		if (access(from, W_OK))
			mode &= ~(mode_t)0222;
		ret = make_dir(upper, mode, err);
	}
	if (!ret)
		ret = make_dir(work, 0700, err);
	if (!ret)
		ret = stage_files(r, path, upper, err);
	if (ret)
		return ret;
	tb_buf_adds(&data, "lowerdir=");
	add_escaped(&data, from);
	tb_buf_addf(&data, ",upperdir=%s,workdir=%s,userxattr", upper, work);
	if (data.failed)
		return tb_err_set(err, ENOMEM, "overlay %s", path);
	if (!mount("overlay", to, "overlay", LOCKED, data.data))
		return 0;
	ret = bind_readonly(r, from, to, errno);
	return ret ? tb_err_set(err, -ret, "overlay %s", path) : 0;
}

static int copy_link(const char *from, const char *to, struct tb_err *err)
{
	char target[PATH_MAX];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	if (n < 0)
		return tb_err_set(err, errno, "read link %s", from);
	target[n] = '\0';
	return symlink(target, to) ? tb_err_set(err, errno, "create link %s", to) : 0;
}

/* bind_file() - a single file of the host, read-only */
static int bind_file(const char *from, const char *to, struct tb_err *err)
{
	int ret = make_file(to, "", 0, 0644, err);

	if (ret)
		return ret;
	if (mount(from, to, NULL, MS_BIND, NULL))
		return tb_err_set(err, errno, "bind %s", from);
	(void)mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | LOCKED, NULL);
	return 0;
}

static int mirror_dir(struct root *r, const char *path, struct tb_err *err);

/* mirror_entry() - one entry of the host at the same place in the box. What may not be looked at is left out */
static int mirror_entry(struct root *r, const char *path, struct tb_err *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct stat st;
	int ret;

	ret = join(from, "/old", path, err);
	if (!ret)
		ret = join(to, "/new", path, err);
	if (ret || lstat(from, &st))
		return ret;
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, err);
	if (S_ISREG(st.st_mode))
		return bind_file(from, to, err);
	if (!S_ISDIR(st.st_mode))
		return 0;		/* no sockets, no devices, no pipes of the host */
	ret = make_dir(to, st.st_mode & 07777, err);
	if (ret || access(from, R_OK | X_OK))
		return ret;		/* closed to this user: it is there, and empty */
	return has_mounts_below(r, path) ? mirror_dir(r, path, err) : overlay(r, path, err);
}

/* mirror_dir() - the entries of a host directory. The depth is that of the host's mounts, not of anything a product made */
static int mirror_dir(struct root *r, const char *path, struct tb_err *err)
{
	char from[PATH_MAX], entry[PATH_MAX];
	struct dirent *d;
	int ret = 0, n;
	DIR *dir;

	ret = join(from, "/old", path, err);
	if (ret)
		return ret;
	dir = opendir(from);
	if (!dir)
		return tb_err_set(err, errno, "read %s", path);
	while (!ret && (d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		n = snprintf(entry, sizeof(entry), "%s/%s", path, d->d_name);
		if (n < 0 || (size_t)n >= sizeof(entry))
			ret = tb_err_set(err, ENAMETOOLONG, "%s/%s", path, d->d_name);
		else
			ret = mirror_entry(r, entry, err);
	}
	(void)closedir(dir);
	return ret;
}

static bool is_private(const char *name)
{
	size_t i;

	for (i = 0; i < TB_ARRAY_SIZE(private_dirs); i++)
		if (!strcmp(name, private_dirs[i]))
			return true;
	return false;
}

/* mirror_host() - every top-level entry that is not private */
static int mirror_host(struct root *r, struct tb_err *err)
{
	DIR *dir = opendir("/old");
	char path[NAME_MAX + 2];
	struct dirent *d;
	int ret = 0;

	if (!dir)
		return tb_err_set(err, errno, "read /");
	while (!ret && (d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") || is_private(d->d_name))
			continue;
		(void)snprintf(path, sizeof(path), "/%s", d->d_name);
		ret = mirror_entry(r, path, err);
	}
	(void)closedir(dir);
	return ret;
}

/* private_dir() - a directory of the layer at its place, writable although the root is not */
static int private_dir(const char *name, mode_t mode, struct tb_err *err)
{
	char from[64], to[64];
	int ret;

	(void)snprintf(from, sizeof(from), "/layer/private/%s", name);
	(void)snprintf(to, sizeof(to), "/new/%s", name);
	ret = make_dirs(from, mode, err);
	if (!ret)
		ret = make_dirs(to, mode, err);
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

	ret = private_dir("dev", 0755, err);
	for (i = 0; !ret && i < TB_ARRAY_SIZE(devices); i++) {
		(void)snprintf(from, sizeof(from), "/old/dev/%s", devices[i]);
		(void)snprintf(to, sizeof(to), "/new/dev/%s", devices[i]);
		ret = make_file(to, "", 0, 0666, err);
		if (!ret && mount(from, to, NULL, MS_BIND, NULL))
			ret = tb_err_set(err, errno, "bind %s", from + strlen("/old"));
	}
	for (i = 0; !ret && i < TB_ARRAY_SIZE(dev_links); i++)
		if (symlink(dev_links[i].to, dev_links[i].path))
			ret = tb_err_set(err, errno, "create %s", dev_links[i].path + strlen("/new"));
	if (!ret)
		ret = make_dir("/new/dev/pts", 0755, err);
	if (!ret && mount("devpts", "/new/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"))
		ret = tb_err_set(err, errno, "mount /dev/pts of the box");
	if (!ret)
		ret = make_dir("/new/dev/shm", 01777, err);
	return ret;
}

static int make_private(struct root *r, struct tb_err *err)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = { { "run", 0755 }, { "tmp", 01777 }, { "home", 0755 }, { "root", 0700 } };
	struct stat st;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < TB_ARRAY_SIZE(dirs); i++)
		ret = private_dir(dirs[i].name, dirs[i].mode, err);
	/* where it is no link to another place */
	if (!ret && !lstat("/new/var/tmp", &st) && S_ISDIR(st.st_mode))
		ret = private_dir("var/tmp", 01777, err);
	if (!ret)
		ret = make_dir("/new/run/lock", 01777, err);
	if (!ret)
		ret = make_dev(err);
	if (!ret)
		ret = make_dir("/new/proc", 0555, err);
	if (!ret && mount("proc", "/new/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		ret = tb_err_set(err, errno, "mount /proc of the box");
	if (!ret)
		ret = make_dir("/new/sys", 0555, err);
	if (!ret && mount("sysfs", "/new/sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		r->degraded(r->arg, "/sys is empty in the box: sysfs cannot be mounted");
	return ret;
}

static const char *env_value(const struct sbx_options *opt, const char *name)
{
	size_t n = strlen(name), i;

	for (i = 0; opt->env[i]; i++)
		if (!strncmp(opt->env[i], name, n) && opt->env[i][n] == '=')
			return opt->env[i] + n + 1;
	return NULL;
}

static bool in_private_place(const char *path)
{
	static const char *const places[] = { "/home", "/root", "/tmp", "/var/tmp", "/run", "/dev/shm" };
	size_t i;

	for (i = 0; i < TB_ARRAY_SIZE(places); i++)
		if (below(path, places[i]) && strcmp(path, places[i]))
			return true;
	return false;
}

/* own_place() - a directory that the product may write, outside of what is private */
static bool own_place(const char *path, const char *from, const struct stat *st)
{
	size_t i;

	for (i = 0; i < TB_ARRAY_SIZE(private_dirs); i++)
		if (below(path + 1, private_dirs[i]))
			return false;
	return path[1] && strcmp(path, "/var/tmp") && S_ISDIR(st->st_mode) && !access(from, W_OK);
}

/* expose() - a directory or file that the product needs although its place is private, or a directory that it may write */
static int expose(struct root *r, const char *path, struct tb_err *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct stat st;
	int ret;

	ret = join(from, "/old", path, err);
	if (!ret)
		ret = join(to, "/new", path, err);
	if (ret)
		return ret;
	if (stat(from, &st))
		return tb_err_set(err, errno, "%s", path);
	if (!in_private_place(path) && !own_place(path, from, &st))
		return 0;
	ret = make_parents(to, err);
	if (ret)
		return ret;
	if (!S_ISDIR(st.st_mode))
		return bind_file(from, to, err);
	ret = make_dir(to, st.st_mode & 07777, err);
	if (ret)
		return ret;
	return has_mounts_below(r, path) ? mirror_dir(r, path, err) : overlay(r, path, err);
}

static int by_length(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	size_t lx = strlen(*x), ly = strlen(*y);

	return lx < ly ? -1 : lx > ly;
}

/* expose_all() - shorter paths first, since a mount hides what was mounted below it before; what is below another is there already */
static int expose_all(struct root *r, struct tb_err *err)
{
	const struct sbx_options *opt = r->opt;
	TB_AUTOFREE const char **paths = calloc(opt->nexpose + 1, sizeof(*paths));
	const char *home = env_value(opt, "HOME");
	char to[PATH_MAX];
	size_t i, j;
	int ret = 0;

	if (!paths)
		return tb_err_set(err, ENOMEM, "expose directories");
	if (home && in_private_place(home)) {
		ret = join(to, "/new", home, err);
		if (!ret)
			ret = make_dirs(to, 0700, err);
	}
	for (i = 0; i < opt->nexpose; i++)
		paths[i] = opt->expose[i];
	qsort(paths, opt->nexpose, sizeof(*paths), by_length);
	for (i = 0; !ret && i < opt->nexpose; i++) {
		for (j = 0; j < i && !below(paths[i], paths[j]); j++)
			;
		if (j == i)
			ret = expose(r, paths[i], err);
	}
	return ret;
}

/* place_files() - the run's files that lie in private directories */
static int place_files(struct root *r, struct tb_err *err)
{
	char to[PATH_MAX];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < r->opt->nfiles; i++) {
		const struct sbx_file *f = &r->opt->files[i];

		if (r->staged[i])
			continue;
		ret = join(to, "/new", f->path, err);
		if (!ret)
			ret = make_file(to, f->data, f->len, f->mode, err);
	}
	return ret;
}

/* enter_stage() - a small tmpfs becomes the root, with the host under /old */
static int enter_stage(const struct root *r, struct tb_err *err)
{
	char options[64];

	if (mount("tmpfs", "/tmp", "tmpfs", LOCKED, "size=1m,mode=0755"))
		return tb_err_set(err, errno, "mount tmpfs");
	if (mkdir("/tmp/old", 0755) || mkdir("/tmp/new", 0755) || mkdir("/tmp/layer", 0755))
		return tb_err_set(err, errno, "create directories");
	if (syscall(SYS_pivot_root, "/tmp", "/tmp/old") || chdir("/"))
		return tb_err_set(err, errno, "change the root");
	(void)snprintf(options, sizeof(options), "size=%llu,mode=0755", (unsigned long long)r->opt->layer_bytes);
	if (mount("tmpfs", "/layer", "tmpfs", LOCKED, options))
		return tb_err_set(err, errno, "mount the private layer");
	if (mkdir("/layer/upper", 0755) || mkdir("/layer/work", 0755) || mkdir("/layer/private", 0755) ||
	    mkdir("/layer/root", 0755))
		return tb_err_set(err, errno, "create directories");
	if (mount("/layer/root", "/new", NULL, MS_BIND, NULL))
		return tb_err_set(err, errno, "mount the new root");
	return 0;
}

/* leave_stage() - the new root becomes the root, the host and the layer are out of reach */
static int leave_stage(struct tb_err *err)
{
	if (mount(NULL, "/new", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | LOCKED, NULL))
		return tb_err_set(err, errno, "make the root read-only");
	if (chdir("/new") || syscall(SYS_pivot_root, ".", "."))	/* pivot_root(2), "pivot_root(".", ".")" */
		return tb_err_set(err, errno, "enter the new root");
	if (umount2(".", MNT_DETACH) || chdir("/"))
		return tb_err_set(err, errno, "detach the host's file system");
	return 0;
}

static int build(struct root *r, struct tb_err *err)
{
	int ret;

	ret = read_mounts(r, err);		/* as the host has them, before anything moves */
	if (!ret)
		ret = enter_stage(r, err);
	if (!ret)
		ret = mirror_host(r, err);
	if (!ret)
		ret = make_private(r, err);
	if (!ret)
		ret = expose_all(r, err);
	if (!ret)
		ret = place_files(r, err);
	if (!ret)
		ret = leave_stage(err);
	return ret;
}

int root_build(const struct sbx_options *opt, void (*degraded)(void *arg, const char *text), void *arg, struct tb_err *err)
{
	struct root r = { .opt = opt, .degraded = degraded, .arg = arg };
	size_t i;
	int ret;

	(void)umask(0);				/* modes below are meant as they stand */
	r.staged = calloc(opt->nfiles + 1, sizeof(*r.staged));
	ret = r.staged ? build(&r, err) : tb_err_set(err, ENOMEM, "build the root");
	for (i = 0; i < r.nmounts; i++)
		free(r.mounts[i]);
	free(r.mounts);
	free(r.staged);
	return ret ? tb_err_wrap(err, "build the box's file system") : 0;
}
