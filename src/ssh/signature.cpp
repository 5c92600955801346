#include "signature.hpp"

#include "blob.hpp"
#include "private_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include <array>

namespace verbatim::ssh {
namespace {

constexpr std::size_t largest_integer = 16384 / 8 + 1, ed25519_point = 32;
constexpr int least_rsa_bits = 2048, most_rsa_bits = 16384;
constexpr std::string_view sk_ed25519 = "sk-ssh-ed25519@openssh.com",
                           sk_ecdsa = "sk-ecdsa-sha2-nistp256@openssh.com";
constexpr std::uint8_t touched_flag = 0x01, verified_flag = 0x04;

template <class Type, void (*Free)(Type*)>
struct free_by {
    void operator()(Type* value) const noexcept { Free(value); }
};
using number_handle = std::unique_ptr<BIGNUM, free_by<BIGNUM, ::BN_free>>;
using builder_handle =
    std::unique_ptr<OSSL_PARAM_BLD, free_by<OSSL_PARAM_BLD, ::OSSL_PARAM_BLD_free>>;
using params_handle = std::unique_ptr<OSSL_PARAM, free_by<OSSL_PARAM, ::OSSL_PARAM_free>>;
using key_context = std::unique_ptr<EVP_PKEY_CTX, free_by<EVP_PKEY_CTX, ::EVP_PKEY_CTX_free>>;
using digest_context = std::unique_ptr<EVP_MD_CTX, free_by<EVP_MD_CTX, ::EVP_MD_CTX_free>>;
using ecdsa_handle = std::unique_ptr<ECDSA_SIG, free_by<ECDSA_SIG, ::ECDSA_SIG_free>>;

const unsigned char* raw(byte_view bytes) noexcept
{
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

struct curve {
    std::string_view key_type, name;
    const char* group;
    std::size_t point_bytes;
    const EVP_MD* (*digest)();
};
constexpr std::array<curve, 4> curves{{
    {"ecdsa-sha2-nistp256", "nistp256", "prime256v1", 65, ::EVP_sha256},
    {"ecdsa-sha2-nistp384", "nistp384", "secp384r1", 97, ::EVP_sha384},
    {"ecdsa-sha2-nistp521", "nistp521", "secp521r1", 133, ::EVP_sha512},
    {sk_ecdsa, "nistp256", "prime256v1", 65, ::EVP_sha256},
}};

const curve* curve_of(std::string_view key_type) noexcept
{
    for (const auto& each : curves)
        if (each.key_type == key_type) return &each;
    return nullptr;
}

// A non-negative mpint in its shortest form; null otherwise.
number_handle read_number(blob_reader& in)
{
    const auto bytes = in.string();
    if (in.bad() || bytes.empty() || bytes.size() > largest_integer) return nullptr;
    if ((bytes[0] & std::byte{0x80}) != std::byte{0}) return nullptr;
    const bool padded = bytes[0] == std::byte{0};
    if (padded && (bytes.size() == 1 || (bytes[1] & std::byte{0x80}) == std::byte{0}))
        return nullptr;
    return number_handle{::BN_bin2bn(raw(bytes), static_cast<int>(bytes.size()), nullptr)};
}

pkey_handle make_key(const char* type, const builder_handle& builder)
{
    const params_handle params{::OSSL_PARAM_BLD_to_param(builder.get())};
    const key_context context{::EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
    EVP_PKEY* key = nullptr;
    if (!params || !context || ::EVP_PKEY_fromdata_init(context.get()) != 1 ||
        ::EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
        return nullptr;
    return pkey_handle{key};
}

pkey_handle read_ec(blob_reader& in, const curve& on)
{
    const auto name = as_text(in.string());
    const auto point = in.string();
    // Uncompressed points alone (RFC 5656, 3.1 permits others, nobody sends them).
    if (in.bad() || name != on.name || point.size() != on.point_bytes || point[0] != std::byte{4})
        return nullptr;
    const builder_handle builder{::OSSL_PARAM_BLD_new()};
    if (!builder ||
        ::OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, on.group, 0) !=
            1 ||
        ::OSSL_PARAM_BLD_push_octet_string(
            builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
        return nullptr;
    auto key = make_key("EC", builder);
    if (!key) return nullptr;
    const key_context check{::EVP_PKEY_CTX_new(key.get(), nullptr)};
    return check && ::EVP_PKEY_public_check(check.get()) == 1 ? std::move(key) : nullptr;
}

pkey_handle read_rsa(blob_reader& in)
{
    const auto exponent = read_number(in);
    const auto modulus = read_number(in);
    if (!exponent || !modulus) return nullptr;
    const int bits = ::BN_num_bits(modulus.get());
    // A huge exponent would make each check take seconds.
    if (bits < least_rsa_bits || bits > most_rsa_bits || ::BN_num_bits(exponent.get()) > 64 ||
        ::BN_is_odd(exponent.get()) != 1 || ::BN_is_one(exponent.get()) == 1)
        return nullptr;
    const builder_handle builder{::OSSL_PARAM_BLD_new()};
    if (!builder ||
        ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
        return nullptr;
    return make_key("RSA", builder);
}

pkey_handle read_ed25519(blob_reader& in)
{
    const auto point = in.string();
    if (in.bad() || point.size() != ed25519_point) return nullptr;
    return pkey_handle{
        ::EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(point), point.size())};
}

bool verify(const pkey_handle& key, const EVP_MD* digest, byte_view signature, byte_view message)
{
    const digest_context context{::EVP_MD_CTX_new()};
    return context &&
           ::EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
           ::EVP_DigestVerify(
               context.get(), raw(signature), signature.size(), raw(message), message.size()) == 1;
}

result<bool> verify_ecdsa(
    const pkey_handle& key, const curve& on, byte_view signature, byte_view message)
{
    blob_reader in{signature};
    auto r = read_number(in), s = read_number(in);
    if (!r || !s || !in.rest().empty()) return errc::malformed;
    const ecdsa_handle pair{::ECDSA_SIG_new()};
    if (!pair || ::ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return errc::malformed;
    std::ignore = r.release(); // the pair owns them now
    std::ignore = s.release();
    unsigned char* der = nullptr;
    const int size = ::i2d_ECDSA_SIG(pair.get(), &der);
    if (size <= 0) return errc::malformed;
    const bool good =
        verify(key, on.digest(), as_bytes(der, static_cast<std::size_t>(size)), message);
    ::OPENSSL_free(der);
    return good;
}

result<bool> verify_rsa(
    const pkey_handle& key, std::string_view algorithm, byte_view signature, byte_view message)
{
    const auto size = static_cast<std::size_t>(::EVP_PKEY_get_size(key.get()));
    if (signature.empty() || signature.size() > size) return errc::malformed;
    byte_buffer padded(size - signature.size(), std::byte{0}); // some signers leave zeros out
    append(padded, signature);
    const auto* digest = algorithm == "rsa-sha2-512" ? ::EVP_sha512() : ::EVP_sha256();
    return verify(key, digest, padded, message);
}

// What a security key signs: the hash of whom it is for, its flags and counter, and the hash of the
// message (OpenSSH PROTOCOL.u2f).
byte_buffer device_message(byte_view application, byte_view flags_and_counter, byte_view message)
{
    std::array<std::byte, SHA256_DIGEST_LENGTH> digest{};
    byte_buffer out;
    const auto add_hash = [&](byte_view bytes) {
        ::SHA256(raw(bytes), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()));
        append(out, digest);
    };
    add_hash(application);
    append(out, flags_and_counter);
    add_hash(message);
    return out;
}

} // namespace

std::string_view signature_algorithm(byte_view signature) noexcept
{
    blob_reader in{signature};
    return as_text(in.string());
}

bool fits(std::string_view key_type, std::string_view algorithm) noexcept
{
    if (key_type == "ssh-rsa") return algorithm == "rsa-sha2-256" || algorithm == "rsa-sha2-512";
    return key_type == algorithm;
}

result<signature_facts> verify_signature(byte_view key, byte_view signature, byte_view message)
{
    blob_reader key_in{key}, in{signature};
    const auto type = as_text(key_in.string());
    const auto algorithm = as_text(in.string());
    if (key_in.bad() || in.bad()) return errc::malformed;
    const auto* on = curve_of(type);
    const bool device = type == sk_ed25519 || type == sk_ecdsa;
    const bool ed25519 = type == ed25519_type || type == sk_ed25519;
    if ((!on && !ed25519 && type != "ssh-rsa") || !fits(type, algorithm))
        return errc::unsupported_version;

    const auto read = on ? read_ec(key_in, *on) : ed25519 ? read_ed25519(key_in) : read_rsa(key_in);
    const auto application = device ? key_in.string() : byte_view{};
    const auto signed_bytes = in.string();
    const auto flags_and_counter = device ? in.raw(5) : byte_view{};
    if (!read || key_in.bad() || !key_in.rest().empty() || in.bad() || !in.rest().empty())
        return errc::malformed;

    const auto of_device =
        device ? device_message(application, flags_and_counter, message) : byte_buffer{};
    const auto what = device ? byte_view{of_device} : message;
    const auto good = on        ? verify_ecdsa(read, *on, signed_bytes, what)
                      : ed25519 ? result<bool>(verify(read, nullptr, signed_bytes, what))
                                : verify_rsa(read, algorithm, signed_bytes, what);
    if (!good) return good.error();
    if (!*good) return errc::checksum_mismatch;
    const auto flags =
        device ? std::to_integer<std::uint8_t>(flags_and_counter[0]) : std::uint8_t{0};
    return signature_facts{device, (flags & touched_flag) != 0, (flags & verified_flag) != 0};
}

} // namespace verbatim::ssh
