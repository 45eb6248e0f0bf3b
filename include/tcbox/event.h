/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - what a run observes: the vocabulary that crosses rooms
 *
 * Producers (the supervisor, the lab, the decoder, tcbox itself) describe what they saw as struct
 * ev and append it to the record; consumers (policy, report) read struct ev back. One kind of
 * observation is one struct below, one row in record/fields.c and one entry in tcbox-record(5). In
 * the file an event is one JSON object on one line:
 *
 *	{"k":"sock","src":"box","n":17,"t":1250331,"proc":1,"call":"connect",...}
 *
 * Strings are bytes as the product gave them (see tb_buf_add_json() for how bytes become JSON).
 * Fields that are zero, empty or NULL are left out of the file and read back as such.
 *
 * Ownership: a struct ev that is written borrows everything it points to. A struct ev that was read
 * or copied owns its memory: release it with ev_clear().
 */
#ifndef TCBOX_EVENT_H
#define TCBOX_EVENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"

struct tb_pool;

enum ev_kind {
	EV_PROC,	/* a process appeared */
	EV_EXEC,	/* a process replaced its program */
	EV_EXIT,	/* a process ended */
	EV_SOCK,	/* a socket call: connect, bind, listen, accept, sendto, sendmsg, ... */
	EV_CALL,	/* another notable system call: identity, privilege, undeclared,
			 * dangerous */
	EV_FILE,	/* a file was opened for writing, created, removed, renamed, ... */
	EV_PORT,	/* a port is open, as the kernel's own tables say */
	EV_MAP,		/* a file of the run is mapped as code */
	EV_CLOCK,	/* under --clock: the clock that a program has */
	EV_LOOKUP,	/* a name was asked and answered */
	EV_SERVED,	/* the lab answered a connection or datagram */
	EV_REQUEST,	/* what the lab was asked for, and by which name */
	EV_SECRET,	/* of a TLS session that the lab ended: with it the packets can be read */
	EV_FLOW,	/* a conversation on the wire */
	EV_CANARY,	/* tcbox's own positive control */
	EV_CHANGE,	/* after the run: how the private layer differs from before */
	EV_COUNTERS,	/* totals of one producer; the last event of every producer has final set */
	EV_LOSS,	/* evidence was lost, or a mechanism did not work */
	EV_KINDS
};

/* Who observed it. */
enum ev_src {
	EV_SRC_RUN,	/* tcbox itself: outside the box and the gate */
	EV_SRC_BOX,	/* the supervisor: system calls */
	EV_SRC_NET,	/* the decoder: what the packets on the gate say */
	EV_SRC_CAPTURE,	/* the capture process: how many packets there were, and how many were
			 * lost */
	EV_SRC_LAB,	/* the simulated internet */
	EV_SRC_DISK,	/* who compares the private layer before and after the run */
	EV_SRCS
};

struct ev_addr {
	int family;		/* AF_INET, AF_INET6; 0: no address */
	uint8_t ip[16];		/* network order; IPv4 uses the first 4 */
	uint16_t port;		/* host order; 0: none */
};

struct ev_strs {
	const char **v;
	size_t n;
};

struct ev_addrs {
	struct ev_addr *v;
	size_t n;
};

struct ev_proc {
	int64_t pid;		/* as the product sees it, in the box's PID namespace */
	uint64_t parent;	/* proc id of the parent; 0: unknown */
	int64_t start;		/* start time in clock ticks since boot, proc_pid_stat(5): tells
				 * reuses of a pid apart */
	const char *role;	/* "product", or "canary" for tcbox's own control process */
	const char *how;	/* "first", "fork", "orphan" (its parent died before it was seen;
				 * then parent is inferred or 0) */
};

