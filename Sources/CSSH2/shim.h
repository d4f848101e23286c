#pragma once
#include <libssh2.h>
#include <sys/socket.h>
#include <sys/types.h>

// libssh2 takes its callbacks as `void *`, which Swift can't make of a function: one setter for each kind.

typedef ssize_t (*shim_ssh2_receive)(libssh2_socket_t socket, void *buffer, size_t length, int flags, void **abstract);
typedef ssize_t (*shim_ssh2_send)(libssh2_socket_t socket, const void *buffer, size_t length, int flags,
                                  void **abstract);

static inline void shim_ssh2_set_receive(LIBSSH2_SESSION *session, shim_ssh2_receive callback) {
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)callback);
}

static inline void shim_ssh2_set_send(LIBSSH2_SESSION *session, shim_ssh2_send callback) {
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)callback);
}
