// Depthwise convolution: every channel is filtered on its own, so there is no product to make, and vectors run over
// channels. Bound by loads, not by arithmetic; what helps is to use each loaded pixel for all the outputs it touches.
//
// Packed weights and the accumulator are `[kernel row][kernel column][channel]`, channels rounded up to 16.

/// Adjoining outputs of a row computed together.
#define DEPTHWISE_BLOCK (LANES == 16 ? 7 : 4)

/// Columns of the widest kernel whose pixels are loaded once for all outputs of a block, and steps of such kernels.
#define DEPTHWISE_MOST_COLS 5
#define DEPTHWISE_MOST_STEP 2
#define DEPTHWISE_MOST_REACH ((DEPTHWISE_BLOCK - 1) * DEPTHWISE_MOST_STEP + DEPTHWISE_MOST_COLS)

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

/// Whether two rows of outputs are computed together where all taps of both lie inside: the rows of the source that both
/// touch are then loaded once.
INLINE int depthwise_pairs(const struct taps *t) {
    return t->rows == 3 && t->cols == 3 && t->row_step == 1 && t->col_step == 1 && t->step_y == 1 && t->step_x == 1;
}

/// How the grid of a phase is cut into chunks: rows of the grid, of all images, and where these are few, channels too.
struct depthwise_plan {
    long rows, row_chunks, channel_chunks;
    /// Whether chunks go through the rows of some channels, and not through the channels of some rows. It is how the products
    /// of very small maps go, so that threads find what they have written.
    int channels_first;
};

INLINE struct depthwise_plan plan_depthwise(const struct taps *t) {
    const long rows = t->grid_w == 0 ? 0 : (long)t->images * t->grid_h;
    const long of_chunk = depthwise_pairs(t) ? larger(1, rows / 64) * 2 : larger(1, rows / 32);
    const long row_chunks = divide_up(rows, of_chunk);
    // Enough chunks for some threads, and no more: each costs something before its first block.
    const int cut = rows > 0 && rows < 16 && t->groups >= 16 * SEGMENT;
    return (struct depthwise_plan){of_chunk, row_chunks, cut ? divide_up(14, row_chunks) : 1, rows < 10};
}

INLINE long depthwise_phase_chunks(const struct taps *t) {
    const struct depthwise_plan plan = plan_depthwise(t);
    return plan.row_chunks * plan.channel_chunks;
}

/// Chunks of a map: those of the phase that has most of them, for each phase.
static long depthwise_map_chunks(const needletail_convolution *d, needletail_pass pass) {
    long most = 0;
    for (int phase = 0; phase < needletail_phase_count(d, pass); phase++) {
        const struct taps t = needletail_taps(d, pass, phase);
        most = larger(most, depthwise_phase_chunks(&t));
    }
    return most * needletail_phase_count(d, pass);
}

static long depthwise_chunks(const needletail_convolution *d, int maps, needletail_pass pass) {
    long chunks = 0;
    for (int m = 0; m < maps; m++) chunks += depthwise_map_chunks(d + m, pass);
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
        pointers = larger(pointers, (t.rows + 1) * depthwise_reach(&t));
    }
    return (size_t)(round_up(d->c_in, SEGMENT)
        + round_up(pointers * (long)(sizeof(float *) / sizeof(float)), SEGMENT));
}

/// Where a block of outputs finds its source pixels.
struct depthwise_pixels {
    /// The first pixel of the first row and the floats between rows and between pixels, where all of them exist.
    const float *corner;
    long row, pixel;
    /// Otherwise every pixel, row after row, `reach` of each row; `NULL` where all exist.
    const float *const *each;
    long reach;
};