struct ev_exec {
	const char *path;	/* as the product gave it; empty: found by looking, corrects the
				 * process's last EV_EXEC */
	const char *abi;	/* "i386" if a call of that table asked for it; empty: the native
				 * one */
	const char *exe;	/* the file that was opened, resolved, as a path in the box; or
				 * "elsewhere:/..." */
	const char *alias;	/* the path that was given, if symbolic links of the machine, and
				 * none of the product, lead from there to exe: /bin/sh; empty if it
				 * is exe */
	struct ev_strs argv;	/* cut after 64 arguments or 4096 bytes: then argv_cut */
	bool argv_cut;
	const char *sha256;	/* of exe; empty if it could not be read: then error */
	uint64_t size;
	struct ev_strs interpreters;	/* resolved: of a script the program that its "#!" line
					 * names, of that one if it is a script, too, and so on; the
					 * last one is what runs */
	struct ev_strs interpreters_alias;	/* of each, or empty */
	struct ev_strs interpreters_sha256;	/* of each; empty if it could not be read */
	const char *error;	/* errno name if the file or an interpreter could not be opened: the
				 * call is an attempt that fails. "unknown": the process was seen
				 * not to have become the program */
};

struct ev_exit {
	bool known;		/* the status was observed */
	int64_t code;		/* exit code, if it exited */
	int64_t signal;		/* signal number, if it was killed */
};

struct ev_sock {
	const char *call;	/* system call name; "held": none, the kernel's table shows that the
				 * process has the socket */
	const char *abi;	/* "i386": made by the call of that table that means the same;
				 * empty: native */
	const char *proto;	/* "tcp", "udp", "icmp", "icmpv6", "sctp", "udplite", "dccp", "raw",
				 * "unix", "netlink", or "family-N" */
	struct ev_addr local;	/* as the kernel says after the call; empty if it had none. A bind
				 * that failed: the argument */
	struct ev_addr remote;	/* as the arguments said: a claim that packets confirm */
	const char *path;	/* AF_UNIX peer; abstract names start with '@' */
	uint64_t cookie;	/* SO_COOKIE, socket(7); 0: not known */
	bool elsewhere;		/* of a network namespace that the product made: its packets do not
				 * come to the gate */
	const char *outcome;	/* "allowed", "denied" */
	const char *error;	/* errno name, if denied; or if the kernel refused a datagram socket
				 * its peer */
	uint64_t count;		/* equal calls that this event stands for; 0 reads as 1 */
};

struct ev_call {
	const char *call;	/* system call name, or "syscall-NNN"; of a declared table the
				 * native name */
	const char *abi;	/* "x86_64", "i386", "x32" */
	const char *group;	/* "identity", "privilege", "mount", "namespace", "debug", "kernel",
				 * "io_uring", "family", "abi", "undeclared", ... */
	const char *outcome;	/* "allowed": went on; "denied": failed with error */
	const char *error;	/* errno name */
	const char *detail;	/* readable arguments where they are plain values, e.g.
				 * "CLONE_NEWUSER|CLONE_NEWNET" */
	bool undeclared;	/* the policy does not allow this call */
	uint64_t count;		/* equal calls that this event stands for; 0 reads as 1 */
};

struct ev_file {
	const char *op;		/* "write", "create", "remove", "rename", "mkdir", "rmdir", "link",
				 * "symlink", "truncate", "chmod", "chown", "xattr", "mknod",
				 * "time" */
	const char *abi;	/* as of ev_sock */
	const char *path;	/* absolute in the box; symbolic links not resolved.
				 * "elsewhere:/..." if the process has a root or mounts of its own,
				 * where this path means another file than in the box */
	const char *path2;	/* destination of rename and link */
	const char *target;	/* where symbolic links in path lead, if elsewhere */
	const char *target2;	/* the same of path2 */
	const char *outcome;	/* "allowed": went on, and the file shows it; "tried": went on, and
				 * nothing shows that it succeeded; "denied" */
	const char *error;	/* errno name, if denied; "EEXIST" of a mkdir that was tried: it was
				 * there already */
	uint64_t count;
};

struct ev_port {
	const char *proto;	/* "tcp": the socket listens; "udp": it has no peer, and is not on
				 * its way to one */
	struct ev_addr local;
	uint64_t cookie;	/* as of ev_sock */
};

