#pragma once
// Who may do what: a seam, with the roles of the configuration as its real side.

#include <verbatim/base/result.hpp>
#include <verbatim/config/settings.hpp>
#include <verbatim/policy/route.hpp>
#include <verbatim/policy/session_sharing.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::policy {

/// Where a route leads, before names are resolved.
struct target {
    std::string name; ///< as configured, or as typed
    std::string host;
    std::uint16_t port = 22;
    std::map<std::string, std::string> labels;
    std::vector<std::string> host_keys;
    std::optional<std::filesystem::path> identity_file;
    bool configured = false;
    bool login_with_agent = false; ///< the client's own, forwarded
};

/// How the sessions of a grant are recorded and bounded.
struct session_rules {
    bool strict_recording = true;
    bool record_input = true;                      ///< of terminals
    bool file_upload = true, file_download = true; ///< sftp, scp, rsync
    bool ssh_in_forward = false;    ///< an SSH conversation in a forward passes, as bytes alone
    std::uint32_t max_sessions = 0; ///< of the user at once; 0: any number
    std::chrono::seconds client_idle_timeout{0}, max_session_ttl{0}; ///< 0: none
    bool disconnect_expired_cert = false;
};

/// What the allowing roles add up to.
struct grant : session_rules {
    std::string user, login;
    std::vector<std::string> roles;
    bool agent_forwarding = false, x11_forwarding = false;
    bool local_forwarding = false;  ///< ssh -L, -D, -W: TCP and UNIX sockets
    bool remote_forwarding = false; ///< ssh -R, the same
    std::string force_command;      ///< instead of any shell or command; empty: none
};

/// What the allowing roles add up to at a Kubernetes cluster.
struct kubernetes_grant : session_rules {
    std::string user; ///< of the proxy
    std::vector<std::string> roles;
    /// Whom the cluster sees: the one name that the roles' kubernetes_users hold, else `user`.
    /// Never empty.
    std::string as_user;
    std::vector<std::string> as_groups; ///< the roles' kubernetes_groups, each once
    bool record_port_forward = true;    ///< false only where every allowing role says so
};

/// What one role of a user says to an access, for people.
struct role_opinion {
    enum class verdict { allows, denies, nothing };
    std::string role;
    int line = 0; ///< where the role stands in the configuration's file; 0: unknown
    verdict says = verdict::nothing;
    std::string text; ///< "allows login 'root' (allow.logins, line 12) at ..."
};

/// What a user may do with the running sessions of others; with one's own: everything.
struct session_rights {
    bool list = false, kill = false;
};

/// Thread: any; immutable after it is built.
class authorizer {
public:
    virtual ~authorizer() = default;

    /// The user that this public key belongs to. `key` is "type base64", without comment.
    virtual std::optional<std::string> user_of_key(std::string_view key) const = 0;

    /// The user that this bearer token belongs to, hashed: "sha256:" and 64 lower-case digits.
    virtual std::optional<std::string> user_of_token(std::string_view hash) const = 0;

    virtual bool has_user(std::string_view name) const = 0;

    /// The configured target of that name, or an unconfigured one for an address or host name.
    virtual target find_target(std::string_view name, std::optional<std::uint16_t> port) const = 0;

    /// One role must allow login and target together; any deny wins. For a target that is not
    /// configured, `resolved_addresses` are checked too: loopback and link-local are denied unless
    /// an `addresses:` pattern names them. Before name resolution pass none: then only the name
    /// counts. Errors: errc::access_denied; the reason for the audit log is in `why`.
    [[nodiscard]] virtual result<grant> authorize(const std::string& user, const std::string& login,
        const target& where, const std::vector<std::string>& resolved_addresses,
        std::string& why) const = 0;

    /// The configured targets that the user may reach, with the logins (patterns) permitted there.
    struct reachable {
        std::string target, address;
        std::vector<std::string> logins;
    };
    virtual std::vector<reachable> reachable_targets(const std::string& user) const = 0;

    /// A role allows a cluster by kubernetes_labels (without them, by `targets`), and only if it
    /// names kubernetes_groups or kubernetes_users. Any role's deny wins: of the cluster by its
    /// labels (a cluster is not denied by a deny without labels), of a name or group by a glob,
    /// which then is left out. Errors: errc::access_denied; the reason for the audit log is in
    /// `why`, which also tells which roles allow.
    [[nodiscard]] virtual result<kubernetes_grant> authorize_kubernetes(const std::string& user,
        const std::string& cluster, const std::map<std::string, std::string>& labels,
        std::string& why) const = 0;

    /// What each of the user's roles says to what authorize() or authorize_kubernetes() is asked;
    /// none for a user that there is not.
    virtual std::vector<role_opinion> opinions(const std::string& user, const std::string& login,
        const target& where, const std::vector<std::string>& resolved_addresses) const = 0;
    virtual std::vector<role_opinion> cluster_opinions(const std::string& user,
        const std::string& cluster, const std::map<std::string, std::string>& labels) const = 0;

    virtual session_rights rights_over(
        const std::string& user, const session_owner& owner) const = 0;

    /// All roles of the user; none for one that there is not.
    virtual std::vector<std::string> roles_of(const std::string& user) const = 0;

    /// What the user watches ends with the certificate that he logged in with: one of his roles has
    /// disconnect_expired_cert.
    virtual bool ends_with_certificate(const std::string& user) const = 0;

    /// May the user join a session of that owner in that mode? One's own: as observer and peer.
    virtual bool may_join(
        const std::string& user, const session_owner& owner, party_mode mode) const = 0;

    /// Who must have joined the user's sessions of that kind.
    virtual join_requirements requirements_for(
        const std::string& user, session_kind kind) const = 0;
};

std::unique_ptr<authorizer> make_role_authorizer(const config::settings& settings);

} // namespace verbatim::policy
