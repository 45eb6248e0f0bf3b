/* SPDX-License-Identifier: Apache-2.0 */
/*
 * draft_write.c - a draft as the text of a policy
 *
 * Each rule and word is given to the reader of policies alone first: it knows all that makes a name
 * or a path. What it refuses is left out and listed.
 */
#include "policy/exchange/draft.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/write/lines.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define WIDTH 100		/* of a line */
#define ID_MAX 48		/* of an id, without a number behind it; 64 are valid */

static const char *const openings[DRAFT_LISTS][2] = {
	[DRAFT_NAMES] = { "\"names\":[", "]" },
	[DRAFT_EXECUTES] = { "\"executes\":[", "]" },
	[DRAFT_WRITE] = { "\"files\":{\"write\":[", "]}" },
	[DRAFT_READ] = { "\"files\":{\"read\":[", "]}" },
	[DRAFT_ALLOW] = { "\"syscalls\":{\"allow\":[", "]}" },
	[DRAFT_DENY] = { "\"syscalls\":{\"allow\":[\"@default\"],\"deny\":[", "]}" },
	[DRAFT_ARCHITECTURES] = { "\"syscalls\":{\"allow\":[\"read\"],\"architectures\":[", "]}" },
};

static void text_line(struct lines *out, struct tb_buf *text)
{
	out->out->failed |= text->failed;
	if (!text->failed)
		lines_add(out, text->len ? text->data : "");
}

static void strings(struct lines *out, const char *name, const struct draft_words *w)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (!w->n)
		return;
	tb_buf_addf(&text, "\"%s\": [", name);
	for (size_t i = 0; i < w->n; i++) {
		tb_buf_adds(&text, i ? ", " : "");
		lines_string(&text, w->v[i] ? w->v[i] : "");
	}
	tb_buf_adds(&text, "],");
	text_line(out, &text);
}

static void ports(struct lines *out, const struct draft_ports *p)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (!p->n)
		return;
	tb_buf_adds(&text, "\"ports\": [");
	for (size_t i = 0; i < p->n; i++) {
		tb_buf_adds(&text, i ? ", " : "");
		if (p->v[i].lo == p->v[i].hi)
			tb_buf_addf(&text, "%u", p->v[i].lo);
		else
			tb_buf_addf(&text, "\"%u-%u\"", p->v[i].lo, p->v[i].hi);
	}
	tb_buf_adds(&text, "],");
	text_line(out, &text);
}

static void http(struct lines *out, const struct draft_rule *r)
{
	if (!r->methods.n && !r->paths.n)
		return;
	lines_add(out, "\"http\": {");
	out->depth++;
	strings(out, "methods", &r->methods);
	strings(out, "paths", &r->paths);
	out->depth--;
	lines_add(out, "},");
}

static void rule(struct lines *out, const struct draft_rule *r)
{
	lines_add(out, "{");
	out->depth++;
	lines_key(out, "id", r->id);
	lines_key(out, "why", r->why);
	lines_key(out, "process", r->process);
	strings(out, "to", &r->to);
	lines_key(out, "protocol", r->protocol);
	ports(out, &r->ports);
	lines_key(out, "application", r->application);
	if (r->tls_min)
		lines_addf(out, "\"tls\": { \"min_version\": \"%s\" },", r->tls_min);
	http(out, r);
	strings(out, "data", &r->data);
	if (r->loopback)
		lines_key(out, "on", "loopback");
	else if (r->on_any)
		lines_key(out, "on", "any");
	if (r->required)
		lines_add(out, "\"required\": true,");
	out->depth--;
	lines_add(out, "},");
}

/* groups() - of destinations, with or without their comments */
static void groups(const struct draft *d, struct lines *out)
{
	lines_add(out, "\"groups\": {");
	out->depth++;
	lines_add(out, "\"destinations\": {");
	out->depth++;
	for (size_t i = 0; i < d->ngroups; i++) {
		if (d->groups[i].note)
			lines_note(out, d->groups[i].note);
		strings(out, d->groups[i].name ? d->groups[i].name : "", &d->groups[i].values);
	}
	out->depth--;
	lines_add(out, "},");
	out->depth--;
	lines_add(out, "},");
}

