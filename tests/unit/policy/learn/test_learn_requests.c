/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_learn_requests.c - tests of requests of HTTP that become rules
 */
#include "tests/unit/policy/learn/learn_story.h"

#include "policy/match.h"

#define REMOTE "198.18.0.9:443"

/* asks() - a story with one conversation, for the requests that follow */
static void asks(const char *policy)
{
	begin(policy);
	tell_lookup(10, "u.example", "198.18.0.9");
	tell_talk(11, REMOTE, "['u.example']", TLS);
}

static void tell_get(const char *path)
{
	tell_request(11, REMOTE, "GET", path, ",'tls_version':'1.3'");
}

/* requested() - the policy, learned with the requests */
static struct pol *requested(void)
{
	const struct learn_options with = { .command = "test", .requests = true };
	struct pol *p = NULL;

	end();
	if (learn_with(&with))
		fail_msg("%s", why.msg);
	if (pol_parse("learned", learned.data, learned.len, &p, &why))
		fail_msg("%s\n%s", why.msg, learned.data);
	return p;
}

static void requests_are_declared_only_if_asked_for(void **state)
{
	struct pol *p;

	(void)state;
	asks(NULL);
	tell_get("/list?x=1");
	p = ends();
	assert_int_equal(p->nconns, 1);
	assert_int_equal(p->conns[0].npaths, 0);
	assert_true(says("asked for \"GET /list\""));
	pol_free(p);
	assert_int_equal(clean_learned(state), 0);

	asks(NULL);
	tell_get("/list?x=1");
	p = requested();
	assert_int_equal(p->nconns, 1);
	assert_int_equal(p->conns[0].nmethods, 1);
	assert_string_equal(p->conns[0].methods[0], "GET");
	assert_int_equal(p->conns[0].npaths, 1);
	assert_string_equal(p->conns[0].paths[0], "/list");
	pol_free(p);
}

static void what_changes_in_the_path_of_a_url_is_a_star(void **state)
{
	static const struct { const char *path, *glob; } rows[] = {
		{ "/", "/" },
		{ "/api/v2/list", "/api/v2/list" },
		{ "/users/17", "/users/*" },
		{ "/dl/agent-4.2.1.tar.gz", "/dl/agent-*.tar.gz" },
		{ "/log/2026-11-30/x", "/log/*/x" },
		{ "/o/123e4567-e89b-12d3-a456-426614174000", "/o/*" },
		{ "/s/dGhpc0lzQTFSYW5kb20x/x", "/s/*/x" },
		{ "/GetDeviceConfiguration", "/GetDeviceConfiguration" },
		{ "/a//b/", "/a//b/" },
		{ "/a*b", "/a\\*b" },
		{ "/a/../17", "/a/../17" },
		{ "/**?x=/../y", "/\\*\\*" },
		{ "/a/../*", "/a/../\\*" },
		{ "/../${home}", "/../\\${home}" },
		{ "/x/${home}", "/x/\\${home}" },
	};
	struct pol *p;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		asks(NULL);
		tell_get(rows[i].path);
		p = requested();
		assert_int_equal(p->nconns, 1);
		assert_int_equal(p->conns[0].npaths, 1);
		assert_string_equal(p->conns[0].paths[0], rows[i].glob);
		assert_true(match_request(&p->conns[0], "GET", rows[i].path));
		assert_false(match_request(&p->conns[0], "GET", "/secret/upload"));
		assert_int_equal(says("; * for "), strchr(rows[i].glob, '*') &&
				 !strchr(rows[i].glob, '\\'));
		pol_free(p);
		assert_int_equal(clean_learned(state), 0);
	}
}

static void no_method_is_declared_for_a_path_that_it_was_not_seen_with(void **state)
{
	struct pol *p;

	(void)state;
	asks(NULL);
	tell_get("/list");
	tell_request(11, REMOTE, "POST", "/report", ",'tls_version':'1.3'");
	tell_get("/news");
	p = requested();
	assert_int_equal(p->nconns, 2);
	assert_string_equal(p->conns[0].id, "u.example");
	assert_int_equal(p->conns[0].npaths, 2);
	assert_string_equal(p->conns[1].id, "u.example-post");
	assert_string_equal(p->conns[1].methods[0], "POST");
	assert_int_equal(p->conns[1].npaths, 1);
	pol_free(p);
}

