/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i386.h - calls of 32-bit x86, where the policy declares them: read as the native call that means
 * the same
 */
#ifndef SANDBOX_WATCH_I386_H
#define SANDBOX_WATCH_I386_H

#include "sandbox/watch/watch.h"

/* i386_enter() - into the box's network, if the table is declared, to make sockets there. Return: 0
 * or negative errno */
int i386_enter(const struct watch *w, pid_t first);

/* i386_unpack() - a call of the declared table becomes the native one, in place; others stay as
 * they are */
void i386_unpack(struct watch *w, struct seccomp_notif *req, struct watch_note *n);

/* i386_verdict() - calls_verdict(); of such a call also whether it has a native one that can be
 * made for the caller */
struct call_verdict i386_verdict(const struct watch *w, const struct watch_note *n);

/* i386_make() - make a call whose i386.behalf is set, and give the caller its result */
struct watch_answer i386_make(struct watch *w, const struct watch_note *n);

/* i386_claims() - are its arguments what memory said? Then a harmless one proves nothing */
static inline bool i386_claims(const struct watch_note *n)
{
	return n->abi && n->i386.form == I386_SOCKETCALL && !n->i386.behalf && !n->i386.connected;
}

#endif
