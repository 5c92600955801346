#include <verbatim/ssh/public_key.hpp>

#include "blob.hpp"

#include <verbatim/base/text.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace verbatim::ssh {
namespace {

constexpr std::size_t max_blob_bytes = 16 * 1024, max_type_bytes = 64;
constexpr std::string_view certificate_suffix = "-cert-v01@openssh.com";
constexpr std::string_view blanks = " \t\r\n";

bool is_type(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= max_type_bytes &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// Cuts the first word off `text`, and the blanks around it.
std::string_view take_word(std::string_view& text)
{
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const auto word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return word;
}

} // namespace

result<public_key> public_key::from_blob(byte_view blob, std::string comment)
{
    if (blob.size() > max_blob_bytes) return errc::out_of_range;
    blob_reader in{blob};
    const auto type = as_text(in.string());
    if (in.bad()) return errc::truncated;
    if (!is_type(type) || in.rest().empty()) return errc::malformed;
    // Every plain key is a row of strings: so a cut one is seen without knowing its type.
    if (!type.ends_with(certificate_suffix))
        while (!in.bad() && !in.rest().empty()) in.string();
    if (in.bad()) return errc::truncated;
    public_key key;
    key.type_ = type;
    key.blob_.assign(blob.begin(), blob.end());
    key.comment_ = std::move(comment);
    return key;
}

result<public_key> public_key::parse(std::string_view line)
{
    const auto type = take_word(line);
    const auto encoded = take_word(line);
    while (!line.empty() && blanks.find(line.back()) != blanks.npos) line.remove_suffix(1);
    if (encoded.size() > max_blob_bytes * 4 / 3 + 4) return errc::out_of_range;
    const auto blob = from_base64(encoded);
    if (!blob) return blob.error();
    auto key = from_blob(*blob, std::string(line));
    if (key && key->type_ != type) return errc::malformed;
    return key;
}

std::string public_key::to_string() const { return type_ + ' ' + to_base64(blob_); }

std::string public_key::line() const
{
    return comment_.empty() ? to_string() : to_string() + ' ' + comment_;
}

std::string public_key::fingerprint() const
{
    std::array<std::byte, 32> digest{};
    if (::EVP_Digest(blob_.data(), blob_.size(), reinterpret_cast<unsigned char*>(digest.data()),
            nullptr, ::EVP_sha256(), nullptr) != 1)
        return {};
    auto text = to_base64(digest);
    while (!text.empty() && text.back() == '=') text.pop_back();
    return "SHA256:" + text;
}

} // namespace verbatim::ssh
