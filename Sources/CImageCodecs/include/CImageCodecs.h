// Shims over libjpeg and libpng, and over libwebp and libtiff, which are loaded when the first such file is read.
//
// The first two libraries report errors by `longjmp`, which must not cross Swift frames: it would skip releases of
// references held there. Every function here sets its own jump target and returns a status with a message.
// Nothing is ever printed. A reader or writer belongs to one thread at a time; distinct ones are independent.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    NIC_OK = 0,
    // The bytes end before the image does.
    NIC_TRUNCATED,
    // The bytes are not what the format allows.
    NIC_CORRUPT,
    // Valid, but of a kind that the library does not decode.
    NIC_UNSUPPORTED,
    NIC_OUT_OF_MEMORY,
    // The library named in the message cannot be loaded.
    NIC_UNAVAILABLE,
} nic_status;

typedef struct {
    nic_status status;
    // Why it failed; empty when it did not.
    char message[256];
    // Damage that the library worked around, and the first of its warnings.
    int warnings;
    char warning[256];
    // Rows of the output that were complete when the call returned.
    uint32_t rows;
} nic_report;

typedef struct nic_jpeg_reader nic_jpeg_reader;

// `data` must stay alive until the reader is destroyed. Returns NULL when memory is short.
nic_jpeg_reader *nic_jpeg_reader_create(const uint8_t *data, size_t size);
void nic_jpeg_reader_destroy(nic_jpeg_reader *reader);

// Reads the header. `*components` is the number stored in the file: 1, 3 or 4.
nic_report nic_jpeg_read_header(nic_jpeg_reader *reader, uint32_t *width, uint32_t *height, int *components);

// Chooses the output: `eighths` of the stored size, rounded up (1 to 8), and 1, 3 or 4 channels
// (1 only when the file stores one component). Call after the header.
nic_report nic_jpeg_prepare(
    nic_jpeg_reader *reader, int eighths, int channels, uint32_t *width, uint32_t *height);

// Decodes into `pixels`, rows of `width * channels` bytes without gaps. With `accept_truncated` a missing
// tail is filled as libjpeg fills it and reported as a warning; otherwise it is NIC_TRUNCATED.
nic_report nic_jpeg_decode(nic_jpeg_reader *reader, uint8_t *pixels, bool accept_truncated);

typedef struct nic_png_reader nic_png_reader;

nic_png_reader *nic_png_reader_create(const uint8_t *data, size_t size);
void nic_png_reader_destroy(nic_png_reader *reader);

// Reads the chunks before the image data. `*is_gray` tells whether the file stores one colour component.
nic_report nic_png_read_header(nic_png_reader *reader, uint32_t *width, uint32_t *height, bool *is_gray);

// Decodes as 8-bit grey (1, only when `is_gray`), RGB (3) or RGBA (4), rows without gaps.
nic_report nic_png_decode(nic_png_reader *reader, uint8_t *pixels, int channels, bool accept_truncated);

// Decode a picture whose header states its size as RGB (3) or RGBA (4), rows without gaps. Pixels are as they are stored:
// opacity is not multiplied in, and a TIFF is not turned. Of a TIFF the first page is read, samples of 16 bits are brought to
// 8, palettes and CMYK to RGB.
nic_report nic_webp_decode(
    const uint8_t *data, size_t size, uint32_t width, uint32_t height, uint8_t *pixels, int channels,
    bool accept_truncated);
nic_report nic_tiff_decode(
    const uint8_t *data, size_t size, uint32_t width, uint32_t height, uint8_t *pixels, int channels,
    bool accept_truncated);

// Encodes rows of `width * channels` bytes (1, 3 or 4 channels; JPEG leaves the fourth out). On success
// `*data` is owned by the caller and released with `nic_free`; on failure it is NULL.
nic_report nic_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int quality, bool subsamples_chroma,
    uint8_t **data, size_t *size);
nic_report nic_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int level, uint8_t **data,
    size_t *size);
void nic_free(void *data);

// Fonts, through FreeType, which is loaded when the first is opened. None of this may be called on two threads at a time.

typedef struct nic_font nic_font;

typedef struct {
    // Rows of coverage, 0 to 255, from the top; valid until something else is drawn with the font.
    const uint8_t *pixels;
    uint32_t width, height;
    int pitch;
    // From the pen to the left edge, and from the baseline up to the top edge, in pixels.
    int left, top;
    // How far the pen moves, in pixels.
    float advance;
} nic_glyph;

// Whether FreeType is there.
bool nic_font_is_available(void);

// Opens one of the fonts in a file, counted from 0; NULL where that is none with outlines. `*count` is how many there are.
nic_font *nic_font_open(const char *path, long index, long *count);
void nic_font_close(nic_font *font);

// Whether the font has a character, by its Unicode number.
bool nic_font_has(nic_font *font, uint32_t character);

// Draws a character, an em being `size` pixels. Returns false where the font cannot.
bool nic_font_draw(nic_font *font, uint32_t character, float size, nic_glyph *glyph);
