/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate.c - from a bundle to a verdict
 *
 * How it works: what is wrong with the bundle is added to the manifest's list of degraded
 * mechanisms, before the comparison sees it; so a damaged bundle goes through the same code as a
 * run in which something could not be observed.
 */
#include "run/evaluate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run/parts.h"
#include "run/redacted.h"
#include "tcbox/compare.h"
#include "tcbox/evidence.h"
#include "tcbox/file.h"
#include "tcbox/log.h"
#include "tcbox/own.h"
#include "tcbox/policy.h"
#include "tcbox/record.h"

/* damaged() - note, for the report, that something is wrong with the bundle. Takes @b's content */
static int damaged(struct run_info *run, struct tb_buf *b, struct tb_err *err)
{
	TB_AUTOFREE char *text = tb_buf_take(b);

	if (!text)
		return tb_err_set(err, ENOMEM, "evaluate bundle");
	tb_warn("bundle", "%s", text);
	return run_degraded(run, text, err);
}

int evaluate_dir(const char *path, int *fd, struct tb_err *err)
{
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	if (errno == ENOENT)
		return tb_err_msg(err, EINVAL, "there is no bundle %s: No such file or directory",
				  path);
	if (errno == ENOTDIR)
		return tb_err_msg(err, EINVAL, "%s is not a bundle: a bundle is a directory",
				  path);
	return tb_err_set(err, errno, "open bundle %s", path);
}

static int read_manifest(int fd, const char *path, struct run_info *run, struct tb_err *err)
{
	int ret = run_info_read(fd, run, err);

	if (ret == -ENOENT)
		return tb_err_msg(err, EINVAL, "%s is not a bundle: it has no %s", path, RUN_FILE);
	if (ret)
		return tb_err_wrap(err, "bundle %s", path);
	return 0;
}

int evaluate_open(const char *path, int *fd, struct tb_err *err)
{
	struct run_info run = { 0 };
	int ret = evaluate_dir(path, fd, err);

	if (!ret)
		ret = read_manifest(*fd, path, &run, err);
	run_info_clear(&run);
	return ret;
}

/* check_hash() - is it the policy that the run had? */
static int check_hash(const struct evaluation *e, const struct tb_buf *text, struct tb_err *err)
{
	char hex[TB_SHA256_HEX];
	int ret = tb_sha256(text->data ? text->data : "", text->len, hex, err);

	if (ret)
		return ret;
	if (e->run.policy_sha256 && !strcmp(e->run.policy_sha256, hex))
		return 0;
	return tb_err_msg(err, EBADMSG,
			  "its SHA-256 is not the one in %s: it was changed after the run",
			  RUN_FILE);
}

/* read_policy() - the one that the run had, from the bundle: the bytes that are hashed are the
 * bytes that are parsed */
static int read_policy(int fd, const struct evaluation *e, struct pol **out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = tb_read_regular(fd, RUN_POLICY_FILE, POL_MAX_BYTES, &text, err);

	if (!ret)
		ret = check_hash(e, &text, err);
	if (!ret)
		ret = pol_parse(RUN_POLICY_FILE, text.data ? text.data : "", text.len, out, err);
	return ret ? ret : pol_end(*out, e->run.started_ns, e->run.phase, err);
}

/* own_policy() - compare with the policy of the run. That it cannot be used is damage, not
 * failure */
static int own_policy(int fd, struct evaluation *e, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;
	struct tb_err bad = { 0 };
	int ret;

	if (!e->run.has_policy)
		return 0;
	ret = read_policy(fd, e, &e->own, &bad);
	e->policy = e->own;
	if (!ret)
		return 0;
	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read %s", RUN_POLICY_FILE);
	tb_buf_addf(&why, "The policy of the run (%s in the bundle) cannot be used: %s",
		    RUN_POLICY_FILE, bad.msg);
	return damaged(&e->run, &why, err);
}

/* given_policy() - whatever is wrong with it is a mistake of whoever named it: -EINVAL */
static int given_policy(const char *path, struct evaluation *e, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf whole = TB_BUF_INIT;
	int ret = pol_load(path, &e->given, &whole, err);

	if (!ret)
		ret = pol_end(e->given, e->run.started_ns, e->run.phase, err);
	if (!ret)
		ret = tb_sha256(whole.data ? whole.data : "", whole.len, e->policy_sha256, err);
	return ret && ret != -ENOMEM ? -EINVAL : ret;
}

/* other_policy() - compare with @path. By the policy of the run it is known which calls passed
 * unseen; where it cannot be used, the comparison says so if that matters */
