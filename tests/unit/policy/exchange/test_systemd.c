/* SPDX-License-Identifier: Apache-2.0 */
/* test_systemd.c - settings of units of systemd become policies, and policies drop-ins */
#include "made.h"

#include <seccomp.h>
#include <stdlib.h>

#include "policy/exchange/systemd.h"
#include "tcbox/own.h"

#define UNIT "systemd"

static void a_list_of_calls_has_default_and_later_lists_take_away(void **state)
{
	struct made m = made_of(UNIT, "[Unit]\nDescription=An agent\n[Service]\n"
		"SystemCallArchitectures=native x86\n"
		"SystemCallFilter=@basic-io \\\n# why not\n  listen accept:EACCES\n"
		"SystemCallFilter=~write execve @nonsense\n"
		"SystemCallFilter=no_such_call _llseek\n");

	(void)state;
	assert_string_equal(m.policy->product, "An agent");
	assert_true(m.policy->i386);
	assert_int_equal(call_is(m.policy, "read"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "mmap"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "listen"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "accept"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "write"), POL_SYS_UNDECLARED);
	assert_int_equal(call_is(m.policy, "execve"), POL_SYS_UNDECLARED);
	made_item(m.exch, EXCH_LOST, 5, "SystemCallFilter", "answered: accept:EACCES");
	made_item(m.exch, EXCH_LOST, 8, "SystemCallFilter", "no set \"@nonsense\"");
	made_item(m.exch, EXCH_LOST, 9, "SystemCallFilter", "no such call: no_such_call");
	made_item(m.exch, EXCH_NOTE, 9, "SystemCallFilter", "32-bit x86 only");
	made_free(&m);
}

static void a_list_of_refused_calls_allows_all_others(void **state)
{
	struct made m = made_of(UNIT, "[Service]\r\nSystemCallFilter=~@privileged ptrace:EPERM\r\n"
		"SystemCallFilter=chown\r\nSystemCallErrorNumber=EPERM\r\n");

	(void)state;
	assert_int_equal(call_is(m.policy, "read"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "chown"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "fchown"), POL_SYS_DENIED);
	assert_int_equal(call_is(m.policy, "ptrace"), POL_SYS_DENIED);
	made_item(m.exch, EXCH_NOTE, 4, "SystemCallErrorNumber", "how a call is answered");
	made_item(m.exch, EXCH_NOTE, 0, "", "without SystemCallArchitectures=");
	made_free(&m);
}

static void an_empty_value_begins_anew(void **state)
{
	struct made m = made_of(UNIT, "[Service]\nSystemCallArchitectures=native\n"
		"SystemCallFilter=~ptrace\nSystemCallFilter=\nSystemCallFilter=@clock\n"
		"ReadOnlyPaths=/\nReadWritePaths=/srv/a\nReadWritePaths=\nReadWritePaths=/srv/b\n"
		"RestrictAddressFamilies=AF_INET AF_INET6\nRestrictAddressFamilies=\n");

	(void)state;
	assert_int_equal(call_is(m.policy, "clock_settime"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "read"), POL_SYS_UNDECLARED);
	assert_int_equal(m.policy->nwrite, 1);
	assert_string_equal(m.policy->write[0], "/srv/b/**");
	made_free(&m);
}

