/* SPDX-License-Identifier: Apache-2.0 */
/*
 * said.c - what is found, in words
 *
 * How much is kept is bounded: whoever damages everything does not fill our memory.
 */
#include "seal/said.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024

static TB_PRINTF(3, 0) void add(struct seal_check *c, struct seal_list *l, const char *fmt,
				va_list ap)
{
	char text[TEXT_MAX];

	if (l->n == SEAL_SAID_MAX) {
		l->more++;
		return;
	}
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	l->texts[l->n] = strdup(text);
	if (l->texts[l->n])
		l->n++;
	else
		c->no_memory = true;
}

void said_wrong(struct seal_check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(c, &c->wrong, fmt, ap);
	va_end(ap);
}

void said_open(struct seal_check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(c, &c->open, fmt, ap);
	va_end(ap);
}

void seal_say(struct seal_check *c, struct seal_list *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(c, l, fmt, ap);
	va_end(ap);
}

static void clear(struct seal_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->texts[i]);
	l->n = 0;
}

void seal_check_clear(struct seal_check *c)
{
	clear(&c->wrong);
	clear(&c->open);
	clear(&c->held);
}
