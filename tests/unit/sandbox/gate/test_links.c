/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_links.c - the gate for real, in a user namespace: what the box sees of the network, and what
 * becomes of its packets
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/gate/links.h"
#include "sandbox/gate/nft.h"
#include "tcbox/buf.h"
#include "tcbox/net.h"
#include "tcbox/own.h"

#define WAIT_MS 20000

/* Both ends, in a process that is root of a user namespace. Nothing of it needs to be closed. */
struct world {
	int gate, box;			/* network namespaces */
	int out;			/* what it saw, for the test */
};

static struct sbx_network net;
static uint64_t rate;

static bool write_file(const char *path, const char *text)
{
	TB_AUTOCLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static bool become_root(void)
{
	char uid[64], gid[64];

	(void)snprintf(uid, sizeof(uid), "0 %u 1", geteuid());
	(void)snprintf(gid, sizeof(gid), "0 %u 1", getegid());
	return !unshare(CLONE_NEWUSER | CLONE_NEWNET) && write_file("/proc/self/uid_map", uid) &&
	       write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/gid_map", gid);
}

static int netns(void)
{
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

/* in_world() - in the child: build the gate, look at it */
static void in_world(struct world *w, void (*look)(struct world *w))
{
	struct tb_err err = { 0 };

	w->gate = netns();
	if (unshare(CLONE_NEWNET) || (w->box = netns()) < 0 || setns(w->gate, CLONE_NEWNET))
		_exit(2);
	if (gate_links(w->box, rate, &err) || gate_rules(&net, &err)) {
		(void)dprintf(w->out, "%s\n", err.msg);
		_exit(1);
	}
	look(w);
	_exit(0);
}

/* sees() - what @look sees of a new gate is @wanted */
static void sees(void (*look)(struct world *w), const char *wanted)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct world w;
	int out[2], status;
	char part[1024];
	ssize_t n;
	pid_t pid;

	assert_return_code(pipe2(out, O_CLOEXEC), errno);
	w.out = out[1];
	pid = fork();
	if (pid == 0) {
		if (!become_root())
			_exit(77);
		in_world(&w, look);
	}
	(void)close(out[1]);
	while ((n = read(out[0], part, sizeof(part))) > 0)
		tb_buf_add(&text, part, (size_t)n);
	(void)close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status == W_EXITCODE(77, 0)) {
		print_message("this kernel gives no user namespace\n");
		skip();
	}
	if (status || strcmp(text.data ? text.data : "", wanted) != 0)
		fail_msg("status %#x, it saw:\n%s---\nand not:\n%s", (unsigned int)status,
			 text.data ? text.data : "", wanted);
}

static int none(void **state)
{
	(void)state;
	net = (struct sbx_network){ .mode = RUN_NET_NONE };
	rate = 0;
	return 0;
}

static void enter(int ns)
{
	if (setns(ns, CLONE_NEWNET))
		_exit(3);
}

/* fields() - of each line of a file of /proc that has @word, the fields whose bit is set */
static void fields(struct world *w, const char *path, const char *word, unsigned int mask)
{
	FILE *f = fopen(path, "re");
	char line[512], *save, *field;

	if (!f)
		_exit(4);
	while (fgets(line, sizeof(line), f)) {
		if (!strstr(line, word))
			continue;
		field = strtok_r(line, " \t\n", &save);
		for (unsigned int bit = 1; field; bit <<= 1) {
			if (mask & bit)
				(void)dprintf(w->out, "%s ", field);
			field = strtok_r(NULL, " \t\n", &save);
		}
		(void)dprintf(w->out, "\n");
	}
	(void)fclose(f);
}

static void link_of(struct world *w, const char *name)
{
	struct ifreq r = { .ifr_name = "" };
	const uint8_t *mac = (const uint8_t *)r.ifr_hwaddr.sa_data;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool running;

	memcpy(r.ifr_name, name, strlen(name) + 1);
	if (ioctl(fd, SIOCGIFFLAGS, &r))
		_exit(5);
	running = (r.ifr_flags & IFF_UP) && (r.ifr_flags & IFF_RUNNING);
	if (ioctl(fd, SIOCGIFHWADDR, &r))
		_exit(5);
	(void)dprintf(w->out, "%s %u %02x:%02x:%02x:%02x:%02x:%02x %s\n", name,
		      if_nametoindex(name), mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
		      running ? "up" : "down");
	(void)close(fd);
}

static void look_at_ends(struct world *w)
{
	link_of(w, "g0");
	enter(w->box);
	link_of(w, "eth0");
	link_of(w, "lo");
}

