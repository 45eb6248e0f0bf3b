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

/* struct group_req and struct group_source_req: the address is behind an interface number, aligned
 * as a long is. */
#define GROUP(f) { .size = 136, .at = 8, .family = f, .sockaddr = true }

/* clang-format off */
static const struct row rows[] = {
	{ IPPROTO_IP, IP_ADD_MEMBERSHIP, { .size = 4, .family = AF_INET }, 8, 8 },
	{ IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, { .size = 4, .family = AF_INET }, 12, 12 },
	{ IPPROTO_IP, MCAST_JOIN_GROUP, GROUP(AF_INET), 136, 132 },
	{ IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, GROUP(AF_INET), 264, 260 },
	{ IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, { .size = 16, .family = AF_INET6 }, 20, 20 },
	{ IPPROTO_IPV6, MCAST_JOIN_GROUP, GROUP(AF_INET6), 136, 132 },
	{ IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, GROUP(AF_INET6), 264, 260 },
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
		}
		return opt;
	}
	return (struct joins_option){ 0 };
}

static bool is_multicast(const struct ev_addr *a)
{
	return a->family == AF_INET ? a->ip[0] >> 4 == 14 : a->ip[0] == 0xff;
}

bool joins_read(const struct joins_option *opt, const uint8_t *value, size_t len,
		struct ev_addr *group)
{
	struct tb_rd r = tb_rd_init(value, len);
	size_t size = opt->family == AF_INET ? 4 : 16;
	const uint8_t *bytes;
	uint16_t family;

	*group = (struct ev_addr){ 0 };
	(void)tb_rd_bytes(&r, opt->at);
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
	group->family = opt->family;
	memcpy(group->ip, bytes, size);
	if (is_multicast(group))
		return true;
	*group = (struct ev_addr){ 0 };
	return false;
}
