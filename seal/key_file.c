/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_file.c - where keys come from: the user's own, which is made when it is needed first, files,
 * and whatever else OpenSSL can open
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seal/key.h"
#include "tcbox/file.h"
#include "tcbox/openssl_err.h"
#include "tcbox/own.h"

#define KEY_FILE "seal-key.pem"
#define PUBLIC_FILE "seal-key.pub"
#define KEY_MAX (64u << 10)

/* no_password() - what is needed without anybody to ask is asked of nobody */
static int no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

/* home() - where the key is; negative errno. The path is the caller's */
static int home(char **path, struct tb_err *err)
{
	const char *xdg = getenv("XDG_DATA_HOME"), *user = getenv("HOME");
	int n;

	*path = NULL;
	if (xdg && xdg[0] == '/')
		n = asprintf(path, "%s/tcbox", xdg);
	else if (user && user[0] == '/')
		n = asprintf(path, "%s/.local/share/tcbox", user);
	else
		return tb_err_msg(err, ENOENT, "no place for the key: neither XDG_DATA_HOME nor "
				  "HOME is an absolute path; name one with --key");
	if (n >= 0)
		return 0;
	*path = NULL;
	return tb_err_set(err, ENOMEM, "place of the key");
}

char *seal_key_home(void)
{
	char *path;

	return home(&path, NULL) ? NULL : path;
}

/* make_dirs() - all that is missing of the path; only the owner may enter what we make */
static int make_dirs(const char *path, struct tb_err *err)
{
	TB_AUTOFREE char *part = strdup(path);
	char *at = part;

	if (!part)
		return tb_err_set(err, ENOMEM, "create %s", path);
	while (at) {
		at = strchr(at + 1, '/');
		if (at)
			*at = 0;
		if (mkdir(part, 0700) && errno != EEXIST)
			return tb_err_set(err, errno, "create %s", part);
		if (at)
			*at = '/';
	}
	return 0;
}

/* pem() - the key, or its public part, as text */
static int pem(EVP_PKEY *pkey, bool secret, struct tb_buf *out, struct tb_err *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	long len;
	int ok = bio && (secret ? PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) :
				  PEM_write_bio_PUBKEY(bio, pkey));

	if (ok) {
		len = BIO_get_mem_data(bio, &data);
		tb_buf_add(out, data, (size_t)len);
	}
	BIO_free(bio);
	if (!ok)
		return tb_openssl_err(err, EIO, "write a key");
	return out->failed ? tb_err_set(err, ENOMEM, "write a key") : 0;
}

/* store() - a new file, whole or not at all; one that is there stays. Return: 0; -EEXIST; other
 * negative errno */
static int store(int dir, const char *name, const struct tb_buf *text, mode_t mode,
		 struct tb_err *err)
{
	char temporary[64];
	int fd, ret = 0;

	(void)snprintf(temporary, sizeof(temporary), ".%s.%d", name, (int)getpid());
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return tb_err_set(err, errno, "create %s", name);
	if (fchmod(fd, mode) || write(fd, text->data, text->len) != (ssize_t)text->len ||
	    fsync(fd))
		ret = tb_err_set(err, errno, "write %s", name);
	(void)close(fd);
	if (!ret && linkat(dir, temporary, dir, name, 0))
		ret = errno == EEXIST ? -EEXIST : tb_err_set(err, errno, "create %s", name);
	(void)unlinkat(dir, temporary, 0);
	return ret;
}

static int make(int dir, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf secret = TB_BUF_INIT, public = TB_BUF_INIT;
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	int ret;

	if (!pkey)
		return tb_openssl_err(err, EIO, "make a key");
	ret = pem(pkey, true, &secret, err);
	if (!ret)
		ret = pem(pkey, false, &public, err);
	if (!ret)
		ret = store(dir, KEY_FILE, &secret, 0600, err);
	if (!ret) {
		(void)unlinkat(dir, PUBLIC_FILE, 0);
		ret = store(dir, PUBLIC_FILE, &public, 0644, err);
	}
	if (secret.data)
		OPENSSL_cleanse(secret.data, secret.len);
	EVP_PKEY_free(pkey);
	return ret == -EEXIST ? 0 : ret;	/* somebody was quicker: then that one is it */
}

