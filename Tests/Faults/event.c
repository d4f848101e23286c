// The way of one call: is it ours, which number has it, what becomes of it.

#include "internal.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

static atomic_uint_fast64_t ticks, numbers, matched;

static uint64_t next(atomic_uint_fast64_t *counter) { return atomic_fetch_add(counter, 1) + 1; }

static void start(struct event *event, enum faults_call call)
{
    event->record = (struct faults_record){.call = call, .offset = -1};
    event->data = NULL;
    event->data_count = 0;
    event->counted = true;
    event->path[0] = event->second[0] = 0;
    event->role = event->second_role = "";
}

bool event_on_descriptor(struct event *event, enum faults_call call, int descriptor)
{
    if (!armed()) return false;
    int kept = errno;
    bool deleted = false;
    start(event, call);
    bool ours = path_of_descriptor(descriptor, event->path, &deleted) && counts(event->path);
    if (ours && deleted) event->record.notes |= FAULTS_DELETED;
    errno = kept;
    return ours;
}

bool event_on_name(struct event *event, enum faults_call call, int directory, const char *path)
{
    if (!armed()) return false;
    int kept = errno;
    start(event, call);
    bool ours = path_of_name(directory, path, event->path) && counts(event->path);
    errno = kept;
    return ours;
}

bool event_on_file(struct event *event, enum faults_call call, int directory, const char *path, bool follow)
{
    if (!armed()) return false;
    int kept = errno;
    bool exists;
    start(event, call);
    bool ours = path_of_file(directory, path, follow, event->path, &exists) && counts(event->path);
    if (ours && !exists) event->record.notes |= FAULTS_CREATED;
    errno = kept;
    return ours;
}

bool event_on_names(
    struct event *event, enum faults_call call, int from_directory, const char *from, int directory, const char *path)
{
    if (!armed()) return false;
    int kept = errno;
    start(event, call);
    bool ours = path_of_name(directory, path, event->path) && path_of_name(from_directory, from, event->second)
        && (counts(event->path) || counts(event->second));
    errno = kept;
    return ours;
}

bool event_on_socket(struct event *event, enum faults_call call, int descriptor)
{
    if (settings.sockets == SOCKETS_IGNORED || !armed()) return false;
    int kept = errno;
    start(event, call);
    event->counted = settings.sockets == SOCKETS_COUNTED;
    bool ours = path_of_peer(descriptor, event->path);
    errno = kept;
    return ours;
}

/// Whether the fault can meet this call in reality: a full disk does not stop an unlink.
static bool suits(const struct event *event, enum faults_kind kind)
{
    enum faults_call call = event->record.call;
    switch (kind) {
    case FAULTS_NONE: return false;
    case FAULTS_KILL_BEFORE:
    case FAULTS_KILL_AFTER: return true;
    case FAULTS_EIO: return call != FAULTS_SEND;
    case FAULTS_SHORT: return (call == FAULTS_WRITE || call == FAULTS_SEND) && event->record.length > 1;
    case FAULTS_ENOSPC: break;
    }
    switch (call) {
    case FAULTS_OPEN: return event->record.notes & FAULTS_CREATED;
    case FAULTS_WRITE:
    case FAULTS_FSYNC:
    case FAULTS_FDATASYNC:
    case FAULTS_RENAME:
    case FAULTS_LINK:
    case FAULTS_SYMLINK:
    case FAULTS_MKDIR:
    case FAULTS_TRUNCATE:
    case FAULTS_ALLOCATE:
    case FAULTS_XATTR: return true;
    default: return false;
    }
}

static const char *name_of(uint16_t call)
{
    static const char *const names[] = {
        "start", "open", "write", "fsync", "fdatasync", "rename", "link", "symlink", "unlink", "mkdir", "rmdir",
        "chmod", "chown", "truncate", "allocate", "xattr", "send", "stdio", "connect", "output", "map", "weak-sync",
    };
    return names[call];
}

/// Whether this is the call to harm. Counts the calls that FAULT_ONLY is about.
static bool is_target(const struct event *event)
{
    uint64_t count = event->record.number;
    if (settings.only) {
        char label[256];
        bool two = event->second_role[0];
        snprintf(
            label, sizeof label, "%s %s%s%s", name_of(event->record.call), event->second_role, two ? ">" : "",
            event->role);
        if (!matches(settings.only, label)) return false;
        count = next(&matched);
    }
    return settings.at != 0 && (count == settings.at || (settings.persist && count > settings.at));
}

_Noreturn static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

void event_begin(struct event *event)
{
    inside = true;
    int kept = errno;
    struct faults_record *record = &event->record;
    event->role = role_of(event->path);
    // What a symlink says is text, not a path of ours.
    bool two = event->second[0] && record->call != FAULTS_SYMLINK;
    event->second_role = two ? role_of(event->second) : "";
    record->begin = next(&ticks);
    if (event->counted) {
        record->number = next(&numbers);
        if (suits(event, FAULTS_EIO)) record->notes |= FAULTS_CAN_EIO;
        if (suits(event, FAULTS_ENOSPC)) record->notes |= FAULTS_CAN_ENOSPC;
        if (suits(event, FAULTS_SHORT)) record->notes |= FAULTS_CAN_SHORT;
        // In this order: FAULT_ONLY counts what the fault can meet, else "the first write" may be one it cannot.
        if (suits(event, settings.kind) && is_target(event)) record->fault = settings.kind;
    }
    if (record->fault == FAULTS_KILL_BEFORE) {
        record->end = next(&ticks);
        trace_write(event);
        die();
    }
    errno = kept;
}

bool event_fails(const struct event *event)
{
    if (event->record.fault == FAULTS_EIO) errno = EIO;
    else if (event->record.fault == FAULTS_ENOSPC) errno = ENOSPC;
    else return false;
    return true;
}

size_t event_share(const struct event *event, size_t length)
{
    return event->record.fault == FAULTS_SHORT && length > 1 ? length / 2 : length;
}

static void note(struct event *event, const struct stat *status)
{
    event->record.inode = status->st_ino;
    event->record.device = status->st_dev;
    event->record.mode = status->st_mode;
}

void event_note_descriptor(struct event *event, int descriptor)
{
    int kept = errno;
    struct stat status;
    if (fstat(descriptor, &status) == 0) note(event, &status);
    errno = kept;
}

void event_note_path(struct event *event, const char *path)
{
    int kept = errno;
    struct stat status;
    if (fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) == 0) note(event, &status);
    errno = kept;
}

void event_end(struct event *event, long result)
{
    int kept = errno;
    event->record.result = result;
    event->record.error = result < 0 ? kept : 0;
    event->record.end = next(&ticks);
    trace_write(event);
    if (event->record.fault == FAULTS_KILL_AFTER) die();
    inside = false;
    errno = kept;
}
