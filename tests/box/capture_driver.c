/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture_driver.c - the capture and decoder processes without the rest of tcbox, for
 * tests/box/capture.sh
 *
 * usage: capture_driver INTERFACE DIRECTORY STOPFIFO [max file bytes, 0: any] [snap length]
 *
 * Writes capture.pcapng and events.jsonl into the directory; "ready" and the process ids to
 * standard output, and when the FIFO is closed by its writer, stops. The exit status is that of the
 * capture.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcbox/capture.h"
#include "tcbox/clock.h"
#include "tcbox/net.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

struct pipes {
	int packets[2], capture_record[2], net_record[2], ready[2], stop;
};

static pid_t start_decoder(const struct pipes *p, int64_t t0)
{
	static const char *const box[] = { TB_BOX_IP4, TB_BOX_IP6, NULL };
	static const char *const gate[] = { TB_GATE_IP4, TB_GATE_IP6, NULL };
	struct dec_options opt = { .packets_fd = p->packets[0], .record_fd = p->net_record[1],
				   .ready_fd = -1,
				   .t0_ns = t0, .box = box, .gate = gate };
	struct tb_err err = { 0 };
	pid_t pid = fork();
	int rc;

	if (pid)
		return pid;
	rc = dec_main(&opt, &err);
	if (rc)
		(void)fprintf(stderr, "decoder: %s\n", err.msg);
	_exit(rc ? 1 : 0);
}

static pid_t start_capture(const struct pipes *p, const char *ifname, int file, char **limits,
			   int64_t t0)
{
	struct capt_options opt = {
		.ifname = ifname,
		.file_fd = file,
		.decoder_fd = p->packets[1],
		.record_fd = p->capture_record[1],
		.ready_fd = p->ready[1],
		.stop_fd = p->stop,
		.t0_ns = t0,
		.snaplen = limits[0] && limits[1] ? atoi(limits[1]) : 0,
	};
	rlim_t max = limits[0] ? strtoul(limits[0], NULL, 10) : 0;
	struct tb_err err = { 0 };
	pid_t pid = fork();
	int rc;

	if (pid)
		return pid;
	if (max) {
		struct rlimit limit = { max, RLIM_INFINITY };

		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
	}
	rc = capt_main(&opt, &err);
	if (rc)
		(void)fprintf(stderr, "capture: %s\n", err.msg);
	_exit(rc ? 1 : 0);
}

/* record() - until both producers have closed their pipes */
static void record(int dir, struct pipes *p)
{
	int fds[2] = { p->capture_record[0], p->net_record[0] }, open_fds = 2, i;
	static const enum ev_src src[2] = { EV_SRC_CAPTURE, EV_SRC_NET };
	const struct rec_file_options all = { .kind_bytes = REC_KIND_BYTES };
	struct tb_err err = { 0 };
	struct rec_file *f;
	fd_set set;

	if (rec_file_create(&f, dir, &all, &err)) {
		(void)fprintf(stderr, "record: %s\n", err.msg);
		_exit(2);
	}
	while (open_fds) {
		FD_ZERO(&set);
		for (i = 0; i < 2; i++)
			if (fds[i] >= 0)
				FD_SET(fds[i], &set);
		if (select(FD_SETSIZE, &set, NULL, NULL, NULL) < 0)
			continue;
		for (i = 0; i < 2; i++) {
			if (fds[i] < 0 || !FD_ISSET(fds[i], &set) ||
			    rec_file_pump(f, fds[i], src[i], &err) > 0)
				continue;
			fds[i] = -1;
			open_fds--;
		}
	}
	(void)rec_file_close(f, &err);
}

int main(int argc, char **argv)
{
	int64_t t0 = tb_realtime_ns();
	struct pipes p;
	pid_t decoder, capture;
	int dir, file, status, none = 0;
	char byte;

	if (argc < 4)
		return 2;
	dir = open(argv[2], O_DIRECTORY | O_CLOEXEC);
	file = openat(dir, "capture.pcapng", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	p.stop = open(argv[3], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (file < 0 || p.stop < 0 || pipe2(p.packets, O_CLOEXEC) || pipe2(p.ready, O_CLOEXEC) ||
	    pipe2(p.capture_record, O_CLOEXEC) || pipe2(p.net_record, O_CLOEXEC))
		return 2;
	decoder = start_decoder(&p, t0);
	tb_close(&p.packets[0]);
	capture = start_capture(&p, argv[1], file, argv + 4, t0);
	tb_close(&p.packets[1]);
	tb_close(&p.ready[1]);
	tb_close(&p.capture_record[1]);
	tb_close(&p.net_record[1]);
	if (read(p.ready[0], &byte, 1) != 1)
		none = 1;
	(void)printf("%s %d %d\n", none ? "failed" : "ready", (int)capture, (int)decoder);
	(void)fflush(stdout);
	(void)fcntl(p.capture_record[0], F_SETFL, O_NONBLOCK);
	(void)fcntl(p.net_record[0], F_SETFL, O_NONBLOCK);
	record(dir, &p);
	(void)waitpid(decoder, NULL, 0);
	(void)waitpid(capture, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
