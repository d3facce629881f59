// The weight gradient in the Winograd domain. The forward pass is y = Aᵀ [(G g) ∘ (Bᵀ d)]; differentiating with respect
// to g, a tile with input d and output gradient y contributes
//
//     Gᵀ [ (Bᵀ d) ∘ (A y) ]          (in two dimensions, from both sides)
//
// so the sum over all tiles can be taken before Gᵀ is applied: one matrix product, channels x tiles x channels, for each
// frequency, with a quarter of the multiplications of the definition.
//
// A chunk owns one row of frequencies for a part of the input channels and a part of the output channels. It transforms
// a block of tiles (only that row of frequencies, so that little is computed twice), and adds their products.
// The accumulator is `[frequency][panel of output channels][input channel][PANEL_CHANNELS]`.

struct NAME(gradient_plan) {
    long c, k, k_panels;
    long c_split, c_parts, k_split, k_parts;  // channels and panels of a chunk
    long width;                               // input channels of one outer product
    struct NAME(map_plan) maps[NEEDLETAIL_MAX_MAPS];
    long tiles, block_tiles;
    long input_stride;                        // floats of a transformed input tile of one frequency
    long chunks;
};

static struct NAME(gradient_plan) NAME(make_gradient_plan)(const needletail_convolution *d, int maps) {
    const struct NAME(plan) forward = NAME(make_plan)(d, maps, needletail_forward);
    struct NAME(gradient_plan) p = {.c = d->c_in, .k = d->c_out, .k_panels = divide_up(d->c_out, PANEL_CHANNELS)};
    p.tiles = forward.tiles;
    for (int i = 0; i < maps; i++) p.maps[i] = forward.maps[i];
    p.c_parts = divide_up(p.c, 128);
    p.c_split = round_up(divide_up(p.c, p.c_parts), LANES);
    p.c_parts = divide_up(p.c, p.c_split);
    p.k_parts = divide_up(p.k_panels, larger(1, 256 / PANEL_CHANNELS));
    p.k_split = divide_up(p.k_panels, p.k_parts);
    p.k_parts = divide_up(p.k_panels, p.k_split);
    p.width = divide_up(p.c_split, divide_up(p.c_split, PANEL_PIXELS));
    p.input_stride = round_up(p.c_split, SEGMENT);
    const long tile_floats = WINOGRAD_N * (p.input_stride + p.k_split * PANEL_CHANNELS);
    p.block_tiles = smaller(smaller(p.tiles, 128), larger(16, GRADIENT_BLOCK_FLOATS / tile_floats));
    p.chunks = WINOGRAD_N * p.c_parts * p.k_parts;
    return p;
}

static size_t NAME(accumulator_size)(const needletail_convolution *d) {
    return (size_t)(FREQUENCIES * divide_up(d->c_out, PANEL_CHANNELS) * d->c_in * PANEL_CHANNELS);
}

static long NAME(gradient_chunks)(const needletail_convolution *d, int maps) {
    return NAME(make_gradient_plan)(d, maps).chunks;
}

static size_t NAME(gradient_scratch_size)(const needletail_convolution *d, int maps) {
    const struct NAME(gradient_plan) p = NAME(make_gradient_plan)(d, maps);
    return (size_t)(round_up(larger(p.c, p.k), SEGMENT)
        + round_up(p.block_tiles * (long)(sizeof(float *) / sizeof(float)), SEGMENT)
        + WINOGRAD_N * p.block_tiles * (p.input_stride + p.k_split * PANEL_CHANNELS));
}

/// One row of the frequencies of `LANES` input channels of a tile.
INLINE void NAME(transform_input_row)(
    const int row, const float *const pixels[], long channel, int count, float *to, long stride
) {
    vector half[WINOGRAD_N], t[WINOGRAD_N];
    UNROLL for (int x = 0; x < WINOGRAD_N; x++) {
        vector d[WINOGRAD_N];
        UNROLL for (int y = 0; y < WINOGRAD_N; y++) {
            const float *p = pixels[y * WINOGRAD_N + x] + channel;
            d[y] = count == LANES ? load(p) : load_first(p, count);
        }
        half[x] = NAME(input_row)(row, d);
    }
    NAME(input_1d)(half, t);
    UNROLL for (int x = 0; x < WINOGRAD_N; x++) store(to + x * stride, t[x]);
}

/// One row of the frequencies of `LANES` channels of the output gradient of a tile.
INLINE void NAME(transform_gradient_row)(
    const int row, const float *const pixels[], long channel, int count, float *to, long stride
) {
    vector half[WINOGRAD_M], t[WINOGRAD_N];
    UNROLL for (int x = 0; x < WINOGRAD_M; x++) {
        vector y[WINOGRAD_M];
        UNROLL for (int i = 0; i < WINOGRAD_M; i++) {
            const float *p = pixels[i * WINOGRAD_M + x] + channel;
            y[i] = count == LANES ? load(p) : load_first(p, count);
        }
        half[x] = NAME(gradient_row)(row, y);
    }
    NAME(gradient_1d)(half, t);
    UNROLL for (int x = 0; x < WINOGRAD_N; x++) store(to + x * stride, t[x]);
}

