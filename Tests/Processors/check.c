// Holds every kernel of every variant that a processor has against its definition, in double precision.
//
// This is C, and not one of the test targets, so that it can be compiled for a processor that is not there and run by an
// emulator of it: `make test-arm64`.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

static unsigned long long state = 1;

/// -1 to 1.
static float next(void) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (float)((double)(state >> 40) / (1 << 23) - 1);
}

static float *numbers(size_t count, int drawn) {
    float *p;
    if (posix_memalign((void **)&p, 64, (count + 16) * sizeof(float))) abort();
    for (size_t i = 0; i < count; i++) p[i] = drawn ? next() : NAN;
    return p;
}

static int failures;
static const char *variant_name;

/// Prints the greatest difference, relative to the greatest number that is expected.
static void compare(const char *what, const float *values, const double *expected, size_t count, double tolerance) {
    double scale = 1e-30, worst = 0;
    for (size_t i = 0; i < count; i++) scale = fmax(scale, fabs(expected[i]));
    for (size_t i = 0; i < count; i++) {
        const double error = fabs(values[i] - expected[i]) / scale;
        if (!(error <= worst)) worst = error;
    }
    const int fails = !(worst <= tolerance);
    failures += fails;
    printf("%-9s %-58s %8.1e%s\n", variant_name, what, worst, fails ? "  TOO MUCH" : "");
}

static double exact(needletail_activation activation, double x, double slope) {
    switch (activation) {
    case needletail_identity: return x;
    case needletail_relu: return fmax(x, 0);
    case needletail_relu6: return fmin(fmax(x, 0), 6);
    case needletail_leaky_relu: return x > 0 ? x : slope * x;
    case needletail_silu: return x / (1 + exp(-x));
    case needletail_hard_swish: return x * fmin(fmax(x + 3, 0), 6) / 6;
    case needletail_sigmoid: return 1 / (1 + exp(-x));
    case needletail_hard_sigmoid: return fmin(fmax(x + 3, 0), 6) / 6;
    case needletail_tanh: return tanh(x);
    case needletail_gelu: return 0.5 * x * erfc(-x * sqrt(0.5));
    }
    return x;
}

/// Calls `visit` for every product of a convolution: places of output, input and weight, `out`, `in` and `place`.
#define FOR_PRODUCTS(c, statement)                                                                                    \
    for (long n = 0; n < (c)->n; n++)                                                                                 \
        for (long y = 0; y < (c)->out_h; y++)                                                                         \
            for (long x = 0; x < (c)->out_w; x++)                                                                     \
                for (long o = 0; o < (c)->c_out; o++)                                                                 \
                    for (long i = 0; i < (c)->c_in / (c)->groups; i++)                                                \
                        for (long r = 0; r < (c)->kernel_h; r++)                                                      \
                            for (long s = 0; s < (c)->kernel_w; s++) {                                                \
                                const long sy = y * (c)->stride_h + r * (c)->dilation_h - (c)->pad_h;                 \
                                const long sx = x * (c)->stride_w + s * (c)->dilation_w - (c)->pad_w;                 \
                                if (sy < 0 || sy >= (c)->h || sx < 0 || sx >= (c)->w) continue;                       \
                                const long channel = o / ((c)->c_out / (c)->groups) * ((c)->c_in / (c)->groups) + i;  \
                                const long in = ((n * (c)->h + sy) * (c)->w + sx) * (c)->c_in + channel;              \
                                const long out = ((n * (c)->out_h + y) * (c)->out_w + x) * (c)->c_out + o;            \
                                const long place =                                                                  \
                                    ((o * ((c)->c_in / (c)->groups) + i) * (c)->kernel_h + r) * (c)->kernel_w + s;    \
                                statement                                                                             \
                            }

