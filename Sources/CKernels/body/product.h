// The packed matrix product under everything: up to PANEL_PIXELS pixels by PANEL_CHANNELS output channels, held in
// registers over the whole reduction.
//
//     out[p][k] = Σ_j a[p][j] · w[j][k]
//
// Each step of the reduction loads PANEL_VECTORS vectors of weights, and for each pixel broadcasts one float and does
// PANEL_VECTORS multiply-adds. With AVX-512 that is 14 pixels x 2 vectors: 28 accumulators, 2 weights and 2 broadcasts
// fill the 32 registers, and 28 multiply-adds need only 16 loads, so both FMA units stay busy.

/// What a worker's scratch memory holds from the chunk before, at its beginning.
struct kept {
    long part, block, group;
};

/// Floats before the rest of the scratch memory.
#define KEPT_FLOATS SEGMENT

/// The pixel operand: `full` segments of `length` floats and, unless `tail` is 0, one more of which the first `tail`
/// floats count. Element `j` of segment `i` of pixel `p` is at `base[p * pixel_stride + i * segment_stride + j]`.
///
/// Pixels read in place in an NHWC tensor have `pixel_stride` = channels and segments of 16 floats, 16 apart; pixels
/// gathered segment by segment have `pixel_stride` = 16 and `segment_stride` = 16 · PANEL_PIXELS; pixels read in place
/// in rows of their source have one segment for each row of the kernel.
struct pixels {
    ptrdiff_t pixel_stride, segment_stride;
    long length, full, tail;
};

/// Where a product goes, and what is done to it on the way: bias, residual, bounds, gate, in this order.
struct sink {
    /// Pixel `p` begins at `out[offset[p]]`; the same offsets hold for `residual` and `gate`.
    float *out;
    const ptrdiff_t *offset;
    /// Channels of the panel that exist, 1 to PANEL_CHANNELS.
    int channels;
    /// Of a ReLU or ReLU6; infinite for others.
    float lowest, highest;
    const float *bias, *residual, *gate;
    /// Whether what is written is first fetched, which costs more than it gains where it is in a cache.
    int fetches_out;
};

INLINE vector finish(
    vector v, const float *residual, const float *gate, float lowest, float highest, int count
) {
    if (residual) v += load_channels(residual, count);
    v = bounded(v, lowest, highest);
    if (gate) v = gated(v, load_channels(gate, count));
    return v;
}

/// One step: multiplies the `j`-th float of every pixel by the `j`-th row of weights. Pixels are reached from three
/// bases, five each, with the scaled addressing that x86 offers (0, 1, 2, 3 and 4 strides), which takes 5 registers
/// where 14 pointers would take 14.
#define PRODUCT_STEP(j)                                                                                               \
    do {                                                                                                              \
        vector weight[PANEL_VECTORS];                                                                                 \
        UNROLL for (int v = 0; v < vectors; v++) weight[v] = load(w + (j) * PANEL_CHANNELS + v * LANES);              \
        half_vector half_weight = {};                                                                                 \
        if (halves % 2) half_weight = *(const half_vector *)(w + (j) * PANEL_CHANNELS + vectors * LANES);             \
        UNROLL for (int b = 0; b < PANEL_CHANNELS * 4; b += 64) {                                                     \
            __builtin_prefetch((const char *)w + prefetch + (j) * PANEL_CHANNELS * 4 + b, 0, 2);                      \
        }                                                                                                             \
        UNROLL for (int p = 0; p < count; p++) {                                                                      \
            const char *base = p < 5 ? a0 : p < 10 ? a5 : a10;                                                        \
            const ptrdiff_t shift = p % 5 == 3 ? stride3 : (p % 5) * stride;                                          \
            const float *a = (const float *)(base + shift + (j) * 4);                                                 \
            const vector x = splat(*a);                                                                               \
            UNROLL for (int v = 0; v < vectors; v++) sum[p][v] += x * weight[v];                                      \
            if (halves % 2) half_sum[p] = add_half_product(half_sum[p], a, half_weight);                              \
        }                                                                                                             \
        STEP_BARRIER();                                                                                               \
    } while (0)

