// What Swift's Glibc module leaves out: extended attributes, the kernel's clock, and a call and a flag of Linux alone. Declared by hand
// where <fcntl.h> shows it under _GNU_SOURCE only: that macro would give types another shape than Glibc's module has.
#pragma once
#include <fcntl.h>
#include <sys/timex.h>
#include <sys/types.h>
#include <sys/xattr.h>

/// O_PATH: opens a name without access to what it stands for; enough to look at it and to go on from it (open(2)).
static const int shim_open_path = 010000000;

extern int sync_file_range(int descriptor, __off64_t offset, __off64_t count, unsigned int flags);

/// Starts writing what is dirty in a file, without waiting for it (sync_file_range(2)): no promise, only a head start
/// for the `fsync` that follows.
static inline int shim_start_writing(int descriptor) {
    return sync_file_range(descriptor, 0, 0, 2 /* SYNC_FILE_RANGE_WRITE */);
}

/// Whether a time service keeps the kernel's clock right (adjtimex(2)): 1 yes, 0 no, -1 it may not be asked. Changes
/// nothing.
static inline int shim_clock_is_synchronised(void) {
    struct timex state = {0};
    int answer = adjtimex(&state);
    if (answer < 0) return -1;
    return answer != TIME_ERROR && !(state.status & STA_UNSYNC);
}
