/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_match_index.c - tests of policy/match_index.c: the index finds what looking at every rule
 * finds
 */
#include "policy/match.h"

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
	char id[16];

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
	return p;
}

static struct match brute(const struct pol *p, const struct match_flow *f)
{
	struct match best = { MATCH_NONE, 0, false };
	struct match_parts parts;

	for (size_t i = 0; i < p->nconns; i++) {
		match_rule(&p->conns[i], f, &parts);
		if (match_level(&parts) > best.level)
			best = (struct match){ match_level(&parts), i, parts.by_address };
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
	for (size_t n = 1; n < 40; n++)
		compare_policy(n, 200);
	compare_policy(RULES, FLOWS);
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

static void names_are_declared_exactly_when_some_pattern_matches(void **state)
{
	struct pol *p = random_policy(30);
	struct match_index *conns = match_index_conns(p), *names = match_index_names(p);
	size_t yes = 0, no = 0;

	(void)state;
	assert_non_null(conns);
	assert_non_null(names);
	for (size_t i = 0; i < 5000; i++) {
		char *name = random_name(false);
		bool got = match_find_name(conns, name) >= 0 || match_find_name(names, name) >= 0;

		assert_int_equal(got, is_declared(p, name));
		yes += got;
		no += !got;
		free(name);
	}
	assert_true(yes && no);
	match_index_free(conns);
	match_index_free(names);
	pol_free(p);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_index_finds_what_looking_at_every_rule_finds),
		cmocka_unit_test(names_are_declared_exactly_when_some_pattern_matches),
		cmocka_unit_test(the_first_of_several_patterns_is_the_one_that_is_counted),
		cmocka_unit_test(names_too_long_to_be_names_match_nothing_and_harm_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
