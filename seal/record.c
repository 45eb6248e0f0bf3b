/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - events.jsonl against its chain
 *
 * How it works: each line must give the next value. Where one does not, resync.c looks for the
 * nearest place at which both agree again, so that one changed line is one sentence and the rest
 * of the record is still checked.
 */
#include "seal/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "seal/said.h"
#include "seal/walk.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

#define TRIES 300000
/* What the recorder has read and not yet chained when it is killed, record/file.c. */
#define UNCHAINED_MAX ((1u << 20) + (256u << 10))

int walk_hash(struct walk *w, const struct line *line, char hex[TB_SHA256_HEX],
	      struct tb_err *err)
{
	memset(hex, 0, TB_SHA256_HEX);
	if (line->too_long || line->cut)
		return 0;
	return chain_line(w->hash, line->text, line->len, hex, err);
}

int walk_fits(struct walk *w, const char *hex, uint64_t pos, struct tb_err *err)
{
	char value[TB_SHA256_HEX], wanted[TB_SHA256_HEX];
	int ret;

	if (!*hex || !pos || !w->tries)
		return 0;
	w->tries--;
	ret = chain_value(w->chain, pos - 1, value, err);
	if (!ret)
		ret = chain_value(w->chain, pos, wanted, err);
	if (ret)
		return ret == -ERANGE || ret == -EBADMSG ? 0 : ret;
	ret = chain_next(w->hash, hex, value, err);
	return ret ? ret : !strcmp(value, wanted);
}

/* was_taken() - does the hash that the line had before it was redacted give the value? Return: 1,
 * 0, or negative errno */
static int was_taken(struct walk *w, const char *wanted, struct tb_err *err)
{
	char value[TB_SHA256_HEX], hex[TB_SHA256_HEX];
	int ret = copy_line(&w->taken, w->line, hex, err);

	if (ret <= 0)
		return ret;
	memcpy(value, w->before, TB_SHA256_HEX);
	ret = chain_next(w->hash, hex, value, err);
	if (ret || strcmp(value, wanted) != 0)
		return ret;
	w->ntaken++;
	return 1;
}

/* step() - one line that should have the next place. Return: 1; 0: no more can be said; negative
 * errno */
static int step(struct walk *w, const struct line *l, struct tb_err *err)
{
	char value[TB_SHA256_HEX], wanted[TB_SHA256_HEX], hex[TB_SHA256_HEX];
	int ret = walk_hash(w, l, hex, err);

	memcpy(value, w->before, TB_SHA256_HEX);
	if (!ret)
		ret = chain_next(w->hash, hex, value, err);
	if (!ret)
		ret = chain_value(w->chain, w->pos, wanted, err);
	if (ret == -EBADMSG) {
		said_wrong(w->out, "%s: line %" PRIu64 " is not a value of a chain: from line %"
			   PRIu64 " on %s cannot be compared", CHAIN_FILE, w->pos + 1, w->line,
			   REC_EVENTS_FILE);
		return 0;
	}
	if (ret == -ERANGE) {
		said_wrong(w->out, "%s: it became shorter while it was read", CHAIN_FILE);
		return 0;
	}
	if (ret)
		return ret;
	if (strcmp(value, wanted) != 0) {
		ret = was_taken(w, wanted, err);
		if (ret <= 0)
			return ret < 0 ? ret : resync(w, l, hex, err);
	}
	memcpy(w->before, wanted, TB_SHA256_HEX);
	w->line++;
	w->pos++;
	return 1;
}

/* Lines for which the chain has no value. */
struct rest {
	uint64_t n;
	uint64_t bytes;
};

static int count_rest(struct walk *w, struct rest *rest, struct tb_err *err)
{
	struct line l;
	int ret;

	while ((ret = lines_next(&w->lines, &l, err)) > 0 && !l.cut) {
		rest->n++;
		rest->bytes += (uint64_t)(l.next - l.offset);
	}
	return ret < 0 ? ret : 0;
}

