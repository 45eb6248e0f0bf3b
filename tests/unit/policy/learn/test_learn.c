/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_learn.c - tests of what is learned from records that are told line by line
 */
#include "tests/unit/policy/learn/learn_story.h"

#include "tcbox/own.h"

static void what_was_seen_is_declared_and_told(void **state)
{
	struct pol *p;

	(void)state;
	begin(NULL);
	tell_lookup(10, "u.example", "198.18.0.9");
	tell_talk(11, "198.18.0.9:443", "['u.example']", TLS);
	tell_file("/var/lib/acme/state");
	p = ends();
	assert_int_equal(p->nconns, 1);
	assert_string_equal(p->conns[0].id, "u.example");
	assert_string_equal(p->conns[0].to[0].name, "u.example");
	assert_string_equal(p->conns[0].process, "/opt/acme/agent");
	assert_string_equal(p->conns[0].application, "tls");
	assert_string_equal(p->conns[0].tls_min, "1.3");
	assert_int_equal(p->nnames, 0);
	assert_int_equal(p->nwrite, 1);
	assert_string_equal(p->write[0], "/var/lib/acme/state");
	assert_true(says("Seen in 1 of 1 run"));
	assert_int_equal(tally.rules, 1);
	assert_int_equal(tally.proposals, 0);
	pol_free(p);
}

static void an_address_without_lookup_is_a_proposal(void **state)
{
	struct pol *p;

	(void)state;
	begin(NULL);
	tell_talk(11, "203.0.113.7:443", "[]", ",'app':'tls','tls_version':'1.3','state':'fin'");
	p = ends();
	assert_int_equal(p->nconns, 0);
	assert_int_equal(tally.proposals, 1);
	assert_true(says("an address that no lookup gave"));
	assert_true(says("//\"to\": [\"203.0.113.7\"],"));
	pol_free(p);
}

static void another_name_than_was_looked_up_is_a_proposal(void **state)
{
	struct pol *p;

	(void)state;
	begin(NULL);
	tell_lookup(10, "u.example", "198.18.0.9");
	tell_talk(11, "198.18.0.9:443", "['u.example']",
		  ",'app':'tls','tls_version':'1.3','sni':'front.example','state':'fin'");
	p = ends();
	assert_int_equal(p->nconns, 0);
	assert_true(says("\"front.example\""));
	assert_int_equal(p->nnames, 0);	/* the lookup is no more in force than what followed it */
	pol_free(p);
}

static void a_proposal_without_its_slashes_is_in_force(void **state)
{
	struct pol *p;

	(void)state;
	begin(NULL);
	tell_talk(11, "203.0.113.7:443", "[]", ",'app':'tls','tls_version':'1.3','state':'fin'");
	p = ends();
	pol_free(p);
	for (char *at = learned.data; (at = strstr(at, "//")); at += 2)
		if (at[2] != ' ')
			memcpy(at, "  ", 2);
	if (pol_parse("learned", learned.data, learned.len, &p, &why))
		fail_msg("%s\n%s", why.msg, learned.data);
	assert_int_equal(p->nconns, 1);
	assert_int_equal(p->conns[0].nto, 1);
	pol_free(p);
}

static void what_changes_in_a_path_is_a_star(void **state)
{
	static const struct { const char *path, *glob; } rows[] = {
		{ "/var/lib/acme/state", "/var/lib/acme/state" },
		{ "/tmp/tmpwn4mi51z", "/tmp/*" },
		{ "/tmp/acme-A1b2C3", "/tmp/acme-*" },
		{ "/tmp/report", "/tmp/report" },
		{ "/tmp/Backup", "/tmp/Backup" },
		{ "/home/alice/.acme/db", "/home/*/.acme/db" },
		{ "/var/log/acme/2026-11-30.log", "/var/log/acme/*.log" },
		{ "/var/log/acme/20261130-101502.log", "/var/log/acme/*.log" },
		{ "/var/lib/acme/8f14e45fceea167a5a36dedd4bea2543", "/var/lib/acme/*" },
		{ "/var/lib/acme/123e4567-e89b-12d3-a456-426614174000/x", "/var/lib/acme/*/x" },
		{ "/var/lib/acme/1.2.3/db", "/var/lib/acme/*/db" },
		{ "/srv/r/objects/ab/cdef0123456789abcdef0123456789abcdef01", "/srv/r/objects/*/*" },
		{ "/srv/r/.x.A1b2C3", "/srv/r/.x.*" },
		{ "/srv/r/file2", "/srv/r/file2" },
		{ "/run/acme.3.sock", "/run/acme.*.sock" },
		{ "/proc/77/clear_refs", "/proc/*/clear_refs" },
		{ "/srv/a*b?[c]", "/srv/a\\*b\\?\\[c]" },
		{ "/srv/${home}/x$", "/srv/\\${home}/x$" },
	};
	struct pol *p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(NULL);
		tell_file(rows[i].path);
		p = ends();
		assert_int_equal(p->nwrite, 1);
		assert_string_equal(p->write[0], rows[i].glob);
		assert_true(pol_file_glob(p->write[0], rows[i].path));
		pol_free(p);
		clean_up(state);
	}
}

