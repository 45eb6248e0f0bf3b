/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonc_scan.c - the letters of JSON: places, white space, strings and words, without structure
 *
 * How it works: lines are counted where a line ends, and columns when somebody asks; everything
 * else is a cursor. Texts of people are looked through first, by jscan_check(). What programs wrote
 * is judged where it stands: outside of strings the grammar leaves no room for anything odd.
 */
#include "lib/jsonc_scan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"

struct jsonc_pos jscan_here(const struct jscan *in)
{
	return (struct jsonc_pos){ in->line + 1,
				   (unsigned int)(in->at - in->line_start - in->continued) + 1 };
}

int jscan_fail(struct jscan *in, struct jsonc_pos pos, const char *fmt, ...)
{
	va_list ap;

	in->bad->pos = pos;
	va_start(ap, fmt);
	(void)vsnprintf(in->bad->text, sizeof(in->bad->text), fmt, ap);	/* all texts are shorter */
	va_end(ap);
	return -EINVAL;
}

unsigned char jscan_peek(const struct jscan *in, size_t ahead)
{
	return in->len - in->at > ahead ? in->s[in->at + ahead] : 0;
}

/* pass() - one byte that may end a line or continue a character */
static void pass(struct jscan *in)
{
	unsigned char c = in->s[in->at++];

	if (c == '\n') {
		in->line++;
		in->line_start = in->at;
		in->continued = 0;
	} else if ((c & 0xc0) == 0x80) {
		in->continued++;
	}
}

/* is_bidi() - formatting characters of Unicode UAX #9: they reorder what a reader sees */
static bool is_bidi(uint32_t cp)
{
	return cp == 0x061c || cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069);
}

static int control_fail(struct jscan *in, uint32_t cp)
{
	return jscan_fail(in, jscan_here(in),
			  "control character U+%04X; in a string, write \\u%04x", cp, cp);
}

static int utf8_fail(struct jscan *in)
{
	return jscan_fail(in, jscan_here(in), "the byte 0x%02x is not valid UTF-8", in->s[in->at]);
}

/* check_char() - the character at the cursor */
static int check_char(struct jscan *in, uint32_t cp)
{
	if (cp == '\r' && jscan_peek(in, 1) != '\n')
		return jscan_fail(in, jscan_here(in), "a carriage return without a line feed");
	if ((cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || (cp >= 0x7f && cp < 0xa0))
		return control_fail(in, cp);
	if (is_bidi(cp))
		return jscan_fail(in, jscan_here(in),
				  "U+%04X changes the order in which text is shown; in a string, "
				  "write \\u%04x", cp, cp);
	return 0;
}

int jscan_check(struct jscan *in)
{
	struct jscan start = *in;
	uint32_t cp = 0;
	size_t n;

	if (in->len >= 2 && (in->s[0] == 0xff || in->s[0] == 0xfe || !in->s[0] || !in->s[1]))
		return jscan_fail(in, jscan_here(in),
				  "this is not UTF-8 text; UTF-16 must be saved as UTF-8");
	while (in->at < in->len) {
		n = tb_utf8_next(in->s + in->at, in->len - in->at, &cp);
		if (!n)
			return utf8_fail(in);
		if (check_char(in, cp))
			return -EINVAL;
		for (; n; n--)
			pass(in);
	}
	*in = start;
	return 0;
}

/* block_comment() - from its slash past the closing one */
static int block_comment(struct jscan *in)
{
	struct jsonc_pos start = jscan_here(in);

	for (in->at += 2; jscan_peek(in, 0) != '*' || jscan_peek(in, 1) != '/'; pass(in))
		if (in->at >= in->len)
			return jscan_fail(in, start, "this comment is not closed by */");
	in->at += 2;
	return 0;
}

int jscan_space(struct jscan *in)
{
	for (;;) {
		unsigned char c = jscan_peek(in, 0);

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			pass(in);
		} else if (c == '/' && jscan_peek(in, 1) == '/' && !in->bytes) {
			while (in->at < in->len && jscan_peek(in, 0) != '\n')
				pass(in);
		} else if (c == '/' && jscan_peek(in, 1) == '*' && !in->bytes) {
			if (block_comment(in))
				return -EINVAL;
		} else {
			return 0;
		}
	}
}

