/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_request.c - which requests of HTTP a rule declares
 */
#include "policy/match.h"

#include <string.h>
#include <strings.h>

/* encoded() - is it the byte @hex, percent-encoded? */
static bool encoded(const char *s, const char hex[3])
{
	return *s == '%' && !strncasecmp(s + 1, hex, 2);
}

/* slash() - Return: how long what a server may take as a slash is; 0: it is none */
static size_t slash(const char *s)
{
	if (*s == '/' || *s == '\\')
		return 1;
	return encoded(s, "2f") || encoded(s, "5c") ? 3 : 0;
}

bool match_has_dots(const char *s)
{
	while (*s) {
		size_t dots = 0;

		for (; *s == '.' || encoded(s, "2e"); dots++)
			s += *s == '.' ? 1 : 3;
		if (dots && dots <= 2 && (!*s || *s == ';' || slash(s)))
			return true;
		while (*s && !slash(s))
			s++;
		s += slash(s);
	}
	return false;
}

/* is_literal() - does the glob stand for one text only? */
static bool is_literal(const char *glob)
{
	for (; *glob; glob++) {
		if (strchr("*?[", *glob))
			return false;
		if (*glob == '\\' && glob[1])
			glob++;
	}
	return true;
}

/* same_text() - written as it is, or with backslashes before what would be a wildcard */
static bool same_text(const char *glob, const char *path)
{
	return !strcmp(glob, path) || (is_literal(glob) && pol_path_glob(glob, path));
}

/* path_matches() - without the query */
static bool path_matches(const char *glob, const char *target)
{
	char path[1024];
	size_t len = strcspn(target, "?#");

	if (len >= sizeof(path))
		return false;
	memcpy(path, target, len);
	path[len] = '\0';
	return match_has_dots(path) ? same_text(glob, path) : pol_path_glob(glob, path);
}

static bool has_host(const struct pol_conn *rule, const char *name)
{
	for (size_t i = 0; i < rule->nhosts; i++)
		if (pol_name_glob(rule->hosts[i], name))
			return true;
	return false;
}

bool match_hosts(const struct pol_conn *rule, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n && rule->nhosts; i++)
		if (!has_host(rule, names[i]))
			return false;
	return n || !rule->nhosts;
}

bool match_request(const struct pol_conn *rule, const char *method, const char *path)
{
	bool fits = !rule->nmethods, leads = !rule->npaths;

	for (size_t i = 0; i < rule->nmethods && !fits; i++)
		fits = !strcmp(rule->methods[i], method);
	for (size_t i = 0; i < rule->npaths && !leads; i++)
		leads = path && path_matches(rule->paths[i], path);
	return fits && leads;
}
