/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_index.c - finds the rules of a flow without looking at those that cannot match
 *
 * How it works: every entry of "to" puts its rule into one group. Groups are found by hash, under a
 * key that says
 *
 *	'n' name		an exact name
 *	's' suffix		a glob of names: the labels to the right of its last label with a
 *				wildcard
 *	'4'/'6' length prefix	a network: its prefix length and its first bits
 *	'*'			any destination
 *
 * So a flow asks for each of its names, each parent domain of them, each prefix length in use (at
 * most 33 and 129), and the rules for any destination. In a group of many rules these are found by
 * port: each range of ports is split into at most 32 nodes of a binary tree over 65536 leaves (a
 * segment tree), kept as a sorted array of (node, rule); a port asks for the 17 nodes from its leaf
 * to the root. What is found is then compared by the rules of match.c. Globs of processes are
 * matched once for each program.
 *
 * Limits: rules for the same destination and port, that differ only in their process, are all
 * looked at; so are globs such as "cdn*.a.example" and "img*.a.example" that differ only inside a
 * label.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/match.h"
#include "tcbox/buf.h"
#include "tcbox/grow.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define KEY_MAX 1100
#define BY_PORT 16		/* rules in a group from which on they are found by port */
#define PROGRAMS_MAX 4096	/* programs whose verdicts are remembered */
#define LEAVES 65536u

struct by_port {
	uint32_t node, rule;
};

struct group {
	uint32_t *v;
	size_t n;
	struct by_port *ports;	/* sorted; NULL: look at all of v */
	size_t nports;
};

struct match_index {
	const struct pol_conn *conns;	/* NULL: an index of name patterns */
	char *const *patterns;
	struct tb_map *groups;
	struct group **all;		/* for freeing */
	size_t nall;
	uint8_t len4[33], len6[129];	/* prefix lengths in use, packed */
	size_t nlen4, nlen6;
	struct tb_map *pattern_ids;	/* process glob to its number + 1 */
	uint32_t *process;		/* by rule: number of its process glob + 1, 0: any
					 * process */
	const char **globs;
	size_t nglobs;
	struct tb_map *programs;	/* program to its verdicts: one byte for each glob */
	uint8_t **verdicts;
	size_t nverdicts;
	struct tb_buf key;
};

static bool is_wild(const char *s, size_t len)
{
	return memchr(s, '*', len) != NULL;
}

/* fixed_suffix() - what stands right of the last label with a wildcard */
static const char *fixed_suffix(const char *glob)
{
	const char *p = glob, *suffix = glob, *end;

	for (; *p; p = *end ? end + 1 : end) {
		end = strchrnul(p, '.');
		if (is_wild(p, (size_t)(end - p)))
			suffix = *end ? end + 1 : end;
	}
	return suffix;
}

/* net_key() - the first @prefix bits of an address */
static size_t net_key(char key[20], const struct ev_addr *a, unsigned int prefix)
{
	size_t bytes = (prefix + 7) / 8;

	key[0] = a->family == AF_INET ? '4' : '6';
	key[1] = (char)prefix;
	memcpy(key + 2, a->ip, bytes);
	if (prefix % 8)
		key[1 + bytes] = (char)((uint8_t)key[1 + bytes] & (0xff00u >> (prefix % 8)));
	return 2 + bytes;
}

static struct group *group_at(struct match_index *m, const char *key, size_t len)
{
	struct group *g = tb_map_get(m->groups, key, len);
	struct group **all;

	if (g)
		return g;
	all = tb_grow(m->all, m->nall, 1, sizeof(*all));
	if (!all)
		return NULL;
	m->all = all;
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	if (tb_map_put(m->groups, key, len, g)) {
		free(g);
		return NULL;
	}
	m->all[m->nall++] = g;
	return g;
}

