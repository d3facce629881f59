// What one variant offers to dispatch.c. A variant is one .c file that sets the vector width, includes the bodies, and
// defines one table of this type.

#ifndef NEEDLETAIL_VARIANT_H
#define NEEDLETAIL_VARIANT_H

#include "../include/CKernels.h"

struct needletail_variant {
    const char *name;
    /// Output channels of a packed weight panel.
    int panel_channels;

    size_t (*packed_size)(const needletail_convolution *, needletail_algorithm, needletail_pass);
    long (*pack_chunks)(const needletail_convolution *, needletail_algorithm, needletail_pass);
    long (*pack_parts)(const needletail_convolution *, needletail_algorithm);
    void (*pack)(
        const needletail_convolution *, needletail_algorithm, needletail_pass, const float *oihw, const float *scale,
        float *packed, long begin, long end);

    long (*chunks)(const needletail_convolution *, int maps, needletail_algorithm, needletail_pass);
    size_t (*scratch_size)(const needletail_convolution *, int maps, needletail_algorithm, needletail_pass);
    /// Forward pass or data gradient.
    void (*run)(
        const needletail_convolution *, int maps, needletail_algorithm, needletail_pass, const needletail_map *,
        const float *packed, float *scratch, int continues, long begin, long end);

    size_t (*accumulator_size)(const needletail_convolution *, needletail_algorithm);
    void (*weight_gradient)(
        const needletail_convolution *, int maps, needletail_algorithm, const float *const *inputs,
        const float *const *output_gradients, int accumulate, const float *scale, float *accumulator, float *scratch,
        long begin, long end);
    long (*unpack_chunks)(const needletail_convolution *, needletail_algorithm);
    void (*unpack)(
        const needletail_convolution *, needletail_algorithm, const float *accumulator, const float *scale,
        int accumulate, float *oihw, long begin, long end);
    void (*bias_gradient)(
        long pixels, long channels, const float *output_gradient, int accumulate, float *result, long begin,
        long end);
    void (*max_pooling)(const needletail_pooling *, const float *input, float *output, long begin, long end);
    void (*max_pooling_gradient)(
        const needletail_pooling *, const float *input, const float *output, const float *output_gradient,
        int accumulate, float *input_gradient, long begin, long end);
    void (*average_pooling)(
        const needletail_pooling *, const float *shares, const float *input, float *output, long begin, long end);
    void (*average_pooling_gradient)(
        const needletail_pooling *, const float *shares, const float *output_gradient, int accumulate,
        float *input_gradient, long begin, long end);
    void (*activate)(needletail_activation, float slope, const float *input, float *output, long count);
    void (*activation_gradient)(
        needletail_activation, float slope, const float *values, float *gradient, long count);
    void (*softmax)(long channels, const float *input, float *output, long begin, long end);
    void (*normalization_statistics)(
        long pixels, long channels, const float *input, float *statistics, long begin, long end);
    void (*normalize)(
        needletail_activation, float slope, long pixels, long channels, const needletail_normalization *,
        const float *input, float *output, long begin, long end);
    void (*normalization_gradient_sums)(
        needletail_activation, float slope, long pixels, long channels, const needletail_normalization *,
        const float *input, float *gradient, float *sums, long begin, long end);
    void (*normalization_gradient)(
        long pixels, long channels, const needletail_normalization *, const float *input, const float *gradient,
        const float *product, const float *offset, int accumulate, float *result, long begin, long end);
    long (*multiply_add)(long rounds, float *result);
    float (*read_memory)(const float *p, long count);
};

#if defined(__x86_64__)
extern const struct needletail_variant needletail_variant_avx512, needletail_variant_avx2;
#elif defined(__aarch64__)
extern const struct needletail_variant needletail_variant_neon;
#endif
extern const struct needletail_variant needletail_variant_portable;

#endif
