/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_driver.c - how many events a second the record takes and gives back; prints one line of
 * JSON
 *
 * A child process produces, this one stores and then reads, as in a run. Times are those of the
 * processor, so that other work on the machine does not count.
 *
 *	record_driver [EVENTS]
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcbox/chain.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* make_event() - calls, files and flows in turn, of the size that they have in a run */
static void make_event(struct ev *ev, uint64_t i)
{
	static const char *names[] = { "updates.acme.example" };

	*ev = (struct ev){ .kind = EV_FILE, .t = (int64_t)(i * 1000 + 1), .proc = i % 100 + 1 };
	if (i % 4 == 0) {
		ev->kind = EV_FLOW;
		ev->u.flow = (struct ev_flow){ .id = i, .end = true, .proto = "tcp", .first = ev->t,
					       .last = ev->t + 5000000, .pkts_out = 9,
					       .pkts_in = 8, .bytes_out = 812, .bytes_in = 40960,
					       .wire_out = 1300, .wire_in = 41400,
					       .pkt_first = i, .pkt_last = i + 16, .state = "fin",
					       .app = "tls", .sni = names[0],
					       .alpn = "h2,http/1.1", .tls_version = "1.3",
						       .names = { names, 1 } };
		ev->u.flow.local = (struct ev_addr){ AF_INET, { 198, 19, 255, 2 },
						     (uint16_t)(i | 1) };
		ev->u.flow.remote = (struct ev_addr){ AF_INET, { 198, 18, 3, 7 }, 443 };
	} else if (i % 4 == 1) {
		ev->kind = EV_SOCK;
		ev->u.sock = (struct ev_sock){ .call = "connect", .proto = "tcp", .cookie = i,
					       .outcome = "allowed" };
		ev->u.sock.remote = (struct ev_addr){ AF_INET, { 198, 18, 3, 7 }, 443 };
	} else {
		ev->u.file = (struct ev_file){ .op = "write",
					       .path = "/var/lib/acme/agent/state/journal.log",
					       .outcome = "allowed" };
	}
}

static void produce(int fd, uint64_t events)
{
	struct ev_pair pair = { "events", events };
	struct rec_out *out = rec_out_new(fd, EV_SRC_BOX, 0);
	struct ev ev;
	uint64_t i;

	for (i = 1; out && i < events; i++) {
		make_event(&ev, i);
		if (rec_append(out, &ev))
			_exit(1);
	}
	ev = (struct ev){ .kind = EV_COUNTERS, .t = 1, .u.counters = { &pair, 1, true } };
	_exit(out && !rec_append(out, &ev) && !rec_flush(out) ? 0 : 1);
}

static double cpu(int who)
{
	struct rusage u;

	(void)getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void count(void *arg, const struct ev *ev)
{
	*(uint64_t *)arg += ev->kind < EV_KINDS;
}

/* store() - Return: processor seconds of the recorder */
static double store(int dir, uint64_t events, unsigned int wanted)
{
	uint64_t told = 0;
	const struct rec_file_options options = {
		.kind_bytes = REC_KIND_BYTES, .wanted = wanted, .on_event = count, .arg = &told,
		.chain = "{}\n",
	};
	struct tb_err err = { 0 };
	struct rec_file *f;
	double start;
	int p[2], status, ret;
	pid_t pid;

	pid = pipe2(p, O_CLOEXEC) ? -1 : fork();
	if (pid < 0)
		die("start the producer");
	if (!pid)
		produce(p[1], events);
	(void)close(p[1]);
	(void)fcntl(p[0], F_SETFL, O_NONBLOCK);
	(void)fcntl(p[0], F_SETPIPE_SZ, 1 << 20);
	(void)unlinkat(dir, REC_EVENTS_FILE, 0);
	(void)unlinkat(dir, CHAIN_FILE, 0);
	if (rec_file_create(&f, dir, &options, &err))
		die(err.msg);
	start = cpu(RUSAGE_SELF);
	do {
		struct pollfd poll_fd = { p[0], POLLIN, 0 };

		(void)poll(&poll_fd, 1, -1);
		ret = rec_file_pump(f, p[0], EV_SRC_BOX, &err);
	} while (ret > 0);
	start = cpu(RUSAGE_SELF) - start;
	if (ret || waitpid(pid, &status, 0) != pid || status ||
	    !rec_file_finished(f, EV_SRC_BOX) || rec_file_left_out(f) ||
	    told != (wanted == REC_WANT_ALL ? events : 1) || rec_file_close(f, &err))
		die("record");
	(void)close(p[0]);
	return start;
}

static int take(void *arg, const struct ev *ev)
{
	count(arg, ev);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t events = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000, told = 0;
	char path[] = "/tmp/tcbox-bench.XXXXXX";
	double append, few, all, reading;
	struct rec_read_stats stats;
	struct tb_err err = { 0 };
	int dir;

	if (events < 2 || !mkdtemp(path) ||
	    (dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return 2;
	few = store(dir, events, 1u << EV_COUNTERS);
	append = cpu(RUSAGE_CHILDREN);
	all = store(dir, events, REC_WANT_ALL);
	reading = cpu(RUSAGE_SELF);
	if (rec_read(dir, take, &told, &stats, &err) || told != events || stats.gaps ||
	    stats.bad_lines)
		die("read");
	reading = cpu(RUSAGE_SELF) - reading;
	(void)unlinkat(dir, REC_EVENTS_FILE, 0);
	(void)unlinkat(dir, CHAIN_FILE, 0);
	(void)close(dir);
	(void)rmdir(path);
	printf("{\"bench\":\"record\",\"events\":%" PRIu64 ",\"append_us\":%.2f,\"store_us\":%.2f,"
	       "\"store_and_parse_us\":%.2f,\"read_us\":%.2f}\n",
	       events, append / (double)events * 1e6, few / (double)events * 1e6,
	       all / (double)events * 1e6,
	       reading / (double)events * 1e6);
	return 0;
}
