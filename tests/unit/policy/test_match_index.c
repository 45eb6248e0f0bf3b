/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_match_index.c - tests of policy/match_index.c: the index finds what looking at every rule
 * finds, and asks few
 */
#include "policy/match.h"
#include "policy/rank.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RULES 400
#define FLOWS 10000

static uint64_t seed = 88172645463325252u;

/* next() - xorshift64: the same numbers in every run */
static uint32_t next(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 11) % n);
}

static const char *const labels[] = { "a", "b", "cdn", "cdn1", "api", "x" };
static const char *const tops[] = { "acme.example", "n.example", "o.example", "p.q.example",
				    "b.acme.example",
				   "other.example", "example", "a.b.other.example" };
static const char *const protos[] = { "tcp", "udp", "icmp", "icmpv6" };
static const char *const programs[] = { "/opt/acme/agent", "/opt/acme/sub/helper", "/bin/sh",
					"/usr/bin/curl" };
static const char *const globs[] = { "/opt/acme/*", "/opt/**", "/bin/sh", "**" };
static const char *const apps[] = { "tls", "http", "dns", "ssh", "unknown" };
static const uint16_t ports[] = { 0, 53, 80, 443, 1023, 1024, 8080, 65535 };
#define PICK(a) ((a)[next(sizeof(a) / sizeof((a)[0]))])

static char *random_name(bool glob)
{
	char out[128];
	const char *left = glob ? next(3) ? "*" : "c*" : PICK(labels);

	if (next(3))
		(void)snprintf(out, sizeof(out), "%s.%s", left, PICK(tops));
	else
		(void)snprintf(out, sizeof(out), "%s.%s.%s", left, PICK(labels), PICK(tops));
	if (glob && next(500) == 0)
		(void)snprintf(out, sizeof(out), "*");
	return strdup(out);
}

static void random_addr(struct ev_addr *a)
{
	memset(a, 0, sizeof(*a));
	a->family = next(2) ? AF_INET : AF_INET6;
	for (size_t i = 0; i < (a->family == AF_INET ? 4u : 16u); i++)
		a->ip[i] = (uint8_t)(next(3) * 0x55);
}

/* mask() - networks have no bits behind their prefix: the reader of policies refuses others */
static void mask(struct pol_dest *d)
{
	for (unsigned int bit = d->prefix; bit < 128; bit++)
		d->net.ip[bit / 8] = (uint8_t)(d->net.ip[bit / 8] & ~(0x80u >> (bit % 8)));
}

static void random_dest(struct pol_dest *d)
{
	d->kind = next(3);
	if (d->kind != POL_DEST_NET) {
		d->name = random_name(d->kind == POL_DEST_GLOB);
		return;
	}
	random_addr(&d->net);
	d->prefix = d->net.family == AF_INET ? 8 + next(25) : 32 + next(97);
	mask(d);
}

static void random_rule(struct pol_conn *r, size_t i)
{
	char id[24];

	(void)snprintf(id, sizeof(id), "r%zu", i);
	r->id = strdup(id);
	r->process = next(3) ? NULL : strdup(PICK(globs));
	r->protocol = next(2) ? NULL : strdup(PICK(protos));
	r->application = next(2) ? NULL : strdup(PICK(apps));
	r->tls_min = next(4) ? NULL : strdup("1.2");
	r->nto = next(100) ? 1 + next(3) : 0;
	r->to = calloc(r->nto + 1, sizeof(*r->to));
	for (size_t j = 0; j < r->nto; j++)
		random_dest(&r->to[j]);
	r->nports = next(4);
	r->ports = calloc(r->nports + 1, sizeof(*r->ports));
	for (size_t j = 0; j < r->nports; j++) {
		uint16_t a = PICK(ports), b = next(2) ? a : PICK(ports);

		r->ports[j] = (struct pol_range){ a < b ? a : b, a < b ? b : a };
	}
}

static struct pol *random_policy(size_t n)
{
	struct pol *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->conns = calloc(n, sizeof(*p->conns));
	assert_non_null(p->conns);
	p->nconns = n;
	for (size_t i = 0; i < n; i++)
		random_rule(&p->conns[i], i);
	p->nnames = n / 10;
	p->names = calloc(p->nnames + 1, sizeof(*p->names));
	assert_non_null(p->names);
	for (size_t i = 0; i < p->nnames; i++)
		p->names[i] = random_name(next(2));
	assert_int_equal(rank_rules(p), 0);
	return p;
}