static void the_link_is_the_same_in_each_run(void **state)
{
	(void)state;
	sees(look_at_ends, "g0 3 02:00:c6:13:ff:01 up\neth0 2 02:00:c6:13:ff:02 up\n"
			   "lo 1 00:00:00:00:00:00 up\n");
	rate = 1000000000;
	sees(look_at_ends, "g0 3 02:00:c6:13:ff:01 up\neth0 2 02:00:c6:13:ff:02 up\n"
			   "lo 1 00:00:00:00:00:00 up\n");
}

static void look_at_routes(struct world *w)
{
	fields(w, "/proc/net/if_inet6", "g0", 0x2f);
	fields(w, "/proc/net/arp", "g0", 0x2d);
	enter(w->box);
	fields(w, "/proc/net/if_inet6", "eth0", 0x2f);
	fields(w, "/proc/net/arp", "eth0", 0x2d);
	fields(w, "/proc/net/route", "eth0", 0x8f);
	fields(w, "/proc/net/ipv6_route", " 00000400 ", 0x213);
}

/* Addresses in hexadecimal, as proc(5) has them; 0x6: complete and permanent. */
static void the_box_knows_one_way_to_everything(void **state)
{
	(void)state;
	sees(look_at_routes,
	     "20010db8ffff00000000000000000001 03 40 00 g0 \n"
	     "198.19.255.2 0x6 02:00:c6:13:ff:02 g0 \n"
	     "20010db8ffff00000000000000000002 02 40 00 eth0 \n"
	     "198.19.255.1 0x6 02:00:c6:13:ff:01 eth0 \n"
	     "eth0 00000000 01FF13C6 0003 00000000 \n"
	     "eth0 01FF13C6 00000000 0005 FFFFFFFF \n"
	     "20010db8ffff00000000000000000001 80 00000000000000000000000000000000 eth0 \n"
	     "00000000000000000000000000000000 00 20010db8ffff00000000000000000001 eth0 \n");
}

static void setting(struct world *w, const char *name)
{
	char path[128], text[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	(void)dprintf(w->out, "%s %s", name, text);
	(void)close(fd);
}

static void look_at_settings(struct world *w)
{
	setting(w, "ipv4/ip_forward");
	setting(w, "ipv6/conf/g0/addr_gen_mode");
	setting(w, "ipv4/icmp_ratemask");
	enter(w->box);
	setting(w, "ipv4/ip_forward");
	setting(w, "ipv4/conf/all/rp_filter");
	setting(w, "ipv6/conf/eth0/accept_ra");
	setting(w, "ipv6/conf/eth0/router_solicitations");
	setting(w, "ipv4/ping_group_range");
}

static void the_kernel_says_nothing_of_its_own(void **state)
{
	(void)state;
	sees(look_at_settings,
	     "ipv4/ip_forward 0\nipv6/conf/g0/addr_gen_mode 1\nipv4/icmp_ratemask 0\n"
	     "ipv4/ip_forward 0\nipv4/conf/all/rp_filter 0\nipv6/conf/eth0/accept_ra 0\n"
	     "ipv6/conf/eth0/router_solicitations 0\nipv4/ping_group_range 0\t0\n");
}

static socklen_t address(struct sockaddr_storage *to, const char *ip, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, ip, &v6->sin6_addr) != 1)
		_exit(6);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

/* error_at_once() - of a socket: 0, an errno, or ETIMEDOUT if nothing happens to it */
static int error_at_once(int fd, short what)
{
	struct pollfd p = { .fd = fd, .events = what };
	int code = 0;
	socklen_t len = sizeof(code);

	if (poll(&p, 1, WAIT_MS) != 1)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) ? errno : code;
}

/* contact() - from where we are, what becomes of a connection, or of a datagram */
static int contact(int type, const char *ip, uint16_t port)
{
	struct sockaddr_storage to;
	socklen_t len = address(&to, ip, port);
	int fd = socket(to.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), ret;

	ret = connect(fd, (struct sockaddr *)&to, len) && errno != EINPROGRESS ? errno : 0;
	if (!ret && type == SOCK_DGRAM)
		ret = send(fd, "x", 1, 0) == 1 ? 0 : errno;
	if (!ret)
		ret = error_at_once(fd, type == SOCK_DGRAM ? POLLIN : POLLOUT);
	(void)close(fd);
	return ret;
}

static void tell(struct world *w, int type, const char *ip, uint16_t port)
{
	int code = contact(type, ip, port);

	(void)dprintf(w->out, "%s %s %u: %s\n", type == SOCK_STREAM ? "tcp" : "udp", ip, port,
		      code ? strerrorname_np(code) : "answered");
}

