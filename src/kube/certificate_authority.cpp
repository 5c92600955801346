#include <verbatim/kube/certificate_authority.hpp>

#include "kube/certificate_maker.hpp"

#include <verbatim/base/secret_files.hpp>

#include <arpa/inet.h>

namespace verbatim::kube {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr auto authority_lives = days(3653);
constexpr auto listener_lives = days(365);
constexpr auto renewed_before_end = days(30);
constexpr auto clocks_may_differ_by = 5min;

issued_certificate copy(const issued_certificate& from)
{
    return {from.certificate, secret(std::string(from.private_key.reveal())), from.not_after};
}

result<issued_certificate> read(const std::filesystem::path& file, std::string& why)
{
    const auto text = read_secret_file(file, why);
    if (!text) return text.error();
    auto parsed = from_text(*text);
    if (!parsed)
        why = file.string() +
              " is not a PEM private key with its certificate; move it away and a new one is made";
    return parsed;
}

result<issued_certificate> load_or_make(const std::filesystem::path& file,
    const std::string& common_name, wall_time now, std::string& why)
{
    auto known = read(file, why);
    if (!known && known.error() == make_error_code(errc::not_found)) {
        const auto made = make_certificate({certificate_use::authority, common_name, {},
                                               now - clocks_may_differ_by, now + authority_lives},
            nullptr);
        if (!made) {
            why = "cannot make a certificate for " + file.string();
            return made.error();
        }
        const auto created = create_secret_file(file, to_text(*made), why);
        // Another process was first: then its key is the one.
        if (!created && created.error() != make_error_code(errc::already_exists))
            return created.error();
        known = read(file, why);
        if (!known && why.empty())
            why = file.string() + " went away while it was made; start again";
    }
    if (known && known->not_after <= now) {
        why = file.string() + " has expired; move it away and a new one is made, which users have "
                              "to be given anew";
        return errc::malformed;
    }
    return known;
}

// As a certificate's own names are read back.
std::set<std::string> normalised(const std::vector<std::string>& names)
{
    std::set<std::string> all;
    for (const auto& name : names) {
        in6_addr address{};
        char text[INET6_ADDRSTRLEN];
        if (::inet_pton(AF_INET6, name.c_str(), &address) == 1 &&
            ::inet_ntop(AF_INET6, &address, text, sizeof text) != nullptr)
            all.insert(text);
        else if (!name.empty()) all.insert(name);
    }
    return all;
}

} // namespace

result<certificate_authorities> certificate_authorities::load(
    const std::filesystem::path& data_dir, wall_time now, std::string& why)
{
    why.clear();
    certificate_authorities all;
    all.directory_ = data_dir / "keys";
    if (auto ready = prepare_secret_directory(all.directory_, why); !ready) return ready.error();
    auto listener =
        load_or_make(all.directory_ / "kubernetes_ca", "Verbatim Kubernetes listener CA", now, why);
    if (!listener) return listener.error();
    auto user = load_or_make(
        all.directory_ / "kubernetes_user_ca", "Verbatim Kubernetes user CA", now, why);
    if (!user) return user.error();
    all.listener_ca_ = std::move(*listener);
    all.user_ca_ = std::move(*user);
    return all;
}

result<issued_certificate> certificate_authorities::listener_certificate(
    const std::vector<std::string>& names, wall_time now, std::string& why) const
{
    why.clear();
    const auto file = directory_ / "kubernetes_listener";
    const auto wanted = normalised(names);
    auto known = read(file, why);
    // A key that somebody else may have read is told about, not silently replaced.
    if (!known && known.error() == make_error_code(errc::access_denied)) return known.error();
    if (known && known->not_after - renewed_before_end > now &&
        is_signed_by(*known, listener_ca_) && alternative_names(*known) == wanted)
        return known;
    why.clear();
    auto made = make_certificate(
        {certificate_use::server, "Verbatim Kubernetes listener", {wanted.begin(), wanted.end()},
            now - clocks_may_differ_by, now + listener_lives},
        &listener_ca_);
    if (wanted.empty() || !made) {
        why = "cannot make a certificate for the Kubernetes listener's names";
        return errc::out_of_range;
    }
    if (auto kept = replace_secret_file(file, to_text(*made), why); !kept) return kept.error();
    return copy(*made);
}

result<issued_certificate> certificate_authorities::issue_user_certificate(
    const std::string& user, std::chrono::seconds validity, wall_time now) const
{
    for (const char c : user)
        if (c <= ' ' || c >= '\x7f') return errc::out_of_range;
    return make_certificate(
        {certificate_use::client, user, {}, now - clocks_may_differ_by, now + validity}, &user_ca_);
}

} // namespace verbatim::kube
