/* SPDX-License-Identifier: Apache-2.0 */
/*
 * title.h - what ps(1) shows of tcbox's own processes
 */
#ifndef TCBOX_TITLE_H
#define TCBOX_TITLE_H

/* tb_title_init() - once, in main(): remember where the arguments lie. They must be contiguous, as
 * the kernel puts them, proc_pid_cmdline(5) */
void tb_title_init(int argc, char **argv);

/* tb_title() - show this process as "tcbox: NAME". Overwrites the arguments of the process: nobody
 * in it may need them any more */
void tb_title(const char *name);

/* tb_title_plain() - the same as "NAME": for a process that the product can see */
void tb_title_plain(const char *name);

#endif
