#include <verbatim/ssh/key_store.hpp>

#include "private_key.hpp"

#include <verbatim/base/secret_files.hpp>

namespace verbatim::ssh {
namespace {

// What the public key's type must be for a configured kind.
std::string_view wire_type(std::string_view kind) noexcept
{
    if (kind == "ed25519") return ed25519_type;
    if (kind == "rsa") return "ssh-rsa";
    return kind;
}

result<stored_key> parse(
    const std::filesystem::path& file, std::string_view kind, secret text, std::string& why)
{
    auto public_part = public_half(text.reveal());
    if (!public_part) {
        why = file.string() + " is not an OpenSSH private key without passphrase (" +
              public_part.error().message() + "); move it away and a new one is made";
        return public_part.error();
    }
    if (public_part->type() != wire_type(kind)) {
        why = file.string() + " holds a key of type " + public_part->type() + ", not " +
              std::string(wire_type(kind)) + "; move it away and a new one is made";
        return errc::malformed;
    }
    return stored_key{file, std::move(*public_part), std::move(text)};
}

result<stored_key> load_or_make(const std::filesystem::path& file, std::string_view kind,
    const std::string& comment, std::string& why)
{
    auto text = read_secret_file(file, why);
    if (!text && text.error() == make_error_code(errc::not_found)) {
        auto made = generate_key(kind, comment);
        if (!made) {
            why = "cannot make a key of type " + std::string(kind) + " for " + file.string();
            return made.error();
        }
        const auto created = create_secret_file(file, made->private_text, why);
        // Another process was first: then its key is the one.
        if (!created && created.error() != make_error_code(errc::already_exists))
            return created.error();
        text = read_secret_file(file, why);
    }
    if (!text) {
        if (why.empty()) why = file.string() + " went away while it was made; start again";
        return text.error();
    }
    return parse(file, kind, std::move(*text), why);
}

// "ssh_host_ecdsa-sha2-nistp256_key"
std::filesystem::path host_key_name(std::string_view kind)
{
    return "ssh_host_" + std::string(kind) + "_key";
}

} // namespace

result<key_store> key_store::load(const std::filesystem::path& data_dir,
    const std::vector<std::string>& host_key_types, std::string& why)
{
    why.clear();
    const auto directory = data_dir / "keys";
    if (auto ready = prepare_secret_directory(directory, why); !ready) return ready.error();
    key_store store;
    for (const auto& kind : host_key_types) {
        auto key = load_or_make(directory / host_key_name(kind), kind, "verbatim host key", why);
        if (!key) return key.error();
        store.host_keys_.push_back(std::move(*key));
    }
    auto user_ca = load_or_make(directory / "user_ca", "ed25519", "verbatim user CA", why);
    if (!user_ca) return user_ca.error();
    auto signing = load_or_make(directory / "signing", "ed25519", "verbatim signing key", why);
    if (!signing) return signing.error();
    store.user_ca_ = std::move(*user_ca);
    store.signing_ = std::move(*signing);
    return store;
}

} // namespace verbatim::ssh
