/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.c - reading a text of another format
 */
#include "policy/exchange/source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

#define NAMES_TOLD 600u		/* there are fewer system calls than that */

int src_bad(struct source *s, struct jsonc_pos at, const char *fmt, ...)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT, shown = TB_BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	tb_buf_addvf(&text, fmt, ap);
	va_end(ap);
	if (text.len)
		tb_buf_add_shown(&shown, text.data, text.len);
	return tb_err_msg(s->err, EINVAL, "%s:%u:%u: %s", s->d->path, at.line, at.column,
			  shown.data ? shown.data : "");
}

int src_json(struct source *s, const char *text, size_t len, struct jsonc **out)
{
	struct jsonc_syntax bad;
	int ret = jsonc_parse(text, len, out, &bad);

	if (ret == -EINVAL)
		return src_bad(s, bad.pos, "%s", bad.text);
	if (ret < 0)
		return tb_err_set(s->err, -ret, "%s", s->d->path);
	return 0;
}

int src_member(struct source *s, const struct jsonc_val *object, const char *key,
	       enum jsonc_type type, const struct jsonc_val **out)
{
	static const char *const words[] = {
		[JSONC_NULL] = "null", [JSONC_BOOL] = "true or false",
		[JSONC_INTEGER] = "a whole number", [JSONC_NUMBER] = "a number",
		[JSONC_STRING] = "a string", [JSONC_ARRAY] = "an array",
		[JSONC_OBJECT] = "an object",
	};
	const struct jsonc_val *v = jsonc_member(object, key);

	*out = v && v->type != JSONC_NULL ? v : NULL;
	if (!*out || v->type == type)
		return 0;
	return src_bad(s, v->pos, "\"%s\" has to be %s", key, words[type]);
}

int src_strings(struct source *s, const struct jsonc_val *object, const char *key,
		const struct jsonc_val **out)
{
	int ret = src_member(s, object, key, JSONC_ARRAY, out);

	for (const struct jsonc_val *e = ret == 0 && *out ? (*out)->first : NULL; e; e = e->next)
		if (e->type != JSONC_STRING)
			return src_bad(s, e->pos, "a string is expected here, in \"%s\"", key);
	return ret;
}

struct draft_at src_at(struct source *s, struct jsonc_pos pos, const char *key)
{
	struct draft_at at = { pos.line, pos.column, NULL, 0 };

	at.where = draft_keepf(s->d, "%s%s%s", s->where, key && *s->where ? "." : "",
			       key ? key : "");
	return at;
}

void src_unknown(struct source *s, const struct jsonc_val *object, const char *const *known)
{
	for (const struct jsonc_val *v = object->first; v; v = v->next) {
		const char *const *k = known;
		struct draft_at at;

		while (*k && strcmp(*k, v->key) != 0)
			k++;
		if (*k)
			continue;
		at = src_at(s, v->key_pos, NULL);
		draft_item(s->d, EXCH_LOST, &at, "\"%.64s\" is not known here, and not read",
			   v->key);
	}
}

/* clear_bits() - behind the prefix */
static void clear_bits(unsigned char *ip, unsigned int bytes, unsigned int prefix)
{
	for (unsigned int i = 0; i < bytes; i++) {
		unsigned int left = prefix > i * 8 ? prefix - i * 8 : 0;

		if (left < 8)
			ip[i] &= (unsigned char)(0xff00u >> left);
	}
}

bool src_network_text(const char *text, struct tb_buf *out, bool *any)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	unsigned int bytes = family == AF_INET6 ? 16 : 4, prefix = bytes * 8;
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN], *end;
	unsigned char ip[16];

	if (slash) {
		prefix = (unsigned int)strtoul(slash + 1, &end, 10);
		if (slash[1] < '0' || slash[1] > '9' || *end || end - slash > 4 ||
		    prefix > bytes * 8)
			return false;
	}
	if (!slash)
		slash = text + strlen(text);
	if ((size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (inet_pton(family, address, ip) != 1)
		return false;
	clear_bits(ip, bytes, prefix);
	if (!inet_ntop(family, ip, address, sizeof(address)))
		return false;
	*any = !prefix;
	tb_buf_adds(out, address);
	if (prefix < bytes * 8)
		tb_buf_addf(out, "/%u", prefix);
	return !out->failed;
}

const char *src_network(struct draft *d, const char *text)
{
	TB_AUTOBUF struct tb_buf net = TB_BUF_INIT;
	bool any;

	if (src_network_text(text, &net, &any))
		return draft_keep(d, net.data);
	d->no_memory |= net.failed;
	return NULL;
}

void name_list_add(struct name_list *l, const char *name)
{
	if (l->n++ < NAMES_TOLD)
		tb_buf_addf(&l->text, "%s%.64s", l->n > 1 ? ", " : "", name);
}

const char *name_list_end(struct name_list *l, struct draft *d)
{
	const char *words;

	if (l->n > NAMES_TOLD)
		tb_buf_addf(&l->text, " and %zu more", l->n - NAMES_TOLD);
	d->no_memory |= l->text.failed;
	words = draft_keep(d, l->text.failed || !l->text.data ? "" : l->text.data);
	tb_buf_free(&l->text);
	*l = (struct name_list){ .n = 0 };
	return words ? words : "";
}
