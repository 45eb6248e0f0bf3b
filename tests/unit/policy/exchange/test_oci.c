/* SPDX-License-Identifier: Apache-2.0 */
/* test_oci.c - seccomp profiles of containers become policies, and policies such profiles */
#include "made.h"

#include <seccomp.h>

#include "tcbox/own.h"
#include "tcbox/syscalls_newer.h"

#define OCI "oci-seccomp"

static const char docker[] =
	"{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 1,\n"
	"  \"archMap\": [ { \"architecture\": \"SCMP_ARCH_X86_64\",\n"
	"                 \"subArchitectures\": [\"SCMP_ARCH_X86\",\n"
	"                                      \"SCMP_ARCH_X32\"] },\n"
	"               { \"architecture\": \"SCMP_ARCH_AARCH64\", \"subArchitectures\": null } ],\n"
	"  \"syscalls\": [\n"
	"    { \"names\": [\"read\", \"write\", \"_llseek\", \"lseek\", \"cacheflush\"],\n"
	"      \"action\": \"SCMP_ACT_ALLOW\" },\n"
	"    { \"names\": [\"ptrace\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"      \"includes\": { \"minKernel\": \"4.8\" } },\n"
	"    { \"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"      \"args\": [{ \"index\": 0, \"value\": 40, \"op\": \"SCMP_CMP_NE\" }] },\n"
	"    { \"names\": [\"s390_runtime_instr\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"      \"includes\": { \"arches\": [\"s390x\"] } },\n"
	"    { \"names\": [\"arch_prctl\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"      \"includes\": { \"arches\": [\"amd64\", \"x32\"] } },\n"
	"    { \"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"      \"includes\": { \"caps\": [\"CAP_SYS_ADMIN\"] } },\n"
	"    { \"names\": [\"chroot\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"      \"includes\": { \"caps\": [\"CAP_SYS_CHROOT\"] } },\n"
	"    { \"names\": [\"clone\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"      \"args\": [{ \"index\": 0, \"value\": 2114060288, \"valueTwo\": 0,\n"
	"                 \"op\": \"SCMP_CMP_MASKED_EQ\" }],\n"
	"      \"excludes\": { \"caps\": [\"CAP_SYS_ADMIN\"], \"arches\": [\"s390\"] } },\n"
	"    { \"names\": [\"clone3\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38,\n"
	"      \"excludes\": { \"caps\": [\"CAP_SYS_ADMIN\"] } } ] }\n";

static void a_profile_of_docker_is_read_as_for_a_plain_container(void **state)
{
	struct made m = made_of(OCI, docker);

	(void)state;
	assert_int_equal(call_is(m.policy, "read"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "lseek"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "ptrace"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "arch_prctl"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "chroot"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "mount"), POL_SYS_UNDECLARED);
	assert_int_equal(call_is(m.policy, "clone"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "clone3"), POL_SYS_DENIED);
	assert_int_equal(call_is(m.policy, "bpf"), POL_SYS_UNDECLARED);
	assert_int_equal(m.policy->on_sys, POL_VIOLATION);
	assert_true(m.policy->i386);
	made_free(&m);
}

static void what_of_it_a_policy_cannot_say_is_listed_with_its_place(void **state)
{
	struct made m = made_of(OCI, docker);

	(void)state;
	made_item(m.exch, EXCH_LOST, 4, "archMap", "\"SCMP_ARCH_X32\"");
	made_item(m.exch, EXCH_LOST, 5, "archMap", "\"SCMP_ARCH_AARCH64\"");
	made_item(m.exch, EXCH_LOST, 7, "syscalls[0].names", "no such call: cacheflush");
	made_item(m.exch, EXCH_NOTE, 7, "syscalls[0].names", "32-bit x86 only");
	made_item(m.exch, EXCH_NOTE, 10, "syscalls[1].includes", "from Linux 4.8");
	made_item(m.exch, EXCH_WIDER, 12, "syscalls[2].args", "socket: allowed if argument 0 NE 40");
	made_item(m.exch, EXCH_LOST, 14, "syscalls[3].includes", "only on s390x");
	made_item(m.exch, EXCH_LOST, 18, "syscalls[5].includes", "only with CAP_SYS_ADMIN");
	made_item(m.exch, EXCH_NOTE, 20, "syscalls[6].includes", "only with CAP_SYS_CHROOT");
	made_item(m.exch, EXCH_WIDER, 22, "syscalls[7].args", "MASKED_EQ 2114060288");
	made_item(m.exch, EXCH_NOTE, 24, "syscalls[7].excludes", "only without CAP_SYS_ADMIN");
	assert_int_equal(made_items(m.exch), 7);
	made_free(&m);
}

