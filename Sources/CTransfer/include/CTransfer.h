/// libcurl, whose variadic options Swift cannot call, and libcrypto's SHA-256, both loaded when they are first needed.
/// Nothing here decides policy: retries, resumption and verification are written in Swift.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Receives body bytes of a 200 or 206 answer; returns nonzero to go on, 0 to stop the transfer.
typedef int (*ctransfer_write)(void *context, const uint8_t *bytes, size_t count);
/// Called once, before the first body byte and also when there is no body; returns nonzero to go on.
typedef int (*ctransfer_begin)(void *context);
/// Called about once a second and whenever bytes arrive; returns nonzero to go on.
typedef int (*ctransfer_tick)(void *context);

typedef struct {
    const char *url;
    /// First byte asked for, or 0 for the whole file.
    int64_t resume_offset;
    /// Value of an `If-Range` header, or NULL. Sent only with a positive `resume_offset`.
    const char *if_range;
    const char *user_agent;
    /// For finding the server, connecting, and agreeing on encryption.
    long connect_timeout_milliseconds;
    /// The transfer fails when less than one byte a second arrives for so long.
    long stall_timeout_seconds;
    /// Nonzero: proxies named in the environment are not used.
    int bypass_proxy;
    void *context;
    ctransfer_begin begin;
    ctransfer_write write;
    ctransfer_tick tick;
} ctransfer_request;

/// What the server's last answer said. Strings are empty and numbers -1 where it did not say.
typedef struct {
    long status;
    /// Nonzero where there was a connection to the server. Set when the request has ended.
    int was_reached;
    int64_t content_length;
    /// From `Content-Range`: the first byte sent, and the size of the whole file.
    int64_t range_start;
    int64_t range_total;
    char etag[512];
    char last_modified[128];
} ctransfer_answer;

/// libcurl's result code, sorted by what the caller can do about it.
enum {
    CTRANSFER_DONE = 0,
    CTRANSFER_STOPPED = 1,
    CTRANSFER_TRANSIENT = 2,
    CTRANSFER_PERMANENT = 3,
};

/// Loads and initialises libcurl, once. Returns 0 on success.
int ctransfer_initialize(void);

/// Runs one request to its end on the calling thread. `answer` is valid from the `begin` callback on.
/// `message` receives the reason when the result is not CTRANSFER_DONE.
int ctransfer_run(const ctransfer_request *request, ctransfer_answer *answer, char *message, size_t message_size);

typedef struct ctransfer_sha256 ctransfer_sha256;

/// Returns NULL when libcrypto cannot be loaded or memory is short.
ctransfer_sha256 *ctransfer_sha256_create(void);
void ctransfer_sha256_update(ctransfer_sha256 *hash, const void *bytes, size_t count);
/// Likewise of MD5, which old publications state: a guard against damage alone. To be used as the other is.
ctransfer_sha256 *ctransfer_md5_create(void);
/// Writes 32 bytes, or 16 of MD5. The handle cannot be updated after this.
void ctransfer_sha256_finish(ctransfer_sha256 *hash, uint8_t *digest);
void ctransfer_sha256_destroy(ctransfer_sha256 *hash);
