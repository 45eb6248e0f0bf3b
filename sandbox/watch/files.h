/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.h - files that are opened for writing, created, changed, renamed, removed
 */
#ifndef SANDBOX_WATCH_FILES_H
#define SANDBOX_WATCH_FILES_H

struct watch;
struct watch_note;

/* files_call() - look at a call whose row has LOOK_FILE */
void files_call(struct watch *w, const struct watch_note *n);

/* files_bound() - bind(2) to a path makes a file: unix(7) */
void files_bound(struct watch *w, const struct watch_note *n, const char *path);

#endif
