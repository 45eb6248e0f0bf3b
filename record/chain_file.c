/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain_file.c - events.chain, while the record is written
 *
 * How it works: the lines first, then their values. Where tcbox is killed in between, the last
 * lines have no value, and who checks the bundle is told how many. The other way round somebody
 * could cut the record by as much, and say that it was a kill.
 */
#include "record/chain_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/chain.h"
#include "tcbox/fd.h"

struct chain_file {
	int fd;
	struct tb_sha256 *hash;
	char value[TB_SHA256_HEX];	/* of the last line that is written */
	struct tb_buf text;		/* values that are not written yet */
};

static int begin(struct chain_file *c, int bundle_fd, const char *head, struct tb_err *err)
{
	size_t len = strlen(head);
	int ret;

	c->hash = tb_sha256_new();
	if (!c->hash)
		return tb_err_set(err, ENOMEM, "create %s", CHAIN_FILE);
	c->fd = openat(bundle_fd, CHAIN_FILE, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC,
		       0644);
	if (c->fd < 0)
		return tb_err_set(err, errno, "create %s", CHAIN_FILE);
	ret = tb_write_all(c->fd, head, len);
	if (ret)
		return tb_err_set(err, -ret, "write %s", CHAIN_FILE);
	return chain_first(c->hash, head, len, c->value, err);
}

int chain_file_create(struct chain_file **out, int bundle_fd, const char *head, struct tb_err *err)
{
	struct chain_file *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return tb_err_set(err, ENOMEM, "create %s", CHAIN_FILE);
	c->fd = -1;
	ret = begin(c, bundle_fd, head, err);
	if (ret)
		(void)chain_file_close(c, NULL);
	else
		*out = c;
	return ret;
}

int chain_file_add(struct chain_file *c, const char *lines, size_t len, struct tb_err *err)
{
	char line[TB_SHA256_HEX], value[TB_SHA256_HEX];
	const char *end;
	int ret = 0;

	memcpy(value, c->value, sizeof(value));
	tb_buf_reset(&c->text);
	while (!ret && len && (end = memchr(lines, '\n', len))) {
		size_t n = (size_t)(end - lines);

		ret = chain_line(c->hash, lines, n, line, err);
		if (!ret)
			ret = chain_next(c->hash, line, value, err);
		tb_buf_add(&c->text, value, TB_SHA256_HEX - 1);
		tb_buf_addc(&c->text, '\n');
		lines += n + 1;
		len -= n + 1;
	}
	if (ret)
		return ret;
	if (c->text.failed)
		return tb_err_set(err, ENOMEM, "write %s", CHAIN_FILE);
	ret = tb_write_all(c->fd, c->text.data ? c->text.data : "", c->text.len);
	if (ret)
		return tb_err_set(err, -ret, "write %s", CHAIN_FILE);
	memcpy(c->value, value, sizeof(value));
	return 0;
}

const char *chain_file_value(const struct chain_file *c)
{
	return c->value;
}

int chain_file_close(struct chain_file *c, struct tb_err *err)
{
	int ret = 0;

	if (!c)
		return 0;
	if (c->fd >= 0 && fsync(c->fd))
		ret = tb_err_set(err, errno, "write %s", CHAIN_FILE);
	if (c->fd >= 0 && close(c->fd) && !ret)
		ret = tb_err_set(err, errno, "close %s", CHAIN_FILE);
	tb_sha256_free(c->hash);
	tb_buf_free(&c->text);
	free(c);
	return ret;
}
