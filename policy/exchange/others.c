/* SPDX-License-Identifier: Apache-2.0 */
/*
 * others.c - sections of a policy for which a format has no words
 */
#include "policy/exchange/others.h"

#include "policy/exchange/source.h"
#include "tcbox/own.h"

struct draft_at others_at(struct pol_at at, const char *where)
{
	return (struct draft_at){ at.line, at.column, where, at.file };
}

static struct pol_at first(const struct pol_at *places, size_t n)
{
	return n && places ? *places : (struct pol_at){ 0 };
}

/* calls_at() - the first entry of "syscalls" that says something */
static struct pol_at calls_at(const struct pol *p)
{
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (p->sys_at[nr].line)
			return p->sys_at[nr];
	return (struct pol_at){ 0 };
}

void others_list(struct draft *d, const struct pol *p, unsigned int which, const char *format)
{
	const struct {
		unsigned int bit;
		bool is;
		struct pol_at at;
		const char *where, *what;
	} rows[] = {
		{ OTHERS_CONNECTIONS, p->nconns != 0, p->nconns ? p->conns[0].at : first(NULL, 0),
		  "connections", "connections" },
		{ OTHERS_NAMES, p->nnames != 0, first(p->names_at, p->nnames), "names", "lookups" },
		{ OTHERS_LISTENS, p->nlistens != 0, p->nlistens ? p->listens[0].at : first(NULL, 0),
		  "listens", "ports where it waits to be called" },
		{ OTHERS_EXECUTES, p->has_executes, first(p->executes_at, p->nexecutes), "executes",
		  "programs" },
		{ OTHERS_WRITE, p->has_files, first(p->write_at, p->nwrite), "files.write",
		  "files that are changed" },
		{ OTHERS_READ, p->nread != 0, first(p->read_at, p->nread), "files.read",
		  "files that are read" },
		{ OTHERS_SYSCALLS, p->has_syscalls, calls_at(p), "syscalls", "system calls" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct draft_at at;

		if (!(which & rows[i].bit) || !rows[i].is)
			continue;
		at = others_at(rows[i].at, rows[i].where);
		draft_item(d, EXCH_LOST, &at, "%s says nothing of %s", format, rows[i].what);
	}
}

/* A key of a rule. */
struct key {
	unsigned int bit;
	bool is;
	const char *word;
};

/* tell_keys() - those among @which that a rule has. Without a condition it allows more; the others
 * allow nothing */
static void tell_keys(struct draft *d, const struct draft_at *at, const struct key *keys, size_t n,
		      unsigned int which, const char *format)
{
	struct name_list conditions = { .n = 0 }, rest = { .n = 0 };

	for (size_t i = 0; i < n; i++) {
		if (!(keys[i].bit & which) || !keys[i].is)
			continue;
		name_list_add(keys[i].bit & (OTHERS_RULE_MUST | OTHERS_RULE_WORDS) ? &rest :
			      &conditions, keys[i].word);
	}
	if (conditions.n)
		draft_item(d, EXCH_WIDER, at, "%s says nothing of: %s", format,
			   name_list_end(&conditions, d));
	if (rest.n)
		draft_item(d, EXCH_LOST, at, "%s says nothing of: %s", format,
			   name_list_end(&rest, d));
}

void others_rule(struct draft *d, const struct draft_at *at, const struct pol_conn *c,
		 unsigned int which, const char *format)
{
	const struct key keys[] = {
		{ OTHERS_RULE_PROCESS, c->process, "process" },
		{ OTHERS_RULE_PORTS, c->protocol, "protocol" },
		{ OTHERS_RULE_PORTS, c->nports, "ports" },
		{ OTHERS_RULE_HTTP, pol_has_requests(c), "http" },
		{ OTHERS_RULE_APPLICATION, c->application, "application" },
		{ OTHERS_RULE_REST, c->tls_min, "tls" },
		{ OTHERS_RULE_REST, pol_has_limits(c), "limits" },
		{ OTHERS_RULE_REST, c->until, "until" },
		{ OTHERS_RULE_REST, c->nphases != 0, "phases" },
		{ OTHERS_RULE_MUST, c->severity != POL_VIOLATION, "severity" },
		{ OTHERS_RULE_MUST, c->required, "required" },
		{ OTHERS_RULE_WORDS, c->ndata != 0, "data" },
		{ OTHERS_RULE_WORDS, c->why, "why" },
	};

	tell_keys(d, at, keys, TB_ARRAY_SIZE(keys), which, format);
}

void others_listen(struct draft *d, const struct draft_at *at, const struct pol_listen *r,
		   const char *format)
{
	const struct key keys[] = {
		{ OTHERS_RULE_PROCESS, r->process, "process" },
		{ OTHERS_RULE_PROCESS, r->on == POL_ON_LOOPBACK, "on" },
		{ OTHERS_RULE_REST, r->until, "until" },
		{ OTHERS_RULE_REST, r->nphases != 0, "phases" },
		{ OTHERS_RULE_MUST, r->severity != POL_VIOLATION, "severity" },
		{ OTHERS_RULE_MUST, r->required, "required" },
		{ OTHERS_RULE_WORDS, r->why, "why" },
	};

	tell_keys(d, at, keys, TB_ARRAY_SIZE(keys), ~0u, format);
}

void others_product(struct draft *d, const struct pol *p, unsigned int which, const char *format)
{
	struct name_list words = { .n = 0 };

	if ((which & OTHERS_VENDOR) && p->vendor)
		name_list_add(&words, "vendor");
	if ((which & OTHERS_NAME) && p->product)
		name_list_add(&words, "name");
	if ((which & OTHERS_VERSION) && p->version)
		name_list_add(&words, "version");
	if (words.n)
		draft_item(d, EXCH_NOTE, NULL, "%s does not name the product: %s", format,
			   name_list_end(&words, d));
}

void others_levels(struct draft *d, const struct pol *p, unsigned int which, const char *format)
{
	const struct {
		unsigned int bit;
		enum pol_level is, plain;
		const char *word;
	} rows[] = {
		{ OTHERS_CONNECTIONS, p->on_conn, POL_VIOLATION, "connections" },
		{ OTHERS_NAMES, p->on_name, POL_VIOLATION, "names" },
		{ OTHERS_LISTENS, p->on_listen, POL_VIOLATION, "listens" },
		{ OTHERS_EXECUTES, p->on_exec, p->has_executes ? POL_WARNING : POL_INFO,
		  "executes" },
		{ OTHERS_WRITE, p->on_file, p->has_files ? POL_WARNING : POL_IGNORE, "files" },
		{ OTHERS_SYSCALLS, p->on_sys, POL_VIOLATION, "syscalls" },
	};
	struct name_list words = { .n = 0 };

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		if ((rows[i].bit & which) && rows[i].is != rows[i].plain)
			name_list_add(&words, rows[i].word);
	if (words.n)
		draft_item(d, EXCH_LOST, NULL, "%s does not say how much undeclared behaviour "
			   "matters: %s", format, name_list_end(&words, d));
}
