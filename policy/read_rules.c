/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_rules.c - the keys of rules of connections and of listens, as tables, and what they have to
 * say together
 */
#include "policy/read.h"

#include <string.h>

#include "tcbox/own.h"

#define RATES_MAX 16
#define RULE_ID .required = "the report names rules by it"
#define ANY_PHASE .not_empty = "for any phase, leave the key out"
#define ANY_PORT .not_empty = "for any port, leave the key out"

static const struct pol_key tls_keys[] = {
	{ POL_VALUE("min_version", pol_read_tls_version, struct pol_conn, tls_min),
	  .required = "without it, \"tls\" says nothing" },
	{ POL_END },
};

static const struct pol_key http_keys[] = {
	{ POL_LIST("methods", pol_read_method, struct pol_conn, methods, nmethods),
	  .not_empty = "for any method, leave the key out" },
	{ POL_LIST("paths", pol_read_url_path, struct pol_conn, paths, npaths),
	  .expands = POL_EXPAND_VARIABLES, .not_empty = "for any path, leave the key out" },
	{ POL_LIST("hosts", pol_read_name, struct pol_conn, hosts, nhosts),
	  .expands = POL_EXPAND_VARIABLES, .not_empty = "for any host, leave the key out" },
	{ POL_END },
};

static const struct pol_key each_connection_keys[] = {
	{ POL_VALUE("requests", pol_read_count, struct pol_conn, each_connection.requests) },
	{ POL_VALUE("bytes_out", pol_read_size, struct pol_conn, each_connection.bytes_out) },
	{ POL_VALUE("bytes_in", pol_read_size, struct pol_conn, each_connection.bytes_in) },
	{ POL_END },
};

static const struct pol_key each_destination_keys[] = {
	{ POL_VALUE("connections", pol_read_count, struct pol_conn, each_destination.connections) },
	{ POL_VALUE("requests", pol_read_count, struct pol_conn, each_destination.requests) },
	{ POL_VALUE("bytes_out", pol_read_size, struct pol_conn, each_destination.bytes_out) },
	{ POL_VALUE("bytes_in", pol_read_size, struct pol_conn, each_destination.bytes_in) },
	{ POL_END },
};

static const struct pol_key rate_keys[] = {
	{ POL_VALUE("every", pol_read_span, struct pol_rate, every),
	  .required = "a rate is so many in a time" },
	{ POL_VALUE("connections", pol_read_count, struct pol_rate, connections) },
	{ POL_VALUE("requests", pol_read_count, struct pol_rate, requests) },
	{ POL_END },
};

static void read_rate(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol_rate *rate = field;
	size_t problems = r->problems;

	pol_read_object(r, v, rate_keys, rate);
	if (r->problems == problems && !rate->connections && !rate->requests)
		pol_bad(r, v->pos, "this limits nothing; it has \"connections\" or \"requests\"");
}

static const struct pol_key limits_keys[] = {
	{ POL_VALUE("connections", pol_read_count, struct pol_conn, run.connections) },
	{ POL_VALUE("requests", pol_read_count, struct pol_conn, run.requests) },
	{ POL_VALUE("bytes_out", pol_read_size, struct pol_conn, run.bytes_out) },
	{ POL_VALUE("bytes_in", pol_read_size, struct pol_conn, run.bytes_in) },
	{ POL_OBJECT("each_connection", each_connection_keys) },
	{ POL_OBJECT("each_destination", each_destination_keys) },
	{ POL_LIST("rates", read_rate, struct pol_conn, rates, nrates),
	  .not_empty = "for any rate, leave the key out" },
	{ POL_END },
};

static const struct pol_key conn_keys[] = {
	{ POL_VALUE("id", pol_read_id, struct pol_conn, id), RULE_ID },
	{ POL_VALUE("why", pol_read_text, struct pol_conn, why) },
	{ POL_VALUE("process", pol_read_path, struct pol_conn, process), .declares = true,
	  .expands = POL_EXPAND_VARIABLES },
	{ POL_LIST("to", pol_read_dest, struct pol_conn, to, nto), .declares = true,
	  .expands = POL_EXPAND_VARIABLES | POL_EXPAND_DESTS,
	  .not_empty = "for any destination, leave the key out" },
	{ POL_VALUE("protocol", pol_read_protocol, struct pol_conn, protocol), .declares = true },
	{ POL_LIST("ports", pol_read_range, struct pol_conn, ports, nports), .declares = true,
	  .expands = POL_EXPAND_PORTS, ANY_PORT },
	{ POL_VALUE("application", pol_read_application, struct pol_conn, application),
	  .declares = true },
	{ POL_OBJECT("tls", tls_keys), .declares = true },
	{ POL_OBJECT("http", http_keys), .declares = true },
	{ POL_OBJECT("limits", limits_keys) },
	{ POL_VALUE("required", pol_read_bool, struct pol_conn, required) },
	{ POL_VALUE("until", pol_read_date, struct pol_conn, until) },
	{ POL_LIST("phases", pol_read_phase, struct pol_conn, phases, nphases), ANY_PHASE },
	{ POL_VALUE("severity", pol_read_severity, struct pol_conn, severity) },
	{ POL_LIST("data", pol_read_text, struct pol_conn, data, ndata),
	  .not_empty = "to say nothing of data, leave the key out" },
	{ POL_END },
};

