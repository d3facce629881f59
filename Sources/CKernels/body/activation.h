// Activations and their derivatives. Each is written once, for a vector, and expanded into loops over whole rows, so that
// the same input gives the same bits wherever it is applied.
//
// A kernel's product applies ReLU and ReLU6 while it is in registers; everything else is applied to what has just been
// stored and is still in the first level cache, so that the products know nothing of it.

#define EXPONENTIAL_REACH 87.33f

/// exp(x) + `added` for |x| <= EXPONENTIAL_REACH: there exp(x) is a normal number, and so is 1 / (1 + exp(x)).
///
/// With n = x / ln 2 rounded to an integer, exp(x) = 2ⁿ · exp(r), |r| <= ln 2 / 2. exp(r) is 1 + r + r² · p(r), where p is
/// fitted for the least greatest relative error, 3e-9 before rounding. Adding 1.5 · 2²³ + 127 leaves n, biased as the
/// exponent of a number is, in the lowest bits of the sum. ln 2 is subtracted in two parts.
INLINE vector exponential(vector x, float added) {
    const float round = 0x1.8p23f + 127;
    const vector shifted = x * 0x1.715476p0f + round, n = shifted - round;
    const vector r = (x - n * 0x1.63p-1f) - n * -0x1.bd0106p-13f;
    vector p = splat(0x1.6a519ep-10f);
    p = p * r + 0x1.123abp-7f;
    p = p * r + 0x1.5558acp-5f;
    p = p * r + 0x1.55549p-3f;
    p = p * r + 0x1.fffffcp-2f;
    p = p * r + 1.0f;
    return (p * r + 1.0f) * (vector)((vector_mask)shifted << 23) + added;
}

/// 1 / d for 1 <= d < 2¹²⁶, with an error of 2e-7 at most: a division takes a processor as long as all the rest.
INLINE vector reciprocal(vector d) {
#if LANES == 16
    const vector y = (vector)_mm512_rcp14_ps((__m512)d);
    return y + y * (1.0f - d * y);
#else
    // The bits of a number are its logarithm, nearly, so that subtracting them negates it. Twice, an error e of what that
    // gives, 12 % at most, becomes e³.
    vector y = (vector)(0x7ef311c7 - (vector_mask)d), e = 1.0f - d * y;
    y = y + y * (e * e + e);
    e = 1.0f - d * y;
    return y + y * (e * e + e);
#endif
}

INLINE vector sigmoid(vector x) {
    return reciprocal(exponential(-bounded(x, -EXPONENTIAL_REACH, EXPONENTIAL_REACH), 1));
}

/// (1 - exp(-2|x|)) / (1 + exp(-2|x|)) with the sign of x, and where that cancels x + x³ · p(x²), where p is fitted in
/// the same way.
INLINE vector hyperbolic_tangent(vector x) {
    const vector_mask sign = (vector_mask)x & (vector_mask)splat(-0.0f);
    const vector size = (vector)((vector_mask)x ^ sign), square = x * x;
    const vector power = exponential(bounded(-2.0f * size, -EXPONENTIAL_REACH, 0), 0);
    const vector far = (1.0f - power) * reciprocal(1.0f + power);
    vector p = splat(-0x1.76abf6p-8f);
    p = p * square + 0x1.5256cep-6f;
    p = p * square + -0x1.b84448p-5f;
    p = p * square + 0x1.110768p-3f;
    p = p * square + -0x1.555534p-2f;
    return where(size < 0.625f, p * square * x + x, (vector)((vector_mask)far | sign));
}

#define NORMAL_REACH 13.2f

/// The share of the normal distribution beyond `t`, for 0 <= t <= NORMAL_REACH, and exp(-t²/2).
///
/// It is exp(-t²/2) · s · p(1 - s) with s = 1 / (1 + 0.345 t), where p is fitted in the same way, 3e-8 before rounding.
INLINE vector normal_share(vector t, vector *bell) {
    const vector s = 1.0f / (t * 0x1.6147aep-2f + 1.0f), u = 1.0f - s;
    vector p = splat(-0x1.ce7856p-6f);
    p = p * u + 0x1.4cc1dp-4f;
    p = p * u + -0x1.8a53a4p-5f;
    p = p * u + -0x1.6cbdf4p-6f;
    p = p * u + -0x1.22256cp-4f;
    p = p * u + 0x1.8353f8p-4f;
    p = p * u + 0x1.2688fcp-2f;
    p = p * u + -0x1.500d82p-1f;
    p = p * u + 0.5f;
    *bell = exponential(-0.5f * (t * t), 0);
    return *bell * (s * p);
}

INLINE vector magnitude(vector x) { return (vector)((vector_mask)x & 0x7fffffff); }

INLINE vector activated(const needletail_activation activation, vector x, float slope) {
    switch (activation) {
    case needletail_identity: return x;
    case needletail_relu: return rectify(x);
    case needletail_relu6: return bounded(x, 0, 6);
    case needletail_leaky_relu: return where(x > 0, x, slope * x);
    case needletail_silu: {
        // Below the reach it would be less than 1e-36.
        const vector least = bounded(x, -EXPONENTIAL_REACH, __builtin_inff());
        return least * reciprocal(exponential(-bounded(least, -__builtin_inff(), EXPONENTIAL_REACH), 1));
    }
    case needletail_hard_swish: return x * (bounded(x + 3.0f, 0, 6) * (1.0f / 6));
    case needletail_sigmoid: return sigmoid(x);
    case needletail_hard_sigmoid: return bounded(x + 3.0f, 0, 6) * (1.0f / 6);
    case needletail_tanh: return hyperbolic_tangent(x);
    case needletail_gelu: {
        // x · Φ(x) is x - x · Φ(-x): nothing cancels on either side.
        vector bell;
        const vector t = magnitude(bounded(x, -NORMAL_REACH, NORMAL_REACH));
        return rectify(x) - t * normal_share(t, &bell);
    }
    }
    return x;
}

