/* SPDX-License-Identifier: Apache-2.0 */
/*
 * binding.c - what the chain of a record begins with
 *
 * All that is known before the product's first instruction: so none of it can be exchanged later
 * without making the whole chain anew.
 */
#include "run/binding.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "tcbox/chain.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

/* hash_manifest() - the bytes that are there, not those that we would write now */
static int hash_manifest(const struct bundle *b, char hex[TB_SHA256_HEX], struct tb_err *err)
{
	TB_AUTOCLOSE int fd = tb_open_regular(b->dir, RUN_FILE, err);

	return fd < 0 ? fd : tb_sha256_fd(fd, hex, NULL, err);
}

int binding_write(const struct bundle *b, const struct run_info *info, const char *challenge,
		  const struct tb_buf *review, struct tb_buf *out, struct tb_err *err)
{
	struct chain_head head = { .started_ns = info->started_ns };
	uint64_t random[2];
	int ret;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return tb_err_set(err, errno, "get random bytes");
	(void)snprintf(head.random, sizeof(head.random), "%016" PRIx64 "%016" PRIx64, random[0],
		       random[1]);
	ret = hash_manifest(b, head.manifest_sha256, err);
	if (!ret && review->len)
		ret = tb_sha256(review->data, review->len, head.review_sha256, err);
	if (ret)
		return ret;
	if (info->policy_sha256)
		(void)snprintf(head.policy_sha256, sizeof(head.policy_sha256), "%s",
			       info->policy_sha256);
	(void)snprintf(head.challenge, sizeof(head.challenge), "%s", challenge);
	chain_head_write(out, &head);
	return out->failed ? tb_err_set(err, ENOMEM, "begin the chain") : 0;
}
