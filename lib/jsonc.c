/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonc.c - the one reader of JSON: the structure
 *
 * A verdict rests on the policy and the record, so that nobody may be left in doubt about what they
 * say. Libraries accept duplicate keys (the last one wins), NaN, and clamp large integers; this
 * reader does not, and it remembers where each value stands.
 *
 * How it works: the parser keeps its own stack, so that depth is a number and not a question of the
 * C stack. All values lie in a pool, with the document itself; it is made as large as such a text
 * usually needs, so that an event of the record costs one allocation.
 *
 * The language of people: RFC 8259, and in addition line and block comments, and one comma after
 * the last element of an array or object. Less than RFC 8259: no duplicate keys, no NUL in strings,
 * no control or bidirectional formatting characters unless they are written as escapes (they make a
 * text look like what it is not).
 */
#include "tcbox/jsonc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/jsonc_scan.h"
#include "tcbox/buf.h"
#include "tcbox/pool.h"

#define FIRST_BYTES 1024u		/* the document, and the values of the shortest texts */
#define BYTES_EACH 6u			/* of memory for a byte of text: enough for events */
#define MOST_BYTES (32u << 10)		/* of text for which memory is prepared */

struct jsonc {
	struct tb_pool *pool;		/* in which this lies, too */
	struct jsonc_val *root;
	size_t count;
};

struct parser {
	struct jscan in;
	struct jsonc *doc;
	size_t max_values;
	struct jsonc_val *stack[JSONC_MAX_DEPTH];	/* the open arrays and objects */
	size_t depth;
	const char *key;		/* read, and waiting for its value */
	struct jsonc_pos key_pos;
};

static struct jsonc *doc_new(size_t len)
{
	struct tb_pool *pool = tb_pool_new(FIRST_BYTES + (len < MOST_BYTES ? len :
							  MOST_BYTES) * BYTES_EACH);
	struct jsonc *doc = pool ? tb_pool_alloc(pool, sizeof(*doc)) : NULL;

	if (doc)
		*doc = (struct jsonc){ .pool = pool };
	return doc;
}

/* parse_string() - the string at the cursor, in the document's memory */
static int parse_string(struct parser *p, const char **out)
{
	char *text = tb_pool_alloc(p->doc->pool, jscan_string_room(&p->in) + 1);

	*out = text;
	return text ? jscan_string(&p->in, text) : -ENOMEM;
}

/* parse_word() - true, false, null or a number */
static int parse_word(struct parser *p, struct jsonc_val *v)
{
	size_t n = jscan_word_len(&p->in);
	char *text = tb_pool_alloc(p->doc->pool, n + 1);

	if (!text)
		return -ENOMEM;
	memcpy(text, p->in.s + p->in.at, n);
	text[n] = '\0';
	v->text = text;
	p->in.at += n;
	return jscan_word(&p->in, v);
}

/* attach() - make @v the root, or the next element of the innermost open array or object */
static void attach(struct parser *p, struct jsonc_val *v)
{
	struct jsonc_val *top;

	if (!p->depth) {
		p->doc->root = v;
		return;
	}
	top = p->stack[p->depth - 1];
	if (top->type == JSONC_OBJECT) {
		v->key = p->key;
		v->key_pos = p->key_pos;
	}
	if (top->last)
		top->last->next = v;
	else
		top->first = v;
	top->last = v;
	top->count++;
}

/* parse_value() - one value; of an array or object only the opening bracket, which goes on the
 * stack */
