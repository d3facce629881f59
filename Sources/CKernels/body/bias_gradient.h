// The sum over pixels of each channel.

/// Channels of a chunk: two cache lines of every pixel.
#define BIAS_CHANNELS 32

/// Pixels summed before their sum is added to the total, which keeps the rounding error of long sums down.
#define BIAS_BLOCK 256

static void bias_gradient(
    long pixels, long channels, const float *output_gradient, int accumulate, float *result, long begin, long end
) {
    for (long c = begin * BIAS_CHANNELS; c < smaller(end * BIAS_CHANNELS, channels); c += LANES) {
        const int count = (int)smaller(LANES, channels - c);
        vector total = {};
        for (long first = 0; first < pixels; first += BIAS_BLOCK) {
            const long block = smaller(BIAS_BLOCK, pixels - first);
            const float *from = output_gradient + first * channels + c;
            vector sum[4] = {};
            long p = 0;
            if (count == LANES) {
                for (; p + 4 <= block; p += 4) {
                    UNROLL for (int j = 0; j < 4; j++) sum[j] += load(from + (p + j) * channels);
                }
            }
            for (; p < block; p++) sum[0] += load_channels(from + p * channels, count);
            total += (sum[0] + sum[1]) + (sum[2] + sum[3]);
        }
        if (accumulate) total += load_channels(result + c, count);
        store_channels(result + c, total, count);
    }
}
