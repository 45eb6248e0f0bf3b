/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bundle_no_memory.c - every single allocation fails once: a manifest, a review or a bundle is
 * whole or there is none, and nothing is leaked in either case
 *
 * Linked with --wrap for the allocating functions.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bundle/manifest.h"
#include "tcbox/bundle.h"
#include "tcbox/details.h"
#include "tcbox/file.h"
#include "tcbox/finding.h"
#include "tcbox/own.h"
#include "tcbox/review.h"
#include "tests/unit/leaks.h"
#include "tests/unit/no_memory.h"

static const char manifest[] =
	"{\"tcbox_run\":1,\"state\":\"complete\",\"error\":\"e\",\"hostname\":\"h\",\"uid\":7,"
	"\"argv\":[\"a\",\"b\"],\"cwd\":\"/\",\"env\":[\"X\"],\"binds\":[\"/a:/b\"],\"net\":\"sim\","
	"\"policy_path\":\"p\",\"files\":[{\"path\":\"f\",\"size\":3,\"sha256_before\":\"00\","
	"\"sha256_after\":\"11\"},{\"path\":\"g\"}],\"degraded\":[\"d\"],\"reduced\":[\"r\"],"
	"\"counters\":{\"net.flows\":1,\"lab.served\":2}}";

#define DECISION(id, rest) \
	"{\"time\":\"2026-11-29T10:15:02.123456789Z\",\"reviewer\":\"ann\",\"id\":\"" id "\"," rest "}\n"
static const char review[] =
	DECISION("02", "\"decision\":\"accepted\",\"reason\":\"x\",\"until\":\"2027-01-31\"")
	DECISION("01", "\"decision\":\"confirmed\",\"reason\":null,\"until\":null")
	DECISION("02", "\"decision\":\"question\",\"reason\":\"y\",\"until\":null");
static const char earlier[] =
	DECISION("03", "\"decision\":\"false-alarm\",\"reason\":\"z\",\"until\":null")
	DECISION("01", "\"decision\":\"question\",\"reason\":\"z\",\"until\":null");

/* One thing that allocates, in the present directory; what it made is gone when it returns. */
typedef int act_fn(struct tb_err *err);

/* fail_each() - Return: how many allocations @act makes. Each that fails is told */
static unsigned int fail_each(act_fn *act)
{
	unsigned int n;

	for (n = 1; n < 10000; n++) {
		struct tb_err err = { 0, "" };
		bool done;
		int ret;

		countdown = n;
		ret = act(&err);
		done = countdown;	/* fewer than n allocations: nothing failed */
		countdown = 0;
		if (done) {
			assert_int_equal(ret, 0);
			return n - 1;
		}
		assert_int_equal(ret, -ENOMEM);
		assert_int_equal(err.code, ENOMEM);
	}
	fail_msg("never done");
	return 0;
}

static int read_manifest(struct tb_err *err)
{
	struct run_info r;
	int ret = rec_manifest_parse(manifest, strlen(manifest), &r, err);

	if (ret) {
		assert_true(!r.argv && !r.argc && !r.files && !r.nfiles && !r.counters && !r.error);
		return ret;
	}
	assert_int_equal(r.argc, 2);
	assert_int_equal(r.nfiles, 2);
	assert_string_equal(r.files[0].sha256_after, "11");
	assert_int_equal(r.ncounters, 2);
	run_info_clear(&r);
	return 0;
}

static int write_manifest(struct tb_err *err)
{
	static char text[300];
	struct run_info r = { .state = RUN_COMPLETE, .error = text };
	int ret;

	memset(text, 'x', sizeof(text) - 1);
	ret = run_info_write(AT_FDCWD, &r, err);
	assert_int_equal(unlink(RUN_FILE), ret ? -1 : 0);
	return ret;
}

