/* SPDX-License-Identifier: Apache-2.0 */
/*
 * differs.c - the sentence about how what was seen differs from a rule
 */
#include "report/differs.h"

#include <inttypes.h>

#include "report/amounts.h"
#include "report/template.h"
#include "tcbox/own.h"

/* What differs, as template.h says. */
static const char *const parts[] = {
	"[host {name} is not {rule_host}]"
	"[address {remote}, which no lookup gave, is not {rule_host}]"
	"[ or {rule_other} other][ or {rule_others} others]",
	"[protocol {proto} is not {rule_proto}]",
	"[port {port} is not ][{?no_port}there is no port that could be ]",	/* and the ports */
	"[process {exe|(unknown)} is not {rule_exe}]",
	"[application {app|(not recognised)} is not {rule_app}]",
	"[TLS version {tls|(none)} is below {rule_tls}]",
	"[the last day of the rule was {rule_until}]",
	"[the rule is only for the phase {rule_phase}]",
	"[{?beyond}it listens beyond loopback]",
};

#define PORTS 2			/* of the parts */

/* add_agreement() - "host, protocol and port match, but " */
static void add_agreement(struct tb_buf *b, const struct fnd_details *details)
{
	size_t n = 0, i = 0;

	for (size_t j = 0; j < details->n; j++)
		n += details->v[j].key == FND_KEY_AGREES;
	for (size_t j = 0; j < details->n; j++) {
		if (details->v[j].key != FND_KEY_AGREES)
			continue;
		if (i && i + 1 == n)
			tb_buf_adds(b, " and ");
		else if (i)
			tb_buf_adds(b, ", ");
		tb_buf_adds(b, details->v[j].text);
		i++;
	}
	if (n)
		tb_buf_adds(b, n == 1 ? " matches, but " : " match, but ");
}

/* add_ports() - "443 or 8000-8100 or 2 more" */
static void add_ports(struct tb_buf *b, const struct fnd_details *details)
{
	const struct fnd_detail *more = fnd_detail(details, FND_KEY_RULE_MORE);
	const char *sep = "";

	for (size_t i = 0; i < details->n; i++) {
		if (details->v[i].key != FND_KEY_RULE_PORT)
			continue;
		tb_buf_adds(b, sep);
		tb_buf_adds(b, details->v[i].text);
		sep = " or ";
	}
	if (more)
		tb_buf_addf(b, " or %" PRIu64 " more", more->n);
}

void differs_add(struct tb_buf *b, const struct fnd_details *details)
{
	const struct template_values t = { .details = details };
	TB_AUTOBUF struct tb_buf all = TB_BUF_INIT;

	add_agreement(b, details);
	for (size_t i = 0; i < TB_ARRAY_SIZE(parts); i++) {
		TB_AUTOBUF struct tb_buf part = TB_BUF_INIT;

		template_fill(&part, parts[i], &t);
		if (i == PORTS)
			add_ports(&part, details);
		all.failed |= part.failed;
		if (!part.len)
			continue;
		amount_join(&all, ", ");
		tb_buf_adds(&all, part.data);
	}
	if (all.len)
		tb_buf_adds(b, all.data);
	b->failed |= all.failed;
}
