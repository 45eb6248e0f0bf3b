/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hidden.c - files of the host that the product is told about and cannot see
 */
#include "run/hidden.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/own.h"

#define INTERPRETER_MAX 256	/* of a "#!" line the kernel reads no more, execve(2) */

static bool below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

/* is_hidden() - an absolute path in a place of which the box has its own, and nothing shows it
 * there */
static bool is_hidden(const struct product *p, const struct run_options *wants, const char *path)
{
	if (!sbx_in_private_place(path, wants->root))
		return false;
	for (size_t i = 0; i < p->nexpose; i++)
		if (below(path, p->expose[i]))
			return false;
	for (size_t i = 0; i < wants->nbinds; i++)
		if (below(path, wants->binds[i].to))
			return false;
	return true;
}

/* absolute() - without its last link resolved, since that is the path that the product opens */
static char *absolute(const struct product *p, const char *path)
{
	TB_AUTOFREE char *whole = NULL, *dir = NULL;
	char *out, *slash;

	if (path[0] == '/')
		whole = strdup(path);
	else if (asprintf(&whole, "%s/%s", p->cwd, path) < 0)
		whole = NULL;
	slash = whole ? strrchr(whole, '/') : NULL;
	if (!slash || slash == whole)
		return tb_take_ptr(&whole);
	*slash = '\0';
	dir = realpath(whole, NULL);
	*slash = '/';
	return dir && asprintf(&out, "%s%s", dir, slash) >= 0 ? out : NULL;
}

char *hidden_path(const struct product *p, const struct run_options *wants, const char *path)
{
	TB_AUTOFREE char *named = NULL, *real = NULL;

	if (wants->root || wants->state || !path[0])	/* what these have only the box can tell */
		return NULL;
	named = absolute(p, path);
	real = named ? realpath(named, NULL) : NULL;
	if (!real)
		return NULL;
	if (is_hidden(p, wants, named))
		return tb_take_ptr(&named);
	if (is_hidden(p, wants, real))
		return tb_take_ptr(&real);
	return NULL;
}

/* sentence() - about one argument; NULL: nothing is to be said about it */
static char *sentence(const struct product *p, const struct run_options *wants, const char *arg)
{
	const char *value = strchr(arg, '=');
	TB_AUTOFREE char *path = hidden_path(p, wants, arg);
	char *out;

	if (!path && arg[0] == '-' && value)	/* --config=FILE */
		path = hidden_path(p, wants, value + 1);
	if (!path || asprintf(&out,
			      "The argument \"%s\" names a file that the box does not show, "
			      "because homes and temporary files are hidden there: add --bind %s, "
			      "or --workdir with "
			      "the directory that the product needs.", arg, path) < 0)
		return NULL;
	return out;
}

size_t hidden_args(const struct product *p, const struct run_options *wants,
		   char *sentences[HIDDEN_MAX])
{
	size_t n = 0;

	for (size_t i = 1; i < p->argc && n < HIDDEN_MAX; i++) {
		sentences[n] = sentence(p, wants, p->argv[i]);
		if (sentences[n])
			n++;
	}
	return n;
}

/* read_interpreter() - of a script's first line. Return: false if it has none */
static bool read_interpreter(const char *path, char name[INTERPRETER_MAX])
{
	TB_AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char line[INTERPRETER_MAX];
	ssize_t n = fd >= 0 ? read(fd, line, sizeof(line) - 1) : -1;
	size_t at, len;

	if (n < 2 || line[0] != '#' || line[1] != '!')
		return false;
	line[n] = '\0';
	at = 2 + strspn(line + 2, " \t");
	len = strcspn(line + at, " \t\r\n");
	(void)snprintf(name, INTERPRETER_MAX, "%.*s", (int)len, line + at);
	return len > 0;
}

void hidden_why(const struct product *p, const struct run_options *wants, int code,
		struct tb_buf *out)
{
	TB_AUTOFREE char *path = NULL;
	char name[INTERPRETER_MAX];

	if (code == ENOEXEC)
		tb_buf_adds(out,
			    ": it is no program for this machine, and a script without a \"#!\" "
			    "line; "
				 "name its interpreter, as in \"tcbox run -- sh SCRIPT\"");
	if (code != ENOENT || !p->real || !read_interpreter(p->real, name))
		return;
	path = hidden_path(p, wants, name);
	if (path)
		tb_buf_addf(out, ": its interpreter %s is hidden there; add --bind %s", name, path);
	else if (access(name, F_OK))
		tb_buf_addf(out, ": its interpreter %s does not exist", name);
}
