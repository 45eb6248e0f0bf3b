/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic.c - what a client says first over QUIC: the TLS hello in its Initial packets
 *
 * How it works: Initial packets are encrypted with keys that follow from the connection id which
 * the client chose for the first of them (RFC 9001, 5.2; RFC 9369 for version 2), so anybody on the
 * way can read them. The hello is cut into CRYPTO frames, which stand in any order and in several
 * datagrams: Chromium does that on purpose, and nDPI 4.2 then reads nothing. They are put together
 * as a server does. After the server's first answer the client uses another id, and the keys stay;
 * after a Retry they follow from the new one (RFC 9001, 5.2), as those of another connection over
 * the same ports do. Which it is shows the packet that can be decrypted.
 *
 * Limits: versions 1 and 2; STREAM_MAX bytes of hello; the budget of all openings.
 */
#include "capture/quic.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"

#define HASH_LEN 32
#define TAG_LEN 16
#define PACKET_MAX 4096		/* of an Initial packet that is read */
#define IS_HELLO 1		/* handshake message: RFC 8446, 4 */

/* Frames of Initial packets: RFC 9000, 12.4. */
enum { PADDING, PING, ACK, ACK_ECN, CRYPTO = 6, CLOSE = 0x1c };

struct version {
	uint32_t number;
	uint8_t initial;		/* type of the long header */
	uint8_t salt[20];
	const char *key, *iv, *hp;
};

static const struct version versions[] = {
	{ QUIC_V1, 0,
	  { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
	    0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a },
	  "tls13 quic key", "tls13 quic iv", "tls13 quic hp" },
	{ QUIC_V2, 1,
	  { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
	    0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 },
	  "tls13 quicv2 key", "tls13 quicv2 iv", "tls13 quicv2 hp" },
};

/* A packet with a long header. */
struct packet {
	const struct version *version;
	const uint8_t *data;		/* from its first byte on */
	size_t head;			/* bytes before its number */
	size_t len;			/* of all */
	const uint8_t *id;		/* of the connection, as the client addresses it */
	size_t id_len;
	bool initial;
};

static const struct version *version_of(uint32_t number)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (versions[i].number == number)
			return &versions[i];
	return NULL;
}

/* hmac() - of SHA-256. Return: false if the library cannot */
static bool hmac(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
		 uint8_t out[HASH_LEN])
{
	const uint8_t *got = NULL;
	gcry_md_hd_t h;

	if (gcry_md_open(&h, GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC))
		return false;
	if (!gcry_md_setkey(h, key, key_len)) {
		gcry_md_write(h, data, len);
		got = gcry_md_read(h, GCRY_MD_SHA256);
	}
	if (got)
		memcpy(out, got, HASH_LEN);
	gcry_md_close(h);
	return got;
}

/* expand() - HKDF-Expand-Label without a context: RFC 8446, 7.1 */
static bool expand(const uint8_t secret[HASH_LEN], const char *label, uint8_t *out, size_t len)
{
	uint8_t info[40], whole[HASH_LEN];
	size_t n = strlen(label);

	info[0] = 0;
	info[1] = (uint8_t)len;
	info[2] = (uint8_t)n;
	memcpy(info + 3, label, n);
	info[3 + n] = 0;
	info[4 + n] = 1;		/* the first block, which is enough: RFC 5869, 2.3 */
	if (!hmac(secret, HASH_LEN, info, 5 + n, whole))
		return false;
	memcpy(out, whole, len);
	return true;
}

bool quic_keys(uint32_t version, const uint8_t *id, size_t len, struct quic_keys *out)
{
	const struct version *v = version_of(version);
	uint8_t initial[HASH_LEN], client[HASH_LEN];

	return v && hmac(v->salt, sizeof(v->salt), id, len, initial) &&
	       expand(initial, "tls13 client in", client, sizeof(client)) &&
	       expand(client, v->key, out->key, sizeof(out->key)) &&
	       expand(client, v->iv, out->iv, sizeof(out->iv)) &&
	       expand(client, v->hp, out->hp, sizeof(out->hp));
}

/* varint() - RFC 9000, 16 */
static uint64_t varint(struct tb_rd *r)
{
	uint8_t first = tb_rd_u8(r);
	uint64_t v = first & 0x3f;

	for (int more = (1 << (first >> 6)) - 1; more > 0; more--)
		v = v << 8 | tb_rd_u8(r);
	return v;
}

/* skip() - over so many bytes */
static void skip(struct tb_rd *r, uint64_t len)
{
	if (len > r->left)
		r->bad = true;
	else
		(void)tb_rd_bytes(r, (size_t)len);
}

