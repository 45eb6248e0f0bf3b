/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - limits of the name table; the functions are in tcbox/lab.h
 */
#ifndef LAB_NAMES_H
#define LAB_NAMES_H

#define LAB_NAMES_MAX 65536	/* then a new name gets -ENOSPC */

#endif
