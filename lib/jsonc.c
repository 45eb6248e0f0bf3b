/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonc.c - JSON with comments, read strictly
 *
 * A verdict rests on the policy, so that nobody may be left in doubt about what it says. Libraries accept
 * duplicate keys (the last one wins), NaN, and clamp large integers; this reader does not, and it remembers where
 * each value stands.
 *
 * How it works: text_check() looks at every character once; the parser behind it can rely on valid UTF-8 without
 * control characters. The parser keeps its own stack, so that depth is a number and not a question of the C stack.
 * All values live in blocks that are freed together.
 *
 * The language: RFC 8259, and in addition line and block comments, and one comma after the last element of an
 * array or object. Less than RFC 8259: no duplicate keys, no NUL in strings, no control or bidirectional
 * formatting characters unless they are written as escapes (they make a text look like what it is not).
 */
#include "tcbox/jsonc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"

#define BLOCK_BYTES (256u << 10)

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

struct jsonc {
	struct block *blocks;
	struct jsonc_val *root;
	size_t count;
};

struct parser {
	const unsigned char *s;
	size_t len, at;
	struct jsonc_pos pos;		/* of s[at] */
	struct jsonc *doc;
	struct tb_buf scratch;
	struct jsonc_syntax *bad;
	struct jsonc_val *stack[JSONC_MAX_DEPTH];	/* the open arrays and objects */
	size_t depth;
	const char *key;		/* read, and waiting for its value */
	struct jsonc_pos key_pos;
};

static int TB_PRINTF(3, 4) fail(struct parser *p, struct jsonc_pos pos, const char *fmt, ...)
{
	va_list ap;

	p->bad->pos = pos;
	va_start(ap, fmt);
	(void)vsnprintf(p->bad->text, sizeof(p->bad->text), fmt, ap);	/* all texts are shorter */
	va_end(ap);
	return -EINVAL;
}

static void *alloc(struct jsonc *doc, size_t size)
{
	struct block *b = doc->blocks;
	size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;

	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!b || b->size - b->used < size) {
		room += sizeof(max_align_t);
		b = calloc(1, sizeof(*b) + room);
		if (!b)
			return NULL;
		b->size = room;
		b->next = doc->blocks;
		doc->blocks = b;
	}
	b->used += size;
	return b->data + b->used - size;
}

/* peek() - the byte @ahead of the cursor; 0 past the end, which text_check() keeps out of the text */
static unsigned char peek(const struct parser *p, size_t ahead)
{
	return p->len - p->at > ahead ? p->s[p->at + ahead] : 0;
}

static void skip(struct parser *p, size_t bytes)
{
	for (; bytes; bytes--, p->at++) {
		if (p->s[p->at] == '\n') {
			p->pos.line++;
			p->pos.column = 1;
		} else if ((p->s[p->at] & 0xc0) != 0x80) {	/* continuation bytes are no characters */
			p->pos.column++;
		}
	}
}

/* is_bidi() - formatting characters of Unicode UAX #9: they reorder what a reader sees */
static bool is_bidi(uint32_t cp)
{
	return cp == 0x061c || cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069);
}

/* text_check() - refuse what no policy needs in its text; leaves the cursor at the start */
static int text_check(struct parser *p)
{
	struct jsonc_pos start = p->pos;
	size_t begin = p->at, n;
	uint32_t cp = 0;

	if (p->len >= 2 && (p->s[0] == 0xff || p->s[0] == 0xfe || !p->s[0] || !p->s[1]))
		return fail(p, p->pos, "this is not UTF-8 text; UTF-16 must be saved as UTF-8");
	for (; p->at < p->len; skip(p, n)) {
		n = tb_utf8_next(p->s + p->at, p->len - p->at, &cp);
		if (!n)
			return fail(p, p->pos, "the byte 0x%02x is not valid UTF-8", p->s[p->at]);
		if (cp == '\r' && peek(p, 1) != '\n')
			return fail(p, p->pos, "a carriage return without a line feed");
		if ((cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || (cp >= 0x7f && cp < 0xa0))
			return fail(p, p->pos, "control character U+%04X; in a string, write \\u%04x", cp,
				    cp);
		if (is_bidi(cp))
			return fail(
				p, p->pos,
				"U+%04X changes the order in which text is shown; in a string, write \\u%04x",
				cp, cp);
	}
	p->at = begin;
	p->pos = start;
	return 0;
}

/* found() - describe what stands at the cursor, for messages */
static const char *found(const struct parser *p, char out[64])
{
	uint32_t cp = 0;
	size_t n;

	if (p->at >= p->len)
		return "the end of the file";
	if (p->s[p->at] == '\n' || p->s[p->at] == '\r')
		return "the end of the line";
	if (p->s[p->at] == '#')
		return "'#' (comments begin with //)";
	if (p->s[p->at] == '\'')
		return "' (strings are written in double quotes)";
	n = tb_utf8_next(p->s + p->at, p->len - p->at, &cp);
	if (cp < 0x2000)
		(void)snprintf(out, 64, "'%.*s'", (int)n, (const char *)p->s + p->at);
	else
		(void)snprintf(out, 64, "U+%04X", cp);	/* may be invisible */
	return out;
}

/* skip_space() - white space and comments */
static int skip_space(struct parser *p)
{
	struct jsonc_pos start;
	unsigned char c;

	for (;;) {
		c = peek(p, 0);
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			skip(p, 1);
		} else if (c == '/' && peek(p, 1) == '/') {
			while (p->at < p->len && peek(p, 0) != '\n')
				skip(p, 1);
		} else if (c == '/' && peek(p, 1) == '*') {
			start = p->pos;
			for (skip(p, 2); peek(p, 0) != '*' || peek(p, 1) != '/'; skip(p, 1))
				if (p->at >= p->len)
					return fail(p, start, "this comment is not closed by */");
			skip(p, 2);
		} else {
			return 0;
		}
	}
}

