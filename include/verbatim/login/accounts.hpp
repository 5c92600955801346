#pragma once
// What each user may log in with, from the configuration.

#include <verbatim/config/settings.hpp>
#include <verbatim/login/progress.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::login {

struct account {
    std::string name;
    std::shared_ptr<const secret> password_hash, totp_secret; ///< null: none
    /// The authentication_methods of each of the user's roles, for a role without any the global
    /// ones; without the lists that the user cannot pass.
    std::vector<config::method_lists> requirements;
    /// What proves the user again inside a connection that met `requirements` (`ssh -J`): a key,
    /// where the user may have one and some list asks for it; else the whole of them.
    std::vector<config::method_lists> requirements_inside;
    bool verify_required = false; ///< by a role
    std::map<std::string, config::user_settings::security_key_rules> security_keys;
};

/// Thread: any; immutable after it is built.
class accounts {
public:
    explicit accounts(const config::settings& settings);

    /// Null: there is no such user. Valid while this object lives.
    const account* find(std::string_view name) const;

    /// The users that a certificate with these principals may be.
    std::vector<const account*> of_principals(const std::vector<std::string>& principals) const;

    /// What anybody is offered before anything is proven, whoever the user name says: what some
    /// user could begin with. Never empty.
    const std::vector<std::string>& first_methods() const noexcept { return first_methods_; }
    /// Some user has one-time codes: so everybody is asked for one.
    bool asks_for_codes() const noexcept { return asks_for_codes_; }

private:
    std::map<std::string, account, std::less<>> accounts_;
    std::multimap<std::string, const account*, std::less<>> by_principal_;
    std::vector<std::string> first_methods_;
    bool asks_for_codes_ = false;
};

} // namespace verbatim::login