static int parse_value(struct parser *p)
{
	unsigned char c = jscan_peek(&p->in, 0);
	struct jsonc_val *v;
	char what[64];
	int ret = 0;

	if (p->doc->count++ >= p->max_values)
		return jscan_fail(&p->in, jscan_here(&p->in), "more than %zu values",
				  p->max_values);
	v = tb_pool_alloc(p->doc->pool, sizeof(*v));
	if (!v)
		return -ENOMEM;
	*v = (struct jsonc_val){ .pos = jscan_here(&p->in), .begin = (uint32_t)p->in.at };
	if (c == '"') {
		v->type = JSONC_STRING;
		ret = parse_string(p, &v->text);
	} else if (c == '{' || c == '[') {
		v->type = c == '{' ? JSONC_OBJECT : JSONC_ARRAY;
		if (p->depth == JSONC_MAX_DEPTH)
			return jscan_fail(&p->in, v->pos, "nested deeper than %d levels",
					  JSONC_MAX_DEPTH);
		p->in.at++;
	} else if (jscan_is_word(c)) {
		ret = parse_word(p, v);
	} else {
		return jscan_fail(&p->in, v->pos, "a value is expected here, not %s",
				  jscan_found(&p->in, what));
	}
	if (ret < 0)
		return ret;
	v->end = (uint32_t)p->in.at;
	attach(p, v);
	if (c == '{' || c == '[')
		p->stack[p->depth++] = v;
	return 0;
}

static int duplicate_fail(struct parser *p, const struct jsonc_val *member)
{
	TB_AUTOBUF struct tb_buf shown = TB_BUF_INIT;

	tb_buf_add_shown(&shown, p->key, strnlen(p->key, 40));
	if (shown.failed)
		return -ENOMEM;
	return jscan_fail(&p->in, p->key_pos,
			  "duplicate key \"%s\"; it is in line %u, column %u already",
			  shown.data ? shown.data : "", member->key_pos.line,
				  member->key_pos.column);
}

/* parse_key() - "key": */
static int parse_key(struct parser *p, const struct jsonc_val *object)
{
	const struct jsonc_val *m;
	char what[64];
	int ret;

	p->key_pos = jscan_here(&p->in);
	if (jscan_peek(&p->in, 0) != '"')
		return jscan_fail(&p->in, p->key_pos,
				  "a key in double quotes is expected here, not %s",
				  jscan_found(&p->in, what));
	ret = parse_string(p, &p->key);
	if (ret < 0)
		return ret;
	m = jsonc_member(object, p->key);
	if (m)
		return duplicate_fail(p, m);
	if (object->count >= JSONC_MAX_KEYS)
		return jscan_fail(&p->in, p->key_pos, "more than %d keys in one object",
				  JSONC_MAX_KEYS);
	ret = jscan_space(&p->in);
	if (ret < 0)
		return ret;
	if (jscan_peek(&p->in, 0) != ':')
		return jscan_fail(&p->in, jscan_here(&p->in),
				  "':' is expected here, after the key, not %s",
				  jscan_found(&p->in, what));
	p->in.at++;
	return jscan_space(&p->in);
}

/* parse_comma() - between elements. Return: 1 there was one, or none was needed; 0; negative
 * errno */
static int parse_comma(struct parser *p, const struct jsonc_val *top)
{
	int ret = jscan_space(&p->in);

	if (ret)
		return ret;
	if (!top->count)
		return 1;		/* before the first element there is none to miss */
	if (jscan_peek(&p->in, 0) != ',')
		return 0;
	p->in.at++;
	ret = jscan_space(&p->in);
	return ret ? ret : 1;
}

/* closes() - is @top closed at the cursor? After a comma only people may do so */
static bool closes(const struct parser *p, const struct jsonc_val *top, bool comma)
{
	unsigned char close = top->type == JSONC_OBJECT ? '}' : ']';

	return jscan_peek(&p->in, 0) == close && !(p->in.bytes && comma && top->count);
}

/* parse_between() - closing brackets, a comma, a key. Return: 1 a value follows, 0 all is read,
 * negative errno */
static int parse_between(struct parser *p)
{
	struct jsonc_val *top;
	char what[64];
	int comma, ret;

	for (; p->depth; p->depth--, p->in.at++) {
		top = p->stack[p->depth - 1];
		comma = parse_comma(p, top);
		if (comma < 0)
			return comma;
		if (closes(p, top, comma)) {
			top->end = (uint32_t)p->in.at + 1;
			continue;
		}
		if (p->in.at >= p->in.len)
			return jscan_fail(&p->in, top->pos,
					  "this '%c' is not closed before the end of the file",
					  top->type == JSONC_OBJECT ? '{' : '[');
		if (!comma)
			return jscan_fail(&p->in, jscan_here(&p->in),
					  "',' or '%c' is expected here, not %s",
					  top->type == JSONC_OBJECT ? '}' : ']',
						  jscan_found(&p->in, what));
		ret = top->type == JSONC_OBJECT ? parse_key(p, top) : 0;
		return ret ? ret : 1;
	}
	return 0;
}

