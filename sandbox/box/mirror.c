/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mirror.c - the host's directories at the same place in the box, with a private writable layer
 * above them
 *
 * How it works
 *	An ordinary user cannot overlay "/" as a whole: the kernel refuses to clone a mount that has
 *	locked mounts below it (mount_namespaces(7)). So each top-level directory gets an overlay of
 *	its own; a directory that has mounts below it is made anew and its entries are treated the
 *	same way, one level down.
 *
 *	The first write in a directory makes overlayfs copy the directories above it, up to the
 *	overlay's own root, with their owners; for owners that U does not know this fails with
 *	EOVERFLOW. So a directory of the product that it may write gets an overlay of its own
 *	(root.c). Other directories that the product may write although their parents belong to
 *	somebody else are read-only in effect.
 *
 *	So root of the box could change nothing in the machine's directories. For it, each directory
 *	of an unknown owner is made anew in the private layer, as its own, and so are the files that
 *	installing a package rewrites: copy.c.
 *
 *	The private directories of an overlay are named after its place, so that a layer that is
 *	kept is found again. What an earlier run left in it is hostile: nothing of it is followed
 *	(tree_plain()), and of the run's own files only those are put there that are not there yet.
 */
#include "sandbox/box/mirror.h"

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
#include <unistd.h>

#include "sandbox/box/copy.h"
#include "sandbox/box/hide.h"
#include "sandbox/box/tree.h"
#include "tcbox/buf.h"
#include "tcbox/file.h"
#include "tcbox/grow.h"
#include "tcbox/hash.h"
#include "tcbox/own.h"

#define LAYER_NAME 256		/* "/layer/kept/overlay/" and a name */
#define LAYER_PLAIN_MAX 160	/* of a name before it is cut */

static bool octal(char c)
{
	return c >= '0' && c <= '7';
}

/* unescape_mount() - mountinfo writes blanks and backslashes as three octal digits,
 * proc_pid_mountinfo(5) */
static void unescape_mount(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && octal(s[2]) && octal(s[3])) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static int add_point(struct mirror_points *p, const char *path, struct tb_err *err)
{
	char **grown = tb_grow(p->v, p->n, 1, sizeof(*grown));

	if (!grown)
		return tb_err_set(err, ENOMEM, "%s", path);
	p->v = grown;
	grown[p->n] = strdup(path);
	if (!grown[p->n])
		return tb_err_set(err, ENOMEM, "%s", path);
	p->n++;
	return 0;
}

int mirror_points_parse(struct mirror_points *p, char *text, struct tb_err *err)
{
	char *line, *save = NULL, *point;
	int ret, i;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		/* the fifth field is the mount point */
		for (i = 0, point = line; i < 4 && point; i++)
			point = strchr(point, ' ') ? strchr(point, ' ') + 1 : NULL;
		if (!point || !strchr(point, ' '))
			continue;
		*strchr(point, ' ') = '\0';
		unescape_mount(point);
		ret = add_point(p, point, err);
		if (ret)
			return ret;
	}
	return 0;
}

int mirror_points_read(struct mirror_points *p, const char *mountinfo, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = tb_read_file(AT_FDCWD, mountinfo, 64u << 20, &text, err);

	if (ret || !text.data)
		return ret;
	return mirror_points_parse(p, text.data, err);
}

void mirror_points_clear(struct mirror_points *p)
{
	while (p->n)
		free(p->v[--p->n]);
	free(p->v);
	p->v = NULL;
}

static bool has_mounts_below(const struct mirror *m, const char *path)
{
	size_t i;

	for (i = 0; i < m->mounts.n; i++)
		if (tree_below(m->mounts.v[i], path) && strcmp(m->mounts.v[i], path))
			return true;
	return false;
}

/* make_point() - something of the same kind to mount @from on, unless it is there */
static int make_point(const char *from, const char *to, struct tb_err *err)
{
	struct stat st;

	if (!lstat(to, &st))
		return 0;
	if (stat(from, &st))
		return tb_err_set(err, errno, "look at %s", from + strlen("/old"));
	return S_ISDIR(st.st_mode) ? tree_dirs(to, 0755, err) : tree_file(to, "", 0, 0644, err);
}