static struct match brute(const struct pol *p, const struct match_flow *f)
{
	struct match best = { MATCH_NONE, 0, false };
	struct match_parts parts;

	for (size_t i = 0; i < p->nconns; i++) {
		enum match_level level;

		match_rule(&p->conns[i], f, &parts);
		level = match_level(&parts);
		if (level > best.level || (level == best.level && level != MATCH_NONE &&
					   p->conns[i].rank < p->conns[best.rule].rank))
			best = (struct match){ level, i, parts.by_address };
	}
	return best;
}

static size_t levels[MATCH_FULL + 1];	/* how often each was the answer */

static void compare_policy(size_t rules, size_t flows)
{
	struct pol *p = random_policy(rules);
	struct match_index *m = match_index_conns(p);

	assert_non_null(m);
	for (size_t i = 0; i < flows; i++) {
		char *names[2] = { random_name(false), random_name(false) };
		struct ev_addr remote;
		struct match_flow f = { .exe = next(5) ? PICK(programs) : NULL,
					.names = (const char *const *)names,
					.aliases = { next(3) ? NULL : PICK(programs) },
					.nnames = next(3),
					.remote = &remote, .proto = PICK(protos),
					.app = next(4) ? PICK(apps) : NULL,
					.tls_version = next(2) ? "1.1" : "1.3",
						.bytes = next(600) };
		struct match got, want;

		random_addr(&remote);
		remote.port = PICK(ports);
		want = brute(p, &f);
		assert_int_equal(match_find(m, &f, &got), want.level != MATCH_NONE);
		assert_int_equal(got.level, want.level);
		if (want.level != MATCH_NONE) {
			assert_int_equal(got.rule, want.rule);
			assert_int_equal(got.by_address, want.by_address);
		}
		levels[want.level]++;
		free(names[0]);
		free(names[1]);
	}
	match_index_free(m);
	pol_free(p);
}

static void the_index_finds_what_looking_at_every_rule_finds(void **state)
{
	(void)state;
	for (size_t n = 1; n < 40; n++)		/* a million flows in all */
		compare_policy(n, 25500);
	compare_policy(RULES, FLOWS);
	compare_policy(100000, 50);
	for (size_t i = 0; i <= MATCH_FULL; i++)
		assert_true(levels[i] > 100);	/* or this test says nothing about the level */
}

/* is_declared() - by any destination of a rule, or any pattern of names */
static bool is_declared(const struct pol *p, const char *name)
{
	for (size_t i = 0; i < p->nconns; i++)
		for (size_t j = 0; j < p->conns[i].nto; j++)
			if (p->conns[i].to[j].kind != POL_DEST_NET &&
			    pol_name_glob(p->conns[i].to[j].name, name))
				return true;
	for (size_t i = 0; i < p->nnames; i++)
		if (pol_name_glob(p->names[i], name))
			return true;
	return false;
}

static size_t declared[2];	/* how often a name was not, and was */

static void compare_names(void)
{
	struct pol *p = random_policy(30);
	struct match_index *conns = match_index_conns(p), *names = match_index_names(p);

	assert_non_null(conns);
	assert_non_null(names);
	for (size_t i = 0; i < 1000; i++) {
		char *name = random_name(false);
		bool got = match_find_name(conns, name) >= 0 || match_find_name(names, name) >= 0;

		assert_int_equal(got, is_declared(p, name));
		declared[got]++;
		free(name);
	}
	match_index_free(conns);
	match_index_free(names);
	pol_free(p);
}

static void names_are_declared_exactly_when_some_pattern_matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8; i++)
		compare_names();
	assert_true(declared[false] && declared[true]);
}

static void the_first_of_several_patterns_is_the_one_that_is_counted(void **state)
{
	char *patterns[] = { strdup("b.example"), strdup("*.a.example"), strdup("x.a.example"),
			     strdup("*") };
	struct pol p = { .names = patterns, .nnames = 4 };
	struct match_index *m = match_index_names(&p);

	(void)state;
	assert_non_null(m);
	assert_int_equal(match_find_name(m, "x.a.example"), 1);
	assert_int_equal(match_find_name(m, "b.example"), 0);
	assert_int_equal(match_find_name(m, "a.example"), 3);
	assert_int_equal(match_find_name(m, "xa.example"), 3);
	match_index_free(m);
	for (size_t i = 0; i < 4; i++)
		free(patterns[i]);
}

