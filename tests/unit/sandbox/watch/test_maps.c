/* SPDX-License-Identifier: Apache-2.0 */
/* test_maps.c - files of the run that programs have mapped as code */
#include "tests/unit/sandbox/watch/caller.h"

#include <linux/memfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

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
		{ AT "rwxs 00000000 00:1b 77 /memfd:jit (deleted)\n", "/memfd:jit", true },
		{ AT "r-xp 00000000 00:1b 77 /memfd:jit\n", "/memfd:jit", false },
		{ AT "r-xp 00000000 00:1b 77 /dev/shm/x\n", "/dev/shm/x", false },
		{ AT "r-xp 00000000 00:1b 77 /opt/a\\012b\n", "/opt/a\\012b", false },
		{ "", NULL, false }, { "/opt/x.so\n", NULL, false }, { "a b c d e", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct maps_file f = { .ino = 0 };
		char line[128];

		(void)snprintf(line, sizeof(line), "%s", rows[i].line);
		assert_int_equal(maps_line(line, &f), rows[i].path != NULL);
		if (!rows[i].path)
			continue;
		assert_int_equal(maps_cut_gone(f.path), rows[i].gone);
		assert_string_equal(f.path, rows[i].path);
		assert_int_equal(f.ino, 77);
		assert_int_equal(f.dev, makedev(0, 0x1b));
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

/* A process that has mapped files: this one. */
struct here {
	struct proc p;
	struct elsewhere where;
	struct watch w;
	int record;
	char dir[32];
};

static void here_open(struct here *h)
{
	*h = (struct here){ .p = { .id = 1, .tgid = getpid() }, .dir = "/tmp/tcbox-map-XXXXXX" };
	h->where.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	h->record = memfd_create("record", MFD_CLOEXEC);
	assert_non_null(mkdtemp(h->dir));
	h->w.where = &h->where;
	h->w.maps = maps_new();
	h->w.out = rec_out_new(dup(h->record), EV_SRC_BOX, 0);
	assert_true(h->where.root >= 0 && h->record >= 0 && h->w.maps && h->w.out);
	maps_wrote(h->w.maps, "/tmp/x");
	(void)usleep(50000);		/* a file's time is that of the last tick */
}

/* here_file() - a file of the run that is mapped as code; it has its name still if @stays */
static void here_file(const struct here *h, const char *name, bool stays)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", h->dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0755);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	assert_ptr_not_equal(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0),
			     MAP_FAILED);
	(void)close(fd);
	if (!stays)
		assert_int_equal(unlink(path), 0);
}

/* here_told() - how often a text is in the record, after two looks; closes */
static size_t here_told(struct here *h, const char *text)
{
	TB_AUTOBUF struct tb_buf all = TB_BUF_INIT;
	char path[64];
	size_t n = 0;

	maps_look(&h->w, &h->p);
	maps_look(&h->w, &h->p);
	watch_write(&h->w);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", h->record);
	assert_int_equal(tb_read_file(AT_FDCWD, path, 8u << 20, &all, NULL), 0);
	for (const char *p = all.data; p && (p = strstr(p, text)); p++)
		n++;
	rec_out_free(h->w.out);
	maps_free(h->w.maps);
	(void)close(h->record);
	(void)close(h->where.root);
	return n;
}

static void here_remove(const struct here *h, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", h->dir, name);
	(void)unlink(path);
	(void)rmdir(h->dir);
}

static void a_name_may_end_like_the_mark_of_what_is_gone(void **state)
{
	struct here h;

	(void)state;
	here_open(&h);
	here_file(&h, "x.so (deleted)", true);
	assert_int_equal(here_told(&h, "/x.so (deleted)\""), 1);
	here_remove(&h, "x.so (deleted)");
	/* another file has that name */
	here_open(&h);
	here_file(&h, "y.so", false);
	here_file(&h, "y.so (deleted)", true);
	assert_int_equal(here_told(&h, "/y.so\""), 1);
	here_remove(&h, "y.so (deleted)");
}

static void a_newline_in_a_name_and_how_it_is_written(void **state)
{
	char plain[] = "/a.so", once[] = "/a\\012b\\012", none[] = "\\01\\\\";
	struct here h;

	(void)state;
	assert_false(maps_unescape(plain) || maps_unescape(none));
	assert_true(maps_unescape(once));
	assert_string_equal(once, "/a\nb\n");
	here_open(&h);
	here_file(&h, "a\nb.so", true);
	assert_int_equal(here_told(&h, "/a\\nb.so\""), 1);
	here_remove(&h, "a\nb.so");
	here_open(&h);
	here_file(&h, "a\\012b.so", true);
	assert_int_equal(here_told(&h, "/a\\\\\\\\012b.so\""), 1);
	here_remove(&h, "a\\012b.so");
	here_open(&h);
	here_file(&h, "c\nd.so", false);
	assert_int_equal(here_told(&h, "/c\\nd.so\""), 1);
	here_remove(&h, "none");
}

