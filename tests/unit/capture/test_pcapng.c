/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_pcapng.c - capture files: written, read back by libpcap, cut, and on a full disk
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/pcapng_read.h"
#include "capture/pcapng_write.h"

#define T0 INT64_C(1700000000123456789)

struct fixture {
	int fd;
	char path[64];
	struct png_writer *w;
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	x->fd = memfd_create("capture", 0);
	(void)snprintf(x->path, sizeof(x->path), "/proc/self/fd/%d", x->fd);
	*state = x;
	return png_open(&x->w, x->fd, "g0", "a test", 262144, NULL);
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	png_free(x->w);
	(void)close(x->fd);
	free(x);
	return 0;
}

struct seen {
	size_t n;
	uint32_t caplen[8], origlen[8];
	int64_t time[8];
	uint8_t first[8];
};

static int look(void *arg, const struct pkt_frame *p)
{
	struct seen *s = arg;

	if (s->n < 8) {
		s->caplen[s->n] = p->caplen;
		s->origlen[s->n] = p->origlen;
		s->time[s->n] = p->time;
		s->first[s->n] = p->caplen ? p->data[0] : 0;
	}
	s->n++;
	return 0;
}

static int read_back(struct fixture *x, struct seen *s, bool *truncated)
{
	struct tb_err err = { 0 };

	memset(s, 0, sizeof(*s));
	return capt_read_file(x->path, look, s, truncated, &err);
}

static uint32_t u32_at(struct fixture *x, off_t at)
{
	uint32_t v = 0;

	assert_int_equal(pread(x->fd, &v, 4, at), 4);
	return v;
}

static off_t size_of(struct fixture *x)
{
	struct stat st;

	assert_int_equal(fstat(x->fd, &st), 0);
	return st.st_size;
}

static void an_empty_file_is_readable_at_once(void **state)
{
	struct fixture *x = *state;
	struct seen s;
	bool cut = true;

	assert_int_equal(read_back(x, &s, &cut), 0);
	assert_int_equal(s.n, 0);
	assert_false(cut);
}

static void packets_come_back_as_they_were_written(void **state)
{
	struct fixture *x = *state;
	uint8_t data[5] = { 1, 2, 3, 4, 5 };
	struct seen s;
	uint32_t n;

	for (n = 0; n <= 5; n++)
		assert_int_equal(png_packet(x->w, T0 + n, data, n, 100 + n), 0);
	assert_int_equal(png_flush(x->w), 0);
	assert_int_equal(read_back(x, &s, NULL), 0);
	assert_int_equal(s.n, 6);
	for (n = 0; n <= 5; n++) {
		assert_int_equal(s.caplen[n], n);
		assert_int_equal(s.origlen[n], 100 + n);
		assert_true(s.time[n] == T0 + n);
		assert_int_equal(s.first[n], n ? 1 : 0);
	}
}

/* options_are() - the codes of a block's options, in order, from @at to before the length at the
 * end */
static void options_are(struct fixture *x, off_t at, off_t end, const uint16_t *codes)
{
	uint32_t head;

	for (; at < end - 4; at += 4 + ((head >> 16) + 3) / 4 * 4) {
		head = u32_at(x, at);
		assert_int_equal(head & 0xffff, *codes++);
	}
	assert_int_equal(at, end - 4);
	assert_int_equal(codes[-1], 0);
}

static void blocks_have_the_layout_of_the_draft(void **state)
{
	static const uint16_t section_options[] = { 2, 3, 4, 0 },
	interface_options[] = { 2, 3, 9, 0 },
			      stats_options[] = { 2, 3, 4, 5, 6, 7, 0 };
	struct fixture *x = *state;
	struct png_stats stats = { T0, T0 + 9, 4, 3, 2, 1 };
	off_t at = 0, end;
	uint32_t types[8] = { 0 };
	size_t n = 0;

	assert_int_equal(png_packet(x->w, T0, (const uint8_t *)"12345", 5, 9), 0);
	assert_int_equal(png_stats(x->w, &stats), 0);
	assert_int_equal(png_flush(x->w), 0);
	assert_int_equal(u32_at(x, 8), 0x1a2b3c4d);
	for (end = size_of(x); at < end; at += u32_at(x, at + 4)) {
		uint32_t len = u32_at(x, at + 4);

		types[n++] = u32_at(x, at);
		assert_int_equal(len % 4, 0);
		assert_int_equal(u32_at(x, at + len - 4), len);
		if (types[n - 1] == 6) {
			assert_int_equal(len, 12 + 20 + 8);
			assert_int_equal(u32_at(x, at + 12), (uint64_t)T0 >> 32);
			assert_int_equal(u32_at(x, at + 16), T0 & 0xffffffff);
			assert_int_equal(u32_at(x, at + 20), 5);
			assert_int_equal(u32_at(x, at + 24), 9);
		} else if (types[n - 1] == 5) {
			options_are(x, at + 20, at + len, stats_options);
		} else if (types[n - 1] == 1) {
			assert_int_equal(u32_at(x, at + 8), 1);		/* Ethernet */
			assert_int_equal(u32_at(x, at + 12), 262144);
			options_are(x, at + 16, at + len, interface_options);
		} else {
			options_are(x, at + 24, at + len, section_options);
		}
		assert_true(n < 8);
	}
	assert_int_equal(n, 4);
	assert_int_equal(types[0], 0x0a0d0d0a);
	assert_int_equal(types[1], 1);
	assert_int_equal(types[2], 6);
	assert_int_equal(types[3], 5);
}

