/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_read.c - what a policy says when it is valid, and the exact words for everything that is not
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"
#include "tcbox/policy.h"

#define V "{\"tcbox_policy\":1,"		/* 18 characters: what follows begins in column
						 * 19 */
#define CONN(x) V "\"connections\":[{\"id\":\"a\"," x "}]}"	/* x begins in column 44 */

/* parse() - a valid policy, or a failed test with the reason */
static struct pol *parse(const char *text)
{
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	if (pol_parse("p", text, strlen(text), &p, &err) != 0)
		fail_msg("%s", err.msg);
	return p;
}

struct row {
	const char *text, *expect;	/* expect "": valid */
};

static void check(const struct row *rows, size_t n)
{
	struct tb_err err;
	struct pol *p;
	size_t i;
	int ret;

	for (i = 0; i < n; i++) {
		err = (struct tb_err){ 0, "" };
		p = (struct pol *)&err;
		ret = pol_parse("p", rows[i].text, strlen(rows[i].text), &p, &err);
		if (strcmp(err.msg, rows[i].expect) != 0)
			print_error("input: %s\n", rows[i].text);
		assert_string_equal(err.msg, rows[i].expect);
		assert_int_equal(ret, *rows[i].expect ? -EINVAL : 0);
		assert_int_equal(p == NULL, ret != 0);
		pol_free(p);
	}
}

