/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer.h - the tmpfs on which everything lands that the product writes
 */
#ifndef SANDBOX_BOX_LAYER_H
#define SANDBOX_BOX_LAYER_H

#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/own.h"

/**
 * layer_make() - a tmpfs that is mounted nowhere yet: fsopen(2), fsmount(2), Linux 5.2
 * @bytes:	Its size
 *
 * It is made before the box is, so that a process outside the box's mount namespace can still look
 * at it when the box is dead.
 *
 * Return: a descriptor of its root directory, owned by the caller; negative errno
 */
int layer_make(uint64_t bytes, struct tb_err *err) TB_MUST_CHECK;

/* layer_mount() - mount it at @path of the calling process' mount namespace */
int layer_mount(int layer, const char *path, struct tb_err *err) TB_MUST_CHECK;

#endif
