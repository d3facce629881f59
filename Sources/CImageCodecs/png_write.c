#include "report.h"

#include <setjmp.h>
#include <stdlib.h>

#include <png.h>
#include <zlib.h>

typedef struct {
    png_structp png;
    png_infop info;
    jmp_buf escape;
    nic_report report;
    uint8_t *data;
    size_t size;
    size_t capacity;
} writer;

static void on_error(png_structp png, png_const_charp message) {
    writer *self = png_get_error_ptr(png);
    if (self->report.status == NIC_OK) nic_fail(&self->report, NIC_UNSUPPORTED, message);
    longjmp(self->escape, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    writer *self = png_get_error_ptr(png);
    nic_warn(&self->report, message);
}

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
    writer *self = png_get_io_ptr(png);
    if (count > self->capacity - self->size) {
        size_t capacity = self->capacity * 2 > self->size + count ? self->capacity * 2 : self->size + count;
        uint8_t *data = realloc(self->data, capacity);
        if (data == NULL) {
            nic_fail(&self->report, NIC_OUT_OF_MEMORY, "out of memory");
            longjmp(self->escape, 1);
        }
        self->data = data;
        self->capacity = capacity;
    }
    memcpy(self->data + self->size, bytes, count);
    self->size += count;
}

static void flush_nothing(png_structp png) { (void)png; }

nic_report nic_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int level, uint8_t **data,
    size_t *size) {
    *data = NULL;
    *size = 0;
    writer *self = calloc(1, sizeof *self);
    if (self == NULL) {
        nic_report report = {0};
        nic_fail(&report, NIC_OUT_OF_MEMORY, "out of memory");
        return report;
    }
    if (setjmp(self->escape)) {
        nic_report report = self->report;
        png_destroy_write_struct(&self->png, &self->info);
        free(self->data);
        free(self);
        return report;
    }
    self->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
    if (self->png != NULL) self->info = png_create_info_struct(self->png);
    if (self->info == NULL) {
        nic_fail(&self->report, NIC_OUT_OF_MEMORY, "out of memory");
        longjmp(self->escape, 1);
    }
    png_set_write_fn(self->png, self, write_bytes, flush_nothing);
    // PNG allows sides up to 2^31 - 1; libpng's default limit is a million.
    png_set_user_limits(self->png, 0x7FFFFFFF, 0x7FFFFFFF);
    png_set_IHDR(
        self->png, self->info, width, height, 8,
        channels == 1 ? PNG_COLOR_TYPE_GRAY : channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGB_ALPHA,
        PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(self->png, level);
    // Of a photograph nothing comes twice but the pixel before: looking for more takes longer and packs no better.
    if (level < 4) png_set_compression_strategy(self->png, Z_RLE);
    png_set_filter(self->png, PNG_FILTER_TYPE_BASE, level < 4 ? PNG_FILTER_UP : PNG_ALL_FILTERS);
    png_write_info(self->png, self->info);
    size_t stride = (size_t)width * (size_t)channels;
    for (uint32_t row = 0; row < height; row++) png_write_row(self->png, pixels + stride * row);
    png_write_end(self->png, NULL);
    png_destroy_write_struct(&self->png, &self->info);
    nic_report report = self->report;
    *data = self->data;
    *size = self->size;
    free(self);
    return report;
}
