/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_driver.c - a policy of 10 000 rules against the time of one of 10, over the same flows
 *
 * usage: match_driver [FLOWS]	(default 1000000); prints one JSON line. The policy and the flows
 *				are made up; one flow of 100
 * matches no rule. The whole comparison is measured: feeding, joining, matching, findings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/net.h"
#include "tcbox/clock.h"
#include "tcbox/compare.h"
#include "tcbox/evidence.h"

#define FEW 10
#define MANY 10000

static struct pol *make_policy(size_t n)
{
	struct pol *p = calloc(1, sizeof(*p));
	struct pol_conn *rules = calloc(n, sizeof(*rules));

	if (!p || !rules)
		exit(1);
	*p = (struct pol){ .conns = rules, .nconns = n, .on_conn = POL_VIOLATION };
	for (size_t i = 0; i < n; i++) {
		struct pol_conn *r = &rules[i];

		r->to = calloc(1, sizeof(*r->to));
		r->ports = calloc(1, sizeof(*r->ports));
		r->protocol = strdup("tcp");
		if (!r->to || !r->ports || asprintf(&r->id, "r%zu", i) < 0)
			exit(1);
		r->nto = r->nports = 1;
		r->ports[0] = (struct pol_range){ 443, 443 };
		r->to[0].kind = (enum pol_dest_kind)(i % 3);
		if (asprintf(&r->to[0].name,
			     i % 3 == POL_DEST_GLOB ? "*.h%zu.example" : "h%zu.example", i) < 0)
			exit(1);
		if (i % 3 == POL_DEST_NET) {
			r->to[0].net = (struct ev_addr){ .family = AF_INET,
							 .ip = { 10, (uint8_t)(i >> 8), (uint8_t)i,
								 0 } };
			r->to[0].prefix = 24;
		}
	}
	return p;
}

/* flow() - the i-th flow, to one of the first FEW rules, which both policies have, and its call */
static int feed_flow(struct evd *e, uint64_t i)
{
	const size_t rule = i % FEW;
	char name[32];
	const char *names[] = { name };
	struct ev call = { .kind = EV_SOCK, .src = EV_SRC_BOX, .t = (int64_t)i * 1000, .proc = 2,
			   .line = 2 * i + 1 };
	struct ev flow = { .kind = EV_FLOW, .src = EV_SRC_NET, .t = (int64_t)i * 1000,
			   .line = 2 * i + 2 };
	struct ev_flow *f = &flow.u.flow;
	int ret;

	(void)snprintf(name, sizeof(name),
		       rule % 3 == POL_DEST_GLOB ? "a.h%zu.example" : "h%zu.example", rule);
	*f = (struct ev_flow){ .id = i + 1, .end = true, .proto = "tcp", .first = flow.t,
			       .last = flow.t + 500,
			      .pkts_out = 5, .pkts_in = 5,
			       .bytes_out = 500, .bytes_in = 5000, .app = "tls", .sni = name,
			       .state = "fin",
			       .names = { names, rule % 3 == POL_DEST_NET ? 0 : 1 } };
	f->local = (struct ev_addr){ .family = AF_INET, .ip = { 198, 19, 255, 2 },
				     .port = (uint16_t)(1024 + i % 60000) };
	f->remote = (struct ev_addr){ .family = AF_INET, .ip = { 10, 0, (uint8_t)rule, (uint8_t)i },
				     .port = i % 100 ? 443 : 8443 };
	call.u.sock = (struct ev_sock){ .call = "connect", .proto = "tcp", .local = f->local,
					.remote = f->remote,
				       .outcome = "allowed" };
	ret = evd_feed(e, &call);
	return ret ? ret : evd_feed(e, &flow);
}

/* compare() - Return: seconds */
static double compare(const struct pol *policy, uint64_t flows)
{
	const struct run_info run = { .state = RUN_COMPLETE };
	const struct rec_read_stats stats = { 0 };
	struct cmp_input in = { .policy = policy, .run = &run, .stats = &stats };
	struct fnd_result *r = NULL;
	struct tb_err err = { 0 };
	int64_t start = tb_monotonic_ns();
	struct evd *e = evd_new(&test_net);
	double s;

	for (uint64_t i = 0; e && i < flows; i++)
		if (feed_flow(e, i))
			exit(1);
	if (!e || evd_finish(e, &in.evidence, &err) || cmp_compare(&in, &r, &err) ||
	    r->totals.flows != flows)
		exit(1);
	s = (double)(tb_monotonic_ns() - start) / (double)TB_NS_PER_S;
	fnd_result_free(r);
	evd_free(e);
	return s;
}

int main(int argc, char **argv)
{
	uint64_t flows = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
	struct pol *few = make_policy(FEW), *many = make_policy(MANY);
	struct rusage use;
	double a, b;

	if (!flows)
		return 2;
	a = compare(few, flows);
	b = compare(many, flows);
	(void)getrusage(RUSAGE_SELF, &use);
	printf("{\"bench\":\"match\",\"flows\":%llu,\"rules_few\":%d,\"seconds_few\":%.3f,\"rules_many\":%d,"
	       "\"seconds_many\":%.3f,"
	       "\"ratio\":%.2f,\"budget\":2.0,\"max_rss_mib\":%ld}\n",
	       (unsigned long long)flows, FEW, a, MANY, b, b / a, use.ru_maxrss / 1024);
	pol_free(few);
	pol_free(many);
	return 0;
}
