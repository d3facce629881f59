#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include "CTransfer.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// libcurl brings some thirty libraries with it, which cost every start of the program several milliseconds. They are
// loaded at the first transfer instead, and libcrypto at the first checksum.

static void *open_first(const char *const *names) {
    for (; *names; names++) {
        void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
    }
    return NULL;
}

static struct {
    int is_ready;
    CURLcode (*global_init)(long);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    CURLcode (*easy_perform)(CURL *);
    void (*easy_cleanup)(CURL *);
    const char *(*easy_strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
} curl;

static struct {
    int is_ready;
    EVP_MD_CTX *(*context_new)(void);
    void (*context_free)(EVP_MD_CTX *);
    const EVP_MD *(*sha256)(void);
    const EVP_MD *(*md5)(void);
    int (*init)(EVP_MD_CTX *, const EVP_MD *, ENGINE *);
    int (*update)(EVP_MD_CTX *, const void *, size_t);
    int (*final)(EVP_MD_CTX *, unsigned char *, unsigned int *);
} crypto;

#define LOAD(target, library, name) (*(void **)&(target) = dlsym(library, name))

static void load_curl(void) {
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so", "libcurl.4.dylib", NULL};
    void *library = open_first(names);
    if (!library) return;
    curl.is_ready = LOAD(curl.global_init, library, "curl_global_init")
        && LOAD(curl.easy_init, library, "curl_easy_init")
        && LOAD(curl.easy_setopt, library, "curl_easy_setopt")
        && LOAD(curl.easy_getinfo, library, "curl_easy_getinfo")
        && LOAD(curl.easy_perform, library, "curl_easy_perform")
        && LOAD(curl.easy_cleanup, library, "curl_easy_cleanup")
        && LOAD(curl.easy_strerror, library, "curl_easy_strerror")
        && LOAD(curl.slist_append, library, "curl_slist_append")
        && LOAD(curl.slist_free_all, library, "curl_slist_free_all")
        && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static void load_crypto(void) {
    static const char *const names[] = {"libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so", "libcrypto.3.dylib", NULL};
    void *library = open_first(names);
    if (!library) return;
    crypto.is_ready = LOAD(crypto.context_new, library, "EVP_MD_CTX_new")
        && LOAD(crypto.context_free, library, "EVP_MD_CTX_free")
        && LOAD(crypto.sha256, library, "EVP_sha256")
        && LOAD(crypto.md5, library, "EVP_md5")
        && LOAD(crypto.init, library, "EVP_DigestInit_ex")
        && LOAD(crypto.update, library, "EVP_DigestUpdate")
        && LOAD(crypto.final, library, "EVP_DigestFinal_ex");
}

int ctransfer_initialize(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_curl);
    return curl.is_ready ? 0 : 1;
}

typedef struct {
    const ctransfer_request *request;
    ctransfer_answer *answer;
    CURL *handle;
    int began;
    int stopped;
} transfer;

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
    curl.easy_getinfo(self->handle, CURLINFO_RESPONSE_CODE, &self->answer->status);
    if (self->request->begin(self->request->context)) return 1;
    self->stopped = 1;
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t items, void *user) {
    transfer *self = user;
    size_t count = size * items;
    if (!begin_once(self)) return 0;
    // The body of an error is prose about the error, not the file.
    if (self->answer->status != 200 && self->answer->status != 206) return count;
    if (self->request->write(self->request->context, (const uint8_t *)bytes, count)) return count;
    self->stopped = 1;
    return 0;
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

/// A redirect may not leave HTTP, nor give up encryption once it was asked for.
static int allow_protocols(CURL *handle, int is_secure) {
#if LIBCURL_VERSION_NUM >= 0x075500
    if (curl.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK
        && curl.easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, is_secure ? "https" : "http,https") == CURLE_OK) return 1;
#endif
    // The library found when running may be older than the one built against.
    long redirects = is_secure ? CURLPROTO_HTTPS : (CURLPROTO_HTTP | CURLPROTO_HTTPS);
    return curl.easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)) == CURLE_OK
        && curl.easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS, redirects) == CURLE_OK;
}

