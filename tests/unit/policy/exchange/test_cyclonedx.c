/* SPDX-License-Identifier: Apache-2.0 */
/* test_cyclonedx.c - services of bills of CycloneDX become policies, and policies such services */
#include "made.h"

#include "policy/exchange/endpoint.h"
#include "tcbox/own.h"

#define CDX "cyclonedx"

static void uris_are_read_and_written(void **state)
{
	static const struct {
		const char *uri, *host, *protocol, *application;
		unsigned int port;
		bool more;
		const char *back;
	} rows[] = {
		{ "https://a.example/", "a.example", "tcp", "tls", 443, false, "https://a.example" },
		{ "HTTP://a.example:8080/v1?x", "a.example", "tcp", "http", 8080, true,
		  "http://a.example:8080" },
		{ "https://[2001:db8::1]:8443", "2001:db8::1", "tcp", "tls", 8443, false,
		  "https://[2001:db8::1]:8443" },
		{ "mqtts://u:p@m.example", "m.example", "tcp", "tls", 8883, true,
		  "https://m.example:8883" },
		{ "udp://192.0.2.1:99", "192.0.2.1", "udp", NULL, 99, false, "udp://192.0.2.1:99" },
		{ "tcp://a.example", "a.example", "tcp", NULL, 0, false, "tcp://a.example" },
		{ "ntp://t.example", "t.example", "udp", "ntp", 123, false, "ntp://t.example" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf back = TB_BUF_INIT;
		struct endpoint e;

		assert_true(endpoint_read(rows[i].uri, &e));
		assert_string_equal(e.host, rows[i].host);
		assert_string_equal(e.protocol, rows[i].protocol);
		assert_int_equal(e.port, rows[i].port);
		assert_int_equal(e.more, rows[i].more);
		assert_int_equal(!e.application, !rows[i].application);
		if (e.application)
			assert_string_equal(e.application, rows[i].application);
		assert_true(endpoint_write(&back, &e));
		assert_string_equal(back.data, rows[i].back);
	}
}

static void what_names_no_host_is_no_endpoint(void **state)
{
	static const char *const rows[] = { "", "/v1", "a.example", "https://", "https:///x",
					    "urn:x:y", "https://[::1", "https://a:0", "https://a:x",
					    "https://a:65536", "a/b://c", "https://[::1]x" };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct endpoint e;

		if (endpoint_read(rows[i], &e))
			fail_msg("%s", rows[i]);
	}
}

static const char bill[] =
	"{ \"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [],\n"
	"\"metadata\": { \"component\": { \"type\": \"application\", \"name\": \"Agent\",\n"
	"  \"version\": \"4.2\", \"supplier\": { \"name\": \"Acme\" } } },\n"
	"\"services\": [\n"
	"{ \"bom-ref\": \"s1\", \"name\": \"ticker\", \"description\": \"prices\",\n"
	"  \"provider\": { \"name\": \"Bank\" }, \"authenticated\": true,\n"
	"  \"x-trust-boundary\": true,\n"
	"  \"endpoints\": [\"https://a.example\", \"https://b.example/v1\",\n"
	"                \"ftp2://c.example:9\", \"/relative\"],\n"
	"  \"data\": [{ \"flow\": \"inbound\", \"classification\": \"PII\", \"name\": \"x\" },\n"
	"           { \"flow\": \"unknown\", \"classification\": \"public\" }],\n"
	"  \"services\": [{ \"name\": \"inner\", \"endpoints\": [\"udp://192.0.2.7:99\"] },\n"
	"               { \"name\": \"none\", \"new\": 1 }] }] }\n";