static void what_is_refused_and_else_allowed_is_all_but_that(void **state)
{
	struct made m = made_of(OCI, "{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [\n"
		"{ \"names\": [\"ptrace\", \"kexec_load\"], \"action\": \"SCMP_ACT_KILL_PROCESS\" },\n"
		"{ \"names\": [\"socket\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\":\n"
		" [{ \"index\": 0, \"value\": 16, \"op\": \"SCMP_CMP_EQ\" }] } ] }");
	unsigned int n[3] = { 0 };

	(void)state;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (tb_syscall_name(nr))
			n[m.policy->sys[nr]]++;
	assert_int_equal(n[POL_SYS_UNDECLARED], 0);
	assert_int_equal(n[POL_SYS_DENIED], 2);
	assert_int_equal(call_is(m.policy, "kexec_load"), POL_SYS_DENIED);
	made_item(m.exch, EXCH_LOST, 4, "syscalls[1].args", "socket: refused if argument 0 EQ 16");
	made_free(&m);
}

static void what_is_said_of_two_rules_is_what_is_done(void **state)
{
	struct made m = made_of(OCI, "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n"
		"{ \"names\": [\"ptrace\", \"bpf\"], \"action\": \"SCMP_ACT_ALLOW\" },\n"
		"{ \"names\": [\"ptrace\", \"bpf\"], \"action\": \"SCMP_ACT_ERRNO\" },\n"
		"{ \"names\": [\"ptrace\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\":\n"
		" [{ \"index\": 0, \"value\": 16, \"op\": \"SCMP_CMP_EQ\" }] } ] }");
	const struct exch_item *it;

	(void)state;
	assert_int_equal(call_is(m.policy, "ptrace"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "bpf"), POL_SYS_DENIED);
	made_item(m.exch, EXCH_WIDER, 0, "", "with some arguments, taken as allowed: ptrace");
	made_item(m.exch, EXCH_NOTE, 0, "", "taken as refused: bpf");
	for (size_t i = 0; (it = exch_item_at(m.exch, i)); i++)
		assert_false(strstr(it->text, "refused") && strstr(it->text, "refused: ptrace"));
	made_free(&m);
}

static void a_group_is_written_only_where_it_is_covered_whole(void **state)
{
	struct made m = made_of(OCI, "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n"
		"{ \"name\": \"listen\", \"action\": \"SCMP_ACT_ALLOW\", \"args\": [] },\n"
		"{ \"names\": [\"accept\", \"accept4\", \"poll\", \"ppoll\", \"select\"],"
		" \"action\": \"SCMP_ACT_ALLOW\" } ] }");
	const char *text = exch_text(m.exch)->data;

	(void)state;
	assert_non_null(strstr(text, "\"@network-server\","));
	assert_null(strstr(text, "\"@network\""));
	assert_null(strstr(text, "\"listen\""));
	assert_non_null(strstr(text, "// Of @io-event:\n"));
	assert_non_null(strstr(text, "\"poll\", \"select\", \"ppoll\",\n"));
	assert_int_equal(made_items(m.exch), 0);
	made_free(&m);
}

