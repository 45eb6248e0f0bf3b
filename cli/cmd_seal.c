/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_seal.c - tcbox seal: sign all files of a bundle
 */
#include <errno.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show.h"
#include "run/evaluate.h"
#include "run/sealing.h"
#include "tcbox/own.h"
#include "tcbox/seal.h"

struct options {
	const char *key;
	bool add;
};

static int set_key(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->key = value;
	return 0;
}

static int set_add(void *ctx, const char *value, struct tb_err *err)
{
	(void)value;
	(void)err;
	((struct options *)ctx)->add = true;
	return 0;
}

/* refuse() - what was changed is not signed */
static int refuse(const char *bundle, const struct seal_check *c)
{
	struct tb_err err = { 0 };

	(void)tb_err_msg(&err, EBADMSG, "%s is not as it was written, and is not sealed: %s; "
			 "\"tcbox verify\" tells all", bundle, c->wrong.texts[0]);
	return cli_error(TB_EXIT_VIOLATES, &err);
}

static int told(const struct seal_key *key, bool made)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	sealing_told(key, made, &out);
	return cli_print(&out, 0);
}

static int seal(int fd, const char *bundle, const struct options *o, const struct seal_key *key,
		bool made)
{
	struct tb_err err = { 0 };
	struct evaluation e;
	int ret;

	if (o->add) {
		ret = seal_add(fd, key, &err);
	} else {
		ret = evaluate_bundle(bundle, NULL, &e, &err);
		if (ret)
			return show_failed(ret, &err);
		ret = sealing_make(fd, &e, key, &err);
		evaluation_clear(&e);
	}
	if (!ret)
		return told(key, made);
	if (ret == -EEXIST || ret == -ENOENT)
		return cli_usage(&cmd_seal, "%s: %s", bundle, err.msg);
	return cli_error(TB_EXIT_FAILED, &err);
}

/* checked() - sealed if nothing is found wrong */
static int checked(int fd, const char *bundle, const struct options *o)
{
	const struct seal_trust nobody = { .n = 0 };
	struct seal_key *key = NULL;
	struct tb_err err = { 0 };
	struct seal_check c;
	bool made = false;
	int status, ret = seal_verify(fd, &nobody, &c, &err);

	if (!ret && c.wrong.n) {
		status = refuse(bundle, &c);
		seal_check_clear(&c);
		return status;
	}
	seal_check_clear(&c);
	if (!ret)
		ret = o->key ? seal_key_secret(o->key, &key, &err) :
			       seal_key_own(&key, &made, &err);
	if (ret)
		return cli_error(ret == -EINVAL ? TB_EXIT_USAGE : TB_EXIT_FAILED, &err);
	status = seal(fd, bundle, o, key, made);
	seal_key_free(key);
	return status;
}

static int cmd_seal_main(int argc, char **argv)
{
	TB_AUTOCLOSE int fd = -1;
	struct options o = { 0 };
	struct tb_err err = { 0 };
	int at, status, ret;

	at = cli_opts(&cmd_seal, argc, argv, &o, &status);
	if (at < 0)
		return status;
	if (argc - at != 1)
		return cli_usage(&cmd_seal, "%s",
				 argc == at ? "name a bundle" : "one bundle only");
	ret = evaluate_open(argv[at], &fd, &err);
	if (ret)
		return show_failed(ret, &err);
	return checked(fd, argv[at], &o);
}

static const struct cli_opt opts[] = {
	{ "key", "FILE", "secret key in PEM, or a pkcs11: URI (default: your own, made if needed)",
	  set_key },
	{ "add", NULL, "add a signature to a seal that is there", set_add },
	{ 0 },
};

const struct cli_cmd cmd_seal = {
	.name = "seal",
	.synopsis = "[--key FILE] [--add] BUNDLE",
	.about = "Sign all files of a bundle",
	.opts = opts,
	.main = cmd_seal_main,
};