static void sets_are_those_of_systemd(void **state)
{
	bool of[TB_SYSCALL_MAX] = { false };

	(void)state;
	assert_true(systemd_set_mark("@system-service", of));
	assert_true(of[tb_syscall_number("read")]);
	assert_false(of[tb_syscall_number("mount")]);
	memset(of, 0, sizeof(of));
	assert_true(systemd_set_mark("@known", of));
	assert_true(of[tb_syscall_number("mount")]);
	assert_false(of[tb_syscall_number("listmount")]);
	assert_false(systemd_set_mark("@network", of));
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		const char *name = tb_syscall_name(nr);

		if (name && systemd_knows(name) != (seccomp_syscall_resolve_name(name) == nr))
			fail_msg("does libseccomp know %s?", name);
	}
	for (size_t i = 0; systemd_set_at(i); i++) {
		const char *p = systemd_set_at(i)->calls;

		while (*p) {
			char word[64] = "";
			size_t len = strcspn(p, " ");

			assert_in_range(len, 1, sizeof(word) - 1);
			memcpy(word, p, len);
			p += len + (p[len] == ' ');
			if (*word == '@' ? !systemd_set_find(word) : tb_syscall_number(word) < 0)
				fail_msg("%s names %s", systemd_set_at(i)->name, word);
		}
	}
}

static void only_what_is_allowed_where_all_is_refused_becomes_a_rule(void **state)
{
	struct made m = made_of(UNIT, "[Service]\nIPAddressDeny=any\n"
		"IPAddressAllow=localhost 192.0.2.77/24 2001:db8::1 nowhere 192.0.2.0/33\n"
		"SocketBindDeny=any\nSocketBindAllow=tcp:8080 ipv6:udp:5000-5010 udp 0 65536\n");
	const struct pol_conn *c;

	(void)state;
	assert_int_equal(m.policy->nconns, 1);
	c = &m.policy->conns[0];
	assert_int_equal(c->nto, 2);	/* localhost is not judged */
	assert_int_equal(c->to[0].prefix, 24);
	assert_int_equal(c->to[0].net.ip[3], 0);
	assert_int_equal(c->to[1].prefix, 128);
	assert_int_equal(m.policy->nlistens, 3);
	assert_string_equal(m.policy->listens[0].protocol, "tcp");
	assert_int_equal(m.policy->listens[0].ports[0].lo, 8080);
	assert_int_equal(m.policy->listens[1].ports[0].hi, 5010);
	assert_int_equal(m.policy->listens[2].nports, 0);
	made_item(m.exch, EXCH_LOST, 3, "IPAddressAllow", "\"nowhere\" is no address");
	made_item(m.exch, EXCH_LOST, 3, "IPAddressAllow", "\"192.0.2.0/33\" is no address");
	made_item(m.exch, EXCH_WIDER, 5, "SocketBindAllow", "IPv4 from IPv6");
	made_item(m.exch, EXCH_LOST, 5, "SocketBindAllow", "\"0\" is no port");
	made_item(m.exch, EXCH_LOST, 5, "SocketBindAllow", "\"65536\" is no port");
	made_free(&m);
}

static void what_is_refused_in_particular_is_listed(void **state)
{
	struct made m = made_of(UNIT, "[Service]\nIPAddressDeny=10.0.0.0/8\n"
		"SocketBindDeny=tcp:22\nNoExecPaths=/home\nReadOnlyPaths=/etc\n"
		"InaccessiblePaths=/boot\nProtectSystem=full\nRestrictNamespaces=yes\n"
		"RestrictAddressFamilies=AF_INET AF_PACKET\nIPAddressAllow=\n");

	(void)state;
	made_item(m.exch, EXCH_LOST, 2, "IPAddressDeny", "\"10.0.0.0/8\": refused");
	made_item(m.exch, EXCH_LOST, 3, "SocketBindDeny", "\"tcp:22\": refused");
	made_item(m.exch, EXCH_LOST, 4, "NoExecPaths", "\"/home\": not executable");
	made_item(m.exch, EXCH_LOST, 5, "ReadOnlyPaths", "\"/etc\": read-only");
	made_item(m.exch, EXCH_LOST, 6, "InaccessiblePaths", "\"/boot\": hidden");
	made_item(m.exch, EXCH_LOST, 7, "ProtectSystem", "a part of the system");
	made_item(m.exch, EXCH_LOST, 8, "RestrictNamespaces", "no word for it");
	made_item(m.exch, EXCH_LOST, 9, "RestrictAddressFamilies", "sockets of AF_PACKET");
	made_item(m.exch, EXCH_WIDER, 9, "Service.RestrictAddressFamilies", "only IPv4 is left");
	assert_int_equal(m.policy->nconns, 0);
	assert_int_equal(m.policy->nwrite, 0);
	made_free(&m);
}