static void actions_that_log_or_ask_are_said(void **state)
{
	struct made m = made_of(OCI, "{ \"defaultAction\": \"SCMP_ACT_LOG\", \"flags\": [],\n"
		"\"listenerPath\": \"/run/s\", \"syscalls\": [\n"
		"{ \"names\": [\"read\"], \"action\": \"SCMP_ACT_LOG\" },\n"
		"{ \"names\": [\"mount\"], \"action\": \"SCMP_ACT_NOTIFY\" },\n"
		"{ \"names\": [\"bpf\"], \"action\": \"SCMP_ACT_ALLOW\" },\n"
		"{ \"names\": [\"bpf\"], \"action\": \"SCMP_ACT_ERRNO\", \"new\": 1 } ] }");

	(void)state;
	assert_int_equal(m.policy->on_sys, POL_WARNING);
	assert_int_equal(call_is(m.policy, "read"), POL_SYS_ALLOWED);
	assert_int_equal(call_is(m.policy, "mount"), POL_SYS_UNDECLARED);
	assert_int_equal(call_is(m.policy, "bpf"), POL_SYS_DENIED);
	made_item(m.exch, EXCH_NOTE, 1, "defaultAction", "pass and are logged");
	made_item(m.exch, EXCH_LOST, 2, "listenerPath", "no word for it");
	made_item(m.exch, EXCH_LOST, 3, "syscalls[0].names", "read: allowed and logged");
	made_item(m.exch, EXCH_LOST, 4, "syscalls[1].names", "mount: another program");
	made_item(m.exch, EXCH_LOST, 6, "syscalls[3]", "\"new\" is not known");
	made_item(m.exch, EXCH_NOTE, 0, "", "taken as refused: bpf");
	made_free(&m);
}

static void of_a_container_the_profile_is_read(void **state)
{
	struct made m = made_of(OCI, "{ \"ociVersion\": \"1.1.0\", \"mounts\": [],\n"
		"\"linux\": { \"seccomp\": { \"defaultAction\": \"SCMP_ACT_KILL\",\n"
		"\"architectures\": [\"SCMP_ARCH_X86_64\"], \"syscalls\": [\n"
		"{ \"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\" }] } } }");

	(void)state;
	assert_int_equal(call_is(m.policy, "read"), POL_SYS_ALLOWED);
	assert_false(m.policy->i386);
	made_item(m.exch, EXCH_LOST, 2, "", "only \"seccomp\" is read");
	made_free(&m);
}

static void what_is_no_profile_is_refused_with_its_place(void **state)
{
	(void)state;
	made_refused(OCI, "[]", "x:1:1: a profile has to be an object");
	made_refused(OCI, "{}", "x:1:1: a profile has to have a \"defaultAction\"");
	made_refused(OCI, "{ \"linux\": {} }", "x:1:12: this container has no \"seccomp\"");
	made_refused(OCI, "{ \"defaultAction\": \"SCMP_ACT_ALOW\" }",
		     "x:1:20: no action is called \"SCMP_ACT_ALOW\"; did you mean "
		     "\"SCMP_ACT_ALLOW\"?");
	made_refused(OCI, "{ \"defaultAction\": \"SCMP_ACT_KILL\", \"syscalls\": {} }",
		     "x:1:49: \"syscalls\" has to be an array");
	made_refused(OCI, "{ \"defaultAction\": \"SCMP_ACT_KILL\", \"syscalls\": [{}] }",
		     "x:1:50: a rule has to have \"names\"");
	made_refused(OCI, "{ \"defaultAction\": \"SCMP_ACT_KILL\", \"syscalls\": [\n"
		     "{ \"names\": [1], \"action\": \"SCMP_ACT_ALLOW\" }] }",
		     "x:2:13: a string is expected here, in \"names\"");
	made_refused(OCI, "{ \"defaultAction\": \"SCMP_ACT_KILL\", \"syscalls\": [\n"
		     "{ \"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [\n"
		     "{ \"index\": 6, \"op\": \"SCMP_CMP_EQ\", \"value\": 1 }] }] }",
		     "x:3:1: a condition has to have an \"index\" from 0 to 5");
	made_refused(OCI, "{ \"defaultAction\": \"SCMP_ACT_KILL\", \"defaultAction\": 1 }",
		     "x:1:37: duplicate key \"defaultAction\"; it is in line 1, column 3 already");
}

static const char policy[] =
	"{ \"tcbox_policy\": 1, \"connections\": [{ \"id\": \"a\", \"to\": [\"a.example\"] }],\n"
	"\"executes\": [\"/bin/sh\"],\n"
	"\"syscalls\": { \"allow\": [\"@default\", \"@network\", \"@io_uring\", \"mount\"],\n"
	"\"deny\": [\"mlockall\", \"ptrace\"], \"architectures\": [\"i386\"] } }";

