// Opens that may change something.

#include "internal.h"

#include <stdarg.h>
#include <string.h>

static bool is_nameless(uint64_t flags) { return (flags & O_TMPFILE) == O_TMPFILE; }

bool event_on_open(struct event *event, int directory, const char *path, uint64_t flags, uint64_t mode, bool follow)
{
    bool changes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);
    if (!changes || flags & O_PATH) return false;
    if (!event_on_file(event, FAULTS_OPEN, directory, path, follow && !(flags & O_NOFOLLOW))) return false;
    event->record.flags = (uint32_t)flags;
    event->record.length = mode & 07777;
    if (is_nameless(flags)) {
        // As the kernel will call it, but for the number, so that its role is known beforehand.
        event->record.notes |= FAULTS_NAMELESS | FAULTS_CREATED;
        strncat(event->path, "/#0", sizeof event->path - strlen(event->path) - 1);
    }
    return true;
}

int event_end_open(struct event *event, int descriptor)
{
    if (descriptor >= 0) {
        event_note_descriptor(event, descriptor);
        if (event->record.notes & FAULTS_NAMELESS) path_of_descriptor(descriptor, event->path, NULL);
    }
    event_end(event, descriptor);
    return descriptor;
}

static int openat_recorded(int directory, const char *path, int flags, mode_t mode)
{
    struct event event;
    if (!event_on_open(&event, directory, path, (unsigned)flags, mode, true)) {
        return real.openat(directory, path, flags, mode);
    }
    event_begin(&event);
    return event_end_open(&event, event_fails(&event) ? -1 : real.openat(directory, path, flags, mode));
}

/// The mode is there only where a file can be made.
#define MODE_ARGUMENT(flags)                                                                                           \
    mode_t mode = 0;                                                                                                   \
    if (flags & O_CREAT || is_nameless((unsigned)flags)) {                                                             \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        mode = va_arg(arguments, mode_t);                                                                              \
        va_end(arguments);                                                                                             \
    }

int open(const char *path, int flags, ...)
{
    MODE_ARGUMENT(flags)
    return openat_recorded(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE_ARGUMENT(flags)
    return openat_recorded(AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...)
{
    MODE_ARGUMENT(flags)
    return openat_recorded(directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...)
{
    MODE_ARGUMENT(flags)
    return openat_recorded(directory, path, flags, mode);
}

int creat(const char *path, mode_t mode) { return openat_recorded(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

// What _FORTIFY_SOURCE makes of an open without a mode.
int __open_2(const char *path, int flags) { return openat_recorded(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return openat_recorded(AT_FDCWD, path, flags, 0); }
int __openat_2(int directory, const char *path, int flags) { return openat_recorded(directory, path, flags, 0); }
int __openat64_2(int directory, const char *path, int flags) { return openat_recorded(directory, path, flags, 0); }

// Streams: what they write later goes around us, so the opening itself is the warning.

typedef FILE *reopening(const char *, const char *, FILE *);

static FILE *stream_recorded(const char *path, const char *mode, FILE *stream, reopening *reopen)
{
    struct event event;
    bool changes = path && strpbrk(mode, "wa+");
    if (!changes || !event_on_file(&event, FAULTS_STDIO, AT_FDCWD, path, true)) {
        return stream ? reopen(path, mode, stream) : real.fopen(path, mode);
    }
    event_begin(&event);
    FILE *opened = NULL;
    if (!event_fails(&event)) opened = stream ? reopen(path, mode, stream) : real.fopen(path, mode);
    if (opened) event_note_descriptor(&event, fileno(opened));
    event_end(&event, opened ? 0 : -1);
    return opened;
}

FILE *fopen(const char *path, const char *mode) { return stream_recorded(path, mode, NULL, NULL); }
FILE *fopen64(const char *path, const char *mode) { return stream_recorded(path, mode, NULL, NULL); }

FILE *freopen(const char *path, const char *mode, FILE *stream)
{
    return stream_recorded(path, mode, stream, real.freopen);
}

FILE *freopen64(const char *path, const char *mode, FILE *stream)
{
    return stream_recorded(path, mode, stream, real.freopen64);
}

// Temporary files: libc opens them by itself.

static int temporary_recorded(char *template, int suffix, int flags)
{
    struct event event;
    if (!event_on_name(&event, FAULTS_OPEN, AT_FDCWD, template)) return real.mkostemps(template, suffix, flags);
    event.record.flags = (uint32_t)flags | O_CREAT | O_EXCL | O_RDWR;
    event.record.length = 0600;
    event.record.notes |= FAULTS_CREATED;
    event_begin(&event);
    int descriptor = event_fails(&event) ? -1 : real.mkostemps(template, suffix, flags);
    if (descriptor >= 0) path_of_descriptor(descriptor, event.path, NULL);
    return event_end_open(&event, descriptor);
}

int mkstemp(char *template) { return temporary_recorded(template, 0, 0); }
int mkstemp64(char *template) { return temporary_recorded(template, 0, 0); }
int mkostemp(char *template, int flags) { return temporary_recorded(template, 0, flags); }
int mkostemp64(char *template, int flags) { return temporary_recorded(template, 0, flags); }
int mkstemps(char *template, int suffix) { return temporary_recorded(template, suffix, 0); }
int mkostemps(char *template, int suffix, int flags) { return temporary_recorded(template, suffix, flags); }