/// `LANES` channels (`count` of which exist) of DEPTHWISE_BLOCK outputs.
///
/// - Parameters:
///   - cols, step: not above DEPTHWISE_MOST_COLS and DEPTHWISE_MOST_STEP.
///   - weights: those of the first tap, the next column's `col_floats` further.
INLINE void depthwise_block(
    const int cols, const int step, long rows, const struct depthwise_pixels *pixels, long channel, int count,
    const float *weights, long row_floats, long col_floats, vector sum[DEPTHWISE_BLOCK]
) {
    UNROLL for (int b = 0; b < DEPTHWISE_BLOCK; b++) sum[b] = (vector){};
    for (long r = 0; r < rows; r++) {
        vector x[DEPTHWISE_MOST_REACH];
        // There is no corner where each pixel is told.
        const float *row = pixels->each ? NULL : pixels->corner + r * pixels->row + channel;
        UNROLL for (int j = 0; j < DEPTHWISE_MOST_REACH; j++) {
            if (j >= (DEPTHWISE_BLOCK - 1) * step + cols) break;
            const float *p = pixels->each ? pixels->each[r * pixels->reach + j] + channel : row + j * pixels->pixel;
            x[j] = load_channels(p, count);
        }
        UNROLL for (int s = 0; s < DEPTHWISE_MOST_COLS; s++) {
            if (s >= cols) break;
            const vector w = load(weights + r * row_floats + s * col_floats + channel);
            UNROLL for (int b = 0; b < DEPTHWISE_BLOCK; b++) sum[b] += w * x[b * step + s];
        }
    }
}

/// The same for kernels of 3x3 of step 1 and the block below as well.
INLINE void depthwise_pair_block(
    const struct depthwise_pixels *pixels, long channel, int count, const float *weights,
    long row_floats, long col_floats, vector sum[2][DEPTHWISE_BLOCK]
) {
    UNROLL for (int b = 0; b < DEPTHWISE_BLOCK; b++) sum[0][b] = sum[1][b] = (vector){};
    UNROLL for (int r = 0; r < 3 + 1; r++) {
        vector x[DEPTHWISE_BLOCK + 2];
        const float *row = pixels->each ? NULL : pixels->corner + r * pixels->row + channel;
        UNROLL for (int j = 0; j < DEPTHWISE_BLOCK + 2; j++) {
            const float *p = pixels->each ? pixels->each[r * pixels->reach + j] + channel : row + j * pixels->pixel;
            x[j] = load_channels(p, count);
        }
        UNROLL for (int below = 0; below < 2; below++) {
            if (r - below < 0 || r - below >= 3) continue;
            UNROLL for (int s = 0; s < 3; s++) {
                const vector w = load(weights + (r - below) * row_floats + s * col_floats + channel);
                UNROLL for (int b = 0; b < DEPTHWISE_BLOCK; b++) sum[below][b] += w * x[b + s];
            }
        }
        STEP_BARRIER();
    }
}

/// The same for any kernel and step; a pixel is loaded for each output it touches.
static void depthwise_any_block(
    const struct taps *t, long rows, const struct depthwise_pixels *pixels, long channel, int count,
    const float *weights, long row_floats, long col_floats, vector sum[DEPTHWISE_BLOCK]
) {
    for (int b = 0; b < DEPTHWISE_BLOCK; b++) sum[b] = (vector){};
    for (long r = 0; r < rows; r++) {
        for (long s = 0; s < t->cols; s++) {
            const vector w = load(weights + r * row_floats + s * col_floats + channel);
            for (long b = 0; b < DEPTHWISE_BLOCK; b++) {
                const float *p = pixels->each[r * pixels->reach + b * t->step_x + s * t->col_step];
                sum[b] += w * load_channels(p + channel, count);
            }
        }
    }
}

/// What the blocks of a phase have in common.
struct depthwise_job {
    const struct taps *t;
    const float *weights;
    long channels, row_floats, col_floats;
    const needletail_epilogue *epilogue;
    float *dest;
};

/// Stores the first `outputs` of a block that begins at `dest[at]`, in the `count` channels from c on.
INLINE void depthwise_finish(
    const struct depthwise_job *job, long at, long outputs, long c, int count, const vector sum[DEPTHWISE_BLOCK]
) {
    const needletail_epilogue *epilogue = job->epilogue;
    const float lowest = lowest_result(epilogue), highest = highest_result(epilogue);
    const long next = job->t->dest_step_x * job->channels;
    const vector shift = epilogue->bias ? load_channels(epilogue->bias + c, count) : (vector){};
    float *out = job->dest + at + c;
    if (!epilogue->residual && !epilogue->gate && count == LANES) {
        UNROLL for (int b = 0; b < DEPTHWISE_BLOCK; b++) {
            if (b >= outputs) break;
            store(out + b * next, bounded(sum[b] + shift, lowest, highest));
        }
        return;
    }
    UNROLL for (int b = 0; b < DEPTHWISE_BLOCK; b++) {
        if (b >= outputs) break;
        const long place = at + b * next + c;
        const vector value = finish(
            sum[b] + shift, epilogue->residual ? epilogue->residual + place : NULL,
            epilogue->gate ? epilogue->gate + place : NULL, lowest, highest, count);
        store_channels(out + b * next, value, count);
    }
}