/* parse_start() - what may stand before the first value */
static int parse_start(struct parser *p)
{
	int ret = 0;

	if (!p->in.bytes && p->in.len >= 3 && !memcmp(p->in.s, "\xef\xbb\xbf", 3))
		p->in.at = p->in.line_start = 3;	/* a byte order mark, as some editors leave
							 * it */
	if (!p->in.bytes)
		ret = jscan_check(&p->in);
	if (!ret)
		ret = jscan_space(&p->in);
	if (!ret && p->in.at >= p->in.len)
		return jscan_fail(&p->in, jscan_here(&p->in), "the file is empty");
	return ret;
}

static int parse_document(struct parser *p)
{
	char what[64];
	int ret = parse_start(p);

	if (ret)
		return ret;
	do {
		ret = parse_value(p);
		if (!ret)
			ret = parse_between(p);
	} while (ret > 0);
	if (!ret)
		ret = jscan_space(&p->in);
	if (!ret && p->in.at < p->in.len)
		return jscan_fail(&p->in, jscan_here(&p->in),
				  "the document is complete here, but %s follows",
				  jscan_found(&p->in, what));
	return ret;
}

static int parse(struct parser *p, struct jsonc **out)
{
	int ret;

	*out = NULL;
	p->doc = doc_new(p->in.len);
	if (!p->doc)
		return -ENOMEM;
	ret = parse_document(p);
	if (ret < 0) {
		jsonc_free(p->doc);
		return ret;
	}
	*out = p->doc;
	return 0;
}

int jsonc_parse(const char *text, size_t len, struct jsonc **out, struct jsonc_syntax *bad)
{
	struct parser p = { .in = { .s = (const unsigned char *)text, .len = len, .bad = bad },
			    .max_values = JSONC_MAX_VALUES };

	return parse(&p, out);
}

int jsonc_parse_bytes(const char *text, size_t len, struct jsonc **out, struct jsonc_syntax *bad)
{
	struct parser p = { .in = { .s = (const unsigned char *)text, .len = len, .bytes = true,
				    .bad = bad },
			    .max_values = JSONC_MAX_VALUES_BYTES };

	return parse(&p, out);
}

void jsonc_free(struct jsonc *doc)
{
	if (doc)
		tb_pool_free(doc->pool);
}

struct tb_pool *jsonc_pool(struct jsonc *doc)
{
	return doc->pool;
}

const struct jsonc_val *jsonc_root(const struct jsonc *doc)
{
	return doc->root;
}

const struct jsonc_val *jsonc_member(const struct jsonc_val *object, const char *key)
{
	const struct jsonc_val *m;

	if (object->type != JSONC_OBJECT)
		return NULL;
	for (m = object->first; m; m = m->next)
		if (!strcmp(m->key, key))
			return m;
	return NULL;
}

const char *jsonc_text(const struct jsonc_val *object, const char *key)
{
	const struct jsonc_val *m = jsonc_member(object, key);

	return m && m->type == JSONC_STRING ? m->text : NULL;
}

bool jsonc_uint(const struct jsonc_val *v, uint64_t *out)
{
	if (v->type != JSONC_INTEGER || (v->negative && v->magnitude))
		return false;
	*out = v->magnitude;
	return true;
}

bool jsonc_int(const struct jsonc_val *v, int64_t *out)
{
	if (v->type != JSONC_INTEGER || v->magnitude > (uint64_t)INT64_MAX + v->negative)
		return false;
	*out = v->negative ? (int64_t)-v->magnitude : (int64_t)v->magnitude;
	return true;
}
