/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_i386.c - the part of the seccomp filter for calls of 32-bit x86, where a policy declares
 * them
 *
 * How it works: a call passes if the native call that means the same would pass with the same
 * arguments. The part is put before the program that libseccomp made for the native table, which
 * stays as it is: merging two architectures is what libseccomp has done wrongly (filter.c), and it
 * splits socketcall(2) in ways of its own. Numbers are compared in ascending order, those with
 * equal answers together; the kernel keeps what always passes in a bitmap for this table, too
 * (Linux 5.11).
 *
 * Only the lower half of an argument counts: the call sees no more (calls_i386.h).
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>

#include "sandbox/filter/calls_i386.h"
#include "sandbox/filter/filter.h"
#include "sandbox/filter/prog.h"
#include "tcbox/log.h"
#include "tcbox/own.h"

#define CONDITIONS 48u /* of one call; a jump in BPF skips at most 255 instructions, and each takes
		        * 4 */

/* What is done with one number. */
struct answer {
	enum flt_rule rule;
	struct call_pass pass[CONDITIONS]; /* FLT_PASS_IF: any match passes */
	size_t npass;
	const struct call_row *cases; /* FLT_PASS_IF: all but these pass. NULL: none */
};

static void add_condition(struct answer *a, unsigned int arg, uint32_t mask, uint32_t value)
{
	TB_BUG_ON(a->npass == CONDITIONS);
	a->pass[a->npass++] = (struct call_pass){ arg, mask, value };
}

/* multi_answer() - of socketcall(2) and ipc(2): which of the calls inside pass, whatever their
 * arguments are */
static void multi_answer(const struct sbx_calls *opt, enum i386_form form, struct answer *a)
{
	a->rule = FLT_PASS_IF;
	for (uint32_t sub = 0; sub < I386_SUBS; sub++) {
		struct i386_call c = i386_sub(form, sub);
		enum flt_rule rule = c.name ? flt_rule(opt, c.native) : FLT_NOTIFY;

		if (rule == FLT_PASS || (rule == FLT_PASS_IF && c.connected))
			add_condition(a, 0, form == I386_IPC ? 0xffff : UINT32_MAX, sub);
	}
}

static void answer_of(const struct sbx_calls *opt, int nr, struct answer *a)
{
	const struct i386_row *row = i386_row(nr);
	const struct call_row *native;

	*a = (struct answer){ .rule = FLT_NOTIFY };
	if (row && (row->form == I386_SOCKETCALL || row->form == I386_IPC)) {
		multi_answer(opt, row->form, a);
		return;
	}
	if (!row || row->native < 0)
		return;
	a->rule = flt_rule(opt, row->native);
	native = calls_row(row->native);
	if (a->rule == FLT_PASS_IF && native->ncases)
		a->cases = native;
	for (size_t i = 0; a->rule == FLT_PASS_IF && i < native->npass; i++)
		add_condition(a, native->pass[i].arg, (uint32_t)native->pass[i].mask,
			      (uint32_t)native->pass[i].value);
}

/* add_answer() - for a number that was found */
static void add_answer(struct prog *p, const struct answer *a)
{
	if (a->cases) {
		prog_add_cases(p, a->cases);
		return;
	}
	for (size_t i = 0; i < a->npass; i++) {
		prog_add(p, BPF_LD | BPF_W | BPF_ABS, PROG_LOW_HALF(a->pass[i].arg), 0, 0);
		prog_add(p, BPF_ALU | BPF_AND | BPF_K, (uint32_t)a->pass[i].mask, 0, 0);
		prog_add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)a->pass[i].value, 0, 1);
		prog_add(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	}
	prog_add(p, BPF_RET | BPF_K,
		 a->rule == FLT_PASS ? SECCOMP_RET_ALLOW : SECCOMP_RET_USER_NOTIF, 0, 0);
}

/* add_numbers() - the accumulator holds the number */
static void add_numbers(const struct sbx_calls *opt, struct prog *p)
{
	const struct answer notify = { .rule = FLT_NOTIFY };
	struct answer now, next;

	answer_of(opt, 0, &now);
	for (int nr = 0; nr < I386_MAX; nr++, now = next) {
		size_t skip = p->n;

		answer_of(opt, nr + 1, &next);
		if (now.rule == next.rule && !now.npass && !next.npass && !now.cases &&
		    !next.cases)
			continue;
		prog_add(p, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)nr + 1, 0, 0);
		add_answer(p, &now);
		prog_skip(p, skip);
	}
	add_answer(p, &notify); /* past the table; negative numbers, too */
}

int flt_add_i386(const struct sbx_calls *opt, struct flt *f, struct tb_err *err)
{
	TB_AUTOFREE struct prog *p = calloc(1, sizeof(*p));
	size_t jump;

	if (!p)
		return tb_err_set(err, ENOMEM, "build the system call filter");
	prog_add(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	prog_add(p, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 1, 0);
	jump = p->n;
	prog_add(p, BPF_JMP | BPF_JA, 0, 0, 0);
	prog_add(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	add_numbers(opt, p);
	if (!p->full)
		p->insns[jump].k = (uint32_t)(p->n - jump - 1);
	return prog_put_before(p, f, err);
}