/// The first `outputs` of a block that begins at `dest[at]`, in the channels [c, c_end).
INLINE void depthwise_channels(
    const struct depthwise_job *job, const int cols, const int step, long kernel_row, long rows,
    const struct depthwise_pixels *pixels, long at, long outputs, long c, long c_end
) {
    const float *weights = job->weights + kernel_row * job->row_floats;
    for (; c < c_end; c += LANES) {
        const int count = (int)smaller(LANES, c_end - c);
        vector sum[DEPTHWISE_BLOCK];
        if (cols == 0) {
            depthwise_any_block(
                job->t, rows, pixels, c, count, weights, job->row_floats, job->col_floats, sum);
        } else if (count == LANES) {
            depthwise_block(cols, step, rows, pixels, c, LANES, weights, job->row_floats, job->col_floats, sum);
        } else {
            depthwise_block(cols, step, rows, pixels, c, count, weights, job->row_floats, job->col_floats, sum);
        }
        depthwise_finish(job, at, outputs, c, count, sum);
    }
}

/// The same for kernels of 3x3 of step 1 and the block below as well, whose first output is `below` floats further.
INLINE void depthwise_pair_channels(
    const struct depthwise_job *job, const struct depthwise_pixels *pixels, long at, long below,
    long outputs, long c, long c_end
) {
    for (; c < c_end; c += LANES) {
        const int count = (int)smaller(LANES, c_end - c);
        vector sum[2][DEPTHWISE_BLOCK];
        if (count == LANES) {
            depthwise_pair_block(pixels, c, LANES, job->weights, job->row_floats, job->col_floats, sum);
        } else {
            depthwise_pair_block(pixels, c, count, job->weights, job->row_floats, job->col_floats, sum);
        }
        depthwise_finish(job, at, outputs, c, count, sum[0]);
        depthwise_finish(job, at + below, outputs, c, count, sum[1]);
    }
}

/// `depthwise_channels` for a kind of kernel, with pixels that all exist and with others: the same code, in which what is
/// constant is compiled away.
#define DEFINE_DEPTHWISE(cols, step)                                                                                  \
    static void depthwise_##cols##_##step(                                                                            \
        const struct depthwise_job *job, long kernel_row, long rows, const struct depthwise_pixels *pixels, long at,  \
        long outputs, long c, long c_end                                                                              \
    ) {                                                                                                               \
        const struct depthwise_pixels p = *pixels;                                                                    \
        const struct depthwise_pixels inner = {.corner = p.corner, .row = p.row, .pixel = p.pixel};                   \
        if (p.each) depthwise_channels(job, cols, step, kernel_row, rows, &p, at, outputs, c, c_end);                 \
        else depthwise_channels(job, cols, step, kernel_row, rows, &inner, at, outputs, c, c_end);                    \
    }

DEFINE_DEPTHWISE(0, 0)
DEFINE_DEPTHWISE(1, 1)
DEFINE_DEPTHWISE(2, 1)
DEFINE_DEPTHWISE(3, 1)
DEFINE_DEPTHWISE(5, 1)
DEFINE_DEPTHWISE(3, 2)
DEFINE_DEPTHWISE(5, 2)

static void depthwise_pair(
    const struct depthwise_job *job, const struct depthwise_pixels *pixels, long at, long below, long outputs, long c,
    long c_end
) {
    const struct depthwise_pixels p = *pixels, inner = {.corner = p.corner, .row = p.row, .pixel = p.pixel};
    if (p.each) depthwise_pair_channels(job, &p, at, below, outputs, c, c_end);
    else depthwise_pair_channels(job, &inner, at, below, outputs, c, c_end);
}

typedef void (*depthwise_function)(
    const struct depthwise_job *job, long kernel_row, long rows, const struct depthwise_pixels *pixels, long at,
    long outputs, long c, long c_end);

/// The function for a phase; `depthwise_0_0` computes all of them.
static depthwise_function depthwise_function_for(const struct taps *t) {
    if (t->col_step != 1) return depthwise_0_0;
    if (t->step_x == 1) {
        switch (t->cols) {
        case 1: return depthwise_1_1;
        case 2: return depthwise_2_1;
        case 3: return depthwise_3_1;
        case 5: return depthwise_5_1;
        }
    }
    if (t->step_x == 2 && t->cols == 3) return depthwise_3_2;
    if (t->step_x == 2 && t->cols == 5) return depthwise_5_2;
    return depthwise_0_0;
}

