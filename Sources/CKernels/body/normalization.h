// Batch normalisation with the statistics of the batch, over [pixels, channels], with the activation behind it.
//
// A chunk is a run of pixels whose numbers fit into the second level cache: what is read twice of it is read from memory
// once. Chunks leave sums of their own, which the caller adds in their order, so that the result does not depend on who
// computed which.

/// Rows that are read side by side, so that memory is read in as many streams, and summed up before they are added to the
/// sums of all: that is rarer, and rounds less.
#define ROWS_TOGETHER 4

/// Adds up `rows` rows, or the squares of what they differ from `mean` by.
INLINE void add_rows(const int rows, const float *from, const float *mean, float *sums, long channels) {
    for (long c = 0; c < channels; c += LANES) {
        const int count = (int)smaller(LANES, channels - c);
        const vector center = mean ? load_channels(mean + c, count) : (vector){};
        vector sum[2] = {};
        UNROLL for (int j = 0; j < rows; j++) {
            const vector x = load_channels(from + j * channels + c, count) - center;
            sum[j & 1] += mean ? x * x : x;
        }
        store_channels(sums + c, load_channels(sums + c, count) + (sum[0] + sum[1]), count);
    }
}

INLINE void add_all_rows(const float *from, const float *mean, float *sums, long channels, long rows) {
    memset(sums, 0, sizeof(float) * (size_t)channels);
    long row = 0;
    for (; row + ROWS_TOGETHER <= rows; row += ROWS_TOGETHER) {
        add_rows(ROWS_TOGETHER, from + row * channels, mean, sums, channels);
    }
    for (; row < rows; row++) add_rows(1, from + row * channels, mean, sums, channels);
}

static void normalization_statistics(
    long pixels, long channels, const float *input, float *statistics, long begin, long end
) {
    const long rows_of_chunk = needletail_normalization_rows(channels);
    for (long chunk = begin; chunk < end; chunk++) {
        const long first = chunk * rows_of_chunk, rows = smaller(rows_of_chunk, pixels - first);
        float *means = statistics + chunk * 2 * channels, *squares = means + channels;
        add_all_rows(input + first * channels, NULL, means, channels, rows);
        for (long c = 0; c < channels; c++) means[c] /= (float)rows;
        add_all_rows(input + first * channels, means, squares, channels, rows);
    }
}

INLINE void normalize_rows(
    const needletail_activation activation, float slope, long channels, const needletail_normalization *n,
    const float *input, float *output, long rows
) {
    for (long p = 0; p < rows; p++) {
        for (long c = 0; c < channels; c += LANES) {
            const int count = (int)smaller(LANES, channels - c);
            const vector x = load_channels(input + p * channels + c, count) - load_channels(n->mean + c, count);
            const vector z = x * load_channels(n->scale + c, count) + load_channels(n->bias + c, count);
            store_channels(output + p * channels + c, activated(activation, z, slope), count);
        }
    }
}

static void normalize(
    needletail_activation activation, float slope, long pixels, long channels, const needletail_normalization *n,
    const float *input, float *output, long begin, long end
) {
    const long rows_of_chunk = needletail_normalization_rows(channels), first = begin * rows_of_chunk;
    const long rows = smaller(end * rows_of_chunk, pixels) - first;
    FOR_ACTIVATION(
        activation,
        normalize_rows(
            ACTIVATION, slope, channels, n, input + first * channels, output + first * channels, rows))
}

/// Replaces `gradient` by what it is before the activation, and adds up `rows` rows of it, alone and times `x - mean`.
INLINE void gradient_sums_of_rows(
    const needletail_activation activation, const int rows, float slope, long channels,
    const needletail_normalization *n, const float *input, float *gradient, float *sums
) {
    for (long c = 0; c < channels; c += LANES) {
        const int count = (int)smaller(LANES, channels - c);
        const vector mean = load_channels(n->mean + c, count), scale = load_channels(n->scale + c, count);
        const vector bias = load_channels(n->bias + c, count);
        vector plain[2] = {}, weighted[2] = {};
        UNROLL for (int j = 0; j < rows; j++) {
            const vector x = load_channels(input + j * channels + c, count) - mean;
            vector g = load_channels(gradient + j * channels + c, count);
            if (activation != needletail_identity) {
                g = backward(activation, g, x * scale + bias, slope);
                store_channels(gradient + j * channels + c, g, count);
            }
            plain[j & 1] += g;
            weighted[j & 1] += g * x;
        }
        float *products = sums + channels + c;
        store_channels(sums + c, load_channels(sums + c, count) + (plain[0] + plain[1]), count);
        store_channels(products, load_channels(products, count) + (weighted[0] + weighted[1]), count);
    }
}

INLINE void gradient_sums_of_all_rows(
    const needletail_activation activation, float slope, long channels, const needletail_normalization *n,
    const float *input, float *gradient, float *sums, long rows
) {
    memset(sums, 0, sizeof(float) * 2 * (size_t)channels);
    long row = 0;
    for (; row + ROWS_TOGETHER <= rows; row += ROWS_TOGETHER) {
        gradient_sums_of_rows(
            activation, ROWS_TOGETHER, slope, channels, n, input + row * channels, gradient + row * channels, sums);
    }
    for (; row < rows; row++) {
        gradient_sums_of_rows(
            activation, 1, slope, channels, n, input + row * channels, gradient + row * channels, sums);
    }
}

static void normalization_gradient_sums(
    needletail_activation activation, float slope, long pixels, long channels, const needletail_normalization *n,
    const float *input, float *gradient, float *sums, long begin, long end
) {
    const long rows_of_chunk = needletail_normalization_rows(channels);
    for (long chunk = begin; chunk < end; chunk++) {
        const long first = chunk * rows_of_chunk, rows = smaller(rows_of_chunk, pixels - first);
        FOR_ACTIVATION(
            activation,
            gradient_sums_of_all_rows(
                ACTIVATION, slope, channels, n, input + first * channels, gradient + first * channels,
                sums + chunk * 2 * channels, rows))
    }
}

static void normalization_gradient(
    long pixels, long channels, const needletail_normalization *n, const float *input, const float *gradient,
    const float *product, const float *offset, int accumulate, float *result, long begin, long end
) {
    const long rows_of_chunk = needletail_normalization_rows(channels);
    for (long p = begin * rows_of_chunk; p < smaller(end * rows_of_chunk, pixels); p++) {
        for (long c = 0; c < channels; c += LANES) {
            const int count = (int)smaller(LANES, channels - c);
            const long at = p * channels + c;
            const vector x = load_channels(input + at, count) - load_channels(n->mean + c, count);
            vector value = load_channels(gradient + at, count) * load_channels(n->scale + c, count)
                + (x * load_channels(product + c, count) + load_channels(offset + c, count));
            if (accumulate) value += load_channels(result + at, count);
            store_channels(result + at, value, count);
        }
    }
}
