/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_oci.c - any bytes as a seccomp profile of containers
 */
#include "exchanged.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	exchanged("oci-seccomp", data, size);
	return 0;
}
