/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_namespaces.c - the doctor tries namespaces and mounts, and finds out who forbids them
 */
#include "sandbox/doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#define APPARMOR "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
#define CONTAINER \
	"tcbox runs in a container or service that forbids it: start that with " \
	"--security-opt seccomp=unconfined (docker, podman), or run tcbox outside"

/*
 * AppArmor lets the namespace be made but takes away all privilege in it, so it shows at one of
 * several calls (Ubuntu 23.10 and later).
 */
static bool apparmor(struct doctor_found *f, const char *what, int error)
{
	char self[192], fix[sizeof(f->fix)];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (geteuid() == 0 || doctor_number(APPARMOR) != 1)
		return false;
	self[n > 0 ? n : 0] = '\0';
	(void)snprintf(
		fix, sizeof(fix),
		"as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; or, for tcbox "
		"only, the file /etc/apparmor.d/tcbox with \"abi <abi/4.0>, include "
		"<tunables/global> profile tcbox %s flags=(unconfined) { userns, }\" and then: "
		"apparmor_parser -r /etc/apparmor.d/tcbox",
		self);
	doctor_fails(f, fix, "%s: %s; kernel.apparmor_restrict_unprivileged_userns is 1", what,
		     strerror(error));
	return true;
}

static void explain_unshare(struct doctor_found *f, int flags, int error)
{
	const char *what = flags & CLONE_NEWUSER ? "user" :
			   flags & CLONE_NEWNET	 ? "net" :
			   flags & CLONE_NEWPID	 ? "pid" :
			   flags & CLONE_NEWNS	 ? "mnt" :
			   flags & CLONE_NEWIPC	 ? "ipc" :
			   flags & CLONE_NEWUTS	 ? "uts" :
						   "cgroup";
	char fix[sizeof(f->fix)];

	if (error == ENOSPC || error == EUSERS) {
		(void)snprintf(fix, sizeof(fix), "as root: sysctl -w user.max_%s_namespaces=15000",
			       what);
		/* in a user namespace of our own the file tells the limit of that one */
		if (flags & CLONE_NEWUSER)
			doctor_fails(f, fix, "unshare: %s; user.max_user_namespaces is %lld",
				     strerror(error),
				     doctor_number("/proc/sys/user/max_user_namespaces"));
		else
			doctor_fails(f, fix, "unshare: %s; user.max_%s_namespaces is used up",
				     strerror(error), what);
	} else if (error == EINVAL) {
		doctor_fails(f, "use a kernel with namespaces of this kind, as Debian's",
			     "unshare: the kernel has none (%s)", strerror(error));
	} else if ((flags & CLONE_NEWUSER) &&
		   doctor_number("/proc/sys/kernel/unprivileged_userns_clone") == 0 &&
			   geteuid() != 0) {
		doctor_fails(f, "as root: sysctl -w kernel.unprivileged_userns_clone=1",
			     "unshare: %s; kernel.unprivileged_userns_clone is 0", strerror(error));
	} else if (!apparmor(f, "unshare", error)) {
		doctor_fails(f,
			     doctor_filtered() ? CONTAINER :
						 "a container, a chroot or a security module "
						 "forbids it: run tcbox outside of it",
			     "unshare: %s", strerror(error));
	}
}

static bool write_map(struct doctor_found *f, const char *path, const char *text)
{
	TB_AUTOCLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error;

	if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		return true;
	error = errno;
	if (!apparmor(f, path, error))
		doctor_fails(f, CONTAINER, "%s: %s", path, strerror(error));
	return false;
}

/*
 * become_root() - root in the new user namespace, as which the airlock works too:
 * user_namespaces(7), "Defining user and group ID mappings"
 */
static bool become_root(struct doctor_found *f, uid_t uid, gid_t gid)
{
	char uids[48], gids[48];

	(void)snprintf(uids, sizeof(uids), "0 %u 1", (unsigned int)uid);
	(void)snprintf(gids, sizeof(gids), "0 %u 1", (unsigned int)gid);
	return write_map(f, "/proc/self/uid_map", uids) &&
		write_map(f, "/proc/self/setgroups", "deny") &&
	       write_map(f, "/proc/self/gid_map", gids);
}

bool doctor_enter(struct doctor_found *f, int flags)
{
	static const int kinds[] = {
		CLONE_NEWPID, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS,
		CLONE_NEWCGROUP,
	};
	const uid_t uid = geteuid();
	const gid_t gid = getegid();

	if (unshare(CLONE_NEWUSER) < 0) {
		explain_unshare(f, CLONE_NEWUSER, errno);
		return false;
	}
	if (!become_root(f, uid, gid))
		return false;
	for (size_t i = 0; i < TB_ARRAY_SIZE(kinds); i++) {
		if ((flags & kinds[i]) && unshare(kinds[i]) < 0) {
			explain_unshare(f, kinds[i], errno);
			return false;
		}
	}
	/* what is mounted here must not show outside */
	if ((flags & CLONE_NEWNS) && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		doctor_fails(f, CONTAINER, "make / private: %s", strerror(errno));
		return false;
	}
	return true;
}

static void try_user(struct doctor_found *f, int arg)
{
	const uid_t uid = geteuid();

	(void)arg;
	if (unshare(CLONE_NEWUSER) < 0)
		explain_unshare(f, CLONE_NEWUSER, errno);
	else
		doctor_works(f, "made one as user %u", (unsigned int)uid);
}

