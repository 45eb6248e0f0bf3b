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

static void what_is_behind_the_hello_is_none_of_it(void **state)
{
	struct frame f;
	struct hello h;

	(void)state;
	hello(&f, "cover.example", 13, true);	/* the last extension: 14 bytes */
	f.b[4] -= 14;			/* behind the record */
	assert_true(read_hello(&h, &f));
	assert_string_equal(h.name, "cover.example");
	assert_false(h.ech);
	f.b[4] += 14;
	f.b[8] -= 14;			/* in the record, behind the hello */
	assert_true(read_hello(&h, &f));
	assert_string_equal(h.name, "cover.example");
	assert_false(h.ech);
}

/* put() - a record of type @type with @len bytes of @body */
static size_t put(uint8_t *out, uint8_t type, const uint8_t *body, size_t len)
{
	const uint8_t head[5] = { type, 3, 1, (uint8_t)(len >> 8), (uint8_t)len };

	memcpy(out, head, 5);
	memcpy(out + 5, body, len);
	return 5 + len;
}

static uint8_t joined[HELLO_MAX];
static size_t joined_size;

static enum hello_state join(const uint8_t *data, size_t len)
{
	return hello_join(data, len, joined, &joined_size);
}

static void the_longest_hello_is_joined_and_a_longer_one_is_none(void **state)
{
	static uint8_t body[16384] = { 1, 0, 0x3f, 0xfc }, data[2 * HELLO_MAX];
	size_t n;

	(void)state;
	for (size_t i = 4; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 7);
	n = put(data, 22, body, 3);
	assert_int_equal(join(data, n), HELLO_MORE);
	n += put(data + n, 22, body + 3, 9000);
	assert_int_equal(join(data, n), HELLO_MORE);
	n += put(data + n, 22, body + 9003, sizeof(body) - 9003);
	assert_int_equal(join(data, n - 1), HELLO_MORE);
	assert_int_equal(join(data, n), HELLO_WHOLE);
	assert_int_equal(joined_size, HELLO_MAX);
	assert_memory_equal(joined, "\x16\3\1\x40\0", 5);
	assert_memory_equal(joined + 5, body, sizeof(body));
	data[5 + 3 + 5] = 0xfd;			/* the last byte of its length: one more */
	assert_int_equal(join(data, n), HELLO_BROKEN);
	data[5 + 3 + 5] = 0xfb;			/* one less: what is behind it is cut off */
	assert_int_equal(join(data, n), HELLO_WHOLE);
	assert_int_equal(joined_size, HELLO_MAX - 1);
}

static void records_that_are_no_hello_are_told_apart(void **state)
{
	static const uint8_t body[] = { 1, 0, 0, 4, 'a', 'b', 'c', 'd' }, other[] = { 2, 0, 0, 0 };
	uint8_t data[64];
	size_t n;

	(void)state;
	assert_int_equal(join(NULL, 0), HELLO_NONE);
	assert_int_equal(join((const uint8_t *)"\x16", 1), HELLO_MORE);
	assert_int_equal(join((const uint8_t *)"\x16\2", 2), HELLO_NONE);
	assert_int_equal(join((const uint8_t *)"\x17\3\1", 3), HELLO_NONE);
	assert_int_equal(join(data, put(data, 22, other, 4)), HELLO_NONE);
	n = put(data, 22, body, 5);
	assert_int_equal(join(data, n + put(data + n, 22, body + 5, 3)), HELLO_WHOLE);
	assert_int_equal(join(data, n + put(data + n, 23, body + 5, 3)), HELLO_BROKEN);
	data[n] = 22;
	data[n + 1] = 2;
	assert_int_equal(join(data, n + 8), HELLO_BROKEN);
	assert_int_equal(join(data, n + put(data + n, 22, body, 0)), HELLO_BROKEN);
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
		cmocka_unit_test(what_is_behind_the_hello_is_none_of_it),
		cmocka_unit_test(the_longest_hello_is_joined_and_a_longer_one_is_none),
		cmocka_unit_test(records_that_are_no_hello_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
