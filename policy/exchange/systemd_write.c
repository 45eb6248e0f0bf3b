/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd_write.c - a policy as a drop-in for a unit of systemd
 *
 * What is written is never wider than the policy without a word about it. It is narrower only where
 * that is noted.
 */
#include "policy/exchange/systemd.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/exchange/others.h"
#include "tcbox/own.h"

#define WIDTH 100

/* A setting that is written on as many lines as it needs. */
struct line {
	struct tb_buf text;
	const char *key;		/* with what each value begins with: "SystemCallFilter=~" */
	struct tb_buf *out;
};

static void line_end(struct line *l)
{
	if (l->text.len)
		tb_buf_addf(l->out, "%s%s\n", l->key, l->text.data);
	l->out->failed |= l->text.failed;
	tb_buf_free(&l->text);
}

static void line_add(struct line *l, const char *word)
{
	if (l->text.len && strlen(l->key) + l->text.len + strlen(word) + 1 > WIDTH)
		line_end(l);
	tb_buf_addf(&l->text, "%s%s", l->text.len ? " " : "", word);
}

/* whole_sets() - write those sets of which all is allowed, and take their calls out of @left */
static void whole_sets(const struct pol *p, bool left[TB_SYSCALL_MAX], struct line *l)
{
	const struct systemd_set *s;

	for (size_t i = 0; (s = systemd_set_at(i)); i++) {
		bool of[TB_SYSCALL_MAX] = { false };
		bool all = true, fresh = false;

		(void)systemd_set_mark(s->name, of);
		for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
			all = all && (!of[nr] || p->sys[nr] == POL_SYS_ALLOWED);
			fresh = fresh || (of[nr] && left[nr]);
		}
		if (!all || !fresh)
			continue;
		line_add(l, s->name);
		for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
			left[nr] = left[nr] && !of[nr];
	}
}

static void calls(struct draft *d, const struct pol *p, struct tb_buf *out)
{
	struct line allow = { .key = "SystemCallFilter=", .out = out };
	struct line refuse = { .key = "SystemCallFilter=~", .out = out };
	bool implied[TB_SYSCALL_MAX] = { false }, left[TB_SYSCALL_MAX] = { false };
	struct name_list unknown = { .n = 0 }, foreign = { .n = 0 };

	(void)systemd_set_mark("@default", implied);
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		if (p->sys[nr] != POL_SYS_ALLOWED || !tb_syscall_name(nr))
			continue;
		left[nr] = systemd_knows(tb_syscall_name(nr)) && !implied[nr];
		if (!systemd_knows(tb_syscall_name(nr)))
			name_list_add(&unknown, tb_syscall_name(nr));
	}
	tb_buf_addf(out, "SystemCallArchitectures=native%s\n", p->i386 ? " x86" : "");
	line_add(&allow, "@default");
	whole_sets(p, left, &allow);
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (left[nr])
			line_add(&allow, tb_syscall_name(nr));
	line_end(&allow);
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (implied[nr] && p->sys[nr] != POL_SYS_ALLOWED)
			line_add(&refuse, tb_syscall_name(nr));
	line_end(&refuse);
	tb_buf_adds(out, "SystemCallErrorNumber=EPERM\n");
	for (size_t i = 0; p->i386 && i < p->nforeign; i++)
		name_list_add(&foreign, p->foreign[i].name);
	if (foreign.n)
		draft_item(d, EXCH_LOST, NULL, "calls that only 32-bit x86 has: %s",
			   name_list_end(&foreign, d));
	if (unknown.n)
		draft_item(d, EXCH_LOST, NULL, "systemd 252 does not know, and refuses: %s",
			   name_list_end(&unknown, d));
}

static void address(const struct pol_dest *to, struct line *l)
{
	char text[INET6_ADDRSTRLEN + 4];
	size_t len;

	if (!inet_ntop(to->net.family, to->net.ip, text, INET6_ADDRSTRLEN))
		return;
	len = strlen(text);
	(void)snprintf(text + len, sizeof(text) - len, "/%u", to->prefix);
	line_add(l, text);
}

