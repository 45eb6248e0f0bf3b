/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar.h - archives as no honest packer writes them: headers of ustar by hand
 */
#ifndef TESTS_TAR_H
#define TESTS_TAR_H

#include <stdio.h>
#include <string.h>

#include "tcbox/buf.h"

struct tar_entry {
	const char *name;
	char type;			/* '0' file, '1' link, '2' symbolic link, '5' directory */
	const char *link;
	const char *data;
	const char *size;		/* octal, as the header says; NULL: that of the data */
};

/* tar_header() - one block of 512 bytes, with its sum */
static inline void tar_header(struct tb_buf *out, const struct tar_entry *e)
{
	char block[512] = "", size[24];
	unsigned int sum = 0;

	(void)snprintf(size, sizeof(size), "%011zo", e->data ? strlen(e->data) : 0);
	memcpy(block, e->name, strnlen(e->name, 100));
	memcpy(block + 100, "0000644", 8);
	memcpy(block + 108, "0000000", 8);
	memcpy(block + 116, "0000000", 8);
	memcpy(block + 124, e->size ? e->size : size, 11);
	memcpy(block + 136, "00000000000", 12);
	memset(block + 148, ' ', 8);
	block[156] = e->type;
	if (e->link)
		memcpy(block + 157, e->link, strnlen(e->link, 100));
	memcpy(block + 257, "ustar", 6);
	memcpy(block + 263, "00", 2);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	(void)snprintf(block + 148, 8, "%06o", sum);
	tb_buf_add(out, block, sizeof(block));
}

static inline void tar_add(struct tb_buf *out, const struct tar_entry *e)
{
	static const char zeros[512];
	size_t len = e->data ? strlen(e->data) : 0;

	tar_header(out, e);
	tb_buf_add(out, e->data ? e->data : "", len);
	tb_buf_add(out, zeros, (512 - len % 512) % 512);
}

static inline void tar_end(struct tb_buf *out)
{
	static const char zeros[1024];

	tb_buf_add(out, zeros, sizeof(zeros));
}

#endif