static void names_too_long_to_be_names_match_nothing_and_harm_nothing(void **state)
{
	char *pattern = strdup("*.example"), *name = malloc(100001);
	struct pol p = { .names = &pattern, .nnames = 1 };
	struct match_index *m = match_index_names(&p);

	(void)state;
	assert_non_null(m);
	assert_non_null(name);
	for (size_t len = 1; len <= 100000; len = len * 3 / 2 + 1) {
		memset(name, '.', len);
		name[len] = '\0';
		assert_int_equal(match_find_name(m, name), -1);
		memset(name, 'a', len);
		assert_int_equal(match_find_name(m, name), -1);
	}
	match_index_free(m);
	free(name);
	free(pattern);
}

/* What the index is for: how often rules and globs of processes are looked at. */
static size_t asked, matched;

void __real_match_rule(const struct pol_conn *rule, const struct match_flow *f,
		       struct match_parts *out);
void __wrap_match_rule(const struct pol_conn *rule, const struct match_flow *f,
		       struct match_parts *out);
bool __real_pol_program_glob(const char *pattern, const char *path);
bool __wrap_pol_program_glob(const char *pattern, const char *path);

void __wrap_match_rule(const struct pol_conn *rule, const struct match_flow *f,
		       struct match_parts *out)
{
	asked++;
	__real_match_rule(rule, f, out);
}

bool __wrap_pol_program_glob(const char *pattern, const char *path)
{
	matched++;
	return __real_pol_program_glob(pattern, path);
}

#define MANY 100

/* A policy of MANY rules, each with one destination and one range of ports. */
struct many {
	struct pol p;
	struct pol_conn conns[MANY];
	struct pol_dest to[MANY];
	struct pol_range ports[MANY];
	char names[MANY][32];
	struct match_index *index;
};

static void make_many(struct many *m)
{
	memset(m, 0, sizeof(*m));
	m->p.conns = m->conns;
	m->p.nconns = MANY;
	for (size_t i = 0; i < MANY; i++) {
		m->conns[i].to = &m->to[i];
		m->conns[i].nto = 1;
		m->conns[i].ports = &m->ports[i];
		m->to[i].name = m->names[i];
	}
}

/* asked_for() - how many rules a flow to a name or an address asks. @rule: which one it finds, -1:
 * none */
static size_t asked_for(struct many *m, const char *name, const char *remote, long rule)
{
	struct match_flow f = { .names = &name, .nnames = name != NULL, .proto = "tcp" };
	struct ev_addr addr;
	struct match found;
	bool any;

	assert_int_equal(ev_addr_parse(remote, &addr), 0);
	f.remote = &addr;
	if (!m->index)
		m->index = match_index_conns(&m->p);
	assert_non_null(m->index);
	asked = 0;
	any = match_find(m->index, &f, &found);
	assert_int_equal(any ? (long)found.rule : -1, rule);
	return asked;
}

static void of_many_destinations_only_that_of_the_flow_is_asked(void **state)
{
	static const char *const before[] = { "", "*.", "c*.", "a.*." };
	static const char *const flows[] = {
		"n7.example", "x.y.n7.example", "cdn.n7.example", "a.b.n7.example",
	};
	struct many m;

	(void)state;
	for (size_t kind = 0; kind < sizeof(before) / sizeof(before[0]); kind++) {
		make_many(&m);
		for (size_t i = 0; i < MANY; i++) {
			m.conns[i].nports = 0;
			m.to[i].kind = kind ? POL_DEST_GLOB : POL_DEST_NAME;

			(void)snprintf(m.names[i], sizeof(m.names[i]), "%sn%zu.example", before[kind], i);
		}
		assert_int_equal(asked_for(&m, flows[kind], "192.0.2.1:443", 7), 1);
		assert_int_equal(asked_for(&m, "n1000.example", "192.0.2.1:443", -1), 0);
		assert_int_equal(asked_for(&m, NULL, "192.0.2.1:443", -1), 0);
		match_index_free(m.index);
	}
}

