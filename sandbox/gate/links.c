/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links.c - the link between gate and box: veth pair, addresses, routes, neighbours, shaping
 *
 * Called once, by the gate's first process, before any other process of the airlock exists.
 *
 * How it works
 *	A netlink socket belongs to the network namespace in which it was made (netlink(7)), so one
 *	short visit to the box's namespace suffices: settings are written and a socket is opened
 *	there; everything else is done from the gate through the two sockets. Settings come before
 *	the link, in conf/default, which a new link inherits.
 *
 *	Neither end has a route to their common subnet, only one to the other's address; the box has
 *	the default too. So every address, neighbours included, is asked for at the gate, and none
 *	is looked for by ARP or neighbour discovery, where it would be lost.
 *
 *	The two kernels say nothing of their own on the link: neighbours are permanent (no ARP, no
 *	solicitation), no link-local address (addr_gen_mode 1), no duplicate address detection, no
 *	router solicitation. What remains is the first multicast listener report of IPv6 (RFC 3810),
 *	sent when the addresses are set, before the capture starts; its repetitions are put off
 *	beyond any run.
 */
#include "sandbox/gate/links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/tbf.h>
#include <netlink/route/route.h>

#include "sandbox/gate/offload.h"
#include "tcbox/clock.h"
#include "tcbox/net.h"
#include "tcbox/own.h"

/*
 * Fixed, locally administered: two captures of the same product differ in nothing that the product
 * did not do.
 */
#define GATE_MAC "02:00:c6:13:ff:01"
#define BOX_MAC "02:00:c6:13:ff:02"

/*
 * The box's end gets 2, the first free number. If the gate's had the same, the kernel would take
 * neither for the end of a pair and put off the news that the link is up for as long as a second
 * (linkwatch_urgent_event()).
 */
#define GATE_IFINDEX 3

int links_errno(int nlerr)
{
	switch (-nlerr) {
	case NLE_PERM: return EPERM;
	case NLE_EXIST: return EEXIST;
	case NLE_NOMEM: return ENOMEM;
	case NLE_OPNOTSUPP: return EOPNOTSUPP;
	case NLE_INVAL: return EINVAL;
	case NLE_OBJ_NOTFOUND: return ENOENT;
	case NLE_NODEV: return ENODEV;
	case NLE_AGAIN: return EAGAIN;
	case NLE_BUSY: return EBUSY;
	default: return EIO;
	}
}

static int nl_fail(struct tb_err *err, int nlerr, const char *what)
{
	return tb_err_msg(err, links_errno(nlerr), "%s: %s", what, nl_geterror(nlerr));
}

static void free_sock(struct nl_sock **sk)
{
	nl_socket_free(*sk);	/* NULL is allowed, and it closes */
}
#define AUTOSOCK __attribute__((cleanup(free_sock)))

static int open_sock(struct nl_sock **out, struct tb_err *err)
{
	struct nl_sock *sk = nl_socket_alloc();
	int r;

	if (!sk)
		return tb_err_set(err, ENOMEM, "netlink socket");
	r = nl_connect(sk, NETLINK_ROUTE);
	if (r < 0) {
		nl_socket_free(sk);
		return nl_fail(err, r, "netlink socket");
	}
	*out = sk;
	return 0;
}

static struct nl_addr *parse_addr(const char *text, int family)
{
	struct nl_addr *a = NULL;

	/*
	 * only our own constants come here: what can fail is memory, and then the request fails for
	 * want of an address
	 */
	if (nl_addr_parse(text, family, &a) < 0)
		return NULL;
	return a;
}

static int link_index(struct nl_sock *sk, const char *name, struct tb_err *err)
{
	struct rtnl_link *link = NULL;
	int r = rtnl_link_get_kernel(sk, 0, name, &link);

	if (r < 0)
		return nl_fail(err, r, name);
	r = rtnl_link_get_ifindex(link);
	rtnl_link_put(link);
	return r;
}

static int set_up(struct nl_sock *sk, const char *name, struct tb_err *err)
{
	struct rtnl_link *link = rtnl_link_alloc(), *change = rtnl_link_alloc();
	int index = link_index(sk, name, err), r = -NLE_NOMEM;

	if (index >= 0 && link && change) {
		rtnl_link_set_ifindex(link, index);
		rtnl_link_set_flags(change, IFF_UP);
		r = rtnl_link_change(sk, link, change, 0);
	}
	rtnl_link_put(link);
	rtnl_link_put(change);
	if (index < 0)
		return index;
	return r < 0 ? nl_fail(err, r, name) : 0;
}

/* one_queue() - as veth has it anyway. Left to itself it makes one for each processor and takes all
 * but the first back, for which the kernel waits until no processor looks at them any more */
