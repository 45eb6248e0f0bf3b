/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenario.c - what the simulated internet can do wrong: a table, and nothing else
 *
 * Each row names a few faults of the small set in tcbox/lab.h. fault.c does those of names and
 * connections, tls.c and leaf.c those of certificates; those of the gate are packet rules, so
 * that the capture has every packet before one is refused or dropped. The control of a run is
 * spared: it must show that everything was watched.
 */
#include <netinet/in.h>
#include <string.h>

#include "tcbox/lab.h"
#include "tcbox/own.h"

static const struct lab_scenario scenarios[] = {
	{ .name = "normal", .means = "nothing goes wrong" },
	{ .name = "offline",
	  .means = "there is no network: lookups fail, and what goes elsewhere is refused",
	  .names = LAB_NAMES_FAIL, .gate = LAB_GATE_REFUSES_ALL },
	{ .name = "no-dns", .means = "no lookup is answered", .names = LAB_NAMES_SILENT },
	{ .name = "nxdomain", .means = "no name exists", .names = LAB_NAMES_UNKNOWN },
	{ .name = "refused", .means = "every port refuses", .gate = LAB_GATE_REFUSES },
	{ .name = "timeout", .means = "names resolve, and what is sent there is never answered",
	  .gate = LAB_GATE_DROPS },
	{ .name = "slow",
	  .means = "answers begin after 3 s, and no connection has more than 2 KiB/s",
	  .delay_ms = 3000, .bytes_per_s = 2048 },
	{ .name = "lossy", .means = "of five packets from the product one is lost", .lose_nth = 5 },
	{ .name = "reset", .means = "in the place of an answer comes a reset",
	  .answer = LAB_ANSWER_RESET },
	{ .name = "cut", .means = "a connection ends in the middle of its first answer",
	  .answer = LAB_ANSWER_CUT },
	{ .name = "ipv4-only", .means = "names have IPv4 addresses only, and IPv6 is refused",
	  .family = AF_INET },
	{ .name = "ipv6-only", .means = "names have IPv6 addresses only, and IPv4 is refused",
	  .family = AF_INET6 },
	{ .name = "tls-untrusted",
	  .means = "certificates are signed by an authority that nobody trusts",
	  .cert = LAB_CERT_UNTRUSTED },
	{ .name = "tls-expired", .means = "certificates have expired", .cert = LAB_CERT_EXPIRED },
	{ .name = "tls-old", .means = "servers speak TLS 1.0 and nothing newer", .tls_old = true },
	{ .name = "wrong-name", .means = "certificates are those of another server",
	  .cert = LAB_CERT_OTHER_NAME },
	{ .name = "captive-portal",
	  .means = "HTTP leads to a login page, and TLS shows the certificate of that",
	  .cert = LAB_CERT_OTHER_NAME, .web = LAB_WEB_PORTAL },
	{ .name = "server-error", .means = "HTTP answers have status 503", .web = LAB_WEB_ERROR },
	{ .name = "not-found", .means = "HTTP answers have status 404", .web = LAB_WEB_MISSING },
	{ .name = "empty", .means = "HTTP answers are empty", .web = LAB_WEB_EMPTY },
	{ .name = "moved", .means = "a name that is looked up again has another address",
	  .names = LAB_NAMES_MOVE },
	{ .name = "late", .means = "answers begin after 120 s", .delay_ms = 120000 },
};

const struct lab_scenario *lab_scenario_find(const char *name)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(scenarios); i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}

const struct lab_scenario *lab_scenario_at(size_t i)
{
	return i < TB_ARRAY_SIZE(scenarios) ? &scenarios[i] : NULL;
}
