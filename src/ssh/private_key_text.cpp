#include "private_key_text.hpp"

#include "blob.hpp"

#include <verbatim/base/text.hpp>

#include <openssl/rand.h>

namespace verbatim::ssh {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN OPENSSH PRIVATE KEY-----\n",
                           end_mark = "-----END OPENSSH PRIVATE KEY-----\n",
                           magic{"openssh-key-v1\0", 15};
constexpr std::size_t line_characters = 70, padding_block = 8, max_text_bytes = 64 * 1024;

secret to_text(byte_view container)
{
    const secret encoded{to_base64(container)};
    auto rest = encoded.reveal();
    std::string text;
    text.reserve(rest.size() * 2 + 128);
    text += begin_mark;
    for (; !rest.empty(); rest.remove_prefix(std::min(rest.size(), line_characters))) {
        text += rest.substr(0, line_characters);
        text += '\n';
    }
    text += end_mark;
    return secret{std::move(text)};
}

// The base64 digits between the marks, without line ends.
result<secret> digits_of(std::string_view text)
{
    // Without the marks' own line ends, so that CRLF files are read as OpenSSH reads them.
    const auto opening = begin_mark.substr(0, begin_mark.size() - 1),
               closing = end_mark.substr(0, end_mark.size() - 1);
    if (text.size() > max_text_bytes || !text.starts_with(opening)) return errc::malformed;
    text.remove_prefix(opening.size());
    const auto end = text.find(closing);
    if (end == text.npos) return errc::truncated;
    std::string digits;
    digits.reserve(end);
    for (const char c : text.substr(0, end))
        if (c != '\n' && c != '\r') digits += c;
    return secret{std::move(digits)};
}

} // namespace

result<secret> wrap_private_key(byte_view public_blob, byte_view fields, const std::string& comment)
{
    std::uint32_t check = 0;
    if (::RAND_bytes(reinterpret_cast<unsigned char*>(&check), sizeof check) != 1)
        return errc::io_error;
    blob_writer section;
    section.number(check); // twice: with a passphrase, the test for the right one
    section.number(check);
    section.raw(fields);
    section.string(comment);
    for (std::uint8_t pad = 1; section.size() % padding_block != 0; ++pad) section.byte(pad);
    blob_writer container;
    container.raw(as_bytes(magic));
    container.string(std::string_view{"none"}); // cipher
    container.string(std::string_view{"none"}); // key derivation
    container.string(std::string_view{});
    container.number(1);
    container.string(public_blob);
    container.string(section.view());
    return to_text(container.view());
}

result<unwrapped_key> unwrap_private_key(std::string_view text)
{
    const auto digits = digits_of(text);
    if (!digits) return digits.error();
    auto bytes = from_base64(digits->reveal());
    if (!bytes) return bytes.error();
    const secret container{std::string(as_text(*bytes))};
    OPENSSL_cleanse(bytes->data(), bytes->size());
    blob_reader in{as_bytes(container.reveal())};
    if (as_text(in.raw(magic.size())) != magic) return errc::malformed;
    const auto cipher = as_text(in.string()), derivation = as_text(in.string());
    in.string();
    const auto count = in.number();
    const auto public_blob = in.string();
    blob_reader section{in.string()};
    if (in.bad()) return errc::truncated;
    if (cipher != "none" || derivation != "none") return errc::encrypted;
    const auto check = section.number(), again = section.number();
    if (count != 1 || !in.rest().empty() || section.bad() || check != again) return errc::malformed;
    return unwrapped_key{
        {public_blob.begin(), public_blob.end()}, secret{std::string(as_text(section.rest()))}};
}

} // namespace verbatim::ssh
