#include <verbatim/ssh/login_certificate.hpp>

#include "blob.hpp"
#include "certificate_blob.hpp"
#include "signature.hpp"

#include <verbatim/base/text.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace verbatim::ssh {
namespace {

constexpr std::string_view certificate_suffix = "-cert-v01@openssh.com",
                           vendor_suffix = "@openssh.com";
constexpr std::size_t largest_blob = 16 * 1024;
constexpr std::uint32_t user_kind = 1, host_kind = 2;

struct key_shape {
    std::string_view type; ///< of the plain key
    int fields;            ///< strings after the type
};
constexpr std::array<key_shape, 7> shapes{{
    {"ssh-ed25519", 1},
    {"ssh-rsa", 2},
    {"ecdsa-sha2-nistp256", 2},
    {"ecdsa-sha2-nistp384", 2},
    {"ecdsa-sha2-nistp521", 2},
    {"sk-ssh-ed25519@openssh.com", 2},
    {"sk-ecdsa-sha2-nistp256@openssh.com", 3},
}};

const key_shape* shape_of(std::string_view plain_type) noexcept
{
    for (const auto& each : shapes)
        if (each.type == plain_type) return &each;
    return nullptr;
}

// Reads the key's own fields and makes a plain key's blob of them.
result<public_key> read_key(blob_reader& in, std::string_view plain_type)
{
    const auto* shape = shape_of(plain_type);
    if (!shape) return errc::unsupported_version;
    blob_writer blob;
    blob.string(plain_type);
    for (int field = 0; field < shape->fields; ++field) blob.string(in.string());
    if (in.bad()) return errc::truncated;
    return public_key::from_blob(blob.view());
}

result<void> read_principals(byte_view bytes, std::vector<std::string>& to)
{
    blob_reader in{bytes};
    while (!in.bad() && !in.rest().empty()) {
        if (to.size() == login_certificate::most_principals) return errc::out_of_range;
        to.emplace_back(as_text(in.string()));
    }
    if (in.bad()) return errc::truncated;
    return {};
}

result<void> read_options(byte_view bytes, std::vector<std::pair<std::string, std::string>>& to)
{
    blob_reader in{bytes};
    while (!in.bad() && !in.rest().empty()) {
        if (to.size() == login_certificate::most_options) return errc::out_of_range;
        const std::string name(as_text(in.string()));
        const auto data = as_text(in.string());
        for (const auto& [other, ignored] : to)
            if (other == name) return errc::malformed; // two readers would take different ones
        to.emplace_back(name, data);
    }
    if (in.bad()) return errc::truncated;
    return {};
}

} // namespace

bool is_certificate_type(std::string_view type) noexcept
{
    return type.ends_with(certificate_suffix);
}

std::string plain_algorithm(std::string_view name)
{
    if (!is_certificate_type(name)) return std::string(name);
    name.remove_suffix(certificate_suffix.size());
    std::string plain(name);
    if (name.starts_with("sk-")) plain += vendor_suffix;
    return plain;
}

result<public_key> plain_key(byte_view blob)
{
    blob_reader in{blob};
    const auto type = as_text(in.string());
    if (in.bad()) return errc::truncated;
    if (!is_certificate_type(type)) {
        if (!shape_of(type)) return errc::unsupported_version;
        return public_key::from_blob(blob);
    }
    in.string(); // the nonce
    if (in.bad()) return errc::truncated;
    return read_key(in, plain_algorithm(type));
}

result<login_certificate> login_certificate::parse(byte_view blob)
{
    if (blob.size() > largest_blob) return errc::out_of_range;
    blob_reader in{blob};
    const auto type = as_text(in.string());
    in.string(); // a nonce
    if (in.bad()) return errc::truncated;
    if (!is_certificate_type(type)) return errc::malformed;
    login_certificate out;
    auto key = read_key(in, plain_algorithm(type));
    if (!key) return key.error();
    out.key = std::move(*key);
    out.serial = in.long_number();
    const auto kind = in.number();
    out.key_id = as_text(in.string());
    const auto principals = in.string();
    out.valid_after = in.long_number();
    out.valid_before = in.long_number();
    const auto critical = in.string(), extensions = in.string();
    in.string(); // reserved
    const auto authority = in.string();
    const auto signed_bytes = blob.first(blob.size() - in.rest().size());
    const auto signature = in.string();
    if (in.bad()) return errc::truncated;
    if (!in.rest().empty() || (kind != user_kind && kind != host_kind)) return errc::malformed;
    out.for_users = kind == user_kind;
    if (const auto read = read_principals(principals, out.principals); !read) return read.error();
    if (const auto read = read_options(critical, out.critical_options); !read) return read.error();
    if (const auto read = read_options(extensions, out.extensions); !read) return read.error();
    // No certificate signs another (PROTOCOL.certkeys: no chains).
    auto signer = public_key::from_blob(authority);
    if (!signer) return signer.error();
    if (const auto good = verify_signature(authority, signature, signed_bytes); !good)
        return good.error();
    out.authority = std::move(*signer);
    return out;
}

result<login_certificate> login_certificate::parse(std::string_view line)
{
    const auto given = public_key::parse(line);
    if (!given) return given.error();
    return parse(given->blob());
}

} // namespace verbatim::ssh
