/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mud_read.c - a MUD file (RFC 8520) as a draft of a policy
 *
 * The older dialect, of the drafts before RFC 8519, is read as well, because almost all public
 * profiles are written in it: "access-lists" instead of "acls", "access-list-entries", "rule-name",
 * containers that end in "-acl", numbers as text.
 *
 * Limits: of two lists with the same name the first counts. A list is read once for each direction.
 */
#include "policy/exchange/mud.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

const char *mud_word(const char *key)
{
	const char *colon = key ? strrchr(key, ':') : NULL;

	return colon ? colon + 1 : key;
}

bool mud_number(struct mud *m, const struct jsonc_val *v, uint64_t *out)
{
	char *end = NULL;

	if (v->type != JSONC_STRING)
		return jsonc_uint(v, out);
	if (*v->text < '0' || *v->text > '9')
		return false;
	errno = 0;
	*out = strtoull(v->text, &end, v->text[1] == 'x' || v->text[1] == 'X' ? 16 : 10);
	if (*end || errno)
		return false;
	m->old = true;
	return true;
}

/* member() - by its name without module; NULL if there is none */
static const struct jsonc_val *member(const struct jsonc_val *object, const char *word)
{
	if (!object || object->type != JSONC_OBJECT)
		return NULL;
	for (const struct jsonc_val *v = object->first; v; v = v->next)
		if (!strcmp(mud_word(v->key), word))
			return v;
	return NULL;
}

static const char *text_of(const struct jsonc_val *v)
{
	return v && v->type == JSONC_STRING ? v->text : NULL;
}

/* either() - of two names of the same thing, the older second */
static const struct jsonc_val *either(struct mud *m, const struct jsonc_val *object,
				      const char *word, const char *older)
{
	const struct jsonc_val *v = member(object, word);

	if (v)
		return v;
	v = member(object, older);
	m->old = m->old || v != NULL;
	return v;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(word, *words))
			return true;
	return false;
}

/* left_over() - list the members of an object that nobody reads */
static void left_over(struct mud *m, const struct jsonc_val *object, const char *const *known)
{
	if (!object || object->type != JSONC_OBJECT)
		return;
	for (const struct jsonc_val *v = object->first; v; v = v->next) {
		struct draft_at at;

		if (is_one_of(mud_word(v->key), known))
			continue;
		draft_push(&m->path, v->key, 0);
		at = draft_here(&m->path, v);
		draft_pop(&m->path);
		draft_item(m->d, EXCH_LOST, &at, "unknown key");
	}
}

/* array_in() - the elements at @word of @object, or @object itself if it is the array. What is
 * neither is listed, and so are other members. Return: the first; NULL if there is none */
static const struct jsonc_val *array_in(struct mud *m, const struct jsonc_val *object,
					const char *word)
{
	const char *const known[] = { word, NULL };
	const struct jsonc_val *v = object;
	struct draft_at at;

	if (!object)
		return NULL;
	draft_push(&m->path, object->key, 0);
	if (object->type == JSONC_OBJECT) {
		left_over(m, object, known);
		v = member(object, word);
	}
	if (v && v->type != JSONC_ARRAY) {
		at = draft_here(&m->path, v);
		draft_item(m->d, EXCH_LOST, &at, "this is no array of %s", word);
	}
	draft_pop(&m->path);
	return v && v->type == JSONC_ARRAY ? v->first : NULL;
}

/* not_text() - members that should be text, and are not, are listed */
static void not_text(struct mud *m, const struct jsonc_val *object, const char *const *words)
{
	for (const struct jsonc_val *v = object->first; v; v = v->next) {
		struct draft_at at;

		if (v->type == JSONC_STRING || !is_one_of(mud_word(v->key), words))
			continue;
		draft_push(&m->path, v->key, 0);
		at = draft_here(&m->path, v);
		draft_pop(&m->path);
		draft_item(m->d, EXCH_LOST, &at, "this is no text");
	}
}