/* is_valid() - does the reader of policies take this text? @why: receives what it says */
static bool is_valid(struct draft *d, const struct tb_buf *text, const char *why[static 1])
{
	struct tb_err err = { 0 };
	struct pol *p = NULL;
	const char *said;
	int ret = text->failed ? -ENOMEM : pol_parse("", text->data, text->len, &p, &err);

	pol_free(p);
	if (ret == -ENOMEM)
		d->no_memory = true;
	if (ret != -EINVAL)
		return true;
	said = strstr(err.msg, ": ");	/* behind "LINE:COLUMN" ... */
	said = said ? strstr(said + 2, ": ") : NULL;	/* ... and the path of the key */
	*why = draft_keep(d, said ? said + 2 : err.msg);
	return false;
}

/* stand_ins() - the groups that a rule names, each with a value that is fine: what is in them is
 * not asked here */
static void stand_ins(const struct draft_rule *r, struct lines *out)
{
	static const char *one[] = { "a.invalid" };
	const struct draft_words value = { one, 1 };

	lines_add(out, "\"groups\":{\"destinations\":{");
	for (size_t i = 0; i < r->to.n; i++)
		if (r->to.v[i] && r->to.v[i][0] == '@')
			strings(out, r->to.v[i] + 1, &value);
	lines_add(out, "}},");
}

static bool rule_valid(struct draft *d, const struct draft_rule *r, const char *why[static 1])
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct lines out = { .out = &text };

	lines_addf(&out, "{\"tcbox_policy\":%d,", POL_FORMAT);
	stand_ins(r, &out);
	lines_addf(&out, "\"%s\":[", r->listens ? "listens" : "connections");
	rule(&out, r);
	lines_add(&out, "]}");
	return is_valid(d, &text, why);
}

static bool word_valid(struct draft *d, enum draft_list list, const struct draft_word *w,
		       const char *why[static 1])
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	tb_buf_addf(&text, "{\"tcbox_policy\":%d,%s", POL_FORMAT, openings[list][0]);
	lines_string(&text, w->text ? w->text : "");
	tb_buf_addf(&text, "%s}", openings[list][1]);
	return is_valid(d, &text, why);
}

static void item_of(struct draft *d, const struct draft_at *at, const char *what, const char *why)
{
	draft_item(d, EXCH_LOST, at, "%s: %s", what ? what : "", why ? why : "");
}

/* drop_destinations() - those of a rule that no policy can have, where it can have others: without
 * any it would be about all */
static void drop_destinations(struct draft *d, struct draft_rule *r)
{
	const char **good = tb_pool_alloc(d->pool, r->to.n * sizeof(*good));
	size_t kept = 0;

	d->no_memory |= !good;
	for (size_t i = 0; good && i < r->to.n; i++) {
		struct draft_rule alone = *r;
		const char *why = NULL;

		alone.to = (struct draft_words){ &r->to.v[i], 1 };
		if (rule_valid(d, &alone, &why))
			good[kept++] = r->to.v[i];
	}
	if (!kept)
		return;
	for (size_t i = 0; i < r->to.n; i++) {
		struct draft_rule alone = *r;
		const char *why = NULL;

		alone.to = (struct draft_words){ &r->to.v[i], 1 };
		if (!rule_valid(d, &alone, &why))
			item_of(d, &r->at, r->id, why);
	}
	memcpy(r->to.v, good, kept * sizeof(*good));
	r->to.n = kept;
}

/* drop_rules() - those that no policy can have */
static void drop_rules(struct draft *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->nrules; i++) {
		struct draft_rule r = d->rules[i];
		const char *why = NULL;

		if (r.to.n > 1 && !rule_valid(d, &r, &why))
			drop_destinations(d, &r);
		if (rule_valid(d, &r, &why)) {
			d->rules[kept++] = r;
			continue;
		}
		item_of(d, &r.at, r.id, why);
		draft_rule_clear(&r);
	}
	d->nrules = kept;
}

static void drop_words(struct draft *d, enum draft_list list)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->nwords[list]; i++) {
		const struct draft_word w = d->words[list][i];
		const char *why = NULL;

		if (word_valid(d, list, &w, &why))
			d->words[list][kept++] = w;
		else
			item_of(d, &w.at, w.text, why);
	}
	d->nwords[list] = kept;
}

