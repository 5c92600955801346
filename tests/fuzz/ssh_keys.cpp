#include "ssh/private_key.hpp"

#include <verbatim/ssh/public_key.hpp>

#include <cstdlib>

// A public key that is accepted reads the same when it is written again; private ones never crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace verbatim;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto key = ssh::public_key::parse(text)) {
        const auto again = ssh::public_key::parse(key->to_string());
        if (!again || !(*again == *key)) std::abort();
    }
    if (const auto key = ssh::public_key::from_blob(as_bytes(text)))
        if (key->to_string().empty()) std::abort();
    const auto half = ssh::public_half(text);
    const auto loaded = ssh::load_ed25519(text);
    if (loaded && !half) std::abort();
    return 0;
}
