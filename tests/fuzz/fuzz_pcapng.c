/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pcapng.c - any bytes as a capture file: read, and without payloads
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/pcapng_read.h"
#include "tcbox/fd.h"
#include "tcbox/log.h"
#include "tests/unit/capture/put_back.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int look(void *arg, const struct pkt_frame *p)
{
	uint64_t *n = arg;
	volatile uint8_t last = 0;

	TB_BUG_ON(p->number != ++*n || p->caplen > p->origlen);
	if (p->caplen)
		last = p->data[p->caplen - 1];
	(void)last;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tb_err err = { 0, "" };
	struct put_back x;
	uint64_t n = 0;
	char path[32];
	bool cut;
	int fd, rc;

	fd = memfd_create("capture", MFD_CLOEXEC);
	if (fd < 0 || tb_write_all(fd, data, size))
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = capt_read_file(path, look, &n, &cut, &err);
	TB_BUG_ON(rc > 0 || (rc && !err.msg[0]));
	(void)close(fd);
	(void)close(put_back_redact(data, size, &x));
	return 0;
}
