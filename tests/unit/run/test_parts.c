/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_parts.c - what each part of the airlock is given, and what the gate lets pass
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "run/parts.h"
#include "tcbox/capture.h"

/* What the parts were called with, instead of running. */
static struct lab_options lab;
static struct dec_options dec;
static struct capt_options capt;
static int disk[2];

/* What the gate was told to open: "NET/PREFIX PROTOCOL LO-HI" in a line each. */
static char opened[8192];
static size_t nopened;
static int gate_error;

int __wrap_lab_main(const struct lab_options *opt, struct tb_err *err);
int __wrap_dec_main(const struct dec_options *opt, struct tb_err *err);
int __wrap_capt_main(const struct capt_options *opt, struct tb_err *err);
int __wrap_sbx_disk_main(int kept, int root, const struct sbx_part_env *env, struct tb_err *err);
int __wrap_sbx_gate_allow(const struct sbx_open *opens, size_t n, struct tb_err *err);

int __wrap_lab_main(const struct lab_options *opt, struct tb_err *err)
{
	(void)err;
	lab = *opt;
	return -1;
}

int __wrap_dec_main(const struct dec_options *opt, struct tb_err *err)
{
	(void)err;
	dec = *opt;
	return -2;
}

int __wrap_capt_main(const struct capt_options *opt, struct tb_err *err)
{
	(void)err;
	capt = *opt;
	return -3;
}

int __wrap_sbx_disk_main(int kept, int root, const struct sbx_part_env *env, struct tb_err *err)
{
	(void)err;
	disk[0] = kept;
	disk[1] = root;
	return -4 - (env->record_fd != 101);
}

static void write_open(const struct sbx_open *o)
{
	char addr[EV_ADDR_STRLEN];
	size_t len = strlen(opened);

	ev_addr_format(&o->net, addr);
	(void)snprintf(opened + len, sizeof(opened) - len, "%s/%u %s %u-%u\n", addr, o->prefix,
		       o->protocol ? o->protocol : "any", o->port_lo, o->port_hi);
	nopened++;
}

int __wrap_sbx_gate_allow(const struct sbx_open *opens, size_t n, struct tb_err *err)
{
	for (size_t i = 0; i < n; i++)
		write_open(&opens[i]);
	return gate_error ? tb_err_set(err, gate_error, "open the gate") : 0;
}

static struct parts p;
static struct pol *policy;
static struct tb_err err;

static int begin(void **state)
{
	(void)state;
	p = (struct parts){ .capture_fd = 7, .packets = { -1, -1 }, .layer_fd = 8, .root = "/",
			    .root_fd = -1, .bodies_fd = -1, .canary_name = "canary.invalid" };
	opened[0] = '\0';
	nopened = 0;
	gate_error = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	parts_clear(&p);
	pol_free(policy);
	policy = NULL;
	return 0;
}

/* start() - run the part with this name. Return: what it returned */
static int start(const char *name)
{
	const struct sbx_part_env env = { .record_fd = 101, .ready_fd = 102, .stop_fd = 103,
					  .t0_ns = 104 };

	for (size_t i = 0; i < p.n; i++)
		if (!strcmp(p.list[i].name, name))
			return p.list[i].main(p.list[i].arg, &env, &err);
	fail_msg("no part is called %s", name);
	return 0;
}

/* connections() - a policy with these rules, each of which gets a name */
static void connections(const char *rules)
{
	char text[8192] = "{\"tcbox_policy\":1,\"connections\":[";
	size_t len = strlen(text);
	int n = 0;

	for (; *rules; rules++)
		len += (size_t)(*rules == '{' ?
			snprintf(text + len, sizeof(text) - len, "{\"id\":\"r%d\",", ++n) :
			snprintf(text + len, sizeof(text) - len, "%c", *rules));
	(void)snprintf(text + len, sizeof(text) - len, "]}");
	if (pol_parse("p.json", text, strlen(text), &policy, &err))
		fail_msg("%s", err.msg);
}

static void each_part_has_what_it_needs_and_nothing_else(void **state)
{
	static const struct {
		const char *name;
		enum ev_src src;
		bool wait_ready, slow, after_box, no_net, layer;
	} wanted[] = {
		{ "decoder", EV_SRC_NET, .no_net = true },
		{ "capture", EV_SRC_CAPTURE, .wait_ready = true, .slow = true },
		{ "lab", EV_SRC_LAB, .wait_ready = true },
		{ "disk", EV_SRC_DISK, true, false, true, true, true },
	};

	(void)state;
	p.lab = true;
	assert_int_equal(parts_prepare(&p, &err), 0);
	assert_int_equal(p.n, 4);
	for (size_t i = 0; i < p.n; i++) {
		assert_string_equal(p.list[i].name, wanted[i].name);
		assert_int_equal(p.list[i].src, wanted[i].src);
		assert_int_equal(p.list[i].wait_ready, wanted[i].wait_ready);
		assert_int_equal(p.list[i].slow, wanted[i].slow);
		assert_int_equal(p.list[i].after_box, wanted[i].after_box);
		assert_int_equal(p.list[i].no_net, wanted[i].no_net);
		assert_int_equal(p.list[i].layer, wanted[i].layer);
	}
	assert_int_equal(p.list[0].keep_fds[0], p.packets[0]);
	assert_int_equal(p.list[0].keep_fds[1], -1);
	assert_int_equal(p.list[1].keep_fds[0], 7);
	assert_int_equal(p.list[1].keep_fds[1], p.packets[1]);
	assert_int_equal(p.list[1].keep_fds[2], -1);
	assert_int_equal(p.list[2].keep_fds[0], -1);
	assert_int_equal(p.list[2].keep_fds[1], -1);
	assert_int_equal(p.list[3].keep_fds[0], p.root_fd);
	assert_int_equal(p.list[3].keep_fds[1], 8);
	assert_int_equal(p.list[3].keep_fds[2], -1);
}

