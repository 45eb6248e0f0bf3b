/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng_write.h - write a capture file
 */
#ifndef CAPTURE_PCAPNG_WRITE_H
#define CAPTURE_PCAPNG_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/event.h"
#include "tcbox/own.h"

struct png_writer;

/* What the interface statistics block says. */
struct png_stats {
	int64_t start_ns, end_ns;	/* CLOCK_REALTIME */
	uint64_t received;		/* by the interface */
	uint64_t dropped;		/* by the interface */
	uint64_t accepted;		/* by the filter: all */
	uint64_t os_dropped;		/* by the kernel, for want of buffer */
};

/* One packet with what is known of it. */
struct png_packet {
	int64_t time_ns;
	const uint8_t *data;
	uint32_t caplen, origlen;
	uint32_t pid;			/* 0: not known */
	const char *comment;		/* UTF-8; NULL: none */
};

/**
 * png_open() - begin a file: section header and one Ethernet interface with nanosecond stamps
 * @fd:		Empty file open for writing; borrowed
 */
int png_open(struct png_writer **out, int fd, const char *ifname, const char *description,
	     uint32_t snaplen, struct tb_err *err) TB_MUST_CHECK;

/**
 * png_packet() - append one packet
 *
 * Buffered: see png_flush(). After an error nothing more is written, the file ends at a whole
 * block, and every call fails.
 *
 * Return: 0 or negative errno
 */
int png_packet(struct png_writer *w, int64_t time_ns, const uint8_t *data, uint32_t caplen,
	       uint32_t origlen);

#define PNG_COMMENT_MAX 4096

/* png_noted() - the same with a comment, UTF-8, of which PNG_COMMENT_MAX bytes are written, and a
 * process; NULL, 0: none */
int png_noted(struct png_writer *w, const struct png_packet *p);

/* png_secrets() - append lines of a TLS key log, at most PNG_SECRETS_MAX bytes: what follows can be
 * read with them */
#define PNG_SECRETS_MAX (512u << 10)
int png_secrets(struct png_writer *w, const char *lines, size_t len);

/* png_name() - append the name of an address */
int png_name(struct png_writer *w, const struct ev_addr *addr, const char *name);

/* png_stats() - append the interface statistics */
int png_stats(struct png_writer *w, const struct png_stats *s);

/*
 * png_flush() - hand everything buffered to the kernel: from there it survives the death of this
 * process
 */
int png_flush(struct png_writer *w);

/* png_size() - bytes that the file has */
uint64_t png_size(const struct png_writer *w);

void png_free(struct png_writer *w);	/* does not flush */

#endif
