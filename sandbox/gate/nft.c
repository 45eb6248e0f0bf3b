/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft.c - the gate's packet rules: written here, loaded once by the nft program
 *
 * Loaded after the link exists and before anything can send on it. libnftables would save a
 * process, but it is GPL-2 and may not be linked with OpenSSL 3 and nDPI; the program is as good
 * for one call.
 *
 * How it works
 *	Everything is decided in one chain at prerouting, priority mangle: after the capture has
 *	seen the packet (AF_PACKET taps come before netfilter) and after fragments were joined
 *	(TPROXY asks for that), before routing. Its policy is drop.
 *
 *	sim		TCP and UDP go to the lab's transparent sockets, whatever address and port
 *			they
 *			are for, the gate's own included. Echo requests go to the kernel, which
 *			answers from the address that was asked because links_answer_all() made
 *			every address local. Anything else is dropped.
 *	none		Nothing is answered, but everything fails at once: TCP by a reset, UDP and
 *			echo requests by "administratively prohibited". "Unreachable", as on a
 *			machine without a network, would be nearer to the truth but fails late: for
 *			UDP sockets it is no fatal error, and to a TCP socket an ICMP error that is
 *			back before connect(2) has let go of the socket, as is usual over a veth, is
 *			only a note (tcp_v4_err()). Every address is local here, too: else a
 *			datagram that is to be on the link (MSG_DONTROUTE, arp(7)) would be asked
 *			for and never seen.
 *	--enforce	As sim, but what is not declared is refused first, as in none. A packet
 *			is matched without state, so that nothing which was begun earlier goes on.
 *
 *	faults		As sim, but what is not a lookup or the control is refused,
 *			dropped, or lost every so often, before it comes to the lab.
 *
 *	The counters tell what was refused or lost, what was for the lab but found no socket of
 *	it, and what was dropped as another protocol.
 *
 * Must not
 *	Rely on forwarding being off alone: the forward chain drops too.
 */
#include "sandbox/gate/nft.h"
#include "sandbox/gate/links.h"
#include "sandbox/gate/nft_sets.h"
#include "sandbox/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "tcbox/net.h"

#define STR_(x) #x
#define STR(x) STR_(x)

/*
 * The policy's addresses are in open4 and open6, those of names in name4 and name6. They are filled
 * by nft_sets.c. Only the product decides how many names there are, so these have a limit.
 */
static void add_set(struct tb_buf *out, const char *name, const char *type, size_t size)
{
	tb_buf_addf(out, "\tset %s {\n\t\ttype %s\n\t\tflags interval\n", name, type);
	if (size)
		tb_buf_addf(out, "\t\tsize %zu\n", size);
	tb_buf_adds(out, "\t}\n");
}

static void add_sets(struct tb_buf *out, const struct sbx_network *net)
{
	add_set(out, "open4", "ipv4_addr . inet_proto . inet_service", 0);
	add_set(out, "open6", "ipv6_addr . inet_proto . inet_service", 0);
	add_set(out, "name4", "ipv4_addr . inet_proto . inet_service", OPEN_NAMED_MAX);
	add_set(out, "name6", "ipv6_addr . inet_proto . inet_service", OPEN_NAMED_MAX);
	add_set(out, "icmp4", "ipv4_addr . inet_proto", OPEN_NAMED_MAX + net->nopen);
	add_set(out, "icmp6", "ipv6_addr . inet_proto", OPEN_NAMED_MAX + net->nopen);
}

static const char refuse_chain[] =
	"\tchain refuse {\n"
	"\t\tcounter name \"refused\"\n"
	"\t\tmeta l4proto tcp reject with tcp reset\n"
	"\t\treject with icmpx type admin-prohibited\n"
	"\t}\n";

static const char declared_chain[] =
	"\tchain declared {\n"
	"\t\tip daddr " TB_GATE_IP4 " th dport 53 return\n"
	"\t\tip6 daddr " TB_GATE_IP6 " th dport 53 return\n"
	"\t\tip daddr . meta l4proto . th dport @name4 return\n"
	"\t\tip6 daddr . meta l4proto . th dport @name6 return\n"
	"\t\tip daddr . meta l4proto . th dport @open4 return\n"
	"\t\tip6 daddr . meta l4proto . th dport @open6 return\n"
	"\t\tgoto refuse\n"
	"\t}\n";

