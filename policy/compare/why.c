/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why.c - which rule of a policy decides about one act, or the nearest one and what differs
 *
 * The same functions are asked as in a comparison, rule by rule and without an index: one act is
 * asked about, by a person.
 */
#include "policy/compare/cmp_state.h"
#include "policy/compare/differs.h"
#include "tcbox/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/match.h"
#include "tcbox/evidence.h"
#include "tcbox/own.h"
#include "tcbox/syscalls.h"

struct why {
	const struct pol *p;
	const struct cmp_ask *ask;
	struct cmp_why *out;
	bool failed;
};

static struct cmp_rule pattern_rule(const char *section, char *const *v, const struct pol_at *at,
				    size_t i)
{
	return (struct cmp_rule){ section, v[i], at ? at[i] : (struct pol_at){ 0 }, 0, NULL };
}

static struct cmp_rule conn_rule(const struct pol_conn *c)
{
	return (struct cmp_rule){ "connections", c->id, c->at, c->rank, c };
}

static struct cmp_rule listen_rule(const struct pol_listen *l)
{
	return (struct cmp_rule){ "listens", l->id, l->at, l->rank, NULL };
}

/* declares() - one more rule that declares it. Of rules that have a rank the most specific decides,
 * of patterns the first */
static void declares(struct why *w, struct cmp_rule rule)
{
	if (w->out->stand != FND_DECLARED) {
		w->out->stand = FND_DECLARED;
		w->out->rule = rule;
		return;
	}
	if (rule.rank < w->out->rule.rank) {
		struct cmp_rule before = w->out->rule;

		w->out->rule = rule;
		rule = before;
	}
	if (w->out->nalso < CMP_WHY_ALSO)
		w->out->also[w->out->nalso++] = rule;
}

static void undeclared(struct why *w, enum pol_level level)
{
	w->out->level = level;
	w->out->stand = level == POL_IGNORE ? FND_IGNORED : FND_UNDECLARED;
}

/* flow_of() - the act as rules of connections see it. What was not said of it agrees */
static struct match_flow flow_of(const struct cmp_ask *ask)
{
	struct match_flow m = {
		.exe = ask->program, .remote = &ask->addr, .proto = ask->proto,
		.app = ask->application, .tls_version = ask->tls,
	};

	if (ask->host) {
		m.names = &ask->host;
		m.nnames = 1;
	}
	if (ask->tls && !ask->application)
		m.app = "tls";
	m.bytes = m.app ? 1 : 0;
	return m;
}

static void differs(struct why *w, const struct pol_conn *c, const struct match_flow *m)
{
	w->out->rule = conn_rule(c);
	w->failed |= !differs_details(c, m, &w->out->differs);
}

/* ended() - a rule that would declare it, and whose last day is over. Return: whether there is one
 */
static bool ended(struct why *w, struct cmp_rule rule, const char *until)
{
	w->out->rule = rule;
	w->failed |= !fnd_details_add(&w->out->differs, FND_KEY_RULE_UNTIL, until, 0);
	return true;
}

static bool ended_conn(struct why *w, const struct match_flow *m, const struct evd_request *r)
{
	for (size_t i = 0; i < w->p->nended; i++) {
		const struct pol_conn *c = &w->p->ended[i];
		struct match_parts parts;

		match_rule(c, m, &parts);
		if (match_level(&parts) == MATCH_FULL && (!r || cmp_declares(c, r)))
			return ended(w, conn_rule(c), c->until);
	}
	return false;
}

/* conversation() - @r: a request in it; NULL: nothing is asked about requests */
static void conversation(struct why *w, const struct evd_request *r)
{
	const struct match_flow m = flow_of(w->ask);
	const struct pol_conn *broken = NULL;
	enum match_level best = MATCH_NONE;
	struct match_parts parts;
	long near;

	for (size_t i = 0; i < w->p->nconns; i++) {
		const struct pol_conn *c = &w->p->conns[i];
		enum match_level level;

		match_rule(c, &m, &parts);
		level = match_level(&parts);
		if (level == MATCH_FULL && (!r || cmp_declares(c, r)))
			declares(w, conn_rule(c));
		if (level > best) {
			best = level;
			broken = c;
		}
	}
	if (w->out->stand == FND_DECLARED)
		return;
	if (broken) {
		w->out->stand = FND_BROKEN;
		if (best == MATCH_FULL)
			w->out->rule = conn_rule(broken);	/* but for the request */
		else
			differs(w, broken, &m);
		return;
	}
	undeclared(w, w->p->on_conn);
	if (ended_conn(w, &m, r))
		return;
	near = match_nearest(w->p, &m);
	if (near >= 0)
		differs(w, &w->p->conns[near], &m);
}

