#include <verbatim/wire/ssh_connection.hpp>

#include "ssh_fields.hpp"

#include <verbatim/wire/terminal_modes.hpp>

#include <algorithm>
#include <array>

namespace verbatim::wire::ssh {
namespace {

constexpr std::uint32_t max_port = 65535;
constexpr std::size_t number_bytes = 1, channel_bytes = 4, uint32_bytes = 4;

std::uint32_t load(const std::byte* from) noexcept
{
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(from[i]);
    return value;
}

void store(std::byte* to, std::uint32_t value) noexcept
{
    for (int i = 3; i >= 0; --i, value >>= 8) to[i] = static_cast<std::byte>(value & 0xff);
}

bool is_name(std::string_view name) noexcept
{
    return !name.empty() && std::all_of(name.begin(), name.end(),
                                [](char c) { return c > ' ' && c < '\x7f' && c != ','; });
}

// Reads field after field; the first error stays, and everything after it reads as nothing.
class reader {
public:
    explicit reader(byte_view payload) noexcept : payload_(payload) {}

    void number(std::uint32_t& value) noexcept
    {
        const auto field = take(uint32_bytes);
        if (!failed()) value = load(field.data());
    }
    void channel(channel_number& value) noexcept
    {
        std::uint32_t raw = 0;
        number(raw);
        value = static_cast<channel_number>(raw);
    }
    void port(std::uint32_t& value) noexcept
    {
        number(value);
        if (value > max_port) fail(errc::out_of_range);
    }
    void flag(bool& value) noexcept
    {
        const auto field = take(1);
        if (failed()) return;
        value = field[0] != std::byte{0};
        flags_[flag_count_++] = at_ - 1;
    }
    void bytes(byte_view& value) noexcept
    {
        std::uint32_t length = 0;
        number(length);
        value = take(length);
    }
    void text(std::string_view& value) noexcept
    {
        byte_view raw;
        bytes(raw);
        value = as_text(raw);
    }
    void name(std::string_view& value) noexcept
    {
        text(value);
        if (failed()) return;
        if (value.size() > max_name_bytes) fail(errc::out_of_range);
        else if (!is_name(value)) fail(errc::malformed);
    }
    void modes(byte_view& value) noexcept
    {
        bytes(value);
        if (!failed() && !are_well_formed(value)) fail(errc::malformed);
    }
    void rest(byte_view& value) noexcept { value = take(payload_.size() - at_); }

    template <class... Known>
    void detail(std::string_view name, std::variant<unknown_detail, Known...>& value) noexcept
    {
        if ((detail_if<Known>(name, value) || ...)) return;
        unknown_detail unknown{name, {}};
        rest(unknown.rest);
        value = unknown;
    }

    bool failed() const noexcept { return failure_ != errc{}; }
    errc failure() const noexcept { return failure_; }
    /// Everything must have been read by now.
    void finish() noexcept
    {
        if (at_ != payload_.size()) fail(errc::malformed);
    }
    /// Where booleans stood.
    std::span<const std::size_t> flags() const noexcept { return {flags_.data(), flag_count_}; }

private:
    template <class Known>
    bool detail_if(std::string_view name, auto& value) noexcept
    {
        if (name != Known::name) return false;
        Known known;
        fields(*this, known);
        value = known;
        return true;
    }
    byte_view take(std::size_t count) noexcept
    {
        if (count > payload_.size() - at_) fail(errc::truncated);
        if (failed()) return {};
        at_ += count;
        return payload_.subspan(at_ - count, count);
    }
    void fail(errc why) noexcept
    {
        if (!failed()) failure_ = why;
    }

    byte_view payload_;
    std::size_t at_ = 0;
    errc failure_{};
    std::array<std::size_t, 2> flags_{}; // no message has more: want_reply and one in its detail
    std::size_t flag_count_ = 0;
};

class writer {
public:
    explicit writer(byte_buffer& out) noexcept : out_(out) {}

    void number(std::uint32_t value)
    {
        out_.resize(out_.size() + uint32_bytes);
        store(out_.data() + out_.size() - uint32_bytes, value);
    }
    void channel(channel_number value) { number(static_cast<std::uint32_t>(value)); }
    void port(std::uint32_t value) { number(value); }
    void flag(bool value) { out_.push_back(std::byte{value}); }
    void bytes(byte_view value)
    {
        number(static_cast<std::uint32_t>(value.size()));
        append(out_, value);
    }
    void text(std::string_view value) { bytes(as_bytes(value)); }
    void name(std::string_view value) { text(value); }
    void modes(byte_view value) { bytes(value); }
    void rest(byte_view value) { append(out_, value); }
    void detail(std::string_view, auto& value)
    {
        std::visit([this](auto& known) { write_detail(known); }, value);
    }

private:
    void write_detail(unknown_detail& unknown) { rest(unknown.rest); }
    void write_detail(auto& known) { fields(*this, known); }