static void one_queue(struct rtnl_link *link)
{
	rtnl_link_set_num_tx_queues(link, 1);
	rtnl_link_set_num_rx_queues(link, 1);
}

static int add_pair(struct nl_sock *sk, int box_netns, struct tb_err *err)
{
	struct rtnl_link *gate = rtnl_link_veth_alloc();
	struct rtnl_link *box = gate ? rtnl_link_veth_get_peer(gate) : NULL;
	struct nl_addr *gate_mac = parse_addr(GATE_MAC, AF_LLC),
		*box_mac = parse_addr(BOX_MAC, AF_LLC);
	int r = -NLE_NOMEM;

	if (box && gate_mac && box_mac) {
		rtnl_link_set_name(gate, TB_GATE_IF);
		rtnl_link_set_ifindex(gate, GATE_IFINDEX);
		rtnl_link_set_addr(gate, gate_mac);
		one_queue(gate);
		rtnl_link_set_name(box, TB_BOX_IF);
		rtnl_link_set_addr(box, box_mac);
		one_queue(box);
		rtnl_link_set_ns_fd(box, box_netns);
		r = rtnl_link_add(sk, gate, NLM_F_CREATE | NLM_F_EXCL);
	}
	nl_addr_put(gate_mac);
	nl_addr_put(box_mac);
	rtnl_link_put(box);
	rtnl_link_put(gate);
	return r < 0 ? nl_fail(err, r, "make the veth pair " TB_GATE_IF " - " TB_BOX_IF) : 0;
}

/* One end of the link and what it knows of the other. */
struct links_end {
	struct nl_sock *sk;
	const char *ifname;
	const char *ip4, *ip6;
	const char *peer_mac, *peer_ip4, *peer_ip6;
	int ifindex;
};

static int add_addr(const struct links_end *e, const char *ip, int family, int prefix,
		    struct tb_err *err)
{
	struct rtnl_addr *a = rtnl_addr_alloc();
	struct nl_addr *local = parse_addr(ip, family);
	int r = -NLE_NOMEM;

	if (a && local) {
		nl_addr_set_prefixlen(local, prefix);
		rtnl_addr_set_ifindex(a, e->ifindex);
		rtnl_addr_set_flags(a,
				    IFA_F_NOPREFIXROUTE | (family == AF_INET6 ? IFA_F_NODAD : 0));
		r = rtnl_addr_set_local(a, local);
		if (r == 0)
			r = rtnl_addr_add(e->sk, a, 0);
	}
	nl_addr_put(local);
	rtnl_addr_put(a);
	return r < 0 ? nl_fail(err, r, ip) : 0;
}

static int add_neighbour(const struct links_end *e, const char *ip, int family, struct tb_err *err)
{
	struct rtnl_neigh *n = rtnl_neigh_alloc();
	struct nl_addr *dst = parse_addr(ip, family), *mac = parse_addr(e->peer_mac, AF_LLC);
	int r = -NLE_NOMEM;

	if (n && dst && mac) {
		rtnl_neigh_set_ifindex(n, e->ifindex);
		rtnl_neigh_set_lladdr(n, mac);
		rtnl_neigh_set_state(n, NUD_PERMANENT);
		r = rtnl_neigh_set_dst(n, dst);
		if (r == 0)
			r = rtnl_neigh_add(e->sk, n, NLM_F_CREATE | NLM_F_REPLACE);
	}
	nl_addr_put(dst);
	nl_addr_put(mac);
	rtnl_neigh_put(n);
	return r < 0 ? nl_fail(err, r, ip) : 0;
}

/* A route to @dst (address/prefix) over @ifindex; @via NULL: directly. */
struct links_route {
	int family;
	const char *dst, *via;
	unsigned char type, scope;
	unsigned int table;
	unsigned int ifindex;
};

static int add_route(struct nl_sock *sk, const struct links_route *spec, struct tb_err *err)
{
	struct rtnl_route *route = rtnl_route_alloc();
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct nl_addr *dst = parse_addr(spec->dst, spec->family);
	struct nl_addr *via = spec->via ? parse_addr(spec->via, spec->family) : NULL;
	int r = -NLE_NOMEM;

	if (route && hop && dst && (via || !spec->via)) {
		rtnl_route_set_family(route, (uint8_t)spec->family);
		rtnl_route_set_table(route, spec->table);
		rtnl_route_set_scope(route, spec->scope);
		rtnl_route_set_protocol(route, RTPROT_STATIC);
		(void)rtnl_route_set_type(route, spec->type);
		rtnl_route_nh_set_ifindex(hop, (int)spec->ifindex);
		if (via)
			rtnl_route_nh_set_gateway(hop, via);
		rtnl_route_add_nexthop(route, hop);	/* takes hop */
		hop = NULL;
		r = rtnl_route_set_dst(route, dst);
		if (r == 0)
			r = rtnl_route_add(sk, route, NLM_F_CREATE | NLM_F_EXCL);
	}
	if (hop)
		rtnl_route_nh_free(hop);
	nl_addr_put(dst);
	nl_addr_put(via);
	rtnl_route_put(route);
	if (r < 0)
		return tb_err_msg(err, links_errno(r), "route to %s: %s", spec->dst,
				  nl_geterror(r));
	return 0;
}

