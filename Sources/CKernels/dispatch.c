// Chooses the variant, and passes every call on to it.

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "body/variant.h"

static _Atomic(const needletail_variant *) default_variant;

/// Best first.
static const struct needletail_variant *const variants[] = {
#if defined(__x86_64__)
    &needletail_variant_avx512,
    &needletail_variant_avx2,
#elif defined(__aarch64__)
    &needletail_variant_neon,
#endif
    &needletail_variant_portable,
};

enum { variant_count = sizeof variants / sizeof *variants };

static int is_available(const struct needletail_variant *variant) {
#if defined(__x86_64__)
    if (variant == &needletail_variant_avx512) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    }
    if (variant == &needletail_variant_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return variant != NULL;
}

static const struct needletail_variant *best_variant(void) {
    int i = 0;
    while (i + 1 < variant_count && !is_available(variants[i])) i++;
    return variants[i];
}

int needletail_find_variant(const char *name, const needletail_variant **variant) {
    if (!name || !*name) name = getenv("NEEDLETAIL_KERNELS");
    if (!name || !*name) {
        *variant = best_variant();
        return 0;
    }
    for (int i = 0; i < variant_count; i++) {
        if (strcmp(variants[i]->name, name) != 0) continue;
        if (!is_available(variants[i])) return 2;
        *variant = variants[i];
        return 0;
    }
    static const char *const foreign[] = {"avx512", "avx2", "neon"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(foreign[i], name) == 0) return 2;
    }
    return 1;
}

const needletail_variant *needletail_default_variant(void) {
    const needletail_variant *current = atomic_load_explicit(&default_variant, memory_order_acquire);
    if (current) return current;
    if (needletail_find_variant(NULL, &current) != 0) current = best_variant();
    // Two threads may both come here; they find the same.
    atomic_store_explicit(&default_variant, current, memory_order_release);
    return current;
}

const char *needletail_variant_name(const needletail_variant *variant) { return variant->name; }

static const needletail_variant *or_default(const needletail_variant *variant) {
    return variant ? variant : needletail_default_variant();
}

static const needletail_variant *variant_of(const needletail_convolution *c) { return or_default(c->variant); }

// MARK: Shapes

needletail_convolution needletail_linear(int32_t m, int32_t k, int32_t n) {
    return (needletail_convolution){
        .n = 1, .h = 1, .w = m, .c_in = k, .c_out = n, .kernel_h = 1, .kernel_w = 1, .stride_h = 1, .stride_w = 1,
        .dilation_h = 1, .dilation_w = 1, .groups = 1, .out_h = 1, .out_w = m,
    };
}

int needletail_convolution_supports(const needletail_convolution *c, needletail_algorithm algorithm) {
    switch (algorithm) {
    case needletail_direct: return 1;
    case needletail_winograd_4:
    case needletail_winograd_2:
        return c->kernel_h == 3 && c->kernel_w == 3 && c->stride_h == 1 && c->stride_w == 1 && c->dilation_h == 1
            && c->dilation_w == 1 && c->groups == 1 && c->pad_h <= 2 && c->pad_w <= 2;
    case needletail_depthwise: return c->groups == c->c_in && c->groups == c->c_out;
    case needletail_in_place:
        return c->kernel_h == 1 && c->kernel_w == 1 && c->groups == 1 && c->out_h == c->h && c->out_w == c->w
            && c->pad_h == 0 && c->pad_w == 0 && (c->h == 1 || c->stride_h == 1) && (c->w == 1 || c->stride_w == 1);
    case needletail_col2im: return c->groups == 1;
    }
    return 0;
}

/// Estimated cycles of F(m x m, 3x3) on one core with 512-bit vectors: products, transforms, and the weights, which
/// come from the third level cache at about ten bytes a cycle.
static double winograd_cost(double maps, double h, double w, double c, double k, int m) {
    const double frequencies = (m + 2) * (m + 2), c_vectors = (double)(((long)c + 15) / 16);
    const double panels = (double)(((long)k + 31) / 32);
    const double tiles = maps * (double)(((long)h + m - 1) / m) * (double)(((long)w + m - 1) / m);
    const double transforms = tiles * 3 * frequencies * (c_vectors + 2 * panels);
    return tiles * frequencies * c * panels + transforms + frequencies * c * panels * 32 * 4 / 10;
}

