/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broken.h - what works on the machine and not in the box
 */
#ifndef SANDBOX_WATCH_BROKEN_H
#define SANDBOX_WATCH_BROKEN_H

#include <stdint.h>

struct ev_file;
struct watch;

/* BROKEN_GROUP - of an EV_CALL that failed because the product is in a box */
#define BROKEN_GROUP "box"

/*
 * broken_rename() - a rename did nothing: was that because a directory was there before the run?
 * Overlays do not move those, EXDEV
 */
void broken_rename(struct watch *w, uint64_t proc, const struct ev_file *file);

/* broken_exec() - a program can be executed but not read. An overlay then executes nothing,
 * EACCES */
void broken_exec(struct watch *w, uint64_t proc, const char *exe);

#endif
