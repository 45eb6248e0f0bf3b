/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_target.c - any bytes as a path that a product gives to a call: what is made of it is an
 * absolute path
 *
 * The process looks at itself, and opens with O_PATH only.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/watch/target.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* check() - absolute, folded, and it ends within its memory */
static void check(const char path[TGT_PATH_MAX])
{
	TB_BUG_ON(!memchr(path, '\0', TGT_PATH_MAX));
	TB_BUG_ON(path[0] != '/' || strstr(path, "//") || strstr(path, "/./"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char raw[PATH_MAX], path[TGT_PATH_MAX], real[TGT_PATH_MAX];
	size_t len = size < sizeof(raw) ? size : sizeof(raw) - 1;
	int fd;

	if (len)
		memcpy(raw, data, len);
	raw[len] = '\0';
	if (!raw[0])
		return 0; /* names the descriptor itself */
	if (tgt_path(getpid(), AT_FDCWD, raw, path) < 0)
		return 0;
	check(path);
	for (int follow = 0; follow < 2; follow++)
		if (tgt_real(getpid(), -1, path, follow, real) == 0)
			check(real);
	fd = tgt_open(getpid(), AT_FDCWD, raw);
	if (fd >= 0)
		(void)close(fd);
	return 0;
}
