// Paths as the kernel sees them, and the roles they have.

#include "internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

void descriptor_path(int descriptor, char out[DESCRIPTOR_PATH])
{
    snprintf(out, DESCRIPTOR_PATH, "/proc/self/fd/%d", descriptor);
}

bool path_of_descriptor(int descriptor, char out[PATH_MAX], bool *deleted)
{
    static const char mark[] = " (deleted)";
    char link[DESCRIPTOR_PATH];
    descriptor_path(descriptor, link);
    ssize_t length = readlink(link, out, PATH_MAX - 1);
    if (length <= 0) return false;
    out[length] = 0;
    size_t stem = (size_t)length - (sizeof mark - 1);
    bool marked = (size_t)length > sizeof mark && strcmp(out + stem, mark) == 0;
    // A name may really end so: the number of links decides.
    struct stat status;
    marked = marked && fstat(descriptor, &status) == 0 && status.st_nlink == 0;
    if (marked) out[stem] = 0;
    if (deleted) *deleted = marked;
    return true;
}

/// Resolves what `path` leads to by holding it open without opening it: no lock is lost, no event raised.
static bool resolve(int directory, const char *path, int flags, char out[PATH_MAX])
{
    int held = real.openat(directory, path, O_PATH | O_CLOEXEC | flags);
    if (held < 0) return false;
    bool found = path_of_descriptor(held, out, NULL);
    close(held);
    return found;
}

bool path_of_name(int directory, const char *path, char out[PATH_MAX])
{
    if (!path) return false;
    size_t end = strnlen(path, PATH_MAX);
    if (end == 0 || end == PATH_MAX) return false;
    while (end > 1 && path[end - 1] == '/') end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') start--;

    char parent[PATH_MAX];
    if (start == 0) {
        strcpy(parent, ".");
    } else {
        memcpy(parent, path, start);
        parent[start] = 0;
    }
    if (!resolve(directory, parent, O_DIRECTORY, out)) return false;
    size_t length = strlen(out);
    if (length > 1) out[length++] = '/';
    if (length + (end - start) >= PATH_MAX) return false;
    memcpy(out + length, path + start, end - start);
    out[length + (end - start)] = 0;
    return true;
}

bool path_of_file(int directory, const char *path, bool follow, char out[PATH_MAX], bool *exists)
{
    *exists = path && resolve(directory, path, follow ? 0 : O_NOFOLLOW, out);
    return *exists || path_of_name(directory, path, out);
}

void path_of_address(const struct sockaddr *address, socklen_t length, char out[PATH_MAX])
{
    char text[INET6_ADDRSTRLEN] = "?";
    if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)address;
        inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
        snprintf(out, PATH_MAX, "socket:inet:%s:%u", text, ntohs(four->sin_port));
    } else if (address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
        inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
        snprintf(out, PATH_MAX, "socket:inet:[%s]:%u", text, ntohs(six->sin6_port));
    } else if (address->sa_family == AF_UNIX && length > offsetof(struct sockaddr_un, sun_path)) {
        const struct sockaddr_un *local = (const struct sockaddr_un *)address;
        int room = (int)(length - offsetof(struct sockaddr_un, sun_path));
        snprintf(out, PATH_MAX, "socket:unix:%.*s", room, local->sun_path);
    } else {
        snprintf(out, PATH_MAX, "socket:%d:", address->sa_family);
    }
}

bool path_of_peer(int descriptor, char out[PATH_MAX])
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getpeername(descriptor, (struct sockaddr *)&address, &length) == 0) {
        path_of_address((struct sockaddr *)&address, length, out);
        return true;
    }
    if (errno == ENOTSOCK || errno == EBADF) return false;
    strcpy(out, "socket:?");
    return true;
}

static bool begins(const char *path, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(path, prefix, length) != 0) return false;
    return path[length] == 0 || path[length] == '/' || prefix[length - 1] == '/';
}

bool counts(const char *path)
{
    if (path[0] != '/') return false;
    if (!settings.prefixes[0]) return !begins(path, "/dev") && !begins(path, "/proc") && !begins(path, "/sys");
    for (const char *const *prefix = settings.prefixes; *prefix; prefix++) {
        if (begins(path, *prefix)) return true;
    }
    return false;
}

bool matches(const char *pattern, const char *text)
{
    for (; *pattern; pattern++, text++) {
        if (*pattern == '*') {
            bool deep = pattern[1] == '*';
            while (*pattern == '*') pattern++;
            for (;; text++) {
                if (matches(pattern, text)) return true;
                if (*text == 0 || (!deep && *text == '/')) return false;
            }
        }
        if (*pattern == '?' ? (*text == 0 || *text == '/') : *pattern != *text) return false;
    }
    return *text == 0;
}

const char *role_of(const char *path)
{
    for (const struct role *role = settings.roles; role->name; role++) {
        if (matches(role->pattern, path)) return role->name;
        if (role->pattern[0] == '/') continue;
        for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
            if (matches(role->pattern, slash + 1)) return role->name;
        }
    }
    return "other";
}
