/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - what a scenario does to connections and their answers
 */
#ifndef LAB_FAULT_H
#define LAB_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "tcbox/lab.h"

struct conn;
struct content;
struct evbuffer;
struct event;
struct http_req;
struct lab;

#define FAULT_OTHER_NAME "gateway.internal"	/* of the certificate that is another server's */

/* The scenario's hand on one connection. */
struct fault {
	struct event *later;		/* its answer may leave, or its end is due */
	bool held;			/* the answer waits for its time */
	bool over;			/* there was an answer: no more comes */
};

/* fault_of() - the scenario of a run; where there is none, one in which nothing goes wrong */
const struct lab_scenario *fault_of(const struct lab *lab);

/* fault_stream() - a stream of a connection begins: c->bev */
void fault_stream(struct conn *c);

/**
 * fault_send() - send bytes, or what the scenario leaves of them
 * @out:	Emptied
 * @sure:	So many of its first bytes are never cut; all: it is no answer yet
 */
void fault_send(struct conn *c, struct evbuffer *out, size_t sure);

/* fault_leaves() - how many of the bytes of a body are sent, and whether there is an answer */
size_t fault_leaves(const struct conn *c, size_t len);
bool fault_answers(const struct conn *c);

/* fault_holds() - is what is sent now held back, until its time comes? */
bool fault_holds(const struct conn *c);

/* fault_content() - what is found at every path. Return: false if that is content_find()'s work */
bool fault_content(const struct lab *lab, const struct http_req *r, struct content *out);

/* fault_end() - of the connection */
void fault_end(struct conn *c);

#endif
