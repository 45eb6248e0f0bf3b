/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - changed files against the policy
 *
 * A recorded act is compared by its path. A change on disk that no recorded act explains was made
 * in a way that the calls did not show: the path that was looked at was not the one that the kernel
 * used, or the file has another name. It is compared by itself. So is what was moved with the
 * directory above it: the rename names that directory alone.
 *
 * A program that is started for the first time changes hundreds of files in a few places. So files
 * that are not declared are one finding for each place; a place is the directory that one program
 * has for itself, hier(7) and the XDG base directories. Directories that are made on the way to
 * what is declared are a note.
 */
#include "policy/compare/details.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"
#include "tcbox/word.h"

#define APART 3			/* files of one place that are findings of their own */
#define ABOVE_MAX 100000u

/* Where programs have a directory each, by the beginning of the path. The longest that fits
 * counts. */
static const struct {
	const char *below;	/* components may be "*" */
	size_t depth;		/* of the directory that is one program's, 0: all below is one
				 * place */
} places[] = {
	{ "/home/*/.config", 1 },	{ "/home/*/.cache", 1 },
	{ "/home/*/.local/share", 1 },	{ "/home/*/.local/state", 1 },
	{ "/root/.config", 1 },		{ "/root/.cache", 1 },
	{ "/root/.local/share", 1 },	{ "/root/.local/state", 1 },
	{ "/home/*", 1 },		{ "/root", 1 },
	{ "/var/tmp", 0 },		{ "/var/*", 1 },
	{ "/usr/local/*", 1 },		{ "/usr/*", 1 },
	{ "/tmp", 0 },			{ "/dev", 0 },
	{ "/run", 0 },			{ "/etc", 1 },
	{ "/opt", 1 },			{ "/srv", 1 },
	{ "", 1 },
};

/* starts_with() - Return: where @path goes on behind the components of @below, NULL if it has
 * others */
static const char *starts_with(const char *path, const char *below)
{
	while (*below) {
		size_t want = strcspn(below + 1, "/"), have = strcspn(path + 1, "/");
		bool any = want == 1 && below[1] == '*';

		if (*path != '/' || !have)
			return NULL;
		if (!any && (want != have || strncmp(below + 1, path + 1, want) != 0))
			return NULL;
		below += want + 1;
		path += have + 1;
	}
	return *path == '/' ? path : NULL;
}

/* place_len() - how much of a path names its place; its directory, if no program has that for
 * itself */
static size_t place_len(const char *path)
{
	const char *rest = NULL, *slash;
	size_t i;

	for (i = 0; !rest && i < TB_ARRAY_SIZE(places); i++)
		rest = starts_with(path, places[i].below);
	if (!rest)
		return strlen(path);
	slash = strchr(rest + 1, '/');
	if (places[i - 1].depth && slash)
		rest = slash;
	return rest == path ? 1 : (size_t)(rest - path);
}

static char *place_of(struct cmp *c, const char *path)
{
	char *out = NULL;

	cmp_text(c, &out, "many files below %.*s", (int)place_len(path), path);
	return out;
}

/* declared_by() - the pattern that declares a change; -1: none does */
static int declared_by(const struct cmp *c, const char *path)
{
	for (size_t i = 0; i < c->policy->nwrite; i++)
		if (pol_file_glob(c->policy->write[i], path))
			return (int)i;
	return -1;
}

/* note_above() - the directories above a path. Return: false without memory */
static bool note_above(struct tb_map *above, const char *path)
{
	for (size_t len = strlen(path); len > 1;) {
		while (len && path[len - 1] != '/')
			len--;
		if (len > 1)
			len--;
		if (len <= 1 || tb_map_get(above, path, len))
			return true;
		if (tb_map_put(above, path, len, above) == -ENOMEM)
			return false;
	}
	return true;
}

void cmp_files_declared(struct cmp *c)
{
	if (!c->policy)
		return;
	c->above = tb_map_new(ABOVE_MAX);
	c->writes_of = calloc(c->ev->nacts + 1, sizeof(*c->writes_of));
	if (!c->above || !c->writes_of) {
		c->verdict.failed = true;
		return;
	}
	for (size_t i = 0; i < c->ev->nacts; i++) {
		const struct evd_act *a = &c->ev->acts[i];

		if (a->kind != EVD_FILE)
			continue;
		c->writes_of[i] = declared_by(c, a->u.file.path);
		if (a->denied || c->writes_of[i] < 0)
			continue;
		if (!note_above(c->above, a->u.file.path))
			c->verdict.failed = true;
	}
}

