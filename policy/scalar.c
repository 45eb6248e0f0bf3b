/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scalar.c - the single values of a policy: words, numbers, sizes, ports, paths
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/glob.h"
#include "policy/read.h"
#include "tcbox/clock.h"
#include "tcbox/nearest.h"
#include "tcbox/own.h"
#include "tcbox/pool.h"
#include "tcbox/size.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define ID_MAX 64
#define PATH_GLOB_MAX 4096	/* PATH_MAX, limits.h */
#define METHOD_MAX 32

void pol_read_text(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	char **text = field;

	if (!pol_expect(r, v, JSONC_STRING))
		return;
	if (!*v->text)
		pol_bad(r, v->pos, "an empty string; leave the key out");
	else
		*text = pol_keep(r, v->text);
}

/* Where an id was seen first. */
struct pol_first {
	struct pol_at at;
};

static void note_id(struct pol_reader *r, const struct jsonc_val *v, size_t len)
{
	struct pol_first *first = tb_pool_alloc(r->pool, sizeof(*first));

	if (first)
		first->at = pol_at(r, v);
	if (!first || tb_map_put(r->ids, v->text, len, first) < 0)
		r->no_memory = true;
}

void pol_read_id(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	const struct pol_first *first;
	char **id = field;
	size_t len;

	if (!pol_expect(r, v, JSONC_STRING))
		return;
	len = strlen(v->text);
	if (!len || len > ID_MAX || v->text[strspn(v->text, LOWER UPPER DIGITS "._-")]) {
		pol_bad(r, v->pos, "an id has 1 to %d letters, digits, '.', '_' or '-'", ID_MAX);
		return;
	}
	first = tb_map_get(r->ids, v->text, len);
	if (first) {
		if (first->at.file == r->number)
			pol_bad(r, v->pos, "\"%s\" is the id of the rule in line %u already",
				v->text, first->at.line);
		else
			pol_bad(r, v->pos, "\"%s\" is the id of the rule in line %u of %.128s "
				"already", v->text, first->at.line, pol_file(r->pol, first->at));
		return;
	}
	note_id(r, v, len);
	*id = pol_keep(r, v->text);
}

void pol_read_bool(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	bool *b = field;

	if (pol_expect(r, v, JSONC_BOOL))
		*b = v->truth;
}

/* limit() - limits count from 1 (0 means "no limit" in struct pol) and stay exact in 64 bits with a
 * sign */
static void limit(struct pol_reader *r, const struct jsonc_val *v, bool valid, uint64_t value,
		  uint64_t *out)
{
	if (!valid || value > INT64_MAX)
		pol_bad(r, v->pos, "%.64s is out of range; a limit is a whole number from 1 to "
				   "%lld", v->text,
			(long long)INT64_MAX);
	else if (!value)
		pol_bad(r, v->pos, "a limit is at least 1; for no limit, leave the key out");
	else
		*out = value;
}

void pol_read_count(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	if (v->type == JSONC_NUMBER || pol_expect(r, v, JSONC_INTEGER))
		limit(r, v, v->type == JSONC_INTEGER && !v->negative, v->magnitude, field);
}

void pol_read_size(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	uint64_t size = 0;
	int ret;

	if (v->type == JSONC_INTEGER || v->type == JSONC_NUMBER) {
		pol_read_count(r, v, field);
		return;
	}
	if (!pol_expect(r, v, JSONC_STRING))
		return;
	ret = tb_size_parse(v->text, &size);
	if (ret == -EINVAL)
		pol_bad(r, v->pos,
			"\"%.64s\" is not a size; write a whole number of bytes, or with a unit as "
			"in \"64KiB\" or \"10MB\"",
			v->text);
	else
		limit(r, v, !ret, size, field);
}

