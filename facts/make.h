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
/* make_requests() - what was asked for in the conversations of a destination */
void make_requests(struct make *m, struct fact_dest *d);
/* make_names() - which names were looked up */
void make_names(struct make *m);
void make_listeners(struct make *m);
/* make_programs() - what started what */
void make_programs(struct make *m);
void make_files(struct make *m);
void make_calls(struct make *m);
/* make_patterns() - after destinations and names: what many of them together look like */
void make_patterns(struct make *m);
/* make_uploads() - what was sent in bodies of requests */
void make_uploads(struct make *m);
/* make_links() - after the destinations: which of them each finding is about */
void make_links(struct make *m);

/*
 * make_more() - room for one more element behind the @n of an array that tb_grow() made. Return:
 * the array; NULL without memory, then m->failed
 */
void *make_more(struct make *m, void *v, size_t n, size_t size);

/*
 * make_list() - sort an array, and keep the first FACTS_MAX of it for the facts
 * @v:		The array; freed
 * @n:		Its length; receives that of what is returned
 * @more:	Receives how many were left out
 *
 * Return: the list; NULL without memory
 */
void *make_list(struct make *m, void *v, size_t *n, size_t size,
		int (*order)(const void *a, const void *b), uint64_t *more);

/* make_words() - the order of two words, of which none comes first */
int make_words(const char *a, const char *b);

/* What was said to somebody, as far as it is of weight for who reads a list. */
struct make_weight {
	const char *tls_version;	/* NULL: everybody could read it */
	uint64_t bytes;
	int64_t first;
	const char *words[3];		/* the last tell apart what is alike else */
};

/* make_weigh() - what everybody could read first, then by size, then by time */
int make_weigh(const struct make_weight *a, const struct make_weight *b);

/* make_owner() - one process as the owner of an act */
struct fact_owner make_owner(const struct make *m, const struct evd_program *program,
			     uint64_t proc);

#endif