static void tell_rest(struct walk *w, const struct rest *rest, bool torn)
{
	if (!rest->n)
		return;
	if (torn && rest->bytes <= UNCHAINED_MAX && !w->chain->cut)
		said_open(w->out, "The last %" PRIu64 " lines of %s were not in the chain yet when "
			  "the run was killed: they cannot be checked", rest->n, REC_EVENTS_FILE);
	else
		said_wrong(w->out, "%s: the last %" PRIu64 " lines, from line %" PRIu64
			   " on, are not in the chain", REC_EVENTS_FILE, rest->n, w->line);
}

/* tell_end() - nothing is left of the record, or of the chain */
static int tell_end(struct walk *w, const struct line *last, bool torn, struct tb_err *err)
{
	struct rest rest = { 0 };
	int ret = 0;

	if (w->pos <= w->chain->n)
		said_wrong(w->out, "%s: the last lines are gone: of %" PRIu64 " lines, %" PRIu64
			   " are left", REC_EVENTS_FILE, w->chain->n, w->pos - 1);
	else if (last && !last->cut)
		ret = count_rest(w, &rest, err);
	tell_rest(w, &rest, torn);
	if (!torn && last && last->cut)
		said_wrong(w->out, "%s: it ends in the middle of line %" PRIu64, REC_EVENTS_FILE,
			   w->line);
	if (!torn && w->chain->cut)
		said_wrong(w->out, "%s: it ends in the middle of a value", CHAIN_FILE);
	return ret;
}

static int walk(struct walk *w, bool torn, struct tb_err *err)
{
	struct line l;
	int ret;

	while ((ret = lines_next(&w->lines, &l, err)) > 0 && !l.cut && w->pos <= w->chain->n) {
		ret = step(w, &l, err);
		if (ret <= 0)
			return ret;
	}
	if (ret < 0)
		return ret;
	if (ret && !l.cut)
		lines_seek(&w->lines, l.offset);
	return tell_end(w, ret ? &l : NULL, torn, err);
}

static int begin(struct walk *w, int fd, struct tb_err *err)
{
	int ret = lines_open(&w->lines, fd, REC_EVENTS_FILE, err);

	if (!ret)
		ret = lines_open(&w->ahead, fd, REC_EVENTS_FILE, err);
	if (ret)
		return ret;
	w->hash = tb_sha256_new();
	if (!w->hash)
		return tb_err_set(err, ENOMEM, "check %s", REC_EVENTS_FILE);
	return chain_value(w->chain, 0, w->before, err);
}

static void tell_held(const struct walk *w, struct seal_check *out)
{
	if (out->wrong.n)
		return;
	if (w->ntaken)
		seal_say(out, &out->held, "%s: all %" PRIu64 " lines are those of the chain, %"
			 PRIu64 " of them by their hash only", REC_EVENTS_FILE, w->chain->n,
			 w->ntaken);
	else
		seal_say(out, &out->held, "%s: all %" PRIu64 " lines are those of the chain",
			 REC_EVENTS_FILE, w->chain->n);
}

int record_check(int bundle_fd, struct chain *chain, const struct copy *copy, bool torn,
		 struct seal_check *out, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = tb_open_regular(bundle_fd, REC_EVENTS_FILE, err);
	struct walk *w;
	int ret;

	if (fd < 0)
		return fd;
	w = calloc(1, sizeof(*w));
	if (!w)
		return tb_err_set(err, ENOMEM, "check %s", REC_EVENTS_FILE);
	w->out = out;
	w->chain = chain;
	w->line = w->pos = 1;
	w->tries = TRIES;
	ret = copy_lines_open(&w->taken, bundle_fd, copy, err);
	if (!ret)
		ret = begin(w, fd, err);
	if (!ret)
		ret = walk(w, torn, err);
	if (!ret)
		ret = stretches_tell(w, err);
	if (!ret && chain_value(chain, chain->n, out->head, err))
		*out->head = 0;
	out->lines = chain->n;
	if (!ret)
		tell_held(w, out);
	tb_sha256_free(w->hash);
	lines_close(&w->lines);
	lines_close(&w->ahead);
	copy_lines_close(&w->taken);
	free(w);
	return ret;
}
