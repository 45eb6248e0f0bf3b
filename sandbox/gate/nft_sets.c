/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft_sets.c - open addresses at the gate while a run goes on, by nfnetlink messages
 *
 * Called by the lab before it answers a name, so it has to be quick and certain: the element is in
 * the kernel's set when sbx_gate_allow() returns.
 *
 * How it works
 *	The sets are concatenations with intervals (nft_set_pipapo.c): an element is two keys, its
 *	lowest and its highest, in which each field fills whole 32-bit registers. One element is one
 *	transaction: begin, NFT_MSG_NEWSETELEM, end; the kernel has queued exactly one answer when
 *	send returns.
 *
 *	What the policy opens is added in the same way, many elements in a message: as text for nft
 *	it would be one transaction in one message, for which an ordinary user's socket is too small
 *	at some thousand rules.
 *
 *	An element that overlaps another in part is refused, and a transaction that fails costs
 *	milliseconds. So this process remembers which ports of which address it has opened, and asks
 *	only for what is missing: a name that is looked up again costs nothing. What the policy
 *	opened at the start is in sets of its own and does not matter here.
 *
 * Limits
 *	One process may open names: it does not know what another one has added.
 */
#include "sandbox/gate/links.h"
#include "sandbox/gate/nft_sets.h"
#include "sandbox/gate/ranges.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "tcbox/map.h"

/*
 * Ranges in one message. The kernel takes no message that is greater than the socket's send buffer,
 * which only root of the machine may raise beyond net.core.wmem_max; an element is 72 bytes at
 * most.
 */
#define CHUNK 256
#define MSG_SIZE 32768
#define ERRNO_MAX 4095 /* MAX_ERRNO, linux/err.h */

/* Ports of one address that are open, in order and apart from each other. */
struct known {
	size_t n;
	struct { uint16_t lo, hi; } v[];
};

static struct {
	struct nl_sock *sk;
	struct tb_map *known;	/* address and protocol -> struct known */
	pid_t owner;		/* after a fork the other process could read the socket's answers */
} gate;

/* set_name() - the set that a range belongs to; echo requests have one, however they came to be
 * allowed */
static const char *set_name(const struct open_range *r, bool by_name)
{
	if (r->proto == IPPROTO_ICMP)
		return r->family == AF_INET ? "icmp4" : "icmp6";
	if (by_name)
		return r->family == AF_INET ? "name4" : "name6";
	return r->family == AF_INET ? "open4" : "open6";
}

/* make_key() - the lowest or the highest key of a range */
static size_t make_key(const struct open_range *r, bool highest, uint8_t key[24])
{
	const bool icmp = r->proto == IPPROTO_ICMP;
	const uint16_t port = htons(highest ? r->port_hi : r->port_lo);
	size_t len = r->family == AF_INET ? 4 : 16;

	memset(key, 0, 24);
	memcpy(key, r->ip, len);
	for (size_t bit = r->prefix; highest && bit < 8 * len; bit++)
		key[bit / 8] |= (uint8_t)(0x80u >> (bit % 8));
	key[len] = icmp && r->family == AF_INET6 ? IPPROTO_ICMPV6 : r->proto;
	len += 4;
	if (icmp)
		return len;
	memcpy(key + len, &port, sizeof(port));
	return len + 4;
}

static struct nl_msg *new_msg(int type, int flags, uint8_t family, uint16_t res_id)
{
	struct nfgenmsg head = { family, NFNETLINK_V0, htons(res_id) };
	struct nl_msg *m = nlmsg_alloc_size(MSG_SIZE);

	if (m && nlmsg_put(m, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, NLM_F_REQUEST | flags) &&
	    nlmsg_append(m, &head, sizeof(head), NLMSG_ALIGNTO) == 0)
		return m;
	nlmsg_free(m);
	return NULL;
}

static int put_key(struct nl_msg *m, int attr, const struct open_range *r, bool highest)
{
	struct nlattr *nest = nla_nest_start(m, attr);
	uint8_t key[24];
	size_t len = make_key(r, highest, key);

	if (!nest || nla_put(m, NFTA_DATA_VALUE, (int)len, key) < 0)
		return -ENOMEM;
	return nla_nest_end(m, nest) < 0 ? -ENOMEM : 0;
}

