/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_finding_table.c - tests of policy/compare/finding_table.c: how acts become findings, and
 * what a finding adds up
 */
#include "policy/compare/finding_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fnd_table *table;
static struct fnd_result *result;

static int set_up(void **state)
{
	(void)state;
	table = fnd_table_new();
	result = calloc(1, sizeof(*result));
	return !table || !result;
}

static int clean_up(void **state)
{
	(void)state;
	fnd_table_free(table);
	fnd_result_free(result);
	return 0;
}

static const struct fnd_act an_act = {
	.code = FND_FILE_UNDECLARED, .severity = FND_WARNING, .basis = FND_SEEN, .proc = 7,
	.exe = "/bin/a", .what = "/x", .first = 100, .last = 200, .count = 1,
};

static struct fnd *note(const struct fnd_act *act)
{
	bool fresh = true;
	struct fnd *f = fnd_note(table, act, &fresh);

	assert_non_null(f);
	if (f->seen[0].details.n || !f->object)	/* a repeat, or one of the rest */
		assert_false(fresh);
	if (fresh)
		assert_true(fnd_details_add(&f->seen[0].details, FND_KEY_PATH, act->what, 0));
	return f;
}

/* finish() - all findings. Return: how many */
static size_t finish(void)
{
	assert_int_equal(fnd_table_take(table, &result->findings, &result->nfindings), 0);
	assert_false(fnd_table_failed(table));
	return result->nfindings;
}

