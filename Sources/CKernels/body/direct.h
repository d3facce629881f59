// Direct convolution: gathers the pixels of a block into panels and multiplies each panel by each panel of weights.
//
// Pixels are not gathered where a product can read them as they lie: in the source itself for 1x1 kernels, and in
// copies of its rows, with their padding, for kernels with few channels such as the first of a network. In such a row
// the taps of a pixel adjoin, and those of the next one begin a stride further.
//
// Packed weights: for each phase, for each group, for each PANEL_CHANNELS output channels,
// `[tap row][tap column][channel][PANEL_CHANNELS]`, zero beyond the last channel.

struct direct_plan {
    struct taps taps;
    struct pixels pixels;
    /// Whether the source already is a matrix of pixels: 1x1 taps, one per grid point.
    int in_place;
    /// Whether the taps of a row adjoin in memory and are gathered in one go.
    int joined;
    /// Floats of a copied row where pixels are read in rows; 0 where they are not.
    long row_floats;
    long block_rows;      // rows of the grid in a block, where pixels are read in rows
    long panel_floats;
    long points;        // grid points, all images
    long width;         // pixels of a panel
    long panels;        // panels of all points
    long block_panels;  // panels of a block, at most
    long blocks;
    long k_panels;      // panels of output channels of a group
    long split;         // slices the panels of output channels are cut into
    int slices_first;   // whether chunks go through the blocks of a slice, and not through the slices of a block
    long chunks;
};

/// Where part number `index` begins of `count` things cut into `parts`.
INLINE long part_begin(long count, long parts, long index) { return count * index / parts; }

/// Second-level cache that the gathered pixels of a block may fill, in floats.
#define DIRECT_BLOCK_FLOATS (LANES == 16 ? 192 * 1024 : 48 * 1024)

/// Rows of weights that a product fetches while it runs. The next panel's, where it stays in the cache until it is used.
#define FETCHED_BYTES (256 * 1024)
#define FETCHED_AHEAD (8 * 1024)

/// Second-level cache in which the weights of a job stay from chunk to chunk, in floats.
#define KEPT_WEIGHTS (96 * 1024)

/// Floats of a destination that is in none of the caches when it is written.
#define UNCACHED_FLOATS (1536 * 1024)

/// Pixels of a product of so many steps, at most. Where a vector of AVX-512 is two to the processor, more than twenty stores
/// in a row keep the multiply-adds behind them waiting for some fifty cycles, which short products feel.
INLINE long widest_product(long steps) { return PANEL_PIXELS > 10 && steps <= 256 ? 10 : PANEL_PIXELS; }

/// Floats between gathered pixels that are kept in rows: an odd number of cache lines, so that the pixels of a panel
/// fall into different cache sets, with room for one vector written past the end.
INLINE long gathered_row(long steps) { return (divide_up(steps + LANES, 2 * SEGMENT) * 2 + 1) * SEGMENT; }

/// Plans to read pixels in rows, if a block of rows fits into the cache.
static int plan_rows(struct direct_plan *plan) {
    const struct taps *t = &plan->taps;
    const long row_floats = round_up((((long)t->grid_w - 1) * t->step_x + t->cols) * t->c + LANES, SEGMENT);
    const long most = (DIRECT_BLOCK_FLOATS / row_floats - t->rows) / t->step_y + 1;
    if (DIRECT_BLOCK_FLOATS / row_floats < t->rows) return 0;
    const long work = plan->points * plan->k_panels * PANEL_VECTORS * needletail_steps(t) / 2;
    const long wanted = smaller(32, larger(1, work / 25000));
    const long rows = (long)t->images * t->grid_h;
    plan->row_floats = row_floats;
    plan->block_rows = smaller(most, larger(1, rows / wanted));
    plan->width = divide_up(t->grid_w, divide_up(t->grid_w, widest_product(needletail_steps(t))));
    plan->blocks = t->images * divide_up(t->grid_h, plan->block_rows);
    plan->pixels = (struct pixels){
        .pixel_stride = (long)t->step_x * t->c, .segment_stride = row_floats, .length = (long)t->cols * t->c,
        .full = t->rows,
    };
    plan->block_panels = divide_up(plan->block_rows * t->grid_w, PANEL_PIXELS);
    plan->split = 1;
    plan->chunks = plan->blocks;
    return 1;
}

