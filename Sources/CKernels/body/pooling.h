// Pooling, channel by channel. The greatest value under each window, its gradient sent back to where it came from; the mean
// under each window, its gradient shared out.

/// `a`, or `b` where it is greater or not a number: a NaN goes through, whatever comes after it.
INLINE vector greater(vector a, vector b) { return where((a >= b) | (a != a), a, b); }

/// The part of a window along one axis that lies inside the input: `count` positions, `dilation` apart, from `first` on.
struct window {
    long first, count;
};

INLINE struct window window_at(long start, long kernel, long dilation, long extent) {
    const long skipped = start < 0 ? divide_up(-start, dilation) : 0, first = start + skipped * dilation;
    const long fitting = first < extent ? divide_up(extent - first, dilation) : 0;
    return (struct window){first, larger(0, smaller(kernel - skipped, fitting))};
}

/// One output pixel from `rows` x `cols` pixels, of which the first is at `from`.
INLINE void max_of_window(
    const float *from, long rows, long cols, long row_stride, long col_stride, long channels, float *to
) {
    for (long c = 0; c < channels; c += LANES) {
        const int count = (int)smaller(LANES, channels - c);
        vector most = splat(-__builtin_inff());
        for (long y = 0; y < rows; y++) {
            for (long x = 0; x < cols; x++) {
                most = greater(most, load_channels(from + y * row_stride + x * col_stride + c, count));
            }
        }
        store_channels(to + c, most, count);
    }
}

/// Likewise their sum times `share`.
INLINE void mean_of_window(
    const float *from, long rows, long cols, long row_stride, long col_stride, long channels, float share, float *to
) {
    for (long c = 0; c < channels; c += LANES) {
        const int count = (int)smaller(LANES, channels - c);
        vector sum = {};
        for (long y = 0; y < rows; y++) {
            for (long x = 0; x < cols; x++) sum += load_channels(from + y * row_stride + x * col_stride + c, count);
        }
        store_channels(to + c, sum * splat(share), count);
    }
}

/// The means under the windows of some rows of the output, or without shares the greatest values.
INLINE void pool_rows(
    const needletail_pooling *d, const float *shares, const float *input, float *output, long begin, long end
) {
    const long row_floats = (long)d->w * d->c, row_stride = row_floats * d->dilation_h;
    const long col_stride = (long)d->c * d->dilation_w;
    for (long chunk = begin; chunk < end; chunk++) {
        const long image = chunk / d->out_h, y = chunk % d->out_h;
        const struct window rows = window_at(y * d->stride_h - d->pad_h, d->kernel_h, d->dilation_h, d->h);
        const float *row = input + (image * d->h + rows.first) * row_floats;
        float *to = output + chunk * d->out_w * d->c;
        for (long x = 0; x < d->out_w; x++, to += d->c) {
            const struct window cols = window_at(x * d->stride_w - d->pad_w, d->kernel_w, d->dilation_w, d->w);
            const float *from = row + cols.first * d->c;
            if (shares) {
                mean_of_window(
                    from, rows.count, cols.count, row_stride, col_stride, d->c, shares[y * d->out_w + x], to);
            } else {
                max_of_window(from, rows.count, cols.count, row_stride, col_stride, d->c, to);
            }
        }
    }
}

/// Pixels of a row that are kept on the stack.
#define POOLING_COLUMNS 256

/// Whether windows overlap so much that a row of the greatest values of their columns is soon made.
INLINE int shares_columns(const needletail_pooling *d) {
    const long rows = d->kernel_h, cols = d->kernel_w;
    return d->w <= POOLING_COLUMNS && 3 * (rows * d->w + cols * d->out_w) < 2 * rows * cols * d->out_w;
}

/// The greatest values under the windows of some rows of the output, first of each column under them, then of those.
static void max_of_columns(const needletail_pooling *d, const float *input, float *output, long begin, long end) {
    const long row_floats = (long)d->w * d->c;
    for (long chunk = begin; chunk < end; chunk++) {
        const long image = chunk / d->out_h, y = chunk % d->out_h;
        const struct window rows = window_at(y * d->stride_h - d->pad_h, d->kernel_h, d->dilation_h, d->h);
        const float *row = input + (image * d->h + rows.first) * row_floats;
        float *to = output + chunk * d->out_w * d->c;
        for (long c = 0; c < d->c; c += LANES) {
            const int count = (int)smaller(LANES, d->c - c);
            vector columns[POOLING_COLUMNS];
            for (long x = 0; x < d->w; x++) {
                vector most = splat(-__builtin_inff());
                for (long j = 0; j < rows.count; j++) {
                    most = greater(most, load_channels(row + j * d->dilation_h * row_floats + x * d->c + c, count));
                }
                columns[x] = most;
            }
            for (long x = 0; x < d->out_w; x++) {
                const struct window cols = window_at(x * d->stride_w - d->pad_w, d->kernel_w, d->dilation_w, d->w);
                vector most = splat(-__builtin_inff());
                for (long i = 0; i < cols.count; i++) most = greater(most, columns[cols.first + i * d->dilation_w]);
                store_channels(to + x * d->c + c, most, count);
            }
        }
    }
}

