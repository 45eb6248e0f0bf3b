/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_seal.c - any bytes as a seal, as what is sealed, and as the beginning of a chain: they are
 * refused, or written again they are the same
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "seal/envelope.h"
#include "seal/key.h"
#include "seal/statement.h"
#include "tcbox/chain.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void statement(const struct tb_buf *text)
{
	struct statement *s = calloc(1, sizeof(*s));
	struct tb_err err = { 0, "" };

	TB_BUG_ON(!s);
	if (statement_parse(text, s, &err))
		TB_BUG_ON(!err.code);
	else
		TB_BUG_ON(s->n > STATEMENT_FILES_MAX);
	free(s);
}

static void envelope(const uint8_t *data, size_t size)
{
	struct tb_buf again = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	struct envelope e;

	if (envelope_parse((const char *)data, size, &e, &err)) {
		TB_BUG_ON(!err.code || e.n || e.payload.data);
		return;
	}
	envelope_write(&e, &again);
	TB_BUG_ON(again.len != size || memcmp(again.data, data, size) != 0);
	tb_buf_free(&again);
	for (size_t i = 0; i < e.n; i++) {
		struct seal_key *key = NULL;

		envelope_signed(&e, &again);
		if (!key_from_public(&e.signatures[i].key, &key, NULL))
			TB_BUG_ON(key_verify(key, &again, &e.signatures[i].sig, NULL) < 0);
		seal_key_free(key);
		tb_buf_free(&again);
	}
	statement(&e.payload);
	envelope_clear(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tb_buf text = { (char *)(uintptr_t)data, size, 0, false };
	struct tb_buf line = TB_BUF_INIT;
	struct chain_head head, back;
	struct tb_err err = { 0, "" };

	envelope(data, size);
	statement(&text);
	if (chain_head_parse((const char *)data, size, &head, &err)) {
		TB_BUG_ON(!err.code);
		return 0;
	}
	chain_head_write(&line, &head);
	TB_BUG_ON(chain_head_parse(line.data, line.len - 1, &back, &err) ||
		  memcmp(&head, &back, sizeof(head)) != 0);
	tb_buf_free(&line);
	return 0;
}
