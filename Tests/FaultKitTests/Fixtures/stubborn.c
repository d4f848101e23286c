// stubborn DIRECTORY: writes ten bytes, going on after a short write, and says what each call gave.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    if (count < 2 || chdir(arguments[1]) != 0) return 2;
    int file = open("file", O_WRONLY | O_CREAT, 0600);
    if (file < 0) return printf("open %d\n", errno), 1;
    const char *bytes = "0123456789";
    for (int done = 0, calls = 0; done < 10 && calls < 5; calls++) {
        ssize_t written = write(file, bytes + done, 10 - done);
        printf("write %zd %d\n", written, written < 0 ? errno : 0);
        if (written > 0) done += written;
    }
    printf("fsync %d\n", fsync(file));
    printf("unlink %d\n", unlink("file"));
    return 0;
}
