/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recheck.c - what follows from the evidence in a bundle is made again
 *
 * How it works: the capture goes through the decoder once more, and each line must be the one of
 * the record. The record and the policy go through the comparison once more, and the report must
 * be the same byte for byte. What examiners said after the run is not in the report of the run.
 */
#include "run/recheck.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "run/evaluate.h"
#include "run/examiners.h"
#include "run/parts.h"
#include "tcbox/capture.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

#define REPORT_MAX (256u << 20)

/* first_difference() - by its line, from 1; 0: there is none */
static size_t first_difference(const struct tb_buf *a, const struct tb_buf *b)
{
	size_t line = 1, n = a->len < b->len ? a->len : b->len;

	for (size_t i = 0; i < n; i++) {
		if (a->data[i] != b->data[i])
			return line;
		line += a->data[i] == '\n';
	}
	return a->len == b->len ? 0 : line;
}

/* tell_report() - another version of tcbox may word it otherwise */
static void tell_report(const struct evaluation *e, size_t line, struct seal_check *c)
{
	const char *by = e->run.tcbox_version ? e->run.tcbox_version : "";

	if (!line)
		seal_say(c, &c->held, "%s: made again from the record and the policy, it is the "
			 "same byte for byte; the verdict is %s", RUN_REPORT_FILE,
			 fnd_verdict_name(e->result->verdict));
	else if (strcmp(by, TCBOX_VERSION) != 0)
		seal_say(c, &c->open, "%s: it differs from what this tcbox (%s) makes, from line "
			 "%zu on; the run was made with another, %s", RUN_REPORT_FILE,
			 TCBOX_VERSION, line, by);
	else
		seal_say(c, &c->wrong, "%s: it is not what record and policy give; the first "
			 "difference is in line %zu", RUN_REPORT_FILE, line);
	if (*c->sealed_verdict &&
	    strcmp(c->sealed_verdict, fnd_verdict_name(e->result->verdict)) != 0)
		seal_say(c, &c->wrong, "%s: it says %s, and record and policy give %s", SEAL_FILE,
			 c->sealed_verdict, fnd_verdict_name(e->result->verdict));
}

/* no_report() - a run that came to its end leaves one, if its product could be executed */
static void no_report(const struct run_info *run, struct seal_check *c)
{
	if (run->state == RUN_COMPLETE && (run->exited || run->exit_signal))
		seal_say(c, &c->wrong, "%s: it is missing", RUN_REPORT_FILE);
	else
		seal_say(c, &c->open, "There is no report: the run had no end that leaves one");
}

static int again(int bundle_fd, struct evaluation *e, struct seal_check *c, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf now = TB_BUF_INIT, then = TB_BUF_INIT;
	int ret = tb_read_regular(bundle_fd, RUN_REPORT_FILE, REPORT_MAX, &then, err);

	if (ret == -ENOENT) {
		no_report(&e->run, c);
		return 0;
	}
	if (!ret)
		ret = examiners_then(bundle_fd, e, err);
	if (!ret)
		ret = rpt_json(&e->input, &now, err);
	if (!ret)
		tell_report(e, first_difference(&now, &then), c);
	return ret;
}

/* next_line() - of a conversation or a lookup. What the decoder counts of itself is another each
 * time. Return: false at the end */
static bool next_line(FILE *f, char **line, size_t *size, uint64_t *number)
{
	static const char *const begins[] = {
		"{\"k\":\"flow\",\"src\":\"net\",", "{\"k\":\"lookup\",\"src\":\"net\",",
	};

	while (getline(line, size, f) > 0) {
		++*number;
		for (size_t i = 0; i < TB_ARRAY_SIZE(begins); i++)
			if (!strncmp(*line, begins[i], strlen(begins[i])))
				return true;
	}
	return false;
}

/* Two records of the same packets. */
struct pair {
	FILE *then, *now;
	uint64_t line, n;		/* of the record; that are the same */
};

/* compare() - Return: whether all is the same; of a run without an end, as far as it goes */
static bool compare(struct pair *p, bool torn)
{
	TB_AUTOFREE char *a = NULL, *b = NULL;
	size_t size[2] = { 0, 0 };
	uint64_t ignored = 0;

	for (;;) {
		bool has_a = next_line(p->then, &a, &size[0], &p->line);
		bool has_b = next_line(p->now, &b, &size[1], &ignored);

		if (!has_a || !has_b)
			return !has_a && (!has_b || torn);
		if (strcmp(a, b) != 0)
			return false;
		p->n++;
	}
}

