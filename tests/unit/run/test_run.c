/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_run.c - whole runs, from the options to the bundle: with capture, decoder, lab and box
 *
 * Needs a user namespace and nothing else; where the kernel gives none, the tests are skipped.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "run/options.h"
#include "run/run.h"
#include "run/state.h"
#include "tcbox/bundle.h"
#include "tcbox/file.h"
#include "tests/unit/run/tree.h"

static struct run_options o;
static struct run *r;
static struct tb_err err;
static struct run_info info;
static struct tb_buf text, said;
static unsigned int runs;
static char output[32];			/* of the present run, in the tree */

static int begin(void **state)
{
	(void)state;
	run_options_init(&o);
	o.quiet = true;
	(void)snprintf(output, sizeof(output), "bundle%u", ++runs);
	o.output = output;
	text = said = (struct tb_buf)TB_BUF_INIT;
	err = (struct tb_err){ 0 };
	memset(&info, 0, sizeof(info));
	return setenv("PATH", "/usr/bin:/bin", 1);
}

static int end(void **state)
{
	(void)state;
	run_free(r);
	r = NULL;
	run_options_clear(&o);
	run_info_clear(&info);
	tb_buf_free(&text);
	tb_buf_free(&said);
	return 0;
}

static void needs_namespaces(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && !status)
		return;
	print_message("this kernel gives no user namespace\n");
	skip();
}

/* product() - run sh -c @script, with our own streams in a file and nothing to read. Return: how it
 * ended */
static enum run_outcome execute(char **argv)
{
	int saved[3], in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = open("said", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	enum run_outcome outcome;

	needs_namespaces();
	assert_true(in >= 0 && out >= 0);
	assert_int_equal(run_options_check(&o, &err), 0);
	r = run_new(&o);
	assert_non_null(r);
	(void)fflush(NULL);
	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		(void)dup2(fd ? out : in, fd);
	}
	outcome = run_product(r, argv, &err);
	for (int fd = 0; fd < 3; fd++) {
		(void)dup2(saved[fd], fd);
		(void)close(saved[fd]);
	}
	(void)close(in);
	(void)close(out);
	assert_int_equal(tb_read_file(AT_FDCWD, "said", 1 << 20, &said, NULL), 0);
	return outcome;
}

static enum run_outcome product(const char *script)
{
	static char sh[] = "sh", c[] = "-c";
	static char copy[1024];
	static char *argv[] = { sh, c, copy, NULL };

	(void)snprintf(copy, sizeof(copy), "%s", script);
	return execute(argv);
}

/* in_bundle() - a file of it, as text; the next call forgets it */
static const char *in_bundle(const char *name)
{
	TB_AUTOCLOSE int dir = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	tb_buf_free(&text);
	text = (struct tb_buf)TB_BUF_INIT;
	if (dir < 0 || tb_read_file(dir, name, 1 << 24, &text, NULL))
		return NULL;
	return text.data ? text.data : "";
}

static void read_manifest(void)
{
	TB_AUTOCLOSE int dir = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	run_info_clear(&info);
	assert_int_equal(run_info_read(dir, &info, &err), 0);
}

/* done() - it ran to its end, with this exit code */
static void done(enum run_outcome outcome, int code)
{
	if (outcome != RUN_DONE)
		fail_msg("outcome %u: %s\n%s", outcome, err.msg, said.data);
	read_manifest();
	assert_int_equal(info.state, RUN_COMPLETE);
	assert_true(info.exited);
	assert_int_equal(info.exit_code, code);
}

static void recorded(const char *words)
{
	const char *all = in_bundle("events.jsonl");

	if (!all || !strstr(all, words))
		fail_msg("no %s in:\n%s", words, all);
}

static uint64_t counter(const char *name)
{
	for (size_t i = 0; i < info.ncounters; i++)
		if (!strcmp(info.counters[i].name, name))
			return info.counters[i].value;
	fail_msg("no counter %s", name);
	return 0;
}

