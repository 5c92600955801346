#include <verbatim/login/totp.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>

namespace verbatim::login {
namespace {

constexpr std::string_view base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t secret_bytes = 20;

std::string to_base32(byte_view bytes)
{
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const auto byte : bytes) {
        bits = bits << 8 | std::to_integer<std::uint32_t>(byte);
        for (held += 8; held >= 5; held -= 5) out += base32[bits >> (held - 5) & 31];
    }
    if (held > 0) out += base32[bits << (5 - held) & 31];
    return out;
}

// RFC 3986's unreserved characters stay.
std::string percent_encoded(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool stays = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (stays) out += c;
        else out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

} // namespace

result<secret> make_totp_secret()
{
    std::array<std::byte, secret_bytes> bytes{};
    if (::RAND_priv_bytes(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()) != 1)
        return errc::io_error;
    auto text = to_base32(bytes);
    ::OPENSSL_cleanse(bytes.data(), bytes.size());
    return secret(std::move(text));
}

result<byte_buffer> from_base32(std::string_view text)
{
    while (text.ends_with('=')) text.remove_suffix(1);
    byte_buffer out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const auto value = base32.find(c);
        if (value == base32.npos) return errc::malformed;
        bits = bits << 5 | static_cast<std::uint32_t>(value);
        held += 5;
        if (held < 8) continue;
        held -= 8;
        out.push_back(static_cast<std::byte>(bits >> held & 0xff));
    }
    if (held >= 5) return errc::malformed;
    return out;
}

std::uint64_t totp_step_of(wall_time now) noexcept
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
    return seconds.count() < 0 ? 0 : static_cast<std::uint64_t>(seconds / totp_step);
}

std::string totp_code(byte_view key, std::uint64_t step, int digits)
{
    std::array<unsigned char, 8> counter{};
    for (int i = 7; i >= 0; --i, step >>= 8) counter[static_cast<std::size_t>(i)] = step & 0xff;
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    if (::HMAC(::EVP_sha1(), key.data(), static_cast<int>(key.size()), counter.data(),
            counter.size(), mac.data(), &size) == nullptr)
        return {};
    // RFC 4226, section 5.3.
    const std::size_t at = mac[size - 1] & 0x0f;
    const std::uint32_t number = (mac[at] & 0x7fu) << 24 | mac[at + 1] << 16 | mac[at + 2] << 8 |
                                 static_cast<std::uint32_t>(mac[at + 3]);
    std::string out(static_cast<std::size_t>(digits), '0');
    auto rest = number;
    for (auto digit = out.rbegin(); digit != out.rend(); ++digit, rest /= 10)
        *digit = static_cast<char>('0' + rest % 10);
    return out;
}

std::optional<std::uint64_t> find_totp_step(
    std::string_view base32_secret, std::string_view code, wall_time now)
{
    std::string typed;
    for (const char c : code)
        if (c != ' ') typed += c;
    const auto key = from_base32(base32_secret);
    if (!key || key->empty() || typed.size() != totp_digits) return std::nullopt;
    const auto middle = totp_step_of(now);
    std::optional<std::uint64_t> found;
    for (auto step = middle == 0 ? 0 : middle - 1; step <= middle + 1; ++step) {
        const auto expected = totp_code(*key, step);
        if (expected.size() == typed.size() &&
            ::CRYPTO_memcmp(expected.data(), typed.data(), typed.size()) == 0)
            found = step;
    }
    return found;
}

secret totp_uri(std::string_view issuer, std::string_view user, const secret& base32_secret)
{
    const auto who = percent_encoded(issuer);
    return secret("otpauth://totp/" + who + ':' + percent_encoded(user) +
                  "?secret=" + std::string(base32_secret.reveal()) + "&issuer=" + who +
                  "&algorithm=SHA1&digits=6&period=30");
}

} // namespace verbatim::login