static int other_policy(int fd, const char *path, struct evaluation *e, struct tb_err *err)
{
	struct tb_err bad = { 0 };
	int ret = given_policy(path, e, err);

	e->policy = e->given;
	if (ret || !e->run.has_policy)
		return ret;
	if (read_policy(fd, e, &e->own, &bad) == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read %s", RUN_POLICY_FILE);
	return 0;
}

static int feed(void *arg, const struct ev *ev)
{
	return evd_feed(arg, ev);
}

/*
 * read_record() - feed every event. A record that is missing or cut off is damage; the comparison
 * learns it from @stats
 */
static int read_record(int fd, struct evd *evd, struct evaluation *e, struct rec_read_stats *stats,
		       struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;
	struct tb_err bad = { 0 };
	int ret = rec_read(fd, feed, evd, stats, &bad);

	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read %s", REC_EVENTS_FILE);
	if (ret)
		tb_buf_addf(&why, "The record cannot be read: %s",
			    bad.code ? bad.msg : strerror(-ret));
	else if (stats->bad_lines || stats->gaps)
		tb_buf_addf(&why,
			    "The record (%s) is damaged: %llu lines are no events, %llu events are "
			    "missing",
			    REC_EVENTS_FILE, (unsigned long long)stats->bad_lines,
			    (unsigned long long)stats->gaps);
	else if (stats->truncated && e->run.state != RUN_RUNNING)
		tb_buf_addf(&why, "The record (%s) is cut off in the middle of an event",
			    REC_EVENTS_FILE);
	return why.len || why.failed ? damaged(&e->run, &why, err) : 0;
}

/* capture_size() - as the capture itself said at its end. Return: false if it did not come to say
 * it */
static bool capture_size(const struct run_info *run, uint64_t *size)
{
	size_t i;

	for (i = 0; i < run->ncounters && strcmp(run->counters[i].name, "capture.file_bytes"); i++)
		;
	if (i == run->ncounters)
		return false;
	*size = run->counters[i].value;
	return true;
}

static int check_capture(int fd, struct evaluation *e, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;
	struct stat st;
	uint64_t size;

	if (fstatat(fd, RUN_CAPTURE_FILE, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		tb_buf_addf(&why,
			    "The capture (%s) is missing from the bundle: what packets showed can "
			    "not be looked up",
			    RUN_CAPTURE_FILE);
	else if (e->run.state == RUN_COMPLETE && capture_size(&e->run, &size) &&
		 size != (uint64_t)st.st_size)
		tb_buf_addf(&why,
			    "The capture (%s) is not as it was written: it has %lld bytes instead "
			    "of %llu",
			    RUN_CAPTURE_FILE, (long long)st.st_size, (unsigned long long)size);
	return why.len || why.failed ? damaged(&e->run, &why, err) : 0;
}

/* check_bodies() - are those there that the record speaks of? A redacted copy has none */
static int check_bodies(int fd, struct evaluation *e, const struct evd_facts *ev,
			struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;
	uint64_t size = evd_counter(ev, EV_SRC_LAB, "bodies_bytes");
	struct stat st;

	if (e->redacted.len || !size)
		return 0;
	if (fstatat(fd, RUN_BODIES_FILE, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		tb_buf_addf(&why, "What was sent (%s) is missing from the bundle", RUN_BODIES_FILE);
	else if (size != (uint64_t)st.st_size)
		tb_buf_addf(&why,
			    "What was sent (%s) is not as it was written: it has %lld bytes "
			    "instead of %llu",
			    RUN_BODIES_FILE, (long long)st.st_size, (unsigned long long)size);
	return why.len || why.failed ? damaged(&e->run, &why, err) : 0;
}

/* judge() - what happened, for reading, and against the policy */
static int judge(int fd, struct evaluation *e, struct tb_err *err)
{
	struct cmp_input in = {
		.policy = e->policy, .run_policy = e->own, .run = &e->run, .stats = &e->stats,
		.redacted = e->redacted.data,
	};
	int ret = evd_finish(e->evd, &in.evidence, err);

	e->input.evidence = in.evidence;
	if (!ret)
		ret = check_bodies(fd, e, in.evidence, err);
	if (!ret)
		ret = cmp_compare(&in, &e->result, err);
	if (ret)
		return ret;
	e->facts = facts_new(&(struct facts_input){ in.evidence, e->result }, err);
	return e->facts ? 0 : -ENOMEM;
}

static int compare(int fd, struct evaluation *e, struct tb_err *err)
{
	int ret;

	e->evd = evd_new(&parts_net);
	if (!e->evd)
		return tb_err_set(err, ENOMEM, "compare");
	ret = read_record(fd, e->evd, e, &e->stats, err);
	if (!ret)
		ret = check_capture(fd, e, err);
	if (!ret)
		ret = redacted_say(fd, &e->redacted, err);
	return ret ? ret : judge(fd, e, err);
}

/* Which policy a bundle is compared with. */
struct against {
	bool none;
	const char *path;	/* NULL: the one that the run had, if it had one */
	const char *phase;	/* NULL: that which the run was begun with */
};

static int other_phase(struct run_info *run, const char *phase, struct tb_err *err)
{
	char *copy = strdup(phase);

	if (!copy)
		return tb_err_set(err, ENOMEM, "phase");
	free(run->phase);
	run->phase = copy;
	return 0;
}

static int evaluate(const char *path, const struct against *with, struct evaluation *out,
		    struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	int ret;

	memset(out, 0, sizeof(*out));
	ret = evaluate_dir(path, &fd, err);
	if (!ret)
		ret = read_manifest(fd, path, &out->run, err);
	if (!ret && with->phase)
		ret = other_phase(&out->run, with->phase, err);
	if (!ret)
		ret = with->path ? other_policy(fd, with->path, out, err) :
				   own_policy(fd, out, err);
	if (with->none)
		out->policy = NULL;
	if (!ret)
		ret = compare(fd, out, err);
	if (ret)
		evaluation_clear(out);
	return ret;
}

int evaluate_bundle(const char *path, const char *policy_path, struct evaluation *out,
		    struct tb_err *err)
{
	return evaluate_phase(path, policy_path, NULL, out, err);
}

int evaluate_phase(const char *path, const char *policy_path, const char *phase,
		   struct evaluation *out, struct tb_err *err)
{
	const struct against with = { .path = policy_path, .phase = phase };
	int ret = evaluate(path, &with, out, err);

	if (ret)
		return ret;
	out->input = (struct rpt_input){
		.run = &out->run, .result = out->result, .facts = out->facts,
		.evidence = out->input.evidence, .policy = out->policy, .bundle = path,
		.policy_path = policy_path,
		.policy_sha256 = policy_path ? out->policy_sha256 : NULL,
	};
	return 0;
}

int evaluate_alone(const char *path, struct evaluation *out, struct tb_err *err)
{
	return evaluate(path, &(struct against){ .none = true }, out, err);
}

int evaluate_against(const struct evaluation *e, const struct pol *policy,
		     struct fnd_result **result, struct tb_err *err)
{
	const struct cmp_input in = {
		.evidence = e->input.evidence, .policy = policy, .run_policy = e->own,
		.run = &e->run, .stats = &e->stats, .redacted = e->redacted.data,
	};

	return cmp_compare(&in, result, err);
}

static int carry(struct review *r, const char *path, struct tb_err *err)
{
	struct review earlier;
	int ret = review_read_file(path, &earlier, err);

	if (ret)
		return ret == -ENOMEM ? ret : -EINVAL;
	ret = review_carry(r, &earlier, err);
	review_clear(&earlier);
	return ret;
}

int evaluate_review(struct evaluation *e, const char *earlier, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	int ret = evaluate_dir(e->input.bundle, &fd, err);

	if (!ret)
		ret = review_read(fd, e->input.bundle, &e->review, err);
	if (ret)
		return ret == -EINVAL ? -EBADMSG : ret;
	if (earlier)
		ret = carry(&e->review, earlier, err);
	e->input.review = &e->review;
	return ret;
}

int evaluate_notes(struct evaluation *e, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = -1;
	int ret = evaluate_dir(e->input.bundle, &fd, err);

	if (!ret)
		ret = notes_read(fd, e->input.bundle, &e->notes, err);
	if (!ret)
		e->input.notes = &e->notes;
	return ret;
}

void evaluation_clear(struct evaluation *e)
{
	notes_clear(&e->notes);
	review_clear(&e->review);
	tb_buf_free(&e->redacted);
	run_info_clear(&e->run);
	pol_free(e->own);
	pol_free(e->given);
	facts_free(e->facts);
	fnd_result_free(e->result);
	evd_free(e->evd);
	memset(e, 0, sizeof(*e));
}

int evaluate_worth(enum fnd_verdict v)
{
	switch (v) {
	case FND_CONFORMS:
		return 2;
	case FND_INCONCLUSIVE:
		return 1;
	case FND_VIOLATES:
		break;
	}
	return 0;
}
