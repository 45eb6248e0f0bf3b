/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prog.h - parts of the seccomp filter that are written by hand, to stand before what libseccomp
 * makes
 */
#ifndef SANDBOX_FILTER_PROG_H
#define SANDBOX_FILTER_PROG_H

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/filter/calls.h"
#include "sandbox/filter/filter.h"

/* Where the lower half of an argument lies: the machine is little endian. */
#define PROG_LOW_HALF(arg) ((uint32_t)(offsetof(struct seccomp_data, args) + 8 * (arg)))

struct prog {
	struct sock_filter insns[BPF_MAXINSNS];
	size_t n;
	bool full;
};

/* prog_add() - one instruction; beyond BPF_MAXINSNS p->full is set */
void prog_add(struct prog *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf);

/* prog_skip() - let the jump at @at go to what comes next, if its condition holds. At most 255
 * instructions lie between */
void prog_skip(struct prog *p, size_t at);

/* prog_add_cases() - notify if one of the row's cases applies, else let the call pass */
void prog_add_cases(struct prog *p, const struct call_row *row);

/* prog_add_native() - the calls of the native table that have cases */
void prog_add_native(struct prog *p, const struct sbx_calls *opt);

/* prog_put_before() - join it with the filter that was made so far. Return: 0; negative errno, then
 * @f is freed */
int prog_put_before(const struct prog *p, struct flt *f, struct tb_err *err) TB_MUST_CHECK;

#endif
