/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_gate.c - the doctor builds the gate itself, step by step, with the functions that a run
 * uses
 */
#include "sandbox/doctor/doctor.h"
#include "sandbox/gate/links.h"
#include "sandbox/gate/nft.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RATE UINT64_C(1000000000)
#define MODULES(names) \
	"as root: modprobe -a " names ", and the same names in " \
	"/etc/modules-load.d/tcbox.conf; a kernel without these modules cannot be used"

static void try_ipv6(struct doctor_found *f, int arg)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)arg;
	if (fd < 0)
		doctor_fails(
			f,
			"remove ipv6.disable=1 from the kernel's command line (/etc/default/grub, "
			"then update-grub), and restart",
			"socket: %s", strerror(errno));
	else
		doctor_works(f, "the kernel has it");
}

/* gate_here() - a gate in this process, linked to a box that is only a namespace */
static bool gate_here(struct doctor_found *f, uint64_t rate, const char *fix)
{
	TB_AUTOCLOSE int box = -1;
	struct tb_err err = { 0 };

	if (!doctor_enter(f, CLONE_NEWNET | CLONE_NEWNS))
		return false;
	box = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (box < 0 || unshare(CLONE_NEWNET) < 0) {
		doctor_fails(f, NULL, "a second network namespace: %s", strerror(errno));
		return false;
	}
	if (gate_links(box, rate, &err) == 0)
		return true;
	doctor_fails(f, fix, "%s", err.msg);
	return false;
}

static void try_link(struct doctor_found *f, int arg)
{
	(void)arg;
	if (gate_here(f, 0, MODULES("veth")))
		doctor_works(f, "veth pair with IPv4 and IPv6");
}

static void try_shaping(struct doctor_found *f, int arg)
{
	(void)arg;
	if (gate_here(f, RATE, MODULES("sch_tbf")))
		doctor_works(f, "tbf at 1 Gbit/s");
}

static void try_nft(struct doctor_found *f, int arg)
{
	struct tb_err err = { 0 };
	char path[256];

	(void)arg;
	if (gate_find_nft(path, sizeof(path), &err) < 0)
		doctor_fails(f, "as root: apt-get install nftables", "%s", err.msg);
	else
		doctor_works(f, "%s", path);
}

enum { RULES_NONE, RULES_LAB, RULES_ENFORCE };

static void try_rules(struct doctor_found *f, int mode)
{
	static const char *const fix[] = {
		[RULES_NONE] = MODULES("nf_tables nft_reject_inet"),
		[RULES_LAB] = MODULES("nft_tproxy nf_tproxy_ipv4 nf_tproxy_ipv6"),
		[RULES_ENFORCE] = "sets of ranges need Linux 5.6 or later",
	};
	const struct sbx_network net = { .mode = mode == RULES_NONE ? RUN_NET_NONE : RUN_NET_SIM,
					 .enforce = mode == RULES_ENFORCE };
	const struct sbx_open open = {
		.net = { .family = AF_INET6, .ip = { 0x20, 0x01, 0x0d, 0xb8 } },
		.prefix = 128,
		.port_lo = 1,
		.port_hi = 1023,
	};
	struct tb_err err = { 0 };

	if (!gate_here(f, 0, NULL))
		return;
	if (gate_rules(&net, &err) < 0 || (net.enforce && sbx_gate_allow(&open, 1, &err) < 0))
		doctor_fails(f, fix[mode], "%s", err.msg);
	else
		doctor_works(f, "loaded into a network namespace of its own");
}

static void try_capture(struct doctor_found *f, int arg)
{
	const int version = TPACKET_V3;
	int fd;

	(void)arg;
	if (!doctor_enter(f, CLONE_NEWNET))
		return;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	if (fd < 0)
		doctor_fails(f,
			     errno == EAFNOSUPPORT ? MODULES("af_packet") :
						     "a container or service forbids packet "
						     "sockets: run tcbox outside of it",
			     "packet socket: %s", strerror(errno));
	else if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0)
		doctor_fails(f, "packet rings need Linux 3.2 or later", "TPACKET_V3: %s",
			     strerror(errno));
	else
		doctor_works(f, "packet socket with TPACKET_V3");
}

const struct doctor_try doctor_gate[] = {
	{ "IPv6", try_ipv6, 0, true, false },
	{ "network link", try_link, 0, true, true },
	{ "link shaping", try_shaping, 0, true, true },
	{ "nft program", try_nft, 0, true, false },
	{ "packet rules", try_rules, RULES_NONE, true, true },
	{ "transparent proxy", try_rules, RULES_LAB, true, true },
	{ "enforcement", try_rules, RULES_ENFORCE, false, true }, /* only --enforce needs it */
	{ "packet capture", try_capture, 0, true, true },
	{ 0 },
};
