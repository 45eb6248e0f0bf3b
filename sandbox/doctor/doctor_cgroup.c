/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_cgroup.c - the doctor looks whether memory and processors can be limited for all of a
 * product together
 *
 * The one check that looks and does not try: tcbox would have to leave its group, which the
 * doctor's own parent does not.
 */
#include "sandbox/doctor/doctor.h"

#include <errno.h>

#include "sandbox/box/cgroup.h"

#define VERSION_2 "where control groups of version 1 have the controllers, boot with " \
		  "systemd.unified_cgroup_hierarchy=1"
#define ALONE "systemd-run --user --scope -p Delegate=yes tcbox run ... (as root without " \
	      "--user) gives tcbox a group of its own; " \
	      "without one, --memory and --cpus are weaker, and the report says so"

void doctor_cgroup(struct doctor_found *f, int arg)
{
	struct tb_err err = { 0 };
	char own[PATH_MAX];
	unsigned int has;

	(void)arg;
	if (cgroup_own(own, &err)) {
		doctor_fails(f, VERSION_2, "%s", err.msg);
		return;
	}
	has = cgroup_would(own, &err);
	if ((has & CGROUP_MEMORY) && (has & CGROUP_CPU))
		doctor_works(f, "memory%s and processors can be limited, at %s",
			     has & CGROUP_PIDS ? ", processes" : "", own);
	else if (has)
		doctor_fails(f, "as root: systemctl edit user@.service, and there: [Service] "
				"Delegate=cpu memory pids",
			     "only %s can be limited, at %s",
				     has & CGROUP_MEMORY ? "memory" : "processors", own);
	else
		doctor_fails(f, err.code == ENOENT ? VERSION_2 "; else " ALONE : ALONE, "%s",
			     err.msg);
}
