/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng_read.c - read a capture file, by libpcap
 *
 * libpcap checks every length of the file against its own maxima (a block has at most 16 MiB),
 * so the memory is bounded.
 */
#include "capture/pcapng_read.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/clock.h"

struct reader {
	pcap_t *pcap;
	const char *path;
	capt_packet_fn *fn;
	void *arg;
	bool truncated;
};

/* link_of() - Return: an enum pkt_link, -EPROTONOSUPPORT */
static int link_of(int dlt)
{
	switch (dlt) {
	case DLT_EN10MB:
		return PKT_LINK_ETHERNET;
	case DLT_RAW:
		return PKT_LINK_RAW;
	case DLT_LINUX_SLL:
		return PKT_LINK_SLL;
	case DLT_LINUX_SLL2:
		return PKT_LINK_SLL2;
	default:
		return -EPROTONOSUPPORT;
	}
}

static int read_packets(struct reader *r, enum pkt_link link, struct tb_err *err)
{
	struct pkt_frame f = { .link = link };
	struct pcap_pkthdr *h;
	const u_char *data;
	int rc;

	while ((rc = pcap_next_ex(r->pcap, &h, &data)) == 1) {
		f.time = h->ts.tv_sec * TB_NS_PER_S + h->ts.tv_usec;	/* nanoseconds, as asked
									 * for */
		f.number++;
		f.data = data;
		f.caplen = h->caplen;
		f.origlen = h->len < h->caplen ? h->caplen : h->len;
		rc = r->fn(r->arg, &f);
		if (rc)
			return rc;
	}
	if (rc == PCAP_ERROR_BREAK)
		return 0;
	/* libpcap has no code for this: "truncated dump file; ...", "truncated pcapng dump file;
	 * ..." */
	r->truncated = strncmp(pcap_geterr(r->pcap), "truncated ", 10) == 0;
	if (r->truncated)
		return 0;
	return tb_err_msg(err, EBADMSG, "%s, packet %llu: %s", r->path,
			  (unsigned long long)f.number + 1, pcap_geterr(r->pcap));
}

static const char *link_name(pcap_t *pcap)
{
	const char *name = pcap_datalink_val_to_name(pcap_datalink(pcap));

	return name ? name : "without a name";
}

int capt_read_file(const char *path, capt_packet_fn *fn, void *arg, bool *truncated,
		   struct tb_err *err)
{
	char msg[PCAP_ERRBUF_SIZE] = "";
	FILE *file = fopen(path, "re");
	struct reader r = { .path = path, .fn = fn, .arg = arg };
	int rc;

	if (truncated)
		*truncated = false;
	if (!file)
		return tb_err_set(err, errno, "open %s", path);
	r.pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, msg);
	if (!r.pcap) {
		(void)fclose(file);
		return tb_err_msg(err, EBADMSG, "%s: not a capture file: %s", path, msg);
	}
	rc = link_of(pcap_datalink(r.pcap));
	if (rc >= 0)
		rc = read_packets(&r, (enum pkt_link)rc, err);
	else
		rc = tb_err_msg(err, EPROTONOSUPPORT,
				"%s: captures of link type %s are not read: "
				"Ethernet, raw IP and Linux cooked ones are",
				path, link_name(r.pcap));
	pcap_close(r.pcap);	/* closes the file, too */
	if (truncated)
		*truncated = r.truncated;
	return rc;
}
