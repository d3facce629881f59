// Convolution by Winograd F(m x m, 3x3), m = WINOGRAD_M; included once for 4 and once for 2.
//
// A chunk takes a block of tiles (each m x m outputs of an image, made from (m + 2) x (m + 2) inputs), which may belong
// to several maps, and some panels of output channels. It transforms the input tiles of the block into scratch memory that fits the second level cache,
// one matrix of tiles x channels for each of the (m + 2)² frequencies; then, for each panel of output channels, it
// multiplies every frequency by its weights and transforms the products back into outputs, bias, residual and ReLU
// included.
//
// Packed weights: `[panel of output channels][frequency][input channel][PANEL_CHANNELS]`.

#define NAME_JOIN(name, m) winograd_##m##_##name
#define NAME_EXPAND(name, m) NAME_JOIN(name, m)
#define NAME(name) NAME_EXPAND(name, WINOGRAD_M)

#include "winograd_points.h"

#define FREQUENCIES (WINOGRAD_N * WINOGRAD_N)

/// One map of the forward pass, or of the data gradient seen as a forward pass over the output gradient.
struct NAME(map_plan) {
    long h, w, dest_h, dest_w;  // source, destination
    long tile_rows, tile_cols;
    long end;                   // number of the first tile behind this map's, in the list of all maps' tiles
};

struct NAME(plan) {
    struct NAME(map_plan) maps[NEEDLETAIL_MAX_MAPS];
    long c, k;                // channels of source and destination
    long pad_h, pad_w;
    long tiles;
    long width;               // tiles of a panel
    long block_panels, blocks;
    long k_panels, split, k_split;
    long chunks;
    long panel_floats, frequency_floats, product_floats;
};

/// Second-level cache that the transformed tiles of a block may fill, in floats.
#define WINOGRAD_BLOCK_FLOATS (LANES == 16 ? 330 * 1024 : 96 * 1024)

static struct NAME(plan) NAME(make_plan)(const needletail_convolution *d, int maps, needletail_pass pass) {
    const int backward = pass == needletail_data_gradient;
    struct NAME(plan) p;
    p.c = backward ? d->c_out : d->c_in, p.k = backward ? d->c_in : d->c_out;
    p.pad_h = backward ? 2 - d->pad_h : d->pad_h, p.pad_w = backward ? 2 - d->pad_w : d->pad_w;
    p.tiles = 0;
    for (int i = 0; i < maps; i++) {
        struct NAME(map_plan) *m = p.maps + i;
        m->h = backward ? d[i].out_h : d[i].h, m->w = backward ? d[i].out_w : d[i].w;
        m->dest_h = backward ? d[i].h : d[i].out_h, m->dest_w = backward ? d[i].w : d[i].out_w;
        m->tile_rows = divide_up(m->dest_h, WINOGRAD_M), m->tile_cols = divide_up(m->dest_w, WINOGRAD_M);
        m->end = p.tiles += d[i].n * m->tile_rows * m->tile_cols;
    }
    const long panels = divide_up(p.tiles, PANEL_PIXELS);
    p.width = divide_up(p.tiles, panels);
    p.k_panels = divide_up(p.k, PANEL_CHANNELS);
    p.panel_floats = divide_up(p.c, SEGMENT) * SEGMENT * PANEL_PIXELS;

    const long work = p.tiles * FREQUENCIES * p.c * p.k_panels * PANEL_VECTORS / 2;
    const long wanted = smaller(24, larger(1, work / 50000));
    const long per_panel = FREQUENCIES * (p.panel_floats + PANEL_PIXELS * PANEL_CHANNELS);
    const long most = larger(1, smaller(16, WINOGRAD_BLOCK_FLOATS / per_panel));
    // Two panels of tiles at least, so that each weight read from the third level cache serves twice.
    const long least = smaller(2, most);
    p.block_panels = smaller(most, larger(least, panels / wanted));
    p.blocks = divide_up(panels, p.block_panels);
    p.block_panels = divide_up(panels, p.blocks);
    p.blocks = divide_up(divide_up(p.tiles, p.width), p.block_panels);
    p.split = smaller(p.k_panels, divide_up(smaller(wanted, 12), p.blocks));
    p.k_split = divide_up(p.k_panels, p.split);
    p.split = divide_up(p.k_panels, p.k_split);
    p.chunks = p.blocks * p.split;

