/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recheck_bodies.c - are the kept bodies those of which the record has the hashes?
 *
 * Limits: of a body that was not kept as a whole nothing is known but its length.
 */
#include "run/recheck.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/evidence.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/sha256.h"

#define CHUNK 65536

/* hash_at() - of @len bytes there. Return: 0; -ENODATA: the file ends before; other negative
 * errno */
static int hash_at(int fd, uint64_t at, uint64_t len, struct tb_sha256 *h, char hex[TB_SHA256_HEX],
		   struct tb_err *err)
{
	TB_AUTOFREE char *chunk = malloc(CHUNK);

	while (chunk && len) {
		size_t want = len < CHUNK ? (size_t)len : CHUNK;
		ssize_t n = pread(fd, chunk, want, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tb_err_set(err, errno, "read %s", RUN_BODIES_FILE);
		if (!n) {
			(void)tb_sha256_result(h, hex, NULL);
			return -ENODATA;
		}
		tb_sha256_add(h, chunk, (size_t)n);
		at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return chunk ? tb_sha256_result(h, hex, err) : tb_err_set(err, ENOMEM, "check bodies");
}

static bool is_whole(const struct evd_request *r)
{
	return r->kept && r->sha256 && r->kept == r->bytes_in && r->kept_at <= INT64_MAX - r->kept;
}

int recheck_bodies(int bundle_fd, const struct evd_facts *ev, struct seal_check *c,
		   struct tb_err *err)
{
	TB_AUTOCLOSE int fd = tb_open_regular(bundle_fd, RUN_BODIES_FILE, NULL);
	struct tb_sha256 *h = fd < 0 ? NULL : tb_sha256_new();
	char hex[TB_SHA256_HEX];
	uint64_t same = 0;
	int ret = 0;

	if (fd < 0)		/* whoever compares says whether it is missing */
		return 0;
	if (!h)
		return tb_err_set(err, ENOMEM, "check bodies");
	for (size_t i = 0; i < ev->nrequests; i++) {
		const struct evd_request *r = &ev->requests[i];

		if (!is_whole(r))
			continue;
		ret = hash_at(fd, r->kept_at, r->kept, h, hex, err);
		if (ret && ret != -ENODATA)
			break;
		if (ret || strcmp(hex, r->sha256) != 0)
			seal_say(c, &c->wrong, "%s: what it has at %" PRIu64 " is not what line %"
				 PRIu64 " of the record has the SHA-256 of", RUN_BODIES_FILE,
				 r->kept_at, r->line);
		else
			same++;
		ret = 0;
	}
	tb_sha256_free(h);
	if (!ret && same)
		seal_say(c, &c->held, "%s: %" PRIu64 " bodies that were kept as a whole are those "
			 "of the record", RUN_BODIES_FILE, same);
	return ret;
}
