/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.h - /proc and /sys of the box
 */
#ifndef SANDBOX_BOX_MACHINE_H
#define SANDBOX_BOX_MACHINE_H

#include "sandbox/box/mirror.h"

/* machine_files() - mount them in the new root; what is the machine's, and not the product's, can
 * only be read or not at all */
int machine_files(struct mirror *m, struct tb_err *err);

#endif