static int put_element(struct nl_msg *m, const struct open_range *r)
{
	struct nlattr *elem = nla_nest_start(m, NFTA_LIST_ELEM);

	if (!elem || put_key(m, NFTA_SET_ELEM_KEY, r, false) < 0 ||
	    put_key(m, NFTA_SET_ELEM_KEY_END, r, true) < 0 || nla_nest_end(m, elem) < 0)
		return -ENOMEM;
	return 0;
}

static struct nl_msg *elements_msg(const char *set, const struct open_range *r, size_t n)
{
	struct nl_msg *m = new_msg(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM,
				   NLM_F_CREATE | NLM_F_ACK,
				   NFPROTO_INET, 0);
	struct nlattr *list = NULL;
	int ret = -ENOMEM;

	if (m && nla_put_string(m, NFTA_SET_ELEM_LIST_TABLE, "tcbox") == 0 &&
	    nla_put_string(m, NFTA_SET_ELEM_LIST_SET, set) == 0)
		list = nla_nest_start(m, NFTA_SET_ELEM_LIST_ELEMENTS);
	if (list)
		ret = 0;
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = put_element(m, &r[i]);
	if (ret == 0 && nla_nest_end(m, list) == 0)
		return m;
	nlmsg_free(m);
	return NULL;
}

