/* SPDX-License-Identifier: Apache-2.0 */
/*
 * again.c - decode a capture once more
 *
 * The packets are as hostile as they were during the run: so the decoder is a process without
 * rights again, and we only pass them on.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/pcapng_read.h"
#include "capture/spill.h"
#include "tcbox/capture.h"
#include "tcbox/fd.h"
#include "tcbox/own.h"

static int pass_on(void *arg, const struct pkt_frame *f)
{
	struct spill_head head = { f->time, f->number, f->origlen, f->caplen };
	static uint8_t buf[sizeof(head) + CAPT_DECODE_LEN];
	const int *fd = arg;

	if (head.caplen > CAPT_DECODE_LEN)
		head.caplen = CAPT_DECODE_LEN;
	memcpy(buf, &head, sizeof(head));
	memcpy(buf + sizeof(head), f->data, head.caplen);
	return tb_write_all(*fd, buf, sizeof(head) + head.caplen) ? 1 : 0;
}

static void decoder(const struct dec_options *opt)
{
	const int keep[] = { opt->packets_fd, opt->record_fd };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	tb_close_others(keep, TB_ARRAY_SIZE(keep));
	_exit(dec_main(opt, NULL) ? 1 : 0);
}

/* ended() - how the decoder did. Return: 0, or negative errno */
static int ended(pid_t pid, struct tb_err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return tb_err_set(err, errno, "wait for the decoder");
	if (WIFSIGNALED(status))
		return tb_err_msg(err, EIO, "the decoder was killed by signal %d",
				  WTERMSIG(status));
	return WEXITSTATUS(status) ? tb_err_msg(err, EIO, "the decoder failed") : 0;
}

int capt_again(const char *path, const struct dec_options *how, struct tb_err *err)
{
	struct dec_options opt = *how;
	struct tb_err read_err = { 0 };
	int p[2], ret, died;
	pid_t pid;

	if (pipe(p))
		return tb_err_set(err, errno, "decode %s", path);
	opt.packets_fd = p[0];
	opt.ready_fd = -1;
	pid = fork();
	if (pid == 0) {
		tb_close(&p[1]);
		decoder(&opt);
	}
	tb_close(&p[0]);
	if (pid < 0) {
		tb_close(&p[1]);
		return tb_err_set(err, errno, "decode %s", path);
	}
	ret = capt_read_file(path, pass_on, &p[1], NULL, &read_err);
	tb_close(&p[1]);
	died = ended(pid, err);
	if (died || ret >= 0)
		return died;
	return tb_err_msg(err, read_err.code, "%s", read_err.msg);
}