static void families_that_are_refused_are_listed(void **state)
{
	struct made m = made_of(UNIT, "[Service]\nRestrictAddressFamilies=AF_INET AF_INET6\n");

	(void)state;
	made_item(m.exch, EXCH_LOST, 2, "Service.RestrictAddressFamilies",
		  "it refuses sockets of AF_UNIX, AF_NETLINK, and");
	made_free(&m);
	m = made_of(UNIT, "[Service]\nRestrictAddressFamilies=~AF_NETLINK\nPrivateNetwork=yes\n");
	made_item(m.exch, EXCH_LOST, 2, "Service.RestrictAddressFamilies",
		  "it refuses sockets of AF_NETLINK, and");
	made_free(&m);
	m = made_of(UNIT, "[Service]\nRestrictAddressFamilies=AF_INET\n"
		    "RestrictAddressFamilies=AF_INET6 AF_UNIX AF_NETLINK\n");
	assert_int_equal(made_items(m.exch), 0);
	made_free(&m);
}

static void what_systemd_does_not_know_is_listed(void **state)
{
	struct made m = made_of(UNIT, "[Service]\nIPAdressDeny=any\nNoExecPath=/\nX-Own=1\n"
				"ExecStart=/bin/true\nAccept=yes\nWritable=no\n"
				"[Servce]\nIPAddressDeny=any\n[X-Own]\na=b\n"
				"[Timer]\nOnBootSec=1\n[Scope]\nQqqqqqqq=1\n");

	(void)state;
	made_item(m.exch, EXCH_LOST, 2, "IPAdressDeny", "unknown setting, which systemd ignores; "
		  "did you mean IPAddressDeny?");
	made_item(m.exch, EXCH_LOST, 3, "NoExecPath", "unknown setting");
	made_item(m.exch, EXCH_LOST, 9, "IPAddressDeny", "unknown section: systemd 252 has no "
		  "[Servce]");
	made_item(m.exch, EXCH_LOST, 15, "Qqqqqqqq", "systemd 252 has none of this name");
	made_item(m.exch, EXCH_NOTE, 0, "", "X-Own, ExecStart, Accept, Writable");
	assert_int_equal(made_items(m.exch), 4);
	made_free(&m);
}

static void settings_of_slices_restrict_too(void **state)
{
	struct made m = made_of(UNIT, "[Slice]\nIPAddressDeny=any\nIPAddressAllow=192.0.2.1\n");

	(void)state;
	assert_int_equal(m.policy->nconns, 1);
	made_free(&m);
}

static void without_sockets_of_ip_it_talks_to_nobody(void **state)
{
	static const char *const texts[] = {
		"[Service]\nRestrictAddressFamilies=none\nIPAddressDeny=any\nIPAddressAllow=any\n",
		"[Service]\nRestrictAddressFamilies=AF_UNIX\nIPAddressDeny=any\nIPAddressAllow=any\n",
		"[Service]\nRestrictAddressFamilies=~AF_INET AF_INET6\nIPAddressDeny=any\n"
			"IPAddressAllow=any\n",
		"[Service]\nPrivateNetwork=yes\nIPAddressDeny=any\nIPAddressAllow=any\n",
		"[Service]\nIPAddressDeny=any\n",
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(texts); i++) {
		struct made m = made_of(UNIT, texts[i]);

		assert_int_equal(m.policy->nconns, 0);
		made_free(&m);
	}
}