static void each_part_is_told_where_its_pipes_are(void **state)
{
	(void)state;
	p.authority = (struct lab_authority *)&p;	/* nobody looks into it here */
	p.lab = true;
	assert_int_equal(parts_prepare(&p, &err), 0);
	assert_int_equal(start("lab"), -1);
	assert_ptr_equal(lab.authority, p.authority);
	assert_true(lab.record_fd == 101 && lab.ready_fd == 102 && lab.stop_fd == 103);
	assert_int_equal(lab.t0_ns, 104);
	assert_null(lab.on_answer);		/* nothing is closed, and so nobody opens it */
	assert_null(lab.may_resolve);
	assert_int_equal(start("decoder"), -2);
	assert_true(dec.packets_fd == p.packets[0] && dec.record_fd == 101 && dec.ready_fd == 102);
	assert_int_equal(dec.t0_ns, 104);
	assert_string_equal(dec.box[0], "198.19.255.2");
	assert_string_equal(dec.box[1], "2001:db8:ffff::2");
	assert_null(dec.box[2]);
	assert_string_equal(dec.gate[0], "198.19.255.1");
	assert_string_equal(dec.gate[1], "2001:db8:ffff::1");
	assert_null(dec.gate[2]);
	assert_int_equal(start("capture"), -3);
	assert_true(capt.file_fd == 7 && capt.decoder_fd == p.packets[1] && capt.record_fd == 101);
	assert_true(capt.ready_fd == 102 && capt.stop_fd == 103);
	assert_int_equal(capt.t0_ns, 104);
	assert_string_equal(capt.ifname, "g0");
	assert_int_equal(start("disk"), -4);
	assert_int_equal(disk[0], 8);
	assert_int_equal(disk[1], p.root_fd);
}

static void without_a_simulated_internet_there_is_no_lab(void **state)
{
	(void)state;
	assert_int_equal(parts_prepare(&p, &err), 0);
	assert_int_equal(p.n, 3);
	assert_string_equal(p.list[2].name, "disk");
}

static void a_root_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	p.root = "/no/such/root";
	assert_int_equal(parts_prepare(&p, &err), -ENOENT);
	assert_string_equal(err.msg, "open /no/such/root: No such file or directory");
}

static void what_was_prepared_is_closed(void **state)
{
	int fds[3];
	struct stat st;

	(void)state;
	assert_int_equal(parts_prepare(&p, &err), 0);
	fds[0] = p.packets[0];
	fds[1] = p.packets[1];
	fds[2] = p.root_fd;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(fstat(fds[i], &st), 0);
	parts_clear(&p);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(fstat(fds[i], &st), -1);
	assert_true(p.packets[0] == -1 && p.packets[1] == -1 && p.root_fd == -1);
}

/* answer() - under --enforce the lab says a name and its addresses. Return: whether the gate is
 * open for them */
static bool answer(const char *name, const char *first, const char *second)
{
	struct ev_addr v[2];
	size_t n = 0;

	opened[0] = '\0';
	nopened = 0;
	if (first)
		assert_int_equal(ev_addr_parse(first, &v[n++]), 0);
	if (second)
		assert_int_equal(ev_addr_parse(second, &v[n++]), 0);
	return lab.on_answer(lab.arg, name, v, n);
}

static void enforce(const char *list)
{
	connections(list);
	p.policy = policy;
	p.enforce = true;
	p.lab = true;
	assert_int_equal(parts_prepare(&p, &err), 0);
	assert_int_equal(start("lab"), -1);
	assert_non_null(lab.on_answer);
}

static void only_declared_names_resolve(void **state)
{
	(void)state;
	p.canary_name = "c.canary.example";
	enforce("{\"to\":[\"a.example\",\"*.b.example\",\"203.0.113.0/24\"]}],\"names\":[\"n.example\"");
	assert_non_null(lab.may_resolve);
	assert_true(lab.may_resolve(lab.arg, "a.example"));
	assert_true(lab.may_resolve(lab.arg, "x.y.b.example"));
	assert_true(lab.may_resolve(lab.arg, "n.example"));
	assert_true(lab.may_resolve(lab.arg, "c.canary.example"));
	assert_false(lab.may_resolve(lab.arg, "b.example"));
	assert_false(lab.may_resolve(lab.arg, "canary.example"));
	assert_false(lab.may_resolve(lab.arg, "."));
}