/* is_left() - did an earlier run leave something at @to, or on the way there? */
static bool is_left(const struct mirror *m, const char *to)
{
	struct stat st;

	return m->opt->mounts.state && (tree_plain(to, NULL) || !lstat(to, &st));
}

/* stage_files() - put the files of the run that lie in @path into the upper directory, before it is
 * mounted */
static int stage_files(struct mirror *m, const char *path, const char *upper, struct tb_err *err)
{
	char to[PATH_MAX];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < m->opt->mounts.nfiles; i++) {
		const struct sbx_file *f = &m->opt->mounts.files[i];

		if (!tree_below(f->path, path))
			continue;
		ret = tree_join(to, upper, f->path + strlen(path), err);
		if (!ret && !is_left(m, to))
			ret = tree_file(to, f->data, f->len, f->mode, err);
		m->staged[i] = true;
	}
	return ret;
}

/* stage_points() - the same for the places of binds that the host has not: later, overlayfs would
 * have to copy the directories above them with their owners */
static int stage_points(struct mirror *m, const char *host, const char *path, const char *upper,
			struct tb_err *err)
{
	char from[PATH_MAX], at[PATH_MAX], to[PATH_MAX];
	struct stat st;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < m->opt->mounts.nbinds; i++) {
		const struct sbx_bind *b = &m->opt->mounts.binds[i];
		const char *rest = b->to + strlen(path);

		if (!tree_below(b->to, path) || !*rest)
			continue;
		ret = tree_join(at, host, rest, err);
		if (ret || !lstat(at, &st))
			continue;
		ret = tree_join(from, "/old", b->from, err);
		if (!ret)
			ret = tree_join(to, upper, rest, err);
		if (!ret)
			ret = make_point(from, to, err);
	}
	return ret;
}

unsigned long mirror_kept_flags(const char *path)
{
	struct statvfs vfs;

	if (statvfs(path, &vfs))
		return 0;
	return ((vfs.f_flag & ST_NOEXEC) ? MS_NOEXEC : 0) | ((vfs.f_flag & ST_NOATIME) ?
							     MS_NOATIME : 0) |
	       ((vfs.f_flag & ST_RELATIME) ? MS_RELATIME : 0);
}

/* bind_readonly() - what cannot be overlaid is at least visible */
static int bind_readonly(struct mirror *m, const char *from, const char *to, int code)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL))
		return -errno;
	if (mount(NULL, to, NULL,
		  MS_REMOUNT | MS_BIND | MS_RDONLY | MIRROR_LOCKED | mirror_kept_flags(to), NULL)) {
		code = errno;
		(void)umount2(to, MNT_DETACH);
		return -code;
	}
	tb_buf_addf(&text, "%s is read-only in the box: it cannot be overlaid (%s)",
		    to + strlen("/new"), strerror(code));
	if (!text.failed)
		m->degraded(m->arg, text.data);
	return 0;
}

/* name_layer() - the private directory of the overlay at @path: "/" and "%" are written as "%2f"
 * and "%25", and what was bound has a "+" before it, because it may hide another overlay. A long
 * name is cut and made unique again by its hash.
 * Return: false if it was cut */
static bool name_layer(const struct mirror *m, const char *path, char out[LAYER_NAME])
{
	size_t n = (size_t)snprintf(out, LAYER_NAME, "%s/overlay/%s", m->layer, m->bind ? "+" : ""),
		most = n + LAYER_PLAIN_MAX;
	const uint64_t hash = tb_hash(path, strlen(path));
	const char *at;

	for (at = path; *at && n < most; at++) {
		if (*at == '/' || *at == '%')
			n += (size_t)snprintf(out + n, LAYER_NAME - n, "%%%02x", (unsigned int)*at);
		else
			out[n++] = *at;
	}
	if (*at)
		n += (size_t)snprintf(out + n, LAYER_NAME - n, "%%%016llx",
				      (unsigned long long)hash);
	out[n] = '\0';
	return !*at;
}

/* make_layer() - @layer gets what an overlay of the host's directory @from needs that will stand at
 * @path */
