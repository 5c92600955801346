#pragma once

#include <verbatim/config/settings.hpp>
#include <verbatim/login/accounts.hpp>
#include <verbatim/ssh/public_key.hpp>
#include <verbatim/ssh/revocation_list.hpp>

#include <vector>

namespace verbatim::server {

/// Ways to log in, as one configuration has them. Thread: any; immutable.
struct login_rules {
    /// Throws std::runtime_error when the revocation list cannot be used, which a configuration
    /// that was checked never has.
    explicit login_rules(const config::settings& settings);

    login::accounts accounts;
    std::vector<ssh::public_key> authorities; ///< trusted for certificates
    ssh::revocation_list revoked;
};

} // namespace verbatim::server
