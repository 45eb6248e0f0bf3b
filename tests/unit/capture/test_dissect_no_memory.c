/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dissect_no_memory.c - every single allocation of the dissector fails once: it says so, or
 * counts what is lost, and goes on
 *
 * Linked with --wrap for the allocating functions. Leaks show in the build with the address
 * sanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "capture/dissect.h"
#include "capture/pcapng_read.h"
#include "tests/unit/capture/frames.h"

static unsigned int countdown;	/* 0: nothing fails; 1: the next allocation fails */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

static bool fails(void)
{
	return countdown && !--countdown;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

struct seen {
	uint64_t flows, ended, lookups, names, names_lost, unknown;
};

static int on_event(void *arg, struct ev *ev)
{
	struct seen *s = arg;

	if (ev->kind == EV_FLOW) {
		s->flows += !ev->u.flow.end;
		s->ended += ev->u.flow.end;
		s->names += ev->u.flow.end ? ev->u.flow.names.n : 0;
		s->unknown += ev->u.flow.end && !strcmp(ev->u.flow.app, "unknown");
	}
	s->lookups += ev->kind == EV_LOOKUP;
	for (size_t i = 0; ev->kind == EV_COUNTERS && i < ev->u.counters.n; i++)
		if (!strcmp(ev->u.counters.v[i].name, "names_lost"))
			s->names_lost = ev->u.counters.v[i].value;
	return 0;
}

static int feed_frame(void *arg, const struct pkt_frame *f)
{
	return dissect_feed(arg, f);
}

/* dissect() - a stored capture, where the @nth allocation fails. Return: what the dissector said */
static int dissect(const char *path, unsigned int nth, struct seen *s)
{
	struct dissect_options opt = { .sink = { on_event, s, 0 }, .box = fr_box() };
	struct tb_err err = { 0 };
	struct dissect *d;
	int rc;

	memset(s, 0, sizeof(*s));
	countdown = nth;
	d = dissect_new(&opt);
	if (!d) {
		countdown = 0;
		return -ENOMEM;
	}
	rc = capt_read_file(path, feed_frame, d, NULL, &err);
	if (!rc)
		rc = dissect_end(d);
	dissect_free(d);
	return rc;
}

static void every_allocation_fails_once(const char *path)
{
	struct seen all, some;
	unsigned int n, refused = 0, went_on = 0;
	int rc;

	assert_int_equal(dissect(path, 0, &all), 0);
	for (n = 1; ; n++) {
		rc = dissect(path, n, &some);
		if (countdown) {		/* there are not that many */
			countdown = 0;
			break;
		}
		assert_true(rc == 0 || rc == -ENOMEM);
		if (rc) {
			refused++;
			continue;
		}
		/* Not one flow or lookup is missing; what is, is a name that is counted or what a
		 * flow spoke. */
		went_on++;
		assert_int_equal(some.flows, all.flows);
		assert_int_equal(some.ended, all.ended);
		assert_int_equal(some.lookups, all.lookups);
		assert_true(some.names == all.names || some.names_lost);
		assert_true(some.names == all.names || some.names < all.names);
		assert_true(some.names_lost <= 1);
	}
	assert_true(n > 20);
	assert_true(refused > 5);
	assert_true(went_on > 2);
}

static void lookups(void **state)
{
	(void)state;
	every_allocation_fails_once("tests/captures/dns.pcapng");
}

static void tls(void **state)
{
	(void)state;
	every_allocation_fails_once("tests/captures/tls.pcapng");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups),
		cmocka_unit_test(tls),
	};

	return cmocka_run_group_tests_name("dissect without memory", tests, NULL, NULL);
}