/* keep() - Return: a copy in the document's memory */
static const char *keep(struct parser *p, const void *text, size_t len)
{
	char *copy = alloc(p->doc, len + 1);

	if (copy && len)
		memcpy(copy, text, len);
	return copy;
}

/* hex4() - four hexadecimal digits at the cursor. Return: the number, -1 if they are not */
static int hex4(const struct parser *p, size_t ahead)
{
	int v = 0, i;
	unsigned char c;

	for (i = 0; i < 4; i++) {
		c = peek(p, ahead + (size_t)i);
		if (c >= '0' && c <= '9')
			v = v * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return v;
}

static void add_utf8(struct tb_buf *b, uint32_t cp)
{
	if (cp < 0x80) {
		tb_buf_addc(b, (char)cp);
	} else if (cp < 0x800) {
		tb_buf_addc(b, (char)(0xc0 | cp >> 6));
		tb_buf_addc(b, (char)(0x80 | (cp & 0x3f)));
	} else if (cp < 0x10000) {
		tb_buf_addc(b, (char)(0xe0 | cp >> 12));
		tb_buf_addc(b, (char)(0x80 | (cp >> 6 & 0x3f)));
		tb_buf_addc(b, (char)(0x80 | (cp & 0x3f)));
	} else {
		tb_buf_addc(b, (char)(0xf0 | cp >> 18));
		tb_buf_addc(b, (char)(0x80 | (cp >> 12 & 0x3f)));
		tb_buf_addc(b, (char)(0x80 | (cp >> 6 & 0x3f)));
		tb_buf_addc(b, (char)(0x80 | (cp & 0x3f)));
	}
}

/* parse_unicode() - \uXXXX, or two of them for a character beyond U+FFFF (RFC 8259, section 7) */
static int parse_unicode(struct parser *p)
{
	int hi = hex4(p, 2), lo;
	uint32_t cp = (uint32_t)hi;

	if (hi < 0)
		return fail(p, p->pos, "\\u takes four hexadecimal digits");
	if (hi == 0)
		return fail(p, p->pos, "strings do not contain the character NUL");
	if (hi >= 0xdc00 && hi <= 0xdfff)
		return fail(p, p->pos, "\\u%04x is the second half of a surrogate pair without the first",
			    cp);
	if (hi >= 0xd800 && hi <= 0xdbff) {
		lo = peek(p, 6) == '\\' && peek(p, 7) == 'u' ? hex4(p, 8) : -1;
		if (lo < 0xdc00 || lo > 0xdfff)
			return fail(p, p->pos,
				    "\\u%04x is the first half of a surrogate pair without the second", cp);
		cp = 0x10000 + ((uint32_t)(hi - 0xd800) << 10) + (uint32_t)(lo - 0xdc00);
		skip(p, 6);
	}
	skip(p, 6);
	add_utf8(&p->scratch, cp);
	return 0;
}

static int parse_escape(struct parser *p)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	unsigned char c = peek(p, 1);
	const char *at;

	if (c == 'u')
		return parse_unicode(p);
	at = c ? strchr(from, c) : NULL;
	if (!at)
		return fail(p, p->pos, "unknown escape; a backslash itself is written \\\\");
	tb_buf_addc(&p->scratch, to[at - from]);
	skip(p, 2);
	return 0;
}