static void memory_with_a_name_is_told_and_other_memory_is_not(void **state)
{
	int fd = memfd_create("plug in", MFD_CLOEXEC), id = shmget(IPC_PRIVATE, 4096, 0700);
	struct here h;
	void *shared;

	(void)state;
	assert_true(fd >= 0 && id >= 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	assert_ptr_not_equal(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0),
			     MAP_FAILED);
	assert_ptr_not_equal(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1,
				  0), MAP_FAILED);
	shared = shmat(id, NULL, SHM_EXEC);
	(void)shmctl(id, IPC_RMID, NULL);
	assert_ptr_not_equal(shared, (void *)-1);
	here_open(&h);
	assert_int_equal(here_told(&h, "SYSV"), 0);
	here_remove(&h, "none");
	here_open(&h);
	assert_int_equal(here_told(&h, "/dev/zero"), 0);
	here_remove(&h, "none");
	here_open(&h);
	assert_int_equal(here_told(&h, "\"memfd:plug in\",\"gone\":true"), 1);
	here_remove(&h, "none");
	assert_int_equal(shmdt(shared), 0);
	(void)close(fd);
}

/* memory_of_huge_pages() - mapped as code, but nothing is read, so no page must be free. Return:
 * MAP_FAILED: the kernel has no huge pages of this size */
static void *memory_of_huge_pages(const char *name, unsigned int size, size_t bytes)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_HUGETLB | size);
	void *at = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, (off_t)bytes) == 0)
		at = mmap(NULL, bytes, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (fd >= 0)
		(void)close(fd);
	return at;
}

static void memory_of_huge_pages_is_told(void **state)
{
	static const struct {
		const char *name, *told;
		unsigned int size;
		size_t bytes;
	} rows[] = {
		{ "two", "\"memfd:two\",\"gone\":true", MFD_HUGE_2MB, 2u << 20 },
		{ "one", "\"memfd:one\",\"gone\":true", MFD_HUGE_1GB, 1u << 30 },
	};
	size_t there = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *at = memory_of_huge_pages(rows[i].name, rows[i].size, rows[i].bytes);
		struct here h;

		if (at == MAP_FAILED)
			continue;
		there++;
		here_open(&h);
		assert_int_equal(here_told(&h, rows[i].told), 1);
		here_remove(&h, "none");
		assert_int_equal(munmap(at, rows[i].bytes), 0);
	}
	if (!there)
		skip();
}

static void a_file_may_be_called_like_memory(void **state)
{
	struct maps_file f;
	char line[] = AT "r-xp 00000000 08:01 77 /memfd:x (deleted)\n";

	(void)state;
	assert_true(maps_line(line, &f));
	assert_true(maps_cut_gone(f.path));
	assert_string_equal(f.path, "/memfd:x");
	assert_int_equal(f.dev, makedev(8, 1));
}

static void what_is_beyond_the_bounds_is_a_loss(void **state)
{
	struct here h;
	char name[32];
	void *many;

	(void)state;
	/* pages that differ from their neighbours have lines of their own */
	many = mmap(NULL, 30000 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(many, MAP_FAILED);
	here_open(&h);
	for (size_t i = 0; i < 30000; i += 2)
		assert_int_equal(mprotect((char *)many + i * 4096, 4096, PROT_READ), 0);
	assert_int_equal(here_told(&h, "\"loss\""), 1);
	here_remove(&h, "none");
	assert_int_equal(munmap(many, 30000 * 4096), 0);
	here_open(&h);
	for (int i = 0; i < 1030; i++) {
		(void)snprintf(name, sizeof(name), "%d.so", i);
		here_file(&h, name, true);
	}
	for (int i = 0; i < 1030; i++) {
		(void)snprintf(name, sizeof(name), "%d.so", i);
		if (i == 1029)
			assert_int_equal(here_told(&h, "\"loss\""), 1);
		here_remove(&h, name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_files_that_are_code),
		cmocka_unit_test(a_file_that_was_changed_in_the_run_is_told),
		cmocka_unit_test(a_name_may_end_like_the_mark_of_what_is_gone),
		cmocka_unit_test(a_newline_in_a_name_and_how_it_is_written),
		cmocka_unit_test(memory_with_a_name_is_told_and_other_memory_is_not),
		cmocka_unit_test(memory_of_huge_pages_is_told),
		cmocka_unit_test(a_file_may_be_called_like_memory),
		cmocka_unit_test(what_is_beyond_the_bounds_is_a_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
