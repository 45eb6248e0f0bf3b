/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - one run of a product: prepared, recorded, compared, left as a bundle
 *
 * What can fail without a bundle fails before there is one. From the bundle's creation on,
 * everything that happens is written down there.
 */
#include "run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "run/binding.h"
#include "run/box_options.h"
#include "run/carry.h"
#include "run/ending.h"
#include "run/influence.h"
#include "run/owned.h"
#include "run/product_hash.h"
#include "run/sealing.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/log.h"
#include "tcbox/own.h"
#include "tcbox/sha256.h"

#define LAB_MAX_BYTES (16u << 20)
#define FILES_MIN 64		/* open at a time: about 30 of our own, and one for each process of
				 * the product */

static int load_policy(struct run *r, struct tb_err *err)
{
	const char *path = r->wants->policy_path;

	return path ? pol_load(path, &r->policy, &r->policy_text, err) : 0;
}

/* load_lab() - the answers that were given */
static int load_lab(struct run *r, struct tb_err *err)
{
	const char *path = r->wants->lab_path;
	int ret;

	if (!path)
		return 0;
	ret = tb_read_file(AT_FDCWD, path, LAB_MAX_BYTES, &r->lab_text, err);
	return ret ? ret : lab_fixture_read(&r->fixture, path, &r->lab_text, err);
}

