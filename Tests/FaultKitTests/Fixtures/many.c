// many DIRECTORY CALLS: writes of one byte, and how long they took in nanoseconds each.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    if (count < 3 || chdir(arguments[1]) != 0) return 2;
    int file = open("file", O_WRONLY | O_CREAT, 0600), calls = atoi(arguments[2]);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < calls; i++) {
        if (pwrite(file, "x", 1, 0) != 1) return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    long long spent = (end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec);
    printf("%lld\n", spent / calls);
    return 0;
}
