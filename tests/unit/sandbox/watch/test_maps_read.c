/* SPDX-License-Identifier: Apache-2.0 */
/* test_maps_read.c - lines of /proc/PID/maps, of which the product chooses a part */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/maps_read.h"
#include "sandbox/watch/target.h"

#define AT "7f0000000000-7f0000001000 "
#define LONG (TGT_PATH_MAX + 127)	/* bytes of a line that are read */

/* made() - a file of a line whose path is @fill bytes and then @end, and one line more */
static void made(char *name, size_t fill, const char *end)
{
	int fd = mkstemp(name);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	assert_non_null(f);
	(void)fputs(AT "r--p 00000000 08:01 77 /", f);
	for (size_t i = 0; i < fill; i++)
		(void)fputc('a', f);
	(void)fprintf(f, "%s\n" AT "r-xp 00000000 08:01 78 /lib/x.so\n", end);
	assert_int_equal(fclose(f), 0);
}

static void the_end_of_a_long_path_is_no_line(void **state)
{
	(void)state;
	/* wherever the buffer ends */
	for (size_t fill = LONG - 64; fill < LONG + 64; fill++) {
		char name[] = "/tmp/tcbox-maps-XXXXXX";

		made(name, fill, "7f00 r-xp 0 fe:01 1234");
		assert_false(maps_has_code(name, "fe:01 1234"));
		assert_false(maps_has_code(name, "08:01 77"));
		assert_true(maps_has_code(name, "08:01 78"));
		assert_int_equal(unlink(name), 0);
	}
}

struct seen {
	size_t whole, cut, stop;
};

static bool count(void *arg, char *line, bool whole)
{
	struct seen *s = arg;

	assert_int_equal(strncmp(line, AT, strlen(AT)), 0);
	if (whole)
		s->whole++;
	else
		s->cut++;
	return s->whole + s->cut != s->stop;
}

static void each_line_is_told_once(void **state)
{
	char name[] = "/tmp/tcbox-maps-XXXXXX";
	struct seen s = { 0 }, first = { .stop = 1 }, little = { 0 }, none = { 0 };

	(void)state;
	made(name, 2 * LONG, "");
	assert_true(maps_read(name, SIZE_MAX, count, &s));
	assert_int_equal(s.whole, 1);
	assert_int_equal(s.cut, 1);
	assert_true(maps_read(name, SIZE_MAX, count, &first));
	assert_int_equal(first.whole + first.cut, 1);
	/* the rest of a line counts, too */
	assert_false(maps_read(name, 2 * LONG, count, &little));
	assert_int_equal(little.whole, 0);
	assert_int_equal(unlink(name), 0);
	assert_true(maps_read(name, SIZE_MAX, count, &none));
	assert_int_equal(none.whole + none.cut, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_of_a_long_path_is_no_line),
		cmocka_unit_test(each_line_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