static void a_policy_and_its_profile_give_the_same_verdicts(void **state)
{
	struct exch *e = written_as(OCI, policy);
	struct made back = made_of(OCI, exch_text(e)->data);
	struct tb_err err = { 0 };
	struct pol *p = NULL;

	(void)state;
	assert_int_equal(pol_parse("p", policy, strlen(policy), &p, &err), 0);
	same_calls(p, back.policy);
	assert_int_equal(p->i386, back.policy->i386);
	assert_int_equal(p->on_sys, back.policy->on_sys);
	assert_int_equal(made_items(back.exch), 0);
	made_item(e, EXCH_LOST, 1, "connections", "nothing of connections");
	made_item(e, EXCH_LOST, 2, "executes", "nothing of programs");
	assert_int_equal(made_items(e), 2);
	pol_free(p);
	made_free(&back);
	exch_free(e);
}

static void undeclared_calls_can_be_logged(void **state)
{
	struct exch *e = written_as("oci-seccomp-log", policy);
	struct made back = made_of(OCI, exch_text(e)->data);

	(void)state;
	assert_non_null(strstr(exch_text(e)->data, "\"defaultAction\": \"SCMP_ACT_LOG\""));
	assert_null(strstr(exch_text(e)->data, "defaultErrnoRet"));
	assert_int_equal(back.policy->on_sys, POL_WARNING);
	assert_int_equal(call_is(back.policy, "ptrace"), POL_SYS_DENIED);
	made_free(&back);
	exch_free(e);
}

/* newer() - calls that this libseccomp is too old for; runtimes skip names that theirs has not */
static bool newer(const char *name)
{
	static const char *const names[] = {
		"cachestat", "fchmodat2", "map_shadow_stack", "futex_wake", "futex_wait",
		"futex_requeue", "statmount", "listmount", "lsm_get_self_attr",
		"lsm_set_self_attr", "lsm_list_modules", "mseal", "setxattrat", "getxattrat",
		"listxattrat", "removexattrat", "open_tree_attr", "file_getattr", "file_setattr",
		"listns", "rseq_slice_yield", "uretprobe", "uprobe", "set_mempolicy_home_node",
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static void names_are_those_of_libseccomp(void **state)
{
	(void)state;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		const char *name = tb_syscall_name(nr);

		if (!name || newer(name))
			continue;
		if (seccomp_syscall_resolve_name(name) != nr)
			fail_msg("libseccomp does not know %s", name);
	}
}

static void a_policy_without_calls_is_no_profile(void **state)
{
	static const char bare[] = "{ \"tcbox_policy\": 1 }";
	struct tb_err err = { 0 };
	struct exch *e = NULL;
	struct pol *p = NULL;

	(void)state;
	assert_int_equal(pol_parse("p", bare, strlen(bare), &p, &err), 0);
	assert_int_equal(exch_export(exch_format_find(OCI), p, &e, &err), -EINVAL);
	assert_string_equal(err.msg, "p: it has no \"syscalls\", and a seccomp profile says "
			    "nothing else");
	pol_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_of_docker_is_read_as_for_a_plain_container),
		cmocka_unit_test(what_of_it_a_policy_cannot_say_is_listed_with_its_place),
		cmocka_unit_test(what_is_refused_and_else_allowed_is_all_but_that),
		cmocka_unit_test(what_is_said_of_two_rules_is_what_is_done),
		cmocka_unit_test(a_group_is_written_only_where_it_is_covered_whole),
		cmocka_unit_test(actions_that_log_or_ask_are_said),
		cmocka_unit_test(of_a_container_the_profile_is_read),
		cmocka_unit_test(what_is_no_profile_is_refused_with_its_place),
		cmocka_unit_test(a_policy_and_its_profile_give_the_same_verdicts),
		cmocka_unit_test(undeclared_calls_can_be_logged),
		cmocka_unit_test(names_are_those_of_libseccomp),
		cmocka_unit_test(a_policy_without_calls_is_no_profile),
	};

	return cmocka_run_group_tests_name("exchange/oci", tests, NULL, NULL);
}
