/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample.h - an invented run of an invented product, as the comparison would describe it
 */
#ifndef TESTS_REPORT_SAMPLE_H
#define TESTS_REPORT_SAMPLE_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/facts.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/report.h"

#define S(text) (char *)(uintptr_t)(text)	/* results own their strings; these are never
						 * freed */
#define ID(digit) digit "f86d081884c7d659a2feaa0c55ad015"
#define MS INT64_C(1000000)
#define SHA_A "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define SHA_B "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
#define SHA_C "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13"

static struct fnd_proc sample_procs[] = {
	{ .id = 1, .pid = 2, .exe = S("/usr/bin/tcbox"), .canary = true },
	{ .id = 2, .pid = 3, .exe = S("/opt/acme/agent"), .sha256 = S(SHA_A),
	  .cmdline = S("./acme-agent --daemon") },
	{ .id = 3, .pid = 9, .parent = 2, .exe = S("/bin/sh"), .sha256 = S(SHA_B),
	  .cmdline = S("sh -c exec /opt/acme/lib/telemetry --once") },
	{ .id = 4, .pid = 14, .parent = 3, .exe = S("/opt/acme/lib/telemetry"), .sha256 = S(SHA_C),
	  .cmdline = S("/opt/acme/lib/telemetry --once --endpoint "
		       "https://updates.acme.example:8443/v2/collect "
		       "--batch 500") },
};

#define TEXT(key, text) { FND_KEY_##key, S(text), 0 }
#define NUMBER(key, n) { FND_KEY_##key, NULL, n }
#define DETAILS(v) { (v), TB_ARRAY_SIZE(v) }

static struct fnd_detail sample_flow[] = {
	TEXT(PROTO, "tcp"), TEXT(REMOTE, "198.18.3.7:8443"), TEXT(NAME, "updates.acme.example"),
	TEXT(APP, "tls"), TEXT(TLS, "1.3"), TEXT(SNI, "updates.acme.example"),
};
static struct fnd_detail sample_port[] = {
	TEXT(AGREES, "host"), TEXT(AGREES, "protocol"), NUMBER(PORT, 8443), TEXT(RULE_PORT, "443"),
};
static struct fnd_detail sample_exec[] = {
	TEXT(PATH, "/opt/acme/lib/telemetry"), TEXT(SHA256, SHA_C),
};
static struct fnd_detail sample_lookup[] = {
	TEXT(NAME, "c2.stranger.example"), TEXT(TYPE, "AAAA"), TEXT(SERVER, "198.19.255.1:53"),
};
static struct fnd_detail sample_unowned[] = {
	TEXT(PROTO, "udp"), TEXT(LOCAL, "198.19.255.2:51111"), NUMBER(PACKETS, 18),
};
static struct fnd_detail sample_limit[] = { NUMBER(BYTES, 105472), NUMBER(MAX, 65536) };
static struct fnd_detail sample_lost[] = { NUMBER(LOST, 1) };
static struct fnd_detail sample_call[] = {
	TEXT(SYSCALL, "io_uring_setup"), NUMBER(DENIED, 1), TEXT(ERROR, "ENOSYS"),
};

