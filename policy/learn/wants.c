/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wants.c - what has to occur in runs that are learned from
 *
 * As JSON it is an object with the arrays "programs", "names" and "ports"; as lines each is one
 * word: a path is a program, a number a port, anything else a name. Programs and names are globs as
 * in a policy.
 */
#include "policy/learn/state.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"
#include "tcbox/jsonc.h"
#include "tcbox/own.h"

enum kind { PROGRAM, NAME, PORT };

struct want {
	enum kind kind;
	char *glob;
	uint16_t port;
};

struct learn_wants {
	struct want *v;
	size_t n;
};

void learn_wants_free(struct learn_wants *w)
{
	for (size_t i = 0; w && i < w->n; i++)
		free(w->v[i].glob);
	if (w)
		free(w->v);
	free(w);
}

static int add(struct learn_wants *w, enum kind kind, const char *glob, uint64_t port)
{
	struct want *grown = tb_grow(w->v, w->n, 1, sizeof(*grown));
	char *copy = strdup(glob);

	if (grown)
		w->v = grown;
	if (!grown || !copy) {
		free(copy);
		return -ENOMEM;
	}
	w->v[w->n++] = (struct want){ .kind = kind, .glob = copy, .port = (uint16_t)port };
	return 0;
}

static bool is_port(const char *word, uint64_t *port)
{
	size_t n = strspn(word, "0123456789");

	*port = n && n <= 5 && !word[n] ? strtoull(word, NULL, 10) : 0;
	return *port && *port <= UINT16_MAX;
}

/* add_word() - one of a list, or of a line. Return: 0, -EINVAL, -ENOMEM */
static int add_word(struct learn_wants *w, enum kind kind, const char *word)
{
	uint64_t port = 0;

	if (!*word || (kind == PORT && !is_port(word, &port)) ||
	    (kind == PROGRAM && *word != '/' && strncmp(word, "**", 2) != 0))
		return -EINVAL;
	return add(w, kind, word, port);
}

static int read_lines(const char *name, const char *text, size_t len, struct learn_wants *w,
		      struct tb_err *err)
{
	unsigned int line = 0;

	for (const char *p = text, *end = text + len, *next; p < end; p = next) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		TB_AUTOFREE char *word = NULL;
		enum kind kind = NAME;
		uint64_t port;
		int ret = 0;

		line++;
		stop = stop ? stop : end;
		next = stop < end ? stop + 1 : end;
		while (p < stop && isspace((unsigned char)*p))
			p++;
		while (stop > p && isspace((unsigned char)stop[-1]))
			stop--;
		if (p == stop || *p == '#')
			continue;
		word = strndup(p, (size_t)(stop - p));
		if (!word)
			return tb_err_set(err, ENOMEM, "read %s", name);
		if (*word == '/' || *word == '*')
			kind = *word == '/' || word[1] == '*' ? PROGRAM : NAME;
		else if (is_port(word, &port))
			kind = PORT;
		if (strpbrk(word, " \t"))
			ret = -EINVAL;
		if (!ret)
			ret = add_word(w, kind, word);
		if (ret == -EINVAL)
			return tb_err_msg(err, EINVAL, "%s:%u: \"%.64s\" is no program (a path), "
						       "port (a number) or host name",
					  name, line, word);
		if (ret)
			return tb_err_set(err, ENOMEM, "read %s", name);
	}
	return 0;
}

static int read_list(const char *name, const struct jsonc_val *list, enum kind kind,
		     struct learn_wants *w, struct tb_err *err)
{
	if (list->type != JSONC_ARRAY)
		return tb_err_msg(err, EINVAL, "%s:%u:%u: %s is an array", name, list->pos.line,
				  list->pos.column, list->key);
	for (const struct jsonc_val *v = list->first; v; v = v->next) {
		bool fits = v->type == (kind == PORT ? JSONC_INTEGER : JSONC_STRING) &&
			    !v->negative;
		int ret = fits ? add_word(w, kind, v->text) : -EINVAL;

		if (ret == -EINVAL)
			return tb_err_msg(err, EINVAL, "%s:%u:%u: this is none of the %s", name,
					  v->pos.line, v->pos.column, list->key);
		if (ret)
			return tb_err_set(err, ENOMEM, "read %s", name);
	}
	return 0;
}

static int read_object(const char *name, const struct jsonc_val *root, struct learn_wants *w,
		       struct tb_err *err)
{
	static const char *const keys[] = {
		[PROGRAM] = "programs", [NAME] = "names", [PORT] = "ports",
	};