static void check_convolution(needletail_convolution c, needletail_activation activation) {
    const size_t inputs = (size_t)c.n * c.h * c.w * c.c_in, outputs = (size_t)c.n * c.out_h * c.out_w * c.c_out;
    const size_t weights = (size_t)c.c_out * (c.c_in / c.groups) * c.kernel_h * c.kernel_w;
    float *input = numbers(inputs, 1), *weight = numbers(weights, 1), *bias = numbers((size_t)c.c_out, 1);
    float *residual = numbers(outputs, 1), *gradient = numbers(outputs, 1);
    double *output = calloc(outputs, sizeof(double)), *input_gradient = calloc(inputs, sizeof(double));
    double *weight_gradient = calloc(weights, sizeof(double));
    FOR_PRODUCTS(&c, {
        output[out] += (double)input[in] * weight[place];
        input_gradient[in] += (double)gradient[out] * weight[place];
        weight_gradient[place] += (double)input[in] * gradient[out];
    })
    for (size_t i = 0; i < outputs; i++) {
        output[i] = exact(activation, output[i] + bias[i % (size_t)c.c_out] + residual[i], 0.1);
    }
    for (int a = 0; a < 6; a++) {
        const needletail_algorithm algorithm = (needletail_algorithm)a;
        if (!needletail_convolution_supports(&c, algorithm)) continue;
        static const char *const names[] = {"direct", "Winograd 4", "Winograd 2", "depthwise", "in place", "col2im"};
        for (int p = 0; p < 3; p++) {
            const needletail_pass pass = (needletail_pass)p;
            if (algorithm == needletail_in_place && pass != needletail_weight_gradient) continue;
            if (algorithm == needletail_col2im && pass != needletail_data_gradient) continue;
            const long chunks = needletail_convolution_chunks(&c, 1, algorithm, pass);
            float *scratch = numbers(needletail_scratch_size(&c, 1, algorithm, pass), 0);
            char what[128];
            snprintf(
                what, sizeof what, "%s %s %dx%d/%d %d->%d on %dx%d, %d groups, dilation %d", names[a],
                p == 0 ? "forward" : p == 1 ? "input" : "weights", c.kernel_h, c.kernel_w, c.stride_h, c.c_in, c.c_out,
                c.out_h, c.out_w, c.groups, c.dilation_h);
            if (pass == needletail_weight_gradient) {
                const size_t size = needletail_accumulator_size(&c, algorithm);
                float *result = numbers(weights, 0), *sum = size == 0 ? result : numbers(size, 0);
                const float *inputs_of[] = {input}, *gradients_of[] = {gradient};
                needletail_convolution_weight_gradient(
                    &c, 1, algorithm, inputs_of, gradients_of, 0, NULL, sum, scratch, 0, chunks);
                needletail_unpack(
                    &c, algorithm, sum, NULL, 0, result, 0, needletail_unpack_chunks(&c, algorithm));
                compare(what, result, weight_gradient, weights, 1e-5);
                if (sum != result) free(sum);
                free(result);
            } else {
                const int forward = pass == needletail_forward;
                float *packed = numbers(needletail_packed_size(&c, algorithm, pass), 0);
                float *result = numbers(forward ? outputs : inputs, 0);
                needletail_pack(
                    &c, algorithm, pass, weight, NULL, packed, 0, needletail_pack_chunks(&c, algorithm, pass));
                needletail_map map = {.source = forward ? input : gradient, .dest = result};
                if (forward) {
                    map.epilogue = (needletail_epilogue){
                        .bias = bias, .residual = residual, .activation = activation, .slope = 0.1f};
                }
                // One by one, as threads take them.
                for (long chunk = 0; chunk < chunks; chunk++) {
                    needletail_convolution_run(
                        &c, 1, algorithm, pass, &map, packed, scratch, chunk > 0, chunk, chunk + 1);
                }
                compare(what, result, forward ? output : input_gradient, forward ? outputs : inputs, 1e-5);
                free(packed), free(result);
            }
            free(scratch);
        }
    }
    free(input), free(weight), free(bias), free(residual), free(gradient);
    free(output), free(input_gradient), free(weight_gradient);
}

static void check_activations(const needletail_variant *variant) {
    enum { count = 1003 };
    static const char *const names[] = {"identity",   "relu",    "relu6",        "leaky relu", "silu",
                                        "hard swish", "sigmoid", "hard sigmoid", "tanh",       "gelu"};
    float *input = numbers(count, 1), *output = numbers(count, 0);
    double expected[count];
    for (int i = 0; i < count; i++) input[i] *= 20;
    for (int a = 0; a < 10; a++) {
        for (int i = 0; i < count; i++) expected[i] = exact((needletail_activation)a, input[i], (double)0.1f);
        needletail_activate(variant, (needletail_activation)a, 0.1f, count, input, output);
        compare(names[a], output, expected, count, 2e-7);
        // A gradient is a difference of values.
        for (int i = 0; i < count; i++) {
            const double x = input[i], h = 1e-5;
            const double up = exact((needletail_activation)a, x + h, (double)0.1f);
            expected[i] = (up - exact((needletail_activation)a, x - h, (double)0.1f)) / (2 * h);
        }
        const int reads_input = a == needletail_silu || a == needletail_hard_swish || a == needletail_gelu;
        float *gradient = numbers(count, 0);
        for (int i = 0; i < count; i++) gradient[i] = 1;
        needletail_activation_gradient(
            variant, (needletail_activation)a, 0.1f, count, reads_input ? input : output, gradient);
        char what[64];
        snprintf(what, sizeof what, "%s, gradient", names[a]);
        compare(what, gradient, expected, count, 1e-4);
        free(gradient);
    }
    free(input), free(output);
}

