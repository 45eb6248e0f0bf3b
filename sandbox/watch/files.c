/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - files that are opened for writing, created, changed, renamed, removed
 *
 * One table says where each call keeps its paths. Paths are what the caller's memory said while it
 * waited: claims, which the mounts of the box bound and the hashes of the product's own files
 * check.
 */
#include "sandbox/watch/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sandbox/watch/clocks.h"
#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/maps.h"
#include "sandbox/watch/outcome.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/target.h"
#include "sandbox/watch/watch.h"
#include "tcbox/own.h"
#include "tcbox/syscalls_newer.h"

#define NONE (-1)

/*
 * Argument numbers; NONE: the call has no such argument. A call with dir but no path is about the
 * descriptor itself.
 */
struct file_call {
	int nr;
	const char *op; /* NULL: by the flags, see op_of() */
	int dir, path;
	int dir2, path2;
};

static const struct file_call file_calls[] = {
	{ __NR_open, NULL, NONE, 0, NONE, NONE },
	{ __NR_openat, NULL, 0, 1, NONE, NONE },
	{ __NR_openat2, NULL, 0, 1, NONE, NONE },
	{ __NR_creat, NULL, NONE, 0, NONE, NONE },
	{ __NR_unlink, "remove", NONE, 0, NONE, NONE },
	{ __NR_unlinkat, NULL, 0, 1, NONE, NONE },
	{ __NR_rmdir, "rmdir", NONE, 0, NONE, NONE },
	{ __NR_rename, "rename", NONE, 0, NONE, 1 },
	{ __NR_renameat, "rename", 0, 1, 2, 3 },
	{ __NR_renameat2, "rename", 0, 1, 2, 3 },
	{ __NR_mkdir, "mkdir", NONE, 0, NONE, NONE },
	{ __NR_mkdirat, "mkdir", 0, 1, NONE, NONE },
	{ __NR_mknod, "mknod", NONE, 0, NONE, NONE },
	{ __NR_mknodat, "mknod", 0, 1, NONE, NONE },
	{ __NR_link, "link", NONE, 0, NONE, 1 },
	{ __NR_linkat, "link", 0, 1, 2, 3 },
	{ __NR_symlink, "symlink", NONE, 1, NONE, NONE },
	{ __NR_symlinkat, "symlink", 1, 2, NONE, NONE },
	{ __NR_truncate, "truncate", NONE, 0, NONE, NONE },
	{ __NR_chmod, "chmod", NONE, 0, NONE, NONE },
	{ __NR_fchmod, "chmod", 0, NONE, NONE, NONE },
	{ __NR_fchmodat, "chmod", 0, 1, NONE, NONE },
	{ __NR_fchmodat2, "chmod", 0, 1, NONE, NONE },
	{ __NR_chown, "chown", NONE, 0, NONE, NONE },
	{ __NR_lchown, "chown", NONE, 0, NONE, NONE },
	{ __NR_fchown, "chown", 0, NONE, NONE, NONE },
	{ __NR_fchownat, "chown", 0, 1, NONE, NONE },
	{ __NR_setxattr, "xattr", NONE, 0, NONE, NONE },
	{ __NR_lsetxattr, "xattr", NONE, 0, NONE, NONE },
	{ __NR_fsetxattr, "xattr", 0, NONE, NONE, NONE },
	{ __NR_setxattrat, "xattr", 0, 1, NONE, NONE },
	{ __NR_removexattr, "xattr", NONE, 0, NONE, NONE },
	{ __NR_lremovexattr, "xattr", NONE, 0, NONE, NONE },
	{ __NR_fremovexattr, "xattr", 0, NONE, NONE, NONE },
	{ __NR_removexattrat, "xattr", 0, 1, NONE, NONE },
	{ __NR_file_setattr, "xattr", 0, 1, NONE, NONE },
	{ __NR_ioctl, "xattr", 0, NONE, NONE, NONE },
	{ __NR_utime, "time", NONE, 0, NONE, NONE },
	{ __NR_utimes, "time", NONE, 0, NONE, NONE },
	{ __NR_futimesat, "time", 0, 1, NONE, NONE },
	{ __NR_utimensat, "time", 0, 1, NONE, NONE },
};