static void max_pooling(
    const needletail_pooling *d, const float *input, float *output, long begin, long end
) {
    if (shares_columns(d)) {
        max_of_columns(d, input, output, begin, end);
    } else {
        pool_rows(d, NULL, input, output, begin, end);
    }
}

static void average_pooling(
    const needletail_pooling *d, const float *shares, const float *input, float *output, long begin, long end
) {
    pool_rows(d, shares, input, output, begin, end);
}

/// Sets `count` channels of `pixels` pixels to zero.
INLINE void clear_channels(float *to, long pixels, long stride, int count) {
    if (count == stride) {
        memset(to, 0, (size_t)(pixels * stride) * sizeof(float));
        return;
    }
    for (long pixel = 0; pixel < pixels; pixel++) store_channels(to + pixel * stride, (vector){}, count);
}

/// Sends the gradients of the windows of some channels to where their greatest values came from: the first place of a window
/// that has it, line by line. A chunk is 16 channels of one image.
static void max_pooling_gradient(
    const needletail_pooling *d, const float *input, const float *output, const float *output_gradient,
    int accumulate, float *input_gradient, long begin, long end
) {
    const long blocks = divide_up(d->c, SEGMENT), per_image = (long)d->h * d->w * d->c;
    const long row_floats = (long)d->w * d->c;
    for (long chunk = begin; chunk < end; chunk++) {
        const long image = chunk / blocks, first = chunk % blocks * SEGMENT;
        for (long c = first; c < smaller(first + SEGMENT, d->c); c += LANES) {
            const int count = (int)smaller(LANES, d->c - c);
            const float *from = input + image * per_image + c;
            float *to = input_gradient + image * per_image + c;
            if (!accumulate) clear_channels(to, (long)d->h * d->w, d->c, count);
            for (long y = 0; y < d->out_h; y++) {
                const struct window rows = window_at(y * d->stride_h - d->pad_h, d->kernel_h, d->dilation_h, d->h);
                for (long x = 0; x < d->out_w; x++) {
                    const struct window cols =
                        window_at(x * d->stride_w - d->pad_w, d->kernel_w, d->dilation_w, d->w);
                    const long at = ((image * d->out_h + y) * d->out_w + x) * d->c + c;
                    const vector most = load_channels(output + at, count);
                    vector left = load_channels(output_gradient + at, count);
                    for (long j = 0; j < rows.count; j++) {
                        const long row = (rows.first + j * d->dilation_h) * row_floats + cols.first * d->c;
                        for (long i = 0; i < cols.count; i++) {
                            const long place = row + i * d->dilation_w * d->c;
                            const vector_mask is_source = load_channels(from + place, count) == most;
                            const vector gradient = (vector)((vector_mask)left & is_source);
                            left = (vector)((vector_mask)left & ~is_source);
                            store_channels(to + place, load_channels(to + place, count) + gradient, count);
                        }
                    }
                }
            }
        }
    }
}

/// Shares the gradients of the windows of some channels out among their pixels. A chunk is 16 channels of one image.
static void average_pooling_gradient(
    const needletail_pooling *d, const float *shares, const float *output_gradient, int accumulate,
    float *input_gradient, long begin, long end
) {
    const long blocks = divide_up(d->c, SEGMENT), row_floats = (long)d->w * d->c;
    for (long chunk = begin; chunk < end; chunk++) {
        const long image = chunk / blocks, first = chunk % blocks * SEGMENT;
        for (long c = first; c < smaller(first + SEGMENT, d->c); c += LANES) {
            const int count = (int)smaller(LANES, d->c - c);
            const float *from = output_gradient + image * d->out_h * d->out_w * d->c + c;
            float *to = input_gradient + image * d->h * row_floats + c;
            if (!accumulate) clear_channels(to, (long)d->h * d->w, d->c, count);
            for (long y = 0; y < d->out_h; y++) {
                const struct window rows = window_at(y * d->stride_h - d->pad_h, d->kernel_h, d->dilation_h, d->h);
                for (long x = 0; x < d->out_w; x++, from += d->c) {
                    const struct window cols =
                        window_at(x * d->stride_w - d->pad_w, d->kernel_w, d->dilation_w, d->w);
                    const vector gradient = load_channels(from, count) * splat(shares[y * d->out_w + x]);
                    for (long j = 0; j < rows.count; j++) {
                        float *place = to + (rows.first + j * d->dilation_h) * row_floats + cols.first * d->c;
                        for (long i = 0; i < cols.count; i++, place += d->dilation_w * d->c) {
                            store_channels(place, load_channels(place, count) + gradient, count);
                        }
                    }
                }
            }
        }
    }
}
