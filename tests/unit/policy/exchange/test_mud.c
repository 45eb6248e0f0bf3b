/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_mud.c - what an entry of a MUD file becomes, and a rule of a policy
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/exchange/mud.h"
#include "policy/exchange/source.h"
#include "tcbox/own.h"

/* What was made. */
struct made {
	struct exch *e;
	struct pol *p;
};

static void made_clear(struct made *m)
{
	exch_free(m->e);
	pol_free(m->p);
}

#define MADE __attribute__((cleanup(made_clear))) struct made

/* made_of() - of a list for each direction, with ' for ". @type: of both */
static struct made made_of(const char *type, const char *from, const char *to)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct tb_err err = { 0 };
	struct made m = { 0 };

	tb_buf_addf(&text, "{'ietf-mud:mud':{'mud-version':1,'from-device-policy':{'access-lists':"
		    "{'access-list':[{'name':'f'}]}},'to-device-policy':{'access-lists':"
		    "{'access-list':[{'name':'t'}]}}},'ietf-access-control-list:acls':{'acl':["
		    "{'name':'f','type':'%s','aces':{'ace':[%s]}},"
		    "{'name':'t','type':'%s','aces':{'ace':[%s]}}]}}", type, from, type, to);
	assert_false(text.failed);
	for (char *c = text.data; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (exch_import(exch_format_find("mud"), "m", text.data, text.len, NULL, &m.e, &err) ||
	    pol_parse("p", exch_text(m.e)->data, exch_text(m.e)->len, &m.p, &err))
		fail_msg("%s", err.msg);
	return m;
}

#define ENTRY(name, matches) "{'name':'" name "','matches':{" matches "}," ACCEPT "}"
#define ACCEPT "'actions':{'forwarding':'accept'}"
#define ONE(matches) made_of("ipv4-acl-type", ENTRY("e", matches), "")
#define ONE_TO(matches) made_of("ipv4-acl-type", "", ENTRY("e", matches))

/* said() - is such a thing listed, with these words in it? */
static bool said(const struct made *m, enum exch_kind kind, const char *words)
{
	const struct exch_item *it;

	for (size_t i = 0; (it = exch_item_at(m->e, i)); i++)
		if (it->kind == kind && (strstr(it->text, words) || strstr(it->where, words)))
			return true;
	return false;
}

static void assert_ports(const struct pol_range *ports, size_t n, const char *expected)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	for (size_t i = 0; i < n; i++)
		tb_buf_addf(&text, "%s%u-%u", i ? " " : "", ports[i].lo, ports[i].hi);
	assert_string_equal(text.len ? text.data : "", expected);
}

static void ports_of(const char *matches, const char *expected)
{
	TB_AUTOBUF struct tb_buf entry = TB_BUF_INIT;
	MADE m = { 0 };

	tb_buf_addf(&entry, "{'name':'e','matches':{'udp':{'destination-port':%s}}," ACCEPT "}",
		    matches);
	m = made_of("ipv4-acl-type", entry.data, "");
	if (!expected) {
		assert_int_equal(m.p->nconns, 0);
		assert_true(said(&m, EXCH_LOST, "ports are not understood"));
		return;
	}
	assert_int_equal(m.p->nconns, 1);
	assert_ports(m.p->conns[0].ports, m.p->conns[0].nports, expected);
}

static void each_operator_of_ports_becomes_ranges(void **state)
{
	(void)state;
	ports_of("{'operator':'eq','port':443}", "443-443");
	ports_of("{'port':443}", "443-443");
	ports_of("{'operator':'neq','port':443}", "1-442 444-65535");
	ports_of("{'operator':'neq','port':1}", "2-65535");
	ports_of("{'operator':'neq','port':65535}", "1-65534");
	ports_of("{'operator':'neq','port':0}", "1-65535");
	ports_of("{'operator':'lte','port':1023}", "1-1023");
	ports_of("{'operator':'gte','port':1024}", "1024-65535");
	ports_of("{'operator':'lt','port':1024}", "1-1023");
	ports_of("{'operator':'gt','port':1023}", "1024-65535");
	ports_of("{'lower-port':0,'upper-port':9}", "1-9");
	ports_of("{'lower-port':7}", "7-7");
	ports_of("{'lower-port':'10','upper-port':'20'}", "10-20");
	ports_of("'53'", "53-53");
	ports_of("53", "53-53");
	ports_of("'5000-5010'", "5000-5010");
	ports_of("'0x35'", "53-53");
}