    // One line more than a multiple of the page, so that the frequencies of a tile fall into different cache sets.
    p.frequency_floats = round_up(p.block_panels * p.panel_floats, 1024) + SEGMENT;
    p.product_floats = round_up(p.block_panels * PANEL_PIXELS * PANEL_CHANNELS, 1024) + SEGMENT;
    return p;
}

static size_t NAME(scratch_size)(const needletail_convolution *d, int maps, needletail_pass pass) {
    const struct NAME(plan) p = NAME(make_plan)(d, maps, pass);
    return (size_t)(KEPT_FLOATS + round_up(p.c, SEGMENT) + FREQUENCIES * (p.frequency_floats + p.product_floats));
}

struct NAME(tile) {
    long map, image, row, col;
};

/// Tile number `index` of all maps' tiles.
INLINE struct NAME(tile) NAME(tile_at)(const struct NAME(map_plan) *maps, long index) {
    long map = 0, first = 0;
    while (index >= maps[map].end) first = maps[map++].end;
    const long area = maps[map].tile_rows * maps[map].tile_cols, rest = (index - first) % area;
    return (struct NAME(tile)){
        map, (index - first) / area, rest / maps[map].tile_cols, rest % maps[map].tile_cols};
}

/// Pointers to the pixels of a `side` x `side` square with its corner at (y0, x0); `zeros` for those outside.
INLINE void NAME(square)(
    const int side, const float *image, long h, long w, long c, long y0, long x0, const float *zeros,
    const float *pixels[]
) {
    for (long y = 0; y < side; y++) {
        const int inside = y0 + y >= 0 && y0 + y < h;
        for (long x = 0; x < side; x++) {
            const int there = inside && x0 + x >= 0 && x0 + x < w;
            pixels[y * side + x] = there ? image + ((y0 + y) * w + x0 + x) * c : zeros;
        }
    }
}

/// Transforms `LANES` channels of one tile; `count` of them exist.
INLINE void NAME(transform_input)(const float *const pixels[], long channel, int count, float *to, long stride) {
    vector rows[WINOGRAD_N][WINOGRAD_N];
    UNROLL for (int x = 0; x < WINOGRAD_N; x++) {
        vector d[WINOGRAD_N], t[WINOGRAD_N];
        UNROLL for (int y = 0; y < WINOGRAD_N; y++) {
            const float *p = pixels[y * WINOGRAD_N + x] + channel;
            d[y] = count == LANES ? load(p) : load_first(p, count);
        }
        NAME(input_1d)(d, t);
        UNROLL for (int y = 0; y < WINOGRAD_N; y++) rows[y][x] = t[y];
    }
    UNROLL for (int y = 0; y < WINOGRAD_N; y++) {
        vector t[WINOGRAD_N];
        NAME(input_1d)(rows[y], t);
        UNROLL for (int x = 0; x < WINOGRAD_N; x++) store(to + (y * WINOGRAD_N + x) * stride, t[x]);
    }
}

static void NAME(transform_tiles)(
    const struct NAME(plan) *p, const needletail_map *map, const float *zeros, long first, long count,
    float *transformed
) {
    for (long t = 0; t < count; t++) {
        const struct NAME(tile) tile = NAME(tile_at)(p->maps, first + t);
        const struct NAME(map_plan) *m = p->maps + tile.map;
        const float *pixels[FREQUENCIES];
        NAME(square)(
            WINOGRAD_N, map[tile.map].source + tile.image * m->h * m->w * p->c, m->h, m->w, p->c,
            tile.row * WINOGRAD_M - p->pad_h, tile.col * WINOGRAD_M - p->pad_w, zeros, pixels);
        float *to = transformed + t / p->width * p->panel_floats + t % p->width * SEGMENT;
        for (long c = 0; c < p->c; c += LANES) {
            float *segment = to + c / SEGMENT * SEGMENT * PANEL_PIXELS + c % SEGMENT;
            if (p->c - c >= LANES) NAME(transform_input)(pixels, c, LANES, segment, p->frequency_floats);
            else NAME(transform_input)(pixels, c, (int)(p->c - c), segment, p->frequency_floats);
        }
    }
}

