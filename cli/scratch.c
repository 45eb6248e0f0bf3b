/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scratch.c - directories of bundles that nobody is to keep
 */
#include "cli/scratch.h"

#include <dirent.h>
#include <unistd.h>

void scratch_remove(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *e;

	while (d && (e = readdir(d)))
		(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		(void)closedir(d);
	(void)rmdir(path);
}
