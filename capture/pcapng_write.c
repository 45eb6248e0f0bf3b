/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng_write.c - write a capture file as pcapng (draft-ietf-opsawg-pcapng)
 *
 * libpcap reads pcapng but writes only pcap, which has no room for interface names, comments and
 * drop counters.
 *
 * How it works: blocks are put together in one large buffer and written with few system calls.
 * Numbers are in the byte order of the machine, which the section header declares. When the disk
 * is full, the file is cut back to the end of the last whole block, so that readers do not
 * complain about it.
 */
#include "capture/pcapng_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#define BUFFER (1u << 20)
#define MAX_TEXT 1024		/* interface name and description together */

#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_STATISTICS 5u
#define BLOCK_PACKET 6u
#define BLOCK_NAMES 4u
#define BLOCK_SECRETS 10u
#define LINK_ETHERNET 1u
#define SECRETS_TLS 0x544c534bu
#define NAME_IPV4 1
#define NAME_IPV6 2
#define NAME_MAX_LEN 255

#define OPT_COMMENT 1
#define EPB_PROCESSID_THREADID 8

#define OPT_END 0
#define SHB_HARDWARE 2
#define SHB_OS 3
#define SHB_USERAPPL 4
#define IF_NAME 2
#define IF_DESCRIPTION 3
#define IF_TSRESOL 9
#define ISB_STARTTIME 2
#define ISB_ENDTIME 3
#define ISB_IFRECV 4
#define ISB_IFDROP 5
#define ISB_FILTERACCEPT 6
#define ISB_OSDROP 7

struct png_writer {
	int fd;
	int failed;		/* negative errno of the first failure */
	uint64_t written;	/* bytes in the file */
	size_t len; /* bytes in the buffer: always whole blocks, except while one is put together */
	size_t block;		/* where the block being put together begins */
	uint8_t buf[BUFFER];
};

/* last_whole_block() - how many of the first @n bytes of the buffer are whole blocks */
static size_t last_whole_block(const struct png_writer *w, size_t n)
{
	size_t at = 0;
	uint32_t total;

	while (n - at >= 8) {
		memcpy(&total, w->buf + at + 4, sizeof(total));
		if (total > n - at)
			break;
		at += total;
	}
	return at;
}

int png_flush(struct png_writer *w)
{
	size_t done = 0;
	ssize_t n;

	while (!w->failed && done < w->len) {
		n = write(w->fd, w->buf + done, w->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			w->failed = n ? -errno : -EIO;
			if (ftruncate(w->fd, (off_t)(w->written + last_whole_block(w, done))))
				w->len = done;	/* the torn block stays: readers stop there */
			return w->failed;
		}
		done += (size_t)n;
	}
	w->written += done;
	w->len = 0;
	return w->failed;
}

static void put(struct png_writer *w, const void *data, size_t len)
{
	if (len)
		memcpy(w->buf + w->len, data, len);
	w->len += len;
}

static void put_u16(struct png_writer *w, uint16_t v)
{
	put(w, &v, sizeof(v));
}

static void put_u32(struct png_writer *w, uint32_t v)
{
	put(w, &v, sizeof(v));
}

/* put_padded() - blocks and options are padded to 32 bits */
static void put_padded(struct png_writer *w, const void *data, size_t len)
{
	static const uint8_t zero[4];

	put(w, data, len);
	put(w, zero, -len & 3);
}

static void put_option(struct png_writer *w, uint16_t code, const void *data, size_t len)
{
	put_u16(w, code);
	put_u16(w, (uint16_t)len);
	put_padded(w, data, len);
}

static void put_text(struct png_writer *w, uint16_t code, const char *text)
{
	put_option(w, code, text, strlen(text));
}

static void put_count(struct png_writer *w, uint16_t code, uint64_t v)
{
	put_option(w, code, &v, sizeof(v));
}

/* put_time() - upper half first, whatever the byte order */
static void put_time(struct png_writer *w, int64_t ns)
{
	put_u32(w, (uint32_t)((uint64_t)ns >> 32));
	put_u32(w, (uint32_t)ns);
}

static void put_time_option(struct png_writer *w, uint16_t code, int64_t ns)
{
	put_u16(w, code);
	put_u16(w, 8);
	put_time(w, ns);
}

/* block_begin() - start a block whose body has at most @body bytes */
static int block_begin(struct png_writer *w, uint32_t type, size_t body)
{
	if (w->failed)
		return w->failed;
	if (body > BUFFER - 12)
		return -EMSGSIZE;
	if (w->len + body + 12 > BUFFER && png_flush(w))
		return w->failed;
	w->block = w->len;
	put_u32(w, type);
	put_u32(w, 0);		/* length: see block_end() */
	return 0;
}

static void block_end(struct png_writer *w)
{
	uint32_t total = (uint32_t)(w->len - w->block) + 4;

	memcpy(w->buf + w->block + 4, &total, sizeof(total));
	put_u32(w, total);
}

static int put_section(struct png_writer *w)
{
	static const uint8_t unknown[8] = {
		255, 255, 255, 255, 255, 255, 255, 255
	}; /* length of the section */
	struct utsname u;
	char os[sizeof(u.sysname) + sizeof(u.release)];
	int rc;

	rc = block_begin(w, BLOCK_SECTION, 4096);
	if (rc)
		return rc;
	put_u32(w, 0x1a2b3c4d);		/* byte order */
	put_u16(w, 1);			/* version 1.0 */
	put_u16(w, 0);
	put(w, unknown, sizeof(unknown));
	if (!uname(&u)) {
		size_t n = strlen(u.sysname);

		memcpy(os, u.sysname, n);
		os[n] = ' ';
		memcpy(os + n + 1, u.release, strlen(u.release) + 1);
		put_text(w, SHB_HARDWARE, u.machine);
		put_text(w, SHB_OS, os);
	}
	put_text(w, SHB_USERAPPL, "tcbox " TCBOX_VERSION);
	put_option(w, OPT_END, NULL, 0);
	block_end(w);
	return 0;
}

