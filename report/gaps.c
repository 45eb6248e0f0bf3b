/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gaps.c - the sentences about what a run could not show
 */
#include "report/gaps.h"

#include <assert.h>
#include <ctype.h>

#include "report/template.h"
#include "tcbox/own.h"

#define CONTROL_WHEN "[{?at_start}before the product][{?at_end}after the product's end]"
#define UNFINISHED(who)							\
	who " did not say that it was finished: what it saw last may be missing"

/* As template.h says. */
static const char *const whys[] = {
	[FND_GAP_RUN_GOES_ON] =
		"The manifest says that the run is still going on: tcbox or the machine died",
	[FND_GAP_RUN_FAILED] = "tcbox could not go on: {error|the reason is not known}",
	[FND_GAP_RUN_TIMED_OUT] = "It was ended when its time was over, after {ms} ms",
	[FND_GAP_RUN_INTERRUPTED] = "It was ended by the technician",
	[FND_GAP_RUN_SIGNAL] = "It was ended by signal {signal}",
	[FND_GAP_RUN_NO_STATUS] = "Its exit status was not recorded",
	[FND_GAP_PRODUCT] = "{path} was not the same file before and after the run",
	[FND_GAP_DEGRADED] = "{said}",
	[FND_GAP_REDUCED] = "{said}",
	[FND_GAP_BROKEN] =
		"Calls that failed because of the box: {count}, such as {call} of {path}: {error}. "
		"Outside they work",
	[FND_GAP_RECORD] = "It is not known how completely the record was read",
	[FND_GAP_RECORD_LINES] = "Lines that are no events: {count}",
	[FND_GAP_RECORD_EVENTS] = "Events missing by their numbers: {count}",
	[FND_GAP_RECORD_CUT] = "The last line of the record is cut off",
	[FND_GAP_LAST_CALLS] = UNFINISHED("The supervisor"),
	[FND_GAP_LAST_FLOWS] = UNFINISHED("The decoder"),
	[FND_GAP_LAST_PACKETS] = UNFINISHED("The capture"),
	[FND_GAP_LAST_ANSWERS] = UNFINISHED("The lab"),
	[FND_GAP_LAST_CHANGES] = UNFINISHED("The comparison of the private layer"),
	[FND_GAP_LAST_EVENTS] = UNFINISHED("The run"),
	[FND_GAP_MANY_CHANGES] = "More files were changed than are compared",
	[FND_GAP_ALIEN] = "Events from a producer that cannot have seen them: {count}",
	[FND_GAP_MANY_EVENTS] =
		"More was recorded than fits; events that were not compared: {count}",
	[FND_GAP_MANY_NAMES] =
		"More different names, paths and command lines were recorded than fit; some were "
		"not compared",
	[FND_GAP_LOSS] = "{said|its producer said so, without a reason}",
	[FND_GAP_PACKETS_DROPPED] =
		"Dropped by the kernel before the capture could read them: {count}",
	[FND_GAP_PACKETS_IFDROPPED] = "Dropped by the interface: {count}",
	[FND_GAP_PACKETS_UNACCOUNTED] = "Counted by the interface and not captured: {count}",
	[FND_GAP_PACKETS_UNDECODED] =
		"In the capture only, because the decoder fell behind: {count}",
	[FND_GAP_PACKETS_MALFORMED] = "Damaged, or made to look so: {count}",
	[FND_GAP_PACKETS_OTHER] = "Neither IP nor ARP: {count}",
	[FND_GAP_LOOKUPS_MALFORMED] = "Messages to or from a name server that are no DNS: {count}",
	[FND_GAP_NAMES_LOST] = "Answers of name servers beyond the decoder's table: {count}",
	[FND_GAP_LAB_REFUSED] = "Connections, names and conversations beyond its limits: {count}",
	[FND_GAP_REQUESTS_UNRECORDED] = "Requests beyond the limit of the record: {count}",
	[FND_GAP_PROCESSES_UNWATCHED] =
		"Processes whose end could not be watched, for want of descriptors or memory: "
		"{count}",
	[FND_GAP_CALLS_UNREAD] = "Calls whose arguments could not be read: {count}",
	[FND_GAP_PACKETS_UNCOUNTED] = "Capture or decoder did not say how many packets there were",
	[FND_GAP_PACKETS_ON_THE_WAY] = "Captured and not decoded: {count}",
	[FND_GAP_PACKETS_IN_NO_FLOW] = "Decoded, but in no recorded flow: {count}",
	[FND_GAP_CONTROL_UNSEEN] =
		"The control connection " CONTROL_WHEN " was not seen by {layer}: what the product "
		"did could have been missed, too",
	[FND_GAP_CONTROL_FAILED] =
		"The control connection " CONTROL_WHEN " failed: {said|no reason was recorded}",
	[FND_GAP_REQUIRED] = "Rule {what} was not seen: " GAPS_NO_CHANCE,
	[FND_GAP_LOOKUPS_NO_PACKETS] =
		"Lookups that the lab answered and the packets do not show: {count}, the first for "
		"{name}",
	[FND_GAP_LOOKUPS_NO_LAB] =
		"Answered lookups in the packets that the lab did not record: {count}, the first "
		"for {name}",
	[FND_GAP_UNOWNED] =
		"Packets that no recorded call explains: {packets}, in conversations: {flows}",
	[FND_GAP_SOCKETS_PASSED] =
		"Conversations that a program may have used which no rule lets have them, or not "
		"as much: it has their socket, or ran while their process sent messages inside "
		"the box, which can hand a connection to another program: {flows}, such as {path}",
	[FND_GAP_REQUESTS_NO_PACKETS] =
		"Requests that the lab understood and whose packets are in no recorded "
		"conversation: {count}",
	[FND_GAP_REQUESTS_UNREAD] =
		"Requests that the lab could not read to the end of their headers: {count}",
	[FND_GAP_REQUESTS_UNSEEN] =
		"Conversations of rules that declare or limit requests, in which nobody could "
		"read all of them: {flows}",
	[FND_GAP_OPENINGS_UNREAD] =
		"Conversations with a TLS hello or a request, at their beginning or behind "
		"something else, which could not be followed to its end, neither in the packets "
		"nor by the lab: {flows}",
	[FND_GAP_STREAMS_UNREAD] =
		"Connections of rules that say something of names or content, in which packets "
		"carried other bytes than the lab read, or bytes that servers may read "
		"otherwise: {flows}",
	[FND_GAP_HELLOS_VEILED] =
		"Conversations with an encrypted hello, or a pretended one, to a server that did "
		"not read what came behind it: {flows}. Another name may be in it",
	[FND_GAP_ENCRYPTED] =
		"Bytes that were encrypted and that nobody could read: {bytes}, in conversations: "
		"{flows}. Who, when and how much is seen, what is not",
	[FND_GAP_ENCRYPTED_HELLOS] =
		"Conversations with one, or a pretended one: {flows}. The name beside it may be a "
		"cover",
	[FND_GAP_NO_SERVER_NAME] = "Conversations that named no server, or hid the name: {flows}",
	[FND_GAP_OUTPUT_CUT] = "{path} was cut after {max} bytes; bytes left out: {bytes}",
	[FND_GAP_MEMORY_KILLS] = "Processes that the kernel ended because of the limit: {count}",
	[FND_GAP_CALLS_UNDECLARED] =
		"The policy declares none, so they were not compared; dangerous ones were refused "
		"and are reported",
	[FND_GAP_CALLS_NO_POLICY] =
		"The run had no policy: calls that are not watched by default were not recorded",
	[FND_GAP_CALLS_POLICY_GONE] =
		"The policy of the run cannot be used: it is not known which calls were not "
		"recorded",
	[FND_GAP_CALLS_PASSED] =
		"With the policy of the run, calls could pass unrecorded that this one does not "
		"declare: {count}, such as {syscall}. Run the product again, with this policy",
	[FND_GAP_CALLS_NOT_COUNTED] = "They pass in the kernel; \"--observe all\" counts them",
	[FND_GAP_LOOPBACK] =
		"Calls to loopback or to the box's own addresses: {count}. Their packets never "
		"reach the gate",
	[FND_GAP_UNIX_SOCKETS] = "Calls: {count}. They are recorded; what was said there is not",
	[FND_GAP_PROGRAMS_UNVERIFIED] =
		"Processes that were killed before it was seen that they had become what their "
		"call named, or were started by the dynamic loader, whose argument alone says "
		"what it runs: {count}",
	[FND_GAP_RINGS] =
		"Calls that make rings of io_uring and start what is in them: {count}. Files that "
		"were opened, changed and removed again in that way are not recorded",
	[FND_GAP_PORTS_UNREAD] =
		"The kernel's tables of sockets could not be read (inet_diag): a port is known by "
		"the call that opened it only",
	[FND_GAP_UNANSWERED] =
		"Datagrams that the lab did not answer, because they came faster than it read "
		"them: {count}",
	[FND_GAP_FLOWS_EVICTED] = "Cut in two because too many were open at once: {count}",
	[FND_GAP_NAMES_BELOW] =
		"Different names that only a pattern declares: {count}, most of them below {name}. "
		"Their letters can carry data out; whether they do is for a person to judge",
	[FND_GAP_MAIL] =
		"Mail addresses that were given to servers: {count}, such as {said}. No policy can "
		"declare them, so they were not compared: a declared server carries mail anywhere",
	[FND_GAP_SECRETS] =
		"Lines of them beyond the limit, which are not in the record: {count}. No other "
		"tool can read these sessions in the capture; what the lab understood is here",
	[FND_GAP_BODIES] =
		"Bodies that did not fit into bodies.bin or into memory, and are not in the "
		"bundle as far as was asked for: {count}. Their sizes and hashes are in the "
		"record",
	[FND_GAP_READS] =
		"Reading is not recorded, so files.read was not compared[; in the run, reading "
		"outside the places that its policy declares failed: {said}]",
};

static_assert(TB_ARRAY_SIZE(whys) == FND_GAPS, "a sentence for each gap");

void gaps_what(struct tb_buf *b, const struct fnd_gap *g)
{
	const char *name = fnd_gap_name(g->code);
	const struct fnd_detail *what = fnd_detail(&g->details, FND_KEY_WHAT);

	if (!name && what)
		name = what->text;
	if (!name || !*name)
		name = "(not named)";
	tb_buf_addc(b, (char)toupper((unsigned char)name[0]));
	tb_buf_adds(b, name + 1);
}

void gaps_why(struct tb_buf *b, enum fnd_gap_code code, const struct fnd_details *details)
{
	template_fill(b, whys[code], &(struct template_values){ .details = details });
}
