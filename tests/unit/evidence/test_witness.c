/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_witness.c - tests of evidence/witness.c: which changes on disk a recorded act explains
 */
#include "tests/unit/evidence/tell.h"

#define ACT(op, path) "'k':'file','src':'box','proc':2,'op':'" op "','path':'" path "'"
#define CHANGE(type, path) \
	"'k':'change','src':'disk','op':'changed','path':'" path "','type':'" type "'"

static void a_change_is_explained_by_an_act_on_its_path(void **state)
{
	(void)state;
	product();
	tell(ACT("write", "/x"));
	tell(CHANGE("file", "/x"));
	tell(CHANGE("file", "/y"));
	(void)finish();
	assert_true(told.facts->changes[0].explained);
	assert_false(told.facts->changes[0].moved);
	assert_false(told.facts->changes[1].explained);
}

static void a_refused_act_explains_nothing(void **state)
{
	(void)state;
	product();
	tell(ACT("write", "/x") ",'outcome':'denied'");
	tell(CHANGE("file", "/x"));
	(void)finish();
	assert_false(told.facts->changes[0].explained);
}

static void mkdir_of_a_file_does_not_explain_that_it_was_written(void **state)
{
	(void)state;
	product();
	tell(ACT("mkdir", "/file") ",'outcome':'tried'");
	tell(ACT("mkdir", "/directory"));
	tell(ACT("write", "/both"));
	tell(ACT("mkdir", "/both") ",'outcome':'tried'");
	tell(CHANGE("file", "/file"));
	tell(CHANGE("directory", "/directory"));
	tell(CHANGE("file", "/both"));
	(void)finish();
	assert_false(told.facts->changes[0].explained);
	assert_true(told.facts->changes[1].explained);
	assert_true(told.facts->changes[2].explained);
}

static void what_is_below_a_renamed_directory_was_moved(void **state)
{
	(void)state;
	product();
	tell(ACT("rename", "/a/b") ",'path2':'/c'");
	tell(ACT("write", "/c/own"));
	tell(CHANGE("file", "/a/b/x/y"));
	tell(CHANGE("file", "/c/own"));
	tell(CHANGE("file", "/a/other"));
	(void)finish();
	assert_true(told.facts->changes[0].explained);
	assert_true(told.facts->changes[0].moved);
	assert_true(told.facts->changes[1].explained);
	assert_false(told.facts->changes[1].moved);
	assert_false(told.facts->changes[2].explained);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_change_is_explained_by_an_act_on_its_path),
		TEST(a_refused_act_explains_nothing),
		TEST(mkdir_of_a_file_does_not_explain_that_it_was_written),
		TEST(what_is_below_a_renamed_directory_was_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
