#pragma once

#include <stddef.h>

/// Loads OpenBLAS on first use; thread-safe, and done once.
///
/// The library is opened at run time instead of being linked, because OpenBLAS chooses its kernels in its
/// library constructor and releases before 0.3.22 do not know recent Intel processors: on those it falls back
/// to SSE3 kernels, about five times slower. Before opening it on a processor with AVX-512 this sets
/// OPENBLAS_CORETYPE=SkylakeX, unless the user has set the variable.
///
/// Returns 1 when the library is ready and 0 when it is not installed.
int needletail_openblas_load(void);

/// OpenBLAS's own description of its build and chosen core, or an empty string when it is not loaded.
const char *needletail_openblas_description(void);

/// C = alpha * op(A) * op(B) + beta * C for row-major matrices, on the calling thread alone.
/// `op` transposes where the flag is not zero. Requires that `needletail_openblas_load` returned 1.
void needletail_openblas_sgemm(
    int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b,
    int ldb, float beta, float *c, int ldc);
