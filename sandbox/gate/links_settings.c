/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links_settings.c - network settings of the gate and of the box, in /proc/sys/net
 *
 * That directory shows the network namespace of the process that opens it (proc(5)). Written before
 * the link exists: a new link takes conf/default. The loopback keeps what it was made with, nothing
 * passes there.
 */
#include "sandbox/gate/links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/fd.h"
#include "tcbox/file.h"

struct links_setting {
	const char *path;	/* below /proc/sys/net/ */
	const char *value;
	bool must;		/* where the file exists the value must be set: the gate depends on
				 * it */
};

/*
 * A new namespace takes its IPv4 settings from the machine's (net.core.devconf_inherit_init_net = 0
 * means just that; ip-sysctl.rst): a host that forwards or filters reverse paths would give us a
 * gate that does. So what matters is set, not assumed.
 */
static const struct links_setting both_settings[] = {
	{ "ipv4/ip_forward", "0", true },		/* first: it resets others
							 * (ip-sysctl.rst) */
	{ "ipv6/conf/all/forwarding", "0", true },
	{ "ipv6/conf/default/forwarding", "0", true },
	{ "ipv4/conf/all/route_localnet", "0", true },	/* 127/8 stays inside its namespace */
	{ "ipv4/conf/default/route_localnet", "0", true },
	{ "ipv4/conf/all/rp_filter", "0", true },	/* it would drop what the gate answers for
							 * others */
	{ "ipv4/conf/default/rp_filter", "0", true },
	{ "ipv4/conf/all/accept_redirects", "0", false },
	{ "ipv4/conf/default/accept_redirects", "0", false },
	{ "ipv4/conf/all/send_redirects", "0", false },
	{ "ipv4/conf/default/send_redirects", "0", false },
	{ "ipv6/conf/default/accept_redirects", "0", false },
	{ "ipv6/conf/default/disable_ipv6", "0", false },
	{ "ipv6/conf/all/disable_ipv6", "0", false },
	{ "ipv6/conf/default/accept_ra", "0", false },
	{ "ipv6/conf/default/autoconf", "0", false },
	{ "ipv6/conf/default/addr_gen_mode", "1", false },	/* IN6_ADDR_GEN_MODE_NONE */
	{ "ipv6/conf/default/accept_dad", "0", false },
	{ "ipv6/conf/default/dad_transmits", "0", false },
	{ "ipv6/conf/default/router_solicitations", "0", false },
	{ "ipv6/conf/default/mldv1_unsolicited_report_interval", "2000000000", false },	/* ms */
	{ "ipv6/conf/default/mldv2_unsolicited_report_interval", "2000000000", false },
};

/*
 * The gate's answers must not be rationed: every refused attempt is told so at once. An empty mask
 * exempts all types from both the rate for each destination and the rate for the whole host
 * (ip-sysctl.rst, icmp_ratemask).
 */
static const struct links_setting gate_settings[] = {
	{ "ipv4/icmp_ratemask", "0", false },
	{ "ipv6/icmp/ratemask", "\n", false },
	{ "ipv6/icmp/ratelimit", "0", false },
	{ "ipv4/icmp_echo_ignore_all", "0", false },
	{ "ipv6/icmp/echo_ignore_all", "0", false },
};

static int apply_setting(const struct links_setting *s, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	char path[128];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/sys/net/%s", s->path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || !s->must))
		return 0;
	if (fd < 0)
		return tb_err_set(err, errno, "open %s", path);
	r = tb_write_all(fd, s->value, strlen(s->value));
	if (r < 0 && s->must)
		return tb_err_set(err, -r, "write %s to %s", s->value, path);
	return 0;
}

static int apply_settings(const struct links_setting *s, size_t n, struct tb_err *err)
{
	for (size_t i = 0; i < n; i++) {
		int r = apply_setting(&s[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * On Debian every group may open ping sockets (icmp(7)): systemd sets the whole range. Here the
 * range must be written in group ids that exist in our user namespace: the first extent of its map.
 * Not fatal: ping then needs privilege.
 */
static void allow_ping_sockets(void)
{
	struct links_setting s = { "ipv4/ping_group_range", NULL, false };
	TB_AUTOBUF struct tb_buf map = TB_BUF_INIT;
	unsigned long long first, outside, count;
	char range[48];

	if (tb_read_file(AT_FDCWD, "/proc/self/gid_map", 4096, &map, NULL) < 0 || !map.data ||
	    sscanf(map.data, "%llu %llu %llu", &first, &outside, &count) != 3 || count == 0)
		return;
	if (count > INT_MAX)	/* the kernel's limit is (2^31 - 1), icmp(7) */
		count = INT_MAX;
	(void)snprintf(range, sizeof(range), "%llu %llu", first, first + count - 1);
	s.value = range;
	(void)apply_setting(&s, NULL);
}

int links_set_box(struct tb_err *err)
{
	allow_ping_sockets();
	return apply_settings(both_settings, TB_ARRAY_SIZE(both_settings), err);
}

int links_set_gate(struct tb_err *err)
{
	int r = apply_settings(both_settings, TB_ARRAY_SIZE(both_settings), err);

	return r < 0 ? r : apply_settings(gate_settings, TB_ARRAY_SIZE(gate_settings), err);
}
