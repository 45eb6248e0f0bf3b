/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strict.h - JSON that every reader understands in the same way
 */
#ifndef TCBOX_STRICT_H
#define TCBOX_STRICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"

struct json_object;

/**
 * rec_json_parse() - read one JSON text
 * @out:	Receives the value; release with json_object_put()
 *
 * Integers in the result are exact, no object names a member twice, and no string contains a NUL. Return:
 * 0; -EBADMSG, and the text says where; -ENOMEM
 */
int rec_json_parse(const char *text, size_t len, struct json_object **out, struct tb_err *err);

/* rec_json_uint() / rec_json_int() - Return: false, and nothing is stored, if it is no integer or does not
 * fit */
bool rec_json_uint(struct json_object *o, uint64_t *out);
bool rec_json_int(struct json_object *o, int64_t *out);

#endif
