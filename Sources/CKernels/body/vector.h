// The vector type of one variant, and the few operations on it that the portable vector extension of the compiler
// does not spell. The including file defines:
//
//   LANES          floats in a vector
//   PANEL_VECTORS  vectors of output channels a product works on at once
//   PANEL_PIXELS   pixels (or tiles) a product works on at once, at most 14

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// Output channels of one packed weight panel.
#define PANEL_CHANNELS (LANES * PANEL_VECTORS)

/// Input channels (more exactly: steps of the reduction) are laid out in segments of this many floats, one cache line.
#define SEGMENT 16

#define INLINE static inline __attribute__((always_inline))

/// Unrolls the loop that follows completely, so that arrays of vectors indexed by its counter live in registers.
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float vector __attribute__((vector_size(LANES * 4), may_alias));
typedef float unaligned_vector __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef int32_t vector_mask __attribute__((vector_size(LANES * 4), may_alias));

/// Half as many lanes, in double precision and as they are stored.
typedef double double_vector __attribute__((vector_size(LANES * 4), may_alias));
typedef float half_vector __attribute__((vector_size(LANES * 2), aligned(4), may_alias));

INLINE vector load(const float *p) { return *(const unaligned_vector *)p; }
INLINE void store(float *p, vector v) { *(unaligned_vector *)p = v; }
INLINE vector splat(float x) { return x - (vector){}; }

/// The first `count` lanes from memory, zero in the others; nothing beyond `p[count - 1]` is read.
INLINE vector load_first(const float *p, int count) {
#if LANES == 16
    return (vector)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
#elif LANES == 8 && defined(__x86_64__)
    const vector_mask lane = {0, 1, 2, 3, 4, 5, 6, 7};
    return (vector)_mm256_maskload_ps(p, (__m256i)(lane < count));
#else
    vector v = {};
    for (int lane = 0; lane < count; lane++) v[lane] = p[lane];
    return v;
#endif
}

/// Stores the first `count` lanes and leaves the memory beyond them alone.
INLINE void store_first(float *p, vector v, int count) {
#if LANES == 16
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
#elif LANES == 8 && defined(__x86_64__)
    const vector_mask lane = {0, 1, 2, 3, 4, 5, 6, 7};
    _mm256_maskstore_ps(p, (__m256i)(lane < count), (__m256)v);
#else
    for (int lane = 0; lane < count; lane++) p[lane] = v[lane];
#endif
}

INLINE double_vector load_double(const float *p) {
    return __builtin_convertvector(*(const half_vector *)p, double_vector);
}
INLINE void store_double(float *p, double_vector v) { *(half_vector *)p = __builtin_convertvector(v, half_vector); }
INLINE double_vector splat_double(double x) { return x - (double_vector){}; }

INLINE vector load_channels(const float *p, int count) { return count >= LANES ? load(p) : load_first(p, count); }

INLINE void store_channels(float *p, vector v, int count) {
    if (count >= LANES) store(p, v);
    else store_first(p, v, count);
}

/// The first lanes of a vector, and a vector of them with anything in the others.
INLINE half_vector lower_half(vector v) {
#if LANES == 16
    return (half_vector)_mm512_castps512_ps256((__m512)v);
#else
    half_vector half;
    memcpy(&half, &v, sizeof half);
    return half;
#endif
}
INLINE vector whole(half_vector half) {
#if LANES == 16
    return (vector)_mm512_castps256_ps512((__m256)half);
#else
    vector v = {};
    memcpy(&v, &half, sizeof half);
    return v;
#endif
}

/// `sum + x · weight`, with an `x` that is in memory. Left to itself, clang makes it from the whole vector of the same `x`.
INLINE half_vector add_half_product(half_vector sum, const float *x, half_vector weight) {
#if LANES == 16
    __asm__("vfmadd231ps %2%{1to8%}, %1, %0" : "+v"(sum) : "v"(weight), "m"(*x));
    return sum;
#else
    return sum + (*x - (half_vector){}) * weight;
#endif
}

/// `a` where `mask` is set, elsewhere `b`.
INLINE vector where(vector_mask mask, vector a, vector b) {
    return (vector)(((vector_mask)a & mask) | ((vector_mask)b & ~mask));
}

/// `max(v, 0)`, except that NaN stays NaN, so that a diverged network shows it.
INLINE vector rectify(vector v) { return (vector)((vector_mask)v & ~(v < 0)); }

