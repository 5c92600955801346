#pragma once
// The language of the control socket (DATA_DIR/run/control.sock): one request of a program on the
// same machine, and its answer, which may last. Without I/O.
// Shape of a frame: 4 bytes big-endian, the payload's length; 1 byte, its kind; the payload.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/wire/events.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::wire::control {

enum class kind : std::uint8_t {
    request = 1, ///< the client's first: a `request`
    data,        ///< client: keys; server: standard output
    resize,      ///< client: columns and rows, 4 bytes each
    notice,      ///< server: a line for standard error, without its end
    exit,        ///< server: the status, 4 bytes; nothing follows
};

inline constexpr std::size_t max_payload = 64 * 1024;

/// Refers into the reader, until it is fed again.
struct frame {
    kind what;
    std::string_view payload;
};

/// Appends one frame. `payload` has at most max_payload bytes.
void append_frame(std::string& out, kind what, std::string_view payload);
/// Appends as many data frames as it takes.
void append_data(std::string& out, std::string_view bytes);
void append_resize(std::string& out, terminal_size size);
void append_exit(std::string& out, std::uint32_t status);

/// Errors: errc::malformed.
[[nodiscard]] result<terminal_size> parse_resize(std::string_view payload);
[[nodiscard]] result<std::uint32_t> parse_exit(std::string_view payload);

/// Memory: what it was fed last, and less than one frame.
class frame_reader {
public:
    void feed(byte_view bytes);
    /// The next whole frame; nothing: more bytes are needed. Errors: errc::out_of_range for one
    /// that is too long, errc::malformed for an unknown kind; also for every later call.
    [[nodiscard]] result<std::optional<frame>> next();

private:
    std::string buffer_;
    std::size_t taken_ = 0; // of the buffer's beginning
    error_code failed_;
};

/// What is asked, in the words of a +command over ssh: {"join", SID, "peer"}.
struct request {
    std::vector<std::string> words;
    bool json = false;                     ///< one JSON object a line, where there is a table
    std::optional<terminal_size> terminal; ///< the client's, if it has one
    bool operator==(const request&) const = default;
};
inline constexpr std::size_t max_words = 128, max_word_bytes = 512;

/// JSON.
std::string to_text(const request& what);
/// Strict: unknown keys, no words, or too many of them are errc::malformed.
[[nodiscard]] result<request> parse_request(std::string_view text);

} // namespace verbatim::wire::control
