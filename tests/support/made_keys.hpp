#pragma once
// Public key lines with the right shape and no private half.

#include <verbatim/base/text.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

namespace verbatim::test {

inline std::string key_blob(std::initializer_list<std::string_view> fields)
{
    std::string blob;
    for (const auto field : fields) {
        for (int shift = 24; shift >= 0; shift -= 8)
            blob += static_cast<char>(field.size() >> shift & 0xff);
        blob += field;
    }
    return blob;
}

inline std::string key_line(std::string_view type, const std::string& blob)
{
    return std::string(type) + ' ' + to_base64(as_bytes(blob));
}

/// An ed25519 line; each `seed` is another key.
inline std::string ed25519_line(char seed)
{
    return key_line("ssh-ed25519", key_blob({"ssh-ed25519", std::string(32, seed)}));
}

} // namespace verbatim::test
