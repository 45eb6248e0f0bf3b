/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_sbob.c - any bytes as a bill of behaviour
 */
#include "exchanged.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	exchanged("sbob", data, size);
	return 0;
}
