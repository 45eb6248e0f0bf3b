/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_import.c - tcbox import: a bundle out of an archive that tcbox export made
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/values.h"
#include "tcbox/buf.h"
#include "tcbox/bundle.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/sha256.h"

#define SUFFIX ".tar.zst"

struct options {
	uint64_t max_bytes;
};

static int set_size(void *ctx, const char *value, struct tb_err *err)
{
	return value_size(value, 1, BUNDLE_PACK_BYTES, &((struct options *)ctx)->max_bytes, err);
}

/* default_dir() - the archive's name without its end, in the working directory */
static char *default_dir(const char *archive)
{
	const char *base = strrchr(archive, '/') ? strrchr(archive, '/') + 1 : archive;
	size_t len = strlen(base), end = strlen(SUFFIX);

	if (len <= end || strcmp(base + len - end, SUFFIX) != 0)
		return NULL;
	return strndup(base, len - end);
}

/* status_of() - what is wrong with what was named is for who named it to mend */
static int status_of(int ret)
{
	switch (-ret) {
	case EEXIST:
	case EBADMSG:
	case EFBIG:
	case EINVAL:
	case ENOENT:
		return TB_EXIT_USAGE;
	}
	return TB_EXIT_FAILED;
}

static int import(const char *archive, const char *dir, uint64_t max_bytes)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	TB_AUTOCLOSE int fd = -1;
	struct bundle_packed told;
	struct tb_err err = { 0 };
	char hex[TB_SHA256_HEX];
	int ret;

	fd = tb_open_regular(AT_FDCWD, archive, &err);
	if (fd < 0)
		return cli_error(status_of(fd), &err);
	ret = tb_sha256_fd(fd, hex, NULL, &err);
	if (!ret)
		ret = bundle_unpack(fd, dir, max_bytes, &told, &err);
	if (ret) {
		if (ret == -EBADMSG || ret == -EFBIG)
			(void)tb_err_wrap(&err, "%s", archive);
		return cli_error(status_of(ret), &err);
	}
	tb_buf_addf(&out, "%s: %u files, %" PRIu64 " bytes; SHA-256 of the archive: %s\n", dir,
		    told.files, told.bytes, hex);
	return cli_print(&out, 0);
}

static int cmd_import_main(int argc, char **argv)
{
	struct options o = { .max_bytes = BUNDLE_PACK_BYTES };
	TB_AUTOFREE char *dir = NULL;
	int at, status;

	at = cli_opts(&cmd_import, argc, argv, &o, &status);
	if (at < 0)
		return status;
	if (argc == at)
		return cli_usage(&cmd_import, "name an archive");
	if (argc - at > 2)
		return cli_usage(&cmd_import, "one archive only");
	if (argc - at == 2)
		return import(argv[at], argv[at + 1], o.max_bytes);
	dir = default_dir(argv[at]);
	if (!dir)
		return cli_usage(&cmd_import, "name the directory to make: %s does not end in "
				 SUFFIX, argv[at]);
	return import(argv[at], dir, o.max_bytes);
}

static const struct cli_opt opts[] = {
	{ "max-size", "SIZE", "at most so much, unpacked (default: 64GiB)", set_size },
	{ 0 },
};

const struct cli_cmd cmd_import = {
	.name = "import",
	.synopsis = "[--max-size SIZE] FILE.tar.zst [DIR]",
	.about = "Unpack a bundle that export packed",
	.opts = opts,
	.interleave = true,
	.main = cmd_import_main,
};
