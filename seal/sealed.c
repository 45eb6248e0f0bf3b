/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealed.c - a bundle against its seal
 *
 * How it works: each signature must be that of the key beside it, and then a key counts for what
 * the one who verifies knows of it. Then every file that was signed is hashed. Files that examiners
 * add to may have become longer.
 */
#include "seal/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seal/envelope.h"
#include "seal/key.h"
#include "seal/parts.h"
#include "seal/said.h"
#include "seal/stamp.h"
#include "seal/statement.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

#define CHUNK 65536

/* is_good() - is the signature that of the key beside it? Return: 1, 0, or negative errno */
static int is_good(const struct signature *s, const struct tb_buf *text, struct tb_err *err)
{
	struct seal_key *key = NULL;
	int ret = key_from_public(&s->key, &key, err);

	if (ret)
		return ret == -ENOMEM ? ret : 0;
	ret = strcmp(seal_key_id(key), s->keyid) ? 0 : key_verify(key, text, &s->sig, err);
	seal_key_free(key);
	return ret;
}

/* name_of() - how the one who verifies knows the key; NULL: not */
static const char *name_of(const struct seal_trust *trust, const char *id)
{
	for (size_t i = 0; i < trust->n; i++)
		if (!strcmp(trust->keys[i]->id, id))
			return trust->keys[i]->name;
	return !trust->n && trust->own && !strcmp(trust->own->id, id) ? trust->own->name : NULL;
}

static int signature(const struct signature *s, const struct tb_buf *text,
		     const struct seal_trust *trust, struct seal_check *out, struct tb_err *err)
{
	struct seal_signer *signer = &out->signers[out->nsigners];
	struct tb_err bad = { 0 };
	int good = is_good(s, text, &bad);

	if (good < 0)
		return tb_err_set(err, ENOMEM, "verify a signature");
	if (!good) {
		said_wrong(out, "%s: signature %zu is not of what is sealed, or of another key",
			   SEAL_FILE, out->nsigners + 1);
		*signer = (struct seal_signer){ .id = "" };
	} else {
		memcpy(signer->id, s->keyid, TB_SHA256_HEX);
		signer->known_as = name_of(trust, s->keyid);
	}
	out->nsigners++;
	return 0;
}

/* tell_trust() - of all signers together */
static void tell_trust(const struct seal_trust *trust, struct seal_check *out)
{
	size_t good = 0;

	for (size_t i = 0; i < out->nsigners; i++) {
		if (out->signers[i].known_as)
			return;
		good += *out->signers[i].id != 0;
	}
	if (trust->n)
		said_wrong(out, "%s: none of the trusted keys signed it", SEAL_FILE);
	else if (good)
		said_open(out, "The seal is whole, but the signer's key is not known here: name it "
			  "with --trusted-key");
}

static int signatures(const struct envelope *e, const struct seal_trust *trust,
		      struct seal_check *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = 0;

	envelope_signed(e, &text);
	if (text.failed)
		return tb_err_set(err, ENOMEM, "verify a signature");
	for (size_t i = 0; !ret && i < e->n; i++)
		ret = signature(&e->signatures[i], &text, trust, out, err);
	if (!ret)
		tell_trust(trust, out);
	return ret;
}

/* hash_first() - of so many bytes of a file. Return: 0; -ENODATA: it has less; other negative
 * errno */
