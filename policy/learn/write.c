/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write.c - the sections of a learned policy
 *
 * Every rule and word ends with a comma, which may also follow the last one: so a proposal can be
 * put in force by removing "//" alone.
 */
#include "policy/learn/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/write/lines.h"
#include "tcbox/own.h"

#define HIGH_PORTS "32768-60999"	/* net.ipv4.ip_local_port_range of Linux */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void ports(const struct lrn_item *it, struct lines *out)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (!it->nports || it->many_ports)
		return;
	tb_buf_adds(&text, "\"ports\": [");
	for (size_t i = 0; i < it->nports; i++)
		tb_buf_addf(&text, "%s%u", i ? ", " : "", it->ports[i]);
	tb_buf_adds(&text, "],");
	out->out->failed |= text.failed;
	lines_add(out, text.data ? text.data : "");
}

/* rounded() - with headroom, up to two digits */
static uint64_t rounded(uint64_t n, unsigned int headroom)
{
	uint64_t unit = 1;

	if (n > UINT64_MAX / 1000)
		return n;
	n += n * headroom / 100 + 1;
	while (n / unit >= 100)
		unit *= 10;
	return (n + unit - 1) / unit * unit;
}

static void limits(const struct learn *l, const struct lrn_item *it, struct lines *out)
{
	unsigned int room = l->options.headroom;

	if (!room || !it->most.conns)
		return;
	lines_addf(out, "\"limits\": { \"connections\": %llu, \"bytes_out\": %llu, "
			"\"bytes_in\": %llu },",
		   (unsigned long long)rounded(it->most.conns, room),
		   (unsigned long long)rounded(it->most.out, room),
		   (unsigned long long)rounded(it->most.in, room));
}

static void destination(const struct lrn_item *it, struct lines *out)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (!it->what)
		return;
	tb_buf_adds(&text, "\"to\": [");
	lines_string(&text, it->what);
	tb_buf_adds(&text, "],");
	out->out->failed |= text.failed;
	lines_add(out, text.data ? text.data : "");
}

/* string_list() - "KEY": [...], on lines of their own if they are many */
static void string_list(struct lines *out, const char *name, const char *const *v, size_t n)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	bool many = n > 3;

	tb_buf_addf(&text, "\"%s\": [", name);
	for (size_t i = 0; i < n; i++) {
		if (many) {
			lines_add(out, text.data ? text.data : "");
			tb_buf_reset(&text);
			tb_buf_adds(&text, "  ");
		} else if (i) {
			tb_buf_adds(&text, ", ");
		}
		lines_string(&text, v[i]);
		if (many)
			tb_buf_addc(&text, ',');
	}
	if (many) {
		lines_add(out, text.data ? text.data : "");
		tb_buf_reset(&text);
	}
	tb_buf_adds(&text, "],");
	out->out->failed |= text.failed;
	lines_add(out, text.data ? text.data : "");
}

/* http() - the requests of a rule */
static void http(const struct learn *l, const struct lrn_item *it, struct lines *out)
{
	const char **paths = calloc(it->nhttp + 1, sizeof(*paths));
	const char *methods[LRN_METHODS];
	size_t n = 0;

	if (!paths) {
		out->out->failed = true;
		return;
	}
	for (size_t i = 0; i < l->nmethods; i++)
		if (it->methods >> i & 1)
			methods[n++] = l->methods[i];
	for (size_t i = 0; i < it->nhttp; i++)
		paths[i] = it->http[i]->what;
	lines_add(out, "\"http\": {");
	out->depth++;
	string_list(out, "methods", methods, n);
	string_list(out, "paths", paths, it->nhttp);
	out->depth--;
	lines_add(out, "},");
	free(paths);
}

/* rule() - without its comment */
static void rule(const struct learn *l, const struct lrn_item *it, struct lines *out)
{
	out->off = it->doubts != 0;
	lines_add(out, "{");
	out->depth++;
	lines_key(out, "id", it->id);
	lines_key(out, "process", it->program);
	if (it->section == LRN_CONNS)
		destination(it, out);
	lines_key(out, "protocol", it->proto);
	if (it->section == LRN_LISTENS && it->what)
		lines_add(out, "\"ports\": [\"" HIGH_PORTS "\"],");
	else
		ports(it, out);
	if (it->section == LRN_CONNS) {
		lines_key(out, "application", it->app);
		if (it->tls && !it->old_tls)
			lines_addf(out, "\"tls\": { \"min_version\": \"%s\" },", it->tls);
		if (it->nhttp)
			http(l, it, out);
		limits(l, it, out);
	} else if (it->loopback) {
		lines_key(out, "on", "loopback");
	}
	out->depth--;
	lines_add(out, "},");
	out->off = false;
}

void lrn_write_rule(const struct learn *l, const struct lrn_item *it, struct lines *out)
{
	lines_blank(out);
	lrn_words_item(l, it, out);
	rule(l, it, out);
}

/* bare_word() - an element of a list, without its comment */
static void bare_word(const struct lrn_item *it, struct lines *out)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	lines_string(&text, it->what);
	tb_buf_addc(&text, ',');
	out->out->failed |= text.failed;
	out->off = it->doubts != 0;
	lines_add(out, text.data ? text.data : "");
	out->off = false;
}

void lrn_write_bare(const struct learn *l, const struct lrn_item *it, struct lines *out)
{
	if (it->section == LRN_CONNS || it->section == LRN_LISTENS)
		rule(l, it, out);
	else
		bare_word(it, out);
}

/* word() - an element of a list */
static void word(const struct learn *l, const struct lrn_item *it, struct lines *out)
{
	lrn_words_item(l, it, out);
	bare_word(it, out);
}

