/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codes.h - the catalogue of findings: tcbox-findings(7) explains each
 */
#ifndef POLICY_COMPARE_CODES_H
#define POLICY_COMPARE_CODES_H

#include "tcbox/finding.h"

/* In the order of the manual page. The names are stable: people filter reports by them. */
enum fnd_code {
	CODE_NET_UNDECLARED,
	CODE_NET_LIMIT,
	CODE_NET_APPLICATION,
	CODE_TLS_VERSION,
	CODE_TLS_NAME_MISMATCH,
	CODE_NET_UNRESOLVED,
	CODE_NET_RESOLVER,
	CODE_PROTOCOL_UNKNOWN,
	CODE_DNS_UNDECLARED,
	CODE_DNS_UNUSUAL,
	CODE_LISTEN_UNDECLARED,
	CODE_EXEC_UNDECLARED,
	CODE_EXEC_CHANGED,
	CODE_FILE_UNDECLARED,
	CODE_SYS_UNDECLARED,
	CODE_SYS_DENIED,
	CODE_BOX_ATTEMPT,
	CODE_MISSING_REQUIRED,
	CODE_FLOW_UNOWNED,
	CODE_CALL_PACKET_MISMATCH,
	CODE_CALL_WITHOUT_PACKETS,
	CODE_CANARY_MISSED,
	CODE_EVIDENCE_LOST,
	CODE_PRODUCT_CHANGED,
	CODES
};

struct code_info {
	const char *name;
	const char *title;	/* {who}: the program; {what}: the object of the act; {rule}: the rule that it broke */
	const char *question;	/* to put to the vendor, same words; NULL: it concerns the run, not the product */
};

const struct code_info *code_info(enum fnd_code code);

#endif
