#include "private_key.hpp"

#include "blob.hpp"
#include "private_key_text.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>

namespace verbatim::ssh {
namespace {

constexpr int rsa_bits = 3072;

struct curve {
    std::string_view kind, name;
    const char* openssl_name;
};
constexpr std::array curves{curve{"ecdsa-sha2-nistp256", "nistp256", "P-256"},
    curve{"ecdsa-sha2-nistp384", "nistp384", "P-384"},
    curve{"ecdsa-sha2-nistp521", "nistp521", "P-521"}};

struct free_number {
    void operator()(BIGNUM* number) const noexcept { ::BN_clear_free(number); }
};
using number_handle = std::unique_ptr<BIGNUM, free_number>;

unsigned char* raw(std::byte* bytes) noexcept { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* raw(const std::byte* bytes) noexcept
{
    return reinterpret_cast<const unsigned char*>(bytes);
}

// Appends one of the key's numbers; false when the key has none of that name.
bool append_number(blob_writer& out, const pkey_handle& key, const char* name)
{
    BIGNUM* found = nullptr;
    if (::EVP_PKEY_get_bn_param(key.get(), name, &found) != 1) return false;
    const number_handle number{found};
    byte_buffer bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
    ::BN_bn2bin(number.get(), raw(bytes.data()));
    out.integer(bytes);
    ::OPENSSL_cleanse(bytes.data(), bytes.size());
    return true;
}

result<key_pair> make_pair(byte_view blob, byte_view fields, const std::string& comment)
{
    auto public_part = public_key::from_blob(blob, comment);
    if (!public_part) return public_part.error();
    auto text = wrap_private_key(blob, fields, comment);
    if (!text) return text.error();
    return key_pair{std::move(*public_part), std::move(*text)};
}

result<key_pair> generate_rsa(const std::string& comment)
{
    const pkey_handle key{::EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{rsa_bits})};
    if (!key) return errc::io_error;
    blob_writer blob, fields;
    blob.string(std::string_view{"ssh-rsa"});
    bool whole = append_number(blob, key, OSSL_PKEY_PARAM_RSA_E) &&
                 append_number(blob, key, OSSL_PKEY_PARAM_RSA_N);
    fields.string(std::string_view{"ssh-rsa"});
    for (const char* name : {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
             OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_FACTOR1,
             OSSL_PKEY_PARAM_RSA_FACTOR2})
        whole = whole && append_number(fields, key, name);
    if (!whole) return errc::io_error;
    return make_pair(blob.view(), fields.view(), comment);
}

result<key_pair> generate_ecdsa(const curve& on, const std::string& comment)
{
    const pkey_handle key{::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", on.openssl_name)};
    std::array<std::byte, 256> point{};
    std::size_t size = 0;
    if (!key || ::EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                    raw(point.data()), point.size(), &size) != 1)
        return errc::io_error;
    blob_writer blob, fields;
    for (auto* part : {&blob, &fields}) {
        part->string(on.kind);
        part->string(on.name);
        part->string(byte_view{point}.first(size));
    }
    if (!append_number(fields, key, OSSL_PKEY_PARAM_PRIV_KEY)) return errc::io_error;
    return make_pair(blob.view(), fields.view(), comment);
}

} // namespace

result<key_pair> generate_key(std::string_view kind, const std::string& comment)
{
    if (kind == "ed25519") return to_key_pair(generate_ed25519(), comment);
    if (kind == "rsa") return generate_rsa(comment);
    for (const auto& known : curves)
        if (kind == known.kind) return generate_ecdsa(known, comment);
    return errc::out_of_range;
}

result<public_key> public_half(std::string_view private_text)
{
    const auto unwrapped = unwrap_private_key(private_text);
    if (!unwrapped) return unwrapped.error();
    auto key = public_key::from_blob(unwrapped->public_blob);
    if (!key) return key;
    blob_reader fields{as_bytes(unwrapped->fields.reveal())};
    if (as_text(fields.string()) != key->type()) return errc::malformed;
    // The fields differ in number by type; the comment is the string after the last of them.
    const int count = key->type() == ed25519_type ? 2 : key->type() == "ssh-rsa" ? 6 : 3;
    for (int i = 0; i < count; ++i) fields.string();
    const auto comment = as_text(fields.string());
    if (fields.bad()) return errc::truncated;
    return public_key::from_blob(unwrapped->public_blob, std::string(comment));
}

pkey_handle generate_ed25519() noexcept
{
    return pkey_handle{::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
}

result<std::array<std::byte, ed25519_bytes>> raw_public(const pkey_handle& key)
{
    std::array<std::byte, ed25519_bytes> bytes{};
    std::size_t size = bytes.size();
    if (!key || ::EVP_PKEY_get_raw_public_key(key.get(), raw(bytes.data()), &size) != 1)
        return errc::io_error;
    return bytes;
}

result<key_pair> to_key_pair(const pkey_handle& key, const std::string& comment)
{
    const auto point = raw_public(key);
    if (!point) return point.error();
    std::array<std::byte, 2 * ed25519_bytes> both{}; // the seed, then the public key again
    std::size_t size = ed25519_bytes;
    if (::EVP_PKEY_get_raw_private_key(key.get(), raw(both.data()), &size) != 1)
        return errc::io_error;
    std::copy(point->begin(), point->end(), both.begin() + ed25519_bytes);
    blob_writer blob, fields;
    for (auto* part : {&blob, &fields}) {
        part->string(ed25519_type);
        part->string(*point);
    }
    fields.string(both);
    ::OPENSSL_cleanse(both.data(), both.size());
    return make_pair(blob.view(), fields.view(), comment);
}

result<pkey_handle> load_ed25519(std::string_view private_text)
{
    const auto unwrapped = unwrap_private_key(private_text);
    if (!unwrapped) return unwrapped.error();
    blob_reader fields{as_bytes(unwrapped->fields.reveal())};
    if (as_text(fields.string()) != ed25519_type) return errc::unsupported_version;
    const auto point = fields.string(), both = fields.string();
    if (fields.bad()) return errc::truncated;
    if (point.size() != ed25519_bytes || both.size() != 2 * ed25519_bytes) return errc::malformed;
    pkey_handle key{
        ::EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(both.data()), ed25519_bytes)};
    const auto derived = raw_public(key);
    if (!derived || !std::equal(derived->begin(), derived->end(), point.begin()))
        return errc::malformed;
    return key;
}

result<std::array<std::byte, ed25519_signature_bytes>> sign_ed25519(
    const pkey_handle& key, byte_view message)
{
    struct free_context {
        void operator()(EVP_MD_CTX* context) const noexcept { ::EVP_MD_CTX_free(context); }
    };
    const std::unique_ptr<EVP_MD_CTX, free_context> context{::EVP_MD_CTX_new()};
    std::array<std::byte, ed25519_signature_bytes> signature{};
    std::size_t size = signature.size();
    if (!context ||
        ::EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
        ::EVP_DigestSign(
            context.get(), raw(signature.data()), &size, raw(message.data()), message.size()) != 1)
        return errc::io_error;
    return signature;
}

} // namespace verbatim::ssh
