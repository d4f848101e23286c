// Waking up: the real functions, the settings, and a clean environment for the children.

#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

static struct reals table;
struct settings settings = {.log = -1};
__thread bool inside;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool configured;

_Noreturn void give_up(const char *what, const char *detail)
{
    const char *parts[] = {"faults: ", what, ": ", detail, "\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (real.write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0) break;
    }
    _exit(125);
}

static void find_reals(void)
{
#define FIND(name) *(void **)&table.name = dlsym(RTLD_NEXT, #name);
    FAULTS_REPLACED(FIND)
#undef FIND
}

/// The environment as the kernel has it: before libc has started (.preinit_array) there is no other.
static char *early_environment(void)
{
    int file = real.open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    size_t length = 0, room = 1 << 16;
    char *text = malloc(room);
    for (ssize_t got = 1; file >= 0 && text && got > 0; length += (size_t)got) {
        if (length + 2 >= room) text = realloc(text, room *= 2);
        got = text ? read(file, text + length, room - length - 2) : 0;
        if (got < 0) got = 0;
    }
    if (file < 0 || !text) give_up("the environment cannot be read", "/proc/self/environ");
    close(file);
    text[length] = text[length + 1] = 0; // an empty variable ends the list
    return text;
}

/// A copy, since the variable is about to leave the environment; NULL where it is empty.
static char *variable(const char *name)
{
    static const char *early;
    const char *value = environ ? getenv(name) : NULL;
    if (!environ) {
        if (!early) early = early_environment();
        size_t length = strlen(name);
        for (const char *entry = early; *entry && !value; entry += strlen(entry) + 1) {
            if (strncmp(entry, name, length) == 0 && entry[length] == '=') value = entry + length + 1;
        }
    }
    return value && *value ? strdup(value) : NULL;
}

static bool says_yes(const char *name)
{
    const char *value = variable(name);
    return value && strcmp(value, "1") == 0;
}

static void read_prefixes(char *list)
{
    size_t count = 0;
    char *rest = list;
    for (char *prefix; (prefix = strsep(&rest, ":"));) {
        if (!*prefix) continue;
        bool full = count + 1 == sizeof settings.prefixes / sizeof *settings.prefixes;
        if (full) give_up("FAULT_FROM has too many prefixes; the last that fitted came before", prefix);
        settings.prefixes[count++] = prefix;
    }
}

static void read_roles(char *lines)
{
    size_t count = 0;
    char *rest = lines;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (!*line) continue;
        bool full = count + 1 == sizeof settings.roles / sizeof *settings.roles;
        if (full) give_up("FAULT_ROLES has too many roles; the last that fitted came before", line);
        const char *name = strsep(&line, "\t");
        if (!line) give_up("FAULT_ROLES: no tab after the role", name);
        settings.roles[count++] = (struct role){name, line};
    }
}

static enum faults_kind read_kind(const char *text)
{
    static const char *const names[] = {"none", "kill-before", "kill-after", "EIO", "ENOSPC", "short"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) return (enum faults_kind)i;
    }
    give_up("FAULT_KIND is not known", text);
}

/// Opened out of the way of the program's own descriptors, which often count from 3.
static int open_log(const char *name)
{
    int low = real.open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (low < 0) give_up("FAULT_LOG cannot be opened", name);
    int high = fcntl(low, F_DUPFD_CLOEXEC, 500);
    if (high < 0) return low;
    close(low);
    return high;
}

static void clean_environment(void)
{
    static const char *const names[] = {
        "LD_PRELOAD", "FAULT_LOG", "FAULT_CONTENTS", "FAULT_FROM", "FAULT_ROLES", "FAULT_SOCKETS",
        "FAULT_AT", "FAULT_ONLY", "FAULT_KIND", "FAULT_PERSIST", "FAULT_CLOCK",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
}

/// The moved clock works without a log too.
static void read_clock(void)
{
    char *seconds = variable("FAULT_CLOCK"), *end;
    if (!seconds) return;
    settings.clock = strtoll(seconds, &end, 10);
    if (*end) give_up("FAULT_CLOCK is not a number of seconds", seconds);
    configured = true;
}

static void wake(void)
{
    inside = true;
    find_reals();
    settings.log_name = variable("FAULT_LOG");
    char *at = variable("FAULT_AT");
    configured = settings.log_name || at;
    if (configured) {
        settings.process = getpid();
        settings.contents = says_yes("FAULT_CONTENTS");
        settings.persist = says_yes("FAULT_PERSIST");
        settings.only = variable("FAULT_ONLY");
        char *kind = variable("FAULT_KIND"), *sockets = variable("FAULT_SOCKETS");
        settings.kind = kind ? read_kind(kind) : FAULTS_NONE;
        if (at) {
            char *end;
            settings.at = strtoull(at, &end, 10);
            if (*end || settings.at == 0) give_up("FAULT_AT is not a number from 1", at);
        }
        if (sockets) {
            if (strcmp(sockets, "trace") == 0) settings.sockets = SOCKETS_TRACED;
            else if (strcmp(sockets, "count") == 0) settings.sockets = SOCKETS_COUNTED;
            else give_up("FAULT_SOCKETS is neither trace nor count", sockets);
        }
        read_prefixes(variable("FAULT_FROM"));
        read_roles(variable("FAULT_ROLES"));
        if (settings.log_name) settings.log = open_log(settings.log_name);

        struct event start = {.record.call = FAULTS_START, .record.offset = -1, .role = "", .second_role = ""};
        snprintf(start.path, sizeof start.path, "%d", settings.process);
        trace_write(&start);
    }
    read_clock();
    inside = false;
}

/// Before main, while there is one thread: the only time to change the environment.
__attribute__((constructor)) static void start(void)
{
    awake();
    if (configured) clean_environment();
}

const struct reals *awake(void)
{
    // While waking, and in what a call calls, the table is there already.
    if (!inside) pthread_once(&once, wake);
    return &table;
}

bool armed(void)
{
    if (inside) return false;
    awake();
    // A child of fork or clone has a copy of all this; only the number of the process tells it apart.
    return configured && getpid() == settings.process;
}
