/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain_read.c - the values of events.chain
 *
 * All have the same length, so that each is found by its number.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcbox/chain.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

static ssize_t read_at(int fd, char *out, size_t len, off_t at)
{
	size_t have = 0;
	ssize_t n;

	while (have < len && (n = pread(fd, out + have, len - have, at + (off_t)have)) != 0) {
		if (n < 0 && errno != EINTR)
			return -1;
		have += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)have;
}

/* read_head() - the first line. What follows it are values, as many as there is room for */
static int read_head(struct chain *c, struct tb_sha256 *hash, struct tb_err *err)
{
	char text[CHAIN_HEAD_MAX];
	ssize_t n = read_at(c->fd, text, sizeof(text), 0);
	struct stat st;
	size_t len;
	int ret;

	if (n < 0 || fstat(c->fd, &st))
		return tb_err_set(err, errno, "read %s", CHAIN_FILE);
	if (!memchr(text, '\n', (size_t)n))
		return tb_err_msg(err, EBADMSG, "%s: the first line is not the beginning of a "
				  "chain", CHAIN_FILE);
	len = (size_t)((char *)memchr(text, '\n', (size_t)n) - text) + 1;
	ret = chain_head_parse(text, len - 1, &c->head, err);
	if (ret)
		return ret;
	c->first = (off_t)len;
	c->n = (uint64_t)(st.st_size - c->first) / CHAIN_VALUE_BYTES;
	c->cut = (st.st_size - c->first) % CHAIN_VALUE_BYTES;
	return chain_first(hash, text, len, c->before, err);
}

int chain_open(struct chain *c, int bundle_fd, struct tb_sha256 *hash, struct tb_err *err)
{
	c->n = c->cached_n = 0;
	c->fd = tb_open_regular(bundle_fd, CHAIN_FILE, err);
	return c->fd < 0 ? c->fd : read_head(c, hash, err);
}

void chain_close(struct chain *c)
{
	tb_close(&c->fd);
}

/* load() - the values around one */
static int load(struct chain *c, uint64_t pos, struct tb_err *err)
{
	uint64_t from = (pos - 1) / CHAIN_CACHED * CHAIN_CACHED + 1;
	ssize_t n = read_at(c->fd, c->cached, sizeof(c->cached),
			    c->first + (off_t)(from - 1) * CHAIN_VALUE_BYTES);

	c->cached_n = 0;
	if (n < 0)
		return tb_err_set(err, errno, "read %s", CHAIN_FILE);
	c->cached_from = from;
	c->cached_n = (uint64_t)n / CHAIN_VALUE_BYTES;
	return 0;
}

int chain_value(struct chain *c, uint64_t pos, char value[TB_SHA256_HEX], struct tb_err *err)
{
	int ret;

	*value = 0;
	if (!pos) {
		memcpy(value, c->before, TB_SHA256_HEX);
		return 0;
	}
	if (pos > c->n)
		return -ERANGE;
	if (pos < c->cached_from || pos - c->cached_from >= c->cached_n) {
		ret = load(c, pos, err);
		if (ret)
			return ret;
		if (pos - c->cached_from >= c->cached_n)	/* cut meanwhile */
			return -ERANGE;
	}
	memcpy(value, c->cached + (pos - c->cached_from) * CHAIN_VALUE_BYTES, CHAIN_VALUE_BYTES);
	if (value[TB_SHA256_HEX - 1] != '\n')
		return -EBADMSG;
	value[TB_SHA256_HEX - 1] = 0;
	return tb_sha256_is_hex(value) ? 0 : -EBADMSG;
}

int chain_last(int bundle_fd, char value[TB_SHA256_HEX], struct tb_err *err)
{
	struct tb_sha256 *hash = tb_sha256_new();
	struct chain *c = calloc(1, sizeof(*c));
	int ret = -ENOMEM;

	*value = 0;
	if (c && hash) {
		c->fd = -1;
		ret = chain_open(c, bundle_fd, hash, err);
		if (!ret)
			ret = chain_value(c, c->n, value, err);
		chain_close(c);
	} else {
		(void)tb_err_set(err, ENOMEM, "read %s", CHAIN_FILE);
	}
	tb_sha256_free(hash);
	free(c);
	return ret;
}