static const struct file_call *file_call(int nr)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(file_calls); i++)
		if (file_calls[i].nr == nr)
			return &file_calls[i];
	return NULL;
}

/* One path of the call, absolute. Return: 0 or negative errno */
static int path_arg(pid_t tid, const __u64 *a, int dir, int path, char out[TGT_PATH_MAX])
{
	char raw[PATH_MAX] = "";
	int dirfd = dir == NONE ? AT_FDCWD : (int)a[dir];

	if (path != NONE && a[path]) { /* utimensat(fd, NULL): the descriptor itself */
		ssize_t n = tgt_string(tid, a[path], raw, sizeof(raw));

		if (n < 0)
			return (int)n;
	}
	return tgt_path(tid, dirfd, raw, out);
}

/* @there: something is where the path leads to */
static const char *op_of_open(struct watch *w, const struct watch_note *n, bool there)
{
	const struct seccomp_data *d = &n->req->data;
	uint64_t flags = d->nr == __NR_open   ? d->args[1] :
			 d->nr == __NR_openat ? d->args[2] :
						O_CREAT | O_WRONLY | O_TRUNC;

	if (d->nr == __NR_openat2 &&
	    tgt_read((pid_t)n->req->pid, d->args[2], &flags, sizeof(flags)) < 0) {
		w->n.calls_unread++;
		return "write";
	}
	if (flags & O_PATH)
		return NULL;
	if ((flags & O_TMPFILE) == O_TMPFILE)
		return "create";
	if ((flags & O_CREAT) && ((flags & O_EXCL) || !there))
		return "create";
	if ((flags & O_ACCMODE) == O_RDONLY && !(flags & O_TRUNC))
		return NULL; /* O_CREAT of a file that is there, or openat2 for reading */
	return "write";
}

/* follows() - does the call change what a symbolic link leads to? The others change the link, or
 * make it */
static bool follows(const struct file_call *c, const __u64 *a)
{
	static const char *const ops[] = { "truncate", "chmod", "chown", "xattr", "time" };

	switch (c->nr) {
	case __NR_lchown:
	case __NR_lsetxattr:
	case __NR_lremovexattr:
		return false;
	case __NR_utimensat:
	case __NR_fchmodat2:
		return !(a[3] & AT_SYMLINK_NOFOLLOW);
	case __NR_fchownat:
		return !(a[4] & AT_SYMLINK_NOFOLLOW);
	case __NR_setxattrat:
	case __NR_removexattrat:
		return !(a[2] & AT_SYMLINK_NOFOLLOW);
	case __NR_file_setattr:
		return !(a[4] & AT_SYMLINK_NOFOLLOW);
	default:
		break;
	}
	for (size_t i = 0; c->op && i < TB_ARRAY_SIZE(ops); i++)
		if (!strcmp(c->op, ops[i]))
			return true;
	return !c->op && c->nr != __NR_unlinkat;
}

/* find_target() - @out is empty if @path leads to no other place. What fails here fails in the
 * kernel, too, unless the product renames something all the time */
static void find_target(struct watch *w, pid_t tid, const char *path, bool follow,
			char out[TGT_PATH_MAX])
{
	int root = w->where->moved ? -1 : w->where->root, rc = -ENOENT;

	if (path[0] == '/' && strncmp(path, "/memfd:", 7) != 0)
		rc = tgt_real(tid, root, path, follow, out);
	w->n.calls_unread += rc == -EAGAIN;
	if (rc < 0 || !strcmp(out, path))
		out[0] = '\0';
}

/*
 * opens_again() - to open what one has open already, a pipe or a terminal, is no act on a file
 *
 * /dev/fd/2 is believed only where it leads into /proc: a product may have put something else
 * there.
 */
static bool opens_again(pid_t tid, const char *path, const char *target)
{
	if (target[0] && strncmp(target, "/proc/", 6) != 0)
		return false;
	return tgt_nameless(tid, path) || tgt_nameless(tid, target);
}

/* opens_clock() - is this what libfaketime does in each process, sem_open(3) and shm_open(3) of
 * what tcbox made for it? To truncate that, or to write it in another way, is the product's act */
