// Everything a variant is made of. The including file defines LANES, PANEL_VECTORS, PANEL_PIXELS (see vector.h),
// VARIANT (the name of its table) and VARIANT_NAME, and has switched on the processor features it needs.

#include "activation.h"
#include "softmax.h"
#include "bias_gradient.h"
#include "product.h"
#include "outer_product.h"
#include "taps.h"
#include "direct.h"
#include "direct_gradient.h"
#include "col2im.h"
#include "depthwise.h"
#include "pooling.h"
#include "normalization.h"
#include "ceiling.h"

#define WINOGRAD_M 4
#include "winograd.h"
#undef WINOGRAD_M
#define WINOGRAD_M 2
#include "winograd.h"
#undef WINOGRAD_M

static size_t packed_size(const needletail_convolution *d, needletail_algorithm algorithm, needletail_pass pass) {
    switch (algorithm) {
    case needletail_winograd_4: return winograd_4_packed_size(d, pass);
    case needletail_winograd_2: return winograd_2_packed_size(d, pass);
    case needletail_depthwise: return depthwise_packed_size(d);
    case needletail_col2im: return col2im_packed_size(d);
    default: return direct_packed_size(d, pass);
    }
}

static long pack_chunks(const needletail_convolution *d, needletail_algorithm algorithm, needletail_pass pass) {
    switch (algorithm) {
    case needletail_winograd_4: return winograd_4_pack_chunks(d, pass);
    case needletail_winograd_2: return winograd_2_pack_chunks(d, pass);
    case needletail_depthwise: return (long)d->kernel_h * d->kernel_w;
    case needletail_col2im: return plan_col2im(d).panels;
    default: return direct_pack_chunks(d, pass);
    }
}

static long pack_parts(const needletail_convolution *d, needletail_algorithm algorithm) {
    switch (algorithm) {
    case needletail_winograd_4: return winograd_4_pack_parts(d, needletail_forward);
    case needletail_winograd_2: return winograd_2_pack_parts(d, needletail_forward);
    case needletail_depthwise: return (long)d->kernel_h * d->kernel_w;
    default: return 1;
    }
}

static void pack(
    const needletail_convolution *d, needletail_algorithm algorithm, needletail_pass pass, const float *oihw,
    const float *scale, float *packed, long begin, long end
) {
    switch (algorithm) {
    case needletail_winograd_4: winograd_4_pack(d, pass, oihw, scale, packed, begin, end); break;
    case needletail_winograd_2: winograd_2_pack(d, pass, oihw, scale, packed, begin, end); break;
    case needletail_depthwise: depthwise_pack(d, oihw, scale, packed, begin, end); break;
    case needletail_col2im: col2im_pack(d, oihw, scale, packed, begin, end); break;
    default: direct_pack(d, pass, oihw, scale, packed, begin, end);
    }
}

static long chunks(
    const needletail_convolution *d, int maps, needletail_algorithm algorithm, needletail_pass pass
) {
    const int weights = pass == needletail_weight_gradient;
    switch (algorithm) {
    case needletail_winograd_4:
        return weights ? winograd_4_gradient_chunks(d, maps) : winograd_4_make_plan(d, maps, pass).chunks;
    case needletail_winograd_2:
        return weights ? winograd_2_gradient_chunks(d, maps) : winograd_2_make_plan(d, maps, pass).chunks;
    case needletail_depthwise: return weights ? depthwise_gradient_chunks(d) : depthwise_chunks(d, maps, pass);
    case needletail_in_place: return in_place_gradient_chunks(d, maps);
    case needletail_col2im: return col2im_chunks(d, maps);
    default: return weights ? direct_gradient_chunks(d, maps) : direct_chunks(d, maps, pass);
    }
}

static size_t scratch_size(
    const needletail_convolution *d, int maps, needletail_algorithm algorithm, needletail_pass pass
) {
    const int weights = pass == needletail_weight_gradient;
    switch (algorithm) {
    case needletail_winograd_4:
        return weights ? winograd_4_gradient_scratch_size(d, maps) : winograd_4_scratch_size(d, maps, pass);
    case needletail_winograd_2:
        return weights ? winograd_2_gradient_scratch_size(d, maps) : winograd_2_scratch_size(d, maps, pass);
    case needletail_depthwise: return weights ? 0 : depthwise_scratch_size(d, pass);
    case needletail_in_place: return in_place_gradient_scratch_size(d, maps);
    case needletail_col2im: return col2im_scratch_size(d, maps);
    default: return weights ? direct_gradient_scratch_size(d, maps) : direct_scratch_size(d, maps, pass);
    }
}