static int make_layer(struct mirror *m, const char *from, const char *path, const char *layer,
		      struct tb_err *err)
{
	char lower[LAYER_NAME + 8], upper[LAYER_NAME + 8], work[LAYER_NAME + 8];
	struct stat st;
	mode_t mode;
	int ret;

	(void)snprintf(lower, sizeof(lower), "%s/lower", layer);
	(void)snprintf(upper, sizeof(upper), "%s/upper", layer);
	(void)snprintf(work, sizeof(work), "%s/work", layer);
	if (stat(from, &st))
		return tb_err_set(err, errno, "look at %s", from + strlen("/old"));
	mode = st.st_mode & 07777;
	/* the upper directory is the product's, whosever @from is: what it may not write outside it
	 * may not write here */
	if (access(from, W_OK))
		mode &= ~(mode_t)0222;
	ret = tree_dir(layer, 0755, err);
	if (!ret && m->opt->mounts.state && unlink(lower) && errno != ENOENT)
		ret = tb_err_set(err, errno, "remove %s", lower);
	if (!ret && symlink(from, lower))
		ret = tb_err_set(err, errno, "create %s", lower);
	if (!ret)
		ret = tree_dir(upper, mode, err);
	if (!ret)
		ret = tree_dir(work, 0700, err);
	if (!ret && m->opt->identity.as_root && chmod(upper, st.st_mode & 07777))
		ret = tb_err_set(err, errno, "chmod %s", upper);
	/* before the copies of the machine's files, which leave alone what is there */
	if (!ret)
		ret = stage_files(m, path, upper, err);
	if (!ret && m->opt->identity.as_root)
		ret = copy_for_root(&m->opt->mounts, from, path, upper, err);
	if (!ret)
		ret = stage_points(m, from, path, upper, err);
	if (!ret)
		hide_bundles(&m->opt->mounts, from, upper);
	return ret;
}

/*
 * mount_overlay() - the product can read the options in mountinfo. So they are the same for every
 * overlay, relative to its layer, and tell no path of the host. Return: 0, negative errno of
 * mount(2), or what is in @err
 */
static int mount_overlay(struct mirror *m, const char *from, const char *path, const char *to,
			 struct tb_err *err)
{
	static const char options[] = "lowerdir=lower,upperdir=upper,workdir=work,userxattr";
	char layer[LAYER_NAME];
	int ret;

	if (!name_layer(m, path, layer) && m->opt->mounts.state)
		return tb_err_set(err, ENAMETOOLONG, "keep what is written in %s", path);
	ret = make_layer(m, from, path, layer, err);
	if (ret)
		return ret;
	if (chdir(layer))
		return tb_err_set(err, errno, "enter %s", layer);
	ret = mount("overlay", to, "overlay", MIRROR_LOCKED | (m->readonly ? MS_RDONLY : 0),
		    options) ? -errno : 0;
	return chdir("/") ? tb_err_set(err, errno, "leave %s", layer) : ret;
}

/* overlay() - the directory @src of the host at @dst, with a private writable layer above it */
static int overlay(struct mirror *m, const char *src, const char *dst, struct tb_err *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct tb_err why = { 0 };
	int ret;

	ret = tree_join(from, "/old", src, err);
	if (!ret)
		ret = tree_join(to, "/new", dst, err);
	if (ret)
		return ret;
	ret = mount_overlay(m, from, dst, to, &why);
	if (why.code) {
		*err = why;
		return ret;
	}
	if (ret)
		ret = bind_readonly(m, from, to, -ret);
	return ret ? tb_err_set(err, -ret, "overlay %s", src) : 0;
}

static int copy_link(const struct mirror *m, const char *from, const char *to, struct tb_err *err)
{
	char target[PATH_MAX];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	if (n < 0)
		return tb_err_set(err, errno, "read link %s", from);
	target[n] = '\0';
	if (is_left(m, to))
		return 0;
	return symlink(target, to) ? tb_err_set(err, errno, "create link %s", to) : 0;
}

static int bind_file(const char *from, const char *to, struct tb_err *err)
{
	if (mount(from, to, NULL, MS_BIND, NULL))
		return tb_err_set(err, errno, "bind %s", from);
	if (mount(NULL, to, NULL,
		  MS_REMOUNT | MS_BIND | MS_RDONLY | MIRROR_LOCKED | mirror_kept_flags(to), NULL))
		return tb_err_set(err, errno, "make %s read-only", from);
	return 0;
}

