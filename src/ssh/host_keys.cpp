#include "ssh/host_keys.hpp"

#include <string>

namespace verbatim::ssh {

result<std::unique_ptr<host_keys>> load_host_keys(const std::vector<const secret*>& private_keys)
{
    auto out = std::make_unique<parsed_host_keys>();
    for (const secret* text : private_keys) {
        host_key_handle key{::verbatim_host_key_parse(std::string(text->reveal()).c_str())};
        if (!key) return errc::malformed;
        switch (::verbatim_host_key_type(key.get())) {
        case VERBATIM_KEY_ED25519: out->ed25519 = std::move(key); break;
        case VERBATIM_KEY_ECDSA: out->ecdsa = std::move(key); break;
        case VERBATIM_KEY_RSA: out->rsa = std::move(key); break;
        default: return errc::malformed;
        }
    }
    if (!out->ed25519 && !out->ecdsa && !out->rsa) return errc::malformed;
    return std::unique_ptr<host_keys>(std::move(out));
}

} // namespace verbatim::ssh
