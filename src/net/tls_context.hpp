#pragma once

#include "net/openssl.hpp"

#include <verbatim/net/tls.hpp>

namespace verbatim::net {

/// What every tls_context is. Thread: any; OpenSSL counts references to it atomically.
class openssl_context final : public tls_context {
public:
    openssl_context(ssl_context_handle handle, bool verify)
        : handle_(std::move(handle)), verify_(verify)
    {}

    SSL_CTX* get() const noexcept { return handle_.get(); }
    bool verify() const noexcept { return verify_; }

private:
    ssl_context_handle handle_;
    bool verify_;
};

inline const openssl_context& openssl_side(const tls_context& context) noexcept
{
    return static_cast<const openssl_context&>(context);
}

} // namespace verbatim::net
