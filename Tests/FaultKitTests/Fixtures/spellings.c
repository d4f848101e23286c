// spellings DIRECTORY: each call in each of its spellings, one after the other.

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

static int line;
#define NEED(condition)                                                                                                \
    do {                                                                                                               \
        line = __LINE__;                                                                                               \
        if (!(condition)) return perror("spellings"), fprintf(stderr, "line %d\n", line), 1;                           \
    } while (0)

int main(int count, char **arguments)
{
    NEED(count > 1 && chdir(arguments[1]) == 0);
    umask(0);
    int here = open(".", O_RDONLY | O_DIRECTORY), file, other;
    struct iovec pieces[2] = {{"abc", 3}, {"defg", 4}};

    // Opens
    NEED((file = open("a", O_RDWR | O_CREAT, 0604)) >= 0 && close(file) == 0);
    NEED((file = openat(here, "b", O_WRONLY | O_CREAT | O_EXCL, 0600)) >= 0 && close(file) == 0);
    NEED((file = creat("c", 0600)) >= 0 && close(file) == 0);
    struct open_how how = {.flags = O_RDWR | O_CREAT, .mode = 0600, .resolve = RESOLVE_BENEATH};
    NEED((file = (int)syscall(SYS_openat2, here, "d", &how, sizeof how)) >= 0 && close(file) == 0);
    char template[] = "e-XXXXXX";
    NEED((file = mkstemp(template)) >= 0 && close(file) == 0);
    FILE *stream = fopen("f", "w");
    NEED(stream && fclose(stream) == 0);
    NEED((other = open(".", O_RDWR | O_TMPFILE, 0600)) >= 0 && write(other, "nameless", 8) == 8);
    char nameless[64];
    snprintf(nameless, sizeof nameless, "/proc/self/fd/%d", other);
    NEED(linkat(AT_FDCWD, nameless, here, "named", AT_SYMLINK_FOLLOW) == 0);

    // Reading is not counted.
    NEED((file = open("a", O_RDONLY)) >= 0 && close(file) == 0);

    // Writes
    NEED((file = open("a", O_RDWR)) >= 0);
    NEED(write(file, "0123456789", 10) == 10);
    NEED(pwrite(file, "xy", 2, 4) == 2);
    NEED(writev(file, pieces, 2) == 7);
    NEED(pwritev(file, pieces, 2, 100) == 7);
    NEED((other = open("b", O_RDWR | O_APPEND)) >= 0);
    NEED(write(other, "tail", 4) == 4 && write(other, "end", 3) == 3);
    off64_t from = 0, to = 200;
    NEED(copy_file_range(other, &from, file, &to, 4, 0) == 4);
    NEED((other = open("b", O_RDONLY)) >= 0 && sendfile(file, other, NULL, 3) == 3);

    // Sizes and syncs
    NEED(ftruncate(file, 300) == 0 && truncate("a", 250) == 0);
    NEED(posix_fallocate(file, 0, 400) == 0 && fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 500) == 0);
    NEED(fsync(file) == 0 && fdatasync(here) == 0 && syncfs(file) == 0);
    NEED(sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE) == 0);
    NEED(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) != MAP_FAILED);

    // Names
    NEED(mkdir("dir", 0750) == 0 && mkdirat(here, "dir/sub", 0700) == 0);
    NEED(rename("c", "dir/c") == 0 && renameat(here, "dir/c", here, "c") == 0);
    NEED(renameat2(here, "c", here, "c2", RENAME_NOREPLACE) == 0);
    NEED(syscall(SYS_renameat2, here, "c2", here, "b", RENAME_EXCHANGE) == 0);
    NEED(symlink("a", "s1") == 0 && symlinkat("dir/../a", here, "s2") == 0);
    NEED(link("a", "hard") == 0 && linkat(here, "a", here, "hard2", 0) == 0);
    NEED((file = open("s2", O_WRONLY)) >= 0 && write(file, "!", 1) == 1);

    // Attributes
    NEED(chmod("s1", 0600) == 0 && fchmod(file, 0640) == 0 && fchmodat(here, "a", 0604, 0) == 0);
    NEED(chown("a", -1, -1) == 0 && fchown(file, -1, -1) == 0 && lchown("s1", -1, -1) == 0);
    NEED(fchownat(here, "a", -1, -1, 0) == 0);
    NEED(setxattr("a", "user.x", "1", 1, 0) == 0 && fsetxattr(file, "user.y", "1", 1, 0) == 0);
    NEED(removexattr("a", "user.x") == 0 && fremovexattr(file, "user.y") == 0);

    // Away
    NEED(unlink("s1") == 0 && unlinkat(here, "s2", 0) == 0 && remove("hard") == 0);
    NEED(rmdir("dir/sub") == 0 && unlinkat(here, "dir", AT_REMOVEDIR) == 0);
    return 0;
}
