/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cmp_no_memory.c - every single allocation of the comparison fails once: it says so, and
 * nothing is leaked
 *
 * Linked with --wrap for the allocating functions. Leaks show in the build with the address
 * sanitizer.
 */
#include <errno.h>

#include "tests/unit/no_memory.h"
#include "tests/unit/policy/compare/story.h"

int __real_vasprintf(char **out, const char *fmt, va_list ap);
int __wrap_vasprintf(char **out, const char *fmt, va_list ap);

int __attribute__((format(printf, 2, 0))) __wrap_vasprintf(char **out, const char *fmt, va_list ap)
{
	return fails() ? -1 : __real_vasprintf(out, fmt, ap);
}

/* A record with something for each part of the comparison. */
static const char *const lines[] = {
	"\"k\":\"canary\",\"src\":\"run\",\"name\":\"c.example\",\"stage\":\"planned\"",
	"\"k\":\"proc\",\"src\":\"box\",\"proc\":2,\"role\":\"product\",\"pid\":3",
	"\"k\":\"exec\",\"src\":\"box\",\"proc\":2,\"path\":\"/a\",\"exe\":\"/a\",\"argv\":[\"a\",\"b\"],\"sha256\":\"aa\"",
	"\"k\":\"exec\",\"src\":\"box\",\"proc\":2,\"path\":\"/b\",\"exe\":\"/b\",\"argv\":[\"b\"],\"sha256\":\"bb\"",
	"\"k\":\"exec\",\"src\":\"box\",\"proc\":2,\"path\":\"/b\",\"exe\":\"/b\",\"argv\":[\"b\"],\"sha256\":\"cc\"",
	"\"k\":\"sock\",\"src\":\"box\",\"proc\":2,\"call\":\"connect\",\"proto\":\"tcp\",\"local\":\"192.0.2.1:5\","
	"\"remote\":\"192.0.2.9:80\"",
	"\"k\":\"sock\",\"src\":\"box\",\"proc\":2,\"call\":\"connect\",\"proto\":\"tcp\",\"local\":\"192.0.2.1:6\","
	"\"remote\":\"192.0.2.8:80\"",
	"\"k\":\"sock\",\"src\":\"box\",\"proc\":2,\"call\":\"listen\",\"proto\":\"tcp\",\"local\":\"0.0.0.0:80\"",
	"\"k\":\"sock\",\"src\":\"box\",\"proc\":2,\"call\":\"socket\",\"proto\":\"family-40\","
	"\"outcome\":\"denied\",\"error\":\"EPERM\"",
	"\"k\":\"call\",\"src\":\"box\",\"proc\":2,\"call\":\"mount\",\"group\":\"mount\",\"outcome\":\"denied\"",
	"\"k\":\"file\",\"src\":\"box\",\"proc\":2,\"op\":\"rename\",\"path\":\"/x/../y\",\"path2\":\"/z\"",
	"\"k\":\"file\",\"src\":\"box\",\"proc\":2,\"op\":\"mkdir\",\"path\":\"/w\"",
	"\"k\":\"file\",\"src\":\"box\",\"proc\":2,\"op\":\"create\",\"path\":\"/w/x/y\"",
	"\"k\":\"lookup\",\"src\":\"lab\",\"name\":\"l.example\",\"type\":\"A\",\"rcode\":\"NOERROR\","
	"\"addrs\":[\"192.0.2.9\",\"192.0.2.7\"]",
	"\"k\":\"flow\",\"src\":\"net\",\"id\":1,\"proto\":\"tcp\",\"local\":\"192.0.2.1:5\","
	"\"remote\":\"192.0.2.9:80\",\"first\":5,"
	"\"pkts_out\":2,\"app\":\"tls\",\"sni\":\"m.example\"",
	"\"k\":\"flow\",\"src\":\"net\",\"id\":2,\"proto\":\"tcp\",\"local\":\"192.0.2.1:6\","
	"\"remote\":\"192.0.2.66:80\",\"first\":5",
	"\"k\":\"flow\",\"src\":\"net\",\"id\":3,\"proto\":\"udp\",\"local\":\"192.0.2.1:7\","
	"\"remote\":\"192.0.2.9:90\",\"first\":5",
	"\"k\":\"loss\",\"src\":\"net\",\"what\":\"flows\",\"detail\":\"some\",\"count\":1",
	"\"k\":\"counters\",\"src\":\"capture\",\"values\":{\"packets_captured\":9,\"packets_unaccounted\":1},\"final\":true",
};

