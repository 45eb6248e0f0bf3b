/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd_net.c - address families, addresses and ports that a unit may use
 *
 * systemd.exec(5), systemd.resource-control(5). A policy lists what is allowed; so only what a unit
 * refuses in general and allows in particular becomes rules.
 */
#include "policy/exchange/systemd.h"

#include <stdio.h>
#include <string.h>

#include "tcbox/own.h"

void unit_net_families(struct systemd *u, const struct unit_setting *s)
{
	struct unit_net *n = &u->net;
	const char *rest = s->value, *word;
	struct draft_at at = unit_at(s);
	bool deny = *rest == '~';

	if (!*s->value || !strcmp(s->value, "none")) {
		n->families_given = *s->value != '\0';
		n->inet = n->inet6 = n->local = n->netlink = n->families_deny = false;
		n->families_line = s->line;
		return;
	}
	rest += deny;
	if (!n->families_given) {
		n->families_given = true;
		n->families_deny = deny;
		n->families_line = s->line;
	}
	while (unit_word(u->src.d, &rest, &word)) {
		bool add = deny == n->families_deny;

		if (!strcmp(word, "AF_INET"))
			n->inet = add;
		else if (!strcmp(word, "AF_INET6"))
			n->inet6 = add;
		else if (!strcmp(word, "AF_UNIX"))
			n->local = add;
		else if (!strcmp(word, "AF_NETLINK"))
			n->netlink = add;
		else
			draft_item(u->src.d, EXCH_LOST, &at, "a policy has no word for sockets of "
				   "%.32s", word);
	}
}

static const struct {
	const char *word, *ip4, *ip6;
} words[] = {
	{ "any", "0.0.0.0/0", "::/0" },
	{ "link-local", "169.254.0.0/16", "fe80::/64" },
	{ "multicast", "224.0.0.0/4", "ff00::/8" },
};

/* destinations() - append what a word of IPAddressAllow= stands for */
static void destinations(struct systemd *u, const struct draft_word *w, struct draft_words *to)
{
	const char *net;

	if (!strcmp(w->text, "localhost")) {
		draft_item(u->src.d, EXCH_NOTE, &w->at, "localhost: a policy does not judge what a "
			   "product says to itself");
		return;
	}
	for (size_t i = 0; i < TB_ARRAY_SIZE(words); i++) {
		if (strcmp(w->text, words[i].word) != 0)
			continue;
		draft_words_add(u->src.d, to, words[i].ip4);
		draft_words_add(u->src.d, to, words[i].ip6);
		return;
	}
	net = src_network(u->src.d, w->text);
	if (net)
		draft_words_add(u->src.d, to, net);
	else
		draft_item(u->src.d, EXCH_LOST, &w->at, "\"%.64s\" is no address", w->text);
}

/* denies_all() - is everything refused that is not allowed? */
static bool denies_all(const struct unit_words *deny)
{
	bool ip4 = false, ip6 = false;

	for (size_t i = 0; i < deny->n; i++) {
		const char *w = deny->v[i].text;

		ip4 = ip4 || !strcmp(w, "any") || !strcmp(w, "0.0.0.0/0");
		ip6 = ip6 || !strcmp(w, "any") || !strcmp(w, "::/0");
	}
	return ip4 && ip6;
}

/* each() - list words that cannot become a part of a policy */
static void each(struct systemd *u, const struct unit_words *w, enum exch_kind kind,
		 const char *what)
{
	for (size_t i = 0; i < w->n; i++)
		draft_item(u->src.d, kind, &w->v[i].at, "\"%.128s\": %s", w->v[i].text, what);
}

/* not_all() - list the words of two settings that leave free what they do not name: @deny may be
 * empty, and then nothing is refused at all */
static void not_all(struct systemd *u, const struct unit_words *deny,
		    const struct unit_words *allow)
{
	each(u, deny, EXCH_LOST, "refused, and a policy lists what is allowed");
	if (deny->n)
		each(u, allow, EXCH_LOST, "allowed out of what is refused, and that is not carried "
		     "over");
	else
		each(u, allow, EXCH_NOTE, "nothing is refused, so it changes nothing");
}

/* is_any() - does a word stand for all addresses or ports, or for all of a family? */
static bool is_any(const char *word)
{
	return !strcmp(word, "any") || !strcmp(word, "0.0.0.0/0") || !strcmp(word, "::/0");
}

/* beside_any() - note what is refused already */
static void beside_any(struct systemd *u, const struct unit_words *deny)
{
	for (size_t i = 0; i < deny->n; i++)
		if (!is_any(deny->v[i].text))
			draft_item(u->src.d, EXCH_NOTE, &deny->v[i].at, "\"%.64s\" is refused "
				   "with all that is not allowed", deny->v[i].text);
}

static void begins_none(struct systemd *u)
{
	draft_head(u->src.d, "IPAddressDeny=any without an address in IPAddressAllow=: it begins "
		   "no conversation.");
}

