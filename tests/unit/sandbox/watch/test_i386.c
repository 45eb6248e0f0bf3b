/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_i386.c - 32-bit calls that are read as native ones, and sockets that are made for the caller
 *
 * The caller makes native calls, and the test reads them as if the 32-bit table had been used: so
 * nothing here needs a kernel that has it.
 */
#include "tests/unit/sandbox/watch/caller.h"

#include <linux/audit.h>
#include <sys/socket.h>

#include "sandbox/watch/i386.h"

#define SOCKETCALL 102
#define SUB_SOCKET 1
#define SUB_CONNECT 3
#define SUB_SOCKETPAIR 8

static uint32_t block[6] = { AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, 0, 0, 0 };

static struct seccomp_notif call32(const struct caller *c, int nr, uint64_t a0, uint64_t a1)
{
	struct seccomp_notif req = c->req;

	req.data.arch = AUDIT_ARCH_I386;
	req.data.nr = nr;
	memset(req.data.args, 0, sizeof(req.data.args));
	req.data.args[0] = a0;
	req.data.args[1] = a1;
	return req;
}

/* A caller with low memory at a place that fits into 32 bits, which holds what block has. */
#define LOW 0x10000000u
static int with_low_memory(const void *arg)
{
	int fds[2], fd;
	void *low = mmap((void *)(uintptr_t)LOW, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	(void)arg;
	if (low == MAP_FAILED)
		return 90;
	memcpy(low, block, sizeof(block));
	fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || fcntl(fd, F_GETFD) < 0)
		return 91;
	if (syscall(SYS_socketpair, AF_INET, SOCK_STREAM, 0, low) == 0) {
		memcpy(fds, low, sizeof(fds));
		return fcntl(fds[0], F_GETFD) >= 0 && write(fds[0], "x", 1) == 1 &&
			read(fds[1], low, 1) == 1 ? 0 : 92;
	}
	return 93;
}

static void start(struct caller *c)
{
	caller_start(c, with_low_memory, NULL);
	c->filter.i386 = true;
	caller_until(c, SYS_socket);
}

static void a_declared_call_becomes_the_native_one(void **state)
{
	struct seccomp_notif req;
	struct caller c;

	(void)state;
	start(&c);
	req = call32(&c, 39, 5, 6); /* mkdir */
	i386_unpack(&c.w, &req, &c.note);
	assert_int_equal(req.data.nr, SYS_mkdir);
	assert_int_equal(req.data.arch, AUDIT_ARCH_X86_64);
	assert_string_equal(c.note.abi, "i386");
	assert_false(i386_claims(&c.note));
	caller_end(&c);
}

static void other_calls_stay_as_they_are(void **state)
{
	struct seccomp_notif req;
	struct caller c;

	(void)state;
	start(&c);
	req = c.req;
	i386_unpack(&c.w, &req, &c.note);
	assert_memory_equal(&req, &c.req, sizeof(req));
	assert_null(c.note.abi);
	c.filter.i386 = false;
	req = call32(&c, 39, 5, 6);
	i386_unpack(&c.w, &req, &c.note);
	assert_int_equal(req.data.nr, 39);
	assert_null(c.note.abi);
	caller_end(&c);
}

static void arguments_in_memory_are_read(void **state)
{
	struct seccomp_notif req;
	struct caller c;

	(void)state;
	start(&c);
	req = call32(&c, SOCKETCALL, SUB_SOCKET, LOW);
	i386_unpack(&c.w, &req, &c.note);
	assert_int_equal(req.data.nr, SYS_socket);
	assert_int_equal(req.data.args[0], AF_UNIX);
	assert_int_equal(req.data.args[1], SOCK_STREAM | SOCK_CLOEXEC);
	assert_false(c.note.unread);
	assert_true(c.note.i386.behalf);
	assert_false(i386_claims(&c.note)); /* made by us, with what was read */
	req = call32(&c, SOCKETCALL, SUB_CONNECT, LOW);
	i386_unpack(&c.w, &req, &c.note);
	assert_int_equal(req.data.nr, SYS_connect);
	assert_true(i386_claims(&c.note));
	caller_end(&c);
}

static void memory_that_cannot_be_read_names_nothing(void **state)
{
	struct seccomp_notif req;
	struct call_verdict v;
	struct caller c;

	(void)state;
	start(&c);
	req = call32(&c, SOCKETCALL, SUB_CONNECT, 8);
	i386_unpack(&c.w, &req, &c.note);
	assert_true(c.note.unread);
	assert_int_equal(c.w.n.calls_unread, 1);
	assert_int_equal((int)req.data.args[0], -1);
	req = call32(&c, SOCKETCALL, SUB_SOCKET, 8);
	c.note.unread = false;
	i386_unpack(&c.w, &req, &c.note);
	assert_int_equal(c.w.n.calls_unread, 1); /* the call fails: nothing is missed */
	c.note.req = &req;
	v = i386_verdict(&c.w, &c.note);
	assert_int_equal(v.error, EFAULT);
	assert_true(v.quiet);
	caller_end(&c);
}