static void paths_are_lists_where_the_rest_is_read_only(void **state)
{
	struct made m = made_of(UNIT, "[Service]\nProtectSystem=strict\nPrivateTmp=yes\n"
		"ReadWritePaths=-/srv/a+b \"/srv/c d\" %S/x /srv/%i relative\n"
		"StateDirectory=acme acme/sub:link\nReadOnlyPaths=/srv/c/ro\n"
		"NoExecPaths=/\nExecPaths=/usr/bin/acme /opt/*\n");
	static const char *const want[] = { "/srv/a+b/**", "/srv/c d/**", "/var/lib/x/**",
					    "/srv/*/**", "/var/lib/acme/**", "/var/lib/acme/sub/**",
					    "/tmp/**", "/var/tmp/**", "/dev/**", "/proc/**",
					    "/sys/**" };

	(void)state;
	assert_int_equal(m.policy->nwrite, TB_ARRAY_SIZE(want));
	for (size_t i = 0; i < TB_ARRAY_SIZE(want); i++)
		assert_string_equal(m.policy->write[i], want[i]);
	assert_int_equal(m.policy->nexecutes, 4);
	assert_string_equal(m.policy->executes[1], "/usr/bin/acme/**");
	assert_string_equal(m.policy->executes[2], "/opt/\\*");
	made_item(m.exch, EXCH_WIDER, 4, "ReadWritePaths", "\"/srv/%i\"");
	made_item(m.exch, EXCH_LOST, 4, "ReadWritePaths", "\"relative\" is no absolute path");
	made_item(m.exch, EXCH_WIDER, 6, "ReadOnlyPaths", "\"/srv/c/ro\": read-only");
	made_free(&m);
	m = made_of(UNIT, "[Service]\nDynamicUser=yes\nPrivateDevices=yes\n"
		    "ProtectKernelTunables=yes\n");
	assert_int_equal(m.policy->nwrite, 2);
	made_free(&m);
	m = made_of(UNIT, "[Service]\nProtectSystem=strict\nStateDirectory=acme evil\n"
		    "CacheDirectory=acme\nStateDirectory=\nInaccessiblePaths=/\n");
	assert_int_equal(m.policy->nwrite, 4);
	assert_string_equal(m.policy->write[0], "/var/cache/acme/**");
	made_item(m.exch, EXCH_LOST, 6, "InaccessiblePaths", "\"/\": hidden");
	made_free(&m);
	m = made_of(UNIT, "[Service]\nProtectSystem=strict\nStateDirectory=acme evil\n"
		    "CacheDirectory=acme\n");		/* control */
	assert_int_equal(m.policy->nwrite, 6);
	made_free(&m);
}

static void what_is_no_unit_is_refused_with_its_line(void **state)
{
	TB_AUTOBUF struct tb_buf large = TB_BUF_INIT;

	(void)state;
	made_refused(UNIT, "[Service]\nUser\n", "x:2:1: a setting is written as NAME=VALUE");
	made_refused(UNIT, "\n[Service\n", "x:2:1: a section is written as [NAME]");
	made_refused(UNIT, "[a] b\n", "x:1:1: a section is written as [NAME]");
	for (size_t i = 0; i < 1u << 19; i++)
		tb_buf_adds(&large, "#\n");
	tb_buf_adds(&large, "#\n");
	made_refused(UNIT, large.data, "x: a unit has at most 1048576 bytes");
}

static void a_list_of_calls_has_an_end(void **state)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct made m;

	(void)state;
	tb_buf_adds(&text, "[Service]\nSystemCallFilter=");
	for (int i = 0; i < 8192; i++)
		tb_buf_adds(&text, "@known ");
	tb_buf_adds(&text, "uselib\n");
	m = made_of(UNIT, text.data);
	made_item(m.exch, EXCH_LOST, 2, "SystemCallFilter", "more than 8192 words");
	assert_int_equal(call_is(m.policy, "mount"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "uselib"), POL_SYS_UNDECLARED);
	made_free(&m);
}

