/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_export.c - tcbox export: a bundle's capture with what is known about it, for other tools
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show.h"
#include "run/export.h"
#include "tcbox/buf.h"
#include "tcbox/log.h"
#include "tcbox/own.h"

struct options {
	const char *pcapng;
};

static int set_pcapng(void *ctx, const char *value, struct tb_err *err)
{
	(void)err;
	((struct options *)ctx)->pcapng = value;
	return 0;
}

/* write_file() - what is there is not replaced; what was begun and failed is removed. It has
 * secrets: only its owner may read it */
static int write_file(const struct evaluation *e, const char *path, struct export_told *told,
		      struct tb_err *err)
{
	TB_AUTOCLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0)
		return tb_err_set(err, errno, "create %s", path);
	ret = export_pcapng(e, fd, told, err);
	if (ret)
		(void)unlink(path);
	return ret;
}

static int export(const struct evaluation *e, const char *path)
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

static int cmd_export_main(int argc, char **argv)
{
	struct options o = { .pcapng = NULL };
	struct tb_err err = { 0 };
	struct evaluation e;
	int at, status, ret;

	at = cli_opts(&cmd_export, argc, argv, &o, &status);
	if (at < 0)
		return status;
	if (argc - at != 1)
		return cli_usage(&cmd_export, "%s",
				 argc == at ? "name a bundle" : "one bundle only");
	if (!o.pcapng)
		return cli_usage(&cmd_export, "say where to: --pcapng FILE");
	ret = evaluate_bundle(argv[at], NULL, &e, &err);
	if (ret)
		return show_failed(ret, &err);
	status = export(&e, o.pcapng);
	evaluation_clear(&e);
	return status;
}

static const struct cli_opt opts[] = {
	{ "pcapng", "FILE", "the file to make; it must not exist", set_pcapng },
	{ 0 },
};

const struct cli_cmd cmd_export = {
	.name = "export",
	.synopsis = "--pcapng FILE BUNDLE",
	.about = "Copy the capture of a bundle, with processes, findings, names and secrets",
	.opts = opts,
	.interleave = true,
	.main = cmd_export_main,
};
