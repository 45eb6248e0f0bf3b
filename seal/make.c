/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make.c - make a seal, or sign one that is there
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "seal/envelope.h"
#include "seal/key.h"
#include "seal/parts.h"
#include "seal/statement.h"
#include "tcbox/chain.h"
#include "tcbox/file.h"
#include "tcbox/finding.h"
#include "tcbox/own.h"

/* add_file() - its hash, if it is there */
static int add_file(int bundle_fd, const char *name, struct statement *s, struct tb_err *err)
{
	struct sealed_file *f = &s->files[s->n];
	struct tb_err bad = { 0 };
	TB_AUTOCLOSE int fd = tb_open_regular(bundle_fd, name, &bad);
	int ret;

	if (fd == -ENOENT)
		return 0;
	ret = fd < 0 ? fd : tb_sha256_fd(fd, f->sha256, &f->size, &bad);
	if (ret)
		return tb_err_msg(err, -ret, "seal %s: %s", name, bad.msg);
	(void)snprintf(f->name, sizeof(f->name), "%s", name);
	s->n++;
	return 0;
}

/* add_chain() - where the record ended */
static int add_chain(int bundle_fd, struct statement *s, struct tb_err *err)
{
	struct tb_sha256 *hash = tb_sha256_new();
	struct chain *c = calloc(1, sizeof(*c));
	int ret = -ENOMEM;

	if (hash && c) {
		c->fd = -1;
		ret = chain_open(c, bundle_fd, hash, err);
		if (!ret)
			ret = chain_value(c, c->n, s->head, err);
		s->lines = c->n;
		memcpy(s->random, c->head.random, sizeof(c->head.random));
		memcpy(s->challenge, c->head.challenge, sizeof(s->challenge));
		chain_close(c);
	}
	tb_sha256_free(hash);
	free(c);
	if (ret == -ENOENT)		/* of an older tcbox */
		return 0;
	return ret == -ENOMEM ? tb_err_set(err, ENOMEM, "seal the bundle") : ret;
}

static int gather(int bundle_fd, const struct seal_claim *claim, struct statement *s,
		  struct tb_err *err)
{
	int ret = 0;

	for (const struct run_part *p = run_parts; !ret && p->name; p++)
		if (!p->of_seal && !p->of_copy)
			ret = add_file(bundle_fd, p->name, s, err);
	if (!ret)
		ret = add_chain(bundle_fd, s, err);
	if (claim->judged)
		(void)snprintf(s->verdict, sizeof(s->verdict), "%s",
			       fnd_verdict_name(claim->verdict));
	(void)tb_time_format(tb_realtime_ns(), s->time);
	return ret;
}

/* sign() - one signature more */
static int sign(struct envelope *e, const struct seal_key *key, struct tb_err *err)
{
	struct signature *s = &e->signatures[e->n];
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret;

	if (e->n == SIGNERS_MAX)
		return tb_err_msg(err, EMLINK, "%s has %d signatures already", SEAL_FILE,
				  SIGNERS_MAX);
	*s = (struct signature){ .keyid = strdup(seal_key_id(key)) };
	e->n++;
	envelope_signed(e, &text);
	if (!s->keyid || text.failed)
		return tb_err_set(err, ENOMEM, "sign");
	ret = key_public(key, &s->key, err);
	return ret ? ret : key_sign(key, &text, &s->sig, err);
}

static int store(int bundle_fd, const struct envelope *e, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	envelope_write(e, &text);
	if (text.failed)
		return tb_err_set(err, ENOMEM, "write %s", SEAL_FILE);
	return tb_store_file(bundle_fd, SEAL_FILE, text.data, text.len, err);
}

int seal_make(int bundle_fd, const struct seal_claim *claim, const struct seal_key *key,
	      struct tb_err *err)
{
	struct statement *s;
	struct envelope e = { .payload = TB_BUF_INIT };
	int ret;

	if (!faccessat(bundle_fd, SEAL_FILE, F_OK, AT_SYMLINK_NOFOLLOW))
		return tb_err_msg(err, EEXIST, "it is sealed already; --add adds a signature");
	s = calloc(1, sizeof(*s));
	if (!s)
		return tb_err_set(err, ENOMEM, "seal the bundle");
	ret = gather(bundle_fd, claim, s, err);
	if (!ret)
		statement_write(s, claim->run, &e.payload);
	free(s);
	if (!ret && e.payload.failed)
		ret = tb_err_set(err, ENOMEM, "seal the bundle");
	if (!ret)
		ret = sign(&e, key, err);
	if (!ret)
		ret = store(bundle_fd, &e, err);
	envelope_clear(&e);
	return ret;
}

int seal_add(int bundle_fd, const struct seal_key *key, struct tb_err *err)
{
	struct envelope e;
	int ret = envelope_need(bundle_fd, &e, err);

	if (ret)
		return ret;
	for (size_t i = 0; !ret && i < e.n; i++)
		if (!strcmp(e.signatures[i].keyid, seal_key_id(key)))
			ret = tb_err_msg(err, EEXIST, "this key signed it already");
	if (!ret)
		ret = sign(&e, key, err);
	if (!ret)
		ret = store(bundle_fd, &e, err);
	envelope_clear(&e);
	return ret;
}
