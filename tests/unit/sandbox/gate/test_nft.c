/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_nft.c - the gate's rules as text, for each mode, as a whole
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sandbox/gate/nft.h"
#include "tcbox/buf.h"

#define HEAD									\
	"table inet tcbox {\n"							\
	"\tcounter refused { }\n"						\
	"\tcounter unserved { }\n"						\
	"\tcounter other { }\n"

#define REFUSE									\
	"\tchain refuse {\n"							\
	"\t\tcounter name \"refused\"\n"					\
	"\t\tmeta l4proto tcp reject with tcp reset\n"				\
	"\t\treject with icmpx type admin-prohibited\n"				\
	"\t}\n"

#define GATE									\
	"\tchain gate {\n"							\
	"\t\ttype filter hook prerouting priority mangle; policy drop;\n"	\
	"\t\tiifname \"lo\" accept\n"						\
	"\t\tiifname != \"g0\" drop\n"

#define LAB									\
	"\t\tmeta l4proto tcp tproxy to :9 accept\n"				\
	"\t\tmeta l4proto udp tproxy to :9 accept\n"				\
	"\t\tmeta l4proto { tcp, udp } counter name \"unserved\" drop\n"	\
	"\t\ticmp type echo-request accept\n"					\
	"\t\ticmpv6 type echo-request accept\n"

#define TAIL									\
	"\t\tcounter name \"other\" drop\n"					\
	"\t}\n"									\
	"\tchain forward {\n"							\
	"\t\ttype filter hook forward priority filter; policy drop;\n"		\
	"\t}\n"									\
	"}\n"

static const char enforced[] =
	HEAD
	"\tset open4 {\n"
	"\t\ttype ipv4_addr . inet_proto . inet_service\n"
	"\t\tflags interval\n"
	"\t}\n"
	"\tset open6 {\n"
	"\t\ttype ipv6_addr . inet_proto . inet_service\n"
	"\t\tflags interval\n"
	"\t}\n"
	"\tset name4 {\n"
	"\t\ttype ipv4_addr . inet_proto . inet_service\n"
	"\t\tflags interval\n"
	"\t\tsize 65536\n"
	"\t}\n"
	"\tset name6 {\n"
	"\t\ttype ipv6_addr . inet_proto . inet_service\n"
	"\t\tflags interval\n"
	"\t\tsize 65536\n"
	"\t}\n"
	"\tset icmp4 {\n"
	"\t\ttype ipv4_addr . inet_proto\n"
	"\t\tflags interval\n"
	"\t\tsize 65540\n"
	"\t}\n"
	"\tset icmp6 {\n"
	"\t\ttype ipv6_addr . inet_proto\n"
	"\t\tflags interval\n"
	"\t\tsize 65540\n"
	"\t}\n"
	REFUSE
	"\tchain declared {\n"
	"\t\tip daddr 198.19.255.1 th dport 53 return\n"
	"\t\tip6 daddr 2001:db8:ffff::1 th dport 53 return\n"
	"\t\tip daddr . meta l4proto . th dport @name4 return\n"
	"\t\tip6 daddr . meta l4proto . th dport @name6 return\n"
	"\t\tip daddr . meta l4proto . th dport @open4 return\n"
	"\t\tip6 daddr . meta l4proto . th dport @open6 return\n"
	"\t\tgoto refuse\n"
	"\t}\n"
	GATE
	"\t\tmeta l4proto { tcp, udp } jump declared\n"
	"\t\ticmp type echo-request ip daddr . meta l4proto != @icmp4 goto refuse\n"
	"\t\ticmpv6 type echo-request ip6 daddr . meta l4proto != @icmp6 goto refuse\n"
	LAB
	TAIL;

static const char none[] =
	HEAD
	REFUSE
	GATE
	"\t\tmeta l4proto { tcp, udp } goto refuse\n"
	"\t\ticmp type echo-request goto refuse\n"
	"\t\ticmpv6 type echo-request goto refuse\n"
	TAIL;

static void expect_rules(const struct sbx_network *opt, const char *expected)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	gate_ruleset(opt, &text);
	assert_false(text.failed);
	assert_string_equal(text.data, expected);
}

