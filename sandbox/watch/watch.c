/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.c - how the watching files append to the record
 */
#include "sandbox/watch/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "sandbox/watch/detail.h"
#include "sandbox/watch/fold.h"
#include "sandbox/watch/proc.h"
#include "tcbox/record.h"

static void remember(struct watch *w, int rc)
{
	if (rc < 0 && !w->failed)
		w->failed = rc;
	w->unflushed = true;
}

void watch_append(struct watch *w, uint64_t proc, struct ev *ev)
{
	ev->proc = proc;
	if (!ev->t)
		ev->t = w->now;
	remember(w, rec_append(w->out, ev));
}

void watch_fold(struct watch *w, uint64_t proc, struct ev *ev)
{
	ev->proc = proc;
	if (!ev->t)
		ev->t = w->now;
	remember(w, fold_append(w->fold, ev));
}

void watch_flush(struct watch *w, uint64_t proc)
{
	remember(w, fold_flush(w->fold, proc));
}

void watch_write(struct watch *w)
{
	remember(w, rec_flush(w->out));
	w->unflushed = false;
}

bool watch_alive(const struct watch *w, const struct seccomp_notif *req)
{
	return ioctl(w->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &req->id) == 0;
}

const char *watch_errno_name(int error)
{
	return error ? strerrorname_np(error) : NULL;
}

void watch_call_as(struct watch *w, const struct watch_note *n, const char *text)
{
	const struct seccomp_data *d = &n->req->data;
	struct ev ev = { .kind = EV_CALL };
	char number[32];

	(void)snprintf(number, sizeof(number), "syscall-%d", d->nr);
	ev.u.call.abi = n->abi ? n->abi : calls_abi_row(calls_abi(d))->name;
	ev.u.call.detail = text;
	if (calls_abi(d) != CALL_ABI_NATIVE) { /* of a table that is not declared, or no native call
					        * means the same */
		ev.u.call.call = text;
		ev.u.call.detail = NULL;
	} else {
		ev.u.call.call = n->row ? n->row->name : number;
	}
	ev.u.call.group = n->group;
	ev.u.call.outcome = watch_outcome(n);
	ev.u.call.error = watch_errno_name(n->error);
	ev.u.call.undeclared = n->undeclared;
	watch_fold(w, n->p ? n->p->id : 0, &ev);
}

void watch_call(struct watch *w, const struct watch_note *n)
{
	char detail[160];

	watch_call_as(w, n, detail_of(&n->req->data, detail, sizeof(detail)));
}
