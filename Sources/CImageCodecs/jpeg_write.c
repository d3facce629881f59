#include "report.h"

#include <setjmp.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <jerror.h>

typedef struct {
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf escape;
    nic_report report;
    unsigned char *data;
    size_t capacity;
} writer;

static void on_error(j_common_ptr info) {
    writer *self = info->client_data;
    char message[JMSG_LENGTH_MAX];
    info->err->format_message(info, message);
    nic_fail(
        &self->report, info->err->msg_code == JERR_OUT_OF_MEMORY ? NIC_OUT_OF_MEMORY : NIC_UNSUPPORTED, message);
    longjmp(self->escape, 1);
}

static void on_message(j_common_ptr info, int level) {
    (void)info;
    (void)level;
}

static void print_nothing(j_common_ptr info) { (void)info; }

static void do_nothing(j_compress_ptr info) { (void)info; }

// Large blocks grow where they are, or by moving their pages; libjpeg's own destination copies all into another.
static boolean grow(j_compress_ptr info) {
    writer *self = info->client_data;
    unsigned char *data = realloc(self->data, 2 * self->capacity);
    if (data == NULL) {
        nic_fail(&self->report, NIC_OUT_OF_MEMORY, "out of memory");
        longjmp(self->escape, 1);
    }
    self->data = data;
    info->dest->next_output_byte = data + self->capacity;
    info->dest->free_in_buffer = self->capacity;
    self->capacity *= 2;
    return TRUE;
}

nic_report nic_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int quality, bool subsamples_chroma,
    uint8_t **data, size_t *size) {
    *data = NULL;
    *size = 0;
    writer *self = calloc(1, sizeof *self);
    if (self != NULL) {
        // What photographs take at the usual qualities.
        self->capacity = 4096 + (size_t)width * height / 4;
        self->data = malloc(self->capacity);
    }
    if (self == NULL || self->data == NULL) {
        free(self);
        nic_report report = {0};
        nic_fail(&report, NIC_OUT_OF_MEMORY, "out of memory");
        return report;
    }
    self->info.err = jpeg_std_error(&self->errors);
    self->errors.error_exit = on_error;
    self->errors.emit_message = on_message;
    self->errors.output_message = print_nothing;
    self->info.client_data = self;
    if (setjmp(self->escape)) {
        nic_report report = self->report;
        jpeg_destroy_compress(&self->info);
        free(self->data);
        free(self);
        return report;
    }
    struct jpeg_compress_struct *info = &self->info;
    jpeg_create_compress(info);
    self->destination = (struct jpeg_destination_mgr){
        .next_output_byte = self->data,
        .free_in_buffer = self->capacity,
        .init_destination = do_nothing,
        .empty_output_buffer = grow,
        .term_destination = do_nothing,
    };
    info->dest = &self->destination;
    info->image_width = width;
    info->image_height = height;
    info->input_components = channels;
    info->in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_EXT_RGB : JCS_EXT_RGBX;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, quality, TRUE);
    // Tables made for the picture would keep all of it in memory, for a file a little smaller.
    info->optimize_coding = FALSE;
    if (channels != 1) {
        info->comp_info[0].h_samp_factor = info->comp_info[0].v_samp_factor = subsamples_chroma ? 2 : 1;
    }
    jpeg_start_compress(info, TRUE);
    while (info->next_scanline < height) {
        JSAMPROW rows[16];
        uint32_t first = info->next_scanline, count = height - first < 16 ? height - first : 16;
        for (uint32_t i = 0; i < count; i++) rows[i] = (JSAMPROW)(pixels + (size_t)(first + i) * width * (size_t)channels);
        jpeg_write_scanlines(info, rows, count);
    }
    jpeg_finish_compress(info);
    jpeg_destroy_compress(info);
    nic_report report = self->report;
    *data = self->data;
    *size = self->capacity - self->destination.free_in_buffer;
    free(self);
    return report;
}

void nic_free(void *data) { free(data); }
