#include "net/socket_bio.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <new>

namespace verbatim::net {
namespace {

// The descriptor and "the peer has ended" share the BIO's one pointer: no memory of its own.
struct state {
    int descriptor;
    bool ended;
};
static_assert(sizeof(state) <= sizeof(void*));

state get_state(BIO* bio) noexcept
{
    const auto packed = reinterpret_cast<std::uintptr_t>(BIO_get_data(bio));
    return {static_cast<int>(packed >> 1), (packed & 1) != 0};
}

void set_state(BIO* bio, state value) noexcept
{
    const auto packed =
        static_cast<std::uintptr_t>(value.descriptor) << 1 | (value.ended ? 1u : 0u);
    BIO_set_data(bio, reinterpret_cast<void*>(packed));
}

bool should_try_again(int error) noexcept
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

int read_socket(BIO* bio, char* to, int size) noexcept
{
    BIO_clear_retry_flags(bio);
    const auto [descriptor, ended] = get_state(bio);
    errno = 0;
    const auto got = ::recv(descriptor, to, static_cast<std::size_t>(size), 0);
    if (got < 0 && should_try_again(errno)) BIO_set_retry_read(bio);
    if (got == 0) set_state(bio, {descriptor, true});
    return static_cast<int>(got);
}

int write_socket(BIO* bio, const char* from, int size) noexcept
{
    BIO_clear_retry_flags(bio);
    errno = 0;
    const auto put =
        ::send(get_state(bio).descriptor, from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (put < 0 && should_try_again(errno)) BIO_set_retry_write(bio);
    return static_cast<int>(put);
}

long control(BIO* bio, int command, long, void*) noexcept
{
    if (command == BIO_CTRL_EOF) return get_state(bio).ended ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

using method_handle = openssl_handle<BIO_METHOD, BIO_meth_free>;

method_handle make_method()
{
    method_handle method{BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket")};
    if (!method) throw std::bad_alloc();
    BIO_meth_set_read(method.get(), read_socket);
    BIO_meth_set_write(method.get(), write_socket);
    BIO_meth_set_ctrl(method.get(), control);
    return method;
}

} // namespace

bio_handle make_socket_bio(int descriptor)
{
    static const method_handle method = make_method(); // a table of functions, never changed
    bio_handle bio{BIO_new(method.get())};
    if (!bio) throw std::bad_alloc();
    set_state(bio.get(), {descriptor, false});
    BIO_set_init(bio.get(), 1);
    return bio;
}

} // namespace verbatim::net