/*
 * Shaping. The bucket holds two of the largest packets (64 KiB: segments are joined until they
 * leave a veth, and a packet greater than the bucket would be cut up by tbf) and 2 ms at the rate,
 * so that timer slack costs no throughput. The queue holds 50 ms, and never less than 256 KiB, so
 * that a small burst waits and is not lost even on a slow link.
 */
static int shape(const struct links_end *e, uint64_t rate_bits, struct tb_err *err)
{
	uint64_t rate = rate_bits / 8;
	uint64_t bucket = 2 * 65536 + rate / 500;
	uint64_t limit = bucket + 256 * 1024 + rate / 20;
	struct rtnl_qdisc *q = rtnl_qdisc_alloc();
	int r = q ? rtnl_tc_set_kind(TC_CAST(q), "tbf") : -NLE_NOMEM;

	if (r == 0) {
		rtnl_tc_set_ifindex(TC_CAST(q), e->ifindex);
		rtnl_tc_set_parent(TC_CAST(q), TC_H_ROOT);
		rtnl_tc_set_handle(TC_CAST(q), TC_HANDLE(1, 0));
		rtnl_qdisc_tbf_set_rate(q, (int)rate, (int)bucket, 0);
		rtnl_qdisc_tbf_set_limit(q, (int)limit);
		r = rtnl_qdisc_add(e->sk, q, NLM_F_CREATE | NLM_F_EXCL);
	}
	rtnl_qdisc_put(q);
	return r < 0 ? nl_fail(err, r, "shape the link with tbf") : 0;
}

static int set_up_end(struct links_end *e, uint64_t rate_bits, struct tb_err *err)
{
	int r = link_index(e->sk, e->ifname, err);

	if (r < 0)
		return r;
	e->ifindex = r;
	r = offload_no_udp_segments(nl_socket_get_fd(e->sk), e->ifname, err);
	if (r < 0)
		return r;
	if (rate_bits && (r = shape(e, rate_bits, err)) < 0)
		return r;
	if ((r = set_up(e->sk, e->ifname, err)) < 0 ||
	    (r = add_addr(e, e->ip4, AF_INET, TB_LINK_PREFIX4, err)) < 0 ||
	    (r = add_addr(e, e->ip6, AF_INET6, TB_LINK_PREFIX6, err)) < 0 ||
	    (r = add_neighbour(e, e->peer_ip4, AF_INET, err)) < 0 ||
	    (r = add_neighbour(e, e->peer_ip6, AF_INET6, err)) < 0)
		return tb_err_wrap(err, "set up %s", e->ifname);
	return 0;
}

