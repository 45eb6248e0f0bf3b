/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell.h - records told line by line, for the tests of the evidence
 */
#ifndef TESTS_UNIT_EVIDENCE_TELL_H
#define TESTS_UNIT_EVIDENCE_TELL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/state.h"
#include "tests/net.h"
#include "tcbox/own.h"

static struct {
	struct evd *evd;
	const struct evd_facts *facts;
	uint64_t line;
} told;

/* parse() - one event: 'k':..., with ' for ", without the numbering. Release it with ev_clear() */
static inline struct ev __attribute__((format(printf, 1, 0))) parse(const char *fmt, va_list ap)
{
	char text[4096], line[4200];
	struct tb_err err = { 0 };
	const char *t = "";
	struct ev ev;
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	assert_in_range(n, 1, sizeof(text) - 1);
	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (!strstr(text, "\"t\":"))
		t = ",\"t\":0";
	told.line++;
	n = snprintf(line, sizeof(line), "{%s,\"n\":%llu%s}", text, (unsigned long long)told.line,
		     t);
	if (ev_parse(line, (size_t)n, &ev, &err))
		fail_msg("%s: %s", line, err.msg);
	ev.line = told.line;
	return ev;
}

static inline void begin_bounded(const struct evd_limits *limits)
{
	told.line = 0;
	told.facts = NULL;
	told.evd = limits ? evd_new_bounded(&test_net, limits) : evd_new(&test_net);
	assert_non_null(told.evd);
}

static inline int begin(void **state)
{
	(void)state;
	begin_bounded(NULL);
	return 0;
}

static inline void __attribute__((format(printf, 1, 2))) tell(const char *fmt, ...)
{
	struct ev ev;
	va_list ap;

	va_start(ap, fmt);
	ev = parse(fmt, ap);
	va_end(ap);
	assert_int_equal(evd_feed(told.evd, &ev), 0);
	ev_clear(&ev);
}

/* finish() - Return: the facts */
static inline const struct evd_facts *finish(void)
{
	struct tb_err err = { 0 };

	assert_int_equal(evd_finish(told.evd, &told.facts, &err), 0);
	assert_non_null(told.facts);
	return told.facts;
}

static inline int end(void **state)
{
	(void)state;
	evd_free(told.evd);
	told.evd = NULL;
	return 0;
}

/* product() - the product's first process, 2, and its program */
static inline void product(void)
{
	tell("'k':'proc','src':'box','t':100,'proc':2,'role':'product','pid':3");
	tell("'k':'exec','src':'box','t':100,'proc':2,'path':'/opt/a','exe':'/opt/a','argv':['a','-x'],"
	     "'sha256':'aa'");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

#endif
