/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_mqtt.c - any bytes to the reader of MQTT: it never reads beyond them, and what it takes it
 * has seen
 */
#include <string.h>

#include "lab/mqtt.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mqtt s = { .connected = false };
	struct mqtt_step step;

	while (size) {
		size_t len = size < MQTT_PEEK ? size : MQTT_PEEK;
		enum mqtt_what what = mqtt_packet(&s, data, len, &step);

		TB_BUG_ON(step.reply_len > sizeof(step.reply));
		TB_BUG_ON(strnlen(step.text, sizeof(step.text)) == sizeof(step.text));
		if (what == MQTT_MORE || what == MQTT_FAILED)
			break;
		while (what == MQTT_TAKEN && mqtt_next(&step))
			TB_BUG_ON(strnlen(step.text, sizeof(step.text)) == sizeof(step.text));
		TB_BUG_ON(!step.used || step.used > len);
		data += step.used;
		size -= step.used;
		len = step.payload < size ? (size_t)step.payload : size;
		data += len;
		size -= len;
	}
	return 0;
}
