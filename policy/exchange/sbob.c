/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbob.c - bills of behaviour: profiles of containers as kubescape writes them
 *
 * The kinds are ContainerProfile, which has all of one container, and the older pair
 * ApplicationProfile and NetworkNeighborhood, which have several containers. A policy is about one
 * product: what any of the containers does is declared.
 */
#include "policy/exchange/sbob.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/exchange/yaml_text.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define WORDS_MAX (1u << 18)		/* of one list */

void sbob_word(struct sbob *b, enum draft_list list, const struct draft_at *at, const char *text)
{
	struct draft *d = b->src.d;
	int ret;

	if (!b->seen[list])
		b->seen[list] = tb_map_new(WORDS_MAX);
	if (!text || !b->seen[list]) {
		d->no_memory = true;
		return;
	}
	if (tb_map_get(b->seen[list], text, strlen(text)))
		return;
	ret = tb_map_put(b->seen[list], text, strlen(text), d);
	if (ret == -ENOSPC)
		draft_item(d, EXCH_LOST, at, "\"%.128s\": there are too many", text);
	else if (ret)
		d->no_memory = true;
	else
		draft_word(d, list, at, text, NULL);
}

/* any_args() - do they stand for any arguments? */
static bool any_args(const struct jsonc_val *args, const char *path)
{
	const struct jsonc_val *e = args ? args->first : NULL;

	if (e && e->next && !strcmp(e->text, path))
		e = e->next;		/* the program's own name */
	return !args || (e && !e->next && !strcmp(e->text, SBOB_ARGS));
}

static const char *list_words(struct draft *d, const struct jsonc_val *list)
{
	struct name_list words = { .n = 0 };

	for (const struct jsonc_val *e = list->first; e; e = e->next)
		name_list_add(&words, e->text);
	return words.n ? name_list_end(&words, d) : "none";
}

/* glob_of() - the "path" of an element. Return: NULL: none can be made of it, and that is listed */
static const char *glob_of(const struct source *s, const struct jsonc_val *path,
			   const struct draft_at *at)
{
	const char *text = path ? path->text : "", *glob = path ? sbob_glob(s->d, text) : NULL;

	if (!glob)
		draft_item(s->d, EXCH_LOST, at, "no absolute path: \"%.128s\"", text);
	return glob;
}

static int one_exec(struct sbob *b, const struct jsonc_val *v)
{
	static const char *const known[] = { "path", "args", "envs", NULL };
	struct source *s = &b->src;
	const struct jsonc_val *path, *args, *envs;
	struct draft_at at = src_at(s, v->pos, NULL);
	const char *glob;

	if (v->type != JSONC_OBJECT)
		return src_bad(s, v->pos, "an element of \"execs\" has to be a mapping");
	src_unknown(s, v, known);
	if (src_member(s, v, "path", JSONC_STRING, &path) < 0 ||
	    src_strings(s, v, "args", &args) < 0 || src_strings(s, v, "envs", &envs) < 0)
		return -EINVAL;
	glob = glob_of(s, path, &at);
	if (!glob)
		return 0;
	sbob_word(b, DRAFT_EXECUTES, &at, glob);
	if (!any_args(args, path->text))
		draft_item(s->d, EXCH_WIDER, &at, "%.256s: a policy knows no arguments; these "
			   "are: %s", path->text, list_words(s->d, args));
	if (envs && envs->first)
		draft_item(s->d, EXCH_LOST, &at, "%.256s: a policy knows no environment: %s",
			   path->text, list_words(s->d, envs));
	return 0;
}

/* changes() - do these flags of open(2) let a file be changed? */
static bool changes(const struct jsonc_val *flags)
{
	static const char *const words[] = { "O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC",
					     "O_APPEND", "O_TMPFILE" };

	for (const struct jsonc_val *e = flags->first; e; e = e->next)
		for (size_t i = 0; i < TB_ARRAY_SIZE(words); i++)
			if (!strcmp(e->text, words[i]))
				return true;
	return false;
}

