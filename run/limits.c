/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.c - what limited the product: into the manifest, once the box is started
 */
#include "run/limits.h"

#include <errno.h>
#include <string.h>

static int name_by(char **to, enum sbx_by by, struct tb_err *err)
{
	const char *name = sbx_by_name(by);

	if (!name)
		return 0;
	*to = strdup(name);
	return *to ? 0 : tb_err_set(err, ENOMEM, "store the run's manifest");
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
