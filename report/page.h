/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.h - the head of a page of HTML that needs nothing else
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "tcbox/buf.h"

/*
 * page_begin() - append everything before the body: the style, and a Content Security Policy under
 * which nothing runs and nothing is loaded. Return: 0 or a negative errno
 */
int page_begin(struct tb_buf *out, const char *title, struct tb_err *err);

#endif
