/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_websocket.c - any bytes as frames of a WebSocket, and as the base64 of a lookup by HTTP
 */
#include "lab/doh.h"
#include "lab/websocket.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct websocket s = { 0 };
	struct websocket_step step;
	uint8_t out[64];

	TB_BUG_ON(doh_decode((const char *)data, size, out, sizeof(out)) > sizeof(out));
	while (size) {
		size_t len = size < WEBSOCKET_PEEK ? size : WEBSOCKET_PEEK;
		enum websocket_what what = websocket_frame(&s, data, len, &step);

		TB_BUG_ON(step.used > len || step.reply_len > sizeof(step.reply));
		TB_BUG_ON(what == WEBSOCKET_MORE && len == WEBSOCKET_PEEK);
		if (what == WEBSOCKET_MORE || what == WEBSOCKET_END)
			break;
		TB_BUG_ON(!step.used);
		data += step.used;
		size -= step.used;
		if (s.left > size)
			break;
		data += s.left;
		size -= (size_t)s.left;
		s.left = 0;
	}
	return 0;
}
