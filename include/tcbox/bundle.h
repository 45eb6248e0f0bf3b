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

/* bundle_put() - write a whole file into the bundle */
int bundle_put(const struct bundle *b, const char *name, const struct tb_buf *data,
	       struct tb_err *err);

/* bundle_release() - give back the space that bundle_create() keeps for the last files, so that
 * they fit on a full disk */
void bundle_release(const struct bundle *b);
void bundle_close(struct bundle *b);

#endif
