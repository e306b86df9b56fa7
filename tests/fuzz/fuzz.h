/* SPDX-License-Identifier: BSD-2-Clause */
/* What a fuzz target defines; libFuzzer or standalone.c calls it. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