static struct direct_plan plan_direct(const struct taps *t) {
    struct direct_plan plan = {.taps = *t};
    const long source_stride = (long)t->c * t->groups;
    const long steps = needletail_steps(t);
    plan.points = (long)t->images * t->grid_h * t->grid_w;
    // Pixels a multiple of 4 KiB apart would compete for one set of the first-level cache.
    plan.in_place = t->rows == 1 && t->cols == 1 && t->step_y == 1 && t->step_x == 1 && t->first_row == 0
        && t->first_col == 0 && t->grid_h == t->source_h && t->grid_w == t->source_w && source_stride % 1024 != 0;
    plan.joined = t->groups == 1 && t->col_step == 1;
    plan.pixels = (struct pixels){.length = SEGMENT, .full = steps / SEGMENT, .tail = steps % SEGMENT};
    plan.k_panels = divide_up(t->k, PANEL_CHANNELS);
    if (plan.points == 0) return plan;
    if (plan.joined && !plan.in_place && t->c % SEGMENT != 0 && t->row_step == 1 && plan_rows(&plan)) return plan;
    if (plan.in_place) {
        plan.pixels.pixel_stride = source_stride, plan.pixels.segment_stride = SEGMENT;
    } else if (t->c % SEGMENT == 0) {
        plan.pixels.pixel_stride = SEGMENT, plan.pixels.segment_stride = SEGMENT * PANEL_PIXELS;
        plan.panel_floats = steps * PANEL_PIXELS;
    } else {
        plan.pixels.pixel_stride = gathered_row(steps), plan.pixels.segment_stride = SEGMENT;
        plan.panel_floats = gathered_row(steps) * PANEL_PIXELS;
    }

    plan.width = divide_up(plan.points, divide_up(plan.points, widest_product(steps)));
    plan.panels = divide_up(plan.points, plan.width);
    // Enough chunks for the threads to share evenly, none so small that handing it out would cost more than doing it.
    const long work = plan.points * plan.k_panels * PANEL_VECTORS * larger(steps, 8) / 2 * t->groups;
    const long weights = steps * t->k;
    long wanted = work < 8 * 25000 ? smaller(8, larger(1, work / 6000)) : smaller(64, work / 12500);
    // Where a pixel or two meet many weights, it is these that take the time.
    if (wanted < 8 && weights >= 32768) wanted = larger(wanted, smaller(8, weights / 32768 * 2));
    const long most = larger(1, smaller(64, DIRECT_BLOCK_FLOATS / larger(1, steps * PANEL_PIXELS)));
    const long least_blocks = divide_up(plan.panels, most);
    if (plan.in_place && t->groups == 1 && weights > plan.points * (t->c + t->k)) {
        // Many weights for few pixels: each thread should read a part of them.
        // Slices of as many panels each, as far as that goes.
        plan.split = divide_up(plan.k_panels, larger(1, plan.k_panels / wanted));
        plan.blocks = smaller(plan.panels, larger(least_blocks, divide_up(wanted, plan.split)));
        plan.slices_first = 1;
    } else {
        // A chunk reads all of its weights, so with many weights it should do so for several panels of pixels.
        const long least = weights <= DIRECT_BLOCK_FLOATS / 2 ? 1 : smaller(4, most);
        const long blocks = larger(least_blocks, smaller(plan.panels / least, divide_up(wanted, t->groups)));
        plan.blocks = smaller(plan.panels, larger(1, blocks));
        // An odd number of equal parts is not shared evenly by two threads, or by four.
        if (plan.blocks % 2 == 1 && plan.blocks > 1 && plan.blocks < plan.panels) plan.blocks++;
        // Cutting the output channels gathers the same pixels again for each part.
        const long parts = plan.in_place ? wanted : smaller(wanted, 12);
        plan.split = smaller(plan.k_panels, divide_up(parts, plan.blocks * t->groups));
    }
    plan.block_panels = divide_up(plan.panels, plan.blocks);
    plan.chunks = plan.blocks * t->groups * plan.split;
    return plan;
}

