// Publishes a set of two files by switching a link, twice, or with one defect: switch DIRECTORY [DEFECT]

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void sync_directory(const char *path)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY);
    need(directory >= 0 && fsync(directory) == 0, path);
    close(directory);
}

static void put(const char *version, const char *name, int synced)
{
    char path[256];
    snprintf(path, sizeof path, "versions/%s/%s", version, name);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    need(file >= 0 && write(file, version, strlen(version)) == (ssize_t)strlen(version), path);
    if (synced) need(fsync(file) == 0, path);
    close(file);
}

static void publish(const char *version)
{
    char path[256];
    snprintf(path, sizeof path, "versions/%s", version);
    need(mkdir(path, 0755) == 0, path);
    put(version, "key", 1);
    put(version, "chain", !has("file-not-synced"));
    if (!has("set-not-synced")) sync_directory(path);
    if (!has("versions-not-synced")) sync_directory("versions");
    need(symlink(path, ".live") == 0 && rename(".live", "live") == 0, "live");
    if (!has("link-not-synced")) sync_directory(".");
}

int main(int count, char **arguments)
{
    if (count > 2) defect = arguments[2];
    need(chdir(arguments[1]) == 0, "chdir");
    need(mkdir("versions", 0755) == 0, "mkdir");
    sync_directory(".");
    publish("1");
    write(1, "1\n", 2);
    publish("2");
    write(1, "2\n", 2);
    if (has("writes-live")) {
        int file = open("live/key", O_WRONLY);
        need(file >= 0 && write(file, "3", 1) == 1 && fsync(file) == 0, "live/key");
    }
    if (has("adds-to-live")) {
        put("2", "more", 1);
        sync_directory("versions/2");
    }
    return 0;
}
