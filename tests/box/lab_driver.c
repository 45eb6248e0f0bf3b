/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lab_driver.c - the lab alone, for tests/box/lab.sh
 *
 * lab_driver CA.PEM EVENTS: writes the authority's certificate, serves until standard input ends,
 * writes one line when ready. Names that begin with "declared." count as declared.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/lab.h"
#include "tcbox/own.h"

static bool on_answer(void *arg, const char *name, const struct ev_addr *addrs, size_t n)
{
	(void)arg;
	(void)addrs;
	return n && !strncmp(name, "declared.", 9);
}

static int64_t us_since(int64_t start)
{
	return (tb_monotonic_ns() - start) / 1000;
}

int main(int argc, char **argv)
{
	struct lab_options opt = { .ready_fd = 1, .on_answer = on_answer,
				   .t0_ns = tb_realtime_ns() };
	TB_AUTOCLOSE int events = -1;
	int64_t start = tb_monotonic_ns();
	struct tb_err err = { 0 };
	int r;

	if (argc != 3) {
		fprintf(stderr, "usage: lab_driver CA.PEM EVENTS\n");
		return 2;
	}
	r = lab_authority_new(&opt.authority, 0, &err);
	fprintf(stderr, "# authority made in %lld us\n", (long long)us_since(start));
	if (!r)
		r = tb_write_file(AT_FDCWD, argv[1], lab_authority_pem(opt.authority),
				  strlen(lab_authority_pem(opt.authority)), &err);
	events = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	opt.record_fd = events;
	if (!r)
		r = lab_main(&opt, &err);
	lab_authority_free(opt.authority);
	if (r < 0)
		fprintf(stderr, "lab_driver: %s\n", err.msg);
	return r < 0;
}
