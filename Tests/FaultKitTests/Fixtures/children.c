// children DIRECTORY: the parent makes one file, a forked child one, a cloned child one, and an executed program one.
// Says what it finds in its environment.

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void make(const char *name)
{
    int file = open(name, O_WRONLY | O_CREAT, 0600);
    if (file < 0 || write(file, name, strlen(name)) < 0 || fsync(file) != 0) _exit(3);
    close(file);
}

int main(int count, char **arguments)
{
    if (count < 2 || chdir(arguments[1]) != 0) return 2;
    for (char **variable = environ; *variable; variable++) {
        if (strncmp(*variable, "FAULT", 5) == 0 || strncmp(*variable, "LD_", 3) == 0) puts(*variable);
    }
    int status;
    pid_t child = fork();
    if (child == 0) {
        make("forked");
        _exit(0);
    }
    if (waitpid(child, &status, 0) < 0 || status != 0) return 4;
    child = vfork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "echo executed > executed; mv executed renamed; rm -f gone", NULL);
        _exit(9);
    }
    if (waitpid(child, &status, 0) < 0 || status != 0) return 5;
    struct clone_args how = {.exit_signal = SIGCHLD};
    child = (pid_t)syscall(SYS_clone3, &how, sizeof how);
    if (child == 0) {
        make("cloned");
        _exit(0);
    }
    if (waitpid(child, &status, 0) < 0 || status != 0) return 6;
    make("own");
    return 0;
}
