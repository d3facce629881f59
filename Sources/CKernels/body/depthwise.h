// Depthwise convolution: every channel is filtered on its own, so there is no product to make, and vectors run over
// channels. Bound by loads, not by arithmetic; what helps is to use each loaded pixel for all the outputs it touches.
//
// Packed weights and the accumulator are `[kernel row][kernel column][channel]`, channels rounded up to 16.

/// Adjoining outputs of a row computed together.
#define DEPTHWISE_BLOCK 4

INLINE int is_depthwise(const needletail_convolution *d) { return d->groups == d->c_in && d->groups == d->c_out; }

static size_t depthwise_packed_size(const needletail_convolution *d) {
    return (size_t)((long)d->kernel_h * d->kernel_w * round_up(d->c_in, SEGMENT));
}

static void depthwise_pack(
    const needletail_convolution *d, const float *oihw, const float *scale, float *packed, long begin, long end
) {
    const long area = (long)d->kernel_h * d->kernel_w, channels = round_up(d->c_in, SEGMENT);
    for (long tap = begin; tap < end; tap++) {
        for (long c = 0; c < channels; c++) {
            packed[tap * channels + c] = c < d->c_in ? oihw[c * area + tap] * (scale ? scale[c] : 1) : 0;
        }
    }
}

/// Rows of a chunk and chunks of a phase; a row is one row of one image's grid.
INLINE long depthwise_rows(const struct taps *t) {
    return larger(1, (long)t->images * t->grid_h / 32);
}

INLINE long depthwise_phase_chunks(const struct taps *t) {
    return t->grid_w == 0 ? 0 : divide_up((long)t->images * t->grid_h, depthwise_rows(t));
}

static long depthwise_chunks(const needletail_convolution *d, int maps, needletail_pass pass) {
    long chunks = 0;
    for (int m = 0; m < maps; m++) {
        for (int phase = 0; phase < needletail_phase_count(d, pass); phase++) {
            const struct taps t = needletail_taps(d + m, pass, phase);
            chunks += depthwise_phase_chunks(&t);
        }
    }
    return chunks;
}

/// Source columns that `DEPTHWISE_BLOCK` adjoining outputs reach.
INLINE long depthwise_reach(const struct taps *t) {
    return (DEPTHWISE_BLOCK - 1) * (long)t->step_x + larger(0, t->cols - 1) * t->col_step + 1;
}

static size_t depthwise_scratch_size(const needletail_convolution *d, needletail_pass pass) {
    long pointers = 0;
    for (int phase = 0; phase < needletail_phase_count(d, pass); phase++) {
        const struct taps t = needletail_taps(d, pass, phase);
        pointers = larger(pointers, t.rows * depthwise_reach(&t));
    }
    return (size_t)(round_up(d->c_in, SEGMENT)
        + round_up(pointers * (long)(sizeof(float *) / sizeof(float)), SEGMENT));
}

/// `LANES` channels (`count` of which exist) of DEPTHWISE_BLOCK outputs. `pixels[row · reach + column]` are the source
/// pixels, `taps` the weights of the first tap, the next column's `col_floats` further.
INLINE void depthwise_block(
    const int rows, const int cols, const int step, const int col_step, const float *const *pixels, long reach,
    long channel, int count, const float *weights, long row_floats, long col_floats, vector sum[DEPTHWISE_BLOCK]
) {
    UNROLL for (int b = 0; b < DEPTHWISE_BLOCK; b++) sum[b] = (vector){};
    for (int r = 0; r < rows; r++) {
        for (int s = 0; s < cols; s++) {
            const vector w = load(weights + r * row_floats + s * col_floats + channel);
            UNROLL for (int b = 0; b < DEPTHWISE_BLOCK; b++) {
                const float *p = pixels[r * reach + b * step + s * col_step] + channel;
                sum[b] += w * (count == LANES ? load(p) : load_first(p, count));
            }
        }
    }
}

