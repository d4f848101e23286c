#pragma once
// The macros that check types add nothing to functions that have them.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdint.h>
#include <sys/socket.h>

// libcurl's setters and getters are variadic, which Swift does not import: one function for each kind of argument.

static inline CURLcode shim_curl_setopt_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode shim_curl_setopt_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode shim_curl_setopt_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode shim_curl_setopt_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode shim_curl_setopt_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
static inline CURLcode shim_curl_setopt_write(CURL *handle, CURLoption option, curl_write_callback value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode shim_curl_setopt_read(CURL *handle, curl_read_callback value) {
    return curl_easy_setopt(handle, CURLOPT_READFUNCTION, value);
}

static inline CURLcode shim_curl_getinfo_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode shim_curl_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// A number in place of the pointer that libcurl keeps for its user.
static inline CURLcode shim_curl_set_tag(CURL *handle, uintptr_t tag) {
    return curl_easy_setopt(handle, CURLOPT_PRIVATE, (void *)tag);
}

// The next transfer that is over: 0 where there is none, else its tag. CURLMsg has a union, which is read here.
static inline uintptr_t shim_curl_multi_next(CURLM *multi, CURLcode *result) {
    int left = 0;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        char *tag = NULL;
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &tag) == CURLE_OK && tag) return (uintptr_t)tag;
    }
    return 0;
}

static inline curl_socket_t shim_curl_open_socket(void *unused, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)unused;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Programs that are started meanwhile inherit no connection: libcurl itself opens sockets without SOCK_CLOEXEC.
static inline CURLcode shim_curl_close_on_exec(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, shim_curl_open_socket);
}