static int open_pair(struct pair *p, int bundle_fd, int now_fd, struct tb_err *err)
{
	int fd = tb_open_regular(bundle_fd, REC_EVENTS_FILE, err);

	if (fd < 0)
		return fd;
	p->then = fdopen(fd, "r");
	if (!p->then)
		tb_close(&fd);
	fd = dup(now_fd);
	p->now = fd < 0 ? NULL : fdopen(fd, "r");
	if (!p->now)
		tb_close(&fd);
	if (p->then && p->now && !fseeko(p->now, 0, SEEK_SET))
		return 0;
	return tb_err_set(err, ENOMEM, "compare the packets with the record");
}

static int same_packets(int bundle_fd, int now_fd, struct seal_check *c, struct tb_err *err)
{
	struct pair p = { 0 };
	int ret = open_pair(&p, bundle_fd, now_fd, err);

	if (!ret && compare(&p, c->state != RUN_COMPLETE))
		seal_say(c, &c->held, "Conversations and lookups: made again from %s, all %" PRIu64
			 " lines of the record are the same", RUN_CAPTURE_FILE, p.n);
	else if (!ret)
		seal_say(c, &c->open, "Conversations and lookups: made again from %s, they differ "
			 "from the record at its line %" PRIu64, RUN_CAPTURE_FILE, p.line);
	if (p.then)
		(void)fclose(p.then);
	if (p.now)
		(void)fclose(p.now);
	return ret;
}

/* packets() - through the decoder once more, into a file that has no name */
static int packets(const char *path, int bundle_fd, int64_t t0_ns, struct seal_check *c,
		   struct tb_err *err)
{
	TB_AUTOCLOSE int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	TB_AUTOBUF struct tb_buf capture = TB_BUF_INIT;
	struct tb_err bad = { 0 };
	struct dec_options how = { .t0_ns = t0_ns, .box = parts_net.own,
				   .gate = parts_net.resolver };

	if (fd < 0)
		fd = memfd_create("decoded", MFD_CLOEXEC);
	tb_buf_addf(&capture, "%s/%s", path, RUN_CAPTURE_FILE);
	if (fd < 0 || capture.failed)
		return tb_err_set(err, fd < 0 ? errno : ENOMEM, "decode the packets again");
	how.record_fd = fd;
	if (!capt_again(capture.data, &how, &bad))
		return same_packets(bundle_fd, fd, c, err);
	seal_say(c, &c->open, "Conversations and lookups cannot be made again: %s", bad.msg);
	return 0;
}

int recheck_bundle(const char *path, int bundle_fd, struct seal_check *c, struct tb_err *err)
{
	struct evaluation e;
	int ret = evaluate_bundle(path, NULL, &e, err);

	if (ret)
		return ret;
	ret = packets(path, bundle_fd, e.run.started_ns, c, err);
	if (!ret)
		ret = recheck_bodies(bundle_fd, e.input.evidence, c, err);
	if (!ret)
		ret = again(bundle_fd, &e, c, err);
	evaluation_clear(&e);
	if (!ret && c->no_memory)
		ret = tb_err_set(err, ENOMEM, "check the bundle");
	return ret;
}

int recheck_copy(const char *path, struct seal_check *c, struct tb_err *err)
{
	static const enum fnd_verdict all[] = { FND_CONFORMS, FND_INCONCLUSIVE, FND_VIOLATES };
	const enum fnd_verdict *sealed = NULL;
	struct evaluation e;
	int ret;

	for (size_t i = 0; i < TB_ARRAY_SIZE(all); i++)
		if (!strcmp(c->sealed_verdict, fnd_verdict_name(all[i])))
			sealed = &all[i];
	if (!sealed)
		return 0;
	ret = evaluate_bundle(path, NULL, &e, err);
	if (ret)
		return ret;
	if (evaluate_worth(e.result->verdict) > evaluate_worth(*sealed))
		seal_say(c, &c->wrong, "%s: it says %s, and the redacted copy gives %s, which is "
			 "better", SEAL_FILE, c->sealed_verdict,
			 fnd_verdict_name(e.result->verdict));
	evaluation_clear(&e);
	return c->no_memory ? tb_err_set(err, ENOMEM, "check the bundle") : 0;
}
