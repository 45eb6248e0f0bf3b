/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_template.c - tests of sentences with places for details, and of all sentences about gaps
 */
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "report/gaps.h"
#include "report/template.h"

static struct fnd_detail facts_v[] = {
	TEXT(NAME, "a"), NUMBER(COUNT, UINT64_MAX), TEXT(NAME, "b{error}"), NUMBER(DENIED, 1),
};
static const struct fnd_details details = DETAILS(facts_v);
static const struct fnd finding = { .program = S("/bin/p"), .object = S("o"), .declared = S("r") };

static void assert_filled(const char *template, const char *want)
{
	const struct template_values t = { &finding, &details };
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	template_fill(&b, template, &t);
	assert_string_equal(b.data ? b.data : "", want);
}

static void places_are_filled_with_facts_and_values_are_not_read_again(void **state)
{
	(void)state;
	assert_filled("", "");
	assert_filled("{name}: {count}.", "a, b{error}: 18446744073709551615.");
	assert_filled("{who} {what} \"{rule}\"", "/bin/p o \"r\"");
	assert_filled("x{error}y{error|}z {error|an error}", "xyz an error");
	assert_filled("{name|nobody}", "a, b{error}");
}

static void parts_are_said_only_if_all_in_them_is_known(void **state)
{
	(void)state;
	assert_filled("a[ b {name}][ c {error}]", "a b a, b{error}");
	assert_filled("[{name} {error}]", "");
	assert_filled("x[{?denied}, refused]", "x, refused");
	assert_filled("[{?denied} with {error|an error}]", " with an error");
	assert_filled("[{?tried}, tried]{?denied}", "");
	assert_filled("[no condition]", "no condition");
	assert_filled("[{who}]", "/bin/p");
}

static void a_place_without_a_key_stays_to_be_seen(void **state)
{
	(void)state;
	assert_filled("{nam} [{names} x]", "{nam} {names} x");
}

static void of_many_values_four_are_shown(void **state)
{
	struct fnd_detail v[] = { TEXT(NAME, "1"), TEXT(NAME, "2"), TEXT(NAME, "3"), TEXT(NAME, "4"),
				TEXT(TYPE, "t"), TEXT(NAME, "5"), TEXT(NAME, "6") };
	struct fnd_details many = { v, 4 };
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	(void)state;
	template_fill(&b, "{name}", &(struct template_values){ .details = &many });
	assert_string_equal(b.data, "1, 2, 3, 4");
	many.n = TB_ARRAY_SIZE(v);
	tb_buf_reset(&b);
	template_fill(&b, "{name}", &(struct template_values){ .details = &many });
	assert_string_equal(b.data, "1, 2, 3, 4, ...");
}

static void nothing_is_known_without_facts(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	(void)state;
	template_fill(&b, "{who|x} [{name}]{name|none}", &(struct template_values){ 0 });
	assert_string_equal(b.data, "x none");
}

/* With every key known, no place may be left, and every gap has a name and a reason. */
static void every_gap_has_a_sentence(void **state)
{
	struct fnd_detail v[FND_KEYS];
	const struct fnd_details all = DETAILS(v);

	(void)state;
	for (int i = 0; i < FND_KEYS; i++)
		v[i] = (struct fnd_detail){ .key = (enum fnd_key)i, .text = S("v") };
	for (int i = 0; i < FND_GAPS; i++) {
		const struct fnd_gap g = { .code = (enum fnd_gap_code)i, .details = all };
		TB_AUTOBUF struct tb_buf what = TB_BUF_INIT, why = TB_BUF_INIT;

		gaps_what(&what, &g);
		gaps_why(&why, g.code, &g.details);
		if (!what.len || what.data[0] < 'A' || what.data[0] > 'Z')
			fail_msg("gap %d is called \"%s\"", i, what.data);
		if (!why.len || strpbrk(why.data, "{}[]") || why.data[why.len - 1] == '.')
			fail_msg("gap %d: \"%s\"", i, why.data);
	}
}

static void a_loss_has_the_name_that_its_producer_gave(void **state)
{
	struct fnd_detail v[] = { TEXT(WHAT, "packets of x"), TEXT(WHAT, "") };
	struct fnd_gap g = { .code = FND_GAP_LOSS, .details = { v, 1 } };
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	(void)state;
	gaps_what(&b, &g);
	assert_string_equal(b.data, "Packets of x");
	tb_buf_reset(&b);
	gaps_why(&b, g.code, &g.details);
	assert_string_equal(b.data, "its producer said so, without a reason");
	tb_buf_reset(&b);
	g.details.v = v + 1;
	gaps_what(&b, &g);
	assert_string_equal(b.data, "(not named)");
	tb_buf_reset(&b);
	g.details.n = 0;
	gaps_what(&b, &g);
	assert_string_equal(b.data, "(not named)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_filled_with_facts_and_values_are_not_read_again),
		cmocka_unit_test(parts_are_said_only_if_all_in_them_is_known),
		cmocka_unit_test(a_place_without_a_key_stays_to_be_seen),
		cmocka_unit_test(of_many_values_four_are_shown),
		cmocka_unit_test(nothing_is_known_without_facts),
		cmocka_unit_test(every_gap_has_a_sentence),
		cmocka_unit_test(a_loss_has_the_name_that_its_producer_gave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
