/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.h - where in the text of a policy something can be added
 *
 * The text was read by pol_parse() and is valid: it is not judged here, and never read beyond its
 * end whatever it is.
 */
#ifndef POLICY_WRITE_PLACE_H
#define POLICY_WRITE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "tcbox/buf.h"

/* An array or an object: offsets of bytes. */
struct place {
	size_t open, close;	/* its brackets */
	size_t last;		/* behind its last element; @open + 1: it has none */
	bool comma;		/* that element has a comma behind it, or there is no element */
};

/*
 * place_find() - the value of @keys, one inside the other, ended by NULL; none: the whole document.
 * Return: false if there is no such array or object
 */
bool place_find(const char *text, size_t len, const char *const *keys, struct place *out);

/* Something to be put into a text. */
struct place_edit {
	size_t at;
	const char *text;
	size_t instead;		/* of so many bytes that stand there */
	size_t turn;		/* those at one place stand in the order in which they were made */
};

struct place_edits {
	struct place_edit *v;
	size_t n;
	bool failed;		/* memory ran out */
};

/* place_edit() - @text, which is borrowed until place_apply(), at @at instead of so many bytes */
void place_edit(struct place_edits *e, size_t at, size_t instead, const char *text);

/*
 * place_add() - whole lines as the last ones before the closing bracket, with a comma behind what
 * stands there now. @lines is borrowed until place_apply()
 */
void place_add(struct place_edits *e, const char *text, const struct place *p, const char *lines);

/*
 * place_reword() - the comment @old, alone on one of the lines shortly above the bracket of @p,
 * becomes @new; nothing if it is not there. @new is borrowed until place_apply()
 */
void place_reword(struct place_edits *e, const char *text, const struct place *p, const char *old,
		  const char *new);

/* place_apply() - append the text with all that is to be put into it; the rest is as it was. No
 * edit is left */
void place_apply(struct place_edits *e, const char *text, size_t len, struct tb_buf *out);

#endif
