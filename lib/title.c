/* SPDX-License-Identifier: Apache-2.0 */
/*
 * title.c - what ps(1) shows of tcbox's own processes
 */
#include "tcbox/title.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static char *area;		/* the arguments, from the first byte of the first to the last of
				 * the last */
static size_t area_len;

void tb_title_init(int argc, char **argv)
{
	if (argc < 1)
		return;
	area = argv[0];
	area_len = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) - argv[0]);
}

static void show(const char *title)
{
	size_t len = strlen(title);

	(void)prctl(PR_SET_NAME, title);	/* cut to 15 characters, prctl(2) */
	if (!area_len)
		return;
	if (len >= area_len)
		len = area_len - 1;
	memset(area, 0, area_len);
	memcpy(area, title, len);
	/* unless the last byte is zero the kernel shows what is before the first zero, and so not
	 * the length of what was there (get_mm_proctitle(), Linux 5.3) */
	area[area_len] = '.';
}

void tb_title(const char *name)
{
	char title[64];

	(void)snprintf(title, sizeof(title), "tcbox: %s", name);
	show(title);
}

void tb_title_plain(const char *name)
{
	show(name);
}
