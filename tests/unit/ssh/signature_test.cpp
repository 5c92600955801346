#include "ssh/signature.hpp"

#include "ssh/blob.hpp"
#include "ssh/private_key.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <boost/test/unit_test.hpp>

#include <array>

namespace {

using namespace verbatim;
using ssh::blob_writer;

byte_buffer bytes_of(const blob_writer& out)
{
    const auto view = out.view();
    return {view.begin(), view.end()};
}

constexpr std::string_view sk_type = "sk-ssh-ed25519@openssh.com";

// An authenticator in software: sk-ssh-ed25519 as OpenSSH's PROTOCOL.u2f has it.
struct authenticator {
    ssh::pkey_handle pair{::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};

    byte_buffer key(std::string_view application = "ssh:") const
    {
        std::array<std::byte, 32> point{};
        std::size_t size = point.size();
        BOOST_REQUIRE(::EVP_PKEY_get_raw_public_key(
                          pair.get(), reinterpret_cast<unsigned char*>(point.data()), &size) == 1);
        blob_writer out;
        out.string(sk_type);
        out.string(byte_view(point));
        out.string(application);
        return bytes_of(out);
    }
    byte_buffer sign(std::string_view message, std::uint8_t flags,
        std::string_view application = "ssh:", std::uint32_t counter = 7) const
    {
        blob_writer text;
        const auto add_hash = [&](std::string_view of) {
            std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
            ::SHA256(reinterpret_cast<const unsigned char*>(of.data()), of.size(), digest.data());
            text.raw(as_bytes(digest.data(), digest.size()));
        };
        add_hash(application);
        text.byte(flags);
        text.number(counter);
        add_hash(message);
        std::array<unsigned char, 64> made{};
        std::size_t size = made.size();
        const std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context{
            ::EVP_MD_CTX_new(), &::EVP_MD_CTX_free};
        BOOST_REQUIRE(
            ::EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pair.get()) == 1);
        BOOST_REQUIRE(
            ::EVP_DigestSign(context.get(), made.data(), &size,
                reinterpret_cast<const unsigned char*>(text.view().data()), text.size()) == 1);
        blob_writer out;
        out.string(sk_type);
        out.string(as_bytes(made.data(), size));
        out.byte(flags);
        out.number(counter);
        return bytes_of(out);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(signatures)

BOOST_AUTO_TEST_CASE(a_security_key_s_signature_tells_of_touch_and_user)
{
    const authenticator device;
    for (const std::uint8_t flags : {0, 1, 4, 5}) {
        const auto facts = ssh::verify_signature(
            device.key(), device.sign("message", flags), as_bytes(std::string_view("message")));
        BOOST_REQUIRE(facts);
        BOOST_TEST(facts->security_key);
        BOOST_TEST(facts->touched == ((flags & 1) != 0));
        BOOST_TEST(facts->verified == ((flags & 4) != 0));
    }
}

BOOST_AUTO_TEST_CASE(nothing_a_security_key_signed_can_be_changed)
{
    const authenticator device;
    const auto message = as_bytes(std::string_view("message"));
    const auto good = device.sign("message", 1);
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto changed = good;
        changed[at] ^= std::byte{4}; // in the flags: that it knew its user
        BOOST_TEST(!ssh::verify_signature(device.key(), changed, message), at);
    }
    BOOST_TEST(!ssh::verify_signature(device.key("ssh:other"), good, message));
    BOOST_TEST(!ssh::verify_signature(device.key(), good, as_bytes(std::string_view("massage"))));
    BOOST_TEST(!ssh::verify_signature(authenticator().key(), good, message));
    for (std::size_t size = 0; size < good.size(); ++size)
        BOOST_TEST(!ssh::verify_signature(device.key(), byte_view(good).first(size), message));
}

BOOST_AUTO_TEST_CASE(algorithms_fit_their_keys_and_sha_1_none)
{
    BOOST_TEST(ssh::fits("ssh-rsa", "rsa-sha2-512"));
    BOOST_TEST(ssh::fits("ssh-rsa", "rsa-sha2-256"));
    BOOST_TEST(!ssh::fits("ssh-rsa", "ssh-rsa"));
    BOOST_TEST(ssh::fits("ssh-ed25519", "ssh-ed25519"));
    BOOST_TEST(!ssh::fits("ssh-ed25519", "rsa-sha2-256"));
}

BOOST_AUTO_TEST_CASE(nonsense_is_no_key_and_no_signature)
{
    const authenticator device;
    BOOST_TEST(!ssh::verify_signature({}, {}, {}));
    BOOST_TEST(!ssh::verify_signature(device.key(), {}, {}));
    BOOST_TEST(!ssh::verify_signature({}, device.sign("", 1), {}));
}

BOOST_AUTO_TEST_SUITE_END()