/* name_canary() - a name that no product can know or have asked before */
static int name_canary(struct run *r, struct tb_err *err)
{
	uint64_t nonce;

	if (getrandom(&nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return tb_err_set(err, errno, "get random bytes");
	(void)snprintf(r->canary_name, sizeof(r->canary_name), "%016" PRIx64 ".canary.invalid",
		       nonce);
	return 0;
}

/* describe_machine() - where it runs, and with which tcbox */
static int describe_machine(struct run_info *info, struct tb_err *err)
{
	struct utsname u;

	if (uname(&u))
		return tb_err_set(err, errno, "uname");
	info->tcbox_version = strdup(TCBOX_VERSION);
	info->hostname = strdup(u.nodename);
	info->machine = strdup(u.machine);
	if (asprintf(&info->kernel, "%s %s %s", u.sysname, u.release, u.version) < 0)
		info->kernel = NULL;
	if (info->tcbox_version && info->hostname && info->machine && info->kernel)
		return 0;
	return tb_err_set(err, ENOMEM, "describe the machine");
}

static int describe_product(const struct product *p, struct run_info *info, struct tb_err *err)
{
	info->cwd = strdup(p->cwd);
	info->argv = calloc(p->argc + 1, sizeof(*info->argv));
	if (!info->cwd || !info->argv)
		return tb_err_set(err, ENOMEM, "describe the product");
	for (; info->argc < p->argc; info->argc++) {
		info->argv[info->argc] = strdup(p->argv[info->argc]);
		if (!info->argv[info->argc])
			return tb_err_set(err, ENOMEM, "describe the product");
	}
	return 0;
}

/* describe() - the manifest as it is known before the product starts */
static int describe(struct run *r, struct tb_err *err)
{
	const struct product_own own = {
		.bundle = r->bundle.dir,
		.outputs = { STDOUT_FILENO, STDERR_FILENO, r->events.stream.fd },
	};
	struct run_info *info = &r->info;
	int ret;

	info->state = RUN_RUNNING;
	info->uid = getuid();
	info->started_ns = r->box.t0_ns;
	info->has_policy = r->policy;
	info->state_run = r->state.run;
	info->ids = r->wants->identity.as_root ? r->product.ids.n + UINT64_C(1) : 1;
	ret = describe_machine(info, err);
	if (!ret)
		ret = describe_product(&r->product, info, err);
	if (!ret)
		ret = run_options_describe(r->wants, info, err);
	if (!ret)
		ret = influence_describe(&r->product, r->wants, info, err);
	if (!ret && r->one_user)
		ret = run_reduced(info, r->one_user, err);
	if (!ret && r->product.moved)
		ret = run_reduced(info, r->product.moved, err);
	return ret ? ret : product_hash(&r->product, info, &own, false, err);
}

/* store_policy() - the policy as it was used, byte for byte, and its hash */
static int store_policy(struct run *r, struct tb_err *err)
{
	char hex[TB_SHA256_HEX];
	int ret;

	if (!r->policy)
		return 0;
	ret = bundle_put(&r->bundle, RUN_POLICY_FILE, &r->policy_text, err);
	if (!ret)
		ret = tb_sha256(r->policy_text.data, r->policy_text.len, hex, err);
	if (ret)
		return ret;
	r->info.policy_sha256 = strdup(hex);
	return r->info.policy_sha256 ? 0 : tb_err_set(err, ENOMEM, "hash the policy");
}

/* describe_lab() - which answers were given */
static int describe_lab(struct run *r, struct tb_err *err)
{
	char hex[TB_SHA256_HEX];
	int ret;

	if (!r->fixture)
		return 0;
	ret = lab_fixture_hash(r->fixture, &r->lab_text, hex, err);
	if (ret)
		return ret;
	r->info.lab_sha256 = strdup(hex);
	return r->info.lab_sha256 ? 0 : tb_err_set(err, ENOMEM, "hash the answers");
}

/* record_run() - the run itself. Return: 0 if the record is whole */
static int record_run(struct run *r, struct tb_err *err)
{
	struct session *s = &r->session;
	struct tb_err close_err = { 0 };
	int ret;

	/* the rest is zero since calloc(3), and large */
	s->bundle = &r->bundle;
	s->run = &r->info;
	s->opt = &r->box;
	s->parts = &r->parts;
	s->quiet = r->wants->quiet;
	s->mute = r->wants->mute;
	s->chain = r->chain.data;
	s->events = &r->events;
	s->wants_live = r->wants->live;
	s->examiner = r->wants->examiner;
	events_start(&r->events, &r->info, r->bundle.path);
	ret = session_run(&r->session, err);
	if (session_close(&r->session, &close_err) && !ret) {
		*err = close_err;
		ret = -close_err.code;
	}
	return ret;
}

static int prepare(struct run *r, struct tb_err *err)
{
	int ret = name_canary(r, err);

	if (!ret && r->wants->state)
		ret = state_begin(&r->state, &r->key, err);
	if (!ret)
		ret = describe(r, err);
	if (!ret)
		ret = describe_lab(r, err);
	if (!ret)
		ret = store_policy(r, err);
	if (!ret)
		ret = carry_store(&r->bundle, &r->review_text, err);
	if (!ret)
		ret = run_info_write(r->bundle.dir, &r->info, err);
	if (!ret)
		ret = binding_write(&r->bundle, &r->info, r->wants->challenge, &r->review_text,
				    &r->chain, err);
	if (!ret)
		ret = box_options_fill(r, err);
	return ret;
}

static enum run_outcome run_in_bundle(struct run *r, struct tb_err *err)
{
	struct tb_err seal_err = { 0 };
	int ret = prepare(r, err);

	if (!ret)
		ret = record_run(r, err);
	if (ending_manifest(r, ret ? err : NULL, &seal_err) && !ret) {
		*err = seal_err;
		ret = -seal_err.code;
	}
	if (ret)
		return RUN_BROKEN;
	/* without a supervisor the kernel says that it has no such call: then it is not the
	 * program's fault */
	if (r->session.exec_errno && !r->session.part_died)
		return ending_not_executed(r, err);
	return ending_report(r, err) ? RUN_BROKEN : RUN_DONE;
}

/* enough_files() - better said now than by whichever part is the first to have none left */
static int enough_files(struct tb_err *err)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return tb_err_set(err, errno, "look at limits");
	if (files.rlim_cur >= FILES_MIN)
		return 0;
	return tb_err_msg(err, EMFILE,
			  "only %llu files may be open, and a run needs %d (ulimit -n %d)",
			  (unsigned long long)files.rlim_cur, FILES_MIN, FILES_MIN);
}

/* open_state() - the kept layer. The subordinate ids may be those of an earlier run */
static int open_state(struct run *r, struct tb_err *err)
{
	int ret;

	r->key = (struct state_key){ .ids = r->product.ids, .root = r->wants->root };
	ret = state_open(&r->state, r->wants->state, &r->key, err);
	r->product.ids = r->key.ids;
	return ret;
}

/* choose() - who runs the product, on which layer. Return: what is wrong; RUN_DONE: nothing */
static enum run_outcome choose(struct run *r, struct tb_err *err)
{
	int ret = product_ids(&r->product, r->wants, &r->one_user, err);

	if (!ret && r->wants->state)
		ret = open_state(r, err);
	if (ret == -EINVAL || ret == -EBUSY)
		return RUN_WRONG;
	if (!ret)
		ret = box_options_lab(r, err);
	return ret ? RUN_BROKEN : RUN_DONE;
}

/* find() - the program. Return: as choose() */
static enum run_outcome find(struct run *r, char **argv, struct tb_err *err)
{
	switch (product_find(&r->product, argv, r->trust.env, r->wants, err)) {
	case 0:
		return product_set(&r->product, r->clock.env, err) ? RUN_BROKEN : RUN_DONE;
	case -ENOENT:
		return RUN_NOT_FOUND;
	case -EACCES:
		return RUN_NOT_EXECUTABLE;
	default:
		return RUN_BROKEN;
	}
}

/* warn() - of what the product will miss: its own message may be hard to understand */
static void warn(struct run *r)
{
	TB_AUTOBUF struct tb_buf unheld = TB_BUF_INIT;

	if (r->wants->enforce)
		pol_unheld(r->policy, &unheld);
	if (unheld.len)
		tb_warn("run", "--enforce cannot hold what the policy says of: %s. What is not "
			"declared there passes and is recorded", unheld.data);
	if (r->product.moved)
		tb_warn("run", "%s", r->product.moved);
	r->nhidden = hidden_args(&r->product, r->wants, r->hidden);
	for (size_t i = 0; i < r->nhidden; i++)
		tb_warn("run", "%s", r->hidden[i]);
}

/* tell_key() - whoever is to check the seal needs the key that was made for it */
static void tell_key(void)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	sealing_made(&text);
	if (!text.failed)
		tb_warn("seal", "%.*s", (int)text.len, text.data);
}