static struct sbx_open range(const char *ip, unsigned int prefix, const char *proto, uint16_t lo,
			     uint16_t hi)
{
	struct sbx_open o = { .prefix = prefix, .protocol = proto, .port_lo = lo, .port_hi = hi };

	o.net.family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(o.net.family, ip, o.net.ip), 1);
	return o;
}

static void with_a_lab_everything_is_steered_to_it(void **state)
{
	const struct sbx_network opt = { .mode = RUN_NET_SIM };

	(void)state;
	expect_rules(&opt, HEAD GATE LAB TAIL);
}

static void without_a_lab_everything_is_refused(void **state)
{
	const struct sbx_network opt = { .mode = RUN_NET_NONE };

	(void)state;
	expect_rules(&opt, none);
}

static void under_enforcement_only_what_is_declared_passes(void **state)
{
	const struct sbx_open open[] = {
		range("192.0.2.7", 32, "tcp", 443, 443), range("10.1.2.3", 8, "udp", 1000, 2000),
		range("2001:db8::", 48, NULL, 0, 0), range("10.1.2.3", 32, "udp", 1500, 1500),
	};
	const struct sbx_network opt = { .mode = RUN_NET_SIM, .enforce = true, .open = open,
					 .nopen = 4 };

	(void)state;
	expect_rules(&opt, enforced);
}

static void without_a_lab_what_is_declared_does_not_pass_either(void **state)
{
	const struct sbx_open open[] = { range("0.0.0.0", 0, NULL, 0, 0) };
	const struct sbx_network opt = { .mode = RUN_NET_NONE, .enforce = true, .open = open,
					 .nopen = 1 };

	(void)state;
	expect_rules(&opt, none);
}

/* FAULT - a scenario: what becomes of TCP and UDP, and of echo requests */
#define FAULT(streams, echo)                                                                       \
	HEAD REFUSE                                                                                \
	"\tcounter lost { }\n"                                                                     \
	"\tchain fault {\n"                                                                        \
	"\t\tip daddr 198.19.255.1 th dport 53 return\n"                                          \
	"\t\tip6 daddr 2001:db8:ffff::1 th dport 53 return\n"                                     \
	"\t\tip daddr 198.18.3.7 return\n" streams "\t}\n" GATE                                   \
	"\t\tmeta l4proto { tcp, udp } jump fault\n" echo LAB TAIL

static void a_scenario_spares_lookups_and_the_control(void **state)
{
	static const struct {
		struct sbx_faults faults;
		const char *rules;
	} rows[] = {
		{ { .way = SBX_REFUSE }, FAULT("\t\tgoto refuse\n", "") },
		{ { .way = SBX_REFUSE_ALL },
		  FAULT("\t\tgoto refuse\n", "\t\ticmp type echo-request goto refuse\n"
						"\t\ticmpv6 type echo-request goto refuse\n") },
		{ { .way = SBX_DROP },
		  FAULT("\t\tcounter name \"lost\" drop\n",
			"\t\ticmp type echo-request counter name \"lost\" drop\n"
			"\t\ticmpv6 type echo-request counter name \"lost\" drop\n") },
		{ { .family = AF_INET }, FAULT("\t\tmeta nfproto ipv6 goto refuse\n",
					       "\t\ticmpv6 type echo-request goto refuse\n") },
		{ { .family = AF_INET6 }, FAULT("\t\tmeta nfproto ipv4 goto refuse\n",
						"\t\ticmp type echo-request goto refuse\n") },
		{ { .lose_nth = 5 },
		  FAULT("\t\tnumgen inc mod 5 == 4 counter name \"lost\" drop\n", "") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sbx_network opt = { .mode = RUN_NET_SIM, .faults = rows[i].faults };
		const uint8_t canary[4] = { 198, 18, 3, 7 };

		memcpy(opt.faults.canary_ip4, canary, sizeof(canary));
		expect_rules(&opt, rows[i].rules);
		opt.mode = RUN_NET_NONE;
		expect_rules(&opt, none);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_a_lab_everything_is_steered_to_it),
		cmocka_unit_test(without_a_lab_everything_is_refused),
		cmocka_unit_test(under_enforcement_only_what_is_declared_passes),
		cmocka_unit_test(a_scenario_spares_lookups_and_the_control),
		cmocka_unit_test(without_a_lab_what_is_declared_does_not_pass_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
