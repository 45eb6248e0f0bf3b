/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_socks.c - any bytes to the lab's SOCKS proxy
 */
#include <stdlib.h>
#include <string.h>

#include "lab/socks.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct socks s = { SOCKS_GREETING };
	struct socks_step step;
	int n = 1;

	(void)socks_begins(data, size);
	while (s.state != SOCKS_DONE && s.state != SOCKS_REFUSED && n > 0) {
		size_t len = size < SOCKS_MESSAGE_MAX ? size : SOCKS_MESSAGE_MAX;

		n = socks_next(&s, data, len, &step);
		TB_BUG_ON(n > (int)len || (n > 0) != (step.reply_len > 0));
		TB_BUG_ON(!memchr(step.target, '\0', sizeof(step.target)));
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return 0;
}
