/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - one number for many bytes
 */
#ifndef TCBOX_HASH_H
#define TCBOX_HASH_H

#include <stddef.h>
#include <stdint.h>

/* tb_hash() - FNV-1a of 64 bits: the same in each run and on each machine. Who can choose the bytes
 * can make two of them equal; tables that a product could fill use tcbox/map.h */
uint64_t tb_hash(const void *data, size_t len);

#endif
