/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_export.c - tcbox export: a bundle as one file, or its capture with what is known about it
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show.h"
#include "run/export.h"
#include "run/redact.h"
#include "tcbox/buf.h"
#include "tcbox/bundle.h"
#include "tcbox/log.h"
#include "tcbox/own.h"
#include "tcbox/sha256.h"

struct options {
	const char *pcapng;
	bool redact;
};

static int set_pcapng(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->pcapng = value;
	return 0;
}

static int set_redact(void *ctx, const char *value, struct tb_err *err)
{
	(void)value;
	(void)err;
	((struct options *)ctx)->redact = true;
	return 0;
}

/* create() - what is there is not replaced. It has secrets: only its owner may read it */
static int create(const char *path, struct tb_err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? tb_err_set(err, errno, "create %s", path) : fd;
}

/* write_file() - what was begun and failed is removed */
static int write_file(const struct evaluation *e, const char *path, struct export_told *told,
		      struct tb_err *err)
{
	TB_AUTOCLOSE int fd = create(path, err);
	int ret;

	if (fd < 0)
		return fd;
	ret = export_pcapng(e, fd, told, err);
	if (ret)
		(void)unlink(path);
	return ret;
}

static int export_packets(const struct evaluation *e, const char *path)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct export_told told = { 0 };
	struct tb_err err = { 0 };

	if (write_file(e, path, &told, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	if (told.truncated)
		tb_warn("export", "the capture ends in the middle of a packet; what is before it "
			"is in the copy");
	if (told.secrets_left_out)
		tb_warn("export", "more secrets of TLS sessions than fit: %" PRIu64 " are not in "
			"the copy, in which these sessions cannot be read; tcbox report has what "
			"was asked in them", told.secrets_left_out);
	tb_buf_addf(&out, "%s: names of addresses: %zu, secrets of TLS: %zu lines\n", path,
		    told.names, told.secrets);
	return cli_print(&out, 0);
}

static int pcapng(const char *bundle, const char *path)
{
	struct tb_err err = { 0 };
	struct evaluation e;
	int status, ret = evaluate_bundle(bundle, NULL, &e, &err);

	if (ret)
		return show_failed(ret, &err);
	status = export_packets(&e, path);
	evaluation_clear(&e);
	return status;
}

/* told() - what was packed, with the sum by which the other side knows that it has the same */
static int told(const char *path, int fd, const struct bundle_packed *packed)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };
	char hex[TB_SHA256_HEX];

	if (tb_sha256_fd(fd, hex, NULL, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	tb_buf_addf(&out, "%s: %u files, %" PRIu64 " bytes; SHA-256 of the archive: %s\n", path,
		    packed->files, packed->bytes, hex);
	return cli_print(&out, 0);
}

static int archive(const char *bundle, const char *path)
{
	TB_AUTOCLOSE int dir = -1, fd = -1;
	struct bundle_packed packed;
	struct tb_err err = { 0 };
	int ret = evaluate_open(bundle, &dir, &err);

	if (ret)
		return show_failed(ret, &err);
	fd = create(path, &err);
	if (fd < 0)
		return cli_error(TB_EXIT_FAILED, &err);
	ret = bundle_pack(dir, bundle, fd, &packed, &err);
	if (ret) {
		(void)unlink(path);
		return cli_error(TB_EXIT_FAILED, &err);
	}
	return told(path, fd, &packed);
}

/* redacted() - the copy that is packed stands beside the archive for a while */
static int redacted(const char *bundle, const char *path)
{
	TB_AUTOBUF struct tb_buf said = TB_BUF_INIT;
	TB_AUTOFREE char *dir = NULL;
	struct redact_told gone;
	struct tb_err err = { 0 };
	int ret, status;

	if (asprintf(&dir, "%s.redact-XXXXXX", path) < 0) {
		dir = NULL;
		(void)tb_err_set(&err, ENOMEM, "redact %s", bundle);
		return cli_error(TB_EXIT_FAILED, &err);
	}
	if (!mkdtemp(dir)) {
		(void)tb_err_set(&err, errno, "create %s", path);
		return cli_error(TB_EXIT_FAILED, &err);
	}
	ret = redact_bundle(bundle, dir, &gone, &err);
	if (ret) {
		status = show_failed(ret, &err);
	} else {
		tb_buf_addf(&said, "redacted: %" PRIu64 " parts, %" PRIu64 " names of users\n",
			    gone.parts, gone.users);
		status = archive(dir, path);
	}
	redact_remove(dir);
	return status ? status : cli_print(&said, 0);
}

static int cmd_export_main(int argc, char **argv)
{
	struct options o = { .pcapng = NULL };
	int at, status;

	at = cli_opts(&cmd_export, argc, argv, &o, &status);
	if (at < 0)
		return status;
	if (argc == at)
		return cli_usage(&cmd_export, "name a bundle");
	if (argc - at > (o.pcapng ? 1 : 2))
		return cli_usage(&cmd_export, "one bundle only");
	if (o.pcapng && o.redact)
		return cli_usage(&cmd_export, "--redact is for an archive");
	if (o.pcapng)
		return pcapng(argv[at], o.pcapng);
	if (argc - at == 1)
		return cli_usage(&cmd_export, "say where to: FILE.tar.zst, or --pcapng FILE");
	if (o.redact)
		return redacted(argv[at], argv[at + 1]);
	return archive(argv[at], argv[at + 1]);
}

static const struct cli_opt opts[] = {
	{ "pcapng", "FILE", "make this file of the capture, with what is known of its packets",
	  set_pcapng },
	{ "redact", NULL, "leave out payloads, variables and names of users", set_redact },
	{ 0 },
};

const struct cli_cmd cmd_export = {
	.name = "export",
	.synopsis = "[--redact] BUNDLE FILE.tar.zst | --pcapng FILE BUNDLE",
	.about = "Pack a bundle into one file, or copy its capture with all that is known of it",
	.opts = opts,
	.interleave = true,
	.main = cmd_export_main,
};
