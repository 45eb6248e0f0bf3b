/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carry.h - decisions about an earlier version's findings, carried into a new run
 */
#ifndef RUN_CARRY_H
#define RUN_CARRY_H

#include "tcbox/buf.h"
#include "tcbox/bundle.h"
#include "tcbox/err.h"

/**
 * carry_read() - read a review.jsonl that the technician named
 * @path:	NULL: none, then @text stays empty
 * @text:	Receives its bytes, if every line is a decision
 *
 * Return: 0; negative errno with a message that names file and line
 */
int carry_read(const char *path, struct tb_buf *text, struct tb_err *err);

/* carry_store() - make them the beginning of the bundle's own review, byte for byte, so that each
 * decision keeps its time and its reviewer. Nothing to carry: no file */
int carry_store(const struct bundle *b, const struct tb_buf *text, struct tb_err *err);

#endif
