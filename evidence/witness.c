/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness.c - what the kernel's state shows, and whether a recorded call explains it
 *
 * How it works: calls are looked at before the kernel makes them, so paths and descriptors are
 * claims that another thread can change. What lies in the private layer after the run, and what
 * stood in the kernel's tables of sockets during it, is what the kernel made of them. An open port
 * is explained by a call on the same socket that opens one, whatever it asked for; a changed file
 * by an act on its path, or by the move of a directory above it. To make a directory explains
 * nothing but a directory: mkdir(2) may have been tried on what is a file.
 */
#include "evidence/state.h"

#include <string.h>

#include "tcbox/word.h"

#define PORTS_MAX 16384u	/* as many as the supervisor records */

void evd_feed_port(struct evd *e, const struct ev *ev)
{
	const struct ev_port *from = &ev->u.port;
	struct evd_port port = { .t = ev->t, .line = ev->line, .cookie = from->cookie };
	struct evd_port *v;

	port.local = ev_addr_plain(&from->local);
	port.proto = intern_str(e->strs, from->proto);
	if (!port.proto)
		return;
	if (e->facts.nports == PORTS_MAX) {
		e->facts.dropped++;
		return;
	}
	v = evd_grow(e, e->ports, e->facts.nports, sizeof(*v));
	if (!v)
		return;
	e->ports = v;
	v[e->facts.nports++] = port;
}

/*
 * opens() - can this call have opened a port? A TCP socket that has one waits for nobody until it
 * listens. A datagram socket that is refused its peer has its port from then on
 */
static bool opens(const struct evd_call *call)
{
	if (call->op == EVD_LISTEN)
		return true;
	if (strcmp(call->proto, "udp") != 0)
		return false;
	return call->op == EVD_BIND || call->op == EVD_SEND ||
	       (call->op == EVD_CONNECT && call->failed);
}

/* by_socket() - of each socket one call that @wanted holds for: the first, and a bind or listen
 * before others. Return: NULL without memory */
static struct tb_map *by_socket(struct evd *e, bool (*wanted)(const struct evd_call *))
{
	struct tb_map *calls = tb_map_new(e->facts.ncalls + 1);

	for (size_t i = 0; calls && i < e->facts.ncalls; i++) {
		struct evd_call *call = &e->calls[i];
		const struct evd_call *known;

		if (!call->cookie || !wanted(call))
			continue;
		known = tb_map_get(calls, &call->cookie, sizeof(call->cookie));
		if (known && (known->op != EVD_SEND || call->op == EVD_SEND))
			continue;
		if (tb_map_put(calls, &call->cookie, sizeof(call->cookie), call))
			e->failed = true;
	}
	if (!calls)
		e->failed = true;
	return calls;
}

static void explain_ports(struct evd *e, const struct tb_map *opened)
{
	for (size_t i = 0; i < e->facts.nports; i++) {
		struct evd_port *port = &e->ports[i];

		port->call = tb_map_get(opened, &port->cookie, sizeof(port->cookie));
	}
}

/* is_peer() - one that hears every port of an address has no peer */
static bool is_peer(const struct ev_addr *a)
{
	return a->family && a->port;
}

static bool is_datagram_connect(const struct evd_call *call)
{
	return call->op == EVD_CONNECT && !strcmp(call->proto, "udp") && !call->failed &&
	       is_peer(&call->remote);
}

/* is_datagram_release() - a connect to no address leaves a socket without a peer: connect(2) */
static bool is_datagram_release(const struct evd_call *call)
{
	return call->op == EVD_CONNECT && !strcmp(call->proto, "udp") && !call->failed &&
	       !is_peer(&call->remote);
}

/* find_clients() - a connected socket hears its peer only, udp(7), unless it is released again, or
 * the kernel was seen to let it wait for others */
static void find_clients(struct evd *e, const struct tb_map *connected,
			 const struct tb_map *released)
{
	for (size_t i = 0; i < e->facts.ncalls; i++) {
		struct evd_call *call = &e->calls[i];
		const struct evd_call *then;

		if (call->op != EVD_BIND || strcmp(call->proto, "udp") != 0)
			continue;
		then = tb_map_get(connected, &call->cookie, sizeof(call->cookie));
		call->client = then && then->t >= call->t &&
			!tb_map_get(released, &call->cookie, sizeof(call->cookie));
	}
	for (size_t i = 0; i < e->facts.nports; i++)
		if (e->ports[i].call)
			e->calls[e->ports[i].call - e->calls].client = false;
}

void evd_explain_ports(struct evd *e)
{
	struct tb_map *opened = by_socket(e, opens), *connected = by_socket(e, is_datagram_connect),
		      *released = by_socket(e, is_datagram_release);

	if (opened && connected && released) {
		explain_ports(e, opened);
		find_clients(e, connected, released);
	}
	tb_map_free(released);
	tb_map_free(opened);
	tb_map_free(connected);
}

static bool is_op(const struct evd_act *a, const char *op)
{
	return tb_is_word(a->u.file.op, op);
}

/* is_moved() - was a directory above this path renamed? */
static bool is_moved(const struct tb_map *acts, const char *path)
{
	size_t len = strlen(path);
	const struct evd_act *a;

	while (len > 1) {
		while (len && path[len - 1] != '/')
			len--;
		if (len > 1)
			len--;
		a = tb_map_get(acts, path, len);
		if (a && is_op(a, "rename"))
			return true;
	}
	return false;
}

/*
 * remember() - one act for each path; a rename before others, for what is below it, and any other
 * before mkdir
 */
static int remember(struct tb_map *acts, struct evd_act *a)
{
	const char *path = a->u.file.path;
	const struct evd_act *known = tb_map_get(acts, path, strlen(path));

	if (known && (is_op(known, "rename") || is_op(a, "mkdir")))
		return 0;
	return tb_map_put(acts, path, strlen(path), a);
}

static void explain(const struct tb_map *acts, struct evd_change *change)
{
	const struct evd_act *a = tb_map_get(acts, change->path, strlen(change->path));
	bool directory = tb_is_word(change->type, "directory");

	if (a && (directory || !is_op(a, "mkdir"))) {
		change->explained = true;
		return;
	}
	change->moved = is_moved(acts, change->path);
	change->explained = change->moved;
}

void evd_explain_changes(struct evd *e)
{
	struct tb_map *acts = e->facts.nchanges ? tb_map_new(e->facts.nacts + 1) : NULL;

	if (e->facts.nchanges && !acts)
		e->failed = true;
	for (size_t i = 0; acts && i < e->facts.nacts; i++) {
		struct evd_act *a = &e->acts[i];

		if (a->kind == EVD_FILE && !a->denied && remember(acts, a))
			e->failed = true;
	}
	for (size_t i = 0; acts && i < e->facts.nchanges; i++)
		explain(acts, &e->changes[i]);
	tb_map_free(acts);
}
