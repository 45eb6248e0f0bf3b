/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story.h - records told line by line, for the tests of the comparison
 *
 * begin() tells of a control process that every layer saw and of a product /opt/acme/agent (proc
 * 2); tell() adds a line, in which the numbering is left out; end() closes the record and compares.
 */
#ifndef TESTS_UNIT_POLICY_COMPARE_STORY_H
#define TESTS_UNIT_POLICY_COMPARE_STORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/gaps.h"
#include "report/words.h"
#include "tests/net.h"
#include "tcbox/compare.h"
#include "tcbox/evidence.h"

#define LATE "90000000000000"	/* of the control at the end, before the last two digits */

static struct {
	struct pol *policy;
	const struct pol *run_policy;	/* the same, unless a test says otherwise */
	struct evd *evd;
	struct run_info run;
	struct rec_read_stats stats;
	struct fnd_result *r;
	const struct evd_facts *evidence;	/* once it was judged */
	uint64_t line, packets;
	bool silent;		/* no producer says how much it saw */
	bool no_last_control;	/* the test tells of it itself */
} story;

/* tell() - one event: "k":..., and so on, with ' for " */
static void __attribute__((format(printf, 1, 2))) tell(const char *fmt, ...)
{
	char text[4096], line[4200];
	struct tb_err err = { 0 };
	struct ev ev;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_in_range(n, 1, sizeof(text) - 1);
	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	story.line++;
	n = snprintf(line, sizeof(line), "{%s,\"n\":%llu%s}", text, (unsigned long long)story.line,
		     strstr(text, "\"t\":") ? "" : ",\"t\":0");
	if (ev_parse(line, (size_t)n, &ev, &err))
		fail_msg("%s: %s", line, err.msg);
	ev.line = story.line;
	if (ev.kind == EV_FLOW)
		story.packets += ev.u.flow.pkts_out + ev.u.flow.pkts_in;
	assert_int_equal(evd_feed(story.evd, &ev), 0);
	ev_clear(&ev);
}

static inline void begin_without_control(const char *policy)
{
	struct tb_err err = { 0 };
	char text[4096];
	int n;

	memset(&story, 0, sizeof(story));
	if (policy) {
		n = snprintf(text, sizeof(text),
			     "{'tcbox_policy':1,'product':{'vendor':'Acme','name':'Agent','version':'1'}%s%s}",
			     *policy ? "," : "", policy);
		for (char *c = text; *c; c++)
			if (*c == '\'')
				*c = '"';
		if (pol_parse("policy", text, (size_t)n, &story.policy, &err))
			fail_msg("%s", err.msg);
	}
	story.run_policy = story.policy;
	story.evd = evd_new(&test_net);
	assert_non_null(story.evd);
	story.run = (struct run_info){
		.state = RUN_COMPLETE, .net = RUN_NET_SIM, .has_policy = policy != NULL,
		.exited = true,
	};
	for (int i = 0; i < EV_SRCS; i++)
		story.stats.final[i] = true;
}

static inline void tell_control(void)
{
	tell("'k':'canary','src':'run','t':1,'name':'c.canary.example','stage':'planned'");
	tell("'k':'proc','src':'box','t':1,'proc':1,'role':'canary'");
	tell("'k':'sock','src':'box','t':2,'proc':1,'call':'sendto','proto':'udp','local':'198.19.255.2:50',"
	     "'remote':'198.19.255.1:53'");
	tell("'k':'flow','src':'net','t':3,'id':1,'end':true,'proto':'udp','local':'198.19.255.2:50','remote':'198.19.255.1:53',"
	     "'first':3,'last':4,'pkts_out':1,'pkts_in':1,'app':'dns'");
	tell("'k':'lookup','src':'lab','t':3,'name':'c.canary.example','type':'A','rcode':'NOERROR',"
	     "'addrs':['198.18.0.1'],'server':'198.19.255.1:53'");
	tell("'k':'lookup','src':'net','t':4,'name':'c.canary.example','type':'A','rcode':'NOERROR',"
	     "'addrs':['198.18.0.1'],'flow':1,"
	     "'server':'198.19.255.1:53'");
	tell("'k':'sock','src':'box','t':5,'proc':1,'call':'connect','proto':'tcp','local':'198.19.255.2:51',"
	     "'remote':'198.18.0.1:80'");
	tell("'k':'flow','src':'net','t':6,'id':2,'end':true,'proto':'tcp','local':'198.19.255.2:51',"
	     "'remote':'198.18.0.1:80','first':6,"
	     "'last':7,'pkts_out':3,'pkts_in':2,'names':['c.canary.example']");
}

static inline void tell_product(void)
{
	tell("'k':'proc','src':'box','t':100,'proc':2,'role':'product','pid':3");
	tell("'k':'exec','src':'box','t':100,'proc':2,'path':'/opt/acme/agent','exe':'/opt/acme/agent',"
	     "'argv':['agent'],'sha256':'aa'");
}

static inline void begin(const char *policy)
{
	begin_without_control(policy);
	tell_control();
	tell_product();
}