static void the_manifest_tells_the_run(void **state)
{
	(void)state;
	o.timeout_ms = 60000;
	done(product("echo out; echo oops >&2; exit 4"), 4);
	assert_string_equal(run_bundle(r), output);
	assert_string_equal(info.tcbox_version, TCBOX_VERSION);
	assert_int_equal(info.uid, getuid());
	assert_true(info.started_ns > 0 && info.ended_ns > info.started_ns);
	assert_int_equal(info.argc, 3);
	assert_string_equal(info.argv[0], "sh");
	assert_string_equal(info.argv[2], "echo out; echo oops >&2; exit 4");
	assert_string_equal(info.cwd, tree);
	assert_int_equal(info.net, RUN_NET_SIM);
	assert_int_equal(info.observe, RUN_OBSERVE_DEFAULT);
	assert_int_equal(info.timeout_ms, 60000);
	assert_int_equal(info.ids, 1);
	assert_string_equal(info.processes_by, "rlimit");
	assert_null(info.memory_by);
	assert_true(!info.timed_out && !info.interrupted && !info.has_policy && !info.error);
	assert_true(info.nfiles >= 1);
	assert_string_equal(info.files[0].sha256_before, info.files[0].sha256_after);
}

static void streams_go_on_and_are_kept(void **state)
{
	(void)state;
	done(product("echo out; echo oops >&2"), 0);
	assert_string_equal(in_bundle("stdout.log"), "out\n");
	assert_string_equal(in_bundle("stderr.log"), "oops\n");
	assert_non_null(strstr(said.data, "out\n"));
	assert_non_null(strstr(said.data, "oops\n"));
}

static void streams_are_kept_up_to_a_size(void **state)
{
	(void)state;
	o.output_max = 3;
	done(product("echo 1234567; echo 12 >&2"), 0);
	assert_string_equal(in_bundle("stdout.log"), "123");
	assert_string_equal(in_bundle("stderr.log"), "12\n");
	assert_non_null(strstr(said.data, "1234567\n"));
	assert_int_equal(counter("run.stdout_cut"), 5);
	assert_int_equal(counter("run.stderr_cut"), 0);
}

/* The positive control is seen by every witness, and what is counted agrees. */
static void every_witness_sees_the_control(void **state)
{
	struct stat st;
	char path[64];

	(void)state;
	done(product("exit 0"), 0);
	recorded(".canary.invalid\",\"at\":\"start\",\"stage\":\"planned\"}");
	recorded(".canary.invalid\",\"at\":\"start\",\"stage\":\"connected\"}");
	recorded(".canary.invalid\",\"at\":\"end\",\"stage\":\"planned\"}");
	recorded(".canary.invalid\",\"at\":\"end\",\"stage\":\"connected\"}");
	recorded("\"src\":\"box\"");
	recorded("\"k\":\"lookup\",\"src\":\"net\"");
	recorded("\"k\":\"lookup\",\"src\":\"lab\"");
	recorded("\"k\":\"served\",\"src\":\"lab\"");
	recorded("\"k\":\"counters\",\"src\":\"disk\"");
	assert_true(counter("capture.packets_captured") > 4);
	assert_int_equal(counter("capture.packets_captured"), counter("net.packets_decoded"));
	assert_int_equal(counter("capture.packets_dropped"), 0);
	(void)snprintf(path, sizeof(path), "%s/capture.pcapng", output);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(counter("capture.file_bytes"), st.st_size);
	assert_int_equal(info.ndegraded, 0);
}

#define POLICY "{\"tcbox_policy\":1,\"connections\":[{\"id\":\"c\",\"to\":[\"acme.example\"]," \
	"\"protocol\":\"tcp\",\"ports\":[8443,9443]}],\"files\":{\"write\":[\"/tmp/ours/**\"]}," \
	"\"undeclared\":{\"files\":\"violation\"}}"