/// Turns the products of one tile and `LANES` output channels (`count` of which exist) into `rows` x `cols` outputs.
INLINE void NAME(transform_output)(
    const float *products, long stride, float *out, long row_stride, long col_stride, long rows, long cols,
    int count, const float *bias, const float *residual, const float *gate, float lowest,
    float highest
) {
    vector half[WINOGRAD_M][WINOGRAD_N];
    UNROLL for (int x = 0; x < WINOGRAD_N; x++) {
        vector m[WINOGRAD_N], t[WINOGRAD_M];
        UNROLL for (int y = 0; y < WINOGRAD_N; y++) m[y] = load(products + (y * WINOGRAD_N + x) * stride);
        NAME(output_1d)(m, t);
        UNROLL for (int y = 0; y < WINOGRAD_M; y++) half[y][x] = t[y];
    }
    const vector shift = bias ? load_channels(bias, count) : (vector){};
    UNROLL for (int y = 0; y < WINOGRAD_M; y++) {
        if (y >= rows) break;
        vector v[WINOGRAD_M];
        NAME(output_1d)(half[y], v);
        UNROLL for (int x = 0; x < WINOGRAD_M; x++) {
            if (x >= cols) break;
            const long at = y * row_stride + x * col_stride;
            const vector value = finish(
                v[x] + shift, residual ? residual + at : NULL, gate ? gate + at : NULL, lowest, highest,
                count);
            store_channels(out + at, value, count);
        }
    }
}

/// Multiplies the transformed tiles by the weights of one panel of output channels; `more` says that the next panel's
/// weights will follow.
static void NAME(multiply)(
    const struct NAME(plan) *p, const float *transformed, long tiles, const float *weights, int more, float *product
) {
    const struct pixels pixels = {
        .pixel_stride = SEGMENT, .segment_stride = SEGMENT * PANEL_PIXELS, .length = SEGMENT,
        .full = p->c / SEGMENT, .tail = p->c % SEGMENT,
    };
    ptrdiff_t offsets[PANEL_PIXELS];
    for (int i = 0; i < PANEL_PIXELS; i++) offsets[i] = i * PANEL_CHANNELS;
    struct sink sink = {
        .offset = offsets, .channels = PANEL_CHANNELS, .lowest = -__builtin_inff(), .highest = __builtin_inff(),
    };
    const long weight_floats = p->c * PANEL_CHANNELS;
    for (long f = 0; f < FREQUENCIES; f++, weights += weight_floats) {
        for (long t = 0; t < tiles; t += p->width) {
            const long panel = t / p->width;
            // The first panel of tiles fetches the weights of the next frequency.
            const ptrdiff_t prefetch = (more || f + 1 < FREQUENCIES) && panel == 0 ? weight_floats * 4 : 0;
            sink.out = product + f * p->product_floats + panel * PANEL_PIXELS * PANEL_CHANNELS;
            products[smaller(p->width, tiles - t) - 1](
                transformed + f * p->frequency_floats + panel * p->panel_floats, &pixels, weights, prefetch, &sink);
        }
    }
}

