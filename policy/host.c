/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.c - host names, globs of them, addresses and networks in a policy
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/read.h"
#include "tcbox/buf.h"
#include "tcbox/own.h"

#define NAME_MAX_LEN 253	/* RFC 1035, 2.3.4: 255 octets on the wire */
#define LABEL_MAX_LEN 63

/* character_problem() - Return: what is wrong with one character of a name; NULL: nothing */
static const char *character_problem(unsigned char c, bool star)
{
	if (c >= 0x80)
		return "not ASCII; write the name in its IDNA form (\"xn--...\"), as it is on the "
		       "wire";
	if (c == ' ' || c == '\t')
		return "a name has no spaces";
	if (c == '?' || c == '[')
		return "the only wildcard in names is *";
	if (!isalnum(c) && c != '-' && c != '_' && !(star && c == '*'))
		return "a name has only letters, digits, '-', '_' and dots";
	return NULL;
}

/* escape_len() - bytes of an escape at @s: a backslash with three digits or a special character;
 * 0: it is not as tcbox writes one */
static size_t escape_len(const char *s, size_t left)
{
	if (left >= 2 && strchr("\".;\\()@$", s[1]))
		return 2;
	if (left >= 4 && strspn(s + 1, "0123456789") >= 3 && strncmp(s + 1, "256", 3) < 0)
		return 4;
	return 0;
}

/* label_problem() - the same for one label. @first, @last: its place in the name */
static const char *label_problem(const char *s, size_t len, bool first, bool last)
{
	const char *problem = NULL;
	size_t i, n, characters = 0;

	if (!len)
		return "an empty label (two dots, or a dot at the beginning)";
	for (i = 0; i < len && !problem; i += n, characters++) {
		n = s[i] == '\\' ? escape_len(s + i, len - i) : 1;
		if (!n)
			return "a backslash stands before three digits, as in \"\\032\" for a "
			       "blank, or before one of . \\ \" ; ( ) @ $";
		problem = n > 1 ? NULL : character_problem((unsigned char)s[i], true);
	}
	if (problem)
		return problem;
	if (characters > LABEL_MAX_LEN)
		return "a label has at most 63 characters";
	if (s[0] == '-' || s[len - 1] == '-')
		return "a label does not begin or end with '-'";
	if (!memchr(s, '*', len))
		return !last || strspn(s, "0123456789") < len ? NULL :
			"this is neither a name nor a complete IPv4 address";
	if (len >= 2 && memmem(s, len, "**", 2))
		return "** is not for names; * at the left stands for one or more labels already";
	if (last && !(first && len == 1))
		return "* in the last label would match names under every top-level domain";
	if (len >= 4 && !strncasecmp(s, "xn--", 4))
		return "* cannot stand in an IDNA label, whose characters are encoded";
	return NULL;
}

/* label_len() - bytes up to the dot that ends the label at @s */
static size_t label_len(const char *s, size_t left)
{
	size_t at = 0;

	while (at < left && s[at] != '.')
		at += s[at] == '\\' && at + 1 < left ? 2 : 1;
	return at;
}

/* name_problem() - a name without trailing dot; NULL if it is one */
static const char *name_problem(const char *s, size_t len)
{
	const char *problem = NULL;
	size_t at = 0, n, characters = 0;

	while (!problem) {
		n = label_len(s + at, len - at);
		characters += n + 1;
		for (size_t i = at; i < at + n; i += s[i] == '\\' ? 2 : 1)
			if (s[i] == '\\')
				characters -= isdigit((unsigned char)s[i + 1]) ? 3 : 1;
		problem = label_problem(s + at, n, !at, at + n == len);
		at += n + 1;
		if (at > len)
			break;
	}
	if (!problem && characters > NAME_MAX_LEN + 1)
		return "a name has at most 253 characters";
	return problem;
}

/* elsewhere_problem() - things that people write for a name, and that have their place elsewhere */
static bool elsewhere_problem(struct pol_reader *r, const struct jsonc_val *v)
{
	const char *host = strstr(v->text, "://"), *colon = strchr(v->text, ':');

	if (host) {
		host += 3;
		pol_bad(r, v->pos, "a URL; only the name goes here: \"%.*s\"",
			(int)strcspn(host, ":/?#"),
			host);
		return true;
	}
	if (colon && colon > v->text && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")]) {
		pol_bad(r, v->pos, "\"%.128s\": only the name goes here; the port goes into "
				   "\"ports\"",
			v->text);
		return true;
	}
	return false;
}

/* is_shown() - does the label have characters that only a service instance has, as it is shown? */
static bool is_shown(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\\')
			return false;
		if ((unsigned char)s[i] >= 0x80 || strchr(" \";()@$", s[i]))
			return true;
	}
	return false;
}

/*
 * instance_text() - a name as the record has it. What stands before the service of an instance (RFC
 * 6763, 4.1.1: "My Printer (2nd.floor)._ipp._tcp.local") is one label, for people: it may be
 * written as it is shown
 */
