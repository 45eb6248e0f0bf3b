/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mud_tls.c - profiles of TLS in an entry of MUD, RFC 9761
 */
#include <string.h>

#include "policy/exchange/mud_entry.h"
#include "tcbox/own.h"

/* tls_version() - "tls12" as "1.2"; NULL for another word */
static const char *tls_version(const char *text)
{
	static const char *const words[][2] = { { "tls10", "1.0" }, { "tls11", "1.1" },
						{ "tls12", "1.2" }, { "tls13", "1.3" } };

	for (size_t i = 0; i < TB_ARRAY_SIZE(words); i++)
		if (!strcmp(mud_word(text), words[i][0]))
			return words[i][1];
	return NULL;
}

/* tls_versions() - the oldest of any profile is the one that policies name */
static void tls_versions(struct mud_entry *e, const struct jsonc_val *list)
{
	if (list->type != JSONC_ARRAY)
		mud_leave_out(e, list, "this is no array of versions");
	for (const struct jsonc_val *v = list->type == JSONC_ARRAY ? list->first : NULL; v;
	     v = v->next) {
		const char *version = v->type == JSONC_STRING ? tls_version(v->text) : NULL;

		if (!version)
			mud_leave_out(e, v, "this version of TLS is not known");
		else if (!e->f.tls_min || strcmp(version, e->f.tls_min) < 0)
			e->f.tls_min = version;
	}
}

/* tls_profile() - one of RFC 9761: its versions have a word in policies, and nothing else of it */
static void tls_profile(struct mud_entry *e, const struct jsonc_val *profile)
{
	if (profile->type != JSONC_OBJECT)
		mud_leave_out(e, profile, "this is no profile");
	for (const struct jsonc_val *v = profile->type == JSONC_OBJECT ? profile->first : NULL; v;
	     v = v->next) {
		const char *word = mud_word(v->key);

		draft_push(&e->m->path, v->key, 0);
		if (!strcmp(word, "supported-tls-version"))
			tls_versions(e, v);
		else if (strcmp(word, "name") != 0)
			mud_leave_out(e, v, "policies have no word for it");
		draft_pop(&e->m->path);
	}
}

/* tls_profiles() - the list of them; @v: a member of "client-profiles" */
static void tls_profiles(struct mud_entry *e, const struct jsonc_val *v)
{
	size_t i = 0;

	if (strcmp(mud_word(v->key), "tls-dtls-profile") != 0 || v->type != JSONC_ARRAY) {
		mud_leave_out(e, v, "this is no array of profiles");
		return;
	}
	for (v = v->first; v; v = v->next, i++) {
		draft_push(&e->m->path, NULL, i);
		tls_profile(e, v);
		draft_pop(&e->m->path);
	}
}

void mud_tls(struct mud_entry *e, const struct jsonc_val *v)
{
	if (v->type != JSONC_OBJECT)
		mud_leave_out(e, v, "this is no object with profiles");
	for (v = v->type == JSONC_OBJECT ? v->first : NULL; v; v = v->next) {
		draft_push(&e->m->path, v->key, 0);
		tls_profiles(e, v);
		draft_pop(&e->m->path);
	}
}