#define PRODUCT_ADVANCE(steps)                                                                                        \
    do {                                                                                                              \
        w += (steps) * PANEL_CHANNELS;                                                                                \
        a0 += (steps) * 4, a5 += (steps) * 4, a10 += (steps) * 4;                                                     \
    } while (0)

/// - Parameters:
///   - halves: half vectors of the panel that are computed, the first ones. An odd one is computed in half a register: where
///     a vector of AVX-512 is two to the processor, that takes half the time.
///   - prefetch: bytes from each row of weights to a line that will be wanted soon (fetched into the second level
///     cache); 0 when nothing is.
INLINE void product_body(
    const int count, const int halves, const float *a, const struct pixels *shape, const float *w, ptrdiff_t prefetch,
    const struct sink *sink
) {
    const int vectors = halves / 2, begun = (halves + 1) / 2;
    vector sum[PANEL_PIXELS][PANEL_VECTORS];
    half_vector half_sum[PANEL_PIXELS];
    vector bias[PANEL_VECTORS] = {};
    if (sink->bias) {
        for (int v = 0; v < begun; v++) {
            const long left = sink->channels - v * LANES;
            bias[v] = left <= 0 ? (vector){} : load_channels(sink->bias + v * LANES, (int)smaller(left, LANES));
        }
    }
    UNROLL for (int p = 0; p < count; p++) {
        UNROLL for (int v = 0; v < vectors; v++) sum[p][v] = bias[v];
        if (halves % 2) half_sum[p] = lower_half(bias[vectors]);
    }

    // What the end of the product reads and writes is fetched while it runs.
    UNROLL for (int p = 0; p < count; p++) {
        UNROLL for (int c = 0; c < begun * LANES; c += 16) {
            if (sink->residual) __builtin_prefetch(sink->residual + sink->offset[p] + c, 0, 3);
            if (sink->fetches_out) __builtin_prefetch(sink->out + sink->offset[p] + c, 1, 3);
        }
    }

    ptrdiff_t stride = shape->pixel_stride * 4, stride3 = stride * 3;
    const char *a0 = (const char *)a, *a5 = a0 + stride * 5, *a10 = a0 + stride * 10;
    OPAQUE(stride); OPAQUE(stride3); OPAQUE(a0); OPAQUE(a5); OPAQUE(a10);
    const ptrdiff_t next = (shape->segment_stride - shape->length) * 4;
    const long quads = shape->length / 4, singles = shape->length % 4;
    for (long segment = shape->full; segment > 0; segment--) {
        for (long quad = quads; quad > 0; quad--) {
            OPAQUE(a0); OPAQUE(a5); OPAQUE(a10); OPAQUE(w);
            PRODUCT_STEP(0);
            PRODUCT_STEP(1);
            PRODUCT_STEP(2);
            PRODUCT_STEP(3);
            PRODUCT_ADVANCE(4);
        }
        for (long j = singles; j > 0; j--) {
            OPAQUE(a0); OPAQUE(a5); OPAQUE(a10); OPAQUE(w);
            PRODUCT_STEP(0);
            PRODUCT_ADVANCE(1);
        }
        a0 += next, a5 += next, a10 += next;
    }
    for (long j = shape->tail; j > 0; j--) {
        OPAQUE(a0); OPAQUE(a5); OPAQUE(a10); OPAQUE(w);
        PRODUCT_STEP(0);
        PRODUCT_ADVANCE(1);
    }

    const float lowest = sink->lowest, highest = sink->highest;
    if (halves % 2) {
        UNROLL for (int p = 0; p < count; p++) sum[p][vectors] = whole(half_sum[p]);
    }
    if (sink->channels >= begun * LANES && !sink->residual && !sink->gate) {
        UNROLL for (int p = 0; p < count; p++) {
            float *out = sink->out + sink->offset[p];
            UNROLL for (int v = 0; v < begun; v++) store(out + v * LANES, bounded(sum[p][v], lowest, highest));
        }
        return;
    }
    UNROLL for (int p = 0; p < count; p++) {
        const ptrdiff_t offset = sink->offset[p];
        UNROLL for (int v = 0; v < begun; v++) {
            const int left = (int)smaller(sink->channels - v * LANES, LANES);
            if (left <= 0) continue;
            const ptrdiff_t at = offset + v * LANES;
            const vector value = finish(
                sum[p][v], sink->residual ? sink->residual + at : NULL, sink->gate ? sink->gate + at : NULL, lowest,
                highest, left);
            store_channels(sink->out + at, value, left);
        }
    }
}

