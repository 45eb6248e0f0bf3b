/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_facts.c - "facts" of report.json: all of them
 */
#include "report/json_facts.h"

#include "report/derive.h"
#include "tcbox/facts.h"

/* The words of "content". */
static const char *const contents[] = {
	[FACT_NO_CONTENT] = "none",
	[FACT_CLEAR] = "clear",
	[FACT_ENCRYPTED] = "encrypted",
	[FACT_UNKNOWN_CONTENT] = "unknown",
};

static void time_at(struct jw *w, const char *key, const struct rpt_input *in, int64_t t)
{
	char s[RPT_TIMELEN];

	jw_str(w, key, rpt_time_format(in->run->started_ns, t, s) ? NULL : s);
}

static void owner(struct jw *w, const struct fact_owner *o)
{
	jw_str(w, "program", o->program);
	jw_uint(w, "proc", o->proc);
	jw_uint(w, "processes", o->processes);
}

static void addresses(struct jw *w, const struct fact_dest *d)
{
	char addr[EV_ADDR_STRLEN];

	jw_array(w, "addresses");
	for (size_t i = 0; i < d->naddrs; i++) {
		ev_addr_format(&d->addrs[i], addr);
		jw_str(w, NULL, addr);
	}
	jw_end(w);
	jw_bool(w, "addresses_left_out", d->addrs_left_out);
}

static void dest(struct jw *w, const struct rpt_input *in, const struct fact_dest *d)
{
	jw_object(w, NULL);
	jw_str(w, "host", d->host);
	addresses(w, d);
	jw_uint(w, "port", d->port);
	jw_str(w, "protocol", d->proto);
	jw_bool(w, "inbound", d->inbound);
	jw_bool(w, "group", d->group);
	jw_str(w, "state", d->state);
	jw_str(w, "application", d->app);
	jw_str(w, "application_detail", d->app_detail);
	jw_str(w, "tls_version", d->tls_version);
	jw_str(w, "server_name", d->sni);
	jw_bool(w, "encrypted_hello", d->ech);
	jw_str(w, "http_host", d->http_host);
	jw_str(w, "content", contents[d->content]);
	jw_str(w, "stands", fnd_stand_name(d->stand));
	jw_str(w, "rule", d->rule);
	owner(w, &d->owner);
	jw_uint(w, "count", d->count);
	time_at(w, "first", in, d->first);
	time_at(w, "last", in, d->last);
	jw_uint(w, "packets", d->pkts);
	jw_uint(w, "bytes_out", d->bytes_out);
	jw_uint(w, "bytes_in", d->bytes_in);
	jw_end(w);
}

static void rest(struct jw *w, const char *key, const struct fact_rest *r)
{
	jw_object(w, key);
	jw_uint(w, "number", r->n);
	jw_uint(w, "count", r->count);
	jw_uint(w, "bytes_out", r->bytes_out);
	jw_uint(w, "bytes_in", r->bytes_in);
	jw_end(w);
}

void json_facts(struct jw *w, const struct rpt_input *in)
{
	const struct facts *f = in->facts;

	jw_object(w, "facts");
	jw_array(w, "destinations");
	for (size_t i = 0; i < f->ndests; i++)
		dest(w, in, &f->dests[i]);
	jw_end(w);
	rest(w, "other_destinations", &f->more_dests);
	jw_end(w);
}
