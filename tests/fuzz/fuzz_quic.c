/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_quic.c - any datagrams as what a client says over QUIC, and any frames in its first packets
 *
 * Each has two bytes before it: its kind and length. Of kind 0 it is a datagram as it is; of others
 * its bytes are the frames of an Initial packet, which is sealed as a client would.
 */
#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/log.h"
#include "tests/unit/capture/quic_make.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* sealed() - kinds 1 to 4: two versions, two connections */
static void sealed(struct frame *out, uint8_t kind, const uint8_t *frames, size_t len)
{
	struct quic_make m = { kind & 1 ? QUIC_V1 : QUIC_V2, "12345678", kind & 2 ? "12345678" : "abcd", 0 };
	struct frame f = { .len = 0 };

	m.to = m.keys;
	fr_bytes(&f, frames, len);
	while (f.len < 20)		/* the sample of its header */
		fr_u8(&f, 0);
	qm_seal(out, &m, &f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t scratch[HELLO_MAX];
	struct opening_budget b = { 8192 };
	struct quic q = { .known = false };

	if (!gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) {
		(void)gcry_check_version(NULL);
		(void)gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	}
	while (size >= 2) {
		size_t len = (size_t)data[1] * 4 < size - 2 ? (size_t)data[1] * 4 : size - 2;
		struct frame f = { .len = 0 };

		if (data[0])
			sealed(&f, data[0], data + 2, len);
		else
			fr_bytes(&f, data + 2, len);
		quic_datagram(&q, &b, f.b, f.len, scratch);
		TB_BUG_ON(b.left + q.counted != 8192 || q.read > q.stream.len);
		TB_BUG_ON(!quic_unread(&q) && !q.hellos);
		data += 2 + len;
		size -= 2 + len;
	}
	quic_free(&q, &b);
	TB_BUG_ON(b.left != 8192);
	return 0;
}
