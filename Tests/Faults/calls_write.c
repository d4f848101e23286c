// Writes.

#include "internal.h"

#include <errno.h>

void event_begin_write(struct event *event, const struct iovec *pieces, int count)
{
    event->data = pieces;
    event->data_count = count;
    for (int i = 0; i < count; i++) event->record.length += pieces[i].iov_len;
    event_begin(event);
}

ssize_t event_end_write(struct event *event, int descriptor, ssize_t result, enum where where, off_t offset)
{
    int kept = errno;
    event_note_descriptor(event, descriptor);
    off_t end = where == AT_POSITION && result >= 0 ? lseek(descriptor, 0, SEEK_CUR) : -1;
    if (where == AT_OFFSET) event->record.offset = offset;
    else if (end >= 0) event->record.offset = end - result;
    errno = kept;
    event_end(event, result);
    return result;
}

/// What a program says on standard output: recorded, so that a check knows what was promised and when.
static bool event_on_output(struct event *event, int descriptor)
{
    if (descriptor != STDOUT_FILENO || settings.log < 0 || !armed()) return false;
    *event = (struct event){.record = {.call = FAULTS_OUTPUT, .offset = -1}, .path = "stdout"};
    return true;
}

static bool event_on_write(struct event *event, int descriptor)
{
    return event_on_descriptor(event, FAULTS_WRITE, descriptor) || event_on_socket(event, FAULTS_SEND, descriptor)
        || event_on_output(event, descriptor);
}

ssize_t write(int descriptor, const void *bytes, size_t length)
{
    struct event event;
    if (!event_on_write(&event, descriptor)) return real.write(descriptor, bytes, length);
    struct iovec piece = {(void *)bytes, length};
    event_begin_write(&event, &piece, 1);
    ssize_t result = event_fails(&event) ? -1 : real.write(descriptor, bytes, event_share(&event, length));
    return event_end_write(&event, descriptor, result, AT_POSITION, 0);
}

static ssize_t pwrite_recorded(int descriptor, const void *bytes, size_t length, off_t offset)
{
    struct event event;
    if (!event_on_descriptor(&event, FAULTS_WRITE, descriptor)) return real.pwrite(descriptor, bytes, length, offset);
    struct iovec piece = {(void *)bytes, length};
    event_begin_write(&event, &piece, 1);
    ssize_t result = event_fails(&event) ? -1 : real.pwrite(descriptor, bytes, event_share(&event, length), offset);
    return event_end_write(&event, descriptor, result, AT_OFFSET, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite_recorded(fd, bytes, length, at); }

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at)
{
    return pwrite_recorded(fd, bytes, length, at);
}

/// The first pieces that make up `share` bytes; `out` has room for `count`.
static int first_pieces(const struct iovec *pieces, int count, size_t share, struct iovec *out)
{
    int used = 0;
    for (; used < count && share > 0; used++) {
        size_t length = pieces[used].iov_len < share ? pieces[used].iov_len : share;
        out[used] = (struct iovec){pieces[used].iov_base, length};
        share -= length;
    }
    return used;
}

static ssize_t writev_recorded(int descriptor, const struct iovec *pieces, int count, enum where where, off_t offset)
{
    struct event event;
    bool at_position = where == AT_POSITION;
    bool ours = count > 0 && count <= IOV_MAX
        && (at_position ? event_on_write(&event, descriptor) : event_on_descriptor(&event, FAULTS_WRITE, descriptor));
    if (!ours) {
        return at_position ? real.writev(descriptor, pieces, count) : real.pwritev(descriptor, pieces, count, offset);
    }
    event_begin_write(&event, pieces, count);
    ssize_t result = -1;
    if (!event_fails(&event)) {
        struct iovec shared[count];
        int used = first_pieces(pieces, count, event_share(&event, event.record.length), shared);
        result = at_position ? real.writev(descriptor, shared, used) : real.pwritev(descriptor, shared, used, offset);
    }
    return event_end_write(&event, descriptor, result, where, offset);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    return writev_recorded(fd, pieces, count, AT_POSITION, 0);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset)
{
    return writev_recorded(fd, pieces, count, AT_OFFSET, offset);
}

ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off64_t offset)
{
    return writev_recorded(fd, pieces, count, AT_OFFSET, offset);
}
