/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_verify.c - tcbox verify: is a bundle as it was written?
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show.h"
#include "run/evaluate.h"
#include "run/recheck.h"
#include "tcbox/own.h"
#include "tcbox/record.h"
#include "tcbox/seal.h"

#define WORDS_LINE 8
#define KEYS_MAX 16

struct options {
	const char *paths[KEYS_MAX];
	struct seal_key *keys[KEYS_MAX], *own;
	size_t n;
	char challenge[CHAIN_CHALLENGE];
	const char *stamp_roots;
};

static int set_roots(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->stamp_roots = value;
	return 0;
}

static int set_challenge(void *ctx, const char *value, struct tb_err *err)
{
	return chain_challenge(value, ((struct options *)ctx)->challenge, err);
}

static int add_key(void *ctx, const char *value, struct tb_err *err)
{
	struct options *o = ctx;

	if (o->n == KEYS_MAX)
		return tb_err_msg(err, EINVAL, "at most %d keys", KEYS_MAX);
	o->paths[o->n++] = value;
	return 0;
}

static void print_list(struct tb_buf *out, const char *title, const struct seal_list *l)
{
	if (!l->n)
		return;
	tb_buf_addf(out, "\n%s\n", title);
	for (size_t i = 0; i < l->n; i++) {
		tb_buf_adds(out, "  ");
		tb_buf_add_shown(out, l->texts[i], strlen(l->texts[i]));
		tb_buf_addc(out, '\n');
	}
	if (l->more)
		tb_buf_addf(out, "  and %" PRIu64 " more\n", l->more);
}

/* print_words() - so many on a line */
static void print_words(struct tb_buf *out, const char *hex)
{
	TB_AUTOBUF struct tb_buf words = TB_BUF_INIT;
	unsigned int n = 0;

	seal_words(&words, hex);
	tb_buf_adds(out, "         ");
	for (size_t i = 0; i < words.len; i++) {
		if (words.data[i] == ' ' && ++n % WORDS_LINE == 0)
			tb_buf_adds(out, "\n         ");
		else
			tb_buf_addc(out, words.data[i]);
	}
	tb_buf_addc(out, '\n');
	out->failed = out->failed || words.failed;
}

static void print_record(struct tb_buf *out, const struct seal_check *c)
{
	if (!*c->head)
		return;
	/* who reads words aloud must not hear those of what it was before */
	if (c->wrong.n) {
		tb_buf_addf(out, "\nChain    %" PRIu64 " events, the last one's value is\n"
			    "         %s\n"
			    "         Something was changed: it is not given in words.\n",
			    c->lines, c->head);
		return;
	}
	tb_buf_addf(out, "\nRecord   %" PRIu64 " events, the last one's value in the chain is\n"
		    "         %s\n         in words, to be read aloud or kept on paper:\n",
		    c->lines, c->head);
	print_words(out, c->head);
}

static void print_seal(struct tb_buf *out, const struct seal_check *c)
{
	if (!c->nsigners)
		return;
	tb_buf_addf(out, "\nSeal     of %s, ",
		    *c->sealed_time ? c->sealed_time : "an unknown time");
	if (*c->sealed_verdict)
		tb_buf_addf(out, "with the verdict %s\n", c->sealed_verdict);
	else
		tb_buf_adds(out, "without a verdict\n");
	for (size_t i = 0; i < c->nsigners; i++) {
		const struct seal_signer *s = &c->signers[i];

		tb_buf_addf(out, "         %s", *s->id ? s->id : "a signature that is wrong");
		if (s->known_as) {
			tb_buf_adds(out, ", which is ");
			tb_buf_add_shown(out, s->known_as, strlen(s->known_as));
		}
		tb_buf_addc(out, '\n');
	}
}

static void print_bounds(struct tb_buf *out, const struct seal_check *c)
{
	if (*c->challenge)
		tb_buf_addf(out, "\nNot      before somebody said %s\n", c->challenge);
	if (*c->stamped)
		tb_buf_addf(out, "\nNot      after %.10s %.8s UTC, as a time stamp says%s\n",
			    c->stamped, c->stamped + 11,
			    c->stamp_believed ? "" : ", whose authority is not known here");
}

