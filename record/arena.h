/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - what the strings and lists of an event lie in that owns its memory
 */
#ifndef RECORD_ARENA_H
#define RECORD_ARENA_H

#include <stddef.h>

#include "tcbox/event.h"

/* arena_alloc() - zeroed memory that lives as long as the event: ev_clear() frees it. Return: NULL without memory */
void *arena_alloc(struct ev *ev, size_t size);

#endif
