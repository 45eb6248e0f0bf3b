/* SPDX-License-Identifier: Apache-2.0 */
/*
 * examiners.c - what examiners had said when a run ended: that much is in its report
 */
#include "run/examiners.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/log.h"
#include "tcbox/own.h"

#define TIME_AT "{\"time\": \""

/* is_later() - what has no time is for the one who reads it */
static bool is_later(const char *line, size_t len, const char *ended)
{
	size_t skip = strlen(TIME_AT), n = strlen(ended);

	return len >= skip + n && !strncmp(line, TIME_AT, skip) &&
	       strncmp(line + skip, ended, n) > 0;
}

/* said_until() - how much of a file of examiners was there when the run had ended */
static size_t said_until(const struct tb_buf *text, const char *ended)
{
	size_t at = 0;
	const char *end;

	while (at < text->len && (end = memchr(text->data + at, '\n', text->len - at))) {
		if (is_later(text->data + at, (size_t)(end - (text->data + at)), ended))
			break;
		at = (size_t)(end - text->data) + 1;
	}
	return at;
}

static int decisions(int bundle_fd, const char *ended, struct evaluation *e, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = tb_read_regular(bundle_fd, REVIEW_FILE, REVIEW_MAX_BYTES, &text, err);

	if (ret && ret != -ENOENT)
		return ret;
	ret = review_parse(REVIEW_FILE, text.data ? text.data : "", said_until(&text, ended),
			   &e->review, err);
	if (ret)
		return ret;
	(void)snprintf(e->review.today, sizeof(e->review.today), "%.10s", ended);
	e->input.review = &e->review;
	return 0;
}

static int notes(int bundle_fd, const char *ended, struct evaluation *e, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = tb_read_regular(bundle_fd, NOTE_FILE, NOTE_MAX_BYTES, &text, err);

	if (ret && ret != -ENOENT)
		return ret;
	ret = notes_parse(NOTE_FILE, text.data ? text.data : "", said_until(&text, ended),
			  &e->notes, err);
	if (!ret)
		e->input.notes = &e->notes;
	return ret;
}

int examiners_then(int bundle_fd, struct evaluation *e, struct tb_err *err)
{
	struct tb_err bad = { 0 };
	char ended[TB_TIMELEN] = "";
	int ret = tb_time_format(e->run.ended_ns, ended);

	if (!ret)
		ret = decisions(bundle_fd, ended, e, &bad);
	if (!ret)
		ret = notes(bundle_fd, ended, e, &bad);
	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read what examiners said");
	if (ret)
		tb_warn("report", "made without it: %s", bad.msg);
	return 0;
}