/* long_header() - RFC 9000, 17.2. Return: false if it is none that is known, or is not whole */
static bool long_header(struct packet *p, const uint8_t *data, size_t len)
{
	struct tb_rd r = tb_rd_init(data, len);
	uint8_t first = tb_rd_u8(&r);
	uint64_t rest;

	*p = (struct packet){ .data = data, .version = version_of(tb_rd_u32be(&r)) };
	p->id_len = tb_rd_u8(&r);
	p->id = tb_rd_bytes(&r, p->id_len);
	(void)tb_rd_bytes(&r, tb_rd_u8(&r));	/* id of the client */
	if (r.bad || !(first & 0x80) || !p->version || p->id_len > QUIC_ID_MAX)
		return false;
	p->initial = (first >> 4 & 3) == p->version->initial;
	if (p->initial)
		skip(&r, varint(&r));		/* token */
	rest = varint(&r);
	p->head = len - r.left;
	skip(&r, rest);
	p->len = len - r.left;
	return !r.bad;
}

bool quic_begins(const uint8_t *data, size_t len)
{
	struct tb_rd r = tb_rd_init(data, len);
	uint8_t first = tb_rd_u8(&r);
	const struct version *v = version_of(tb_rd_u32be(&r));

	return !r.bad && first & 0x80 && v && (first >> 4 & 3) == v->initial;
}

/* mask() - of the header, from a sample of what is encrypted: RFC 9001, 5.4.3 */
static bool mask(const struct quic_keys *k, const uint8_t sample[16], uint8_t out[16])
{
	gcry_cipher_hd_t h;
	bool good;

	if (gcry_cipher_open(&h, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_ECB, 0))
		return false;
	good = !gcry_cipher_setkey(h, k->hp, sizeof(k->hp)) &&
	       !gcry_cipher_encrypt(h, out, 16, sample, 16);
	gcry_cipher_close(h);
	return good;
}

