/* SPDX-License-Identifier: Apache-2.0 */
/* test_sbob.c - bills of behaviour become policies, and policies such bills */
#include "made.h"

#include <stdlib.h>

#include "policy/exchange/sbob.h"
#include "tcbox/own.h"

#define SBOB "sbob"

static const char profile[] =
	"apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1\n"
	"kind: ContainerProfile\n"
	"metadata:\n  name: shop\n"
	"spec:\n"
	"  architectures: [amd64]\n"
	"  imageTag: registry.example/shop:4.2\n"
	"  execs:\n"
	"  - path: /usr/bin/java\n    args: [/usr/bin/java, -jar, /app.jar]\n"
	"  - path: /usr/bin/psql\n    args: [/usr/bin/psql, \xe2\x8b\xaf\xe2\x8b\xaf]\n"
	"  - path: /opt/\xe2\x8b\xaf/tool\n"
	"  opens:\n"
	"  - path: /app/*\n    flags: [O_RDONLY, O_CLOEXEC]\n"
	"  - path: /var/*/log/a*b.log\n    flags: [O_WRONLY]\n"
	"  - path: /app/*\n    flags: [O_RDONLY]\n"
	"  - path: socket:[1]\n    flags: [O_RDWR]\n"
	"  - path: /tmp/x\n"
	"  syscalls: [read, write, openat, stat64, nonsense]\n"
	"  capabilities: [CAP_CHOWN]\n"
	"  endpoints:\n"
	"  - {endpoint: \":8080/healthz\", direction: inbound, methods: [GET]}\n"
	"  - {endpoint: \"api.example:443/v1/\xe2\x8b\xaf/x\", direction: outbound, methods: [GET, POST]}\n"
	"  egress:\n"
	"  - identifier: updates\n    type: external\n    dns: updates.example.\n"
	"    dnsNames: [updates.example., \"*.cdn.example.\"]\n"
	"    ports:\n    - {name: TCP-443, port: 443, protocol: TCP}\n"
	"    - {name: UDP-443, port: 443, protocol: UDP}\n"
	"  - identifier: net\n    ipAddress: 192.0.2.0/24\n    ports: null\n"
	"  - identifier: db\n    podSelector: {matchLabels: {app: postgres}}\n"
	"    ports: [{port: 5432, protocol: TCP}]\n"
	"  ingress:\n"
	"  - identifier: front\n    podSelector: {matchLabels: {app: front}}\n"
	"    ports: [{port: 8080, protocol: TCP}]\n";

static void a_profile_has_programs_files_and_calls(void **state)
{
	struct made m = made_of(SBOB, profile);

	(void)state;
	assert_string_equal(m.policy->product, "shop");
	assert_string_equal(m.policy->version, "registry.example/shop:4.2");
	assert_int_equal(m.policy->nexecutes, 3);
	assert_string_equal(m.policy->executes[2], "/opt/*/tool");
	assert_int_equal(m.policy->nread, 1);
	assert_string_equal(m.policy->read[0], "/app/**");
	assert_int_equal(m.policy->nwrite, 2);
	assert_string_equal(m.policy->write[0], "/var/**/log/a\\*b.log");
	assert_string_equal(m.policy->write[1], "/tmp/x");
	assert_int_equal(call_is(m.policy, "openat"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "mount"), POL_SYS_UNDECLARED);
	made_item(m.exch, EXCH_WIDER, 9, "spec.execs[0]", "-jar, /app.jar");
	made_item(m.exch, EXCH_LOST, 21, "spec.opens[3]", "no absolute path: \"socket:[1]\"");
	made_item(m.exch, EXCH_NOTE, 23, "spec.opens[4]", "no flags");
	made_item(m.exch, EXCH_LOST, 24, "spec.syscalls[3]", "stat64");
	made_item(m.exch, EXCH_LOST, 24, "spec.syscalls[4]", "nonsense");
	made_item(m.exch, EXCH_LOST, 25, "spec.capabilities", "no word for it");
	made_free(&m);
}