/* number_id() - an id that no other rule has. @seen: how often each was wanted */
static const char *number_id(struct draft *d, struct tb_map *seen, const char *id, size_t *counts)
{
	size_t len = strlen(id), *count = tb_map_get(seen, id, len);

	if (count)
		return draft_keepf(d, "%s.%zu", id, ++*count);
	*counts = 1;
	if (tb_map_put(seen, id, len, counts))
		d->no_memory = true;
	return id;
}

/* name_rules() - ids that are valid and each used once. A dot stands before numbers only */
static void name_rules(struct draft *d)
{
	struct tb_map *seen = tb_map_new(d->nrules + 1);
	size_t *counts = d->nrules ? calloc(d->nrules, sizeof(*counts)) : NULL;

	if (!seen || (d->nrules && !counts))
		d->no_memory = true;
	for (size_t i = 0; i < d->nrules && !d->no_memory; i++) {
		TB_AUTOBUF struct tb_buf id = TB_BUF_INIT;
		const char *wanted;

		draft_slug(&id, d->rules[i].id ? d->rules[i].id : "", ID_MAX, false);
		d->no_memory |= id.failed;
		wanted = id.len ? draft_keep(d, id.data) : "rule";
		if (wanted)
			d->rules[i].id = number_id(d, seen, wanted, &counts[i]);
	}
	tb_map_free(seen);
	free(counts);
}

/* list_kind() - the items of one kind, as comments. Return: how many */
static size_t list_kind(const struct draft *d, enum exch_kind kind, const char *heading,
			struct lines *out)
{
	size_t n = 0;

	for (size_t i = 0; i < d->nitems; i++) {
		const struct exch_item *it = &d->items[i];

		if (it->kind != kind)
			continue;
		if (!n++) {
			lines_add(out, "//");
			lines_note(out, heading);
		}
		if (it->line)
			lines_notef(out, "  line %u, %s: %s", it->line, it->where, it->text);
		else
			lines_notef(out, "  %s", it->text);
	}
	return n;
}

static void head(const struct draft *d, struct lines *out)
{
	size_t n = 0;

	for (size_t i = 0; i < d->head.n; i++)
		if (d->head.v[i])
			lines_note(out, d->head.v[i]);
	(void)list_kind(d, EXCH_NOTE, "To know:", out);
	n += list_kind(d, EXCH_FILL, "To be filled in, where the site knows what it is:", out);
	n += list_kind(d, EXCH_WIDER, "Wider than the source:", out);
	n += list_kind(d, EXCH_LOST, "Not carried over:", out);
	if (n)
		return;
	lines_add(out, "//");
	lines_note(out, "All of it was carried over.");
}

static void product(const struct draft *d, struct lines *out)
{
	if (!d->vendor && !d->product && !d->version)
		return;
	lines_blank(out);
	lines_add(out, "\"product\": {");
	out->depth++;
	lines_key(out, "vendor", d->vendor && *d->vendor ? d->vendor : NULL);
	lines_key(out, "name", d->product && *d->product ? d->product : NULL);
	lines_key(out, "version", d->version && *d->version ? d->version : NULL);
	out->depth--;
	lines_add(out, "},");
}

/* rules() - one of the two sections, if it has any. @always: also without rules */
static void rules(const struct draft *d, bool listens, bool always, const char *about,
		  struct lines *out)
{
	size_t n = 0;

	for (size_t i = 0; i < d->nrules; i++)
		n += d->rules[i].listens == listens;
	if (!n && !always)
		return;
	lines_blank(out);
	lines_note(out, about);
	lines_addf(out, "\"%s\": [", listens ? "listens" : "connections");
	out->depth++;
	for (size_t i = 0; i < d->nrules; i++) {
		if (d->rules[i].listens != listens)
			continue;
		lines_blank(out);
		if (d->rules[i].note)
			lines_note(out, d->rules[i].note);
		rule(out, &d->rules[i]);
	}
	out->depth--;
	lines_add(out, "],");
}

