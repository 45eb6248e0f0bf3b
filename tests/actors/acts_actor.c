/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acts_actor.c - a product that does one thing, by the call that it is told
 *
 * usage: acts_actor exec PROGRAM ARG...	executes another program
 *	  acts_actor connect ADDRESS		connects to port 80
 *	  acts_actor pass HOW PROGRAM ADDRESS	connects, and PROGRAM, another copy, sends with
 *						that socket: HOW it gets it is "message",
 *						"closed" (by a message, and closes it at once),
 *						"taken" (pidfd_getfd), "early" (by exec, before
 *						it is connected) or "alone" (it gets none)
 *	  acts_actor failed PROGRAM ADDRESS	connects in a thread, while another's exec has
 *						failed in the kernel
 *	  acts_actor calls KIND			prints how many calls there are for a kind of change
 *	  acts_actor file KIND NUMBER FILE	changes FILE by one of them; FILE.old is beside it
 *
 * Prints "ok" if the act worked, "absent" if the kernel or the file system does not have it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "message.h"

static volatile int over;

static int done(int works)
{
	if (works)
		(void)puts("ok");
	(void)fflush(stdout);
	return !works;
}

static int do_connect(char *const *args)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(80) };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s < 0 || inet_pton(AF_INET, args[0], &a.sin_addr) != 1)
		return 2;
	return done(connect(s, (struct sockaddr *)&a, sizeof(a)) == 0 &&
		    write(s, "GET / HTTP/1.0\r\n\r\n", 18) == 18);
}

static int connected(int s, const char *address)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(80) };

	return inet_pton(AF_INET, address, &a.sin_addr) == 1 &&
	       connect(s, (struct sockaddr *)&a, sizeof(a)) == 0;
}

/* received() - the socket that the other program passes, by the way that it is told */
static int received(const char *how, int by, int number)
{
	struct message m;
	int fd;

	message_init(&m);
	if (recvmsg(by, &m.head, 0) != 1)
		return -1;
	if (!strcmp(how, "taken"))
		return (int)syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, getppid(), 0), number,
				    0);
	if (!strcmp(how, "early"))
		return number;
	memcpy(&fd, message_fd(&m), sizeof(fd));
	return fd;
}

/* The other program: how, the socket pair, the number of the socket. */
static int do_receive(char *const *args)
{
	int by = atoi(args[1]), s;

	if (!strcmp(args[0], "alone"))
		return done(1);
	s = received(args[0], by, atoi(args[2]));
	if (s < 0 || write(s, "GET / HTTP/1.0\r\n\r\n", 18) != 18)
		return 2;
	if (!strcmp(args[0], "closed"))
		(void)close(s);
	return done(1);
}

static void receiver(char *const *args, int by, int s)
{
	char numbers[2][16];

	(void)snprintf(numbers[0], sizeof(numbers[0]), "%d", by);
	(void)snprintf(numbers[1], sizeof(numbers[1]), "%d", s);
	(void)execl(args[1], args[1], "receive", args[0], numbers[0], numbers[1], NULL);
	_exit(2);
}

static int do_pass(char *const *args)
{
	int early = !strcmp(args[0], "early"), pair[2], status = 1, sent;
	int s = socket(AF_INET, SOCK_STREAM | (early ? 0 : SOCK_CLOEXEC), 0);
	struct message m;
	pid_t pid;

	message_init(&m);
	memcpy(message_fd(&m), &s, sizeof(s));
	if (early || !strcmp(args[0], "taken"))
		m.head.msg_controllen = 0;
	if (s < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || (pid = fork()) < 0)
		return 2;
	if (!pid)
		receiver(args, pair[1], s);
	if (!connected(s, args[2]))
		return 2;
	if (!strcmp(args[0], "alone"))
		sent = write(s, "GET / HTTP/1.0\r\n\r\n", 18) == 18;
	else if (early)
		sent = write(pair[0], "", 1) == 1;
	else
		sent = sendmsg(pair[0], &m.head, 0) == 1;
	if (!sent)
		return 2;
	(void)waitpid(pid, &status, 0);
	return status != 0;
}

static int do_exec(char *const *args)
{
	(void)execv(args[0], args);
	return 2;
}

static void *connects(void *args)
{
	while (!over)
		;
	_exit(do_connect(args));
}

static int do_failed(char *const *args)
{
	char *argv[] = { args[0], NULL };
	pthread_t thread;

	if (pthread_create(&thread, NULL, connects, (void *)(args + 1)))
		return 2;
	/* The environment cannot be read: EFAULT, after all that can be seen from outside. And no
	 * watched call of this thread follows. */
	(void)syscall(SYS_execve, args[0], argv, 8);
	over = 1;
	for (;;)
		(void)pause();
}