/// Floats of the offsets of a block's pixels in the destination.
INLINE long direct_offset_floats(const struct direct_plan *plan) {
    return round_up(plan->block_panels * PANEL_PIXELS * (long)(sizeof(ptrdiff_t) / sizeof(float)), SEGMENT);
}

/// Rows of the source under a block that is read in rows.
INLINE long direct_block_source_rows(const struct direct_plan *plan) {
    return (plan->block_rows - 1) * plan->taps.step_y + plan->taps.rows;
}

/// What the scratch memory holds, the offsets, the gathered panels or rows.
static size_t direct_scratch(const struct direct_plan *plan) {
    const long pixels = plan->row_floats ? direct_block_source_rows(plan) * plan->row_floats
                                         : plan->block_panels * plan->panel_floats;
    return (size_t)(KEPT_FLOATS + direct_offset_floats(plan) + pixels);
}

/// Whole segments, from memory or, where `source` is null, zero.
INLINE void gather_segments(float *to_segment, const float *source, long segments) {
    if (source) {
        for (long s = 0; s < segments; s++) {
            UNROLL for (int v = 0; v < SEGMENT; v += LANES) {
                store(to_segment + s * SEGMENT * PANEL_PIXELS + v, load(source + s * SEGMENT + v));
            }
        }
    } else {
        for (long s = 0; s < segments; s++) {
            UNROLL for (int v = 0; v < SEGMENT; v += LANES) {
                store(to_segment + s * SEGMENT * PANEL_PIXELS + v, (vector){});
            }
        }
    }
}

/// Copies `length` floats of which only [from, to) exist, the others being zero, and writes up to LANES - 1 floats of
/// rubbish after them.
INLINE void gather_floats(float *out, const float *source, long length, long from, long to) {
    if (from >= to) from = to = 0;
    for (long i = 0; i < from; i++) out[i] = 0;
    long i = from;
    for (; i + LANES <= to; i += LANES) store(out + i, load(source + i));
    if (i < to) store(out + i, load_first(source + i, (int)(to - i)));
    for (i = to; i < length; i++) out[i] = 0;
}

/// A walk over the grid points of all images in order.
struct grid_point {
    long image, y, x;
};

INLINE struct grid_point grid_point_at(const struct taps *t, long index) {
    const long area = (long)t->grid_h * t->grid_w, rest = index % area;
    return (struct grid_point){index / area, rest / t->grid_w, rest % t->grid_w};
}

INLINE void advance(const struct taps *t, struct grid_point *p) {
    if (++p->x < t->grid_w) return;
    p->x = 0;
    if (++p->y < t->grid_h) return;
    p->y = 0, p->image++;
}

/// Gathers one pixel as a row: all taps, channel after channel. `source` points to the first channel of the group.
INLINE void gather_row(const struct taps *t, int joined, const float *source, struct grid_point point, float *to) {
    const long stride = (long)t->c * t->groups;
    const float *image = source + point.image * t->source_h * t->source_w * stride;
    const long x0 = point.x * t->step_x + t->first_col;
    for (long r = 0; r < t->rows; r++) {
        const long y = point.y * t->step_y + t->first_row + r * t->row_step;
        const int inside = y >= 0 && y < t->source_h;
        const float *row = image + (inside ? y : 0) * t->source_w * stride;
        if (joined) {
            const long length = (long)t->cols * t->c;
            const long from = smaller(t->cols, larger(0, -x0)) * t->c;
            const long end = inside ? larger(0, smaller(t->cols, t->source_w - x0)) * t->c : 0;
            gather_floats(to, row + x0 * stride, length, from, end);
            to += length;
        } else {
            for (long k = 0; k < t->cols; k++, to += t->c) {
                const long x = x0 + k * t->col_step;
                const int there = inside && x >= 0 && x < t->source_w;
                gather_floats(to, row + x * stride, t->c, 0, there ? t->c : 0);
            }
        }
    }
}

