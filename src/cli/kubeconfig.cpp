#include <verbatim/cli/commands.hpp>

#include <verbatim/base/clock.hpp>
#include <verbatim/base/text.hpp>
#include <verbatim/config/public_address.hpp>
#include <verbatim/config/users_file.hpp>
#include <verbatim/kube/bearer_token.hpp>
#include <verbatim/kube/certificate_authority.hpp>
#include <verbatim/policy/authorizer.hpp>

#include <CLI/CLI.hpp>

#include <charconv>
#include <fstream>
#include <ostream>

namespace verbatim::cli {
namespace {

using namespace std::chrono_literals;
using config::settings;
using cluster_list = std::vector<const config::kubernetes_settings::cluster*>;

constexpr std::chrono::seconds shortest_life = 1min, longest_life = 24h * 365;
constexpr std::size_t max_ca_bytes = 1024 * 1024;

// "12h", "30m", "90s" or "7d".
std::optional<std::chrono::seconds> parse_life(std::string_view text)
{
    std::uint32_t count = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit(stop, static_cast<std::size_t>(text.data() + text.size() - stop));
    const std::chrono::seconds one = unit == "s" ? 1s : unit == "m" ? 1min : unit == "h" ? 1h : 24h;
    if (error != std::errc{} || (unit != "s" && unit != "m" && unit != "h" && unit != "d"))
        return {};
    const auto life = one * std::int64_t{count};
    return life < shortest_life || life > longest_life ? std::nullopt : std::optional(life);
}

std::string base64_of(std::string_view text) { return to_base64(as_bytes(text)); }

class kubeconfig final : public command {
public:
    std::string_view name() const override { return "kubeconfig"; }
    std::string_view summary() const override
    {
        return "Print a kubeconfig by which a user's kubectl goes through the proxy";
    }
    std::string_view examples() const override
    {
        return "  umask 077; verbatim kubeconfig alice > alice.kubeconfig\n"
               "                                  every cluster that she may reach, as contexts\n"
               "  verbatim kubeconfig alice prod --ttl 8h\n"
               "                                  one cluster; her certificate ends after 8 hours\n"
               "  verbatim kubeconfig robot prod --token\n"
               "                                  a token without end; taking its hash out of the\n"
               "                                  configuration ends it\n"
               "  kubectl --kubeconfig alice.kubeconfig exec -it web-0 -- sh\n"
               "\n"
               "Who the user is and what her roles allow is looked up at each request. Whoever "
               "holds\nthe file is that user: hand it over like a key.\n";
    }
    void add_options(CLI::App& app) override
    {
        app.add_option("USER", user_, "A user of the proxy")->required();
        app.add_option("CLUSTER", cluster_, "One cluster; without it, all that the user may reach");
        life_option_ = app.add_option(
            "--ttl", life_, "How long the certificate is valid: 12h, 30m, 7d (default: 12h)");
        app.add_flag("--token", token_, "A bearer token instead of a certificate")
            ->excludes(life_option_);
    }
    int run(const context& context) override;

private:
    cluster_list reachable(const settings& settings, std::string& why) const;
    bool read_ca(const settings& settings, const kube::certificate_authorities& own,
        std::string& pem, std::string& why) const;
    int print_with_certificate(const context& context, const settings& settings,
        const kube::certificate_authorities& own, const cluster_list& clusters,
        const std::string& ca) const;
    int print_with_token(const context& context, const settings& settings,
        const cluster_list& clusters, const std::string& ca) const;
    bool keep_token(const context& context, const std::string& hash) const;
    void print(const context& context, const settings& settings, const cluster_list& clusters,
        const std::string& ca, std::string_view credentials) const;

