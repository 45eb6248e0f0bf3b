/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_exch_no_memory.c - every single allocation of import and export fails once: they say so,
 * and nothing is half done
 *
 * Linked with --wrap for the allocating functions. Leaks show in the build with the address
 * sanitizer.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/exchange.h"
#include "tests/unit/no_memory.h"

static const char mud[] =
	"{\"ietf-mud:mud\":{\"mud-version\":1,\"mfg-name\":\"A\",\"from-device-policy\":"
	"{\"access-lists\":{\"access-list\":[{\"name\":\"f\"}]}},\"to-device-policy\":"
	"{\"access-lists\":{\"access-list\":[{\"name\":\"t\"}]}},\"extensions\":[\"x\"]},"
	"\"ietf-access-control-list:acls\":{\"acl\":["
	"{\"name\":\"f\",\"type\":\"ipv4-acl-type\",\"aces\":{\"ace\":["
	"{\"name\":\"r\",\"actions\":{\"forwarding\":\"drop\"}},"
	"{\"name\":\"a\",\"matches\":{\"mud\":{\"my-controller\":[null]},\"tcp\":"
	"{\"destination-port\":{\"operator\":\"neq\",\"port\":5}}},"
	"\"actions\":{\"forwarding\":\"accept\"}},"
	"{\"name\":\"b\",\"matches\":{\"ipv4\":{\"dst-dnsname\":\"a b\",\"dscp\":1}},"
	"\"actions\":{\"forwarding\":\"accept\"}}]}},"
	"{\"name\":\"t\",\"type\":\"ipv4-acl-type\",\"aces\":{\"ace\":["
	"{\"name\":\"a\",\"matches\":{\"udp\":{\"destination-port\":{\"port\":5}}},"
	"\"actions\":{\"forwarding\":\"accept\"}}]}}]}}";

static const char policy[] =
	"{\"tcbox_policy\":1,\"connections\":[{\"id\":\"a\",\"process\":\"/x\",\"required\":true,"
	"\"to\":[\"b.example\",\"*.c.example\",\"192.0.2.0/24\"],\"protocol\":\"tcp\",\"ports\":"
	"[1,\"2-3\"],\"tls\":{\"min_version\":\"1.2\"}}],\"names\":[\"n.example\"],"
	"\"listens\":[{\"id\":\"l\",\"ports\":[1]}],\"product\":{\"name\":\"p\"}}";

static struct pol *parsed;

typedef int act_fn(struct exch **out, struct tb_err *err);

static int import(struct exch **out, struct tb_err *err)
{
	return exch_import(exch_format_find("mud"), "m", mud, sizeof(mud) - 1, NULL, out, err);
}

static int export(struct exch **out, struct tb_err *err)
{
	return exch_export(exch_format_find("mud"), parsed, out, err);
}

static unsigned int without_place;

/* fail_each() - Return: how many allocations it makes when none fails */
static unsigned int fail_each(act_fn *act)
{
	for (unsigned int n = 1; n < 100000; n++) {
		struct tb_err err = { 0 };
		struct exch *e = NULL;
		int ret;

		countdown = n;
		ret = act(&e, &err);
		if (countdown) {	/* fewer than n allocations: nothing failed */
			countdown = 0;
			assert_int_equal(ret, 0);
			exch_free(e);
			return n - 1;
		}
		if (!ret) {	/* the place in a problem of the reader of policies is missing */
			assert_int_equal(err.code, 0);
			exch_free(e);
			without_place++;
			continue;
		}
		assert_int_equal(ret, -ENOMEM);
		assert_int_equal(err.code, ENOMEM);
		assert_null(e);
	}
	fail_msg("never done");
	return 0;
}

static void every_failed_allocation_of_import_is_told(void **state)
{
	(void)state;
	assert_true(fail_each(import) > 100);
	assert_true(without_place < 4);
}

static void every_failed_allocation_of_export_is_told(void **state)
{
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(pol_parse("p", policy, sizeof(policy) - 1, &parsed, &err), 0);
	assert_true(fail_each(export) > 10);
	pol_free(parsed);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_failed_allocation_of_import_is_told),
		cmocka_unit_test(every_failed_allocation_of_export_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
