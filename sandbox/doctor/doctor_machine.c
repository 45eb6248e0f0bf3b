/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_machine.c - the doctor looks at what makes a run good, or is for later: clock, TUN, disk
 * space
 */
#include "sandbox/doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tcbox/file.h"

#define SPACE_MIN \
	(UINT64_C(1) \
	 << 30) /* a run writes every packet: less than this fills up within seconds on a fast
		 * link */
#define CLOCK "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static void try_clock(struct doctor_found *f, int arg)
{
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;

	(void)arg;
	if (tb_read_file(AT_FDCWD, CLOCK, 256, &name, NULL) < 0 || !name.data) {
		doctor_fails(f, NULL, "the kernel does not tell its clock source");
		return;
	}
	name.data[strcspn(name.data, "\n")] = '\0';
	if (!strcmp(name.data, "hpet") || !strcmp(name.data, "acpi_pm") ||
	    !strcmp(name.data, "jiffies") ||
	    !strcmp(name.data, "refined-jiffies"))
		doctor_fails(
			f,
			"time stamps are slow to take, so a fast link may lose packets: see the "
			"kernel's log for why it does not use tsc",
			"clock source %s", name.data);
	else
		doctor_works(f, "clock source %s", name.data);
}

static void try_shift(struct doctor_found *f, int arg)
{
	const char *path;

	(void)arg;
	for (size_t i = 0; (path = sbx_clock_library(i)); i++)
		if (!access(path, R_OK))
			break;
	if (path)
		doctor_works(f, "%s", path);
	else
		doctor_fails(f, "install libfaketime; only --clock needs it",
			     "there is no libfaketime");
}

static void try_tun(struct doctor_found *f, int arg)
{
	const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	(void)arg;
	if (fd >= 0)
		doctor_works(f, "/dev/net/tun opens");
	else
		doctor_fails(
			f,
			"as root: modprobe tun; in a container, --device /dev/net/tun. Only real "
			"networks need it, the simulated internet does not",
			"/dev/net/tun: %s", strerror(errno));
}

static void try_space(struct doctor_found *f, int arg)
{
	struct statvfs fs;
	uint64_t space;

	(void)arg;
	if (statvfs(".", &fs) < 0 || access(".", W_OK) < 0) {
		doctor_fails(f, "run tcbox in a directory of yours, or with --output",
			     "the present directory: %s", strerror(errno));
		return;
	}
	space = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (space < SPACE_MIN)
		doctor_fails(f, "free some space, or choose another place with --output",
			     "%llu MiB free in the present directory",
				     (unsigned long long)(space >> 20));
	else
		doctor_works(f, "%llu GiB free in the present directory",
			     (unsigned long long)(space >> 30));
}

const struct doctor_try doctor_machine[] = {
	{ "clock", try_clock, 0, false, false },
	{ "libfaketime", try_shift, 0, false, false },
	{ "cgroup v2 delegation", doctor_cgroup, 0, false, false },
	{ "TUN devices", try_tun, 0, false, false },
	{ "room for bundles", try_space, 0, false, false },
	{ 0 },
};
