/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_capture.c - the capture as a process, on a link in namespaces of the test's own
 *
 * Frames go into one end of the link, "t1", and are captured at the other, "t0". Nothing else is on
 * it: the kernel's own IPv6 is off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <pcap/pcap.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "capture/ifstats.h"
#include "capture/pcapng_read.h"
#include "capture/spill.h"
#include "tcbox/capture.h"
#include "tcbox/clock.h"
#include "tests/unit/capture/process.h"
#include "tests/unit/unlocked.h"

#define FRAME_LEN 60

int64_t __real_tb_monotonic_ns(void);
int64_t __wrap_tb_monotonic_ns(void);
int __real_pcap_stats(pcap_t *p, struct pcap_stat *s);
int __wrap_pcap_stats(pcap_t *p, struct pcap_stat *s);
int __real_ifstats_get(struct ifstats_source *s, struct ifstats *out, struct tb_err *err);
int __wrap_ifstats_get(struct ifstats_source *s, struct ifstats *out, struct tb_err *err);

/* What the capture's clock and counters have more than the real ones, in memory that both processes
 * see. */
struct more {
	int64_t ahead;
	int64_t still;		/* the clock stands still there; 0: it goes on */
	uint64_t rx_packets;
	unsigned int drop, ifdrop;
};

static struct {
	volatile struct more *more;
	bool alone;		/* the namespaces and the link are there */
	int file, socket;
	const char *ifname;
	int snaplen;
	rlim_t file_size;
	uint8_t frame[8192];
} net;

int64_t __wrap_tb_monotonic_ns(void)
{
	return net.more->still ? net.more->still : __real_tb_monotonic_ns() + net.more->ahead;
}

int __wrap_pcap_stats(pcap_t *p, struct pcap_stat *s)
{
	int rc = __real_pcap_stats(p, s);

	s->ps_drop += net.more->drop;
	s->ps_ifdrop += net.more->ifdrop;
	return rc;
}

int __wrap_ifstats_get(struct ifstats_source *s, struct ifstats *out, struct tb_err *err)
{
	int rc = __real_ifstats_get(s, out, err);

	out->rx_packets += net.more->rx_packets;
	return rc;
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		(void)close(fd);
	return good;
}

static bool bring_up(const char *ifname)
{
	struct ifreq r = { .ifr_flags = IFF_UP };
	struct ifreq mtu = { .ifr_mtu = 8000 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good;

	memcpy(r.ifr_name, ifname, strlen(ifname) + 1);
	memcpy(mtu.ifr_name, ifname, strlen(ifname) + 1);
	good = !ioctl(fd, SIOCSIFMTU, &mtu) && !ioctl(fd, SIOCSIFFLAGS, &r);
	(void)close(fd);
	return good;
}

/* change_link() - make a link between @a and @b; remove that of @a, if @b is NULL */
static bool change_link(const char *a, const char *b)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct rtnl_link *link = rtnl_link_alloc();
	bool good = !nl_connect(sock, NETLINK_ROUTE);

	rtnl_link_set_name(link, a);
	if (b)
		good = good && !rtnl_link_veth_add(sock, a, b, getpid());
	else
		good = good && !rtnl_link_delete(sock, link);
	rtnl_link_put(link);
	nl_socket_free(sock);
	return good && (!b || (bring_up(a) && bring_up(b)));
}

/* connect_to() - a socket for frames into @ifname; negative without one */
static int connect_to(const char *ifname)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex(ifname) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || !bind(fd, (struct sockaddr *)&to, sizeof(to)))
		return fd;
	(void)close(fd);
	return -1;
}

static bool make_link(void)
{
	net.socket = change_link("t0", "t1") ? connect_to("t1") : -1;
	return net.socket >= 0;
}

