/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd.c - what a unit of systemd, or a drop-in of one, lets its processes do
 *
 * Read are the settings of systemd.exec(5) and systemd.resource-control(5) for which a policy has
 * words. Other settings that restrict are listed one by one, those that do not are named together.
 */
#include "policy/exchange/systemd.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"
#include "tcbox/own.h"

#define LIKE_MAX 64u		/* unknown settings for which one that is like them is looked for */

struct draft_at unit_at(const struct unit_setting *s)
{
	/* The words of the file live as long as the line; draft_item() copies them. */
	return (struct draft_at){ s->line, 1, s->key, 0 };
}

void unit_words_add(struct systemd *u, struct unit_words *w, const struct unit_setting *s,
		    const char *word)
{
	struct draft_word *v = tb_grow(w->v, w->n, 1, sizeof(*v));

	if (!v) {
		u->src.d->no_memory = true;
		return;
	}
	w->v = v;
	v[w->n++] = (struct draft_word){
		{ s->line, 1, draft_keep(u->src.d, s->key), 0 },
		draft_keep(u->src.d, word), NULL };
	if (!v[w->n - 1].text)
		v[w->n - 1].text = "";
}

void unit_words_clear(struct unit_words *w)
{
	free(w->v);
	*w = (struct unit_words){ .v = NULL };
}

/* add_words() - all words of a setting; an empty value begins anew */
static void add_words(struct systemd *u, struct unit_words *w, const struct unit_setting *s)
{
	const char *rest = s->value, *word;

	if (!*rest)
		unit_words_clear(w);
	while (unit_word(u->src.d, &rest, &word))
		unit_words_add(u, w, s, word);
}

/* protect_system() - "strict" alone makes the whole tree read-only */
static void protect_system(struct systemd *u, const struct unit_setting *s)
{
	struct draft_at at = unit_at(s);

	u->paths.strict = !strcmp(s->value, "strict");
	u->paths.strict_line = s->line;
	if (!u->paths.strict && (unit_bool(s->value) || !strcmp(s->value, "full")))
		draft_item(u->src.d, EXCH_LOST, &at, "a part of the system is read-only, and a "
			   "policy lists what may be changed");
}

/* unmake() - forget those below a directory of the system */
static void unmake(struct unit_words *w, const char *path)
{
	size_t kept = 0, len = strlen(path);

	for (size_t i = 0; i < w->n; i++)
		if (strncmp(w->v[i].text, path, len) != 0 || w->v[i].text[len] != '/')
			w->v[kept++] = w->v[i];
	w->n = kept;
}

/* made() - directories that systemd makes for the unit, below a directory of the system */
static void made(struct systemd *u, const struct unit_setting *s)
{
	static const struct {
		const char *key, *path;
	} rows[] = {
		{ "RuntimeDirectory", "/run" }, { "StateDirectory", "/var/lib" },
		{ "CacheDirectory", "/var/cache" }, { "LogsDirectory", "/var/log" },
		{ "ConfigurationDirectory", "/etc" },
	};
	const char *rest = s->value, *word;

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].key, s->key) != 0)
			continue;
		if (!*s->value)		/* none of those before */
			unmake(&u->paths.made, rows[i].path);
		while (unit_word(u->src.d, &rest, &word)) {
			const char *path = draft_keepf(u->src.d, "%s/%.*s", rows[i].path,
						       (int)strcspn(word, ":"), word);

			unit_words_add(u, &u->paths.made, s, path ? path : "");
		}
	}
}

/* answer() - what is refused and how; the policy says only what */
static void answer(struct systemd *u, const struct unit_setting *s)
{
	struct draft_at at = unit_at(s);

	draft_item(u->src.d, EXCH_NOTE, &at, "%s: a policy does not say how a call is answered",
		   s->value);
}