static void assert_refs(const struct fnd_refs *refs, const uint64_t *want, size_t n)
{
	assert_int_equal(refs->n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(refs->v[i], want[i]);
}

static void repeats_of_an_act_add_up(void **state)
{
	const uint64_t more[] = { 31, 33, 0, 99 }, lines[] = { 3, 11, 12, 31, 33 };
	const uint64_t packets[] = { 4, 5, 21, 22 };
	struct fnd_act act = an_act;
	const struct fnd *f;

	(void)state;
	act.lines[0] = 11;
	act.lines[1] = 12;
	act.more = more;
	act.packets[0] = 21;
	act.packets[1] = 22;
	act.bytes_out = 1;
	act.bytes_in = 20;
	act.acted = 150;
	(void)note(&act);
	act = an_act;
	act.proc = 8;
	act.first = 50;
	act.last = 150;
	act.count = 10;
	act.lines[0] = 3;
	act.lines[1] = 12;		/* again */
	act.packets[0] = 5;
	act.packets[1] = 4;
	act.bytes_out = 300;
	act.bytes_in = 4000;
	(void)note(&act);
	act.first = 120;
	act.last = 250;
	act.count = 0;			/* once */
	(void)note(&act);
	assert_int_equal(finish(), 1);
	f = result->findings;
	assert_int_equal(f->first, 50);
	assert_int_equal(f->last, 250);
	assert_int_equal(f->count, 12);
	assert_int_equal(f->bytes_out, 601);
	assert_int_equal(f->bytes_in, 8020);
	assert_int_equal(f->proc, 7);		/* of the first act */
	assert_int_equal(f->acted, 150);
	assert_refs(&f->events, lines, 5);	/* sorted, and each once */
	assert_refs(&f->packets, packets, 4);
	assert_int_equal(f->basis, FND_SEEN);
	assert_string_equal(f->program, "/bin/a");
	assert_string_equal(f->object, "/x");
	assert_null(f->declared);
}

static void references_are_bounded_and_those_of_the_first_acts_are_kept(void **state)
{
	struct fnd_act act = an_act;

	(void)state;
	for (uint64_t i = 0; i < FND_REFS + 3; i++) {
		act.lines[0] = 100 - i;
		act.packets[0] = 1000 - i;
		(void)note(&act);
	}
	assert_int_equal(finish(), 1);
	assert_int_equal(result->findings->count, FND_REFS + 3);
	assert_int_equal(result->findings->events.n, FND_REFS);
	assert_int_equal(result->findings->packets.n, FND_REFS);
	for (size_t i = 0; i < FND_REFS; i++) {
		assert_int_equal(result->findings->events.v[i], 100 - FND_REFS + 1 + i);
		assert_int_equal(result->findings->packets.v[i], 1000 - FND_REFS + 1 + i);
	}
}

static void an_act_without_a_time_of_its_own_acted_first(void **state)
{
	(void)state;
	(void)note(&an_act);
	assert_int_equal(finish(), 1);
	assert_int_equal(result->findings->acted, 100);
}

static void code_severity_program_rule_and_object_keep_acts_apart(void **state)
{
	struct fnd_act acts[7];

	(void)state;
	for (size_t i = 0; i < 7; i++)
		acts[i] = an_act;
	acts[1].code = FND_FILE_UNEXPLAINED;
	acts[2].severity = FND_INFO;
	acts[3].exe = "/bin/b";
	acts[4].exe = NULL;
	acts[5].rule = "r";
	acts[6].what = "/y";
	for (size_t i = 0; i < 7; i++)
		(void)note(&acts[i]);
	for (size_t i = 0; i < 7; i++) {
		acts[i].proc = 99;
		acts[i].basis = FND_INFERRED;
		(void)note(&acts[i]);
	}
	assert_int_equal(finish(), 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(result->findings[i].count, 2);
		assert_int_equal(result->findings[i].proc, 7);
	}
}

static void findings_are_sorted_by_weight_time_code_program_object_and_rule(void **state)
{
	struct fnd_act acts[10];

	(void)state;
	for (size_t i = 0; i < 10; i++)
		acts[i] = an_act;
	acts[0].severity = FND_VIOLATION;
	acts[0].first = 900;
	acts[1].first = 10;
	acts[1].what = "/z";			/* which does not matter */
	acts[2].code = FND_BOX_ATTEMPT;		/* by its name, "BOX-ATTEMPT" */
	acts[3].exe = NULL;			/* not known comes first */
	acts[5].rule = "r";
	acts[6].rule = "s";
	acts[7].what = "/y";
	acts[8].exe = "/bin/b";
	acts[8].what = "/a";
	acts[9].severity = FND_INFO;
	acts[9].first = 1;
	for (size_t i = 0; i < 10; i++)
		(void)note(&acts[i * 7 % 10]);	/* in another order */
	assert_int_equal(finish(), 10);
	for (size_t i = 0; i < 10; i++) {
		const struct fnd *f = &result->findings[i];

		assert_int_equal(f->severity, acts[i].severity);
		assert_int_equal(f->first, acts[i].first);
		assert_int_equal(f->code, acts[i].code);
		assert_string_equal(f->object, acts[i].what);
		assert_string_equal(f->program ? f->program : "", acts[i].exe ? acts[i].exe : "");
		assert_string_equal(f->declared ? f->declared : "",
				    acts[i].rule ? acts[i].rule : "");
	}
}

/* flood() - @n acts of one group, one after the other; their objects are "/d/000", ... */
static void flood(int n, size_t apart)
{
	struct fnd_act act = an_act;
	char what[32];

	act.many = "many below /d";
	act.apart = apart;
	act.what = what;
	for (int i = 0; i < n; i++) {
		(void)snprintf(what, sizeof(what), "/d/%03d", i);
		act.first = 1000 + i;
		act.last = 2000 + i;
		act.proc = 50 + (uint64_t)i;
		act.lines[0] = 10 + (uint64_t)i;
		act.packets[0] = 500 + (uint64_t)i;
		act.bytes_out = 1;
		act.bytes_in = 2;
		(void)note(&act);
	}
}

static void a_group_is_one_finding_as_soon_as_it_has_one_object_more(void **state)
{
	static const size_t aparts[] = { 0, 1, 3, FND_GROUP };

	for (size_t i = 0; i < 4; i++) {
		size_t most = aparts[i] ? aparts[i] : FND_GROUP;

		flood((int)most, aparts[i]);
		assert_int_equal(finish(), most);
		for (size_t j = 0; j < most; j++)
			assert_int_equal(result->findings[j].objects.n, 0);
		(void)clean_up(state);
		(void)set_up(state);
		flood((int)most + 1, aparts[i]);
		assert_int_equal(finish(), 1);
		assert_int_equal(result->findings[0].objects.n, most + 1);
		(void)clean_up(state);
		(void)set_up(state);
	}
}

static void a_group_adds_up_its_members_and_names_the_first(void **state)
{
	const struct fnd *f;
	char what[16];

	(void)state;
	flood(10, 6);
	flood(10, 6);			/* all of them again */
	assert_int_equal(finish(), 1);
	f = result->findings;
	assert_string_equal(f->object, "many below /d");
	assert_int_equal(f->count, 20);
	assert_int_equal(f->first, 1000);
	assert_int_equal(f->last, 2009);
	assert_int_equal(f->bytes_out, 20);
	assert_int_equal(f->bytes_in, 40);
	assert_int_equal(f->proc, 50);
	assert_int_equal(f->acted, 1000);
	assert_int_equal(f->events.n, 10);
	assert_int_equal(f->packets.n, 10);
	assert_int_equal(f->objects.left_out, 0);
	assert_int_equal(f->objects.n, 10);
	for (size_t i = 0; i < 10; i++) {
		(void)snprintf(what, sizeof(what), "/d/%03zu", i);
		assert_string_equal(f->objects.v[i], what);
		assert_int_equal(f->events.v[i], 10 + i);
	}
	assert_int_equal(f->nseen, FND_SEEN_MAX);
	for (size_t i = 0; i < FND_SEEN_MAX; i++) {
		(void)snprintf(what, sizeof(what), "/d/%03zu", i);
		assert_string_equal(f->seen[i].details.v[0].text, what);
	}
}

static void a_group_has_the_times_of_its_earliest_and_latest_member(void **state)
{
	static const struct { int64_t first, last; } times[] = {
		{ 300, 400 }, { 100, 200 }, { 200, 900 }, { 250, 260 },
	};
	struct fnd_act act = an_act;
	char what[16];

	(void)state;
	act.many = "many";
	act.apart = 2;
	act.what = what;
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(what, sizeof(what), "/%zu", i);
		act.first = times[i].first;
		act.last = times[i].last;
		(void)note(&act);
	}
	assert_int_equal(finish(), 1);
	assert_int_equal(result->findings->first, 100);
	assert_int_equal(result->findings->last, 900);
}

