/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_script.c - any bytes as the beginning of a file that is executed: the name of its
 * interpreter, if it has one
 */
#include <string.h>

#include "sandbox/watch/exec_file.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[EXEC_HEAD + 1];
	size_t len;

	if (size > EXEC_HEAD)
		size = EXEC_HEAD;
	if (!exec_file_script((const char *)data, size, path))
		return 0;
	len = strlen(path);
	TB_BUG_ON(!len || len > EXEC_HEAD - 3 || strpbrk(path, " \t\n"));
	TB_BUG_ON(data[0] != '#' || data[1] != '!' || !memmem(data, size, path, len));
	return 0;
}