static void run_depthwise(
    const needletail_convolution *d, const struct taps *t, const float *source, const float *packed,
    const needletail_epilogue *epilogue, float *dest, float *scratch, long begin, long end
) {
    const long channels = d->c_in, padded = round_up(channels, SEGMENT), reach = depthwise_reach(t);
    const float *zeros = scratch;
    const float **each = (const float **)(scratch + padded);
    for (long c = 0; c < padded; c++) scratch[c] = 0;
    const struct depthwise_job job = {
        .t = t, .weights = packed + ((long)t->kernel_row * d->kernel_w + t->kernel_col) * padded,
        .channels = channels, .row_floats = (long)t->kernel_row_step * d->kernel_w * padded,
        .col_floats = t->kernel_col_step * padded, .epilogue = epilogue, .dest = dest,
    };
    const depthwise_function run_block = depthwise_function_for(t);
    const int pairs = depthwise_pairs(t);
    const struct depthwise_plan plan = plan_depthwise(t);
    const long row_count = (long)t->images * t->grid_h, segments = padded / SEGMENT;

    for (long chunk = begin; chunk < end; chunk++) {
        const long part = plan.channels_first ? chunk / plan.row_chunks : chunk % plan.channel_chunks;
        const long first = plan.rows * (plan.channels_first ? chunk % plan.row_chunks : chunk / plan.channel_chunks);
        const long c = part_begin(segments, plan.channel_chunks, part) * SEGMENT;
        const long c_end = smaller(channels, part_begin(segments, plan.channel_chunks, part + 1) * SEGMENT);
        for (long row = first, end_row = smaller(first + plan.rows, row_count), pair; row < end_row; row += 1 + pair) {
            const long image = row / t->grid_h, y = row % t->grid_h;
            const float *image_source = source + image * t->source_h * t->source_w * channels;
            const long dest_row = (image * t->dest_h + y * t->dest_step_y + t->dest_row) * t->dest_w + t->dest_col;
            const long below = (long)t->dest_step_y * t->dest_w * channels;
            // Rows of the kernel that lie inside the image.
            const long y0 = y * t->step_y + t->first_row;
            const long kernel_row = y0 >= 0 ? 0 : divide_up(-y0, t->row_step);
            const long kernel_end = smaller(t->rows, y0 >= t->source_h ? 0 : (t->source_h - 1 - y0) / t->row_step + 1);
            const long rows = larger(0, kernel_end - kernel_row);
            pair = pairs && row + 1 < end_row && y + 1 < t->grid_h && y0 >= 0 && y0 + 4 <= t->source_h;
            const float *first_row = image_source + (y0 + kernel_row * t->row_step) * t->source_w * channels;
            for (long x = 0; x < t->grid_w; x += DEPTHWISE_BLOCK) {
                const long x0 = x * t->step_x + t->first_col, at = (dest_row + x * t->dest_step_x) * channels;
                const long outputs = smaller(DEPTHWISE_BLOCK, t->grid_w - x);
                struct depthwise_pixels pixels = {
                    .row = (long)t->row_step * t->source_w * channels, .pixel = channels, .reach = reach,
                };
                if (run_block != depthwise_0_0 && x0 >= 0 && x0 + reach <= t->source_w) {
                    pixels.corner = rows > 0 ? first_row + x0 * channels : zeros;
                } else {
                    for (long r = 0; r < rows + pair; r++) {
                        const float *from = first_row + r * pixels.row;
                        for (long j = 0; j < reach; j++) {
                            const int inside = x0 + j >= 0 && x0 + j < t->source_w;
                            each[r * reach + j] = inside ? from + (x0 + j) * channels : zeros;
                        }
                    }
                    pixels.each = each;
                }
                if (pair) depthwise_pair(&job, &pixels, at, below, outputs, c, c_end);
                else run_block(&job, kernel_row, rows, &pixels, at, outputs, c, c_end);
                if (activates_stored(epilogue)) {
                    ptrdiff_t offsets[2 * DEPTHWISE_BLOCK];
                    for (long b = 0; b < outputs; b++) {
                        offsets[b] = at + b * t->dest_step_x * channels + c;
                        offsets[outputs + b] = offsets[b] + below;
                    }
                    activate_stored(epilogue, dest, offsets, (1 + pair) * outputs, c_end - c);
                }
            }
        }
    }
}