static void policy_version_is_judged_first(void **state)
{
	static const struct row rows[] = {
		{ "{\"tcbox_policy\":1}", "" },
		{ "{}", "p:1:1: tcbox_policy: missing; the first key is \"tcbox_policy\": 1" },
		{ "[]", "p:1:1: an object is expected, not an array" },
		{ "7", "p:1:1: an object is expected, not 7" },
		{ "{\"tcbox_policy\":2,\"new\":1}",
		  "p:1:17: tcbox_policy: version 2 is newer than this tcbox, which knows version "
		  "1" },
		{ "{\"tcbox_policy\":0}", "p:1:17: tcbox_policy: the version is the number 1" },
		{ "{\"tcbox_policy\":-1}", "p:1:17: tcbox_policy: the version is the number 1" },
		{ "{\"tcbox_policy\":\"1\"}", "p:1:17: tcbox_policy: the version is the number 1" },
		{ "{\"tcbox_policy\":1.0}", "p:1:17: tcbox_policy: the version is the number 1" },
		{ "{\"tcbox_policy\":1,\"tcbox_policy\":1}",
		  "p:1:19: duplicate key \"tcbox_policy\"; it is in line 1, column 2 already" },
		{ "{\"tcbox_policy\":1",
		  "p:1:1: this '{' is not closed before the end of the file" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void policy_names_unknown_keys_and_the_nearest(void **state)
{
	static const struct row rows[] = {
		{ V "\"conections\":[]}",
		  "p:1:19: conections: unknown key; did you mean \"connections\"?" },
		{ V "\"zzz\":1}", "p:1:19: zzz: unknown key" },
		{ V "\"\":1}", "p:1:19: : unknown key" },
		{ V "\"a\\nb\\u202e\":1}", "p:1:19: a\\nb\\u202e: unknown key" },
		{ V "\"product\":{\"vendr\":\"A\"}}",
		  "p:1:30: product.vendr: unknown key; did you mean \"vendor\"?" },
		{ CONN("\"protocl\":\"tcp\""),
		  "p:1:44: connections[0].protocl: unknown key; did you mean \"protocol\"?" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"speedlimit\":1}"),
		  "p:1:65: connections[0].limits.speedlimit: unknown key" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"byte_out\":1}"),
		  "p:1:65: connections[0].limits.byte_out: unknown key; did you mean "
		  "\"bytes_out\"?" },
		{ V "\"listens\":[{\"id\":\"a\",\"to\":[\"b\"]}]}",
		  "p:1:40: listens[0].to: unknown key" },
		{ V "\"files\":{\"wirte\":[]}}",
		  "p:1:28: files.wirte: unknown key; did you mean \"write\"?" },
		{ V "\"syscalls\":{\"alow\":[]}}",
		  "p:1:31: syscalls.alow: unknown key; did you mean \"allow\"?" },
		{ V "\"undeclared\":{\"file\":\"info\"}}",
		  "p:1:33: undeclared.file: unknown key; did you mean \"files\"?" },
		{ "{\n  \"tcbox_policy\": 1,\n  /* \xc3\xa4 */ \"Names\": []\n}",
		  "p:3:11: Names: unknown key; did you mean \"names\"?" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void policy_refuses_wrong_types(void **state)
{
	static const struct row rows[] = {
		{ V "\"product\":\"Agent\"}",
		  "p:1:29: product: an object is expected, not a string" },
		{ V "\"product\":{\"name\":4.2}}",
		  "p:1:37: product.name: a string is expected, not 4.2; write \"4.2\"" },
		{ V "\"product\":{\"name\":\"\"}}",
		  "p:1:37: product.name: an empty string; leave the key out" },
		{ V "\"product\":null}", "p:1:29: product: an object is expected, not null" },
		{ V "\"connections\":{}}",
		  "p:1:33: connections: an array is expected, not an object" },
		{ V "\"connections\":[null]}",
		  "p:1:34: connections[0]: an object is expected, not null" },
		{ V "\"names\":\"a.example\"}",
		  "p:1:27: names: an array is expected, not a string; write [\"a.example\"]" },
		{ V "\"names\":[1]}",
		  "p:1:28: names[0]: a string is expected, not 1; write \"1\"" },
		{ V "\"names\":[[\"a\"]]}",
		  "p:1:28: names[0]: a string is expected, not an array" },
		{ V "\"executes\":true}", "p:1:30: executes: an array is expected, not true" },
		{ CONN("\"ports\":443"),
		  "p:1:52: connections[0].ports: an array is expected, not 443; write [443]" },
		{ CONN("\"to\":[\"b\"],\"required\":\"yes\""),
		  "p:1:66: connections[0].required: true or false is expected, not a string" },
		{ CONN("\"to\":[\"b\"],\"required\":1"),
		  "p:1:66: connections[0].required: true or false is expected, not 1" },
		{ CONN("\"tls\":\"1.2\""),
		  "p:1:50: connections[0].tls: an object is expected, not a string" },
		{ CONN("\"tls\":{}"),
		  "p:1:50: connections[0].tls.min_version: missing; without it, \"tls\" says "
		  "nothing" },
		{ CONN("\"until\":\"2026-02-29\""),
		  "p:1:52: connections[0].until: \"2026-02-29\" is no day; write it as in "
		  "\"2026-12-31\"" },
		{ CONN("\"until\":\"2026-13-01\""), "p:1:52: connections[0].until: \"2026-13-01\" is no "
		  "day; write it as in \"2026-12-31\"" },
		{ CONN("\"until\":\"31.12.2026\""), "p:1:52: connections[0].until: \"31.12.2026\" is no "
		  "day; write it as in \"2026-12-31\"" },
		{ CONN("\"severity\":\"ignore\""),
		  "p:1:55: connections[0].severity: \"ignore\" is not known here; it is \"info\", "
		  "\"warning\" or \"violation\"" },
		{ CONN("\"data\":[]"),
		  "p:1:51: connections[0].data: an empty array; to say nothing of data, leave the "
		  "key out" },
		{ CONN("\"http\":{}"),
		  "p:1:51: connections[0].http: an empty object says nothing; it has \"methods\", "
		  "\"paths\" or \"hosts\"" },
		{ CONN("\"http\":{\"methods\":[\"get\"]}"),
		  "p:1:63: connections[0].http.methods[0]: \"get\": a method is up to 32 capital "
		  "letters, as in \"GET\"" },
		{ CONN("\"http\":{\"paths\":[\"a\"]}"),
		  "p:1:61: connections[0].http.paths[0]: \"a\": a path of a URL begins with / or "
		  "**" },
		{ CONN("\"http\":{\"paths\":[\"/a?b=*\"]}"),
		  "p:1:61: connections[0].http.paths[0]: \"/a?b=*\": only the path is compared, "
		  "without what follows ? or #" },
		{ CONN("\"http\":{\"paths\":[\"/***\"]}"),
		  "p:1:61: connections[0].http.paths[0]: \"/***\": three stars; ** matches "
		  "everything already" },
		{ CONN("\"tls\":{\"min_version\":1.2}"),
		  "p:1:65: connections[0].tls.min_version: a string is expected, not 1.2; write "
		  "\"1.2\"" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void policy_rules_have_unique_ids(void **state)
{
	static const struct row rows[] = {
		{ V "\"connections\":[{\"to\":[\"a\"]}]}",
		  "p:1:34: connections[0].id: missing; the report names rules by it" },
		{ V "\"listens\":[{\"ports\":[1]}]}",
		  "p:1:30: listens[0].id: missing; the report names rules by it" },
		{ CONN("\"to\":[\"b\"]},{\"id\":\"a\",\"to\":[\"b\"]"),
		  "p:1:62: connections[1].id: \"a\" is the id of the rule in line 1 already" },
		{ V "\"connections\":[{\"id\":\"x\",\"to\":[\"b\"]}],\n\"listens\":[{\"id\":\"x\",\"ports\":[1]}]}",
		  "p:2:18: listens[0].id: \"x\" is the id of the rule in line 1 already" },
		{ V "\"listens\":[{\"id\":\"\",\"ports\":[1]}]}",
		  "p:1:36: listens[0].id: an id has 1 to 64 letters, digits, '.', '_' or '-'" },
		{ V "\"listens\":[{\"id\":\"a b\",\"ports\":[1]}]}",
		  "p:1:36: listens[0].id: an id has 1 to 64 letters, digits, '.', '_' or '-'" },
		{ V "\"listens\":[{\"id\":5,\"ports\":[1]}]}",
		  "p:1:36: listens[0].id: a string is expected, not 5; write \"5\"" },
		{ V "\"listens\":[{\"id\":\"A\",\"ports\":[1]},{\"id\":\"a\",\"ports\":[1]}]}",
		  "" },
		{ V "\"connections\":[{\"id\":\"x\",\"why\":\"y\",\"required\":true}]}",
		  "p:1:34: connections[0]: this rule would declare everything; say at least who, "
		  "where to or how" },
		{ V "\"listens\":[{\"id\":\"x\"}]}",
		  "p:1:30: listens[0]: this rule would declare everything; say at least who, "
		  "where to or how" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void policy_refuses_ports_that_are_none(void **state)
{
	static const struct row rows[] = {
		{ CONN("\"ports\":[1,65535,\"1-65535\",\"7-7\"]"), "" },
		{ CONN("\"ports\":[]"),
		  "p:1:52: connections[0].ports: an empty array; for any port, leave the key out" },
		{ CONN("\"ports\":[0]"),
		  "p:1:53: connections[0].ports[0]: 0 is not a port; ports are whole numbers from "
		  "1 to 65535" },
		{ CONN("\"ports\":[80,65536]"),
		  "p:1:56: connections[0].ports[1]: 65536 is not a port; ports are whole numbers "
		  "from 1 to 65535" },
		{ CONN("\"ports\":[-80]"),
		  "p:1:53: connections[0].ports[0]: -80 is not a port; ports are whole numbers "
		  "from 1 to 65535" },
		{ CONN("\"ports\":[443.0]"),
		  "p:1:53: connections[0].ports[0]: 443.0 is not a port; ports are whole numbers "
		  "from 1 to 65535" },
		{ CONN("\"ports\":[99999999999999999999]"),
		  "p:1:53: connections[0].ports[0]: 99999999999999999999 is not a port; "
		  "ports are whole numbers from 1 to 65535" },
		{ CONN("\"ports\":[\"443\"]"),
		  "p:1:53: connections[0].ports[0]: write 443 without quotes" },
		{ CONN("\"ports\":[\"8100-8000\"]"),
		  "p:1:53: connections[0].ports[0]: this range ends before it begins; did you "
		  "mean \"8000-8100\"?" },
		{ CONN("\"ports\":[\"0-80\"]"),
		  "p:1:53: connections[0].ports[0]: \"0-80\" is not a range of ports from 1 to "
		  "65535, as in \"8000-8100\"" },
		{ CONN("\"ports\":[\"80-65536\"]"),
		  "p:1:53: connections[0].ports[0]: \"80-65536\" is not a range of ports from 1 "
		  "to 65535, "
		  "as in \"8000-8100\"" },
		{ CONN("\"ports\":[\"80-\"]"),
		  "p:1:53: connections[0].ports[0]: \"80-\" is not a range of ports from 1 to "
		  "65535, as in \"8000-8100\"" },
		{ CONN("\"ports\":[\"80 - 90\"]"),
		  "p:1:53: connections[0].ports[0]: \"80 - 90\" is not a range of ports from 1 to "
		  "65535, "
		  "as in \"8000-8100\"" },
		{ CONN("\"ports\":[\"https\"]"),
		  "p:1:53: connections[0].ports[0]: \"https\" is not a range of ports from 1 to "
		  "65535, as in \"8000-8100\"" },
		{ CONN("\"ports\":[true]"),
		  "p:1:53: connections[0].ports[0]: a string is expected, not true" },
		{ CONN("\"protocol\":\"icmp\",\"ports\":[8]"),
		  "p:1:62: connections[0].ports: the protocol \"icmp\" has no ports" },
		{ CONN("\"ports\":[8],\"protocol\":\"ip-47\""),
		  "p:1:44: connections[0].ports: the protocol \"ip-47\" has no ports" },
		{ CONN("\"protocol\":\"sctp\",\"ports\":[8]"), "" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void policy_refuses_limits_that_are_none(void **state)
{
	static const struct row rows[] = {
		{ CONN("\"to\":[\"b\"],\"limits\":{\"connections\":0}"),
		  "p:1:79: connections[0].limits.connections: a limit is at least 1; for no "
		  "limit, leave the key out" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"connections\":-1}"),
		  "p:1:79: connections[0].limits.connections: -1 is out of range; "
		  "a limit is a whole number from 1 to 9223372036854775807" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"connections\":1.5}"),
		  "p:1:79: connections[0].limits.connections: 1.5 is out of range; "
		  "a limit is a whole number from 1 to 9223372036854775807" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"connections\":\"5\"}"),
		  "p:1:79: connections[0].limits.connections: a whole number is expected, not a "
		  "string" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"bytes_in\":\"64Kib\"}"),
		  "p:1:76: connections[0].limits.bytes_in: \"64Kib\" is not a size; "
		  "write a whole number of bytes, or with a unit as in \"64KiB\" or \"10MB\"" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"bytes_in\":\"1.5GiB\"}"),
		  "p:1:76: connections[0].limits.bytes_in: \"1.5GiB\" is not a size; "
		  "write a whole number of bytes, or with a unit as in \"64KiB\" or \"10MB\"" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"bytes_in\":\"64\"}"),
		  "p:1:76: connections[0].limits.bytes_in: \"64\" is not a size; "
		  "write a whole number of bytes, or with a unit as in \"64KiB\" or \"10MB\"" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"bytes_in\":\"\"}"),
		  "p:1:76: connections[0].limits.bytes_in: \"\" is not a size; "
		  "write a whole number of bytes, or with a unit as in \"64KiB\" or \"10MB\"" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"bytes_in\":\"9999999TiB\"}"),
		  "p:1:76: connections[0].limits.bytes_in: 9999999TiB is out of range; "
		  "a limit is a whole number from 1 to 9223372036854775807" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"bytes_in\":\"99999999999999999999B\"}"),
		  "p:1:76: connections[0].limits.bytes_in: 99999999999999999999B is out of range; "
		  "a limit is a whole number from 1 to 9223372036854775807" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"bytes_in\":\"0MB\"}"),
		  "p:1:76: connections[0].limits.bytes_in: a limit is at least 1; for no limit, "
		  "leave the key out" },
		{ CONN("\"to\":[\"b\"],\"limits\":{\"bytes_in\":[1]}"),
		  "p:1:76: connections[0].limits.bytes_in: a string is expected, not an array" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void policy_refuses_rates_that_are_none(void **state)
{
#define LIMITS(text) CONN("\"to\":[\"b\"],\"limits\":{" text "}")
	static const struct row rows[] = {
		{ LIMITS("\"each_connection\":{}"),
		  "p:1:83: connections[0].limits.each_connection: an empty object limits nothing; "
		  "leave the key out" },
		{ LIMITS("\"each_connection\":{\"connections\":1}"),
		  "p:1:84: connections[0].limits.each_connection.connections: unknown key" },
		{ LIMITS("\"rates\":[]"),
		  "p:1:73: connections[0].limits.rates: an empty array; for any rate, leave the key "
		  "out" },
		{ LIMITS("\"rates\":[{\"every\":\"1h\"}]"),
		  "p:1:74: connections[0].limits.rates[0]: this limits nothing; it has "
		  "\"connections\" or \"requests\"" },
		{ LIMITS("\"rates\":[{\"connections\":1}]"),
		  "p:1:74: connections[0].limits.rates[0].every: missing; a rate is so many in a "
		  "time" },
		{ LIMITS("\"rates\":[{\"every\":\"0h\",\"connections\":1}]"),
		  "p:1:83: connections[0].limits.rates[0].every: \"0h\" is no length of time; write "
		  "1 to 999999 seconds, minutes, hours or days, as in \"30s\", \"15m\", \"1h\" or "
		  "\"7d\"" },
		{ LIMITS("\"rates\":[{\"every\":\"1 h\",\"connections\":1}]"),
		  "p:1:83: connections[0].limits.rates[0].every: \"1 h\" is no length of time; write "
		  "1 to 999999 seconds, minutes, hours or days, as in \"30s\", \"15m\", \"1h\" or "
		  "\"7d\"" },
		{ LIMITS("\"rates\":[{\"every\":\"1h\",\"connections\":1},"
			 "{\"every\":\"1h\",\"connections\":2}]"),
		  "p:1:114: connections[0].limits: there is a rate for \"1h\" already; what may "
		  "happen in one time is one rate" },
		{ LIMITS("\"rates\":[{\"every\":60,\"connections\":1}]"),
		  "p:1:83: connections[0].limits.rates[0].every: a string is expected, not 60; write "
		  "\"60\"" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void a_rule_has_at_most_16_rates(void **state)
{
	char text[2048];
	struct tb_err err;
	struct pol *p;

	(void)state;
	for (int n = 16; n <= 17; n++) {
		size_t at = (size_t)snprintf(text, sizeof(text), "{\"tcbox_policy\":1,\"connections\":"
			"[{\"id\":\"a\",\"to\":[\"b\"],\"limits\":{\"rates\":[");

		for (int i = 1; i <= n; i++)
			at += (size_t)snprintf(text + at, sizeof(text) - at,
					       "{\"every\":\"%dh\",\"connections\":1},", i);
		(void)snprintf(text + at, sizeof(text) - at, "]}}]}");
		assert_int_equal(pol_parse("p", text, strlen(text), &p, &err), n == 16 ? 0 : -EINVAL);
		if (n == 16) {
			assert_int_equal(p->conns[0].nrates, 16);
			assert_int_equal(p->conns[0].rates[15].every.ns, INT64_C(57600000000000));
			assert_string_equal(p->conns[0].rates[15].every.text, "16h");
		} else {
			assert_non_null(strstr(err.msg, "a rule has at most 16 rates"));
		}
		pol_free(p);
	}
}

static void policy_refuses_unknown_words(void **state)
{
	static const struct row rows[] = {
		{ CONN("\"protocol\":\"tpc\""),
		  "p:1:55: connections[0].protocol: \"tpc\" is not known here; did you mean "
		  "\"tcp\"?" },
		{ CONN("\"protocol\":\"TCP\""),
		  "p:1:55: connections[0].protocol: \"TCP\" is not known here; "
		  "it is \"tcp\", \"udp\", \"icmp\", \"sctp\", \"dccp\", \"udplite\" or \"ip-N\"" },
		{ CONN("\"protocol\":\"icmpv6\""),
		  "p:1:55: connections[0].protocol: write \"icmp\", which covers ICMPv6 too" },
		{ CONN("\"protocol\":\"ip-6\""),
		  "p:1:55: connections[0].protocol: the protocol 6 is called \"tcp\"" },
		{ CONN("\"protocol\":\"ip-0\""), "" },
		{ CONN("\"protocol\":\"ip-255\""), "" },
		{ CONN("\"protocol\":\"ip-256\""),
		  "p:1:55: connections[0].protocol: \"ip-256\" is not an IP protocol from "
		  "\"ip-0\" to \"ip-255\"" },
		{ CONN("\"protocol\":\"ip-N\""),
		  "p:1:55: connections[0].protocol: \"ip-N\" is not an IP protocol from \"ip-0\" "
		  "to \"ip-255\"" },
		{ CONN("\"protocol\":\"ip-047\""),
		  "p:1:55: connections[0].protocol: \"ip-047\" is not an IP protocol from "
		  "\"ip-0\" to \"ip-255\"" },
		{ CONN("\"application\":\"htpt\""),
		  "p:1:58: connections[0].application: unknown application protocol \"htpt\"; did "
		  "you mean \"http\"?" },
		{ CONN("\"application\":\"HTTPS\""), "" },
		{ CONN("\"application\":\"our-own-protocol\""),
		  "p:1:58: connections[0].application: unknown application protocol "
		  "\"our-own-protocol\"; "
		  "tcbox-policy(5) lists them" },
		{ CONN("\"tls\":{\"min_version\":\"1.4\"}"),
		  "p:1:65: connections[0].tls.min_version: \"1.4\" is not known here; did you "
		  "mean \"1.0\"?" },
		{ CONN("\"tls\":{\"min_version\":\"TLSv1.2\"}"),
		  "p:1:65: connections[0].tls.min_version: \"TLSv1.2\" is not known here; "
		  "it is \"1.0\", \"1.1\", \"1.2\" or \"1.3\"" },
		{ V "\"listens\":[{\"id\":\"x\",\"on\":\"lo\"}]}",
		  "p:1:45: listens[0].on: \"lo\" is not known here; it is \"any\" or "
		  "\"loopback\"" },
		{ V "\"undeclared\":{\"names\":\"warn\"}}",
		  "p:1:41: undeclared.names: \"warn\" is not known here; "
		  "it is \"ignore\", \"info\", \"warning\" or \"violation\"" },
		{ V "\"undeclared\":{\"names\":\"violaton\"}}",
		  "p:1:41: undeclared.names: \"violaton\" is not known here; did you mean "
		  "\"violation\"?" },
		{ V "\"undeclared\":{\"names\":false}}",
		  "p:1:41: undeclared.names: a string is expected, not false" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

#define TO(x) CONN("\"to\":[\"" x "\"]")	/* the string begins in column 50 */
#define AT "p:1:50: connections[0].to[0]: "

static void policy_refuses_names_that_are_none(void **state)
{
	static const struct row rows[] = {
		{ TO("a b.example"), AT "\"a b.example\": a name has no spaces" },
		{ TO(""), AT "\"\": an empty label (two dots, or a dot at the beginning)" },
		{ TO("."), AT "\".\": the root of all names is no destination" },
		{ TO("a\\\\q.example"), AT "\"a\\q.example\": a backslash stands before three "
					 "digits, as in \"\\032\" for a blank, or before one of . "
					 "\\ \" ; ( ) @ $" },
		{ TO("a..example"), AT "\"a..example\": an empty label (two dots, or a dot at the "
				       "beginning)" },
		{ TO(".example"), AT "\".example\": an empty label (two dots, or a dot at the "
				     "beginning)" },
		{ TO("a.example.."), AT "\"a.example..\": an empty label (two dots, or a dot at "
					"the beginning)" },
		{ TO("-a.example"), AT "\"-a.example\": a label does not begin or end with '-'" },
		{ TO("a-.example"), AT "\"a-.example\": a label does not begin or end with '-'" },
		{ TO("a$b.example"), AT "\"a$b.example\": a name has only letters, digits, '-', "
					"'_' and dots" },
		{ TO("b\xc3\xbc""cher.example"),
		  AT "\"b\xc3\xbc""cher.example\": not ASCII; write the name in its IDNA form "
				  "(\"xn--...\"), "
		  "as it is on the wire" },
		{ TO("a\\u202eb.example"),
		  AT "\"a\\u202eb.example\": not ASCII; write the name in its IDNA form "
		     "(\"xn--...\"), as it is on the wire" },
		{ TO("**.acme.example"),
		  AT "\"**.acme.example\": ** is not for names; * at the left stands for one or "
		     "more labels already" },
		{ TO("acme.*"), AT "\"acme.*\": * in the last label would match names under every "
				   "top-level domain" },
		{ TO("acme.e*"), AT "\"acme.e*\": * in the last label would match names under "
				    "every top-level domain" },
		{ TO("a*"), AT "\"a*\": * in the last label would match names under every "
			       "top-level domain" },
		{ TO("xn--*.example"),
		  AT "\"xn--*.example\": * cannot stand in an IDNA label, whose characters are "
		     "encoded" },
		{ TO("a?.example"), AT "\"a?.example\": the only wildcard in names is *" },
		{ TO("[ab].example"),
		  AT "\"[ab].example\": addresses are written without brackets; the port goes "
		     "into \"ports\"" },
		{ TO("https://updates.acme.example:8443/x"),
		  AT "a URL; only the name goes here: \"updates.acme.example\"" },
		{ TO("updates.acme.example:443"),
		  AT "\"updates.acme.example:443\": only the name goes here; the port goes into "
		     "\"ports\"" },
		{ TO(":443"),
		  AT "\":443\": a name has only letters, digits, '-', '_' and dots" },
		{ TO("a:"), AT "\"a:\": a name has only letters, digits, '-', '_' and dots" },
		{ TO("a:4x"), AT "\"a:4x\": a name has only letters, digits, '-', '_' and dots" },
		{ TO("a.123"), AT "\"a.123\": this is neither a name nor a complete IPv4 address" },
		{ TO("0123456789012345678901234567890123456789012345678901234567890123.example"),
		  AT "\"0123456789012345678901234567890123456789012345678901234567890123.example\": "
		  "a label has at most 63 characters" },
		{ V "\"names\":[\"https://a.example\"]}",
		  "p:1:28: names[0]: a URL; only the name goes here: \"a.example\"" },
		{ V "\"names\":[\"*\",\"_sip._tcp.acme.example\",\"x*.acme.example\",\"a.*.example\",\"localhost\"]}", "" },
		{ V "\"names\":[\"192.0.2.1\"]}",
		  "p:1:28: names[0]: \"192.0.2.1\": this is neither a name nor a complete IPv4 "
		  "address" },
		{ CONN("\"to\":[]"), "p:1:49: connections[0].to: an empty array; for any "
				     "destination, leave the key out" },
	};
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;
	int i;

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
	tb_buf_adds(&b, V "\"names\":[\"");
	for (i = 0; i < 127; i++)
		tb_buf_adds(&b, "a.");
	tb_buf_adds(&b, "b\"]}");
	assert_int_equal(pol_parse("p", b.data, b.len, &p, &err), -EINVAL);
	assert_non_null(strstr(err.msg, ": a name has at most 253 characters"));
}

static void policy_refuses_addresses_that_are_none(void **state)
{
	static const struct row rows[] = {
		{ TO("192.0.2.256"), AT "\"192.0.2.256\": this is not an IP address" },
		{ TO("192.0.2"), AT "\"192.0.2\": this is not an IP address" },
		{ TO("192.0.2.01"), AT "\"192.0.2.01\": this is not an IP address" },
		{ TO("192.0.2.7/24"),
		  AT "\"192.0.2.7/24\" has bits set behind its prefix; did you mean the network "
		     "\"192.0.2.0/24\" "
		  "or the address \"192.0.2.7\"?" },
		{ TO("2001:db8::1/33"),
		  AT "\"2001:db8::1/33\" has bits set behind its prefix; did you mean the network "
		     "\"2001:db8::/33\" "
		  "or the address \"2001:db8::1\"?" },
		{ TO("192.0.2.0/33"),
		  AT "\"192.0.2.0/33\": the prefix of an IPv4 network is a number from 0 to 32" },
		{ TO("192.0.2.0/"), AT "\"192.0.2.0/\": the prefix of an IPv4 network is a number "
				       "from 0 to 32" },
		{ TO("192.0.2.0/024"),
		  AT "\"192.0.2.0/024\": the prefix of an IPv4 network is a number from 0 to 32" },
		{ TO("192.0.2.0/+8"),
		  AT "\"192.0.2.0/+8\": the prefix of an IPv4 network is a number from 0 to 32" },
		{ TO("192.0.2.0/255.255.255.0"),
		  AT "\"192.0.2.0/255.255.255.0\": the prefix of an IPv4 network is a number from "
		     "0 to 32" },
		{ TO("2001:db8::/129"),
		  AT "\"2001:db8::/129\": the prefix of an IPv6 network is a number from 0 to "
		     "128" },
		{ TO("2001:db8::g"), AT "\"2001:db8::g\": this is not an IP address" },
		{ TO("fe80::1%eth0"),
		  AT "\"fe80::1%eth0\": an address has no interface (%...) here" },
		{ TO("[2001:db8::1]:443"),
		  AT "\"[2001:db8::1]:443\": addresses are written without brackets; the port "
		     "goes into \"ports\"" },
		{ TO("192.0.2.1:443"),
		  AT "\"192.0.2.1:443\": only the name goes here; the port goes into \"ports\"" },
		{ TO("acme.example/24"), AT "\"acme.example/24\": this is not an IP address" },
		{ TO("::ffff:192.0.2.7/120"),
		  AT "\"::ffff:192.0.2.7/120\" has bits set behind its prefix; did you mean the "
		     "network \"192.0.2.0/24\" "
		  "or the address \"192.0.2.7\"?" },
		{ TO("2001:db8:0000:0000:0000:0000:0000:0000:0000:0000/64"),
		  AT "\"2001:db8:0000:0000:0000:0000:0000:0000:0000:0000/64\": this is not an IP "
		     "address" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

#define EXE(x) V "\"executes\":[\"" x "\"]}"
#define EX "p:1:31: executes[0]: "

static void policy_refuses_paths_that_never_match(void **state)
{
	static const struct row rows[] = {
		{ EXE("/bin/sh"), "" },
		{ EXE("**"), "" },
		{ EXE("**/sh"), "" },
		{ EXE("/"), "" },
		{ EXE("/.hidden"), "" },
		{ EXE("/opt/a..b/[a-z]*"), "" },
		{ EXE("bin/sh"), EX "\"bin/sh\": a path begins with / or, for any directory, with "
				    "**/" },
		{ EXE("~/x"), EX "\"~/x\": a path begins with / or, for any directory, with **/" },
		{ EXE("*/sh"), EX "\"*/sh\": a path begins with / or, for any directory, with "
				  "**/" },
		{ EXE(""), EX "\"\": a path begins with / or, for any directory, with **/" },
		{ EXE("/opt/acme/"),
		  EX "\"/opt/acme/\": a slash at the end never matches; write /** for everything "
		     "in the directory" },
		{ EXE("/opt//acme"),
		  EX "\"/opt//acme\": two slashes never match, because paths are compared in "
		     "their shortest form" },
		{ EXE("/opt/../acme"),
		  EX "\"/opt/../acme\": \".\" and \"..\" never match, because paths are compared "
		     "in their shortest form" },
		{ EXE("/opt/."),
		  EX "\"/opt/.\": \".\" and \"..\" never match, because paths are compared in "
		     "their shortest form" },
		{ EXE("/.."),
		  EX "\"/..\": \".\" and \"..\" never match, because paths are compared in their "
		     "shortest form" },
		{ EXE("/opt/***"), EX "\"/opt/***\": three stars; ** matches everything already" },
		{ EXE("/opt/[a"),
		  EX "\"/opt/[a\": this [ begins a set of characters that is not closed or not "
		     "valid; "
		  "write \\\\[ for the character itself" },
		{ EXE("/opt/\\\\[a"), "" },
		{ EXE("/opt/a\\\\"), EX "\"/opt/a\\\": a backslash at the end takes the meaning "
					"from nothing" },
		{ CONN("\"process\":\"agent\""),
		  "p:1:54: connections[0].process: \"agent\": a path begins with / or, for any "
		  "directory, with **/" },
		{ V "\"files\":{\"read\":[]}}",
		  "p:1:35: files.read: an empty array; to declare nothing about reading, leave "
		  "the key out" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void policy_refuses_system_calls_that_are_none(void **state)
{
	static const struct row rows[] = {
		{ V "\"syscalls\":{\"allow\":[\"@default\"],\"deny\":[\"ptrace\"]}}", "" },
		{ V "\"syscalls\":{\"allow\":[\"@default\",\"fchmodat2\"]}}", "" },
		{ V "\"syscalls\":{\"allow\":[]}}", "" },
		{ V "\"syscalls\":{}}",
		  "p:1:30: syscalls.allow: missing; with \"syscalls\", only what it lists is "
		  "declared" },
		{ V "\"syscalls\":{\"allow\":[\"opnat\"]}}",
		  "p:1:40: syscalls.allow[0]: unknown system call \"opnat\"; did you mean "
		  "\"openat\"?" },
		{ V "\"syscalls\":{\"allow\":[\"completely-unknown\"]}}",
		  "p:1:40: syscalls.allow[0]: unknown system call \"completely-unknown\"; "
		  "\"tcbox policy groups\" lists them" },
		{ V "\"syscalls\":{\"allow\":[\"@netwrok\"]}}",
		  "p:1:40: syscalls.allow[0]: unknown group \"@netwrok\"; did you mean "
		  "\"@network\"?" },
		{ V "\"syscalls\":{\"allow\":[\"@system-service\"]}}",
		  "p:1:40: syscalls.allow[0]: unknown group \"@system-service\"; \"tcbox policy "
		  "groups\" lists them" },
		{ V "\"syscalls\":{\"allow\":[\"@default\",42]}}",
		  "p:1:51: syscalls.allow[1]: a string is expected, not 42; write \"42\"" },
		{ V "\"syscalls\":{\"allow\":\"@default\"}}",
		  "p:1:39: syscalls.allow: an array is expected, not a string; write "
		  "[\"@default\"]" },
		{ V "\"syscalls\":{\"allow\":[\"read\",\"ptrace\"],\"deny\":[\"ptrace\"]}}",
		  "p:1:47: syscalls.allow[1]: \"ptrace\" is denied by \"deny\"; remove it from "
		  "one of the two" },
		{ V "\"syscalls\":{\"deny\":[\"@debug\"],\"allow\":[\"ptrace\"]}}",
		  "p:1:58: syscalls.allow[0]: \"ptrace\" is denied by \"deny\"; remove it from "
		  "one of the two" },
		{ V "\"syscalls\":{\"allow\":[\"read\"],\"architectures\":[\"i386\"]}}", "" },
		{ V "\"syscalls\":{\"allow\":[\"read\"],\"architectures\":[]}}", "" },
		{ V "\"syscalls\":{\"architectures\":[\"i386\"]}}",
		  "p:1:30: syscalls.allow: missing; with \"syscalls\", only what it lists is "
		  "declared" },
		{ V "\"syscalls\":{\"allow\":[\"read\"],\"architectures\":[\"i368\"]}}",
		  "p:1:65: syscalls.architectures[0]: unknown architecture \"i368\"; did you mean "
		  "\"i386\"?" },
		{ V "\"syscalls\":{\"allow\":[\"read\"],\"architectures\":[\"i386\",\"x32\"]}}",
		  "p:1:72: syscalls.architectures[1]: unknown architecture \"x32\"; x32 is "
		  "refused in any case" },
		{ V "\"syscalls\":{\"allow\":[\"read\"],\"architectures\":[\"x86_64\"]}}",
		  "p:1:65: syscalls.architectures[0]: unknown architecture \"x86_64\"; the native "
		  "one needs no declaration" },
		{ V "\"syscalls\":{\"allow\":[\"read\"],\"architectures\":[\"sparc\"]}}",
		  "p:1:65: syscalls.architectures[0]: unknown architecture \"sparc\"; only "
		  "\"i386\" can be declared" },
		{ V "\"syscalls\":{\"allow\":[\"read\"],\"architectures\":\"i386\"}}",
		  "p:1:64: syscalls.architectures: an array is expected, not a string; write "
		  "[\"i386\"]" },
		{ V "\"syscalls\":{\"allow\":[\"read\"],\"architecture\":[]}}",
		  "p:1:48: syscalls.architecture: unknown key; did you mean \"architectures\"?" },
		{ V "\"syscalls\":{\"allow\":[\"@module\"],\"deny\":[\"@privileged\"]}}",
		  "p:1:40: syscalls.allow[0]: \"@module\" is denied by \"deny\"; remove it from "
		  "one of the two" },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows));
}

static void no_problem(void *arg, const struct pol_problem *problem)
{
	(void)arg;
	fail_msg("%s", problem->text);
}

static void example_says_what_its_comments_say(void **state)
{
	struct tb_err err = { 0, "" };
	const struct pol_conn *c;
	struct pol *p = NULL;

	(void)state;
	if (pol_check("doc/examples/agent.policy.json", &p, no_problem, NULL, &err) != 0)
		fail_msg("%s", err.msg);
	assert_string_equal(p->path, "doc/examples/agent.policy.json");
	assert_string_equal(p->vendor, "Acme");
	assert_string_equal(p->product, "Agent");
	assert_string_equal(p->version, "4.2.1");
	assert_int_equal(p->nconns, 3);
	c = &p->conns[0];
	assert_string_equal(c->id, "update-check");
	assert_string_equal(c->process, "/opt/acme/agent");
	assert_int_equal(c->nto, 2);
	assert_int_equal(c->to[0].kind, POL_DEST_NAME);
	assert_string_equal(c->to[1].name, "*.cdn.acme.example");
	assert_int_equal(c->to[1].kind, POL_DEST_GLOB);
	assert_string_equal(c->protocol, "tcp");
	assert_int_equal(c->nports, 1);
	assert_int_equal(c->ports[0].lo, 443);
	assert_int_equal(c->ports[0].hi, 443);
	assert_string_equal(c->application, "tls");
	assert_string_equal(c->tls_min, "1.2");
	assert_int_equal(c->run.connections, 24);
	assert_int_equal(c->run.bytes_out, 65536);
	assert_int_equal(c->run.bytes_in, 200 * 1024 * 1024);
	assert_true(c->required);
	assert_null(p->conns[1].process);
	assert_false(p->conns[1].required);
	assert_int_equal(p->conns[1].to[2].prefix, 48);
	assert_int_equal(p->nlistens, 1);
	assert_int_equal(p->listens[0].ports[1].lo, 8100);
	assert_int_equal(p->listens[0].ports[1].hi, 8110);
	assert_int_equal(p->listens[0].on, POL_ON_LOOPBACK);
	assert_int_equal(p->nexecutes, 4);
	assert_int_equal(p->nnames, 1);
	assert_string_equal(p->names[0], "*.acme.example");
	assert_int_equal(p->nwrite, 3);
	assert_int_equal(p->nread, 0);
	assert_int_equal(p->on_file, POL_WARNING);
	pol_free(p);
}

static void policy_without_sections_has_the_documented_defaults(void **state)
{
	struct pol *p = parse("{\"tcbox_policy\":1}");
	int nr;

	(void)state;
	assert_false(p->has_syscalls);
	for (nr = 0; nr < TB_SYSCALL_MAX; nr++)
		assert_int_equal(p->sys[nr], POL_SYS_ALLOWED);
	assert_int_equal(p->on_conn, POL_VIOLATION);
	assert_int_equal(p->on_name, POL_VIOLATION);
	assert_int_equal(p->on_listen, POL_VIOLATION);
	assert_int_equal(p->on_sys, POL_VIOLATION);
	assert_int_equal(p->on_exec, POL_INFO);
	assert_int_equal(p->on_file, POL_IGNORE);
	pol_free(p);
	p = parse(V "\"executes\":[],\"files\":{},\"connections\":[],\"names\":[],\"listens\":[],"
		  "\"undeclared\":{\"connections\":\"ignore\",\"listens\":\"info\",\"names\":\"warning\"}}");
	assert_int_equal(p->on_exec, POL_WARNING);
	assert_int_equal(p->on_file, POL_WARNING);
	assert_int_equal(p->on_conn, POL_IGNORE);
	assert_int_equal(p->on_listen, POL_INFO);
	assert_int_equal(p->on_name, POL_WARNING);
	pol_free(p);
}

static void policy_calls_get_their_verdicts(void **state)
{
	static const char *const texts[] = {
		V "\"syscalls\":{\"allow\":[\"@default\",\"@network\"],\"deny\":[\"ptrace\",\"listen\"]}}",
		V "\"syscalls\":{\"deny\":[\"ptrace\",\"listen\"],\"allow\":[\"@default\",\"@network\"]}}",
	};
	struct pol *p;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(texts); i++) {
		p = parse(texts[i]);
		assert_true(p->has_syscalls);
		assert_int_equal(p->sys[tb_syscall_number("read")], POL_SYS_ALLOWED);
		assert_int_equal(p->sys[tb_syscall_number("connect")], POL_SYS_ALLOWED);
		assert_int_equal(p->sys[tb_syscall_number("accept4")], POL_SYS_ALLOWED);
		assert_int_equal(p->sys[tb_syscall_number("listen")], POL_SYS_DENIED);
		assert_int_equal(p->sys[tb_syscall_number("ptrace")], POL_SYS_DENIED);
		assert_int_equal(p->sys[tb_syscall_number("mount")], POL_SYS_UNDECLARED);
		assert_int_equal(p->sys[TB_SYSCALL_MAX - 1], POL_SYS_UNDECLARED);
		pol_free(p);
	}
}

static void policy_normalises_names_and_addresses(void **state)
{
	struct pol *p =
		parse(CONN("\"to\":[\"Updates.ACME.example.\",\"*.CDN.example\",\"*\",\"192.0.2.0/24\",\"2001:DB8::1\","
				   "\"::ffff:192.0.2.9\",\"::ffff:192.0.2.0/120\",\"0.0.0.0/0\",\"::/0\"],"
				   "\"application\":\"TLS\",\"limits\":{\"bytes_out\":\"10MB\",\"bytes_in\":\"3 KiB\"}"));
	const struct pol_dest *to = p->conns[0].to;
	char text[INET6_ADDRSTRLEN];

	(void)state;
	assert_int_equal(p->conns[0].nto, 9);
	assert_string_equal(to[0].name, "updates.acme.example");
	assert_int_equal(to[0].kind, POL_DEST_NAME);
	assert_string_equal(to[1].name, "*.cdn.example");
	assert_int_equal(to[2].kind, POL_DEST_GLOB);
	assert_int_equal(to[3].kind, POL_DEST_NET);
	assert_int_equal(to[3].prefix, 24);
	assert_null(to[3].name);
	assert_int_equal(to[4].net.family, AF_INET6);
	assert_int_equal(to[4].prefix, 128);
	assert_int_equal(to[5].net.family, AF_INET);
	assert_int_equal(to[5].prefix, 32);
	assert_string_equal(inet_ntop(AF_INET, to[5].net.ip, text, sizeof(text)), "192.0.2.9");
	assert_int_equal(to[5].net.ip[15], 0);
	assert_int_equal(to[6].net.family, AF_INET);
	assert_int_equal(to[6].prefix, 24);
	assert_int_equal(to[7].prefix, 0);
	assert_int_equal(to[8].net.family, AF_INET6);
	assert_string_equal(p->conns[0].application, "tls");
	assert_int_equal(p->conns[0].run.bytes_out, 10000000);
	assert_int_equal(p->conns[0].run.bytes_in, 3072);
	pol_free(p);
}

static void what_has_only_digits_and_dots_is_an_address(void **state)
{
	static const struct { const char *text; enum pol_dest_kind kind; } rows[] = {
		{ "0.0.0.0", POL_DEST_NET }, { "9.9.9.9", POL_DEST_NET },
		{ "0.example", POL_DEST_NAME }, { "9.9.9.x9", POL_DEST_NAME },
		{ "9.*.example", POL_DEST_GLOB }, { "::", POL_DEST_NET }, { "a9", POL_DEST_NAME },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct pol *p;

		(void)snprintf(text, sizeof(text), CONN("\"to\":[\"%s\"]"), rows[i].text);
		p = parse(text);
		assert_int_equal(p->conns[0].to[0].kind, rows[i].kind);
		pol_free(p);
	}
}

static void networks_have_no_bits_behind_their_prefix_whatever_that_is(void **state)
{
	static const struct { int family; unsigned int bits; } kinds[] = {
		{ AF_INET, 32 }, { AF_INET6, 128 },
	};
	char ip[INET6_ADDRSTRLEN], text[256], bad[256];
	struct tb_err err;
	struct pol *p;

	(void)state;
	for (size_t k = 0; k < TB_ARRAY_SIZE(kinds); k++) {
		for (unsigned int prefix = 0; prefix <= kinds[k].bits; prefix++) {
			uint8_t net[16] = { 0 };

			for (unsigned int bit = 0; bit < prefix; bit++)
				net[bit / 8] = (uint8_t)(net[bit / 8] | 0x80 >> bit % 8);
			assert_non_null(inet_ntop(kinds[k].family, net, ip, sizeof(ip)));
			(void)snprintf(text, sizeof(text), CONN("\"to\":[\"%s/%u\"]"), ip, prefix);
			p = parse(text);
			assert_memory_equal(p->conns[0].to[0].net.ip, net, kinds[k].bits / 8);
			assert_int_equal(p->conns[0].to[0].prefix, prefix);
			pol_free(p);
			if (prefix == kinds[k].bits)
				continue;
			/* one bit more than that; the message has the right network */
			net[prefix / 8] = (uint8_t)(net[prefix / 8] | 0x80 >> prefix % 8);
			(void)snprintf(text, sizeof(text), "%s/%u", ip, prefix);
			assert_non_null(inet_ntop(kinds[k].family, net, ip, sizeof(ip)));
			(void)snprintf(bad, sizeof(bad), CONN("\"to\":[\"%s/%u\"]"), ip, prefix);
			err = (struct tb_err){ 0, "" };
			assert_int_equal(pol_parse("p", bad, strlen(bad), &p, &err), -EINVAL);
			assert_non_null(strstr(err.msg, text));
		}
	}
}

static void add_line(void *arg, const struct pol_problem *problem)
{
	pol_problem_place(arg, problem);
	tb_buf_addf(arg, "%s\n", problem->text);
}

/* assert_problems() - what pol_check() says, line by line, without the name of the file */
static void assert_problems(const char *text, const char *expect)
{
	TB_AUTOBUF struct tb_buf got = TB_BUF_INIT, want = TB_BUF_INIT;
	char path[] = "/tmp/tcbox-test-XXXXXX", line[256];
	struct tb_err err = { 0, "" };
	TB_AUTOCLOSE int fd = mkstemp(path);
	struct pol *p = NULL;
	const char *s, *end;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(pol_check(path, &p, add_line, &got, &err), -EINVAL);
	assert_null(p);
	for (s = expect; *s; s = end + 1) {
		end = strchr(s, '\n');
		tb_buf_addf(&want, "%s%.*s\n", path, (int)(end - s), s);
	}
	assert_string_equal(got.data, want.data);
	(void)snprintf(line, sizeof(line), "%s: not a valid policy", path);
	assert_string_equal(err.msg, line);
	assert_int_equal(unlink(path), 0);
}

static void check_reports_every_problem_in_order(void **state)
{
	static const char text[] =
		V "\n\"connections\":[{\"id\":\"a\",\"to\":[\"a "
		  "b\",\"192.0.2.1/8\"]},\n{\"ports\":[0,99999]}],\n"
		"\"undeclared\":{\"names\":\"maybe not\"}}";
	static const char expect[] =
		":2:32: connections[0].to[0]: \"a b\": a name has no spaces\n"
		":2:38: connections[0].to[1]: \"192.0.2.1/8\" has bits set behind its prefix; "
		"did you mean the network \"192.0.0.0/8\" or the address \"192.0.2.1\"?\n"
		":3:11: connections[1].ports[0]: 0 is not a port; ports are whole numbers from 1 "
		"to 65535\n"
		":3:13: connections[1].ports[1]: 99999 is not a port; ports are whole numbers "
		"from 1 to 65535\n"
		":3:1: connections[1].id: missing; the report names rules by it\n"
		":4:23: undeclared.names: \"maybe not\" is not known here; "
		"it is \"ignore\", \"info\", \"warning\" or \"violation\"\n";

	(void)state;
	assert_problems(text, expect);
}

static void a_problem_is_told_once_and_at_its_own_place(void **state)
{
	(void)state;
	assert_problems(V "\n\"syscalls\":{\"allow\":[\"ptrace\",\"read\",\"kcmp\"],"
			  "\"deny\":[\"@debug\"]},\n"
			  "\"undeclared\":{\"names\":\"maybe not\"}}",
			":2:22: syscalls.allow[0]: \"ptrace\" is denied by \"deny\"; remove it from one of "
			"the two\n"
			":2:38: syscalls.allow[2]: \"kcmp\" is denied by \"deny\"; remove it from one of "
			"the two\n"
			":3:23: undeclared.names: \"maybe not\" is not known here; "
			"it is \"ignore\", \"info\", \"warning\" or \"violation\"\n");
	assert_problems(V "\n\"names\":[\"https://a.example\",\"a.example:1\"]}",
			":2:10: names[0]: a URL; only the name goes here: \"a.example\"\n"
			":2:30: names[1]: \"a.example:1\": only the name goes here; the port goes into "
			"\"ports\"\n");
}

static void a_path_may_be_as_long_as_the_kernel_reads(void **state)
{
	static char text[5000], path[4098];
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;
	int len;

	(void)state;
	memset(path, 'a', 4096);
	path[0] = '/';
	len = snprintf(text, sizeof(text), EXE("%s"), path);
	assert_int_equal(pol_parse("p", text, (size_t)len, &p, &err), 0);
	pol_free(p);
	path[4096] = 'a';
	len = snprintf(text, sizeof(text), EXE("%s"), path);
	assert_int_equal(pol_parse("p", text, (size_t)len, &p, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "a path has at most 4096 bytes"));
}

static void file_that_cannot_be_read_is_no_invalid_policy(void **state)
{
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	(void)state;
	assert_int_equal(pol_check("/nonexistent/policy.json", &p, no_problem, NULL, &err), -ENOENT);
	assert_null(p);
	assert_non_null(strstr(err.msg, "/nonexistent/policy.json"));
	assert_int_equal(pol_check("/", &p, no_problem, NULL, &err), -EISDIR);
	pol_free(NULL);
}

static void message_shows_a_hostile_file_name_harmlessly(void **state)
{
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	(void)state;
	assert_int_equal(pol_parse("a\x1b[2Kb\n", "{}", 2, &p, &err), -EINVAL);
	assert_string_equal(err.msg,
			    "a\\x1b[2Kb\\n:1:1: tcbox_policy: missing; the first key is "
			    "\"tcbox_policy\": 1");
}

static void a_file_that_is_too_long_is_no_policy(void **state)
{
	size_t len = POL_MAX_BYTES;
	char *text = malloc(len + 1);
	struct tb_err err = { 0 };
	struct pol *p = NULL;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len + 1);
	memcpy(text, "{\"tcbox_policy\":1}", 18);
	assert_int_equal(pol_parse("p", text, len, &p, &err), 0);
	pol_free(p);
	assert_int_equal(pol_parse("p", text, len + 1, &p, &err), -EINVAL);
	assert_string_equal(err.msg, "p:1:1: longer than 16777216 bytes");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy_version_is_judged_first),
		cmocka_unit_test(policy_names_unknown_keys_and_the_nearest),
		cmocka_unit_test(policy_refuses_wrong_types),
		cmocka_unit_test(policy_rules_have_unique_ids),
		cmocka_unit_test(policy_refuses_ports_that_are_none),
		cmocka_unit_test(policy_refuses_limits_that_are_none),
		cmocka_unit_test(policy_refuses_rates_that_are_none),
		cmocka_unit_test(a_rule_has_at_most_16_rates),
		cmocka_unit_test(policy_refuses_unknown_words),
		cmocka_unit_test(policy_refuses_names_that_are_none),
		cmocka_unit_test(policy_refuses_addresses_that_are_none),
		cmocka_unit_test(policy_refuses_paths_that_never_match),
		cmocka_unit_test(policy_refuses_system_calls_that_are_none),
		cmocka_unit_test(example_says_what_its_comments_say),
		cmocka_unit_test(policy_without_sections_has_the_documented_defaults),
		cmocka_unit_test(policy_calls_get_their_verdicts),
		cmocka_unit_test(policy_normalises_names_and_addresses),
		cmocka_unit_test(what_has_only_digits_and_dots_is_an_address),
		cmocka_unit_test(networks_have_no_bits_behind_their_prefix_whatever_that_is),
		cmocka_unit_test(check_reports_every_problem_in_order),
		cmocka_unit_test(a_problem_is_told_once_and_at_its_own_place),
		cmocka_unit_test(a_path_may_be_as_long_as_the_kernel_reads),
		cmocka_unit_test(file_that_cannot_be_read_is_no_invalid_policy),
		cmocka_unit_test(message_shows_a_hostile_file_name_harmlessly),
		cmocka_unit_test(a_file_that_is_too_long_is_no_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
