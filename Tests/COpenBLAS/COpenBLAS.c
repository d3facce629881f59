#include "COpenBLAS.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

typedef void (*sgemm_function)(
    int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
    const float *b, int ldb, float beta, float *c, int ldc);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static sgemm_function sgemm;
static const char *description = "";

static void *open_library(void) {
    static const char *const names[] = {
        "libopenblas.so.0", "libopenblas.so", "libopenblas.0.dylib",
        "/opt/homebrew/opt/openblas/lib/libopenblas.dylib", "/usr/local/opt/openblas/lib/libopenblas.dylib",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
    }
    return NULL;
}

static void load(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
        setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
    }
#endif
    void *library = open_library();
    if (!library) return;
    void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
    const char *(*get_config)(void) = (const char *(*)(void))dlsym(library, "openblas_get_config");
    sgemm = (sgemm_function)dlsym(library, "cblas_sgemm");
    // Work is divided by our own thread pool, so that results do not depend on the number of threads.
    if (set_threads) set_threads(1);
    if (get_config) description = get_config();
}

int needletail_openblas_load(void) {
    pthread_once(&once, load);
    return sgemm != NULL;
}

const char *needletail_openblas_description(void) { return description; }

void needletail_openblas_sgemm(
    int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b,
    int ldb, float beta, float *c, int ldc) {
    enum { row_major = 101, no_transpose = 111, transpose = 112 };
    sgemm(
        row_major, transpose_a ? transpose : no_transpose, transpose_b ? transpose : no_transpose, m, n, k, alpha, a,
        lda, b, ldb, beta, c, ldc);
}