/* unseal() - AES-128-GCM, in place. Return: false if it was not made with this key */
static bool unseal(const struct quic_keys *k, uint64_t number, const uint8_t *head, size_t head_len,
		   uint8_t *data, size_t len)
{
	uint8_t nonce[12];
	gcry_cipher_hd_t h;
	bool good;

	memcpy(nonce, k->iv, sizeof(nonce));
	for (int i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(number >> 8 * i);
	if (gcry_cipher_open(&h, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM, 0))
		return false;
	good = !gcry_cipher_setkey(h, k->key, sizeof(k->key)) &&
	       !gcry_cipher_setiv(h, nonce, sizeof(nonce)) &&
	       !gcry_cipher_authenticate(h, head, head_len) &&
	       !gcry_cipher_decrypt(h, data, len - TAG_LEN, NULL, 0) &&
	       !gcry_cipher_checktag(h, data + len - TAG_LEN, TAG_LEN);
	gcry_cipher_close(h);
	return good;
}

/* whole_number() - from its last bytes, next to that which is expected: RFC 9000, A.3 */
static uint64_t whole_number(uint64_t cut, size_t bytes, uint64_t next)
{
	uint64_t window = (uint64_t)1 << 8 * bytes, n = (next & ~(window - 1)) | cut;

	if (n + window / 2 <= next)
		return n + window;
	return n > next + window / 2 && n >= window ? n - window : n;
}

/*
 * unprotect() - a packet, with keys from this id
 * @out:	The packet as it was before it was protected; PACKET_MAX bytes
 * @at:		Receives where its frames begin
 *
 * Return: their length; 0: it is another's, or there is none
 */
static size_t unprotect(const struct packet *p, const uint8_t *id, size_t id_len, uint64_t *next,
			uint8_t *out, size_t *at)
{
	uint8_t m[16];
	struct quic_keys k;
	uint64_t number = 0;
	size_t bytes, len;

	if (p->len < p->head + 4 + 16 ||
	    !quic_keys(p->version->number, id, id_len, &k) || !mask(&k, p->data + p->head + 4, m))
		return 0;
	memcpy(out, p->data, p->len);
	out[0] ^= m[0] & 0x0f;
	bytes = (out[0] & 3u) + 1;
	for (size_t i = 0; i < bytes; i++) {
		out[p->head + i] ^= m[1 + i];
		number = number << 8 | out[p->head + i];
	}
	*at = p->head + bytes;
	len = p->len - *at;
	if (len <= TAG_LEN)
		return 0;
	number = whole_number(number, bytes, *next);
	if (!unseal(&k, number, out, *at, out + *at, len))
		return 0;
	if (number >= *next)
		*next = number + 1;
	return len - TAG_LEN;
}

/* drop() - the stream */
static void drop(struct quic *q, struct opening_budget *b)
{
	stream_free(&q->stream);
	b->left += q->counted;
	q->counted = 0;
	q->read = 0;
}

/* is_counted() - is there room for what is held? */
static bool is_counted(struct quic *q, struct opening_budget *b)
{
	size_t more = q->stream.cap - q->counted;

	if (more > b->left)
		return false;
	q->counted += more;
	b->left -= more;
	return true;
}

/* copy() - NULL for an empty text; without memory the hello cannot be told */
static char *copy(struct quic *q, const char *s)
{
	char *out = *s ? strdup(s) : NULL;

	q->others |= *s && !out;
	return out;
}

/* take_hello() - @record: a hello in a record of TLS */
static void take_hello(struct quic *q, const uint8_t *record, size_t len)
{
	struct hello h;

	if (!hello_read(&h, record, len)) {
		q->others = true;
		return;
	}
	q->others |= h.odd;
	q->ech |= h.ech;
	if (q->hellos++) {
		q->others |= strcmp(h.name, q->name ? q->name : "") != 0;
		return;
	}
	q->name = copy(q, h.name);
	q->alpn = copy(q, h.alpn);
}

/* take_hellos() - all that are whole: after a HelloRetryRequest there is a second one */
static void take_hellos(struct quic *q, uint8_t *scratch)
{
	const uint8_t *at;
	size_t len;

	while (q->stream.len - q->read >= 4) {
		at = q->stream.data + q->read;
		len = 4 + ((size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]);
		if (at[0] != IS_HELLO || len > STREAM_MAX) {
			q->others = true;
			return;
		}
		if (q->stream.len - q->read < len)
			return;
		memcpy(scratch, "\x16\x03\x01", 3);
		scratch[3] = (uint8_t)(len >> 8);
		scratch[4] = (uint8_t)len;
		memcpy(scratch + 5, at, len);
		q->read += (uint32_t)len;
		take_hello(q, scratch, 5 + len);
	}
}

/* crypto() - RFC 9000, 19.6 */
static void crypto(struct quic *q, struct opening_budget *b, struct tb_rd *r)
{
	uint64_t at = varint(r), len = varint(r);
	const uint8_t *data = len <= r->left ? tb_rd_bytes(r, (size_t)len) : NULL;

	if (!data || r->bad) {
		r->bad = true;
		return;
	}
	if (at + len > STREAM_MAX) {
		q->others = true;
	} else if (!stream_add(&q->stream, (uint32_t)at, data, (size_t)len) || !is_counted(q, b)) {
		q->others = q->lost = true;
		drop(q, b);
	}
}

/* ack() - RFC 9000, 19.3 */
static void ack(struct tb_rd *r, bool ecn)
{
	uint64_t ranges;

	(void)varint(r);			/* largest */
	(void)varint(r);			/* delay */
	ranges = varint(r);
	(void)varint(r);			/* first range */
	for (uint64_t i = 0; i < ranges && !r->bad; i++) {
		(void)varint(r);
		(void)varint(r);
	}
	for (int i = 0; ecn && i < 3; i++)
		(void)varint(r);
}

static void frames(struct quic *q, struct opening_budget *b, const uint8_t *data, size_t len)
{
	struct tb_rd r = tb_rd_init(data, len);

	while (r.left && !r.bad && !q->lost) {
		uint64_t type = varint(&r);

		switch (type) {
		case PADDING:
		case PING:
			break;
		case ACK:
		case ACK_ECN:
			ack(&r, type == ACK_ECN);
			break;
		case CRYPTO:
			crypto(q, b, &r);
			break;
		case CLOSE:
			(void)varint(&r);	/* error */
			(void)varint(&r);	/* frame */
			skip(&r, varint(&r));
			break;
		default:
			r.bad = true;
		}
	}
	q->others |= r.bad;		/* a server ends the connection, a lenient one does not */
}

/* begin() - these keys fit: a connection begins. What another one before had not ended is lost */
static void begin(struct quic *q, struct opening_budget *b, const struct packet *p)
{
	q->others |= q->known && (!q->read || q->read < q->stream.len || q->stream.npieces);
	drop(q, b);
	q->known = true;
	memcpy(q->id, p->id, p->id_len);
	q->id_len = (uint8_t)p->id_len;
}

static void initial(struct quic *q, struct opening_budget *b, const struct packet *p,
		    uint8_t *scratch)
{
	uint8_t plain[PACKET_MAX];
	size_t at = 0, len = 0;
	uint64_t next = 0;

	if (p->len > PACKET_MAX) {
		q->others = true;
		return;
	}
	if (q->known)
		len = unprotect(p, q->id, q->id_len, &q->next, plain, &at);
	if (!len) {
		len = unprotect(p, p->id, p->id_len, &next, plain, &at);
		if (!len)
			return;
		begin(q, b, p);
		q->next = next;
	}
	frames(q, b, plain + at, len);
	take_hellos(q, scratch);
}

void quic_datagram(struct quic *q, struct opening_budget *b, const uint8_t *data, size_t len,
		   uint8_t *scratch)
{
	struct packet p;

	while (len && !q->lost) {
		if (!*data) {		/* the end of a datagram that was filled up */
			data++;
			len--;
			continue;
		}
		if (!long_header(&p, data, len)) {
			q->others |= (*data & 0x80) != 0;	/* cut, or of another version */
			return;
		}
		if (p.initial)
			initial(q, b, &p, scratch);
		data += p.len;
		len -= p.len;
	}
}

bool quic_unread(const struct quic *q)
{
	return q->others || !q->hellos || q->read < q->stream.len || q->stream.npieces;
}

void quic_free(struct quic *q, struct opening_budget *b)
{
	drop(q, b);
	free(q->name);
	free(q->alpn);
}