/* told() - what is said of the product and has its place in the head of the policy only */
static void told(struct mud *m, const struct jsonc_val *mud)
{
	static const struct { const char *key, *words; } rows[] = {
		{ "mud-url", "MUD URL" },
		{ "last-update", "last update" },
		{ "systeminfo", "system information" },
		{ "documentation", "documentation" },
		{ "firmware-rev", "firmware" },
		{ "mud-signature", "signature" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		const char *text = text_of(member(mud, rows[i].key));

		if (text)
			draft_head(m->d, "%s: %s", rows[i].words, text);
	}
}

static void validity(struct mud *m, const struct jsonc_val *mud)
{
	const struct jsonc_val *hours = member(mud, "cache-validity");
	const struct jsonc_val *supported = member(mud, "is-supported");
	struct draft_at at;
	uint64_t n;

	if (hours && !mud_number(m, hours, &n)) {
		at = (struct draft_at){ hours->pos.line, hours->pos.column, hours->key, 0 };
		draft_item(m->d, EXCH_LOST, &at, "this is no number of hours");
	} else if (hours) {
		draft_head(m->d, "valid for %llu hours after it was fetched",
			   (unsigned long long)n);
	}
	if (!supported || supported->type != JSONC_BOOL || supported->truth)
		return;
	draft_push(&m->path, supported->key, 0);
	at = draft_here(&m->path, supported);
	draft_pop(&m->path);
	draft_item(m->d, EXCH_NOTE, &at, "the manufacturer no longer supports the product");
}

/* extensions() - what an unknown one changes in the meaning of the file nobody can know */
static void extensions(struct mud *m, const struct jsonc_val *mud)
{
	static const char *const known[] = { "ietf-mud-tls", "mud-tls", NULL };
	const struct jsonc_val *list = member(mud, "extensions");
	const struct jsonc_val *v = array_in(m, list, "names");
	size_t i = 0;

	if (!v)
		return;
	draft_push(&m->path, list->key, 0);
	for (; v; v = v->next, i++) {
		struct draft_at at;

		if (v->type == JSONC_STRING && is_one_of(v->text, known))
			continue;
		draft_push(&m->path, NULL, i);
		at = draft_here(&m->path, v);
		draft_pop(&m->path);
		draft_item(m->d, EXCH_LOST, &at, "the extension \"%s\" is not known: what it "
			   "changes is not seen", v->type == JSONC_STRING ? v->text : "?");
	}
	draft_pop(&m->path);
}

static void about(struct mud *m, const struct jsonc_val *mud)
{
	static const char *const known[] = {
		"mud-version", "mud-url", "last-update", "mud-signature", "cache-validity",
		"is-supported", "systeminfo", "mfg-name", "model-name", "firmware-rev",
		"software-rev", "documentation", "extensions", "from-device-policy",
		"to-device-policy", "is-tls-dtls-profile-supported", NULL,
	};
	static const char *const texts[] = {
		"mud-url", "last-update", "mud-signature", "systeminfo", "mfg-name", "model-name",
		"firmware-rev", "software-rev", "documentation", NULL,
	};
	const char *info = text_of(member(mud, "systeminfo"));
	const char *model = text_of(member(mud, "model-name"));

	draft_push(&m->path, mud->key, 0);
	m->d->vendor = draft_keep(m->d, text_of(member(mud, "mfg-name")));
	m->d->product = draft_keep(m->d, model ? model : info);
	m->d->version = draft_keep(m->d, text_of(member(mud, "software-rev")));
	told(m, mud);
	validity(m, mud);
	extensions(m, mud);
	left_over(m, mud, known);
	not_text(m, mud, texts);
	draft_pop(&m->path);
	draft_head(m->d, "A MUD file lets a product use DNS and NTP of the local network without a "
			 "word (RFC 8520, 3): names of rules may be looked up here, too; for NTP "
			 "add a rule, if it is wanted.");
}

/* list_name() - of a list, or of what a policy names it by */
static const char *list_name(const struct jsonc_val *acl)
{
	const char *name = text_of(member(acl, "name"));

	return name ? name : text_of(member(acl, "acl-name"));
}

/* read_list() - the entries of one list, for one direction */
static void read_list(struct mud *m, const struct jsonc_val *acl, bool to_device)
{
	static const char *const known[] = { "name", "acl-name", "type", "acl-type", "aces",
					     "access-list-entries", NULL };
	const struct jsonc_val *aces = either(m, acl, "aces", "access-list-entries");
	const char *type = text_of(either(m, acl, "type", "acl-type"));
	const struct draft_path before = m->path;
	size_t i = 0;

	m->nrefusals = 0;
	draft_push(&m->path, list_name(acl), 0);
	left_over(m, acl, known);
	for (const struct jsonc_val *v = array_in(m, aces, "ace"); v; v = v->next, i++) {
		draft_push(&m->path, "ace", 0);
		draft_push(&m->path, NULL, i);
		mud_entry(m, v, list_name(acl), type ? type : "", to_device);
		draft_pop(&m->path);
		draft_pop(&m->path);
	}
	for (i = 0; i < m->nrefusals; i++)
		draft_item(m->d, EXCH_NOTE, &m->refusals[i], "it refuses, and no entry behind it "
			   "accepts: no rule is needed, for what no rule declares is a violation");
	m->path = before;
}

/* one_reference() - a list that a policy names. @read: the lists of this direction that were */
static void one_reference(struct mud *m, const struct jsonc_val *v, struct tb_map *read,
			  bool to_device)
{
	static const char *const known[] = { "name", "acl-name", NULL };
	const char *name = v->type == JSONC_STRING ? v->text : list_name(v);
	const struct jsonc_val *acl = NULL;
	struct draft_at at = draft_here(&m->path, v);
	struct draft_path path = m->path;

	left_over(m, v, known);
	if (name)
		acl = tb_map_get(m->lists, name, strlen(name));
	if (!acl) {
		draft_item(m->d, EXCH_LOST, &at, "there is no list \"%s\"", name ? name : "?");
		return;
	}
	if (tb_map_get(read, name, strlen(name)))
		return;
	if (tb_map_put(read, name, strlen(name), m))
		m->d->no_memory = true;
	m->path.depth = 0;
	read_list(m, acl, to_device);
	m->path = path;
}

/* direction() - the lists of one direction. Return: the policy; NULL if there is none */
static const struct jsonc_val *direction(struct mud *m, const struct jsonc_val *mud,
					 const char *key, bool to_device, struct tb_map *used)
{
	static const char *const known[] = { "access-lists", NULL };
	const struct jsonc_val *policy = member(mud, key), *v;
	struct tb_map *read = tb_map_new(SIZE_MAX);
	size_t i = 0;

	if (!read)
		m->d->no_memory = true;
	draft_push(&m->path, key, 0);
	left_over(m, policy, known);
	v = array_in(m, member(policy, "access-lists"), "access-list");
	for (; v && read; v = v->next, i++) {
		const char *name = v->type == JSONC_STRING ? v->text : list_name(v);

		draft_push(&m->path, NULL, i);
		one_reference(m, v, read, to_device);
		draft_pop(&m->path);
		if (name && tb_map_put(used, name, strlen(name), m))
			m->d->no_memory = true;
	}
	draft_pop(&m->path);
	tb_map_free(read);
	return policy;
}

/* index_lists() - find the lists by their names */
static void index_lists(struct mud *m, const struct jsonc_val *lists)
{
	size_t i = 0;

	for (const struct jsonc_val *v = array_in(m, lists, "acl"); v; v = v->next, i++) {
		const char *name = list_name(v);
		struct draft_at at;

		m->old = m->old || member(v, "acl-name");
		if (name && !tb_map_get(m->lists, name, strlen(name))) {
			if (tb_map_put(m->lists, name, strlen(name),
				       (void *)(uintptr_t)v))
				m->d->no_memory = true;
			continue;
		}
		draft_push(&m->path, "acl", 0);
		draft_push(&m->path, NULL, i);
		at = draft_here(&m->path, v);
		draft_item(m->d, EXCH_LOST, &at, "a list without a name, or with that of "
						 "another one");
		draft_pop(&m->path);
		draft_pop(&m->path);
	}
}

/* unused() - lists that neither direction names say nothing */
static void unused(struct mud *m, struct tb_map *used)
{
	const struct jsonc_val *v;
	size_t pos = 0;

	while ((v = tb_map_next(m->lists, &pos))) {
		const char *name = list_name(v);
		const struct draft_at at = { v->pos.line, v->pos.column, name, 0 };

		if (!tb_map_get(used, name, strlen(name)))
			draft_item(m->d, EXCH_NOTE, &at, "neither direction names this list: it "
							 "is not in force");
	}
}

static int version(struct mud *m, const struct jsonc_val *mud, struct tb_err *err)
{
	const struct jsonc_val *v = member(mud, "mud-version");
	uint64_t n = 1;

	if (!v || (mud_number(m, v, &n) && n == 1))
		return 0;
	return tb_err_msg(err, EINVAL, "%s:%u:%u: mud-version: only version 1 is known",
			  m->d->path, v->pos.line, v->pos.column);
}

static int document(struct mud *m, const struct jsonc_val *root, struct tb_err *err)
{
	static const char *const known[] = { "mud", "acls", "access-lists", NULL };
	const struct jsonc_val *mud = member(root, "mud");
	struct tb_map *used = tb_map_new(SIZE_MAX);
	int ret = 0;

	if (!mud || mud->type != JSONC_OBJECT)
		ret = tb_err_msg(err, EINVAL, "%s:%u:%u: this is no MUD file: it has no object "
				 "\"ietf-mud:mud\"", m->d->path, root->pos.line, root->pos.column);
	else if (!used)
		ret = tb_err_set(err, ENOMEM, "%s", m->d->path);
	else
		ret = version(m, mud, err);
	if (!ret) {
		about(m, mud);
		index_lists(m, either(m, root, "acls", "access-lists"));
		(void)direction(m, mud, "from-device-policy", false, used);
		m->to_policy = direction(m, mud, "to-device-policy", true, used);
		unused(m, used);
		left_over(m, root, known);
		mud_rules(m);
	}
	tb_map_free(used);
	return ret;
}

static void clear(struct mud *m)
{
	for (size_t i = 0; i < m->nflows; i++) {
		free(m->flows[i].far.v);
		free(m->flows[i].own.v);
	}
	free(m->flows);
	free(m->refusals);
	tb_map_free(m->lists);
}

int mud_read(struct draft *d, const char *text, size_t len, struct tb_err *err)
{
	struct mud m = { .d = d, .path = { .d = d }, .lists = tb_map_new(SIZE_MAX) };
	struct jsonc_syntax bad;
	struct jsonc *doc = NULL;
	int ret = m.lists ? jsonc_parse(text, len, &doc, &bad) : -ENOMEM;

	if (ret == -EINVAL)
		ret = tb_err_msg(err, EINVAL, "%s:%u:%u: %s", d->path, bad.pos.line,
				 bad.pos.column, bad.text);
	else if (ret)
		ret = tb_err_set(err, -ret, "%s", d->path);
	else
		ret = document(&m, jsonc_root(doc), err);
	if (!ret && m.old)
		draft_item(d, EXCH_NOTE, NULL, "it is written in the older dialect, of the drafts "
			   "before RFC 8519, and was read as such");
	clear(&m);
	jsonc_free(doc);
	return ret;
}
