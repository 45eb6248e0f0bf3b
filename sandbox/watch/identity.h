/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.h - does a call change who the caller is?
 */
#ifndef SANDBOX_WATCH_IDENTITY_H
#define SANDBOX_WATCH_IDENTITY_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * identity_kept() - are the ids of setresuid(2) and the like those that the thread has, or -1?
 *
 * Programs call them so to be sure: make(1) does before it starts a child. False where the ids
 * cannot be read, or where the thread's real, effective, saved and file system ids differ: then any
 * of them may be what changes.
 */
bool identity_kept(pid_t tid, const struct seccomp_data *d);

#endif
