#include <verbatim/base/secret.hpp>

#include <openssl/crypto.h>

#include <utility>

namespace verbatim {
namespace {

void wipe(std::string& value) noexcept
{
    OPENSSL_cleanse(value.data(), value.capacity());
    value.clear();
}

} // namespace

// Assigning copies and wipes the source: a moved-from short string keeps its bytes in place.
secret::secret(std::string value) noexcept : value_(value) { wipe(value); }
secret::secret(secret&& other) noexcept : value_(other.value_) { wipe(other.value_); }

secret& secret::operator=(secret&& other) noexcept
{
    if (this != &other) {
        wipe(value_);
        value_ = other.value_;
        wipe(other.value_);
    }
    return *this;
}

secret::~secret() { wipe(value_); }

} // namespace verbatim
