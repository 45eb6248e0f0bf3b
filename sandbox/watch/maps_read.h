/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maps_read.h - lines of /proc/PID/maps, proc_pid_maps(5)
 */
#ifndef SANDBOX_WATCH_MAPS_READ_H
#define SANDBOX_WATCH_MAPS_READ_H

#include <stdbool.h>
#include <stddef.h>

#define MAPS_NUMBERS 64

/*
 * maps_read_line_fn() - a line; it may be changed. @whole: false, it is longer than one of a path
 * can be, and this is its beginning. Return: go on?
 */
typedef bool maps_read_line_fn(void *arg, char *line, bool whole);

/* maps_read() - each line once, whatever is in it. Return: false: there is more than @bytes */
bool maps_read(const char *path, size_t bytes, maps_read_line_fn *on_line, void *arg);

/* maps_numbers() - device and inode of a line, as it has them. Return: is it code, or is @code
 * false? */
bool maps_numbers(const char *line, bool code, char out[MAPS_NUMBERS]);

/* maps_has_code() - is the file with these numbers mapped as code? */
bool maps_has_code(const char *path, const char *numbers);

#endif