static int add_sentences(struct tb_err *err)
{
	struct run_info r = { 0 };
	int ret = run_degraded(&r, "one", err);

	if (!ret)
		ret = run_degraded(&r, "two", err);
	if (!ret)
		ret = run_reduced(&r, "three", err);
	assert_int_equal(r.ndegraded + r.nreduced == 3, !ret);
	for (size_t i = 0; i < r.ndegraded; i++)
		assert_string_equal(r.degraded[i], i ? "two" : "one");
	run_info_clear(&r);
	return ret;
}

static int parse_review(struct tb_err *err)
{
	struct review r;
	int ret = review_parse("f", review, strlen(review), &r, err);

	assert_int_equal(r.n, ret ? 0 : 2);
	if (ret)
		assert_true(!r.v && !r.pool);
	review_clear(&r);
	return ret;
}

static int read_review(struct tb_err *err)
{
	struct tb_err other = { 0 };
	struct review r;
	int ret;

	assert_int_equal(tb_write_file(AT_FDCWD, REVIEW_FILE, review, strlen(review), &other), 0);
	ret = review_read(AT_FDCWD, "here", &r, err);
	assert_int_equal(r.n, ret ? 0 : 2);
	review_clear(&r);
	if (!ret) {
		ret = review_read_file(REVIEW_FILE, &r, err);
		assert_int_equal(r.n, ret ? 0 : 2);
		review_clear(&r);
	}
	assert_int_equal(unlink(REVIEW_FILE), 0);
	return ret;
}

/* The pool has room for all that is carried here: only the list can fail. */
static int carry(struct tb_err *err)
{
	struct review r, old;
	struct tb_err other = { 0 };
	unsigned int n = countdown;
	int ret;

	countdown = 0;
	assert_int_equal(review_parse("f", review, strlen(review), &r, &other), 0);
	assert_int_equal(review_parse("f", earlier, strlen(earlier), &old, &other), 0);
	countdown = n;
	ret = review_carry(&r, &old, err);
	assert_int_equal(r.n, ret ? 2 : 3);
	review_clear(&old);
	review_clear(&r);
	return ret;
}

static int append(struct tb_err *err)
{
	static char reason[1500];
	const struct review_decision d = {
		.reviewer = "ann", .id = "01", .word = REVIEW_ACCEPTED, .reason = reason,
	};
	struct stat st;
	int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	memset(reason, 'x', sizeof(reason) - 1);
	assert_true(dir >= 0);
	ret = review_append(dir, "here", &d, err);
	if (!ret)
		ret = review_append(dir, "here", &d, err);
	/* whole lines only */
	if (!stat(REVIEW_FILE, &st)) {
		assert_true(st.st_size == 0 || st.st_size > 1500);
		if (!ret)
			assert_true(st.st_size > 3000);
		assert_int_equal(unlink(REVIEW_FILE), 0);
	}
	assert_int_equal(close(dir), 0);
	return ret;
}

static int add_details(struct tb_err *err)
{
	struct fnd_details d = { 0 };
	bool good = fnd_details_add(&d, FND_KEY_COUNT, NULL, 7) &&
		    fnd_details_add(&d, FND_KEY_NAME, "one", 0);

	for (int i = 0; good && i < 20; i++)
		good = fnd_details_add(&d, FND_KEY_PATH, "two", 0);
	if (good)
		assert_int_equal(d.n, 22);
	for (size_t i = 1; i < d.n; i++)
		assert_string_equal(d.v[i].text, i == 1 ? "one" : "two");
	fnd_details_free(&d);
	return good ? 0 : tb_err_set(err, ENOMEM, "add details");
}

static int create(struct tb_err *err)
{
	struct bundle b;
	int ret = bundle_create(&b, "made", "agent", err);

	if (!ret) {
		assert_int_equal(unlinkat(b.dir, RUN_RESERVE_FILE, 0), 0);
		assert_int_equal(unlinkat(b.dir, RUN_CAPTURE_FILE, 0), 0);
		assert_int_equal(unlinkat(b.dir, RUN_STDOUT_FILE, 0), 0);
		assert_int_equal(unlinkat(b.dir, RUN_STDERR_FILE, 0), 0);
		assert_int_equal(rmdir("made"), 0);
	}
	assert_int_equal(access("made", F_OK), -1);	/* what could not be begun is no bundle */
	bundle_close(&b);
	return ret;
}

