/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cyclonedx.c - bills of materials of CycloneDX: the services that a product uses
 *
 * Read are versions 1.2 to 1.7, in JSON, and 2.0 as far as its drafts are public: there a service
 * can be the target of a behaviour that was declared, observed, or both. What was only observed is
 * no declaration, and becomes no rule.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/exchange/endpoint.h"
#include "policy/exchange/source.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define REFS_MAX (1u << 16)
#define ENDPOINTS_MAX 4096u		/* of one service: each is compared with those before it */

enum { DECLARED = 1, OBSERVED = 2 };

struct cdx {
	struct source src;
	struct tb_map *refs;		/* targets of behaviours, to DECLARED | OBSERVED + 4 */
	size_t services;		/* that have been read */
};

static const char *text_of(const struct jsonc_val *object, const char *key)
{
	const char *text = object ? jsonc_text(object, key) : NULL;

	return text && *text ? text : NULL;
}

/* product() - what the bill is of */
static int product(struct cdx *c, const struct jsonc_val *root)
{
	struct draft *d = c->src.d;
	const struct jsonc_val *meta, *component, *supplier;

	if (src_member(&c->src, root, "metadata", JSONC_OBJECT, &meta) < 0)
		return -EINVAL;
	if (!meta)
		return 0;
	if (src_member(&c->src, meta, "component", JSONC_OBJECT, &component) < 0)
		return -EINVAL;
	if (!component)
		return 0;
	supplier = jsonc_member(component, "supplier");
	d->product = draft_keep(d, text_of(component, "name"));
	d->version = draft_keep(d, text_of(component, "version"));
	d->vendor = draft_keep(d, supplier ? text_of(supplier, "name") : NULL);
	if (!d->vendor)
		d->vendor = draft_keep(d, text_of(component, "publisher"));
	return 0;
}

/* why() - the words about a service */
static const char *why(struct cdx *c, const struct jsonc_val *v)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	const struct jsonc_val *provider = jsonc_member(v, "provider");
	const struct jsonc_val *login = jsonc_member(v, "authenticated");
	const struct jsonc_val *crosses = jsonc_member(v, "x-trust-boundary");
	const char *by = provider ? text_of(provider, "name") : NULL;
	const char *about = text_of(v, "description");
	struct draft *d = c->src.d;

	if (about)
		tb_buf_adds(&out, about);
	if (by)
		tb_buf_addf(&out, "%sprovided by %s", out.len ? "; " : "", by);
	if (login && login->type == JSONC_BOOL)
		tb_buf_addf(&out, "%s%s", out.len ? "; " : "",
			    login->truth ? "with authentication" : "without authentication");
	if (crosses && crosses->type == JSONC_BOOL)
		tb_buf_addf(&out, "%s%s a trust boundary", out.len ? "; " : "",
			    crosses->truth ? "crosses" : "does not cross");
	d->no_memory |= out.failed;
	return out.len && !out.failed ? draft_keep(d, out.data) : NULL;
}

/* data_words() - kinds of data, with their direction as the service sees it */
static int data_words(struct cdx *c, const struct jsonc_val *list, struct draft_rule *r)
{
	struct source *s = &c->src;
	const struct jsonc_val *flow, *class;

	for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next) {
		if (e->type != JSONC_OBJECT)
			return src_bad(s, e->pos, "an element of \"data\" has to be an object");
		if (src_member(s, e, "flow", JSONC_STRING, &flow) < 0 ||
		    src_member(s, e, "classification", JSONC_STRING, &class) < 0)
			return -EINVAL;
		if (!class)
			continue;
		if (!flow || !strcmp(flow->text, "unknown"))
			draft_words_add(s->d, &r->data, class->text);
		else
			draft_words_add(s->d, &r->data, draft_keepf(s->d, "%s (%s)", class->text,
								    flow->text));
	}
	return 0;
}

/* lost_data() - what else is said of the data */
static void lost_data(struct cdx *c, const struct jsonc_val *list)
{
	static const char *const keys[] = { "name", "description", "governance", "source",
					    "destination" };

	for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next) {
		struct name_list words = { .n = 0 };
		struct draft_at at = src_at(&c->src, e->pos, "data");

		for (size_t i = 0; i < TB_ARRAY_SIZE(keys); i++)
			if (e->type == JSONC_OBJECT && jsonc_member(e, keys[i]))
				name_list_add(&words, keys[i]);
		if (words.n)
			draft_item(c->src.d, EXCH_LOST, &at, "a policy has kinds of data only: %s",
				   name_list_end(&words, c->src.d));
	}
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* rule_for() - the rule of this service that differs in its hosts only, or a new one */
static struct draft_rule *rule_for(struct cdx *c, size_t first, const struct endpoint *e,
				   const struct draft_at *at, bool made[static 1])
{
	struct draft *d = c->src.d;
	struct draft_rule *r;

	*made = false;
	for (size_t i = first; i < d->nrules; i++) {
		uint16_t port = d->rules[i].ports.n ? d->rules[i].ports.v[0].lo : 0;

		r = &d->rules[i];
		if (port == e->port && same_text(r->protocol, e->protocol) &&
		    same_text(r->application, e->application))
			return r;
	}
	r = draft_rule(d, at);
	if (!r)
		return NULL;
	*made = true;
	r->protocol = e->protocol;
	r->application = e->application;
	if (e->port)
		draft_ports_add(d, &r->ports, e->port, e->port);
	return r;
}

