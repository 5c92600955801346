#pragma once
// One-time codes of RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits, as every authenticator makes them.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/clock.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/base/secret.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace verbatim::login {

inline constexpr std::chrono::seconds totp_step{30};
inline constexpr int totp_digits = 6;

/// 160 random bits in base32, without padding. Errors: errc::io_error.
[[nodiscard]] result<secret> make_totp_secret();

/// The bytes of a base32 text (RFC 4648, section 6), padding optional, upper case.
/// Errors: errc::malformed.
[[nodiscard]] result<byte_buffer> from_base32(std::string_view text);

std::uint64_t totp_step_of(wall_time now) noexcept;

/// HOTP of RFC 4226 for that step, 1 to 8 digits.
std::string totp_code(byte_view key, std::uint64_t step, int digits = totp_digits);

/// The step whose code this is, among the one of `now` and its two neighbours; blanks in the code
/// do not count. All three are compared in full. Nothing: a wrong code, or a secret that is none.
std::optional<std::uint64_t> find_totp_step(
    std::string_view base32_secret, std::string_view code, wall_time now);

/// What an authenticator reads from a QR code: otpauth://totp/ISSUER:USER?secret=...
secret totp_uri(std::string_view issuer, std::string_view user, const secret& base32_secret);

} // namespace verbatim::login