/* The product runs in a second user namespace, inside that of the gate. */
static void try_nested(struct doctor_found *f, int arg)
{
	(void)arg;
	if (!doctor_enter(f, 0))
		return;
	if (unshare(CLONE_NEWUSER) < 0)
		explain_unshare(f, CLONE_NEWUSER, errno);
	else if (become_root(f, 0, 0))
		doctor_works(f, "root maps to user 0 of the outer one, twice");
}

static void try_kind(struct doctor_found *f, int flags)
{
	if (doctor_enter(f, flags))
		doctor_works(f, "made one");
}

/* try_time() - only --clock makes one, and moves its clocks */
static void try_time(struct doctor_found *f, int arg)
{
	TB_AUTOCLOSE int fd = -1;

	(void)arg;
	if (!doctor_enter(f, 0))
		return;
	if (!unshare(CLONE_NEWTIME))
		fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "boottime 1 0\n", 13) == 13)
		doctor_works(f, "made one, and moved its clock");
	else
		doctor_fails(f,
			     "only --clock needs them: without, the product sees since when the "
			     "machine is running",
			     "make one, and move its clock: %s", strerror(errno));
}

static void try_proc(struct doctor_found *f, int arg)
{
	int status;
	pid_t pid;

	(void)arg;
	if (!doctor_enter(f, CLONE_NEWPID | CLONE_NEWNS))
		return;
	pid = fork(); /* only children are in the new PID namespace */
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
			doctor_fails(
				f,
				errno == EPERM ?
					"the kernel wants a /proc without masked parts here "
					"first: start the container "
					"with --security-opt systempaths=unconfined (docker) or "
					"unmask=ALL (podman)" :
					NULL,
				"mount /proc: %s", strerror(errno));
		else if (getpid() != 1 || doctor_number("/proc/self/stat") != 1)
			doctor_fails(f, NULL, "/proc does not show the new namespace");
		else
			doctor_works(f, "mounted in a new PID namespace");
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		doctor_fails(f, NULL, "fork in a new PID namespace: %s", strerror(errno));
}

static bool mount_tmpfs(struct doctor_found *f)
{
	if (!doctor_enter(f, CLONE_NEWNS))
		return false;
	if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755") == 0)
		return true;
	doctor_fails(f, CONTAINER, "mount tmpfs on /tmp: %s", strerror(errno));
	return false;
}

static void try_tmpfs(struct doctor_found *f, int arg)
{
	(void)arg;
	if (mount_tmpfs(f))
		doctor_works(f, "mounted with a size limit");
}

static void try_overlay(struct doctor_found *f, int arg)
{
	int fd;

	(void)arg;
	if (!mount_tmpfs(f))
		return;
	if (mkdir("/tmp/upper", 0755) < 0 || mkdir("/tmp/work", 0755) < 0 ||
	    mkdir("/tmp/usr", 0755) < 0) {
		doctor_fails(f, NULL, "mkdir: %s", strerror(errno));
	} else if (mount("overlay", "/tmp/usr", "overlay", MS_NOSUID | MS_NODEV,
			 "lowerdir=/usr,upperdir=/tmp/upper,workdir=/tmp/work,userxattr") < 0) {
		doctor_fails(
			f,
			errno == ENODEV ?
				"as root: modprobe overlay, and \"overlay\" in "
				"/etc/modules-load.d/tcbox.conf" :
				"overlays in user namespaces need Linux 5.11 or later",
			"mount an overlay of /usr: %s", strerror(errno));
	} else {
		fd = open("/tmp/usr/written", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			doctor_fails(f, NULL, "write into an overlay of /usr: %s", strerror(errno));
		else
			doctor_works(f, "/usr with a private writable layer");
	}
}

/* An overlay marks a directory that hides one of the machine by an attribute; without, it cannot be
 * made: mkdir(2), EIO. */
static void try_attributes(struct doctor_found *f, int arg)
{
	(void)arg;
	if (!mount_tmpfs(f))
		return;
	if (setxattr("/tmp", "user.overlay.opaque", "y", 1, 0) == 0)
		doctor_works(f, "a tmpfs keeps them");
	else
		doctor_fails(f,
			     "Linux 6.6 or later keeps them; without, a product cannot remove a "
			     "directory of the "
			     "machine and make it anew, but with --state on a disk it can",
			     "set one on a tmpfs: %s", strerror(errno));
}

const struct doctor_try doctor_namespaces[] = {
	{ "user namespaces", try_user, 0, true, false }, /* first: the others depend on it */
	{ "nested user namespaces", try_nested, 0, true, true },
	{ "PID namespaces", try_kind, CLONE_NEWPID, true, true },
	{ "mount namespaces", try_kind, CLONE_NEWNS, true, true },
	{ "network namespaces", try_kind, CLONE_NEWNET, true, true },
	{ "IPC namespaces", try_kind, CLONE_NEWIPC, true, true },
	{ "UTS namespaces", try_kind, CLONE_NEWUTS, true, true },
	{ "cgroup namespaces", try_kind, CLONE_NEWCGROUP, true, true },
	{ "time namespaces", try_time, 0, false, true },
	{ "mounting /proc", try_proc, 0, true, true },
	{ "mounting tmpfs", try_tmpfs, 0, true, true },
	{ "overlay file systems", try_overlay, 0, false, true }, /* without: read-only */
	{ "attributes of private files", try_attributes, 0, false, true },
	{ 0 },
};