static void a_file_cut_anywhere_is_readable_up_to_the_cut(void **state)
{
	struct fixture *x = *state;
	off_t start = size_of(x), n;
	struct seen s;
	bool cut;

	assert_int_equal(png_packet(x->w, T0, (const uint8_t *)"1234", 4, 4), 0);
	assert_int_equal(png_packet(x->w, T0, (const uint8_t *)"1234", 4, 4), 0);
	assert_int_equal(png_flush(x->w), 0);
	for (n = size_of(x); n >= start; n--) {
		assert_int_equal(ftruncate(x->fd, n), 0);
		assert_int_equal(read_back(x, &s, &cut), 0);
		assert_int_equal(s.n, (n - start) / 36);
		assert_int_equal(cut, (n - start) % 36 != 0);
	}
	for (; n >= 0; n--) {		/* in the headers: an error, but no crash */
		assert_int_equal(ftruncate(x->fd, n), 0);
		(void)read_back(x, &s, &cut);
		assert_int_equal(s.n, 0);
	}
}

static void a_packet_larger_than_the_snap_length_is_refused_whole(void **state)
{
	struct fixture *x = *state;
	struct seen s;
	uint8_t *big = calloc(1, 2 << 20);

	assert_int_equal(png_packet(x->w, T0, big, 2 << 20, 2 << 20), -EMSGSIZE);
	assert_int_equal(png_packet(x->w, T0, big, 262144, 262144), 0);
	assert_int_equal(png_flush(x->w), 0);
	assert_int_equal(read_back(x, &s, NULL), 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.caplen[0], 262144);
	free(big);
}

static void many_packets_are_written_without_asking_to_flush(void **state)
{
	struct fixture *x = *state;
	uint8_t data[1500] = { 9 };
	struct seen s;
	size_t i;

	for (i = 0; i < 10000; i++)
		assert_int_equal(png_packet(x->w, T0, data, sizeof(data), sizeof(data)), 0);
	assert_true(size_of(x) > 10000 * 1500 - (1 << 20));
	assert_int_equal(png_flush(x->w), 0);
	assert_int_equal(read_back(x, &s, NULL), 0);
	assert_int_equal(s.n, 10000);
}

/* fill() - in a process of its own, because the limit cannot be raised again. Exit status: 0 if all
 * was as it should be */
static void fill(struct fixture *x, rlim_t limit)
{
	struct rlimit r = { limit, limit };
	uint8_t data[1000] = { 7 };
	int rc = 0, i;

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)setrlimit(RLIMIT_FSIZE, &r);
	for (i = 0; i < 10000 && !rc; i++)
		rc = png_packet(x->w, T0, data, sizeof(data), sizeof(data));
	if (rc != -EFBIG || png_packet(x->w, T0, data, 1, 1) != -EFBIG || png_flush(x->w) != -EFBIG)
		_exit(1);
	_exit(0);
}

static void a_full_disk_is_an_error_and_the_file_ends_at_a_whole_block(void **state)
{
	struct fixture *x = *state;
	rlim_t limit;
	struct seen s;
	bool cut;
	int status;
	pid_t pid;

	for (limit = 2000000; limit < 2000040; limit += 13) {
		off_t start;

		tear_down(state);
		assert_int_equal(set_up(state), 0);
		x = *state;
		start = size_of(x);
		pid = fork();
		if (pid == 0)
			fill(x, limit);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_int_equal(read_back(x, &s, &cut), 0);
		assert_false(cut);
		assert_int_equal(s.n, ((off_t)limit - start) / 1032);
	}
}