/* read_pem() - a secret key, or a public one, alone or in a certificate */
static int read_pem(const struct tb_buf *text, const char *name, bool secret,
		    struct seal_key **out, struct tb_err *err)
{
	BIO *bio = BIO_new_mem_buf(text->data ? text->data : "", (int)text->len);
	EVP_PKEY *pkey = NULL;
	X509 *cert;

	if (!bio)
		return tb_err_set(err, ENOMEM, "read the key %s", name);
	if (secret)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	else
		pkey = PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
	if (!pkey && !secret && BIO_reset(bio) == 1) {
		cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
		pkey = cert ? X509_get_pubkey(cert) : NULL;
		X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error();
	if (pkey)
		return key_take(pkey, name, out, err);
	return tb_err_msg(err, EINVAL, "%s: there is no %s in it, in PEM and without a password",
			  name, secret ? "secret key" : "public key or certificate");
}

static int read_file(int dir, const char *file, const char *name, bool secret,
		     struct seal_key **out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = tb_read_file(dir, file, KEY_MAX, &text, err);

	if (!ret)
		ret = read_pem(&text, name, secret, out, err);
	if (text.data && secret)
		OPENSSL_cleanse(text.data, text.len);
	return ret;
}

/* publish() - the public half, where it was lost */
static int publish(int dir, const struct seal_key *k, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf public = TB_BUF_INIT;
	int ret;

	if (!faccessat(dir, PUBLIC_FILE, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	ret = pem(k->pkey, false, &public, err);
	if (!ret)
		ret = store(dir, PUBLIC_FILE, &public, 0644, err);
	return ret == -EEXIST ? 0 : ret;
}

int seal_key_own(struct seal_key **out, bool *made, struct tb_err *err)
{
	TB_AUTOFREE char *place = NULL;
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;
	TB_AUTOCLOSE int dir = -1;
	int ret = home(&place, err);

	if (ret)
		return ret;
	tb_buf_addf(&name, "%s/%s", place, KEY_FILE);
	if (name.failed)
		return tb_err_set(err, ENOMEM, "read the key");
	ret = make_dirs(place, err);
	if (ret)
		return ret;
	dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return tb_err_set(err, errno, "open %s", place);
	*made = faccessat(dir, KEY_FILE, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
	ret = *made ? make(dir, err) : 0;
	if (!ret)
		ret = read_file(dir, KEY_FILE, name.data, true, out, err);
	if (ret)
		return ret;
	ret = publish(dir, *out, err);
	if (ret) {
		seal_key_free(*out);
		*out = NULL;
	}
	return ret;
}

int seal_key_own_public(struct seal_key **out, struct tb_err *err)
{
	TB_AUTOFREE char *place = NULL;
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;
	int ret = home(&place, err);

	if (ret)
		return ret;
	tb_buf_addf(&name, "%s/%s", place, PUBLIC_FILE);
	if (name.failed)
		return tb_err_set(err, ENOMEM, "read the key");
	if (access(name.data, F_OK) && errno == ENOENT)
		return -ENOENT;
	return read_file(AT_FDCWD, name.data, name.data, false, out, err);
}

/* from_store() - what OpenSSL and its providers can open, such as a token by PKCS#11 */
static int from_store(const char *uri, struct seal_key **out, struct tb_err *err)
{
	OSSL_STORE_CTX *ctx = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	EVP_PKEY *pkey = NULL;

	while (ctx && !pkey && !OSSL_STORE_eof(ctx)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(ctx);

		if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			pkey = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	OSSL_STORE_close(ctx);
	if (!pkey)
		return tb_openssl_err(err, EIO, uri);
	ERR_clear_error();
	return key_take(pkey, uri, out, err);
}

int seal_key_secret(const char *from, struct seal_key **out, struct tb_err *err)
{
	if (!strncmp(from, "pkcs11:", strlen("pkcs11:")))
		return from_store(from, out, err);
	return read_file(AT_FDCWD, from, from, true, out, err);
}

int seal_key_public(const char *path, struct seal_key **out, struct tb_err *err)
{
	return read_file(AT_FDCWD, path, path, false, out, err);
}
