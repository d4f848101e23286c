// Syncs.

#include "internal.h"

int fsync(int descriptor)
{
    struct event event;
    if (!event_on_descriptor(&event, FAULTS_FSYNC, descriptor)) return real.fsync(descriptor);
    event_begin(&event);
    event_note_descriptor(&event, descriptor);
    int result = event_fails(&event) ? -1 : real.fsync(descriptor);
    event_end(&event, result);
    return result;
}

int fdatasync(int descriptor)
{
    struct event event;
    if (!event_on_descriptor(&event, FAULTS_FDATASYNC, descriptor)) return real.fdatasync(descriptor);
    event_begin(&event);
    event_note_descriptor(&event, descriptor);
    int result = event_fails(&event) ? -1 : real.fdatasync(descriptor);
    event_end(&event, result);
    return result;
}

/// Syncs that promise less than fsync, or more than was asked: on record, and worth nothing to a rule.
static bool event_on_weak_sync(struct event *event, int descriptor)
{
    if (!event_on_descriptor(event, FAULTS_WEAK_SYNC, descriptor)) return false;
    event->counted = false;
    event_begin(event);
    return true;
}

int syncfs(int descriptor)
{
    struct event event;
    bool ours = event_on_weak_sync(&event, descriptor);
    int result = real.syncfs(descriptor);
    if (ours) event_end(&event, result);
    return result;
}

int sync_file_range(int descriptor, off64_t offset, off64_t length, unsigned flags)
{
    struct event event;
    bool ours = event_on_weak_sync(&event, descriptor);
    int result = real.sync_file_range(descriptor, offset, length, flags);
    if (ours) event_end(&event, result);
    return result;
}
