/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - the name table inside the room; other functions are in tcbox/lab.h
 */
#ifndef LAB_NAMES_H
#define LAB_NAMES_H

#define LAB_NAMES_MAX 65536	/* then a new name gets -ENOSPC */

struct ev_addr;
struct lab_names;

/*
 * names_moving() - as lab_name_addr(), but from the second time on that it is called for this
 * family the name has another address
 */
int names_moving(struct lab_names *n, const char *name, int family, struct ev_addr *out);

#endif