static int one_open(struct sbob *b, const struct jsonc_val *v)
{
	static const char *const known[] = { "path", "flags", NULL };
	struct source *s = &b->src;
	const struct jsonc_val *path, *flags;
	struct draft_at at = src_at(s, v->pos, NULL);
	const char *glob;

	if (v->type != JSONC_OBJECT)
		return src_bad(s, v->pos, "an element of \"opens\" has to be a mapping");
	src_unknown(s, v, known);
	if (src_member(s, v, "path", JSONC_STRING, &path) < 0 ||
	    src_strings(s, v, "flags", &flags) < 0)
		return -EINVAL;
	glob = glob_of(s, path, &at);
	if (!glob)
		return 0;
	if (!flags || !flags->first)
		draft_item(s->d, EXCH_NOTE, &at, "%.256s: no flags: it may be changed, too",
			   path->text);
	sbob_word(b, !flags || !flags->first || changes(flags) ? DRAFT_WRITE : DRAFT_READ, &at,
		  glob);
	return 0;
}

static int one_call(struct sbob *b, const struct jsonc_val *v)
{
	struct draft_at at = src_at(&b->src, v->pos, NULL);
	int nr;

	if (v->type != JSONC_STRING)
		return src_bad(&b->src, v->pos, "an element of \"syscalls\" has to be a name");
	nr = tb_syscall_number(v->text);
	if (nr >= 0 && nr < TB_SYSCALL_MAX)
		b->calls.allow[nr] = true;
	else
		draft_item(b->src.d, EXCH_LOST, &at, "x86-64 has no such call: %.64s", v->text);
	return 0;
}

/* each() - all elements of a list; @what is its key */
static int each(struct sbob *b, const struct jsonc_val *container, const char *key,
		int (*fn)(struct sbob *, const struct jsonc_val *), bool *given)
{
	const struct jsonc_val *list;
	char where[sizeof(b->src.where)];
	size_t i = 0;
	int ret = src_member(&b->src, container, key, JSONC_ARRAY, &list);

	memcpy(where, b->src.where, sizeof(where));
	*given = list != NULL;
	for (const struct jsonc_val *e = !ret && list ? list->first : NULL; e && !ret;
	     e = e->next, i++) {
		(void)snprintf(b->src.where, sizeof(b->src.where), "%.80s.%s[%zu]", where, key, i);
		ret = fn(b, e);
	}
	memcpy(b->src.where, where, sizeof(where));
	return ret;
}

/* lost() - what is not carried over, where there is something in it */
static void lost(struct sbob *b, const struct jsonc_val *container, const char *key,
		 const char *why)
{
	const struct jsonc_val *v = jsonc_member(container, key);
	struct draft_at at;

	if (!v || v->type == JSONC_NULL || ((v->type == JSONC_ARRAY || v->type == JSONC_OBJECT) &&
					    !v->count))
		return;
	at = src_at(&b->src, v->key_pos, key);
	draft_item(b->src.d, EXCH_LOST, &at, "%s", why);
}

static void architectures(struct sbob *b, const struct jsonc_val *list)
{
	struct draft_at at;
	bool here = !list || !list->first;

	for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next)
		here = here || !strcmp(e->text, "amd64");
	if (here)
		return;
	at = src_at(&b->src, list->pos, "architectures");
	draft_item(b->src.d, EXCH_NOTE, &at, "it was learned on another machine: a policy is for "
		   "x86-64");
}

/* product() - what the container is */
static void product(struct sbob *b, const struct jsonc_val *container)
{
	const char *tag = jsonc_text(container, "imageTag");
	const char *id = jsonc_text(container, "imageID");

	if (tag && *tag && !b->src.d->version)
		b->src.d->version = draft_keep(b->src.d, tag);
	if (id && *id)
		draft_head(b->src.d, "Image: %s", id);
}

