/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_finding_id.c - tests of what makes a finding the same one in another run
 */
#include "policy/compare/finding_table.h"
#include "tests/unit/policy/compare/story.h"

#define POLICY "'connections':[{'id':'updates','to':['u.example'],'application':'tls'}]," \
	"'undeclared':{'files':'violation','executes':'violation','listens':'violation'}"

/* What differs from run to run. */
struct luck {
	int proc, pid, port, t;
};

/* visit() - the same product does the same again */
static void visit(const struct luck *luck)
{
	const int p = luck->proc, t = luck->t;

	begin(POLICY);
	tell("'k':'proc','src':'box','t':%d,'proc':%d,'parent':2,'pid':%d", t, p, luck->pid);
	tell("'k':'exec','src':'box','t':%d,'proc':%d,'path':'/opt/acme/x','exe':'/opt/acme/x'", t,
	     p);
	tell("'k':'file','src':'box','t':%d,'proc':%d,'op':'write','path':'/etc/motd'", t + 1, p);
	tell("'k':'file','src':'box','t':%d,'proc':%d,'op':'write','path':'/proc/%d/clear_refs'",
	     t + 1, p, luck->pid);
	tell("'k':'sock','src':'box','t':%d,'proc':%d,'call':'listen','proto':'tcp',"
	     "'local':'0.0.0.0:%d'", t + 2, p, luck->port);
	tell("'k':'sock','src':'box','t':%d,'proc':%d,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:%d','remote':'203.0.113.7:443'", t + 3, p, luck->port);
	tell("'k':'flow','src':'net','id':%d,'proto':'tcp','local':'198.19.255.2:%d',"
	     "'remote':'203.0.113.7:443','first':%d,'last':%d,'pkts_out':%d,'bytes_out':%d",
	     luck->port, luck->port, t + 4, t + 9, luck->pid, luck->pid);
	end();
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

#define MANY 64

/* ids() - of all findings, sorted. Return: how many */
static size_t ids(char out[MANY][FND_ID_LEN])
{
	size_t n = story.r->nfindings;

	assert_in_range(n, 1, MANY);
	for (size_t i = 0; i < n; i++)
		(void)snprintf(out[i], FND_ID_LEN, "%s", story.r->findings[i].id);
	qsort(out, n, FND_ID_LEN, by_text);
	return n;
}

static void two_runs_of_one_product_have_the_same_ids(void **state)
{
	const struct luck one = { 3, 17, 40001, 1000 }, other = { 9, 4711, 51234, 77000 };
	char a[MANY][FND_ID_LEN], b[MANY][FND_ID_LEN];
	size_t n;

	visit(&one);
	n = ids(a);
	clean_up(state);
	visit(&other);
	assert_int_equal(ids(b), n);
	assert_true(n >= 5);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(a[i], b[i]);
		assert_int_equal(strspn(a[i], "0123456789abcdef"), 32);
		if (i)
			assert_string_not_equal(a[i], a[i - 1]);
	}
}

/* id_of() - the id of a finding that is the only one */
static const char *id_of(const struct fnd_act *act)
{
	static char id[FND_ID_LEN];
	struct fnd_table *t = fnd_table_new();
	bool fresh;
	const struct fnd *f;

	assert_non_null(t);
	f = fnd_note(t, act, &fresh);
	assert_non_null(f);
	(void)snprintf(id, sizeof(id), "%s", f->id);
	fnd_table_free(t);
	return id;
}

static void code_program_object_and_rule_each_make_another_finding(void **state)
{
	const struct fnd_act base = {
		.code = FND_NET_LIMIT, .exe = "/a", .what = "x", .rule = "r", .first = 1, .last = 1,
	};
	struct fnd_act others[6] = { base, base, base, base, base, base }, same = base;
	char id[FND_ID_LEN];

	(void)state;
	(void)snprintf(id, sizeof(id), "%s", id_of(&base));
	others[0].code = FND_TLS_VERSION;
	others[1].exe = "/b";
	others[2].what = "y";
	others[3].rule = "s";
	others[4].exe = NULL;
	others[5].exe = "/ax";		/* parts do not run into each other */
	others[5].what = "";
	for (size_t i = 0; i < 6; i++)
		assert_string_not_equal(id_of(&others[i]), id);
	same.severity = FND_VIOLATION;
	same.proc = 9;
	same.first = 7;
	same.last = 99;
	same.count = 1000;
	same.bytes_out = 5;
	assert_string_equal(id_of(&same), id);
}

