/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_serve.c - any bytes to a TCP port of the lab, over a socket pair: TLS, HTTP, DNS or nothing
 * of them
 *
 * The first byte chooses the port, the second says how many of the rest come before the others.
 */
#include "tcbox/log.h"
#include "tests/fuzz/lab_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void start(struct world *w)
{
	struct tb_err err = { 0 };

	TB_BUG_ON(world_open(w) || lab_authority_new(&w->opt.authority, 0, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t ports[] = { 80, 443, 53, 853, 8080, 6667, 23, 4321 };
	static struct world w;

	if (!w.lab.base)
		start(&w);
	if (size < 2)
		return 0;
	lab_talk(&w, world_connect(&w, ports[data[0] & 7]), data[1], data + 2, size - 2);
	lab_judge(&w, size - 2);
	return 0;
}
