/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patterns.c - what many acts together look like: tunnels in lookups and in echo messages, calls at
 * regular intervals, names that nobody chose
 *
 * How it works: names are sorted by program and by the domain below which they stand, and each run
 * of one program and domain is looked at; of destinations each by itself. The numbers below are in
 * tcbox-report(5): they were chosen so that no program of the tests is called such, and iodine(8),
 * dns2tcp, ptunnel and a program that calls every second are.
 *
 * Limits: a pattern is a likeness. Who stays below the numbers is not found, and an honest program
 * may call regularly.
 */
#include "facts/make.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/clock.h"
#include "tcbox/own.h"

#define TUNNEL_NAMES 32		/* below one domain, */
#define TUNNEL_CHARS 20		/* with so many characters before it, on average */
#define ECHO_PACKETS 8
#define ECHO_BYTES 128		/* a packet, on average; ping(8) has 64 */
#define BEACON_CALLS 6
#define BEACON_MIN_NS TB_NS_PER_S
#define GENERATED_NAMES 4	/* of different domains */
#define GENERATED_CHARS 8	/* of the label */
#define GENERATED_CONSONANTS 5	/* in a row */
#define SWITCHES 3		/* between letters and digits: "a1b2" has three */

/* A name that a program looked up, and where its domain begins. */
struct below {
	const struct fact_name *name;
	const char *domain;
};

struct patterns {
	struct make *m;
	struct fact_pattern *v;
	size_t n;
};

const char *fact_pattern_name(enum fact_pattern_kind kind)
{
	static const char *const names[] = {
		[FACT_LOOKUP_TUNNEL] = "lookup-tunnel", [FACT_ECHO_TUNNEL] = "echo-tunnel",
		[FACT_BEACON] = "beacon", [FACT_GENERATED] = "generated-names",
	};

	return names[kind];
}

static void add(struct patterns *p, const struct fact_pattern *found)
{
	if (p->n < FACTS_PATTERNS_MAX)
		p->v[p->n++] = *found;
	else
		p->m->facts->more_patterns++;
}

static size_t label_before(const char *name, size_t at)
{
	while (at && name[at - 1] != '.')
		at--;
	return at;
}

/*
 * domain_of() - the last two labels, or three where the second says nothing, as in "example.co.uk".
 * A registry's real list is longer; that only groups more names
 */
static const char *domain_of(const char *name)
{
	size_t len = strlen(name), last = label_before(name, len);
	size_t second = last ? label_before(name, last - 1) : 0;

	if (last && len - last == 2 && last - 1 - second <= 3 && second)
		second = label_before(name, second - 1);
	return name + second;
}

static int by_domain(const void *pa, const void *pb)
{
	const struct below *a = pa, *b = pb;
	int order = make_words(a->name->owner.program, b->name->owner.program);

	if (!order)
		order = strcmp(a->domain, b->domain);
	return order ? order : strcmp(a->name->name, b->name->name);
}

/* tunnel() - many different long names below one domain, of which few were contacted: they carry
 * data to who serves the domain, and the answers back */
static void tunnel(struct patterns *p, const struct below *v, size_t n)
{
	uint64_t chars = 0, contacted = 0;

	if (n < TUNNEL_NAMES)
		return;
	for (size_t i = 0; i < n; i++) {
		chars += (uint64_t)(v[i].domain - v[i].name->name);
		contacted += v[i].name->contacted;
	}
	if (chars / n < TUNNEL_CHARS || contacted * 4 > n)
		return;
	add(p, &(struct fact_pattern){
		.kind = FACT_LOOKUP_TUNNEL, .what = v[0].domain, .count = n, .size = chars / n,
		.program = v[0].name->owner.program });
}

static bool is_vowel(char c)
{
	return strchr("aeiouy", tolower((unsigned char)c)) != NULL;
}

/* is_random() - a label that nobody would choose: five consonants in a row, or letters and digits
 * in turn */
static bool is_random(const char *s, size_t len)
{
	size_t row = 0, longest = 0, switches = 0, letters = 0;

	for (size_t i = 0; i < len; i++) {
		bool letter = isalpha((unsigned char)s[i]);

		row = letter && !is_vowel(s[i]) ? row + 1 : 0;
		longest = row > longest ? row : longest;
		letters += letter;
		if (i && s[i] != '-' && s[i - 1] != '-')
			switches += letter != (isalpha((unsigned char)s[i - 1]) != 0);
	}
	if (len < GENERATED_CHARS || letters < 3)
		return false;
	return longest >= GENERATED_CONSONANTS || switches >= SWITCHES;
}

