// Names: made, moved and taken away.

#include "internal.h"

#include <errno.h>
#include <string.h>

static int end_name(struct event *event, int result)
{
    if (result == 0) event_note_path(event, event->path);
    event_end(event, result);
    return result;
}

int renameat_recorded(int from_directory, const char *from, int directory, const char *path, unsigned flags)
{
    struct event event;
    if (!event_on_names(&event, FAULTS_RENAME, from_directory, from, directory, path)) {
        return real.renameat2(from_directory, from, directory, path, flags);
    }
    event.record.flags = flags;
    event_begin(&event);
    return end_name(&event, event_fails(&event) ? -1 : real.renameat2(from_directory, from, directory, path, flags));
}

int rename(const char *from, const char *path) { return renameat_recorded(AT_FDCWD, from, AT_FDCWD, path, 0); }

int renameat(int from_directory, const char *from, int directory, const char *path)
{
    return renameat_recorded(from_directory, from, directory, path, 0);
}

int renameat2(int from_directory, const char *from, int directory, const char *path, unsigned flags)
{
    return renameat_recorded(from_directory, from, directory, path, flags);
}

static int linkat_recorded(int from_directory, const char *from, int directory, const char *path, int flags)
{
    struct event event;
    // A file without a name is linked by its descriptor, through /proc or AT_EMPTY_PATH.
    bool by_descriptor = flags & (AT_EMPTY_PATH | AT_SYMLINK_FOLLOW);
    bool ours = by_descriptor ? event_on_name(&event, FAULTS_LINK, directory, path)
                              : event_on_names(&event, FAULTS_LINK, from_directory, from, directory, path);
    if (!ours) return real.linkat(from_directory, from, directory, path, flags);
    bool exists;
    if (by_descriptor && from && *from) path_of_file(from_directory, from, true, event.second, &exists);
    else if (by_descriptor) path_of_descriptor(from_directory, event.second, NULL);
    event_begin(&event);
    return end_name(&event, event_fails(&event) ? -1 : real.linkat(from_directory, from, directory, path, flags));
}

int link(const char *from, const char *path) { return linkat_recorded(AT_FDCWD, from, AT_FDCWD, path, 0); }

int linkat(int from_directory, const char *from, int directory, const char *path, int flags)
{
    return linkat_recorded(from_directory, from, directory, path, flags);
}

static int symlinkat_recorded(const char *target, int directory, const char *path)
{
    struct event event;
    if (!event_on_name(&event, FAULTS_SYMLINK, directory, path)) return real.symlinkat(target, directory, path);
    strncpy(event.second, target, sizeof event.second - 1);
    event.second[sizeof event.second - 1] = 0;
    event_begin(&event);
    return end_name(&event, event_fails(&event) ? -1 : real.symlinkat(target, directory, path));
}

int symlink(const char *target, const char *path) { return symlinkat_recorded(target, AT_FDCWD, path); }

int symlinkat(const char *target, int directory, const char *path)
{
    return symlinkat_recorded(target, directory, path);
}

static int unlinkat_recorded(int directory, const char *path, int flags)
{
    struct event event;
    enum faults_call call = flags & AT_REMOVEDIR ? FAULTS_RMDIR : FAULTS_UNLINK;
    if (!event_on_name(&event, call, directory, path)) return real.unlinkat(directory, path, flags);
    event_begin(&event);
    event_note_path(&event, event.path); // before it is gone
    int result = event_fails(&event) ? -1 : real.unlinkat(directory, path, flags);
    event_end(&event, result);
    return result;
}

int unlink(const char *path) { return unlinkat_recorded(AT_FDCWD, path, 0); }
int unlinkat(int directory, const char *path, int flags) { return unlinkat_recorded(directory, path, flags); }
int rmdir(const char *path) { return unlinkat_recorded(AT_FDCWD, path, AT_REMOVEDIR); }

int remove(const char *path)
{
    int kept = errno;
    int result = unlinkat_recorded(AT_FDCWD, path, 0);
    if (result == 0 || errno != EISDIR) return result;
    errno = kept;
    return unlinkat_recorded(AT_FDCWD, path, AT_REMOVEDIR);
}

static int mkdirat_recorded(int directory, const char *path, mode_t mode)
{
    struct event event;
    if (!event_on_name(&event, FAULTS_MKDIR, directory, path)) return real.mkdirat(directory, path, mode);
    event.record.length = mode & 07777;
    event_begin(&event);
    return end_name(&event, event_fails(&event) ? -1 : real.mkdirat(directory, path, mode));
}

int mkdir(const char *path, mode_t mode) { return mkdirat_recorded(AT_FDCWD, path, mode); }
int mkdirat(int directory, const char *path, mode_t mode) { return mkdirat_recorded(directory, path, mode); }

char *mkdtemp(char *template)
{
    struct event event;
    if (!event_on_name(&event, FAULTS_MKDIR, AT_FDCWD, template)) return real.mkdtemp(template);
    event.record.length = 0700;
    event_begin(&event);
    char *made = event_fails(&event) ? NULL : real.mkdtemp(template);
    if (made) path_of_name(AT_FDCWD, made, event.path);
    end_name(&event, made ? 0 : -1);
    return made;
}