static void what_stands_outside_is_listed(void **state)
{
	struct made m = made_of(UNIT, "SystemCallFilter=read\n[Install]\nWantedBy=a\n[Service]\n"
				"User=a\nExecStart=/x \\\n");

	(void)state;
	assert_false(m.policy->has_syscalls);
	made_item(m.exch, EXCH_LOST, 1, "SystemCallFilter", "before the first section");
	made_item(m.exch, EXCH_NOTE, 0, "", "User, ExecStart");
	made_free(&m);
}

static const char policy[] =
	"{ \"tcbox_policy\": 1, \"connections\": [\n"
	"{ \"id\": \"a\", \"to\": [\"192.0.2.0/24\", \"2001:db8::1\"] },\n"
	"{ \"id\": \"b\", \"to\": [\"198.51.100.7\"] }],\n"
	"\"files\": { \"write\": [\"/var/lib/a b/**\", \"/var/log/a%b.log\", \"/**\"] },\n"
	"\"syscalls\": { \"allow\": [\"@default\", \"@network\"], \"deny\": [\"execve\",\n"
	"\"statmount\", \"listmount\", \"setxattrat\",\n"
	"\"getxattrat\", \"listxattrat\", \"removexattrat\", \"file_getattr\", \"file_setattr\",\n"
	"\"lsm_get_self_attr\", \"lsm_set_self_attr\", \"lsm_list_modules\", \"mseal\",\n"
	"\"rseq_slice_yield\"] } }";

static void a_policy_and_its_drop_in_allow_the_same(void **state)
{
	struct exch *e = written_as(UNIT, policy);
	struct made back = made_of(UNIT, exch_text(e)->data);
	struct tb_err err = { 0 };
	struct pol *p = NULL;

	(void)state;
	assert_int_equal(made_items(e), 0);
	assert_int_equal(made_items(back.exch), 0);
	assert_int_equal(pol_parse("p", policy, strlen(policy), &p, &err), 0);
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		assert_int_equal(p->sys[nr] == POL_SYS_ALLOWED,
				 back.policy->sys[nr] == POL_SYS_ALLOWED);
	assert_int_equal(back.policy->nconns, 1);
	assert_int_equal(back.policy->conns[0].nto, 3);
	assert_memory_equal(&back.policy->conns[0].to[2].net, &p->conns[1].to[0].net,
			    sizeof(struct ev_addr));
	assert_int_equal(back.policy->nwrite, 3);
	assert_string_equal(back.policy->write[0], "/var/lib/a b/**");
	assert_string_equal(back.policy->write[1], "/var/log/a%b.log/**");
	assert_string_equal(back.policy->write[2], "/**");
	pol_free(p);
	made_free(&back);
	exch_free(e);
}

