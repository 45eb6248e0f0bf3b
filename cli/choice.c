/* SPDX-License-Identifier: Apache-2.0 */
/*
 * choice.c - which part of a report is printed, and for which findings a command fails
 */
#include "cli/show.h"

#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "tcbox/buf.h"
#include "tcbox/nearest.h"

typedef const char *word_fn(unsigned int i);

static const char *severity_word(unsigned int i)
{
	return i <= FND_VIOLATION ? fnd_severity_name((enum fnd_severity)i) : NULL;
}

static const char *section_word(unsigned int i)
{
	return rpt_section_name((enum rpt_section)i);
}

/* is_word() - are the @len bytes at @s this word? */
static bool is_word(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && !strncmp(s, word, len);
}

/* no_word() - @s is none of the words: name them all */
static int no_word(const char *s, size_t len, word_fn *words, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT, bad = TB_BUF_INIT;

	for (unsigned int i = 0; words(i); i++)
		tb_buf_addf(&b, "%s%s", i ? ", " : "", words(i));
	tb_buf_add(&bad, s, len);
	if (b.failed || bad.failed)
		return tb_err_set(err, ENOMEM, "read option");
	return tb_err_msg(err, EINVAL, "\"%s\" is none of: %s", bad.len ? bad.data : "", b.data);
}

/* parse_list() - words between commas, as bits */
static int parse_list(const char *value, word_fn *words, unsigned int *bits, struct tb_err *err)
{
	for (const char *s = value;; s++) {
		size_t len = strcspn(s, ",");
		unsigned int i = 0;

		while (words(i) && !is_word(s, len, words(i)))
			i++;
		if (!words(i))
			return no_word(s, len, words, err);
		*bits |= 1u << i;
		s += len;
		if (!*s)
			return 0;
	}
}

int show_severities_set(void *choice, const char *value, struct tb_err *err)
{
	return parse_list(value, severity_word, &((struct show_choice *)choice)->severities, err);
}

int show_sections_set(void *choice, const char *value, struct tb_err *err)
{
	return parse_list(value, section_word, &((struct show_choice *)choice)->sections, err);
}

int show_fail_set(void *choice, const char *value, struct tb_err *err)
{
	struct show_choice *c = choice;

	for (unsigned int i = 0; severity_word(i); i++) {
		if (!strcmp(value, severity_word(i))) {
			c->fail = true;
			c->fail_on = (enum fnd_severity)i;
			return 0;
		}
	}
	return no_word(value, strlen(value), severity_word, err);
}

int show_choose(const struct show_choice *c, enum show_format format, struct evaluation *e,
		struct tb_err *err)
{
	bool people = format == SHOW_TEXT || format == SHOW_MARKDOWN;

	if (c->sections && !people && format != SHOW_CSV)
		return tb_err_msg(err, EINVAL,
				  "--section goes with the formats text, markdown and csv");
	if (c->sections && format == SHOW_CSV && !rpt_csv_tables(c->sections))
		return tb_err_msg(err, EINVAL,
				  "this section is no table: csv has findings, destinations, "
				  "names, listeners, programs, files and calls");
	if (c->sections && format == SHOW_CSV && rpt_csv_tables(c->sections) > 1)
		return tb_err_msg(err, EINVAL,
				  "csv is one table: choose one section, and ask again for "
				  "another");
	if (c->severities && (format == SHOW_JSON || format == SHOW_HTML))
		return tb_err_msg(err, EINVAL, "--severity does not go with the formats json and "
				  "html, which have everything");
	e->input.sections = c->sections;
	e->input.severities = c->severities;
	return 0;
}

int show_fail(const struct show_choice *c, const struct evaluation *e, int status)
{
	return c->fail && rpt_fails(&e->input, c->fail_on) ? TB_EXIT_VIOLATES : status;
}