/// Transforms the products of `tiles` tiles from `first` on and the panel of output channels that begins with `k`, and
/// stores the outputs.
static void NAME(finish_tiles)(
    const struct NAME(plan) *p, const float *product, long first, long tiles, long k, const needletail_map *map
) {
    for (long t = 0; t < tiles; t++) {
        const struct NAME(tile) tile = NAME(tile_at)(p->maps, first + t);
        const struct NAME(map_plan) *m = p->maps + tile.map;
        const needletail_epilogue *epilogue = &map[tile.map].epilogue;
        const float lowest = lowest_result(epilogue), highest = highest_result(epilogue);
        const long y = tile.row * WINOGRAD_M, x = tile.col * WINOGRAD_M;
        const long corner = ((tile.image * m->dest_h + y) * m->dest_w + x) * p->k + k;
        const float *from = product + (t / p->width * PANEL_PIXELS + t % p->width) * PANEL_CHANNELS;
        for (long l = 0; l < PANEL_CHANNELS && k + l < p->k; l += LANES) {
            const int count = (int)smaller(LANES, p->k - k - l);
            const float *bias = epilogue->bias ? epilogue->bias + k + l : NULL;
            const float *residual = epilogue->residual ? epilogue->residual + corner + l : NULL;
            const float *gate = epilogue->gate ? epilogue->gate + corner + l : NULL;
            const int inner = y + WINOGRAD_M <= m->dest_h && x + WINOGRAD_M <= m->dest_w && count == LANES;
            float *out = map[tile.map].dest + corner + l;
            const long row_stride = m->dest_w * p->k;
            // The same code again and again; what is constant in a call is compiled away.
            if (inner && !residual && !gate) {
                NAME(transform_output)(
                    from + l, p->product_floats, out, row_stride, p->k, WINOGRAD_M, WINOGRAD_M, LANES, bias, NULL,
                    NULL, lowest, highest);
            } else if (inner && residual && !gate) {
                NAME(transform_output)(
                    from + l, p->product_floats, out, row_stride, p->k, WINOGRAD_M, WINOGRAD_M, LANES, bias,
                    residual, NULL, lowest, highest);
            } else if (inner && !residual) {
                NAME(transform_output)(
                    from + l, p->product_floats, out, row_stride, p->k, WINOGRAD_M, WINOGRAD_M, LANES, bias, NULL,
                    gate, lowest, highest);
            } else {
                NAME(transform_output)(
                    from + l, p->product_floats, out, row_stride, p->k, m->dest_h - y, m->dest_w - x, count, bias,
                    residual, gate, lowest, highest);
            }
        }
        if (activates_stored(epilogue)) {
            ptrdiff_t offsets[WINOGRAD_M * WINOGRAD_M];
            long pixels = 0;
            for (long row = 0; row < smaller(WINOGRAD_M, m->dest_h - y); row++) {
                for (long col = 0; col < smaller(WINOGRAD_M, m->dest_w - x); col++) {
                    offsets[pixels++] = corner + (row * m->dest_w + col) * p->k;
                }
            }
            activate_stored(epilogue, map[tile.map].dest, offsets, pixels, smaller(PANEL_CHANNELS, p->k - k));
        }
    }
}

static void NAME(run)(
    const needletail_convolution *d, int maps, needletail_pass pass, const needletail_map *map, const float *packed,
    float *scratch, int continues, long begin, long end
) {
    const struct NAME(plan) plan = NAME(make_plan)(d, maps, pass), *p = &plan;
    struct kept *kept = (struct kept *)scratch;
    float *zeros = scratch + KEPT_FLOATS;
    float *transformed = zeros + round_up(p->c, SEGMENT);
    float *product = transformed + FREQUENCIES * p->frequency_floats;
    for (long i = 0; i < p->c; i++) zeros[i] = 0;
    if (!continues) kept->block = -1;

    for (long chunk = begin; chunk < end; chunk++) {
        const long block = chunk / p->split, part = chunk % p->split;
        const long first = block * p->block_panels * p->width;
        const long tiles = smaller(p->tiles - first, p->block_panels * p->width);
        if (block != kept->block) NAME(transform_tiles)(p, map, zeros, first, tiles, transformed);
        kept->block = block;

        const long last_panel = smaller(p->k_panels, (part + 1) * p->k_split);
        for (long panel = part * p->k_split; panel < last_panel; panel++) {
            const float *weights = packed + panel * FREQUENCIES * p->c * PANEL_CHANNELS;
            NAME(multiply)(p, transformed, tiles, weights, panel + 1 < p->k_panels, product);
            NAME(finish_tiles)(p, product, first, tiles, panel * PANEL_CHANNELS, map);
        }
    }
}

// MARK: Weights

static size_t NAME(packed_size)(const needletail_convolution *d, needletail_pass pass) {
    const struct weight_view v = needletail_weight_view(d, pass);
    return (size_t)(divide_up(v.k, PANEL_CHANNELS) * FREQUENCIES * v.c * PANEL_CHANNELS);
}

/// Input channels packed by one chunk.
#define PACK_CHANNELS 32
/// Input channels written together.
#define PACK_BLOCK 4

static long NAME(pack_parts)(const needletail_convolution *d, needletail_pass pass) {
    return divide_up(needletail_weight_view(d, pass).c, PACK_CHANNELS);
}

static long NAME(pack_chunks)(const needletail_convolution *d, needletail_pass pass) {
    return divide_up(needletail_weight_view(d, pass).k, PANEL_CHANNELS) * NAME(pack_parts)(d, pass);
}

