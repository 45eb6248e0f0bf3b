/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_doctor.c - the doctor on the machine of the test, and on one that forbids what it needs
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/doctor/doctor.h"
#include "tcbox/buf.h"
#include "tcbox/own.h"

#define CHECKS_MAX 64

struct answers {
	struct sbx_check v[CHECKS_MAX];
	size_t n;
	int failed;
};

static struct answers answers;

static void keep(void *arg, const struct sbx_check *check)
{
	struct answers *a = arg;

	assert_true(a->n < CHECKS_MAX);
	a->v[a->n++] = *check;
}

static void ask(void)
{
	memset(&answers, 0, sizeof(answers));
	answers.failed = sbx_doctor(keep, &answers);
}

/* Whoever forbids something does it in a child, which tells here what the doctor said. */
static int told[2];

static void child_asks(void)
{
	ask();
	(void)dprintf(told[1], "failed %d\n", answers.failed);
	for (size_t i = 0; i < answers.n; i++)
		(void)dprintf(told[1], "%s %s: %s; %s\n", answers.v[i].works ? "works" : "fails",
			      answers.v[i].name, answers.v[i].detail, answers.v[i].fix);
	_exit(0);
}

/* elsewhere() - what is told after @forbid. Return: NULL if it cannot forbid that here */
static const char *elsewhere(bool (*forbid)(void))
{
	static char text[1 << 15];
	size_t len = 0;
	ssize_t n;
	int status;
	pid_t pid;

	assert_return_code(pipe2(told, O_CLOEXEC), errno);
	pid = fork();
	if (pid == 0) {
		if (!forbid())
			_exit(77);
		child_asks();
	}
	(void)close(told[1]);
	while ((n = read(told[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	(void)close(told[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status ? NULL : text;
}

static void every_check_has_an_answer(void **state)
{
	int failed = 0;

	(void)state;
	ask();
	assert_true(answers.n > 25);
	assert_string_equal(answers.v[0].name, "user namespaces");
	for (size_t i = 0; i < answers.n; i++) {
		assert_true(strlen(answers.v[i].detail) > 3);
		assert_true(!answers.v[i].works || !answers.v[i].fix[0]);
		failed += answers.v[i].required && !answers.v[i].works;
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(answers.v[i].name, answers.v[j].name);
	}
	assert_int_equal(answers.failed, failed);
}

static void set_text(const char *path, const char *text)
{
	TB_AUTOCLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(77);
}

static bool become_root(void)
{
	const gid_t gid = getegid();
	char map[32];

	(void)snprintf(map, sizeof(map), "0 %u 1", geteuid());
	if (unshare(CLONE_NEWUSER))
		return false;
	set_text("/proc/self/uid_map", map);
	set_text("/proc/self/setgroups", "deny");
	(void)snprintf(map, sizeof(map), "0 %u 1", gid);
	set_text("/proc/self/gid_map", map);
	return true;
}

static void where_a_box_works_everything_needed_works(void **state)
{
	(void)state;
	ask();
	if (!answers.v[0].works)
		skip();
	for (size_t i = 0; i < answers.n; i++)
		if (answers.v[i].required && !answers.v[i].works)
			fail_msg("%s: %s", answers.v[i].name, answers.v[i].detail);
}

static bool no_namespaces(void)
{
	if (!become_root())
		return false;
	set_text("/proc/sys/user/max_user_namespaces", "0");
	return true;
}

static void without_user_namespaces_the_rest_is_not_tried(void **state)
{
	const char *text = elsewhere(no_namespaces);

	(void)state;
	if (!text)
		skip();
	assert_non_null(strstr(text, "fails user namespaces: unshare: No space left on device; "
				     "user.max_user_namespaces is 0; as root: sysctl -w "
				     "user.max_user_namespaces=15000\n"));
	assert_non_null(strstr(text, "fails mounting tmpfs: not tried: it needs user namespaces; \n"));
	assert_non_null(strstr(text, "fails packet rules: not tried: it needs user namespaces; \n"));
	assert_non_null(strstr(text, "works nft program: "));
	assert_null(strstr(text, "failed 0\n"));
}

static bool no_network(void)
{
	if (!become_root())
		return false;
	set_text("/proc/sys/user/max_net_namespaces", "0");
	return true;
}

static void a_kind_of_namespace_that_is_used_up_is_named(void **state)
{
	const char *text = elsewhere(no_network);

	(void)state;
	if (!text)
		skip();
	assert_non_null(strstr(text, "works user namespaces: "));
	assert_non_null(strstr(text, "fails network namespaces: unshare: No space left on device; "
				     "user.max_net_namespaces is used up; as root: sysctl -w "
				     "user.max_net_namespaces=15000\n"));
	assert_non_null(strstr(text, "works PID namespaces: made one; \n"));
}

/* under() - a filter that does @action with a call; as a container has one */
static bool under(int nr, uint32_t action)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog prog = { TB_ARRAY_SIZE(insns), insns };

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

static bool refuses_unshare(void)
{
	return under(SYS_unshare, SECCOMP_RET_ERRNO | EPERM);
}

static bool kills_unshare(void)
{
	return under(SYS_unshare, SECCOMP_RET_KILL_PROCESS);
}

static bool refuses_mount(void)
{
	return under(SYS_mount, SECCOMP_RET_ERRNO | EPERM);
}

static void a_container_is_told_from_the_kernel(void **state)
{
	const char *text = elsewhere(refuses_unshare);

	(void)state;
	assert_non_null(text);
	assert_non_null(strstr(text, "fails user namespaces: unshare: Operation not permitted; tcbox "
				     "runs in a container or service that forbids it"));
	text = elsewhere(kills_unshare);
	assert_non_null(text);
	assert_non_null(strstr(text, "fails user namespaces: the trial was killed by signal 31 (Bad "
				     "system call); a seccomp filter around tcbox kills"));
	text = elsewhere(refuses_mount);
	assert_non_null(text);
	assert_non_null(strstr(text, "works user namespaces: "));
	assert_non_null(strstr(text, "fails mount namespaces: make / private: Operation not "
				     "permitted; tcbox runs in a container"));
}

static void a_long_answer_is_cut_and_says_so(void **state)
{
	struct doctor_found f = { .works = true, .fix = "old" };
	char text[2 * sizeof(f.detail)];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	doctor_fails(&f, NULL, "%s", text);
	assert_false(f.works);
	assert_string_equal(f.fix, "");
	assert_int_equal(strlen(f.detail), sizeof(f.detail) - 1);
	assert_string_equal(f.detail + sizeof(f.detail) - 5, "x...");
	doctor_fails(&f, "mend it", "%d", 7);
	assert_string_equal(f.fix, "mend it");
	text[sizeof(f.detail) - 1] = '\0';
	doctor_works(&f, "%s", text);
	assert_true(f.works);
	assert_string_equal(f.fix, "");
	assert_string_equal(f.detail, text);
}

static void numbers_are_read_from_files(void **state)
{
	(void)state;
	assert_int_equal(doctor_number("/no/such/file"), -1);
	assert_int_equal(doctor_number("/proc/self/stat"), getpid());
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_check_has_an_answer),
		cmocka_unit_test(where_a_box_works_everything_needed_works),
		cmocka_unit_test(without_user_namespaces_the_rest_is_not_tried),
		cmocka_unit_test(a_kind_of_namespace_that_is_used_up_is_named),
		cmocka_unit_test(a_container_is_told_from_the_kernel),
		cmocka_unit_test(a_long_answer_is_cut_and_says_so),
		cmocka_unit_test(numbers_are_read_from_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
