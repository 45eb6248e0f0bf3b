/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c - a clock of the product's own: what its environment needs for it
 *
 * libfaketime adds a number of seconds to the time of day. It leaves alone: the time since the
 * start of the machine, which the box moves for all programs; and the times of files, which stay
 * those of the record, so that a file that was there before is as old as the product's clock says.
 */
#include "run/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/root_path.h"

#define PRELOAD "LD_PRELOAD="

/* find_library() - in the product's own file system: one of another could need another C library */
static const char *find_library(const char *root)
{
	const char *path = NULL;

	for (size_t i = 0; (path = sbx_clock_library(i)); i++) {
		TB_AUTOFREE char *real = root_real(root, path);

		if (real && !access(real, R_OK))
			break;
	}
	return path;
}

/* asked_preload() - libraries that the technician lets the product load, ":" before them */
static const char *asked_preload(const struct run_options *wants)
{
	const char *found = "";

	for (size_t i = 0; i < wants->nenv; i++)
		if (!strncmp(wants->env[i], PRELOAD, strlen(PRELOAD)))
			found = wants->env[i] + strlen(PRELOAD);
	return found;
}

static int set_variables(struct clock *c, const struct run_options *wants)
{
	const char *more = asked_preload(wants);
	const char *sep = *more ? ":" : "";
	size_t n = 0;

	if (asprintf(&c->preload, PRELOAD "%s%s%s", c->box.library, sep, more) < 0)
		c->preload = NULL;
	if (asprintf(&c->ahead, "FAKETIME=%+" PRId64, c->box.ahead_s) < 0)
		c->ahead = NULL;
	if (!c->preload || !c->ahead)
		return -ENOMEM;
	c->env[n++] = c->preload;
	c->env[n++] = c->ahead;
	c->env[n++] = "FAKETIME_SHARED=" SBX_CLOCK_SHARED;
	c->env[n++] = "FAKETIME_DONT_FAKE_MONOTONIC=1";
	c->env[n++] = "NO_FAKE_STAT=1";
	return 0;
}

int clock_prepare(struct clock *c, const struct run_options *wants, struct tb_err *err)
{
	if (!wants->clock)
		return 0;
	c->box.ahead_s = wants->clock_s;
	c->box.library = find_library(wants->root);
	if (!c->box.library && wants->root)
		return tb_err_msg(err, ENOENT,
				  "--clock needs libfaketime in %s, whose C library it is made for",
				  wants->root);
	if (!c->box.library)
		return tb_err_msg(err, ENOENT,
				  "--clock needs libfaketime (Debian: apt install libfaketime)");
	return set_variables(c, wants) ? tb_err_set(err, ENOMEM, "the product's clock") : 0;
}

void clock_clear(struct clock *c)
{
	free(c->preload);
	free(c->ahead);
}