/* by_name() - has a rule a destination that only a name says, or none? */
static bool by_name(const struct pol_conn *c)
{
	bool names = !c->nto;

	for (size_t i = 0; i < c->nto; i++)
		names = names || c->to[i].kind != POL_DEST_NET;
	return names;
}

static struct draft_at conn_at(struct draft *d, const struct pol *p, size_t i)
{
	return others_at(p->conns[i].at, draft_keepf(d, "connections.%s", p->conns[i].id));
}

static struct draft_at listen_at(struct draft *d, const struct pol *p, size_t i)
{
	return others_at(p->listens[i].at, draft_keepf(d, "listens.%s", p->listens[i].id));
}

/* all_free() - list why no address can be refused, if that is so: the addresses of a unit are those
 * of its callers, too */
static bool all_free(struct draft *d, const struct pol *p)
{
	struct draft_at at;

	for (size_t i = 0; i < p->nconns; i++) {
		if (!by_name(&p->conns[i]))
			continue;
		at = conn_at(d, p, i);
		draft_item(d, EXCH_WIDER, &at, "a unit knows addresses only, and with a rule for "
			   "a name or for any destination it leaves all of them free");
		return true;
	}
	for (size_t i = 0; i < p->nlistens; i++) {
		if (p->listens[i].on == POL_ON_LOOPBACK)
			continue;
		at = listen_at(d, p, i);
		draft_item(d, EXCH_WIDER, &at, "a unit that refuses addresses refuses them as "
			   "callers, too: with a port for anybody it leaves all of them free");
		return true;
	}
	return false;
}

/* free_too() - list the rules whose addresses are not written because of another one */
static void free_too(struct draft *d, const struct pol *p)
{
	for (size_t i = 0; i < p->nconns; i++) {
		const struct draft_at at = conn_at(d, p, i);

		if (!by_name(&p->conns[i]))
			draft_item(d, EXCH_WIDER, &at, "its addresses are not written: all of "
				   "them are free");
	}
}

/* addresses() - what a product says to itself no policy judges */
static void addresses(struct draft *d, const struct pol *p, struct tb_buf *out)
{
	struct line allow = { .key = "IPAddressAllow=", .out = out };

	for (size_t i = 0; i < p->nconns; i++) {
		const struct draft_at at = conn_at(d, p, i);

		others_rule(d, &at, &p->conns[i], ~0u, "a unit");
	}
	if (all_free(d, p)) {
		free_too(d, p);
		return;
	}
	tb_buf_adds(out, "IPAddressDeny=any\n");
	line_add(&allow, "localhost");
	for (size_t i = 0; i < p->nconns; i++)
		for (size_t k = 0; k < p->conns[i].nto; k++)
			address(&p->conns[i].to[k], &allow);
	line_end(&allow);
}

static void one_listen(struct draft *d, const struct pol *p, size_t index, struct line *l)
{
	const struct pol_listen *r = &p->listens[index];
	const struct draft_at at = listen_at(d, p, index);
	const char *protocol = r->protocol ? r->protocol : "";

	others_listen(d, &at, r, "a unit");
	if (*protocol && strcmp(protocol, "tcp") != 0 && strcmp(protocol, "udp") != 0) {
		draft_item(d, EXCH_LOST, &at, "a unit has no word for %s here", protocol);
		return;
	}
	for (size_t i = 0; i < r->nports; i++) {
		const struct pol_range *range = &r->ports[i];
		const char *word = draft_keepf(d, "%s%s%u", protocol, *protocol ? ":" : "",
					       range->lo);

		if (range->lo != range->hi)
			word = draft_keepf(d, "%s-%u", word, range->hi);
		line_add(l, word ? word : "");
	}
	if (!r->nports)
		line_add(l, *protocol ? protocol : "any");
}