/* acts() - programs, files and calls of a container */
static int acts(struct sbob *b, const struct jsonc_val *container)
{
	static const char none[] = "a policy has no word for it";
	struct draft *d = b->src.d;
	const struct jsonc_val *list;
	bool given;

	product(b, container);
	if (src_strings(&b->src, container, "architectures", &list) < 0)
		return -EINVAL;
	architectures(b, list);
	d->section[DRAFT_EXECUTES] = d->section[DRAFT_WRITE] = true;
	if (each(b, container, "execs", one_exec, &given) < 0 ||
	    each(b, container, "opens", one_open, &given) < 0 ||
	    each(b, container, "syscalls", one_call, &given) < 0)
		return -EINVAL;
	b->calls_given = b->calls_given || given;
	if (src_member(&b->src, container, "endpoints", JSONC_ARRAY, &list) < 0)
		return -EINVAL;
	lost(b, container, "capabilities", none);
	lost(b, container, "rulePolicies", none);
	lost(b, container, "policyByRuleId", none);
	lost(b, container, "identifiedCallStacks", none);
	lost(b, container, "callStacks", none);
	return list ? sbob_endpoints(b, list) : 0;
}

static const char *const container_keys[] = {
	"name", "architectures", "imageID", "imageTag", "execs", "opens", "syscalls",
	"capabilities", "endpoints", "rulePolicies", "policyByRuleId", "seccompProfile",
	"identifiedCallStacks", "callStacks", "matchLabels", "matchExpressions", "egress",
	"ingress", "templateHash", NULL,
};

/* other_kind() - what stands in a container and is of the other kind of profile */
static void other_kind(struct sbob *b, const struct jsonc_val *container)
{
	static const char *const acts_keys[] = { "execs", "opens", "syscalls", "endpoints",
						 "capabilities" };
	static const char *const network_keys[] = { "egress", "ingress" };
	static const char why[] = "a profile of this kind has no such list, and it is not read";

	for (size_t i = 0; !b->acts && i < TB_ARRAY_SIZE(acts_keys); i++)
		lost(b, container, acts_keys[i], why);
	for (size_t i = 0; !b->network && i < TB_ARRAY_SIZE(network_keys); i++)
		lost(b, container, network_keys[i], why);
}

/* of_cluster() - note what says to which pods the profile belongs */
static void of_cluster(struct sbob *b, const struct jsonc_val *spec)
{
	static const char *const keys[] = { "matchLabels", "matchExpressions", "templateHash" };

	for (size_t i = 0; i < TB_ARRAY_SIZE(keys); i++) {
		const struct jsonc_val *v = jsonc_member(spec, keys[i]);
		struct draft_at at;

		if (!v || v->type == JSONC_NULL)
			continue;
		at = src_at(&b->src, v->key_pos, keys[i]);
		draft_item(b->src.d, EXCH_NOTE, &at, "to which pods it belongs only the cluster "
			   "asks");
	}
}

static int one_container(struct sbob *b, const struct jsonc_val *v)
{
	const struct jsonc_val *seccomp;
	struct draft_at at;

	if (v->type != JSONC_OBJECT)
		return src_bad(&b->src, v->pos, "a container has to be a mapping");
	src_unknown(&b->src, v, container_keys);
	of_cluster(b, v);
	other_kind(b, v);
	seccomp = jsonc_member(v, "seccompProfile");
	if (seccomp && seccomp->type == JSONC_OBJECT && jsonc_member(seccomp, "spec") &&
	    jsonc_member(jsonc_member(seccomp, "spec"), "syscalls")) {
		at = src_at(&b->src, seccomp->key_pos, "seccompProfile");
		draft_item(b->src.d, EXCH_LOST, &at, "not read; oci-seccomp reads such a profile");
	}
	if (b->acts && acts(b, v) < 0)
		return -EINVAL;
	return b->network ? sbob_network(b, v) : 0;
}

static const struct {
	const char *kind;
	bool acts, network, one;	/* one: its "spec" is the container */
} kinds[] = {
	{ "ContainerProfile", true, true, true },
	{ "ApplicationProfile", true, false, false },
	{ "NetworkNeighborhood", false, true, false },
	{ "NetworkNeighbors", false, true, true },
};

