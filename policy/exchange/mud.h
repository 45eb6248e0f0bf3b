/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mud.h - what the files that read MUD share
 *
 * How it works: mud_read.c goes through the document (RFC 8520: what is said of the product, and
 * which lists hold for which direction), mud_entry.c reads one entry of a list (RFC 8519) into a
 * struct mud_flow, and mud_rules.c makes rules of all flows: packets in two directions become
 * conversations that one side begins.
 */
#ifndef POLICY_EXCHANGE_MUD_H
#define POLICY_EXCHANGE_MUD_H

#include "policy/exchange/draft.h"
#include "tcbox/map.h"

#define MUD_V4 1u
#define MUD_V6 2u
#define MUD_ANY_PROTOCOL (-1)
#define MUD_ICMP 1
#define MUD_TCP 6
#define MUD_UDP 17
#define MUD_ICMPV6 58

/* Who begins, where an entry says so. */
enum mud_begins { MUD_BEGINS_ANY, MUD_BEGINS_PRODUCT, MUD_BEGINS_OTHER };

/* Packets in one direction. */
struct mud_flow {
	struct draft_at at;
	const char *name, *list;
	bool to_device;
	unsigned int families;		/* MUD_V4, MUD_V6 */
	int protocol;
	const char *peer;		/* name, network, or "@" and a group; NULL: anybody */
	const char *class_key, *class_value;	/* of a group; NULL: it is none, or has no value */
	struct draft_at class_at;
	struct draft_ports far, own;	/* empty: any */
	enum mud_begins begins;
	const char *tls_min;
};

struct mud {
	struct draft *d;
	struct draft_path path;
	struct mud_flow *flows;
	size_t nflows;
	struct tb_map *lists;		/* from the name of a list to its struct jsonc_val */
	bool old;			/* the older dialect was seen */
	const struct jsonc_val *to_policy;	/* NULL: there is none */
	struct draft_at *refusals;	/* of this list, before the entries that come */
	size_t nrefusals;
};

/* mud_word() - a key without the name of its module, "ietf-mud:mud" */
const char *mud_word(const char *key);

/* mud_number() - a number, also where it is written as text ("443", "0x0800"), which makes it the
 * older dialect. Return: false if it is none */
bool mud_number(struct mud *m, const struct jsonc_val *v, uint64_t *out);

/* mud_entry() - read one entry of a list and keep its flow. @type: of the list */
void mud_entry(struct mud *m, const struct jsonc_val *ace, const char *list, const char *type,
	       bool to_device);

/* mud_ports() - read what an entry says of ports. Return: false if it cannot be understood */
bool mud_ports(struct mud *m, const struct jsonc_val *v, struct draft_ports *out);

/* mud_class_name() - "@NAME" of the group for a class of hosts that only the site knows. @key: of
 * MUD; @value: what it says, NULL: nothing. NULL without memory */
const char *mud_class_name(struct mud *m, const char *key, const char *value);

/* mud_class() - the group of a flow, made if there is none */
void mud_class(struct mud *m, const struct mud_flow *f);

/* mud_protocol() - the word of policies for a protocol; NULL for any */
const char *mud_protocol(struct draft *d, int protocol);

/* mud_rules() - make rules of all flows */
void mud_rules(struct mud *m);

#endif