size_t lrn_section(const struct learn *l, enum lrn_section s, struct lines *out,
		      struct learn_tally *tally)
{
	size_t n = 0;

	for (size_t i = 0; i < l->nitems; i++) {
		const struct lrn_item *it = l->items[i];

		if (it->section != s || it->gone)
			continue;
		n++;
		if (s == LRN_CONNS || s == LRN_LISTENS)
			lrn_write_rule(l, it, out);
		else
			word(l, it, out);
		if (it->doubts)
			tally->proposals++;
		else if (s == LRN_CONNS || s == LRN_LISTENS)
			tally->rules++;
		else
			tally->words++;
	}
	return n;
}

bool lrn_has(const struct learn *l, enum lrn_section s)
{
	for (size_t i = 0; i < l->nitems; i++)
		if (l->items[i]->section == s && !l->items[i]->gone)
			return true;
	return false;
}

const struct lrn_heading lrn_headings[LRN_SECTIONS] = {
	[LRN_CONNS] = { "Conversations that it begins.", "It began no conversation." },
	[LRN_NAMES] = { "Lookups beyond the names in \"connections\".", NULL },
	[LRN_LISTENS] = { "Where it waits to be called.", NULL },
	[LRN_EXECS] = { "Programs that it starts, beside its own first one.",
			"It started no other program." },
	[LRN_WRITES] = { "Files that it changes.",
			 "It changed no file: one that it changes is reported." },
};

/* heading() - of a section */
static void heading(const struct learn *l, enum lrn_section s, struct lines *out)
{
	lines_note(out, lrn_has(l, s) ? lrn_headings[s].has : lrn_headings[s].none);
}

static void list(const struct learn *l, enum lrn_section s, const char *name, struct lines *out,
		 struct learn_tally *tally)
{
	lines_blank(out);
	heading(l, s, out);
	lines_addf(out, "\"%s\": [", name);
	out->depth++;
	(void)lrn_section(l, s, out, tally);
	out->depth--;
	lines_add(out, "],");
}

static void product(const struct learn *l, struct lines *out)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	const struct run_info *run = l->runs[0].run;

	tb_buf_adds(&text, "\"product\": { \"name\": ");
	lines_string(&text, run->argc && *run->argv[0] ? base_name(run->argv[0]) : "unknown");
	tb_buf_adds(&text, " },");
	out->out->failed |= text.failed;
	lines_blank(out);
	lines_note(out, "The vendor's words: add \"vendor\" and \"version\".");
	lines_add(out, text.data ? text.data : "");
}

static void files(const struct learn *l, struct lines *out, struct learn_tally *tally)
{
	lines_blank(out);
	heading(l, LRN_WRITES, out);
	lines_add(out, "\"files\": {");
	out->depth++;
	lines_add(out, "\"write\": [");
	out->depth++;
	(void)lrn_section(l, LRN_WRITES, out, tally);
	out->depth--;
	lines_add(out, "],");
	out->depth--;
	lines_add(out, "},");
}

/* is_valid() - does the reader of policies take this item alone? Only it knows all that makes a
 * name, a glob or a word */
static bool is_valid(const struct learn *l, const struct lrn_item *it)
{
	static const char *const open[LRN_SECTIONS][2] = {
		[LRN_CONNS] = { "\"connections\":[", "]}" },
		[LRN_NAMES] = { "\"names\":[", "]}" },
		[LRN_LISTENS] = { "\"listens\":[", "]}" },
		[LRN_EXECS] = { "\"executes\":[", "]}" },
		[LRN_WRITES] = { "\"files\":{\"write\":[", "]}}" },
		[LRN_CALLS] = { "\"syscalls\":{\"allow\":[", "]}}" },
	};
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct lines out = { .out = &text };
	struct tb_err err = { 0 };
	struct pol *p = NULL;
	int ret;

	tb_buf_addf(&text, "{\"tcbox_policy\":%d,%s", POL_FORMAT, open[it->section][0]);
	if (it->section == LRN_CONNS || it->section == LRN_LISTENS)
		lrn_write_rule(l, it, &out);
	else
		word(l, it, &out);
	tb_buf_adds(&text, open[it->section][1]);
	ret = text.failed ? -ENOMEM : pol_parse("item", text.data, text.len, &p, &err);
	pol_free(p);
	return ret != -EINVAL;
}

void lrn_check_words(struct learn *l)
{
	lrn_name_rules(l);
	for (size_t i = 0; i < l->nitems; i++) {
		struct lrn_item *it = l->items[i];

		if (it->section == LRN_REQUESTS || it->gone || it->doubts || is_valid(l, it))
			continue;
		it->doubts |= LRN_NO_WORD;
	}
}

void lrn_write(struct learn *l, struct lines *out, struct learn_tally *tally)
{
	lrn_words_head(l, out);
	lines_add(out, "{");
	out->depth = 1;
	lines_addf(out, "\"tcbox_policy\": %d,", POL_FORMAT);
	product(l, out);
	lines_blank(out);
	heading(l, LRN_CONNS, out);
	lines_add(out, "\"connections\": [");
	out->depth++;
	(void)lrn_section(l, LRN_CONNS, out, tally);
	out->depth--;
	lines_add(out, "],");
	if (lrn_has(l, LRN_NAMES))
		list(l, LRN_NAMES, "names", out, tally);
	if (lrn_has(l, LRN_LISTENS))
		list(l, LRN_LISTENS, "listens", out, tally);
	list(l, LRN_EXECS, "executes", out, tally);
	files(l, out, tally);
	lrn_write_calls(l, out, tally);
	out->depth = 0;
	lines_add(out, "}");
}
