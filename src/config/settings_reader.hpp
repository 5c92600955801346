#pragma once
// The shape of the configuration: which key goes where, and what it may hold.

#include "config/reader.hpp"

namespace verbatim::config {

/// What must hold across users, roles and files.
struct cross_checks {
    struct owner {
        std::string user, file;
        int line = 0;
    };
    struct role_use {
        std::string role, user;
        std::filesystem::path file;
        int line = 0;
    };
    std::map<std::string, owner> keys;  ///< by the key's blob, or the token's hash
    std::map<std::string, owner> users; ///< by name
    std::vector<role_use> role_uses;
    bool in_users_file = false; ///< users are read from users.yaml, which only we write
};

/// The main file.
void read_settings(const yaml_value& root, settings& to, cross_checks& checks, findings& found);

/// `users:` of the main file or of users.yaml.
void read_users(map_reader& root, settings& to, cross_checks& checks, findings& found);
/// The users of data_dir/users.yaml; a missing file holds none.
void read_users_file(
    const std::filesystem::path& file, settings& to, cross_checks& checks, findings& found);
void read_roles(map_reader& root, settings& to, findings& found);
/// `options:` of a role.
/// `with_requirements`: require_session_join too, which only `allow` has.
void read_session_joining(
    map_reader& map, access_conditions& to, bool with_requirements, findings& found);
void read_shared_sessions(map_reader& root, settings& to, findings& found);
void read_role_options(map_reader& map, role_options& to, findings& found);
void read_targets(map_reader& root, settings& to, findings& found);
void read_ssh(map_reader& root, ssh_settings& to, findings& found);
void read_kubernetes(map_reader& root, kubernetes_settings& to, findings& found);
/// web:, which this build only reads.
void read_web(map_reader& root, web_settings& to);

/// authentication_methods: of a role, or of all.
void read_methods(map_reader& map, method_lists& to, findings& found);
/// trusted_user_ca_keys, revoked_keys and authentication_methods of `ssh:`.
void read_login(map_reader& map, ssh_settings& to, findings& found);
/// What a user logs in with besides keys. A secret is never repeated in a problem.
void read_user_proofs(map_reader& map, user_settings& to, bool in_users_file, findings& found);
/// Takes "verify-required" and "no-touch-required" off the front of a line of authorized_keys.
user_settings::security_key_rules take_key_options(std::string_view& line);
/// The files that `ssh:` names for logins.
void read_login_files(ssh_settings& to, findings& found);

/// A name that nothing else of its kind has; `seen` holds those with their lines.
bool read_plain_name(map_reader& map, std::string& name, std::string_view what,
    std::map<std::string, int>& seen, findings& found);
/// "host:port" of a listener; nothing where the key is absent or wrong.
std::optional<listen_address> read_listen(map_reader& map);

/// Every role that a user names must exist.
void check_role_uses(const settings& value, const cross_checks& checks, findings& found);

} // namespace verbatim::config