static const char policy_text[] =
	"{\"tcbox_policy\":1,\"product\":{\"vendor\":\"v\",\"name\":\"n\","
				  "\"version\":\"1\"},\"connections\":["
	"{\"id\":\"a\",\"process\":\"/b\",\"to\":[\"l.example\",\"*.m.example\",\"192.0.2.64/26\"],"
	"\"limits\":{\"connections\":1},"
	"\"application\":\"dns\"},{\"id\":\"q\",\"to\":[\"q.example\"],\"required\":true}],\"names\":[\"n.example\"],"
	"\"executes\":[\"/c\"],"
	"\"files\":{\"write\":[\"/w/x/**\"]},"
	"\"undeclared\":{\"files\":\"violation\"}}";

/* length() - of all details */
static size_t length(const struct fnd_details *f)
{
	size_t n = f->n;

	for (size_t i = 0; i < f->n; i++)
		n += f->v[i].text ? strlen(f->v[i].text) : f->v[i].n;
	return n;
}

/* What a result is told apart by: how many findings, gaps, rules, processes and shares, how grave
 * they are and how long their texts. */
static size_t weight(const struct fnd_result *r)
{
	size_t n = r->nfindings + r->ngaps * 100 + r->nrules * 1000 + r->nprocs * 10000 +
		   r->nshares * 100000;

	for (size_t i = 0; i < r->nfindings; i++) {
		const struct fnd *f = &r->findings[i];

		n += 1000000 * (strlen(f->object) + 1000 * f->severity);
		for (size_t j = 0; j < f->nseen; j++)
			n += 1000000 * (length(&f->seen[j].details) + length(&f->seen[j].differs));
	}
	return n;
}

static size_t result;	/* weight of the last one */

/* compare() - everything once. Return: 0 or -ENOMEM */
static int compare(void)
{
	const struct run_info run = { .state = RUN_COMPLETE, .net = RUN_NET_SIM };
	const struct rec_read_stats stats = { .bad_lines = 1 };
	struct fnd_result nobody, *r = NULL;
	struct tb_err err = { 0 };
	struct cmp_input in = { .policy = story.policy, .run = &run, .stats = &stats };
	struct evd *e = evd_new(&test_net);
	char line[512];
	struct ev ev;
	int ret = e ? 0 : -ENOMEM, len;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]) && !ret; i++) {
		unsigned int hold = countdown;

		countdown = 0;		/* the reader of events is tested elsewhere */
		len = snprintf(line, sizeof(line), "{%s,\"n\":%zu,\"t\":%zu}", lines[i], i + 1, i);
		assert_int_equal(ev_parse(line, (size_t)len, &ev, &err), 0);
		countdown = hold;
		ret = evd_feed(e, &ev);
		ev_clear(&ev);
	}
	if (!ret)
		ret = evd_finish(e, &in.evidence, &err);
	if (!ret) {
		r = &nobody;		/* nothing of it may stay */
		ret = cmp_compare(&in, &r, &err);
	}
	assert_int_equal(r == NULL, ret != 0);
	if (!ret)
		result = weight(r);
	fnd_result_free(r);
	evd_free(e);
	return ret;
}

static void every_allocation_that_fails_is_noticed(void **state)
{
	struct tb_err err = { 0 };
	unsigned int n, coped = 0;
	size_t whole;
	int ret = -1;

	(void)state;
	assert_int_equal(pol_parse("p", policy_text, sizeof(policy_text) - 1, &story.policy, &err),
			 0);
	assert_int_equal(compare(), 0);
	whole = result;
	for (n = 1; n < 20000; n++) {
		countdown = n;
		ret = compare();
		if (countdown)
			break;		/* fewer than n allocations: nothing failed */
		coped += ret == 0;	/* there is another way, and the result is the same */
		if (ret == 0)
			assert_int_equal(result, whole);
		else
			assert_int_equal(ret, -ENOMEM);
	}
	countdown = 0;
	assert_int_equal(ret, 0);
	assert_in_range(n, 200, 19999);
	assert_in_range(coped, 0, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_allocation_that_fails_is_noticed, clean_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
