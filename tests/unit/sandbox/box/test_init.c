/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_init.c - what the product is given when it starts: ids, rights, limits, signals and
 * descriptors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"
#include "tcbox/title.h"
#include "tests/unit/sandbox/whole.h"

static struct whole w;

static int clear(void **state)
{
	(void)state;
	whole_end(&w);
	return 0;
}

/* product() - run @script, which must end with 0 */
static void product(const char *script)
{
	whole_init(&w, script);
	whole_run(&w);
	whole_good(&w, 0);
}

static void the_product_is_its_usual_self(void **state)
{
	char wanted[256];

	(void)state;
	product("id -u; id -g; tr -s ' ' </proc/self/uid_map; tr -s ' ' </proc/self/gid_map; "
		"cat /proc/self/setgroups");
	(void)snprintf(wanted, sizeof(wanted), "%u\n%u\n %u 0 1\n %u 0 1\ndeny\n",
		       w.opt.identity.ids.uid, w.opt.identity.ids.gid, w.opt.identity.ids.uid,
		       w.opt.identity.ids.gid);
	whole_says(&w, wanted);
}

static void the_product_has_no_rights(void **state)
{
	(void)state;
	product("grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/self/status");
	whole_says(&w, "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
		       "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n"
		       "CapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n");
}

/* What who starts tcbox ignores and blocks. */
static void be_deaf(sighandler_t handler, int how)
{
	sigset_t set;

	(void)signal(SIGINT, handler);
	(void)signal(SIGRTMAX, handler);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	assert_int_equal(sigprocmask(how, &set, NULL), 0);
}

static void signals_are_as_after_a_login(void **state)
{
	(void)state;
	be_deaf(SIG_IGN, SIG_BLOCK);
	product("exec grep -E '^Sig(Blk|Ign):' /proc/self/status");
	be_deaf(SIG_DFL, SIG_UNBLOCK);
	whole_says(&w, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

static void no_descriptor_of_ours_is_there(void **state)
{
	int stranger = open("/", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_return_code(stranger, errno);
	product("for f in /proc/self/fd/*; do [ -e $f ] && echo ${f##*/}; done; true");
	(void)close(stranger);
	whole_says(&w, "0\n1\n2\n");
}

static void the_first_process_leads_its_session(void **state)
{
	(void)state;
	/* its name, parent, group and session, proc_pid_stat(5) */
	product("read pid name state ppid group session rest </proc/$$/stat; "
		"echo $$ $pid $ppid $group $session; cat /proc/1/comm; umask; "
		"tr '\\0' ' ' </proc/1/cmdline; cat /proc/$$/oom_score_adj");
	whole_says(&w, "2 2 1 2 2\ninit\n0022\ninit 1000\n");
}

/* Soft and hard values, of those that can be asked for; proc_pid_limits(5). */
#define LIMITS "sed -nE 's/^Max (cpu time|file size|data size|processes|core file size) +([^ ]+) +" \
	"([^ ]+) .*/\\1 \\2 \\3/p' /proc/self/limits"

/* add_limit() - "cpu time unlimited unlimited", as this process has it */
static void add_limit(struct tb_buf *out, const char *name, int what)
{
	struct rlimit is;

	assert_int_equal(getrlimit(what, &is), 0);
	tb_buf_adds(out, name);
	for (int hard = 0; hard < 2; hard++) {
		rlim_t v = hard ? is.rlim_max : is.rlim_cur;

		if (v == RLIM_INFINITY)
			tb_buf_adds(out, " unlimited");
		else
			tb_buf_addf(out, " %llu", (unsigned long long)v);
	}
	tb_buf_addc(out, '\n');
}

static void nothing_is_limited_but_processes(void **state)
{
	TB_AUTOBUF struct tb_buf want = TB_BUF_INIT;
	const struct rlimit core = { 0, 0 };

	(void)state;
	add_limit(&want, "cpu time", RLIMIT_CPU);
	add_limit(&want, "file size", RLIMIT_FSIZE);
	tb_buf_adds(&want, "data size unlimited unlimited\ncore file size 0 0\nprocesses 77 77\n");
	assert_int_equal(setrlimit(RLIMIT_CORE, &core), 0);
	whole_init(&w, LIMITS);
	w.opt.limits.processes_max = 77;
	whole_run(&w);
	whole_good(&w, 0);
	whole_says(&w, want.data);
	assert_int_equal(sbx_limits(w.sbx).processes_by, SBX_BY_PROCESS);
	assert_int_equal(sbx_limits(w.sbx).memory_by, SBX_BY_NOTHING);
}

static void limits_are_as_asked_for(void **state)
{
	(void)state;
	whole_init(&w, LIMITS);
	w.opt.limits.file_size_max = 8192;
	w.opt.limits.cpu_time_max_s = 9;
	whole_run(&w);
	whole_good(&w, 0);
	whole_says(&w, "cpu time 9 10\nfile size 8192 8192\ndata size unlimited unlimited\n"
		       "core file size 0 0\nprocesses 200 200\n");
}

static void too_many_processes_fail(void **state)
{
	(void)state;
	whole_init(&w, "(: | : | : | : | : | : | : | :) 2>/dev/null || echo refused");
	w.opt.limits.processes_max = 4;
	whole_run(&w);
	whole_good(&w, 0);
	whole_says(&w, "refused\n");
}

static void the_name_of_the_machine_can_be_another(void **state)
{
	(void)state;
	whole_init(&w, "uname -n; cat /proc/sys/kernel/hostname");
	w.opt.identity.hostname = "till-7";
	whole_run(&w);
	whole_good(&w, 0);
	whole_says(&w, "till-7\ntill-7\n");
}

static void arguments_and_variables_arrive_as_given(void **state)
{
	static char word[] = "two words", empty[] = "", variable[] = "ACME=a b";

	(void)state;
	whole_init(&w, "for a; do echo \"<$a>\"; done; env | grep -v '^[OP][LW]*D*PWD'; pwd");
	w.argv[3] = word;
	w.argv[4] = word;
	w.argv[5] = empty;
	w.env[2] = variable;
	w.opt.product.cwd = "/usr/bin";
	whole_run(&w);
	whole_good(&w, 0);
	assert_non_null(strstr(whole_said(&w, WHOLE_OUT), "<two words>\n<>\n"));
	assert_non_null(strstr(whole_said(&w, WHOLE_OUT), "ACME=a b\n"));
	assert_non_null(strstr(whole_said(&w, WHOLE_OUT), "\n/usr/bin\n"));
}

static void keys_of_the_technician_stay_outside(void **state)
{
	(void)state;
	product("cat /proc/keys /proc/key-users; echo end");
	whole_says(&w, "end\n");
}

#define TEST(name) cmocka_unit_test_teardown(name, clear)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_product_is_its_usual_self),
		TEST(the_product_has_no_rights),
		TEST(signals_are_as_after_a_login),
		TEST(no_descriptor_of_ours_is_there),
		TEST(the_first_process_leads_its_session),
		TEST(nothing_is_limited_but_processes),
		TEST(limits_are_as_asked_for),
		TEST(too_many_processes_fail),
		TEST(the_name_of_the_machine_can_be_another),
		TEST(arguments_and_variables_arrive_as_given),
		TEST(keys_of_the_technician_stay_outside),
	};

	tb_title_init(argc, argv);	/* or init could not hide them */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
