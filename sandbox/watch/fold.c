/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold.c - equal events become one event with a count
 *
 * How it works: what an event says, without its time and count, is the key; a copy of the event is
 * kept beside it, to be written again with the count. Slots are chosen by a hash; an event that
 * hits another's slot flushes it. So memory is bounded, and a product that aims at collisions gains
 * only that its repeats are written one by one.
 */
#include "sandbox/watch/fold.h"
#include "tcbox/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FOLD_KEY_MAX 1024u /* the strings of the copy are about as long: 8 MiB in all, and the
			    * slots */
#define FOLD_SLOTS 4096u /* a power of two */
#define FOLD_PROCS 1024u /* processes are told apart by their number modulo this */

struct slot {
	char *key; /* NULL: free */
	size_t key_len;
	struct ev ev; /* owned */
	uint64_t hash;
	uint64_t proc;
	uint64_t repeats; /* after the first */
	int64_t last;
	bool taken; /* it is among those that are used */
};

struct fold {
	struct rec_out *out;
	struct tb_buf key; /* scratch */
	uint32_t waiting[FOLD_PROCS]; /* slots with repeats, by process: most processes have none */
	struct slot slots[FOLD_SLOTS];
	uint16_t used[FOLD_SLOTS]; /* those that have, or had, a key: few in most runs, and the
				    * memory of the others is never touched */
	size_t nused;
};

_Static_assert(FOLD_SLOTS <= UINT16_MAX + 1, "a slot has a number");

struct fold *fold_new(struct rec_out *out)
{
	struct fold *f = calloc(1, sizeof(*f));

	if (f)
		f->out = out;
	return f;
}

void fold_free(struct fold *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->nused; i++) {
		struct slot *s = &f->slots[f->used[i]];

		free(s->key);
		ev_clear(&s->ev);
	}
	tb_buf_free(&f->key);
	free(f);
}

static uint64_t *count_of(struct ev *ev)
{
	if (ev->kind == EV_SOCK)
		return &ev->u.sock.count;
	return ev->kind == EV_FILE ? &ev->u.file.count : &ev->u.call.count;
}

static int slot_flush(struct fold *f, struct slot *s)
{
	if (!s->key || s->repeats == 0)
		return 0;
	*count_of(&s->ev) = s->repeats;
	s->ev.t = s->last;
	s->repeats = 0;
	f->waiting[s->proc % FOLD_PROCS]--;
	return rec_append(f->out, &s->ev);
}

static void key_text(struct tb_buf *k, const char *text)
{
	if (text)
		tb_buf_add(k, text, strlen(text));
	tb_buf_addc(k, '\0');
}

static void key_addr(struct tb_buf *k, const struct ev_addr *a)
{
	tb_buf_add(k, &a->family, sizeof(a->family));
	tb_buf_add(k, a->ip, sizeof(a->ip));
	tb_buf_add(k, &a->port, sizeof(a->port));
}

static void make_key(struct tb_buf *k, const struct ev *ev)
{
	tb_buf_reset(k);
	tb_buf_add(k, &ev->kind, sizeof(ev->kind));
	tb_buf_add(k, &ev->proc, sizeof(ev->proc));
	if (ev->kind == EV_SOCK) {
		key_text(k, ev->u.sock.call);
		key_text(k, ev->u.sock.abi);
		key_text(k, ev->u.sock.proto);
		key_addr(k, &ev->u.sock.local);
		key_addr(k, &ev->u.sock.remote);
		key_text(k, ev->u.sock.path);
		tb_buf_add(k, &ev->u.sock.cookie, sizeof(ev->u.sock.cookie));
		key_text(k, ev->u.sock.error);
		tb_buf_addc(k, ev->u.sock.elsewhere);
	} else if (ev->kind == EV_FILE) {
		key_text(k, ev->u.file.op);
		key_text(k, ev->u.file.abi);
		key_text(k, ev->u.file.path);
		key_text(k, ev->u.file.path2);
		key_text(k, ev->u.file.target);
		key_text(k, ev->u.file.target2);
		key_text(k, ev->u.file.outcome);
		key_text(k, ev->u.file.error);
	} else {
		key_text(k, ev->u.call.call);
		key_text(k, ev->u.call.abi);
		key_text(k, ev->u.call.group);
		key_text(k, ev->u.call.detail);
		key_text(k, ev->u.call.error);
		tb_buf_addc(k, ev->u.call.undeclared);
	}
}

/* slot_fill() - a new event gets the slot */
static int slot_fill(struct fold *f, struct slot *s, uint64_t hash, const struct ev *ev)
{
	int rc = slot_flush(f, s);

	if (rc < 0)
		return rc;
	if (!s->taken)
		f->used[f->nused++] = (uint16_t)(s - f->slots);
	free(s->key);
	ev_clear(&s->ev);
	*s = (struct slot){ .taken = true, .key = malloc(f->key.len), .key_len = f->key.len,
			    .hash = hash, .proc = ev->proc };
	if (!s->key)
		return -ENOMEM;
	memcpy(s->key, f->key.data, f->key.len);
	rc = ev_dup(ev, &s->ev);
	if (rc < 0) {
		free(s->key);
		s->key = NULL;
	}
	return rc;
}

int fold_append(struct fold *f, struct ev *ev)
{
	uint64_t hash;
	struct slot *s;
	int rc;

	make_key(&f->key, ev);
	if (f->key.failed)
		return -ENOMEM;
	if (f->key.len > FOLD_KEY_MAX) /* long paths: written each time */
		return rec_append(f->out, ev);
	hash = tb_hash(f->key.data, f->key.len);
	s = &f->slots[hash % FOLD_SLOTS];
	if (s->key && s->hash == hash && s->key_len == f->key.len &&
	    memcmp(s->key, f->key.data, s->key_len) == 0) {
		if (s->repeats == 0)
			f->waiting[s->proc % FOLD_PROCS]++;
		s->repeats += *count_of(ev) ? *count_of(ev) : 1;
		s->last = ev->t;
		return 0;
	}
	rc = slot_fill(f, s, hash, ev);
	return rc < 0 ? rc : rec_append(f->out, ev);
}

int fold_flush(struct fold *f, uint64_t proc)
{
	int rc = 0;

	if (proc && !f->waiting[proc % FOLD_PROCS])
		return 0;
	for (size_t i = 0; i < f->nused && rc == 0; i++) {
		struct slot *s = &f->slots[f->used[i]];

		if (s->proc == proc || proc == 0)
			rc = slot_flush(f, s);
	}
	return rc;
}
