/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mirror.h - the host's directories at the same place in the box, with a private writable layer
 * above them
 *
 * For the time of root_build(): the host is under /old, the box's root under /new, the layer under
 * /layer; a layer that is kept from run to run is under /layer/kept. Paths are those that the
 * product will see, in the file system opt->mounts.root if there is one.
 */
#ifndef SANDBOX_BOX_MIRROR_H
#define SANDBOX_BOX_MIRROR_H

#include <limits.h>

#include "tcbox/sandbox.h"

#define LAYER_PASSING "/layer"
#define LAYER_KEPT "/layer/kept"

#define MIRROR_LOCKED (MS_NOSUID | MS_NODEV)	/* flags of all mounts that hold files of the box */

/* Mount points, as their paths. */
struct mirror_points {
	char **v;
	size_t n;
};

struct mirror {
	const struct sbx_options *opt;
	void (*degraded)(void *arg, const char *text);
	void *arg;
	const char *layer;		/* where the private layer lies: LAYER_PASSING, or
					 * LAYER_KEPT */
	struct mirror_points mounts;	/* of the host */
	struct mirror_points done;	/* directories that are in the box already, with a layer of
					 * their own */
	unsigned int nfiles;		/* places of single files and of trees made anew */
	bool bind;			/* it is a bind of the technician */
	bool readonly;			/* what is overlaid now is not to be written */
	bool *staged;			/* per opt->mounts.files: lies in an upper directory
					 * already */
};

/* mirror_open() - before anything moves: learn the host's mounts */
int mirror_open(struct mirror *m, const struct sbx_options *opt,
		void (*degraded)(void *arg, const char *text), void *arg,
		struct tb_err *err);
void mirror_close(struct mirror *m);

/* mirror_source() - where the host has what the product sees at @path: opt->mounts.root and
 * @path */
int mirror_source(const struct mirror *m, char out[PATH_MAX], const char *path, struct tb_err *err);

/* mirror_entry() - a link, file or directory of the host. Sockets, devices and pipes are left out;
 * what this user may not enter is there and empty */
int mirror_entry(struct mirror *m, const char *path, struct tb_err *err);

/* mirror_tree() - overlay a directory that is at its place in /new already */
int mirror_tree(struct mirror *m, const char *path, struct tb_err *err);

/* mirror_bind() - a file or directory of the host at another place, whose mount point is made if
 * there is none */
int mirror_bind(struct mirror *m, const struct sbx_bind *b, struct tb_err *err);

/* mirror_file() - a single file, read-only. @from and @to as they are now, with /old and /new */
int mirror_file(const char *from, const char *to, struct tb_err *err);

/* mirror_rest() - those of the run's files that lie in no overlay */
int mirror_rest(struct mirror *m, struct tb_err *err);

/* mirror_points_read() - out of a file like /proc/self/mountinfo. To be released with
 * mirror_points_clear(), also after an error */
int mirror_points_read(struct mirror_points *p, const char *mountinfo, struct tb_err *err);
/* mirror_points_parse() - out of its text, which is written over */
int mirror_points_parse(struct mirror_points *p, char *text, struct tb_err *err);
void mirror_points_clear(struct mirror_points *p);

/* mirror_kept_flags() - flags of a mount that the host set and that may not be taken away,
 * mount_namespaces(7) */
unsigned long mirror_kept_flags(const char *path);

#endif
