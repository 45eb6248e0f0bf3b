/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - every part of a bundle, one after the other
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "seal/added.h"
#include "seal/copy.h"
#include "seal/parts.h"
#include "seal/record.h"
#include "seal/said.h"
#include "seal/sealed.h"
#include "tcbox/chain.h"
#include "tcbox/own.h"
#include "tcbox/record.h"
#include "tcbox/seal.h"

/* damage() - what cannot be read because of what is in the bundle is said; other failures end the
 * check */
static int damage(int ret, const struct tb_err *bad, struct seal_check *out, struct tb_err *err)
{
	if (ret != -EBADMSG && ret != -EPROTO && ret != -EINVAL && ret != -EFBIG &&
	    ret != -ELOOP && ret != -ENXIO)
		return ret == -ENOENT || !ret ? 0 : tb_err_msg(err, -ret, "%s", bad->msg);
	said_wrong(out, "%s", bad->msg);
	return 0;
}

static int manifest(int bundle_fd, struct run_info *run, struct seal_check *out,
		    struct tb_err *err)
{
	struct tb_err bad = { 0 };
	int ret = run_info_read(bundle_fd, run, &bad);

	if (!ret)
		out->state = run->state;
	return ret ? damage(ret, &bad, out, err) : 1;
}

/* record() - with its chain. Return: 1: they can be compared with the manifest; 0; negative
 * errno */
static int record(int bundle_fd, struct chain *chain, const struct copy *copy,
		  struct seal_check *out, struct tb_err *err)
{
	struct tb_sha256 *hash = tb_sha256_new();
	struct tb_err bad = { 0 };
	int ret;

	if (!hash)
		return tb_err_set(err, ENOMEM, "check the record");
	ret = chain_open(chain, bundle_fd, hash, &bad);
	tb_sha256_free(hash);
	if (ret)
		return damage(ret, &bad, out, err);
	ret = record_check(bundle_fd, chain, copy, out->state != RUN_COMPLETE, out, &bad);
	return ret ? damage(ret, &bad, out, err) : 1;
}

/* What is looked at, and by whom. */
struct verify {
	int bundle_fd;
	const struct seal_trust *trust;
	struct run_info run;
	struct chain chain;
	struct copy copy;
	bool has_manifest, has_chain;
};

/* challenge() - is it the one that was said? */
static void challenge(const struct verify *v, struct seal_check *out)
{
	const char *said = v->trust->challenge;

	if (v->has_chain)
		memcpy(out->challenge, v->chain.head.challenge, sizeof(out->challenge));
	if (!said)
		return;
	if (!*out->challenge)
		said_wrong(out, "%s: the run was bound to no challenge", CHAIN_FILE);
	else if (strcmp(said, out->challenge) != 0)
		said_wrong(out, "%s: the run was bound to another challenge", CHAIN_FILE);
}

/* parts_of() - all but the seal */
static int parts_of(struct verify *v, struct seal_check *out, struct tb_err *err)
{
	int ret = parts_listed(v->bundle_fd, &v->run, &v->copy, out, err);

	if (!ret)
		ret = record(v->bundle_fd, &v->chain, &v->copy, out, err);
	v->has_chain = ret > 0;
	if (ret >= 0)
		ret = added_check(v->bundle_fd, v->has_chain ? &v->chain : NULL, &v->copy, out,
				  err);
	if (!ret && v->has_manifest)
		ret = parts_policy(v->bundle_fd, &v->run, out, err);
	if (!ret && v->has_manifest && v->has_chain)
		ret = parts_bound(v->bundle_fd, &v->run, &v->chain, &v->copy, out, err);
	return ret ? ret : copy_check(v->bundle_fd, &v->copy, out, err);
}

static int check(struct verify *v, struct seal_check *out, struct tb_err *err)
{
	int ret = manifest(v->bundle_fd, &v->run, out, err);

	v->has_manifest = ret > 0;
	if (ret >= 0)
		ret = copy_read(v->bundle_fd, &v->copy, out, err);
	if (!ret)
		ret = parts_of(v, out, err);
	if (ret)
		return ret;
	challenge(v, out);
	return sealed_check(v->bundle_fd, v->trust, v->has_chain ? &v->chain : NULL, &v->copy, out,
			    err);
}

int seal_verify(int bundle_fd, const struct seal_trust *trust, struct seal_check *out,
		struct tb_err *err)
{
	struct verify *v = calloc(1, sizeof(*v));
	int ret;

	*out = (struct seal_check){ 0 };
	if (!v)
		return tb_err_set(err, ENOMEM, "check the bundle");
	v->bundle_fd = bundle_fd;
	v->trust = trust;
	v->chain.fd = -1;
	ret = check(v, out, err);
	if (v->run.state != RUN_COMPLETE)
		said_open(out, "The run was killed or failed: what came after the last line is "
			  "not known");
	run_info_clear(&v->run);
	chain_close(&v->chain);
	free(v);
	if (!ret && out->no_memory)
		ret = tb_err_set(err, ENOMEM, "check the bundle");
	return ret;
}
