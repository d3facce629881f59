// The variant for processors with AVX2 and FMA: 16 registers of 8 floats, products of 6 pixels by 16 channels.

#if defined(__x86_64__)

#include <immintrin.h>

#include "body/variant.h"

#define LANES 8
#define PANEL_VECTORS 2
#define PANEL_PIXELS 6
#define VARIANT needletail_variant_avx2
#define VARIANT_NAME "avx2"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "body/vector.h"
#include "body/all.h"
#pragma clang attribute pop

#endif
