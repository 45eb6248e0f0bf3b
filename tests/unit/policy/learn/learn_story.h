/* SPDX-License-Identifier: Apache-2.0 */
/*
 * learn_story.h - records that are told line by line, and what is learned from them
 */
#ifndef TESTS_UNIT_POLICY_LEARN_LEARN_STORY_H
#define TESTS_UNIT_POLICY_LEARN_LEARN_STORY_H

#include "tests/unit/policy/compare/story.h"

#include <errno.h>

#include "tcbox/learn.h"

static struct tb_buf learned;
static struct learn_tally tally;
static struct tb_err why;

/* learn() - from the story. Return: as learn_add() */
static inline int learn_with(const struct learn_options *options)
{
	const struct learn_run run = {
		.label = "visit", .run = &story.run, .evidence = story.evidence, .result = story.r,
	};
	struct learn *l;
	int ret;

	why = (struct tb_err){ 0 };
	tb_buf_free(&learned);
	l = learn_new(options, &why);
	assert_non_null(l);
	ret = learn_add(l, &run, &why);
	if (!ret)
		ret = learn_policy(l, &learned, &tally, &why);
	learn_free(l);
	return ret;
}

static inline int learn(void)
{
	return learn_with(&(struct learn_options){ .command = "test" });
}

/* ends() - close the story, and learn from it: the text is a policy */
static inline struct pol *ends(void)
{
	struct pol *p = NULL;

	end();
	if (learn())
		fail_msg("%s", why.msg);
	if (pol_parse("learned", learned.data, learned.len, &p, &why))
		fail_msg("%s\n%s", why.msg, learned.data);
	return p;
}

static inline bool says(const char *text)
{
	return strstr(learned.data, text) != NULL;
}

static inline int clean_learned(void **state)
{
	tb_buf_free(&learned);
	return clean_up(state);
}

/* tell_lookup() - of a name, by the agent */
static inline void tell_lookup(int id, const char *name, const char *addr)
{
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'sendto','proto':'udp','local':'198.19.255.2:%d',"
	     "'remote':'198.19.255.1:53'", 6000 + id);
	tell("'k':'flow','src':'net','t':201,'id':%d,'end':true,'proto':'udp','local':'198.19.255.2:%d',"
	     "'remote':'198.19.255.1:53','first':201,'last':202,'pkts_out':1,'pkts_in':1,'app':'dns'",
	     id, 6000 + id);
	for (int i = 0; i < 2; i++)
		tell("'k':'lookup','src':'%s','t':202,'name':'%s','type':'A','rcode':'NOERROR',"
		     "'addrs':['%s'],'server':'198.19.255.1:53'", i ? "net" : "lab", name, addr);
}

/* tell_talk() - a conversation of the agent. @names: as a JSON array, or "[]" */
static inline void tell_talk(int id, const char *remote, const char *names, const char *more)
{
	tell("'k':'sock','src':'box','t':210,'proc':2,'call':'connect','proto':'tcp','local':'198.19.255.2:%d',"
	     "'remote':'%s'", 7000 + id, remote);
	tell("'k':'flow','src':'net','t':211,'id':%d,'end':true,'proto':'tcp','local':'198.19.255.2:%d',"
	     "'remote':'%s','first':211,'last':212,'pkts_out':3,'pkts_in':2,'bytes_out':300,'bytes_in':200,"
	     "'names':%s%s", id, 7000 + id, remote, names, more);
}

static inline void tell_file(const char *path)
{
	tell("'k':'file','src':'box','t':220,'proc':2,'op':'create','path':'%s','outcome':'continued'",
	     path);
}

#define TLS ",'app':'tls','tls_version':'1.3','sni':'u.example','state':'fin'"

/* tell_request() - in the conversation @id with @remote. @more: further members of the request */
static inline void tell_request(int id, const char *remote, const char *method, const char *path,
				const char *more)
{
	tell("'k':'request','src':'lab','t':211,'service':'https','client':'198.19.255.2:%d','server':'%s',"
	     "'first':211,'method':'%s','path':'%s'%s", 7000 + id, remote, method, path, more);
}

#define TEST(name) cmocka_unit_test_teardown(name, clean_learned)

#endif
