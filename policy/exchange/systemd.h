/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd.h - the settings of a unit of systemd that restrict what its processes may do
 */
#ifndef POLICY_EXCHANGE_SYSTEMD_H
#define POLICY_EXCHANGE_SYSTEMD_H

#include "policy/exchange/unit_file.h"
#include "tcbox/syscalls.h"

/* A named set of system calls. */
struct systemd_set {
	const char *name;	/* "@basic-io" */
	const char *calls;	/* with blanks between them; other sets by their name */
};

/* systemd_set_at() - NULL past the end; "@known" is not among them */
const struct systemd_set *systemd_set_at(size_t i);
const struct systemd_set *systemd_set_find(const char *name);

/* systemd_set_mark() - set the number of every call in the set. Return: false if there is none of
 * this name */
bool systemd_set_mark(const char *name, bool of[TB_SYSCALL_MAX]);

/* systemd_knows() - does systemd 252 take this name of a call? */
bool systemd_knows(const char *call);

/* systemd_has_setting() - has systemd 252 this setting, in a section that restricts processes? */
bool systemd_has_setting(const char *key);

/* systemd_setting_like() - the one that somebody meant who wrote @key; NULL: none is like it */
const char *systemd_setting_like(const char *key);

/* A list of words, each with its line. */
struct unit_words {
	struct draft_word *v;
	size_t n;
};

/* The part of a unit that is about system calls. */
struct unit_calls {
	bool given, allow_list;
	unsigned int line;		/* of the first list */
	bool set[TB_SYSCALL_MAX];	/* what is allowed, or else what is refused */
	unsigned int words;		/* that have been read */
	bool native, x86;		/* SystemCallArchitectures */
};

/* About sockets. */
struct unit_net {
	bool families_given, families_deny;
	bool inet, inet6, local, netlink;	/* in the list */
	unsigned int families_line;
	struct unit_words allow, deny;	/* of addresses */
	struct unit_words bind_allow, bind_deny;
	bool private_network;
};

/* About files. */
struct unit_paths {
	struct unit_words writes, reads, hides, execs, no_execs, made;
	bool strict, tmp, devices, tunables;
	bool dynamic;			/* DynamicUser=, which stands for strict and tmp, too */
	unsigned int strict_line;
};

struct systemd {
	struct source src;
	struct unit_calls calls;
	struct unit_net net;
	struct unit_paths paths;
	struct name_list others;	/* settings that say nothing of behaviour */
	unsigned int unknown;		/* settings that systemd has not */
};

/* unit_words_add() - one more of them */
void unit_words_add(struct systemd *u, struct unit_words *w, const struct unit_setting *s,
		    const char *word);
void unit_words_clear(struct unit_words *w);

/* unit_at() - the place of a setting */
struct draft_at unit_at(const struct unit_setting *s);

/* Settings of each part; what they say is kept until the end of the file. */
void unit_calls_filter(struct systemd *u, const struct unit_setting *s);
void unit_calls_architectures(struct systemd *u, const struct unit_setting *s);
void unit_net_families(struct systemd *u, const struct unit_setting *s);

/* unit_..._draft() - make rules of a part, when all of it is known */
void unit_calls_draft(struct systemd *u);
void unit_net_draft(struct systemd *u);
void unit_paths_draft(struct systemd *u);

#endif