static int read_spec(struct sbob *b, const struct jsonc_val *spec, size_t kind)
{
	static const char *const lists[] = { "containers", "initContainers",
					     "ephemeralContainers" };
	static const char *const spec_keys[] = { "architectures", "containers", "initContainers",
						 "ephemeralContainers", "matchLabels",
						 "matchExpressions", "templateHash", NULL };
	bool given;

	b->acts = kinds[kind].acts;
	b->network = kinds[kind].network;
	b->any_acts = b->any_acts || b->acts;
	b->any_network = b->any_network || b->network;
	(void)snprintf(b->src.where, sizeof(b->src.where), "spec");
	if (kinds[kind].one)
		return one_container(b, spec);
	src_unknown(&b->src, spec, spec_keys);
	of_cluster(b, spec);
	for (size_t i = 0; i < TB_ARRAY_SIZE(lists); i++)
		if (each(b, spec, lists[i], one_container, &given) < 0)
			return -EINVAL;
	return 0;
}

/* read_object() - one object of Kubernetes. *known: it is a bill */
static int read_object(struct sbob *b, const struct jsonc_val *v, bool *known)
{
	const char *kind = v->type == JSONC_OBJECT ? jsonc_text(v, "kind") : NULL, *name;
	const struct jsonc_val *spec, *meta;
	struct draft_at at;

	b->src.where[0] = '\0';
	if (!kind)
		return src_bad(&b->src, v->pos, "this is no bill of behaviour: it has no "
			       "\"kind\"");
	for (size_t i = 0; i < TB_ARRAY_SIZE(kinds); i++) {
		if (strcmp(kind, kinds[i].kind) != 0)
			continue;
		*known = true;
		if (src_member(&b->src, v, "spec", JSONC_OBJECT, &spec) < 0 ||
		    src_member(&b->src, v, "metadata", JSONC_OBJECT, &meta) < 0)
			return -EINVAL;
		name = meta ? jsonc_text(meta, "name") : NULL;
		if (name && !b->src.d->product)
			b->src.d->product = draft_keep(b->src.d, name);
		return spec ? read_spec(b, spec, i) : 0;
	}
	at = src_at(&b->src, v->pos, "kind");
	draft_item(b->src.d, EXCH_LOST, &at, "\"%.64s\" is no bill of behaviour, and not read",
		   kind);
	return 0;
}

/* read_document() - an object, or a list of them as kubectl prints it */
static int read_document(struct sbob *b, const struct jsonc_val *doc, bool *known)
{
	const struct jsonc_val *items;

	if (doc->type == JSONC_NULL)
		return 0;		/* "---" without anything */
	items = doc->type == JSONC_OBJECT ? jsonc_member(doc, "items") : NULL;
	if (!items || items->type != JSONC_ARRAY)
		return read_object(b, doc, known);
	for (const struct jsonc_val *e = items->first; e; e = e->next)
		if (read_object(b, e, known) < 0)
			return -EINVAL;
	return 0;
}

static int read_documents(struct sbob *b, const struct jsonc_val *docs)
{
	bool known = false;

	for (const struct jsonc_val *doc = docs->first; doc; doc = doc->next)
		if (read_document(b, doc, &known) < 0)
			return -EINVAL;
	if (!known)
		return src_bad(&b->src, docs->pos, "there is no bill of behaviour in it: kind "
			       "ContainerProfile, ApplicationProfile or NetworkNeighborhood");
	sbob_hosts(b);
	if (b->calls_given)
		calls_draft(&b->calls, b->src.d);
	if (!b->any_network)
		draft_head(b->src.d, "The bill says nothing of the network: connections are "
			   "reported until there are rules for them, as NetworkNeighborhood has.");
	if (!b->any_acts)
		draft_head(b->src.d, "The bill says nothing of programs, files and system calls. "
			   "ApplicationProfile has them.");
	return 0;
}

int sbob_read(struct draft *d, const char *text, size_t len, struct tb_err *err)
{
	struct sbob b = { .src = { .d = d, .err = err } };
	struct yaml_text *y;
	int ret = yaml_text_read(&b.src, text, len, &y);

	if (ret)
		return ret;
	ret = read_documents(&b, yaml_text_documents(y));
	for (size_t i = 0; i < DRAFT_LISTS; i++)
		tb_map_free(b.seen[i]);
	free(b.hostless);
	yaml_text_free(y);
	return ret;
}
