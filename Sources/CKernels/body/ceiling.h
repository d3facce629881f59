// What the processor can do at most, to compare kernels with.

/// Multiply-adds that do not wait for one another: more than any processor has in flight.
#define CEILING_CHAINS (LANES == 16 ? 24 : 12)

/// Does `rounds` times CEILING_CHAINS multiply-adds of whole vectors and returns their number of floats.
static long multiply_add(long rounds, float *result) {
    vector sum[CEILING_CHAINS];
    vector factor = splat(result[0]), term = splat(result[1]);
    UNROLL for (int i = 0; i < CEILING_CHAINS; i++) sum[i] = splat((float)i);
    for (long round = 0; round < rounds; round++) {
        UNROLL for (int i = 0; i < CEILING_CHAINS; i++) sum[i] = sum[i] * factor + term;
        STEP_BARRIER();
    }
    vector total = {};
    UNROLL for (int i = 0; i < CEILING_CHAINS; i++) total += sum[i];
    store_first(result, total, 1);
    return rounds * CEILING_CHAINS * LANES;
}

/// Reads `count` floats, a multiple of 8 · LANES.
static float read_memory(const float *p, long count) {
    vector sum[8] = {};
    for (long i = 0; i < count; i += 8 * LANES) {
        UNROLL for (int v = 0; v < 8; v++) sum[v] += load(p + i + v * LANES);
    }
    vector total = {};
    UNROLL for (int v = 0; v < 8; v++) total += sum[v];
    return total[0];
}
