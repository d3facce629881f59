// The checked forms of the C library's functions would be defined twice.
#undef _FORTIFY_SOURCE
#define _GNU_SOURCE
#include "CFaults.h"

int cfaults_is_loaded(void) { return 1; }

#if defined(__linux__)

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { OPEN, READ, WRITE, STAT, RENAME, FSYNC, MMAP, CLOSE, MKDIR, UNLINK, OPENDIR, GETDENTS, TRUNCATE, LINK, KINDS };

static const char *const names[KINDS] = {
    "open", "read", "write", "stat", "rename", "fsync", "mmap",
    "close", "mkdir", "unlink", "opendir", "getdents", "truncate", "link"};

static atomic_long counts[KINDS];
static int chosen = -1, code;
static long turn;
static char below[4096];
static atomic_int is_ready;

static void prepare(void) {
    if (atomic_load(&is_ready)) return;
    const char *folder = getenv("FAULT_BELOW"), *fault = getenv("FAULT");
    if (folder) snprintf(below, sizeof below, "%s", folder);
    char name[32];
    if (fault && sscanf(fault, "%31[a-z]:%ld:%d", name, &turn, &code) == 3)
        for (int kind = 0; kind < KINDS; kind++)
            if (!strcmp(name, names[kind])) chosen = kind;
    atomic_store(&is_ready, 1);
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("FAULT_COUNTS");
    if (!path) return;
    FILE *file = fopen(path, "w");
    if (!file) return;
    for (int kind = 0; kind < KINDS; kind++) fprintf(file, "%s %ld\n", names[kind], atomic_load(&counts[kind]));
    fclose(file);
}

/// Whether this call is the one that fails.
static int falls(enum kind kind) {
    long number = atomic_fetch_add(&counts[kind], 1) + 1;
    return kind == (enum kind)chosen && number == turn;
}

static int lies_below(const char *path) {
    prepare();
    // Programs are started in the folder: what is not told from the root lies there.
    return path && (path[0] != '/' || !strncmp(path, below, strlen(below)));
}

static int is_below(int descriptor) {
    prepare();
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return path[0] == '/' && !strncmp(path, below, strlen(below));
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define FAIL(kind, concerned) \
    do { \
        if ((concerned) && falls(kind)) { \
            errno = code; \
            return -1; \
        } \
    } while (0)

static mode_t mode_of(int flags, va_list list) { return flags & O_CREAT ? (mode_t)va_arg(list, int) : 0; }

#define OPENING(name, parameters, arguments) \
    int name parameters { \
        REAL(name); \
        FAIL(OPEN, lies_below(path)); \
        va_list list; \
        va_start(list, flags); \
        mode_t mode = mode_of(flags, list); \
        va_end(list); \
        return real arguments; \
    }

OPENING(open, (const char *path, int flags, ...), (path, flags, mode))
OPENING(open64, (const char *path, int flags, ...), (path, flags, mode))
OPENING(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPENING(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

#define CALL(kind, type, name, parameters, arguments, concerned) \
    type name parameters { \
        REAL(name); \
        FAIL(kind, concerned); \
        return real arguments; \
    }

CALL(READ, ssize_t, read, (int file, void *bytes, size_t count), (file, bytes, count), is_below(file))
CALL(READ, ssize_t, pread, (int file, void *bytes, size_t count, off_t at), (file, bytes, count, at), is_below(file))
CALL(READ, ssize_t, pread64, (int file, void *bytes, size_t count, off64_t at), (file, bytes, count, at), is_below(file))
CALL(WRITE, ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count), is_below(file))
CALL(STAT, int, fstat, (int file, struct stat *status), (file, status), is_below(file))
CALL(STAT, int, fstat64, (int file, struct stat64 *status), (file, status), is_below(file))
CALL(RENAME, int, rename, (const char *path, const char *name), (path, name), lies_below(path))
CALL(FSYNC, int, fsync, (int file), (file), is_below(file))
CALL(MKDIR, int, mkdir, (const char *path, mode_t mode), (path, mode), lies_below(path))
CALL(UNLINK, int, unlink, (const char *path), (path), lies_below(path))
CALL(TRUNCATE, int, ftruncate, (int file, off_t length), (file, length), is_below(file))
CALL(LINK, int, symlink, (const char *target, const char *path), (target, path), lies_below(path))

int posix_fallocate(int file, off_t start, off_t length) {
    REAL(posix_fallocate);
    if (is_below(file) && falls(TRUNCATE)) return code;
    return real(file, start, length);
}

/// The descriptor is gone even where closing it fails.
int close(int file) {
    REAL(close);
    if (is_below(file) && falls(CLOSE)) {
        real(file);
        errno = code;
        return -1;
    }
    return real(file);
}

#define MAPPING(name, offset) \
    void *name(void *place, size_t length, int protection, int flags, int file, offset at) { \
        REAL(name); \
        prepare(); \
        if ((file < 0 || is_below(file)) && falls(MMAP)) { \
            errno = code; \
            return MAP_FAILED; \
        } \
        return real(place, length, protection, flags, file, at); \
    }

MAPPING(mmap, off_t)
MAPPING(mmap64, off64_t)

DIR *opendir(const char *path) {
    REAL(opendir);
    if (lies_below(path) && falls(OPENDIR)) {
        errno = code;
        return NULL;
    }
    return real(path);
}

#define LISTING(type, name) \
    type *name(DIR *stream) { \
        REAL(name); \
        if (is_below(dirfd(stream)) && falls(GETDENTS)) { \
            errno = code; \
            return NULL; \
        } \
        return real(stream); \
    }

LISTING(struct dirent, readdir)
LISTING(struct dirent64, readdir64)

#endif
