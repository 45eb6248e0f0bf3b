/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_opts.h - the options of tcbox run
 */
#ifndef CLI_RUN_OPTS_H
#define CLI_RUN_OPTS_H

#include "cli/cli.h"

/* Their setters get a struct run_options, run/options.h. */
extern const struct cli_opt run_opts[];

#endif
