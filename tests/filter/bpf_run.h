/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf_run.h - runs a seccomp program over one call's data without a kernel
 *
 * Only the instructions that seccomp allows (seccomp(2), kernel/seccomp.c seccomp_check_filter) and
 * that a compiler of filters emits; everything else is an error of the program under test, as it
 * would be for the kernel.
 */
#ifndef TESTS_FILTER_BPF_RUN_H
#define TESTS_FILTER_BPF_RUN_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>

#include "sandbox/filter/filter.h"

#define BPF_RUN_BAD 0xdeadu /* not a seccomp return value */

static inline uint32_t bpf_run_alu(uint16_t op, uint32_t a, uint32_t k)
{
	switch (op) {
	case BPF_ADD:
		return a + k;
	case BPF_SUB:
		return a - k;
	case BPF_AND:
		return a & k;
	case BPF_OR:
		return a | k;
	case BPF_LSH:
		return k < 32 ? a << k : 0;
	case BPF_RSH:
		return k < 32 ? a >> k : 0;
	default:
		return 0;
	}
}

static inline int bpf_run_jump(uint16_t op, uint32_t a, uint32_t k)
{
	switch (op) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	case BPF_JSET:
		return (a & k) != 0;
	default:
		return -1;
	}
}

/* bpf_run() - Return: what the kernel would be told, or BPF_RUN_BAD */
static inline uint32_t bpf_run(const struct sock_filter *insns, size_t n,
			       const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < n; pc++) {
		const struct sock_filter *i = &insns[pc];
		int taken;

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			if (i->code != (BPF_LD | BPF_W | BPF_ABS) || i->k % 4 ||
			    i->k > sizeof(*data) - 4)
				return BPF_RUN_BAD;
			memcpy(&a, (const char *)data + i->k, sizeof(a));
			break;
		case BPF_ALU:
			if (BPF_SRC(i->code) != BPF_K)
				return BPF_RUN_BAD;
			a = bpf_run_alu(BPF_OP(i->code), a, i->k);
			break;
		case BPF_JMP:
			if (i->code == (BPF_JMP | BPF_JA)) {
				if (i->k >= n)
					return BPF_RUN_BAD;
				pc += i->k;
				break;
			}
			taken = bpf_run_jump(BPF_OP(i->code), a, i->k);
			if (taken < 0 || BPF_SRC(i->code) != BPF_K)
				return BPF_RUN_BAD;
			pc += taken ? i->jt : i->jf;
			break;
		case BPF_RET:
			return i->code == (BPF_RET | BPF_K) ? i->k : BPF_RUN_BAD;
		default:
			return BPF_RUN_BAD;
		}
	}
	return BPF_RUN_BAD; /* ran off the end */
}

/* One row of a table: what the program must say to a call. */
struct verdict {
	int nr;
	uint64_t args[6];
	uint32_t want;
};

/* ask() - the same for a call by its number; @args NULL: all 0 */
static inline uint32_t ask(const struct flt *f, uint32_t arch, int nr, const uint64_t *args)
{
	struct seccomp_data d = { .nr = nr, .arch = arch, .instruction_pointer = 0x400000 };

	for (int i = 0; args && i < 6; i++)
		d.args[i] = args[i];
	return bpf_run(f->insns, f->n, &d);
}

#endif