const char *jscan_found(const struct jscan *in, char out[64])
{
	uint32_t cp = 0;
	size_t n;

	if (in->at >= in->len)
		return "the end of the file";
	if (in->s[in->at] == '\n' || in->s[in->at] == '\r')
		return "the end of the line";
	if (in->s[in->at] == '#')
		return "'#' (comments begin with //)";
	if (in->s[in->at] == '\'')
		return "' (strings are written in double quotes)";
	n = tb_utf8_next(in->s + in->at, in->len - in->at, &cp);
	if (!n)
		(void)snprintf(out, 64, "the byte 0x%02x", in->s[in->at]);
	else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ||
		 cp >= 0x2000)	/* may be invisible */
		(void)snprintf(out, 64, "U+%04X", cp);
	else
		(void)snprintf(out, 64, "'%.*s'", (int)n, (const char *)in->s + in->at);
	return out;
}

/* hex4() - four hexadecimal digits. Return: the number, -1 if they are not */
static int hex4(const struct jscan *in, size_t ahead)
{
	int v = 0;

	for (size_t i = 0; i < 4; i++) {
		unsigned char c = jscan_peek(in, ahead + i);

		if (c >= '0' && c <= '9')
			v = v * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return v;
}

/* put_utf8() - Return: behind the last byte */
static char *put_utf8(char *out, uint32_t cp)
{
	if (cp < 0x80) {
		*out++ = (char)cp;
		return out;
	}
	if (cp < 0x800) {
		*out++ = (char)(0xc0 | cp >> 6);
	} else if (cp < 0x10000) {
		*out++ = (char)(0xe0 | cp >> 12);
		*out++ = (char)(0x80 | (cp >> 6 & 0x3f));
	} else {
		*out++ = (char)(0xf0 | cp >> 18);
		*out++ = (char)(0x80 | (cp >> 12 & 0x3f));
		*out++ = (char)(0x80 | (cp >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (cp & 0x3f));
	return out;
}

/* unicode() - \uXXXX, or two of them for a character beyond U+FFFF (RFC 8259, section 7) */
static int unicode(struct jscan *in, char **out)
{
	int hi = hex4(in, 2), lo;
	uint32_t cp = (uint32_t)hi;

	if (hi < 0)
		return jscan_fail(in, jscan_here(in), "\\u takes four hexadecimal digits");
	if (hi == 0)
		return jscan_fail(in, jscan_here(in), "strings do not contain the character NUL");
	if (hi >= 0xdc00 && hi <= 0xdfff)
		return jscan_fail(in, jscan_here(in),
				  "\\u%04x is the second half of a surrogate pair without the "
				  "first", cp);
	if (hi >= 0xd800 && hi <= 0xdbff) {
		lo = jscan_peek(in, 6) == '\\' && jscan_peek(in, 7) == 'u' ? hex4(in, 8) : -1;
		if (lo < 0xdc00 || lo > 0xdfff)
			return jscan_fail(in, jscan_here(in),
					  "\\u%04x is the first half of a surrogate pair without "
					  "the second", cp);
		cp = 0x10000 + ((uint32_t)(hi - 0xd800) << 10) + (uint32_t)(lo - 0xdc00);
		in->at += 6;
	}
	in->at += 6;
	*out = put_utf8(*out, cp);
	return 0;
}

static int escape(struct jscan *in, char **out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	unsigned char c = jscan_peek(in, 1);
	const char *at;

	if (c == 'u')
		return unicode(in, out);
	at = c ? strchr(from, c) : NULL;
	if (!at)
		return jscan_fail(in, jscan_here(in),
				  "unknown escape; a backslash itself is written \\\\");
	*(*out)++ = to[at - from];
	in->at += 2;
	return 0;
}

/* hex_digit() - as tb_buf_add_json() writes them. Return: -1 if it is none */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* unescape() - the bytes that tb_buf_add_json() was given, in place: two backslashes are one, \xNN
 * is a byte that is no ASCII, and so no NUL. Return: false if a backslash is followed by something
 * that it never writes */
static bool unescape(char *s)
{
	char *out = strchr(s, '\\');

	for (s = out; s && *s; out++) {
		if (*s != '\\') {
			*out = *s++;
		} else if (s[1] == '\\') {
			*out = '\\';
			s += 2;
		} else if (s[1] == 'x' && hex_digit(s[2]) >= 8 && hex_digit(s[3]) >= 0) {
			*out = (char)(hex_digit(s[2]) << 4 | hex_digit(s[3]));
			s += 4;
		} else {
			return false;
		}
	}
	if (out)
		*out = '\0';
	return true;
}

size_t jscan_string_room(const struct jscan *in)
{
	size_t end = in->at + 1;

	while (end < in->len && in->s[end] != '"')
		end += in->s[end] == '\\' ? 2 : 1;
	return end - in->at;
}

/* plain_len() - ASCII that stands for itself */
static size_t plain_len(const struct jscan *in)
{
	size_t i = in->at;

	while (i < in->len && in->s[i] >= 0x20 && in->s[i] < 0x80 && in->s[i] != '"' &&
	       in->s[i] != '\\')
		i++;
	return i - in->at;
}

/* odd_char() - what is neither plain nor the closing quote */
static int odd_char(struct jscan *in, struct jsonc_pos start, char **out)
{
	unsigned char c = jscan_peek(in, 0);
	uint32_t cp;
	size_t n;

	if (in->at >= in->len || c == '\n' || c == '\r')
		return jscan_fail(in, start, "this string is not closed on its line");
	if (c == '\t')
		return jscan_fail(in, jscan_here(in), "a tab in a string is written \\t");
	if (c < 0x20)
		return control_fail(in, c);
	if (c == '\\')
		return escape(in, out);
	n = tb_utf8_next(in->s + in->at, in->len - in->at, &cp);
	if (!n)
		return utf8_fail(in);
	memcpy(*out, in->s + in->at, n);
	*out += n;
	in->at += n;
	in->continued += n - 1;
	return 0;
}

int jscan_string(struct jscan *in, char *out)
{
	struct jsonc_pos start = jscan_here(in);
	char *begin = out;
	size_t n;

	for (in->at++;;) {
		n = plain_len(in);
		memcpy(out, in->s + in->at, n);
		out += n;
		in->at += n;
		if (jscan_peek(in, 0) == '"')
			break;
		if (odd_char(in, start, &out))
			return -EINVAL;
	}
	in->at++;
	*out = '\0';
	if (in->bytes && !unescape(begin))
		return jscan_fail(in, start, "this string has a backslash that stands for nothing");
	return 0;
}

bool jscan_is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr("+-._$", c));
}

size_t jscan_word_len(const struct jscan *in)
{
	size_t n = 0;

	while (jscan_is_word(jscan_peek(in, n)))
		n++;
	return n;
}

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* number_valid() - the grammar of RFC 8259, section 6. @integer: has neither fraction nor
 * exponent */
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

static int word_fail(struct jscan *in, const struct jsonc_val *v)
{
	static const struct { const char *word, *fix; } known[] = {
		{ "True", "write true" }, { "yes", "write true" }, { "on", "write true" },
		{ "False", "write false" }, { "no", "write false" }, { "off", "write false" },
		{ "None", "write null" }, { "nil", "write null" },
		{ "NaN", "JSON has no such number" }, { "Infinity", "JSON has no such number" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(known); i++)
		if (!strcmp(v->text, known[i].word))
			return jscan_fail(in, v->pos, "unknown word %s; %s", v->text, known[i].fix);
	if (strchr("+-.0123456789", v->text[0]))
		return jscan_fail(in, v->pos, "%.40s is not a JSON number", v->text);
	return jscan_fail(in, v->pos, "unknown word %.40s; strings are written in double quotes",
			  v->text);
}

/* magnitude() - Return: false if the digits do not fit */
static bool magnitude(const char *digit, uint64_t *out)
{
	for (*out = 0; *digit; digit++)
		if (__builtin_mul_overflow(*out, UINT64_C(10), out) ||
		    __builtin_add_overflow(*out, (uint64_t)(*digit - '0'), out))
			return false;
	return true;
}

static int number(struct jscan *in, struct jsonc_val *v, bool integer)
{
	v->type = JSONC_NUMBER;
	v->negative = v->text[0] == '-';
	if (!integer)
		return 0;
	if (magnitude(v->text + v->negative, &v->magnitude))
		v->type = JSONC_INTEGER;
	/* Who writes numbers that others clamp, wants to be understood in two ways. */
	if (in->bytes && (v->type != JSONC_INTEGER ||
			  (v->negative && v->magnitude > UINT64_C(1) << 63)))
		return jscan_fail(in, v->pos, "%.40s does not fit 64 bits", v->text);
	return 0;
}

int jscan_word(struct jscan *in, struct jsonc_val *v)
{
	bool integer = false;

	if (number_valid(v->text, &integer))
		return number(in, v, integer);
	v->type = JSONC_BOOL;
	v->truth = v->text[0] == 't';
	if (!strcmp(v->text, "true") || !strcmp(v->text, "false"))
		return 0;
	v->type = JSONC_NULL;
	if (!strcmp(v->text, "null"))
		return 0;
	return word_fail(in, v);
}