/// G g Gᵀ for LANES / 2 output channels of one input channel, in double.
///
/// - Parameters:
///   - taps: the weights of each tap, `LANES` floats apart.
///   - turned: whether the taps are taken in reverse order.
INLINE void NAME(transform_weights)(const float *taps, double_vector scale, int turned, float *to, long stride) {
    double_vector half[WINOGRAD_N][3];
    UNROLL for (int x = 0; x < 3; x++) {
        double_vector g[3], u[WINOGRAD_N];
        UNROLL for (int y = 0; y < 3; y++) {
            const int tap = y * 3 + x;
            g[y] = scale * load_double(taps + (turned ? 8 - tap : tap) * LANES);
        }
        NAME(weight_1d)(g, u);
        UNROLL for (int y = 0; y < WINOGRAD_N; y++) half[y][x] = u[y];
    }
    UNROLL for (int y = 0; y < WINOGRAD_N; y++) {
        double_vector u[WINOGRAD_N];
        NAME(weight_1d)(half[y], u);
        UNROLL for (int x = 0; x < WINOGRAD_N; x++) store_double(to + (y * WINOGRAD_N + x) * stride, u[x]);
    }
}

/// Scales of LANES / 2 output channels of which `lanes` exist.
INLINE double_vector NAME(lane_scales)(const float *scale, long lanes) {
    double_vector scales = splat_double(1);
    if (!scale) return scales;
    if (lanes >= LANES / 2) return load_double(scale);
    for (long l = 0; l < lanes; l++) scales[l] = scale[l];
    return scales;
}

static void NAME(pack)(
    const needletail_convolution *d, needletail_pass pass, const float *oihw, const float *scale, float *packed,
    long begin, long end
) {
    const struct weight_view v = needletail_weight_view(d, pass);
    const long parts = NAME(pack_parts)(d, pass), weight_floats = v.c * PANEL_CHANNELS;
    // The data gradient correlates with the weights turned by half a turn.
    const int backward = pass == needletail_data_gradient;
    // The frequencies of a weight lie a power of two apart, in the same few sets of the cache; so they are gathered
    // for some input channels and written in longer pieces.
    float block[FREQUENCIES * PACK_BLOCK * PANEL_CHANNELS] __attribute__((aligned(64)));
    const long block_floats = PACK_BLOCK * PANEL_CHANNELS;
    for (long chunk = begin; chunk < end; chunk++) {
        const long panel = chunk / parts, c0 = chunk % parts * PACK_CHANNELS, k0 = panel * PANEL_CHANNELS;
        const long c_end = smaller(v.c, c0 + PACK_CHANNELS);
        for (long c = c0; c < c_end; c++) {
            float *to = block + (c - c0) % PACK_BLOCK * PANEL_CHANNELS;
            for (long l = 0; l < PANEL_CHANNELS; l += LANES) {
                vector taps[9];
                const float *from = oihw + (k0 + l) * v.k_stride + c * v.c_stride;
                // More rows than a processor follows by itself.
                UNROLL for (int lane = 0; lane < LANES; lane++) {
                    __builtin_prefetch(from + lane * v.k_stride + 8 * v.c_stride);
                }
                load_columns(from, v.k_stride, (int)smaller(LANES, larger(0, v.k - k0 - l)), 9, taps);
                UNROLL for (int half = 0; half < LANES; half += LANES / 2) {
                    const long k = k0 + l + half;
                    const double_vector factor = scale && backward
                        ? splat_double(scale[c])
                        : NAME(lane_scales)(scale ? scale + k : NULL, v.k - k);
                    const float *half_taps = (const float *)taps + half;
                    if (backward) NAME(transform_weights)(half_taps, factor, 1, to + l + half, block_floats);
                    else NAME(transform_weights)(half_taps, factor, 0, to + l + half, block_floats);
                }
            }
            const long filled = (c - c0) % PACK_BLOCK + 1;
            if (filled < PACK_BLOCK && c + 1 < c_end) continue;
            float *out = packed + panel * FREQUENCIES * weight_floats + (c + 1 - filled) * PANEL_CHANNELS;
            for (long f = 0; f < FREQUENCIES; f++) {
                memcpy(out + f * weight_floats, block + f * block_floats, (size_t)filled * PANEL_CHANNELS * 4);
            }
        }
    }
}

#include "winograd_gradient.h"

#undef PACK_CHANNELS
#undef PACK_BLOCK
#undef WINOGRAD_BLOCK_FLOATS
#undef FREQUENCIES
#undef WINOGRAD_N
#undef NAME
#undef NAME_EXPAND
#undef NAME_JOIN