static void a_run_is_compared_with_its_policy(void **state)
{
	(void)state;
	tree_file("p1.json", POLICY, 0644);
	o.policy_path = "p1.json";
	done(product("mkdir /tmp/ours && echo x >/tmp/ours/f"), 0);
	assert_int_equal(run_evaluation(r)->result->verdict, FND_CONFORMS);
	assert_true(info.has_policy);
	assert_string_equal(info.policy_path, "p1.json");
	assert_string_equal(in_bundle("policy.json"), POLICY);
	assert_non_null(strstr(in_bundle("report.json"), "\"verdict\": \"conforms\""));
	assert_int_equal(end(NULL), 0);
	assert_int_equal(begin(NULL), 0);

	o.policy_path = "p1.json";
	done(product("echo x >/tmp/theirs"), 0);
	assert_int_equal(run_evaluation(r)->result->verdict, FND_VIOLATES);
	assert_non_null(strstr(in_bundle("report.json"), "\"verdict\": \"violates\""));
	recorded("\"k\":\"change\",\"src\":\"disk\"");
	recorded("\"op\":\"created\",\"path\":\"/tmp/theirs\"");
}

/* bash opens a connection for a redirection; status 0: it was accepted. */
#define DIAL(to) "bash -c ': <>/dev/tcp/" to "' 2>/dev/null && echo " to "; "

static void under_enforcement_only_what_is_declared_succeeds(void **state)
{
	(void)state;
	if (access("/bin/bash", X_OK))
		skip();
	tree_file("p2.json", POLICY, 0644);
	o.policy_path = "p2.json";
	o.enforce = o.network.enforce = o.calls.enforce = true;
	done(product(DIAL("acme.example/8443") DIAL("acme.example/9443") DIAL("acme.example/80")
		     DIAL("other.example/8443") DIAL("198.51.100.7/8443")
		     "(echo x >/tmp/theirs) 2>/dev/null || echo kept out"), 0);
	assert_string_equal(in_bundle("stdout.log"), "acme.example/8443\nacme.example/9443\n"
						     "kept out\n");
	assert_true(info.enforce);
	assert_non_null(info.writes_by);
	assert_null(info.reads_by);
	recorded("\"name\":\"acme.example\",\"type\":\"A\",\"rcode\":\"NOERROR\"");
	recorded("\"declared\":true");
}

static void declared_networks_are_open_from_the_start(void **state)
{
	(void)state;
	if (access("/bin/bash", X_OK))
		skip();
	tree_file("p3.json",
		  "{\"tcbox_policy\":1,\"connections\":[{\"id\":\"a\",\"to\":[\"198.51.100.0/29\"],"
		  "\"protocol\":\"tcp\",\"ports\":[\"7000-7001\"]},"
		  "{\"id\":\"b\",\"protocol\":\"tcp\",\"ports\":[99]}]}", 0644);
	o.policy_path = "p3.json";
	o.enforce = o.network.enforce = o.calls.enforce = true;
	done(product(DIAL("198.51.100.7/7000") DIAL("198.51.100.7/7001") DIAL("198.51.100.7/7002")
		     DIAL("198.51.100.8/7000") DIAL("192.0.2.1/99") DIAL("2001:db8:5::1/99")
		     DIAL("192.0.2.1/98") "exit 0"), 0);
	assert_string_equal(in_bundle("stdout.log"),
			    "198.51.100.7/7000\n198.51.100.7/7001\n192.0.2.1/99\n"
			    "2001:db8:5::1/99\n");
}

static void without_a_network_attempts_are_recorded(void **state)
{
	(void)state;
	if (access("/bin/bash", X_OK))
		skip();
	o.network.mode = RUN_NET_NONE;
	done(product(DIAL("198.51.100.7/7000") "exit 0"), 0);
	assert_string_equal(in_bundle("stdout.log"), "");
	assert_int_equal(info.net, RUN_NET_NONE);
	recorded("\"remote\":\"198.51.100.7:7000\"");
	recorded("\"state\":\"refused\"");
	assert_null(strstr(in_bundle("events.jsonl"), "\"src\":\"lab\""));
}

