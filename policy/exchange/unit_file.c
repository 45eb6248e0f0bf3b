/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_file.c - the syntax of unit files of systemd
 */
#include "policy/exchange/unit_file.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "tcbox/own.h"

#define BLANKS " \t\r"

struct unit_text {
	struct source *src;
	const char *p, *end;
	unsigned int line;
	const char *section;
	unit_fn *fn;
	void *arg;
};

/* physical() - append the next line without its end. Return: false at the end of the text */
static bool physical(struct unit_text *t, struct tb_buf *out)
{
	const char *nl;

	if (t->p == t->end)
		return false;
	nl = memchr(t->p, '\n', (size_t)(t->end - t->p));
	if (!nl)
		nl = t->end;
	tb_buf_add(out, t->p, (size_t)(nl - t->p));
	t->p = nl < t->end ? nl + 1 : nl;
	t->line++;
	while (out->len && out->data[out->len - 1] == '\r')
		out->data[--out->len] = '\0';
	return true;
}

static bool is_comment(const char *line)
{
	line += strspn(line, BLANKS);
	return *line == '#' || *line == ';';
}

/* logical() - a line with those that are joined to it. *line: where it begins */
static bool logical(struct unit_text *t, struct tb_buf *out, unsigned int *line)
{
	TB_AUTOBUF struct tb_buf part = TB_BUF_INIT;

	tb_buf_reset(out);
	*line = t->line + 1;
	if (!physical(t, out))
		return false;
	if (!out->len || is_comment(out->data))
		return true;
	while (out->len && out->data[out->len - 1] == '\\') {
		out->data[out->len - 1] = ' ';
		do
			tb_buf_reset(&part);
		while (physical(t, &part) && part.len && is_comment(part.data));
		tb_buf_add(out, part.data ? part.data : "", part.len);
		if (!part.len)
			break;
	}
	out->failed |= part.failed;
	return true;
}

/* trim() - without blanks at both ends, in place */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len && strchr(BLANKS, text[len - 1]))
		text[--len] = '\0';
	return text;
}

static int one_line(struct unit_text *t, char *text, unsigned int line)
{
	struct unit_setting set = { .line = line };
	struct jsonc_pos at = { line, 1 };
	char *equals;

	text = trim(text);
	if (!*text || is_comment(text))
		return 0;
	if (*text == '[') {
		char *close = strchr(text, ']');

		if (!close || close[1])
			return src_bad(t->src, at, "a section is written as [NAME]");
		*close = '\0';
		t->section = draft_keep(t->src->d, text + 1);
		return t->section ? 0 : tb_err_set(t->src->err, ENOMEM, "%s", t->src->d->path);
	}
	equals = strchr(text, '=');
	if (!equals)
		return src_bad(t->src, at, "a setting is written as NAME=VALUE");
	*equals = '\0';
	set.section = t->section;
	set.key = trim(text);
	set.value = trim(equals + 1);
	return t->fn(t->arg, &set);
}

int unit_read(struct source *s, const char *text, size_t len, unit_fn *fn, void *arg)
{
	struct unit_text t = { .src = s, .p = text, .end = text + len, .section = "", .fn = fn,
			       .arg = arg };
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	const char *nul = len ? memchr(text, '\0', len) : NULL;
	unsigned int at;
	int ret = 0;

	if (len > UNIT_MAX_BYTES)
		return tb_err_msg(s->err, EINVAL, "%s: a unit has at most %u bytes", s->d->path,
				  UNIT_MAX_BYTES);
	if (nul)
		return tb_err_msg(s->err, EINVAL, "%s: it has the character NUL, and is no unit "
				  "file", s->d->path);
	while (ret == 0 && logical(&t, &line, &at)) {
		if (line.failed)
			return tb_err_set(s->err, ENOMEM, "%s", s->d->path);
		if (line.len)
			ret = one_line(&t, line.data, at);
	}
	return ret;
}

bool unit_word(struct draft *d, const char **rest, const char *word[static 1])
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	const char *p = *rest + strspn(*rest, BLANKS);
	char quote = '\0';

	if (!*p) {
		*rest = p;
		return false;
	}
	for (; *p && (quote || !strchr(BLANKS, *p)); p++) {
		if (quote ? *p == quote : *p == '"' || *p == '\'')
			quote = quote ? '\0' : *p;
		else if (*p == '\\' && p[1])
			tb_buf_addc(&out, *++p);
		else
			tb_buf_addc(&out, *p);
	}
	*rest = p;
	d->no_memory |= out.failed;
	*word = draft_keep(d, out.len && !out.failed ? out.data : "");
	return *word != NULL;
}

bool unit_bool(const char *value)
{
	return !strcasecmp(value, "yes") || !strcasecmp(value, "true") ||
	       !strcasecmp(value, "on") || !strcasecmp(value, "y") || !strcasecmp(value, "t") ||
	       !strcmp(value, "1");
}