enum kind {
	CALLS, ARCHITECTURES, ANSWER, FAMILIES, IP_ALLOW, IP_DENY, BIND_ALLOW, BIND_DENY, NETWORK,
	WRITES, READS, HIDES, EXECS, NO_EXECS, PROTECT, TMP, DEVICES, TUNABLES, DYNAMIC, MADE,
};

static const struct {
	const char *key;
	enum kind kind;
} keys[] = {
	{ "SystemCallFilter", CALLS },
	{ "SystemCallArchitectures", ARCHITECTURES },
	{ "SystemCallErrorNumber", ANSWER },
	{ "RestrictAddressFamilies", FAMILIES },
	{ "IPAddressAllow", IP_ALLOW },
	{ "IPAddressDeny", IP_DENY },
	{ "SocketBindAllow", BIND_ALLOW },
	{ "SocketBindDeny", BIND_DENY },
	{ "PrivateNetwork", NETWORK },
	{ "ReadWritePaths", WRITES },
	{ "ReadWriteDirectories", WRITES },
	{ "ReadOnlyPaths", READS },
	{ "ReadOnlyDirectories", READS },
	{ "InaccessiblePaths", HIDES },
	{ "InaccessibleDirectories", HIDES },
	{ "ExecPaths", EXECS },
	{ "NoExecPaths", NO_EXECS },
	{ "ProtectSystem", PROTECT },
	{ "PrivateTmp", TMP },
	{ "PrivateDevices", DEVICES },
	{ "ProtectKernelTunables", TUNABLES },
	{ "DynamicUser", DYNAMIC },
	{ "RuntimeDirectory", MADE },
	{ "StateDirectory", MADE },
	{ "CacheDirectory", MADE },
	{ "LogsDirectory", MADE },
	{ "ConfigurationDirectory", MADE },
};

/* Beginnings of settings that restrict, too, and have no word in a policy. */
static const char *const restricting[] = {
	"AppArmor", "Bind", "Capability", "Device", "IPIngress", "IPEgress", "KeyringMode", "Lock",
	"MemoryDeny", "MountFlags", "NetworkNamespace", "NoNewPriv", "Private", "ProcSubset",
	"Protect", "Restrict", "RootDirectory", "RootImage", "SELinux", "SecureBits", "Smack",
	"SystemCall", "TemporaryFileSystem", "UMask",
};

/* unknown() - a setting that systemd would ignore */
static void unknown(struct systemd *u, const struct unit_setting *s)
{
	struct draft_at at = unit_at(s);
	const char *like = NULL;

	if (u->unknown++ < LIKE_MAX)
		like = systemd_setting_like(s->key);
	if (like)
		draft_item(u->src.d, EXCH_LOST, &at, "unknown setting, which systemd ignores; did "
			   "you mean %s?", like);
	else
		draft_item(u->src.d, EXCH_LOST, &at, "unknown setting: systemd 252 has none of "
			   "this name, and ignores it");
}

static void other(struct systemd *u, const struct unit_setting *s)
{
	struct draft_at at = unit_at(s);

	for (size_t i = 0; i < TB_ARRAY_SIZE(restricting); i++) {
		if (strncmp(s->key, restricting[i], strlen(restricting[i])) != 0)
			continue;
		draft_item(u->src.d, EXCH_LOST, &at, "\"%.128s\": a policy has no word for it",
			   s->value);
		return;
	}
	if (systemd_has_setting(s->key))
		name_list_add(&u->others, s->key);
	else
		unknown(u, s);
}

/* section() - those whose settings restrict processes. Others of systemd say nothing of that */
static bool section(struct systemd *u, const struct unit_setting *s)
{
	static const char *const restrict_here[] = { "Service", "Socket", "Mount", "Swap",
						     "Slice", "Scope" };
	static const char *const silent[] = { "Unit", "Install", "Automount", "Timer", "Path" };
	struct draft_at at = unit_at(s);

	for (size_t i = 0; i < TB_ARRAY_SIZE(restrict_here); i++)
		if (!strcmp(s->section, restrict_here[i]))
			return true;
	for (size_t i = 0; i < TB_ARRAY_SIZE(silent); i++)
		if (!strcmp(s->section, silent[i]))
			return false;
	if (strncmp(s->section, "X-", 2) != 0)
		draft_item(u->src.d, EXCH_LOST, &at, "unknown section: systemd 252 has no [%.64s] "
			   "in units, and ignores it", s->section);
	return false;
}

