// Batch normalisation with the statistics of the batch, over [pixels, channels], with the activation behind it.
//
// A chunk is a run of pixels whose numbers fit into the second level cache: what is read twice of it is read from memory
// once. Chunks leave sums of their own, which the caller adds in their order, so that the result does not depend on who
// computed which.

/// The sum of `rows` vectors that are `stride` floats apart.
INLINE vector sum_of_rows(const float *from, long rows, long stride, int count) {
    vector sum[4] = {};
    long p = 0;
    for (; p + 4 <= rows; p += 4) {
        UNROLL for (int j = 0; j < 4; j++) sum[j] += load_channels(from + (p + j) * stride, count);
    }
    for (; p < rows; p++) sum[0] += load_channels(from + p * stride, count);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/// The sum of the squares of what the rows differ from `mean` by.
INLINE vector squares_of_rows(const float *from, long rows, long stride, vector mean, int count) {
    vector sum[4] = {};
    long p = 0;
    for (; p + 4 <= rows; p += 4) {
        UNROLL for (int j = 0; j < 4; j++) {
            const vector difference = load_channels(from + (p + j) * stride, count) - mean;
            sum[j] += difference * difference;
        }
    }
    for (; p < rows; p++) {
        const vector difference = load_channels(from + p * stride, count) - mean;
        sum[0] += difference * difference;
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void normalization_statistics(
    long pixels, long channels, const float *input, float *statistics, long begin, long end
) {
    const long rows_of_chunk = needletail_normalization_rows(channels);
    for (long chunk = begin; chunk < end; chunk++) {
        const long first = chunk * rows_of_chunk, rows = smaller(rows_of_chunk, pixels - first);
        float *means = statistics + chunk * 2 * channels, *squares = means + channels;
        for (long c = 0; c < channels; c += LANES) {
            const int count = (int)smaller(LANES, channels - c);
            const float *from = input + first * channels + c;
            const vector mean = sum_of_rows(from, rows, channels, count) / (float)rows;
            store_channels(means + c, mean, count);
            store_channels(squares + c, squares_of_rows(from, rows, channels, mean, count), count);
        }
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

/// Replaces `gradient` by what it is before the activation, and sums it up, alone and times `x - mean`.
INLINE void gradient_sums_of_rows(
    const needletail_activation activation, float slope, long channels, const needletail_normalization *n,
    const float *input, float *gradient, float *sums, long rows
) {
    for (long c = 0; c < channels; c += LANES) {
        const int count = (int)smaller(LANES, channels - c);
        const vector mean = load_channels(n->mean + c, count), scale = load_channels(n->scale + c, count);
        const vector bias = load_channels(n->bias + c, count);
        vector plain[2] = {}, weighted[2] = {};
        for (long p = 0; p < rows; p++) {
            const vector x = load_channels(input + p * channels + c, count) - mean;
            vector g = load_channels(gradient + p * channels + c, count);
            if (activation != needletail_identity) {
                g = backward(activation, g, x * scale + bias, slope);
                store_channels(gradient + p * channels + c, g, count);
            }
            plain[p & 1] += g;
            weighted[p & 1] += g * x;
        }
        store_channels(sums + c, plain[0] + plain[1], count);
        store_channels(sums + channels + c, weighted[0] + weighted[1], count);
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
            gradient_sums_of_rows(
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
