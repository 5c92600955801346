#ifndef VERBATIM_LIBSSH_MEMORY_SOCKET_H
#define VERBATIM_LIBSSH_MEMORY_SOCKET_H

#include <config.h> /* libssh's own, from its build: its private headers need it first */

#include <libssh/callbacks.h>
#include <libssh/priv.h>
#include <libssh/session.h>
#include <libssh/socket.h>

/* What libssh's `ssh_socket` is in this program. Private to the two files of the shim. */
struct ssh_socket_struct {
    ssh_session session;
    ssh_socket_callbacks callbacks; /* set by libssh: .data takes the bytes we feed */
    int open;
    int (*write)(void* user, const void* data, size_t size); /* takes all or returns non-zero */
    void* user;
};

#endif
