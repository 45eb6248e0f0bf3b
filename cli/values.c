/* SPDX-License-Identifier: Apache-2.0 */
/*
 * values.c - what people write after an option, as numbers
 */
#include "cli/values.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/policy.h"
#include "tcbox/size.h"

#define TIME_MAX_MS 1e12		/* 31 years */
#define CPUS_MIN_MILLI 10		/* the kernel's least quota is 1 ms of 100 */
#define CPUS_MAX 10000
#define LABEL_MAX 63

static const char digits[] = "0123456789";

/* unit_ms() - milliseconds of a unit; 0: there is none of this name */
static double unit_ms(const char *unit)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "ms", 1 }, { "s", 1e3 }, { "", 1e3 }, { "m", 60e3 }, { "h", 3600e3 } };

	for (size_t i = 0; i < TB_ARRAY_SIZE(units); i++)
		if (!strcmp(unit, units[i].unit))
			return units[i].ms;
	return 0;
}

/* value_time() - strtod(3) would also read "inf", "0x1p3" and blanks, and is held to digits and a
 * point */
int value_time(const char *value, uint64_t *ms, struct tb_err *err)
{
	size_t n = strspn(value, "0123456789.");
	char *end = NULL;
	double time = 0;

	if (n)
		time = strtod(value, &end) * unit_ms(value + n);
	if (end != value + n || !(time >= 1) || time > TIME_MAX_MS)
		return tb_err_msg(err, EINVAL,
				  "\"%s\" is no time; write for example 30, 30s, 500ms, 10m or 2h",
				  value);
	*ms = (uint64_t)time;
	return 0;
}

int value_size(const char *value, uint64_t least, uint64_t most, uint64_t *bytes,
	       struct tb_err *err)
{
	uint64_t size;

	if (tb_size_parse(value, &size))
		return tb_err_msg(err, EINVAL,
				  "\"%s\" is not a size; write for example 512KiB, 64MB or 4GiB",
				  value);
	if (size < least || size > most)
		return tb_err_msg(err, EINVAL,
				  "\"%s\" is out of range: from %" PRIu64 " to %" PRIu64 " bytes",
				  value,
				  least, most);
	*bytes = size;
	return 0;
}

int value_number(const char *value, const char *of, const uint64_t bounds[2], uint64_t *out,
		 struct tb_err *err)
{
	size_t n = strspn(value, digits);
	uint64_t number = 0;

	if (n && n < 20 && !value[n])
		number = strtoull(value, NULL, 10);
	if (number < bounds[0] || number > bounds[1])
		return tb_err_msg(err, EINVAL,
				  "\"%s\" is not a number of %s from %" PRIu64 " to %" PRIu64,
				  value, of,
				  bounds[0], bounds[1]);
	*out = number;
	return 0;
}

/* thousandths() - of the digits behind the point; more than three are too many */
static bool thousandths(const char *part, uint64_t *milli)
{
	size_t n = strspn(part, digits);

	if (!n || n > 3 || part[n])
		return false;
	for (size_t i = 0; i < 3; i++) {
		*milli *= 10;
		if (i < n)
			*milli += (uint64_t)(part[i] - '0');
	}
	return true;
}

/* value_cpus() - by digits and not by strtod(3): "0x1p3", "inf" and a locale's comma are no
 * numbers */
int value_cpus(const char *value, uint64_t *milli, struct tb_err *err)
{
	size_t whole = strspn(value, digits);
	uint64_t cpus = 0;
	bool good = whole && whole <= 5;

	if (good)
		cpus = strtoull(value, NULL, 10);
	if (good && value[whole] == '.') {
		good = thousandths(value + whole + 1, &cpus);
	} else {
		good = good && !value[whole];
		cpus *= 1000;
	}
	if (!good || cpus < CPUS_MIN_MILLI || cpus > CPUS_MAX * UINT64_C(1000))
		return tb_err_msg(err, EINVAL,
				  "\"%s\" is not a number of processors from 0.01 to %d, such as 2 "
				  "or 1.5",
				  value, CPUS_MAX);
	*milli = cpus;
	return 0;
}

/* value_hostname() - labels of at most 63 letters, digits and inner hyphens, RFC 1123 section
 * 2.1 */
int value_hostname(const char *value, struct tb_err *err)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	const char *at = value;
	size_t n;

	for (;; at += n + 1) {
		n = strspn(at, letters);
		if (!n || n > LABEL_MAX || at[0] == '-' || at[n - 1] == '-' ||
		    (at[n] && at[n] != '.'))
			return tb_err_msg(err, EINVAL,
					  "\"%s\" is no host name: letters, digits and hyphens, "
					  "parted by dots", value);
		if (!at[n])
			break;
	}
	if (strlen(value) > HOST_NAME_MAX)
		return tb_err_msg(err, EINVAL, "\"%s\" is longer than %d characters", value,
				  HOST_NAME_MAX);
	return 0;
}

int value_word(const char *value, const char *const *words, size_t n, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf list = TB_BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(value, words[i]))
			return (int)i;
		if (i)
			tb_buf_adds(&list, i + 1 < n ? ", " : " nor ");
		tb_buf_addf(&list, "\"%s\"", words[i]);
	}
	return tb_err_msg(err, EINVAL, "\"%s\" is neither %s", value, list.data ? list.data : "");
}

int value_phase(const char *value, struct tb_err *err)
{
	if (pol_phase_ok(value))
		return 0;
	return tb_err_msg(err, EINVAL, "\"%.64s\" is no phase; it is %s", value, POL_PHASES);
}
