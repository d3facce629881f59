// Convolution kernels for float32 tensors, chosen at run time for the processor they run on.
//
// Layouts
//   activations   NHWC: element (n, y, x, c) at ((n·H + y)·W + x)·C + c. Any C; no padding or halo in memory.
//   weights       OIHW, as PyTorch stores them: [C_out, C_in / groups, kernel_h, kernel_w].
//   packed        weights rearranged by the `pack` functions; the layout is private to the variant, the algorithm and
//                 the pass, and is valid only for the variant it was packed for.
//
// Threads
//   Nothing here allocates memory or starts threads. Each operation is cut into chunks numbered from 0 to
//   `..._chunks() - 1`; the caller hands ranges [begin, end) of them to its threads, in any order, and each thread
//   brings scratch memory of its own (`..._scratch_size()` floats, 64-byte aligned, contents irrelevant). No two chunks
//   write the same element and no element's arithmetic depends on the range it was computed in, so results are the same
//   bit for bit whatever the number of threads.
//
// Maps
//   Several maps of different sizes may go through the same weights, such as the levels of a pyramid through a shared
//   head. The functions that run a pass take `maps` descriptions that differ in n, h, w, out_h and out_w only, and do
//   all of them as one job: small maps fill what large ones leave of a block, and weights are read once for all.
//
// Sizes are in floats, not in bytes. Pointers to activations need only the alignment of a float; scratch and packed
// memory must be 64-byte aligned.

#ifndef NEEDLETAIL_CKERNELS_H
#define NEEDLETAIL_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Values that threads may share: what a variant points to never changes.
#if defined(__clang__)
#define NEEDLETAIL_SENDABLE __attribute__((swift_attr("@Sendable")))
#else
#define NEEDLETAIL_SENDABLE
#endif

/// Tells the processor that a loop waits, which saves power and leaves the core to its other thread.
static inline void needletail_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Replaces eight floats, which need not be aligned, by their square roots.
///
/// Here because Swift's own root calls the C library for numbers below zero, which no loop over it survives.
static inline void needletail_square_roots(float *values) {
    typedef float vector __attribute__((vector_size(32), aligned(4)));
    *(vector *)values = __builtin_elementwise_sqrt(*(vector *)values);
}

// MARK: - Choosing the variant

/// Kernels written for one kind of processor.
typedef struct needletail_variant needletail_variant;

/// Finds the variant of a name: "avx512", "avx2", "neon" or "portable". `NULL` or "" finds the one that the environment variable
/// `NEEDLETAIL_KERNELS` names, or without it the best that the processor has.
///
/// - Returns: 0; 1 when there is no variant of this name; 2 when this processor (or build) lacks it. On failure
///   `*variant` stays as it was.
int needletail_find_variant(const char *name, const needletail_variant **variant);

/// What `needletail_find_variant(NULL, …)` finds, or the best that the processor has if it finds none.
const needletail_variant *needletail_default_variant(void);

/// "avx512", "avx2", "neon" or "portable".
const char *needletail_variant_name(const needletail_variant *variant);

// MARK: - What is computed

/// A two-dimensional convolution (cross-correlation, as networks use the word):
///
///     output[n, y, x, o] = Σ input[n, y·stride_h + ky·dilation_h - pad_h, x·stride_w + kx·dilation_w - pad_w, i]
///                            · w[o, i, ky, kx]
///
/// where positions outside the input count as zero. `out_h` and `out_w` are given by the caller, so that any padding
/// below and to the right is possible, including none.
///
/// Requirements: every size at least 1, paddings at least 0; `groups` divides `c_in` and `c_out`.
typedef struct NEEDLETAIL_SENDABLE {
    int32_t n, h, w;
    int32_t c_in, c_out;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    /// Padding above and to the left of the input.
    int32_t pad_h, pad_w;
    int32_t groups;
    int32_t out_h, out_w;
    /// The kernels to compute it with, `NULL` for the default. Memory packed for one variant is read by no other.
    const needletail_variant *variant;
} needletail_convolution;

/// The product `output[m, n] = Σ_k input[m, k] · weight[n, k]` of a linear layer with row-major matrices, as the 1x1
/// convolution it is.
needletail_convolution needletail_linear(int32_t m, int32_t k, int32_t n);

