// The wall clock, moved by FAULT_CLOCK seconds. Clocks that only run are left alone, as when somebody sets the time.

#include "internal.h"

#include <sys/time.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = real.clock_gettime(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += settings.clock;
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    int result = real.gettimeofday(time, zone);
    if (result == 0) time->tv_sec += settings.clock;
    return result;
}

time_t time(time_t *out)
{
    time_t now = real.time(NULL) + settings.clock;
    if (out) *out = now;
    return now;
}
