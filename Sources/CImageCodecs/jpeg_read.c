#include "report.h"

#include <setjmp.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <jerror.h>

// A progressive file of a few kilobytes can ask for thousands of passes over a huge image. Encoders write
// about ten scans.
enum { most_scans = 200 };

struct nic_jpeg_reader {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    nic_report report;
    const uint8_t *data;
    size_t size;
    int channels;
    bool accept_truncated;
    bool ran_out;
};

static const JOCTET end_of_image[2] = {0xFF, JPEG_EOI};

static void on_error(j_common_ptr info) {
    nic_jpeg_reader *reader = info->client_data;
    if (reader->report.status == NIC_OK) {
        char message[JMSG_LENGTH_MAX];
        info->err->format_message(info, message);
        nic_status status = NIC_CORRUPT;
        switch (info->err->msg_code) {
            case JERR_OUT_OF_MEMORY: status = NIC_OUT_OF_MEMORY; break;
            case JERR_SOF_UNSUPPORTED:
            case JERR_BAD_PRECISION:
            case JERR_CONVERSION_NOTIMPL:
            case JERR_NOT_COMPILED:
            case JERR_ARITH_NOTIMPL:
            case JERR_FRACT_SAMPLE_NOTIMPL:
            case JERR_CCIR601_NOTIMPL: status = NIC_UNSUPPORTED; break;
            case JERR_INPUT_EOF:
            case JERR_INPUT_EMPTY: status = NIC_TRUNCATED; break;
            default: break;
        }
        nic_fail(&reader->report, status, message);
    }
    longjmp(reader->escape, 1);
}

static void on_message(j_common_ptr info, int level) {
    nic_jpeg_reader *reader = info->client_data;
    if (level >= 0) return;
    char message[JMSG_LENGTH_MAX];
    info->err->format_message(info, message);
    nic_warn(&reader->report, message);
}

static void print_nothing(j_common_ptr info) { (void)info; }

static void do_nothing(j_decompress_ptr info) { (void)info; }

static boolean on_end_of_data(j_decompress_ptr info) {
    nic_jpeg_reader *reader = info->client_data;
    if (!reader->ran_out) nic_warn(&reader->report, "the data ends before the image does");
    reader->ran_out = true;
    if (!reader->accept_truncated) {
        nic_fail(&reader->report, NIC_TRUNCATED, "the data ends before the image does");
        longjmp(reader->escape, 1);
    }
    info->src->next_input_byte = end_of_image;
    info->src->bytes_in_buffer = sizeof end_of_image;
    return TRUE;
}

static void skip(j_decompress_ptr info, long count) {
    if (count <= 0) return;
    if ((size_t)count > info->src->bytes_in_buffer) {
        on_end_of_data(info);
        return;
    }
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= (size_t)count;
}

static void on_progress(j_common_ptr info) {
    nic_jpeg_reader *reader = info->client_data;
    if (reader->info.input_scan_number > most_scans) {
        nic_fail(&reader->report, NIC_CORRUPT, "more than 200 scans");
        longjmp(reader->escape, 1);
    }
}

nic_jpeg_reader *nic_jpeg_reader_create(const uint8_t *data, size_t size) {
    nic_jpeg_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->data = data;
    reader->size = size;
    reader->info.err = jpeg_std_error(&reader->errors);
    reader->errors.error_exit = on_error;
    reader->errors.emit_message = on_message;
    reader->errors.output_message = print_nothing;
    reader->info.client_data = reader;
    if (setjmp(reader->escape)) {
        jpeg_destroy_decompress(&reader->info);
        free(reader);
        return NULL;
    }
    jpeg_create_decompress(&reader->info);
    reader->source = (struct jpeg_source_mgr){
        .next_input_byte = data,
        .bytes_in_buffer = size,
        .init_source = do_nothing,
        .fill_input_buffer = on_end_of_data,
        .skip_input_data = skip,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = do_nothing,
    };
    reader->info.src = &reader->source;
    reader->progress.progress_monitor = on_progress;
    reader->info.progress = &reader->progress;
    return reader;
}

void nic_jpeg_reader_destroy(nic_jpeg_reader *reader) {
    if (reader == NULL) return;
    jpeg_destroy_decompress(&reader->info);
    free(reader);
}

nic_report nic_jpeg_read_header(nic_jpeg_reader *reader, uint32_t *width, uint32_t *height, int *components) {
    if (setjmp(reader->escape)) return reader->report;
    jpeg_read_header(&reader->info, TRUE);
    *width = reader->info.image_width;
    *height = reader->info.image_height;
    *components = reader->info.num_components;
    if (*components != 1 && *components != 3 && *components != 4) {
        nic_fail(&reader->report, NIC_UNSUPPORTED, "it has neither 1, 3 nor 4 components");
    }
    return reader->report;
}

nic_report nic_jpeg_prepare(
    nic_jpeg_reader *reader, int eighths, int channels, uint32_t *width, uint32_t *height) {
    if (setjmp(reader->escape)) return reader->report;
    struct jpeg_decompress_struct *info = &reader->info;
    info->scale_num = (unsigned)eighths;
    info->scale_denom = 8;
    reader->channels = channels;
    if (info->num_components == 4) {
        info->out_color_space = JCS_CMYK;
    } else {
        info->out_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_EXT_RGB : JCS_EXT_RGBA;
    }
    jpeg_calc_output_dimensions(info);
    *width = info->output_width;
    *height = info->output_height;
    return reader->report;
}

// round(a * b / 255) without a division.
static inline unsigned scaled(unsigned a, unsigned b) {
    unsigned product = a * b + 128;
    return (product + (product >> 8)) >> 8;
}

// Four-component files come from Adobe's programs, which store the complement of each ink: 255 is none.
// So an ink's coverage is 255 - stored, and red = white - black - coverage(cyan) * white under black.
static void convert_inks(const JSAMPLE *inks, uint8_t *pixels, uint32_t width, int channels) {
    for (uint32_t x = 0; x < width; x++, inks += 4, pixels += channels) {
        unsigned white = inks[3];
        for (int c = 0; c < 3; c++) {
            int value = (int)white - (int)scaled(255u - inks[c], white);
            pixels[c] = (uint8_t)(value < 0 ? 0 : value);
        }
        if (channels == 4) pixels[3] = 255;
    }
}

nic_report nic_jpeg_decode(nic_jpeg_reader *reader, uint8_t *pixels, bool accept_truncated) {
    struct jpeg_decompress_struct *info = &reader->info;
    reader->accept_truncated = accept_truncated;
    if (setjmp(reader->escape)) {
        reader->report.rows = info->output_scanline;
        return reader->report;
    }
    jpeg_start_decompress(info);
    size_t stride = (size_t)info->output_width * (size_t)reader->channels;
    if (info->num_components == 4) {
        JSAMPARRAY inks = info->mem->alloc_sarray(
            (j_common_ptr)info, JPOOL_IMAGE, info->output_width * 4, 1);
        while (info->output_scanline < info->output_height) {
            uint8_t *row = pixels + stride * info->output_scanline;
            jpeg_read_scanlines(info, inks, 1);
            convert_inks(inks[0], row, info->output_width, reader->channels);
        }
    } else {
        while (info->output_scanline < info->output_height) {
            JSAMPROW rows[4];
            uint32_t first = info->output_scanline, count = info->output_height - first;
            if (count > 4) count = 4;
            for (uint32_t i = 0; i < count; i++) rows[i] = pixels + stride * (first + i);
            jpeg_read_scanlines(info, rows, count);
        }
    }
    reader->report.rows = info->output_scanline;
    jpeg_finish_decompress(info);
    return reader->report;
}
