/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_opening.c - any segments in any order as what a client says first
 *
 * Each segment has three bytes before it: where it stands (two) and its length; a length of 0 is a
 * word of the server, which acknowledges the bytes before that place.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/http_head.h"
#include "capture/opening.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* whole() - all at once says what the pieces say */
static void whole(const uint8_t *data, size_t size)
{
	static uint8_t out[HELLO_MAX];
	struct http_head h;
	size_t len = 0;

	if (hello_join(data, size, out, &len) == HELLO_WHOLE)
		TB_BUG_ON(len < 9 || len > sizeof(out) || len > size || out[0] != 22);
	if (http_head_read(&h, data, size) == HTTP_HEAD_WHOLE)
		TB_BUG_ON(!memchr(h.host, '\0', sizeof(h.host)) || !strchr(h.request, ' '));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[OPENING_HEAD_MAX + HELLO_MAX], packet[20 + 255];
	struct opening_budget b = { 4096 };
	struct opening o = { .state = OPENING_MORE };
	struct pkt p = { .ip = packet, .payload = packet + 20 };

	whole(data, size);
	while (size >= 3) {
		size_t len = data[2] < size - 3 ? data[2] : size - 3;
		uint32_t place = (uint32_t)(data[0] | data[1] << 8);
		int64_t at = len ? (int64_t)place : OPENING_SERVER;
		struct opening_out look;

		memcpy(packet + 20, data + 3, len);
		p.payload_cap = len;
		look = opening_packet(&o, &b, &p, at, out);
		if (!len)
			opening_acked(&o, &b, place);
		TB_BUG_ON(look.len > sizeof(out) || b.left > 4096);
		TB_BUG_ON(o.state == OPENING_LOST && o.held);
		data += 3 + len;
		size -= 3 + len;
	}
	TB_BUG_ON(opening_rest(&o, &b, out) > sizeof(out));
	TB_BUG_ON(o.state == OPENING_MORE && o.held);
	(void)opening_unread(&o);
	opening_free(&o, &b);
	TB_BUG_ON(b.left != 4096);
	return 0;
}