/* begin() - from now on it is this run: for the gate the rules end by the time that the comparison
 * takes from the bundle */
static int begin(struct run *r, struct tb_err *err)
{
	r->box.t0_ns = tb_realtime_ns();
	return r->policy ? pol_end(r->policy, r->box.t0_ns, r->wants->phase, err) : 0;
}

enum run_outcome run_product(struct run *r, char **argv, struct tb_err *err)
{
	enum run_outcome outcome;
	bool made = false;
	int ret;

	if (enough_files(err))
		return RUN_BROKEN;
	if (load_policy(r, err) || load_lab(r, err) ||
	    carry_read(r->wants->review_path, &r->review_text, err) ||
	    clock_prepare(&r->clock, r->wants, err))
		return RUN_WRONG;
	if (r->wants->seal && seal_key_own(&r->key_seal, &made, err))
		return RUN_BROKEN;
	if (made)
		tell_key();
	outcome = choose(r, err);
	if (outcome == RUN_DONE)
		outcome = find(r, argv, err);
	if (outcome != RUN_DONE)
		return outcome;
	if (events_open(&r->events, r->wants->events, err))
		return RUN_WRONG;
	if (begin(r, err))
		return RUN_BROKEN;
	warn(r);
	ret = bundle_create(&r->bundle, r->wants->output, argv[0], err);
	if (!ret && r->wants->body_max)
		ret = bundle_add_bodies(&r->bundle, err);
	if (ret)
		return ret == -EEXIST ? RUN_WRONG : RUN_BROKEN;
	outcome = run_in_bundle(r, err);
	events_end(&r->events, outcome == RUN_DONE ?
		   fnd_verdict_name(r->evaluation.result->verdict) : NULL);
	return outcome;
}

struct run *run_new(const struct run_options *options)
{
	struct run *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->wants = options;
	r->bundle = (struct bundle){ .dir = -1, .capture = -1, .logs = { -1, -1 }, .bodies = -1 };
	r->state = (struct state){ .dir_fd = -1, .lock = -1, .layer_fd = -1 };
	stream_init(&r->events.stream);
	r->parts.root_fd = -1;
	r->parts.packets[0] = r->parts.packets[1] = -1;
	return r;
}

const struct evaluation *run_evaluation(const struct run *r)
{
	return &r->evaluation;
}

const char *run_bundle(const struct run *r)
{
	return r->bundle.dir < 0 ? NULL : r->bundle.path;
}

void run_free(struct run *r)
{
	if (!r)
		return;
	session_end(&r->session);
	events_close(&r->events);
	pol_free(r->policy);
	tb_buf_free(&r->policy_text);
	lab_fixture_free(r->fixture);
	tb_buf_free(&r->lab_text);
	tb_buf_free(&r->review_text);
	tb_buf_free(&r->chain);
	product_clear(&r->product);
	bundle_close(&r->bundle);
	run_info_clear(&r->info);
	trust_clear(&r->trust);
	clock_clear(&r->clock);
	lab_authority_free(r->authority);
	parts_clear(&r->parts);
	state_close(&r->state);
	free(r->state_home);
	free(r->key_home);
	seal_key_free(r->key_seal);
	free(r->opens);
	places_clear(&r->places);
	evaluation_clear(&r->evaluation);
	for (size_t i = 0; i < r->nhidden; i++)
		free(r->hidden[i]);
	free(r);
}