void pol_read_span(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const struct { char unit; int64_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
	};
	struct pol_span *span = field;
	size_t n;
	long number;

	if (!pol_expect(r, v, JSONC_STRING))
		return;
	n = strspn(v->text, DIGITS);
	number = n && n <= 6 ? strtol(v->text, NULL, 10) : 0;
	for (size_t i = 0; number && i < TB_ARRAY_SIZE(units); i++)
		if (v->text[n] == units[i].unit && !v->text[n + 1])
			span->ns = number * units[i].seconds * TB_NS_PER_S;
	if (span->ns)
		span->text = pol_keep(r, v->text);
	else
		pol_bad(r, v->pos, "\"%.64s\" is no length of time; write 1 to 999999 seconds, "
			"minutes, hours or days, as in \"30s\", \"15m\", \"1h\" or \"7d\"",
			v->text);
}

/* port_parse() - Return: the port at *s, which is moved behind it; 0 if there is none from 1 to
 * 65535 */
static uint16_t port_parse(const char **s)
{
	size_t n = strspn(*s, DIGITS);
	unsigned long port = n && n <= 5 ? strtoul(*s, NULL, 10) : 0;

	*s += n;
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

void pol_read_range(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol_range *range = field;
	const char *s = v->text;

	if (v->type == JSONC_INTEGER && !v->negative && v->magnitude >= 1 &&
	    v->magnitude <= UINT16_MAX) {
		range->lo = range->hi = (uint16_t)v->magnitude;
		return;
	}
	if (v->type == JSONC_INTEGER || v->type == JSONC_NUMBER) {
		pol_bad(r, v->pos, "%.64s is not a port; ports are whole numbers from 1 to 65535",
			v->text);
		return;
	}
	if (!pol_expect(r, v, JSONC_STRING))
		return;
	range->lo = port_parse(&s);
	if (range->lo && !*s) {
		pol_bad(r, v->pos, "write %u without quotes", range->lo);
		return;
	}
	range->hi = *s == '-' ? (s++, port_parse(&s)) : 0;
	if (!range->lo || !range->hi || *s)
		pol_bad(r, v->pos, "\"%.64s\" is not a range of ports from 1 to 65535, as in "
				   "\"8000-8100\"",
			v->text);
	else if (range->lo > range->hi)
		pol_bad(r, v->pos, "this range ends before it begins; did you mean \"%u-%u\"?",
			range->hi,
			range->lo);
}

/* pick() - Return: the index of the word, or -1 after reporting */
static int pick(struct pol_reader *r, const struct jsonc_val *v, const char *const *words, size_t n)
{
	struct tb_nearest near;
	char all[128] = "";
	size_t i, at = 0;

	if (!pol_expect(r, v, JSONC_STRING))
		return -1;
	tb_nearest_init(&near, v->text);
	for (i = 0; i < n; i++) {
		if (!strcmp(v->text, words[i]))
			return (int)i;
		tb_nearest_try(&near, words[i]);
		if (at < sizeof(all))
			at += (size_t)snprintf(all + at, sizeof(all) - at, "%s\"%s\"",
					       !i ? "" : i + 1 < n ? ", " : " or ", words[i]);
	}
	if (near.best)
		pol_bad(r, v->pos, "\"%.64s\" is not known here; did you mean \"%s\"?", v->text,
			near.best);
	else
		pol_bad(r, v->pos, "\"%.64s\" is not known here; it is %s", v->text, all);
	return -1;
}

void pol_read_on(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const char *const words[] = { [POL_ON_ANY] = "any", [POL_ON_LOOPBACK] = "loopback" };
	int i = pick(r, v, words, TB_ARRAY_SIZE(words));

	if (i >= 0)
		*(enum pol_on *)field = (enum pol_on)i;
}

void pol_read_level(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const char *const words[] = {
		[POL_IGNORE] = "ignore", [POL_INFO] = "info",
		[POL_WARNING] = "warning", [POL_VIOLATION] = "violation",
	};
	int i = pick(r, v, words, TB_ARRAY_SIZE(words));

	if (i >= 0)
		*(enum pol_level *)field = (enum pol_level)i;
}

void pol_read_phase(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const char *const words[] = { "install", "start", "use", "update" };
	int i = pick(r, v, words, TB_ARRAY_SIZE(words));

	if (i >= 0)
		*(char **)field = pol_keep(r, words[i]);
}

void pol_read_tls_version(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const char *const words[] = { "1.0", "1.1", "1.2", "1.3" };
	int i = pick(r, v, words, TB_ARRAY_SIZE(words));

	if (i >= 0)
		*(char **)field = pol_keep(r, words[i]);
}

/* read_ip_number() - "ip-47": a protocol by its number. Those that have a name here have only
 * that */
static void read_ip_number(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const struct { unsigned int number; const char *name; } named[] = {
		{ 1, "icmp" },	{ 6, "tcp" },  { 17, "udp" },	   { 33, "dccp" },
		{ 58, "icmp" }, { 132, "sctp" }, { 136, "udplite" },
	};
	const char *s = v->text + 3;
	size_t n = strspn(s, DIGITS), i;
	unsigned long number = n && n <= 3 ? strtoul(s, NULL, 10) : 256;

	if (s[n] || number > 255 || (n > 1 && *s == '0')) {
		pol_bad(r, v->pos, "\"%.64s\" is not an IP protocol from \"ip-0\" to \"ip-255\"",
			v->text);
		return;
	}
	for (i = 0; i < TB_ARRAY_SIZE(named); i++) {
		if (named[i].number == number) {
			pol_bad(r, v->pos, "the protocol %lu is called \"%s\"", number,
				named[i].name);
			return;
		}
	}
	*(char **)field = pol_keep(r, v->text);
}

void pol_read_protocol(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const char *const words[] = { "tcp", "udp", "icmp", "sctp", "dccp", "udplite",
					     "ip-N" };
	int i;

	if (v->type == JSONC_STRING && !strcmp(v->text, "icmpv6")) {
		pol_bad(r, v->pos, "write \"icmp\", which covers ICMPv6 too");
		return;
	}
	if (v->type == JSONC_STRING && !strncmp(v->text, "ip-", 3)) {
		read_ip_number(r, v, field);
		return;
	}
	i = pick(r, v, words, TB_ARRAY_SIZE(words));
	if (i >= 0)
		*(char **)field = pol_keep(r, words[i]);
}

void pol_read_application(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct tb_nearest near;
	const char *name;
	size_t i;

	if (!pol_expect(r, v, JSONC_STRING))
		return;
	tb_nearest_init(&near, v->text);
	for (i = 0; (name = pol_app_at(i)); i++) {
		if (!strcasecmp(name, v->text)) {
			*(char **)field = pol_keep(r, name);
			return;
		}
		tb_nearest_try(&near, name);
	}
	if (near.best)
		pol_bad(r, v->pos, "unknown application protocol \"%.64s\"; did you mean \"%s\"?",
			v->text,
			near.best);
	else
		pol_bad(r, v->pos, "unknown application protocol \"%.64s\"; tcbox-policy(5) lists "
				   "them",
			v->text);
}

/* has_dots() - is "." or ".." a component? @len: of all of it */
static bool has_dots(const char *s, size_t len)
{
	return strstr(s, "/./") || strstr(s, "/../") || (len > 1 && !strcmp(s + len - 2, "/.")) ||
	       (len > 2 && !strcmp(s + len - 3, "/.."));
}

/* pattern_problem() - Return: what is wrong with its stars and sets; NULL: nothing */
static const char *pattern_problem(const char *s)
{
	const char *c;
	size_t stars;

	for (c = s; *c; c += stars ? stars : 1) {
		stars = strspn(c, "*");
		if (stars > 2)
			return "three stars; ** matches everything already";
		if (*c == '\\') {
			if (!*++c)
				return "a backslash at the end takes the meaning from nothing";
		} else if (*c == '[') {
			c = pol_glob_bracket(c);
			if (!c)
				return "this [ begins a set of characters that is not closed or "
				       "not valid; write \\\\[ for the character itself";
		}
	}
	return NULL;
}

/* path_problem() - Return: what is wrong with a glob of resolved paths; NULL: nothing */
static const char *path_problem(const char *s)
{
	const char *problem, *c = s + strlen(s);

	if (c - s > PATH_GLOB_MAX)
		return "a path has at most 4096 bytes";
	if (*s != '/' && strncmp(s, "**", 2) != 0)
		return "a path begins with / or, for any directory, with **/";
	problem = pattern_problem(s);
	if (problem)
		return problem;
	if (strstr(s, "//"))
		return "two slashes never match, because paths are compared in their shortest form";
	if (has_dots(s, (size_t)(c - s)))
		return "\".\" and \"..\" never match, because paths are compared in their "
		       "shortest form";
	if (c - s > 1 && c[-1] == '/')
		return "a slash at the end never matches; write /** for everything in the "
		       "directory";
	return NULL;
}

void pol_read_path(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	const char *problem;

	if (!pol_expect(r, v, JSONC_STRING))
		return;
	problem = path_problem(v->text);
	if (problem)
		pol_bad(r, v->pos, "\"%.128s\": %s", v->text, problem);
	else
		*(char **)field = pol_keep(r, v->text);
}

void pol_read_method(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	size_t len;

	if (!pol_expect(r, v, JSONC_STRING))
		return;
	len = strlen(v->text);
	if (!len || len > METHOD_MAX || v->text[strspn(v->text, UPPER "-")])
		pol_bad(r, v->pos, "\"%.64s\": a method is up to %d capital letters, as in "
				   "\"GET\"", v->text, METHOD_MAX);
	else
		*(char **)field = pol_keep(r, v->text);
}

void pol_read_url_path(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	const char *problem = NULL;

	if (!pol_expect(r, v, JSONC_STRING))
		return;
	if (*v->text != '/' && strncmp(v->text, "**", 2) != 0)
		problem = "a path of a URL begins with / or **";
	else if (strlen(v->text) > PATH_GLOB_MAX)
		problem = "a path has at most 4096 bytes";
	else if (strpbrk(v->text, "?#"))
		problem = "only the path is compared, without what follows ? or #";
	else
		problem = pattern_problem(v->text);
	if (problem)
		pol_bad(r, v->pos, "\"%.128s\": %s", v->text, problem);
	else
		*(char **)field = pol_keep(r, v->text);
}

void pol_read_severity(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const char *const words[] = { "info", "warning", "violation" };
	int i = pick(r, v, words, TB_ARRAY_SIZE(words));

	if (i >= 0)
		*(enum pol_level *)field = (enum pol_level)(POL_INFO + i);
}

/* days_of() - a month of the Gregorian calendar */
static int days_of(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

void pol_read_date(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	int year = 0, month = 0, day = 0;
	const char *s = v->text;
	bool shape;

	if (!pol_expect(r, v, JSONC_STRING))
		return;
	shape = strlen(s) == strlen("2026-12-31") && s[4] == '-' && s[7] == '-' &&
		strspn(s, DIGITS) == 4 && strspn(s + 5, DIGITS) == 2 && strspn(s + 8, DIGITS) == 2;
	if (shape) {
		year = (int)strtol(s, NULL, 10);
		month = (int)strtol(s + 5, NULL, 10);
		day = (int)strtol(s + 8, NULL, 10);
	}
	if (month < 1 || month > 12 || day < 1 || day > days_of(year, month))
		pol_bad(r, v->pos, "\"%.64s\" is no day; write it as in \"2026-12-31\"", s);
	else
		*(char **)field = pol_keep(r, s);
}
