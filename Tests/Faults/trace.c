// The trace: one record per call, appended with one system call.

#include "internal.h"

#include <errno.h>
#include <string.h>

/// The bytes that really went out, of the pieces the program handed over.
static int bytes_written(const struct event *event, struct iovec *out, uint64_t limit, uint32_t *total)
{
    int count = 0;
    *total = 0;
    for (int i = 0; i < event->data_count && limit > 0; i++) {
        size_t length = event->data[i].iov_len < limit ? event->data[i].iov_len : (size_t)limit;
        out[count++] = (struct iovec){event->data[i].iov_base, length};
        limit -= length;
        *total += (uint32_t)length;
    }
    return count;
}

void trace_write(const struct event *event)
{
    if (settings.log < 0) return;
    struct faults_record record = event->record;
    record.magic = FAULTS_MAGIC;
    record.thread = (uint32_t)gettid();
    record.path_length = (uint16_t)strlen(event->path);
    record.second_length = (uint16_t)strlen(event->second);
    record.role_length = (uint16_t)strlen(event->role);
    record.second_role_length = (uint16_t)strlen(event->second_role);

    struct iovec pieces[5 + event->data_count];
    pieces[0] = (struct iovec){&record, sizeof record};
    pieces[1] = (struct iovec){(char *)event->path, record.path_length};
    pieces[2] = (struct iovec){(char *)event->second, record.second_length};
    pieces[3] = (struct iovec){(char *)event->role, record.role_length};
    pieces[4] = (struct iovec){(char *)event->second_role, record.second_role_length};
    int count = 5;
    bool with_data = (settings.contents || record.call == FAULTS_OUTPUT) && record.result > 0;
    if (with_data) count += bytes_written(event, pieces + 5, (uint64_t)record.result, &record.data_length);

    record.size = 0;
    for (int i = 0; i < count; i++) record.size += (uint32_t)pieces[i].iov_len;
    // A trace with a hole would prove what is not so.
    ssize_t written = real.writev(settings.log, pieces, count);
    if (written != (ssize_t)record.size) give_up("the trace cannot be written", settings.log_name);
}
