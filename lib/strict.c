/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strict.c - JSON that every reader understands in the same way
 *
 * How it works: json-c 0.16 reads the text. Even in strict mode it clamps integers that do not fit, takes
 * the last of two equal members, and accepts NaN, 'single quotes', raw control characters, NUL and overlong
 * UTF-8 in strings (RFC 8259, 4, 6 to 8). So the text is looked through first, for what one can see without
 * knowing its structure; members are counted there and compared with those that came out.
 */
#include "tcbox/strict.h"

#include <errno.h>
#include <json-c/json.h>
#include <json-c/json_visit.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tcbox/buf.h"

#define DEPTH_MAX 8

struct scan {
	const char *s;
	size_t len;
	size_t at;
	size_t members;		/* colons outside strings */
};

/* string() - from the opening quote past the closing one. Return: NULL, or what is wrong */
static const char *string(struct scan *in)
{
	uint32_t cp;
	size_t n;

	for (in->at++; in->at < in->len; in->at += n) {
		const unsigned char *s = (const unsigned char *)in->s + in->at;

		n = 1;
		if (*s == '"') {
			in->at++;
			return NULL;
		}
		if (*s < 0x20)
			return "control character in a string";
		if (*s >= 0x80 && !(n = tb_utf8_next(s, in->len - in->at, &cp)))
			return "not UTF-8";
		if (*s == '\\') {
			if (in->len - in->at >= 6 && !memcmp(s, "\\u0000", 6))
				return "NUL in a string";
			n = 2;		/* what may follow is for json-c to say */
		}
	}
	return "string without an end";
}

/* number() - Fractions and exponents are left to json-c: their type shows that they are no integers */
static const char *number(struct scan *in)
{
	bool negative = in->s[in->at] == '-', fits = true, integer = true;
	uint64_t v = 0;

	for (in->at += negative; in->at < in->len; in->at++) {
		char c = in->s[in->at];

		if (c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-')
			integer = false;
		else if (c < '0' || c > '9')
			break;
		else if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(c - '0'), &v))
			fits = false;
	}
	if (integer && (!fits || (negative && v > UINT64_C(1) << 63)))
		return "number out of range";
	return NULL;
}

static const char *look_through(struct scan *in)
{
	const char *why = NULL;

	while (!why && in->at < in->len) {
		switch (in->s[in->at]) {
		case '"':
			why = string(in);
			break;
		case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
			why = number(in);
			break;
		case ':':
			in->members++;
			in->at++;
			break;
		case '{': case '}': case '[': case ']': case ',': case ' ': case '\t': case '\r': case '\n':
		case 't': case 'r': case 'u': case 'e': case 'f': case 'a': case 'l': case 's': case 'n':	/* true, false, null */
			in->at++;
			break;
		default:
			why = "unexpected character";
		}
	}
	return why;
}

static int count_members(struct json_object *o, int flags, struct json_object *parent, const char *key, size_t *index, void *arg)
{
	size_t *n = arg;

	(void)parent;
	(void)key;
	(void)index;
	if (flags != JSON_C_VISIT_SECOND && json_object_is_type(o, json_type_object))
		*n += (size_t)json_object_object_length(o);
	return JSON_C_VISIT_RETURN_CONTINUE;
}

/* repeats() - an object names a member twice: then there are fewer than were written */
static bool repeats(struct json_object *o, size_t members)
{
	size_t n = 0;

	if (json_object_is_type(o, json_type_object) && (size_t)json_object_object_length(o) == members)
		return false;	/* the usual case: one object */
	(void)json_c_visit(o, 0, count_members, &n);
	return n != members;
}

int rec_json_parse(const char *text, size_t len, struct json_object **out, struct tb_err *err)
{
	struct scan in = { .s = text, .len = len };
	struct json_tokener *tok;
	struct json_object *o;
	const char *why;

	while (in.len && strchr(" \t\r\n", text[in.len - 1]) && text[in.len - 1])
		in.len--;
	why = look_through(&in);
	if (why)
		return tb_err_msg(err, EBADMSG, "not JSON near byte %zu: %s", in.at, why);
	tok = json_tokener_new_ex(DEPTH_MAX);
	if (!tok)
		return tb_err_set(err, ENOMEM, "read JSON");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(tok, text, (int)in.len);
	in.at = json_tokener_get_parse_end(tok);
	if (json_tokener_get_error(tok) == json_tokener_continue)
		why = "it ends too early";
	else if (json_tokener_get_error(tok) != json_tokener_success)
		why = json_tokener_error_desc(json_tokener_get_error(tok));
	else if (in.at != in.len)
		why = "more than one value";
	else if (repeats(o, in.members))
		why = "an object names a member twice";
	json_tokener_free(tok);
	if (why) {
		json_object_put(o);
		return tb_err_msg(err, EBADMSG, "not JSON near byte %zu: %s", in.at, why);
	}
	*out = o;
	return 0;
}

bool rec_json_uint(struct json_object *o, uint64_t *out)
{
	if (!json_object_is_type(o, json_type_int) || json_object_get_int64(o) < 0)
		return false;
	*out = json_object_get_uint64(o);
	return true;
}

bool rec_json_int(struct json_object *o, int64_t *out)
{
	if (!json_object_is_type(o, json_type_int))
		return false;
	*out = json_object_get_int64(o);
	/* It clamps here as well; only INT64_MAX can be both itself and a clamped number. */
	return *out != INT64_MAX || json_object_get_uint64(o) == INT64_MAX;
}