/// Of `count` pixels of one row of the grid from `point` on, how many have all their taps inside the source.
INLINE long pixels_inside(const struct taps *t, struct grid_point point, long count) {
    const long y = point.y * t->step_y + t->first_row, x = point.x * t->step_x + t->first_col;
    const long room = t->source_w - 1 - (t->cols - 1L) * t->col_step - x;
    if (y < 0 || y + (t->rows - 1L) * t->row_step >= t->source_h || x < 0 || room < 0) return 0;
    return smaller(smaller(count, t->grid_w - point.x), room / t->step_x + 1);
}

/// Gathers `count` pixels from `point` on as rows, `to_stride` floats apart, and leaves `point` behind them. Where taps lie inside
/// it is copying, tap by tap, or tap row by tap row where they adjoin.
static void gather_rows(
    const struct taps *t, int joined, const float *source, struct grid_point *point, long count, float *to, long to_stride
) {
    const long stride = (long)t->c * t->groups, row_floats = t->source_w * stride;
    const long pieces = joined ? 1 : t->cols, length = joined ? (long)t->cols * t->c : t->c;
    while (count > 0) {
        const long run = pixels_inside(t, *point, count);
        if (run == 0) {
            gather_row(t, joined, source, *point, to);
            advance(t, point);
            count--, to += to_stride;
            continue;
        }
        const long y = point->image * t->source_h + point->y * t->step_y + t->first_row;
        const float *row = source + y * row_floats + (point->x * t->step_x + t->first_col) * stride;
        for (long r = 0; r < t->rows * pieces; r++) {
            const float *piece = row + r / pieces * t->row_step * row_floats + r % pieces * t->col_step * stride;
            for (long i = 0; i < length; i += LANES) {
                const int floats = (int)smaller(LANES, length - i);
                const float *from = piece + i;
                float *out = to + r * length + i;
                for (long p = 0; p < run; p++, from += t->step_x * stride, out += to_stride) {
                    store(out, load_channels(from, floats));
                }
            }
        }
        point->x += run - 1;
        advance(t, point);
        count -= run, to += run * to_stride;
    }
}

/// Gathers `count` pixels from `point` on into one panel, segment by segment where the channels allow it, otherwise as
/// rows.
static void gather_panel(
    const struct direct_plan *plan, const float *source, struct grid_point point, long count, float *panel
) {
    const struct taps *t = &plan->taps;
    if (t->c % SEGMENT != 0) {
        gather_rows(t, plan->joined, source, &point, count, panel, plan->pixels.pixel_stride);
        return;
    }
    const long stride = (long)t->c * t->groups, segments = t->c / SEGMENT;
    for (long p = 0; p < count; p++, advance(t, &point)) {
        float *to = panel + p * SEGMENT;
        const float *image = source + point.image * t->source_h * t->source_w * stride;
        for (long r = 0; r < t->rows; r++) {
            const long y = point.y * t->step_y + t->first_row + r * t->row_step;
            const int inside = y >= 0 && y < t->source_h;
            for (long k = 0; k < t->cols; k++, to += segments * SEGMENT * PANEL_PIXELS) {
                const long x = point.x * t->step_x + t->first_col + k * t->col_step;
                const int there = inside && x >= 0 && x < t->source_w;
                gather_segments(to, there ? image + (y * t->source_w + x) * stride : NULL, segments);
            }
        }
    }
}

