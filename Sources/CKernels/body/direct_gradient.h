// The weight gradient of a direct convolution: for every tap, input pixels shifted by the tap times output gradients,
// both read where they lie, through a table of pixel addresses.
//
// A chunk owns a part of the weights (some taps, input channels and panels of output channels of one group) and sums
// over all pixels, in blocks that stay in the second level cache. The accumulator is
// `[group][panel of output channels][tap][input channel][PANEL_CHANNELS]`.
//
// With few input channels (the first layer of a network) that would leave most of a product's rows empty. Then the
// pixels are gathered with all their taps, and the taps times the channels count as the channels of a single tap; the
// accumulator is the same. Where there are few output channels too, they would leave most of the vectors empty: input and
// output change parts, and the accumulator is `[output channel][tap][input channel]`.
//
// Few weights are summed over some of the images each, in an accumulator for each share of them: chunks that read all images
// for a part of the weights would all wait for memory. `direct_unpack` adds them up.
//
// Several maps are summed over one after the other.

struct direct_gradient_plan {
    struct taps taps;
    int gathered, exchanged;
    long shares;                       // parts of the images
    long share_floats;                 // of an accumulator
    long c;                            // input channels of a tap
    long block_points;
    long tap_count, k_panels;
    long k_split, c_split, tap_split;  // panels, channels and taps of a chunk
    long k_parts, c_parts, tap_parts;
    long width;                        // input channels of one outer product
    long chunks;
};

#define DIRECT_MOST_SHARES 16
#define GRADIENT_BLOCK_FLOATS (LANES == 16 ? 160 * 1024 : 48 * 1024)

INLINE long grid_points(const struct taps *t) { return (long)t->images * t->grid_h * t->grid_w; }

static struct direct_gradient_plan plan_direct_gradient(const needletail_convolution *d, int maps) {
    struct direct_gradient_plan p = {.taps = needletail_taps(d, needletail_forward, 0)};
    const struct taps *t = &p.taps;
    long points = 0;
    for (int m = 0; m < maps; m++) {
        const struct taps other = needletail_taps(d + m, needletail_forward, 0);
        points += grid_points(&other);
    }
    p.tap_count = (long)t->rows * t->cols;
    p.c = t->c;
    p.gathered = t->groups == 1 && t->c < PANEL_PIXELS && p.tap_count > 1;
    if (p.gathered) p.c *= p.tap_count, p.tap_count = 1;
    p.k_panels = divide_up(t->k, PANEL_CHANNELS);
    p.exchanged = p.gathered && t->k * divide_up(p.c, PANEL_CHANNELS) < p.c * p.k_panels;
    if (p.exchanged) p.k_panels = divide_up(p.c, PANEL_CHANNELS), p.c = t->k;
    p.share_floats = t->groups * divide_up(t->k, PANEL_CHANNELS) * needletail_steps(t) * PANEL_CHANNELS;
    // What is gathered cannot be cut otherwise.
    const int is_small = p.share_floats <= (p.gathered ? 32 : 12) * 1024;
    p.shares = is_small ? smaller(DIRECT_MOST_SHARES, larger(1, t->images)) : 1;
    const long work = points * p.tap_count * p.c * p.k_panels * PANEL_VECTORS / 2;
    // Every chunk gathers the pixels for itself.
    const long wanted = divide_up(smaller(p.gathered ? 2 : 12, larger(1, work * t->groups / 50000)), p.shares);
    p.k_split = p.k_panels, p.c_split = p.c, p.tap_split = p.tap_count;
    for (;;) {
        p.k_parts = divide_up(p.k_panels, p.k_split), p.c_parts = divide_up(p.c, p.c_split);
        p.tap_parts = divide_up(p.tap_count, p.tap_split);
        p.chunks = p.k_parts * p.c_parts * p.tap_parts * t->groups;
        if (p.chunks >= wanted) break;
        // Halve what a chunk reads most of, but keep 64 channels on both sides while there are taps to share out.
        const long k_channels = p.k_split * PANEL_CHANNELS;
        if (k_channels > 64 && p.k_split > 1 && k_channels >= p.c_split) p.k_split = divide_up(p.k_split, 2);
        else if (p.c_split > 64) p.c_split = round_up(divide_up(p.c_split, 2), SEGMENT);
        else if (p.tap_split > 1) p.tap_split = divide_up(p.tap_split, 2);
        else if (p.k_split > 1) p.k_split = divide_up(p.k_split, 2);
        else break;
    }
    p.width = divide_up(p.c_split, divide_up(p.c_split, PANEL_PIXELS));
    const long point_floats = p.exchanged ? gathered_row(needletail_steps(t)) + p.c
                            : (p.gathered ? gathered_row(p.c) : p.c_split) + p.k_split * PANEL_CHANNELS;
    p.block_points = smaller(1024, larger(64, GRADIENT_BLOCK_FLOATS / point_floats));
    p.chunks *= p.shares;
    return p;
}

