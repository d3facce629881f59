// The data gradient where the input has so few channels that most of a vector would be idle: every pixel of the output
// gradient is multiplied by the weights of all taps and input channels side by side, a 1x1 convolution with as many
// results, the columns; then each input pixel adds up what the taps that reach it have for it.
//
// Packed weights: for each PANEL_CHANNELS columns, `[output channel][PANEL_CHANNELS]`, zero beyond the last column. Column
// number `tap · c_in + i` is that of input channel i.

struct col2im_plan {
    long columns;     // of an output pixel
    long panels;      // of columns
    long band_rows;   // rows of the input in a chunk
    long bands;       // of an image
    long most_rows;   // rows of the output that a band is reached from, at most
    long chunks;
};

static long col2im_output_rows(const needletail_convolution *d, long band_rows) {
    return smaller(d->out_h, (band_rows - 1 + (d->kernel_h - 1L) * d->dilation_h) / d->stride_h + 1);
}

static struct col2im_plan plan_col2im(const needletail_convolution *d) {
    struct col2im_plan p = {.columns = (long)d->kernel_h * d->kernel_w * d->c_in};
    p.panels = divide_up(p.columns, PANEL_CHANNELS);
    // Rows at the border of two bands are multiplied for both, so bands are cut no smaller than twice as high as a kernel.
    const long work = (long)d->n * d->out_h * d->out_w * d->c_out * p.panels * PANEL_VECTORS;
    const long wanted = divide_up(smaller(32, larger(1, work / 25000)), d->n);
    p.band_rows = smaller(d->h, larger(divide_up(d->h, wanted), 2L * d->kernel_h * d->dilation_h));
    while (p.band_rows > 1 && col2im_output_rows(d, p.band_rows) * d->out_w * p.columns > DIRECT_BLOCK_FLOATS) {
        p.band_rows = divide_up(p.band_rows, 2);
    }
    p.bands = divide_up(d->h, p.band_rows);
    p.most_rows = col2im_output_rows(d, p.band_rows);
    p.chunks = d->n * p.bands;
    return p;
}

static long col2im_chunks(const needletail_convolution *d, int maps) {
    long chunks = 0;
    for (int m = 0; m < maps; m++) chunks += plan_col2im(d + m).chunks;
    return chunks;
}

/// Floats of the offsets of the columns of an output pixel.
INLINE long col2im_offset_floats(const needletail_convolution *d, const struct col2im_plan *p) {
    return round_up(p->most_rows * d->out_w * (long)(sizeof(ptrdiff_t) / sizeof(float)), SEGMENT);
}

static size_t col2im_scratch_size(const needletail_convolution *d, int maps) {
    size_t floats = 0;
    for (int m = 0; m < maps; m++) {
        const struct col2im_plan p = plan_col2im(d + m);
        // Whole vectors are read from the columns.
        const long needed = col2im_offset_floats(d + m, &p) + p.most_rows * d[m].out_w * p.columns + LANES;
        if ((size_t)needed > floats) floats = (size_t)needed;
    }
    return floats;
}

static size_t col2im_packed_size(const needletail_convolution *d) {
    return (size_t)(plan_col2im(d).panels * d->c_out * PANEL_CHANNELS);
}

static void col2im_pack(
    const needletail_convolution *d, const float *oihw, const float *scale, float *packed, long begin, long end
) {
    const long taps = (long)d->kernel_h * d->kernel_w, columns = taps * d->c_in;
    for (long panel = begin; panel < end; panel++) {
        for (long o = 0; o < d->c_out; o++) {
            float *to = packed + (panel * d->c_out + o) * PANEL_CHANNELS;
            for (long l = 0; l < PANEL_CHANNELS; l++) {
                const long column = panel * PANEL_CHANNELS + l;
                const float *weight = oihw + o * columns + column % d->c_in * taps + column / d->c_in;
                to[l] = column < columns ? (scale ? scale[o] : 1) * *weight : 0;
            }
        }
    }
}

/// Multiplies `points` pixels, which lie one after the other, by all panels of weights.
static void multiply_columns(
    const needletail_convolution *d, const struct col2im_plan *p, const float *source, long points,
    const float *packed, const ptrdiff_t *offsets, float *columns
) {
    const struct pixels pixels = {
        .pixel_stride = d->c_out, .segment_stride = SEGMENT, .length = SEGMENT, .full = d->c_out / SEGMENT,
        .tail = d->c_out % SEGMENT,
    };
    const long width = divide_up(points, divide_up(points, PANEL_PIXELS));
    for (long panel = 0; panel < p->panels; panel++) {
        struct sink sink = {
            .out = columns + panel * PANEL_CHANNELS,
            .channels = (int)smaller(PANEL_CHANNELS, p->columns - panel * PANEL_CHANNELS),
            .lowest = -__builtin_inff(), .highest = __builtin_inff(),
        };
        const product_function *product = products_for(sink.channels);
        for (long first = 0; first < points; first += width) {
            sink.offset = offsets + first;
            product[smaller(width, points - first) - 1](
                source + first * d->c_out, &pixels, packed + panel * d->c_out * PANEL_CHANNELS, 0, &sink);
        }
    }
}