static void of_many_networks_only_that_of_the_flow_is_asked(void **state)
{
	static const struct {
		const char *first;
		unsigned int prefix, byte;
		const char *in, *beside;
	} rows[] = {
		{ "10.0.0.0", 24, 2, "10.0.7.255:1", "10.1.7.0:1" },
		{ "10.0.0.0", 32, 3, "10.0.0.7:1", "10.0.1.7:1" },
		{ "2001:db8::", 128, 15, "[2001:db8::7]:1", "[2001:db8::1:7]:1" },
		{ "2001:db8::", 56, 6, "[2001:db8:0:7ff::1]:1", "[2001:db9:0:7ff::1]:1" },
	};
	struct many m;

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		make_many(&m);
		for (size_t i = 0; i < MANY; i++) {
			m.to[i].kind = POL_DEST_NET;
			m.to[i].prefix = rows[row].prefix;
			assert_int_equal(ev_addr_parse(rows[row].first, &m.to[i].net), 0);
			m.to[i].net.ip[rows[row].byte] = (uint8_t)i;
		}
		assert_int_equal(asked_for(&m, NULL, rows[row].in, 7), 1);
		assert_int_equal(asked_for(&m, NULL, rows[row].beside, -1), 0);
		match_index_free(m.index);
	}
}

static void networks_that_end_inside_a_byte_are_kept_apart(void **state)
{
	struct many m;

	(void)state;
	make_many(&m);
	for (size_t i = 0; i < MANY; i++) {	/* /29: eight addresses each */
		m.to[i].kind = POL_DEST_NET;
		m.to[i].prefix = 29;
		assert_int_equal(ev_addr_parse("10.0.0.0", &m.to[i].net), 0);
		m.to[i].net.ip[2] = (uint8_t)(i / 32);
		m.to[i].net.ip[3] = (uint8_t)(i % 32 * 8);
	}
	assert_int_equal(asked_for(&m, NULL, "10.0.0.55:1", 6), 1);
	assert_int_equal(asked_for(&m, NULL, "10.0.0.56:1", 7), 1);
	assert_int_equal(asked_for(&m, NULL, "10.0.0.63:1", 7), 1);
	assert_int_equal(asked_for(&m, NULL, "10.0.0.64:1", 8), 1);
	assert_int_equal(asked_for(&m, NULL, "10.0.3.31:1", 99), 1);
	assert_int_equal(asked_for(&m, NULL, "10.0.3.32:1", -1), 0);
	match_index_free(m.index);
}