/// Copies the rows of the source under `count` rows of the grid from `point` on, with zeros where there is no source.
static void copy_rows(
    const struct direct_plan *plan, const float *source, struct grid_point point, long count, float *to
) {
    const struct taps *t = &plan->taps;
    const float *image = source + point.image * t->source_h * t->source_w * t->c;
    const long length = (((long)t->grid_w - 1) * t->step_x + t->cols) * t->c;
    const long from = larger(0, -t->first_col) * t->c, end = larger(0, (long)t->source_w - t->first_col) * t->c;
    for (long r = 0; r < (count - 1) * t->step_y + t->rows; r++, to += plan->row_floats) {
        const long y = point.y * t->step_y + t->first_row + r;
        const int inside = y >= 0 && y < t->source_h;
        const float *row = image + ((inside ? y : 0) * t->source_w + t->first_col) * t->c;
        gather_floats(to, row, length, smaller(from, length), inside ? smaller(end, length) : 0);
    }
}

/// The points of a block: `count` from number `first` on.
struct direct_block {
    long first, count;
};

INLINE struct direct_block direct_block_at(const struct direct_plan *plan, long block) {
    const struct taps *t = &plan->taps;
    if (!plan->row_floats) {
        const long first = part_begin(plan->panels, plan->blocks, block) * plan->width;
        const long end = part_begin(plan->panels, plan->blocks, block + 1) * plan->width;
        return (struct direct_block){first, smaller(plan->points, end) - first};
    }
    const long image_blocks = divide_up(t->grid_h, plan->block_rows), y = block % image_blocks * plan->block_rows;
    return (struct direct_block){
        (block / image_blocks * t->grid_h + y) * t->grid_w, smaller(plan->block_rows, t->grid_h - y) * t->grid_w};
}

/// Where in memory what a chunk fetches ahead lies.
struct fetched {
    const char *next, *end;
};

INLINE struct fetched fetched_by(const needletail_read_ahead *ahead, long chunk, long chunks) {
    if (!ahead->memory) return (struct fetched){};
    const double part = (double)ahead->count / (double)chunks;
    const long from = (long)(part * ((double)chunk + ahead->from)), to = (long)(part * ((double)chunk + ahead->to));
    return (struct fetched){(const char *)(ahead->memory + from), (const char *)(ahead->memory + to)};
}

