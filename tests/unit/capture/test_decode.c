/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_decode.c - the decoder as a process: its pipe, its lock-up, its last words
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <sys/mman.h>

#include "capture/pcapng_read.h"
#include "capture/spill.h"
#include "tcbox/capture.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tests/unit/capture/frames.h"
#include "tests/unit/capture/process.h"
#include "tests/unit/unlocked.h"

#define BOX "198.19.255.2"
#define HOST "198.18.0.7"

static const char *const box[] = { BOX, "2001:db8:ffff::2", NULL };
static const char *const gate[] = { "198.19.255.1", "2001:db8:ffff::1", NULL };
static int64_t *now;		/* the decoder's clock, in memory that both processes see */

int64_t __wrap_tb_monotonic_ns(void);
int64_t __wrap_tb_monotonic_ns(void)
{
	return *now;
}

static int decode(struct process *p)
{
	struct dec_options opt = { .packets_fd = p->packets[0], .record_fd = p->record[1],
				   .ready_fd = p->ready[1], .box = box, .gate = gate };
	struct tb_err err = { 0 };

	tb_close(&p->packets[1]);
	return dec_main(&opt, &err) ? 1 : 0;
}

static int set_up(void **state)
{
	struct process *p = calloc(1, sizeof(*p));

	*state = p;
	if (!now)
		now = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!p || now == MAP_FAILED)
		return 1;
	*now = 1000 * TB_NS_PER_S;
	if (!process_start(p, decode) || !process_ready(p))
		return 1;
	tb_close(&p->packets[0]);
	return 0;
}

static int tear_down(void **state)
{
	process_close(*state);
	free(*state);
	return 0;
}

/* write_packet() - as the capture would, but at most @step bytes at a time */
static void write_packet(struct process *p, const struct pkt_frame *f, size_t step)
{
	struct spill_head head = { f->time, f->number, f->origlen, f->caplen };
	uint8_t buf[sizeof(head) + CAPT_DECODE_LEN];
	size_t len = sizeof(head) + f->caplen;

	memcpy(buf, &head, sizeof(head));
	memcpy(buf + sizeof(head), f->data, f->caplen);
	for (size_t at = 0; at < len; at += step)
		assert_int_equal(tb_write_all(p->packets[1], buf + at,
					      step < len - at ? step : len - at), 0);
}

static int pass_whole(void *arg, const struct pkt_frame *f)
{
	write_packet(arg, f, SIZE_MAX / 2);
	return 0;
}

static int pass_in_pieces(void *arg, const struct pkt_frame *f)
{
	write_packet(arg, f, 7);
	return 0;
}

static void write_udp(struct process *p, uint16_t port, uint64_t number)
{
	struct pkt_frame out = { .time = TB_NS_PER_S, .number = number };
	struct frame f;

	fr_udp(&f, BOX, port, HOST, 5000, "hello", 5);
	out.data = f.b;
	out.caplen = out.origlen = (uint32_t)f.len;
	write_packet(p, &out, SIZE_MAX / 2);
}

static void packets_become_events(struct process *p, capt_packet_fn *fn)
{
	struct tb_err err = { 0 };

	assert_int_equal(capt_read_file("tests/captures/dns.pcapng", fn, p, NULL, &err), 0);
	tb_close(&p->packets[1]);
	assert_int_equal(process_end(p), 0);
	assert_int_equal(process_counter(p, "packets_malformed"), 0);
	assert_true(process_counter(p, "packets_decoded") > 20);
	assert_true(process_counter(p, "flows") >= 6);
	assert_in_range(process_counter(p, "memory_peak_kib"), 100, 1000000);
	assert_null(process_loss(p));
	for (size_t i = 0; i < p->n; i++) {
		assert_int_equal(p->v[i].src, EV_SRC_NET);
		assert_int_equal(p->v[i].n, i + 1);
	}
}

static void packets_from_the_pipe_become_events(void **state)
{
	packets_become_events(*state, pass_whole);
}

static void packets_in_pieces_become_events(void **state)
{
	packets_become_events(*state, pass_in_pieces);
}

static void events_are_there_before_the_pipe_ends(void **state)
{
	struct process *p = *state;

	write_udp(p, 4000, 1);
	assert_true(process_read(p, "198.19.255.2:4000"));
	tb_close(&p->packets[1]);
	assert_int_equal(process_end(p), 0);
	assert_int_equal(process_counter(p, "flows"), 1);
}

