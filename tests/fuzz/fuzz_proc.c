/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_proc.c - any bytes as what /proc says of a process: nothing is read past the end, and
 * numbers make sense
 */
#include <stdlib.h>
#include <string.h>

#include "sandbox/watch/proc.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct proc_facts facts;
	uint64_t start;
	int status;

	TB_BUG_ON(!text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (proc_parse_status(text, &facts) == 0)
		TB_BUG_ON(facts.tgid <= 0 || !strstr(text, "Tgid:") || !strstr(text, "PPid:"));
	if (proc_parse_stat(text, &start, &status) < 0)
		TB_BUG_ON(start || status);
	else
		TB_BUG_ON(!strchr(text, ')'));
	free(text);
	return 0;
}
