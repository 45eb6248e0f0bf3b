/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenarios.h - tcbox run in several scenarios: a bundle for each, and one comparison
 */
#ifndef CLI_SCENARIOS_H
#define CLI_SCENARIOS_H

#include "run/options.h"

/* One run, from the options to an exit status. */
typedef int scenarios_once_fn(const struct run_options *o, char **argv);

/**
 * scenarios_run() - run a product in each of o->several
 * @once:	Does one run, in a process of its own
 *
 * Return: exit status: of the run that failed, or else of the gravest verdict
 */
int scenarios_run(const struct run_options *o, char **argv, scenarios_once_fn *once);

#endif