/// Runs the chunks [begin, end) of one phase of one map, which is number `part` of all phases of all maps.
static void run_direct(
    const struct direct_plan *plan, int part, const needletail_map *map, const float *packed, float *scratch,
    long begin, long end
) {
    if (begin >= end) return;
    const struct taps *t = &plan->taps;
    const long source_stride = (long)t->c * t->groups;
    const long dest_stride = map->dest_stride ? map->dest_stride : (long)t->k * t->groups;
    const long steps = needletail_steps(t), k_panel_floats = steps * PANEL_CHANNELS;
    struct kept *kept = (struct kept *)scratch;
    ptrdiff_t *offsets = (ptrdiff_t *)(scratch + KEPT_FLOATS);
    float *panels = scratch + KEPT_FLOATS + direct_offset_floats(plan);
    if (kept->part != part) *kept = (struct kept){.part = part, .block = -1};
    const needletail_epilogue *epilogue = &map->epilogue;
    const int fetches_out = (long)t->images * t->dest_h * t->dest_w * dest_stride > UNCACHED_FLOATS;

    for (long chunk = begin; chunk < end; chunk++) {
        const long slice = plan->slices_first ? chunk / plan->blocks : chunk % plan->split;
        const long group = chunk / plan->split % t->groups * !plan->slices_first;
        const long block = plan->slices_first ? chunk % plan->blocks : chunk / plan->split / t->groups;
        const struct direct_block place = direct_block_at(plan, block);
        const long first = place.first, points = place.count;
        const float *group_source = map->source + group * t->c;
        if (block != kept->block) {
            struct grid_point point = grid_point_at(t, first);
            // Where every pixel of the destination is a point, they follow one another.
            const int whole = t->grid_h == t->dest_h && t->grid_w == t->dest_w;
            for (long p = 0; p < points && whole; p++) offsets[p] = (first + p) * dest_stride;
            for (long p = 0; p < points && !whole; p++, advance(t, &point)) {
                const long y = point.y * t->dest_step_y + t->dest_row;
                const long x = point.x * t->dest_step_x + t->dest_col;
                offsets[p] = ((point.image * t->dest_h + y) * t->dest_w + x) * dest_stride;
            }
        }
        if (plan->row_floats && block != kept->block) {
            copy_rows(plan, map->source, grid_point_at(t, first), points / t->grid_w, panels);
        } else if (!plan->row_floats && !plan->in_place && (block != kept->block || group != kept->group)) {
            for (long p = 0; p < points; p += plan->width) {
                gather_panel(
                    plan, group_source, grid_point_at(t, first + p), smaller(plan->width, points - p),
                    panels + p / plan->width * plan->panel_floats);
            }
        }
        // A thread that has read all of the weights has them in its cache, if they fit; and for another block of the same
        // slice, those that come next have been fetched.
        const int has_weights = plan->slices_first
            ? block > 0 && kept->block == block - 1
            : kept->block >= 0 && plan->split == 1 && k_panel_floats * plan->k_panels <= KEPT_WEIGHTS;
        kept->block = block, kept->group = group;

        struct fetched ahead = fetched_by(&map->ahead, chunk, plan->chunks);
        const long first_panel = part_begin(plan->k_panels, plan->split, slice);
        const long last_panel = part_begin(plan->k_panels, plan->split, slice + 1);
        for (long k_panel = first_panel; k_panel < last_panel; k_panel++) {
            const long k = group * t->k + k_panel * PANEL_CHANNELS;
            const float *weights = packed + (group * plan->k_panels + k_panel) * k_panel_floats;
            struct sink sink = {
                .out = map->dest + k,
                .channels = (int)smaller(PANEL_CHANNELS, t->k - k_panel * PANEL_CHANNELS),
                .lowest = lowest_result(epilogue), .highest = highest_result(epilogue),
                .bias = epilogue->bias ? epilogue->bias + k : NULL,
                .residual = epilogue->residual ? epilogue->residual + k : NULL,
                .gate = epilogue->gate ? epilogue->gate + k : NULL, .fetches_out = fetches_out,
            };
            const product_function *product = products_for(sink.channels);
            const ptrdiff_t next_bytes = k_panel_floats * 4 <= FETCHED_BYTES ? k_panel_floats * 4 : FETCHED_AHEAD;
            for (long p = 0, count; p < points; p += count) {
                const float *a;
                if (plan->row_floats) {
                    const long y = p / t->grid_w, x = p % t->grid_w;
                    a = panels + y * t->step_y * plan->row_floats + x * plan->pixels.pixel_stride;
                    count = smaller(plan->width, t->grid_w - x);
                } else {
                    a = plan->in_place ? group_source + (first + p) * source_stride
                                       : panels + p / plan->width * plan->panel_floats;
                    count = smaller(plan->width, points - p);
                }
                // The first panel of pixels fetches the weights that come next; the first panel of weights the pixels that
                // come next, where they are read as they lie and are not few; the others what a later job reads.
                const int reads_ahead = ahead.next < ahead.end;
                ptrdiff_t prefetch = 0;
                if (k_panel + 1 < plan->k_panels && p == 0 && !(reads_ahead && has_weights)) {
                    prefetch = next_bytes;
                } else if (
                    plan->in_place && t->groups == 1 && k_panel == first_panel && !(reads_ahead && plan->slices_first)
                ) {
                    prefetch = (intptr_t)(a + count * source_stride) - (intptr_t)weights;
                } else if (reads_ahead) {
                    prefetch = ahead.next - (const char *)weights;
                    ahead.next += k_panel_floats * 4;
                }
                sink.offset = offsets + p;
                product[count - 1](a, &plan->pixels, weights, prefetch, &sink);
                if (activates_stored(epilogue)) {
                    activate_stored(epilogue, sink.out, sink.offset, count, sink.channels);
                }
            }
        }
    }
}