/* The product trusts the run's authority, and asks the lab for names. */
static void the_box_trusts_the_lab(void **state)
{
	(void)state;
	o.identity.hostname = "till-7.acme.example";
	done(product("cat /etc/resolv.conf; head -n 1 /etc/hosts; cat /etc/hostname; uname -n; "
		     "env | grep -c =/etc/ssl/certs/ca-certificates.crt; "
		     "tail -n 1 /etc/ssl/certs/ca-certificates.crt; "
		     "stat -c %a /etc/resolv.conf /etc/ssl/certs/ca-certificates.crt; "
		     "ls -l /etc/ssl/certs | grep -c '^-rw-r--r-- .* [0-9a-f]\\{8\\}\\.0$'"), 0);
	assert_string_equal(in_bundle("stdout.log"),
			    "nameserver 198.19.255.1\nnameserver 2001:db8:ffff::1\n"
			    "127.0.1.1\ttill-7.acme.example\ttill-7\ntill-7.acme.example\n"
			    "till-7.acme.example\n9\n-----END CERTIFICATE-----\n644\n644\n1\n");
	assert_string_equal(info.box_hostname, "till-7.acme.example");
}

static void a_program_that_is_not_there_leaves_no_bundle(void **state)
{
	static char none[] = "no-such-program", *argv[] = { none, NULL };
	static char plain[] = "./plain", *other[] = { plain, NULL };

	(void)state;
	assert_int_equal(execute(argv), RUN_NOT_FOUND);
	assert_non_null(strstr(err.msg, "no-such-program"));
	assert_null(run_bundle(r));
	assert_int_equal(access(output, F_OK), -1);
	run_free(r);
	tree_file("plain", "text", 0644);
	err = (struct tb_err){ 0 };
	assert_int_equal(execute(other), RUN_NOT_EXECUTABLE);
	assert_int_equal(access(output, F_OK), -1);
}

static void a_program_of_another_machine_is_told_in_the_box(void **state)
{
	static char odd[16] = "./odd", *argv[] = { odd, NULL };

	(void)state;
	tree_file("odd", "\177ELF and nothing more\n", 0755);
	assert_int_equal(execute(argv), RUN_NOT_EXECUTABLE);
	assert_non_null(strstr(err.msg, "odd cannot be executed in the box: Exec format error"));
	read_manifest();
	assert_false(info.exited);
	assert_int_equal(end(NULL) | begin(NULL), 0);
	tree_file("lost", "#!/no/such/interpreter\n", 0755);
	(void)snprintf(odd, sizeof(odd), "./lost");
	assert_int_equal(execute(argv), RUN_NOT_FOUND);
}

static void what_cannot_be_used_is_said_before_anything_runs(void **state)
{
	(void)state;
	tree_file("bad.json", "{\"tcbox_policy\":2}", 0644);
	o.policy_path = "bad.json";
	assert_int_equal(product("exit 0"), RUN_WRONG);
	assert_non_null(strstr(err.msg, "bad.json"));
	assert_int_equal(access(output, F_OK), -1);
	assert_int_equal(end(NULL) | begin(NULL), 0);

	o.policy_path = "none.json";
	assert_int_equal(product("exit 0"), RUN_WRONG);
	assert_int_equal(end(NULL) | begin(NULL), 0);

	tree_dir(output);
	assert_int_equal(product("exit 0"), RUN_WRONG);
	assert_non_null(strstr(err.msg, output));
	assert_int_equal(end(NULL) | begin(NULL), 0);

	o.output = "no/such/place";
	assert_int_equal(product("exit 0"), RUN_BROKEN);
}

static void time_that_is_up_ends_the_product(void **state)
{
	(void)state;
	o.timeout_ms = 1;
	assert_int_equal(product("mkfifo /tmp/f; read x <>/tmp/f"), RUN_DONE);
	read_manifest();
	assert_true(info.timed_out && !info.exited && !info.interrupted);
	assert_int_equal(info.exit_signal, SIGTERM);
	assert_int_equal(info.state, RUN_COMPLETE);
}

/* disturb() - once the product has said that it is ready, a signal for us. Return: who waits for
 * that */
