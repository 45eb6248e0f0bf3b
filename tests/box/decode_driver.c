/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_driver.c - the decoder process fed from a capture file, for tests
 *
 * usage: decode_driver FILE	the decoder's events go to standard output, as lines of events.jsonl
 *
 * The exit status is 0 if the decoder ended well, 1 if it said that it failed, 2 on wrong usage or
 * an unreadable file, 128 and the signal's number if it was killed.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/pcapng_read.h"
#include "capture/spill.h"
#include "tcbox/capture.h"
#include "tcbox/fd.h"
#include "tcbox/net.h"
#include "tcbox/own.h"

static int pass_on(void *arg, const struct pkt_frame *f)
{
	struct spill_head head = { f->time, f->number, f->origlen, f->caplen };
	static uint8_t buf[sizeof(head) + CAPT_DECODE_LEN];
	int *fd = arg;

	if (head.caplen > CAPT_DECODE_LEN)
		head.caplen = CAPT_DECODE_LEN;
	memcpy(buf, &head, sizeof(head));
	memcpy(buf + sizeof(head), f->data, head.caplen);
	return tb_write_all(*fd, buf, sizeof(head) + head.caplen) ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const char *const box[] = { TB_BOX_IP4, TB_BOX_IP6, NULL };
	static const char *const gate[] = { TB_GATE_IP4, TB_GATE_IP6, NULL };
	struct tb_err err = { 0 };
	int p[2], record, status, rc;
	pid_t pid;

	record = dup(STDOUT_FILENO);	/* the decoder's own standard output leads nowhere */
	if (argc != 2 || record < 0 || pipe(p))
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		struct dec_options opt = { .packets_fd = p[0], .record_fd = record, .ready_fd = -1,
					   .box = box, .gate = gate };

		rc = dec_main(&opt, &err);
		if (rc)
			(void)fprintf(stderr, "decoder: %s\n", err.msg);
		_exit(rc ? 1 : 0);
	}
	tb_close(&p[0]);
	rc = capt_read_file(argv[1], pass_on, &p[1], NULL, &err);
	if (rc < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	tb_close(&p[1]);
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
