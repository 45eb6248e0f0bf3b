/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_template.c - policies of kinds of programs, to begin with
 *
 * They are files, so that a technician can read and change them: below share/tcbox beside the
 * directory of the program, and in the sources of a program that is not installed.
 */
#include "cli/policy_template.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/nearest.h"
#include "tcbox/own.h"

static const char *const kinds[] = {
	"cli", "daemon", "browser", "python", "node", "java", "installer",
};

/* Where they may lie, from the directory that tcbox is in. */
static const char *const places[] = { "../share/tcbox/templates", "../../templates" };

/* own_dir() - the directory that tcbox is in. Return: false: it is not known */
static bool own_dir(char out[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
	char *slash;

	if (n < 0)
		return false;
	out[n] = '\0';
	slash = strrchr(out, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

static int unknown(const char *kind, struct tb_err *err)
{
	char all[128] = "";
	struct tb_nearest near;

	tb_nearest_init(&near, kind);
	for (size_t i = 0; i < TB_ARRAY_SIZE(kinds); i++) {
		size_t len = strlen(all);

		tb_nearest_try(&near, kinds[i]);
		(void)snprintf(all + len, sizeof(all) - len, "%s%s", i ? ", " : "", kinds[i]);
	}
	if (near.best)
		return tb_err_msg(err, EINVAL, "there is no template \"%.64s\"; did you mean %s?",
				  kind, near.best);
	return tb_err_msg(err, EINVAL, "there is no template \"%.64s\"; there are %s", kind, all);
}

int policy_template_find(const char *kind, char path[PATH_MAX], struct tb_err *err)
{
	char dir[PATH_MAX];
	bool known = false;
	int n;

	for (size_t i = 0; i < TB_ARRAY_SIZE(kinds); i++)
		known |= !strcmp(kinds[i], kind);
	if (!known)
		return unknown(kind, err);
	if (!own_dir(dir))
		return tb_err_set(err, errno, "find tcbox itself");
	for (size_t i = 0; i < TB_ARRAY_SIZE(places); i++) {
		n = snprintf(path, PATH_MAX, "%s/%s/%s.policy.json", dir, places[i], kind);
		if (n > 0 && n < PATH_MAX && !access(path, R_OK))
			return 0;
	}
	return tb_err_msg(err, ENOENT, "the templates are not installed: there is no %s/%s", dir,
			  places[0]);
}
