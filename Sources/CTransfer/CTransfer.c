#include "CTransfer.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
    const ctransfer_request *request;
    ctransfer_answer *answer;
    CURL *handle;
    int began;
    int stopped;
} transfer;

int ctransfer_initialise(void) { return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : 1; }

static void clear_answer(ctransfer_answer *answer) {
    memset(answer, 0, sizeof *answer);
    answer->status = -1;
    answer->content_length = -1;
    answer->range_start = -1;
    answer->range_total = -1;
}

static void copy_value(char *destination, size_t capacity, const char *value, size_t count) {
    while (count > 0 && (*value == ' ' || *value == '\t')) { value++; count--; }
    while (count > 0 && (value[count - 1] == '\r' || value[count - 1] == '\n' || value[count - 1] == ' ')) count--;
    // A value that does not fit would not compare equal later: treat it as absent.
    if (count >= capacity) count = 0;
    memcpy(destination, value, count);
    destination[count] = 0;
}

static int value_of(const char *line, size_t count, const char *name, const char **value, size_t *value_count) {
    size_t length = strlen(name);
    if (count <= length || strncasecmp(line, name, length) != 0 || line[length] != ':') return 0;
    *value = line + length + 1;
    *value_count = count - length - 1;
    return 1;
}

static size_t on_header(char *line, size_t size, size_t items, void *user) {
    transfer *self = user;
    ctransfer_answer *answer = self->answer;
    size_t count = size * items, value_count;
    const char *value;
    // Each redirect starts a new set of headers; only the last one describes the file.
    if (count >= 5 && strncmp(line, "HTTP/", 5) == 0) {
        clear_answer(answer);
    } else if (value_of(line, count, "etag", &value, &value_count)) {
        copy_value(answer->etag, sizeof answer->etag, value, value_count);
    } else if (value_of(line, count, "last-modified", &value, &value_count)) {
        copy_value(answer->last_modified, sizeof answer->last_modified, value, value_count);
    } else if (value_of(line, count, "content-length", &value, &value_count)) {
        char number[32];
        copy_value(number, sizeof number, value, value_count);
        if (number[0]) answer->content_length = strtoll(number, NULL, 10);
    } else if (value_of(line, count, "content-range", &value, &value_count)) {
        char text[96];
        long long first, last, total;
        copy_value(text, sizeof text, value, value_count);
        if (sscanf(text, "bytes %lld-%lld/%lld", &first, &last, &total) == 3) {
            answer->range_start = first;
            answer->range_total = total;
        } else if (sscanf(text, "bytes %lld-%lld/*", &first, &last) == 2) {
            answer->range_start = first;
        } else if (sscanf(text, "bytes */%lld", &total) == 1) {
            answer->range_total = total;
        }
    }
    return count;
}

static int begin_once(transfer *self) {
    if (self->began) return 1;
    self->began = 1;
    curl_easy_getinfo(self->handle, CURLINFO_RESPONSE_CODE, &self->answer->status);
    if (self->request->begin(self->request->context)) return 1;
    self->stopped = 1;
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t items, void *user) {
    transfer *self = user;
    size_t count = size * items;
    if (!begin_once(self)) return CURL_WRITEFUNC_ERROR;
    // The body of an error is prose about the error, not the file.
    if (self->answer->status != 200 && self->answer->status != 206) return count;
    if (self->request->write(self->request->context, (const uint8_t *)bytes, count)) return count;
    self->stopped = 1;
    return CURL_WRITEFUNC_ERROR;
}

static int on_tick(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now) {
    transfer *self = user;
    (void)total; (void)now; (void)up_total; (void)up_now;
    if (self->request->tick(self->request->context)) return 0;
    self->stopped = 1;
    return 1;
}

static int is_transient(CURLcode code) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_AGAIN:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return 1;
    default:
        return 0;
    }
}

int ctransfer_run(const ctransfer_request *request, ctransfer_answer *answer, char *message, size_t message_size) {
    transfer self = {request, answer, curl_easy_init(), 0, 0};
    char reason[CURL_ERROR_SIZE] = "";
    clear_answer(answer);
    if (message_size) message[0] = 0;
    if (!self.handle) {
        snprintf(message, message_size, "libcurl could not start");
        return CTRANSFER_PERMANENT;
    }
    CURL *handle = self.handle;
    struct curl_slist *headers = NULL;
    int is_secure = strncasecmp(request->url, "https:", 6) == 0;
    int options_hold = curl_easy_setopt(handle, CURLOPT_URL, request->url) == CURLE_OK;
    // A redirect may not leave HTTP, nor give up encryption once it was asked for.
    options_hold &= curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
    options_hold &= curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, is_secure ? "https" : "http,https") == CURLE_OK;
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, request->user_agent);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, request->connect_timeout_seconds);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, request->stall_timeout_seconds);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &self);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &self);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_tick);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &self);
    if (request->bypass_proxy) curl_easy_setopt(handle, CURLOPT_PROXY, "");
    if (request->resume_offset > 0) {
        // Not CURLOPT_RESUME_FROM: it fails by itself on a 200 answer, which is how a server says that the file changed.
        char range[48];
        snprintf(range, sizeof range, "%lld-", (long long)request->resume_offset);
        curl_easy_setopt(handle, CURLOPT_RANGE, range);
        if (request->if_range) {
            char header[640];
            snprintf(header, sizeof header, "If-Range: %s", request->if_range);
            headers = curl_slist_append(headers, header);
            curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
        }
    }

    CURLcode code = options_hold ? curl_easy_perform(handle) : CURLE_UNSUPPORTED_PROTOCOL;
    if (code == CURLE_OK) begin_once(&self);
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(handle);

    if (self.stopped) return CTRANSFER_STOPPED;
    if (code == CURLE_OK) return CTRANSFER_DONE;
    snprintf(message, message_size, "%s", reason[0] ? reason : curl_easy_strerror(code));
    return is_transient(code) ? CTRANSFER_TRANSIENT : CTRANSFER_PERMANENT;
}

struct ctransfer_sha256 {
    EVP_MD_CTX *context;
};

ctransfer_sha256 *ctransfer_sha256_create(void) {
    ctransfer_sha256 *hash = calloc(1, sizeof *hash);
    if (!hash) return NULL;
    hash->context = EVP_MD_CTX_new();
    if (!hash->context || EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1) {
        ctransfer_sha256_destroy(hash);
        return NULL;
    }
    return hash;
}

void ctransfer_sha256_update(ctransfer_sha256 *hash, const void *bytes, size_t count) {
    EVP_DigestUpdate(hash->context, bytes, count);
}

void ctransfer_sha256_finish(ctransfer_sha256 *hash, uint8_t *digest) {
    EVP_DigestFinal_ex(hash->context, digest, NULL);
}

void ctransfer_sha256_destroy(ctransfer_sha256 *hash) {
    if (!hash) return;
    EVP_MD_CTX_free(hash->context);
    free(hash);
}
