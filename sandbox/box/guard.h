/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.h - what keeps the product from files that it may not change or read: landlock.h, or else
 * readonly.h
 */
#ifndef SANDBOX_BOX_GUARD_H
#define SANDBOX_BOX_GUARD_H

#include <limits.h>

#include "tcbox/sandbox.h"

#define GUARD_ABI 3	/* the first of Landlock that knows truncate(2); Linux 6.2 */

enum guard_by { GUARD_NONE, GUARD_LANDLOCK, GUARD_MOUNTS };

/* Chosen by tcbox before anything is built. What was chosen is in force, or the run fails. */
struct guard {
	enum guard_by writes, reads;
	char writes_text[32], reads_text[32];	/* "Landlock ABI 7"; empty: none */
	const char *degraded;			/* a sentence about what was asked for and cannot be
						 * had; NULL: nothing */
};

/* guard_choose() - @abi: of landlock_abi() */
void guard_choose(struct guard *g, const struct sbx_places *want, const enum pol_sys *sys, int abi);

/**
 * guard_open() - open a place in the box
 * @root:	The box's root directory
 * @path:	Receives where the descriptor is, as the product sees it; the place's directory if
 *		it is a file to come
 * @is_dir:	Set: the descriptor is a directory
 *
 * Symbolic links are followed to what may only be read. The path of what is written has none: the
 * comparison wants the path behind them declared too, which is then a place of its own.
 *
 * Return: an O_PATH descriptor; -ENOENT: there is nothing that could be changed or read; other
 * negative errno
 */
int guard_open(int root, const struct sbx_place *place, char path[PATH_MAX], bool *is_dir);

/*
 * guard_absent() - in the finished box: say of each place that may be changed and is not there that
 * nothing can be made in it. A place is found by what is there, and the product cannot make it
 */
void guard_absent(const struct sbx_places *places, void (*say)(void *arg, const char *text),
		  void *arg);

#endif