/*
 * Each kind of change of a file, and the calls that make it. "f" is the file's path; "f.old" is
 * another file beside it. A call answers 0 or -1 with errno.
 */
typedef long call_fn(const char *f);

static char old[4096];

#define SYS_fchmodat2_ 452	/* newer than some headers */
#define SYS_setxattrat_ 463
#define SYS_removexattrat_ 466
#define SYS_file_setattr_ 469

static int readable(const char *f)
{
	return open(f, O_RDONLY | O_CLOEXEC);
}

#define CALL(name, expression) \
	static long name(const char *f) \
	{ \
		return expression; \
	}

CALL(make_open, open(f, O_CREAT | O_WRONLY, 0644))
CALL(make_raw_open, syscall(SYS_open, f, O_CREAT | O_WRONLY, 0644))
CALL(make_creat, syscall(SYS_creat, f, 0644))
CALL(make_mknod, syscall(SYS_mknod, f, S_IFREG | 0644, 0))
CALL(make_mknodat, syscall(SYS_mknodat, AT_FDCWD, f, S_IFIFO | 0644, 0))
CALL(make_link, syscall(SYS_link, old, f))
CALL(make_linkat, syscall(SYS_linkat, AT_FDCWD, old, AT_FDCWD, f, 0))
CALL(make_symlink, syscall(SYS_symlink, old, f))
CALL(make_symlinkat, syscall(SYS_symlinkat, old, AT_FDCWD, f))
CALL(make_mkdir, syscall(SYS_mkdir, f, 0755))
CALL(make_mkdirat, syscall(SYS_mkdirat, AT_FDCWD, f, 0755))
CALL(make_rename, syscall(SYS_rename, old, f))
CALL(make_renameat, syscall(SYS_renameat, AT_FDCWD, old, AT_FDCWD, f))
CALL(make_renameat2, syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, f, 0))

static long make_openat2(const char *f)
{
	struct open_how how = { .flags = O_CREAT | O_WRONLY, .mode = 0644 };

	return syscall(SYS_openat2, AT_FDCWD, f, &how, sizeof(how));
}

static long make_tmpfile(const char *f)
{
	char dir[4096], by[64];
	int fd;

	(void)snprintf(dir, sizeof(dir), "%s", f);
	*strrchr(dir, '/') = '\0';
	fd = open(dir, O_TMPFILE | O_RDWR, 0644);
	(void)snprintf(by, sizeof(by), "/proc/self/fd/%d", fd);
	return fd < 0 ? -1 : linkat(AT_FDCWD, by, AT_FDCWD, f, AT_SYMLINK_FOLLOW);
}

/* in_dir() - makes the directory of a file the present one. Return: the file's name there */
static const char *in_dir(const char *f)
{
	static char dir[4096];
	char *slash;

	(void)snprintf(dir, sizeof(dir), "%s", f);
	slash = strrchr(dir, '/');
	*slash = '\0';
	return chdir(dir) < 0 ? "" : slash + 1;
}

/* dir_of() - a descriptor of it */
static int dir_of(const char *f)
{
	return *in_dir(f) ? open(".", O_PATH | O_DIRECTORY) : -1;
}

/* by_fd() - the path of a descriptor in /proc */
static const char *by_fd(int fd)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

/* by_link() - a path to the same file through a symbolic link of the product */
static const char *by_link(const char *f)
{
	static char path[4096];

	(void)snprintf(path, sizeof(path), "/tmp/link%d", (int)getpid());
	return symlink(f, path) < 0 ? "" : path;
}

static const char *name_in(const char *f)
{
	return strrchr(f, '/') + 1;
}

CALL(make_relative, open(in_dir(f), O_CREAT | O_WRONLY, 0644))
CALL(make_below, openat(dir_of(f), name_in(f), O_CREAT | O_WRONLY, 0644))
CALL(make_by_link, open(by_link(f), O_CREAT | O_WRONLY, 0644))
CALL(make_dir_below, mkdirat(dir_of(f), name_in(f), 0755))
CALL(make_link_below, symlinkat(old, dir_of(f), name_in(f)))
CALL(make_rename_below, renameat(AT_FDCWD, old, dir_of(f), name_in(f)))
CALL(make_link_of_fd, linkat(AT_FDCWD, by_fd(readable(old)), AT_FDCWD, f, AT_SYMLINK_FOLLOW))
CALL(make_link_of_empty, linkat(readable(old), "", AT_FDCWD, f, AT_EMPTY_PATH))

static long make_bind(const char *f)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", f);
	return bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof(a));
}

