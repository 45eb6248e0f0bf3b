/* SPDX-License-Identifier: Apache-2.0 */
/* test_maps.c - files of the run that programs have mapped as code */
#include "tests/unit/sandbox/watch/caller.h"

#include <sys/stat.h>

#include "sandbox/watch/maps.h"

#define AT "7f0000000000-7f0000001000 "

static void lines_of_files_that_are_code(void **state)
{
	static const struct {
		const char *line, *path;	/* NULL: it is none */
		bool gone;
	} rows[] = {
		{ AT "r-xp 00001000 00:1b 77                  /opt/acme/a b.so\n", "/opt/acme/a b.so", false },
		{ AT "r-xs 00001000 00:1b 77 /opt/x.so (deleted)\n", "/opt/x.so", true },
		{ AT "r--p 00001000 00:1b 77 /opt/x.so\n", NULL, false },
		{ AT "r-xp 00000000 00:00 0 \n", NULL, false },
		{ AT "r-xp 00000000 00:00 0", NULL, false },
		{ AT "r-xp 00000000 00:00 0      [vdso]\n", NULL, false },
		{ AT "rwxs 00000000 00:01 9 /memfd:jit (deleted)\n", NULL, false },
		{ AT "rwxs 00000000 00:01 9 /SYSV00000000 (deleted)\n", NULL, false },
		{ AT "rwxp 00000000 00:01 9 /dev/zero (deleted)\n", NULL, false },
		{ "", NULL, false }, { "/opt/x.so\n", NULL, false }, { "a b c d e", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = NULL;
		bool gone = false;
		char line[128];

		(void)snprintf(line, sizeof(line), "%s", rows[i].line);
		assert_int_equal(maps_line(line, &path, &gone), rows[i].path != NULL);
		if (rows[i].path)
			assert_string_equal(path, rows[i].path);
		if (rows[i].path)
			assert_int_equal(gone, rows[i].gone);
	}
}

/* mapped() - how many files are told of this process, which has mapped one */
static size_t mapped(const char *wrote, bool old)
{
	char name[] = "/tmp/tcbox-map-XXXXXX";
	int fd = mkstemp(name), record = memfd_create("record", MFD_CLOEXEC);
	struct proc p = { .id = 1, .tgid = getpid() };
	struct elsewhere where = { .root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) };
	struct watch w = { .where = &where, .maps = old ? NULL : maps_new() };
	size_t n;
	struct stat st;
	void *code;

	assert_true(fd >= 0 && record >= 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	if (old)
		(void)usleep(50000);
	if (old)
		w.maps = maps_new();
	assert_non_null(w.maps);
	if (!old)	/* a file's time is that of the last tick */
		(void)usleep(50000);
	if (!old)
		assert_int_equal(fchmod(fd, 0755), 0);
	code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(code, MAP_FAILED);
	w.out = rec_out_new(dup(record), EV_SRC_BOX, 0);
	assert_non_null(w.out);
	if (wrote)
		maps_wrote(w.maps, wrote);
	maps_look(&w, &p);
	maps_look(&w, &p);		/* each once */
	watch_write(&w);
	assert_int_equal(fstat(record, &st), 0);
	n = st.st_size > 0;
	rec_out_free(w.out);
	maps_free(w.maps);
	(void)munmap(code, 4096);
	(void)unlink(name);
	(void)close(fd);
	(void)close(record);
	(void)close(where.root);
	return n;
}

static void a_file_that_was_changed_in_the_run_is_told(void **state)
{
	(void)state;
	assert_int_equal(mapped("/tmp/x", false), 1);
	assert_int_equal(mapped("/tmp/x", true), 0);
	assert_int_equal(mapped(NULL, false), 0);	/* nobody has changed a file */
	assert_int_equal(mapped("/dev/null", false), 0);
	maps_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_files_that_are_code),
		cmocka_unit_test(a_file_that_was_changed_in_the_run_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