static size_t direct_accumulator_size(const needletail_convolution *d) {
    const struct direct_gradient_plan p = plan_direct_gradient(d, 1);
    return (size_t)(p.shares * p.share_floats);
}

static long direct_gradient_chunks(const needletail_convolution *d, int maps) {
    return plan_direct_gradient(d, maps).chunks;
}

static size_t direct_gradient_scratch_size(const needletail_convolution *d, int maps) {
    const struct direct_gradient_plan p = plan_direct_gradient(d, maps);
    const long row = p.gathered ? gathered_row(needletail_steps(&p.taps)) : 0;
    return (size_t)(round_up(p.block_points * (long)(sizeof(float *) / sizeof(float)), 16)
        + round_up((long)p.taps.c * p.taps.groups, 16) + p.block_points * row);
}

/// Where `points` grid points from `first` on find the source of one tap, or of all taps where they are gathered into
/// `rows`.
static void find_points(
    const struct taps *t, int gathered, const float *source, const float *zeros, long first, long points, long tap,
    float *rows, const float **table
) {
    const long stride = (long)t->c * t->groups, row_floats = gathered_row(needletail_steps(t));
    const long row_shift = t->first_row + tap / t->cols * t->row_step;
    const long col_shift = t->first_col + tap % t->cols * t->col_step;
    struct grid_point point = grid_point_at(t, first);
    if (gathered) {
        gather_rows(t, t->col_step == 1, source, &point, points, rows, row_floats);
        for (long i = 0; i < points; i++) table[i] = rows + i * row_floats;
        return;
    }
    for (long i = 0; i < points; i++, advance(t, &point)) {
        const long y = point.y * t->step_y + row_shift, x = point.x * t->step_x + col_shift;
        const int inside = y >= 0 && y < t->source_h && x >= 0 && x < t->source_w;
        table[i] = inside ? source + ((point.image * t->source_h + y) * t->source_w + x) * stride : zeros;
    }
}

