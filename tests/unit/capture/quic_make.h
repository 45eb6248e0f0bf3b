/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_make.h - Initial packets of a client as they stand on the wire
 */
#ifndef TESTS_UNIT_CAPTURE_QUIC_MAKE_H
#define TESTS_UNIT_CAPTURE_QUIC_MAKE_H

#include <gcrypt.h>
#include <string.h>

#include "capture/quic.h"
#include "tests/unit/capture/frames.h"

/* Which packet, and from whose keys. */
struct quic_make {
	uint32_t version;
	const char *to;		/* id that it is addressed to */
	const char *keys;	/* id that its keys come from */
	uint32_t number;
};

/* qm_crypto() - a CRYPTO frame. @at, @len: less than 16384 */
static inline void qm_crypto(struct frame *f, const uint8_t *data, size_t at, size_t len)
{
	fr_u8(f, 6);
	fr_u16(f, 0x4000u | (unsigned int)at);
	fr_u16(f, 0x4000u | (unsigned int)len);
	fr_bytes(f, data + at, len);
}

/* qm_hello() - a client hello as a handshake message, with ALPN h3. @name: NULL: without one */
static inline void qm_hello(struct frame *f, const char *name)
{
	size_t n = name ? strlen(name) : 0, ext = (name ? 9 + n : 0) + 9;

	f->len = 0;
	fr_u32(f, 1u << 24 | (uint32_t)(2 + 32 + 1 + 4 + 2 + 2 + ext));
	fr_u16(f, 0x0303);
	for (int i = 0; i < 33; i++)
		fr_u8(f, i < 32 ? 0xaa : 0);
	fr_u32(f, 0x00021301);
	fr_u16(f, 0x0100);
	fr_u16(f, (unsigned int)ext);
	if (name) {
		fr_u16(f, 0);
		fr_u16(f, (unsigned int)n + 5);
		fr_u16(f, (unsigned int)n + 3);
		fr_u8(f, 0);
		fr_u16(f, (unsigned int)n);
		fr_bytes(f, name, n);
	}
	fr_u16(f, 16);
	fr_u16(f, 5);
	fr_u16(f, 3);
	fr_bytes(f, "\2h3", 3);
}

/* qm_seal() - the packet with these frames, behind what is in @out */
static inline void qm_seal(struct frame *out, const struct quic_make *m, const struct frame *frames)
{
	size_t head = out->len, number, id = strlen(m->to);
	uint8_t nonce[12], mask[16], tag[16];
	struct quic_keys k;
	gcry_cipher_hd_t h;

	if (!quic_keys(m->version, (const uint8_t *)m->keys, strlen(m->keys), &k))
		abort();
	fr_u8(out, m->version == QUIC_V2 ? 0xd3 : 0xc3);
	fr_u32(out, m->version);
	fr_u8(out, (unsigned int)id);
	fr_bytes(out, m->to, id);
	fr_u8(out, 0);				/* the client's id */
	fr_u8(out, 0);				/* token */
	fr_u16(out, 0x4000u | (unsigned int)(4 + frames->len + 16));
	number = out->len;
	fr_u32(out, m->number);
	memcpy(nonce, k.iv, 12);
	for (int i = 0; i < 4; i++)
		nonce[11 - i] ^= (uint8_t)(m->number >> 8 * i);
	(void)gcry_cipher_open(&h, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM, 0);
	(void)gcry_cipher_setkey(h, k.key, 16);
	(void)gcry_cipher_setiv(h, nonce, 12);
	(void)gcry_cipher_authenticate(h, out->b + head, out->len - head);
	(void)gcry_cipher_encrypt(h, out->b + out->len, frames->len, frames->b, frames->len);
	(void)gcry_cipher_gettag(h, tag, 16);
	gcry_cipher_close(h);
	out->len += frames->len;
	fr_bytes(out, tag, 16);
	(void)gcry_cipher_open(&h, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_ECB, 0);
	(void)gcry_cipher_setkey(h, k.hp, 16);
	(void)gcry_cipher_encrypt(h, mask, 16, out->b + number + 4, 16);
	gcry_cipher_close(h);
	out->b[head] ^= mask[0] & 0x0f;
	for (int i = 0; i < 4; i++)
		out->b[number + (size_t)i] ^= mask[1 + i];
}

#endif