static const char enforce_rules[] =
	"\t\tmeta l4proto { tcp, udp } jump declared\n"
	"\t\ticmp type echo-request ip daddr . meta l4proto != @icmp4 goto refuse\n"
	"\t\ticmpv6 type echo-request ip6 daddr . meta l4proto != @icmp6 goto refuse\n";

static const char lab_rules[] =
	"\t\tmeta l4proto tcp tproxy to :" STR(TB_LAB_PORT) " accept\n"
	"\t\tmeta l4proto udp tproxy to :" STR(TB_LAB_PORT) " accept\n"
	"\t\tmeta l4proto { tcp, udp } counter name \"unserved\" drop\n"
	"\t\ticmp type echo-request accept\n"
	"\t\ticmpv6 type echo-request accept\n";

static const char none_rules[] =
	"\t\tmeta l4proto { tcp, udp } goto refuse\n"
	"\t\ticmp type echo-request goto refuse\n"
	"\t\ticmpv6 type echo-request goto refuse\n";

static bool is_faulty(const struct sbx_faults *f)
{
	return f->way || f->family || f->lose_nth;
}

/* echo_fault() - what becomes of echo requests; NULL: they are answered */
static const char *echo_fault(enum sbx_way way)
{
	switch (way) {
	case SBX_REFUSE_ALL:
		return "goto refuse";
	case SBX_DROP:
		return "counter name \"lost\" drop";
	case SBX_PASS:
	case SBX_REFUSE:
	default:
		return NULL;
	}
}

/* add_fault_chain() - for TCP and UDP. Each packet counts, so that what is sent again may pass */
static void add_fault_chain(struct tb_buf *out, const struct sbx_faults *f)
{
	const uint8_t *ip = f->canary_ip4;

	tb_buf_addf(out, "\tcounter lost { }\n\tchain fault {\n"
		    "\t\tip daddr " TB_GATE_IP4 " th dport 53 return\n"
		    "\t\tip6 daddr " TB_GATE_IP6 " th dport 53 return\n"
		    "\t\tip daddr %u.%u.%u.%u return\n", ip[0], ip[1], ip[2], ip[3]);
	if (f->family == AF_INET)
		tb_buf_adds(out, "\t\tmeta nfproto ipv6 goto refuse\n");
	if (f->family == AF_INET6)
		tb_buf_adds(out, "\t\tmeta nfproto ipv4 goto refuse\n");
	if (f->lose_nth)
		tb_buf_addf(out, "\t\tnumgen inc mod %u == %u counter name \"lost\" drop\n",
			    f->lose_nth, f->lose_nth - 1);
	if (f->way == SBX_REFUSE || f->way == SBX_REFUSE_ALL)
		tb_buf_adds(out, "\t\tgoto refuse\n");
	if (f->way == SBX_DROP)
		tb_buf_adds(out, "\t\tcounter name \"lost\" drop\n");
	tb_buf_adds(out, "\t}\n");
}

static void add_fault_rules(struct tb_buf *out, const struct sbx_faults *f)
{
	const char *echo4 = f->family == AF_INET6 ? "goto refuse" : echo_fault(f->way);
	const char *echo6 = f->family == AF_INET ? "goto refuse" : echo_fault(f->way);

	tb_buf_adds(out, "\t\tmeta l4proto { tcp, udp } jump fault\n");
	if (echo4)
		tb_buf_addf(out, "\t\ticmp type echo-request %s\n", echo4);
	if (echo6)
		tb_buf_addf(out, "\t\ticmpv6 type echo-request %s\n", echo6);
}