/// Packs panels [begin, end) of output channels for the forward pass, numbered group by group. The weights of an output
/// channel lie together: square blocks are transposed in registers.
static void pack_direct_forward(
    const needletail_convolution *d, const float *oihw, const float *scale, float *packed, long begin, long end
) {
    const struct taps taps = needletail_taps(d, needletail_forward, 0), *t = &taps;
    const struct weight_view view = needletail_weight_view(d, needletail_forward);
    const long steps = needletail_steps(t), k_panels = divide_up(t->k, PANEL_CHANNELS);
    const long area = (long)d->kernel_h * d->kernel_w;
    for (long panel = begin; panel < end; panel++) {
        const long group = panel / k_panels, k0 = panel % k_panels * PANEL_CHANNELS;
        const long lanes = smaller(PANEL_CHANNELS, t->k - k0);
        const float *source = oihw + group * view.group_stride + k0 * view.k_stride;
        float *out = packed + panel * steps * PANEL_CHANNELS;
        for (long l = 0; l < PANEL_CHANNELS; l += LANES) {
            for (long e = 0, c = 0, tap = 0; e < steps; e += LANES) {
                vector block[LANES];
                const int there = (int)smaller(LANES, steps - e);
                UNROLL for (int i = 0; i < LANES; i++) {
                    block[i] = (vector){};
                    if (l + i >= lanes) continue;
                    block[i] = load_channels(source + (l + i) * view.k_stride + e, there);
                    if (scale) block[i] *= splat(scale[group * t->k + k0 + l + i]);
                }
                transpose(block);
                UNROLL for (int i = 0; i < LANES; i++) {
                    if (i < there) store(out + (tap * t->c + c) * PANEL_CHANNELS + l, block[i]);
                    if (++tap == area) tap = 0, c++;
                }
            }
        }
    }
}

/// Channels of a panel that are packed together for the data gradient, so that the lines of weights read for one tap are
/// still there for the next one, which may be of another phase.
INLINE long packed_together(const needletail_convolution *d) {
    const long row = (long)d->kernel_h * d->kernel_w * PANEL_CHANNELS;
    return smaller(larger(8, 16 * 1024 / row), d->c_out / d->groups);
}

/// Packs some of the channels of panel `panel` of a phase for the data gradient.
static void pack_direct_gradient(
    const needletail_convolution *d, const struct taps *t, const float *oihw, const float *scale, float *packed,
    long panel, long first, long last
) {
    const struct weight_view view = needletail_weight_view(d, needletail_data_gradient);
    const long k_panels = divide_up(t->k, PANEL_CHANNELS);
    const long group = panel / k_panels, k0 = panel % k_panels * PANEL_CHANNELS;
    const long lanes = smaller(PANEL_CHANNELS, t->k - k0);
    const float *source = oihw + group * view.group_stride + k0 * view.k_stride;
    float *out = packed + panel * needletail_steps(t) * PANEL_CHANNELS;
    for (long tap = 0; tap < (long)t->rows * t->cols; tap++) {
        const long row = t->kernel_row + tap / t->cols * t->kernel_row_step;
        const float *from = source + row * d->kernel_w + t->kernel_col + tap % t->cols * t->kernel_col_step;
        for (long c = first; c < last; c++) {
            const float *weight = from + c * view.c_stride;
            float *to = out + (tap * t->c + c) * PANEL_CHANNELS;
            const float channel_scale = scale ? scale[group * t->c + c] : 1;
            if (lanes == PANEL_CHANNELS && view.k_stride == 1) {
                for (long l = 0; l < PANEL_CHANNELS; l++) to[l] = channel_scale * weight[l];
            } else if (lanes == PANEL_CHANNELS) {
                UNROLL for (long l = 0; l < PANEL_CHANNELS; l++) to[l] = channel_scale * weight[l * view.k_stride];
            } else {
                for (long l = 0; l < PANEL_CHANNELS; l++) {
                    to[l] = l < lanes ? channel_scale * weight[l * view.k_stride] : 0;
                }
            }
        }
    }
}

