#include <verbatim/wire/spdy.hpp>

#include "wire/big_endian.hpp"
#include "wire/spdy_headers.hpp"

#include <algorithm>
#include <array>

namespace verbatim::wire::spdy {
namespace {

enum class type : std::uint16_t {
    syn_stream = 1,
    syn_reply = 2,
    rst_stream = 3,
    settings = 4,
    ping = 6,
    goaway = 7,
    headers = 8,
    window_update = 9
};

constexpr std::size_t head_bytes = 8;
constexpr std::uint32_t control_bit = 0x80000000, version = 3;
constexpr std::uint32_t max_stream_id = 0x7fffffff, max_length = 0xffffff;
constexpr std::uint8_t fin_flag = 0x01, clear_flag = 0x01;

std::uint8_t allowed_flags(type kind)
{
    switch (kind) {
    // A stream of one direction is none that Kubernetes knows; what it would carry is unclear.
    case type::syn_stream:
    case type::syn_reply:
    case type::headers: return fin_flag;
    case type::settings: return clear_flag;
    default: return 0;
    }
}

struct control_frame {
    type kind;
    std::uint8_t flags;
    byte_view payload;

    bool has_size(std::size_t size) const { return payload.size() == size; }
    bool has_head(std::size_t size) const { return payload.size() >= size; }
    std::uint32_t number(std::size_t at) const { return load_u32(payload.data() + at); }
    bool fin() const { return (flags & fin_flag) != 0; }
    bool names_stream() const { return number(0) != 0 && number(0) <= max_stream_id; }
};

result<frame> read_syn_stream(const control_frame& in, header_inflater& inflater)
{
    constexpr std::size_t before_block = 10; // id, associated id, priority, slot
    if (!in.has_head(before_block)) return errc::malformed;
    auto headers = inflater.read(in.payload.subspan(before_block));
    if (!headers) return headers.error();
    if (!in.names_stream()) return errc::malformed;
    return syn_stream{in.number(0), in.fin(), std::move(*headers)};
}

result<frame> read_headers(const control_frame& in, header_inflater& inflater)
{
    constexpr std::size_t before_block = 4;
    if (!in.has_head(before_block)) return errc::malformed;
    auto headers = inflater.read(in.payload.subspan(before_block));
    if (!headers) return headers.error();
    if (!in.names_stream()) return errc::malformed;
    if (in.kind == type::syn_reply) return syn_reply{in.number(0), in.fin(), std::move(*headers)};
    if (in.fin()) return data{in.number(0), {}, true};
    return ignored{static_cast<std::uint16_t>(in.kind)};
}

result<frame> read_control(const control_frame& in, header_inflater& inflater)
{
    if ((in.flags & ~allowed_flags(in.kind)) != 0) return errc::malformed;
    switch (in.kind) {
    case type::syn_stream: return read_syn_stream(in, inflater);
    case type::syn_reply:
    case type::headers: return read_headers(in, inflater);
    case type::rst_stream:
        if (!in.has_size(8) || !in.names_stream() || in.number(4) == 0) return errc::malformed;
        return reset{in.number(0), in.number(4)};
    case type::settings:
        if (!in.has_head(4) || in.payload.size() != 4 + std::uint64_t{8} * in.number(0))
            return errc::malformed;
        return ignored{static_cast<std::uint16_t>(in.kind)};
    case type::ping:
        if (!in.has_size(4) || in.number(0) == 0) return errc::malformed;
        return ping{in.number(0)};
    case type::goaway:
        if (!in.has_size(8) || in.number(0) > max_stream_id) return errc::malformed;
        return goaway{in.number(0), in.number(4)};
    case type::window_update:
        if (!in.has_size(8) || in.number(0) > max_stream_id) return errc::malformed;
        return ignored{static_cast<std::uint16_t>(in.kind)};
    }
    return errc::malformed;
}

} // namespace

struct frame_reader::state {
    header_inflater inflater;
    error_code failed;
    std::array<std::byte, head_bytes> head{};
    std::size_t head_size = 0;
    byte_buffer partial;  // of a control frame's payload
    std::size_t left = 0; // of the frame's payload
    bool is_control = false;

    std::uint32_t first_word() const { return load_u32(head.data()); }
    std::uint8_t flags() const { return std::to_integer<std::uint8_t>(head[4]); }