static void flow(struct why *w)
{
	conversation(w, NULL);
}

static void request(struct why *w)
{
	struct evd_names *names = malloc(sizeof(*names) + sizeof(const char *));
	struct evd_request r = { .method = w->ask->method, .path = w->ask->path, .names = names };

	if (!names) {
		w->failed = true;
		return;
	}
	names->n = w->ask->host ? 1 : 0;
	names->v[0] = w->ask->host;
	conversation(w, &r);
	free(names);
}

/* on_listen() - how a listen rule stands to the act. Return: does it declare it? */
static bool on_listen(const struct pol_listen *l, const struct cmp_ask *ask,
		      struct match_listen_parts *parts)
{
	return match_listen(l, &(struct match_listener){
		.exe = ask->program, .proto = ask->proto, .port = ask->addr.port,
		.loopback = evd_is_loopback(&ask->addr) }, parts);
}

/* listen_differs() - in the words of connections: a rule without destinations, and where it waits
 */
static void listen_differs(struct why *w, const struct pol_listen *l)
{
	const struct pol_conn as = {
		.process = l->process, .protocol = l->protocol, .ports = l->ports,
		.nports = l->nports,
	};
	const struct match_flow m = {
		.exe = w->ask->program, .remote = &w->ask->addr, .proto = w->ask->proto,
	};

	struct match_listen_parts parts;

	w->out->rule = listen_rule(l);
	w->failed |= !differs_details(&as, &m, &w->out->differs);
	(void)on_listen(l, w->ask, &parts);
	if (!parts.on)
		w->failed |= !fnd_details_add(&w->out->differs, FND_KEY_BEYOND, NULL, 1);
}

static void listener(struct why *w)
{
	const struct pol_listen *near = NULL;
	int best = 1;		/* of four; more must agree before a rule is worth naming */

	for (size_t i = 0; i < w->p->nlistens; i++) {
		const struct pol_listen *l = &w->p->listens[i];
		struct match_listen_parts parts;
		bool all = on_listen(l, w->ask, &parts);
		int agree = parts.process + parts.protocol + parts.port + parts.on;

		if (all)
			declares(w, listen_rule(l));
		if ((parts.port || parts.process) && agree > best) {
			best = agree;
			near = l;
		}
	}
	if (w->out->stand == FND_DECLARED)
		return;
	undeclared(w, w->p->on_listen);
	for (size_t i = 0; i < w->p->nended_listens; i++) {
		const struct pol_listen *l = &w->p->ended_listens[i];
		struct match_listen_parts parts;

		if (on_listen(l, w->ask, &parts) && ended(w, listen_rule(l), l->until))
			return;
	}
	if (near)
		listen_differs(w, near);
}

/* same_end() - how many labels two names have in common, from the right */
static size_t same_end(const char *a, const char *b)
{
	size_t x = strlen(a), y = strlen(b), labels = 0;

	while (x && y && a[x - 1] == b[y - 1]) {
		x--;
		y--;
		labels += a[x] == '.';
	}
	/* the last one that was compared is whole, where both names have an end or a dot */
	return labels + ((!x || a[x - 1] == '.') && (!y || b[y - 1] == '.'));
}

/* near_name() - a rule whose name ends alike */
static void near_name(struct why *w, const char *pattern, struct cmp_rule rule, size_t *best)
{
	size_t labels = same_end(pattern, w->ask->object);

	if (labels <= *best)
		return;
	*best = labels;
	w->out->rule = rule;
}

static bool has_name(const struct pol_conn *c, const char *name)
{
	for (size_t i = 0; i < c->nto; i++)
		if (c->to[i].kind != POL_DEST_NET && pol_name_glob(c->to[i].name, name))
			return true;
	return false;
}

static void name(struct why *w)
{
	const struct pol *p = w->p;
	size_t best = 1;	/* a label in common is a top level domain */

	for (size_t i = 0; i < p->nnames; i++)
		if (pol_name_glob(p->names[i], w->ask->object))
			declares(w, pattern_rule("names", p->names, p->names_at, i));
	for (size_t i = 0; i < p->nconns; i++)
		for (size_t j = 0; j < p->conns[i].nto; j++) {
			const struct pol_dest *d = &p->conns[i].to[j];

			if (d->kind != POL_DEST_NET && pol_name_glob(d->name, w->ask->object))
				declares(w, conn_rule(&p->conns[i]));
		}
	if (w->out->stand == FND_DECLARED)
		return;
	undeclared(w, p->on_name);
	for (size_t i = 0; i < p->nended; i++)
		if (has_name(&p->ended[i], w->ask->object) &&
		    ended(w, conn_rule(&p->ended[i]), p->ended[i].until))
			return;
	for (size_t i = 0; i < p->nnames; i++)
		near_name(w, p->names[i], pattern_rule("names", p->names, p->names_at, i), &best);
	for (size_t i = 0; i < p->nconns; i++)
		for (size_t j = 0; j < p->conns[i].nto; j++)
			if (p->conns[i].to[j].kind != POL_DEST_NET)
				near_name(w, p->conns[i].to[j].name, conn_rule(&p->conns[i]),
					  &best);
}

