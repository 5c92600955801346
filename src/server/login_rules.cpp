#include "server/login_rules.hpp"

#include <stdexcept>

namespace verbatim::server {

login_rules::login_rules(const config::settings& settings) : accounts(settings)
{
    for (const auto& line : settings.ssh.trusted_user_ca_keys)
        if (auto key = ssh::public_key::parse(line)) authorities.push_back(std::move(*key));
    std::string why;
    auto read = ssh::revocation_list::parse(settings.ssh.revoked_keys_content, why);
    if (!read) throw std::runtime_error(settings.ssh.revoked_keys.string() + ": " + why);
    revoked = std::move(*read);
}

} // namespace verbatim::server