static void of_many_rules_for_one_host_only_those_of_the_port_are_asked(void **state)
{
	static const struct { uint16_t lo, hi; } odd[] = {
		{ 0, 0 }, { 65535, 65535 }, { 3, 9 }, { 40001, 40008 }, { 60000, 65534 },
	};
	char remote[32];
	struct many m;

	(void)state;
	make_many(&m);
	for (size_t i = 0; i < MANY; i++) {	/* ten ports each, one after the other */
		(void)snprintf(m.names[i], sizeof(m.names[i]), "a.example");
		m.ports[i] = (struct pol_range){ (uint16_t)(1000 + 10 * i),
						 (uint16_t)(1009 + 10 * i) };
		m.conns[i].nports = 1;
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		m.ports[i] = (struct pol_range){ odd[i].lo, odd[i].hi };
	for (unsigned int port = 0; port <= 65535; port++) {
		long rule = -1;

		for (long i = 0; i < MANY && rule < 0; i++)
			if (port >= m.ports[i].lo && port <= m.ports[i].hi)
				rule = i;
		/* all of those at the ends, and some between */
		if (port % 97 && (port < 990 || port > 2100) && port % 40000 > 10 && port > 12 &&
		    port < 65530)
			continue;
		(void)snprintf(remote, sizeof(remote), port ? "192.0.2.1:%u" : "192.0.2.1", port);
		assert_int_equal(asked_for(&m, "a.example", remote, rule), rule >= 0);
	}
	m.conns[50].nports = 0;			/* any port */
	match_index_free(m.index);
	m.index = NULL;
	assert_int_equal(asked_for(&m, "a.example", "192.0.2.1:9999", 50), 1);
	assert_int_equal(asked_for(&m, "a.example", "192.0.2.1:1505", 50), 1);
	assert_int_equal(asked_for(&m, "a.example", "192.0.2.1:1605", 50), 2);
	match_index_free(m.index);
}

static void a_rule_is_asked_once_although_a_flow_finds_it_twice(void **state)
{
	struct pol_range all[2] = { { 1, 100 }, { 50, 200 } };
	struct many m;

	(void)state;
	make_many(&m);
	for (size_t i = 0; i < MANY; i++) {
		(void)snprintf(m.names[i], sizeof(m.names[i]), "a.example");
		m.conns[i].ports = all;
		m.conns[i].nports = 2;
	}
	assert_true(asked_for(&m, "a.example", "192.0.2.1:75", 0) <= 2);
	match_index_free(m.index);
}

static void a_process_glob_is_matched_once_for_each_program(void **state)
{
	char agent[] = "/opt/acme/*", shell[] = "/bin/sh";
	struct ev_addr remote;
	struct match found;
	struct many m;

	(void)state;
	make_many(&m);
	for (size_t i = 0; i < MANY; i++) {
		(void)snprintf(m.names[i], sizeof(m.names[i]), "n%zu.example", i);
		m.conns[i].process = i % 2 ? agent : shell;
	}
	m.index = match_index_conns(&m.p);
	assert_non_null(m.index);
	assert_int_equal(ev_addr_parse("192.0.2.1:443", &remote), 0);
	matched = 0;
	for (size_t i = 0; i < 50; i++) {
		const char *name = "n1000.example";	/* no rule has to be asked */
		struct match_flow f = { .exe = i % 3 ? "/opt/acme/agent" : "/bin/sh",
					.names = &name, .nnames = 1, .remote = &remote,
					.proto = "tcp" };

		if (i % 5 == 0)
			f.aliases[0] = "/opt/acme/other";
		assert_false(match_find(m.index, &f, &found));
	}
	assert_int_equal(matched, 3 * 2);	/* programs by globs */
	match_index_free(m.index);
}

static void rules_of_other_programs_are_not_asked(void **state)
{
	char agent[] = "/opt/acme/*", shell[] = "/bin/sh";
	const char *name = "a.example";
	struct match_flow f = { .exe = "/opt/acme/agent", .names = &name, .nnames = 1,
				.proto = "tcp" };
	struct match found;
	struct many m;

	(void)state;
	make_many(&m);
	for (size_t i = 0; i < MANY; i++) {
		(void)snprintf(m.names[i], sizeof(m.names[i]), "a.example");
		m.conns[i].nports = 0;
		m.conns[i].process = i == 60 ? agent : shell;
	}
	m.index = match_index_conns(&m.p);
	assert_non_null(m.index);
	for (size_t i = 0; i < 3; i++) {
		asked = 0;
		assert_true(match_find(m.index, &f, &found));
		assert_int_equal(found.rule, 60);
		assert_int_equal(asked, 1);
	}
	f.aliases[0] = "/bin/sh";
	asked = 0;
	assert_true(match_find(m.index, &f, &found));
	assert_int_equal(found.rule, 0);
	assert_int_equal(asked, 1);	/* nothing that follows is better */
	f.exe = NULL;			/* not known */
	asked = 0;
	assert_false(match_find(m.index, &f, &found));
	assert_int_equal(asked, 0);
	match_index_free(m.index);
}

static void more_programs_than_are_remembered_are_matched_all_the_same(void **state)
{
	char agent[] = "/opt/acme/*9", program[64];
	struct ev_addr remote;
	struct match found;
	struct many m;

	(void)state;
	make_many(&m);
	for (size_t i = 0; i < MANY; i++) {
		(void)snprintf(m.names[i], sizeof(m.names[i]), "n%zu.example", i);
		m.conns[i].process = agent;
	}
	m.index = match_index_conns(&m.p);
	assert_non_null(m.index);
	assert_int_equal(ev_addr_parse("192.0.2.1:443", &remote), 0);
	for (size_t i = 0; i < 5000; i++) {
		const char *name = "n5.example";
		struct match_flow f = { .exe = program, .names = &name, .nnames = 1,
					.remote = &remote, .proto = "tcp" };

		(void)snprintf(program, sizeof(program), "/opt/acme/%zu", i);
		assert_int_equal(match_find(m.index, &f, &found), i % 10 == 9);
	}
	match_index_free(m.index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_many_destinations_only_that_of_the_flow_is_asked),
		cmocka_unit_test(of_many_networks_only_that_of_the_flow_is_asked),
		cmocka_unit_test(networks_that_end_inside_a_byte_are_kept_apart),
		cmocka_unit_test(of_many_rules_for_one_host_only_those_of_the_port_are_asked),
		cmocka_unit_test(a_rule_is_asked_once_although_a_flow_finds_it_twice),
		cmocka_unit_test(a_process_glob_is_matched_once_for_each_program),
		cmocka_unit_test(rules_of_other_programs_are_not_asked),
		cmocka_unit_test(more_programs_than_are_remembered_are_matched_all_the_same),
		cmocka_unit_test(the_index_finds_what_looking_at_every_rule_finds),
		cmocka_unit_test(names_are_declared_exactly_when_some_pattern_matches),
		cmocka_unit_test(the_first_of_several_patterns_is_the_one_that_is_counted),
		cmocka_unit_test(names_too_long_to_be_names_match_nothing_and_harm_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
