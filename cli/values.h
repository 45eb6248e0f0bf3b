/* SPDX-License-Identifier: Apache-2.0 */
/*
 * values.h - what people write after an option, as numbers
 *
 * Each returns 0, or -EINVAL with a sentence that says what would be right; then nothing is stored.
 */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/own.h"

/* value_phase() - a phase of tcbox-policy(5). Return: 0, -EINVAL */
int value_phase(const char *value, struct tb_err *err) TB_MUST_CHECK;

/* value_time() - "30", "30s", "500ms", "10m", "2h": milliseconds, at least 1 */
int value_time(const char *value, uint64_t *ms, struct tb_err *err) TB_MUST_CHECK;

/* value_size() - "512KiB", tb_size_parse(), from @least to @most bytes */
int value_size(const char *value, uint64_t least, uint64_t most, uint64_t *bytes,
	       struct tb_err *err)
	TB_MUST_CHECK;

/* value_number() - decimal digits only, from @least to @most; @of: "processes", for the sentence */
int value_number(const char *value, const char *of, const uint64_t bounds[2], uint64_t *out,
		 struct tb_err *err) TB_MUST_CHECK;

/* value_cpus() - a number of processors such as "1.5", in thousandths */
int value_cpus(const char *value, uint64_t *milli, struct tb_err *err) TB_MUST_CHECK;

/* value_hostname() - is it a host name, RFC 1123? */
int value_hostname(const char *value, struct tb_err *err) TB_MUST_CHECK;

/* value_word() - which of @words it is, counted from 0 */
int value_word(const char *value, const char *const *words, size_t n,
	       struct tb_err *err) TB_MUST_CHECK;

#endif
