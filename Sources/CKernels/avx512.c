// The variant for processors with AVX-512: 32 registers of 16 floats, products of 14 pixels by 32 channels.

#if defined(__x86_64__)

#include <immintrin.h>

#include "body/variant.h"

#define LANES 16
#define PANEL_VECTORS 2
#define PANEL_PIXELS 14
#define VARIANT needletail_variant_avx512
#define VARIANT_NAME "avx512"

#pragma clang attribute push(                                                                                         \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#include "body/vector.h"
#include "body/all.h"
#pragma clang attribute pop

#endif