static void verdicts_are_those_of_the_native_call(void **state)
{
	struct seccomp_notif req;
	struct caller c;

	(void)state;
	start(&c);
	req = call32(&c, SOCKETCALL, SUB_SOCKET, LOW);
	i386_unpack(&c.w, &req, &c.note);
	c.note.req = &req;
	assert_int_equal(i386_verdict(&c.w, &c.note).error, 0);
	req.data.args[0] = AF_VSOCK;
	assert_int_equal(i386_verdict(&c.w, &c.note).error, EAFNOSUPPORT);
	req.data.args[0] = AF_UNIX;
	c.where.moved = true;
	assert_int_equal(i386_verdict(&c.w, &c.note).error, 0); /* it is where the box is */
	c.where.network.ino++;
	assert_int_equal(i386_verdict(&c.w, &c.note).error, EPERM);
	req = call32(&c, 99999, 0, 0);
	i386_unpack(&c.w, &req, &c.note);
	assert_int_equal(i386_verdict(&c.w, &c.note).error, ENOSYS);
	caller_end(&c);
}

static void sockets_are_made_for_the_caller(void **state)
{
	struct watch_answer a;
	struct caller c;

	(void)state;
	start(&c);
	a = i386_make(&c.w, &c.note);
	assert_int_equal(a.kind, ANSWER_GIVEN); /* the descriptor was the answer */
	assert_int_equal(a.error, 0);
	caller_until(&c, SYS_socketpair);
	c.req.data.args[0] = AF_UNIX; /* what we read; the caller asked for something that fails */
	a = i386_make(&c.w, &c.note);
	assert_int_equal(a.kind, ANSWER_PRETEND);
	{
		struct seccomp_notif_resp resp = { .id = c.req.id };

		assert_int_equal(ioctl(c.w.listener, SECCOMP_IOCTL_NOTIF_SEND, &resp), 0);
	}
	assert_int_equal(caller_finish(&c), 0);
	assert_int_equal(c.w.n.gone, 0);
	caller_end(&c);
}

static void what_the_kernel_refuses_is_the_answer(void **state)
{
	struct watch_answer a;
	struct caller c;

	(void)state;
	start(&c);
	c.req.data.args[0] = AF_PACKET; /* needs a capability */
	c.req.data.args[1] = SOCK_RAW;
	a = i386_make(&c.w, &c.note);
	assert_int_equal(a.kind, ANSWER_ERROR);
	assert_int_equal(a.error, EPERM);
	c.req.data.args[0] = AF_UNIX;
	c.req.data.args[1] = SOCK_STREAM;
	c.req.data.nr = SYS_socketpair;
	c.req.data.args[3] = 8;
	a = i386_make(&c.w, &c.note);
	assert_int_equal(a.kind, ANSWER_ERROR);
	assert_int_equal(a.error, EFAULT);
	caller_end(&c);
}

static void a_caller_that_is_gone_is_counted(void **state)
{
	struct caller c;

	(void)state;
	start(&c);
	assert_int_equal(kill(c.pid, SIGKILL), 0);
	assert_int_equal(waitpid(c.pid, NULL, 0), c.pid);
	c.pid = 0;
	assert_int_equal(i386_make(&c.w, &c.note).kind, ANSWER_GIVEN);
	assert_int_equal(c.w.n.gone, 1);
	caller_end(&c);
}

static void entering_ones_own_network_is_nothing(void **state)
{
	struct caller c;

	(void)state;
	caller_record(&c);
	assert_int_equal(elsewhere_open(&c.where, getpid()), 0);
	assert_int_equal(i386_enter(&c.w, getpid()), 0);
	c.filter.i386 = true;
	assert_int_equal(i386_enter(&c.w, getpid()), 0);
	c.where.network.ino++;
	assert_int_equal(i386_enter(&c.w, 0x7ffffff0), -ENOENT);
	caller_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_declared_call_becomes_the_native_one),
		cmocka_unit_test(other_calls_stay_as_they_are),
		cmocka_unit_test(arguments_in_memory_are_read),
		cmocka_unit_test(memory_that_cannot_be_read_names_nothing),
		cmocka_unit_test(verdicts_are_those_of_the_native_call),
		cmocka_unit_test(sockets_are_made_for_the_caller),
		cmocka_unit_test(what_the_kernel_refuses_is_the_answer),
		cmocka_unit_test(a_caller_that_is_gone_is_counted),
		cmocka_unit_test(entering_ones_own_network_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
