/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lockup.c - descriptors, capabilities, system calls and memory of the processes that handle
 * hostile bytes
 *
 * How it works: the filter is a plain list of call numbers in classic BPF, checked one by one after
 * the architecture (seccomp(2): a filter that does not check it can be walked around with another
 * architecture's numbers; x32 numbers match nothing in the list). The lists are short enough to be
 * read: whoever takes over the decoder through a crafted packet can read one pipe, write another,
 * and use memory that is not executable.
 */
#include "tcbox/lockup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tcbox/log.h"

#define MAX_INSNS 256
#define MAX_KEEP 8

#ifdef __x86_64__
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#error "lib/lockup.c does not know the audit architecture of this machine"
#endif

/* The pipes, memory for malloc(3), the clock where the vDSO has to ask the kernel, and the end. */
static const int common[] = {
	__NR_read, __NR_write, __NR_writev, __NR_close, __NR_ppoll, __NR_brk, __NR_munmap,
	__NR_mremap,
	__NR_madvise, __NR_futex, __NR_clock_gettime, __NR_gettimeofday, __NR_getrandom,
	__NR_getrusage, __NR_rt_sigreturn,
	__NR_restart_syscall, __NR_exit, __NR_exit_group,
#ifdef __NR_poll
	__NR_poll, __NR_time,
#endif
};

struct program {
	struct sock_filter insns[MAX_INSNS];
	unsigned short n;
};

static void emit(struct program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	p->insns[p->n++] = (struct sock_filter){ code, jt, jf, k };
}

static void emit_load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* low_word() - where the lower half of argument @i is */
static size_t low_word(int i)
{
	size_t at = offsetof(struct seccomp_data, args) + (size_t)i * sizeof(uint64_t);

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? at : at + 4;
}

/* emit_call() - if it is this call, and its argument is as wanted, this is the verdict */
static void emit_call(struct program *p, const struct tb_lock_call *c)
{
	bool checked = c->kind == TB_LOCK_FIRST || c->kind == TB_LOCK_SECOND;

	emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->nr, 0, checked ? 4 : 1);
	if (!checked) {
		emit(p, BPF_RET | BPF_K,
		     c->kind == TB_LOCK_ANY ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EPERM, 0, 0);
		return;
	}
	emit_load(p, low_word(c->kind == TB_LOCK_SECOND));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, c->value, 0, 1);
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	/* the next in the list may be the same call */
	emit_load(p, offsetof(struct seccomp_data, nr));
}

static void build(struct program *p, const struct tb_lock_call *more, size_t n)
{
	size_t i;

	TB_BUG_ON(16 + 2 * TB_ARRAY_SIZE(common) + 5 * n > MAX_INSNS);
	p->n = 0;
	emit_load(p, offsetof(struct seccomp_data, arch));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	emit_load(p, offsetof(struct seccomp_data, nr));
	for (i = 0; i < TB_ARRAY_SIZE(common); i++)
		emit_call(p, &(struct tb_lock_call){ .nr = common[i] });
	for (i = 0; i < n; i++)
		emit_call(p, &more[i]);
	/* mmap(2), unless executable */
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 0, 3);
	emit_load(p, low_word(2));
	emit(p, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
}

int tb_lock_calls(const struct tb_lock_call *more, size_t n, struct tb_err *err)
{
	struct program p;
	struct sock_fprog prog;

	build(&p, more, n);
	prog.len = p.n;
	prog.filter = p.insns;
	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		return tb_err_set(err, errno, "load the system call filter");
	return 0;
}

static int cmp_int(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* take_stdio() - standard input and output lead nowhere, so that no descriptor opened later is
 * mistaken for them */
static void take_stdio(const int *keep, size_t n)
{
	TB_AUTOCLOSE int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	size_t i;
	int fd;

	for (fd = STDIN_FILENO; fd <= STDOUT_FILENO; fd++) {
		for (i = 0; i < n && keep[i] != fd; i++)
			;
		if (i == n && null > STDERR_FILENO)
			(void)dup2(null, fd);
	}
}

int tb_lock_fds(const int *keep, size_t n, struct tb_err *err)
{
	int fds[MAX_KEEP + 3] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };
	size_t count = 3, i;
	unsigned int from = 0;

	if (n > MAX_KEEP)
		return tb_err_set(err, E2BIG, "keep %zu descriptors", n);
	take_stdio(keep, n);
	for (i = 0; i < n; i++)
		if (keep[i] > STDERR_FILENO)
			fds[count++] = keep[i];
	qsort(fds, count, sizeof(fds[0]), cmp_int);
	for (i = 0; i <= count; i++) {
		unsigned int to = i < count ? (unsigned int)fds[i] : UINT_MAX;

		if (i == count ? close_range(from, UINT_MAX, 0) :
		    to > from && close_range(from, to - 1, 0))
			return tb_err_set(err, errno, "close_range");
		from = to + 1;
	}
	return 0;
}

int tb_lock_terminal(struct tb_err *err)
{
	return dup2(STDIN_FILENO, STDERR_FILENO) < 0 ?
		tb_err_set(err, errno, "give up standard error") : 0;
}

int tb_lock_privileges(uint32_t keep, struct tb_err *err)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return tb_err_set(err, errno, "set no_new_privs");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return tb_err_set(err, errno, "clear ambient capabilities");
	if (syscall(__NR_capget, &head, data))
		return tb_err_set(err, errno, "read capabilities");
	data[0].permitted &= keep;
	data[0].effective = data[0].permitted;
	data[0].inheritable = 0;
	data[1] = (struct __user_cap_data_struct){ 0, 0, 0 };
	if (syscall(__NR_capset, &head, data))
		return tb_err_set(err, errno, "drop capabilities");
	return 0;
}

int tb_lock_memory(size_t bytes, struct tb_err *err)
{
	struct rlimit memory = { bytes, bytes }, core = { 0, 0 }, now;

	/* who started tcbox may have set a lower limit, which only root can raise: ulimit -v */
	if (!getrlimit(RLIMIT_AS, &now) && now.rlim_max < bytes)
		memory = (struct rlimit){ now.rlim_max, now.rlim_max };
	if (setrlimit(RLIMIT_CORE, &core))
		return tb_err_set(err, errno, "limit core dumps");
	if (bytes && setrlimit(RLIMIT_AS, &memory))
		return tb_err_set(err, errno, "limit memory to %zu bytes", bytes);
	return 0;
}

int tb_lock_file_size(uint64_t bytes, struct tb_err *err)
{
	struct rlimit size = { bytes, bytes }, now;

	if (!getrlimit(RLIMIT_FSIZE, &now) && now.rlim_max < bytes)
		size = (struct rlimit){ now.rlim_max, now.rlim_max };
	if (setrlimit(RLIMIT_FSIZE, &size))
		return tb_err_set(err, errno, "limit the size of files");
	return 0;
}

int tb_lock_open(struct tb_err *err)
{
	struct rlimit files = { 1, 1 };

	/* poll(2) fails if it is given more descriptors than the limit; number 0 is taken, so none
	 * can be opened */
	if (setrlimit(RLIMIT_NOFILE, &files))
		return tb_err_set(err, errno, "limit descriptors");
	return 0;
}
