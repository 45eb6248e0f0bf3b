/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_ntp.c - any bytes to the lab's time server: an answer is one to them, and never to another
 * answer
 */
#include <string.h>

#include "lab/ntp.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[NTP_LEN], again[NTP_LEN];
	size_t len = ntp_answer(data, size, INT64_C(1700000000000000000), out);

	TB_BUG_ON(len && len != NTP_LEN);
	if (!len)
		return 0;
	TB_BUG_ON(size < NTP_LEN || (out[0] & 0x3f) != ((data[0] & 0x38) | 4));
	TB_BUG_ON(memcmp(out + 24, data + 40, 8));
	TB_BUG_ON(ntp_answer(out, len, 0, again));
	return 0;
}
