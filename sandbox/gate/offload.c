/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offload.c - what the kernel may leave to a network interface, by the ethtool ioctl (netdevice(7))
 *
 * Features have names, whose numbers differ between kernels: so all names are read first.
 */
#include "sandbox/gate/offload.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define FEATURE "tx-udp-segmentation"
#define FEATURES_MAX 1024
#define WORDS_MAX (FEATURES_MAX / 32)

static int ethtool(int fd, const char *ifname, void *command)
{
	struct ifreq req = { .ifr_data = command };

	(void)snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", ifname);
	return ioctl(fd, SIOCETHTOOL, &req) < 0 ? -1 : 0;
}

/* count_features() - Return: how many this kernel has; -1: see errno */
static int count_features(int fd, const char *ifname)
{
	union {
		struct ethtool_sset_info info;
		char room[sizeof(struct ethtool_sset_info) + sizeof(uint32_t)];
	} c;

	memset(&c, 0, sizeof(c));
	c.info.cmd = ETHTOOL_GSSET_INFO;
	c.info.sset_mask = UINT64_C(1) << ETH_SS_FEATURES;
	if (ethtool(fd, ifname, &c))
		return -1;
	return c.info.sset_mask && c.info.data[0] <= FEATURES_MAX ? (int)c.info.data[0] : 0;
}

/* find_feature() - Return: its number; -ENOENT if this kernel does not know it; -1: see errno */
static int find_feature(int fd, const char *ifname, int n)
{
	size_t size = sizeof(struct ethtool_gstrings) + (size_t)n * ETH_GSTRING_LEN;
	TB_AUTOFREE struct ethtool_gstrings *names = calloc(1, size);

	if (!names)
		return -1;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = (uint32_t)n;
	if (ethtool(fd, ifname, names))
		return -1;
	for (int i = 0; i < n; i++)
		if (!strncmp((const char *)names->data + i * ETH_GSTRING_LEN, FEATURE,
			     ETH_GSTRING_LEN))
			return i;
	return -ENOENT;
}

int offload_no_udp_segments(int fd, const char *ifname, struct tb_err *err)
{
	union {
		struct ethtool_sfeatures head;
		char room[sizeof(struct ethtool_sfeatures) +
			  WORDS_MAX * sizeof(struct ethtool_set_features_block)];
	} set;
	int n = count_features(fd, ifname), number = n > 0 ? find_feature(fd, ifname, n) : n;

	if (number == -ENOENT || n == 0)
		return 0;
	if (number >= 0) {
		memset(&set, 0, sizeof(set));
		set.head.cmd = ETHTOOL_SFEATURES;
		set.head.size = (uint32_t)(n + 31) / 32;
		set.head.features[number / 32].valid = UINT32_C(1) << number % 32;
		number = ethtool(fd, ifname, &set);
	}
	return number < 0 ? tb_err_set(err, errno, "features of interface %s", ifname) : 0;
}