int nft_answer(const void *data, size_t len)
{
	struct nlmsghdr h;
	int error;

	if (len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
		return -EPROTO;
	memcpy(&h, data, sizeof(h));
	if (h.nlmsg_type != NLMSG_ERROR || h.nlmsg_len > len ||
	    h.nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
		return -EPROTO;
	memcpy(&error, (const char *)data + NLMSG_HDRLEN, sizeof(error));
	return error <= 0 && error >= -ERRNO_MAX ? error : -EPROTO;
}

/* read_answer() - the one that the kernel has queued */
static int read_answer(struct nl_sock *sk)
{
	TB_AUTOFREE unsigned char *data = NULL;
	struct sockaddr_nl from;
	int len = nl_recv(sk, &from, &data, NULL);

	return len < 0 ? -links_errno(len) : nft_answer(data, (size_t)len);
}

/* add_elements() - at most CHUNK ranges to one set, all of them or none */
static int add_elements(struct nl_sock *sk, const char *set, const struct open_range *r, size_t n)
{
	struct nl_msg *m[] = {
		new_msg(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES),
		elements_msg(set, r, n),
		new_msg(NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES),
	};
	struct iovec iov[TB_ARRAY_SIZE(m)];
	int ret = -ENOMEM;

	if (m[0] && m[1] && m[2]) {
		for (size_t i = 0; i < TB_ARRAY_SIZE(m); i++) {
			nl_complete_msg(sk, m[i]);
			iov[i].iov_base = nlmsg_hdr(m[i]);
			iov[i].iov_len = nlmsg_hdr(m[i])->nlmsg_len;
		}
		ret = nl_send_iovec(sk, m[0], iov, TB_ARRAY_SIZE(m));
		ret = ret < 0 ? -links_errno(ret) : read_answer(sk);
	}
	for (size_t i = 0; i < TB_ARRAY_SIZE(m); i++)
		nlmsg_free(m[i]);
	return ret;
}

static int add_missing(const struct known *k, const struct open_range *r)
{
	struct open_range gap = *r;
	unsigned int from = r->port_lo;		/* wider than a port: it goes one past the last */
	int ret = 0;

	for (size_t i = 0; ret == 0 && i <= (k ? k->n : 0) && from <= r->port_hi; i++) {
		const bool last = !k || i == k->n;
		const unsigned int lo = last || k->v[i].lo > r->port_hi ? r->port_hi + 1u :
			k->v[i].lo;

		if (from < lo) {
			gap.port_lo = (uint16_t)from;
			gap.port_hi = (uint16_t)(lo - 1);
			ret = add_elements(gate.sk, set_name(&gap, true), &gap, 1);
		}
		if (!last && k->v[i].hi + 1u > from)
			from = k->v[i].hi + 1u;
	}
	return ret;
}

/* merge() - @k with the ports of @r, in new memory */
static struct known *merge(const struct known *k, const struct open_range *r)
{
	struct known *out = calloc(1, sizeof(*out) + ((k ? k->n : 0) + 1) * sizeof(out->v[0]));
	uint16_t lo = r->port_lo, hi = r->port_hi;
	size_t i = 0;

	if (!out)
		return NULL;
	for (; k && i < k->n && k->v[i].hi + 1u < lo; i++)
		out->v[out->n++] = k->v[i];
	for (; k && i < k->n && k->v[i].lo <= hi + 1u; i++) {
		lo = k->v[i].lo < lo ? k->v[i].lo : lo;
		hi = k->v[i].hi > hi ? k->v[i].hi : hi;
	}
	out->v[out->n].lo = lo;
	out->v[out->n++].hi = hi;
	for (; k && i < k->n; i++)
		out->v[out->n++] = k->v[i];
	return out;
}

static int allow_range(const struct open_range *r, struct tb_err *err)
{
	struct open_range portless = *r;
	struct known *old, *merged;
	uint8_t key[24];
	size_t len;
	int ret;

	portless.port_lo = 0;
	len = make_key(&portless, false, key);
	old = tb_map_get(gate.known, key, len);
	ret = add_missing(old, r);
	if (ret == -EEXIST && r->proto == IPPROTO_ICMP)
		ret = 0;	/* in a network that the policy opened: that set is shared */
	if (ret < 0)
		return tb_err_set(err, -ret, "add to the gate's set %s", set_name(r, true));
	merged = merge(old, r);
	ret = merged ? tb_map_put(gate.known, key, len, merged) : -ENOMEM;
	if (ret < 0) {
		free(merged);
		return tb_err_set(err, -ret, "remember what the gate lets pass");
	}
	free(old);
	return 0;
}

static void forget(void)
{
	struct known *k;
	size_t pos = 0;

	nl_socket_free(gate.sk);
	gate.sk = NULL;
	while (gate.known && (k = tb_map_next(gate.known, &pos)))
		free(k);
	tb_map_free(gate.known);
	gate.known = NULL;
}

static int open_sock(struct nl_sock **out, struct tb_err *err)
{
	struct nl_sock *sk = nl_socket_alloc();
	int r;

	if (!sk)
		return tb_err_set(err, ENOMEM, "netfilter socket");
	nl_socket_disable_auto_ack(sk);		/* only the elements are acknowledged, not begin and
						 * end too */
	r = nl_connect(sk, NETLINK_NETFILTER);
	if (r < 0) {
		nl_socket_free(sk);
		return tb_err_set(err, links_errno(r), "netfilter socket");
	}
	*out = sk;
	return 0;
}

/* open_gate() - the socket and the memory of this process */
static int open_gate(struct tb_err *err)
{
	if (gate.sk && gate.owner == getpid())
		return 0;
	forget();
	gate.owner = getpid();
	gate.known = tb_map_new(2 * OPEN_NAMED_MAX);
	if (!gate.known)
		return tb_err_set(err, ENOMEM, "open the gate");
	return open_sock(&gate.sk, err);
}

int nft_add_open(const struct sbx_open *open, size_t n, struct tb_err *err)
{
	TB_AUTOFREE struct open_range *r = NULL;
	struct nl_sock *sk = NULL;
	size_t nr, count;
	int ret = open_ranges(open, n, &r, &nr);	/* what makes no sense is left out, that is:
							 * stays closed */

	if (ret < 0)
		return tb_err_set(err, -ret, "open the gate");
	ret = nr ? open_sock(&sk, err) : 0;
	for (size_t i = 0; ret == 0 && i < nr; i += count) {
		const char *set = set_name(&r[i], false);

		for (count = 1; i + count < nr && count < CHUNK &&
		     !strcmp(set_name(&r[i + count], false), set); count++)
			;
		ret = add_elements(sk, set, &r[i], count);
		if (ret < 0)
			ret = tb_err_set(err, -ret, "add to the gate's set %s", set);
	}
	nl_socket_free(sk);
	return ret;
}

int sbx_gate_allow(const struct sbx_open *open, size_t n, struct tb_err *err)
{
	TB_AUTOFREE struct open_range *r = NULL;
	size_t nr;
	int ret;

	for (size_t i = 0; i < n; i++) {
		if (open[i].prefix != (open[i].net.family == AF_INET ? 32 : 128))
			return tb_err_msg(err, EINVAL,
					  "open the gate: names have single addresses");
	}
	ret = open_ranges(open, n, &r, &nr);
	if (ret < 0)
		return tb_err_set(err, -ret, "open the gate");
	if (ret > 0)
		return tb_err_msg(err, EINVAL,
				  "open the gate: not an address, protocol or range of ports");
	ret = open_gate(err);
	for (size_t i = 0; ret == 0 && i < nr; i++)
		ret = allow_range(&r[i], err);
	return ret;
}
