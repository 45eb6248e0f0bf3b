/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redacted.c - what redacted.json says of a bundle
 *
 * Untrusted: whoever gave the bundle away wrote it. That the file is there bounds the verdict,
 * whatever is in it.
 */
#include "run/redacted.h"

#include <errno.h>
#include <string.h>

#include "tcbox/file.h"
#include "tcbox/jsonc.h"

#define MAX_BYTES (1u << 20)

const struct redacted_word redacted_words[REDACTED_WORDS] = {
	{ "payloads", "what packets carried and the product printed" },
	{ "secrets", "secrets of TLS sessions" },
	{ "environment", "names of variables and of the machine" },
	{ "users", "names of users" },
	{ "report", "the report of the run" },
};

static bool has_word(const struct jsonc_val *list, const char *word)
{
	const struct jsonc_val *v = list && list->type == JSONC_ARRAY ? list->first : NULL;

	for (; v; v = v->next)
		if (v->type == JSONC_STRING && !strcmp(v->text, word))
			return true;
	return false;
}

static void say_words(const struct jsonc_val *list, struct tb_buf *out)
{
	const char *between = " Taken out: ";

	for (size_t i = 0; i < REDACTED_WORDS; i++) {
		if (!has_word(list, redacted_words[i].name))
			continue;
		tb_buf_adds(out, between);
		tb_buf_adds(out, redacted_words[i].shown);
		between = ", ";
	}
}

/* read_words() - Return: 0; -ENOMEM; other negative errno: it cannot be read */
static int read_words(int dir, struct tb_buf *out)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct jsonc_syntax bad;
	struct tb_err err = { 0 };
	struct jsonc *doc = NULL;
	int ret = tb_read_regular(dir, REDACTED_FILE, MAX_BYTES, &text, &err);

	if (!ret)
		ret = jsonc_parse_bytes(text.data ? text.data : "", text.len, &doc, &bad);
	if (ret)
		return ret;
	say_words(jsonc_member(jsonc_root(doc), "what"), out);
	jsonc_free(doc);
	return 0;
}

int redacted_say(int dir, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf words = TB_BUF_INIT;
	int ret = read_words(dir, &words);

	if (ret == -ENOENT)
		return 0;
	if (ret == -ENOMEM || words.failed)
		return tb_err_set(err, ENOMEM, "read %s", REDACTED_FILE);
	tb_buf_adds(out, "The bundle is redacted: not all that the run left is in it, and what was "
		    "taken out nobody can look up.");
	if (words.len)
		tb_buf_add(out, words.data, words.len);
	else
		tb_buf_adds(out, " What that was is not known (" REDACTED_FILE ")");
	return out->failed ? tb_err_set(err, ENOMEM, "read %s", REDACTED_FILE) : 0;
}