static void ports_that_are_none_are_listed(void **state)
{
	(void)state;
	ports_of("{'operator':'eq','port':0}", NULL);
	ports_of("{'operator':'eq','port':65536}", NULL);
	ports_of("{'operator':'lt','port':1}", NULL);
	ports_of("{'operator':'lt','port':0}", NULL);
	ports_of("{'operator':'gt','port':65535}", NULL);
	ports_of("{'operator':'is','port':5}", NULL);
	ports_of("{'operator':5,'port':5}", NULL);
	ports_of("{'lower-port':9,'upper-port':8}", NULL);
	ports_of("{'lower-port':9,'upper-port':70000}", NULL);
	ports_of("{}", NULL);
	ports_of("'9-8'", NULL);
	ports_of("'9-'", NULL);
	ports_of("'99999999999999999999-5'", NULL);
	ports_of("'http'", NULL);
	ports_of("-5", NULL);
	ports_of("1e999", NULL);
	ports_of("null", NULL);
}

static void a_network_is_written_as_policies_do(void **state)
{
	static const char *const rows[][2] = {
		{ "192.0.2.77/24", "192.0.2.0/24" }, { "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.1/32", "192.0.2.1" }, { "198.51.100.129/25", "198.51.100.128/25" },
		{ "2001:db8:0:1::5/47", "2001:db8::/47" }, { "2001:DB8::1", "2001:db8::1" },
		{ "10.1.2.3/7", "10.0.0.0/7" },
	};
	static const char *const none[] = {
		"", "a", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/0x8",
		"192.0.2/24", "::/129", "192.0.2.0/00024", "192.0.2.0/24 ",
		"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/3",
	};
	bool any = true;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

		assert_true(src_network_text(rows[i][0], &text, &any));
		assert_string_equal(text.data, rows[i][1]);
		assert_false(any);
	}
	for (size_t i = 0; i < TB_ARRAY_SIZE(none); i++) {
		TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

		assert_false(src_network_text(none[i], &text, &any));
	}
}

static void an_address_of_any_family_is_any_destination_of_it(void **state)
{
	MADE a = ONE("'ipv4':{'destination-ipv4-network':'0.0.0.0/0','protocol':6}");
	MADE b = made_of("ipv6-acl-type", ENTRY("e", "'ipv6':{}"), "");
	MADE c = made_of("", ENTRY("e", "'tcp':{}"), "");
	MADE d = made_of("", ENTRY("e", ""), "");

	(void)state;
	assert_int_equal(a.p->conns[0].nto, 1);
	assert_int_equal(a.p->conns[0].to[0].prefix, 0);
	assert_int_equal(a.p->conns[0].to[0].net.family, AF_INET);
	assert_int_equal(b.p->conns[0].to[0].net.family, AF_INET6);
	assert_int_equal(c.p->conns[0].nto, 0);
	assert_int_equal(d.p->conns[0].nto, 2);
}

static void a_name_of_one_family_is_wider(void **state)
{
	MADE v4 = ONE("'ipv4':{'ietf-acldns:dst-dnsname':'a.example'}");
	MADE both = made_of("", ENTRY("e", "'ipv4':{'ietf-acldns:dst-dnsname':'a.example'}") ","
			    ENTRY("f", "'ipv6':{'ietf-acldns:dst-dnsname':'a.example'}"), "");

	(void)state;
	assert_true(said(&v4, EXCH_WIDER, "one family"));
	assert_int_equal(both.p->nconns, 1);
	assert_string_equal(both.p->conns[0].to[0].name, "a.example");
	assert_false(said(&both, EXCH_WIDER, "one family"));
}

