// early DIRECTORY: writes a file before any constructor has run, and one afterwards.

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void make(const char *directory, const char *name)
{
    char path[512];
    strcpy(path, directory);
    strcat(path, name);
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    if (file < 0 || write(file, "x", 1) != 1) _exit(3);
    close(file);
}

static void before(int count, char **arguments, char **environment)
{
    (void)environment;
    if (count > 1) make(arguments[1], "/before");
}

__attribute__((section(".preinit_array"), used)) static void (*first)(int, char **, char **) = before;

int main(int count, char **arguments)
{
    if (count > 1) make(arguments[1], "/after");
    return 0;
}