/// Transforms one row of frequencies of `tiles` tiles from `first` on, for one part of the channels of both tensors.
INLINE void NAME(transform_rows)(
    const int row, const needletail_convolution *d, const struct NAME(gradient_plan) *p, const float *const *inputs_of,
    const float *const *gradients_of, const float *zeros, long first, long tiles, long c0, long c_end, long k0,
    long k_end, float *inputs, float *gradients
) {
    const long panel_floats = p->block_tiles * PANEL_CHANNELS;
    for (long i = 0; i < tiles; i++) {
        const struct NAME(tile) tile = NAME(tile_at)(p->maps, first + i);
        const struct NAME(map_plan) *m = p->maps + tile.map;
        const long y = tile.row * WINOGRAD_M, x = tile.col * WINOGRAD_M;
        const float *pixels[FREQUENCIES];
        NAME(square)(
            WINOGRAD_N, inputs_of[tile.map] + tile.image * m->h * m->w * p->c, m->h, m->w, p->c, y - d->pad_h,
            x - d->pad_w, zeros, pixels);
        float *to = inputs + i * p->input_stride;
        for (long c = c0; c < c_end; c += LANES) {
            if (c_end - c >= LANES) {
                NAME(transform_input_row)(row, pixels, c, LANES, to + c - c0, p->block_tiles * p->input_stride);
            } else {
                NAME(transform_input_row)(
                    row, pixels, c, (int)(c_end - c), to + c - c0, p->block_tiles * p->input_stride);
            }
        }
        NAME(square)(
            WINOGRAD_M, gradients_of[tile.map] + tile.image * m->dest_h * m->dest_w * p->k, m->dest_h, m->dest_w,
            p->k, y, x, zeros, pixels);
        for (long k = k0; k < round_up(k_end, PANEL_CHANNELS); k += LANES) {
            float *at = gradients + (k - k0) / PANEL_CHANNELS * panel_floats + i * PANEL_CHANNELS
                + (k - k0) % PANEL_CHANNELS;
            const int left = (int)smaller(LANES, k_end - k);
            if (left == LANES) {
                NAME(transform_gradient_row)(row, pixels, k, LANES, at, p->k_split * panel_floats);
            } else {
                NAME(transform_gradient_row)(
                    row, pixels, left > 0 ? k : k0, left > 0 ? left : 0, at, p->k_split * panel_floats);
            }
        }
    }
}

#define DEFINE_TRANSFORM_ROWS(row)                                                                                    \
    static __attribute__((noinline)) void NAME(transform_rows_##row)(                                                 \
        const needletail_convolution *d, const struct NAME(gradient_plan) *p, const float *const *inputs_of,          \
        const float *const *gradients_of, const float *zeros, long first, long tiles, long c0, long c_end, long k0,       \
        long k_end, float *inputs, float *gradients                                                                   \
    ) {                                                                                                               \
        NAME(transform_rows)(                                                                                         \
            row, d, p, inputs_of, gradients_of, zeros, first, tiles, c0, c_end, k0, k_end, inputs, gradients);         \
    }

DEFINE_TRANSFORM_ROWS(0)
DEFINE_TRANSFORM_ROWS(1)
DEFINE_TRANSFORM_ROWS(2)
DEFINE_TRANSFORM_ROWS(3)
#if WINOGRAD_N == 6
DEFINE_TRANSFORM_ROWS(4)
DEFINE_TRANSFORM_ROWS(5)
#endif

static void (*const NAME(transform_rows_of)[WINOGRAD_N])(
    const needletail_convolution *, const struct NAME(gradient_plan) *, const float *const *, const float *const *,
    const float *, long, long, long, long, long, long, float *, float *) = {
    NAME(transform_rows_0), NAME(transform_rows_1), NAME(transform_rows_2), NAME(transform_rows_3),
#if WINOGRAD_N == 6
    NAME(transform_rows_4), NAME(transform_rows_5),
#endif
};

