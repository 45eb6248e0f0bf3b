/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_udp.c - any bytes to the lab's small servers over UDP: a reply fits, and is never a request
 * to another
 */
#include "lab/udp.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool (*const servers[])(const struct udp_query *, struct udp_reply *) = { udp_stun,
		udp_natpmp, udp_dht };
	const struct ev_addr client = { .family = size & 1 ? AF_INET : AF_INET6, .port = 4000 };
	struct udp_query q = { .client = &client, .server = &client };
	struct udp_reply out, again;

	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		out.len = again.len = 0;
		q.data = data;
		q.len = size;
		if (!servers[i](&q, &out)) {
			TB_BUG_ON(out.len);
			continue;
		}
		TB_BUG_ON(!out.len || out.len > UDP_REPLY_MAX);
		q.data = out.data;
		q.len = out.len;
		TB_BUG_ON(servers[i](&q, &again));	/* two of them would talk for ever */
	}
	return 0;
}
