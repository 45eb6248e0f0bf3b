/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c - acts as lines of text: the plan, and what the helper says of it
 *
 * Fields are between tabs; in them a backslash, a tab and a newline are written \\, \t and \n. The
 * text comes back from a bundle, which anybody may have changed: it is read as hostile.
 */
#include "try/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"
#include "tcbox/own.h"
#include "try/kinds.h"

#define READ_MAX (4 * TRY_ACTS)	/* lines: more than any plan has */

enum field {
	KIND, DECLARED, SECTION, RULE, TARGET, SECOND, PORT, WHY,
	DONE, LOCAL, REMOTE, PID,
	FIELDS
};

#define PLANNED_FIELDS (WHY + 1)

static void add_field(struct tb_buf *b, const char *s)
{
	for (; s && *s; s++) {
		if (*s == '\\')
			tb_buf_adds(b, "\\\\");
		else if (*s == '\t')
			tb_buf_adds(b, "\\t");
		else if (*s == '\n')
			tb_buf_adds(b, "\\n");
		else
			tb_buf_addc(b, *s);
	}
	tb_buf_addc(b, '\t');
}

static void add_addr(struct tb_buf *b, const struct ev_addr *a)
{
	char text[EV_ADDR_STRLEN];

	ev_addr_format(a, text);
	add_field(b, text);
}

void text_add(struct tb_buf *b, const struct try_act *act, bool told)
{
	add_field(b, try_kinds[act->kind].name);
	add_field(b, act->declared ? "declared" : "undeclared");
	add_field(b, act->section);
	add_field(b, act->rule);
	add_field(b, act->target);
	add_field(b, act->second);
	tb_buf_addf(b, "%" PRIu16 "\t", act->port);
	add_field(b, act->why);
	if (told) {
		add_field(b, act->done ? "done" : "not done");
		add_addr(b, &act->local);
		add_addr(b, &act->remote);
		tb_buf_addf(b, "%" PRId64 "\t", act->pid);
	}
	if (b->len)
		b->data[b->len - 1] = '\n';
}

void try_write(const struct try_acts *acts, struct tb_buf *out)
{
	for (size_t i = 0; i < acts->n; i++)
		text_add(out, &acts->v[i], false);
}

struct try_act *text_new(struct try_acts *acts)
{
	struct try_act *grown = tb_grow(acts->v, acts->n, 1, sizeof(*grown));

	if (!grown)
		return NULL;
	acts->v = grown;
	memset(&grown[acts->n], 0, sizeof(*grown));
	return &grown[acts->n++];
}

/* unescape() - in place */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s != '\\' || !s[1]) {
			*to++ = *s;
			continue;
		}
		s++;
		if (*s == 't')
			*to++ = '\t';
		else if (*s == 'n')
			*to++ = '\n';
		else
			*to++ = *s;
	}
	*to = '\0';
}

/* split() - a line into its fields, in place. Return: how many */
static size_t split(char *line, char *fields[FIELDS])
{
	size_t n = 0;
	char *next;

	for (; line && n < FIELDS; line = next) {
		next = strchr(line, '\t');
		if (next)
			*next++ = '\0';
		fields[n] = line;
		unescape(fields[n++]);
	}
	return line ? 0 : n;
}

static bool find_kind(const char *name, enum try_kind *kind)
{
	for (size_t i = 0; i < TRY_KINDS; i++) {
		if (strcmp(name, try_kinds[i].name) != 0)
			continue;
		*kind = (enum try_kind)i;
		return true;
	}
	return false;
}

static bool read_number(const char *s, long max, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(s, &end, 10);
	return !errno && *s && !*end && *out >= 0 && *out <= max;
}

/* keep() - a copy of a field, nothing of an empty one. Return: false without memory */
static bool keep(char **to, const char *field)
{
	if (!*field)
		return true;
	*to = strdup(field);
	return *to != NULL;
}

static bool read_addr(const char *field, struct ev_addr *out)
{
	return !*field || ev_addr_parse(field, out) == 0;
}

static bool read_told(char *fields[FIELDS], struct try_act *act)
{
	long pid;

	act->done = strcmp(fields[DONE], "done") == 0;
	if (!read_addr(fields[LOCAL], &act->local) || !read_addr(fields[REMOTE], &act->remote) ||
	    !read_number(fields[PID], INT32_MAX, &pid))
		return false;
	act->pid = pid;
	return true;
}

/* read_line() - Return: 0, -EBADMSG, -ENOMEM */
static int read_line(char *line, struct try_acts *out)
{
	char *fields[FIELDS];
	size_t n = split(line, fields);
	struct try_act *act;
	enum try_kind kind;
	long port;

	if ((n != PLANNED_FIELDS && n != FIELDS) || !find_kind(fields[KIND], &kind) ||
	    !read_number(fields[PORT], UINT16_MAX, &port) || out->n == READ_MAX)
		return -EBADMSG;
	act = text_new(out);
	if (!act)
		return -ENOMEM;
	act->kind = kind;
	act->declared = strcmp(fields[DECLARED], "declared") == 0;
	act->port = (uint16_t)port;
	if (!keep(&act->section, fields[SECTION]) || !keep(&act->rule, fields[RULE]) ||
	    !keep(&act->target, fields[TARGET]) || !keep(&act->second, fields[SECOND]) ||
	    !keep(&act->why, fields[WHY]))
		return -ENOMEM;
	if (n == FIELDS && !read_told(fields, act))
		return -EBADMSG;
	return act->target || act->why ? 0 : -EBADMSG;
}

int try_read(const char *text, size_t len, struct try_acts *out, struct tb_err *err)
{
	TB_AUTOFREE char *copy = strndup(text, len);
	char *line = copy, *end;
	size_t number = 0;
	int ret = 0;

	memset(out, 0, sizeof(*out));
	if (!copy)
		return tb_err_set(err, ENOMEM, "read the acts");
	for (; !ret && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		number++;
		ret = read_line(line, out);
	}
	if (!ret && ((size_t)(line - copy) != len || !out->n))
		ret = -EBADMSG;		/* cut off, or nothing at all */
	if (!ret)
		return 0;
	try_clear(out);
	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read the acts");
	return tb_err_msg(err, EBADMSG, "line %zu is not what the helper writes", number);
}

void try_clear(struct try_acts *acts)
{
	for (size_t i = 0; i < acts->n; i++) {
		free(acts->v[i].section);
		free(acts->v[i].rule);
		free(acts->v[i].target);
		free(acts->v[i].second);
		free(acts->v[i].why);
	}
	free(acts->v);
	memset(acts, 0, sizeof(*acts));
}
