/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.c - a policy from its file to struct pol, and its end
 */
#include "tcbox/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/include.h"
#include "policy/rank.h"
#include "policy/read.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"
#include "tcbox/pool.h"

static void free_strings(char **list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static void free_idle(struct pol_idle *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].name);
	free(list);
}

static void free_conn(struct pol_conn *c)
{
	size_t i;

	for (i = 0; i < c->nto; i++)
		free(c->to[i].name);
	free(c->to);
	free(c->ports);
	free(c->id);
	free(c->why);
	free(c->process);
	free(c->protocol);
	free(c->application);
	free(c->tls_min);
	free(c->until);
	free_strings(c->phases, c->nphases);
	for (i = 0; i < c->nrates; i++)
		free(c->rates[i].every.text);
	free(c->rates);
	free_strings(c->data, c->ndata);
	free_strings(c->methods, c->nmethods);
	free_strings(c->paths, c->npaths);
	free_strings(c->hosts, c->nhosts);
}

static void free_listen(struct pol_listen *l)
{
	free(l->ports);
	free(l->id);
	free(l->why);
	free(l->process);
	free(l->protocol);
	free(l->until);
	free_strings(l->phases, l->nphases);
}

void pol_free(struct pol *p)
{
	size_t i;

	if (!p)
		return;
	for (i = 0; i < p->nconns; i++)
		free_conn(&p->conns[i]);
	free(p->conns);
	for (i = 0; i < p->nended; i++)
		free_conn(&p->ended[i]);
	free(p->ended);
	for (i = 0; i < p->nlistens; i++)
		free_listen(&p->listens[i]);
	free(p->listens);
	for (i = 0; i < p->nended_listens; i++)
		free_listen(&p->ended_listens[i]);
	free(p->ended_listens);
	free_strings(p->names, p->nnames);
	free_strings(p->executes, p->nexecutes);
	free_strings(p->write, p->nwrite);
	free_strings(p->read, p->nread);
	free_idle(p->foreign, p->nforeign);
	free_idle(p->unused, p->nunused);
	free_idle(p->wild, p->nwild);
	free(p->names_at);
	free(p->executes_at);
	free(p->write_at);
	free(p->read_at);
	free_strings(p->files, p->nfiles);
	free(p->path);
	free(p->vendor);
	free(p->product);
	free(p->version);
	free(p);
}

static bool rule_has_name(const struct pol_conn *c, const char *name)
{
	for (size_t i = 0; i < c->nto; i++)
		if (c->to[i].kind != POL_DEST_NET && pol_name_glob(c->to[i].name, name))
			return true;
	return false;
}

bool pol_declares_name(const struct pol *p, const char *name)
{
	for (size_t i = 0; i < p->nnames; i++)
		if (pol_name_glob(p->names[i], name))
			return true;
	for (size_t i = 0; i < p->nconns; i++)
		if (rule_has_name(&p->conns[i], name))
			return true;
	return false;
}

bool pol_has_requests(const struct pol_conn *c)
{
	return c->nmethods || c->npaths || c->nhosts;
}

bool pol_has_quota(const struct pol_quota *q)
{
	return q->connections || q->requests || q->bytes_out || q->bytes_in;
}

bool pol_same_quota(const struct pol_quota *a, const struct pol_quota *b)
{
	return a->connections == b->connections && a->requests == b->requests &&
	       a->bytes_out == b->bytes_out && a->bytes_in == b->bytes_in;
}

/* has_rate() - however its time is written */
static bool has_rate(const struct pol_conn *c, const struct pol_rate *r)
{
	for (size_t i = 0; i < c->nrates; i++)
		if (c->rates[i].every.ns == r->every.ns &&
		    c->rates[i].connections == r->connections &&
		    c->rates[i].requests == r->requests)
			return true;
	return false;
}

bool pol_same_rates(const struct pol_conn *a, const struct pol_conn *b)
{
	for (size_t i = 0; i < a->nrates; i++)
		if (!has_rate(b, &a->rates[i]))
			return false;
	for (size_t i = 0; i < b->nrates; i++)
		if (!has_rate(a, &b->rates[i]))
			return false;
	return true;
}

bool pol_has_limits(const struct pol_conn *c)
{
	return pol_has_quota(&c->run) || pol_has_quota(&c->each_connection) ||
	       pol_has_quota(&c->each_destination) || c->nrates;
}

bool pol_is_over(const char *until, int64_t now)
{
	time_t seconds = (time_t)(now / TB_NS_PER_S);
	char today[32];
	struct tm tm;

	if (!until || !gmtime_r(&seconds, &tm))
		return false;
	return strftime(today, sizeof(today), "%Y-%m-%d", &tm) && strcmp(until, today) < 0;
}

bool pol_phase_ok(const char *name)
{
	static const char *const phases[] = { "install", "start", "use", "update" };

	for (size_t i = 0; i < TB_ARRAY_SIZE(phases); i++)
		if (!strcmp(name, phases[i]))
			return true;
	return false;
}

/* is_of() - is a rule of this phase? One of no phase is of all */
static bool is_of(char *const *phases, size_t n, const char *phase)
{
	for (size_t i = 0; phase && i < n; i++)
		if (!strcmp(phases[i], phase))
			return true;
	return !phase || !n;
}

