#pragma once
// HTTP/1.1 messages, read and written piece by piece; bodies are never collected.
// Source: RFC 9110, RFC 9112. Boost.Beast's parser reads the heads, in http_head.cpp alone; its
// reading of chunks wants bytes kept that it has seen, so http_chunks.hpp does that.

#include "kube/buffered_reader.hpp"
#include "kube/http_text.hpp"

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace verbatim::kube {

/// Header fields in the order they came, names as they came.
class http_fields {
public:
    void add(std::string name, std::string value);
    void remove(std::string_view name);            ///< all of that name
    void set(std::string name, std::string value); ///< instead of all of that name
    bool has(std::string_view name) const;
    std::string_view first(std::string_view name) const; ///< empty where there is none
    std::vector<std::string> all(std::string_view name) const;
    /// The elements of all comma lists of that name, trimmed.
    std::vector<std::string> list(std::string_view name) const;
    template <class Predicate>
    void remove_if(Predicate predicate)
    {
        std::erase_if(fields_, [&](const auto& field) { return predicate(field.first); });
    }
    const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct request_head {
    std::string method, target; ///< target as sent: path and query
    unsigned version = 11;      ///< 10 or 11
    http_fields fields;
};
struct response_head {
    int status = 200;
    std::string reason;
    unsigned version = 11;
    http_fields fields;
};

/// How a body's end is told.
struct body_framing {
    enum class kind { none, sized, chunked, until_close } how = kind::none;
    std::uint64_t size = 0;
};

inline constexpr std::size_t max_head_bytes = 64 * 1024 - 1;

/// Reads the messages of one direction of a connection, one after another.
class http_reader {
public:
    explicit http_reader(buffered_reader& from);
    ~http_reader();
    http_reader(const http_reader&) = delete;
    http_reader& operator=(const http_reader&) = delete;

    /// The next message's head; its body must have been read to the end before. A request that
    /// says both Content-Length and Transfer-Encoding, that folds lines or names a field with
    /// bytes that are no token, is errc::malformed; a head over max_head_bytes errc::out_of_range.
    /// errc::closed before the first byte is the ordinary end. No deadline of its own: close the
    /// stream.
    [[nodiscard]] boost::asio::awaitable<result<request_head>> read_request();
    /// `to_head`: the answer to a HEAD request, which has no body. 1xx answers but 101 are skipped.
    [[nodiscard]] boost::asio::awaitable<result<response_head>> read_response(bool to_head);

    body_framing framing() const noexcept; ///< of the message whose head was read last
    bool keep_alive() const noexcept;      ///< as that message allows
    bool body_done() const noexcept;

    /// The next piece of the body, without chunk framing; empty: the end. Valid until the next
    /// call, here or at the buffered_reader. Trailers are read and dropped. Errors:
    /// errc::malformed, errc::truncated (the connection ended within it), those of the stream.
    [[nodiscard]] boost::asio::awaitable<result<byte_view>> read_body();

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// The head with its empty line. No field may hold CR, LF or NUL: such a head is errc::malformed.
[[nodiscard]] result<void> append_head(byte_buffer& to, const request_head& head);
[[nodiscard]] result<void> append_head(byte_buffer& to, const response_head& head);

/// Appends a body's piece in its framing; an empty piece ends it.
void append_body(byte_buffer& to, const body_framing& framing, byte_view piece);

/// Passes a body on as it comes, each piece at once, with its end. `from` is read to the end.
/// Errors: those of reading or writing; `reading_failed`, which outlives the call, tells which.
[[nodiscard]] boost::asio::awaitable<result<void>> pass_body(
    http_reader& from, net::byte_stream& to, body_framing framing, bool& reading_failed);

} // namespace verbatim::kube
