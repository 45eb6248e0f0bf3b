/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i386_actor.c - a 64-bit program that makes calls of the table of 32-bit x86, by "int $0x80"
 *
 *	i386_actor WHAT...	prints "WHAT RESULT" for each, RESULT being "ok", the name of the
 *				error, or a number
 *
 * What calls point to lies below 4 GiB, and the upper half of every argument is garbage, which the
 * kernel drops.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define GARBAGE UINT64_C(0x5eadbeef00000000)
#define RACES 20000

static struct low {
	uint32_t args[6];
	uint32_t vec[8];
	char path[64];
	char text[2][16];
	struct sockaddr_in to;
	int pair[2];
} *low;

static uint32_t at(const void *p)
{
	return (uint32_t)(uintptr_t)p;
}

/* call32() - Return: as the kernel answers: negative errno or a result */
static long call32(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	long rc = nr;

	__asm__ volatile("int $0x80"
			 : "+a"(rc)
			 : "b"(GARBAGE | a), "c"(GARBAGE | b), "d"(GARBAGE | c), "S"(GARBAGE | d),
				 "D"(GARBAGE)
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)rc;
}

static long socketcall(unsigned int sub, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	const uint32_t args[6] = { a, b, c, d };

	memcpy(low->args, args, sizeof(args));
	return call32(102, sub, at(low->args), 0, 0);
}

static long say_pid(void)
{
	long pid = call32(20, 0, 0, 0, 0);

	return pid < 0 ? pid : pid == getpid() ? 0 : -EINVAL;
}

static long create(void)
{
	long fd;

	strcpy(low->path, "made-by-int80");
	fd = call32(5, at(low->path), O_CREAT | O_WRONLY, 0644, 0);
	return fd < 0 ? fd : close((int)fd);
}

static long rename_it(void)
{
	strcpy(low->path, "made-by-int80");
	strcpy(low->path + 32, "renamed-by-int80");
	return call32(38, at(low->path), at(low->path + 32), 0, 0);
}

static long exec(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		strcpy(low->path, "/bin/echo");
		strcpy(low->text[0], "echo");
		strcpy(low->text[1], "from-exec");
		low->vec[0] = at(low->text[0]);
		low->vec[1] = at(low->text[1]);
		low->vec[2] = 0;
		_exit((int)-call32(11, at(low->path), at(low->vec), 0, 0));
	}
	return waitpid(pid, &status, 0) == pid ? -WEXITSTATUS(status) : -ECHILD;
}

static long udp(int direct)
{
	long fd = direct ? call32(359, AF_INET, SOCK_DGRAM, 0, 0) :
		socketcall(1, AF_INET, SOCK_DGRAM, 0, 0), rc;

	if (fd < 0)
		return fd;
	low->to = (struct sockaddr_in){ .sin_family = AF_INET,
					.sin_port = htons(direct ? 7002 : 7001),
					.sin_addr.s_addr = htonl(0x7f000001) };
	rc = direct ? call32(362, (uint32_t)fd, at(&low->to), sizeof(low->to), 0) :
		      socketcall(3, (uint32_t)fd, at(&low->to), sizeof(low->to), 0);
	close((int)fd);
	return rc;
}

static long udp_socketcall(void) { return udp(0); }
static long udp_direct(void) { return udp(1); }

/* sendmmsg, with two messages to two ports */
static long messages(void)
{
	struct { uint32_t name, namelen, iov, iovlen, control, controllen, flags, len; } *m;
	struct sockaddr_in *to;
	long fd = socketcall(1, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0), rc;

	m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1,
		 0);
	if (fd < 0 || m == MAP_FAILED)
		return fd < 0 ? fd : -errno;
	if (!(fcntl((int)fd, F_GETFD) & FD_CLOEXEC))
		return -EBADF;
	to = (void *)(m + 16);
	low->vec[0] = at(low->text[0]);
	low->vec[1] = 1;
	for (int i = 0; i < 2; i++) {
		to[i] = (struct sockaddr_in){ .sin_family = AF_INET,
					      .sin_port = htons((uint16_t)(7003 + i)),
					      .sin_addr.s_addr = htonl(0x7f000001) };
		m[i].name = at(&to[i]);
		m[i].namelen = sizeof(to[i]);
		m[i].iov = at(low->vec);
		m[i].iovlen = 1;
	}
	rc = socketcall(20, (uint32_t)fd, at(m), 2, 0);
	if (rc == 2)
		rc = socketcall(16, (uint32_t)fd, at(m), 0, 0);
	return rc < 0 ? rc : 0;
}

static long unix_pair(void)
{
	char got = 0;
	long rc = socketcall(8, AF_UNIX, SOCK_STREAM, 0, at(low->pair));

	if (rc < 0)
		return rc;
	if (write(low->pair[0], "x", 1) != 1 || read(low->pair[1], &got, 1) != 1)
		return -errno;
	return got == 'x' && !(fcntl(low->pair[0], F_GETFD) & FD_CLOEXEC) ? 0 : -EPROTO;
}