/* parse_string() - the string at the cursor. Return: 0, with *out in the document's memory; negative errno */
static int parse_string(struct parser *p, const char **out)
{
	struct jsonc_pos start = p->pos;
	int ret;

	tb_buf_reset(&p->scratch);
	for (skip(p, 1); peek(p, 0) != '"';) {
		if (p->at >= p->len || peek(p, 0) == '\n' || peek(p, 0) == '\r')
			return fail(p, start, "this string is not closed on its line");
		if (peek(p, 0) == '\t')
			return fail(p, p->pos, "a tab in a string is written \\t");
		if (peek(p, 0) == '\\') {
			ret = parse_escape(p);
			if (ret < 0)
				return ret;
		} else {
			tb_buf_addc(&p->scratch, (char)peek(p, 0));
			skip(p, 1);
		}
	}
	skip(p, 1);
	if (p->scratch.failed)
		return -ENOMEM;
	*out = keep(p, p->scratch.data, p->scratch.len);
	return *out ? 0 : -ENOMEM;
}

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* number_valid() - the grammar of RFC 8259, section 6. @integer: has neither fraction nor exponent */
static bool number_valid(const char *s, bool *integer)
{
	size_t n;

	s += *s == '-';
	n = digits(s);
	if (!n || (n > 1 && *s == '0'))
		return false;
	s += n;
	*integer = !*s;
	if (*s == '.') {
		n = digits(++s);
		if (!n)
			return false;
		s += n;
	}
	if (*s == 'e' || *s == 'E') {
		s += s[1] == '+' || s[1] == '-' ? 2 : 1;
		n = digits(s);
		if (!n)
			return false;
		s += n;
	}
	return !*s;
}

static int word_fail(struct parser *p, const struct jsonc_val *v)
{
	static const struct { const char *word, *fix; } known[] = {
		{ "True", "write true" }, { "yes", "write true" }, { "on", "write true" },
		{ "False", "write false" }, { "no", "write false" }, { "off", "write false" },
		{ "None", "write null" }, { "nil", "write null" },
		{ "NaN", "JSON has no such number" }, { "Infinity", "JSON has no such number" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(v->text, known[i].word))
			return fail(p, v->pos, "unknown word %s; %s", v->text, known[i].fix);
	if (strchr("+-.0123456789", v->text[0]))
		return fail(p, v->pos, "%.40s is not a JSON number", v->text);
	return fail(p, v->pos, "unknown word %.40s; strings are written in double quotes", v->text);
}

/* is_word() - characters of true, false, null and numbers, and of words that somebody took for a value */
static bool is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr("+-._$", c));
}

