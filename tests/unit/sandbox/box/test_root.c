/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_root.c - the file system that the product sees: what is private, what is shown, and where
 * its writes go
 */
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/unit/sandbox/whole.h"

static struct whole w;
static char place[64];			/* a directory of the host, the product's */
static char *dir_env;			/* "DIR=" and that */

/* at() - the absolute path of what is there; the next three calls keep it */
static const char *at(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned int next;
	char *out = paths[next++ % 4];

	assert_true(snprintf(out, PATH_MAX, "%s/%s", place, name) < PATH_MAX);
	return out;
}

static void put(const char *name, const char *text, mode_t mode)
{
	const char *path = at(name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
	assert_int_equal(geteuid() ? 0 : chown(path, WHOLE_OTHER, WHOLE_OTHER), 0);
}

static void put_dir(const char *name)
{
	const char *path = at(name);

	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(geteuid() ? 0 : chown(path, WHOLE_OTHER, WHOLE_OTHER), 0);
}

/* has() - the host's file still, or now, holds @text; NULL: it is not there */
static void has(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "re");
	char got[256];
	size_t n;

	if (!text) {
		assert_null(f);
		return;
	}
	assert_non_null(f);
	n = fread(got, 1, sizeof(got) - 1, f);
	got[n] = '\0';
	(void)fclose(f);
	assert_string_equal(got, text);
}

static int make(void **state)
{
	(void)state;
	(void)umask(022);
	(void)snprintf(place, sizeof(place), "/var/tmp/tcbox-test-root.XXXXXX");
	if (!mkdtemp(place) || chmod(place, 0755) || asprintf(&dir_env, "DIR=%s", place) < 0)
		return -1;
	put_dir("own");
	put("own/data", "of the host\n", 0644);
	put("own/closed", "of the host\n", 0444);
	return geteuid() ? 0 : chown(place, WHOLE_OTHER, WHOLE_OTHER);
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)chmod(path, 0700);
	return remove(path);
}