static void a_profile_has_peers_and_requests(void **state)
{
	struct made m = made_of(SBOB, profile);
	const struct pol_conn *c = m.policy->conns;

	(void)state;
	assert_int_equal(m.policy->nconns, 5);
	assert_string_equal(c[0].methods[1], "POST");
	assert_string_equal(c[0].paths[0], "/v1/*/x");
	assert_string_equal(c[0].to[0].name, "api.example");
	assert_int_equal(c[1].nto, 2);
	assert_string_equal(c[1].to[0].name, "*.cdn.example");
	assert_string_equal(c[1].to[1].name, "updates.example");
	assert_string_equal(c[1].protocol, "tcp");
	assert_string_equal(c[2].protocol, "udp");
	assert_int_equal(c[3].to[0].prefix, 24);
	assert_int_equal(c[3].nports, 0);
	assert_string_equal(c[4].to[0].name, "pods-app-postgres.invalid");
	assert_int_equal(m.policy->nlistens, 1);
	assert_int_equal(m.policy->listens[0].ports[0].lo, 8080);
	made_item(m.exch, EXCH_LOST, 27, "spec.endpoints[0]", "which requests it answers");
	made_item(m.exch, EXCH_WIDER, 30, "spec.egress[0]", "is one label before the rest");
	made_item(m.exch, EXCH_NOTE, 37, "spec.egress[1]", "no ports: any protocol");
	made_item(m.exch, EXCH_FILL, 40, "spec.egress[2]", "only the cluster knows");
	made_item(m.exch, EXCH_WIDER, 44, "spec.ingress[0]", "who may call");
	made_free(&m);
}

static void an_endpoint_without_a_host_is_of_the_egress_with_its_port(void **state)
{
	struct made m = made_of(SBOB, "kind: ContainerProfile\nspec:\n  endpoints:\n"
		"  - {endpoint: \":443/v1/check\", direction: outbound}\n"
		"  - {endpoint: \":80/\", direction: outbound}\n"
		"  egress:\n"
		"  - {identifier: a, dns: api.example., ports: [{port: 443, protocol: TCP}]}\n"
		"  - {identifier: b, ipAddress: 192.0.2.1, ports: [{port: 443, protocol: TCP},"
		" {port: 80, protocol: UDP}]}\n"
		"  - {identifier: c, dns: api.example., ports: [{port: 443, protocol: TCP}]}\n"
		"  - {identifier: d, dns: dns.example., ports: [{port: 443, protocol: UDP}]}\n");
	const struct pol_conn *c = m.policy->conns;

	(void)state;
	assert_int_equal(c[0].npaths, 1);
	assert_int_equal(c[0].nto, 2);
	assert_string_equal(c[0].to[0].name, "api.example");
	assert_int_equal(c[0].to[1].net.ip[0], 192);
	assert_int_equal(c[1].nto, 0);
	made_item(m.exch, EXCH_NOTE, 4, "spec.endpoints[0]", "those of the egress with its port");
	made_item(m.exch, EXCH_WIDER, 5, "spec.endpoints[1]", "no egress says who has its port");
	assert_int_equal(made_items(m.exch), 1);
	made_free(&m);
}

static void an_egress_to_anybody_leaves_the_endpoint_to_anybody(void **state)
{
	struct made m = made_of(SBOB, "kind: ContainerProfile\nspec:\n  endpoints:\n"
		"  - {endpoint: \":443/\", direction: outbound}\n  egress:\n"
		"  - {identifier: a, dns: api.example., ports: [{port: 443, protocol: TCP}]}\n"
		"  - {identifier: any, ports: [{port: 443, protocol: TCP}]}\n");

	(void)state;
	assert_int_equal(m.policy->conns[0].nto, 0);
	made_item(m.exch, EXCH_WIDER, 4, "spec.endpoints[0]", "it names no host");
	made_free(&m);
}