/* observed() - what the report says that was seen; lives until the next call */
static inline const char *observed(const struct fnd *f)
{
	static char text[8192];
	struct tb_buf b = TB_BUF_INIT;

	words_observed(&b, f);
	(void)snprintf(text, sizeof(text), "%s", b.len ? b.data : "");
	tb_buf_free(&b);
	return text;
}

/* assert_findings() - what is true of all of them: they are counted, and say what was seen */
static inline void assert_findings(void)
{
	for (size_t i = 0; i < story.r->nfindings; i++) {
		const struct fnd *f = &story.r->findings[i];
		/* of what was not seen there may be nothing to tell */
		bool absent = f->code == FND_MISSING_REQUIRED || f->code == FND_EVIDENCE_LOST;

		assert_true(f->count > 0);
		assert_true(f->last >= f->first);
		if (!*observed(f))
			fail_msg("%s %s says nothing", fnd_code_name(f->code),
				 f->object ? f->object : "(the rest)");
		if (f->object && !absent && !f->seen[0].details.n)
			fail_msg("%s %s has no details", fnd_code_name(f->code), f->object);
	}
}

/* judge() - join and compare. @stats: how the record was read, or NULL */
static inline void judge(const struct rec_read_stats *stats)
{
	struct cmp_input in = {
		.policy = story.policy, .run_policy = story.run_policy,
		.run = &story.run, .stats = stats,
	};
	struct tb_err err = { 0 };

	assert_int_equal(evd_finish(story.evd, &in.evidence, &err), 0);
	story.evidence = in.evidence;
	assert_int_equal(cmp_compare(&in, &story.r, &err), 0);
	assert_findings();
}

/* tell_last_control() - after all that a test tells, its times and numbers are greater */
static inline void tell_last_control(void)
{
	tell("'k':'canary','src':'run','t':%s00,'name':'c.canary.example','at':'end','stage':'planned'",
	     LATE);
	tell("'k':'proc','src':'box','t':%s01,'proc':999999,'role':'canary','how':'control'", LATE);
	tell("'k':'sock','src':'box','t':%s02,'proc':999999,'call':'sendto','proto':'udp',"
	     "'local':'198.19.255.2:65001','remote':'198.19.255.1:53'",
	     LATE);
	tell("'k':'flow','src':'net','t':%s03,'id':999998,'end':true,'proto':'udp','local':'198.19.255.2:65001',"
	     "'remote':'198.19.255.1:53','first':%s03,'last':%s04,'pkts_out':1,'pkts_in':1,'app':'dns'",
	     LATE, LATE, LATE);
	for (int i = 0; i < 2; i++)
		tell("'k':'lookup','src':'%s','t':%s04,'name':'c.canary.example','type':'A','rcode':'NOERROR',"
		     "'addrs':['198.18.0.1'],'server':'198.19.255.1:53'%s",
		     i ? "net" : "lab", LATE, i ? ",'flow':999998" : "");
	tell("'k':'sock','src':'box','t':%s05,'proc':999999,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:65002','remote':'198.18.0.1:80'",
	     LATE);
	tell("'k':'flow','src':'net','t':%s06,'id':999999,'end':true,'proto':'tcp','local':'198.19.255.2:65002',"
	     "'remote':'198.18.0.1:80','first':%s06,'last':%s07,'pkts_out':3,'pkts_in':2,"
	     "'names':['c.canary.example']",
	     LATE, LATE, LATE);
}

static inline void end(void)
{
	if (!story.no_last_control)
		tell_last_control();
	if (!story.silent) {
		tell("'k':'counters','src':'capture','values':{'packets_captured':%llu,'packets_unaccounted':0,"
		     "'packets_dropped':0},'final':true",
		     (unsigned long long)story.packets);
		tell("'k':'counters','src':'net','values':{'packets_decoded':%llu},'final':true",
		     (unsigned long long)story.packets);
	}
	judge(&story.stats);
}

static inline int clean_up(void **state)
{
	(void)state;
	fnd_result_free(story.r);
	evd_free(story.evd);
	pol_free(story.policy);
	memset(&story, 0, sizeof(story));
	return 0;
}

/* finding() - the first finding with this code; NULL if there is none */
static inline const struct fnd *finding(const char *code)
{
	for (size_t i = 0; i < story.r->nfindings; i++)
		if (!strcmp(fnd_code_name(story.r->findings[i].code), code))
			return &story.r->findings[i];
	return NULL;
}

static inline size_t findings(const char *code)
{
	size_t n = 0;

	for (size_t i = 0; i < story.r->nfindings; i++)
		n += !strcmp(fnd_code_name(story.r->findings[i].code), code);
	return n;
}

static inline bool has_gap(const char *word, bool blocks_conforms)
{
	bool found = false;

	for (size_t i = 0; i < story.r->ngaps && !found; i++) {
		const struct fnd_gap *g = &story.r->gaps[i];
		struct tb_buf b = TB_BUF_INIT;

		gaps_what(&b, g);
		tb_buf_addc(&b, '\n');
		gaps_why(&b, g->code, &g->details);
		found = g->blocks_conforms == blocks_conforms && strstr(b.data, word);
		tb_buf_free(&b);
	}
	return found;
}

static inline void assert_verdict(enum fnd_verdict v)
{
	if (story.r->verdict != v)
		fail_msg("it %s", fnd_verdict_name(story.r->verdict));
}

#endif
