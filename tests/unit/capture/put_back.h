/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put_back.h - a capture is redacted, and the parts that were told of make it whole again
 */
#ifndef TESTS_PUT_BACK_H
#define TESTS_PUT_BACK_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tcbox/capture.h"
#include "tcbox/fd.h"
#include "tcbox/log.h"

struct put_back {
	uint8_t *whole;		/* zeros, and the parts that were told of */
	size_t size;
	uint64_t parts, bytes, last_end;
};

static inline int put_back_part(void *arg, const struct capt_redacted *part)
{
	struct put_back *x = arg;

	TB_BUG_ON(part->offset < x->last_end || part->offset > x->size ||
		  part->bytes > x->size - part->offset || !part->bytes);
	memcpy(x->whole + part->offset, part->data, part->bytes);
	x->last_end = part->offset + part->bytes;
	x->parts++;
	x->bytes += part->bytes;
	return 0;
}

/* put_back_redact() - Return: descriptor of the redacted copy, at its beginning; @x: counts */
static inline int put_back_redact(const uint8_t *data, size_t size, struct put_back *x)
{
	int in = memfd_create("in", MFD_CLOEXEC), out = memfd_create("out", MFD_CLOEXEC);
	struct tb_err err = { 0, "" };
	uint8_t *copy = calloc(1, size + 1);

	*x = (struct put_back){ .whole = calloc(1, size + 1), .size = size };
	TB_BUG_ON(in < 0 || out < 0 || !copy || !x->whole || tb_write_all(in, data, size));
	TB_BUG_ON(lseek(in, 0, SEEK_SET) || capt_redact(in, out, put_back_part, x, &err));
	TB_BUG_ON(lseek(out, 0, SEEK_CUR) != (off_t)size || lseek(out, 0, SEEK_SET));
	TB_BUG_ON(read(out, copy, size) != (ssize_t)size || lseek(out, 0, SEEK_SET));
	for (size_t i = 0; i < size; i++) {
		/* either it stayed, or it is a zero and was told of */
		TB_BUG_ON(copy[i] && (copy[i] != data[i] || x->whole[i]));
		TB_BUG_ON((copy[i] | x->whole[i]) != data[i]);
	}
	free(x->whole);
	free(copy);
	(void)close(in);
	return out;
}

#endif
