/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonc.h - the one reader of JSON: strict, every value with its place in the text
 */
#ifndef TCBOX_JSONC_H
#define TCBOX_JSONC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSONC_MAX_VALUES (1u << 20)	/* in a text that people write, about 100 MiB of struct
					 * jsonc_val */
#define JSONC_MAX_VALUES_BYTES (8u << 20)	/* in a text that we wrote */
#define JSONC_MAX_DEPTH 32
#define JSONC_MAX_KEYS 256		/* of one object: no object of ours has as many */

/* A place in the text. Lines and columns count from 1, columns in characters; a byte order mark is
 * skipped. */
struct jsonc_pos {
	unsigned int line, column;
};

enum jsonc_type { JSONC_NULL, JSONC_BOOL, JSONC_INTEGER, JSONC_NUMBER, JSONC_STRING, JSONC_ARRAY,
		  JSONC_OBJECT };

struct jsonc_val {
	enum jsonc_type type;
	struct jsonc_pos pos;
	const char *key;		/* member of an object; else NULL */
	struct jsonc_pos key_pos;
	struct jsonc_val *next;		/* in the same array or object */
	const char *text;		/* STRING: decoded, without NUL; INTEGER, NUMBER: as
					 * written */
	bool truth;			/* BOOL */
	bool negative;			/* INTEGER: without fraction and exponent, fits 64 bits;
					 * else a NUMBER */
	uint64_t magnitude;
	uint32_t begin, end;		/* the bytes of the text that it is */
	struct jsonc_val *first, *last;	/* ARRAY, OBJECT */
	size_t count;
};

struct jsonc;
struct tb_pool;

struct jsonc_syntax {
	struct jsonc_pos pos;
	char text[256];
};

/**
 * jsonc_parse() - read one document that people write: comments, and a comma after the last
 * element, are fine
 * @bad:	Filled in for -EINVAL: what is wrong, and where
 *
 * How long the text may be is the caller's business. Return: 0, with *out owned by the caller;
 * -EINVAL; -ENOMEM
 */
int jsonc_parse(const char *text, size_t len, struct jsonc **out, struct jsonc_syntax *bad);

/**
 * jsonc_parse_bytes() - read one document as json_write.h writes it
 *
 * RFC 8259 and nothing more. Strings are bytes again, as tb_buf_add_json() was given them. A number
 * that does not fit 64 bits is refused wherever it stands. Return: as jsonc_parse()
 */
int jsonc_parse_bytes(const char *text, size_t len, struct jsonc **out, struct jsonc_syntax *bad);

void jsonc_free(struct jsonc *doc);
const struct jsonc_val *jsonc_root(const struct jsonc *doc);

/* jsonc_pool() - where the document lies; who frees the pool, frees the document */
struct tb_pool *jsonc_pool(struct jsonc *doc);

/* jsonc_member() - Return: the member of an object; NULL if it has none of this name, or is no
 * object */
const struct jsonc_val *jsonc_member(const struct jsonc_val *object, const char *key);

/* jsonc_text() - Return: the string that an object has as a member; NULL if it has none of this
 * name, or it is no string */
const char *jsonc_text(const struct jsonc_val *object, const char *key);

/* jsonc_uint() / jsonc_int() - Return: false, and nothing is stored, if it is no integer or does
 * not fit */
bool jsonc_uint(const struct jsonc_val *v, uint64_t *out);
bool jsonc_int(const struct jsonc_val *v, int64_t *out);

#endif