static void apply(struct systemd *u, const struct unit_setting *s, enum kind kind)
{
	struct unit_words *const lists[] = {
		[IP_ALLOW] = &u->net.allow, [IP_DENY] = &u->net.deny,
		[BIND_ALLOW] = &u->net.bind_allow, [BIND_DENY] = &u->net.bind_deny,
		[WRITES] = &u->paths.writes, [READS] = &u->paths.reads,
		[HIDES] = &u->paths.hides, [EXECS] = &u->paths.execs,
		[NO_EXECS] = &u->paths.no_execs, [MADE] = NULL,
	};
	bool yes = unit_bool(s->value);

	if (lists[kind])
		add_words(u, lists[kind], s);
	else if (kind == CALLS)
		unit_calls_filter(u, s);
	else if (kind == ARCHITECTURES)
		unit_calls_architectures(u, s);
	else if (kind == ANSWER)
		answer(u, s);
	else if (kind == FAMILIES)
		unit_net_families(u, s);
	else if (kind == NETWORK)
		u->net.private_network = yes;
	else if (kind == PROTECT)
		protect_system(u, s);
	else if (kind == TMP)
		u->paths.tmp = yes;
	else if (kind == DEVICES)
		u->paths.devices = yes;
	else if (kind == TUNABLES)
		u->paths.tunables = yes;
	else if (kind == DYNAMIC)
		u->paths.dynamic = yes;
	else
		made(u, s);
}

static int setting(void *arg, const struct unit_setting *s)
{
	struct systemd *u = arg;
	struct draft_at at = unit_at(s);

	if (!*s->section) {
		draft_item(u->src.d, EXCH_LOST, &at, "it stands before the first section, and "
			   "systemd does not read it");
		return 0;
	}
	if (!strcmp(s->section, "Unit") && !strcmp(s->key, "Description") && *s->value)
		u->src.d->product = draft_keep(u->src.d, s->value);
	if (!section(u, s))
		return 0;
	for (size_t i = 0; i < TB_ARRAY_SIZE(keys); i++) {
		if (strcmp(s->key, keys[i].key) != 0)
			continue;
		apply(u, s, keys[i].kind);
		return 0;
	}
	other(u, s);
	return 0;
}

static void clear(struct systemd *u)
{
	unit_words_clear(&u->net.allow);
	unit_words_clear(&u->net.deny);
	unit_words_clear(&u->net.bind_allow);
	unit_words_clear(&u->net.bind_deny);
	unit_words_clear(&u->paths.writes);
	unit_words_clear(&u->paths.reads);
	unit_words_clear(&u->paths.hides);
	unit_words_clear(&u->paths.execs);
	unit_words_clear(&u->paths.no_execs);
	unit_words_clear(&u->paths.made);
	tb_buf_free(&u->others.text);
}

int systemd_read(struct draft *d, const char *text, size_t len, struct tb_err *err)
{
	struct systemd u = { .src = { .d = d, .err = err } };
	int ret = unit_read(&u.src, text, len, setting, &u);

	if (ret == 0) {
		draft_head(d, "A unit says what its processes may ask of the kernel and change, "
			   "and nothing of the names that they look up: that is reported until "
			   "there are rules for it.");
		unit_calls_draft(&u);
		unit_net_draft(&u);
		unit_paths_draft(&u);
		if (u.others.n)
			draft_item(d, EXCH_NOTE, NULL, "settings that say nothing of what a "
				   "policy declares: %s", name_list_end(&u.others, d));
	}
	clear(&u);
	return ret;
}
