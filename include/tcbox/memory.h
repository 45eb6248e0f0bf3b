/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - what memory this process used
 */
#ifndef TCBOX_MEMORY_H
#define TCBOX_MEMORY_H

#include <stdint.h>

/* tb_memory_peak_kib() - the most memory that this process held at any time, getrusage(2) */
uint64_t tb_memory_peak_kib(void);

#endif