/// A function that is applied to every element. NaN stays NaN in all of them.
typedef enum {
    /// `x`
    needletail_identity = 0,
    /// `max(x, 0)`
    needletail_relu = 1,
    /// `min(max(x, 0), 6)`
    needletail_relu6 = 2,
    /// `x > 0 ? x : slope · x`
    needletail_leaky_relu = 3,
    /// `x · sigmoid(x)`
    needletail_silu = 4,
    /// `x · relu6(x + 3) / 6`
    needletail_hard_swish = 5,
    /// `1 / (1 + exp(-x))`
    needletail_sigmoid = 6,
    /// `relu6(x + 3) / 6`
    needletail_hard_sigmoid = 7,
    needletail_tanh = 8,
    /// `x · Φ(x)`, Φ the normal distribution's share below `x`
    needletail_gelu = 9,
} needletail_activation;

/// What is done to each element before it is stored, in this order; all zero for nothing.
///
///     v = sum
///     v += bias[channel]              if bias
///     v += residual[same element]     if residual; pass the output itself to accumulate into it
///     v = activation(v)
///     v = gate[same element] > 0 ? v : 0   if gate: the derivative of a ReLU whose output was `gate`
///
/// A gate goes with no activation but ReLU.
typedef struct {
    const float *bias, *residual, *gate;
    needletail_activation activation;
    /// Of `needletail_leaky_relu`, below zero.
    float slope;
} needletail_epilogue;

/// Maps of one job, at most.
#define NEEDLETAIL_MAX_MAPS 8

/// Memory that a later job reads. Of as many equal parts as this job has chunks, each chunk fetches what of its part lies
/// between two fractions: so a thread fetches what it will read itself.
///
/// Only `needletail_direct` does it, where its products do not fetch for themselves, and none of it is certain.
typedef struct {
    const float *memory;
    size_t count;
    float from, to;
} needletail_read_ahead;

/// One map of a forward pass or a data gradient.
typedef struct {
    /// The input, `[n, h, w, c_in]`, or in a data gradient the output gradient, `[n, out_h, out_w, c_out]`.
    const float *source;
    /// The output, or in a data gradient the input gradient; not overlapping the source. Every element is written.
    float *dest;
    needletail_epilogue epilogue;
    /// Floats from a pixel of `dest` to the next, where it is some of the channels of a wider map; 0 where they adjoin.
    /// Only `needletail_direct` writes parts, and without residual or gate.
    ptrdiff_t dest_stride;
    /// What a later job reads, for the caches to be filled with by the way; `NULL` for nothing.
    needletail_read_ahead ahead;
} needletail_map;

// MARK: - Choosing the algorithm

typedef enum {
    /// Pixels times packed weights. Everything.
    needletail_direct = 0,
    /// Winograd F(4x4, 3x3): 3x3, stride 1, dilation 1, one group; a quarter of the multiplications.
    needletail_winograd_4 = 1,
    /// Winograd F(2x2, 3x3): the same layers; 4/9 of the multiplications, more accurate, better on small maps.
    needletail_winograd_2 = 2,
    /// One input and one output channel a group.
    needletail_depthwise = 3,
    /// Weight gradients of 1x1 kernels that read every pixel of one group: many are added to OIHW as it lies.
    needletail_in_place = 4,
    /// Data gradients of one group: the products of all taps side by side, then added up where they meet.
    needletail_col2im = 5,
} needletail_algorithm;

typedef enum {
    needletail_forward = 0,
    needletail_data_gradient = 1,
    needletail_weight_gradient = 2,
} needletail_pass;

/// Whether `algorithm` can compute this convolution, in all three passes; `needletail_in_place` and
/// `needletail_col2im` in the one that they are for.
int needletail_convolution_supports(const needletail_convolution *c, needletail_algorithm algorithm);

/// The algorithm expected to be fastest for a pass: a pure function of the shape, so that results do not depend on the
/// machine's mood.
needletail_algorithm needletail_convolution_choose(const needletail_convolution *c, needletail_pass pass);

// MARK: - Weights

/// Floats of packed weights for the forward pass or the data gradient. Depends on the channels, the kernel, the groups
/// and for the data gradient the stride, the dilation and the padding, not on the sizes of the maps: levels of a pyramid that share
/// weights share their packed form.
size_t needletail_packed_size(const needletail_convolution *c, needletail_algorithm algorithm, needletail_pass pass);
long needletail_pack_chunks(const needletail_convolution *c, needletail_algorithm algorithm, needletail_pass pass);
/// Chunks in a row that read the same weights, those of some output channels, in packing for the forward pass.
long needletail_pack_parts(const needletail_convolution *c, needletail_algorithm algorithm);

