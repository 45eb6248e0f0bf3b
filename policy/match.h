/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match.h - which connection rule covers a flow, and if none does, which is nearest
 */
#ifndef POLICY_MATCH_H
#define POLICY_MATCH_H

#include "tcbox/policy.h"

#define MATCH_ALIASES 4

/* A flow as rules see it. All strings are borrowed. */
struct match_flow {
	const char *exe;		/* NULL: no owner known; then only rules for any process
					 * match */
	const char *aliases[MATCH_ALIASES];	/* other paths of the same program; NULL: no more */
	const char *const *names;	/* lower case, no trailing dot */
	size_t nnames;
	const struct ev_addr *remote;
	const char *proto;
	const char *app, *app_detail;	/* NULL: not recognised */
	const char *tls_version;	/* NULL: none seen */
	uint64_t bytes;			/* payload of both directions */
};

enum match_level {
	MATCH_NONE,
	MATCH_APPLICATION,	/* process, destination, protocol and port match, the application
				 * differs */
	MATCH_TLS,		/* all match, but TLS is older than declared */
	MATCH_FULL,
};

struct match {
	enum match_level level;
	size_t rule;		/* index of the rule: the best level, and the most specific among
				 * equals */
	bool by_address;	/* the rule names the address or a network, so no lookup is
				 * expected */
};

/*
 * What of a flow agrees with a rule. A rule that says nothing about a dimension agrees with
 * everything there.
 */
struct match_parts {
	bool process, host, protocol, port, application, tls;
	bool by_address;
};

/* match_process() - does a rule for this process, or for any if NULL, concern the program? */
bool match_process(const char *glob, const char *exe, const char *const aliases[MATCH_ALIASES]);

/* match_rule() - compare one rule in all dimensions */
void match_rule(const struct pol_conn *rule, const struct match_flow *f, struct match_parts *out);
enum match_level match_level(const struct match_parts *parts);

/*
 * match_application() - is what nDPI saw what the rule declares? However little was said: what was
 * not recognised is not what was declared. True if nothing was said
 */
bool match_application(const char *declared, const struct match_flow *f);

/*
 * match_hosts() - does a rule declare the servers that a request names? All of them count: servers
 * and proxies differ in which they go by. One without "hosts" declares any, and none
 */
bool match_hosts(const struct pol_conn *rule, const char *const *names, size_t n);

/*
 * match_request() - does a rule declare a request, but for its hosts? One without "http" declares
 * all. @path: with its query, which does not matter; NULL: not known
 */
bool match_request(const struct pol_conn *rule, const char *method, const char *path);

/* match_has_dots() - "." or ".." stands between slashes of the path of a URL: a server may take it
 * as another path */
bool match_has_dots(const char *path);

/* A listener as rules see it. All are borrowed. */
struct match_listener {
	const char *exe;		/* NULL: not known */
	const char *aliases[MATCH_ALIASES];
	const char *proto;
	uint16_t port;
	bool loopback;			/* it can be reached from the box alone */
};

/* What of a listener agrees with a rule. */
struct match_listen_parts {
	bool process, protocol, port, on;
};

/* match_listen() - compare one listen rule in all dimensions. Return: do all agree? */
bool match_listen(const struct pol_listen *rule, const struct match_listener *who,
		  struct match_listen_parts *out);

/* match_nearest() - index of the rule that agrees in most dimensions; -1: none is near */
long match_nearest(const struct pol *p, const struct match_flow *f);

/*
 * match_index.c: finds the rules of a flow without looking at those that cannot match.
 */
struct match_index;

/*
 * match_index_conns() / match_index_names() - index the connection rules, or the "names", of a
 * policy. Return: NULL without memory
 */
struct match_index *match_index_conns(const struct pol *p);
struct match_index *match_index_names(const struct pol *p);
void match_index_free(struct match_index *m);

/*
 * match_find() - the best rule for a flow. Return: false if none matches. Needs an index of
 * connections
 */
bool match_find(struct match_index *m, const struct match_flow *f, struct match *out);

/*
 * match_find_name() - the rule or pattern that counts for a host name. Return: its index, -1 if
 * there is none
 */
long match_find_name(const struct match_index *m, const char *name);

#endif