struct ev_map {
	const char *path;	/* changed since the run began, or gone; "memfd:NAME": memory with
				 * a name */
	bool gone;		/* it has no name any more, and may be older */
};

struct ev_clock {
	const char *program;	/* the file that runs, as ev_exec has it in exe */
	bool moved;		/* libfaketime is mapped in a process that runs it, and it asks the
				 * C library; false: it sees the machine's time of day */
	const char *why;	/* it does: "static" (no loader), "32-bit", "go" (it reads the clock
				 * itself), "not loaded" */
};

struct ev_lookup {
	const char *name;	/* lower case, no trailing dot */
	const char *type;	/* "A", "AAAA", "HTTPS", "PTR", ... or "TYPE65" */
	const char *rcode;	/* "NOERROR", "NXDOMAIN", ...; empty: not answered */
	struct ev_addrs addrs;	/* all addresses in the answer */
	struct ev_strs values;	/* other answers: CNAME, PTR targets, text */
	struct ev_addr client;	/* who asked, address and port */
	struct ev_addr server;	/* the server that was asked, as addressed by the product */
	const char *proto;	/* "udp", "tcp" */
	uint64_t flow;		/* net: id of the flow; 0 from the lab */
	bool declared;		/* lab under --enforce: the addresses were opened in the gate before
				 * the answer left */
	uint64_t extra;		/* net: bytes of the query that a plain resolver would not have
				 * sent; without a name: bytes to a name server that are no query */
};

struct ev_served {
	const char *service;	/* "dns", "http", "https", "tls", "socks", "ntp", "smtp", "ftp",
				 * "ftp_data", "pop3", "imap", "irc", "telnet", "ssh", "mysql",
				 * "websocket", "mqtt", "stun", "nat-pmp", "dht", "sink" */
	const char *proto;	/* "tcp", "udp" */
	struct ev_addr client;
	struct ev_addr server;	/* the original destination */
	const char *name;	/* SNI or HTTP host */
	const char *detail;	/* "GET /path 200", ... */
	uint64_t bytes_in;	/* payload bytes from the product */
	uint64_t bytes_out;	/* payload bytes to the product */
	bool end;		/* the last event of a TCP connection: then */
	int64_t first;		/* when it was accepted, as ev.t */
	uint64_t stream;	/* bytes of its stream that the lab has read in all, below TLS */
	bool tls_failed;	/* its handshake of TLS, the only one, did not come to its end */
	const char *tls_refused;	/* of that: the version that the lab had chosen, "1.0" ...;
					 * the client ended the handshake behind the lab's hello,
					 * and not for its certificate */
};

/*
 * One request, as the lab understood it, after decryption; or a session of TLS in which none was
 * made. Many requests of one connection that say the same names may be one event.
 */
struct ev_request {
	const char *service;	/* "http", "https", "socks", "smtp", ...: who answered */
	struct ev_addr client;	/* as of ev_served: TCP */
	struct ev_addr server;
	uint64_t number;	/* in its connection, from 1 */
	uint64_t count;		/* requests that this event stands for; 0 reads as 1. Method, path
				 * and status are those of the first */
	struct ev_strs names;	/* of the server that is asked for: authority of an absolute URI,
				 * Host headers, and others that proxies and servers go by
				 * (X-Forwarded-Host, Forwarded ...), each once. The first is the
				 * one that the lab went by. Lower case, without port */
	const char *method;	/* empty: no request was understood */
	const char *path;	/* request target in origin form; of other protocols the argument of
				 * the method */
	const char *target;	/* where a proxy is asked to lead (CONNECT, SOCKS): "host:port" */
	const char *via;	/* the target of the tunnel that it came through */
	const char *sni;	/* server name of the TLS that it came in */
	bool ech;		/* the client sent an encrypted hello to the lab, or pretended to
				 * (GREASE): the lab has no key for it and went by sni */
	const char *tls_version;	/* "1.0" ... "1.3" of this TLS; empty: it was not
					 * encrypted */
	uint64_t status;	/* of the answer; 0: none was given */
	uint64_t bytes_in;	/* of its body; of a TLS session without a request all that came in
				 * it */
	uint64_t bytes_out;	/* of the answer's body */
	const char *type, *encoding;	/* of its body, as it says: Content-Type,
					 * Content-Encoding */
	const char *sha256;	/* of the body, as far as it came: of bytes_in bytes */
	const char *begins;	/* the first of them, to be shown */
	uint64_t kept, kept_at;	/* so many are in the bundle's bodies.bin, from there on */
	int64_t first;		/* when its first byte was read, as ev.t */
	int64_t last;		/* when it was answered, or ended */
	bool cut;		/* a name, method, path or target was longer than what is kept, and
				 * ends in "..." */
	bool unread;		/* the lab could not follow it to the end of its headers, did not
				 * keep all its names, or other servers may read it otherwise */
};

