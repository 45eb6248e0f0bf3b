/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_seal.c - tcbox seal: sign all files of a bundle
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show.h"
#include "run/evaluate.h"
#include "run/recheck.h"
#include "run/sealing.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/seal.h"

#define STAMP_ANSWER_MAX (256u << 10)

struct options {
	const char *key;
	bool add;
	const char *request;		/* where the request of a time stamp is to go */
	const char *answer;		/* where its answer is */
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

static int set_request(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->request = value;
	return 0;
}

static int set_answer(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->answer = value;
	return 0;
}

static int failed(const char *bundle, int ret, const struct tb_err *err)
{
	if (ret == -EEXIST || ret == -ENOENT || ret == -EBADMSG)
		return cli_usage(&cmd_seal, "%s: %s", bundle, err->msg);
	return cli_error(TB_EXIT_FAILED, err);
}

/* stamp() - by hand, for a lab without a network: the request goes out, the answer comes in */
static int stamp(int fd, const char *bundle, const struct options *o)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct tb_err err = { 0 };
	int ret;

	if (o->request) {
		ret = seal_stamp_request(fd, &text, &err);
		if (!ret)
			ret = tb_write_file(AT_FDCWD, o->request, text.data, text.len, &err);
	} else {
		ret = tb_read_file(AT_FDCWD, o->answer, STAMP_ANSWER_MAX, &text, &err);
		if (!ret)
			ret = seal_stamp_take(fd, &text, &err);
	}
	return ret ? failed(bundle, ret, &err) : 0;
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
	return failed(bundle, ret, &err);
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

	if (!ret && !c.wrong.n && !c.redacted)
		ret = recheck_bundle(bundle, fd, &c, &err);
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
	if ((o.request || o.answer) && (o.key || o.add || (o.request && o.answer)))
		return cli_usage(&cmd_seal, "a time stamp is for a seal that is there: name "
				 "nothing else with it");
	ret = evaluate_open(argv[at], &fd, &err);
	if (ret)
		return show_failed(ret, &err);
	if (o.request || o.answer)
		return stamp(fd, argv[at], &o);
	return checked(fd, argv[at], &o);
}

static const struct cli_opt opts[] = {
	{ "key", "FILE", "secret key in PEM, or a pkcs11: URI (default: your own, made if needed)",
	  set_key },
	{ "add", NULL, "add a signature to a seal that is there", set_add },
	{ "timestamp-request", "FILE", "write a request of a time stamp, RFC 3161", set_request },
	{ "timestamp", "FILE", "keep the authority's answer", set_answer },
	{ 0 },
};

const struct cli_cmd cmd_seal = {
	.name = "seal",
	.synopsis = "[OPTION...] BUNDLE",
	.about = "Sign all files of a bundle",
	.opts = opts,
	.main = cmd_seal_main,
};
