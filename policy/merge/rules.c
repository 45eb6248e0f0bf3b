/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - connections and listens
 *
 * Two rules are the same if they say the same of who, whom and how. What bounds such a rule, or
 * says how grave it is, cannot be both: that of the first stands, and the other is told above it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/merge/state.h"
#include "tcbox/own.h"

#define RULES_MAX (1u << 20)
#define ID_LEN 65

/* What does not say who, whom or how. */
static const char *const besides[] = {
	"id", "why", "limits", "required", "until", "severity", "data", NULL
};
/* Of these, what a run is judged by. */
static const char *const bounds[] = { "limits", "required", "until", "severity", "data" };

struct rules {
	struct merge *m;
	const char *key;
	struct tb_map *same;	/* what a rule says, to its value in the first */
	struct tb_map *read[2];	/* connections as they were read, by id: of the first, the other */
};

/* is_default() - what leaving it out says, too */
static bool is_default(const struct jsonc_val *v)
{
	if (!strcmp(v->key, "required"))
		return !v->truth;
	return !strcmp(v->key, "severity") && !strcmp(v->text, "violation");
}

static void say(const struct jsonc_val *v, struct tb_buf *out)
{
	if (v)
		doc_plain(v, NULL, NULL, out);
	else
		tb_buf_adds(out, "none");
}

/* quote() - as it is written, on one line */
static void quote(const struct doc *d, const struct jsonc_val *v, struct tb_buf *out)
{
	if (!v)
		tb_buf_adds(out, "none");
	for (size_t i = v ? v->begin : 0; v && i < v->end; i++)
		tb_buf_addc(out, strchr("\t\r\n", d->text[i]) ? ' ' : d->text[i]);
}

/* conflict() - @key is not the same in both rules */
static void conflict(struct merge *m, const struct jsonc_val *a, const struct jsonc_val *b,
		     const char *key, struct lines *note)
{
	TB_AUTOBUF struct tb_buf here = TB_BUF_INIT, there = TB_BUF_INIT, place = TB_BUF_INIT;
	const char *id = jsonc_text(a, "id");

	quote(&m->a, jsonc_member(a, key), &here);
	quote(&m->b, jsonc_member(b, key), &there);
	merge_place(&m->b, b, &place);
	m->failed |= here.failed || there.failed || place.failed;
	if (m->failed)
		return;
	lines_notef(note, "CONFLICT: %s has \"%s\" %s here; this rule's own stands.", place.data,
		    key, there.data);
	merge_tell(m, "rule \"%s\" of %s has \"%s\" %s, and %s has %s: the first stands",
		   id ? id : "", m->a.path, key, here.data, place.data, there.data);
}

static const struct pol_conn *read_of(const struct rules *r, int which, const struct jsonc_val *v)
{
	const char *id = jsonc_text(v, "id");

	return id && r->read[which] ? tb_map_get(r->read[which], id, strlen(id)) : NULL;
}

/* same_limits() - also where one is written as "64KiB" and the other as 65536 */
static bool same_limits(const struct rules *r, const struct jsonc_val *one,
			const struct jsonc_val *other)
{
	const struct pol_conn *a = read_of(r, 0, one), *b = read_of(r, 1, other);

	return a && b && pol_same_quota(&a->run, &b->run) &&
	       pol_same_quota(&a->each_connection, &b->each_connection) &&
	       pol_same_quota(&a->each_destination, &b->each_destination) && pol_same_rates(a, b);
}

/* compare() - two rules that say the same otherwise */
static void compare(struct rules *r, const struct jsonc_val *a, const struct jsonc_val *b)
{
	struct merge *m = r->m;
	struct lines note = { .out = merge_text(m), .depth = 2 };
	size_t at = a->begin;

	if (!note.out)
		return;
	for (size_t i = 0; i < TB_ARRAY_SIZE(bounds); i++) {
		const struct jsonc_val *one = jsonc_member(a, bounds[i]);
		const struct jsonc_val *other = jsonc_member(b, bounds[i]);
		TB_AUTOBUF struct tb_buf x = TB_BUF_INIT, y = TB_BUF_INIT;

		say(one && is_default(one) ? NULL : one, &x);
		say(other && is_default(other) ? NULL : other, &y);
		m->failed |= x.failed || y.failed;
		if (!m->failed && strcmp(x.data, y.data) != 0 &&
		    (strcmp(bounds[i], "limits") != 0 || !same_limits(r, a, b)))
			conflict(m, a, b, bounds[i], &note);
	}
	while (at && m->a.text[at - 1] != '\n')
		at--;
	if (!note.out->len)
		return;
	if (strspn(m->a.text + at, " \t") < a->begin - at) {	/* it is not alone on its line */
		tb_buf_addc(note.out, '\n');
		at = a->begin;
	}
	place_edit(&m->edits, at, 0, note.out->data);
}