/* A name that the product looked up, and that would say more in a policy. */
static void a_name_that_is_more_in_a_policy_is_a_proposal(void **state)
{
	static const char *const names[] = { "*.example.com", "0.0.0.0/0", "${architecture}.example" };
	char quoted[64];
	struct pol *p;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		begin(NULL);
		tell_lookup(10, names[i], "203.0.113.7");
		(void)snprintf(quoted, sizeof(quoted), "['%s']", names[i]);
		tell_talk(11, "203.0.113.7:443", quoted, ",'app':'tls','tls_version':'1.3','state':'fin'");
		p = ends();
		assert_int_equal(p->nconns, 0);
		assert_int_equal(p->nnames, 0);
		assert_true(says("a policy has no word for it"));
		pol_free(p);
		clean_up(state);
	}
}

static void a_directory_with_many_files_is_one_glob(void **state)
{
	char path[64];
	struct pol *p;

	(void)state;
	begin(NULL);
	for (char c = 'a'; c < 'a' + 9; c++) {
		(void)snprintf(path, sizeof(path), "/var/lib/acme/%c%c%c", c, c, c);
		tell_file(path);
		(void)snprintf(path, sizeof(path), "/etc/%c%c%c", c, c, c);
		tell_file(path);
	}
	p = ends();
	assert_int_equal(p->nwrite, 10);	/* /etc belongs to many programs */
	assert_string_equal(p->write[9], "/var/lib/acme/**");
	assert_true(says("9 seen"));
	pol_free(p);
}

static void tell_exec(const char *path)
{
	tell("'k':'exec','src':'box','t':230,'proc':2,'path':'%s','exe':'%s','argv':['x'],'sha256':'bb'",
	     path, path);
}

static void nothing_of_the_product_leaves_a_comment_or_a_string(void **state)
{
	static const char *const hostile[] = {
		"/srv/a\\n\\\"names\\\": [\\\"*\\\"],", "/srv/*/ } ] // x", "/srv/\\u2028\\u202e\\u0085x",
		"/srv/\\\\\\\\xff\\\\\\\\\\\"", "/srv/\\r\\n}", "/srv/\\\\xff\\\\xfe", "/srv/\\u0001\\t",
		"/tmp/A1b2C3\\n}//\\\"",
	};
	struct pol *p;

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		begin(NULL);
		tell_file(hostile[i]);
		tell_exec(hostile[i]);
		story.run.argv = (char *[]){ (char[]){ "x\n{\"names\":[\"*\"]}" }, NULL };
		story.run.argc = 1;
		p = ends();
		assert_int_equal(p->nnames, 0);
		assert_int_equal(p->nwrite, 1);
		story.run.argc = 0;
		pol_free(p);
		clean_up(state);
	}
}

static void a_program_that_the_product_wrote_is_told_as_such(void **state)
{
	static const struct {
		const char *written, *outcome;
		bool own;
	} rows[] = {
		{ "/opt/acme/new", "continued", true },
		{ "/opt/acme/other", "continued", false },
		{ "/opt/acme/new", "denied','error':'EACCES", false },
	};
	struct pol *p;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin(NULL);
		tell("'k':'file','src':'box','t':220,'proc':2,'op':'create','path':'%s','outcome':'%s'",
		     rows[i].written, rows[i].outcome);
		tell_exec("/opt/acme/new");
		p = ends();
		assert_int_equal(p->nexecutes, 1);
		assert_string_equal(p->executes[0], "/opt/acme/new");
		assert_int_equal(says("the product itself made this program"), rows[i].own);
		pol_free(p);
		(void)clean_up(state);
	}
}

static void a_run_that_lost_something_is_not_learned_from(void **state)
{
	(void)state;
	begin(NULL);
	tell_file("/var/lib/acme/state");
	tell("'k':'loss','src':'box','t':230,'what':'calls','count':30");
	end();
	assert_int_equal(learn(), -EINVAL);
	assert_non_null(strstr(why.msg, "visit cannot be learned from: it lost evidence"));
}

