/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.h - run.json as text
 */
#ifndef BUNDLE_MANIFEST_H
#define BUNDLE_MANIFEST_H

#include <stddef.h>

#include "tcbox/buf.h"
#include "tcbox/run.h"

/* rec_manifest_format() - append the text; check out->failed */
void rec_manifest_format(const struct run_info *r, struct tb_buf *out);

/* rec_manifest_parse() - as run_info_read(), from memory */
int rec_manifest_parse(const char *text, size_t len, struct run_info *r, struct tb_err *err);

#endif