/// Packs weights for the forward pass or the data gradient.
///
/// - Parameters:
///   - scale: `[c_out]`, multiplies the weights of each output channel, which folds a batch normalisation into them;
///     may be `NULL`. In the data gradient too it is indexed by the convolution's output channel.
///   - packed: `needletail_packed_size` floats, 64-byte aligned.
void needletail_pack(
    const needletail_convolution *c, needletail_algorithm algorithm, needletail_pass pass, const float *oihw,
    const float *scale, float *packed, long begin, long end);

// MARK: - Forward and data gradient

/// Chunks of a pass (any of the three) over `maps` maps.
long needletail_convolution_chunks(
    const needletail_convolution *c, int maps, needletail_algorithm algorithm, needletail_pass pass);

/// Floats of scratch memory each thread needs for a pass (any of the three).
size_t needletail_scratch_size(
    const needletail_convolution *c, int maps, needletail_algorithm algorithm, needletail_pass pass);

/// Forward: `output = epilogue(input * weights)`. Data gradient, the gradient with respect to the input:
/// `input_gradient = epilogue(output_gradient * weights, transposed)`; there, `residual` = `dest` accumulates, and
/// `gate` = the input applies the derivative of the ReLU that made the input, after the accumulation.
///
/// - Parameters:
///   - c: `maps` descriptions.
///   - pass: not the weight gradient.
///   - map: where the maps are, `maps` of them.
///   - packed: packed for this algorithm and pass.
///   - continues: not 0 when `scratch` is as the last call for this very job left it; then what was made there from
///     the source serves again where it can.
void needletail_convolution_run(
    const needletail_convolution *c, int maps, needletail_algorithm algorithm, needletail_pass pass,
    const needletail_map *map, const float *packed, float *scratch, int continues, long begin, long end);

// MARK: - Weight gradient

/// Floats of the accumulator of a weight gradient. It does not depend on the sizes of the maps, but on how many images they
/// are of.
size_t needletail_accumulator_size(const needletail_convolution *c, needletail_algorithm algorithm);

/// Sums the gradient with respect to the weights over all pixels of all maps into an accumulator, whose layout is that
/// of the algorithm; `needletail_unpack` turns it into OIHW when all chunks are done.
///
/// - Parameters:
///   - inputs, output_gradients: of each map.
///   - accumulate: 0 overwrites the accumulator; otherwise it is added to.
///   - scale: the scale the weights were packed with, or `NULL`; applied here where there is no accumulator.
///   - accumulator: `needletail_accumulator_size` floats, 64-byte aligned, shared by all threads. Where these are none, the
///     gradient in OIHW itself: nothing is left to be unpacked.
void needletail_convolution_weight_gradient(
    const needletail_convolution *c, int maps, needletail_algorithm algorithm, const float *const *inputs,
    const float *const *output_gradients, int accumulate, const float *scale, float *accumulator, float *scratch,
    long begin, long end);

long needletail_unpack_chunks(const needletail_convolution *c, needletail_algorithm algorithm);

/// Turns an accumulated weight gradient into OIHW.
///
/// - Parameters:
///   - scale: the scale the weights were packed with, or `NULL`.
///   - accumulate: whether to add to `oihw` or to overwrite it.
void needletail_unpack(
    const needletail_convolution *c, needletail_algorithm algorithm, const float *accumulator, const float *scale,
    int accumulate, float *oihw, long begin, long end);

/// Chunks of a bias gradient.
long needletail_bias_gradient_chunks(long channels);

/// Sums `output_gradient`, `[pixels, channels]`, over the pixels into `[channels]`, overwriting or accumulating.
///
/// - Parameter variant: `NULL` for the default.
void needletail_bias_gradient(
    const needletail_variant *variant, long pixels, long channels, const float *output_gradient, int accumulate,
    float *bias_gradient, long begin, long end);

// MARK: - Batch normalisation

/// How the channels of a map, `[pixels, channels]`, are normalised: `(x - mean) · scale + bias`.
typedef struct NEEDLETAIL_SENDABLE {
    const float *mean, *scale, *bias;
} needletail_normalization;

/// Pixels of a chunk of each of the functions below: about as many as fit into the second level cache.
static inline long needletail_normalization_rows(long channels) {
    const long rows = 32768 / channels;
    return rows < 16 ? 16 : rows;
}

/// Writes for each chunk, at `statistics + chunk · 2 · channels`, the mean of each channel and then the sum of the squares of
/// what its numbers differ from that mean by.
///
/// - Parameter variant: `NULL` for the default, here and below.
void needletail_normalization_statistics(
    const needletail_variant *variant, long pixels, long channels, const float *input, float *statistics, long begin,
    long end);

/// `output = activation((input - mean) · scale + bias)`. The two may be the same memory.
void needletail_normalize(
    const needletail_variant *variant, needletail_activation activation, float slope, long pixels, long channels,
    const needletail_normalization *normalization, const float *input, float *output, long begin, long end);