#define DEFINE_PRODUCT(name, halves, count)                                                                           \
    static __attribute__((noinline)) void name##_##count(                                                             \
        const float *a, const struct pixels *shape, const float *w, ptrdiff_t prefetch, const struct sink *sink       \
    ) {                                                                                                               \
        product_body(count, halves, a, shape, w, prefetch, sink);                                                     \
    }

typedef void (*product_function)(
    const float *a, const struct pixels *shape, const float *w, ptrdiff_t prefetch, const struct sink *sink);

/// `name[p - 1]` handles `p` pixels and the first half vectors of a panel, as many as it says.
#if PANEL_PIXELS > 6
#define DEFINE_PRODUCTS(name, halves)                                                                                 \
    DEFINE_PRODUCT(name, halves, 1) DEFINE_PRODUCT(name, halves, 2) DEFINE_PRODUCT(name, halves, 3)                   \
    DEFINE_PRODUCT(name, halves, 4) DEFINE_PRODUCT(name, halves, 5) DEFINE_PRODUCT(name, halves, 6)                   \
    DEFINE_PRODUCT(name, halves, 7) DEFINE_PRODUCT(name, halves, 8) DEFINE_PRODUCT(name, halves, 9)                   \
    DEFINE_PRODUCT(name, halves, 10) DEFINE_PRODUCT(name, halves, 11) DEFINE_PRODUCT(name, halves, 12)                \
    DEFINE_PRODUCT(name, halves, 13) DEFINE_PRODUCT(name, halves, 14)                                                 \
    static const product_function name[PANEL_PIXELS] = {                                                              \
        name##_1, name##_2, name##_3, name##_4, name##_5, name##_6, name##_7, name##_8, name##_9, name##_10,          \
        name##_11, name##_12, name##_13, name##_14,                                                                   \
    };
#else
#define DEFINE_PRODUCTS(name, halves)                                                                                 \
    DEFINE_PRODUCT(name, halves, 1) DEFINE_PRODUCT(name, halves, 2) DEFINE_PRODUCT(name, halves, 3)                   \
    DEFINE_PRODUCT(name, halves, 4) DEFINE_PRODUCT(name, halves, 5) DEFINE_PRODUCT(name, halves, 6)                   \
    static const product_function name[PANEL_PIXELS] = {                                                              \
        name##_1, name##_2, name##_3, name##_4, name##_5, name##_6,                                                   \
    };
#endif

DEFINE_PRODUCTS(products, 2 * PANEL_VECTORS)
DEFINE_PRODUCTS(narrow_products, 2)
#if LANES == 16
DEFINE_PRODUCTS(wider_products, 3)
DEFINE_PRODUCTS(narrowest_products, 1)
#endif

/// The products that compute no more of a panel than they must for its first `channels`, 1 to PANEL_CHANNELS.
INLINE const product_function *products_for(int channels) {
#if LANES == 16
    if (channels <= LANES / 2) return narrowest_products;
    if (channels > LANES && channels <= LANES + LANES / 2) return wider_products;
#endif
    return channels <= LANES ? narrow_products : products;
}
