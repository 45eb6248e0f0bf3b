/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind.c - which file or directory of the host the product sees where, as the technician wrote it
 *
 * Both ends are resolved on the host, whose links the box has too: what mounts them later meets no
 * link.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/box/tree.h"
#include "tcbox/own.h"
#include "tcbox/sandbox.h"

/* What is the box's own, and what would lead out of it. */
static const char *const refused[] = { "/proc", "/dev", "/sys" };

static bool may_bind(const char *path)
{
	size_t i;

	for (i = 0; i < TB_ARRAY_SIZE(refused); i++)
		if (tree_below(path, refused[i]))
			return false;
	return strcmp(path, "/");
}

/* plain() - is it an absolute path without ".."? */
static bool plain(const char *path)
{
	const char *at;

	for (at = path; *at; at += strcspn(at, "/"), at += strspn(at, "/"))
		if (strcspn(at, "/") == 2 && !strncmp(at, "..", 2))
			return false;
	return path[0] == '/';
}

/* append() - the rest of a path, without "//", "/." and a slash at the end */
static int append(char *out, size_t cap, const char *rest)
{
	size_t len = strlen(out), n;

	for (; *rest; rest += n) {
		rest += strspn(rest, "/");
		n = strcspn(rest, "/");
		if (!n || (n == 1 && *rest == '.'))
			continue;
		if (len + n + 2 > cap)
			return -ENAMETOOLONG;
		len += (size_t)snprintf(out + len, cap - len, "/%.*s", (int)n, rest);
	}
	return 0;
}

/* resolve() - the links of that part of @path that there is. Return: a path owned by the caller,
 * NULL and errno */
static char *resolve(const char *path)
{
	TB_AUTOFREE char *head = strdup(path), *real = NULL;
	char whole[PATH_MAX];
	size_t len = head ? strlen(head) : 0;

	if (!head)
		return NULL;
	while (len > 1 && !(real = realpath(head, NULL))) {
		while (len > 1 && head[len - 1] == '/')
			len--;
		while (len > 1 && head[len - 1] != '/')
			len--;
		head[len] = '\0';
	}
	(void)snprintf(whole, sizeof(whole), "%s", real && strcmp(real, "/") ? real : "");
	errno = -append(whole, sizeof(whole), path + len);
	if (errno)
		return NULL;
	return strdup(whole[0] ? whole : "/");
}

/* split() - cut @text at its colons. Return: 0, or -EINVAL if it is not SRC[:DST][:ro] */
static int split(char *text, char **to, bool *readonly)
{
	char *colon = strrchr(text, ':');

	*readonly = colon && !strcmp(colon, ":ro");
	if (*readonly) {
		*colon = '\0';
		colon = strrchr(text, ':');
	}
	*to = NULL;
	if (colon) {
		*colon = '\0';
		*to = colon + 1;
	}
	return !text[0] || strchr(text, ':') || (*to && !(*to)[0]) ? -EINVAL : 0;
}

int sbx_bind_set(struct sbx_bind *b, const char *text, struct tb_err *err)
{
	TB_AUTOFREE char *own = strdup(text);
	struct stat st;
	char *to;

	*b = (struct sbx_bind){ .from = NULL };
	if (!own)
		return tb_err_set(err, ENOMEM, "%s", text);
	if (split(own, &to, &b->readonly))
		return tb_err_msg(err, EINVAL,
				  "\"%s\" is not SRC, SRC:DST, SRC:ro or SRC:DST:ro; a name with "
				  "a colon cannot be bound",
				  text);
	if (to && !plain(to))
		return tb_err_msg(err, EINVAL, "%s: write an absolute path without \"..\"", to);
	b->from = realpath(own, NULL);
	if (!b->from || stat(b->from, &st) ||
	    access(b->from, S_ISDIR(st.st_mode) ? R_OK | X_OK : R_OK))
		return tb_err_set(err, errno, "%s", own);
	b->to = to ? resolve(to) : strdup(b->from);
	if (!b->to)
		return tb_err_set(err, errno, "the place in the box");
	if (!may_bind(b->from) || !may_bind(b->to))
		return tb_err_msg(err, EINVAL, "%s: /, /proc, /dev and /sys cannot be bound",
				  may_bind(b->from) ? b->to : b->from);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return tb_err_msg(err, EINVAL, "%s: neither a file nor a directory", b->from);
	if (strchr(b->from, ':') || strchr(b->to, ':'))
		return tb_err_msg(err, EINVAL, "%s: a name with a colon cannot be bound", b->from);
	return 0;
}

void sbx_bind_clear(struct sbx_bind *b)
{
	free(b->from);
	free(b->to);
	*b = (struct sbx_bind){ .from = NULL };
}
