// Softmax of each row of [rows, channels].

/// A vector of `count` numbers, and lanes behind them that add nothing.
INLINE vector load_scores(const float *p, int count) {
    if (count >= LANES) return load(p);
    vector_mask lane;
    for (int i = 0; i < LANES; i++) lane[i] = i;
    return where(lane < count, load_first(p, count), splat(-__builtin_inff()));
}

static void softmax(long channels, const float *input, float *output, long begin, long end) {
    for (long row = begin; row < end; row++) {
        const float *from = input + row * channels;
        float *to = output + row * channels;
        vector maxima = splat(-__builtin_inff()), sums = {};
        for (long c = 0; c < channels; c += LANES) {
            const vector x = load_scores(from + c, (int)smaller(LANES, channels - c));
            maxima = where(x > maxima, x, maxima);
        }
        float greatest = maxima[0], sum = 0;
        for (int i = 1; i < LANES; i++) greatest = maxima[i] > greatest ? maxima[i] : greatest;
        for (long c = 0; c < channels; c += LANES) {
            const int count = (int)smaller(LANES, channels - c);
            // The greatest becomes 1, so that nothing overflows; what is masked, and what would be no normal number, is 0.
            const vector x = load_scores(from + c, count) - greatest;
            vector power = exponential(bounded(x, -EXPONENTIAL_REACH, 0), 0);
            power = where(x < -EXPONENTIAL_REACH, (vector){}, power);
            sums += power;
            store_channels(to + c, power, count);
        }
        for (int i = 0; i < LANES; i++) sum += sums[i];
        const float share = 1.0f / sum;
        for (long c = 0; c < channels; c += LANES) {
            const int count = (int)smaller(LANES, channels - c);
            store_channels(to + c, load_channels(to + c, count) * share, count);
        }
    }
}
