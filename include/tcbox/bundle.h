/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - the directory that a run leaves: made at the start, readable at every moment
 */
#ifndef TCBOX_BUNDLE_H
#define TCBOX_BUNDLE_H

#include "tcbox/buf.h"
#include "tcbox/err.h"
#include "tcbox/run.h"

struct bundle {
	char *path;			/* as the user names it */
	char *real;			/* absolute, links resolved */
	int dir;
	int capture;			/* capture.pcapng */
	int logs[2];			/* stdout.log, stderr.log */
	int bodies;			/* bodies.bin; -1: it was not asked for */
};

/**
 * bundle_create() - make the directory and the files that are written while the run goes on
 * @path:	Where; it must not exist, evidence is never overwritten. NULL:
 *		"PROGRAM-DATE-TIME.tcbox" in the working directory
 * @program:	Names the default directory
 *
 * Return: 0; -EEXIST; or another negative errno
 */
int bundle_create(struct bundle *b, const char *path, const char *program, struct tb_err *err);

/**
 * bundle_make_dir() - make a new directory that only its owner may enter
 * @given:	Its path; NULL: one made of @program, the time and @suffix
 * @path:	Its path as the user names it; owned by the caller, also on failure
 *
 * Return: 0; -EEXIST; or another negative errno
 */
int bundle_make_dir(const char *given, const char *program, const char *suffix, char **path,
		    struct tb_err *err);

/* bundle_add_bodies() - make the file that bodies of requests are kept in */
int bundle_add_bodies(struct bundle *b, struct tb_err *err);

/* bundle_put() - write a whole file into the bundle */
int bundle_put(const struct bundle *b, const char *name, const struct tb_buf *data,
	       struct tb_err *err);

/* bundle_release() - give back the space that bundle_create() keeps for the last files, so that
 * they fit on a full disk */
void bundle_release(const struct bundle *b);
void bundle_close(struct bundle *b);

/* What an archive may become. */
#define BUNDLE_PACK_FILES 64
#define BUNDLE_PACK_BYTES (64ull << 30)

#define BUNDLE_NAME_LEN 64

/* The names of a bundle's files, in order. */
struct bundle_names {
	char v[BUNDLE_PACK_FILES][BUNDLE_NAME_LEN + 1];
	unsigned int n;
};

/* bundle_list() - all but RUN_RESERVE_FILE. Return: 0; -EINVAL: there is something that has no name
 * of a bundle's file, or too much; other negative errno. @name: as the user names the bundle */
int bundle_list(int dir, const char *name, struct bundle_names *out, struct tb_err *err);

/* What was packed or unpacked. */
struct bundle_packed {
	unsigned int files;
	uint64_t bytes;			/* of the files */
};

/**
 * bundle_pack() - write a bundle as an archive: tar, pax where a file is large, in zstd
 * @dir:	The bundle
 * @name:	As the user names it
 * @fd:		Empty file open for writing; borrowed
 *
 * The same files give the same bytes, wherever the bundle lies and whoever packs it: names in
 * order, owner root, modes by kind, and as time that of the run. Return: 0; -EINVAL: there is
 * something in the bundle that is no regular file, or has no name of a bundle's file; other
 * negative errno
 */
int bundle_pack(int dir, const char *name, int fd, struct bundle_packed *told, struct tb_err *err);

/**
 * bundle_unpack() - make a bundle of such an archive
 * @fd:		The archive, which anybody may have written; borrowed
 * @path:	The directory to make. It must not exist, and is there whole or not at all
 * @max_bytes:	Of all files together
 *
 * What is not a plain file of a bundle is refused: other paths, links, devices, a name twice.
 * Return: 0; -EEXIST; -EBADMSG: it is no such archive, or a damaged one; -EFBIG: it would become
 * too large; other negative errno
 */
int bundle_unpack(int fd, const char *path, uint64_t max_bytes, struct bundle_packed *told,
		  struct tb_err *err);

#endif
