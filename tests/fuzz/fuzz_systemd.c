/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_systemd.c - any bytes as a unit of systemd
 */
#include "exchanged.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	exchanged("systemd", data, size);
	return 0;
}