static double direct_cost(double maps, double h, double w, double c, double k) {
    const double panels = (double)(((long)k + 31) / 32);
    return maps * h * w * 9 * c * panels + 9 * c * panels * 32 * 4 / 10;
}

/// Whether the products of all taps side by side take so many fewer vectors than a vector for each tap that adding them up is
/// worth it.
static int gains_by_col2im(const needletail_convolution *c) {
    const long panel = variant_of(c)->panel_channels, taps = (long)c->kernel_h * c->kernel_w;
    if (c->groups != 1 || taps == 1 || 2 * c->c_in > panel) return 0;
    const long products = 2 * ((taps * c->c_in + panel - 1) / panel) * c->c_out;
    return 3 * (products + taps) <= 2 * taps * c->c_out;
}

needletail_algorithm needletail_convolution_choose(const needletail_convolution *c, needletail_pass pass) {
    if (needletail_convolution_supports(c, needletail_depthwise) && c->groups > 1) return needletail_depthwise;
    // Input channels fill the vectors, up to 32 at a time; a quarter of them may be idle for what is saved.
    if (pass == needletail_weight_gradient && needletail_convolution_supports(c, needletail_in_place)
        && 4 * c->c_in >= 3 * ((c->c_in + 31) / 32 * 32)) {
        return needletail_in_place;
    }
    if (pass == needletail_data_gradient && gains_by_col2im(c)) return needletail_col2im;
    if (!needletail_convolution_supports(c, needletail_winograd_4) || c->c_in < 16 || c->c_out < 16) {
        return needletail_direct;
    }
    const int backward = pass == needletail_data_gradient;
    const double h = backward ? c->h : c->out_h, w = backward ? c->w : c->out_w;
    const double in = backward ? c->c_out : c->c_in, out = backward ? c->c_in : c->c_out;
    const double direct = direct_cost(c->n, h, w, in, out);
    const double four = winograd_cost(c->n, h, w, in, out, 4), two = winograd_cost(c->n, h, w, in, out, 2);
    if (four <= two && four < direct) return needletail_winograd_4;
    return two < direct ? needletail_winograd_2 : needletail_direct;
}

// MARK: Weights

size_t needletail_packed_size(const needletail_convolution *c, needletail_algorithm algorithm, needletail_pass pass) {
    return variant_of(c)->packed_size(c, algorithm, pass);
}

long needletail_pack_chunks(const needletail_convolution *c, needletail_algorithm algorithm, needletail_pass pass) {
    return variant_of(c)->pack_chunks(c, algorithm, pass);
}

long needletail_pack_parts(const needletail_convolution *c, needletail_algorithm algorithm) {
    return variant_of(c)->pack_parts(c, algorithm);
}

void needletail_pack(
    const needletail_convolution *c, needletail_algorithm algorithm, needletail_pass pass, const float *oihw,
    const float *scale, float *packed, long begin, long end
) {
    variant_of(c)->pack(c, algorithm, pass, oihw, scale, packed, begin, end);
}

// MARK: Passes

long needletail_convolution_chunks(
    const needletail_convolution *c, int maps, needletail_algorithm algorithm, needletail_pass pass
) {
    return variant_of(c)->chunks(c, maps, algorithm, pass);
}

size_t needletail_scratch_size(
    const needletail_convolution *c, int maps, needletail_algorithm algorithm, needletail_pass pass
) {
    return variant_of(c)->scratch_size(c, maps, algorithm, pass);
}

void needletail_convolution_run(
    const needletail_convolution *c, int maps, needletail_algorithm algorithm, needletail_pass pass,
    const needletail_map *map, const float *packed, float *scratch, int continues, long begin, long end
) {
    variant_of(c)->run(c, maps, algorithm, pass, map, packed, scratch, continues, begin, end);
}

size_t needletail_accumulator_size(const needletail_convolution *c, needletail_algorithm algorithm) {
    return variant_of(c)->accumulator_size(c, algorithm);
}

void needletail_convolution_weight_gradient(
    const needletail_convolution *c, int maps, needletail_algorithm algorithm, const float *const *inputs,
    const float *const *output_gradients, int accumulate, const float *scale, float *accumulator, float *scratch,
    long begin, long end
) {
    variant_of(c)->weight_gradient(
        c, maps, algorithm, inputs, output_gradients, accumulate, scale, accumulator, scratch, begin, end);
}

