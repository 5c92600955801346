#pragma once
// The byte-stream seam: TCP, TLS over it, or bytes tunnelled in another protocol.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <span>

namespace verbatim::net {

/// One connection's bytes, both ways. One coroutine reads and one writes at a time.
/// Reading is in two steps, so that a connection that waits holds no buffer.
/// Thread: the loop of executor().
class byte_stream {
public:
    virtual ~byte_stream() = default;

    virtual boost::asio::any_io_executor executor() = 0;

    /// Completes when read_available() has something to tell: bytes, the end, or an error. It may
    /// complete without: then that is 0. Cancel: close().
    [[nodiscard]] virtual boost::asio::awaitable<void> readable() = 0;

    /// Moves what has arrived into `into`, without waiting; 0 where nothing has (call readable()
    /// again). Errors: errc::closed at the peer's end, also one without TLS close_notify;
    /// errc::malformed for broken TLS; the system's own (a reset) otherwise.
    [[nodiscard]] virtual result<std::size_t> read_available(std::span<std::byte> into) = 0;

    /// Sends all of `bytes`, which stay in place until it completes. Errors as above.
    /// Cancel: close().
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> write(byte_view bytes) = 0;

    /// Says that nothing more will be sent (TLS close_notify, then FIN). Best effort.
    [[nodiscard]] virtual boost::asio::awaitable<void> finish() = 0;

    /// Ends it at once; readable() and write() complete. Idempotent.
    virtual void close() noexcept = 0;
};

/// readable(), then read_available(), until there is at least one byte.
[[nodiscard]] boost::asio::awaitable<result<std::size_t>> read_some(
    byte_stream& from, std::span<std::byte> into);

/// Sets no-delay and keep-alive probes, so that a silent peer that vanished is noticed within two
/// minutes. With bytes on their way to it, it takes as long as the system retransmits: a limit
/// there (TCP_USER_TIMEOUT) would also end a peer that lives but does not read. `socket` is open.
std::unique_ptr<byte_stream> make_tcp_stream(boost::asio::ip::tcp::socket socket);

} // namespace verbatim::net
