/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.c - hash table from bytes to a pointer: open addressing with linear probing
 *
 * Deleting moves later entries of the same run back (Knuth, volume 3, 6.4, algorithm R), so there
 * are no tombstones and a lookup never walks past the first empty slot. The load stays below 3/4.
 */
#include "tcbox/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "tcbox/log.h"

struct slot {
	uint64_t hash;
	void *key;
	size_t len;
	void *value;		/* NULL: empty */
};

struct tb_map {
	struct slot *slots;
	size_t nslots;		/* a power of two, or 0 */
	size_t count;
	size_t max;
	uint64_t seed;
};

/* hash_of() - a multiply-xorshift mix (as in MurmurHash3's finaliser) over 8-byte words, from a
 * secret seed */
static uint64_t hash_of(const struct tb_map *m, const void *key, size_t len)
{
	const unsigned char *p = key;
	uint64_t h = m->seed ^ (len * UINT64_C(0x9e3779b97f4a7c15)), w;

	while (len) {
		size_t n = len < sizeof(w) ? len : sizeof(w);

		w = 0;
		memcpy(&w, p, n);
		h = (h ^ w) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 33;
		h = (h + m->seed) * UINT64_C(0xc4ceb9fe1a85ec53);
		h ^= h >> 29;
		p += n;
		len -= n;
	}
	return h;
}

struct tb_map *tb_map_new(size_t max)
{
	struct tb_map *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->max = max;
	if (getrandom(&m->seed, sizeof(m->seed), GRND_NONBLOCK) != (ssize_t)sizeof(m->seed))
		m->seed = (uint64_t)(uintptr_t)m;	/* early boot: address space randomisation
							 * is what is left */
	return m;
}

void tb_map_free(struct tb_map *m)
{
	size_t i;

	if (!m)
		return;
	for (i = 0; i < m->nslots; i++)
		free(m->slots[i].key);
	free(m->slots);
	free(m);
}

/* find() - the slot of the key, or the empty slot where it would be. There is always an empty
 * one */
static struct slot *find(const struct tb_map *m, uint64_t hash, const void *key, size_t len)
{
	size_t i = hash & (m->nslots - 1);
	struct slot *s;

	for (;; i = (i + 1) & (m->nslots - 1)) {
		s = &m->slots[i];
		if (!s->value || (s->hash == hash && s->len == len &&
				  (!len || !memcmp(s->key, key, len))))
			return s;
	}
}

void *tb_map_get(const struct tb_map *m, const void *key, size_t len)
{
	return m->nslots ? find(m, hash_of(m, key, len), key, len)->value : NULL;
}

static int grow(struct tb_map *m)
{
	struct tb_map bigger = *m;
	size_t i, j;

	bigger.nslots = m->nslots ? m->nslots * 2 : 16;
	bigger.slots = calloc(bigger.nslots, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (i = 0; i < m->nslots; i++) {
		if (!m->slots[i].value)
			continue;
		j = m->slots[i].hash & (bigger.nslots - 1);
		while (bigger.slots[j].value)
			j = (j + 1) & (bigger.nslots - 1);
		bigger.slots[j] = m->slots[i];
	}
	free(m->slots);
	*m = bigger;
	return 0;
}

int tb_map_put(struct tb_map *m, const void *key, size_t len, void *value)
{
	uint64_t hash = hash_of(m, key, len);
	struct slot *s;
	void *copy;

	TB_BUG_ON(!value);
	if ((m->count + 1) * 4 > m->nslots * 3 && grow(m))
		return -ENOMEM;
	s = find(m, hash, key, len);
	if (s->value) {
		s->value = value;
		return 0;
	}
	if (m->count >= m->max)
		return -ENOSPC;
	copy = malloc(len ? len : 1);
	if (!copy)
		return -ENOMEM;
	if (len)
		memcpy(copy, key, len);
	*s = (struct slot){ hash, copy, len, value };
	m->count++;
	return 0;
}

void *tb_map_del(struct tb_map *m, const void *key, size_t len)
{
	size_t mask = m->nslots - 1, hole, i, home;
	struct slot *s;
	void *value;

	if (!m->nslots)
		return NULL;
	s = find(m, hash_of(m, key, len), key, len);
	value = s->value;
	if (!value)
		return NULL;
	free(s->key);
	m->count--;
	hole = (size_t)(s - m->slots);
	for (i = (hole + 1) & mask; m->slots[i].value; i = (i + 1) & mask) {
		home = m->slots[i].hash & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct slot){ 0, NULL, 0, NULL };
	return value;
}

size_t tb_map_count(const struct tb_map *m)
{
	return m->count;
}

void *tb_map_next(const struct tb_map *m, size_t *pos)
{
	while (*pos < m->nslots) {
		struct slot *s = &m->slots[(*pos)++];

		if (s->value)
			return s->value;
	}
	return NULL;
}
