/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - variables and groups of the other policy
 *
 * One that the first has with the same value is shared; one that it has with another value gets
 * another name here, and so does one of the variables that every policy has: the first's rules mean
 * that by it. The rest is added. "version" is the version of the product, unless it is
 * defined: where the products have different ones, it becomes a variable.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/merge/state.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

/* Where definitions stand. */
static const struct {
	const char *one, *two;	/* keys */
	const char *kind;
} places[] = {
	{ "variables", NULL, "variables" },
	{ "groups", "destinations", "destinations" },
	{ "groups", "ports", "ports" },
};

/* defined() - in the outermost document that has it. Return: NULL: nowhere */
static const struct jsonc_val *defined(const struct doc *d, size_t place, const char *name)
{
	for (size_t i = d->nroots; i > 0; i--) {
		const struct jsonc_val *all = merge_member(d->roots[i - 1], places[place].one,
							   places[place].two);
		const struct jsonc_val *v = all ? jsonc_member(all, name) : NULL;

		if (v)
			return v;
	}
	return NULL;
}

/* rename_in_b() - to a name that neither policy has */
static void rename_in_b(struct merge *m, size_t place, const char *old)
{
	struct doc_name *grown = tb_grow(m->names.v, m->names.n, 1, sizeof(*grown));
	TB_AUTOBUF struct tb_buf new = TB_BUF_INIT;
	struct doc_name *one;

	if (grown)
		m->names.v = grown;
	for (unsigned int i = 2; !new.failed; i++) {
		tb_buf_reset(&new);
		tb_buf_addf(&new, "%.58s-%u", old, i);
		if (!new.failed && !defined(&m->a, place, new.data) &&
		    !defined(&m->b, place, new.data))
			break;
	}
	if (!grown || new.failed) {
		m->failed = true;
		return;
	}
	one = &grown[m->names.n++];
	*one = (struct doc_name){ strdup(places[place].kind), strdup(old), tb_buf_take(&new) };
	m->failed |= !one->kind || !one->old || !one->new;
}

/* same() - do both define it alike? */
static bool same(const struct merge *m, const struct jsonc_val *a, const struct jsonc_val *b)
{
	TB_AUTOBUF struct tb_buf one = TB_BUF_INIT, other = TB_BUF_INIT;

	doc_plain(a, NULL, NULL, &one);
	doc_plain(b, NULL, &m->names, &other);
	return !one.failed && !other.failed && !strcmp(one.data, other.data);
}

static const char *word(const char *s)
{
	return s ? s : "";
}

/* of_version() - does "${version}" mean something else in the other policy? */
static bool of_version(const struct merge *m)
{
	return m->pb->version && !defined(&m->b, 0, "version") &&
	       memmem(m->b.text, m->b.len, "${version}", 10) &&
	       (defined(&m->a, 0, "version") ||
		strcmp(word(m->pa->version), m->pb->version) != 0);
}

static const char *const ours[] = { "home", "temporary", "architecture", "multiarch" };

/* is_ours() - does the first have it without a definition of its own? */
static bool is_ours(const struct merge *m, size_t place, const char *name)
{
	bool found = m->pa->version && !strcmp(name, "version");

	for (size_t i = 0; i < TB_ARRAY_SIZE(ours); i++)
		found |= !strcmp(name, ours[i]);
	return !place && found && !defined(&m->a, place, name);
}

/* of_ours() - one that every policy has, and that the first defines in its own way */
static void of_ours(struct merge *m)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(ours); i++) {
		TB_AUTOBUF struct tb_buf use = TB_BUF_INIT;

		tb_buf_addf(&use, "${%s}", ours[i]);
		if (!use.failed && defined(&m->a, 0, ours[i]) && !defined(&m->b, 0, ours[i]) &&
		    memmem(m->b.text, m->b.len, use.data, use.len))
			merge_tell(m, "%s gives the variable \"%s\" another value than %s: that "
				   "of the first holds in all rules", m->a.path, ours[i],
				   m->b.path);
	}
}

/* is_other() - does the first mean something else by it? */
static bool is_other(const struct merge *m, size_t place, const struct jsonc_val *v)
{
	const struct jsonc_val *a = defined(&m->a, place, v->key);

	return is_ours(m, place, v->key) || (a && !same(m, a, v));
}