static void run_depthwise(
    const needletail_convolution *d, const struct taps *t, const float *source, const float *packed,
    const needletail_epilogue *epilogue, float *dest, float *scratch, long begin, long end
) {
    const long channels = d->c_in, padded = round_up(channels, SEGMENT), reach = depthwise_reach(t);
    const float *zeros = scratch;
    const float **pixels = (const float **)(scratch + padded);
    for (long c = 0; c < padded; c++) scratch[c] = 0;
    const float *weights = packed + ((long)t->kernel_row * d->kernel_w + t->kernel_col) * padded;
    const long row_floats = (long)t->kernel_row_step * d->kernel_w * padded;
    const long col_floats = t->kernel_col_step * padded;
    const long rows_of_chunk = depthwise_rows(t), row_count = (long)t->images * t->grid_h;
    const int common = t->rows == 3 && t->cols == 3 && t->col_step == 1;
    const int relu = epilogue->activation == needletail_relu;

    for (long row = begin * rows_of_chunk; row < smaller(end * rows_of_chunk, row_count); row++) {
        const long image = row / t->grid_h, y = row % t->grid_h;
        const long dest_row = (image * t->dest_h + y * t->dest_step_y + t->dest_row) * t->dest_w + t->dest_col;
        for (long x = 0; x < t->grid_w; x += DEPTHWISE_BLOCK) {
            for (long r = 0; r < t->rows; r++) {
                const long source_y = y * t->step_y + t->first_row + r * t->row_step;
                const int inside = source_y >= 0 && source_y < t->source_h;
                for (long j = 0; j < reach; j++) {
                    const long source_x = x * t->step_x + t->first_col + j;
                    pixels[r * reach + j] = inside && source_x >= 0 && source_x < t->source_w
                        ? source + ((image * t->source_h + source_y) * t->source_w + source_x) * channels
                        : zeros;
                }
            }
            const long outputs = smaller(DEPTHWISE_BLOCK, t->grid_w - x);
            for (long c = 0; c < channels; c += LANES) {
                const int count = (int)smaller(LANES, channels - c);
                vector sum[DEPTHWISE_BLOCK];
                if (common && t->step_x == 1 && count == LANES) {
                    depthwise_block(3, 3, 1, 1, pixels, reach, c, LANES, weights, row_floats, col_floats, sum);
                } else if (common && t->step_x == 2 && count == LANES) {
                    depthwise_block(3, 3, 2, 1, pixels, reach, c, LANES, weights, row_floats, col_floats, sum);
                } else {
                    depthwise_block(
                        t->rows, t->cols, t->step_x, t->col_step, pixels, reach, c, count, weights, row_floats,
                        col_floats, sum);
                }
                const vector shift = epilogue->bias ? load_channels(epilogue->bias + c, count) : (vector){};
                UNROLL for (int b = 0; b < DEPTHWISE_BLOCK; b++) {
                    if (b >= outputs) break;
                    const long at = (dest_row + (x + b) * t->dest_step_x) * channels + c;
                    const vector value = finish(
                        sum[b] + shift, epilogue->residual ? epilogue->residual + at : NULL,
                        epilogue->gate ? epilogue->gate + at : NULL, relu, count);
                    store_channels(dest + at, value, count);
                }
            }
            if (activates_stored(epilogue)) {
                ptrdiff_t offsets[DEPTHWISE_BLOCK];
                for (long b = 0; b < outputs; b++) offsets[b] = (dest_row + (x + b) * t->dest_step_x) * channels;
                activate_stored(epilogue, dest, offsets, outputs, channels);
            }
        }
    }
}

static void depthwise_run(
    const needletail_convolution *d, int maps, needletail_pass pass, const needletail_map *map, const float *packed,
    float *scratch, long begin, long end
) {
    long first = 0;
    for (int m = 0; m < maps; m++) {
        for (int phase = 0; phase < needletail_phase_count(d, pass) && first < end; phase++) {
            const struct taps t = needletail_taps(d + m, pass, phase);
            const long chunks = depthwise_phase_chunks(&t);
            run_depthwise(
                d, &t, map[m].source, packed, &map[m].epilogue, map[m].dest, scratch, larger(begin - first, 0),
                smaller(end - first, chunks));
            first += chunks;
        }
    }
}

