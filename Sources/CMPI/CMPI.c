#include "CMPI.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Handles are pointers in Open MPI and numbers in MPICH. Passed in a register, a number may be handed over as the pointer of
// the same value; an array of requests is read as what the library takes it for.
typedef void *handle;

static struct {
    int is_open_mpi;
    handle world;
    handle byte;
    int (*init_thread)(int *, char ***, int, int *);
    int (*comm_rank)(handle, int *);
    int (*comm_size)(handle, int *);
    int (*comm_set_errhandler)(handle, handle);
    int (*get_processor_name)(char *, int *);
    int (*isend)(const void *, int, handle, int, int, handle, void *);
    int (*irecv)(void *, int, handle, int, int, handle, void *);
    int (*testall)(int, void *, int *, void *);
    int (*finalize)(void);
    int (*abort)(handle, int);
    int rank;
    int count;
} mpi;

enum { THREAD_SERIALIZED = 2, TAG = 11 };

// MPICH's binary interface: mpich.org, "ABI compatibility initiative", the constants of its mpi.h.
static const uintptr_t MPICH_WORLD = 0x44000000, MPICH_BYTE = 0x4c00010d, MPICH_ERRORS_RETURN = 0x54000001;

#define LOAD(target, name) (*(void **)&(target) = dlsym(library, name))

int cmpi_join(const char *name, char *message, size_t message_size) {
    // Open MPI's parts look for its symbols among those of all libraries.
    void *library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
    if (!library) {
        snprintf(message, message_size, "%s", dlerror());
        return CMPI_MISSING;
    }
    handle errors_return;
    void *world = dlsym(library, "ompi_mpi_comm_world");
    mpi.is_open_mpi = world != NULL;
    if (mpi.is_open_mpi) {
        mpi.world = world;
        mpi.byte = dlsym(library, "ompi_mpi_byte");
        errors_return = dlsym(library, "ompi_mpi_errors_return");
    } else {
        mpi.world = (handle)MPICH_WORLD;
        mpi.byte = (handle)MPICH_BYTE;
        errors_return = (handle)MPICH_ERRORS_RETURN;
    }
    if (!mpi.byte || !errors_return || !LOAD(mpi.init_thread, "MPI_Init_thread") || !LOAD(mpi.comm_rank, "MPI_Comm_rank")
        || !LOAD(mpi.comm_size, "MPI_Comm_size") || !LOAD(mpi.comm_set_errhandler, "MPI_Comm_set_errhandler")
        || !LOAD(mpi.get_processor_name, "MPI_Get_processor_name") || !LOAD(mpi.isend, "MPI_Isend")
        || !LOAD(mpi.irecv, "MPI_Irecv") || !LOAD(mpi.testall, "MPI_Testall") || !LOAD(mpi.finalize, "MPI_Finalize")
        || !LOAD(mpi.abort, "MPI_Abort")) {
        snprintf(message, message_size, "it lacks functions of MPI 3");
        return CMPI_MISSING;
    }
    int provided = 0;
    if (mpi.init_thread(NULL, NULL, THREAD_SERIALIZED, &provided) != 0 || mpi.comm_rank(mpi.world, &mpi.rank) != 0
        || mpi.comm_size(mpi.world, &mpi.count) != 0) {
        snprintf(message, message_size, "MPI_Init_thread failed");
        return CMPI_FAILED;
    }
    mpi.comm_set_errhandler(mpi.world, errors_return);
    return CMPI_DONE;
}

int cmpi_rank(void) { return mpi.rank; }

int cmpi_count(void) { return mpi.count; }

void cmpi_host(char *name, size_t size) {
    char whole[1024] = "";
    int length = 0;
    if (mpi.get_processor_name(whole, &length) != 0) whole[0] = 0;
    snprintf(name, size, "%s", whole);
}

// A library waits by trying again without pause, which would take a core from whoever computes: after a short while this
// one sleeps between two looks.
static void pause_after(long turns) {
    if (turns < 200) return;
    struct timespec span = {0, turns < 2000 ? 20000 : 200000};
    nanosleep(&span, NULL);
}

int cmpi_exchange(
    const cmpi_transfer *sends, int send_count, const cmpi_transfer *receives, int receive_count) {
    int count = send_count + receive_count;
    if (count == 0) return CMPI_DONE;
    size_t size = mpi.is_open_mpi ? sizeof(void *) : sizeof(int);
    char *requests = calloc((size_t)count, size);
    if (!requests) return CMPI_FAILED;
    int failed = 0;
    for (int index = 0; index < receive_count && !failed; index++) {
        const cmpi_transfer *part = &receives[index];
        failed = mpi.irecv(
            part->bytes, (int)part->count, mpi.byte, part->peer, TAG, mpi.world, requests + (size_t)index * size);
    }
    for (int index = 0; index < send_count && !failed; index++) {
        const cmpi_transfer *part = &sends[index];
        failed = mpi.isend(
            part->bytes, (int)part->count, mpi.byte, part->peer, TAG, mpi.world,
            requests + (size_t)(receive_count + index) * size);
    }
    // MPI_STATUSES_IGNORE
    void *ignored = mpi.is_open_mpi ? NULL : (void *)1;
    int is_done = 0;
    for (long turns = 0; !failed && !is_done; turns++) {
        failed = mpi.testall(count, requests, &is_done, ignored);
        if (!failed && !is_done) pause_after(turns);
    }
    free(requests);
    return failed ? CMPI_FAILED : CMPI_DONE;
}

void cmpi_leave(void) { mpi.finalize(); }

void cmpi_abort(int status) { mpi.abort(mpi.world, status); }