static void services_become_connections(void **state)
{
	struct made m = made_of(CDX, bill);
	const struct pol_conn *c = m.policy->conns;

	(void)state;
	assert_string_equal(m.policy->vendor, "Acme");
	assert_string_equal(m.policy->product, "Agent");
	assert_string_equal(m.policy->version, "4.2");
	assert_int_equal(m.policy->nconns, 3);
	assert_int_equal(c[0].nto, 2);
	assert_string_equal(c[0].to[1].name, "b.example");
	assert_string_equal(c[0].application, "tls");
	assert_int_equal(c[0].ports[0].lo, 443);
	assert_string_equal(c[0].why, "prices; provided by Bank; with authentication; "
			    "crosses a trust boundary");
	assert_int_equal(c[0].ndata, 2);
	assert_string_equal(c[0].data[0], "PII (inbound)");
	assert_string_equal(c[0].data[1], "public");
	assert_null(c[1].protocol);
	assert_string_equal(c[2].protocol, "udp");
	assert_int_equal(c[2].to[0].prefix, 32);
	made_item(m.exch, EXCH_WIDER, 8, "services[0].endpoints", "b.example/v1\": only the host");
	made_item(m.exch, EXCH_WIDER, 9, "services[0].endpoints", "the scheme is not known");
	made_item(m.exch, EXCH_LOST, 9, "services[0].endpoints", "\"/relative\" names no host");
	made_item(m.exch, EXCH_LOST, 10, "services[0].data", "kinds of data only: name");
	made_item(m.exch, EXCH_LOST, 13, "services[0].services[1]", "none has no endpoints");
	made_item(m.exch, EXCH_LOST, 13, "services[0].services[1]", "\"new\" is not known");
	made_item(m.exch, EXCH_NOTE, 0, "", "declares: components");
	made_free(&m);
}

static void an_endpoint_that_is_no_host_leaves_the_others(void **state)
{
	struct made m = made_of(CDX, "{ \"bomFormat\": \"CycloneDX\", \"services\": [\n"
		"{ \"name\": \"a\", \"endpoints\": [\"https://a..example/\", \"https://b.example/\"] },\n"
		"{ \"name\": \"c\", \"endpoints\": [\"http://c..example/\"] },\n"
		"{ \"name\": \"d\", \"endpoints\": [\"http://*/\"] }] }\n");

	(void)state;
	assert_int_equal(m.policy->nconns, 2);
	assert_int_equal(m.policy->conns[0].nto, 1);
	assert_string_equal(m.policy->conns[0].to[0].name, "b.example");
	made_item(m.exch, EXCH_LOST, 2, "services[0].endpoints", "\"a..example\": an empty label");
	made_item(m.exch, EXCH_LOST, 3, "services[1].endpoints", "\"c..example\": an empty label");
	made_item(m.exch, EXCH_WIDER, 4, "services[2].endpoints", "is any destination");
	made_free(&m);
}

static void what_was_only_observed_is_no_declaration(void **state)
{
	struct made m = made_of(CDX, "{ \"specFormat\": \"CycloneDX\", \"specVersion\": \"2.0\",\n"
		"\"services\": [\n"
		"{ \"bom-ref\": \"a\", \"name\": \"a\", \"endpoints\": [\"https://a.example\"] },\n"
		"{ \"bom-ref\": \"b\", \"name\": \"b\", \"endpoints\": [\"https://b.example\"] },\n"
		"{ \"bom-ref\": \"c\", \"name\": \"c\", \"endpoints\": [\"https://c.example\"] }],\n"
		"\"behaviors\": { \"instances\": [\n"
		"{ \"bom-ref\": \"1\", \"behavior\": \"network\", \"acknowledgment\": [\"observed\"],\n"
		"  \"targets\": [\"b\", \"c\"] },\n"
		"{ \"bom-ref\": \"2\", \"behavior\": \"network\", \"acknowledgment\": [\"declared\"],\n"
		"  \"targets\": [\"c\"] }],\n"
		"\"graphs\": [{ \"bom-ref\": \"g\", \"nodes\": [] }] } }\n");

	(void)state;
	assert_int_equal(m.policy->nconns, 2);
	assert_string_equal(m.policy->conns[1].to[0].name, "c.example");
	made_item(m.exch, EXCH_LOST, 4, "services[1]", "b was observed and not declared");
	made_item(m.exch, EXCH_LOST, 7, "behaviors.instances", "\"network\" (observed)");
	made_item(m.exch, EXCH_LOST, 11, "behaviors.graphs", "order of behaviours");
	made_free(&m);
}

