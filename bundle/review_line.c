/* SPDX-License-Identifier: Apache-2.0 */
/*
 * review_line.c - one decision as one line of review.jsonl; what a decision must be
 */
#include "bundle/review_line.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bundle/line.h"
#include "tcbox/clock.h"
#include "tcbox/finding.h"
#include "tcbox/jsonc.h"
#include "tcbox/own.h"

static const char *const word_names[] = {
	[REVIEW_CONFIRMED] = "confirmed",
	[REVIEW_ACCEPTED] = "accepted",
	[REVIEW_QUESTION] = "question",
	[REVIEW_FALSE_ALARM] = "false-alarm",
};

static_assert(TB_ARRAY_SIZE(word_names) == REVIEW_WORDS, "a name for each word");

static const char *const state_names[] = {
	[REVIEW_OPEN] = "open",
	[REVIEW_DECIDED] = "decided",
	[REVIEW_EXPIRED] = "expired",
};

const char *review_word_name(enum review_word w)
{
	return (size_t)w < REVIEW_WORDS ? word_names[w] : "unknown";
}

const char *review_state_name(enum review_state s)
{
	return (size_t)s < TB_ARRAY_SIZE(state_names) ? state_names[s] : "unknown";
}

bool review_word_parse(const char *text, enum review_word *out)
{
	for (size_t i = 0; i < REVIEW_WORDS; i++) {
		if (strcmp(text, word_names[i]))
			continue;
		*out = (enum review_word)i;
		return true;
	}
	return false;
}

void review_today(char out[REVIEW_DATE])
{
	char now[TB_TIMELEN];

	(void)tb_time_format(tb_realtime_ns(), now);
	memcpy(out, now, REVIEW_DATE - 1);
	out[REVIEW_DATE - 1] = '\0';
}

static unsigned int number(const char *digits, size_t n)
{
	unsigned int value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (unsigned int)(digits[i] - '0');
	return value;
}

static bool is_leap(unsigned int year)
{
	return (!(year % 4) && year % 100) || !(year % 400);
}

/* is_day() - does the calendar have it? */
static bool is_day(const char *text)
{
	static const unsigned int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned int month, day, last;

	if (!line_has_form(text, "0000-00-00"))
		return false;
	month = number(text + 5, 2);
	day = number(text + 8, 2);
	if (month < 1 || month > 12)
		return false;
	last = days[month - 1];
	if (month == 2 && is_leap(number(text, 4)))
		last++;
	return day >= 1 && day <= last;
}

static bool is_id(const char *text)
{
	size_t n = strspn(text, "0123456789abcdef-");

	return n && !text[n] && n < FND_ID_LEN;
}

int review_check(const struct review_decision *d, struct tb_err *err)
{
	const char *word = review_word_name(d->word);

	if (!is_id(d->id))
		return tb_err_msg(err, EINVAL, "\"%s\" is not the id of a finding", d->id);
	if (!line_has_words(d->reviewer, REVIEW_REVIEWER_MAX))
		return tb_err_msg(err, EINVAL, "the reviewer must have a name, of at most %d bytes",
				  REVIEW_REVIEWER_MAX);
	if (d->reason && !line_has_words(d->reason, REVIEW_REASON_MAX))
		return tb_err_msg(err, EINVAL, "a reason must have words, at most %d bytes",
				  REVIEW_REASON_MAX);
	if (!d->reason && (d->word == REVIEW_ACCEPTED || d->word == REVIEW_FALSE_ALARM))
		return tb_err_msg(err, EINVAL, "\"%s\" needs a reason", word);
	if (d->until && d->word != REVIEW_ACCEPTED)
		return tb_err_msg(err, EINVAL, "\"%s\" has no end; only \"accepted\" has", word);
	if (d->until && !is_day(d->until))
		return tb_err_msg(err, EINVAL, "\"%s\" is no day; write YYYY-MM-DD", d->until);
	return 0;
}

/* The members, in the order in which they are written. */
enum { TIME, REVIEWER, ID, DECISION, REASON, UNTIL, MEMBERS };

static const char *const keys[MEMBERS] = { "time", "reviewer", "id", "decision", "reason",
	"until" };

/* read_texts() - Return: 0, or -EBADMSG where one is missing, or something else than a text */
static int read_texts(const struct jsonc_val *object, const char *texts[MEMBERS],
		      struct tb_err *err)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		const struct jsonc_val *v = jsonc_member(object, keys[i]);

		if (!v)
			return tb_err_msg(err, EBADMSG, "\"%s\" is missing", keys[i]);
		texts[i] = NULL;
		if (v->type == JSONC_NULL && i >= REASON)
			continue;
		if (v->type != JSONC_STRING)
			return tb_err_msg(err, EBADMSG, "\"%s\" is not a text", keys[i]);
		texts[i] = v->text;
	}
	return 0;
}

static int read_decision(const struct jsonc_val *object, struct review_decision *d,
			 struct tb_err *err)
{
	const char *texts[MEMBERS];
	size_t linked;
	int ret = read_texts(object, texts, err);

	if (!ret)
		ret = line_links(object, &linked, err);
	if (ret)
		return ret;
	if (object->count != MEMBERS + linked)
		return tb_err_msg(err, EBADMSG, "there are members that no decision has");
	if (!line_has_form(texts[TIME], "0000-00-00T00:00:00.000000000Z"))
		return tb_err_msg(err, EBADMSG, "\"%.64s\" is not a time", texts[TIME]);
	if (!review_word_parse(texts[DECISION], &d->word))
		return tb_err_msg(err, EBADMSG, "\"%.64s\" is not a decision", texts[DECISION]);
	d->time = texts[TIME];
	d->reviewer = texts[REVIEWER];
	d->id = texts[ID];
	d->reason = texts[REASON];
	d->until = texts[UNTIL];
	return review_check(d, err);
}

/* keep() - @d's texts in the pool */
static int keep(struct tb_pool *pool, struct review_decision *d, struct tb_err *err)
{
	const char **const texts[] = { &d->time, &d->reviewer, &d->id, &d->reason, &d->until };

	for (size_t i = 0; i < TB_ARRAY_SIZE(texts); i++) {
		if (!*texts[i])
			continue;
		*texts[i] = line_text(pool, *texts[i]);
		if (!*texts[i])
			return tb_err_set(err, ENOMEM, "read");
	}
	return 0;
}

int review_line_read(const char *text, size_t len, struct tb_pool *pool, struct review_decision *d,
		     struct tb_err *err)
{
	struct jsonc_syntax bad;
	struct jsonc *doc;
	int ret = jsonc_parse_bytes(text, len, &doc, &bad);

	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read");
	if (ret)
		return tb_err_msg(err, EBADMSG, "%s", bad.text);
	ret = read_decision(jsonc_root(doc), d, err);
	if (!ret)
		ret = keep(pool, d, err);
	jsonc_free(doc);
	return ret;
}

void review_line_write(struct tb_buf *b, int64_t now_ns, const struct review_decision *d)
{
	char now[TB_TIMELEN];
	const char *const texts[MEMBERS] = {
		[TIME] = now, [REVIEWER] = d->reviewer, [ID] = d->id,
		[DECISION] = review_word_name(d->word), [REASON] = d->reason, [UNTIL] = d->until,
	};

	(void)tb_time_format(now_ns, now);
	line_members(b, keys, texts, MEMBERS);
}