static void the_mirror_of_a_conversation_is_its_answers(void **state)
{
	MADE m = made_of("",
			 ENTRY("q", "'ipv4':{'ietf-acldns:dst-dnsname':'a.example'},'udp':{'destination-port':{'port':53}}"),
			 ENTRY("a", "'ipv4':{'ietf-acldns:src-dnsname':'a.example'},'udp':{'source-port':{'port':53}}") ","
			 ENTRY("again", "'ipv4':{'ietf-acldns:src-dnsname':'a.example'},'udp':{'source-port':{'port':53}}"));

	(void)state;
	assert_int_equal(m.p->nconns, 1);
	assert_int_equal(m.p->nlistens, 0);
	assert_false(said(&m, EXCH_WIDER, "answers are declared"));
	assert_true(said(&m, EXCH_LOST, "nobody asked for"));	/* the second one */
}

static void a_mirror_with_other_ports_is_none(void **state)
{
	MADE m = made_of("", ENTRY("q", "'udp':{'destination-port':{'port':53}}"),
			 ENTRY("a", "'udp':{'source-port':{'port':54}}"));

	(void)state;
	assert_true(said(&m, EXCH_WIDER, "answers are declared"));
	assert_true(said(&m, EXCH_LOST, "nobody asked for"));
}

static void the_side_that_begins_decides(void **state)
{
	MADE m = made_of("",
			 ENTRY("a-frdev", "'tcp':{'direction-initiated':'to-device','source-port':{'port':80}}") ","
			 ENTRY("b-frdev", "'tcp':{'direction-initiated':'from-device','destination-port':{'port':80}}"),
			 ENTRY("a-todev", "'tcp':{'direction-initiated':'to-device','destination-port':{'port':80}}") ","
			 ENTRY("b-todev", "'tcp':{'direction-initiated':'from-device','source-port':{'port':80}}"));

	(void)state;
	assert_int_equal(m.p->nconns, 1);
	assert_string_equal(m.p->conns[0].id, "b");
	assert_int_equal(m.p->nlistens, 1);
	assert_string_equal(m.p->listens[0].id, "a");
	assert_ports(m.p->listens[0].ports, m.p->listens[0].nports, "80-80");
	assert_null(exch_item_at(m.e, 0));
}

static void answers_without_a_question_are_listed(void **state)
{
	MADE out = ONE("'udp':{'source-port':{'port':80}}");
	MADE in = ONE_TO("'tcp':{'direction-initiated':'from-device','source-port':{'port':80}}");
	MADE word = ONE("'tcp':{'direction-initiated':'both'}");

	(void)state;
	assert_int_equal(out.p->nconns, 0);
	assert_true(said(&out, EXCH_LOST, "answers out"));
	assert_true(said(&in, EXCH_LOST, "lets answers in"));
	assert_true(said(&word, EXCH_LOST, "direction-initiated is"));
}

static void who_may_call_is_left_out(void **state)
{
	MADE m = ONE_TO("'ipv4':{'source-ipv4-network':'192.0.2.0/24'},"
			"'udp':{'destination-port':{'port':161},'source-port':{'port':9}}");
	MADE any = ONE_TO("'tcp':{'direction-initiated':'to-device'}");

	(void)state;
	assert_int_equal(m.p->nlistens, 1);
	assert_true(said(&m, EXCH_WIDER, "who may call"));
	assert_true(said(&m, EXCH_WIDER, "the port of who calls"));
	assert_int_equal(any.p->nlistens, 1);
	assert_int_equal(any.p->listens[0].nports, 0);
}

