// Publishes one key file as it should be done, or with one defect: publish DIRECTORY [DEFECT]
//
// Intent into the journal, a message to the issuer, the file by temporary name and rename, a record into the journal.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *defect = "";

static int has(const char *name) { return strcmp(defect, name) == 0; }

static void need(int condition, const char *what)
{
    if (condition) return;
    perror(what);
    exit(1);
}

static void note(int journal, const char *text, int sync)
{
    need(write(journal, text, strlen(text)) == (ssize_t)strlen(text), "journal");
    if (sync) need(fdatasync(journal) == 0, "journal sync");
}

int main(int count, char **arguments)
{
    if (count > 2) defect = arguments[2];
    need(chdir(arguments[1]) == 0, "chdir");
    umask(022);
    int pair[2], directory = open(".", O_RDONLY | O_DIRECTORY);
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");

    int journal = open("journal", O_WRONLY | O_CREAT | O_APPEND, 0600);
    need(journal >= 0 && fsync(directory) == 0, "journal");
    note(journal, "intent 1\n", !has("intent-not-synced"));
    need(send(pair[0], "order", 5, 0) == 5, "send");

    if (has("stream")) {
        FILE *stream = fopen("notes", "w");
        fputs("unseen", stream);
        fclose(stream);
    }
    need(mkdir("out", 0755) == 0 && fsync(directory) == 0, "mkdir");
    int out = open("out", O_RDONLY | O_DIRECTORY);
    int file = openat(out, ".key-0815", O_WRONLY | O_CREAT | O_EXCL, has("born-open") ? 0644 : 0600);
    need(file >= 0 && write(file, "private ", 8) == 8 && write(file, "key\n", 4) == 4, "key");
    need(fchmod(file, 0640) == 0, "fchmod");
    if (has("mode-not-synced")) need(fdatasync(file) == 0, "fdatasync");
    else if (!has("file-not-synced") && !has("file-synced-late")) need(fsync(file) == 0, "fsync");
    need(renameat(out, ".key-0815", out, "key.pem") == 0, "rename");
    if (has("file-synced-late")) need(fsync(file) == 0, "fsync");
    if (has("recorded-early")) note(journal, "done key.pem\n", 1);
    if (has("weakly-synced")) need(syncfs(out) == 0, "syncfs");
    else if (!has("directory-not-synced")) need(fsync(out) == 0, "directory");
    if (!has("recorded-early")) note(journal, "done key.pem\n", 1);
    write(1, "published\n", 10);
    return 0;
}