// A chunk of the weight gradient is one kernel row of 16 channels.

static long depthwise_gradient_chunks(const needletail_convolution *d) {
    return divide_up(d->c_in, SEGMENT) * d->kernel_h;
}

/// Σ x[i · x_stride] · y[i · y_stride] in `LANES` channels.
INLINE vector depthwise_dot(
    const float *x, long x_stride, const float *y, long y_stride, long pixels, int count
) {
    vector sum[4] = {};
    long i = 0;
    if (count == LANES) {
        for (; i + 4 <= pixels; i += 4) {
            UNROLL for (int j = 0; j < 4; j++) sum[j] += load(x + (i + j) * x_stride) * load(y + (i + j) * y_stride);
        }
    }
    for (; i < pixels; i++) {
        sum[0] += load_channels(x + i * x_stride, count) * load_channels(y + i * y_stride, count);
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/// One tap's sums of `LANES` channels (`count` of which exist) of one map.
INLINE vector depthwise_tap_gradient(
    const needletail_convolution *d, long kernel_y, long kernel_x, const float *input, const float *output_gradient,
    long channel, int count
) {
    // Outputs whose input column lies inside the image.
    const long shift = kernel_x * d->dilation_w - d->pad_w, channels = d->c_in;
    const long from = shift < 0 ? divide_up(-shift, d->stride_w) : 0;
    const long to = d->w - shift <= 0 ? 0 : smaller(d->out_w, divide_up(d->w - shift, d->stride_w));
    vector sum = {};
    for (long row = 0; count > 0 && from < to && row < (long)d->n * d->out_h; row++) {
        const long image = row / d->out_h, y = row % d->out_h;
        const long source_y = y * d->stride_h + kernel_y * d->dilation_h - d->pad_h;
        if (source_y < 0 || source_y >= d->h) continue;
        const float *x = input + ((image * d->h + source_y) * d->w + from * d->stride_w + shift) * channels;
        const float *g = output_gradient + (row * d->out_w + from) * channels;
        sum += depthwise_dot(x + channel, d->stride_w * channels, g + channel, channels, to - from, count);
    }
    return sum;
}

/// Outputs of a row that are summed side by side, so that no addition waits for the one before.
#define DEPTHWISE_STEP 4

/// Columns of the widest kernel whose taps are summed side by side.
#define DEPTHWISE_MOST_COLS 5

/// The sums of all taps of a kernel row in `LANES` channels of one map, each loaded gradient used for all of them. Added to
/// `total[cols]`.
INLINE void depthwise_row_gradient(
    const needletail_convolution *d, const int cols, long kernel_y, const float *input, const float *output_gradient,
    long channel, vector *total
) {
    const long channels = d->c_in, step = d->stride_w * channels;
    // Outputs whose window lies inside the image.
    const long low = smaller(d->out_w, divide_up(d->pad_w, d->stride_w)), reach = d->w + d->pad_w - cols;
    const long high = larger(low, reach < 0 ? 0 : smaller(d->out_w, reach / d->stride_w + 1));
    vector sum[DEPTHWISE_MOST_COLS][DEPTHWISE_STEP];
    UNROLL for (int k = 0; k < cols; k++) {
        UNROLL for (int j = 0; j < DEPTHWISE_STEP; j++) sum[k][j] = (vector){};
    }
    for (long row = 0; row < (long)d->n * d->out_h; row++) {
        const long image = row / d->out_h, y = row % d->out_h;
        const long source_y = y * d->stride_h + kernel_y * d->dilation_h - d->pad_h;
        if (source_y < 0 || source_y >= d->h) continue;
        const float *x = input + (image * d->h + source_y) * d->w * channels + channel;
        const float *g = output_gradient + row * d->out_w * channels + channel;
        for (long i = 0; i < low + d->out_w - high; i++) {
            const long out = i < low ? i : high + i - low;
            const vector gradient = load(g + out * channels);
            UNROLL for (int k = 0; k < cols; k++) {
                const long at = out * d->stride_w - d->pad_w + k;
                if (at >= 0 && at < d->w) sum[k][0] += gradient * load(x + at * channels);
            }
        }
        long out = low;
        const float *from = x + (low * d->stride_w - d->pad_w) * channels;
        for (; out + DEPTHWISE_STEP <= high; out += DEPTHWISE_STEP, from += DEPTHWISE_STEP * step) {
            UNROLL for (int j = 0; j < DEPTHWISE_STEP; j++) {
                const vector gradient = load(g + (out + j) * channels);
                UNROLL for (int k = 0; k < cols; k++) {
                    sum[k][j] += gradient * load(from + j * step + k * channels);
                }
            }
        }
        for (; out < high; out++, from += step) {
            const vector gradient = load(g + out * channels);
            UNROLL for (int k = 0; k < cols; k++) sum[k][0] += gradient * load(from + k * channels);
        }
    }
    UNROLL for (int k = 0; k < cols; k++) total[k] += (sum[k][0] + sum[k][1]) + (sum[k][2] + sum[k][3]);
}

static void depthwise_gradient_run(
    const needletail_convolution *d, int maps, const float *const *inputs, const float *const *output_gradients,
    int accumulate, float *accumulator, long begin, long end
) {
    const long channels = d->c_in, padded = round_up(channels, SEGMENT);
    for (long chunk = begin; chunk < end; chunk++) {
        const long kernel_y = chunk % d->kernel_h, c0 = chunk / d->kernel_h * SEGMENT;
        if ((d->kernel_w == 3 || d->kernel_w == 5) && d->dilation_w == 1 && c0 + SEGMENT <= channels) {
            for (long c = c0; c < c0 + SEGMENT; c += LANES) {
                float *at = accumulator + kernel_y * d->kernel_w * padded + c;
                vector total[DEPTHWISE_MOST_COLS];
                UNROLL for (int k = 0; k < DEPTHWISE_MOST_COLS; k++) {
                    total[k] = accumulate && k < d->kernel_w ? load(at + k * padded) : (vector){};
                }
                for (int m = 0; m < maps; m++) {
                    if (d->kernel_w == 3) {
                        depthwise_row_gradient(d + m, 3, kernel_y, inputs[m], output_gradients[m], c, total);
                    } else {
                        depthwise_row_gradient(d + m, 5, kernel_y, inputs[m], output_gradients[m], c, total);
                    }
                }
                for (int k = 0; k < d->kernel_w; k++) store(at + k * padded, total[k]);
            }
            continue;
        }
        for (long kernel_x = 0; kernel_x < d->kernel_w; kernel_x++) {
            for (long c = c0; c < c0 + SEGMENT; c += LANES) {
                const int count = (int)larger(0, smaller(LANES, channels - c));
                float *at = accumulator + (kernel_y * d->kernel_w + kernel_x) * padded + c;
                vector sum = accumulate ? load(at) : (vector){};
                for (int m = 0; m < maps; m++) {
                    sum += depthwise_tap_gradient(
                        d + m, kernel_y, kernel_x, inputs[m], output_gradients[m], c, count);
                }
                store(at, sum);
            }
        }
    }
}

static void depthwise_unpack(
    const needletail_convolution *d, const float *accumulator, const float *scale, int accumulate, float *oihw,
    long begin, long end
) {
    const long area = (long)d->kernel_h * d->kernel_w, padded = round_up(d->c_in, SEGMENT);
    for (long c = begin * SEGMENT; c < smaller(end * SEGMENT, d->c_in); c++) {
        for (long tap = 0; tap < area; tap++) {
            const float value = accumulator[tap * padded + c] * (scale ? scale[c] : 1);
            oihw[c * area + tap] = accumulate ? oihw[c * area + tap] + value : value;
        }
    }
}
