/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_hello.c - any bytes as the client hello at the beginning of a stream
 */
#include <ctype.h>
#include <string.h>

#include "capture/hello.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hello h;

	memset(&h, 0xff, sizeof(h));
	if (!hello_read(&h, data, size)) {
		TB_BUG_ON(h.ech || h.name[0]);
		return 0;
	}
	TB_BUG_ON(size < 6 || !memchr(h.name, '\0', sizeof(h.name)));
	for (const char *c = h.name; *c; c++)
		TB_BUG_ON(isupper((unsigned char)*c));
	return 0;
}
