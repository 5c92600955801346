#pragma once
// Kubernetes' remote command protocols, v1 to v5: names, terminal sizes, statuses. Without I/O.
// Source: k8s.io/apimachinery remotecommand constants, measured against API servers.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/wire/events.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::wire::remote_command {

enum class version : std::uint8_t { v1 = 1, v2, v3, v4, v5 };

inline bool has_resize(version v) { return v >= version::v3; }
inline bool has_status(version v) { return v >= version::v4; } ///< else free text on failure

/// A WebSocket sub-protocol.
struct subprotocol {
    std::string_view name; ///< as agreed; empty: the client asked for none, which means v1
    version protocol = version::v1;
    bool base64 = false;
};

// `offered`: the header's lines as they came; each may be a list with commas.

/// SPDY: the first of the client's list that we know (v4 to v1).
std::optional<version> choose_spdy(std::span<const std::string> offered);
std::string_view spdy_name(version v);
/// WebSocket: v5 wherever it stands in the list, else the first that we know; none asked: v1.
std::optional<subprotocol> choose_websocket(std::span<const std::string> offered);

/// Channels of the WebSocket forms: the first byte of a message (a digit in the base64 forms).
enum class channel : std::uint8_t { input = 0, output, error, status, resize, close = 255 };

/// Terminal sizes come as a sequence of JSON objects {"Width":80,"Height":24} without promised
/// borders. Memory: one object of at most 256 bytes.
class size_reader {
public:
    /// The sizes that are whole with these bytes; a length that is missing is 0. Errors:
    /// errc::malformed, also for every later call.
    [[nodiscard]] result<std::vector<terminal_size>> feed(byte_view bytes);

private:
    bool ends_object(char next);

    std::string partial_;
    unsigned depth_ = 0;
    bool in_text_ = false, escaped_ = false;
    error_code failed_;
};
std::string size_text(terminal_size size);

/// How a command ended, from the error stream's whole content.
struct status {
    bool success = true;
    std::optional<std::uint32_t> exit_code; ///< of a command that ran: 0 with success
    std::string message;                    ///< in words, where it failed
    std::string reason;                     ///< "NonZeroExitCode", "InternalError", ...
};
inline constexpr std::size_t max_status_bytes = 64 * 1024;
/// v4 and v5: a Status object. v1 to v3: text means failure, nothing success. What cannot be read
/// is a failure that says so. An empty v4 stream is one, too: no server ends well without a status.
status parse_status(version v, std::string_view text);

/// Status objects as the servers write them.
std::string success_status();
std::string exit_status(std::uint32_t code);
/// reason InternalError, code 500.
std::string failure_status(std::string_view message);
/// A whole Status object for an HTTP answer: kind, apiVersion, reason, code.
std::string http_status(int code, std::string_view reason, std::string_view message);

} // namespace verbatim::wire::remote_command
