/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hidden.h - files of the host that the product is told about and cannot see: homes and temporary
 * places are the box's own
 */
#ifndef RUN_HIDDEN_H
#define RUN_HIDDEN_H

#include "run/options.h"
#include "run/product.h"
#include "tcbox/buf.h"

#define HIDDEN_MAX 16	/* of a long list of arguments the first show the way */

/**
 * hidden_path() - is a file of the host hidden in the box?
 * @path:	As the product would open it, in its working directory
 *
 * Return: the path that has to be shown, owned by the caller: @path made absolute, or where its
 * links lead. NULL: the box shows it, or nothing is there outside either
 */
char *hidden_path(const struct product *p, const struct run_options *wants, const char *path);

/* hidden_args() - a sentence for each argument that names a hidden file. Return: how many, at most
 * HIDDEN_MAX; each owned by the caller */
size_t hidden_args(const struct product *p, const struct run_options *wants,
		   char *sentences[HIDDEN_MAX]);

/* hidden_why() - append why a program that is there could not be executed in the box, with @code */
void hidden_why(const struct product *p, const struct run_options *wants, int code,
		struct tb_buf *out);

#endif