static void instance_text(const char *given, struct tb_buf *out)
{
	const char *service = strstr(given, "._");
	size_t shown = service ? (size_t)(service - given) : 0;

	if (!is_shown(given, shown))
		shown = 0;
	for (size_t i = 0; i < shown; i++) {
		unsigned char c = (unsigned char)given[i];

		if (c == ' ' || c >= 0x80)
			tb_buf_addf(out, "\\%03u", c);
		else if (strchr(".\";()@$", c))
			tb_buf_addf(out, "\\%c", c);
		else
			tb_buf_addc(out, (char)c);
	}
	tb_buf_adds(out, given + shown);
}

void pol_read_name(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	const char *problem;
	char *name, *c;
	size_t len;

	if (!pol_expect(r, v, JSONC_STRING) || elsewhere_problem(r, v))
		return;
	instance_text(v->text, &text);
	if (text.failed) {
		r->no_memory = true;
		return;
	}
	len = text.len;
	if (len > 1 && text.data[len - 1] == '.' && text.data[len - 2] != '\\')
		len--;
	problem = name_problem(text.data ? text.data : "", len);
	if (len == 1 && *text.data == '.')
		problem = NULL;		/* the root */
	if (problem) {
		pol_bad(r, v->pos, "\"%.128s\": %s", v->text, problem);
		return;
	}
	name = pol_keep(r, text.data);
	if (!name)
		return;
	name[len] = '\0';
	for (c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	*(char **)field = name;
}

/* mask() - clear the bits behind the prefix. Return: true if one was set */
static bool mask(uint8_t *ip, size_t bytes, unsigned int prefix)
{
	bool any = false;
	size_t i;
	uint8_t keep;

	for (i = 0; i < bytes; i++) {
		keep = prefix >= 8 * (i + 1) ? 0xff :
		       prefix <= 8 * i	     ? 0 :
					       (uint8_t)(0xff << (8 * (i + 1) - prefix));
		any |= (ip[i] & ~keep) != 0;
		ip[i] &= keep;
	}
	return any;
}

/* net_parse() - an address, or a network with its prefix. Return: NULL, or what is wrong */
static const char *net_parse(const char *text, struct pol_dest *d)
{
	struct ev_addr plain;
	size_t len = strcspn(text, "/"), n;
	const char *slash = text[len] ? text + len + 1 : NULL;
	char host[INET6_ADDRSTRLEN] = "";
	unsigned long most;

	if (len >= sizeof(host))
		return "this is not an IP address";
	memcpy(host, text, len);
	if (text[0] == '[')
		return "addresses are written without brackets; the port goes into \"ports\"";
	if (strchr(host, '%'))
		return "an address has no interface (%...) here";
	if (inet_pton(AF_INET, host, d->net.ip) == 1)
		d->net.family = AF_INET;
	else if (inet_pton(AF_INET6, host, d->net.ip) == 1)
		d->net.family = AF_INET6;
	else
		return "this is not an IP address";
	most = d->net.family == AF_INET ? 32 : 128;
	n = slash ? strspn(slash, "0123456789") : 0;
	if (slash && (!n || n > 3 || slash[n] || (n > 1 && *slash == '0') ||
		      strtoul(slash, NULL, 10) > most))
		return most == 32 ? "the prefix of an IPv4 network is a number from 0 to 32" :
				    "the prefix of an IPv6 network is a number from 0 to 128";
	d->prefix = (unsigned int)(slash ? strtoul(slash, NULL, 10) : most);
	plain = ev_addr_plain(&d->net);
	if (plain.family != d->net.family && d->prefix >= 96) {
		d->net = plain;
		d->prefix -= 96;
	}
	return NULL;
}

static void read_net(struct pol_reader *r, const struct jsonc_val *v, struct pol_dest *d)
{
	char given[INET6_ADDRSTRLEN], masked[INET6_ADDRSTRLEN];
	const char *problem = net_parse(v->text, d);

	d->kind = POL_DEST_NET;
	if (problem) {
		pol_bad(r, v->pos, "\"%.128s\": %s", v->text, problem);
		return;
	}
	(void)inet_ntop(d->net.family, d->net.ip, given, sizeof(given));
	if (!mask(d->net.ip, d->net.family == AF_INET ? 4 : 16, d->prefix))
		return;
	(void)inet_ntop(d->net.family, d->net.ip, masked, sizeof(masked));
	pol_bad(r, v->pos,
		"\"%.64s\" has bits set behind its prefix; "
		"did you mean the network \"%s/%u\" or the address \"%s\"?",
		v->text, masked, d->prefix, given);
}

/* is_net() - only addresses have a colon or a slash, or nothing but digits and dots */
static bool is_net(const char *s)
{
	const char *colon = strchr(s, ':');

	if (strstr(s, "://"))
		return false;
	if (*s == '[' || strchr(s, '/') || (colon && strchr(colon + 1, ':')))
		return true;
	return *s >= '0' && *s <= '9' && strspn(s, "0123456789.") == strlen(s);
}

void pol_read_dest(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol_dest *d = field;

	d->at = pol_at(r, v);
	if (v->type == JSONC_STRING && is_net(v->text)) {
		read_net(r, v, d);
		return;
	}
	if (v->type == JSONC_STRING && !strcmp(v->text, ".")) {
		pol_bad(r, v->pos, "\".\": the root of all names is no destination");
		return;
	}
	d->kind = v->type == JSONC_STRING && strchr(v->text, '*') ? POL_DEST_GLOB : POL_DEST_NAME;
	pol_read_name(r, v, &d->name);
}
