/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - every part of a bundle, one after the other
 */
#include <errno.h>
#include <stdlib.h>

#include "seal/added.h"
#include "seal/parts.h"
#include "seal/record.h"
#include "seal/said.h"
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
static int record(int bundle_fd, struct chain *chain, struct seal_check *out, struct tb_err *err)
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
	ret = record_check(bundle_fd, chain, out->state != RUN_COMPLETE, out, &bad);
	return ret ? damage(ret, &bad, out, err) : 1;
}

static int check(int bundle_fd, struct run_info *run, struct chain *chain, struct seal_check *out,
		 struct tb_err *err)
{
	int has_manifest = manifest(bundle_fd, run, out, err);
	int ret = has_manifest, has_chain;

	if (ret >= 0)
		ret = parts_listed(bundle_fd, run, out, err);
	if (ret < 0)
		return ret;
	has_chain = ret = record(bundle_fd, chain, out, err);
	if (ret >= 0)
		ret = added_check(bundle_fd, has_chain ? chain : NULL, out, err);
	if (ret < 0 || !has_manifest)
		return ret < 0 ? ret : 0;
	ret = parts_policy(bundle_fd, run, out, err);
	return ret || !has_chain ? ret : parts_bound(bundle_fd, run, chain, out, err);
}

static void tell_open(const struct run_info *run, struct seal_check *out)
{
	if (run->state != RUN_COMPLETE)
		said_open(out, "The run was killed or failed: what came after the last line is "
			  "not known");
	said_open(out, "There is no seal: whoever could write the bundle could make its chain "
		  "anew, unless you know the words from its making");
}

int seal_verify(int bundle_fd, struct seal_check *out, struct tb_err *err)
{
	struct chain *chain = calloc(1, sizeof(*chain));
	struct run_info run = { 0 };
	int ret;

	*out = (struct seal_check){ 0 };
	if (!chain)
		return tb_err_set(err, ENOMEM, "check the bundle");
	chain->fd = -1;
	ret = check(bundle_fd, &run, chain, out, err);
	tell_open(&run, out);
	run_info_clear(&run);
	chain_close(chain);
	free(chain);
	if (!ret && out->no_memory)
		ret = tb_err_set(err, ENOMEM, "check the bundle");
	return ret;
}
