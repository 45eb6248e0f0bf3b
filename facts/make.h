/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make.h - facts while they are made, shared by the files of the room
 */
#ifndef FACTS_MAKE_H
#define FACTS_MAKE_H

#include "tcbox/evidence.h"
#include "tcbox/facts.h"
#include "tcbox/pool.h"

struct make {
	const struct evd_facts *ev;
	const struct fnd_result *result;
	struct facts *facts;
	struct tb_pool *pool;	/* what the facts point to, but for what is the evidence's */
	bool failed;		/* memory ran out */
};

/* make_array() - @n cleared elements that live as long as the facts. Return: NULL without memory,
 * then m->failed */
void *make_array(struct make *m, size_t n, size_t size);

/* make_dests() - where conversations went, or came from */
void make_dests(struct make *m);

#endif
