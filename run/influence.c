/* SPDX-License-Identifier: Apache-2.0 */
/*
 * influence.c - what of the machine reaches the product's world
 *
 * How it works: the box shows the machine's own file system, but for homes and what is temporary,
 * and the machine's kernel, processors and clock. Two runs of one product on two machines can
 * differ for what is in these lines, and for nothing else that tcbox knows of. A file that many
 * programs read, and that is there, is named; what the box replaces has no influence, and is named
 * as such.
 *
 * Limits: the packages of the machine are not listed. Values are told of variables that say a
 * language, a time zone or a terminal; others may be secrets.
 */
#include "run/influence.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "tcbox/own.h"

#define LINES_MAX 16
#define OS_RELEASE_MAX 65536

/* Variables whose values are told. */
static const char *const told[] = { "LANG", "LANGUAGE", "TZ", "TERM", "COLORTERM", "NO_COLOR" };

/* What many programs read without being told to. */
static const char *const read_by_many[] = {
	"/etc/gai.conf", "/etc/gitconfig", "/etc/host.conf", "/etc/ld.so.preload",
	"/etc/locale.conf", "/etc/machine-id", "/etc/npmrc", "/etc/nsswitch.conf",
	"/etc/pip.conf", "/etc/ssl/openssl.cnf", "/etc/wgetrc",
};

struct lines {
	struct run_info *info;
	const char *root;	/* of the product's file system; "": the machine's own */
	bool failed;
};

/* add() - one line, which is emptied */
static void add(struct lines *l, struct tb_buf *b)
{
	char *text = b->failed ? NULL : tb_buf_take(b);

	l->failed |= !text || l->info->ninfluence == LINES_MAX;
	if (l->failed)
		free(text);
	else
		l->info->influence[l->info->ninfluence++] = text;
	*b = (struct tb_buf)TB_BUF_INIT;
}

/* value_of() - of PRETTY_NAME="..." in os-release(5). Return: bytes, 0: it has none */
static size_t value_of(const char *text, const char **value)
{
	static const char key[] = "PRETTY_NAME=";
	const char *at = text;

	if (strncmp(text, key, sizeof(key) - 1) != 0)
		at = strstr(text, "\nPRETTY_NAME=");
	if (!at)
		return 0;
	at = strchr(at, '=') + 1;
	at += *at == '"' || *at == '\'';
	*value = at;
	return strcspn(at, "\"'\n");
}

static void system_line(struct lines *l, struct tb_buf *b)
{
	TB_AUTOFREE char *path = NULL, *text = NULL;
	const char *value = NULL;
	size_t len = 0;
	FILE *f;

	if (asprintf(&path, "%s/etc/os-release", l->root) < 0) {
		path = NULL;
		l->failed = true;
		return;
	}
	f = fopen(path, "re");
	text = f ? calloc(1, OS_RELEASE_MAX) : NULL;
	if (text && fread(text, 1, OS_RELEASE_MAX - 1, f))
		len = value_of(text, &value);
	if (f)
		(void)fclose(f);
	if (!len)
		return;
	tb_buf_adds(b, "system ");
	tb_buf_add_shown(b, value, len);
	add(l, b);
}

static void hardware(struct lines *l, struct tb_buf *b)
{
	struct sysinfo s;
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof(set), &set)) {
		tb_buf_addf(b, "processors %d", CPU_COUNT(&set));
		add(l, b);
	}
	if (!sysinfo(&s)) {
		tb_buf_addf(b, "memory %lu MiB", s.totalram / 1024 * s.mem_unit / 1024);
		add(l, b);
	}
}

/* time_zone() - where /etc/localtime leads, localtime(5) */
static void time_zone(struct lines *l, struct tb_buf *b)
{
	static const char places[] = "/zoneinfo/";
	TB_AUTOFREE char *path = NULL;
	char target[512];
	const char *zone;
	ssize_t n;

	if (asprintf(&path, "%s/etc/localtime", l->root) < 0) {
		path = NULL;
		l->failed = true;
		return;
	}
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return;
	target[n] = '\0';
	zone = strstr(target, places);
	tb_buf_adds(b, "time zone ");
	zone = zone ? zone + sizeof(places) - 1 : target;
	tb_buf_add_shown(b, zone, strlen(zone));
	add(l, b);
}

static bool is_told(const char *entry, size_t name)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(told); i++)
		if (strlen(told[i]) == name && !strncmp(told[i], entry, name))
			return true;
	return name > 3 && !strncmp(entry, "LC_", 3);
}

/* environment() - each variable of the product; those that tcbox itself sets are among them */
static void environment(struct lines *l, const struct product *p, struct tb_buf *b)
{
	tb_buf_adds(b, "variables");
	for (size_t i = 0; p->env && p->env[i]; i++) {
		const char *entry = p->env[i];
		size_t name = strcspn(entry, "=");

		tb_buf_adds(b, i ? ", " : " ");
		tb_buf_add_shown(b, entry, is_told(entry, name) ? strlen(entry) : name);
	}
	add(l, b);
}

static void files(struct lines *l, struct tb_buf *b)
{
	bool any = false;

	tb_buf_addf(b, "files of %s, but for homes, /tmp, /run, /dev and what the box has itself: "
		       "/etc/hosts, /etc/hostname, /etc/resolv.conf, certificates",
		    *l->root ? l->root : "the machine");
	add(l, b);
	for (size_t i = 0; i < TB_ARRAY_SIZE(read_by_many); i++) {
		TB_AUTOFREE char *path = NULL;

		if (asprintf(&path, "%s%s", l->root, read_by_many[i]) < 0) {
			path = NULL;
			l->failed = true;
			return;
		}
		if (access(path, F_OK))
			continue;
		tb_buf_addf(b, "%s%s", any ? ", " : "read by many programs: ", read_by_many[i]);
		any = true;
	}
	if (any)
		add(l, b);
}

int influence_describe(const struct product *p, const struct run_options *wants,
		       struct run_info *info, struct tb_err *err)
{
	struct lines l = { .info = info, .root = wants->root ? wants->root : "" };
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	info->influence = calloc(LINES_MAX + 1, sizeof(*info->influence));
	if (!info->influence)
		return tb_err_set(err, ENOMEM, "describe the machine");
	system_line(&l, &b);
	hardware(&l, &b);
	time_zone(&l, &b);
	environment(&l, p, &b);
	files(&l, &b);
	return l.failed ? tb_err_set(err, ENOMEM, "describe the machine") : 0;
}
