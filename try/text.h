/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - acts as lines of text
 */
#ifndef TRY_TEXT_H
#define TRY_TEXT_H

#include "tcbox/try.h"

/* text_add() - one act, with its newline. @told: also what came of it, as the helper says it */
void text_add(struct tb_buf *b, const struct try_act *act, bool told);

/* text_new() - room for one more act. Return: it, empty; NULL without memory */
struct try_act *text_new(struct try_acts *acts);

#endif
