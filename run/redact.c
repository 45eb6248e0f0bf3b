/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact.c - a copy of a bundle to give away
 *
 * How it works: the files are gone through twice. First the names of users are found, so that each
 * is the same in all files; then each file is copied, line by line or block by block, and what
 * changes is told of in REDACTED_PARTS_FILE. Lines keep their number and packets their place. A
 * chain of hashes over hashes of lines holds with those that are told of.
 */
#include "run/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/evaluate.h"
#include "run/redact_text.h"
#include "run/redacted.h"
#include "tcbox/bundle.h"
#include "tcbox/capture.h"
#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/json_write.h"
#include "tcbox/note.h"
#include "tcbox/own.h"
#include "tcbox/record.h"
#include "tcbox/review.h"
#include "tcbox/run.h"
#include "tcbox/sha256.h"

#define CHUNK 65536
#define LINE_MAX_BYTES (4u << 20)
#define PARTS_BUFFER (1u << 20)

struct redact {
	const char *bundle;
	int from, to;
	struct redact_names *names;
	char policy_sha256[TB_SHA256_HEX];	/* of the policy in the copy; empty: it is as it
						 * was */
	int parts_fd;
	struct tb_buf parts;
	uint64_t nparts;		/* of all files */
	unsigned int what;		/* of all files */
	const char *file;		/* the present one */
	uint64_t file_parts;
	struct tb_buf summary;
	struct jw w;
	struct tb_err *err;		/* for who is called back */
};

/* What is done with the files of a bundle; others stay as they are. */
static const struct treat {
	const char *name;
	enum { LINES, PACKETS, REMOVED } how;
	enum redact_text text;		/* LINES */
	unsigned int what;		/* REMOVED */
} treats[] = {
	{ RUN_FILE, LINES, REDACT_MANIFEST, 0 },
	{ RUN_POLICY_FILE, LINES, REDACT_POLICY, 0 },
	{ REC_EVENTS_FILE, LINES, REDACT_RECORD, 0 },
	{ REVIEW_FILE, LINES, REDACT_SAID, 0 },
	{ NOTE_FILE, LINES, REDACT_SAID, 0 },
	{ RUN_CAPTURE_FILE, PACKETS, 0, 0 },
	{ RUN_BODIES_FILE, REMOVED, 0, REDACT_PAYLOADS },
	{ RUN_STDOUT_FILE, REMOVED, 0, REDACT_PAYLOADS },
	{ RUN_STDERR_FILE, REMOVED, 0, REDACT_PAYLOADS },
	{ RUN_REPORT_FILE, REMOVED, 0, REDACT_REPORT },
	{ RUN_PAGE_FILE, REMOVED, 0, REDACT_REPORT },
};

static const struct treat *treat_of(const char *name)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(treats); i++)
		if (!strcmp(treats[i].name, name))
			return &treats[i];
	return NULL;
}

/* Lines of a file. */
struct lines {
	int fd;
	struct tb_buf buf;
	size_t taken;		/* bytes of the line before */
	bool over;
};

/* line_next() - *line without its newline; *whole: it had one. Return: 1; 0: no more; negative
 * errno */
static int line_next(struct lines *l, const char **line, size_t *len, bool *whole)
{
	char chunk[CHUNK];
	const char *end;
	size_t looked = 0;
	ssize_t n;

	tb_buf_drop(&l->buf, l->taken);
	l->taken = 0;
	for (;;) {
		end = l->buf.len > looked ?
		      memchr(l->buf.data + looked, '\n', l->buf.len - looked) : NULL;
		looked = l->buf.len;
		if (end || l->over)
			break;
		if (l->buf.len > LINE_MAX_BYTES)
			return -EFBIG;
		n = read(l->fd, chunk, sizeof(chunk));
		if (n < 0 && errno != EINTR)
			return -errno;
		l->over = !n;
		if (n > 0)
			tb_buf_add(&l->buf, chunk, (size_t)n);
		if (l->buf.failed)
			return -ENOMEM;
	}
	if (!l->buf.len)
		return 0;
	*line = l->buf.data;
	*whole = end;
	*len = end ? (size_t)(end - l->buf.data) : l->buf.len;
	l->taken = *len + *whole;
	return 1;
}

