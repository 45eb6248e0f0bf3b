/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cmd_run.c - tcbox run as it is typed: its exit status, and what it says where
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "tests/unit/cli/hear.h"
#include "tests/unit/run/tree.h"

static unsigned int runs;

static bool namespaces(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/* run() - "run" and @words, parted by blanks, with a new bundle; a word "|" is a blank within one.
 * Return: exit status; what was said is in *text */
static int run(const char *words, const char **text)
{
	static char line[1024];
	char *argv[32], name[] = "run", output[64], *save = NULL;
	int argc = 0, status;

	argv[argc++] = name;
	(void)snprintf(output, sizeof(output), "--output=bundle%u", ++runs);
	if (!strstr(words, "--output"))
		argv[argc++] = output;
	(void)snprintf(line, sizeof(line), "%s", words);
	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		for (char *c = w; *c; c++)
			*c = *c == '|' ? ' ' : *c;
		argv[argc++] = w;
	}
	argv[argc] = NULL;
	hear();
	status = cmd_run.main(argc, argv);
	*text = heard();
	return status;
}

/* says() - @words end with @status, and say that */
static void says(const char *words, int status, const char *wanted)
{
	const char *text;
	int got = run(words, &text);

	if (got != status || !strstr(text, wanted))
		fail_msg("%s: status %d, %s", words, got, text);
}

static void what_is_typed_wrong_is_told(void **state)
{
	static const struct {
		const char *words, *wanted;
	} rows[] = {
		{ "", "tcbox: run: which program? tcbox run [OPTION...] [--] PROGRAM [ARG...] (try "
		      "\"tcbox run --help\")\n" },
		{ "--quiet", "tcbox: run: which program?" },
		{ "--quiet --", "tcbox: run: which program?" },
		{ "--quite true", "unknown option --quite; did you mean --quiet?" },
		{ "--policy", "option --policy needs a value" },
		{ "--net live true", "--net: \"live\" is neither \"sim\" nor \"none\"" },
		{ "--enforce true", "tcbox: run: --enforce" },
		{ "--workdir /no/such true", "tcbox: run: --workdir: " },
		{ "--root /no/such true", "tcbox: run: --root" },
		{ "--policy none.json true", "tcbox: open none.json: No such file or directory\n" },
		{ "--live --quiet true", "tcbox: run: --live and --quiet contradict each other" },
		{ "--scenarios --scenario normal true", "tcbox: run: --scenarios is a run in each" },
		{ "--scenario reset --scenarios true", "tcbox: run: --scenarios is a run in each" },
		{ "--review none.jsonl true", "tcbox: open none.jsonl: No such file or directory" },
		{ "--review strict.json true", "tcbox: strict.json:1: " },
		{ "--output . true", "tcbox: " },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		says(rows[i].words, TB_EXIT_USAGE, rows[i].wanted);
	says("--help", 0, "Usage: tcbox run [OPTION...] [--] PROGRAM [ARG...]\nRun a product in the "
			  "box, record and compare what it does, leave a bundle\n");
	says("no-such-program", TB_EXIT_NOTFOUND, "tcbox: no-such-program");
	says("./plain", TB_EXIT_NOEXEC, "tcbox: ");
	says("--output=/no/such/place true", TB_EXIT_FAILED, "tcbox: ");
}

static void the_exit_status_is_the_verdict(void **state)
{
	(void)state;
	if (!namespaces())
		skip();
	says("--policy strict.json -- true", TB_EXIT_CONFORMS, "CONFORMS");
	says("--policy strict.json sh -c echo|x>/tmp/x", TB_EXIT_VIOLATES, "VIOLATES");
	says("sh -c exit|9", TB_EXIT_INCONCLUSIVE, "NOT COMPARED: no policy");
	says("--policy strict.json ./odd", TB_EXIT_NOEXEC,
	     "odd cannot be executed in the box: Exec format error");
}

static void the_report_is_for_the_technician_unless_quiet(void **state)
{
	const char *text;

	(void)state;
	if (!namespaces())
		skip();
	assert_int_equal(run("--policy strict.json --quiet sh -c echo|hello", &text), 0);
	assert_string_equal(text, "hello\n");
	assert_int_equal(access("bundle1/run.json", F_OK) && access("bundle2/run.json", F_OK), 1);
}

static int make(void **state)
{
	if (tree_make(state))
		return -1;
	(void)umask(022);
	tree_file("plain", "text", 0644);
	tree_file("odd", "\177ELF and nothing more\n", 0755);
	tree_file("strict.json", "{\"tcbox_policy\":1,\"files\":{},"
				 "\"undeclared\":{\"files\":\"violation\"}}", 0644);
	return setenv("PATH", "/usr/bin:/bin", 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_typed_wrong_is_told),
		cmocka_unit_test(the_exit_status_is_the_verdict),
		cmocka_unit_test(the_report_is_for_the_technician_unless_quiet),
	};

	return cmocka_run_group_tests(tests, make, tree_remove);
}
