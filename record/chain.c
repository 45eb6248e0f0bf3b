/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.c - the form of events.chain, for who writes and who reads it
 */
#include "tcbox/chain.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/jsonc.h"
#include "tcbox/own.h"

/* The texts of the head, in the order in which they are written. */
static const struct {
	const char *key;
	size_t offset;
	size_t digits;			/* 0: any challenge */
	bool needed;
} texts[] = {
	{ "random", offsetof(struct chain_head, random), CHAIN_RANDOM - 1, true },
	{ "manifest_sha256", offsetof(struct chain_head, manifest_sha256), TB_SHA256_HEX - 1,
	  true },
	{ "policy_sha256", offsetof(struct chain_head, policy_sha256), TB_SHA256_HEX - 1, false },
	{ "review_sha256", offsetof(struct chain_head, review_sha256), TB_SHA256_HEX - 1, false },
	{ "challenge", offsetof(struct chain_head, challenge), 0, false },
};

void chain_head_write(struct tb_buf *out, const struct chain_head *head)
{
	tb_buf_addf(out, "{\"tcbox_chain\": %d, \"started_ns\": %" PRId64, CHAIN_FORMAT,
		    head->started_ns);
	for (size_t i = 0; i < TB_ARRAY_SIZE(texts); i++) {
		const char *text = (const char *)head + texts[i].offset;

		if (*text)
			tb_buf_addf(out, ", \"%s\": \"%s\"", texts[i].key, text);
	}
	tb_buf_adds(out, "}\n");
}

static int bad(struct tb_err *err, const char *key, const char *what)
{
	return tb_err_msg(err, EBADMSG, "%s:1: \"%s\" %s", CHAIN_FILE, key, what);
}

int chain_challenge(const char *text, char out[CHAIN_CHALLENGE], struct tb_err *err)
{
	size_t n = strlen(text);

	if (n < CHAIN_CHALLENGE_MIN || n >= CHAIN_CHALLENGE ||
	    strspn(text, "0123456789abcdefABCDEF") != n)
		return tb_err_msg(err, EINVAL, "a challenge is %d to %d hexadecimal digits",
				  CHAIN_CHALLENGE_MIN, CHAIN_CHALLENGE - 1);
	for (size_t i = 0; i <= n; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	return 0;
}

/* fits() - so many digits, or a challenge as we write it */
static bool fits(const char *text, size_t digits)
{
	size_t n = strlen(text);

	if (strspn(text, "0123456789abcdef") != n)
		return false;
	return digits ? n == digits : n >= CHAIN_CHALLENGE_MIN && n < CHAIN_CHALLENGE;
}

/* read_text() - so many hexadecimal digits, or nothing */
static int read_text(const struct jsonc_val *o, size_t i, struct chain_head *head,
		     struct tb_err *err)
{
	const struct jsonc_val *v = jsonc_member(o, texts[i].key);

	if (!v && texts[i].needed)
		return bad(err, texts[i].key, "is missing");
	if (!v)
		return 0;
	if (v->type != JSONC_STRING || !fits(v->text, texts[i].digits))
		return bad(err, texts[i].key, "is not so many hexadecimal digits");
	memcpy((char *)head + texts[i].offset, v->text, strlen(v->text) + 1);
	return 0;
}

static int read_members(const struct jsonc_val *o, struct chain_head *head, struct tb_err *err)
{
	const struct jsonc_val *v = jsonc_member(o, "tcbox_chain");
	uint64_t format = 0;
	int ret = 0;

	if (!v || !jsonc_uint(v, &format) || !format)
		return bad(err, "tcbox_chain", "is missing, or is no known format");
	if (format > CHAIN_FORMAT)
		return tb_err_msg(err, EPROTO,
				  "%s has format %" PRIu64 ", written by a newer tcbox; "
				  "this one reads up to %d", CHAIN_FILE, format, CHAIN_FORMAT);
	v = jsonc_member(o, "started_ns");
	if (!v || !jsonc_int(v, &head->started_ns))
		return bad(err, "started_ns", "is missing, or is not a whole number");
	for (size_t i = 0; !ret && i < TB_ARRAY_SIZE(texts); i++)
		ret = read_text(o, i, head, err);
	return ret;
}

int chain_head_parse(const char *text, size_t len, struct chain_head *head, struct tb_err *err)
{
	struct jsonc_syntax at;
	struct jsonc *doc;
	int ret;

	*head = (struct chain_head){ 0 };
	ret = jsonc_parse_bytes(text, len, &doc, &at);
	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read %s", CHAIN_FILE);
	if (ret)
		return tb_err_msg(err, EBADMSG, "%s:1: %s", CHAIN_FILE, at.text);
	ret = read_members(jsonc_root(doc), head, err);
	jsonc_free(doc);
	return ret;
}

int chain_first(struct tb_sha256 *h, const char *line, size_t len, char value[TB_SHA256_HEX],
		struct tb_err *err)
{
	tb_sha256_add(h, line, len);
	return tb_sha256_result(h, value, err);
}

int chain_line(struct tb_sha256 *h, const char *line, size_t len, char hex[TB_SHA256_HEX],
	       struct tb_err *err)
{
	tb_sha256_add(h, line, len);
	return tb_sha256_result(h, hex, err);
}

int chain_next(struct tb_sha256 *h, const char *line, char value[TB_SHA256_HEX],
	       struct tb_err *err)
{
	char text[2 * TB_SHA256_HEX];

	memcpy(text, value, TB_SHA256_HEX - 1);
	text[TB_SHA256_HEX - 1] = '\n';
	memcpy(text + TB_SHA256_HEX, line, TB_SHA256_HEX - 1);
	text[sizeof(text) - 1] = '\n';
	tb_sha256_add(h, text, sizeof(text));
	return tb_sha256_result(h, value, err);
}
