/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - run a fuzz target over its stored inputs, without libFuzzer
 *
 * Linked with fuzz_NAME.c as replay_NAME; reads every file of tests/fuzz/corpus/NAME and also the
 * empty input. Each input is handed over in memory of exactly its size at the end of a page, so
 * that one byte too far is a fault.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* at_page_end() - memory whose byte after the last cannot be touched; lives until the process
 * ends */
static uint8_t *at_page_end(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page;
	uint8_t *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	if (map == MAP_FAILED || mprotect(map + room, page, PROT_NONE) < 0) {
		perror("Bail out! mmap");
		exit(1);
	}
	return map + room - size;
}

static int replay(const char *path)
{
	struct stat st;
	uint8_t *data;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(path);
		return -1;
	}
	data = at_page_end((size_t)st.st_size);
	if (read(fd, data, (size_t)st.st_size) != st.st_size) {
		fprintf(stderr, "%s: short read\n", path);
		close(fd);
		return -1;
	}
	close(fd);
	/* Before the call: if it crashes, the last line names the input. */
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	char dir[PATH_MAX], path[PATH_MAX];
	unsigned int n = 0, failed = 0;
	struct dirent **list;
	int count;

	name = strstr(name ? name : argv[0], "replay_");
	if (!name || argc != 1) {
		fprintf(stderr, "usage: replay_NAME, in the top directory of the tree\n");
		return 2;
	}
	name += strlen("replay_");
	if (snprintf(dir, sizeof(dir), "tests/fuzz/corpus/%s", name) >= (int)sizeof(dir))
		return 2;
	LLVMFuzzerTestOneInput(at_page_end(0), 0);
	count = scandir(dir, &list, NULL, alphasort);
	if (count < 0)
		printf("# %s: %s\n", dir, strerror(errno));
	for (int i = 0; i < count; i++) {
		if (list[i]->d_name[0] != '.') {
			n++;
			if (snprintf(path, sizeof(path), "%s/%s", dir,
				     list[i]->d_name) >= (int)sizeof(path) || replay(path) < 0)
				failed++;
		}
		free(list[i]);
	}
	if (count >= 0)
		free(list);
	printf("1..1\n%s 1 - %s: %u stored inputs\n", failed || n == 0 ? "not ok" : "ok", name, n);
	return failed || n == 0;
}