static const struct pol_key listen_keys[] = {
	{ POL_VALUE("id", pol_read_id, struct pol_listen, id), RULE_ID },
	{ POL_VALUE("why", pol_read_text, struct pol_listen, why) },
	{ POL_VALUE("process", pol_read_path, struct pol_listen, process), .declares = true,
	  .expands = POL_EXPAND_VARIABLES },
	{ POL_VALUE("protocol", pol_read_protocol, struct pol_listen, protocol), .declares = true },
	{ POL_LIST("ports", pol_read_range, struct pol_listen, ports, nports), .declares = true,
	  .expands = POL_EXPAND_PORTS, ANY_PORT },
	{ POL_VALUE("required", pol_read_bool, struct pol_listen, required) },
	{ POL_VALUE("until", pol_read_date, struct pol_listen, until) },
	{ POL_LIST("phases", pol_read_phase, struct pol_listen, phases, nphases), ANY_PHASE },
	{ POL_VALUE("severity", pol_read_severity, struct pol_listen, severity) },
	{ POL_VALUE("on", pol_read_on, struct pol_listen, on), .declares = true },
	{ POL_END },
};

/* check_ports() - only these protocols have ports */
static void check_ports(struct pol_reader *r, const struct jsonc_val *v, const char *protocol,
			size_t nports)
{
	static const char *const with_ports[] = { "tcp", "udp", "sctp", "dccp", "udplite" };
	const struct jsonc_val *ports = jsonc_member(v, "ports");
	size_t i;

	if (!nports || !protocol || !ports)
		return;
	for (i = 0; i < TB_ARRAY_SIZE(with_ports); i++)
		if (!strcmp(protocol, with_ports[i]))
			return;
	pol_push(r, "ports", 0);
	pol_bad(r, ports->key_pos, "the protocol \"%s\" has no ports", protocol);
	pol_pop(r);
}

/* check_declares() - a rule that says nothing declares everything: forgotten rather than meant */
static void check_declares(struct pol_reader *r, const struct jsonc_val *v,
			   const struct pol_key *keys)
{
	if (v->type != JSONC_OBJECT)
		return;
	for (; keys->name; keys++)
		if (keys->declares && jsonc_member(v, keys->name))
			return;
	pol_bad(r, v->pos, "this rule would declare everything; say at least who, where to or how");
}

/* check_spans() - two rates of the same time would be one limit, said twice */
static void check_spans(struct pol_reader *r, const struct jsonc_val *limits)
{
	const struct jsonc_val *rates = jsonc_member(limits, "rates");
	size_t n = 0;

	if (!rates || rates->type != JSONC_ARRAY)
		return;
	for (const struct jsonc_val *e = rates->first; e && n < RATES_MAX; e = e->next, n++) {
		const char *every = jsonc_text(e, "every");

		for (const struct jsonc_val *b = rates->first; b != e; b = b->next) {
			const char *before = jsonc_text(b, "every");

			if (!every || !before || strcmp(every, before) != 0)
				continue;
			pol_bad(r, jsonc_member(e, "every")->pos, "there is a rate for \"%.16s\" "
				"already; what may happen in one time is one rate", every);
			break;
		}
	}
}

/* check_limits() - an object that limits nothing, and more rates than anybody compares */
static void check_limits(struct pol_reader *r, const struct jsonc_val *v, const struct pol_conn *c)
{
	static const char *const inner[] = { "each_connection", "each_destination" };
	const struct jsonc_val *limits = jsonc_member(v, "limits"), *m;

	if (!limits || limits->type != JSONC_OBJECT)
		return;
	pol_push(r, "limits", 0);
	for (size_t i = 0; i < TB_ARRAY_SIZE(inner); i++) {
		m = jsonc_member(limits, inner[i]);
		if (!m || m->type != JSONC_OBJECT || m->count)
			continue;
		pol_push(r, inner[i], 0);
		pol_bad(r, m->pos, "an empty object limits nothing; leave the key out");
		pol_pop(r);
	}
	if (c->nrates > RATES_MAX)
		pol_bad(r, limits->pos, "a rule has at most %d rates", RATES_MAX);
	check_spans(r, limits);
	pol_pop(r);
}

/* check_http() - a rule with an "http" that says nothing */
static void check_http(struct pol_reader *r, const struct jsonc_val *v)
{
	const struct jsonc_val *http = jsonc_member(v, "http");

	if (!http || http->type != JSONC_OBJECT || http->count)
		return;
	pol_push(r, "http", 0);
	pol_bad(r, http->pos, "an empty object says nothing; it has \"methods\", \"paths\" or "
		"\"hosts\"");
	pol_pop(r);
}

void pol_read_conn(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol_conn *c = field;

	c->at = pol_at(r, v);
	c->severity = POL_VIOLATION;
	pol_read_object(r, v, conn_keys, c);
	check_ports(r, v, c->protocol, c->nports);
	check_declares(r, v, conn_keys);
	check_http(r, v);
	check_limits(r, v, c);
}

void pol_read_listen(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol_listen *l = field;

	l->at = pol_at(r, v);
	l->severity = POL_VIOLATION;
	pol_read_object(r, v, listen_keys, l);
	check_ports(r, v, l->protocol, l->nports);
	check_declares(r, v, listen_keys);
}
