// Max pooling: the greatest value under each window, channel by channel.

/// `a`, or `b` where it is greater or not a number: a NaN goes through, whatever comes after it.
INLINE vector greater(vector a, vector b) {
    const vector_mask keep = (a >= b) | (a != a);
    return (vector)(((vector_mask)a & keep) | ((vector_mask)b & ~keep));
}

/// One output pixel from `rows` x `cols` pixels, of which the first is at `from`.
INLINE void max_of_window(
    const float *from, long rows, long cols, long row_stride, long channels, float *to
) {
    for (long c = 0; c < channels; c += LANES) {
        const int count = (int)smaller(LANES, channels - c);
        vector most = load_channels(from + c, count);
        for (long y = 0; y < rows; y++) {
            for (long x = 0; x < cols; x++) {
                most = greater(most, load_channels(from + y * row_stride + x * channels + c, count));
            }
        }
        store_channels(to + c, most, count);
    }
}

static void max_pooling(
    const needletail_pooling *d, const float *input, float *output, long begin, long end
) {
    const long row_stride = (long)d->w * d->c;
    for (long chunk = begin; chunk < end; chunk++) {
        const long image = chunk / d->out_h, y0 = chunk % d->out_h * d->stride - d->pad;
        const long top = larger(y0, 0), rows = smaller(y0 + d->kernel, d->h) - top;
        const float *row = input + (image * d->h + top) * row_stride;
        float *to = output + chunk * d->out_w * d->c;
        for (long x = 0; x < d->out_w; x++, to += d->c) {
            const long x0 = x * d->stride - d->pad;
            const long left = larger(x0, 0), cols = smaller(x0 + d->kernel, d->w) - left;
            max_of_window(row + left * d->c, rows, cols, row_stride, d->c, to);
        }
    }
}
