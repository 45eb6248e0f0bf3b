/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.h - pid 1 of the box
 */
#ifndef SANDBOX_BOX_INIT_H
#define SANDBOX_BOX_INIT_H

#include "sandbox/airlock.h"

/* init_main() - pid 1 of the box: makes its mounts, starts the product, reaps, forwards signals.
 * Does not return */
void init_main(struct airlock_plan *a) __attribute__((noreturn));

#endif