/// Multiplies the gradient of a normalised and activated map by the derivative of the activation, in place, and writes for
/// each chunk, at `sums + chunk · 2 · channels`, the sums of the result and of the result times `input - mean`.
///
/// - Parameter activation: One whose derivative follows from what it was given.
void needletail_normalization_gradient_sums(
    const needletail_variant *variant, needletail_activation activation, float slope, long pixels, long channels,
    const needletail_normalization *normalization, const float *input, float *gradient, float *sums, long begin,
    long end);

/// `result = gradient · scale + (input - mean) · product + offset`, overwriting or accumulating.
void needletail_normalization_gradient(
    const needletail_variant *variant, long pixels, long channels, const needletail_normalization *normalization,
    const float *input, const float *gradient, const float *product, const float *offset, int accumulate,
    float *result, long begin, long end);

// MARK: - Pooling

/// Windows of `kernel_h` x `kernel_w` pixels that lie `dilation` apart, over `[n, h, w, c]` with `pad_h` rows of nothing
/// above and `pad_w` columns to the left; a window may reach beyond the other two edges as well.
typedef struct NEEDLETAIL_SENDABLE {
    int32_t n, h, w, c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_h, pad_w;
    int32_t out_h, out_w;
    /// The kernels to compute it with, `NULL` for the default.
    const needletail_variant *variant;
} needletail_pooling;

/// Writes the greatest value under each window to `output`, `[n, out_h, out_w, c]`; a NaN counts as the greatest, and
/// where there is no pixel it is minus infinity. A chunk is a row of the output, there are n · out_h.
void needletail_max_pooling(
    const needletail_pooling *shape, const float *input, float *output, long begin, long end);

/// Chunks of a gradient of pooling.
long needletail_pooling_gradient_chunks(const needletail_pooling *shape);

/// Adds each output's gradient to the first place of its window, line by line, that holds the greatest value; the others
/// get nothing, whether they are overwritten or accumulated into.
void needletail_max_pooling_gradient(
    const needletail_pooling *shape, const float *input, const float *output, const float *output_gradient,
    int accumulate, float *input_gradient, long begin, long end);

/// Writes the sum under each window times its share to `output`, `[n, out_h, out_w, c]`. A chunk is a row of the output,
/// there are n · out_h.
///
/// - Parameter shares: What a pixel weighs in the mean under each window, `[out_h, out_w]`.
void needletail_average_pooling(
    const needletail_pooling *shape, const float *shares, const float *input, float *output, long begin, long end);

/// Adds each output's gradient times its share to every pixel of its window.
void needletail_average_pooling_gradient(
    const needletail_pooling *shape, const float *shares, const float *output_gradient, int accumulate,
    float *input_gradient, long begin, long end);

// MARK: - Activations

/// `output[i] = activation(input[i])`, the same bits as in an epilogue. The two may be the same memory.
///
/// - Parameters:
///   - variant: `NULL` for the default.
///   - slope: that of `needletail_leaky_relu`.
void needletail_activate(
    const needletail_variant *variant, needletail_activation activation, float slope, long count, const float *input,
    float *output);

/// Multiplies a gradient by the derivative of an activation, in place; it becomes zero, whatever it was, where a ReLU, a
/// ReLU6 or a hard sigmoid is flat.
///
/// - Parameter values: The activation's output, but the input of `needletail_silu`, `needletail_hard_swish` and
///   `needletail_gelu`, whose derivatives do not follow from the output.
void needletail_activation_gradient(
    const needletail_variant *variant, needletail_activation activation, float slope, long count, const float *values,
    float *gradient);

/// `exp(x) / Σ exp(x)` of each of the rows from `begin` to `end` of `[rows, channels]`. A row with NaN, with +∞ or with nothing
/// but -∞ becomes NaN. The two may be the same memory.
void needletail_softmax(
    const needletail_variant *variant, long channels, const float *input, float *output, long begin, long end);

// MARK: - The ceiling

/// Keeps the multiply-add units of one core busy for `rounds` rounds, to measure their speed.
///
/// - Parameter result: Two floats, a factor and a term; the first is overwritten, so that the work is not left out.
/// - Returns: Multiply-adds of single floats done.
long needletail_multiply_add(const needletail_variant *variant, long rounds, float *result);

/// Reads `count` floats, a multiple of 128, to measure the speed of memory and caches.
float needletail_read_memory(const needletail_variant *variant, const float *p, long count);

#ifdef __cplusplus
}
#endif

#endif