/* one_word() - with its comment; @line: of words that stand on one line, which it may end */
static void one_word(const struct draft_word *w, bool packed, struct tb_buf *line,
		     struct lines *out)
{
	TB_AUTOBUF struct tb_buf word = TB_BUF_INIT;

	lines_string(&word, w->text ? w->text : "");
	tb_buf_addc(&word, ',');
	out->out->failed |= word.failed;
	if (line->len && (w->note || !packed ||
			  line->len + word.len + 1 + 2 * (size_t)out->depth > WIDTH)) {
		text_line(out, line);
		tb_buf_reset(line);
	}
	if (w->note)
		lines_note(out, w->note);
	tb_buf_addf(line, "%s%s", line->len ? " " : "", word.data ? word.data : "");
}

/* words() - several system calls on a line: there are hundreds */
static void words(const struct draft *d, enum draft_list list, const char *name, struct lines *out)
{
	bool packed = list == DRAFT_ALLOW || list == DRAFT_DENY;
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;

	if (!d->section[list])
		return;
	if (d->about[list])
		lines_note(out, d->about[list]);
	lines_addf(out, "\"%s\": [", name);
	out->depth++;
	for (size_t i = 0; i < d->nwords[list]; i++)
		one_word(&d->words[list][i], packed, &line, out);
	if (line.len)
		text_line(out, &line);
	out->depth--;
	lines_add(out, "],");
}

/* object() - lists that stand in an object, if one of them is there */
static void object(const struct draft *d, const char *name, const enum draft_list *lists,
		   const char *const *names, struct lines *out)
{
	bool any = false;

	for (size_t i = 0; names[i]; i++)
		any = any || d->section[lists[i]];
	if (!any)
		return;
	lines_blank(out);
	lines_addf(out, "\"%s\": {", name);
	out->depth++;
	for (size_t i = 0; names[i]; i++)
		words(d, lists[i], names[i], out);
	out->depth--;
	lines_add(out, "},");
}

static void sections(const struct draft *d, struct lines *out)
{
	static const enum draft_list files[] = { DRAFT_WRITE, DRAFT_READ };
	static const enum draft_list calls[] = { DRAFT_ALLOW, DRAFT_DENY, DRAFT_ARCHITECTURES };
	static const char *const file_names[] = { "write", "read", NULL };
	static const char *const call_names[] = { "allow", "deny", "architectures", NULL };

	product(d, out);
	if (d->ngroups) {
		lines_blank(out);
		groups(d, out);
	}
	rules(d, false, true, "Conversations that the product begins.", out);
	if (d->section[DRAFT_NAMES]) {
		lines_blank(out);
		words(d, DRAFT_NAMES, "names", out);
	}
	rules(d, true, false, "Where it waits to be called.", out);
	if (d->section[DRAFT_EXECUTES]) {
		lines_blank(out);
		words(d, DRAFT_EXECUTES, "executes", out);
	}
	object(d, "files", files, file_names, out);
	object(d, "syscalls", calls, call_names, out);
	if (!d->calls_warn)
		return;
	lines_blank(out);
	lines_add(out, "\"undeclared\": { \"syscalls\": \"warning\" },");
}

int draft_policy(struct draft *d, struct tb_buf *text, struct tb_err *err)
{
	struct lines out = { .out = text };
	struct pol *p = NULL;
	int ret;

	name_rules(d);
	drop_rules(d);
	for (size_t i = 0; i < DRAFT_LISTS; i++)
		drop_words(d, (enum draft_list)i);
	draft_sort(d);
	head(d, &out);
	lines_add(&out, "{");
	out.depth = 1;
	lines_addf(&out, "\"tcbox_policy\": %d,", POL_FORMAT);
	sections(d, &out);
	out.depth = 0;
	lines_add(&out, "}");
	if (d->no_memory || text->failed)
		return tb_err_set(err, ENOMEM, "%s", d->path);
	if (text->len > POL_MAX_BYTES)
		return tb_err_msg(err, EINVAL, "%s: what is made of it is no policy: it has more "
				  "than %u MiB", d->path, POL_MAX_BYTES >> 20);
	ret = pol_parse("policy", text->data, text->len, &p, err);
	pol_free(p);
	return ret ? tb_err_wrap(err, "%s: what is made of it is no policy", d->path) : 0;
}