static struct fnd sample_findings[] = {
	{ .id = ID("1"), .code = FND_NET_UNDECLARED, .severity = FND_VIOLATION, .basis = FND_SEEN,
	  .program = S("/opt/acme/lib/telemetry"),
	  .object = S("updates.acme.example port 8443 (tcp)"),
	  .seen = { { DETAILS(sample_flow), DETAILS(sample_port) } }, .nseen = 1,
	  .nearest = S("update-check"),
	  .proc = 4, .first = 1250 * MS + 123456, .last = 8113 * MS, .count = 3, .bytes_out = 45120,
	  .bytes_in = 1234, .packets = { { 12, 14, 15 }, 3 }, .events = { { 88, 91, 107 }, 3 } },
	{ .id = ID("2"), .code = FND_EXEC_UNDECLARED, .severity = FND_WARNING, .basis = FND_SEEN,
	  .program = S("/bin/sh"),
	  .object = S("/opt/acme/lib/telemetry"), .seen = { { .details = DETAILS(sample_exec) } },
	  .nseen = 1,
	  .proc = 3,
	  .first = 1201 * MS, .last = 1201 * MS, .count = 1, .events = { { 71 }, 1 } },
	{ .id = ID("3"), .code = FND_DNS_UNDECLARED, .severity = FND_VIOLATION, .basis = FND_SEEN,
	  .program = S("/opt/acme/lib/telemetry"), .object = S("c2.stranger.example"),
	  .seen = { { .details = DETAILS(sample_lookup) } }, .nseen = 1,
	  .proc = 4, .first = 2400 * MS, .last = 2400 * MS, .count = 2, .bytes_out = 72,
	  .bytes_in = 180,
	  .packets = { { 40 }, 1 }, .events = { { 99, 100 }, 2 } },
	{ .id = ID("4"), .code = FND_FLOW_UNOWNED, .severity = FND_VIOLATION, .basis = FND_INFERRED,
	  .object = S("203.0.113.5 port 4500 (udp)"),
	  .seen = { { .details = DETAILS(sample_unowned) } }, .nseen = 1,
	  .first = 3000 * MS, .last = 86401 * 1000 * MS, .count = 18, .bytes_out = 18432,
	  .packets = { { 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66 }, 16 } },
	{ .id = ID("5"), .code = FND_NET_LIMIT, .severity = FND_VIOLATION, .basis = FND_SEEN,
	  .program = S("/opt/acme/agent"),
	  .object = S("bytes out"), .declared = S("update-check"),
	  .seen = { { .details = DETAILS(sample_limit) } }, .nseen = 1, .proc = 2,
	  .first = 900 * MS, .last = 9100 * MS, .count = 1, .bytes_out = 105472,
	  .bytes_in = 1048576, .events = { { 64 }, 1 } },
	{ .id = ID("6"), .code = FND_MISSING_REQUIRED, .severity = FND_WARNING,
	  .basis = FND_INFERRED,
	  .object = S("licence-check"), .declared = S("licence-check"),
	  .seen = { { .details = DETAILS(sample_lost) } }, .nseen = 1 },
	{ .id = ID("7"), .code = FND_BOX_ATTEMPT, .severity = FND_INFO, .basis = FND_SEEN,
	  .program = S("/opt/acme/agent"),
	  .object = S("io_uring_setup"), .seen = { { .details = DETAILS(sample_call) } },
	  .nseen = 1, .proc = 2,
	  .first = 300 * MS, .last = 300 * MS, .count = 1, .events = { { 12 }, 1 } },
};

static struct fnd_rule sample_rules[] = {
	{ .section = "connections", .id = S("update-check"),
	  .why = S("asks once a day for a new release"), .required = true,
	  .count = 12, .bytes_out = 105472, .bytes_in = 1048576, .first = 900 * MS,
	  .last = 9100 * MS },
	{ .section = "connections", .id = S("licence-check"),
	  .why = S("reports the licence number at the first start"),
	  .required = true },
	{ .section = "connections", .id = S("crash-report") },
	{ .section = "listens", .id = S("ui"), .count = 1, .first = 410 * MS, .last = 410 * MS },
	{ .section = "executes", .id = S("/bin/sh"), .count = 1, .first = 1190 * MS,
	  .last = 1190 * MS },
	{ .section = "files.write", .id = S("/var/lib/acme/**") },
};

static struct fnd_detail sample_encrypted[] = { NUMBER(BYTES, 150592), NUMBER(FLOWS, 15) };
static struct fnd_detail sample_dropped[] = { NUMBER(COUNT, 12) };
static struct fnd_gap sample_gaps[] = {
	{ .code = FND_GAP_ENCRYPTED, .details = DETAILS(sample_encrypted) },
	{ .code = FND_GAP_PACKETS_DROPPED, .details = DETAILS(sample_dropped),
	  .blocks_conforms = true },
};

static struct fnd_share sample_shares[] = {
	{ .proc = 2, .flows = 12, .bytes_out = 105472, .bytes_in = 1048576, .opaque_out = 105472 },
	{ .proc = 4, .flows = 4, .bytes_out = 45192, .bytes_in = 1414, .opaque_out = 45120 },
	{ .proc = 0, .flows = 1, .bytes_out = 18432 },
};

