/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_mountinfo.c - any bytes as /proc/PID/mountinfo and /proc/PID/cgroup: mount points, and the
 * own control group
 *
 * A line of two dashes parts the two files.
 */
#include <stdlib.h>
#include <string.h>

#include "sandbox/box/cgroup.h"
#include "sandbox/box/mirror.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mirror_points points = { NULL, 0 };
	char *text = malloc(size + 1), *groups, group[PATH_MAX];
	size_t lines = 1;

	TB_BUG_ON(!text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	groups = strstr(text, "\n--\n");
	if (groups) {
		*groups = '\0';
		groups += strlen("\n--\n");
	}
	if (cgroup_parse(groups ? groups : "0::/a/b", text, group) == 0)
		TB_BUG_ON(strlen(group) >= sizeof(group));
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	TB_BUG_ON(mirror_points_parse(&points, text, NULL) < 0 || points.n > lines);
	for (size_t i = 0; i < points.n; i++)
		TB_BUG_ON(strlen(points.v[i]) > size);
	mirror_points_clear(&points);
	free(text);
	return 0;
}