/*
 * find_names() - the names that change; they have to be known before anything is written. What is
 * defined by one that changes is not the same any more, so all are looked at until none is new
 */
static void find_names(struct merge *m, size_t place)
{
	size_t before;

	do {
		before = m->names.n;
		for (size_t i = 0; i < m->b.nroots; i++) {
			const struct jsonc_val *all = merge_member(m->b.roots[i], places[place].one,
								   places[place].two);

			for (const struct jsonc_val *v = all ? all->first : NULL; v; v = v->next)
				if (v == defined(&m->b, place, v->key) && is_other(m, place, v) &&
				    !doc_names_find(&m->names, places[place].kind, v->key,
						    strlen(v->key)))
					rename_in_b(m, place, v->key);
		}
	} while (m->names.n > before && !m->failed);
}

static void add_definition(struct merge *m, size_t place, const struct jsonc_val *v,
			   struct lines *out)
{
	const struct doc_copy how = { .names = &m->names };
	const char *new = doc_names_find(&m->names, places[place].kind, v->key, strlen(v->key));
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	tb_buf_addf(&text, "\"%s\": ", new ? new : v->key);
	doc_add_value(&m->b, v, places[place].kind, &how, &text);
	tb_buf_addc(&text, ',');
	m->failed |= text.failed;
	lines_add(out, text.data ? text.data : "");
}

/* add_version() - as a variable of its own */
static bool add_version(struct merge *m, struct lines *out)
{
	const char *new = doc_names_find(&m->names, "variables", "version", 7);
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (!new || defined(&m->b, 0, "version"))
		return false;
	tb_buf_addf(&text, "\"%s\": ", new);
	lines_string(&text, m->pb->version);
	tb_buf_addc(&text, ',');
	m->failed |= text.failed;
	lines_add(out, text.data ? text.data : "");
	return true;
}

/* add_kind() - all of one kind that the first has not. Return: whether there are any */
static bool add_kind(struct merge *m, size_t place, struct lines *out)
{
	bool any = false;

	for (size_t i = 0; i < m->b.nroots; i++) {
		const struct jsonc_val *all = merge_member(m->b.roots[i], places[place].one,
							   places[place].two);

		for (const struct jsonc_val *v = all ? all->first : NULL; v; v = v->next) {
			const struct jsonc_val *a = defined(&m->a, place, v->key);

			if (v != defined(&m->b, place, v->key) || (a && same(m, a, v)))
				continue;
			add_definition(m, place, v, out);
			any = true;
		}
	}
	return any;
}

static void add_all(struct merge *m, size_t place)
{
	const struct section s = { .keys = { places[place].one, places[place].two },
				   .object = true };
	struct section_at at;
	bool any = false;

	if (!merge_open(m, &s, &at))
		return;
	if (!place)
		any = add_version(m, &at.lines);
	any |= add_kind(m, place, &at.lines);
	if (any)
		section_close(&at, m->base, &m->edits);
}

/* add_groups() - where the first has none of either kind: both in one new section */
static void add_groups(struct merge *m)
{
	static const struct section s = { .keys = { "groups" }, .object = true };
	struct section_at at;
	bool any = false;

	if (!merge_open(m, &s, &at))
		return;
	for (size_t i = 1; i < TB_ARRAY_SIZE(places); i++) {
		lines_addf(&at.lines, "\"%s\": {", places[i].two);
		at.lines.depth++;
		any |= add_kind(m, i, &at.lines);
		at.lines.depth--;
		lines_add(&at.lines, "},");
	}
	if (any)
		section_close(&at, m->base, &m->edits);
}

void merge_names(struct merge *m)
{
	if (of_version(m))
		rename_in_b(m, 0, "version");
	of_ours(m);
	for (size_t i = 0; i < TB_ARRAY_SIZE(places); i++)
		find_names(m, i);
	add_all(m, 0);
	if (!jsonc_member(jsonc_root(m->a.json), "groups")) {
		add_groups(m);
		return;
	}
	for (size_t i = 1; i < TB_ARRAY_SIZE(places) && !m->failed; i++)
		add_all(m, i);
}