/// - Parameters:
///   - scale: multiplies the sums of each input channel; may be `NULL`.
///   - row: 0 for the accumulator. Otherwise the sums of 1x1 kernels go to rows of this many floats, one for each input
///     channel.
static void direct_gradient_run(
    const needletail_convolution *d, int maps, const float *const *inputs, const float *const *output_gradients,
    int accumulate, const float *scale, float *accumulator, long row, float *scratch, long begin, long end
) {
    const struct direct_gradient_plan plan = plan_direct_gradient(d, maps), *p = &plan;
    const long source_stride = (long)p->taps.c * p->taps.groups, dest_stride = (long)p->taps.k * p->taps.groups;
    const long steps = needletail_steps(&p->taps), sums_row = p->exchanged ? steps : row;
    const float **table = (const float **)scratch;
    float *zeros = scratch + round_up(p->block_points * (long)(sizeof(float *) / sizeof(float)), 16);
    float *rows = zeros + round_up(source_stride, 16);
    for (long i = 0; i < source_stride; i++) zeros[i] = 0;

    for (long chunk = begin; chunk < end; chunk++) {
        const long tap_part = chunk % p->tap_parts, c_part = chunk / p->tap_parts % p->c_parts;
        const long k_part = chunk / p->tap_parts / p->c_parts % p->k_parts;
        const long group = chunk / p->tap_parts / p->c_parts / p->k_parts % p->taps.groups;
        const long share = chunk / p->tap_parts / p->c_parts / p->k_parts / p->taps.groups;
        float *accumulator_of_share = accumulator + share * p->share_floats;
        const long c0 = c_part * p->c_split, c_end = smaller(p->c, c0 + p->c_split);
        const long first_panel = k_part * p->k_split, last_panel = smaller(p->k_panels, first_panel + p->k_split);
        const long first_tap = tap_part * p->tap_split, last_tap = smaller(p->tap_count, first_tap + p->tap_split);
        int adds = accumulate;
        for (int m = 0; m < maps; m++) {
            const struct taps map = needletail_taps(d + m, needletail_forward, 0), *t = &map;
            const long area = (long)t->grid_h * t->grid_w;
            const long end_of_share = part_begin(t->images, p->shares, share + 1) * area;
            for (long first = part_begin(t->images, p->shares, share) * area; first < end_of_share;
                 first += p->block_points, adds = 1) {
                const long points = smaller(p->block_points, end_of_share - first);
                const float *gradients = output_gradients[m] + first * dest_stride + group * t->k;
                for (long tap = first_tap; tap < last_tap; tap++) {
                    find_points(t, p->gathered, inputs[m] + group * t->c, zeros, first, points, tap, rows, table);
                    if (p->exchanged) {
                        for (long i = 0; i < points; i++) table[i] = gradients + i * dest_stride;
                    }
                    const float *vectors = p->exchanged ? rows : gradients;
                    const long vectors_stride = p->exchanged ? gathered_row(steps) : dest_stride;
                    const long vectors_count = p->exchanged ? steps : t->k;
                    // The inner loop goes along what adjoins in memory.
                    const long c_groups = divide_up(c_end - c0, p->width), k_panels = last_panel - first_panel;
                    for (long product = 0; product < c_groups * k_panels; product++) {
                        const long c = c0 + p->width * (sums_row ? product / k_panels : product % c_groups);
                        const long k_panel = first_panel + (sums_row ? product % k_panels : product / c_groups);
                        const long k = k_panel * PANEL_CHANNELS;
                        float *sums = sums_row ? accumulator_of_share + c * sums_row + k
                                          : accumulator_of_share
                                + (((group * p->k_panels + k_panel) * p->tap_count + tap) * p->c + c) * PANEL_CHANNELS;
                        outer_products[smaller(p->width, c_end - c) - 1](
                            table, c, vectors + k, vectors_stride, points,
                            (int)smaller(PANEL_CHANNELS, vectors_count - k), adds, scale ? scale + c : NULL, sums,
                            sums_row ? sums_row : PANEL_CHANNELS);
                    }
                }
            }
        }
    }
}

// 1x1 kernels at every pixel: with the parts of input and output exchanged, the sums of an output channel are its row of
// OIHW, and need no accumulator where all images are summed over at once.

struct exchanged {
    needletail_convolution maps[NEEDLETAIL_MAX_MAPS];
};

INLINE struct exchanged exchange_channels(const needletail_convolution *d, int maps) {
    struct exchanged e;
    for (int m = 0; m < maps; m++) {
        e.maps[m] = d[m];
        e.maps[m].c_in = d[m].c_out, e.maps[m].c_out = d[m].c_in;
    }
    return e;
}

static long in_place_gradient_chunks(const needletail_convolution *d, int maps) {
    const struct exchanged e = exchange_channels(d, maps);
    return direct_gradient_chunks(e.maps, maps);
}

static size_t in_place_gradient_scratch_size(const needletail_convolution *d, int maps) {
    const struct exchanged e = exchange_channels(d, maps);
    return direct_gradient_scratch_size(e.maps, maps);
}

static size_t in_place_accumulator_size(const needletail_convolution *d) {
    const struct exchanged e = exchange_channels(d, 1);
    const struct direct_gradient_plan p = plan_direct_gradient(e.maps, 1);
    return (size_t)(p.shares > 1 ? p.shares * p.share_floats : 0);
}