static void what_is_no_bill_is_refused_with_its_place(void **state)
{
	(void)state;
	made_refused(CDX, "{}", "x:1:1: this is no bill of CycloneDX: it has no \"bomFormat\"");
	made_refused(CDX, "[]", "x:1:1: this is no bill of CycloneDX: it has no \"bomFormat\"");
	made_refused(CDX, "{ \"bomFormat\": \"CycloneDX\",\n\"services\": [1] }",
		     "x:2:14: a service has to be an object");
	made_refused(CDX, "{ \"bomFormat\": \"CycloneDX\",\n\"services\": [{ \"endpoints\": [1] }] }",
		     "x:2:30: a string is expected here, in \"endpoints\"");
	made_refused(CDX, "{ \"bomFormat\": \"CycloneDX\", \"version\": NaN }",
		     "x:1:40: unknown word NaN; JSON has no such number");
}

static void endpoints_of_a_service_have_an_end(void **state)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct made m;

	(void)state;
	tb_buf_adds(&text, "{ \"bomFormat\": \"CycloneDX\", \"services\": [{ \"name\": \"a\",\n"
		    "\"endpoints\": [\"tcp://a.example:1\"");
	for (unsigned int i = 2; i < 5000; i++)
		tb_buf_addf(&text, ",\"tcp://a.example:%u\"", i);
	tb_buf_adds(&text, "] }] }");
	m = made_of(CDX, text.data);
	assert_int_equal(m.policy->nconns, 4096);
	made_item(m.exch, EXCH_LOST, 1, "services[0]", "903 are not read");
	made_free(&m);
}

static const char policy[] =
	"{ \"tcbox_policy\": 1, \"product\": { \"vendor\": \"Acme\", \"name\": \"Agent\" },\n"
	"\"connections\": [\n"
	"{ \"id\": \"a\", \"why\": \"asks\", \"to\": [\"a.example\", \"192.0.2.1\", \"2001:db8::1\"],\n"
	"  \"protocol\": \"tcp\", \"ports\": [443, \"8443-8444\"], \"application\": \"tls\",\n"
	"  \"data\": [\"PII (inbound)\", \"public\"] },\n"
	"{ \"id\": \"b\", \"to\": [\"b.example\"], \"protocol\": \"udp\" }] }";

static void a_policy_and_its_bill_declare_the_same(void **state)
{
	struct exch *e = written_as(CDX, policy);
	struct made back = made_of(CDX, exch_text(e)->data);
	const struct pol_conn *c = back.policy->conns;

	(void)state;
	assert_int_equal(made_items(e), 0);
	assert_int_equal(made_items(back.exch), 0);
	assert_string_equal(back.policy->vendor, "Acme");
	assert_int_equal(back.policy->nconns, 4);
	assert_string_equal(c[0].why, "asks");
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(c[i].nto, 3);
		assert_int_equal(c[i].ports[0].lo, i ? 8442 + i : 443);
		assert_string_equal(c[i].application, "tls");
		assert_string_equal(c[i].data[0], "PII (inbound)");
	}
	assert_string_equal(c[3].protocol, "udp");
	assert_int_equal(c[3].nports, 0);
	made_free(&back);
	exch_free(e);
}

static void what_a_service_cannot_say_is_listed(void **state)
{
	struct exch *e = written_as(CDX, "{ \"tcbox_policy\": 1, \"connections\": [\n"
		"{ \"id\": \"a\", \"to\": [\"*.a.example\", \"192.0.2.0/24\", \"c.example\"],\n"
		"  \"process\": \"/bin/a\", \"protocol\": \"tcp\", \"ports\": [\"1-1000\"],\n"
		"  \"application\": \"bgp\", \"tls\": { \"min_version\": \"1.2\" } },\n"
		"{ \"id\": \"b\", \"to\": [\"b.example\"], \"protocol\": \"dccp\" },\n"
		"{ \"id\": \"c\", \"protocol\": \"tcp\" }, { \"id\": \"d\", \"to\": [\"d.example\"] }],\n"
		"\"names\": [\"n.example\"] }");

	(void)state;
	made_item(e, EXCH_LOST, 2, "connections.a", "no URI has such a host: *.a.example, 192.0.2.0/24");
	made_item(e, EXCH_WIDER, 2, "connections.a", "nothing of: process, tls");
	made_item(e, EXCH_LOST, 2, "connections.a", "more than 64 ports");
	made_item(e, EXCH_WIDER, 2, "connections.a", "no scheme is for bgp");
	made_item(e, EXCH_LOST, 5, "connections.b", "no URI is of dccp");
	made_item(e, EXCH_LOST, 6, "connections.c", "any destination is no service");
	made_item(e, EXCH_LOST, 6, "connections.d", "written for TCP and UDP, and not for "
		  "others");
	made_item(e, EXCH_LOST, 7, "names", "lookups");
	exch_free(e);
}

