/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prog.c - parts of the seccomp filter that are written by hand
 *
 * libseccomp knows conditions that let a call pass; "all but these" would need one for each bit in
 * which a value can differ from them. Here it is a list.
 */
#include "sandbox/filter/prog.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/log.h"
#include "tcbox/own.h"

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define IF_EQUAL (BPF_JMP | BPF_JEQ | BPF_K)
#define RETURN (BPF_RET | BPF_K)

void prog_add(struct prog *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (p->n == BPF_MAXINSNS) {
		p->full = true;
		return;
	}
	p->insns[p->n++] = (struct sock_filter){ code, jt, jf, k };
}

void prog_skip(struct prog *p, size_t at)
{
	if (p->full)
		return;
	TB_BUG_ON(p->n - at - 1 > UINT8_MAX);
	p->insns[at].jt = (uint8_t)(p->n - at - 1);
}

void prog_add_cases(struct prog *p, const struct call_row *row)
{
	bool loaded = false;

	for (size_t i = 0; i < row->ncases; i++) {
		const struct call_case *c = &row->cases[i];

		if (!loaded)
			prog_add(p, LOAD, PROG_LOW_HALF(row->case_arg), 0, 0);
		prog_add(p, IF_EQUAL, c->first, 0, c->both ? 3 : 1);
		if (c->both) {
			prog_add(p, LOAD, PROG_LOW_HALF(row->case_arg + 1), 0, 0);
			prog_add(p, IF_EQUAL, c->next, 0, 1);
		}
		prog_add(p, RETURN, SECCOMP_RET_USER_NOTIF, 0, 0);
		loaded = !c->both;
	}
	prog_add(p, RETURN, SECCOMP_RET_ALLOW, 0, 0);
}

void prog_add_native(struct prog *p, const struct sbx_calls *opt)
{
	size_t other, next;

	prog_add(p, LOAD, offsetof(struct seccomp_data, arch), 0, 0);
	prog_add(p, IF_EQUAL, AUDIT_ARCH_X86_64, 1, 0);
	other = p->n;
	prog_add(p, BPF_JMP | BPF_JA, 0, 0, 0);
	prog_add(p, LOAD, offsetof(struct seccomp_data, nr), 0, 0);
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		const struct call_row *row = calls_row(nr);

		if (!row || !row->ncases || flt_rule(opt, nr) != FLT_PASS_IF)
			continue;
		prog_add(p, IF_EQUAL, (uint32_t)nr, 1, 0);
		next = p->n;
		prog_add(p, BPF_JMP | BPF_JA, 0, 0, 0);
		prog_add_cases(p, row);
		if (!p->full)
			p->insns[next].k = (uint32_t)(p->n - next - 1);
	}
	if (!p->full)
		p->insns[other].k = (uint32_t)(p->n - other - 1);
}

int prog_put_before(const struct prog *p, struct flt *f, struct tb_err *err)
{
	struct sock_filter *all;

	if (p->full || p->n + f->n > BPF_MAXINSNS) {
		flt_free(f);
		return tb_err_msg(err, EFBIG, "the filter has more than %d instructions",
				  BPF_MAXINSNS);
	}
	all = reallocarray(f->insns, p->n + f->n, sizeof(*all));
	if (!all) {
		flt_free(f);
		return tb_err_set(err, ENOMEM, "build the system call filter");
	}
	memmove(all + p->n, all, f->n * sizeof(*all));
	memcpy(all, p->insns, p->n * sizeof(*all));
	f->insns = all;
	f->n = (unsigned short)(f->n + p->n);
	return 0;
}