static int enter_namespaces(void **state)
{
	char map[64];

	(void)state;
	net.more = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (net.more == MAP_FAILED)
		return 1;
	(void)snprintf(map, sizeof(map), "0 %u 1", getuid());
	if (!unshare(CLONE_NEWUSER | CLONE_NEWNET) && write_text("/proc/self/uid_map", map) &&
	    write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1"))
		net.alone = make_link();
	memset(net.frame, 0xff, 6);		/* to all */
	net.frame[6] = 2;
	net.frame[12] = 0x88;			/* EtherType for experiments, IEEE 802 */
	net.frame[13] = 0xb5;
	return 0;
}

static int capture(struct process *p)
{
	struct capt_options opt = { .ifname = net.ifname, .file_fd = net.file,
				    .decoder_fd = p->packets[1],
				    .record_fd = p->record[1], .ready_fd = p->ready[1],
				    .stop_fd = p->stop[0],
				    .snaplen = net.snaplen };
	struct rlimit limit;
	struct tb_err err = { 0 };

	tb_close(&p->packets[0]);
	if (net.file_size && !getrlimit(RLIMIT_FSIZE, &limit)) {
		(void)signal(SIGXFSZ, SIG_IGN);
		limit.rlim_cur = net.file_size;
		(void)setrlimit(RLIMIT_FSIZE, &limit);
	}
	return capt_main(&opt, &err) ? 1 : 0;
}

static int set_up(void **state)
{
	struct process *p = calloc(1, sizeof(*p));

	*state = p;
	net.ifname = "t0";
	net.snaplen = 0;
	net.file_size = 0;
	*net.more = (struct more){ 0 };
	net.file = memfd_create("capture", MFD_CLOEXEC);
	return !p || net.file < 0;
}

static int tear_down(void **state)
{
	process_close(*state);
	free(*state);
	(void)close(net.file);
	return 0;
}

static void start(struct process *p)
{
	if (!net.alone)
		skip();
	assert_true(process_start(p, capture));
	tb_close(&p->packets[1]);
	assert_true(process_ready(p));
}

/* send_frames() - @n frames of @len bytes, the n-th with its number inside */
static void send_frames(uint32_t n, size_t len)
{
	for (uint32_t i = 1; i <= n; i++) {
		memcpy(net.frame + 14, &i, sizeof(i));
		assert_int_equal(send(net.socket, net.frame, len, 0), len);
	}
}

static int stop(struct process *p)
{
	tb_close(&p->stop[1]);
	return process_end(p);
}

/* stop_later() - the same, while time passes quickly */
static int stop_later(struct process *p)
{
	tb_close(&p->stop[1]);
	while (poll(&(struct pollfd){ .fd = p->record[0] }, 1, 50) == 0)
		net.more->ahead += 3 * TB_NS_PER_S;
	return stop(p);
}

struct seen {
	uint32_t n, caplen, origlen;
};

static int look(void *arg, const struct pkt_frame *f)
{
	struct seen *s = arg;

	assert_int_equal(f->number, ++s->n);
	s->caplen = f->caplen;
	s->origlen = f->origlen;
	if (f->caplen >= 18)
		assert_memory_equal(f->data + 14, &s->n, 4);
	return 0;
}

static struct seen in_file(void)
{
	struct seen s = { 0, 0, 0 };
	struct tb_err err = { 0 };
	char path[64];
	bool cut;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", net.file);
	assert_int_equal(capt_read_file(path, look, &s, &cut, &err), 0);
	assert_false(cut);
	return s;
}

static void every_frame_is_in_the_file_and_accounted_for(void **state)
{
	struct process *p = *state;
	struct seen s;

	start(p);
	send_frames(3000, FRAME_LEN);		/* and at once the end: the last ones are still on
						 * their way */
	assert_int_equal(stop(p), 0);
	s = in_file();
	assert_int_equal(s.n, 3000);
	assert_int_equal(s.caplen, FRAME_LEN);
	assert_int_equal(process_counter(p, "packets_captured"), 3000);
	assert_int_equal(process_counter(p, "packets_received"), 3000);
	assert_int_equal(process_counter(p, "packets_dropped"), 0);
	assert_int_equal(process_counter(p, "packets_ifdropped"), 0);
	assert_int_equal(process_counter(p, "packets_undecoded"), 0);
	assert_int_equal(process_counter(p, "packets_unaccounted"), 0);
	assert_int_equal(process_counter(p, "interface_rx_packets"), 3000);
	assert_int_equal(process_counter(p, "interface_tx_packets"), 0);
	assert_int_equal(process_counter(p, "interface_rx_dropped"), 0);
	assert_int_equal(process_counter(p, "interface_tx_dropped"), 0);
	assert_int_equal(process_counter(p, "bytes_captured"), 3000 * FRAME_LEN);
	assert_int_equal(process_counter(p, "file_bytes"), lseek(net.file, 0, SEEK_END));
	assert_in_range(process_counter(p, "memory_peak_kib"), 100, 1000000);
	assert_null(process_loss(p));
}

static void the_decoder_gets_the_head_of_each_frame(void **state)
{
	struct process *p = *state;
	struct spill_head head;
	static uint8_t data[CAPT_DECODE_LEN];

	start(p);
	send_frames(1, FRAME_LEN);
	assert_int_equal(read(p->packets[0], &head, sizeof(head)), sizeof(head));
	assert_int_equal(head.number, 1);
	assert_int_equal(head.caplen, FRAME_LEN);
	assert_int_equal(head.origlen, FRAME_LEN);
	assert_true(head.time_ns > INT64_C(1700000000000000000));
	assert_int_equal(read(p->packets[0], data, FRAME_LEN), FRAME_LEN);
	assert_memory_equal(data, net.frame, FRAME_LEN);
	send_frames(1, 8000);
	assert_int_equal(read(p->packets[0], &head, sizeof(head)), sizeof(head));
	assert_int_equal(head.number, 2);
	assert_int_equal(head.caplen, CAPT_DECODE_LEN);
	assert_int_equal(head.origlen, 8000);
	assert_int_equal(stop(p), 0);
}

static void a_long_frame_is_cut_to_the_snap_length(void **state)
{
	struct process *p = *state;
	struct seen s;

	net.snaplen = 128;
	start(p);
	send_frames(2, 1000);
	assert_int_equal(stop(p), 0);
	s = in_file();
	assert_int_equal(s.n, 2);
	assert_int_equal(s.caplen, 128);
	assert_int_equal(s.origlen, 1000);
	assert_int_equal(process_counter(p, "bytes_captured"), 2000);
}

static void a_decoder_that_is_gone_is_a_loss_and_the_capture_goes_on(void **state)
{
	struct process *p = *state;

	start(p);
	tb_close(&p->packets[0]);
	send_frames(5, FRAME_LEN);
	assert_true(process_read(p, "\"what\":\"decoder\""));
	send_frames(5, FRAME_LEN);
	assert_int_equal(stop(p), 0);
	assert_int_equal(process_counter(p, "packets_captured"), 10);
	assert_int_equal(process_counter(p, "packets_undecoded"), 10);
	assert_non_null(strstr(process_loss(p)->detail, "ended early"));
}

static void a_decoder_that_reads_nothing_is_waited_for_and_then_given_up(void **state)
{
	struct process *p = *state;

	start(p);
	for (int i = 0; i < 100; i++)
		send_frames(4, 8000);		/* more than the pipe holds */
	assert_int_equal(stop_later(p), 0);
	assert_non_null(process_loss(p));
	assert_non_null(strstr(process_loss(p)->detail, "in time"));
	assert_int_equal(process_counter(p, "packets_captured"), 400);
	assert_in_range(process_loss(p)->count, 1, 300);
	assert_int_equal(process_counter(p, "packets_undecoded"), process_loss(p)->count);
}

/* dropped() - the final counters and the one loss, after ten frames */
static void dropped(const struct process *p, uint64_t kernel, uint64_t unaccounted)
{
	uint64_t saw = 10 + unaccounted, most = kernel > unaccounted ? kernel : unaccounted;
	const struct ev_loss *loss = process_loss(p);
	char detail[160];

	assert_int_equal(process_counter(p, "packets_captured"), 10);
	assert_int_equal(process_counter(p, "packets_dropped"), kernel);
	assert_int_equal(process_counter(p, "packets_unaccounted"), unaccounted);
	assert_int_equal(process_counter(p, "interface_rx_packets"), saw);
	assert_non_null(loss);
	assert_string_equal(loss->what, "packets");
	assert_int_equal(loss->count, most);
	(void)snprintf(detail, sizeof(detail), "the kernel dropped %d packets, the interface saw "
		       "%d, 10 were captured", (int)kernel, (int)saw);
	assert_string_equal(loss->detail, detail);
}

static void what_the_kernel_dropped_is_a_loss_and_not_waited_for(void **state)
{
	struct process *p = *state;

	start(p);
	net.more->still = __real_tb_monotonic_ns();	/* nothing can wait for a time */
	net.more->rx_packets = net.more->drop = 5;
	send_frames(10, FRAME_LEN);
	assert_int_equal(stop(p), 0);
	dropped(p, 5, 5);
	assert_int_equal(in_file().n, 10);
}

static void packets_that_nobody_saw_again_are_a_loss(void **state)
{
	struct process *p = *state;

	start(p);
	net.more->rx_packets = 3;
	net.more->drop = 1;
	send_frames(10, FRAME_LEN);
	assert_int_equal(stop_later(p), 0);
	dropped(p, 1, 3);
}

static void what_the_kernel_alone_counts_is_a_loss(void **state)
{
	struct process *p = *state;

	start(p);
	net.more->drop = 2;
	net.more->ifdrop = 4;
	send_frames(10, FRAME_LEN);
	assert_int_equal(stop(p), 0);
	dropped(p, 2, 0);
	assert_int_equal(process_counter(p, "packets_ifdropped"), 4);
}

static void counters_of_32_bits_may_wrap_and_step_back(void **state)
{
	struct process *p = *state;

	start(p);
	net.more->drop = UINT32_MAX - 1;	/* a step back by 2 */
	net.more->ifdrop = 7;
	send_frames(4, FRAME_LEN);
	assert_true(process_read(p, "\"packets_captured\":4,"));
	assert_non_null(strstr(p->text, "\"packets_dropped\":0,\"packets_ifdropped\":7,"));
	net.more->drop = 3;
	net.more->ifdrop = 0x80000006;
	send_frames(6, FRAME_LEN);
	assert_int_equal(stop(p), 0);
	dropped(p, 5, 0);
	assert_int_equal(process_counter(p, "packets_ifdropped"), 7 + INT64_C(0x7fffffff));
}

/* Whoever takes the interface away ends the capture; what was captured before is in the file. */
static void an_interface_that_goes_away_is_told(void **state)
{
	struct process *p = *state;
	const int was = net.socket;

	net.ifname = "t2";
	net.socket = net.alone && change_link("t2", "t3") ? connect_to("t3") : -1;
	assert_true(net.socket >= 0 || !net.alone);
	start(p);
	send_frames(7, FRAME_LEN);
	assert_true(process_read(p, "\"packets_captured\":7,"));
	send_frames(2, FRAME_LEN);
	assert_true(change_link("t2", NULL));
	(void)close(net.socket);
	net.socket = was;
	(void)process_read(p, NULL);
	assert_int_equal(stop(p), 1);
	assert_non_null(process_loss(p));
	assert_string_equal(process_loss(p)->what, "capture");
	assert_ptr_equal(strstr(process_loss(p)->detail, "capture on t2: "),
			 process_loss(p)->detail);
	assert_in_range(lseek(net.file, 0, SEEK_END), 7 * FRAME_LEN, 10000);
}

static void counters_are_told_while_it_runs(void **state)
{
	struct process *p = *state;

	start(p);
	send_frames(7, FRAME_LEN);
	assert_true(process_read(p, "\"packets_captured\":7,"));
	assert_non_null(strstr(p->text, "\"interface_rx_packets\":7,"));
	assert_null(strstr(p->text, "\"final\":true"));
	/* what was captured is in the file */
	assert_true(lseek(net.file, 0, SEEK_END) > 7 * FRAME_LEN);
	assert_int_equal(stop(p), 0);
	assert_int_equal(process_counter(p, "packets_captured"), 7);
}

static void nothing_is_told_while_nothing_happens(void **state)
{
	struct process *p = *state;

	start(p);
	assert_int_equal(poll(&(struct pollfd){ .fd = p->record[0], .events = POLLIN }, 1, 1300),
			 0);
	assert_int_equal(stop(p), 0);
	assert_int_equal(p->n, 1);
}

static void a_file_that_cannot_grow_is_a_loss(void **state)
{
	struct process *p = *state;
	const struct ev_loss *loss;

	net.file_size = 20000;
	start(p);
	send_frames(1000, FRAME_LEN);
	assert_int_equal(stop(p), 1);
	loss = process_loss(p);
	assert_non_null(loss);
	assert_string_equal(loss->what, "disk");
	assert_non_null(strstr(loss->detail, "write the capture file"));
	assert_in_range(in_file().n, 100, 250);		/* whole packets up to the limit */
}

static void an_interface_that_is_not_there_is_told(void **state)
{
	struct process *p = *state;

	net.ifname = "t9";
	if (!net.alone)
		skip();
	assert_true(process_start(p, capture));
	assert_false(process_ready(p));
	assert_int_equal(stop(p), 1);
	assert_non_null(process_loss(p));
	assert_string_equal(process_loss(p)->what, "capture");
	assert_non_null(strstr(process_loss(p)->detail, "t9"));
}

/* holds() - whether the process has a descriptor of what our descriptor @fd is of */
static bool holds(const struct process *p, int fd)
{
	char path[64], own[64] = "", its[64];
	struct dirent *e;
	bool found = false;
	ssize_t n;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_true(readlink(path, own, sizeof(own) - 1) > 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)p->pid);
	dir = opendir(path);
	assert_non_null(dir);
	while ((e = readdir(dir))) {
		n = readlinkat(dirfd(dir), e->d_name, its, sizeof(its) - 1);
		found |= n > 0 && (size_t)n == strlen(own) && !memcmp(own, its, (size_t)n);
	}
	(void)closedir(dir);
	return found;
}