static void depthwise_run(
    const needletail_convolution *d, int maps, needletail_pass pass, const needletail_map *map, const float *packed,
    float *scratch, long begin, long end
) {
    long first = 0;
    const int phases = needletail_phase_count(d, pass);
    for (int m = 0; m < maps && first < end; m++) {
        const long chunks = depthwise_map_chunks(d + m, pass), to = smaller(end - first, chunks);
        // The phases of the same rows follow one another: they read the same. All chunks of a single one are run in one go.
        for (long chunk = larger(begin - first, 0), next; chunk < to; chunk = next) {
            const struct taps t = needletail_taps(d + m, pass, (int)(chunk % phases));
            next = phases == 1 ? to : chunk + 1;
            if (chunk / phases >= depthwise_phase_chunks(&t)) continue;
            run_depthwise(
                d, &t, map[m].source, packed, &map[m].epilogue, map[m].dest, scratch, chunk / phases,
                (next - 1) / phases + 1);
        }
        first += chunks;
    }
}

// A chunk of the weight gradient is 16 channels of a group of images, whose maps are read once for all taps where there are
// registers for the sums. Every group has an accumulator of its own; `depthwise_unpack` adds them up.

#define DEPTHWISE_MOST_GROUPS 8

INLINE long depthwise_groups(const needletail_convolution *d) { return smaller(d->n, DEPTHWISE_MOST_GROUPS); }

static size_t depthwise_accumulator_size(const needletail_convolution *d) {
    return (size_t)depthwise_groups(d) * depthwise_packed_size(d);
}

static long depthwise_gradient_chunks(const needletail_convolution *d) {
    return depthwise_groups(d) * divide_up(d->c_in, SEGMENT);
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

/// One tap's sums of `LANES` channels (`count` of which exist) of one image.
INLINE vector depthwise_tap_gradient(
    const needletail_convolution *d, long kernel_y, long kernel_x, const float *input, const float *output_gradient,
    int count
) {
    // Outputs whose input column lies inside the image.
    const long shift = kernel_x * d->dilation_w - d->pad_w, channels = d->c_in;
    const long from = shift < 0 ? divide_up(-shift, d->stride_w) : 0;
    const long to = d->w - shift <= 0 ? 0 : smaller(d->out_w, divide_up(d->w - shift, d->stride_w));
    vector sum = {};
    for (long y = 0; from < to && y < d->out_h; y++) {
        const long source_y = y * d->stride_h + kernel_y * d->dilation_h - d->pad_h;
        if (source_y < 0 || source_y >= d->h) continue;
        const float *x = input + (source_y * d->w + from * d->stride_w + shift) * channels;
        const float *g = output_gradient + (y * d->out_w + from) * channels;
        sum += depthwise_dot(x, d->stride_w * channels, g, channels, to - from, count);
    }
    return sum;
}

/// Kernel rows of `cols` taps whose sums are held in registers.
#define DEPTHWISE_ROWS(cols) ((cols) == 3 ? 3 : LANES == 16 ? 5 : 2)

/// Adds the sums of all taps of `rows` kernel rows in `LANES` channels of one image to `total`, the first of each `padded`
/// floats from the one before.
INLINE void depthwise_rows_gradient(
    const needletail_convolution *d, const int rows, const int cols, long kernel_y, const float *input,
    const float *output_gradient, float *total, long padded
) {
    const long channels = d->c_in, line = d->w * channels, row_step = d->dilation_h * line;
    const long step = d->stride_w * channels;
    // Outputs whose window lies inside the image.
    const long low = smaller(d->out_w, divide_up(d->pad_w, d->stride_w)), reach = d->w + d->pad_w - cols;
    const long high = larger(low, reach < 0 ? 0 : smaller(d->out_w, reach / d->stride_w + 1));
    vector sum[DEPTHWISE_MOST_COLS][DEPTHWISE_MOST_COLS];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int k = 0; k < cols; k++) sum[r][k] = (vector){};
    }
    for (long y = 0; y < d->out_h; y++) {
        const long source_y = y * d->stride_h + kernel_y * d->dilation_h - d->pad_h;
        const int is_inside = source_y >= 0 && source_y + (rows - 1) * d->dilation_h < d->h;
        long out = 0;
        while (out < d->out_w) {
            const long column = out * d->stride_w - d->pad_w;
            const float *from[DEPTHWISE_MOST_COLS];
            UNROLL for (int r = 0; r < rows; r++) {
                from[r] = input + source_y * line + column * channels + r * row_step;
                OPAQUE(from[r]);
            }
            if (is_inside && out >= low && out < high) {
                for (; out < high; out++, output_gradient += channels) {
                    const vector gradient = load(output_gradient);
                    UNROLL for (int r = 0; r < rows; r++) {
                        UNROLL for (int k = 0; k < cols; k++) sum[r][k] += gradient * load(from[r] + k * channels);
                        from[r] += step;
                    }
                }
                continue;
            }
            const vector gradient = load(output_gradient);
            UNROLL for (int r = 0; r < rows; r++) {
                const long row = source_y + r * d->dilation_h;
                if (row < 0 || row >= d->h) continue;
                UNROLL for (int k = 0; k < cols; k++) {
                    if (column + k < 0 || column + k >= d->w) continue;
                    sum[r][k] += gradient * load(from[r] + k * channels);
                }
            }
            out++;
            output_gradient += channels;
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int k = 0; k < cols; k++) {
            float *at = total + ((kernel_y + r) * cols + k) * padded;
            store(at, load(at) + sum[r][k]);
        }
    }
}