static void network(struct draft *d, const struct pol *p, struct tb_buf *out)
{
	struct line bind = { .key = "SocketBindAllow=", .out = out };

	if (!p->nconns && !p->nlistens) {
		tb_buf_adds(out, "RestrictAddressFamilies=AF_UNIX AF_NETLINK\n");
		draft_item(d, EXCH_NOTE, NULL, "no sockets of IP are left: the product cannot talk "
			   "to itself by them, which a policy does not judge");
		return;
	}
	tb_buf_adds(out, "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6\n");
	addresses(d, p, out);
	tb_buf_adds(out, "SocketBindDeny=any\n");
	for (size_t i = 0; i < p->nlistens; i++)
		one_listen(d, p, i, &bind);
	line_end(&bind);
}

/* is_sayable() - can a unit have this path? A newline in it would begin another setting; and what
 * nobody sees is not written into a file that says what is allowed */
static bool is_sayable(struct draft *d, const char *path)
{
	TB_AUTOBUF struct tb_buf shown = TB_BUF_INIT;
	size_t left = strlen(path), n;
	uint32_t cp;
	bool ok = true;

	for (; left && ok; path += n, left -= n) {
		n = tb_utf8_next((const unsigned char *)path, left, &cp);
		if (!n)
			return false;
		tb_buf_reset(&shown);
		tb_buf_add_shown(&shown, path, n);
		d->no_memory |= shown.failed;
		ok = cp == '\\' || (shown.len == n && !memcmp(shown.data, path, n));
	}
	return ok;
}

/* quoted() - a path as a word of a setting */
static const char *quoted(struct draft *d, const char *path)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	tb_buf_adds(&out, "-");
	for (; *path; path++) {
		if (strchr(" \t\\\"'", *path))
			tb_buf_addc(&out, '\\');
		else if (*path == '%')
			tb_buf_addc(&out, '%');
		tb_buf_addc(&out, *path);
	}
	d->no_memory |= out.failed;
	return out.failed ? NULL : draft_keep(d, out.data);
}

/* is_place() - is a glob a place, with all below it, and nothing else? */
static bool is_place(const char *glob, const char *place, bool exact)
{
	size_t len = strlen(place);

	if (exact)
		return true;
	return !strncmp(glob, place, len) && !strcmp(glob + len - (place[len - 1] == '/'), "/**");
}

static void paths(struct draft *d, const struct pol *p, struct tb_buf *out)
{
	struct line l = { .key = "ReadWritePaths=", .out = out };

	if (!p->has_files)
		return;
	tb_buf_adds(out, "ReadOnlyPaths=/\n");
	for (size_t i = 0; i < p->nwrite; i++) {
		struct draft_at at = others_at(p->write_at[i], "files.write");
		bool exact = false;
		TB_AUTOFREE char *place = pol_path_place(p->write[i], &exact);
		const char *word = place ? quoted(d, place) : NULL;

		if (!word) {
			d->no_memory = true;
			break;
		}
		if (!is_sayable(d, place)) {
			draft_item(d, EXCH_LOST, &at, "\"%s\": a unit cannot have this path, which "
				   "has control characters", p->write[i]);
			continue;
		}
		if (!is_place(p->write[i], place, exact))
			draft_item(d, EXCH_WIDER, &at, "\"%s\": a unit has no globs: all of %s",
				   p->write[i], place);
		line_add(&l, word);
	}
	line_end(&l);
}

int systemd_write(struct draft *d, const struct pol *p, struct tb_buf *out, struct tb_err *err)
{
	(void)err;
	tb_buf_adds(out, "# For the directory NAME.service.d of a unit.\n[Service]\n");
	if (p->has_syscalls)
		calls(d, p, out);
	network(d, p, out);
	paths(d, p, out);
	others_list(d, p, OTHERS_NAMES | OTHERS_READ, "a unit");
	others_list(d, p, OTHERS_EXECUTES, "without a list of all libraries a unit");
	others_levels(d, p, ~(unsigned int)OTHERS_SYSCALLS |
		      (p->has_syscalls ? OTHERS_SYSCALLS : 0u), "a unit");
	others_product(d, p, ~0u, "a unit");
	return 0;
}