static pid_t disturb(int sig, int times)
{
	const pid_t us = getpid();
	pid_t pid = fork();
	char path[64], word[16];
	FILE *f;

	if (pid)
		return pid;
	(void)alarm(60);
	(void)snprintf(path, sizeof(path), "%s/stdout.log", output);
	for (;;) {
		f = fopen(path, "re");
		if (f && fgets(word, sizeof(word), f) && !strcmp(word, "ready\n"))
			break;
		if (f)
			(void)fclose(f);
		(void)sched_yield();
	}
	while (times--)
		(void)kill(us, sig);
	_exit(0);
}

static void an_interrupt_is_for_the_product(void **state)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	int status;
	pid_t pid;

	(void)state;
	needs_namespaces();
	for (size_t i = 0; i < TB_ARRAY_SIZE(sigs); i++) {
		pid = disturb(sigs[i], 1);
		assert_int_equal(product("mkfifo /tmp/f; echo ready; read x <>/tmp/f"), RUN_DONE);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		read_manifest();
		assert_true(info.interrupted && !info.timed_out);
		assert_int_equal(info.exit_signal, sigs[i]);
		assert_int_equal(end(NULL) | begin(NULL), 0);
	}
}

static void what_is_kept_is_there_in_the_next_run(void **state)
{
	(void)state;
	assert_int_equal(setenv("TCBOX_STATE_HOME", in_tree("states"), 1), 0);
	o.state = "case-7";
	done(product("echo one >/var/tmp/kept"), 0);
	assert_string_equal(info.state_name, "case-7");
	assert_int_equal(info.state_run, 1);
	assert_int_equal(end(NULL) | begin(NULL), 0);

	o.state = "case-7";
	done(product("cat /var/tmp/kept; echo two >/var/tmp/kept"), 0);
	assert_int_equal(info.state_run, 2);
	assert_string_equal(in_bundle("stdout.log"), "one\n");
	recorded("\"op\":\"changed\",\"path\":\"/var/tmp/kept\"");
	assert_int_equal(state_remove("case-7", &err), -EBUSY);
	assert_int_equal(end(NULL) | begin(NULL), 0);
	assert_int_equal(state_remove("case-7", &err), 0);
	assert_int_equal(access("states/case-7", F_OK), -1);
	assert_int_equal(unsetenv("TCBOX_STATE_HOME"), 0);
}

static void a_file_that_the_box_does_not_show_is_told(void **state)
{
	static char sh[] = "sh", file[PATH_MAX], *argv[] = { sh, file, NULL };

	(void)state;
	tree_dir("elsewhere");
	tree_file("elsewhere/script", "exit 0\n", 0644);
	tree_dir("work");
	assert_int_equal(chdir("work"), 0);
	(void)snprintf(file, sizeof(file), "%s", in_tree("elsewhere/script"));
	o.output = in_tree(output);
	assert_int_equal(execute(argv), RUN_DONE);
	assert_int_equal(chdir(tree), 0);
	read_manifest();
	assert_true(info.exited && info.exit_code != 0);
	assert_non_null(strstr(said.data, "--bind"));
	assert_int_equal(info.nreduced, 1);
	assert_non_null(strstr(info.reduced[0], "elsewhere/script"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_manifest_tells_the_run),
		TEST(streams_go_on_and_are_kept),
		TEST(streams_are_kept_up_to_a_size),
		TEST(every_witness_sees_the_control),
		TEST(a_run_is_compared_with_its_policy),
		TEST(under_enforcement_only_what_is_declared_succeeds),
		TEST(declared_networks_are_open_from_the_start),
		TEST(without_a_network_attempts_are_recorded),
		TEST(the_box_trusts_the_lab),
		TEST(a_program_that_is_not_there_leaves_no_bundle),
		TEST(a_program_of_another_machine_is_told_in_the_box),
		TEST(what_cannot_be_used_is_said_before_anything_runs),
		TEST(time_that_is_up_ends_the_product),
		TEST(an_interrupt_is_for_the_product),
		TEST(what_is_kept_is_there_in_the_next_run),
		TEST(a_file_that_the_box_does_not_show_is_told),
	};

	(void)umask(022);
	return cmocka_run_group_tests(tests, tree_make, tree_remove);
}
