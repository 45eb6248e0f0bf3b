/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dns.c - DNS queries, good and bad, and the replies to them
 */
#include <arpa/inet.h>
#include <resolv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lab/dns.h"
#include "lab/names.h"
#include "tcbox/own.h"

static int set_up(void **state)
{
	*state = lab_names_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	lab_names_free(*state);
	return 0;
}

struct packet {
	uint8_t data[DNS_QUERY_MAX + 16];
	size_t len;
};

static void add(struct packet *p, const void *data, size_t len)
{
	assert_true(p->len + len <= sizeof(p->data));
	memcpy(p->data + p->len, data, len);
	p->len += len;
}

static void add16(struct packet *p, unsigned int v)
{
	const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	add(p, b, 2);
}

/* query() - id 0x1234, recursion desired, one question */
static struct packet query(const char *name, unsigned int type)
{
	struct packet p = { .len = 0 };
	uint8_t wire[NS_MAXCDNAME];
	size_t n = 0;

	add(&p, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
	assert_true(ns_name_pton(name, wire, sizeof(wire)) >= 0);
	while (wire[n])
		n += wire[n] + 1u;
	add(&p, wire, n + 1);
	add16(&p, type);
	add16(&p, ns_c_in);
	return p;
}

static void add_opt(struct packet *p, unsigned int version)
{
	p->data[11]++;
	add(p, "\0\0\x29\x04\xd0\0", 6);
	add(p, &(uint8_t){ (uint8_t)version }, 1);
	add(p, "\0\0\0\0", 4);
}

/* ask() - answer from a copy at the end of its own memory, so that the sanitizer sees a read past
 * it */
static struct dns_reply ask(void **state, const struct packet *p)
{
	struct dns_reply r;
	uint8_t *copy = malloc(p->len ? p->len : 1);

