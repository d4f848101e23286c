// Modes, owners and extended attributes.

#include "internal.h"

#include <errno.h>

static int end_attribute(struct event *event, int result)
{
    event_note_path(event, event->path);
    event_end(event, result);
    return result;
}

static int end_attribute_of(struct event *event, int descriptor, int result)
{
    event_note_descriptor(event, descriptor);
    event_end(event, result);
    return result;
}

int fchmodat_recorded(int directory, const char *path, mode_t mode, int flags)
{
    struct event event;
    if (!event_on_file(&event, FAULTS_CHMOD, directory, path, !(flags & AT_SYMLINK_NOFOLLOW))) {
        return real.fchmodat(directory, path, mode, flags);
    }
    event.record.flags = mode;
    event_begin(&event);
    return end_attribute(&event, event_fails(&event) ? -1 : real.fchmodat(directory, path, mode, flags));
}

int chmod(const char *path, mode_t mode) { return fchmodat_recorded(AT_FDCWD, path, mode, 0); }

int fchmodat(int directory, const char *path, mode_t mode, int flags)
{
    return fchmodat_recorded(directory, path, mode, flags);
}

int fchmod(int descriptor, mode_t mode)
{
    struct event event;
    if (!event_on_descriptor(&event, FAULTS_CHMOD, descriptor)) return real.fchmod(descriptor, mode);
    event.record.flags = mode;
    event_begin(&event);
    return end_attribute_of(&event, descriptor, event_fails(&event) ? -1 : real.fchmod(descriptor, mode));
}

static int fchownat_recorded(int directory, const char *path, uid_t owner, gid_t group, int flags)
{
    struct event event;
    bool ours = flags & AT_EMPTY_PATH && path && !*path
        ? event_on_descriptor(&event, FAULTS_CHOWN, directory)
        : event_on_file(&event, FAULTS_CHOWN, directory, path, !(flags & AT_SYMLINK_NOFOLLOW));
    if (!ours) return real.fchownat(directory, path, owner, group, flags);
    event_begin(&event);
    return end_attribute(&event, event_fails(&event) ? -1 : real.fchownat(directory, path, owner, group, flags));
}

int chown(const char *path, uid_t owner, gid_t group) { return fchownat_recorded(AT_FDCWD, path, owner, group, 0); }

int lchown(const char *path, uid_t owner, gid_t group)
{
    return fchownat_recorded(AT_FDCWD, path, owner, group, AT_SYMLINK_NOFOLLOW);
}

int fchownat(int directory, const char *path, uid_t owner, gid_t group, int flags)
{
    return fchownat_recorded(directory, path, owner, group, flags);
}

int fchown(int descriptor, uid_t owner, gid_t group)
{
    struct event event;
    if (!event_on_descriptor(&event, FAULTS_CHOWN, descriptor)) return real.fchown(descriptor, owner, group);
    event_begin(&event);
    return end_attribute_of(&event, descriptor, event_fails(&event) ? -1 : real.fchown(descriptor, owner, group));
}

/// Both spellings of a change by path, following the last link or not.
#define BY_PATH(path, follow, call)                                                                                    \
    struct event event;                                                                                                \
    if (!event_on_file(&event, FAULTS_XATTR, AT_FDCWD, path, follow)) return real.call;                                \
    event_begin(&event);                                                                                               \
    return end_attribute(&event, event_fails(&event) ? -1 : real.call);

#define BY_DESCRIPTOR(descriptor, call)                                                                                \
    struct event event;                                                                                                \
    if (!event_on_descriptor(&event, FAULTS_XATTR, descriptor)) return real.call;                                      \
    event_begin(&event);                                                                                               \
    return end_attribute_of(&event, descriptor, event_fails(&event) ? -1 : real.call);

int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    BY_PATH(path, true, setxattr(path, name, value, size, flags))
}

int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
    BY_PATH(path, false, lsetxattr(path, name, value, size, flags))
}

int fsetxattr(int descriptor, const char *name, const void *value, size_t size, int flags)
{
    BY_DESCRIPTOR(descriptor, fsetxattr(descriptor, name, value, size, flags))
}

int removexattr(const char *path, const char *name) { BY_PATH(path, true, removexattr(path, name)) }
int lremovexattr(const char *path, const char *name) { BY_PATH(path, false, lremovexattr(path, name)) }
int fremovexattr(int descriptor, const char *name) { BY_DESCRIPTOR(descriptor, fremovexattr(descriptor, name)) }