	for (const struct jsonc_val *v = root->first; v; v = v->next) {
		size_t i = 0;
		int ret;

		while (i < TB_ARRAY_SIZE(keys) && strcmp(v->key, keys[i]) != 0)
			i++;
		if (i == TB_ARRAY_SIZE(keys))
			return tb_err_msg(err, EINVAL, "%s:%u:%u: unknown key \"%.64s\"; there are "
						       "\"programs\", \"names\" and \"ports\"",
					  name, v->key_pos.line, v->key_pos.column, v->key);
		ret = read_list(name, v, (enum kind)i, w, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_json(const char *name, const char *text, size_t len, struct learn_wants *w,
		     struct tb_err *err)
{
	struct jsonc_syntax bad;
	struct jsonc *doc = NULL;
	int ret = jsonc_parse(text, len, &doc, &bad);

	if (ret == -EINVAL)
		return tb_err_msg(err, EINVAL, "%s:%u:%u: %s", name, bad.pos.line, bad.pos.column,
				  bad.text);
	if (ret)
		return tb_err_set(err, ENOMEM, "read %s", name);
	ret = read_object(name, jsonc_root(doc), w, err);
	jsonc_free(doc);
	return ret;
}

int learn_wants_read(const char *name, const char *text, size_t len, struct learn_wants **out,
		     struct tb_err *err)
{
	struct learn_wants *w = calloc(1, sizeof(*w));
	size_t at = 0;
	int ret;

	*out = NULL;
	if (!w)
		return tb_err_set(err, ENOMEM, "read %s", name);
	while (at < len && isspace((unsigned char)text[at]))
		at++;
	if (at < len && text[at] == '{')
		ret = read_json(name, text, len, w, err);
	else if (memchr(text, '\0', len))
		ret = tb_err_msg(err, EINVAL, "%s has a NUL: it is no text", name);
	else
		ret = read_lines(name, text, len, w, err);
	if (!ret && !w->n)
		ret = tb_err_msg(err, EINVAL, "%s names nothing that has to occur", name);
	if (ret)
		learn_wants_free(w);
	else
		*out = w;
	return ret;
}

static bool has_program(const struct evd_facts *ev, const char *glob)
{
	for (size_t i = 0; i < ev->nprograms; i++) {
		const struct evd_program *p = ev->programs[i];

		if (pol_program_glob(glob, p->path))
			return true;
		for (size_t k = 0; k < EVD_ALIASES && p->aliases[k]; k++)
			if (pol_program_glob(glob, p->aliases[k]))
				return true;
	}
	return false;
}

static bool has_name(const struct evd_facts *ev, const char *glob)
{
	for (size_t i = 0; i < ev->nlookups; i++)
		if (!ev->lookups[i].control && ev->lookups[i].name &&
		    pol_name_glob(glob, ev->lookups[i].name))
			return true;
	return false;
}

/* has_port() - it was talked to, or waited at */
static bool has_port(const struct evd_facts *ev, uint16_t port)
{
	for (size_t i = 0; i < ev->nflows; i++)
		if (!ev->flows[i]->canary && !ev->flows[i]->lookup &&
		    ev->flows[i]->remote.port == port)
			return true;
	for (size_t i = 0; i < ev->ncalls; i++)
		if (!ev->calls[i].canary && evd_listens(&ev->calls[i]) &&
		    ev->calls[i].local.port == port)
			return true;
	return false;
}

static bool occurs(const struct evd_facts *ev, const struct want *w)
{
	switch (w->kind) {
	case PROGRAM:
		return has_program(ev, w->glob);
	case NAME:
		return has_name(ev, w->glob);
	case PORT:
		break;
	}
	return has_port(ev, w->port);
}

void learn_missing(const struct learn *l, const struct learn_wants *w, struct tb_buf *out)
{
	static const char *const kinds[] = {
		[PROGRAM] = "program", [NAME] = "name", [PORT] = "port",
	};

	for (size_t i = 0; i < w->n; i++) {
		size_t run = 0;

		while (run < l->nruns && !occurs(l->runs[run].evidence, &w->v[i]))
			run++;
		if (run < l->nruns)
			continue;
		tb_buf_addf(out, "%s%s %s", out->len ? ", " : "", kinds[w->v[i].kind],
			    w->v[i].glob);
	}
}
