/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canary.c - the positive control: one lookup and one connection of tcbox's own, from inside the
 * box
 *
 * It runs before the product, under the same filter, in the same namespaces. What it does must show
 * in the recorded calls, in the packets and in the lab's log; a layer that does not see it would
 * not have seen the product either. It writes its own DNS query (RFC 1035, 4.1) so that nothing of
 * the box's configuration can lead it astray.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/canary.h"
#include "tcbox/buf.h"
#include "tcbox/net.h"

#define WAIT_MS 3000
#define QUERY_ID 0x7cb0
#define TYPE_A 1
#define CLASS_IN 1

/* put_name() - "a.b" as length-prefixed labels. Return: bytes written, 0 if it does not fit */
static size_t put_name(uint8_t *out, size_t size, const char *name)
{
	size_t n = 0, len;

	for (; *name; name += len + (name[len] == '.')) {
		len = strcspn(name, ".");
		if (len == 0 || len > 63 || n + len + 2 > size)
			return 0;
		out[n++] = (uint8_t)len;
		memcpy(out + n, name, len);
		n += len;
	}
	out[n++] = 0;
	return n;
}

static size_t make_query(uint8_t *out, size_t size, const char *name)
{
	/* recursion desired, one question */
	static const uint8_t head[12] = { QUERY_ID >> 8, QUERY_ID & 0xff, 1, 0, 0, 1 };
	static const uint8_t tail[4] = { 0, TYPE_A, 0, CLASS_IN };
	size_t n;

	memcpy(out, head, sizeof(head));
	n = put_name(out + sizeof(head), size - sizeof(head) - sizeof(tail), name);
	if (!n)
		return 0;
	memcpy(out + sizeof(head) + n, tail, sizeof(tail));
	return sizeof(head) + n + sizeof(tail);
}

/* read_answer() - the first address: the answer repeats the question, then holds one A record with
 * a compressed name */
static int read_answer(const uint8_t *msg, size_t len, size_t question, struct in_addr *out)
{
	struct tb_rd r = tb_rd_init(msg, len);
	const uint8_t *addr;
	uint16_t id, answers;

	id = tb_rd_u16be(&r);
	(void)tb_rd_bytes(&r, 4);			/* flags, questions */
	answers = tb_rd_u16be(&r);
	(void)tb_rd_bytes(&r, 4 + question);		/* other counts, the question */
	(void)tb_rd_bytes(&r, 2 + 2 + 2 + 4);		/* pointer to the name, type, class, time to
							 * live */
	if (tb_rd_u16be(&r) != 4 || id != QUERY_ID || !answers)
		return -EBADMSG;
	addr = tb_rd_bytes(&r, 4);
	if (!addr)
		return -EBADMSG;
	memcpy(out, addr, 4);
	return 0;
}

static int wait_for(int fd, short what)
{
	struct pollfd p = { .fd = fd, .events = what };

	return poll(&p, 1, WAIT_MS) == 1 ? 0 : -ETIMEDOUT;
}

static int look_up(const char *name, struct in_addr *out)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
	TB_AUTOCLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint8_t msg[512];
	size_t len;
	ssize_t n;
	int ret;

	if (fd < 0 || inet_pton(AF_INET, TB_GATE_IP4, &to.sin_addr) != 1)
		return -errno;
	len = make_query(msg, sizeof(msg), name);
	if (!len)
		return -EINVAL;
	/* connected, so that the gate's refusal under --net none is an error at once and not
	 * silence */
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    send(fd, msg, len, 0) != (ssize_t)len)
		return -errno;
	ret = wait_for(fd, POLLIN);
	if (ret)
		return ret;
	n = recv(fd, msg, sizeof(msg), 0);
	return n < 0 ? -errno : read_answer(msg, (size_t)n, len - 12, out);
}

static int contact(struct in_addr addr, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
				  .sin_addr = addr };
	TB_AUTOCLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return -errno;
	return 0;
}

const char *canary_why(int status)
{
	switch (status) {
	case CANARY_ANSWERED:
		return NULL;
	case CANARY_NO_LOOKUP:
		return "its lookup was not answered";
	case CANARY_NO_CONNECTION:
		return "its connection was not accepted";
	default:
		return "the control process could not run";
	}
}

int canary_main(const struct sbx_network *net)
{
	struct in_addr addr = { 0 };

	if (net->mode != RUN_NET_SIM) {		/* nobody answers; what counts is that the attempts
						 * are seen */
		(void)look_up(net->canary_name, &addr);
		(void)inet_pton(AF_INET, TB_GATE_IP4, &addr);
		(void)contact(addr, net->canary_port);
		return CANARY_ANSWERED;
	}
	if (look_up(net->canary_name, &addr))
		return CANARY_NO_LOOKUP;
	return contact(addr, net->canary_port) ? CANARY_NO_CONNECTION : CANARY_ANSWERED;
}