    std::string user_, cluster_, life_ = "12h";
    CLI::Option* life_option_ = nullptr; // owned by the program's App
    bool token_ = false;
};

cluster_list kubeconfig::reachable(const settings& settings, std::string& why) const
{
    const auto policy = policy::make_role_authorizer(settings);
    cluster_list list;
    for (const auto& each : settings.kubernetes.clusters) {
        if (!cluster_.empty() && each.name != cluster_) continue;
        std::string reason;
        if (policy->authorize_kubernetes(user_, each.name, each.labels, reason))
            list.push_back(&each);
        else if (why.empty())
            why = "user '" + user_ + "' may not reach '" + each.name + "': " + reason;
    }
    if (list.empty() && why.empty())
        why = "there is no cluster '" + escape_for_log(cluster_, 80) + "' in " +
              settings.file.string();
    return list;
}

// What users have to trust: a configured certificate's CA, or ours.
bool kubeconfig::read_ca(const settings& settings, const kube::certificate_authorities& own,
    std::string& pem, std::string& why) const
{
    const auto& configured = settings.kubernetes;
    pem = own.listener_ca();
    if (configured.certificate.empty()) return true;
    const auto& file = configured.certificate_authority.empty() ? configured.certificate
                                                                : configured.certificate_authority;
    std::ifstream in(file, std::ios::binary);
    pem.assign(std::istreambuf_iterator<char>(in), {});
    if (in && pem.size() <= max_ca_bytes && pem.find("BEGIN CERTIFICATE") != pem.npos &&
        pem.find("PRIVATE KEY") == pem.npos)
        return true;
    why = file.string() + " cannot be read, or does not hold certificates alone";
    return false;
}

void kubeconfig::print(const context& context, const settings& settings,
    const cluster_list& clusters, const std::string& ca, std::string_view credentials) const
{
    const auto& listen = *settings.kubernetes.listen;
    const auto server =
        "https://" + config::host_and_port(config::public_host(settings, listen), listen.port);
    const auto* first = config::default_cluster(settings.kubernetes);
    const bool default_is_there =
        std::find(clusters.begin(), clusters.end(), first) != clusters.end();
    const auto& current = default_is_there ? first->name : clusters.front()->name;
    auto& out = context.out;
    out << "apiVersion: v1\nkind: Config\npreferences: {}\ncurrent-context: '" << current
        << "'\nclusters:\n";
    for (const auto* each : clusters)
        out << "- name: '" << each->name << "'\n  cluster:\n    server: '" << server
            << (each == first ? "" : "/clusters/" + each->name)
            << "'\n    certificate-authority-data: " << base64_of(ca) << '\n';
    out << "contexts:\n";
    for (const auto* each : clusters)
        out << "- name: '" << each->name << "'\n  context: {cluster: '" << each->name
            << "', user: '" << user_ << "'}\n";
    out << "users:\n- name: '" << user_ << "'\n  user:\n" << credentials << std::flush;
}

int kubeconfig::print_with_certificate(const context& context, const settings& settings,
    const kube::certificate_authorities& own, const cluster_list& clusters,
    const std::string& ca) const
{
    const auto life = parse_life(life_);
    if (!life)
        return refuse(context,
            "--ttl '" + escape_for_log(life_, 40) + "' is not a time from 1m to 365d, such as 12h");
    const auto issued =
        own.issue_user_certificate(user_, *life, verbatim::system_clock{}.wall_now());
    if (!issued)
        return fail(context, "no certificate for '" + user_ + "': " + issued.error().message());
    const secret credentials("    client-certificate-data: " + base64_of(issued->certificate) +
                             "\n    client-key-data: " + base64_of(issued->private_key.reveal()) +
                             '\n');
    print(context, settings, clusters, ca, credentials.reveal());
    return context.out ? done : fail(context, "the kubeconfig cannot be written");
}

// Into users.yaml, or onto stderr for a user of the configuration file.
bool kubeconfig::keep_token(const context& context, const std::string& hash) const
{
    const auto before = load_settings(context);
    if (!before) return false;
    const auto file = config::users_file(*before);
    std::string why;
    const auto lock = config::users_file_lock::take(file, why);
    if (!lock) {
        static_cast<void>(fail(context, why + "; run as the proxy's user or root"));
        return false;
    }
    auto loaded = config::load_users_file(file);
    for (const auto& problem : loaded.problems) context.err << config::to_string(problem) << '\n';
    if (!loaded.problems.empty()) return false;
    for (auto& each : loaded.users) {
        if (each.name != user_) continue;
        each.kubernetes_tokens.push_back(hash);
        if (!config::write_users_file(file, loaded.users, why)) {
            static_cast<void>(fail(context, why));
            return false;
        }
        context.err << "The token's hash is in " << file.string()
                    << "; a running proxy takes it up on SIGHUP.\n";
        return true;
    }
    context.err << "Add this to user '" << user_ << "' in " << before->file.string()
                << ", then send SIGHUP to the running proxy:\n    kubernetes_tokens: [\"" << hash
                << "\"]\n";
    return true;
}

int kubeconfig::print_with_token(const context& context, const settings& settings,
    const cluster_list& clusters, const std::string& ca) const
{
    const auto token = kube::make_bearer_token();
    if (!keep_token(context, kube::hash_of_token(token.reveal()))) return failed;
    const secret credentials("    token: " + std::string(token.reveal()) + '\n');
    print(context, settings, clusters, ca, credentials.reveal());
    return context.out ? done : fail(context, "the kubeconfig cannot be written");
}

int kubeconfig::run(const context& context)
{
    const auto settings = load_settings(context);
    if (!settings) return usage;
    if (!settings->kubernetes.listen)
        return refuse(context, settings->file.string() + " has no `kubernetes: {listen: ...}`");
    if (settings->kubernetes.clusters.empty())
        return refuse(context, settings->file.string() + " has no clusters under `kubernetes`");
    if (!policy::make_role_authorizer(*settings)->has_user(user_))
        return fail(context,
            "there is no user '" + escape_for_log(user_, 80) + "'; see `verbatim users list`");
    std::string why;
    const auto clusters = reachable(*settings, why);
    if (clusters.empty()) return fail(context, why);
    const auto own = kube::certificate_authorities::load(
        settings->data_dir, verbatim::system_clock{}.wall_now(), why);
    if (!own) return fail(context, why);
    std::string ca;
    if (!read_ca(*settings, *own, ca, why)) return fail(context, why);
    return token_ ? print_with_token(context, *settings, clusters, ca)
                  : print_with_certificate(context, *settings, *own, clusters, ca);
}

} // namespace

std::unique_ptr<command> make_kubeconfig() { return std::make_unique<kubeconfig>(); }

} // namespace verbatim::cli
