// syscall(2): the only way to calls that libc has no function for.

#include "internal.h"

#include <linux/openat2.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static long openat2_recorded(int directory, const char *path, const struct open_how *how, size_t size)
{
    struct event event;
    bool whole = how && size >= sizeof *how;
    bool ours = whole
        && event_on_open(&event, directory, path, how->flags, how->mode, !(how->resolve & RESOLVE_NO_SYMLINKS));
    if (!ours) return real.syscall(SYS_openat2, directory, path, how, size);
    event_begin(&event);
    long descriptor = event_fails(&event) ? -1 : real.syscall(SYS_openat2, directory, path, how, size);
    return event_end_open(&event, (int)descriptor);
}

// Declared with six arguments and not variadic, as the registers hold them: it can be handed on unchanged.
long syscall_replaced(long number, long a, long b, long c, long d, long e, long f) __asm__("syscall")
    __attribute__((visibility("default")));

long syscall_replaced(long number, long a, long b, long c, long d, long e, long f)
{
    switch (number) {
    case SYS_openat2: return openat2_recorded((int)a, (const char *)b, (const struct open_how *)c, (size_t)d);
    case SYS_openat: return openat((int)a, (const char *)b, (int)c, (mode_t)d);
    case SYS_renameat2: return renameat_recorded((int)a, (const char *)b, (int)c, (const char *)d, (unsigned)e);
    case SYS_fchmodat2: return fchmodat_recorded((int)a, (const char *)b, (mode_t)c, (int)d);
    default: return real.syscall(number, a, b, c, d, e, f);
    }
}
