/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_rule.c - one rule of a seccomp profile of containers
 *
 * A policy knows calls and not their arguments. A call that is allowed under conditions becomes one
 * that is allowed; one that is refused under conditions stays as it would be without that rule.
 * Both are said. Conditions on the container are taken as they are for one that asks for nothing
 * special: Docker's default capabilities, a new kernel.
 */
#include "policy/exchange/oci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/nearest.h"
#include "tcbox/own.h"

static const struct {
	const char *name;
	enum oci_effect effect;
} actions[] = {
	{ "SCMP_ACT_ALLOW", OCI_PASS },
	{ "SCMP_ACT_LOG", OCI_PASS_LOGGED },
	{ "SCMP_ACT_ERRNO", OCI_REFUSE },
	{ "SCMP_ACT_TRAP", OCI_REFUSE },
	{ "SCMP_ACT_KILL", OCI_REFUSE },
	{ "SCMP_ACT_KILL_THREAD", OCI_REFUSE },
	{ "SCMP_ACT_KILL_PROCESS", OCI_REFUSE },
	{ "SCMP_ACT_TRACE", OCI_ASK },
	{ "SCMP_ACT_NOTIFY", OCI_ASK },
};

/* The capabilities that Docker gives to a container that asks for none. */
static const char *const docker_caps[] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW",
	"CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE",
	"CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
};

/* A rule while it is read. */
struct rule {
	struct oci *o;
	const struct jsonc_val *object, *names, *args;
	enum oci_effect effect;
	bool holds;			/* its conditions */
};

int oci_action(struct source *s, const struct jsonc_val *v, enum oci_effect *out)
{
	struct tb_nearest near;

	tb_nearest_init(&near, v->text);
	for (size_t i = 0; i < TB_ARRAY_SIZE(actions); i++) {
		*out = actions[i].effect;
		if (!strcmp(v->text, actions[i].name))
			return 0;
		tb_nearest_try(&near, actions[i].name);
	}
	if (near.best)
		return src_bad(s, v->pos, "no action is called \"%.64s\"; did you mean \"%s\"?",
			       v->text, near.best);
	return src_bad(s, v->pos, "no action is called \"%.64s\"", v->text);
}

static bool docker_has(const char *cap)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(docker_caps); i++)
		if (!strcmp(docker_caps[i], cap))
			return true;
	return false;
}

static const char *list_words(struct rule *r, const struct jsonc_val *list)
{
	struct name_list words = { .n = 0 };

	for (const struct jsonc_val *e = list->first; e; e = e->next)
		name_list_add(&words, e->text);
	return name_list_end(&words, r->o->src.d);
}

/* condition() - whether the rule holds was decided: list it. @what: what it asks for */
static void condition(struct rule *r, const struct jsonc_val *v, const char *key, bool holds,
		      const char *what)
{
	struct draft_at at = src_at(&r->o->src, v->pos, key);

	r->holds = r->holds && holds;
	if (holds)
		draft_item(r->o->src.d, EXCH_NOTE, &at, "%s: taken to be so, and the rule is read",
			   what ? what : "");
	else
		draft_item(r->o->src.d, EXCH_LOST, &at, "%s: taken not to be so, and the rule is "
			   "not read", what ? what : "");
}

/* caps() - conditions on capabilities. @wanted: all of them are needed; else each is in the way */
static void caps(struct rule *r, const struct jsonc_val *list, const char *key, bool wanted)
{
	bool all = true, any = false;

	if (!list || !list->first)
		return;
	for (const struct jsonc_val *e = list->first; e; e = e->next) {
		all = all && docker_has(e->text);
		any = any || docker_has(e->text);
	}
	condition(r, list, key, wanted ? all : !any,
		  draft_keepf(r->o->src.d, "only %s %s among the capabilities, for which those of "
			      "Docker are taken", wanted ? "with" : "without",
			      list_words(r, list)));
}

/* arches() - conditions on the architecture */
static void arches(struct rule *r, const struct jsonc_val *list, const char *key, bool wanted)
{
	bool here = false;

	for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next)
		here = here || !strcmp(e->text, "amd64");
	if (!list || !list->first || here == wanted)
		return;
	condition(r, list, key, false, draft_keepf(r->o->src.d, "%s %s, and a policy is for amd64",
						   wanted ? "only on" : "not on",
						   list_words(r, list)));
}

/* conditions() - "includes", or "excludes", of a rule */
static int conditions(struct rule *r, const char *key, bool wanted)
{
	static const char *const known[] = { "caps", "arches", "minKernel", NULL };
	struct source *s = &r->o->src;
	const struct jsonc_val *of, *list, *kernel;

	if (src_member(s, r->object, key, JSONC_OBJECT, &of) < 0)
		return -EINVAL;
	if (!of)
		return 0;
	src_unknown(s, of, known);
	if (src_strings(s, of, "caps", &list) < 0)
		return -EINVAL;
	caps(r, list, key, wanted);
	if (src_strings(s, of, "arches", &list) < 0)
		return -EINVAL;
	arches(r, list, key, wanted);
	if (src_member(s, of, "minKernel", JSONC_STRING, &kernel) < 0)
		return -EINVAL;
	if (kernel)
		condition(r, kernel, key, wanted,
			  draft_keepf(s->d, "only %s Linux %.32s", wanted ? "from" : "before",
				      kernel->text));
	return 0;
}

