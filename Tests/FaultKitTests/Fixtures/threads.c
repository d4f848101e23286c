// threads DIRECTORY THREADS ROUNDS: each round of each thread makes four counted calls.

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int rounds;

static void *work(void *argument)
{
    long self = (long)argument;
    char temporary[64], name[64];
    for (int round = 0; round < rounds; round++) {
        snprintf(temporary, sizeof temporary, ".new-%ld-%d", self, round);
        snprintf(name, sizeof name, "file-%ld", self);
        int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (file < 0 || write(file, name, 5) != 5 || fsync(file) != 0 || rename(temporary, name) != 0) exit(1);
        close(file);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    if (count < 4 || chdir(arguments[1]) != 0) return 2;
    int threads = atoi(arguments[2]);
    rounds = atoi(arguments[3]);
    pthread_t all[64];
    for (long i = 0; i < threads; i++) pthread_create(&all[i], NULL, work, (void *)i);
    for (int i = 0; i < threads; i++) pthread_join(all[i], NULL);
    return 0;
}
