// What the parts of the interposer share. Nothing of it is visible outside the library.

#ifndef FAULTS_INTERNAL_H
#define FAULTS_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

#pragma GCC visibility push(hidden)

/// Every function that is replaced, for the table of the real ones.
#define FAULTS_REPLACED(X)                                                                                             \
    X(open) X(open64) X(openat) X(openat64) X(creat) X(creat64) X(fopen) X(fopen64) X(freopen) X(freopen64)            \
    X(mkstemp) X(mkstemp64) X(mkostemp) X(mkostemp64) X(mkstemps) X(mkostemps) X(mkdtemp)                              \
    X(write) X(pwrite) X(pwrite64) X(writev) X(pwritev) X(pwritev64) X(copy_file_range) X(sendfile) X(sendfile64)      \
    X(fsync) X(fdatasync) X(syncfs) X(sync_file_range)                                                         \
    X(ftruncate) X(ftruncate64) X(truncate) X(truncate64) X(fallocate) X(fallocate64) X(posix_fallocate)               \
    X(posix_fallocate64) X(mmap) X(mmap64)                                                                             \
    X(rename) X(renameat) X(renameat2) X(unlink) X(unlinkat) X(remove) X(rmdir) X(symlink) X(symlinkat) X(link)        \
    X(linkat) X(mkdir) X(mkdirat)                                                                                      \
    X(chmod) X(fchmod) X(fchmodat) X(chown) X(fchown) X(lchown) X(fchownat)                                            \
    X(setxattr) X(lsetxattr) X(fsetxattr) X(removexattr) X(lremovexattr) X(fremovexattr)                               \
    X(send) X(sendto) X(sendmsg) X(sendmmsg) X(connect) X(syscall)                                     \
    X(clock_gettime) X(gettimeofday) X(time)

struct reals {
#define FAULTS_FIELD(name) __typeof__(&name) name;
    FAULTS_REPLACED(FAULTS_FIELD)
#undef FAULTS_FIELD
};

/// The functions this library stands in front of. Waking up fetches them, even before the constructor ran.
const struct reals *awake(void);
#define real (*awake())

enum sockets { SOCKETS_IGNORED, SOCKETS_TRACED, SOCKETS_COUNTED };

struct role {
    const char *name, *pattern;
};

struct settings {
    pid_t process; // children have another: they pass through
    int log; // -1: none
    const char *log_name;
    bool contents, persist;
    enum sockets sockets;
    enum faults_kind kind;
    uint64_t at; // 0: harm nothing
    const char *only;
    time_t clock; // how far the wall clock is moved
    const char *prefixes[32];
    struct role roles[96];
};

extern struct settings settings;

/// True where this process is to be counted and this thread is not already inside a call.
bool armed(void);

/// Set while a call of ours runs in this thread, so that what it calls itself is not counted again.
extern __thread bool inside;

// Paths

/// Room for "/proc/self/fd" and the number.
#define DESCRIPTOR_PATH 32

void descriptor_path(int descriptor, char out[DESCRIPTOR_PATH]);
/// The canonical path an open descriptor leads to; `deleted` says that it has no name any more.
bool path_of_descriptor(int descriptor, char out[PATH_MAX], bool *deleted);
/// The canonical path of a name whose last component is kept as it is (for rename, unlink, symlink ...).
bool path_of_name(int directory, const char *path, char out[PATH_MAX]);
/// The canonical path of a file, its last link followed where `follow` says so; the name's where nothing is there.
bool path_of_file(int directory, const char *path, bool follow, char out[PATH_MAX], bool *exists);
/// "socket:tcp:127.0.0.1:443", "socket:unix:/path".
void path_of_address(const struct sockaddr *address, socklen_t length, char out[PATH_MAX]);
bool path_of_peer(int descriptor, char out[PATH_MAX]);
bool counts(const char *path);
bool matches(const char *pattern, const char *text);
const char *role_of(const char *path);

// Events

/// One call on its way through.
struct event {
    struct faults_record record;
    const struct iovec *data; // what a write wrote, for the trace
    int data_count;
    const char *role, *second_role;
    bool counted;
    char path[PATH_MAX], second[PATH_MAX];
};

/// These say whether the call is ours to look at. Where they say yes, event_begin and event_end must follow.
bool event_on_descriptor(struct event *event, enum faults_call call, int descriptor);
bool event_on_name(struct event *event, enum faults_call call, int directory, const char *path);
bool event_on_file(struct event *event, enum faults_call call, int directory, const char *path, bool follow);
/// A name made or changed, from another name: either below a prefix makes the call ours.
bool event_on_names(
    struct event *event, enum faults_call call, int from_directory, const char *from, int directory, const char *path);
bool event_on_socket(struct event *event, enum faults_call call, int descriptor);

/// Takes the call's number and decides its fate; never returns where that is "killed before".
void event_begin(struct event *event);
/// True where the call is to fail instead of being made; errno is set.
bool event_fails(const struct event *event);
/// How many of `length` bytes to write: half of them for a short write.
size_t event_share(const struct event *event, size_t length);
/// Records the call; never returns where its fate is "killed after". Keeps errno.
void event_end(struct event *event, long result);
/// Notes inode and mode of what a descriptor or path leads to, for the record.
void event_note_descriptor(struct event *event, int descriptor);
void event_note_path(struct event *event, const char *path);

/// Appends the event's record to the log with one call, so that records of threads do not mix.
void trace_write(const struct event *event);

/// An open that may change something: everything but plain reading.
bool event_on_open(struct event *event, int directory, const char *path, uint64_t flags, uint64_t mode, bool follow);
int event_end_open(struct event *event, int descriptor);

enum where { AT_POSITION, AT_OFFSET };

/// A write of these pieces, at the descriptor's position or at an offset of its own.
void event_begin_write(struct event *event, const struct iovec *pieces, int count);
ssize_t event_end_write(struct event *event, int descriptor, ssize_t result, enum where where, off_t offset);

// Shared by a function and its spelling through syscall(2)

int renameat_recorded(int from_directory, const char *from, int directory, const char *path, unsigned flags);
int fchmodat_recorded(int directory, const char *path, mode_t mode, int flags);

/// Ends the process with status 125: a kit that cannot do what it was told must not look as if it had.
_Noreturn void give_up(const char *what, const char *detail);

#pragma GCC visibility pop

#endif