/* argument() - one condition, in words */
static int argument(struct rule *r, const struct jsonc_val *a, struct name_list *words)
{
	struct source *s = &r->o->src;
	const struct jsonc_val *index, *op, *value, *two;
	char text[64];

	if (a->type != JSONC_OBJECT)
		return src_bad(s, a->pos, "a condition has to be an object");
	if (src_member(s, a, "index", JSONC_INTEGER, &index) < 0 ||
	    src_member(s, a, "op", JSONC_STRING, &op) < 0 ||
	    src_member(s, a, "value", JSONC_INTEGER, &value) < 0 ||
	    src_member(s, a, "valueTwo", JSONC_INTEGER, &two) < 0)
		return -EINVAL;
	if (!index || index->magnitude > 5 || index->negative)
		return src_bad(s, a->pos, "a condition has to have an \"index\" from 0 to 5");
	if (!op || strncmp(op->text, "SCMP_CMP_", 9) != 0)
		return src_bad(s, a->pos, "a condition has to have an \"op\", SCMP_CMP_...");
	if (!value)
		return src_bad(s, a->pos, "a condition has to have a \"value\"");
	(void)snprintf(text, sizeof(text), "argument %s %.16s %.20s%s%.20s", index->text,
		       op->text + 9, value->text, two && two->magnitude ? " " : "",
		       two && two->magnitude ? two->text : "");
	name_list_add(words, text);
	return 0;
}

/* args_of() - list what the arguments have to be, which a policy cannot say */
static int args_of(struct rule *r, const char *names)
{
	struct draft_at at = src_at(&r->o->src, r->args->pos, "args");
	struct name_list words = { .n = 0 };
	struct draft *d = r->o->src.d;
	int ret = 0;

	for (const struct jsonc_val *a = r->args->first; a && ret == 0; a = a->next)
		ret = argument(r, a, &words);
	if (ret == 0 && r->effect == OCI_REFUSE)
		draft_item(d, EXCH_LOST, &at, "%s: refused if %s; a policy knows no arguments, "
			   "and the rule is not read", names, name_list_end(&words, d));
	else if (ret == 0)
		draft_item(d, EXCH_WIDER, &at, "%s: allowed if %s; a policy knows no arguments, "
			   "and it is allowed with any", names, name_list_end(&words, d));
	else
		(void)name_list_end(&words, d);
	return ret;
}

/* mark() - what the rule says of a call */
static void mark(struct rule *r, int nr)
{
	bool some = r->args && r->args->first;
	unsigned char *says = &r->o->says[nr];

	if (r->effect == OCI_REFUSE && !some)
		*says |= OCI_REFUSES;
	else if (r->effect != OCI_REFUSE && r->effect != OCI_ASK)
		*says |= some ? OCI_ALLOWS_SOME : OCI_ALLOWS;
}

/* names() - the calls of the rule. *known: receives the words for those of x86-64; NULL: none */
static void names(struct rule *r, const struct draft_at *at, const char *known[static 1])
{
	struct name_list native = { .n = 0 }, i386 = { .n = 0 }, foreign = { .n = 0 };
	const struct jsonc_val *e = r->names ? r->names->first : jsonc_member(r->object, "name");
	struct draft *d = r->o->src.d;

	for (; e; e = r->names ? e->next : NULL) {
		int nr = tb_syscall_number(e->text);

		if (nr >= 0 && nr < TB_SYSCALL_MAX) {
			name_list_add(&native, e->text);
			mark(r, nr);
		} else {
			name_list_add(tb_syscall_is_i386(e->text) ? &i386 : &foreign, e->text);
		}
	}
	if (foreign.n)
		draft_item(d, EXCH_LOST, at, "x86-64 has no such call: %s",
			   name_list_end(&foreign, d));
	if (i386.n)
		draft_item(d, EXCH_NOTE, at, "of 32-bit x86 only, and judged as the native call "
			   "that means the same: %s", name_list_end(&i386, d));
	*known = native.n ? name_list_end(&native, d) : NULL;
}

static int read_names(struct rule *r)
{
	struct draft_at at = src_at(&r->o->src, r->object->pos, "names");
	struct draft *d = r->o->src.d;
	const char *known;

	names(r, &at, &known);
	if (known && r->effect == OCI_PASS_LOGGED)
		draft_item(d, EXCH_LOST, &at, "%s: allowed and logged; a policy does not say "
			   "that it is logged", known);
	if (known && r->effect == OCI_ASK)
		draft_item(d, EXCH_LOST, &at, "%s: another program is asked each time; the rule "
			   "is not read", known);
	return known && r->args && r->args->first ? args_of(r, known) : 0;
}

int oci_rule(struct oci *o, const struct jsonc_val *v)
{
	static const char *const known[] = { "names", "name", "action", "errnoRet", "errno", "args",
					     "comment", "includes", "excludes", NULL };
	struct rule r = { .o = o, .object = v, .holds = true };
	struct source *s = &o->src;
	const struct jsonc_val *action, *one;

	if (v->type != JSONC_OBJECT)
		return src_bad(s, v->pos, "a rule has to be an object");
	src_unknown(s, v, known);
	if (src_member(s, v, "action", JSONC_STRING, &action) < 0 ||
	    src_member(s, v, "args", JSONC_ARRAY, &r.args) < 0 ||
	    src_strings(s, v, "names", &r.names) < 0 ||
	    src_member(s, v, "name", JSONC_STRING, &one) < 0)
		return -EINVAL;
	if (!r.names && !one)
		return src_bad(s, v->pos, "a rule has to have \"names\"");
	if (!action)
		return src_bad(s, v->pos, "a rule has to have an \"action\"");
	if (oci_action(s, action, &r.effect) < 0 || conditions(&r, "includes", true) < 0 ||
	    conditions(&r, "excludes", false) < 0)
		return -EINVAL;
	return r.holds ? read_names(&r) : 0;
}