int ctransfer_run(const ctransfer_request *request, ctransfer_answer *answer, char *message, size_t message_size) {
    char reason[CURL_ERROR_SIZE] = "";
    clear_answer(answer);
    if (message_size) message[0] = 0;
    transfer self = {request, answer, ctransfer_initialize() == 0 ? curl.easy_init() : NULL, 0, 0};
    if (!self.handle) {
        snprintf(message, message_size, "libcurl could not start");
        return CTRANSFER_PERMANENT;
    }
    CURL *handle = self.handle;
    struct curl_slist *headers = NULL;
    int options_hold = curl.easy_setopt(handle, CURLOPT_URL, request->url) == CURLE_OK;
    options_hold &= allow_protocols(handle, strncasecmp(request->url, "https:", 6) == 0);
    curl.easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
    curl.easy_setopt(handle, CURLOPT_MAXREDIRS, 10L);
    curl.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl.easy_setopt(handle, CURLOPT_USERAGENT, request->user_agent);
    curl.easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout_milliseconds);
#if LIBCURL_VERSION_NUM >= 0x075700
    // A search for the server's name that has been given up is not waited for.
    curl.easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl.easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl.easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, request->stall_timeout_seconds);
    curl.easy_setopt(handle, CURLOPT_ERRORBUFFER, reason);
    curl.easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
    curl.easy_setopt(handle, CURLOPT_HEADERDATA, &self);
    curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    curl.easy_setopt(handle, CURLOPT_WRITEDATA, &self);
    curl.easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl.easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_tick);
    curl.easy_setopt(handle, CURLOPT_XFERINFODATA, &self);
    if (request->bypass_proxy) curl.easy_setopt(handle, CURLOPT_PROXY, "");
    if (request->resume_offset > 0) {
        // Not CURLOPT_RESUME_FROM: it fails by itself on a 200 answer, which is how a server says that the file changed.
        char range[48];
        snprintf(range, sizeof range, "%lld-", (long long)request->resume_offset);
        curl.easy_setopt(handle, CURLOPT_RANGE, range);
        if (request->if_range) {
            char header[640];
            snprintf(header, sizeof header, "If-Range: %s", request->if_range);
            headers = curl.slist_append(headers, header);
            curl.easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
        }
    }

    CURLcode code = options_hold ? curl.easy_perform(handle) : CURLE_UNSUPPORTED_PROTOCOL;
    if (code == CURLE_OK) begin_once(&self);
    curl.easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer->status);
    double connected = 0;
    curl.easy_getinfo(handle, CURLINFO_CONNECT_TIME, &connected);
    answer->was_reached = connected > 0 || answer->status > 0;
    curl.slist_free_all(headers);
    curl.easy_cleanup(handle);

    if (self.stopped) return CTRANSFER_STOPPED;
    if (code == CURLE_OK) return CTRANSFER_DONE;
    snprintf(message, message_size, "%s", reason[0] ? reason : curl.easy_strerror(code));
    return is_transient(code) ? CTRANSFER_TRANSIENT : CTRANSFER_PERMANENT;
}

struct ctransfer_sha256 {
    EVP_MD_CTX *context;
};

static ctransfer_sha256 *create(int is_md5) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_crypto);
    if (!crypto.is_ready) return NULL;
    ctransfer_sha256 *hash = calloc(1, sizeof *hash);
    if (!hash) return NULL;
    hash->context = crypto.context_new();
    if (!hash->context || crypto.init(hash->context, is_md5 ? crypto.md5() : crypto.sha256(), NULL) != 1) {
        ctransfer_sha256_destroy(hash);
        return NULL;
    }
    return hash;
}

ctransfer_sha256 *ctransfer_sha256_create(void) { return create(0); }

ctransfer_sha256 *ctransfer_md5_create(void) { return create(1); }

void ctransfer_sha256_update(ctransfer_sha256 *hash, const void *bytes, size_t count) {
    crypto.update(hash->context, bytes, count);
}

void ctransfer_sha256_finish(ctransfer_sha256 *hash, uint8_t *digest) {
    crypto.final(hash->context, digest, NULL);
}

void ctransfer_sha256_destroy(ctransfer_sha256 *hash) {
    if (!hash) return;
    if (hash->context) crypto.context_free(hash->context);
    free(hash);
}
