/* SPDX-License-Identifier: Apache-2.0 */
/*
 * size.h - sizes as people write them
 */
#ifndef TCBOX_SIZE_H
#define TCBOX_SIZE_H

#include <stdint.h>

/* tb_size_parse() - "64KiB", "10MB", "7 B". Return: 0, -EINVAL: not a size, -ERANGE: too large */
int tb_size_parse(const char *s, uint64_t *out);

#endif
