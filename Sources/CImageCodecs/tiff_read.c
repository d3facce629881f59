#include "library.h"
#include "report.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>

#include <tiffio.h>

static struct {
    bool is_ready;
    TIFFErrorHandler (*set_error_handler)(TIFFErrorHandler);
    TIFFErrorHandler (*set_warning_handler)(TIFFErrorHandler);
    TIFF *(*open)(
        const char *, const char *, thandle_t, TIFFReadWriteProc, TIFFReadWriteProc, TIFFSeekProc, TIFFCloseProc,
        TIFFSizeProc, TIFFMapFileProc, TIFFUnmapFileProc);
    void (*close)(TIFF *);
    int (*get_field)(TIFF *, uint32_t, ...);
    int (*set_field)(TIFF *, uint32_t, ...);
    int (*is_tiled)(TIFF *);
    uint64_t (*strip_size)(TIFF *);
    uint64_t (*tile_size)(TIFF *);
    int (*image_ok)(TIFF *, char[1024]);
    int (*image_begin)(TIFFRGBAImage *, TIFF *, int, char[1024]);
    int (*image_get)(TIFFRGBAImage *, uint32_t *, uint32_t, uint32_t);
    void (*image_end)(TIFFRGBAImage *);
} tiff;

// libtiff has one handler for all files; it calls it on the thread that reads.
static _Thread_local char last_message[256];

static void on_error(const char *module, const char *format, va_list arguments) {
    (void)module;
    if (last_message[0] == 0) vsnprintf(last_message, sizeof last_message, format, arguments);
}

static void load(void) {
    static const char *const names[] = {"libtiff.so.6", "libtiff.so.5", "libtiff.so", "libtiff.6.dylib", "libtiff.dylib", NULL};
    void *library = nic_open_first(names);
    if (!library) return;
    tiff.is_ready = NIC_LOAD(tiff.set_error_handler, library, "TIFFSetErrorHandler")
        && NIC_LOAD(tiff.set_warning_handler, library, "TIFFSetWarningHandler")
        && NIC_LOAD(tiff.open, library, "TIFFClientOpen") && NIC_LOAD(tiff.close, library, "TIFFClose")
        && NIC_LOAD(tiff.get_field, library, "TIFFGetFieldDefaulted")
        && NIC_LOAD(tiff.set_field, library, "TIFFSetField") && NIC_LOAD(tiff.is_tiled, library, "TIFFIsTiled")
        && NIC_LOAD(tiff.strip_size, library, "TIFFStripSize64")
        && NIC_LOAD(tiff.tile_size, library, "TIFFTileSize64")
        && NIC_LOAD(tiff.image_ok, library, "TIFFRGBAImageOK")
        && NIC_LOAD(tiff.image_begin, library, "TIFFRGBAImageBegin")
        && NIC_LOAD(tiff.image_get, library, "TIFFRGBAImageGet")
        && NIC_LOAD(tiff.image_end, library, "TIFFRGBAImageEnd");
    if (!tiff.is_ready) return;
    tiff.set_error_handler(on_error);
    // Half of all programs write tags that libtiff does not know.
    tiff.set_warning_handler(NULL);
}

typedef struct {
    const uint8_t *data;
    uint64_t size;
    uint64_t position;
    // Whether something was looked for behind the end.
    bool is_short;
} memory;

static tmsize_t read_bytes(thandle_t handle, void *bytes, tmsize_t count) {
    memory *self = handle;
    if (count < 0) return -1;
    uint64_t left = self->position < self->size ? self->size - self->position : 0;
    uint64_t part = (uint64_t)count < left ? (uint64_t)count : left;
    if (part < (uint64_t)count) self->is_short = true;
    if (part) memcpy(bytes, self->data + self->position, part);
    self->position += part;
    return (tmsize_t)part;
}

static tmsize_t write_bytes(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle; (void)bytes; (void)count;
    return -1;
}

static toff_t seek(thandle_t handle, toff_t offset, int origin) {
    memory *self = handle;
    uint64_t start = origin == SEEK_CUR ? self->position : origin == SEEK_END ? self->size : 0;
    self->position = start + offset;
    return self->position;
}

static toff_t size_of(thandle_t handle) { return ((memory *)handle)->size; }
static int close_nothing(thandle_t handle) { (void)handle; return 0; }

