/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonc.h - JSON with comments, read strictly, every value with its place in the text
 */
#ifndef TCBOX_JSONC_H
#define TCBOX_JSONC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POL_JSON_MAX_BYTES (16u << 20)
#define POL_JSON_MAX_DEPTH 32
#define POL_JSON_MAX_VALUES (1u << 20)	/* about 100 MiB of struct pol_val */
#define POL_JSON_MAX_KEYS 64		/* of one object: no object of ours has as many */

/* A place in the text. Lines and columns count from 1, columns in characters; a byte order mark is none. */
struct pol_pos {
	unsigned int line, column;
};

enum pol_type { POL_NULL, POL_BOOL, POL_INTEGER, POL_NUMBER, POL_STRING, POL_ARRAY, POL_OBJECT };

struct pol_val {
	enum pol_type type;
	struct pol_pos pos;
	const char *key;		/* member of an object; else NULL */
	struct pol_pos key_pos;
	struct pol_val *next;		/* in the same array or object */
	const char *text;		/* STRING: decoded, without NUL; INTEGER, NUMBER: as written */
	bool truth;			/* BOOL */
	bool negative;			/* INTEGER: without fraction and exponent, fits 64 bits; else a NUMBER */
	uint64_t magnitude;
	struct pol_val *first, *last;	/* ARRAY, OBJECT */
	size_t count;
};

struct pol_json;

struct pol_syntax {
	struct pol_pos pos;
	char text[256];
};

/**
 * pol_json_parse() - read one document
 * @bad:	Filled in for -EINVAL: what is wrong, and where
 *
 * Return: 0, with *out owned by the caller; -EINVAL; -EFBIG: longer than POL_JSON_MAX_BYTES; -ENOMEM
 */
int pol_json_parse(const char *text, size_t len, struct pol_json **out, struct pol_syntax *bad);
void pol_json_free(struct pol_json *doc);
const struct pol_val *pol_json_root(const struct pol_json *doc);

/* pol_json_member() - Return: the member of an object, NULL if it has none of this name */
const struct pol_val *pol_json_member(const struct pol_val *object, const char *key);

#endif