/* A line of a key log (draft-ietf-tls-keylogfile): a label, the client's random, the secret. */
struct ev_secret {
	const char *line;
};

struct ev_flow {
	uint64_t id;		/* unique in the run, from 1 */
	bool end;		/* false: first seen, totals so far; true: the final totals */
	const char *proto;	/* "tcp", "udp", "icmp", "icmpv6", "sctp", "udplite", "dccp", or
				 * "ip-N", "arp": who has the remote address? */
	struct ev_addr local;	/* the box's side; the port of an ICMP echo is its identifier */
	struct ev_addr remote;
	bool link;		/* packets of the link itself, which say nothing but addresses:
				 * who has the remote address (ARP, neighbour discovery), or that
				 * the remote group is joined (IGMP, MLD) */
	bool inbound;		/* the first packet came from outside */
	int64_t first;		/* time of first and last packet, as ev.t */
	int64_t last;
	uint64_t pkts_out, pkts_in;	/* out: from the box */
	uint64_t bytes_out, bytes_in;	/* transport payload bytes as seen on the wire,
					 * retransmissions included */
	uint64_t wire_out, wire_in;	/* IP packet bytes, headers included */
	uint64_t acks_out, acks_in;	/* of these, in packets of TCP that only acknowledge */
	uint64_t pkt_first, pkt_last;	/* packet numbers in capture.pcapng, from 1, as Wireshark
					 * counts */
	const char *state;	/* end: "fin", "rst", "refused" (RST or ICMP unreachable to the
				 * first packet), "timeout" (no answer), "idle", "open" (the run
				 * ended first), "done" (UDP, ICMP: answered) */
	const char *app;	/* application protocol as nDPI names it, lower case: "tls", "http",
				 * "dns", "quic", "unknown" */
	const char *app_detail;	/* nDPI's refinement, e.g. "tls.github" */
	const char *sni;	/* TLS or QUIC server name */
	bool ech;		/* the client sent an encrypted hello, or pretended to (GREASE): sni
				 * may be a cover name */
	bool unread;		/* it began with a hello or a request, which the decoder could not
				 * follow to its end, or which says more names than are here */
	const char *alpn;	/* as offered by the client, comma separated */
	const char *tls_version;	/* negotiated: "1.0" ... "1.3"; offered maximum if there was
					 * no answer */
	const char *ja3;
	const char *http_host;
	const char *http_request;	/* "GET /path" of the first request */
	struct ev_strs names;	/* names whose lookup gave the remote address before this flow
				 * began, as seen on the wire */
	uint64_t stream;	/* end, TCP: bytes that who began has sent, each counted once, as
				 * far as packets show */
	bool ambiguous;		/* end: receivers may differ in what these are: other bytes came in
				 * the place of some, or urgent ones, or some without a place */
};

struct ev_canary {
	const char *name;	/* the name that the control process looks up */
	struct ev_addr addr;	/* the address and port it connects to */
	const char *at;		/* "start": before the product; "end": when its last process is
				 * dead */
	const char *stage;	/* "planned" (src run), "looked-up", "connected", "failed" */
	const char *detail;
};

