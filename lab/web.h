/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web.h - what is answered to a request, whatever version of HTTP brought it
 *
 * The request is the one in c->http.
 */
#ifndef LAB_WEB_H
#define LAB_WEB_H

#include "lab/content.h"

struct conn;

/* web_find() - the answer to a whole request, which is noted and recorded. @location: room;
 * receives where the answer leads, or "" */
void web_find(struct conn *c, struct content *out, char location[HTTP_LINE_MAX]);

/* web_refusal() - the same to what could not be read as a request */
void web_refusal(struct conn *c, int status, struct content *out);

/* web_unanswered() - a request that gets no answer is recorded */
void web_unanswered(struct conn *c);

#endif
