/* SPDX-License-Identifier: Apache-2.0 */
/*
 * try_table.h - the outcome of tcbox policy try, for people and for programs
 */
#ifndef CLI_TRY_TABLE_H
#define CLI_TRY_TABLE_H

#include "tcbox/try.h"

struct try_result {
	const struct try_acts *acts;
	const struct fnd_result *result;
	const char *policy;		/* its path, as given */
};

/* try_table_status() - the exit status that the outcome deserves */
int try_table_status(const struct try_result *r);

void try_table_text(const struct try_result *r, bool colour, struct tb_buf *out);
void try_table_json(const struct try_result *r, struct tb_buf *out);

#endif
