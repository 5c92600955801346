#include "agent_messages.hpp"

#include "blob.hpp"

namespace verbatim::ssh {

namespace {

constexpr std::uint8_t request_identities = 11, identities_answer = 12, sign_request = 13,
                       sign_response = 14;
constexpr std::size_t length_bytes = 4;

byte_buffer framed(const blob_writer& body)
{
    blob_writer out(body.size() + length_bytes);
    out.string(body.view());
    const auto view = out.view();
    return {view.begin(), view.end()};
}

// Every refusal of an agent (SSH_AGENT_FAILURE, SSH_AGENT_EXTENSION_FAILURE) is another number.
result<void> expect(blob_reader& in, std::uint8_t number)
{
    const auto got = in.raw(1);
    if (in.bad()) return errc::truncated;
    if (got[0] != std::byte{number}) return errc::not_found;
    return {};
}

} // namespace

byte_buffer make_agent_key_request()
{
    blob_writer body{1};
    body.byte(request_identities);
    return framed(body);
}

byte_buffer make_agent_sign_request(byte_view key, byte_view data, agent_sign_flags flags)
{
    blob_writer body(key.size() + data.size() + 16);
    body.byte(sign_request);
    body.string(key);
    body.string(data);
    body.number(static_cast<std::uint32_t>(flags));
    return framed(body);
}

result<std::vector<byte_buffer>> read_agent_keys(byte_view message, std::size_t most)
{
    blob_reader in{message};
    if (const auto expected = expect(in, identities_answer); !expected) return expected.error();
    const auto count = in.number();
    std::vector<byte_buffer> out;
    for (std::uint32_t i = 0; i < count && !in.bad(); ++i) {
        const auto key = in.string();
        in.string(); // the comment
        if (!in.bad() && out.size() < most) out.emplace_back(key.begin(), key.end());
    }
    if (in.bad()) return errc::truncated;
    if (!in.rest().empty()) return errc::malformed;
    return out;
}

result<byte_buffer> read_agent_signature(byte_view message)
{
    blob_reader in{message};
    if (const auto expected = expect(in, sign_response); !expected) return expected.error();
    const auto signature = in.string();
    if (in.bad()) return errc::truncated;
    if (!in.rest().empty()) return errc::malformed;
    return byte_buffer{signature.begin(), signature.end()};
}

std::size_t agent_answer_reader::whole_size() const noexcept
{
    if (bytes_.size() < length_bytes) return 0;
    blob_reader in{bytes_};
    return length_bytes + in.number();
}

result<void> agent_answer_reader::feed(byte_view bytes)
{
    while (!bytes.empty()) {
        const auto whole = whole_size();
        const auto wanted = (whole == 0 ? length_bytes : whole) - bytes_.size();
        if (wanted == 0) return errc::malformed;
        const auto piece = bytes.first(std::min(wanted, bytes.size()));
        append(bytes_, piece);
        bytes = bytes.subspan(piece.size());
        if (const auto size = whole_size();
            size != 0 && (size == length_bytes || size > length_bytes + longest_agent_message))
            return errc::out_of_range;
    }
    return {};
}

std::optional<byte_buffer> agent_answer_reader::take()
{
    const auto whole = whole_size();
    if (whole == 0 || bytes_.size() < whole) return {};
    byte_buffer out(bytes_.begin() + length_bytes, bytes_.end());
    byte_buffer().swap(bytes_);
    return out;
}

} // namespace verbatim::ssh