	memcpy(copy, p->data, p->len);
	memset(&r, 0xee, sizeof(r));
	dns_answer(*state, NULL, copy, p->len, &r);
	free(copy);
	return r;
}

static void parse(const struct dns_reply *r, ns_msg *msg)
{
	assert_int_equal(ns_initparse(r->data, (int)r->len, msg), 0);
	assert_int_equal(ns_msg_id(*msg), 0x1234);
	assert_true(ns_msg_getflag(*msg, ns_f_qr));
}

static void an_address_is_given_and_reported(void **state)
{
	struct packet p = query("UpDates.Acme.example", ns_t_a);
	struct dns_reply r = ask(state, &p);
	struct ev_addr a;
	ns_msg msg;
	ns_rr rr;

	parse(&r, &msg);
	assert_int_equal(ns_msg_getflag(msg, ns_f_rcode), ns_r_noerror);
	assert_true(ns_msg_getflag(msg, ns_f_rd) && ns_msg_getflag(msg, ns_f_ra));
	assert_int_equal(ns_msg_count(msg, ns_s_an), 1);
	assert_int_equal(ns_parserr(&msg, ns_s_an, 0, &rr), 0);
	assert_string_equal(ns_rr_name(rr), "UpDates.Acme.example");
	assert_int_equal(ns_rr_ttl(rr), 60);
	assert_int_equal(lab_name_addr(*state, "updates.acme.example", AF_INET, &a), 0);
	assert_int_equal(ns_rr_rdlen(rr), 4);
	assert_memory_equal(ns_rr_rdata(rr), a.ip, 4);
	assert_true(r.asked && !r.refused);
	assert_string_equal(r.name, "updates.acme.example");
	assert_string_equal(r.type, "A");
	assert_string_equal(r.rcode, "NOERROR");
	assert_int_equal(r.naddrs, 1);
	assert_true(ev_addr_eq(&r.addrs[0], &a));
	/* The question comes back byte for byte. */
	assert_memory_equal(r.data + 12, p.data + 12, p.len - 12);
}

/* ask_in() - a question in a scenario. Return: the answer, parsed into @msg if there is one */
static struct dns_reply ask_in(void **state, const struct dns_faults *faults, const char *name,
			       unsigned int type, ns_msg *msg)
{
	struct packet p = query(name, type);
	struct dns_reply r;

	dns_answer(*state, faults, p.data, p.len, &r);
	assert_true(r.asked);
	assert_string_equal(r.name, name);
	if (r.len)
		parse(&r, msg);
	return r;
}

static void names_fail_as_the_scenario_says(void **state)
{
	static const struct {
		enum lab_names_fault names;
		const char *rcode;
		bool silent;
	} rows[] = {
		{ LAB_NAMES_SILENT, "", true },
		{ LAB_NAMES_FAIL, "SERVFAIL", false },
		{ LAB_NAMES_UNKNOWN, "NXDOMAIN", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct dns_faults f = { .names = rows[i].names, .spared = "spared.example" };
		struct dns_reply r;
		ns_msg msg;

		r = ask_in(state, &f, "a.example", ns_t_a, &msg);
		assert_int_equal(!r.len, rows[i].silent);
		assert_string_equal(r.rcode, rows[i].rcode);
		assert_int_equal(r.naddrs, 0);
		r = ask_in(state, &f, "spared.example", ns_t_a, &msg);
		assert_string_equal(r.rcode, "NOERROR");
		assert_int_equal(r.naddrs, 1);
	}
}

static bool only_a(void *arg, const char *name)
{
	*(int *)arg += 1;
	return !strcmp(name, "a.example");
}

static void a_name_that_may_not_resolve_is_refused(void **state)
{
	static const uint16_t types[] = { ns_t_a, ns_t_aaaa, ns_t_any, ns_t_txt, ns_t_mx };
	int asked = 0;
	ns_msg msg;
	const struct dns_faults f = { .may_resolve = only_a, .arg = &asked };

	for (size_t i = 0; i < TB_ARRAY_SIZE(types); i++) {
		struct dns_reply r = ask_in(state, &f, "b.example", types[i], &msg);

		assert_string_equal(r.rcode, "REFUSED");
		assert_int_equal(r.naddrs, 0);
		assert_false(r.refused);	/* that is for want of addresses */
		assert_true(r.asked && r.len > 0);
		assert_int_equal(ns_msg_getflag(msg, ns_f_rcode), ns_r_refused);
		r = ask_in(state, &f, "a.example", types[i], &msg);
		assert_string_equal(r.rcode, "NOERROR");
	}
	assert_int_equal(asked, 2 * TB_ARRAY_SIZE(types));
}

static void names_have_addresses_of_one_family(void **state)
{
	const struct dns_faults four = { .family = AF_INET, .spared = "x.example" };
	const struct dns_faults six = { .family = AF_INET6, .spared = "x.example" };
	ns_msg msg;

	assert_int_equal(ask_in(state, &four, "a.example", ns_t_a, &msg).naddrs, 1);
	assert_int_equal(ask_in(state, &four, "a.example", ns_t_aaaa, &msg).naddrs, 0);
	assert_int_equal(ns_msg_getflag(msg, ns_f_rcode), ns_r_noerror);
	assert_int_equal(ask_in(state, &six, "a.example", ns_t_a, &msg).naddrs, 0);
	assert_int_equal(ask_in(state, &six, "a.example", ns_t_any, &msg).naddrs, 1);
	assert_int_equal(ask_in(state, &six, "x.example", ns_t_a, &msg).naddrs, 1);
}

static void a_name_that_moves_has_two_addresses_and_owns_both(void **state)
{
	const struct dns_faults moves = { .names = LAB_NAMES_MOVE };
	struct dns_reply first, second, third;
	ns_msg msg;

	first = ask_in(state, &moves, "a.example", ns_t_a, &msg);
	second = ask_in(state, &moves, "a.example", ns_t_a, &msg);
	third = ask_in(state, &moves, "a.example", ns_t_a, &msg);
	assert_false(ev_addr_eq(&first.addrs[0], &second.addrs[0]));
	assert_true(ev_addr_eq(&second.addrs[0], &third.addrs[0]));
	assert_string_equal(lab_addr_name(*state, &first.addrs[0]), "a.example");
	assert_string_equal(lab_addr_name(*state, &second.addrs[0]), "a.example");
	/* each family for itself: both are asked for together */
	first = ask_in(state, &moves, "a.example", ns_t_aaaa, &msg);
	second = ask_in(state, &moves, "a.example", ns_t_aaaa, &msg);
	assert_false(ev_addr_eq(&first.addrs[0], &second.addrs[0]));
}

static void both_families_answer_any(void **state)
{
	struct packet p = query("www.example", ns_t_any);
	struct dns_reply r = ask(state, &p);
	ns_msg msg;

	parse(&r, &msg);
	assert_int_equal(ns_msg_count(msg, ns_s_an), 2);
	assert_int_equal(r.naddrs, 2);
	assert_int_equal(r.addrs[1].family, AF_INET6);
}

static void a_given_address_has_its_name(void **state)
{
	static const char *const types[] = { "A", "AAAA" };

	for (int i = 0; i < 2; i++) {
		struct packet p = query("host.example", i ? ns_t_aaaa : ns_t_a);
		struct dns_reply r = ask(state, &p);
		const uint8_t *ip = r.addrs[0].ip;
		char name[128] = "", target[NS_MAXDNAME];
		ns_msg msg;
		ns_rr rr;

		assert_string_equal(r.type, types[i]);
		for (int k = 0; i && k < 16; k++)
			(void)snprintf(name + 4 * k, 8, "%x.%x.", ip[15 - k] & 15u,
				       ip[15 - k] >> 4u);
		if (i)
			strcat(name, "IP6.arpa");
		else
			(void)snprintf(name, sizeof(name), "%u.%u.%u.%u.in-addr.ARPA", ip[3], ip[2],
				       ip[1],
				       ip[0]);
		p = query(name, ns_t_ptr);
		r = ask(state, &p);
		parse(&r, &msg);
		assert_int_equal(ns_parserr(&msg, ns_s_an, 0, &rr), 0);
		assert_true(ns_name_uncompress(r.data, r.data + r.len, ns_rr_rdata(rr), target,
					       sizeof(target)) > 0);
		assert_string_equal(target, "host.example");
		assert_string_equal(r.target, "host.example");
	}
}

static void an_unknown_address_has_no_name(void **state)
{
	static const char *const names[] = {
		"8.8.8.8.in-addr.arpa",
		"1.256.18.198.in-addr.arpa",
		"18.198.in-addr.arpa",
		"1.1.18.198.in-addr.arpa.in-addr.arpa",
		"x.ip6.arpa",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.g.ip6.arpa"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct packet p = query(names[i], ns_t_ptr);
		struct dns_reply r = ask(state, &p);
		ns_msg msg;

		parse(&r, &msg);
		assert_string_equal(r.rcode, "NXDOMAIN");
		assert_int_equal(ns_msg_getflag(msg, ns_f_rcode), ns_r_nxdomain);
		assert_int_equal(ns_msg_count(msg, ns_s_ns), 1);
	}
}

static void other_types_exist_without_data(void **state)
{
	static const struct {
		unsigned int type;
		const char *name;
	} cases[] = { { 65, "HTTPS" }, { 64, "SVCB" },	     { 16, "TXT" },
		      { 15, "MX" },    { 4711, "TYPE4711" }, { 12, "PTR" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct packet p = query("www.example", cases[i].type);
		struct dns_reply r = ask(state, &p);
		ns_msg msg;
		ns_rr rr;

		parse(&r, &msg);
		assert_string_equal(r.type, cases[i].name);
		assert_string_equal(r.rcode, "NOERROR");
		assert_int_equal(ns_msg_count(msg, ns_s_an), 0);
		assert_int_equal(ns_parserr(&msg, ns_s_ns, 0, &rr), 0);
		assert_int_equal(ns_rr_type(rr), ns_t_soa);
		assert_int_equal(r.naddrs, 0);
	}
}

static void edns_is_answered_in_kind(void **state)
{
	struct packet p = query("www.example", ns_t_a);
	struct dns_reply r;
	ns_msg msg;
	ns_rr rr;

	add_opt(&p, 0);
	r = ask(state, &p);
	parse(&r, &msg);
	assert_int_equal(ns_msg_count(msg, ns_s_ar), 1);
	assert_int_equal(ns_parserr(&msg, ns_s_ar, 0, &rr), 0);
	assert_int_equal(ns_rr_type(rr), ns_t_opt);
	p = query("www.example", ns_t_a);
	add_opt(&p, 1);
	r = ask(state, &p);
	parse(&r, &msg);
	assert_string_equal(r.rcode, "BADVERS");
	assert_int_equal(ns_parserr(&msg, ns_s_ar, 0, &rr), 0);
	assert_int_equal(ns_rr_ttl(rr) >> 24, 1);
	/* another record, and then the option */
	p = query("www.example", ns_t_a);
	p.data[11]++;
	add(&p, "\3key\0\0\xfa\0\xff\0\0\0\0\0\2ab", 17);
	add_opt(&p, 0);
	r = ask(state, &p);
	parse(&r, &msg);
	assert_string_equal(r.rcode, "NOERROR");
	assert_int_equal(ns_msg_count(msg, ns_s_ar), 1);
	/* its owner is the root */
	p = query("www.example", ns_t_a);
	p.data[11]++;
	add(&p, "\1a\0\0\x29\4\xd0\0\0\0\0\0\0", 13);
	assert_string_equal(ask(state, &p).rcode, "FORMERR");
	/* twice is malformed, RFC 6891, 6.1.1 */
	p = query("www.example", ns_t_a);
	add_opt(&p, 0);
	add_opt(&p, 0);
	r = ask(state, &p);
	assert_string_equal(r.rcode, "FORMERR");
}

static void malformed_queries_are_refused_or_ignored(void **state)
{
	struct packet p = query("www.example", ns_t_a), bad;
	struct dns_reply r;

	/*
	 * Cut anywhere: silence without a header, FORMERR without a question, and the answer only
	 * when nothing is missing.
	 */
	for (size_t len = 0; len < p.len; len++) {
		bad = p;
		bad.len = len;
		r = ask(state, &bad);
		assert_int_equal(r.len, len < 12 ? 0 : 12);
		assert_false(r.asked);
		if (len >= 12)
			assert_string_equal(r.rcode, "FORMERR");
	}
	bad = p;
	bad.data[2] |= 0x80;		/* a response */
	assert_int_equal(ask(state, &bad).len, 0);
	bad = p;
	bad.len = DNS_QUERY_MAX + 1;
	assert_int_equal(ask(state, &bad).len, 0);
	bad = p;
	bad.data[5] = 2;		/* two questions */
	assert_string_equal(ask(state, &bad).rcode, "FORMERR");
	bad = p;
	bad.data[2] |= 0x28;		/* UPDATE */
	assert_string_equal(ask(state, &bad).rcode, "NOTIMP");
	bad = p;
	bad.data[11] = 3;		/* records that are not there */
	r = ask(state, &bad);
	assert_string_equal(r.rcode, "FORMERR");
	assert_true(r.asked);
	bad = p;
	bad.data[p.len - 1] = 3;	/* class CH */
	assert_string_equal(ask(state, &bad).rcode, "REFUSED");
	bad = p;
	memcpy(bad.data + 12, "\xc0\x0c", 2);	/* a name that points at itself */
	assert_string_equal(ask(state, &bad).rcode, "FORMERR");
	bad = p;
	memcpy(bad.data + 12, "\xc0\x00\x00\x01\x00\x01", 6);	/* a name in the header */
	bad.len = 18;
	assert_string_equal(ask(state, &bad).rcode, "FORMERR");
}

static void the_longest_names_still_fit(void **state)
{
	char name[NS_MAXDNAME] = "";
	struct packet p;
	struct dns_reply r;
	ns_msg msg;

	/* 255 bytes on the wire, every byte of it escaped as text */
	for (int label = 0; label < 4; label++) {
		for (int i = 0; i < (label < 3 ? 63 : 61); i++)
			strcat(name, "\\001");
		if (label < 3)
			strcat(name, ".");
	}
	p = query(name, ns_t_any);
	add_opt(&p, 0);
	r = ask(state, &p);
	parse(&r, &msg);
	assert_int_equal(ns_msg_count(msg, ns_s_an), 2);
	assert_string_equal(r.name, name);
	p = query(name, ns_t_mx);
	add_opt(&p, 0);
	r = ask(state, &p);
	parse(&r, &msg);
	p = query(name, ns_t_aaaa);
	r = ask(state, &p);
	(void)snprintf(name, sizeof(name),
		       "%x.%x.%x.%x.%x.%x.%x.%x.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
		       r.addrs[0].ip[15] & 15u, r.addrs[0].ip[15] >> 4u, r.addrs[0].ip[14] & 15u,
		       r.addrs[0].ip[14] >> 4u, r.addrs[0].ip[13] & 15u, r.addrs[0].ip[13] >> 4u,
		       r.addrs[0].ip[12] & 15u, r.addrs[0].ip[12] >> 4u);
	p = query(name, ns_t_ptr);
	add_opt(&p, 0);
	r = ask(state, &p);
	parse(&r, &msg);
	assert_int_equal(ns_msg_count(msg, ns_s_an), 1);
	assert_true(r.len > 350);
}

static void bytes_in_names_are_escaped(void **state)
{
	struct packet p = query("a\\.b\\000\\255.example", ns_t_a);
	struct dns_reply r = ask(state, &p);

	assert_string_equal(r.name, "a\\.b\\000\\255.example");
	p = query(".", ns_t_a);
	r = ask(state, &p);
	assert_string_equal(r.name, ".");
	assert_string_equal(r.rcode, "NOERROR");
}

static void a_full_table_fails_and_says_so(void **state)
{
	struct ev_addr a;
	struct packet p;
	struct dns_reply r;
	char name[32];

	for (int i = 0; i < LAB_NAMES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%d.example", i);
		assert_int_equal(lab_name_addr(*state, name, AF_INET, &a), 0);
	}
	p = query("one.too.many", ns_t_a);
	r = ask(state, &p);
	assert_true(r.refused);
	assert_string_equal(r.rcode, "SERVFAIL");
	assert_int_equal(r.naddrs, 0);
}

static void other_protocols_are_no_queries(void **state)
{
	const struct packet good = query("a.example", ns_t_a);
	struct packet p = good;

	(void)state;
	assert_true(dns_is_query(good.data, good.len));
	add_opt(&p, 0);
	assert_true(dns_is_query(p.data, p.len));
	assert_false(dns_is_query(p.data, p.len - 1));
	for (size_t len = 0; len < good.len; len++)
		assert_false(dns_is_query(good.data, len));
	for (size_t i = 2; i < 12; i++) {	/* of the header, but for its bits of a resolver */
		p = good;
		p.data[i] ^= 0x40;
		assert_false(dns_is_query(p.data, p.len));
	}
	p = good;
	p.data[3] ^= 0x30;
	assert_true(dns_is_query(p.data, p.len));
	p.data[p.len - 1] = 77;
	assert_false(dns_is_query(p.data, p.len));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(an_address_is_given_and_reported), T(both_families_answer_any),
		T(a_name_that_may_not_resolve_is_refused),
		T(names_fail_as_the_scenario_says), T(names_have_addresses_of_one_family),
		T(a_name_that_moves_has_two_addresses_and_owns_both),
		T(a_given_address_has_its_name), T(an_unknown_address_has_no_name),
		T(other_types_exist_without_data), T(edns_is_answered_in_kind),
		T(malformed_queries_are_refused_or_ignored), T(the_longest_names_still_fit),
		T(bytes_in_names_are_escaped), T(other_protocols_are_no_queries),
		T(a_full_table_fails_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