/// As `depthwise_rows_gradient`, of all kernel rows.
INLINE void depthwise_kernel_gradient(
    const needletail_convolution *d, const int cols, const float *input, const float *output_gradient, float *total,
    long padded
) {
    const int together = DEPTHWISE_ROWS(cols);
    long row = 0;
    for (; row + together <= d->kernel_h; row += together) {
        depthwise_rows_gradient(d, together, cols, row, input, output_gradient, total, padded);
    }
    for (; row < d->kernel_h; row++) {
        depthwise_rows_gradient(d, 1, cols, row, input, output_gradient, total, padded);
    }
}

/// Adds the sums of `LANES` channels (`count` of which exist) of one image to `total`.
INLINE void depthwise_image_gradient(
    const needletail_convolution *d, const float *input, const float *output_gradient, int count, float *total,
    long padded
) {
    if (count == LANES && d->kernel_w == 3 && d->dilation_w == 1) {
        depthwise_kernel_gradient(d, 3, input, output_gradient, total, padded);
    } else if (count == LANES && d->kernel_w == 5 && d->dilation_w == 1) {
        depthwise_kernel_gradient(d, 5, input, output_gradient, total, padded);
    } else {
        for (long tap = 0; tap < (long)d->kernel_h * d->kernel_w; tap++) {
            const vector sum = depthwise_tap_gradient(
                d, tap / d->kernel_w, tap % d->kernel_w, input, output_gradient, count);
            store(total + tap * padded, load(total + tap * padded) + sum);
        }
    }
}

static void depthwise_gradient_run(
    const needletail_convolution *d, int maps, const float *const *inputs, const float *const *output_gradients,
    int accumulate, float *accumulator, long begin, long end
) {
    const long channels = d->c_in, padded = round_up(channels, SEGMENT), blocks = padded / SEGMENT;
    const long taps = (long)d->kernel_h * d->kernel_w, groups = depthwise_groups(d);
    for (long chunk = begin; chunk < end; chunk++) {
        const long group = chunk / blocks, first = chunk % blocks * SEGMENT;
        float *sums = accumulator + group * taps * padded;
        for (long tap = 0; tap < taps && !accumulate; tap++) {
            memset(sums + tap * padded + first, 0, sizeof(float) * SEGMENT);
        }
        for (int m = 0; m < maps; m++) {
            const needletail_convolution *map = d + m;
            const long area = (long)map->h * map->w * channels, out_area = (long)map->out_h * map->out_w * channels;
            for (long image = group * map->n / groups; image < (group + 1) * map->n / groups; image++) {
                for (long c = first; c < smaller(first + SEGMENT, channels); c += LANES) {
                    depthwise_image_gradient(
                        map, inputs[m] + image * area + c, output_gradients[m] + image * out_area + c,
                        (int)smaller(LANES, channels - c), sums + c, padded);
                }
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
            float value = 0;
            for (long group = 0; group < depthwise_groups(d); group++) {
                value += accumulator[(group * area + tap) * padded + c];
            }
            value *= scale ? scale[c] : 1;
            oihw[c * area + tap] = accumulate ? oihw[c * area + tap] + value : value;
        }
    }
}