/// The places along one axis that reach some input position.
struct reach {
    int32_t count, first, step, kernel, kernel_step;
};

INLINE struct reach reach_of(
    int32_t residue, int32_t pad, int32_t dilation, int32_t stride, int32_t kernel
) {
    struct reach r;
    needletail_residue_taps(
        residue, pad, dilation, stride, kernel, &r.count, &r.first, &r.step, &r.kernel, &r.kernel_step);
    return r;
}

/// Leaves those that lie in [0, `extent`), where the first is at `grid + first`.
INLINE struct reach reach_inside(struct reach r, long grid, long extent) {
    r.first += (int32_t)grid;
    for (; r.count > 0 && r.first < 0; r.count--) r.first += r.step, r.kernel += r.kernel_step;
    while (r.count > 0 && r.first + (r.count - 1L) * r.step >= extent) r.count--;
    return r;
}

/// Row `y` of one image of the input, from columns of which the first are those of output row `first_row`.
static void add_columns(
    const needletail_convolution *d, long count, const float *columns, long first_row, long y, long at,
    const needletail_map *map
) {
    const needletail_epilogue *epilogue = &map->epilogue;
    const float lowest = lowest_result(epilogue), highest = highest_result(epilogue);
    const struct reach rows = reach_inside(
        reach_of((int32_t)(y % d->stride_h), d->pad_h, d->dilation_h, d->stride_h, d->kernel_h), y / d->stride_h,
        d->out_h);
    const long row_move = (long)rows.step * d->out_w * count + (long)rows.kernel_step * d->kernel_w * d->c_in;
    columns += (rows.first - first_row) * d->out_w * count + (long)rows.kernel * d->kernel_w * d->c_in;
    for (int32_t phase = 0; phase < smaller(d->stride_w, d->w); phase++) {
        const struct reach all = reach_of(phase, d->pad_w, d->dilation_w, d->stride_w, d->kernel_w);
        const long col_move = all.step * count + (long)all.kernel_step * d->c_in;
        for (long x = phase, grid = 0; x < d->w; x += d->stride_w, grid++) {
            const struct reach cols = reach_inside(all, grid, d->out_w);
            for (long c = 0; c < d->c_in; c += LANES) {
                const int channels = (int)smaller(LANES, d->c_in - c);
                const float *from = columns + cols.first * count + (long)cols.kernel * d->c_in + c;
                const long to = at + x * d->c_in + c;
                vector sum = epilogue->bias ? load_channels(epilogue->bias + c, channels) : (vector){};
                for (long r = 0; r < rows.count; r++) {
                    for (long k = 0; k < cols.count; k++) sum += load(from + r * row_move + k * col_move);
                }
                sum = finish(
                    sum, epilogue->residual ? epilogue->residual + to : NULL, epilogue->gate ? epilogue->gate + to : NULL,
                    lowest, highest, channels);
                store_channels(map->dest + to, sum, channels);
            }
        }
    }
    if (activates_stored(epilogue)) {
        activate_stored(epilogue, map->dest + at, &(const ptrdiff_t){0}, 1, (long)d->w * d->c_in);
    }
}

static void col2im_run(
    const needletail_convolution *d, int maps, const needletail_map *map, const float *packed, float *scratch,
    long begin, long end
) {
    for (int m = 0; m < maps; m++, d++, map++) {
        const struct col2im_plan plan = plan_col2im(d), *p = &plan;
        ptrdiff_t *offsets = (ptrdiff_t *)scratch;
        float *columns = scratch + col2im_offset_floats(d, p);
        if (begin < p->chunks && end > 0) {
            for (long i = 0; i < p->most_rows * d->out_w; i++) offsets[i] = i * p->columns;
        }
        for (long chunk = larger(0, begin); chunk < smaller(end, p->chunks); chunk++) {
            const long image = chunk / p->bands, y0 = chunk % p->bands * p->band_rows;
            const long y1 = smaller(d->h, y0 + p->band_rows);
            const long least = y0 + d->pad_h - (d->kernel_h - 1L) * d->dilation_h;
            const long first_row = least > 0 ? divide_up(least, d->stride_h) : 0;
            const long last_row = smaller(d->out_h, (y1 - 1 + d->pad_h) / d->stride_h + 1);
            if (last_row > first_row) {
                multiply_columns(
                    d, p, map->source + (image * d->out_h + first_row) * d->out_w * d->c_out,
                    (last_row - first_row) * d->out_w, packed, offsets, columns);
            }
            for (long y = y0; y < y1; y++) {
                add_columns(d, p->columns, columns, first_row, y, (image * d->h + y) * d->w * d->c_in, map);
            }
        }
        begin -= p->chunks, end -= p->chunks;
    }
}