static void what_is_no_capture_is_refused(void **state)
{
	struct fixture *x = *state;
	struct tb_err err = { 0 };
	struct seen s;

	assert_int_equal(capt_read_file("/nonexistent/file", look, &s, NULL, &err), -ENOENT);
	assert_int_equal(ftruncate(x->fd, 0), 0);
	assert_int_equal(pwrite(x->fd, "{\"not\": \"a capture\"}", 20, 0), 20);
	assert_int_equal(read_back(x, &s, NULL), -EBADMSG);
}

static int stop_at_two(void *arg, const struct pkt_frame *p)
{
	(void)arg;
	return p->number == 2 ? 42 : 0;
}

static void the_reader_stops_when_told(void **state)
{
	struct fixture *x = *state;
	int i;

	for (i = 0; i < 3; i++)
		assert_int_equal(png_packet(x->w, T0, (const uint8_t *)"1", 1, 1), 0);
	assert_int_equal(png_flush(x->w), 0);
	assert_int_equal(capt_read_file(x->path, stop_at_two, NULL, NULL, NULL), 42);
}

/* word_at() - of the file */
static uint32_t word_at(const struct fixture *x, off_t at)
{
	uint32_t v = 0;

	assert_int_equal(pread(x->fd, &v, sizeof(v), at), sizeof(v));
	return v;
}

static void a_comment_is_cut_between_characters(void **state)
{
	struct fixture *x = *state;
	struct png_packet p = {
		.time_ns = T0, .data = (const uint8_t *)"12345", .caplen = 5, .origlen = 5,
		.pid = 77,
	};
	char text[PNG_COMMENT_MAX + 8];
	off_t at = lseek(x->fd, 0, SEEK_END);

	memset(text, 'a', sizeof(text));
	memcpy(text + PNG_COMMENT_MAX - 1, "\xc3\xa4", 2);	/* half of it would fit */
	text[PNG_COMMENT_MAX + 1] = '\0';
	p.comment = text;
	assert_int_equal(png_noted(x->w, &p), 0);
	assert_int_equal(png_flush(x->w), 0);
	assert_int_equal(word_at(x, at), 6);
	assert_int_equal(word_at(x, at + 36), 1 | (PNG_COMMENT_MAX - 1) << 16);
	assert_int_equal(word_at(x, at + 40 + PNG_COMMENT_MAX), 8 | 8 << 16);
	assert_int_equal(word_at(x, at + 44 + PNG_COMMENT_MAX), 77);
	assert_int_equal(capt_read_file(x->path, stop_at_two, NULL, NULL, NULL), 0);
}

static void secrets_and_names_are_blocks_of_their_own(void **state)
{
	static const char lines[] = "CLIENT_RANDOM 00 11\n";
	const struct ev_addr v4 = { .family = AF_INET, .ip = { 198, 18, 3, 7 } };
	const struct ev_addr v6 = { .family = AF_INET6, .ip = { 0x20, 1 } };
	struct fixture *x = *state;
	off_t at = lseek(x->fd, 0, SEEK_END);

	assert_int_equal(png_secrets(x->w, lines, PNG_SECRETS_MAX + 1), -EMSGSIZE);
	assert_int_equal(png_secrets(x->w, lines, strlen(lines)), 0);
	assert_int_equal(png_name(x->w, &v4, "a.example"), 0);
	assert_int_equal(png_name(x->w, &v6, "b.example"), 0);
	assert_int_equal(png_flush(x->w), 0);
	assert_int_equal(word_at(x, at), 10);
	assert_int_equal(word_at(x, at + 8), 0x544c534b);
	assert_int_equal(word_at(x, at + 12), strlen(lines));
	at += word_at(x, at + 4);
	assert_int_equal(word_at(x, at), 4);
	assert_int_equal(word_at(x, at + 8), 1 | 14 << 16);
	at += word_at(x, at + 4);
	assert_int_equal(word_at(x, at), 4);
	assert_int_equal(word_at(x, at + 8), 2 | 26 << 16);
	assert_int_equal(at + word_at(x, at + 4), lseek(x->fd, 0, SEEK_END));
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_empty_file_is_readable_at_once),
		T(packets_come_back_as_they_were_written),
		T(blocks_have_the_layout_of_the_draft),
		T(a_file_cut_anywhere_is_readable_up_to_the_cut),
		T(a_packet_larger_than_the_snap_length_is_refused_whole),
		T(many_packets_are_written_without_asking_to_flush),
		T(a_full_disk_is_an_error_and_the_file_ends_at_a_whole_block),
		T(what_is_no_capture_is_refused),
		T(the_reader_stops_when_told),
		T(a_comment_is_cut_between_characters),
		T(secrets_and_names_are_blocks_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
