#include <verbatim/net/local_socket.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace verbatim::net {

local_socket_name::local_socket_name(const std::filesystem::path& file) : text_(file.string())
{
    if (text_.size() < sizeof(sockaddr_un::sun_path)) return;
    directory_ = ::open(file.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    // Where that fails the caller's bind() or connect() says so.
    if (directory_ >= 0)
        text_ = "/proc/self/fd/" + std::to_string(directory_) + '/' + file.filename().string();
}

local_socket_name::~local_socket_name()
{
    if (directory_ >= 0) ::close(directory_);
}

result<local_peer> peer_of(int socket)
{
    ucred found{};
    socklen_t size = sizeof found;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) return errc::io_error;
    return local_peer{found.uid, found.pid};
}

} // namespace verbatim::net
