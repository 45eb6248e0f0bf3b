/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gap.c - the names of what a run can leave unseen
 *
 * They are part of what findings of lost evidence are known by: another name is another finding.
 */
#include "tcbox/gap.h"

#include <assert.h>
#include <stddef.h>

#include "tcbox/own.h"

static const char *const names[] = {
	[FND_GAP_RUN_GOES_ON] = "the end of the run",
	[FND_GAP_RUN_FAILED] = "the rest of the run",
	[FND_GAP_RUN_TIMED_OUT] = "what the product does later",
	[FND_GAP_RUN_INTERRUPTED] = "what the product does later",
	[FND_GAP_RUN_SIGNAL] = "what the product does when it does not crash",
	[FND_GAP_RUN_NO_STATUS] = "how the product ended",
	[FND_GAP_PRODUCT] = "which product was tested",
	[FND_GAP_DEGRADED] = "a mechanism of the run",
	[FND_GAP_REDUCED] = "behaviour under the limits that were requested",
	[FND_GAP_BROKEN] = "what the product does where this works",
	[FND_GAP_RECORD] = "the record",
	[FND_GAP_RECORD_LINES] = "lines of the record",
	[FND_GAP_RECORD_EVENTS] = "events of the record",
	[FND_GAP_RECORD_CUT] = "the end of the record",
	[FND_GAP_LAST_CALLS] = "the last system calls",
	[FND_GAP_LAST_FLOWS] = "the last flows and names",
	[FND_GAP_LAST_PACKETS] = "the last packets",
	[FND_GAP_LAST_ANSWERS] = "the last answers of the lab",
	[FND_GAP_LAST_CHANGES] = "changes on disk",
	[FND_GAP_LAST_EVENTS] = "the end of the record",
	[FND_GAP_MANY_CHANGES] = "changes on disk",
	[FND_GAP_ALIEN] = "the order of the record",
	[FND_GAP_MANY_EVENTS] = "events beyond the limits of the comparison",
	[FND_GAP_MANY_NAMES] = "names beyond the limits of the comparison",
	[FND_GAP_LOSS] = NULL,
	[FND_GAP_PACKETS_DROPPED] = "packets",
	[FND_GAP_PACKETS_IFDROPPED] = "packets at the interface",
	[FND_GAP_PACKETS_UNACCOUNTED] = "packets",
	[FND_GAP_PACKETS_UNDECODED] = "packets that were not decoded",
	[FND_GAP_PACKETS_MALFORMED] = "packets that could not be understood",
	[FND_GAP_PACKETS_OTHER] = "packets of other link protocols",
	[FND_GAP_LOOKUPS_MALFORMED] = "lookups that could not be understood",
	[FND_GAP_NAMES_LOST] = "names of addresses",
	[FND_GAP_LAB_REFUSED] = "answers of the lab",
	[FND_GAP_REQUESTS_UNRECORDED] = "requests to the lab",
	[FND_GAP_PROCESSES_UNWATCHED] = "processes",
	[FND_GAP_CALLS_UNREAD] = "arguments of calls",
	[FND_GAP_PACKETS_UNCOUNTED] = "the count of packets",
	[FND_GAP_PACKETS_ON_THE_WAY] = "packets on their way to the decoder",
	[FND_GAP_PACKETS_IN_NO_FLOW] = "packets in flows",
	[FND_GAP_CONTROL_UNSEEN] = "the positive control",
	[FND_GAP_CONTROL_FAILED] = "the positive control",
	[FND_GAP_REQUIRED] = "what the policy requires",
	[FND_GAP_LOOKUPS_NO_PACKETS] = "name lookups in the packets",
	[FND_GAP_LOOKUPS_NO_LAB] = "name lookups in the lab",
	[FND_GAP_UNOWNED] = "who sent some packets",
	[FND_GAP_SOCKETS_PASSED] = "who used some conversations",
	[FND_GAP_REQUESTS_NO_PACKETS] = "conversations of the lab in the packets",
	[FND_GAP_REQUESTS_UNREAD] = "what some requests asked for",
	[FND_GAP_REQUESTS_UNSEEN] = "requests that rules declare",
	[FND_GAP_OPENINGS_UNREAD] = "names that conversations say",
	[FND_GAP_HELLOS_VEILED] = "names inside encrypted hellos",
	[FND_GAP_STREAMS_UNREAD] = "bytes of connections that the lab did not read",
	[FND_GAP_ENCRYPTED] = "encrypted content",
	[FND_GAP_ENCRYPTED_HELLOS] = "encrypted hellos",
	[FND_GAP_NO_SERVER_NAME] = "server names in TLS",
	[FND_GAP_OUTPUT_CUT] = "the rest of what the product printed",
	[FND_GAP_MEMORY_KILLS] = "what the product does with more memory",
	[FND_GAP_CALLS_UNDECLARED] = "system calls",
	[FND_GAP_CALLS_NO_POLICY] = "undeclared system calls",
	[FND_GAP_CALLS_POLICY_GONE] = "undeclared system calls",
	[FND_GAP_CALLS_PASSED] = "undeclared system calls",
	[FND_GAP_CALLS_NOT_COUNTED] = "how often declared system calls were made",
	[FND_GAP_LOOPBACK] = "traffic inside the box",
	[FND_GAP_UNIX_SOCKETS] = "UNIX sockets inside the box",
	[FND_GAP_PROGRAMS_UNVERIFIED] = "what some programs were",
	[FND_GAP_RINGS] = "what was done by io_uring",
	[FND_GAP_PORTS_UNREAD] = "open ports",
	[FND_GAP_UNANSWERED] = "what the product does when it is answered",
	[FND_GAP_FLOWS_EVICTED] = "long conversations",
	[FND_GAP_READS] = "files that were only read",
	[FND_GAP_NAMES_BELOW] = "what chosen names say",
	[FND_GAP_MAIL] = "senders and recipients of mail",
	[FND_GAP_SECRETS] = "secrets of TLS sessions",
	[FND_GAP_BODIES] = "bodies of requests",
};

static_assert(TB_ARRAY_SIZE(names) == FND_GAPS, "a row for each gap");

const char *fnd_gap_name(enum fnd_gap_code code)
{
	return code < FND_GAPS ? names[code] : "unknown";
}
