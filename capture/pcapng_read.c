/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng_read.c - read a capture file, by libpcap
 *
 * libpcap checks every length of the file against its own maxima (a block has at most 16 MiB), so the memory
 * is bounded.
 */
#include "capture/pcapng_read.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/clock.h"

static int read_packets(pcap_t *pcap, const char *path, capt_packet_fn *fn, void *arg, bool *truncated,
			struct tb_err *err)
{
	struct capt_packet p = { 0 };
	struct pcap_pkthdr *h;
	const u_char *data;
	int rc;

	while ((rc = pcap_next_ex(pcap, &h, &data)) == 1) {
		p.time_ns = h->ts.tv_sec * TB_NS_PER_S + h->ts.tv_usec;	/* nanoseconds, as asked for */
		p.number++;
		p.data = data;
		p.caplen = h->caplen;
		p.origlen = h->len < h->caplen ? h->caplen : h->len;
		rc = fn(arg, &p);
		if (rc)
			return rc;
	}
	if (rc == PCAP_ERROR_BREAK)
		return 0;
	/* libpcap has no code for this, only "truncated dump file; ..." and "truncated pcapng dump file;
	 * ..." */
	if (strncmp(pcap_geterr(pcap), "truncated ", 10) == 0) {
		if (truncated)
			*truncated = true;
		return 0;
	}
	return tb_err_msg(err, EBADMSG, "%s, packet %llu: %s", path, (unsigned long long)p.number + 1,
			  pcap_geterr(pcap));
}

int capt_read_file(const char *path, capt_packet_fn *fn, void *arg, bool *truncated, struct tb_err *err)
{
	char msg[PCAP_ERRBUF_SIZE] = "";
	FILE *file = fopen(path, "re");
	pcap_t *pcap;
	int rc;

	if (truncated)
		*truncated = false;
	if (!file)
		return tb_err_set(err, errno, "open %s", path);
	pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, msg);
	if (!pcap) {
		(void)fclose(file);
		return tb_err_msg(err, EBADMSG, "%s: not a capture file: %s", path, msg);
	}
	if (pcap_datalink(pcap) == DLT_EN10MB)
		rc = read_packets(pcap, path, fn, arg, truncated, err);
	else
		rc = tb_err_msg(err, EPROTONOSUPPORT, "%s: not an Ethernet capture", path);
	pcap_close(pcap);	/* closes the file, too */
	return rc;
}