static void only_the_number_of_a_process_is_left_out_of_a_path(void **state)
{
	struct fnd_act act = { .code = FND_FILE_UNDECLARED, .what = "/proc/12/mem" };
	char id[FND_ID_LEN];

	(void)state;
	(void)snprintf(id, sizeof(id), "%s", id_of(&act));
	act.what = "/proc/345/mem";
	assert_string_equal(id_of(&act), id);
	act.what = "/proc/345/maps";
	assert_string_not_equal(id_of(&act), id);
	act.what = "/proc/self/mem";
	assert_string_not_equal(id_of(&act), id);
}

/* take_all() - the findings of a table as a result; the table is freed */
static struct fnd_result *take_all(struct fnd_table *t)
{
	struct fnd_result *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	assert_int_equal(fnd_table_take(t, &r->findings, &r->nfindings), 0);
	fnd_table_free(t);
	return r;
}

static void findings_that_differ_in_severity_only_have_numbers(void **state)
{
	struct fnd_act act = { .code = FND_EXEC_UNDECLARED, .exe = "/a", .what = "/b",
			       .severity = FND_INFO };
	struct fnd_table *t = fnd_table_new();
	struct fnd_result *r;
	bool fresh;

	(void)state;
	assert_non_null(fnd_note(t, &act, &fresh));
	act.severity = FND_VIOLATION;
	act.first = act.last = 50;
	assert_non_null(fnd_note(t, &act, &fresh));
	r = take_all(t);
	assert_int_equal(r->nfindings, 2);
	assert_int_equal(r->findings[0].severity, FND_VIOLATION);
	assert_int_equal(strlen(r->findings[0].id), 32);
	assert_memory_equal(r->findings[0].id, r->findings[1].id, 32);
	assert_string_equal(r->findings[1].id + 32, "-2");
	fnd_result_free(r);
}

static void many_findings_of_one_id_are_numbered_in_their_order(void **state)
{
	struct fnd_table *t = fnd_table_new();
	char what[64], want[FND_ID_LEN];
	struct fnd_result *r;
	bool fresh;

	(void)state;
	for (int i = FND_PER_CODE; i > 0; i--) {
		struct fnd_act act = { .code = FND_FILE_UNDECLARED, .what = what,
				       .first = i, .last = i };

		(void)snprintf(what, sizeof(what), "/proc/%d/mem", 1000 + i);
		assert_non_null(fnd_note(t, &act, &fresh));
		if (i % 2)
			continue;
		/* another one that is between them by time */
		(void)snprintf(what, sizeof(what), "/etc/%d", i);
		act.code = FND_FILE_UNEXPLAINED;
		assert_non_null(fnd_note(t, &act, &fresh));
	}
	r = take_all(t);
	assert_int_equal(r->nfindings, FND_PER_CODE + FND_PER_CODE / 2);
	for (size_t i = 0, n = 0; i < r->nfindings; i++) {
		const struct fnd *f = &r->findings[i];

		if (i)
			assert_true(f->first >= r->findings[i - 1].first);
		if (f->code == FND_FILE_UNEXPLAINED) {
			assert_int_equal(strlen(f->id), 32);
			continue;
		}
		if (n++)
			(void)snprintf(want, sizeof(want), "-%zu", n);
		else
			want[0] = '\0';
		assert_memory_equal(f->id, r->findings[0].id, 32);
		assert_string_equal(f->id + 32, want);
	}
	fnd_result_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(two_runs_of_one_product_have_the_same_ids, clean_up),
		cmocka_unit_test(code_program_object_and_rule_each_make_another_finding),
		cmocka_unit_test(only_the_number_of_a_process_is_left_out_of_a_path),
		cmocka_unit_test(findings_that_differ_in_severity_only_have_numbers),
		cmocka_unit_test(many_findings_of_one_id_are_numbered_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