static long pair_nowhere(void) { return socketcall(8, AF_UNIX, SOCK_STREAM, 0, 4); }
static long pair_tipc(void) { return socketcall(8, AF_TIPC, SOCK_STREAM, 0, at(low->pair)); }
static long nowhere(void) { return call32(102, 1, 4, 0, 0); }
/* created, never connected */
static long vsock(void) { return socketcall(1, AF_VSOCK, SOCK_STREAM, 0, 0); }
static long vsock_direct(void) { return call32(359, AF_VSOCK, SOCK_STREAM, 0, 0); }
static long packet(void) { return socketcall(1, AF_PACKET, SOCK_RAW, 0, 0); }
static long raw(void) { return socketcall(1, AF_INET, SOCK_RAW, IPPROTO_ICMP, 0); }
static long ping(void) { return socketcall(1, AF_INET, SOCK_DGRAM, IPPROTO_ICMP, 0); }
static long no_protocol(void) { return socketcall(1, AF_INET, SOCK_STREAM, 250, 0); }
static long no_subcall(void) { return socketcall(30, 0, 0, 0, 0); }
static long new_user(void) { return call32(310, CLONE_NEWUSER, 0, 0, 0); }
static long tiocsti(void) { return call32(54, 0, TIOCSTI, at(low->text[0]), 0); }
static long mount_it(void) { return call32(21, at(low->path), at(low->path), at(low->path), 0); }
static long io_uring(void) { return call32(425, 1, 0, 0, 0); }
/* 16 bits: -1, no change */
static long set_ids(void) { return call32(164, 0xffff, 0xffff, 0xffff, 0); }
static long vm86(void) { return call32(166, 0, 0, 0, 0); }
static long not_a_call(void) { return call32(500, 0, 0, 0, 0); }
static long bdflush(void) { return call32(134, 0, 0, 0, 0); }

static long too_many(void)
{
	long fd, last = 0;

	while ((fd = socketcall(1, AF_UNIX, SOCK_STREAM, 0, 0)) >= 0)
		last = fd;
	for (int i = 3; i <= last; i++)
		close(i);
	return fd;
}

/* In a network of its own: then it has a socket, or has not */
static long elsewhere(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) ? -errno :
		socketcall(1, AF_INET, SOCK_DGRAM, 0, 0);
}

static long native_elsewhere(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) ? -errno : socket(AF_INET, SOCK_DGRAM, 0);
}

static int stop;

static void *flip(void *arg)
{
	volatile uint32_t *family = low->args;

	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		*family = AF_VSOCK;
		*family = AF_UNIX;
	}
	return NULL;
}

/* race() - a thread changes the family while the call is on its way. Return: how many sockets are
 * of the other one */
static long race(void)
{
	long caught = 0;
	pthread_t thread;

	low->args[0] = AF_UNIX;
	low->args[1] = SOCK_STREAM;
	low->args[2] = 0;
	if (pthread_create(&thread, NULL, flip, NULL))
		return -EAGAIN;
	for (int i = 0; i < RACES; i++) {
		int fd = (int)call32(102, 1, at(low->args), 0, 0), family = 0;
		socklen_t len = sizeof(family);

		if (fd < 0)
			continue;
		getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
		caught += family == AF_VSOCK;
		close(fd);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return caught;
}

static const struct { const char *name; long (*act)(void); } table[] = {
	{ "getpid", say_pid }, { "create", create }, { "rename", rename_it }, { "exec", exec },
	{ "udp_socketcall", udp_socketcall }, { "udp_direct", udp_direct },
	{ "messages", messages },
	{ "unix_pair", unix_pair }, { "pair_nowhere", pair_nowhere }, { "pair_tipc", pair_tipc },
	{ "nowhere", nowhere },
	{ "vsock", vsock }, { "vsock_direct", vsock_direct }, { "packet", packet }, { "raw", raw },
	{ "ping", ping }, { "no_protocol", no_protocol }, { "no_subcall", no_subcall },
	{ "new_user", new_user }, { "tiocsti", tiocsti },
	{ "mount", mount_it }, { "io_uring", io_uring }, { "set_ids", set_ids }, { "vm86", vm86 },
	{ "not_a_call", not_a_call }, { "bdflush", bdflush }, { "too_many", too_many },
	{ "elsewhere", elsewhere },
	{ "native_elsewhere", native_elsewhere }, { "race", race },
};

static void do_act(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		long rc;

		if (strcmp(table[i].name, name))
			continue;
		rc = table[i].act();
		if (!strcmp(name, "race"))
			printf("race %ld\n", rc);
		else
			printf("%s %s\n", name, rc < 0 ? strerrorname_np((int)-rc) : "ok");
		fflush(stdout);
		return;
	}
	exit(2);
}

int main(int argc, char **argv)
{
	low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (low == MAP_FAILED)
		return 2;
	for (int i = 1; i < argc; i++)
		do_act(argv[i]);
	return 0;
}