static void look_at_nothing(struct world *w)
{
	enter(w->box);
	tell(w, SOCK_STREAM, "203.0.113.5", 80);
	tell(w, SOCK_STREAM, TB_GATE_IP4, 443);
	tell(w, SOCK_STREAM, "2001:db8:77::5", 80);
	tell(w, SOCK_DGRAM, "203.0.113.5", 53);
	tell(w, SOCK_DGRAM, "2001:db8:77::5", 53);
}

static void without_a_network_everything_fails_at_once(void **state)
{
	(void)state;
	sees(look_at_nothing, "tcp 203.0.113.5 80: ECONNREFUSED\ntcp 198.19.255.1 443: ECONNREFUSED\n"
			      "tcp 2001:db8:77::5 80: ECONNREFUSED\nudp 203.0.113.5 53: EHOSTUNREACH\n"
			      "udp 2001:db8:77::5 53: EACCES\n");
}

/* A lab that only listens: the kernel completes connections for it. */
static int lab(int type)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(TB_LAB_PORT) };
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0), on = 1, off = 0;

	if (fd < 0 || setsockopt(fd, SOL_IPV6, IPV6_TRANSPARENT, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_IP, IP_TRANSPARENT, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &off, sizeof(off)) ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) ||
	    (type == SOCK_STREAM && listen(fd, 16)))
		_exit(7);
	return fd;
}

/* tell_accepted() - for what address the lab got a connection */
static void tell_accepted(struct world *w, int listener)
{
	struct sockaddr_in6 own;
	socklen_t len = sizeof(own);
	struct pollfd p = { .fd = listener, .events = POLLIN };
	char ip[INET6_ADDRSTRLEN] = "";
	int fd = poll(&p, 1, WAIT_MS) == 1 ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;

	if (fd < 0 || getsockname(fd, (struct sockaddr *)&own, &len))
		_exit(8);
	(void)inet_ntop(AF_INET6, &own.sin6_addr, ip, sizeof(ip));
	(void)dprintf(w->out, "lab: %s %u\n", ip, ntohs(own.sin6_port));
	(void)close(fd);
}

/* ping() - an echo request, by a socket that needs no privilege, icmp(7) */
static void ping(struct world *w, const char *ip)
{
	struct icmphdr echo = { .type = ICMP_ECHO, .un.echo.sequence = htons(1) };
	struct sockaddr_storage to;
	socklen_t len = address(&to, ip, 0);
	struct pollfd p = { .fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP),
			    .events = POLLIN };

	if (p.fd < 0 || connect(p.fd, (struct sockaddr *)&to, len) ||
	    send(p.fd, &echo, sizeof(echo), 0) != sizeof(echo) || poll(&p, 1, WAIT_MS) != 1)
		_exit(9);
	(void)dprintf(w->out, "ping %s: %s\n", ip,
		      recv(p.fd, &echo, sizeof(echo), 0) == sizeof(echo) && echo.type == 0 ?
			      "answered" : "refused");
	(void)close(p.fd);
}

static void look_at_lab(struct world *w)
{
	int tcp = lab(SOCK_STREAM), udp = lab(SOCK_DGRAM);
	struct pollfd p = { .fd = udp, .events = POLLIN };
	struct sockaddr_storage to;
	char byte = 0;
	int fd;

	enter(w->box);
	tell(w, SOCK_STREAM, "203.0.113.5", 80);
	tell_accepted(w, tcp);
	tell(w, SOCK_STREAM, "2001:db8:77::5", 8443);
	tell_accepted(w, tcp);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sendto(fd, "d", 1, 0, (struct sockaddr *)&to, address(&to, "192.0.2.9", 999)) != 1 ||
	    poll(&p, 1, WAIT_MS) != 1 || recv(udp, &byte, 1, 0) != 1)
		_exit(10);
	(void)dprintf(w->out, "lab: %c\n", byte);
	ping(w, "192.0.2.77");
}

static void with_a_lab_every_address_is_the_labs(void **state)
{
	(void)state;
	net.mode = RUN_NET_SIM;
	sees(look_at_lab, "tcp 203.0.113.5 80: answered\nlab: ::ffff:203.0.113.5 80\n"
			  "tcp 2001:db8:77::5 8443: answered\nlab: 2001:db8:77::5 8443\n"
			  "lab: d\nping 192.0.2.77: answered\n");
}