static bool end_conns(struct pol *p, int64_t now, const char *phase)
{
	struct pol_conn *ended = tb_grow(p->ended, p->nended, p->nconns, sizeof(*ended));
	size_t kept = 0;

	if (!ended)
		return false;
	p->ended = ended;
	for (size_t i = 0; i < p->nconns; i++) {
		const struct pol_conn *c = &p->conns[i];

		if (pol_is_over(c->until, now) || !is_of(c->phases, c->nphases, phase))
			ended[p->nended++] = p->conns[i];
		else
			p->conns[kept++] = p->conns[i];
	}
	p->nconns = kept;
	return true;
}

static bool end_listens(struct pol *p, int64_t now, const char *phase)
{
	struct pol_listen *ended = tb_grow(p->ended_listens, p->nended_listens, p->nlistens,
					   sizeof(*ended));
	size_t kept = 0;

	if (!ended)
		return false;
	p->ended_listens = ended;
	for (size_t i = 0; i < p->nlistens; i++) {
		const struct pol_listen *l = &p->listens[i];

		if (pol_is_over(l->until, now) || !is_of(l->phases, l->nphases, phase))
			ended[p->nended_listens++] = p->listens[i];
		else
			p->listens[kept++] = p->listens[i];
	}
	p->nlistens = kept;
	return true;
}

int pol_end(struct pol *p, int64_t now, const char *phase, struct tb_err *err)
{
	if ((p->nconns && !end_conns(p, now, phase)) ||
	    (p->nlistens && !end_listens(p, now, phase)) || rank_rules(p))
		return tb_err_set(err, ENOMEM, "end rules of a policy");
	return 0;
}

/* How a policy is read. */
struct how {
	pol_problem_fn *fn;
	void *arg;
	bool files;		/* it may include files */
	struct tb_buf *whole;	/* gets its text with all that is included; NULL: not needed */
};

/* read_all() - with the text, and all that it includes; every problem is reported */
static void read_all(struct pol_reader *r, const char *path, const char *text, size_t len,
		     struct tb_buf *whole)
{
	r->pol->path = pol_keep(r, path);
	pol_read_documents(r, path, text, len);
	if (r->problems || r->no_memory)
		return;
	pol_whole(r, whole);
	r->no_memory |= rank_rules(r->pol) != 0;
}

/* check_text() - read a policy and report every problem */
static int check_text(const char *path, const char *text, size_t len, struct pol **out,
		      const struct how *how, struct tb_err *err)
{
	struct pol_reader r = { .file = path, .fn = how->fn, .arg = how->arg,
				.files = how->files };

	*out = NULL;
	r.pol = calloc(1, sizeof(*r.pol));
	r.ids = tb_map_new(JSONC_MAX_VALUES);
	r.pool = tb_pool_new(0);
	r.no_memory = !r.pol || !r.ids || !r.pool;
	if (!r.no_memory)
		read_all(&r, path, text, len, how->whole);
	tb_map_free(r.ids);
	pol_free_documents(&r);
	free(r.defined);
	tb_pool_free(r.pool);
	if (!r.problems && !r.no_memory) {
		*out = r.pol;
		return 0;
	}
	pol_free(r.pol);
	if (r.no_memory)
		return tb_err_set(err, ENOMEM, "read %s", path);
	return tb_err_msg(err, EINVAL, "%s: not a valid policy", path);
}

int pol_check(const char *path, struct pol **out, pol_problem_fn *fn, void *arg, struct tb_err *err)
{
	const struct how how = { fn, arg, true, NULL };
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = tb_read_file(AT_FDCWD, path, POL_MAX_BYTES, &text, err);

	*out = NULL;
	if (ret < 0)
		return ret;
	return check_text(path, text.len ? text.data : "", text.len, out, &how, err);
}

const char *pol_file(const struct pol *p, struct pol_at at)
{
	return at.file && at.file <= p->nfiles ? p->files[at.file - 1] : p->path;
}

struct first_problem {
	struct tb_err *err;
	bool seen;
};

void pol_problem_place(struct tb_buf *out, const struct pol_problem *problem)
{
	tb_buf_add_shown(out, problem->file, strlen(problem->file));
	tb_buf_addf(out, ":%u:%u: ", problem->at.line, problem->at.column);
}

static void keep_first(void *arg, const struct pol_problem *problem)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	struct first_problem *first = arg;

	if (first->seen)
		return;
	first->seen = true;
	pol_problem_place(&line, problem);
	tb_buf_adds(&line, problem->text);
	(void)tb_err_msg(first->err, EINVAL, "%s", line.failed ? problem->text : line.data);
}

/* first_only() - read a policy, and report its first problem */
static int first_only(const char *path, const char *text, size_t len, struct pol **out,
		      struct how how, struct tb_err *err)
{
	struct first_problem first = { err, false };
	struct tb_err whole = { 0, "" };
	int ret;

	how.fn = keep_first;
	how.arg = &first;
	ret = check_text(path, text, len, out, &how, &whole);
	if (ret < 0 && ret != -EINVAL && err)
		*err = whole;
	return ret;
}

int pol_parse(const char *path, const char *text, size_t len, struct pol **out, struct tb_err *err)
{
	return first_only(path, text, len, out, (struct how){ .files = false }, err);
}

int pol_parse_whole(const char *path, const char *text, size_t len, struct pol **out,
		    struct tb_buf *whole, struct tb_err *err)
{
	return first_only(path, text, len, out, (struct how){ .files = true, .whole = whole }, err);
}

int pol_load(const char *path, struct pol **out, struct tb_buf *whole, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = tb_read_file(AT_FDCWD, path, POL_MAX_BYTES, &text, err);

	*out = NULL;
	if (ret)
		return ret;
	return pol_parse_whole(path, text.data ? text.data : "", text.len, out, whole, err);
}