int mirror_file(const char *from, const char *to, struct tb_err *err)
{
	int ret = tree_file(to, "", 0, 0644, err);

	return ret ? ret : bind_file(from, to, err);
}

/* replaced() - will one of the run's files stand here? Then nothing of the host may: a write would
 * go through to it */
static bool replaced(const struct mirror *m, const char *path)
{
	size_t i;

	for (i = 0; i < m->opt->mounts.nfiles; i++)
		if (!strcmp(m->opt->mounts.files[i].path, path))
			return true;
	return false;
}

static int tree(struct mirror *m, const char *src, const char *dst, struct tb_err *err);

static int entry(struct mirror *m, const char *src, const char *dst, struct tb_err *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct stat st;
	int ret;

	ret = tree_join(from, "/old", src, err);
	if (!ret)
		ret = tree_join(to, "/new", dst, err);
	if (ret || lstat(from, &st) || (!S_ISDIR(st.st_mode) && replaced(m, dst)))
		return ret;
	if (S_ISLNK(st.st_mode))
		return copy_link(m, from, to, err);
	if (S_ISREG(st.st_mode))
		return mirror_file(from, to, err);
	if (!S_ISDIR(st.st_mode))
		return 0;		/* no sockets, no devices, no pipes of the host */
	ret = tree_dir(to, st.st_mode & 07777, err);
	if (ret || access(from, R_OK | X_OK) || !strcmp(dst, "/var/tmp"))
		return ret;		/* closed to this user, or private: it is there, and
					 * empty */
	return tree(m, src, dst, err);
}

/* entries() - the entries of a host directory. The depth is that of the host's mounts, not of
 * anything a product made */
static int entries(struct mirror *m, const char *src, const char *dst, struct tb_err *err)
{
	char from[PATH_MAX], child[PATH_MAX], at[PATH_MAX], name[NAME_MAX + 2];
	struct dirent *d;
	int ret = 0;
	DIR *dir;

	ret = tree_join(from, "/old", src, err);
	if (ret)
		return ret;
	dir = opendir(from);
	if (!dir)
		return tb_err_set(err, errno, "read %s", src);
	while (!ret && (d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		(void)snprintf(name, sizeof(name), "/%s", d->d_name);
		ret = tree_join(child, src, name, err);
		if (!ret)
			ret = tree_join(at, dst, name, err);
		if (!ret)
			ret = entry(m, child, at, err);
	}
	(void)closedir(dir);
	return ret;
}

/* is_done() - a directory can be the machine's, the working directory and the program's at once */
static bool is_done(const struct mirror *m, const char *dst)
{
	size_t i;

	for (i = 0; i < m->done.n; i++)
		if (!strcmp(m->done.v[i], dst))
			return true;
	return false;
}

static int tree(struct mirror *m, const char *src, const char *dst, struct tb_err *err)
{
	int ret;

	if (!m->bind && is_done(m, dst))
		return 0;
	ret = m->bind ? 0 : add_point(&m->done, dst, err);
	if (ret)
		return ret;
	return has_mounts_below(m, src) ? entries(m, src, dst, err) : overlay(m, src, dst, err);
}

int mirror_source(const struct mirror *m, char out[PATH_MAX], const char *path, struct tb_err *err)
{
	return tree_join(out, m->opt->mounts.root ? m->opt->mounts.root : "", path, err);
}

int mirror_entry(struct mirror *m, const char *path, struct tb_err *err)
{
	char src[PATH_MAX];
	int ret = mirror_source(m, src, path, err);

	return ret ? ret : entry(m, src, path, err);
}

int mirror_tree(struct mirror *m, const char *path, struct tb_err *err)
{
	char src[PATH_MAX];
	int ret = mirror_source(m, src, path, err);

	return ret ? ret : tree(m, src, path, err);
}

/* writable_file() - a file with a private layer: out of an overlay of its directory, the rest of
 * which stays out of reach. Return: 0 or negative errno */
static int writable_file(struct mirror *m, const char *from, const char *to, struct tb_err *err)
{
	char place[64], dir[PATH_MAX], file[PATH_MAX];
	const char *name = strrchr(from, '/');
	int ret;

	(void)snprintf(place, sizeof(place), "/layer/private/file%u", m->nfiles++);
	(void)snprintf(dir, sizeof(dir), "%.*s", (int)(name - from), from);
	ret = tree_dir(place, 0700, err);
	if (!ret)
		ret = mount_overlay(m, dir, to + strlen("/new"), place, err);
	if (!ret)
		ret = tree_join(file, place, name, err);
	if (!ret && mount(file, to, NULL, MS_BIND, NULL))
		ret = -errno;
	return ret;
}

static int bound_file(struct mirror *m, const struct sbx_bind *b, const char *from, const char *to,
		      struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct tb_err why = { 0 };
	int ret;

	if (b->readonly)
		return bind_file(from, to, err);
	ret = writable_file(m, from, to, &why);
	if (!ret)
		return 0;
	ret = bind_file(from, to, err);
	tb_buf_addf(&text, "%s is read-only in the box: it cannot be overlaid", b->to);
	if (!ret && !text.failed)
		m->degraded(m->arg, text.data);
	return ret;
}

/* bound_tree() - a directory that was made anew, because of mounts in it, becomes a mount of its
 * own that can be read-only */
static int bound_tree(struct mirror *m, const struct sbx_bind *b, const char *to,
		      struct tb_err *err)
{
	bool anew = has_mounts_below(m, b->from);
	char place[64];
	int ret = 0;

	(void)snprintf(place, sizeof(place), "/layer/private/tree%u", m->nfiles++);
	if (anew)
		ret = tree_dir(place, 0755, err);
	if (anew && !ret && mount(place, to, NULL, MS_BIND, NULL))
		ret = tb_err_set(err, errno, "mount %s", b->to);
	m->readonly = b->readonly;
	if (!ret)
		ret = tree(m, b->from, b->to, err);
	m->readonly = false;
	if (anew && !ret && b->readonly &&
	    mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MIRROR_LOCKED, NULL))
		ret = tb_err_set(err, errno, "make %s read-only", b->to);
	return ret;
}

