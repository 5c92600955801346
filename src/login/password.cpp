#include <verbatim/login/password.hpp>

#include <verbatim/config/password_hash.hpp>

#include <openssl/crypto.h>

#include <crypt.h>

#include <memory>

namespace verbatim::login {
namespace {

// 32 KiB, and holds the password while it works.
struct wipe_and_delete {
    void operator()(::crypt_data* data) const noexcept
    {
        ::OPENSSL_cleanse(data, sizeof *data);
        delete data;
    }
};

// Empty: libcrypt refuses.
secret hashed(std::string_view password, const std::string& setting)
{
    const std::unique_ptr<::crypt_data, wipe_and_delete> data{new ::crypt_data{}};
    std::string text(password);
    const secret passphrase(std::move(text));
    // A view of a std::string: what is behind it is a NUL.
    const char* out = ::crypt_r(passphrase.reveal().data(), setting.c_str(), data.get());
    return out == nullptr || out[0] == '*' ? secret() : secret(out);
}

bool is_usable(std::string_view password) noexcept
{
    return !password.empty() && password.size() <= longest_password &&
           password.find('\0') == password.npos;
}

} // namespace

result<secret> hash_password(std::string_view password)
{
    if (!is_usable(password)) return errc::out_of_range;
    char setting[CRYPT_GENSALT_OUTPUT_SIZE] = {};
    if (::crypt_gensalt_rn(
            "$y$", config::password_hash_count, nullptr, 0, setting, sizeof setting) == nullptr)
        return errc::io_error;
    auto out = hashed(password, setting);
    if (out.empty()) return errc::io_error;
    return out;
}

bool is_password(std::string_view password, std::string_view hash)
{
    const bool usable = is_usable(password);
    const auto computed = hashed(usable ? password : "x", std::string(hash));
    const auto made = computed.reveal();
    return usable && !made.empty() && made.size() == hash.size() &&
           ::CRYPTO_memcmp(made.data(), hash.data(), hash.size()) == 0;
}

} // namespace verbatim::login
