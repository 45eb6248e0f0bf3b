/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.c - /proc and /sys of the box
 *
 * /proc is that of the box's process namespace, but most of what is not about processes is the
 * machine's. Ownership keeps an ordinary user from changing it, with exceptions: settings of the
 * IPC namespace belong to root of U, who is the same user as the product (ipc_permissions() in
 * ipc/ipc_sysctl.c). And /proc/keys lists keys by user id, also those of the technician. So
 * settings are mounted read-only, and what tells of keys is covered by an empty file.
 */
#include "sandbox/box/machine.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "sandbox/box/tree.h"
#include "tcbox/own.h"

#define PLAIN (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const char *const settings[] = { "sys", "bus", "fs", "irq", "sysrq-trigger" };
static const char *const covered[] = { "keys", "key-users", "kcore", "timer_list", "latency_stats",
				       "kmsg" };

/* over() - @from read-only at /proc/@name, unless this kernel has no such file */
static int over(const char *from, const char *name, struct tb_err *err)
{
	char to[64];
	struct stat st;

	(void)snprintf(to, sizeof(to), "/new/proc/%s", name);
	if (lstat(to, &st))
		return 0;
	if (mount(from ? from : to, to, NULL, MS_BIND | MS_REC, NULL) ||
	    mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | PLAIN, NULL))
		return tb_err_set(err, errno, "cover /proc/%s of the box", name);
	return 0;
}

static int mount_proc(struct tb_err *err)
{
	static const char empty[] = "/layer/private/empty";
	size_t i;
	int ret;

	ret = tree_dir("/new/proc", 0555, err);
	if (!ret && mount("proc", "/new/proc", "proc", PLAIN, NULL))
		ret = tb_err_set(err, errno, "mount /proc of the box");
	if (!ret)
		ret = tree_file(empty, "", 0, 0444, err);
	for (i = 0; !ret && i < TB_ARRAY_SIZE(settings); i++)
		ret = over(NULL, settings[i], err);
	for (i = 0; !ret && i < TB_ARRAY_SIZE(covered); i++)
		ret = over(empty, covered[i], err);
	return ret;
}

int machine_files(struct mirror *m, struct tb_err *err)
{
	int ret = mount_proc(err);

	if (!ret)
		ret = tree_dir("/new/sys", 0555, err);
	if (!ret && mount("sysfs", "/new/sys", "sysfs", MS_RDONLY | PLAIN, NULL))
		m->degraded(m->arg, "/sys is empty in the box: sysfs cannot be mounted");
	return ret;
}