static struct fnd_result sample_result = {
	.verdict = FND_VIOLATES,
	.findings = sample_findings, .nfindings = TB_ARRAY_SIZE(sample_findings),
	.rules = sample_rules, .nrules = TB_ARRAY_SIZE(sample_rules),
	.gaps = sample_gaps, .ngaps = TB_ARRAY_SIZE(sample_gaps),
	.procs = sample_procs, .nprocs = TB_ARRAY_SIZE(sample_procs),
	.shares = sample_shares, .nshares = TB_ARRAY_SIZE(sample_shares),
	.sights = {
		[FND_BY_CALLS] = FND_SIGHT_UP, [FND_BY_PACKETS] = FND_SIGHT_PART,
		[FND_BY_LAB] = FND_SIGHT_OFF, [FND_BY_SOCKETS] = FND_SIGHT_DOWN,
		[FND_BY_PROCESS] = FND_SIGHT_UP, [FND_BY_DISK] = FND_SIGHT_UP,
	},
	.totals = { .processes = 3, .executions = 3, .calls = 412, .attempts = 1, .flows = 17,
		    .lookups = 9, .names = 2,
		    .files_written = 4, .packets = 1834, .packets_dropped = 12, .packets_link = 8,
		    .packets_unowned = 18,
		    .bytes_out = 169096, .bytes_in = 1049990, .bytes_unowned = 18432,
		    .bytes_opaque = 150592 },
	.canary = { true, true, true }, .last_canary = { true, true, true },
};

static char *sample_argv[] = { S("./acme-agent"), S("--daemon"), NULL };
static char *sample_degraded[] =
	{ S("The gate's link could not be shaped: a fast product may make the capture lose "
	    "packets") };
static struct run_file sample_files[] = {
	{ .path = S("/opt/acme/agent"), .sha256_before = S(SHA_A), .sha256_after = S(SHA_A),
	  .size = 2097152 },
	{ .path = S("/opt/acme/lib/telemetry"), .sha256_before = S(SHA_C), .sha256_after = S(SHA_C),
	  .size = 81920 },
};
static struct run_counter sample_counters[] = {
	{ S("box.notifications"), 412 }, { S("capture.packets_captured"), 1834 },
	{ S("capture.packets_dropped"), 12 },
	{ S("capture.packets_ifdropped"), 0 }, { S("lab.served"), 17 }, { S("lab.refused"), 0 },
	{ S("net.flows"), 17 },
};

static char *sample_binds[] = { S("/srv/models:/opt/acme/models:ro"), NULL };
static char *sample_env[] = { S("HTTPS_PROXY"), S("ACME_TOKEN"), NULL };

static struct run_info sample_run = {
	.state = RUN_COMPLETE, .tcbox_version = S("0.1.0"), .hostname = S("lab7"),
	.kernel = S("6.18.0"),
	.machine = S("x86_64"), .uid = 1001, .started_ns = INT64_C(1764065702123456789),
	.ended_ns = INT64_C(1764065714533456789), .argv = sample_argv, .argc = 2,
	.cwd = S("/home/tech/acme"),
	.env = sample_env, .nenv = 2, .binds = sample_binds, .nbinds = 1,
	.box_hostname = S("till-7"), .net = RUN_NET_SIM,
	.observe = RUN_OBSERVE_DEFAULT, .has_policy = true, .policy_path = S("agent.policy.json"),
	.policy_sha256 = S(SHA_B),
	.timeout_ms = 60000,
	.processes_max = 4096, .layer_bytes = UINT64_C(2) << 30, .exited = true, .exit_code = 0,
	.files = sample_files, .nfiles = 2,
	.counters = sample_counters, .ncounters = TB_ARRAY_SIZE(sample_counters),
	.degraded = sample_degraded, .ndegraded = 1,
};

static struct pol sample_policy = {
	.path = S("agent.policy.json"), .vendor = S("Acme"), .product = S("Agent"),
	.version = S("4.2.1"), .has_syscalls = true,
};

static const struct ev_addr sample_addrs[] = {
	{ .family = AF_INET, .ip = { 198, 18, 3, 7 } },
	{ .family = AF_INET, .ip = { 203, 0, 113, 5 } },
	{ .family = AF_INET6, .ip = { 0x20, 0x01, 0x0d, 0xb8, [15] = 7 } },
};

static const struct fact_request sample_requests[] = {
	{ .service = "https", .method = "POST", .host = "updates.acme.example", .path = "/v2/collect",
	  .tls_version = "1.3", .status = 202, .count = 3, .bytes_out = 44100, .bytes_in = 12,
	  .first = 1260 * MS, .last = 8100 * MS },
	{ .service = "https", .method = "CONNECT", .host = "proxy.acme.example",
	  .target = "c2.stranger.example:443", .count = 1, .first = 1270 * MS, .last = 1270 * MS,
	  .unread = true },
	{ .service = "https", .via = "c2.stranger.example:443", .tls_version = "1.2", .count = 1,
	  .first = 1270 * MS, .last = 1270 * MS, .cut = true },
};

