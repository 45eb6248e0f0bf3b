/* SPDX-License-Identifier: Apache-2.0 */
/*
 * low_limits.c - limits of who starts tcbox that a run may not get along with
 *
 * Limits: what is enough depends on the product and on what else the user runs. So a low limit is
 * named when a run has failed, and is no failure by itself.
 */
#include "run/low_limits.h"

#include <sys/resource.h>

#include "tcbox/own.h"

#define MIB (1024u * 1024)

/* What a small run needs, doubled at least. */
static const struct low {
	int resource;
	rlim_t enough;
	bool bytes;
	const char *what, *option;
} lows[] = {
	{ RLIMIT_AS, 512 * MIB, true, "memory", "-v" },
	{ RLIMIT_DATA, 256 * MIB, true, "data", "-d" },
	{ RLIMIT_STACK, MIB, true, "stack", "-s" },
	{ RLIMIT_FSIZE, 64 * MIB, true, "size of a file", "-f" },
	{ RLIMIT_NPROC, 64, false, "processes of the user", "-u" },
	{ RLIMIT_NOFILE, 256, false, "open files", "-n" },
};

static void add(struct tb_buf *out, const struct low *l, rlim_t is)
{
	tb_buf_addf(out, "%s%s: ", out->len ? ", " : "", l->what);
	if (l->bytes)
		tb_buf_addf(out, "%llu KiB", (unsigned long long)is / 1024);
	else
		tb_buf_addf(out, "%llu", (unsigned long long)is);
	tb_buf_addf(out, " (ulimit %s)", l->option);
}

void low_limits(struct tb_buf *out)
{
	struct rlimit now;

	for (size_t i = 0; i < TB_ARRAY_SIZE(lows); i++)
		if (!getrlimit((unsigned int)lows[i].resource, &now) &&
		    now.rlim_cur < lows[i].enough)
			add(out, &lows[i], now.rlim_cur);
}