/// Everything that is tried on an open file; its report is left in `report`.
static void decode(
    TIFF *file, uint32_t width, uint32_t height, uint8_t *pixels, int channels, bool accept_truncated,
    nic_report *report) {
    char message[1024] = "";
    uint16_t samples = 1, bits = 1, extra_count = 0;
    uint16_t *extras = NULL;
    tiff.get_field(file, TIFFTAG_SAMPLESPERPIXEL, &samples);
    tiff.get_field(file, TIFFTAG_BITSPERSAMPLE, &bits);
    // No file makes libtiff ask for more memory than a picture of its size is worth.
    uint64_t unit = tiff.is_tiled(file) ? tiff.tile_size(file) : tiff.strip_size(file);
    uint64_t most = (uint64_t)width * height * 16 + ((uint64_t)1 << 26);
    if (samples > 16 || bits > 64 || unit > most) {
        snprintf(message, sizeof message, "%u samples of %u bits a pixel, in parts of %llu bytes", samples, bits,
                 (unsigned long long)unit);
        nic_fail(report, NIC_UNSUPPORTED, message);
        return;
    }
    // Opacity that is not multiplied in would be, and colours lost by it.
    if (tiff.get_field(file, TIFFTAG_EXTRASAMPLES, &extra_count, &extras) && extra_count > 0 && extras
        && extras[0] == EXTRASAMPLE_UNASSALPHA && extra_count <= 16) {
        uint16_t kinds[16];
        memcpy(kinds, extras, extra_count * sizeof *kinds);
        kinds[0] = EXTRASAMPLE_ASSOCALPHA;
        tiff.set_field(file, TIFFTAG_EXTRASAMPLES, extra_count, kinds);
    }
    if (!tiff.image_ok(file, message)) {
        nic_fail(report, NIC_UNSUPPORTED, message);
        return;
    }
    TIFFRGBAImage image;
    if (!tiff.image_begin(&image, file, accept_truncated ? 0 : 1, message)) {
        nic_fail(report, NIC_UNSUPPORTED, message);
        return;
    }
    if (image.width != width || image.height != height) {
        nic_fail(report, NIC_CORRUPT, "its headers contradict each other");
        tiff.image_end(&image);
        return;
    }
    // As it is stored: turning it is done for all formats alike.
    image.req_orientation = image.orientation;
    uint32_t *raster = calloc((size_t)width * height, sizeof *raster);
    if (!raster) {
        nic_fail(report, NIC_OUT_OF_MEMORY, "");
    } else if (!tiff.image_get(&image, raster, width, height) && !accept_truncated) {
        nic_fail(report, NIC_CORRUPT, last_message[0] ? last_message : "its data cannot be decoded");
    } else {
        size_t count = (size_t)width * height;
        for (size_t i = 0; i < count; i++) {
            uint32_t pixel = raster[i];
            *pixels++ = (uint8_t)TIFFGetR(pixel);
            *pixels++ = (uint8_t)TIFFGetG(pixel);
            *pixels++ = (uint8_t)TIFFGetB(pixel);
            if (channels == 4) *pixels++ = (uint8_t)TIFFGetA(pixel);
        }
        if (last_message[0]) nic_warn(report, last_message);
        report->rows = height;
    }
    free(raster);
    tiff.image_end(&image);
}

nic_report nic_tiff_decode(
    const uint8_t *data, size_t size, uint32_t width, uint32_t height, uint8_t *pixels, int channels,
    bool accept_truncated) {
    nic_report report = {0};
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (!tiff.is_ready) {
        nic_fail(&report, NIC_UNAVAILABLE, "libtiff");
        return report;
    }
    last_message[0] = 0;
    memory source = {data, size, 0, false};
    // "m": bytes are asked for, so that it is seen when they end.
    TIFF *file = tiff.open(
        "image", "rm", &source, read_bytes, write_bytes, seek, close_nothing, size_of, NULL, NULL);
    if (file) {
        decode(file, width, height, pixels, channels, accept_truncated, &report);
        tiff.close(file);
    } else {
        nic_fail(&report, NIC_CORRUPT, last_message[0] ? last_message : "its directory cannot be read");
    }
    if (report.status == NIC_CORRUPT && source.is_short) report.status = NIC_TRUNCATED;
    return report;
}
