/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields.c - the shape of every event kind: one row for each key of events.jsonl
 *
 * The keys and their meaning are in tcbox-record(5) and doc/schema/.
 */
#include "record/fields.h"

#include <stddef.h>

#define F(kind, type, member, key) { key, type, offsetof(struct ev, u.kind.member) }
#define END { NULL, FLD_STR, 0 }

static const struct fld proc_fields[] = {
	F(process, FLD_I64, pid, "pid"),
	F(process, FLD_U64, parent, "parent"),
	F(process, FLD_I64, start, "start"),
	F(process, FLD_STR, role, "role"),
	F(process, FLD_STR, how, "how"),
	END
};

static const struct fld exec_fields[] = {
	F(exec, FLD_STR, path, "path"),
	F(exec, FLD_STR, abi, "abi"),
	F(exec, FLD_STR, exe, "exe"),
	F(exec, FLD_STR, alias, "alias"),
	F(exec, FLD_STRS, argv, "argv"),
	F(exec, FLD_BOOL, argv_cut, "argv_cut"),
	F(exec, FLD_STR, sha256, "sha256"),
	F(exec, FLD_U64, size, "size"),
	F(exec, FLD_STRS, interpreters, "interpreters"),
	F(exec, FLD_STRS, interpreters_alias, "interpreters_alias"),
	F(exec, FLD_STRS, interpreters_sha256, "interpreters_sha256"),
	F(exec, FLD_STR, error, "error"),
	END
};

static const struct fld exit_fields[] = {
	F(exit, FLD_BOOL, known, "known"),
	F(exit, FLD_I64, code, "code"),
	F(exit, FLD_I64, signal, "signal"),
	END
};

static const struct fld sock_fields[] = {
	F(sock, FLD_STR, call, "call"),
	F(sock, FLD_STR, abi, "abi"),
	F(sock, FLD_STR, proto, "proto"),
	F(sock, FLD_ADDR, local, "local"),
	F(sock, FLD_ADDR, remote, "remote"),
	F(sock, FLD_STR, path, "path"),
	F(sock, FLD_U64, cookie, "cookie"),
	F(sock, FLD_BOOL, elsewhere, "elsewhere"),
	F(sock, FLD_STR, outcome, "outcome"),
	F(sock, FLD_STR, error, "error"),
	F(sock, FLD_U64, count, "count"),
	END
};

static const struct fld call_fields[] = {
	F(call, FLD_STR, call, "call"),
	F(call, FLD_STR, abi, "abi"),
	F(call, FLD_STR, group, "group"),
	F(call, FLD_STR, outcome, "outcome"),
	F(call, FLD_STR, error, "error"),
	F(call, FLD_STR, detail, "detail"),
	F(call, FLD_BOOL, undeclared, "undeclared"),
	F(call, FLD_U64, count, "count"),
	END
};

static const struct fld file_fields[] = {
	F(file, FLD_STR, op, "op"),
	F(file, FLD_STR, abi, "abi"),
	F(file, FLD_STR, path, "path"),
	F(file, FLD_STR, path2, "path2"),
	F(file, FLD_STR, target, "target"),
	F(file, FLD_STR, target2, "target2"),
	F(file, FLD_STR, outcome, "outcome"),
	F(file, FLD_STR, error, "error"),
	F(file, FLD_U64, count, "count"),
	END
};

static const struct fld port_fields[] = {
	F(port, FLD_STR, proto, "proto"),
	F(port, FLD_ADDR, local, "local"),
	F(port, FLD_U64, cookie, "cookie"),
	END
};

static const struct fld map_fields[] = {
	F(map, FLD_STR, path, "path"),
	F(map, FLD_BOOL, gone, "gone"),
	END
};

static const struct fld clock_fields[] = {
	F(clock, FLD_STR, program, "program"),
	F(clock, FLD_BOOL, moved, "moved"),
	F(clock, FLD_STR, why, "why"),
	END
};

static const struct fld lookup_fields[] = {
	F(lookup, FLD_STR, name, "name"),
	F(lookup, FLD_STR, type, "type"),
	F(lookup, FLD_STR, rcode, "rcode"),
	F(lookup, FLD_ADDRS, addrs, "addrs"),
	F(lookup, FLD_STRS, values, "values"),
	F(lookup, FLD_ADDR, client, "client"),
	F(lookup, FLD_ADDR, server, "server"),
	F(lookup, FLD_STR, proto, "proto"),
	F(lookup, FLD_U64, flow, "flow"),
	F(lookup, FLD_BOOL, declared, "declared"),
	F(lookup, FLD_U64, extra, "extra"),
	END
};

static const struct fld served_fields[] = {
	F(served, FLD_STR, service, "service"),
	F(served, FLD_STR, proto, "proto"),
	F(served, FLD_ADDR, client, "client"),
	F(served, FLD_ADDR, server, "server"),
	F(served, FLD_STR, name, "name"),
	F(served, FLD_STR, detail, "detail"),
	F(served, FLD_U64, bytes_in, "bytes_in"),
	F(served, FLD_U64, bytes_out, "bytes_out"),
	F(served, FLD_BOOL, end, "end"),
	F(served, FLD_I64, first, "first"),
	F(served, FLD_U64, stream, "stream"),
	F(served, FLD_BOOL, tls_failed, "tls_failed"),
	F(served, FLD_STR, tls_refused, "tls_refused"),
	END
};