static const struct fact_dest sample_dests[] = {
	{ .host = "updates.acme.example", .addrs = sample_addrs, .naddrs = 1, .port = 8443,
	  .proto = "tcp", .state = "fin", .app = "tls", .tls_version = "1.3",
	  .sni = "updates.acme.example", .content = FACT_READ,
	  .requests = sample_requests, .nrequests = TB_ARRAY_SIZE(sample_requests),
	  .more_requests = 4,
	  .owner = { "/opt/acme/lib/telemetry", 4, 14, 1 }, .stand = FND_UNDECLARED, .count = 3,
	  .first = 1250 * MS + 123456, .last = 8113 * MS, .pkts = 99, .bytes_out = 45120,
	  .bytes_in = 1234 },
	{ .addrs = &sample_addrs[1], .naddrs = 1, .port = 4500, .proto = "udp", .state = "timeout",
	  .content = FACT_UNKNOWN_CONTENT, .stand = FND_UNDECLARED, .count = 1, .first = 3000 * MS,
	  .last = 86401 * 1000 * MS, .pkts = 18, .bytes_out = 18432 },
	{ .host = "updates.acme.example", .addrs = sample_addrs, .naddrs = 3, .port = 443,
	  .proto = "tcp", .state = "fin", .app = "http", .http_host = "cdn.acme.example",
	  .content = FACT_CLEAR, .owner = { "/opt/acme/agent", 2, 3, 4 }, .stand = FND_DECLARED,
	  .rule = "update-check", .count = 12, .first = 900 * MS, .last = 9100 * MS, .pkts = 120,
	  .bytes_out = 105472, .bytes_in = 1048576 },
};

static const struct fact_upload sample_uploads[] = {
	{ .host = "cdn.acme.example", .server = { .family = AF_INET, .port = 80,
						  .ip = { 198, 18, 3, 7 } },
	  .service = "http", .method = "PUT", .path = "/crash\x1b[31m", .sha256 = SHA_A,
	  .begins = "\x1b[31mred", .program = "/opt/acme/agent", .proc = 2, .status = 201,
	  .bytes = 105000, .count = 1, .kept = 1024, .kept_at = 70, .first = 900 * MS,
	  .last = 910 * MS },
	{ .server = { .family = AF_INET, .port = 8443, .ip = { 198, 18, 3, 7 } },
	  .service = "https", .method = "POST", .path = "/v2/collect", .tls_version = "1.3",
	  .type = "application/json", .encoding = "gzip", .sha256 = SHA_A, .bytes = 14700,
	  .count = 3, .first = 1260 * MS, .last = 8100 * MS },
};

static const struct fact_name sample_names[] = {
	{ .name = "xfer.c2.stranger.example", .types = { "TXT" },
	  .owner = { "/opt/acme/lib/telemetry", 4, 14, 1 }, .answered = true, .count = 1,
	  .extra = 37, .first = 2500 * MS, .last = 2500 * MS },
	{ .name = "c2.stranger.example", .types = { "A", "AAAA" },
	  .owner = { "/opt/acme/lib/telemetry", 4, 14, 1 }, .count = 2, .elsewhere = true,
	  .server = { .family = AF_INET, .ip = { 203, 0, 113, 53 }, .port = 53 },
	  .first = 2400 * MS, .last = 2401 * MS },
	{ .name = "updates.acme.example", .types = { "A" }, .owner = { "/opt/acme/agent", 2, 3, 1 },
	  .answered = true, .contacted = true, .count = 2, .first = 890 * MS, .last = 890 * MS },
};

static const struct fact_listener sample_listeners[] = {
	{ .proto = "tcp", .local = { .family = AF_INET, .port = 99 }, .unexplained = true,
	  .count = 1, .first = 500 * MS, .last = 500 * MS },
	{ .proto = "udp", .local = { .family = AF_INET, .ip = { 127, 0, 0, 1 } }, .count = 7,
	  .owner = { "/opt/acme/agent", 2, 3, 1 }, .first = 410 * MS, .last = 900 * MS },
};

