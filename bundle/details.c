/* SPDX-License-Identifier: Apache-2.0 */
/*
 * details.c - details of findings and gaps, and the names of their keys
 */
#include "tcbox/details.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"
#include "tcbox/own.h"

static const char *const key_names[] = {
	[FND_KEY_PROTO] = "proto",
	[FND_KEY_LOCAL] = "local",
	[FND_KEY_REMOTE] = "remote",
	[FND_KEY_NAMED] = "named",
	[FND_KEY_SERVER] = "server",
	[FND_KEY_NAME] = "name",
	[FND_KEY_TYPE] = "type",
	[FND_KEY_APP] = "app",
	[FND_KEY_TLS] = "tls",
	[FND_KEY_SNI] = "sni",
	[FND_KEY_HOST] = "host",
	[FND_KEY_HEARD] = "heard",
	[FND_KEY_EXE] = "exe",
	[FND_KEY_CALL] = "call",
	[FND_KEY_SYSCALL] = "syscall",
	[FND_KEY_ARGS] = "args",
	[FND_KEY_ERROR] = "error",
	[FND_KEY_OP] = "op",
	[FND_KEY_PATH] = "path",
	[FND_KEY_TO] = "to",
	[FND_KEY_TARGET] = "target",
	[FND_KEY_SCRIPT] = "script",
	[FND_KEY_SHA256] = "sha256",
	[FND_KEY_BEFORE] = "before",
	[FND_KEY_AFTER] = "after",
	[FND_KEY_EXECUTED] = "executed",
	[FND_KEY_WHAT] = "what",
	[FND_KEY_LAYER] = "layer",
	[FND_KEY_SAID] = "said",
	[FND_KEY_AGREES] = "agrees",
	[FND_KEY_RULE_HOST] = "rule_host",
	[FND_KEY_RULE_PROTO] = "rule_proto",
	[FND_KEY_RULE_PORT] = "rule_port",
	[FND_KEY_RULE_EXE] = "rule_exe",
	[FND_KEY_RULE_APP] = "rule_app",
	[FND_KEY_RULE_TLS] = "rule_tls",
	[FND_KEY_RULE_UNTIL] = "rule_until",
	[FND_KEY_RULE_PHASE] = "rule_phase",
	[FND_KEY_COUNT] = "count",
	[FND_KEY_BYTES] = "bytes",
	[FND_KEY_CONNECTIONS] = "connections",
	[FND_KEY_REQUESTS] = "requests",
	[FND_KEY_MOST] = "most",
	[FND_KEY_MAX] = "max",
	[FND_KEY_PACKETS] = "packets",
	[FND_KEY_FLOWS] = "flows",
	[FND_KEY_MS] = "ms",
	[FND_KEY_SIGNAL] = "signal",
	[FND_KEY_PORT] = "port",
	[FND_KEY_RULE_OTHER] = "rule_other",
	[FND_KEY_RULE_OTHERS] = "rule_others",
	[FND_KEY_RULE_MORE] = "rule_more",
	[FND_KEY_NO_LOOKUP] = "no_lookup",
	[FND_KEY_ECH] = "ech",
	[FND_KEY_REFUSED] = "refused",
	[FND_KEY_NO_ANSWER] = "no_answer",
	[FND_KEY_GATE] = "gate",
	[FND_KEY_UNANSWERED] = "unanswered",
	[FND_KEY_QUERY] = "query",
	[FND_KEY_NO_QUERY] = "no_query",
	[FND_KEY_DENIED] = "denied",
	[FND_KEY_TRIED] = "tried",
	[FND_KEY_MOVED] = "moved",
	[FND_KEY_UNEXPLAINED] = "unexplained",
	[FND_KEY_SOCKET] = "socket",
	[FND_KEY_I386] = "i386",
	[FND_KEY_UNNAMED] = "unnamed",
	[FND_KEY_COUNTED] = "counted",
	[FND_KEY_PLANNED] = "planned",
	[FND_KEY_UNPLANNED] = "unplanned",
	[FND_KEY_AT_START] = "at_start",
	[FND_KEY_AT_END] = "at_end",
	[FND_KEY_LOST] = "lost",
	[FND_KEY_SCENARIO] = "scenario",
	[FND_KEY_NO_NET] = "no_net",
	[FND_KEY_TIMED_OUT] = "timed_out",
	[FND_KEY_INTERRUPTED] = "interrupted",
	[FND_KEY_NOT_STARTED] = "not_started",
	[FND_KEY_FAILED] = "failed",
	[FND_KEY_NO_PORT] = "no_port",
	[FND_KEY_BEYOND] = "beyond",
};

static_assert(TB_ARRAY_SIZE(key_names) == FND_KEYS, "a name for each key");

bool fnd_details_add(struct fnd_details *f, enum fnd_key key, const char *text, uint64_t n)
{
	struct fnd_detail *v = tb_grow(f->v, f->n, 1, sizeof(*v));
	TB_AUTOFREE char *copy = NULL;

	if (!v)
		return false;
	f->v = v;
	if (text) {
		copy = strdup(text);
		if (!copy)
			return false;
	}
	v[f->n++] = (struct fnd_detail){ key, tb_take_ptr(&copy), n };
	return true;
}

const struct fnd_detail *fnd_detail(const struct fnd_details *f, enum fnd_key key)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].key == key)
			return &f->v[i];
	return NULL;
}

const char *fnd_key_name(enum fnd_key key)
{
	return key < FND_KEYS ? key_names[key] : "unknown";
}

void fnd_details_free(struct fnd_details *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i].text);
	free(f->v);
	*f = (struct fnd_details){ 0 };
}
