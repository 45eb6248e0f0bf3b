/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detail.h - arguments of notable calls in words, where they are plain values
 */
#ifndef SANDBOX_WATCH_DETAIL_H
#define SANDBOX_WATCH_DETAIL_H

#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/*
 * detail_of() - of a call that is none of the native table its name. Return: @buf or a constant, or
 * NULL if there is nothing to say
 */
const char *detail_of(const struct seccomp_data *d, char *buf, size_t cap);

/* detail_family() - "AF_INET", or "family-N" in @buf */
const char *detail_family(uint32_t family, char *buf, size_t cap);

#endif
