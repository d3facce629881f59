// The one form to which the forward pass and the data gradient of every convolution are brought, and the weights that
// go with it. Nothing here depends on the variant.

#ifndef NEEDLETAIL_TAPS_H
#define NEEDLETAIL_TAPS_H

#include "../include/CKernels.h"

/// A regular grid of destination pixels, each the sum over `rows x cols` taps of source pixels times weights:
///
///     source row of grid row y, tap row r       y · step_y + first_row + r · row_step
///     destination row of grid row y             y · dest_step_y + dest_row
///     kernel row of tap row r                   kernel_row + r · kernel_step
///
/// and the same for columns. The forward pass of a convolution is one such grid. The data gradient of a convolution
/// with stride s is s² of them, one for each residue of the row and the column modulo s (of each modulo its own stride,
/// where the two differ): within one residue the taps that hit an output pixel are the same everywhere, so each grid is
/// a stride-1 convolution over the output gradient with a subset of the taps.
struct taps {
    int32_t images, groups;
    int32_t source_h, source_w, c;  // c: channels of a group
    int32_t dest_h, dest_w, k;      // k: channels of a group
    int32_t grid_h, grid_w;
    int32_t rows, cols;
    int32_t step_y, step_x, dest_step_y, dest_step_x;
    int32_t first_row, first_col, row_step, col_step;
    int32_t dest_row, dest_col;
    int32_t kernel_row, kernel_col, kernel_row_step, kernel_col_step;
};

static inline int needletail_phase_count(const needletail_convolution *d, needletail_pass pass) {
    return pass == needletail_data_gradient ? d->stride_h * d->stride_w : 1;
}

/// The kernel positions `k` with `(residue + pad - k · dilation)` divisible by the stride, last first, and where they
/// point: output position = grid position + `first` + tap · `step`.
static inline void needletail_residue_taps(
    int32_t residue, int32_t pad, int32_t dilation, int32_t stride, int32_t kernel, int32_t *count, int32_t *first,
    int32_t *step, int32_t *last_kernel, int32_t *kernel_step
) {
    *count = 0, *first = 0, *step = 1, *last_kernel = 0, *kernel_step = 0;
    int32_t previous = -1;
    for (int32_t k = 0; k < kernel; k++) {
        const int64_t reach = (int64_t)residue + pad - (int64_t)k * dilation;
        if (reach % stride != 0) continue;
        if (previous >= 0) {
            *kernel_step = -(k - previous);
            *step = (int32_t)((int64_t)(k - previous) * dilation / stride);
        }
        *count += 1, *first = (int32_t)(reach / stride), *last_kernel = k, previous = k;
    }
}

static inline struct taps needletail_taps(const needletail_convolution *d, needletail_pass pass, int phase) {
    struct taps t = {.images = d->n, .groups = d->groups};
    if (pass != needletail_data_gradient) {
        t.source_h = d->h, t.source_w = d->w, t.c = d->c_in / d->groups;
        t.dest_h = t.grid_h = d->out_h, t.dest_w = t.grid_w = d->out_w, t.k = d->c_out / d->groups;
        t.rows = d->kernel_h, t.cols = d->kernel_w;
        t.step_y = d->stride_h, t.step_x = d->stride_w, t.dest_step_y = t.dest_step_x = 1;
        t.first_row = -d->pad_h, t.first_col = -d->pad_w, t.row_step = d->dilation_h, t.col_step = d->dilation_w;
        t.kernel_row_step = t.kernel_col_step = 1;
        return t;
    }
    t.source_h = d->out_h, t.source_w = d->out_w, t.c = d->c_out / d->groups;
    t.dest_h = d->h, t.dest_w = d->w, t.k = d->c_in / d->groups;
    t.step_y = t.step_x = 1, t.dest_step_y = d->stride_h, t.dest_step_x = d->stride_w;
    t.dest_row = phase / d->stride_w, t.dest_col = phase % d->stride_w;
    t.grid_h = t.dest_row < d->h ? (d->h - t.dest_row + d->stride_h - 1) / d->stride_h : 0;
    t.grid_w = t.dest_col < d->w ? (d->w - t.dest_col + d->stride_w - 1) / d->stride_w : 0;
    needletail_residue_taps(
        t.dest_row, d->pad_h, d->dilation_h, d->stride_h, d->kernel_h, &t.rows, &t.first_row, &t.row_step,
        &t.kernel_row, &t.kernel_row_step);
    needletail_residue_taps(
        t.dest_col, d->pad_w, d->dilation_w, d->stride_w, d->kernel_w, &t.cols, &t.first_col, &t.col_step,
        &t.kernel_col, &t.kernel_col_step);
    if (t.rows == 0 || t.cols == 0) t.rows = t.cols = 0;
    return t;
}

/// The reduction of a group: taps times channels.
static inline long needletail_steps(const struct taps *t) { return (long)t->rows * t->cols * t->c; }

/// OIHW weights seen as a matrix for a pass: element (k, c, tap) of a group is at
/// `k · k_stride + c · c_stride + tap`, `tap` = kernel row · kernel_w + kernel column. In the data gradient the roles of
/// the channels are exchanged.
struct weight_view {
    long k_stride, c_stride, group_stride;
    long k, c;
};

static inline struct weight_view needletail_weight_view(const needletail_convolution *d, needletail_pass pass) {
    const long area = (long)d->kernel_h * d->kernel_w, c_in = d->c_in / d->groups, c_out = d->c_out / d->groups;
    struct weight_view v = {.group_stride = c_in * c_out * area};
    if (pass == needletail_data_gradient) {
        v.k_stride = area, v.c_stride = c_in * area, v.k = c_in, v.c = c_out;
    } else {
        v.k_stride = c_in * area, v.c_stride = area, v.k = c_out, v.c = c_in;
    }
    return v;
}

#endif
