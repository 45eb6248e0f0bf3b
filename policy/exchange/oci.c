/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci.c - seccomp profiles of containers
 *
 * The format: the section linux.seccomp of the runtime specification (config-linux.md), alone or in
 * a config.json, and what Docker and containerd make it of: rules that hold only for some
 * architectures, capabilities or kernels ("includes", "excludes").
 */
#include "policy/exchange/oci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/exchange/calls.h"
#include "tcbox/own.h"

/* architecture() - one that the profile is for */
static void architecture(struct source *s, const struct jsonc_val *v, const char *key,
			 struct calls *c)
{
	struct draft_at at;

	if (!strcmp(v->text, "SCMP_ARCH_X86_64"))
		return;
	if (!strcmp(v->text, "SCMP_ARCH_X86")) {
		c->i386 = true;
		return;
	}
	at = src_at(s, v->pos, key);
	draft_item(s->d, EXCH_LOST, &at, "\"%.64s\": a policy is for x86-64, with 32-bit x86",
		   v->text);
}

/* arch_map() - which architectures go with which, in the dialect of Docker */
static int arch_map(struct source *s, const struct jsonc_val *map, struct calls *c)
{
	for (const struct jsonc_val *e = map ? map->first : NULL; e; e = e->next) {
		const struct jsonc_val *arch, *subs;

		if (e->type != JSONC_OBJECT)
			return src_bad(s, e->pos, "an entry of \"archMap\" has to be an object");
		if (src_member(s, e, "architecture", JSONC_STRING, &arch) < 0 ||
		    src_strings(s, e, "subArchitectures", &subs) < 0)
			return -EINVAL;
		if (!arch)
			return src_bad(s, e->pos, "an entry of \"archMap\" has to have an "
				       "\"architecture\"");
		architecture(s, arch, "archMap", c);
		if (strcmp(arch->text, "SCMP_ARCH_X86_64") != 0)
			continue;
		for (const struct jsonc_val *sub = subs ? subs->first : NULL; sub; sub = sub->next)
			architecture(s, sub, "archMap", c);
	}
	return 0;
}

/* verdicts() - on each call, of all rules together */
static void verdicts(struct oci *o, bool pass, struct calls *c)
{
	struct name_list both = { .n = 0 }, some = { .n = 0 };

	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		unsigned char says = o->says[nr];

		if (!tb_syscall_name(nr))
			continue;
		/* Runtimes differ in which of two rules they take: the stricter one is meant. With
		 * some arguments it passes, and a policy knows none. */
		if (says & OCI_ALLOWS_SOME)
			c->allow[nr] = true;
		else if (says & OCI_REFUSES)
			c->deny[nr] = true;
		else
			c->allow[nr] = (says & OCI_ALLOWS) || pass;
		if ((says & OCI_REFUSES) && (says & OCI_ALLOWS_SOME))
			name_list_add(&some, tb_syscall_name(nr));
		else if ((says & OCI_REFUSES) && (says & OCI_ALLOWS))
			name_list_add(&both, tb_syscall_name(nr));
	}
	if (some.n)
		draft_item(o->src.d, EXCH_WIDER, NULL, "one rule refuses it and one allows it with "
			   "some arguments, taken as allowed: %s",
			   name_list_end(&some, o->src.d));
	if (both.n)
		draft_item(o->src.d, EXCH_NOTE, NULL, "one rule allows it and one refuses it, "
			   "taken as refused: %s", name_list_end(&both, o->src.d));
}

/* lost() - what a policy has no word for */
static void lost(struct source *s, const struct jsonc_val *profile)
{
	static const char *const known[] = { "defaultAction", "architectures", "archMap",
					     "syscalls", "comment", "flags", "listenerPath",
					     "listenerMetadata", "defaultErrnoRet", "defaultErrno",
					     NULL };
	static const char *const keys[] = { "flags", "listenerPath", "listenerMetadata" };

	src_unknown(s, profile, known);
	for (size_t i = 0; i < TB_ARRAY_SIZE(keys); i++) {
		const struct jsonc_val *v = jsonc_member(profile, keys[i]);
		struct draft_at at;

		if (!v || v->type == JSONC_NULL || (v->type == JSONC_ARRAY && !v->count))
			continue;
		at = src_at(s, v->key_pos, keys[i]);
		draft_item(s->d, EXCH_LOST, &at, "a policy has no word for it");
	}
}