static void what_a_unit_cannot_say_is_listed(void **state)
{
	struct exch *e = written_as(UNIT, "{ \"tcbox_policy\": 1, \"connections\": [\n"
		"{ \"id\": \"a\", \"to\": [\"192.0.2.1\"], \"ports\": [443], \"protocol\": \"tcp\" },\n"
		"{ \"id\": \"b\", \"to\": [\"192.0.2.1\"] }],\n"
		"\"names\": [\"a.example\"], \"executes\": [\"/bin/sh\"],\n"
		"\"listens\": [{ \"id\": \"l\", \"ports\": [1], \"on\": \"loopback\" },\n"
		"{ \"id\": \"s\", \"protocol\": \"sctp\" }],\n"
		"\"files\": { \"write\": [\"/var/log/a-*.log\"], \"read\": [\"/etc/**\"] },\n"
		"\"syscalls\": { \"allow\": [\"listmount\"] },\n"
		"\"undeclared\": { \"syscalls\": \"info\" } }");

	(void)state;
	made_item(e, EXCH_WIDER, 2, "connections.a", "says nothing of: protocol, ports");
	made_item(e, EXCH_LOST, 4, "names", "lookups");
	made_item(e, EXCH_LOST, 4, "executes", "programs");
	made_item(e, EXCH_WIDER, 5, "listens.l", "nothing of: on");
	made_item(e, EXCH_LOST, 6, "listens.s", "no word for sctp");
	made_item(e, EXCH_WIDER, 7, "files.write", "all of /var/log");
	made_item(e, EXCH_LOST, 7, "files.read", "files that are read");
	made_item(e, EXCH_LOST, 0, "", "refuses: listmount");
	made_item(e, EXCH_LOST, 0, "", "undeclared behaviour matters: syscalls");
	exch_free(e);
	e = written_as(UNIT, "{ \"tcbox_policy\": 1, \"connections\": [\n"
		       "{ \"id\": \"a\", \"to\": [\"a.example\"] }] }");
	made_item(e, EXCH_WIDER, 2, "connections.a", "leaves all of them free");
	assert_null(strstr(exch_text(e)->data, "IPAddress"));
	exch_free(e);
	e = written_as(UNIT, "{ \"tcbox_policy\": 1 }");
	assert_string_equal(exch_text(e)->data, "# For the directory NAME.service.d of a unit.\n"
			    "[Service]\nRestrictAddressFamilies=AF_UNIX AF_NETLINK\n");
	made_item(e, EXCH_NOTE, 0, "", "cannot talk to itself");
	exch_free(e);
}

static void a_port_for_anybody_can_be_reached(void **state)
{
	struct exch *e = written_as(UNIT, "{ \"tcbox_policy\": 1, \"listens\": [\n"
		"{ \"id\": \"l\", \"protocol\": \"tcp\", \"ports\": [80, \"8000-8010\"] },\n"
		"{ \"id\": \"m\", \"on\": \"any\", \"protocol\": \"udp\" }] }");

	(void)state;
	assert_null(strstr(exch_text(e)->data, "IPAddress"));
	assert_non_null(strstr(exch_text(e)->data, "SocketBindDeny=any\n"
			       "SocketBindAllow=tcp:80 tcp:8000-8010 udp\n"));
	made_item(e, EXCH_WIDER, 2, "listens.l", "as callers, too");
	assert_int_equal(made_items(e), 1);
	exch_free(e);
	e = written_as(UNIT, "{ \"tcbox_policy\": 1, \"connections\": [\n"
		       "{ \"id\": \"a\", \"to\": [\"192.0.2.1\"] }], \"listens\": [\n"
		       "{ \"id\": \"l\", \"ports\": [80], \"on\": \"loopback\" }] }");
	assert_non_null(strstr(exch_text(e)->data, "IPAddressDeny=any\n"
			       "IPAddressAllow=localhost 192.0.2.1/32\n"));
	exch_free(e);
}

static void a_path_is_never_a_line_of_the_unit(void **state)
{
	struct exch *e = written_as(UNIT, "{ \"tcbox_policy\": 1, \"files\": { \"write\": [\n"
		"\"/a\\nExecStart=/bin/evil\", \"/b\\r\",\n\"/c\\u2028\", \"/d\\\\\\\\e\"] } }");
	const char *text = exch_text(e)->data;

	(void)state;
	assert_null(strstr(text, "evil"));
	assert_non_null(strstr(text, "ReadOnlyPaths=/\nReadWritePaths=-/d\\\\e\n"));
	made_item(e, EXCH_LOST, 2, "files.write", "control characters");
	made_item(e, EXCH_LOST, 3, "files.write", "control characters");
	assert_int_equal(made_items(e), 3);
	exch_free(e);
	e = written_as(UNIT, "{ \"tcbox_policy\": 1, \"files\": {} }");
	assert_non_null(strstr(exch_text(e)->data, "ReadOnlyPaths=/\n"));
	exch_free(e);
}