/* listed() - how often a sentence has this part */
static size_t listed(const struct exch *e, const char *part)
{
	const struct exch_item *it;
	size_t n = 0;

	for (size_t i = 0; (it = exch_item_at(e, i)); i++)
		n += strstr(it->text, part) != NULL;
	return n;
}

static void what_is_left_out_is_called_what_it_is(void **state)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct exch *e;

	(void)state;
	e = written_as(CDX, "{ \"tcbox_policy\": 1, \"connections\": [\n"
		"{ \"id\": \"a\", \"to\": [\"a.example\"], \"protocol\": \"tcp\",\n"
		"  \"application\": \"tls\" },\n"
		"{ \"id\": \"b\", \"to\": [\"b.example\"], \"ports\": [443],"
		" \"application\": \"tls\" }] }");
	made_item(e, EXCH_WIDER, 2, "connections.a",
		  "tls is not said: \"https\" would say port 443, and any port is meant");
	made_item(e, EXCH_WIDER, 4, "connections.b", "no scheme is for tls over udp");
	assert_int_equal(listed(e, "no scheme is for tls over tcp"), 0);
	exch_free(e);

	tb_buf_adds(&text, "{ \"tcbox_policy\": 1, \"connections\": [{ \"id\": \"a\", \"protocol\":"
		    " \"tcp\", \"ports\": [1], \"to\": [\"h0.example\", \"h1.example\"");
	for (int i = 0; i < 5000; i++)
		tb_buf_addf(&text, ", \"h%d.example\"", i);
	tb_buf_adds(&text, "] }] }");
	e = written_as(CDX, text.data);
	assert_int_equal(listed(e, "more than 4096 hosts"), 1);
	assert_int_equal(listed(e, "ports of a host"), 0);
	assert_null(strstr(strstr(exch_text(e)->data, "//h1.example:") + 1, "//h1.example:"));
	assert_non_null(strstr(exch_text(e)->data, "//h4095.example:"));
	assert_null(strstr(exch_text(e)->data, "//h4096.example:"));
	exch_free(e);
}

static void version_2_has_declared_behaviours(void **state)
{
	struct exch *e = written_as("cyclonedx-2.0", policy);
	struct made back = made_of(CDX, exch_text(e)->data);
	const char *text = exch_text(e)->data;

	(void)state;
	assert_non_null(strstr(text, "\"specVersion\": \"2.0\""));
	assert_non_null(strstr(text, "\"network:connection:establishesConnection\""));
	assert_int_equal(back.policy->nconns, 4);
	made_free(&back);
	exch_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uris_are_read_and_written),
		cmocka_unit_test(what_names_no_host_is_no_endpoint),
		cmocka_unit_test(services_become_connections),
		cmocka_unit_test(an_endpoint_that_is_no_host_leaves_the_others),
		cmocka_unit_test(what_was_only_observed_is_no_declaration),
		cmocka_unit_test(what_is_no_bill_is_refused_with_its_place),
		cmocka_unit_test(endpoints_of_a_service_have_an_end),
		cmocka_unit_test(a_policy_and_its_bill_declare_the_same),
		cmocka_unit_test(what_a_service_cannot_say_is_listed),
		cmocka_unit_test(what_is_left_out_is_called_what_it_is),
		cmocka_unit_test(version_2_has_declared_behaviours),
	};

	return cmocka_run_group_tests_name("exchange/cyclonedx", tests, NULL, NULL);
}