static void it_is_locked_up_once_it_is_ready(void **state)
{
	struct process *p = *state;

	start(p);
	assert_int_equal(process_has(p, "status", "Seccomp:\t2\n"), !unlocked());
	assert_true(process_has(p, "status", "CapEff:\t0000000000000000\n"));
	assert_true(holds(p, net.file));
	assert_false(holds(p, net.socket));	/* what it does not need is closed */
	assert_int_equal(stop(p), 0);
}

static void the_counters_of_an_interface_are_its_own(void **state)
{
	struct ifstats_source *s;
	struct ifstats before, after;
	struct tb_err err = { 0 };

	(void)state;
	if (!net.alone)
		skip();
	assert_int_equal(ifstats_open(&s, "t9", &err), -ENODEV);
	assert_non_null(strstr(err.msg, "t9"));
	assert_int_equal(ifstats_open(&s, "t1", &err), 0);
	assert_int_equal(ifstats_get(s, &before, &err), 0);
	send_frames(3, FRAME_LEN);
	assert_int_equal(ifstats_get(s, &after, &err), 0);
	assert_int_equal(after.tx_packets - before.tx_packets, 3);
	assert_int_equal(after.rx_packets - before.rx_packets, 0);
	assert_int_equal(after.tx_dropped - before.tx_dropped, 0);
	ifstats_free(s);
	assert_int_equal(ifstats_open(&s, "t0", &err), 0);
	assert_int_equal(ifstats_get(s, &before, &err), 0);
	send_frames(4, FRAME_LEN);
	assert_int_equal(ifstats_get(s, &after, &err), 0);
	assert_int_equal(after.tx_packets, 0);
	assert_int_equal(after.rx_packets - before.rx_packets, 4);
	assert_int_equal(after.rx_dropped - before.rx_dropped, 4);	/* nobody wants that type */
	ifstats_free(s);
	ifstats_free(NULL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_frame_is_in_the_file_and_accounted_for),
		T(the_decoder_gets_the_head_of_each_frame),
		T(a_long_frame_is_cut_to_the_snap_length),
		T(a_decoder_that_is_gone_is_a_loss_and_the_capture_goes_on),
		T(a_decoder_that_reads_nothing_is_waited_for_and_then_given_up),
		T(what_the_kernel_dropped_is_a_loss_and_not_waited_for),
		T(packets_that_nobody_saw_again_are_a_loss),
		T(what_the_kernel_alone_counts_is_a_loss),
		T(counters_of_32_bits_may_wrap_and_step_back),
		T(an_interface_that_goes_away_is_told),
		T(counters_are_told_while_it_runs),
		T(nothing_is_told_while_nothing_happens),
		T(a_file_that_cannot_grow_is_a_loss),
		T(an_interface_that_is_not_there_is_told),
		T(it_is_locked_up_once_it_is_ready),
		cmocka_unit_test(the_counters_of_an_interface_are_its_own),
	};

	return cmocka_run_group_tests_name("capture", tests, enter_namespaces, NULL);
}