static void check_softmax(const needletail_variant *variant, long channels) {
    enum { rows = 5 };
    const size_t count = (size_t)(rows * channels);
    float *input = numbers(count, 1), *output = numbers(count, 0);
    double *expected = calloc(count, sizeof(double));
    for (long r = 0; r < rows; r++) {
        double sum = 0;
        for (long c = 0; c < channels; c++) input[r * channels + c] = input[r * channels + c] * 30 + 100;
        for (long c = 0; c < channels; c++) sum += exp(input[r * channels + c]);
        for (long c = 0; c < channels; c++) expected[r * channels + c] = exp(input[r * channels + c]) / sum;
    }
    needletail_softmax(variant, channels, input, output, 0, rows);
    char what[64];
    snprintf(what, sizeof what, "softmax of %ld", channels);
    compare(what, output, expected, count, 4e-7);
    free(input), free(output), free(expected);
}

static void check_pooling(needletail_pooling p) {
    const size_t inputs = (size_t)p.n * p.h * p.w * p.c, outputs = (size_t)p.n * p.out_h * p.out_w * p.c;
    float *input = numbers(inputs, 1), *output = numbers(outputs, 0), *gradient = numbers(outputs, 1);
    float *input_gradient = numbers(inputs, 0);
    double *expected = calloc(outputs, sizeof(double)), *expected_gradient = calloc(inputs, sizeof(double));
    double *mean = calloc(outputs, sizeof(double)), *mean_gradient = calloc(inputs, sizeof(double));
    float *shares = numbers((size_t)p.out_h * p.out_w, 1);
    for (long at = 0; at < (long)outputs; at++) {
        const float share = shares[at / p.c % (p.out_h * p.out_w)];
        const long c = at % p.c, x = at / p.c % p.out_w, y = at / p.c / p.out_w % p.out_h, n = at / p.c / p.out_w / p.out_h;
        long best = -1;
        for (long r = 0; r < p.kernel_h; r++) {
            for (long s = 0; s < p.kernel_w; s++) {
                const long sy = y * p.stride_h + r * p.dilation_h - p.pad_h, sx = x * p.stride_w + s * p.dilation_w - p.pad_w;
                if (sy < 0 || sy >= p.h || sx < 0 || sx >= p.w) continue;
                const long in = ((n * p.h + sy) * p.w + sx) * p.c + c;
                if (best < 0 || input[in] > input[best]) best = in;
                mean[at] += (double)input[in] * share;
                mean_gradient[in] += (double)gradient[at] * share;
            }
        }
        expected[at] = input[best];
        expected_gradient[best] += gradient[at];
    }
    needletail_max_pooling(&p, input, output, 0, (long)p.n * p.out_h);
    compare("max pooling", output, expected, outputs, 0);
    needletail_max_pooling_gradient(
        &p, input, output, gradient, 0, input_gradient, 0, needletail_pooling_gradient_chunks(&p));
    compare("max pooling, gradient", input_gradient, expected_gradient, inputs, 1e-6);
    needletail_average_pooling(&p, shares, input, output, 0, (long)p.n * p.out_h);
    compare("average pooling", output, mean, outputs, 1e-6);
    needletail_average_pooling_gradient(
        &p, shares, gradient, 0, input_gradient, 0, needletail_pooling_gradient_chunks(&p));
    compare("average pooling, gradient", input_gradient, mean_gradient, inputs, 1e-6);
    free(input), free(output), free(gradient), free(input_gradient), free(expected), free(expected_gradient);
    free(mean), free(mean_gradient), free(shares);
}