    error_code read_head();
    result<std::optional<frame>> take_control(byte_view& input);
    std::optional<frame> take_data(byte_view& input);
};

error_code frame_reader::state::read_head()
{
    is_control = (first_word() & control_bit) != 0;
    left = load_u32(head.data() + 4) & max_length;
    if (!is_control) {
        const bool known = first_word() != 0 && (flags() & ~fin_flag) == 0;
        return known ? error_code{} : errc::malformed;
    }
    if ((first_word() >> 16 & 0x7fff) != version) return errc::malformed;
    return left > max_control_bytes ? errc::out_of_range : error_code{};
}

result<std::optional<frame>> frame_reader::state::take_control(byte_view& input)
{
    const auto part = input.first(std::min(left, input.size()));
    input = input.subspan(part.size());
    left -= part.size();
    auto payload = part;
    if (left != 0 || !partial.empty()) {
        append(partial, part);
        payload = partial;
    }
    if (left != 0) return std::nullopt;
    head_size = 0;
    auto got = read_control({static_cast<type>(first_word() & 0xffff), flags(), payload}, inflater);
    byte_buffer{}.swap(partial); // large control frames are rare, and connections stay long
    if (!got) return got.error();
    return std::move(*got);
}

std::optional<frame> frame_reader::state::take_data(byte_view& input)
{
    const auto bytes = input.first(std::min(left, input.size()));
    input = input.subspan(bytes.size());
    left -= bytes.size();
    if (left == 0) head_size = 0;
    const bool fin = left == 0 && (flags() & fin_flag) != 0;
    if (bytes.empty() && !fin) return std::nullopt;
    return data{first_word(), bytes, fin};
}

frame_reader::frame_reader() : state_(std::make_unique<state>()) {}
frame_reader::~frame_reader() = default;
frame_reader::frame_reader(frame_reader&&) noexcept = default;

result<std::optional<frame>> frame_reader::next(byte_view& input)
{
    auto& now = *state_;
    if (now.failed) return now.failed;
    for (;;) {
        if (now.head_size < head_bytes) {
            const auto taken = std::min(head_bytes - now.head_size, input.size());
            std::copy_n(input.begin(), taken, now.head.begin() + now.head_size);
            now.head_size += taken;
            input = input.subspan(taken);
            if (now.head_size < head_bytes) return std::nullopt;
            if (now.failed = now.read_head(); now.failed) return now.failed;
        }
        if (now.left != 0 && input.empty()) return std::nullopt;
        if (now.is_control) {
            auto got = now.take_control(input);
            if (!got) now.failed = got.error();
            return got;
        }
        if (auto piece = now.take_data(input)) return piece;
    }
}

struct frame_writer::state {
    header_deflater deflater;

    // Headers' length is known only once they are packed.
    void put_block(byte_buffer& to, std::size_t frame_at, const std::vector<header>& headers)
    {
        deflater.append(to, headers);
        const auto length = to.size() - frame_at - head_bytes;
        for (std::size_t i = 0; i < 3; ++i)
            to[frame_at + 7 - i] = static_cast<std::byte>(length >> 8 * i & 0xff);
    }
};

namespace {

void put_head(byte_buffer& to, type kind, std::uint32_t length)
{
    append_u32(to, control_bit | version << 16 | static_cast<std::uint16_t>(kind));
    append_u32(to, length);
}

} // namespace

frame_writer::frame_writer() : state_(std::make_unique<state>()) {}
frame_writer::~frame_writer() = default;
frame_writer::frame_writer(frame_writer&&) noexcept = default;

void frame_writer::open(byte_buffer& to, stream_id id, const std::vector<header>& headers)
{
    const auto at = to.size();
    put_head(to, type::syn_stream, 0);
    append_u32(to, id);
    append_u32(to, 0);                   // no associated stream
    to.insert(to.end(), 2, std::byte{}); // priority, slot
    state_->put_block(to, at, headers);
}

void frame_writer::reply(byte_buffer& to, stream_id id)
{
    const auto at = to.size();
    put_head(to, type::syn_reply, 0);
    append_u32(to, id);
    state_->put_block(to, at, {});
}

void frame_writer::reset(byte_buffer& to, stream_id id, reset_status status)
{
    put_head(to, type::rst_stream, 8);
    append_u32(to, id);
    append_u32(to, static_cast<std::uint32_t>(status));
}

void frame_writer::ping(byte_buffer& to, std::uint32_t id)
{
    put_head(to, type::ping, 4);
    append_u32(to, id);
}

void frame_writer::goaway(byte_buffer& to, stream_id last_good)
{
    put_head(to, type::goaway, 8);
    append_u32(to, last_good);
    append_u32(to, 0); // status: all well
}

void frame_writer::data_head(byte_buffer& to, stream_id id, std::size_t size, bool fin)
{
    append_u32(to, id);
    append_u32(to, (fin ? std::uint32_t{fin_flag} << 24 : 0) | static_cast<std::uint32_t>(size));
}

} // namespace verbatim::wire::spdy