static void a_peer_of_which_nothing_was_read_is_not_anybody(void **state)
{
	struct made m = made_of(SBOB, "kind: ContainerProfile\nspec:\n  egress:\n"
		"  - {identifier: a, ipAddress: nowhere}\n"
		"  - identifier: b\n    podSelector: {matchExpressions: [{key: a}]}\n");

	(void)state;
	assert_int_equal(m.policy->nconns, 0);
	made_item(m.exch, EXCH_LOST, 4, "spec.egress[0]", "\"nowhere\" is no address");
	made_item(m.exch, EXCH_LOST, 5, "spec.egress[1]", "matchExpressions of podSelector");
	made_free(&m);
	m = made_of(SBOB, "kind: ContainerProfile\nspec:\n  egress:\n"
		    "  - {identifier: a, dnsNames: [\"\"]}\n  - {identifier: b, podSelector: x}\n"
		    "  - {identifier: c, dns: \"*.\"}\n  - {identifier: d, podSelector: {}, ports: [{port: 445}]}\n"
		    "  - {identifier: e, dns: a.example}\n");
	assert_int_equal(m.policy->nconns, 3);
	assert_string_equal(m.policy->conns[2].to[0].name, "a.example");
	made_item(m.exch, EXCH_LOST, 4, "spec.egress[0]", "\"\" is no name");
	made_item(m.exch, EXCH_LOST, 5, "spec.egress[1]", "podSelector is no mapping");
	made_item(m.exch, EXCH_WIDER, 6, "spec.egress[2]", "\"*.\" is one label");
	made_item(m.exch, EXCH_WIDER, 7, "spec.egress[3]", "it names no peer: any");
	made_free(&m);
	m = made_of(SBOB, "kind: ContainerProfile\nspec:\n  endpoints:\n"
		    "  - {endpoint: \"a.example:https/v1\", direction: outbound}\n"
		    "  - {endpoint: \"a.example:443/v1\", direction: outbound}\n");
	assert_int_equal(m.policy->nconns, 1);
	assert_int_equal(m.policy->conns[0].ports[0].lo, 443);
	made_item(m.exch, EXCH_LOST, 4, "spec.endpoints[0]", "is not of the form");
	made_free(&m);
}

static void the_older_pair_is_read_as_one(void **state)
{
	struct made m = made_of(SBOB, "kind: List\nitems:\n"
		"- kind: ApplicationProfile\n  spec:\n    containers:\n"
		"    - name: a\n      execs: [{path: /bin/a}]\n      opens: null\n"
		"    initContainers:\n    - name: b\n      execs: [{path: /bin/a}, {path: /bin/b}]\n"
		"- kind: NetworkNeighborhood\n  spec:\n    matchLabels: {app: x}\n    containers:\n"
		"    - name: a\n      egress: null\n"
		"      ingress: [{identifier: any}]\n- kind: Pod\n");

	(void)state;
	assert_int_equal(m.policy->nexecutes, 2);
	assert_int_equal(m.policy->nconns, 0);
	assert_int_equal(m.policy->nlistens, 1);
	assert_int_equal(m.policy->listens[0].nports, 0);
	assert_false(m.policy->has_syscalls);
	made_item(m.exch, EXCH_LOST, 19, "kind", "\"Pod\" is no bill");
	assert_null(strstr(exch_text(m.exch)->data, "says nothing of the network"));
	made_free(&m);
	m = made_of(SBOB, "kind: ApplicationProfile\nspec: {containers: [{name: a, new: 1}]}\n");
	assert_non_null(strstr(exch_text(m.exch)->data, "says nothing of the network"));
	made_item(m.exch, EXCH_LOST, 2, "spec.containers[0]", "\"new\" is not known");
	made_free(&m);
}

