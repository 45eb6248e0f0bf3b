/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_netlink.c - any bytes as the kernel's answer to a change of the gate's sets
 */
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

#include "sandbox/gate/nft_sets.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int got = nft_answer(data, size), error;

	TB_BUG_ON(got > 0 || got < -4095);
	if (got == -EPROTO)
		return 0;
	/* An acknowledgement is believed only where the kernel has written one. */
	TB_BUG_ON(size < NLMSG_HDRLEN + sizeof(struct nlmsgerr));
	memcpy(&error, data + NLMSG_HDRLEN, sizeof(error));
	TB_BUG_ON(error != got);
	return 0;
}
