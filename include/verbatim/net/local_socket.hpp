#pragma once
// UNIX sockets of this machine.

#include <verbatim/base/result.hpp>

#include <filesystem>
#include <string>

#include <sys/types.h>

namespace verbatim::net {

/// The name of a socket's file for bind() and connect(), which take 107 bytes, however long its
/// path is. Good while this lives, in this process.
/// Source: unix(7)
class local_socket_name {
public:
    explicit local_socket_name(const std::filesystem::path& file);
    ~local_socket_name();
    local_socket_name(const local_socket_name&) = delete;
    local_socket_name& operator=(const local_socket_name&) = delete;

    const std::string& text() const noexcept { return text_; }

private:
    int directory_ = -1;
    std::string text_;
};

/// Who is at the other end, as the kernel saw it when it connected.
struct local_peer {
    uid_t account;
    pid_t process;
};
/// `socket`: a connected one. Errors: errc::io_error.
[[nodiscard]] result<local_peer> peer_of(int socket);

} // namespace verbatim::net