static const struct fld request_fields[] = {
	F(request, FLD_STR, service, "service"),
	F(request, FLD_ADDR, client, "client"),
	F(request, FLD_ADDR, server, "server"),
	F(request, FLD_U64, number, "number"),
	F(request, FLD_U64, count, "count"),
	F(request, FLD_STRS, names, "names"),
	F(request, FLD_STR, method, "method"),
	F(request, FLD_STR, path, "path"),
	F(request, FLD_STR, target, "target"),
	F(request, FLD_STR, via, "via"),
	F(request, FLD_STR, sni, "sni"),
	F(request, FLD_BOOL, ech, "ech"),
	F(request, FLD_STR, tls_version, "tls_version"),
	F(request, FLD_U64, status, "status"),
	F(request, FLD_U64, bytes_in, "bytes_in"),
	F(request, FLD_U64, bytes_out, "bytes_out"),
	F(request, FLD_STR, type, "type"),
	F(request, FLD_STR, encoding, "encoding"),
	F(request, FLD_STR, sha256, "sha256"),
	F(request, FLD_STR, begins, "begins"),
	F(request, FLD_U64, kept, "kept"),
	F(request, FLD_U64, kept_at, "kept_at"),
	F(request, FLD_I64, first, "first"),
	F(request, FLD_I64, last, "last"),
	F(request, FLD_BOOL, cut, "cut"),
	F(request, FLD_BOOL, unread, "unread"),
	END
};

static const struct fld secret_fields[] = {
	F(secret, FLD_STR, line, "line"),
	END
};

static const struct fld flow_fields[] = {
	F(flow, FLD_U64, id, "id"),
	F(flow, FLD_BOOL, end, "end"),
	F(flow, FLD_STR, proto, "proto"),
	F(flow, FLD_ADDR, local, "local"),
	F(flow, FLD_ADDR, remote, "remote"),
	F(flow, FLD_BOOL, link, "link"),
	F(flow, FLD_BOOL, inbound, "inbound"),
	F(flow, FLD_I64, first, "first"),
	F(flow, FLD_I64, last, "last"),
	F(flow, FLD_U64, pkts_out, "pkts_out"),
	F(flow, FLD_U64, pkts_in, "pkts_in"),
	F(flow, FLD_U64, bytes_out, "bytes_out"),
	F(flow, FLD_U64, bytes_in, "bytes_in"),
	F(flow, FLD_U64, wire_out, "wire_out"),
	F(flow, FLD_U64, wire_in, "wire_in"),
	F(flow, FLD_U64, acks_out, "acks_out"),
	F(flow, FLD_U64, acks_in, "acks_in"),
	F(flow, FLD_U64, pkt_first, "pkt_first"),
	F(flow, FLD_U64, pkt_last, "pkt_last"),
	F(flow, FLD_STR, state, "state"),
	F(flow, FLD_STR, app, "app"),
	F(flow, FLD_STR, app_detail, "app_detail"),
	F(flow, FLD_STR, sni, "sni"),
	F(flow, FLD_STR, alpn, "alpn"),
	F(flow, FLD_STR, tls_version, "tls_version"),
	F(flow, FLD_STR, ja3, "ja3"),
	F(flow, FLD_BOOL, ech, "ech"),
	F(flow, FLD_BOOL, unread, "unread"),
	F(flow, FLD_STR, http_host, "http_host"),
	F(flow, FLD_STR, http_request, "http_request"),
	F(flow, FLD_STRS, names, "names"),
	F(flow, FLD_U64, stream, "stream"),
	F(flow, FLD_BOOL, ambiguous, "ambiguous"),
	END
};

static const struct fld canary_fields[] = {
	F(canary, FLD_STR, name, "name"),
	F(canary, FLD_ADDR, addr, "addr"),
	F(canary, FLD_STR, at, "at"),
	F(canary, FLD_STR, stage, "stage"),
	F(canary, FLD_STR, detail, "detail"),
	END
};

static const struct fld change_fields[] = {
	F(change, FLD_STR, op, "op"),
	F(change, FLD_STR, path, "path"),
	F(change, FLD_STR, type, "type"),
	F(change, FLD_U64, size, "size"),
	F(change, FLD_STR, sha256, "sha256"),
	F(change, FLD_STR, target, "target"),
	END
};

static const struct fld counters_fields[] = {
	F(counters, FLD_PAIRS, v, "values"),
	F(counters, FLD_BOOL, final, "final"),
	END
};

static const struct fld loss_fields[] = {
	F(loss, FLD_STR, what, "what"),
	F(loss, FLD_STR, detail, "detail"),
	F(loss, FLD_U64, count, "count"),
	END
};

_Static_assert(offsetof(struct ev_counters, n) == offsetof(struct ev_counters,
							   v) + sizeof(struct ev_pair *),
	       "FLD_PAIRS finds the count behind the pointer");

const struct fld_kind fld_kinds[EV_KINDS] = {
	[EV_PROC] = { "proc", proc_fields },
	[EV_EXEC] = { "exec", exec_fields },
	[EV_EXIT] = { "exit", exit_fields },
	[EV_SOCK] = { "sock", sock_fields },
	[EV_CALL] = { "call", call_fields },
	[EV_FILE] = { "file", file_fields },
	[EV_PORT] = { "port", port_fields },
	[EV_MAP] = { "map", map_fields },
	[EV_CLOCK] = { "clock", clock_fields },
	[EV_LOOKUP] = { "lookup", lookup_fields },
	[EV_SERVED] = { "served", served_fields },
	[EV_REQUEST] = { "request", request_fields },
	[EV_SECRET] = { "secret", secret_fields },
	[EV_FLOW] = { "flow", flow_fields },
	[EV_CANARY] = { "canary", canary_fields },
	[EV_CHANGE] = { "change", change_fields },
	[EV_COUNTERS] = { "counters", counters_fields },
	[EV_LOSS] = { "loss", loss_fields },
};
