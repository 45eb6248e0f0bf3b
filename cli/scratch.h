/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scratch.h - directories of bundles that nobody is to keep
 */
#ifndef CLI_SCRATCH_H
#define CLI_SCRATCH_H

/* scratch_remove() - a directory without directories in it, as a bundle is; it may be missing */
void scratch_remove(const char *path);

#endif