static int hash_first(int fd, uint64_t size, struct tb_sha256 *h, char hex[TB_SHA256_HEX])
{
	char chunk[CHUNK];

	while (size) {
		ssize_t n = read(fd, chunk, size < CHUNK ? (size_t)size : CHUNK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENODATA;
		tb_sha256_add(h, chunk, (size_t)n);
		size -= (uint64_t)n;
	}
	return tb_sha256_result(h, hex, NULL);
}

/* same() - is a file as it was sealed? Return: 1, 0, or negative errno */
static int same(int fd, const struct sealed_file *f, bool grows)
{
	struct tb_sha256 *h = tb_sha256_new();
	char hex[TB_SHA256_HEX];
	struct stat st;
	int ret;

	if (!h)
		return -ENOMEM;
	if (fstat(fd, &st))
		ret = -errno;
	else if (grows ? (uint64_t)st.st_size < f->size : (uint64_t)st.st_size != f->size)
		ret = -ENODATA;
	else
		ret = hash_first(fd, f->size, h, hex);
	tb_sha256_free(h);
	if (ret)
		return ret == -ENODATA ? 0 : ret;
	return !strcmp(hex, f->sha256);
}

/* was_sealed() - of a redacted copy the file itself is not there: what its hash was is said */
static void was_sealed(const struct sealed_file *f, const struct copy_file *c, bool grows,
		       struct seal_check *out)
{
	if (!grows && (c->was.size != f->size || strcmp(c->was.sha256, f->sha256) != 0))
		said_wrong(out, "%s: what was redacted is not what was sealed", f->name);
}

static int one_file(int bundle_fd, const struct sealed_file *f, const struct copy *copy,
		    struct seal_check *out, struct tb_err *err)
{
	const struct run_part *part = run_part(f->name);
	struct tb_err bad = { 0 };
	TB_AUTOCLOSE int fd = -1;
	int ret;

	if (!part || part->of_copy) {
		said_wrong(out, "%s: it names a file that no bundle has", SEAL_FILE);
		return 0;
	}
	if (copy_file(copy, f->name)) {
		was_sealed(f, copy_file(copy, f->name), part->grows, out);
		return 0;
	}
	fd = tb_open_regular(bundle_fd, f->name, &bad);
	if (fd == -ENOENT) {
		if (!part->needed)	/* else that is said already */
			said_wrong(out, "%s: it is missing: it was sealed", f->name);
		return 0;
	}
	if (fd < 0) {
		said_wrong(out, "%s: it cannot be read: %s", f->name, bad.msg);
		return 0;
	}
	ret = same(fd, f, part->grows);
	if (ret < 0)
		return tb_err_set(err, -ret, "read %s", f->name);
	if (!ret)
		said_wrong(out, "%s: it is not as it was sealed", f->name);
	return 0;
}

/* count_lines() - behind so many bytes, the last one whole or not. Return: 0 or negative errno */
static int count_lines(int fd, uint64_t from, uint64_t *lines)
{
	char chunk[CHUNK], last = '\n';
	ssize_t n;

	*lines = 0;
	while ((n = pread(fd, chunk, sizeof(chunk), (off_t)from)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (ssize_t i = 0; i < n; i++)
			*lines += chunk[i] == '\n';
		last = chunk[n - 1];
		from += (uint64_t)n;
	}
	*lines += last != '\n';
	return 0;
}

/* longer() - what examiners added after the seal, nobody signed. Return: 1: there is such; 0;
 * negative errno */
static int longer(int bundle_fd, const char *name, const struct statement *s,
		  struct seal_check *out, struct tb_err *err)
{
	const struct sealed_file *f = statement_file(s, name);
	TB_AUTOCLOSE int fd = tb_open_regular(bundle_fd, name, NULL);
	uint64_t lines;
	int ret = fd < 0 ? 0 : count_lines(fd, f ? f->size : 0, &lines);

	if (ret)
		return tb_err_set(err, -ret, "read %s", name);
	if (fd < 0 || !lines)
		return 0;
	said_open(out, "%s: lines that were added after the seal, and that nobody signed: %" PRIu64,
		  name, lines);
	return 1;
}

/* added() - to the bundle, after the seal. Return: 1: lines were; 0; negative errno */
static int added(int bundle_fd, const struct statement *s, const struct copy *copy,
		 struct seal_check *out, struct tb_err *err)
{
	int any = 0;

	for (const struct run_part *p = run_parts; p->name; p++) {
		int ret = p->grows && !copy_file(copy, p->name) ?
			  longer(bundle_fd, p->name, s, out, err) : 0;

		if (ret < 0)
			return ret;
		any |= ret;
		if (!p->grows && !p->of_seal && !p->of_copy &&
		    !statement_file(s, p->name) &&
		    !faccessat(bundle_fd, p->name, F_OK, AT_SYMLINK_NOFOLLOW))
			said_wrong(out, "%s: it was added after the seal", p->name);
	}
	return any;
}

static void tell_held(const struct statement *s, const struct copy *copy, bool more,
		      struct seal_check *out)
{
	if (out->wrong.n)
		return;
	if (copy->is)
		seal_say(out, &out->held, "%s: all %zu files were as they are here when they were "
			 "sealed, or as the copy says that they were", SEAL_FILE, s->n);
	else if (more)
		seal_say(out, &out->held, "%s: all %zu files have what was sealed", SEAL_FILE,
			 s->n);
	else
		seal_say(out, &out->held, "%s: all %zu files are as they were sealed", SEAL_FILE,
			 s->n);
}

static int files(int bundle_fd, const struct statement *s, const struct copy *copy,
		 struct seal_check *out, struct tb_err *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < s->n; i++)
		ret = one_file(bundle_fd, &s->files[i], copy, out, err);
	if (!ret)
		ret = added(bundle_fd, s, copy, out, err);
	if (ret < 0)
		return ret;
	tell_held(s, copy, ret, out);
	return 0;
}

static void tell_chain(const struct statement *s, const struct chain *chain,
		       struct seal_check *out)
{
	const char *random = chain ? chain->head.random : "";
	const char *challenge = chain ? chain->head.challenge : "";

	if (s->lines != out->lines || strcmp(s->head, out->head) != 0 ||
	    strcmp(s->random, random) != 0 || strcmp(s->challenge, challenge) != 0)
		said_wrong(out, "%s: the record is not the one that was sealed, of %" PRIu64
			   " lines", SEAL_FILE, s->lines);
}

static int against(int bundle_fd, const struct envelope *e, const struct chain *chain,
		   const struct copy *copy, struct seal_check *out, struct tb_err *err)
{
	struct statement *s = calloc(1, sizeof(*s));
	struct tb_err bad = { 0 };
	int ret;

	if (!s)
		return tb_err_set(err, ENOMEM, "read %s", SEAL_FILE);
	ret = statement_parse(&e->payload, s, &bad);
	if (ret == -EBADMSG) {
		said_wrong(out, "%s: %s", SEAL_FILE, bad.msg);
		ret = 0;
	} else if (ret) {
		(void)tb_err_msg(err, bad.code, "%s", bad.msg);
	} else {
		memcpy(out->sealed_time, s->time, sizeof(out->sealed_time));
		memcpy(out->sealed_verdict, s->verdict, sizeof(out->sealed_verdict));
		tell_chain(s, chain, out);
		ret = files(bundle_fd, s, copy, out, err);
	}
	free(s);
	return ret;
}

/* no_seal() - whoever names a key expects one */
static void no_seal(const struct seal_trust *trust, struct seal_check *out)
{
	if (trust->n)
		said_wrong(out, "%s: it is missing: no trusted key signed this bundle", SEAL_FILE);
	else
		said_open(out, "There is no seal: whoever could write the bundle could make its "
			  "chain anew, unless you know the words from its making");
}

int sealed_check(int bundle_fd, const struct seal_trust *trust, const struct chain *chain,
		 const struct copy *copy, struct seal_check *out, struct tb_err *err)
{
	struct tb_err bad = { 0 };
	struct envelope e;
	int ret = envelope_read(bundle_fd, &e, &bad);

	if (ret == -ENOENT) {
		no_seal(trust, out);
		return 0;
	}
	out->sealed = true;
	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read %s", SEAL_FILE);
	if (ret) {
		said_wrong(out, "%s", bad.msg);
		return 0;
	}
	ret = signatures(&e, trust, out, err);
	if (!ret)
		ret = against(bundle_fd, &e, chain, copy, out, err);
	if (!ret)
		ret = stamp_check(bundle_fd, &e, trust, out, err);
	envelope_clear(&e);
	return ret;
}