/// `gradient` times the derivative at `v`: the output, or the input where the derivative does not follow from that.
INLINE vector backward(const needletail_activation activation, vector gradient, vector v, float slope) {
    switch (activation) {
    case needletail_identity: return gradient;
    case needletail_relu: return gated(gradient, v);
    case needletail_relu6: return (vector)((vector_mask)gradient & (v > 0) & (v < 6));
    case needletail_leaky_relu: return where(v > 0, gradient, gradient * slope);
    case needletail_silu: {
        // 1 - sigmoid(v) is exp(-v) · sigmoid(v): nothing cancels.
        const vector near = bounded(v, -EXPONENTIAL_REACH, EXPONENTIAL_REACH), power = exponential(-near, 0);
        const vector share = reciprocal(1.0f + power);
        return gradient * (share * (1.0f + near * (power * share)));
    }
    case needletail_hard_swish:
        return gradient * where(v > 3, splat(1), where(v < -3, (vector){}, v * (1.0f / 3) + 0.5f));
    case needletail_sigmoid: return gradient * (v * (1.0f - v));
    case needletail_hard_sigmoid: return (vector)((vector_mask)(gradient * (1.0f / 6)) & (v > 0) & (v < 1));
    case needletail_tanh: return gradient * (1.0f - v * v);
    case needletail_gelu: {
        vector bell;
        const vector near = bounded(v, -NORMAL_REACH, NORMAL_REACH), share = normal_share(magnitude(near), &bell);
        return gradient * (where(near < 0, share, 1.0f - share) + near * (bell * 0x1.988454p-2f));
    }
    }
    return gradient;
}

INLINE void activate_row(
    const needletail_activation activation, float slope, const float *from, float *to, long count
) {
    for (long i = 0; i < count; i += LANES) {
        const int there = (int)smaller(LANES, count - i);
        store_channels(to + i, activated(activation, load_channels(from + i, there), slope), there);
    }
}

INLINE void backward_row(
    const needletail_activation activation, float slope, const float *values, float *gradient, long count
) {
    for (long i = 0; i < count; i += LANES) {
        const int there = (int)smaller(LANES, count - i);
        const vector before = load_channels(gradient + i, there), v = load_channels(values + i, there);
        store_channels(gradient + i, backward(activation, before, v, slope), there);
    }
}

/// Makes of a statement with a constant `ACTIVATION` one for each, and runs that of `activation`.
#define FOR_ACTIVATION(activation, statement)                                                                         \
    switch (activation) {                                                                                             \
    case needletail_identity: { enum { ACTIVATION = needletail_identity }; statement; } break;                        \
    case needletail_relu: { enum { ACTIVATION = needletail_relu }; statement; } break;                                \
    case needletail_relu6: { enum { ACTIVATION = needletail_relu6 }; statement; } break;                              \
    case needletail_leaky_relu: { enum { ACTIVATION = needletail_leaky_relu }; statement; } break;                    \
    case needletail_silu: { enum { ACTIVATION = needletail_silu }; statement; } break;                                \
    case needletail_hard_swish: { enum { ACTIVATION = needletail_hard_swish }; statement; } break;                    \
    case needletail_sigmoid: { enum { ACTIVATION = needletail_sigmoid }; statement; } break;                          \
    case needletail_hard_sigmoid: { enum { ACTIVATION = needletail_hard_sigmoid }; statement; } break;                \
    case needletail_tanh: { enum { ACTIVATION = needletail_tanh }; statement; } break;                                \
    case needletail_gelu: { enum { ACTIVATION = needletail_gelu }; statement; } break;                                \
    }

static void activate(
    needletail_activation activation, float slope, const float *input, float *output, long count
) {
    FOR_ACTIVATION(activation, activate_row(ACTIVATION, slope, input, output, count))
}

static void activation_gradient(
    needletail_activation activation, float slope, const float *values, float *gradient, long count
) {
    FOR_ACTIVATION(activation, backward_row(ACTIVATION, slope, values, gradient, count))
}

/// What an activation bounds its results by while they are in registers: a ReLU below, a ReLU6 on both sides.
INLINE float lowest_result(const needletail_epilogue *epilogue) {
    const needletail_activation a = epilogue->activation;
    return a == needletail_relu || a == needletail_relu6 ? 0 : -__builtin_inff();
}
INLINE float highest_result(const needletail_epilogue *epilogue) {
    return epilogue->activation == needletail_relu6 ? 6 : __builtin_inff();
}

/// Whether an epilogue has an activation that is applied to what has been stored.
INLINE int activates_stored(const needletail_epilogue *epilogue) { return epilogue->activation > needletail_relu6; }

/// Applies an activation to `channels` floats of each of some pixels, the first ones of which are at `out[offset[p]]`.
static void activate_stored(
    const needletail_epilogue *epilogue, float *out, const ptrdiff_t *offset, long pixels, long channels
) {
    const float slope = epilogue->slope;
    // Whole pixels that follow one another are one row: few channels leave most of a vector idle.
    if (channels % LANES != 0 && offset[pixels - 1] - offset[0] == (pixels - 1) * channels) {
        out += offset[0], channels *= pixels, pixels = 1;
        offset = &(const ptrdiff_t){0};
    }
    FOR_ACTIVATION(
        epilogue->activation,
        for (long p = 0; p < pixels; p++) {
            activate_row(ACTIVATION, slope, out + offset[p], out + offset[p], channels);
        })
}
