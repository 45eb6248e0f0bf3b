/* SPDX-License-Identifier: Apache-2.0 */
/*
 * made.h - for tests of formats: a policy made of a text, and a text made of a policy
 */
#ifndef TESTS_EXCHANGE_MADE_H
#define TESTS_EXCHANGE_MADE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/exchange.h"
#include "tcbox/syscalls.h"

/* What was made of a text. */
struct made {
	struct exch *exch;
	struct pol *policy;
};

/* made_of() - read @text as @format; it has to be possible */
static inline struct made made_of(const char *format, const char *text)
{
	const struct exch_format *f = exch_format_find(format);
	struct tb_err err = { 0 };
	struct made m = { 0 };
	const struct tb_buf *made;

	assert_non_null(f);
	if (exch_import(f, "x", text, strlen(text), NULL, &m.exch, &err) != 0)
		fail_msg("%s", err.msg);
	made = exch_text(m.exch);
	if (pol_parse("made", made->data, made->len, &m.policy, &err) != 0)
		fail_msg("%s", err.msg);
	return m;
}

static inline void made_free(struct made *m)
{
	pol_free(m->policy);
	exch_free(m->exch);
}

/* made_refused() - @text is not of the format, and the message is @want */
static inline void made_refused(const char *format, const char *text, const char *want)
{
	struct tb_err err = { 0 };
	struct exch *e = NULL;

	assert_int_equal(exch_import(exch_format_find(format), "x", text, strlen(text), NULL, &e,
				     &err), -EINVAL);
	assert_null(e);
	assert_string_equal(err.msg, want);
}

/* made_item() - one item of this kind and place has @part in its sentence */
static inline void made_item(const struct exch *e, enum exch_kind kind, unsigned int line,
			     const char *where, const char *part)
{
	const struct exch_item *it;

	for (size_t i = 0; (it = exch_item_at(e, i)); i++) {
		if (strstr(it->text, part) && it->kind == kind && it->line == line &&
		    !strcmp(it->where, where))
			return;
	}
	for (size_t i = 0; (it = exch_item_at(e, i)); i++)
		print_message("%d %u %s %s\n", it->kind, it->line, it->where, it->text);
	fail_msg("nothing was listed with \"%s\"", part);
}

/* made_items() - how many there are that are no notes */
static inline size_t made_items(const struct exch *e)
{
	const struct exch_item *it;
	size_t n = 0;

	for (size_t i = 0; (it = exch_item_at(e, i)); i++)
		n += it->kind != EXCH_NOTE;
	return n;
}

/* written_as() - @policy, the text of one, as @format */
static inline struct exch *written_as(const char *format, const char *policy)
{
	struct tb_err err = { 0 };
	struct exch *e = NULL;
	struct pol *p = NULL;

	if (pol_parse("p", policy, strlen(policy), &p, &err) != 0 ||
	    exch_export(exch_format_find(format), p, &e, &err) != 0)
		fail_msg("%s", err.msg);
	pol_free(p);
	return e;
}

/* call_is() - the verdict on a system call */
static inline enum pol_sys call_is(const struct pol *p, const char *name)
{
	return p->sys[tb_syscall_number(name)];
}

/* same_calls() - the verdict on each call is the same */
static inline void same_calls(const struct pol *a, const struct pol *b)
{
	assert_int_equal(a->has_syscalls, b->has_syscalls);
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (a->sys[nr] != b->sys[nr])
			fail_msg("%s: %d and %d", tb_syscall_name(nr), a->sys[nr], b->sys[nr]);
}

#endif
