/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealing.c - the seal of a bundle with its verdict
 */
#include "run/sealing.h"

#include "tcbox/own.h"

int sealing_make(int bundle_fd, const struct evaluation *e, const struct seal_key *key,
		 struct tb_err *err)
{
	const struct seal_claim claim = {
		.run = &e->run, .judged = true, .verdict = e->result->verdict,
	};

	return seal_make(bundle_fd, &claim, key, err);
}

void sealing_made(struct tb_buf *out)
{
	TB_AUTOFREE char *home = seal_key_home();

	if (home)
		tb_buf_addf(out, "the key was made now, in %s/seal-key.pem; whoever is to check "
			    "the bundle needs %s/seal-key.pub", home, home);
	else
		out->failed = true;
}

void sealing_told(const struct seal_key *key, bool made, struct tb_buf *out)
{
	tb_buf_addf(out, "sealed by the key %s\n", seal_key_id(key));
	if (made) {
		sealing_made(out);
		tb_buf_addc(out, '\n');
	}
}
