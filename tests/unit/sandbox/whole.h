/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whole.h - a whole box with a small product, started through the front door: what comes out of
 * its pipes
 *
 * Needs a user namespace and nothing else; where the kernel gives none, the test is skipped.
 */
#ifndef TESTS_WHOLE_H
#define TESTS_WHOLE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcbox/buf.h"
#include "tcbox/clock.h"
#include "tcbox/own.h"
#include "tcbox/sandbox.h"

#define WHOLE_DEADLINE_MS 60000
#define WHOLE_OTHER 65534	/* whom root runs the product as */

enum { WHOLE_OUT, WHOLE_ERR, WHOLE_RECORDS, WHOLE_PIPES = WHOLE_RECORDS + EV_SRCS };

struct whole {
	struct sbx_options opt;
	char *argv[8], *env[8];
	const char *script;		/* for sh -c, unless argv has something else */
	const char *input;		/* what its standard input holds */
	bool terminal;
	/* called at each event of the airlock */
	void (*at)(struct whole *w, enum sbx_event ev);

	struct sbx *sbx;
	struct tb_buf heard[WHOLE_PIPES];
	int pipes[WHOLE_PIPES];
	bool began, started, done;
	int status, exec_errno, ret;
	struct tb_err err;
	char part[64];
};

static inline bool whole_possible(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/* whole_init() - a box as "tcbox run --net none" has it, and sh -c @script in it */
static inline void whole_init(struct whole *w, const char *script)
{
	static char sh[] = "sh", c[] = "-c", path[] = "PATH=/usr/bin:/bin", lang[] = "LC_ALL=C";
	const uid_t uid = geteuid() ? geteuid() : WHOLE_OTHER;

	*w = (struct whole){ .script = script, .status = -1 };
	w->argv[0] = sh;
	w->argv[1] = c;
	w->env[0] = path;
	w->env[1] = lang;
	w->opt.product = (struct sbx_product){ .argv = w->argv, .program = "/bin/sh", .cwd = "/",
					       .env = w->env };
	w->opt.identity.ids = (struct sbx_ids){ .uid = uid,
						.gid = geteuid() ? getegid() : WHOLE_OTHER };
	w->opt.mounts.state_lock = -1;
	w->opt.network = (struct sbx_network){ .mode = RUN_NET_NONE, .canary_name = "canary.invalid",
					       .canary_port = 443 };
	w->opt.limits = (struct sbx_limit_opts){ .layer_bytes = 64 << 20, .processes_max = 200 };
	w->opt.t0_ns = tb_realtime_ns();
	for (int i = 0; i < WHOLE_PIPES; i++)
		w->heard[i] = (struct tb_buf)TB_BUF_INIT;
}

/* whole_pipe() - its reading end becomes ours. Return: the writing end */
static inline int whole_pipe(struct whole *w, int i)
{
	int fds[2];

	assert_return_code(pipe2(fds, O_CLOEXEC), errno);
	w->pipes[i] = fds[0];
	return fds[1];
}

static inline void whole_open(struct whole *w)
{
	struct sbx_io *io = &w->opt.io;
	int in[2];

	for (int i = 0; i < WHOLE_PIPES; i++)
		w->pipes[i] = -1;
	for (int i = 0; i < EV_SRCS; i++)
		io->record_fds[i] = -1;
	io->record_fds[EV_SRC_BOX] = whole_pipe(w, WHOLE_RECORDS + EV_SRC_BOX);
	for (size_t i = 0; i < w->opt.nparts; i++)
		if (io->record_fds[w->opt.parts[i].src] < 0)
			io->record_fds[w->opt.parts[i].src] =
				whole_pipe(w, WHOLE_RECORDS + (int)w->opt.parts[i].src);
	io->stdio[0] = io->stdio[1] = io->stdio[2] = -1;
	if (w->terminal)
		return;
	io->stdio[1] = whole_pipe(w, WHOLE_OUT);
	io->stdio[2] = whole_pipe(w, WHOLE_ERR);
	assert_return_code(pipe2(in, O_CLOEXEC), errno);
	if (w->input)
		assert_int_equal(write(in[1], w->input, strlen(w->input)), strlen(w->input));
	(void)close(in[1]);
	io->stdio[0] = in[0];
}

/* whole_read() - what is there. Return: false at the end */
static inline bool whole_read(struct whole *w, int i)
{
	char text[4096];
	ssize_t n = read(w->pipes[i], text, sizeof(text));

	if (n > 0)
		tb_buf_add(&w->heard[i], text, (size_t)n);
	else
		tb_close(&w->pipes[i]);
	return n > 0;
}

/* whole_step() - one word of the airlock */
static inline void whole_step(struct whole *w)
{
	enum sbx_event ev;

	w->ret = sbx_step(w->sbx, &ev, &w->err);
	w->started |= ev == SBX_STARTED;
	if (ev == SBX_STARTED && w->terminal)
		w->pipes[WHOLE_OUT] = fcntl(sbx_tty(w->sbx), F_DUPFD_CLOEXEC, 0);
	if (ev == SBX_PRODUCT_EXIT)
		w->status = sbx_status(w->sbx);
	if (ev == SBX_PART_DIED)
		(void)snprintf(w->part, sizeof(w->part), "%s", sbx_part_name(w->sbx));
	w->exec_errno = sbx_exec_errno(w->sbx);
	w->done |= ev == SBX_DONE || w->ret;
	if (w->at)
		w->at(w, ev);
}

static inline void whole_close(struct whole *w)
{
	for (int i = 0; i < EV_SRCS; i++)
		tb_close(&w->opt.io.record_fds[i]);
	for (int i = 0; i < 3; i++)
		tb_close(&w->opt.io.stdio[i]);
}

/* whole_run() - until the airlock says that all is over, or failed. What was asked for later can be
 * asked of w->sbx */
static inline void whole_run(struct whole *w)
{
	struct pollfd p[WHOLE_PIPES + 1];
	int n;

	if (!whole_possible()) {
		print_message("this kernel gives no user namespace\n");
		skip();
	}
	if (w->script) {
		w->argv[2] = strdup(w->script);
		assert_non_null(w->argv[2]);
	}
	whole_open(w);
	w->ret = sbx_start(&w->sbx, &w->opt, &w->err);
	whole_close(w);
	while (w->sbx && !w->done) {
		for (int i = 0; i < WHOLE_PIPES; i++)
			p[i] = (struct pollfd){ .fd = w->pipes[i], .events = POLLIN };
		p[WHOLE_PIPES] = (struct pollfd){ .fd = sbx_fd(w->sbx), .events = POLLIN };
		n = poll(p, TB_ARRAY_SIZE(p), WHOLE_DEADLINE_MS);
		if (n <= 0)
			fail_msg("the airlock says nothing: %s", w->heard[WHOLE_ERR].data);
		for (int i = 0; i < WHOLE_PIPES; i++)
			if (p[i].revents)
				(void)whole_read(w, i);
		if (p[WHOLE_PIPES].revents)
			whole_step(w);
	}
	for (int i = 0; i < WHOLE_PIPES; i++)
		while (w->pipes[i] >= 0 && whole_read(w, i))
			;
}

static inline void whole_end(struct whole *w)
{
	sbx_end(w->sbx);
	for (int i = 0; i < WHOLE_PIPES; i++) {
		tb_close(&w->pipes[i]);
		tb_buf_free(&w->heard[i]);
	}
	if (w->script)
		free(w->argv[2]);
}

/* whole_said() - one of its pipes, as text */
static inline const char *whole_said(const struct whole *w, int pipe)
{
	return w->heard[pipe].data ? w->heard[pipe].data : "";
}

/* whole_good() - the product ran, and ended with @status of wait(2) */
static inline void whole_good(const struct whole *w, int status)
{
	if (w->ret || w->err.code)
		fail_msg("%s", w->err.msg);
	if (w->status != status)
		fail_msg("status %#x; %s", (unsigned int)w->status, whole_said(w, WHOLE_ERR));
	assert_true(w->started && w->done);
	assert_string_equal(w->part, "");
}

/* whole_says() - standard output is @text, nothing more and nothing less */
static inline void whole_says(const struct whole *w, const char *text)
{
	if (strcmp(whole_said(w, WHOLE_OUT), text) != 0)
		fail_msg("it said:\n%s---\n%s---\nand not:\n%s", whole_said(w, WHOLE_OUT),
			 whole_said(w, WHOLE_ERR), text);
}

/* whole_has() - a line of a record has @text */
static inline void whole_has(const struct whole *w, enum ev_src src, const char *text)
{
	if (!strstr(whole_said(w, WHOLE_RECORDS + (int)src), text))
		fail_msg("no %s in:\n%s", text, whole_said(w, WHOLE_RECORDS + (int)src));
}

#endif
