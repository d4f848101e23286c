// Sizes, and mappings that change a file without a call.

#include "internal.h"

#include <errno.h>

static int end_size(struct event *event, int result)
{
    event_end(event, result);
    return result;
}

static int ftruncate_recorded(int descriptor, off_t size)
{
    struct event event;
    if (!event_on_descriptor(&event, FAULTS_TRUNCATE, descriptor)) return real.ftruncate(descriptor, size);
    event.record.offset = size;
    event_begin(&event);
    int result = event_fails(&event) ? -1 : real.ftruncate(descriptor, size);
    event_note_descriptor(&event, descriptor);
    return end_size(&event, result);
}

int ftruncate(int descriptor, off_t size) { return ftruncate_recorded(descriptor, size); }
int ftruncate64(int descriptor, off64_t size) { return ftruncate_recorded(descriptor, size); }

static int truncate_recorded(const char *path, off_t size)
{
    struct event event;
    if (!event_on_file(&event, FAULTS_TRUNCATE, AT_FDCWD, path, true)) return real.truncate(path, size);
    event.record.offset = size;
    event_begin(&event);
    int result = event_fails(&event) ? -1 : real.truncate(path, size);
    event_note_path(&event, event.path);
    return end_size(&event, result);
}

int truncate(const char *path, off_t size) { return truncate_recorded(path, size); }
int truncate64(const char *path, off64_t size) { return truncate_recorded(path, size); }

static bool event_on_allocate(struct event *event, int descriptor, int mode, off_t offset, off_t length)
{
    if (!event_on_descriptor(event, FAULTS_ALLOCATE, descriptor)) return false;
    event->record.flags = (uint32_t)mode;
    event->record.offset = offset;
    event->record.length = (uint64_t)length;
    event_begin(event);
    event_note_descriptor(event, descriptor);
    return true;
}

static int fallocate_recorded(int descriptor, int mode, off_t offset, off_t length)
{
    struct event event;
    if (!event_on_allocate(&event, descriptor, mode, offset, length)) {
        return real.fallocate(descriptor, mode, offset, length);
    }
    return end_size(&event, event_fails(&event) ? -1 : real.fallocate(descriptor, mode, offset, length));
}

int fallocate(int fd, int mode, off_t at, off_t length) { return fallocate_recorded(fd, mode, at, length); }
int fallocate64(int fd, int mode, off64_t at, off64_t length) { return fallocate_recorded(fd, mode, at, length); }

/// Unlike the others this one returns the error instead of setting errno.
static int posix_fallocate_recorded(int descriptor, off_t offset, off_t length)
{
    struct event event;
    if (!event_on_allocate(&event, descriptor, 0, offset, length)) {
        return real.posix_fallocate(descriptor, offset, length);
    }
    int kept = errno;
    int error = event_fails(&event) ? errno : real.posix_fallocate(descriptor, offset, length);
    errno = error;
    event_end(&event, error ? -1 : 0);
    errno = kept;
    return error;
}

int posix_fallocate(int fd, off_t at, off_t length) { return posix_fallocate_recorded(fd, at, length); }
int posix_fallocate64(int fd, off64_t at, off64_t length) { return posix_fallocate_recorded(fd, at, length); }

/// Stores through a shared mapping go around us: fine for SQLite's -shm, which is rebuilt, and for nothing else.
static void *mmap_recorded(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    struct event event;
    bool shared = (flags & MAP_TYPE) != MAP_PRIVATE && protection & PROT_WRITE && !(flags & MAP_ANONYMOUS);
    bool ours = shared && event_on_descriptor(&event, FAULTS_MAP, descriptor);
    if (!ours) return real.mmap(address, length, protection, flags, descriptor, offset);
    event.counted = false;
    event.record.length = length;
    event_begin(&event);
    event_note_descriptor(&event, descriptor);
    void *result = real.mmap(address, length, protection, flags, descriptor, offset);
    event_end(&event, result == MAP_FAILED ? -1 : 0);
    return result;
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset)
{
    return mmap_recorded(address, length, protection, flags, descriptor, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off64_t offset)
{
    return mmap_recorded(address, length, protection, flags, descriptor, offset);
}