CALL(cut_truncate, syscall(SYS_truncate, f, 1))
CALL(cut_ftruncate, ftruncate(open(f, O_WRONLY), 1))
CALL(cut_open, open(f, O_RDONLY | O_TRUNC))
CALL(write_write, write(open(f, O_WRONLY), "x", 1) - 1)
CALL(write_pwrite, pwrite(open(f, O_RDWR), "x", 1, 7) - 1)
CALL(write_fallocate, fallocate(open(f, O_WRONLY), 0, 0, 4096))
CALL(write_sendfile, sendfile(open(f, O_WRONLY), readable(old), NULL, 3) - 3)
CALL(write_copy, copy_file_range(readable(old), NULL, open(f, O_WRONLY), NULL, 3, 0) - 3)

static long write_splice(const char *f)
{
	int p[2];

	if (pipe(p) < 0 || write(p[1], "abc", 3) != 3)
		return -1;
	return splice(p[0], NULL, open(f, O_WRONLY), NULL, 3, 0) - 3;
}

CALL(write_again, open(by_fd(readable(f)), O_WRONLY | O_TRUNC))
CALL(write_from_path, open(by_fd(open(f, O_PATH)), O_WRONLY | O_TRUNC))
CALL(write_by_link, open(by_link(f), O_WRONLY | O_TRUNC))
CALL(write_by_cwd, open(*in_dir(f) ? "/proc/self/cwd/f" : "", O_WRONLY | O_TRUNC))
CALL(write_exchange, syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, f, RENAME_EXCHANGE))
CALL(cut_again, truncate(by_fd(readable(f)), 1))

static long write_vectors(const char *f)
{
	struct iovec v = { (void *)(uintptr_t)"x", 1 };
	int fd = open(f, O_WRONLY);

	return writev(fd, &v, 1) + pwritev(fd, &v, 1, 1) + pwritev2(fd, &v, 1, 2, 0) - 3;
}

static long write_map(const char *f)
{
	char *p = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, open(f, O_RDWR), 0);

	if (p == MAP_FAILED)
		return -1;
	*p = 'X';
	return msync(p, 1, MS_SYNC);
}

static long write_aio(const char *f)
{
	struct iocb one = { .aio_lio_opcode = IOCB_CMD_PWRITE,
			    .aio_fildes = (uint32_t)open(f, O_WRONLY),
			    .aio_buf = (uint64_t)(uintptr_t)"x", .aio_nbytes = 1 };
	struct iocb *all = &one;
	struct io_event done_one;
	aio_context_t c = 0;

	if (syscall(SYS_io_setup, 1, &c) < 0 || syscall(SYS_io_submit, c, 1, &all) != 1)
		return -1;
	if (syscall(SYS_io_getevents, c, 1, 1, &done_one, NULL) != 1)
		return -1;
	return done_one.res == 1 ? 0 : -1;
}

static long write_hole(const char *f)
{
	return fallocate(open(f, O_WRONLY), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4);
}

static long write_clone(const char *f)
{
	return ioctl(open(f, O_WRONLY), FICLONE, readable(old));
}

CALL(mode_by_fd, chmod(by_fd(readable(f)), 0600))
CALL(mode_by_path, chmod(by_fd(open(f, O_PATH)), 0600))
CALL(mode_by_link, chmod(by_link(f), 0600))
CALL(mode_empty, syscall(SYS_fchmodat2_, readable(f), "", 0600, AT_EMPTY_PATH))
CALL(owner_empty, fchownat(readable(f), "", (uid_t)-1, getgid(), AT_EMPTY_PATH))
CALL(attr_by_fd, setxattr(by_fd(readable(f)), "user.a", "b", 1, 0))

CALL(mode_chmod, syscall(SYS_chmod, f, 0600))
CALL(mode_fchmod, syscall(SYS_fchmod, readable(f), 0600))
CALL(mode_fchmodat, syscall(SYS_fchmodat, AT_FDCWD, f, 0600))
CALL(mode_fchmodat2, syscall(SYS_fchmodat2_, AT_FDCWD, f, 0600, 0))
CALL(owner_chown, syscall(SYS_chown, f, -1, getgid()))
CALL(owner_lchown, syscall(SYS_lchown, f, -1, getgid()))
CALL(owner_fchown, syscall(SYS_fchown, readable(f), -1, getgid()))
CALL(owner_fchownat, syscall(SYS_fchownat, AT_FDCWD, f, -1, getgid(), 0))
CALL(attr_setxattr, setxattr(f, "user.a", "b", 1, 0))
CALL(attr_lsetxattr, lsetxattr(f, "user.a", "b", 1, 0))
CALL(attr_fsetxattr, fsetxattr(readable(f), "user.a", "b", 1, 0))

static long attr_setxattrat(const char *f)
{
	struct { unsigned long long value; unsigned int size, flags; } args = {
		(unsigned long long)(unsigned long)"b", 1, 0,
	};

	return syscall(SYS_setxattrat_, AT_FDCWD, f, 0, "user.a", &args, sizeof(args));
}

