/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_unpack.c - any bytes as an archive: a bundle of plain files, or nothing at all
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/pack.h"
#include "tcbox/bundle.h"
#include "tcbox/fd.h"
#include "tcbox/log.h"

#define MOST 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* take_away() - every entry of @path has to be a plain file; remove them. Return: how many */
static unsigned int take_away(int dir)
{
	DIR *d = fdopendir(dup(dir));
	struct dirent *e;
	unsigned int n = 0;
	struct stat st;

	TB_BUG_ON(!d);
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		TB_BUG_ON(!pack_name_good(e->d_name));
		TB_BUG_ON(fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
			  !S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_size > MOST);
		TB_BUG_ON(unlinkat(dir, e->d_name, 0));
		n++;
	}
	(void)closedir(d);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char place[] = "/tmp/tcbox-fuzz.XXXXXX", path[64];
	struct tb_err err = { 0, "" };
	struct bundle_packed told;
	int fd = memfd_create("archive", MFD_CLOEXEC), dir, ret;

	TB_BUG_ON(fd < 0 || tb_write_all(fd, data, size) || lseek(fd, 0, SEEK_SET));
	TB_BUG_ON(!mkdtemp(place));
	(void)stpcpy(stpcpy(path, place), "/new");
	ret = bundle_unpack(fd, path, MOST, &told, &err);
	TB_BUG_ON(ret && (err.code != -ret || strpbrk(err.msg, "\n\x1b")));
	if (!ret) {
		dir = open(path, O_RDONLY | O_DIRECTORY);
		TB_BUG_ON(dir < 0 || take_away(dir) != told.files || told.bytes > MOST);
		(void)close(dir);
		TB_BUG_ON(rmdir(path));
	}
	/* nothing else is there */
	TB_BUG_ON(rmdir(place));
	(void)close(fd);
	return 0;
}