int mirror_bind(struct mirror *m, const struct sbx_bind *b, struct tb_err *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct stat st;
	int ret;

	ret = tree_join(from, "/old", b->from, err);
	if (!ret)
		ret = tree_join(to, "/new", b->to, err);
	if (!ret)
		ret = tree_plain(to, err);
	if (!ret)
		ret = make_point(from, to, err);
	if (!ret && stat(from, &st))
		ret = tb_err_set(err, errno, "%s", b->from);
	if (ret)
		return ret;
	m->bind = true;
	ret = S_ISDIR(st.st_mode) ? bound_tree(m, b, to, err) : bound_file(m, b, from, to, err);
	m->bind = false;
	return ret;
}

int mirror_rest(struct mirror *m, struct tb_err *err)
{
	char to[PATH_MAX];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < m->opt->mounts.nfiles; i++) {
		const struct sbx_file *f = &m->opt->mounts.files[i];

		if (m->staged[i])
			continue;
		ret = tree_join(to, "/new", f->path, err);
		if (!ret && !is_left(m, to))
			ret = tree_file(to, f->data, f->len, f->mode, err);
	}
	return ret;
}

int mirror_open(struct mirror *m, const struct sbx_options *opt,
		void (*degraded)(void *arg, const char *text), void *arg,
		struct tb_err *err)
{
	*m = (struct mirror){ .opt = opt, .degraded = degraded, .arg = arg,
			      .layer = opt->mounts.state ? LAYER_KEPT : LAYER_PASSING };
	m->staged = calloc(opt->mounts.nfiles + 1, sizeof(*m->staged));
	if (!m->staged)
		return tb_err_set(err, ENOMEM, "prepare files");
	return mirror_points_read(&m->mounts, "/proc/self/mountinfo", err);
}

void mirror_close(struct mirror *m)
{
	mirror_points_clear(&m->mounts);
	mirror_points_clear(&m->done);
	free(m->staged);
	*m = (struct mirror){ .opt = NULL };
}
