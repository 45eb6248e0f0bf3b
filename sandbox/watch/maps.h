/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maps.h - files of the run that programs have mapped as code
 */
#ifndef SANDBOX_WATCH_MAPS_H
#define SANDBOX_WATCH_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct maps;
struct proc;
struct watch;

/* maps_new() - NULL: no memory. maps_free() takes NULL, too */
struct maps *maps_new(void);
void maps_free(struct maps *m);

/* maps_wrote() - the product may have changed a file: before that there is nothing to find */
void maps_wrote(struct maps *m, const char *path);

/* maps_look() - append an EV_MAP for each file that a process has mapped as code, and that was
 * changed since the run began or has no name any more; each once for a program */
void maps_look(struct watch *w, const struct proc *p);

/* maps_look_around() - the same for some of the processes, and at the next time for others */
void maps_look_around(struct watch *w);

/* A file that is mapped. */
struct maps_file {
	char *path;		/* in the line that was read, with the mark of one that is gone */
	uint64_t dev, ino;
};

/*
 * maps_line() - a line of /proc/PID/maps, proc_pid_maps(5). Return: is it a file, and mapped as
 * code?
 */
bool maps_line(char *line, struct maps_file *out);

/* maps_unescape() - a newline in a name is written as "\\012", and so is a name that has these four
 * letters. Return: was one there? */
bool maps_unescape(char *path);

/* maps_cut_gone() - the mark of a file that has no name any more. Return: was it there? */
bool maps_cut_gone(char *path);

#endif
