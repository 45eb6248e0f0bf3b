/* SPDX-License-Identifier: Apache-2.0 */
/*
 * envelope.c - seal.json: a DSSE envelope with exact bytes and who signed them
 */
#include "seal/envelope.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/file.h"
#include "tcbox/json_write.h"
#include "tcbox/jsonc.h"
#include "tcbox/own.h"

void envelope_clear(struct envelope *e)
{
	tb_buf_free(&e->payload);
	for (size_t i = 0; i < e->n; i++) {
		free(e->signatures[i].keyid);
		tb_buf_free(&e->signatures[i].sig);
		tb_buf_free(&e->signatures[i].key);
	}
	*e = (struct envelope){ .payload = TB_BUF_INIT };
}

/* base64() - RFC 4648, with padding. Return: NULL without memory; the caller frees it */
static char *base64(const struct tb_buf *b)
{
	char *text = malloc((b->len + 2) / 3 * 4 + 1);

	if (text)
		(void)EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)b->data,
				      (int)b->len);
	return text;
}

static void write_base64(struct jw *w, const char *key, const struct tb_buf *b)
{
	TB_AUTOFREE char *text = base64(b);

	jw_str(w, key, text);
	w->out->failed = w->out->failed || !text;
}

void envelope_write(const struct envelope *e, struct tb_buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_str(&w, "payloadType", ENVELOPE_TYPE);
	write_base64(&w, "payload", &e->payload);
	jw_array(&w, "signatures");
	for (size_t i = 0; i < e->n; i++) {
		jw_object(&w, NULL);
		jw_str(&w, "keyid", e->signatures[i].keyid);
		write_base64(&w, "sig", &e->signatures[i].sig);
		write_base64(&w, "key", &e->signatures[i].key);
		jw_end(&w);
	}
	jw_end(&w);
	jw_end(&w);
}

static int bad(struct tb_err *err, const char *what)
{
	return tb_err_msg(err, EBADMSG, "%s: %s", SEAL_FILE, what);
}

/* read_base64() - what is not exactly as it would be written is found when all is written again */
static int read_base64(const struct jsonc_val *object, const char *key, struct tb_buf *out,
		       struct tb_err *err)
{
	const char *text = jsonc_text(object, key);
	size_t len = text ? strlen(text) : 0, pad = 0;
	TB_AUTOFREE unsigned char *bytes = NULL;
	int n;

	if (!len || len % 4)
		return tb_err_msg(err, EBADMSG, "%s: \"%s\" is missing, or is not base64",
				  SEAL_FILE, key);
	bytes = malloc(len);
	if (!bytes)
		return tb_err_set(err, ENOMEM, "read %s", SEAL_FILE);
	n = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
	while (pad < 2 && text[len - 1 - pad] == '=')
		pad++;
	if (n < (int)pad + 1)
		return tb_err_msg(err, EBADMSG, "%s: \"%s\" is not base64", SEAL_FILE, key);
	tb_buf_add(out, bytes, (size_t)n - pad);
	return out->failed ? tb_err_set(err, ENOMEM, "read %s", SEAL_FILE) : 0;
}

static int read_signature(const struct jsonc_val *v, struct envelope *e, struct tb_err *err)
{
	struct signature *s = &e->signatures[e->n];
	const char *keyid = jsonc_text(v, "keyid");
	int ret;

	if (e->n == SIGNERS_MAX)
		return tb_err_msg(err, EBADMSG, "%s: more than %d signatures", SEAL_FILE,
				  SIGNERS_MAX);
	if (!keyid)
		return bad(err, "a signature without \"keyid\"");
	*s = (struct signature){ .keyid = strdup(keyid) };
	if (!s->keyid)
		return tb_err_set(err, ENOMEM, "read %s", SEAL_FILE);
	e->n++;
	ret = read_base64(v, "sig", &s->sig, err);
	return ret ? ret : read_base64(v, "key", &s->key, err);
}

static int read_members(const struct jsonc_val *o, struct envelope *e, struct tb_err *err)
{
	const char *type = jsonc_text(o, "payloadType");
	const struct jsonc_val *list = jsonc_member(o, "signatures");
	int ret;

	if (!type || strcmp(type, ENVELOPE_TYPE) != 0)
		return bad(err, "\"payloadType\" is not " ENVELOPE_TYPE);
	if (!list || list->type != JSONC_ARRAY || !list->count)
		return bad(err, "there are no signatures");
	ret = read_base64(o, "payload", &e->payload, err);
	for (const struct jsonc_val *v = list->first; !ret && v; v = v->next)
		ret = read_signature(v, e, err);
	return ret;
}

/* same_again() - is the text the one that we would write? */
static int same_again(const char *text, size_t len, const struct envelope *e, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf again = TB_BUF_INIT;

	envelope_write(e, &again);
	if (again.failed)
		return tb_err_set(err, ENOMEM, "read %s", SEAL_FILE);
	if (again.len == len && !memcmp(again.data, text, len))
		return 0;
	return bad(err, "it is not as tcbox writes it: something was changed or added");
}

int envelope_parse(const char *text, size_t len, struct envelope *e, struct tb_err *err)
{
	struct jsonc_syntax at;
	struct jsonc *doc;
	int ret = jsonc_parse_bytes(text, len, &doc, &at);

	*e = (struct envelope){ .payload = TB_BUF_INIT };
	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read %s", SEAL_FILE);
	if (ret)
		return tb_err_msg(err, EBADMSG, "%s:%u:%u: %s", SEAL_FILE, at.pos.line,
				  at.pos.column, at.text);
	ret = read_members(jsonc_root(doc), e, err);
	jsonc_free(doc);
	if (!ret)
		ret = same_again(text, len, e, err);
	if (ret)
		envelope_clear(e);
	return ret;
}

int envelope_read(int bundle_fd, struct envelope *e, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret;

	*e = (struct envelope){ .payload = TB_BUF_INIT };
	ret = tb_read_regular(bundle_fd, SEAL_FILE, ENVELOPE_MAX, &text, err);
	return ret ? ret : envelope_parse(text.data ? text.data : "", text.len, e, err);
}

int envelope_need(int bundle_fd, struct envelope *e, struct tb_err *err)
{
	int ret = envelope_read(bundle_fd, e, err);

	return ret == -ENOENT ? tb_err_msg(err, ENOENT, "it is not sealed yet") : ret;
}

void envelope_signed(const struct envelope *e, struct tb_buf *out)
{
	tb_buf_addf(out, "DSSEv1 %zu %s %zu ", strlen(ENVELOPE_TYPE), ENVELOPE_TYPE,
		    e->payload.len);
	tb_buf_add(out, e->payload.data, e->payload.len);
	out->failed = out->failed || e->payload.failed;
}