static void allow(struct world *w, const char *ip, const char *protocol, uint16_t lo, uint16_t hi)
{
	struct sbx_open open = { .protocol = protocol, .port_lo = lo, .port_hi = hi };
	struct tb_err err = { 0 };
	bool v6 = strchr(ip, ':');

	open.net.family = v6 ? AF_INET6 : AF_INET;
	open.prefix = v6 ? 128 : 32;
	if (inet_pton(open.net.family, ip, open.net.ip) != 1)
		_exit(11);
	enter(w->gate);
	if (sbx_gate_allow(&open, 1, &err))
		(void)dprintf(w->out, "%s\n", err.msg);
	enter(w->box);
}

static void look_at_enforcement(struct world *w)
{
	(void)lab(SOCK_STREAM);
	(void)lab(SOCK_DGRAM);
	enter(w->box);
	tell(w, SOCK_STREAM, "203.0.113.5", 79);
	tell(w, SOCK_STREAM, "203.0.113.5", 80);
	tell(w, SOCK_STREAM, "203.0.113.255", 81);
	tell(w, SOCK_STREAM, "203.0.113.5", 82);
	tell(w, SOCK_STREAM, "203.0.114.5", 80);
	tell(w, SOCK_DGRAM, "203.0.113.5", 80);
	tell(w, SOCK_STREAM, "2001:db8:77::5", 443);
	tell(w, SOCK_STREAM, "2001:db8:78::5", 443);
	tell(w, SOCK_STREAM, TB_GATE_IP4, 53);
	tell(w, SOCK_STREAM, "198.18.0.7", 443);
	allow(w, "198.18.0.7", "tcp", 443, 443);
	allow(w, "198.18.0.7", "tcp", 443, 443);
	tell(w, SOCK_STREAM, "198.18.0.7", 443);
	tell(w, SOCK_STREAM, "198.18.0.7", 444);
	tell(w, SOCK_STREAM, "198.18.0.8", 443);
	allow(w, "2001:db8:1::7", NULL, 0, 0);
	tell(w, SOCK_STREAM, "2001:db8:1::7", 9999);
	ping(w, "192.0.2.77");
	ping(w, "192.0.2.78");
}

static void under_enforcement_only_what_is_declared_passes(void **state)
{
	struct sbx_open open[] = {
		{ .prefix = 24, .protocol = "tcp", .port_lo = 80, .port_hi = 81 },
		{ .prefix = 48 },
		{ .prefix = 32, .protocol = "icmp" },
	};
	static const char *const ips[] = { "203.0.113.0", "2001:db8:77::", "192.0.2.77" };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(open); i++) {
		open[i].net.family = strchr(ips[i], ':') ? AF_INET6 : AF_INET;
		assert_int_equal(inet_pton(open[i].net.family, ips[i], open[i].net.ip), 1);
	}
	net = (struct sbx_network){ .mode = RUN_NET_SIM, .enforce = true, .open = open,
				    .nopen = TB_ARRAY_SIZE(open) };
	sees(look_at_enforcement,
	     "tcp 203.0.113.5 79: ECONNREFUSED\ntcp 203.0.113.5 80: answered\n"
	     "tcp 203.0.113.255 81: answered\ntcp 203.0.113.5 82: ECONNREFUSED\n"
	     "tcp 203.0.114.5 80: ECONNREFUSED\nudp 203.0.113.5 80: EHOSTUNREACH\n"
	     "tcp 2001:db8:77::5 443: answered\ntcp 2001:db8:78::5 443: ECONNREFUSED\n"
	     "tcp 198.19.255.1 53: answered\ntcp 198.18.0.7 443: ECONNREFUSED\n"
	     "tcp 198.18.0.7 443: answered\ntcp 198.18.0.7 444: ECONNREFUSED\n"
	     "tcp 198.18.0.8 443: ECONNREFUSED\ntcp 2001:db8:1::7 9999: answered\n"
	     "ping 192.0.2.77: answered\nping 192.0.2.78: refused\n");
}

static void a_rate_that_cannot_be_kept_is_refused(void **state)
{
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(gate_links(-1, UINT64_C(8589934600), &err), -ERANGE);
	assert_string_equal(err.msg, "link rate: at most 8 Gbit/s, or 0: not shaped");
	assert_int_equal(gate_links(-1, 0, &err), -EBADF);
	assert_string_equal(err.msg, "enter the box's network namespace: Bad file descriptor");
}

#define TEST(name) cmocka_unit_test_setup(name, none)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_link_is_the_same_in_each_run),
		TEST(the_box_knows_one_way_to_everything),
		TEST(the_kernel_says_nothing_of_its_own),
		TEST(without_a_network_everything_fails_at_once),
		TEST(with_a_lab_every_address_is_the_labs),
		TEST(under_enforcement_only_what_is_declared_passes),
		TEST(a_rate_that_cannot_be_kept_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
