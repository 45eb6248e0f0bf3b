/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ifstats.c - the interface's own counters, by rtnetlink
 */
#include "capture/ifstats.h"

#include <errno.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <stdlib.h>

struct ifstats_source {
	struct nl_sock *sock;
	int ifindex;
};

int ifstats_open(struct ifstats_source **out, const char *ifname, struct tb_err *err)
{
	struct ifstats_source *s;
	int rc;

	s = calloc(1, sizeof(*s));
	if (!s)
		return tb_err_set(err, ENOMEM, "counters of %s", ifname);
	s->ifindex = (int)if_nametoindex(ifname);
	if (!s->ifindex) {
		rc = tb_err_set(err, errno, "interface %s", ifname);
		goto fail;
	}
	s->sock = nl_socket_alloc();
	if (!s->sock) {
		rc = tb_err_set(err, ENOMEM, "netlink socket");
		goto fail;
	}
	rc = nl_connect(s->sock, NETLINK_ROUTE);
	if (rc < 0) {
		rc = tb_err_msg(err, EIO, "netlink socket: %s", nl_geterror(rc));
		goto fail;
	}
	*out = s;
	return 0;
fail:
	ifstats_free(s);
	return rc;
}

int ifstats_get(struct ifstats_source *s, struct ifstats *out, struct tb_err *err)
{
	struct rtnl_link *link;
	int rc;

	rc = rtnl_link_get_kernel(s->sock, s->ifindex, NULL, &link);
	if (rc < 0)
		return tb_err_msg(err, EIO, "counters of the interface: %s", nl_geterror(rc));
	out->rx_packets = rtnl_link_get_stat(link, RTNL_LINK_RX_PACKETS);
	out->tx_packets = rtnl_link_get_stat(link, RTNL_LINK_TX_PACKETS);
	out->rx_dropped = rtnl_link_get_stat(link, RTNL_LINK_RX_DROPPED);
	out->tx_dropped = rtnl_link_get_stat(link, RTNL_LINK_TX_DROPPED);
	rtnl_link_put(link);
	return 0;
}

void ifstats_free(struct ifstats_source *s)
{
	if (!s)
		return;
	if (s->sock)
		nl_socket_free(s->sock);
	free(s);
}
