/// The little of MPI that the toolkit uses: messages between two processes of one job. The library is loaded when a launcher
/// has started the program, so that it runs where there is none; Open MPI and MPICH (with all that share its binary
/// interface, such as Intel's) differ in their types, which stay in here.
#pragma once

#include <stddef.h>

/// A part of memory that goes to another process, or comes from it.
typedef struct {
    int peer;
    void *bytes;
    size_t count;
} cmpi_transfer;

enum {
    CMPI_DONE = 0,
    /// A library that cannot be loaded, or lacks something.
    CMPI_MISSING = 1,
    /// An error of the library's.
    CMPI_FAILED = 2,
};

/// Loads the library of a path or name, and joins the job. Call it once, on the thread that exchanges.
///
/// `message` receives the reason when the result is not CMPI_DONE.
int cmpi_join(const char *library, char *message, size_t message_size);

int cmpi_rank(void);
int cmpi_count(void);
/// The name of this computer.
void cmpi_host(char *name, size_t size);

/// Sends and receives until all is done. Between two processes messages arrive in the order in which they are sent; each has
/// at most 2^30 bytes.
int cmpi_exchange(
    const cmpi_transfer *sends, int send_count, const cmpi_transfer *receives, int receive_count);

/// Leaves the job; every process must.
void cmpi_leave(void);

/// Ends all processes of the job at once.
void cmpi_abort(int status);