static long attr_ioctl(const char *f)
{
	int fd = readable(f), flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return -1;
	flags |= FS_NODUMP_FL;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static long attr_fsx(const char *f)
{
	struct fsxattr x = { 0 };
	int fd = readable(f);

	if (ioctl(fd, FS_IOC_FSGETXATTR, &x) < 0)
		return -1;
	x.fsx_xflags |= FS_XFLAG_NODUMP;
	return ioctl(fd, FS_IOC_FSSETXATTR, &x);
}

static long attr_file_setattr(const char *f)
{
	struct { unsigned long long flags; unsigned int v[4]; } a = { FS_XFLAG_NODUMP, { 0 } };

	return syscall(SYS_file_setattr_, AT_FDCWD, f, &a, sizeof(a), 0);
}

CALL(time_utime, syscall(SYS_utime, f, NULL))
CALL(time_utimes, syscall(SYS_utimes, f, NULL))
CALL(time_futimesat, syscall(SYS_futimesat, AT_FDCWD, f, NULL))
CALL(time_utimensat, syscall(SYS_utimensat, AT_FDCWD, f, NULL, 0))
CALL(time_by_fd, utimensat(AT_FDCWD, by_fd(readable(f)), NULL, 0))
CALL(time_empty, syscall(SYS_utimensat, readable(f), "", NULL, AT_EMPTY_PATH))
CALL(time_futimens, syscall(SYS_utimensat, readable(f), NULL, NULL, 0))
CALL(gone_unlink, syscall(SYS_unlink, f))
CALL(gone_unlinkat, syscall(SYS_unlinkat, AT_FDCWD, f, 0))
CALL(gone_rename, syscall(SYS_rename, f, old))
CALL(gone_renameat, syscall(SYS_renameat, AT_FDCWD, f, AT_FDCWD, old))

CALL(gone_relative, unlink(in_dir(f)))
CALL(gone_below, unlinkat(dir_of(f), name_in(f), 0))
CALL(gone_exchange, syscall(SYS_renameat2, AT_FDCWD, f, AT_FDCWD, old, RENAME_EXCHANGE))

static const struct {
	const char *kind;
	call_fn *calls[32];
} kinds[] = {
	{ "make", { make_open, make_raw_open, make_openat2, make_creat, make_mknod, make_mknodat,
		    make_link, make_linkat, make_symlink, make_symlinkat, make_mkdir, make_mkdirat,
		    make_rename, make_renameat, make_renameat2, make_tmpfile, make_bind,
		    make_relative, make_below, make_by_link, make_dir_below, make_link_below,
		    make_rename_below, make_link_of_fd, make_link_of_empty } },
	{ "write", { write_write, write_pwrite, write_fallocate, write_sendfile, write_copy,
		     write_splice, cut_truncate, cut_ftruncate, cut_open, write_again,
		     write_from_path, write_by_link, write_by_cwd, write_exchange, cut_again,
		     write_vectors, write_map, write_aio, write_hole, write_clone } },
	{ "attributes", { mode_chmod, mode_fchmod, mode_fchmodat, mode_fchmodat2, owner_chown,
			  owner_lchown, owner_fchown, owner_fchownat, attr_setxattr,
			  attr_lsetxattr, attr_fsetxattr, attr_setxattrat, attr_ioctl, attr_fsx,
			  attr_file_setattr, mode_by_fd, mode_by_path, mode_by_link, mode_empty,
			  owner_empty, attr_by_fd } },
	{ "time", { time_utime, time_utimes, time_futimesat, time_utimensat, time_futimens, time_by_fd,
		    time_empty } },
	{ "remove", { gone_unlink, gone_unlinkat, gone_rename, gone_renameat, gone_relative, gone_below,
		      gone_exchange } },
};

static call_fn *const *calls_of(const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].kind, kind))
			return kinds[i].calls;
	exit(2);
}

static int do_calls(char *const *args)
{
	call_fn *const *calls = calls_of(args[0]);
	int n = 0;

	while (calls[n])
		n++;
	(void)printf("%d\n", n);
	return 0;
}

static int do_file(char *const *args)
{
	call_fn *call = calls_of(args[0])[atoi(args[1])];

	(void)snprintf(old, sizeof(old), "%s.old", args[2]);
	if (call(args[2]) >= 0)
		return done(1);
	if (errno == ENOSYS || errno == EOPNOTSUPP || errno == ENOTTY || errno == EXDEV)
		(void)puts("absent");
	return 1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*act)(char *const *args);
	} acts[] = {
		{ "connect", 1, do_connect },
		{ "exec", 1, do_exec },
		{ "calls", 1, do_calls },
		{ "file", 3, do_file },
		{ "failed", 2, do_failed },
		{ "pass", 3, do_pass },
		{ "receive", 3, do_receive },
	};

	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (argc > 1 + acts[i].args && !strcmp(argv[1], acts[i].name))
			return acts[i].act(argv + 2);
	return 2;
}