static int line_failed(const struct redact *r, int ret)
{
	if (ret == -EFBIG)
		return tb_err_msg(r->err, EFBIG, "%s/%s: a line is longer than %u bytes", r->bundle,
				  r->file, LINE_MAX_BYTES);
	if (ret == -E2BIG)
		return tb_err_msg(r->err, E2BIG, "%s/%s: too many names of users", r->bundle,
				  r->file);
	return tb_err_set(r->err, -ret, "redact %s/%s", r->bundle, r->file);
}

static int flush_parts(struct redact *r)
{
	int ret = r->parts.failed ? -ENOMEM : 0;

	if (!ret && r->parts.len)
		ret = tb_write_all(r->parts_fd, r->parts.data, r->parts.len);
	tb_buf_reset(&r->parts);
	return ret ? tb_err_set(r->err, -ret, "write %s", REDACTED_PARTS_FILE) : 0;
}

static void add_what(struct tb_buf *b, unsigned int what)
{
	const char *between = "";

	tb_buf_adds(b, "\"what\":[");
	for (size_t i = 0; i < REDACTED_WORDS; i++) {
		if (!(what & 1u << i))
			continue;
		tb_buf_addf(b, "%s\"%s\"", between, redacted_words[i].name);
		between = ",";
	}
	tb_buf_addc(b, ']');
}

/* tell() - a part that went. @place: members that say where it was, each with its comma */
static int tell(struct redact *r, const char *place, const void *data, size_t len,
		unsigned int what)
{
	char hex[TB_SHA256_HEX];
	int ret = tb_sha256(data, len, hex, r->err);

	if (ret)
		return ret;
	tb_buf_addf(&r->parts, "{\"file\":\"%s\",%s\"sha256\":\"%s\",", r->file, place, hex);
	add_what(&r->parts, what);
	tb_buf_adds(&r->parts, "}\n");
	r->file_parts++;
	r->nparts++;
	r->what |= what;
	return r->parts.len < PARTS_BUFFER && !r->parts.failed ? 0 : flush_parts(r);
}

/* find_names() - of all files before the first of them is written */
static int find_names(struct redact *r)
{
	static const char *const said[] = { RUN_FILE, RUN_POLICY_FILE, REC_EVENTS_FILE, REVIEW_FILE,
		NOTE_FILE };

	for (size_t i = 0; i < TB_ARRAY_SIZE(said); i++) {
		struct lines l = { .fd = openat(r->from, said[i], O_RDONLY | O_NOFOLLOW |
						O_NONBLOCK | O_CLOEXEC) };
		const char *line;
		size_t len;
		bool whole;
		int ret;

		if (l.fd < 0)
			continue;	/* whoever copies it says what is wrong */
		r->file = said[i];
		while ((ret = line_next(&l, &line, &len, &whole)) > 0) {
			ret = redact_names_find(r->names, line, len);
			if (ret)
				break;
		}
		tb_buf_free(&l.buf);
		tb_close(&l.fd);
		if (ret)
			return line_failed(r, ret);
	}
	return 0;
}

/* one_line() - into @out, and tell of it if it is not as it was */
static int one_line(struct redact *r, struct redact_line *how, uint64_t number, const char *line,
		    size_t len, struct tb_buf *out)
{
	unsigned int what;
	char place[48];

	tb_buf_reset(out);
	what = redact_line(how, line, len, out);
	if (out->failed)
		return tb_err_set(r->err, ENOMEM, "redact %s", r->file);
	if (!what)
		return 0;
	(void)snprintf(place, sizeof(place), "\"line\":%" PRIu64 ",", number);
	return tell(r, place, line, len, what);
}