    byte_buffer& out_;
};

template <class Message>
concept named = requires(const Message& value)
{
    value.detail;
};

template <class Detail>
std::string_view name_of_detail(const Detail& detail) noexcept
{
    return std::visit([](const auto& known) { return std::string_view{known.name}; }, detail);
}

// The alternatives of `message` by their numbers, in the variant's order.
constexpr std::array numbers{message_number::global_request, message_number::request_success,
    message_number::request_failure, message_number::channel_open,
    message_number::channel_open_confirmation, message_number::channel_open_failure,
    message_number::channel_window_adjust, message_number::channel_data,
    message_number::channel_extended_data, message_number::channel_eof,
    message_number::channel_close, message_number::channel_request, message_number::channel_success,
    message_number::channel_failure};
static_assert(numbers.size() == std::variant_size_v<message>);

template <class Message>
void read_as(reader& in, message& out) noexcept
{
    Message value;
    if constexpr (named<Message>) {
        std::string_view name;
        fields(in, value, name);
    } else fields(in, value);
    out = value;
}

template <std::size_t... Index>
void read_numbered(
    message_number number, reader& in, message& out, std::index_sequence<Index...>) noexcept
{
    ((numbers[Index] == number ? read_as<std::variant_alternative_t<Index, message>>(in, out)
                               : void()),
        ...);
}

result<message> decode(byte_view payload, reader& in) noexcept
{
    if (payload.empty()) return errc::truncated;
    const auto number = number_of(payload);
    if (!number) return errc::out_of_range;
    message out;
    read_numbered(*number, in, out, std::make_index_sequence<std::variant_size_v<message>>());
    in.finish();
    if (in.failed()) return in.failure();
    return out;
}

byte_view after_number(byte_view payload) noexcept
{
    return payload.empty() ? payload : payload.subspan(number_bytes);
}

} // namespace

std::optional<message_number> number_of(byte_view payload) noexcept
{
    if (payload.empty()) return std::nullopt;
    const auto number = static_cast<message_number>(payload[0]);
    if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) return std::nullopt;
    return number;
}

std::optional<channel_number> recipient_of(byte_view payload) noexcept
{
    const auto number = number_of(payload);
    if (!number || *number <= message_number::channel_open) return std::nullopt;
    if (payload.size() < number_bytes + channel_bytes) return std::nullopt;
    return static_cast<channel_number>(load(payload.data() + number_bytes));
}

result<message> decode(byte_view payload) noexcept
{
    reader in{after_number(payload)};
    return decode(payload, in);
}

result<message> decode_and_normalise(std::span<std::byte> payload) noexcept
{
    reader in{after_number(payload)};
    auto decoded = decode(payload, in);
    if (!decoded) return decoded;
    for (const auto at : in.flags()) {
        auto& flag = payload[number_bytes + at];
        flag = std::byte{flag != std::byte{0}};
    }
    return decoded;
}

result<std::uint32_t> decode_forwarded_port(byte_view success_data) noexcept
{
    reader in{success_data};
    std::uint32_t port = 0;
    in.port(port);
    in.finish();
    if (in.failed()) return in.failure();
    return port;
}

std::string_view name_of(const global_request& request) noexcept
{
    return name_of_detail(request.detail);
}

std::string_view name_of(const channel_open& request) noexcept
{
    return name_of_detail(request.detail);
}

std::string_view name_of(const channel_request& request) noexcept
{
    return name_of_detail(request.detail);
}

void encode(byte_buffer& out, const message& value)
{
    out.push_back(static_cast<std::byte>(numbers[value.index()]));
    message copy = value; // views only: the field lists serve reading too, so they want no const
    std::visit(
        [&]<class Message>(Message& part) {
            writer to{out};
            if constexpr (named<Message>) {
                auto name = name_of(part);
                fields(to, part, name);
            } else fields(to, part);
        },
        copy);
}

bool set_recipient(std::span<std::byte> payload, channel_number channel) noexcept
{
    if (!recipient_of(payload)) return false;
    store(payload.data() + number_bytes, static_cast<std::uint32_t>(channel));
    return true;
}

bool set_limits(std::span<std::byte> payload, const channel_limits& limits) noexcept
{
    const auto number = number_of(payload);
    std::size_t at = number_bytes + channel_bytes;
    if (payload.size() < at) return false;
    if (number == message_number::channel_open) at += load(payload.data() + number_bytes);
    else if (number != message_number::channel_open_confirmation) return false;
    if (payload.size() < at + channel_bytes + 2 * uint32_bytes) return false;
    store(payload.data() + at, static_cast<std::uint32_t>(limits.sender));
    store(payload.data() + at + channel_bytes, limits.initial_window);
    store(payload.data() + at + channel_bytes + uint32_bytes, limits.max_packet);
    return true;
}

bool set_window_amount(std::span<std::byte> payload, std::uint32_t amount) noexcept
{
    if (number_of(payload) != message_number::channel_window_adjust) return false;
    if (payload.size() < number_bytes + channel_bytes + uint32_bytes) return false;
    store(payload.data() + number_bytes + channel_bytes, amount);
    return true;
}

} // namespace verbatim::wire::ssh