/* parse_word() - true, false, null or a number */
static int parse_word(struct parser *p, struct jsonc_val *v)
{
	const char *start = (const char *)p->s + p->at, *c;
	bool integer = false;
	size_t n = 0;

	while (is_word(peek(p, n)))
		n++;
	v->text = keep(p, start, n);
	if (!v->text)
		return -ENOMEM;
	if (!strcmp(v->text, "true") || !strcmp(v->text, "false")) {
		v->type = JSONC_BOOL;
		v->truth = v->text[0] == 't';
	} else if (!strcmp(v->text, "null")) {
		v->type = JSONC_NULL;
	} else if (number_valid(v->text, &integer)) {
		v->type = integer ? JSONC_INTEGER : JSONC_NUMBER;
		v->negative = v->text[0] == '-';
		for (c = v->text + v->negative; integer && *c; c++)
			if (__builtin_mul_overflow(v->magnitude, UINT64_C(10), &v->magnitude) ||
			    __builtin_add_overflow(v->magnitude, (uint64_t)(*c - '0'), &v->magnitude)) {
				v->type = JSONC_NUMBER;
				break;
			}
	} else {
		return word_fail(p, v);
	}
	skip(p, n);
	return 0;
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

/* parse_value() - one value; of an array or object only the opening bracket, which goes on the stack */
static int parse_value(struct parser *p)
{
	unsigned char c = peek(p, 0);
	struct jsonc_val *v;
	char what[64];
	int ret = 0;

	if (p->doc->count++ >= JSONC_MAX_VALUES)
		return fail(p, p->pos, "more than %u values", JSONC_MAX_VALUES);
	v = alloc(p->doc, sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->pos = p->pos;
	if (c == '"') {
		v->type = JSONC_STRING;
		ret = parse_string(p, &v->text);
	} else if (c == '{' || c == '[') {
		v->type = c == '{' ? JSONC_OBJECT : JSONC_ARRAY;
		if (p->depth == JSONC_MAX_DEPTH)
			return fail(p, p->pos, "nested deeper than %d levels", JSONC_MAX_DEPTH);
		skip(p, 1);
	} else if (is_word(c)) {
		ret = parse_word(p, v);
	} else {
		return fail(p, p->pos, "a value is expected here, not %s", found(p, what));
	}
	if (ret < 0)
		return ret;
	attach(p, v);
	if (c == '{' || c == '[')
		p->stack[p->depth++] = v;
	return 0;
}

/* parse_key() - "key": */
static int parse_key(struct parser *p, const struct jsonc_val *object)
{
	const struct jsonc_val *m;
	char what[64];
	int ret;

	p->key_pos = p->pos;
	if (peek(p, 0) != '"')
		return fail(p, p->pos, "a key in double quotes is expected here, not %s", found(p, what));
	ret = parse_string(p, &p->key);
	if (ret < 0)
		return ret;
	m = jsonc_member(object, p->key);
	if (m)
		return fail(p, p->key_pos, "duplicate key \"%.40s\"; it is in line %u, column %u already",
			    p->key, m->key_pos.line, m->key_pos.column);
	if (object->count >= JSONC_MAX_KEYS)
		return fail(p, p->key_pos, "more than %d keys in one object", JSONC_MAX_KEYS);
	ret = skip_space(p);
	if (ret < 0)
		return ret;
	if (peek(p, 0) != ':')
		return fail(p, p->pos, "':' is expected here, after the key, not %s", found(p, what));
	skip(p, 1);
	return skip_space(p);
}

/* parse_between() - closing brackets, a comma, a key. Return: 1 a value follows, 0 all is read, negative errno */
static int parse_between(struct parser *p)
{
	struct jsonc_val *top;
	bool comma;
	unsigned char close;
	char what[64];
	int ret;

	for (; p->depth; p->depth--) {
		top = p->stack[p->depth - 1];
		close = top->type == JSONC_OBJECT ? '}' : ']';
		comma = !top->count;		/* before the first element there is none to miss */
		ret = skip_space(p);
		if (!ret && top->count && peek(p, 0) == ',') {
			comma = true;
			skip(p, 1);
			ret = skip_space(p);
		}
		if (ret < 0)
			return ret;
		if (peek(p, 0) == close) {
			skip(p, 1);
			continue;
		}
		if (p->at >= p->len)
			return fail(p, top->pos, "this '%c' is not closed before the end of the file",
				    close == '}' ? '{' : '[');
		if (!comma)
			return fail(p, p->pos, "',' or '%c' is expected here, not %s", close, found(p, what));
		if (top->type == JSONC_OBJECT) {
			ret = parse_key(p, top);
			if (ret < 0)
				return ret;
		}
		return 1;
	}
	return 0;
}

static int parse_document(struct parser *p)
{
	char what[64];
	int ret;

	if (p->len >= 3 && !memcmp(p->s, "\xef\xbb\xbf", 3))
		p->at = 3;		/* a byte order mark, as some editors leave it */
	ret = text_check(p);
	if (!ret)
		ret = skip_space(p);
	if (!ret && p->at >= p->len)
		return fail(p, p->pos, "the file is empty");
	while (ret >= 0) {
		ret = parse_value(p);
		if (!ret)
			ret = parse_between(p);
		if (!ret)
			break;
	}
	if (!ret)
		ret = skip_space(p);
	if (!ret && p->at < p->len)
		return fail(p, p->pos, "the document is complete here, but %s follows", found(p, what));
	return ret;
}

int jsonc_parse(const char *text, size_t len, struct jsonc **out, struct jsonc_syntax *bad)
{
	struct parser p = { .s = (const unsigned char *)text, .len = len, .pos = { 1, 1 }, .bad = bad };
	int ret;

	*out = NULL;
	if (len > JSONC_MAX_BYTES)
		return -EFBIG;
	p.doc = calloc(1, sizeof(*p.doc));
	if (!p.doc)
		return -ENOMEM;
	ret = parse_document(&p);
	tb_buf_free(&p.scratch);
	if (ret < 0) {
		jsonc_free(p.doc);
		return ret;
	}
	*out = p.doc;
	return 0;
}

void jsonc_free(struct jsonc *doc)
{
	struct block *b, *next;

	if (!doc)
		return;
	for (b = doc->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	free(doc);
}

const struct jsonc_val *jsonc_root(const struct jsonc *doc)
{
	return doc->root;
}

const struct jsonc_val *jsonc_member(const struct jsonc_val *object, const char *key)
{
	const struct jsonc_val *m;

	for (m = object->first; m; m = m->next)
		if (!strcmp(m->key, key))
			return m;
	return NULL;
}
