/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_redact.c - any lines of any file: no user that was found is left below /home, and lines stay
 * lines
 */
#include <stdint.h>
#include <string.h>

#include "run/redact_text.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t newlines(const char *p, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += p[i] == '\n';
	return n;
}

static void pass(const struct redact_names *names, enum redact_text text, const char *data,
		 size_t size)
{
	struct redact_line r = { .text = text, .names = names };
	TB_AUTOBUF struct tb_buf once = TB_BUF_INIT, twice = TB_BUF_INIT;
	unsigned int what = redact_line(&r, data, size, &once);

	TB_BUG_ON(once.failed);
	TB_BUG_ON(newlines(once.data ? once.data : "", once.len) > newlines(data, size));
	TB_BUG_ON(!what && (once.len != size || (size && memcmp(once.data, data, size))));
	/* no name is left, but of who is called as others are now */
	if (memmem(data, size, "user-", 5))
		return;
	r.key[0] = '\0';
	what = redact_line(&r, once.data ? once.data : "", once.len, &twice);
	TB_BUG_ON(twice.failed || what & REDACT_USERS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct redact_names *names = redact_names_new();

	if (!redact_names_find(names, (const char *)data, size))
		for (enum redact_text t = REDACT_RECORD; t <= REDACT_MANIFEST; t++)
			pass(names, t, (const char *)data, size);
	redact_names_free(names);
	return 0;
}