static int lines(struct redact *r, int in, int out, enum redact_text text)
{
	struct redact_line how = { .text = text, .names = r->names };
	TB_AUTOBUF struct tb_buf redacted = TB_BUF_INIT;
	struct lines l = { .fd = in };
	uint64_t number = 0;
	const char *line;
	size_t len;
	bool whole;
	int ret;

	if (text == REDACT_MANIFEST && *r->policy_sha256)
		how.policy_sha256 = r->policy_sha256;
	while ((ret = line_next(&l, &line, &len, &whole)) > 0) {
		ret = one_line(r, &how, ++number, line, len, &redacted);
		if (ret)
			break;
		if (whole)
			tb_buf_addc(&redacted, '\n');
		if (redacted.failed || tb_write_all(out, redacted.data, redacted.len)) {
			ret = tb_err_set(r->err, redacted.failed ? ENOMEM : errno, "write %s",
					 r->file);
			break;
		}
	}
	tb_buf_free(&l.buf);
	return ret && !r->err->code ? line_failed(r, ret) : ret;
}

static int packet_part(void *arg, const struct capt_redacted *part)
{
	struct redact *r = arg;
	char place[112], packet[32] = "";

	if (part->packet)
		(void)snprintf(packet, sizeof(packet), "\"packet\":%" PRIu64 ",", part->packet);
	(void)snprintf(place, sizeof(place), "\"offset\":%" PRIu64 ",\"bytes\":%" PRIu64 ",%s",
		       part->offset, part->bytes, packet);
	return tell(r, place, part->data, part->bytes, REDACT_PAYLOADS);
}