/* otherwise() - what becomes of calls that no rule names. *pass: they are allowed */
static int otherwise(struct source *s, const struct jsonc_val *profile, bool *pass)
{
	const struct jsonc_val *v;
	enum oci_effect effect;
	struct draft_at at;

	if (src_member(s, profile, "defaultAction", JSONC_STRING, &v) < 0)
		return -EINVAL;
	if (!v)
		return src_bad(s, profile->pos, "a profile has to have a \"defaultAction\"");
	if (oci_action(s, v, &effect) < 0)
		return -EINVAL;
	*pass = effect == OCI_PASS;
	at = src_at(s, v->pos, "defaultAction");
	if (effect == OCI_ASK)
		draft_item(s->d, EXCH_LOST, &at, "another program is asked of calls that no rule "
			   "names; they are undeclared here");
	if (effect == OCI_PASS)
		draft_item(s->d, EXCH_NOTE, &at, "calls that no rule names are allowed: the "
			   "policy lists all that this version of tcbox knows");
	if (effect == OCI_PASS_LOGGED) {
		draft_item(s->d, EXCH_NOTE, &at, "calls that no rule names pass and are logged: "
			   "undeclared ones are warnings here");
		s->d->calls_warn = true;
	}
	return 0;
}

static int read_profile(struct oci *o, const struct jsonc_val *profile)
{
	struct source *s = &o->src;
	struct calls c = { .i386 = false };
	const struct jsonc_val *list;
	size_t i = 0;
	bool pass;

	if (otherwise(s, profile, &pass) < 0)
		return -EINVAL;
	lost(s, profile);
	if (src_strings(s, profile, "architectures", &list) < 0)
		return -EINVAL;
	for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next)
		architecture(s, e, "architectures", &c);
	if (src_member(s, profile, "archMap", JSONC_ARRAY, &list) < 0 ||
	    arch_map(s, list, &c) < 0 ||
	    src_member(s, profile, "syscalls", JSONC_ARRAY, &list) < 0)
		return -EINVAL;
	for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next, i++) {
		(void)snprintf(s->where, sizeof(s->where), "syscalls[%zu]", i);
		if (oci_rule(o, e) < 0)
			return -EINVAL;
	}
	s->where[0] = '\0';
	verdicts(o, pass, &c);
	calls_draft(&c, s->d);
	return 0;
}

/* read_root() - a profile, or a container's config.json that has one */
static int read_root(struct oci *o, const struct jsonc_val *root)
{
	struct source *s = &o->src;
	const struct jsonc_val *of_linux, *seccomp;
	struct draft_at at;

	if (root->type != JSONC_OBJECT)
		return src_bad(s, root->pos, "a profile has to be an object");
	if (src_member(s, root, "linux", JSONC_OBJECT, &of_linux) < 0)
		return -EINVAL;
	if (!of_linux)
		return read_profile(o, root);
	if (src_member(s, of_linux, "seccomp", JSONC_OBJECT, &seccomp) < 0)
		return -EINVAL;
	if (!seccomp)
		return src_bad(s, of_linux->pos, "this container has no \"seccomp\"");
	at = src_at(s, of_linux->key_pos, NULL);
	draft_item(s->d, EXCH_LOST, &at, "of this container only \"seccomp\" is read, not its "
		   "mounts, capabilities and programs");
	return read_profile(o, seccomp);
}

int oci_read(struct draft *d, const char *text, size_t len, struct tb_err *err)
{
	struct oci o = { .src = { .d = d, .err = err } };
	struct jsonc *doc;
	int ret = src_json(&o.src, text, len, &doc);

	if (ret < 0)
		return ret;
	draft_head(d, "A seccomp profile says what the product may ask of the kernel and nothing "
		   "of connections, names, programs and files: what it does of these is reported "
		   "until there are rules for it.");
	ret = read_root(&o, jsonc_root(doc));
	jsonc_free(doc);
	return ret;
}
