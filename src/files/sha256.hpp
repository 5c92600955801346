#pragma once

#include <verbatim/base/bytes.hpp>

#include <memory>
#include <string>

struct evp_md_ctx_st;

namespace verbatim::files {

/// Throws std::runtime_error where OpenSSL fails (out of memory).
class sha256 {
public:
    sha256();

    void restart();
    void update(byte_view bytes);
    /// Of all since restart(), in lower-case hexadecimal; restart() before the next.
    std::string finish();

private:
    struct free_context {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, free_context> context_;
};

} // namespace verbatim::files
