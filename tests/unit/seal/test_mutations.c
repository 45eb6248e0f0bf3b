/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_mutations.c - hundreds of changes of a sealed bundle, in every file and of every class: none
 * of them is accepted
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/seal/keys.h"

#define LINES 30
#define MUTATIONS_MIN 450
#define BITS 24			/* places of each file */
#define PLACES 4		/* lines of each file */
#define FILES (TB_ARRAY_SIZE(made_files) - 1)	/* without "x" */

static struct seal_key *ours, *theirs;
static struct seal_trust us = { .keys = &ours, .n = 1, .challenge = "00112233445566ff" };
static struct tb_buf whole[FILES], other[FILES];
static unsigned int mutations, accepted;

/* add_all() - what examiners do, and the seal */
static void add_all(const struct seal_key *key)
{
	const struct note n = { .examiner = "ann", .text = "seen" };
	static const char *const ids[] = { "a1", "b2", "c3", "d4", "e5" };

	for (size_t i = 0; i < TB_ARRAY_SIZE(ids); i++) {
		const struct review_decision d = { .reviewer = "ann", .id = ids[i],
						   .word = REVIEW_CONFIRMED };

		assert_int_equal(note_append(made, "b", &n, NULL), 0);
		assert_int_equal(review_append(made, "b", &d, NULL), 0);
	}
	append(RUN_CAPTURE_FILE, "packets, packets, packets");
	append(RUN_STDERR_FILE, "a\nb\nc\nd\ne\nf\n");
	append(RUN_STDOUT_FILE, "a\nb\nc\nd\ne\nf\n");
	append(RUN_PAGE_FILE, "a\nb\nc\nd\ne\nf\n");
	append(RUN_REPORT_FILE, "a\nb\nc\nd\ne\nf\n");
	seal_with(key);
}

static void keep(struct tb_buf to[FILES])
{
	for (size_t i = 0; i < FILES; i++)
		to[i] = text_of(made_files[i]);
}

static void restore(void)
{
	(void)unlinkat(made, "x", 0);
	for (size_t i = 0; i < FILES; i++)
		put(made_files[i], whole[i].data ? whole[i].data : "", whole[i].len);
}

static int begin(void **state)
{
	ours = new_key();
	theirs = new_key();
	if (made_open(state))
		return -1;
	make(LINES + 1, RUN_COMPLETE);
	append(RUN_STDOUT_FILE, "other\n");
	append(RUN_STDERR_FILE, "other\n");
	append(RUN_PAGE_FILE, "other\n");
	append(RUN_REPORT_FILE, "other\n");
	append(RUN_CAPTURE_FILE, "other\n");
	add_all(ours);
	keep(other);
	make(LINES, RUN_COMPLETE);
	add_all(ours);
	keep(whole);
	return 0;
}

static int end(void **state)
{
	for (size_t i = 0; i < FILES; i++) {
		tb_buf_free(&whole[i]);
		tb_buf_free(&other[i]);
	}
	seal_key_free(ours);
	seal_key_free(theirs);
	return made_remove(state);
}

/* refused() - what was just changed; then all is as it was again */
static void refused_by(const struct seal_trust *trust, const char *what, const char *file,
		       size_t place)
{
	struct seal_check c;

	mutations++;
	assert_int_equal(seal_verify(made, trust, &c, NULL), 0);
	if (!c.wrong.n) {
		accepted++;
		print_message("# accepted: %s, %s, place %zu\n", file, what, place);
	}
	seal_check_clear(&c);
	restore();
}

static void refused(const char *what, const char *file, size_t place)
{
	refused_by(&us, what, file, place);
}

static void control(void)
{
	restore();
	assert_true(is_whole(&us));
}

static void bits(void **state)
{
	(void)state;
	control();
	for (size_t i = 0; i < FILES; i++) {
		for (size_t n = 0; n < BITS && n < whole[i].len; n++) {
			size_t at = whole[i].len * n / BITS;

			whole[i].data[at] ^= (char)(1 << n % 8);
			put(made_files[i], whole[i].data, whole[i].len);
			whole[i].data[at] ^= (char)(1 << n % 8);
			refused("a bit", made_files[i], at);
		}
	}
	assert_int_equal(accepted, 0);
}

static unsigned int count_lines(const struct tb_buf *b)
{
	unsigned int n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->data[i] == '\n';
	return n;
}

/* one_line() - everything that can be done with it and the next one */
static void one_line(const char *name, unsigned int line, const char *foreign)
{
	TB_AUTOFREE char *first = line_of(name, line), *second = line_of(name, line + 1);
	TB_AUTOFREE char *both = NULL;

	instead(name, line, 1, "");
	refused("a line removed", name, line);
	instead(name, line, 1, foreign);
	refused("a line replaced", name, line);
	instead(name, line, 0, foreign);
	refused("a line inserted", name, line);
	if (!strcmp(first, second))
		return;
	assert_return_code(asprintf(&both, "%s%s", second, first), errno);
	instead(name, line, 2, both);
	refused("two lines exchanged", name, line);
	instead(name, line, 0, second);
	refused("a line copied", name, line);
}

static void lines(void **state)
{
	(void)state;
	control();
	for (size_t i = 0; i < FILES; i++) {
		unsigned int n = count_lines(&whole[i]);

		for (unsigned int at = 0; at < PLACES && at + 1 < n; at++)
			one_line(made_files[i], 1 + at * (n - 1) / PLACES, "{\"other\": 1}\n");
	}
	assert_int_equal(accepted, 0);
}

