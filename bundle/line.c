/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.c - files of a bundle that examiners add to, one JSON object a line
 */
#include "bundle/line.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcbox/chain.h"
#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/jsonc.h"
#include "tcbox/own.h"
#include "tcbox/pool.h"

bool line_has_words(const char *text, size_t max)
{
	size_t len = text ? strlen(text) : 0;

	return len && len <= max && strspn(text, " \t\n") < len;
}

bool line_has_form(const char *text, const char *form)
{
	size_t i;

	for (i = 0; form[i]; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == '0' ? !digit : text[i] != form[i])
			return false;
	}
	return !text[i];
}

char *line_text(struct tb_pool *pool, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = tb_pool_alloc(pool, size);

	return copy ? memcpy(copy, text, size) : NULL;
}

void line_members(struct tb_buf *b, const char *const *keys, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		tb_buf_adds(b, i ? ", \"" : "{\"");
		tb_buf_adds(b, keys[i]);
		tb_buf_adds(b, "\": ");
		if (texts[i])
			tb_buf_add_json(b, texts[i], strlen(texts[i]));
		else
			tb_buf_adds(b, "null");
	}
	tb_buf_adds(b, "}\n");
}

static const char *const links[LINE_LINKS] = { "record", "before" };

int line_links(const struct jsonc_val *object, size_t *n, struct tb_err *err)
{
	*n = 0;
	for (size_t i = 0; i < LINE_LINKS; i++) {
		const struct jsonc_val *v = jsonc_member(object, links[i]);

		if (!v)
			continue;
		if (v->type != JSONC_STRING || !tb_sha256_is_hex(v->text))
			return tb_err_msg(err, EBADMSG, "\"%s\" is not a SHA-256", links[i]);
		++*n;
	}
	return 0;
}

/* hash_before() - of what the file has. It is there: it was opened to be added to */
static int hash_before(int dirfd, const char *file, char hex[TB_SHA256_HEX], struct tb_err *err)
{
	TB_AUTOCLOSE int fd = tb_open_regular(dirfd, file, err);

	return fd < 0 ? fd : tb_sha256_fd(fd, hex, NULL, err);
}

int line_link(int dirfd, const char *file, struct tb_buf *line, struct tb_err *err)
{
	char record[TB_SHA256_HEX], before[TB_SHA256_HEX];
	int ret = hash_before(dirfd, file, before, err);

	if (ret || line->failed)
		return ret ? ret : tb_err_set(err, ENOMEM, "write %s", file);
	/* an older bundle has none, and a damaged one can be noted on, too */
	ret = chain_last(dirfd, record, NULL);
	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "write %s", file);
	line->len -= strlen("}\n");
	if (!ret)
		tb_buf_addf(line, ", \"%s\": \"%s\"", links[0], record);
	tb_buf_addf(line, ", \"%s\": \"%s\"}\n", links[1], before);
	return line->failed ? tb_err_set(err, ENOMEM, "write %s", file) : 0;
}

int line_open(int dirfd, const char *file, int *fd, struct tb_err *err)
{
	struct stat st;

	*fd = openat(dirfd, file,
		     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (*fd < 0 || fstat(*fd, &st))
		return tb_err_set(err, errno, "open %s", file);
	if (!S_ISREG(st.st_mode))
		return tb_err_msg(err, EINVAL, "%s is not a regular file", file);
	while (flock(*fd, LOCK_EX))
		if (errno != EINTR)
			return tb_err_set(err, errno, "lock %s", file);
	return 0;
}

int line_add(int dirfd, int fd, const char *file, size_t max, const struct tb_buf *line,
	     struct tb_err *err)
{
	struct stat st;
	int ret;

	if (fstat(fd, &st))
		return tb_err_set(err, errno, "write %s", file);
	if ((size_t)st.st_size + line->len > max)
		return tb_err_msg(err, EFBIG, "%s would be larger than %zu bytes", file, max);
	ret = tb_write_all(fd, line->data, line->len);
	if (!ret && fsync(fd))
		ret = -errno;
	if (!ret && fsync(dirfd))	/* the name of a new file */
		ret = -errno;
	if (!ret)
		return 0;
	if (ftruncate(fd, st.st_size))
		return tb_err_set(err, -ret, "write %s, which now ends in a part of a line", file);
	return tb_err_set(err, -ret, "write %s", file);
}
