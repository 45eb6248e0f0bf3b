/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - which names led to an address, as the answers on the wire said
 */
#ifndef CAPTURE_NAMES_H
#define CAPTURE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "tcbox/event.h"

#define NAMES_MAX_ADDRS (1u << 17)
#define NAMES_PER_ADDR 64

struct names;

/*
 * The names of one address in the order they were learned. They are only ever added: the first n
 * stay what they are.
 */
struct names_of {
	size_t n;
	const char **v;
};

struct names *names_new(void);
void names_free(struct names *t);

/*
 * names_learn() - @addr was an answer for @name. Return: 0; -ENOSPC at a maximum, -ENOMEM:
 * counted, see names_lost()
 */
int names_learn(struct names *t, const struct ev_addr *addr, const char *name);

/* names_find() - Return: the names of an address; valid until names_free(); NULL if it has none */
const struct names_of *names_find(const struct names *t, const struct ev_addr *addr);
uint64_t names_lost(const struct names *t);

#endif
