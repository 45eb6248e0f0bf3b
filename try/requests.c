/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requests.c - requests of HTTP for a rule that declares some: one that it allows, one beside it
 */
#include <string.h>

#include "tcbox/own.h"
#include "try/planner.h"

#define BESIDE "/tcbox-try-beside"

/* method_of() - of requests that an act can make; CONNECT has no path */
static const char *method_of(const struct pol_conn *rule)
{
	for (size_t i = 0; i < rule->nmethods; i++)
		if (strcmp(rule->methods[i], "CONNECT") != 0)
			return rule->methods[i];
	return rule->nmethods ? NULL : "GET";
}

/* concrete() - append a path that the glob is meant to match */
static void concrete(const char *glob, struct tb_buf *out)
{
	for (; *glob; glob++) {
		if (*glob == '*') {
			tb_buf_adds(out, "tcbox-try");
			glob += glob[1] == '*';
		} else {
			glob += *glob == '\\' && glob[1];
			tb_buf_addc(out, *glob);
		}
	}
}

/* path_of() - append the path of a request that the rule declares. Return: false: there is none
 * that could be made up */
static bool path_of(const struct pol_conn *rule, struct tb_buf *out)
{
	if (!rule->npaths)
		tb_buf_addc(out, '/');
	for (size_t i = 0; i < rule->npaths; i++) {
		tb_buf_reset(out);
		concrete(rule->paths[i], out);
		if (!out->failed && out->len < 256 && strcspn(out->data, " \t?#") == out->len &&
		    pol_path_glob(rule->paths[i], out->data))
			return true;
	}
	return !rule->npaths;
}

/* What a request is made to, and for. */
struct asked {
	const struct pol_conn *rule;
	enum try_kind kind;
	const char *to;
	uint16_t port;
};

/* ask() - an act that makes this request */
static void ask(struct planner *pl, const struct asked *of, bool declared, const char *method,
		const char *path)
{
	TB_AUTOBUF struct tb_buf second = TB_BUF_INIT;
	struct try_act *act = planner_add(pl, of->kind, of->to);

	if (!act)
		return;
	planner_for(pl, act, "connections", of->rule->id);
	act->port = of->port;
	act->declared = declared;
	tb_buf_addf(&second, "%s %s %s", of->to, method, path);
	if (second.failed)
		pl->failed = true;
	else
		planner_set(pl, &act->second, second.data);
}

void planner_requests(struct planner *pl, const struct pol_conn *rule, enum try_kind kind,
		      const struct wire *w, const char *to)
{
	TB_AUTOBUF struct tb_buf path = TB_BUF_INIT;
	const struct asked of = { rule, kind, to, w->port };
	const char *method = method_of(rule);
	const struct wanted beside = { method, BESIDE };
	struct wanted what = { method, "/" };

	if (!method || !path_of(rule, &path)) {
		planner_not(pl, kind, "connections", rule->id,
			    "no plain request is meant by its \"http\"");
		return;
	}
	if (!path.failed)
		what.path = path.data;
	if (planner_stand(pl, w, &what) == PLANNER_YES)
		ask(pl, &of, true, method, what.path);
	else
		planner_not(pl, kind, "connections", rule->id, planner_depends);
	if (planner_stand(pl, w, &beside) == PLANNER_NO)
		ask(pl, &of, false, method, BESIDE);
}