static const struct {
	act_fn *act;
	unsigned int least;
	bool waits;		/* for the disk: not to be done often */
} acts[] = {
	{ read_manifest, 20, false }, { write_manifest, 2, true }, { add_sentences, 5, false },
	{ parse_review, 5, false }, { read_review, 10, true }, { carry, 1, false },
	{ append, 3, true }, { add_details, 22, false }, { create, 1, false },
};

static void what_fails_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(acts); i++)
		if (fail_each(acts[i].act) < acts[i].least)
			fail_msg("act %zu allocates less than is thought here", i);
}

static act_fn *tried;

static void fail_each_of_it(void)
{
	(void)fail_each(tried);
}

static void what_fails_leaks_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(acts); i++) {
		tried = acts[i].act;
		if (!acts[i].waits && leaks(fail_each_of_it))
			fail_msg("act %zu leaks", i);
	}
}

/* fill() - a result of which each part is there more than once. */
static struct fnd_result *fill(void)
{
	struct fnd_result *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->findings = calloc(3, sizeof(*r->findings));
	r->rules = calloc(3, sizeof(*r->rules));
	r->gaps = calloc(3, sizeof(*r->gaps));
	r->procs = calloc(3, sizeof(*r->procs));
	r->shares = calloc(3, sizeof(*r->shares));
	r->flows = calloc(3, sizeof(*r->flows));
	r->changes = calloc(3, sizeof(*r->changes));
	assert_true(r->findings && r->rules && r->gaps && r->procs);
	assert_true(r->shares && r->flows && r->changes);
	r->nfindings = r->nrules = r->ngaps = r->nprocs = r->nshares = r->nchanges = 2;
	for (size_t i = 0; i < 2; i++) {
		struct fnd *f = &r->findings[i];

		for (size_t j = 0; j < FND_SEEN_MAX; j++) {
			assert_true(fnd_details_add(&f->seen[j].details, FND_KEY_NAME, "o", 0));
			assert_true(fnd_details_add(&f->seen[j].differs, FND_KEY_NAME, "x", 0));
		}
		f->objects.v = calloc(3, sizeof(*f->objects.v));
		assert_non_null(f->objects.v);
		f->objects.n = 2;
		f->objects.v[0] = strdup("1");
		f->objects.v[1] = strdup("2");
		f->program = strdup("p");
		f->declared = strdup("d");
		f->nearest = strdup("n");
		f->object = strdup("o");
		r->rules[i].id = strdup("i");
		r->rules[i].why = strdup("w");
		assert_true(fnd_details_add(&r->gaps[i].details, FND_KEY_SAID, "y", 0));
		r->procs[i].exe = strdup("e");
		r->procs[i].sha256 = strdup("s");
		r->procs[i].cmdline = strdup("c");
		r->changes[i].op = strdup("created");
		r->changes[i].path = strdup("/a");
		r->changes[i].type = strdup("file");
		r->changes[i].sha256 = strdup("00");
		r->changes[i].target = strdup("b");
	}
	return r;
}

static void free_result(void)
{
	fnd_result_free(fill());
}

static void a_result_is_freed_with_everything_in_it(void **state)
{
	(void)state;
	assert_false(leaks(free_result));
	fnd_result_free(NULL);
}

static char dir[] = "/tmp/tcbox-test-memory.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return !mkdtemp(dir) || chdir(dir);
}

static int clean_up(void **state)
{
	(void)state;
	return chdir("/") || rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fails_is_told),
		cmocka_unit_test(what_fails_leaks_nothing),
		cmocka_unit_test(a_result_is_freed_with_everything_in_it),
	};

	return cmocka_run_group_tests(tests, set_up, clean_up);
}