static void a_silent_flow_ends_while_nothing_comes(void **state)
{
	struct process *p = *state;

	write_udp(p, 4000, 1);
	assert_true(process_read(p, "198.19.255.2:4000"));
	*now += 119 * TB_NS_PER_S;
	write_udp(p, 4001, 2);
	assert_true(process_read(p, "198.19.255.2:4001"));
	assert_null(strstr(p->text, "\"end\":true"));
	*now += 121 * TB_NS_PER_S;
	assert_true(process_read(p, "\"end\":true"));
	tb_close(&p->packets[1]);
	assert_int_equal(process_end(p), 0);
}

static void a_pipe_that_ends_in_a_packet_is_a_loss(void **state)
{
	struct process *p = *state;

	write_udp(p, 4000, 1);
	assert_int_equal(write(p->packets[1], "half", 4), 4);
	tb_close(&p->packets[1]);
	assert_int_equal(process_end(p), 1);
	assert_non_null(process_loss(p));
	assert_string_equal(process_loss(p)->what, "decoder");
	assert_non_null(strstr(process_loss(p)->detail, "middle of a packet"));
}

static void a_pipe_that_is_out_of_step_is_a_loss(void **state)
{
	struct process *p = *state;
	struct spill_head head = { .number = 1, .origlen = 9000, .caplen = CAPT_DECODE_LEN + 1 };

	assert_int_equal(write(p->packets[1], &head, sizeof(head)), sizeof(head));
	assert_int_equal(process_end(p), 1);
	assert_non_null(process_loss(p));
	assert_non_null(strstr(process_loss(p)->detail, "out of step"));
}

static void the_longest_packet_is_still_in_step(void **state)
{
	static uint8_t data[CAPT_DECODE_LEN];
	struct process *p = *state;
	struct pkt_frame f = { .number = 1, .data = data, .caplen = CAPT_DECODE_LEN,
			       .origlen = 9000 };

	write_packet(p, &f, SIZE_MAX / 2);
	write_udp(p, 4000, 2);
	tb_close(&p->packets[1]);
	assert_int_equal(process_end(p), 0);
	assert_int_equal(process_counter(p, "packets_decoded"), 2);
	assert_int_equal(process_counter(p, "packets_other"), 1);
}

static void it_has_nothing_but_its_pipes(void **state)
{
	struct process *p = *state;
	struct dirent *e;
	char path[64];
	int fds = 0;
	DIR *dir;

	assert_int_equal(process_has(p, "status", "Seccomp:\t2\n"), !unlocked());
	assert_true(process_has(p, "status", "CapEff:\t0000000000000000\n"));
	assert_true(process_has(p, "status", "NoNewPrivs:\t1\n"));
	assert_int_equal(process_has(p, "limits",
				     "Max address space         2147483648           2147483648 "),
			 !unlocked());
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)p->pid);
	dir = opendir(path);
	assert_non_null(dir);
	while ((e = readdir(dir)))
		fds += e->d_name[0] != '.' && atoi(e->d_name) > 2;
	(void)closedir(dir);
	assert_int_equal(fds, 3);	/* and the one to say that it is ready */
	tb_close(&p->packets[1]);
	assert_int_equal(process_end(p), 0);
}

static void addresses_that_are_none_are_refused(void **state)
{
	static const char *const none[] = { "eth0", NULL };
	static const char *const many[] = { "::1", "::2", "::3", "::4", "::5", "::6", "::7", "::8",
					    "::9", NULL };
	struct dec_options opt = { .packets_fd = -1, .record_fd = -1, .ready_fd = -1, .box = none };
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(dec_main(&opt, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "addresses"));
	opt.box = NULL;
	opt.gate = many;
	assert_int_equal(dec_main(&opt, &err), -EINVAL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(packets_from_the_pipe_become_events),
		T(packets_in_pieces_become_events),
		T(events_are_there_before_the_pipe_ends),
		T(a_silent_flow_ends_while_nothing_comes),
		T(a_pipe_that_ends_in_a_packet_is_a_loss),
		T(a_pipe_that_is_out_of_step_is_a_loss),
		T(the_longest_packet_is_still_in_step),
		T(it_has_nothing_but_its_pipes),
		cmocka_unit_test(addresses_that_are_none_are_refused),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
