/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain_file.h - events.chain, while the record is written
 */
#ifndef RECORD_CHAIN_FILE_H
#define RECORD_CHAIN_FILE_H

#include <stddef.h>

#include "tcbox/err.h"

struct chain_file;

/* chain_file_create() - @head: its first line, with its newline. Return: 0 or negative errno */
int chain_file_create(struct chain_file **out, int bundle_fd, const char *head,
		      struct tb_err *err);

/* chain_file_add() - after these whole lines were written to the record: with one write, so that
 * at most they are not in the chain when tcbox is killed. Return: 0 or negative errno */
int chain_file_add(struct chain_file *c, const char *lines, size_t len, struct tb_err *err);

/* chain_file_value() - that of the last line */
const char *chain_file_value(const struct chain_file *c);

/* chain_file_close() - flush to disk and free; NULL is fine. Return: 0 or negative errno */
int chain_file_close(struct chain_file *c, struct tb_err *err);

#endif
