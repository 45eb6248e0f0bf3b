/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ranges.c - what the policy opens at the gate, as ranges that do not overlap
 *
 * The kernel refuses a set element that overlaps another in part (nft_set_pipapo.c), and policies
 * do overlap: a network and an address in it, a range of ports and one of them.
 *
 * How it works
 *	Networks are nested or disjoint. Sorted by address and then by length, a network follows all
 *	those that contain it, so a stack of the enclosing networks suffices. Each level has the
 *	ports that are open there or further out, as a bit for each port; a network adds only ports
 *	that its parent does not have yet.
 */
#include "sandbox/gate/ranges.h"
#include "tcbox/grow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PORTS 65536u
#define WORDS (PORTS / 64)
#define LEVELS 129		/* prefix lengths 0 to 128: no two levels of the stack have the
				 * same */

struct level {
	uint8_t prefix;
	uint8_t ip[16];
	uint64_t ports[WORDS];
};

struct walk {
	struct level *stack;
	size_t depth;
	struct open_range *out;
	size_t n;
};

static int compare(const void *va, const void *vb)
{
	const struct open_range *a = va, *b = vb;
	int r;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	r = memcmp(a->ip, b->ip, sizeof(a->ip));
	if (r)
		return r;
	return (int)a->prefix - (int)b->prefix;
}

static void mask(uint8_t ip[16], unsigned int prefix)
{
	for (unsigned int bit = prefix; bit < 128; bit++)
		ip[bit / 8] &= (uint8_t)~(0x80u >> (bit % 8));
}

static bool contains(const struct level *l, const struct open_range *r)
{
	uint8_t ip[16];

	if (l->prefix > r->prefix)
		return false;
	memcpy(ip, r->ip, sizeof(ip));
	mask(ip, l->prefix);
	return memcmp(ip, l->ip, sizeof(ip)) == 0;
}

/* next_bit() - the first bit from @from on that is @set; PORTS if there is none */
static unsigned int next_bit(const uint64_t *bits, unsigned int from, bool set)
{
	while (from < PORTS) {
		uint64_t word = (set ? bits[from / 64] : ~bits[from / 64]) >> (from % 64);

		if (word)
			return from + (unsigned int)__builtin_ctzll(word);
		from = (from / 64 + 1) * 64;
	}
	return PORTS;
}

static int emit(struct walk *w, const struct open_range *net, unsigned int lo, unsigned int hi)
{
	struct open_range *grown = tb_grow(w->out, w->n, 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	w->out = grown;
	w->out[w->n] = *net;
	w->out[w->n].port_lo = (uint16_t)lo;
	w->out[w->n].port_hi = (uint16_t)hi;
	w->n++;
	return 0;
}

/* add_net() - @n ranges of one network, put on the stack; what the levels below do not have yet
 * goes out */
static int add_net(struct walk *w, const struct open_range *r, size_t n)
{
	static const uint64_t none[WORDS];
	const uint64_t *outer;
	struct level *own;
	uint64_t fresh[WORDS];

	while (w->depth && !contains(&w->stack[w->depth - 1], r))
		w->depth--;
	outer = w->depth ? w->stack[w->depth - 1].ports : none;
	own = &w->stack[w->depth++];
	own->prefix = r->prefix;
	memcpy(own->ip, r->ip, sizeof(own->ip));
	memcpy(own->ports, outer, sizeof(own->ports));
	for (size_t i = 0; i < n; i++) {
		for (unsigned int port = r[i].port_lo; port <= r[i].port_hi; port++)
			own->ports[port / 64] |= UINT64_C(1) << (port % 64);
	}
	for (size_t i = 0; i < WORDS; i++)
		fresh[i] = own->ports[i] & ~outer[i];
	for (unsigned int lo = next_bit(fresh, 0, true), hi; lo < PORTS;
	     lo = next_bit(fresh, hi, true)) {
		hi = next_bit(fresh, lo, false);
		if (emit(w, r, lo, hi - 1) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool sensible(const struct sbx_open *o)
{
	if (o->net.family != AF_INET && o->net.family != AF_INET6)
		return false;
	if (o->prefix > (o->net.family == AF_INET ? 32u : 128u) || o->port_lo > o->port_hi)
		return false;
	return !o->protocol || !strcmp(o->protocol, "tcp") || !strcmp(o->protocol, "udp") ||
	       !strcmp(o->protocol, "icmp");
}

/*
 * expand() - one entry as up to three ranges, one for each protocol. Echo requests have no port:
 * whoever names ports does not mean them
 */
static size_t expand(const struct sbx_open *o, struct open_range *out)
{
	static const struct { const char *name; uint8_t proto; } protos[] = {
		{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "icmp", IPPROTO_ICMP },
	};
	const bool any_port = o->port_lo == 0 && o->port_hi == 0;
	size_t n = 0;

	for (size_t i = 0; i < TB_ARRAY_SIZE(protos); i++) {
		const bool echo = protos[i].proto == IPPROTO_ICMP;
		struct open_range *r = &out[n];

		if (o->protocol ? strcmp(o->protocol, protos[i].name) != 0 : echo && !any_port)
			continue;
		memset(r, 0, sizeof(*r));
		r->family = o->net.family;
		r->proto = protos[i].proto;
		r->prefix = (uint8_t)o->prefix;
		memcpy(r->ip, o->net.ip, o->net.family == AF_INET ? 4 : 16);
		mask(r->ip, o->prefix);
		r->port_lo = echo ? 0 : o->port_lo;
		r->port_hi = echo ? 0 : any_port ? PORTS - 1 : o->port_hi;
		n++;
	}
	return n;
}

int open_ranges(const struct sbx_open *in, size_t n, struct open_range **out, size_t *nout)
{
	TB_AUTOFREE struct open_range *all = n ? calloc(n, 3 * sizeof(*all)) : NULL;
	TB_AUTOFREE struct level *stack = n ? calloc(LEVELS, sizeof(*stack)) : NULL;
	struct walk w = { .stack = stack };
	size_t count = 0, group;
	int left_out = 0;

	*out = NULL;
	*nout = 0;
	if (n == 0)
		return 0;
	if (!all || !stack)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (sensible(&in[i]))
			count += expand(&in[i], &all[count]);
		else
			left_out++;
	}
	qsort(all, count, sizeof(*all), compare);
	for (size_t i = 0; i < count; i += group) {
		if (i && (all[i].family != all[i - 1].family || all[i].proto != all[i - 1].proto))
			w.depth = 0;
		for (group = 1; i + group < count && compare(&all[i], &all[i + group]) == 0;
		     group++)
			;
		if (add_net(&w, &all[i], group) < 0) {
			free(w.out);
			return -ENOMEM;
		}
	}
	*out = w.out;
	*nout = w.n;
	return left_out;
}