static bool is_generated(const struct below *b)
{
	size_t len = strcspn(b->domain, ".");

	return b->domain[len] == '.' && strncmp(b->domain, "xn--", 4) != 0 &&
	       is_random(b->domain, len);
}

/* generated() - of all names of one program: those of different domains that look so */
static void generated(struct patterns *p, const struct below *v, size_t n)
{
	const char *first = NULL, *last = "";
	uint64_t found = 0;

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(v[i].domain, last))
			continue;
		last = v[i].domain;
		if (!is_generated(&v[i]))
			continue;
		if (!found++)
			first = v[i].name->name;
	}
	if (found >= GENERATED_NAMES)
		add(p, &(struct fact_pattern){
			.kind = FACT_GENERATED, .what = first, .count = found,
			.program = v[0].name->owner.program });
}

/* same() - how many from the first on have its program, and with @domain its domain */
static size_t same(const struct below *v, size_t n, bool domain)
{
	size_t i = 1;

	while (i < n && !make_words(v[i].name->owner.program, v[0].name->owner.program) &&
	       (!domain || !strcmp(v[i].domain, v[0].domain)))
		i++;
	return i;
}

static void names(struct patterns *p)
{
	const struct facts *f = p->m->facts;
	TB_AUTOFREE struct below *v = calloc(f->nnames + 1, sizeof(*v));

	if (!v) {
		p->m->failed = true;
		return;
	}
	for (size_t i = 0; i < f->nnames; i++)
		v[i] = (struct below){ &f->names[i], domain_of(f->names[i].name) };
	qsort(v, f->nnames, sizeof(*v), by_domain);
	for (size_t i = 0, n; i < f->nnames; i += n) {
		n = same(v + i, f->nnames - i, true);
		tunnel(p, v + i, n);
	}
	for (size_t i = 0, n; i < f->nnames; i += n) {
		n = same(v + i, f->nnames - i, false);
		generated(p, v + i, n);
	}
}

static void echo(struct patterns *p, const struct fact_dest *d, size_t at)
{
	uint64_t mean = d->pkts ? (d->bytes_out + d->bytes_in) / d->pkts : 0;

	if (strncmp(d->proto, "icmp", 4) != 0 || d->group)
		return;
	if (d->pkts >= ECHO_PACKETS && mean >= ECHO_BYTES)
		add(p, &(struct fact_pattern){
			.kind = FACT_ECHO_TUNNEL, .dest = at, .count = d->pkts, .size = mean,
			.program = d->owner.program });
}

static int by_size(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/* beacon() - conversations that begin at regular intervals: four of five intervals are within a
 * fifth of the middle one */
static void beacon(struct patterns *p, const struct fact_dest *d, size_t at)
{
	size_t n = d->count ? (size_t)d->count - 1 : 0, regular = 0;
	TB_AUTOFREE int64_t *v = NULL;
	int64_t middle;

	if (d->inbound || d->group || d->count < BEACON_CALLS)
		return;
	v = calloc(n, sizeof(*v));
	if (!v) {
		p->m->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (__builtin_sub_overflow(p->m->ev->flows[d->flows[i + 1]]->first,
					   p->m->ev->flows[d->flows[i]]->first, &v[i]))
			return;
	qsort(v, n, sizeof(*v), by_size);
	middle = v[n / 2];
	for (size_t i = 0; i < n; i++)
		regular += v[i] >= middle - middle / 5 && v[i] - middle <= middle / 5;
	if (middle >= BEACON_MIN_NS && regular * 5 >= n * 4)
		add(p, &(struct fact_pattern){
			.kind = FACT_BEACON, .dest = at, .count = d->count, .interval = middle,
			.regular = regular, .program = d->owner.program });
}

void make_patterns(struct make *m)
{
	struct patterns p = { .m = m };

	p.v = make_array(m, FACTS_PATTERNS_MAX, sizeof(*p.v));
	if (!p.v)
		return;
	names(&p);
	for (size_t i = 0; i < m->facts->ndests && !m->failed; i++) {
		echo(&p, &m->facts->dests[i], i);
		beacon(&p, &m->facts->dests[i], i);
	}
	m->facts->patterns = p.v;
	m->facts->npatterns = p.n;
}