static void classes_are_groups_that_declare_nothing_yet(void **state)
{
	static const char *const rows[][2] = {
		{ "'my-controller':[null]", "my-controller" },
		{ "'same-manufacturer':[null]", "same-manufacturer" },
		{ "'controller':'https://a.example/c?x'", "controller-a-example-c-x" },
		{ "'controller':'urn:ietf:params:mud:dns'", "controller-dns" },
		{ "'manufacturer':'B.example'", "manufacturer-b-example" },
		{ "'model':'https://a.example/m'", "model-a-example-m" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf entry = TB_BUF_INIT, name = TB_BUF_INIT;
		MADE m = { 0 };

		tb_buf_addf(&entry, "{'name':'e','matches':{'ietf-mud:mud':{%s}}," ACCEPT "}",
			    rows[i][0]);
		tb_buf_addf(&name, "%s.invalid", rows[i][1]);
		m = made_of("", entry.data, "");
		assert_int_equal(m.p->nconns, 1);
		assert_string_equal(m.p->conns[0].to[0].name, name.data);
		assert_true(said(&m, EXCH_FILL, rows[i][1]));
		assert_non_null(strstr(exch_text(m.e)->data, "[\"@"));
	}
}

static void local_networks_are_the_private_ones(void **state)
{
	MADE m = ONE("'ietf-mud:mud':{'local-networks':[null]}");

	(void)state;
	assert_int_equal(m.p->conns[0].nto, 6);
	assert_true(said(&m, EXCH_FILL, "private networks"));
}

static void a_class_needs_its_name(void **state)
{
	MADE m = ONE("'ietf-mud:mud':{'controller':[null]}");

	(void)state;
	assert_int_equal(m.p->nconns, 0);
	assert_true(said(&m, EXCH_LOST, "needs a name"));
}

static void a_second_condition_for_the_other_side_is_left_out(void **state)
{
	MADE m = ONE("'ietf-mud:mud':{'local-networks':[null]},"
		     "'ipv4':{'destination-ipv4-network':'192.0.2.0/24'}");
	MADE own = ONE("'ipv4':{'protocol':6,'source-ipv4-network':'192.0.2.0/24',"
		       "'ietf-acldns:src-dnsname':'me.example'}");

	(void)state;
	assert_true(said(&m, EXCH_WIDER, "another condition already"));
	assert_true(said(&own, EXCH_WIDER, "product's own name or address"));
	assert_int_equal(own.p->conns[0].to[0].prefix, 0);
}

static void what_policies_have_no_word_for_is_wider_or_lost(void **state)
{
	MADE m = ONE("'ipv4':{'protocol':6,'dscp':8,'ttl':3},'tcp':{'flags':'syn'}");
	MADE all = ONE("'ipv4':{'dscp':8}");
	MADE icmp = ONE("'ipv4':{'protocol':1},'icmp':{'type':8,'code':0}");
	MADE log = made_of("", "{'name':'e','matches':{'tcp':{}},'x':1,'actions':{'forwarding':"
			   "'accept','logging':'log-none'}}", "");

	(void)state;
	assert_true(said(&m, EXCH_WIDER, "ipv4.dscp"));
	assert_true(said(&m, EXCH_WIDER, "ipv4.ttl"));
	assert_true(said(&m, EXCH_WIDER, "tcp.flags"));
	assert_int_equal(all.p->nconns, 0);
	assert_true(said(&all, EXCH_LOST, "declare everything"));
	assert_string_equal(icmp.p->conns[0].protocol, "icmp");
	assert_true(said(&icmp, EXCH_WIDER, "icmp.type"));
	assert_true(said(&log, EXCH_LOST, "ace[0].x"));
	assert_false(said(&log, EXCH_LOST, "logging"));
}

static void frames_that_are_not_ip_are_lost(void **state)
{
	MADE arp = made_of("eth-acl-type", ENTRY("e", "'eth':{'ethertype':'0x0806'}"), "");
	MADE word = made_of("eth-acl-type", ENTRY("e", "'eth':{'ethertype':'arp'}"), "");
	MADE v6 = made_of("eth-acl-type",
			  ENTRY("e", "'eth':{'ethertype':'0x86dd'},'tcp':{}"), "");
	MADE two = made_of("", ENTRY("e", "'eth':{'ethertype':'ipv4'},'ipv6':{}"), "");

	(void)state;
	assert_true(said(&arp, EXCH_LOST, "not IP"));
	assert_true(said(&arp, EXCH_NOTE, "older dialect"));
	assert_true(said(&word, EXCH_LOST, "not IP"));
	assert_int_equal(v6.p->conns[0].to[0].net.family, AF_INET6);
	assert_true(said(&two, EXCH_LOST, "two families"));
}

static void protocols_become_words(void **state)
{
	static const char *const rows[][2] = {
		{ "6", "tcp" }, { "17", "udp" }, { "1", "icmp" }, { "58", "icmp" },
		{ "132", "sctp" }, { "33", "dccp" }, { "136", "udplite" }, { "47", "ip-47" },
		{ "'udp'", "udp" }, { "'17'", "udp" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf entry = TB_BUF_INIT;
		MADE m = { 0 };

		tb_buf_addf(&entry, "{'name':'e','matches':{'ipv4':{'protocol':%s}}," ACCEPT "}",
			    rows[i][0]);
		m = made_of("", entry.data, "");
		assert_string_equal(m.p->conns[0].protocol, rows[i][1]);
	}
}

static void what_no_packet_agrees_with_is_lost(void **state)
{
	MADE a = ONE("'ipv4':{'protocol':17},'tcp':{}");
	MADE b = ONE("'ipv4':{'protocol':256}");
	MADE c = ONE("'ipv4':{'protocol':'x'}");

	(void)state;
	assert_true(said(&a, EXCH_LOST, "two protocols"));
	assert_true(said(&b, EXCH_LOST, "no protocol"));
	assert_true(said(&c, EXCH_LOST, "no protocol"));
}

static void refusals_are_listed_by_what_stands_behind_them(void **state)
{
	static const char drop[] = "{'name':'d','matches':{},'actions':{'forwarding':'drop'}}";
	MADE last = made_of("", drop, "");
	MADE first = made_of("", "{'name':'r','actions':{'forwarding':'reject'}},"
			     ENTRY("e", "'tcp':{}"), "");
	MADE none = made_of("", "{'name':'n','matches':{}}", "");

	(void)state;
	assert_true(said(&last, EXCH_NOTE, "it refuses"));
	assert_false(said(&last, EXCH_WIDER, ""));
	assert_true(said(&first, EXCH_WIDER, "not taken away"));
	assert_false(said(&first, EXCH_NOTE, ""));
	assert_true(said(&none, EXCH_LOST, "does not say whether"));
}

static void the_oldest_version_of_tls_is_kept(void **state)
{
	MADE m = ONE("'tcp':{},'ietf-acl-tls:client-profiles':{'tls-dtls-profile':[{'name':'a',"
		     "'supported-tls-version':['tls13']},{'name':'b','supported-tls-version':"
		     "['tls13','ianatp:tls12'],'cipher-suite':[1]}]}");
	MADE odd = ONE("'tcp':{},'client-profiles':{'tls-dtls-profile':["
		       "{'supported-tls-version':['ssl3',5]}]}");

	(void)state;
	assert_string_equal(m.p->conns[0].tls_min, "1.2");
	assert_true(said(&m, EXCH_WIDER, "tls-dtls-profile[1].cipher-suite"));
	assert_null(odd.p->conns[0].tls_min);
	assert_true(said(&odd, EXCH_WIDER, "version of TLS is not known"));
}

static void what_is_no_name_is_listed_and_left_out(void **state)
{
	MADE m = ONE("'ipv4':{'ietf-acldns:dst-dnsname':'a b'}");
	MADE star = ONE("'ipv4':{'ietf-acldns:dst-dnsname':'*.acme.example'}");

	(void)state;
	assert_int_equal(m.p->nconns, 0);
	assert_true(said(&m, EXCH_LOST, "a name has no spaces"));
	assert_int_equal(star.p->conns[0].to[0].kind, POL_DEST_GLOB);
}

static void ids_are_valid_and_differ(void **state)
{
	MADE m = made_of("", ENTRY("a b!-frdev", "'tcp':{}") "," ENTRY("a/b", "'udp':{}") ","
			 ENTRY("", "'ipv4':{'protocol':5}") "," ENTRY("-todev", "'icmp':{}"), "");

	(void)state;
	assert_int_equal(m.p->nconns, 4);
	assert_string_equal(m.p->conns[0].id, "a-b");
	assert_string_equal(m.p->conns[1].id, "a-b.2");
	assert_string_equal(m.p->conns[2].id, "rule");
	assert_string_equal(m.p->conns[3].id, "todev");
}

/* doc() - a whole document, with ' for " */
static struct made doc(const char *quoted)
{
	struct tb_buf text = TB_BUF_INIT;
	struct tb_err err = { 0 };
	struct made m = { 0 };

	tb_buf_adds(&text, quoted);
	for (char *c = text.data; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (exch_import(exch_format_find("mud"), "m", text.data, text.len, NULL, &m.e, &err) ||
	    pol_parse("p", exch_text(m.e)->data, exch_text(m.e)->len, &m.p, &err))
		fail_msg("%s", err.msg);
	tb_buf_free(&text);
	return m;
}

static void nothing_of_another_shape_is_dropped_in_silence(void **state)
{
	static const struct { const char *text, *where; } rows[] = {
		{ "{'mud':{},'x':1}", "x" },
		{ "{'mud':{'x':1}}", "mud.x" },
		{ "{'mud':{'mfg-name':5}}", "mud.mfg-name" },
		{ "{'mud':{'systeminfo':[]}}", "mud.systeminfo" },
		{ "{'mud':{'cache-validity':'x'}}", "cache-validity" },
		{ "{'mud':{'extensions':'x'}}", "mud.extensions" },
		{ "{'mud':{'extensions':[5]}}", "mud.extensions[0]" },
		{ "{'mud':{'from-device-policy':{'x':1}}}", "from-device-policy.x" },
		{ "{'mud':{'from-device-policy':{'access-lists':5}}}",
		  "from-device-policy.access-lists" },
		{ "{'mud':{'to-device-policy':{'access-lists':{'access-list':{}}}}}",
		  "to-device-policy.access-lists" },
		{ "{'mud':{'to-device-policy':{'access-lists':{'access-list':[5]}}}}",
		  "to-device-policy[0]" },
		{ "{'mud':{'to-device-policy':{'access-lists':{'access-list':[{'name':'t','x':1}]}}},"
		  "'acls':{'acl':[{'name':'t'}]}}", "to-device-policy[0].x" },
		{ "{'mud':{},'acls':5}", "acls" },
		{ "{'mud':{},'acls':{'x':1}}", "acls.x" },
		{ "{'mud':{},'acls':{'acl':{}}}", "acls" },
		{ "{'mud':{},'acls':{'acl':[{}]}}", "acl[0]" },
		{ "{'mud':{'to-device-policy':{'access-lists':{'access-list':[{'name':'t'}]}}},"
		  "'acls':{'acl':[{'name':'t','aces':5}]}}", "t.aces" },
		{ "{'mud':{'to-device-policy':{'access-lists':{'access-list':[{'name':'t'}]}}},"
		  "'acls':{'acl':[{'name':'t','aces':{'ace':5,'x':1}}]}}", "t.aces.x" },
		{ "{'mud':{'to-device-policy':{'access-lists':{'access-list':[{'name':'t'}]}}},"
		  "'acls':{'acl':[{'name':'t','aces':{'ace':[5]}}]}}", "t.ace[0]" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		const struct exch_item *it;
		MADE m = doc(rows[i].text);
		bool found = false;

		for (size_t k = 0; (it = exch_item_at(m.e, k)); k++)
			found = found || (it->kind == EXCH_LOST &&
					  !strcmp(it->where, rows[i].where));
		if (!found)
			fail_msg("%s: nothing is said of %s", rows[i].text, rows[i].where);
	}
}

static void conditions_of_another_shape_are_never_left_out_in_silence(void **state)
{
	MADE text = made_of("", "{'name':'e','matches':'x'," ACCEPT "}", "");
	MADE ip = ONE("'tcp':{},'ipv4':5");
	MADE profiles = ONE("'tcp':{},'client-profiles':5");
	MADE list = ONE("'tcp':{},'client-profiles':{'tls-dtls-profile':5}");
	MADE one = ONE("'tcp':{},'client-profiles':{'tls-dtls-profile':[5]}");
	MADE versions = ONE("'tcp':{},'client-profiles':{'tls-dtls-profile':"
			    "[{'supported-tls-version':'tls12'}]}");

	(void)state;
	assert_int_equal(text.p->nconns, 0);
	assert_true(said(&text, EXCH_LOST, "no object"));
	assert_true(said(&ip, EXCH_WIDER, "matches.ipv4"));
	assert_true(said(&profiles, EXCH_WIDER, "no object with profiles"));
	assert_true(said(&list, EXCH_WIDER, "no array of profiles"));
	assert_true(said(&one, EXCH_WIDER, "no profile"));
	assert_true(said(&versions, EXCH_WIDER, "no array of versions"));
}

static void a_class_without_a_rule_makes_no_group(void **state)
{
	MADE m = ONE_TO("'mud':{'controller':'urn:x'},'udp':{'destination-port':{'port':5}}");

	(void)state;
	assert_int_equal(m.p->nlistens, 1);
	assert_false(said(&m, EXCH_FILL, ""));
	assert_null(strstr(exch_text(m.e)->data, "groups"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operator_of_ports_becomes_ranges),
		cmocka_unit_test(ports_that_are_none_are_listed),
		cmocka_unit_test(a_network_is_written_as_policies_do),
		cmocka_unit_test(an_address_of_any_family_is_any_destination_of_it),
		cmocka_unit_test(a_name_of_one_family_is_wider),
		cmocka_unit_test(the_mirror_of_a_conversation_is_its_answers),
		cmocka_unit_test(a_mirror_with_other_ports_is_none),
		cmocka_unit_test(the_side_that_begins_decides),
		cmocka_unit_test(answers_without_a_question_are_listed),
		cmocka_unit_test(who_may_call_is_left_out),
		cmocka_unit_test(classes_are_groups_that_declare_nothing_yet),
		cmocka_unit_test(local_networks_are_the_private_ones),
		cmocka_unit_test(a_class_needs_its_name),
		cmocka_unit_test(a_second_condition_for_the_other_side_is_left_out),
		cmocka_unit_test(what_policies_have_no_word_for_is_wider_or_lost),
		cmocka_unit_test(frames_that_are_not_ip_are_lost),
		cmocka_unit_test(protocols_become_words),
		cmocka_unit_test(what_no_packet_agrees_with_is_lost),
		cmocka_unit_test(refusals_are_listed_by_what_stands_behind_them),
		cmocka_unit_test(the_oldest_version_of_tls_is_kept),
		cmocka_unit_test(what_is_no_name_is_listed_and_left_out),
		cmocka_unit_test(ids_are_valid_and_differ),
		cmocka_unit_test(nothing_of_another_shape_is_dropped_in_silence),
		cmocka_unit_test(conditions_of_another_shape_are_never_left_out_in_silence),
		cmocka_unit_test(a_class_without_a_rule_makes_no_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