static const struct fact_program sample_programs[] = {
	{ .path = "/opt/acme/agent", .args = "./acme-agent --daemon", .sha256 = SHA_A,
	  .parent = SIZE_MAX, .proc = 2, .pid = 3, .count = 1, .forks = 3, .first = 120 * MS },
	{ .path = "/usr/bin/dash", .args = "/bin/sh -c exec /opt/acme/lib/telemetry --once",
	  .parent = 0, .depth = 1, .proc = 3, .pid = 9, .count = 12, .first = 1190 * MS },
	{ .path = "/opt/acme/lib/telemetry",
	  .args = "/opt/acme/lib/telemetry --once --endpoint "
		  "https://updates.acme.example:8443/v2/collect --batch 500 --header "
		  "x-licence:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	  .parent = 1, .depth = 2, .proc = 4, .pid = 14, .count = 1, .first = 1201 * MS },
	{ .parent = SIZE_MAX, .proc = 9, .pid = 44, .count = 1, .first = 1300 * MS },
};

static const struct fact_file sample_files_changed[] = {
	{ .path = "/etc/hosts", .dir = 5, .program = "/opt/acme/agent", .programs = 1, .proc = 2,
	  .error = "EACCES", .denied = true, .count = 2, .first = 600 * MS, .last = 700 * MS },
	{ .path = "/var/lib/acme/id", .dir = 14, .op = "create", .left = FACT_LEFT_CREATED,
	  .type = "file", .sha256 = SHA_C, .size = 40, .program = "/opt/acme/agent",
	  .programs = 2, .proc = 2, .count = 1, .first = 600 * MS, .last = 600 * MS },
	{ .path = "/var/lib/acme/id.tmp", .dir = 14, .op = "create", .program = "/opt/acme/agent",
	  .programs = 1, .proc = 2, .count = 2, .first = 600 * MS, .last = 600 * MS },
	{ .path = "/var/lib/acme/log", .dir = 14, .left = FACT_LEFT_CHANGED, .type = "file",
	  .unexplained = true },
	{ .path = "/var/lib/acme/old", .dir = 14, .op = "remove", .left = FACT_LEFT_REMOVED,
	  .type = "link", .program = "/opt/acme/agent", .programs = 1, .proc = 2, .count = 1,
	  .first = 600 * MS, .last = 600 * MS },
};

static const struct fact_call sample_calls[] = {
	{ .name = "io_uring_setup", .group = "io_uring", .program = "/opt/acme/agent",
	  .error = "ENOSYS", .refused = true, .proc = 2, .count = 1, .first = 300 * MS,
	  .last = 300 * MS },
	{ .name = "setuid32", .abi = "i386", .group = "identity", .detail = "1000", .proc = 2,
	  .count = 2, .first = 300 * MS, .last = 310 * MS },
};

static const struct facts sample_facts = {
	.dests = sample_dests, .ndests = TB_ARRAY_SIZE(sample_dests),
	.more_dests = { 2, 5, 100, 200 },
	.uploads = sample_uploads, .nuploads = TB_ARRAY_SIZE(sample_uploads),
	.names = sample_names, .nnames = TB_ARRAY_SIZE(sample_names),
	.listeners = sample_listeners, .nlisteners = TB_ARRAY_SIZE(sample_listeners),
	.programs = sample_programs, .nprograms = TB_ARRAY_SIZE(sample_programs),
	.files = sample_files_changed, .nfiles = TB_ARRAY_SIZE(sample_files_changed),
	.calls = sample_calls, .ncalls = TB_ARRAY_SIZE(sample_calls),
	.more_names = 1, .more_programs = 4, .disk_listed = true,
};

static const struct facts no_facts __attribute__((unused));

static const struct rpt_input sample = {
	.run = &sample_run, .result = &sample_result, .facts = &sample_facts,
	.policy = &sample_policy,
	.bundle = "tcbox-20251125T101502Z",
};

/*
 * matches() - compare with a file in tests/unit/report/expect/; TCBOX_UPDATE=1 in the environment
 * rewrites it instead
 */
static inline bool matches(const char *name, const struct tb_buf *got)
{
	TB_AUTOCLOSE int dir = open("tests/unit/report/expect", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	TB_AUTOBUF struct tb_buf want = TB_BUF_INIT;
	const char *update = getenv("TCBOX_UPDATE");
	struct tb_err err = { 0 };

	if (dir < 0 || got->failed)
		return false;
	if (update && *update)
		return !tb_write_file(dir, name, got->data, got->len, &err);
	if (tb_read_file(dir, name, 1 << 20, &want, &err))
		return false;
	return want.len == got->len && !memcmp(want.data, got->data, want.len);
}

#endif
