/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ntp.c - time for those who ask
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lab/ntp.h"
#include "tcbox/clock.h"

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void a_client_gets_the_time_and_its_own_stamp_back(void **state)
{
	uint8_t query[NTP_LEN] = { 0x23 }, out[NTP_LEN];

	(void)state;
	memcpy(query + 40, "12345678", 8);
	assert_int_equal(ntp_answer(query, sizeof(query), 1700000000 * TB_NS_PER_S + 500000000,
				    out),
			 NTP_LEN);
	assert_int_equal(out[0], 0x24);
	assert_int_equal(out[1], 2);
	assert_memory_equal(out + 24, "12345678", 8);
	assert_int_equal(be32(out + 40), 1700000000u + 2208988800u);
	assert_int_equal(be32(out + 44), 0x80000000u);
	assert_memory_equal(out + 32, out + 40, 8);
	assert_true(be32(out + 16) < be32(out + 40));
}

static void the_era_ends_in_2036_without_harm(void **state)
{
	uint8_t query[NTP_LEN] = { 0x1b }, out[NTP_LEN];

	(void)state;
	assert_int_equal(ntp_answer(query, sizeof(query), INT64_C(2208988800) * TB_NS_PER_S, out),
			 NTP_LEN);
	assert_int_equal(out[0], 0x1c);
	assert_int_equal(be32(out + 40), 123010304u);
}

static void everything_else_is_ignored(void **state)
{
	static const uint8_t first[] = { 0x24, 0x25, 0x16, 0x17, 0x03, 0x2b, 0x21, 0 };
	uint8_t query[NTP_LEN] = { 0x23 }, out[NTP_LEN];

	(void)state;
	for (size_t len = 0; len < NTP_LEN; len++)
		assert_int_equal(ntp_answer(query, len, 0, out), 0);
	for (size_t i = 0; i < sizeof(first); i++) {
		query[0] = first[i];
		assert_int_equal(ntp_answer(query, sizeof(query), 0, out), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_gets_the_time_and_its_own_stamp_back),
		cmocka_unit_test(the_era_ends_in_2036_without_harm),
		cmocka_unit_test(everything_else_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
