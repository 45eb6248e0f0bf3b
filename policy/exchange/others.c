/* SPDX-License-Identifier: Apache-2.0 */
/*
 * others.c - sections of a policy for which a format has no words
 */
#include "policy/exchange/others.h"

#include "policy/exchange/source.h"
#include "tcbox/own.h"

struct draft_at others_at(struct draft *d, const struct pol *p, struct pol_at at, const char *where)
{
	(void)d;
	(void)p;
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
		size_t n;
		struct pol_at at;
		const char *where, *what;
	} rows[] = {
		{ OTHERS_CONNECTIONS, p->nconns, p->nconns ? p->conns[0].at : first(NULL, 0),
		  "connections", "connections" },
		{ OTHERS_NAMES, p->nnames, first(p->names_at, p->nnames), "names", "lookups" },
		{ OTHERS_LISTENS, p->nlistens, p->nlistens ? p->listens[0].at : first(NULL, 0),
		  "listens", "ports where it waits to be called" },
		{ OTHERS_EXECUTES, p->nexecutes, first(p->executes_at, p->nexecutes), "executes",
		  "programs" },
		{ OTHERS_WRITE, p->nwrite, first(p->write_at, p->nwrite), "files.write",
		  "files that are changed" },
		{ OTHERS_READ, p->nread, first(p->read_at, p->nread), "files.read",
		  "files that are read" },
		{ OTHERS_SYSCALLS, p->has_syscalls, calls_at(p), "syscalls", "system calls" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct draft_at at;

		if (!(which & rows[i].bit) || !rows[i].n)
			continue;
		at = others_at(d, p, rows[i].at, rows[i].where);
		draft_item(d, EXCH_LOST, &at, "%s says nothing of %s", format, rows[i].what);
	}
}

static bool has_quota(const struct pol_quota *q)
{
	return q->connections || q->requests || q->bytes_out || q->bytes_in;
}

const char *others_rule(struct draft *d, const struct pol_conn *c, unsigned int which)
{
	const struct {
		unsigned int bit;
		bool is;
		const char *word;
	} rows[] = {
		{ OTHERS_RULE_PROCESS, c->process, "process" },
		{ OTHERS_RULE_PORTS, c->protocol, "protocol" },
		{ OTHERS_RULE_PORTS, c->nports, "ports" },
		{ OTHERS_RULE_HTTP, pol_has_requests(c), "http" },
		{ OTHERS_RULE_APPLICATION, c->application, "application" },
		{ OTHERS_RULE_REST, c->tls_min, "tls" },
		{ OTHERS_RULE_REST, has_quota(&c->run) || has_quota(&c->each_connection) ||
				    has_quota(&c->each_destination) || c->nrates, "limits" },
		{ OTHERS_RULE_REST, c->until, "until" },
		{ OTHERS_RULE_REST, c->severity != POL_VIOLATION, "severity" },
		{ OTHERS_RULE_REST, c->required, "required" },
	};
	struct name_list words = { .n = 0 };

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		if ((rows[i].bit & which) && rows[i].is)
			name_list_add(&words, rows[i].word);
	return words.n ? name_list_end(&words, d) : NULL;
}

const char *others_listen(struct draft *d, const struct pol_listen *r, unsigned int which)
{
	const struct {
		unsigned int bit;
		bool is;
		const char *word;
	} rows[] = {
		{ OTHERS_RULE_PROCESS, r->process, "process" },
		{ OTHERS_RULE_PROCESS, r->on == POL_ON_LOOPBACK, "on" },
		{ OTHERS_RULE_REST, r->until, "until" },
		{ OTHERS_RULE_REST, r->severity != POL_VIOLATION, "severity" },
		{ OTHERS_RULE_REST, r->required, "required" },
	};
	struct name_list words = { .n = 0 };

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		if ((rows[i].bit & which) && rows[i].is)
			name_list_add(&words, rows[i].word);
	return words.n ? name_list_end(&words, d) : NULL;
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
		{ OTHERS_EXECUTES, p->on_exec, p->nexecutes ? POL_WARNING : p->on_exec,
		  "executes" },
		{ OTHERS_WRITE, p->on_file, p->nwrite ? POL_WARNING : p->on_file, "files" },
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