/* one_endpoint() - a URI of a service. Return: 0, -EINVAL */
static int one_endpoint(struct cdx *c, const struct jsonc_val *service, size_t first,
			const struct jsonc_val *uri, const struct jsonc_val *data)
{
	struct draft_at at = src_at(&c->src, uri->pos, "endpoints");
	struct draft *d = c->src.d;
	struct draft_rule *r;
	struct endpoint e;
	const char *net;
	bool made;

	if (!endpoint_read(uri->text, &e)) {
		draft_item(d, EXCH_LOST, &at, "\"%.256s\" names no host", uri->text);
		return 0;
	}
	if (!e.protocol)
		draft_item(d, EXCH_WIDER, &at, "\"%.256s\": the scheme is not known: any "
			   "protocol%s", uri->text, e.port ? "" : ", any port");
	if (!strcmp(e.host, "*"))
		draft_item(d, EXCH_WIDER, &at, "\"%.256s\": in a policy \"*\" is any destination",
			   uri->text);
	if (e.more)
		draft_item(d, EXCH_WIDER, &at, "\"%.256s\": only the host and the port are "
			   "carried over; requests can be declared with \"http\"", uri->text);
	r = rule_for(c, first, &e, &at, &made);
	if (!r)
		return 0;
	net = src_network(d, e.host);
	draft_words_add(d, &r->to, net ? net : e.host);
	if (!made)
		return 0;
	r->id = draft_keep(d, text_of(service, "name") ? text_of(service, "name") : "service");
	r->why = why(c, service);
	return data_words(c, data, r);
}

/* seen_only() - was the service observed, and not declared? */
static bool seen_only(struct cdx *c, const struct jsonc_val *service)
{
	const char *ref = text_of(service, "bom-ref");
	size_t said = ref ? (size_t)tb_map_get(c->refs, ref, strlen(ref)) : 0;

	return said && (said & OBSERVED) && !(said & DECLARED);
}

static const char *const service_keys[] = {
	"bom-ref", "provider", "group", "name", "version", "description", "endpoints",
	"authenticated", "x-trust-boundary", "trustZone", "data", "licenses", "patentAssertions",
	"externalReferences", "services", "releaseNotes", "properties", "tags", "signature",
	"signatures", NULL,
};

static int services(struct cdx *c, const struct jsonc_val *list);

static int one_service(struct cdx *c, const struct jsonc_val *v)
{
	struct source *s = &c->src;
	const struct jsonc_val *uris, *data, *inner;
	struct draft_at at = src_at(s, v->pos, NULL);
	size_t first = s->d->nrules, n = 0;

	if (v->type != JSONC_OBJECT)
		return src_bad(s, v->pos, "a service has to be an object");
	src_unknown(s, v, service_keys);
	if (src_strings(s, v, "endpoints", &uris) < 0 ||
	    src_member(s, v, "data", JSONC_ARRAY, &data) < 0 ||
	    src_member(s, v, "services", JSONC_ARRAY, &inner) < 0)
		return -EINVAL;
	lost_data(c, data);
	if (seen_only(c, v))
		draft_item(s->d, EXCH_LOST, &at, "%.128s was observed and not declared: no rule",
			   text_of(v, "name") ? text_of(v, "name") : "it");
	else if (!uris || !uris->first)
		draft_item(s->d, EXCH_LOST, &at, "%.128s has no endpoints",
			   text_of(v, "name") ? text_of(v, "name") : "it");
	else
		for (const struct jsonc_val *e = uris->first; e && n < ENDPOINTS_MAX;
		     e = e->next, n++)
			if (one_endpoint(c, v, first, e, data) < 0)
				return -EINVAL;
	if (n == ENDPOINTS_MAX && uris->count > n)
		draft_item(s->d, EXCH_LOST, &at, "more than %u endpoints: %zu are not read",
			   ENDPOINTS_MAX, uris->count - n);
	return services(c, inner);
}

/* services() - a list of them; those that stand in one another are as deep as JSON may nest */
static int services(struct cdx *c, const struct jsonc_val *list)
{
	char where[sizeof(c->src.where)];
	size_t i = 0;
	int ret = 0;

	memcpy(where, c->src.where, sizeof(where));
	for (const struct jsonc_val *e = list ? list->first : NULL; e && !ret; e = e->next, i++) {
		(void)snprintf(c->src.where, sizeof(c->src.where), "%.90s%sservices[%zu]", where,
			       *where ? "." : "", i);
		ret = one_service(c, e);
	}
	memcpy(c->src.where, where, sizeof(where));
	return ret;
}