static void each_rule_of_a_unit_is_looked_at(void **state)
{
	struct exch *e = written_as(UNIT, "{ \"tcbox_policy\": 1, \"connections\": [\n"
		"{ \"id\": \"a\", \"to\": [\"a.example\"] },\n"
		"{ \"id\": \"b\", \"to\": [\"192.0.2.1\"], \"process\": \"/b\", \"why\": \"w\",\n"
		"  \"required\": true, \"until\": \"2099-01-01\", \"data\": [\"d\"] }],\n"
		"\"undeclared\": { \"executes\": \"violation\" } }");

	(void)state;
	made_item(e, EXCH_WIDER, 2, "connections.a", "leaves all of them free");
	made_item(e, EXCH_WIDER, 3, "connections.b", "says nothing of: process, until");
	made_item(e, EXCH_LOST, 3, "connections.b", "says nothing of: required, data, why");
	made_item(e, EXCH_WIDER, 3, "connections.b", "its addresses are not written");
	made_item(e, EXCH_LOST, 0, "", "undeclared behaviour matters: executes");
	exch_free(e);
}

static void what_is_allowed_out_of_a_part_is_listed(void **state)
{
	struct made m = made_of(UNIT, "[Service]\nIPAddressDeny=10.0.0.0/8\n"
		"IPAddressAllow=10.1.0.0/16\nSocketBindDeny=tcp:1-1023\nSocketBindAllow=tcp:80\n");

	(void)state;
	made_item(m.exch, EXCH_LOST, 3, "IPAddressAllow", "\"10.1.0.0/16\": allowed out of");
	made_item(m.exch, EXCH_LOST, 5, "SocketBindAllow", "\"tcp:80\": allowed out of");
	made_free(&m);
	m = made_of(UNIT, "[Service]\nIPAddressAllow=10.1.0.0/16\nSocketBindAllow=tcp:80\n");
	made_item(m.exch, EXCH_NOTE, 2, "IPAddressAllow", "nothing is refused");
	made_item(m.exch, EXCH_NOTE, 3, "SocketBindAllow", "nothing is refused");
	made_free(&m);
	m = made_of(UNIT, "[Service]\nIPAddressDeny=any fe80::/64\nSocketBindDeny=any udp:9\n");
	made_item(m.exch, EXCH_NOTE, 2, "IPAddressDeny", "\"fe80::/64\" is refused with all");
	made_item(m.exch, EXCH_NOTE, 3, "SocketBindDeny", "\"udp:9\" is refused with all");
	made_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_calls_has_default_and_later_lists_take_away),
		cmocka_unit_test(a_list_of_refused_calls_allows_all_others),
		cmocka_unit_test(an_empty_value_begins_anew),
		cmocka_unit_test(sets_are_those_of_systemd),
		cmocka_unit_test(only_what_is_allowed_where_all_is_refused_becomes_a_rule),
		cmocka_unit_test(what_is_refused_in_particular_is_listed),
		cmocka_unit_test(families_that_are_refused_are_listed),
		cmocka_unit_test(what_systemd_does_not_know_is_listed),
		cmocka_unit_test(settings_of_slices_restrict_too),
		cmocka_unit_test(without_sockets_of_ip_it_talks_to_nobody),
		cmocka_unit_test(paths_are_lists_where_the_rest_is_read_only),
		cmocka_unit_test(what_is_no_unit_is_refused_with_its_line),
		cmocka_unit_test(a_list_of_calls_has_an_end),
		cmocka_unit_test(what_stands_outside_is_listed),
		cmocka_unit_test(a_policy_and_its_drop_in_allow_the_same),
		cmocka_unit_test(a_port_for_anybody_can_be_reached),
		cmocka_unit_test(a_path_is_never_a_line_of_the_unit),
		cmocka_unit_test(each_rule_of_a_unit_is_looked_at),
		cmocka_unit_test(what_is_allowed_out_of_a_part_is_listed),
		cmocka_unit_test(what_a_unit_cannot_say_is_listed),
	};

	return cmocka_run_group_tests_name("exchange/systemd", tests, NULL, NULL);
}