static int group_add(struct match_index *m, const char *key, size_t len, size_t rule)
{
	struct group *g = group_at(m, key, len);
	uint32_t *v;

	if (!g)
		return -ENOMEM;
	if (g->n && g->v[g->n - 1] == rule)
		return 0;
	v = tb_grow(g->v, g->n, 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	g->v = v;
	g->v[g->n++] = (uint32_t)rule;
	return 0;
}

static int add_name(struct match_index *m, const char *name, size_t rule)
{
	bool wild = is_wild(name, strlen(name));
	const char *rest = wild ? fixed_suffix(name) : name;

	tb_buf_reset(&m->key);
	tb_buf_addc(&m->key, wild ? 's' : 'n');
	tb_buf_adds(&m->key, rest);
	return m->key.failed ? -ENOMEM : group_add(m, m->key.data, m->key.len, rule);
}

static void note_length(uint8_t *lens, size_t *n, unsigned int prefix)
{
	if (!memchr(lens, (int)prefix, *n))
		lens[(*n)++] = (uint8_t)prefix;
}

static int add_dest(struct match_index *m, const struct pol_dest *d, size_t rule)
{
	char key[20];

	if (d->kind != POL_DEST_NET)
		return add_name(m, d->name, rule);
	if (d->prefix > (d->net.family == AF_INET ? 32u : 128u))
		return 0;	/* matches nothing */
	if (d->net.family == AF_INET)
		note_length(m->len4, &m->nlen4, d->prefix);
	else
		note_length(m->len6, &m->nlen6, d->prefix);
	return group_add(m, key, net_key(key, &d->net, d->prefix), rule);
}

static int ports_add(struct group *g, uint32_t node, uint32_t rule)
{
	struct by_port *v = tb_grow(g->ports, g->nports, 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	g->ports = v;
	g->ports[g->nports++] = (struct by_port){ node, rule };
	return 0;
}

/* ports_split() - the nodes that together cover a range; node 1 is the root, leaves start at
 * LEAVES */
static int ports_split(struct group *g, const struct pol_range *r, uint32_t rule)
{
	uint32_t lo = r->lo + LEAVES, hi = r->hi + LEAVES + 1;
	int ret = 0;

	for (; lo < hi && !ret; lo /= 2, hi /= 2) {
		if (lo & 1)
			ret = ports_add(g, lo++, rule);
		if (!ret && (hi & 1))
			ret = ports_add(g, --hi, rule);
	}
	return ret;
}

static int by_node(const void *pa, const void *pb)
{
	const struct by_port *a = pa, *b = pb;

	if (a->node != b->node)
		return a->node < b->node ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

static int group_by_port(const struct match_index *m, struct group *g)
{
	int ret = 0;

	if (!m->conns || g->n < BY_PORT)
		return 0;
	for (size_t i = 0; i < g->n && !ret; i++) {
		const struct pol_conn *rule = &m->conns[g->v[i]];

		if (!rule->nports)
			ret = ports_add(g, 1, g->v[i]);
		for (size_t j = 0; j < rule->nports && !ret; j++)
			ret = ports_split(g, &rule->ports[j], g->v[i]);
	}
	if (!ret && g->ports)
		qsort(g->ports, g->nports, sizeof(*g->ports), by_node);
	return ret;
}

/* number_glob() - the same glob in many rules is matched once */
static int number_glob(struct match_index *m, const char *glob, size_t rule)
{
	void *known = tb_map_get(m->pattern_ids, glob, strlen(glob));

	if (!known) {
		m->globs[m->nglobs++] = glob;
		known = (void *)(uintptr_t)m->nglobs;
		if (tb_map_put(m->pattern_ids, glob, strlen(glob), known))
			return -ENOMEM;
	}
	m->process[rule] = (uint32_t)(uintptr_t)known;
	return 0;
}

static struct match_index *index_new(void)
{
	struct match_index *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->groups = tb_map_new(SIZE_MAX / 2);
	m->pattern_ids = tb_map_new(SIZE_MAX / 2);
	m->programs = tb_map_new(PROGRAMS_MAX);
	m->verdicts = calloc(PROGRAMS_MAX, sizeof(*m->verdicts));
	if (m->groups && m->pattern_ids && m->programs && m->verdicts)
		return m;
	match_index_free(m);
	return NULL;
}

struct match_index *match_index_conns(const struct pol *p)
{
	struct match_index *m = index_new();
	int ret = 0;

	if (!m)
		return NULL;
	m->conns = p->conns;
	m->process = calloc(p->nconns + 1, sizeof(*m->process));
	m->globs = calloc(p->nconns + 1, sizeof(*m->globs));
	if (!m->process || !m->globs)
		ret = -ENOMEM;
	for (size_t i = 0; i < p->nconns && !ret; i++) {
		const struct pol_conn *rule = &p->conns[i];

		if (rule->process)
			ret = number_glob(m, rule->process, i);
		if (!rule->nto && !ret)
			ret = group_add(m, "*", 1, i);
		for (size_t j = 0; j < rule->nto && !ret; j++)
			ret = add_dest(m, &rule->to[j], i);
	}
	for (size_t i = 0; i < m->nall && !ret; i++)
		ret = group_by_port(m, m->all[i]);
	if (!ret)
		return m;
	match_index_free(m);
	return NULL;
}

struct match_index *match_index_names(const struct pol *p)
{
	struct match_index *m = index_new();
	int ret = 0;

	if (!m)
		return NULL;
	m->patterns = p->names;
	for (size_t i = 0; i < p->nnames && !ret; i++)
		ret = add_name(m, p->names[i], i);
	if (!ret)
		return m;
	match_index_free(m);
	return NULL;
}

void match_index_free(struct match_index *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nall; i++) {
		free(m->all[i]->v);
		free(m->all[i]->ports);
		free(m->all[i]);
	}
	for (size_t i = 0; i < m->nverdicts; i++)
		free(m->verdicts[i]);
	free(m->all);
	free(m->verdicts);
	free(m->process);
	free(m->globs);
	tb_map_free(m->groups);
	tb_map_free(m->pattern_ids);
	tb_map_free(m->programs);
	tb_buf_free(&m->key);
	free(m);
}

/* program_verdicts() - which process globs match this program; NULL: ask match_process() */
static const uint8_t *program_verdicts(struct match_index *m, const char *exe)
{
	uint8_t *v = tb_map_get(m->programs, exe, strlen(exe));

	if (v || m->nverdicts == PROGRAMS_MAX)
		return v;
	v = malloc(m->nglobs + 1);
	if (!v)
		return NULL;
	for (size_t i = 0; i < m->nglobs; i++)
		v[i] = pol_program_glob(m->globs[i], exe);
	if (tb_map_put(m->programs, exe, strlen(exe), v)) {
		free(v);
		return NULL;
	}
	m->verdicts[m->nverdicts++] = v;
	return v;
}

struct search {
	struct match_index *m;
	const struct match_flow *f;
	const uint8_t *verdicts[1 + MATCH_ALIASES];	/* of the program by each of its paths */
	struct match *best;
};

static bool other_process(const struct search *s, size_t rule)
{
	uint32_t glob = s->m->process[rule];

	if (!glob || !s->f->exe)
		return glob;
	for (size_t i = 0; i <= MATCH_ALIASES && (!i || s->f->aliases[i - 1]); i++)
		if (!s->verdicts[i] || s->verdicts[i][glob - 1])
			return false;
	return true;
}

/* counts_before() - of two rules that agree. @conns: NULL: patterns of names, the first counts */
static bool counts_before(const struct pol_conn *conns, size_t a, size_t b)
{
	if (conns && conns[a].rank != conns[b].rank)
		return conns[a].rank < conns[b].rank;
	return a < b;
}

static void ask_rule(struct search *s, size_t rule)
{
	const struct pol_conn *conns = s->m->conns;
	struct match_parts parts;
	enum match_level level;

	if (s->best->level == MATCH_FULL && !counts_before(conns, rule, s->best->rule))
		return;
	if (other_process(s, rule))
		return;
	match_rule(&conns[rule], s->f, &parts);
	level = match_level(&parts);
	if (level > s->best->level || (level == s->best->level && level != MATCH_NONE &&
				       counts_before(conns, rule, s->best->rule)))
		*s->best = (struct match){ level, rule, parts.by_address };
}

static size_t first_of_node(const struct group *g, uint32_t node)
{
	size_t lo = 0, hi = g->nports;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (g->ports[mid].node < node)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void ask_group(struct search *s, const char *key, size_t len)
{
	const struct group *g = tb_map_get(s->m->groups, key, len);
	uint32_t node = (s->f->remote ? s->f->remote->port : 0) + LEAVES;

	if (!g)
		return;
	if (!g->ports) {
		for (size_t i = 0; i < g->n; i++)
			ask_rule(s, g->v[i]);
		return;
	}
	for (; node; node /= 2)
		for (size_t i = first_of_node(g, node); i < g->nports && g->ports[i].node == node;
		     i++)
			ask_rule(s, g->ports[i].rule);
}

/*
 * name_keys() - the keys under which rules for a name stand: 'n' name, 's' and each parent domain
 * of it
 * @i:	0 first, then one more each time
 *
 * Return: length of the key; 0: no more
 */
static size_t name_key(const char *name, size_t len, size_t i, const char **at, char key[KEY_MAX])
{
	if (len + 1 >= KEY_MAX)
		return 0;	/* longer than any name can be */
	if (i == 0) {
		*at = name;
		key[0] = 'n';
		memcpy(key + 1, name, len);
		return len + 1;
	}
	if (!*at)
		return 0;
	*at = strchr(*at, '.');
	key[0] = 's';
	if (!*at)
		return 1;	/* the empty suffix, for "*" */
	(*at)++;
	memcpy(key + 1, *at, len - (size_t)(*at - name));
	return 1 + len - (size_t)(*at - name);
}

static void ask_name(struct search *s, const char *name)
{
	char key[KEY_MAX];
	const char *at = NULL;
	size_t len = strlen(name), n;

	for (size_t i = 0; (n = name_key(name, len, i, &at, key)) > 0; i++)
		ask_group(s, key, n);
}

bool match_find(struct match_index *m, const struct match_flow *f, struct match *out)
{
	struct search s = { .m = m, .f = f, .best = out };
	char key[20];

	*out = (struct match){ MATCH_NONE, 0, false };
	if (f->exe)
		s.verdicts[0] = program_verdicts(m, f->exe);
	for (size_t i = 0; f->exe && i < MATCH_ALIASES && f->aliases[i]; i++)
		s.verdicts[i + 1] = program_verdicts(m, f->aliases[i]);
	ask_group(&s, "*", 1);
	for (size_t i = 0; i < f->nnames; i++)
		ask_name(&s, f->names[i]);
	if (f->remote && f->remote->family == AF_INET)
		for (size_t i = 0; i < m->nlen4; i++)
			ask_group(&s, key, net_key(key, f->remote, m->len4[i]));
	if (f->remote && f->remote->family == AF_INET6)
		for (size_t i = 0; i < m->nlen6; i++)
			ask_group(&s, key, net_key(key, f->remote, m->len6[i]));
	return out->level != MATCH_NONE;
}

/* covers() - is the name one of the destinations of a rule, or does it match the pattern? */
static bool covers(const struct match_index *m, size_t i, const char *name)
{
	if (!m->conns)
		return pol_name_glob(m->patterns[i], name);
	for (size_t j = 0; j < m->conns[i].nto; j++)
		if (m->conns[i].to[j].kind != POL_DEST_NET &&
		    pol_name_glob(m->conns[i].to[j].name, name))
			return true;
	return false;
}

long match_find_name(const struct match_index *m, const char *name)
{
	char key[KEY_MAX];
	const char *at = NULL;
	size_t len = strlen(name), n;
	const struct group *g;
	long best = -1;

	for (size_t i = 0; (n = name_key(name, len, i, &at, key)) > 0; i++) {
		g = tb_map_get(m->groups, key, n);
		for (size_t j = 0; g && j < g->n; j++)
			if ((best < 0 || counts_before(m->conns, g->v[j], (size_t)best)) &&
			    covers(m, g->v[j], name))
				best = (long)g->v[j];
	}
	return best;
}