static int as_it_is(struct redact *r, int in, int out)
{
	char chunk[CHUNK];
	ssize_t n;

	while ((n = read(in, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || tb_write_all(out, chunk, (size_t)n))
			return tb_err_set(r->err, errno, "copy %s", r->file);
	}
	return 0;
}

/* add_file() - one that is not as it was, to the summary. @out: -1 if it is not in the copy */
static int add_file(struct redact *r, int in, int out)
{
	char before[TB_SHA256_HEX], after[TB_SHA256_HEX];
	uint64_t size;
	int ret = tb_sha256_fd(in, before, &size, r->err);

	if (!ret && out >= 0)
		ret = tb_sha256_fd(out, after, NULL, r->err);
	if (ret)
		return ret;
	jw_object(&r->w, NULL);
	jw_str(&r->w, "name", r->file);
	jw_uint(&r->w, "bytes", size);
	jw_str(&r->w, "sha256", before);
	jw_str(&r->w, "redacted_sha256", out < 0 ? NULL : after);
	jw_uint(&r->w, "parts", r->file_parts);
	jw_end(&r->w);
	if (!strcmp(r->file, RUN_POLICY_FILE))
		memcpy(r->policy_sha256, after, sizeof(after));
	return 0;
}

static int treat(struct redact *r, const struct treat *t, int in, int out)
{
	if (!t)
		return as_it_is(r, in, out);
	if (t->how == LINES)
		return lines(r, in, out, t->text);
	return capt_redact(in, out, packet_part, r, r->err);
}

static int copy_file(struct redact *r, const char *name)
{
	const struct treat *t = treat_of(name);
	TB_AUTOCLOSE int in = tb_open_regular(r->from, name, r->err), out = -1;
	int ret;

	r->file = name;
	r->file_parts = 0;
	if (in < 0)
		return tb_err_wrap(r->err, "%s", r->bundle);
	if (t && t->how == REMOVED) {
		r->what |= t->what;
		return add_file(r, in, -1);
	}
	out = openat(r->to, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (out < 0)
		return tb_err_set(r->err, errno, "create %s", name);
	ret = treat(r, t, in, out);
	return ret || !r->file_parts ? ret : add_file(r, in, out);
}

static int copy_all(struct redact *r, const struct bundle_names *names)
{
	int ret = 0;

	jw_array(&r->w, "files");
	for (unsigned int i = 0; !ret && i < names->n; i++)
		ret = copy_file(r, names->v[i]);
	jw_end(&r->w);
	return ret ? ret : flush_parts(r);
}

static int put_summary(struct redact *r)
{
	jw_array(&r->w, "what");
	for (size_t i = 0; i < REDACTED_WORDS; i++)
		if (r->what & 1u << i)
			jw_str(&r->w, NULL, redacted_words[i].name);
	jw_end(&r->w);
	jw_uint(&r->w, "users", redact_names_count(r->names));
	jw_uint(&r->w, "parts", r->nparts);
	jw_end(&r->w);
	if (r->summary.failed)
		return tb_err_set(r->err, ENOMEM, "write %s", REDACTED_FILE);
	return tb_write_file(r->to, REDACTED_FILE, r->summary.data, r->summary.len, r->err);
}

static int work(struct redact *r)
{
	TB_AUTOFREE struct bundle_names *names = calloc(1, sizeof(*names));
	int ret;

	if (!names)
		return tb_err_set(r->err, ENOMEM, "redact %s", r->bundle);
	ret = bundle_list(r->from, r->bundle, names, r->err);
	if (ret)
		return ret;
	if (!faccessat(r->from, REDACTED_FILE, F_OK, AT_SYMLINK_NOFOLLOW))
		return tb_err_msg(r->err, EINVAL, "%s is redacted already: export it as it is",
				  r->bundle);
	r->parts_fd = openat(r->to, REDACTED_PARTS_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			     0644);
	if (r->parts_fd < 0)
		return tb_err_set(r->err, errno, "create %s", REDACTED_PARTS_FILE);
	jw_init(&r->w, &r->summary);
	jw_object(&r->w, NULL);
	jw_uint(&r->w, "tcbox_redacted", REDACTED_FORMAT);
	ret = find_names(r);
	if (!ret)
		ret = copy_all(r, names);
	return ret ? ret : put_summary(r);
}

static int verdict(const char *bundle, enum fnd_verdict *out, struct tb_err *err)
{
	struct evaluation e;
	int ret = evaluate_bundle(bundle, NULL, &e, err);

	if (ret)
		return ret;
	*out = e.result->verdict;
	evaluation_clear(&e);
	return 0;
}

/* no_better() - who gives a bundle away must not gain by it */
static int no_better(const char *bundle, const char *dir, struct tb_err *err)
{
	enum fnd_verdict before, after;
	int ret = verdict(bundle, &before, err);

	if (!ret)
		ret = verdict(dir, &after, err);
	if (ret)
		return ret;
	if (evaluate_worth(after) <= evaluate_worth(before))
		return 0;
	return tb_err_msg(err, ENOTSUP, "%s cannot be redacted: without what must go it would be "
			  "judged better than with it", bundle);
}

int redact_bundle(const char *bundle, const char *dir, struct redact_told *told, struct tb_err *err)
{
	struct redact r = { .bundle = bundle, .from = -1, .parts_fd = -1, .err = err };
	int ret;

	r.to = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r.names = redact_names_new();
	if (r.to < 0 || !r.names)
		ret = tb_err_set(err, r.to < 0 ? errno : ENOMEM, "redact into %s", dir);
	else
		ret = evaluate_open(bundle, &r.from, err);
	if (!ret)
		ret = work(&r);
	*told = (struct redact_told){ .parts = r.nparts };
	if (r.names)
		told->users = redact_names_count(r.names);
	redact_names_free(r.names);
	tb_buf_free(&r.parts);
	tb_buf_free(&r.summary);
	tb_close(&r.from);
	tb_close(&r.to);
	tb_close(&r.parts_fd);
	return ret ? ret : no_better(bundle, dir, err);
}

void redact_remove(const char *dir)
{
	TB_AUTOFREE struct bundle_names *names = calloc(1, sizeof(*names));
	TB_AUTOCLOSE int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct tb_err err = { 0 };

	if (names && fd >= 0 && !bundle_list(fd, dir, names, &err))
		for (unsigned int i = 0; i < names->n; i++)
			(void)unlinkat(fd, names->v[i], 0);
	(void)rmdir(dir);
}
