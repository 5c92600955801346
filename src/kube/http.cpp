#include "kube/http.hpp"

#include "kube/http_chunks.hpp"
#include "kube/http_head.hpp"

#include <algorithm>
#include <charconv>

namespace verbatim::kube {

namespace asio = boost::asio;

using kind = body_framing::kind;

// Between messages this is all that there is: no parser, no buffer.
struct http_reader::state {
    explicit state(buffered_reader& r) : from(r) {}

    asio::awaitable<result<std::size_t>> whole_head();
    void begin_body(const message_facts& facts);
    result<byte_view> take();

    buffered_reader& from;
    body_framing framing;
    bool keep_alive = false;
    bool done = true;
    std::uint64_t left = 0; // kind::sized
    chunk_decoder chunks;
};

asio::awaitable<result<std::size_t>> http_reader::state::whole_head()
{
    std::size_t scanned = 0;
    for (;;) {
        const auto have = from.available();
        if (const auto size = find_head_end(have, scanned); size != 0) {
            if (size > max_head_bytes) co_return errc::out_of_range;
            co_return size;
        }
        auto filling = from.fill();
        const auto filled = co_await std::move(filling);
        if (filled) continue;
        if (filled.error() == errc::limit_reached) co_return errc::out_of_range;
        if (filled.error() == errc::closed && !from.available().empty()) co_return errc::truncated;
        co_return filled.error();
    }
}

void http_reader::state::begin_body(const message_facts& facts)
{
    framing = facts.framing;
    keep_alive = facts.keep_alive;
    left = framing.how == kind::sized ? framing.size : 0;
    chunks = {};
    done = framing.how == kind::none || (framing.how == kind::sized && left == 0);
}

/// What stands in the buffer; empty when there is nothing of the body in it.
result<byte_view> http_reader::state::take()
{
    const auto have = from.available();
    if (framing.how == kind::chunked) {
        const auto step = chunks.decode(have);
        if (!step) return step.error();
        from.consume(step->consumed);
        done = chunks.done();
        return byte_view(have.first(step->data));
    }
    auto count = have.size();
    if (framing.how == kind::sized) {
        count = static_cast<std::size_t>(std::min<std::uint64_t>(left, count));
        left -= count;
        done = left == 0;
    }
    from.consume(count);
    return byte_view(have.first(count));
}

http_reader::http_reader(buffered_reader& from) : state_(std::make_unique<state>(from)) {}
http_reader::~http_reader() = default;

body_framing http_reader::framing() const noexcept { return state_->framing; }
bool http_reader::keep_alive() const noexcept { return state_->keep_alive; }
bool http_reader::body_done() const noexcept { return state_->done; }

asio::awaitable<result<request_head>> http_reader::read_request()
{
    auto waiting = state_->whole_head();
    const auto size = co_await std::move(waiting);
    if (!size) co_return size.error();
    request_head head;
    const auto facts = parse_head(state_->from.available().first(*size), head);
    state_->from.consume(*size);
    if (!facts) co_return facts.error();
    state_->begin_body(*facts);
    co_return head;
}

namespace {

// A server that says "wait" for ever is not read for ever.
constexpr unsigned max_interim_answers = 16;

} // namespace

asio::awaitable<result<response_head>> http_reader::read_response(bool to_head)
{
    for (unsigned interim = 0; interim <= max_interim_answers; ++interim) {
        auto waiting = state_->whole_head();
        const auto size = co_await std::move(waiting);
        if (!size) co_return size.error();
        response_head head;
        const auto facts = parse_head(state_->from.available().first(*size), head, to_head);
        state_->from.consume(*size);
        if (!facts) co_return facts.error();
        if (head.status / 100 == 1 && head.status != 101) continue;
        state_->begin_body(*facts);
        co_return head;
    }
    co_return errc::malformed;
}

asio::awaitable<result<byte_view>> http_reader::read_body()
{
    while (!state_->done) {
        const auto piece = state_->take();
        if (!piece || !piece->empty()) co_return piece;
        if (state_->done) break;
        auto filling = state_->from.fill();
        const auto filled = co_await std::move(filling);
        if (filled) continue;
        if (filled.error() != errc::closed) co_return filled.error();
        if (state_->framing.how != kind::until_close) co_return errc::truncated;
        state_->done = true;
    }
    co_return byte_view{};
}

namespace {

void add_text(byte_buffer& to, std::string_view text) { append(to, as_bytes(text)); }

result<void> append_fields(byte_buffer& to, const http_fields& fields)
{
    for (const auto& [name, value] : fields.fields()) {
        if (!is_token(name) || !is_field_value(value)) return errc::malformed;
        add_text(to, name);
        add_text(to, ": ");
        add_text(to, value);
        add_text(to, "\r\n");
    }
    add_text(to, "\r\n");
    return result<void>{};
}

std::string_view version_text(unsigned version) noexcept
{
    return version < 11 ? "HTTP/1.0" : "HTTP/1.1";
}

bool is_target(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
    });
}

} // namespace

result<void> append_head(byte_buffer& to, const request_head& head)
{
    if (!is_token(head.method) || !is_target(head.target)) return errc::malformed;
    add_text(to, head.method);
    add_text(to, " ");
    add_text(to, head.target);
    add_text(to, " ");
    add_text(to, version_text(head.version));
    add_text(to, "\r\n");
    return append_fields(to, head.fields);
}

result<void> append_head(byte_buffer& to, const response_head& head)
{
    if (head.status < 100 || head.status > 999 || !is_field_value(head.reason))
        return errc::malformed;
    add_text(to, version_text(head.version));
    add_text(to, " " + std::to_string(head.status) + " ");
    add_text(to, head.reason);
    add_text(to, "\r\n");
    return append_fields(to, head.fields);
}

void append_body(byte_buffer& to, const body_framing& framing, byte_view piece)
{
    if (framing.how != kind::chunked) return append(to, piece);
    char size[16];
    const auto end = std::to_chars(size, size + sizeof(size), piece.size(), 16).ptr;
    add_text(to, {size, static_cast<std::size_t>(end - size)});
    add_text(to, "\r\n");
    append(to, piece);
    add_text(to, "\r\n");
}

asio::awaitable<result<void>> pass_body(
    http_reader& from, net::byte_stream& to, body_framing framing, bool& reading_failed)
{
    reading_failed = false;
    for (bool ended = false; !ended;) {
        auto reading = from.read_body();
        const auto piece = co_await std::move(reading);
        if (!piece) {
            reading_failed = true;
            co_return piece.error();
        }
        ended = piece->empty() || from.body_done();
        // Of this turn alone: between two pieces nothing is held.
        byte_buffer framed;
        auto bytes = *piece;
        if (framing.how == kind::chunked) {
            framed.reserve(piece->size() + 32);
            if (!piece->empty()) append_body(framed, framing, *piece);
            if (ended) append_body(framed, framing, {});
            bytes = framed;
        }
        if (bytes.empty() || framing.how == kind::none) continue;
        auto writing = to.write(bytes);
        if (const auto written = co_await std::move(writing); !written) co_return written.error();
    }
    co_return result<void>{};
}

} // namespace verbatim::kube