/* first() - the rules of the first policy */
static void first(struct rules *r)
{
	struct merge *m = r->m;

	for (size_t i = 0; i < m->a.nroots; i++) {
		const struct jsonc_val *list = jsonc_member(m->a.roots[i], r->key);

		for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next) {
			TB_AUTOBUF struct tb_buf says = TB_BUF_INIT;

			doc_plain(e, besides, NULL, &says);
			m->failed |= says.failed;
			if (!says.failed && !tb_map_get(r->same, says.data, says.len))
				m->failed |= tb_map_put(r->same, says.data, says.len,
							(void *)(uintptr_t)e) == -ENOMEM;
		}
	}
}

static void take_ids(struct merge *m, const struct pol *p)
{
	m->ids = tb_map_new(2 * RULES_MAX);
	if (!m->ids) {
		m->failed = true;
		return;
	}

	for (size_t i = 0; i < p->nconns; i++)
		m->failed |= tb_map_put(m->ids, p->conns[i].id, strlen(p->conns[i].id), m) != 0;
	for (size_t i = 0; i < p->nlistens; i++)
		m->failed |= tb_map_put(m->ids, p->listens[i].id, strlen(p->listens[i].id), m) != 0;
}

/* free_id() - the id of a rule, or one like it that nobody has */
static const char *free_id(struct rules *r, const char *id, char out[ID_LEN])
{
	(void)snprintf(out, ID_LEN, "%s", id);
	for (unsigned int i = 2; tb_map_get(r->m->ids, out, strlen(out)); i++)
		(void)snprintf(out, ID_LEN, "%.56s-%u", id, i);
	r->m->failed |= tb_map_put(r->m->ids, out, strlen(out), r) != 0;
	return strcmp(id, out) ? out : NULL;
}

/* second() - the rules of one document of the other policy. Return: whether any was added */
static bool second(struct rules *r, const struct jsonc_val *list, struct tb_buf *out)
{
	struct merge *m = r->m;
	struct doc_at at = { .array = list };
	size_t begin, end;
	bool any = false;

	for (const struct jsonc_val *e = list->first; e; at.prev = e, e = e->next) {
		TB_AUTOBUF struct tb_buf says = TB_BUF_INIT;
		struct doc_copy how = { .names = &m->names };
		const struct jsonc_val *same;
		char id[ID_LEN];

		doc_plain(e, besides, &m->names, &says);
		m->failed |= says.failed;
		same = says.failed ? NULL : tb_map_get(r->same, says.data, says.len);
		if (same) {
			compare(r, same, e);
			continue;
		}
		how.id = free_id(r, jsonc_text(e, "id"), id);
		tb_buf_addc(out, '\n');
		at.v = e;
		doc_add_part(&m->b, &at, &how, "    ", out);
		any = true;
	}
	if (doc_tail(&m->b, list, &begin, &end) &&
	    !memmem(m->a.text, m->a.len, m->b.text + begin, end - begin)) {
		tb_buf_addc(out, '\n');
		tb_buf_add(out, m->b.text + begin, end - begin);
		tb_buf_addc(out, '\n');
		any = true;
	}
	return any;
}

/* by_id() - the connections of a policy. Return: NULL without memory */
static struct tb_map *by_id(const struct pol *p)
{
	struct tb_map *map = tb_map_new(p->nconns + 1);
	bool failed = !map;

	for (size_t i = 0; !failed && i < p->nconns; i++)
		failed = tb_map_put(map, p->conns[i].id, strlen(p->conns[i].id), &p->conns[i]) != 0;
	if (!failed)
		return map;
	tb_map_free(map);
	return NULL;
}

void merge_rules(struct merge *m, const char *key)
{
	const struct section s = { .keys = { key } };
	struct rules r = { m, key, tb_map_new(RULES_MAX), { by_id(m->pa), by_id(m->pb) } };
	struct section_at at;
	bool any = false;

	if (!m->ids)
		take_ids(m, m->pa);
	if (r.same && r.read[0] && r.read[1] && m->ids && merge_open(m, &s, &at)) {
		first(&r);
		for (size_t i = 0; i < m->b.nroots; i++) {
			const struct jsonc_val *list = jsonc_member(m->b.roots[i], key);

			if (list)
				any |= second(&r, list, at.lines.out);
		}
		if (any)
			section_close(&at, m->base, &m->edits);
	} else {
		m->failed = true;
	}
	tb_map_free(r.same);
	tb_map_free(r.read[0]);
	tb_map_free(r.read[1]);
}
