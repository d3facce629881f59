// The product under the weight gradients: a sum of outer products over pixels (or tiles), up to PANEL_PIXELS input
// channels by PANEL_CHANNELS output channels, held in registers over all pixels of a block.
//
//     sum[c][k] = Σ_p x[p][c] · y[p][k]

/// - Parameters:
///   - x: where the first of `count` adjoining input channels of each pixel is, less `shift` floats.
///   - y: output channels of the first pixel, those of the next `y_stride` floats further.
///   - channels: how many of the PANEL_CHANNELS output channels exist in `y`; the others count as zero.
///   - accumulate: whether to add to `to` or overwrite it. Adding whole blocks at the end, instead of going on from
///     the old sums, keeps the rounding error of long sums down.
///   - scale: multiplies the sums of each input channel; may be `NULL`.
///   - to_stride: floats from the sums of one input channel to those of the next.
INLINE void outer_product_body(
    const int count, const float *const *x, long shift, const float *y, long y_stride, long pixels, int channels,
    int accumulate, const float *scale, float *to, long to_stride
) {
    vector sum[PANEL_PIXELS][PANEL_VECTORS];
    UNROLL for (int c = 0; c < count; c++) {
        UNROLL for (int v = 0; v < PANEL_VECTORS; v++) sum[c][v] = (vector){};
    }
    if (channels == PANEL_CHANNELS) {
        for (long p = 0; p < pixels; p++, y += y_stride) {
            const float *a = x[p] + shift;
            vector b[PANEL_VECTORS];
            UNROLL for (int v = 0; v < PANEL_VECTORS; v++) b[v] = load(y + v * LANES);
            UNROLL for (int c = 0; c < count; c++) {
                const vector s = splat(a[c]);
                UNROLL for (int v = 0; v < PANEL_VECTORS; v++) sum[c][v] += s * b[v];
            }
            STEP_BARRIER();
        }
    } else {
        for (long p = 0; p < pixels; p++, y += y_stride) {
            const float *a = x[p] + shift;
            vector b[PANEL_VECTORS];
            UNROLL for (int v = 0; v < PANEL_VECTORS; v++) {
                const int left = channels - v * LANES;
                b[v] = left >= LANES ? load(y + v * LANES) : left > 0 ? load_first(y + v * LANES, left) : (vector){};
            }
            UNROLL for (int c = 0; c < count; c++) {
                const vector s = splat(a[c]);
                UNROLL for (int v = 0; v < PANEL_VECTORS; v++) sum[c][v] += s * b[v];
            }
            STEP_BARRIER();
        }
    }
    UNROLL for (int c = 0; c < count; c++) {
        UNROLL for (int v = 0; v < PANEL_VECTORS; v++) {
            const int left = channels - v * LANES;
            if (left <= 0) break;
            float *at = to + c * to_stride + v * LANES;
            vector value = sum[c][v];
            if (scale) value *= splat(scale[c]);
            if (accumulate) value += load_channels(at, left);
            store_channels(at, value, left);
        }
    }
}

#define DEFINE_OUTER_PRODUCT(count)                                                                                   \
    static __attribute__((noinline)) void outer_product_##count(                                                      \
        const float *const *x, long shift, const float *y, long y_stride, long pixels, int channels, int accumulate,  \
        const float *scale, float *to, long to_stride                                                                 \
    ) {                                                                                                               \
        outer_product_body(count, x, shift, y, y_stride, pixels, channels, accumulate, scale, to, to_stride);         \
    }

DEFINE_OUTER_PRODUCT(1)
DEFINE_OUTER_PRODUCT(2)
DEFINE_OUTER_PRODUCT(3)
DEFINE_OUTER_PRODUCT(4)
DEFINE_OUTER_PRODUCT(5)
DEFINE_OUTER_PRODUCT(6)
#if PANEL_PIXELS > 6
DEFINE_OUTER_PRODUCT(7)
DEFINE_OUTER_PRODUCT(8)
DEFINE_OUTER_PRODUCT(9)
DEFINE_OUTER_PRODUCT(10)
DEFINE_OUTER_PRODUCT(11)
DEFINE_OUTER_PRODUCT(12)
DEFINE_OUTER_PRODUCT(13)
DEFINE_OUTER_PRODUCT(14)
#endif

typedef void (*outer_product_function)(
    const float *const *x, long shift, const float *y, long y_stride, long pixels, int channels, int accumulate,
    const float *scale, float *to, long to_stride);

/// `outer_products[c - 1]` handles `c` input channels.
static const outer_product_function outer_products[PANEL_PIXELS] = {
    outer_product_1, outer_product_2, outer_product_3, outer_product_4, outer_product_5, outer_product_6,
#if PANEL_PIXELS > 6
    outer_product_7, outer_product_8, outer_product_9, outer_product_10, outer_product_11, outer_product_12,
    outer_product_13, outer_product_14,
#endif
};
