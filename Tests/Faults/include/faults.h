// Fault injection by preloading: what goes in through the environment, and what comes out as a trace.
//
// Preload this library into a dynamically linked program (LD_PRELOAD). It counts, with one counter for the whole
// process, the calls that change files below the given prefixes, harms the one it is told to, and writes a record of
// each. Without FAULT_AT, FAULT_LOG and FAULT_CLOCK it does nothing. A mistake in the environment ends the process with
// status 125.
//
//   FAULT_LOG=FILE       append one record per call
//   FAULT_CONTENTS=1     records carry the bytes written
//   FAULT_FROM=A:B       canonical path prefixes that count; without it all paths but /dev, /proc and /sys
//   FAULT_ROLES=LINES    one "role<TAB>pattern" per line, the first match names the role of a path, else "other"
//   FAULT_SOCKETS=trace  also record send and connect; "count": let send count and fail as well
//   FAULT_AT=N           harm the call with this number, from 1
//   FAULT_ONLY=LABEL     FAULT_AT counts only the calls that the fault can meet and whose label matches this pattern:
//                        "fsync wal", "rename temp>live", "open *"
//   FAULT_KIND=KIND      kill-before, kill-after, EIO, ENOSPC, short, none
//   FAULT_PERSIST=1      harm every later call too that such a fault can meet
//   FAULT_CLOCK=SECONDS  move the wall clock, so that what falls due later can be run now
//
// Patterns: `*` and `?` stay within a path component, `**` crosses them; a pattern that does not begin with `/` may
// begin at any component.
//
// Not seen: what stdio writes after fopen (the fopen itself is recorded as `stdio`), stores through a shared mapping
// (recorded as `map`), io_uring, statically linked programs. Children are never counted, harmed or traced: the
// environment is cleaned at start, and a forked child passes everything through.

#ifndef FAULTS_H
#define FAULTS_H

#include <stdint.h>

#define FAULTS_MAGIC 0x31544c46u // "FLT1", little-endian

/// The calls, many spellings under one name. FaultKit's CallName has the same order.
enum faults_call {
    FAULTS_START, // written once, when the library wakes up
    FAULTS_OPEN,
    FAULTS_WRITE,
    FAULTS_FSYNC,
    FAULTS_FDATASYNC,
    FAULTS_RENAME,
    FAULTS_LINK,
    FAULTS_SYMLINK,
    FAULTS_UNLINK,
    FAULTS_MKDIR,
    FAULTS_RMDIR,
    FAULTS_CHMOD,
    FAULTS_CHOWN,
    FAULTS_TRUNCATE,
    FAULTS_ALLOCATE,
    FAULTS_XATTR,
    FAULTS_SEND,
    FAULTS_STDIO,
    // Recorded, never counted.
    FAULTS_CONNECT,
    FAULTS_OUTPUT,
    FAULTS_MAP,
    FAULTS_WEAK_SYNC,
};

enum faults_kind { FAULTS_NONE, FAULTS_KILL_BEFORE, FAULTS_KILL_AFTER, FAULTS_EIO, FAULTS_ENOSPC, FAULTS_SHORT };

enum faults_notes {
    FAULTS_CREATED = 1, // the name did not exist before this open
    FAULTS_DELETED = 2, // the descriptor's file has no name any more
    FAULTS_NAMELESS = 4, // opened with O_TMPFILE
    FAULTS_CAN_EIO = 8, // which faults could meet this call
    FAULTS_CAN_ENOSPC = 16,
    FAULTS_CAN_SHORT = 32,
};

/// One call, followed by: path, second path, role, second role (no terminators), then the bytes written.
/// `path` is the name made or changed; `second` is where a rename or link came from, or what a symlink says.
struct faults_record {
    uint32_t magic;
    uint32_t size; // of the whole record
    uint64_t begin, end; // ticks of one counter: a call whose end is before another's begin happened before it
    uint64_t number; // among the counted calls, from 1; 0: not counted
    int64_t result;
    int64_t offset; // of a write; the new size of a truncate; -1 otherwise
    uint64_t length; // bytes asked
    uint64_t inode, device;
    uint32_t thread;
    int32_t error; // errno of a failed call
    uint32_t flags; // of open, renameat2, fallocate; mode bits asked by chmod
    uint32_t mode; // st_mode after the call, 0: unknown
    uint16_t call;
    uint8_t fault;
    uint8_t notes;
    uint16_t path_length, second_length, role_length, second_role_length;
    uint32_t data_length;
};

#endif