static void what_is_no_bill_is_refused_with_its_place(void **state)
{
	(void)state;
	made_refused(SBOB, "", "x:1:1: there is no bill of behaviour in it: kind ContainerProfile, "
		     "ApplicationProfile or NetworkNeighborhood");
	made_refused(SBOB, "- a\n", "x:1:1: this is no bill of behaviour: it has no \"kind\"");
	made_refused(SBOB, "kind: ContainerProfile\nspec: []\n",
		     "x:2:7: \"spec\" has to be an object");
	made_refused(SBOB, "kind: ContainerProfile\nspec:\n  execs:\n  - path: [a]\n",
		     "x:4:11: \"path\" has to be a string");
	made_refused(SBOB, "kind: ContainerProfile\nspec:\n  egress:\n  - ports: [{port: 70000}]\n",
		     "x:4:20: a port is a number to 65535");
	made_refused(SBOB, "kind: ContainerProfile\nkind: a\n",
		     "x:2:1: duplicate key \"kind\"; it is in line 1, column 1 already");
}

static void paths_go_there_and_back(void **state)
{
	static const struct {
		const char *path, *glob;
		bool exact;
	} rows[] = {
		{ "/a/b", "/a/b", true },
		{ "/a/*", "/a/**", true },
		{ "/*/b", "/**/b", true },
		{ "/\xe2\x8b\xaf/b", "/*/b", true },
		{ "/a*b/[c]", "/a\\*b/\\[c]", true },
		{ "/", "/", true },
	};
	struct draft d;
	struct tb_err err;

	(void)state;
	assert_int_equal(draft_init(&d, "x", &err), 0);
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf back = TB_BUF_INIT;

		assert_string_equal(sbob_glob(&d, rows[i].path), rows[i].glob);
		assert_int_equal(sbob_path(&back, rows[i].glob), rows[i].exact);
		assert_string_equal(back.data, rows[i].path);
	}
	assert_string_equal(sbob_glob(&d, "//a///b/"), "/a/b");
	assert_null(sbob_glob(&d, "a"));
	draft_clear(&d);
}

