/* SPDX-License-Identifier: Apache-2.0 */
/*
 * joins.c - which socket options join a multicast group, and which group
 */
#include "sandbox/watch/joins.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <string.h>
#include <sys/socket.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"

/* One option, and how long the kernel wants its value. */
struct row {
	uint32_t level, option;
	struct joins_option opt;
	size_t least, least_narrow;
};

/*
 * struct group_req, struct group_source_req and struct group_filter: addresses are behind an
 * interface number, aligned as a long is.
 */
#define STORAGE 128u
#define GROUP(f) { .size = 136, .at = 8, .family = f, .sockaddr = true }
#define SOURCE(f) { .size = 264, .at = 8, .source = 136, .family = f, .sockaddr = true }
#define FILTER(f) \
	{ .size = JOINS_MAX, .at = 8, .source = 144, .count = 140, .family = f, .sockaddr = true }
#define SOURCE4 { .size = 12, .source = 8, .family = AF_INET } /* struct ip_mreq_source */
#define FILTER4 { .size = JOINS_MAX, .source = 16, .count = 12, .family = AF_INET }

/* clang-format off */
static const struct row rows[] = {
	{ IPPROTO_IP, IP_ADD_MEMBERSHIP, { .size = 4, .family = AF_INET }, 8, 8 },
	{ IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, SOURCE4, 12, 12 },
	{ IPPROTO_IP, IP_BLOCK_SOURCE, SOURCE4, 12, 12 },
	{ IPPROTO_IP, IP_UNBLOCK_SOURCE, SOURCE4, 12, 12 },
	{ IPPROTO_IP, IP_MSFILTER, FILTER4, 16, 16 },
	{ IPPROTO_IP, MCAST_JOIN_GROUP, GROUP(AF_INET), 136, 132 },
	{ IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, SOURCE(AF_INET), 264, 260 },
	{ IPPROTO_IP, MCAST_BLOCK_SOURCE, SOURCE(AF_INET), 264, 260 },
	{ IPPROTO_IP, MCAST_UNBLOCK_SOURCE, SOURCE(AF_INET), 264, 260 },
	{ IPPROTO_IP, MCAST_MSFILTER, FILTER(AF_INET), 144, 140 },
	{ IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, { .size = 16, .family = AF_INET6 }, 20, 20 },
	{ IPPROTO_IPV6, MCAST_JOIN_GROUP, GROUP(AF_INET6), 136, 132 },
	{ IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, SOURCE(AF_INET6), 264, 260 },
	{ IPPROTO_IPV6, MCAST_BLOCK_SOURCE, SOURCE(AF_INET6), 264, 260 },
	{ IPPROTO_IPV6, MCAST_UNBLOCK_SOURCE, SOURCE(AF_INET6), 264, 260 },
	{ IPPROTO_IPV6, MCAST_MSFILTER, FILTER(AF_INET6), 144, 140 },
};
/* clang-format on */

struct joins_option joins_option(const __u64 args[6], bool narrow)
{
	int len = (int)args[4];

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct joins_option opt = row->opt;
		size_t least = narrow ? row->least_narrow : row->least;

		if ((uint32_t)args[1] != row->level || (uint32_t)args[2] != row->option)
			continue;
		if (len < 0 || (size_t)len < least)
			break;
		if (narrow && opt.sockaddr) {
			opt.at -= 4;
			opt.size -= 4;
			opt.source -= opt.source ? 4 : 0;
			opt.count -= opt.count ? 4 : 0;
		}
		if (opt.size > (size_t)len)
			opt.size = (size_t)len;	/* the kernel reads no more either */
		return opt;
	}
	return (struct joins_option){ 0 };
}

static bool is_multicast(const struct ev_addr *a)
{
	return a->family == AF_INET ? a->ip[0] >> 4 == 14 : a->ip[0] == 0xff;
}

/* read_at() - one address. Return: false if it is not there, or of another family */
static bool read_at(const struct joins_option *opt, struct tb_rd r, size_t at, struct ev_addr *out)
{
	size_t size = opt->family == AF_INET ? 4 : 16;
	const uint8_t *bytes;
	uint16_t family;

	*out = (struct ev_addr){ 0 };
	(void)tb_rd_bytes(&r, at);
	if (opt->sockaddr) {
		bytes = tb_rd_bytes(&r, sizeof(family));
		if (!bytes)
			return false;
		memcpy(&family, bytes, sizeof(family));
		if (family != opt->family)
			return false;
		/* the port; of IPv6 the flow label, too */
		(void)tb_rd_bytes(&r, opt->family == AF_INET ? 2 : 6);
	}
	bytes = tb_rd_bytes(&r, size);
	if (!bytes)
		return false;
	out->family = opt->family;
	memcpy(out->ip, bytes, size);
	return true;
}

bool joins_read(const struct joins_option *opt, const uint8_t *value, size_t len,
		struct ev_addr *group)
{
	if (read_at(opt, tb_rd_init(value, len), opt->at, group) && is_multicast(group))
		return true;
	*group = (struct ev_addr){ 0 };
	return false;
}

size_t joins_sources(const struct joins_option *opt, const uint8_t *value, size_t len,
		     struct ev_addr sources[JOINS_SOURCES])
{
	size_t each = opt->family == AF_INET ? 4 : 16, n = 0;
	uint32_t count = 1;

	if (!opt->source)
		return 0;
	if (opt->sockaddr)
		each = STORAGE;
	if (opt->count) {
		if (len < opt->count + sizeof(count))
			return 0;
		memcpy(&count, value + opt->count, sizeof(count));
	}
	while (n < count && n < JOINS_SOURCES &&
	       read_at(opt, tb_rd_init(value, len), opt->source + n * each, &sources[n]))
		n++;
	return n;
}
