/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate_driver.c - build the gate alone and run a program in it, for tests/box/gate.sh
 *
 *	gate_driver run [--lab] [--enforce] [--rate BITS] [--open RANGE]... PROGRAM [ARG...]
 *	gate_driver
 *	rules ...		print the rules instead gate_driver allow RANGE... [--
 *	RANGE...]	add to the sets of the gate that this process is in; one call for each group
 *	gate_driver many N		add N addresses, and print the microseconds that one took on
 *	average
 *
 * RANGE is ADDRESS/PREFIX,PROTOCOL,LOW,HIGH; PROTOCOL "any" for all. The calling process must be in
 * a user namespace of its own, with a network namespace that becomes the gate. PROGRAM finds the
 * box's network namespace as that of process $BOX and the time that the link and the rules took in
 * $LINK_US and $RULES_US.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sandbox/gate/links.h"
#include "sandbox/gate/nft.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"

#define RANGES_MAX 10240

static struct sbx_open ranges[RANGES_MAX];
static char protocols[RANGES_MAX][8];

static int die(const char *what)
{
	fprintf(stderr, "gate_driver: %s\n", what);
	return 1;
}

static bool parse_range(const char *text, size_t i)
{
	char addr[64], proto[8];
	unsigned int prefix, lo, hi;

	if (i >= RANGES_MAX ||
	    sscanf(text, "%63[^/]/%u,%7[^,],%u,%u", addr, &prefix, proto, &lo, &hi) != 5)
		return false;
	ranges[i].net.family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	ranges[i].prefix = prefix;
	ranges[i].port_lo = (uint16_t)lo;
	ranges[i].port_hi = (uint16_t)hi;
	(void)snprintf(protocols[i], sizeof(protocols[i]), "%s", proto);
	ranges[i].protocol = strcmp(proto, "any") ? protocols[i] : NULL;
	return inet_pton(ranges[i].net.family, addr, ranges[i].net.ip) == 1;
}

static void set_number(const char *name, int64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%lld", (long long)value);
	(void)setenv(name, text, 1);
}

/*
 * open_many() - @n ranges as a great policy has them: addresses and networks, with and without a
 * protocol, overlapping
 */
static void open_many(struct sbx_network *opt, unsigned long n)
{
	for (unsigned long i = 0; i < n && opt->nopen < RANGES_MAX; i++) {
		const uint32_t ip = htonl(0x0a000000u + (uint32_t)i * 977);
		struct sbx_open *o = &ranges[opt->nopen++];

		o->net.family = AF_INET;
		memcpy(o->net.ip, &ip, sizeof(ip));
		o->prefix = i % 10 ? 32 : 24;
		o->protocol = i % 3 ? "tcp" : NULL;
		o->port_lo = (uint16_t)(i % 1000 + 1);
		o->port_hi = (uint16_t)(i % 1000 + 50);
	}
}

/*
 * box_netns() - a process that only holds a network namespace, and dies with this one. Return:
 * descriptor of the namespace
 */
static int box_netns(void)
{
	int ready[2];
	char path[64], c;
	pid_t pid;

	if (pipe(ready) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) == 0 && write(ready[1], "", 1) == 1) {
			(void)close(ready[0]);
			(void)close(ready[1]);
			for (;;)
				(void)pause();
		}
		_exit(1);
	}
	(void)close(ready[1]);
	if (pid < 0 || read(ready[0], &c, 1) != 1)
		return -1;
	(void)close(ready[0]);
	set_number("BOX", pid);
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int run(const struct sbx_network *opt, char **argv)
{
	struct tb_err err = { 0 };
	int box = box_netns();
	int64_t start, linked;

	if (box < 0)
		return die("no network namespace for the box");
	start = tb_monotonic_ns();
	if (gate_links(box, opt->rate_bits, &err) < 0)
		return die(err.msg);
	linked = tb_monotonic_ns();
	if (gate_rules(opt, &err) < 0)
		return die(err.msg);
	set_number("LINK_US", (linked - start) / 1000);
	set_number("RULES_US", (tb_monotonic_ns() - linked) / 1000);
	(void)execvp(argv[0], argv);
	return die(strerror(errno));
}

static int allow(int argc, char **argv)
{
	struct tb_err err = { 0 };
	size_t n = 0;

	for (int i = 0; i <= argc; i++) {
		if (i < argc && strcmp(argv[i], "--")) {
			if (!parse_range(argv[i], n++))
				return die(argv[i]);
			continue;
		}
		if (sbx_gate_allow(ranges, n, &err) < 0)
			return die(err.msg);
		n = 0;
	}
	return 0;
}

static int many(unsigned int count)
{
	struct sbx_open one = {
		.net = { .family = AF_INET }, .prefix = 32, .protocol = "tcp", .port_lo = 443,
		.port_hi = 443,
	};
	struct tb_err err = { 0 };
	int64_t start = tb_monotonic_ns();

	for (unsigned int i = 0; i < count; i++) {
		const uint32_t ip = htonl(0xc6130000u + i);

		memcpy(one.net.ip, &ip, sizeof(ip));
		if (sbx_gate_allow(&one, 1, &err) < 0)
			return die(err.msg);
	}
	printf("%lld\n", count ? (long long)(tb_monotonic_ns() - start) / 1000 / count : 0LL);
	return 0;
}

int main(int argc, char **argv)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct sbx_network opt = { .mode = RUN_NET_NONE, .open = ranges };
	int i = 2;

	if (argc < 2)
		return die("run, rules or allow?");
	if (!strcmp(argv[1], "allow"))
		return allow(argc - 2, argv + 2);
	if (!strcmp(argv[1], "many"))
		return many(argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0);
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--lab"))
			opt.mode = RUN_NET_SIM;
		else if (!strcmp(argv[i], "--enforce"))
			opt.enforce = true;
		else if (!strcmp(argv[i], "--rate") && i + 1 < argc)
			opt.rate_bits = strtoull(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--open") && i + 1 < argc &&
			 parse_range(argv[++i], opt.nopen))
			opt.nopen++;
		else if (!strcmp(argv[i], "--open-many") && i + 1 < argc)
			open_many(&opt, strtoul(argv[++i], NULL, 10));
		else
			return die(argv[i]);
	}
	if (!strcmp(argv[1], "rules")) {
		gate_ruleset(&opt, &text);
		return tb_write_all(STDOUT_FILENO, text.data, text.len) < 0;
	}
	return i < argc ? run(&opt, argv + i) : die("no program");
}
