/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banned.h - functions that no room may call; the Makefile includes it before the first line of
 * each source file
 *
 * They write without a bound, keep hidden state, hand text to a shell, or race. What to use instead
 * stands beside each. The C library's own headers come first, so that what they declare stays
 * declared.
 */
#ifndef LIB_BANNED_H
#define LIB_BANNED_H

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TB_BANNED(func) sorry_##func##_is_a_banned_function

#undef strcpy
#define strcpy(...) TB_BANNED(strcpy)		/* snprintf(), struct tb_buf */
#undef strcat
#define strcat(...) TB_BANNED(strcat)		/* struct tb_buf */
#undef strncpy
#define strncpy(...) TB_BANNED(strncpy)		/* snprintf(): it always ends the string */
#undef sprintf
#define sprintf(...) TB_BANNED(sprintf)		/* snprintf() */
#undef vsprintf
#define vsprintf(...) TB_BANNED(vsprintf)
#undef strtok
#define strtok(...) TB_BANNED(strtok)		/* strtok_r(), strchr() */
#undef atoi
#define atoi(...) TB_BANNED(atoi)		/* strtol() with its errors looked at */
#undef gmtime
#define gmtime(...) TB_BANNED(gmtime)		/* gmtime_r() */
#undef localtime
#define localtime(...) TB_BANNED(localtime)	/* localtime_r() */
#undef mktemp
#define mktemp(...) TB_BANNED(mktemp)		/* mkostemp(), memfd_create() */
#undef tmpnam
#define tmpnam(...) TB_BANNED(tmpnam)
#undef system
#define system(...) TB_BANNED(system)		/* fork() and execve() */
#undef popen
#define popen(...) TB_BANNED(popen)
#undef alloca
#define alloca(...) TB_BANNED(alloca)		/* a named maximum, or the heap */

#endif
