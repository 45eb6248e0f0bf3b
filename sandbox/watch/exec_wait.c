/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_wait.c - execs whose callers wait until a large file is hashed
 *
 * How it works: the notification is kept, unanswered, and the exec is looked at anew when its file
 * is hashed. Then another file may be the next one: the interpreter of a large script, or what was
 * put in the place of the first. There is one piece of work between two notifications of others: so
 * the product's other threads do not wait.
 */
#include "sandbox/watch/exec_wait.h"

#include <errno.h>
#include <stdlib.h>

#include "sandbox/watch/exec_hash.h"

#define WAITS_MAX 4096u

struct waiting {
	struct waiting *next;
	struct watch_note note;
	struct seccomp_notif req;
	struct file_id file;
	bool ready;
};

struct exec_waits {
	struct waiting *first, **end;
	size_t n;
};

struct exec_waits *exec_waits_new(void)
{
	struct exec_waits *x = calloc(1, sizeof(*x));

	if (x)
		x->end = &x->first;
	return x;
}

void exec_waits_free(struct exec_waits *x)
{
	struct waiting *v;

	if (!x)
		return;
	while ((v = x->first)) {
		x->first = v->next;
		free(v);
	}
	free(x);
}

int exec_wait_add(struct exec_waits *x, const struct watch_note *n, const struct file_id *file)
{
	struct waiting *v;

	if (x->n == WAITS_MAX)
		return -EAGAIN;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->note = *n;
	v->req = *n->req;
	v->file = *file;
	*x->end = v;
	x->end = &v->next;
	x->n++;
	return 0;
}

bool exec_wait_any(const struct exec_waits *x)
{
	return x->first != NULL;
}

/* take() - the first one that is ready, or at all. Return: is there one? */
static bool take(struct exec_waits *x, bool any, struct watch_note *n, struct seccomp_notif *req)
{
	struct waiting **at = &x->first, *v;

	while (*at && !(*at)->ready && !any)
		at = &(*at)->next;
	v = *at;
	if (!v)
		return false;
	*at = v->next;
	if (x->end == &v->next)
		x->end = at;
	x->n--;
	*n = v->note;
	*req = v->req;
	n->req = req;
	free(v);
	return true;
}

bool exec_wait_work(struct exec_waits *x, struct exec_hashes *hashes, struct watch_note *n,
		    struct seccomp_notif *req)
{
	struct file_id done;

	if (take(x, false, n, req))
		return true;
	exec_hash_next(hashes);
	if (!exec_hash_works(hashes))
		return take(x, true, n, req);
	if (exec_hash_step(hashes, &done))
		for (struct waiting *v = x->first; v; v = v->next)
			v->ready = v->file.dev == done.dev && v->file.ino == done.ino;
	return false;
}