static int put_interface(struct png_writer *w, const char *ifname, const char *description,
			 uint32_t snaplen)
{
	static const uint8_t nanoseconds = 9;
	int rc;

	rc = block_begin(w, BLOCK_INTERFACE, 4096);
	if (rc)
		return rc;
	put_u16(w, LINK_ETHERNET);
	put_u16(w, 0);
	put_u32(w, snaplen);
	put_text(w, IF_NAME, ifname);
	put_text(w, IF_DESCRIPTION, description);
	put_option(w, IF_TSRESOL, &nanoseconds, 1);
	put_option(w, OPT_END, NULL, 0);
	block_end(w);
	return 0;
}

int png_open(struct png_writer **out, int fd, const char *ifname, const char *description,
	     uint32_t snaplen, struct tb_err *err)
{
	struct png_writer *w;
	int rc;

	if (strlen(ifname) + strlen(description) > MAX_TEXT)
		return tb_err_set(err, E2BIG, "name of interface %s", ifname);
	w = malloc(sizeof(*w));
	if (!w)
		return tb_err_set(err, ENOMEM, "capture file buffer");
	w->fd = fd;
	w->failed = 0;
	w->written = 0;
	w->len = w->block = 0;
	rc = put_section(w);
	if (!rc)
		rc = put_interface(w, ifname, description, snaplen);
	if (!rc)
		rc = png_flush(w);	/* from now on the file is one that readers accept */
	if (rc) {
		png_free(w);
		return tb_err_set(err, -rc, "write the capture file");
	}
	*out = w;
	return 0;
}

int png_packet(struct png_writer *w, int64_t time_ns, const uint8_t *data, uint32_t caplen,
	       uint32_t origlen)
{
	int rc;

	rc = block_begin(w, BLOCK_PACKET, 20 + (size_t)caplen + 3);
	if (rc)
		return rc;
	put_u32(w, 0);			/* interface */
	put_time(w, time_ns);
	put_u32(w, caplen);
	put_u32(w, origlen);
	put_padded(w, data, caplen);
	block_end(w);
	return 0;
}

/* comment_len() - as much of a text as is written: whole characters of UTF-8 */
static size_t comment_len(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len <= PNG_COMMENT_MAX)
		return len;
	len = PNG_COMMENT_MAX;
	while (len && ((uint8_t)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

int png_noted(struct png_writer *w, const struct png_packet *p)
{
	const uint32_t owner[2] = { p->pid, 0 };
	size_t len = comment_len(p->comment);
	int rc;

	rc = block_begin(w, BLOCK_PACKET, 20 + (size_t)p->caplen + 3 + 8 + len + 3 + 12 + 4);
	if (rc)
		return rc;
	put_u32(w, 0);			/* interface */
	put_time(w, p->time_ns);
	put_u32(w, p->caplen);
	put_u32(w, p->origlen);
	put_padded(w, p->data, p->caplen);
	if (len)
		put_option(w, OPT_COMMENT, p->comment, len);
	if (p->pid)
		put_option(w, EPB_PROCESSID_THREADID, owner, sizeof(owner));
	if (len || p->pid)
		put_option(w, OPT_END, NULL, 0);
	block_end(w);
	return 0;
}

int png_secrets(struct png_writer *w, const char *lines, size_t len)
{
	int rc;

	if (len > PNG_SECRETS_MAX)
		return -EMSGSIZE;
	rc = block_begin(w, BLOCK_SECRETS, 8 + len + 3);
	if (rc)
		return rc;
	put_u32(w, SECRETS_TLS);
	put_u32(w, (uint32_t)len);
	put_padded(w, lines, len);
	block_end(w);
	return 0;
}

int png_name(struct png_writer *w, const struct ev_addr *addr, const char *name)
{
	size_t len = strlen(name) < NAME_MAX_LEN ? strlen(name) : NAME_MAX_LEN;
	size_t alen = addr->family == AF_INET ? 4 : 16;
	int rc;

	rc = block_begin(w, BLOCK_NAMES, 4 + alen + len + 1 + 3 + 4);
	if (rc)
		return rc;
	put_u16(w, addr->family == AF_INET ? NAME_IPV4 : NAME_IPV6);
	put_u16(w, (uint16_t)(alen + len + 1));
	put(w, addr->ip, alen);
	put(w, name, len);
	put(w, "", 1);
	while ((w->len - w->block) & 3)
		put(w, "", 1);
	put_u16(w, 0);			/* the last record */
	put_u16(w, 0);
	block_end(w);
	return 0;
}

int png_stats(struct png_writer *w, const struct png_stats *s)
{
	int rc;

	rc = block_begin(w, BLOCK_STATISTICS, 256);
	if (rc)
		return rc;
	put_u32(w, 0);
	put_time(w, s->end_ns);
	put_time_option(w, ISB_STARTTIME, s->start_ns);
	put_time_option(w, ISB_ENDTIME, s->end_ns);
	put_count(w, ISB_IFRECV, s->received);
	put_count(w, ISB_IFDROP, s->dropped);
	put_count(w, ISB_FILTERACCEPT, s->accepted);
	put_count(w, ISB_OSDROP, s->os_dropped);
	put_option(w, OPT_END, NULL, 0);
	block_end(w);
	return 0;
}

uint64_t png_size(const struct png_writer *w)
{
	return w->written;
}

void png_free(struct png_writer *w)
{
	free(w);
}
