// Sockets: what leaves the machine.

#include "internal.h"

#include <errno.h>

ssize_t send(int descriptor, const void *bytes, size_t length, int flags)
{
    struct event event;
    if (!event_on_socket(&event, FAULTS_SEND, descriptor)) return real.send(descriptor, bytes, length, flags);
    event.record.length = length;
    event_begin(&event);
    ssize_t result = event_fails(&event) ? -1 : real.send(descriptor, bytes, event_share(&event, length), flags);
    event_end(&event, result);
    return result;
}

ssize_t sendto(
    int descriptor, const void *bytes, size_t length, int flags, const struct sockaddr *address, socklen_t size)
{
    struct event event;
    if (!event_on_socket(&event, FAULTS_SEND, descriptor)) {
        return real.sendto(descriptor, bytes, length, flags, address, size);
    }
    if (address) path_of_address(address, size, event.path);
    event.record.length = length;
    event_begin(&event);
    size_t share = event_share(&event, length);
    ssize_t result = event_fails(&event) ? -1 : real.sendto(descriptor, bytes, share, flags, address, size);
    event_end(&event, result);
    return result;
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    struct event event;
    if (!event_on_socket(&event, FAULTS_SEND, descriptor)) return real.sendmsg(descriptor, message, flags);
    if (message->msg_name) path_of_address(message->msg_name, message->msg_namelen, event.path);
    struct msghdr shared = *message;
    struct iovec first;
    // A short send takes half of the first piece: as good as any other place to stop.
    event.record.length = message->msg_iovlen > 0 ? message->msg_iov[0].iov_len : 0;
    event_begin(&event);
    if (event.record.fault == FAULTS_SHORT) {
        first = (struct iovec){message->msg_iov[0].iov_base, event_share(&event, message->msg_iov[0].iov_len)};
        shared.msg_iov = &first;
        shared.msg_iovlen = 1;
    }
    ssize_t result = event_fails(&event) ? -1 : real.sendmsg(descriptor, &shared, flags);
    event_end(&event, result);
    return result;
}

int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned count, int flags)
{
    struct event event;
    if (!event_on_socket(&event, FAULTS_SEND, descriptor)) return real.sendmmsg(descriptor, messages, count, flags);
    event.record.length = count;
    event_begin(&event);
    unsigned share = (unsigned)event_share(&event, count);
    int result = event_fails(&event) ? -1 : real.sendmmsg(descriptor, messages, share, flags);
    event_end(&event, result);
    return result;
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length)
{
    struct event event;
    if (!event_on_socket(&event, FAULTS_CONNECT, descriptor)) return real.connect(descriptor, address, length);
    event.counted = false;
    path_of_address(address, length, event.path);
    event_begin(&event);
    int result = real.connect(descriptor, address, length);
    event_end(&event, result);
    return result;
}