static void names_that_the_policy_ignores_resolve(void **state)
{
	(void)state;
	enforce("{\"to\":[\"a.example\"]}");
	assert_non_null(lab.may_resolve);
	policy->on_name = POL_IGNORE;
	assert_int_equal(start("lab"), -1);
	assert_null(lab.may_resolve);
}

static void under_enforcement_a_declared_name_opens_its_ports(void **state)
{
	(void)state;
	enforce("{\"to\":[\"*.acme.example\"],\"ports\":[443,\"8000-8100\"],\"protocol\":\"tcp\"},"
		"{\"to\":[\"time.acme.example\"]},"
		"{\"to\":[\"203.0.113.0/24\"]}");
	assert_true(answer("a.acme.example", "198.18.0.7", "2001:db8::7"));
	assert_string_equal(opened, "198.18.0.7/32 tcp 443-443\n198.18.0.7/32 tcp 8000-8100\n"
				    "2001:db8::7/128 tcp 443-443\n2001:db8::7/128 tcp 8000-8100\n");
	assert_true(answer("time.acme.example", "198.18.0.8", NULL));
	assert_string_equal(opened, "198.18.0.8/32 tcp 443-443\n198.18.0.8/32 tcp 8000-8100\n"
				    "198.18.0.8/32 any 0-0\n");
	assert_false(answer("b.example", "198.18.0.9", NULL));
	assert_string_equal(opened, "");
	assert_false(answer("a.acme.example", NULL, NULL));	/* nothing was said */
}

static void the_control_is_let_pass(void **state)
{
	(void)state;
	enforce("");
	assert_true(answer("canary.invalid", "198.18.0.7", NULL));
	assert_string_equal(opened, "198.18.0.7/32 tcp 0-0\n");
	assert_false(answer("canary.invali", "198.18.0.7", NULL));
}

static void where_the_gate_does_not_open_the_name_is_not_declared(void **state)
{
	(void)state;
	enforce("{\"to\":[\"a.example\"]}");
	gate_error = ENOBUFS;
	assert_false(answer("a.example", "198.18.0.7", NULL));
	assert_int_equal(nopened, 1);
}

static void all_that_many_rules_say_of_a_name_is_opened(void **state)
{
	char list[2000] = "";

	(void)state;
	for (int i = 0; i < 66; i++)
		(void)snprintf(list + strlen(list), sizeof(list) - strlen(list),
			       "%s{\"to\":[\"a.example\"]}", i ? "," : "");
	enforce(list);
	assert_true(answer("a.example", "198.18.0.7", NULL));
	assert_int_equal(nopened, 66);
}

/* opens() - the gate is open for this from the start */
static void opens(const char *list, const char *wanted)
{
	struct sbx_open *v;
	size_t n;

	connections(list);
	assert_int_equal(parts_opens(policy, &v, &n, &err), 0);
	opened[0] = '\0';
	for (size_t i = 0; i < n; i++)
		write_open(&v[i]);
	assert_string_equal(opened, wanted);
	free(v);
	pol_free(policy);
	policy = NULL;
}

static void declared_networks_are_open_from_the_start(void **state)
{
	struct sbx_open *v;
	size_t n;

	(void)state;
	opens("{\"to\":[\"a.example\"]}", "");
	opens("{\"to\":[\"203.0.113.0/24\",\"a.example\",\"2001:db8:7::/48\"],\"ports\":[443]}",
	      "203.0.113.0/24 any 443-443\n2001:db8:7::/48 any 443-443\n");
	opens("{\"to\":[\"203.0.113.9\"],\"ports\":[53,\"100-200\"],\"protocol\":\"udp\"}",
	      "203.0.113.9/32 udp 53-53\n203.0.113.9/32 udp 100-200\n");
	opens("{\"protocol\":\"tcp\",\"ports\":[22]}", "0.0.0.0/0 tcp 22-22\n::/0 tcp 22-22\n");
	opens("{\"to\":[\"203.0.113.9\"]},{\"to\":[\"203.0.113.8\"]}",
	      "203.0.113.9/32 any 0-0\n203.0.113.8/32 any 0-0\n");
	assert_int_equal(parts_opens(NULL, &v, &n, &err), 0);
	assert_null(v);
	assert_int_equal(n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_part_has_what_it_needs_and_nothing_else),
		TEST(each_part_is_told_where_its_pipes_are),
		TEST(only_declared_names_resolve),
		TEST(names_that_the_policy_ignores_resolve),
		TEST(without_a_simulated_internet_there_is_no_lab),
		TEST(a_root_that_is_not_there_is_an_error),
		TEST(what_was_prepared_is_closed),
		TEST(under_enforcement_a_declared_name_opens_its_ports),
		TEST(the_control_is_let_pass),
		TEST(where_the_gate_does_not_open_the_name_is_not_declared),
		TEST(all_that_many_rules_say_of_a_name_is_opened),
		TEST(declared_networks_are_open_from_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
