/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.c - the seccomp filter around the product: compiled from the call table and the policy
 *
 * How it works: the default is to notify, and rules let calls pass that need no look. So a call
 * that nobody thought of (a new number, a foreign architecture, x32) reaches the supervisor, which
 * refuses what it does not know. Calls of 32-bit x86, where the policy declares them, are a program
 * of their own before this one (filter_i386.c), and so are native calls of which all but a few
 * arguments pass (prog.c). Only masked and whole equality on single arguments
 * are used, because libseccomp before 2.6.1 merges other 64-bit comparisons wrongly
 * (GHSA-4q85-33p6-j5g6); the final program is tested by interpreting it (tests/filter).
 *
 * The kernel keeps a bitmap of the numbers that always pass (Linux 5.11), so the order inside the
 * program matters little.
 */
#include "sandbox/filter/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/filter/calls.h"
#include "sandbox/filter/prog.h"

#define MEMORY_NEEDED (16u << 20)
#define FLT_MAX_BYTES (BPF_MAXINSNS * sizeof(struct sock_filter))

enum flt_rule flt_rule(const struct sbx_calls *opt, int nr)
{
	const struct call_row *row = calls_row(nr);
	bool declared = row && (!opt->sys || opt->sys[nr] == POL_SYS_ALLOWED);

	if (nr == __NR_rt_sigreturn ||
	    nr == __NR_restart_syscall) /* the kernel's own return paths: nothing was asked for */
		return FLT_PASS;
	if (opt->observe_all || !declared)
		return FLT_NOTIFY;
	if (row->class == CALL_PLAIN)
		return FLT_PASS;
	return row->npass || row->ncases ? FLT_PASS_IF : FLT_NOTIFY;
}

static int add_rules(scmp_filter_ctx ctx, const struct sbx_calls *opt)
{
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		const struct call_row *row = calls_row(nr);
		enum flt_rule rule = flt_rule(opt, nr);
		int rc = 0;

		if (rule == FLT_PASS)
			rc = seccomp_rule_add_exact(ctx, SCMP_ACT_ALLOW, nr, 0);
		for (size_t i = 0; rule == FLT_PASS_IF && i < row->npass && rc == 0; i++) {
			struct scmp_arg_cmp cmp = SCMP_CMP(row->pass[i].arg, SCMP_CMP_MASKED_EQ,
							   row->pass[i].mask, row->pass[i].value);

			rc = seccomp_rule_add_exact_array(ctx, SCMP_ACT_ALLOW, nr, 1, &cmp);
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_program(int fd, struct flt *out, struct tb_err *err)
{
	off_t size = lseek(fd, 0, SEEK_END);

	if (size <= 0 || (size_t)size > FLT_MAX_BYTES || (size_t)size % sizeof(*out->insns))
		return tb_err_msg(err, EFBIG,
				  "the filter has %lld bytes, the kernel takes at most %zu",
				  (long long)size, FLT_MAX_BYTES);
	out->insns = malloc((size_t)size);
	if (!out->insns)
		return tb_err_set(err, ENOMEM, "read the filter");
	if (pread(fd, out->insns, (size_t)size, 0) != size) {
		flt_free(out);
		return tb_err_msg(err, EIO, "read the filter");
	}
	out->n = (unsigned short)((size_t)size / sizeof(*out->insns));
	return 0;
}

/* Flags that the kernel does not know are EINVAL; with known flags it goes on to read the program:
 * EFAULT. */
static bool has_wait_killable(void)
{
	(void)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		      SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
			      NULL);
	return errno == EFAULT;
}

/* memory_left() - enough for libseccomp, which needs less than this */
static bool memory_left(void)
{
	void *p = mmap(NULL, MEMORY_NEEDED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	if (p == MAP_FAILED)
		return false;
	(void)munmap(p, MEMORY_NEEDED);
	return true;
}

/* add_native() - the native calls that libseccomp has no conditions for */
static int add_native(const struct sbx_calls *opt, struct flt *out, struct tb_err *err)
{
	TB_AUTOFREE struct prog *p = calloc(1, sizeof(*p));

	if (!p) {
		flt_free(out);
		return tb_err_set(err, ENOMEM, "build the system call filter");
	}
	prog_add_native(p, opt);
	return prog_put_before(p, out, err);
}

int flt_build(const struct sbx_calls *opt, struct flt *out, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = memfd_create("tcbox-filter", MFD_CLOEXEC);
	scmp_filter_ctx ctx;
	int rc;

	*out = (struct flt){ 0 };
	/* libseccomp 2.5 does not survive it when memory runs out while it exports */
	if (!memory_left())
		return tb_err_set(err, ENOMEM, "build the system call filter");
	if (fd < 0)
		return tb_err_set(err, errno, "memfd_create");
	ctx = seccomp_init(SCMP_ACT_NOTIFY);
	if (!ctx)
		return tb_err_set(err, ENOMEM, "build the system call filter");
	rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_NOTIFY);
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* binary tree */
	if (rc == 0)
		rc = add_rules(ctx, opt);
	if (rc == 0)
		rc = seccomp_export_bpf(ctx, fd);
	seccomp_release(ctx);
	if (rc < 0)
		return tb_err_set(err, -rc, "build the system call filter");
	out->wait_killable = has_wait_killable();
	rc = read_program(fd, out, err);
	if (rc == 0)
		rc = add_native(opt, out, err);
	return rc == 0 && opt->i386 ? flt_add_i386(opt, out, err) : rc;
}

void flt_free(struct flt *f)
{
	free(f->insns);
	f->insns = NULL;
	f->n = 0;
}

int flt_load(const struct flt *f)
{
	struct sock_fprog prog = { f->n, f->insns };
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long fd;

	if (f->wait_killable)
		flags |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	return fd < 0 ? -errno : (int)fd;
}