static int add_routes(struct nl_sock *sk, const struct links_route *routes, size_t n,
		      struct tb_err *err)
{
	for (size_t i = 0; i < n; i++) {
		int r = add_route(sk, &routes[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * The gate's route to the box is in the local table, where it is found before the local default of
 * links_answer_all(), whether the kernel keeps that table apart from the main one or not (it joins
 * them while there are no rules; fib_trie.c).
 */
static int connect_ends(const struct links_end *gate, const struct links_end *box,
			struct tb_err *err)
{
	const unsigned int gdev = (unsigned int)gate->ifindex, bdev = (unsigned int)box->ifindex;
	const struct links_route gate_routes[] = {
		{ AF_INET, TB_BOX_IP4 "/32", NULL, RTN_UNICAST, RT_SCOPE_LINK, RT_TABLE_LOCAL,
		  gdev },
		{ AF_INET6, TB_BOX_IP6 "/128", NULL, RTN_UNICAST, RT_SCOPE_UNIVERSE, RT_TABLE_LOCAL,
		  gdev },
	};
	const struct links_route box_routes[] = {
		{ AF_INET, TB_GATE_IP4 "/32", NULL, RTN_UNICAST, RT_SCOPE_LINK, RT_TABLE_MAIN,
		  bdev },
		{ AF_INET6, TB_GATE_IP6 "/128", NULL, RTN_UNICAST, RT_SCOPE_UNIVERSE, RT_TABLE_MAIN,
		  bdev },
		{ AF_INET, "0.0.0.0/0", TB_GATE_IP4, RTN_UNICAST, RT_SCOPE_UNIVERSE, RT_TABLE_MAIN,
		  bdev },
		{ AF_INET6, "::/0", TB_GATE_IP6, RTN_UNICAST, RT_SCOPE_UNIVERSE, RT_TABLE_MAIN,
		  bdev },
	};

	if (add_routes(gate->sk, gate_routes, TB_ARRAY_SIZE(gate_routes), err) < 0)
		return tb_err_wrap(err, "gate");
	if (add_routes(box->sk, box_routes, TB_ARRAY_SIZE(box_routes), err) < 0)
		return tb_err_wrap(err, "box");
	return 0;
}

/*
 * A link that goes up gets its queue from a kernel work item (link_watch.c); until then it drops
 * what is sent, and shows no IFF_RUNNING, which some programs take for "no network". It takes
 * microseconds, but a lost first packet costs a second.
 */
static int wait_running(const struct links_end *e, struct tb_err *err)
{
	const int64_t deadline = tb_monotonic_ns() + 2 * TB_NS_PER_S;
	const struct timespec pause = { 0, 50000 };

	while (tb_monotonic_ns() < deadline) {
		struct rtnl_link *link = NULL;
		int r = rtnl_link_get_kernel(e->sk, e->ifindex, NULL, &link);
		unsigned int flags;

		if (r < 0)
			return nl_fail(err, r, e->ifname);
		flags = rtnl_link_get_flags(link);
		rtnl_link_put(link);
		if (flags & IFF_RUNNING)
			return 0;
		(void)nanosleep(&pause, NULL);
	}
	return tb_err_msg(err, ETIMEDOUT, "%s did not come up in 2 s", e->ifname);
}

/*
 * prepare_box() - in the box's namespace: settings, loopback, and the socket by which the rest is
 * done from outside
 */
static int prepare_box(struct nl_sock **sk, struct tb_err *err)
{
	int r = links_set_box(err);

	if (r < 0)
		return r;
	r = open_sock(sk, err);
	if (r < 0)
		return r;
	return set_up(*sk, "lo", err);
}

int gate_links(int box_netns, uint64_t rate_bits, struct tb_err *err)
{
	AUTOSOCK struct nl_sock *gate_sk = NULL, *box_sk = NULL;
	TB_AUTOCLOSE int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct links_end gate = {
		.ifname = TB_GATE_IF, .ip4 = TB_GATE_IP4, .ip6 = TB_GATE_IP6,
		.peer_mac = BOX_MAC, .peer_ip4 = TB_BOX_IP4, .peer_ip6 = TB_BOX_IP6,
	};
	struct links_end box = {
		.ifname = TB_BOX_IF, .ip4 = TB_BOX_IP4, .ip6 = TB_BOX_IP6,
		.peer_mac = GATE_MAC, .peer_ip4 = TB_GATE_IP4, .peer_ip6 = TB_GATE_IP6,
	};
	int r;

	if (rate_bits / 8 > INT_MAX / 2)	/* libnl 3.7 keeps bytes per second and sizes as
						 * int */
		return tb_err_msg(err, ERANGE, "link rate: at most 8 Gbit/s, or 0: not shaped");
	if (own < 0)
		return tb_err_set(err, errno, "open /proc/self/ns/net");
	if (setns(box_netns, CLONE_NEWNET) < 0)
		return tb_err_set(err, errno, "enter the box's network namespace");
	r = prepare_box(&box_sk, err);
	if (setns(own, CLONE_NEWNET) < 0)
		return tb_err_set(err, errno, "return to the gate's network namespace");
	if (r < 0)
		return tb_err_wrap(err, "box");

	if ((r = links_set_gate(err)) < 0 || (r = open_sock(&gate_sk, err)) < 0 ||
	    (r = set_up(gate_sk, "lo", err)) < 0 || (r = add_pair(gate_sk, box_netns, err)) < 0)
		return tb_err_wrap(err, "gate");
	gate.sk = gate_sk;
	box.sk = box_sk;
	if ((r = set_up_end(&gate, rate_bits, err)) < 0 ||
	    (r = set_up_end(&box, rate_bits, err)) < 0)
		return r;
	if ((r = connect_ends(&gate, &box, err)) < 0 || (r = wait_running(&gate, err)) < 0)
		return r;
	return wait_running(&box, err);
}

int links_answer_all(struct tb_err *err)
{
	AUTOSOCK struct nl_sock *sk = NULL;
	const unsigned int lo = if_nametoindex("lo");
	const struct links_route routes[] = {
		{ AF_INET, "0.0.0.0/0", NULL, RTN_LOCAL, RT_SCOPE_HOST, RT_TABLE_LOCAL, lo },
		{ AF_INET6, "::/0", NULL, RTN_LOCAL, RT_SCOPE_UNIVERSE, RT_TABLE_LOCAL, lo },
	};
	int r = open_sock(&sk, err);

	return r < 0 ? r : add_routes(sk, routes, TB_ARRAY_SIZE(routes), err);
}