static void many_paths_of_one_place_are_one(void **state)
{
	char path[32];
	struct pol *p;

	(void)state;
	asks(NULL);
	for (char c = 'a'; c < 'a' + 9; c++) {
		(void)snprintf(path, sizeof(path), "/files/%c%c%c", c, c, c);
		tell_get(path);
	}
	p = requested();
	assert_int_equal(p->nconns, 1);
	assert_int_equal(p->conns[0].npaths, 1);
	assert_string_equal(p->conns[0].paths[0], "/files/**");
	assert_true(says("everything below (9 seen"));
	pol_free(p);
}

static void what_could_not_be_read_keeps_any_request_declared(void **state)
{
	static const char *const unread[] = {
		",'unread':true", ",'count':2", ",'cut':true",
	};
	struct pol *p;

	for (size_t i = 0; i < sizeof(unread) / sizeof(unread[0]); i++) {
		asks(NULL);
		tell_get("/list");
		tell_request(11, REMOTE, "GET", "/more", unread[i]);
		p = requested();
		assert_int_equal(p->nconns, 1);
		assert_int_equal(p->conns[0].npaths, 0);
		assert_true(says("not all that was asked for could be read"));
		pol_free(p);
		assert_int_equal(clean_learned(state), 0);
	}
}

#define BASE \
	"'connections':[{'id':'u','to':['u.example'],'http':{'methods':['GET'],'paths':['/list']}}]," \
	"'executes':[]"

/* amended() - @text, with what the story has more. It is the policy of the story */
static void amended(const char *text)
{
	const struct learn_options options = { .command = "test", .idle_ok = true,
					       .base = story.policy };
	const struct learn_run run = { .label = "visit", .run = &story.run,
				       .evidence = story.evidence, .result = story.r };
	struct learn *l = learn_new(&options, &why);

	assert_non_null(l);
	tb_buf_free(&learned);
	assert_int_equal(learn_add(l, &run, &why), 0);
	assert_int_equal(learn_amend(l, text, strlen(text), &learned, &tally, &why), 0);
	learn_free(l);
}

static const char base_text[] =
	"{\n"
	"  \"tcbox_policy\": 1,\n"
	"  \"connections\": [\n"
	"    { \"id\": \"u\", \"to\": [\"u.example\"],\n"
	"      \"http\": { \"methods\": [\"GET\"], \"paths\": [\"/list\"] } },\n"
	"  ],\n"
	"\n"
	"  // It started no other program.\n"
	"  \"executes\": [\n"
	"  ],\n"
	"}\n";

static void a_request_that_breaks_a_rule_is_proposed_alone(void **state)
{
	char *before;

	(void)state;
	asks(BASE);
	tell_get("/list");
	tell_get("/other/17");
	end();
	amended(base_text);
	assert_int_equal(tally.proposals, 1);
	assert_true(says("breaks a rule of this policy (\"u\")"));
	assert_true(says("//\"paths\": [\"/other/*\"],"));
	assert_false(says("//\"paths\": [\"/list\""));

	before = strdup(learned.data);
	assert_non_null(before);
	amended(before);
	assert_string_equal(learned.data, before);	/* it is proposed once */
	assert_int_equal(tally.known, 1);
	assert_int_equal(tally.proposals, 0);
	free(before);
}

static void no_sentence_stays_that_is_no_more_true(void **state)
{
	(void)state;
	asks(BASE);
	tell_get("/list");
	tell("'k':'exec','src':'box','t':230,'proc':2,'path':'/usr/bin/id','exe':'/usr/bin/id','argv':['id'],'sha256':'bb'");
	end();
	amended(base_text);
	assert_false(says("It started no other program."));
	assert_true(says("  // Programs that it starts, beside its own first one.\n  \"executes\": [\n"));
	assert_true(says("\"/usr/bin/id\","));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests_are_declared_only_if_asked_for),
		TEST(what_changes_in_the_path_of_a_url_is_a_star),
		TEST(no_method_is_declared_for_a_path_that_it_was_not_seen_with),
		TEST(many_paths_of_one_place_are_one),
		TEST(what_could_not_be_read_keeps_any_request_declared),
		TEST(a_request_that_breaks_a_rule_is_proposed_alone),
		TEST(no_sentence_stays_that_is_no_more_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
