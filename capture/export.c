/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export.c - a copy of a capture, with what is known about its packets
 *
 * The capture is untrusted, as its packets are: libpcap checks the file, pkt_parse() the packets.
 */
#include "tcbox/capture.h"

#include <errno.h>
#include <string.h>

#include "capture/packet.h"
#include "capture/pcapng_read.h"
#include "capture/pcapng_write.h"

struct copy {
	const struct capt_export_opts *opt;
	struct png_writer *w;
	bool failed;		/* it was the writer */
};

/* seen_of() - Return: false if nobody can know the packet by its ends */
static bool seen_of(const struct pkt_frame *f, struct capt_seen *out)
{
	struct pkt p;

	pkt_parse(&p, f);
	if (p.kind != PKT_IP || p.proto > UINT8_MAX)
		return false;
	*out = (struct capt_seen){
		.number = f->number, .proto = (uint8_t)p.proto, .src = p.src, .dst = p.dst,
	};
	return true;
}

static int copy_packet(void *arg, const struct pkt_frame *f)
{
	struct copy *c = arg;
	struct png_packet p = {
		.time_ns = f->time, .data = f->data, .caplen = f->caplen, .origlen = f->origlen,
	};
	const struct capt_note *note = NULL;
	struct capt_seen seen;
	int rc;

	if (f->link != PKT_LINK_ETHERNET)
		return -EPROTONOSUPPORT;
	if (seen_of(f, &seen))
		note = c->opt->note(c->opt->arg, &seen);
	if (note) {
		p.pid = note->pid;
		p.comment = note->text;
	}
	rc = png_noted(c->w, &p);
	c->failed |= rc != 0;
	return rc;
}

/* add_secrets() - whole lines, in as many blocks as are needed */
static int add_secrets(struct copy *c)
{
	const char *p = c->opt->secrets, *end = p + c->opt->nsecrets;
	int rc = 0;

	while (!rc && p < end) {
		size_t n = (size_t)(end - p);

		if (n > PNG_SECRETS_MAX)
			n = PNG_SECRETS_MAX;
		while (n && p[n - 1] != '\n')
			n--;
		if (!n)
			break;
		rc = png_secrets(c->w, p, n);
		p += n;
	}
	return rc;
}

static int add_names(struct copy *c)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < c->opt->nnames; i++)
		rc = png_name(c->w, &c->opt->names[i].addr, c->opt->names[i].name);
	return rc;
}

int capt_export(const struct capt_export_opts *opt, bool *truncated, struct tb_err *err)
{
	struct copy c = { .opt = opt };
	int rc = png_open(&c.w, opt->fd, "g0", "a copy, with notes, by tcbox export", CAPT_SNAPLEN,
			  err);

	*truncated = false;
	if (rc)
		return rc;
	rc = add_secrets(&c);
	if (!rc)
		rc = add_names(&c);
	c.failed = rc != 0;
	if (!rc)
		rc = capt_read_file(opt->path, copy_packet, &c, truncated, err);
	if (!rc) {
		rc = png_flush(c.w);
		c.failed = rc != 0;
	}
	png_free(c.w);
	if (c.failed)
		return tb_err_set(err, -rc, "write the copy of the capture");
	if (rc == -EPROTONOSUPPORT && !err->code)
		return tb_err_msg(err, EPROTONOSUPPORT, "%s: not a capture of Ethernet", opt->path);
	return rc;
}
