#pragma once
// The configuration as values. Defaults are what a first-run user wants.

#include <verbatim/base/secret.hpp>
#include <verbatim/config/party_filter.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::config {

/// A label's condition: any of these patterns (`*` and `?` globs) matches the value.
using label_selector = std::map<std::string, std::vector<std::string>>;

struct listen_address {
    std::string host = "127.0.0.1"; ///< a literal address, IPv6 without brackets
    std::uint16_t port = 0;
};

/// Ways to log in, as OpenSSH's AuthenticationMethods: one of these lists, in its order. Methods
/// are publickey, password and keyboard-interactive.
using method_lists = std::vector<std::vector<std::string>>;

struct ssh_settings {
    std::optional<listen_address> listen;
    std::vector<std::string> ciphers;        ///< offered to clients; empty: the built-in order
    std::vector<std::string> macs;           ///< offered to clients; empty: encrypt-then-MAC only
    std::vector<std::string> target_ciphers; ///< offered to targets; empty: aes128-gcm first
    std::vector<std::string> kex;            ///< empty: post-quantum first, no slow groups
    std::vector<std::string> target_kex; ///< offered to targets; empty: mlkem768, then curve25519
    std::vector<std::string> host_key_types{"ed25519", "rsa"};
    std::chrono::seconds login_grace_time{30};
    std::uint32_t max_unauthenticated = 100;           ///< in all
    std::uint32_t max_unauthenticated_per_source = 20; ///< per address (IPv6: per /64)
    std::uint32_t max_auth_tries = 6;
    std::uint32_t max_sessions_per_connection = 64;
    std::chrono::seconds dial_timeout{15};
    std::chrono::seconds keepalive_interval{60};
    std::string target_host_keys = "strict"; ///< or accept-new: learn into data_dir/known_hosts
    method_lists authentication_methods{{"publickey"}}; ///< of users whose roles have none
    /// Keys whose certificates users may log in with, "type base64": those that the file names,
    /// and, by load(), those in the files that it names.
    std::vector<std::string> trusted_user_ca_keys;
    std::vector<std::filesystem::path> trusted_user_ca_files; ///< absolute
    std::filesystem::path revoked_keys;                       ///< absolute; empty: none
    std::string revoked_keys_content; ///< what load() found there; ssh::revocation_list reads it
};

struct kubernetes_settings {
    struct cluster {
        std::string name;
        /// Where to find it: one of these two. Read by read_kubeconfig() and
        /// in_cluster_kubeconfig().
        std::filesystem::path kubeconfig; ///< relative: to the configuration file
        bool in_cluster = false;          ///< the one that this proxy itself runs in
        std::map<std::string, std::string> labels;
        bool is_default = false; ///< the one without a path prefix; at most one, a single one is it
    };
    std::optional<listen_address> listen;
    /// The listener's own certificate, PEM; empty: one that the proxy issues itself.
    std::filesystem::path certificate, private_key;
    /// PEM of the CA that users are to trust with it; empty: the certificate's file itself.
    std::filesystem::path certificate_authority;
    std::vector<cluster> clusters;
    std::chrono::seconds handshake_timeout{10};
    std::uint32_t max_unauthenticated = 100;           ///< in all, as for ssh
    std::uint32_t max_unauthenticated_per_source = 20; ///< per address (IPv6: per /64)
    std::chrono::seconds dial_timeout{15};
    std::chrono::seconds idle_timeout{120}; ///< of a connection between two requests
};

/// Of a request's header lines together; not configurable.
inline constexpr std::size_t max_header_bytes = 64 * 1024;

/// The cluster that a request without a cluster's path prefix is for; null: there is none.
const kubernetes_settings::cluster* default_cluster(const kubernetes_settings& settings) noexcept;

/// Read and checked, but this build has no such listener yet: `listen` is a problem.
struct web_settings {
    std::optional<listen_address> listen;
};

struct user_settings {
    std::string name;
    std::vector<std::string> roles;
    std::vector<std::string> authorized_keys; ///< OpenSSH public key lines, checked
    /// Hashed bearer tokens, "sha256:" and 64 lower-case digits.
    std::vector<std::string> kubernetes_tokens{};
    /// Principals of certificates that are this user; none: the name.
    std::vector<std::string> principals{};
    struct security_key_rules {
        bool touch_required = true, verify_required = false;
    };
    /// Of those authorized_keys that have options before them, by "type base64".
    std::map<std::string, security_key_rules> security_keys{};
    /// crypt(5)'s, by yescrypt; none: no password. Shared by copies of the settings.
    std::shared_ptr<const secret> password_hash{};
    std::shared_ptr<const secret> totp_secret{}; ///< base32, in users.yaml only; none: no codes
};

struct session_kinds {
    bool ssh = true, kubernetes = true;
};
/// Which sessions of others may be joined, and how.
struct join_rule {
    std::vector<std::string> roles; ///< globs; the session's user has one of them
    session_kinds kinds;
    std::vector<std::string> modes; ///< observer, peer, moderator
};
/// Who must have joined a session of this role's users while it runs.
struct join_requirement {
    std::string name; ///< for people; may be empty
    party_filter filter;
    session_kinds kinds;
    std::vector<std::string> modes; ///< as above
    std::uint32_t count = 1;
    bool pause_on_leave = false; ///< false: the session ends
};