// The phases of a pass one after the other, map by map.

static size_t direct_packed_size(const needletail_convolution *d, needletail_pass pass) {
    size_t floats = 0;
    for (int phase = 0; phase < needletail_phase_count(d, pass); phase++) {
        const struct taps t = needletail_taps(d, pass, phase);
        floats += (size_t)(t.groups * divide_up(t.k, PANEL_CHANNELS) * needletail_steps(&t) * PANEL_CHANNELS);
    }
    return floats;
}

static long direct_pack_chunks(const needletail_convolution *d, needletail_pass pass) {
    const struct taps t = needletail_taps(d, pass, 0);
    const long panels = t.groups * divide_up(t.k, PANEL_CHANNELS);
    return pass == needletail_data_gradient ? panels * divide_up(t.c, packed_together(d)) : panels;
}

static void direct_pack(
    const needletail_convolution *d, needletail_pass pass, const float *oihw, const float *scale, float *packed,
    long begin, long end
) {
    if (pass != needletail_data_gradient) return pack_direct_forward(d, oihw, scale, packed, begin, end);
    const struct taps any = needletail_taps(d, pass, 0);
    const long panels = any.groups * divide_up(any.k, PANEL_CHANNELS), together = packed_together(d);
    const long parts = divide_up(any.c, together);
    for (int phase = 0; phase < needletail_phase_count(d, pass); phase++) {
        const struct taps t = needletail_taps(d, pass, phase);
        for (long chunk = begin; chunk < end; chunk++) {
            const long first = chunk % parts * together;
            pack_direct_gradient(
                d, &t, oihw, scale, packed, chunk / parts, first, smaller(first + together, any.c));
        }
        packed += panels * needletail_steps(&t) * PANEL_CHANNELS;
    }
}

static long direct_chunks(const needletail_convolution *d, int maps, needletail_pass pass) {
    long chunks = 0;
    for (int m = 0; m < maps; m++) {
        for (int phase = 0; phase < needletail_phase_count(d, pass); phase++) {
            const struct taps t = needletail_taps(d + m, pass, phase);
            chunks += plan_direct(&t).chunks;
        }
    }
    return chunks;
}

static size_t direct_scratch_size(const needletail_convolution *d, int maps, needletail_pass pass) {
    size_t floats = KEPT_FLOATS;
    for (int m = 0; m < maps; m++) {
        for (int phase = 0; phase < needletail_phase_count(d, pass); phase++) {
            const struct taps t = needletail_taps(d + m, pass, phase);
            const struct direct_plan plan = plan_direct(&t);
            const size_t needed = direct_scratch(&plan);
            if (needed > floats) floats = needed;
        }
    }
    return floats;
}

static void direct_run(
    const needletail_convolution *d, int maps, needletail_pass pass, const needletail_map *map, const float *packed,
    float *scratch, int continues, long begin, long end
) {
    if (!continues) ((struct kept *)scratch)->part = -1;
    const int phases = needletail_phase_count(d, pass);
    long first = 0;
    for (int m = 0; m < maps; m++) {
        const float *weights = packed;
        for (int phase = 0; phase < phases && first < end; phase++) {
            const struct taps t = needletail_taps(d + m, pass, phase);
            const struct direct_plan plan = plan_direct(&t);
            run_direct(
                &plan, m * phases + phase, map + m, weights, scratch, larger(begin - first, 0),
                smaller(end - first, plan.chunks));
            weights += t.groups * plan.k_panels * needletail_steps(&t) * PANEL_CHANNELS;
            first += plan.chunks;
        }
    }
}
