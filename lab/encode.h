/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode.h - an answer's body in gzip or deflate, for a client that asks for that
 */
#ifndef LAB_ENCODE_H
#define LAB_ENCODE_H

#include "lab/content.h"

/* encode_body() - if the client takes it so and it is worth it; what was encoded already, is a
 * part of something or is no text stays as it is */
void encode_body(const struct http_req *r, struct content *out);

#endif