static bool opens_clock(const struct watch *w, const struct watch_note *n,
			const struct outcome_look *before)
{
	const struct seccomp_data *d = &n->req->data;

	return d->nr == __NR_openat &&
	       (d->args[2] & (O_ACCMODE | O_TRUNC | O_APPEND | O_NOFOLLOW)) ==
	       (O_RDWR | O_NOFOLLOW) && clocks_shared(w->clocks, before);
}

/* last_of() - where the call shows what it did: of two paths at the second one */
static const char *last_of(const char *path, const char *target, const char *path2,
			   const char *target2)
{
	if (path2[0])
		return target2[0] ? target2 : path2;
	return target[0] ? target : path;
}

/* append() - at once if the call is refused, else when it is known what became of it */
static void append(struct watch *w, const struct watch_note *n, struct ev *ev, const char *changed,
		   const struct outcome_look *before)
{
	if (strcmp(ev->u.file.op, "read") != 0)
		maps_wrote(w->maps, changed);
	if (!n->error) {
		outcome_later(w, n, ev, changed, before);
		return;
	}
	ev->u.file.outcome = watch_outcome(n);
	ev->u.file.error = watch_errno_name(n->error);
	watch_fold(w, n->p ? n->p->id : 0, ev);
}

void files_call(struct watch *w, const struct watch_note *n)
{
	const struct file_call *c = file_call(n->req->data.nr);
	const __u64 *a = n->req->data.args;
	pid_t tid = (pid_t)n->req->pid;
	char path[TGT_PATH_MAX] = "", path2[TGT_PATH_MAX] = "", target[TGT_PATH_MAX],
		target2[TGT_PATH_MAX];
	char named[4][ELSEWHERE_MAX];
	struct ev ev = { .kind = EV_FILE };
	struct outcome_look before;
	const char *op, *changed;
	int rc, rc2 = 0;

	if (!c)
		return;
	rc = path_arg(tid, a, c->dir, c->path, path);
	if (c->path2 != NONE)
		rc2 = path_arg(tid, a, c->dir2, c->path2, path2);
	/* A bad pointer or descriptor fails in the kernel too; a directory may just not be
	 * there. */
	if (rc < 0 || rc2 < 0)
		w->n.calls_unread += rc != -ENOENT && rc2 != -ENOENT;
	find_target(w, tid, path, follows(c, a), target);
	find_target(w, tid, path2, false, target2);
	changed = last_of(path, target, path2, target2);
	before = outcome_look(w, tid, changed);
	op = c->op;
	if (!op && c->nr == __NR_unlinkat)
		op = a[2] & AT_REMOVEDIR ? "rmdir" : "remove";
	else if (!op)
		op = op_of_open(w, n, before.there);
	if (!op)
		return;
	if (!c->op && (opens_again(tid, path, target) || opens_clock(w, n, &before)))
		return;
	if (!watch_alive(w, n->req))
		return;
	ev.u.file.op = op;
	ev.u.file.abi = n->abi;
	ev.u.file.path = elsewhere_path(w->where, tid, path, named[0]);
	ev.u.file.path2 = elsewhere_path(w->where, tid, path2, named[1]);
	ev.u.file.target = elsewhere_path(w->where, tid, target, named[2]);
	ev.u.file.target2 = elsewhere_path(w->where, tid, target2, named[3]);
	append(w, n, &ev, changed, &before);
}

void files_bound(struct watch *w, const struct watch_note *n, const char *path)
{
	pid_t tid = (pid_t)n->req->pid;
	char whole[TGT_PATH_MAX] = "", target[TGT_PATH_MAX], named[2][ELSEWHERE_MAX];
	struct ev ev = { .kind = EV_FILE };
	struct outcome_look before;
	const char *changed;
	int rc = tgt_path(tid, AT_FDCWD, path, whole);

	w->n.calls_unread += rc < 0 && rc != -ENOENT;
	find_target(w, tid, whole, false, target);
	changed = last_of(whole, target, "", "");
	before = outcome_look(w, tid, changed);
	if (!watch_alive(w, n->req))
		return;
	ev.u.file.op = "mknod";
	ev.u.file.path = elsewhere_path(w->where, tid, whole, named[0]);
	ev.u.file.target = elsewhere_path(w->where, tid, target, named[1]);
	append(w, n, &ev, changed, &before);
}