static void ends(void **state)
{
	static const char *const more[] = { "x", "\n", "{}\n" };

	(void)state;
	control();
	for (size_t i = 0; i < FILES; i++) {
		const char *name = made_files[i];

		for (size_t m = 0; m < TB_ARRAY_SIZE(more); m++) {
			append(name, more[m]);
			refused("something appended", name, m);
		}
		cut(name, 1);
		refused("a byte cut", name, 1);
		cut(name, whole[i].len / 2);
		refused("half of it cut", name, whole[i].len / 2);
		put(name, "", 0);
		refused("emptied", name, 0);
		assert_int_equal(unlinkat(made, name, 0), 0);
		refused("removed", name, 0);
		assert_int_equal(unlinkat(made, name, 0), 0);
		assert_int_equal(symlinkat("/dev/null", made, name), 0);
		refused("a link in its place", name, 0);
	}
	append("x", "");
	refused("a file more", "x", 0);
	assert_int_equal(accepted, 0);
}

/* take() - files of the other bundle; @mask: 1u << index in made_files */
static void take(unsigned int mask)
{
	for (size_t i = 0; i < FILES; i++)
		if (mask & 1u << i)
			put(made_files[i], other[i].data ? other[i].data : "", other[i].len);
}

static bool differs(unsigned int mask)
{
	for (size_t i = 0; i < FILES; i++)
		if (mask & 1u << i && (whole[i].len != other[i].len ||
				       memcmp(whole[i].data, other[i].data, whole[i].len) != 0))
			return true;
	return false;
}

static void parts_of_another_bundle(void **state)
{
	const unsigned int all = (1u << FILES) - 1;

	(void)state;
	control();
	for (size_t i = 0; i < FILES; i++) {
		if (differs(1u << i)) {
			take(1u << i);
			refused("taken from another bundle", made_files[i], 0);
			take(all & ~(1u << i));
			refused("all but this taken from another bundle", made_files[i], 0);
		}
		for (size_t j = i + 1; j < FILES; j++) {
			take(1u << i | 1u << j);
			if (differs(1u << i) || differs(1u << j))
				refused("taken with the next", made_files[i], j);
			restore();
		}
	}
	assert_int_equal(accepted, 0);
}

static void other_keys(void **state)
{
	TB_AUTOBUF struct tb_buf theirs_seal = TB_BUF_INIT;

	(void)state;
	control();
	assert_int_equal(unlinkat(made, SEAL_FILE, 0), 0);
	seal_with(theirs);
	theirs_seal = text_of(SEAL_FILE);
	refused("sealed by another key", SEAL_FILE, 0);
	for (unsigned int line = 3; line <= 8; line++) {
		TB_AUTOFREE char *text = NULL;

		if (line == 4 || line == 5)
			continue;
		put(SEAL_FILE, theirs_seal.data, theirs_seal.len);
		text = line_of(SEAL_FILE, line);
		restore();
		instead(SEAL_FILE, line, 1, text);
		refused("a line of the seal by another key", SEAL_FILE, line);
	}
	assert_int_equal(accepted, 0);
}

/* The record changed, and its chain and manifest made anew to fit: only the seal knows. */
static void all_made_anew(void **state)
{
	(void)state;
	control();
	for (unsigned int n = 1; n < 10; n++) {
		TB_AUTOBUF struct tb_buf seal = text_of(SEAL_FILE);

		make(LINES - n, RUN_COMPLETE);
		add_all(theirs);
		put(SEAL_FILE, seal.data, seal.len);
		refused("made anew", REC_EVENTS_FILE, n);
	}
	assert_int_equal(accepted, 0);
}

static void a_challenge_of_another_run(void **state)
{
	const struct seal_trust said = { .keys = &ours, .n = 1, .challenge = "0123456789abcdef" };

	(void)state;
	control();
	refused_by(&said, "replayed", CHAIN_FILE, 0);
	assert_int_equal(accepted, 0);
}

/* Without a seal and without an end: the chain alone holds the record. */
static void lines_of_a_killed_run(void **state)
{
	TB_AUTOBUF struct tb_buf record = TB_BUF_INIT;
	struct seal_check c;

	(void)state;
	make(LINES, RUN_RUNNING);
	record = text_of(REC_EVENTS_FILE);
	for (size_t at = 0; at < record.len; at += record.len / 100) {
		record.data[at] ^= 1;
		put(REC_EVENTS_FILE, record.data, record.len);
		record.data[at] ^= 1;
		mutations++;
		assert_int_equal(seal_verify(made, &nobody, &c, NULL), 0);
		accepted += !c.wrong.n;
		seal_check_clear(&c);
	}
	assert_int_equal(accepted, 0);
}

static void they_were_many(void **state)
{
	(void)state;
	print_message("# %u mutations, %u accepted\n", mutations, accepted);
	assert_true(mutations >= MUTATIONS_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits),
		cmocka_unit_test(lines),
		cmocka_unit_test(ends),
		cmocka_unit_test(parts_of_another_bundle),
		cmocka_unit_test(other_keys),
		cmocka_unit_test(all_made_anew),
		cmocka_unit_test(a_challenge_of_another_run),
		cmocka_unit_test(lines_of_a_killed_run),
		cmocka_unit_test(they_were_many),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
