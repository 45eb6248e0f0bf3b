/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rpt_no_memory.c - every single allocation of each format fails once: the report says so, or
 * what it wrote is whole all the same
 *
 * Linked with --wrap for the allocating functions. Leaks show in the build with the address
 * sanitizer.
 */
#include "sample.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tcbox/facts.h"
#include "tests/unit/no_memory.h"

typedef int write_fn(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err);

static int as_text(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	static const struct rpt_style colour = { .width = 90, .colour = true };

	return rpt_text(in, &colour, out, err);
}

static int as_finding(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	static const struct rpt_style plain = { .width = 80 };

	return rpt_text_finding(in, &plain, out, err);
}

/* across() - the sample against a run that has none of its destinations and names */
static int across(const struct rpt_input *in, struct rpt_across **out, struct tb_err *err)
{
	static struct facts fewer;
	static struct rpt_input first;
	int ret;

	fewer = *in->facts;
	first = *in;
	fewer.ndests = fewer.nnames = 0;
	first.facts = &fewer;
	*out = rpt_across_new(&first, err);
	ret = *out ? rpt_across_add(*out, in, err) : -ENOMEM;
	if (!ret)
		ret = rpt_across_add(*out, in, err);
	if (!ret)
		rpt_across_end(*out);
	return ret;
}

static int as_across(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	static const struct rpt_style plain = { .width = 80 };
	struct rpt_across *a;
	int ret = across(in, &a, err);

	if (!ret)
		ret = rpt_across_text(a, &plain, out, err);
	rpt_across_free(a);
	return ret;
}

static int as_across_json(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	struct rpt_across *a;
	int ret = across(in, &a, err);

	if (!ret)
		ret = rpt_across_json(a, out, err);
	rpt_across_free(a);
	return ret;
}

/* assert_fails() - one allocation of a report failed. Nothing may be missing in silence: what
 * was not written is told, or was written by other means */
static void assert_fails(int ret, const struct tb_err *err, const struct tb_buf *out,
			 const struct tb_buf *whole)
{
	if (!ret) {
		assert_false(out->failed);
		assert_int_equal(out->len, whole->len);
		assert_memory_equal(out->data, whole->data, whole->len);
		return;
	}
	assert_int_equal(ret, -ENOMEM);
	assert_int_equal(err->code, ENOMEM);
}

/* fail_each() - Return: how many allocations a whole report makes, and how many reports with one
 * that failed were whole all the same */
static unsigned int fail_each(write_fn *write, const struct rpt_input *in, unsigned int *whole_ones)
{
	TB_AUTOBUF struct tb_buf whole = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	bool done = false;
	unsigned int n;

	*whole_ones = 0;
	assert_int_equal(write(in, &whole, &err), 0);
	for (n = 1; n < 100000 && !done; n++) {
		TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
		int ret;

		err = (struct tb_err){ 0, "" };
		countdown = n;
		ret = write(in, &out, &err);
		done = countdown;	/* fewer than n allocations: nothing failed */
		countdown = 0;
		if (done)
			assert_int_equal(ret, 0);
		assert_fails(ret, &err, &out, &whole);
		*whole_ones += !ret && !done;
	}
	assert_true(done);
	return n - 2;
}

static void assert_told(write_fn *write, const struct rpt_input *in, unsigned int least)
{
	unsigned int whole;

	assert_in_range(fail_each(write, in, &whole), least, 100000);
	assert_int_equal(whole, 0);
}

static void text_that_is_not_whole_says_so(void **state)
{
	struct rpt_input in = sample;

	(void)state;
	in.verbose = true;
	assert_told(as_text, &in, 100);
}

static void markdown_that_is_not_whole_says_so(void **state)
{
	(void)state;
	assert_told(rpt_markdown, &sample, 100);
}

static void json_that_is_not_whole_says_so(void **state)
{
	(void)state;
	assert_told(rpt_json, &sample, 20);
}

static void a_page_that_is_not_whole_says_so(void **state)
{
	(void)state;
	assert_told(rpt_html, &sample, 100);
}

static void a_single_finding_that_is_not_whole_says_so(void **state)
{
	struct rpt_input in = sample;

	(void)state;
	in.only = &sample_findings[0];
	assert_told(as_finding, &in, 5);
	assert_told(as_text, &in, 5);
	assert_told(rpt_markdown, &in, 5);
}

static void a_letter_that_is_not_whole_says_so(void **state)
{
	(void)state;
	assert_told(rpt_questions, &sample, 5);
}

static void a_comparison_of_several_that_is_not_whole_says_so(void **state)
{
	unsigned int whole;	/* what differs in how two runs were made is not told here */

	(void)state;
	assert_in_range(fail_each(as_across, &sample, &whole), 100, 100000);
	assert_in_range(fail_each(as_across_json, &sample, &whole), 100, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_is_not_whole_says_so),
		cmocka_unit_test(markdown_that_is_not_whole_says_so),
		cmocka_unit_test(json_that_is_not_whole_says_so),
		cmocka_unit_test(a_page_that_is_not_whole_says_so),
		cmocka_unit_test(a_single_finding_that_is_not_whole_says_so),
		cmocka_unit_test(a_comparison_of_several_that_is_not_whole_says_so),
		cmocka_unit_test(a_letter_that_is_not_whole_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