static void NAME(gradient_run)(
    const needletail_convolution *d, int maps, const float *const *inputs_of, const float *const *gradients_of,
    int accumulate, float *accumulator, float *scratch, long begin, long end
) {
    const struct NAME(gradient_plan) plan = NAME(make_gradient_plan)(d, maps), *p = &plan;
    float *zeros = scratch;
    const float **table = (const float **)(zeros + round_up(larger(p->c, p->k), SEGMENT));
    float *inputs = (float *)table + round_up(p->block_tiles * (long)(sizeof(float *) / sizeof(float)), SEGMENT);
    float *gradients = inputs + WINOGRAD_N * p->block_tiles * p->input_stride;
    for (long i = 0; i < larger(p->c, p->k); i++) zeros[i] = 0;

    for (long chunk = begin; chunk < end; chunk++) {
        const long row = chunk % WINOGRAD_N, c_part = chunk / WINOGRAD_N % p->c_parts;
        const long k_part = chunk / WINOGRAD_N / p->c_parts;
        const long c0 = c_part * p->c_split, c_end = smaller(p->c, c0 + p->c_split);
        const long first_panel = k_part * p->k_split, last_panel = smaller(p->k_panels, first_panel + p->k_split);
        for (long first = 0; first < p->tiles; first += p->block_tiles) {
            const long tiles = smaller(p->block_tiles, p->tiles - first);
            NAME(transform_rows_of)[row](
                d, p, inputs_of, gradients_of, zeros, first, tiles, c0, c_end, first_panel * PANEL_CHANNELS,
                smaller(p->k, last_panel * PANEL_CHANNELS), inputs, gradients);
            for (long f = 0; f < WINOGRAD_N; f++) {
                for (long i = 0; i < tiles; i++) table[i] = inputs + (f * p->block_tiles + i) * p->input_stride;
                for (long k_panel = first_panel; k_panel < last_panel; k_panel++) {
                    const float *y = gradients
                        + (f * p->k_split + k_panel - first_panel) * p->block_tiles * PANEL_CHANNELS;
                    float *sums = accumulator
                        + ((row * WINOGRAD_N + f) * p->k_panels + k_panel) * p->c * PANEL_CHANNELS;
                    for (long c = c0; c < c_end; c += p->width) {
                        outer_products[smaller(p->width, c_end - c) - 1](
                            table, c - c0, y, PANEL_CHANNELS, tiles, PANEL_CHANNELS, accumulate || first > 0, NULL,
                            sums + c * PANEL_CHANNELS, PANEL_CHANNELS);
                    }
                }
            }
        }
    }
}

static long NAME(unpack_chunks)(const needletail_convolution *d) {
    return divide_up(d->c_out, PANEL_CHANNELS) * divide_up(d->c_in, PACK_CHANNELS);
}

/// Gᵀ u G for LANES / 2 output channels of one input channel, in double: the gradient of each tap, `LANES` floats apart.
INLINE void NAME(transform_sums)(const float *sums, long stride, double_vector scale, float *taps) {
    double_vector half[3][WINOGRAD_N];
    UNROLL for (int x = 0; x < WINOGRAD_N; x++) {
        double_vector u[WINOGRAD_N], g[3];
        UNROLL for (int y = 0; y < WINOGRAD_N; y++) u[y] = load_double(sums + (y * WINOGRAD_N + x) * stride);
        NAME(weight_gradient_1d)(u, g);
        UNROLL for (int y = 0; y < 3; y++) half[y][x] = g[y];
    }
    UNROLL for (int y = 0; y < 3; y++) {
        double_vector g[3];
        NAME(weight_gradient_1d)(half[y], g);
        UNROLL for (int x = 0; x < 3; x++) store_double(taps + (y * 3 + x) * LANES, scale * g[x]);
    }
}

static void NAME(unpack)(
    const needletail_convolution *d, const float *accumulator, const float *scale, int accumulate, float *oihw,
    long begin, long end
) {
    const long parts = divide_up(d->c_in, PACK_CHANNELS), k_panels = divide_up(d->c_out, PANEL_CHANNELS);
    const long frequency_floats = k_panels * d->c_in * PANEL_CHANNELS, row = (long)d->c_in * 9;
    for (long chunk = begin; chunk < end; chunk++) {
        const long panel = chunk / parts, c0 = chunk % parts * PACK_CHANNELS, k0 = panel * PANEL_CHANNELS;
        for (long c = c0; c < smaller(d->c_in, c0 + PACK_CHANNELS); c++) {
            const float *sums = accumulator + (panel * d->c_in + c) * PANEL_CHANNELS;
            for (long l = 0; l < PANEL_CHANNELS && k0 + l < d->c_out; l += LANES) {
                vector taps[9];
                UNROLL for (int half = 0; half < LANES; half += LANES / 2) {
                    const long k = k0 + l + half;
                    NAME(transform_sums)(
                        sums + l + half, frequency_floats,
                        NAME(lane_scales)(scale ? scale + k : NULL, larger(0, d->c_out - k)), (float *)taps + half);
                }
                store_columns(
                    taps, oihw + (k0 + l) * row + c * 9, row, (int)smaller(LANES, d->c_out - k0 - l), 9, accumulate);
            }
        }
    }
}

#undef DEFINE_TRANSFORM_ROWS
