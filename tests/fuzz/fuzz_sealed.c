/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_sealed.c - any bytes as a record and its chain: a check of them ends, and is never content
 * with what a chain does not hold
 *
 * The input is the record, a byte 0, and the chain.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/chain.h"
#include "tcbox/file.h"
#include "tcbox/log.h"
#include "tcbox/record.h"
#include "tcbox/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/tcbox-fuzz-sealed.XXXXXX";

static void clean(void)
{
	char name[sizeof(path) + 32];

	(void)snprintf(name, sizeof(name), "%s/%s", path, REC_EVENTS_FILE);
	(void)unlink(name);
	(void)snprintf(name, sizeof(name), "%s/%s", path, CHAIN_FILE);
	(void)unlink(name);
	(void)rmdir(path);
}

static int directory(void)
{
	static int fd = -1;

	if (fd >= 0)
		return fd;
	TB_BUG_ON(!mkdtemp(path));
	(void)atexit(clean);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	TB_BUG_ON(fd < 0);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct seal_trust nobody = { .n = 0 };
	const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
	size_t len = zero ? (size_t)(zero - data) : size;
	struct seal_check c;
	int dir = directory();

	TB_BUG_ON(tb_write_file(dir, REC_EVENTS_FILE, len ? (const char *)data : "", len, NULL));
	TB_BUG_ON(tb_write_file(dir, CHAIN_FILE, zero ? (const char *)zero + 1 : "",
				zero ? size - len - 1 : 0, NULL));
	TB_BUG_ON(seal_verify(dir, &nobody, &c, NULL));
	TB_BUG_ON(!c.wrong.n);		/* there is no manifest */
	seal_check_clear(&c);
	return 0;
}
