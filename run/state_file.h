/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state_file.h - state.json: what tcbox knows about a kept layer
 */
#ifndef RUN_STATE_FILE_H
#define RUN_STATE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/own.h"
#include "tcbox/sandbox.h"

struct state_file {
	bool found;		/* false: there is none yet, and the rest is 0 */
	struct sbx_ids ids;
	char *root;		/* NULL: the machine's own file system */
	uint64_t runs;
};

/**
 * state_file_read() - read state.json in @dir_fd, which is @dir for messages
 * @out:	Released with state_file_clear(), also after an error
 *
 * Return: 0, also without such a file; -EINVAL: this version of tcbox did not write it; other
 * negative errno
 */
int state_file_read(int dir_fd, const char *dir, struct state_file *out,
		    struct tb_err *err) TB_MUST_CHECK;
int state_file_write(int dir_fd, const struct state_file *about, struct tb_err *err) TB_MUST_CHECK;
void state_file_clear(struct state_file *about);

#endif
