/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show.c - what tcbox run, check and report print of an evaluation
 */
#include "cli/show.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tcbox/buf.h"
#include "tcbox/fd.h"
#include "tcbox/own.h"

static const char *const format_words[] = {
	[SHOW_TEXT] = "text", [SHOW_JSON] = "json", [SHOW_MARKDOWN] = "markdown",
	[SHOW_HTML] = "html", [SHOW_SARIF] = "sarif", [SHOW_JUNIT] = "junit", [SHOW_CSV] = "csv",
};

/* find_format() - among the first @n */
static bool find_format(const char *value, size_t n, enum show_format *out)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(value, format_words[i])) {
			*out = (enum show_format)i;
			return true;
		}
	}
	return false;
}

int show_format_set(void *format, const char *value, struct tb_err *err)
{
	if (find_format(value, TB_ARRAY_SIZE(format_words), format))
		return 0;
	return tb_err_msg(err, EINVAL,
			  "\"%s\" is not a format; there are \"text\", \"json\", \"markdown\", "
			  "\"html\", \"sarif\", \"junit\" and \"csv\"",
			  value);
}

int show_few_set(void *format, const char *value, struct tb_err *err)
{
	if (find_format(value, SHOW_HTML + 1, format))
		return 0;
	return tb_err_msg(err, EINVAL,
			  "\"%s\" is not a format; there are \"text\", \"json\", \"markdown\" and "
			  "\"html\"",
			  value);
}

int show_failed(int ret, const struct tb_err *err)
{
	return cli_error(ret == -EINVAL ? TB_EXIT_USAGE : TB_EXIT_FAILED, err);
}

int show_status(const struct evaluation *e)
{
	switch (e->result->verdict) {
	case FND_CONFORMS:
		return TB_EXIT_CONFORMS;
	case FND_VIOLATES:
		return TB_EXIT_VIOLATES;
	case FND_INCONCLUSIVE:
		break;
	}
	return TB_EXIT_INCONCLUSIVE;
}

/* write_report() - colour and width are those of the terminal at @fd */
static int write_report(const struct evaluation *e, enum show_format format, int fd,
			struct tb_buf *out, struct tb_err *err)
{
	struct rpt_style style = { 0 };

	switch (format) {
	case SHOW_JSON:
		return rpt_json(&e->input, out, err);
	case SHOW_MARKDOWN:
		return rpt_markdown(&e->input, out, err);
	case SHOW_HTML:
		return rpt_html(&e->input, out, err);
	case SHOW_SARIF:
		return rpt_sarif(&e->input, out, err);
	case SHOW_JUNIT:
		return rpt_junit(&e->input, out, err);
	case SHOW_CSV:
		return rpt_csv(&e->input, out, err);
	case SHOW_TEXT:
		break;
	}
	style.colour = cli_colour(fd);
	style.width = cli_width(fd);
	return rpt_text(&e->input, &style, out, err);
}

int show_evaluation(const struct evaluation *e, enum show_format format, int fd, int status)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };

	if (write_report(e, format, fd, &out, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	if (fd == STDOUT_FILENO)
		return cli_print(&out, status);
	(void)tb_write_all(fd, out.data, out.len);	/* beside what was asked for */
	return status;
}
