/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact.c - a capture without what its packets carry
 *
 * How it works: the blocks of the file (draft-ietf-opsawg-pcapng) are gone through one by one. Of a
 * packet the headers stay and what follows becomes zeros, so that every byte that stays is where it
 * was. What is not understood carries what nobody knows: it becomes zeros as a whole.
 *
 * Limits: headers have room for data, too: options of IP and TCP, identifiers, ports.
 */
#include "tcbox/capture.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/packet.h"
#include "tcbox/fd.h"
#include "tcbox/own.h"

#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_STATISTICS 5u
#define BLOCK_PACKET 6u
#define BLOCK_ENDS 12		/* type, length, and the length again */
#define BLOCK_MAX (1u << 20)
#define PACKET_FIXED 28		/* of a block with a packet, before its bytes */
#define ETHERNET_HEADER 14
#define ARP_END (ETHERNET_HEADER + 28)
#define IP6_HEADER 40

struct redact {
	int in, out;
	capt_redacted_fn *fn;
	void *arg;
	uint64_t offset;	/* of the block in the file */
	uint64_t packets;
	uint8_t block[BLOCK_MAX];
};

static uint32_t u32_at(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* read_some() - up to @len bytes. Return: how many there were, or negative errno */
static ssize_t read_some(int fd, uint8_t *to, size_t len)
{
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		n = read(fd, to + have, len - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* wipe() - tell of the part, and make it zeros. Nothing is told of what is zeros already */
static int wipe(struct redact *r, size_t at, size_t len, uint64_t packet)
{
	struct capt_redacted part = {
		.offset = r->offset + at, .bytes = len, .packet = packet, .data = r->block + at,
	};
	size_t i;
	int ret;

	for (i = 0; i < len && !r->block[at + i]; i++)
		;
	if (i == len)
		return 0;
	ret = r->fn(r->arg, &part);
	memset(r->block + at, 0, len);
	return ret;
}

/* headers() - how many bytes at the beginning of the packet stay */
static size_t headers(const uint8_t *data, uint32_t caplen, uint32_t origlen)
{
	const struct pkt_frame f = { .data = data, .caplen = caplen, .origlen = origlen };
	struct pkt p;
	size_t ip;

	pkt_parse(&p, &f);
	if (p.kind != PKT_IP)
		return ETHERNET_HEADER;
	if (!p.ip)
		return ARP_END;
	ip = (size_t)(p.ip - data);
	if (p.broken)
		return ip + (p.src.family == AF_INET6 ? IP6_HEADER : (size_t)(*p.ip & 15) * 4);
	if (!p.payload)
		return ip + p.ip_cap;
	return (size_t)(p.payload - data);
}

static int packet(struct redact *r, size_t total)
{
	uint32_t caplen = u32_at(r->block + 20), origlen = u32_at(r->block + 24);
	size_t end = total - 4, keep;

	r->packets++;
	if (caplen > end - PACKET_FIXED)
		return wipe(r, 8, end - 8, r->packets);
	keep = headers(r->block + PACKET_FIXED, caplen, origlen < caplen ? caplen : origlen);
	if (keep > caplen)
		keep = caplen;
	return wipe(r, PACKET_FIXED + keep, end - PACKET_FIXED - keep, r->packets);
}

/* block() - one that is whole */
static int block(struct redact *r, size_t total)
{
	switch (u32_at(r->block)) {
	case BLOCK_SECTION:
	case BLOCK_INTERFACE:
	case BLOCK_STATISTICS:
		return 0;
	case BLOCK_PACKET:
		if (total >= PACKET_FIXED + 4)
			return packet(r, total);
	}
	return wipe(r, 8, total - BLOCK_ENDS, 0);
}

static int write_out(struct redact *r, size_t len, struct tb_err *err)
{
	if (tb_write_all(r->out, r->block, len))
		return tb_err_set(err, errno, "write the capture");
	r->offset += len;
	return 0;
}

/* rest() - from what is no block on, to the end of the file, everything becomes zeros */
static int rest(struct redact *r, size_t have, struct tb_err *err)
{
	ssize_t n = (ssize_t)have;
	int ret = 0;

	while (!ret && n > 0) {
		ret = wipe(r, 0, (size_t)n, 0);
		if (!ret)
			ret = write_out(r, (size_t)n, err);
		if (!ret)
			n = read_some(r->in, r->block, sizeof(r->block));
	}
	return n < 0 ? tb_err_set(err, (int)-n, "read the capture") : ret;
}

/* one() - a block. Return: 1; 0 at the end of the file; negative errno */
static int one(struct redact *r, struct tb_err *err)
{
	ssize_t n = read_some(r->in, r->block, 8);
	size_t total, have;
	int ret;

	if (n <= 0)
		return n ? tb_err_set(err, (int)-n, "read the capture") : 0;
	have = (size_t)n;
	total = have == 8 ? u32_at(r->block + 4) : 0;
	if (total < BLOCK_ENDS || total % 4 || total > sizeof(r->block))
		return rest(r, have, err);
	n = read_some(r->in, r->block + 8, total - 8);
	if (n < 0)
		return tb_err_set(err, (int)-n, "read the capture");
	have += (size_t)n;
	if (have < total || u32_at(r->block + total - 4) != total)
		return rest(r, have, err);
	ret = block(r, total);
	if (!ret)
		ret = write_out(r, total, err);
	return ret ? ret : 1;
}

int capt_redact(int in, int out, capt_redacted_fn *fn, void *arg, struct tb_err *err)
{
	TB_AUTOFREE struct redact *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return tb_err_set(err, ENOMEM, "redact the capture");
	r->in = in;
	r->out = out;
	r->fn = fn;
	r->arg = arg;
	while ((ret = one(r, err)) > 0)
		;
	return ret;
}
