/* SPDX-License-Identifier: Apache-2.0 */
/*
 * product.h - the program under examination: where it is, as whom it runs, what it gets from the
 * technician's shell
 */
#ifndef RUN_PRODUCT_H
#define RUN_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "run/options.h"
#include "tcbox/err.h"
#include "tcbox/run.h"

#define PRODUCT_EXPOSE_MAX 4

struct product {
	char **argv;			/* borrowed: as on the command line */
	size_t argc;
	char *program;			/* what to execute, as a path in the box; a name without "/"
					 * is found there by PATH */
	char *real;			/* where the host has it, symbolic links resolved; NULL:
					 * only a kept layer may have it */
	char *cwd;
	char *expose[PRODUCT_EXPOSE_MAX];	/* host directories that it needs */
	size_t nexpose;
	struct sbx_ids ids;		/* who runs it */
	char **env;			/* NULL-terminated */
	char *moved;			/* why cwd is not the technician's, as a sentence; NULL: it
					 * is */
};

/* product_ids() - who runs the product; @why: why root of the box has no other users, NULL
 * otherwise */
int product_ids(struct product *p, const struct run_options *wants, const char **why,
		struct tb_err *err);

/**
 * product_find() - find the program as a shell would, and decide who runs it
 * @extra:	Environment entries "NAME=VALUE" to add, NULL-terminated
 * @wants:	What the technician asked for, which comes before everything else
 *
 * Started by an ordinary user, the product runs as that user. Started by root it runs as the user
 * who called sudo(8), else as nobody. Return: 0; -ENOENT: there is no such program; -EACCES: it
 * cannot be executed; or another negative errno
 */
int product_find(struct product *p, char **argv, const char *const *extra,
		 const struct run_options *wants,
		 struct tb_err *err);
void product_clear(struct product *p);

/* product_set() - add variables, "NAME=VALUE", in place of earlier ones of these names. @list ends
 * with NULL */
int product_set(struct product *p, const char *const *list, struct tb_err *err);

/* product_for_box() - the same for the box; borrows from @p */
struct sbx_product product_for_box(const struct product *p);

#endif