struct access_conditions {
    std::vector<std::string> logins;    ///< globs
    label_selector targets;             ///< of configured targets; {"*": "*"} is every one
    std::vector<std::string> addresses; ///< for targets not configured: CIDR or host-name globs
    /// What a request is made as at the cluster: literal names in `allow`, globs in `deny`.
    std::vector<std::string> kubernetes_groups, kubernetes_users;
    label_selector kubernetes_labels; ///< none: `targets` holds for clusters
    /// Of the running sessions of others: list, kill.
    std::vector<std::string> sessions;
    std::vector<join_rule> join_sessions;
    std::vector<join_requirement> require_session_join; ///< of `allow`; any of them is enough
    std::map<std::string, int> lines;                   ///< where each key stands
};

/// What a role says under `options:`. What it leaves open, the user's other roles may say.
struct role_options {
    std::optional<std::string> record_session; ///< strict or best_effort
    std::optional<std::string> record_input;   ///< full or off
    bool record_port_forward = true;
    std::optional<bool> agent_forwarding, x11_forwarding; ///< forward_agent, permit_x11_forwarding
    std::optional<bool> local_forwarding, remote_forwarding;
    std::optional<bool> ssh_in_forward;                              ///< passes as bytes
    std::optional<bool> file_upload, file_download;                  ///< file_copy
    std::uint32_t max_sessions = 0;                                  ///< 0: any number
    std::chrono::seconds client_idle_timeout{0}, max_session_ttl{0}; ///< 0: none
    bool disconnect_expired_cert = false;
    std::string force_command;           ///< empty: none
    method_lists authentication_methods; ///< none: ssh.authentication_methods
    bool verify_required = false;        ///< of security keys: they must have known their user
};

struct role_settings {
    std::string name;
    int line = 0; ///< of the file
    access_conditions allow, deny;
    role_options options;
};

struct target_settings {
    std::string name;
    std::string host;
    std::uint16_t port = 22;
    std::map<std::string, std::string> labels;
    std::vector<std::string> host_keys;                 ///< OpenSSH public key lines
    std::optional<std::filesystem::path> identity_file; ///< a stored key; else our certificate
    std::string login_with = "proxy";                   ///< proxy: as above; agent: the client's
};

struct shared_session_settings {
    bool tell = true;     ///< everybody is told who joins and leaves
    bool smallest = true; ///< the smallest terminal rules; false: the owner's
    char escape = 0x1d;   ///< Ctrl-], of those who have joined
};

struct settings {
    std::filesystem::path file; ///< where it was read from
    std::string cluster_name = "verbatim";
    std::string server_id; ///< not read from the file: made at the first start, kept in data_dir
    std::filesystem::path data_dir = "/var/lib/verbatim";
    std::string public_addr;
    ssh_settings ssh;
    kubernetes_settings kubernetes;
    web_settings web;
    std::string session_recording = "proxy";             ///< proxy, off
    std::string record_session = "strict";               ///< strict, best_effort
    std::string record_input = "full";                   ///< full, off
    std::string audit_sessions_uri;                      ///< empty: file://data_dir/log/records
    std::vector<std::string> audit_events_uri;           ///< empty: file://data_dir/log
    std::uint64_t free_space_floor_bytes = 256ull << 20; ///< key: free_space_floor
    std::chrono::seconds drain_timeout{15};
    std::uint32_t loops = 0;          ///< event loops; 0: one per core
    std::vector<user_settings> users; ///< with those of data_dir/users.yaml merged in
    std::vector<role_settings> roles;
    std::vector<target_settings> targets;
    shared_session_settings shared_sessions;
};

/// One thing wrong, with the place to look at.
struct problem {
    std::filesystem::path file;
    int line = 0; ///< 1-based; 0: the file as a whole
    std::string message;
};
/// "file:line: message"
std::string to_string(const problem& problem);

struct loaded {
    settings value;
    std::vector<problem> problems; ///< empty: the settings may be used
    std::vector<problem> notices;  ///< what was read but has no effect in this build
};

/// A configuration file may be this large, and hold this many values once aliases are expanded;
/// a larger one is a problem.
inline constexpr std::size_t max_file_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t max_values = 400'000;

/// Reads the file (and data_dir/users.yaml beside it) and checks every value; unknown keys are
/// problems. Never throws for what a file may hold.
loaded load(const std::filesystem::path& file);

/// As load(), from text; `file` is only named in problems. Users' file is not read.
loaded load_text(std::string_view yaml, const std::filesystem::path& file);

/// Proxy users are `[a-z0-9][a-z0-9._-]*`, at most 64 bytes.
bool is_user_name(std::string_view name) noexcept;

/// ./verbatim.yaml if only root or the caller may write it (it is theirs, and neither group nor
/// others may write), else /etc/verbatim/verbatim.yaml.
std::filesystem::path default_file();

} // namespace verbatim::config
