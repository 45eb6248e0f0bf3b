/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_cyclonedx.c - any bytes as a bill of CycloneDX
 */
#include "exchanged.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	exchanged("cyclonedx", data, size);
	return 0;
}
