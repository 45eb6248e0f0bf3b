/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.c - options of "tcbox run" that limit memory, processors and output: what was asked for, what was in force
 */
#include "run/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/box_opts.h"

#define MEMORY_MIN (UINT64_C(16) << 20)		/* below, the box's own first process may not live */
#define MEMORY_MAX (UINT64_C(1) << 50)
#define CPUS_MIN_MILLI 10			/* the kernel's least quota is 1 ms of 100 */
#define CPUS_MAX 10000
#define OUTPUT (UINT64_C(1) << 30)

/* limits_cpus() - by digits and not by strtod(3): "0x1p3", "inf" and a locale's comma are no numbers of processors */
int limits_cpus(const char *value, uint64_t *milli, struct tb_err *err)
{
	static const char digits[] = "0123456789";
	size_t whole = strspn(value, digits), part = value[whole] == '.' ? strspn(value + whole + 1, digits) : 0, i;
	bool good = whole && whole <= 5 && part <= 3 && !value[whole + (part ? part + 1 : 0)];

	*milli = good ? strtoull(value, NULL, 10) : 0;
	for (i = 0; good && i < 3; i++)
		*milli = *milli * 10 + (i < part ? (uint64_t)(value[whole + 1 + i] - '0') : 0);
	if (*milli < CPUS_MIN_MILLI || *milli > CPUS_MAX * UINT64_C(1000))
		return tb_err_msg(err, EINVAL, "\"%s\" is not a number of processors from 0.01 to %d, such as 2 or 1.5", value, CPUS_MAX);
	return 0;
}

int limits_memory(const char *value, uint64_t *bytes, struct tb_err *err)
{
	return box_opts_size(value, MEMORY_MIN, MEMORY_MAX, bytes, err);
}

void limits_default(struct limit_opts *l)
{
	if (!l->output)
		l->output = OUTPUT;
}

static uint64_t whole_seconds(uint64_t ms)
{
	return (ms + 999) / 1000;
}

void limits_set(const struct limit_opts *l, struct sbx_options *box)
{
	box->limits.memory_max = l->memory;
	box->limits.cpus_milli = l->cpus_milli;
	box->limits.cpu_time_max_s = whole_seconds(l->cpu_time_ms);
}

void limits_describe(const struct limit_opts *l, struct run_info *run)
{
	run->memory_asked = l->memory;
	run->cpus_asked_milli = l->cpus_milli;
	run->cpu_time_max_s = whole_seconds(l->cpu_time_ms);
	run->output_max = l->output;
}

static int name_by(char **to, enum sbx_by by, struct tb_err *err)
{
	const char *name = sbx_by_name(by);

	*to = name ? strdup(name) : NULL;
	return name && !*to ? tb_err_set(err, ENOMEM, "store the run's manifest") : 0;
}

int limits_found(struct sbx *s, struct run_info *run, struct tb_err *err)
{
	const struct sbx_limits l = sbx_limits(s);
	int ret = name_by(&run->memory_by, l.memory_by, err);

	if (!ret)
		ret = name_by(&run->cpus_by, l.cpus_by, err);
	if (!ret)
		ret = name_by(&run->processes_by, l.processes_by, err);
	run->memory_max = l.memory_max;
	run->cpus_milli = l.cpus_milli;
	return ret;
}
