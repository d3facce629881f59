#pragma once

#include <dlfcn.h>
#include <stddef.h>

// Libraries that few runs need are opened when the first such file is met, so that no start of the program pays for them.

static inline void *nic_open_first(const char *const *names) {
    for (; *names; names++) {
        void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
    }
    return NULL;
}

#define NIC_LOAD(target, library, name) (*(void **)&(target) = dlsym(library, name))