long needletail_unpack_chunks(const needletail_convolution *c, needletail_algorithm algorithm) {
    return variant_of(c)->unpack_chunks(c, algorithm);
}

void needletail_unpack(
    const needletail_convolution *c, needletail_algorithm algorithm, const float *accumulator, const float *scale,
    int accumulate, float *oihw, long begin, long end
) {
    variant_of(c)->unpack(c, algorithm, accumulator, scale, accumulate, oihw, begin, end);
}

long needletail_bias_gradient_chunks(long channels) { return (channels + 31) / 32; }

void needletail_bias_gradient(
    const needletail_variant *variant, long pixels, long channels, const float *output_gradient, int accumulate,
    float *bias_gradient, long begin, long end
) {
    or_default(variant)->bias_gradient(pixels, channels, output_gradient, accumulate, bias_gradient, begin, end);
}

void needletail_max_pooling(
    const needletail_pooling *shape, const float *input, float *output, long begin, long end
) {
    or_default(shape->variant)->max_pooling(shape, input, output, begin, end);
}

long needletail_pooling_gradient_chunks(const needletail_pooling *shape) {
    return (long)shape->n * ((shape->c + 15) / 16);
}

void needletail_max_pooling_gradient(
    const needletail_pooling *shape, const float *input, const float *output, const float *output_gradient,
    int accumulate, float *input_gradient, long begin, long end
) {
    or_default(shape->variant)->max_pooling_gradient(
        shape, input, output, output_gradient, accumulate, input_gradient, begin, end);
}

void needletail_average_pooling(
    const needletail_pooling *shape, const float *shares, const float *input, float *output, long begin, long end
) {
    or_default(shape->variant)->average_pooling(shape, shares, input, output, begin, end);
}

void needletail_average_pooling_gradient(
    const needletail_pooling *shape, const float *shares, const float *output_gradient, int accumulate,
    float *input_gradient, long begin, long end
) {
    or_default(shape->variant)->average_pooling_gradient(
        shape, shares, output_gradient, accumulate, input_gradient, begin, end);
}

// MARK: Batch normalisation

void needletail_normalization_statistics(
    const needletail_variant *variant, long pixels, long channels, const float *input, float *statistics, long begin,
    long end
) {
    or_default(variant)->normalization_statistics(pixels, channels, input, statistics, begin, end);
}

void needletail_normalize(
    const needletail_variant *variant, needletail_activation activation, float slope, long pixels, long channels,
    const needletail_normalization *normalization, const float *input, float *output, long begin, long end
) {
    or_default(variant)->normalize(
        activation, slope, pixels, channels, normalization, input, output, begin, end);
}

void needletail_normalization_gradient_sums(
    const needletail_variant *variant, needletail_activation activation, float slope, long pixels, long channels,
    const needletail_normalization *normalization, const float *input, float *gradient, float *sums, long begin,
    long end
) {
    or_default(variant)->normalization_gradient_sums(
        activation, slope, pixels, channels, normalization, input, gradient, sums, begin, end);
}

void needletail_normalization_gradient(
    const needletail_variant *variant, long pixels, long channels, const needletail_normalization *normalization,
    const float *input, const float *gradient, const float *product, const float *offset, int accumulate,
    float *result, long begin, long end
) {
    or_default(variant)->normalization_gradient(
        pixels, channels, normalization, input, gradient, product, offset, accumulate, result, begin, end);
}

// MARK: Activations

void needletail_activate(
    const needletail_variant *variant, needletail_activation activation, float slope, long count, const float *input,
    float *output
) {
    or_default(variant)->activate(activation, slope, input, output, count);
}

void needletail_activation_gradient(
    const needletail_variant *variant, needletail_activation activation, float slope, long count, const float *values,
    float *gradient
) {
    or_default(variant)->activation_gradient(activation, slope, values, gradient, count);
}

void needletail_softmax(
    const needletail_variant *variant, long channels, const float *input, float *output, long begin, long end
) {
    or_default(variant)->softmax(channels, input, output, begin, end);
}

// MARK: The ceiling

long needletail_multiply_add(const needletail_variant *variant, long rounds, float *result) {
    return or_default(variant)->multiply_add(rounds, result);
}

float needletail_read_memory(const needletail_variant *variant, const float *p, long count) {
    return or_default(variant)->read_memory(p, count);
}