static int print(const char *bundle, const struct seal_check *c)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	int status = 0;

	if (c->wrong.n) {
		tb_buf_adds(&out, "CHANGED  ");
		status = TB_EXIT_VIOLATES;
	} else if (c->open.n) {
		tb_buf_adds(&out, "OPEN     nothing is found changed, but not all is proven: ");
		status = TB_EXIT_INCONCLUSIVE;
	} else {
		tb_buf_adds(&out, "WHOLE    ");
	}
	tb_buf_add_shown(&out, bundle, strlen(bundle));
	tb_buf_addc(&out, '\n');
	print_list(&out, "Not as it was written", &c->wrong);
	print_list(&out, "What cannot be said", &c->open);
	print_list(&out, "What holds", &c->held);
	print_seal(&out, c);
	print_bounds(&out, c);
	print_record(&out, c);
	return cli_print(&out, status);
}

/* open_bundle() - a damaged one may have lost its manifest. Return: 0; -EINVAL: there is none;
 * other negative errno */
static int open_bundle(const char *path, int *fd, struct tb_err *err)
{
	int ret = evaluate_dir(path, fd, err);

	if (!ret && faccessat(*fd, RUN_FILE, F_OK, AT_SYMLINK_NOFOLLOW) &&
	    faccessat(*fd, REC_EVENTS_FILE, F_OK, AT_SYMLINK_NOFOLLOW))
		return tb_err_msg(err, EINVAL, "%s is not a bundle: it has no %s", path, RUN_FILE);
	return ret;
}

/* read_keys() - those that were named, or the user's own */
static int read_keys(struct options *o, struct tb_err *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < o->n; i++)
		ret = seal_key_public(o->paths[i], &o->keys[i], err);
	/* whoever has none, or no place for one, has sealed nothing */
	if (!o->n && seal_key_own_public(&o->own, NULL) == -ENOMEM)
		ret = tb_err_set(err, ENOMEM, "read the key");
	return ret;
}

static void free_keys(struct options *o)
{
	for (size_t i = 0; i < o->n; i++)
		seal_key_free(o->keys[i]);
	seal_key_free(o->own);
}

static int verify(const char *path, const struct options *o)
{
	const struct seal_trust trust = {
		.keys = o->keys, .n = o->n, .own = o->own,
		.challenge = *o->challenge ? o->challenge : NULL,
		.stamp_roots = o->stamp_roots,
	};
	TB_AUTOCLOSE int fd = -1;
	struct tb_err err = { 0 };
	struct seal_check c;
	int status, ret = open_bundle(path, &fd, &err);

	if (ret)
		return show_failed(ret, &err);
	ret = seal_verify(fd, &trust, &c, &err);
	if (!ret && !c.wrong.n)
		ret = c.redacted ? recheck_copy(path, &c, &err) :
				   recheck_bundle(path, fd, &c, &err);
	status = ret ? cli_error(TB_EXIT_FAILED, &err) : print(path, &c);
	seal_check_clear(&c);
	return status;
}

static int cmd_verify_main(int argc, char **argv)
{
	struct options o = { .n = 0 };
	struct tb_err err = { 0 };
	int at, status;

	at = cli_opts(&cmd_verify, argc, argv, &o, &status);
	if (at < 0)
		return status;
	if (argc - at != 1)
		return cli_usage(&cmd_verify, "%s",
				 argc == at ? "name a bundle" : "one bundle only");
	if (read_keys(&o, &err))
		status = cli_error(TB_EXIT_USAGE, &err);
	else
		status = verify(argv[at], &o);
	free_keys(&o);
	return status;
}

static const struct cli_opt opts[] = {
	{ "trusted-key", "FILE", "public key or certificate in PEM that must have signed; several "
	  "times: one of them", add_key },
	{ "timestamp-root", "FILE", "certificates in PEM of authorities whose time is believed",
	  set_roots },
	{ "challenge", "HEX", "what was said just before the run", set_challenge },
	{ 0 },
};

const struct cli_cmd cmd_verify = {
	.name = "verify",
	.synopsis = "[OPTION...] BUNDLE",
	.about = "Check that a bundle is as it was written",
	.opts = opts,
	.main = cmd_verify_main,
};