static void run(
    const needletail_convolution *d, int maps, needletail_algorithm algorithm, needletail_pass pass,
    const needletail_map *map, const float *packed, float *scratch, int continues, long begin, long end
) {
    switch (algorithm) {
    case needletail_winograd_4: winograd_4_run(d, maps, pass, map, packed, scratch, continues, begin, end); break;
    case needletail_winograd_2: winograd_2_run(d, maps, pass, map, packed, scratch, continues, begin, end); break;
    case needletail_depthwise: depthwise_run(d, maps, pass, map, packed, scratch, begin, end); break;
    case needletail_col2im: col2im_run(d, maps, map, packed, scratch, begin, end); break;
    default: direct_run(d, maps, pass, map, packed, scratch, continues, begin, end);
    }
}

static size_t accumulator_size(const needletail_convolution *d, needletail_algorithm algorithm) {
    switch (algorithm) {
    case needletail_winograd_4: return winograd_4_accumulator_size(d);
    case needletail_winograd_2: return winograd_2_accumulator_size(d);
    case needletail_depthwise: return depthwise_accumulator_size(d);
    case needletail_in_place: return in_place_accumulator_size(d);
    default: return direct_accumulator_size(d);
    }
}

static void weight_gradient(
    const needletail_convolution *d, int maps, needletail_algorithm algorithm, const float *const *inputs,
    const float *const *output_gradients, int accumulate, const float *scale, float *accumulator, float *scratch,
    long begin, long end
) {
    switch (algorithm) {
    case needletail_winograd_4:
        winograd_4_gradient_run(
            d, maps, inputs, output_gradients, accumulate, accumulator, scratch, begin, end);
        break;
    case needletail_winograd_2:
        winograd_2_gradient_run(
            d, maps, inputs, output_gradients, accumulate, accumulator, scratch, begin, end);
        break;
    case needletail_depthwise:
        depthwise_gradient_run(d, maps, inputs, output_gradients, accumulate, accumulator, begin, end);
        break;
    case needletail_in_place:
        in_place_gradient_run(d, maps, inputs, output_gradients, accumulate, scale, accumulator, scratch, begin, end);
        break;
    default:
        direct_gradient_run(d, maps, inputs, output_gradients, accumulate, NULL, accumulator, 0, scratch, begin, end);
    }
}

static long unpack_chunks(const needletail_convolution *d, needletail_algorithm algorithm) {
    switch (algorithm) {
    case needletail_winograd_4: return winograd_4_unpack_chunks(d);
    case needletail_winograd_2: return winograd_2_unpack_chunks(d);
    case needletail_depthwise: return divide_up(d->c_in, SEGMENT);
    case needletail_in_place: return in_place_unpack_chunks(d);
    default: return direct_unpack_chunks(d);
    }
}

static void unpack(
    const needletail_convolution *d, needletail_algorithm algorithm, const float *accumulator, const float *scale,
    int accumulate, float *oihw, long begin, long end
) {
    switch (algorithm) {
    case needletail_winograd_4: winograd_4_unpack(d, accumulator, scale, accumulate, oihw, begin, end); break;
    case needletail_winograd_2: winograd_2_unpack(d, accumulator, scale, accumulate, oihw, begin, end); break;
    case needletail_depthwise: depthwise_unpack(d, accumulator, scale, accumulate, oihw, begin, end); break;
    case needletail_in_place: in_place_unpack(d, accumulator, scale, accumulate, oihw, begin, end); break;
    default: direct_unpack(d, accumulator, scale, accumulate, oihw, begin, end);
    }
}

const struct needletail_variant VARIANT = {
    .name = VARIANT_NAME,
    .panel_channels = PANEL_CHANNELS,
    .packed_size = packed_size,
    .pack_chunks = pack_chunks,
    .pack_parts = pack_parts,
    .pack = pack,
    .chunks = chunks,
    .scratch_size = scratch_size,
    .run = run,
    .accumulator_size = accumulator_size,
    .weight_gradient = weight_gradient,
    .unpack_chunks = unpack_chunks,
    .unpack = unpack,
    .bias_gradient = bias_gradient,
    .max_pooling = max_pooling,
    .max_pooling_gradient = max_pooling_gradient,
    .average_pooling = average_pooling,
    .average_pooling_gradient = average_pooling_gradient,
    .activate = activate,
    .activation_gradient = activation_gradient,
    .softmax = softmax,
    .normalization_statistics = normalization_statistics,
    .normalize = normalize,
    .normalization_gradient_sums = normalization_gradient_sums,
    .normalization_gradient = normalization_gradient,
    .multiply_add = multiply_add,
    .read_memory = read_memory,
};