static void in_place_gradient_run(
    const needletail_convolution *d, int maps, const float *const *inputs, const float *const *output_gradients,
    int accumulate, const float *scale, float *sums, float *scratch, long begin, long end
) {
    const struct exchanged e = exchange_channels(d, maps);
    direct_gradient_run(
        e.maps, maps, output_gradients, inputs, accumulate, in_place_accumulator_size(d) == 0 ? scale : NULL, sums,
        d->c_in, scratch, begin, end);
}

/// The sum over all shares of what each has at `sums`.
INLINE vector sum_shares(const struct direct_gradient_plan *p, const float *sums) {
    vector sum = load(sums);
    for (long share = 1; share < p->shares; share++) sum += load(sums + share * p->share_floats);
    return sum;
}

static long in_place_unpack_chunks(const needletail_convolution *d) {
    return in_place_accumulator_size(d) == 0 ? 0 : divide_up(d->c_out, PANEL_PIXELS);
}

static void in_place_unpack(
    const needletail_convolution *d, const float *accumulator, const float *scale, int accumulate, float *oihw,
    long begin, long end
) {
    const struct exchanged e = exchange_channels(d, 1);
    const struct direct_gradient_plan p = plan_direct_gradient(e.maps, 1);
    for (long k = begin * PANEL_PIXELS; k < smaller(end * PANEL_PIXELS, d->c_out); k++) {
        for (long c = 0; c < d->c_in; c += LANES) {
            const int there = (int)smaller(LANES, d->c_in - c);
            float *to = oihw + k * d->c_in + c;
            vector value = sum_shares(&p, accumulator + k * d->c_in + c);
            if (scale) value *= splat(scale[k]);
            if (accumulate) value += load_channels(to, there);
            store_channels(to, value, there);
        }
    }
}

static long direct_unpack_chunks(const needletail_convolution *d) {
    return d->groups * divide_up(d->c_out / d->groups, PANEL_CHANNELS);
}

static void direct_unpack(
    const needletail_convolution *d, const float *accumulator, const float *scale, int accumulate, float *oihw,
    long begin, long end
) {
    const long area = (long)d->kernel_h * d->kernel_w, c_count = d->c_in / d->groups, k_count = d->c_out / d->groups;
    const long k_panels = divide_up(k_count, PANEL_CHANNELS);
    const struct direct_gradient_plan p = plan_direct_gradient(d, 1);
    if (p.exchanged) {
        for (long k = begin * PANEL_CHANNELS; k < smaller(end * PANEL_CHANNELS, k_count); k++) {
            for (long e = 0; e < area * c_count; e++) {
                float sum = 0;
                for (long share = 0; share < p.shares; share++) {
                    sum += accumulator[share * p.share_floats + k * area * c_count + e];
                }
                float *to = oihw + (k * c_count + e % c_count) * area + e / c_count;
                *to = (accumulate ? *to : 0) + sum * (scale ? scale[k] : 1);
            }
        }
        return;
    }
    for (long chunk = begin; chunk < end; chunk++) {
        const long group = chunk / k_panels, k0 = chunk % k_panels * PANEL_CHANNELS;
        const long lanes = smaller(PANEL_CHANNELS, k_count - k0);
        const float *sums = accumulator + chunk * area * c_count * PANEL_CHANNELS;
        const long row = c_count * area;
        for (long l = 0; l < lanes; l += LANES) {
            for (long e = 0, c = 0, tap = 0; e < row; e += LANES) {
                vector block[LANES];
                const int there = (int)smaller(LANES, row - e);
                UNROLL for (int i = 0; i < LANES; i++) {
                    block[i] = i < there ? sum_shares(&p, sums + (tap * c_count + c) * PANEL_CHANNELS + l)
                                         : (vector){};
                    if (++tap == area) tap = 0, c++;
                }
                transpose(block);
                UNROLL for (int i = 0; i < LANES; i++) {
                    if (l + i >= lanes) continue;
                    const long k = group * k_count + k0 + l + i;
                    float *to = oihw + k * row + e;
                    vector value = block[i];
                    if (scale) value *= splat(scale[k]);
                    if (accumulate) value += load_channels(to, there);
                    store_channels(to, value, there);
                }
            }
        }
    }
}