static void a_run_without_end_is_not_learned_from(void **state)
{
	(void)state;
	begin(NULL);
	tell_file("/var/lib/acme/state");
	end();
	assert_int_equal(learn(), 0);
	story.run.state = RUN_RUNNING;
	assert_int_equal(learn(), -EINVAL);
	assert_non_null(strstr(why.msg, "it has no end"));
	story.run.state = RUN_COMPLETE;
	story.run.exit_signal = 9;
	assert_int_equal(learn(), -EINVAL);
	assert_non_null(strstr(why.msg, "killed, by signal 9"));
}

static void a_run_that_failed_or_was_cut_is_learned_from_only_if_asked_for(void **state)
{
	const struct learn_options asked = { .command = "test", .unfinished_ok = true };

	(void)state;
	begin(NULL);
	tell_file("/var/lib/acme/state");
	end();
	story.run.exit_code = 3;
	assert_int_equal(learn(), -EINVAL);
	assert_non_null(strstr(why.msg, "the product failed, with exit status 3"));
	assert_int_equal(learn_with(&asked), 0);
	assert_true(says("NOTE: it failed or was cut"));
	story.run.timed_out = true;
	assert_int_equal(learn(), -EINVAL);
	assert_non_null(strstr(why.msg, "it was cut, by the time limit"));
	story.run.exit_code = 0;
	story.run.exited = false;
	story.run.exit_signal = 15;
	assert_int_equal(learn(), -EINVAL);
	assert_int_equal(learn_with(&asked), 0);
	story.run.timed_out = false;	/* nobody of ours ended it */
	assert_int_equal(learn_with(&asked), -EINVAL);
	assert_non_null(strstr(why.msg, "killed, by signal 15"));
}

static void a_service_that_ends_in_order_when_told_to_was_not_cut(void **state)
{
	(void)state;
	begin(NULL);
	tell_file("/var/lib/acme/state");
	end();
	story.run.timed_out = true;
	assert_int_equal(learn(), 0);
	assert_false(says("NOTE: it failed or was cut"));
}

static void an_idle_run_is_not_learned_from(void **state)
{
	const struct learn_options fine = { .command = "test", .idle_ok = true };

	(void)state;
	begin(NULL);
	end();
	assert_int_equal(learn(), -EINVAL);
	assert_non_null(strstr(why.msg, "idle"));
	assert_int_equal(learn_with(&fine), 0);
}

static void what_has_to_occur_is_looked_for(void **state)
{
	static const struct { const char *text; const char *missing; } rows[] = {
		{ "/opt/acme/agent\n# a comment\n\n443\nu.example\n", "" },
		{ "/opt/acme/other\n8080\n*.other.example", "program /opt/acme/other, port 8080, name *.other.example" },
		{ "{\"ports\":[443,25],\"names\":[\"u.example\"]}", "port 25" },
		{ "443 ports", NULL }, { "{\"port\":[1]}", NULL }, { "{\"ports\":[\"443\"]}", NULL },
		{ "", NULL }, { "{\"ports\":[70000]}", NULL },
	};
	const struct learn_options options = { .command = "test" };

	(void)state;
	begin(NULL);
	tell_lookup(10, "u.example", "198.18.0.9");
	tell_talk(11, "198.18.0.9:443", "['u.example']", TLS);
	end();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct learn_run run = {
			.label = "visit", .run = &story.run, .evidence = story.evidence,
			.result = story.r,
		};
		struct learn *l = learn_new(&options, &why);
		struct tb_buf missing = TB_BUF_INIT;
		struct learn_wants *w;
		int ret = learn_wants_read("wants", rows[i].text, strlen(rows[i].text), &w, &why);

		assert_int_equal(ret, rows[i].missing ? 0 : -EINVAL);
		assert_int_equal(learn_add(l, &run, &why), 0);
		if (!ret) {
			learn_missing(l, w, &missing);
			assert_string_equal(missing.len ? missing.data : "", rows[i].missing);
		}
		tb_buf_free(&missing);
		learn_wants_free(w);
		learn_free(l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_seen_is_declared_and_told),
		TEST(an_address_without_lookup_is_a_proposal),
		TEST(another_name_than_was_looked_up_is_a_proposal),
		TEST(a_proposal_without_its_slashes_is_in_force),
		TEST(what_changes_in_a_path_is_a_star),
		TEST(a_name_that_is_more_in_a_policy_is_a_proposal),
		TEST(a_directory_with_many_files_is_one_glob),
		TEST(nothing_of_the_product_leaves_a_comment_or_a_string),
		TEST(a_program_that_the_product_wrote_is_told_as_such),
		TEST(a_run_that_lost_something_is_not_learned_from),
		TEST(a_run_without_end_is_not_learned_from),
		TEST(a_run_that_failed_or_was_cut_is_learned_from_only_if_asked_for),
		TEST(a_service_that_ends_in_order_when_told_to_was_not_cut),
		TEST(an_idle_run_is_not_learned_from),
		TEST(what_has_to_occur_is_looked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
