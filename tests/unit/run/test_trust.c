/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_trust.c - the files and variables that make the lab look like the internet
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "run/trust.h"
#include "tests/unit/run/tree.h"

#define PEM "-----BEGIN CERTIFICATE-----\ncnVu\n-----END CERTIFICATE-----\n"
#define OWN_PEM "-----BEGIN CERTIFICATE-----\nb3du\n-----END CERTIFICATE-----\n" \
	"-----BEGIN CERTIFICATE-----\n*damaged*\n-----END CERTIFICATE-----\n"
#define CERTS "/etc/ssl/certs/ca-certificates.crt"
#define USUAL "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n" \
	"ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"

static struct run_options o;
static struct trust t;
static struct tb_err err;

static int begin(void **state)
{
	(void)state;
	run_options_init(&o);
	err = (struct tb_err){ 0 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	trust_clear(&t);
	run_options_clear(&o);
	return 0;
}

/* is() - the file number @i */
static void is(size_t i, const char *path, const char *data)
{
	assert_true(i < t.nfiles);
	assert_string_equal(t.files[i].path, path);
	assert_int_equal(t.files[i].len, strlen(data));
	assert_memory_equal(t.files[i].data, data, strlen(data));
	assert_int_equal(t.files[i].mode, 0644);
}

static void prepare(const char *pem)
{
	if (trust_prepare(&t, pem, &o, &err) ||
	    (pem && trust_authority(&t, pem, "0123abcd.0", &err)))
		fail_msg("%s", err.msg);
}

static void without_a_lab_there_are_names_only(void **state)
{
	char hosts[1024];
	struct utsname u;

	(void)state;
	assert_int_equal(uname(&u), 0);
	prepare(NULL);
	assert_int_equal(t.nfiles, 2);
	(void)snprintf(hosts, sizeof(hosts), "127.0.1.1\t%s", u.nodename);
	assert_memory_equal(t.files[0].data, hosts, strlen(hosts));
	assert_non_null(strstr(t.files[0].data, "\n" USUAL));
	assert_string_equal(t.files[0].path, "/etc/hosts");
	is(1, "/etc/resolv.conf", "nameserver 198.19.255.1\nnameserver 2001:db8:ffff::1\n");
	assert_null(t.env[0]);
}

static void a_name_that_was_asked_for_is_in_both_files(void **state)
{
	(void)state;
	o.identity.hostname = "box.acme.example";
	prepare(NULL);
	assert_int_equal(t.nfiles, 3);
	is(0, "/etc/hosts", "127.0.1.1\tbox.acme.example\tbox\n" USUAL);
	is(1, "/etc/hostname", "box.acme.example\n");
	trust_clear(&t);
	o.identity.hostname = "plain";
	prepare(NULL);
	is(0, "/etc/hosts", "127.0.1.1\tplain\n" USUAL);
	is(1, "/etc/hostname", "plain\n");
}

static void the_runs_authority_comes_behind_the_products_own(void **state)
{
	(void)state;
	o.root = strdup(in_tree("root"));
	prepare(PEM);
	assert_int_equal(t.nfiles, 3);		/* its hosts are left alone */
	is(0, "/etc/resolv.conf", "nameserver 198.19.255.1\nnameserver 2001:db8:ffff::1\n");
	is(1, CERTS, "own\n" PEM);
	is(2, "/etc/ssl/certs/0123abcd.0", PEM);
}

static void in_a_root_without_certificates_there_is_the_runs_only(void **state)
{
	(void)state;
	o.root = strdup(in_tree("bare"));
	o.identity.hostname = "plain";
	prepare(PEM);
	assert_int_equal(t.nfiles, 5);
	is(0, "/etc/hosts", "127.0.1.1\tplain\n");
	is(1, "/etc/hostname", "plain\n");
	is(3, CERTS, PEM);
}

static void a_name_comes_before_the_roots_hosts(void **state)
{
	(void)state;
	o.root = strdup(in_tree("root"));
	o.identity.hostname = "plain";
	prepare(NULL);
	is(0, "/etc/hosts", "127.0.1.1\tplain\n203.0.113.9 own.example\n");
}

static void programs_are_told_where_the_certificates_are(void **state)
{
	static const char *const names[] = {
		"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO",
		"NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE", "PIP_CERT", "CARGO_HTTP_CAINFO",
		"DENO_CERT", NULL,
	};
	char wanted[128];
	size_t i;

	(void)state;
	prepare(PEM);
	for (i = 0; names[i]; i++) {
		(void)snprintf(wanted, sizeof(wanted), "%s=" CERTS, names[i]);
		assert_string_equal(t.env[i], wanted);
	}
	assert_null(t.env[i]);
}

/* in_files() - the file of the box at @path; NULL: there is none */
static const struct sbx_file *in_files(const char *path)
{
	for (size_t i = 0; i < t.nfiles; i++)
		if (!strcmp(t.files[i].path, path))
			return &t.files[i];
	return NULL;
}

static void programs_with_a_store_of_their_own_get_one(void **state)
{
	/* a magic number, version 2, one entry: a certificate, its name, no time, what it is */
	static const char java[] = "\xfe\xed\xfe\xed\0\0\0\2\0\0\0\2"
				   "\0\0\0\2\0\3ca0\0\0\0\0\0\0\0\0\0\5X.509\0\0\0\3own"
				   "\0\0\0\2\0\3ca1\0\0\0\0\0\0\0\0\0\5X.509\0\0\0\3run";
	const struct sbx_file *f;

	(void)state;
	o.root = strdup(in_tree("stores"));
	prepare(PEM);
	f = in_files("/etc/ssl/certs/java/cacerts");
	assert_non_null(f);
	assert_int_equal(f->len, sizeof(java) - 1 + 20);	/* and SHA-1 */
	assert_memory_equal(f->data, java, sizeof(java) - 1);
	f = in_files("/etc/chromium/policies/managed/authority.json");
	assert_non_null(f);
	assert_string_equal(f->data, "{ \"CACertificates\": [\"cnVu\"] }\n");
	assert_null(in_files("/etc/opt/chrome/policies/managed/authority.json"));
	f = in_files("/etc/firefox/policies/policies.json");
	assert_non_null(f);
	assert_string_equal(f->data, "{ \"policies\": { \"Certificates\": { \"Install\": "
				     "[\"/etc/ssl/certs/0123abcd.0\"] } } }\n");
}

static void a_policy_that_is_there_stays(void **state)
{
	(void)state;
	o.root = strdup(in_tree("stores"));
	tree_dir("stores/etc/firefox");
	tree_dir("stores/etc/firefox/policies");
	tree_file("stores/etc/firefox/policies/policies.json", "{}", 0644);
	prepare(PEM);
	assert_null(in_files("/etc/firefox/policies/policies.json"));
}

static void what_is_too_large_for_a_list_of_names_is_an_error(void **state)
{
	(void)state;
	o.root = strdup(in_tree("large"));
	o.identity.hostname = "plain";
	assert_int_equal(truncate("large/etc/hosts", (16 << 20) + 1), 0);
	assert_true(trust_prepare(&t, false, &o, &err) < 0);
	assert_non_null(strstr(err.msg, "hosts"));
	trust_clear(&t);
	assert_int_equal(truncate("large/etc/hosts", (16 << 20) - 64), 0);
	assert_int_equal(trust_prepare(&t, false, &o, &err), 0);
}

static int make(void **state)
{
	static const char *const dirs[] = { "root", "root/etc", "root/etc/ssl", "root/etc/ssl/certs",
					    "bare", "large", "large/etc",
					    "stores", "stores/etc", "stores/etc/ssl",
					    "stores/etc/ssl/certs", "stores/etc/ssl/certs/java",
					    "stores/etc/chromium", "stores/etc/firefox-esr" };

	if (tree_make(state))
		return -1;
	for (size_t i = 0; i < TB_ARRAY_SIZE(dirs); i++)
		tree_dir(dirs[i]);
	tree_file("root/etc/hosts", "203.0.113.9 own.example\n", 0644);
	tree_file("root" CERTS, "own\n", 0644);
	tree_file("large/etc/hosts", "", 0644);
	tree_file("stores/etc/ssl/certs/java/cacerts", "", 0644);
	tree_file("stores" CERTS, OWN_PEM, 0644);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(without_a_lab_there_are_names_only),
		TEST(a_name_that_was_asked_for_is_in_both_files),
		TEST(programs_with_a_store_of_their_own_get_one),
		TEST(a_policy_that_is_there_stays),
		TEST(the_runs_authority_comes_behind_the_products_own),
		TEST(in_a_root_without_certificates_there_is_the_runs_only),
		TEST(a_name_comes_before_the_roots_hosts),
		TEST(programs_are_told_where_the_certificates_are),
		TEST(what_is_too_large_for_a_list_of_names_is_an_error),
	};

	return cmocka_run_group_tests(tests, make, tree_remove);
}
