/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deeds_net.c - acts on the network
 *
 * A name is looked up at the gate's name server in a query of our own, so that nothing of the
 * box's configuration leads it astray. Sockets that wait for others stay open: the kernel's tables
 * are looked at from time to time only.
 */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcbox/fd.h"
#include "tcbox/net.h"
#include "tcbox/own.h"
#include "try/deeds.h"

#define WAIT_MS 3000
#define DNS_PORT 53

/* An address as the kernel takes it. */
struct place {
	struct sockaddr_storage addr;
	socklen_t len;
};

static bool put(struct place *out, const struct ev_addr *a)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out->addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->addr;

	memset(out, 0, sizeof(*out));
	if (a->family == AF_INET) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(a->port);
		memcpy(&v4->sin_addr, a->ip, sizeof(v4->sin_addr));
		out->len = sizeof(*v4);
	} else if (a->family == AF_INET6) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(a->port);
		memcpy(&v6->sin6_addr, a->ip, sizeof(v6->sin6_addr));
		out->len = sizeof(*v6);
	}
	return out->len;
}

/* note_local() - the address that the kernel gave the socket */
static void note_local(int fd, struct ev_addr *out)
{
	struct sockaddr_storage addr;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&addr;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&addr;
	socklen_t len = sizeof(addr);

	memset(out, 0, sizeof(*out));
	if (getsockname(fd, (struct sockaddr *)&addr, &len))
		return;
	out->family = addr.ss_family;
	if (addr.ss_family == AF_INET) {
		out->port = ntohs(v4->sin_port);
		memcpy(out->ip, &v4->sin_addr, sizeof(v4->sin_addr));
	} else {
		out->port = ntohs(v6->sin6_port);
		memcpy(out->ip, &v6->sin6_addr, sizeof(v6->sin6_addr));
	}
}

/* open_to() - a socket with one peer. Return: descriptor or negative errno */
static int open_to(struct try_act *act, int type, int proto)
{
	TB_AUTOCLOSE int fd = -1;
	struct place to;

	if (!put(&to, &act->remote))
		return -EDESTADDRREQ;
	fd = socket(act->remote.family, type | SOCK_CLOEXEC, proto);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to.addr, to.len))
		return -errno;
	note_local(fd, &act->local);
	return tb_take_fd(&fd);
}

static int answer(int fd, void *data, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, WAIT_MS) != 1)
		return -ETIMEDOUT;
	n = recv(fd, data, size, 0);
	return n < 0 ? -errno : (int)n;
}

/* ask() - an A record at the server that act->remote names. Return: bytes of the answer, negative
 * errno */
static int ask(struct try_act *act, const char *name, uint8_t *msg, size_t size)
{
	struct __res_state state;
	TB_AUTOCLOSE int fd = -1;
	int len;

	memset(&state, 0, sizeof(state));
	if (res_ninit(&state))
		return -EINVAL;
	len = res_nmkquery(&state, ns_o_query, name, ns_c_in, ns_t_a, NULL, 0, NULL, msg,
			   (int)size);
	res_nclose(&state);
	if (len < 0)
		return -EINVAL;
	fd = open_to(act, SOCK_DGRAM, 0);
	if (fd < 0)
		return fd;
	if (send(fd, msg, (size_t)len, 0) != len)
		return -errno;
	return answer(fd, msg, size);
}

/* first_address() - of an answer */
static int first_address(const uint8_t *msg, int len, struct ev_addr *out)
{
	ns_msg m;
	ns_rr rr;

	if (ns_initparse(msg, len, &m))
		return -EBADMSG;
	for (int i = 0; i < ns_msg_count(m, ns_s_an); i++) {
		if (ns_parserr(&m, ns_s_an, i, &rr))
			return -EBADMSG;
		if (ns_rr_type(rr) != ns_t_a || ns_rr_rdlen(rr) != 4)
			continue;
		memset(out, 0, sizeof(*out));
		out->family = AF_INET;
		memcpy(out->ip, ns_rr_rdata(rr), 4);
		return 0;
	}
	return -ENOENT;
}

static int look_up(struct try_act *act, const char *server, struct ev_addr *found)
{
	uint8_t msg[1024];
	int len;

	if (ev_addr_parse(server, &act->remote))
		return -EINVAL;
	act->remote.port = DNS_PORT;
	len = ask(act, act->target, msg, sizeof(msg));
	return len < 0 ? len : first_address(msg, len, found);
}

