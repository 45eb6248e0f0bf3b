/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maps_read.c - lines of /proc/PID/maps
 *
 * How it works: the product chooses the paths, and the kernel writes a newline in one as four
 * bytes, so that a line can be longer than any buffer. What is behind the buffer's end is passed
 * over: as a line of its own it could say anything.
 */
#include "sandbox/watch/maps_read.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sandbox/watch/target.h"

/* skip_rest() - of a line that is longer than a path can be */
static void skip_rest(FILE *f, size_t *left)
{
	int c;

	while (*left && (c = fgetc(f)) != EOF && c != '\n')
		--*left;
}

bool maps_read(const char *path, size_t bytes, maps_read_line_fn *on_line, void *arg)
{
	FILE *f = fopen(path, "re");
	char line[TGT_PATH_MAX + 128];
	bool fits = true, more = true;

	while (f && fits && more && fgets(line, sizeof(line), f)) {
		size_t len = strlen(line);
		bool whole = strchr(line, '\n');

		fits = len < bytes;
		if (!fits)
			break;
		bytes -= len;
		if (!whole)
			skip_rest(f, &bytes);
		more = on_line(arg, line, whole);
	}
	if (f)
		(void)fclose(f);
	return fits;
}

bool maps_numbers(const char *line, bool code, char out[MAPS_NUMBERS])
{
	char perms[5], dev[24], ino[24];

	if (sscanf(line, "%*s %4s %*s %23s %23s", perms, dev, ino) != 3)
		return false;
	(void)snprintf(out, MAPS_NUMBERS, "%s %s", dev, ino);
	return !code || perms[2] == 'x';
}

struct wanted {
	const char *numbers;
	bool found;
};

static bool is_wanted(void *arg, char *line, bool whole)
{
	struct wanted *w = arg;
	char found[MAPS_NUMBERS];

	(void)whole;		/* the numbers stand at the beginning */
	w->found = maps_numbers(line, true, found) && !strcmp(found, w->numbers);
	return !w->found;
}

bool maps_has_code(const char *path, const char *numbers)
{
	struct wanted w = { .numbers = numbers };

	(void)maps_read(path, SIZE_MAX, is_wanted, &w);
	return w.found;
}
