/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - which address belongs to which name in the simulated internet
 *
 * How it works: a name hashes to a slot, a slot is one IPv4 address of 198.18.0.0/15 and one
 * IPv6 address that carries the IPv4 address in its last 32 bits (198.18.3.7 and
 * 2001:db8::c612:307 are the same slot). The hash has no seed, so that a name has the same
 * address in every run; a slot that is taken passes the name on to the next free one.
 *
 * Limits: LAB_NAMES_MAX names, half of the slots, so a free slot is always near. A product that
 * aims for collisions gets long probes, at most LAB_NAMES_MAX each; it slows down its own
 * lookups.
 */
#include "tcbox/hash.h"
#include "tcbox/lab.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab/names.h"
#include "tcbox/map.h"

/*
 * Last octets 0 and 255 look like networks and broadcasts; 198.19.255.0/24 is the link, see
 * tcbox/net.h.
 */
#define HOSTS_PER_NET 254
#define NETS 511
#define SLOTS (NETS * HOSTS_PER_NET)
#define MOVED 1		/* behind a name in the map; in no name: ns_name_ntop() escapes it */
#define FIRST_NET (198u << 16 | 18u << 8)

static const uint8_t prefix6[12] = { 0x20, 0x01, 0x0d, 0xb8 };

struct lab_names {
	struct tb_map *by_name;		/* values point into owner */
	char **owner;			/* by slot; NULL: free */
	uint8_t *asked;			/* by slot; bits: for IPv4, for IPv6, see names_moving() */
};

struct lab_names *lab_names_new(void)
{
	struct lab_names *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->owner = calloc(SLOTS, sizeof(*n->owner));
	n->asked = calloc(SLOTS, 1);
	n->by_name = tb_map_new(LAB_NAMES_MAX);
	if (!n->owner || !n->asked || !n->by_name) {
		lab_names_free(n);
		return NULL;
	}
	return n;
}

void lab_names_free(struct lab_names *n)
{
	char **owner;
	size_t pos = 0;

	if (!n)
		return;
	while (n->by_name && (owner = tb_map_next(n->by_name, &pos)))
		free(*owner);
	tb_map_free(n->by_name);
	free(n->owner);
	free(n->asked);
	free(n);
}

/* canonical() - lower case, no trailing dot. Return: the length, 0 if it is no name */
static size_t canonical(const char *name, char out[NS_MAXDNAME])
{
	size_t len = strnlen(name, NS_MAXDNAME);

	if (len >= NS_MAXDNAME)
		return 0;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)name[i]);
	if (len > 1 && out[len - 1] == '.' && out[len - 2] != '\\')
		len--;
	out[len] = '\0';
	return len;
}

/* stable_hash() - with a final mix: short names that differ in one letter land far apart. */
static uint64_t stable_hash(const char *s, size_t len)
{
	uint64_t h = tb_hash(s, len);

	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	return h ^ h >> 33;
}

/*
 * name_slot() - find or give the slot of a canonical name, or the one that it moves to. Return: the
 * slot, or negative errno
 */
static int name_slot(struct lab_names *n, const char *name, size_t len, bool moved)
{
	char key[NS_MAXDNAME + 1];
	char **owner;
	size_t slot;
	int r;

	memcpy(key, name, len);
	key[len] = MOVED;
	owner = tb_map_get(n->by_name, key, len + moved);
	if (owner)
		return (int)(owner - n->owner);
	if (tb_map_count(n->by_name) >= LAB_NAMES_MAX)
		return -ENOSPC;
	slot = stable_hash(key, len + moved) % SLOTS;
	while (n->owner[slot])
		slot = (slot + 1) % SLOTS;
	n->owner[slot] = strdup(name);
	if (!n->owner[slot])
		return -ENOMEM;
	r = tb_map_put(n->by_name, key, len + moved, &n->owner[slot]);
	if (r < 0) {
		free(n->owner[slot]);
		n->owner[slot] = NULL;
		return r;
	}
	return (int)slot;
}

static void slot_ip4(unsigned int slot, uint8_t ip[4])
{
	uint32_t net = FIRST_NET + slot / HOSTS_PER_NET;

	ip[0] = (uint8_t)(net >> 16);
	ip[1] = (uint8_t)(net >> 8);
	ip[2] = (uint8_t)net;
	ip[3] = (uint8_t)(slot % HOSTS_PER_NET + 1);
}

static bool is_localhost(const char *name, size_t len)
{
	static const char lo[] = ".localhost";
	size_t n = sizeof(lo) - 1;

	return !strcmp(name, lo + 1) || (len > n && !strcmp(name + len - n, lo));
}

/* moves() - was the name asked for before? */
static bool moves(struct lab_names *n, int slot, int family)
{
	const uint8_t bit = family == AF_INET ? 1 : 2;
	bool again = n->asked[slot] & bit;

	n->asked[slot] |= bit;
	return again;
}

/* address() - @moving: of a name that moves */
static int address(struct lab_names *n, const char *name, int family, bool moving,
		   struct ev_addr *out)
{
	struct ev_addr a = { .family = family };
	char canon[NS_MAXDNAME];
	size_t len = canonical(name, canon);
	int slot;

	if (!len || (family != AF_INET && family != AF_INET6))
		return -EINVAL;
	if (is_localhost(canon, len)) {		/* RFC 6761, 6.3 */
		(void)inet_pton(family, family == AF_INET ? "127.0.0.1" : "::1", a.ip);
		*out = a;
		return 0;
	}
	slot = name_slot(n, canon, len, false);
	if (slot >= 0 && moving && moves(n, slot, family))
		slot = name_slot(n, canon, len, true);
	if (slot < 0)
		return slot;
	if (family == AF_INET6)
		memcpy(a.ip, prefix6, sizeof(prefix6));
	slot_ip4((unsigned int)slot, family == AF_INET ? a.ip : a.ip + sizeof(prefix6));
	*out = a;
	return 0;
}

int lab_name_addr(struct lab_names *n, const char *name, int family, struct ev_addr *out)
{
	return address(n, name, family, false, out);
}

int names_moving(struct lab_names *n, const char *name, int family, struct ev_addr *out)
{
	return address(n, name, family, true, out);
}

const char *lab_addr_name(const struct lab_names *n, const struct ev_addr *addr)
{
	static const uint8_t lo6[16] = { [15] = 1 };
	const uint8_t *ip = addr->ip;
	uint32_t net;

	if (addr->family == AF_INET6) {
		if (!memcmp(ip, lo6, sizeof(lo6)))
			return "localhost";
		if (memcmp(ip, prefix6, sizeof(prefix6)))
			return NULL;
		ip += sizeof(prefix6);
	} else if (addr->family != AF_INET) {
		return NULL;
	} else if (ip[0] == 127) {
		return "localhost";
	}
	net = (uint32_t)ip[0] << 16 | (uint32_t)ip[1] << 8 | ip[2];
	if (net < FIRST_NET || net >= FIRST_NET + NETS || ip[3] < 1 || ip[3] > HOSTS_PER_NET)
		return NULL;
	return n->owner[(net - FIRST_NET) * HOSTS_PER_NET + ip[3] - 1];
}
