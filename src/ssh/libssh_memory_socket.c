/*
 * libssh without I/O: this file stands in for libssh's socket.c and poll.c.
 *
 * libssh.a is an archive, so the linker takes those two members only for symbols that nobody has
 * defined yet. Everything that the rest of libssh asks of them is defined here: a "socket" is a
 * pair of callbacks, and polling finds nothing, ever. If a later libssh asks for one symbol more,
 * the linker pulls the original member and reports every name below as defined twice: a change
 * cannot pass unseen.
 */
#include "libssh_memory_socket.h"

#include <stdlib.h>

#include <libssh/poll.h>
#include <libssh/socket.h>

ssh_socket ssh_socket_new(ssh_session session)
{
    ssh_socket s = calloc(1, sizeof *s);
    if (s != NULL) {
        s->session = session;
        s->open = 1;
    }
    return s;
}

void ssh_socket_free(ssh_socket s) { free(s); }
void ssh_socket_close(ssh_socket s) { s->open = 0; }
void ssh_socket_reset(ssh_socket s) { s->open = 0; }
int ssh_socket_is_open(ssh_socket s) { return s->open; }
void ssh_socket_set_callbacks(ssh_socket s, ssh_socket_callbacks callbacks)
{
    s->callbacks = callbacks;
}

int ssh_socket_write(ssh_socket s, const void* buffer, uint32_t len)
{
    if (!s->open || s->write == NULL || s->write(s->user, buffer, len) != 0) {
        s->session->alive = 0;
        return SSH_ERROR;
    }
    return SSH_OK;
}

/* The "descriptor" that ssh_connect() is given: being connected is all that it means. */
int ssh_socket_set_fd(ssh_socket s, socket_t fd)
{
    (void)fd;
    s->open = 1;
    return SSH_OK;
}

struct ssh_poll_handle_struct* ssh_socket_get_poll_handle(ssh_socket s)
{
    /* Any address that is not NULL: nobody looks behind it, polling is ours too. */
    return (struct ssh_poll_handle_struct*)s;
}

/* Counts for libssh's own jump hosts, which are not used here. */
int proxy_disconnect = 0;

int ssh_socket_init(void) { return 0; }
void ssh_socket_cleanup(void) {}
socket_t ssh_socket_get_fd(ssh_socket s)
{
    (void)s;
    return SSH_INVALID_SOCKET;
}
void ssh_socket_set_connected(ssh_socket s, struct ssh_poll_handle_struct* p)
{
    (void)p;
    s->open = 1;
}
int ssh_socket_unix(ssh_socket s, const char* path)
{
    (void)s;
    (void)path;
    return SSH_ERROR;
}
int ssh_socket_connect(ssh_socket s, const char* host, uint16_t port, const char* bind_addr)
{
    (void)s;
    (void)host;
    (void)port;
    (void)bind_addr;
    return SSH_ERROR;
}
int ssh_socket_connect_proxycommand(ssh_socket s, const char* command)
{
    (void)s;
    (void)command;
    return SSH_ERROR;
}
int ssh_socket_connect_proxyjump(ssh_socket s)
{
    (void)s;
    return SSH_ERROR;
}
void ssh_socket_set_write_wontblock(ssh_socket s) { (void)s; }
void ssh_socket_set_read_wontblock(ssh_socket s) { (void)s; }
void ssh_socket_set_except(ssh_socket s) { (void)s; }
int ssh_socket_get_status(ssh_socket s)
{
    (void)s;
    return 0;
}
int ssh_socket_get_poll_flags(ssh_socket s)
{
    (void)s;
    return 0;
}
int ssh_socket_buffered_write_bytes(ssh_socket s)
{
    (void)s;
    return 0;
}
int ssh_socket_data_available(ssh_socket s)
{
    (void)s;
    return 0;
}
int ssh_socket_data_writable(ssh_socket s)
{
    (void)s;
    return 1;
}
int ssh_socket_set_nonblocking(socket_t fd)
{
    (void)fd;
    return SSH_ERROR;
}

int ssh_poll(ssh_pollfd_t* fds, nfds_t nfds, int timeout)
{
    (void)fds;
    (void)nfds;
    (void)timeout;
    return 0;
}
ssh_poll_handle ssh_poll_new(socket_t fd, short events, ssh_poll_callback cb, void* user)
{
    (void)fd;
    (void)events;
    (void)cb;
    (void)user;
    return NULL;
}
void ssh_poll_init(void) {}
void ssh_poll_cleanup(void) {}
void ssh_poll_free(ssh_poll_handle p) { (void)p; }
void ssh_poll_add_events(ssh_poll_handle p, short events)
{
    (void)p;
    (void)events;
}
void ssh_poll_remove_events(ssh_poll_handle p, short events)
{
    (void)p;
    (void)events;
}
ssh_poll_ctx ssh_poll_get_ctx(ssh_poll_handle p) { return (ssh_poll_ctx)p; }
ssh_poll_ctx ssh_poll_get_default_ctx(ssh_session session)
{
    (void)session;
    return NULL;
}
int ssh_poll_ctx_add(ssh_poll_ctx ctx, ssh_poll_handle p)
{
    (void)ctx;
    (void)p;
    return SSH_OK;
}
void ssh_poll_ctx_free(ssh_poll_ctx ctx) { (void)ctx; }
/* Bytes come only by verbatim_engine_feed(): whoever waits here is told to come again. */
int ssh_poll_ctx_dopoll(ssh_poll_ctx ctx, int timeout)
{
    (void)ctx;
    (void)timeout;
    return SSH_AGAIN;
}

ssh_event ssh_event_new(void) { return NULL; }
void ssh_event_free(ssh_event event) { (void)event; }
int ssh_event_add_fd(ssh_event event, socket_t fd, short events, ssh_event_callback cb, void* user)
{
    (void)event;
    (void)fd;
    (void)events;
    (void)cb;
    (void)user;
    return SSH_ERROR;
}
int ssh_event_remove_fd(ssh_event event, socket_t fd)
{
    (void)event;
    (void)fd;
    return SSH_ERROR;
}
int ssh_event_add_session(ssh_event event, ssh_session session)
{
    (void)event;
    (void)session;
    return SSH_ERROR;
}
int ssh_event_remove_session(ssh_event event, ssh_session session)
{
    (void)event;
    (void)session;
    return SSH_ERROR;
}
int ssh_event_add_poll(ssh_event event, ssh_poll_handle p)
{
    (void)event;
    (void)p;
    return SSH_ERROR;
}
void ssh_event_remove_poll(ssh_event event, ssh_poll_handle p)
{
    (void)event;
    (void)p;
}
int ssh_event_dopoll(ssh_event event, int timeout)
{
    (void)event;
    (void)timeout;
    return SSH_ERROR;
}
