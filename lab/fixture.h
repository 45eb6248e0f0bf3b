/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - answers that the technician gives, inside the room; how they are read is in
 * tcbox/lab.h
 */
#ifndef LAB_FIXTURE_H
#define LAB_FIXTURE_H

#include <stdbool.h>

#include "lab/content.h"

struct lab_fixture;

/* fixture_missing() - is this a name that does not exist? @f: NULL: none is */
bool fixture_missing(const struct lab_fixture *f, const char *name);

/* fixture_find() - the first answer that fits. @f: NULL: there are none; @out: borrows from @f.
 * Return: false if none fits */
bool fixture_find(const struct lab_fixture *f, const struct http_req *r, const char *path,
		  struct content *out);

#endif
