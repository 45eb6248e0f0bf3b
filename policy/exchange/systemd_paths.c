/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd_paths.c - files that a unit may change, programs that it may start
 *
 * systemd.exec(5). A policy lists what is allowed: files.write where the whole tree is read-only
 * but for some paths, executes where no path but some is executable.
 */
#include "policy/exchange/systemd.h"

#include <string.h>

#include "policy/write/lines.h"
#include "tcbox/own.h"

/* systemd.unit(5), "Specifiers", of the system's manager. */
static const struct {
	char letter;
	const char *path;
} specifiers[] = {
	{ 't', "/run" }, { 'S', "/var/lib" }, { 'C', "/var/cache" }, { 'L', "/var/log" },
	{ 'E', "/etc" }, { 'T', "/tmp" }, { 'V', "/var/tmp" }, { 'h', "/root" }, { '%', "%" },
};

/* expand() - append a path as a glob; *open: a specifier stands for what is not known here */
static void expand(const char *path, struct tb_buf *out, bool *open)
{
	while (*path) {
		size_t len = strcspn(path, "%"), i = 0;

		lines_glob(out, path, len);
		path += len;
		if (!*path)
			break;
		path++;
		while (i < TB_ARRAY_SIZE(specifiers) && specifiers[i].letter != *path)
			i++;
		if (i < TB_ARRAY_SIZE(specifiers))
			tb_buf_adds(out, specifiers[i].path);
		else
			tb_buf_addc(out, '*');
		*open = *open || i == TB_ARRAY_SIZE(specifiers);
		path += *path != '\0';
	}
	while (out->len > 1 && out->data[out->len - 1] == '/')
		out->data[--out->len] = '\0';
}

/* glob_of() - the path of a setting as a glob without what is below it; NULL: it is none */
static const char *glob_of(struct systemd *u, const struct draft_word *w)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	const char *path = w->text + strspn(w->text, "-+");
	bool open = false;

	if (*path != '/' && *path != '%') {
		draft_item(u->src.d, EXCH_LOST, &w->at, "\"%.128s\" is no absolute path", w->text);
		return NULL;
	}
	expand(path, &out, &open);
	u->src.d->no_memory |= out.failed;
	if (out.failed)
		return NULL;
	if (open)
		draft_item(u->src.d, EXCH_WIDER, &w->at, "\"%.128s\": what only the unit's name or "
			   "the machine says is \"*\"", w->text);
	return draft_keep(u->src.d, strcmp(out.data, "/") != 0 ? out.data : "");
}

/* below() - a path and all that is below it, for files that are changed */
static void below(struct systemd *u, const struct draft_word *w)
{
	const char *glob = glob_of(u, w);

	if (glob)
		draft_word(u->src.d, DRAFT_WRITE, &w->at, draft_keepf(u->src.d, "%s/**", glob),
			   w->note);
}

static bool has_root(const struct unit_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->v[i].text + strspn(w->v[i].text, "-+"), "/"))
			return true;
	return false;
}

static void lost(struct systemd *u, const struct unit_words *w, enum exch_kind kind,
		 const char *what)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->v[i].text + strspn(w->v[i].text, "-+"), "/") != 0)
			draft_item(u->src.d, kind, &w->v[i].at, "\"%.128s\": %s", w->v[i].text,
				   what);
}

/* mounts() - what ProtectSystem=strict leaves as it is */
static void mounts(struct systemd *u)
{
	const struct unit_paths *p = &u->paths;
	const struct draft_at at = { p->strict_line, 1, "Service.ProtectSystem", 0 };

	if (!p->strict)
		return;
	if (!p->devices)
		draft_word(u->src.d, DRAFT_WRITE, &at, "/dev/**",
			   "ProtectSystem=strict leaves /dev, /proc and /sys as they are.");
	if (p->tunables)
		return;
	draft_word(u->src.d, DRAFT_WRITE, &at, "/proc/**", NULL);
	draft_word(u->src.d, DRAFT_WRITE, &at, "/sys/**", NULL);
}

static void files(struct systemd *u)
{
	const struct unit_paths *p = &u->paths;

	for (size_t i = 0; i < p->hides.n; i++)
		draft_item(u->src.d, EXCH_LOST, &p->hides.v[i].at, "\"%.128s\": hidden, and a "
			   "policy has no word for it", p->hides.v[i].text);
	if (!p->strict && !has_root(&p->reads)) {
		lost(u, &p->reads, EXCH_LOST, "read-only, and a policy lists what may be changed");
		if (p->writes.n)
			draft_item(u->src.d, EXCH_NOTE, &p->writes.v[0].at, "the rest is not "
				   "read-only, so that the policy says nothing of files");
		return;
	}
	lost(u, &p->reads, EXCH_WIDER, "read-only, also where a path above it may be changed; a "
	     "policy lists what may be changed");
	u->src.d->section[DRAFT_WRITE] = true;
	for (size_t i = 0; i < p->writes.n; i++)
		below(u, &p->writes.v[i]);
	for (size_t i = 0; i < p->made.n; i++)
		below(u, &p->made.v[i]);
	if (p->tmp) {
		draft_word(u->src.d, DRAFT_WRITE, NULL, "/tmp/**", "PrivateTmp=");
		draft_word(u->src.d, DRAFT_WRITE, NULL, "/var/tmp/**", NULL);
	}
	mounts(u);
}

/* program() - a path that may be a program, or a directory of them */
static void program(struct systemd *u, const struct draft_word *w)
{
	const char *glob = glob_of(u, w);

	if (!glob)
		return;
	if (*glob)
		draft_word(u->src.d, DRAFT_EXECUTES, &w->at, glob, NULL);
	draft_word(u->src.d, DRAFT_EXECUTES, &w->at, draft_keepf(u->src.d, "%s/**", glob), NULL);
}

static void programs(struct systemd *u)
{
	const struct unit_paths *p = &u->paths;

	if (!has_root(&p->no_execs)) {
		lost(u, &p->no_execs, EXCH_LOST, "not executable, and a policy lists what is "
		     "started");
		return;
	}
	lost(u, &p->no_execs, EXCH_WIDER, "not executable, also where a path above it is; a "
	     "policy lists what is started");
	u->src.d->section[DRAFT_EXECUTES] = true;
	u->src.d->about[DRAFT_EXECUTES] = "ExecPaths=; libraries below these paths are not "
					  "started, and not judged.";
	for (size_t i = 0; i < p->execs.n; i++)
		program(u, &p->execs.v[i]);
}

void unit_paths_draft(struct systemd *u)
{
	u->paths.strict = u->paths.strict || u->paths.dynamic;
	u->paths.tmp = u->paths.tmp || u->paths.dynamic;
	files(u);
	programs(u);
}