/* is_on_the_way() - a directory that had to be made for what is declared */
static bool is_on_the_way(const struct cmp *c, const struct evd_act *a)
{
	const char *path = a->u.file.path;

	return tb_is_word(a->u.file.op, "mkdir") &&
		tb_map_get(c->above, path, strlen(path));
}

static void act_details(struct cmp *c, const struct evd_act *a, struct fnd_details *to)
{
	const char *from = a->u.file.from;

	details_text(c, to, FND_KEY_OP, a->u.file.op);
	details_text(c, to, FND_KEY_PATH, from ? from : a->u.file.path);
	details_text(c, to, FND_KEY_TO, a->u.file.to);
	details_is(c, to, FND_KEY_DENIED, a->denied);
	details_text(c, to, FND_KEY_ERROR, a->error);
	details_is(c, to, FND_KEY_TRIED, a->tried);
}

void cmp_file(struct cmp *c, const struct evd_act *a)
{
	struct fnd_act act = cmp_act_of(a, FND_FILE_UNDECLARED, FND_INFO);
	size_t at = (size_t)(a - c->ev->acts);
	int rule = c->policy ? c->writes_of[at] : -1;
	TB_AUTOFREE char *many = NULL;

	if (rule >= 0 && !a->denied && !a->tried)
		cmp_seen_act(&c->tally.writes[rule], a);
	if (!c->policy)
		return;
	cmp_stand(&c->verdict.r->acts, at, rule >= 0 ? FND_DECLARED : FND_IGNORED);
	if (rule >= 0 || !cmp_level(c, FND_FILES, &act.severity))
		return;
	cmp_stand(&c->verdict.r->acts, at, FND_UNDECLARED);
	act.what = a->u.file.path;
	if (is_on_the_way(c, a)) {
		act.severity = FND_INFO;
		act.many = "directories on the way to declared files";
		act.apart = 1;
	} else {
		act.many = many = place_of(c, act.what);
		act.apart = APART;
	}
	act_details(c, a, cmp_note(c, &act));
}

static void change_details(struct cmp *c, const struct evd_change *change, struct fnd_details *to)
{
	details_text(c, to, FND_KEY_TYPE, change->type);
	details_text(c, to, FND_KEY_OP, change->op);
	details_text(c, to, FND_KEY_TARGET, change->target);
	if (change->sha256)
		details_number(c, to, FND_KEY_BYTES, change->size);
	details_text(c, to, FND_KEY_SHA256, change->sha256);
	details_is(c, to, FND_KEY_MOVED, change->moved);
	details_is(c, to, FND_KEY_UNEXPLAINED, !change->moved);
}

static bool is_undeclared(const struct cmp *c, const struct evd_change *change)
{
	return c->policy && declared_by(c, change->path) < 0;
}

static void unexplained(struct cmp *c, const struct evd_change *change)
{
	struct fnd_act act = {
		.code = FND_FILE_UNEXPLAINED, .severity = FND_WARNING, .basis = FND_SEEN,
		.what = change->path, .apart = APART, .count = 1, .lines = { change->line },
	};
	struct fnd_stands *stands = &c->verdict.r->changes_stand;
	size_t at = (size_t)(change - c->ev->changes);
	TB_AUTOFREE char *many = place_of(c, change->path);

	act.many = many;
	if (c->policy)
		cmp_stand(stands, at, is_undeclared(c, change) ? FND_IGNORED : FND_DECLARED);
	if (is_undeclared(c, change) && cmp_level(c, FND_FILES, &act.severity)) {
		act.code = FND_FILE_UNDECLARED;
		cmp_stand(stands, at, FND_UNDECLARED);
	} else if (change->moved) {
		return;
	}
	change_details(c, change, cmp_note(c, &act));
}

void cmp_changes(struct cmp *c)
{
	cmp_stands(c, &c->verdict.r->changes_stand, c->ev->nchanges);
	for (size_t i = 0; i < c->ev->nchanges && !c->verdict.failed; i++)
		if (!c->ev->changes[i].explained || c->ev->changes[i].moved)
			unexplained(c, &c->ev->changes[i]);
}