/* addresses() - IPAddressAllow=, where everything else is refused */
static void addresses(struct systemd *u)
{
	const struct unit_net *n = &u->net;
	struct draft_rule *rule;
	struct draft_at at;

	if (!denies_all(&n->deny)) {
		not_all(u, &n->deny, &n->allow);
		return;
	}
	beside_any(u, &n->deny);
	if (!n->allow.n) {
		begins_none(u);
		return;
	}
	at = n->allow.v[0].at;
	rule = draft_rule(u->src.d, &at);
	if (!rule)
		return;
	rule->id = "addresses";
	rule->why = "IPAddressAllow= of the unit";
	for (size_t i = 0; i < n->allow.n; i++)
		destinations(u, &n->allow.v[i], &rule->to);
	if (!rule->to.n) {	/* a rule without destinations would allow all */
		u->src.d->nrules--;
		begins_none(u);
	}
}

/* port_range() - PORT or PORT-PORT */
static bool port_range(const char *text, struct pol_range *out)
{
	unsigned int lo, hi;
	char end;
	int n = sscanf(text, "%5u-%5u%c", &lo, &hi, &end);

	if (n == 1 && strspn(text, "0123456789") == strlen(text))
		hi = lo;
	else if (n != 2)
		return false;
	*out = (struct pol_range){ (uint16_t)lo, (uint16_t)hi };
	return lo && lo <= hi && hi <= UINT16_MAX;
}

/* port_rule() - one word of SocketBindAllow=: any, or [ipv4:|ipv6:][tcp:|udp:][PORT|PORT-PORT] */
static void port_rule(struct systemd *u, const struct draft_word *w)
{
	const char *text = w->text, *protocol = NULL;
	struct pol_range range = { 0, 0 };
	struct draft_rule *rule;

	if (!strncmp(text, "ipv4", 4) || !strncmp(text, "ipv6", 4)) {
		draft_item(u->src.d, EXCH_WIDER, &w->at, "\"%.64s\": a policy does not tell IPv4 "
			   "from IPv6 here", text);
		text += text[4] == ':' ? 5 : 4;
	}
	if (!strncmp(text, "tcp", 3) || !strncmp(text, "udp", 3)) {
		protocol = *text == 't' ? "tcp" : "udp";
		text += text[3] == ':' ? 4 : 3;
	}
	if (*text && strcmp(text, "any") != 0 && !port_range(text, &range)) {
		draft_item(u->src.d, EXCH_LOST, &w->at, "\"%.64s\" is no port", w->text);
		return;
	}
	rule = draft_rule(u->src.d, &w->at);
	if (!rule)
		return;
	rule->listens = true;
	rule->id = draft_keepf(u->src.d, "listen-%s", w->text);
	rule->why = "SocketBindAllow= of the unit";
	rule->protocol = protocol;
	rule->on_any = !protocol && !range.lo;
	if (range.lo)
		draft_ports_add(u->src.d, &rule->ports, range.lo, range.hi);
}

/* ports() - SocketBindAllow=, where all other ports are refused */
static void ports(struct systemd *u)
{
	const struct unit_net *n = &u->net;
	bool all = false;

	for (size_t i = 0; i < n->bind_deny.n; i++)
		all = all || !strcmp(n->bind_deny.v[i].text, "any");
	if (!all) {
		not_all(u, &n->bind_deny, &n->bind_allow);
		return;
	}
	beside_any(u, &n->bind_deny);
	for (size_t i = 0; i < n->bind_allow.n; i++)
		port_rule(u, &n->bind_allow.v[i]);
}

/* families_lost() - sockets that a unit refuses and a policy has no word for */
static void families_lost(struct systemd *u, const struct draft_at *at)
{
	const struct unit_net *n = &u->net;
	struct name_list refused = { .n = 0 };

	if (!n->families_given)
		return;
	if (n->local == n->families_deny)
		name_list_add(&refused, "AF_UNIX");
	if (n->netlink == n->families_deny)
		name_list_add(&refused, "AF_NETLINK");
	if (refused.n)
		draft_item(u->src.d, EXCH_LOST, at, "it refuses sockets of %s, and a policy has no "
			   "word for that", name_list_end(&refused, u->src.d));
}

void unit_net_draft(struct systemd *u)
{
	const struct unit_net *n = &u->net;
	bool ip4 = n->inet != n->families_deny, ip6 = n->inet6 != n->families_deny;
	struct draft_at at = { n->families_line, 1, "Service.RestrictAddressFamilies",
				       0 };

	families_lost(u, &at);
	if (n->private_network) {
		draft_head(u->src.d, "PrivateNetwork=yes: it has no network, and begins no "
			   "conversation.");
		return;
	}
	if (n->families_given && !ip4 && !ip6) {
		draft_head(u->src.d, "RestrictAddressFamilies= leaves no socket of IP: it begins "
			   "no conversation.");
		return;
	}
	if (n->families_given && ip4 != ip6)
		draft_item(u->src.d, EXCH_WIDER, &at, "only %s is left; a policy does not tell "
			   "the two apart", ip4 ? "IPv4" : "IPv6");
	if (n->deny.n || n->allow.n)
		addresses(u);
	if (!n->deny.n)
		draft_item(u->src.d, EXCH_NOTE, NULL, "the unit does not say whom it talks to: "
			   "connections are undeclared until there are rules for them");
	ports(u);
}
