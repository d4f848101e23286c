// Copies inside the kernel: the bytes are read back for the trace, through a descriptor of our own.

#include "internal.h"

static char *read_back(int descriptor, off_t offset, ssize_t length)
{
    char path[DESCRIPTOR_PATH];
    descriptor_path(descriptor, path);
    int own = real.open(path, O_RDONLY | O_CLOEXEC);
    char *bytes = malloc((size_t)length);
    if (own < 0 || !bytes || pread(own, bytes, (size_t)length, offset) != length) {
        give_up("a copy cannot be read back", path);
    }
    close(own);
    return bytes;
}

static ssize_t end_copy(struct event *event, int descriptor, ssize_t result, enum where where, off_t offset)
{
    char *bytes = NULL;
    struct iovec piece;
    if (result > 0 && settings.contents && settings.log >= 0) {
        off_t start = where == AT_OFFSET ? offset : lseek(descriptor, 0, SEEK_CUR) - result;
        bytes = read_back(descriptor, start, result);
        piece = (struct iovec){bytes, (size_t)result};
        event->data = &piece;
        event->data_count = 1;
    }
    event_end_write(event, descriptor, result, where, offset);
    free(bytes);
    return result;
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags)
{
    struct event event;
    if (!event_on_descriptor(&event, FAULTS_WRITE, to)) {
        return real.copy_file_range(from, from_at, to, to_at, length, flags);
    }
    off_t offset = to_at ? *to_at : 0;
    event.record.length = length;
    event_begin(&event);
    size_t share = event_share(&event, length);
    ssize_t result = event_fails(&event) ? -1 : real.copy_file_range(from, from_at, to, to_at, share, flags);
    return end_copy(&event, to, result, to_at ? AT_OFFSET : AT_POSITION, offset);
}

static ssize_t sendfile_recorded(int to, int from, off_t *from_at, size_t length)
{
    struct event event;
    bool file = event_on_descriptor(&event, FAULTS_WRITE, to);
    if (!file && !event_on_socket(&event, FAULTS_SEND, to)) return real.sendfile(to, from, from_at, length);
    event.record.length = length;
    event_begin(&event);
    ssize_t result = event_fails(&event) ? -1 : real.sendfile(to, from, from_at, event_share(&event, length));
    if (file) return end_copy(&event, to, result, AT_POSITION, 0);
    event_end(&event, result);
    return result;
}

ssize_t sendfile(int to, int from, off_t *at, size_t length) { return sendfile_recorded(to, from, at, length); }
ssize_t sendfile64(int to, int from, off64_t *at, size_t length) { return sendfile_recorded(to, from, at, length); }
