#include "library.h"
#include "report.h"

#include <pthread.h>

#include <webp/decode.h>

static struct {
    bool is_ready;
    WebPIDecoder *(*new_rgb)(WEBP_CSP_MODE, uint8_t *, size_t, int);
    VP8StatusCode (*update)(WebPIDecoder *, const uint8_t *, size_t);
    uint8_t *(*rows)(const WebPIDecoder *, int *, int *, int *, int *);
    void (*destroy)(WebPIDecoder *);
    VP8StatusCode (*features)(const uint8_t *, size_t, WebPBitstreamFeatures *, int);
} webp;

static void load(void) {
    static const char *const names[] = {"libwebp.so.7", "libwebp.so.6", "libwebp.so", "libwebp.7.dylib", "libwebp.dylib", NULL};
    void *library = nic_open_first(names);
    if (!library) return;
    webp.is_ready = NIC_LOAD(webp.new_rgb, library, "WebPINewRGB") && NIC_LOAD(webp.update, library, "WebPIUpdate")
        && NIC_LOAD(webp.rows, library, "WebPIDecGetRGB") && NIC_LOAD(webp.destroy, library, "WebPIDelete")
        && NIC_LOAD(webp.features, library, "WebPGetFeaturesInternal");
}

nic_report nic_webp_decode(
    const uint8_t *data, size_t size, uint32_t width, uint32_t height, uint8_t *pixels, int channels,
    bool accept_truncated) {
    nic_report report = {0};
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (!webp.is_ready) {
        nic_fail(&report, NIC_UNAVAILABLE, "libwebp");
        return report;
    }
    WebPBitstreamFeatures features;
    VP8StatusCode status = webp.features(data, size, &features, WEBP_DECODER_ABI_VERSION);
    if (status == VP8_STATUS_NOT_ENOUGH_DATA) {
        nic_fail(&report, NIC_TRUNCATED, "the data ends inside the header");
        return report;
    }
    if (status != VP8_STATUS_OK || (uint32_t)features.width != width || (uint32_t)features.height != height) {
        nic_fail(&report, NIC_CORRUPT, "its headers contradict each other");
        return report;
    }
    int stride = (int)width * channels;
    WebPIDecoder *decoder = webp.new_rgb(channels == 4 ? MODE_RGBA : MODE_RGB, pixels, (size_t)stride * height, stride);
    if (!decoder) {
        nic_fail(&report, NIC_OUT_OF_MEMORY, "");
        return report;
    }
    status = webp.update(decoder, data, size);
    int last = 0;
    webp.rows(decoder, &last, NULL, NULL, NULL);
    report.rows = last > 0 ? (uint32_t)last : 0;
    switch (status) {
    case VP8_STATUS_OK: break;
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
        if (accept_truncated) nic_warn(&report, "the data ends before the image does");
        else nic_fail(&report, NIC_TRUNCATED, "the data ends before the image does");
        break;
    case VP8_STATUS_OUT_OF_MEMORY: nic_fail(&report, NIC_OUT_OF_MEMORY, ""); break;
    case VP8_STATUS_UNSUPPORTED_FEATURE: nic_fail(&report, NIC_UNSUPPORTED, "a kind of WebP"); break;
    default: nic_fail(&report, NIC_CORRUPT, "its compressed data contradicts itself"); break;
    }
    webp.destroy(decoder);
    return report;
}