static void globs_of_a_part_of_a_component_are_wider(void **state)
{
	static const char *const rows[][2] = {
		{ "/var/log/a-*.log", "/var/log/\xe2\x8b\xaf" },
		{ "/var/a?/b", "/var/\xe2\x8b\xaf/b" },
		{ "/var/a**", "/var/*" },
		{ "**/x", "/*/x" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf back = TB_BUF_INIT;

		assert_int_equal(sbob_path(&back, rows[i][0]), *rows[i][0] == '*');
		assert_string_equal(back.data, rows[i][1]);
	}
}

static const char policy[] =
	"{ \"tcbox_policy\": 1, \"product\": { \"name\": \"Agent\", \"version\": \"4\" },\n"
	"\"connections\": [\n"
	"{ \"id\": \"a\", \"to\": [\"a.example\", \"192.0.2.0/24\", \"2001:db8::1\"],\n"
	"  \"protocol\": \"tcp\", \"ports\": [443, \"8000-8002\"] },\n"
	"{ \"id\": \"b\", \"to\": [\"b.example\"], \"protocol\": \"udp\", \"ports\": [53] }],\n"
	"\"listens\": [{ \"id\": \"l\", \"protocol\": \"sctp\", \"ports\": [80] },\n"
	"{ \"id\": \"m\", \"on\": \"any\" }],\n"
	"\"executes\": [\"/bin/sh\", \"/opt/**\"],\n"
	"\"files\": { \"write\": [\"/var/*/x\"], \"read\": [\"/etc/\\u00e4 \\\"b\\\"\"] },\n"
	"\"syscalls\": { \"allow\": [\"@default\"] } }";

static void a_policy_and_its_bill_declare_the_same(void **state)
{
	struct exch *e = written_as(SBOB, policy);
	struct made back = made_of(SBOB, exch_text(e)->data);
	const struct pol_conn *c = back.policy->conns;
	struct tb_err err = { 0 };
	struct pol *p = NULL;

	(void)state;
	assert_int_equal(pol_parse("p", policy, strlen(policy), &p, &err), 0);
	assert_int_equal(made_items(e), 0);
	same_calls(p, back.policy);
	assert_int_equal(back.policy->nconns, 4);
	assert_string_equal(c[0].to[0].name, "a.example");
	assert_int_equal(c[0].nports, 4);
	assert_int_equal(c[1].to[0].prefix, 24);
	assert_int_equal(c[2].to[0].prefix, 128);
	assert_string_equal(c[3].protocol, "udp");
	assert_int_equal(c[3].ports[0].lo, 53);
	assert_int_equal(back.policy->nlistens, 2);
	assert_string_equal(back.policy->listens[0].protocol, "sctp");
	assert_null(back.policy->listens[1].protocol);
	assert_string_equal(back.policy->executes[1], "/opt/**");
	assert_string_equal(back.policy->write[0], "/var/*/x");
	assert_string_equal(back.policy->read[0], "/etc/\xc3\xa4 \"b\"");
	pol_free(p);
	made_free(&back);
	exch_free(e);
}

static void what_a_bill_cannot_say_is_listed(void **state)
{
	struct exch *e = written_as(SBOB, "{ \"tcbox_policy\": 1, \"connections\": [\n"
		"{ \"id\": \"a\", \"to\": [\"*.a.example\", \"cdn*.a.example\"],\n"
		"  \"process\": \"/bin/a\", \"application\": \"tls\", \"ports\": [\"1-1000\"] },\n"
		"{ \"id\": \"b\", \"protocol\": \"icmp\" }, "
		"{ \"id\": \"d\", \"to\": [\"pods-app-db.invalid\"] }],\n"
		"\"names\": [\"n.example\"],\n"
		"\"listens\": [{ \"id\": \"l\", \"on\": \"loopback\", \"protocol\": \"dccp\" }],\n"
		"\"files\": { \"write\": [\"/a-*.log\"] } }");

	(void)state;
	made_item(e, EXCH_LOST, 2, "connections.a", "the star is one label only");
	made_item(e, EXCH_LOST, 2, "connections.a", "cdn*.a.example: a bill has no such star");
	made_item(e, EXCH_WIDER, 2, "connections.a", "says nothing of: process, application");
	made_item(e, EXCH_WIDER, 2, "connections.a", "no ranges");
	made_item(e, EXCH_LOST, 4, "connections.b", "no word for icmp");
	made_item(e, EXCH_LOST, 4, "connections.d", "pods-app-db.invalid: it stands for addresses");
	made_item(e, EXCH_LOST, 5, "names", "lookups");
	made_item(e, EXCH_WIDER, 6, "listens.l", "nothing of: on");
	made_item(e, EXCH_LOST, 6, "listens.l", "no word for dccp");
	made_item(e, EXCH_WIDER, 7, "files.write", "a whole component");
	made_item(e, EXCH_LOST, 2, "connections.a", "only TCP and UDP are written");
	made_item(e, EXCH_NOTE, 0, "", "says nothing of programs");
	exch_free(e);
	e = written_as(SBOB, "{ \"tcbox_policy\": 1, \"product\": { \"vendor\": \"v\" },\n"
		       "\"connections\": [\n{ \"id\": \"a\", \"to\": [\"192.0.2.1\"], \"why\": \"w\",\n"
		       "\"data\": [\"d\"], \"required\": true, \"phases\": [\"use\"] }],\n"
		       "\"listens\": [{ \"id\": \"l\", \"ports\": [1], \"why\": \"w\" }],\n"
		       "\"executes\": [], \"undeclared\": { \"executes\": \"violation\" },\n"
		       "\"syscalls\": { \"allow\": [\"read\"], \"architectures\": [\"i386\"] } }");
	made_item(e, EXCH_WIDER, 3, "connections.a", "says nothing of: phases");
	made_item(e, EXCH_LOST, 3, "connections.a", "says nothing of: required, data, why");
	made_item(e, EXCH_LOST, 5, "listens.l", "says nothing of: why");
	made_item(e, EXCH_LOST, 5, "listens.l", "only TCP and UDP are written");
	made_item(e, EXCH_LOST, 0, "", "undeclared behaviour matters: executes");
	made_item(e, EXCH_LOST, 0, "syscalls.architectures", "32-bit x86");
	made_item(e, EXCH_NOTE, 0, "", "does not name the product: vendor");
	exch_free(e);
}

static void what_of_a_bill_has_no_word_in_a_policy_is_listed(void **state)
{
	struct made m = made_of(SBOB, "kind: ContainerProfile\nspec:\n  templateHash: abc\n"
		"  identifiedCallStacks: [a]\n  callStacks: [a]\n"
		"  execs: [{path: /bin/a, args: []}]\n  egress:\n"
		"  - identifier: a\n    ipAddress: \"*\"\n"
		"    ports: [{port: 443, protocol: TCP},\n      {protocol: ICMP}]\n");

	(void)state;
	assert_int_equal(m.policy->nconns, 1);
	assert_int_equal(m.policy->conns[0].nto, 2);
	assert_int_equal(m.policy->conns[0].nports, 1);
	made_item(m.exch, EXCH_NOTE, 3, "spec.templateHash", "only the cluster asks");
	made_item(m.exch, EXCH_LOST, 4, "spec.identifiedCallStacks", "no word for it");
	made_item(m.exch, EXCH_LOST, 5, "spec.callStacks", "no word for it");
	made_item(m.exch, EXCH_WIDER, 6, "spec.execs[0]", "these are: none");
	made_item(m.exch, EXCH_LOST, 11, "spec.egress[0].ports", "a port of \"ICMP\"");
	made_free(&m);
	m = made_of(SBOB, "kind: NetworkNeighborhood\nspec:\n  execs: [{path: /x}]\n"
		    "  containers:\n  - name: a\n    opens: [{path: /x}]\n");
	made_item(m.exch, EXCH_LOST, 3, "spec", "\"execs\" is not known here");
	made_item(m.exch, EXCH_LOST, 6, "spec.containers[0].opens", "of this kind");
	made_free(&m);
}

static void no_character_of_a_policy_ends_its_string(void **state)
{
	static const char hostile[] = "{ \"tcbox_policy\": 1, \"product\": { \"version\":\n"
		"\"1\\n  x: y\\u2028z\\u0085\" }, \"executes\": [\"/a\\n  - b\\u2028\\u0085\"] }";
	struct exch *e = written_as(SBOB, hostile);
	struct made back = made_of(SBOB, exch_text(e)->data);

	(void)state;
	assert_string_equal(back.policy->version, "1\n  x: y\xe2\x80\xa8z\xc2\x85");
	assert_int_equal(back.policy->nexecutes, 1);
	assert_string_equal(back.policy->executes[0], "/a\n  - b\xe2\x80\xa8\xc2\x85");
	made_free(&back);
	exch_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_has_programs_files_and_calls),
		cmocka_unit_test(a_profile_has_peers_and_requests),
		cmocka_unit_test(an_endpoint_without_a_host_is_of_the_egress_with_its_port),
		cmocka_unit_test(an_egress_to_anybody_leaves_the_endpoint_to_anybody),
		cmocka_unit_test(a_peer_of_which_nothing_was_read_is_not_anybody),
		cmocka_unit_test(the_older_pair_is_read_as_one),
		cmocka_unit_test(what_is_no_bill_is_refused_with_its_place),
		cmocka_unit_test(paths_go_there_and_back),
		cmocka_unit_test(globs_of_a_part_of_a_component_are_wider),
		cmocka_unit_test(a_policy_and_its_bill_declare_the_same),
		cmocka_unit_test(what_a_bill_cannot_say_is_listed),
		cmocka_unit_test(what_of_a_bill_has_no_word_in_a_policy_is_listed),
		cmocka_unit_test(no_character_of_a_policy_ends_its_string),
	};

	return cmocka_run_group_tests_name("exchange/sbob", tests, NULL, NULL);
}