/* component() - Return: the length of the first component of a path that begins with a slash */
static size_t component(const char *s)
{
	return *s ? 1 + strcspn(s + 1, "/") : 0;
}

/* common() - how many bytes of @path agree with @pattern, component by component */
static size_t common(const char *pattern, const char *path)
{
	char one[4097], other[4097];
	const char *at = path;
	size_t a, b;

	for (; *at && *pattern == '/'; at += b, pattern += a) {
		a = component(pattern);
		b = component(at);
		if (a >= sizeof(one) || b >= sizeof(other))
			break;
		memcpy(one, pattern, a);
		memcpy(other, at, b);
		one[a] = other[b] = '\0';
		if (!strcmp(one, "/**") || !pol_path_glob(one, other))
			break;
	}
	return (size_t)(at - path);
}

/* Patterns of paths, and what is made of what they do not declare. */
struct paths {
	const char *section;
	char *const *v;
	const struct pol_at *at;
	size_t n;
	bool (*glob)(const char *pattern, const char *path);
	enum pol_level level;
};

static void path(struct why *w, const struct paths *s)
{
	const char *object = w->ask->object;
	size_t len;

	for (size_t i = 0; i < s->n; i++)
		if (s->glob(s->v[i], object))
			declares(w, pattern_rule(s->section, s->v, s->at, i));
	if (w->out->stand == FND_DECLARED)
		return;
	undeclared(w, s->level);
	for (size_t i = 0; i < s->n; i++) {
		len = common(s->v[i], object);
		if (len <= w->out->common)
			continue;
		w->out->common = len;
		w->out->rule = pattern_rule(s->section, s->v, s->at, i);
	}
}

static void call(struct why *w)
{
	int nr = tb_syscall_number(w->ask->object);

	if (!w->p->has_syscalls || nr < 0)
		return;		/* FND_NOT_COMPARED */
	if (w->p->sys[nr] != POL_SYS_UNDECLARED)
		w->out->rule = (struct cmp_rule){
			w->p->sys[nr] == POL_SYS_DENIED ? "syscalls.deny" : "syscalls.allow",
			NULL, w->p->sys_at[nr], 0, NULL,
		};
	if (w->p->sys[nr] == POL_SYS_ALLOWED)
		w->out->stand = FND_DECLARED;
	else
		undeclared(w, w->p->sys[nr] == POL_SYS_DENIED ? POL_VIOLATION : w->p->on_sys);
	w->out->denied = w->p->sys[nr] == POL_SYS_DENIED;
}

static void executes(struct why *w)
{
	const struct pol *p = w->p;

	path(w, &(struct paths){ "executes", p->executes, p->executes_at, p->nexecutes,
				 pol_program_glob, p->on_exec });
}

static void writes(struct why *w)
{
	const struct pol *p = w->p;

	path(w, &(struct paths){ "files.write", p->write, p->write_at, p->nwrite, pol_file_glob,
				 p->on_file });
}

static void reads(struct why *w)
{
	const struct pol *p = w->p;

	if (!p->nread)
		return;		/* nothing is declared about reading */
	path(w, &(struct paths){ "files.read", p->read, p->read_at, p->nread, pol_file_glob,
				 p->on_file });
	if (w->out->stand != FND_DECLARED)
		path(w, &(struct paths){ "files.write", p->write, p->write_at, p->nwrite,
					 pol_file_glob, p->on_file });
}

int cmp_why(const struct pol *p, const struct cmp_ask *ask, struct cmp_why *out,
	    struct tb_err *err)
{
	static void (*const answers[])(struct why *w) = {
		[CMP_FLOW] = flow, [CMP_NAME] = name, [CMP_LISTEN] = listener,
		[CMP_EXEC] = executes, [CMP_WRITE] = writes, [CMP_READ] = reads,
		[CMP_CALL] = call, [CMP_REQUEST] = request,
	};
	struct why w = { .p = p, .ask = ask, .out = out };

	*out = (struct cmp_why){ .stand = FND_NOT_COMPARED };
	answers[ask->what](&w);
	if (!w.failed)
		return 0;
	cmp_why_clear(out);
	return tb_err_set(err, ENOMEM, "ask the policy");
}

void cmp_why_clear(struct cmp_why *w)
{
	fnd_details_free(&w->differs);
}