int deed_lookup(struct try_act *act)
{
	struct ev_addr found;

	return look_up(act, TB_GATE_IP4, &found);
}

int deed_resolver(struct try_act *act)
{
	struct ev_addr found;

	return act->second ? look_up(act, act->second, &found) : -EINVAL;
}

/* find_remote() - whom the act is about, by address or by a lookup */
static int find_remote(struct try_act *act)
{
	int ret = ev_addr_parse(act->target, &act->remote);

	if (ret)
		ret = look_up(act, TB_GATE_IP4, &act->remote);
	act->remote.port = act->port;
	return ret;
}

/* host_of() - as it stands in a request: IPv6 in brackets, RFC 3986 3.2.2 */
static void host_of(const struct try_act *act, char *out, size_t size)
{
	const char *host = act->second ? act->second : act->target;
	int len = (int)strcspn(host, " ");

	if (strchr(host, ':') && strchr(host, ':') < host + len)
		(void)snprintf(out, size, "[%.*s]:%d", len, host, act->port);
	else
		(void)snprintf(out, size, "%.*s:%d", len, host, act->port);
}

int deed_connect(struct try_act *act)
{
	char host[300], request[1024], reply[64];
	TB_AUTOCLOSE int fd = -1;
	int ret = find_remote(act), len;

	if (ret)
		return ret;
	fd = open_to(act, SOCK_STREAM, 0);
	if (fd < 0)
		return fd;
	host_of(act, host, sizeof(host));
	len = snprintf(request, sizeof(request), "%s HTTP/1.1\r\nHost: %s\r\n"
		       "Content-Length: 0\r\nConnection: close\r\n\r\n",
		       try_request(act) ? try_request(act) : "GET /", host);
	if (len < 0 || (size_t)len >= sizeof(request) || send(fd, request, (size_t)len, 0) != len)
		return -EIO;
	ret = answer(fd, reply, sizeof(reply));
	/* the lab need not answer here: that somebody took the connection proves it */
	return ret < 0 && ret != -ETIMEDOUT && ret != -ECONNRESET ? ret : 0;
}

int deed_datagram(struct try_act *act)
{
	TB_AUTOCLOSE int fd = -1;
	int ret = find_remote(act);

	if (ret)
		return ret;
	fd = open_to(act, SOCK_DGRAM, 0);
	if (fd < 0)
		return fd;
	return send(fd, "tcbox", 5, 0) == 5 ? 0 : -errno;
}

int deed_echo(struct try_act *act)
{
	static const uint8_t v4[] = { ICMP_ECHO, 0, 0, 0, 0, 0, 0, 1, 't', 'r', 'y' };
	static const uint8_t v6[] = { ICMP6_ECHO_REQUEST, 0, 0, 0, 0, 0, 0, 1, 't', 'r', 'y' };
	TB_AUTOCLOSE int fd = -1;
	bool is_v6 = act->kind == TRY_ECHO6;
	int ret = find_remote(act);

	if (ret)
		return ret;
	fd = open_to(act, SOCK_DGRAM, is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (fd < 0)
		return fd;
	if (send(fd, is_v6 ? v6 : v4, sizeof(v4), 0) < 0)
		return -errno;
	return 0;
}

/* deed_join() - the kernel reports the membership to the routers, igmp(4); it stays */
int deed_join(struct try_act *act)
{
	struct ip_mreqn group = { .imr_ifindex = 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (ev_addr_parse(act->target, &act->remote))
		return -EINVAL;
	memcpy(&group.imr_multiaddr, act->remote.ip, sizeof(group.imr_multiaddr));
	if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -errno;
	return 0;
}

/* deed_listen() - TCP or UDP; it stays open */
int deed_listen(struct try_act *act)
{
	int type = act->kind == TRY_WAIT ? SOCK_DGRAM : SOCK_STREAM, yes = 1, fd;
	struct ev_addr at;
	struct place where;

	if (ev_addr_parse(act->target, &at))
		return -EINVAL;
	at.port = act->port;
	(void)put(&where, &at);
	fd = socket(at.family, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* a rule for the loopback address, and its neighbour for all, have the same port */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
	if (at.family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&where.addr, where.len) ||
	    (type == SOCK_STREAM && listen(fd, 1)))
		return -errno;
	note_local(fd, &act->local);
	return 0;
}