static int clear(void **state)
{
	(void)state;
	whole_end(&w);
	free(dir_env);
	return nftw(place, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static void prepare(const char *script)
{
	static const char *expose[1];

	whole_init(&w, script);
	w.env[2] = dir_env;
	expose[0] = place;
	w.opt.product.expose = expose;
	w.opt.product.nexpose = 1;
}

static void go(const char *wanted)
{
	whole_run(&w);
	whole_good(&w, 0);
	whole_says(&w, wanted);
}

static void private_places_start_empty(void **state)
{
	(void)state;
	prepare("for d in /tmp /run /run/lock /home /root /dev /dev/shm; do echo $d $(stat -c %a $d) "
		"$(ls -A $d); done; stat -c %a /var/tmp; grep -cE ' /(old|layer|new)[ /]' /proc/mounts");
	w.opt.product.nexpose = 0;
	whole_run(&w);
	whole_says(&w, "/tmp 1777\n/run 755 lock\n/run/lock 1777\n/home 755\n/root 700\n"
		       "/dev 755 fd full null ptmx pts random shm stderr stdin stdout tty urandom "
		       "zero\n/dev/shm 1777\n1777\n0\n");
}

static void devices_are_those_that_every_program_needs(void **state)
{
	(void)state;
	prepare("stat -c '%n %t:%T' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; "
		"for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done; "
		"echo x >/dev/null && head -c 2 /dev/zero | od -An -tx1");
	go("/dev/null 1:3\n/dev/zero 1:5\n/dev/full 1:7\n/dev/random 1:8\n/dev/urandom 1:9\n"
	   "/dev/tty 5:0\n/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\n"
	   "pts/ptmx\n 00 00\n");
}

static void the_machine_can_be_read_and_not_set(void **state)
{
	(void)state;
	prepare("sh=$(command -v sh); [ -x $sh ] && [ -r /etc/passwd ] && echo readable; "
		"(: >/proc/sys/kernel/sem) 2>/dev/null || echo set nothing; "
		"(: >/x) 2>/dev/null || echo make nothing; "
		"grep -c ' /sys sysfs ro' /proc/mounts; ls /sys/class/net; echo /proc/[0-9]*");
	go("readable\nset nothing\nmake nothing\n1\neth0\nlo\n/proc/1 /proc/2\n");
}

static void writes_stay_in_the_box(void **state)
{
	(void)state;
	prepare("cd $DIR/own; cat data; echo changed >data; echo new >new; cat data new; "
		"(echo no >closed) 2>/dev/null || echo closed; mv data moved; ls; "
		"touch /var/tmp/x /tmp/x && echo private");
	go("of the host\nchanged\nnew\nclosed\nclosed\nmoved\nnew\nprivate\n");
	has("own/data", "of the host\n");
	has("own/new", NULL);
	has("own/moved", NULL);
}

static void what_is_not_exposed_is_not_there(void **state)
{
	(void)state;
	prepare("ls -A /var/tmp; [ -e $DIR ] || echo none");
	w.opt.product.nexpose = 0;
	go("none\n");
}

static void one_file_can_be_exposed(void **state)
{
	const char *expose[] = { at("own/data") };

	(void)state;
	prepare("ls $DIR/own; cat $DIR/own/data; (echo no >$DIR/own/data) 2>/dev/null || echo kept");
	w.opt.product.expose = expose;
	go("data\nof the host\nkept\n");
	has("own/data", "of the host\n");
}

static void a_home_is_made_where_it_would_be(void **state)
{
	static char home[] = "HOME=/home/technician";

	(void)state;
	prepare("stat -c %a /home/technician; cd && touch .config && ls -A");
	w.env[3] = home;
	go("700\n.config\n");
}

static void the_layer_has_the_size_that_was_asked_for(void **state)
{
	(void)state;
	prepare("head -c 500000 /dev/zero >/tmp/small && echo fits; "
		"head -c 2000000 /dev/zero 2>/dev/null >/var/tmp/large || echo full; "
		"[ $(stat -c %s /var/tmp/large) -lt 1000000 ] && echo cut");
	w.opt.limits.layer_bytes = 1 << 20;
	whole_run(&w);
	whole_good(&w, 0);
	assert_non_null(strstr(whole_said(&w, WHOLE_OUT), "fits\n"));
	assert_non_null(strstr(whole_said(&w, WHOLE_OUT), "cut\n"));
}

static void files_of_the_run_stand_in_for_the_machines(void **state)
{
	static const struct sbx_file files[] = {
		{ "/etc/hosts", "127.0.1.1 till-7\n", 17, 0644 },
		{ "/etc/acme/deep/new", "here\n", 5, 0600 },
		{ "/run/acme/token", "t\n", 2, 0640 },		/* in no overlay */
	};

	(void)state;
	prepare("f='/etc/hosts /etc/acme/deep/new /run/acme/token'; cat $f; stat -c %a $f; "
		"[ -r /etc/passwd ] && echo others");
	w.opt.mounts.files = files;
	w.opt.mounts.nfiles = TB_ARRAY_SIZE(files);
	go("127.0.1.1 till-7\nhere\nt\n644\n600\n640\nothers\n");
}

static void binds_show_the_host_elsewhere(void **state)
{
	struct sbx_bind binds[2] = { { 0 } };
	struct tb_err err = { 0 };
	char text[256];

	(void)state;
	prepare("cat /srv/a/data; echo changed >/srv/a/data && cat /srv/a/data; "
		"cat /opt/one; (echo no >/opt/one) 2>/dev/null || echo readonly");
	w.opt.product.nexpose = 0;
	(void)snprintf(text, sizeof(text), "%s/own:/srv/a", place);
	assert_int_equal(sbx_bind_set(&binds[0], text, &err), 0);
	(void)snprintf(text, sizeof(text), "%s/own/data:/opt/one:ro", place);
	assert_int_equal(sbx_bind_set(&binds[1], text, &err), 0);
	w.opt.mounts.binds = binds;
	w.opt.mounts.nbinds = 2;
	go("of the host\nchanged\nof the host\nreadonly\n");
	has("own/data", "of the host\n");
	sbx_bind_clear(&binds[0]);
	sbx_bind_clear(&binds[1]);
}

static void the_evidence_is_hidden(void **state)
{
	const char *hide[1];

	(void)state;
	put_dir("evidence");
	put("evidence/run.json", "{}", 0644);
	put_dir("old.tcbox");
	put("old.tcbox/run.json", "{}", 0644);
	put_dir("other.tcbox");
	put_dir("own/deep");
	put_dir("own/deep/case");
	put("own/deep/case/run.json", "{}", 0644);
	hide[0] = at("evidence");
	prepare("ls $DIR");
	w.opt.mounts.hide = hide;
	w.opt.mounts.nhide = 1;
	go("other.tcbox\nown\n");
	whole_end(&w);

	hide[0] = at("own/deep/case");
	prepare("ls -A $DIR/own/deep $DIR/own/deep/case; echo x 2>/dev/null >$DIR/own/deep/case/x || "
		"echo closed");
	w.opt.mounts.hide = hide;
	w.opt.mounts.nhide = 1;
	whole_run(&w);
	whole_good(&w, 0);
	assert_null(strstr(whole_said(&w, WHOLE_OUT), "run.json"));
}

static void a_kept_layer_is_found_again(void **state)
{
	(void)state;
	put_dir("state");
	prepare("echo one >$DIR/own/data; echo h >/home/h; echo t >/tmp/t; echo v >/var/tmp/v");
	w.opt.mounts.state = at("state");
	go("");
	whole_end(&w);
	has("own/data", "of the host\n");

	prepare("cat $DIR/own/data /home/h /var/tmp/v; [ -e /tmp/t ] || echo passing");
	w.opt.mounts.state = at("state");
	go("one\nh\nv\npassing\n");
}

/* lend() - the machine's directory below the root, or the link that it is */
static void lend(const char *name, struct sbx_bind *binds, size_t *n)
{
	char inside[32], target[64];
	struct tb_err err = { 0 };
	ssize_t len = readlink(name, target, sizeof(target) - 1);

	(void)snprintf(inside, sizeof(inside), "root%s", name);
	if (len > 0) {
		target[len] = '\0';
		assert_int_equal(symlink(target, at(inside)), 0);
	} else if (!access(name, F_OK)) {
		assert_int_equal(sbx_bind_set(&binds[(*n)++], name, &err), 0);
	}
}

/* What is needed to run a shell, and little else. */
static void another_root_is_the_products_file_system(void **state)
{
	static const char *const lent[] = { "/usr", "/bin", "/lib", "/lib64" };
	struct sbx_bind binds[TB_ARRAY_SIZE(lent)] = { { 0 } };
	size_t n = 0;

	(void)state;
	put_dir("root");
	put_dir("root/home");
	put_dir("root/home/acme");
	put("root/home/acme/file", "of the root\n", 0644);
	put_dir("root/srv");
	put_dir("root/tmp");
	put("root/tmp/left", "", 0644);
	for (size_t i = 0; i < TB_ARRAY_SIZE(lent); i++)
		lend(lent[i], binds, &n);
	prepare("cat /home/acme/file; echo new >/srv/new && cat /srv/new; ls -A /tmp; "
		"[ -e /etc ] || echo no etc");
	w.opt.product.nexpose = 0;
	w.opt.mounts.root = at("root");
	w.opt.mounts.binds = binds;
	w.opt.mounts.nbinds = n;
	go("of the root\nnew\nno etc\n");
	has("root/srv/new", NULL);
	while (n)
		sbx_bind_clear(&binds[--n]);
}

static void an_exposed_file_that_is_not_there_is_an_error(void **state)
{
	static const char *expose[] = { "/home/no/such" };

	(void)state;
	prepare("exit 0");
	w.opt.product.expose = expose;
	whole_run(&w);
	assert_int_equal(w.ret, -ENOENT);
	assert_string_equal(w.err.msg, "build the box's file system: /home/no/such: No such file or "
				       "directory");
	assert_false(w.started);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(private_places_start_empty),
		TEST(devices_are_those_that_every_program_needs),
		TEST(the_machine_can_be_read_and_not_set),
		TEST(writes_stay_in_the_box),
		TEST(what_is_not_exposed_is_not_there),
		TEST(one_file_can_be_exposed),
		TEST(a_home_is_made_where_it_would_be),
		TEST(the_layer_has_the_size_that_was_asked_for),
		TEST(files_of_the_run_stand_in_for_the_machines),
		TEST(binds_show_the_host_elsewhere),
		TEST(the_evidence_is_hidden),
		TEST(a_kept_layer_is_found_again),
		TEST(another_root_is_the_products_file_system),
		TEST(an_exposed_file_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