void gate_ruleset(const struct sbx_network *net, struct tb_buf *out)
{
	/* without a lab nothing passes, declared or not */
	const bool enforce = net->mode == RUN_NET_SIM && net->enforce;
	const bool faulty = net->mode == RUN_NET_SIM && is_faulty(&net->faults);

	tb_buf_adds(out, "table inet tcbox {\n"
			 "\tcounter refused { }\n"
			 "\tcounter unserved { }\n"
			 "\tcounter other { }\n");
	if (enforce)
		add_sets(out, net);
	if (enforce || faulty || net->mode != RUN_NET_SIM)
		tb_buf_adds(out, refuse_chain);
	if (faulty)
		add_fault_chain(out, &net->faults);
	if (enforce)
		tb_buf_adds(out, declared_chain);
	tb_buf_adds(out, "\tchain gate {\n"
			 "\t\ttype filter hook prerouting priority mangle; policy drop;\n"
			 "\t\tiifname \"lo\" accept\n"
			 "\t\tiifname != \"" TB_GATE_IF "\" drop\n");
	if (enforce)
		tb_buf_adds(out, enforce_rules);
	if (faulty)
		add_fault_rules(out, &net->faults);
	tb_buf_adds(out, net->mode == RUN_NET_SIM ? lab_rules : none_rules);
	tb_buf_adds(out, "\t\tcounter name \"other\" drop\n"
			 "\t}\n"
			 "\tchain forward {\n"
			 "\t\ttype filter hook forward priority filter; policy drop;\n"
			 "\t}\n"
			 "}\n");
}

int gate_find_nft(char *path, size_t size, struct tb_err *err)
{
	static const char more[] = "/usr/sbin:/sbin:/usr/local/sbin";
	const char *env = getenv("PATH");
	TB_AUTOFREE char *dirs = NULL;
	char *save = NULL;

	if (asprintf(&dirs, "%s:%s", env ? env : "", more) < 0) {
		dirs = NULL;
		return tb_err_set(err, ENOMEM, "find nft");
	}
	for (char *dir = strtok_r(dirs, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		int len = snprintf(path, size, "%s/nft", dir);

		if (dir[0] == '/' && len > 0 && (size_t)len < size && access(path, X_OK) == 0)
			return 0;
	}
	return tb_err_msg(err, ENOENT,
			  "nft was not found in PATH or %s; it is in the package nftables",
				  more);
}

/* nft_failed() - what nft said, on one line */
static int nft_failed(const char *path, int status, int out, struct tb_err *err)
{
	char said[512];
	ssize_t n = pread(out, said, sizeof(said) - 1, 0);

	said[n > 0 ? n : 0] = '\0';
	for (char *c = said; *c; c++) {
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	}
	if (WIFSIGNALED(status))
		return tb_err_msg(err, EIO, "%s was killed by signal %d: %s", path,
				  WTERMSIG(status), said);
	return tb_err_msg(err, EIO, "%s ended with status %d: %s", path, WEXITSTATUS(status), said);
}

static int load_ruleset(const struct tb_buf *text, struct tb_err *err)
{
	char *const argv[] = { (char[]){ "nft" }, (char[]){ "-f" }, (char[]){ "-" }, NULL };
	TB_AUTOCLOSE int in = -1, out = -1;
	char path[4096];
	int status, r;

	r = gate_find_nft(path, sizeof(path), err);
	if (r < 0)
		return r;
	in = program_memory("nft-rules", text->data, text->len, err);
	out = in < 0 ? in : program_memory("nft-says", NULL, 0, err);
	if (out < 0)
		return out;
	r = program_run(path, argv, in, out, &status, err);
	if (r < 0)
		return r;
	return status == 0 ? 0 : nft_failed(path, status, out, err);
}

int gate_rules(const struct sbx_network *net, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int r;

	gate_ruleset(net, &text);
	if (text.failed)
		return tb_err_set(err, ENOMEM, "write the gate's rules");
	r = load_ruleset(&text, err);
	if (r < 0)
		return tb_err_wrap(err, "load the gate's rules");
	r = net->mode == RUN_NET_SIM && net->enforce ? nft_add_open(net->open, net->nopen, err) : 0;
	return r < 0 ? r : links_answer_all(err);
}
