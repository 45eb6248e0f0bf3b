/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hello.c - server names that are long, and hellos that are encrypted
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "capture/hello.h"
#include "tests/unit/capture/frames.h"

/* hello() - a client hello with a server name and, perhaps, the extension for an encrypted hello
 * after it */
static void hello(struct frame *f, const char *name, size_t len, bool ech)
{
	size_t ext = 9 + len + (ech ? 4 + 10 : 0), body = 2 + 32 + 1 + 2 + 2 + 2 + 2 + ext;

	f->len = 0;
	fr_u8(f, 22);
	fr_u16(f, 0x0301);
	fr_u16(f, (unsigned int)body + 4);
	fr_u32(f, 1u << 24 | (uint32_t)body);
	fr_u16(f, 0x0303);
	memset(f->b + f->len, 0xaa, 32);
	f->len += 32;
	fr_u8(f, 0);
	fr_u16(f, 2);
	fr_u16(f, 0x1301);
	fr_u16(f, 0x0100);
	fr_u16(f, (unsigned int)ext);
	fr_u16(f, 0);
	fr_u16(f, (unsigned int)len + 5);
	fr_u16(f, (unsigned int)len + 3);
	fr_u8(f, 0);
	fr_u16(f, (unsigned int)len);
	fr_bytes(f, name, len);
	if (ech) {
		fr_u16(f, 0xfe0d);
		fr_u16(f, 10);
		fr_bytes(f, "0123456789", 10);
	}
}

static bool read_hello(struct hello *h, const struct frame *f)
{
	return hello_read(h, fr_at_end(f->b, f->len), f->len);
}

static void a_name_of_any_length_is_whole_and_lower_case(void **state)
{
	struct frame f;
	struct hello h;
	char name[256];
	size_t n;

	(void)state;
	memset(name, 'A', sizeof(name));
	for (n = 1; n < 256; n++) {
		hello(&f, name, n, false);
		assert_true(read_hello(&h, &f));
		assert_int_equal(strlen(h.name), n);
		assert_int_equal(h.name[n - 1], 'a');
		assert_false(h.ech);
	}
	hello(&f, name, 256, false);
	assert_true(read_hello(&h, &f));
	assert_string_equal(h.name, "");
	assert_true(h.odd);
}

static void a_name_with_a_nul_is_no_name(void **state)
{
	struct frame f;
	struct hello h;

	(void)state;
	hello(&f, "good.example\0.evil.example", 26, false);
	assert_true(read_hello(&h, &f));
	assert_string_equal(h.name, "");
	assert_true(h.odd);
}

/* NAME_AT - where the extension begins in what hello() makes */
#define NAME_AT (5 + 4 + 2 + 32 + 1 + 4 + 2 + 2)

static void what_readers_of_a_name_may_differ_in_is_odd(void **state)
{
	static const struct { size_t at; uint8_t value; bool odd; } table[] = {
		{ NAME_AT, 0, false },
		{ NAME_AT + 3, 9 + 4, true },	/* the extension is shorter than its list */
		{ NAME_AT + 5, 9 + 2, true },	/* the list, than the extension */
		{ NAME_AT + 5, 9 + 4, true },
		{ NAME_AT + 6, 1, true },	/* another type of name */
		{ NAME_AT + 8, 8, true },	/* a byte behind the name */
		{ NAME_AT + 8, 10, true },
		{ NAME_AT + 8, 0, true },
		{ NAME_AT - 1, 9 + 8, true },	/* all extensions: one byte too few */
		{ NAME_AT - 1, 9 + 10, true },
		{ 8, 200, true },		/* the hello is cut */
	};
	struct frame f;
	struct hello h;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		hello(&f, "a.example", 9, false);
		f.b[table[i].at] = table[i].value;
		assert_true(read_hello(&h, &f));
		assert_int_equal(h.odd, table[i].odd);
	}
	hello(&f, "a.example", 9, false);		/* two of them */
	f.b[4] = (uint8_t)(f.b[4] + 18);
	f.b[8] = (uint8_t)(f.b[8] + 18);
	f.b[NAME_AT - 1] = (uint8_t)(f.b[NAME_AT - 1] + 18);
	fr_bytes(&f, f.b + NAME_AT, 18);
	assert_true(read_hello(&h, &f));
	assert_string_equal(h.name, "a.example");
	assert_true(h.odd);
}

static void an_encrypted_hello_is_noticed(void **state)
{
	struct frame f;
	struct hello h;

	(void)state;
	hello(&f, "cover.example", 13, true);
	assert_true(read_hello(&h, &f));
	assert_true(h.ech);
	assert_false(h.odd);
	assert_string_equal(h.name, "cover.example");
}

static void what_is_no_client_hello_is_left_alone(void **state)
{
	struct frame f;
	struct hello h;

	(void)state;
	hello(&f, "a.example", 9, true);
	f.b[0] = 23;
	assert_false(read_hello(&h, &f));
	f.b[0] = 22;
	f.b[5] = 2;
	assert_false(read_hello(&h, &f));
	assert_false(hello_read(&h, NULL, 0));
}

static void hellos_cut_or_lying_anywhere_are_harmless(void **state)
{
	struct frame f, g;
	struct hello h;
	size_t n, value;

	(void)state;
	hello(&f, "cover.example", 13, true);
	for (n = 0; n < f.len; n++) {
		(void)hello_read(&h, fr_at_end(f.b, n), n);
		for (value = 0; value < 256; value += 17) {
			g = f;
			g.b[n] = (uint8_t)value;
			(void)read_hello(&h, &g);
		}
	}
	assert_true(read_hello(&h, &f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_of_any_length_is_whole_and_lower_case),
		cmocka_unit_test(a_name_with_a_nul_is_no_name),
		cmocka_unit_test(what_readers_of_a_name_may_differ_in_is_odd),
		cmocka_unit_test(an_encrypted_hello_is_noticed),
		cmocka_unit_test(what_is_no_client_hello_is_left_alone),
		cmocka_unit_test(hellos_cut_or_lying_anywhere_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
