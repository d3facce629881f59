#include "report.h"

#include <setjmp.h>
#include <stdlib.h>

#include <png.h>

struct nic_png_reader {
    png_structp png;
    png_infop info;
    jmp_buf escape;
    nic_report report;
    const uint8_t *data;
    size_t size;
    size_t position;
};

static void on_error(png_structp png, png_const_charp message) {
    nic_png_reader *reader = png_get_error_ptr(png);
    if (reader->report.status == NIC_OK) {
        nic_fail(
            &reader->report, strstr(message, "memory") ? NIC_OUT_OF_MEMORY : NIC_CORRUPT, message);
    }
    longjmp(reader->escape, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    nic_png_reader *reader = png_get_error_ptr(png);
    nic_warn(&reader->report, message);
}

static void read_bytes(png_structp png, png_bytep bytes, size_t count) {
    nic_png_reader *reader = png_get_io_ptr(png);
    if (count > reader->size - reader->position) {
        nic_fail(&reader->report, NIC_TRUNCATED, "the data ends before the image does");
        longjmp(reader->escape, 1);
    }
    memcpy(bytes, reader->data + reader->position, count);
    reader->position += count;
}

nic_png_reader *nic_png_reader_create(const uint8_t *data, size_t size) {
    nic_png_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->data = data;
    reader->size = size;
    if (setjmp(reader->escape)) {
        nic_png_reader_destroy(reader);
        return NULL;
    }
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, on_warning);
    if (reader->png != NULL) reader->info = png_create_info_struct(reader->png);
    if (reader->info == NULL) {
        nic_png_reader_destroy(reader);
        return NULL;
    }
    png_set_read_fn(reader->png, reader, read_bytes);
    // Text and colour profiles are not used. Skipping them spares their decompression, and with it
    // files that unpack to gigabytes of text.
    static const png_byte skipped[] =
        "iCCP\0iTXt\0tEXt\0zTXt\0cHRM\0gAMA\0sRGB\0sPLT\0hIST\0bKGD\0sCAL\0pCAL\0eXIf\0tIME\0pHYs\0oFFs\0sBIT";
    png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, skipped, (int)(sizeof skipped / 5));
    return reader;
}

void nic_png_reader_destroy(nic_png_reader *reader) {
    if (reader == NULL) return;
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader);
}

nic_report nic_png_read_header(nic_png_reader *reader, uint32_t *width, uint32_t *height, bool *is_gray) {
    if (setjmp(reader->escape)) return reader->report;
    png_read_info(reader->png, reader->info);
    *width = png_get_image_width(reader->png, reader->info);
    *height = png_get_image_height(reader->png, reader->info);
    *is_gray = (png_get_color_type(reader->png, reader->info) & PNG_COLOR_MASK_COLOR) == 0;
    return reader->report;
}

nic_report nic_png_decode(nic_png_reader *reader, uint8_t *pixels, int channels, bool accept_truncated) {
    png_structp png = reader->png;
    png_infop info = reader->info;
    // Read again after a jump, so they must not live in registers.
    volatile uint32_t row = 0;
    volatile int pass = 0;
    volatile int passes = 1;
    if (setjmp(reader->escape)) {
        reader->report.rows = pass == passes - 1 ? row : 0;
        if (reader->report.status == NIC_TRUNCATED && accept_truncated) {
            nic_warn(&reader->report, reader->report.message);
            reader->report.status = NIC_OK;
        }
        return reader->report;
    }
    int color = png_get_color_type(png, info);
    bool has_transparency = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
    if (png_get_bit_depth(png, info) == 16) png_set_strip_16(png);
    if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (color == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
    if (channels == 4) {
        if (has_transparency) png_set_tRNS_to_alpha(png);
        else if ((color & PNG_COLOR_MASK_ALPHA) == 0) png_set_add_alpha(png, 0xFF, PNG_FILLER_AFTER);
    } else if ((color & PNG_COLOR_MASK_ALPHA) != 0 || has_transparency) {
        png_set_strip_alpha(png);
    }
    if (channels != 1 && (color & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(png);
    passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);

    uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    size_t stride = (size_t)width * (size_t)channels;
    if (png_get_rowbytes(png, info) != stride) png_error(png, "unexpected row size");
    for (pass = 0; pass < passes; pass++) {
        for (row = 0; row < height; row++) png_read_row(png, pixels + stride * row, NULL);
    }
    pass = passes - 1;
    png_read_end(png, NULL);
    reader->report.rows = height;
    return reader->report;
}