/* said_of() - how a behaviour is known; without a word it is declared */
static size_t said_of(const struct jsonc_val *list)
{
	size_t said = 0;

	for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next)
		said |= !strcmp(e->text, "observed") ? OBSERVED : DECLARED;
	return said ? said : DECLARED;
}

static int one_behaviour(struct cdx *c, const struct jsonc_val *v)
{
	struct source *s = &c->src;
	const struct jsonc_val *ack, *targets;
	struct draft_at at = src_at(s, v->pos, "behaviors.instances");
	const char *word;
	size_t said;

	if (v->type != JSONC_OBJECT)
		return src_bad(s, v->pos, "a behaviour has to be an object");
	if (src_strings(s, v, "acknowledgment", &ack) < 0 ||
	    src_strings(s, v, "targets", &targets) < 0)
		return -EINVAL;
	word = text_of(v, "behavior");
	said = said_of(ack);
	for (const struct jsonc_val *e = targets ? targets->first : NULL; e; e = e->next) {
		size_t before = (size_t)tb_map_get(c->refs, e->text, strlen(e->text));
		int ret = tb_map_put(c->refs, e->text, strlen(e->text),
				     (void *)(before | said | 4));

		if (ret == -ENOSPC)
			return src_bad(s, e->pos, "more than %u targets of behaviours", REFS_MAX);
		s->d->no_memory = s->d->no_memory || ret;
	}
	draft_item(s->d, EXCH_LOST, &at, "\"%.128s\" (%s): a policy has no such words; the "
		   "services that it is aimed at are read", word ? word : "",
		   said == OBSERVED ? "observed" : "declared");
	return 0;
}

static int behaviours(struct cdx *c, const struct jsonc_val *root)
{
	const struct jsonc_val *of, *list, *graphs;
	struct draft_at at;

	if (src_member(&c->src, root, "behaviors", JSONC_OBJECT, &of) < 0)
		return -EINVAL;
	if (!of)
		return 0;
	if (src_member(&c->src, of, "instances", JSONC_ARRAY, &list) < 0 ||
	    src_member(&c->src, of, "graphs", JSONC_ARRAY, &graphs) < 0)
		return -EINVAL;
	for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next)
		if (one_behaviour(c, e) < 0)
			return -EINVAL;
	if (!graphs || !graphs->first)
		return 0;
	at = src_at(&c->src, graphs->key_pos, "behaviors.graphs");
	draft_item(c->src.d, EXCH_LOST, &at, "the order of behaviours: a policy has no word for "
		   "it");
	return 0;
}

/* rest() - the other parts of a bill, which say nothing of behaviour */
static void rest(struct cdx *c, const struct jsonc_val *root)
{
	static const char *const read[] = { "$schema", "bomFormat", "specFormat", "specVersion",
					    "serialNumber", "version", "metadata", "services",
					    "behaviors", NULL };
	struct name_list words = { .n = 0 };

	for (const struct jsonc_val *v = root->first; v; v = v->next) {
		const char *const *k = read;

		while (*k && strcmp(*k, v->key) != 0)
			k++;
		if (!*k)
			name_list_add(&words, v->key);
	}
	if (words.n)
		draft_item(c->src.d, EXCH_NOTE, NULL, "not read, because it says nothing of what a "
			   "policy declares: %s", name_list_end(&words, c->src.d));
}

static int read_root(struct cdx *c, const struct jsonc_val *root)
{
	const char *format = jsonc_text(root, "bomFormat");
	const struct jsonc_val *list;

	if (!format)
		format = jsonc_text(root, "specFormat");
	if (!format || strcmp(format, "CycloneDX") != 0)
		return src_bad(&c->src, root->pos, "this is no bill of CycloneDX: it has no "
			       "\"bomFormat\"");
	if (src_member(&c->src, root, "services", JSONC_ARRAY, &list) < 0 ||
	    product(c, root) < 0 || behaviours(c, root) < 0)
		return -EINVAL;
	rest(c, root);
	draft_head(c->src.d, "CycloneDX says which services the product uses, and nothing of "
		   "programs, files and system calls: what it does of these is reported as "
		   "tcbox-policy(5) says.");
	return services(c, list);
}

int cyclonedx_read(struct draft *d, const char *text, size_t len, struct tb_err *err)
{
	struct cdx c = { .src = { .d = d, .err = err }, .refs = tb_map_new(REFS_MAX) };
	struct jsonc *doc = NULL;
	int ret;

	if (!c.refs)
		return tb_err_set(err, ENOMEM, "%s", d->path);
	ret = src_json(&c.src, text, len, &doc);
	if (!ret)
		ret = read_root(&c, jsonc_root(doc));
	jsonc_free(doc);
	tb_map_free(c.refs);
	return ret;
}