/// `min(max(v, lowest), highest)`, except that NaN stays NaN: of two of which one is NaN, x86 takes the second.
INLINE vector bounded(vector v, float lowest, float highest) {
#if LANES == 16
    return (vector)_mm512_min_ps((__m512)splat(highest), _mm512_max_ps((__m512)splat(lowest), (__m512)v));
#elif LANES == 8 && defined(__x86_64__)
    return (vector)_mm256_min_ps((__m256)splat(highest), _mm256_max_ps((__m256)splat(lowest), (__m256)v));
#else
    v = where(v < lowest, splat(lowest), v);
    return where(v > highest, splat(highest), v);
#endif
}

/// `v` where `gate > 0`, elsewhere zero: the derivative of a ReLU whose output (or input) was `gate`.
INLINE vector gated(vector v, vector gate) { return (vector)((vector_mask)v & (gate > 0)); }

/// The lower (`HIGH` = 0) or upper half of two vectors, interleaved.
#if LANES == 16
#define INTERLEAVE(a, b, HIGH)                                                                                        \
    __builtin_shufflevector(                                                                                          \
        a, b, 8 * HIGH, 8 * HIGH + 16, 8 * HIGH + 1, 8 * HIGH + 17, 8 * HIGH + 2, 8 * HIGH + 18, 8 * HIGH + 3,        \
        8 * HIGH + 19, 8 * HIGH + 4, 8 * HIGH + 20, 8 * HIGH + 5, 8 * HIGH + 21, 8 * HIGH + 6, 8 * HIGH + 22,         \
        8 * HIGH + 7, 8 * HIGH + 23)
#elif LANES == 8
#define INTERLEAVE(a, b, HIGH)                                                                                        \
    __builtin_shufflevector(                                                                                          \
        a, b, 4 * HIGH, 4 * HIGH + 8, 4 * HIGH + 1, 4 * HIGH + 9, 4 * HIGH + 2, 4 * HIGH + 10, 4 * HIGH + 3,          \
        4 * HIGH + 11)
#else
#define INTERLEAVE(a, b, HIGH)                                                                                        \
    __builtin_shufflevector(a, b, 2 * HIGH, 2 * HIGH + 4, 2 * HIGH + 1, 2 * HIGH + 5)
#endif

/// Transposes a square block. Interleaving row i with row i + LANES/2, log2(LANES) times over, rotates the bits of
/// (row, column) until the two have changed places.
INLINE void transpose(vector rows[LANES]) {
    UNROLL for (int stage = 1; stage < LANES; stage *= 2) {
        vector next[LANES];
        UNROLL for (int i = 0; i < LANES / 2; i++) {
            next[2 * i] = INTERLEAVE(rows[i], rows[i + LANES / 2], 0);
            next[2 * i + 1] = INTERLEAVE(rows[i], rows[i + LANES / 2], 1);
        }
        UNROLL for (int i = 0; i < LANES; i++) rows[i] = next[i];
    }
}

/// Reads `length` adjoining floats of each of `lanes` rows, `stride` apart, so that `columns[i]` holds the floats of
/// number i, a row in each lane; lanes beyond are zero.
INLINE void load_columns(const float *from, long stride, int lanes, int length, vector columns[]) {
    for (int first = 0; first < length; first += LANES) {
        const int count = (int)(length - first < LANES ? length - first : LANES);
        vector block[LANES];
        UNROLL for (int lane = 0; lane < LANES; lane++) {
            block[lane] = lane < lanes ? load_first(from + lane * stride + first, count) : (vector){};
        }
        transpose(block);
        UNROLL for (int i = 0; i < LANES; i++) {
            if (i < count) columns[first + i] = block[i];
        }
    }
}

/// The reverse of `load_columns`; adds to what is there or overwrites it.
INLINE void store_columns(const vector columns[], float *to, long stride, int lanes, int length, int accumulate) {
    for (int first = 0; first < length; first += LANES) {
        const int count = (int)(length - first < LANES ? length - first : LANES);
        vector block[LANES];
        UNROLL for (int i = 0; i < LANES; i++) block[i] = i < count ? columns[first + i] : (vector){};
        transpose(block);
        UNROLL for (int lane = 0; lane < LANES; lane++) {
            if (lane >= lanes) break;
            float *row = to + lane * stride + first;
            store_first(row, accumulate ? load_first(row, count) + block[lane] : block[lane], count);
        }
    }
}

/// Stops the compiler from moving loads across this point; without it clang hoists the broadcasts of an unrolled
/// product and spills half the register file.
#define STEP_BARRIER() __asm__ volatile("" ::: "memory")

/// Hides where a value came from, so that the compiler keeps it in a register of its own.
#define OPAQUE(x) __asm__("" : "+r"(x))

INLINE long smaller(long a, long b) { return a < b ? a : b; }
INLINE long larger(long a, long b) { return a > b ? a : b; }
INLINE long divide_up(long a, long b) { return (a + b - 1) / b; }
INLINE long round_up(long a, long b) { return divide_up(a, b) * b; }
