/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broken.c - what works on the machine and not in the box
 *
 * How it works: the same path is looked at outside the box, with the rights of who started tcbox:
 * where these would not do either, the box has broken nothing.
 */
#include "sandbox/watch/broken.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/target.h"
#include "sandbox/watch/watch.h"

static void append(struct watch *w, uint64_t proc, const char *call, const char *error,
		   const char *path)
{
	struct ev ev = { .kind = EV_CALL };

	ev.u.call = (struct ev_call){ .call = call, .abi = "x86_64", .group = BROKEN_GROUP,
				      .outcome = "denied", .error = error, .detail = path };
	watch_fold(w, proc, &ev);
}

/* may_change() - is the directory of a path writable for who started tcbox? */
static bool may_change(const char *path)
{
	char above[TGT_PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (!len || len >= sizeof(above))
		return false;
	memcpy(above, path, len);
	above[len] = '\0';
	return access(above, W_OK) == 0;
}

void broken_rename(struct watch *w, uint64_t proc, const struct ev_file *file)
{
	const char *from = file->target && *file->target ? file->target : file->path;
	struct stat st;

	if (w->filter->enforce || w->where->moved)
		return;
	if (from[0] != '/' || lstat(from, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	if (may_change(from))
		append(w, proc, "rename", "EXDEV", from);
}

void broken_exec(struct watch *w, uint64_t proc, const char *exe)
{
	if (!w->where->moved && access(exe, X_OK) == 0 && access(exe, R_OK) < 0)
		append(w, proc, "execve", "EACCES", exe);
}