static void check_normalization(const needletail_variant *variant) {
    enum { pixels = 700, channels = 37 };
    const long rows = needletail_normalization_rows(channels), chunks = (pixels + rows - 1) / rows;
    float *input = numbers(pixels * channels, 1), *output = numbers(pixels * channels, 0);
    float *mean = numbers(channels, 1), *scale = numbers(channels, 1), *bias = numbers(channels, 1);
    double *expected = calloc(pixels * channels, sizeof(double)), sums[channels] = {0};
    const needletail_normalization normalization = {mean, scale, bias};
    for (long i = 0; i < pixels * channels; i++) {
        const long c = i % channels;
        expected[i] = exact(needletail_relu, ((double)input[i] - mean[c]) * scale[c] + bias[c], 0);
        sums[c] += input[i];
    }
    needletail_normalize(
        variant, needletail_relu, 0, pixels, channels, &normalization, input, output, 0, chunks);
    compare("normalisation", output, expected, pixels * channels, 1e-6);
    float *statistics = numbers((size_t)chunks * 2 * channels, 0), *bias_gradient = numbers(channels, 0);
    needletail_normalization_statistics(variant, pixels, channels, input, statistics, 0, chunks);
    double means[channels] = {0};
    float single[channels];
    for (long chunk = 0; chunk < chunks; chunk++) {
        const long of_chunk = chunk + 1 < chunks ? rows : pixels - chunk * rows;
        for (long c = 0; c < channels; c++) means[c] += (double)statistics[chunk * 2 * channels + c] * of_chunk;
    }
    for (long c = 0; c < channels; c++) single[c] = (float)means[c];
    compare("normalisation, statistics", single, sums, channels, 1e-5);
    needletail_bias_gradient(
        variant, pixels, channels, input, 0, bias_gradient, 0, needletail_bias_gradient_chunks(channels));
    compare("bias, gradient", bias_gradient, sums, channels, 1e-5);
    free(input), free(output), free(mean), free(scale), free(bias), free(expected), free(statistics);
    free(bias_gradient);
}

int main(void) {
    static const char *const names[] = {"avx512", "avx2", "neon", "portable"};
    for (int i = 0; i < 4; i++) {
        const needletail_variant *variant;
        if (needletail_find_variant(names[i], &variant) != 0) continue;
        variant_name = names[i];
        // Height, width, channels in and out, kernel, stride, padding, dilation, groups.
        static const int shapes[][9] = {
            {14, 14, 64, 48, 1, 1, 0, 1, 1},  {7, 9, 19, 37, 1, 1, 0, 1, 1},    {1, 1, 200, 70, 1, 1, 0, 1, 1},
            {12, 13, 3, 16, 3, 2, 1, 1, 1},   {17, 15, 16, 40, 3, 1, 1, 1, 1},  {15, 22, 33, 20, 3, 1, 1, 1, 1},
            {11, 12, 16, 16, 5, 1, 2, 1, 1},  {20, 9, 12, 8, 3, 1, 2, 2, 1},    {9, 9, 12, 18, 3, 1, 1, 1, 3},
            {14, 15, 24, 24, 3, 1, 1, 1, 24}, {15, 16, 35, 35, 3, 2, 1, 1, 35}, {13, 17, 72, 72, 5, 1, 2, 1, 72},
            {14, 14, 40, 40, 5, 2, 2, 1, 40}, {10, 11, 20, 20, 3, 1, 2, 2, 20}, {7, 7, 300, 300, 3, 1, 1, 1, 300},
        };
        for (unsigned s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            const int *v = shapes[s], span = v[7] * (v[4] - 1) + 1;
            check_convolution(
                (needletail_convolution){
                    .n = 1 + (int)s % 2, .h = v[0], .w = v[1], .c_in = v[2], .c_out = v[3], .kernel_h = v[4],
                    .kernel_w = v[4], .stride_h = v[5], .stride_w = v[5], .dilation_h = v[7], .dilation_w = v[7],
                    .pad_h = v[6], .pad_w = v[6], .groups = v[8], .out_h = (v[0] + 2 * v[6] - span) / v[5] + 1,
                    .out_w = (v[1] + 2 * v[6] - span) / v[5] + 1, .variant = variant,
                },
                (needletail_activation)(s % 10));
        }
        check_activations(variant);
        for (long channels = 1; channels < 50; channels += 6) check_softmax(variant, channels);
        check_pooling((needletail_pooling){
            .n = 2, .h = 13, .w = 11, .c = 21, .kernel_h = 3, .kernel_w = 2, .stride_h = 2, .stride_w = 1,
            .dilation_h = 1, .dilation_w = 2, .pad_h = 1, .pad_w = 1, .out_h = 7, .out_w = 11, .variant = variant,
        });
        // Windows that overlap.
        check_pooling((needletail_pooling){
            .n = 2, .h = 9, .w = 11, .c = 21, .kernel_h = 5, .kernel_w = 5, .stride_h = 1, .stride_w = 2,
            .dilation_h = 2, .dilation_w = 1, .pad_h = 4, .pad_w = 2, .out_h = 9, .out_w = 6, .variant = variant,
        });
        check_normalization(variant);
    }
    printf(failures ? "%d kernels are wrong\n" : "all kernels agree with their definitions\n", failures);
    return failures ? 1 : 0;
}