static void groups_and_single_findings_do_not_mix(void **state)
{
	struct fnd_act act = an_act;

	(void)state;
	(void)note(&act);			/* before the group, and of none */
	flood(5, 3);
	act.what = "/z";
	(void)note(&act);
	act.code = FND_FILE_UNEXPLAINED;
	act.many = "many below /d";		/* the same words, another code */
	(void)note(&act);
	assert_int_equal(finish(), 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(result->findings[i].count,
				 result->findings[i].objects.n ? 5 : 1);
}

static void a_group_takes_one_place_among_those_of_its_code(void **state)
{
	struct fnd_act act = an_act;
	char what[16];

	(void)state;
	flood(20, 3);				/* one */
	act.what = what;
	for (int i = 0; i < FND_PER_CODE - 1 + 5; i++) {
		(void)snprintf(what, sizeof(what), "/%d", i);
		(void)note(&act);
	}
	flood(30, 3);				/* still counted there */
	assert_int_equal(finish(), FND_PER_CODE + 1);
	for (size_t i = 0; i <= FND_PER_CODE; i++) {
		const struct fnd *f = &result->findings[i];

		if (!f->object)
			assert_int_equal(f->count, 5);
		else if (f->objects.n)
			assert_int_equal(f->count, 20 + 30);
		else
			assert_int_equal(f->count, 1);
	}
}

static void what_is_told_no_more_is_counted_for_each_severity(void **state)
{
	struct fnd_act act = an_act;
	size_t rests = 0;
	char what[16];

	(void)state;
	act.what = what;
	act.many = NULL;
	for (int i = 0; i < FND_PER_CODE + 7; i++) {
		(void)snprintf(what, sizeof(what), "/%d", i);
		(void)note(&act);
	}
	act.severity = FND_VIOLATION;
	act.first = 7;
	act.bytes_out = 5;
	(void)snprintf(what, sizeof(what), "/v");
	(void)note(&act);
	act.code = FND_EXEC_UNDECLARED;		/* there is room for another code */
	(void)note(&act);
	assert_int_equal(finish(), FND_PER_CODE + 3);
	for (size_t i = 0; i < result->nfindings; i++) {
		const struct fnd *f = &result->findings[i];

		if (f->object)
			continue;
		rests++;
		assert_null(f->program);
		assert_int_equal(f->proc, 0);
		assert_int_equal(f->count, f->severity == FND_VIOLATION ? 1 : 7);
		assert_int_equal(f->bytes_out, f->severity == FND_VIOLATION ? 5 : 0);
		/* the graver one has the plain id */
		assert_int_equal(strlen(f->id), f->severity == FND_VIOLATION ? 32 : 34);
	}
	assert_int_equal(rests, 2);
}

static void objects_of_all_findings_together_are_bounded(void **state)
{
	struct fnd_act act = an_act;
	size_t kept = 0, left_out = 0;
	char what[32], many[32];

	(void)state;
	act.what = what;
	act.many = many;
	act.apart = 1;
	for (int g = 0; g < 11; g++) {
		(void)snprintf(many, sizeof(many), "many %d", g);
		for (int i = 0; i < FND_OBJECTS; i++) {
			(void)snprintf(what, sizeof(what), "/%d/%d", g, i);
			(void)note(&act);
		}
	}
	assert_int_equal(finish(), 11);
	for (size_t i = 0; i < 11; i++) {
		kept += result->findings[i].objects.n;
		left_out += result->findings[i].objects.left_out;
		assert_int_equal(result->findings[i].count, FND_OBJECTS);
	}
	assert_int_equal(kept, 100000);
	assert_int_equal(left_out, 11 * FND_OBJECTS - 100000);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(repeats_of_an_act_add_up),
		TEST(references_are_bounded_and_those_of_the_first_acts_are_kept),
		TEST(an_act_without_a_time_of_its_own_acted_first),
		TEST(code_severity_program_rule_and_object_keep_acts_apart),
		TEST(findings_are_sorted_by_weight_time_code_program_object_and_rule),
		TEST(a_group_is_one_finding_as_soon_as_it_has_one_object_more),
		TEST(a_group_adds_up_its_members_and_names_the_first),
		TEST(a_group_has_the_times_of_its_earliest_and_latest_member),
		TEST(groups_and_single_findings_do_not_mix),
		TEST(a_group_takes_one_place_among_those_of_its_code),
		TEST(what_is_told_no_more_is_counted_for_each_severity),
		TEST(objects_of_all_findings_together_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