struct ev_change {
	const char *op;		/* "created"; "changed": it was there before the run, on the machine
				 * or in the layer; "removed"; "replaced": a directory that hides
				 * the machine's */
	const char *path;	/* absolute in the box */
	const char *type;	/* of what is there now, or was: "file", "directory", "link",
				 * "fifo", "socket", "device" */
	uint64_t size;
	const char *sha256;	/* of a created or changed file; empty if it was not hashed */
	const char *target;	/* of a created or changed link */
};

struct ev_pair {
	const char *name;
	uint64_t value;
};

/* Totals. Names are stable and listed in tcbox-record(5), e.g. "packets_captured",
 * "packets_dropped", "notifications". */
struct ev_counters {
	struct ev_pair *v;
	size_t n;
	bool final;		/* nothing of this producer follows */
};

struct ev_loss {
	const char *what;	/* stable word: "packets", "decoder", "supervisor", "lab", "record",
				 * "disk", "flows", "capture", ... */
	const char *detail;	/* a sentence for the report */
	uint64_t count;		/* how many, if it can be counted */
};

struct ev {
	enum ev_kind kind;
	enum ev_src src;
	uint64_t n;		/* number among the events of this source, from 1; a gap is lost
				 * evidence */
	int64_t t;		/* nanoseconds of CLOCK_REALTIME since the run's start (run.json
				 * "started") */
	uint64_t proc;		/* the process it concerns: ids are given by the supervisor, from 1;
				 * 0: none or not known */
	uint64_t line;		/* read back: line number in events.jsonl, from 1 */
	union {
		struct ev_proc process;
		struct ev_exec exec;
		struct ev_exit exit;
		struct ev_sock sock;
		struct ev_call call;
		struct ev_file file;
		struct ev_port port;
		struct ev_map map;
		struct ev_clock clock;
		struct ev_lookup lookup;
		struct ev_served served;
		struct ev_request request;
		struct ev_secret secret;
		struct ev_flow flow;
		struct ev_canary canary;
		struct ev_change change;
		struct ev_counters counters;
		struct ev_loss loss;
	} u;
	struct tb_pool *mem;	/* read back or copied: owned memory behind the pointers; NULL when
				 * writing */
};

/* ev_kind_name() / ev_src_name() - the words used in the file */
const char *ev_kind_name(enum ev_kind kind);
const char *ev_src_name(enum ev_src src);

/* ev_format() - append the event as one JSON line, newline included, to @out (check out->failed) */
void ev_format(const struct ev *ev, struct tb_buf *out);

/**
 * ev_parse() - read one line
 * @line:	The line, without its newline; need not end in NUL
 * @ev:		Receives the event; release with ev_clear()
 *
 * Unknown keys are ignored, so that a newer record can be read. Return: 0; -EBADMSG if it is no
 * event;
 * -ENOMEM
 */
int ev_parse(const char *line, size_t len, struct ev *ev, struct tb_err *err);
void ev_clear(struct ev *ev);

/**
 * ev_dup() - a copy that owns its strings
 * @ev:		Of a kind without lists of addresses or pairs: EV_PROC, EV_EXEC, EV_SOCK, EV_CALL,
 *		EV_FILE
 * @out:	Receives the copy; release with ev_clear()
 *
 * Return: 0; -ENOMEM, then @out is empty
 */
int ev_dup(const struct ev *ev, struct ev *out);

/* ev_addr_format() - "192.0.2.1:443", "[2001:db8::1]:443", without port when it is 0, "" when
 * empty */
#define EV_ADDR_STRLEN 56
void ev_addr_format(const struct ev_addr *a, char out[EV_ADDR_STRLEN]);
/* ev_addr_parse() - Return: 0, or -EINVAL */
int ev_addr_parse(const char *s, struct ev_addr *a);
/* ev_addr_plain() - an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is the IPv4 address that is on
 * the wire; the bytes that IPv4 does not use are 0 */
struct ev_addr ev_addr_plain(const struct ev_addr *a);
/* ev_addr_eq() - same family, address and port. An IPv4-mapped IPv6 address equals its IPv4
 * address */
bool ev_addr_eq(const struct ev_addr *a, const struct ev_addr *b);

#endif
