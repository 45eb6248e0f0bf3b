/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - reading a text of another format: errors with their place, members of a required type
 */
#ifndef POLICY_EXCHANGE_SOURCE_H
#define POLICY_EXCHANGE_SOURCE_H

#include "policy/exchange/draft.h"

/* A source while it is read. */
struct source {
	struct draft *d;
	struct tb_err *err;
	char where[128];	/* the path of the object that is read, as "syscalls[3]" */
};

/* src_bad() - what is wrong, and where. Return: -EINVAL */
int src_bad(struct source *s, struct jsonc_pos at, const char *fmt, ...) TB_PRINTF(3, 4);

/* src_json() - read a JSON document. Return: 0, *out is the caller's; -EINVAL, -ENOMEM */
int src_json(struct source *s, const char *text, size_t len, struct jsonc **out);

/*
 * src_member() - a member, which has to be of a type if it is there; null is as if it were not.
 * Return: 0, and *out is NULL if there is none; -EINVAL
 */
int src_member(struct source *s, const struct jsonc_val *object, const char *key,
	       enum jsonc_type type, const struct jsonc_val **out);

/* src_strings() - the same for an array that has nothing but strings */
int src_strings(struct source *s, const struct jsonc_val *object, const char *key,
		const struct jsonc_val **out);

/* src_at() - the place of a value, below the object that is read; @key: NULL for itself */
struct draft_at src_at(struct source *s, struct jsonc_pos pos, const char *key);

/* src_unknown() - list the members of an object whose keys are not in @known, ended by NULL */
void src_unknown(struct source *s, const struct jsonc_val *object, const char *const *known);

/* src_network_text() - an address or network as a policy has it, with no bit behind the prefix.
 * Return: false if it is none. *any: it is all addresses */
bool src_network_text(const char *text, struct tb_buf *out, bool *any);

/* src_network() - the same. Return: the draft's; NULL: it is none */
const char *src_network(struct draft *d, const char *text);

/* Names that are told together. */
struct name_list {
	struct tb_buf text;
	size_t n;
};

/* name_list_add() - hundreds are told, further ones counted */
void name_list_add(struct name_list *l, const char *name);

/* name_list_end() - the words, which live as long as the draft; the list is empty again */
const char *name_list_end(struct name_list *l, struct draft *d);

#endif
