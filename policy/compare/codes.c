/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codes.c - the catalogue of findings
 *
 * A new kind of finding is one enumerator, one row here and one entry in tcbox-findings(7).
 */
#include "policy/compare/codes.h"

#include <assert.h>

static const struct code_info codes[] = {
	[CODE_NET_UNDECLARED] = { "NET-UNDECLARED",
		"{who} talked to {what}, which no rule declares",
		"For what does {who} need {what}, which data does it send there, and why is it not declared?" },
	[CODE_NET_LIMIT] = { "NET-LIMIT",
		"{who} went over the limit of rule \"{rule}\" for {what}",
		"Why does rule \"{rule}\" need more {what} than declared?" },
	[CODE_NET_APPLICATION] = { "NET-APPLICATION",
		"{who} spoke something else to {what} than rule \"{rule}\" declares",
		"Which protocol does {who} speak to {what}, and why is another one declared?" },
	[CODE_TLS_VERSION] = { "TLS-VERSION",
		"{who} used weaker TLS to {what} than rule \"{rule}\" declares",
		"Why does {who} accept a TLS version below the declared one for {what}?" },
	[CODE_TLS_NAME_MISMATCH] = { "TLS-NAME-MISMATCH",
		"{who} {what}",
		"{who} {what}: why another name, and who answers under it?" },
	[CODE_NET_UNRESOLVED] = { "NET-UNRESOLVED",
		"{who} used an address that it never looked up: {what}",
		"Where does {who} have the address of {what} from?" },
	[CODE_NET_RESOLVER] = { "NET-RESOLVER",
		"{who} asked a name server of its own choice: {what}",
		"Why does {who} not use the system's name server, and which names does it ask at {what}?" },
	[CODE_PROTOCOL_UNKNOWN] = { "PROTOCOL-UNKNOWN",
		"{who} used an unusual IP protocol: {what}",
		"For what does {who} need {what}?" },
	[CODE_DNS_UNDECLARED] = { "DNS-UNDECLARED",
		"{who} looked up {what}, which no rule declares",
		"Why does {who} look up {what}?" },
	[CODE_DNS_UNUSUAL] = { "DNS-UNUSUAL",
		"{who} sent data to the name server that a plain lookup does not have: {what}",
		"Which data does {who} send to the name server besides its question, and for whom? ({what})" },
	[CODE_LISTEN_UNDECLARED] = { "LISTEN-UNDECLARED",
		"{who} listened on {what}, which no rule declares",
		"Who shall connect to {who} on {what}, and how is that protected?" },
	[CODE_EXEC_UNDECLARED] = { "EXEC-UNDECLARED",
		"{who} executed {what}, which no rule declares",
		"For what does {who} execute {what}?" },
	[CODE_EXEC_CHANGED] = { "EXEC-CHANGED",
		"{what} was executed with different contents",
		"Which part of the product replaces {what} while it runs, and where do the new contents come from?" },
	[CODE_FILE_UNDECLARED] = { "FILE-UNDECLARED",
		"{who} changed {what}, which no rule declares",
		"Why does {who} change {what}?" },
	[CODE_SYS_UNDECLARED] = { "SYS-UNDECLARED",
		"{who} made the system call {what}, which no rule declares",
		"For what does {who} need {what}?" },
	[CODE_SYS_DENIED] = { "SYS-DENIED",
		"{who} made the system call {what}, which the policy rules out",
		"Why does {who} call {what} although it is declared that it does not?" },
	[CODE_BOX_ATTEMPT] = { "BOX-ATTEMPT",
		"{who} tried {what}, which could lead out of the box or around its observers, and was refused",
		"For what does {who} need {what}?" },
	[CODE_MISSING_REQUIRED] = { "MISSING-REQUIRED",
		"Rule \"{rule}\" is required and was not seen",
		"Under which conditions does the product do what rule \"{rule}\" declares?" },
	[CODE_FLOW_UNOWNED] = { "FLOW-UNOWNED",
		"No recorded call explains the packets to {what}",
		"By which means, other than connect(2) and sendto(2), does the product send to {what}?" },
	[CODE_CALL_PACKET_MISMATCH] = { "CALL-PACKET-MISMATCH",
		"{who} named one destination in its call, and its packets went to another: {what}",
		"Why do the packets of {who} not go where its calls say ({what})?" },
	[CODE_CALL_WITHOUT_PACKETS] = { "CALL-WITHOUT-PACKETS",
		"{who} asked the kernel to reach {what}, and no packet followed",
		NULL },
	[CODE_CANARY_MISSED] = { "CANARY-MISSED",
		"The control connection of tcbox was not seen by {what}",
		NULL },
	[CODE_EVIDENCE_LOST] = { "EVIDENCE-LOST",
		"Evidence was lost: {what}",
		NULL },
	[CODE_PRODUCT_CHANGED] = { "PRODUCT-CHANGED",
		"A file of the product was not the same after the run: {what}",
		NULL },
};

static_assert(sizeof(codes) / sizeof(codes[0]) == CODES, "one row for each code");

const struct code_info *code_info(enum fnd_code code)
{
	return &codes[code];
}
